//! The MLP trainer on the verified kernels.
