//! Reads an assignment file.

use std::fmt;

use super::{Assignment, Find, Form, Module, Part, Settings, Work};
use crate::grade::code::{Argument, Subject, Target};
use crate::grade::score::Points;
use crate::language::parse_given;
use crate::shape::Givens;

/// What is wrong with an assignment file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignmentError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for AssignmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for AssignmentError {}

fn fault<T>(line: usize, message: impl Into<String>) -> Result<T, AssignmentError> {
    Err(AssignmentError { line, message: message.into() })
}

/// Reads an assignment file.
///
/// # Errors
/// The first thing that is wrong with it, with its line.
pub fn parse(text: &str) -> Result<Assignment, AssignmentError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut settings, body, skipped) = front_matter(text)?;
    let mut reader = Reader { parts: Vec::new(), headings: Vec::new(), in_code: false };
    for (number, line) in body.lines().enumerate() {
        reader.line(number + 1 + skipped, line)?;
    }
    let mut parts = Vec::new();
    for draft in reader.parts {
        parts.push(draft.finish()?);
    }
    if parts.is_empty() {
        let message = "there is no part: a heading with points begins one, as in \
                       `## Question 1.a (4 points)`";
        return fault(1, message);
    }
    for (k, part) in parts.iter().enumerate() {
        if let Some(twin) = parts[..k].iter().find(|other| other.id == part.id) {
            let message = format!(
                "the part `{}` has the short name `{}`, like the one in line {}: give one of them \
                 another with {{#name}} behind its heading",
                part.title, part.id, twin.line
            );
            return fault(part.line, message);
        }
    }
    if settings.id.is_empty() {
        settings.id = slug(&settings.title);
    }
    for tag in settings.code.weights.keys() {
        if crate::grade::code::Property::from_tag(tag).is_none() {
            return fault(1, format!("[code.weights]: there is no property `{tag}`"));
        }
    }
    if let Some(due) = &settings.due
        && chrono::DateTime::parse_from_rfc3339(due).is_err()
    {
        let message =
            format!("due = \"{due}\" is no moment: write it as \"2026-11-20T23:59:00Z\"");
        return fault(1, message);
    }
    Ok(Assignment { settings, parts, text: text.to_string() })
}

/// The settings, the text behind them, and how many lines they take.
fn front_matter(text: &str) -> Result<(Settings, &str, usize), AssignmentError> {
    let Some(rest) = text.strip_prefix("+++\n").or_else(|| text.strip_prefix("+++\r\n"))
    else {
        return Ok((Settings::default(), text, 0));
    };
    let mut length = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "+++" {
            let matter = &rest[..length];
            let settings = toml::from_str(matter).map_err(|error| {
                let start = error.span().map_or(0, |span| span.start.min(matter.len()));
                let line = matter[..start].matches('\n').count() + 2;
                AssignmentError { line, message: error.message().to_string() }
            })?;
            let body = &rest[length + line.len()..];
            return Ok((settings, body, matter.matches('\n').count() + 2));
        }
        length += line.len();
    }
    fault(1, "the front matter that begins with +++ has no closing +++")
}

struct Reader {
    parts: Vec<Draft>,
    /// The headings in force, by level.
    headings: Vec<(usize, String)>,
    in_code: bool,
}

