//! Functions by name.

use num_rational::BigRational;
use num_traits::One;

use super::expr::shorten;
use super::{Elaborator, FaultKind, Result, literal, peel};
use crate::function::{self, Formula, Function};
use crate::language::ast::{Comparison, Expr, Kind, NormKind, Sign, Span};
use crate::shape::givens::Entry;
use crate::shape::{Dim, Node, Shaped};

impl Elaborator<'_> {
    /// `name(args)`, with derivative marks.
    pub(super) fn call(
        &mut self,
        name: &str,
        primes: u32,
        args: &[Expr],
        span: Span,
    ) -> Result<Shaped> {
        let givens = self.givens;
        match givens.entry(name) {
            Some(Entry::Function { is: None }) => {
                let x = self.one_argument(name, args, span)?;
                let id = match self.table.functions.iter().position(|f| f == name) {
                    Some(id) => id,
                    None => {
                        self.table.functions.push(name.to_string());
                        self.table.functions.len() - 1
                    }
                };
                return Ok(
                    self.apply(Function::Opaque { id: id as u32, order: primes }, x)
                );
            }
            Some(Entry::Function { is: Some(known) }) => {
                return self.known(known, primes, args, span);
            }
            Some(Entry::FunctionBody { parameter, right }) => {
                return self.function_body(name, parameter, right, primes, args, span);
            }
            // An unknown scalar written with its arguments, `L(Y)`, is the scalar.
            Some(Entry::Opaque { .. }) if primes == 0 => return self.name(name, span),
            _ => {}
        }
        self.known(name, primes, args, span)
    }

    fn one_argument(&mut self, name: &str, args: &[Expr], span: Span) -> Result<Shaped> {
        let [x] = args else {
            return self.fault(
                FaultKind::Unsupported,
                span,
                format!("`{name}` takes one argument, here are {}", args.len()),
            );
        };
        let x = self.expr(x)?;
        Ok(self.settle_scalar(x))
    }

    /// A function of the language.
    fn known(
        &mut self,
        name: &str,
        primes: u32,
        args: &[Expr],
        span: Span,
    ) -> Result<Shaped> {
        if let Some(base) = reciprocal(name)
            && primes == 0
        {
            let x = self.one_argument(name, args, span)?;
            let value = self.apply(base, x);
            return Ok(self.rational_power(value, -1, 1));
        }
        let known = match name {
            "sigma" => {
                self.note("σ is the logistic sigmoid");
                Some(Function::Sigmoid)
            }
            _ => function::by_name(name),
        };
        if let Some(function) = known {
            let x = self.one_argument(name, args, span)?;
            return self.primed(function, primes, x, span);
        }
        if primes > 0 {
            return self.fault(
                FaultKind::Unsupported,
                span,
                format!("`{name}` has no derivative by primes"),
            );
        }
        match name {
            "max" | "min" => return self.extremum(name, args, span),
            "kron" => {
                let [a, b] = args else {
                    return self.fault(
                        FaultKind::Unsupported,
                        span,
                        "`kron` takes two matrices",
                    );
                };
                let (a, b) = (self.expr(a)?, self.expr(b)?);
                return self.kronecker(a, b, span);
            }
            "inner" => {
                let [a, b] = args else {
                    return self.fault(
                        FaultKind::Unsupported,
                        span,
                        "an inner product takes two arguments",
                    );
                };
                let (a, b) = (self.expr(a)?, self.expr(b)?);
                let entries = self.hadamard(a, b, span)?;
                return Ok(self.sum_all(entries));
            }
            "leaky_relu" | "leakyrelu" | "lrelu" => return self.leaky_relu(args, span),
            _ => {}
        }
        let x = match args {
            [_] => self.one_argument(name, args, span)?,
            _ => {
                return self.fault(
                    FaultKind::Unsupported,
                    span,
                    format!("`{}` is not a function known here", shorten(name)),
                );
            }
        };
        match name {
            "tr" | "trace" | "Tr" => self.trace(x, span),
            "det" => self.determinant(x, span),
            "logdet" => {
                // log |det A| = ½ log det² A
                let det = self.determinant(x, span)?;
                let square = self.rational_power(det, 2, 1);
                let log = self.apply(Function::Log, square);
                Ok(self.scale(BigRational::new(1.into(), 2.into()), log))
            }
            "inv" => {
                if x.is_scalar() {
                    return Ok(self.rational_power(x, -1, 1));
                }
                self.square(&x, span, "an inverse")?;
                let axes = x.axes.clone();
                Ok(Shaped::new(Node::Inverse(x), axes))
            }
            "transpose" => self.transpose(x, span),
            "norm" | "norm2" => Ok(self.norm(x, NormKind::Plain)),
            "norm1" => Ok(self.norm(x, NormKind::One)),
            "sum" => Ok(self.sum_all(x)),
            "mean" => {
                let count = self.count(&x);
                let total = self.sum_all(x);
                let inverse = self.rational_power(count, -1, 1);
                Ok(Shaped::scalar(Node::Times(vec![total, inverse])))
            }
            "var" => self.variance(x),
            "diag" => self.diag(x, span),
            "vec" => match x.axes.len() {
                2 => {
                    let axes = vec![x.axes[1].times(&x.axes[0]), Dim::unit()];
                    Ok(Shaped::new(Node::Regroup(x, vec![vec![1, 0], vec![]]), axes))
                }
                _ => self.fault(FaultKind::Shape, span, "`vec` takes a matrix"),
            },
            "softmax" => {
                let parts = self.row_parts(&x);
                let top = self.apply(Function::Exp, x);
                let total = self.over_rows(top.clone(), &parts);
                let inverse = self.rational_power(total, -1, 1);
                let axes = top.axes.clone();
                Ok(Shaped::new(Node::Times(vec![top, inverse]), axes))
            }
            "logsoftmax" | "log_softmax" => {
                let parts = self.row_parts(&x);
                let exp = self.apply(Function::Exp, x.clone());
                let total = self.over_rows(exp, &parts);
                let log = self.apply(Function::Log, total);
                let minus = self.scale(-BigRational::one(), log);
                let axes = x.axes.clone();
                Ok(Shaped::new(Node::Add(vec![x, minus]), axes))
            }
            "logsumexp" | "lse" => {
                let exp = self.apply(Function::Exp, x);
                let total = self.row_sums(exp);
                let total = self.settle_scalar(total);
                Ok(self.apply(Function::Log, total))
            }
            _ => self.fault(
                FaultKind::Name,
                span,
                format!("`{}` is neither given nor a function known here", shorten(name)),
            ),
        }
    }

    /// A known function's derivative of some order.
    fn primed(
        &mut self,
        function: Function,
        primes: u32,
        x: Shaped,
        span: Span,
    ) -> Result<Shaped> {
        match primes {
            0 => Ok(self.apply(function, x)),
            1..=4 => {
                let mut formula = function.derivative();
                for _ in 1..primes {
                    formula = formula.derivative();
                }
                let value = self.formula(&formula, &x);
                Ok(if value.is_scalar() { self.fill(value, &x.axes) } else { value })
            }
            _ => {
                self.fault(FaultKind::Unsupported, span, "derivatives beyond the fourth")
            }
        }
    }

    /// A function given by its body: the body as a formula of the argument.
    fn function_body(
        &mut self,
        name: &str,
        parameter: &str,
        right: &Expr,
        primes: u32,
        args: &[Expr],
        span: Span,
    ) -> Result<Shaped> {
        let x = self.one_argument(name, args, span)?;
        if primes == 0 {
            if self.open_definitions.iter().any(|n| n == name) {
                return self.fault(
                    FaultKind::Name,
                    span,
                    format!("the definition of `{name}` refers to itself"),
                );
            }
            self.open_definitions.push(name.to_string());
            self.locals.push((parameter.to_string(), x.clone()));
            let body = self.expr(right);
            self.locals.pop();
            self.open_definitions.pop();
            let body = body.map_err(|mut fault| {
                fault.message =
                    format!("in the definition of `{name}`: {}", fault.message);
                fault.span = span;
                fault
            })?;
            // A constant function of an array is constant in every entry.
            let constant = right.free_occurrences(parameter) == 0;
            let fill = body.is_scalar() && constant;
            return Ok(if fill { self.fill(body, &x.axes) } else { body });
        }
        let Some(mut formula) = formula_of(right, parameter) else {
            return self.fault(
                FaultKind::Unsupported,
                span,
                format!("the derivative of `{name}` as it is defined is not read"),
            );
        };
        for _ in 0..primes.min(5) {
            formula = formula.derivative();
        }
        let value = self.formula(&formula, &x);
        Ok(if value.is_scalar() { self.fill(value, &x.axes) } else { value })
    }

    pub(super) fn square(&mut self, a: &Shaped, span: Span, what: &str) -> Result<()> {
        if a.axes.len() == 2 && self.solver.unify(&a.axes[0].clone(), &a.axes[1].clone())
        {
            return Ok(());
        }
        let message =
            format!("{what} needs a square matrix, this is {}", self.show_axes(&a.axes));
        self.fault(FaultKind::Shape, span, message)
    }

    fn trace(&mut self, a: Shaped, span: Span) -> Result<Shaped> {
        if a.is_scalar() {
            return Ok(a);
        }
        self.square(&a, span, "a trace")?;
        Ok(Shaped::new(Node::Contract(a, 0, 1), Vec::new()))
    }

    pub(super) fn determinant(&mut self, a: Shaped, span: Span) -> Result<Shaped> {
        if a.is_scalar() {
            return Ok(a);
        }
        self.square(&a, span, "a determinant")?;
        Ok(Shaped::scalar(Node::Det(a)))
    }

    /// `diag` of a vector is the matrix, of a matrix its diagonal.
    fn diag(&mut self, a: Shaped, span: Span) -> Result<Shaped> {
        if a.axes.len() != 2 {
            return self.fault(
                FaultKind::Shape,
                span,
                "`diag` takes a vector or a matrix",
            );
        }
        let unit = (0..2).find(|k| self.solver.is_unit(&a.axes[*k]));
        let unit = unit.or_else(|| {
            // `diag(T 1)` of a bare all-ones vector.
            let k = (0..2).find(|k| self.solver.is_unit_by_default(&a.axes[*k]))?;
            self.solver.unify(&a.axes[k], &Dim::unit()).then_some(k)
        });
        if let Some(unit) = unit {
            let dim = a.axes[1 - unit].clone();
            let axes = vec![dim.clone(), dim.clone()];
            let unit_free =
                Shaped::new(Node::Regroup(a, vec![vec![1 - unit]]), vec![dim.clone()]);
            let i = self.index_var("i", dim.clone());
            let j = self.index_var("j", dim);
            use crate::shape::Index::Var;
            let entry = Shaped::scalar(Node::Pick(unit_free, vec![Var(i)]));
            let delta = Shaped::scalar(Node::Delta(Var(i), Var(j)));
            let body = Shaped::scalar(Node::Times(vec![entry, delta]));
            return Ok(Shaped::new(Node::Abstract(vec![i, j], body), axes));
        }
        self.square(&a, span, "a diagonal")?;
        let dim = a.axes[0].clone();
        let i = self.index_var("i", dim.clone());
        use crate::shape::Index::Var;
        let body = Shaped::scalar(Node::Pick(a, vec![Var(i), Var(i)]));
        let flat = Shaped::new(Node::Abstract(vec![i], body), vec![dim.clone()]);
        Ok(Shaped::new(
            Node::Regroup(flat, vec![vec![0], vec![]]),
            vec![dim, Dim::unit()],
        ))
    }

    /// `A ⊗ B`.
    pub(super) fn kronecker(
        &mut self,
        a: Shaped,
        b: Shaped,
        span: Span,
    ) -> Result<Shaped> {
        let (a, b) = (self.settle_scalar(a), self.settle_scalar(b));
        if a.is_scalar() || b.is_scalar() {
            return self.product(a, b, span);
        }
        if a.axes.len() != 2 || b.axes.len() != 2 {
            return self.fault(
                FaultKind::Shape,
                span,
                "a Kronecker product takes two matrices",
            );
        }
        let axes = vec![a.axes[0].times(&b.axes[0]), a.axes[1].times(&b.axes[1])];
        let all = a.axes.iter().chain(&b.axes).cloned().collect();
        let outer = Shaped::new(Node::Outer(a, b), all);
        Ok(Shaped::new(Node::Regroup(outer, vec![vec![0, 2], vec![1, 3]]), axes))
    }

    /// `x ⊗ y` as `x yᵀ` where both are columns.
    pub(super) fn outer(&mut self, a: Shaped, b: Shaped, span: Span) -> Result<Shaped> {
        let (a, b) = (self.settle_scalar(a), self.settle_scalar(b));
        let column = |a: &Shaped| a.axes.get(1).is_some_and(|d| self.solver.is_unit(d));
        if !column(&a) || !column(&b) {
            return self.kronecker(a, b, span);
        }
        let row = self.transpose(b, span)?;
        self.product(a, row, span)
    }

    /// The number of entries as a scalar.
    fn count(&self, a: &Shaped) -> Shaped {
        let sizes =
            a.axes.iter().map(|d| Shaped::scalar(Node::Size(d.clone()))).collect();
        Shaped::scalar(Node::Times(sizes))
    }

    fn variance(&mut self, x: Shaped) -> Result<Shaped> {
        let count = self.count(&x);
        let inverse = self.rational_power(count, -1, 1);
        let total = self.sum_all(x.clone());
        let mean = Shaped::scalar(Node::Times(vec![total, inverse.clone()]));
        let minus = self.scale(-BigRational::one(), mean);
        let axes = x.axes.clone();
        let filled = self.fill(minus, &axes);
        let centred = Shaped::new(Node::Add(vec![x, filled]), axes.clone());
        let squares = Shaped::new(Node::Times(vec![centred.clone(), centred]), axes);
        let total = self.sum_all(squares);
        Ok(Shaped::scalar(Node::Times(vec![total, inverse])))
    }

    /// For row-wise functions: whether the array is a column, over whose entries they run.
    fn row_parts(&self, x: &Shaped) -> bool {
        x.axes.len() == 2
            && self.solver.is_unit(&x.axes[1])
            && !self.solver.is_unit(&x.axes[0])
    }

    /// The sum over each row (over all entries of a column), filled out to the array's shape.
    fn over_rows(&self, a: Shaped, column: &bool) -> Shaped {
        let axes = a.axes.clone();
        if a.is_scalar() {
            return a;
        }
        if *column {
            let total = self.sum_all(a);
            return self.fill(total, &axes);
        }
        let ones =
            |r: Dim, c: Dim| Shaped::new(Node::Fill(Shaped::integer(1)), vec![r, c]);
        let m = axes[1].clone();
        let sums = Shaped::new(
            Node::Product(a, ones(m.clone(), Dim::unit())),
            vec![axes[0].clone(), Dim::unit()],
        );
        Shaped::new(Node::Product(sums, ones(Dim::unit(), m)), axes)
    }

    /// The sum over each row as a column; over all entries of a vector as a scalar.
    fn row_sums(&self, a: Shaped) -> Shaped {
        if a.is_scalar() || a.axes.iter().any(|d| self.solver.is_unit(d)) {
            return self.sum_all(a);
        }
        let ones = Shaped::new(
            Node::Fill(Shaped::integer(1)),
            vec![a.axes[1].clone(), Dim::unit()],
        );
        let axes = vec![a.axes[0].clone(), Dim::unit()];
        Shaped::new(Node::Product(a, ones), axes)
    }

    /// `max(a, b) = b + (a - b)[a > b]`.
    fn extremum(&mut self, name: &str, args: &[Expr], span: Span) -> Result<Shaped> {
        let [a, b] = args else {
            return self.fault(
                FaultKind::Unsupported,
                span,
                format!("`{name}` is read with two arguments"),
            );
        };
        let (ea, eb) = (a, b);
        let (a, b) = (self.expr(ea)?, self.expr(eb)?);
        let (mut a, mut b) = (self.settle_scalar(a), self.settle_scalar(b));
        if a.is_scalar() && !b.is_scalar() && literal(ea).is_some() {
            a = self.fill(a, &b.axes);
        }
        if b.is_scalar() && !a.is_scalar() && literal(eb).is_some() {
            b = self.fill(b, &a.axes);
        }
        let (a, b) = if a.is_scalar() && b.is_scalar() {
            (a, b)
        } else {
            self.align(a, b, span, "the comparison")?
        };
        let axes = a.axes.clone();
        let how = if name == "max" { Comparison::Greater } else { Comparison::Less };
        let above = Shaped::new(Node::Indicator(how, a.clone(), b.clone()), axes.clone());
        let minus = self.scale(-BigRational::one(), b.clone());
        let difference = Shaped::new(Node::Add(vec![a, minus]), axes.clone());
        let part = Shaped::new(Node::Times(vec![difference, above]), axes.clone());
        Ok(Shaped::new(Node::Add(vec![b, part]), axes))
    }

    /// `leaky_relu(x, a) = x ([x > 0] + a (1 - [x > 0]))`.
    fn leaky_relu(&mut self, args: &[Expr], span: Span) -> Result<Shaped> {
        let [x, slope] = args else {
            return self.fault(
                FaultKind::Unsupported,
                span,
                "`leaky_relu` takes its argument and its slope",
            );
        };
        let slope = self.scalar(slope, "a slope")?;
        let x = self.expr(x)?;
        let x = self.settle_scalar(x);
        let axes = x.axes.clone();
        let step = Shaped::new(
            Node::Indicator(Comparison::Greater, x.clone(), Shaped::integer(0)),
            axes.clone(),
        );
        let one = self.fill(Shaped::integer(1), &axes);
        let minus = self.scale(-BigRational::one(), step.clone());
        let rest = Shaped::new(Node::Add(vec![one, minus]), axes.clone());
        let rest = Shaped::new(Node::Times(vec![slope, rest]), axes.clone());
        let weight = Shaped::new(Node::Add(vec![step, rest]), axes.clone());
        Ok(Shaped::new(Node::Times(vec![x, weight]), axes))
    }
}

