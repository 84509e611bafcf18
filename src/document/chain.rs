//! Rows of a formula to statements: `a = b = c`, rows that begin with `=`, `⇒` between views.
//!
//! **Invariant:** every equality sign between two sides becomes exactly one step, in the order of the
//! text; a side that belongs to the row above is found there.

use crate::language::ast::{Chain, Condition, Expr, Relation, Span};

/// What a formula says, one sign at a time.
#[derive(Clone, Debug, PartialEq)]
pub enum Step<'c> {
    /// `a = b`.
    Equal(Sides<'c>),
    /// `a ⇒ b` where one of them stands alone: the same thing seen as an object and by entries.
    View(Sides<'c>),
    /// `a := b` (for `b =: a` too).
    Define(Sides<'c>),
    /// A sign that claims no equality: `≤`, `≈`, `→`; the sign as written.
    Other(Sides<'c>, &'static str),
    /// An expression without any sign.
    Alone(&'c Expr),
    /// A sign with nothing on one side of it.
    Lacking(Span),
}

/// The two sides of a sign, and the condition of the row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sides<'c> {
    /// What stands before the sign.
    pub left: &'c Expr,
    /// What stands behind it.
    pub right: &'c Expr,
    /// The place of the sign.
    pub sign: Span,
    /// `for j ≠ i`, where the row says so.
    pub condition: Option<&'c Condition>,
}

/// The statements of a formula's rows, in order.
pub fn steps<'c>(rows: impl IntoIterator<Item = &'c Chain>) -> Vec<Step<'c>> {
    let mut walk = Walk { steps: Vec::new(), last: None, pending: None };
    for row in rows {
        walk.row(row);
    }
    if let Some((_, _, sign)) = walk.pending {
        walk.steps.push(Step::Lacking(sign));
    }
    walk.steps
}

struct Walk<'c> {
    steps: Vec<Step<'c>>,
    /// The last side of the rows above.
    last: Option<&'c Expr>,
    /// A row ended with this side and this sign.
    pending: Option<(&'c Expr, Relation, Span)>,
}

impl<'c> Walk<'c> {
    fn row(&mut self, row: &'c Chain) {
        let pending = self.pending.take();
        let first = row.sides.first().and_then(Option::as_ref);
        if let Some((left, relation, sign)) = pending {
            match first {
                Some(right) => {
                    let lone = (true, row.signs.is_empty());
                    let sides =
                        Sides { left, right, sign, condition: row.condition.as_ref() };
                    self.step(relation, sides, lone);
                }
                None => self.steps.push(Step::Lacking(sign)),
            }
        }
        if row.signs.is_empty() {
            if let Some(alone) = first {
                if pending.is_none() {
                    self.steps.push(Step::Alone(alone));
                }
                self.last = Some(alone);
            }
            return;
        }
        let equality = |at: Option<usize>| {
            at.and_then(|at| row.signs.get(at)).is_some_and(|(relation, _)| {
                matches!(relation, Relation::Equal | Relation::Define)
            })
        };
        for (at, (relation, sign)) in row.signs.iter().enumerate() {
            let above = at == 0 && first.is_none();
            let left = row.sides[at].as_ref().or(if at == 0 { self.last } else { None });
            let right = row.sides.get(at + 1).and_then(Option::as_ref);
            let (Some(left), Some(right)) = (left, right) else {
                let conclusion =
                    matches!(relation, Relation::Implies | Relation::Equivalent);
                match (left, right) {
                    (Some(left), None) if at + 1 == row.signs.len() => {
                        self.pending = Some((left, *relation, *sign));
                    }
                    // A row may begin with ⇒ and have nothing above it.
                    (None, Some(_)) if conclusion => {}
                    _ => self.steps.push(Step::Lacking(*sign)),
                }
                continue;
            };
            let left_alone = !above && !equality(at.checked_sub(1));
            let right_alone = !equality(Some(at + 1));
            let sides =
                Sides { left, right, sign: *sign, condition: row.condition.as_ref() };
            self.step(*relation, sides, (left_alone, right_alone));
        }
        if let Some(last) = row.sides.last().and_then(Option::as_ref) {
            self.last = Some(last);
        }
    }

