//! Remembers verdicts from one document to the next.
//!
//! **Invariant:** a verdict is found again only for the same text, places, givens and options, and
//! the prover is deterministic: what is remembered never changes an answer.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::proof::{Claim, Layout, Options, Verdict, check_claim};

/// How many verdicts are kept; a class asks the same few thousand again and again.
const MOST: usize = 20_000;
/// Longer questions are not kept: memory is bounded.
const LONGEST: usize = 16 << 10;

/// Verdicts that were found already.
#[derive(Debug, Default)]
pub struct Memory {
    verdicts: Mutex<HashMap<String, Verdict>>,
}

/// The layout policy, and the memory where there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Court<'m> {
    pub(super) layout: Layout,
    pub(super) memory: Option<&'m Memory>,
    /// Whether the document writes its sums out somewhere.
    pub(super) writes_sums: bool,
    /// Whether mistakes are to be named.
    pub(super) naming: bool,
}

impl Court<'_> {
    /// The prover's verdict, remembered or found.
    pub(super) fn decide(self, claim: &Claim<'_>, options: &Options) -> Verdict {
        let Some(memory) = self.memory else { return check_claim(claim, options) };
        let key = format!(
            "{}\n{:?} {:?} {:?} {options:?}\n{:?}",
            claim.source, claim.lhs.span, claim.rhs.span, claim.condition, claim.givens
        );
        if key.len() > LONGEST {
            return check_claim(claim, options);
        }
        if let Ok(known) = memory.verdicts.lock()
            && let Some(verdict) = known.get(&key)
        {
            return verdict.clone();
        }
        let verdict = check_claim(claim, options);
        if let Ok(mut known) = memory.verdicts.lock()
            && known.len() < MOST
        {
            known.insert(key, verdict.clone());
        }
        verdict
    }
}
