//! Makes text from a file safe to show.

use std::borrow::Cow;

/// Makes text from a file, or a path, safe to show: escapes characters that would control a terminal or reorder the text around
/// them, and line breaks.
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
