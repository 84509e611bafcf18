//! Unpacks a zip archive into memory, without trusting a word of it.
//!
//! **Invariant:** what an archive says of sizes is not believed; bytes are counted as they come. No
//! path leads out, no link is followed or made, and a bomb costs no more than the limits.

use std::io::{Cursor, Read};

use super::{File, HandIn, clean, is_litter};

/// What an archive or a folder may hold.
#[derive(Clone, Debug)]
pub struct ArchiveLimits {
    /// Files.
    pub files: usize,
    /// Bytes of one file, unpacked.
    pub file: u64,
    /// Bytes of all files together, unpacked.
    pub total: u64,
}

impl Default for ArchiveLimits {
    /// 2,000 files, 20 MiB each, 60 MiB together.
    fn default() -> Self {
        ArchiveLimits { files: 2_000, file: 20 << 20, total: 60 << 20 }
    }
}

/// Unpacks an archive into a hand-in, under a path of its own where one is given.
///
/// What cannot be taken is listed among the hand-in's problems.
pub fn unpack(bytes: &[u8], under: &str, limits: &ArchiveLimits, hand_in: &mut HandIn) {
    let mut archive = match zip::ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => {
            hand_in
                .problems
                .push(format!("{under}: the archive cannot be read: {error}"));
            return;
        }
    };
    if listed(bytes).is_some_and(|listed| listed > archive.len()) {
        let text =
            format!("{under}: several files have the same name: the last was taken");
        hand_in.problems.push(text);
    }
    let mut total: u64 = hand_in.files.iter().map(|file| file.bytes.len() as u64).sum();
    let mut refused = 0_usize;
    let mut refuse = |hand_in: &mut HandIn, text: String| {
        refused += 1;
        if refused <= 20 {
            hand_in.problems.push(text);
        }
    };
    // The directory may list millions of entries: only so many are looked at.
    for number in 0..archive.len().min(limits.files.saturating_mul(4)) {
        let entry = match archive.by_index(number) {
            Ok(entry) => entry,
            Err(error) => {
                refuse(hand_in, format!("{under}: an entry cannot be read: {error}"));
                continue;
            }
        };
        let Ok(name) = entry.name().map(|name| name.into_owned()) else {
            refuse(hand_in, format!("{under}: an entry's name is not text"));
            continue;
        };
        if entry.is_dir() || is_litter(&name) {
            continue;
        }
        let shown: String = name.chars().take(80).collect();
        if entry.encrypted() {
            refuse(hand_in, format!("{under}: {shown} is encrypted"));
            continue;
        }
        if entry.is_symlink() {
            refuse(
                hand_in,
                format!("{under}: {shown} is a link; links are not followed"),
            );
            continue;
        }
        let kind = entry.unix_mode().unwrap_or(0) & 0o170_000;
        if kind != 0 && kind != 0o100_000 {
            let text = format!("{under}: {shown} is no file, but a device or a pipe");
            refuse(hand_in, text);
            continue;
        }
        let Some(path) = clean(&name) else {
            refuse(hand_in, format!("{under}: {shown:?} leads out of the archive"));
            continue;
        };
        if hand_in.files.len() >= limits.files {
            refuse(hand_in, format!("{under}: more than {} files", limits.files));
            break;
        }
        let room = limits.file.min(limits.total.saturating_sub(total));
        let mut bytes = Vec::new();
        let read = entry.take(room + 1).read_to_end(&mut bytes);
        if let Err(error) = read {
            refuse(hand_in, format!("{under}: {shown} cannot be unpacked: {error}"));
            continue;
        }
        if bytes.len() as u64 > room {
            let limit = limits.file >> 20;
            refuse(
                hand_in,
                format!(
                    "{under}: {shown} is too large (the limit is {limit} MiB a \
                                     file and {} MiB in all)",
                    limits.total >> 20
                ),
            );
            if limits.total.saturating_sub(total) <= limits.file {
                break;
            }
            continue;
        }
        total += bytes.len() as u64;
        hand_in.files.push(File { path, bytes });
    }
    if refused > 20 {
        hand_in.problems.push(format!("{under}: and {} more", refused - 20));
    }
}

