//! The report for people at a terminal.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::{Tally, cut, one_line, shown};
use crate::document::checked::{Checked, Judged, Origin, Taken};
use crate::language::ast::Span;
use crate::proof::{Counterexample, Grid, Status};

/// How a terminal report is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    /// Whether colours are used.
    pub colour: bool,
    /// How many characters a line of the terminal holds.
    pub width: usize,
    /// Whether what is proved is listed too.
    pub everything: bool,
}

impl Paint {
    pub(super) fn with(self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// A verdict's word in its colour.
    pub fn verdict(self, status: Status) -> String {
        let code = match status {
            Status::Proved => "32",
            Status::Agrees => "36",
            Status::Slip => "33",
            Status::Refuted | Status::IllFormed => "1;31",
            Status::Skipped => "2",
        };
        self.with(code, status.word())
    }
}

/// A checked document as text: section by section what is wrong and why, then the summary.
pub fn text(checked: &Checked, paint: Paint) -> String {
    let mut out = String::new();
    let mut givens: HashMap<&[String], Vec<&Taken>> = HashMap::new();
    for taken in &checked.givens {
        givens.entry(&taken.section).or_default().push(taken);
    }
    let mut report = Report { checked, paint, givens, out: &mut out };
    report.notes();
    report.sections();
    report.skipped();
    report.summary();
    harmless(&out)
}

/// Control characters of a document must not reach the terminal: of escape sequences only colours do.
fn harmless(text: &str) -> String {
    let colour = |rest: &str| {
        rest.strip_prefix('[').is_some_and(|rest| {
            rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
                .starts_with('m')
        })
    };
    text.char_indices()
        .map(|(at, c)| match c {
            '\n' | '\t' => c,
            '\x1b' if colour(&text[at + 1..]) => c,
            _ if c.is_control() => '·',
            _ => c,
        })
        .collect()
}

struct Report<'r> {
    checked: &'r Checked,
    paint: Paint,
    /// What each section gives.
    givens: HashMap<&'r [String], Vec<&'r Taken>>,
    out: &'r mut String,
}

