//! Derivatives as matrix expressions, each proved before it is handed out.

use super::prove::{Attempt, Theorem, prove, prove_quickly};
use super::{Layout, assumptions};
use crate::language::ast::{DerivativeForm, Expr, Kind};
use crate::notation::raise::{Mat, Shape, Source};
use crate::numeric::{Comparison, compare};
use crate::shape::{
    Elaborated, Fault, Givens, Node, Reading, Role, Shaped, SymbolId, Table, Variable,
    relation, single,
};

/// Which derivative is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The derivative of a scalar by an array; of a vector by a vector, its Jacobian.
    #[default]
    Gradient,
    /// `[∂y_i/∂x_j]`
    Jacobian,
    /// `[∂²f/∂x_i∂x_j]`
    Hessian,
}

/// What is asked for, and how it is to be laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeriveOptions {
    /// Which derivative.
    pub order: Order,
    /// The layout; [`Layout::Auto`] is the variable's shape.
    pub layout: Layout,
}

/// How an answer is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notation {
    /// As one matrix expression.
    Matrix,
    /// By entries: the letters of the entry's indices, in order.
    Index(Vec<String>),
}

/// A derivative that has been proved.
#[derive(Clone, Debug)]
pub struct Derived {
    /// What was asked for, as an expression: `∂/∂X tr(VXW)`.
    pub left: Expr,
    /// The answer: `VᵀWᵀ`.
    pub right: Expr,
    /// How the answer is written.
    pub notation: Notation,
    /// The layout, where the derivative of a scalar by an array has one.
    pub layout: Option<&'static str>,
    /// What the answer relies on.
    pub assumptions: Vec<String>,
    /// Remarks on how the text was read.
    pub remarks: Vec<String>,
    /// The answer's shape, as people write it: `n×m`.
    pub shape: String,
    pub(crate) program: Option<Program>,
}

/// What an emitter needs: value and derivative as matrix expressions over one table.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) table: Table,
    /// What is differentiated, with its definitions written out or not.
    pub(crate) value: Mat,
    /// Its derivative, over the same table.
    pub(crate) derivative: Mat,
    /// The derivative's shape, where it is at most a matrix.
    pub(crate) shape: Shape,
    /// Defined names that the two use, each after those it uses.
    pub(crate) definitions: Vec<(SymbolId, Mat)>,
    /// The names in the order in which they were given.
    pub(crate) order: Vec<String>,
    /// By what was differentiated: an argument even where the derivative is 0.
    pub(crate) by: Option<SymbolId>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeriveError {
    /// The expression has no meaning.
    Fault(Fault),
    /// No form of the answer was found that could be proved.
    NotFound(String),
}

