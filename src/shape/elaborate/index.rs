//! Indices: entries, sums, deltas, ellipses, Einstein summation.

use std::collections::BTreeMap;

use num_rational::BigRational;
use num_traits::{One, ToPrimitive};

use super::computed::is_computed;
use super::{Elaborator, FaultKind, Result, literal, peel};
use crate::language::ast::{Expr, Kind, Sign, Span, SumIndex};
use crate::shape::{Dim, Index, IndexVar, Node, Shaped};

impl Elaborator<'_> {
    /// The letter of an index expression that is a plain letter and no entry of something given.
    pub(super) fn index_letter(&self, e: &Expr) -> Option<String> {
        match &peel(e).kind {
            Kind::Name(name) => {
                let known = self.scope.iter().any(|(n, _)| n == name)
                    || self.free.iter().any(|(n, _)| n == name);
                (known || !self.givens.contains(name)).then(|| name.clone())
            }
            _ => None,
        }
    }

    /// The variable a letter stands for; a letter not bound is free in the relation.
    pub(super) fn letter(&mut self, name: &str) -> IndexVar {
        if let Some((_, var)) = self.scope.iter().rev().find(|(n, _)| n == name) {
            return *var;
        }
        if let Some((_, var)) = self.free.iter().find(|(n, _)| n == name) {
            return *var;
        }
        let dim = self.solver.unknown(false);
        let var = self.index_var(name, dim);
        self.free.push((name.to_string(), var));
        var
    }

    /// What stands in an index position.
    pub(super) fn index_of(&mut self, e: &Expr) -> Result<Index> {
        match &peel(e).kind {
            Kind::Name(name) => Ok(Index::Var(self.letter(name))),
            Kind::Number(value) => match value.to_usize() {
                Some(n) if n >= 1 && value.is_integer() => Ok(Index::Fixed(n)),
                _ => self.fault(FaultKind::Index, e.span, "entries are counted from 1"),
            },
            _ => self.fault(
                FaultKind::Unsupported,
                e.span,
                "an index must be a letter or a number",
            ),
        }
    }

    pub(super) fn constrain(
        &mut self,
        index: Index,
        dim: &Dim,
        span: Span,
    ) -> Result<()> {
        match index {
            Index::Var(var) => {
                let (name, own) = self.table.indices[var.0 as usize].clone();
                if !self.solver.unify(&own, dim) {
                    let message = format!(
                        "index `{name}` ranges over {} elsewhere and over {} here",
                        self.show_dim(&own),
                        self.show_dim(dim)
                    );
                    return self.fault(FaultKind::Index, span, message);
                }
                Ok(())
            }
            Index::Fixed(n) => {
                if let [crate::shape::Size::Number(size)] =
                    self.solver.resolve(dim).0.as_slice()
                    && n > *size
                {
                    return self.fault(
                        FaultKind::Index,
                        span,
                        format!("there is no entry {n} of {size}"),
                    );
                }
                Ok(())
            }
            Index::Last => Ok(()),
        }
    }

    /// `δ_ij`.
    pub(super) fn delta(&mut self, i: Index, j: Index, span: Span) -> Result<Shaped> {
        match (i, j) {
            (Index::Var(a), _) => {
                let dim = self.table.indices[a.0 as usize].1.clone();
                self.constrain(j, &dim, span)?;
            }
            (_, Index::Var(b)) => {
                let dim = self.table.indices[b.0 as usize].1.clone();
                self.constrain(i, &dim, span)?;
            }
            _ => {}
        }
        if let (Index::Fixed(a), Index::Fixed(b)) = (i, j) {
            return Ok(Shaped::integer(i64::from(a == b)));
        }
        Ok(Shaped::scalar(Node::Delta(i, j)))
    }

    /// `B_{ij}`, `(AB)_{ij}`, `x_k`, `[∂L/∂W]_{ij}`, a member of a family.
    pub(super) fn entry(
        &mut self,
        base: &Expr,
        indices: &[Expr],
        span: Span,
    ) -> Result<Shaped> {
        if let Kind::Identity(None) = &peel(base).kind
            && let [i, j] = indices
        {
            let (i, j) = (self.index_of(i)?, self.index_of(j)?);
            return self.delta(i, j, span);
        }
        if let (Kind::Name(name), [index]) = (&peel(base).kind, indices)
            && name == "e"
            && self.givens.entry(name).is_none()
        {
            return self.unit_vector(index);
        }
        if let Some(at) = indices.iter().position(is_computed) {
            return self.computed_entry(base, indices, at, span);
        }
        let array = self.expr(base)?;
        // `\delta_{ij}` beside a vector `\delta` is the Kronecker delta.
        if let (Kind::Name(name), [i, j]) = (&peel(base).kind, indices)
            && name == "delta"
            && array.axes.len() == 2
            && array.axes.iter().any(|dim| self.solver.is_unit(dim))
        {
            let (i, j) = (self.index_of(i)?, self.index_of(j)?);
            return self.delta(i, j, span);
        }
        if let Some(slice) = self.slice(&array, indices, span)? {
            return Ok(slice);
        }
        let mut at = Vec::new();
        for index in indices {
            at.push(self.index_of(index)?);
        }
        self.pick(array, &at, span)
    }

    /// `e_i`, which nothing gives: the column with a 1 at `i` and 0 elsewhere.
    fn unit_vector(&mut self, index: &Expr) -> Result<Shaped> {
        let dim = self.solver.unknown(false);
        let at = self.index_of(index)?;
        let row = self.index_var("k", dim.clone());
        let entry = self.delta(Index::Var(row), at, index.span)?;
        self.note("e with an index is a vector of the standard basis");
        let flat = Shaped::new(Node::Abstract(vec![row], entry), vec![dim.clone()]);
        let axes = vec![dim, Dim::unit()];
        Ok(Shaped::new(Node::Regroup(flat, vec![vec![0], vec![]]), axes))
    }

    /// The entry of an array at its axes that are not 1.
    pub(super) fn pick(
        &mut self,
        array: Shaped,
        at: &[Index],
        span: Span,
    ) -> Result<Shaped> {
        let family = array.axes.len() == 3 || (array.axes.len() == 1 && at.len() == 1);
        let array = if family {
            array
        } else if at.len() < array.axes.len() {
            self.drop_unit_axes(array, at.len())
        } else {
            array
        };
        if array.is_scalar() {
            // `L_i` beside a scalar `L` is a name of its own that nothing gives.
            return self.fault(
                FaultKind::Name,
                span,
                "this is an entry of a scalar: a name with this index is not given",
            );
        }
        if at.len() > array.axes.len() {
            let message =
                format!("{} indices on {}", at.len(), self.show_axes(&array.axes));
            return self.fault(FaultKind::Index, span, message);
        }
        // A unit axis of a matrix indexed in full has the one entry 1.
        if at.len() < array.axes.len() && !family {
            let message =
                format!("one index is missing: this is {}", self.show_axes(&array.axes));
            return self.fault(FaultKind::Index, span, message);
        }
        for (index, dim) in at.iter().zip(array.axes.clone()) {
            self.constrain(*index, &dim, span)?;
        }
        let axes = array.axes[at.len()..].to_vec();
        Ok(Shaped::new(Node::Pick(array, at.to_vec()), axes))
    }

    /// Drops axes that are (or may still become) 1 until `count` are left.
    fn drop_unit_axes(&mut self, array: Shaped, count: usize) -> Shaped {
        let mut keep: Vec<usize> = (0..array.axes.len()).collect();
        for open in [false, true] {
            for k in (0..array.axes.len()).rev() {
                if keep.len() <= count || !keep.contains(&k) {
                    continue;
                }
                let dim = array.axes[k].clone();
                let drop = self.solver.is_unit(&dim)
                    || (open
                        && self.solver.is_open(&dim)
                        && self.solver.unify(&dim, &Dim::unit()));
                if drop {
                    keep.retain(|m| *m != k);
                }
            }
        }
        if keep.len() == array.axes.len() {
            return array;
        }
        let axes = keep.iter().map(|k| array.axes[*k].clone()).collect();
        Shaped::new(Node::Regroup(array, keep.iter().map(|k| vec![*k]).collect()), axes)
    }

    /// `X_{i:}`, `X_{:,j}`: a row or a column.
    fn slice(
        &mut self,
        array: &Shaped,
        indices: &[Expr],
        span: Span,
    ) -> Result<Option<Shaped>> {
        let [a, b] = indices else { return Ok(None) };
        let colon = |e: &Expr| matches!(e.kind, Kind::Colon);
        if array.axes.len() != 2 || (!colon(a) && !colon(b)) {
            return Ok(None);
        }
        let (r, c) = (array.axes[0].clone(), array.axes[1].clone());
        let unit = Dim::unit();
        Ok(Some(match (colon(a), colon(b)) {
            (true, true) => array.clone(),
            (false, _) => {
                let i = self.index_of(a)?;
                self.constrain(i, &r, span)?;
                let row =
                    Shaped::new(Node::Pick(array.clone(), vec![i]), vec![c.clone()]);
                Shaped::new(Node::Regroup(row, vec![vec![], vec![0]]), vec![unit, c])
            }
            (true, false) => {
                let j = self.index_of(b)?;
                self.constrain(j, &c, span)?;
                let turned = self.transpose(array.clone(), span)?;
                let col = Shaped::new(Node::Pick(turned, vec![j]), vec![r.clone()]);
                Shaped::new(Node::Regroup(col, vec![vec![0], vec![]]), vec![r, unit])
            }
        }))
    }

    /// `\sum_{…} body`.
    pub(super) fn big_sum(
        &mut self,
        indices: &[SumIndex],
        body: &Expr,
        span: Span,
    ) -> Result<Shaped> {
        if indices.is_empty() {
            let body = self.expr(body)?;
            let body = self.settle_scalar(body);
            self.note("a sum sign without an index runs over all entries");
            return Ok(self.sum_all(body));
        }
        let depth = self.scope.len();
        let mut vars = Vec::new();
        let indices = &self.with_excluded_letters(indices, body);
        for index in indices {
            let dim = self.solver.unknown(false);
            let var = self.index_var(&index.name, dim);
            if self.free.iter().any(|(n, _)| *n == index.name)
                || self.kept.contains(&index.name)
            {
                self.note(format!(
                    "`{}` is bound by a sum and free outside it: two different indices",
                    index.name
                ));
            }
            self.scope.push((index.name.clone(), var));
            vars.push(var);
        }
        let loose = !matches!(body.kind, Kind::Group(..));
        let body = self.term(body);
        let result =
            body.and_then(|body| self.close_sum(indices, &vars, body, loose, span));
        self.scope.truncate(depth);
        result
    }

    /// `\sum_{i \neq j}` runs over both letters where nothing else says what `j` is.
    fn with_excluded_letters(&self, indices: &[SumIndex], body: &Expr) -> Vec<SumIndex> {
        let mut all = indices.to_vec();
        for index in indices {
            for excluded in &index.not_equal {
                let Kind::Name(letter) = &peel(excluded).kind else { continue };
                let excluding = |i: &SumIndex| {
                    i.not_equal.iter().map(|e| e.free_occurrences(letter)).sum::<usize>()
                };
                let inside = body.free_occurrences(letter)
                    + indices.iter().map(excluding).sum::<usize>();
                let everywhere: usize =
                    self.sides.iter().map(|side| side.free_occurrences(letter)).sum();
                let known = self.givens.is_fixed_letter(letter)
                    || everywhere > inside
                    || all.iter().any(|i| i.name == *letter)
                    || self.scope.iter().any(|(name, _)| name == letter)
                    || self.free.iter().any(|(name, _)| name == letter)
                    || body.free_occurrences(letter) == 0;
                if !known {
                    let span = excluded.span;
                    all.insert(
                        0,
                        SumIndex {
                            name: letter.clone(),
                            span,
                            from: None,
                            to: None,
                            not_equal: Vec::new(),
                        },
                    );
                }
            }
        }
        all
    }

    fn close_sum(
        &mut self,
        indices: &[SumIndex],
        vars: &[IndexVar],
        body: Shaped,
        loose: bool,
        span: Span,
    ) -> Result<Shaped> {
        let mut result = self.settle_scalar(body);
        for (index, var) in indices.iter().zip(vars) {
            for excluded in &index.not_equal {
                let other = self.index_of(excluded)?;
                let delta = self.delta(Index::Var(*var), other, span)?;
                let minus = self.scale(-BigRational::one(), delta);
                let keep = Shaped::scalar(Node::Add(vec![Shaped::integer(1), minus]));
                let axes = result.axes.clone();
                result = Shaped::new(Node::Times(vec![result, keep]), axes);
            }
            if !numbers_entries(&result, *var) && mentions(&result, *var) {
                // It numbers powers or the like: no axis gives its range.
                return self.fault(
                    FaultKind::Unsupported,
                    index.span,
                    format!("sums over a number such as `{}` are not read", index.name),
                );
            }
            let dim = self.table.indices[var.0 as usize].1.clone();
            let counts = !mentions(&result, *var) && self.solver.is_open(&dim);
            if !(counts && self.ends_in_a_number(index)) {
                self.range(index, *var)?;
            }
        }
        for (index, var) in indices.iter().zip(vars).rev() {
            let used = mentions(&result, *var);
            let dim = self.table.indices[var.0 as usize].1.clone();
            if !used && self.reading.repairs.drop_sums {
                self.repaired.push((index.span, "the sum left standing is dropped"));
                self.solver.unify(&dim, &Dim::unit());
                continue;
            }
            if !used && self.solver.is_open(&dim) && self.reading.repairs.is_none() {
                // `\sum_{k=1}^N 1` counts.
                if let Some(count) = self.count_of(index)? {
                    self.solver.unify(&dim, &Dim::unit());
                    let axes = result.axes.clone();
                    result = Shaped::new(Node::Times(vec![count, result]), axes);
                    continue;
                }
            }
            if !used && self.solver.is_open(&dim) {
                return self.fault(
                    FaultKind::Index,
                    index.span,
                    format!("the sum over `{}` has nothing to sum", index.name),
                );
            }
            // A bracket behind the sign says what is summed; without one the scope is loose.
            if self.reading.repairs.drop_sums
                && loose
                && let Some(repaired) = self.sum_where_used(&result, *var)
            {
                self.repaired.push((index.span, "the sum left standing is dropped"));
                result = repaired;
                continue;
            }
            let axes = result.axes.clone();
            result = Shaped::new(Node::Sum(*var, result), axes);
        }
        Ok(result)
    }

    /// Whether the upper limit is a given number that is no size.
    fn ends_in_a_number(&self, index: &SumIndex) -> bool {
        let Some(Kind::Name(name)) = index.to.as_ref().map(|to| &peel(to).kind) else {
            return false;
        };
        !self.is_size(name)
            && matches!(
                self.givens.entry(name),
                Some(crate::shape::givens::Entry::Array { natural: true, .. })
            )
    }

    /// How many values an index takes whose range is written out in numbers.
    fn count_of(&mut self, index: &SumIndex) -> Result<Option<Shaped>> {
        let (Some(from), Some(to)) = (&index.from, &index.to) else { return Ok(None) };
        let (from, to) = (self.expr(from)?, self.expr(to)?);
        if !from.is_scalar() || !to.is_scalar() || !index.not_equal.is_empty() {
            return Ok(None);
        }
        let minus = self.scale(-BigRational::one(), from);
        let terms = vec![to, minus, Shaped::integer(1)];
        Ok(Some(Shaped::scalar(Node::Add(terms))))
    }

    /// Repair: of several terms under a sum sign only those that use the index are summed.
    fn sum_where_used(&self, body: &Shaped, var: IndexVar) -> Option<Shaped> {
        let Node::Add(terms) = &*body.node else { return None };
        let used = terms.iter().filter(|t| mentions(t, var)).count();
        if used == 0 || used == terms.len() {
            return None;
        }
        let terms = terms
            .iter()
            .map(|term| {
                if !mentions(term, var) {
                    return term.clone();
                }
                Shaped::new(Node::Sum(var, term.clone()), term.axes.clone())
            })
            .collect();
        Some(Shaped::new(Node::Add(terms), body.axes.clone()))
    }

    /// Checks an explicit range against what the index ranges over.
    fn range(&mut self, index: &SumIndex, var: IndexVar) -> Result<()> {
        if self.reading.repairs.ignore_ranges {
            if index.from.is_some() || index.to.is_some() {
                match self.range_fits(index, var) {
                    Err(fault) if fault.kind == FaultKind::Index => self
                        .repaired
                        .push((index.span, "the sum runs over the index's own range")),
                    other => return other,
                }
            }
            return Ok(());
        }
        self.range_fits(index, var)
    }

    fn range_fits(&mut self, index: &SumIndex, var: IndexVar) -> Result<()> {
        if let Some(from) = &index.from
            && !literal(from).is_some_and(|v| v.is_one())
        {
            return self.fault(
                FaultKind::Unsupported,
                from.span,
                "only sums that begin at 1 are supported: entries are counted from 1",
            );
        }
        let Some(to) = &index.to else { return Ok(()) };
        let dim = self.table.indices[var.0 as usize].1.clone();
        let upper = self.upper_limit(to)?;
        if self.solver.unify(&dim, &upper) {
            return Ok(());
        }
        let message = format!(
            "index `{}` ranges over {}, not over {}",
            index.name,
            self.show_dim(&dim),
            self.show_dim(&upper)
        );
        self.fault(FaultKind::Index, to.span, message)
    }

    /// The dimension an upper limit names. A letter that is no size, while the same letter in the
    /// other case is, means that size; a letter that nothing else in the text speaks of can only be
    /// the end of the index's range.
    fn upper_limit(&mut self, to: &Expr) -> Result<Dim> {
        let Kind::Name(name) = &peel(to).kind else {
            return match &peel(to).kind {
                Kind::Number(_) | Kind::Product(..) => self.dimension(to),
                _ => self.partial_sum(to),
            };
        };
        if self.is_size(name) {
            return self.dimension(to);
        }
        let taken = self.givens.entry(name).is_some()
            || self.scope.iter().chain(&self.free).any(|(letter, _)| letter == name);
        if taken {
            return self.partial_sum(to);
        }
        let mut letters = name.chars();
        if let (Some(c), None) = (letters.next(), letters.next()) {
            let other: String = if c.is_lowercase() {
                c.to_uppercase().collect()
            } else {
                c.to_lowercase().collect()
            };
            if self.is_size(&other) {
                self.note(format!("the limit `{name}` is read as the size `{other}`"));
                let other = Expr { kind: Kind::Name(other), span: to.span };
                return self.dimension(&other);
            }
        }
        self.dimension(to)
    }

    fn is_size(&self, name: &str) -> bool {
        self.givens.is_dimension(name) || self.table.dims.iter().any(|d| d == name)
    }

    fn partial_sum(&self, to: &Expr) -> Result<Dim> {
        self.fault(
            FaultKind::Unsupported,
            to.span,
            "sums over a part of a range are not read: this limit is no size that is given",
        )
    }

    /// `S_{11} + S_{22} + \dots + S_{nn}`: the sum over what runs.
    pub(super) fn ellipsis_sum(
        &mut self,
        terms: &[(Sign, Expr)],
        span: Span,
    ) -> Result<Shaped> {
        let unreadable = |this: &Self| {
            this.fault(
                FaultKind::Unsupported,
                span,
                "the pattern before and after the dots is not clear",
            )
        };
        let Some(dots) =
            terms.iter().position(|(_, t)| matches!(peel(t).kind, Kind::Ellipsis))
        else {
            return unreadable(self);
        };
        if dots + 2 != terms.len()
            || dots < 1
            || terms.iter().any(|(s, _)| *s == Sign::Minus)
        {
            return unreadable(self);
        }
        let (_, first) = &terms[0];
        let (_, last) = &terms[terms.len() - 1];
        let letter = "…".to_string();
        let mut top: Option<Expr> = None;
        let Some(body) = generalise(first, last, &letter, &mut top) else {
            return unreadable(self);
        };
        let Some(top) = top else { return unreadable(self) };
        // Every written term before the dots must follow the pattern.
        for (k, (_, term)) in terms[..dots].iter().enumerate() {
            if !follows(&body, term, &letter, k + 1) {
                return unreadable(self);
            }
        }
        let index = SumIndex {
            name: letter,
            span,
            from: None,
            to: Some(top),
            not_equal: Vec::new(),
        };
        self.big_sum(std::slice::from_ref(&index), &body, span)
    }

    /// A product term under Einstein summation: every letter that stands in it twice or more and
    /// is not to be kept is summed.
    pub(super) fn einstein_term(&mut self, e: &Expr) -> Result<Shaped> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        count_letters(e, &mut counts);
        let mut repeated: Vec<String> = counts
            .into_iter()
            .filter(|(letter, n)| {
                *n >= 2
                    && !self.kept.contains(letter)
                    && !self.scope.iter().any(|(s, _)| s == letter)
                    && !self.givens.contains(letter)
            })
            .map(|(letter, _)| letter)
            .collect();
        repeated.sort();
        if repeated.is_empty() {
            return self.expr(e);
        }
        self.note("repeated indices are summed (Einstein)");
        let indices: Vec<SumIndex> = repeated
            .into_iter()
            .map(|name| SumIndex {
                name,
                span: e.span,
                from: None,
                to: None,
                not_equal: Vec::new(),
            })
            .collect();
        self.big_sum(&indices, e, e.span)
    }
}

