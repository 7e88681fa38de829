//! What a check found: data first, text second.

mod finding;
mod fold;
mod note;
mod outcome;
mod page;
mod text;

pub use self::finding::{Finding, FindingKind, FindingSide};
pub use self::note::{AliasNote, CastNote, DTypeCount, MemoryUse, TensorCount, TiedNote, UnsaidNote};
pub use self::outcome::Report;
pub(crate) use fold::{NUMBERS, ranges};
pub(crate) use page::INDENT;
pub(crate) use text::{MOST_ROWS, WIDEST, all, did_you_mean, parameters_fit, plural};
