//! Everything that is no sum or product: scripts, calls, derivatives, structures.

use super::{Level, Printer, Style};
use crate::language::ast::{
    Comparison, Condition, DerivativeForm, Expr, Kind, NormKind, Sign, SumIndex,
};
use crate::language::functions;
use crate::language::lexer::greek;

/// Whether the expression is a minus one.
fn is_minus_one(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Add(terms) => match &terms[..] {
            [(Sign::Minus, one)] => {
                matches!(&one.kind, Kind::Number(value) if Printer::is_one(value))
            }
            _ => false,
        },
        _ => false,
    }
}

/// One letter (Latin or Greek), primes allowed.
fn is_letter(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Name(name) => {
            let base = name.trim_end_matches('\'');
            base.chars().count() == 1 || greek(base).is_some()
        }
        _ => false,
    }
}

impl Printer {
    /// The base of a script.
    fn base(&self, base: &Expr) -> String {
        self.at_least(base, Level::Atom)
    }

    pub(super) fn power(&self, base: &Expr, exponent: &Expr, hadamard: bool) -> String {
        let bare = exponent.without_groups();
        // `x_i^2` raises the entry in both spellings.
        let base = match (&base.kind, hadamard) {
            (Kind::Entry(_, indices), false)
                if indices.len() == 1
                    && is_letter(&indices[0])
                    && !is_minus_one(bare) =>
            {
                self.expr(base)
            }
            // A script on a bold digit or an identity could be its size.
            (Kind::Ones(_) | Kind::Zeros(_) | Kind::Identity(_), _)
                if !matches!(bare.kind, Kind::Number(_) | Kind::Name(_)) =>
            {
                self.bracketed(base)
            }
            _ => self.base(base),
        };
        let text = self.expr(bare);
        let transposing = matches!(&bare.kind, Kind::Name(name)
            if matches!(name.as_str(), "T" | "t" | "top" | "tr"));
        let text = match transposing && !self.is(Style::Unicode) {
            true => format!("\\left. {text} \\right."),
            false => text,
        };
        match self.style {
            Style::Latex if hadamard => format!("{base}^{{\\odot {text}}}"),
            Style::Latex if text.chars().count() == 1 => format!("{base}^{text}"),
            Style::Latex => format!("{base}^{{{text}}}"),
            Style::Unicode => {
                let mark = if hadamard { "∘" } else { "" };
                match Printer::raised(&text) {
                    Some(raised) => format!("{base}{mark}{raised}"),
                    None => format!("{base}^{mark}({text})"),
                }
            }
            Style::Plain => {
                let sign = if hadamard { ".^" } else { "^" };
                let simple = match &bare.kind {
                    Kind::Number(value) => value.is_integer() && !text.starts_with('-'),
                    Kind::Name(name) => {
                        name.chars().all(|c| c.is_ascii_alphanumeric()) && !transposing
                    }
                    _ => is_minus_one(bare),
                };
                match simple {
                    true => format!("{base}{sign}{text}"),
                    false => format!("{base}{sign}({text})"),
                }
            }
        }
    }

    pub(super) fn transpose(&self, inner: &Expr) -> String {
        if self.is(Style::Latex)
            && let Kind::Power(base, exponent) = &inner.kind
            && is_minus_one(exponent)
        {
            return format!("{}^{{-\\top}}", self.base(base));
        }
        let base = match &inner.kind {
            Kind::Entry(_, indices) if indices.len() == 1 && is_letter(&indices[0]) => {
                self.expr(inner)
            }
            Kind::Power(_, exponent)
                if self.is(Style::Plain) && is_minus_one(exponent) =>
            {
                self.expr(inner)
            }
            _ => self.base(inner),
        };
        match self.style {
            Style::Latex => format!("{base}^\\top"),
            Style::Plain => format!("{base}'"),
            Style::Unicode => format!("{base}ᵀ"),
        }
    }

