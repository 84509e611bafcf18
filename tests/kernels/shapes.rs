//! Shapes that do not fit are errors that name both, never panics.

use gradproof::kernels::{
    Error, Kernel, Sizes, cross_entropy, layer_norm, linear, quadratic_form,
    softmax_cross_entropy, trace_product,
};
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

#[test]
fn a_shape_error_names_both_shapes() {
    let x = DMatrix::<f64>::zeros(4, 3);
    let w = DMatrix::zeros(5, 2);
    let error = linear::forward(&x, &w, &DVector::zeros(5)).expect_err("must be refused");
    assert_eq!(
        error.to_string(),
        "linear: X is 4×3 but W is 5×2: the columns of X must equal the columns of W"
    );
    let classes = [0, 9, 1, 2];
    let error = softmax_cross_entropy::forward_classes(&x, &classes)
        .expect_err("must be refused");
    assert_eq!(
        error,
        Error::Class { kernel: "softmax_cross_entropy", row: 1, class: 9, classes: 3 }
    );
    let none = DMatrix::<f64>::zeros(0, 3);
    assert!(matches!(cross_entropy::forward(&none, &none), Err(Error::Empty { .. })));
    assert!(quadratic_form::forward(&x, &w).is_err());
    assert!(trace_product::forward(&x, &w, &x).is_err());
    assert!(layer_norm::forward(&x, &x, &x, 0.1).is_err());
}

proptest! {
    #[test]
    fn no_kernel_panics_on_any_shapes(
        shapes in prop::collection::vec((0..4_usize, 0..4_usize), 4),
        count in 0..5_usize,
    ) {
        let matrices: Vec<_> =
            shapes.iter().take(count).map(|&(r, c)| DMatrix::<f64>::from_element(r, c, 0.5)).collect();
        let dy = DMatrix::from_element(shapes[3].0, shapes[3].1, 1.0);
        for kernel in Kernel::ALL {
            let _ = kernel.forward(&matrices);
            let _ = kernel.backward(&matrices, &dy);
        }
    }
}

#[test]
fn one_sample_and_one_feature_are_fine() {
    for kernel in Kernel::ALL {
        for (batch, inputs, outputs) in [(1, 1, 1), (1, 3, 2), (4, 1, 1), (1, 1, 5)] {
            let sizes = Sizes { batch, inputs, outputs };
            let matrices: Vec<_> = kernel
                .inputs(sizes)
                .iter()
                .map(|input| DMatrix::from_element(input.rows, input.cols, 0.7_f32))
                .collect();
            let y = kernel.forward(&matrices).expect("fits");
            let gradients = kernel.backward(&matrices, &y).expect("fits");
            assert!(
                gradients.iter().flatten().all(|v| v.is_finite()),
                "{}",
                kernel.name()
            );
        }
    }
}
