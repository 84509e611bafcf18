//! The checks: what to call.

use super::Float;
use super::field::{Eval, Field};
use super::judge::{Rules, judge, place};
use super::locate::{Evidence, Lines};
use super::random::Random;
use super::report::{Diagnosis, Reason, Report, Verdict};
use super::tensors::{Layout, Tensors, fill, flatten};

/// A gradient check and its settings.
///
/// The defaults are meant to be left alone: steps, orders and tolerances are found from the function.
/// A check is deterministic: the same seed gives the same answer.
///
/// ```
/// use gradproof::gradcheck::Check;
///
/// let f = |x: &Vec<f64>| x[0] * x[0] * x[1] + x[1].sin();
/// let x: Vec<f64> = vec![1.5, 0.3];
/// let gradient = vec![2.0 * x[0] * x[1], x[0] * x[0] + x[1].cos()];
/// Check::new().gradient(f, &x, &gradient).assert();
/// ```
#[derive(Clone, Debug)]
pub struct Check {
    pub(super) seed: u64,
    pub(super) directions: usize,
    pub(super) every_entry: Option<bool>,
    pub(super) tolerance: f64,
    pub(super) bounds: (f64, f64),
    pub(super) accept_subgradients: bool,
    pub(super) allow_zero: bool,
    pub(super) names: Vec<(String, usize, usize)>,
}

impl Default for Check {
    fn default() -> Self {
        Check {
            seed: 1,
            directions: 2,
            every_entry: None,
            tolerance: 0.0,
            bounds: (f64::NEG_INFINITY, f64::INFINITY),
            accept_subgradients: false,
            allow_zero: false,
            names: Vec::new(),
        }
    }
}

/// Up to this many entries each is looked at; beyond, random directions see all at once.
pub(super) const FEW: usize = 24;

impl Check {
    /// A check with the default settings.
    pub fn new() -> Self {
        Check::default()
    }

    /// The seed of the random directions and cotangents.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How many random directions are looked along (2). Any one of them sees every entry.
    #[must_use]
    pub fn directions(mut self, directions: usize) -> Self {
        self.directions = directions.max(1);
        self
    }

    /// Look at every entry alone, however many there are. The default does so for few entries.
    #[must_use]
    pub fn every_entry(mut self) -> Self {
        self.every_entry = Some(true);
        self
    }

    /// Look along random directions only, also for few entries.
    #[must_use]
    pub fn random_directions(mut self) -> Self {
        self.every_entry = Some(false);
        self
    }

    /// Tolerate this relative error on top of the rounding errors (0).
    #[must_use]
    pub fn tolerance(mut self, relative: f64) -> Self {
        self.tolerance = relative.max(0.0);
        self
    }

    /// The function is defined for entries between these bounds only; differences at a border become
    /// one-sided.
    #[must_use]
    pub fn bounds(mut self, lower: f64, upper: f64) -> Self {
        self.bounds = (lower, upper);
        self
    }

    /// At a kink take any slope between the two sides' for right.
    #[must_use]
    pub fn accept_subgradients(mut self) -> Self {
        self.accept_subgradients = true;
        self
    }

    /// Take a derivative that is zero, claimed and measured, for right instead of untested.
    #[must_use]
    pub fn allow_zero(mut self) -> Self {
        self.allow_zero = true;
        self
    }

    /// Names the blocks of a flat vector, as (name, rows, columns), each column after column, so that
    /// reports can say `W1[3, 7]`. Where the sizes do not add up to the vector's, they are not used.
    #[must_use]
    pub fn named(mut self, blocks: &[(&str, usize, usize)]) -> Self {
        self.names =
            blocks.iter().map(|(name, r, c)| ((*name).to_owned(), *r, *c)).collect();
        self
    }

