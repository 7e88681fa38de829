//! Makes text from a file safe to show. Every name, path and message that may come from outside goes through here before anyone
//! reads it.

use std::borrow::Cow;
use std::fmt::{self, Write};

/// Whether a character cannot be seen, or moves the text around it: control characters, white space other than the plain
/// space, and what Unicode calls default ignorable, which has no width or changes the direction of text.
pub const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{1680}'
        | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
        | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// A character of a name that is not shown as it is.
#[derive(Clone, Copy)]
pub struct Escaped {
    /// The bytes before it.
    pub at: usize,
    /// How many bytes it has.
    pub byte_len: usize,
    /// The character: a backslash is shown as two, and any other by its number.
    pub character: char,
}

/// The next character of a name that [`shown`] escapes, from byte `from` on. It runs while your program compiles, too.
pub const fn next_escaped(text: &str, from: usize) -> Option<Escaped> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        let (character, byte_len) = character_at(bytes, at);
        let is_escaped = match character {
            '\\' => begins_like_an_escape(bytes, at + 1),
            '`' => true,
            c => is_hidden(c),
        };
        if is_escaped {
            return Some(Escaped { at, byte_len, character });
        }
        at += byte_len;
    }
    None
}

/// Whether a backslash before these bytes could be taken for the beginning of an escape.
const fn begins_like_an_escape(bytes: &[u8], at: usize) -> bool {
    if at >= bytes.len() {
        return false;
    }
    match bytes[at] {
        b'\\' | b'`' => true,
        b'u' => at + 1 < bytes.len() && bytes[at + 1] == b'{',
        _ => is_hidden(character_at(bytes, at).0),
    }
}

/// The character at a byte of a text, and how many bytes it has.
const fn character_at(bytes: &[u8], at: usize) -> (char, usize) {
    let first = bytes[at] as u32;
    let (mut code, byte_len) = match first {
        0..=0x7f => return (bytes[at] as char, 1),
        0x80..=0xdf => (first & 0x1f, 2),
        0xe0..=0xef => (first & 0xf, 3),
        _ => (first & 0x7, 4),
    };
    let mut i = 1;
    while i < byte_len {
        code = code << 6 | (bytes[at + i] & 0x3f) as u32;
        i += 1;
    }
    match char::from_u32(code) {
        Some(c) => (c, byte_len),
        // a text has no other bytes
        None => (char::REPLACEMENT_CHARACTER, byte_len),
    }
}

/// A name or a path as it stands in a message, between backticks: hidden characters, line breaks and backticks are escaped as
/// Rust source has them, and of more than [`LONGEST_NAME`] bytes the middle is left out. Two names that differ are shown
/// differently, unless they are so long.
///
/// ```
/// assert_eq!(weighbridge_lock::shown("o'brien\u{1b}[2J"), "o'brien\\u{1b}[2J");
/// ```
pub fn shown(text: &str) -> Cow<'_, str> {
    match escaped(text) {
        Cow::Borrowed(text) => cut(text, LONGEST_NAME),
        Cow::Owned(text) => Cow::Owned(cut(&text, LONGEST_NAME).into_owned()),
    }
}

/// The same of a text of any length: it is whole.
pub fn escaped(text: &str) -> Cow<'_, str> {
    let Some(mut escaped) = next_escaped(text, 0) else { return Cow::Borrowed(text) };
    let (mut out, mut from) = (String::with_capacity(text.len() + 16), 0);
    loop {
        out.push_str(&text[from..escaped.at]);
        match escaped.character {
            '\\' => out.push_str("\\\\"),
            c => out.extend(c.escape_unicode()),
        }
        from = escaped.at + escaped.byte_len;
        match next_escaped(text, from) {
            Some(next) => escaped = next,
            None => return Cow::Owned(out + &text[from..]),
        }
    }
}

/// A text as Rust source has it, in quotes. It may stand between backticks, and be copied from there.
///
/// ```
/// assert_eq!(weighbridge_lock::literal("\u{1b}\"\\`"), r#""\u{1b}\"\\\u{60}""#);
/// ```
pub fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            c if c == '`' || is_hidden(c) => literal.extend(c.escape_unicode()),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// Passes text on with every hidden character escaped, except line breaks. Where a message is written, it is the net below
/// [`shown`]: no text that anyone forgot to escape can drive a terminal.
pub struct Visible<W>(pub W);

impl<W: Write> Write for Visible<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_str(&visible_lines(text))
    }
}

/// A message of several lines with every hidden character escaped, except the line breaks.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    without(text, |c| is_hidden(c) && c != '\n')
}

/// A message of one line with every hidden character escaped.
pub fn visible(text: &str) -> Cow<'_, str> {
    without(text, is_hidden)
}

