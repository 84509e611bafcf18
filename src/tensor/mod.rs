//! Sums of products of indexed factors: the data type, its canonical form, its algebra.
