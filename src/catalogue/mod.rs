//! The verified formulas in one table.
