//! One list of named, typed, located entries, whatever container holds them.

mod directory;
mod entries;
mod open;
mod shards;
mod totals;

pub use self::entries::{Checkpoint, Entry};
