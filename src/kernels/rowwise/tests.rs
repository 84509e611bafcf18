//! Every layout and every kind against the definitions.

use proptest::prelude::*;

use super::*;

/// log softmax by its definition, in double precision.
fn defined(x: &[f64]) -> Vec<f64> {
    let most = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = x.iter().map(|x| (x - most).exp()).sum();
    x.iter().map(|x| (x - most) - sum.ln()).collect()
}

/// Every way to lay rows×cols out in memory: columns, rows, rows and columns with gaps.
fn layouts(rows: usize, cols: usize) -> [(usize, usize, usize); 4] {
    [
        (1, rows, rows * cols),
        (cols, 1, rows * cols),
        (cols + 3, 1, rows * (cols + 3)),
        (2, 2 * rows + 1, cols * (2 * rows + 1)),
    ]
}

/// A matrix laid out so, with NaN in the gaps.
fn laid(
    (row, col, len): (usize, usize, usize),
    (rows, cols): (usize, usize),
    entry: impl Fn(usize, usize) -> f64,
) -> Vec<f64> {
    let mut data = vec![f64::NAN; len];
    for i in 0..rows {
        for j in 0..cols {
            data[i * row + j * col] = entry(i, j);
        }
    }
    data
}

fn close(found: f64, expected: f64, tolerance: f64) -> bool {
    found == expected || (found - expected).abs() <= tolerance * expected.abs().max(1.0)
}

