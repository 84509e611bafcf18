//! Functions of arrays with infinitesimal parts: `f(p + εt) = f(p) + ε f'(p) t`.
//!
//! No derivative is written here: `f'` comes from the table of functions.

use std::cell::Cell;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::array::Array;
use super::error::EvalError;
use super::number::{Number, Sign};
use crate::function::{Formula, Function};

/// The derivative of every named function, so that it is built once.
static SLOPES: LazyLock<FxHashMap<Function, Formula>> =
    LazyLock::new(|| Function::all().map(|f| (f, f.derivative())).collect());

/// What functions need to know of the point.
#[derive(Debug)]
pub(crate) struct Functions<'a> {
    /// Coefficients of the polynomial that stands for each opaque function, constant first.
    pub(crate) polynomials: &'a [Vec<i64>],
    /// Whether values alone are computed, no derivatives: an exact 0 under a step is then no kink.
    pub(crate) values_only: bool,
    /// Whether an exact 0 under a step is refused; otherwise `[0 > 0] = 0`.
    pub(crate) strict: bool,
    /// Whether that convention was used.
    pub(crate) kinked: Cell<bool>,
}

impl Functions<'_> {
    /// The function of every entry.
    pub(crate) fn apply<N: Number>(
        &self,
        function: Function,
        x: &Array<N>,
    ) -> Result<Array<N>, EvalError> {
        let Some(bit) = x.top() else {
            let entries: Result<_, _> =
                x.entries().iter().map(|x| self.value(function, x)).collect();
            return Ok(Array::new(x.sizes().into(), entries?));
        };
        let (low, high) = x.split(bit);
        let mut value = self.apply(function, &low)?;
        let rise = chain(&low, &high, |low| match function {
            Function::Opaque { id, order } => {
                self.apply(Function::Opaque { id, order: order + 1 }, low)
            }
            _ => match SLOPES.get(&function) {
                Some(formula) => self.formula(formula, low),
                None => self.formula(&function.derivative(), low),
            },
        })?;
        if let Some(rise) = rise {
            value.attach(bit, &rise);
        }
        Ok(value)
    }

    /// The function's value at a number.
    fn value<N: Number>(&self, function: Function, x: &N) -> Result<N, EvalError> {
        match function {
            Function::Opaque { id, order } => {
                let coefficients =
                    self.polynomials.get(id as usize).ok_or(EvalError::NoPoint)?;
                polynomial(coefficients, order, x)
            }
            Function::Sign => {
                let sign = self.side(x)?;
                Ok(N::integer(match sign {
                    Sign::Positive => 1,
                    Sign::Negative => -1,
                    Sign::Zero | Sign::Unclear => 0,
                }))
            }
            _ => x.function(function),
        }
    }

    /// Where a number lies, for a step there.
    pub(crate) fn side<N: Number>(&self, x: &N) -> Result<Sign, EvalError> {
        let sign = x.sign()?;
        match sign {
            Sign::Unclear => Err(EvalError::Kink),
            Sign::Zero if self.values_only => Ok(sign),
            Sign::Zero if self.strict => Err(EvalError::Kink),
            Sign::Zero => {
                self.kinked.set(true);
                Ok(sign)
            }
            _ => Ok(sign),
        }
    }

    /// A formula of the table in `x`.
    pub(crate) fn formula<N: Number>(
        &self,
        formula: &Formula,
        x: &Array<N>,
    ) -> Result<Array<N>, EvalError> {
        Ok(match formula {
            Formula::X => x.clone(),
            Formula::Num(n, d) => Array::scalar(N::fraction(*n, *d)?),
            Formula::Pi => Array::scalar(N::pi()?),
            Formula::Add(terms) => {
                let mut sum = Array::scalar(N::integer(0));
                for term in terms {
                    sum.add_assign(&self.formula(term, x)?);
                }
                sum
            }
            Formula::Mul(factors) => {
                let mut product = Array::scalar(N::integer(1));
                for factor in factors {
                    product = product.times(&self.formula(factor, x)?);
                }
                product
            }
            Formula::Pow(base, n, d) => power(&self.formula(base, x)?, *n, *d)?,
            Formula::Fn(function, of) => {
                let of = self.formula(of, x)?;
                self.apply(*function, &of)?
            }
            Formula::Step(of) => {
                let of = self.formula(of, x)?;
                let steps: Result<_, EvalError> = of
                    .entries()
                    .iter()
                    .map(|x| Ok(N::integer(i64::from(self.side(x)? == Sign::Positive))))
                    .collect();
                Array::new(of.sizes().into(), steps?)
            }
        })
    }

    /// `base^exponent`, entry by entry; either may be a scalar.
    pub(crate) fn real_power<N: Number>(
        &self,
        base: &Array<N>,
        exponent: &Array<N>,
    ) -> Result<Array<N>, EvalError> {
        let bit = match (base.top(), exponent.top()) {
            (None, None) => {
                let len = base.len().max(exponent.len());
                let sizes = if base.sizes().is_empty() { exponent } else { base }.sizes();
                let at = |a: &Array<N>, i: usize| a.entries()[i.min(a.len() - 1)].clone();
                let entries: Result<_, EvalError> = (0..len)
                    .map(|i| number_power(&at(base, i), &at(exponent, i)))
                    .collect();
                return Ok(Array::new(sizes.into(), entries?));
            }
            (a, b) => a.max(b).unwrap_or(0),
        };
        // (b + ε b')^(e + ε e') = b^e + ε (e b^{e-1} b' + b^e log(b) e')
        let (base, base_rise) = base.split(bit);
        let (exponent, exponent_rise) = exponent.split(bit);
        let mut value = self.real_power(&base, &exponent)?;
        let mut rise = None;
        if !is_null(&base_rise) {
            let mut less = exponent.clone();
            less.add_assign(&Array::scalar(N::integer(-1)));
            let slope = self.real_power(&base, &less)?.times(&exponent);
            rise = Some(slope.times(&base_rise));
        }
        if !is_null(&exponent_rise) {
            let log = self.apply(Function::Log, &base)?;
            let part = value.times(&log).times(&exponent_rise);
            match &mut rise {
                Some(rise) => rise.add_assign(&part),
                None => rise = Some(part),
            }
        }
        if let Some(rise) = rise {
            value.attach(bit, &rise);
        }
        Ok(value)
    }
}

