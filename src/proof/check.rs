//! From two sides to a verdict: readings, proof, comparison at points, repairs, counterexample.

use std::time::Instant;

use super::derive::write_out_quickly;
use super::prove::{Attempt, prove};
use super::{
    Counterexample, Layout, Options, Status, Verdict, assumptions, diagnose, expectation,
};
use crate::language::ast::{Condition, DerivativeForm, Expr, Kind, Times};
use crate::numeric::{Comparison, compare, compare_briefly, refute};
use crate::shape::{
    Elaborated, Fault, FaultKind, Givens, Reading, Repairs, Size, relation,
};
use crate::tensor::Stop;

/// One relation to be judged.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// What is given.
    pub givens: &'a Givens,
    /// The text the spans refer to.
    pub source: &'a str,
    /// The left side.
    pub lhs: &'a Expr,
    /// The right side.
    pub rhs: &'a Expr,
    /// A condition the text adds: `for j \neq i`.
    pub condition: Option<&'a Condition>,
}

/// Judges `lhs = rhs` in the light of the givens. `source` is the text the spans refer to.
pub fn check(
    givens: &Givens,
    source: &str,
    lhs: &Expr,
    rhs: &Expr,
    options: &Options,
) -> Verdict {
    check_claim(&Claim { givens, source, lhs, rhs, condition: None }, options)
}

/// Judges a relation.
pub fn check_claim(claim: &Claim<'_>, options: &Options) -> Verdict {
    let start = Instant::now();
    let mut verdict = if expectation::concerns(claim) {
        expectation::check(claim)
    } else {
        judge(claim, options)
    };
    verdict.millis = start.elapsed().as_secs_f64() * 1e3;
    verdict
}

/// A reading with how derivatives treat defined names, and what to say of it.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) reading: Reading,
    /// Defined names are held fixed in derivatives.
    pub(super) hold: bool,
    pub(super) said: Option<&'static str>,
}

/// What came of one reading.
enum Outcome {
    Proved(Verdict),
    /// Equal at every point looked at, yet not proved.
    Agrees(Verdict),
    Differs(Box<Elaborated>),
    Fault(Fault),
    /// Well-formed, and not decided.
    Skipped(String),
    /// The reading is that of another way, or not one that a reader could mean.
    Idle,
}

/// The admissible readings, the plainest first.
pub(super) fn ways(options: &Options) -> Vec<Way> {
    let plain =
        Reading { numerator: options.layout == Layout::Numerator, ..Reading::default() };
    let mut readings = vec![(plain, None)];
    if options.layout == Layout::Auto {
        readings.push((
            Reading { row_gradients: true, ..plain },
            Some("the derivative by a vector is a row"),
        ));
    }
    let einstein: Vec<_> = readings
        .iter()
        .map(|(r, said)| {
            (
                Reading { einstein: true, ..*r },
                Some(said.unwrap_or("repeated indices are summed (Einstein)")),
            )
        })
        .collect();
    if options.einstein {
        readings.splice(0..0, einstein);
    } else {
        readings.extend(einstein);
    }
    let mut ways = Vec::new();
    for hold in [false, true] {
        for (reading, said) in &readings {
            let said = if hold {
                Some("partial derivatives hold the defined names fixed")
            } else {
                *said
            };
            ways.push(Way { reading: *reading, hold, said });
        }
    }
    ways
}

/// The readings of geometry, where bars or `\otimes` stand in a claim: they come last.
fn geometric_ways(claim: &Claim<'_>, options: &Options) -> Vec<Way> {
    let geometric = |e: &Expr| {
        e.nodes().iter().any(|node| {
            matches!(node.kind, Kind::Bars(_) | Kind::Product(_, Times::Kronecker, _))
        })
    };
    let mut sides = [claim.lhs, claim.rhs].into_iter().chain(claim.givens.definitions());
    if !sides.any(geometric) {
        return Vec::new();
    }
    let said = "bars of a vector are its norm, \u{2297} of vectors is the outer product";
    let plain = |way: &Way| !way.hold && !way.reading.einstein;
    let of_geometry = |way: Way| Way {
        reading: Reading { geometric: true, ..way.reading },
        said: Some(said),
        ..way
    };
    ways(options).into_iter().filter(plain).map(of_geometry).collect()
}

