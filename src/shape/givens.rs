//! What is given: names with shapes, functions, definitions, constraints.

use std::sync::Arc;

use indexmap::IndexMap;

use super::elaborate::entry_pattern;
use crate::language::ast::{Expr, Given, Kind, NameKind, Names, Sign, Span};

/// Why a given could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenError {
    /// Where, in the given's own text.
    pub span: Option<Span>,
    /// What is wrong and what to do.
    pub message: String,
}

/// What a name is given as.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Entry {
    /// An array with the given sizes (none: a scalar).
    Array {
        shape: Vec<Expr>,
        natural: bool,
        properties: Vec<String>,
        family: Option<Expr>,
    },
    /// An element-wise function, or another name for a known one.
    Function { is: Option<String> },
    /// An unknown scalar function of these names.
    Opaque { of: Vec<String> },
    /// A name for an expression.
    Definition { right: Expr },
    /// Entries named: `B_{ij} = b_j`.
    Entries { indices: Vec<String>, right: Expr },
    /// `h(x) = …`.
    FunctionBody { parameter: String, right: Expr },
}

/// The givens in force at a place. Cheap to clone: a document keeps one per scope.
#[derive(Clone, Debug, Default)]
pub struct Givens {
    inner: Arc<Inner>,
}

#[derive(Clone, Debug, Default)]
struct Inner {
    names: IndexMap<String, Entry>,
    /// The declared shape of a name that is also defined (`B in R^{S x N}`, `B_{ij} = b_j`).
    shapes: IndexMap<String, Entry>,
    constraints: Vec<(Expr, Expr)>,
    /// Variables whose differential the text writes.
    moved: Vec<String>,
    /// Letters that the text says to be fixed indices.
    fixed: Vec<String>,
}

/// The properties that language.md lists, as they are spelled.
const PROPERTIES: &[&str] = &[
    "symmetric",
    "antisymmetric",
    "skew-symmetric",
    "invertible",
    "nonsingular",
    "positive definite",
    "positive determinant",
    "diagonal",
    "orthogonal",
    "positive",
    "nonnegative",
    "one-hot",
    "natural",
    "binary",
    "bipolar",
    "square",
];

impl Givens {
    /// Nothing is given.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a declaration; a name given again is given anew.
    ///
    /// # Errors
    /// When the declaration contradicts itself or names a size that makes no sense.
    pub fn add(&mut self, given: &Given) -> Result<(), GivenError> {
        let inner = Arc::make_mut(&mut self.inner);
        match given {
            Given::In { names, shape, natural, properties, family } => {
                if shape.len() > 2 {
                    return Err(GivenError {
                        span: shape.first().map(|e| e.span),
                        message: "a symbol has at most two dimensions".into(),
                    });
                }
                for property in properties {
                    check_property(property)?;
                }
                if let [rows, cols] = shape.as_slice()
                    && rows != cols
                    && let Some(p) = properties.iter().find(|p| needs_square(p))
                {
                    return Err(GivenError {
                        span: Some(rows.span.to(cols.span)),
                        message: format!("a {p} matrix must be square"),
                    });
                }
                for name in names {
                    let entry = Entry::Array {
                        shape: shape.clone(),
                        natural: *natural,
                        properties: properties.clone(),
                        family: family.as_ref().map(|(_, to)| to.clone()),
                    };
                    // A family `x_i in R^d` declares the letter with its index cut off.
                    let name = match family {
                        Some((letter, _)) => name
                            .strip_suffix(letter.as_str())
                            .and_then(|n| n.strip_suffix('_'))
                            .unwrap_or(name)
                            .to_string(),
                        None => name.clone(),
                    };
                    inner.shapes.insert(name.clone(), entry.clone());
                    let defined = matches!(
                        inner.names.get(&name),
                        Some(Entry::Definition { .. } | Entry::Entries { .. })
                    );
                    // A family given anew is no longer the rows of a matrix.
                    if !defined || family.is_some() {
                        inner.names.insert(name, entry);
                    }
                }
            }
            Given::Function { name, is } => {
                inner.names.insert(name.clone(), Entry::Function { is: is.clone() });
            }
            Given::Opaque { name, of } => {
                inner.names.insert(name.clone(), Entry::Opaque { of: of.clone() });
            }
            // `p(f) = p(-f)` speaks of p on both sides: it defines nothing.
            Given::Definition { left, right } if calls_itself(left, right) => {
                inner.constraints.push((left.clone(), right.clone()));
            }
            Given::Definition { left, right } => match &left.kind {
                Kind::Name(name) => {
                    inner
                        .names
                        .insert(name.clone(), Entry::Definition { right: right.clone() });
                }
                Kind::Entry(..) => {
                    let Some((name, indices)) = entry_pattern(left) else {
                        return Err(GivenError {
                            span: Some(left.span),
                            message:
                                "the left side of a definition by entries must be a \
                                      name with distinct letters as indices"
                                    .into(),
                        });
                    };
                    inner
                        .names
                        .insert(name, Entry::Entries { indices, right: right.clone() });
                }
                Kind::Call { name, primes: 0, args } => match args.as_slice() {
                    [Expr { kind: Kind::Name(parameter), .. }] => {
                        let entry = Entry::FunctionBody {
                            parameter: parameter.clone(),
                            right: right.clone(),
                        };
                        inner.names.insert(name.clone(), entry);
                    }
                    _ => {
                        return Err(GivenError {
                            span: Some(left.span),
                            message: format!(
                                "`{name}` must be defined at one plain argument"
                            ),
                        });
                    }
                },
                _ => {
                    return Err(GivenError {
                        span: Some(left.span),
                        message: "the left side of a definition must be a name".into(),
                    });
                }
            },
            Given::Constraint { left, right } => {
                inner.constraints.push((left.clone(), right.clone()));
            }
            Given::Property { name, property } => {
                check_property(property)?;
                let add = |entry: Option<&mut Entry>| {
                    if let Some(Entry::Array { properties, .. }) = entry {
                        properties.push(property.clone());
                        return true;
                    }
                    false
                };
                let known =
                    add(inner.names.get_mut(name)) | add(inner.shapes.get_mut(name));
                if !known {
                    return Err(GivenError {
                        span: None,
                        message: format!("`{name}` has no shape yet: give it first"),
                    });
                }
            }
        }
        Ok(())
    }

