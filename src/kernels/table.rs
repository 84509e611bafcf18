//! The table of kernels: name, formula, derivation, inputs, and the shipped code behind them.
//!
//! Everything that walks over the kernels (the checks, the program's table, the prover on its
//! symbols) walks over [`Kernel::ALL`] and calls [`Kernel::forward`] and [`Kernel::backward`], which
//! call the very functions that users call.

use nalgebra::DMatrix;

use super::elementwise::{self, Activation, Elu, Gelu, LeakyRelu, Relu, Sigmoid, Tanh};
use super::{
    Error, Real, Scalar, cross_entropy, layer_norm, linear, log_softmax,
    mean_squared_error, norm, quadratic_form, softmax, softmax_cross_entropy, trace,
    trace_product,
};

/// `?` for a `Result` inside of an `Option`.
macro_rules! attempt {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(error) => return Some(Err(error)),
        }
    };
}

/// One of the shipped kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is documented in the module of its name")]
pub enum Kernel {
    QuadraticForm,
    TraceProduct,
    Trace,
    Norm,
    Linear,
    Elementwise,
    Relu,
    LeakyRelu,
    Elu,
    Sigmoid,
    Tanh,
    Gelu,
    Softmax,
    LogSoftmax,
    CrossEntropy,
    SoftmaxCrossEntropy,
    SoftmaxCrossEntropyClasses,
    MeanSquaredError,
    LayerNorm,
}

/// Where an input's entries may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Anywhere.
    Any,
    /// Above zero.
    Positive,
}

/// One input of a kernel at given sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name in the formula.
    pub name: &'static str,
    /// Its rows.
    pub rows: usize,
    /// Its columns.
    pub cols: usize,
    /// Where its entries may lie.
    pub domain: Domain,
}

/// The sizes that a kernel's shapes are made of. For a proof take three different ones: equal sizes
/// hide transposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// S, the samples of a batch.
    pub batch: usize,
    /// M, the features of a sample.
    pub inputs: usize,
    /// N, the outputs or classes.
    pub outputs: usize,
}

impl Kernel {
    /// Every kernel, in the order of the table.
    pub const ALL: [Kernel; 19] = [
        Kernel::QuadraticForm,
        Kernel::TraceProduct,
        Kernel::Trace,
        Kernel::Norm,
        Kernel::Linear,
        Kernel::Elementwise,
        Kernel::Relu,
        Kernel::LeakyRelu,
        Kernel::Elu,
        Kernel::Sigmoid,
        Kernel::Tanh,
        Kernel::Gelu,
        Kernel::Softmax,
        Kernel::LogSoftmax,
        Kernel::CrossEntropy,
        Kernel::SoftmaxCrossEntropy,
        Kernel::SoftmaxCrossEntropyClasses,
        Kernel::MeanSquaredError,
        Kernel::LayerNorm,
    ];

    /// The kernel of that name, as printed by [`Kernel::name`].
    pub fn from_name(name: &str) -> Option<Kernel> {
        Kernel::ALL.into_iter().find(|kernel| kernel.name() == name)
    }

