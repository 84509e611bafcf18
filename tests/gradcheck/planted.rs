//! Planted faults are found, located and named.

use gradproof::gradcheck::{Check, Diagnosis, Report, Verdict};
use gradproof::kernels::{Kernel, Sizes, linear};
use nalgebra::{DMatrix, RowDVector};

use crate::{Random, inputs};

type Fault = (&'static str, fn(&mut Vec<DMatrix<f64>>, &DMatrix<f64>));

/// The entry of median size, by which "one entry" faults are measured.
fn median(m: &DMatrix<f64>) -> usize {
    let mut order: Vec<usize> = (0..m.len()).collect();
    order.sort_by(|a, b| m[*a].abs().total_cmp(&m[*b].abs()));
    order[(m.len() / 2).min(m.len() - 1)]
}

const FAULTS: [Fault; 14] = [
    ("sign of the first input", |g, _| g[0] = -&g[0]),
    ("sign of everything", |g, _| g.iter_mut().for_each(|m| *m = -&*m)),
    ("factor two", |g, _| g[0] *= 2.0),
    ("one in a million on all", |g, _| g.iter_mut().for_each(|m| *m *= 1.0 + 1e-6)),
    ("divided by the batch", |g, dy| g[0] /= dy.nrows() as f64 + 1.0),
    ("zero", |g, _| g[0].fill(0.0)),
    ("one entry by 1e-7", |g, _| {
        let k = median(&g[0]);
        let largest = g[0].amax();
        g[0][k] += 1e-7 * largest;
    }),
    ("one entry lost", |g, _| {
        let k = g[0].iamax_full();
        g[0][k] = 0.0;
    }),
    ("first row lost", |g, _| {
        g[0].row_mut(0).fill(0.0);
    }),
    ("last column doubled", |g, _| {
        let last = g[0].ncols() - 1;
        let doubled = 2.0 * g[0].column(last);
        g[0].set_column(last, &doubled);
    }),
    ("offset", |g, _| {
        let by = 1e-3 * g[0].amax();
        g[0].add_scalar_mut(by);
    }),
    ("memory order", |g, _| {
        let turned = g[0].transpose();
        let (rows, cols) = g[0].shape();
        g[0] = DMatrix::from_column_slice(rows, cols, turned.as_slice());
    }),
    ("mean of each column instead", |g, _| {
        let mean = g[0].row_mean();
        for mut row in g[0].row_iter_mut() {
            row.copy_from(&mean);
        }
    }),
    ("square root of the batch", |g, dy| g[0] *= (dy.nrows() as f64 + 1.0).sqrt()),
];

fn check(
    kernel: Kernel,
    at: &Vec<DMatrix<f64>>,
    fault: Fault,
    seed: u64,
) -> Option<Report> {
    let dy = kernel.forward(at).expect("the inputs fit");
    let right = kernel.backward(at, &dy).expect("the inputs fit");
    let mut wrong = right.clone();
    fault.1(&mut wrong, &dy);
    // A fault that changes nothing here (the derivative of a trace has no other memory order).
    let scale = right.iter().map(DMatrix::amax).fold(0.0, f64::max);
    let change =
        right.iter().zip(&wrong).map(|(a, b)| (a - b).amax()).fold(0.0, f64::max);
    if change < 1e-9 * scale {
        return None;
    }
    Some(Check::new().seed(seed).vjp(
        |x: &Vec<DMatrix<f64>>| kernel.forward(x).expect("the inputs fit"),
        at,
        |x: &Vec<DMatrix<f64>>, dy: &DMatrix<f64>| {
            let mut g = kernel.backward(x, dy).expect("the inputs fit");
            fault.1(&mut g, dy);
            g
        },
    ))
}

#[test]
fn every_fault_in_every_kernel_is_found() {
    for kernel in Kernel::ALL {
        let mut planted = 0;
        for fault in FAULTS {
            for seed in 0..4 {
                let mut random = Random::new(seed + 100);
                let sizes = Sizes { batch: 5, inputs: 4, outputs: 6 };
                let at = inputs(kernel, sizes, 1.0, &mut random);
                let Some(report) = check(kernel, &at, fault, seed) else { continue };
                planted += 1;
                assert_eq!(
                    report.verdict,
                    Verdict::Fail,
                    "{}, {}: {report}",
                    kernel.name(),
                    fault.0
                );
            }
        }
        assert!(planted >= 36, "{}: only {planted} faults apply", kernel.name());
    }
}

type Layer = (DMatrix<f64>, DMatrix<f64>, RowDVector<f64>);

fn layer() -> Layer {
    let mut random = Random::new(5);
    (
        DMatrix::from_fn(6, 4, |_, _| random.normal()),
        DMatrix::from_fn(4, 4, |_, _| random.normal()),
        RowDVector::from_fn(4, |_, _| random.normal()),
    )
}

fn diagnose(wrong: impl Fn(&Layer, &DMatrix<f64>) -> Layer) -> Report {
    let forward = |(x, w, b): &Layer| linear::forward(x, w, b).expect("the shapes fit");
    Check::new().vjp(forward, &layer(), wrong)
}

fn right((x, w, _): &Layer, dy: &DMatrix<f64>) -> Layer {
    let g = linear::backward(x, w, dy).expect("the shapes fit");
    (g.dx, g.dw, g.db)
}

#[test]
fn faults_are_called_by_their_names() {
    let named = |report: Report, input: &str, diagnosis: Diagnosis| {
        assert_eq!(report.verdict, Verdict::Fail, "{report}");
        assert_eq!(report.diagnoses, [(input.to_owned(), diagnosis)], "{report}");
    };
    let report = diagnose(|at, dy| {
        let (dx, dw, db) = right(at, dy);
        (dx, dw.transpose(), db)
    });
    named(report, "x.1", Diagnosis::Transposed);
    let report = diagnose(|at, dy| {
        let (dx, dw, db) = right(at, dy);
        (-dx, dw, db)
    });
    named(report, "x.0", Diagnosis::Sign);
    let report = diagnose(|at, dy| {
        let (dx, dw, db) = right(at, dy);
        (dx, dw, db / 6.0)
    });
    assert!(
        matches!(&report.diagnoses[..], [(input, Diagnosis::Factor(f, Some(name)))]
            if input == "x.2" && (f - 1.0 / 6.0).abs() < 1e-9 && name == "1/(rows of f(x))"),
        "{report}"
    );
    // Two is the root of the 4 columns too, but that is not what people forget.
    let report = diagnose(|at, dy| {
        let (dx, dw, db) = right(at, dy);
        (dx, 2.0 * dw, db)
    });
    assert!(
        matches!(&report.diagnoses[..], [(_, Diagnosis::Factor(_, None))]),
        "{report}"
    );
    let report = diagnose(|at, dy| {
        let (dx, dw, _) = right(at, dy);
        (dx, dw, RowDVector::from_row_slice(dy.row(0).transpose().as_slice()))
    });
    named(report, "x.2", Diagnosis::MissingBatchSum { arriving: 1, rows: 6 });
    let report = diagnose(|at, dy| right(at, &dy.map(|_| 1.0)));
    assert!(
        report.diagnoses.iter().all(|(_, d)| *d == Diagnosis::IgnoresCotangent),
        "{report}"
    );
    let report = diagnose(|at, dy| {
        let (mut dx, dw, db) = right(at, dy);
        dx.row_mut(2).fill(0.0);
        (dx, dw, db)
    });
    named(report, "x.0", Diagnosis::OneRow(2));
    let report = diagnose(|at, dy| {
        let (dx, mut dw, db) = right(at, dy);
        dw[(1, 3)] *= 1.0 + 1e-8;
        (dx, dw, db)
    });
    assert_eq!(report.worst.len(), 1, "{report}");
    assert_eq!(report.worst[0].place.to_string(), "x.1[1, 3]");
    named(report, "x.1", Diagnosis::OneEntry);
}

#[test]
fn one_entry_among_many_is_named() {
    let mut random = Random::new(9);
    let at: (DMatrix<f64>, DMatrix<f64>) = (
        DMatrix::from_fn(32, 64, |_, _| random.normal()),
        DMatrix::from_fn(48, 64, |_, _| random.normal()),
    );
    let b = RowDVector::from_element(48, 0.5);
    let report = Check::new().vjp(
        |(x, w): &(DMatrix<f64>, DMatrix<f64>)| linear::forward(x, w, &b).expect("fits"),
        &at,
        |(x, w), dy: &DMatrix<f64>| {
            let mut g = linear::backward(x, w, dy).expect("fits");
            g.dw[(17, 41)] *= 1.0 + 1e-7;
            (g.dx, g.dw)
        },
    );
    assert_eq!(report.verdict, Verdict::Fail, "{report}");
    assert_eq!(report.worst[0].place.to_string(), "x.1[17, 41]", "{report}");
    assert_eq!(report.diagnoses[0].1, Diagnosis::OneEntry);
}
