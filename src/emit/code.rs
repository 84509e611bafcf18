//! Matrix expressions as expressions of a programming language.

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};

use super::names::Names;
use super::{Result, Target, Unemitted};
use crate::function::Function;
use crate::notation::raise::{Mat, Shape, is_negative};
use crate::shape::{Size, Table};

/// How tightly a piece of code holds together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Sum,
    Product,
    Power,
    Atom,
}

/// A piece of code.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) text: String,
    pub(super) level: Level,
    /// In Rust: whether it is a reference already.
    borrowed: bool,
}

impl Code {
    fn new(text: impl Into<String>, level: Level) -> Code {
        Code { text: text.into(), level, borrowed: false }
    }

    fn atom(text: impl Into<String>) -> Code {
        Code::new(text, Level::Atom)
    }

    /// The text, in brackets where it holds together less tightly than asked.
    pub(super) fn at(&self, level: Level) -> String {
        if self.level < level { format!("({})", self.text) } else { self.text.clone() }
    }

    /// A reference to it, for Rust.
    fn borrow(&self) -> String {
        if self.borrowed {
            self.text.clone()
        } else {
            format!("&{}", self.at(Level::Power))
        }
    }
}

/// Speaks one language about one program.
pub(super) struct Speaker<'a> {
    pub(super) table: &'a Table,
    pub(super) names: &'a Names,
    pub(super) target: Target,
}