/// Whether the variable stands in the expression.
pub(super) fn mentions(expr: &Shaped, var: IndexVar) -> bool {
    use crate::shape::Variable;
    let mut found = false;
    let is = |i: &Index| *i == Index::Var(var);
    expr.visit(&mut |node| match node {
        Node::Pick(_, at) => found |= at.iter().any(is),
        Node::Delta(i, j) => found |= is(i) || is(j),
        Node::IndexValue(v) => found |= *v == var,
        Node::Derivative(_, Variable::Entry(_, at)) => found |= at.iter().any(is),
        _ => {}
    });
    found
}

/// Whether the variable numbers entries somewhere.
fn numbers_entries(expr: &Shaped, var: IndexVar) -> bool {
    use crate::shape::Variable;
    let mut found = false;
    let is = |i: &Index| *i == Index::Var(var);
    expr.visit(&mut |node| match node {
        Node::Pick(_, at) | Node::Derivative(_, Variable::Entry(_, at)) => {
            found |= at.iter().any(is);
        }
        Node::Delta(i, j) => found |= is(i) || is(j),
        _ => {}
    });
    found
}

/// The first term with what differs from the last replaced by the letter; `top` is what stands in
/// its place in the last.
fn generalise(
    first: &Expr,
    last: &Expr,
    letter: &str,
    top: &mut Option<Expr>,
) -> Option<Expr> {
    if first == last {
        return Some(first.clone());
    }
    let span = first.span;
    let kind = match (&first.kind, &last.kind) {
        (Kind::Number(one), _) if one.is_one() => {
            match top {
                Some(t) if t != last => return None,
                _ => *top = Some(last.clone()),
            }
            Kind::Name(letter.to_string())
        }
        (Kind::Entry(a, i), Kind::Entry(b, j)) if a == b && i.len() == j.len() => {
            let indices: Option<Vec<Expr>> =
                i.iter().zip(j).map(|(p, q)| generalise(p, q, letter, top)).collect();
            Kind::Entry(a.clone(), indices?)
        }
        (Kind::Product(a, how, b), Kind::Product(c, other, d)) if how == other => {
            Kind::Product(
                Box::new(generalise(a, c, letter, top)?),
                *how,
                Box::new(generalise(b, d, letter, top)?),
            )
        }
        (Kind::Power(a, e), Kind::Power(b, f)) if e == f => {
            Kind::Power(Box::new(generalise(a, b, letter, top)?), e.clone())
        }
        (Kind::Group(d, a), Kind::Group(_, b)) => {
            Kind::Group(*d, Box::new(generalise(a, b, letter, top)?))
        }
        (
            Kind::Call { name, primes, args },
            Kind::Call { name: other, primes: others, args: brgs },
        ) if name == other && primes == others && args.len() == brgs.len() => {
            let args: Option<Vec<Expr>> = args
                .iter()
                .zip(brgs)
                .map(|(p, q)| generalise(p, q, letter, top))
                .collect();
            Kind::Call { name: name.clone(), primes: *primes, args: args? }
        }
        _ => return None,
    };
    Some(Expr { kind, span })
}

