//! The syntax tree that both spellings (LaTeX and plain text) parse to.
//!
//! The tree records what is written; it knows no shapes. What only the givens can decide (is `W_1`
//! a name or an entry, is `T` a transpose, is `h(x)` a call) is decided while parsing, by a
//! [`Names`] oracle, so that a later pass never has to re-associate the tree.

use num_rational::BigRational;

/// A half-open range of byte offsets in the source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// The range from `start` to `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Span { start, end }
    }

    /// The smallest range that holds both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A node of the tree with its place in the source.
///
/// Equality compares the kind only: two expressions are equal wherever they stand.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What the node is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// How a product is written. The meaning (matrix, scalar, element-wise) follows from shapes, but
/// for the operators that are element-wise or Kronecker whatever the shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Times {
    /// Side by side: `AB`, `2 x`.
    Juxtaposed,
    /// `*`.
    Star,
    /// `\cdot`.
    Cdot,
    /// `\times`.
    Cross,
    /// Element-wise: `\odot`, `\circ`, `.*`, `⊙`, `∘`.
    Hadamard,
    /// `\otimes`, `⊗`: Kronecker product (or what the text makes of it).
    Kronecker,
}

/// How a quotient is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Over {
    /// `a / b`.
    Slash,
    /// `\frac{a}{b}`.
    Fraction,
    /// Element-wise: `\oslash`, `./`.
    Hadamard,
}

/// The delimiters of a group that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delimiter {
    /// `( … )`
    Round,
    /// `[ … ]`
    Square,
    /// `\{ … \}`
    Curly,
}

/// Which norm is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NormKind {
    /// `\|x\|`, `norm(x)`: Euclidean for vectors, Frobenius for matrices.
    Plain,
    /// `\|x\|_2`.
    Two,
    /// `\|X\|_F`.
    Frobenius,
    /// `\|x\|_1`, `norm1(x)`: the sum of absolute values.
    One,
}

/// A relation sign between two expressions inside an expression or between sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `\neq`
    NotEqual,
    /// `<`
    Less,
    /// `\leq`
    LessEqual,
    /// `>`
    Greater,
    /// `\geq`
    GreaterEqual,
}

/// The condition of a case, an indicator or a sum: comparisons, all of which must hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `a < b` and its like; chains `0 < x < 1` become [`Condition::All`].
    Compare(Box<Expr>, Comparison, Box<Expr>),
    /// Every one of these.
    All(Vec<Condition>),
    /// `otherwise`, `else`.
    Otherwise,
    /// Words that are not understood.
    Unread(String),
}

/// One index under a sum sign, with what is written of its range.
#[derive(Clone, Debug, PartialEq)]
pub struct SumIndex {
    /// The letter.
    pub name: String,
    /// Where the letter stands.
    pub span: Span,
    /// `1` in `\sum_{i=1}^{n}`.
    pub from: Option<Expr>,
    /// `n` in `\sum_{i=1}^{n}`, `S` in `\sum_s^S`; shared by all indices of one sign.
    pub to: Option<Expr>,
    /// The excluded values of `\sum_{k \neq i}`.
    pub not_equal: Vec<Expr>,
}

