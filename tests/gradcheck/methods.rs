//! Jacobians, Jacobian-vector products, Hessians, dual numbers.

use gradproof::gradcheck::{Check, Diagnosis, Dual, Verdict};
use gradproof::kernels::{Real, View, linear, softmax_cross_entropy};
use nalgebra::DMatrix;

fn f(x: &[f64]) -> Vec<f64> {
    vec![x[0] * x[1], x[1].sin() + x[2], x[0].exp() * x[2]]
}

fn jacobian(x: &[f64]) -> DMatrix<f64> {
    DMatrix::from_row_slice(
        3,
        3,
        &[x[1], x[0], 0.0, 0.0, x[1].cos(), 1.0, x[0].exp() * x[2], 0.0, x[0].exp()],
    )
}

#[test]
fn a_jacobian_is_checked_and_its_wrong_entry_named() {
    let x = vec![0.4, -1.1, 2.0];
    Check::new().jacobian(|x: &Vec<f64>| f(x), &x, &jacobian(&x)).assert();
    let mut wrong = jacobian(&x);
    wrong[(1, 2)] = 1.0 + 1e-7;
    let report = Check::new().jacobian(|x: &Vec<f64>| f(x), &x, &wrong);
    assert_eq!(report.verdict, Verdict::Fail, "{report}");
    assert_eq!(report.worst[0].place.to_string(), "J[1, 2]", "{report}");
    Check::new()
        .jvp(
            |x: &Vec<f64>| f(x),
            &x,
            |x: &Vec<f64>, u: &Vec<f64>| {
                let v = nalgebra::DVector::from_vec(u.clone());
                (jacobian(x) * v).as_slice().to_vec()
            },
        )
        .assert();
}

/// f = exp(x₀)·x₁² + x₀·x₂.
fn g<T: Real>(x: &[T]) -> T {
    x[0].exp() * x[1].clone() * x[1].clone() + x[0].clone() * x[2].clone()
}

fn hessian(x: &[f64]) -> DMatrix<f64> {
    let e = x[0].exp();
    DMatrix::from_row_slice(
        3,
        3,
        &[
            e * x[1] * x[1],
            2.0 * e * x[1],
            1.0,
            2.0 * e * x[1],
            2.0 * e,
            0.0,
            1.0,
            0.0,
            0.0,
        ],
    )
}

#[test]
fn a_hessian_is_checked_by_differences_and_by_duals() {
    let x = vec![0.3, -0.8, 1.7];
    let gradient = |x: &Vec<f64>| {
        let e = x[0].exp();
        vec![e * x[1] * x[1] + x[2], 2.0 * e * x[1], x[0]]
    };
    Check::new().hessian(gradient, &x, &hessian(&x)).assert();
    Check::new().dual_hessian(|x: &[Dual<Dual<f64>>]| g(x), &x, &hessian(&x)).assert();
    let mut wrong = hessian(&x);
    wrong[(0, 1)] *= 0.5;
    assert_eq!(Check::new().hessian(gradient, &x, &wrong).verdict, Verdict::Fail);
    let report = Check::new().dual_hessian(|x: &[Dual<Dual<f64>>]| g(x), &x, &wrong);
    assert_eq!(report.worst[0].place.to_string(), "H[0, 1]");
}

#[test]
fn a_hessian_is_checked_from_values_of_the_function_alone() {
    let x = vec![0.3, -0.8, 1.7];
    let f = |x: &Vec<f64>| g(x);
    let right = hessian(&x);
    let report = Check::new().hessian_of_values(f, &x, &right);
    assert!(report.passed(), "{report}");
    assert!(report.resolution < 1e-5, "{report}");
    for (row, col) in [(0, 1), (2, 2), (1, 1), (2, 0)] {
        let mut wrong = right.clone();
        wrong[(row, col)] += 1e-4 * right.amax();
        let report = Check::new().hessian_of_values(f, &x, &wrong);
        assert_eq!(report.verdict, Verdict::Fail, "{report}");
        let named = report.worst.iter().any(|e| (e.place.row, e.place.col) == (row, col));
        assert!(named, "{report}");
    }
    let wide = DMatrix::zeros(3, 4);
    assert_eq!(Check::new().hessian_of_values(f, &x, &wide).verdict, Verdict::Fail);
    let narrow: Vec<f32> = x.iter().map(|x| *x as f32).collect();
    let report = Check::new().hessian_of_values(|x: &Vec<f32>| g(x), &narrow, &right);
    assert_ne!(report.verdict, Verdict::Fail, "{report}");
}

