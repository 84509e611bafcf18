//! An expression prepared for evaluation at many points: its nodes in a list, each with what it
//! depends on.

use num_traits::{Signed, ToPrimitive};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::error::EvalError;
use crate::function::Function;
use crate::shape::{
    Dim, Index, IndexVar, Node, Role, Shaped, Size, SymbolId, Table, Variable,
};

/// Nesting past this is refused.
const MAX_DEPTH: u32 = 400;

/// More nodes are refused.
const MAX_NODES: usize = 200_000;

/// A set of symbols.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Symbols(SmallVec<[u64; 2]>);

impl Symbols {
    pub(crate) fn insert(&mut self, id: SymbolId) {
        let word = id.0 as usize / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (id.0 % 64);
    }

    pub(crate) fn contains(&self, id: SymbolId) -> bool {
        self.0.get(id.0 as usize / 64).is_some_and(|w| w >> (id.0 % 64) & 1 == 1)
    }

    pub(crate) fn extend(&mut self, other: &Symbols) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a |= b;
        }
    }

    pub(crate) fn meets(&self, other: &Symbols) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }
}

/// Handle of a node.
pub(crate) type NodeId = u32;

/// A node.
#[derive(Clone, Debug)]
pub(crate) struct Item<'a> {
    pub(crate) node: &'a Node,
    pub(crate) axes: &'a [Dim],
    /// The arrays it is made of, in the order in which the node names them.
    pub(crate) children: SmallVec<[NodeId; 2]>,
    /// The index variables whose values it depends on.
    pub(crate) free: SmallVec<[IndexVar; 2]>,
    /// The symbols on which its value depends, also through definitions.
    pub(crate) symbols: Symbols,
    /// Whether its value only takes isolated values, so that a comparison with it has no kink.
    pub(crate) discrete: bool,
}

/// What is to be known of a symbol.
#[derive(Clone, Debug)]
pub(crate) struct Dependence {
    /// The node of a definition.
    pub(crate) definition: Option<NodeId>,
    /// The symbols on which its value depends, itself among them.
    pub(crate) symbols: Symbols,
}

/// Expressions over one table, ready to be evaluated.
#[derive(Debug)]
pub(crate) struct Program<'a> {
    pub(crate) table: &'a Table,
    pub(crate) items: Vec<Item<'a>>,
    /// By symbol; `None` for those that do not occur.
    pub(crate) dependence: Vec<Option<Dependence>>,
    known: FxHashMap<*const Node, NodeId>,
    underway: Symbols,
    /// The named dimensions that occur.
    pub(crate) dims: Vec<bool>,
    /// The opaque functions that occur.
    pub(crate) functions: Vec<bool>,
    /// Whether it holds a derivative.
    pub(crate) differentiates: bool,
    /// Whether a value may follow one formula here and another one farther out: it holds steps,
    /// roots or inverses of periodic functions.
    pub(crate) pieces: bool,
    /// Whether a size stands in it as a number.
    pub(crate) counts: bool,
    /// Whether it holds natural numbers.
    pub(crate) naturals: bool,
    /// The largest constant in it.
    pub(crate) largest: i64,
    /// Some of its constants past 2.
    pub(crate) constants: SmallVec<[i64; 4]>,
}

impl<'a> Program<'a> {
    /// A program without expressions.
    pub(crate) fn new(table: &'a Table) -> Self {
        Program {
            table,
            items: Vec::new(),
            dependence: vec![None; table.symbols.len()],
            known: FxHashMap::default(),
            underway: Symbols::default(),
            dims: vec![false; table.dims.len()],
            functions: vec![false; table.functions.len()],
            differentiates: false,
            pieces: false,
            counts: false,
            naturals: false,
            largest: 0,
            constants: SmallVec::new(),
        }
    }

    /// Adds an expression.
    ///
    /// # Errors
    /// When it is too large or too deep, or names what the table does not hold.
    pub(crate) fn add(&mut self, expression: &'a Shaped) -> Result<NodeId, EvalError> {
        self.compile(expression, 0)
    }

