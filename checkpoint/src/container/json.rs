//! Reads JSON as a stream and continues after a value of the wrong kind, so that one pass finds every mistake.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::error::{Problem, ProblemKind};

/// Turns one JSON value into an output. A value whose kind has no overridden method is skipped and passed to `wrong`.
pub(crate) trait Visit<'de>: Sized {
    type Out;

    fn wrong(self, found: &'static str) -> Self::Out;

    fn text(self, _text: Cow<'de, str>) -> Self::Out {
        self.wrong("a string")
    }

    fn unsigned(self, _number: u64) -> Self::Out {
        self.wrong("a number")
    }

    fn signed(self, _number: i64) -> Self::Out {
        self.wrong("a negative number")
    }

    fn float(self, _number: f64) -> Self::Out {
        self.wrong("a number that is not a u64")
    }

    fn boolean(self, _truth: bool) -> Self::Out {
        self.wrong("a boolean")
    }

    fn null(self) -> Self::Out {
        self.wrong("null")
    }

    fn array<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Out, A::Error> {
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self.wrong("an array"))
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Out, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(self.wrong("an object"))
    }
}

/// Lets serde drive a [`Visit`].
pub(crate) struct Seed<T>(pub(crate) T);

impl<'de, T: Visit<'de>> DeserializeSeed<'de> for Seed<T> {
    type Value = T::Out;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T::Out, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Visit<'de>> Visitor<'de> for Seed<T> {
    type Value = T::Out;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<T::Out, E> {
        Ok(self.0.boolean(truth))
    }

    fn visit_u64<E>(self, number: u64) -> Result<T::Out, E> {
        Ok(self.0.unsigned(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<T::Out, E> {
        Ok(self.0.signed(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<T::Out, E> {
        Ok(self.0.float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<T::Out, E> {
        Ok(self.0.text(Cow::Owned(text.to_owned())))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<T::Out, E> {
        Ok(self.0.text(Cow::Borrowed(text)))
    }

    fn visit_unit<E>(self) -> Result<T::Out, E> {
        Ok(self.0.null())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<T::Out, A::Error> {
        self.0.array(array)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T::Out, A::Error> {
        self.0.object(object)
    }
}

/// A key of an object, unescaped.
pub(crate) struct Key;

impl<'de> Visit<'de> for Key {
    type Out = Cow<'de, str>;

    fn text(self, text: Cow<'de, str>) -> Cow<'de, str> {
        text
    }

    /// JSON syntax allows only a string here.
    fn wrong(self, _found: &'static str) -> Cow<'de, str> {
        Cow::Borrowed("")
    }
}

/// A JSON text and the byte of the file at which it starts.
#[derive(Clone, Copy)]
pub(crate) struct KeyOffsets {
    address: usize,
    length: usize,
    base: u64,
}

impl KeyOffsets {
    pub(crate) fn new(text: &[u8], base: u64) -> KeyOffsets {
        KeyOffsets { address: text.as_ptr().addr(), length: text.len(), base }
    }

    /// The byte of the file at which a key's opening quote is. Unknown for a key with escapes, which is not a slice of
    /// the text.
    pub(crate) fn of(&self, key: &str) -> Option<u64> {
        let inside = key.as_ptr().addr().checked_sub(self.address).filter(|&inside| inside < self.length)?;
        let inside = inside.checked_sub(1)?;
        self.base.checked_add(u64::try_from(inside).ok()?)
    }
}

/// Reads a whole JSON text. Only white space may follow.
pub(crate) fn read<'de, T: Visit<'de>>(text: &'de [u8], base: u64, visit: T) -> Result<T::Out, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let out = Seed(visit).deserialize(&mut deserializer).and_then(|out| deserializer.end().map(|()| out));
    out.map_err(|error| syntax(&error, text, base))
}

/// serde_json's message, with a byte offset in the file instead of line and column.
fn syntax(error: &serde_json::Error, text: &[u8], base: u64) -> Problem {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
    let lines_before = error.line().saturating_sub(1);
    let line_start: usize = text.split_inclusive(|&byte| byte == b'\n').take(lines_before).map(<[u8]>::len).sum();
    let inside = line_start.saturating_add(error.column().saturating_sub(1)).min(text.len());
    let at = base.saturating_add(u64::try_from(inside).unwrap_or(u64::MAX));
    let message = match error.is_eof() {
        true => "the JSON ends in the middle, as after a download that was cut; fetch the file again".to_owned(),
        false => format!("not valid JSON: {message}"),
    };
    Problem::new(ProblemKind::Header, message).at(at)
}
