//! Large logits, class indices, strides: what floating point makes hard.

use approx::relative_eq;
use gradproof::kernels::{
    View, ViewMut, log_softmax, matmul, product, softmax, softmax_cross_entropy,
};
use nalgebra::DMatrix;
use proptest::prelude::*;

#[test]
fn logits_of_ten_thousand_stay_finite() {
    let x =
        DMatrix::from_row_slice(3, 3, &[1e4, -1e4, 0.0, -1e4, -1e4, 1e4, 1e4, 1e4, 1e4]);
    let x32 = x.map(|v| v as f32);
    let classes = [1, 0, 2];
    let loss = softmax_cross_entropy::forward_classes(&x, &classes).expect("fits");
    assert!((loss - (2e4 + 2e4 + 3.0_f64.ln()) / 3.0).abs() < 1e-9);
    let loss32 = softmax_cross_entropy::forward_classes(&x32, &classes).expect("fits");
    assert!(loss32.is_finite());
    let dx = softmax_cross_entropy::backward_classes(&x, &classes, 1.0).expect("fits");
    assert!(dx.iter().all(|v| v.is_finite()));
    let y = softmax::forward(&x32).expect("fits");
    assert!(y.iter().all(|v| v.is_finite()));
    assert!(log_softmax::forward(&x32).expect("fits").iter().all(|v| v.is_finite()));
}

#[test]
fn a_row_with_nan_comes_out_as_nan_and_spoils_no_other() {
    let mut x = DMatrix::from_element(2, 40, 0.5_f32);
    x[(1, 7)] = f32::NAN;
    let y = softmax::forward(&x).expect("fits");
    assert!(y.row(0).iter().all(|v| v.is_finite()));
    assert!(y.row(1).iter().all(|v| v.is_nan()));
}

proptest! {
    #[test]
    fn classes_and_one_hot_rows_agree(
        (rows, cols) in (1..90_usize, 1..9_usize),
        seed in any::<u32>(),
    ) {
        let number = |k: usize| f64::from((seed.wrapping_add(k as u32)).wrapping_mul(2_654_435_761) >> 8) * 1e-6;
        let x = DMatrix::from_fn(rows, cols, |i, j| number(i + 97 * j));
        let classes: Vec<usize> = (0..rows).map(|i| (seed as usize + 3 * i) % cols).collect();
        let t = DMatrix::from_fn(rows, cols, |i, j| f64::from(u8::from(classes[i] == j)));
        let (mut a, mut b) = (x.clone(), x.clone());
        let la = softmax_cross_entropy::forward_backward_into(&x, &t, 1.0, &mut a).expect("fits");
        let lb = softmax_cross_entropy::forward_backward_classes_into(&x, &classes, 1.0, &mut b)
            .expect("fits");
        prop_assert!(relative_eq!(la, lb, epsilon = 1e-12, max_relative = 1e-12));
        prop_assert!(relative_eq!(a, b, epsilon = 1e-15));
    }

    #[test]
    fn softmax_does_not_depend_on_the_memory_order(
        (rows, cols) in (1..300_usize, 1..140_usize),
        scale in 0.1..50.0_f32,
    ) {
        let x = DMatrix::from_fn(rows, cols, |i, j| scale * ((i * 7 + j * 13) % 17) as f32 - 8.0);
        let by_column = softmax::forward(&x).expect("fits");
        let transposed = x.transpose();
        let mut by_row = transposed.clone();
        softmax::forward_into(View::from(&transposed).t(), ViewMut::from(&mut by_row).t())
            .expect("fits");
        prop_assert!(relative_eq!(by_row.transpose(), by_column, epsilon = 1e-6));
        for row in by_column.row_iter() {
            prop_assert!(relative_eq!(row.sum(), 1.0, epsilon = 1e-5));
        }
    }

    #[test]
    fn products_of_views_are_products_by_definition(
        (m, k, n) in (0..20_usize, 0..20_usize, 0..20_usize),
        (ta, tb, tc) in any::<(bool, bool, bool)>(),
        (alpha, beta) in (-2.0..2.0_f64, -2.0..2.0_f64),
        threads in 1..3_usize,
    ) {
        let number = |i: usize, j: usize| ((3 * i + 5 * j) % 7) as f64 - 3.0;
        let turned = |t: bool, r: usize, c: usize| {
            if t { DMatrix::from_fn(c, r, number) } else { DMatrix::from_fn(r, c, number) }
        };
        let (a, b, c) = (turned(ta, m, k), turned(tb, k, n), turned(tc, m, n));
        let view = |t: bool, m| { let v: View<f64> = View::from(m); if t { v.t() } else { v } };
        let mut out = c.clone();
        let target = if tc { ViewMut::from(&mut out).t() } else { ViewMut::from(&mut out) };
        product(alpha, view(ta, &a), view(tb, &b), beta, target, threads).expect("fits");
        let plain = |t: bool, m: &DMatrix<f64>| if t { m.transpose() } else { m.clone() };
        let expected = plain(ta, &a) * plain(tb, &b) * alpha + plain(tc, &c) * beta;
        prop_assert!((plain(tc, &out) - expected).iter().all(|v| v.abs() <= 1e-9));
    }
}