    fn compile(&mut self, shaped: &'a Shaped, depth: u32) -> Result<NodeId, EvalError> {
        let node: &'a Node = &shaped.node;
        let key = std::ptr::from_ref(node);
        if let Some(&id) = self.known.get(&key)
            && self.items[id as usize].axes == shaped.axes.as_slice()
        {
            return Ok(id);
        }
        if depth > MAX_DEPTH || self.items.len() > MAX_NODES {
            return Err(EvalError::Effort);
        }
        self.note_dims(&shaped.axes);
        let mut item = Item {
            node,
            axes: &shaped.axes,
            children: SmallVec::new(),
            free: SmallVec::new(),
            symbols: Symbols::default(),
            discrete: false,
        };
        self.visit(&mut item, depth + 1)?;
        let id = self.items.len() as NodeId;
        self.items.push(item);
        self.known.insert(key, id);
        Ok(id)
    }

    /// Compiles the children and gathers what the node depends on.
    fn visit(&mut self, item: &mut Item<'a>, depth: u32) -> Result<(), EvalError> {
        match item.node {
            Node::Number(number) => {
                item.discrete = true;
                let size = number.numer().abs().max(number.denom().clone()).to_i64();
                let size = size.unwrap_or(i64::MAX);
                self.largest = self.largest.max(size);
                let new = size > 2 && !self.constants.contains(&size);
                if new && self.constants.len() < 4 {
                    self.constants.push(size);
                }
            }
            Node::Pi | Node::Identity => {}
            Node::Size(dim) => {
                self.note_dims(std::slice::from_ref(dim));
                item.discrete = true;
                self.counts = true;
            }
            Node::IndexValue(var) => {
                self.note_index(item, Index::Var(*var))?;
                item.discrete = true;
            }
            Node::Symbol(id) => {
                item.symbols.extend(&self.symbol(*id, depth)?.symbols);
                let properties = &self.table.symbol(*id).properties;
                item.discrete = properties.natural
                    || properties.one_hot
                    || properties.binary
                    || properties.bipolar;
                self.naturals |= properties.natural;
            }
            Node::Add(parts) | Node::Times(parts) => {
                item.discrete = true;
                for part in parts {
                    let child = self.child(item, part, depth)?;
                    item.discrete &= self.items[child as usize].discrete;
                }
            }
            Node::Power(a, b) | Node::Product(a, b) | Node::Outer(a, b) => {
                self.pieces |= matches!(item.node, Node::Power(..)) && !is_whole(b);
                let a = self.child(item, a, depth)?;
                let b = self.child(item, b, depth)?;
                item.discrete =
                    self.items[a as usize].discrete && self.items[b as usize].discrete;
            }
            Node::MatrixPower(a, b) => {
                self.child(item, a, depth)?;
                self.child(item, b, depth)?;
            }
            Node::Indicator(_, a, b) => {
                self.child(item, a, depth)?;
                self.child(item, b, depth)?;
                item.discrete = true;
                self.pieces = true;
            }
            Node::Apply(function, of) => {
                self.pieces |= has_pieces(*function);
                if let Function::Opaque { id, .. } = function {
                    let known = self.functions.get_mut(*id as usize);
                    *known.ok_or(EvalError::Malformed("an unknown function"))? = true;
                }
                self.child(item, of, depth)?;
            }
            Node::Contract(of, ..) | Node::Regroup(of, _) | Node::Fill(of) => {
                let of = self.child(item, of, depth)?;
                item.discrete = self.items[of as usize].discrete;
            }
            Node::Inverse(of) | Node::Det(of) => {
                self.child(item, of, depth)?;
            }
            Node::Pick(of, indices) => {
                let of = self.child(item, of, depth)?;
                item.discrete = self.items[of as usize].discrete;
                for index in indices {
                    self.note_index(item, *index)?;
                }
            }
            Node::Abstract(vars, body) => {
                let body = self.child(item, body, depth)?;
                item.discrete = self.items[body as usize].discrete;
                for var in vars {
                    self.note_variable(*var)?;
                }
                item.free.retain(|v| !vars.contains(v));
            }
            Node::Sum(var, body) => {
                let body = self.child(item, body, depth)?;
                item.discrete = self.items[body as usize].discrete;
                self.note_variable(*var)?;
                item.free.retain(|v| v != var);
            }
            Node::Delta(i, j) => {
                self.note_index(item, *i)?;
                self.note_index(item, *j)?;
                item.discrete = true;
            }
            Node::Derivative(of, by) => {
                self.differentiates = true;
                self.child(item, of, depth)?;
                let (Variable::Whole(id) | Variable::Entry(id, _)) = by;
                item.symbols.extend(&self.symbol(*id, depth)?.symbols);
                if let Variable::Entry(_, indices) = by {
                    for index in indices {
                        self.note_index(item, *index)?;
                    }
                }
            }
            Node::Directional(of, directions) => {
                self.differentiates = true;
                self.child(item, of, depth)?;
                for (id, direction) in directions {
                    item.symbols.extend(&self.symbol(*id, depth)?.symbols);
                    self.child(item, direction, depth)?;
                }
            }
        }
        Ok(())
    }

