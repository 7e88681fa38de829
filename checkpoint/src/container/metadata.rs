//! What a file says of its model, where values have types: only GGUF has such.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::str;
use std::sync::Arc;

use crate::storage::SharedBytes;

/// Bytes of a file from its first one on.
pub(crate) enum Text {
    Own(Vec<u8>),
    /// A file that is in memory.
    Shared(SharedBytes),
}

impl Default for Text {
    fn default() -> Text {
        Text::Own(Vec::new())
    }
}

impl Text {
    /// These bytes, as far as they are there.
    pub(crate) fn get(&self, range: Range<usize>) -> &[u8] {
        let all = match self {
            Text::Own(own) => own.as_slice(),
            Text::Shared(shared) => (**shared).as_ref(),
        };
        all.get(range).unwrap_or_default()
    }
}

/// What a GGUF file says of its model: keys such as `llama.block_count`, and values that keep their types. Cloning is cheap.
///
/// [`Checkpoint::typed_metadata`](crate::Checkpoint::typed_metadata) has it; for files of other formats it is empty.
#[derive(Clone, Default)]
pub struct Metadata(Arc<Pairs>);

#[derive(Default)]
struct Pairs {
    /// The file up to the last value.
    text: Text,
    /// In the order of the file.
    pairs: Vec<Pair>,
    /// The numbers of the pairs, by key.
    sorted: Vec<usize>,
}

/// Where a key and its value are.
#[derive(Clone)]
pub(super) struct Pair {
    pub(super) key: Range<usize>,
    pub(super) kind: Kind,
    pub(super) value: Range<usize>,
}

/// A value of a [`Metadata`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum MetadataValue<'m> {
    U8(u8),
    I8(i8),
    U16(u16),
    I16(i16),
    U32(u32),
    I32(i32),
    U64(u64),
    I64(i64),
    F32(f32),
    F64(f64),
    Bool(bool),
    Text(&'m str),
    Array(MetadataArray<'m>),
}

/// An array of a [`Metadata`]: values of one type, none of them an array.
#[derive(Clone, Copy, PartialEq)]
pub struct MetadataArray<'m> {
    kind: Kind,
    len: usize,
    bytes: &'m [u8],
}

/// The types of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    String,
    Array,
    U64,
    I64,
    F64,
}

impl Kind {
    /// By its number in a file.
    pub(super) fn of(number: u32) -> Option<Kind> {
        Some(match number {
            0 => Kind::U8,
            1 => Kind::I8,
            2 => Kind::U16,
            3 => Kind::I16,
            4 => Kind::U32,
            5 => Kind::I32,
            6 => Kind::F32,
            7 => Kind::Bool,
            8 => Kind::String,
            9 => Kind::Array,
            10 => Kind::U64,
            11 => Kind::I64,
            12 => Kind::F64,
            _ => return None,
        })
    }

    /// The size of a value in bytes, at least.
    pub(super) fn least(self) -> usize {
        match self {
            Kind::U8 | Kind::I8 | Kind::Bool => 1,
            Kind::U16 | Kind::I16 => 2,
            Kind::U32 | Kind::I32 | Kind::F32 => 4,
            Kind::U64 | Kind::I64 | Kind::F64 | Kind::String => 8,
            Kind::Array => 12,
        }
    }
}

impl Metadata {
    /// The pairs of a text, whose values were checked, and the order of their keys.
    pub(super) fn new(text: Text, pairs: Vec<Pair>, sorted: Vec<usize>) -> Metadata {
        Metadata(Arc::new(Pairs { text, pairs, sorted }))
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.0.pairs.len()
    }

    /// Whether it has no keys.
    pub fn is_empty(&self) -> bool {
        self.0.pairs.is_empty()
    }