impl Report<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn notes(&mut self) {
        for note in &self.checked.source.notes {
            let place = self.checked.source.place(note.offset);
            let file = place.file.as_deref().unwrap_or(&self.checked.source.name);
            let head = format!("{file}:{}:{}", place.line, place.column);
            let text = format!(
                "{} {} {}",
                self.paint.bold(&head),
                self.paint.with("33", "note"),
                note.message
            );
            self.line(&text);
        }
    }

    fn sections(&mut self) {
        let mut section: Option<&[String]> = None;
        for (number, judged) in self.checked.relations.iter().enumerate() {
            if section != Some(&judged.section) {
                section = Some(&judged.section);
                self.section(number);
            }
            if judged.verdict.status == Status::Proved && !self.paint.everything {
                continue;
            }
            self.relation(judged);
        }
    }

    fn section(&mut self, start: usize) {
        let section = &self.checked.relations[start].section;
        let title = if section.is_empty() {
            "(no heading)".to_owned()
        } else {
            section.join(" › ")
        };
        let mut tally = Tally::default();
        let run = self.checked.relations[start..].iter();
        for judged in run.take_while(|judged| judged.section == *section) {
            tally.count(judged.verdict.status);
        }
        let counts = counts(&tally);
        let _ = writeln!(
            self.out,
            "\n{}  {}",
            self.paint.bold(&title),
            self.paint.dim(&counts)
        );
        let given: Vec<String> = self
            .givens
            .get(section.as_slice())
            .into_iter()
            .flatten()
            .filter(|taken| taken.problem.is_none())
            .map(|taken| match taken.origin {
                Origin::Inferred => format!("{} (inferred)", one_line(&taken.text)),
                _ => one_line(&taken.text),
            })
            .collect();
        if !given.is_empty() {
            let listed = cut(
                &format!("  given: {}", given.join("; ")),
                self.paint.width.max(40) * 3,
            );
            let listed = self.paint.dim(&listed);
            self.line(&listed);
        }
        let taken = self.givens.get(section.as_slice()).cloned().unwrap_or_default();
        for taken in taken {
            if let Some(problem) = &taken.problem {
                let line = format!(
                    "  line {}: the given {} is not understood: {problem}",
                    taken.place.line,
                    one_line(&taken.text)
                );
                self.line(&line);
            }
        }
    }

    fn relation(&mut self, judged: &Judged) {
        let verdict = &judged.verdict;
        let file = judged.row.file.as_deref().unwrap_or(&self.checked.source.name);
        let place = format!("{file}:{}:{}", judged.row.line, judged.row.column);
        let status = self.paint.verdict(verdict.status);
        let diagnosis =
            verdict.diagnosis.as_ref().map_or(String::new(), |name| format!(" · {name}"));
        if matches!(verdict.status, Status::Proved | Status::Skipped) {
            let relation = shown(judged, self.paint.width.saturating_sub(20).max(40));
            let _ = writeln!(self.out, "  {place}  {status}  {relation}");
            if verdict.status == Status::Skipped {
                let _ = writeln!(self.out, "      {}", verdict.message);
            }
        } else {
            let _ =
                writeln!(self.out, "  {}  {status}{diagnosis}", self.paint.bold(&place));
            self.excerpt(judged);
            let _ = writeln!(self.out, "      {}", verdict.message);
        }
        for remark in verdict
            .reading
            .iter()
            .map(|reading| format!("read as: {reading}"))
            .chain(judged.remarks.iter().cloned())
        {
            let _ = writeln!(self.out, "      {remark}");
        }
        if !verdict.assumptions.is_empty() && verdict.status != Status::Refuted {
            let _ =
                writeln!(self.out, "      assuming {}", verdict.assumptions.join(", "));
        }
        if let Some(point) = &verdict.counterexample {
            for line in counterexample_lines(point) {
                let _ = writeln!(self.out, "      {line}");
            }
        }
        // The repair of a slip is said in words, and its message says it.
        if let Some(hint) =
            verdict.hint.as_ref().filter(|_| verdict.status != Status::Slip)
        {
            let hint = self.paint.with("32", hint);
            let _ = writeln!(self.out, "      should be: {hint}");
        }
        if let Some(wrong) =
            judged.follows_from.and_then(|at| self.checked.relations.get(at))
        {
            let _ = writeln!(
                self.out,
                "      follows from line {}, which is wrong",
                wrong.place.line
            );
        }
    }

    /// The line of the document with a caret under the fault, cut around it where it is long.
    fn excerpt(&mut self, judged: &Judged) {
        let span = judged.fault.unwrap_or(judged.rhs_span);
        let Excerpt { text, before, marked } =
            excerpt(self.checked, span, self.paint.width);
        let line = self.checked.source.place(span.start).line;
        let gutter = line.to_string();
        let blank = " ".repeat(gutter.len());
        let bar = self.paint.dim("|");
        let carets = self.paint.with("1;31", &"^".repeat(marked));
        let _ = writeln!(self.out, "    {} {bar} {text}", self.paint.dim(&gutter));
        let _ = writeln!(self.out, "    {blank} {bar} {}{carets}", " ".repeat(before));
    }

    fn skipped(&mut self) {
        let unread: Vec<_> =
            self.checked.skipped.iter().filter(|skipped| skipped.unread).collect();
        let rest = self.checked.skipped.len() - unread.len();
        if self.checked.skipped.is_empty() {
            return;
        }
        self.line("");
        let head = self.paint.bold("not judged");
        let _ = writeln!(self.out, "{head}");
        for skipped in
            self.checked.skipped.iter().filter(|s| s.unread || self.paint.everything)
        {
            let text = cut(
                &one_line(&skipped.text),
                self.paint.width.saturating_sub(30).max(30),
            );
            let _ = writeln!(
                self.out,
                "  line {}: {text}\n      {}",
                skipped.place.line, skipped.reason
            );
        }
        if rest > 0 && !self.paint.everything {
            let _ = writeln!(
                self.out,
                "  {rest} formulas state nothing that can be true or false (--all lists them)"
            );
        }
    }

    fn summary(&mut self) {
        let tally = Tally::of(self.checked);
        self.out.push('\n');
        self.out.push_str(&super::answers::answers(self.checked, self.paint));
        let text = format!(
            "{}: {} {}: {}; {:.0} % read",
            self.checked.source.name,
            tally.relations(),
            if tally.relations() == 1 { "relation" } else { "relations" },
            counts(&tally),
            tally.coverage() * 100.0
        );
        let text = self.paint.bold(&text);
        self.line(&text);
    }
}

