//! The checks of the shipped kernels: exactly over the rationals, by dual numbers, by differences.
//!
//! The points are drawn away from kinks; the sizes of a case are all different, so that nothing
//! transposed can pass.

use nalgebra::DMatrix;

use super::random::Random;
use super::{Check, Dual, Float, Report, Tensors, Verdict};
use crate::kernels::{Domain, Kernel, Real, Scalar, Sizes};

/// The sizes at which kernels are checked. (Not two features: then layer norm's dX vanishes.)
pub const SIZES: [Sizes; 4] = [
    Sizes { batch: 3, inputs: 4, outputs: 5 },
    Sizes { batch: 5, inputs: 7, outputs: 3 },
    Sizes { batch: 1, inputs: 4, outputs: 3 },
    Sizes { batch: 7, inputs: 11, outputs: 6 },
];

/// What the checks of one kind say together.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The worst of the verdicts.
    pub verdict: Verdict,
    /// The largest disagreement in error bars.
    pub units: f64,
    /// How many cases there were.
    pub cases: usize,
    /// The first report that is no pass.
    pub report: Option<Report>,
}

impl Summary {
    fn of(reports: impl Iterator<Item = Report>) -> Self {
        let mut summary =
            Summary { verdict: Verdict::Pass, units: 0.0, cases: 0, report: None };
        for report in reports {
            summary.cases += 1;
            summary.units = summary.units.max(report.units);
            let worse = report.verdict == Verdict::Fail
                || report.verdict == Verdict::Inconclusive
                    && summary.verdict == Verdict::Pass;
            if worse && summary.verdict != Verdict::Fail {
                summary.verdict = report.verdict;
                summary.report = Some(report);
            }
        }
        summary
    }
}

/// Inputs for a kernel: entries of sizes between 1/4 and 7/4, of either sign where the domain allows.
fn draw(kernel: Kernel, sizes: Sizes, seed: u64) -> Vec<DMatrix<f64>> {
    let mut random = Random::new(seed);
    let inputs = kernel.inputs(sizes).into_iter();
    inputs
        .map(|input| {
            DMatrix::from_fn(input.rows, input.cols, |_, _| {
                // weight: ±[1/2, 1); stretched to ±[1/4, 7/4).
                let w = random.weight();
                let number = w.signum() * (w.abs() * 3.0 - 1.25);
                match input.domain {
                    Domain::Any => number,
                    Domain::Positive => number.abs(),
                }
            })
        })
        .collect()
}

/// The shipped backward pass against differences of the shipped forward pass, in the float T.
pub fn by_differences<T>(kernel: Kernel, seeds: u64) -> Summary
where
    T: Float + Real,
    DMatrix<T>: Tensors<Scalar = T>,
    Vec<DMatrix<T>>: Tensors<Scalar = T>,
{
    Summary::of(cases(seeds).map(|(sizes, seed)| {
        let inputs: Vec<DMatrix<T>> =
            draw(kernel, sizes, seed).iter().map(|m| m.map(T::round)).collect();
        // The inputs fit by construction; an error shows as an output that is no number.
        let nothing = || DMatrix::from_element(1, 1, T::round(f64::NAN));
        Check::new().seed(seed).allow_zero().vjp(
            |x: &Vec<DMatrix<T>>| kernel.forward(x).unwrap_or_else(|_| nothing()),
            &inputs,
            |x: &Vec<DMatrix<T>>, dy: &DMatrix<T>| {
                kernel.backward(x, dy).unwrap_or_else(|_| vec![nothing()])
            },
        )
    }))
}

/// The shipped backward pass against dual numbers through the shipped forward pass, in f64.
pub fn by_duals(kernel: Kernel, seeds: u64) -> Summary {
    Summary::of(cases(seeds).map(|(sizes, seed)| {
        let inputs = draw(kernel, sizes, seed);
        let flat: Vec<f64> = inputs.iter().flat_map(|m| m.iter().copied()).collect();
        let nan = f64::NAN;
        Check::new().seed(seed).allow_zero().dual_vjp(
            |x: &[Dual<f64>]| match kernel.forward(&shaped(&inputs, x)) {
                Ok(y) => y.iter().copied().collect(),
                Err(_) => vec![Dual::constant(nan)],
            },
            &flat,
            |x: &[f64], dy: &[f64]| {
                let x = shaped(&inputs, x);
                let gradients = kernel.forward(&x).and_then(|y| {
                    let dy = DMatrix::from_column_slice(y.nrows(), y.ncols(), dy);
                    kernel.backward(&x, &dy)
                });
                gradients.map_or(vec![nan], |g| {
                    g.iter().flat_map(|m| m.iter().copied()).collect()
                })
            },
        )
    }))
}

