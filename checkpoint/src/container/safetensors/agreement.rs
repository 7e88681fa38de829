//! The comparison of the two readers of headers, for the tests and for the fuzzer.

use super::fast::{self, Plain};
use super::header::{self, PREFIX};
use super::most::Most;
use crate::container::problems::FoundProblems;
use crate::limits::Limits;

/// Whether the fast reader takes a header, which must then be one that the other takes too, with the same contents.
///
/// # Panics
/// If it is not.
#[track_caller]
pub(crate) fn fast_takes(text: &[u8], limits: &Limits) -> bool {
    let start = PREFIX.saturating_add(u64::try_from(text.len()).unwrap_or(u64::MAX));
    let Some(fast) = fast::read(text, start, Most { limits, listed: None }) else { return false };
    let mut problems = FoundProblems::default();
    let shown = String::from_utf8_lossy(text);
    let slow = header::read(text, PREFIX, Most { limits, listed: None }, &mut problems)
        .unwrap_or_else(|problem| panic!("{problem:?}, and the fast reader took it: {shown}"));
    let (slow, unplaced) = (Plain { entries: slow.entries, metadata: slow.metadata }, slow.unplaced);
    assert!(unplaced == 0 && problems.is_empty(), "taken by the fast reader only: {shown}");
    assert_eq!(contents(&fast), contents(&slow), "{shown}");
    true
}

/// All contents of a header, for comparison.
fn contents(plain: &Plain) -> String {
    format!("{:?} {:?}", plain.entries.iter().collect::<Vec<_>>(), plain.metadata)
}
