//! Trees as s-expressions: short enough to be written by hand in a corpus.

use gradproof::language::ast::{
    Chain, Comparison, Condition, Delimiter, DerivativeForm, Expr, Given, Kind, NormKind,
    Over, Relation, Sign, SumIndex, Times,
};

fn list<'a>(head: &str, items: impl IntoIterator<Item = &'a Expr>) -> String {
    let mut out = format!("({head}");
    for item in items {
        out.push(' ');
        out.push_str(&sexp(item));
    }
    out.push(')');
    out
}

fn indices(indices: &[SumIndex]) -> String {
    let mut out = String::from("[");
    for (position, index) in indices.iter().enumerate() {
        if position > 0 {
            out.push(' ');
        }
        out.push_str(&index.name);
        if let Some(from) = &index.from {
            out.push_str(&format!(" from {}", sexp(from)));
        }
        if let Some(to) = &index.to {
            out.push_str(&format!(" to {}", sexp(to)));
        }
        for other in &index.not_equal {
            out.push_str(&format!(" not {}", sexp(other)));
        }
    }
    out + "]"
}

pub(crate) fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Compare(left, comparison, right) => {
            let sign = match comparison {
                Comparison::Equal => "=",
                Comparison::NotEqual => "!=",
                Comparison::Less => "<",
                Comparison::LessEqual => "<=",
                Comparison::Greater => ">",
                Comparison::GreaterEqual => ">=",
            };
            format!("({sign} {} {})", sexp(left), sexp(right))
        }
        Condition::All(parts) => {
            let parts: Vec<String> = parts.iter().map(self::condition).collect();
            format!("(all {})", parts.join(" "))
        }
        Condition::Otherwise => "otherwise".into(),
        Condition::Unread(words) => format!("(words {words:?})"),
    }
}

/// The tree of an expression.
pub(crate) fn sexp(expr: &Expr) -> String {
    match &expr.kind {
        Kind::Number(value) => value.to_string(),
        Kind::Name(name) => match name.contains([' ', '(', '[']) {
            true => format!("{name:?}"),
            false => name.clone(),
        },
        Kind::Ones(sizes) => list("ones", sizes),
        Kind::Zeros(sizes) => list("zeros", sizes),
        Kind::Identity(size) => list("eye", size.as_deref()),
        Kind::Add(terms) => {
            let mut out = String::from("(+");
            for (sign, term) in terms {
                out.push_str(match sign {
                    Sign::Plus => " ",
                    Sign::Minus => " -",
                });
                out.push_str(&sexp(term));
            }
            out + ")"
        }
        Kind::Product(left, times, right) => {
            let sign = match times {
                Times::Juxtaposed => "_",
                Times::Star => "*",
                Times::Cdot => "cdot",
                Times::Cross => "times",
                Times::Hadamard => ".*",
                Times::Kronecker => "otimes",
            };
            list(sign, [&**left, &**right])
        }
        Kind::Quotient(left, over, right) => {
            let sign = match over {
                Over::Slash => "/",
                Over::Fraction => "frac",
                Over::Hadamard => "./",
            };
            list(sign, [&**left, &**right])
        }
        Kind::Power(left, right) => list("^", [&**left, &**right]),
        Kind::HadamardPower(left, right) => list(".^", [&**left, &**right]),
        Kind::Transpose(inner) => list("'", [&**inner]),
        Kind::Root(inner) => list("sqrt", [&**inner]),
        Kind::Entry(base, at) => list("at", std::iter::once(&**base).chain(at)),
        Kind::Call { name, primes, args } => {
            list(&format!("call {name}{}", "'".repeat(*primes as usize)), args)
        }
        Kind::Function { name, primes } => {
            format!("(fn {name}{})", "'".repeat(*primes as usize))
        }
        Kind::Norm(inner, kind) => {
            let head = match kind {
                NormKind::Plain => "norm",
                NormKind::Two => "norm2",
                NormKind::Frobenius => "normF",
                NormKind::One => "norm1",
            };
            list(head, [&**inner])
        }
        Kind::Bars(inner) => list("bars", [&**inner]),
        Kind::Group(delimiter, inner) => {
            let head = match delimiter {
                Delimiter::Round => "g",
                Delimiter::Square => "g[]",
                Delimiter::Curly => "g{}",
            };
            list(head, [&**inner])
        }
        Kind::Sum(at, body) => format!("(sum {} {})", indices(at), sexp(body)),
        Kind::BigProduct(at, body) => format!("(prod {} {})", indices(at), sexp(body)),
        Kind::Delta(left, right) => list("delta", [&**left, &**right]),
        Kind::Cases(rows) => {
            let rows: Vec<String> = rows
                .iter()
                .map(|(value, when)| format!("({} {})", sexp(value), condition(when)))
                .collect();
            format!("(cases {})", rows.join(" "))
        }
        Kind::Indicator(when) => format!("(1 {})", condition(when)),
        Kind::Derivative { form, of, by } => {
            let head = match form {
                DerivativeForm::Partial => "D",
                DerivativeForm::PartialOperator => "D-op",
                DerivativeForm::Total => "d/d",
                DerivativeForm::TotalOperator => "d/d-op",
                DerivativeForm::Gradient => "grad",
                DerivativeForm::Jacobian => "jacobian",
                DerivativeForm::Hessian => "hessian",
            };
            let of = of.as_deref().map_or("-".to_string(), sexp);
            let by: Vec<String> = by.iter().map(sexp).collect();
            format!("({head} {of} [{}])", by.join(" "))
        }
        Kind::Differential(inner) => list("diff", [&**inner]),
        Kind::Matrix(rows) => {
            let rows: Vec<String> = rows
                .iter()
                .map(|row| row.iter().map(sexp).collect::<Vec<_>>().join(" "))
                .collect();
            format!("(matrix {})", rows.join("; "))
        }
        Kind::Tuple(items) => list("tuple", items),
        Kind::Ellipsis => "...".into(),
        Kind::Integral { from, to, body, by } => {
            let end =
                |end: &Option<Box<Expr>>| end.as_deref().map_or("-".to_string(), sexp);
            format!("(int {} {} {} {by})", end(from), end(to), sexp(body))
        }
        Kind::Expectation(name, inner) => list(name, [&**inner]),
        Kind::Infinity => "inf".into(),
        Kind::Colon => ":".into(),
        Kind::At(body, values) => {
            let values: Vec<String> = values
                .iter()
                .map(|(name, value)| format!("{}={}", sexp(name), sexp(value)))
                .collect();
            format!("(at-value {} {})", sexp(body), values.join(" "))
        }
        Kind::Unread(text) => format!("(unread {text:?})"),
    }
}

