//! Files written whole or not at all.

use std::fs::{File, TryLockError};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::Error;

/// The name under which a file is written before it takes its own.
fn temporary(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

/// Writes a file: first under another name beside it, synced to the disk, then renamed. Whatever
/// happens on the way, the file that was there before stays.
///
/// # Errors
/// The write, the sync or the rename failed; the unfinished file is removed.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_with(path, |out| out.write_all(bytes))
}

/// As [`write`], with what `pour` writes.
///
/// # Errors
/// As for [`write`].
pub(super) fn write_with(
    path: &Path,
    pour: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), Error> {
    let part = temporary(path);
    let done = (|| {
        let mut out = BufWriter::with_capacity(1 << 16, File::create(&part)?);
        pour(&mut out)?;
        let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()?;
        std::fs::rename(&part, path)
    })();
    if let Err(source) = done {
        let _ = std::fs::remove_file(&part);
        return Err(Error::io(path, "write", source));
    }
    // The rename itself must survive a power failure too; a folder that cannot be opened for this
    // (as on Windows) is no reason to fail.
    if let Some(folder) = path.parent() {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// A folder that one run writes into; free again when this is dropped, or the process ends in any way.
#[derive(Debug)]
pub struct Held {
    _folder: Option<File>,
}

/// Makes a folder, and holds it against other runs: two in one folder would mix their results. Where the
/// system cannot hold folders nothing is held.
///
/// # Errors
/// The folder cannot be made, or another run holds it.
pub fn hold(folder: &Path) -> Result<Held, Error> {
    std::fs::create_dir_all(folder)
        .map_err(|source| Error::io(folder, "make the folder", source))?;
    let Ok(opened) = File::open(folder) else { return Ok(Held { _folder: None }) };
    match opened.try_lock() {
        Err(TryLockError::WouldBlock) => {
            Err(Error::file(folder, "another run is writing into this folder now")
                .help("wait until it is done, or name another folder with --out"))
        }
        _ => Ok(Held { _folder: Some(opened) }),
    }
}

/// Removes what writers that were killed have left unfinished in a folder.
pub(super) fn remove_unfinished(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(b".") && name.ends_with(b".part") {
            // One that stays is only untidy.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Makes a folder and shows that `bytes` can be written into it, before hours are spent.
///
/// # Errors
/// The folder cannot be made or written, or the disk has not that much room.
pub fn make_room(folder: &Path, bytes: u64) -> Result<(), Error> {
    std::fs::create_dir_all(folder)
        .map_err(|source| Error::io(folder, "make the folder", source))?;
    let probe = folder.join(format!(".room.{}.part", std::process::id()));
    let done = (|| {
        let mut file = File::create(&probe)?;
        let block = [0u8; 1 << 16];
        let mut left = bytes;
        while left > 0 {
            let now = left.min(block.len() as u64) as usize;
            file.write_all(&block[..now])?;
            left -= now as u64;
        }
        file.sync_all()
    })();
    let _ = std::fs::remove_file(&probe);
    done.map_err(|source| {
        Error::io(
            folder,
            &format!("write {} kB into the folder", bytes.div_ceil(1000)),
            source,
        )
        .help("free some space, or choose another folder with --out")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        write(&path, b"old").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        // A folder in the file's place makes the rename fail.
        let taken = folder.path().join("taken");
        std::fs::create_dir_all(taken.join("inside")).unwrap();
        assert!(write(&taken, b"x").is_err());
        let names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(names.len(), 2, "{names:?}");
    }

    #[test]
    fn what_a_killed_writer_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let keep = folder.path().join("checkpoint.bin");
        std::fs::write(&keep, b"x").unwrap();
        std::fs::write(temporary(&keep), b"half").unwrap();
        remove_unfinished(folder.path());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(keep.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_is_held_by_one_run_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        let held = hold(&folder).unwrap();
        let message = hold(&folder).unwrap_err().to_string();
        assert!(message.contains("another run is writing into this folder"), "{message}");
        write(&folder.join("x"), b"1").unwrap();
        drop(held);
        drop(hold(&folder).unwrap());
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, b"").unwrap();
        let message = make_room(&file.join("run"), 10).unwrap_err().to_string();
        assert!(message.contains("run: cannot make the folder"), "{message}");
        make_room(&folder.path().join("b/c"), 100_000).unwrap();
        assert_eq!(std::fs::read_dir(folder.path().join("b/c")).unwrap().count(), 0);
    }
}