/// All kinds on this matrix, for T whose rows sum to one and for T whose rows do not.
fn check(rows: usize, cols: usize, entry: impl Fn(usize, usize) -> f64) {
    let shape = (rows, cols);
    let logs: Vec<Vec<f64>> = (0..rows)
        .map(|i| defined(&(0..cols).map(|j| entry(i, j)).collect::<Vec<_>>()))
        .collect();
    let classes: Vec<usize> = (0..rows)
        .map(|i| {
            let wanted = (5 * i + 1) % cols;
            // Not a class that is impossible: its loss is infinite.
            if logs[i][wanted].is_finite() {
                wanted
            } else {
                (0..cols).find(|j| logs[i][*j].is_finite()).unwrap()
            }
        })
        .collect();
    let hot = |i: usize, j: usize| f64::from(u8::from(classes[i] == j));
    let smooth = |i: usize, j: usize| {
        if logs[i][j].is_finite() { 0.1 * ((i + 2 * j) % 7) as f64 } else { 0.0 }
    };
    let finite = logs.iter().flatten().all(|log| log.is_finite());
    for from in layouts(rows, cols) {
        let x = laid(from, shape, &entry);
        let x = View::new(&x, rows, cols, from.0, from.1).unwrap();
        // A large matrix goes to its own layout only: that is where the ways differ.
        let large = rows * cols > 10_000;
        for to in layouts(rows, cols) {
            if large && to != from {
                continue;
            }
            let compare =
                |what: &str, out: &[f64], expected: &dyn Fn(usize, usize) -> f64| {
                    let mut left = vec![true; to.2];
                    for i in 0..rows {
                        for j in 0..cols {
                            let at = i * to.0 + j * to.1;
                            left[at] = false;
                            let y = expected(i, j);
                            assert!(
                                close(out[at], y, 1e-13),
                                "{what} {rows}×{cols} {i} {j}: {} {y}",
                                out[at]
                            );
                        }
                    }
                    // What lies between the entries is not touched.
                    assert!(
                        out.iter().zip(left).all(|(out, left)| !left || *out == 77.0),
                        "{what}"
                    );
                };
            let run = |f: &mut dyn FnMut(ViewMut<'_, f64>)| {
                let mut out = vec![77.0; to.2];
                f(ViewMut::new(&mut out, rows, cols, to.0, to.1).unwrap());
                out
            };
            let out = run(&mut |out| softmax(x, out));
            compare("softmax", &out, &|i, j| logs[i][j].exp());
            let out = run(&mut |out| log_softmax(x, out));
            compare("log-softmax", &out, &|i, j| logs[i][j]);
            let expected: f64 = (0..rows).map(|i| -logs[i][classes[i]]).sum();
            let mut loss = 0.0;
            let out = run(&mut |out| {
                loss = cross_entropy(x, Target::Classes(&classes), 0.5, out)
            });
            assert!(close(loss, expected, 1e-13), "{rows}×{cols}: {loss} {expected}");
            compare("classes", &out, &|i, j| 0.5 * (logs[i][j].exp() - hot(i, j)));
            if !finite {
                continue;
            }
            for t in [&hot as &dyn Fn(usize, usize) -> f64, &smooth] {
                let data = laid(from, shape, t);
                let view = View::new(&data, rows, cols, from.0, from.1).unwrap();
                let mut loss = 0.0;
                let out = run(&mut |out| {
                    loss = cross_entropy(x, Target::Matrix(view), 0.5, out)
                });
                let sum = |i: usize| (0..cols).map(|j| t(i, j)).sum::<f64>();
                let expected: f64 = (0..rows)
                    .map(|i| (0..cols).map(|j| -t(i, j) * logs[i][j]).sum::<f64>())
                    .sum();
                assert!(close(loss, expected, 1e-13), "{rows}×{cols}: {loss} {expected}");
                compare("targets", &out, &|i, j| {
                    0.5 * (logs[i][j].exp() * sum(i) - t(i, j))
                });
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_layout_gives_the_definition(
        rows in 1usize..40, cols in 1usize..90, seed in any::<u32>(), masked in any::<bool>()
    ) {
        check(rows, cols, |i, j| {
            let mixed = (seed as usize + 31 * i + 17 * j).wrapping_mul(2_654_435_761) % 4099;
            // Some are masked, never a whole row.
            if masked && mixed.is_multiple_of(5) && j > 0 { f64::NEG_INFINITY } else { mixed as f64 / 50.0 - 40.0 }
        });
    }
}

#[test]
fn large_matrices_give_the_definition() {
    for (rows, cols) in [(300, 9), (300, 1000), (2000, 150), (513, 64)] {
        check(rows, cols, |i, j| match (i * 7 + j * j * 13) % 101 {
            0 if j > 8 && cols != 150 => f64::NEG_INFINITY,
            // Eight columns of nothing before the first number of a row.
            _ if i == 3 && j < 8 && cols != 150 => f64::NEG_INFINITY,
            mixed => mixed as f64 * 3.0 - j as f64 * 0.01,
        });
    }
}

#[test]
fn nan_and_infinity_spoil_their_own_row_only() {
    for (rows, cols) in [(5, 3), (40, 60), (70, 200), (400, 1500)] {
        for bad in [f32::NAN, f32::INFINITY] {
            for from in layouts(rows, cols) {
                let mut x = vec![0.5f32; from.2];
                x[2 * from.0 + (cols - 1) * from.1] = bad;
                let mut out = vec![0.0f32; from.2];
                let view = View::new(&x, rows, cols, from.0, from.1).unwrap();
                let classes = vec![1; rows];
                for kind in 0..3 {
                    let target =
                        ViewMut::new(&mut out, rows, cols, from.0, from.1).unwrap();
                    match kind {
                        0 => softmax(view, target),
                        1 => log_softmax(view, target),
                        _ => {
                            let loss = cross_entropy(
                                view,
                                Target::Classes(&classes),
                                1.0,
                                target,
                            );
                            assert!(loss.is_nan());
                        }
                    }
                    for i in 0..rows {
                        for j in 0..cols {
                            let y = out[i * from.0 + j * from.1];
                            assert_eq!(
                                y.is_nan(),
                                i == 2,
                                "{kind}: {rows}×{cols} {i} {j}: {y}"
                            );
                        }
                    }
                }
            }
        }
    }
}
