//! Random well-shaped expressions, and rewritings of them that keep their value.

use crate::support::Dice;

/// The givens that every random expression is written over.
pub(crate) const GIVENS: &[&str] = &[
    "A in R^{n x n}",
    "B in R^{n x n}",
    "C in R^{n x m}",
    "S in R^{n x n} symmetric",
    "D in R^{n x n} diagonal",
    "x in R^n",
    "y in R^n",
    "z in R^m",
    "a in R",
    "b in R",
    "p in R positive",
];

/// The shape of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Scalar,
    Vector,
    Square,
}

use Shape::{Scalar, Square, Vector};

/// A tree whose leaves are names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Leaf(&'static str),
    Number(i64),
    Add(Box<Tree>, Box<Tree>),
    Sub(Box<Tree>, Box<Tree>),
    /// A matrix product or a product with a scalar.
    Mul(Box<Tree>, Box<Tree>),
    Hadamard(Box<Tree>, Box<Tree>),
    Transpose(Box<Tree>),
    /// A function of one argument by its name.
    Call(&'static str, Box<Tree>),
    /// The product of a row and a column.
    Inner(Box<Tree>, Box<Tree>),
}

use Tree::{Add, Call, Hadamard, Inner, Leaf, Mul, Number, Sub, Transpose};

impl Tree {
    pub(crate) fn text(&self) -> String {
        match self {
            Leaf(name) => (*name).to_string(),
            Number(n) if *n < 0 => format!("({n})"),
            Number(n) => n.to_string(),
            Add(l, r) => format!("({} + {})", l.text(), r.text()),
            Sub(l, r) => format!("({} - {})", l.text(), r.text()),
            Mul(l, r) => format!("({} * {})", l.text(), r.text()),
            Hadamard(l, r) => format!("({} .* {})", l.text(), r.text()),
            Transpose(t) => format!("({})'", t.text()),
            Call(name, t) => format!("{name}({})", t.text()),
            Inner(l, r) => format!("(({})' * {})", l.text(), r.text()),
        }
    }

    /// Every subtree with the way to it.
    pub(crate) fn places(&self) -> Vec<Vec<u8>> {
        let mut out = vec![Vec::new()];
        for (k, child) in self.children().into_iter().enumerate() {
            out.extend(child.places().into_iter().map(|mut way| {
                way.insert(0, k as u8);
                way
            }));
        }
        out
    }

    fn children(&self) -> Vec<&Tree> {
        match self {
            Leaf(_) | Number(_) => Vec::new(),
            Add(l, r) | Sub(l, r) | Mul(l, r) | Hadamard(l, r) | Inner(l, r) => {
                vec![l, r]
            }
            Transpose(t) | Call(_, t) => vec![t],
        }
    }

    /// The tree with the subtree at the end of the way replaced.
    pub(crate) fn replaced(&self, way: &[u8], by: &mut dyn FnMut(&Tree) -> Tree) -> Tree {
        let Some((step, rest)) = way.split_first() else { return by(self) };
        let mut copy = self.clone();
        let child = match &mut copy {
            Add(l, r) | Sub(l, r) | Mul(l, r) | Hadamard(l, r) | Inner(l, r) => {
                if *step == 0 { l } else { r }
            }
            Transpose(t) | Call(_, t) => t,
            Leaf(_) | Number(_) => return copy,
        };
        **child = child.replaced(rest, by);
        copy
    }
}

fn two(l: Tree, r: Tree, make: fn(Box<Tree>, Box<Tree>) -> Tree) -> Tree {
    make(Box::new(l), Box::new(r))
}

