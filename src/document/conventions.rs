//! Conventions of notation that a text introduces: `J(w)` for `J`, `\sigma^2` as a name of its own,
//! `\bar{V}` or `dV` for the gradient of a loss by `V`.
//!
//! **Invariant:** a convention only spells out what the text has said; a name that is given in its
//! own right is never touched.

use super::names::head;
use super::substitution::applied;
use crate::language::ast::{DerivativeForm, Expr, Kind, Names, Span, whole};

/// The conventions in use.
#[derive(Clone, Debug, Default)]
pub(super) struct Conventions {
    /// Names introduced with what they depend on, as in `J(w) = …`.
    quantities: Vec<Quantity>,
    /// Names of which the square is the thing defined: `\sigma^2 = …`.
    squares: Vec<String>,
    /// Accents that mean a gradient, each with the loss: `\bar{V} = ∂L/∂V`.
    accents: Vec<(String, String)>,
    /// The loss of which `dV` is the gradient by `V`.
    differentials: Option<String>,
    /// Whether the section's use of `dV` shows this, and no words.
    shown: bool,
}

/// A quantity that was introduced with what it depends on: `J(w) = …`.
#[derive(Clone, Debug)]
struct Quantity {
    name: String,
    of: Vec<String>,
    /// What it is, where that can be taken at other arguments.
    body: Option<Expr>,
    /// Whether its arguments stand for nothing that the text gives: then it is always put in.
    loose: bool,
}

/// Accents that texts use for gradients.
const ACCENTS: [&str; 3] = ["bar", "overline", "nabla"];

impl Conventions {
    /// Takes that `name` was introduced with these arguments.
    pub(super) fn add_quantity(&mut self, name: &str, of: Vec<String>) {
        self.quantities.retain(|known| known.name != name);
        let name = name.to_owned();
        self.quantities.push(Quantity { name, of, body: None, loose: false });
    }

    /// Takes what a quantity is; `loose` where its arguments stand for nothing that is given.
    pub(super) fn set_body(&mut self, name: &str, body: &Expr, loose: bool) {
        let bound = |node: &&Expr| {
            matches!(
                node.kind,
                Kind::Derivative { .. } | Kind::Differential(_) | Kind::Integral { .. }
            )
        };
        if body.nodes().iter().any(bound) {
            return;
        }
        if let Some(quantity) =
            self.quantities.iter_mut().find(|known| known.name == name)
        {
            quantity.body = Some(body.clone());
            quantity.loose = loose;
        }
    }

    /// Whether a quantity was introduced and nothing says yet what it is.
    pub(super) fn is_fresh(&self, name: &str) -> bool {
        self.quantities.iter().any(|known| known.name == name && known.body.is_none())
    }

    /// A quantity at other plain arguments.
    pub(super) fn at(&self, name: &str, of: &[String], span: Span) -> Option<Expr> {
        let known = self.quantities.iter().find(|known| known.name == name)?;
        let body = known.body.as_ref()?;
        let named = |name: &String| Expr { kind: Kind::Name(name.clone()), span };
        let arguments: Vec<Expr> = of.iter().map(named).collect();
        (known.of.len() == of.len()).then(|| applied(body, &known.of, &arguments, span))
    }

    /// The arguments that a quantity was introduced with.
    pub(super) fn arguments(&self, name: &str) -> &[String] {
        let known = self.quantities.iter().find(|known| known.name == name);
        known.map_or(&[], |quantity| &quantity.of)
    }

    /// Takes that the square of `name` is what is defined.
    pub(super) fn add_square(&mut self, name: &str) {
        if !self.squares.iter().any(|known| known == name) {
            self.squares.push(name.to_owned());
        }
    }

    /// Whether `name` was introduced with its arguments.
    pub(super) fn is_quantity(&self, name: &str) -> bool {
        self.quantities.iter().any(|known| known.name == name)
    }

    /// Whether `name` was introduced with arguments other than these.
    pub(super) fn has_other_arguments(&self, name: &str, of: &[String]) -> bool {
        self.quantities.iter().any(|known| known.name == name && known.of != of)
    }

    /// Whether `name` is a square under a name of its own.
    pub(super) fn is_square(&self, name: &str) -> bool {
        name.strip_suffix("^2")
            .is_some_and(|root| self.squares.iter().any(|known| known == root))
    }

    /// Forgets what a name was introduced as: the text gives it anew.
    pub(super) fn forget(&mut self, name: &str) {
        self.quantities.retain(|known| known.name != name);
        self.squares.retain(|known| known != name);
    }

