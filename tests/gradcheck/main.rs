//! The gradient checker under test: no false alarm on right derivatives, every planted fault found,
//! and a name for everything that makes a check meaningless.

mod correct;
mod methods;
mod planted;
mod shipped;
mod troubles;

use gradproof::kernels::{Domain, Kernel, Sizes};
use nalgebra::DMatrix;

/// Random numbers, the same on every machine.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Random(
            seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1),
        )
    }

    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.unit()).ln()).sqrt()
            * (std::f64::consts::TAU * self.unit()).cos()
    }

    fn size(&mut self) -> usize {
        1 + (self.unit() * 9.0) as usize
    }
}

/// Normally distributed inputs, positive ones where the kernel needs them.
fn inputs(
    kernel: Kernel,
    sizes: Sizes,
    scale: f64,
    random: &mut Random,
) -> Vec<DMatrix<f64>> {
    let all = kernel.inputs(sizes).into_iter();
    all.map(|input| {
        DMatrix::from_fn(input.rows, input.cols, |_, _| match input.domain {
            Domain::Any => scale * random.normal(),
            Domain::Positive => 1e-2 + random.unit(),
        })
    })
    .collect()
}
