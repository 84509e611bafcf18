//! A stranger's backward pass with a planted bug, and the five lines that find it.
//!
//! `cargo run --example stranger`

use gradproof::gradcheck::Check;
use gradproof::tensors;
use nalgebra::{DMatrix, RowDVector};

/// A dense layer as people write it by hand.
#[derive(Clone)]
struct Dense {
    w: DMatrix<f64>,
    b: RowDVector<f64>,
}

impl Dense {
    /// tanh(X·W + 1·b).
    fn forward(&self, x: &DMatrix<f64>) -> DMatrix<f64> {
        let mut z = x * &self.w;
        for mut row in z.row_iter_mut() {
            row += &self.b;
        }
        z.map(f64::tanh)
    }

    fn backward(&self, x: &DMatrix<f64>, dy: &DMatrix<f64>) -> Dense {
        let y = self.forward(x);
        let dz = dy.component_mul(&y.map(|y| 1.0 - y * y));
        // The planted bug: a mean over the batch where the sum belongs.
        Dense { w: x.transpose() * &dz, b: dz.row_mean() }
    }
}

tensors!(Dense<f64> { w, b });

fn main() {
    let layer = Dense {
        w: DMatrix::from_fn(3, 2, |i, j| 0.3 * i as f64 - 0.5 * j as f64),
        b: RowDVector::from_row_slice(&[0.1, -0.2]),
    };
    let x = DMatrix::from_fn(5, 3, |i, j| 0.4 * i as f64 - 0.7 * j as f64);

    // The test. In your crate it ends with `.assert()`.
    let forward = |layer: &Dense| layer.forward(&x);
    let backward = |layer: &Dense, dy: &DMatrix<f64>| layer.backward(&x, dy);
    let report = Check::new().vjp(forward, &layer, backward);
    println!("{report}");
}
