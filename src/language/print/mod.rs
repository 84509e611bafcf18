//! Trees back to text: plain, LaTeX, and Unicode for terminals, with no bracket too many and none
//! too few.
//!
//! What [`plain`] and [`latex`] print reads back as the same tree, up to brackets (and, in plain
//! text, up to whether a quotient was written as a fraction).

mod names;
mod pieces;

use super::ast::{Delimiter, DerivativeForm, Expr, Kind, Over, Sign, Times};
use super::functions;
use super::lexer::greek;

/// The plain spelling: `d(f)/d(X) = V'*W'`.
pub fn plain(expr: &Expr) -> String {
    Printer { style: Style::Plain }.expr(expr)
}

/// LaTeX.
pub fn latex(expr: &Expr) -> String {
    Printer { style: Style::Latex }.expr(expr)
}

/// For terminals: `∂L/∂X = VᵀWᵀ`. Meant to be read, not to be read back.
pub fn unicode(expr: &Expr) -> String {
    Printer { style: Style::Unicode }.expr(expr)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Latex,
    Unicode,
}

/// How tightly an expression holds together, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Sum,
    /// Products on the outer level of the spelling.
    Loose,
    /// Products on the inner level.
    Tight,
    /// A factor that takes no further script without brackets.
    Factor,
    /// What a script can hang on.
    Atom,
}

struct Printer {
    style: Style,
}

impl Printer {
    fn is(&self, style: Style) -> bool {
        self.style == style
    }

    fn level(&self, expr: &Expr) -> Level {
        let plain = self.is(Style::Plain);
        match &expr.kind {
            Kind::Add(_) => Level::Sum,
            Kind::Number(value) => {
                use num_traits::Signed;
                match () {
                    () if value.is_negative() => Level::Sum,
                    () if names::decimal(value).is_some() => Level::Atom,
                    () if self.is(Style::Latex) => Level::Factor,
                    () => Level::Loose,
                }
            }
            Kind::Product(_, Times::Hadamard | Times::Kronecker, _) => Level::Loose,
            Kind::Product(_, Times::Juxtaposed, _) => Level::Tight,
            Kind::Product(..) if plain => Level::Loose,
            Kind::Product(..) => Level::Tight,
            Kind::Quotient(_, Over::Hadamard, _) => Level::Loose,
            Kind::Quotient(_, Over::Fraction, _) if self.is(Style::Latex) => {
                Level::Factor
            }
            Kind::Quotient(..) if plain => Level::Loose,
            Kind::Quotient(..) => Level::Tight,
            Kind::Name(name) => match name.contains(['^', '\'']) {
                true => Level::Factor,
                false => Level::Atom,
            },
            Kind::Root(_) | Kind::Differential(_) if plain => Level::Atom,
            Kind::Derivative { form, by, of: Some(_) }
                if plain
                    && by.len() == 1
                    && matches!(
                        form,
                        DerivativeForm::Gradient
                            | DerivativeForm::Jacobian
                            | DerivativeForm::Hessian
                    ) =>
            {
                Level::Atom
            }
            Kind::Root(_)
            | Kind::Differential(_)
            | Kind::Derivative { .. }
            | Kind::Sum(..)
            | Kind::BigProduct(..)
            | Kind::Integral { .. }
            | Kind::Power(..)
            | Kind::HadamardPower(..)
            | Kind::Transpose(_)
            | Kind::Entry(..)
            | Kind::Function { .. }
            | Kind::Cases(_)
            | Kind::At(..)
            | Kind::Delta(..)
            | Kind::Unread(_) => Level::Factor,
            _ => Level::Atom,
        }
    }

    /// The expression, in brackets when it holds together less than `least`.
    fn at_least(&self, expr: &Expr, least: Level) -> String {
        match self.level(expr) < least {
            true => self.bracketed(expr),
            false => self.expr(expr),
        }
    }

    fn bracketed(&self, expr: &Expr) -> String {
        self.between(Delimiter::Round, &self.expr(expr), expr)
    }

    /// Text between delimiters that grow with what they hold.
    fn between(&self, delimiter: Delimiter, text: &str, content: &Expr) -> String {
        let (open, close) = match (delimiter, self.style) {
            (Delimiter::Round, _) => ("(", ")"),
            (Delimiter::Square, _) => ("[", "]"),
            (Delimiter::Curly, Style::Unicode) => ("{", "}"),
            (Delimiter::Curly, _) => ("\\{", "\\}"),
        };
        match self.is(Style::Latex) && is_tall(content) {
            true => format!("\\left{open} {text} \\right{close}"),
            false => format!("{open}{text}{close}"),
        }
    }

