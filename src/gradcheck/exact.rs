//! Checks by dual numbers, for functions that are generic over their scalar: no step, no truncation,
//! only rounding, and at the speed of the function itself.
//!
//! Kinks are not seen this way: at a kink a dual number takes one side.

use std::ops::Range;

use super::Float;
use super::check::{Check, FEW, sizes};
use super::dual::Dual;
use super::extrapolate::Estimate;
use super::field::{Slope, analytic_error, axis, direction, typical};
use super::judge::{Rules, Subject, judge, place};
use super::locate::Lines;
use super::random::Random;
use super::report::{Entry, Place, Reason, Report, Verdict};
use super::sum::{self, Sum, dot, norm_of_products};
use super::tensors::{Block, Layout};

/// A function on flat vectors of dual numbers.
type DualEval<'a> = Box<dyn FnMut(&[Dual<f64>]) -> Vec<Dual<f64>> + 'a>;

/// A function on dual numbers at its point.
struct Exact<'a> {
    eval: DualEval<'a>,
    x: Vec<f64>,
    v: Vec<f64>,
    g: Vec<f64>,
    /// The typical size of g's entries.
    typical: f64,
    roughness: f64,
    tolerance: f64,
    calls: usize,
    point: Vec<Dual<f64>>,
}

impl Exact<'_> {
    /// Σ v·tangent along u at the point, and the size of its terms.
    fn tangent(&mut self, u: &[f64]) -> (f64, f64) {
        self.calls += 1;
        for (point, u) in self.point.iter_mut().zip(u) {
            point.tangent = *u;
        }
        let y = (self.eval)(&self.point);
        let mut sum = Sum::default();
        let mut squares = 0.0;
        for (v, y) in self.v.iter().zip(&y) {
            sum.add_product(*v, y.tangent);
            squares += (v * y.tangent) * (v * y.tangent);
        }
        (sum.value(), squares.sqrt())
    }

    /// The error of a derivative along u that rounding explains, if the terms have this size.
    fn noise(&self, u: &[f64], size: f64, norm: f64) -> f64 {
        let own = (4.0 * size.max(norm)).max(self.roughness * norm);
        // Entries far smaller than the others are what is left after cancellation, on either side: their
        // rounding errors are those of the larger terms.
        f64::UNIT * own.max(4.0 * self.typical * sum::norm(u))
    }
}

impl Lines for Exact<'_> {
    fn line(&mut self, u: &[f64]) -> Slope {
        let (tangent, size) = self.tangent(u);
        let norm = norm_of_products(&self.g, u);
        Slope {
            residual: Estimate {
                value: tangent - dot(&self.g, u),
                truncation: 0.0,
                noise: self.noise(u, size, norm),
            },
            analytic_error: analytic_error(norm, 0.0, f64::UNIT, self.tolerance),
            jump: Estimate::NONE,
            one_sided: false,
            kink: false,
        }
    }

    fn axis(&self, index: usize, block: &Block) -> Vec<f64> {
        axis(&self.x, (f64::NEG_INFINITY, f64::INFINITY), index, block, f64::UNIT)
    }

    fn claimed(&self, index: usize) -> f64 {
        self.g[index]
    }
}

impl Subject for Exact<'_> {
    fn direction(
        &self,
        random: &mut Random,
        blocks: &[Range<usize>],
        relative: bool,
    ) -> Vec<f64> {
        direction(&self.x, (f64::NEG_INFINITY, f64::INFINITY), random, blocks, relative)
    }

    fn claims(&self) -> &[f64] {
        &self.g
    }

    /// How much the derivative varies when the point moves by single roundings.
    fn prepare(&mut self, u: &[f64]) {
        let (here, _) = self.tangent(u);
        let norm = norm_of_products(&self.g, u);
        for (k, (point, x)) in self.point.iter_mut().zip(&self.x).enumerate() {
            let roundings = if k % 3 == 0 { -2.0 } else { 2.0 };
            point.value = x * (1.0 + roundings * f64::UNIT);
        }
        let (there, _) = self.tangent(u);
        for (point, x) in self.point.iter_mut().zip(&self.x) {
            point.value = *x;
        }
        let varies = 3.0 * (there - here).abs() / (f64::UNIT * norm);
        if varies.is_finite() {
            self.roughness = self.roughness.max(varies.min(1e4));
        }
    }

    fn calls(&self) -> usize {
        self.calls
    }

    fn left_domain(&self) -> bool {
        false
    }
}

impl Check {
    /// Checks a gradient against dual numbers: `f` is the function itself, generic over its scalar,
    /// and `gradient` claims its derivative at `at`.
    ///
    /// ```
    /// use gradproof::gradcheck::{Check, Dual};
    /// use gradproof::kernels::Real;
    ///
    /// fn f<T: Real + Copy>(x: &[T]) -> T {
    ///     x[0] * x[1].exp()
    /// }
    ///
    /// let x = [2.0, 0.5_f64];
    /// let gradient = [x[1].exp(), x[0] * x[1].exp()];
    /// Check::new().dual_gradient(|x: &[Dual<f64>]| f(x), &x, &gradient).assert();
    /// ```
    pub fn dual_gradient(
        &self,
        mut f: impl FnMut(&[Dual<f64>]) -> Dual<f64>,
        at: &[f64],
        gradient: &[f64],
    ) -> Report {
        let claim = |_: &[f64]| gradient.to_vec();
        self.exact(Box::new(move |x| vec![f(x)]), at, claim, false)
    }