/// How a derivative is written; all of them mean "the derivative of what by what".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DerivativeForm {
    /// `\frac{\partial f}{\partial x}`, also with `\delta` for `\partial`.
    Partial,
    /// `\frac{\partial}{\partial x} f`: the operator, applied to what follows.
    PartialOperator,
    /// `\frac{d f}{d x}`, `d(f)/d(x)`.
    Total,
    /// `\frac{d}{dx} f`.
    TotalOperator,
    /// `\nabla_x f`, `grad(f, x)`.
    Gradient,
    /// `jacobian(f, x)`.
    Jacobian,
    /// `\nabla^2_x f`, `hessian(f, x)`.
    Hessian,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A number, exactly: `2`, `0.5`, `1e-3`.
    Number(BigRational),
    /// A name as the givens spell it, without font commands: `x`, `W_1`, `lambda` (for `\lambda`),
    /// `hat y` (for `\hat{y}`), `z^(l)` (for `z^{(l)}` where so given), `dX` never (see
    /// [`Kind::Differential`]). Greek letters are spelled out; `pi` is a name too.
    Name(String),
    /// Bold or blackboard `1`: the all-ones vector or matrix; with an explicit size `\mathbf{1}_n`,
    /// `ones(n,m)`.
    Ones(Vec<Expr>),
    /// `zeros(n,m)`, bold `0`.
    Zeros(Vec<Expr>),
    /// `I`, `I_n`, `eye(n)` (unless the letter is given as something else).
    Identity(Option<Box<Expr>>),
    /// A sum of signed terms in the order written; `-a` alone is a sum of one negative term.
    Add(Vec<(Sign, Expr)>),
    /// A product.
    Product(Box<Expr>, Times, Box<Expr>),
    /// A quotient.
    Quotient(Box<Expr>, Over, Box<Expr>),
    /// `a^b` that is no transpose and no part of a name: power, inverse.
    Power(Box<Expr>, Box<Expr>),
    /// `A^{\odot b}`, `A .^ b`: element-wise power.
    HadamardPower(Box<Expr>, Box<Expr>),
    /// `A^T`, `A^\top`, `A'` (plain text).
    Transpose(Box<Expr>),
    /// `\sqrt{a}`.
    Root(Box<Expr>),
    /// An entry or a slice: `B_{ij}`, `(AB)_{i,j}`, `[…]_{ij}`; one expression an index.
    Entry(Box<Expr>, Vec<Expr>),
    /// A function by its name (`exp`, `log`, `tr`, `det`, `softmax`, `h`, …) applied to its
    /// arguments; `primes` counts derivative marks: `h''(x)`.
    Call {
        /// The function's name in plain spelling.
        name: String,
        /// How many primes it carries.
        primes: u32,
        /// Its arguments.
        args: Vec<Expr>,
    },
    /// A function's name without an argument (`h'`, `\sigma`), where one is expected to follow or
    /// the text speaks of the function itself.
    Function {
        /// The function's name in plain spelling.
        name: String,
        /// How many primes it carries.
        primes: u32,
    },
    /// A norm.
    Norm(Box<Expr>, NormKind),
    /// `|a|`: absolute value of a scalar (or of entries), determinant of a matrix.
    Bars(Box<Expr>),
    /// `( … )`, kept so that printing and Hadamard precedence can respect it.
    Group(Delimiter, Box<Expr>),
    /// `\sum_{…} body`.
    Sum(Vec<SumIndex>, Box<Expr>),
    /// `\prod_{…} body`.
    BigProduct(Vec<SumIndex>, Box<Expr>),
    /// `\delta_{ij}`: Kronecker delta.
    Delta(Box<Expr>, Box<Expr>),
    /// `\begin{cases} … \end{cases}`: value and condition of each row.
    Cases(Vec<(Expr, Condition)>),
    /// `\mathbb{1}[x > 0]`, plain `(x > 0)`: 1 where it holds, else 0.
    Indicator(Condition),
    /// A derivative. `of` is `None` for an operator without anything behind it.
    Derivative {
        /// How it is written.
        form: DerivativeForm,
        /// What is differentiated.
        of: Option<Box<Expr>>,
        /// By what; more than one (or one repeated) for second derivatives, in the order written.
        by: Vec<Expr>,
    },
    /// `\mathrm{d}X`, `diff(X)`.
    Differential(Box<Expr>),
    /// A matrix written out, by rows.
    Matrix(Vec<Vec<Expr>>),
    /// A vector or list written out: `(x_1, \dots, x_n)`.
    Tuple(Vec<Expr>),
    /// `\dots` standing as a term, a factor or an element.
    Ellipsis,
    /// `\int_{a}^{b} body \, d x`.
    Integral {
        /// Lower limit.
        from: Option<Box<Expr>>,
        /// Upper limit.
        to: Option<Box<Expr>>,
        /// The integrand.
        body: Box<Expr>,
        /// The variable.
        by: String,
    },
    /// `\mathbb{E}[X]`, `E[X]`, `Var[X]`, `\operatorname{Var}(X)`; the name is `E` or `Var`.
    Expectation(String, Box<Expr>),
    /// `\infty`.
    Infinity,
    /// A whole axis in an entry: `X_{i:}`, `X_{:,j}`.
    Colon,
    /// `body |_{x = a}`: evaluated at.
    At(Box<Expr>, Vec<(Expr, Expr)>),
    /// Something that could not be read; the text is in the span.
    Unread(String),
}

/// The sign of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sign {
    /// `+`
    Plus,
    /// `-`
    Minus,
}

