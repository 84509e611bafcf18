//! `gradproof formulas`: the catalogue, proved as it is printed.

use std::io::Write;
use std::process::ExitCode;

use serde_json::json;

use crate::catalogue::{Formula, formulas, named};
use crate::gradcheck::shipped::by_differences;
use crate::gradcheck::{self};
use crate::proof::{KernelProof, Status};

/// Arguments of `gradproof formulas`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A formula or a derivation; without it, all formulas as a table.
    name: Option<String>,
    /// How to print.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Latex,
    Markdown,
    Json,
}

/// A formula with everything that was computed for it just now.
struct Live {
    formula: &'static Formula,
    proof: Result<crate::proof::Verdict, String>,
    kernel: Option<KernelProof>,
    numeric: Option<gradcheck::shipped::Summary>,
}

impl Live {
    fn of(formula: &'static Formula) -> Self {
        Live {
            formula,
            proof: formula.prove(),
            kernel: formula.prove_kernel(),
            numeric: formula.kernel.map(|k| by_differences::<f64>(k, 1)),
        }
    }

    fn proof_word(&self) -> &str {
        self.proof.as_ref().map_or("error", |v| v.status.word())
    }

    fn kernel_word(&self) -> &'static str {
        match self.kernel {
            None => "–",
            Some(KernelProof::Proved(_)) => "proved",
            Some(KernelProof::Open(_)) => "open",
            Some(KernelProof::NotSymbolic(_)) => "not run",
        }
    }

    fn numeric_word(&self) -> &'static str {
        self.numeric.as_ref().map_or("–", |s| s.verdict.word())
    }

    fn holds(&self) -> bool {
        self.proof.as_ref().is_ok_and(|v| v.status == Status::Proved)
            && !matches!(self.kernel, Some(KernelProof::Open(_)))
            && self.numeric.as_ref().is_none_or(|s| s.verdict != gradcheck::Verdict::Fail)
    }
}

pub(super) fn run(args: Args) -> ExitCode {
    let chosen: Vec<&'static Formula> = match &args.name {
        None => formulas().iter().collect(),
        Some(name) => named(name),
    };
    if chosen.is_empty() {
        let names: Vec<&str> = formulas().iter().map(|f| f.name).collect();
        eprintln!(
            "gradproof formulas: there is no formula {:?}; there are {}",
            args.name.unwrap_or_default(),
            names.join(", ")
        );
        return ExitCode::from(2);
    }
    let live: Vec<Live> = chosen.into_iter().map(Live::of).collect();
    let whole = args.name.is_some();
    let text = match args.format {
        Format::Text => text(&live, whole),
        Format::Latex => latex(&live, whole),
        Format::Markdown => markdown(&live, whole),
        Format::Json => json_text(&live, whole),
    };
    if let Err(error) = std::io::stdout().write_all(text.as_bytes())
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        eprintln!("gradproof formulas: cannot write the answer: {error}");
        return ExitCode::from(2);
    }
    ExitCode::from(u8::from(!live.iter().all(Live::holds)))
}

fn line(statement: Result<String, String>) -> String {
    format!("{}\n", statement.unwrap_or_else(|e| e))
}

/// The statements alone, or displayed before the derivation.
fn latex(live: &[Live], whole: bool) -> String {
    if !whole {
        return live.iter().map(|l| line(l.formula.latex())).collect();
    }
    let mut out: String =
        live.iter().map(|l| format!("\\[\n{}\\]\n", line(l.formula.latex()))).collect();
    if let Some(l) = live.first() {
        out.push('\n');
        out.push_str(&l.formula.derivation_latex());
    }
    out
}

fn text(live: &[Live], whole: bool) -> String {
    let mut out = String::new();
    for l in live {
        let f = l.formula;
        out.push_str(&format!("{}: {}\n", f.name, f.title));
        out.push_str(&format!("    {}", line(f.unicode())));
        out.push_str(&format!("    given {}\n", f.given));
        if let Ok(v) = &l.proof {
            let layout = v.layout.map(|l| format!(" ({l} layout)")).unwrap_or_default();
            out.push_str(&format!("    {}{layout}", v.status.word()));
            if !v.assumptions.is_empty() {
                out.push_str(&format!(", assuming {}", v.assumptions.join(", ")));
            }
            out.push('\n');
        }
        if let Some(kernel) = f.kernel {
            out.push_str(&format!(
                "    kernel {}: code on symbols {}, finite differences {}\n",
                kernel.name(),
                l.kernel_word(),
                l.numeric_word()
            ));
        }
        out.push_str(&format!("    derivations/{}.md\n\n", f.derivation));
    }
    if whole && let Some(l) = live.first() {
        out.push_str(l.formula.derivation_text());
    }
    out
}

fn markdown(live: &[Live], whole: bool) -> String {
    let mut out = String::from(
        "| name | formula | proof | kernel | code on symbols | differences |\n\
         |---|---|---|---|---|---|\n",
    );
    for l in live {
        out.push_str(&format!(
            "| [{}](derivations/{}.md) | ${}$ | {} | {} | {} | {} |\n",
            l.formula.name,
            l.formula.derivation,
            l.formula.latex().unwrap_or_else(|e| e),
            l.proof_word(),
            l.formula.kernel.map_or("–", |k| k.name()),
            l.kernel_word(),
            l.numeric_word()
        ));
    }
    if whole && let Some(l) = live.first() {
        out.push('\n');
        out.push_str(l.formula.derivation_text());
    }
    out
}

fn json_text(live: &[Live], whole: bool) -> String {
    let rows: Vec<serde_json::Value> = live
        .iter()
        .map(|l| {
            let f = l.formula;
            let mut row = json!({
                "name": f.name,
                "title": f.title,
                "given": f.given,
                "claim": f.claim,
                "latex": f.latex().ok(),
                "verdict": l.proof_word(),
                "layout": l.proof.as_ref().ok().and_then(|v| v.layout),
                "assumptions": l.proof.as_ref().map(|v| v.assumptions.clone()).unwrap_or_default(),
                "derivation": format!("derivations/{}.md", f.derivation),
                "kernel": f.kernel.map(|k| k.name()),
                "kernel_proof": l.kernel.as_ref().map(|_| l.kernel_word()),
                "differences": l.numeric.as_ref().map(|_| l.numeric_word()),
            });
            if whole {
                row["text"] = json!(f.derivation_text());
            }
            row
        })
        .collect();
    format!("{:#}\n", json!({ "formulas": rows }))
}
