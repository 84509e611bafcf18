//! From lines to a verdict.
//!
//! Many entries: a few random directions see every entry at once; a wrong one shows as a residual
//! beyond the error bar. Few entries: each is looked at. Kinks are found first and left out of the
//! directions, so that they neither fail nor pass by luck.

use std::ops::Range;

use super::diagnose::diagnose;
use super::field::{Slope, median};
use super::locate::{Evidence, Lines, Look, locate, look};
use super::random::Random;
use super::report::{Diagnosis, Entry, Kink, Place, Reason, Report, Verdict};
use super::sum::norm_of_products;
use super::tensors::{Block, Layout};

/// What the judge needs to know besides the lines.
pub(super) struct Rules<'a> {
    pub(super) layout: &'a Layout,
    pub(super) seed: u64,
    pub(super) directions: usize,
    /// In how many parts the entries are moved once more while an error of [`SHARP`] in one of them could
    /// still hide (0: never).
    pub(super) parts: usize,
    /// Whether every entry is looked at.
    pub(super) every_entry: bool,
    pub(super) accept_subgradients: bool,
    pub(super) allow_zero: bool,
    /// The relative error in the whole derivative that must not go unseen.
    pub(super) required: f64,
    /// Sizes with names, for diagnoses.
    pub(super) sizes: Vec<(String, usize)>,
    pub(super) method: &'static str,
}

/// What the judge asks for beyond [`Lines`].
pub(super) trait Subject: Lines {
    fn direction(
        &self,
        random: &mut Random,
        blocks: &[Range<usize>],
        relative: bool,
    ) -> Vec<f64>;
    fn claims(&self) -> &[f64];
    fn prepare(&mut self, u: &[f64]);
    fn calls(&self) -> usize;
    fn left_domain(&self) -> bool;
}

/// The relative error in one entry for which more lines are worth their time.
const SHARP: f64 = 3e-9;
/// The most kinks that are listed and left out one by one.
const MOST_KINKS: usize = 64;

/// Judges the claimed gradient. Returns the report and what was found about wrong inputs.
pub(super) fn judge(
    subject: &mut impl Subject,
    rules: &Rules<'_>,
) -> (Report, Vec<Evidence>) {
    let mut report = Report {
        verdict: Verdict::Pass,
        reasons: Vec::new(),
        worst: Vec::new(),
        diagnoses: Vec::new(),
        kinks: Vec::new(),
        units: 0.0,
        resolution: f64::INFINITY,
        method: rules.method,
        entries: rules.layout.len(),
        calls: 0,
        seed: rules.seed,
    };
    let mut random = Random::new(rules.seed);
    let ranges: Vec<Range<usize>> =
        rules.layout.blocks.iter().map(Block::range).collect();
    let mut evidence = Vec::new();
    let first = subject.direction(&mut random, &ranges, false);
    subject.prepare(&first);
    if rules.every_entry {
        evidence = each(subject, rules, &mut report);
    } else {
        let mut frozen: Vec<usize> = Vec::new();
        let mut zero_blocks: Vec<bool> = vec![true; ranges.len()];
        let full = rules.directions.max(1);
        let mut parts_resolution = 0.0_f64;
        for k in 0..full + rules.parts {
            // While a small error could still hide: the entries in a few random parts, one after another.
            // The less moves at once, the farther away are kinks, and the smaller is the rounding error.
            let part = k.checked_sub(full);
            if part == Some(0)
                && (report.resolution <= SHARP || !report.reasons.is_empty())
            {
                break;
            }
            let mut u = match k {
                0 => first.clone(),
                _ => subject.direction(&mut random, &ranges, k % 2 == 1),
            };
            if let Some(part) = part {
                let mut deal = Random::new(rules.seed ^ 0xdea1);
                for u in &mut u {
                    if deal.below(rules.parts) != part {
                        *u = 0.0;
                    }
                }
            }
            freeze(&mut u, &frozen);
            let mut slope = subject.line(&u);
            if part.is_some() && slope.has_kink() {
                // The whole directions have shown every kink at the point: this one is nearby.
                parts_resolution = f64::INFINITY;
                continue;
            }
            let mut gave_up = false;
            while slope.has_kink() && !gave_up {
                let before = frozen.len();
                gave_up = kinks(subject, &u, rules, &mut frozen, &mut report);
                gave_up |= frozen.len() == before;
                freeze(&mut u, &frozen);
                if !gave_up {
                    slope = subject.line(&u);
                }
            }
            if gave_up {
                push(&mut report.reasons, Reason::Kinks);
                continue;
            }
            if part.is_some() {
                if slope.is_known() {
                    report.units = report.units.max(slope.units());
                }
                parts_resolution = parts_resolution.max(resolution(subject, &u, &slope));
                if part == Some(rules.parts - 1) {
                    report.resolution = report.resolution.min(parts_resolution);
                }
            } else {
                observe(
                    subject,
                    &u,
                    &slope,
                    &ranges,
                    &mut zero_blocks,
                    &mut report,
                    rules,
                );
            }
            if slope.units() > Report::THRESHOLD {
                evidence = locate(subject, rules.layout, &u, &slope, rules.seed);
                break;
            }
        }
        for (block, zero) in rules.layout.blocks.iter().zip(zero_blocks) {
            if zero && block.len() > 0 && !rules.allow_zero {
                let input = block.name.clone();
                push(&mut report.reasons, Reason::Unobservable { input });
            }
        }
    }
    conclude(subject, rules, &mut report, &evidence);
    (report, evidence)
}

