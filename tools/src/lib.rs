//! What the command `weighbridge` does, as functions that others can call.
#![forbid(unsafe_code)]

pub mod inspect;
mod shown;
pub mod generate;
pub mod convert;
pub mod diff;
mod fold;
mod progress;

pub use crate::progress::{OnProgress, Progress};
