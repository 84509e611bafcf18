//! Soundness of the prover, tested from outside: the corpora of claims, random identities and
//! random mutations of them, hostile text.

mod corpora;
mod expression;
mod mutations;
mod support;
mod text;