    /// The name in every table, and of the module for all but the single activations.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The forward pass as a formula.
    pub fn formula(self) -> &'static str {
        self.row().1
    }

    /// The gradients as formulas.
    pub fn gradients(self) -> &'static str {
        self.row().2
    }

    /// The file with the derivation, from the repository's root.
    pub fn derivation(self) -> String {
        let name = match self {
            Kernel::Linear => "linear-module",
            Kernel::Elementwise | Kernel::Relu | Kernel::LeakyRelu | Kernel::Gelu => {
                "activation"
            }
            Kernel::LogSoftmax => "softmax",
            Kernel::SoftmaxCrossEntropyClasses => "softmax-cross-entropy",
            other => return format!("derivations/{}.md", other.name().replace('_', "-")),
        };
        format!("derivations/{name}.md")
    }

    fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Kernel::QuadraticForm => {
                ("quadratic_form", "f = xᵀBx", "dx = (B + Bᵀ)x, dB = xxᵀ")
            }
            Kernel::TraceProduct => {
                ("trace_product", "f = tr(VXW)", "dV = WᵀXᵀ, dX = VᵀWᵀ, dW = XᵀVᵀ")
            }
            Kernel::Trace => ("trace", "f = tr(X)", "dX = I"),
            Kernel::Norm => ("norm", "f = ‖w‖", "dw = w/‖w‖"),
            Kernel::Linear => {
                ("linear", "Y = XWᵀ + 1b", "dX = dY·W, dW = dYᵀX, db = 1ᵀdY")
            }
            Kernel::Elementwise => {
                ("elementwise", "Y = h(X), here h(x) = x³ − 2x", "dX = dY ⊙ h′(X)")
            }
            Kernel::Relu => ("relu", "Y = max(0, X)", "dX = dY ⊙ [X > 0]"),
            Kernel::LeakyRelu => (
                "leaky_relu",
                "Y = X where X > 0, else aX",
                "dX = dY ⊙ (1 or a), da = Σ dY ⊙ min(0, X)",
            ),
            Kernel::Elu => (
                "elu",
                "Y = X where X > 0, else a(exp X − 1)",
                "dX = dY ⊙ (1 or a·exp X), da = Σ dY ⊙ (0 or exp X − 1)",
            ),
            Kernel::Sigmoid => {
                ("sigmoid", "Y = 1/(1 + exp(−X))", "dX = dY ⊙ σ(X) ⊙ σ(−X)")
            }
            Kernel::Tanh => ("tanh", "Y = tanh X", "dX = dY ⊙ (1 − tanh² X)"),
            Kernel::Gelu => ("gelu", "Y = X ⊙ Φ(X)", "dX = dY ⊙ (Φ(X) + X ⊙ φ(X))"),
            Kernel::Softmax => {
                ("softmax", "Y = softmax(X), by rows", "dX = Y ⊙ (dY − (dY ⊙ Y)11ᵀ)")
            }
            Kernel::LogSoftmax => (
                "log_softmax",
                "Y = X − log(exp(X)·1)1ᵀ, by rows",
                "dX = dY − exp(Y) ⊙ dY·11ᵀ",
            ),
            Kernel::CrossEntropy => (
                "cross_entropy",
                "L = −(1/S) Σ T ⊙ log X",
                "dX = −(1/S) T ⊘ X, dT = −(1/S) log X",
            ),
            Kernel::SoftmaxCrossEntropy => (
                "softmax_cross_entropy",
                "L = −(1/S) Σ T ⊙ log softmax(X)",
                "dX = (1/S)(Y ⊙ T11ᵀ − T), dT = −(1/S) log Y",
            ),
            Kernel::SoftmaxCrossEntropyClasses => (
                "softmax_cross_entropy_classes",
                "L = −(1/S) Σ_i log softmax(X)_{i,c(i)}",
                "dX = (1/S)(Y − onehot(c))",
            ),
            Kernel::MeanSquaredError => (
                "mean_squared_error",
                "L = (1/SN) Σ (X − T)²",
                "dX = (2/SN)(X − T), dT = −dX",
            ),
            Kernel::LayerNorm => (
                "layer_norm",
                "Y = γ ⊙ (X − μ)/√(σ² + ε) + β, by rows",
                "dX = s(G − mean G − X̂ ⊙ mean(G ⊙ X̂)), dγ = Σ dY ⊙ X̂, dβ = Σ dY",
            ),
        }
    }

    /// Whether forward and backward use only `+ − × ÷` and comparisons, so that exact rationals can
    /// run them.
    pub fn is_rational(self) -> bool {
        matches!(
            self,
            Kernel::QuadraticForm
                | Kernel::TraceProduct
                | Kernel::Trace
                | Kernel::Linear
                | Kernel::Elementwise
                | Kernel::Relu
                | Kernel::LeakyRelu
                | Kernel::MeanSquaredError
        )
    }

    /// The inputs at the given sizes, in the order in which [`Kernel::forward`] takes them.
    pub fn inputs(self, sizes: Sizes) -> Vec<Input> {
        let Sizes { batch: s, inputs: m, outputs: n } = sizes;
        let any = |name, rows, cols| Input { name, rows, cols, domain: Domain::Any };
        let positive =
            |name, rows, cols| Input { name, rows, cols, domain: Domain::Positive };
        match self {
            Kernel::QuadraticForm => vec![any("x", m, 1), any("B", m, m)],
            Kernel::TraceProduct => vec![any("V", s, m), any("X", m, n), any("W", n, s)],
            Kernel::Trace => vec![any("X", n, n)],
            Kernel::Norm => vec![any("w", m, n)],
            Kernel::Linear => vec![any("X", s, m), any("W", n, m), any("b", 1, n)],
            Kernel::LeakyRelu | Kernel::Elu => vec![any("X", s, n), any("a", 1, 1)],
            Kernel::Elementwise
            | Kernel::Relu
            | Kernel::Sigmoid
            | Kernel::Tanh
            | Kernel::Gelu
            | Kernel::Softmax
            | Kernel::LogSoftmax
            | Kernel::SoftmaxCrossEntropyClasses => vec![any("X", s, n)],
            Kernel::CrossEntropy => vec![positive("X", s, n), any("T", s, n)],
            Kernel::SoftmaxCrossEntropy | Kernel::MeanSquaredError => {
                vec![any("X", s, n), any("T", s, n)]
            }
            Kernel::LayerNorm => {
                vec![any("X", s, m), any("gamma", 1, m), any("beta", 1, m)]
            }
        }
    }

    /// The shipped forward pass of a rational kernel on any scalar, or `None` for the others. A loss
    /// is a 1×1 matrix.
    pub fn forward_rational<T: Scalar>(
        self,
        inputs: &[DMatrix<T>],
    ) -> Option<Result<DMatrix<T>, Error>> {
        let scalar = |value: Result<T, Error>| value.map(one_by_one);
        Some(match (self, inputs) {
            (Kernel::QuadraticForm, [x, b]) => scalar(quadratic_form::forward(x, b)),
            (Kernel::TraceProduct, [v, x, w]) => scalar(trace_product::forward(v, x, w)),
            (Kernel::Trace, [x]) => scalar(trace::forward(x)),
            (Kernel::Linear, [x, w, b]) => linear::forward(x, w, b),
            (Kernel::Elementwise, [x]) => elementwise::forward(&Cubic, x),
            (Kernel::Relu, [x]) => elementwise::forward(&Relu, x),
            (Kernel::LeakyRelu, [x, a]) => {
                elementwise::forward(&LeakyRelu { slope: first(a) }, x)
            }
            (Kernel::MeanSquaredError, [x, t]) => {
                scalar(mean_squared_error::forward(x, t))
            }
            _ => return None,
        })
    }

    /// The shipped backward pass of a rational kernel on any scalar, or `None` for the others: the
    /// gradient of `Σ dY ⊙ Y` with respect to each input.
    pub fn backward_rational<T: Scalar>(
        self,
        inputs: &[DMatrix<T>],
        dy: &DMatrix<T>,
    ) -> Option<Result<Vec<DMatrix<T>>, Error>> {
        let dl = || first(dy);
        let scaled = |m: DMatrix<T>| m.map(|entry| dl() * entry);
        let gradients = || -> Option<Result<Vec<DMatrix<T>>, Error>> {
            Some(Ok(match (self, inputs) {
                (Kernel::QuadraticForm, [x, b]) => {
                    let mut dx = zeros_like(x);
                    attempt!(quadratic_form::gradient_into(x, b, &mut dx));
                    vec![scaled(dx), scaled(attempt!(quadratic_form::matrix_gradient(x)))]
                }
                (Kernel::TraceProduct, [v, x, w]) => vec![
                    scaled(attempt!(trace_product::left_gradient(x, w))),
                    scaled(attempt!(trace_product::gradient(v, w))),
                    scaled(attempt!(trace_product::right_gradient(v, x))),
                ],
                (Kernel::Trace, [x]) => vec![scaled(trace::gradient(x.nrows()))],
                (Kernel::Linear, [x, w, b]) => {
                    let (mut dx, mut dw, mut db) =
                        (zeros_like(x), zeros_like(w), zeros_like(b));
                    let written =
                        linear::backward_into(x, w, dy, &mut dx, &mut dw, &mut db);
                    attempt!(written);
                    vec![dx, dw, db]
                }
                (Kernel::Elementwise, [x]) => {
                    vec![attempt!(elementwise::backward(&Cubic, x, dy))]
                }
                (Kernel::Relu, [x]) => {
                    vec![attempt!(elementwise::backward(&Relu, x, dy))]
                }
                (Kernel::LeakyRelu, [x, a]) => {
                    let h = LeakyRelu { slope: first(a) };
                    let da = attempt!(elementwise::parameter_gradient(&h, x, dy));
                    vec![attempt!(elementwise::backward(&h, x, dy)), one_by_one(da)]
                }
                (Kernel::MeanSquaredError, [x, t]) => {
                    let dx = attempt!(mean_squared_error::backward(x, t, dl()));
                    let dt = dx.map(|entry| -entry);
                    vec![dx, dt]
                }
                _ => return None,
            }))
        };
        gradients()
    }

    /// The shipped forward pass. A loss is a 1×1 matrix.
    ///
    /// # Errors
    /// As the kernel itself; inputs that are not those of [`Kernel::inputs`] in number are an
    /// [`Error::Empty`].
    pub fn forward<T: Real>(self, inputs: &[DMatrix<T>]) -> Result<DMatrix<T>, Error> {
        if let Some(result) = self.forward_rational(inputs) {
            return result;
        }
        match (self, inputs) {
            (Kernel::Norm, [w]) => norm::forward(w).map(one_by_one),
            (Kernel::Elu, [x, a]) => elementwise::forward(&Elu { alpha: first(a) }, x),
            (Kernel::Sigmoid, [x]) => elementwise::forward(&Sigmoid, x),
            (Kernel::Tanh, [x]) => elementwise::forward(&Tanh, x),
            (Kernel::Gelu, [x]) => elementwise::forward(&Gelu, x),
            (Kernel::Softmax, [x]) => softmax::forward(x),
            (Kernel::LogSoftmax, [x]) => log_softmax::forward(x),
            (Kernel::CrossEntropy, [x, t]) => {
                cross_entropy::forward(x, t).map(one_by_one)
            }
            (Kernel::SoftmaxCrossEntropy, [x, t]) => {
                softmax_cross_entropy::forward(x, t).map(one_by_one)
            }
            (Kernel::SoftmaxCrossEntropyClasses, [x]) => {
                let loss = softmax_cross_entropy::forward_classes(x, &classes(x.shape()));
                loss.map(one_by_one)
            }
            (Kernel::LayerNorm, [x, gamma, beta]) => {
                layer_norm::forward(x, gamma, beta, epsilon())
            }
            _ => Err(self.wrong_inputs(inputs.len())),
        }
    }

    /// The shipped backward pass: the gradient of `Σ dY ⊙ Y` with respect to each input.
    ///
    /// # Errors
    /// As for [`Kernel::forward`].
    pub fn backward<T: Real>(
        self,
        inputs: &[DMatrix<T>],
        dy: &DMatrix<T>,
    ) -> Result<Vec<DMatrix<T>>, Error> {
        if let Some(result) = self.backward_rational(inputs, dy) {
            return result;
        }
        let dl = || first(dy);
        Ok(match (self, inputs) {
            (Kernel::Norm, [w]) => vec![norm::gradient(w)?.map(|entry| dl() * entry)],
            (Kernel::Elu, [x, a]) => {
                let h = Elu { alpha: first(a) };
                let da = elementwise::parameter_gradient(&h, x, dy)?;
                vec![elementwise::backward(&h, x, dy)?, one_by_one(da)]
            }
            (Kernel::Sigmoid, [x]) => vec![elementwise::backward(&Sigmoid, x, dy)?],
            (Kernel::Tanh, [x]) => vec![elementwise::backward(&Tanh, x, dy)?],
            (Kernel::Gelu, [x]) => vec![elementwise::backward(&Gelu, x, dy)?],
            (Kernel::Softmax, [x]) => vec![softmax::backward(&softmax::forward(x)?, dy)?],
            (Kernel::LogSoftmax, [x]) => {
                vec![log_softmax::backward(&log_softmax::forward(x)?, dy)?]
            }
            (Kernel::CrossEntropy, [x, t]) => vec![
                cross_entropy::backward(x, t, dl())?,
                cross_entropy::target_gradient(x, dl())?,
            ],
            (Kernel::SoftmaxCrossEntropy, [x, t]) => vec![
                softmax_cross_entropy::backward(x, t, dl())?,
                softmax_cross_entropy::target_gradient(x, dl())?,
            ],
            (Kernel::SoftmaxCrossEntropyClasses, [x]) => {
                let classes = classes(x.shape());
                vec![softmax_cross_entropy::backward_classes(x, &classes, dl())?]
            }
            (Kernel::LayerNorm, [x, gamma, _]) => {
                let g = layer_norm::backward(x, gamma, epsilon(), dy)?;
                let matrix = |row: nalgebra::RowDVector<T>| {
                    DMatrix::from_iterator(1, row.len(), row.iter().cloned())
                };
                vec![g.dx, matrix(g.dgamma), matrix(g.dbeta)]
            }
            _ => return Err(self.wrong_inputs(inputs.len())),
        })
    }

    fn wrong_inputs(self, count: usize) -> Error {
        Error::Empty { kernel: self.name(), argument: ("the list of inputs", count, 1) }
    }
}

