//! The value of a shaped expression at a point.
//!
//! Derivatives are taken by infinitesimals: a derivative by a symbol gives each of its entries in
//! turn an infinitesimal part, evaluates, and reads off the coefficient. The symbols computed from
//! it follow; a defined symbol is treated as a variable by adding the infinitesimal to its value.
//!
//! **Invariant:** nothing here knows a rule of differentiation beyond `ε² = 0`, and nothing is
//! shared with the prover but the input.

mod indices;

use std::cell::Cell;
use std::rc::Rc;

use smallvec::{SmallVec, smallvec};

use crate::language::ast::Comparison;
use crate::numeric::array::{Array, Mask, Plane, Sizes, zeros};
use crate::numeric::error::EvalError;
use crate::numeric::lift::{Functions, power};
use crate::numeric::matrix::{determinant, identity, inverse, matrix_power};
use crate::numeric::number::{Number, Sign};
use crate::numeric::opaque;
use crate::numeric::point::{IndexEnv, Point};
use crate::numeric::program::{NodeId, Program, Symbols};
use crate::shape::{Node, Role, Shaped, SymbolId, Table, Variable};

/// The deepest nesting of derivatives.
const MAX_LEVELS: usize = 6;

/// The deepest nesting of nodes in evaluation, definitions followed.
const MAX_DEPTH: u32 = 500;

/// How points with a kink are treated, and how much work is allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Whether an exact 0 under a step is refused; otherwise `[0 > 0] = 0`.
    pub(crate) strict: bool,
    /// Operations on numbers.
    pub(crate) fuel: u64,
}

/// Evaluates an expression at a point in the number system `N`. A kink under a derivative or an
/// indicator is an error.
///
/// # Errors
/// When the expression has no value there; see [`EvalError`].
pub fn eval<N: Number>(
    table: &Table,
    expression: &Shaped,
    point: &Point,
    indices: &IndexEnv,
) -> Result<Array<N>, EvalError> {
    let mut program = Program::new(table);
    let root = program.add(expression)?;
    let settings = Settings { strict: true, fuel: 10_000_000 };
    let mut machine = Machine::new(&program, point, settings);
    machine.env = indices.clone();
    let value = machine.root(root)?;
    Ok(Rc::unwrap_or_clone(value))
}

type Value<N> = Rc<Array<N>>;

/// What a level of differentiation holds.
struct Frame<N> {
    /// The symbols that have an infinitesimal part at this level.
    seeded: Symbols,
    /// The coefficient of this level's infinitesimal in each of them.
    seeds: SmallVec<[(SymbolId, Value<N>); 1]>,
    /// The values of nodes that depend on this level and on none above.
    nodes: Vec<Option<Value<N>>>,
    /// The same of symbols.
    symbols: Vec<Option<Value<N>>>,
}

/// The evaluation of a program at one point.
pub(crate) struct Machine<'p, N> {
    program: &'p Program<'p>,
    point: &'p Point,
    functions: Functions<'p>,
    /// The ground level first; those past `height` are kept for their storage.
    frames: Vec<Frame<N>>,
    height: usize,
    pub(crate) env: IndexEnv,
    fuel: u64,
    depth: u32,
}

impl<'p, N: Number> Machine<'p, N> {
    pub(crate) fn new(
        program: &'p Program<'p>,
        point: &'p Point,
        settings: Settings,
    ) -> Self {
        let functions = Functions {
            polynomials: &point.functions,
            values_only: !program.differentiates,
            strict: settings.strict,
            kinked: Cell::new(false),
        };
        let mut machine = Machine {
            program,
            point,
            functions,
            frames: Vec::new(),
            height: 0,
            env: IndexEnv::new(program.table),
            fuel: settings.fuel,
            depth: 0,
        };
        machine.push_frame(SmallVec::new());
        machine
    }

    /// Whether `[0 > 0] = 0` was used.
    pub(crate) fn kinked(&self) -> bool {
        self.functions.kinked.get()
    }

    /// The work that is left.
    pub(crate) fn fuel(&self) -> u64 {
        self.fuel
    }

    /// The value of a whole expression.
    pub(crate) fn root(&mut self, id: NodeId) -> Result<Value<N>, EvalError> {
        let value = self.node(id)?;
        if !value.is_finite() {
            return Err(EvalError::Domain("overflow"));
        }
        Ok(value)
    }

