//! Whole pieces of math: alignments, rows, several statements in a row, reasons, conditions.
//!
//! A piece of math becomes a list of [`Row`]s, one for each chain of relations. Environments that
//! only set type vanish; line breaks inside an expression join; commas, wide spaces and connecting
//! words separate statements.

use super::ast::{
    Chain, Comparison, Condition, Diagnostic, Names, Relation, Span, Spelling,
};
use super::chain::{ordered, tokens};
use super::lexer::{self, Lexed, Operator, Symbol, Tok, Token};
use super::parser::{Parser, Range};

/// One chain of relations in a piece of math.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The chain. Its first side is `None` when the row begins with a relation sign: then it goes
    /// on from the row before, or, in a [fresh](Row::fresh) row, from an earlier piece of math.
    pub chain: Chain,
    /// Words that stand beside the chain: `by the chain rule`.
    pub justification: Option<String>,
    /// Whether it is the first row of its piece of math.
    pub fresh: bool,
    /// Where it stands.
    pub span: Span,
}

/// Environments that set rows and mean nothing.
const ALIGNMENTS: &[&str] = &[
    "align",
    "aligned",
    "alignat",
    "alignedat",
    "gather",
    "gathered",
    "equation",
    "split",
    "eqnarray",
    "multline",
    "multlined",
    "flalign",
    "displaymath",
    "math",
    "IEEEeqnarray",
    "subequations",
    "dmath",
    "center",
    "small",
    "array",
    "tabular",
    "minipage",
    "document",
];

/// Reads a whole piece of math (what stands between its delimiters) into rows. Never fails:
/// unread parts become [`super::ast::Kind::Unread`] with an error among the diagnostics.
pub fn parse_math(
    text: &str,
    spelling: Spelling,
    names: &dyn Names,
) -> (Vec<Row>, Vec<Diagnostic>) {
    let lexed = flattened(tokens(text, spelling, names));
    let parser = Parser::new(text, &lexed, spelling, names);
    let mut reader = Reader { parser, rows: Vec::new(), words: Vec::new() };
    let lines = reader.lines();
    for line in lines {
        reader.line(line);
    }
    let Reader { parser, mut rows, words } = reader;
    if let (false, Some(last)) = (words.is_empty(), rows.last_mut()) {
        add_words(&mut last.justification, words);
    }
    if let Some(first) = rows.first_mut() {
        first.fresh = true;
    }
    let diagnostics = ordered(&lexed, parser.diagnostics);
    (rows, diagnostics)
}

fn add_words(justification: &mut Option<String>, words: Vec<String>) {
    let mut all: Vec<String> = justification.take().into_iter().collect();
    all.extend(words);
    let joined = all.join(" ");
    *justification = Some(joined.trim().to_string()).filter(|text| !text.is_empty());
}

/// Takes away what only sets type: alignments, and braces around whole relations.
fn flattened(mut lexed: Lexed) -> Lexed {
    let count = lexed.tokens.len();
    let mut drop = vec![false; count];
    let mut at = 0;
    while at < count {
        let mate = lexed.mates[at].filter(|mate| *mate > at);
        match (&lexed.tokens[at].tok, mate) {
            (Tok::Begin(name), Some(mate)) if is_alignment(&lexed, name, at, mate) => {
                drop[at] = true;
                drop[mate] = true;
                at += 1;
            }
            (Tok::BraceOpen, Some(mate)) => {
                let free = at == 0
                    || drop[at - 1]
                    || matches!(
                        lexed.tokens[at - 1].tok,
                        Tok::Relation(..)
                            | Tok::Operator(_)
                            | Tok::Cell
                            | Tok::Row
                            | Tok::Quad
                            | Tok::Text(_)
                            | Tok::Comma
                            | Tok::Bullet
                    );
                if free && holds_rows(&lexed, at + 1, mate) {
                    drop[at] = true;
                    drop[mate] = true;
                    at += 1;
                } else {
                    at = mate + 1;
                }
            }
            (_, Some(mate)) => at = mate + 1,
            _ => at += 1,
        }
    }
    let mut keep = drop.iter();
    lexed.tokens.retain(|_| !keep.next().copied().unwrap_or(false));
    lexer::pair(&mut lexed);
    lexed
}

fn is_alignment(lexed: &Lexed, name: &str, start: usize, end: usize) -> bool {
    ALIGNMENTS.contains(&name) && (name != "array" || holds_rows(lexed, start + 1, end))
}