/// A chain: its sides and signs in a row, then the condition.
pub(crate) fn chain(chain: &Chain) -> String {
    let mut out = String::new();
    for (position, side) in chain.sides.iter().enumerate() {
        if position > 0 {
            let sign = match chain.signs[position - 1].0 {
                Relation::Equal => "=",
                Relation::Define => ":=",
                Relation::Implies => "=>",
                Relation::Equivalent => "<=>",
                Relation::Other(sign) => sign,
            };
            out.push_str(&format!(" {sign} "));
        }
        out.push_str(&side.as_ref().map_or("()".to_string(), sexp));
    }
    if let Some(when) = &chain.condition {
        out.push_str(&format!(" when {}", condition(when)));
    }
    out
}

/// A declaration.
pub(crate) fn given(given: &Given) -> String {
    match given {
        Given::In { names, shape, natural, properties, family } => {
            let shape: Vec<String> = shape.iter().map(sexp).collect();
            let mut out = format!(
                "(in {} {}[{}]",
                names.join(" "),
                if *natural { "N" } else { "R" },
                shape.join(" ")
            );
            for property in properties {
                out.push_str(&format!(" {property:?}"));
            }
            if let Some((letter, end)) = family {
                out.push_str(&format!(" family {letter} to {}", sexp(end)));
            }
            out + ")"
        }
        Given::Function { name, is } => {
            format!("(function {name} {})", is.as_deref().unwrap_or("-"))
        }
        Given::Opaque { name, of } => format!("(opaque {name} {})", of.join(" ")),
        Given::Definition { left, right } => {
            format!("(define {} {})", sexp(left), sexp(right))
        }
        Given::Constraint { left, right } => {
            format!("(constrain {} {})", sexp(left), sexp(right))
        }
        Given::Property { name, property } => format!("(property {name} {property:?})"),
    }
}
