//! A class is missing; the others are there.
// expect: ELUModule forward
// expect: ELUModule input-gradient
// expect: ELUModule shapes
// expect: ELUModule precision
// expect: ELUModule batch-of-one
// expect: ELUModule second-call
// expect: ELUModule no-mutation
// expect: ELUModule large-inputs

use gradproof_module::{Loss, Matrix, Module};

pub struct LinearModule {
    weight: Matrix,
    bias: Matrix,
    x: Matrix,
    weight_gradient: Matrix,
    bias_gradient: Matrix,
}

impl LinearModule {
    pub fn new(inputs: usize, outputs: usize) -> Self {
        LinearModule {
            weight: Matrix::from_fn(outputs, inputs, |i, j| 0.1 * (i + j) as f64),
            bias: Matrix::zeros(1, outputs),
            x: Matrix::default(),
            weight_gradient: Matrix::zeros(outputs, inputs),
            bias_gradient: Matrix::zeros(1, outputs),
        }
    }
}

impl Module for LinearModule {
    fn forward(&mut self, x: &Matrix) -> Matrix {
        println!("forward {}x{}", x.rows(), x.cols());
        self.x = x.clone();
        let y = x.product(&self.weight.transpose());
        Matrix::from_fn(y.rows(), y.cols(), |i, j| y[(i, j)] + self.bias[(0, j)])
    }

    fn backward(&mut self, dy: &Matrix) -> Matrix {
        self.weight_gradient = dy.transpose().product(&self.x);
        self.bias_gradient =
            Matrix::from_fn(1, dy.cols(), |_, j| (0..dy.rows()).map(|i| dy[(i, j)]).sum());
        dy.product(&self.weight)
    }

    fn params(&mut self) -> Vec<(&'static str, &mut Matrix)> {
        vec![("weight", &mut self.weight), ("bias", &mut self.bias)]
    }

    fn grads(&self) -> Vec<(&'static str, &Matrix)> {
        vec![("weight", &self.weight_gradient), ("bias", &self.bias_gradient)]
    }
}

pub struct CrossEntropyModule;

impl CrossEntropyModule {
    pub fn new() -> Self {
        CrossEntropyModule
    }
}

impl Loss for CrossEntropyModule {
    fn forward(&mut self, x: &Matrix, t: &Matrix) -> f64 {
        let terms = x.zip(t, |x, t| if t == 0.0 { 0.0 } else { -t * x.ln() });
        terms.data().iter().sum::<f64>() / x.rows() as f64
    }

    fn backward(&mut self, x: &Matrix, t: &Matrix) -> Matrix {
        let count = x.rows() as f64;
        x.zip(t, |x, t| if t == 0.0 { 0.0 } else { -t / x / count })
    }
}
