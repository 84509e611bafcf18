//! What a class of a hand-in is meant to compute, and the true values, from the verified kernels.

use nalgebra::{DMatrix, RowDVector};

use super::array::Array;
use crate::kernels::{cross_entropy, elementwise, linear, softmax};

/// What a module computes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Subject {
    /// `Y = X Wᵀ + 1 b` (or `X W + 1 b`, when the hand-in keeps W the other way round).
    Linear,
    /// max(0, x)
    Relu,
    /// x, or slope·x below zero
    LeakyRelu(f64),
    /// x, or alpha·(eˣ − 1) below zero
    Elu(f64),
    /// 1/(1 + e⁻ˣ)
    Sigmoid,
    /// tanh x
    Tanh,
    /// softmax of each row
    Softmax,
    /// `L = −(1/S) Σ T log X` of probabilities X and one-hot targets T (or class numbers)
    CrossEntropy,
}

impl Subject {
    /// Reads `linear`, `relu`, `leaky-relu(0.1)`, `elu`, `elu(1)`, `sigmoid`, `tanh`, `softmax`,
    /// `cross-entropy`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase().replace([' ', '_'], "-");
        let (name, number) = match text.split_once('(') {
            Some((name, rest)) => {
                (name, Some(rest.strip_suffix(')')?.trim().parse().ok()?))
            }
            None => (text.as_str(), None),
        };
        let finite = |value: f64| value.is_finite().then_some(value);
        match (name.trim_end_matches('-'), number) {
            ("linear", None) => Some(Subject::Linear),
            ("relu", None) => Some(Subject::Relu),
            ("leaky-relu", slope) => {
                Some(Subject::LeakyRelu(finite(slope.unwrap_or(0.01))?))
            }
            ("elu", alpha) => Some(Subject::Elu(finite(alpha.unwrap_or(1.0))?)),
            ("sigmoid", None) => Some(Subject::Sigmoid),
            ("tanh", None) => Some(Subject::Tanh),
            ("softmax", None) => Some(Subject::Softmax),
            ("cross-entropy", None) => Some(Subject::CrossEntropy),
            _ => None,
        }
    }

    /// Whether it has parameters.
    pub fn has_parameters(self) -> bool {
        self == Subject::Linear
    }

    /// Whether each entry of the output depends on one entry of the input only.
    pub fn is_elementwise(self) -> bool {
        !matches!(self, Subject::Linear | Subject::Softmax | Subject::CrossEntropy)
    }
}

/// The arguments of one call, always in the mathematics' own form: W is N×M, T is one-hot.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// The input, S×M.
    pub x: Array,
    /// The gradient by the output (not used by the loss).
    pub dy: Array,
    /// The weights, N×M (linear only, else empty).
    pub w: Array,
    /// The bias, N (linear only, else empty).
    pub b: Array,
    /// One-hot targets, S×M (cross-entropy only, else empty).
    pub t: Array,
}

/// The true values for a case.
#[derive(Clone, Debug)]
pub(super) struct Truth {
    /// The output; a scalar of shape `[]` for the loss.
    pub y: Array,
    /// The gradient by the input.
    pub dx: Array,
    /// The gradient by W, N×M.
    pub dw: Array,
    /// The gradient by b, N.
    pub db: Array,
}

fn to_matrix(array: &Array) -> DMatrix<f64> {
    DMatrix::from_row_slice(array.rows(), array.cols(), &array.data)
}

fn from_matrix(matrix: &DMatrix<f64>) -> Array {
    Array::matrix(matrix.nrows(), matrix.ncols(), |i, j| matrix[(i, j)])
}

/// Computes the true values with the verified kernels.
///
/// A target of zero contributes nothing to the loss and nothing to its gradient, whatever the
/// probability there: `0·log p` is 0 for every p > 0, hence also in the limit.
///
/// # Errors
/// When the sizes of the case do not fit, which is a mistake of the caller's.
pub(super) fn truth(
    subject: Subject,
    case: &Case,
) -> Result<Truth, crate::kernels::Error> {
    let nothing = Array::new(&[0], Vec::new());
    let x = to_matrix(&case.x);
    if subject == Subject::CrossEntropy {
        let t = to_matrix(&case.t);
        let safe = x.zip_map(&t, |x, t| if t == 0.0 { 1.0 } else { x });
        let loss = cross_entropy::forward(&safe, &t)?;
        let dx = cross_entropy::backward(&safe, &t, 1.0)?;
        return Ok(Truth {
            y: Array::new(&[], vec![loss]),
            dx: from_matrix(&dx),
            dw: nothing.clone(),
            db: nothing,
        });
    }
    let dy = to_matrix(&case.dy);
    let (y, dx) = match subject {
        Subject::Linear => {
            let w = to_matrix(&case.w);
            let b = RowDVector::from_row_slice(&case.b.data);
            let y = linear::forward(&x, &w, &b)?;
            let gradients = linear::backward(&x, &w, &dy)?;
            return Ok(Truth {
                y: from_matrix(&y),
                dx: from_matrix(&gradients.dx),
                dw: from_matrix(&gradients.dw),
                db: Array::new(
                    &[gradients.db.len()],
                    gradients.db.iter().copied().collect(),
                ),
            });
        }
        Subject::Softmax => {
            let y = softmax::forward(&x)?;
            let dx = softmax::backward(&y, &dy)?;
            (y, dx)
        }
        Subject::Relu => both(&elementwise::Relu, &x, &dy)?,
        Subject::LeakyRelu(slope) => both(&elementwise::LeakyRelu { slope }, &x, &dy)?,
        Subject::Elu(alpha) => both(&elementwise::Elu { alpha }, &x, &dy)?,
        Subject::Sigmoid => both(&elementwise::Sigmoid, &x, &dy)?,
        Subject::Tanh => both(&elementwise::Tanh, &x, &dy)?,
        Subject::CrossEntropy => unreachable!("answered above"),
    };
    Ok(Truth {
        y: from_matrix(&y),
        dx: from_matrix(&dx),
        dw: nothing.clone(),
        db: nothing,
    })
}

fn both(
    h: &impl elementwise::Activation<f64>,
    x: &DMatrix<f64>,
    dy: &DMatrix<f64>,
) -> Result<(DMatrix<f64>, DMatrix<f64>), crate::kernels::Error> {
    Ok((elementwise::forward(h, x)?, elementwise::backward(h, x, dy)?))
}
