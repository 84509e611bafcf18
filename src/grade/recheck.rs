//! Lets single relations of a part be judged by the assignment's own givens, and remembers what came
//! of it: a class writes the same relations again and again.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::language::parse_claim;
use crate::proof::{Layout, Options, Verdict, check};
use crate::shape::Givens;

/// How many verdicts are remembered; a class writes fewer.
const MOST: usize = 20_000;

/// Verdicts by part, relation and options.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<HashMap<String, Option<Verdict>>>);

/// The judge of one part's relations.
#[derive(Clone, Copy)]
pub(super) struct Recheck<'a> {
    pub(super) part: &'a str,
    pub(super) givens: &'a Givens,
    pub(super) layout: Layout,
    pub(super) memory: &'a Memory,
}

impl Recheck<'_> {
    /// The verdict on `lhs = rhs`; `None` where that is not one relation. With `einstein`, repeated
    /// indices are summed first; otherwise only where nothing else is well-formed.
    pub(super) fn relation(
        &self,
        lhs: &str,
        rhs: &str,
        einstein: bool,
    ) -> Option<Verdict> {
        let text = format!("\\relax {lhs} = {rhs}");
        let key = format!("{}\n{einstein}\n{text}", self.part);
        if let Ok(known) = self.memory.0.lock()
            && let Some(verdict) = known.get(&key)
        {
            return verdict.clone();
        }
        let verdict = self.judge(&text, einstein);
        if let Ok(mut known) = self.memory.0.lock()
            && known.len() < MOST
        {
            known.insert(key, verdict.clone());
        }
        verdict
    }

    fn judge(&self, text: &str, einstein: bool) -> Option<Verdict> {
        let (mut chain, _) = parse_claim(text, self.givens);
        let (rhs, lhs) = (chain.sides.pop().flatten()?, chain.sides.pop().flatten()?);
        let options = Options { layout: self.layout, einstein, ..Options::default() };
        Some(check(self.givens, text, &lhs, &rhs, &options))
    }
}
