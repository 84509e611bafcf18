//! What the commands of LaTeX (and their Unicode characters) stand for.

use super::{Fence, Font, Operator, Symbol, Tok};
use crate::language::ast::{Comparison, Relation};

/// Greek letters by the name that a [`Tok::Name`] carries, with their characters.
const GREEK: &[(&str, char)] = &[
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("delta", 'δ'),
    ("epsilon", 'ϵ'),
    ("varepsilon", 'ε'),
    ("zeta", 'ζ'),
    ("eta", 'η'),
    ("theta", 'θ'),
    ("vartheta", 'ϑ'),
    ("iota", 'ι'),
    ("kappa", 'κ'),
    ("lambda", 'λ'),
    ("mu", 'μ'),
    ("nu", 'ν'),
    ("xi", 'ξ'),
    ("omicron", 'ο'),
    ("pi", 'π'),
    ("rho", 'ρ'),
    ("varrho", 'ϱ'),
    ("sigma", 'σ'),
    ("varsigma", 'ς'),
    ("tau", 'τ'),
    ("upsilon", 'υ'),
    ("phi", 'ϕ'),
    ("varphi", 'φ'),
    ("chi", 'χ'),
    ("psi", 'ψ'),
    ("omega", 'ω'),
    ("Gamma", 'Γ'),
    ("Delta", 'Δ'),
    ("Theta", 'Θ'),
    ("Lambda", 'Λ'),
    ("Xi", 'Ξ'),
    ("Pi", 'Π'),
    ("Sigma", 'Σ'),
    ("Upsilon", 'Υ'),
    ("Phi", 'Φ'),
    ("Psi", 'Ψ'),
    ("Omega", 'Ω'),
    ("ell", 'ℓ'),
];

/// The Greek letter (or `ell`) of that name.
pub(crate) fn greek(name: &str) -> Option<char> {
    GREEK.iter().find(|entry| entry.0 == name).map(|entry| entry.1)
}

/// Function names that LaTeX has commands for.
const FUNCTIONS: &[&str] = &[
    "exp", "log", "ln", "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh",
    "coth", "arcsin", "arccos", "arctan", "det", "max", "min", "dim", "ker", "arg",
    "sup", "inf", "lim", "gcd", "Pr",
];

fn relation(sign: Relation) -> Tok {
    Tok::Relation(sign, None)
}

fn other(sign: &'static str) -> Tok {
    Tok::Relation(Relation::Other(sign), None)
}

fn compare(sign: &'static str, comparison: Comparison) -> Tok {
    Tok::Relation(Relation::Other(sign), Some(comparison))
}

/// The token of `=`.
pub(super) fn equal() -> Tok {
    Tok::Relation(Relation::Equal, Some(Comparison::Equal))
}

