//! What can be wrong with a kernel's arguments. Kernels never panic: they answer with this.

use std::fmt;

/// Why a kernel refused its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Two shapes that do not go together.
    Shape {
        /// The kernel, as in [`Kernel::name`](super::Kernel::name).
        kernel: &'static str,
        /// The first argument's name and shape.
        left: (&'static str, usize, usize),
        /// The second argument's name and shape.
        right: (&'static str, usize, usize),
        /// The rule that they break, as a clause: `the columns of X must equal …`.
        rule: &'static str,
    },
    /// A class index outside of the classes.
    Class {
        /// The kernel.
        kernel: &'static str,
        /// The row (from 0) whose class is out of range.
        row: usize,
        /// The class found there.
        class: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A mean over nothing.
    Empty {
        /// The kernel.
        kernel: &'static str,
        /// The argument's name and shape.
        argument: (&'static str, usize, usize),
    },
    /// A view whose shape and strides do not fit its slice.
    View {
        /// The shape asked for.
        shape: (usize, usize),
        /// The strides asked for.
        strides: (usize, usize),
        /// The slice's length.
        len: usize,
        /// What is wrong with them.
        rule: &'static str,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Shape { kernel, left, right, rule } => write!(
                f,
                "{kernel}: {} is {}×{} but {} is {}×{}: {rule}",
                left.0, left.1, left.2, right.0, right.1, right.2
            ),
            Error::Class { kernel, row, class, classes } => write!(
                f,
                "{kernel}: row {row} has class {class} but there are {classes} classes \
                 (0 to {}): check the labels or the width of the logits",
                classes.saturating_sub(1)
            ),
            Error::Empty { kernel, argument: (name, rows, cols) } => write!(
                f,
                "{kernel}: {name} is {rows}×{cols}: a mean over no entries is undefined"
            ),
            Error::View { shape, strides, len, rule } => write!(
                f,
                "a {}×{} view with strides ({}, {}) over a slice of {len}: {rule}",
                shape.0, shape.1, strides.0, strides.1
            ),
        }
    }
}

impl std::error::Error for Error {}

/// Checks one equality of sizes and names both shapes when it fails.
pub(super) fn agree(
    kernel: &'static str,
    equal: bool,
    left: (&'static str, (usize, usize)),
    right: (&'static str, (usize, usize)),
    rule: &'static str,
) -> Result<(), Error> {
    if equal {
        return Ok(());
    }
    Err(Error::Shape {
        kernel,
        left: (left.0, left.1.0, left.1.1),
        right: (right.0, right.1.0, right.1.1),
        rule,
    })
}

/// Checks that two arguments have the same shape.
pub(super) fn same(
    kernel: &'static str,
    left: (&'static str, (usize, usize)),
    right: (&'static str, (usize, usize)),
) -> Result<(), Error> {
    agree(kernel, left.1 == right.1, left, right, "their shapes must be equal")
}

/// Checks that a mean is over at least one entry.
pub(super) fn not_empty(
    kernel: &'static str,
    name: &'static str,
    shape: (usize, usize),
) -> Result<(), Error> {
    if shape.0 == 0 || shape.1 == 0 {
        return Err(Error::Empty { kernel, argument: (name, shape.0, shape.1) });
    }
    Ok(())
}
