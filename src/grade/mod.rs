//! Grades a class: derivations and code.