    /// Checks a backward pass against dual numbers: `vjp(x, dy)` claims the gradient of
    /// `Σ dy ⊙ f(x)`.
    pub fn dual_vjp(
        &self,
        f: impl FnMut(&[Dual<f64>]) -> Vec<Dual<f64>>,
        at: &[f64],
        mut vjp: impl FnMut(&[f64], &[f64]) -> Vec<f64>,
    ) -> Report {
        self.exact(Box::new(f), at, |v: &[f64]| vjp(at, v), true)
    }

    fn exact(
        &self,
        mut eval: DualEval<'_>,
        at: &[f64],
        mut claim: impl FnMut(&[f64]) -> Vec<f64>,
        random_cotangent: bool,
    ) -> Report {
        let layout = Layout::vector("x", at.len()).renamed(&self.names);
        let point = constants(at);
        let y = eval(&point);
        let outputs = Layout::vector("f(x)", y.len());
        if let Some(k) = y.iter().position(|y| !y.value.is_finite()) {
            let reason = Reason::FunctionNotFinite {
                place: place(&outputs, k),
                value: y[k].value,
            };
            return self.refuse(&layout, Verdict::Inconclusive, reason);
        }
        let mut random = Random::new(self.seed ^ 0xc07a);
        let v: Vec<f64> = if random_cotangent {
            y.iter().map(|_| random.weight()).collect()
        } else {
            vec![1.0; y.len()]
        };
        let g = claim(&v);
        if g.len() != at.len() {
            let reason = Reason::Shape {
                input: ("x".to_owned(), at.len(), 1),
                claimed: Some(("x".to_owned(), g.len(), 1)),
            };
            return self.refuse(&layout, Verdict::Fail, reason);
        }
        if let Some(k) = g.iter().position(|g| !g.is_finite()) {
            let reason =
                Reason::DerivativeNotFinite { place: place(&layout, k), value: g[k] };
            return self.refuse(&layout, Verdict::Fail, reason);
        }
        let every_entry = self.every_entry.unwrap_or(layout.len() <= FEW);
        let rules = Rules {
            layout: &layout,
            seed: self.seed,
            directions: self.directions,
            parts: 0,
            every_entry,
            accept_subgradients: self.accept_subgradients,
            allow_zero: self.allow_zero,
            required: 0.01,
            sizes: sizes(&layout, &outputs),
            method: if every_entry {
                "dual numbers, entry by entry"
            } else {
                "dual numbers along random directions"
            },
        };
        let mut subject = Exact {
            eval,
            x: at.to_vec(),
            v,
            typical: typical(&g),
            g,
            roughness: 1.0,
            tolerance: self.tolerance,
            calls: 1,
            point,
        };
        judge(&mut subject, &rules).0
    }

    /// Checks a Hessian against nested dual numbers, entry by entry: `hessian` (n×n, column after
    /// column) claims ∂²f/∂x∂xᵀ at `at`.
    pub fn dual_hessian(
        &self,
        mut f: impl FnMut(&[Dual<Dual<f64>>]) -> Dual<Dual<f64>>,
        at: &[f64],
        hessian: &nalgebra::DMatrix<f64>,
    ) -> Report {
        let n = at.len();
        let layout = Layout {
            blocks: vec![Block { name: "H".to_owned(), rows: n, cols: n, start: 0 }],
        };
        if hessian.shape() != (n, n) {
            let reason = Reason::Shape {
                input: ("H".to_owned(), n, n),
                claimed: Some(("H".to_owned(), hessian.nrows(), hessian.ncols())),
            };
            return self.refuse(&layout, Verdict::Fail, reason);
        }
        let exact = nalgebra::DMatrix::from_fn(n, n, |i, j| {
            let x: Vec<_> = at
                .iter()
                .enumerate()
                .map(|(k, x)| {
                    let one = |yes: bool| f64::from(u8::from(yes));
                    Dual::new(Dual::new(*x, one(k == i)), Dual::new(one(k == j), 0.0))
                })
                .collect();
            f(&x).tangent.tangent
        });
        let scale = exact.amax().max(hessian.amax());
        let mut worst: Vec<Entry> = Vec::new();
        let mut units = 0.0_f64;
        for j in 0..n {
            for i in 0..n {
                let (analytic, numeric) = (hessian[(i, j)], exact[(i, j)]);
                let size = analytic.abs().max(numeric.abs());
                let error = (64.0 * f64::UNIT * (size + 0.01 * scale))
                    .max(self.tolerance / Report::THRESHOLD * size);
                let entry = Entry {
                    place: Place { input: "H".to_owned(), row: i, col: j },
                    analytic,
                    numeric,
                    error,
                };
                if analytic != numeric {
                    let off = if entry.units().is_nan() {
                        f64::INFINITY
                    } else {
                        entry.units()
                    };
                    units = units.max(off);
                    if off > Report::THRESHOLD {
                        worst.push(entry);
                    }
                }
            }
        }
        worst.sort_by(|a, b| b.units().total_cmp(&a.units()));
        worst.truncate(8);
        let failed = units > Report::THRESHOLD;
        Report {
            verdict: if failed { Verdict::Fail } else { Verdict::Pass },
            reasons: if failed {
                vec![Reason::Disagreement { units }]
            } else {
                Vec::new()
            },
            worst,
            diagnoses: Vec::new(),
            kinks: Vec::new(),
            units,
            resolution: 64.0 * Report::THRESHOLD * f64::UNIT,
            method: "nested dual numbers, entry by entry",
            entries: n * n,
            calls: n * n,
            seed: self.seed,
        }
    }
}

fn constants(at: &[f64]) -> Vec<Dual<f64>> {
    at.iter().map(|x| Dual::constant(*x)).collect()
}