/// How many entries the archive says it lists; names that stand twice are lost in the reading.
fn listed(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let count = bytes.get(end + 10..end + 12)?;
    let count = usize::from(u16::from_le_bytes([count[0], count[1]]));
    // The largest number stands for "see elsewhere".
    (count < 0xFFFF).then_some(count)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn small() -> ArchiveLimits {
        ArchiveLimits { files: 10, file: 1 << 20, total: 2 << 20 }
    }

    fn unpacked(bytes: &[u8]) -> HandIn {
        let mut hand_in = HandIn::default();
        unpack(bytes, "a.zip", &small(), &mut hand_in);
        hand_in
    }

    #[test]
    fn ordinary_archives_are_unpacked_and_litter_is_left_out() {
        let bytes = archive(&[
            ("a/modules.py", b"x = 1\n"),
            ("__MACOSX/._a", b"?"),
            ("b.md", b"# b"),
        ]);
        let hand_in = unpacked(&bytes);
        let paths: Vec<&str> =
            hand_in.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["a/modules.py", "b.md"]);
        assert!(hand_in.problems.is_empty());
    }

    #[test]
    fn paths_that_lead_out_are_left_out_and_reported() {
        for name in
            ["../evil.py", "/etc/cron.d/evil", "a/../../evil", "..\\evil", "C:/evil"]
        {
            let hand_in = unpacked(&archive(&[(name, b"evil"), ("good.md", b"good")]));
            assert_eq!(hand_in.files.len(), 1, "{name}");
            assert_eq!(hand_in.problems.len(), 1, "{name}");
        }
    }

    #[test]
    fn a_bomb_costs_no_more_than_the_limits() {
        let zeros = vec![0_u8; 64 << 20];
        let bytes = archive(&[("bomb", &zeros), ("good.md", b"good")]);
        assert!(bytes.len() < 1 << 20);
        let hand_in = unpacked(&bytes);
        assert!(hand_in.files.iter().all(|file| file.path == "good.md"));
        assert!(hand_in.problems[0].contains("too large"), "{:?}", hand_in.problems);
    }

    #[test]
    fn many_small_bombs_cost_no_more_than_the_limits() {
        let zeros = vec![0_u8; 900 << 10];
        let names: Vec<String> = (0..9).map(|k| format!("bomb{k}")).collect();
        let entries: Vec<(&str, &[u8])> =
            names.iter().map(|name| (name.as_str(), zeros.as_slice())).collect();
        let hand_in = unpacked(&archive(&entries));
        let total: usize = hand_in.files.iter().map(|file| file.bytes.len()).sum();
        assert!(total <= 2 << 20);
        assert!(!hand_in.problems.is_empty());
    }

    #[test]
    fn a_size_that_lies_is_not_believed() {
        let zeros = vec![0_u8; 8 << 20];
        let mut bytes = archive(&[("bomb", &zeros)]);
        // The unpacked size in the central directory, and in the local header, is made small.
        let size = (8_u32 << 20).to_le_bytes();
        for at in 0..bytes.len() - 4 {
            if bytes[at..at + 4] == size {
                bytes[at..at + 4].copy_from_slice(&16_u32.to_le_bytes());
            }
        }
        let hand_in = unpacked(&bytes);
        let total: usize = hand_in.files.iter().map(|file| file.bytes.len()).sum();
        assert!(total <= 1 << 20, "{total}");
    }

    #[test]
    fn links_are_left_out() {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        let hand_in = unpacked(&bytes);
        assert!(hand_in.files.is_empty());
        assert!(hand_in.problems[0].contains("link"));
    }

    #[test]
    fn too_many_files_end_the_unpacking() {
        let names: Vec<String> = (0..200).map(|k| format!("{k}.md")).collect();
        let entries: Vec<(&str, &[u8])> =
            names.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
        let hand_in = unpacked(&archive(&entries));
        assert_eq!(hand_in.files.len(), 10);
        assert!(hand_in.problems[0].contains("more than 10 files"));
    }

    #[test]
    fn what_is_no_archive_is_reported() {
        for bytes in [&b""[..], b"PK\x03\x04 not really", &[0xff; 300]] {
            let hand_in = unpacked(bytes);
            assert!(hand_in.files.is_empty());
            assert_eq!(hand_in.problems.len(), 1);
        }
    }

    #[test]
    fn a_cut_archive_never_panics() {
        let bytes =
            archive(&[("a.md", b"some text that is long enough"), ("b.md", b"more")]);
        for end in 0..bytes.len() {
            unpacked(&bytes[..end]);
        }
    }
}