    fn step(&mut self, relation: Relation, sides: Sides<'c>, alone: (bool, bool)) {
        match relation {
            Relation::Equal => self.steps.push(Step::Equal(sides)),
            Relation::Define => self.steps.push(Step::Define(sides)),
            Relation::Implies | Relation::Equivalent => {
                if alone.0 || alone.1 {
                    self.steps.push(Step::View(sides));
                }
            }
            Relation::Other(sign) => self.steps.push(Step::Other(sides, sign)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::ast::Kind;

    /// Rows such as `"a = b = c"`, `"= d"`, `"a ⇒ b = c"`, with single names as sides.
    fn chains(rows: &[&str]) -> Vec<Chain> {
        rows.iter()
            .map(|row| {
                let mut sides = Vec::new();
                let mut signs = Vec::new();
                let mut side = None;
                for word in row.split_whitespace() {
                    let relation = match word {
                        "=" => Relation::Equal,
                        ":=" => Relation::Define,
                        "⇒" => Relation::Implies,
                        "≤" => Relation::Other("≤"),
                        name => {
                            let kind = Kind::Name(name.to_owned());
                            side = Some(Expr { kind, span: Span::default() });
                            continue;
                        }
                    };
                    sides.push(side.take());
                    signs.push((relation, Span::default()));
                }
                sides.push(side);
                Chain { sides, signs, condition: None }
            })
            .collect()
    }

    fn said(rows: &[&str]) -> Vec<String> {
        let name = |expr: &Expr| match &expr.kind {
            Kind::Name(name) => name.clone(),
            _ => String::new(),
        };
        let both = |sides: &Sides<'_>, sign: &str| {
            format!("{}{sign}{}", name(sides.left), name(sides.right))
        };
        steps(&chains(rows))
            .iter()
            .map(|step| match step {
                Step::Equal(sides) => both(sides, "="),
                Step::View(sides) => both(sides, "⇒"),
                Step::Define(sides) => both(sides, ":="),
                Step::Other(sides, sign) => both(sides, sign),
                Step::Alone(expr) => name(expr),
                Step::Lacking(_) => "?".to_owned(),
            })
            .collect()
    }

    #[test]
    fn a_chain_has_a_relation_for_every_sign() {
        assert_eq!(said(&["a = b = c"]), ["a=b", "b=c"]);
        assert_eq!(said(&["a := b = c"]), ["a:=b", "b=c"]);
        assert_eq!(said(&["a ≤ b = c"]), ["a≤b", "b=c"]);
    }

    #[test]
    fn rows_go_on_from_the_row_above() {
        assert_eq!(said(&["a = b", "= c", "= d = e"]), ["a=b", "b=c", "c=d", "d=e"]);
        assert_eq!(said(&["a", "= b"]), ["a", "a=b"]);
        assert_eq!(said(&["a =", "b = c"]), ["a=b", "b=c"]);
        assert_eq!(said(&["a = b", "c = d"]), ["a=b", "c=d"]);
    }

    #[test]
    fn an_arrow_is_a_view_where_one_side_stands_alone() {
        assert_eq!(said(&["a ⇒ b = c"]), ["a⇒b", "b=c"]);
        assert_eq!(said(&["a = b ⇒ c = d"]), ["a=b", "c=d"]);
        assert_eq!(said(&["a = b ⇒ c"]), ["a=b", "b⇒c"]);
        assert_eq!(said(&["a = b", "⇒ c = d"]), ["a=b", "c=d"]);
        assert_eq!(said(&["a = b", "⇒ c"]), ["a=b", "b⇒c"]);
        assert_eq!(said(&["⇒ a = b"]), ["a=b"]);
    }

    #[test]
    fn a_sign_without_a_side_is_reported() {
        assert_eq!(said(&["= a"]), ["?"]);
        assert_eq!(said(&["a = b ="]), ["a=b", "?"]);
        assert_eq!(said(&["a = = b"]), ["?", "?"]);
    }
}
