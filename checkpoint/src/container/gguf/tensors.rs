//! The list of tensors, and where their elements are.

use std::ops::Range;
use std::str;

use super::feed::Feed;
use super::types;
use crate::container::entries::{Entries, RawEntry};
use crate::container::problems::FoundProblems;
use crate::container::room::room;
use crate::dtype::DType;
use crate::error::{Problem, ProblemKind};
use crate::reader::ReadAt;
use crate::shape::Shape;
use weighbridge_lock::{counted, shown};

/// An empty name, no dims, a type and an offset: nothing is shorter.
pub(super) const LEAST: u64 = 24;
/// The longest name that the format allows, in bytes.
const LONGEST_NAME: usize = 64;
/// The most dims that the format allows.
const RANK: usize = 4;
/// Padding is read in pieces of so many bytes.
const PIECE: usize = 64 << 10;

/// The tensors of a header, in its order. Offsets count from `start`, until they are placed.
pub(super) struct Tensors {
    entries: Entries,
    /// Where the header ends, and where the elements begin.
    header_end: u64,
    start: u64,
    alignment: u64,
    /// Where the last tensor ends, and where its padding ends, counted from `start`.
    end: u64,
    padded_end: u64,
    /// Whether all tensors have a length, and lie where they must.
    is_placed: bool,
    /// Whether the length of the last tensor is unknown, so that the next one may lie anywhere behind it.
    is_lost: bool,
}

/// One tensor as the header has it.
struct Described {
    name: Range<usize>,
    at: u64,
    dims: Vec<u64>,
    number: i32,
    offset: u64,
}

impl Tensors {
    /// Reads so many tensors. The error is one that hides where the next tensor begins.
    pub(super) fn read(
        feed: &mut Feed<'_>,
        count: usize,
        alignment: u64,
        problems: &mut FoundProblems,
    ) -> Result<Tensors, Problem> {
        let (header_end, start) = (0, 0);
        let entries = Entries::with_capacity(count);
        let mut tensors =
            Tensors { entries, header_end, start, alignment, end: 0, padded_end: 0, is_placed: true, is_lost: false };
        for _ in 0..count {
            let described = describe(feed)?;
            let name = String::from_utf8_lossy(feed.get(described.name.clone())).into_owned();
            let found = check_name(feed.get(described.name.clone()), feed.limits().name_byte_len);
            let found = found.and_then(|()| tensors.add(&described, &name, feed.limits().rank));
            if let Err(problem) = found {
                // a name that is itself too long is not repeated in full
                let short = if name.len() > 200 { name.chars().take(80).collect() } else { name };
                problems.push(problem.tensor(short).at(described.at));
                tensors.is_placed = false;
            }
            if !tensors.entries.is_whole() {
                break;
            }
        }
        tensors.header_end = feed.position();
        tensors.start = padded(tensors.header_end, alignment).unwrap_or(u64::MAX);
        tensors.duplicates(problems)?;
        Ok(tensors)
    }

    /// Adds a tensor, which must lie where the one before it ends.
    fn add(&mut self, described: &Described, name: &str, most_dims: usize) -> Result<(), Problem> {
        let is_lost = std::mem::replace(&mut self.is_lost, true);
        let dtype = types::dtype(described.number)?;
        let shape = shape(&described.dims, dtype)?;
        if shape.len() > most_dims {
            return Err(Problem::limit(format!("the shape has {}", counted(shape.len(), "dim")), "rank", most_dims));
        }
        let bytes = byte_len(dtype, &shape)?;
        let offset = described.offset;
        let expected = if is_lost { self.padded_end.max(offset) } else { self.padded_end };
        let beyond = || Problem::new(ProblemKind::Shape, "the tensors up to this one have more bytes than any file");
        let length = u64::try_from(bytes).map_err(|_| beyond())?;
        let end = expected.checked_add(length).ok_or_else(beyond)?;
        let padded_end = padded(end, self.alignment).ok_or_else(beyond)?;
        self.entries.push(name, dtype, &shape, bytes, expected);
        (self.end, self.padded_end) = (end, padded_end);
        self.is_lost = false;
        if offset == expected {
            return Ok(());
        }
        let (kind, what) = match offset < expected {
            true => (ProblemKind::Overlap, "overlaps those before it".to_owned()),
            false => {
                let bytes = counted(offset.saturating_sub(expected), "byte");
                (ProblemKind::Unaccounted, format!("leaves {bytes} that no tensor accounts for"))
            }
        };
        let alignment = self.alignment;
        // the next one is compared with where this one says that it ends
        if offset > expected
            && let Some(end) = offset.checked_add(length)
            && let Some(padded_end) = padded(end, alignment)
        {
            (self.end, self.padded_end) = (end, padded_end);
        }
        let message = format!(
            "its offset is {offset}, which {what}; the tensors before it end at {expected}, padded to {alignment} bytes: write the \
             file anew"
        );
        Err(Problem::new(kind, message))
    }