/// The token of a command without an argument, by its name without the backslash.
pub(super) fn command(name: &str) -> Option<Tok> {
    if let Some(entry) = GREEK.iter().find(|entry| entry.0 == name) {
        return Some(Tok::Name(entry.0.into()));
    }
    if name == "square" {
        return Some(Tok::Name(name.into()));
    }
    if FUNCTIONS.contains(&name) {
        return Some(Tok::Name(if name == "ln" { "log" } else { name }.into()));
    }
    Some(match name {
        "partial" => Tok::Symbol(Symbol::Partial),
        "nabla" => Tok::Symbol(Symbol::Nabla),
        "sum" => Tok::Symbol(Symbol::Sum),
        "prod" => Tok::Symbol(Symbol::Product),
        "int" | "smallint" => Tok::Symbol(Symbol::Integral),
        "frac" | "dfrac" | "tfrac" | "cfrac" | "sfrac" | "nicefrac" => {
            Tok::Symbol(Symbol::Fraction)
        }
        "over" => Tok::Symbol(Symbol::Over),
        "sqrt" => Tok::Symbol(Symbol::Root),
        "infty" => Tok::Symbol(Symbol::Infinity),
        "dots" | "ldots" | "cdots" | "vdots" | "ddots" | "dotsc" | "dotsb" | "dotsm"
        | "dotsi" | "hdots" => Tok::Symbol(Symbol::Ellipsis),
        "top" | "intercal" | "transpose" | "trans" | "transp" => Tok::Symbol(Symbol::Top),
        "forall" => Tok::Symbol(Symbol::ForAll),
        "underbrace" => Tok::Symbol(Symbol::Underbrace),
        "overbrace" => Tok::Symbol(Symbol::Overbrace),
        "binom" | "dbinom" | "tbinom" | "choose" | "oint" | "iint" | "bigcup"
        | "bigcap" | "bigoplus" | "bigotimes" | "pm" | "mp" | "wedge" | "oplus"
        | "ominus" | "cup" | "cap" | "exists" | "neg" | "lnot" | "emptyset" | "lceil"
        | "rceil" | "lfloor" | "rfloor" | "dagger" | "checkmark" | "setminus" | "lor"
        | "vee" | "bigodot" => Tok::Symbol(Symbol::Unsupported),
        "prime" => Tok::Prime,
        "cdot" | "cdotp" => Tok::Operator(Operator::Cdot),
        "times" => Tok::Operator(Operator::Cross),
        "ast" | "star" => Tok::Operator(Operator::Star),
        "odot" | "circ" => Tok::Operator(Operator::Hadamard),
        "otimes" => Tok::Operator(Operator::Kronecker),
        "oslash" => Tok::Operator(Operator::HadamardSlash),
        "div" => Tok::Operator(Operator::Slash),
        "bullet" => Tok::Bullet,
        "land" => Tok::Comma,
        "colon" => Tok::Colon,
        "lbrace" => Tok::Open(Fence::Curly),
        "rbrace" => Tok::Close(Fence::Curly),
        "lbrack" => Tok::Open(Fence::Square),
        "rbrack" => Tok::Close(Fence::Square),
        "langle" => Tok::Open(Fence::Angle),
        "rangle" => Tok::Close(Fence::Angle),
        "lvert" => Tok::Open(Fence::Bar),
        "rvert" => Tok::Close(Fence::Bar),
        "lVert" => Tok::Open(Fence::Norm),
        "rVert" => Tok::Close(Fence::Norm),
        "vert" | "mid" => Tok::Bar,
        "Vert" => Tok::DoubleBar,
        "quad" | "qquad" | "hfill" | "qed" | "qedhere" | "qedsymbol" | "blacksquare"
        | "square" | "Box" => Tok::Quad,
        "mathbf" | "boldsymbol" | "bm" | "pmb" | "bold" | "vec" | "mathbfit"
        | "symbf" | "textbf" => Tok::Font(Font::Bold),
        "mathbb" | "mathds" | "mathbbm" | "mathbbmss" => Tok::Font(Font::Blackboard),
        "mathcal" | "mathscr" | "mathfrak" | "mathit" | "mathsf" | "mathtt"
        | "mathrm" | "mathnormal" | "symup" => Tok::Font(Font::Other),
        "hat" | "widehat" => Tok::Accent("hat"),
        "tilde" | "widetilde" => Tok::Accent("tilde"),
        "bar" | "overline" => Tok::Accent("bar"),
        "dot" => Tok::Accent("dot"),
        "ddot" => Tok::Accent("ddot"),
        "check" => Tok::Accent("check"),
        "breve" => Tok::Accent("breve"),
        "equiv" => relation(Relation::Equal),
        "coloneqq" | "coloneq" | "triangleq" | "vcentcolon" | "defeq" | "eqdef" => {
            relation(Relation::Define)
        }
        "Rightarrow" | "implies" | "Longrightarrow" | "therefore" | "leadsto" => {
            relation(Relation::Implies)
        }
        "iff" | "Leftrightarrow" | "Longleftrightarrow" => relation(Relation::Equivalent),
        "because" => other("∵"),
        "neq" | "ne" => compare("≠", Comparison::NotEqual),
        "lt" => compare("<", Comparison::Less),
        "gt" => compare(">", Comparison::Greater),
        "leq" | "le" | "leqslant" => compare("≤", Comparison::LessEqual),
        "geq" | "ge" | "geqslant" => compare("≥", Comparison::GreaterEqual),
        "approx" => other("≈"),
        "sim" => other("∼"),
        "simeq" => other("≃"),
        "cong" => other("≅"),
        "propto" => other("∝"),
        "doteq" => other("≐"),
        "to" | "rightarrow" | "longrightarrow" => other("→"),
        "mapsto" | "longmapsto" => other("↦"),
        "leftarrow" | "gets" | "longleftarrow" => other("←"),
        "leftrightarrow" => other("↔"),
        "Leftarrow" | "impliedby" => other("⇐"),
        "ll" => other("≪"),
        "gg" => other("≫"),
        "in" => other("∈"),
        "notin" => other("∉"),
        "subset" | "subseteq" => other("⊂"),
        "succ" | "succeq" => other("≻"),
        "prec" | "preceq" => other("≺"),
        "perp" => other("⊥"),
        "models" | "vdash" => other("⊢"),
        _ => return None,
    })
}

