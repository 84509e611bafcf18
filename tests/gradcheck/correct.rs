//! Right derivatives raise no false alarm.

use gradproof::gradcheck::{Check, Verdict};
use gradproof::kernels::{Kernel, Sizes};
use nalgebra::DMatrix;

use crate::{Random, inputs};

macro_rules! no_false_alarm {
    ($name:ident, $T:ident, $seeds:expr) => {
        #[test]
        fn $name() {
            for kernel in Kernel::ALL {
                let mut passed = 0;
                for seed in 0..$seeds {
                    let mut random = Random::new(seed);
                    let (batch, i, outputs) =
                        (random.size(), random.size(), random.size());
                    let sizes = Sizes { batch, inputs: i, outputs };
                    let scale = 10_f64.powf(2.0 * random.unit() - 1.0);
                    let at: Vec<DMatrix<$T>> = inputs(kernel, sizes, scale, &mut random)
                        .iter()
                        .map(|m| m.map(|v| v as $T))
                        .collect();
                    let report = Check::new().seed(seed).vjp(
                        |x: &Vec<DMatrix<$T>>| kernel.forward(x).expect("the inputs fit"),
                        &at,
                        |x: &Vec<DMatrix<$T>>, dy: &DMatrix<$T>| {
                            kernel.backward(x, dy).expect("the inputs fit")
                        },
                    );
                    assert_ne!(
                        report.verdict,
                        Verdict::Fail,
                        "{} seed {seed} {sizes:?}: {report}",
                        kernel.name()
                    );
                    passed += usize::from(report.passed());
                }
                // The rest is inconclusive for cause: one class only, all of ReLU's inputs negative,
                // f32 saturated.
                assert!(
                    passed * 10 >= $seeds as usize * 7,
                    "{}: {passed} pass",
                    kernel.name()
                );
            }
        }
    };
}

no_false_alarm!(right_derivatives_in_f64_raise_no_false_alarm, f64, 60);
no_false_alarm!(right_derivatives_in_f32_raise_no_false_alarm, f32, 60);