    /// Checks the gradient of a scalar function: `gradient` claims ∂f/∂x at `at`, entry by entry.
    ///
    /// `at` may be a float, a `Vec`, a nalgebra matrix, a tuple or array of those, or a struct made
    /// known with [`tensors!`](crate::tensors).
    pub fn gradient<P: Tensors>(
        &self,
        mut f: impl FnMut(&P) -> P::Scalar,
        at: &P,
        gradient: &P,
    ) -> Report
    where
        P::Scalar: Tensors<Scalar = P::Scalar>,
    {
        self.reverse(&mut f, at, Claim::Given(gradient.clone()))
    }

    /// Checks a backward pass: `vjp(x, dy)` claims the gradient of `Σ dy ⊙ f(x)` with respect to x.
    /// The cotangent dy is random.
    pub fn vjp<P: Tensors, O: Tensors<Scalar = P::Scalar>>(
        &self,
        mut f: impl FnMut(&P) -> O,
        at: &P,
        mut vjp: impl FnMut(&P, &O) -> P,
    ) -> Report {
        self.reverse(&mut f, at, Claim::Made(&mut vjp))
    }

    /// [`Check::gradient`] for functions of slices.
    pub fn slice_gradient<T>(
        &self,
        mut f: impl FnMut(&[T]) -> T,
        at: &[T],
        gradient: &[T],
    ) -> Report
    where
        Vec<T>: Tensors<Scalar = T>,
        T: Float + Tensors<Scalar = T>,
    {
        self.gradient(|x: &Vec<T>| f(x), &at.to_vec(), &gradient.to_vec())
    }

    /// [`Check::vjp`] for functions of slices.
    pub fn slice_vjp<T: Float>(
        &self,
        mut f: impl FnMut(&[T]) -> Vec<T>,
        at: &[T],
        mut vjp: impl FnMut(&[T], &[T]) -> Vec<T>,
    ) -> Report
    where
        Vec<T>: Tensors<Scalar = T>,
    {
        self.vjp(|x: &Vec<T>| f(x), &at.to_vec(), |x: &Vec<T>, dy: &Vec<T>| vjp(x, dy))
    }

    /// Checks a backward pass that writes into a buffer, `vjp(x, dy, dx)`: as [`Check::vjp`], with dx
    /// holding rubbish before each call, so that adding to it instead of overwriting it shows.
    pub fn vjp_into<P: Tensors, O: Tensors<Scalar = P::Scalar>>(
        &self,
        f: impl FnMut(&P) -> O,
        at: &P,
        mut vjp: impl FnMut(&P, &O, &mut P),
    ) -> Report {
        let filled = |value: f64| {
            let mut buffer = at.clone();
            fill(&mut buffer, &vec![value; flatten(at).len()]);
            buffer
        };
        let (mut clean, mut dirty) = (filled(0.0), filled(1.0));
        let (y, mut f) = {
            let mut f = f;
            (f(at), f)
        };
        vjp(at, &y, &mut clean);
        vjp(at, &y, &mut dirty);
        let (clean, dirty) = (flatten(&clean), flatten(&dirty));
        let layout = Layout::of(at, "x");
        if let Some(k) = differs(&clean, &dirty) {
            let values = (clean[k], dirty[k]);
            // 1 + g for every entry: added to, not overwritten. (Rounding may hide a small g.)
            let added = clean.iter().zip(&dirty).all(|(c, d)| {
                (d - c - 1.0).abs() <= 4.0 * P::Scalar::UNIT * (1.0 + c.abs())
            });
            let reason = if added {
                Reason::Accumulates
            } else {
                let place = place(&layout, k);
                Reason::NotDeterministic { what: "the derivative", place, values }
            };
            return self.refuse(&layout, Verdict::Fail, reason);
        }
        self.vjp(&mut f, at, |x: &P, dy: &O| {
            let mut dx = filled(0.5);
            vjp(x, dy, &mut dx);
            dx
        })
    }

    /// A report without any check.
    pub(super) fn refuse(
        &self,
        layout: &Layout,
        verdict: Verdict,
        reason: Reason,
    ) -> Report {
        Report {
            verdict,
            reasons: vec![reason],
            worst: Vec::new(),
            diagnoses: Vec::new(),
            kinks: Vec::new(),
            units: 0.0,
            resolution: f64::INFINITY,
            method: "looked at the point only",
            entries: layout.len(),
            calls: 2,
            seed: self.seed,
        }
    }

