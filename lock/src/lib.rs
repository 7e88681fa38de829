//! What a checkpoint holds, without the weights: the vocabulary that `weighbridge` and its derive share.
//!
//! Use it through the crate `weighbridge`, which re-exports it.
#![forbid(unsafe_code)]

mod dtype;

pub use crate::dtype::{DType, UnknownDType};
