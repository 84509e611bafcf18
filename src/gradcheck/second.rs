//! Hessians against differences of the function itself: no gradient is needed, and none is trusted.
//!
//! Along a direction u the second difference (f(x + hu) + f(x − hu) − 2f(x))/h² tends to uᵀHu, with even
//! powers of h on the way, so it is extrapolated like a central difference; its rounding error grows with
//! 1/h². An entry is H_ij = (q(eᵢ + eⱼ) − q(eᵢ − eⱼ))/4 of that quadratic form q.

use nalgebra::DMatrix;

use super::Float;
use super::check::{Check, FEW, Start, evaluator};
use super::extrapolate::{Estimate, Powers, Sample, Scheme};
use super::field::{Field, direction, typical};
use super::random::Random;
use super::report::{Diagnosis, Entry, Place, Reason, Report, Verdict};
use super::tensors::{Block, Layout, Tensors};

/// Up to this many variables each entry is looked at to find the wrong one.
const MOST: usize = 128;
/// The most steps on one line.
const STEPS: usize = 14;

impl Field<'_> {
    /// uᵀ·(numeric − claimed)·u with its error, from differences of the function alone.
    fn curvature(
        &mut self,
        hessian: &DMatrix<f64>,
        u: &[f64],
        longest: f64,
        shrink: f64,
    ) -> Estimate {
        let vector = nalgebra::DVector::from_column_slice(u);
        let claimed = vector.dot(&(hessian * &vector));
        let base = self.y[0];
        let mut scheme = Scheme::new(Powers::Even);
        let mut step = longest;
        for _ in 0..STEPS {
            let at = |sign: f64| -> Vec<f64> {
                let there = self.x.iter().zip(u).map(|(x, u)| x + sign * step * u);
                there.map(self.round).collect()
            };
            let (plus, minus) = (at(1.0), at(-1.0));
            let (p, m) = (self.call(&plus), self.call(&minus));
            if let ([p], [m]) = (&p[..], &m[..])
                && p.is_finite()
                && m.is_finite()
            {
                let value = ((p - base) + (m - base)) / (step * step) - claimed;
                let size = p.abs().max(m.abs()).max(base.abs());
                let mut noise = 2.5 * self.roughness * self.unit * size / (step * step);
                if self.unit > 1e-10 {
                    // The points round too, and no longer lie evenly.
                    noise += self.unit * self.slope_size / step;
                }
                scheme.push(Sample { step, value, noise });
                if scheme.len() > 3 && scheme.best.error() < 0.3 * noise {
                    break;
                }
            }
            step *= shrink;
        }
        let mut best = scheme.best;
        // The claimed side: a few roundings of its terms.
        let terms = hessian.map(f64::abs);
        let sizes = vector.map(f64::abs);
        best.noise += 8.0 * f64::UNIT * sizes.dot(&(terms * &sizes));
        best
    }

    /// The same, and where it disagrees, as far as another sequence of steps confirms.
    fn curvature_confirmed(&mut self, hessian: &DMatrix<f64>, u: &[f64]) -> Estimate {
        let mut first = self.curvature(hessian, u, 0.23, 0.63);
        if first.value.abs() > Report::THRESHOLD * first.error() {
            let second = self.curvature(hessian, u, 0.11, 0.58);
            let apart = (first.value - second.value).abs();
            if apart > 4.0 * (first.error() + second.error()) || apart.is_nan() {
                first.truncation = first.truncation.max(apart);
            }
        }
        first
    }
}

