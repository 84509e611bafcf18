//! Expectations and integrals over a density: proved as polynomials in half-line moments.
//!
//! For a random variable f with density p let `M⁺_k = ∫_0^∞ f^k p(f) df` and `M⁻_k` the same over
//! the negative half. An integral of a polynomial (split at 0) times p is a combination of these;
//! so are `E[g(f)]` and `Var`. They obey `M⁻_0 + M⁺_0 = 1`, and for a density symmetric about 0
//! `M⁻_k = (-1)^k M⁺_k`; nothing else relates them, so two sides are equal for all densities
//! exactly when they are equal as polynomials.

mod discrete;

use std::collections::BTreeMap;

use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use super::{Claim, Status, Verdict};
use crate::language::ast::{Comparison, Condition, Expr, Kind, Sign, Times};
use crate::shape::Givens;
use crate::tensor::{Algebra, Atom, Exponent, Result, Stop, Sum, Sym, Symmetry};

/// Whether a relation speaks of expectations or integrals.
pub(super) fn concerns(claim: &Claim<'_>) -> bool {
    [claim.lhs, claim.rhs].iter().any(|side| {
        side.nodes()
            .iter()
            .any(|n| matches!(n.kind, Kind::Integral { .. } | Kind::Expectation(..)))
    })
}

/// Judges a relation of expectations and integrals.
pub(super) fn check(claim: &Claim<'_>) -> Verdict {
    let algebra = Algebra::new(200_000);
    let mut reader = Reader::new(&algebra, claim.givens);
    for side in [claim.lhs, claim.rhs] {
        reader.find_variable(side);
    }
    let sides = reader
        .scalar(claim.lhs)
        .and_then(|l| reader.scalar(claim.rhs).map(|r| l.sub(&r)));
    let difference = match sides {
        Ok(difference) => difference,
        Err(stop) => return Verdict::new(Status::Skipped, reason(stop)),
    };
    let mut verdict = if difference.is_zero() {
        Verdict::new(Status::Proved, "holds for every density with these moments")
    } else {
        discrete::refuted(&mut reader, claim, &difference)
    };
    verdict.assumptions.push("the integrals exist".into());
    if reader.symmetric {
        verdict.assumptions.push("the density is symmetric about 0".into());
    }
    verdict.assumptions.extend(reader.conventions.iter().cloned());
    if verdict.status == Status::Proved && needs_zero_mean(claim, &algebra) {
        reader.notes.push(
            "μ is 0 here, since the density is symmetric; for another mean this is false"
                .into(),
        );
    }
    if !reader.notes.is_empty() {
        verdict.reading = Some(reader.notes.join("; "));
    }
    verdict
}

/// Whether a relation that speaks of μ holds for a density with mean 0 only.
fn needs_zero_mean(claim: &Claim<'_>, algebra: &Algebra) -> bool {
    let speaks = [claim.lhs, claim.rhs].iter().any(|side| {
        side.nodes().iter().any(|n| matches!(&n.kind, Kind::Name(name) if name == "mu"))
    });
    let mut reader = Reader::new(algebra, claim.givens);
    if !speaks || !reader.symmetric || reader.zero_mean {
        return false;
    }
    reader.symmetric = false;
    for side in [claim.lhs, claim.rhs] {
        reader.find_variable(side);
    }
    let left = reader.scalar(claim.lhs);
    let right = reader.scalar(claim.rhs);
    matches!((left, right), (Ok(left), Ok(right)) if !left.sub(&right).is_zero())
}

fn reason(stop: Stop) -> String {
    match stop {
        Stop::Unsupported(what) | Stop::Domain(what) => what.to_string(),
        Stop::Effort => "the relation needs more effort than is allowed".to_string(),
    }
}

/// A polynomial in f on each side of 0, by powers; and how many times the density stands in it.
#[derive(Clone, Debug, Default)]
struct Piecewise {
    below: BTreeMap<u32, Sum>,
    above: BTreeMap<u32, Sum>,
    densities: u32,
}

struct Reader<'a> {
    algebra: &'a Algebra,
    givens: &'a Givens,
    /// The random variable.
    variable: String,
    symmetric: bool,
    zero_mean: bool,
    conventions: Vec<String>,
    notes: Vec<String>,
    /// Names defined as functions of the variable that are being read.
    open: Vec<String>,
}

/// Moments beyond this are not looked at.
const HIGHEST: u32 = 64;

