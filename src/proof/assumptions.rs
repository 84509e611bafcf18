//! What a proof assumed: read off the expressions, and what the algebra relied on.

use num_traits::{One, Signed};

use crate::shape::{Elaborated, Node, Role, Shaped, Table};
use crate::tensor::Caveat;

/// The assumptions of a proved relation, in words.
pub(super) fn of(relation: &Elaborated, caveats: &[Caveat]) -> Vec<String> {
    let mut out = Vec::new();
    let mut seen =
        Seen { table: &relation.table, out: &mut out, under_derivative: false };
    seen.walk(&relation.lhs);
    seen.walk(&relation.rhs);
    for symbol in &relation.table.symbols {
        if let Role::Defined(body) = &symbol.role {
            seen.walk(body);
        }
    }
    for caveat in caveats {
        let words = match caveat {
            Caveat::AlmostEverywhere => {
                "almost everywhere (where no indicator's argument is 0)"
            }
            Caveat::PositiveBase => {
                "the base of a power with a symbolic exponent is positive, or the exponent a \
                 whole number and the base not 0"
            }
            Caveat::InvertibleFactors => {
                "the factors of an inverted product are invertible"
            }
        };
        push(&mut out, words.to_string());
    }
    out
}

fn push(out: &mut Vec<String>, words: String) {
    if !out.contains(&words) {
        out.push(words);
    }
}

struct Seen<'a> {
    table: &'a Table,
    out: &'a mut Vec<String>,
    under_derivative: bool,
}