    /// Names that are there twice.
    fn duplicates(&self, problems: &mut FoundProblems) -> Result<(), Problem> {
        let entries = &self.entries;
        let name = |number: usize| entries.name(number).unwrap_or_default();
        room(entries.len().saturating_mul(size_of::<usize>()), "the list of names")?;
        let mut sorted: Vec<usize> = (0..entries.len()).collect();
        sorted.sort_unstable_by(|&one, &other| name(one).cmp(name(other)));
        for twice in sorted.windows(2) {
            if let [first, second] = *twice
                && name(first) == name(second)
            {
                let message = "two tensors have this name, and readers differ in which one they take; keep one of them";
                problems.push(Problem::new(ProblemKind::Duplicate, message).tensor(name(second)));
            }
        }
        Ok(())
    }

    /// Proves that the file ends where its last tensor does, or behind the padding of that, and that all padding is zeros.
    pub(super) fn place(&mut self, reader: &dyn ReadAt, problems: &mut FoundProblems) {
        self.entries.shift(self.start);
        if !self.is_placed || !self.entries.is_whole() {
            return;
        }
        let len = reader.len();
        let from_start = |offset: u64| self.start.saturating_add(offset);
        let (end, padded_end) = (from_start(self.end), from_start(self.padded_end));
        let is_bare = self.entries.len() == 0 && len == self.header_end;
        if is_bare {
            return;
        }
        if len < end {
            return problems.push(self.truncated(len));
        }
        if len != end && len != padded_end {
            problems.push(match len < padded_end {
                true => {
                    let message = format!(
                        "the file has {}, and its last tensor ends at {end}, or padded at {padded_end}; it is truncated: download or \
                         copy it again",
                        counted(len, "byte")
                    );
                    Problem::new(ProblemKind::Truncated, message).at(end)
                }
                false => {
                    let rest = counted(len.saturating_sub(padded_end), "byte");
                    let message = format!(
                        "no tensor accounts for {rest} after the last one; the file may hide something, so fetch it again or write \
                         it anew"
                    );
                    Problem::new(ProblemKind::Unaccounted, message).at(padded_end)
                }
            });
            return;
        }
        let mut next = self.header_end;
        for entry in self.entries.iter() {
            zeros(reader, next..entry.offset, problems);
            next = end_of(entry);
        }
        zeros(reader, next..len, problems);
    }

    /// A truncated file is one problem, however many tensors are affected.
    fn truncated(&self, len: u64) -> Problem {
        let mut cut = self.entries.iter().filter(|&entry| end_of(entry) > len);
        let Some(first) = cut.next() else {
            let message = "the file ends inside its header; it is truncated: download or copy it again";
            return Problem::new(ProblemKind::Truncated, message).at(len);
        };
        let others = match cut.count() {
            0 => String::new(),
            1 => ", as does 1 more".to_owned(),
            others => format!(", as do {others} more"),
        };
        let message = format!(
            "ends at byte {} of a file of {len}{others}; the file is truncated, or a download did not finish",
            end_of(first)
        );
        Problem::new(ProblemKind::Truncated, message).tensor(first.name).at(first.offset)
    }

    pub(super) fn header_end(&self) -> u64 {
        self.header_end
    }

    pub(super) fn into_entries(self) -> Entries {
        self.entries
    }
}

fn end_of(entry: RawEntry<'_>) -> u64 {
    entry.offset.saturating_add(u64::try_from(entry.tensor_type.byte_len).unwrap_or(u64::MAX))
}

/// The next multiple of the alignment, which is a power of two.
fn padded(end: u64, alignment: u64) -> Option<u64> {
    end.checked_next_multiple_of(alignment)
}

