//! Functions applied to arguments, and the words that are notation of their own (`ones`, `norm`).

use num_traits::One;

use super::scripts::Script;
use super::{Parser, Range};
use crate::language::ast::{DerivativeForm, Expr, Kind, NameKind, NormKind, Over, whole};
use crate::language::functions;
use crate::language::lexer::{Fence, Operator, Symbol, Tok, Token};

impl Parser<'_> {
    /// Reads a call when the name is a function here: takes primes and powers from `scripts` and
    /// leaves those that act on the value. `None`, and nothing read, when it is no function.
    pub(super) fn call(
        &mut self,
        name: &str,
        scripts: &mut Vec<Script>,
        start: usize,
    ) -> Option<Expr> {
        let kind = self.known(name);
        let word = functions::word(name).filter(|_| kind.is_none());
        let bracket = match self.peek() {
            Some(Tok::Open(Fence::Round)) => true,
            Some(Tok::Open(Fence::Square)) => self.latex() || word.is_some(),
            Some(Tok::Open(Fence::Curly)) => word.is_some(),
            Some(Tok::BraceOpen) => word.is_some() || kind == Some(NameKind::Function),
            _ => false,
        } && self.mates[self.at].is_some();
        let square = matches!(self.peek(), Some(Tok::Open(Fence::Square)));
        let given = kind == Some(NameKind::Function);
        let guessed = kind.is_none()
            && word.is_none()
            && bracket
            && (functions::is_letter(name) && !square
                || name.len() > 1
                    && !name.contains(['_', '^', ' '])
                    && !self.tokens[self.at].spaced
                    && crate::language::lexer::greek(name).is_none());
        if !(given || word.is_some() || guessed) {
            return None;
        }
        if square && !self.latex() && given {
            return None;
        }
        let canonical = word.unwrap_or(name).to_string();
        if word.is_some() && matches!(canonical.as_str(), "E") {
            return None;
        }
        // Primes are derivatives; powers act on the value; the base of a logarithm is a divisor.
        let mut primes = 0;
        let mut after = Vec::new();
        let mut base = None;
        let mut arc = false;
        let mut label = String::new();
        for script in std::mem::take(scripts) {
            match script {
                Script::Prime(_) => primes += 1,
                Script::Sub(range) if canonical == "log" => base = Some(range),
                Script::Sub(range) if word.is_none() && self.is_label(range) => {
                    label = format!("_{}", self.spell(range));
                }
                Script::Sup(range)
                    if self.spell(range) == "-1"
                        && matches!(canonical.as_str(), "sin" | "cos" | "tan") =>
                {
                    arc = true;
                }
                other => after.push(other),
            }
        }
        let restore = |scripts: &mut Vec<Script>, after: Vec<Script>| *scripts = after;
        let mut name = canonical + &label;
        if arc {
            name = format!("arc{name}");
        }
        let args = if bracket {
            let mate = self.mates[self.at]?;
            let inside = (self.at + 1, mate);
            if let [Token { tok: Tok::Operator(Operator::Cdot), .. }] =
                self.tokens[inside.0..inside.1]
            {
                // `\sigma(\cdot)` speaks of the function itself.
                self.at = mate + 1;
                restore(scripts, after);
                return Some(self.node(Kind::Function { name, primes }, start));
            }
            let brace = matches!(self.peek(), Some(Tok::BraceOpen));
            self.at = mate + 1;
            match self.compared(inside).filter(|_| word.is_some()) {
                Some(indicator) => vec![indicator],
                None => self.call_arguments(inside, brace),
            }
        } else if word.is_some() && functions::is_greedy(&name) && self.argument_follows()
        {
            vec![self.nested(|parser| parser.juxtaposed_argument())]
        } else if given {
            // The function itself, or an opaque scalar such as a loss: a name like any other.
            let kind = match primes {
                0 => Kind::Name(name),
                _ => Kind::Function { name, primes },
            };
            let head = self.node(kind, start);
            restore(scripts, after);
            return Some(head);
        } else {
            restore(scripts, after);
            if primes > 0 || self.peek().is_none() || !self.starts_operand(self.at) {
                return Some(self.node(Kind::Function { name, primes }, start));
            }
            let span = self.since(start);
            let message = format!("`{name}` needs its arguments in brackets");
            return Some(self.unread(span, "missing-operand", message));
        };
        let call = self.apply(name, primes, args, start);
        let call = match base {
            None => call,
            Some(range) => {
                let base = self.expression_in(range);
                let span = call.span;
                let divisor = Expr {
                    kind: Kind::Call { name: "log".into(), primes: 0, args: vec![base] },
                    span,
                };
                Expr {
                    kind: Kind::Quotient(
                        Box::new(call),
                        Over::Fraction,
                        Box::new(divisor),
                    ),
                    span,
                }
            }
        };
        restore(scripts, after);
        Some(call)
    }

    /// `diag(x > 0)`: the argument is an indicator.
    fn compared(&mut self, inside: Range) -> Option<Expr> {
        self.find(inside, |tok| matches!(tok, Tok::Relation(_, Some(_))))?;
        let condition = self.condition(inside);
        let span = self.span_of(inside);
        Some(Expr { kind: Kind::Indicator(condition), span })
    }

    /// The arguments in the brackets of a call; extra brackets around a single one vanish.
    fn call_arguments(&mut self, inside: Range, brace: bool) -> Vec<Expr> {
        let mut inside = inside;
        // `\exp{(x)}`, `\log{\left(x\right)}`
        while brace
            && inside.0 < inside.1
            && matches!(self.tokens[inside.0].tok, Tok::Open(Fence::Round))
            && self.mates[inside.0] == Some(inside.1 - 1)
        {
            inside = (inside.0 + 1, inside.1 - 1);
        }
        self.arguments(inside)
    }

    fn argument_follows(&self) -> bool {
        self.starts_operand(self.at)
            && !matches!(self.peek(), Some(Tok::Symbol(Symbol::Ellipsis)))
    }

    /// The argument of a function without brackets: the factors behind it up to an operator,
    /// another function, a sum sign or a bracket.
    fn juxtaposed_argument(&mut self) -> Expr {
        let start = self.at;
        let mut left = self.factor_or_missing();
        let first_is_function = matches!(left.kind, Kind::Call { .. } | Kind::Bars(_));
        let mut count = 0;
        while !first_is_function && count < 64 && self.starts_operand(self.at) {
            let stops = match self.peek() {
                Some(Tok::Open(_) | Tok::Bar | Tok::DoubleBar | Tok::Begin(_)) => true,
                Some(Tok::Symbol(
                    Symbol::Sum
                    | Symbol::Product
                    | Symbol::Fraction
                    | Symbol::Partial
                    | Symbol::Nabla
                    | Symbol::Integral
                    | Symbol::Differential,
                )) => true,
                Some(Tok::Name(name)) => {
                    self.known(name).is_none() && functions::word(name).is_some()
                        || self.known(name) == Some(NameKind::Function)
                }
                _ => false,
            };
            if stops {
                break;
            }
            let right = self.factor_or_missing();
            count += 1;
            left = self.node(
                Kind::Product(
                    Box::new(left),
                    crate::language::ast::Times::Juxtaposed,
                    Box::new(right),
                ),
                start,
            );
        }
        left
    }

    /// The node of a call: notation of its own where the word is that.
    fn apply(
        &mut self,
        name: String,
        primes: u32,
        mut args: Vec<Expr>,
        start: usize,
    ) -> Expr {
        let count = args.len();
        if primes == 0 {
            let norm = match name.as_str() {
                "norm" => Some(NormKind::Plain),
                "norm1" => Some(NormKind::One),
                "norm2" => Some(NormKind::Two),
                _ => None,
            };
            if let Some(norm) = norm {
                if count == 1 {
                    return self.node(Kind::Norm(Box::new(args.remove(0)), norm), start);
                }
                if count == 2 && norm == NormKind::Plain {
                    // `norm(x, 1)`, `norm(X, F)`
                    let kind = match &args[1].kind {
                        Kind::Number(value) if value.is_one() => Some(NormKind::One),
                        Kind::Number(value) if *value == whole(2) => Some(NormKind::Two),
                        Kind::Name(name) if name == "F" => Some(NormKind::Frobenius),
                        _ => None,
                    };
                    if let Some(kind) = kind {
                        return self
                            .node(Kind::Norm(Box::new(args.remove(0)), kind), start);
                    }
                }
            }
            match (name.as_str(), count) {
                ("sqrt", 1) => {
                    return self.node(Kind::Root(Box::new(args.remove(0))), start);
                }
                ("transpose", 1) => {
                    return self.node(Kind::Transpose(Box::new(args.remove(0))), start);
                }
                ("diff", 1) => {
                    return self
                        .node(Kind::Differential(Box::new(args.remove(0))), start);
                }
                ("ones", 1 | 2) => return self.node(Kind::Ones(args), start),
                ("zeros", 1 | 2) => return self.node(Kind::Zeros(args), start),
                ("eye", 1) => {
                    return self
                        .node(Kind::Identity(Some(Box::new(args.remove(0)))), start);
                }
                ("grad" | "jacobian" | "hessian", 2) => {
                    let form = match name.as_str() {
                        "grad" => DerivativeForm::Gradient,
                        "jacobian" => DerivativeForm::Jacobian,
                        _ => DerivativeForm::Hessian,
                    };
                    let by = args.pop().into_iter().collect();
                    let of = args.pop().map(Box::new);
                    return self.node(Kind::Derivative { form, of, by }, start);
                }
                ("Var", 1) => {
                    return self
                        .node(Kind::Expectation(name, Box::new(args.remove(0))), start);
                }
                _ => {}
            }
        }
        let fits = match name.as_str() {
            "max" | "min" => count >= 1,
            "kron" | "inner" => count == 2,
            "leakyrelu" | "elu" => count == 1 || count == 2,
            word if functions::word(word).is_some() => count == 1,
            _ => count >= 1,
        };
        if !fits {
            let span = self.since(start);
            let message = format!(
                "`{}`: {name} does not take {count} argument{}",
                self.shown(span),
                if count == 1 { "" } else { "s" }
            );
            return self.unread(span, "wrong-arguments", message);
        }
        self.node(Kind::Call { name, primes, args }, start)
    }
}
