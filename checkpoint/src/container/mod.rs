//! The formats: they turn bytes into named, typed, located entries. Nothing here knows of a schema.
//!
//! A reader trusts nothing: it uses only checked arithmetic, no lossy cast, and bounds every allocation.
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects, clippy::indexing_slicing)]

#[cfg(any(feature = "npz", feature = "torch"))]
mod archive;
mod checksum;
mod contents;
mod entries;
pub(crate) mod gguf;
pub(crate) mod json;
pub(crate) mod locked;
mod metadata;
#[cfg(feature = "npz")]
mod npz;
pub(crate) mod pairs;
mod plain;
mod problems;
mod room;
pub(crate) mod safetensors;
pub(crate) mod sharded;
pub(crate) mod sniff;
#[cfg(feature = "torch")]
mod torch;
mod unpacking;
pub(crate) mod zipped;

pub(crate) use self::checksum::{Checksum, Sum};
pub(crate) use self::contents::{Access, Container, Contents, Fill, Skipped};
pub(crate) use self::entries::{Entries, RawEntry};
pub use self::metadata::{Metadata, MetadataArray, MetadataValue};
pub(crate) use self::problems::FoundProblems;
pub(crate) use self::room::zeroed;
pub use self::room::{NamesRoom, room};
pub(crate) use self::unpacking::Unpacking;
