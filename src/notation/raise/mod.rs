//! From index notation back to matrix notation: the shortest matrix expression of a derivative.
//!
//! Two roads lead to candidates. One differentiates the expression as it is written, keeping its
//! functions and brackets; the other starts from the prover's normal form, in which everything has
//! been collected. Both end in a product of indexed factors, which is read as a graph and written
//! as a matrix product, and sums of such products are factored.
//!
//! **Invariant:** nothing here is trusted. A candidate is an expression like one that a person
//! wrote; whoever prints one has proved it first (see [`crate::proof::derive`]).

mod build;
mod factor;
mod form;
mod graph;
mod kron;
mod length;
mod matrix;
mod unlower;
mod write;

use std::cell::RefCell;

use self::build::Builder;
use self::form::{Form, Labels, Result};
use self::graph::Raiser;
pub(crate) use self::matrix::{Mat, Shape, is_negative};
use self::write::Writer;
use super::{Lowering, Scope};
use crate::language::ast::Expr;
use crate::language::print;
use crate::shape::{Elaborated, Reading, Shaped};
use crate::tensor::Algebra;

pub(crate) use self::form::{Ix, Unraised};

/// An expression in matrix notation, with its tree.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// The expression.
    pub(crate) mat: Mat,
    /// The same as a syntax tree.
    pub(crate) expr: Expr,
}

/// An expression of a relation to be raised.
pub(crate) struct Source<'a> {
    /// Where it stands.
    pub(crate) relation: &'a Elaborated,
    /// The expression.
    pub(crate) expr: &'a Shaped,
    /// How derivatives in it were read.
    pub(crate) reading: Reading,
}

/// Steps allowed for the normal form.
const EFFORT: u64 = 600_000;

