//! The JSON header: every tensor description is checked as it is read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess};

use super::super::json::{self, Key, KeyOffsets, Seed, Visit};
use super::super::problems::FoundProblems;
use super::super::room::Growing;
use super::most::{Most, room_for};
use crate::container::entries::Entries;
use crate::dtype::DType;
use crate::error::{Problem, ProblemKind};
use crate::limits::Limits;
use crate::shape::Shape;
use weighbridge_lock::{counted, shown};

pub(super) const METADATA: &str = "__metadata__";

/// The bytes in front of the header: its length, little endian.
pub(super) const PREFIX: u64 = 8;

/// The contents of a header. Mistakes go to the caller's list of problems.
pub(super) struct Header<'g> {
    pub(super) entries: Entries,
    pub(super) metadata: BTreeMap<String, String>,
    /// The number of tensors without a usable place: if there are any, gaps between the others prove nothing.
    pub(super) unplaced: usize,
    pub(super) problems: &'g mut FoundProblems,
    has_metadata: bool,
    limits: &'g Limits,
    most: Most<'g>,
    /// Memory for metadata.
    growing: Growing,
    /// Whether the rest was not read: there is too much of it, or no memory for it.
    is_stopped: bool,
    key_offsets: KeyOffsets,
    /// The byte of the file at which the elements start.
    start: u64,
    /// Reused for every shape.
    dims: Vec<usize>,
    /// Most tensors have the dtype of the one before them.
    last: DType,
}

#[cfg(test)]
thread_local! {
    /// How many headers were read here. The fast reader takes those of real writers.
    pub(super) static READ: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Reads the header `text`, which starts at byte `base` of the file.
pub(super) fn read<'g>(
    text: &[u8],
    base: u64,
    most: Most<'g>,
    problems: &'g mut FoundProblems,
) -> Result<Header<'g>, Problem> {
    #[cfg(test)]
    READ.set(READ.get().saturating_add(1));
    let mut header = Header {
        entries: Entries::default(),
        metadata: BTreeMap::new(),
        unplaced: 0,
        problems,
        has_metadata: false,
        limits: most.limits,
        most,
        growing: Growing::default(),
        is_stopped: false,
        key_offsets: KeyOffsets::new(text, base),
        start: base.saturating_add(u64::try_from(text.len()).unwrap_or(u64::MAX)),
        dims: Vec::new(),
        last: DType::F32,
    };
    match json::read(text, base, TopLevel { header: &mut header, base }) {
        Err(problem) if !header.is_stopped => Err(problem),
        _ => Ok(header),
    }
}

struct TopLevel<'h, 'g> {
    header: &'h mut Header<'g>,
    base: u64,
}

impl<'de> Visit<'de> for TopLevel<'_, '_> {
    type Out = ();

    fn wrong(self, found: &'static str) {
        let message = format!("the header is {found}; it must be an object of tensors");
        self.header.unplaced = self.header.unplaced.saturating_add(1);
        self.header.problems.push(Problem::new(ProblemKind::Header, message).at(self.base));
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let header = self.header;
        while let Some(name) = object.next_key_seed(Seed(Key))? {
            if name == METADATA {
                let at = header.key_offsets.of(&name);
                if std::mem::replace(&mut header.has_metadata, true) {
                    header.push(METADATA, at, Problem::new(ProblemKind::Duplicate, "given twice; keep one"));
                }
                object.next_value_seed(Seed(Metadata { header, at }))?;
            } else if header.entries.len().saturating_add(header.unplaced) >= header.most.tensor_count() {
                header.push(&name, header.key_offsets.of(&name), header.most.too_many());
                return Err(header.stop());
            } else {
                object.next_value_seed(Seed(Description { header, name }))?;
                if !header.entries.is_whole() {
                    return Err(header.stop());
                }
            }
        }
        Ok(())
    }
}

