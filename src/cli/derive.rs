//! `gradproof derive`.

use std::io::Write;
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::{Map, Value, json};

use crate::document::claims;
use crate::emit::{self, Target};
use crate::language::ast::{Expr, Severity, Span};
use crate::language::{guess_spelling, parse_expr, print};
use crate::proof::{
    DeriveError, DeriveOptions, Derived, Layout, Notation, Order, derive,
};
use crate::shape::Givens;

/// Arguments of `gradproof derive`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// What to differentiate, such as 'tr(V*X*W)' or '\log\det X'.
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    expression: String,
    /// By what: a name, or an entry such as 'x[k]'.
    #[arg(long, value_name = "NAME")]
    wrt: String,
    /// What is given, such as 'x in R^n; B in R^{n x n}' (may be repeated).
    #[arg(long, value_name = "GIVENS")]
    given: Vec<String>,
    /// The Jacobian of a vector.
    #[arg(long, conflicts_with = "hessian")]
    jacobian: bool,
    /// The Hessian of a scalar.
    #[arg(long)]
    hessian: bool,
    /// In which language the answer is written.
    #[arg(long, value_enum, default_value = "text")]
    emit: EmitName,
    /// How the answer is packed.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The layout of derivatives (auto: the variable's shape).
    #[arg(long, value_enum, default_value = "auto")]
    layout: LayoutName,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EmitName {
    /// Unicode for the terminal.
    Text,
    /// LaTeX.
    Latex,
    /// A function on nalgebra matrices.
    Rust,
    /// A function on NumPy arrays.
    Numpy,
    /// A function on PyTorch tensors.
    Torch,
    /// A function on JAX arrays.
    Jax,
    /// A Julia function.
    Julia,
    /// A MATLAB (or Octave) function.
    Matlab,
}

#[derive(Clone, Copy, ValueEnum)]
enum LayoutName {
    Auto,
    Gradient,
    Numerator,
}

/// The exit statuses of the contract.
const ANSWERED: u8 = 0;
const NO_ANSWER: u8 = 1;
const UNUSABLE: u8 = 2;

pub(super) fn run(args: Args) -> ExitCode {
    let (text, status) = match answer(&args) {
        Ok(text) => (text, ANSWERED),
        Err(Trouble { status, code, place, message }) => {
            if args.format == Format::Json {
                (failure(code, place, &message), status)
            } else {
                // Nothing is left to do when even this cannot be written.
                let _ = std::io::stderr().write_all(message.as_bytes());
                return ExitCode::from(status);
            }
        }
    };
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::from(status),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::from(status)
        }
        Err(error) => {
            let _ =
                writeln!(std::io::stderr(), "gradproof derive: standard output: {error}");
            ExitCode::from(UNUSABLE)
        }
    }
}

/// Why there is no answer.
struct Trouble {
    status: u8,
    code: &'static str,
    place: Option<Span>,
    message: String,
}

fn answer(args: &Args) -> Result<String, Trouble> {
    let texts = args.given.iter().flat_map(|text| text.split(';'));
    let givens = claims::givens(texts).map_err(|reason| Trouble {
        status: UNUSABLE,
        code: "given",
        place: None,
        message: format!("gradproof derive: {reason}\n"),
    })?;
    let of = read(&args.expression, 0, "the expression", &givens)?;
    // Its places follow those of the expression, so that a fault tells which of the two it is in.
    let wrt = read(&args.wrt, args.expression.len() + 1, "--wrt", &givens)?;
    let options = DeriveOptions {
        order: match (args.jacobian, args.hessian) {
            (_, true) => Order::Hessian,
            (true, _) => Order::Jacobian,
            _ => Order::Gradient,
        },
        layout: match args.layout {
            LayoutName::Auto => Layout::Auto,
            LayoutName::Gradient => Layout::Gradient,
            LayoutName::Numerator => Layout::Numerator,
        },
    };
    let derived =
        derive(&givens, &of, &wrt, &options).map_err(|error| trouble(args, &error))?;
    let code = match target(args.emit) {
        None => None,
        Some(target) => Some(emit::code(&derived, target).map_err(|why| Trouble {
            status: NO_ANSWER,
            code: "not-emitted",
            place: None,
            message: format!(
                "gradproof derive: no code for this answer: {why}\n    {}\n",
                line(&derived, print::unicode)
            ),
        })?),
    };
    Ok(match args.format {
        Format::Json => {
            let mut fields = fields(&derived);
            if let Some(code) = code {
                fields.insert("code".to_owned(), code.into());
            }
            format!("{}\n", Value::Object(fields))
        }
        Format::Text => match (args.emit, code) {
            (_, Some(code)) => code,
            (EmitName::Latex, None) => format!("{}\n", line(&derived, print::latex)),
            (_, None) => text(&derived),
        },
    })
}

