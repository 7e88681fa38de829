//! Checkpoints as they are in files: named, typed, located entries, whatever container holds them. This crate reads
//! tensors from them and writes tensors into them. Nothing here knows of a module or a schema: that is the crate
//! `weighbridge`, which re-exports the public types of this one.
//!
//! - **Open and list**: [`Checkpoint`], [`Entry`], from any [`Source`], within [`Limits`].
//! - **Read**: [`Checkpoint::tensor`] reads one tensor, [`Entry::pieces`] one that is larger than memory, and [`read`]
//!   a list of them in one pass over the file. An [`Assignment`](read::Assignment) can cast a tensor and change its
//!   layout.
//! - **Write**: [`write()`] takes tensors whose elements come in pieces. The path's extension decides the format.
//!
//! A new format is a folder or a file in `container/`, its first bytes in `container/sniff.rs`, and the line in
//! `checkpoint/open.rs` that opens it.
#![deny(unsafe_code)]
#![warn(missing_debug_implementations)]
// shows on docs.rs which feature an item needs
#![cfg_attr(docsrs, feature(doc_cfg))]

// files are little endian and elements are used as they are: on another platform every number would be wrong
#[cfg(target_endian = "big")]
compile_error!("weighbridge reads little-endian files in place, and this target is big-endian");

// the vocabulary
pub mod cast;
mod dtype;
mod error;
mod limits;
mod renames;
mod shape;
mod storage;
mod tensor_type;
// bytes → one format's entries → one list of named, typed, located entries
mod checkpoint;
mod config;
mod container;
mod file;
mod opening;
mod reader;
mod together;
// elements: from the file's order and dtype to the requested ones
#[cfg(feature = "ndarray")]
mod ndarray;
mod pieces;
mod strided;
mod tensor;
mod values;
// a list of tensors, read from a file or written to one
mod assignment;
pub mod read;
mod source;
mod write;

pub use crate::checkpoint::{Checkpoint, Entry};
#[doc(hidden)]
pub use crate::config::{json_object, json_object_of};
pub use crate::container::{Metadata, MetadataArray, MetadataValue};
#[doc(hidden)]
pub use crate::container::{NamesRoom, room};
pub use crate::dtype::{Block, DType, UnknownDType};
#[doc(hidden)]
pub use crate::error::write_problems;
pub use crate::error::{CheckpointError, Problem, ProblemKind};
pub use crate::limits::Limits;
pub use crate::opening::OpenOptions;
pub use crate::pieces::Pieces;
pub use crate::reader::ReadAt;
#[cfg(feature = "regex")]
pub use crate::renames::RegexError;
pub use crate::renames::{Rename, Renames};
pub use crate::shape::Shape;
pub use crate::source::Source;
pub use crate::strided::{Axis, Strided};
#[cfg(feature = "num-complex")]
pub use crate::tensor::Complex64;
pub use crate::tensor::{AnyTensor, Element, ShapeError, Tensor};
pub use crate::values::cast_elements;
#[doc(hidden)]
pub use crate::write::{ListedSpec, SpecList, write_listed};
pub use crate::write::{Sink, TensorSpec, WriteError, WriteOptions, write};
pub use weighbridge_lock::Lock;
pub use weighbridge_memory::Unchanging;

/// Whether the fast reader of safetensors headers takes this one. For the programs in `fuzz/`, which compile with `--cfg fuzzing`.
///
/// # Panics
/// If the strict reader does not take it too, with the same contents.
#[cfg(fuzzing)]
#[doc(hidden)]
pub fn fast_reader_takes(header: &[u8]) -> bool {
    container::safetensors::fast_takes(header, &Limits::default())
}
