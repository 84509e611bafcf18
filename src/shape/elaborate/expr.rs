//! Operators: sums, products, quotients, powers, groups, cases.

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::computed::is_computed;
use super::{Elaborator, FaultKind, Result, literal, peel};
use crate::language::ast::{
    Comparison, Condition, Expr, Kind, NormKind, Over, Sign, Span, Times,
};
use crate::shape::{Dim, Node, Shaped};

impl Elaborator<'_> {
    /// The meaning of an expression.
    pub(super) fn expr(&mut self, e: &Expr) -> Result<Shaped> {
        let span = e.span;
        match &e.kind {
            Kind::Number(value) => Ok(Shaped::scalar(Node::Number(value.clone()))),
            Kind::Name(name) => self.name(name, span),
            Kind::Ones(sizes) => self.constant_array(1, sizes, span),
            Kind::Zeros(sizes) => self.constant_array(0, sizes, span),
            Kind::Identity(size) => {
                let dim = match size {
                    Some(size) => self.dimension(size)?,
                    None => self.solver.unknown(false),
                };
                Ok(Shaped::new(Node::Identity, vec![dim.clone(), dim]))
            }
            Kind::Add(terms) => self.sum_of_terms(terms, span),
            Kind::Product(a, how, b) => self.product_of(a, *how, b, span),
            Kind::Quotient(a, how, b) => self.quotient(a, *how, b, span),
            Kind::Power(base, exponent) => self.power_of(base, exponent, span),
            Kind::HadamardPower(base, exponent) => {
                let base = self.expr(base)?;
                let exponent = self.expr(exponent)?;
                let exponent = self.settle_scalar(exponent);
                if !exponent.is_scalar() {
                    return self.fault(
                        FaultKind::Shape,
                        span,
                        "an exponent must be a scalar",
                    );
                }
                Ok(self.power(base, exponent))
            }
            Kind::Transpose(a) => {
                let a = self.expr(a)?;
                self.transpose(a, span)
            }
            Kind::Root(a) => {
                let a = self.expr(a)?;
                let a = self.settle_scalar(a);
                Ok(self.rational_power(a, 1, 2))
            }
            Kind::Entry(base, indices) => self.entry(base, indices, span),
            Kind::Call { name, primes, args } => self.call(name, *primes, args, span),
            Kind::Function { name, .. } => self.fault(
                FaultKind::Unsupported,
                span,
                format!("`{name}` is a function without an argument"),
            ),
            Kind::Norm(a, kind) => {
                let a = self.expr(a)?;
                Ok(self.norm(a, *kind))
            }
            Kind::Bars(inner) => {
                let a = match &inner.kind {
                    Kind::Bars(a) if !self.expr(a)?.is_scalar() => self.expr(a)?,
                    _ => self.expr(inner)?,
                };
                let a = self.settle_scalar(a);
                // Only a square matrix has a determinant.
                let square =
                    a.axes.len() == 2 && self.solver.could_equal(&a.axes[0], &a.axes[1]);
                if square && !a.is_scalar() {
                    return self.determinant(a, span);
                }
                let double = matches!(inner.kind, Kind::Bars(_));
                if (double || self.reading.geometric) && !a.is_scalar() && !square {
                    // `\\left|\\left| x \\right|\\right|`
                    return Ok(self.norm(a, NormKind::Plain));
                }
                Ok(self.apply(crate::function::Function::Abs, a))
            }
            Kind::Group(_, inner) => self.expr(inner),
            Kind::Sum(indices, body) => self.big_sum(indices, body, span),
            Kind::BigProduct(..) => self.fault(
                FaultKind::Unsupported,
                span,
                "products over an index are not read",
            ),
            Kind::Delta(i, j) if is_computed(i) || is_computed(j) => {
                let (letter, computed) = if is_computed(j) { (i, j) } else { (j, i) };
                let holds = self.computed_equality(letter, computed);
                self.expr(&holds)
            }
            Kind::Delta(i, j) => {
                let (i, j) = (self.index_of(i)?, self.index_of(j)?);
                self.delta(i, j, span)
            }
            Kind::Cases(rows) => self.cases(rows, span),
            Kind::Indicator(condition) => self.condition(condition, span),
            Kind::Derivative { form, of, by } => {
                self.derivative(*form, of.as_deref(), by, span)
            }
            Kind::Differential(inner) => self.differential(inner, span),
            Kind::Matrix(rows) => self.written_matrix(rows, span),
            Kind::Tuple(_) => {
                self.fault(FaultKind::Unsupported, span, "lists are not read as vectors")
            }
            Kind::Ellipsis => self.fault(
                FaultKind::Unsupported,
                span,
                "an ellipsis is read only between terms like the first and the last",
            ),
            Kind::Integral { .. } | Kind::Expectation(..) | Kind::Infinity => self.fault(
                FaultKind::Unsupported,
                span,
                "expectations and integrals are proved only as relations of their own",
            ),
            Kind::Colon => self.fault(
                FaultKind::Unsupported,
                span,
                "`:` stands only inside an index",
            ),
            Kind::At(..) => self.fault(
                FaultKind::Unsupported,
                span,
                "evaluation at a point is not read",
            ),
            Kind::Unread(text) => self.fault(
                FaultKind::Unsupported,
                span,
                format!("`{}` could not be read", shorten(text)),
            ),
        }
    }

    /// An expression that must be a scalar.
    pub(super) fn scalar(&mut self, e: &Expr, what: &str) -> Result<Shaped> {
        let a = self.expr(e)?;
        self.as_scalar(a, e, what)
    }

    /// What was read of `e` as a scalar.
    pub(super) fn as_scalar(
        &mut self,
        a: Shaped,
        e: &Expr,
        what: &str,
    ) -> Result<Shaped> {
        let a = self.settle_scalar(a);
        if a.is_scalar() {
            return Ok(a);
        }
        // Open axes may still turn out to be 1.
        let unit = vec![Dim::unit(); a.axes.len()];
        if a.axes.iter().any(|d| self.solver.is_open(d))
            && self.unify_axes(&a.axes, &unit)
        {
            return Ok(self.settle_scalar(a));
        }
        let message =
            format!("{what} must be a scalar, this is {}", self.show_axes(&a.axes));
        self.fault(FaultKind::Shape, e.span, message)
    }

    fn constant_array(
        &mut self,
        value: i64,
        sizes: &[Expr],
        _span: Span,
    ) -> Result<Shaped> {
        let axes = match sizes {
            // Without a size the context decides; an axis nothing decides is 1.
            [] => vec![self.solver.length(), self.solver.unknown(true)],
            [n] => vec![self.dimension(n)?, Dim::unit()],
            [n, m, ..] => vec![self.dimension(n)?, self.dimension(m)?],
        };
        Ok(Shaped::new(Node::Fill(Shaped::integer(value)), axes))
    }

    fn sum_of_terms(&mut self, terms: &[(Sign, Expr)], span: Span) -> Result<Shaped> {
        if terms.iter().any(|(_, t)| matches!(peel(t).kind, Kind::Ellipsis)) {
            return self.ellipsis_sum(terms, span);
        }
        let mut parts: Vec<(Shaped, Span)> = Vec::new();
        for (sign, term) in terms {
            let part = self.term(term)?;
            let part = self.settle_scalar(part);
            let part = match sign {
                Sign::Plus => part,
                Sign::Minus => self.scale(-BigRational::one(), part),
            };
            parts.push((part, term.span));
        }
        if parts.len() == 1 {
            return Ok(parts.remove(0).0);
        }
        // Literal numbers fill out to the shape of the rest.
        let model = parts.iter().find(|(p, _)| !p.is_scalar()).map(|(p, _)| p.clone());
        let Some(mut model) = model else {
            let parts = parts.into_iter().map(|(p, _)| p).collect();
            return Ok(Shaped::scalar(Node::Add(parts)));
        };
        let mut sum: Vec<Shaped> = Vec::new();
        for ((part, place), (_, term)) in parts.into_iter().zip(terms) {
            if part.is_scalar() {
                if literal(term).is_some() {
                    sum.push(self.fill(part, &model.axes));
                    continue;
                }
                // An array whose open axes are 1 after all.
                let unit = vec![Dim::unit(); model.axes.len()];
                if model
                    .axes
                    .iter()
                    .all(|d| self.solver.is_open(d) || self.solver.is_unit(d))
                    && self.unify_axes(&model.axes, &unit)
                {
                    sum.push(self.fill(part, &model.axes));
                    continue;
                }
                if self.reading.repairs.fill_scalars {
                    self.repaired
                        .push((place, "the scalar is filled out to the array's shape"));
                    sum.push(self.fill(part, &model.axes));
                    continue;
                }
                let message = format!(
                    "a scalar cannot be added to {}: write it times a vector or matrix of ones",
                    self.show_axes(&model.axes)
                );
                return self.fault(FaultKind::Shape, place, message);
            }
            let (aligned, part) = self.align(model.clone(), part, place, "the sum")?;
            // Broadcasting may have changed the model: earlier terms must follow.
            if aligned != model {
                for earlier in &mut sum {
                    if earlier.axes == model.axes {
                        let (_, e) = self.align(
                            aligned.clone(),
                            earlier.clone(),
                            place,
                            "the sum",
                        )?;
                        *earlier = e;
                    }
                }
                model = aligned;
            }
            sum.push(part);
        }
        let axes = sum[0].axes.clone();
        let sum = self.settle_scalar(Shaped::new(Node::Add(sum), axes));
        Ok(sum)
    }

    /// A term, with Einstein summation where the reading has it.
    pub(super) fn term(&mut self, e: &Expr) -> Result<Shaped> {
        if self.reading.einstein {
            return self.einstein_term(e);
        }
        self.expr(e)
    }

    fn product_of(
        &mut self,
        a: &Expr,
        how: Times,
        b: &Expr,
        span: Span,
    ) -> Result<Shaped> {
        if how != Times::Hadamard
            && how != Times::Kronecker
            && let Some(product) = self.chain_product(a, b, span)?
        {
            return Ok(product);
        }
        if self.reading.repairs.operator_numerator
            && let Some(operated) = self.operator_for_numerator(a, b)?
        {
            self.repaired
                .push((a.span, "the derivative sign is an operator on what follows"));
            return Ok(operated);
        }
        let left = self.expr(a)?;
        let right = self.expr(b)?;
        match how {
            // A literal number is filled out to any shape.
            Times::Hadamard if literal(a).is_some() || literal(b).is_some() => {
                self.product(left, right, span)
            }
            Times::Hadamard => {
                let (l, r) =
                    (self.settle_scalar(left.clone()), self.settle_scalar(right.clone()));
                if l.is_scalar() != r.is_scalar() && !self.reading.repairs.scalar_hadamard
                {
                    // An open array of ones may be the scalar's partner; anything else is not.
                    let message = "an element-wise product needs two arrays of one shape; a \
                                   scalar multiple is written side by side";
                    return self.fault(FaultKind::Shape, span, message);
                }
                if l.is_scalar() != r.is_scalar() {
                    self.repaired.push((
                        span,
                        "the element-wise sign before a scalar is a product",
                    ));
                }
                let before = self.solver.clone();
                let fault = match self.hadamard(left, right, span) {
                    Ok(product) => return Ok(product),
                    Err(fault) => fault,
                };
                // `A ⊙ B C` by precedence, and where that has no meaning from left to right.
                let Some(rotated) = left_to_right(a, b) else { return Err(fault) };
                self.solver = before;
                let product = self.expr(&rotated).map_err(|_| fault)?;
                self.note("products without brackets are taken from left to right");
                Ok(product)
            }
            Times::Kronecker if self.reading.geometric => self.outer(left, right, span),
            Times::Kronecker => self.kronecker(left, right, span),
            Times::Cdot if self.are_columns(&left, &right) => {
                self.note("a dot between two vectors is their inner product");
                let entries = self.hadamard(left, right, span)?;
                Ok(self.sum_all(entries))
            }
            _ => self.product(left, right, span),
        }
    }

    /// Two columns of one length, longer than 1: their matrix product does not exist.
    fn are_columns(&self, a: &Shaped, b: &Shaped) -> bool {
        let column = |x: &Shaped| {
            x.axes.len() == 2
                && self.solver.is_unit(&x.axes[1])
                && !self.solver.is_unit_by_default(&x.axes[0])
        };
        column(a) && column(b) && self.solver.could_equal(&a.axes[0], &b.axes[0])
    }

    fn quotient(&mut self, a: &Expr, how: Over, b: &Expr, span: Span) -> Result<Shaped> {
        let top = self.expr(a)?;
        let bottom = self.expr(b)?;
        let (top, bottom) = (self.settle_scalar(top), self.settle_scalar(bottom));
        if bottom.is_scalar() && literal(b).is_some_and(|v| v.is_zero()) {
            return self.fault(FaultKind::Unsupported, b.span, "division by 0");
        }
        let inverse = self.rational_power(bottom.clone(), -1, 1);
        if bottom.is_scalar() {
            let axes = top.axes.clone();
            return Ok(Shaped::new(Node::Times(vec![top, inverse]), axes));
        }
        if top.is_scalar() {
            // `\frac{1}{X}` is the element-wise inverse.
            if literal(a).is_some() || how == Over::Hadamard {
                self.note("a number over an array is taken entry by entry");
                let axes = bottom.axes.clone();
                return Ok(Shaped::new(Node::Times(vec![top, inverse]), axes));
            }
            let message = format!(
                "a scalar cannot be divided by {}: use an inverse or an element-wise quotient",
                self.show_axes(&bottom.axes)
            );
            return self.fault(FaultKind::Shape, span, message);
        }
        let (top, bottom) = self.align(top, bottom, span, "the quotient")?;
        if how != Over::Hadamard {
            self.note("a quotient of arrays is taken entry by entry");
        }
        let axes = top.axes.clone();
        let inverse = self.rational_power(bottom, -1, 1);
        Ok(Shaped::new(Node::Times(vec![top, inverse]), axes))
    }

    fn power_of(&mut self, base: &Expr, exponent: &Expr, span: Span) -> Result<Shaped> {
        let value = literal(exponent);
        if let (Some((inner, kind)), Some(v)) = (root_of_squares(base), value.as_ref()) {
            // A power of a norm is one of the sum of squares: where it is even no root stands in
            // it, which would have no derivative at 0.
            let inner = self.expr(inner)?;
            let squares = self.sum_of_squares(inner, kind);
            let half = v / BigRational::from_integer(2.into());
            return Ok(self.power(squares, Shaped::scalar(Node::Number(half))));
        }
        let a = self.expr(base)?;
        let a = self.settle_scalar(a);
        if a.is_scalar() {
            let e = self.scalar(exponent, "an exponent")?;
            return Ok(match value {
                Some(v) => self.power(a, Shaped::scalar(Node::Number(v))),
                None => self.power(a, e),
            });
        }
        if matches!(&peel(exponent).kind, Kind::Name(name) if name == "t" && !self.is_scalar_name(name))
        {
            return self.transpose(a, span);
        }
        // A square matrix has matrix powers; any other array is raised entry by entry.
        if a.axes.len() == 2 && self.solver.could_equal(&a.axes[0], &a.axes[1]) {
            let vector = a.axes.iter().any(|d| self.solver.is_unit(d));
            if !vector {
                self.solver.unify(&a.axes[0].clone(), &a.axes[1].clone());
                return self.matrix_power(a, exponent, value, span);
            }
        }
        if value.as_ref().is_some_and(|v| v.is_integer() && v.is_positive()) {
            self.note(
                "a power of a vector or a rectangular matrix is taken entry by entry",
            );
            let e = Shaped::scalar(Node::Number(value.unwrap_or_else(BigRational::one)));
            return Ok(self.power(a, e));
        }
        let message = format!("{} has no such power", self.show_axes(&a.axes));
        self.fault(FaultKind::Shape, span, message)
    }

    fn matrix_power(
        &mut self,
        a: Shaped,
        exponent: &Expr,
        value: Option<BigRational>,
        span: Span,
    ) -> Result<Shaped> {
        let axes = a.axes.clone();
        if let Some(v) = value {
            if !v.is_integer() {
                return self.fault(
                    FaultKind::Unsupported,
                    span,
                    "a fractional power of a matrix is not supported; entry by entry it is \
                     written with an element-wise power",
                );
            }
            if v == -BigRational::one() {
                return Ok(Shaped::new(Node::Inverse(a), axes));
            }
            if v.to_i64().is_none_or(|n| n.abs() > 256) {
                return self.fault(
                    FaultKind::Unsupported,
                    exponent.span,
                    "matrix powers beyond 256 are not expanded",
                );
            }
            let e = Shaped::scalar(Node::Number(v));
            return Ok(Shaped::new(Node::MatrixPower(a, e), axes));
        }
        let e = self.scalar(exponent, "an exponent")?;
        Ok(Shaped::new(Node::MatrixPower(a, e), axes))
    }

    /// A norm as a scalar.
    pub(super) fn norm(&mut self, a: Shaped, kind: NormKind) -> Shaped {
        if kind == NormKind::One {
            let a = self.settle_scalar(a);
            let abs = self.apply(crate::function::Function::Abs, a);
            return self.sum_all(abs);
        }
        let total = self.sum_of_squares(a, kind);
        self.rational_power(total, 1, 2)
    }

    /// `‖a‖²`
    fn sum_of_squares(&mut self, a: Shaped, kind: NormKind) -> Shaped {
        let a = self.settle_scalar(a);
        let axes = a.axes.clone();
        let matrix = axes.len() == 2 && !axes.iter().any(|d| self.solver.is_unit(d));
        match kind {
            NormKind::Plain if matrix => {
                self.note("‖·‖ of a matrix is the Frobenius norm");
            }
            NormKind::Two if matrix => {
                self.note("‖·‖₂ of a matrix is read as the Frobenius norm");
            }
            _ => {}
        }
        let squares = Shaped::new(Node::Times(vec![a.clone(), a]), axes);
        self.sum_all(squares)
    }

    /// `\begin{cases}`: the value of the first row whose condition holds.
    fn cases(&mut self, rows: &[(Expr, Condition)], span: Span) -> Result<Shaped> {
        let mut parts: Vec<(Shaped, Shaped)> = Vec::new();
        // The share of points at which no earlier row applied.
        let mut left: Option<Shaped> = None;
        for (value, condition) in rows {
            let value = self.term(value)?;
            let value = self.settle_scalar(value);
            let holds = match condition {
                Condition::Otherwise => Shaped::integer(1),
                Condition::Unread(text) => {
                    return self.fault(
                        FaultKind::Unsupported,
                        span,
                        format!("the condition `{}` could not be read", shorten(text)),
                    );
                }
                _ => self.condition(condition, span)?,
            };
            let weight = match &left {
                None => holds.clone(),
                Some(left) => self.hadamard(left.clone(), holds.clone(), span)?,
            };
            let rest = self.complement(&holds);
            left = Some(match left {
                None => rest,
                Some(left) => self.hadamard(left, rest, span)?,
            });
            parts.push((value, weight));
        }
        let model = parts
            .iter()
            .flat_map(|(v, w)| [v, w])
            .find(|s| !s.is_scalar())
            .map(|s| s.axes.clone())
            .unwrap_or_default();
        let mut terms = Vec::new();
        for (value, weight) in parts {
            let term = self.hadamard(value, weight, span)?;
            let term = if term.is_scalar() && !model.is_empty() {
                self.fill(term, &model)
            } else {
                if !self.unify_axes(&term.axes, &model) {
                    return self.fault(
                        FaultKind::Shape,
                        span,
                        "the cases have different shapes",
                    );
                }
                term
            };
            terms.push(term);
        }
        Ok(Shaped::new(Node::Add(terms), model))
    }

    fn complement(&self, holds: &Shaped) -> Shaped {
        let one = self.fill(Shaped::integer(1), &holds.axes);
        let minus = self.scale(-BigRational::one(), holds.clone());
        Shaped::new(Node::Add(vec![one, minus]), holds.axes.clone())
    }

    /// A condition as 0 or 1, entry by entry.
    pub(super) fn condition(
        &mut self,
        condition: &Condition,
        span: Span,
    ) -> Result<Shaped> {
        match condition {
            Condition::Compare(a, how, b) => {
                if let Some(delta) = self.index_comparison(a, *how, b)? {
                    return Ok(delta);
                }
                let left = self.expr(a)?;
                let right = self.expr(b)?;
                let (left, right) = (self.settle_scalar(left), self.settle_scalar(right));
                let (left, right) = if left.is_scalar() || right.is_scalar() {
                    (left, right)
                } else {
                    self.align(left, right, span, "the comparison")?
                };
                let axes =
                    if left.is_scalar() { right.axes.clone() } else { left.axes.clone() };
                Ok(Shaped::new(Node::Indicator(*how, left, right), axes))
            }
            Condition::All(parts) => {
                let mut product: Option<Shaped> = None;
                for part in parts {
                    let part = self.condition(part, span)?;
                    product = Some(match product {
                        None => part,
                        Some(p) => self.hadamard(p, part, span)?,
                    });
                }
                Ok(product.unwrap_or_else(|| Shaped::integer(1)))
            }
            Condition::Otherwise => Ok(Shaped::integer(1)),
            Condition::Unread(text) => self.fault(
                FaultKind::Unsupported,
                span,
                format!("the condition `{}` could not be read", shorten(text)),
            ),
        }
    }

    /// `i = j` and `i ≠ j` between index letters.
    fn index_comparison(
        &mut self,
        a: &Expr,
        how: Comparison,
        b: &Expr,
    ) -> Result<Option<Shaped>> {
        if !matches!(how, Comparison::Equal | Comparison::NotEqual) {
            return Ok(None);
        }
        let (Some(_), Some(_)) = (self.index_letter(a), self.index_letter(b)) else {
            return Ok(None);
        };
        let (i, j) = (self.index_of(a)?, self.index_of(b)?);
        let delta = self.delta(i, j, a.span)?;
        Ok(Some(if how == Comparison::Equal { delta } else { self.complement(&delta) }))
    }

    fn written_matrix(&mut self, rows: &[Vec<Expr>], span: Span) -> Result<Shaped> {
        let (r, c) = (rows.len(), rows.first().map_or(0, Vec::len));
        if r == 0 || c == 0 || rows.iter().any(|row| row.len() != c) {
            return self.fault(FaultKind::Shape, span, "the rows have different lengths");
        }
        if rows.iter().flatten().any(|e| matches!(peel(e).kind, Kind::Ellipsis)) {
            return self.fault(
                FaultKind::Unsupported,
                span,
                "a matrix written out with dots is not read",
            );
        }
        if r * c > 64 {
            return self.fault(FaultKind::Unsupported, span, "the matrix is too large");
        }
        // Σ_rc value · e_r e_cᵀ, with the unit vectors as deltas to fixed entries.
        let axes = vec![Dim::number(r), Dim::number(c)];
        let mut terms = Vec::new();
        for (p, row) in rows.iter().enumerate() {
            for (q, value) in row.iter().enumerate() {
                let value = self.scalar(value, "an entry of a matrix")?;
                let i = self.index_var("i", axes[0].clone());
                let j = self.index_var("j", axes[1].clone());
                use crate::shape::Index::{Fixed, Var};
                let mut factors = vec![value];
                if r > 1 {
                    factors.push(Shaped::scalar(Node::Delta(Var(i), Fixed(p + 1))));
                }
                if c > 1 {
                    factors.push(Shaped::scalar(Node::Delta(Var(j), Fixed(q + 1))));
                }
                let body = Shaped::scalar(Node::Times(factors));
                terms.push(Shaped::new(Node::Abstract(vec![i, j], body), axes.clone()));
            }
        }
        Ok(Shaped::new(Node::Add(terms), axes))
    }
}