impl Check {
    /// Checks a Hessian (n×n) against differences of the function alone: no gradient is needed.
    ///
    /// Entry by entry for few variables, each with its error bar; along random directions for many, and
    /// entry by entry again (up to 128 variables) where those disagree. Rounding costs twice the digits
    /// that a gradient's check loses; where a gradient exists, [`Check::hessian`] sees more.
    ///
    /// ```
    /// use gradproof::gradcheck::Check;
    /// use nalgebra::DMatrix;
    ///
    /// let f = |x: &Vec<f64>| x[0] * x[0] * x[1].exp();
    /// let x = vec![1.5, 0.5_f64];
    /// let e = x[1].exp();
    /// let hessian = DMatrix::from_row_slice(2, 2, &[2.0 * e, 3.0 * e, 3.0 * e, 2.25 * e]);
    /// Check::new().hessian_of_values(f, &x, &hessian).assert();
    /// ```
    pub fn hessian_of_values<P: Tensors>(
        &self,
        mut f: impl FnMut(&P) -> P::Scalar,
        at: &P,
        hessian: &DMatrix<f64>,
    ) -> Report
    where
        P::Scalar: Tensors<Scalar = P::Scalar>,
    {
        let inputs = Layout::of(at, "x");
        let n = inputs.len();
        let all = 0..n;
        let layout = Layout {
            blocks: vec![Block { name: "H".to_owned(), rows: n, cols: n, start: 0 }],
        };
        if hessian.shape() != (n, n) {
            let (rows, cols) = hessian.shape();
            let claimed = Some(("H".to_owned(), rows, cols));
            let reason = Reason::Shape { input: ("H".to_owned(), n, n), claimed };
            return self.refuse(&layout, Verdict::Fail, reason);
        }
        let place = |row, col| Place { input: "H".to_owned(), row, col };
        let unsound = |v: &f64| !v.is_finite();
        if let Some(k) = hessian.iter().position(unsound) {
            let reason = Reason::DerivativeNotFinite {
                place: place(k % n, k / n),
                value: hessian[k],
            };
            return self.refuse(&layout, Verdict::Fail, reason);
        }
        let mut f: &mut dyn FnMut(&P) -> P::Scalar = &mut f;
        let Start { x, y, .. } = match self.start(&mut f, at, &inputs) {
            Ok(start) => start,
            Err(report) => return *report,
        };
        let mut random = Random::new(self.seed);
        let blocks = std::slice::from_ref(&all);
        let whole = direction(&x, self.bounds, &mut random, blocks, false);
        let mut field = Field {
            eval: evaluator(&mut f, at),
            round: |value| P::Scalar::round(value).wide(),
            unit: P::Scalar::UNIT,
            x,
            y,
            v: vec![1.0],
            g: vec![0.0; n],
            g_noise: Vec::new(),
            roughness: 1.0,
            tolerance: self.tolerance,
            bounds: self.bounds,
            calls: 2,
            left_domain: false,
            slope_size: 0.0,
        };
        field.measure_roughness(&whole);
        field.slope_size = field.steepness(&whole);
        let mut report = self.refuse(&layout, Verdict::Pass, Reason::Kinks);
        report.reasons.clear();
        let every = self.every_entry.unwrap_or(n <= FEW);
        report.method = if every {
            "differences of the values, entry by entry"
        } else {
            "differences of the values along random directions"
        };
        let scale = hessian.amax();
        let (mut looks, mut hidden) = (Vec::new(), 0.0_f64);
        if !every {
            for k in 0..4 * self.directions {
                let u = direction(&field.x, self.bounds, &mut random, blocks, k % 2 == 1);
                let found = field.curvature_confirmed(hessian, &u);
                let tolerated = self.tolerance / Report::THRESHOLD * scale * dot(&u);
                let units = found.value.abs() / (found.error() + tolerated);
                report.units = report.units.max(if units.is_nan() { 0.0 } else { units });
                hidden = hidden.max(found.error() / (scale * dot(&u)));
            }
        }
        // A quadratic form does not see what is antisymmetric.
        let skew = (hessian - hessian.transpose()).amax();
        let uneven = skew > 1e-10_f64.max(64.0 * P::Scalar::UNIT) * scale;
        if every || n <= MOST && (report.units > Report::THRESHOLD || uneven) {
            for j in 0..n {
                for i in 0..=j {
                    looks.extend(look(&mut field, hessian, i, j, self.tolerance));
                }
            }
        }
        for entry in &looks {
            report.units = report.units.max(entry.units());
        }
        if every {
            let errors = looks.iter().map(|entry| entry.error / scale);
            hidden = errors.fold(0.0, f64::max);
        }
        looks.retain(|entry| entry.units() > Report::THRESHOLD);
        looks.sort_by(|a, b| b.units().total_cmp(&a.units()));
        looks.truncate(8);
        report.worst = looks;
        report.calls = field.calls;
        report.resolution = Report::THRESHOLD * hidden;
        let rough = !hidden.is_finite() || Report::THRESHOLD * hidden > 0.1;
        if report.units > Report::THRESHOLD || uneven {
            report.verdict = Verdict::Fail;
            if report.units > Report::THRESHOLD {
                let units = report.units;
                report.reasons.push(Reason::Disagreement { units });
            } else {
                report.reasons.push(Reason::NotSymmetric { by: skew });
            }
            let alone = report.worst.iter().all(|e| {
                (e.place.row, e.place.col)
                    == (report.worst[0].place.row, report.worst[0].place.col)
            });
            if alone && !report.worst.is_empty() {
                report.diagnoses.push(("H".to_owned(), Diagnosis::OneEntry));
            }
        } else if rough && scale > 0.0 {
            let hidden = Report::THRESHOLD * hidden;
            let left_domain = field.left_domain;
            report.reasons.push(Reason::TooRough { hidden, left_domain });
            report.verdict = Verdict::Inconclusive;
        }
        report
    }
}

/// Σ uᵢ².
fn dot(u: &[f64]) -> f64 {
    u.iter().map(|u| u * u).sum()
}

/// The entries (i, j) and (j, i), each against the one measured value.
fn look(
    field: &mut Field<'_>,
    hessian: &DMatrix<f64>,
    i: usize,
    j: usize,
    tolerance: f64,
) -> Vec<Entry> {
    let usual = typical(&field.x);
    let scale = |k: usize| field.x[k].abs().max(usual / 8.0);
    let (a, b) = (scale(i), scale(j));
    let mut along = |sign: f64| {
        let mut u = vec![0.0; field.x.len()];
        u[i] = a;
        u[j] = if i == j { a } else { sign * b };
        field.curvature_confirmed(hessian, &u)
    };
    let (off, error) = if i == j {
        let found = along(1.0);
        (found.value / (a * a), found.error() / (a * a))
    } else {
        let (sum, difference) = (along(1.0), along(-1.0));
        let error = sum.error().hypot(difference.error());
        ((sum.value - difference.value) / (4.0 * a * b), error / (4.0 * a * b))
    };
    // `off` is against the mean of both claimed entries.
    let numeric = 0.5 * (hessian[(i, j)] + hessian[(j, i)]) + off;
    let entry = |row, col| {
        let analytic = hessian[(row, col)];
        let tolerated = tolerance / Report::THRESHOLD * numeric.abs();
        let error = (error + tolerated).max(f64::MIN_POSITIVE);
        Entry {
            place: Place { input: "H".to_owned(), row, col },
            analytic,
            numeric,
            error,
        }
    };
    if i == j { vec![entry(i, i)] } else { vec![entry(i, j), entry(j, i)] }
}
