//! Walking the tree: children, height.

use super::ast::{Condition, Expr, Kind};

impl Condition {
    /// Calls `visit` on every expression that the condition compares.
    pub fn for_each_expr<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        match self {
            Condition::Compare(left, _, right) => {
                visit(left);
                visit(right);
            }
            Condition::All(parts) => {
                for part in parts {
                    part.for_each_expr(visit);
                }
            }
            Condition::Otherwise | Condition::Unread(_) => {}
        }
    }
}

impl Expr {
    /// Calls `visit` on every direct child, in the order written.
    pub fn for_each_child<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        match &self.kind {
            Kind::Number(_)
            | Kind::Name(_)
            | Kind::Function { .. }
            | Kind::Ellipsis
            | Kind::Infinity
            | Kind::Colon
            | Kind::Unread(_) => {}
            Kind::Ones(items)
            | Kind::Zeros(items)
            | Kind::Tuple(items)
            | Kind::Call { args: items, .. } => items.iter().for_each(visit),
            Kind::Identity(size) => {
                if let Some(size) = size {
                    visit(size);
                }
            }
            Kind::Add(terms) => terms.iter().for_each(|term| visit(&term.1)),
            Kind::Product(left, _, right)
            | Kind::Quotient(left, _, right)
            | Kind::Power(left, right)
            | Kind::HadamardPower(left, right)
            | Kind::Delta(left, right) => {
                visit(left);
                visit(right);
            }
            Kind::Transpose(inner)
            | Kind::Root(inner)
            | Kind::Norm(inner, _)
            | Kind::Bars(inner)
            | Kind::Group(_, inner)
            | Kind::Differential(inner)
            | Kind::Expectation(_, inner) => visit(inner),
            Kind::Entry(base, indices) => {
                visit(base);
                indices.iter().for_each(visit);
            }
            Kind::Sum(indices, body) | Kind::BigProduct(indices, body) => {
                for index in indices {
                    index.from.iter().for_each(&mut *visit);
                    index.to.iter().for_each(&mut *visit);
                    index.not_equal.iter().for_each(&mut *visit);
                }
                visit(body);
            }
            Kind::Cases(rows) => {
                for (value, condition) in rows {
                    visit(value);
                    condition.for_each_expr(visit);
                }
            }
            Kind::Indicator(condition) => condition.for_each_expr(visit),
            Kind::Derivative { of, by, .. } => {
                if let Some(of) = of {
                    visit(of);
                }
                by.iter().for_each(visit);
            }
            Kind::Matrix(rows) => rows.iter().flatten().for_each(visit),
            Kind::Integral { from, to, body, .. } => {
                if let Some(from) = from {
                    visit(from);
                }
                if let Some(to) = to {
                    visit(to);
                }
                visit(body);
            }
            Kind::At(body, values) => {
                visit(body);
                for (name, value) in values {
                    visit(name);
                    visit(value);
                }
            }
        }
    }

    /// The number of nodes on the longest way down from here.
    pub fn height(&self) -> usize {
        let mut tallest = 0;
        self.for_each_child(&mut |child| tallest = tallest.max(child.height()));
        tallest + 1
    }

    /// Calls `visit` on every name in the tree.
    pub fn for_each_name(&self, visit: &mut dyn FnMut(&str)) {
        if let Kind::Name(name) = &self.kind {
            visit(name);
        }
        self.for_each_child(&mut |child| child.for_each_name(visit));
    }

    /// How often a name occurs that no sum sign inside binds.
    pub fn free_occurrences(&self, name: &str) -> usize {
        match &self.kind {
            Kind::Name(own) if own == name => return 1,
            Kind::Sum(indices, _) if indices.iter().any(|index| index.name == name) => {
                return 0;
            }
            _ => {}
        }
        let mut count = 0;
        self.for_each_child(&mut |child| count += child.free_occurrences(name));
        count
    }

    /// Whether some part could not be read.
    pub fn has_unread(&self) -> bool {
        if matches!(self.kind, Kind::Unread(_)) {
            return true;
        }
        let mut found = false;
        self.for_each_child(&mut |child| found = found || child.has_unread());
        found
    }

    /// The expression without the brackets around it.
    pub fn without_groups(&self) -> &Expr {
        let mut inner = self;
        while let Kind::Group(_, content) = &inner.kind {
            inner = content;
        }
        inner
    }
}
