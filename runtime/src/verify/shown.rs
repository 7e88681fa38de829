//! Names as they may be shown.

use weighbridge_lock::next_escaped;

use crate::schema::Text;

/// A name as [`shown`](weighbridge_lock::shown) has it: it may come from a file, and a control character in it would drive the
/// reader's terminal.
pub(super) const fn push_shown<const N: usize>(text: Text<N>, name: &str) -> Text<N> {
    let (mut text, mut from) = (text, 0);
    while let Some(escaped) = next_escaped(name, from) {
        text = text.push(name.split_at(escaped.at).0.split_at(from).1);
        text = match escaped.character {
            '\\' => text.push("\\\\"),
            c => push_hexadecimal(text.push("\\u{"), c as u32).push("}"),
        };
        from = escaped.at + escaped.byte_len;
    }
    text.push(name.split_at(from).1)
}

const fn push_hexadecimal<const N: usize>(text: Text<N>, value: u32) -> Text<N> {
    const DIGITS: &str = "0123456789abcdef";
    let text = if value >= 16 { push_hexadecimal(text, value / 16) } else { text };
    text.push(DIGITS.split_at((value % 16) as usize).1.split_at(1).0)
}

#[cfg(test)]
mod tests {
    use super::push_shown;
    use crate::path::shown;
    use crate::schema::Text;

    #[test]
    fn every_character_is_shown_as_a_load_shows_it() {
        for c in '\0'..=char::MAX {
            let name = format!("a\\{c}b");
            assert_eq!(push_shown(Text::<64>::new(), &name).as_str(), shown(&name), "{:x}", u32::from(c));
        }
    }
}
