//! What grading finds out about one hand-in: the record that everything else is made from.
//!
//! **Invariant:** a record holds no time of day, no duration and nothing of the machine, so that the
//! same hand-in has the same record everywhere, byte for byte.

use serde::{Deserialize, Serialize};

use super::score::Points;
use super::submission::Student;

/// The version of the record's form; see `docs/grading-result.schema.json`.
pub const FORM: u32 = 1;

/// The record of one hand-in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`FORM`].
    pub form: u32,
    /// The assignment's short name.
    pub assignment: String,
    /// What the hand-in is called.
    pub key: String,
    /// Whose it is.
    pub student: Student,
    /// The points earned, after the penalty.
    pub points: Points,
    /// Of these, the points that a person may still take away.
    pub open: Points,
    /// All points there are.
    pub max: Points,
    /// What lateness cost.
    pub penalty: Points,
    /// How late it is, in words; empty when in time or not known.
    pub lateness: String,
    /// Whether there is a hand-in at all.
    pub missing: bool,
    /// The parts, in the assignment's order.
    pub parts: Vec<PartRecord>,
    /// What concerns the hand-in as a whole: files that could not be taken.
    pub problems: Vec<String>,
}

/// One part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartRecord {
    /// The part's short name.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// The points earned.
    pub points: Points,
    /// Of these, the points that a person may still take away.
    pub open: Points,
    /// The points there are.
    pub max: Points,
    /// What a person decided, when one did.
    pub decision: Option<DecisionRecord>,
    /// What the points are made of; they sum to the computed points.
    pub items: Vec<Item>,
    /// Why a person should look at this part.
    pub for_a_person: Vec<String>,
    /// Names the answer, up to spelling: like answers have like names.
    pub answer: Option<String>,
    /// Names what was graded, and by what: equal names have equal items.
    pub digest: String,
}

/// What a person decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// The points that were computed.
    pub computed: Points,
    /// The person's comment.
    pub comment: String,
}

/// How an item came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Right.
    Right,
    /// Right in part.
    Partly,
    /// Wrong.
    Wrong,
    /// Nothing is there.
    Missing,
    /// It waits for a person.
    Open,
}

impl Outcome {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Right => "right",
            Outcome::Partly => "partly right",
            Outcome::Wrong => "wrong",
            Outcome::Missing => "missing",
            Outcome::Open => "waits for a person",
        }
    }
}

/// One thing that points are given for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// What it is: `answer`, `steps`, `gradient by the bias`.
    pub name: String,
    /// How it came out.
    pub outcome: Outcome,
    /// The points earned.
    pub points: Points,
    /// Of these, the open ones.
    pub open: Points,
    /// The points there are.
    pub max: Points,
    /// Why, for the student.
    pub text: String,
    /// The place it speaks of, where there is one.
    pub place: Option<Spot>,
    /// The named mistake: a stable tag.
    pub mistake: Option<String>,
    /// A point at which the two sides differ, in words.
    pub counterexample: Vec<String>,
    /// What should stand there, where the policy tells it.
    pub corrected: Option<String>,
}

impl Item {
    /// An item with nothing but its outcome and points.
    pub fn new(
        name: impl Into<String>,
        outcome: Outcome,
        points: Points,
        max: Points,
    ) -> Self {
        Item {
            name: name.into(),
            outcome,
            points,
            open: Points::ZERO,
            max,
            text: String::new(),
            place: None,
            mistake: None,
            counterexample: Vec::new(),
            corrected: None,
        }
    }
}

/// A place in a hand-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What stands there.
    pub quote: String,
}

impl PartRecord {
    /// A part whose points are those of its items.
    pub fn of_items(id: &str, title: &str, max: Points, items: Vec<Item>) -> Self {
        PartRecord {
            id: id.into(),
            title: title.into(),
            points: items.iter().map(|item| item.points).sum(),
            open: items.iter().map(|item| item.open).sum(),
            max,
            decision: None,
            items,
            for_a_person: Vec::new(),
            answer: None,
            digest: String::new(),
        }
    }

    /// How the part came out as a whole.
    pub fn outcome(&self) -> Outcome {
        if self.decision.is_none() && self.open > Points::ZERO {
            Outcome::Open
        } else if self.points >= self.max {
            Outcome::Right
        } else if self.points > Points::ZERO {
            Outcome::Partly
        } else if !self.items.is_empty()
            && self.items.iter().all(|item| item.outcome == Outcome::Missing)
        {
            Outcome::Missing
        } else {
            Outcome::Wrong
        }
    }
}

impl Record {
    /// The points before the penalty.
    pub fn raw(&self) -> Points {
        self.parts.iter().map(|part| part.points).sum()
    }

    /// Sets the totals from the parts and the penalty.
    pub fn add_up(&mut self) {
        self.max = self.parts.iter().map(|part| part.max).sum();
        let open = |part: &PartRecord| {
            if part.decision.is_some() { Points::ZERO } else { part.open }
        };
        self.points = self.raw() - self.penalty;
        let open: Points = self.parts.iter().map(open).sum();
        self.open = open.min(self.points);
    }

    /// The points that only a person can give, and has not given yet.
    pub fn to_come(&self) -> Points {
        let by_hand = |part: &&PartRecord| {
            part.decision.is_none()
                && !part.items.is_empty()
                && part.items.iter().all(|item| {
                    item.outcome == Outcome::Open && item.points == Points::ZERO
                })
        };
        let all: Points = self.parts.iter().filter(by_hand).map(|part| part.max).sum();
        if self.missing { Points::ZERO } else { all }
    }

    /// The parts that a person should look at, with the reasons; decided ones are done with.
    pub fn for_a_person(&self) -> impl Iterator<Item = (&PartRecord, &str)> {
        self.parts.iter().filter(|part| part.decision.is_none()).flat_map(|part| {
            part.for_a_person.iter().map(move |reason| (part, reason.as_str()))
        })
    }
}
