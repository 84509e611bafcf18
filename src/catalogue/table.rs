//! The table itself.

use super::Formula;
use crate::kernels::Kernel;

macro_rules! derivations {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../derivations/", $name, ".md")))),*]
    };
}

/// The derivations by name, as they stand in the repository.
pub(super) const DERIVATIONS: &[(&str, &str)] = derivations![
    "activation",
    "cross-entropy",
    "elu",
    "layer-norm",
    "linear-module",
    "logistic-regression",
    "mean-squared-error",
    "norm",
    "quadratic-form",
    "ridge-regression",
    "sigmoid",
    "softmax-cross-entropy",
    "softmax",
    "tanh",
    "trace-product",
    "trace",
];

const LINEAR: &str = "X in R^{S x M}; W in R^{N x M}; b in R^{1 x N}; \
                      Y = X*W' + ones(S,1)*b; L = L(Y)";
const SCORES: &str = "X in R^{S x N}; T in R^{S x N}; sum_k T_{ik} = 1";

const fn formula(
    name: &'static str,
    title: &'static str,
    given: &'static str,
    claim: &'static str,
    derivation: &'static str,
    kernel: Option<Kernel>,
) -> Formula {
    Formula { name, title, given, claim, derivation, kernel }
}

/// The formulas.
pub(super) const FORMULAS: &[Formula] = &[
    formula(
        "quadratic-form",
        "gradient of a quadratic form",
        "x in R^n; B in R^{n x n}",
        "d(x'*B*x)/d(x) = (B + B')*x",
        "quadratic-form",
        Some(Kernel::QuadraticForm),
    ),
    formula(
        "trace-product",
        "gradient of tr(VXW)",
        "V in R^{n x m}; X in R^{m x p}; W in R^{p x n}",
        "d(tr(V*X*W))/d(X) = V'*W'",
        "trace-product",
        Some(Kernel::TraceProduct),
    ),
    formula(
        "norm",
        "gradient of the Euclidean norm",
        "w in R^n",
        "d(norm(w))/d(w) = w/norm(w)",
        "norm",
        Some(Kernel::Norm),
    ),
    formula(
        "trace",
        "gradient of the trace",
        "S in R^{n x n}",
        "d(tr(S))/d(S) = eye(n)",
        "trace",
        Some(Kernel::Trace),
    ),
    formula(
        "linear-weights",
        "linear module: weights",
        LINEAR,
        "d(L)/d(W) = (d(L)/d(Y))'*X",
        "linear-module",
        Some(Kernel::Linear),
    ),
    formula(
        "linear-bias",
        "linear module: bias, the sum over the batch",
        LINEAR,
        "d(L)/d(b) = ones(1,S)*(d(L)/d(Y))",
        "linear-module",
        Some(Kernel::Linear),
    ),
    formula(
        "linear-input",
        "linear module: input",
        LINEAR,
        "d(L)/d(X) = (d(L)/d(Y))*W",
        "linear-module",
        Some(Kernel::Linear),
    ),
    formula(
        "activation",
        "element-wise activation",
        "X in R^{S x M}; h elementwise; Y = h(X); L = L(Y)",
        "d(L)/d(X) = (d(L)/d(Y)) .* h'(X)",
        "activation",
        Some(Kernel::Elementwise),
    ),
    formula(
        "relu",
        "ReLU",
        "X in R^{S x M}; Y = relu(X); L = L(Y)",
        "d(L)/d(X) = (d(L)/d(Y)) .* (X > 0)",
        "activation",
        Some(Kernel::Relu),
    ),
    formula(
        "sigmoid",
        "sigmoid",
        "X in R^{S x M}; Y = sigmoid(X); L = L(Y)",
        "d(L)/d(X) = (d(L)/d(Y)) .* Y .* (1 - Y)",
        "sigmoid",
        Some(Kernel::Sigmoid),
    ),
    formula(
        "tanh",
        "hyperbolic tangent",
        "X in R^{S x M}; Y = tanh(X); L = L(Y)",
        "d(L)/d(X) = (d(L)/d(Y)) .* (1 - Y .* Y)",
        "tanh",
        Some(Kernel::Tanh),
    ),
    formula(
        "elu",
        "ELU",
        "X in R^{S x M}; Y = elu(X); L = L(Y)",
        "d(L)/d(X) = (d(L)/d(Y)) .* ((X > 0) + (X <= 0) .* exp(X))",
        "elu",
        Some(Kernel::Elu),
    ),
    formula(
        "softmax",
        "row-wise softmax",
        "X in R^{S x N}; Y = softmax(X); L = L(Y)",
        "d(L)/d(X) = Y .* (d(L)/d(Y) - ((d(L)/d(Y)) .* Y)*ones(N,N))",
        "softmax",
        Some(Kernel::Softmax),
    ),
    formula(
        "log-softmax",
        "row-wise log-softmax",
        "X in R^{S x N}; Y = logsoftmax(X); L = L(Y)",
        "d(L)/d(X) = d(L)/d(Y) - softmax(X) .* ((d(L)/d(Y))*ones(N,N))",
        "softmax",
        Some(Kernel::LogSoftmax),
    ),
    formula(
        "cross-entropy",
        "cross-entropy on probabilities",
        "X in R^{S x N} positive; T in R^{S x N}; L = -1/S*sum(T .* log(X))",
        "d(L)/d(X) = -(1/S)*(T ./ X)",
        "cross-entropy",
        Some(Kernel::CrossEntropy),
    ),
    formula(
        "softmax-cross-entropy",
        "softmax and cross-entropy together",
        SCORES,
        "d(-(1/S)*sum(T .* logsoftmax(X)))/d(X) = (1/S)*(softmax(X) - T)",
        "softmax-cross-entropy",
        Some(Kernel::SoftmaxCrossEntropy),
    ),
    formula(
        "mean-squared-error",
        "mean squared error",
        "X in R^{S x N}; T in R^{S x N}",
        "d((1/(S*N))*norm(X - T)^2)/d(X) = (2/(S*N))*(X - T)",
        "mean-squared-error",
        Some(Kernel::MeanSquaredError),
    ),
    formula(
        "layer-norm",
        "layer norm of one sample",
        "x in R^n; v in R^n; e in R positive",
        "d((v'*(x - mean(x)*ones(n,1)))/sqrt(var(x) + e))/d(x) \
         = (1/sqrt(var(x) + e))*(v - mean(v)*ones(n,1) \
         - ((v'*(x - mean(x)*ones(n,1)))/(n*(var(x) + e)))*(x - mean(x)*ones(n,1)))",
        "layer-norm",
        Some(Kernel::LayerNorm),
    ),
    formula(
        "ridge-regression",
        "ridge regression",
        "X in R^{n x d}; w in R^d; y in R^n; l in R",
        "d(norm(X*w - y)^2 + l*norm(w)^2)/d(w) = 2*X'*(X*w - y) + 2*l*w",
        "ridge-regression",
        None,
    ),
    formula(
        "logistic-regression",
        "logistic regression: gradient",
        "X in R^{n x d}; w in R^d; y in R^n",
        "d(sum(softplus(X*w)) - y'*X*w)/d(w) = X'*(sigmoid(X*w) - y)",
        "logistic-regression",
        None,
    ),
    formula(
        "logistic-regression-hessian",
        "logistic regression: Hessian",
        "X in R^{n x d}; w in R^d; y in R^n",
        "hessian(sum(softplus(X*w)) - y'*X*w, w) \
         = X'*diag(sigmoid(X*w) .* (1 - sigmoid(X*w)))*X",
        "logistic-regression",
        None,
    ),
];
