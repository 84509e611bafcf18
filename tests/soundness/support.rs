//! Claims as text, judged.

use gradproof::language::ast::Expr;
use gradproof::language::{parse_claim, parse_givens};
use gradproof::proof::{self, Attempt, Layout, Options, Verdict};
use gradproof::shape::{Elaborated, Givens, Reading, relation};

/// The givens, one text each; a text that cannot be read is left out.
pub(crate) fn givens<'a>(texts: impl IntoIterator<Item = &'a str>) -> Givens {
    let mut givens = Givens::new();
    for text in texts {
        let Ok(parsed) = parse_givens(text, &givens) else { continue };
        for given in parsed {
            let _ = givens.add(&given);
        }
    }
    givens
}

/// Both sides of a claim, if it is a relation of two.
pub(crate) fn sides(givens: &Givens, claim: &str) -> Option<(Expr, Expr)> {
    let (chain, _) = parse_claim(claim, givens);
    match chain.sides.as_slice() {
        [Some(l), Some(r)] => Some((l.clone(), r.clone())),
        _ => None,
    }
}

/// The verdict, without the search for a diagnosis.
pub(crate) fn judge(givens: &Givens, claim: &str, layout: Layout) -> Option<Verdict> {
    let (l, r) = sides(givens, claim)?;
    let options = Options { layout, diagnose: false, ..Options::default() };
    Some(proof::check(givens, claim, &l, &r, &options))
}

/// The relation in its plainest reading; a size that nothing gives is the only one there is.
pub(crate) fn elaborated(givens: &Givens, claim: &str) -> Option<Elaborated> {
    let (l, r) = sides(givens, claim)?;
    let read = |reading| relation(givens, &l, &r, None, reading).ok();
    let plain = read(Reading::default())?;
    match plain.sizes_at_hand().as_slice() {
        [size] if plain.open_sizes => {
            read(Reading { open_as: Some(*size), ..Reading::default() })
        }
        _ => Some(plain),
    }
}

/// Whether the algebra alone, without the comparison at points, proves the relation.
pub(crate) fn algebra_proves(relation: &Elaborated) -> bool {
    matches!(proof::prove(relation, false), Attempt::Proved(_))
}

/// Random numbers from a seed (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }
}
