//! The kernels against what the machine can do: a bare product of the same shape through the fast
//! multiply, a vectorised exponential, a copy through memory.
//!
//! Every figure is a ratio of two times taken in turn on one thread (the best of many rounds each):
//! 1.00 is the bound itself. `cargo bench --bench kernels`.

use std::time::Instant;

use gradproof::kernels::{
    Scalar, View, ViewMut, cross_entropy, exp_f32, exp_f64, linear, ln_f32, ln_f64,
    log_softmax, product, softmax, softmax_cross_entropy,
};
use nalgebra::{DMatrix, DVector};

/// The best time of each of several jobs, run in turn, in seconds.
fn race<const N: usize>(mut jobs: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut best = [f64::INFINITY; N];
    let mut repeats = [1_usize; N];
    for (job, repeats) in jobs.iter_mut().zip(&mut repeats) {
        job();
        let start = Instant::now();
        job();
        let once = start.elapsed().as_secs_f64().max(1e-9);
        // Long enough for the clock, short enough for another process to stay out.
        *repeats = (1e-4 / once).clamp(1.0, 1e5) as usize;
    }
    let start = Instant::now();
    let mut rounds = 0;
    while rounds < 5 || rounds < 200 && start.elapsed().as_secs_f64() < 0.4 {
        for ((job, repeats), best) in jobs.iter_mut().zip(repeats).zip(&mut best) {
            let start = Instant::now();
            for _ in 0..repeats {
                job();
            }
            *best = best.min(start.elapsed().as_secs_f64() / repeats as f64);
        }
        rounds += 1;
    }
    best
}

fn matrix<T: Scalar>(rows: usize, cols: usize) -> DMatrix<T> {
    DMatrix::from_fn(rows, cols, |i, j| {
        T::from_integer(((7 * i + 13 * j) % 17) as i64 - 8) / T::from_integer(8)
    })
}

fn rate(flops: usize, seconds: f64) -> f64 {
    flops as f64 / seconds * 1e-9
}

/// The linear module at S×M → N, on one thread.
fn linear_at<T: Scalar + Send + Sync>(name: &str, s: usize, m: usize, n: usize) {
    let (x, w, dy) = (matrix::<T>(s, m), matrix::<T>(n, m), matrix::<T>(s, n));
    let b = DVector::from_element(n, T::one());
    let (mut y, mut dx, mut dw) = (dy.clone(), x.clone(), w.clone());
    let (mut y2, mut dx2, mut dw2) = (dy.clone(), x.clone(), w.clone());
    let mut db = b.clone();
    let flops = 2 * s * m * n;
    let (one, zero) = (T::one, T::zero);
    let show = |what: &str, flops: usize, [kernel, bare]: [f64; 2]| {
        println!(
            "{name} {what:28} {s:>4}×{m}→{n:<4} {:7.1} GFLOP/s {:7.1} bare {:6.2}",
            rate(flops, kernel),
            rate(flops, bare),
            bare / kernel
        );
    };
    let (wv, xv, dyv) = (View::from(&w), View::from(&x), View::from(&dy));
    let times = race([
        &mut || linear::forward_into_on(1, &x, &w, &b, &mut y).expect("fits"),
        &mut || product(one(), &x, wv.t(), zero(), &mut y2, 1).expect("fits"),
    ]);
    show("forward X·Wᵀ + 1·b", flops, times);
    let times = race([
        &mut || linear::input_gradient_into_on(1, &w, &dy, &mut dx).expect("fits"),
        &mut || product(one(), &dy, &w, zero(), &mut dx2, 1).expect("fits"),
    ]);
    show("dX = dY·W", flops, times);
    let times = race([
        &mut || {
            linear::weight_gradient_into_on(1, one(), xv, dyv, zero(), &mut dw)
                .expect("fits");
            linear::bias_gradient_into(dyv, &mut db).expect("fits");
        },
        &mut || product(one(), dyv.t(), xv, zero(), &mut dw2, 1).expect("fits"),
    ]);
    show("dW = dYᵀ·X and db = 1ᵀ·dY", flops, times);
    let times = race([
        &mut || {
            linear::input_gradient_into_on(1, &w, &dy, &mut dx).expect("fits");
            linear::weight_gradient_into_on(1, one(), xv, dyv, zero(), &mut dw)
                .expect("fits");
            linear::bias_gradient_into(dyv, &mut db).expect("fits");
        },
        &mut || {
            product(one(), &dy, &w, zero(), &mut dx2, 1).expect("fits");
            product(one(), dyv.t(), xv, zero(), &mut dw2, 1).expect("fits");
        },
    ]);
    show("all three gradients", 2 * flops, times);
}

