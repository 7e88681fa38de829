//! Text that comes from a file, as it may be shown.

pub use weighbridge_lock::shown;

/// The first characters of a long text, and how many it has.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => shown(text).into_owned(),
        Some((end, _)) => format!("{}… ({} characters)", shown(&text[..end]), text.chars().count()),
    }
}