/// A part being read.
struct Draft {
    id: Option<String>,
    title: String,
    line: usize,
    points: Points,
    level: usize,
    path: Vec<String>,
    places: Vec<Vec<String>>,
    given: Vec<String>,
    finds: Vec<(Option<Points>, Find)>,
    modules: Vec<(Option<Points>, Module)>,
    allowed: Vec<String>,
    form: Form,
    by_hand: bool,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), AssignmentError> {
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            self.in_code = !self.in_code;
            return Ok(());
        }
        if self.in_code {
            return Ok(());
        }
        let level = line.chars().take_while(|&c| c == '#').count();
        if (1..=6).contains(&level) && line[level..].starts_with(' ') {
            return self.heading(number, level, line[level..].trim());
        }
        let Some((key, points, value)) = keyed(trimmed) else {
            self.prose(trimmed);
            return Ok(());
        };
        let points = match points {
            None => None,
            Some(points) => match points.parse() {
                Ok(points) => Some(points),
                Err(message) => return fault(number, message),
            },
        };
        let Some(part) = self.parts.last_mut() else {
            return fault(number, format!("`{key}:` stands before the first part"));
        };
        part.entry(number, key, points, value)
    }

    fn heading(
        &mut self,
        number: usize,
        level: usize,
        text: &str,
    ) -> Result<(), AssignmentError> {
        let text = text.trim_end_matches('#').trim();
        let (text, id) = match text.rfind("{#") {
            Some(at) if text.ends_with('}') => {
                (text[..at].trim(), Some(text[at + 2..text.len() - 1].trim().to_string()))
            }
            _ => (text, None),
        };
        self.headings.retain(|(outer, _)| *outer < level);
        let points = points_in_heading(text)
            .map_err(|message| AssignmentError { line: number, message })?;
        let (title, points) = match points {
            Some((title, points)) => (title, Some(points)),
            None => (text.to_string(), None),
        };
        let path: Vec<String> = self
            .headings
            .iter()
            .map(|(_, title)| title.clone())
            .chain([title.clone()])
            .collect();
        self.headings.push((level, title.clone()));
        let Some(points) = points else { return Ok(()) };
        if let Some(outer) = self.parts.last()
            && outer.level < level
            && path.starts_with(&outer.path)
        {
            let message = format!(
                "this part stands inside the part `{}` of line {}: only the innermost headings \
                 carry points",
                outer.title, outer.line
            );
            return fault(number, message);
        }
        if id.as_ref().is_some_and(|id| id.is_empty() || *id != slug(id)) {
            return fault(number, "a short name has letters, digits, `-` and `.` only");
        }
        self.parts.push(Draft {
            id,
            title,
            line: number,
            points,
            level,
            path,
            places: Vec::new(),
            given: Vec::new(),
            finds: Vec::new(),
            modules: Vec::new(),
            allowed: Vec::new(),
            form: Form::default(),
            by_hand: false,
        });
        Ok(())
    }

    /// Formulas in a part's text that are declarations are its givens.
    fn prose(&mut self, line: &str) {
        let Some(part) = self.parts.last_mut() else { return };
        for formula in formulas(line) {
            // A derivative that is asked for in passing is no given.
            if formula.contains("\\partial") || formula.contains("\\nabla") {
                continue;
            }
            if parse_given(formula, &Givens::new()).is_ok() {
                part.given.push(formula.to_string());
            }
        }
    }
}