fn judge(claim: &Claim<'_>, options: &Options) -> Verdict {
    let mut first_fault: Option<Fault> = None;
    let mut first_difference: Option<(Box<Elaborated>, Way)> = None;
    let mut agrees: Option<Verdict> = None;
    let mut skipped: Option<String> = None;
    // What is right as it stands is never looked at for geometry.
    let geometric = std::iter::once_with(|| geometric_ways(claim, options)).flatten();
    for way in ways(options).into_iter().chain(geometric) {
        // Where sums are written out, no repeated index is one that is left out.
        let well_formed = |e: &Elaborated| {
            e.one_sided.is_empty()
                || [claim.lhs, claim.rhs].into_iter().any(rules_out_summation)
        };
        let readable = agrees.is_some()
            || first_difference.as_ref().is_some_and(|(e, _)| well_formed(e));
        // Summing repeated indices is tried where nothing else is well-formed, or announced.
        if way.reading.einstein && !options.einstein && (readable || options.writes_sums)
        {
            continue;
        }
        if way.hold && !may_hold(claim) {
            continue;
        }
        match attempt(claim, way, options) {
            Outcome::Proved(verdict) => return verdict,
            Outcome::Agrees(verdict) => agrees = agrees.or(Some(verdict)),
            Outcome::Differs(elaborated) => {
                first_difference = first_difference.or(Some((elaborated, way)));
            }
            Outcome::Fault(fault) => first_fault = first_fault.or(Some(fault)),
            Outcome::Skipped(reason) => skipped = skipped.or(Some(reason)),
            Outcome::Idle => {}
        }
    }
    if let Some(verdict) = agrees {
        return verdict;
    }
    if let Some(reason) = skipped
        && first_difference.is_none()
    {
        // It has a meaning; that it has none in another reading does not matter.
        return Verdict::new(Status::Skipped, reason);
    }
    if let Some(verdict) = slip(claim, options) {
        return verdict;
    }
    if let Some((elaborated, way)) = first_difference {
        if elaborated.open_sizes {
            // It may hold for the sizes that the writer had in mind.
            return Verdict::new(
                Status::Skipped,
                "false for some sizes, but no given fixes every size here (the range of an \
                 index, or of an all-ones or identity matrix): state it with --given",
            );
        }
        return refuted(claim, &elaborated, way, options);
    }
    match first_fault {
        Some(fault) => ill_formed(claim, fault, options),
        None => Verdict::new(Status::Skipped, "nothing to check was found"),
    }
}

/// Whether a side writes its sums out, or the square of an entry, which nobody means as a sum
/// unless the text announces it.
fn rules_out_summation(e: &Expr) -> bool {
    let mut found = match &e.kind {
        Kind::Sum(..) => true,
        Kind::Power(base, _) => matches!(base.without_groups().kind, Kind::Entry(..)),
        _ => false,
    };
    e.for_each_child(&mut |child| found = found || rules_out_summation(child));
    found
}

/// Whether a reader could mean partial derivatives along the graph, with defined names held fixed:
/// every derivative is written with ∂ and is one of a name, as in the backward pass of a layer.
/// `∂(xᵀz)/∂x` has its product in front of the reader, `d`, `∇`, Jacobian and Hessian are total.
fn may_hold(claim: &Claim<'_>) -> bool {
    claim.givens.has_definitions()
        && differentiates_names_partially(claim.lhs)
        && differentiates_names_partially(claim.rhs)
}

fn differentiates_names_partially(e: &Expr) -> bool {
    if let Kind::Derivative { form, of, .. } = &e.kind {
        let partial =
            matches!(form, DerivativeForm::Partial | DerivativeForm::PartialOperator);
        let named = of.as_ref().is_some_and(|of| match &of.without_groups().kind {
            Kind::Name(_) => true,
            Kind::Entry(base, _) => matches!(base.without_groups().kind, Kind::Name(_)),
            _ => false,
        });
        return partial && named;
    }
    let mut all = true;
    e.for_each_child(&mut |child| all = all && differentiates_names_partially(child));
    all
}

fn attempt(claim: &Claim<'_>, way: Way, options: &Options) -> Outcome {
    let elaborated = match relation(
        claim.givens,
        claim.lhs,
        claim.rhs,
        claim.condition,
        way.reading,
    ) {
        Ok(elaborated) => elaborated,
        Err(fault) => return Outcome::Fault(fault),
    };
    if way.hold && !elaborated.differentiates_what_it_names() {
        // Held fixed, a name that carries all of the dependence would make the derivative 0.
        return Outcome::Idle;
    }
    if way.reading.row_gradients && !elaborated.is_row_sensitive() {
        // The reading changes nothing: the plain one has been judged.
        return Outcome::Idle;
    }
    if elaborated.open_sizes
        && let [size] = elaborated.sizes_at_hand().as_slice()
    {
        return of_size(claim, way, options, *size);
    }
    decide(elaborated, way, options)
}