fn zeros_like<T: Scalar>(matrix: &DMatrix<T>) -> DMatrix<T> {
    DMatrix::from_element(matrix.nrows(), matrix.ncols(), T::zero())
}

/// The entry of a 1×1 matrix.
fn first<T: Scalar>(matrix: &DMatrix<T>) -> T {
    matrix.iter().next().cloned().unwrap_or_else(T::zero)
}

fn one_by_one<T: Scalar>(value: T) -> DMatrix<T> {
    DMatrix::from_element(1, 1, value)
}

/// h(x) = x³ − 2x: the generic element-wise kernel needs some h to be shown with.
struct Cubic;

impl<T: Scalar> Activation<T> for Cubic {
    fn value(&self, x: &T) -> T {
        x.clone() * x.clone() * x.clone() - T::from_integer(2) * x.clone()
    }

    fn slope(&self, x: &T) -> T {
        T::from_integer(3) * x.clone() * x.clone() - T::from_integer(2)
    }
}

/// The ε of layer norm, 10⁻⁵.
fn epsilon<T: Scalar>() -> T {
    T::one() / T::from_integer(100_000)
}

/// Labels that use every class in turn, backwards, so that they follow no diagonal.
fn classes((rows, cols): (usize, usize)) -> Vec<usize> {
    (0..rows)
        .map(|i| (2 * cols).saturating_sub(i % cols.max(1) + 1) % cols.max(1))
        .collect()
}