impl Draft {
    fn entry(
        &mut self,
        line: usize,
        key: &str,
        points: Option<Points>,
        value: &str,
    ) -> Result<(), AssignmentError> {
        let one_formula = || match formulas(value).as_slice() {
            [] => Ok(value.trim().trim_matches('`').to_string()),
            [one] => Ok((*one).to_string()),
            _ => fault(line, format!("`{key}:` takes one formula a line")),
        };
        match key {
            "Find" => {
                let quantity = one_formula()?;
                if quantity.is_empty() {
                    return fault(
                        line,
                        "`Find:` wants the quantity: a formula between dollars",
                    );
                }
                let find = Find {
                    quantity,
                    line,
                    points: Points::ZERO,
                    form: Form::default(),
                    allowed: Vec::new(),
                    answer: None,
                };
                self.finds.push((points, find));
            }
            "Answer" => {
                let answer = one_formula()?;
                match self.finds.last_mut() {
                    Some((_, find)) => find.answer = Some(answer),
                    None => return fault(line, "`Answer:` stands before any `Find:`"),
                }
            }
            "Given" => {
                let found = formulas(value);
                if found.is_empty() {
                    let texts =
                        value.split(';').map(|text| text.trim().trim_matches('`'));
                    let texts = texts.filter(|text| !text.is_empty()).map(String::from);
                    self.given.extend(texts);
                } else {
                    self.given.extend(found.iter().map(|text| (*text).to_string()));
                }
            }
            "Where" => {
                let path: Vec<String> = value
                    .split(" / ")
                    .map(|label| label.trim().trim_matches('`').to_string())
                    .filter(|label| !label.is_empty())
                    .collect();
                if path.is_empty() {
                    return fault(
                        line,
                        "`Where:` wants headings: `Where: Question 1 / a)`",
                    );
                }
                self.places.push(path);
            }
            "Allowed" => {
                let found = formulas(value);
                self.allowed.extend(found.iter().map(|text| (*text).to_string()));
            }
            "Form" => match value.trim() {
                "solved" => self.form = Form::Solved,
                "closed" => self.form = Form::Closed,
                "any" => self.form = Form::Any,
                other => {
                    let message = format!(
                        "`Form: {other}`: the form is `solved`, `closed` or `any`"
                    );
                    return fault(line, message);
                }
            },
            "Code" => {
                let target = match target(value) {
                    Ok(target) => target,
                    Err(message) => return fault(line, message),
                };
                self.modules
                    .push((points, Module { target, line, points: Points::ZERO }));
            }
            "By hand" => self.by_hand = true,
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Part, AssignmentError> {
        let Draft { line, points, .. } = self;
        let work = match (self.finds.is_empty(), self.modules.is_empty()) {
            (false, false) => {
                return fault(
                    line,
                    "a part has `Find:` lines or `Code:` lines, not both",
                );
            }
            (false, true) => {
                let own: Vec<Option<Points>> =
                    self.finds.iter().map(|(own, _)| *own).collect();
                let shares = share_out(line, points, &own)?;
                let finds =
                    self.finds.into_iter().zip(shares).map(|((_, find), points)| Find {
                        points,
                        form: self.form,
                        allowed: self.allowed.clone(),
                        ..find
                    });
                Work::Derivations(finds.collect())
            }
            (true, false) => {
                let own: Vec<Option<Points>> =
                    self.modules.iter().map(|(own, _)| *own).collect();
                let shares = share_out(line, points, &own)?;
                let modules = self.modules.into_iter().zip(shares);
                Work::Code(
                    modules
                        .map(|((_, module), points)| Module { points, ..module })
                        .collect(),
                )
            }
            (true, true) if self.by_hand => Work::ByHand,
            (true, true) => {
                let message = "this part asks for nothing: add `Find:` with a formula, `Code:` \
                               with a class, or `By hand:` for what a person grades";
                return fault(line, message);
            }
        };
        let places = if self.places.is_empty() {
            vec![vec![usual_place(&self.title)]]
        } else {
            self.places
        };
        let id = self.id.unwrap_or_else(|| short_name(&self.title));
        Ok(Part { id, title: self.title, line, points, places, given: self.given, work })
    }
}

/// Shares a part's points among its tasks: those with points of their own keep them, the others
/// share the rest evenly.
fn share_out(
    line: usize,
    points: Points,
    own: &[Option<Points>],
) -> Result<Vec<Points>, AssignmentError> {
    let said: Points = own.iter().flatten().copied().sum();
    let rest = points - said;
    let silent = own.iter().filter(|own| own.is_none()).count();
    if said > points || (silent == 0 && said != points) {
        let message = format!("its tasks carry {said} points, the heading says {points}");
        return fault(line, message);
    }
    let mut even = rest.split(&vec![1; silent]).into_iter();
    Ok(own
        .iter()
        .map(|own| own.or_else(|| even.next()).unwrap_or(Points::ZERO))
        .collect())
}

/// `Find (2 points): …` into key, points and value; the key may be bold or a list item.
fn keyed(line: &str) -> Option<(&'static str, Option<&str>, &str)> {
    let line =
        line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")).unwrap_or(line);
    let line = line.trim_start_matches("**").trim_start();
    let keys = ["Find", "Answer", "Given", "Where", "Allowed", "Form", "Code", "By hand"];
    let key = keys.into_iter().find(|key| line.starts_with(key))?;
    let rest = line[key.len()..].trim_start();
    let (points, rest) = match rest.strip_prefix('(') {
        Some(inner) => {
            let (inner, rest) = inner.split_once(')')?;
            let inner = inner.trim();
            let number =
                inner.strip_suffix("points").or_else(|| inner.strip_suffix("point"))?;
            (Some(number.trim()), rest.trim_start())
        }
        None => (None, rest),
    };
    let rest = rest.trim_start_matches("**");
    let value = rest.strip_prefix(':')?.trim_start_matches("**").trim();
    Some((key, points, value))
}

/// `Question 1.a (4 points)` into its title and points.
fn points_in_heading(text: &str) -> Result<Option<(String, Points)>, String> {
    let pairs = [('(', ')'), ('[', ']')];
    for (open, close) in pairs {
        let Some(start) = text.rfind(open) else { continue };
        let Some(inner) = text[start + 1..].strip_suffix(close) else { continue };
        let inner = inner.trim();
        let number = inner.strip_suffix("points").or_else(|| inner.strip_suffix("point"));
        let number = number.or_else(|| inner.strip_suffix("pts"));
        if let Some(number) = number {
            let points = number.trim().parse()?;
            return Ok(Some((text[..start].trim().to_string(), points)));
        }
    }
    Ok(None)
}

/// The formulas between single dollars (or double ones) in a line.
fn formulas(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(start) = find_dollar(rest) {
        let behind = &rest[start + 1..];
        let behind = behind.strip_prefix('$').unwrap_or(behind);
        let Some(end) = find_dollar(behind) else { break };
        let inner = behind[..end].trim();
        if !inner.is_empty() {
            found.push(inner);
        }
        rest = behind[end + 1..].strip_prefix('$').unwrap_or(&behind[end + 1..]);
    }
    found
}

fn find_dollar(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len()).find(|&k| bytes[k] == b'$' && (k == 0 || bytes[k - 1] != b'\\'))
}

/// `modules.LinearModule(in, out) is linear`
fn target(text: &str) -> Result<Target, String> {
    let example = "write it as `Code: modules.LinearModule(in, out) is linear`";
    let text = text.trim().replace('`', "");
    let (call, subject) = text
        .split_once(" is ")
        .ok_or_else(|| format!("what the class computes is missing: {example}"))?;
    let subject = Subject::parse(subject).ok_or_else(|| {
        format!(
            "`{}` is unknown: there are linear, relu, leaky-relu(slope), elu(alpha), sigmoid, tanh, \
             softmax, cross-entropy",
            subject.trim()
        )
    })?;
    let (name, arguments) = match call.trim().split_once('(') {
        Some((name, rest)) => {
            let inner = rest
                .strip_suffix(')')
                .ok_or_else(|| format!("a bracket is open: {example}"))?;
            (name.trim(), inner)
        }
        None => (call.trim(), ""),
    };
    let (file, class) =
        name.rsplit_once('.').ok_or_else(|| format!("the file is missing: {example}"))?;
    let plain = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    // A pair of functions, forward and backward, stands for a class.
    let class = class.split('/').map(str::trim).collect::<Vec<_>>().join("/");
    if !plain(file) || class.matches('/').count() > 1 || !class.split('/').all(plain) {
        return Err(format!("`{name}` is no file and class: {example}"));
    }
    let arguments = arguments
        .split(',')
        .map(str::trim)
        .filter(|argument| !argument.is_empty())
        .map(|argument| match argument {
            "in" => Ok(Argument::Inputs),
            "out" => Ok(Argument::Outputs),
            literal => serde_json::from_str(literal)
                .map(Argument::Literal)
                .map_err(|_| format!("`{literal}` is neither `in`, `out` nor a number")),
        })
        .collect::<Result<_, _>>()?;
    Ok(Target { file: file.into(), class, subject, arguments })
}

/// Letters, digits, dots and hyphens.
pub(in crate::grade) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() || c == '.' {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_string()
}

/// Where a hand-in answers a part that does not say: `Question 2.a: linear` under `Question 2.a`; a
/// title without a number under the whole of it.
fn usual_place(title: &str) -> String {
    let mut end = 0;
    for word in title.split_inclusive(char::is_whitespace) {
        end += word.len();
        let bare = word.trim().trim_end_matches([':', '.', ',']);
        if bare.starts_with(|c: char| c.is_ascii_digit()) && bare.len() <= 8 {
            let start = end - word.len();
            return format!("{}{bare}", &title[..start]);
        }
    }
    title.to_string()
}

/// `Question 2.a Linear module` becomes `2a`; a title without a number becomes its slug.
fn short_name(title: &str) -> String {
    let words = title.split_whitespace();
    let numbered =
        words.map(|word| word.trim_end_matches([':', ')', '.', ','])).find(|word| {
            word.starts_with(|c: char| c.is_ascii_digit())
                && word.len() <= 8
                && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
        });
    match numbered {
        Some(word) => {
            let mut name = String::new();
            for (k, c) in word.char_indices() {
                // `2.a` is `2a`, yet `2.1` stays `2.1`.
                if c == '.' && !word[k + 1..].starts_with(|c: char| c.is_ascii_digit()) {
                    continue;
                }
                name.push(c.to_ascii_lowercase());
            }
            name
        }
        None => slug(title),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "+++\ntitle = \"Two things\"\n[credit]\nsteps = 0.25\n+++\n\
        # Questions\n\
        ## Question 1.a: a form (4 points)\n\
        Let $\\mathbf{x} \\in \\mathbb{R}^n$ and $B \\in \\mathbb{R}^{n \\times n}$ be given.\n\
        Find: $\\frac{\\partial(x^TBx)}{\\partial x}$\n\
        Answer: $(B + B^T)x$\n\
        Where: Question 1 / a)\n\
        ## Question 2: modules (5 points)\n\
        Code (3 points): `modules.LinearModule(in, out)` is linear\n\
        Code: modules.ELUModule(1.5) is elu(1.5)\n";

    #[test]
    fn a_small_assignment_is_read() {
        let assignment = parse(SMALL).unwrap();
        assert_eq!(assignment.points(), Points::whole(9));
        assert_eq!(assignment.settings.id, "two-things");
        let [first, second] = assignment.parts.as_slice() else { panic!("two parts") };
        assert_eq!((first.id.as_str(), first.line), ("1a", 7));
        assert_eq!(first.given.len(), 2);
        assert_eq!(first.places, [vec!["Question 1".to_string(), "a)".to_string()]]);
        let Work::Derivations(finds) = &first.work else { panic!("a derivation") };
        assert_eq!(finds[0].answer.as_deref(), Some("(B + B^T)x"));
        let Work::Code(modules) = &second.work else { panic!("code") };
        assert_eq!(modules[0].points, Points::whole(3));
        assert_eq!(modules[1].points, Points::whole(2));
        assert_eq!(modules[1].target.subject, Subject::Elu(1.5));
    }

    #[test]
    fn faults_are_named_with_their_line() {
        let cases = [
            ("+++\ntitel = 1\n+++\n", 2, "titel"),
            ("+++\ntitle = \"x\"\n", 1, "closing"),
            ("# x\n", 1, "no part"),
            ("## A (2 points)\n", 1, "asks for nothing"),
            ("## A (two points)\nBy hand:\n", 1, "number of points"),
            ("## A (2 points)\nFind (3 points): $x$\n", 1, "3 points"),
            ("## A (2 points)\nFind: $x$\n## A (1 point)\nFind: $y$\n", 3, "short name"),
            ("Find: $x$\n", 1, "before the first part"),
            ("## A (1 point)\nCode: modules.X\n", 2, "computes"),
            ("## A (1 point)\nCode: modules.X is magic\n", 2, "magic"),
            ("## A (1 point)\nForm: nice\nFind: $x$\n", 2, "closed"),
            ("+++\ndue = \"tomorrow\"\n+++\n## A (1 point)\nFind: $x$\n", 1, "tomorrow"),
            ("+++\n[credit]\nslip = 2\n+++\n", 3, "share"),
        ];
        for (text, line, word) in cases {
            let error = parse(text).expect_err(text);
            assert!(error.message.contains(word), "{text}: {error}");
            assert_eq!(error.line, line, "{text}: {error}");
        }
    }

    #[test]
    fn short_names_come_from_numbers() {
        for (title, name) in [
            ("Question 2.a Linear module", "2a"),
            ("Question 2.1: forms", "2.1"),
            ("3) Softmax", "3"),
            ("The norm", "the-norm"),
        ] {
            assert_eq!(short_name(title), name);
        }
    }
}