impl Source<'_> {
    /// Matrix expressions for the whole, the shortest first.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn matrix(&self) -> std::result::Result<Vec<Candidate>, Unraised> {
        let labels = Labels::new();
        let mut found: Vec<(Mat, Vec<(u32, String)>)> = Vec::new();
        let mut trouble = None;
        let forms = [self.written(&labels), self.normal(&labels)];
        for form in forms {
            let form = match form {
                Ok(form) => form,
                Err(why) => {
                    trouble = trouble.or(Some(why));
                    continue;
                }
            };
            for expand in [false, true] {
                match self.raise(&labels, &form, expand) {
                    Ok(mat) if !found.iter().any(|(m, _)| *m == mat) => {
                        let letters = form.free.iter().map(|(_, k, n)| (*k, n.clone()));
                        found.push((mat, letters.collect()));
                    }
                    Ok(_) => {}
                    Err(why) => trouble = trouble.or(Some(why)),
                }
            }
        }
        if found.is_empty() {
            return Err(trouble.unwrap_or(Unraised("nothing was found")));
        }
        found.sort_by_key(|(m, _)| m.length());
        let candidates = found.into_iter().map(|(mat, letters)| {
            let writer = self.writer(&labels, &mat, letters);
            Candidate { expr: writer.mat(&mat), mat }
        });
        Ok(candidates.collect())
    }

    /// The entry in index notation and the letters of its axes; from the expression as written,
    /// then from the normal form.
    pub(crate) fn index(&self) -> Vec<(Expr, Vec<String>)> {
        let labels = Labels::new();
        let mut out = Vec::new();
        for form in [self.normal(&labels), self.written(&labels)].into_iter().flatten() {
            let mut letters = Vec::new();
            let free: Vec<u32> = form.axes.clone();
            let raiser = self.raiser(&labels, &form, false);
            let body = raiser.tidy(&form.body, &free);
            let mut names = self.names();
            for (_, label, name) in &form.free {
                letters.push((*label, name.clone()));
                names.push(name.clone());
            }
            let mut own = Vec::new();
            let mut fresh = letters_beside(names);
            for label in &free {
                let name = fresh.next().unwrap_or_default();
                own.push(name.clone());
                letters.push((*label, name));
            }
            each_bound(&body, &mut |k| {
                letters.push((k, fresh.next().unwrap_or_default()));
            });
            let writer = Writer { table: &self.relation.table, labels: &labels, letters };
            let inner = |m: &form::Matrix| raiser.raise(&m.body, &[m.row, m.col]).ok();
            if let Some(expr) = writer.form(&body, &inner) {
                out.push((expr, own));
            }
        }
        out.sort_by_key(|(expr, _)| print::unicode(expr).chars().count());
        out
    }

    fn names(&self) -> Vec<String> {
        let table = &self.relation.table;
        let symbols = table.symbols.iter().map(|s| s.name.clone());
        symbols.chain(table.dims.iter().cloned()).chain(table.functions.clone()).collect()
    }

    fn writer<'b>(
        &'b self,
        labels: &'b Labels,
        mat: &Mat,
        mut letters: Vec<(u32, String)>,
    ) -> Writer<'b> {
        let table = &self.relation.table;
        let mut names = self.names();
        names.extend(letters.iter().map(|(_, name)| name.clone()));
        let mut fresh = letters_beside(names);
        mat.visit(&mut |m| {
            if let Mat::Sum(own, _) = m {
                for k in own {
                    if !letters.iter().any(|(l, _)| l == k) {
                        letters.push((*k, fresh.next().unwrap_or_default()));
                    }
                }
            }
        });
        Writer { table, labels, letters }
    }

    /// The derivative carried out on the expression as it is written.
    fn written(&self, labels: &Labels) -> Result<Placed> {
        let table = &self.relation.table;
        let builder = Builder { table, labels };
        let scope = builder.free(&self.relation.free);
        let axes = builder.fresh(&self.expr.axes);
        let at: Vec<Ix> = axes.iter().map(|k| Ix::Of(*k)).collect();
        let body = builder.build(self.expr, &at, &scope)?;
        Ok(Placed { body, axes, free: self.free(&scope) })
    }

    /// The prover's normal form.
    fn normal(&self, labels: &Labels) -> Result<Placed> {
        let table = &self.relation.table;
        let builder = Builder { table, labels };
        let scope = builder.free(&self.relation.free);
        let axes = builder.fresh(&self.expr.axes);
        let algebra = Algebra::new(EFFORT);
        let lowering = Lowering::new(table, &algebra, false);
        let mut env = unlower::Env::default();
        let mut inner = Scope::default();
        for (var, at) in &scope {
            let dim = &table.indices[var.0 as usize].1;
            let own = lowering.fresh(std::slice::from_ref(dim));
            env.free.extend(own.iter().copied().zip(at.iter().copied()));
            inner.bind(*var, own);
        }
        let at = lowering.fresh(&self.expr.axes);
        env.free.extend(at.iter().copied().zip(axes.iter().map(|k| Ix::Of(*k))));
        let sum = lowering
            .lower(self.expr, &at, &inner)
            .map_err(|_| Unraised("the normal form is too large"))?;
        let body = unlower::unlower(labels, &sum, &env)?;
        Ok(Placed { body, axes, free: self.free(&scope) })
    }

    fn free(&self, scope: &build::Scope) -> Vec<(crate::shape::IndexVar, u32, String)> {
        let mut out = Vec::new();
        for (var, at) in scope {
            for ix in at {
                if let Ix::Of(k) = ix {
                    let name = &self.relation.table.indices[var.0 as usize].0;
                    out.push((*var, *k, name.clone()));
                }
            }
        }
        out
    }

    fn raiser<'b>(
        &'b self,
        labels: &'b Labels,
        placed: &Placed,
        expand: bool,
    ) -> Raiser<'b> {
        let Reading { row_gradients, numerator, .. } = self.reading;
        Raiser {
            table: &self.relation.table,
            labels,
            expand,
            kept: RefCell::new(placed.free.iter().map(|(_, k, _)| *k).collect()),
            turned: (row_gradients || numerator, numerator),
        }
    }

    fn raise(&self, labels: &Labels, placed: &Placed, expand: bool) -> Result<Mat> {
        let raiser = self.raiser(labels, placed, expand);
        let axes = &self.expr.axes;
        let parts: Vec<usize> = axes.iter().map(|d| d.0.len()).collect();
        let at = &placed.axes;
        match parts[..] {
            [] | [1, 0] | [1, 1] => raiser.raise(&placed.body, at),
            [0, 1] => Ok(raiser.raise(&placed.body, at)?.transpose()),
            [2, 2] => raiser.kronecker(&placed.body, at),
            _ => Err(Unraised("the answer is no matrix")),
        }
    }
}

/// A form with the labels of its axes and of the free index variables.
struct Placed {
    body: Form,
    axes: Vec<u32>,
    free: Vec<(crate::shape::IndexVar, u32, String)>,
}

/// Letters for indices, none of them in use.
fn letters_beside(names: Vec<String>) -> impl Iterator<Item = String> {
    const LETTERS: &str = "ijklabcdpqrstuvm";
    let plain = LETTERS.chars().map(String::from);
    let more = (1..).flat_map(|n| LETTERS.chars().map(move |c| format!("{c}_{n}")));
    plain.chain(more).filter(move |letter| !names.contains(letter))
}

/// Calls `f` on every label summed over.
fn each_bound(form: &Form, f: &mut dyn FnMut(u32)) {
    match form {
        Form::Sum(k, body) => {
            f(*k);
            each_bound(body, f);
        }
        Form::Add(parts) | Form::Mul(parts) => {
            parts.iter().for_each(|p| each_bound(p, f));
        }
        Form::Pow(a, b) => {
            each_bound(a, f);
            each_bound(b, f);
        }
        Form::Apply(_, a) | Form::Step(a) => each_bound(a, f),
        Form::Number(_)
        | Form::Pi
        | Form::Size(_)
        | Form::Entry(..)
        | Form::Delta(..)
        | Form::Inverse(..)
        | Form::Det(_)
        | Form::Power(..) => {}
    }
}
