//! Reading and printing the language: corpora of readable cases, round trips, broken input.
#![cfg(feature = "prove")]

mod corpus;
mod names;
mod round_trip;
mod sexp;
mod soup;
