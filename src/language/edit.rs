//! Changing a tree at one place.

use super::ast::{Condition, Expr, Kind};

impl Expr {
    /// Calls `f` on every direct child, in the order of [`Expr::for_each_child`].
    pub fn for_each_child_mut(&mut self, f: &mut dyn FnMut(&mut Expr)) {
        match &mut self.kind {
            Kind::Number(_)
            | Kind::Name(_)
            | Kind::Function { .. }
            | Kind::Ellipsis
            | Kind::Infinity
            | Kind::Colon
            | Kind::Unread(_)
            | Kind::Identity(None) => {}
            Kind::Ones(items)
            | Kind::Zeros(items)
            | Kind::Tuple(items)
            | Kind::Call { args: items, .. } => items.iter_mut().for_each(f),
            Kind::Add(terms) => terms.iter_mut().for_each(|(_, t)| f(t)),
            Kind::Product(a, _, b)
            | Kind::Quotient(a, _, b)
            | Kind::Power(a, b)
            | Kind::HadamardPower(a, b)
            | Kind::Delta(a, b) => {
                f(a);
                f(b);
            }
            Kind::Transpose(a)
            | Kind::Root(a)
            | Kind::Norm(a, _)
            | Kind::Bars(a)
            | Kind::Group(_, a)
            | Kind::Differential(a)
            | Kind::Expectation(_, a)
            | Kind::Identity(Some(a)) => f(a),
            Kind::Entry(a, indices) => {
                f(a);
                indices.iter_mut().for_each(f);
            }
            Kind::Sum(indices, body) | Kind::BigProduct(indices, body) => {
                for index in indices {
                    index.from.iter_mut().for_each(&mut *f);
                    index.to.iter_mut().for_each(&mut *f);
                    index.not_equal.iter_mut().for_each(&mut *f);
                }
                f(body);
            }
            Kind::Cases(rows) => rows.iter_mut().for_each(|(value, condition)| {
                f(value);
                condition.for_each_expr_mut(f);
            }),
            Kind::Indicator(condition) => condition.for_each_expr_mut(f),
            Kind::Derivative { of, by, .. } => {
                of.iter_mut().for_each(|e| f(e));
                by.iter_mut().for_each(f);
            }
            Kind::Matrix(rows) => rows.iter_mut().flatten().for_each(f),
            Kind::Integral { from, to, body, .. } => {
                from.iter_mut().chain(to).for_each(|e| f(e));
                f(body);
            }
            Kind::At(a, values) => {
                f(a);
                values.iter_mut().for_each(|(x, v)| {
                    f(x);
                    f(v);
                });
            }
        }
    }

    /// The tree with the node of that number (counted from 0, each before its children) replaced
    /// by what `f` makes of it.
    pub fn edited(&self, number: usize, f: &dyn Fn(&Expr) -> Expr) -> Expr {
        let mut copy = self.clone();
        let mut left = number;
        edit(&mut copy, &mut left, f);
        copy
    }

    /// Every node, each before its children.
    pub fn nodes(&self) -> Vec<&Expr> {
        fn collect<'a>(e: &'a Expr, out: &mut Vec<&'a Expr>) {
            out.push(e);
            e.for_each_child(&mut |child| collect(child, out));
        }
        let mut out = Vec::new();
        collect(self, &mut out);
        out
    }
}

/// Whether the node was found and changed.
fn edit(e: &mut Expr, left: &mut usize, f: &dyn Fn(&Expr) -> Expr) -> bool {
    if *left == 0 {
        *e = f(e);
        return true;
    }
    *left -= 1;
    let mut done = false;
    e.for_each_child_mut(&mut |child| {
        if !done {
            done = edit(child, left, f);
        }
    });
    done
}

impl Condition {
    fn for_each_expr_mut(&mut self, f: &mut dyn FnMut(&mut Expr)) {
        match self {
            Condition::Compare(a, _, b) => {
                f(a);
                f(b);
            }
            Condition::All(parts) => {
                parts.iter_mut().for_each(|p| p.for_each_expr_mut(f))
            }
            Condition::Otherwise | Condition::Unread(_) => {}
        }
    }
}
