//! Names as they may be shown.

use crate::schema::Text;

/// A name as it may be shown: it may come from a file, and a control character in it would drive the reader's terminal.
pub(super) const fn push_shown<const N: usize>(text: Text<N>, name: &str) -> Text<N> {
    let bytes = name.as_bytes();
    let (mut text, mut i, mut start) = (text, 0, 0);
    while i < bytes.len() {
        let (value, len) = match bytes[i] {
            byte if byte < 0x20 || byte == 0x7f => (byte as u32, 1),
            0xC2 if bytes[i + 1] < 0xA0 => (bytes[i + 1] as u32, 2),
            0xD8 if bytes[i + 1] == 0x9C => (0x61c, 2),
            0xE2 if bytes[i + 1] == 0x80 && matches!(bytes[i + 2], 0x8e | 0x8f | 0xaa..=0xae) => {
                (0x2000 + (bytes[i + 2] - 0x80) as u32, 3)
            }
            0xE2 if bytes[i + 1] == 0x81 && matches!(bytes[i + 2], 0xa6..=0xa9) => {
                (0x2040 + (bytes[i + 2] - 0x80) as u32, 3)
            }
            _ => {
                i += 1;
                continue;
            }
        };
        text = text.push(name.split_at(i).0.split_at(start).1);
        text = match value {
            0x09 => text.push("\\t"),
            0x0a => text.push("\\n"),
            0x0d => text.push("\\r"),
            _ => push_hexadecimal(text.push("\\u{"), value).push("}"),
        };
        i += len;
        start = i;
    }
    text.push(name.split_at(start).1)
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
            let name = format!("a{c}b");
            assert_eq!(push_shown(Text::<64>::new(), &name).as_str(), shown(&name), "{:x}", u32::from(c));
        }
    }
}
