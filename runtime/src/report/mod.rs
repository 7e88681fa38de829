//! What a check found: data first, text second.

mod finding;
mod fold;
mod note;
mod outcome;
mod text;

pub use self::finding::{Finding, FindingKind, FindingSide};
pub use self::note::{AliasNote, CastNote, MemoryUse, TensorCount, TiedNote};
pub use self::outcome::Report;
pub(crate) use fold::ranges;
pub(crate) use text::{INDENT, MOST_ROWS, WIDEST, all, parameters_fit, plural};