/// A relation in which every size that nothing fixes is the only size that it speaks of.
fn of_size(claim: &Claim<'_>, way: Way, options: &Options, size: Size) -> Outcome {
    let reading = Reading { open_as: Some(size), ..way.reading };
    let Claim { givens, lhs, rhs, condition, .. } = *claim;
    let mut elaborated = match relation(givens, lhs, rhs, condition, reading) {
        Ok(elaborated) => elaborated,
        Err(fault) => return Outcome::Fault(fault),
    };
    let shown = match size {
        Size::Number(n) => n.to_string(),
        Size::Named(id) => {
            elaborated.table.dims.get(id as usize).cloned().unwrap_or_default()
        }
    };
    elaborated.notes.push(format!("the size that nothing gives is {shown}"));
    elaborated.open_sizes = false;
    decide(elaborated, way, options)
}

/// Proof and comparison of an elaborated relation.
fn decide(elaborated: Elaborated, way: Way, options: &Options) -> Outcome {
    let hold = way.hold;
    let attempt = prove(&elaborated, hold);
    let comparison = if hold || elaborated.undrawn {
        // The evaluator follows definitions always, and draws points that obey the properties of
        // symbols but no further constraint: it cannot judge such a reading.
        None
    } else {
        let Elaborated { table, lhs, rhs, free, .. } = &elaborated;
        // Beside a proof the points are a check of this program; alone they are all there is.
        let look = match &attempt {
            Attempt::Proved(_) => compare_briefly,
            _ => compare,
        };
        Some(look(table, lhs, rhs, free))
    };
    if let Some(Comparison::Differs(_)) = comparison {
        return match attempt {
            // The two routes contradict each other: that is a fault of this program.
            Attempt::Proved(_) => Outcome::Skipped(
                "internal error: the proof and the numeric check contradict each other; \
                 please report this relation"
                    .into(),
            ),
            _ => Outcome::Differs(Box::new(elaborated)),
        };
    }
    match attempt {
        Attempt::Proved(theorem) => {
            if let Some(Comparison::Undecided(reason)) = &comparison {
                return Outcome::Skipped(format!(
                    "no point was found at which both sides are defined ({reason})"
                ));
            }
            let mut verdict =
                Verdict::new(Status::Proved, "holds for all dimensions and values");
            verdict.assumptions = assumptions::of(&elaborated, theorem.caveats());
            dress(&mut verdict, &elaborated, way, options);
            Outcome::Proved(verdict)
        }
        Attempt::Open | Attempt::Stopped(_) if hold => Outcome::Idle,
        Attempt::Open => agrees(&elaborated, way, options, comparison, None),
        Attempt::Stopped(stop) => {
            agrees(&elaborated, way, options, comparison, Some(stop))
        }
    }
}

fn agrees(
    elaborated: &Elaborated,
    way: Way,
    options: &Options,
    comparison: Option<Comparison>,
    stop: Option<Stop>,
) -> Outcome {
    let why = match stop {
        None => "the normal forms of the two sides differ".to_string(),
        Some(Stop::Effort) => "the proof needs more effort than is allowed".to_string(),
        Some(Stop::Domain(what)) => format!("a side is nowhere defined: {what}"),
        Some(Stop::Unsupported(what)) => format!("the prover does not know {what}"),
    };
    match comparison {
        Some(Comparison::Equal { points, largest_relative_difference, prime_field }) => {
            let mut message = format!(
                "not proved ({why}); equal at {points} points, largest relative difference \
                 {largest_relative_difference:.1e}"
            );
            if let Some(bound) = prime_field {
                message.push_str(&format!(
                    "; equal at random points of a prime field (chance of an error ≤ {bound:.0e})"
                ));
            }
            let mut verdict = Verdict::new(Status::Agrees, message);
            verdict.assumptions = assumptions::of(elaborated, &[]);
            dress(&mut verdict, elaborated, way, options);
            Outcome::Agrees(verdict)
        }
        Some(Comparison::Undecided(reason)) => {
            Outcome::Skipped(format!("not proved ({why}) and not compared ({reason})"))
        }
        _ => Outcome::Skipped(format!("not proved ({why})")),
    }
}

/// Adds layout and reading to a verdict.
fn dress(verdict: &mut Verdict, elaborated: &Elaborated, way: Way, options: &Options) {
    verdict.layout = layout(elaborated, way, options);
    let mut said: Vec<&str> = way.said.into_iter().collect();
    said.extend(elaborated.notes.iter().map(String::as_str));
    said.dedup();
    if !said.is_empty() {
        verdict.reading = Some(said.join("; "));
    }
}