fn counts(tally: &Tally) -> String {
    let counted: Vec<String> = tally
        .counts()
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    if counted.is_empty() { "none".to_owned() } else { counted.join(", ") }
}

/// A stretch of a line with a part of it to be marked.
struct Excerpt {
    text: String,
    /// Characters before the marked part.
    before: usize,
    /// Characters of the marked part, at least one.
    marked: usize,
}

fn excerpt(checked: &Checked, span: Span, width: usize) -> Excerpt {
    let (line, inside) = checked.source.line_around(span.start);
    let text: Vec<char> = line.chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
    let start = line[..floor(line, inside)].chars().count();
    let marked = checked.source.slice(span);
    let marked =
        marked.split('\n').next().unwrap_or_default().trim_end().chars().count().max(1);
    let room = width.saturating_sub(12).max(40);
    if text.len() <= room {
        let marked = marked.min((text.len() - start.min(text.len())).max(1));
        return Excerpt { text: text.into_iter().collect(), before: start, marked };
    }
    // A window that holds the marked part, and a little before it.
    let from = start.saturating_sub(room.saturating_sub(marked.min(room)) / 2);
    let to = (from + room).min(text.len());
    let from = to.saturating_sub(room).min(from);
    let mut window: String = text[from..to].iter().collect();
    let mut before = start - from;
    if from > 0 {
        window.insert(0, '…');
        before += 1;
    }
    if to < text.len() {
        window.push('…');
    }
    Excerpt { text: window, before, marked: marked.min((to - start.min(to)).max(1)) }
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A counterexample in a few lines: the point, then both sides at the entry that differs.
pub fn counterexample_lines(point: &Counterexample) -> Vec<String> {
    let mut lines = Vec::new();
    let dims: Vec<String> =
        point.dims.iter().map(|(name, size)| format!("{name} = {size}")).collect();
    let values: Vec<String> = point
        .values
        .iter()
        .map(|(name, grid)| format!("{name} = {}", inline(grid)))
        .chain(point.functions.iter().map(|(_, text)| text.clone()))
        .collect();
    let at = [dims, values].concat().join(", ");
    if !at.is_empty() {
        lines.push(format!("at {}", cut(&at, 400)));
    }
    let (row, column) = point.entry;
    let entry = |grid: &Grid| {
        grid.get(row.saturating_sub(1))
            .and_then(|row| row.get(column.saturating_sub(1)))
            .cloned()
    };
    let single = |grid: &Grid| grid.len() == 1 && grid[0].len() == 1;
    if single(&point.lhs) && single(&point.rhs) {
        lines.push(format!("left {}, right {}", inline(&point.lhs), inline(&point.rhs)));
    } else {
        lines.push(format!("left  = {}", inline(&point.lhs)));
        lines.push(format!("right = {}", inline(&point.rhs)));
        if let (Some(left), Some(right)) = (entry(&point.lhs), entry(&point.rhs)) {
            lines.push(format!("entry ({row}, {column}): left {left}, right {right}"));
        }
    }
    lines
}

/// A matrix on one line: `[1 2; 3 4]`; a single number stands alone.
fn inline(grid: &Grid) -> String {
    if grid.len() == 1 && grid[0].len() == 1 {
        return grid[0][0].clone();
    }
    let rows: Vec<String> = grid.iter().map(|row| row.join(" ")).collect();
    format!("[{}]", rows.join("; "))
}
