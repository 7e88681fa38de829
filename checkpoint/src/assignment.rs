//! Where the elements of tensors come from: the request that a read is given.

use crate::dtype::DType;
use crate::shape::Shape;
use crate::strided::Strided;

/// Where the elements of one tensor come from. A read takes a list of these and refers to a tensor by its position
/// there.
#[derive(Clone, Debug)]
pub enum Assignment {
    /// From one entry, as the file has it.
    Whole {
        /// The entry's number in the checkpoint.
        entry: usize,
        /// The dtype of the tensor. Elements of another dtype are cast.
        dtype: DType,
        /// Whether a vector will take over the tensor's memory.
        vector: bool,
    },
    /// From entries with another layout.
    Composed(Box<Composed>),
    /// Another tensor of the list, by its number.
    Same(usize),
}

/// A tensor that is composed of parts of entries.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The dtype of the tensor. Elements of another dtype are cast.
    pub dtype: DType,
    /// The shape of the tensor.
    pub shape: Shape,
    /// Whether a vector will take over the tensor's memory.
    pub vector: bool,
    /// Together they cover the whole tensor.
    pub pieces: Vec<Piece>,
}

/// A part of an entry, and where it goes.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The entry's number in the checkpoint.
    pub entry: usize,
    /// Which of its elements go where in the tensor.
    pub strided: Strided,
}
