//! Exponentials, logarithms, steps and the other functions, applied to sums.

use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};

use super::algebra::{Algebra, Caveat, Result, Stop};
use super::atom::{Atom, Exponent, Factor, one};
use super::power::prime_factors;
use super::raw::Raw;
use super::sum::{Sum, Term};
use crate::function::{Formula, Function};

impl Algebra {
    fn atom_sum(&self, atom: Atom) -> Result<Sum> {
        self.normalize(Raw::new(BigRational::one(), vec![(atom, one())]))
    }

    /// `exp` of a sum: `exp(a + b) = exp a · exp b`, `exp(r log b) = b^r`.
    ///
    /// # Errors
    /// When the effort allowed is used up.
    pub fn exp(&self, argument: &Sum) -> Result<Sum> {
        let factors = self.exp_factors(argument)?;
        self.normalize(Raw::new(BigRational::one(), factors))
    }

    /// The factors of the exponential of a sum (whose indices may be bound in a raw term).
    pub(super) fn exp_factors(&self, argument: &Sum) -> Result<Vec<Factor>> {
        let mut factors = Vec::new();
        let mut rest = Vec::new();
        for term in argument.terms() {
            match (term.factors(), small_exponent(term.coef())) {
                ([(Atom::Apply(Function::Log, node), e)], Some(r)) if *e == one() => {
                    // exp(r log b) = b^r, and log b says b > 0.
                    match node.closed.body.terms() {
                        [only] if only.factors().is_empty() => {
                            let numbers =
                                [(only.coef().numer(), r), (only.coef().denom(), -r)];
                            for (n, r) in numbers {
                                for (p, k) in prime_factors(n)? {
                                    factors.push((Atom::Prime(p), r * k));
                                }
                            }
                        }
                        // (a^e)^r = a^{er} only where a itself must be positive: for e = 1.
                        [only]
                            if only.coef().is_one()
                                && matches!(only.factors(), [(_, e)] if *e == one()) =>
                        {
                            let args = &node.args;
                            let open = only.factors()[0].0.map(&|i| match i {
                                super::Idx::Param(k) => args[k as usize],
                                other => other,
                            });
                            factors.push((open, r));
                        }
                        _ => factors.push((Atom::Base(node.clone()), r)),
                    }
                }
                _ => rest.push(term.clone()),
            }
        }
        let rest = Sum::collect(rest);
        if !rest.is_zero() {
            factors.push((Atom::Exp(self.close(&rest)?), one()));
        }
        Ok(factors)
    }

    /// `log` of a sum: `log(ab) = log a + log b` for positive `a`, `log exp a = a`.
    ///
    /// # Errors
    /// [`Stop::Domain`] for the logarithm of 0 or of a negative number.
    pub fn log(&self, argument: &Sum) -> Result<Sum> {
        match argument.terms() {
            [] => Err(Stop::Domain("the logarithm of 0")),
            [term] => self.log_term(term),
            _ => {
                let (content, rest) = self.split_content(argument, false)?;
                let log_rest = match rest.terms() {
                    [term] => self.log_term(term)?,
                    _ => self.atom_sum(Atom::Apply(Function::Log, self.close(&rest)?))?,
                };
                Ok(self.log_term(&content)?.add(&log_rest))
            }
        }
    }

