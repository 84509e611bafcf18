//! The function under check, seen along straight lines from the point.
//!
//! With a cotangent v the function becomes a number, φ = Σ vᵢ·fᵢ. Along a direction u the checker
//! looks at the *residual* of a claimed gradient g,
//! R(h) = (φ(x⁺) − φ(x⁻) − g·(x⁺ − x⁻)) / 2h, where x± are the points x ± h·u *as they round*. The
//! rounding of the points therefore cancels, also in f32, and the right g gives a limit of zero.

use std::ops::Range;

use super::Report;
use super::extrapolate::{Estimate, Powers, Sample, Scheme};
use super::judge::Subject;
use super::locate::Lines;
use super::random::Random;
use super::sum::{Sum, change_and_bend, dot, norm, norm_of_products};
use super::tensors::Block;

/// A function on flat vectors.
pub(super) type Eval<'a> = Box<dyn FnMut(&[f64]) -> Vec<f64> + 'a>;

/// The function under check at its point.
pub(super) struct Field<'a> {
    /// The function on flat vectors; what it returns has always the same length.
    pub(super) eval: Eval<'a>,
    /// Rounds to the float the function computes in.
    pub(super) round: fn(f64) -> f64,
    /// The relative error of one rounding.
    pub(super) unit: f64,
    /// The point.
    pub(super) x: Vec<f64>,
    /// The value there.
    pub(super) y: Vec<f64>,
    /// The cotangent.
    pub(super) v: Vec<f64>,
    /// The claimed gradient of φ.
    pub(super) g: Vec<f64>,
    /// The error of g as estimated from its own variation, entry by entry (may be empty).
    pub(super) g_noise: Vec<f64>,
    /// How many times more φ varies than by one rounding of each term.
    pub(super) roughness: f64,
    /// The relative error that the user tolerates.
    pub(super) tolerance: f64,
    /// Where entries must stay: `lower ≤ x ≤ upper`.
    pub(super) bounds: (f64, f64),
    /// How often the function was called.
    pub(super) calls: usize,
    /// Whether an output was not finite away from the point.
    pub(super) left_domain: bool,
    /// How steep φ is along a direction of the point's own size (used for second differences only).
    pub(super) slope_size: f64,
}

/// What a line shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slope {
    /// The limit of R: numeric minus analytic derivative along the line.
    pub(super) residual: Estimate,
    /// The error of the analytic side.
    pub(super) analytic_error: f64,
    /// The right-hand minus the left-hand slope, with its error.
    pub(super) jump: Estimate,
    /// Whether only one side of the point could be used.
    pub(super) one_sided: bool,
    /// Whether the two sides' slopes differ, at every step that could be used.
    pub(super) kink: bool,
}

impl Slope {
    /// The error bar of the residual: one standard deviation, or thereabouts.
    pub(super) fn error(&self) -> f64 {
        self.residual.error() + self.analytic_error
    }

    /// The residual in units of its error bar.
    pub(super) fn units(&self) -> f64 {
        let error = self.error();
        if error.is_finite() && error > 0.0 {
            (self.residual.value / error).abs()
        } else if self.residual.value.abs() > 0.0 && error == 0.0 {
            f64::INFINITY
        } else {
            0.0
        }
    }

    /// By how many error bars the slopes on the two sides differ.
    fn bends(&self) -> f64 {
        let error = self.jump.error();
        if self.one_sided || !error.is_finite() || self.jump.value == 0.0 {
            0.0
        } else {
            self.jump.value.abs() / error
        }
    }

    /// Whether the residual is no larger than what a kink, as far as it cannot be excluded, does to it:
    /// half of the difference of the two slopes.
    fn explained_by_a_kink(&self) -> bool {
        self.residual.value.abs()
            <= 0.5 * (self.jump.value.abs() + 4.0 * self.jump.error())
    }

    /// Whether there is a kink at the point itself, as far as can be told.
    pub(super) fn has_kink(&self) -> bool {
        self.kink
    }

    /// Whether anything is known.
    pub(super) fn is_known(&self) -> bool {
        self.residual.value.is_finite() && self.residual.error().is_finite()
    }
}

