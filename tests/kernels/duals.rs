//! backward = the derivative of the shipped forward pass, entry by entry, by dual numbers.

use gradproof::gradcheck::Dual;
use gradproof::kernels::{Domain, Kernel, Real, Sizes};
use nalgebra::DMatrix;
use proptest::prelude::*;

fn sizes() -> impl Strategy<Value = Sizes> {
    (1..6_usize, 1..6_usize, 1..6_usize).prop_map(|(batch, inputs, outputs)| Sizes {
        batch,
        inputs,
        outputs,
    })
}

/// Inputs and a cotangent, drawn from a list of numbers in [−1, 1].
fn fill(
    kernel: Kernel,
    sizes: Sizes,
    mut draw: impl FnMut() -> f64,
) -> Vec<DMatrix<f64>> {
    let inputs = kernel.inputs(sizes).into_iter();
    inputs
        .map(|input| {
            DMatrix::from_fn(input.rows, input.cols, |_, _| match input.domain {
                Domain::Any => 2.0 * draw(),
                Domain::Positive => 0.1 + draw().abs(),
            })
        })
        .collect()
}

/// ∂(Σ dY ⊙ Y)/∂(one entry), by a run of the forward pass on dual numbers.
fn slope<T: Real>(
    kernel: Kernel,
    inputs: &[DMatrix<T>],
    dy: &DMatrix<T>,
    which: usize,
    entry: usize,
) -> T {
    let lifted: Vec<_> = inputs
        .iter()
        .enumerate()
        .map(|(k, m)| {
            let mut m = m.map(Dual::constant);
            if k == which {
                m[entry].tangent = T::one();
            }
            m
        })
        .collect();
    let y = kernel.forward(&lifted).expect("the inputs fit");
    y.iter()
        .zip(dy.iter())
        .fold(T::zero(), |sum, (y, dy)| sum + y.tangent.clone() * dy.clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn backward_is_the_derivative_of_forward(
        sizes in sizes(),
        numbers in prop::collection::vec(-1.0..1.0_f64, 97),
    ) {
        for kernel in Kernel::ALL {
            let mut cycle = numbers.iter().cycle().copied();
            let inputs = fill(kernel, sizes, || cycle.next().unwrap_or(0.5));
            let y = kernel.forward(&inputs).expect("the inputs fit");
            let dy = DMatrix::from_fn(y.nrows(), y.ncols(), |_, _| cycle.next().unwrap_or(0.5));
            let gradients = kernel.backward(&inputs, &dy).expect("the inputs fit");
            prop_assert_eq!(gradients.len(), inputs.len());
            for (which, gradient) in gradients.iter().enumerate() {
                prop_assert_eq!(gradient.shape(), inputs[which].shape(), "{}", kernel.name());
                for entry in 0..gradient.len() {
                    let exact = slope(kernel, &inputs, &dy, which, entry);
                    let scale = 1.0 + exact.abs() + gradient.amax();
                    prop_assert!(
                        (gradient[entry] - exact).abs() <= 1e-9 * scale,
                        "{} {sizes:?}: input {which}, entry {entry}: {} is not {exact}",
                        kernel.name(), gradient[entry]
                    );
                }
            }
        }
    }
}

#[cfg(feature = "prove")]
mod exact {
    use super::*;
    use num_rational::BigRational;
    use num_traits::{One, Zero};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn rational_kernels_are_exact_over_the_rationals(
            sizes in sizes(),
            numbers in prop::collection::vec((-9_i64..10, 1_i64..7), 97),
        ) {
            let rational = |(n, d): (i64, i64)| BigRational::new(n.into(), d.into());
            for kernel in Kernel::ALL.into_iter().filter(|kernel| kernel.is_rational()) {
                let mut cycle = numbers.iter().cycle().copied();
                let mut draw = || rational(cycle.next().unwrap_or((1, 2)));
                let inputs: Vec<_> = kernel
                    .inputs(sizes)
                    .into_iter()
                    .map(|input| DMatrix::from_fn(input.rows, input.cols, |_, _| draw()))
                    .collect();
                let y = kernel.forward_rational(&inputs).expect("rational").expect("fits");
                let dy = DMatrix::from_fn(y.nrows(), y.ncols(), |_, _| draw());
                let gradients =
                    kernel.backward_rational(&inputs, &dy).expect("rational").expect("fits");
                for (which, gradient) in gradients.iter().enumerate() {
                    for entry in 0..gradient.len() {
                        let mut lifted: Vec<_> =
                            inputs.iter().map(|m| m.map(Dual::constant)).collect();
                        lifted[which][entry].tangent = BigRational::one();
                        let y = kernel.forward_rational(&lifted).expect("rational").expect("fits");
                        let exact = y.iter().zip(dy.iter()).fold(
                            BigRational::zero(),
                            |sum, (y, dy)| sum + y.tangent.clone() * dy.clone(),
                        );
                        prop_assert_eq!(
                            &gradient[entry], &exact,
                            "{} {:?}: input {}, entry {}", kernel.name(), sizes, which, entry
                        );
                    }
                }
            }
        }
    }
}
