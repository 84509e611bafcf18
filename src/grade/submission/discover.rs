//! Finds the hand-ins among the given paths, and reads what each holds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::archive::{ArchiveLimits, unpack};
use super::{File, HandIn, clean, is_litter};

/// A hand-in, found but not yet read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// What it is called: its folder's name, or its files' name without the ending.
    pub key: String,
    /// Its folder, or its files.
    pub paths: Vec<PathBuf>,
}

/// Finds hand-ins: each given file is one; a given folder holds one in each of its folders, and one
/// in its files of the same name (`ann.md` and `ann.py` are Ann's). With `one`, everything given is
/// one hand-in together.
///
/// # Errors
/// When a path cannot be read.
pub fn discover(paths: &[PathBuf], one: bool) -> Result<Vec<Found>, String> {
    if one {
        let key = paths.first().map(|path| key_of(path)).unwrap_or_default();
        for path in paths {
            if !path.exists() {
                return Err(format!("{} does not exist", path.display()));
            }
        }
        return Ok(vec![Found { key, paths: paths.to_vec() }]);
    }
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in paths {
        let fails = |error| format!("{} cannot be read: {error}", path.display());
        if !std::fs::metadata(path).map_err(fails)?.is_dir() {
            found.entry(key_of(path)).or_default().push(path.clone());
            continue;
        }
        for entry in std::fs::read_dir(path).map_err(fails)? {
            let entry = entry.map_err(fails)?;
            let name = entry.file_name();
            if is_litter(&name.to_string_lossy())
                || name.to_string_lossy().starts_with('.')
            {
                continue;
            }
            found.entry(key_of(&entry.path())).or_default().push(entry.path());
        }
    }
    Ok(found
        .into_iter()
        .map(|(key, mut paths)| {
            paths.sort();
            Found { key, paths }
        })
        .collect())
}

fn key_of(path: &Path) -> String {
    let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
    // `.` and `..` have no name: the folder they mean has.
    let name = name.map(|name| name.to_string_lossy().into_owned()).or_else(|| {
        let full = path.canonicalize().ok()?;
        Some(full.file_name()?.to_string_lossy().into_owned())
    });
    name.unwrap_or_else(|| "hand-in".into())
}

/// Takes a file, a folder or an archive into a hand-in.
pub(super) fn take(path: &Path, limits: &ArchiveLimits, hand_in: &mut HandIn) {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    if path.is_dir() && !path.is_symlink() {
        take_folder(path, "", 0, limits, hand_in);
    } else {
        take_file(path, &name.unwrap_or_default(), limits, hand_in);
    }
}

fn take_folder(
    folder: &Path,
    under: &str,
    depth: usize,
    limits: &ArchiveLimits,
    hand_in: &mut HandIn,
) {
    let shown = if under.is_empty() { "the folder" } else { under };
    if depth > 12 {
        hand_in.problems.push(format!("{shown}: the folders are nested too deeply"));
        return;
    }
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            hand_in.problems.push(format!("{shown} cannot be read: {error}"));
            return;
        }
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if hand_in.files.len() >= limits.files {
            hand_in.problems.push(format!("{shown}: more than {} files", limits.files));
            return;
        }
        let Some(name) = path.file_name().map(|name| name.to_string_lossy().into_owned())
        else {
            continue;
        };
        let inner =
            if under.is_empty() { name.clone() } else { format!("{under}/{name}") };
        if is_litter(&name) {
            continue;
        }
        if path.is_symlink() {
            hand_in.problems.push(format!("{inner} is a link; links are not followed"));
        } else if path.is_dir() {
            take_folder(&path, &inner, depth + 1, limits, hand_in);
        } else {
            take_file(&path, &inner, limits, hand_in);
        }
    }
}

fn take_file(path: &Path, inner: &str, limits: &ArchiveLimits, hand_in: &mut HandIn) {
    let data = match std::fs::metadata(path) {
        Ok(data) if data.is_file() => data,
        Ok(_) => {
            hand_in.problems.push(format!("{inner} is no ordinary file"));
            return;
        }
        Err(error) => {
            hand_in.problems.push(format!("{inner} cannot be read: {error}"));
            return;
        }
    };
    let total: u64 = hand_in.files.iter().map(|file| file.bytes.len() as u64).sum();
    if data.len() > limits.file || total + data.len() > limits.total {
        hand_in.problems.push(format!("{inner} is too large: {} MiB", data.len() >> 20));
        return;
    }
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            hand_in.problems.push(format!("{inner} cannot be read: {error}"));
            return;
        }
    };
    if inner.to_ascii_lowercase().ends_with(".zip") {
        unpack(&bytes, inner, limits, hand_in);
        return;
    }
    match clean(inner) {
        Some(path) => hand_in.files.push(File { path, bytes }),
        None => hand_in.problems.push(format!("{inner:?} is no name that can be used")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_are_one_hand_in() {
        let class = tempfile::tempdir().unwrap();
        std::fs::write(class.path().join("ann.md"), "# a").unwrap();
        std::fs::write(class.path().join("ann.py"), "x = 1").unwrap();
        std::fs::create_dir(class.path().join("bob")).unwrap();
        std::fs::write(class.path().join("bob/report.md"), "# b").unwrap();
        std::fs::write(class.path().join(".DS_Store"), "").unwrap();
        let found = discover(&[class.path().to_path_buf()], false).unwrap();
        let keys: Vec<&str> = found.iter().map(|found| found.key.as_str()).collect();
        assert_eq!(keys, ["ann", "bob"]);
        let ann = HandIn::read(&found[0], &ArchiveLimits::default());
        let paths: Vec<&str> = ann.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["ann.md", "ann.py"]);
        let bob = HandIn::read(&found[1], &ArchiveLimits::default());
        assert_eq!(bob.files[0].path, "report.md");
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_a_folder_are_not_followed() {
        let class = tempfile::tempdir().unwrap();
        let secret = class.path().join("secret.txt");
        std::fs::write(&secret, "secret").unwrap();
        let folder = class.path().join("eve");
        std::fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink(&secret, folder.join("report.md")).unwrap();
        std::os::unix::fs::symlink(class.path(), folder.join("all")).unwrap();
        let found = Found { key: "eve".into(), paths: vec![folder] };
        let hand_in = HandIn::read(&found, &ArchiveLimits::default());
        assert!(hand_in.files.is_empty());
        assert_eq!(hand_in.problems.len(), 2);
    }

    #[test]
    fn a_missing_path_is_an_error() {
        assert!(discover(&[PathBuf::from("/nowhere/at/all")], false).is_err());
    }
}