fn push(reasons: &mut Vec<Reason>, reason: Reason) {
    if !reasons.contains(&reason) {
        reasons.push(reason);
    }
}

fn freeze(u: &mut [f64], frozen: &[usize]) {
    for &index in frozen {
        u[index] = 0.0;
    }
}

/// Notes what one line says about agreement, resolution and observability.
fn observe(
    subject: &impl Subject,
    u: &[f64],
    slope: &Slope,
    ranges: &[Range<usize>],
    zero_blocks: &mut [bool],
    report: &mut Report,
    rules: &Rules<'_>,
) {
    if !slope.is_known() {
        let left_domain = subject.left_domain();
        push(
            &mut report.reasons,
            Reason::TooRough { hidden: f64::INFINITY, left_domain },
        );
        return;
    }
    report.units = report.units.max(slope.units());
    let reach = Report::THRESHOLD * slope.error();
    let claims = subject.claims();
    let whole = norm_of_products(claims, u);
    for (range, zero) in ranges.iter().zip(zero_blocks.iter_mut()) {
        let block = norm_of_products(&claims[range.clone()], &u[range.clone()]);
        // A block whose whole derivative is within a few error bars was not seen.
        *zero &= block <= 4.0 * slope.error();
    }
    report.resolution = report.resolution.min(resolution(subject, u, slope));
    if reach > rules.required * whole && slope.units() <= Report::THRESHOLD && whole > 0.0
    {
        let left_domain = subject.left_domain();
        push(
            &mut report.reasons,
            Reason::TooRough { hidden: reach / whole, left_domain },
        );
    }
}

/// The relative error in one entry that a line would have shown, for the entry of median size (of those
/// that are not zero).
fn resolution(subject: &impl Subject, u: &[f64], slope: &Slope) -> f64 {
    let terms = subject.claims().iter().zip(u).map(|(g, u)| (g * u).abs());
    let terms: Vec<f64> = terms.filter(|term| *term > 0.0).collect();
    let median = median(terms.into_iter());
    if median > 0.0 && slope.is_known() {
        Report::THRESHOLD * slope.error() / median
    } else {
        f64::INFINITY
    }
}

/// Looks at every entry.
fn each(
    subject: &mut impl Subject,
    rules: &Rules<'_>,
    report: &mut Report,
) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    let mut resolutions = Vec::new();
    for block in &rules.layout.blocks {
        let mut looks: Vec<Look> = Vec::with_capacity(block.len());
        let mut unknown = false;
        let mut seen = block.len() == 0;
        for index in block.range() {
            let (found, slope) = look(subject, index, block);
            if slope.has_kink() {
                report.kinks.push(kink(subject, rules.layout, index, &slope));
                continue;
            }
            if !slope.is_known() {
                unknown = true;
                continue;
            }
            let size = found.analytic.abs().max(found.numeric.abs());
            seen |= size > 4.0 * found.error;
            if size > 0.0 {
                resolutions.push(Report::THRESHOLD * found.error / size);
            }
            report.units = report.units.max(found.units());
            looks.push(found);
        }
        if unknown {
            let left_domain = subject.left_domain();
            let reason = Reason::TooRough { hidden: f64::INFINITY, left_domain };
            push(&mut report.reasons, reason);
        }
        // Entry by entry, what could hide is judged against the block's largest entries.
        let size = looks.iter().map(|l| l.numeric.abs()).fold(0.0, f64::max);
        let error = looks.iter().map(|l| l.error).fold(0.0, f64::max);
        let agrees = looks.iter().all(|look| !look.is_wrong());
        if agrees && seen && Report::THRESHOLD * error > rules.required * size {
            let hidden = Report::THRESHOLD * error / size;
            let left_domain = subject.left_domain();
            push(&mut report.reasons, Reason::TooRough { hidden, left_domain });
        }
        if !seen && !looks.is_empty() && !rules.allow_zero && agrees {
            let input = block.name.clone();
            push(&mut report.reasons, Reason::Unobservable { input });
        }
        if !agrees {
            let wrong: Vec<usize> =
                looks.iter().filter(|l| l.is_wrong()).map(|l| l.index).collect();
            let single = if let [index] = wrong[..] { Some(index) } else { None };
            let complete = looks.len() == block.len();
            evidence.push(Evidence { block: block.clone(), looks, complete, single });
        }
    }
    if !resolutions.is_empty() {
        let middle = resolutions.len() / 2;
        let (_, median, _) = resolutions.select_nth_unstable_by(middle, f64::total_cmp);
        report.resolution = *median;
    }
    evidence
}

