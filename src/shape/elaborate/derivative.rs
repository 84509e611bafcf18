//! Derivatives and differentials.

use super::{Elaborator, FaultKind, Result, peel};
use crate::language::ast::{DerivativeForm, Expr, Kind, Span};
use crate::shape::givens::Entry;
use crate::shape::{Dim, Index, Node, Role, Shaped, SymbolId, Variable};

/// By what is differentiated, as written.
enum By {
    /// A whole symbol; `flat` for `vec(X)`, `turned` for `x^T`.
    Whole { symbol: SymbolId, flat: bool, turned: bool },
    /// An entry.
    Entry(SymbolId, Vec<Index>),
    /// A member of a family.
    Member(SymbolId, Index),
}

impl Elaborator<'_> {
    /// The derivative of an expression.
    pub(super) fn derivative(
        &mut self,
        form: DerivativeForm,
        of: Option<&Expr>,
        by: &[Expr],
        span: Span,
    ) -> Result<Shaped> {
        let Some(of_expr) = of else {
            return self.fault(
                FaultKind::Unsupported,
                span,
                "a derivative sign without anything to differentiate",
            );
        };
        let mut variables: Vec<By> =
            by.iter().map(|v| self.by(v)).collect::<Result<_>>()?;
        let called = self.called(of_expr, by);
        let of_expr = called.as_ref().unwrap_or(of_expr);
        let of = self.expr(of_expr)?;
        let of = self.scalar_by_default(of);
        if variables.is_empty() {
            variables.push(self.implied_variable(of_expr, &of, span)?);
        }
        match (form, variables.as_slice()) {
            (DerivativeForm::Hessian, [v]) => self.second(of, v, v, span),
            (_, [v, w]) => self.second(of, v, w, span),
            (DerivativeForm::Jacobian, [v]) => {
                let scalar = of.is_scalar();
                let d = self.first(of, v, span)?;
                if scalar { self.transpose(d, span) } else { Ok(d) }
            }
            (_, [v]) => {
                let scalar = of.is_scalar();
                let d = self.first(of, v, span)?;
                if !scalar || d.axes.len() != 2 || matches!(v, By::Entry(..)) {
                    return Ok(d);
                }
                let vector = d.axes.iter().any(|a| self.solver.is_unit(a));
                let turn = if vector {
                    self.reading.row_gradients || self.reading.numerator
                } else {
                    self.reading.numerator
                };
                if turn { self.transpose(d, span) } else { Ok(d) }
            }
            _ => self.fault(
                FaultKind::Unsupported,
                span,
                "derivatives beyond the second are not read",
            ),
        }
    }

    /// `f` of `∂f/∂x` as `f(x)`, where the text gives `f` by its values.
    fn called(&self, of: &Expr, by: &[Expr]) -> Option<Expr> {
        let (Kind::Name(name) | Kind::Function { name, primes: 0 }) = &peel(of).kind
        else {
            return None;
        };
        let Some(Entry::FunctionBody { parameter, .. }) = self.givens.entry(name) else {
            return None;
        };
        let argument = match by {
            [argument] => argument.clone(),
            [] => Expr { kind: Kind::Name(parameter.clone()), span: of.span },
            _ => return None,
        };
        let kind = Kind::Call { name: name.clone(), primes: 0, args: vec![argument] };
        Some(Expr { kind, span: of.span })
    }

    /// By what a nabla without a subscript differentiates: the argument of `f(x)`, the only vector,
    /// or the only symbol.
    fn implied_variable(
        &mut self,
        of_expr: &Expr,
        of: &Shaped,
        span: Span,
    ) -> Result<By> {
        if let Kind::Call { name, args, .. } = &peel(of_expr).kind
            && let [argument] = args.as_slice()
            && let Kind::Name(at) = &peel(argument).kind
        {
            // ∇f at a name that stands in f's own values is not the derivative by that name.
            if let Some(Entry::FunctionBody { parameter, right }) =
                self.givens.entry(name)
                && parameter != at
                && right.free_occurrences(at) > 0
            {
                return self.fault(
                    FaultKind::Unsupported,
                    span,
                    format!("the gradient of `{name}` at `{at}` is not read"),
                );
            }
            return self.by(argument);
        }
        let (mut open, mut found) = (vec![of.clone()], Vec::new());
        while let Some(next) = open.pop() {
            let mut met = Vec::new();
            next.each_symbol(&mut |id| met.push(id));
            for id in met {
                match &self.table.symbol(id).role {
                    Role::Defined(body) => open.push(body.clone()),
                    Role::Variable if !found.contains(&id) => found.push(id),
                    _ => {}
                }
            }
        }
        let vectors: Vec<SymbolId> = found
            .iter()
            .copied()
            .filter(|id| {
                let axes = &self.table.symbol(*id).axes;
                axes.iter().filter(|dim| !self.solver.is_unit(dim)).count() == 1
            })
            .collect();
        match (vectors.as_slice(), found.as_slice()) {
            ([symbol], _) | ([], [symbol]) => {
                Ok(By::Whole { symbol: *symbol, flat: false, turned: false })
            }
            _ => self.fault(
                FaultKind::Unsupported,
                span,
                "∇ does not say by what it differentiates: write ∇_x",
            ),
        }
    }

    /// What stands below the bar.
    fn by(&mut self, e: &Expr) -> Result<By> {
        let span = e.span;
        match &peel(e).kind {
            Kind::Name(name) => {
                let symbol = self.variable(name, span)?;
                // Letters that its definition leaves free are fixed: it is one of many.
                if let Node::Pick(_, at) = &*self.standing(symbol, span)?.node {
                    let own = self.table.symbol(symbol).axes.len() - at.len();
                    return match (own, at.as_slice()) {
                        (0, _) => Ok(By::Entry(symbol, at.clone())),
                        (2, [index]) => Ok(By::Member(symbol, *index)),
                        _ => self
                            .without_letters(symbol, name, span)
                            .map(|()| By::Whole { symbol, flat: false, turned: false }),
                    };
                }
                Ok(By::Whole { symbol, flat: false, turned: false })
            }
            Kind::Transpose(inner) => match self.by(inner)? {
                By::Whole { symbol, flat, turned } => {
                    Ok(By::Whole { symbol, flat, turned: !turned })
                }
                other => Ok(other),
            },
            Kind::Call { name, args, .. } if name == "vec" && args.len() == 1 => {
                match self.by(&args[0])? {
                    By::Whole { symbol, .. } => {
                        Ok(By::Whole { symbol, flat: true, turned: false })
                    }
                    other => Ok(other),
                }
            }
            Kind::Entry(base, indices) => {
                let Kind::Name(name) = &peel(base).kind else {
                    return self.fault(
                        FaultKind::Unsupported,
                        span,
                        "only by a name or an entry of a name can be differentiated",
                    );
                };
                let symbol = self.variable(name, span)?;
                self.without_letters(symbol, name, span)?;
                let axes = self.table.symbol(symbol).axes.clone();
                let array = Shaped::new(Node::Symbol(symbol), axes.clone());
                // The entry's own elaboration checks ranges and counts.
                self.entry(base, indices, span)?;
                let mut at = Vec::new();
                for index in indices {
                    at.push(self.index_of(index)?);
                }
                if axes.len() == 3 && at.len() == 1 {
                    return Ok(By::Member(symbol, at[0]));
                }
                let open = array.axes.iter().filter(|d| !self.solver.is_unit(d)).count();
                if at.len() > open {
                    // An index on an axis of 1 says nothing.
                    at.retain({
                        let units: Vec<bool> =
                            axes.iter().map(|d| self.solver.is_unit(d)).collect();
                        let mut k = 0;
                        move |_| {
                            k += 1;
                            !units.get(k - 1).copied().unwrap_or(false)
                        }
                    });
                }
                Ok(By::Entry(symbol, at))
            }
            _ => self.fault(
                FaultKind::Unsupported,
                span,
                "only by a name or an entry of a name can be differentiated",
            ),
        }
    }

    fn variable(&mut self, name: &str, span: Span) -> Result<SymbolId> {
        match self.symbol(name, span)? {
            Some(id) => Ok(id),
            None => {
                if let Shaped { node, .. } = self.name(name, span)?
                    && let Node::Symbol(id) = &*node
                {
                    return Ok(*id);
                }
                self.fault(
                    FaultKind::Unsupported,
                    span,
                    format!("`{name}` is no variable to differentiate by"),
                )
            }
        }
    }

    fn raw(&self, of: &Shaped, variable: &By) -> Shaped {
        match variable {
            By::Entry(symbol, at) => Shaped::new(
                Node::Derivative(of.clone(), Variable::Entry(*symbol, at.clone())),
                of.axes.clone(),
            ),
            By::Whole { symbol, .. } | By::Member(symbol, _) => {
                let mut axes = of.axes.clone();
                axes.extend(self.table.symbol(*symbol).axes.iter().cloned());
                Shaped::new(Node::Derivative(of.clone(), Variable::Whole(*symbol)), axes)
            }
        }
    }

    /// The first derivative in its usual shape.
    fn first(&mut self, of: Shaped, v: &By, span: Span) -> Result<Shaped> {
        let n = of.axes.len();
        let raw = self.raw(&of, v);
        let (flat, turned) = match v {
            By::Entry(..) => return Ok(raw),
            By::Member(_, index) => {
                // The family's own axis is fixed at the member; the member's axes stay.
                let mut order: Vec<usize> = vec![n];
                order.extend(0..n);
                order.extend([n + 1, n + 2]);
                let axes = order.iter().map(|k| raw.axes[*k].clone()).collect::<Vec<_>>();
                let front = Shaped::new(
                    Node::Regroup(raw, order.iter().map(|k| vec![*k]).collect()),
                    axes.clone(),
                );
                let d = Shaped::new(Node::Pick(front, vec![*index]), axes[1..].to_vec());
                return self.shape_first(d, n, false, false, span);
            }
            By::Whole { flat, turned, .. } => (*flat, *turned),
        };
        self.shape_first(raw, n, flat, turned, span)
    }

    fn shape_first(
        &mut self,
        raw: Shaped,
        n: usize,
        flat: bool,
        turned: bool,
        span: Span,
    ) -> Result<Shaped> {
        let own = raw.axes.len() - n;
        if own != 2 {
            return Ok(raw);
        }
        if flat {
            let dim = raw.axes[n + 1].times(&raw.axes[n]);
            if n == 0 {
                let axes = vec![dim, Dim::unit()];
                return Ok(Shaped::new(
                    Node::Regroup(raw, vec![vec![1, 0], vec![]]),
                    axes,
                ));
            }
            if n == 2 && self.solver.is_unit(&raw.axes[1]) {
                let axes = vec![raw.axes[0].clone(), dim];
                return Ok(Shaped::new(
                    Node::Regroup(raw, vec![vec![0], vec![3, 2]]),
                    axes,
                ));
            }
            return self.fault(
                FaultKind::Shape,
                span,
                "the derivative by vec(·) is of a scalar or a column",
            );
        }
        if n == 0 {
            return if turned { self.transpose(raw, span) } else { Ok(raw) };
        }
        // A vector by a vector is the Jacobian.
        let long = |this: &Self, axes: &[Dim]| -> Option<usize> {
            match (this.solver.is_unit(&axes[0]), this.solver.is_unit(&axes[1])) {
                (false, true) => Some(0),
                (true, false) => Some(1),
                _ => None,
            }
        };
        if n == 2
            && let (Some(i), Some(j)) =
                (long(self, &raw.axes[..2]), long(self, &raw.axes[2..]))
        {
            let axes = vec![raw.axes[i].clone(), raw.axes[2 + j].clone()];
            let jacobian =
                Shaped::new(Node::Regroup(raw, vec![vec![i], vec![2 + j]]), axes);
            return Ok(jacobian);
        }
        Ok(raw)
    }

    /// The second derivative of a scalar, or of anything by entries and scalars.
    fn second(&mut self, of: Shaped, v: &By, w: &By, span: Span) -> Result<Shaped> {
        let scalar = of.is_scalar();
        let n = of.axes.len();
        let raw = self.raw(&of, v);
        let raw = self.raw(&raw, w);
        let axes_of = |this: &Self, by: &By| match by {
            By::Whole { symbol, .. } => this.table.symbol(*symbol).axes.len(),
            _ => 0,
        };
        if matches!(v, By::Member(..)) || matches!(w, By::Member(..)) {
            return self.fault(
                FaultKind::Unsupported,
                span,
                "second derivatives by members of a family are not read",
            );
        }
        let (a, b) = (axes_of(self, v), axes_of(self, w));
        if a == 0 && b == 0 {
            return Ok(raw);
        }
        if !scalar {
            return self.fault(
                FaultKind::Shape,
                span,
                "a second derivative by vectors is of a scalar",
            );
        }
        let _ = n;
        let flat = |by: &By| matches!(by, By::Whole { flat: true, .. });
        // Each variable's two axes become one: its long axis, or both in the order of vec.
        let group =
            |this: &Self, by: &By, at: usize, axes: &[Dim]| -> Option<Vec<usize>> {
                if flat(by) {
                    return Some(vec![at + 1, at]);
                }
                match (this.solver.is_unit(&axes[at]), this.solver.is_unit(&axes[at + 1]))
                {
                    (false, true) => Some(vec![at]),
                    (true, false) => Some(vec![at + 1]),
                    _ => None,
                }
            };
        let mut groups = Vec::new();
        for (by, at, len) in [(v, 0, a), (w, a, b)] {
            match len {
                0 => groups.push(Vec::new()),
                2 => match group(self, by, at, &raw.axes) {
                    Some(g) => groups.push(g),
                    // By whole matrices: the raw tensor.
                    None => return Ok(raw),
                },
                _ => return Ok(raw),
            }
        }
        let axes = groups
            .iter()
            .map(|g| g.iter().fold(Dim::unit(), |d, k| d.times(&raw.axes[*k])))
            .collect();
        Ok(Shaped::new(Node::Regroup(raw, groups), axes))
    }

    /// `∂L/∂Y · ∂Y/∂X` written side by side: the sum over Y's entries, whatever the layout.
    pub(super) fn chain_product(
        &mut self,
        a: &Expr,
        b: &Expr,
        span: Span,
    ) -> Result<Option<Shaped>> {
        let Some((by, _)) = trailing(a) else { return Ok(None) };
        let Kind::Derivative { of: Some(of), by: inner, .. } = &peel(b).kind else {
            return Ok(None);
        };
        let (Kind::Name(y), Kind::Name(z)) = (&peel(by).kind, &peel(of).kind) else {
            return Ok(None);
        };
        if y != z || inner.len() != 1 {
            return Ok(None);
        }
        let symbol = self.variable(y, by.span)?;
        let between = self.table.symbol(symbol).axes.clone();
        if between.is_empty() {
            return Ok(None);
        }
        let left = self.expr(a)?;
        let left = self.settle_scalar(left);
        // Only a scalar's derivative on the left: its shape is that of Y, in either layout.
        let left = if left.axes == between {
            left
        } else if left.axes.len() == 2 {
            let turned = self.transpose(left.clone(), span)?;
            if turned.axes != between {
                return Ok(None);
            }
            turned
        } else {
            return Ok(None);
        };
        let v = self.by(&inner[0])?;
        let of = Shaped::new(Node::Symbol(symbol), between.clone());
        let raw = self.raw(&of, &v);
        let n = between.len();
        let mut axes: Vec<Dim> = left.axes.iter().chain(&raw.axes).cloned().collect();
        let mut product = Shaped::new(Node::Outer(left, raw), axes.clone());
        for k in (0..n).rev() {
            // Of the first n axes and the next n, the last pair first.
            let (p, q) = (k, n + k - (n - 1 - k));
            axes.remove(q);
            axes.remove(p);
            product = Shaped::new(Node::Contract(product, p, q), axes.clone());
        }
        self.note("a product of derivatives is the chain rule: the sum over all entries");
        let d = match v {
            By::Whole { flat, turned, .. } => {
                self.shape_first(product, 0, flat, turned, span)?
            }
            By::Entry(..) | By::Member(..) => product,
        };
        let vector = d.axes.len() == 2 && d.axes.iter().any(|a| self.solver.is_unit(a));
        if vector && (self.reading.row_gradients || self.reading.numerator) {
            return self.transpose(d, span).map(Some);
        }
        Ok(Some(d))
    }

    /// Repair: `\frac{\partial S}{\partial S_{ij}} f` meant as the derivative of f by `S_ij`.
    pub(super) fn operator_for_numerator(
        &mut self,
        a: &Expr,
        b: &Expr,
    ) -> Result<Option<Shaped>> {
        let Kind::Derivative { form, of: Some(of), by } = &peel(a).kind else {
            return Ok(None);
        };
        let [variable] = by.as_slice() else { return Ok(None) };
        let base = match &peel(variable).kind {
            Kind::Entry(base, _) => peel(base),
            _ => return Ok(None),
        };
        if peel(of) != base {
            return Ok(None);
        }
        self.derivative(*form, Some(b), by, a.span).map(Some)
    }

    /// `d(f)`: the directional derivative along the differentials of what varies.
    pub(super) fn differential(&mut self, inner: &Expr, span: Span) -> Result<Shaped> {
        if let Kind::Name(name) = &peel(inner).kind
            && let Some(id) = self.symbol(name, span)?
            && self.table.symbol(id).role == Role::Variable
        {
            return Ok(self.differential_of(id));
        }
        let body = self.expr(inner)?;
        let body = self.settle_scalar(body);
        let mut symbols = Vec::new();
        let mut stack = vec![body.clone()];
        while let Some(part) = stack.pop() {
            part.each_symbol(&mut |id| {
                if symbols.contains(&id) {
                    return;
                }
                symbols.push(id);
                match &self.table.symbol(id).role {
                    Role::Defined(body) => stack.push(body.clone()),
                    Role::Opaque(of) => stack.extend(of.iter().map(|id| {
                        let axes = self.table.symbol(*id).axes.clone();
                        Shaped::new(Node::Symbol(*id), axes)
                    })),
                    _ => {}
                }
            });
        }
        let varying = self.varying_variables();
        symbols.retain(|id| {
            let symbol = self.table.symbol(*id);
            symbol.role == Role::Variable
                && (varying.is_empty() || varying.contains(&symbol.name))
        });
        symbols.sort();
        let directions =
            symbols.into_iter().map(|id| (id, self.differential_of(id))).collect();
        let axes = body.axes.clone();
        Ok(Shaped::new(Node::Directional(body, directions), axes))
    }

    /// The variables that vary: those whose plain differential stands somewhere in the relation. Where
    /// it holds differentials of defined names only, those that the text varies elsewhere; else what
    /// the innermost of these names are made of (`df = \operatorname{tr}(A^T dY)`: what Y is made of).
    /// None stands for all.
    fn varying_variables(&self) -> Vec<String> {
        let variable =
            |name: &&String| matches!(self.givens.entry(name), Some(Entry::Array { .. }));
        let plain: Vec<String> = self.varying.iter().filter(variable).cloned().collect();
        if !plain.is_empty() || self.varying.is_empty() {
            return plain;
        }
        let reached: Vec<(&String, Vec<String>)> =
            self.varying.iter().map(|name| (name, self.givens.reached(name))).collect();
        let inner = reached.iter().filter(|(_, names)| {
            !reached.iter().any(|(other, _)| names[1..].contains(other))
        });
        let inner: Vec<&String> =
            inner.flat_map(|(_, names)| names).filter(variable).collect();
        let moved: Vec<String> = inner
            .iter()
            .filter(|name| self.givens.moved().contains(name))
            .map(|name| (*name).clone())
            .collect();
        match moved.is_empty() {
            true => inner.into_iter().cloned().collect(),
            false => moved,
        }
    }

    fn differential_of(&mut self, id: SymbolId) -> Shaped {
        let symbol = self.table.symbol(id);
        let (axes, label) = (symbol.axes.clone(), format!("d{}", symbol.name));
        let found =
            self.table.symbols.iter().position(|s| s.role == Role::Differential(id));
        let d = match found {
            Some(k) => SymbolId(k as u32),
            None => {
                self.table.symbols.push(crate::shape::Symbol {
                    name: label,
                    axes: axes.clone(),
                    properties: Default::default(),
                    role: Role::Differential(id),
                });
                SymbolId(self.table.symbols.len() as u32 - 1)
            }
        };
        Shaped::new(Node::Symbol(d), axes)
    }
}

/// By what the last derivative of a product is taken, and of what.
fn trailing(e: &Expr) -> Option<(&Expr, Option<&Expr>)> {
    match &peel(e).kind {
        Kind::Derivative { of, by, .. } if by.len() == 1 => Some((&by[0], of.as_deref())),
        Kind::Product(_, _, b) => trailing(b),
        _ => None,
    }
}
