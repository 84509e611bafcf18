//! Sums as text, for tests and for people who look into a proof.

use std::fmt;

use num_traits::{One, Signed};

use super::atom::{Atom, one};
use super::closed::Node;
use super::index::Idx;
use super::sum::{Sum, Term};

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        for (k, term) in self.terms().iter().enumerate() {
            if k > 0 {
                f.write_str(if term.coef().is_negative() { " - " } else { " + " })?;
            } else if term.coef().is_negative() {
                f.write_str("-")?;
            }
            write_term(f, term)?;
        }
        Ok(())
    }
}

fn write_term(f: &mut fmt::Formatter<'_>, term: &Term) -> fmt::Result {
    let coef = term.coef().abs();
    if !coef.is_one() || term.factors().is_empty() {
        write!(f, "{coef}")?;
    }
    for (k, (atom, e)) in term.factors().iter().enumerate() {
        if k > 0 || !coef.is_one() {
            f.write_str(" ")?;
        }
        write!(f, "{atom}")?;
        if *e != one() {
            write!(f, "^{e}")?;
        }
    }
    Ok(())
}

fn write_node(f: &mut fmt::Formatter<'_>, name: &str, node: &Node) -> fmt::Result {
    write!(f, "{name}[")?;
    if !node.closed.bound.is_empty() {
        write!(f, "Σ{} ", node.closed.bound.len())?;
    }
    write!(f, "{}](", node.closed.body)?;
    for (k, i) in node.args.iter().enumerate() {
        write!(f, "{}{i}", if k > 0 { "," } else { "" })?;
    }
    f.write_str(")")
}

impl fmt::Display for Idx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Idx::Param(k) => write!(f, "p{k}"),
            Idx::Bound(k) => write!(f, "b{k}"),
            Idx::Lit(k) => write!(f, "{k}"),
            Idx::Free(k) => write!(f, "f{}", k & 0xff_ffff),
        }
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Atom::Prime(p) => write!(f, "{p}"),
            Atom::Pi => f.write_str("π"),
            Atom::Dim(d) => write!(f, "n{}", d.0),
            Atom::Delta(i, j) => write!(f, "δ({i},{j})"),
            Atom::Entry(sym, indices) => {
                write!(f, "s{}", sym.id)?;
                for (k, i) in indices.iter().enumerate() {
                    write!(f, "{}{i}", if k > 0 { "," } else { "_" })?;
                }
                Ok(())
            }
            Atom::Contraction(node) => write_node(f, "", node),
            Atom::Exp(node) => write_node(f, "exp", node),
            Atom::Apply(function, node) => write_node(f, &format!("{function:?}"), node),
            Atom::Base(node) => write_node(f, "base", node),
            Atom::Step(node) => write_node(f, "step", node),
            Atom::Inverse(node) => write_node(f, "inv", node),
            Atom::Det(node) => write_node(f, "det", node),
            Atom::MatrixPower(node, power) => {
                write_node(f, "pow", node)?;
                write_node(f, "^", power)
            }
        }
    }
}