/// Whether a relation, a cell or a row break stands at the top of the range.
fn holds_rows(lexed: &Lexed, mut at: usize, end: usize) -> bool {
    while at < end {
        match &lexed.tokens[at].tok {
            Tok::Relation(..) => return true,
            Tok::Begin(name)
                if ALIGNMENTS.contains(&name.as_str()) && name != "array" =>
            {
                return true;
            }
            Tok::BraceOpen => at += 1,
            _ => at = lexed.mates[at].filter(|mate| *mate > at).unwrap_or(at) + 1,
        }
    }
    false
}

struct Reader<'a> {
    parser: Parser<'a>,
    rows: Vec<Row>,
    /// Words that wait for the row that they belong to.
    words: Vec<String>,
}

/// What a piece of text between formulas does.
enum Words {
    /// `if`, `for`: a condition follows.
    Condition,
    /// `and`, `where`, `so`: another statement follows.
    Connection,
    /// Anything else is a reason.
    Reason,
}

fn classify(text: &str) -> Words {
    let lowered = text.to_ascii_lowercase();
    let first = lowered
        .split(|c: char| !c.is_ascii_alphabetic())
        .find(|word| !word.is_empty())
        .unwrap_or("");
    match first {
        "if" | "for" | "when" | "whenever" | "otherwise" | "else" => Words::Condition,
        "and" | "or" | "where" | "with" | "so" | "thus" | "hence" | "then"
        | "therefore" | "since" | "because" | "let" | "with_" | "so_that" | "but"
        | "i" | "also" | "we" => Words::Connection,
        _ => Words::Reason,
    }
}

