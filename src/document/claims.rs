//! Single claims, and files of claims: one JSON object a line in, one a line out, in order.
//!
//! **Invariant:** memory does not grow with the file: a bounded chunk of lines is read, judged in
//! parallel and written before the next is read, and no line may be longer than 1 MiB.

use std::io::{self, BufRead, BufReader, Read, Write};

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::chain::{Sides, Step, steps};
use super::conventions::Conventions;
use super::readings::{
    REACHING, lacking_brackets, over_the_sum, reaching, undecided_reach,
};
use super::report::{Tally, verdict_fields};
use crate::language::ast::{Diagnostic, Expr, Given, Kind, Severity, whole};
use crate::language::{parse_claim, parse_given};
use crate::proof::{Claim, Layout, Options, Status, Verdict, check_claim};
use crate::shape::Givens;

/// The longest line of a claims file, in bytes.
const LONGEST: usize = 4 << 20;

/// How many lines are judged at a time.
const CHUNK: usize = 256;

/// Reads givens, each as on the command line, into what a claim is judged by.
///
/// # Errors
/// Which given is not understood and why.
pub fn givens<'g>(texts: impl IntoIterator<Item = &'g str>) -> Result<Givens, String> {
    let mut givens = Givens::new();
    for text in texts.into_iter().map(str::trim).filter(|text| !text.is_empty()) {
        let fault =
            |message: &str| format!("the given `{text}` is not understood: {message}");
        let parsed = parse_given(text, &givens).map_err(|error| fault(&error.message))?;
        for given in parsed {
            givens.add(&of_a_square(given)).map_err(|error| fault(&error.message))?;
        }
    }
    Ok(givens)
}

/// A definition of `\sigma^2` as that of a name; any other given as it is.
fn of_a_square(given: Given) -> Given {
    let Given::Definition { left, right } = given else { return given };
    let root = |e: &Expr| match &e.kind {
        Kind::Name(name) => Some(name.clone()),
        _ => None,
    };
    let squared = |e: &Expr, n: &Expr| {
        matches!(&n.kind, Kind::Number(n) if *n == whole(2)).then(|| root(e)).flatten()
    };
    let (name, indices) = match &left.kind {
        Kind::Power(base, n) => match &base.kind {
            Kind::Entry(base, indices) => (squared(base, n), Some(indices.clone())),
            _ => (squared(base, n), None),
        },
        Kind::Entry(base, indices) => match &base.kind {
            Kind::Power(base, n) => (squared(base, n), Some(indices.clone())),
            _ => (None, None),
        },
        _ => (None, None),
    };
    let Some(name) = name else { return Given::Definition { left, right } };
    let name = Expr { kind: Kind::Name(format!("{name}^2")), span: left.span };
    let left = match indices {
        Some(indices) => {
            Expr { span: name.span, kind: Kind::Entry(Box::new(name), indices) }
        }
        None => name,
    };
    Given::Definition { left, right }
}

/// What a claim says behind it: `… \quad \text{where } p = \operatorname{softmax}(x)`, and
/// `…, \quad p = …`; `None` where the rest is no list of definitions of new names.
fn tail<'c>(claim: &'c str, givens: &Givens) -> Option<(&'c str, Givens)> {
    const WORDS: [&str; 4] =
        ["\\text{where", "\\text{with", "\\text{ where", "\\text{ with"];
    let (at, behind) = WORDS
        .iter()
        .filter_map(|word| {
            let at = claim.find(word)?;
            Some((at, at + claim[at..].find('}')? + 1))
        })
        .min()
        .or_else(|| {
            let at = claim.find(",\\quad").or_else(|| claim.find(", \\quad"))?;
            Some((at, at + claim[at..].find("quad")? + "quad".len()))
        })?;
    let mut known = givens.clone();
    for part in claim[behind..].split(", ").flat_map(|part| part.split("\\text{ and }")) {
        for given in parse_given(part.trim(), &known).ok()? {
            let Given::Definition { left, .. } = &given else { return None };
            let name = match &left.kind {
                Kind::Name(name) | Kind::Call { name, primes: 0, .. } => name,
                _ => return None,
            };
            if known.contains(name) {
                return None;
            }
            known.add(&given).ok()?;
        }
    }
    let head = claim[..at].trim_end();
    let head =
        head.strip_suffix("\\quad").or(head.strip_suffix("\\qquad")).unwrap_or(head);
    let head = head.trim_end().trim_end_matches(',');
    Some((head, known))
}

