//! The closed forms, forward and backward, generic over the scalar, on nalgebra matrices.