impl Speaker<'_> {
    fn python(&self) -> Option<&'static str> {
        match self.target {
            Target::Numpy => Some("np"),
            Target::Torch => Some("torch"),
            Target::Jax => Some("jnp"),
            _ => None,
        }
    }

    /// The size as a number in an expression.
    fn count(&self, n: &Size) -> String {
        let name = self.names.size(n);
        match (self.target, n) {
            (Target::Rust, Size::Named(_)) => format!("({name} as f64)"),
            (Target::Rust, _) => format!("{name}.0"),
            _ => name,
        }
    }

    pub(super) fn number(&self, v: &BigRational) -> Result<Code> {
        let part = |n: &num_bigint::BigInt| {
            let text = n.abs().to_string();
            if self.target == Target::Rust { format!("{text}.0") } else { text }
        };
        if v.numer().to_f64().is_none_or(f64::is_infinite)
            || v.denom().to_f64().is_none_or(f64::is_infinite)
        {
            return Err(Unemitted::new("a number is too large for floating point"));
        }
        let whole = part(v.numer());
        let code = if v.is_integer() {
            Code::atom(whole)
        } else {
            Code::new(format!("{whole} / {}", part(v.denom())), Level::Product)
        };
        Ok(if v.is_negative() {
            Code::new(format!("-{}", code.at(Level::Product)), Level::Sum)
        } else {
            code
        })
    }

    /// The expression.
    pub(super) fn mat(&self, m: &Mat) -> Result<Code> {
        let rust = self.target == Target::Rust;
        Ok(match m {
            Mat::Number(v) => self.number(v)?,
            Mat::Pi => Code::atom(match self.target {
                Target::Rust => "std::f64::consts::PI",
                Target::Numpy | Target::Torch | Target::Jax => "math.pi",
                Target::Julia | Target::Matlab => "pi",
            }),
            Mat::Size(n) => Code::atom(self.count(n)),
            Mat::Leaf(leaf) => {
                let mut code = Code::atom(self.names.of(leaf.symbol));
                code.borrowed = leaf.shape != (None, None);
                code
            }
            Mat::Ones(shape) => Code::atom(self.ones(shape)),
            Mat::Identity(n) => {
                let n = self.names.size(n);
                Code::atom(match self.target {
                    Target::Rust => format!("DMatrix::<f64>::identity({n}, {n})"),
                    Target::Torch => format!("torch.eye({n}, dtype=torch.float64)"),
                    Target::Numpy => format!("np.eye({n})"),
                    Target::Jax => format!("jnp.eye({n})"),
                    Target::Julia => {
                        format!("Matrix{{Float64}}(LinearAlgebra.I, {n}, {n})")
                    }
                    Target::Matlab => format!("eye({n})"),
                })
            }
            Mat::Transpose(a) => {
                let vector = is_vector(&a.shape());
                let a = self.mat(a)?;
                match self.target {
                    Target::Numpy | Target::Torch | Target::Jax if vector => a,
                    Target::Numpy | Target::Torch | Target::Jax => {
                        Code::atom(format!("{}.T", a.at(Level::Atom)))
                    }
                    Target::Rust => {
                        Code::atom(format!("{}.transpose()", a.at(Level::Atom)))
                    }
                    Target::Julia | Target::Matlab => {
                        Code::atom(format!("{}'", a.at(Level::Atom)))
                    }
                }
            }
            Mat::Chain(items) => self.chain(items)?,
            Mat::Hadamard(items) => {
                let mut code = self.mat(&items[0])?;
                for m in &items[1..] {
                    code = self.times(&code, &self.mat(m)?);
                }
                code
            }
            Mat::Add(items) => self.add(items)?,
            Mat::Scaled(c, s, b) => self.scaled(c, s, b.as_deref())?,
            Mat::Pow(a, e) => self.pow(a, e)?,
            Mat::Apply(f, a) => self.apply(*f, a)?,
            Mat::Step(a) => {
                let scalar = a.is_scalar();
                let a = self.mat(a)?;
                match self.target {
                    Target::Rust if scalar => {
                        Code::atom(format!("f64::from({} > 0.0)", a.at(Level::Sum)))
                    }
                    Target::Rust => Code::atom(format!(
                        "{}.map(|v| f64::from(v > 0.0))",
                        a.at(Level::Atom)
                    )),
                    Target::Numpy | Target::Jax => {
                        let module = self.python().unwrap_or_default();
                        Code::atom(format!("{module}.where({} > 0, 1.0, 0.0)", a.text))
                    }
                    Target::Torch => Code::atom(format!(
                        "({} > 0).to(torch.float64)",
                        a.at(Level::Sum)
                    )),
                    Target::Julia if scalar => {
                        Code::atom(format!("Float64({} > 0)", a.text))
                    }
                    Target::Julia => {
                        Code::atom(format!("Float64.({} .> 0)", a.at(Level::Product)))
                    }
                    Target::Matlab => Code::atom(format!("double({} > 0)", a.text)),
                }
            }
            Mat::Inverse(a) => {
                let a = self.mat(a)?;
                Code::atom(match self.target {
                    Target::Rust => format!(
                        "{}.try_inverse().ok_or(\"a matrix under an inverse is singular\")?",
                        owned(&a)
                    ),
                    Target::Julia | Target::Matlab => format!("inv({})", a.text),
                    _ => format!(
                        "{}.linalg.inv({})",
                        self.python().unwrap_or_default(),
                        a.text
                    ),
                })
            }
            Mat::Det(a) => {
                let a = self.mat(a)?;
                Code::atom(match self.target {
                    Target::Rust => format!("{}.determinant()", a.at(Level::Atom)),
                    Target::Julia | Target::Matlab => format!("det({})", a.text),
                    _ => format!(
                        "{}.linalg.det({})",
                        self.python().unwrap_or_default(),
                        a.text
                    ),
                })
            }
            Mat::Trace(a) => {
                let a = self.mat(a)?;
                Code::atom(match self.target {
                    Target::Rust => format!("{}.trace()", a.at(Level::Atom)),
                    Target::Julia => format!("tr({})", a.text),
                    Target::Matlab => format!("trace({})", a.text),
                    _ => {
                        format!("{}.trace({})", self.python().unwrap_or_default(), a.text)
                    }
                })
            }
            Mat::Total(a) => {
                let a = self.mat(a)?;
                Code::atom(match self.target {
                    Target::Rust => format!("{}.sum()", a.at(Level::Atom)),
                    Target::Julia => format!("sum({})", a.text),
                    Target::Matlab => format!("sum(sum({}))", a.text),
                    _ => format!("{}.sum({})", self.python().unwrap_or_default(), a.text),
                })
            }
            Mat::Norm(a) => {
                let a = self.mat(a)?;
                Code::atom(match self.target {
                    Target::Rust => format!("{}.norm()", a.at(Level::Atom)),
                    Target::Julia => format!("norm({})", a.text),
                    Target::Matlab => format!("norm({}, 'fro')", a.text),
                    _ => format!(
                        "{}.linalg.norm({})",
                        self.python().unwrap_or_default(),
                        a.text
                    ),
                })
            }
            Mat::Diag(a) => {
                let a = self.mat(a)?;
                Code::atom(match self.target {
                    Target::Rust => format!("diag({})", a.borrow()),
                    Target::Julia => format!("Matrix(Diagonal({}))", a.text),
                    Target::Matlab => format!("diag({})", a.text),
                    _ => {
                        format!("{}.diag({})", self.python().unwrap_or_default(), a.text)
                    }
                })
            }
            Mat::Diagonal(a) => {
                let a = self.mat(a)?;
                Code::atom(match self.target {
                    Target::Rust => format!("diagonal({})", a.borrow()),
                    Target::Julia | Target::Matlab => format!("diag({})", a.text),
                    _ => {
                        format!("{}.diag({})", self.python().unwrap_or_default(), a.text)
                    }
                })
            }
            Mat::Power(a, e) => {
                let Mat::Number(power) = &**e else {
                    return Err(Unemitted::new(
                        "a symbolic matrix power is not written as code",
                    ));
                };
                let n = power
                    .to_i64()
                    .filter(|_| power.is_integer())
                    .ok_or_else(|| Unemitted::new("a broken matrix power"))?;
                let a = self.mat(a)?;
                match self.target {
                    Target::Rust => Code::atom(format!("{}.pow({n})", a.at(Level::Atom))),
                    Target::Julia | Target::Matlab => {
                        Code::new(format!("{}^{n}", a.at(Level::Atom)), Level::Power)
                    }
                    _ => Code::atom(format!(
                        "{}.linalg.matrix_power({}, {n})",
                        self.python().unwrap_or_default(),
                        a.text
                    )),
                }
            }
            Mat::Softmax(a) => {
                let a = self.mat(a)?;
                Code::atom(if rust {
                    format!("softmax({})", a.borrow())
                } else {
                    format!("softmax({})", a.text)
                })
            }
            Mat::Kron(..) | Mat::Sum(..) | Mat::Delta(..) => {
                return Err(Unemitted::new("an explicit sum is not written as code"));
            }
        })
    }

    fn ones(&self, shape: &Shape) -> String {
        let size = |n: &Option<Size>| n.as_ref().map(|n| self.names.size(n));
        let (r, c) = (size(&shape.0), size(&shape.1));
        let one = || "1".to_string();
        match self.target {
            Target::Rust => format!(
                "DMatrix::<f64>::from_element({}, {}, 1.0)",
                r.unwrap_or_else(one),
                c.unwrap_or_else(one)
            ),
            Target::Matlab => {
                format!("ones({}, {})", r.unwrap_or_else(one), c.unwrap_or_else(one))
            }
            Target::Julia => match (r, c) {
                (Some(r), None) => format!("ones({r})"),
                (None, Some(c)) => format!("ones({c})'"),
                (r, c) => {
                    format!("ones({}, {})", r.unwrap_or_else(one), c.unwrap_or_else(one))
                }
            },
            _ => {
                let module = self.python().unwrap_or_default();
                let sizes: Vec<String> = r.into_iter().chain(c).collect();
                let comma = if sizes.len() == 1 { "," } else { "" };
                let kind = if self.target == Target::Torch {
                    ", dtype=torch.float64"
                } else {
                    ""
                };
                format!("{module}.ones(({}{comma}){kind})", sizes.join(", "))
            }
        }
    }

    /// A matrix product from left to right.
    fn chain(&self, items: &[Mat]) -> Result<Code> {
        let mut shape = items[0].shape();
        let mut code = self.mat(&items[0])?;
        // A row times matrices times a column ends in a scalar; a product of a column with a row
        // in the middle of nothing else is an outer product.
        for m in &items[1..] {
            let next = m.shape();
            let right = self.mat(m)?;
            let outer = shape.1.is_none() && next.0.is_none();
            let scalar = shape.0.is_none() && next.1.is_none();
            code = match self.target {
                Target::Rust => {
                    let product = Code::new(
                        format!(
                            "{} * {}",
                            code.at(Level::Product),
                            right.at(Level::Power)
                        ),
                        Level::Product,
                    );
                    if scalar {
                        Code::atom(format!("({})[(0, 0)]", product.text))
                    } else {
                        product
                    }
                }
                Target::Julia | Target::Matlab => Code::new(
                    format!("{} * {}", code.at(Level::Product), right.at(Level::Power)),
                    Level::Product,
                ),
                _ if outer => Code::atom(format!(
                    "{}.outer({}, {})",
                    self.python().unwrap_or_default(),
                    code.text,
                    right.text
                )),
                _ => Code::new(
                    format!("{} @ {}", code.at(Level::Product), right.at(Level::Power)),
                    Level::Product,
                ),
            };
            shape = (shape.0, next.1);
        }
        Ok(code)
    }

    fn times(&self, a: &Code, b: &Code) -> Code {
        if self.target == Target::Rust {
            return Code::atom(format!(
                "{}.component_mul({})",
                a.at(Level::Atom),
                b.borrow()
            ));
        }
        let op = if self.python().is_some() { "*" } else { ".*" };
        Code::new(
            format!("{} {op} {}", a.at(Level::Product), b.at(Level::Power)),
            Level::Product,
        )
    }

    fn add(&self, items: &[Mat]) -> Result<Code> {
        let mut text = String::new();
        for (k, m) in items.iter().enumerate() {
            let negative = is_negative(m);
            let code = if negative {
                let (c, s, b) = m.clone().split();
                self.scaled(&-c, &s, b.as_ref())?
            } else {
                self.mat(m)?
            };
            let code = if code.level == Level::Sum {
                format!("({})", code.text)
            } else {
                code.text
            };
            match (k, negative) {
                (0, false) => text = code,
                (0, true) => text = format!("-{code}"),
                (_, false) => text.push_str(&format!(" + {code}")),
                (_, true) => text.push_str(&format!(" - {code}")),
            }
        }
        Ok(Code::new(text, Level::Sum))
    }

    fn scaled(&self, c: &BigRational, s: &[Mat], b: Option<&Mat>) -> Result<Code> {
        if c.is_negative() {
            let inner = self.scaled(&-c, s, b)?;
            return Ok(Code::new(format!("-{}", inner.at(Level::Product)), Level::Sum));
        }
        let mut above: Vec<Code> = Vec::new();
        let mut below: Vec<Code> = Vec::new();
        let whole =
            |n: &num_bigint::BigInt| self.number(&BigRational::from_integer(n.clone()));
        if !c.numer().is_one() {
            above.push(whole(c.numer())?);
        }
        if !c.denom().is_one() {
            below.push(whole(c.denom())?);
        }
        for m in s {
            match m {
                Mat::Pow(a, e) => match &**e {
                    Mat::Number(v) if v.is_negative() => {
                        below.push(self.pow(a, &Mat::Number(-v))?);
                    }
                    _ => above.push(self.mat(m)?),
                },
                m => above.push(self.mat(m)?),
            }
        }
        let factors: Vec<String> = above.iter().map(|f| f.at(Level::Power)).collect();
        let mut code = match factors.len() {
            0 => None,
            1 => Some(above.remove(0)),
            _ => Some(Code::new(factors.join(" * "), Level::Product)),
        };
        if let Some(b) = b {
            let body = self.mat(b)?;
            code = Some(match code {
                None => body,
                Some(scale) => Code::new(
                    format!("{} * {}", scale.at(Level::Product), self.operand(&body)),
                    Level::Product,
                ),
            });
        }
        let mut code = match code {
            Some(code) => code,
            None => whole(&num_bigint::BigInt::one())?,
        };
        for divisor in below {
            code = Code::new(
                format!("{} / {}", code.at(Level::Product), divisor.at(Level::Power)),
                Level::Product,
            );
        }
        Ok(code)
    }

    /// A product as the right operand of a scalar: in brackets, since `s * A @ B` would multiply
    /// entry by entry first only where the order does not matter.
    fn operand(&self, body: &Code) -> String {
        body.at(Level::Power)
    }

    fn pow(&self, a: &Mat, e: &Mat) -> Result<Code> {
        let scalar = a.is_scalar();
        let base = self.mat(a)?;
        if e.is_number(1) {
            return Ok(base);
        }
        if let (Target::Rust, Mat::Number(v)) = (self.target, e) {
            let call = match v.to_i32().filter(|_| v.is_integer()) {
                Some(n) => format!("powi({n})"),
                None if *v == BigRational::new(1.into(), 2.into()) => "sqrt()".into(),
                None => format!("powf({})", self.number(v)?.text),
            };
            return Ok(Code::atom(if scalar {
                // A bare literal does not know its type.
                let base = if base.level == Level::Atom && !matches!(a, Mat::Number(_)) {
                    base.text
                } else {
                    format!("f64::from({})", base.text)
                };
                format!("{base}.{call}")
            } else {
                format!("{}.map(|v| v.{call})", base.at(Level::Atom))
            }));
        }
        let e = self.mat(e)?;
        Ok(match self.target {
            Target::Rust if scalar => {
                Code::atom(format!("f64::from({}).powf({})", base.text, e.text))
            }
            Target::Rust => Code::atom(format!(
                "{}.map(|v| v.powf({}))",
                base.at(Level::Atom),
                e.text
            )),
            Target::Julia | Target::Matlab => {
                let op = if scalar { "^" } else { ".^" };
                let text = format!("{} {op} {}", base.at(Level::Atom), e.at(Level::Atom));
                Code::new(text, Level::Power)
            }
            _ => Code::new(
                format!("{} ** {}", base.at(Level::Atom), e.at(Level::Atom)),
                Level::Power,
            ),
        })
    }

    fn apply(&self, f: Function, of: &Mat) -> Result<Code> {
        let scalar = of.is_scalar();
        let a = self.mat(of)?;
        if let Function::Opaque { id, .. } = f {
            let name = self.table.functions.get(id as usize).cloned().unwrap_or_default();
            return Err(Unemitted::new(format!(
                "`{name}` is an unknown function: it has no value to compute"
            )));
        }
        Ok(Code::atom(match self.target {
            Target::Rust => {
                let call = super::rust::scalar_function(f);
                if scalar {
                    format!("{call}({})", a.text)
                } else {
                    format!("{}.map({call})", a.at(Level::Atom))
                }
            }
            Target::Julia => {
                let name = super::julia::function_name(f);
                let dot = if scalar { "" } else { "." };
                format!("{name}{dot}({})", a.text)
            }
            Target::Matlab => format!("{}({})", super::matlab::function_name(f), a.text),
            _ => format!("{}({})", super::python::function_name(self.target, f), a.text),
        }))
    }
}

fn is_vector(shape: &Shape) -> bool {
    shape.0.is_none() || shape.1.is_none()
}

/// An owned value, for Rust methods that consume theirs.
fn owned(a: &Code) -> String {
    if a.borrowed { format!("{}.clone()", a.text) } else { a.at(Level::Atom) }
}
