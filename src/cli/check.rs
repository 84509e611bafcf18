//! `gradproof check`.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::ValueEnum;

use crate::document::checked::{Checked, Origin};
use crate::document::claims::{self, Answer};
use crate::document::givens::Outside;
use crate::document::report::{self, Paint, Tally, counterexample_lines};
use crate::document::{check, source};
use crate::proof::{Layout, Status};

/// Arguments of `gradproof check`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Documents (Markdown, LaTeX, notebooks), folders of them, or `-` for standard input.
    #[arg(value_name = "FILE", required_unless_present_any = ["expression", "claims"])]
    files: Vec<PathBuf>,
    /// Judge one claim, such as 'd(x*x)/d(x) = 2*x'.
    #[arg(short, long, value_name = "CLAIM", conflicts_with_all = ["files", "claims"])]
    expression: Option<String>,
    /// Judge a file of claims, one JSON object a line (`-`: standard input).
    #[arg(long, value_name = "FILE", conflicts_with = "files")]
    claims: Option<PathBuf>,
    /// What is given, such as 'x in R^n; B in R^{n x n}' (may be repeated).
    #[arg(long, value_name = "GIVENS")]
    given: Vec<String>,
    /// A TOML file of givens for parts of the document.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["expression", "claims"])]
    givens: Option<PathBuf>,
    /// How the answer is written.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The layout of derivatives.
    #[arg(long, value_enum, default_value = "auto")]
    layout: LayoutName,
    /// Fail also for what is not proved.
    #[arg(long)]
    strict: bool,
    /// List what is proved and what states nothing, too.
    #[arg(long, short)]
    all: bool,
    /// Check again whenever a document is saved.
    #[arg(long, conflicts_with_all = ["expression", "claims"])]
    watch: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON object (a list of them for several documents).
    Json,
    /// One JSON object a line.
    Jsonl,
    /// A page that needs nothing else.
    Html,
    /// Workflow annotations.
    Github,
    /// SARIF 2.1.0.
    Sarif,
}

#[derive(Clone, Copy, ValueEnum)]
enum LayoutName {
    Auto,
    Gradient,
    Numerator,
}

impl From<LayoutName> for Layout {
    fn from(name: LayoutName) -> Self {
        match name {
            LayoutName::Auto => Layout::Auto,
            LayoutName::Gradient => Layout::Gradient,
            LayoutName::Numerator => Layout::Numerator,
        }
    }
}

/// The exit statuses of the contract.
const RIGHT: u8 = 0;
const WRONG: u8 = 1;
const UNUSABLE: u8 = 2;

pub(super) fn run(args: Args) -> ExitCode {
    let status = if let Some(claim) = &args.expression {
        expression(claim, &args)
    } else if let Some(file) = &args.claims {
        claims_file(file, &args)
    } else if args.watch {
        watch(&args)
    } else {
        documents(&args)
    };
    ExitCode::from(status)
}

/// Writes to standard output; a reader that has gone away is no fault.
fn print(text: &str) -> u8 {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => RIGHT,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => RIGHT,
        Err(error) => complain(&format!("standard output: {error}")),
    }
}

fn complain(message: &str) -> u8 {
    // Nothing is left to do when even this cannot be written.
    let _ = writeln!(std::io::stderr(), "gradproof check: {message}");
    UNUSABLE
}

fn paint(args: &Args) -> Paint {
    let terminal = std::io::stdout().is_terminal();
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    Paint {
        colour: terminal && !plain,
        width: columns.filter(|width| (40..=400).contains(width)).unwrap_or(110),
        everything: args.all,
    }
}

