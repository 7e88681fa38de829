//! Reads the header in one pass, in the form that writers give it.
//!
//! This reader knows correct headers and nothing about mistakes. It gives up on anything else, and `header` starts
//! over, tolerantly, and reports what is wrong. This reader accepts nothing that `header` refuses, and produces the
//! same entries. The tests below prove both.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::header::{METADATA, agree, in_format, place};
use super::most::{Most, room_for};
use crate::container::entries::Entries;
use crate::container::room::Growing;
use crate::dtype::DType;
use crate::shape::Shape;

/// The contents of a correct header.
#[derive(Debug)]
pub(super) struct Plain {
    pub(super) entries: Entries,
    pub(super) metadata: BTreeMap<String, String>,
}

/// Reads the header `text`. The elements start at byte `start` of the file. On `None`, `header` finds the reason.
pub(super) fn read(text: &[u8], start: u64, most: Most<'_>) -> Option<Plain> {
    let mut reader = HeaderReader {
        rest: text,
        start,
        most,
        tensor_count: most.tensor_count(),
        growing: Growing::default(),
        dims: Vec::new(),
        last: DType::F32,
        plain: Plain { entries: Entries::default(), metadata: BTreeMap::new() },
    };
    reader.top_level()?;
    Some(reader.plain)
}

struct HeaderReader<'t, 'l> {
    /// The text still to be read.
    rest: &'t [u8],
    start: u64,
    most: Most<'l>,
    tensor_count: usize,
    /// Memory for metadata.
    growing: Growing,
    /// Reused for every shape.
    dims: Vec<usize>,
    /// Most tensors have the dtype of the one before them.
    last: DType,
    plain: Plain,
}

/// Whether a list continues.
enum AfterItem {
    More,
    End,
}