impl Reader<'_> {
    fn tok(&self, at: usize) -> &Tok {
        &self.parser.tokens[at].tok
    }

    fn tokens(&self, range: Range) -> &[Token] {
        &self.parser.tokens[range.0..range.1]
    }

    /// Rows, with those that only break an expression joined.
    fn lines(&mut self) -> Vec<Range> {
        let whole = (0, self.parser.tokens.len());
        let mut lines: Vec<Range> = Vec::new();
        for part in self.parser.split(whole, |tok| *tok == Tok::Row) {
            if self.parser.trimmed(part).0 >= part.1 {
                continue;
            }
            match lines.last_mut() {
                Some(before) if joins(&self.parser, *before, part) => before.1 = part.1,
                _ => lines.push(part),
            }
        }
        lines
    }

    /// One line: statements, separated by text, commas and wide spaces.
    fn line(&mut self, range: Range) {
        let mut start = range.0;
        loop {
            let text = self.words_at((start, range.1));
            let end = text.unwrap_or(range.1);
            if start < end {
                self.statements((start, end));
            }
            let Some(at) = text else { return };
            let first_of_line = self.parser.trimmed((range.0, at)).0 >= at;
            let class = match self.tok(at) {
                Tok::Text(text) => classify(text),
                Tok::Symbol(Symbol::ForAll) => Words::Condition,
                _ => Words::Reason,
            };
            match class {
                Words::Condition if !self.rows.is_empty() && !first_of_line => {
                    // Up to a word that begins another statement.
                    let stop = self.connection((at + 1, range.1)).unwrap_or(range.1);
                    if let Some(condition) = self.parser.side_condition((at, stop)) {
                        self.attach(condition, (at, stop));
                    }
                    start = stop;
                    if stop == range.1 {
                        return;
                    }
                }
                Words::Reason => {
                    // A reason reaches to the end of the line, formulas inside it included.
                    let stop = self.connection((at + 1, range.1)).unwrap_or(range.1);
                    let span = self.parser.span_of((at, stop));
                    let words = match self.tok(at) {
                        Tok::Text(text) if stop == at + 1 => text.clone(),
                        _ => self.parser.slice(span).to_string(),
                    };
                    match self.rows.last_mut() {
                        Some(row) if !first_of_line => {
                            add_words(&mut row.justification, vec![words])
                        }
                        _ => {
                            // Words in front of a formula on the same line.
                            if self.has_relation((at + 1, range.1)) {
                                self.words.push(match self.tok(at) {
                                    Tok::Text(text) => text.clone(),
                                    _ => String::new(),
                                });
                                start = at + 1;
                                continue;
                            }
                            self.words.push(words);
                        }
                    }
                    start = stop;
                    if stop == range.1 {
                        return;
                    }
                }
                Words::Condition | Words::Connection => {
                    if let Tok::Text(text) = self.tok(at) {
                        let text = text.clone();
                        self.words.push(text);
                    }
                    start = at + 1;
                }
            }
        }
    }

    /// The first words in a range: text that is no script, `\forall`, or a group that holds
    /// nothing but text (a comment set in a box).
    fn words_at(&self, range: Range) -> Option<usize> {
        let mut from = range.0;
        while let Some(at) = self.parser.find((from, range.1), |tok| {
            matches!(
                tok,
                Tok::Text(_)
                    | Tok::Symbol(Symbol::ForAll)
                    | Tok::BraceOpen
                    | Tok::Begin(_)
            )
        }) {
            let before = at.checked_sub(1).map(|before| self.tok(before));
            let script = matches!(before, Some(Tok::Sub | Tok::Sup | Tok::Font(_)));
            let found = match (self.tok(at), self.parser.mates[at]) {
                (Tok::Text(_) | Tok::Symbol(Symbol::ForAll), _) => !script,
                (_, Some(mate)) => {
                    let mut inside = self.tokens((at + 1, mate)).iter().filter(|token| {
                        !matches!(
                            token.tok,
                            Tok::BraceOpen
                                | Tok::BraceClose
                                | Tok::Begin(_)
                                | Tok::End(_)
                                | Tok::Row
                                | Tok::Cell
                                | Tok::Quad
                        )
                    });
                    let mut any = false;
                    let only = inside.all(|token| {
                        any = true;
                        matches!(token.tok, Tok::Text(_))
                    });
                    only && any && !script
                }
                _ => false,
            };
            if found {
                return Some(at);
            }
            from = self.parser.mates[at].filter(|mate| *mate > at).unwrap_or(at) + 1;
        }
        None
    }

    fn connection(&self, range: Range) -> Option<usize> {
        self.parser.find(range, |tok| {
            matches!(tok, Tok::Text(text) if matches!(classify(text), Words::Connection)
                && text.trim() != "and")
        })
    }

    fn has_relation(&self, range: Range) -> bool {
        self.parser.find(range, |tok| matches!(tok, Tok::Relation(..))).is_some()
    }

    /// Adds a condition to the last row.
    fn attach(&mut self, condition: Condition, range: Range) {
        let span = self.parser.span_of(range);
        let Some(row) = self.rows.last_mut() else { return };
        row.span = row.span.to(span);
        row.chain.condition = Some(match row.chain.condition.take() {
            None => condition,
            Some(before) => {
                let mut parts = Vec::new();
                for part in [before, condition] {
                    match part {
                        Condition::All(more) => parts.extend(more),
                        one => parts.push(one),
                    }
                }
                Condition::All(parts)
            }
        });
    }

    /// The statements in a range without text.
    fn statements(&mut self, range: Range) {
        let separates = |tok: &Tok| {
            matches!(tok, Tok::Comma | Tok::Semicolon | Tok::Quad | Tok::Bullet)
        };
        let parts = self.parser.split(range, separates);
        let mut pieces: Vec<Range> = Vec::new();
        for part in parts {
            let inner = self.parser.trimmed(part);
            if inner.0 >= inner.1 {
                continue;
            }
            let wide = part.0 > range.0 && *self.tok(part.0 - 1) == Tok::Quad;
            match pieces.last_mut() {
                Some(before) if self.continues(*before, inner, wide) => before.1 = part.1,
                _ => pieces.push(part),
            }
            // `0, 1, \dots, L`: the list begins before its dots.
            if self.tokens(inner).len() == 1
                && *self.tok(inner.0) == Tok::Symbol(Symbol::Ellipsis)
            {
                while pieces.len() > 1 && !self.has_relation(pieces[pieces.len() - 1]) {
                    let last = pieces.pop().map_or(part.1, |piece| piece.1);
                    if let Some(before) = pieces.last_mut() {
                        before.1 = last;
                    }
                }
            }
        }
        for piece in pieces {
            self.statement(piece);
        }
    }

    /// Whether a separated part belongs to the piece before it.
    fn continues(&self, before: Range, part: Range, wide: bool) -> bool {
        let leads = matches!(self.tok(part.0), Tok::Relation(..) | Tok::Operator(_));
        let open_end = self
            .tokens(before)
            .iter()
            .rev()
            .find(|token| {
                !matches!(token.tok, Tok::Cell | Tok::Quad | Tok::Row | Tok::Comma)
            })
            .is_some_and(|token| {
                matches!(token.tok, Tok::Relation(..) | Tok::Operator(_))
            });
        let dots = |range: Range| {
            let inner = self.parser.trimmed(range);
            matches!(self.tokens(inner).last(), Some(last) if last.tok == Tok::Symbol(Symbol::Ellipsis))
        };
        let lone_dots = part.1 - part.0 == 1 && dots(part);
        let after_dots = dots(before)
            && self.tokens(before).iter().any(|token| token.tok == Tok::Comma);
        if leads || open_end || lone_dots || after_dots {
            return true;
        }
        // A wide space inside a formula is only a space.
        let states = self.has_relation(part) && self.has_relation(before)
            || matches!(self.tok(part.0), Tok::Open(_) | Tok::Symbol(Symbol::ForAll))
            || self.follows_comma(part);
        wide && !states
    }

    /// Whether a comma stands in front of the part, behind any spaces.
    fn follows_comma(&self, part: Range) -> bool {
        self.parser.tokens[..part.0]
            .iter()
            .rev()
            .find(|token| !matches!(token.tok, Tok::Quad | Tok::Cell))
            .is_some_and(|token| matches!(token.tok, Tok::Comma | Tok::Semicolon))
    }

    /// One statement, or a condition of the one before: `j \neq i`, `i = 1, \dots, n`.
    fn statement(&mut self, piece: Range) {
        let inner = self.parser.trimmed(piece);
        if inner.0 >= inner.1 {
            return;
        }
        // `(\text{chain rule})`
        if matches!(self.tok(inner.0), Tok::Open(_))
            && self.parser.mates[inner.0] == Some(inner.1 - 1)
            && self
                .tokens((inner.0 + 1, inner.1 - 1))
                .iter()
                .any(|token| matches!(token.tok, Tok::Text(_)))
            && let Some(row) = self.rows.last_mut()
        {
            let words = self.parser.slice(self.parser.span_of(inner)).to_string();
            add_words(&mut row.justification, vec![words]);
            return;
        }
        let beside = self.rows.last().is_some_and(|row| {
            let claims = row.chain.signs.iter().any(|(sign, _)| *sign == Relation::Equal);
            let between = row.span.end..self.parser.span_of(inner).start;
            let same_line = self
                .parser
                .tokens
                .iter()
                .filter(|token| between.contains(&token.span.start))
                .all(|token| token.tok != Tok::Row);
            claims && same_line
        });
        if beside && self.restricts(inner) {
            if let Some(condition) = self.parser.side_condition(inner) {
                self.attach(condition, inner);
            }
            return;
        }
        let span = self.parser.span_of(inner);
        let chain = self.parser.chain(inner);
        let mut justification = None;
        if !self.words.is_empty() {
            add_words(&mut justification, std::mem::take(&mut self.words));
        }
        self.rows.push(Row { chain, justification, fresh: false, span });
    }

    /// Whether a piece only says for which indices the statement before it holds.
    fn restricts(&self, piece: Range) -> bool {
        let mut signs = self
            .tokens(piece)
            .iter()
            .enumerate()
            .filter(|(_, token)| matches!(token.tok, Tok::Relation(..)));
        let Some((position, first)) = signs.next() else { return false };
        let single = signs.next().is_none();
        match first.tok {
            Tok::Relation(Relation::Other("∈"), _) => single && position <= 2,
            Tok::Relation(_, Some(Comparison::Equal)) => {
                // `i = 1, \dots, n`
                self.tokens(piece)
                    .iter()
                    .any(|token| token.tok == Tok::Symbol(Symbol::Ellipsis))
                    && self.tokens(piece).iter().any(|token| token.tok == Tok::Comma)
                    && position == 1
            }
            Tok::Relation(_, Some(_)) => true,
            _ => false,
        }
    }
}