/// The givens on the command line, one by one.
fn given_texts(args: &Args) -> impl Iterator<Item = &str> {
    args.given
        .iter()
        .flat_map(|text| text.split(';'))
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

fn expression(claim: &str, args: &Args) -> u8 {
    let givens = match claims::givens(given_texts(args)) {
        Ok(givens) => givens,
        Err(reason) => return complain(&reason),
    };
    let answers = claims::judge(&givens, claim, args.layout.into());
    let mut tally = Tally::default();
    answers.iter().for_each(|answer| tally.count(answer.verdict.status));
    let text = match args.format {
        Format::Json | Format::Jsonl => {
            let lines: Vec<String> = answers
                .iter()
                .map(|answer| {
                    let mut fields = serde_json::Map::new();
                    fields.insert("lhs".to_owned(), answer.lhs.as_str().into());
                    fields.insert("rhs".to_owned(), answer.rhs.as_str().into());
                    fields.extend(report::verdict_fields(&answer.verdict));
                    format!("{}\n", serde_json::Value::Object(fields))
                })
                .collect();
            lines.concat()
        }
        Format::Text => {
            let paint = paint(args);
            answers.iter().map(|answer| answer_text(claim, answer, paint)).collect()
        }
        Format::Html | Format::Github | Format::Sarif => {
            return complain("--format html, github and sarif are for documents");
        }
    };
    print(&text).max(if tally.fails(args.strict) { WRONG } else { RIGHT })
}

/// A verdict on a single claim for people.
fn answer_text(claim: &str, answer: &Answer, paint: Paint) -> String {
    let verdict = &answer.verdict;
    let mut lines = Vec::new();
    let diagnosis =
        verdict.diagnosis.as_ref().map_or(String::new(), |name| format!(" · {name}"));
    lines.push(format!(
        "{}{diagnosis}  {} = {}",
        paint.verdict(verdict.status),
        answer.lhs,
        answer.rhs
    ));
    if let Some(place) = verdict.place
        && !claim.contains('\n')
        && let (Some(before), Some(part)) =
            (claim.get(..place.start), claim.get(place.start..place.end))
    {
        let marked = part.chars().count().max(1);
        lines.push(format!("    {claim}"));
        lines.push(format!(
            "    {}{}",
            " ".repeat(before.chars().count()),
            "^".repeat(marked)
        ));
    }
    lines.push(format!("    {}", verdict.message));
    if let Some(reading) = &verdict.reading {
        lines.push(format!("    read as: {reading}"));
    }
    if !verdict.assumptions.is_empty() && verdict.status != Status::Refuted {
        lines.push(format!("    assuming {}", verdict.assumptions.join(", ")));
    }
    if let Some(point) = &verdict.counterexample {
        lines.extend(
            counterexample_lines(point).into_iter().map(|line| format!("    {line}")),
        );
    }
    if let Some(hint) = &verdict.hint {
        let label = if verdict.status == Status::Slip { "repair" } else { "should be" };
        lines.push(format!("    {label}: {hint}"));
    }
    lines.join("\n") + "\n"
}

fn claims_file(file: &Path, args: &Args) -> u8 {
    if !matches!(args.format, Format::Text | Format::Jsonl | Format::Json) {
        return complain("--claims answers in JSON lines only");
    }
    if !args.given.is_empty() {
        return complain(
            "--given does not go with --claims: each line has its own \"given\"",
        );
    }
    let output = std::io::BufWriter::new(std::io::stdout().lock());
    let layout = args.layout.into();
    let result = if file == Path::new("-") {
        claims::judge_lines(std::io::stdin().lock(), output, layout)
    } else {
        match std::fs::File::open(file) {
            Ok(input) => claims::judge_lines(input, output, layout),
            Err(error) => return complain(&format!("{}: {error}", file.display())),
        }
    };
    match result {
        Ok(outcome) if outcome.broken > 0 => {
            let count = outcome.broken;
            let lines =
                if count == 1 { "line is no claim" } else { "lines are no claims" };
            complain(&format!(
                "{}: {count} {lines}; the answers say which and why",
                file.display()
            ))
        }
        Ok(outcome) if outcome.tally.fails(args.strict) => WRONG,
        Ok(_) => RIGHT,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => RIGHT,
        Err(error) => complain(&format!("{}: {error}", file.display())),
    }
}

/// The givens that the call supplies for documents.
fn outside(args: &Args) -> Result<Outside, String> {
    let mut outside = Outside::default();
    if let Some(file) = &args.givens {
        let name = file.display();
        let text =
            std::fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
        outside = Outside::parse(&text).map_err(|reason| format!("{name}: {reason}"))?;
    }
    let given: Vec<String> = given_texts(args).map(str::to_owned).collect();
    Ok(outside.with(Outside::everywhere(given)))
}

fn documents(args: &Args) -> u8 {
    let outside = match outside(args) {
        Ok(outside) => outside,
        Err(reason) => return complain(&reason),
    };
    let (paths, errors) = source::collect(&args.files);
    let mut status = RIGHT;
    for error in errors {
        status = status.max(complain(&error.to_string()));
    }
    let mut all = Vec::new();
    for path in paths {
        match source::read(&path) {
            Ok(source) => all.push(check(source, &outside, args.layout.into())),
            Err(error) => status = status.max(complain(&error.to_string())),
        }
    }
    for checked in &all {
        status = status.max(given_faults(checked));
    }
    if all.is_empty() {
        return status;
    }
    let tally = all.iter().map(Tally::of).fold(Tally::default(), Tally::plus);
    if tally.fails(args.strict) {
        status = status.max(WRONG);
    }
    status.max(print(&rendered(&all, tally, args)))
}

/// A given of the call that is not understood makes the call unusable.
fn given_faults(checked: &Checked) -> u8 {
    let mut status = RIGHT;
    let mut said: Vec<&str> = Vec::new();
    for taken in &checked.givens {
        if let (Origin::Outside, Some(problem)) = (taken.origin, &taken.problem)
            && !said.contains(&taken.text.as_str())
        {
            said.push(&taken.text);
            status = complain(&format!(
                "the given `{}` is not understood: {problem}",
                taken.text
            ));
        }
    }
    status
}

fn rendered(all: &[Checked], tally: Tally, args: &Args) -> String {
    let pretty = |value: &serde_json::Value| format!("{value:#}\n");
    match args.format {
        Format::Text => {
            let paint = paint(args);
            let mut text: String =
                all.iter().map(|checked| report::text(checked, paint)).collect();
            if all.len() > 1 {
                let line = format!(
                    "{} documents: {} relations, {} proved, {} wrong, {:.0} % read\n",
                    all.len(),
                    tally.relations(),
                    tally.proved,
                    tally.refuted + tally.ill_formed + tally.slip,
                    tally.coverage() * 100.0
                );
                text.push_str(&line);
            }
            text
        }
        Format::Json => match all {
            [only] => pretty(&report::json(only)),
            _ => {
                pretty(&serde_json::Value::Array(all.iter().map(report::json).collect()))
            }
        },
        Format::Jsonl => {
            all.iter().map(|checked| format!("{}\n", report::json(checked))).collect()
        }
        Format::Html => report::html(all),
        Format::Github => all.iter().map(report::annotations).collect(),
        Format::Sarif => pretty(&report::sarif(all)),
    }
}

/// Checks, then waits until a document (or the givens file) changes, for ever.
fn watch(args: &Args) -> u8 {
    const PAUSE: Duration = Duration::from_millis(300);
    let mut seen: Option<Vec<(PathBuf, Option<SystemTime>)>> = None;
    loop {
        let (mut paths, _) = source::collect(&args.files);
        paths.extend(args.givens.clone());
        let now: Vec<_> = paths
            .into_iter()
            .map(|path| {
                let changed =
                    std::fs::metadata(&path).and_then(|data| data.modified()).ok();
                (path, changed)
            })
            .collect();
        if seen.as_ref() != Some(&now) {
            seen = Some(now);
            if std::io::stdout().is_terminal() && print("\x1b[2J\x1b[H") != RIGHT {
                return UNUSABLE;
            }
            documents(args);
        }
        std::thread::sleep(PAUSE);
    }
}