macro_rules! rows {
    ($name:ident, $T:ident, $exp:ident, $ln:ident) => {
        /// Row-wise kernels on S×C, columns in memory (nalgebra's order) or rows.
        fn $name(s: usize, c: usize, by_rows: bool) {
            let x = matrix::<$T>(s, c);
            let (mut y, mut e, mut m, mut dx) = (x.clone(), x.clone(), x.clone(), x.clone());
            let (mut dx1, mut dx2, mut p) = (x.clone(), x.clone(), x.clone());
            let (mut y1, mut l) = (x.clone(), x.clone());
            let probabilities = x.map(|x| x * x + 0.1);
            let classes: Vec<usize> = (0..s).map(|i| (3 * i) % c).collect();
            let t = DMatrix::from_fn(s, c, |i, j| $T::from(u8::from(classes[i] == j)));
            let view = |m| -> View<'_, $T> {
                let m: &DMatrix<$T> = m;
                if by_rows {
                    View::new(m.as_slice(), s, c, c, 1).expect("fits")
                } else {
                    View::from(m)
                }
            };
            let (xs, ts, ps) = (view(&x), view(&t), view(&probabilities));
            let turn = |out: &mut DMatrix<$T>, f: &mut dyn FnMut(ViewMut<'_, $T>)| {
                if by_rows {
                    f(ViewMut::new(out.as_mut_slice(), s, c, c, 1).expect("fits"));
                } else {
                    f(ViewMut::from(out));
                }
            };
            let [forward, logs, backward, classes, one_hot, entropy, exp, ln, copy, pass] = race([
                &mut || turn(&mut y, &mut |y| softmax::forward_into(xs, y).expect("fits")),
                &mut || turn(&mut y1, &mut |y| log_softmax::forward_into(xs, y).expect("fits")),
                &mut || {
                    turn(&mut dx, &mut |dx| {
                        softmax::backward_into(xs, ts, dx).expect("fits");
                    });
                },
                &mut || {
                    turn(&mut dx1, &mut |dx| {
                        let loss = softmax_cross_entropy::forward_backward_classes_into(
                            xs, &classes, 1.0, dx,
                        );
                        std::hint::black_box(loss.expect("fits"));
                    });
                },
                &mut || {
                    turn(&mut dx2, &mut |dx| {
                        let loss = softmax_cross_entropy::forward_backward_into(
                            xs, ts, 1.0, dx,
                        );
                        std::hint::black_box(loss.expect("fits"));
                    });
                },
                &mut || {
                    std::hint::black_box(cross_entropy::forward(ps, ts).expect("fits"));
                },
                &mut || $exp(x.as_slice(), e.as_mut_slice()),
                &mut || $ln(probabilities.as_slice(), l.as_mut_slice()),
                &mut || m.as_mut_slice().copy_from_slice(std::hint::black_box(x.as_slice())),
                &mut || {
                    let both = x.as_slice().iter().zip(std::hint::black_box(t.as_slice()));
                    for (p, (x, t)) in p.as_mut_slice().iter_mut().zip(both) {
                        *p = x - t;
                    }
                },
            ]);
            // The slower of what a kernel cannot do without: a pass over the memory it reads and writes
            // (one array in or two, one out) and an exponential or a logarithm an entry. (The backward pass
            // must know its row's product before it writes, so it reads both arrays twice.)
            let (one, two) = (exp.max(copy), exp.max(pass));
            println!(
                "{} {:>6}×{:<5}{} exp {:5.2}, ln {:5.2}, one in {:5.2}, two in {:5.2} ns an entry; of the \
                 bound: softmax {:.2}, log-softmax {:.2}, backward {:.2}, fused with classes {:.2}, with T \
                 {:.2}, cross-entropy {:.2}",
                stringify!($T),
                s,
                c,
                if by_rows { "rows   " } else { "columns" },
                exp / (s * c) as f64 * 1e9,
                ln / (s * c) as f64 * 1e9,
                copy / (s * c) as f64 * 1e9,
                pass / (s * c) as f64 * 1e9,
                one / forward,
                one / logs,
                pass / backward,
                one / classes,
                two / one_hot,
                ln.max(copy) / entropy,
            );
        }
    };
}

rows!(rows_f32, f32, exp_f32, ln_f32);
rows!(rows_f64, f64, exp_f64, ln_f64);

fn main() {
    println!(
        "linear, one thread: the kernel's rate, the bare product's, and their ratio"
    );
    for (s, m, n) in
        [(128, 3072, 128), (128, 128, 10), (128, 128, 3072), (3072, 128, 128)]
    {
        linear_at::<f32>("f32", s, m, n);
        linear_at::<f64>("f64", s, m, n);
    }
    println!("\nsoftmax and cross-entropy, one thread");
    for by_rows in [false, true] {
        for (s, c) in [(128, 10), (32, 64), (128, 1000), (8192, 2048)] {
            rows_f32(s, c, by_rows);
            rows_f64(s, c, by_rows);
        }
    }
}