/// Whether a row goes on with the expression of the row before.
fn joins(parser: &Parser<'_>, before: Range, row: Range) -> bool {
    let soft = |tok: &Tok| matches!(tok, Tok::Cell | Tok::Quad);
    let mut last = before.1;
    while last > before.0 && soft(&parser.tokens[last - 1].tok) {
        last -= 1;
    }
    let mut first = row.0;
    while first < row.1 && soft(&parser.tokens[first].tok) {
        first += 1;
    }
    if last == before.0 || first == row.1 {
        return false;
    }
    let begins = &parser.tokens[first].tok;
    let ends = &parser.tokens[last - 1].tok;
    if matches!(begins, Tok::Relation(..) | Tok::Text(_) | Tok::Bullet) {
        return false;
    }
    if matches!(ends, Tok::Operator(_) | Tok::Relation(..)) {
        return true;
    }
    match begins {
        Tok::Operator(Operator::Minus | Operator::Plus) => {
            // `-x &= y` in a row of its own is a statement.
            let own = parser.find(row, |tok| matches!(tok, Tok::Relation(..))).is_some();
            let text = parser.find(before, |tok| matches!(tok, Tok::Text(_))).is_some();
            (first > row.0 || !own) && !text
        }
        Tok::Operator(_) => true,
        _ => false,
    }
}
