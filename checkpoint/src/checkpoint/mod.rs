//! One list of named, typed, located entries, whatever they are stored in.

mod directory;
mod entries;
mod open;
mod shards;

pub use self::entries::{Checkpoint, Entry};
