//! Declarations: shapes, functions, definitions, constraints, properties.

use super::ast::{
    Chain, Diagnostic, Expr, Given, Kind, Names, Relation, Severity, Span, Spelling,
};
use super::chain::{guess_spelling, tokens};
use super::functions;
use super::lexer::{Operator, Symbol, Tok};
use super::parser::{Parser, Range};

/// The properties of the language, longest spelling first, with their other spellings.
const PROPERTIES: &[(&str, &str)] = &[
    ("symmetric positive definite", "positive definite"),
    ("positive semidefinite", "positive semidefinite"),
    ("positive semi-definite", "positive semidefinite"),
    ("positive-semidefinite", "positive semidefinite"),
    ("positive definite", "positive definite"),
    ("positive-definite", "positive definite"),
    ("positive determinant", "positive determinant"),
    ("with positive determinant", "positive determinant"),
    ("skew-symmetric", "antisymmetric"),
    ("skew symmetric", "antisymmetric"),
    ("antisymmetric", "antisymmetric"),
    ("symmetric", "symmetric"),
    ("non-singular", "invertible"),
    ("nonsingular", "invertible"),
    ("invertible", "invertible"),
    ("regular", "invertible"),
    ("diagonal", "diagonal"),
    ("orthogonal", "orthogonal"),
    ("orthonormal", "orthogonal"),
    ("non-negative", "nonnegative"),
    ("nonnegative", "nonnegative"),
    ("non-zero", "nonzero"),
    ("nonzero", "nonzero"),
    ("positive", "positive"),
    ("negative", "negative"),
    ("one-hot", "one-hot"),
    ("one hot", "one-hot"),
    ("onehot", "one-hot"),
    ("constant", "constant"),
    ("binary", "binary"),
    ("bipolar", "bipolar"),
];

/// Reads the declarations in a text: `x, z in R^n`, `B in R^{n x m} symmetric`,
/// `Y = X W^T + 1 b^T`, …
///
/// # Errors
/// When the text is no declaration; the diagnostic says what was expected.
pub fn parse_given(text: &str, names: &dyn Names) -> Result<Vec<Given>, Diagnostic> {
    // `\hat{y} in R^n` is plain text with a command in it.
    let spelling = match text.contains(" in ") {
        true => Spelling::Plain,
        false => guess_spelling(text),
    };
    let lexed = tokens(text, spelling, names);
    if let Some(fault) =
        lexed.diagnostics.iter().find(|found| found.severity == Severity::Error)
    {
        return Err(fault.clone());
    }
    let mut parser = Parser::new(text, &lexed, spelling, names);
    parser.ones_literal = spelling == Spelling::Plain;
    let range = parser.trimmed((0, lexed.tokens.len()));
    let mut reader = Reader { parser, found: Vec::new() };
    reader.declarations(range)?;
    let Reader { parser, found } = reader;
    if let Some(fault) =
        parser.diagnostics.into_iter().find(|d| d.severity == Severity::Error)
    {
        return Err(fault);
    }
    Ok(found)
}

/// Reads declarations separated by semicolons or line breaks, each in the light of `names` alone.
/// The spans in the answers and in a diagnostic are those of the whole text's part.
///
/// # Errors
/// As [`parse_given`], for the first part that is no declaration.
pub fn parse_givens(text: &str, names: &dyn Names) -> Result<Vec<Given>, Diagnostic> {
    let mut found = Vec::new();
    let mut start = 0;
    for part in text.split([';', '\n']) {
        if !part.trim().is_empty() {
            found.extend(parse_given(part, names).map_err(|mut fault| {
                fault.span = Span::new(fault.span.start + start, fault.span.end + start);
                fault
            })?);
        }
        start += part.len() + 1;
    }
    Ok(found)
}

