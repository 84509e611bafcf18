//! Matrix notation and index notation: lower (expression to sum), raise (sum to expression).