    fn reverse<P: Tensors, O: Tensors<Scalar = P::Scalar>>(
        &self,
        f: &mut dyn FnMut(&P) -> O,
        at: &P,
        mut claim: Claim<'_, P, O>,
    ) -> Report {
        let layout = Layout::of(at, "x").renamed(&self.names);
        let start = match self.start(f, at, &layout) {
            Ok(start) => start,
            Err(report) => return *report,
        };
        let Start { x, y, output, output_layout } = start;
        let mut random = Random::new(self.seed ^ 0xc07a);
        let round = |value: f64| P::Scalar::round(value).wide();
        let v: Vec<f64> = match claim {
            Claim::Given(_) => vec![1.0; y.len()],
            Claim::Made(_) => y.iter().map(|_| round(random.weight())).collect(),
        };
        let mut cotangent = output;
        fill(&mut cotangent, &v);
        let claimed = claim.at(at, &cotangent);
        if let Some(reason) = shapes(&layout, &claimed, &self.names) {
            return self.refuse(&layout, Verdict::Fail, reason);
        }
        let g = flatten(&claimed);
        let again = flatten(&claim.at(at, &cotangent));
        if let Some(reason) = repeated(&layout, &g, &again) {
            let verdict = match reason {
                Reason::Accumulates => Verdict::Fail,
                _ => Verdict::Inconclusive,
            };
            return self.refuse(&layout, verdict, reason);
        }
        if let Some(k) = g.iter().position(|g| !g.is_finite()) {
            let reason =
                Reason::DerivativeNotFinite { place: place(&layout, k), value: g[k] };
            return self.refuse(&layout, Verdict::Fail, reason);
        }
        let g_noise = match claim {
            Claim::Given(_) => Vec::new(),
            Claim::Made(_) => {
                variation(&mut claim, at, &cotangent, &x, &v, &g, &mut random)
            }
        };
        let mut field = Field {
            eval: evaluator(f, at),
            round,
            unit: P::Scalar::UNIT,
            x,
            y,
            v,
            g,
            g_noise,
            roughness: 1.0,
            tolerance: self.tolerance,
            bounds: self.bounds,
            calls: 2,
            left_domain: false,
            slope_size: 0.0,
        };
        let every_entry = self.every_entry.unwrap_or(layout.len() <= FEW);
        let rules = Rules {
            layout: &layout,
            seed: self.seed,
            directions: self.directions,
            parts: if P::Scalar::UNIT > 1e-10 { 0 } else { 8 },
            every_entry,
            accept_subgradients: self.accept_subgradients,
            allow_zero: self.allow_zero,
            required: if P::Scalar::UNIT > 1e-10 { 0.05 } else { 0.01 },
            sizes: sizes(&layout, &output_layout),
            method: if every_entry {
                "differences, entry by entry"
            } else {
                "differences along random directions"
            },
        };
        let (mut report, evidence) = judge(&mut field, &rules);
        if report.verdict == Verdict::Fail && matches!(claim, Claim::Made(_)) {
            for found in &evidence {
                let known =
                    report.diagnoses.iter().find(|(name, _)| *name == found.block.name);
                let open = matches!(
                    known,
                    None | Some((_, Diagnosis::Unknown | Diagnosis::WronglyZero))
                );
                let named = cotangents(
                    &mut field,
                    &mut claim,
                    at,
                    &cotangent,
                    &output_layout,
                    found,
                    open,
                );
                if let Some(diagnosis) = named {
                    report.diagnoses.retain(|(input, _)| *input != found.block.name);
                    report.diagnoses.push((found.block.name.clone(), diagnosis));
                }
            }
        }
        report
    }

