//! Constructors of shaped expressions that check and infer shapes.

use num_rational::BigRational;
use num_traits::One;

use super::{Elaborator, FaultKind, Result};
use crate::function::{Formula, Function};
use crate::language::ast::{Comparison, Span};
use crate::shape::{Dim, IndexVar, Node, Shaped};

impl Elaborator<'_> {
    /// A 1×1 array as a scalar; anything else as it is.
    pub(super) fn settle_scalar(&self, a: Shaped) -> Shaped {
        if !a.axes.is_empty() && a.axes.iter().all(|d| self.solver.is_unit(d)) {
            return Shaped::new(Node::Regroup(a, Vec::new()), Vec::new());
        }
        a
    }

    /// An array that nothing makes larger than 1×1, as a scalar; anything else as it is.
    pub(super) fn scalar_by_default(&mut self, a: Shaped) -> Shaped {
        if a.axes.iter().all(|d| self.solver.is_unit_by_default(d)) {
            for dim in &a.axes {
                self.solver.unify(dim, &Dim::unit());
            }
        }
        self.settle_scalar(a)
    }

    /// The array without the axes that are 1.
    pub(super) fn squeeze(&self, a: Shaped) -> Shaped {
        let keep: Vec<usize> =
            (0..a.axes.len()).filter(|k| !self.solver.is_unit(&a.axes[*k])).collect();
        if keep.len() == a.axes.len() {
            return a;
        }
        let axes = keep.iter().map(|k| a.axes[*k].clone()).collect();
        Shaped::new(Node::Regroup(a, keep.into_iter().map(|k| vec![k]).collect()), axes)
    }

    pub(super) fn transpose(&self, a: Shaped, span: Span) -> Result<Shaped> {
        match a.axes.len() {
            0 => Ok(a),
            2 => {
                let axes = vec![a.axes[1].clone(), a.axes[0].clone()];
                // (aᵀ)ᵀ = a keeps trees small.
                if let Node::Regroup(inner, groups) = &*a.node
                    && *groups == [vec![1], vec![0]]
                {
                    return Ok(inner.clone());
                }
                Ok(Shaped::new(Node::Regroup(a, vec![vec![1], vec![0]]), axes))
            }
            n => self.fault(
                FaultKind::Shape,
                span,
                format!("only a matrix has a transpose, this has {n} axes"),
            ),
        }
    }

    /// Makes two shapes equal.
    pub(super) fn unify_axes(&mut self, a: &[Dim], b: &[Dim]) -> bool {
        let saved = self.solver.clone();
        if a.len() == b.len() && a.iter().zip(b).all(|(x, y)| self.solver.unify(x, y)) {
            return true;
        }
        self.solver = saved;
        false
    }

    /// The matrix product, the scalar multiple, or the chain rule's contraction.
    pub(super) fn product(&mut self, a: Shaped, b: Shaped, span: Span) -> Result<Shaped> {
        let (a, b) = (self.settle_scalar(a), self.settle_scalar(b));
        if a.is_scalar() || b.is_scalar() {
            let axes = if a.is_scalar() { b.axes.clone() } else { a.axes.clone() };
            return Ok(Shaped::new(Node::Times(vec![a, b]), axes));
        }
        match (a.axes.len(), b.axes.len()) {
            (2, 2) => {
                if self.solver.unify(&a.axes[1], &b.axes[0]) {
                    self.solver.summed(&a.axes[1]);
                    let axes = vec![a.axes[0].clone(), b.axes[1].clone()];
                    // `1ᵀA1` is a scalar: two columns close the product.
                    let closed = axes.iter().all(|dim| self.solver.is_width(dim));
                    let product = Shaped::new(Node::Product(a, b), axes);
                    return Ok(match closed {
                        true => self.scalar_by_default(product),
                        false => self.settle_scalar(product),
                    });
                }
                let (a, b) = (self.scalar_by_default(a), self.scalar_by_default(b));
                if a.is_scalar() || b.is_scalar() {
                    return self.product(a, b, span);
                }
                if self.reading.repairs.transpose_vectors
                    && let Some(product) = self.turned_product(&a, &b, span)?
                {
                    return Ok(product);
                }
                let message = format!(
                    "the product of {} and {} does not exist: {} columns meet {} rows",
                    self.show_axes(&a.axes),
                    self.show_axes(&b.axes),
                    self.show_dim(&a.axes[1]),
                    self.show_dim(&b.axes[0]),
                );
                self.fault(FaultKind::Shape, span, message)
            }
            _ => self.chain_rule(a, b, span),
        }
    }

    /// Repair: a vector factor is meant in its other orientation.
    fn turned_product(
        &mut self,
        a: &Shaped,
        b: &Shaped,
        span: Span,
    ) -> Result<Option<Shaped>> {
        for turn_left in [false, true] {
            let side = if turn_left { a } else { b };
            // Only a transposition written where none belongs is a slip (`B x^T` for `B x`); one
            // that is missing is a wrong answer.
            if !is_turned_vector(side) {
                continue;
            }
            let turned = self.transpose(side.clone(), span)?;
            let (l, r) =
                if turn_left { (turned, b.clone()) } else { (a.clone(), turned) };
            if self.solver.unify(&l.axes[1], &r.axes[0]) {
                self.repaired.push((span, "the vector is transposed"));
                let axes = vec![l.axes[0].clone(), r.axes[1].clone()];
                let product = Shaped::new(Node::Product(l, r), axes);
                return Ok(Some(self.settle_scalar(product)));
            }
        }
        Ok(None)
    }

    /// A derivative times a derivative: the sum over all entries in between.
    fn chain_rule(&mut self, a: Shaped, b: Shaped, span: Span) -> Result<Shaped> {
        // The last axes of the first meet the first axes of the second.
        let shared = match (a.axes.len(), b.axes.len()) {
            (2, n) if n > 2 => 2,
            (n, 2) if n > 2 => 2,
            (n, m) if n > 2 && m > 2 => 2,
            _ => 0,
        };
        let at = a.axes.len() - shared.min(a.axes.len());
        if shared == 0 || !self.unify_axes(&a.axes[at..], &b.axes[..shared]) {
            let message = format!(
                "the product of {} and {} has no meaning",
                self.show_axes(&a.axes),
                self.show_axes(&b.axes)
            );
            return self.fault(FaultKind::Shape, span, message);
        }
        self.note("a product of derivatives is the chain rule: the sum over all entries");
        let n = a.axes.len();
        let mut axes: Vec<Dim> = a.axes.iter().chain(&b.axes).cloned().collect();
        let mut product = Shaped::new(Node::Outer(a, b), axes.clone());
        // Axis n-1 of what is left of the first meets the matching axis of the second, from the
        // last shared axis to the first, so that earlier positions stay where they are.
        for k in (0..shared).rev() {
            let (p, q) = (n - shared + k, n + k - (shared - 1 - k));
            axes.remove(q);
            axes.remove(p);
            product = Shaped::new(Node::Contract(product, p, q), axes.clone());
        }
        Ok(self.settle_scalar(product))
    }

    /// The element-wise product.
    pub(super) fn hadamard(
        &mut self,
        a: Shaped,
        b: Shaped,
        span: Span,
    ) -> Result<Shaped> {
        let (a, b) = (self.settle_scalar(a), self.settle_scalar(b));
        if a.is_scalar() || b.is_scalar() {
            let axes = if a.is_scalar() { b.axes.clone() } else { a.axes.clone() };
            return Ok(Shaped::new(Node::Times(vec![a, b]), axes));
        }
        let (a, b) = self.align(a, b, span, "the element-wise product")?;
        let axes = a.axes.clone();
        Ok(Shaped::new(Node::Times(vec![a, b]), axes))
    }

    /// Two arrays of the same shape, after repairs if the reading makes them.
    pub(super) fn align(
        &mut self,
        a: Shaped,
        b: Shaped,
        span: Span,
        what: &str,
    ) -> Result<(Shaped, Shaped)> {
        if self.unify_axes(&a.axes, &b.axes) {
            return Ok((a, b));
        }
        if self.reading.repairs.transpose_vectors
            && a.axes.len() == 2
            && b.axes.len() == 2
        {
            let turned = [b.axes[1].clone(), b.axes[0].clone()];
            if is_turned_vector(&b) && self.unify_axes(&a.axes, &turned) {
                self.repaired.push((span, "the vector is transposed"));
                let b = self.transpose(b, span)?;
                return Ok((a, b));
            }
        }
        if self.reading.repairs.broadcast_rows && a.axes.len() == 2 && b.axes.len() == 2 {
            if let Some(b) = self.broadcast(&b, &a.axes, span) {
                return Ok((a, b));
            }
            if let Some(a) = self.broadcast(&a, &b.axes, span) {
                return Ok((a, b));
            }
        }
        let message = format!(
            "{what} of {} and {} does not exist: the shapes must be equal",
            self.show_axes(&a.axes),
            self.show_axes(&b.axes)
        );
        self.fault(FaultKind::Shape, span, message)
    }

    /// Repair: a row (or column) repeated to fill a matrix.
    fn broadcast(&mut self, a: &Shaped, axes: &[Dim], span: Span) -> Option<Shaped> {
        for k in 0..2 {
            if self.solver.is_unit(&a.axes[k])
                && self.solver.unify(&a.axes[1 - k], &axes[1 - k])
            {
                self.repaired.push((span, "the vector is repeated to fill the matrix"));
                let ones = |r: &Dim, c: &Dim| {
                    Shaped::new(
                        Node::Fill(Shaped::integer(1)),
                        vec![r.clone(), c.clone()],
                    )
                };
                let unit = Dim::unit();
                let node = if k == 0 {
                    Node::Product(ones(&axes[0], &unit), a.clone())
                } else {
                    Node::Product(a.clone(), ones(&unit, &axes[1]))
                };
                return Some(Shaped::new(node, axes.to_vec()));
            }
        }
        None
    }

    /// A scalar in every entry.
    pub(super) fn fill(&self, value: Shaped, axes: &[Dim]) -> Shaped {
        if axes.is_empty() {
            return value;
        }
        Shaped::new(Node::Fill(value), axes.to_vec())
    }

    pub(super) fn scale(&self, by: BigRational, a: Shaped) -> Shaped {
        if by.is_one() {
            return a;
        }
        let axes = a.axes.clone();
        Shaped::new(Node::Times(vec![Shaped::scalar(Node::Number(by)), a]), axes)
    }

    pub(super) fn power(&self, base: Shaped, exponent: Shaped) -> Shaped {
        let axes =
            if base.is_scalar() { exponent.axes.clone() } else { base.axes.clone() };
        Shaped::new(Node::Power(base, exponent), axes)
    }

    pub(super) fn rational_power(&self, base: Shaped, n: i64, d: i64) -> Shaped {
        let exponent = Shaped::scalar(Node::Number(BigRational::new(n.into(), d.into())));
        self.power(base, exponent)
    }

    /// The sum of all entries.
    pub(super) fn sum_all(&self, a: Shaped) -> Shaped {
        if a.is_scalar() {
            return a;
        }
        let mut total = a;
        while let Some(axis) = total.axes.first().cloned() {
            let ones = Shaped::new(Node::Fill(Shaped::integer(1)), vec![axis]);
            let axes = total.axes[1..].to_vec();
            total = Shaped::new(Node::Product(ones, total), axes);
        }
        total
    }

    /// An element-wise function from the table.
    pub(super) fn apply(&self, function: Function, a: Shaped) -> Shaped {
        let axes = a.axes.clone();
        Shaped::new(Node::Apply(function, a), axes)
    }

    /// A formula of the function table at an array.
    pub(super) fn formula(&self, formula: &Formula, x: &Shaped) -> Shaped {
        let axes = x.axes.clone();
        match formula {
            Formula::X => x.clone(),
            Formula::Num(n, d) => {
                Shaped::scalar(Node::Number(BigRational::new((*n).into(), (*d).into())))
            }
            Formula::Pi => Shaped::scalar(Node::Pi),
            Formula::Add(parts) => {
                let parts = parts
                    .iter()
                    .map(|p| {
                        let part = self.formula(p, x);
                        if part.is_scalar() { self.fill(part, &axes) } else { part }
                    })
                    .collect();
                Shaped::new(Node::Add(parts), axes)
            }
            Formula::Mul(parts) => {
                let parts: Vec<Shaped> =
                    parts.iter().map(|p| self.formula(p, x)).collect();
                let scalar = parts.iter().all(Shaped::is_scalar);
                Shaped::new(Node::Times(parts), if scalar { Vec::new() } else { axes })
            }
            Formula::Pow(base, n, d) => {
                self.rational_power(self.formula(base, x), *n, *d)
            }
            Formula::Fn(function, of) => self.apply(*function, self.formula(of, x)),
            Formula::Step(of) => {
                let of = self.formula(of, x);
                let axes = of.axes.clone();
                let zero = Shaped::integer(0);
                Shaped::new(Node::Indicator(Comparison::Greater, of, zero), axes)
            }
        }
    }

    /// A new index variable.
    pub(super) fn index_var(&mut self, name: &str, dim: Dim) -> IndexVar {
        self.table.indices.push((name.to_string(), dim));
        IndexVar(self.table.indices.len() as u32 - 1)
    }
}

/// Whether the array is written as a transposed vector.
fn is_turned_vector(a: &Shaped) -> bool {
    matches!(&*a.node, Node::Regroup(inner, groups)
        if *groups == [vec![1], vec![0]] && inner.axes.iter().any(Dim::is_unit))
}
