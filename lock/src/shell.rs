//! Words of a command as a shell takes them.

use std::borrow::Cow;

use crate::shown::is_hidden;

/// A word as a shell takes it, in which every character can be seen, and which can stand between backticks in a message.
///
/// ```
/// use weighbridge_lock::shell_word;
///
/// assert_eq!(shell_word("model.lock"), "model.lock");
/// assert_eq!(shell_word("my model.lock"), "'my model.lock'");
/// assert_eq!(shell_word("it's"), r"'it'\''s'");
/// assert_eq!(shell_word("a\nb`"), r"$'a\x0ab\x60'");
/// ```
pub fn shell_word(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./+=:,@%".contains(c);
    let must_be_escaped = |c: char| is_hidden(c) || c == '`';
    if !word.is_empty() && word.chars().all(is_plain) {
        word.into()
    } else if word.contains(must_be_escaped) {
        let mut text = String::from("$'");
        for c in word.chars() {
            match c {
                '\'' | '\\' => text.extend(['\\', c]),
                c if must_be_escaped(c) => {
                    text.extend(c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("\\x{byte:02x}")));
                }
                c => text.push(c),
            }
        }
        (text + "'").into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''")).into()
    }
}

/// A switch of the command with its value, as a shell takes it.
///
/// ```
/// use weighbridge_lock::switch;
///
/// assert_eq!(switch("ignore", "*.bias"), "--ignore '*.bias'");
/// // a value that looks like a switch
/// assert_eq!(switch("strip-prefix", "-x."), "--strip-prefix=-x.");
/// ```
pub fn switch(name: &str, value: &str) -> String {
    let separator = if value.starts_with('-') { '=' } else { ' ' };
    format!("--{name}{separator}{}", shell_word(value))
}