/// Commands that set type and mean nothing: dropped, with what follows left in place.
pub(super) fn is_dressing(name: &str) -> bool {
    matches!(
        name,
        "displaystyle"
            | "textstyle"
            | "scriptstyle"
            | "scriptscriptstyle"
            | "limits"
            | "nolimits"
            | "nonumber"
            | "notag"
            | "mathord"
            | "mathop"
            | "mathrel"
            | "mathbin"
            | "mathopen"
            | "mathclose"
            | "mathpunct"
            | "mathinner"
            | "boxed"
            | "underline"
            | "cancel"
            | "bcancel"
            | "xcancel"
            | "smash"
            | "bf"
            | "it"
            | "rm"
            | "sf"
            | "tt"
            | "cal"
            | "bfseries"
            | "itshape"
            | "normalsize"
            | "small"
            | "footnotesize"
            | "scriptsize"
            | "tiny"
            | "large"
            | "Large"
            | "enspace"
            | "thinspace"
            | "negthinspace"
            | "medspace"
            | "thickspace"
            | "nobreak"
            | "allowbreak"
            | "noindent"
            | "par"
            | "centering"
            | "hline"
            | "strut"
            | "mathstrut"
            | "big"
            | "Big"
            | "bigg"
            | "Bigg"
            | "bigl"
            | "bigr"
            | "Bigl"
            | "Bigr"
            | "biggl"
            | "biggr"
            | "Biggl"
            | "Biggr"
            | "bigm"
            | "Bigm"
            | "biggm"
            | "Biggm"
            | "middle"
            | "unboldmath"
            | "boldmath"
            | "ensuremath"
            | "space"
            | "relax"
            | "protect"
            | "allowdisplaybreaks"
            | "mathstrutt"
            | "fbox"
            | "uline"
            | "emph"
            | "left"
            | "right"
            | "qed"
            | "null"
            | "hphantom"
            | "fcolorbox"
    )
}

/// Commands whose (first) argument is no mathematics: dropped with it.
pub(super) fn drops_argument(name: &str) -> bool {
    matches!(
        name,
        "tag"
            | "label"
            | "ref"
            | "eqref"
            | "cite"
            | "citep"
            | "citet"
            | "color"
            | "textcolor"
            | "colorbox"
            | "hspace"
            | "vspace"
            | "phantom"
            | "vphantom"
            | "footnote"
            | "kern"
            | "mspace"
            | "rule"
            | "setlength"
            | "cref"
            | "autoref"
            | "pagecolor"
            | "url"
            | "nomenclature"
            | "index"
            | "marginpar"
            | "class"
            | "style"
            | "htmlClass"
    )
}

/// Commands that hold words.
pub(super) fn holds_words(name: &str) -> bool {
    matches!(
        name,
        "text"
            | "mbox"
            | "hbox"
            | "textrm"
            | "textnormal"
            | "textit"
            | "textsf"
            | "texttt"
            | "intertext"
            | "shortintertext"
            | "textsc"
            | "textup"
            | "operatorname"
    )
}

/// The token of a character that stands for a command.
pub(super) fn character(symbol: char) -> Option<Tok> {
    if let Some(entry) = GREEK.iter().find(|entry| entry.1 == symbol) {
        return Some(Tok::Name(entry.0.into()));
    }
    let name = match symbol {
        'µ' => "mu",
        'ɛ' => "varepsilon",
        '∂' => "partial",
        '∇' => "nabla",
        '∑' => "sum",
        '∏' => "prod",
        '∫' => "int",
        '∞' => "infty",
        '√' => "sqrt",
        '…' | '⋯' | '⋮' | '⋱' => "dots",
        '·' | '⋅' | '∙' => "cdot",
        '×' => "times",
        '∗' => "ast",
        '⊙' | '∘' | '◦' => "odot",
        '⊗' => "otimes",
        '⊘' => "oslash",
        '÷' => "div",
        '•' => "bullet",
        '⟨' | '〈' => "langle",
        '⟩' | '〉' => "rangle",
        '‖' | '∥' => "Vert",
        '∣' => "vert",
        '≡' => "equiv",
        '≔' | '≜' => "coloneqq",
        '⇒' | '⟹' | '∴' => "Rightarrow",
        '⇔' | '⟺' => "iff",
        '≠' => "neq",
        '≤' => "leq",
        '≥' => "geq",
        '≈' => "approx",
        '∼' => "sim",
        '∝' => "propto",
        '→' | '⟶' => "to",
        '↦' => "mapsto",
        '←' => "gets",
        '∈' => "in",
        '∉' => "notin",
        '∀' => "forall",
        '′' | '’' => "prime",
        '⊤' => "top",
        '≻' => "succ",
        '±' => "pm",
        _ => return None,
    };
    command(name)
}

/// The plain character behind a superscript or subscript one, and whether it is raised.
pub(super) fn script(symbol: char) -> Option<(char, bool)> {
    const RAISED: &str = "⁰0¹1²2³3⁴4⁵5⁶6⁷7⁸8⁹9⁺+⁻-⁽(⁾)ᵏkⁿnⁱiʲjᵐmᵖp";
    const LOWERED: &str = "₀0₁1₂2₃3₄4₅5₆6₇7₈8₉9₊+₋-ᵢiⱼjₖkₗlₘmₙnₚpₛsₜtᵣrᵤuᵥvₓxₐaₑe";
    let find = |table: &str| {
        let mut chars = table.chars();
        while let (Some(from), Some(to)) = (chars.next(), chars.next()) {
            if from == symbol {
                return Some(to);
            }
        }
        None
    };
    find(RAISED).map(|to| (to, true)).or_else(|| find(LOWERED).map(|to| (to, false)))
}