impl Seen<'_> {
    fn walk(&mut self, e: &Shaped) {
        // (√s)² is s: neither the root nor its derivative asks for anything.
        if let Node::Power(root, two) = &*e.node
            && let Node::Power(inner, half) = &*root.node
            && matches!(&*half.node, Node::Number(h) if *h == ratio(1, 2))
            && matches!(&*two.node, Node::Number(k) if *k == ratio(2, 1))
        {
            return self.walk(inner);
        }
        match &*e.node {
            Node::Inverse(a) if !self.known_invertible(a) => {
                let words = format!("{} invertible", self.show(a));
                push(self.out, words);
            }
            Node::Power(base, exponent) => self.power(base, exponent),
            Node::Apply(f, a) => {
                if f.needs_positive_argument() && !self.positive(a) {
                    let words = format!("{} > 0", self.show(a));
                    push(self.out, words);
                }
                if f.has_kink() && self.under_derivative {
                    push(
                        self.out,
                        format!("almost everywhere ({} has a kink at 0)", f.name()),
                    );
                }
            }
            Node::Indicator(..) if self.under_derivative => {
                push(
                    self.out,
                    "almost everywhere (where no indicator's argument is 0)".into(),
                );
            }
            _ => {}
        }
        let outer = self.under_derivative;
        if matches!(&*e.node, Node::Derivative(..) | Node::Directional(..)) {
            self.under_derivative = true;
        }
        e.each_child(&mut |child| self.walk(child));
        self.under_derivative = outer;
    }

    fn power(&mut self, base: &Shaped, exponent: &Shaped) {
        let Node::Number(e) = &*exponent.node else { return };
        // 1/(ab) asks of both what 1/a and 1/b ask.
        if e.is_negative()
            && let Node::Times(parts) = &*base.node
        {
            return parts.iter().for_each(|part| self.power(part, exponent));
        }
        // 1/(bⁿ)ᵐ asks of b what 1/b asks.
        let mut base = base;
        while e.is_negative()
            && let Node::Power(inner, n) = &*base.node
            && matches!(&*n.node, Node::Number(n) if n.is_positive() && n.is_integer())
        {
            base = inner;
        }
        if self.positive(base) {
            return;
        }
        // A norm is 0 only where its vector is.
        let root = match &*base.node {
            Node::Power(inner, half) if matches!(&*half.node, Node::Number(h) if *h == ratio(1, 2)) => {
                inner
            }
            _ => base,
        };
        if let Some(vector) = squared(root) {
            if e.is_negative() || (self.under_derivative && !e.is_integer()) {
                let words = format!("{} ≠ 0", self.show(vector));
                push(self.out, words);
            }
            return;
        }
        let shown = self.show(base);
        if e.is_negative() {
            push(self.out, format!("{shown} ≠ 0"));
        } else if !e.is_integer() {
            // A root's derivative needs more than the root.
            let sign = if self.under_derivative && *e < num_rational::BigRational::one() {
                "> 0"
            } else {
                "≥ 0"
            };
            if sign == "> 0" || !self.nonnegative(base) {
                push(self.out, format!("{shown} {sign}"));
            }
        }
    }

    fn known_invertible(&self, a: &Shaped) -> bool {
        match &*a.node {
            Node::Symbol(id) => {
                let p = &self.table.symbol(*id).properties;
                p.invertible
                    || p.positive_definite
                    || p.positive_determinant
                    || p.orthogonal
            }
            Node::Regroup(inner, _) => self.known_invertible(inner),
            Node::Identity => true,
            _ => false,
        }
    }

    fn positive(&self, a: &Shaped) -> bool {
        match &*a.node {
            Node::Number(v) => v.is_positive(),
            Node::Pi | Node::Size(_) => true,
            Node::Symbol(id) => self.table.symbol(*id).properties.positive,
            Node::Apply(crate::function::Function::Exp, _) => true,
            Node::Regroup(a, _)
            | Node::Fill(a)
            | Node::Pick(a, _)
            | Node::Abstract(_, a)
            | Node::Sum(_, a) => self.positive(a),
            Node::Add(parts) | Node::Times(parts) => {
                parts.iter().all(|p| self.positive(p))
            }
            Node::Product(a, b) | Node::Outer(a, b) => {
                self.positive(a) && self.positive(b)
            }
            Node::Power(a, _) => self.positive(a),
            Node::Det(a) => match &*a.node {
                Node::Symbol(id) => {
                    let p = &self.table.symbol(*id).properties;
                    p.positive_definite || p.positive_determinant
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn nonnegative(&self, a: &Shaped) -> bool {
        if self.positive(a) {
            return true;
        }
        match &*a.node {
            Node::Times(parts) => {
                parts.len() == 2 && parts[0] == parts[1]
                    || parts.iter().all(|p| self.nonnegative(p))
            }
            Node::Product(a, b) => {
                (self.nonnegative(a) && self.nonnegative(b)) || transposed(a, b)
            }
            Node::Regroup(a, _) | Node::Fill(a) | Node::Sum(_, a) => self.nonnegative(a),
            Node::Power(_, e) => {
                matches!(&*e.node, Node::Number(v) if *v == num_rational::BigRational::from_integer(2.into()))
            }
            Node::Add(parts) => parts.iter().all(|p| self.nonnegative(p)),
            _ => false,
        }
    }

    fn show(&self, a: &Shaped) -> String {
        super::show::shaped(self.table, a)
    }
}

fn ratio(n: i64, d: i64) -> num_rational::BigRational {
    num_rational::BigRational::new(n.into(), d.into())
}

/// The array whose sum of squares this is.
fn squared(e: &Shaped) -> Option<&Shaped> {
    match &*e.node {
        Node::Product(ones, a) if matches!(&*ones.node, Node::Fill(_)) => squared(a),
        Node::Regroup(a, _) => squared(a),
        Node::Product(a, b) if transposed(a, b) => Some(b),
        Node::Times(parts) if parts.len() == 2 && parts[0] == parts[1] => Some(&parts[0]),
        Node::Sum(_, a) => squared(a),
        Node::Power(a, two)
            if matches!(&*two.node, Node::Number(k) if *k == ratio(2, 1))
                && matches!(&*a.node, Node::Pick(..)) =>
        {
            match &*a.node {
                Node::Pick(array, _) => Some(array),
                _ => None,
            }
        }
        _ => None,
    }
}

fn transposed(a: &Shaped, b: &Shaped) -> bool {
    matches!(&*a.node, Node::Regroup(inner, groups) if *groups == [vec![1], vec![0]] && inner == b)
}