/// A function body as a formula of its parameter, if it is built of numbers, the parameter,
/// arithmetic and known functions.
fn formula_of(e: &Expr, parameter: &str) -> Option<Formula> {
    use num_traits::ToPrimitive;
    if let Some(value) = literal(e) {
        return Some(Formula::Num(value.numer().to_i64()?, value.denom().to_i64()?));
    }
    let minus = |f: Formula| Formula::Mul(vec![Formula::Num(-1, 1), f]);
    Some(match &peel(e).kind {
        Kind::Name(name) if name == parameter => Formula::X,
        Kind::Name(name) if name == "pi" => Formula::Pi,
        Kind::Add(terms) => {
            let mut parts = Vec::new();
            for (sign, term) in terms {
                let term = formula_of(term, parameter)?;
                parts.push(if *sign == Sign::Minus { minus(term) } else { term });
            }
            Formula::Add(parts)
        }
        Kind::Product(a, _, b) => {
            Formula::Mul(vec![formula_of(a, parameter)?, formula_of(b, parameter)?])
        }
        Kind::Quotient(a, _, b) => Formula::Mul(vec![
            formula_of(a, parameter)?,
            Formula::Pow(Box::new(formula_of(b, parameter)?), -1, 1),
        ]),
        Kind::Root(a) => Formula::Pow(Box::new(formula_of(a, parameter)?), 1, 2),
        Kind::Power(a, b) | Kind::HadamardPower(a, b) => {
            let b = literal(b)?;
            Formula::Pow(
                Box::new(formula_of(a, parameter)?),
                b.numer().to_i64()?,
                b.denom().to_i64()?,
            )
        }
        Kind::Call { name, primes: 0, args } => match (name.as_str(), args.as_slice()) {
            ("max", [a, b]) => {
                let (a, b) = (formula_of(a, parameter)?, formula_of(b, parameter)?);
                let difference = Formula::Add(vec![a, minus(b.clone())]);
                Formula::Add(vec![
                    b,
                    Formula::Mul(vec![
                        difference.clone(),
                        Formula::Step(Box::new(difference)),
                    ]),
                ])
            }
            (_, [x]) => {
                Formula::Fn(function::by_name(name)?, Box::new(formula_of(x, parameter)?))
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// The function whose inverse value a name stands for.
fn reciprocal(name: &str) -> Option<Function> {
    Some(match name {
        "sec" => Function::Cos,
        "csc" => Function::Sin,
        "cot" => Function::Tan,
        "sech" => Function::Cosh,
        "csch" => Function::Sinh,
        "coth" => Function::Tanh,
        _ => return None,
    })
}