/// `f'(low) · high`, asking for the slope only where `high` is not 0: a constant under a root or
/// at a kink has no rise, whatever the slope there.
fn chain<N: Number>(
    low: &Array<N>,
    high: &Array<N>,
    slope: impl FnOnce(&Array<N>) -> Result<Array<N>, EvalError>,
) -> Result<Option<Array<N>>, EvalError> {
    let moves = |i: &usize| high.planes().iter().any(|(_, p)| !p[*i].is_zero());
    let active: Vec<usize> = (0..high.len()).filter(moves).collect();
    if active.is_empty() {
        return Ok(None);
    }
    if active.len() == high.len() {
        return Ok(Some(slope(low)?.times(high)));
    }
    let part = slope(&low.gather(&active))?.times(&high.gather(&active));
    Ok(Some(part.scatter(&active, high.sizes())))
}

/// Whether every number is exactly 0.
fn is_null<N: Number>(x: &Array<N>) -> bool {
    x.planes().iter().all(|(_, p)| p.iter().all(N::is_zero))
}

/// `x^(n/d)` of every entry.
pub(crate) fn power<N: Number>(
    x: &Array<N>,
    n: i64,
    d: i64,
) -> Result<Array<N>, EvalError> {
    let Some(bit) = x.top() else {
        let entries: Result<_, _> = x.entries().iter().map(|x| x.power(n, d)).collect();
        return Ok(Array::new(x.sizes().into(), entries?));
    };
    let (low, high) = x.split(bit);
    let mut value = power(&low, n, d)?;
    if n != 0 {
        let less = n.checked_sub(d).ok_or(EvalError::Effort)?;
        let factor = N::fraction(n, d)?;
        let rise = chain(&low, &high, |low| Ok(power(low, less, d)?.scaled(&factor)))?;
        if let Some(rise) = rise {
            value.attach(bit, &rise);
        }
    }
    Ok(value)
}

/// `x^y` for two numbers: exactly for a fraction, else `exp(y log x)`.
fn number_power<N: Number>(x: &N, y: &N) -> Result<N, EvalError> {
    if let Some((n, d)) = y.as_ratio() {
        return x.power(n, d);
    }
    x.function(Function::Log)?.mul(y).function(Function::Exp)
}

/// The value of the `order`-th derivative of a polynomial.
fn polynomial<N: Number>(
    coefficients: &[i64],
    order: u32,
    x: &N,
) -> Result<N, EvalError> {
    let order = order as usize;
    let mut value = N::integer(0);
    for (k, c) in coefficients.iter().enumerate().skip(order).rev() {
        // (t^k)^(order) = k (k-1) … (k-order+1) t^{k-order}
        let mut factor = *c;
        for j in 0..order {
            factor = factor.checked_mul((k - j) as i64).ok_or(EvalError::Effort)?;
        }
        value = value.mul(x).add(&N::integer(factor));
    }
    Ok(value)
}
