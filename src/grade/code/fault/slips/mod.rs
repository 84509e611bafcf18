//! The slips that people make in modules, each as the wrong computation that it leads to.

mod elementwise;
mod linear;
mod loss;
mod softmax;

use super::super::array::Array;
use super::super::subject::Subject;
use super::{Quantity, Sample};

/// A name, what happened, and the wrong computation.
type Slip = (&'static str, &'static str, fn(&Sample<'_>) -> Option<Array>);

/// The slips that are peculiar to a module, the likeliest first.
pub(super) fn of(subject: Subject, quantity: Quantity) -> Vec<Slip> {
    match subject {
        Subject::Linear => linear::of(quantity),
        Subject::Softmax => softmax::of(quantity),
        Subject::CrossEntropy => loss::of(quantity),
        _ => elementwise::of(quantity),
    }
}