    /// Forgets what the name was given as.
    pub(crate) fn forget(&mut self, name: &str) {
        let inner = Arc::make_mut(&mut self.inner);
        inner.names.shift_remove(name);
        inner.shapes.shift_remove(name);
    }

    /// Notes a variable whose differential the text writes.
    pub(crate) fn move_variable(&mut self, name: &str) {
        if !self.inner.moved.iter().any(|known| known == name) {
            Arc::make_mut(&mut self.inner).moved.push(name.to_owned());
        }
    }

    pub(super) fn moved(&self) -> &[String] {
        &self.inner.moved
    }

    /// Notes that a letter is a fixed index: the number of the true class.
    pub(crate) fn fix_letter(&mut self, letter: &str) {
        if !self.inner.fixed.iter().any(|known| known == letter) {
            Arc::make_mut(&mut self.inner).fixed.push(letter.to_owned());
        }
    }

    pub(super) fn is_fixed_letter(&self, letter: &str) -> bool {
        self.inner.fixed.iter().any(|known| known == letter)
    }

    /// The name, and all that it rests on through definitions.
    pub(super) fn reached(&self, name: &str) -> Vec<String> {
        let mut known = vec![name.to_owned()];
        let mut at = 0;
        while at < known.len() {
            for used in self.used_by(&known[at].clone()) {
                if self.contains(&used) && !known.contains(&used) {
                    known.push(used);
                }
            }
            at += 1;
        }
        known
    }

    /// Whether the name is given.
    pub fn contains(&self, name: &str) -> bool {
        self.inner.names.contains_key(name)
    }

    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.inner.names.get(name)
    }

    pub(super) fn declared_shape(&self, name: &str) -> Option<&Entry> {
        self.inner.shapes.get(name)
    }

    /// What names are defined as.
    pub(crate) fn definitions(&self) -> impl Iterator<Item = &Expr> {
        self.inner.names.values().filter_map(|entry| match entry {
            Entry::Definition { right } => Some(right),
            _ => None,
        })
    }

    /// What a name is defined as, if it is a name for an expression.
    pub(crate) fn definition(&self, name: &str) -> Option<&Expr> {
        match self.inner.names.get(name) {
            Some(Entry::Definition { right }) => Some(right),
            _ => None,
        }
    }

    /// Whether the name is a function with a formula: `h(x) = …`.
    pub(crate) fn has_body(&self, name: &str) -> bool {
        matches!(self.inner.names.get(name), Some(Entry::FunctionBody { .. }))
    }

    /// The names that a name is defined through, or depends on, in one step. Letters of indices may
    /// be among them.
    pub(crate) fn used_by(&self, name: &str) -> Vec<String> {
        let right = match self.inner.names.get(name) {
            Some(Entry::Opaque { of }) => return of.clone(),
            Some(
                Entry::Definition { right }
                | Entry::Entries { right, .. }
                | Entry::FunctionBody { right, .. },
            ) => right,
            _ => return Vec::new(),
        };
        let named = |node: &&Expr| match &node.kind {
            Kind::Name(name) | Kind::Call { name, .. } => Some(name.clone()),
            _ => None,
        };
        right.nodes().iter().filter_map(named).collect()
    }

    /// Forgets the equations that do not satisfy `keep`; whether there were any.
    pub(crate) fn retain_constraints(
        &mut self,
        keep: impl Fn(&Expr, &Expr) -> bool,
    ) -> bool {
        let stays = |(left, right): &(Expr, Expr)| keep(left, right);
        if self.inner.constraints.iter().all(stays) {
            return false;
        }
        Arc::make_mut(&mut self.inner).constraints.retain(stays);
        true
    }

    /// The equations given.
    pub(crate) fn constraints(&self) -> &[(Expr, Expr)] {
        &self.inner.constraints
    }

    /// Whether some name is defined by an expression.
    pub fn has_definitions(&self) -> bool {
        self.inner
            .names
            .values()
            .any(|e| matches!(e, Entry::Definition { .. } | Entry::Entries { .. }))
    }

    /// The names given, in the order they were first given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.inner.names.keys().map(String::as_str)
    }

    /// Whether the name stands as a size in some given shape.
    /// The names that stand as sizes in given shapes.
    pub fn dimension_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for entry in self.inner.shapes.values() {
            if let Entry::Array { shape, family, .. } = entry {
                for size in shape.iter().chain(family) {
                    for node in size.nodes() {
                        if let Kind::Name(name) = &node.kind
                            && !names.contains(name)
                        {
                            names.push(name.clone());
                        }
                    }
                }
            }
        }
        names
    }

    pub(super) fn is_dimension(&self, name: &str) -> bool {
        self.inner.shapes.values().any(|entry| match entry {
            Entry::Array { shape, family, .. } => {
                shape.iter().chain(family).any(|e| size_mentions(e, name))
            }
            _ => false,
        })
    }
}