/// Whether the term is the pattern with the number in the letter's place.
fn follows(pattern: &Expr, term: &Expr, letter: &str, number: usize) -> bool {
    match (&pattern.kind, &term.kind) {
        (Kind::Name(n), Kind::Number(v)) if n == letter => v.to_usize() == Some(number),
        (Kind::Entry(a, i), Kind::Entry(b, j)) => {
            a == b
                && i.len() == j.len()
                && i.iter().zip(j).all(|(p, q)| follows(p, q, letter, number))
        }
        (Kind::Product(a, _, b), Kind::Product(c, _, d)) => {
            follows(a, c, letter, number) && follows(b, d, letter, number)
        }
        (Kind::Power(a, e), Kind::Power(b, f)) => e == f && follows(a, b, letter, number),
        (Kind::Group(_, a), Kind::Group(_, b)) => follows(a, b, letter, number),
        (Kind::Call { args, .. }, Kind::Call { args: brgs, .. }) => {
            args.len() == brgs.len()
                && args.iter().zip(brgs).all(|(p, q)| follows(p, q, letter, number))
        }
        _ => pattern == term,
    }
}

/// Counts the index letters of one product: not through sums that bind them.
pub(super) fn count_letters(e: &Expr, counts: &mut BTreeMap<String, usize>) {
    let mut each = |e: &Expr| count_letters(e, counts);
    match &e.kind {
        Kind::Entry(base, indices) => {
            each(base);
            for index in indices {
                if let Kind::Name(letter) = &peel(index).kind {
                    *counts.entry(letter.clone()).or_default() += 1;
                }
            }
        }
        Kind::Delta(i, j) => {
            for index in [i, j] {
                if let Kind::Name(letter) = &peel(index).kind {
                    *counts.entry(letter.clone()).or_default() += 1;
                }
            }
        }
        Kind::Product(a, _, b) => {
            each(a);
            each(b);
        }
        // An index pairs within one product, not through a denominator or a function, unless both
        // stand inside it.
        Kind::Quotient(a, _, _) => each(a),
        Kind::Group(_, a) | Kind::Transpose(a) => match &peel(a).kind {
            Kind::Add(terms) if terms.len() > 1 => {
                // Each term of a bracket is a product of its own with what stands outside.
                let mut most: BTreeMap<String, usize> = BTreeMap::new();
                for (_, term) in terms {
                    let mut own = BTreeMap::new();
                    count_letters(term, &mut own);
                    for (letter, n) in own {
                        let slot = most.entry(letter).or_default();
                        *slot = (*slot).max(n);
                    }
                }
                for (letter, n) in most {
                    *counts.entry(letter).or_default() += n;
                }
            }
            _ => each(a),
        },
        Kind::Add(terms) if terms.len() == 1 => each(&terms[0].1),
        Kind::Derivative { of, by, .. } => {
            if let Some(of) = of {
                each(of);
            }
            by.iter().for_each(each);
        }
        Kind::Power(a, b) => {
            // x_i^2 holds its index twice.
            let times = super::literal(b).and_then(|v| v.to_usize()).unwrap_or(1).min(2);
            for _ in 0..times {
                count_letters(a, counts);
            }
        }
        _ => {}
    }
}
