//! Where in a hand-in a class stands: in the file that was asked for, or else in another one, or in
//! a notebook.

use super::code::Target;
use super::submission::{File, HandIn};

/// Where a class was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Whereabouts {
    /// The folder within the hand-in.
    pub(super) folder: String,
    /// The file, without its ending.
    pub(super) file: String,
    /// What is to be said of it, where it is not the file that was asked for.
    pub(super) remark: Option<String>,
}

/// Finds the file that was asked for; for Python, else the file or notebook that defines the class.
pub(super) fn find(
    hand_in: &HandIn,
    target: &Target,
    python: bool,
) -> Option<Whereabouts> {
    let named = nearest(hand_in, |file| stem(file) == target.file && !is_report(file));
    if let Some(file) = named {
        return Some(Whereabouts { remark: None, ..at(file) });
    }
    if !python {
        return None;
    }
    let defines = |file: &File, ending: &str| {
        file.ending() == ending
            && defines(&String::from_utf8_lossy(&file.bytes), &target.class)
    };
    if let Some(file) = nearest(hand_in, |file| defines(file, "py")) {
        let remark = format!("it stands in {}, not in {}.py", name(file), target.file);
        return Some(Whereabouts { remark: Some(remark), ..at(file) });
    }
    let file = nearest(hand_in, |file| defines(file, "ipynb"))?;
    let remark = format!(
        "it is taken from the notebook {}: of its code only imports and definitions were run",
        name(file)
    );
    Some(Whereabouts { remark: Some(remark), ..at(file) })
}

/// The file with the shortest path of those that fit.
fn nearest(hand_in: &HandIn, fits: impl Fn(&File) -> bool) -> Option<&File> {
    let fitting = hand_in.files.iter().filter(|file| fits(file));
    fitting.min_by_key(|file| (file.path.matches('/').count(), file.path.as_str()))
}

fn at(file: &File) -> Whereabouts {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    Whereabouts { folder: folder.into(), file: stem(file).into(), remark: None }
}

fn name(file: &File) -> &str {
    file.path.rsplit('/').next().unwrap_or(&file.path)
}

fn stem(file: &File) -> &str {
    name(file).rsplit_once('.').map_or("", |(stem, _)| stem)
}

/// Whether a file is something to read, and no code to run.
fn is_report(file: &File) -> bool {
    ["md", "tex", "txt", "pdf", "ipynb", "html"].contains(&file.ending().as_str())
}

/// Whether a program's text defines a class of this name, or one that differs in case and endings
/// alone; a pair of functions, `forward/backward`, is there when the first is.
fn defines(text: &str, class: &str) -> bool {
    let (word, wanted) = match class.split_once('/') {
        Some((forward, _)) => ("def ", forward.to_string()),
        None => ("class ", plain(class)),
    };
    text.match_indices(word).any(|(at, _)| {
        // In a notebook the line is a JSON string and begins with a quotation mark.
        let begins = text[..at].chars().next_back().is_none_or(|c| "\n\"".contains(c))
            || text[..at].ends_with("\\n");
        let rest = &text[at + word.len()..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let found = &rest[..end.unwrap_or(rest.len())];
        begins && if word == "def " { found == wanted } else { plain(found) == wanted }
    })
}

/// A class's name without what the running program disregards, too (`python/notebook.py`).
fn plain(name: &str) -> String {
    let mut name = name.replace('_', "").to_lowercase();
    for ending in ["module", "layer", "function", "activation", "loss"] {
        if name.len() > ending.len() && name.ends_with(ending) {
            name.truncate(name.len() - ending.len());
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::code::Subject;

    fn hand_in(files: &[(&str, &str)]) -> HandIn {
        let files = files.iter().map(|(path, text)| File {
            path: (*path).into(),
            bytes: text.as_bytes().to_vec(),
        });
        HandIn { files: files.collect(), problems: Vec::new() }
    }

    fn place(files: &[(&str, &str)], python: bool) -> Option<(String, String)> {
        let target = Target {
            file: "modules".into(),
            class: "SoftMaxModule".into(),
            subject: Subject::Softmax,
            arguments: Vec::new(),
        };
        let found = find(&hand_in(files), &target, python)?;
        Some((found.folder, found.file))
    }

    #[test]
    fn the_file_asked_for_wins_and_the_nearest_of_several() {
        let both =
            [("a/modules.py", ""), ("modules.py", ""), ("x.py", "class SoftMaxModule:")];
        assert_eq!(place(&both, true), Some((String::new(), "modules".into())));
        assert_eq!(place(&[("modules.md", "")], true), None);
    }

    #[test]
    fn another_file_or_a_notebook_that_defines_the_class_is_taken() {
        let other = [("src/my layers.py", "import x\nclass Softmax(Layer):\n")];
        assert_eq!(place(&other, true), Some(("src".into(), "my layers".into())));
        assert_eq!(place(&other, false), None);
        let notebook =
            [("hw.ipynb", r#"{"cells":[{"source":["class SoftMaxModule:\n"]}]}"#)];
        assert_eq!(place(&notebook, true), Some((String::new(), "hw".into())));
        let joined =
            [("hw.ipynb", r#"{"source": "import numpy\nclass SoftMaxModule:"}"#)];
        assert_eq!(place(&joined, true), Some((String::new(), "hw".into())));
        let named =
            [("hw.py", "# the class SoftMaxModule is missing\nclass SoftMaxTest: pass")];
        assert_eq!(place(&named, true), None);
    }
}
