//! A guess at the mistake, from the pattern of claimed and measured entries.

use super::locate::{Evidence, Look};
use super::report::Diagnosis;

/// Names the mistake in one input's derivative. `claimed` gives the claimed entry at (row, column);
/// `sizes` are the named sizes a forgotten factor may be made of.
pub(super) fn diagnose(
    evidence: &Evidence,
    claimed: impl Fn(usize, usize) -> f64,
    sizes: &[(String, usize)],
) -> Diagnosis {
    let block = &evidence.block;
    let place = |look: &Look| {
        let inside = look.index - block.start;
        (inside % block.rows, inside / block.rows)
    };
    let looks = &evidence.looks;
    let wrong: Vec<&Look> = looks.iter().filter(|look| look.is_wrong()).collect();
    if evidence.single.is_some() && block.len() > 1 {
        return Diagnosis::OneEntry;
    }
    if wrong.is_empty() {
        return Diagnosis::Unknown;
    }
    let scale = looks.iter().map(|l| l.numeric.abs()).fold(0.0, f64::max);
    // Within a millionth, or what the error bars allow: patterns need not be as sharp as verdicts.
    let near = |a: f64, look: &Look| {
        (a - look.numeric).abs()
            <= 1e-6 * scale.max(look.numeric.abs()) + 8.0 * look.error
    };
    if wrong.iter().all(|look| look.analytic == 0.0)
        && looks.iter().all(|look| look.analytic == 0.0)
    {
        return Diagnosis::Missing;
    }
    if let Some(found) = factor(looks, scale, sizes) {
        return found;
    }
    if block.rows == block.cols
        && block.rows > 1
        && looks.iter().all(|look| {
            let (row, col) = place(look);
            near(claimed(col, row), look)
        })
    {
        return Diagnosis::Transposed;
    }
    if block.rows > 1
        && block.cols > 1
        && looks.iter().all(|look| {
            let (row, col) = place(look);
            let stored = row * block.cols + col;
            near(claimed(stored % block.rows, stored / block.rows), look)
        })
    {
        return Diagnosis::MemoryOrder;
    }
    let off = wrong[0].analytic - wrong[0].numeric;
    if looks.len() > 2 && looks.iter().all(|look| near(look.analytic - off, look)) {
        return Diagnosis::Offset(off);
    }
    if wrong.len() > 1 && block.len() > 1 {
        let (row, col) = place(wrong[0]);
        if block.rows > 1 && wrong.iter().all(|look| place(look).0 == row) {
            return Diagnosis::OneRow(row);
        }
        if block.cols > 1 && wrong.iter().all(|look| place(look).1 == col) {
            return Diagnosis::OneColumn(col);
        }
    }
    if wrong.len() > 1 && wrong.iter().all(|look| look.analytic == 0.0) {
        return Diagnosis::WronglyZero;
    }
    if wrong.len() > 1
        && wrong.len() < looks.len()
        && wrong.iter().all(|look| look.numeric.abs() <= 8.0 * look.error)
    {
        return Diagnosis::MissingMask;
    }
    if evidence.complete && rank_one(evidence) {
        return Diagnosis::RankOne;
    }
    Diagnosis::Unknown
}

/// One factor between all claimed and measured entries, with a name where it is made of sizes.
fn factor(looks: &[Look], scale: f64, sizes: &[(String, usize)]) -> Option<Diagnosis> {
    // The factor from the largest measured entry; it must explain all the others.
    let largest =
        looks.iter().max_by(|a, b| a.numeric.abs().total_cmp(&b.numeric.abs()))?;
    if largest.numeric == 0.0 || largest.analytic == 0.0 {
        return None;
    }
    let factor = largest.analytic / largest.numeric;
    let fits = looks.iter().all(|look| {
        let room = 1e-6 * scale + 8.0 * look.error;
        (look.analytic - factor * look.numeric).abs() <= room * factor.abs().max(1.0)
    });
    if !fits || looks.len() < 2 && sizes.is_empty() {
        return None;
    }
    if (factor + 1.0).abs() < 1e-6 {
        return Some(Diagnosis::Sign);
    }
    if (factor - 1.0).abs() < 1e-6 {
        return None;
    }
    let is = |value: f64| (factor / value - 1.0).abs() < 1e-5;
    for (name, size) in sizes {
        let size = *size as f64;
        if size < 2.0 {
            continue;
        }
        let candidates = [
            (size, name.clone()),
            (1.0 / size, format!("1/({name})")),
            (size.sqrt(), format!("√({name})")),
            (1.0 / size.sqrt(), format!("1/√({name})")),
            (-size, format!("−({name})")),
            (-1.0 / size, format!("−1/({name})")),
        ];
        for (value, text) in candidates {
            // A root that is a whole number is more likely just that number: two is no root of four.
            let chance = text.contains('√') && size.sqrt().fract() == 0.0;
            if is(value) && !chance {
                return Some(Diagnosis::Factor(factor, Some(text)));
            }
        }
    }
    Some(Diagnosis::Factor(factor, None))
}

/// Whether the difference of claimed and measured has rank one (and more than one row and column).
fn rank_one(evidence: &Evidence) -> bool {
    let block = &evidence.block;
    if block.rows < 2 || block.cols < 2 {
        return false;
    }
    let off: Vec<f64> = evidence.looks.iter().map(|l| l.numeric - l.analytic).collect();
    let at = |i: usize, j: usize| off[i + j * block.rows];
    let Some(pivot) =
        (0..off.len()).max_by(|&a, &b| off[a].abs().total_cmp(&off[b].abs()))
    else {
        return false;
    };
    let (p, q) = (pivot % block.rows, pivot / block.rows);
    let error = evidence.looks.iter().map(|l| l.error).fold(0.0, f64::max);
    let room = 1e-6 * off[pivot].abs() + 16.0 * error;
    (0..block.rows).all(|i| {
        (0..block.cols).all(|j| (at(i, j) - at(i, q) * at(p, j) / at(p, q)).abs() <= room)
    })
}