/// One relation of a claim with its verdict.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The left side as written.
    pub lhs: String,
    /// The right side as written.
    pub rhs: String,
    /// The verdict; its place lies in the claim.
    pub verdict: Verdict,
}

/// Judges every relation of a claim, which may be a chain `a = b = c`; at least one answer.
pub fn judge(givens: &Givens, claim: &str, layout: Layout) -> Vec<Answer> {
    let found = tail(claim, givens);
    let (claim, givens) =
        found.as_ref().map_or((claim, givens), |(head, known)| (*head, known));
    let (mut chain, diagnostics) = parse_claim(claim, givens);
    let mut conventions = Conventions::default();
    let squares: Vec<&str> =
        givens.names().filter_map(|name| name.strip_suffix("^2")).collect();
    squares.iter().for_each(|root| conventions.add_square(root));
    if !squares.is_empty() {
        let sides = chain.sides.iter_mut().flatten();
        sides.for_each(|side| conventions.spell_out(side, givens));
    }
    let slice = |span: crate::language::ast::Span| {
        claim.get(span.start..span.end).unwrap_or_default().trim().to_owned()
    };
    let mut answers = Vec::new();
    for step in steps([&chain]) {
        let (sides, view) = match step {
            Step::Equal(sides) | Step::Define(sides) => (sides, false),
            Step::View(sides) => (sides, true),
            Step::Other(sides, sign) => {
                let message = format!("{sign} claims no equality");
                let verdict = Verdict::new(Status::Skipped, message);
                let (lhs, rhs) = (slice(sides.left.span), slice(sides.right.span));
                answers.push(Answer { lhs, rhs, verdict });
                continue;
            }
            Step::Alone(expr) => {
                let message = "it states nothing: write an equality, left = right";
                let verdict = Verdict::new(Status::Skipped, message);
                answers.push(Answer {
                    lhs: slice(expr.span),
                    rhs: String::new(),
                    verdict,
                });
                continue;
            }
            Step::Lacking(span) => {
                let mut verdict = Verdict::new(
                    Status::Skipped,
                    "nothing stands on one side of the sign",
                );
                verdict.place = Some(span);
                answers.push(Answer { lhs: String::new(), rhs: String::new(), verdict });
                continue;
            }
        };
        let verdict = if sides.left.has_unread() || sides.right.has_unread() {
            unread(&diagnostics)
        } else {
            let options = Options {
                layout,
                diagnose: true,
                change_of_view: view,
                ..Options::default()
            };
            let Sides { left: lhs, right: rhs, condition, .. } = sides;
            let relation = Claim { givens, source: claim, lhs, rhs, condition };
            with_operators(&relation, &options)
        };
        answers.push(Answer {
            lhs: slice(sides.left.span),
            rhs: slice(sides.right.span),
            verdict,
        });
    }
    if answers.is_empty() {
        let verdict = Verdict::new(Status::Skipped, "there is no claim here");
        answers.push(Answer { lhs: String::new(), rhs: String::new(), verdict });
    }
    answers
}

/// The verdict, with operators `∂/∂x` before a bracket reaching over the whole product where the
/// bracket alone does not come out right.
fn with_operators(relation: &Claim<'_>, options: &Options) -> Verdict {
    let plain = check_claim(relation, options);
    let wrong = |v: &Verdict| matches!(v.status, Status::Refuted | Status::IllFormed);
    if wrong(&plain)
        && let Some(lhs) = over_the_sum(relation.lhs)
        && check_claim(&Claim { lhs: &lhs, ..*relation }, options).status
            == Status::Proved
    {
        return lacking_brackets();
    }
    let Some((lhs, rhs)) = reaching(relation.lhs, relation.rhs) else { return plain };
    let mut other = check_claim(&Claim { lhs: &lhs, rhs: &rhs, ..*relation }, options);
    if !wrong(&plain) {
        let contrary = other.status == Status::Refuted;
        return if contrary { undecided_reach() } else { plain };
    }
    if !wrong(&other) && other.status != Status::Proved {
        return plain;
    }
    other.reading = Some(match other.reading {
        Some(reading) => format!("{REACHING}; {reading}"),
        None => REACHING.to_owned(),
    });
    other
}

fn unread(diagnostics: &[Diagnostic]) -> Verdict {
    let fault =
        diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error);
    let message = fault.map_or("a part of it could not be read", |fault| &fault.message);
    let mut verdict = Verdict::new(Status::Skipped, message);
    verdict.place = fault.map(|fault| fault.span);
    verdict
}

