//! The shipped kernels, proved: their own code is run on symbols.
//!
//! [`Symbol`] is a number whose value is a sum over entries. A kernel run on matrices of symbols
//! gives its outputs and its gradients as formulas in the entries; the gradients must equal the
//! derivative of the outputs, entry by entry. This proves the code at a shape, for all values.

use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};

use nalgebra::DMatrix;

use num_traits::{One, Zero};

use super::prove::is_zero;
use crate::calculus::{self, Independent, Variable};
use crate::function::Function;
use crate::kernels::{Domain, Kernel, Real, Scalar, Sizes};
use crate::tensor::{Algebra, Atom, Exponent, Idx, Result, Stop, Sum, Sym, Symmetry};

thread_local! {
    /// The setting that symbols compute in; set for the time of one proof.
    static ALGEBRA: RefCell<Algebra> = RefCell::new(Algebra::new(0));
}

/// A number given by a formula, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Symbol(Result<Sum>);

impl Symbol {
    fn with(f: impl FnOnce(&Algebra) -> Result<Sum>) -> Symbol {
        Symbol(ALGEBRA.with_borrow(f))
    }

    fn map(&self, f: impl FnOnce(&Algebra, &Sum) -> Result<Sum>) -> Symbol {
        match &self.0 {
            Ok(sum) => Symbol::with(|algebra| f(algebra, sum)),
            Err(stop) => Symbol(Err(stop.clone())),
        }
    }

    fn join(
        self,
        other: Symbol,
        f: impl FnOnce(&Algebra, &Sum, &Sum) -> Result<Sum>,
    ) -> Symbol {
        match (self.0, other.0) {
            (Ok(a), Ok(b)) => Symbol::with(|algebra| f(algebra, &a, &b)),
            (Err(stop), _) | (_, Err(stop)) => Symbol(Err(stop)),
        }
    }
}

impl Add for Symbol {
    type Output = Symbol;
    fn add(self, other: Symbol) -> Symbol {
        self.join(other, |_, a, b| Ok(a.add(b)))
    }
}
impl Sub for Symbol {
    type Output = Symbol;
    fn sub(self, other: Symbol) -> Symbol {
        self.join(other, |_, a, b| Ok(a.sub(b)))
    }
}
impl Mul for Symbol {
    type Output = Symbol;
    fn mul(self, other: Symbol) -> Symbol {
        self.join(other, |algebra, a, b| algebra.mul(a, b))
    }
}
impl Div for Symbol {
    type Output = Symbol;
    fn div(self, other: Symbol) -> Symbol {
        self.join(other, |algebra, a, b| {
            algebra.mul(a, &algebra.pow(b, Exponent::from_integer(-1))?)
        })
    }
}
impl Neg for Symbol {
    type Output = Symbol;
    fn neg(self) -> Symbol {
        self.map(|_, a| Ok(a.neg()))
    }
}
impl Zero for Symbol {
    fn zero() -> Self {
        Symbol(Ok(Sum::zero()))
    }
    fn is_zero(&self) -> bool {
        self.0.as_ref().is_ok_and(Sum::is_zero)
    }
}
impl One for Symbol {
    fn one() -> Self {
        Symbol(Ok(Sum::one()))
    }
}

impl Scalar for Symbol {
    fn from_integer(n: i64) -> Self {
        Symbol(Ok(Sum::integer(n)))
    }

    /// `[x > 0]·then + (1 - [x > 0])·other`
    fn if_positive(&self, then: Self, other: Self) -> Self {
        let step = self.map(|algebra, x| algebra.step(x));
        step.clone() * then + (Symbol::one() - step) * other
    }
}

impl Real for Symbol {
    fn exp(&self) -> Self {
        self.map(|algebra, x| algebra.exp(x))
    }
    fn ln(&self) -> Self {
        self.map(|algebra, x| algebra.log(x))
    }
    fn sqrt(&self) -> Self {
        self.map(|algebra, x| algebra.pow(x, Exponent::new(1, 2)))
    }
    fn tanh(&self) -> Self {
        self.map(|algebra, x| algebra.apply(Function::Tanh, x))
    }
    fn erf(&self) -> Self {
        self.map(|algebra, x| algebra.apply(Function::Erf, x))
    }
    fn pi() -> Self {
        Symbol::with(|algebra| algebra.atom(Atom::Pi))
    }
    fn pivot(&self, _: &Self) -> Self {
        Symbol::zero()
    }
}

/// What running a kernel's code on symbols has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KernelProof {
    /// At each of these many shapes every gradient equals the derivative of the forward pass.
    Proved(usize),
    /// At a place (input, row, column) the two were not shown equal.
    Open(String),
    /// The code does not run on symbols.
    NotSymbolic(String),
}

/// The shapes at which kernels are proved: three sizes each, all different.
const SHAPES: [Sizes; 3] = [
    Sizes { batch: 1, inputs: 2, outputs: 3 },
    Sizes { batch: 2, inputs: 3, outputs: 1 },
    Sizes { batch: 3, inputs: 1, outputs: 2 },
];

