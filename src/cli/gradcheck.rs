//! `gradproof gradcheck`: every shipped kernel, checked in every way there is.

use std::io::Write;
use std::process::ExitCode;

use serde_json::json;

use crate::gradcheck::Verdict;
use crate::gradcheck::shipped::{Exactness, Summary, by_differences, by_duals, exactly};
use crate::kernels::Kernel;
use crate::proof::{KernelProof, prove_kernel};

/// Arguments of `gradproof gradcheck`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The kernels to check; without any, all of them.
    kernels: Vec<String>,
    /// Text for people, or JSON.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// How many random points are tried at each of the four shapes.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// What the prover says of the shipped code of a kernel, run on symbols: `None` where the code does
/// not run on them.
fn proof_status(kernel: Kernel) -> Option<&'static str> {
    match prove_kernel(kernel) {
        KernelProof::Proved(_) => Some("proved"),
        KernelProof::Open(_) => Some("not proved"),
        KernelProof::NotSymbolic(_) => None,
    }
}

/// All that is known about one kernel.
struct Row {
    kernel: Kernel,
    proved: Option<&'static str>,
    exact: Exactness,
    duals: Summary,
    f64: Summary,
    f32: Summary,
}

impl Row {
    fn of(kernel: Kernel, seeds: u64) -> Self {
        Row {
            kernel,
            proved: proof_status(kernel),
            exact: exactly(kernel, seeds),
            duals: by_duals(kernel, seeds),
            f64: by_differences::<f64>(kernel, seeds),
            f32: by_differences::<f32>(kernel, seeds),
        }
    }

    fn numeric(&self) -> [(&'static str, &Summary); 3] {
        [("duals", &self.duals), ("f64", &self.f64), ("f32", &self.f32)]
    }

    fn passed(&self) -> bool {
        !matches!(self.exact, Exactness::Different(_))
            && self.numeric().iter().all(|(_, s)| s.verdict == Verdict::Pass)
    }

    fn json(&self) -> serde_json::Value {
        let summary = |s: &Summary| {
            json!({
                "verdict": s.verdict.word(),
                "units": if s.units.is_finite() { json!(s.units) } else { json!(null) },
                "cases": s.cases,
                "report": s.report.as_ref().map(ToString::to_string),
            })
        };
        let exact = match &self.exact {
            Exactness::Exact(cases) => json!({"verdict": "exact", "cases": cases}),
            Exactness::Different(place) => {
                json!({"verdict": "different", "place": place})
            }
            Exactness::NotRational => json!(null),
        };
        json!({
            "kernel": self.kernel.name(),
            "formula": self.kernel.formula(),
            "gradients": self.kernel.gradients(),
            "derivation": self.kernel.derivation(),
            "proved": self.proved,
            "exact": exact,
            "duals": summary(&self.duals),
            "f64": summary(&self.f64),
            "f32": summary(&self.f32),
            "passed": self.passed(),
        })
    }
}

pub(super) fn run(args: Args) -> ExitCode {
    let mut kernels = Vec::new();
    for name in &args.kernels {
        match Kernel::from_name(name) {
            Some(kernel) => kernels.push(kernel),
            None => {
                let known: Vec<_> =
                    Kernel::ALL.iter().map(|kernel| kernel.name()).collect();
                eprintln!(
                    "gradproof gradcheck: there is no kernel {name:?}; there are {}",
                    known.join(", ")
                );
                return ExitCode::from(2);
            }
        }
    }
    if kernels.is_empty() {
        kernels = Kernel::ALL.to_vec();
    }
    let rows: Vec<Row> =
        kernels.into_iter().map(|kernel| Row::of(kernel, args.seeds)).collect();
    let text = match args.format {
        Format::Text => table(&rows),
        Format::Json => {
            let all = json!({
                "kernels": rows.iter().map(Row::json).collect::<Vec<_>>(),
                "passed": rows.iter().all(Row::passed),
            });
            format!("{all:#}\n")
        }
    };
    if let Err(error) = std::io::stdout().write_all(text.as_bytes())
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        eprintln!("gradproof gradcheck: cannot write the answer: {error}");
        return ExitCode::from(2);
    }
    ExitCode::from(u8::from(!rows.iter().all(Row::passed)))
}

/// The table for people, with the reports of what did not pass below it.
fn table(rows: &[Row]) -> String {
    let mut text = format!(
        "{:30} {:9} {:11} {:>15} {:>15} {:>15}\n",
        "kernel", "proved", "exact", "dual numbers", "f64 differences", "f32 differences"
    );
    for row in rows {
        let exact = match &row.exact {
            Exactness::Exact(cases) => format!("{cases} cases"),
            Exactness::Different(_) => "DIFFERENT".to_owned(),
            Exactness::NotRational => "–".to_owned(),
        };
        let cell = |s: &Summary| match s.verdict {
            Verdict::Pass => format!("pass {:.1}", s.units),
            other => format!("{} {:.1}", other.word().to_uppercase(), s.units),
        };
        text += &format!(
            "{:30} {:9} {:11} {:>15} {:>15} {:>15}\n",
            row.kernel.name(),
            row.proved.unwrap_or("not run"),
            exact,
            cell(&row.duals),
            cell(&row.f64),
            cell(&row.f32)
        );
    }
    text += "numbers: the largest disagreement in error bars (8 or more would fail)\n";
    for row in rows {
        if let Exactness::Different(place) = &row.exact {
            text += &format!("\n{}, exactly: {place}\n", row.kernel.name());
        }
        for (kind, summary) in row.numeric() {
            if let Some(report) = &summary.report {
                text += &format!("\n{}, {kind}: {report}\n", row.kernel.name());
            }
        }
    }
    text
}
