//! Dimensions, shape inference and the shaped expression.
