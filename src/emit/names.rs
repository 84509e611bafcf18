//! Names in the target language.

use super::Target;
use crate::shape::{Size, SymbolId, Table};

/// Words that a name must not be, in any of the languages or in the code written around it.
const RESERVED: &[&str] = &[
    "abs",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "begin",
    "box",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "crate",
    "def",
    "del",
    "derivative",
    "det",
    "diag",
    "do",
    "dyn",
    "elif",
    "else",
    "elseif",
    "elu",
    "end",
    "enum",
    "erf",
    "except",
    "exp",
    "export",
    "extern",
    "eye",
    "false",
    "finally",
    "fn",
    "for",
    "from",
    "function",
    "gelu",
    "global",
    "if",
    "impl",
    "import",
    "in",
    "inv",
    "is",
    "jax",
    "jnp",
    "kron",
    "lambda",
    "let",
    "local",
    "log",
    "loop",
    "macro",
    "match",
    "math",
    "mod",
    "module",
    "move",
    "mut",
    "nonlocal",
    "norm",
    "normcdf",
    "not",
    "np",
    "ones",
    "or",
    "otherwise",
    "parfor",
    "pass",
    "persistent",
    "pi",
    "pub",
    "quote",
    "raise",
    "ref",
    "relu",
    "return",
    "self",
    "sigmoid",
    "sign",
    "silu",
    "size",
    "softmax",
    "softplus",
    "spmd",
    "sqrt",
    "static",
    "struct",
    "sum",
    "super",
    "switch",
    "torch",
    "trace",
    "trait",
    "true",
    "try",
    "type",
    "unsafe",
    "use",
    "using",
    "value",
    "where",
    "while",
    "with",
    "yield",
];

/// The names given so far.
pub(super) struct Names {
    symbols: Vec<(SymbolId, String)>,
    dims: Vec<(u32, String)>,
    target: Target,
}

impl Names {
    pub(super) fn new(target: Target) -> Self {
        Names { symbols: Vec::new(), dims: Vec::new(), target }
    }

    fn taken(&self, name: &str) -> bool {
        self.symbols.iter().any(|(_, n)| n == name)
            || self.dims.iter().any(|(_, n)| n == name)
    }

    /// A name of letters, digits and underscores that is no word of the language.
    fn clean(&self, name: &str) -> String {
        let mut out: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        while out.contains("__") {
            out = out.replace("__", "_");
        }
        let out = out.trim_matches('_').to_string();
        let starts = out.starts_with(|c: char| c.is_ascii_alphabetic());
        let mut out = if starts { out } else { format!("v_{out}") };
        // A lone capital I or E would hide a constant of some languages.
        if RESERVED.contains(&out.to_ascii_lowercase().as_str())
            || matches!(self.target, Target::Julia | Target::Matlab)
                && matches!(out.as_str(), "I" | "i" | "j" | "e" | "im")
        {
            out.push_str("_0");
        }
        let mut k = 1;
        let base = out.clone();
        while self.taken(&out) {
            k += 1;
            out = format!("{base}_{k}");
        }
        out
    }

    /// The symbol's name; given when it is first asked for.
    pub(super) fn symbol(&mut self, table: &Table, id: SymbolId) -> String {
        if let Some((_, name)) = self.symbols.iter().find(|(k, _)| *k == id) {
            return name.clone();
        }
        let name = self.clean(&table.symbol(id).name);
        self.symbols.push((id, name.clone()));
        name
    }

    /// Gives a dimension its name.
    pub(super) fn dim(&mut self, id: u32, name: &str) {
        let name = self.clean(name);
        self.dims.push((id, name));
    }

    /// The name of a symbol that has one.
    pub(super) fn of(&self, id: SymbolId) -> String {
        let found = self.symbols.iter().find(|(k, _)| *k == id);
        found.map(|(_, name)| name.clone()).unwrap_or_default()
    }

    /// A size: a number or a dimension's name.
    pub(super) fn size(&self, size: &Size) -> String {
        match size {
            Size::Number(n) => n.to_string(),
            Size::Named(id) => {
                let found = self.dims.iter().find(|(k, _)| k == id);
                found.map(|(_, name)| name.clone()).unwrap_or_default()
            }
        }
    }
}