/// The verdict on a whole claim: that of its first relation that is not right, else of the first
/// that is not proved, else of the last, with all assumptions.
fn verdict_of(answers: Vec<Answer>) -> Verdict {
    let rank = |verdict: &Verdict| match verdict.status {
        Status::Proved => 0,
        Status::Agrees => 1,
        Status::Skipped => 2,
        Status::Slip | Status::Refuted | Status::IllFormed => 3,
    };
    let worst = answers.iter().map(|answer| rank(&answer.verdict)).max().unwrap_or(0);
    let mut assumptions: Vec<String> = Vec::new();
    let mut millis = 0.0;
    let mut chosen: Option<Verdict> = None;
    for Answer { verdict, .. } in answers {
        millis += verdict.millis;
        for assumption in &verdict.assumptions {
            if !assumptions.contains(assumption) {
                assumptions.push(assumption.clone());
            }
        }
        let first = chosen.as_ref().is_none_or(|chosen| rank(chosen) != worst);
        if rank(&verdict) == worst && (first || worst == 0) {
            chosen = Some(verdict);
        }
    }
    let mut verdict =
        chosen.unwrap_or_else(|| Verdict::new(Status::Skipped, "there is no claim here"));
    verdict.millis = millis;
    verdict.assumptions = assumptions;
    verdict
}

/// What came of a claims file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The verdicts given.
    pub tally: Tally,
    /// Lines that were no claims.
    pub broken: usize,
}

/// Judges a claims file, line by line.
///
/// # Errors
/// When the input cannot be read or the answers cannot be written; a closed pipe is such an error
/// too, of kind [`io::ErrorKind::BrokenPipe`].
pub fn judge_lines(
    input: impl Read,
    mut output: impl Write,
    layout: Layout,
) -> io::Result<Outcome> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let mut outcome = Outcome::default();
    let mut number = 0;
    loop {
        let mut chunk: Vec<(usize, Line)> = Vec::new();
        let mut size = 0;
        // Whoever writes claims one by one gets answers one by one: only what has arrived already
        // is waited for together.
        while chunk.is_empty()
            || chunk.len() < CHUNK && size < LONGEST && input.buffer().contains(&b'\n')
        {
            let Some(line) = next_line(&mut input)? else { break };
            number += 1;
            if let Line::Text(text) = &line {
                size += text.len();
                if text.trim_ascii().is_empty() {
                    continue;
                }
            }
            chunk.push((number, line));
        }
        if chunk.is_empty() {
            return Ok(outcome);
        }
        let answers: Vec<(Value, Option<Status>)> = chunk
            .par_iter()
            .map(|(number, line)| answer(*number, line, layout))
            .collect();
        for (answer, status) in answers {
            match status {
                Some(status) => outcome.tally.count(status),
                None => outcome.broken += 1,
            }
            serde_json::to_writer(&mut output, &answer)?;
            output.write_all(b"\n")?;
        }
        output.flush()?;
    }
}

/// A line of a claims file.
enum Line {
    Text(Vec<u8>),
    TooLong,
}

/// The next line; `None` at the end. What is longer than 1 MiB is read past, not kept.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut text = Vec::new();
    let limit = LONGEST as u64;
    let read = input.by_ref().take(limit).read_until(b'\n', &mut text)?;
    if read == 0 {
        return Ok(None);
    }
    if read < LONGEST || text.ends_with(b"\n") {
        return Ok(Some(Line::Text(text)));
    }
    loop {
        text.clear();
        let read = input.by_ref().take(limit).read_until(b'\n', &mut text)?;
        if read == 0 || text.ends_with(b"\n") {
            return Ok(Some(Line::TooLong));
        }
    }
}

