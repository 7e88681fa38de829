//! Where the elements of tensors come from: what a read is asked for.

use crate::dtype::DType;
use crate::shape::Shape;
use crate::strided::Strided;

/// Where the elements of one tensor come from. A read gets a list of these, and refers to tensors by their place in it.
#[derive(Clone, Debug)]
pub enum Assignment {
    /// From one entry, as the file has it.
    Whole {
        /// The entry's number in the checkpoint.
        entry: usize,
        /// The dtype of the tensor: elements of another one are cast.
        dtype: DType,
        /// Whether a vector will take its memory over.
        vector: bool,
    },
    /// From entries that are laid out otherwise.
    Composed(Box<Composed>),
    /// It is another tensor of the list, by its number.
    Same(usize),
}

/// A tensor that is composed of parts of entries.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The dtype of the tensor: elements of another one are cast.
    pub dtype: DType,
    /// The shape of the tensor.
    pub shape: Shape,
    /// Whether a vector will take its memory over.
    pub vector: bool,
    /// Together they are all of the tensor.
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
