//! The element types that a checkpoint can hold, which the lock names too.

pub use weighbridge_lock::{Block, DType, UnknownDType};