    pub(super) fn entry(&self, base: &Expr, indices: &[Expr]) -> String {
        let scripted =
            |name: &str| name.contains(['_', '^', '\'']) || name == "d" || name == "e";
        let direct = match &base.kind {
            Kind::Name(name) => self.is(Style::Plain) || !scripted(name),
            Kind::Number(_) | Kind::Ones(_) | Kind::Zeros(_) | Kind::Identity(_) => false,
            Kind::Norm(..) | Kind::Bars(_) | Kind::Indicator(_) | Kind::Infinity => false,
            Kind::Call { name, .. } => name != "inner",
            _ => self.level(base) == Level::Atom,
        };
        let base = match direct {
            true => self.expr(base),
            false => self.bracketed(base),
        };
        if self.is(Style::Plain) {
            let list: Vec<String> =
                indices.iter().map(|index| self.expr(index)).collect();
            return format!("{base}[{}]", list.join(","));
        }
        format!("{base}_{}", self.index_list(indices))
    }

    /// Indices as a subscript: `i`, `{ij}`, `{i+1,j}`.
    fn index_list(&self, indices: &[Expr]) -> String {
        let unicode = self.is(Style::Unicode);
        let run: Vec<String> = indices.iter().map(|index| self.expr(index)).collect();
        if indices.iter().all(is_letter) && !indices.is_empty() {
            let list = match run.iter().any(|text| text.starts_with('\\')) {
                true => run.join(" "),
                false => run.concat(),
            };
            return match list.chars().count() == 1 || unicode {
                true => list,
                false => format!("{{{list}}}"),
            };
        }
        if let [index] = indices {
            let bare = match &index.kind {
                Kind::Number(_) => run[0].len() != 2 || run[0].starts_with('-'),
                Kind::Add(_) | Kind::Group(..) | Kind::Colon => true,
                _ => false,
            };
            return match (bare, unicode) {
                (true, true) if run[0].len() == 1 => run[0].clone(),
                (true, false) => format!("{{{}}}", run[0]),
                (_, true) => format!("({})", run[0]),
                (false, false) => format!("{{({})}}", run[0]),
            };
        }
        match unicode {
            true => format!("({})", run.join(",")),
            false => format!("{{{}}}", run.join(",")),
        }
    }