impl Header<'_> {
    /// Stops reading: this error only leaves the JSON reader.
    fn stop<E: Error>(&mut self) -> E {
        self.is_stopped = true;
        self.unplaced = self.unplaced.saturating_add(1);
        E::custom("the rest is not read")
    }

    fn push(&mut self, name: &str, at: Option<u64>, problem: Problem) {
        // a name that is itself too long is not repeated in full
        let short =
            if name.len() > self.limits.name_byte_len { name.chars().take(80).collect() } else { name.to_owned() };
        self.problems.push(Problem { offset: at, ..problem.tensor(short) });
    }
}

/// What the writer says about the whole file. MLX writes `null` if it has nothing to say.
struct Metadata<'h, 'g> {
    header: &'h mut Header<'g>,
    at: Option<u64>,
}

impl<'de> Visit<'de> for Metadata<'_, '_> {
    type Out = ();

    fn wrong(self, found: &'static str) {
        let message = format!("is {found}; it must be an object of strings");
        self.header.push(METADATA, self.at, Problem::new(ProblemKind::Header, message));
    }

    fn null(self) {}

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(key) = object.next_key_seed(Seed(Key))? {
            let at = self.header.key_offsets.of(&key).or(self.at);
            match object.next_value_seed(Seed(MetadataValue))? {
                Ok(value) => {
                    if let Err(problem) = room_for(&mut self.header.growing, &key, &value) {
                        self.header.push(METADATA, at, problem);
                        return Err(self.header.stop());
                    }
                    if self.header.metadata.insert(key.clone().into_owned(), value.into_owned()).is_some() {
                        let message = format!("the key `{}` is given twice; keep one", shown(&key));
                        self.header.push(METADATA, at, Problem::new(ProblemKind::Duplicate, message));
                    }
                }
                Err(found) => {
                    let message = format!("the value of `{}` is {found}; it must be a string", shown(&key));
                    self.header.push(METADATA, at, Problem::new(ProblemKind::Header, message));
                }
            }
        }
        Ok(())
    }
}

struct MetadataValue;

impl<'de> Visit<'de> for MetadataValue {
    type Out = Result<Cow<'de, str>, &'static str>;

    fn wrong(self, found: &'static str) -> Self::Out {
        Err(found)
    }

    fn text(self, text: Cow<'de, str>) -> Self::Out {
        Ok(text)
    }
}

/// The description of one tensor.
///
/// Any name is accepted, even an empty one or one with control characters: the format allows them, nothing here uses a
/// name as a path, and messages escape them.
struct Description<'h, 'g, 'de> {
    header: &'h mut Header<'g>,
    name: Cow<'de, str>,
}

impl<'de> Visit<'de> for Description<'_, '_, 'de> {
    type Out = ();

    fn wrong(self, found: &'static str) {
        let message = format!("described by {found}; an object of `dtype`, `shape` and `data_offsets` is expected");
        self.header.unplaced = self.header.unplaced.saturating_add(1);
        self.header.push(
            &self.name,
            self.header.key_offsets.of(&self.name),
            Problem::new(ProblemKind::Header, message),
        );
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let Description { header, name } = self;
        let at = header.key_offsets.of(&name);
        let (mut dtype, mut shape, mut offsets) = (None, None, None);
        while let Some(field) = object.next_key_seed(Seed(Key))? {
            let twice = match &*field {
                "dtype" => {
                    let last = header.last;
                    dtype.replace(object.next_value_seed(Seed(DTypeField { last }))?).is_some()
                }
                "shape" => {
                    let limit = header.limits.rank;
                    shape.replace(object.next_value_seed(Seed(ShapeField { dims: &mut header.dims, limit }))?).is_some()
                }
                "data_offsets" => offsets.replace(object.next_value_seed(Seed(OffsetsField))?).is_some(),
                _ => {
                    object.next_value::<IgnoredAny>()?;
                    let message = format!(
                        "the description has an unknown field `{}`; only `dtype`, `shape` and `data_offsets` are known",
                        shown(&field)
                    );
                    header.push(&name, at, Problem::new(ProblemKind::Header, message));
                    false
                }
            };
            if twice {
                header.push(
                    &name,
                    at,
                    Problem::new(ProblemKind::Duplicate, format!("`{field}` is given twice; keep one")),
                );
            }
        }
        header.tensor(name, at, dtype, shape, offsets);
        Ok(())
    }
}