/// Row after row, by the definition, in f64.
fn by_definition(
    x: &DMatrix<f64>,
    t: &DMatrix<f64>,
) -> (f64, DMatrix<f64>, DMatrix<f64>) {
    let (mut loss, mut y, mut dx) = (0.0, x.clone(), x.clone());
    for i in 0..x.nrows() {
        let top = x.row(i).max();
        let sum: f64 = x.row(i).iter().map(|x| (x - top).exp()).sum();
        let weight = t.row(i).sum();
        for j in 0..x.ncols() {
            y[(i, j)] = (x[(i, j)] - top).exp() / sum;
            loss -= t[(i, j)] * (x[(i, j)] - top - sum.ln());
            dx[(i, j)] = (weight * y[(i, j)] - t[(i, j)]) / x.nrows() as f64;
        }
    }
    (loss / x.nrows() as f64, y, dx)
}

#[test]
fn blocks_of_every_kind_agree_with_the_definition() {
    // Long and short rows, many and few of them, beyond the size at which blocks are copied together.
    for (rows, cols) in [(1, 1), (300, 7), (70, 300), (3, 5000), (5000, 31), (700, 400)] {
        let x = DMatrix::from_fn(rows, cols, |i, j| {
            ((i * 7 + j * 13) % 29) as f64 * 0.3 - 4.0
        });
        let t = DMatrix::from_fn(rows, cols, |i, j| ((i + 3 * j) % 5) as f64 * 0.1);
        let (loss, y, dx) = by_definition(&x, &t);
        let (xt, tt) = (x.transpose(), t.transpose());
        for turned in [false, true] {
            let (mut out, mut back) = (x.clone(), x.clone());
            let (mut out_turned, mut back_turned) = (xt.clone(), xt.clone());
            let found = if turned {
                let x = View::from(&xt).t();
                softmax::forward_into(x, ViewMut::from(&mut out_turned).t())
                    .expect("fits");
                softmax_cross_entropy::forward_backward_into(
                    x,
                    View::from(&tt).t(),
                    1.0,
                    ViewMut::from(&mut back_turned).t(),
                )
            } else {
                softmax::forward_into(&x, &mut out).expect("fits");
                softmax_cross_entropy::forward_backward_into(&x, &t, 1.0, &mut back)
            };
            if turned {
                (out, back) = (out_turned.transpose(), back_turned.transpose());
            }
            let found = found.expect("fits");
            approx::assert_relative_eq!(found, loss, max_relative = 1e-12);
            approx::assert_relative_eq!(out, y, epsilon = 1e-15, max_relative = 1e-13);
            approx::assert_relative_eq!(back, dx, epsilon = 1e-15, max_relative = 1e-11);
        }
        let dy = t.map(|t| t - 0.2);
        let mut expected = y.clone();
        for i in 0..rows {
            let dot = y.row(i).dot(&dy.row(i));
            for j in 0..cols {
                expected[(i, j)] = y[(i, j)] * (dy[(i, j)] - dot);
            }
        }
        let back = softmax::backward(&y, &dy).expect("fits");
        approx::assert_relative_eq!(
            back,
            expected,
            epsilon = 1e-15,
            max_relative = 1e-11
        );
        let (yt, dyt) = (y.transpose(), dy.transpose());
        let back = softmax::backward(View::from(&yt).t(), View::from(&dyt).t());
        let back = back.expect("fits");
        approx::assert_relative_eq!(
            back,
            expected,
            epsilon = 1e-15,
            max_relative = 1e-11
        );
    }
}

#[test]
fn a_product_with_beta_zero_ignores_what_was_there() {
    let a = DMatrix::from_element(9, 9, 1.0_f32);
    let mut c = DMatrix::from_element(9, 9, f32::NAN);
    product(1.0, &a, &a, 0.0, &mut c, 1).expect("fits");
    assert!(c.iter().all(|&v| v == 9.0));
    let empty = DMatrix::<f32>::zeros(9, 0);
    let c = matmul(&empty, View::from(&empty).t()).expect("fits");
    assert!(c.iter().all(|&v| v == 0.0));
}
