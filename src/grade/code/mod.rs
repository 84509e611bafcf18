//! Examines students' code: calls it in isolation, compares what it returns with the verified
//! kernels, names the mistake.
//!
//! **Invariant:** a student's process is sent arguments and returns arrays. The right values stay
//! in this process, and only here is anything judged.

mod array;
mod batch;
mod caller;
mod case;
mod compare;
mod conduct;
mod engine;
mod examine;
mod fault;
mod opinion;
mod property;
pub mod rust;
mod session;
mod subject;
mod trial;

pub use array::{Array, Value};
pub use batch::{Batch, BatchRule, Expected};
pub use caller::Caller;
pub use compare::Difference;
pub use engine::Engine;
pub use examine::{Argument, Examination, Finding, Target, examine, not_built};
pub use fault::Fault;
pub use property::Property;
pub use session::{Answer, Failure, PYTHON_DRIVER, Place, Request, Runner, Session};
pub use subject::Subject;
