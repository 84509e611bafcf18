//! The words that read as functions in both spellings, and their other spellings.
//!
//! Only names: what a function means, and its derivative, stands in the table of `calculus`.

/// Every spelling with the name that [`crate::language::ast::Kind::Call`] carries.
const WORDS: &[(&str, &str)] = &[
    ("exp", "exp"),
    ("log", "log"),
    ("ln", "log"),
    ("sqrt", "sqrt"),
    ("sin", "sin"),
    ("cos", "cos"),
    ("tan", "tan"),
    ("sec", "sec"),
    ("csc", "csc"),
    ("cot", "cot"),
    ("sech", "sech"),
    ("csch", "csch"),
    ("coth", "coth"),
    ("sinh", "sinh"),
    ("cosh", "cosh"),
    ("tanh", "tanh"),
    ("arcsin", "arcsin"),
    ("asin", "arcsin"),
    ("arccos", "arccos"),
    ("acos", "arccos"),
    ("arctan", "arctan"),
    ("atan", "arctan"),
    ("sigmoid", "sigmoid"),
    ("Sigmoid", "sigmoid"),
    ("logistic", "sigmoid"),
    ("relu", "relu"),
    ("ReLU", "relu"),
    ("Relu", "relu"),
    ("ReLu", "relu"),
    ("RELU", "relu"),
    ("leakyrelu", "leakyrelu"),
    ("leaky_relu", "leakyrelu"),
    ("LeakyReLU", "leakyrelu"),
    ("lrelu", "leakyrelu"),
    ("elu", "elu"),
    ("ELU", "elu"),
    ("softplus", "softplus"),
    ("erf", "erf"),
    ("gelu", "gelu"),
    ("GELU", "gelu"),
    ("silu", "silu"),
    ("swish", "silu"),
    ("abs", "abs"),
    ("sign", "sign"),
    ("sgn", "sign"),
    ("max", "max"),
    ("min", "min"),
    ("softmax", "softmax"),
    ("Softmax", "softmax"),
    ("SoftMax", "softmax"),
    ("logsoftmax", "logsoftmax"),
    ("log_softmax", "logsoftmax"),
    ("logsumexp", "logsumexp"),
    ("LSE", "logsumexp"),
    ("lse", "logsumexp"),
    ("log_sum_exp", "logsumexp"),
    ("mean", "mean"),
    ("tr", "tr"),
    ("Tr", "tr"),
    ("trace", "tr"),
    ("Trace", "tr"),
    ("det", "det"),
    ("Det", "det"),
    ("logdet", "logdet"),
    ("diag", "diag"),
    ("Diag", "diag"),
    ("vec", "vec"),
    ("kron", "kron"),
    ("inv", "inv"),
    ("sum", "sum"),
    ("norm", "norm"),
    ("norm1", "norm1"),
    ("norm2", "norm2"),
    ("ones", "ones"),
    ("zeros", "zeros"),
    ("eye", "eye"),
    ("transpose", "transpose"),
    ("diff", "diff"),
    ("grad", "grad"),
    ("jacobian", "jacobian"),
    ("hessian", "hessian"),
    ("var", "var"),
    ("Var", "Var"),
    ("rank", "rank"),
    ("dim", "dim"),
    ("inner", "inner"),
];

/// The function that `word` spells.
pub(crate) fn word(word: &str) -> Option<&'static str> {
    WORDS.iter().find(|entry| entry.0 == word).map(|entry| entry.1)
}

/// Whether LaTeX authors write the word without a backslash and without a bracket behind it.
pub(crate) fn is_bare(word: &str) -> bool {
    matches!(
        word,
        "exp"
            | "log"
            | "ln"
            | "softmax"
            | "tanh"
            | "relu"
            | "ReLU"
            | "diag"
            | "sigmoid"
            | "Softmax"
    )
}

/// Letters that a reader takes for a function when a bracket follows and nothing is given.
pub(crate) fn is_letter(name: &str) -> bool {
    matches!(
        name,
        "f" | "g"
            | "h"
            | "p"
            | "q"
            | "L"
            | "J"
            | "ell"
            | "sigma"
            | "phi"
            | "varphi"
            | "psi"
            | "Phi"
            | "Psi"
            | "rho"
    )
}

/// Functions that take everything juxtaposed as their argument when no bracket follows.
pub(crate) fn is_greedy(name: &str) -> bool {
    !matches!(name, "max" | "min" | "sum" | "mean" | "var" | "Var" | "kron" | "inner")
}