    /// The value of a key.
    ///
    /// ```
    /// use weighbridge::{Checkpoint, MetadataValue};
    ///
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/gguf/llama.gguf");
    /// let checkpoint = Checkpoint::open(path)?;
    /// assert_eq!(checkpoint.typed_metadata().get("llama.block_count"), Some(MetadataValue::U32(3)));
    /// # Ok::<(), weighbridge::CheckpointError>(())
    /// ```
    pub fn get(&self, key: &str) -> Option<MetadataValue<'_>> {
        let Pairs { text, pairs, sorted } = &*self.0;
        let key_of = |number: &usize| pairs.get(*number).map_or(&[][..], |pair| text.get(pair.key.clone()));
        let place = sorted.binary_search_by(|number| key_of(number).cmp(key.as_bytes())).ok()?;
        self.pair(*sorted.get(place)?).map(|(_, value)| value)
    }

    /// All keys with their values, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, MetadataValue<'_>)> {
        (0..self.len()).filter_map(|number| self.pair(number))
    }

    fn pair(&self, number: usize) -> Option<(&str, MetadataValue<'_>)> {
        let Pair { key, kind, value } = self.0.pairs.get(number)?;
        let mut bytes = self.0.text.get(value.clone());
        Some((str::from_utf8(self.0.text.get(key.clone())).ok()?, decode(*kind, &mut bytes)?))
    }

    /// The values as texts, without arrays.
    pub(super) fn texts(&self) -> BTreeMap<String, String> {
        let pairs = self.iter().filter(|(_, value)| !matches!(value, MetadataValue::Array(_)));
        pairs.map(|(key, value)| (key.to_owned(), value.to_string())).collect()
    }
}

/// Takes a value off bytes that were checked when the file was opened.
pub(super) fn decode<'m>(kind: Kind, bytes: &mut &'m [u8]) -> Option<MetadataValue<'m>> {
    fn number<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
        let (number, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(*number)
    }
    let length = |bytes: &mut &[u8]| usize::try_from(u64::from_le_bytes(number(bytes)?)).ok();
    Some(match kind {
        Kind::U8 => MetadataValue::U8(u8::from_le_bytes(number(bytes)?)),
        Kind::I8 => MetadataValue::I8(i8::from_le_bytes(number(bytes)?)),
        Kind::U16 => MetadataValue::U16(u16::from_le_bytes(number(bytes)?)),
        Kind::I16 => MetadataValue::I16(i16::from_le_bytes(number(bytes)?)),
        Kind::U32 => MetadataValue::U32(u32::from_le_bytes(number(bytes)?)),
        Kind::I32 => MetadataValue::I32(i32::from_le_bytes(number(bytes)?)),
        Kind::U64 => MetadataValue::U64(u64::from_le_bytes(number(bytes)?)),
        Kind::I64 => MetadataValue::I64(i64::from_le_bytes(number(bytes)?)),
        Kind::F32 => MetadataValue::F32(f32::from_le_bytes(number(bytes)?)),
        Kind::F64 => MetadataValue::F64(f64::from_le_bytes(number(bytes)?)),
        Kind::Bool => MetadataValue::Bool(u8::from_le_bytes(number(bytes)?) != 0),
        Kind::String => {
            let length = length(bytes)?;
            let (text, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            MetadataValue::Text(str::from_utf8(text).ok()?)
        }
        Kind::Array => {
            let kind = Kind::of(u32::from_le_bytes(number(bytes)?))?;
            let len = length(bytes)?;
            MetadataValue::Array(MetadataArray { kind, len, bytes: std::mem::take(bytes) })
        }
    })
}

impl<'m> MetadataArray<'m> {
    /// The number of items.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no items.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The items, in order.
    pub fn iter(&self) -> impl Iterator<Item = MetadataValue<'m>> + use<'m> {
        let MetadataArray { kind, len, mut bytes } = *self;
        (0..len).map_while(move |_| decode(kind, &mut bytes))
    }
}

impl fmt::Display for MetadataValue<'_> {
    /// A number, a truth or a string as it is; of an array, its type and length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MetadataValue::U8(number) => number.fmt(f),
            MetadataValue::I8(number) => number.fmt(f),
            MetadataValue::U16(number) => number.fmt(f),
            MetadataValue::I16(number) => number.fmt(f),
            MetadataValue::U32(number) => number.fmt(f),
            MetadataValue::I32(number) => number.fmt(f),
            MetadataValue::U64(number) => number.fmt(f),
            MetadataValue::I64(number) => number.fmt(f),
            MetadataValue::F32(number) => number.fmt(f),
            MetadataValue::F64(number) => number.fmt(f),
            MetadataValue::Bool(truth) => truth.fmt(f),
            MetadataValue::Text(text) => text.fmt(f),
            MetadataValue::Array(array) => write!(f, "{array:?}"),
        }
    }
}

impl fmt::Debug for MetadataArray<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{:?}; {}]", self.kind, self.len)
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
