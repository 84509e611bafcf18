//! Indices that are computed: `x_{i+j-1}`, `\delta_{l, i+j-1}`.

use super::{Elaborator, Result, peel};
use crate::language::ast::{Comparison, Condition, Expr, Kind, Span, SumIndex, Times};
use crate::shape::Shaped;

impl Elaborator<'_> {
    /// `x_{i+j-1}`: the sum of `x_l` over the l that equal `i + j - 1`; 0 where that is no index.
    pub(super) fn computed_entry(
        &mut self,
        base: &Expr,
        indices: &[Expr],
        at: usize,
        span: Span,
    ) -> Result<Shaped> {
        let letter = format!("…{}", self.table.indices.len());
        let named = Expr { kind: Kind::Name(letter.clone()), span: indices[at].span };
        let holds = self.computed_equality(&named, &indices[at]);
        let mut indices = indices.to_vec();
        indices[at] = named;
        let entry = Expr { kind: Kind::Entry(Box::new(base.clone()), indices), span };
        let product = Kind::Product(Box::new(entry), Times::Juxtaposed, Box::new(holds));
        let body = Expr { kind: product, span };
        let index =
            SumIndex { name: letter, span, from: None, to: None, not_equal: Vec::new() };
        self.big_sum(std::slice::from_ref(&index), &body, span)
    }

    /// `[l = i + j - 1]`, with the letters of the right side as indices.
    pub(super) fn computed_equality(&mut self, letter: &Expr, computed: &Expr) -> Expr {
        for node in letter.nodes().into_iter().chain(computed.nodes()) {
            if let Kind::Name(name) = &node.kind
                && !name.starts_with('…')
                && !self.givens.contains(name)
                && !self.givens.is_dimension(name)
            {
                self.letter(name);
            }
        }
        let condition = Condition::Compare(
            Box::new(letter.clone()),
            Comparison::Equal,
            Box::new(computed.clone()),
        );
        Expr { kind: Kind::Indicator(condition), span: computed.span }
    }
}

/// Whether an index is computed from letters and numbers: `i + j - 1`.
pub(super) fn is_computed(index: &Expr) -> bool {
    let Kind::Add(terms) = &peel(index).kind else { return false };
    terms.len() > 1
        && terms
            .iter()
            .all(|(_, term)| matches!(peel(term).kind, Kind::Name(_) | Kind::Number(_)))
        && terms.iter().any(|(_, term)| matches!(peel(term).kind, Kind::Name(_)))
}
