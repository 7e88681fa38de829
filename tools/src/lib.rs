//! What the command `weighbridge` does with checkpoints, as functions: [`inspect`](inspect::inspect), [`diff`](diff::diff),
//! [`generate`](generate::generate) and [`convert`](convert::convert).
#![forbid(unsafe_code)]
#![warn(missing_debug_implementations)]

pub mod convert;
pub mod diff;
mod dtype;
mod fold;
pub mod generate;
pub mod inspect;
mod selection;
mod shown;

pub use self::selection::{Selected, Selection, SelectionError};