/// A random expression of the shape.
pub(crate) fn random(shape: Shape, depth: usize, dice: &mut Dice) -> Tree {
    if depth == 0 || dice.roll(6) == 0 {
        return match shape {
            Scalar if dice.roll(4) == 0 => Number(dice.roll(5) as i64 - 2),
            Scalar => Leaf(dice.pick::<&'static str>(&["a", "b", "p"])),
            Vector => Leaf(dice.pick::<&'static str>(&["x", "y", "(C*z)"])),
            Square => {
                Leaf(dice.pick::<&'static str>(&["A", "B", "S", "D", "(C*C')", "eye(n)"]))
            }
        };
    }
    let d = depth - 1;
    match (shape, dice.roll(8)) {
        (_, 0) => two(random(shape, d, dice), random(shape, d, dice), Add),
        (_, 1) => two(random(shape, d, dice), random(shape, d, dice), Sub),
        (Vector | Square, 2) => two(random(Scalar, d, dice), random(shape, d, dice), Mul),
        (Vector | Square, 3) => {
            two(random(shape, d, dice), random(shape, d, dice), Hadamard)
        }
        (Scalar, 2) => two(random(Scalar, d, dice), random(Scalar, d, dice), Mul),
        (Scalar, 3) => {
            let name =
                *dice.pick(&["exp", "sin", "cos", "tanh", "sigmoid", "relu", "abs"]);
            Call(name, Box::new(random(Scalar, d, dice)))
        }
        (Scalar, 4 | 5) => two(random(Vector, d, dice), random(Vector, d, dice), Inner),
        (Scalar, 6) => Call("tr", Box::new(random(Square, d, dice))),
        (Scalar, _) => Call("sum", Box::new(random(Vector, d, dice))),
        (Vector, 4 | 5) => two(random(Square, d, dice), random(Vector, d, dice), Mul),
        (Vector, 6) => {
            let name = *dice.pick(&["exp", "tanh", "sigmoid", "softmax", "relu", "sin"]);
            Call(name, Box::new(random(Vector, d, dice)))
        }
        (Vector, _) => Call("diag", Box::new(random(Square, d, dice))),
        (Square, 4 | 5) => two(random(Square, d, dice), random(Square, d, dice), Mul),
        (Square, 6) => Transpose(Box::new(random(Square, d, dice))),
        (Square, _) => Call("diag", Box::new(random(Vector, d, dice))),
    }
}

/// The tree with one law of the algebra applied where it fits; it has the same value.
pub(crate) fn rewritten(tree: &Tree, shape: Shape, dice: &mut Dice) -> Tree {
    let places = tree.places();
    let way = dice.pick(&places).clone();
    let choice = dice.roll(3);
    tree.replaced(&way, &mut |t| match (t, choice) {
        (Add(l, r), _) => Add(r.clone(), l.clone()),
        (Hadamard(l, r), _) => Hadamard(r.clone(), l.clone()),
        (Inner(l, r), _) => Inner(r.clone(), l.clone()),
        (Sub(l, r), _) => {
            let minus = Mul(Box::new(Number(-1)), r.clone());
            Add(Box::new(minus), l.clone())
        }
        // Distribution over whatever stands on the right.
        (Mul(l, r), 0) => match &**r {
            Add(s, t) => Add(
                Box::new(Mul(l.clone(), s.clone())),
                Box::new(Mul(l.clone(), t.clone())),
            ),
            Mul(s, t) => Mul(Box::new(Mul(l.clone(), s.clone())), t.clone()),
            _ => t_plus_nothing(t),
        },
        (Transpose(t), _) => match &**t {
            Mul(l, r) => {
                Mul(Box::new(Transpose(r.clone())), Box::new(Transpose(l.clone())))
            }
            other => Transpose(Box::new(Transpose(Box::new(Transpose(Box::new(
                other.clone(),
            )))))),
        },
        (Call("tr", t), _) => Call("tr", Box::new(Transpose(t.clone()))),
        (Call("diag", t), 1) => Call("diag", Box::new(t_plus_nothing(t))),
        (other, _) => {
            // The whole of a known shape may be doubled and halved.
            let whole = way.is_empty() && shape == Scalar;
            if whole { t_plus_nothing(other) } else { other.clone() }
        }
    })
}

/// `2 t - t`
fn t_plus_nothing(t: &Tree) -> Tree {
    let twice = Mul(Box::new(Number(2)), Box::new(t.clone()));
    Sub(Box::new(twice), Box::new(t.clone()))
}

/// The tree with one small fault: it may or may not have another value.
pub(crate) fn mutated(tree: &Tree, dice: &mut Dice) -> Tree {
    let places = tree.places();
    let way = dice.pick(&places).clone();
    let choice = dice.roll(4);
    tree.replaced(&way, &mut |t| match t {
        Leaf("A") => Leaf(["B", "S", "(A')", "D"][choice]),
        Leaf("B") => Leaf(["A", "S", "(B')", "eye(n)"][choice]),
        Leaf("S") => Leaf(["A", "(S')", "D", "(2*S)"][choice]),
        Leaf("D") => Leaf(["(D')", "S", "(D*D)", "eye(n)"][choice]),
        Leaf("eye(n)") => Leaf(["D", "(2*eye(n))", "(eye(n)')", "A"][choice]),
        Leaf("x") => Leaf(["y", "(2*x)", "(-x)", "(x .* x)"][choice]),
        Leaf("y") => Leaf(["x", "(-y)", "(3*y)", "(C*z)"][choice]),
        Leaf("a") => Leaf(["b", "p", "(-a)", "a^2"][choice]),
        Leaf("b") => Leaf(["a", "abs(b)", "sqrt(b^2)", "(b/2)"][choice]),
        Leaf("p") => Leaf(["a", "sqrt(p^2)", "abs(p)", "(1/p)"][choice]),
        Leaf(other) => Leaf(other),
        Number(n) => Number(n + choice as i64 - 1),
        Add(l, r) => Sub(l.clone(), r.clone()),
        Sub(l, r) if choice < 2 => Sub(r.clone(), l.clone()),
        Sub(l, r) => Add(l.clone(), r.clone()),
        Mul(l, r) => Mul(r.clone(), l.clone()),
        Hadamard(l, r) if choice < 2 => Hadamard(r.clone(), l.clone()),
        Hadamard(l, r) => Add(l.clone(), r.clone()),
        Transpose(t) => (**t).clone(),
        Call("exp", t) => Call(["sin", "exp", "cos", "sigmoid"][choice], t.clone()),
        Call("relu", t) => Call(["abs", "sin", "tanh", "relu"][choice], t.clone()),
        Call(name, t) => Call(name, Box::new(t_plus_nothing(t))),
        Inner(l, r) => Mul(
            Box::new(Number(2 - choice as i64)),
            Box::new(Inner(l.clone(), r.clone())),
        ),
    })
}