/// A size with its label as one name: `d_k` is no entry of a `d`.
fn labelled(size: Expr) -> Expr {
    if let Kind::Entry(base, indices) = &size.kind
        && let (Kind::Name(name), [index]) = (&base.kind, indices.as_slice())
    {
        let label = match &index.kind {
            Kind::Name(label) => label.clone(),
            Kind::Number(label) => label.to_string(),
            _ => return size,
        };
        return Expr { kind: Kind::Name(format!("{name}_{label}")), span: size.span };
    }
    size
}

struct Reader<'a> {
    parser: Parser<'a>,
    found: Vec<Given>,
}

fn fault(span: Span, message: String) -> Diagnostic {
    Diagnostic { span, code: "given", message, severity: Severity::Error }
}

impl Reader<'_> {
    fn tok(&self, at: usize) -> &Tok {
        &self.parser.tokens[at].tok
    }

    fn words(&self, range: Range) -> String {
        let span = self.parser.span_of(range);
        self.parser.slice(span).to_string()
    }

    fn declarations(&mut self, range: Range) -> Result<(), Diagnostic> {
        if range.0 >= range.1 {
            return Err(fault(
                self.parser.span_of(range),
                "there is no declaration here; write for example `x in R^n`".into(),
            ));
        }
        let member = |tok: &Tok| matches!(tok, Tok::Relation(Relation::Other("∈"), _));
        if self.parser.find(range, member).is_some() {
            return self.members(range);
        }
        // `h elementwise, S symmetric`
        let before = self.found.len();
        let parts = self.parser.split(range, |tok| *tok == Tok::Comma);
        let each = parts.into_iter().all(|part| {
            let part = self.parser.trimmed(part);
            self.function(part).or_else(|| self.property(part)).is_some()
        });
        if each {
            return Ok(());
        }
        self.found.truncate(before);
        let is_relation = |tok: &Tok| matches!(tok, Tok::Relation(..));
        if self.parser.find(range, is_relation).is_some() {
            return self.relation(range);
        }
        Err(fault(
            self.parser.span_of(range),
            format!(
                "`{}` is no declaration; write for example `x in R^n`, `h elementwise`, \
                 `Y = X W^T` or `S symmetric`",
                self.parser.shown(self.parser.span_of(range))
            ),
        ))
    }

    /// `x, z in R^n, B in R^{n x m} symmetric`.
    fn members(&mut self, range: Range) -> Result<(), Diagnostic> {
        let comma = |tok: &Tok| match tok {
            Tok::Comma => true,
            Tok::Text(text) => text.trim() == "and",
            _ => false,
        };
        let member = |tok: &Tok| matches!(tok, Tok::Relation(Relation::Other("∈"), _));
        let mut pending: Vec<Range> = Vec::new();
        for part in self.parser.split(range, comma) {
            let part = self.parser.trimmed(part);
            if part.0 >= part.1 {
                continue;
            }
            match self.parser.find(part, member) {
                None => pending.push(part),
                Some(at) => {
                    pending.push((part.0, at));
                    self.member(&pending, (at + 1, part.1))?;
                    pending.clear();
                }
            }
        }
        match pending.first() {
            None => Ok(()),
            Some(first) => {
                let range = (first.0, range.1);
                // `x in R^n, symmetric`: words that belong to the declaration before.
                let words = self.words(range);
                match (property_of(&words), self.found.last_mut()) {
                    (Some(property), Some(Given::In { properties, .. })) => {
                        properties.push(property.into());
                        Ok(())
                    }
                    _ => self.declarations(range),
                }
            }
        }
    }

    /// Names, and the set they are in with what follows it.
    fn member(&mut self, names: &[Range], mut right: Range) -> Result<(), Diagnostic> {
        let mut family = None;
        let mut declared: Vec<(String, Option<String>)> = Vec::new();
        let mut dots = false;
        for range in names {
            let range = self.parser.trimmed(*range);
            if matches!(
                &self.parser.tokens[range.0..range.1],
                [token] if token.tok == Tok::Symbol(Symbol::Ellipsis)
            ) {
                dots = true;
                continue;
            }
            declared.push(self.name(range)?);
        }
        // `for i = 1..N`
        let text = |tok: &Tok| matches!(tok, Tok::Text(_));
        if let Some(at) = self.parser.find(right, text) {
            let words = match self.tok(at) {
                Tok::Text(words) => words.trim().to_string(),
                _ => String::new(),
            };
            if words == "for" || words == "for all" || words == "where" {
                family = self.family_range((at + 1, right.1))?;
                right = self.parser.trimmed((right.0, at));
            }
        }
        let (shape, natural, mut properties, rest) = self.set(right)?;
        let words = self.words(rest);
        let mut left = words.trim().trim_matches(['$', '.', ',']).trim();
        while !left.is_empty() {
            let lowered = left.to_ascii_lowercase();
            let Some((spelling, property)) =
                PROPERTIES.iter().find(|(spelling, _)| lowered.starts_with(spelling))
            else {
                return Err(fault(
                    self.parser.span_of(rest),
                    format!(
                        "`{left}` is no property; the language has symmetric, antisymmetric, \
                         invertible, positive definite, positive determinant, diagonal, \
                         orthogonal and positive"
                    ),
                ));
            };
            properties.push((*property).into());
            left = left[spelling.len()..]
                .trim_start_matches([' ', ',', '$', '.'])
                .trim_start_matches("and ")
                .trim();
        }
        let mut names = Vec::new();
        if dots && declared.len() >= 2 {
            // `x_1, \dots, x_N`: a family over 1..N.
            let (last, end) = declared[declared.len() - 1].clone();
            let base = last.split(['_', '^']).next().unwrap_or(&last).to_string();
            let end = end.unwrap_or_default();
            let (upper, _) =
                super::chain::parse_expr(&end, Spelling::Plain, self.parser.names);
            family = Some(("i".to_string(), upper));
            names.push(base);
        } else if let Some((letter, _)) = &family {
            for (name, script) in &declared {
                let base = match script {
                    Some(script) if script == letter => {
                        name.split(['_', '^']).next().unwrap_or(name).to_string()
                    }
                    _ => name.clone(),
                };
                names.push(base);
            }
        } else {
            names.extend(declared.into_iter().map(|(name, _)| name));
        }
        self.found.push(Given::In { names, shape, natural, properties, family });
        Ok(())
    }

    /// A declared name in its canonical spelling, with its script on its own.
    fn name(&mut self, range: Range) -> Result<(String, Option<String>), Diagnostic> {
        let bad = |reader: &Self| {
            let span = reader.parser.span_of(range);
            fault(span, format!("`{}` is no name", reader.parser.shown(span)))
        };
        let mut start = range.0;
        // `let x`, `given x`, `vector x`
        while start + 1 < range.1 && matches!(self.tok(start), Tok::Text(_)) {
            start += 1;
        }
        let Some((name, script, next)) = self.parser.declared_name(start, range.1) else {
            return Err(bad(self));
        };
        if next != range.1 {
            return Err(bad(self));
        }
        Ok((name, script))
    }

    /// `i = 1..N`, `i = 1, \dots, N`.
    fn family_range(
        &mut self,
        range: Range,
    ) -> Result<Option<(String, Expr)>, Diagnostic> {
        let range = self.parser.trimmed(range);
        let equal = self.parser.find(range, |tok| matches!(tok, Tok::Relation(..)));
        let dots = self.parser.find(range, |tok| *tok == Tok::Symbol(Symbol::Ellipsis));
        match (self.tok(range.0.min(self.parser.tokens.len() - 1)), equal, dots) {
            (Tok::Name(letter), Some(_), Some(dots)) => {
                let letter = letter.clone();
                let end = self.parser.trimmed((dots + 1, range.1));
                let upper = self.parser.expression_in(end);
                Ok(Some((letter, upper)))
            }
            _ => Err(fault(
                self.parser.span_of(range),
                "a family is declared as in `x_i in R^d for i = 1..N`".into(),
            )),
        }
    }

    /// The set: its shape, whether its elements are whole numbers, properties that the set
    /// itself says, and what is left behind it.
    #[allow(clippy::type_complexity)]
    fn set(
        &mut self,
        range: Range,
    ) -> Result<(Vec<Expr>, bool, Vec<String>, Range), Diagnostic> {
        let range = self.parser.trimmed(range);
        let unknown = |reader: &Self| {
            let span = reader.parser.span_of(range);
            fault(
                span,
                format!(
                    "`{}` is no set of the language; write R, R^n, R^{{n x m}} or N",
                    reader.parser.shown(span)
                ),
            )
        };
        let Some((set, mut at)) = self.parser.set_name(range.0, range.1) else {
            return Err(unknown(self));
        };
        let natural = matches!(set.as_str(), "N" | "Z" | "ℕ" | "ℤ");
        let cone = matches!(set.as_str(), "S");
        if !natural && !cone && !matches!(set.as_str(), "R" | "Re" | "ℝ" | "Q") {
            return Err(unknown(self));
        }
        let mut shape = Vec::new();
        let mut properties = Vec::new();
        for _ in 0..3 {
            if at >= range.1 {
                break;
            }
            let raised = match self.tok(at) {
                Tok::Sup => true,
                Tok::Sub => false,
                _ => break,
            };
            let (inside, next) = self.parser.script_range(at + 1, range.1);
            at = next;
            let spelt = self.parser.spell(inside);
            let sign = spelt.trim_matches(['{', '}']);
            let holds_relation = self
                .parser
                .find(inside, |tok| matches!(tok, Tok::Relation(..)))
                .is_some();
            if sign == "+" || sign == "++" || holds_relation {
                let property = match (cone, sign) {
                    (true, "+") => "positive semidefinite",
                    (true, _) => "positive definite",
                    (false, "+") => "positive",
                    _ if spelt.ends_with('0') => "positive",
                    _ => return Err(unknown(self)),
                };
                properties.push(property.into());
            } else if raised {
                shape = self.sizes(inside)?;
            } else {
                return Err(unknown(self));
            }
        }
        if cone {
            let Some(size) = shape.first().cloned() else { return Err(unknown(self)) };
            if shape.len() == 1 {
                shape.push(size);
            }
            if properties.is_empty() {
                properties.push("symmetric".into());
            }
        }
        Ok((shape, natural, properties, (at.min(range.1), range.1)))
    }

    /// `n x m`, `n \times m`, `nxm`, `n`.
    fn sizes(&mut self, range: Range) -> Result<Vec<Expr>, Diagnostic> {
        let mut parts: Vec<Range> = Vec::new();
        let mut start = range.0;
        for at in range.0..range.1 {
            let separates = match self.tok(at) {
                Tok::Operator(Operator::Cross) | Tok::Comma => true,
                Tok::Name(name) => {
                    name == "x"
                        && at > start
                        && at + 1 < range.1
                        && !matches!(self.tok(at - 1), Tok::Operator(_))
                        && !matches!(self.tok(at + 1), Tok::Operator(_))
                }
                _ => false,
            };
            if separates {
                parts.push((start, at));
                start = at + 1;
            }
        }
        parts.push((start, range.1));
        if parts.len() == 1
            && let [token, rest @ ..] = &self.parser.tokens[range.0..range.1]
        {
            // `nxm`, `2x3` in one word.
            let text = match (&token.tok, rest) {
                (Tok::Name(name), []) => name.clone(),
                (Tok::Number(value), [next]) => match &next.tok {
                    Tok::Name(name) if name.starts_with('x') => format!("{value}{name}"),
                    _ => String::new(),
                },
                _ => String::new(),
            };
            if let Some((left, right)) = text.split_once('x')
                && !left.is_empty()
                && !right.is_empty()
                && self.parser.names.kind(&text).is_none()
            {
                let sizes = [left, right].map(|size| {
                    let (mut expr, faults) = super::chain::parse_expr(
                        size,
                        Spelling::Plain,
                        self.parser.names,
                    );
                    expr.span = token.span;
                    (expr, faults)
                });
                if sizes.iter().all(|(_, faults)| faults.is_empty()) {
                    return Ok(sizes.into_iter().map(|(expr, _)| expr).collect());
                }
            }
        }
        if parts.len() > 2 || parts.iter().any(|part| part.0 >= part.1) {
            let span = self.parser.span_of(range);
            return Err(fault(
                span,
                format!("`{}` is no size; write n, or n x m", self.parser.shown(span)),
            ));
        }
        Ok(parts
            .into_iter()
            .map(|part| labelled(self.parser.expression_in(part)))
            .collect())
    }

    /// `h elementwise`, `h is applied element-wise`.
    fn function(&mut self, range: Range) -> Option<()> {
        let words = self.words(range).to_ascii_lowercase();
        let known =
            ["elementwise", "element-wise", "element wise", "entrywise", "componentwise"];
        let at = known.iter().filter_map(|word| words.find(word)).min()?;
        let (name, _, next) = self.parser.declared_name(range.0, range.1)?;
        // Between the name and the word only filler.
        let begin =
            self.parser.span_of((range.0, next)).end - self.parser.span_of(range).start;
        let filler = words.get(begin..at)?;
        let fine = filler
            .split(|c: char| !c.is_ascii_alphabetic())
            .filter(|word| !word.is_empty())
            .all(|word| {
                matches!(
                    word,
                    "is" | "applied"
                        | "an"
                        | "a"
                        | "acts"
                        | "function"
                        | "differentiable"
                        | "text"
                        | "be"
                        | "mbox"
                )
            });
        if !fine {
            return None;
        }
        self.found.push(Given::Function { name, is: None });
        Some(())
    }

    /// `y one-hot`, `S is symmetric`.
    fn property(&mut self, range: Range) -> Option<()> {
        let (name, _, next) = self.parser.declared_name(range.0, range.1)?;
        if next >= range.1 {
            return None;
        }
        let words = self.words((next, range.1));
        let words = words.trim();
        let words = words.strip_prefix("is ").unwrap_or(words);
        let words = words.strip_prefix("a ").unwrap_or(words);
        let property = property_of(words)?;
        self.found.push(Given::Property { name, property: property.into() });
        Some(())
    }

    /// `Y = X W^T`, `h = relu`, `L = L(Y)`, `sum(y) = 1`, `lambda > 0`.
    fn relation(&mut self, range: Range) -> Result<(), Diagnostic> {
        let chain: Chain = self.parser.chain(range);
        let span = self.parser.span_of(range);
        let mut chain = chain;
        if chain.sides.len() != 2 {
            return Err(fault(span, "a declaration has one relation sign".into()));
        }
        let sign = chain.signs[0].0;
        let (Some(right), Some(left)) =
            (chain.sides.pop().flatten(), chain.sides.pop().flatten())
        else {
            return Err(fault(span, "one side of this declaration is empty".into()));
        };
        match sign {
            Relation::Equal | Relation::Define => {
                self.found.push(equation(left, right, sign, self.parser.names));
                Ok(())
            }
            Relation::Other(sign @ (">" | "<" | "≥" | "≤" | "≠" | "≻")) => {
                let zero = matches!(&right.kind, Kind::Number(value) if *value == super::ast::whole(0));
                let (Kind::Name(name), true) = (&left.kind, zero) else {
                    return Err(fault(
                        span,
                        "only a name can be declared positive, as in `lambda > 0`".into(),
                    ));
                };
                let property = match sign {
                    ">" => "positive",
                    "<" => "negative",
                    "≥" => "nonnegative",
                    "≤" => "nonpositive",
                    "≻" => "positive definite",
                    _ => "nonzero",
                };
                let name = name.clone();
                let known = self.parser.names.kind(&name).is_some();
                self.found.push(if known || sign == "≻" {
                    Given::Property { name, property: property.into() }
                } else {
                    Given::In {
                        names: vec![name],
                        shape: Vec::new(),
                        natural: false,
                        properties: vec![property.into()],
                        family: None,
                    }
                });
                Ok(())
            }
            _ => Err(fault(span, "a declaration has `=`, `in` or `> 0`".into())),
        }
    }
}