impl std::fmt::Display for DeriveError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DeriveError::Fault(fault) => f.write_str(&fault.message),
            DeriveError::NotFound(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for DeriveError {}

/// The derivative of `expr` by `wrt` (a name, or an entry such as `x[k]`), in the shortest matrix
/// notation found, else in index notation. Every answer has been proved equal to the derivative.
///
/// # Errors
/// [`DeriveError::Fault`] with its place when the expression has no meaning under the givens, and
/// [`DeriveError::NotFound`] when no form of the answer could be proved.
///
/// # Example
/// ```
/// use gradproof::language::{ast::Spelling, parse_expr, parse_givens, print};
/// use gradproof::proof::{DeriveOptions, derive};
/// use gradproof::shape::Givens;
///
/// let mut givens = Givens::new();
/// for given in parse_givens("x in R^n; B in R^{n x n}", &givens)? {
///     givens.add(&given).expect("a plain declaration");
/// }
/// let (f, _) = parse_expr("x'*B*x", Spelling::Plain, &givens);
/// let (x, _) = parse_expr("x", Spelling::Plain, &givens);
/// let derived = derive(&givens, &f, &x, &DeriveOptions::default()).expect("a quadratic form");
/// assert_eq!(print::plain(&derived.right), "(B + B') x");
/// # Ok::<(), gradproof::language::ast::Diagnostic>(())
/// ```
pub fn derive(
    givens: &Givens,
    expr: &Expr,
    wrt: &Expr,
    options: &DeriveOptions,
) -> Result<Derived, DeriveError> {
    let form = match options.order {
        Order::Gradient => DerivativeForm::PartialOperator,
        Order::Jacobian => DerivativeForm::Jacobian,
        Order::Hessian => DerivativeForm::Hessian,
    };
    let left = Expr {
        kind: Kind::Derivative {
            form,
            of: Some(Box::new(expr.clone())),
            by: vec![wrt.clone()],
        },
        span: expr.span.to(wrt.span),
    };
    let numerator = options.layout == Layout::Numerator;
    let reading = Reading { numerator, ..Reading::default() };
    let mut derived = write_out(givens, &left, reading)?;
    derived.program = program(givens, expr, &derived, reading);
    Ok(derived)
}

/// An expression without the derivatives in it, in the shortest matrix notation found, else in
/// index notation: what the right side of `expr = …` ought to be. The answer has been proved.
///
/// # Errors
/// As [`derive()`].
pub fn write_out(
    givens: &Givens,
    expr: &Expr,
    reading: Reading,
) -> Result<Derived, DeriveError> {
    search(givens, expr, reading, usize::MAX, &|relation| prove(relation, false))
}

/// The same with little effort, for a hint: the first forms only.
pub(super) fn write_out_quickly(
    givens: &Givens,
    expr: &Expr,
    reading: Reading,
) -> Result<Derived, DeriveError> {
    const FORMS: usize = 2;
    search(givens, expr, reading, FORMS, &prove_quickly)
}

/// The first of at most `most` forms of a kind that `prove` proves.
fn search(
    givens: &Givens,
    expr: &Expr,
    reading: Reading,
    most: usize,
    prove: &dyn Fn(&Elaborated) -> Attempt,
) -> Result<Derived, DeriveError> {
    let relation = single(givens, expr, reading).map_err(DeriveError::Fault)?;
    let whole = relation.lhs.clone();
    let source = Source { relation: &relation, expr: &whole, reading };
    let mut why = match source.matrix() {
        Ok(candidates) => {
            for candidate in candidates.into_iter().take(most) {
                let right = &candidate.expr;
                let Some(found) = confirm(givens, expr, right, reading, prove) else {
                    continue;
                };
                let mut derived = found.into_derived(expr, candidate.expr, reading);
                derived.program = Some(Program {
                    table: relation.table.clone(),
                    value: candidate.mat.clone(),
                    derivative: candidate.mat.clone(),
                    shape: sizes(&whole),
                    definitions: Vec::new(),
                    order: givens.names().map(String::from).collect(),
                    by: None,
                });
                return Ok(derived);
            }
            "no matrix expression for it could be proved".to_string()
        }
        Err(unraised) => format!("no matrix notation was found ({unraised})"),
    };
    for (answer, letters) in source.index().into_iter().take(most) {
        let entry = entry_of(expr, &letters);
        if let Some(found) = confirm(givens, &entry, &answer, reading, prove) {
            let mut derived = found.into_derived(&entry, answer, reading);
            derived.notation = Notation::Index(letters);
            derived.shape = shape(&relation.table, &whole);
            return Ok(derived);
        }
    }
    why.push_str("; nor could its entries be proved in index notation");
    Err(DeriveError::NotFound(why))
}

/// The entry of an expression at letters; a scalar is its own.
fn entry_of(expr: &Expr, letters: &[String]) -> Expr {
    if letters.is_empty() {
        return expr.clone();
    }
    let index = |name: &String| Expr { kind: Kind::Name(name.clone()), span: expr.span };
    let indices = letters.iter().map(index).collect();
    Expr { kind: Kind::Entry(Box::new(expr.clone()), indices), span: expr.span }
}

/// A proved relation.
struct Found {
    relation: Elaborated,
    theorem: Theorem,
}

impl Found {
    fn into_derived(self, left: &Expr, right: Expr, reading: Reading) -> Derived {
        let layout = self.relation.has_array_gradient().then_some({
            if reading.numerator || reading.row_gradients {
                "numerator"
            } else {
                "gradient"
            }
        });
        let mut remarks = self.relation.notes.clone();
        remarks.retain(|note| !note.starts_with("a number over an array"));
        let mut assumptions = assumptions::of(&self.relation, self.theorem.caveats());
        // A kink named says more than that there are some.
        if assumptions.iter().any(|a| a.contains("has a kink")) {
            assumptions.retain(|a| !a.starts_with("almost everywhere (where"));
        }
        Derived {
            left: left.clone(),
            right,
            notation: Notation::Matrix,
            layout,
            assumptions,
            remarks,
            shape: shape(&self.relation.table, &self.relation.lhs),
            program: None,
        }
    }
}

/// The extents of an answer that is at most a plain matrix.
fn sizes(of: &Shaped) -> Shape {
    let size = |k: usize| of.axes.get(k).and_then(|d| d.0.first().cloned());
    (size(0), size(1))
}

fn shape(table: &Table, of: &Shaped) -> String {
    if of.axes.is_empty() {
        return "a scalar".into();
    }
    // Beyond a matrix an axis of 1 says nothing.
    let tensor = of.axes.len() > 2;
    let sizes = of
        .axes
        .iter()
        .filter(|d| !tensor || !d.is_unit())
        .map(|d| crate::shape::show_dim(d, &table.dims));
    sizes.collect::<Vec<_>>().join("×")
}

/// Proves that the answer is what was asked for; numbers must not contradict it.
fn confirm(
    givens: &Givens,
    left: &Expr,
    right: &Expr,
    reading: Reading,
    prove: &dyn Fn(&Elaborated) -> Attempt,
) -> Option<Found> {
    let relation = relation(givens, left, right, None, reading).ok()?;
    if !relation.one_sided.is_empty() || !relation.repaired.is_empty() {
        return None;
    }
    let Attempt::Proved(theorem) = prove(&relation) else { return None };
    let Elaborated { table, lhs, rhs, free, .. } = &relation;
    let compared = (!relation.undrawn).then(|| compare(table, lhs, rhs, free));
    match compared {
        Some(Comparison::Differs(_)) => None,
        _ => Some(Found { relation, theorem }),
    }
}

/// Value, derivative and the definitions they use as matrix expressions over one table.
fn program(
    givens: &Givens,
    expr: &Expr,
    derived: &Derived,
    reading: Reading,
) -> Option<Program> {
    let mut program = derived.program.clone()?;
    let relation = single(givens, &derived.left, reading).ok()?;
    let proved = |expr: &Expr, of: &Shaped| -> Option<Mat> {
        let source = Source { relation: &relation, expr: of, reading };
        let found = source.matrix().ok()?;
        let right = found.into_iter().find(|c| {
            let prove = |relation: &Elaborated| prove(relation, false);
            confirm(givens, expr, &c.expr, reading, &prove).is_some()
        })?;
        Some(right.mat)
    };
    program.value = proved(expr, differentiated(&relation.lhs))?;
    program.by = variable(&relation.lhs);
    // A defined name that the two use, and those that its definition uses.
    let mut open: Vec<SymbolId> = Vec::new();
    collect_defined(&relation.table, &program.value, &mut open);
    collect_defined(&relation.table, &program.derivative, &mut open);
    let mut definitions: Vec<(SymbolId, Mat)> = Vec::new();
    while let Some(id) = open.pop() {
        let Role::Defined(body) = &relation.table.symbol(id).role else { continue };
        let name = &relation.table.symbol(id).name;
        let left = Expr { kind: Kind::Name(name.clone()), span: expr.span };
        // What uses it comes after it: a name met again moves to the front.
        definitions.retain(|(other, _)| *other != id);
        let body = proved(&left, body)?;
        collect_defined(&relation.table, &body, &mut open);
        definitions.push((id, body));
        if definitions.len() + open.len() > 64 {
            return None;
        }
    }
    definitions.reverse();
    program.definitions = definitions;
    Some(program)
}

/// By what the outermost derivative is taken.
fn variable(e: &Shaped) -> Option<SymbolId> {
    match &*e.node {
        Node::Derivative(_, Variable::Whole(id) | Variable::Entry(id, _)) => Some(*id),
        Node::Regroup(of, _) => variable(of),
        _ => None,
    }
}

/// What stands under the derivatives.
fn differentiated(e: &Shaped) -> &Shaped {
    match &*e.node {
        Node::Derivative(of, _) => {
            let inner = differentiated(of);
            if std::ptr::eq(inner, of) { of } else { inner }
        }
        Node::Regroup(of, _) if holds_derivative(of) => differentiated(of),
        _ => e,
    }
}

fn holds_derivative(e: &Shaped) -> bool {
    match &*e.node {
        Node::Derivative(..) => true,
        Node::Regroup(of, _) => holds_derivative(of),
        _ => false,
    }
}

fn collect_defined(table: &Table, m: &Mat, out: &mut Vec<SymbolId>) {
    m.visit(&mut |m| {
        if let Mat::Leaf(leaf) = m
            && matches!(table.symbol(leaf.symbol).role, Role::Defined(_))
        {
            out.push(leaf.symbol);
        }
    });
}