    /// Takes `\bar{V} = ∂L/∂V`, `dV = ∂L/∂V` as a convention for every `V`; whether it is one.
    pub(super) fn learn(&mut self, left: &Expr, right: &Expr) -> bool {
        let Kind::Derivative { of: Some(of), by, .. } = &right.without_groups().kind
        else {
            return false;
        };
        let (Kind::Name(loss), [by]) = (&of.without_groups().kind, by.as_slice()) else {
            return false;
        };
        match (&left.without_groups().kind, &by.without_groups().kind) {
            (Kind::Name(name), Kind::Name(by)) => {
                let Some((accent, base)) = name.split_once(' ') else { return false };
                if base != by || !ACCENTS.contains(&accent) {
                    return false;
                }
                if !self.accents.iter().any(|(known, _)| known == accent) {
                    self.accents.push((accent.to_owned(), loss.clone()));
                }
                true
            }
            (Kind::Differential(inner), _) if inner.without_groups() == by => {
                self.differentials = Some(loss.clone());
                true
            }
            _ => false,
        }
    }

    /// Takes that `dV` means the gradient of `loss` by `V`.
    pub(super) fn differentials_are_gradients(&mut self, loss: &str) {
        self.differentials.get_or_insert_with(|| loss.to_owned());
    }

    /// Takes the same from the use of `dV` in a section, for that section.
    pub(super) fn shows_gradients(&mut self, loss: &str) {
        if self.differentials.is_none() {
            self.differentials = Some(loss.to_owned());
            self.shown = true;
        }
    }

    /// Forgets what the section that has ended showed by its use.
    pub(super) fn end_section(&mut self) {
        if std::mem::take(&mut self.shown) {
            self.differentials = None;
        }
    }

    /// Whether there is anything to spell out.
    pub(super) fn is_empty(&self) -> bool {
        self.quantities.is_empty()
            && self.squares.is_empty()
            && self.accents.is_empty()
            && self.differentials.is_none()
    }

    /// Whether it is a derivative of a quantity at another argument, `\nabla f(2x)`: it says not
    /// whether the argument is put in before or after.
    fn is_taken_elsewhere(&self, expr: &Expr) -> bool {
        let Kind::Derivative { of: Some(of), by, .. } = &expr.kind else { return false };
        let Kind::Call { name, args, .. } = &of.without_groups().kind else {
            return false;
        };
        let Some(quantity) = self.quantities.iter().find(|known| known.name == *name)
        else {
            return false;
        };
        let by_own =
            |by: &Expr| head(by).is_none_or(|by| quantity.of.iter().any(|of| of == by));
        !quantity.is_at(args) && (by.is_empty() || by.iter().any(by_own))
    }

