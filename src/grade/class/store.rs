//! The output folder: one record a hand-in, written whole or not at all.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::GradeError;
use crate::grade::report::Format;
use crate::grade::result::{FORM, Record};

/// An output folder.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
    /// Held while a run writes here, so that no other takes its unfinished files for left ones.
    _lock: Option<Arc<File>>,
}

/// How the names of files that are being written begin.
const UNFINISHED: &str = ".writing-";

/// Writes a file whole: readers see the old contents or the new, never a part.
///
/// # Errors
/// What the system says.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(folder.unwrap_or_else(|| Path::new(".")))?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A temporary file is its owner's alone; results are for the staff.
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn remove_unfinished(folder: &Path) {
    for inner in [folder.to_path_buf(), folder.join("results"), folder.join("feedback")] {
        let Ok(entries) = std::fs::read_dir(inner) else { continue };
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

impl Store {
    /// Opens an output folder, making it where it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path) -> Result<Self, GradeError> {
        for inner in ["results", "feedback"] {
            let path = folder.join(inner);
            std::fs::create_dir_all(&path)
                .map_err(|error| GradeError::file("made", &path, &error))?;
        }
        let lock = File::create(folder.join(".lock")).ok();
        if let Some(lock) = &lock {
            // Alone here: what a killed run left half written goes.
            if lock.try_lock().is_ok() {
                remove_unfinished(folder);
            }
            let _ = lock.lock_shared();
        }
        Ok(Store { folder: folder.to_path_buf(), _lock: lock.map(Arc::new) })
    }

    /// Opens an output folder that must be there.
    ///
    /// # Errors
    /// When it holds no results.
    pub fn existing(folder: &Path) -> Result<Self, GradeError> {
        let results = folder.join("results");
        if results.is_dir() {
            return Ok(Store { folder: folder.to_path_buf(), _lock: None });
        }
        Err(GradeError::new(format!("{} holds no results of a run", folder.display())))
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The name of a hand-in's files: its key, made safe.
    pub fn name(key: &str) -> String {
        let slug = crate::grade::assignment::slug(key);
        if slug == key && slug.len() < 80 && !slug.starts_with('.') {
            return slug;
        }
        let start: String = slug.trim_start_matches('.').chars().take(60).collect();
        format!("{start}-{}", crate::grade::digest::short(&key))
    }

    fn result_path(&self, key: &str) -> PathBuf {
        self.folder.join("results").join(format!("{}.json", Self::name(key)))
    }

    /// The earlier record of a hand-in; one that cannot be read counts as none.
    pub fn record(&self, key: &str) -> Option<Record> {
        let bytes = std::fs::read(self.result_path(key)).ok()?;
        let record: Record = serde_json::from_slice(&bytes).ok()?;
        (record.form == FORM && record.key == key).then_some(record)
    }

    /// All records, in the order of their names, one after the other.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn records(
        &self,
    ) -> Result<impl Iterator<Item = Result<Record, GradeError>> + use<>, GradeError>
    {
        let results = self.folder.join("results");
        let entries = std::fs::read_dir(&results)
            .map_err(|error| GradeError::file("read", &results, &error))?;
        let mut paths: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
            .filter(|path| {
                !path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'))
            })
            .collect();
        paths.sort();
        Ok(paths.into_iter().map(|path| {
            let bytes = std::fs::read(&path)
                .map_err(|error| GradeError::file("read", &path, &error))?;
            let record: Record = serde_json::from_slice(&bytes).map_err(|error| {
                GradeError::new(format!("{} is no result: {error}", path.display()))
            })?;
            if record.form != FORM {
                return Err(GradeError::new(format!(
                    "{} was written by another version: grade again",
                    path.display()
                )));
            }
            Ok(record)
        }))
    }

    /// Where a format's file of a hand-in lies.
    pub fn path(&self, key: &str, format: Format) -> PathBuf {
        match format {
            Format::Json => self.result_path(key),
            _ => {
                let name = format!("{}{}", Self::name(key), format.ending());
                self.folder.join("feedback").join(name)
            }
        }
    }

    /// Whether all files of a hand-in are there.
    pub fn has(&self, record: &Record, formats: &[Format]) -> bool {
        formats.iter().all(|&format| self.path(&record.key, format).exists())
    }

    /// Writes a file of the class.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), GradeError> {
        let path = self.folder.join(name);
        write_whole(&path, bytes)
            .map_err(|error| GradeError::file("written", &path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_do_not_collide() {
        assert_eq!(Store::name("ann"), "ann");
        for key in ["../x", "a/b", "Ann", "..", ".hidden", "", "ü/ö", &"x".repeat(500)]
        {
            let name = Store::name(key);
            assert!(
                !name.contains('/') && !name.starts_with('.') && name.len() < 250,
                "{name}"
            );
        }
        assert_ne!(Store::name("a/b"), Store::name("a b"));
        assert_ne!(Store::name("Ann"), Store::name("ann"));
    }

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