    fn sum(&self, terms: &[(Sign, Expr)]) -> String {
        let mut out = String::new();
        for (position, (sign, term)) in terms.iter().enumerate() {
            out.push_str(match (position, sign) {
                (0, Sign::Plus) => "",
                (0, Sign::Minus) => "-",
                (_, Sign::Plus) => " + ",
                (_, Sign::Minus) => " - ",
            });
            // A sum sign would take the next term along where that uses its index.
            let captures =
                terms.get(position + 1).is_some_and(|(_, next)| captures(term, next));
            let text = match captures {
                true => self.bracketed(term),
                false => self.at_least(term, Level::Loose),
            };
            out.push_str(&text);
        }
        if out.is_empty() {
            out.push('0');
        }
        out
    }

    fn product(&self, left: &Expr, times: Times, right: &Expr, whole: &Expr) -> String {
        let level = self.level(whole);
        let sign = match (self.style, times) {
            (Style::Plain, Times::Juxtaposed) => " ",
            (Style::Plain, Times::Star) => "*",
            (Style::Plain, Times::Cdot) => " · ",
            (Style::Plain, Times::Cross) => " × ",
            (Style::Plain, Times::Hadamard) => " .* ",
            (Style::Plain, Times::Kronecker) => " ⊗ ",
            (Style::Latex, Times::Juxtaposed) => " ",
            (Style::Latex, Times::Star) => " * ",
            (Style::Latex, Times::Cdot) => " \\cdot ",
            (Style::Latex, Times::Cross) => " \\times ",
            (Style::Latex, Times::Hadamard) => " \\odot ",
            (Style::Latex, Times::Kronecker) => " \\otimes ",
            (Style::Unicode, Times::Juxtaposed | Times::Star) => "",
            (Style::Unicode, Times::Cdot) => " · ",
            (Style::Unicode, Times::Cross) => " × ",
            (Style::Unicode, Times::Hadamard) => " ⊙ ",
            (Style::Unicode, Times::Kronecker) => " ⊗ ",
        };
        let juxtaposed = sign.trim().is_empty();
        let right_level = match level {
            Level::Loose => Level::Tight,
            _ => Level::Factor,
        };
        let apart = ends_wide(left) || starts_wide(right);
        let right = self.at_least(right, right_level);
        let left = self.left_operand(left, level, juxtaposed && opens(&right));
        if sign.is_empty() {
            let bracketed =
                left.starts_with('(') && left.ends_with(')') || right.starts_with('(');
            return match apart && !bracketed {
                true => format!("{left} {right}"),
                false => format!("{left}{right}"),
            };
        }
        format!("{left}{sign}{right}")
    }

    /// The left operand of a product: it must not swallow what follows.
    fn left_operand(&self, left: &Expr, level: Level, before_bracket: bool) -> String {
        let swallows = is_open(left) || before_bracket && self.ends_in_function(left);
        match swallows && self.level(left) >= level {
            true => self.bracketed(left),
            false => self.at_least(left, level),
        }
    }

    /// Whether a bracket behind the expression would be taken for the arguments of a function.
    fn ends_in_function(&self, expr: &Expr) -> bool {
        match &expr.kind {
            Kind::Name(name) => {
                functions::is_letter(name)
                    || functions::word(name).is_some()
                    || name.contains(['_', '^', ' '])
                    || name.chars().count() > 1 && greek(name).is_none()
            }
            Kind::Function { .. } | Kind::Identity(None) => true,
            Kind::Ones(sizes) => sizes.is_empty(),
            Kind::Product(_, _, right) | Kind::Quotient(_, Over::Slash, right) => {
                self.ends_in_function(right)
            }
            Kind::Transpose(base)
            | Kind::Power(base, _)
            | Kind::HadamardPower(base, _)
            | Kind::Entry(base, _)
            | Kind::Differential(base) => self.ends_in_function(base),
            _ => false,
        }
    }

    fn quotient(&self, above: &Expr, over: Over, below: &Expr, whole: &Expr) -> String {
        if self.is(Style::Latex) && over == Over::Fraction {
            // `\frac{dX}{dt}` would be a derivative.
            let above = match starts_with_differential(above) {
                true => self.bracketed(above),
                false => self.expr(above),
            };
            return format!("\\frac{{{above}}}{{{}}}", self.expr(below));
        }
        let level = self.level(whole);
        let (sign, below_level) = match (self.style, over) {
            (Style::Plain, Over::Hadamard) => (" ./ ", Level::Tight),
            (Style::Latex, Over::Hadamard) => (" \\oslash ", Level::Tight),
            (Style::Unicode, Over::Hadamard) => (" ⊘ ", Level::Tight),
            _ => ("/", Level::Factor),
        };
        let mut below_text = self.at_least(below, below_level);
        let mut above_text = self.left_operand(above, level, false);
        if sign == "/" {
            // `dX/dt` would be a derivative.
            let marked = |expr: &Expr| {
                matches!(expr.kind, Kind::Differential(_))
                    || matches!(&expr.kind, Kind::Name(name) if name == "d" || name == "delta")
            };
            if marked(below) || starts_with_differential(below) {
                below_text = self.bracketed(below);
            }
            if starts_with_differential(above) {
                above_text = self.bracketed(above);
            }
        }
        format!("{above_text}{sign}{below_text}")
    }

