//! What a check answers: the verdict, the reasons, the worst entries, and a guess at the mistake.

use std::fmt;

/// The answer's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every disagreement lies within its error bar, and the error bars are small enough to mean it.
    Pass,
    /// A disagreement that the errors cannot explain.
    Fail,
    /// Nothing can be said; the reasons say why.
    Inconclusive,
}

impl Verdict {
    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Inconclusive => "inconclusive",
        }
    }
}

/// One entry of one input, by name; rows and columns count from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The input's name.
    pub input: String,
    /// The row.
    pub row: usize,
    /// The column.
    pub col: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}, {}]", self.input, self.row, self.col)
    }
}

/// An entry at which the claimed derivative is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where.
    pub place: Place,
    /// The claimed derivative.
    pub analytic: f64,
    /// The derivative by differences (or dual numbers).
    pub numeric: f64,
    /// The error bar of `numeric − analytic`.
    pub error: f64,
}

impl Entry {
    /// The disagreement in units of the error bar.
    pub fn units(&self) -> f64 {
        (self.numeric - self.analytic).abs() / self.error
    }
}

/// A point at which the function has two slopes.
#[derive(Clone, Debug, PartialEq)]
pub struct Kink {
    /// The entry whose change meets the kink.
    pub place: Place,
    /// The slope towards smaller values.
    pub left: f64,
    /// The slope towards larger values.
    pub right: f64,
    /// The claimed derivative.
    pub analytic: f64,
    /// Whether the claim lies between the two slopes (with their errors), as a subgradient does.
    pub between: bool,
}

/// Why a check did not pass.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// The derivatives disagree beyond the errors.
    Disagreement {
        /// By how many error bars.
        units: f64,
    },
    /// The claimed derivative has another shape than its input.
    Shape {
        /// The input and its shape.
        input: (String, usize, usize),
        /// What was claimed.
        claimed: Option<(String, usize, usize)>,
    },
    /// The function gives NaN or an infinity at the point.
    FunctionNotFinite {
        /// Which output.
        place: Place,
        /// The value.
        value: f64,
    },
    /// The claimed derivative is NaN or infinite while the function is finite.
    DerivativeNotFinite {
        /// Which entry.
        place: Place,
        /// The value.
        value: f64,
    },
    /// Two calls at one point gave different values.
    NotDeterministic {
        /// `the function` or `the derivative`.
        what: &'static str,
        /// The first place where they differ.
        place: Place,
        /// The two values.
        values: (f64, f64),
    },
    /// The input was not the same after a call.
    MutatesInput {
        /// The first place that changed.
        place: Place,
    },
    /// A second call of the derivative gave the first one's result once more on top.
    Accumulates,
    /// The function's values have another number of entries at different points.
    OutputsChange,
    /// The derivative with respect to this input is zero, claimed and measured: nothing was tested.
    Unobservable {
        /// The input.
        input: String,
    },
    /// The error bars are too wide to tell right from wrong.
    TooRough {
        /// The relative error that could still be hidden in the whole derivative.
        hidden: f64,
        /// Whether points next to the given one gave NaN or infinities.
        left_domain: bool,
    },
    /// The function has kinks at the point.
    Kinks,
    /// A claimed Hessian is not symmetric.
    NotSymmetric {
        /// The largest difference between an entry and its mirror image.
        by: f64,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Disagreement { units } => {
                write!(f, "the derivatives disagree by {} error bars", short(*units))
            }
            Reason::Shape { input: (name, rows, cols), claimed: Some((_, r, c)) } => {
                write!(f, "{name} is {rows}×{cols} but its derivative is {r}×{c}")?;
                if *rows == 1 && r > rows && c == cols {
                    write!(f, ": the sum over the {r} rows of the batch is missing")?;
                } else if rows == c && cols == r {
                    write!(f, ": it is transposed")?;
                }
                Ok(())
            }
            Reason::Shape { input: (name, rows, cols), claimed: None } => {
                write!(f, "{name} ({rows}×{cols}) has no derivative: it is missing")
            }
            Reason::FunctionNotFinite { place, value } => {
                write!(f, "the function is {value} at output {place}: move the point")
            }
            Reason::DerivativeNotFinite { place, value } => {
                write!(f, "the claimed derivative is {value} at {place}")
            }
            Reason::NotDeterministic { what, place, values: (a, b) } => write!(
                f,
                "{what} is not deterministic: two calls gave {a:e} and {b:e} at {place}: \
                 fix its seed, or switch its randomness off"
            ),
            Reason::MutatesInput { place } => {
                write!(
                    f,
                    "the function changes its input: {place} was different after a call"
                )
            }
            Reason::Accumulates => write!(
                f,
                "the derivative accumulates: a second call gave twice the first result \
                 (a buffer is added to instead of overwritten)"
            ),
            Reason::OutputsChange => {
                write!(
                    f,
                    "the function does not give the same number of values everywhere"
                )
            }
            Reason::Unobservable { input } => write!(
                f,
                "the derivative with respect to {input} is zero, claimed and measured, so nothing \
                 was tested (allow it with `allow_zero`)"
            ),
            Reason::TooRough { hidden, left_domain } => {
                write!(
                    f,
                    "the error bars are too wide: an error of {} of the whole derivative could hide",
                    percent(*hidden)
                )?;
                if *left_domain {
                    write!(
                        f,
                        "; points nearby are outside of the domain (see `bounds`)"
                    )?;
                }
                Ok(())
            }
            Reason::NotSymmetric { by } => write!(
                f,
                "the claimed Hessian is not symmetric: an entry differs from its mirror image by {}",
                short(*by)
            ),
            Reason::Kinks => write!(
                f,
                "the function has a kink here (two slopes), so it has no derivative: move the \
                 point, or allow any slope in between with `accept_subgradients`"
            ),
        }
    }
}