impl<'a> Reader<'a> {
    fn new(algebra: &'a Algebra, givens: &'a Givens) -> Self {
        let mut reader = Reader {
            algebra,
            givens,
            variable: "f".into(),
            symmetric: false,
            zero_mean: false,
            conventions: Vec::new(),
            notes: Vec::new(),
            open: Vec::new(),
        };
        reader.zero_mean = givens.definition("mu").is_some_and(is_zero);
        for (left, right) in givens.constraints() {
            reader.symmetric |= states_symmetry(left, right);
            reader.zero_mean |= is_zero(right)
                && (matches!(&left.kind, Kind::Name(n) if n == "mu")
                    || matches!(&left.kind, Kind::Expectation(e, _) if e == "E"));
        }
        reader
    }

    /// The letter the density is taken at under an integral, else the one under an expectation;
    /// defined names are no random variables of their own.
    fn find_variable(&mut self, e: &Expr) {
        for node in e.nodes() {
            if let Kind::Integral { by, .. } = &node.kind
                && !by.is_empty()
                && self.givens.definition(by).is_none()
            {
                self.variable.clone_from(by);
                return;
            }
        }
        for node in e.nodes() {
            let Kind::Expectation(_, inner) = &node.kind else { continue };
            for n in inner.nodes() {
                if let Kind::Name(name) = &n.kind
                    && self.givens.definition(name).is_none()
                    && name != "mu"
                    && name != "sigma"
                {
                    self.variable.clone_from(name);
                    return;
                }
            }
        }
    }

    fn symbol(&self, id: u32, positive: bool) -> Result<Sum> {
        let sym = Sym {
            id,
            symmetry: Symmetry::None,
            positive,
            definite: false,
            orthogonal: false,
            constrained: true,
        };
        self.algebra.atom(Atom::Entry(sym, Default::default()))
    }

    /// The moment of order k over one half.
    fn moment(&self, k: u32, above: bool) -> Result<Sum> {
        if k > HIGHEST {
            return Err(Stop::Unsupported("a moment of very high order"));
        }
        let half = Sum::constant(BigRational::new(1.into(), 2.into()));
        if above {
            return if k == 0 && self.symmetric {
                Ok(half)
            } else {
                self.symbol(2 * k, false)
            };
        }
        if self.symmetric {
            let up = self.moment(k, true)?;
            return Ok(if k.is_multiple_of(2) { up } else { up.neg() });
        }
        if k == 0 {
            return Ok(Sum::one().sub(&self.moment(0, true)?));
        }
        if k == 1 && self.zero_mean {
            return Ok(self.moment(1, true)?.neg());
        }
        self.symbol(2 * k + 1, false)
    }

    /// A scalar: a polynomial in moments.
    fn scalar(&mut self, e: &Expr) -> Result<Sum> {
        match &e.kind {
            Kind::Number(v) => Ok(Sum::constant(v.clone())),
            Kind::Group(_, inner) => self.scalar(inner),
            Kind::Add(terms) => {
                let mut total = Sum::zero();
                for (sign, term) in terms {
                    let value = self.scalar(term)?;
                    total = if *sign == Sign::Plus {
                        total.add(&value)
                    } else {
                        total.sub(&value)
                    };
                }
                Ok(total)
            }
            Kind::Product(a, how, b) if *how != Times::Kronecker => {
                let (a, b) = (self.scalar(a)?, self.scalar(b)?);
                self.algebra.mul(&a, &b)
            }
            Kind::Quotient(a, _, b) => {
                let (a, b) = (self.scalar(a)?, self.scalar(b)?);
                self.algebra.mul(&a, &self.algebra.pow(&b, Exponent::from_integer(-1))?)
            }
            Kind::Power(base, exponent) => {
                let k = whole(exponent)?;
                if let Kind::Name(name) = &base.kind
                    && name == "sigma"
                    && k.is_multiple_of(2)
                {
                    let variance = self.variance_by_convention()?;
                    return self
                        .algebra
                        .pow(&variance, Exponent::from_integer(i64::from(k / 2)));
                }
                let base = self.scalar(base)?;
                self.algebra.pow(&base, Exponent::from_integer(i64::from(k)))
            }
            Kind::Name(name) if name == "mu" => {
                self.convention(format!("μ is the mean of {}", self.variable));
                let own = Piecewise::power(1);
                self.expectation(&own)
            }
            Kind::Name(name) if name == "sigma" => {
                let variance = self.variance_by_convention()?;
                self.algebra.pow(&variance, Exponent::new(1, 2))
            }
            Kind::Expectation(name, inner) => {
                let g = self.piecewise(inner)?;
                if g.densities > 0 {
                    return Err(Stop::Unsupported("a density inside an expectation"));
                }
                match name.as_str() {
                    "E" => self.expectation(&g),
                    "Var" => self.variance(&g),
                    _ => Err(Stop::Unsupported("an unknown moment")),
                }
            }
            Kind::Integral { from, to, body, by } => {
                self.integral(from.as_deref(), to.as_deref(), body, by)
            }
            _ => Err(Stop::Unsupported(
                "beside expectations and integrals over a density only numbers, μ and σ are read",
            )),
        }
    }