fn calls_itself(left: &Expr, right: &Expr) -> bool {
    let Kind::Call { name, .. } = &left.kind else { return false };
    right
        .nodes()
        .iter()
        .any(|n| matches!(&n.kind, Kind::Call { name: m, .. } if m == name))
}

/// The name of a size; a subscripted one such as `d_k` is one name.
pub(super) fn size_name(size: &Expr) -> Option<String> {
    match &size.kind {
        Kind::Name(name) => Some(name.clone()),
        // A size called I is no identity.
        Kind::Identity(None) => Some("I".to_owned()),
        Kind::Group(_, inner) => size_name(inner),
        Kind::Entry(base, indices) => {
            let mut name = size_name(base)?;
            for index in indices {
                match &index.without_groups().kind {
                    Kind::Name(i) => name.push_str(&format!("_{i}")),
                    Kind::Number(n) => name.push_str(&format!("_{n}")),
                    // `n_{l-1}`, the size of the layer before
                    Kind::Add(terms) => {
                        name.push('_');
                        for (at, (sign, term)) in terms.iter().enumerate() {
                            match (sign, at) {
                                (Sign::Minus, _) => name.push('-'),
                                (Sign::Plus, 0) => {}
                                (Sign::Plus, _) => name.push('+'),
                            }
                            match &term.without_groups().kind {
                                Kind::Name(i) => name.push_str(i),
                                Kind::Number(n) => name.push_str(&n.to_string()),
                                _ => return None,
                            }
                        }
                    }
                    _ => return None,
                }
            }
            Some(name)
        }
        _ => None,
    }
}

fn size_mentions(size: &Expr, name: &str) -> bool {
    match &size.kind {
        Kind::Name(_) | Kind::Entry(..) | Kind::Identity(None) => {
            size_name(size).is_some_and(|n| n == name)
        }
        Kind::Product(a, _, b) => size_mentions(a, name) || size_mentions(b, name),
        Kind::Group(_, a) => size_mentions(a, name),
        _ => false,
    }
}

fn check_property(property: &str) -> Result<(), GivenError> {
    if PROPERTIES.contains(&property) {
        return Ok(());
    }
    Err(GivenError {
        span: None,
        message: format!(
            "unknown property `{property}`; known are {}",
            PROPERTIES.join(", ")
        ),
    })
}

fn needs_square(property: &str) -> bool {
    !matches!(
        property,
        "positive" | "nonnegative" | "one-hot" | "natural" | "binary" | "bipolar"
    ) && PROPERTIES.contains(&property)
}

impl Names for Givens {
    fn rank(&self, name: &str) -> Option<usize> {
        match self.inner.shapes.get(name).or_else(|| self.inner.names.get(name)) {
            Some(Entry::Array { shape, family, .. }) => {
                Some(shape.len() + usize::from(family.is_some()))
            }
            Some(Entry::Entries { indices, .. }) => Some(indices.len()),
            _ => None,
        }
    }

    fn kind(&self, name: &str) -> Option<NameKind> {
        match self.inner.names.get(name) {
            Some(Entry::Array { family: Some(_), .. }) => Some(NameKind::Family),
            Some(Entry::Array { shape, .. }) if shape.is_empty() => {
                Some(NameKind::Scalar)
            }
            Some(Entry::Array { .. } | Entry::Entries { .. }) => Some(NameKind::Array),
            Some(Entry::Function { .. } | Entry::FunctionBody { .. }) => {
                Some(NameKind::Function)
            }
            Some(Entry::Opaque { .. }) => Some(NameKind::Scalar),
            Some(Entry::Definition { .. }) => match self.inner.shapes.get(name) {
                Some(Entry::Array { shape, .. }) if shape.is_empty() => {
                    Some(NameKind::Scalar)
                }
                _ => Some(NameKind::Array),
            },
            None if self.is_dimension(name) => Some(NameKind::Dimension),
            None => None,
        }
    }
}