    fn log_term(&self, term: &Term) -> Result<Sum> {
        let mut parts = Vec::new();
        let mut kept: Vec<Factor> = Vec::new();
        for (atom, e) in term.factors() {
            let scale = super::normalize::exponent_as_rational(*e);
            match atom {
                Atom::Exp(node) => parts.push(self.instantiate(node)?.scale(&scale)),
                Atom::Prime(p) => parts.push(self.log_integer(*p, &scale)?),
                Atom::Base(node) if atom.is_positive() => {
                    let log = Atom::Apply(Function::Log, node.clone());
                    parts.push(self.atom_sum(log)?.scale(&scale));
                }
                _ if atom.is_positive() => {
                    let inner = Sum::collect(vec![Term::from_parts(
                        BigRational::one(),
                        vec![(atom.clone(), one())],
                    )]);
                    let log = Atom::Apply(Function::Log, self.close(&inner)?);
                    parts.push(self.atom_sum(log)?.scale(&scale));
                }
                _ => kept.push((atom.clone(), *e)),
            }
        }
        let negative = term.coef().is_negative();
        let coef = term.coef().abs();
        for (n, sign) in [(coef.numer(), 1), (coef.denom(), -1)] {
            for (p, k) in prime_factors(n)? {
                let scale = BigRational::from_integer((k * sign).into());
                parts.push(self.log_integer(p, &scale)?);
            }
        }
        if kept.is_empty() {
            if negative {
                return Err(Stop::Domain("the logarithm of a negative number"));
            }
            return Ok(Sum::total(parts));
        }
        // log(a^e) = e log a where the sign of a^e is that of a.
        if let [(atom, e)] = kept.as_slice()
            && !negative
            && !(e.is_integer() && e.to_integer().is_even())
        {
            let inner = Sum::collect(vec![Term::from_parts(
                BigRational::one(),
                vec![(atom.clone(), one())],
            )]);
            let node = match atom {
                Atom::Base(node) => node.clone(),
                _ => self.close(&inner)?,
            };
            let scale = super::normalize::exponent_as_rational(*e);
            parts.push(self.atom_sum(Atom::Apply(Function::Log, node))?.scale(&scale));
            return Ok(Sum::total(parts));
        }
        let sign = if negative { -BigRational::one() } else { BigRational::one() };
        let inner = Sum::collect(vec![Term::from_parts(sign, kept)]);
        parts.push(self.atom_sum(Atom::Apply(Function::Log, self.close(&inner)?))?);
        Ok(Sum::total(parts))
    }

    fn log_integer(&self, p: u64, scale: &BigRational) -> Result<Sum> {
        let inner = Sum::constant(BigRational::from_integer(p.into()));
        let log = Atom::Apply(Function::Log, self.close(&inner)?);
        Ok(self.atom_sum(log)?.scale(scale))
    }

    /// `[p > 0]`: positive factors of `p` do not matter; where `p` is 0 almost nowhere (see
    /// `generic.rs`), `[-p > 0] = 1 - [p > 0]` almost everywhere.
    ///
    /// # Errors
    /// When the effort allowed is used up.
    pub fn step(&self, p: &Sum) -> Result<Sum> {
        if let Some(value) = p.as_constant() {
            return Ok(if value.is_positive() { Sum::one() } else { Sum::zero() });
        }
        if p.is_positive() {
            return Ok(Sum::one());
        }
        if p.is_nonnegative() && self.is_almost_never_zero(p) {
            self.note(Caveat::AlmostEverywhere);
            return Ok(Sum::one());
        }
        if p.neg().is_nonnegative() {
            return Ok(Sum::zero());
        }
        let reduced = match p.terms() {
            [term] => {
                let mut factors: Vec<Factor> = Vec::new();
                for (atom, e) in term.factors() {
                    if atom.is_positive() {
                        continue;
                    }
                    // [x³ > 0] = [x > 0]
                    let odd = e.is_integer() && e.to_integer().is_odd();
                    factors.push((atom.clone(), if odd { one() } else { *e }));
                }
                let sign = term.coef().signum();
                Sum::collect(vec![Term::from_parts(sign, factors)])
            }
            _ => self.split_content(p, false)?.1,
        };
        let leads_negative = reduced.terms()[0].coef().is_negative();
        if self.is_almost_never_zero(&reduced) {
            // Of p and -p one is the canonical argument; ties of sign are broken structurally.
            let node = self.close(&reduced)?;
            let turned = self.close(&reduced.neg())?;
            if turned.closed < node.closed
                || (turned.closed == node.closed && leads_negative)
            {
                if turned.closed == node.closed {
                    return self.atom_sum(Atom::Step(node));
                }
                self.note(Caveat::AlmostEverywhere);
                return Ok(Sum::one().sub(&self.atom_sum(Atom::Step(turned))?));
            }
            return self.atom_sum(Atom::Step(node));
        }
        self.atom_sum(Atom::Step(self.close(&reduced)?))
    }