#[test]
fn a_large_hessian_is_checked_along_random_directions() {
    // f = Σ cos(xᵢ·xᵢ₊₁)
    let n = 40;
    let x: Vec<f64> = (0..n).map(|k| 0.4 + 0.37 * f64::from(k * 7 % 5)).collect();
    let f = |x: &Vec<f64>| x.windows(2).map(|w| (w[0] * w[1]).cos()).sum::<f64>();
    let mut hessian = DMatrix::zeros(n as usize, n as usize);
    for k in 0..n as usize - 1 {
        let (a, b) = (x[k], x[k + 1]);
        let (sin, cos) = (a * b).sin_cos();
        hessian[(k, k)] -= b * b * cos;
        hessian[(k + 1, k + 1)] -= a * a * cos;
        hessian[(k, k + 1)] = -sin - a * b * cos;
        hessian[(k + 1, k)] = hessian[(k, k + 1)];
    }
    let report = Check::new().hessian_of_values(f, &x, &hessian);
    assert!(report.passed(), "{report}");
    hessian[(17, 17)] += 1e-3;
    let report = Check::new().hessian_of_values(f, &x, &hessian);
    assert_eq!(report.verdict, Verdict::Fail, "{report}");
    assert_eq!(report.worst[0].place.to_string(), "H[17, 17]", "{report}");
}

/// A small MLP's loss on flat parameters, for any scalar.
fn loss<T: Real>(
    p: &[T],
    x: &DMatrix<T>,
    classes: &[usize],
    d: usize,
    h: usize,
    c: usize,
) -> T {
    let cut = |from: usize, rows, cols| {
        View::new(&p[from..], rows, cols, 1, rows).expect("fits")
    };
    let (w1, b1) = (cut(0, h, d), cut(h * d, h, 1));
    let (w2, b2) = (cut(h * d + h, c, h), cut(h * d + h + c * h, c, 1));
    let hidden = linear::forward(x, w1, b1).expect("fits").map(|z| z.tanh());
    let logits = linear::forward(&hidden, w2, b2).expect("fits");
    softmax_cross_entropy::forward_classes(&logits, classes).expect("fits")
}

#[test]
fn dual_numbers_find_one_part_in_ten_billion_and_name_it() {
    let (d, h, c, s) = (30, 16, 10, 8);
    let number = |k: usize| ((k as f64 * 0.754_877_666).fract() - 0.5) * 2.0;
    let x = DMatrix::from_fn(s, d, |i, j| number(1 + i * 31 + j * 7));
    let classes: Vec<usize> = (0..s).map(|i| (3 * i) % c).collect();
    let p: Vec<f64> = (0..h * d + h + c * h + c).map(|k| 0.4 * number(k + 17)).collect();
    let gradient: Vec<f64> = (0..p.len())
        .map(|k| {
            let mut q: Vec<Dual<f64>> = p.iter().map(|v| Dual::constant(*v)).collect();
            q[k].tangent = 1.0;
            loss(&q, &x.map(Dual::constant), &classes, d, h, c).tangent
        })
        .collect();
    let names = [("W1", h, d), ("b1", h, 1), ("W2", c, h), ("b2", c, 1)];
    let lifted = x.map(Dual::constant);
    let f = |q: &[Dual<f64>]| loss(q, &lifted, &classes, d, h, c);
    Check::new().named(&names).dual_gradient(f, &p, &gradient).assert();
    let plain = |q: &[f64]| loss(q, &x, &classes, d, h, c);
    Check::new().named(&names).slice_gradient(plain, &p, &gradient).assert();
    let index = 11 + 23 * h;
    let mut wrong = gradient.clone();
    wrong[index] *= 1.0 + 1e-9;
    let report = Check::new().named(&names).dual_gradient(f, &p, &wrong);
    assert_eq!(report.verdict, Verdict::Fail, "{report}");
    assert_eq!(report.worst[0].place.to_string(), "W1[11, 23]", "{report}");
    assert_eq!(report.diagnoses, [("W1".to_owned(), Diagnosis::OneEntry)], "{report}");
}

/// Σ sin(3x) over many entries, and a ReLU whose kink lies 1e-5 from the point on one side.
#[test]
fn beside_a_kink_the_other_side_is_looked_at() {
    let n = 40;
    let x: Vec<f64> = (0..n).map(|k| 0.3 + 0.05 * f64::from(k)).collect();
    let border: f64 = x.iter().sum::<f64>() - 1e-5;
    let f = |x: &Vec<f64>| {
        let over = x.iter().sum::<f64>() - border;
        100.0 + 5.0 * over.max(0.0) + x.iter().map(|x| (3.0 * x).sin()).sum::<f64>()
    };
    let g: Vec<f64> = x.iter().map(|x| 5.0 + 3.0 * (3.0 * x).cos()).collect();
    for seed in 0..20 {
        let check = Check::new().seed(seed);
        let report = check.gradient(f, &x, &g);
        assert!(report.passed(), "{report}");
        let mut wrong = g.clone();
        wrong[7] *= 1.0 + 1e-8;
        let report = check.gradient(f, &x, &wrong);
        assert_eq!(report.verdict, Verdict::Fail, "seed {seed}: {report}");
    }
}