fn target(name: EmitName) -> Option<Target> {
    Some(match name {
        EmitName::Text | EmitName::Latex => return None,
        EmitName::Rust => Target::Rust,
        EmitName::Numpy => Target::Numpy,
        EmitName::Torch => Target::Torch,
        EmitName::Jax => Target::Jax,
        EmitName::Julia => Target::Julia,
        EmitName::Matlab => Target::Matlab,
    })
}

/// Reads an argument as an expression, its places counted from an offset.
fn read(
    source: &str,
    offset: usize,
    what: &str,
    givens: &Givens,
) -> Result<Expr, Trouble> {
    let shifted = format!("{}{source}", " ".repeat(offset));
    let (expr, notes) = parse_expr(&shifted, guess_spelling(source), givens);
    match notes.into_iter().find(|n| n.severity == Severity::Error) {
        None => Ok(expr),
        Some(fault) => Err(Trouble {
            status: UNUSABLE,
            code: "unread",
            place: Some(fault.span),
            message: pointed(&shifted, fault.span, &format!("{what}: {}", fault.message)),
        }),
    }
}

fn trouble(args: &Args, error: &DeriveError) -> Trouble {
    match error {
        DeriveError::Fault(fault) => {
            let both = format!("{} {}", args.expression, args.wrt);
            Trouble {
                status: NO_ANSWER,
                code: "ill-formed",
                place: Some(fault.span),
                message: pointed(&both, fault.span, &fault.message),
            }
        }
        DeriveError::NotFound(why) => Trouble {
            status: NO_ANSWER,
            code: "not-found",
            place: None,
            message: format!("gradproof derive: {why}\n"),
        },
    }
}

/// A message with the source and carets under the place.
fn pointed(source: &str, span: Span, message: &str) -> String {
    let blank = source.len() - source.trim_start().len();
    let (source, span) = match source.get(blank..) {
        Some(rest) if blank <= span.start => {
            (rest, Span::new(span.start - blank, span.end.max(span.start) - blank))
        }
        _ => (source, span),
    };
    let mut out = format!("gradproof derive: {message}\n");
    if !source.contains('\n')
        && let (Some(before), Some(part)) =
            (source.get(..span.start), source.get(span.start..span.end))
    {
        let column = before.chars().count();
        let carets = "^".repeat(part.chars().count().max(1));
        out.push_str(&format!("    {source}\n    {}{carets}\n", " ".repeat(column)));
    }
    out
}

/// `left = right`.
fn line(derived: &Derived, print: fn(&Expr) -> String) -> String {
    format!("{} = {}", print(&derived.left), print(&derived.right))
}

fn text(derived: &Derived) -> String {
    let mut lines = vec![line(derived, print::unicode)];
    let mut shape = format!("    shape {}", derived.shape);
    if let Some(layout) = derived.layout {
        shape.push_str(&format!(", {layout} layout"));
    }
    if let Notation::Index(letters) = &derived.notation
        && !letters.is_empty()
    {
        shape.push_str(&format!(", given by its entries {}", letters.join(", ")));
    }
    lines.push(shape);
    if !derived.assumptions.is_empty() {
        lines.push(format!("    assuming {}", derived.assumptions.join(", ")));
    }
    lines.extend(derived.remarks.iter().map(|r| format!("    read as: {r}")));
    lines.join("\n") + "\n"
}

fn fields(derived: &Derived) -> Map<String, Value> {
    let (notation, letters) = match &derived.notation {
        Notation::Matrix => ("matrix", Vec::new()),
        Notation::Index(letters) => ("index", letters.clone()),
    };
    let all = json!({
        "status": "proved",
        "lhs": print::plain(&derived.left),
        "rhs": print::plain(&derived.right),
        "latex": line(derived, print::latex),
        "text": line(derived, print::unicode),
        "notation": notation,
        "indices": letters,
        "shape": derived.shape,
        "layout": derived.layout,
        "assumptions": derived.assumptions,
        "remarks": derived.remarks,
    });
    match all {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn failure(code: &str, place: Option<Span>, message: &str) -> String {
    let start = message.strip_prefix("gradproof derive: ").unwrap_or(message);
    let first = start.lines().next().unwrap_or_default();
    let place = place.map(|span| json!([span.start, span.end]));
    let all = json!({ "status": code, "message": first, "place": place });
    format!("{all}\n")
}