pub(super) fn shorten(text: &str) -> String {
    let mut out: String = text.chars().take(40).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

/// What a norm that is a root of a sum of squares is taken of.
pub(super) fn root_of_squares(e: &Expr) -> Option<(&Expr, NormKind)> {
    match &peel(e).kind {
        Kind::Norm(_, NormKind::One) => None,
        Kind::Norm(inner, kind) => Some((inner, *kind)),
        Kind::Call { name, args, primes: 0 } => match args.as_slice() {
            [inner] if name == "norm" => Some((inner, NormKind::Plain)),
            _ => None,
        },
        _ => None,
    }
}

/// `(a ⊙ b₁) b₂ …` for `a ⊙ (b₁ b₂ …)` written without brackets.
fn left_to_right(a: &Expr, b: &Expr) -> Option<Expr> {
    let Kind::Product(first, how, rest) = &b.kind else { return None };
    if *how == Times::Hadamard || *how == Times::Kronecker {
        return None;
    }
    let span = a.span.to(first.span);
    let inner = left_to_right(a, first).unwrap_or_else(|| {
        let (a, first) = (Box::new(a.clone()), first.clone());
        Expr { kind: Kind::Product(a, Times::Hadamard, first), span }
    });
    let kind = Kind::Product(Box::new(inner), *how, rest.clone());
    Some(Expr { kind, span: a.span.to(b.span) })
}