/// How far two measurements lie apart, where more than their errors explain; otherwise zero.
fn apart(a: &Slope, b: &Slope) -> f64 {
    let apart = (a.residual.value - b.residual.value).abs();
    if apart <= 4.0 * (a.error() + b.error()) { 0.0 } else { apart }
}

/// Values on one side at one step, and what the claimed gradient says of the way there.
struct Side {
    y: Vec<f64>,
    claimed: f64,
}

/// Two-sided or one-sided values at one step.
struct Pair {
    plus: Option<Side>,
    minus: Option<Side>,
}

/// The longest step, relative to the direction. Not a power of two: periodic functions would be
/// sampled in phase.
const LONGEST: f64 = 0.41;
/// One rounding of an f64: where the function computes in it, points need no rounding.
const UNIT_OF_F64: f64 = <f64 as super::Float>::UNIT;
/// How steps shrink while the scheme converges.
const SHRINK: f64 = 0.57;
/// The most steps on one line.
const MOST_STEPS: usize = 34;
/// The relative error in one entry's share of the derivative that a line should show.
const SHARP: f64 = 2e-9;

impl Field<'_> {
    /// Calls the function.
    pub(super) fn call(&mut self, x: &[f64]) -> Vec<f64> {
        self.calls += 1;
        (self.eval)(x)
    }

    /// φ's rounding noise, if each term vᵢ·yᵢ is rounded once.
    pub(super) fn floor(&self, y: &[f64]) -> f64 {
        self.unit * norm_of_products(&self.v, y)
    }

    /// Measures how rough φ is: values at a few points that hardly differ, and the part of their
    /// variation that no smooth function explains (the difference table of Hamming; Moré and Wild).
    /// Where the values stand still, rounding has made steps of φ, and the points are moved apart.
    pub(super) fn measure_roughness(&mut self, u: &[f64]) {
        let mut spacing = 6000.0 * self.unit;
        for _ in 0..4 {
            let Some((noise, moves)) = self.table(u, spacing) else { return };
            let floor = self.floor(&self.y);
            if floor > 0.0 {
                self.roughness = self.roughness.max((2.0 * noise / floor).min(1e6));
            }
            spacing *= 100.0;
            if moves || spacing > 0.01 {
                return;
            }
        }
    }

    /// The noise by a difference table, and whether most of its values differ at all.
    fn table(&mut self, u: &[f64], spacing: f64) -> Option<(f64, bool)> {
        const POINTS: usize = 7;
        let mut table = Vec::with_capacity(POINTS);
        let mut changes = Vec::with_capacity(POINTS);
        for k in 0..POINTS {
            let x: Vec<f64> = self
                .x
                .iter()
                .zip(u)
                .map(|(x, u)| (self.round)(x + k as f64 * spacing * u))
                .collect();
            let y = self.call(&x);
            if y.len() != self.y.len() || y.iter().any(|y| !y.is_finite()) {
                return None;
            }
            let mut sum = Sum::default();
            for ((y, base), v) in y.iter().zip(&self.y).zip(&self.v) {
                sum.add_product(*v, y - base);
            }
            changes.push(sum.value());
            let moved: Vec<f64> = x.iter().zip(&self.x).map(|(a, b)| a - b).collect();
            table.push(sum.value() - dot(&self.g, &moved));
        }
        changes.dedup();
        let mut noise = f64::INFINITY;
        let mut factor = 1.0;
        for order in 1..=4 {
            for k in 0..table.len() - 1 {
                table[k] = table[k + 1] - table[k];
            }
            table.pop();
            // Var(Δᵏ) = (2k)!/(k!)² · Var.
            factor *= f64::from(order * order) / f64::from((2 * order) * (2 * order - 1));
            if order >= 3 {
                let mean = table.iter().map(|t| t * t).sum::<f64>() / table.len() as f64;
                noise = noise.min((factor * mean).sqrt());
            }
        }
        Some((noise, changes.len() > POINTS / 2))
    }

    /// Values at x + h·u and x − h·u with the realised displacements; a side that leaves the domain
    /// or the bounds is missing.
    fn pair(&mut self, u: &[f64], step: f64) -> Pair {
        Pair { plus: self.side(u, step), minus: self.side(u, -step) }
    }

    /// The value at x + by·u, unless that leaves the domain or the bounds.
    fn side(&mut self, u: &[f64], by: f64) -> Option<Side> {
        let bounded = self.bounds.0 > f64::NEG_INFINITY || self.bounds.1 < f64::INFINITY;
        let mut x: Vec<f64> = self.x.iter().zip(u).map(|(at, u)| at + by * u).collect();
        if self.unit > UNIT_OF_F64 {
            for x in &mut x {
                *x = (self.round)(*x);
            }
        }
        let inside = |(x, u): (&f64, &f64)| {
            *u == 0.0 || (*x >= self.bounds.0 && *x <= self.bounds.1)
        };
        if bounded && !x.iter().zip(u).all(inside) {
            return None;
        }
        let y = self.call(&x);
        if y.len() != self.y.len() || y.iter().any(|y| !y.is_finite()) {
            self.left_domain = true;
            return None;
        }
        for (x, at) in x.iter_mut().zip(&self.x) {
            *x -= at;
        }
        Some(Side { claimed: dot(&self.g, &x), y })
    }

    /// |dφ/du| by a plain difference: an order of magnitude is enough.
    pub(super) fn steepness(&mut self, u: &[f64]) -> f64 {
        let step = self.unit.cbrt();
        let Pair { plus: Some(plus), minus: Some(minus) } = self.pair(u, step) else {
            return 0.0;
        };
        let (change, _) = change_and_bend(&self.v, &plus.y, &minus.y, &self.y);
        (change / (2.0 * step)).abs()
    }

    /// Looks along u: the residual's limit, its error, and whether there is a kink at the point.
    ///
    /// Neither a disagreement nor a kink is believed at once: other sequences of steps must show it
    /// too. Near a kink or a pole extrapolation can converge to nonsense, but not to the same nonsense
    /// each time, and shorter steps leave the kink outside.
    pub(super) fn slope(&mut self, u: &[f64]) -> Slope {
        let (mut slope, reach) = self.climb_down(u, LONGEST, SHRINK, 3, MOST_STEPS);
        if slope.units() <= Report::THRESHOLD && slope.bends() <= 6.0 {
            return self.sharpen(u, slope, reach);
        }
        slope = self.ladder(u, LONGEST, SHRINK, 7);
        let second = self.ladder(u, 0.29, 0.49, 7);
        let short = self.ladder(u, 0.047, 0.52, 7);
        if slope.one_sided {
            let doubt = apart(&slope, &second).max(apart(&slope, &short));
            slope.residual.truncation = slope.residual.truncation.max(doubt);
            return slope;
        }
        let straight = [&slope, &second, &short].iter().all(|s| s.bends() <= 3.0);
        if straight && second.units() > 3.0 && !slope.explained_by_a_kink() {
            let doubt = apart(&slope, &second).max(apart(&slope, &short));
            if doubt == 0.0 {
                return slope;
            }
        }
        // Something bends within reach. Either shorter steps see a straight line, sharply enough to
        // tell, or the bend is at the point itself.
        let jump = slope.jump.value.abs();
        let mut before = short;
        for longest in [5e-3, 4e-4, 3e-5] {
            let shorter = self.ladder(u, longest, SHRINK, 7);
            let sharp = 6.0 * shorter.jump.error() < jump || slope.bends() <= 6.0;
            if shorter.is_known() && shorter.bends() <= 4.0 && sharp {
                slope = shorter;
                // A disagreement needs a second witness that sees a straight line.
                let mut doubt = apart(&slope, &before);
                if before.bends() > 3.0 || slope.explained_by_a_kink() {
                    doubt = slope.residual.value.abs();
                }
                slope.residual.truncation = slope.residual.truncation.max(doubt);
                return slope;
            }
            before = shorter;
        }
        slope.kink = slope.bends() > 6.0;
        if !slope.kink {
            // No sequence agrees with another: nothing is known.
            slope.residual.truncation =
                slope.residual.truncation.max(slope.residual.value.abs());
        }
        slope
    }

    /// One sequence of steps along u, at least so many of them.
    fn ladder(&mut self, u: &[f64], longest: f64, shrink: f64, least: usize) -> Slope {
        self.climb_down(u, longest, shrink, least, MOST_STEPS).0
    }

    /// The same with at most so many steps, and the longest step that the answer rests on.
    fn climb_down(
        &mut self,
        u: &[f64],
        longest: f64,
        shrink: f64,
        least: usize,
        most: usize,
    ) -> (Slope, f64) {
        let mut central = Scheme::new(Powers::Even);
        let mut forward = Scheme::new(Powers::All);
        let mut backward = Scheme::new(Powers::All);
        let mut jumps = Scheme::new(Powers::Odd);
        let mut best = Estimate::NONE;
        let mut step = longest;
        let mut stale = 0;
        for _ in 0..most {
            let Pair { plus, minus } = self.pair(u, step);
            let missing = plus.is_none() as u8 + minus.is_none() as u8;
            if let (Some(plus), Some(minus)) = (&plus, &minus) {
                let (change, bend) = change_and_bend(&self.v, &plus.y, &minus.y, &self.y);
                let (fp, fm) = (self.floor(&plus.y), self.floor(&minus.y));
                let noise = self.roughness * (fp * fp + fm * fm).sqrt() / (2.0 * step);
                let value = (change - (plus.claimed - minus.claimed)) / (2.0 * step);
                central.push(Sample { step, value, noise });
                // x± need not lie symmetrically once rounded: that part is not a bend.
                let value = (bend - (plus.claimed + minus.claimed)) / step;
                jumps.push(Sample { step, value, noise: 3.0 * noise });
            }
            for (side, sign, scheme) in
                [(plus, 1.0, &mut forward), (minus, -1.0, &mut backward)]
            {
                if let (Some(Side { y, claimed }), true) = (side, central.len() == 0) {
                    let (change, _) = change_and_bend(&self.v, &y, &self.y, &self.y);
                    let value = sign * (change - claimed) / step;
                    let noise =
                        self.roughness * 2.0 * self.floor(&y).max(self.floor(&self.y))
                            / step;
                    scheme.push(Sample { step, value, noise });
                }
            }
            if missing == 0 {
                if central.best.error() < 0.5 * best.error() {
                    stale = 0;
                } else {
                    stale += 1;
                }
                best = central.best;
                let settled =
                    best.truncation <= best.noise && stale >= 1 || best.error() == 0.0;
                if settled && central.len() >= least {
                    break;
                }
                // Shorter steps can bring nothing once their rounding alone exceeds the best error.
                let alone = self.roughness * self.floor(&self.y) / step;
                if stale >= 2 && alone > best.error() && central.len() >= least {
                    break;
                }
            }
            // Far from convergence (a kink or a pole within reach) short work is made of the steps.
            let lost = stale >= 4 && best.truncation > 100.0 * best.noise;
            step *= match missing {
                1 | 2 => 0.5,
                _ if lost => 0.35,
                _ => shrink,
            };
            if step < 40.0 * self.unit {
                break;
            }
        }
        let mut slope = Slope {
            residual: central.best,
            analytic_error: self.analytic_error(u),
            jump: jumps.best,
            one_sided: false,
            kink: false,
        };
        if !slope.is_known() {
            let sides = [forward.best, backward.best];
            let side =
                if sides[0].error() <= sides[1].error() { sides[0] } else { sides[1] };
            slope.residual = side;
            slope.one_sided = true;
        }
        (slope, central.reach)
    }

    /// A narrower error bar, where kinks or the border of the domain have forced short steps and the error
    /// is mostly rounding: longer steps just below what forced them, and the mean of several sequences.
    fn sharpen(&mut self, u: &[f64], slope: Slope, reach: f64) -> Slope {
        let moving = u.iter().filter(|u| **u != 0.0).count().max(1);
        let share = norm_of_products(&self.g, u) / (moving as f64).sqrt();
        let sharp = |slope: &Slope| Report::THRESHOLD * slope.error() <= SHARP * share;
        let coarse = self.unit > UNIT_OF_F64 || !slope.is_known() || slope.one_sided;
        if coarse || sharp(&slope) || reach > LONGEST / 2.0 || reach == 0.0 {
            return slope;
        }
        let fits = |found: &Slope, best: &Slope| {
            found.is_known()
                && !found.one_sided
                && found.bends() <= 4.0
                && apart(found, best) == 0.0
        };
        let (mut best, mut longest) = (slope, reach);
        for factor in [2.4, 1.55] {
            let (longer, _) = self.climb_down(u, reach * factor, 0.62, 3, 4);
            if fits(&longer, &best) && longer.error() < 0.8 * best.error() {
                (best, longest) = (longer, reach * factor);
                break;
            }
        }
        if sharp(&best) {
            return self.confirmed(u, best, longest, None);
        }
        // A kink is close by on one side, as a rule: the other side may have room for long steps.
        let mut side = None;
        let from = LONGEST.min(4e3 * longest);
        for sign in [1.0, -1.0] {
            let (found, from) = self.climb_one_side(u, sign, from, 0.45, 14);
            let fits = found.is_known() && apart(&found, &best) == 0.0;
            if fits && found.error() < 0.3 * best.error() {
                best.residual = found.residual;
                (longest, side) = (from, Some(sign));
            }
        }
        if side.is_some() {
            return self.confirmed(u, best, longest, side);
        }
        let (mut value, mut squares) = (best.residual.value, best.residual.noise.powi(2));
        let mut truncation = best.residual.truncation;
        let mut count = 1.0;
        for k in 1..4 {
            let from = longest * (1.0 - 0.07 * f64::from(k));
            let (other, _) = self.climb_down(u, from, 0.62, 3, 3);
            if fits(&other, &best) && other.error() < 2.0 * best.error() {
                value += other.residual.value;
                squares += other.residual.noise.powi(2);
                truncation = truncation.max(other.residual.truncation);
                count += 1.0;
            }
        }
        let mean = Estimate {
            value: value / count,
            // What is cut off differs from sequence to sequence as rounding does.
            truncation: truncation / count.sqrt(),
            noise: squares.sqrt() / count,
        };
        if mean.error() < best.residual.error() {
            best.residual = mean;
        }
        self.confirmed(u, best, longest, None)
    }

    /// The slope, widened unless another sequence of steps shows its disagreement too: on the same side, if
    /// it is one-sided.
    fn confirmed(
        &mut self,
        u: &[f64],
        mut slope: Slope,
        longest: f64,
        side: Option<f64>,
    ) -> Slope {
        if slope.units() <= Report::THRESHOLD {
            return slope;
        }
        let (other, _) = match side {
            Some(sign) => self.climb_one_side(u, sign, 0.81 * longest, 0.49, 10),
            None => self.climb_down(u, 0.81 * longest, 0.55, 4, 6),
        };
        let kink = side.is_none()
            && (other.bends() > 3.0
                || slope.bends() > 3.0
                || slope.explained_by_a_kink());
        let doubt = if other.units() > 3.0 && !kink {
            apart(&slope, &other)
        } else {
            slope.residual.value.abs()
        };
        slope.residual.truncation = slope.residual.truncation.max(doubt);
        slope
    }

    /// A sequence of steps on one side of the point, and the longest step that its answer rests on.
    fn climb_one_side(
        &mut self,
        u: &[f64],
        sign: f64,
        longest: f64,
        shrink: f64,
        most: usize,
    ) -> (Slope, f64) {
        let mut scheme = Scheme::new(Powers::All);
        let mut step = longest;
        let mut stale = 0;
        for _ in 0..most {
            let before = scheme.best.error();
            if let Some(Side { y, claimed }) = self.side(u, sign * step) {
                let (change, _) = change_and_bend(&self.v, &y, &self.y, &self.y);
                let floor = self.floor(&y).max(self.floor(&self.y));
                let noise = self.roughness * std::f64::consts::SQRT_2 * floor / step;
                let value = sign * (change - claimed) / step;
                scheme.push(Sample { step, value, noise });
            }
            stale = if scheme.best.error() < 0.5 * before { 0 } else { stale + 1 };
            let best = scheme.best;
            if best.truncation <= best.noise && stale >= 2 && scheme.len() >= 4 {
                break;
            }
            step *= shrink;
        }
        let slope = Slope {
            residual: scheme.best,
            analytic_error: self.analytic_error(u),
            jump: Estimate::NONE,
            one_sided: true,
            kink: false,
        };
        (slope, scheme.reach)
    }

    /// The rounding error of g·u.
    pub(super) fn analytic_error(&self, u: &[f64]) -> f64 {
        let norm = norm_of_products(&self.g, u);
        let varies = if self.g_noise.len() == u.len() {
            norm_of_products(&self.g_noise, u)
        } else {
            0.0
        };
        analytic_error(norm, varies, self.unit, self.tolerance)
    }
}

