//! Names that a formula sets up by the form of its left sides: `h_t = \tanh(…)` is a name and no
//! entry of `h`, `J(w) = …` a quantity and no product, `\sigma^2 = …` a name and no power.

use super::Reader;
use crate::document::formula::Formula;
use crate::document::names::Uses;
use crate::document::substitution::placed;
use crate::language::ast::Span;
use crate::language::ast::{
    Chain, Delimiter, Expr, Given, Kind, NameKind, Names, Over, Relation, Sign, Times,
    whole,
};
use crate::language::function_word;
use crate::proof::{Claim, Options, Status, check_claim};

impl Reader<'_> {
    /// Notes the names that the rows set up; whether there are new ones, so that the formula reads
    /// differently now.
    pub(super) fn set_up(&mut self, formula: &Formula, chains: &[Chain]) -> bool {
        if self.random {
            return false;
        }
        let mut changed = false;
        for chain in chains {
            for (at, (relation, _)) in chain.signs.iter().enumerate() {
                let begins = at == 0
                    || !matches!(
                        chain.signs[at - 1].0,
                        Relation::Equal | Relation::Define
                    );
                if !begins || !matches!(relation, Relation::Equal | Relation::Define) {
                    continue;
                }
                let (Some(left), Some(Some(right))) =
                    (&chain.sides[at], chain.sides.get(at + 1))
                else {
                    continue;
                };
                if right.has_unread() {
                    continue;
                }
                let left = left.without_groups();
                self.conventions.learn(left, right);
                changed |= self.sets_up_entry(formula, left, right)
                    || self.sets_up_square(left, right)
                    || self.sets_up_quantity(left, right);
            }
        }
        changed
    }

    fn is_open(&self, name: &str) -> bool {
        self.scopes.is_new(name)
            && !self.subscripted.iter().any(|known| known == name)
            && !self.called.iter().any(|known| known == name)
            && !self.conventions.is_quantity(name)
    }

    /// `h_t = …` with a right side that has no index `t`; `z_1 = …`.
    fn sets_up_entry(&mut self, formula: &Formula, left: &Expr, right: &Expr) -> bool {
        let Kind::Entry(base, indices) = &left.kind else { return false };
        let (Kind::Name(name), [index]) =
            (&base.without_groups().kind, indices.as_slice())
        else {
            return false;
        };
        // No index is Greek: `L_\lambda` is a name beside a given `L`.
        let label = matches!(&index.kind, Kind::Name(letter) if letter.len() > 1);
        if !(self.scopes.is_new(name) || label) || self.cased(name).is_some() {
            return false;
        }
        let mut letters = Uses::default();
        letters.add_index(index);
        // `t` of a given `h_t` is the number of a step, also in `a_t`.
        let known_label = |letter: &String| {
            let end = format!("_{letter}");
            self.subscripted.iter().any(|name| name.ends_with(&end))
                || self.scopes.force().names().any(|name| name.ends_with(&end))
        };
        let steps: Vec<String> = letters
            .indices
            .iter()
            .filter(|letter| known_label(letter))
            .cloned()
            .collect();
        letters.indices.retain(|letter| !steps.contains(letter));
        let mut changed = false;
        for node in right.nodes() {
            if let Kind::Entry(base, indices) = &node.kind
                && let (Kind::Name(name), [index]) = (&base.kind, indices.as_slice())
                && matches!(&index.kind, Kind::Name(letter) if steps.contains(letter))
                && self.scopes.is_new(name)
                && let Some(script) = spelled(index)
                && self.is_open(&format!("{name}_{script}"))
            {
                self.subscripted.push(format!("{name}_{script}"));
                changed = true;
            }
        }
        let mut uses = Uses::of(right);
        uses.indices.retain(|letter| letters.indices.contains(letter));
        uses.values.retain(|value| letters.indices.contains(value));
        let unused = uses.indices.is_empty() && uses.values.is_empty();
        if !(label || unused) {
            return changed;
        }
        let Some(script) = spelled(index) else { return changed };
        let full = format!("{name}_{script}");
        if !self.is_open(&full) || formula.text().is_empty() {
            return changed;
        }
        self.subscripted.push(full);
        true
    }

    /// `\sigma^2 = …`, `\sigma_j^2 = …`.
    fn sets_up_square(&mut self, left: &Expr, right: &Expr) -> bool {
        let Kind::Power(base, exponent) = &left.kind else { return false };
        if self.sets_up_labelled_square(base, exponent, right) {
            return true;
        }
        let name = match &base.without_groups().kind {
            Kind::Name(name) => name,
            Kind::Entry(base, _) => match &base.without_groups().kind {
                Kind::Name(name) => name,
                _ => return false,
            },
            _ => return false,
        };
        let two =
            matches!(&exponent.without_groups().kind, Kind::Number(n) if *n == whole(2));
        let square = format!("{name}^2");
        if !two || !self.is_open(name) || !self.is_open(&square) {
            return false;
        }
        if Uses::of(right).values.contains(name) || self.cased(name).is_some() {
            return false;
        }
        self.conventions.add_square(name);
        self.subscripted.push(square);
        true
    }

    /// `\sigma_B^2 = …` with a right side that has no index B: a square with a label.
    fn sets_up_labelled_square(
        &mut self,
        base: &Expr,
        exponent: &Expr,
        right: &Expr,
    ) -> bool {
        let Kind::Entry(root, indices) = &base.without_groups().kind else {
            return false;
        };
        let (Kind::Name(name), [index]) =
            (&root.without_groups().kind, indices.as_slice())
        else {
            return false;
        };
        let two =
            matches!(&exponent.without_groups().kind, Kind::Number(n) if *n == whole(2));
        let Some(label) = spelled(index) else { return false };
        let uses = Uses::of(right);
        let full = format!("{name}_{label}");
        let square = format!("{full}^2");
        let unused = !uses.indices.contains(&label) && !uses.values.contains(&label);
        if !two || !unused || !self.is_open(&full) || !self.is_open(&square) {
            return false;
        }
        self.conventions.add_square(&full);
        self.subscripted.extend([full, square]);
        true
    }

    /// `s(t) = \log(1 + e^t)` computes with one number: s is a function.
    fn sets_up_function(&mut self, name: &str, argument: &str, right: &Expr) -> bool {
        let number = self.scopes.is_new(argument)
            || self.scopes.force().kind(argument) == Some(NameKind::Scalar);
        if !number || !is_pointwise(right, argument) || self.cased(name).is_some() {
            return false;
        }
        self.called.push(name.to_owned());
        true
    }

    /// Whether `f(y) = …` says truly what the known `f(x)` is at `y`; else it is another quantity.
    fn is_application(&self, name: &str, of: &[String], right: &Expr) -> bool {
        let Some(mut left) = self.conventions.at(name, of, right.span) else {
            return true;
        };
        let mut right = right.clone();
        let known = self.known();
        self.conventions.spell_out(&mut left, &known);
        self.conventions.spell_out(&mut right, &known);
        let relation = Claim {
            givens: self.scopes.force(),
            source: "",
            lhs: &placed(&left, Span::default()),
            rhs: &placed(&right, Span::default()),
            condition: None,
        };
        let options = Options { diagnose: false, ..Options::default() };
        let verdict = check_claim(&relation, &options);
        matches!(verdict.status, Status::Proved | Status::Agrees)
    }

    /// Whether an argument of a quantity has another shape than the one that it was introduced with:
    /// then the quantity is another.
    fn is_of_another_kind(&self, name: &str, of: &[String]) -> bool {
        let shape = |name: &String| match self.scopes.declared(name) {
            Some(Given::In { shape, .. }) => {
                Some(shape.iter().map(|size| size.kind.clone()).collect::<Vec<_>>())
            }
            _ => None,
        };
        let known = self.conventions.arguments(name);
        known.iter().zip(of).any(|(known, other)| match (shape(known), shape(other)) {
            (Some(known), Some(other)) => known != other,
            _ => false,
        })
    }

    /// `J(w) = …`, `\ell(\mu, \Sigma) = …`; not `h(x) = \max(0, x)`, which is a function.
    fn sets_up_quantity(&mut self, left: &Expr, right: &Expr) -> bool {
        let plain = |expr: &Expr| match &expr.without_groups().kind {
            Kind::Name(name) => Some(name.clone()),
            _ => None,
        };
        let (name, of): (String, Option<Vec<String>>) = match &left.kind {
            Kind::Call { name, primes: 0, args } => {
                (name.clone(), args.iter().map(plain).collect())
            }
            // `h_\theta(x)`
            Kind::Entry(call, index) => match (&call.kind, index.as_slice()) {
                (
                    Kind::Call { name, primes: 0, args },
                    [Expr { kind: Kind::Name(label), .. }],
                ) if label.len() > 1 => {
                    (format!("{name}_{label}"), args.iter().map(plain).collect())
                }
                _ => return false,
            },
            Kind::Product(head, Times::Juxtaposed, behind) => {
                // `h_\theta(x)`: a Greek letter is no index.
                let labelled = match &head.kind {
                    Kind::Entry(base, index) => match (&base.kind, index.as_slice()) {
                        (Kind::Name(name), [Expr { kind: Kind::Name(label), .. }])
                            if label.len() > 1 || matches!(label.as_str(), "w" | "W") =>
                        {
                            Some(format!("{name}_{label}"))
                        }
                        _ => None,
                    },
                    _ => None,
                };
                let name = match (&head.kind, &labelled) {
                    (Kind::Name(name), _) | (_, Some(name)) => name,
                    _ => return false,
                };
                match &behind.kind {
                    Kind::Group(Delimiter::Round, inside) => {
                        (name.clone(), plain(inside).map(|only| vec![only]))
                    }
                    Kind::Tuple(items) => {
                        (name.clone(), items.iter().map(plain).collect())
                    }
                    _ => return false,
                }
            }
            _ => return false,
        };
        let name = name.as_str();
        let Some(of) = of.filter(|of| !of.is_empty()) else { return false };
        // What an earlier section introduced by other arguments is introduced anew.
        let anew = self.conventions.has_other_arguments(name, &of)
            && (self.scopes.is_new(name)
                || self.is_of_another_kind(name, &of)
                || !self.is_application(name, &of, right));
        if !(self.is_open(name) || anew) || function_word(name).is_some() {
            return false;
        }
        let uses = Uses::of(right);
        if uses.values.contains(name) || uses.functions.contains(name) {
            return false;
        }
        if let [only] = of.as_slice()
            && is_pointwise(right, only)
        {
            if matches!(left.kind, Kind::Call { .. }) {
                return false;
            }
            let only = only.clone();
            if self.sets_up_function(name, &only, right) {
                return true;
            }
        }
        self.conventions.add_quantity(name, of);
        true
    }
}