    fn convention(&mut self, words: String) {
        if !self.conventions.contains(&words) {
            self.conventions.push(words);
        }
    }

    fn variance_by_convention(&mut self) -> Result<Sum> {
        self.convention(format!("σ² is the variance of {}", self.variable));
        self.variance(&Piecewise::power(1))
    }

    fn expectation(&self, g: &Piecewise) -> Result<Sum> {
        self.integrate(g, true, true)
    }

    fn variance(&self, g: &Piecewise) -> Result<Sum> {
        let square = self.multiply(g, g)?;
        let mean = self.expectation(g)?;
        Ok(self.expectation(&square)?.sub(&self.algebra.mul(&mean, &mean)?))
    }

    /// `Σ_k c_k M_k` over the chosen halves.
    fn integrate(&self, g: &Piecewise, below: bool, above: bool) -> Result<Sum> {
        let mut total = Sum::zero();
        for (take, part, up) in [(below, &g.below, false), (above, &g.above, true)] {
            if !take {
                continue;
            }
            for (k, c) in part {
                total = total.add(&self.algebra.mul(c, &self.moment(*k, up)?)?);
            }
        }
        Ok(total)
    }

    fn integral(
        &mut self,
        from: Option<&Expr>,
        to: Option<&Expr>,
        body: &Expr,
        by: &str,
    ) -> Result<Sum> {
        let (from, to) = (limit(from, true)?, limit(to, false)?);
        let (below, above, sign) = match (from, to) {
            (-1, 1) => (true, true, 1),
            (-1, 0) => (true, false, 1),
            (0, 1) => (false, true, 1),
            (1, -1) => (true, true, -1),
            (0, -1) => (true, false, -1),
            (1, 0) => (false, true, -1),
            _ => return Ok(Sum::zero()),
        };
        if by.is_empty() {
            self.note(
                "an integral without its differential runs over the density's variable",
            );
        }
        let g = self.piecewise(body)?;
        if g.densities != 1 {
            return Err(Stop::Unsupported(
                "only integrals of a polynomial times the density are read",
            ));
        }
        if !by.is_empty() && by != self.variable {
            // ∫ g(b) p(b) db for a b defined by f: the expectation of g(b).
            if self.givens.definition(by).is_none() || !(below && above) {
                return Err(Stop::Unsupported("an integral over another variable"));
            }
            self.note("p(b) is the density of b: the integral is the expectation");
        }
        let value = self.integrate(&g, below, above)?;
        Ok(if sign < 0 { value.neg() } else { value })
    }

    fn note(&mut self, words: &str) {
        if !self.notes.iter().any(|n| n == words) {
            self.notes.push(words.to_string());
        }
    }