/// The property that words name.
fn property_of(words: &str) -> Option<&'static str> {
    let words = words.trim().trim_matches(['$', '.', ',', ' ']).to_ascii_lowercase();
    PROPERTIES.iter().find(|(spelling, _)| *spelling == words).map(|entry| entry.1)
}

/// What an equation declares.
fn equation(left: Expr, right: Expr, sign: Relation, names: &dyn Names) -> Given {
    let left = labelled_name(numbered_name(left, names), &right);
    match (&left.kind, &right.kind) {
        (
            Kind::Name(name) | Kind::Function { name, .. },
            Kind::Call { name: called, primes: 0, args },
        ) if name == called => {
            let of: Option<Vec<String>> = args
                .iter()
                .map(|arg| match &arg.kind {
                    Kind::Name(name) => Some(name.clone()),
                    _ => None,
                })
                .collect();
            match of {
                Some(of) => Given::Opaque { name: name.clone(), of },
                None => Given::Definition { left, right },
            }
        }
        (
            Kind::Name(name) | Kind::Function { name, primes: 0 },
            Kind::Function { name: known, primes: 0 },
        ) => Given::Function {
            name: name.clone(),
            is: Some(functions::word(known).unwrap_or(known).into()),
        },
        (Kind::Name(name), Kind::Name(known))
            if names.kind(name).is_none() && functions::word(known).is_some() =>
        {
            Given::Function {
                name: name.clone(),
                is: functions::word(known).map(Into::into),
            }
        }
        (Kind::Name(_), _) => Given::Definition { left, right },
        (Kind::Call { name, args, .. }, _)
            if args.len() == 1
                && matches!(args[0].kind, Kind::Name(_))
                && functions::word(name).is_none() =>
        {
            Given::Definition { left, right }
        }
        (Kind::Entry(base, indices), _)
            if matches!(base.kind, Kind::Name(_))
                && indices.iter().all(|index| matches!(index.kind, Kind::Name(_)))
                && all_different(indices) =>
        {
            Given::Definition { left, right }
        }
        _ if sign == Relation::Define => Given::Definition { left, right },
        _ => Given::Constraint { left, right },
    }
}

