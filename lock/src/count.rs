//! Counts as messages say them.

use std::fmt::Display;

/// A count and its noun, which agree: `1 byte`, `2 bytes`.
///
/// ```
/// use weighbridge_lock::counted;
///
/// assert_eq!([counted(0, "dim"), counted(1, "dim"), counted(2, "dim")], ["0 dims", "1 dim", "2 dims"]);
/// ```
pub fn counted<N: Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let plural = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
