//! Givens from outside the document: a file whose parts apply to headings, question lines or lines.

use serde::Deserialize;

use crate::document::label::fit;

/// A givens file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    parts: Vec<Part>,
}

/// Givens for a part of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    /// Headings or question lines, outermost first.
    #[serde(rename = "match", default)]
    headings: Vec<String>,
    /// The first and the last line.
    lines: Option<(usize, usize)>,
    /// The givens, each as on the command line.
    #[serde(default)]
    given: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    given: Vec<String>,
    #[serde(default)]
    part: Vec<Part>,
}

impl Outside {
    /// Reads a givens file.
    ///
    /// # Errors
    /// What is wrong with it and where, in one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: Table = toml::from_str(text).map_err(|error| {
            let line =
                error.span().map(|span| text[..span.start].matches('\n').count() + 1);
            let place = line.map_or_else(String::new, |line| format!("line {line}: "));
            format!("{place}{}", error.message())
        })?;
        let mut outside = Outside::everywhere(table.given);
        for (number, part) in table.part.into_iter().enumerate() {
            if part.headings.is_empty() && part.lines.is_none() {
                return Err(format!(
                    "part {} says neither `match` nor `lines`: add match = [\"Question 1\"]",
                    number + 1
                ));
            }
            if part.lines.is_some_and(|(first, last)| first == 0 || last < first) {
                return Err(format!(
                    "part {}: `lines` wants the first and the last line, from 1",
                    number + 1
                ));
            }
            outside.parts.push(part);
        }
        Ok(outside)
    }

    /// Givens that hold in the whole document.
    pub fn everywhere(given: Vec<String>) -> Self {
        if given.is_empty() {
            return Outside::default();
        }
        Outside { parts: vec![Part { headings: Vec::new(), lines: None, given }] }
    }

    /// Both; what `other` says comes later and so wins.
    pub fn with(mut self, other: Outside) -> Self {
        self.parts.extend(other.parts);
        self
    }

    /// The parts that apply at a line of a section, by their numbers.
    ///
    /// A part that names headings applies where the section's path holds them in this order. Lines
    /// shift when a document is edited, so a part that names both applies by its lines only where
    /// no part fits by its headings.
    pub fn at(&self, section: &[String], line: usize) -> Vec<usize> {
        self.at_line(&self.named(section), line)
    }

    /// The parts that fit a section by its headings.
    pub(crate) fn named(&self, section: &[String]) -> Vec<usize> {
        (0..self.parts.len())
            .filter(|&part| self.parts[part].fits_section(section))
            .collect()
    }

    /// The same as [`Outside::at`] where it is known which parts fit by their headings.
    pub(crate) fn at_line(&self, named: &[usize], line: usize) -> Vec<usize> {
        (0..self.parts.len())
            .filter(|&number| {
                let part = &self.parts[number];
                let everywhere = part.headings.is_empty() && part.lines.is_none();
                let by_line = part.holds_line(line)
                    && (part.headings.is_empty() || named.is_empty());
                everywhere || by_line || named.contains(&number)
            })
            .collect()
    }

    /// The givens of a part, as written.
    pub fn givens(&self, part: usize) -> &[String] {
        self.parts.get(part).map_or(&[], |part| &part.given)
    }
}

impl Part {
    fn fits_section(&self, section: &[String]) -> bool {
        fit(section, &self.headings).is_some()
    }

    fn holds_line(&self, line: usize) -> bool {
        self.lines.is_some_and(|(first, last)| (first..=last).contains(&line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        [[part]]
        match = ["Question 2.a", "a)"]
        lines = [10, 20]
        given = ["X in R^{S x M}"]

        [[part]]
        match = ["Question 2.b", "i)"]
        lines = [21, 30]
        given = ["h elementwise"]

        [[part]]
        lines = [1, 5]
        given = ["n in N"]
    "#;

    fn path(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|&label| label.to_owned()).collect()
    }

    #[test]
    fn headings_are_firm_and_lines_are_for_where_no_heading_fits() {
        let outside = Outside::parse(FILE).expect("a good file");
        assert_eq!(outside.at(&path(&["Question 2.a Linear Module", "a)"]), 25), [0]);
        assert_eq!(outside.at(&path(&["Question 2.b Activation", "b)", "i)"]), 99), [1]);
        assert_eq!(outside.at(&path(&["Question 2.b Activation", "b)"]), 22), [1]);
        assert_eq!(outside.at(&path(&["Question 2.ab"]), 40), Vec::<usize>::new());
        assert_eq!(outside.at(&[], 3), [2]);
        assert_eq!(outside.givens(1), ["h elementwise"]);
    }

    #[test]
    fn a_fault_in_the_file_is_named_with_its_line() {
        let unknown =
            Outside::parse("[[part]]\nmatch = [\"a\"]\ngiven = [\"x\"]\nlimes = 3\n");
        assert!(unknown.expect_err("an unknown key").contains("limes"));
        let broken = Outside::parse("[[part]]\nmatch = [\n").expect_err("not TOML");
        assert!(broken.starts_with("line "), "{broken}");
        assert!(Outside::parse("[[part]]\ngiven = []\n").is_err());
    }
}