    fn list(&self, items: &[Expr]) -> String {
        items.iter().map(|item| self.expr(item)).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn call(&self, name: &str, primes: u32, args: &[Expr]) -> String {
        let list = self.list(args);
        if name == "inner" && primes == 0 && !self.is(Style::Plain) {
            return match self.style {
                Style::Latex => format!("\\langle {list} \\rangle"),
                _ => format!("⟨{list}⟩"),
            };
        }
        let head = format!("{}{}", self.function_name(name), self.primes(primes));
        match self.is(Style::Latex) && args.iter().any(super::is_tall) {
            true => format!("{head}\\left( {list} \\right)"),
            false => format!("{head}({list})"),
        }
    }

    pub(super) fn big(
        &self,
        word: &str,
        symbol: &str,
        indices: &[SumIndex],
        body: &Expr,
    ) -> String {
        let mut below: Vec<String> = Vec::new();
        for index in indices {
            let name = self.name(&index.name);
            match &index.from {
                Some(from) => below.push(format!("{name}={}", self.expr(from))),
                None if index.not_equal.is_empty() => below.push(name.clone()),
                None => {}
            }
            let sign = match self.style {
                Style::Latex => " \\neq ",
                Style::Plain => " != ",
                Style::Unicode => "≠",
            };
            for other in &index.not_equal {
                below.push(format!("{name}{sign}{}", self.expr(other)));
            }
        }
        let mut head = match self.style {
            Style::Latex => format!("\\{word}"),
            Style::Plain if indices.is_empty() => format!("\\{word}"),
            Style::Plain => word.to_string(),
            Style::Unicode => symbol.to_string(),
        };
        let below = below.join(",");
        if !below.is_empty() {
            match below.chars().count() == 1 {
                true => head.push_str(&format!("_{below}")),
                false => head.push_str(&format!("_{{{below}}}")),
            }
        }
        let ends: Vec<&Expr> =
            indices.iter().filter_map(|index| index.to.as_ref()).collect();
        if let Some(first) = ends.first() {
            let same = ends.iter().all(|end| end == first);
            let text = match same {
                true => self.expr(first),
                false => {
                    ends.iter().map(|end| self.expr(end)).collect::<Vec<_>>().join(",")
                }
            };
            match text.chars().count() == 1 {
                true => head.push_str(&format!("^{text}")),
                false => head.push_str(&format!("^{{{text}}}")),
            }
        }
        format!("{head} {}", self.at_least(body, Level::Loose))
    }

    /// What a ∂ stands in front of, in brackets unless it is an atom.
    fn marked(&self, expr: &Expr) -> String {
        let simple = match &expr.kind {
            Kind::Name(name) => !name.contains('\''),
            Kind::Entry(base, _) => matches!(&base.kind, Kind::Name(_)),
            Kind::Call { .. } => !self.is(Style::Unicode),
            Kind::Group(..) | Kind::Norm(..) => true,
            _ => false,
        };
        match simple {
            true => self.expr(expr),
            false => self.bracketed(expr),
        }
    }

    pub(super) fn derivative(
        &self,
        form: DerivativeForm,
        of: Option<&Expr>,
        by: &[Expr],
    ) -> String {
        match form {
            DerivativeForm::Gradient
            | DerivativeForm::Jacobian
            | DerivativeForm::Hessian => self.named_derivative(form, of, by),
            _ => self.fraction_derivative(form, of, by),
        }
    }

    fn named_derivative(
        &self,
        form: DerivativeForm,
        of: Option<&Expr>,
        by: &[Expr],
    ) -> String {
        let word = match form {
            DerivativeForm::Gradient => "grad",
            DerivativeForm::Hessian => "hessian",
            _ => "jacobian",
        };
        let plainly = self.is(Style::Plain) || form == DerivativeForm::Jacobian;
        if let (true, Some(of), [by]) = (plainly, of, by) {
            let word = self.function_name(word);
            return format!("{word}({}, {})", self.expr(of), self.expr(by));
        }
        let nabla = match self.style {
            Style::Unicode => "∇",
            _ => "\\nabla",
        };
        let order = match (form, self.style) {
            (DerivativeForm::Hessian, Style::Unicode) => "²",
            (DerivativeForm::Hessian, _) => "^2",
            _ => "",
        };
        let below = match by {
            [] => String::new(),
            _ => format!("_{{{}}}", self.list(by)),
        };
        let of = of.map_or(String::new(), |of| match &of.kind {
            Kind::Group(..) => format!(" {}", self.expr(of)),
            _ => format!(" {}", self.bracketed(of)),
        });
        format!("{nabla}{order}{below}{of}")
    }

    fn fraction_derivative(
        &self,
        form: DerivativeForm,
        of: Option<&Expr>,
        by: &[Expr],
    ) -> String {
        let straight =
            matches!(form, DerivativeForm::Total | DerivativeForm::TotalOperator);
        let operator = matches!(
            form,
            DerivativeForm::PartialOperator | DerivativeForm::TotalOperator
        );
        let marker = match (self.style, straight) {
            (Style::Latex, true) => "\\mathrm{d}",
            (_, true) => "d",
            (Style::Latex, false) => "\\partial",
            (_, false) => "∂",
        };
        let order = match (by.len(), self.style) {
            (0 | 1, _) => String::new(),
            (count, Style::Unicode) => {
                Printer::raised(&count.to_string()).unwrap_or_default()
            }
            (count, _) => format!("^{count}"),
        };
        let space = match (self.style, straight) {
            (Style::Latex, false) => " ",
            (Style::Latex, true) => " ",
            _ => "",
        };
        // In plain text brackets are always there, as in `d(f)/d(x)`.
        // Only `∂L/∂X` of plain letters goes without.
        let letters = !operator
            && !straight
            && by.iter().chain(of).all(|part| {
                matches!(&part.kind, Kind::Name(name)
                    if name.chars().all(|c| c.is_ascii_alphanumeric())
                        && name != "d" && name != "delta" && !functions::is_letter(name)
                        || name == "L")
            });
        let mark = |expr: &Expr| match self.style {
            Style::Plain if letters => self.expr(expr),
            Style::Plain => match &expr.kind {
                Kind::Group(..) => self.expr(expr),
                _ => self.bracketed(expr),
            },
            _ => self.marked(expr),
        };
        let below: Vec<String> = by
            .iter()
            .map(|by| {
                // Bars do not hide a marker inside them.
                let text = match &by.kind {
                    Kind::Norm(..) => self.bracketed(by),
                    _ => mark(by),
                };
                format!("{marker}{space}{text}")
            })
            .collect();
        let below = below.join(if self.is(Style::Latex) { " " } else { "" });
        let above = match of {
            Some(of) if !operator => format!("{marker}{order}{space}{}", mark(of)),
            _ => format!("{marker}{order}"),
        };
        let quotient = match self.style {
            Style::Latex => format!("\\frac{{{above}}}{{{below}}}"),
            _ => format!("{above}/{below}"),
        };
        match of {
            Some(of) if operator => {
                let operand = match &of.kind {
                    Kind::Group(..) => self.expr(of),
                    _ => self.bracketed(of),
                };
                format!("{quotient} {operand}")
            }
            _ => quotient,
        }
    }

    pub(super) fn condition(&self, condition: &Condition) -> String {
        match condition {
            Condition::Compare(left, comparison, right) => {
                let sign = match (comparison, self.style) {
                    (Comparison::Equal, _) => "=",
                    (Comparison::Less, _) => "<",
                    (Comparison::Greater, _) => ">",
                    (Comparison::NotEqual, Style::Latex) => "\\neq",
                    (Comparison::NotEqual, Style::Plain) => "!=",
                    (Comparison::NotEqual, Style::Unicode) => "≠",
                    (Comparison::LessEqual, Style::Latex) => "\\leq",
                    (Comparison::LessEqual, Style::Plain) => "<=",
                    (Comparison::LessEqual, Style::Unicode) => "≤",
                    (Comparison::GreaterEqual, Style::Latex) => "\\geq",
                    (Comparison::GreaterEqual, Style::Plain) => ">=",
                    (Comparison::GreaterEqual, Style::Unicode) => "≥",
                };
                format!("{} {sign} {}", self.expr(left), self.expr(right))
            }
            Condition::All(parts) => parts
                .iter()
                .map(|part| self.condition(part))
                .collect::<Vec<_>>()
                .join(", "),
            Condition::Otherwise if self.is(Style::Latex) => "\\text{otherwise}".into(),
            Condition::Otherwise => "otherwise".into(),
            Condition::Unread(words) if self.is(Style::Unicode) => words.clone(),
            Condition::Unread(words) => format!("\\text{{{words}}}"),
        }
    }

    /// A size of ones or zeros, as a subscript where that reads back.
    fn sized(&self, bold: &str, word: &str, sizes: &[Expr]) -> String {
        let clear = |size: &Expr| match &size.kind {
            Kind::Number(_) | Kind::Add(_) => true,
            Kind::Name(name) => {
                matches!(name.as_str(), "n" | "m" | "d" | "N" | "M" | "S" | "K")
            }
            _ => false,
        };
        match (self.style, sizes) {
            (Style::Plain, []) => format!("\\mathbf{{{bold}}}"),
            (Style::Unicode, []) => bold.to_string(),
            (Style::Unicode, [size])
                if is_letter(size) || matches!(size.kind, Kind::Number(_)) =>
            {
                format!("{bold}_{}", self.expr(size))
            }
            (Style::Unicode, sizes) => {
                let list: Vec<String> =
                    sizes.iter().map(|size| self.expr(size)).collect();
                format!("{bold}_({})", list.join("×"))
            }
            (Style::Latex, []) => format!("\\mathbf{{{bold}}}"),
            (Style::Latex, [size]) if clear(size) => {
                format!("\\mathbf{{{bold}}}_{{{}}}", self.expr(size))
            }
            (Style::Latex, [rows, columns]) => format!(
                "\\mathbf{{{bold}}}_{{{} \\times {}}}",
                self.at_least(rows, Level::Factor),
                self.at_least(columns, Level::Factor)
            ),
            (Style::Latex, sizes) => {
                format!("\\operatorname{{{word}}}({})", self.list(sizes))
            }
            (Style::Plain, sizes) => {
                let list: Vec<String> =
                    sizes.iter().map(|size| self.expr(size)).collect();
                format!("{word}({})", list.join(","))
            }
        }
    }

    fn rows(&self, rows: &[Vec<Expr>]) -> String {
        rows.iter()
            .map(|row| {
                row.iter().map(|cell| self.expr(cell)).collect::<Vec<_>>().join(" & ")
            })
            .collect::<Vec<_>>()
            .join(" \\\\ ")
    }

    pub(super) fn piece(&self, expr: &Expr) -> String {
        let style = self.style;
        match &expr.kind {
            Kind::Ones(sizes) => self.sized("1", "ones", sizes),
            Kind::Zeros(sizes) => self.sized("0", "zeros", sizes),
            Kind::Identity(None) => "I".into(),
            Kind::Identity(Some(size)) => match (style, &size.kind) {
                (Style::Plain, _) => format!("eye({})", self.expr(size)),
                (_, Kind::Name(_) | Kind::Number(_))
                    if is_letter(size) || matches!(size.kind, Kind::Number(_)) =>
                {
                    let text = self.expr(size);
                    match style {
                        Style::Latex => format!("I_{{{text}}}"),
                        _ => format!("I_{text}"),
                    }
                }
                (Style::Latex, _) => {
                    format!("\\operatorname{{eye}}({})", self.expr(size))
                }
                _ => format!("I_({})", self.expr(size)),
            },
            Kind::Root(inner) => match style {
                Style::Latex => format!("\\sqrt{{{}}}", self.expr(inner)),
                Style::Plain => format!("sqrt({})", self.expr(inner)),
                Style::Unicode => match self.level(inner) {
                    Level::Atom => format!("√{}", self.expr(inner)),
                    _ => format!("√{}", self.bracketed(inner)),
                },
            },
            Kind::Norm(inner, kind) => self.norm(inner, *kind),
            Kind::Bars(inner) => match style {
                Style::Unicode => format!("|{}|", self.expr(inner)),
                _ => format!("\\lvert {} \\rvert", self.expr(inner)),
            },
            Kind::Delta(left, right) => {
                let pair = [(**left).clone(), (**right).clone()];
                match style {
                    Style::Latex => format!("\\delta_{}", self.index_list(&pair)),
                    Style::Unicode => format!("δ_{}", self.index_list(&pair)),
                    Style::Plain => {
                        format!("delta[{},{}]", self.expr(left), self.expr(right))
                    }
                }
            }
            Kind::Cases(rows) => self.cases(rows),
            Kind::Indicator(condition) => match style {
                Style::Latex => format!("\\mathbb{{1}}[{}]", self.condition(condition)),
                Style::Unicode => format!("[{}]", self.condition(condition)),
                Style::Plain => format!("({})", self.condition(condition)),
            },
            Kind::Differential(inner) => match style {
                Style::Plain => format!("diff({})", self.expr(inner)),
                Style::Latex => match &inner.kind {
                    Kind::Name(_) => format!("\\mathrm{{d}}{}", self.expr(inner)),
                    Kind::Group(..) => format!("\\mathrm{{d}}{}", self.expr(inner)),
                    _ => format!("\\mathrm{{d}}{}", self.bracketed(inner)),
                },
                Style::Unicode => match &inner.kind {
                    Kind::Name(_) => format!("d{}", self.expr(inner)),
                    _ => format!("d{}", self.bracketed(inner)),
                },
            },
            Kind::Matrix(rows) => match style {
                Style::Latex => {
                    format!("\\begin{{pmatrix}} {} \\end{{pmatrix}}", self.rows(rows))
                }
                Style::Plain if rows.len() == 1 => {
                    format!("\\begin{{pmatrix}} {} \\end{{pmatrix}}", self.rows(rows))
                }
                _ => {
                    let rows: Vec<String> =
                        rows.iter().map(|row| self.list(row)).collect();
                    format!("[{}]", rows.join("; "))
                }
            },
            Kind::Tuple(items) => format!("({})", self.list(items)),
            Kind::Ellipsis => match style {
                Style::Latex => "\\dots".into(),
                Style::Plain => "...".into(),
                Style::Unicode => "…".into(),
            },
            Kind::Integral { from, to, body, by } => {
                let mut out =
                    String::from(if style == Style::Unicode { "∫" } else { "\\int" });
                if let Some(from) = from {
                    out.push_str(&format!("_{{{}}}", self.expr(from)));
                }
                if let Some(to) = to {
                    out.push_str(&format!("^{{{}}}", self.expr(to)));
                }
                out.push_str(&format!(" {}", self.at_least(body, Level::Factor)));
                if !by.is_empty() {
                    let d = if style == Style::Unicode { "d" } else { "\\mathrm{d} " };
                    out.push_str(&format!(" {d}{}", self.name(by)));
                }
                out
            }
            Kind::Expectation(name, inner) => match (style, name.as_str()) {
                (Style::Latex, "E") => format!("\\mathbb{{E}}[{}]", self.expr(inner)),
                (Style::Latex, _) => {
                    format!("\\operatorname{{{name}}}[{}]", self.expr(inner))
                }
                _ => format!("{name}[{}]", self.expr(inner)),
            },
            Kind::Infinity => match style {
                Style::Latex => "\\infty".into(),
                Style::Plain => "infty".into(),
                Style::Unicode => "∞".into(),
            },
            Kind::Colon => ":".into(),
            Kind::At(body, values) => {
                let values: Vec<String> = values
                    .iter()
                    .map(|(name, value)| {
                        format!("{} = {}", self.expr(name), self.expr(value))
                    })
                    .collect();
                let values = values.join(", ");
                match style {
                    Style::Unicode => {
                        format!("{}|_({values})", self.at_least(body, Level::Atom))
                    }
                    _ => format!("\\left. {} \\right|_{{{values}}}", self.expr(body)),
                }
            }
            Kind::Unread(text) => text.clone(),
            // The rest has a printer of its own.
            _ => String::new(),
        }
    }

    fn norm(&self, inner: &Expr, kind: NormKind) -> String {
        let text = self.expr(inner);
        match (self.style, kind) {
            (Style::Plain, NormKind::Plain) => format!("norm({text})"),
            (Style::Plain, NormKind::One) => format!("norm1({text})"),
            (Style::Plain, NormKind::Two) => format!("norm2({text})"),
            (Style::Plain, NormKind::Frobenius) => format!("norm({text}, F)"),
            (style, kind) => {
                let index = match kind {
                    NormKind::Plain => "",
                    NormKind::One => "_1",
                    NormKind::Two => "_2",
                    NormKind::Frobenius => "_F",
                };
                let nested = text.contains("\\|") || text.contains("\\lVert");
                match style {
                    Style::Unicode => format!("‖{text}‖{index}"),
                    _ if nested => format!("\\lVert {text} \\rVert{index}"),
                    _ => format!("\\|{text}\\|{index}"),
                }
            }
        }
    }

    fn cases(&self, rows: &[(Expr, Condition)]) -> String {
        let lines: Vec<String> = rows
            .iter()
            .map(|(value, condition)| match self.style {
                Style::Unicode => {
                    let word = match condition {
                        Condition::Otherwise => "",
                        _ => "if ",
                    };
                    format!("{} {word}{}", self.expr(value), self.condition(condition))
                }
                _ => {
                    let word = match condition {
                        Condition::Otherwise => "",
                        _ => "\\text{if } ",
                    };
                    format!("{} & {word}{}", self.expr(value), self.condition(condition))
                }
            })
            .collect();
        match self.style {
            Style::Unicode => format!("{{{}}}", lines.join("; ")),
            _ => format!("\\begin{{cases}} {} \\end{{cases}}", lines.join(" \\\\ ")),
        }
    }
}
