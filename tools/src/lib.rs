//! What the command `weighbridge` does, as functions that others can call.
#![forbid(unsafe_code)]

pub mod inspect;
mod shown;
pub mod generate;
