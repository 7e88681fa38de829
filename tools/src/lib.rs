//! What the command `weighbridge` does, as functions that others can call.
#![forbid(unsafe_code)]
#![warn(missing_debug_implementations)]

pub mod convert;
pub mod diff;
mod fold;
pub mod generate;
pub mod inspect;
mod progress;
mod shown;

pub use crate::progress::{OnProgress, Progress};
pub use crate::shown::shown;
