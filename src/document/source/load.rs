//! Files, folders and standard input to documents.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Format, Note, Source, latex, markdown, notebook};

/// The largest file that is read.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {reason}")]
pub struct LoadError {
    /// The file as it was named.
    pub name: String,
    /// What is wrong and what to do.
    pub reason: String,
}

impl LoadError {
    fn new(name: impl Into<String>, reason: impl Into<String>) -> Self {
        LoadError { name: name.into(), reason: reason.into() }
    }
}

/// The documents that the given paths name: a file is itself, `-` standard input, a folder all its
/// documents (Markdown, LaTeX, notebooks) in the order of their paths.
///
/// # Errors
/// For each path that is not there or cannot be listed, and for a folder without documents.
pub fn collect(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<LoadError>) {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        if path.is_dir() {
            let before = found.len();
            walk(path, 0, &mut found, &mut errors);
            if found.len() == before {
                errors.push(LoadError::new(
                    path.display().to_string(),
                    "no documents in this folder (looked for .md, .markdown, .tex, .ipynb)",
                ));
            }
        } else {
            found.push(path.clone());
        }
    }
    (found, errors)
}

fn walk(
    folder: &Path,
    depth: usize,
    found: &mut Vec<PathBuf>,
    errors: &mut Vec<LoadError>,
) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            errors.push(LoadError::new(folder.display().to_string(), error.to_string()));
            return;
        }
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let hidden =
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden || depth > 64 {
            continue;
        }
        // A link to a folder may lead back here; a link to a file cannot.
        if path.is_dir() && !path.is_symlink() {
            walk(&path, depth + 1, found, errors);
        } else if path.is_file() && format_of(&path).is_some() {
            found.push(path);
        }
    }
}

/// The format that a file's name promises.
fn format_of(path: &Path) -> Option<Format> {
    let extension = path.extension()?.to_string_lossy().to_ascii_lowercase();
    match extension.as_str() {
        "md" | "markdown" | "mdx" | "qmd" | "rmd" => Some(Format::Markdown),
        "tex" | "ltx" => Some(Format::Latex),
        "ipynb" => Some(Format::Notebook),
        _ => None,
    }
}

/// Reads a file, or standard input for `-`.
///
/// # Errors
/// When it is not there, cannot be read, is no text, is larger than 256 MB, or is a notebook that
/// is not JSON.
pub fn read(path: &Path) -> Result<Source, LoadError> {
    let name = path.display().to_string();
    let fail = |reason: String| LoadError::new(name.clone(), reason);
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| fail(format!("standard input cannot be read: {error}")))?;
    } else {
        if path.is_dir() {
            return Err(fail("this is a folder".to_owned()));
        }
        let file = std::fs::File::open(path).map_err(|error| fail(error.to_string()))?;
        file.take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| fail(error.to_string()))?;
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(fail("larger than 256 MB: split it".to_owned()));
    }
    let (text, encoding) = decode(bytes).map_err(&fail)?;
    let format = format_of(path).unwrap_or_else(|| sniff(&text));
    let mut source = build(&name, format, text, path.parent())
        .map_err(|reason| LoadError::new(name.clone(), reason))?;
    if let Some(message) = encoding {
        source.notes.insert(0, Note { offset: 0, code: "encoding", message });
    }
    Ok(source)
}

/// Reads a text that is in memory; a LaTeX text includes no files.
///
/// # Errors
/// When it is a notebook that is not JSON.
pub fn read_text(name: &str, format: Format, text: String) -> Result<Source, LoadError> {
    build(name, format, text, None).map_err(|reason| LoadError::new(name, reason))
}

fn build(
    name: &str,
    format: Format,
    text: String,
    folder: Option<&Path>,
) -> Result<Source, String> {
    let text = match format {
        Format::Notebook => notebook::markdown(&text)?,
        Format::Markdown | Format::Latex => text,
    };
    let mut source = Source::single(name, format, text);
    let (tokens, notes) = match format {
        Format::Latex => {
            latex::assemble(&mut source, folder);
            latex::scan(&source.text)
        }
        Format::Markdown | Format::Notebook => markdown::scan(&source.text),
    };
    source.tokens = tokens;
    source.notes.extend(notes);
    Ok(source)
}

/// What a text without a telling name is written in.
fn sniff(text: &str) -> Format {
    let start = text.trim_start();
    if start.starts_with('{') && start.contains("\"cells\"") {
        Format::Notebook
    } else if text.contains("\\documentclass") || text.contains("\\begin{document}") {
        Format::Latex
    } else {
        Format::Markdown
    }
}

/// Bytes to text, with a remark where they are not plain UTF-8.
fn decode(bytes: Vec<u8>) -> Result<(String, Option<String>), String> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> =
            bytes[2..].chunks_exact(2).map(|b| unit([b[0], b[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes.as_slice() {
        [0xEF, 0xBB, 0xBF, ..] => return decode(bytes[3..].to_vec()),
        [0xFF, 0xFE, ..] => return Ok((utf16(&bytes, u16::from_le_bytes), None)),
        [0xFE, 0xFF, ..] => return Ok((utf16(&bytes, u16::from_be_bytes), None)),
        _ => {}
    }
    let error = match String::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => return Err(NOT_TEXT.to_owned()),
        Ok(text) => return Ok((text, None)),
        Err(error) => error,
    };
    let valid = error.utf8_error().valid_up_to();
    let bytes = error.into_bytes();
    let odd = bytes.iter().filter(|&&byte| byte < 9 || (14..32).contains(&byte)).count();
    if bytes.contains(&0) || odd * 50 > bytes.len() {
        return Err(NOT_TEXT.to_owned());
    }
    let line = bytes[..valid].iter().filter(|&&byte| byte == b'\n').count() + 1;
    let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
    let message = format!(
        "line {line} is not UTF-8: the file is read as Latin-1; save it as UTF-8"
    );
    Ok((text, Some(message)))
}

const NOT_TEXT: &str =
    "this is not text but binary data; give the Markdown, LaTeX or notebook source";
