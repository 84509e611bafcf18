//! Derivatives as programs: a function that checks its arguments' shapes and returns the value and
//! the derivative.
//!
//! What is written here has been proved as mathematics; the tests run it beside the program's own
//! evaluator.

mod code;
mod julia;
mod matlab;
mod names;
mod python;
mod rust;

use std::fmt;

use self::code::Speaker;
use self::names::Names;
use crate::language::print;
use crate::notation::raise::{Mat, Shape};
use crate::proof::Derived;
use crate::shape::{Role, Size, SymbolId, Table};

/// A language that code is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Rust on nalgebra's `DMatrix<f64>`.
    Rust,
    /// Python with NumPy; vectors have one axis.
    Numpy,
    /// Python with PyTorch; vectors have one axis.
    Torch,
    /// Python with JAX; vectors have one axis.
    Jax,
    /// Julia; vectors are `Vector`s.
    Julia,
    /// MATLAB or Octave; vectors are columns.
    Matlab,
}

/// Why there is no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unemitted(String);

impl Unemitted {
    fn new(why: impl Into<String>) -> Self {
        Unemitted(why.into())
    }
}

impl fmt::Display for Unemitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unemitted {}

type Result<T> = std::result::Result<T, Unemitted>;

/// An argument of the function.
struct Argument {
    name: String,
    shape: Shape,
}

/// One statement of the function's body.
struct Step {
    name: String,
    value: Mat,
    shape: Shape,
}

/// What a function is written from.
struct Function {
    /// The statement, for the comment at the top.
    about: String,
    arguments: Vec<Argument>,
    /// The definitions, then the value, then the derivative.
    steps: Vec<Step>,
}

/// A function that returns what was differentiated and its derivative.
///
/// # Errors
/// When the answer is in index notation, or holds something that has no value: an unknown
/// function, a family, an explicit sum.
pub fn code(derived: &Derived, target: Target) -> Result<String> {
    let program = derived.program.as_ref().ok_or_else(|| {
        Unemitted::new("only an answer in matrix notation can be written as code")
    })?;
    let table = &program.table;
    let mut names = Names::new(target);
    let mut used: Vec<SymbolId> = Vec::new();
    let defined = program.definitions.iter().map(|(_, body)| body);
    for m in defined.chain([&program.value, &program.derivative]) {
        let mut trouble = None;
        m.visit(&mut |m| match m {
            Mat::Leaf(leaf) => {
                if leaf.member.is_some() || !leaf.entry.is_empty() {
                    trouble = Some("an entry or a member of a family");
                } else if !used.contains(&leaf.symbol) {
                    used.push(leaf.symbol);
                }
            }
            Mat::Sum(..) | Mat::Delta(..) => trouble = Some("an explicit sum"),
            Mat::Kron(..) => trouble = Some("a Kronecker product"),
            _ => {}
        });
        if let Some(what) = trouble {
            return Err(Unemitted::new(format!("{what} is not written as code")));
        }
    }
    used.extend(program.by.filter(|id| !used.contains(id)));
    used.sort_by_key(|id| {
        let name = &table.symbol(*id).name;
        (program.order.iter().position(|n| n == name), *id)
    });
    let mut arguments = Vec::new();
    for id in &used {
        let symbol = table.symbol(*id);
        match &symbol.role {
            Role::Variable => {
                let shape = shape_of(table, *id)?;
                arguments.push(Argument { name: names.symbol(table, *id), shape });
            }
            Role::Defined(_) => {
                names.symbol(table, *id);
            }
            _ => {
                return Err(Unemitted::new(format!(
                    "`{}` is an unknown function: it has no value to compute",
                    symbol.name
                )));
            }
        }
    }
    let sizes = arguments.iter().flat_map(|a| [&a.shape.0, &a.shape.1]);
    let known: Vec<Size> = sizes.flatten().cloned().collect();
    for (k, name) in table.dims.iter().enumerate() {
        names.dim(k as u32, name);
    }
    let mut steps = Vec::new();
    for (id, body) in &program.definitions {
        let shape = shape_of(table, *id)?;
        steps.push(Step { name: names.symbol(table, *id), value: body.clone(), shape });
    }
    let whole = |name: &str, m: &Mat, shape: &Shape| Step {
        name: name.to_string(),
        value: m.clone(),
        shape: *shape,
    };
    steps.push(whole("value", &program.value, &program.value.shape()));
    steps.push(whole("derivative", &program.derivative, &program.shape));
    for step in &steps {
        let mut missing = None;
        let filled = Mat::Ones(step.shape);
        let mut check = |m: &Mat| {
            let mut see = |n: &Size| {
                if let Size::Named(_) = n
                    && !known.contains(n)
                {
                    missing = Some(names.size(n));
                }
            };
            match m {
                Mat::Size(n) | Mat::Identity(n) => see(n),
                Mat::Ones((r, c)) => r.iter().chain(c).for_each(see),
                _ => {}
            }
        };
        step.value.visit(&mut check);
        check(&filled);
        if let Some(n) = missing {
            return Err(Unemitted::new(format!("no argument has the dimension `{n}`")));
        }
    }
    let about =
        format!("{} = {}", print::unicode(&derived.left), print::unicode(&derived.right));
    let function = Function { about, arguments, steps };
    let speaker = Speaker { table, names: &names, target };
    match target {
        Target::Rust => rust::function(&function, &speaker),
        Target::Numpy | Target::Torch | Target::Jax => {
            python::function(&function, &speaker)
        }
        Target::Julia => julia::function(&function, &speaker),
        Target::Matlab => matlab::function(&function, &speaker),
    }
}

fn shape_of(table: &Table, id: SymbolId) -> Result<Shape> {
    let axes = &table.symbol(id).axes;
    if axes.len() > 2 || axes.iter().any(|d| d.0.len() > 1) {
        return Err(Unemitted::new("an array with many axes is not written as code"));
    }
    let size = |k: usize| axes.get(k).and_then(|d| d.0.first().cloned());
    Ok((size(0), size(1)))
}
