//! The entries of the table.

/// A scalar function of one real argument, applied element-wise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// `e^x`
    Exp,
    /// Natural logarithm.
    Log,
    /// Sine.
    Sin,
    /// Cosine.
    Cos,
    /// Tangent.
    Tan,
    /// Inverse sine.
    Asin,
    /// Inverse cosine.
    Acos,
    /// Inverse tangent.
    Atan,
    /// Hyperbolic sine.
    Sinh,
    /// Hyperbolic cosine.
    Cosh,
    /// Hyperbolic tangent.
    Tanh,
    /// `1/(1 + e^{-x})`
    Sigmoid,
    /// `log(1 + e^x)`
    Softplus,
    /// `x · sigmoid(x)`
    Silu,
    /// `max(0, x)`
    Relu,
    /// `x` for `x > 0`, else `e^x - 1`.
    Elu,
    /// The error function.
    Erf,
    /// The normal distribution function `(1 + erf(x/√2))/2`.
    NormalCdf,
    /// `x · NormalCdf(x)`
    Gelu,
    /// Absolute value.
    Abs,
    /// Sign: -1, 0, 1.
    Sign,
    /// Square root.
    Sqrt,
    /// A function of which nothing is known but that it is smooth: the `order`-th derivative of
    /// the caller's function number `id`.
    Opaque {
        /// Number in the caller's table.
        id: u32,
        /// How often it has been differentiated.
        order: u32,
    },
}

/// A function's body in the argument `X`.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// The argument.
    X,
    /// The fraction `numerator / denominator`.
    Num(i64, i64),
    /// π.
    Pi,
    /// A sum.
    Add(Vec<Formula>),
    /// A product.
    Mul(Vec<Formula>),
    /// A power with the exponent `numerator / denominator`.
    Pow(Box<Formula>, i64, i64),
    /// A function of a formula.
    Fn(Function, Box<Formula>),
    /// `[f > 0]`
    Step(Box<Formula>),
}

use Formula::{Add, Mul, Num, Pi, X};
use Function as F;

fn pow(base: Formula, exponent: i64) -> Formula {
    Formula::Pow(Box::new(base), exponent, 1)
}
fn root(base: Formula) -> Formula {
    Formula::Pow(Box::new(base), 1, 2)
}
fn call(function: Function, of: Formula) -> Formula {
    Formula::Fn(function, Box::new(of))
}
fn step(of: Formula) -> Formula {
    Formula::Step(Box::new(of))
}
fn neg(of: Formula) -> Formula {
    Mul(vec![Num(-1, 1), of])
}

/// Every named function with its spellings, the first being the one that is printed.
const NAMES: &[(Function, &[&str])] = &[
    (F::Exp, &["exp"]),
    (F::Log, &["log", "ln"]),
    (F::Sin, &["sin"]),
    (F::Cos, &["cos"]),
    (F::Tan, &["tan"]),
    (F::Asin, &["arcsin", "asin"]),
    (F::Acos, &["arccos", "acos"]),
    (F::Atan, &["arctan", "atan"]),
    (F::Sinh, &["sinh"]),
    (F::Cosh, &["cosh"]),
    (F::Tanh, &["tanh"]),
    (F::Sigmoid, &["sigmoid", "logistic", "sigm"]),
    (F::Softplus, &["softplus"]),
    (F::Silu, &["silu", "swish"]),
    (F::Relu, &["relu", "ReLU", "Relu", "RELU"]),
    (F::Elu, &["elu", "ELU"]),
    (F::Erf, &["erf"]),
    (F::NormalCdf, &["Phi", "normcdf"]),
    (F::Gelu, &["gelu", "GELU"]),
    (F::Abs, &["abs"]),
    (F::Sign, &["sign", "sgn"]),
    (F::Sqrt, &["sqrt"]),
];

/// The function of that name, in any of its spellings.
pub fn by_name(name: &str) -> Option<Function> {
    NAMES.iter().find(|(_, names)| names.contains(&name)).map(|(function, _)| *function)
}

impl Function {
    /// Every named function.
    pub fn all() -> impl Iterator<Item = Function> {
        NAMES.iter().map(|(function, _)| *function)
    }