    fn push_frame(&mut self, seeds: SmallVec<[(SymbolId, Value<N>); 1]>) {
        let mut seeded = Symbols::default();
        for (id, _) in &seeds {
            seeded.insert(*id);
        }
        let (nodes, symbols) =
            (self.program.items.len(), self.program.table.symbols.len());
        if self.height == self.frames.len() {
            self.frames.push(Frame {
                seeded,
                seeds,
                nodes: vec![None; nodes],
                symbols: vec![None; symbols],
            });
        } else {
            let frame = &mut self.frames[self.height];
            frame.seeded = seeded;
            frame.seeds = seeds;
            frame.nodes.iter_mut().for_each(|v| *v = None);
            frame.symbols.iter_mut().for_each(|v| *v = None);
        }
        self.height += 1;
    }

    /// The highest level on which something with these symbols depends.
    fn level_of(&self, symbols: &Symbols) -> usize {
        (1..self.height)
            .rev()
            .find(|&k| self.frames[k].seeded.meets(symbols))
            .unwrap_or(0)
    }

    fn spend(&mut self, work: usize) -> Result<(), EvalError> {
        // Every level may double the planes.
        let work = (work as u64) << (2 * (self.height - 1)).min(8);
        match self.fuel.checked_sub(work) {
            Some(left) => {
                self.fuel = left;
                Ok(())
            }
            None => {
                self.fuel = 0;
                Err(EvalError::Effort)
            }
        }
    }

    fn node(&mut self, id: NodeId) -> Result<Value<N>, EvalError> {
        let program = self.program;
        let item = &program.items[id as usize];
        let level = item.free.is_empty().then(|| self.level_of(&item.symbols));
        if let Some(level) = level
            && let Some(value) = &self.frames[level].nodes[id as usize]
        {
            return Ok(Rc::clone(value));
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(EvalError::Effort);
        }
        let value = self.compute(id)?;
        self.depth -= 1;
        if let Some(level) = level {
            self.frames[level].nodes[id as usize] = Some(Rc::clone(&value));
        }
        Ok(value)
    }

    fn compute(&mut self, id: NodeId) -> Result<Value<N>, EvalError> {
        let program = self.program;
        let item = &program.items[id as usize];
        let child = |i: usize| item.children[i];
        // A node costs about as much as this many operations on numbers.
        self.spend(8)?;
        let value = match item.node {
            Node::Number(r) => Array::scalar(N::rational(r)?),
            Node::Pi => Array::scalar(N::pi()?),
            Node::Size(dim) => Array::scalar(count(self.point.extent(dim))?),
            Node::IndexValue(var) => {
                let value = self.env.value(var.0).ok_or(UNBOUND)?;
                Array::scalar(count(Some(value + 1))?)
            }
            Node::Symbol(id) => return self.symbol(*id),
            Node::Add(_) => self.sum_of(&item.children)?,
            Node::Times(_) => match self.product_of(&item.children) {
                Err(EvalError::Domain(_)) if self.is_switched_off(&item.children)? => {
                    Array::zeros(self.point.sizes(item.axes)?)
                }
                product => product?,
            },
            Node::Power(_, exponent) => self.power(child(0), child(1), exponent)?,
            Node::Apply(function, _) => {
                let of = self.node(child(0))?;
                self.spend(8 * of.len())?;
                self.functions.apply(*function, &of)?
            }
            Node::Product(..) => self.matrix_product(child(0), child(1))?,
            Node::Outer(..) => self.outer(child(0), child(1))?,
            Node::Contract(_, a, b) => self.contract(child(0), *a, *b)?,
            Node::Regroup(_, groups) => self.regroup(child(0), groups)?,
            Node::Fill(_) => {
                let value = self.node(child(0))?;
                let sizes = self.point.sizes(item.axes)?;
                let len: usize = sizes.iter().product();
                if value.len() != 1 {
                    return Err(AXES);
                }
                self.spend(len)?;
                value.linear(sizes, |p| smallvec![p[0].clone(); len])
            }
            Node::Identity => {
                let sizes = self.point.sizes(item.axes)?;
                match sizes[..] {
                    [n, m] if n == m => identity(n),
                    _ => return Err(AXES),
                }
            }
            Node::Pick(_, indices) => self.pick(child(0), indices)?,
            Node::Abstract(vars, _) => self.tabulate(vars, child(0))?,
            Node::Sum(var, _) => self.sum_over(*var, child(0), item.axes)?,
            Node::Delta(i, j) => Array::scalar(self.delta(*i, *j)?),
            Node::Indicator(comparison, ..) => {
                let discrete = program.items[child(0) as usize].discrete
                    && program.items[child(1) as usize].discrete;
                self.indicator(*comparison, child(0), child(1), discrete)?
            }
            Node::Inverse(_) => {
                let (a, n) = self.square(child(0))?;
                inverse(&a, n)?
            }
            Node::Det(_) => {
                let (a, n) = self.square(child(0))?;
                self.spend(n.saturating_pow(4))?;
                determinant(&a, n)?
            }
            Node::MatrixPower(..) => {
                let (a, n) = self.square(child(0))?;
                let exponent = self.node(child(1))?;
                if !exponent.is_plain() {
                    return Err(EvalError::Domain("a matrix under a varying exponent"));
                }
                match exponent.entries() {
                    [k] => match k.as_ratio() {
                        Some((k, 1)) => matrix_power(&a, n, k)?,
                        _ => {
                            return Err(EvalError::Domain("a broken power of a matrix"));
                        }
                    },
                    _ => return Err(AXES),
                }
            }
            Node::Derivative(_, Variable::Whole(symbol)) => {
                self.derivative(child(0), *symbol)?
            }
            Node::Derivative(_, Variable::Entry(symbol, indices)) => {
                let axes = &self.program.table.symbol(*symbol).axes;
                let sizes = self.point.sizes(axes)?;
                let mut used = indices.iter();
                let mut at = 0;
                for (dim, &extent) in axes.iter().zip(&sizes) {
                    let index = if dim.is_unit() {
                        0
                    } else {
                        self.index(*used.next().ok_or(AXES)?, extent)?
                    };
                    at = at * extent + index;
                }
                if used.next().is_some() {
                    return Err(AXES);
                }
                self.along(child(0), smallvec![(*symbol, unit(sizes, at))])?
            }
            Node::Directional(_, directions) => {
                let mut seeds = SmallVec::new();
                for ((symbol, _), &direction) in
                    directions.iter().zip(&item.children[1..])
                {
                    let direction = self.node(direction)?;
                    let axes = &self.program.table.symbol(*symbol).axes;
                    if direction.sizes() != self.point.sizes(axes)?.as_slice() {
                        return Err(AXES);
                    }
                    seeds.push((*symbol, direction));
                }
                self.along(child(0), seeds)?
            }
        };
        Ok(Rc::new(value))
    }

