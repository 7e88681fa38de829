//! Text that comes from a file, as it may be shown.

use std::borrow::Cow;

/// A text that comes from a file, or a path, as it may be shown: characters that would drive a terminal or reorder what
/// stands around them are escaped. So are line breaks.
///
/// ```
/// assert_eq!(weighbridge_lock::shown("o'brien\u{1b}[2J"), "o'brien\\u{1b}[2J");
/// ```
pub fn shown(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    text.chars().flat_map(|c| if harmful(c) { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}