/// The rounding error of a claimed derivative along a line: a few roundings of each term (`norm`: the
/// terms' size), or what its own variation shows; and what the user tolerates.
pub(super) fn analytic_error(norm: f64, varies: f64, unit: f64, tolerance: f64) -> f64 {
    let own = (4.0 * unit).max(tolerance / Report::THRESHOLD) * norm;
    own.max(3.0 * varies)
}

impl Subject for Field<'_> {
    fn direction(
        &self,
        random: &mut Random,
        blocks: &[Range<usize>],
        relative: bool,
    ) -> Vec<f64> {
        direction(&self.x, self.bounds, random, blocks, relative)
    }

    fn claims(&self) -> &[f64] {
        &self.g
    }

    fn prepare(&mut self, u: &[f64]) {
        self.measure_roughness(u);
    }

    fn calls(&self) -> usize {
        self.calls
    }

    fn left_domain(&self) -> bool {
        self.left_domain
    }
}

impl Lines for Field<'_> {
    fn line(&mut self, u: &[f64]) -> Slope {
        self.slope(u)
    }

    fn axis(&self, index: usize, block: &Block) -> Vec<f64> {
        axis(&self.x, self.bounds, index, block, self.unit)
    }

    fn claimed(&self, index: usize) -> f64 {
        self.g[index]
    }
}

