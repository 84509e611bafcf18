//! Where a batch's samples lie in a matrix: one a row, or one a column.
//!
//! Both are in use: `Y = X Wᵀ + 1 b` with X of batch × features, and `Y = W X + b` with X of
//! features × batch. The cases and the true values are always in rows; arrays are turned on their
//! way to and from a hand-in that keeps columns.

use serde::{Deserialize, Serialize};

use super::array::{Array, Value};

/// Where the samples lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Batch {
    /// One sample a row.
    #[default]
    Rows,
    /// One sample a column.
    Columns,
}

/// What an assignment says of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchRule {
    /// Each hand-in's linear module decides.
    #[default]
    Any,
    /// One sample a row.
    Rows,
    /// One sample a column.
    Columns,
}

/// What is expected of a class before it is tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Where the samples should lie.
    pub batch: Batch,
    /// Whether they must lie there; otherwise the class may show that it keeps them elsewhere.
    pub fixed: bool,
}

impl BatchRule {
    /// What to expect of the first class that is tried.
    pub fn expected(self) -> Expected {
        match self {
            BatchRule::Any => Expected { batch: Batch::Rows, fixed: false },
            BatchRule::Rows => Expected { batch: Batch::Rows, fixed: true },
            BatchRule::Columns => Expected { batch: Batch::Columns, fixed: true },
        }
    }
}

impl Batch {
    /// The other one.
    pub(super) fn other(self) -> Batch {
        match self {
            Batch::Rows => Batch::Columns,
            Batch::Columns => Batch::Rows,
        }
    }

    /// A matrix of samples as the hand-in keeps it, or as the mathematics does: the way back is the
    /// way there. What is no matrix stays as it is.
    pub(super) fn turn(self, array: &Array) -> Array {
        match (self, array.shape.len()) {
            (Batch::Columns, 2) => array.turned(),
            _ => array.clone(),
        }
    }

    /// The same for what came back.
    pub(super) fn turn_value(self, value: Value) -> Value {
        match value {
            Value::Array(array) => Value::Array(self.turn(&array)),
            other => other,
        }
    }

    /// The form of Y, for people.
    pub(super) fn words(self) -> &'static str {
        match self {
            Batch::Rows => "one sample a row, Y = X Wᵀ + b",
            Batch::Columns => "one sample a column, Y = W X + b",
        }
    }
}