/// Takes the next tensor.
fn describe(feed: &mut Feed<'_>) -> Result<Described, Problem> {
    let at = feed.position();
    let name = feed.string()?;
    let rank_at = feed.position();
    let rank = usize::try_from(feed.u32()?).unwrap_or(usize::MAX);
    if rank > RANK {
        let name = String::from_utf8_lossy(feed.get(name)).chars().take(80).collect::<String>();
        let message = format!("it has {rank} dims, and the format allows {RANK}; the file is damaged: fetch it again");
        return Err(Problem::new(ProblemKind::Shape, message).tensor(name).at(rank_at));
    }
    let mut dims = Vec::with_capacity(RANK);
    for _ in 0..rank {
        dims.push(feed.u64()?);
    }
    // the fastest comes first
    dims.reverse();
    Ok(Described { name, at, dims, number: feed.i32()?, offset: feed.u64()? })
}

fn check_name(name: &[u8], limit: usize) -> Result<(), Problem> {
    let wrong = |message: String| Err(Problem::new(ProblemKind::Name, message));
    let Ok(text) = str::from_utf8(name) else {
        return wrong("its name is not UTF-8; rename it, or fetch the file again".to_owned());
    };
    if text.is_empty() {
        return wrong("a tensor has no name; name it, or fetch the file again".to_owned());
    }
    if name.len() > LONGEST_NAME {
        let bytes = name.len();
        return wrong(format!("its name has {bytes} bytes, and the format allows {LONGEST_NAME}; rename it"));
    }
    if name.len() > limit {
        return Err(Problem::limit(format!("the name has {}", counted(name.len(), "byte")), "name_byte_len", limit));
    }
    if text.contains('\0') {
        return wrong(format!("its name `{}` has a NUL in it, where readers in C cut it off; rename it", shown(text)));
    }
    Ok(())
}

/// The shape, outermost dim first.
fn shape(dims: &[u64], dtype: DType) -> Result<Shape, Problem> {
    let dim = |&dim: &u64| i64::try_from(dim).ok().and_then(|dim| usize::try_from(dim).ok());
    match dims.iter().map(dim).collect::<Option<Vec<usize>>>() {
        Some(dims) => Ok(Shape::from(dims)),
        None => {
            let message = format!("the shape {dims:?} of {dtype} has a dim that is negative, or larger than memory");
            Err(Problem::new(ProblemKind::Shape, message))
        }
    }
}

fn byte_len(dtype: DType, shape: &Shape) -> Result<usize, Problem> {
    // dims of 0 are left out of the product: the order of dims must not decide whether a shape is valid
    let elements = shape.iter().filter(|&&dim| dim != 0).try_fold(1usize, |product, &dim| product.checked_mul(dim));
    let fits =
        |bytes: &usize| isize::try_from(*bytes).is_ok() && elements.is_some_and(|all| isize::try_from(all).is_ok());
    match dtype.byte_len(shape).filter(fits) {
        Some(bytes) => Ok(bytes),
        None => {
            let (block, row) = (dtype.block().elements, shape.last().copied().unwrap_or(1));
            let message = match row.checked_rem(block) {
                Some(0) => format!("the shape {shape} of {dtype} has more bytes than fit in memory"),
                _ => format!(
                    "its rows have {row} elements, and {dtype} has blocks of {block}; the file is damaged: fetch it again"
                ),
            };
            Err(Problem::new(ProblemKind::Shape, message))
        }
    }
}

/// Padding is zeros, so that nothing is hidden in it.
fn zeros(reader: &dyn ReadAt, range: Range<u64>, problems: &mut FoundProblems) {
    let mut at = range.start;
    let mut buffer = Vec::new();
    while at < range.end {
        let rest = range.end.saturating_sub(at);
        buffer.resize(usize::try_from(rest).map_or(PIECE, |rest| rest.min(PIECE)), 0);
        if let Err(error) = reader.read_exact_at(at, &mut buffer) {
            return problems.push(Problem::io(error).at(at));
        }
        if let Some(inside) = buffer.iter().position(|&byte| byte != 0) {
            let at = at.saturating_add(u64::try_from(inside).unwrap_or(0));
            let message = "the padding between tensors has bytes other than 0; the file may hide something, so fetch it again or \
                           write it anew";
            return problems.push(Problem::new(ProblemKind::Unaccounted, message).at(at));
        }
        at = at.saturating_add(u64::try_from(buffer.len()).unwrap_or(rest));
    }
}
