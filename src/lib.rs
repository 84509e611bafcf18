//! gradproof proves matrix calculus.
//!
//! Two faces: an engine that takes a claim such as `d tr(V*X*W)/d(X) = V'*W'` and answers with a
//! verdict, and kernels (forward and backward passes on nalgebra matrices) with a gradient checker.
//!
//! Features: with `default-features = false` only [`kernels`] and [`gradcheck`] are compiled;
//! `prove` adds the language and the prover, `document` reads whole hand-ins, `train` the MLP
//! trainer, `grade` the grading harness, `cli` the program.

#![cfg_attr(not(test), deny(clippy::unwrap_used))]

pub mod gradcheck;
pub mod kernels;

#[cfg(feature = "prove")]
pub mod calculus;
#[cfg(feature = "prove")]
pub mod emit;
#[cfg(feature = "prove")]
pub mod function;
#[cfg(feature = "prove")]
pub mod language;
#[cfg(feature = "prove")]
pub mod notation;
#[cfg(feature = "prove")]
pub mod numeric;
#[cfg(feature = "prove")]
pub mod proof;
#[cfg(feature = "prove")]
pub mod shape;
#[cfg(feature = "prove")]
pub mod tensor;

#[cfg(feature = "document")]
pub mod catalogue;
#[cfg(feature = "document")]
pub mod document;

#[cfg(feature = "train")]
pub mod train;

#[cfg(feature = "grade")]
pub mod grade;

#[cfg(feature = "cli")]
pub mod cli;

/// The README's Rust blocks are tests too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
