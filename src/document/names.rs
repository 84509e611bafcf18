//! Which names an expression uses, and as what.

use std::collections::BTreeSet;

use crate::language::ast::{Condition, Expr, Kind};

/// The names that an expression uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Uses {
    /// Names that stand for a value, as far as nothing in the expression binds them.
    pub(super) values: BTreeSet<String>,
    /// Letters that stand as indices.
    pub(super) indices: BTreeSet<String>,
    /// Names of which an entry is taken.
    pub(super) indexed: BTreeSet<String>,
    /// Names of functions.
    pub(super) functions: BTreeSet<String>,
    /// Names of which a derivative is taken as a whole: `L` in `\frac{\partial L}{\partial Y}`.
    pub(super) differentiated: BTreeSet<String>,
    /// What is differentiated by what, where both are names or entries of names.
    pub(super) derivatives: BTreeSet<(String, String)>,
}

/// The name that an expression is, or an entry of which it is.
pub(super) fn head(expr: &Expr) -> Option<&str> {
    match &expr.without_groups().kind {
        Kind::Name(name) => Some(name),
        Kind::Entry(base, _) => head(base),
        _ => None,
    }
}

impl Uses {
    /// The names that `expr` uses.
    pub(super) fn of(expr: &Expr) -> Self {
        let mut uses = Uses::default();
        uses.add(expr);
        uses
    }

    /// Adds the names that another expression uses.
    pub(super) fn add(&mut self, expr: &Expr) {
        self.value(expr, &mut Vec::new());
    }

    /// The names that need a given: values that are no index letters and no constants.
    pub(super) fn needed(&self) -> impl Iterator<Item = &str> {
        self.values
            .iter()
            .filter(|name| {
                !self.indices.contains(*name) && !matches!(name.as_str(), "pi" | "e")
            })
            .map(String::as_str)
    }

    fn value(&mut self, expr: &Expr, bound: &mut Vec<String>) {
        match &expr.kind {
            Kind::Name(name) => {
                if !bound.contains(name) {
                    self.values.insert(name.clone());
                }
            }
            Kind::Function { name, .. } => {
                self.functions.insert(name.clone());
            }
            Kind::Call { name, args, .. } => {
                self.functions.insert(name.clone());
                args.iter().for_each(|arg| self.value(arg, bound));
            }
            Kind::Entry(base, indices) => {
                if let Kind::Name(name) = &base.without_groups().kind {
                    self.indexed.insert(name.clone());
                }
                self.value(base, bound);
                indices.iter().for_each(|index| self.add_index(index));
            }
            Kind::Delta(left, right) => {
                self.add_index(left);
                self.add_index(right);
            }
            Kind::Sum(indices, body) | Kind::BigProduct(indices, body) => {
                let before = bound.len();
                for index in indices {
                    bound.push(index.name.clone());
                    index.not_equal.iter().for_each(|other| self.add_index(other));
                }
                self.value(body, bound);
                bound.truncate(before);
            }
            Kind::Integral { from, to, body, by } => {
                from.iter().chain(to).for_each(|limit| self.value(limit, bound));
                bound.push(by.clone());
                self.value(body, bound);
                bound.pop();
            }
            Kind::Cases(rows) => {
                for (value, condition) in rows {
                    self.value(value, bound);
                    self.condition(condition, bound);
                }
            }
            Kind::Indicator(condition) => self.condition(condition, bound),
            // Sizes are no values: a dimension needs no given of its own.
            Kind::Ones(_) | Kind::Zeros(_) | Kind::Identity(_) => {}
            Kind::Derivative { of, by, .. } => {
                if let Some(of) = of {
                    if let Kind::Name(name) = &of.without_groups().kind {
                        self.differentiated.insert(name.clone());
                    }
                    if let Some(of) = head(of) {
                        let pairs = by.iter().filter_map(head);
                        self.derivatives
                            .extend(pairs.map(|by| (of.to_owned(), by.to_owned())));
                    }
                    self.value(of, bound);
                }
                by.iter().for_each(|by| self.value(by, bound));
            }
            _ => expr.for_each_child(&mut |child| self.value(child, bound)),
        }
    }

    fn condition(&mut self, condition: &Condition, bound: &mut Vec<String>) {
        match condition {
            Condition::Compare(left, _, right) => {
                self.value(left, bound);
                self.value(right, bound);
            }
            Condition::All(parts) => {
                parts.iter().for_each(|part| self.condition(part, bound))
            }
            Condition::Otherwise | Condition::Unread(_) => {}
        }
    }

    /// Adds the letters of an index, also those of `i + 1`.
    pub(super) fn add_index(&mut self, expr: &Expr) {
        if let Kind::Name(name) = &expr.kind {
            self.indices.insert(name.clone());
        } else {
            expr.for_each_child(&mut |child| self.add_index(child));
        }
    }
}