impl<'t> HeaderReader<'t, '_> {
    fn top_level(&mut self) -> Option<()> {
        let mut has_metadata = false;
        self.space();
        self.byte(b'{')?;
        if !self.closes(b'}') {
            loop {
                self.space();
                let name = self.string()?;
                self.colon()?;
                if name == METADATA {
                    // a second one is a mistake
                    if std::mem::replace(&mut has_metadata, true) {
                        return None;
                    }
                    self.metadata()?;
                } else {
                    self.tensor(name)?;
                }
                if let AfterItem::End = self.next(b'}')? {
                    break;
                }
            }
        }
        self.space();
        self.rest.is_empty().then_some(())
    }

    fn metadata(&mut self) -> Option<()> {
        if let Some(rest) = self.rest.strip_prefix(b"null") {
            self.rest = rest;
            return Some(());
        }
        self.byte(b'{')?;
        if self.closes(b'}') {
            return Some(());
        }
        loop {
            self.space();
            let key = self.string()?;
            self.colon()?;
            let value = self.string()?;
            // without memory, the other reader says so
            room_for(&mut self.growing, &key, &value).ok()?;
            if self.plain.metadata.insert(key.into_owned(), value.into_owned()).is_some() {
                return None;
            }
            if let AfterItem::End = self.next(b'}')? {
                return Some(());
            }
        }
    }

    fn tensor(&mut self, name: Cow<'t, str>) -> Option<()> {
        if self.plain.entries.len() >= self.tensor_count || name.len() > self.most.limits.name_byte_len {
            return None;
        }
        let (mut dtype, mut shape, mut offsets) = (None, None, None);
        self.byte(b'{')?;
        loop {
            self.space();
            // three fields, each once: a field that was read already is refused
            if dtype.is_none() && self.field(b"\"dtype\"") {
                self.colon()?;
                dtype = Some(self.dtype()?);
            } else if shape.is_none() && self.field(b"\"shape\"") {
                self.colon()?;
                shape = Some(self.shape()?);
            } else if offsets.is_none() && self.field(b"\"data_offsets\"") {
                self.colon()?;
                offsets = Some(self.offsets()?);
            } else {
                return None;
            }
            if let AfterItem::End = self.next(b'}')? {
                break;
            }
        }
        let (dtype, (), offsets) = (dtype?, shape?, offsets?);
        let (offset, bytes) = place(self.start, offsets).ok()?;
        let HeaderReader { plain: Plain { entries, .. }, dims, .. } = self;
        if !entries.repeats(dtype, dims, bytes) {
            agree(dtype, &Shape::from(dims.as_slice()), bytes).ok()?;
        }
        entries.push(&name, dtype, dims, bytes, offset);
        self.last = dtype;
        Some(())
    }

    fn dtype(&mut self) -> Option<DType> {
        let same = self.rest.strip_prefix(b"\"").and_then(|rest| rest.strip_prefix(self.last.name().as_bytes()));
        if let Some(rest) = same.and_then(|rest| rest.strip_prefix(b"\"")) {
            self.rest = rest;
            return Some(self.last);
        }
        in_format(&self.string()?)
    }

    /// Reads the dims of a shape into `dims`.
    fn shape(&mut self) -> Option<()> {
        self.byte(b'[')?;
        self.dims.clear();
        if !self.closes(b']') {
            loop {
                self.space();
                let dim = usize::try_from(self.number()?).ok()?;
                if self.dims.len() >= self.most.limits.rank {
                    return None;
                }
                self.dims.push(dim);
                if let AfterItem::End = self.next(b']')? {
                    break;
                }
            }
        }
        Some(())
    }

    fn offsets(&mut self) -> Option<(u64, u64)> {
        self.byte(b'[')?;
        self.space();
        let begin = self.number()?;
        let AfterItem::More = self.next(b']')? else { return None };
        self.space();
        let end = self.number()?;
        let AfterItem::End = self.next(b']')? else { return None };
        Some((begin, end))
    }

    /// A `u64` without leading zeros. The caller checks what follows it.
    fn number(&mut self) -> Option<u64> {
        let (&first, mut rest) = self.rest.split_first()?;
        let mut number = digit(first)?;
        while let Some((&byte, behind)) = rest.split_first() {
            let Some(digit) = digit(byte) else { break };
            if number == 0 {
                return None;
            }
            number = number.checked_mul(10)?.checked_add(digit)?;
            rest = behind;
        }
        self.rest = rest;
        Some(number)
    }

    /// A string, unescaped.
    fn string(&mut self) -> Option<Cow<'t, str>> {
        let inside = self.rest.strip_prefix(b"\"")?;
        let length = special(inside)?;
        let (text, behind) = inside.split_at_checked(length)?;
        match behind.split_first()? {
            (b'"', rest) => {
                self.rest = rest;
                std::str::from_utf8(text).ok().map(Cow::Borrowed)
            }
            (b'\\', _) => self.escaped().map(Cow::Owned),
            // a control character
            _ => None,
        }
    }

    /// A string with escapes, left to serde_json.
    #[cold]
    fn escaped(&mut self) -> Option<String> {
        let mut rest = self.rest.strip_prefix(b"\"")?;
        loop {
            let (_, behind) = rest.split_at_checked(special(rest)?)?;
            rest = match behind {
                [b'"', rest @ ..] => {
                    let length = self.rest.len().checked_sub(rest.len())?;
                    let (string, _) = self.rest.split_at_checked(length)?;
                    self.rest = rest;
                    return serde_json::from_slice(string).ok();
                }
                [b'\\', _, rest @ ..] => rest,
                _ => return None,
            };
        }
    }

    fn field(&mut self, quoted: &[u8]) -> bool {
        let rest = self.rest.strip_prefix(quoted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        (first == byte).then_some(())
    }

    /// The colon after a key, with white space around it.
    fn colon(&mut self) -> Option<()> {
        self.space();
        self.byte(b':')?;
        self.space();
        Some(())
    }

    /// Whether a list that was just opened ends at once.
    fn closes(&mut self, close: u8) -> bool {
        self.space();
        let rest = self.rest.strip_prefix(&[close]);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Reads what follows an item of a list.
    fn next(&mut self, close: u8) -> Option<AfterItem> {
        self.space();
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        match byte {
            b',' => Some(AfterItem::More),
            byte if byte == close => Some(AfterItem::End),
            _ => None,
        }
    }

    fn space(&mut self) {
        while let [b' ' | b'\n' | b'\t' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }
}

fn digit(byte: u8) -> Option<u64> {
    byte.is_ascii_digit().then(|| u64::from(byte & 0x0f))
}

/// The position of the first byte that ends or interrupts plain text in a string: a quote, a backslash or a control
/// character.
fn special(text: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const QUOTES: u64 = 0x2222_2222_2222_2222;
    const BACKSLASHES: u64 = 0x5c5c_5c5c_5c5c_5c5c;
    const SPACES: u64 = 0x2020_2020_2020_2020;
    let (mut passed, mut rest) = (0usize, text);
    while let Some((word, behind)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        // the high bit of a byte that is 0, or below a space; a borrow can set it wrongly only behind the first one
        let (quotes, backslashes) = (word ^ QUOTES, word ^ BACKSLASHES);
        let found = (quotes.wrapping_sub(ONES) & !quotes)
            | (backslashes.wrapping_sub(ONES) & !backslashes)
            | (word.wrapping_sub(SPACES) & !word);
        let found = found & HIGH;
        if found != 0 {
            return passed.checked_add(usize::try_from(found.trailing_zeros() >> 3).ok()?);
        }
        passed = passed.checked_add(8)?;
        rest = behind;
    }
    let inside = rest.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < b' ')?;
    passed.checked_add(inside)
}

#[cfg(test)]
mod tests;