/// `A_1` on the left of an equation is a name of its own where `A` is not given: the first layer
/// of a network, not an entry.
fn numbered_name(left: Expr, names: &dyn Names) -> Expr {
    let Kind::Entry(base, indices) = &left.kind else { return left };
    let Kind::Name(base) = &base.kind else { return left };
    // `A_12` is read as two indices.
    let digits: Option<String> = indices
        .iter()
        .map(|index| match &index.kind {
            Kind::Number(n) if n.is_integer() => Some(n.to_string()),
            _ => None,
        })
        .collect();
    match digits {
        Some(digits) if names.kind(base).is_none() => {
            let kind = Kind::Name(format!("{base}_{digits}"));
            Expr { kind, ..left }
        }
        _ => left,
    }
}

/// `h_t` on the left where `t` stands on the right only within names (`x_t`, `h_{t-1}`): a name of
/// its own, not an entry.
fn labelled_name(left: Expr, right: &Expr) -> Expr {
    let Kind::Entry(base, indices) = &left.kind else { return left };
    let (Kind::Name(base), [index]) = (&base.kind, indices.as_slice()) else {
        return left;
    };
    let Kind::Name(letter) = &index.kind else { return left };
    let label = format!("_{letter}");
    let mut within_names = false;
    right.for_each_name(&mut |name| within_names |= name.contains(&label));
    if !within_names || right.free_occurrences(letter) > 0 {
        return left;
    }
    Expr { kind: Kind::Name(format!("{base}{label}")), span: left.span }
}

fn all_different(indices: &[Expr]) -> bool {
    indices.iter().enumerate().all(|(at, index)| !indices[..at].contains(index))
}