    /// A function of the random variable as polynomials on the two sides of 0.
    fn piecewise(&mut self, e: &Expr) -> Result<Piecewise> {
        match &e.kind {
            Kind::Group(_, inner) => self.piecewise(inner),
            Kind::Name(name) if *name == self.variable => Ok(Piecewise::power(1)),
            Kind::Name(name) => {
                if let Some(body) = self.givens.definition(name) {
                    if self.open.contains(name) {
                        return Err(Stop::Unsupported(
                            "a definition that refers to itself",
                        ));
                    }
                    self.open.push(name.clone());
                    let result = self.piecewise(&body.clone());
                    self.open.pop();
                    return result;
                }
                Ok(Piecewise::constant(self.scalar(e)?))
            }
            Kind::Add(terms) => {
                let mut total: Option<Piecewise> = None;
                for (sign, term) in terms {
                    let mut part = self.piecewise(term)?;
                    if *sign == Sign::Minus {
                        part =
                            self.multiply(&part, &Piecewise::constant(Sum::integer(-1)))?;
                    }
                    total = Some(match total {
                        None => part,
                        Some(t) => t.add(&part)?,
                    });
                }
                total.ok_or(Stop::Unsupported("an empty sum"))
            }
            Kind::Product(a, how, b) if *how != Times::Kronecker => {
                // `p (f)` side by side is the density at f.
                if let (Kind::Name(p), Kind::Group(_, at)) = (&a.kind, &b.kind)
                    && self.is_density(p, at)
                {
                    return Ok(Piecewise::density());
                }
                let (a, b) = (self.piecewise(a)?, self.piecewise(b)?);
                self.multiply(&a, &b)
            }
            Kind::Quotient(a, _, b) => {
                let top = self.piecewise(a)?;
                let below = self.scalar(b)?;
                let inverse = self.algebra.pow(&below, Exponent::from_integer(-1))?;
                self.multiply(&top, &Piecewise::constant(inverse))
            }
            Kind::Power(base, exponent) => {
                let base = self.piecewise(base)?;
                let mut result = Piecewise::constant(Sum::one());
                for _ in 0..whole(exponent)?.min(HIGHEST) {
                    result = self.multiply(&result, &base)?;
                }
                Ok(result)
            }
            Kind::Call { name, primes: 0, args } => self.call(name, args),
            Kind::Cases(rows) => self.cases(rows),
            Kind::Indicator(condition) => {
                let above = self.side_of(condition)?;
                let mut g = Piecewise::default();
                let part = if above { &mut g.above } else { &mut g.below };
                part.insert(0, Sum::one());
                Ok(g)
            }
            _ => Ok(Piecewise::constant(self.scalar(e)?)),
        }
    }

    fn is_density(&self, name: &str, at: &Expr) -> bool {
        name == "p"
            && match &at.kind {
                Kind::Name(n) => {
                    *n == self.variable || self.givens.definition(n).is_some()
                }
                Kind::Group(_, inner) => self.is_density(name, inner),
                _ => false,
            }
    }

    fn call(&mut self, name: &str, args: &[Expr]) -> Result<Piecewise> {
        match (name, args) {
            (p, [at]) if self.is_density(p, at) => Ok(Piecewise::density()),
            ("relu", [x]) => {
                let x = self.piecewise(x)?;
                self.positive_part(&x)
            }
            ("max", [a, b]) if is_zero(a) => {
                let x = self.piecewise(b)?;
                self.positive_part(&x)
            }
            ("max", [a, b]) if is_zero(b) => {
                let x = self.piecewise(a)?;
                self.positive_part(&x)
            }
            _ => {
                Err(Stop::Unsupported("this function of the random variable is not read"))
            }
        }
    }

    /// `max(0, c f)` for a number c.
    fn positive_part(&self, x: &Piecewise) -> Result<Piecewise> {
        let sign = |part: &BTreeMap<u32, Sum>| -> Option<bool> {
            match part.iter().collect::<Vec<_>>()[..] {
                [] => Some(true),
                [(k, c)] => {
                    let c = c.as_constant()?;
                    Some(*k == 1 && c > BigRational::zero())
                }
                _ => None,
            }
        };
        match (sign(&x.below), sign(&x.above)) {
            (Some(true), Some(true)) => Ok(Piecewise {
                below: BTreeMap::new(),
                above: x.above.clone(),
                densities: x.densities,
            }),
            _ => Err(Stop::Unsupported("max(0, ·) of this is not read")),
        }
    }

    fn cases(&mut self, rows: &[(Expr, Condition)]) -> Result<Piecewise> {
        let mut g = Piecewise::default();
        let (mut seen_below, mut seen_above) = (false, false);
        for (value, condition) in rows {
            let value = self.piecewise(value)?;
            let (take_below, take_above) = match condition {
                Condition::Otherwise => (true, true),
                _ => {
                    let above = self.side_of(condition)?;
                    (!above, above)
                }
            };
            if take_below && !seen_below {
                g.below.clone_from(&value.below);
                seen_below = true;
            }
            if take_above && !seen_above {
                g.above.clone_from(&value.above);
                seen_above = true;
            }
        }
        if !seen_below || !seen_above {
            return Err(Stop::Unsupported("the cases leave a half-line open"));
        }
        Ok(g)
    }

