//! Functions that were not looked at while the checker was tuned.

use gradproof::kernels::{layer_norm, matmul, softmax};
use nalgebra::{DMatrix, DVector};

use super::{Case, Random, run, spoil};

/// The functions, each with a backward pass by hand.
pub(super) const CASES: [Case; 7] = [
    ("layer norm", |seed, error| {
        let mut r = Random(seed);
        let at = (r.matrix(16, 32, 1.0), r.matrix(1, 32, 1.0), r.matrix(1, 32, 1.0));
        run(
            seed,
            &at,
            |(x, gamma, beta)| layer_norm::forward(x, gamma, beta, 1e-5).expect("fits"),
            |(x, gamma, _), dy: &DMatrix<f64>| {
                let mut g = layer_norm::backward(x, gamma, 1e-5, dy).expect("fits");
                spoil(g.dx.as_mut_slice(), error);
                let row = |v: &[f64]| DMatrix::from_row_slice(1, 32, v);
                (g.dx, row(g.dgamma.as_slice()), row(g.dbeta.as_slice()))
            },
        )
    }),
    ("attention", |seed, error| {
        let mut r = Random(seed);
        let at = (r.matrix(8, 16, 1.0), r.matrix(10, 16, 1.0), r.matrix(10, 12, 1.0));
        let scores = |q: &DMatrix<f64>, k: &DMatrix<f64>| {
            softmax::forward(&(q * k.transpose() / 4.0)).expect("fits")
        };
        run(
            seed,
            &at,
            |(q, k, v)| matmul(&scores(q, k), v).expect("fits"),
            |(q, k, v), dy: &DMatrix<f64>| {
                let p = scores(q, k);
                let ds =
                    softmax::backward(&p, &(dy * v.transpose())).expect("fits") / 4.0;
                let mut dq = &ds * k;
                spoil(dq.as_mut_slice(), error);
                (dq, ds.transpose() * q, p.transpose() * dy)
            },
        )
    }),
    // log Σ_k exp(xᵀA_k x/2 + b_kᵀx)
    ("log-sum-exp of forms", |seed, error| {
        let mut r = Random(seed);
        let (n, m) = (40, 12);
        let forms: Vec<DMatrix<f64>> = (0..m).map(|_| r.matrix(n, n, 0.1)).collect();
        let b = r.matrix(m, n, 0.3);
        let at = DVector::from_fn(n, |_, _| r.normal());
        let weights = |x: &DVector<f64>| {
            let z = DVector::from_fn(m, |k, _| {
                0.5 * x.dot(&(&forms[k] * x)) + b.row(k).transpose().dot(x)
            });
            let top = z.max();
            let e = z.map(|z| (z - top).exp());
            let sum = e.sum();
            (top + sum.ln(), e / sum)
        };
        run(
            seed,
            &at,
            |x| weights(x).0,
            |x, dy: &f64| {
                let (_, p) = weights(x);
                let mut g = DVector::zeros(n);
                for (k, form) in forms.iter().enumerate() {
                    let slope =
                        0.5 * (form + form.transpose()) * x + b.row(k).transpose();
                    g += *dy * p[k] * slope;
                }
                spoil(g.as_mut_slice(), error);
                g
            },
        )
    }),
    // ln |det M| of 3×3 matrices by the rule of Sarrus; each is a row of nine.
    ("log-determinants 3×3", |seed, error| {
        let mut r = Random(seed);
        let at = DMatrix::from_fn(40, 9, |_, j| {
            f64::from(u8::from(j % 4 == 0)) + 0.3 * r.normal()
        });
        let cofactors = |m: &[f64; 9]| {
            std::array::from_fn::<f64, 9, _>(|k| {
                let at = |i: usize, j: usize| m[(i % 3) + 3 * (j % 3)];
                let (i, j) = (k % 3, k / 3);
                at(i + 1, j + 1) * at(i + 2, j + 2) - at(i + 1, j + 2) * at(i + 2, j + 1)
            })
        };
        let row =
            |m: &DMatrix<f64>, i: usize| std::array::from_fn::<f64, 9, _>(|k| m[(i, k)]);
        let det = |m: &[f64; 9]| {
            let c = cofactors(m);
            (0..3).map(|k| m[k] * c[k]).sum::<f64>()
        };
        run(
            seed,
            &at,
            |m| DVector::from_fn(40, |i, _| det(&row(m, i)).abs().ln()),
            |m, dy: &DVector<f64>| {
                let mut g = DMatrix::zeros(40, 9);
                for i in 0..40 {
                    let m = row(m, i);
                    let (c, d) = (cofactors(&m), det(&m));
                    for k in 0..9 {
                        g[(i, k)] = dy[i] * c[k] / d;
                    }
                }
                spoil(g.as_mut_slice(), error);
                g
            },
        )
    }),
    // h ← tanh(W·h + U·x_t + b·1ᵀ), five times; a column for each of six sequences.
    ("RNN of five steps", |seed, error| {
        let mut r = Random(seed);
        let inputs: Vec<DMatrix<f64>> = (0..5).map(|_| r.matrix(8, 6, 1.0)).collect();
        let at = (r.matrix(12, 12, 0.3), r.matrix(12, 8, 0.3), r.matrix(12, 1, 0.1));
        type Weights = (DMatrix<f64>, DMatrix<f64>, DMatrix<f64>);
        let states = |(w, u, b): &Weights| {
            let mut states = vec![DMatrix::zeros(12, 6)];
            for x in &inputs {
                let mut z = w * &states[states.len() - 1] + u * x;
                for mut column in z.column_iter_mut() {
                    column += b.column(0);
                }
                states.push(z.map(f64::tanh));
            }
            states
        };
        run(
            seed,
            &at,
            |at| states(at).pop().expect("there are six"),
            |at: &Weights, dy: &DMatrix<f64>| {
                let states = states(at);
                let mut g = (
                    DMatrix::zeros(12, 12),
                    DMatrix::zeros(12, 8),
                    DMatrix::zeros(12, 1),
                );
                let mut dh = dy.clone();
                for t in (0..5).rev() {
                    let dz = dh.component_mul(&states[t + 1].map(|h| 1.0 - h * h));
                    g.0 += &dz * states[t].transpose();
                    g.1 += &dz * inputs[t].transpose();
                    g.2 += dz.column_sum();
                    dh = at.0.transpose() * dz;
                }
                spoil(g.0.as_mut_slice(), error);
                g
            },
        )
    }),
    // y[o, t] = Σ_ck w[o, c + 4k] x[c, t + k]
    ("convolution 1-D", |seed, error| {
        let mut r = Random(seed);
        let at = (r.matrix(6, 20, 0.5), r.matrix(4, 34, 1.0));
        let each = |f: &mut dyn FnMut(usize, usize, usize, usize)| {
            for t in 0..30 {
                for o in 0..6 {
                    for c in 0..4 {
                        (0..5).for_each(|k| f(o, t, c + 4 * k, k));
                    }
                }
            }
        };
        run(
            seed,
            &at,
            |(w, x)| {
                let mut y = DMatrix::zeros(6, 30);
                each(&mut |o, t, ck, k| y[(o, t)] += w[(o, ck)] * x[(ck % 4, t + k)]);
                y
            },
            |(w, x), dy: &DMatrix<f64>| {
                let mut g = (DMatrix::zeros(6, 20), DMatrix::zeros(4, 34));
                each(&mut |o, t, ck, k| {
                    g.0[(o, ck)] += dy[(o, t)] * x[(ck % 4, t + k)];
                    g.1[(ck % 4, t + k)] += dy[(o, t)] * w[(o, ck)];
                });
                spoil(g.0.as_mut_slice(), error);
                g
            },
        )
    }),
    ("Huber loss", |seed, error| {
        let mut r = Random(seed);
        let (x, y) = (r.matrix(64, 30, 1.0), r.matrix(64, 1, 3.0));
        let at = r.matrix(30, 1, 0.3);
        run(
            seed,
            &at,
            |w| {
                let residuals = &x * w - &y;
                let huber =
                    |r: f64| if r.abs() <= 1.0 { 0.5 * r * r } else { r.abs() - 0.5 };
                residuals.map(huber).mean()
            },
            |w, dy: &f64| {
                let slopes = (&x * w - &y).map(|r: f64| r.clamp(-1.0, 1.0));
                let mut g = x.transpose() * slopes * *dy / 64.0;
                spoil(g.as_mut_slice(), error);
                g
            },
        )
    }),
];