    /// Calls the function at the point, twice, and looks at what comes back.
    pub(super) fn start<P: Tensors, O: Tensors<Scalar = P::Scalar>>(
        &self,
        f: &mut dyn FnMut(&P) -> O,
        at: &P,
        layout: &Layout,
    ) -> Result<Start<O>, Box<Report>> {
        let refuse =
            |reason| Err(Box::new(self.refuse(layout, Verdict::Inconclusive, reason)));
        let x = flatten(at);
        let output = f(at);
        if let Some(k) = differs(&x, &flatten(at)) {
            return refuse(Reason::MutatesInput { place: place(layout, k) });
        }
        let output_layout = Layout::of(&output, "f(x)");
        let y = flatten(&output);
        let again = flatten(&f(at));
        if again.len() != y.len() {
            return refuse(Reason::OutputsChange);
        }
        if let Some(k) = y.iter().position(|y| !y.is_finite()) {
            let place = place(&output_layout, k);
            return refuse(Reason::FunctionNotFinite { place, value: y[k] });
        }
        if let Some(k) = differs(&y, &again) {
            let place = place(&output_layout, k);
            let values = (y[k], again[k]);
            return refuse(Reason::NotDeterministic {
                what: "the function",
                place,
                values,
            });
        }
        Ok(Start { x, y, output, output_layout })
    }
}

/// What the first calls showed.
pub(super) struct Start<O> {
    pub(super) x: Vec<f64>,
    pub(super) y: Vec<f64>,
    pub(super) output: O,
    pub(super) output_layout: Layout,
}

/// A claimed derivative: a value, or a function to ask again.
enum Claim<'a, P, O> {
    Given(P),
    Made(&'a mut dyn FnMut(&P, &O) -> P),
}

impl<P: Clone, O> Claim<'_, P, O> {
    fn at(&mut self, x: &P, cotangent: &O) -> P {
        match self {
            Claim::Given(claimed) => claimed.clone(),
            Claim::Made(vjp) => vjp(x, cotangent),
        }
    }
}

/// The function on flat vectors.
pub(super) fn evaluator<'a, P: Tensors + 'a, O: Tensors + 'a>(
    f: &'a mut dyn FnMut(&P) -> O,
    at: &P,
) -> Eval<'a> {
    let mut point = at.clone();
    Box::new(move |x| {
        fill(&mut point, x);
        flatten(&f(&point))
    })
}

/// The first place where two vectors differ in a bit (NaN equals NaN).
pub(super) fn differs(a: &[f64], b: &[f64]) -> Option<usize> {
    a.iter()
        .zip(b)
        .position(|(a, b)| a.to_bits() != b.to_bits() && !(a.is_nan() && b.is_nan()))
}

/// Whether the claimed derivative has the inputs' shapes.
fn shapes<P: Tensors>(
    layout: &Layout,
    claimed: &P,
    names: &[(String, usize, usize)],
) -> Option<Reason> {
    let given = Layout::of(claimed, "x").renamed(names);
    for (k, block) in layout.blocks.iter().enumerate() {
        let other = given.blocks.get(k);
        if other.is_none_or(|other| (other.rows, other.cols) != (block.rows, block.cols))
        {
            return Some(Reason::Shape {
                input: (block.name.clone(), block.rows, block.cols),
                claimed: other.map(|b| (b.name.clone(), b.rows, b.cols)),
            });
        }
    }
    None
}

/// Whether a second call of the derivative gave something else.
fn repeated(layout: &Layout, first: &[f64], second: &[f64]) -> Option<Reason> {
    if first.len() != second.len() {
        return Some(Reason::OutputsChange);
    }
    let k = differs(first, second)?;
    let moved = first.iter().any(|g| *g != 0.0);
    let doubled =
        first.iter().zip(second).all(|(a, b)| (b - 2.0 * a).abs() <= 1e-5 * a.abs());
    if moved && doubled {
        return Some(Reason::Accumulates);
    }
    let values = (first[k], second[k]);
    Some(Reason::NotDeterministic {
        what: "the derivative",
        place: place(layout, k),
        values,
    })
}

