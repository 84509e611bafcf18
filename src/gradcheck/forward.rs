//! Checks of Jacobians, Jacobian-vector products, Hessians and Hessian-vector products.
//!
//! A Jacobian J is checked through its action Jᵀ·v on a random cotangent v, which every entry takes part
//! in; a wrong entry's column is found there, its row by asking each output alone.

use nalgebra::DMatrix;

use super::Float;
use super::check::Check;
use super::report::{Entry, Place, Reason, Report, Verdict};
use super::tensors::{Layout, Tensors, fill, flatten};

/// How many rows are asked one by one.
const MOST_ROWS: usize = 256;

impl Check {
    /// Checks a full Jacobian: `jacobian` (m×n) claims ∂fᵢ/∂xⱼ at `at`, outputs and inputs in the order
    /// of their entries, column after column.
    pub fn jacobian<P: Tensors, O: Tensors<Scalar = P::Scalar>>(
        &self,
        mut f: impl FnMut(&P) -> O,
        at: &P,
        jacobian: &DMatrix<f64>,
    ) -> Report {
        let layout = Layout::of(at, "x");
        let y = f(at);
        let outputs = Layout::of(&y, "f(x)");
        if jacobian.shape() != (outputs.len(), layout.len()) {
            let reason = Reason::Shape {
                input: ("the Jacobian".to_owned(), outputs.len(), layout.len()),
                claimed: Some((
                    "the Jacobian".to_owned(),
                    jacobian.nrows(),
                    jacobian.ncols(),
                )),
            };
            return self.refuse(&layout, Verdict::Fail, reason);
        }
        let action = |_: &P, dy: &O| {
            let v = nalgebra::DVector::from_vec(flatten(dy));
            let mut dx = at.clone();
            fill(&mut dx, jacobian.tr_mul(&v).as_slice());
            dx
        };
        // J was given as numbers, so its action rounds like a sum of m terms of the float.
        let mut report = self.vjp(&mut f, at, action);
        if report.verdict == Verdict::Fail {
            report.worst = self.rows(&mut f, at, jacobian, &layout, &report);
        }
        report
    }

    /// The wrong entries of the worst columns, by asking each output alone.
    fn rows<P: Tensors, O: Tensors<Scalar = P::Scalar>>(
        &self,
        f: &mut impl FnMut(&P) -> O,
        at: &P,
        jacobian: &DMatrix<f64>,
        layout: &Layout,
        report: &Report,
    ) -> Vec<Entry> {
        let mut worst = Vec::new();
        for row in 0..jacobian.nrows().min(MOST_ROWS) {
            for entry in report.worst.iter().take(3) {
                let Some(col) = (0..layout.len())
                    .find(|k| super::judge::place(layout, *k) == entry.place)
                else {
                    continue;
                };
                let base = flatten(at);
                let one = Check { names: Vec::new(), ..self.clone() }.every_entry();
                let mut along = |t: &Vec<f64>| {
                    let mut x = base.clone();
                    x[col] = t[0];
                    let mut point = at.clone();
                    fill(&mut point, &x);
                    flatten(&f(&point))[row]
                };
                let claim = vec![jacobian[(row, col)]];
                let part = if P::Scalar::UNIT > 1e-10 {
                    // Keep to points that the float can hold.
                    let mut narrow = |t: &Vec<f32>| along(&vec![f64::from(t[0])]) as f32;
                    one.gradient(
                        &mut narrow,
                        &vec![base[col] as f32],
                        &vec![claim[0] as f32],
                    )
                } else {
                    one.gradient(&mut along, &vec![base[col]], &claim)
                };
                if let Some(found) = part.worst.first() {
                    let place = Place { input: "J".to_owned(), row, col };
                    worst.push(Entry { place, ..found.clone() });
                }
            }
        }
        worst.sort_by(|a, b| b.units().total_cmp(&a.units()));
        worst.truncate(8);
        if worst.is_empty() { report.worst.clone() } else { worst }
    }

    /// Checks a forward-mode derivative: `jvp(x, u)` claims J·u, the derivative of f along u. It is
    /// called once for each entry of x.
    pub fn jvp<P: Tensors, O: Tensors<Scalar = P::Scalar>>(
        &self,
        mut f: impl FnMut(&P) -> O,
        at: &P,
        mut jvp: impl FnMut(&P, &P) -> O,
    ) -> Report {
        let layout = Layout::of(at, "x");
        let rows = flatten(&f(at)).len();
        let mut jacobian = DMatrix::zeros(rows, layout.len());
        let mut u = at.clone();
        for k in 0..layout.len() {
            let mut unit = vec![0.0; layout.len()];
            unit[k] = 1.0;
            fill(&mut u, &unit);
            let column = flatten(&jvp(at, &u));
            if column.len() != rows {
                return self.refuse(&layout, Verdict::Fail, Reason::OutputsChange);
            }
            jacobian.set_column(k, &nalgebra::DVector::from_vec(column));
        }
        self.jacobian(f, at, &jacobian)
    }

    /// Checks a Hessian (n×n) against a gradient function (check that one first, with
    /// [`Check::gradient`]).
    pub fn hessian<P: Tensors>(
        &self,
        gradient: impl FnMut(&P) -> P,
        at: &P,
        hessian: &DMatrix<f64>,
    ) -> Report {
        self.jacobian(gradient, at, hessian)
    }

    /// Checks a Hessian-vector product, `hvp(x, u)` = H·u, against a gradient function.
    pub fn hvp<P: Tensors>(
        &self,
        gradient: impl FnMut(&P) -> P,
        at: &P,
        hvp: impl FnMut(&P, &P) -> P,
    ) -> Report {
        self.jvp(gradient, at, hvp)
    }
}