impl Header<'_> {
    /// Makes an entry from a description, if it is consistent.
    fn tensor(
        &mut self,
        name: Cow<'_, str>,
        at: Option<u64>,
        dtype: Option<Result<DType, Problem>>,
        shape: Option<Result<Shape, Problem>>,
        offsets: Option<Result<(u64, u64), Problem>>,
    ) {
        if name.len() > self.limits.name_byte_len {
            let found = format!("the name has {}", counted(name.len(), "byte"));
            self.push(&name, at, Problem::limit(found, "name_byte_len", self.limits.name_byte_len));
        }
        let known = |this: &mut Self, field: &str, fault: Option<Problem>| {
            let absent = || Problem::new(ProblemKind::Header, format!("the description has no `{field}`"));
            this.push(&name, at, fault.unwrap_or_else(absent));
        };
        let dtype = match dtype {
            Some(Ok(dtype)) => Some(dtype),
            other => {
                known(self, "dtype", other.and_then(Result::err));
                None
            }
        };
        let shape = match shape {
            Some(Ok(shape)) => Some(shape),
            other => {
                known(self, "shape", other.and_then(Result::err));
                None
            }
        };
        let place = match offsets {
            Some(Ok(offsets)) => place(self.start, offsets).map_err(|fault| self.push(&name, at, fault)).ok(),
            other => {
                known(self, "data_offsets", other.and_then(Result::err));
                None
            }
        };
        let Some((offset, bytes)) = place else {
            self.unplaced = self.unplaced.saturating_add(1);
            return;
        };
        if let (Some(dtype), Some(shape)) = (dtype, &shape) {
            self.last = dtype;
            if let Err(fault) = agree(dtype, shape, bytes) {
                self.push(&name, at, fault);
            }
        }
        // a faulty entry never leaves this reader, but its range still helps to check the others
        let (dtype, shape) = (dtype.unwrap_or(DType::U8), shape.unwrap_or_else(|| Shape::from([])));
        self.entries.push(&name, dtype, &shape, bytes, offset);
    }
}

/// The file offset and the byte length of these elements. The first elements of the file start at `start`.
pub(super) fn place(start: u64, (begin, end): (u64, u64)) -> Result<(u64, usize), Problem> {
    let Some(length) = end.checked_sub(begin) else {
        let message = format!("`data_offsets` [{begin}, {end}] end before they begin");
        return Err(Problem::new(ProblemKind::Header, message));
    };
    let beyond = || {
        let message = format!("`data_offsets` [{begin}, {end}] are beyond any file; it is damaged or truncated");
        Problem::new(ProblemKind::Truncated, message)
    };
    start.checked_add(end).ok_or_else(beyond)?;
    let offset = start.checked_add(begin).ok_or_else(beyond)?;
    Ok((offset, usize::try_from(length).map_err(|_| beyond())?))
}

/// Checks that elements of this dtype and shape have this byte length.
pub(super) fn agree(dtype: DType, shape: &Shape, bytes: usize) -> Result<(), Problem> {
    // dims of 0 are left out of the product: the order of dims must not decide whether a shape is valid
    let elements = shape.iter().filter(|&&dim| dim != 0).try_fold(1usize, |product, &dim| product.checked_mul(dim));
    let block = dtype.block();
    let whole = elements.and_then(|elements| elements.div_ceil(block.elements).checked_mul(block.bytes));
    if whole.is_none_or(|bytes| isize::try_from(bytes).is_err()) {
        let message = format!("the shape {shape} of {dtype} has more bytes than fit in memory");
        return Err(Problem::new(ProblemKind::Shape, message));
    }
    match dtype.byte_len(shape) {
        Some(expected) if expected == bytes => Ok(()),
        Some(expected) => {
            let message = format!("{dtype} {shape} has {}, but `data_offsets` give {bytes}", counted(expected, "byte"));
            Err(Problem::new(ProblemKind::Shape, message))
        }
        None => {
            let message = format!("{dtype} {shape} does not fill its last byte");
            Err(Problem::new(ProblemKind::Shape, message))
        }
    }
}

struct DTypeField {
    last: DType,
}