/// What the givens say of a name, as far as reading needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameKind {
    /// A scalar.
    Scalar,
    /// A vector or matrix.
    Array,
    /// An element-wise or other function, `h elementwise`, `L = L(Y)`.
    Function,
    /// A family of vectors or scalars: `x_i in R^d for i = 1..N`; its first index picks a member.
    Family,
    /// A dimension.
    Dimension,
}

/// The oracle that the parser asks about names.
pub trait Names {
    /// What is known of `name` (in the spelling of [`Kind::Name`]); `None` when it is not given.
    fn kind(&self, name: &str) -> Option<NameKind>;

    /// How many indices an entry of `name` carries (1 for a vector, 2 for a matrix), where known:
    /// it decides whether `x_{12}` is one entry or `X_{12}` a row and a column.
    fn rank(&self, name: &str) -> Option<usize> {
        let _ = name;
        None
    }
}

/// No name is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoNames;

impl Names for NoNames {
    fn kind(&self, _name: &str) -> Option<NameKind> {
        None
    }
}

/// Which spelling a text is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spelling {
    /// LaTeX.
    Latex,
    /// Plain text.
    Plain,
}

/// Something the parser has to say about a place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where.
    pub span: Span,
    /// A kebab-case code: `unbalanced`, `unknown-command`, `two-letter-index`, `too-deep`, …
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Whether the text was understood all the same.
    pub severity: Severity,
}

/// How bad a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The reading is certain, the spelling unusual (`X_ij`, `\delta{ik}`).
    Warning,
    /// A part could not be read; the tree holds [`Kind::Unread`] there.
    Error,
}

/// A sign between the sides of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// `=`, `\equiv`, `\stackrel{!}{=}`: claims equality.
    Equal,
    /// `:=`, `\triangleq`, `=:`: defines the left (for `=:` the right) side.
    Define,
    /// `\Rightarrow`, `\implies`, `=>`: a change of view or a conclusion.
    Implies,
    /// `\iff`, `\Leftrightarrow`.
    Equivalent,
    /// `\approx`, `\propto`, `\leq`, `\to`, …: not checkable; the sign as written is kept.
    Other(&'static str),
}

/// Sides joined by relation signs: `a = b = c` has three sides and two signs.
///
/// A side that stands empty (a row beginning with `=`) is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// The sides, one more than the signs.
    pub sides: Vec<Option<Expr>>,
    /// The signs, each with its place.
    pub signs: Vec<(Relation, Span)>,
    /// A condition the text adds behind the chain: `for j \neq i`, `\text{if } k = l`.
    pub condition: Option<Condition>,
}

/// A declaration, in any of its spellings.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// `x, z in R^n`, `B in R^{n x m} symmetric`, `k in N`, `lambda in R positive`.
    In {
        /// The names declared.
        names: Vec<String>,
        /// The set: no size for a scalar, one for a column vector, two for a matrix.
        shape: Vec<Expr>,
        /// Whether the set is the natural numbers (or integers).
        natural: bool,
        /// `symmetric`, `positive definite`, …, each in language.md's spelling.
        properties: Vec<String>,
        /// `i = 1..N` of a family: the letter and the upper end.
        family: Option<(String, Expr)>,
    },
    /// `h elementwise`, `h = relu`: a function; `is` names the known function it stands for.
    Function {
        /// Its name.
        name: String,
        /// The known function it stands for.
        is: Option<String>,
    },
    /// `L = L(Y)`: an opaque scalar of its arguments.
    Opaque {
        /// Its name.
        name: String,
        /// What it depends on.
        of: Vec<String>,
    },
    /// `Y = X W^T + 1 b^T`, `B_{ij} = b_j`: a definition (of a name, or of a name's entries).
    Definition {
        /// The left side.
        left: Expr,
        /// The right side.
        right: Expr,
    },
    /// `sum(y) = 1`, `Q'*Q = I`: a constraint a proof may use.
    Constraint {
        /// The left side.
        left: Expr,
        /// The right side.
        right: Expr,
    },
    /// `y one-hot`, `T one-hot`, `S symmetric`: a property added to a name given elsewhere.
    Property {
        /// The name.
        name: String,
        /// The property.
        property: String,
    },
}

/// A whole number as a [`BigRational`].
pub(crate) fn whole(value: i64) -> BigRational {
    BigRational::from_integer(value.into())
}