/// The same, and of more than [`LONGEST_LINE`] bytes the middle is left out.
pub fn line(text: &str) -> Cow<'_, str> {
    match visible(text) {
        Cow::Borrowed(text) => cut(text, LONGEST_LINE),
        Cow::Owned(text) => Cow::Owned(cut(&text, LONGEST_LINE).into_owned()),
    }
}

fn without(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_escaped(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// JSON with every hidden character of its strings escaped, as JSON escapes it. It stands for the same data.
///
/// ```
/// assert_eq!(weighbridge_lock::visible_json("[\n\"\u{9b}\u{e0001}\"]"), "[\n\"\\u009b\\udb40\\udc01\"]");
/// ```
pub fn visible_json(json: &str) -> Cow<'_, str> {
    // ASCII control characters stand only between strings
    let is_hidden = |c: char| c > '\u{7e}' && is_hidden(c);
    if !json.contains(is_hidden) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // writing to a String cannot fail
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// The most bytes that a message shows of one name or path.
pub const LONGEST_NAME: usize = 512;
/// The most bytes of one line of a message.
pub const LONGEST_LINE: usize = 4096;

/// A text of at most `most` bytes. Of a longer one the middle is left out, and the text says how much.
///
/// ```
/// assert_eq!(weighbridge_lock::cut("layers.0", 50), "layers.0");
/// assert_eq!(weighbridge_lock::cut(&"ab".repeat(50), 50), "ababababab… 79 bytes left out …bababababab");
/// ```
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    // the words between the ends take at most this many bytes, with a number of 6 digits
    let left = most.saturating_sub("… 999999 bytes left out …".len());
    let (mut head, mut tail) = (left / 2, text.len() - left.div_ceil(2));
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    Cow::Owned(format!("{}… {} bytes left out …{}", &text[..head], tail - head, &text[tail..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_character() -> impl Iterator<Item = char> {
        '\0'..=char::MAX
    }

    #[test]
    fn what_cannot_be_seen_is_hidden() {
        for c in every_character() {
            let is_space = c.is_whitespace() && c != ' ';
            let is_formatting = matches!(c,
                '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
            if is_space || c.is_control() || is_formatting {
                assert!(is_hidden(c), "{c:?}");
            }
            // what people write is not, but for what joins and varies other characters
            if c.is_alphanumeric() && !matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
                || c.is_ascii_graphic()
                || c == ' '
            {
                assert!(!is_hidden(c), "{c:?}");
            }
        }
    }

    #[test]
    fn nothing_hidden_is_shown_and_a_literal_is_the_text() {
        for c in every_character() {
            let name = format!("a{c}b");
            for text in [
                shown(&name),
                literal(&name).into(),
                visible(&name),
                visible_lines(&name),
                visible_json(&format!("\"{c}\"")),
            ] {
                let is_raw = |c: char| is_hidden(c) && c > '\u{1f}';
                assert!(!text.contains(is_raw), "{text:?}");
            }
            assert!(!shown(&name).contains(['`', '\n']) && !literal(&name).contains(['`', '\n']), "{c:?}");
            assert_eq!([visible(&name), visible_lines(&name)].map(|text| text.contains('\n')), [false, c == '\n']);
            assert_eq!(read(&literal(&name)), name);
        }
    }

    /// What Rust reads where a literal stands.
    fn read(literal: &str) -> String {
        let mut rest = literal.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
        let mut text = String::new();
        while let Some((before, behind)) = rest.split_once('\\') {
            text.push_str(before);
            rest = match behind.strip_prefix("u{") {
                Some(code) => {
                    let (code, behind) = code.split_once('}').unwrap();
                    text.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
                    behind
                }
                None => {
                    text.push_str(&behind[..1]);
                    &behind[1..]
                }
            };
        }
        text + rest
    }

    #[test]
    fn names_that_differ_are_shown_differently() {
        let parts = ["\\", "\u{1b}", "u{1b}", "u{5c}", "`", "u{60}", "a", "\n", "\\u{a}"];
        let mut all: Vec<(String, String)> = Vec::new();
        let count = parts.len();
        for number in 0..count * count * count {
            let name = [number, number / count, number / count / count].map(|i| parts[i % count]).concat();
            all.push((shown(&name).into_owned(), name));
        }
        all.sort();
        all.dedup();
        for pair in all.windows(2) {
            assert_ne!(pair[0].0, pair[1].0, "{:?} and {:?}", pair[0].1, pair[1].1);
        }
        // paths of Windows stay as they are
        assert_eq!(shown(r"C:\models\a"), r"C:\models\a");
    }

    #[test]
    fn a_cut_text_has_its_ends_and_keeps_the_bound() {
        for c in ["a", "ü", "…", "🙂"] {
            let text = format!("head{}tail", c.repeat(5000));
            for most in 40..90 {
                let cut = cut(&text, most);
                assert!(cut.len() <= most && cut.starts_with("head") && cut.ends_with("tail"), "{cut}");
            }
        }
    }
}