impl<'de> Visit<'de> for DTypeField {
    type Out = Result<DType, Problem>;

    fn wrong(self, found: &'static str) -> Self::Out {
        Err(Problem::new(ProblemKind::DType, format!("`dtype` is {found}; it must be a string such as \"F32\"")))
    }

    fn text(self, name: Cow<'de, str>) -> Self::Out {
        if self.last.name() == name {
            return Ok(self.last);
        }
        in_format(&name).ok_or_else(|| {
            let short: String = name.chars().take(40).collect();
            let upper = in_format(&short.to_ascii_uppercase());
            let hint = upper.map_or_else(String::new, |dtype| format!("; it is written `{dtype}`"));
            Problem::new(ProblemKind::DType, format!("unknown dtype `{}`{hint}", shown(&short)))
        })
    }
}

/// The dtype of this name in safetensors, which has no name for numpy's untyped bytes.
pub(super) fn in_format(name: &str) -> Option<DType> {
    name.parse().ok().filter(|dtype: &DType| !dtype.is_untyped())
}

/// A `u64`, or a description of what was found instead.
struct Unsigned;

impl<'de> Visit<'de> for Unsigned {
    type Out = Result<u64, &'static str>;

    fn wrong(self, found: &'static str) -> Self::Out {
        Err(found)
    }

    fn unsigned(self, number: u64) -> Self::Out {
        Ok(number)
    }
}

struct ShapeField<'h> {
    dims: &'h mut Vec<usize>,
    limit: usize,
}

impl<'de> Visit<'de> for ShapeField<'_> {
    type Out = Result<Shape, Problem>;

    fn wrong(self, found: &'static str) -> Self::Out {
        Err(Problem::new(ProblemKind::Shape, format!("`shape` is {found}; it must be an array of unsigned integers")))
    }

    fn array<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Out, A::Error> {
        self.dims.clear();
        let mut rank = 0usize;
        let mut fault = None;
        while let Some(dim) = array.next_element_seed(Seed(Unsigned))? {
            rank = rank.saturating_add(1);
            match dim.map(usize::try_from) {
                Ok(Ok(dim)) if rank <= self.limit => self.dims.push(dim),
                Ok(Ok(_)) => {}
                Ok(Err(_)) => fault = Some("a number beyond this machine's memory"),
                Err(found) => fault = Some(found),
            }
        }
        if rank > self.limit {
            let found = format!("the shape has {}", counted(rank, "dim"));
            return Ok(Err(Problem::limit(found, "rank", self.limit)));
        }
        Ok(match fault {
            Some(found) => {
                Err(Problem::new(ProblemKind::Shape, format!("a dim is {found}; it must be an unsigned integer")))
            }
            None => Ok(Shape::from(self.dims.as_slice())),
        })
    }
}

struct OffsetsField;

impl<'de> Visit<'de> for OffsetsField {
    type Out = Result<(u64, u64), Problem>;

    fn wrong(self, found: &'static str) -> Self::Out {
        Err(Problem::new(
            ProblemKind::Header,
            format!("`data_offsets` is {found}; it must be an array of two unsigned integers"),
        ))
    }

    fn array<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Out, A::Error> {
        let begin = array.next_element_seed(Seed(Unsigned))?;
        let end = if begin.is_some() { array.next_element_seed(Seed(Unsigned))? } else { None };
        let mut more = 0usize;
        while end.is_some() && array.next_element::<IgnoredAny>()?.is_some() {
            more = more.saturating_add(1);
        }
        let fault = match (begin, end) {
            (Some(Ok(begin)), Some(Ok(end))) if more == 0 => return Ok(Ok((begin, end))),
            (Some(Err(found)), _) | (_, Some(Err(found))) => {
                format!("`data_offsets` hold {found}; two unsigned integers are expected")
            }
            (begin, end) => {
                let count =
                    usize::from(begin.is_some()).saturating_add(usize::from(end.is_some())).saturating_add(more);
                format!("`data_offsets` hold {} instead of 2", counted(count, "number"))
            }
        };
        Ok(Err(Problem::new(ProblemKind::Header, fault)))
    }
}
