//! A small hand for writing shaped expressions in tests.

use crate::function::Function;
use crate::shape::{
    Dim, Index, IndexVar, Node, Properties, Role, Shaped, Symbol, SymbolId, Table,
    Variable,
};

/// A table under construction.
#[derive(Default)]
pub(super) struct Fixture {
    pub(super) table: Table,
}

impl Fixture {
    pub(super) fn new(dims: &[&str]) -> Self {
        let mut fixture = Fixture::default();
        fixture.table.dims = dims.iter().map(|d| (*d).to_owned()).collect();
        fixture
    }

    /// A dimension by name; `1` is the unit.
    pub(super) fn dim(&self, name: &str) -> Dim {
        match self.table.dims.iter().position(|d| d == name) {
            Some(at) => Dim::named(at as u32),
            None => Dim::number(name.parse().expect("a dimension")),
        }
    }

    pub(super) fn symbol(&mut self, name: &str, axes: &[&str]) -> SymbolId {
        self.with(name, axes, Properties::default(), Role::Variable)
    }

    pub(super) fn with(
        &mut self,
        name: &str,
        axes: &[&str],
        properties: Properties,
        role: Role,
    ) -> SymbolId {
        let axes = axes.iter().map(|d| self.dim(d)).collect();
        self.table.symbols.push(Symbol { name: name.into(), axes, properties, role });
        SymbolId(self.table.symbols.len() as u32 - 1)
    }

    pub(super) fn index(&mut self, name: &str, dim: &str) -> IndexVar {
        let dim = self.dim(dim);
        self.table.indices.push((name.into(), dim));
        IndexVar(self.table.indices.len() as u32 - 1)
    }

    pub(super) fn function(&mut self, name: &str) -> Function {
        self.table.functions.push(name.into());
        Function::Opaque { id: self.table.functions.len() as u32 - 1, order: 0 }
    }

    pub(super) fn get(&self, id: SymbolId) -> Shaped {
        Shaped::new(Node::Symbol(id), self.table.symbol(id).axes.clone())
    }

    /// The derivative by a whole symbol.
    pub(super) fn by(&self, of: Shaped, id: SymbolId) -> Shaped {
        let mut axes = of.axes.clone();
        axes.extend(self.table.symbol(id).axes.iter().cloned());
        Shaped::new(Node::Derivative(of, Variable::Whole(id)), axes)
    }
}

pub(super) fn product(a: Shaped, b: Shaped) -> Shaped {
    let mut axes = a.axes[..a.axes.len() - 1].to_vec();
    axes.extend(b.axes[1..].iter().cloned());
    Shaped::new(Node::Product(a, b), axes)
}

pub(super) fn products(factors: &[&Shaped]) -> Shaped {
    let mut all = factors.iter().map(|f| (*f).clone());
    let first = all.next().expect("a factor");
    all.fold(first, product)
}

pub(super) fn transpose(a: &Shaped) -> Shaped {
    let axes = vec![a.axes[1].clone(), a.axes[0].clone()];
    Shaped::new(Node::Regroup(a.clone(), vec![vec![1], vec![0]]), axes)
}

pub(super) fn trace(a: Shaped) -> Shaped {
    Shaped::scalar(Node::Contract(a, 0, 1))
}

/// A 1×1 matrix as a scalar.
pub(super) fn as_scalar(a: Shaped) -> Shaped {
    Shaped::scalar(Node::Regroup(a, vec![]))
}

pub(super) fn add(parts: &[&Shaped]) -> Shaped {
    let parts: Vec<Shaped> = parts.iter().map(|p| (*p).clone()).collect();
    let axes = parts[0].axes.clone();
    Shaped::new(Node::Add(parts), axes)
}

pub(super) fn times(factors: &[&Shaped]) -> Shaped {
    let factors: Vec<Shaped> = factors.iter().map(|p| (*p).clone()).collect();
    let axes = factors
        .iter()
        .find(|f| !f.axes.is_empty())
        .map_or(Vec::new(), |f| f.axes.clone());
    Shaped::new(Node::Times(factors), axes)
}

pub(super) fn apply(function: Function, a: &Shaped) -> Shaped {
    Shaped::new(Node::Apply(function, a.clone()), a.axes.clone())
}

pub(super) fn power(a: &Shaped, n: i64, d: i64) -> Shaped {
    let exponent = num_rational::BigRational::new(n.into(), d.into());
    Shaped::new(
        Node::Power(a.clone(), Shaped::scalar(Node::Number(exponent))),
        a.axes.clone(),
    )
}

/// The sum of all entries of a matrix.
pub(super) fn total(a: &Shaped) -> Shaped {
    let row =
        Shaped::new(Node::Fill(Shaped::integer(1)), vec![Dim::unit(), a.axes[0].clone()]);
    let column =
        Shaped::new(Node::Fill(Shaped::integer(1)), vec![a.axes[1].clone(), Dim::unit()]);
    as_scalar(products(&[&row, a, &column]))
}

pub(super) fn pick(a: &Shaped, indices: &[IndexVar]) -> Shaped {
    let axes = a.axes[indices.len()..].to_vec();
    let indices = indices.iter().map(|v| Index::Var(*v)).collect();
    Shaped::new(Node::Pick(a.clone(), indices), axes)
}

pub(super) fn sum(var: IndexVar, body: Shaped) -> Shaped {
    let axes = body.axes.clone();
    Shaped::new(Node::Sum(var, body), axes)
}