/// Finds the entries with kinks along `u` by halving; true where there are too many.
fn kinks(
    subject: &mut impl Subject,
    u: &[f64],
    rules: &Rules<'_>,
    frozen: &mut Vec<usize>,
    report: &mut Report,
) -> bool {
    let whole: Range<usize> = 0..u.len();
    let mut stack = Vec::from([whole]);
    while let Some(range) = stack.pop() {
        let part: Vec<f64> = u
            .iter()
            .enumerate()
            .map(|(k, &u)| if range.contains(&k) { u } else { 0.0 })
            .collect();
        if part.iter().all(|&u| u == 0.0) {
            continue;
        }
        if range.len() > 1 {
            if subject.line(&part).has_kink() {
                let middle = range.start + range.len() / 2;
                stack.push(middle..range.end);
                stack.push(range.start..middle);
            }
            continue;
        }
        if let Some((block, _, _)) = rules.layout.place(range.start) {
            let (_, slope) = look(subject, range.start, block);
            if slope.has_kink() {
                let found = kink(subject, rules.layout, range.start, &slope);
                report.kinks.push(found);
                frozen.push(range.start);
            }
        }
        if frozen.len() > MOST_KINKS {
            return true;
        }
    }
    false
}

fn kink(subject: &impl Subject, layout: &Layout, index: usize, slope: &Slope) -> Kink {
    let analytic = subject.claimed(index);
    let block = layout.place(index).map(|(block, _, _)| block);
    let scale = block.map_or(1.0, |block| subject.axis(index, block)[index]);
    let middle = analytic + slope.residual.value / scale;
    let half = slope.jump.value / scale / 2.0;
    let (left, right) = (middle - half, middle + half);
    let room = Report::THRESHOLD * (slope.error() + slope.jump.error()) / scale.abs()
        + 1e-12 * half.abs();
    let between =
        analytic >= left.min(right) - room && analytic <= left.max(right) + room;
    Kink { place: place(layout, index), left, right, analytic, between }
}

pub(super) fn place(layout: &Layout, index: usize) -> Place {
    match layout.place(index) {
        Some((block, row, col)) => Place { input: block.name.clone(), row, col },
        None => Place { input: String::new(), row: index, col: 0 },
    }
}

/// Draws the conclusion from everything noted.
fn conclude(
    subject: &impl Subject,
    rules: &Rules<'_>,
    report: &mut Report,
    evidence: &[Evidence],
) {
    let mut worst: Vec<Look> = evidence
        .iter()
        .flat_map(|e| e.looks.iter().filter(|look| look.is_wrong()).copied())
        .collect();
    worst.sort_by(|a, b| b.units().total_cmp(&a.units()));
    report.worst = worst
        .iter()
        .take(8)
        .map(|look| Entry {
            place: place(rules.layout, look.index),
            analytic: look.analytic,
            numeric: look.numeric,
            error: look.error,
        })
        .collect();
    for found in evidence {
        let block = &found.block;
        let claimed = |row: usize, col: usize| {
            subject.claimed(block.start + (row + col * block.rows).min(block.len() - 1))
        };
        let diagnosis = diagnose(found, claimed, &rules.sizes);
        report.diagnoses.push((block.name.clone(), diagnosis));
    }
    let outside = report.kinks.iter().any(|kink| !kink.between);
    let failed = report.units > Report::THRESHOLD || outside;
    if failed {
        report.reasons.retain(|reason| !matches!(reason, Reason::Unobservable { .. }));
        let units = report.units;
        if units > Report::THRESHOLD {
            report.reasons.insert(0, Reason::Disagreement { units });
        }
    }
    if !report.kinks.is_empty() && (outside || !rules.accept_subgradients) {
        push(&mut report.reasons, Reason::Kinks);
    }
    report.calls = subject.calls();
    report.verdict = if failed {
        Verdict::Fail
    } else if report.reasons.is_empty() {
        Verdict::Pass
    } else {
        Verdict::Inconclusive
    };
    if failed && report.diagnoses.is_empty() && report.units > Report::THRESHOLD {
        report.diagnoses.push(("the derivative".to_owned(), Diagnosis::Unknown));
    }
}