/// A direction scaled to the point: each entry moves by its own size (`relative`), or by the typical
/// size of its block.
pub(super) fn direction(
    x: &[f64],
    bounds: (f64, f64),
    random: &mut Random,
    blocks: &[Range<usize>],
    relative: bool,
) -> Vec<f64> {
    let mut u = vec![0.0; x.len()];
    for range in blocks {
        let block = &x[range.clone()];
        let typical = typical(block);
        let least = if relative { middle(block) / 64.0 } else { 0.0 };
        for (u, x) in u[range.clone()].iter_mut().zip(block) {
            let scale = if relative { x.abs().max(least) } else { typical };
            *u = inward(*x, random.weight() * scale, bounds);
        }
    }
    u
}

/// The direction that moves one entry alone.
pub(super) fn axis(
    x: &[f64],
    bounds: (f64, f64),
    index: usize,
    block: &Block,
    unit: f64,
) -> Vec<f64> {
    let mut u = vec![0.0; x.len()];
    // In f32 a small entry must move by more than its own size, or rounding hides everything.
    let share = if unit > 1e-10 { 8.0 } else { 100.0 };
    let scale = x[index].abs().max(middle(&x[block.range()]) / share);
    u[index] = inward(x[index], scale, bounds);
    u
}

/// At a border only one sign leads inside.
fn inward(x: f64, by: f64, (lower, upper): (f64, f64)) -> f64 {
    if x <= lower {
        by.abs()
    } else if x >= upper {
        -by.abs()
    } else {
        by
    }
}

/// The root mean square of a block, or 1 where that is zero.
pub(super) fn typical(block: &[f64]) -> f64 {
    let typical = norm(block) / (block.len().max(1) as f64).sqrt();
    if typical.is_finite() && typical > 0.0 { typical } else { 1.0 }
}

/// The middle one of a block's sizes, or the typical one where that is zero: a block may hold numbers of
/// very different sizes.
fn middle(block: &[f64]) -> f64 {
    let middle = median(block.iter().map(|x| x.abs()));
    if middle.is_finite() && middle > 0.0 { middle } else { typical(block) }
}

/// The median of many numbers, from a sample of them; 0 where there are none.
pub(super) fn median(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    const SAMPLE: usize = 2048;
    // An odd stride: a power of two would fall on the same row of every column.
    let stride = (values.len() / SAMPLE) | 1;
    let mut sample: Vec<f64> = values.step_by(stride).collect();
    if sample.is_empty() {
        return 0.0;
    }
    let half = sample.len() / 2;
    *sample.select_nth_unstable_by(half, f64::total_cmp).1
}