/// A guess at what went wrong in one input's derivative.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Diagnosis {
    /// The claim is the transpose of the right derivative.
    Transposed,
    /// The entries are right but lie in memory row after row instead of column after column.
    MemoryOrder,
    /// Every entry has the wrong sign.
    Sign,
    /// Every entry is off by this factor: claimed = factor · right.
    Factor(f64, Option<String>),
    /// The claim is zero while the derivative is not.
    Missing,
    /// A constant is added to every entry.
    Offset(f64),
    /// Only one entry is wrong.
    OneEntry,
    /// Only one row is wrong.
    OneRow(usize),
    /// Only one column is wrong.
    OneColumn(usize),
    /// Only entries where the claim is zero are wrong.
    WronglyZero,
    /// Only entries where the right derivative is zero are wrong: a mask is missing.
    MissingMask,
    /// What is missing has rank one: a term like a·bᵀ.
    RankOne,
    /// Only some rows of the output's cotangent reach this derivative: a sum over the batch is missing.
    MissingBatchSum {
        /// How many of the output's rows arrive as they should.
        arriving: usize,
        /// How many there are.
        rows: usize,
    },
    /// The derivative does not depend on the cotangent.
    IgnoresCotangent,
    /// No pattern found.
    Unknown,
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Diagnosis::Transposed => write!(f, "transposed"),
            Diagnosis::MemoryOrder => {
                write!(f, "row-major entries in a column-major matrix (or the reverse)")
            }
            Diagnosis::Sign => write!(f, "wrong sign"),
            Diagnosis::Factor(factor, None) => {
                write!(f, "off by the factor {}", short(*factor))
            }
            Diagnosis::Factor(factor, Some(name)) => {
                write!(f, "off by the factor {} = {name}", short(*factor))
            }
            Diagnosis::Missing => write!(f, "zero: this input's derivative is missing"),
            Diagnosis::Offset(by) => write!(f, "{} is added to every entry", short(*by)),
            Diagnosis::OneEntry => write!(f, "only this entry is wrong"),
            Diagnosis::OneRow(row) => write!(f, "only row {row} is wrong"),
            Diagnosis::OneColumn(col) => write!(f, "only column {col} is wrong"),
            Diagnosis::WronglyZero => {
                write!(f, "wrong only where it is zero: a mask hides too much")
            }
            Diagnosis::MissingMask => {
                write!(f, "wrong only where the right one is zero: a mask is missing")
            }
            Diagnosis::RankOne => write!(f, "a term of rank one is missing or too much"),
            Diagnosis::MissingBatchSum { arriving, rows } => write!(
                f,
                "a sum over the batch is missing: {arriving} of the output's {rows} rows arrive"
            ),
            Diagnosis::IgnoresCotangent => {
                write!(f, "it does not depend on the cotangent (dY is not used)")
            }
            Diagnosis::Unknown => write!(f, "no pattern recognised"),
        }
    }
}