    /// Whether `f > 0` or `f ≥ 0` (true), `f < 0` or `f ≤ 0` (false); a point has no mass.
    fn side_of(&self, condition: &Condition) -> Result<bool> {
        let unread =
            Stop::Unsupported("only conditions on the sign of the variable are read");
        let Condition::Compare(a, how, b) = condition else { return Err(unread) };
        let variable = |e: &Expr| matches!(&e.kind, Kind::Name(n) if *n == self.variable);
        let greater = match how {
            Comparison::Greater | Comparison::GreaterEqual => true,
            Comparison::Less | Comparison::LessEqual => false,
            _ => return Err(unread),
        };
        if variable(a) && is_zero(b) {
            Ok(greater)
        } else if is_zero(a) && variable(b) {
            Ok(!greater)
        } else {
            Err(unread)
        }
    }

    fn multiply(&self, a: &Piecewise, b: &Piecewise) -> Result<Piecewise> {
        let part = |a: &BTreeMap<u32, Sum>, b: &BTreeMap<u32, Sum>| -> Result<_> {
            let mut out: BTreeMap<u32, Sum> = BTreeMap::new();
            for (k, c) in a {
                for (m, d) in b {
                    if k + m > HIGHEST {
                        return Err(Stop::Unsupported("a moment of very high order"));
                    }
                    let product = self.algebra.mul(c, d)?;
                    let slot = out.entry(k + m).or_default();
                    *slot = slot.add(&product);
                }
            }
            out.retain(|_, c| !c.is_zero());
            Ok(out)
        };
        Ok(Piecewise {
            below: part(&a.below, &b.below)?,
            above: part(&a.above, &b.above)?,
            densities: a.densities + b.densities,
        })
    }
}

impl Piecewise {
    fn constant(c: Sum) -> Self {
        let part: BTreeMap<u32, Sum> =
            if c.is_zero() { BTreeMap::new() } else { [(0, c)].into() };
        Piecewise { below: part.clone(), above: part, densities: 0 }
    }

    fn power(k: u32) -> Self {
        let part: BTreeMap<u32, Sum> = [(k, Sum::one())].into();
        Piecewise { below: part.clone(), above: part, densities: 0 }
    }

    fn density() -> Self {
        Piecewise { densities: 1, ..Piecewise::constant(Sum::one()) }
    }

    fn add(&self, other: &Piecewise) -> Result<Piecewise> {
        // 0 counts with any number of densities.
        let empty = |p: &Piecewise| p.below.is_empty() && p.above.is_empty();
        if self.densities != other.densities && !empty(self) && !empty(other) {
            return Err(Stop::Unsupported("a sum of terms with and without the density"));
        }
        let part = |a: &BTreeMap<u32, Sum>, b: &BTreeMap<u32, Sum>| {
            let mut out = a.clone();
            for (k, c) in b {
                let slot = out.entry(*k).or_default();
                *slot = slot.add(c);
            }
            out.retain(|_, c| !c.is_zero());
            out
        };
        Ok(Piecewise {
            below: part(&self.below, &other.below),
            above: part(&self.above, &other.above),
            densities: self.densities.max(other.densities),
        })
    }
}

/// A whole nonnegative exponent.
fn whole(e: &Expr) -> Result<u32> {
    match &e.without_groups().kind {
        Kind::Number(v) if v.is_integer() => {
            v.to_u32().ok_or(Stop::Unsupported("a negative power under an integral"))
        }
        _ => Err(Stop::Unsupported("a symbolic power under an integral")),
    }
}

fn is_zero(e: &Expr) -> bool {
    matches!(&e.without_groups().kind, Kind::Number(v) if v.is_zero())
}

/// -1, 0 or 1 for -∞, 0 and ∞.
fn limit(e: Option<&Expr>, lower: bool) -> Result<i32> {
    let Some(e) = e else { return Ok(if lower { -1 } else { 1 }) };
    match &e.without_groups().kind {
        Kind::Infinity => Ok(1),
        Kind::Number(v) if v.is_zero() => Ok(0),
        Kind::Add(terms) => match terms.as_slice() {
            [(Sign::Minus, t)] if matches!(t.without_groups().kind, Kind::Infinity) => {
                Ok(-1)
            }
            [(Sign::Plus, t)] if matches!(t.without_groups().kind, Kind::Infinity) => {
                Ok(1)
            }
            _ => Err(Stop::Unsupported("only the limits -∞, 0 and ∞ are read")),
        },
        _ => Err(Stop::Unsupported("only the limits -∞, 0 and ∞ are read")),
    }
}