    /// A function of a sum, expanded where the table expands it.
    ///
    /// # Errors
    /// [`Stop::Domain`] where the function is undefined.
    pub fn apply(&self, function: Function, argument: &Sum) -> Result<Sum> {
        match function {
            Function::Exp => return self.exp(argument),
            Function::Log => return self.log(argument),
            _ => {}
        }
        if let Some(product) = self.signs_of_product(function, argument)? {
            return Ok(product);
        }
        if let Some(formula) = function.expansion() {
            return self.formula(&formula, argument);
        }
        // sin and erf are odd, cos is even; inverse functions are odd where listed.
        let odd = matches!(
            function,
            Function::Sin | Function::Erf | Function::Asin | Function::Atan
        );
        let even = function == Function::Cos;
        if argument.is_zero() {
            if odd {
                return Ok(Sum::zero());
            }
            if even {
                return Ok(Sum::one());
            }
        }
        let node = self.close(argument)?;
        if odd || even {
            let turned = self.close(&argument.neg())?;
            if turned.closed < node.closed {
                let value = self.atom_sum(Atom::Apply(function, turned))?;
                return Ok(if odd { value.neg() } else { value });
            }
        }
        self.atom_sum(Atom::Apply(function, node))
    }

    /// `|ab| = |a| |b|` and `sign(ab) = sign a · sign b`.
    fn signs_of_product(&self, function: Function, of: &Sum) -> Result<Option<Sum>> {
        let ([term], Function::Abs | Function::Sign) = (of.terms(), function) else {
            return Ok(None);
        };
        let open = |atom: &Atom| !atom.is_nonnegative();
        if term.factors().iter().filter(|(a, _)| open(a)).count() < 2 {
            return Ok(None);
        }
        let mut product = Sum::constant(match function {
            Function::Abs => term.coef().abs(),
            _ => term.coef().signum(),
        });
        for (atom, e) in term.factors() {
            let factor = self.product(&BigRational::one(), vec![(atom.clone(), *e)])?;
            product = self.mul(&product, &self.apply(function, &factor)?)?;
        }
        Ok(Some(product))
    }

    /// A formula of the function table at a sum.
    ///
    /// # Errors
    /// [`Stop::Domain`] where the formula is undefined.
    pub fn formula(&self, formula: &Formula, x: &Sum) -> Result<Sum> {
        Ok(match formula {
            Formula::X => x.clone(),
            Formula::Num(n, d) => {
                Sum::constant(BigRational::new((*n).into(), (*d).into()))
            }
            Formula::Pi => self.atom_sum(Atom::Pi)?,
            Formula::Add(parts) => {
                let mut total = Vec::new();
                for part in parts {
                    total.push(self.formula(part, x)?);
                }
                Sum::total(total)
            }
            Formula::Mul(parts) => {
                let mut product = Sum::one();
                for part in parts {
                    product = self.mul(&product, &self.formula(part, x)?)?;
                }
                product
            }
            Formula::Pow(base, n, d) => {
                self.pow(&self.formula(base, x)?, Exponent::new(*n, *d))?
            }
            Formula::Fn(function, of) => self.apply(*function, &self.formula(of, x)?)?,
            Formula::Step(of) => self.step(&self.formula(of, x)?)?,
        })
    }

    /// An atom whose arguments coincide or are fixed, built anew from its parts.
    pub(super) fn rebuild_atom(&self, atom: &Atom) -> Result<Sum> {
        match atom {
            Atom::Exp(node) => self.exp(&self.instantiate(node)?),
            Atom::Apply(function, node) => {
                self.apply(*function, &self.instantiate(node)?)
            }
            Atom::Step(node) => self.step(&self.instantiate(node)?),
            Atom::Base(node) | Atom::Contraction(node) => self.instantiate(node),
            Atom::Inverse(node) => {
                let (body, row, col, dim) = self.open_matrix(node)?;
                self.inverse(&body, row, col, node.args[0], node.args[1], dim)
            }
            Atom::Det(node) => {
                let (body, row, col, dim) = self.open_matrix(node)?;
                self.det(&body, row, col, dim)
            }
            Atom::MatrixPower(node, power) => {
                let (body, row, col, dim) = self.open_matrix(node)?;
                let power = self.instantiate(power)?;
                self.matrix_power(
                    &body,
                    row,
                    col,
                    &power,
                    node.args[0],
                    node.args[1],
                    dim,
                )
            }
            _ => Err(Stop::Unsupported("this atom has nothing to rebuild")),
        }
    }
}

/// The rational number as an exponent, if it is small.
fn small_exponent(value: &BigRational) -> Option<Exponent> {
    let (n, d) = (value.numer().to_i64()?, value.denom().to_i64()?);
    (n.abs() < 1 << 20 && d < 1 << 20).then(|| Exponent::new(n, d))
}