    /// The spelling that is printed; empty for an opaque function, whose name the caller knows.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(f, _)| *f == self).map_or("", |(_, names)| names[0])
    }

    /// The same function in terms of `exp`, `log`, `sin`, `cos`, `erf`, the inverse trigonometric
    /// functions, powers and steps; `None` for those themselves.
    pub fn expansion(self) -> Option<Formula> {
        Some(match self {
            F::Tan => Mul(vec![call(F::Sin, X), pow(call(F::Cos, X), -1)]),
            F::Sinh => Mul(vec![
                Num(1, 2),
                Add(vec![call(F::Exp, X), neg(call(F::Exp, neg(X)))]),
            ]),
            F::Cosh => {
                Mul(vec![Num(1, 2), Add(vec![call(F::Exp, X), call(F::Exp, neg(X))])])
            }
            // tanh x = 1 - 2/(1 + e^{2x})
            F::Tanh => Add(vec![
                Num(1, 1),
                Mul(vec![
                    Num(-2, 1),
                    pow(Add(vec![Num(1, 1), call(F::Exp, Mul(vec![Num(2, 1), X]))]), -1),
                ]),
            ]),
            F::Sigmoid => pow(Add(vec![Num(1, 1), call(F::Exp, neg(X))]), -1),
            F::Softplus => call(F::Log, Add(vec![Num(1, 1), call(F::Exp, X)])),
            F::Silu => Mul(vec![X, pow(Add(vec![Num(1, 1), call(F::Exp, neg(X))]), -1)]),
            F::Relu => Mul(vec![X, step(X)]),
            // [x > 0] x + (1 - [x > 0]) (e^x - 1)
            F::Elu => Add(vec![
                Mul(vec![step(X), X]),
                Mul(vec![
                    Add(vec![Num(1, 1), neg(step(X))]),
                    Add(vec![call(F::Exp, X), Num(-1, 1)]),
                ]),
            ]),
            F::NormalCdf => Mul(vec![
                Num(1, 2),
                Add(vec![
                    Num(1, 1),
                    call(F::Erf, Mul(vec![X, Formula::Pow(Box::new(Num(2, 1)), -1, 2)])),
                ]),
            ]),
            F::Gelu => Mul(vec![
                Num(1, 2),
                X,
                Add(vec![
                    Num(1, 1),
                    call(F::Erf, Mul(vec![X, Formula::Pow(Box::new(Num(2, 1)), -1, 2)])),
                ]),
            ]),
            // |x| = x (2[x > 0] - 1), also at 0
            F::Abs => Mul(vec![X, Add(vec![Mul(vec![Num(2, 1), step(X)]), Num(-1, 1)])]),
            F::Sign => Add(vec![step(X), neg(step(neg(X)))]),
            F::Sqrt => root(X),
            _ => return None,
        })
    }

    /// The derivative as a formula in the argument, almost everywhere for the functions with a
    /// kink.
    pub fn derivative(self) -> Formula {
        match self {
            F::Exp => call(F::Exp, X),
            F::Log => pow(X, -1),
            F::Sin => call(F::Cos, X),
            F::Cos => neg(call(F::Sin, X)),
            F::Tan => pow(call(F::Cos, X), -2),
            F::Asin => {
                Formula::Pow(Box::new(Add(vec![Num(1, 1), neg(pow(X, 2))])), -1, 2)
            }
            F::Acos => {
                neg(Formula::Pow(Box::new(Add(vec![Num(1, 1), neg(pow(X, 2))])), -1, 2))
            }
            F::Atan => pow(Add(vec![Num(1, 1), pow(X, 2)]), -1),
            F::Sinh => call(F::Cosh, X),
            F::Cosh => call(F::Sinh, X),
            F::Tanh => Add(vec![Num(1, 1), neg(pow(call(F::Tanh, X), 2))]),
            F::Sigmoid => Mul(vec![
                call(F::Sigmoid, X),
                Add(vec![Num(1, 1), neg(call(F::Sigmoid, X))]),
            ]),
            F::Softplus => call(F::Sigmoid, X),
            F::Silu => Add(vec![
                call(F::Sigmoid, X),
                Mul(vec![
                    X,
                    call(F::Sigmoid, X),
                    Add(vec![Num(1, 1), neg(call(F::Sigmoid, X))]),
                ]),
            ]),
            F::Relu => step(X),
            F::Elu => Add(vec![
                step(X),
                Mul(vec![Add(vec![Num(1, 1), neg(step(X))]), call(F::Exp, X)]),
            ]),
            // 2/√π e^{-x²}
            F::Erf => Mul(vec![
                Num(2, 1),
                Formula::Pow(Box::new(Pi), -1, 2),
                call(F::Exp, neg(pow(X, 2))),
            ]),
            F::NormalCdf => normal_density(),
            F::Gelu => Add(vec![call(F::NormalCdf, X), Mul(vec![X, normal_density()])]),
            F::Abs => call(F::Sign, X),
            F::Sign => Num(0, 1),
            F::Sqrt => Mul(vec![Num(1, 2), Formula::Pow(Box::new(X), -1, 2)]),
            F::Opaque { id, order } => call(F::Opaque { id, order: order + 1 }, X),
        }
    }

    /// The value in double precision; `None` for an opaque function. NaN outside the domain.
    pub fn value(self, x: f64) -> Option<f64> {
        Some(match self {
            F::Exp => x.exp(),
            F::Log => x.ln(),
            F::Sin => x.sin(),
            F::Cos => x.cos(),
            F::Tan => x.tan(),
            F::Asin => x.asin(),
            F::Acos => x.acos(),
            F::Atan => x.atan(),
            F::Sinh => x.sinh(),
            F::Cosh => x.cosh(),
            F::Tanh => x.tanh(),
            F::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            F::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            F::Silu => x / (1.0 + (-x).exp()),
            F::Relu => x.max(0.0),
            F::Elu => {
                if x > 0.0 {
                    x
                } else {
                    x.exp_m1()
                }
            }
            F::Erf => erf(x),
            F::NormalCdf => 0.5 * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2)),
            F::Gelu => 0.5 * x * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2)),
            F::Abs => x.abs(),
            F::Sign => {
                if x > 0.0 {
                    1.0
                } else if x < 0.0 {
                    -1.0
                } else {
                    x
                }
            }
            F::Sqrt => x.sqrt(),
            F::Opaque { .. } => return None,
        })
    }

    /// Whether the function is defined on the positive (`Sqrt`: nonnegative) numbers only.
    pub fn needs_positive_argument(self) -> bool {
        matches!(self, F::Log | F::Sqrt)
    }

    /// Whether the derivative fails to exist at 0.
    pub fn has_kink(self) -> bool {
        matches!(self, F::Relu | F::Elu | F::Abs | F::Sign)
    }
}