    fn expr(&self, expr: &Expr) -> String {
        match &expr.kind {
            Kind::Number(value) => self.number(value),
            Kind::Name(name) => self.name(name),
            Kind::Add(terms) => self.sum(terms),
            Kind::Product(left, times, right) => self.product(left, *times, right, expr),
            Kind::Quotient(above, over, below) => {
                self.quotient(above, *over, below, expr)
            }
            Kind::Power(base, exponent) => self.power(base, exponent, false),
            Kind::HadamardPower(base, exponent) => self.power(base, exponent, true),
            Kind::Transpose(inner) => self.transpose(inner),
            Kind::Entry(base, indices) => self.entry(base, indices),
            Kind::Group(delimiter, inner) => {
                self.between(*delimiter, &self.expr(inner), inner)
            }
            Kind::Call { name, primes, args } => self.call(name, *primes, args),
            Kind::Function { name, primes } => {
                format!("{}{}", self.function_name(name), self.primes(*primes))
            }
            Kind::Sum(indices, body) => self.big("sum", "Σ", indices, body),
            Kind::BigProduct(indices, body) => self.big("prod", "Π", indices, body),
            Kind::Derivative { form, of, by } => {
                self.derivative(*form, of.as_deref(), by)
            }
            _ => self.piece(expr),
        }
    }
}

/// Whether a text begins with a bracket.
fn opens(text: &str) -> bool {
    text.starts_with(['(', '[', '{'])
        || text.starts_with("\\left")
        || text.starts_with("\\{")
}

/// Whether the printed form has no right end of its own: what follows would belong to it.
fn is_open(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Sum(..) | Kind::BigProduct(..) | Kind::Function { .. } => true,
        Kind::Derivative { of, .. } => of.is_none(),
        Kind::Integral { by, .. } => by.is_empty(),
        Kind::Product(_, _, right) | Kind::Quotient(_, _, right) => is_open(right),
        _ => false,
    }
}

/// Whether a name is longer than a letter, for terminals.
fn is_wide(name: &str) -> bool {
    let base = name.split(['_', '^', '\'']).next().unwrap_or(name);
    let base = base.rsplit(' ').next().unwrap_or(base);
    base.chars().count() > 1 && greek(base).is_none()
}

/// Whether a factor must be kept apart from what follows: words, calls, indices, quotients.
fn ends_wide(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Name(name) => is_wide(name) || name.contains('_'),
        Kind::Product(_, _, right) => ends_wide(right),
        Kind::Transpose(base) | Kind::Power(base, _) => ends_wide(base),
        Kind::Number(_) | Kind::Group(..) => false,
        _ => true,
    }
}

/// Whether a factor must be kept apart from what stands before it.
fn starts_wide(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Name(name) => is_wide(name),
        Kind::Product(left, _, _) => starts_wide(left),
        Kind::Transpose(base)
        | Kind::Power(base, _)
        | Kind::HadamardPower(base, _)
        | Kind::Entry(base, _) => starts_wide(base),
        Kind::Group(..) | Kind::Identity(_) => false,
        _ => true,
    }
}

fn starts_with_differential(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Differential(_) => true,
        Kind::Product(left, _, right) => {
            starts_with_differential(left) || starts_with_differential(right)
        }
        Kind::Quotient(left, _, _) => starts_with_differential(left),
        _ => false,
    }
}

/// Whether a sum sign open at the end of `term` binds a letter that `next` uses.
fn captures(term: &Expr, next: &Expr) -> bool {
    match &term.kind {
        Kind::Sum(indices, body) | Kind::BigProduct(indices, body) => {
            indices.iter().any(|index| mentions(next, &index.name))
                || captures(body, next)
        }
        Kind::Product(_, _, right) | Kind::Quotient(_, _, right) => captures(right, next),
        _ => false,
    }
}

/// Whether the name stands anywhere in the expression.
fn mentions(expr: &Expr, name: &str) -> bool {
    if matches!(&expr.kind, Kind::Name(own) if own.contains(name)) {
        return true;
    }
    let mut found = false;
    expr.for_each_child(&mut |child| found = found || mentions(child, name));
    found
}

/// Whether an expression is taller than a line.
fn is_tall(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Quotient(_, Over::Fraction, _)
        | Kind::Sum(..)
        | Kind::BigProduct(..)
        | Kind::Derivative { .. }
        | Kind::Cases(_)
        | Kind::Matrix(_)
        | Kind::Integral { .. } => true,
        _ => {
            let mut found = false;
            expr.for_each_child(&mut |child| found = found || is_tall(child));
            found
        }
    }
}