/// An index as the language spells it in names: `t`, `t-1`, `1`.
fn spelled(index: &Expr) -> Option<String> {
    match &index.without_groups().kind {
        Kind::Name(name) => Some(name.clone()),
        Kind::Number(number) => Some(number.to_string()),
        Kind::Add(terms) => {
            let mut text = String::new();
            for (at, (sign, term)) in terms.iter().enumerate() {
                match sign {
                    Sign::Minus => text.push('-'),
                    Sign::Plus if at > 0 => text.push('+'),
                    Sign::Plus => {}
                }
                text.push_str(&spelled(term)?);
            }
            Some(text)
        }
        _ => None,
    }
}

/// Whether an expression computes with one number, `name`, and constants only.
fn is_pointwise(expr: &Expr, name: &str) -> bool {
    let inside = |expr: &Expr| is_pointwise(expr, name);
    match &expr.kind {
        Kind::Number(_) => true,
        Kind::Name(own) => own == name || matches!(own.as_str(), "e" | "pi"),
        Kind::Group(_, inner) | Kind::Root(inner) | Kind::Bars(inner) => inside(inner),
        Kind::Add(terms) => terms.iter().all(|(_, term)| inside(term)),
        Kind::Product(left, _, right)
        | Kind::Quotient(left, Over::Slash | Over::Fraction | Over::Hadamard, right)
        | Kind::Power(left, right)
        | Kind::HadamardPower(left, right) => inside(left) && inside(right),
        Kind::Call { name: called, args, .. } => {
            !matches!(
                called.as_str(),
                "tr" | "det"
                    | "logdet"
                    | "sum"
                    | "norm"
                    | "softmax"
                    | "logsumexp"
                    | "diag"
                    | "vec"
                    | "mean"
                    | "logsoftmax"
                    | "norm1"
                    | "norm2"
            ) && args.iter().all(inside)
        }
        Kind::Cases(rows) => rows.iter().all(|(value, _)| inside(value)),
        Kind::Indicator(_) => true,
        _ => false,
    }
}
