//! Every kernel against independent truths: dual numbers (over exact rationals where the kernel is
//! rational), properties, and the extremes of floating point.

mod duals;
mod extremes;
mod shapes;