    /// Spells out what the conventions shorten.
    pub(super) fn spell_out(&self, expr: &mut Expr, names: &dyn Names) {
        if self.is_taken_elsewhere(expr) {
            return;
        }
        expr.for_each_child_mut(&mut |child| self.spell_out(child, names));
        let gradient = |loss: &str, by: &str| {
            let name =
                |name: &str| Expr { kind: Kind::Name(name.to_owned()), span: expr.span };
            Kind::Derivative {
                form: DerivativeForm::Partial,
                of: Some(Box::new(name(loss))),
                by: vec![name(by)],
            }
        };
        let spelled = match &expr.kind {
            Kind::Call { name, primes: 0, args } => {
                let quantity = self.quantities.iter().find(|known| known.name == *name);
                quantity.and_then(|quantity| match &quantity.body {
                    _ if quantity.is_at(args) && !quantity.loose => {
                        Some(Kind::Name(name.clone()))
                    }
                    Some(body) if quantity.takes(args) => {
                        Some(applied(body, &quantity.of, args, expr.span).kind)
                    }
                    _ => None,
                })
            }
            Kind::Name(name) if names.kind(name).is_none() || self.squares.contains(name) => {
                if self.squares.contains(name) {
                    let square = Kind::Name(format!("{name}^2"));
                    Some(Kind::Root(Box::new(Expr { kind: square, span: expr.span })))
                } else {
                    name.split_once(' ').and_then(|(accent, base)| {
                        names.kind(base)?;
                        let accents = &mut self.accents.iter();
                        let (_, loss) = accents.find(|(known, _)| known == accent)?;
                        Some(gradient(loss, base))
                    })
                }
            }
            // `J'(w)`
            Kind::Call { name, primes: primes @ 1..=2, args } => {
                let quantity = self.quantities.iter().find(|known| known.name == *name);
                match (quantity, args.as_slice()) {
                    (Some(quantity), [arg]) if quantity.is_at(args) =>
                    {
                        let function = Kind::Name(name.clone());
                        Some(Kind::Derivative {
                            form: DerivativeForm::Total,
                            of: Some(Box::new(Expr { kind: function, span: expr.span })),
                            by: vec![arg.without_groups().clone(); *primes as usize],
                        })
                    }
                    _ => None,
                }
            }
            // `\sigma_j` is the root of the entry, not an entry of the root.
            Kind::Entry(base, indices) => match &base.kind {
                Kind::Root(square) if matches!(&square.kind, Kind::Name(name) if self.is_square(name)) =>
                {
                    let entry = Kind::Entry(square.clone(), indices.clone());
                    Some(Kind::Root(Box::new(Expr { kind: entry, span: expr.span })))
                }
                _ => None,
            },
            // `\sigma^2` where the parser saw a power, as behind brackets.
            Kind::Power(base, exponent) => match (&base.kind, &exponent.kind) {
                (Kind::Root(square), Kind::Number(two))
                    if *two == whole(2)
                        && square.nodes().iter().any(|node| matches!(&node.kind, Kind::Name(name) if self.is_square(name))) =>
                {
                    Some(square.kind.clone())
                }
                _ => None,
            },
            // `\nabla f` of what was introduced as `f(x)`.
            Kind::Derivative { form, of: Some(of), by } if by.is_empty() => {
                match &of.without_groups().kind {
                    Kind::Name(name) => self
                        .quantities
                        .iter()
                        .find(|known| known.name == *name && known.of.len() == 1)
                        .map(|quantity| Kind::Derivative {
                            form: *form,
                            of: Some(of.clone()),
                            by: vec![Expr {
                                kind: Kind::Name(quantity.of[0].clone()),
                                span: expr.span,
                            }],
                        }),
                    _ => None,
                }
            }
            Kind::Differential(inner) => match (&inner.without_groups().kind, &self.differentials) {
                (Kind::Name(name), Some(loss)) => Some(gradient(loss, name)),
                // `dS_{ij}` is an entry of the gradient.
                (Kind::Entry(base, indices), Some(loss)) => match &base.without_groups().kind {
                    Kind::Name(name) => {
                        let kind = gradient(loss, name);
                        let whole = Expr { kind, span: expr.span };
                        Some(Kind::Entry(Box::new(whole), indices.clone()))
                    }
                    _ => None,
                },
                // `dS^T` is the transposed gradient.
                (Kind::Transpose(inner), Some(loss)) => match &inner.kind {
                    Kind::Name(name) => {
                        let kind = gradient(loss, name);
                        let whole = Expr { kind, span: expr.span };
                        Some(Kind::Transpose(Box::new(whole)))
                    }
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        if let Some(kind) = spelled {
            expr.kind = kind;
        }
    }
}

impl Quantity {
    /// Whether the arguments are those that it was introduced with.
    fn is_at(&self, args: &[Expr]) -> bool {
        args.iter().all(|arg| {
            matches!(&arg.without_groups().kind, Kind::Name(arg) if self.of.contains(arg))
        })
    }

    /// Whether it can be taken at these arguments; a number may stand for an array.
    fn takes(&self, args: &[Expr]) -> bool {
        let number = |arg: &Expr| matches!(arg.without_groups().kind, Kind::Number(_));
        args.len() == self.of.len() && !args.iter().any(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::ast::{NameKind, Spelling};
    use crate::language::parse_math;

    struct Given;

    impl Names for Given {
        fn kind(&self, name: &str) -> Option<NameKind> {
            match name {
                "V" | "w" | "sigma^2" => Some(NameKind::Array),
                "J" => Some(NameKind::Function),
                _ => None,
            }
        }
    }

    fn side(text: &str) -> Expr {
        let (rows, _) = parse_math(text, Spelling::Latex, &Given);
        rows[0].chain.sides[0].clone().expect("a side")
    }

    fn spelled(conventions: &Conventions, text: &str) -> Expr {
        let mut expr = side(text);
        conventions.spell_out(&mut expr, &Given);
        expr
    }

    #[test]
    fn a_bar_is_spelled_out_once_it_is_introduced() {
        let mut conventions = Conventions::default();
        assert!(
            !conventions
                .learn(&side("\\bar{V}"), &side("\\frac{\\partial L}{\\partial W}"))
        );
        assert!(
            conventions
                .learn(&side("\\bar{V}"), &side("\\frac{\\partial L}{\\partial V}"))
        );
        assert_eq!(
            spelled(&conventions, "\\bar{V}"),
            side("\\frac{\\partial L}{\\partial V}")
        );
        assert_eq!(spelled(&conventions, "\\bar{u}"), side("\\bar{u}"));
    }

    #[test]
    fn a_quantity_needs_no_argument_and_a_square_has_a_root() {
        let mut conventions = Conventions::default();
        conventions.add_quantity("J", vec!["w".to_owned()]);
        conventions.add_square("sigma");
        assert_eq!(spelled(&conventions, "J(w)").kind, Kind::Name("J".to_owned()));
        assert_eq!(spelled(&conventions, "\\sigma^2"), side("\\sigma^2"));
        let root = Kind::Root(Box::new(side("\\sigma^2")));
        assert_eq!(spelled(&conventions, "\\sigma").kind, root);
        assert!(matches!(spelled(&conventions, "\\sigma_j").kind, Kind::Root(_)));
    }
}
