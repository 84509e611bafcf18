//! From "something is wrong along this line" to the entry that is wrong.
//!
//! A single wrong entry is read off like an error in a coded message: the residual along u weighted by
//! the entries' numbers, over the residual along u, is its number, as sharply as the error bars allow;
//! the entries within reach are weighted again, until there is one, and one more look confirms it. Several
//! wrong entries are found by halving the direction's support. Small inputs are looked at entry by entry.

use std::ops::Range;

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
    if let Some((look, true)) = pinpoint(lines, layout, 0..u.len(), u, whole)
        && let Some((block, _, _)) = layout.place(look.index)
    {
        let single = Some(look.index);
        let block = block.clone();
        return vec![Evidence { block, looks: vec![look], complete: false, single }];
    }
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
        found.push(inside(lines, layout, block, &part, &slope, seed));
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
    layout: &Layout,
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
    if let Some((found, alone)) = pinpoint(lines, layout, block.range(), u, whole) {
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

/// The single wrong entry by its number, confirmed, and whether nothing else along `u` is wrong.
fn pinpoint(
    lines: &mut impl Lines,
    layout: &Layout,
    mut range: Range<usize>,
    u: &[f64],
    whole: &Slope,
) -> Option<(Look, bool)> {
    let mut base = *whole;
    let mut part = vec![0.0; u.len()];
    while range.len() > 1 {
        let count = range.len() as f64;
        part.fill(0.0);
        for (k, (part, u)) in
            part[range.clone()].iter_mut().zip(&u[range.clone()]).enumerate()
        {
            // Weights between 1/2 and 1 keep the line as long as it was.
            *part = u * (0.5 + k as f64 / (2.0 * count));
        }
        let weighted = lines.line(&part);
        let size = base.residual.value.abs();
        let ratio = weighted.residual.value / base.residual.value;
        let at = (ratio - 0.5) * 2.0 * count;
        let error = weighted.error() + ratio.abs() * base.error();
        let reach = 0.5 + 3.0 * error / size * 2.0 * count;
        // Beyond the ends there is no entry; far short of halving it is not worth going on.
        let fits = at >= -reach && at <= count - 1.0 + reach && reach < 0.35 * count;
        let first = (at - reach).ceil().max(0.0) as usize;
        let last = (at + reach).floor().min(count - 1.0) as usize;
        if !fits || last < first || last - first + 1 >= range.len() {
            return None;
        }
        range = range.start + first..range.start + last + 1;
        if range.len() > 1 {
            part.fill(0.0);
            part[range.clone()].copy_from_slice(&u[range.clone()]);
            base = lines.line(&part);
            if !wrong(&base) {
                return None;
            }
        }
    }
    let index = range.start;
    let (block, _, _) = layout.place(index)?;
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