fn layout(elaborated: &Elaborated, way: Way, options: &Options) -> Option<&'static str> {
    if !elaborated.has_array_gradient() {
        return None;
    }
    let numerator = way.reading.row_gradients || options.layout == Layout::Numerator;
    Some(if numerator { "numerator" } else { "gradient" })
}

/// The repairs of notation, each alone, the mildest first.
fn repairs() -> Vec<(Repairs, &'static str)> {
    let none = Repairs::default();
    vec![
        (Repairs { ignore_ranges: true, ..none }, "wrong upper limit"),
        (Repairs { scalar_hadamard: true, ..none }, "element-wise sign before a scalar"),
        (
            Repairs { component_as_whole: true, ..none },
            "component equated with the whole",
        ),
        (Repairs { transpose_vectors: true, ..none }, "vector in the wrong orientation"),
        (Repairs { fill_scalars: true, ..none }, "scalar beside an array"),
        (Repairs { broadcast_rows: true, ..none }, "row beside a matrix"),
        (Repairs { drop_sums: true, ..none }, "sum left standing"),
        (Repairs { operator_numerator: true, ..none }, "derivative sign for an operator"),
    ]
}

/// A relation that is right after one repair of notation.
fn slip(claim: &Claim<'_>, options: &Options) -> Option<Verdict> {
    for (repairs, name) in repairs() {
        for mut way in ways(options) {
            if way.hold {
                continue;
            }
            way.reading.repairs = repairs;
            let Ok(elaborated) = relation(
                claim.givens,
                claim.lhs,
                claim.rhs,
                claim.condition,
                way.reading,
            ) else {
                continue;
            };
            let Some((place, what)) = elaborated.repaired.first().copied() else {
                continue;
            };
            let Outcome::Proved(proved) = decide(elaborated, way, options) else {
                continue;
            };
            let mut verdict =
                Verdict::new(Status::Slip, format!("true after one repair: {what}"));
            verdict.assumptions = proved.assumptions;
            verdict.layout = proved.layout;
            verdict.reading = proved.reading;
            verdict.diagnosis = Some(name.to_string());
            verdict.hint = Some(what.to_string());
            verdict.place = (place.end > place.start).then_some(place);
            return Some(verdict);
        }
    }
    None
}

fn refuted(
    claim: &Claim<'_>,
    elaborated: &Elaborated,
    way: Way,
    options: &Options,
) -> Verdict {
    if !elaborated.one_sided.is_empty() && !elaborated.component {
        let letters = elaborated.one_sided.join("`, `");
        let fault = Fault {
            kind: FaultKind::Index,
            span: claim.lhs.span.to(claim.rhs.span),
            message: format!("index `{letters}` is free on one side only"),
        };
        // A letter bound inside a sum and free outside it that changes the value.
        let clash = elaborated.one_sided.iter().any(|letter| {
            elaborated.notes.iter().any(|n| {
                n.starts_with(&format!("`{letter}` is bound by a sum and free outside"))
            })
        });
        // A clash has its name already: no other is looked for.
        let search = Options { diagnose: options.diagnose && !clash, ..*options };
        let mut verdict = ill_formed(claim, fault, &search);
        if clash {
            verdict.diagnosis = Some("index clash".into());
        }
        if clash && options.diagnose {
            verdict.hint = right_answer(claim, Reading::default());
        }
        verdict.counterexample = counterexample(elaborated);
        return verdict;
    }
    let counterexample = counterexample(elaborated);
    let mut verdict = Verdict::new(Status::Refuted, "the two sides differ");
    if let Some(c) = &counterexample {
        verdict.message = describe(c);
    }
    verdict.counterexample = counterexample;
    dress(&mut verdict, elaborated, way, options);
    if options.diagnose
        && let Some(diagnosis) = diagnose::of(claim, options, Some(elaborated))
    {
        verdict.diagnosis = Some(diagnosis.name);
        verdict.hint = diagnosis.corrected;
        verdict.place = diagnosis.place;
    }
    if options.diagnose && verdict.hint.is_none() {
        verdict.hint = right_answer(claim, way.reading);
    }
    verdict
}

