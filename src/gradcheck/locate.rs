//! From "something is wrong along this line" to the entry that is wrong.
//!
//! A single wrong entry is read off like an error in a coded message: the residual along u, and along u
//! weighted by row numbers and by column numbers, give its row and column as quotients, and one more
//! look confirms it. Several wrong entries are found by halving the direction's support. Small inputs
//! are simply looked at entry by entry.

use super::Report;
use super::field::Slope;
use super::random::Random;
use super::tensors::{Block, Layout};

/// One entry looked at: flat index, claimed and measured derivative, error bar of their difference.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) index: usize,
    pub(super) analytic: f64,
    pub(super) numeric: f64,
    pub(super) error: f64,
}

impl Look {
    pub(super) fn units(&self) -> f64 {
        let off = (self.numeric - self.analytic).abs();
        if off == 0.0 { 0.0 } else { off / self.error }
    }

    pub(super) fn is_wrong(&self) -> bool {
        self.units() > Report::THRESHOLD
    }
}

/// What is known about one wrong input.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    pub(super) block: Block,
    pub(super) looks: Vec<Look>,
    /// Whether every entry of the block was looked at.
    pub(super) complete: bool,
    /// The one wrong entry, where it was shown that there is no other.
    pub(super) single: Option<usize>,
}

/// Blocks up to this size are looked at entry by entry.
const SMALL: usize = 256;
/// How many entries of a larger block are looked at.
const SAMPLE: usize = 40;

/// The residual along a direction: what differences and dual numbers both provide.
pub(super) trait Lines {
    fn line(&mut self, u: &[f64]) -> Slope;
    fn axis(&self, index: usize, block: &Block) -> Vec<f64>;
    fn claimed(&self, index: usize) -> f64;
}

/// Looks at one entry.
pub(super) fn look(lines: &mut impl Lines, index: usize, block: &Block) -> (Look, Slope) {
    let u = lines.axis(index, block);
    let slope = lines.line(&u);
    let analytic = lines.claimed(index);
    let look = Look {
        index,
        analytic,
        numeric: analytic + slope.residual.value / u[index],
        error: slope.error() / u[index].abs(),
    };
    (look, slope)
}

/// Finds what is wrong along `u`, input by input.
pub(super) fn locate(
    lines: &mut impl Lines,
    layout: &Layout,
    u: &[f64],
    whole: &Slope,
    seed: u64,
) -> Vec<Evidence> {
    let mut found = Vec::new();
    let several = layout.blocks.iter().filter(|b| b.len() > 0).count() > 1;
    for block in &layout.blocks {
        if block.len() == 0 {
            continue;
        }
        let part = mask(u, |k| block.range().contains(&k));
        let slope = if several { lines.line(&part) } else { *whole };
        if several && !wrong(&slope) {
            continue;
        }
        found.push(inside(lines, block, &part, &slope, seed));
    }
    found
}

fn wrong(slope: &Slope) -> bool {
    slope.units() > Report::THRESHOLD
}

fn mask(u: &[f64], keep: impl Fn(usize) -> bool) -> Vec<f64> {
    u.iter().enumerate().map(|(k, &u)| if keep(k) { u } else { 0.0 }).collect()
}

fn inside(
    lines: &mut impl Lines,
    block: &Block,
    u: &[f64],
    whole: &Slope,
    seed: u64,
) -> Evidence {
    if block.len() <= SMALL {
        let looks: Vec<Look> =
            block.range().map(|index| look(lines, index, block).0).collect();
        let wrongs: Vec<usize> =
            looks.iter().filter(|look| look.is_wrong()).map(|look| look.index).collect();
        let single = if let [index] = wrongs[..] { Some(index) } else { None };
        return Evidence { block: block.clone(), looks, complete: true, single };
    }
    let mut looks = Vec::new();
    let mut single = None;
    if let Some((found, alone)) = decode(lines, block, u, whole) {
        single = alone.then_some(found.index);
        looks.push(found);
    }
    if looks.is_empty()
        && let Some(found) = halve(lines, block, u)
    {
        looks.push(found);
    }
    if single.is_none() {
        sample(lines, block, seed, &mut looks);
    }
    Evidence { block: block.clone(), looks, complete: false, single }
}

/// The single wrong entry by its quotients, confirmed, and whether nothing else is wrong.
fn decode(
    lines: &mut impl Lines,
    block: &Block,
    u: &[f64],
    whole: &Slope,
) -> Option<(Look, bool)> {
    let place = |k: usize| {
        let inside = k - block.start;
        (inside % block.rows, inside / block.rows)
    };
    let mut weighted = |weight: &dyn Fn(usize) -> f64| {
        let range = block.range();
        let weighted: Vec<f64> = u
            .iter()
            .enumerate()
            .map(|(k, &u)| if range.contains(&k) { u * weight(k) } else { 0.0 })
            .collect();
        lines.line(&weighted)
    };
    let mut quotient = |count: usize, of: &dyn Fn(usize) -> usize| {
        if count == 1 {
            return Some(0);
        }
        // Weights between 1/2 and 1 keep the line as long as it was.
        let span = 2.0 * count as f64;
        let slope = weighted(&|k| 0.5 + of(k) as f64 / span);
        let at = (slope.residual.value / whole.residual.value - 0.5) * span;
        let rounded = at.round();
        let fits = (at - rounded).abs() < 0.3 && rounded >= 0.0 && rounded < count as f64;
        fits.then_some(rounded as usize)
    };
    let row = quotient(block.rows, &|k| place(k).0)?;
    let col = quotient(block.cols, &|k| place(k).1)?;
    let index = block.start + row + col * block.rows;
    let (found, _) = look(lines, index, block);
    if !found.is_wrong() {
        return None;
    }
    let rest = lines.line(&mask(u, |k| k != index));
    Some((found, !wrong(&rest)))
}

/// One wrong entry by halving: of the two halves, always the one that is wrong by more error bars.
fn halve(lines: &mut impl Lines, block: &Block, u: &[f64]) -> Option<Look> {
    let mut range = block.range();
    while range.len() > 1 {
        let middle = range.start + range.len() / 2;
        let left = lines.line(&mask(u, |k| (range.start..middle).contains(&k)));
        let right = lines.line(&mask(u, |k| (middle..range.end).contains(&k)));
        let (half, slope) = if left.units() >= right.units() {
            (range.start..middle, left)
        } else {
            (middle..range.end, right)
        };
        if !wrong(&slope) {
            return None;
        }
        range = half;
    }
    let (found, _) = look(lines, range.start, block);
    found.is_wrong().then_some(found)
}

/// Looks at entries across the block, and at the row and the column of what was already found.
fn sample(lines: &mut impl Lines, block: &Block, seed: u64, looks: &mut Vec<Look>) {
    let mut random = Random::new(seed ^ 0x5eed);
    let mut indices: Vec<usize> =
        (0..SAMPLE).map(|_| block.start + random.below(block.len())).collect();
    if let Some(first) = looks.first() {
        let inside = first.index - block.start;
        let (row, col) = (inside % block.rows, inside / block.rows);
        for _ in 0..SAMPLE / 4 {
            indices.push(block.start + random.below(block.rows) + col * block.rows);
            indices.push(block.start + row + random.below(block.cols) * block.rows);
        }
    }
    indices.sort_unstable();
    indices.dedup();
    for index in indices {
        if looks.iter().all(|look| look.index != index) {
            let found = look(lines, index, block).0;
            looks.push(found);
        }
    }
}
