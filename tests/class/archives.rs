//! Hostile archives among a class's hand-ins: each costs its own hand-in what it lacks, and no other
//! anything.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::scene::{Class, RIGHT, contents, fill};

type Entries<'a> = &'a [(&'a str, &'a [u8])];

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn archive(entries: Entries<'_>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, options()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Replaces every occurrence, as an attacker edits an archive.
fn edited(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> =
        (0..bytes.len() - from.len()).filter(|&k| bytes[k..].starts_with(from)).collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place..place + to.len()].copy_from_slice(to);
    }
    bytes
}

/// Sets the bits that the central directory says a Unix file has.
fn with_mode(mut bytes: Vec<u8>, mode: u32) -> Vec<u8> {
    let at = (0..bytes.len()).find(|&k| bytes[k..].starts_with(b"PK\x01\x02")).unwrap();
    bytes[at + 5] = 3;
    bytes[at + 38..at + 42].copy_from_slice(&(mode << 16).to_le_bytes());
    bytes
}

struct Hostile {
    name: &'static str,
    bytes: Vec<u8>,
    /// A word of the complaint, where there must be one.
    complaint: &'static str,
    /// Whether the right answers in it count all the same.
    counts: bool,
}

fn hostile() -> Vec<Hostile> {
    let right = ("report.md", RIGHT.as_bytes());
    let zeros = vec![0_u8; 64 << 20];
    let bomb = archive(&[("zeros.bin", &zeros), right]);
    let inner = archive(&[("zeros.bin", &zeros)]);
    let mut link = ZipWriter::new(Cursor::new(Vec::new()));
    link.add_symlink("report.md", "../ann.md", options()).unwrap();
    link.add_symlink("all", "/", options()).unwrap();
    let link = link.finish().unwrap().into_inner();
    let mut many = ZipWriter::new(Cursor::new(Vec::new()));
    for k in 0..100_000 {
        many.start_file(
            format!("{k}"),
            SimpleFileOptions::default().compression_method(CompressionMethod::Stored),
        )
        .unwrap();
    }
    let many = many.finish().unwrap().into_inner();
    let twice = edited(
        archive(&[right, ("repoxx.md", b"# Question 1.a\n\nno\n")]),
        b"repoxx.md",
        b"report.md",
    );
    let odd = edited(archive(&[right, ("nXme.md", b"# x")]), b"nXme", b"n\xffme");
    let size = u32::try_from(RIGHT.len()).unwrap().to_le_bytes();
    let declared = edited(archive(&[right]), &size, &0xffff_fff0_u32.to_le_bytes());
    let deep = format!("{}report.md", "a/".repeat(190));
    let at = |entries: Entries<'_>, name, complaint, counts| Hostile {
        name,
        bytes: archive(entries),
        complaint,
        counts,
    };
    let other =
        |name, bytes, complaint, counts| Hostile { name, bytes, complaint, counts };
    // The flag of encryption, in both headers.
    let mut encrypted = archive(&[right]);
    for (mark, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at =
            (0..encrypted.len()).find(|&k| encrypted[k..].starts_with(mark)).unwrap();
        encrypted[at + flags] |= 1;
    }
    vec![
        other("bomb", bomb, "too large", true),
        other("nested", archive(&[("inner.zip", &inner), right]), "", true),
        at(&[("../ann.md", b"gone"), right], "upwards", "leads out", true),
        at(&[("/etc/gradproof-was-here", b"x"), right], "absolute", "leads out", true),
        at(&[("..\\..\\ann.md", b"gone"), right], "backslashes", "leads out", true),
        at(&[("C:/ann.md", b"gone"), right], "drive", "leads out", true),
        at(&[(deep.as_str(), RIGHT.as_bytes())], "deep", "", true),
        other("link", link, "link", false),
        other("device", with_mode(archive(&[right]), 0o020_666), "device", false),
        other("fifo", with_mode(archive(&[right]), 0o010_666), "device", false),
        other("twice", twice, "same name", false),
        other("many", many, "more than", false),
        other("odd-name", odd, "", true),
        other("declared", declared, "", true),
        other("encrypted", encrypted, "encrypted", false),
        other("cut", archive(&[right])[..40].to_vec(), "cannot be read", false),
        other("no-archive", b"PK\x03\x04 but no more".to_vec(), "cannot be read", false),
        at(
            &[("modules.py/../../x.md", b"x"), right],
            "through-a-file",
            "leads out",
            true,
        ),
        at(
            &[("report.md", RIGHT.as_bytes()), ("report.md/x", b"x")],
            "file-and-folder",
            "",
            true,
        ),
    ]
}

#[test]
fn hostile_archives_cost_their_own_hand_in_only() {
    let class = Class::new();
    fill(&class);
    class.grade("alone", &[]);
    let all = hostile();
    assert!(all.len() >= 15);
    for hostile in &all {
        let name = format!("hand-ins/{}.zip", hostile.name);
        std::fs::write(class.path(&name), &hostile.bytes).unwrap();
    }
    let before = contents(&class.path("hand-ins"));
    class.grade("out", &[]);
    assert_eq!(before, contents(&class.path("hand-ins")), "a hand-in was changed");
    for key in ["ann", "bob", "eve", "kim", "lee", "max", "zoe"] {
        assert_eq!(class.record("out", key), class.record("alone", key), "{key}");
    }
    for hostile in &all {
        let record = class.record("out", hostile.name);
        let problems = record["problems"].to_string();
        assert!(problems.contains(hostile.complaint), "{}: {problems}", hostile.name);
        let points = record["points"].as_f64().unwrap();
        assert_eq!(
            points == 10.0,
            hostile.counts,
            "{}: {points} {problems}",
            hostile.name
        );
    }
    let listed = std::fs::read_to_string(class.path("out/attention.csv")).unwrap();
    for hostile in all.iter().filter(|hostile| !hostile.complaint.is_empty()) {
        assert!(listed.contains(hostile.name), "{} waits for nobody", hostile.name);
    }
}