/// Elementary steps allowed at one shape.
const EFFORT: u64 = 20_000_000;

/// Runs a kernel's forward and backward pass on symbols and proves that the gradients are the
/// derivative of the forward pass.
pub fn prove_kernel(kernel: Kernel) -> KernelProof {
    for sizes in SHAPES {
        ALGEBRA.set(Algebra::new(EFFORT));
        match at_shape(kernel, sizes) {
            Ok(None) => {}
            Ok(Some(open)) => return KernelProof::Open(open),
            Err(why) => return KernelProof::NotSymbolic(why),
        }
    }
    KernelProof::Proved(SHAPES.len())
}

fn variable(id: u32, positive: bool) -> Sym {
    Sym {
        id,
        symmetry: Symmetry::None,
        positive,
        definite: false,
        orthogonal: false,
        constrained: false,
    }
}

fn entry(row: usize, col: usize) -> [Idx; 2] {
    [Idx::Lit(row as u32 + 1), Idx::Lit(col as u32 + 1)]
}

fn matrix(sym: Sym, rows: usize, cols: usize) -> DMatrix<Symbol> {
    DMatrix::from_fn(rows, cols, |r, c| {
        Symbol::with(|algebra| {
            algebra.atom(Atom::Entry(sym, entry(r, c).into_iter().collect()))
        })
    })
}

/// The first place at which a gradient is not the derivative, if there is one.
fn at_shape(kernel: Kernel, sizes: Sizes) -> std::result::Result<Option<String>, String> {
    let inputs = kernel.inputs(sizes);
    let symbols: Vec<Sym> = inputs
        .iter()
        .enumerate()
        .map(|(k, input)| variable(k as u32, input.domain == Domain::Positive))
        .collect();
    let x: Vec<DMatrix<Symbol>> =
        inputs.iter().zip(&symbols).map(|(i, s)| matrix(*s, i.rows, i.cols)).collect();
    let y = kernel.forward(&x).map_err(|e| e.to_string())?;
    let dy = matrix(variable(inputs.len() as u32, false), y.nrows(), y.ncols());
    let gradients = kernel.backward(&x, &dy).map_err(|e| e.to_string())?;
    let value = |s: &Symbol| s.0.clone().map_err(reason);
    // L = Σ dY ⊙ Y
    let mut loss = Sum::zero();
    for (y, dy) in y.iter().zip(dy.iter()) {
        loss = loss.add(&value(&(y.clone() * dy.clone()))?);
    }
    for ((input, sym), gradient) in inputs.iter().zip(&symbols).zip(&gradients) {
        for row in 0..input.rows {
            for col in 0..input.cols {
                let by = Variable { sym: *sym, indices: entry(row, col).to_vec() };
                let claimed = value(&gradient[(row, col)])?;
                let equal = ALGEBRA.with_borrow(|algebra| {
                    let exact = calculus::derivative(algebra, &Independent, &loss, &by)?;
                    is_zero(algebra, &exact.sub(&claimed))
                });
                match equal {
                    Ok(true) => {}
                    Ok(false) => {
                        return Ok(Some(format!(
                            "{}[{row}, {col}] at batch {}, inputs {}, outputs {}",
                            input.name, sizes.batch, sizes.inputs, sizes.outputs
                        )));
                    }
                    Err(stop) => return Err(reason(stop)),
                }
            }
        }
    }
    Ok(None)
}

fn reason(stop: Stop) -> String {
    match stop {
        Stop::Effort => "the proof needs more effort than is allowed".into(),
        Stop::Domain(what) | Stop::Unsupported(what) => what.into(),
    }
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;

    use super::*;

    #[test]
    fn every_kernel_is_proved_on_symbols() {
        for kernel in Kernel::ALL {
            let proof = prove_kernel(kernel);
            assert_eq!(proof, KernelProof::Proved(SHAPES.len()), "{}", kernel.name());
        }
    }

    #[test]
    fn a_wrong_gradient_is_not_proved() {
        ALGEBRA.set(Algebra::new(EFFORT));
        let x = matrix(variable(0, false), 2, 3);
        let square = x[(0, 1)].clone() * x[(0, 1)].clone();
        let by = Variable { sym: variable(0, false), indices: entry(0, 1).to_vec() };
        let holds = |factor: i64| {
            ALGEBRA.with_borrow(|algebra| {
                let sum = square.0.as_ref().expect("a product");
                let d = calculus::derivative(algebra, &Independent, sum, &by)?;
                let claimed = x[(0, 1)].0.as_ref().expect("an entry");
                let by_factor = BigRational::from_integer(factor.into());
                is_zero(algebra, &d.sub(&claimed.scale(&by_factor)))
            })
        };
        assert_eq!(holds(2), Ok(true));
        assert_eq!(holds(1), Ok(false));
    }
}