/// How much the claimed derivative varies when point and cotangent change by single roundings: an
/// estimate of its own rounding error, entry by entry.
fn variation<P: Tensors, O: Tensors>(
    claim: &mut Claim<'_, P, O>,
    at: &P,
    cotangent: &O,
    x: &[f64],
    v: &[f64],
    g: &[f64],
    random: &mut Random,
) -> Vec<f64> {
    let (mut point, mut dual) = (at.clone(), cotangent.clone());
    let unit = 2.0 * P::Scalar::UNIT;
    let mut noise = vec![0.0_f64; g.len()];
    for _ in 0..2 {
        let mut nudge = |values: &[f64]| -> Vec<f64> {
            values
                .iter()
                .map(|x| if random.bits() & 1 == 0 { *x } else { x * (1.0 + unit) })
                .collect()
        };
        fill(&mut point, &nudge(x));
        fill(&mut dual, &nudge(v));
        let other = flatten(&claim.at(&point, &dual));
        for ((noise, g), other) in noise.iter_mut().zip(g).zip(&other) {
            let off = (other - g).abs();
            // Infinite or NaN next to the point says nothing about rounding.
            if off.is_finite() {
                *noise = noise.max(off);
            }
        }
    }
    // A jump (a mask that flips) is no rounding error: it must not hide a disagreement.
    let typical = super::field::typical(g);
    for (noise, g) in noise.iter_mut().zip(g) {
        let most = 1e3 * P::Scalar::UNIT * g.abs().max(typical);
        *noise = noise.min(most);
    }
    noise
}

/// What the derivative does with the cotangent: ignores it, or only takes some of its rows.
fn cotangents<P: Tensors, O: Tensors>(
    field: &mut Field<'_>,
    claim: &mut Claim<'_, P, O>,
    at: &P,
    cotangent: &O,
    outputs: &Layout,
    found: &Evidence,
    rows_too: bool,
) -> Option<Diagnosis> {
    let whole = field.v.clone();
    let g = field.g.clone();
    let mut dual = cotangent.clone();
    let negated: Vec<f64> = whole.iter().map(|v| -v).collect();
    fill(&mut dual, &negated);
    let other = flatten(&claim.at(at, &dual));
    if g.iter().any(|g| *g != 0.0) && differs(&g, &other).is_none() {
        return Some(Diagnosis::IgnoresCotangent);
    }
    let [block] = &outputs.blocks[..] else { return None };
    if !rows_too || block.rows < 2 || block.rows > 64 {
        return None;
    }
    let mut arriving = 0;
    let mut missing = 0;
    let noise = std::mem::take(&mut field.g_noise);
    for row in 0..block.rows {
        let v: Vec<f64> = whole
            .iter()
            .enumerate()
            .map(|(k, &v)| if k % block.rows == row { v } else { 0.0 })
            .collect();
        fill(&mut dual, &v);
        field.g = flatten(&claim.at(at, &dual));
        field.v = v;
        let range = found.block.range();
        let silent = field.g[range.clone()].iter().all(|g| *g == 0.0);
        let mut random = Random::new(row as u64);
        let blocks = [range];
        let u =
            super::field::direction(&field.x, field.bounds, &mut random, &blocks, false);
        let slope = field.line(&u);
        if slope.units() <= Report::THRESHOLD {
            arriving += usize::from(!silent);
        } else if silent {
            missing += 1;
        } else {
            // Wrong in another way: not a missing sum.
            arriving = 0;
            missing = 0;
            break;
        }
    }
    field.v = whole;
    field.g = g;
    field.g_noise = noise;
    (arriving > 0 && missing > 0)
        .then_some(Diagnosis::MissingBatchSum { arriving, rows: block.rows })
}

/// The named sizes that a forgotten factor may be made of.
pub(super) fn sizes(inputs: &Layout, outputs: &Layout) -> Vec<(String, usize)> {
    let mut sizes = Vec::new();
    for block in outputs.blocks.iter().chain(&inputs.blocks) {
        let all = [
            (format!("rows of {}", block.name), block.rows),
            (format!("columns of {}", block.name), block.cols),
            (format!("entries of {}", block.name), block.len()),
        ];
        for (name, size) in all {
            if size > 2 && sizes.iter().all(|(_, known)| *known != size) {
                sizes.push((name, size));
            }
        }
    }
    sizes
}