fn cases(seeds: u64) -> impl Iterator<Item = (Sizes, u64)> {
    SIZES.into_iter().flat_map(move |sizes| (1..=seeds).map(move |seed| (sizes, seed)))
}

/// A flat vector cut into matrices like these.
fn shaped<T: Scalar, U: Scalar>(like: &[DMatrix<U>], flat: &[T]) -> Vec<DMatrix<T>> {
    let mut entries = flat.iter().cloned();
    like.iter()
        .map(|m| {
            DMatrix::from_fn(m.nrows(), m.ncols(), |_, _| {
                entries.next().unwrap_or_else(T::zero)
            })
        })
        .collect()
}

/// What exact arithmetic says of a kernel.
#[cfg(feature = "prove")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exactness {
    /// Backward equals the derivative of forward, entry by entry, without rounding, in so many cases.
    Exact(usize),
    /// It does not: the input, row and column of the first difference, with both values.
    Different(String),
    /// The kernel needs more than rational arithmetic.
    NotRational,
}

/// The shipped backward pass on exact rationals against the derivative of the shipped forward pass on
/// dual numbers over exact rationals: equal, not nearly equal.
#[cfg(feature = "prove")]
pub fn exactly(kernel: Kernel, seeds: u64) -> Exactness {
    use num_rational::BigRational;
    use num_traits::{One, Zero};

    if !kernel.is_rational() {
        return Exactness::NotRational;
    }
    let mut count = 0;
    for (sizes, seed) in cases(seeds) {
        let mut random = Random::new(seed ^ 0xe4ac7);
        let mut rational = || {
            let numerator = random.below(19) as i64 - 9;
            BigRational::new(numerator.into(), (1 + random.below(7) as i64).into())
        };
        let inputs: Vec<DMatrix<BigRational>> = kernel
            .inputs(sizes)
            .into_iter()
            .map(|i| DMatrix::from_fn(i.rows, i.cols, |_, _| rational()))
            .collect();
        let Some(Ok(y)) = kernel.forward_rational(&inputs) else {
            return Exactness::Different(
                "the forward pass refused its inputs".to_owned(),
            );
        };
        let dy = DMatrix::from_fn(y.nrows(), y.ncols(), |_, _| rational());
        let Some(Ok(gradients)) = kernel.backward_rational(&inputs, &dy) else {
            return Exactness::Different(
                "the backward pass refused its inputs".to_owned(),
            );
        };
        let mut lifted: Vec<DMatrix<Dual<BigRational>>> =
            inputs.iter().map(|m| m.map(Dual::constant)).collect();
        for which in 0..inputs.len() {
            for entry in 0..inputs[which].len() {
                lifted[which][entry].tangent = BigRational::one();
                let y = kernel.forward_rational(&lifted);
                lifted[which][entry].tangent = BigRational::zero();
                let Some(Ok(y)) = y else {
                    return Exactness::Different(
                        "the forward pass refused duals".to_owned(),
                    );
                };
                let exact =
                    y.iter().zip(dy.iter()).fold(BigRational::zero(), |sum, (y, dy)| {
                        sum + y.tangent.clone() * dy.clone()
                    });
                let claimed = gradients.get(which).and_then(|g| g.get(entry));
                if claimed != Some(&exact) {
                    let input = kernel.inputs(sizes)[which];
                    let (row, col) = (entry % input.rows, entry / input.rows);
                    let claimed =
                        claimed.map_or_else(|| "nothing".to_owned(), ToString::to_string);
                    return Exactness::Different(format!(
                        "{}[{row}, {col}]: {claimed} instead of {exact}",
                        input.name
                    ));
                }
            }
        }
        count += 1;
    }
    Exactness::Exact(count)
}