    fn child(
        &mut self,
        item: &mut Item<'a>,
        of: &'a Shaped,
        depth: u32,
    ) -> Result<NodeId, EvalError> {
        let id = self.compile(of, depth)?;
        item.children.push(id);
        let child = &self.items[id as usize];
        item.symbols.extend(&child.symbols);
        for var in &child.free {
            if !item.free.contains(var) {
                item.free.push(*var);
            }
        }
        Ok(id)
    }

    fn note_dims(&mut self, axes: &[Dim]) {
        for size in axes.iter().flat_map(|dim| &dim.0) {
            if let Size::Named(id) = size
                && let Some(known) = self.dims.get_mut(*id as usize)
            {
                *known = true;
            }
        }
    }

    fn note_variable(&mut self, var: IndexVar) -> Result<(), EvalError> {
        let table = self.table;
        let (_, dim) = table
            .indices
            .get(var.0 as usize)
            .ok_or(EvalError::Malformed("an unknown index"))?;
        self.note_dims(std::slice::from_ref(dim));
        Ok(())
    }

    fn note_index(&mut self, item: &mut Item<'a>, index: Index) -> Result<(), EvalError> {
        if let Index::Var(var) = index {
            self.note_variable(var)?;
            if !item.free.contains(&var) {
                item.free.push(var);
            }
        }
        Ok(())
    }

    /// What a symbol depends on; compiles its definition.
    fn symbol(&mut self, id: SymbolId, depth: u32) -> Result<&Dependence, EvalError> {
        let at = id.0 as usize;
        if at >= self.dependence.len() {
            return Err(EvalError::Malformed("an unknown symbol"));
        }
        if self.dependence[at].is_none() {
            if self.underway.contains(id) {
                return Err(EvalError::Malformed("a definition that refers to itself"));
            }
            if depth > MAX_DEPTH {
                return Err(EvalError::Effort);
            }
            self.underway.insert(id);
            let table = self.table;
            let symbol = table.symbol(id);
            self.note_dims(&symbol.axes);
            let mut found = Dependence { definition: None, symbols: Symbols::default() };
            found.symbols.insert(id);
            match &symbol.role {
                Role::Variable | Role::Differential(_) => {}
                Role::Defined(expression) => {
                    let definition = self.compile(expression, depth + 1)?;
                    let item = &self.items[definition as usize];
                    if !item.free.is_empty() {
                        return Err(EvalError::Malformed(
                            "a definition with a free index",
                        ));
                    }
                    found.symbols.extend(&item.symbols);
                    found.definition = Some(definition);
                }
                Role::Opaque(arguments) => {
                    for argument in arguments {
                        found.symbols.extend(&self.symbol(*argument, depth + 1)?.symbols);
                    }
                }
                Role::Partial(of, _) => {
                    found.symbols.extend(&self.symbol(*of, depth + 1)?.symbols);
                }
            }
            self.dependence[at] = Some(found);
        }
        self.dependence[at].as_ref().ok_or(EvalError::Malformed("an unknown symbol"))
    }
}

/// Whether an exponent is a whole number.
fn is_whole(exponent: &Shaped) -> bool {
    matches!(&*exponent.node, Node::Number(number) if number.is_integer())
}

/// Functions that are different formulas on different parts of the line, or undo a function only on
/// a part of it.
fn has_pieces(function: Function) -> bool {
    use Function::{Abs, Acos, Asin, Atan, Elu, Relu, Sign, Sqrt};
    matches!(function, Abs | Sign | Relu | Elu | Sqrt | Asin | Acos | Atan)
}
