//! An assignment: one Markdown file that people read, with a short front matter in TOML.
//!
//! ```markdown
//! +++
//! title = "Matrix calculus"
//! +++
//! ## Question 1.a (4 points)
//! Given a vector $\mathbf{x} \in \mathbb{R}^n$ and a matrix $\mathbf{B} \in \mathbb{R}^{n \times n}$.
//! Find: $\frac{\partial (\mathbf{x}^T \mathbf{B} \mathbf{x})}{\partial \mathbf{x}}$
//! Where: Question 1 / a)
//! ```
//!
//! A heading with points begins a part. No answer key is needed: the truth is computed. An answer
//! may be given and is then checked before anything is graded.

mod parse;
mod template;
mod trial;

use serde::{Deserialize, Serialize};

pub(super) use parse::slug;
pub use parse::{AssignmentError, parse};
pub use template::TEMPLATE;
pub(super) use trial::givens as part_givens;
pub use trial::{Concern, Gravity, try_out};

use super::code::{BatchRule, Property, Target};
use super::score::{Credit, Percent, Points};
use crate::proof::Layout;

/// A whole assignment.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// Its front matter.
    pub settings: Settings,
    /// The graded parts, in order.
    pub parts: Vec<Part>,
    /// The text it was read from: what grading depends on.
    pub text: String,
}

/// The front matter.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// What the assignment is called.
    pub title: String,
    /// A short name for tables; from the title where it is not given.
    pub id: String,
    /// When it is due, as RFC 3339: `2026-11-20T23:59:00Z`.
    pub due: Option<String>,
    /// What lateness costs.
    pub late: Late,
    /// Whether a derivative's layout is free (`auto`) or fixed (`gradient`, `numerator`).
    pub layout: LayoutPolicy,
    /// Whether sums over repeated indices may go without a sign; otherwise that is a slip.
    pub einstein: bool,
    /// What a wrong step tells the student.
    pub feedback: Feedback,
    /// The partial credit policy.
    pub credit: Credit,
    /// What students' code is run with.
    pub code: CodeSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            title: "Assignment".into(),
            id: String::new(),
            due: None,
            late: Late::default(),
            layout: LayoutPolicy::default(),
            einstein: true,
            feedback: Feedback::default(),
            credit: Credit::default(),
            code: CodeSettings::default(),
        }
    }
}

/// What lateness costs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Late {
    /// The share of all points that each day begun costs.
    pub per_day: Option<Percent>,
    /// Days after which nothing is accepted; such hand-ins are listed, and graded with 0.
    pub days: Option<u32>,
}

/// The layout policy, as the front matter spells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayoutPolicy {
    /// Either, where a vector's derivative may be a row or a column.
    #[default]
    Auto,
    /// The gradient has the variable's shape.
    Gradient,
    /// The transposed.
    Numerator,
}

impl From<LayoutPolicy> for Layout {
    fn from(policy: LayoutPolicy) -> Layout {
        match policy {
            LayoutPolicy::Auto => Layout::Auto,
            LayoutPolicy::Gradient => Layout::Gradient,
            LayoutPolicy::Numerator => Layout::Numerator,
        }
    }
}

/// What a wrong step tells the student.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feedback {
    /// The named mistake, a counterexample and the corrected step.
    #[default]
    Full,
    /// The named mistake and a counterexample, not the corrected step.
    Hint,
    /// Only that the step is wrong.
    Place,
}

/// The language of the hand-ins' code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Python with NumPy, or whatever the command speaks.
    #[default]
    Python,
    /// A file or crate that implements our trait.
    Rust,
}

/// How students' code is run and weighed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CodeSettings {
    /// The language of the hand-ins' code.
    pub language: Language,
    /// The command that answers the protocol, in the hand-in's folder; without one, Python.
    pub command: Vec<String>,
    /// Where the samples of a batch have to lie in a matrix.
    pub batch: BatchRule,
    /// Seconds on the clock for all of a hand-in's code.
    pub seconds: u64,
    /// Memory in MiB.
    pub memory: u64,
    /// The weight of a property, where it is not the usual one.
    pub weights: std::collections::BTreeMap<String, u32>,
}

impl Default for CodeSettings {
    fn default() -> Self {
        let weights = std::collections::BTreeMap::new();
        CodeSettings {
            language: Language::default(),
            command: Vec::new(),
            batch: BatchRule::default(),
            seconds: 30,
            memory: 1536,
            weights,
        }
    }
}

impl CodeSettings {
    /// Whether hand-ins are Python that our own driver calls.
    pub fn is_python(&self) -> bool {
        self.language == Language::Python && self.command.is_empty()
    }

    /// A property's weight.
    pub fn weight(&self, property: Property) -> u32 {
        self.weights.get(property.tag()).copied().unwrap_or(property.weight())
    }
}

/// A graded part.
#[derive(Clone, Debug)]
pub struct Part {
    /// A short name, unique in the assignment: `1a`.
    pub id: String,
    /// The heading, without its points.
    pub title: String,
    /// The line of the heading.
    pub line: usize,
    /// The points.
    pub points: Points,
    /// Where a hand-in answers it: each a path of headings or question lines, outermost first.
    pub places: Vec<Vec<String>>,
    /// What is given, each as on the command line.
    pub given: Vec<String>,
    /// The work that is asked for.
    pub work: Work,
}

/// What a part asks for.
#[derive(Clone, Debug)]
pub enum Work {
    /// Quantities to derive.
    Derivations(Vec<Find>),
    /// Classes to write.
    Code(Vec<Module>),
    /// Something that a person grades.
    ByHand,
}

/// The form that an answer has to have. A quantity that carries an index may always be answered with
/// indices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Written with matrices or with sums over indices; no derivative but those allowed.
    #[default]
    Solved,
    /// Written with matrices: no sum and no index either.
    Closed,
    /// Anything that is true.
    Any,
}

/// A quantity to derive.
#[derive(Clone, Debug)]
pub struct Find {
    /// The quantity as written: `\frac{\partial L}{\partial W}`.
    pub quantity: String,
    /// The line it stands on.
    pub line: usize,
    /// Its points; the part's points are shared among the finds.
    pub points: Points,
    /// The form its answer has to have.
    pub form: Form,
    /// The derivatives that an answer may contain.
    pub allowed: Vec<String>,
    /// The expected answer, where one is given.
    pub answer: Option<String>,
}

/// A class to write.
#[derive(Clone, Debug)]
pub struct Module {
    /// The class and what it has to compute.
    pub target: Target,
    /// The line it stands on.
    pub line: usize,
    /// Its points.
    pub points: Points,
}

impl Assignment {
    /// All points.
    pub fn points(&self) -> Points {
        self.parts.iter().map(|part| part.points).sum()
    }

    /// The part with the given name.
    pub fn part(&self, id: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.id == id)
    }

    /// Whether anything has to be run.
    pub fn has_code(&self) -> bool {
        self.parts.iter().any(|part| matches!(part.work, Work::Code(_)))
    }

    /// The givens of all parts as a givens file, by the places at which hand-ins answer them.
    pub fn givens_file(&self) -> String {
        #[derive(Serialize)]
        struct File<'a> {
            part: Vec<Entry<'a>>,
        }
        #[derive(Serialize)]
        struct Entry<'a> {
            r#match: &'a [String],
            given: &'a [String],
        }
        let mut parts = Vec::new();
        for part in self.parts.iter().filter(|part| !part.given.is_empty()) {
            for place in &part.places {
                parts.push(Entry { r#match: place, given: &part.given });
            }
        }
        toml::to_string(&File { part: parts }).unwrap_or_default()
    }
}
