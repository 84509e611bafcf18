//! Names: symbols, dimensions, definitions, constants.

use super::{Elaborator, FaultKind, Result, peel};
use crate::language::ast::{Expr, Kind, NameKind, Names, Span, Times};
use crate::shape::givens::Entry;
use crate::shape::{
    Dim, Index, IndexVar, Node, Properties, Role, Shaped, Symbol, SymbolId,
};
use num_traits::ToPrimitive;

impl Elaborator<'_> {
    /// What a name stands for.
    pub(super) fn name(&mut self, name: &str, span: Span) -> Result<Shaped> {
        if let Some((_, value)) = self.locals.iter().rev().find(|(n, _)| n == name) {
            return Ok(value.clone());
        }
        if let Some((_, var)) = self.scope.iter().rev().find(|(n, _)| n == name)
            && !self.givens.contains(name)
        {
            return Ok(Shaped::scalar(Node::IndexValue(*var)));
        }
        // `n in N` beside `x in R^n` says no more than that n is a size.
        if self.is_natural_size(name) {
            let dim = self.named_dimension(name);
            return Ok(Shaped::scalar(Node::Size(dim)));
        }
        if let Some(id) = self.symbol(name, span)? {
            return self.standing(id, span);
        }
        if self.givens.is_dimension(name) || self.table.dims.iter().any(|d| d == name) {
            let dim = self.named_dimension(name);
            return Ok(Shaped::scalar(Node::Size(dim)));
        }
        if name == "pi" {
            return Ok(Shaped::scalar(Node::Pi));
        }
        if name == "e" {
            let one = Shaped::integer(1);
            return Ok(self.apply(crate::function::Function::Exp, one));
        }
        if let Some((_, var)) = self.free.iter().find(|(n, _)| n == name) {
            return Ok(Shaped::scalar(Node::IndexValue(*var)));
        }
        // A small letter whose capital is given stands for the array's entries.
        let mut letters = name.chars();
        if let (Some(c), None) = (letters.next(), letters.next())
            && c.is_ascii_lowercase()
        {
            let capital = c.to_ascii_uppercase().to_string();
            if let Some(id) = self.symbol(&capital, span)? {
                self.note(format!("`{name}` is read as the entries of `{capital}`"));
                return self.standing(id, span);
            }
        }
        if self.givens.entry(name).is_some() {
            return self.fault(
                FaultKind::Unsupported,
                span,
                format!(
                    "`{name}` is given as a function and stands here without an argument"
                ),
            );
        }
        self.fault(
            FaultKind::Name,
            span,
            format!("`{name}` is not given: say what it is, as in `{name} in R^n`"),
        )
    }

    fn is_natural_size(&self, name: &str) -> bool {
        let natural = match self.givens.entry(name) {
            Some(Entry::Array { shape, natural, properties, family: None }) => {
                shape.is_empty()
                    && (*natural || properties.iter().any(|p| p == "natural"))
            }
            _ => false,
        };
        natural && self.givens.is_dimension(name)
    }

    /// Whether a name is given as a number or a size.
    pub(super) fn is_scalar_name(&self, name: &str) -> bool {
        matches!(self.givens.kind(name), Some(NameKind::Scalar | NameKind::Dimension))
            || self.scope.iter().any(|(n, _)| n == name)
    }

    /// The symbol of a given name, made when first used.
    pub(super) fn symbol(&mut self, name: &str, span: Span) -> Result<Option<SymbolId>> {
        if let Some((_, id)) = self.symbols.iter().find(|(n, _)| n == name) {
            return Ok(Some(*id));
        }
        let givens = self.givens;
        let Some(entry) = givens.entry(name) else { return Ok(None) };
        match entry {
            Entry::Array { .. } => {
                let (axes, properties) = self.declared(name)?.unwrap_or_default();
                Ok(Some(self.add_symbol(name, axes, properties, Role::Variable)))
            }
            Entry::Function { .. } | Entry::FunctionBody { .. } => Ok(None),
            Entry::Opaque { of } => self.opaque(name, of, span).map(Some),
            Entry::Definition { right } => {
                self.defined(name, span, |this| this.definition_body(right)).map(Some)
            }
            Entry::Entries { indices, right } => self
                .defined(name, span, |this| this.entries_body(indices, right))
                .map(Some),
        }
    }

    fn add_symbol(
        &mut self,
        name: &str,
        axes: Vec<Dim>,
        properties: Properties,
        role: Role,
    ) -> SymbolId {
        let id = SymbolId(self.table.symbols.len() as u32);
        self.table.symbols.push(Symbol {
            name: name.to_string(),
            axes,
            properties,
            role,
        });
        self.symbols.push((name.to_string(), id));
        id
    }

    /// The declared axes and properties of a name.
    fn declared(&mut self, name: &str) -> Result<Option<(Vec<Dim>, Properties)>> {
        let givens = self.givens;
        let Some(Entry::Array { shape, natural, properties, family }) =
            givens.declared_shape(name)
        else {
            return Ok(None);
        };
        let mut axes = match shape.as_slice() {
            [] => Vec::new(),
            [n] => vec![self.dimension(n)?, Dim::unit()],
            [n, m, ..] => vec![self.dimension(n)?, self.dimension(m)?],
        };
        if let Some(size) = family {
            axes.insert(0, self.dimension(size)?);
        }
        let mut p = Properties { natural: *natural, ..Properties::default() };
        for property in properties {
            match property.as_str() {
                "symmetric" => p.symmetric = true,
                "antisymmetric" | "skew-symmetric" => p.antisymmetric = true,
                "diagonal" => p.diagonal = true,
                "orthogonal" => p.orthogonal = true,
                "invertible" | "nonsingular" => p.invertible = true,
                "positive definite" => {
                    p.positive_definite = true;
                    p.symmetric = true;
                    p.invertible = true;
                }
                "positive determinant" => {
                    p.positive_determinant = true;
                    p.invertible = true;
                }
                "positive" => p.positive = true,
                "nonnegative" => p.nonnegative = true,
                "one-hot" => {
                    p.one_hot = true;
                    p.sums_to_one = true;
                }
                "natural" => p.natural = true,
                "binary" => p.binary = true,
                "bipolar" => p.bipolar = true,
                _ => {}
            }
        }
        if p.natural {
            p.positive = true;
        }
        Ok(Some((axes, p)))
    }

    /// A defined name: its body is elaborated where nothing of the place of use is in scope.
    fn defined(
        &mut self,
        name: &str,
        span: Span,
        body: impl FnOnce(&mut Self) -> Result<Shaped>,
    ) -> Result<SymbolId> {
        if self.open_definitions.iter().any(|n| n == name) {
            return self.fault(
                FaultKind::Name,
                span,
                format!("the definition of `{name}` refers to itself"),
            );
        }
        self.open_definitions.push(name.to_string());
        let scope = std::mem::take(&mut self.scope);
        let free = std::mem::take(&mut self.free);
        let locals = std::mem::take(&mut self.locals);
        let kept = std::mem::take(&mut self.kept);
        let reading = self.reading;
        let einstein = reading.einstein;
        self.reading = super::Reading { einstein, ..super::Reading::default() };
        self.reading.repairs.broadcast_rows = true;
        let repaired = self.repaired.len();
        let body = body(self);
        self.repaired.truncate(repaired);
        self.reading = reading;
        self.scope = scope;
        let open = std::mem::replace(&mut self.free, free);
        self.locals = locals;
        self.kept = kept;
        self.open_definitions.pop();
        // A fault in a given's own text has no place in the text at hand: mark the name.
        let mut body = body.map_err(|mut fault| {
            fault.message = format!("in the definition of `{name}`: {}", fault.message);
            fault.span = span;
            fault
        })?;
        let mut properties = Properties::default();
        if let Some((axes, p)) = self.declared(name)? {
            properties = p;
            if body.is_scalar() && !axes.is_empty() {
                body = self.fill(body, &axes);
            }
            if !self.unify_axes(&axes, &body.axes) {
                let message = format!(
                    "`{name}` is given as {} and defined as {}",
                    self.show_axes(&axes),
                    self.show_axes(&body.axes)
                );
                return self.fault(FaultKind::Shape, span, message);
            }
        }
        let letters: Vec<String> =
            open.iter().map(|(letter, _)| letter.clone()).collect();
        let vars: Vec<IndexVar> = open.into_iter().map(|(_, var)| var).collect();
        let body = self.family(&vars, body);
        let axes = body.axes.clone();
        let id = self.add_symbol(name, axes, properties, Role::Defined(body));
        if !letters.is_empty() {
            self.fixed.push((id, letters));
        }
        Ok(id)
    }

    /// The body as an array over the letters, which come before its own axes.
    fn family(&mut self, letters: &[IndexVar], body: Shaped) -> Shaped {
        if letters.is_empty() {
            return body;
        }
        let own: Vec<IndexVar> =
            body.axes.clone().into_iter().map(|dim| self.index_var("…", dim)).collect();
        let mut axes: Vec<Dim> =
            letters.iter().map(|v| self.table.indices[v.0 as usize].1.clone()).collect();
        axes.extend(body.axes.iter().cloned());
        let entry = match own.is_empty() {
            true => body,
            false => {
                let at = own.iter().map(|var| Index::Var(*var)).collect();
                Shaped::scalar(Node::Pick(body, at))
            }
        };
        let vars = letters.iter().chain(&own).copied().collect();
        Shaped::new(Node::Abstract(vars, entry), axes)
    }

    /// A symbol as it stands in an expression. The letters that its definition leaves free are fixed
    /// indices of the whole relation, as the true class `c` of `-\log p_c`; where one is bound at the
    /// place of use, it is no such index.
    pub(super) fn standing(&mut self, id: SymbolId, span: Span) -> Result<Shaped> {
        let axes = self.table.symbol(id).axes.clone();
        let symbol = Shaped::new(Node::Symbol(id), axes.clone());
        let fixed = self.fixed.iter().find(|(known, _)| *known == id);
        let Some(letters) = fixed.map(|(_, letters)| letters.clone()) else {
            return Ok(symbol);
        };
        let mut at = Vec::new();
        for letter in &letters {
            if self.scope.iter().any(|(bound, _)| bound == letter) {
                return self.fault(
                    FaultKind::Index,
                    span,
                    format!("index `{letter}` is free in a definition"),
                );
            }
            let var = self.letter(letter);
            self.constrain(Index::Var(var), &axes[at.len()], span)?;
            at.push(Index::Var(var));
        }
        let axes = axes[at.len()..].to_vec();
        Ok(Shaped::new(Node::Pick(symbol, at), axes))
    }

    fn definition_body(&mut self, right: &Expr) -> Result<Shaped> {
        let body = self.expr(right)?;
        Ok(self.settle_scalar(body))
    }

    fn entries_body(&mut self, indices: &[String], right: &Expr) -> Result<Shaped> {
        let mut vars: Vec<IndexVar> = Vec::new();
        for letter in indices {
            let dim = self.solver.unknown(false);
            let var = self.index_var(letter, dim);
            self.scope.push((letter.clone(), var));
            vars.push(var);
        }
        self.kept = indices.iter().cloned().collect();
        let body = self.term(right)?;
        let body = self.settle_scalar(body);
        // `z_i = W x_i` of a family of vectors defines another.
        if indices.len() == 1 && self.is_vector(&body) {
            return Ok(self.family(&vars, body));
        }
        let body = self.as_scalar(body, right, "an entry")?;
        let mut axes: Vec<Dim> =
            vars.iter().map(|v| self.table.indices[v.0 as usize].1.clone()).collect();
        let mut result = Shaped::new(Node::Abstract(vars, body), axes.clone());
        if axes.len() == 1 {
            axes.push(Dim::unit());
            result = Shaped::new(Node::Regroup(result, vec![vec![0], vec![]]), axes);
        }
        Ok(result)
    }

    fn is_vector(&self, body: &Shaped) -> bool {
        let [rows, columns] = body.axes.as_slice() else { return false };
        let open = |dim: &Dim| self.solver.is_open(dim) || self.solver.is_unit(dim);
        !open(rows) && self.solver.is_unit(columns)
    }

    /// `L = L(Y, …)` with its first and second partial derivatives as symbols.
    fn opaque(&mut self, name: &str, of: &[String], span: Span) -> Result<SymbolId> {
        let mut arguments = Vec::new();
        for argument in of {
            match self.symbol(argument, span)? {
                Some(id) => {
                    self.without_letters(id, argument, span)?;
                    arguments.push(id);
                }
                None => {
                    return self.fault(
                        FaultKind::Name,
                        span,
                        format!(
                            "`{name}` is a function of `{argument}`, which is not given"
                        ),
                    );
                }
            }
        }
        let role = Role::Opaque(arguments.clone());
        let id = self.add_symbol(name, Vec::new(), Properties::default(), role);
        for (k, y) in arguments.iter().enumerate() {
            let axes = self.table.symbol(*y).axes.clone();
            let label = format!("∂{name}/∂{}", of[k]);
            let role = Role::Partial(id, vec![*y]);
            self.add_symbol(&label, axes.clone(), Properties::default(), role);
            for (m, z) in arguments.iter().enumerate() {
                let mut both = axes.clone();
                both.extend(self.table.symbol(*z).axes.iter().cloned());
                let label = format!("∂²{name}/∂{}∂{}", of[k], of[m]);
                let role = Role::Partial(id, vec![*y, *z]);
                self.add_symbol(&label, both, Properties::default(), role);
            }
        }
        Ok(id)
    }

    /// Refuses a name of which the definition leaves letters free where the whole is meant.
    pub(super) fn without_letters(
        &self,
        id: SymbolId,
        name: &str,
        span: Span,
    ) -> Result<()> {
        match self.fixed.iter().find(|(known, _)| *known == id) {
            Some((_, letters)) => self.fault(
                FaultKind::Index,
                span,
                format!(
                    "in the definition of `{name}`: index `{}` is free in a definition",
                    letters.join("`, `")
                ),
            ),
            None => Ok(()),
        }
    }

    /// The dimension of that name.
    pub(super) fn named_dimension(&mut self, name: &str) -> Dim {
        let id = match self.table.dims.iter().position(|d| d == name) {
            Some(id) => id,
            None => {
                self.table.dims.push(name.to_string());
                self.table.dims.len() - 1
            }
        };
        Dim::named(id as u32)
    }

    /// A size: a name, a number, or a product of sizes.
    pub(super) fn dimension(&mut self, e: &Expr) -> Result<Dim> {
        match &peel(e).kind {
            Kind::Number(value) => match value.to_usize() {
                Some(n) if n >= 1 && value.is_integer() && n <= 1 << 20 => {
                    Ok(Dim::number(n))
                }
                _ => self.fault(
                    FaultKind::Shape,
                    e.span,
                    "a size must be a whole number from 1",
                ),
            },
            Kind::Name(name) if name.starts_with(crate::shape::OPEN) => {
                if let Some((_, dim)) = self.open_sizes.iter().find(|(n, _)| n == name) {
                    return Ok(dim.clone());
                }
                let dim = self.solver.unknown(false);
                self.open_sizes.push((name.clone(), dim.clone()));
                Ok(dim)
            }
            Kind::Name(name) => {
                if self.givens.entry(name).is_some() && !self.givens.is_dimension(name) {
                    return self.fault(
                        FaultKind::Shape,
                        e.span,
                        format!("`{name}` is given as something else than a size"),
                    );
                }
                Ok(self.named_dimension(name))
            }
            Kind::Entry(..) | Kind::Identity(None) => {
                match crate::shape::givens::size_name(e) {
                    Some(name) => Ok(self.named_dimension(&name)),
                    None => self.fault(
                        FaultKind::Unsupported,
                        e.span,
                        "this size is not read",
                    ),
                }
            }
            Kind::Product(a, how, b) if *how != Times::Hadamard => {
                let (a, b) = (self.dimension(a)?, self.dimension(b)?);
                Ok(a.times(&b))
            }
            _ => self.fault(
                FaultKind::Unsupported,
                e.span,
                "a size must be a name, a number or a product of them",
            ),
        }
    }
}
