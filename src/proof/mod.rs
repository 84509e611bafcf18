//! Verdicts: prove, refute, diagnose.
