//! The derivative of a sum by an entry: one table of rules, one entry a function.
