//! One list of named, typed, located entries, whatever container holds them.

mod directory;
mod entries;
mod open;
mod parts;
mod shards;
mod split;

pub use self::entries::{Checkpoint, Entry};
pub(crate) use self::parts::Parts;