/// What a derivative ought to be, where no single change of the claimed side makes it right.
fn right_answer(claim: &Claim<'_>, reading: Reading) -> Option<String> {
    let differentiates = |e: &Expr| {
        e.nodes()
            .iter()
            .any(|n| matches!(n.kind, Kind::Derivative { .. } | Kind::Differential(_)))
    };
    if !differentiates(claim.lhs) || claim.condition.is_some() {
        return None;
    }
    let derived = write_out_quickly(claim.givens, claim.lhs, reading).ok()?;
    // A formula of many lines helps nobody.
    const LONGEST: usize = 400;
    (derived.right != *claim.lhs)
        .then(|| diagnose::spell(claim.source, &derived.right))
        .filter(|right| right.len() <= LONGEST)
}

fn counterexample(elaborated: &Elaborated) -> Option<Counterexample> {
    let Elaborated { table, lhs, rhs, free, .. } = elaborated;
    let found = refute(table, lhs, rhs, free)?;
    Some(Counterexample {
        dims: found.dims,
        values: found.values,
        functions: found.functions,
        lhs: found.lhs,
        rhs: found.rhs,
        entry: found.entry,
    })
}

fn describe(c: &Counterexample) -> String {
    let dims: Vec<String> = c.dims.iter().map(|(n, v)| format!("{n} = {v}")).collect();
    let (i, j) = c.entry;
    let cell = |grid: &super::Grid| {
        grid.get(i.wrapping_sub(1))
            .and_then(|row| row.get(j.wrapping_sub(1)))
            .cloned()
            .unwrap_or_default()
    };
    let whole = c.lhs.len() == 1 && c.lhs[0].len() == 1;
    let place = if whole { String::new() } else { format!(" at entry ({i}, {j})") };
    let at =
        if dims.is_empty() { String::new() } else { format!(" for {}", dims.join(", ")) };
    format!(
        "false{at}{place}: the left side is {}, the right side {}",
        cell(&c.lhs),
        cell(&c.rhs)
    )
}

fn ill_formed(claim: &Claim<'_>, fault: Fault, options: &Options) -> Verdict {
    let status = match fault.kind {
        FaultKind::Unsupported => Status::Skipped,
        _ => Status::IllFormed,
    };
    let mut verdict = Verdict::new(status, fault.message);
    verdict.place = Some(fault.span);
    if options.diagnose
        && status == Status::IllFormed
        && fault.kind != FaultKind::Name
        && let Some(diagnosis) = diagnose::of(claim, options, None)
    {
        verdict.diagnosis = Some(diagnosis.name);
        verdict.hint = diagnosis.corrected;
    }
    if options.diagnose && status == Status::IllFormed && verdict.hint.is_none() {
        let plain = Reading::default();
        verdict.hint = right_answer(claim, plain);
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{parse_claim, parse_givens};

    fn verdict(givens: &str, claim: &str) -> Verdict {
        let mut g = Givens::new();
        for given in parse_givens(givens, &g).expect("givens that parse") {
            g.add(&given).expect("a good given");
        }
        let (chain, notes) = parse_claim(claim, &g);
        let [Some(l), Some(r)] = chain.sides.as_slice() else { panic!("{notes:?}") };
        check(&g, claim, l, r, &Options::default())
    }

    #[test]
    fn holding_a_definition_fixed_never_makes_a_gradient_vanish() {
        let givens = "X in R^{S x M}; h elementwise; Y = h(X); L = L(Y)";
        for claim in [
            r"\frac{\partial L}{\partial X} = 0",
            r"\frac{\partial Y_{ij}}{\partial X_{kl}} = 0",
        ] {
            let v = verdict(givens, claim);
            let wrong = matches!(v.status, Status::Refuted | Status::IllFormed);
            assert!(wrong, "{claim}: {:?} {}", v.status, v.message);
        }
    }

    #[test]
    fn a_sum_over_a_number_is_unread_and_not_condemned() {
        let v = verdict(
            "A in R^{n x n}; X in R^{n x n}; k in N",
            r"\frac{\partial}{\partial X} \operatorname{tr}(A X^k) = \sum_{r=0}^{k-1} (X^r A X^{k-r-1})^\top",
        );
        assert_eq!(v.status, Status::Skipped, "{}", v.message);
    }

    #[test]
    fn a_missing_transposition_is_no_slip() {
        let v = verdict(
            "X in R^{n x d}; w in R^d; y in R^n",
            "d(norm(X*w - y)^2)/d(w) = 2*(X*w - y)*X",
        );
        assert_eq!(v.status, Status::IllFormed, "{}", v.message);
        let v = verdict("x in R^n; B in R^{n x n}", "(B*x')[k] = (B*x)[k]");
        assert_eq!(v.status, Status::Slip, "{}", v.message);
    }
}