/// `p(f) = p(-f)`.
pub(crate) fn states_symmetry(left: &Expr, right: &Expr) -> bool {
    let density = |e: &Expr| -> Option<Expr> {
        match &e.without_groups().kind {
            Kind::Call { name, primes: 0, args } if name == "p" && args.len() == 1 => {
                Some(args[0].without_groups().clone())
            }
            Kind::Product(p, _, at) if matches!(&p.kind, Kind::Name(n) if n == "p") => {
                Some(at.without_groups().clone())
            }
            _ => None,
        }
    };
    let (Some(a), Some(b)) = (density(left), density(right)) else { return false };
    let negated = |x: &Expr, y: &Expr| {
        matches!(&y.kind, Kind::Add(t) if t.len() == 1 && t[0].0 == Sign::Minus
            && t[0].1.without_groups() == x)
    };
    negated(&a, &b) || negated(&b, &a)
}

#[cfg(test)]
mod tests {
    use crate::language::{parse_claim, parse_givens};
    use crate::proof::{Options, Status, Verdict, check};
    use crate::shape::Givens;

    fn verdict(givens: &str, claim: &str) -> Verdict {
        let mut g = Givens::new();
        for given in parse_givens(givens, &g).expect("givens that parse") {
            g.add(&given).expect("a good given");
        }
        let (chain, notes) = parse_claim(claim, &g);
        let [Some(l), Some(r)] = chain.sides.as_slice() else { panic!("{notes:?}") };
        check(&g, claim, l, r, &Options::default())
    }

    const SYMMETRIC: &str = "b = max(f, 0); p(f) = p(-f)";

    #[test]
    fn half_of_a_symmetric_second_moment_is_above_zero() {
        for claim in [
            r"E[b^2] = \int_{-\infty}^{\infty} (\max(f, 0))^2 p(f) df",
            r"E[b^2] = \int_{-\infty}^0 0 \cdot p(f) df + \int_0^{\infty} f^2 p(f) df",
            r"E[f^2] = 2 \cdot \int_0^{\infty} f^2 p(f) df",
            r"E[b^2] = \int_{-\infty}^{\infty} b^2 p(b) db",
            r"\int_0^{\infty} f^2 p(f) df = \frac{1}{2} \cdot \int_{-\infty}^{\infty} (f)^2 p(f) df",
            r"E[b^2] = \frac{\sigma^2}{2}",
            r"Var[f] = \int_{-\infty}^{\infty} f^2 p(f) df",
            r"E[f] = 0",
            r"\int_{-\infty}^{\infty} p(f) df = 1",
        ] {
            let v = verdict(SYMMETRIC, claim);
            assert_eq!(v.status, Status::Proved, "{claim}: {}", v.message);
        }
    }

    #[test]
    fn what_holds_for_some_densities_only_is_refuted() {
        for (givens, claim) in [
            (SYMMETRIC, r"\int_{-\infty}^0 f^2 p(f) df = \int_{-\infty}^0 0^2 p(f) df"),
            (SYMMETRIC, r"E[b^2] = \sigma^2"),
            ("b = max(f, 0)", r"E[b^2] = \frac{\sigma^2}{2}"),
            ("b = max(f, 0)", r"E[f^2] = 2 \int_0^{\infty} f^2 p(f) df"),
            ("", r"Var[f] = \int_{-\infty}^{\infty} f^2 p(f) df + \mu^2"),
            ("", r"Var[f] = E[f^2]"),
        ] {
            let v = verdict(givens, claim);
            assert_eq!(v.status, Status::Refuted, "{claim}: {}", v.message);
            assert!(v.counterexample.is_some(), "{claim}");
        }
    }

    #[test]
    fn the_variance_is_the_second_moment_less_the_squared_mean() {
        let v = verdict("", r"Var[f] = E[f^2] - \mu^2");
        assert_eq!(v.status, Status::Proved, "{}", v.message);
        let v =
            verdict("mu = 0", r"Var[f] = \int_{-\infty}^{\infty} f^2 p(f) df + \mu^2");
        assert_eq!(v.status, Status::Proved, "{}", v.message);
    }

    #[test]
    fn what_is_not_a_moment_is_skipped() {
        let v = verdict("", r"\int_0^1 f p(f) df = 0");
        assert_eq!(v.status, Status::Skipped, "{}", v.message);
        let v = verdict("", r"E[\sin(f)] = 0");
        assert_eq!(v.status, Status::Skipped, "{}", v.message);
    }
}