/// The outcome of a check.
#[derive(Clone, Debug)]
#[must_use = "a report that nobody reads checks nothing: call `assert`, or look at the verdict"]
pub struct Report {
    /// The answer.
    pub verdict: Verdict,
    /// Why it is not a pass.
    pub reasons: Vec<Reason>,
    /// The worst entries found, worst first.
    pub worst: Vec<Entry>,
    /// A guess for each wrong input.
    pub diagnoses: Vec<(String, Diagnosis)>,
    /// The kinks found.
    pub kinks: Vec<Kink>,
    /// The largest disagreement met, in error bars. Below [`Report::THRESHOLD`] is agreement.
    pub units: f64,
    /// The smallest relative error in one entry of median size that this check would have found.
    pub resolution: f64,
    /// How the check was made.
    pub method: &'static str,
    /// How many entries the derivative has.
    pub entries: usize,
    /// How often the function was called.
    pub calls: usize,
    /// The seed; the same seed gives the same check.
    pub seed: u64,
}

impl Report {
    /// From how many error bars on a disagreement counts.
    pub const THRESHOLD: f64 = 8.0;

    /// Whether the verdict is [`Verdict::Pass`].
    pub fn passed(&self) -> bool {
        self.verdict == Verdict::Pass
    }

    /// Panics with the whole report unless it is a pass. This is what a test calls.
    ///
    /// # Panics
    /// Where the verdict is fail or inconclusive.
    #[track_caller]
    pub fn assert(&self) {
        assert!(self.passed(), "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "gradient check: {} ({}, {} entries, {} calls, seed {})",
            self.verdict.word(),
            self.method,
            self.entries,
            self.calls,
            self.seed
        )?;
        for reason in &self.reasons {
            writeln!(f, "  {reason}")?;
        }
        for (input, diagnosis) in &self.diagnoses {
            writeln!(f, "  {input}: {diagnosis}")?;
        }
        if !self.worst.is_empty() {
            let width =
                self.worst.iter().map(|e| e.place.to_string().chars().count()).max();
            let width = width.unwrap_or(0).max(5);
            writeln!(
                f,
                "  {:width$}  {:>22}  {:>22}  {:>9}  {:>9}",
                "entry", "analytic", "numeric", "± error", "off by"
            )?;
            for entry in &self.worst {
                writeln!(
                    f,
                    "  {:width$}  {:>22.14e}  {:>22.14e}  {:>9.1e}  {:>9}",
                    entry.place.to_string(),
                    entry.analytic,
                    entry.numeric,
                    entry.error,
                    format!("{}×", short(entry.units()))
                )?;
            }
        }
        for kink in self.kinks.iter().take(8) {
            writeln!(
                f,
                "  kink at {}: slopes {} and {}, claimed {} ({})",
                kink.place,
                short(kink.left),
                short(kink.right),
                short(kink.analytic),
                if kink.between { "in between" } else { "outside of both" }
            )?;
        }
        if self.kinks.len() > 8 {
            writeln!(f, "  … and {} more kinks", self.kinks.len() - 8)?;
        }
        if self.resolution.is_finite() {
            write!(
                f,
                "  would have found: one entry of median size wrong by {} or more",
                percent(self.resolution)
            )?;
        } else {
            write!(f, "  would have found: nothing")?;
        }
        Ok(())
    }
}

/// A number for people: three or four digits.
fn short(value: f64) -> String {
    let size = value.abs();
    if value == value.trunc() && size < 1e6 {
        format!("{value}")
    } else if (1e-3..1e6).contains(&size) {
        let digits = (3 - size.log10().floor() as i32).clamp(0, 6) as usize;
        format!("{value:.digits$}")
    } else {
        format!("{value:.2e}")
    }
}

/// A relative size for people.
fn percent(value: f64) -> String {
    if value >= 1e-3 {
        format!("{} %", short(100.0 * value))
    } else {
        format!("{value:.1e}")
    }
}
