//! Hand-ins: who handed in what, read without trusting any of it.

mod archive;
mod discover;
mod roster;

pub use archive::{ArchiveLimits, unpack};
pub use discover::{Found, discover};
pub use roster::{Roster, RosterError, Student};

use std::collections::BTreeSet;
use std::path::Path;

/// A file of a hand-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path within the hand-in, with `/` between folders and nothing that leads out.
    pub path: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

impl File {
    /// The ending of its name in lower case, without the dot.
    pub fn ending(&self) -> String {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.rsplit_once('.')
            .map(|(_, ending)| ending.to_ascii_lowercase())
            .unwrap_or_default()
    }

    /// Whether it may hold derivations.
    pub fn is_document(&self) -> bool {
        matches!(
            self.ending().as_str(),
            "md" | "markdown" | "tex" | "ipynb" | "qmd" | "rmd" | "txt"
        )
    }
}

/// A hand-in, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandIn {
    /// Its files, by path.
    pub files: Vec<File>,
    /// What could not be taken, and why.
    pub problems: Vec<String>,
}

impl HandIn {
    /// Reads a hand-in: a file, a folder, an archive, or several of them for one student.
    pub fn read(found: &Found, limits: &ArchiveLimits) -> HandIn {
        let mut hand_in = HandIn::default();
        for path in &found.paths {
            discover::take(path, limits, &mut hand_in);
        }
        hand_in.files.sort_by(|a, b| a.path.cmp(&b.path));
        let before = hand_in.files.len();
        hand_in.files.dedup_by(|later, first| later.path == first.path);
        if hand_in.files.len() < before {
            hand_in
                .problems
                .push("two files have the same path: the first was taken".into());
        }
        // `a` cannot be a file and the folder of `a/b`: the file is kept.
        let names: BTreeSet<String> =
            hand_in.files.iter().map(|file| file.path.clone()).collect();
        let within_a_file = |path: &str| {
            path.match_indices('/').any(|(end, _)| names.contains(&path[..end]))
        };
        let HandIn { files, problems } = &mut hand_in;
        files.retain(|file| {
            let kept = !within_a_file(&file.path);
            if !kept {
                problems.push(format!("{} lies in what is a file itself", file.path));
            }
            kept
        });
        hand_in
    }

    /// Writes its files into a folder of their own, for running code in it: flat or in folders, as
    /// they were. Nothing is written outside the folder, and no link is made.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn stage(&self, folder: &Path) -> std::io::Result<()> {
        for file in &self.files {
            let target = folder.join(&file.path);
            if let Some(parent) = target.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(target, &file.bytes)?;
        }
        Ok(())
    }
}

/// A path within a hand-in as a clean relative one: `None` when it leads out or is absolute.
fn clean(path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    if path.starts_with('/') || path.contains('\0') || path.len() > 400 {
        return None;
    }
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => return None,
            part if part.contains(':') || part.len() > 200 => return None,
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// What operating systems and editors leave behind, and nobody hands in.
fn is_litter(path: &str) -> bool {
    path.split('/').any(|part| {
        part.starts_with("._")
            || matches!(
                part,
                "__MACOSX"
                    | ".DS_Store"
                    | "Thumbs.db"
                    | "__pycache__"
                    | ".git"
                    | ".ipynb_checkpoints"
                    | ".venv"
                    | "node_modules"
                    | ".idea"
                    | ".vscode"
            )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_clean_path_stays_inside(path in "[./\\\\a:~ ]{0,12}") {
            if let Some(clean) = clean(&path) {
                let joined = Path::new("/cell").join(&clean);
                prop_assert!(joined.starts_with("/cell"));
                prop_assert!(!clean.split('/').any(|part| part == ".." || part.is_empty()));
            }
        }
    }

    #[test]
    fn paths_that_lead_out_are_refused() {
        for path in [
            "../x",
            "/etc/passwd",
            "a/../../x",
            "..\\x",
            "C:\\x",
            "a\0b",
            "",
            ".",
            "a/..",
        ] {
            assert_eq!(clean(path), None, "{path}");
        }
        assert_eq!(clean("./a//b.py").as_deref(), Some("a/b.py"));
    }
}
