//! Makes text from a file safe to show.

use weighbridge_lock::escaped;
pub(crate) use weighbridge_lock::shown;

/// At most this many characters of a text. If it is longer, also says how many it has.
pub(crate) fn shortened(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => escaped(text).into_owned(),
        Some((end, _)) => format!("{}… ({} characters)", escaped(&text[..end]), text.chars().count()),
    }
}