impl Formula {
    /// The derivative of the formula by its argument; steps count as constant.
    pub fn derivative(&self) -> Formula {
        match self {
            X => Num(1, 1),
            Num(..) | Pi | Formula::Step(_) => Num(0, 1),
            Add(parts) => Add(parts.iter().map(Formula::derivative).collect()),
            Mul(parts) => Add((0..parts.len())
                .map(|k| {
                    let mut product = parts.clone();
                    product[k] = parts[k].derivative();
                    Mul(product)
                })
                .collect()),
            Formula::Pow(base, n, d) => Mul(vec![
                Num(*n, *d),
                Formula::Pow(base.clone(), n - d, *d),
                base.derivative(),
            ]),
            Formula::Fn(function, of) => {
                Mul(vec![function.derivative().at(of), of.derivative()])
            }
        }
    }

    /// The formula with another formula as its argument.
    pub fn at(&self, x: &Formula) -> Formula {
        match self {
            X => x.clone(),
            Num(..) | Pi => self.clone(),
            Add(parts) => Add(parts.iter().map(|p| p.at(x)).collect()),
            Mul(parts) => Mul(parts.iter().map(|p| p.at(x)).collect()),
            Formula::Pow(base, n, d) => Formula::Pow(Box::new(base.at(x)), *n, *d),
            Formula::Fn(function, of) => Formula::Fn(*function, Box::new(of.at(x))),
            Formula::Step(of) => Formula::Step(Box::new(of.at(x))),
        }
    }
}

/// `e^{-x²/2}/√(2π)`
fn normal_density() -> Formula {
    Mul(vec![
        Formula::Pow(Box::new(Mul(vec![Num(2, 1), Pi])), -1, 2),
        call(F::Exp, Mul(vec![Num(-1, 2), pow(X, 2)])),
    ])
}

/// The error function to nearly full double precision: the Maclaurin series for small arguments,
/// a continued fraction (Lentz's method) for the tail.
fn erf(x: f64) -> f64 {
    let a = x.abs();
    if a.is_nan() {
        return f64::NAN;
    }
    if a < 2.5 {
        // erf x = 2/√π Σ (-1)^n x^{2n+1} / (n! (2n+1)), as 2/√π e^{-x²} Σ 2^n x^{2n+1}/(2n+1)!!
        let (mut term, mut sum, mut n) = (a, a, 0.0);
        while term > sum * 1e-17 {
            n += 1.0;
            term *= 2.0 * a * a / (2.0 * n + 1.0);
            sum += term;
        }
        let value = std::f64::consts::FRAC_2_SQRT_PI * (-a * a).exp() * sum;
        return value.copysign(x);
    }
    if a > 6.0 {
        return 1.0_f64.copysign(x);
    }
    // erfc x = e^{-x²}/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …))))
    let mut fraction = 0.0;
    for k in (1..=80).rev() {
        fraction = f64::from(k) / 2.0 / (a + fraction);
    }
    let erfc = (-a * a).exp() * 0.5 * std::f64::consts::FRAC_2_SQRT_PI / (a + fraction);
    (1.0 - erfc).copysign(x)
}