    fn sum_of(&mut self, parts: &[NodeId]) -> Result<Array<N>, EvalError> {
        let mut sum: Option<Array<N>> = None;
        for &part in parts {
            let part = self.node(part)?;
            self.spend(part.len())?;
            match &mut sum {
                None => sum = Some(Rc::unwrap_or_clone(part)),
                Some(sum) => {
                    fits(sum, &part)?;
                    sum.add_assign(&part);
                }
            }
        }
        Ok(sum.unwrap_or_else(|| Array::scalar(N::integer(0))))
    }

    /// Whether a condition among the factors is 0 in every entry: the other factors then belong to
    /// a case that does not apply, and need not be defined.
    fn is_switched_off(&mut self, factors: &[NodeId]) -> Result<bool, EvalError> {
        for &factor in factors {
            let item = &self.program.items[factor as usize];
            if !item.discrete || matches!(item.node, Node::Number(_)) {
                continue;
            }
            let value = self.node(factor)?;
            if value.is_plain() && value.entries().iter().all(N::is_zero) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn product_of(&mut self, factors: &[NodeId]) -> Result<Array<N>, EvalError> {
        let mut product: Option<Array<N>> = None;
        for &factor in factors {
            let factor = self.node(factor)?;
            self.spend(factor.len())?;
            product = Some(match product {
                None => Rc::unwrap_or_clone(factor),
                Some(product) => {
                    fits(&product, &factor)?;
                    product.times(&factor)
                }
            });
        }
        let product = product.unwrap_or_else(|| Array::scalar(N::integer(1)));
        for x in product.entries() {
            x.check_size()?;
        }
        Ok(product)
    }

    fn power(
        &mut self,
        base: NodeId,
        exponent: NodeId,
        literal: &Shaped,
    ) -> Result<Array<N>, EvalError> {
        let base = self.node(base)?;
        self.spend(4 * base.len())?;
        if let Node::Number(r) = &*literal.node {
            use num_traits::ToPrimitive;
            if let (Some(n), Some(d)) = (r.numer().to_i64(), r.denom().to_i64()) {
                return power(&base, n, d);
            }
        }
        let exponent = self.node(exponent)?;
        fits(&base, &exponent)?;
        self.spend(8 * exponent.len())?;
        self.functions.real_power(&base, &exponent)
    }

    fn matrix_product(&mut self, a: NodeId, b: NodeId) -> Result<Array<N>, EvalError> {
        let (a, b) = (self.node(a)?, self.node(b)?);
        let (Some((&inner, rows)), Some((&other, columns))) =
            (a.sizes().split_last(), b.sizes().split_first())
        else {
            return Err(AXES);
        };
        if inner != other {
            return Err(AXES);
        }
        let sizes: Sizes = rows.iter().chain(columns).copied().collect();
        let rows: usize = rows.iter().product();
        let columns: usize = columns.iter().product();
        self.spend(rows.saturating_mul(inner).saturating_mul(columns))?;
        Ok(a.matrix_product(&b, sizes, [rows, inner, columns]))
    }

    fn outer(&mut self, a: NodeId, b: NodeId) -> Result<Array<N>, EvalError> {
        let (a, b) = (self.node(a)?, self.node(b)?);
        let sizes: Sizes = a.sizes().iter().chain(b.sizes()).copied().collect();
        let (rows, columns) = (a.len(), b.len());
        self.spend(rows.saturating_mul(columns))?;
        Ok(a.matrix_product(&b, sizes, [rows, 1, columns]))
    }

    fn indicator(
        &mut self,
        comparison: Comparison,
        a: NodeId,
        b: NodeId,
        discrete: bool,
    ) -> Result<Array<N>, EvalError> {
        let (a, b) = (self.node(a)?, self.node(b)?);
        fits(&a, &b)?;
        self.spend(a.len().max(b.len()))?;
        // A step has no infinitesimal part, so the primal planes are all that counts.
        let primal = |x: &Array<N>| Array::new(x.sizes().into(), x.entries().into());
        let mut difference = primal(&b).scaled(&N::integer(-1));
        difference.add_assign(&primal(&a));
        let mut out: Plane<N> = Plane::new();
        for x in difference.entries() {
            let sign = match (discrete, comparison) {
                // Equality needs no order, so that it is known in every field.
                (true, Comparison::Equal | Comparison::NotEqual) if x.is_zero() => {
                    Sign::Zero
                }
                (true, Comparison::Equal | Comparison::NotEqual) => {
                    x.sign().unwrap_or(Sign::Positive)
                }
                (true, _) => x.sign()?,
                (false, _) => self.functions.side(x)?,
            };
            let zero = matches!(sign, Sign::Zero | Sign::Unclear);
            let holds = match comparison {
                Comparison::Equal => zero,
                Comparison::NotEqual => !zero,
                Comparison::Less => sign == Sign::Negative,
                Comparison::LessEqual => sign == Sign::Negative || zero,
                Comparison::Greater => sign == Sign::Positive,
                Comparison::GreaterEqual => sign == Sign::Positive || zero,
            };
            out.push(N::integer(i64::from(holds)));
        }
        Ok(Array::new(difference.sizes().into(), out))
    }

    /// A square matrix and its size.
    fn square(&mut self, id: NodeId) -> Result<(Value<N>, usize), EvalError> {
        let a = self.node(id)?;
        match *a.sizes() {
            [n, m] if n == m => {
                self.spend(n.saturating_pow(3))?;
                Ok((a, n))
            }
            _ => Err(AXES),
        }
    }

    /// The derivative by every entry of a symbol, the symbol's axes appended.
    fn derivative(&mut self, of: NodeId, by: SymbolId) -> Result<Array<N>, EvalError> {
        let sizes = self.point.sizes(&self.program.table.symbol(by).axes)?;
        let count: usize = sizes.iter().product();
        let mut result: Option<Array<N>> = None;
        if !self.program.items[of as usize].symbols.contains(by) {
            let of = self.node(of)?;
            let all: Sizes = of.sizes().iter().chain(&sizes).copied().collect();
            self.spend(of.len().saturating_mul(count))?;
            return Ok(Array::zeros(all));
        }
        for entry in 0..count {
            let slope = self.along(of, smallvec![(by, unit(sizes.clone(), entry))])?;
            let result = result.get_or_insert_with(|| {
                Array::zeros(slope.sizes().iter().chain(&sizes).copied().collect())
            });
            self.spend(slope.len())?;
            if slope.len() * count != result.len() {
                return Err(AXES);
            }
            for (mask, plane) in slope.planes() {
                let target = result.plane_mut(*mask);
                for (i, x) in plane.iter().enumerate() {
                    target[i * count + entry] = x.clone();
                }
            }
        }
        result.ok_or(EvalError::Range)
    }

    /// The derivative along a direction in the symbols.
    fn along(
        &mut self,
        of: NodeId,
        seeds: SmallVec<[(SymbolId, Value<N>); 1]>,
    ) -> Result<Array<N>, EvalError> {
        if self.height > MAX_LEVELS {
            return Err(EvalError::Effort);
        }
        let bit = bit_of(self.height);
        self.push_frame(seeds);
        let value = self.node(of);
        self.height -= 1;
        let (_, rise) = value?.split(bit);
        Ok(rise)
    }

    /// The value of a symbol, with its infinitesimal parts.
    fn symbol(&mut self, id: SymbolId) -> Result<Value<N>, EvalError> {
        let program = self.program;
        let at = id.0 as usize;
        let known = program.dependence.get(at).and_then(Option::as_ref);
        let known = known.ok_or(EvalError::Malformed("an unknown symbol"))?;
        let level = self.level_of(&known.symbols);
        if let Some(value) = &self.frames[level].symbols[at] {
            return Ok(Rc::clone(value));
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(EvalError::Effort);
        }
        let drawn = self.point.values.get(at).and_then(Option::as_ref);
        let mut value = match &program.table.symbol(id).role {
            Role::Variable | Role::Differential(_) => {
                Rc::new(drawn.ok_or(EvalError::NoPoint)?.array()?)
            }
            Role::Defined(_) => self.node(known.definition.ok_or(EvalError::NoPoint)?)?,
            Role::Opaque(arguments) => {
                let base: Array<N> = drawn.ok_or(EvalError::NoPoint)?.array()?;
                let rises = self.rises(arguments)?;
                Rc::new(opaque::value(self.point, id, base, &rises)?)
            }
            Role::Partial(of, by) => {
                let Role::Opaque(arguments) = &program.table.symbol(*of).role else {
                    return Err(EvalError::Malformed("a partial of what is not opaque"));
                };
                let rises = self.rises(arguments)?;
                Rc::new(opaque::partial(self.point, *of, arguments, by, &rises)?)
            }
        };
        self.depth -= 1;
        if value.sizes() != self.point.sizes(&program.table.symbol(id).axes)?.as_slice() {
            return Err(AXES);
        }
        for k in 1..self.height {
            for (seeded, rise) in &self.frames[k].seeds {
                if *seeded == id {
                    Rc::make_mut(&mut value).attach(bit_of(k), rise);
                }
            }
        }
        self.frames[level].symbols[at] = Some(Rc::clone(&value));
        Ok(value)
    }

    /// The infinitesimal parts of an opaque scalar's arguments.
    fn rises(
        &mut self,
        arguments: &[SymbolId],
    ) -> Result<Vec<Option<Array<N>>>, EvalError> {
        if self.height == 1 {
            return Ok(vec![None; arguments.len()]);
        }
        arguments.iter().map(|id| Ok(self.symbol(*id)?.nilpotent())).collect()
    }
}

const AXES: EvalError = EvalError::Malformed("axes that do not fit");
const UNBOUND: EvalError = EvalError::Malformed("an index without a value");

/// The infinitesimal of a level, from 1.
fn bit_of(level: usize) -> Mask {
    1 << (level - 1)
}

/// The array with a single 1.
fn unit<N: Number>(sizes: Sizes, at: usize) -> Value<N> {
    let mut entries: Plane<N> = zeros(sizes.iter().product());
    if let Some(entry) = entries.get_mut(at) {
        *entry = N::integer(1);
    }
    Rc::new(Array::new(sizes, entries))
}

/// A count as a number.
fn count<N: Number>(n: Option<usize>) -> Result<N, EvalError> {
    let n = n.and_then(|n| i64::try_from(n).ok()).ok_or(EvalError::Effort)?;
    Ok(N::integer(n))
}

/// Whether two arrays have the same sizes or one is a scalar.
fn fits<N: Number>(a: &Array<N>, b: &Array<N>) -> Result<(), EvalError> {
    if a.sizes() == b.sizes() || a.sizes().is_empty() || b.sizes().is_empty() {
        Ok(())
    } else {
        Err(AXES)
    }
}