/// The answer to a line, and its verdict where it was a claim.
fn answer(number: usize, line: &Line, layout: Layout) -> (Value, Option<Status>) {
    let broken = |id: Value, reason: String| {
        let mut fields = Map::new();
        fields.insert("id".to_owned(), id);
        let message = format!("line {number}: {reason}");
        fields.extend(verdict_fields(&Verdict::new(Status::Skipped, message)));
        fields.insert("line".to_owned(), number.into());
        (Value::Object(fields), None)
    };
    let text = match line {
        Line::Text(text) => text,
        Line::TooLong => {
            return broken(Value::Null, format!("longer than {} MB", LONGEST >> 20));
        }
    };
    let value: Value = match serde_json::from_slice(text) {
        Ok(value) => value,
        Err(error) => return broken(Value::Null, format!("not JSON ({error})")),
    };
    let id = value.get("id").cloned().unwrap_or(Value::Null);
    let Some(claim) = value.get("claim").and_then(Value::as_str) else {
        return broken(id, "no \"claim\" in it".to_owned());
    };
    let texts: Vec<&str> = match value.get("given") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) => text.split(';').collect(),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect()
        }
        Some(_) => return broken(id, "\"given\" is no list of texts".to_owned()),
    };
    let layout = match value.get("layout").and_then(Value::as_str) {
        Some("gradient") => Layout::Gradient,
        Some("numerator") => Layout::Numerator,
        Some("auto") | None => layout,
        Some(other) => {
            return broken(
                id,
                format!("\"{other}\" is no layout: auto, gradient, numerator"),
            );
        }
    };
    let givens = match givens(texts) {
        Ok(givens) => givens,
        Err(reason) => return broken(id, reason),
    };
    let verdict = verdict_of(judge(&givens, claim, layout));
    let mut fields = Map::new();
    fields.insert("id".to_owned(), id);
    fields.extend(verdict_fields(&verdict));
    (Value::Object(fields), Some(verdict.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(input: &str) -> (Vec<Value>, Outcome) {
        let mut output = Vec::new();
        let outcome =
            judge_lines(input.as_bytes(), &mut output, Layout::Auto).expect("in memory");
        let text = String::from_utf8(output).expect("JSON is UTF-8");
        (
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect(),
            outcome,
        )
    }

    /// The verdict on a claim under givens.
    fn status(claim: &str, given: &[&str]) -> Status {
        let givens = givens(given.iter().copied()).expect("givens");
        verdict_of(judge(&givens, claim, Layout::Auto)).status
    }

    #[test]
    fn definitions_behind_a_claim_are_taken() {
        let right =
            r"\frac{\partial f}{\partial x} = 2x \quad \text{where } f = x^\top x";
        assert_eq!(status(right, &["x in R^n"]), Status::Proved);
        assert_eq!(status(&right.replace("2x", "x"), &["x in R^n"]), Status::Refuted);
        let two = r"s = 2 t, \quad t = \mathbf{1}^\top x, s = \sum_i (x_i + x_i)";
        assert_eq!(status(two, &["x in R^n"]), Status::Proved);
    }

    #[test]
    fn a_square_may_be_given_under_its_own_name() {
        let claim = r"\frac{\partial}{\partial \sigma^2} \left( \ln \sigma^2 + \frac{a}{\sigma^2} \right)
            = \frac{1}{\sigma^2} - \frac{a}{\sigma^4}";
        let given = ["a in R", r"\sigma^2 in R positive"];
        assert_eq!(status(claim, &given), Status::Proved);
        assert_eq!(status(&claim.replace("- ", "+ "), &given), Status::Refuted);
    }

    #[test]
    fn an_operator_before_a_sum_lacks_brackets() {
        let claim = r"\frac{d}{da} a^2 + a = 2a + 1";
        assert_eq!(status(claim, &["a in R"]), Status::Slip);
        assert_eq!(status(&claim.replace("1", "2"), &["a in R"]), Status::Refuted);
    }

    #[test]
    fn every_line_is_answered_in_order_and_broken_ones_by_number() {
        let mut input =
            String::from("{\"id\": 7, \"claim\": \"x\"}\n\nnot json\n{\"id\": \"c\"}\n");
        for id in 0..1000 {
            input.push_str(&format!(
                "{{\"id\": {id}, \"given\": [\"x in R\"], \"claim\": \"x = x\"}}\n"
            ));
        }
        input
            .push_str("{\"id\": \"last\", \"given\": [\"in in\"], \"claim\": \"x = x\"}");
        let (answers, outcome) = answers(&input);
        assert_eq!(answers.len(), 1004);
        assert_eq!(answers[0]["id"], 7);
        let message = answers[1]["message"].as_str().expect("a message");
        assert!(message.starts_with("line 3"), "{message}");
        assert_eq!(answers[1]["line"], 3);
        assert_eq!(answers[2]["id"], "c");
        for id in 0..1000 {
            assert_eq!(answers[3 + id]["id"], id);
        }
        assert_eq!(answers[1003]["id"], "last");
        assert_eq!(outcome.broken, 3);
        assert_eq!(outcome.tally.relations(), 1001);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let mut input = vec![b' '; 3 * LONGEST];
        input.extend_from_slice(b"\n{\"id\": 1, \"claim\": \"x\"}\n");
        let (answers, outcome) = answers(std::str::from_utf8(&input).expect("ASCII"));
        assert_eq!(answers.len(), 2);
        assert_eq!(answers[0]["line"], 1);
        assert_eq!(answers[1]["id"], 1);
        assert_eq!(outcome.broken, 1);
    }
}
