//! The bytes of a header, in order. How long it is shows only at its end, so that it is read piece by piece.

use std::ops::Range;

use crate::container::metadata::Text;
use crate::container::room::none;
use crate::error::{Problem, ProblemKind};
use crate::limits::Limits;
use crate::reader::ReadAt;
use weighbridge_lock::counted;

/// How much is read first. Most headers without a vocabulary are shorter.
const FIRST: usize = 64 << 10;

/// A header as far as it was read.
pub(super) struct Feed<'r> {
    reader: &'r dyn ReadAt,
    text: Text,
    at: usize,
    limits: &'r Limits,
}

impl<'r> Feed<'r> {
    pub(super) fn new(reader: &'r dyn ReadAt, limits: &'r Limits) -> Feed<'r> {
        let text = reader.memory().map_or_else(Text::default, Text::Shared);
        Feed { reader, text, at: 0, limits }
    }

    /// The byte of the file that is next.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn limits(&self) -> &'r Limits {
        self.limits
    }

    pub(super) fn position(&self) -> u64 {
        u64::try_from(self.at).unwrap_or(u64::MAX)
    }

    /// How many bytes of the file are left.
    fn left(&self) -> u64 {
        self.reader.len().saturating_sub(self.position())
    }

    /// A number of things that take at least `least` bytes each, if the file can have them.
    pub(super) fn count(&mut self, least: u64, what: &str, noun: &str) -> Result<usize, Problem> {
        let at = self.position();
        let count = self.u64()?;
        self.fits(count, least, what, noun).map_err(|problem| problem.at(at))
    }

    /// Whether the rest of the file has room for so many things, before anything is allocated for them.
    pub(super) fn fits(&self, count: u64, least: u64, what: &str, noun: &str) -> Result<usize, Problem> {
        let fits = count.checked_mul(least).is_some_and(|bytes| bytes <= self.left());
        match usize::try_from(count) {
            Ok(count) if fits => Ok(count),
            _ => {
                let (found, left) = (counted(count, noun), counted(self.left(), "byte"));
                let message = format!(
                    "{what} claims {found}, and the rest of the file has {left}; it is damaged or truncated: download or \
                     copy it again"
                );
                Err(Problem::new(ProblemKind::Truncated, message))
            }
        }
    }

    /// Takes the next bytes, and tells where they are.
    pub(super) fn take(&mut self, count: usize) -> Result<Range<usize>, Problem> {
        let start = self.at;
        let end = start.checked_add(count).filter(|&end| u64::try_from(end).is_ok_and(|end| end <= self.reader.len()));
        let Some(end) = end else {
            let message = "the file ends inside its header; it is truncated: download or copy it again";
            return Err(Problem::new(ProblemKind::Truncated, message).at(self.reader.len()));
        };
        let limit = self.limits.header_byte_len;
        if u64::try_from(end).unwrap_or(u64::MAX) > limit {
            let found = format!("the header has at least {}", counted(end, "byte"));
            return Err(Problem::limit(found, "header_byte_len", limit).at(0));
        }
        if let Text::Own(own) = &mut self.text {
            read_to(own, end, self.reader)?;
        }
        self.at = end;
        Ok(start..end)
    }

    pub(super) fn get(&self, range: Range<usize>) -> &[u8] {
        self.text.get(range)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        let range = self.take(N)?;
        Ok(self.get(range).first_chunk().copied().unwrap_or([0; N]))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Problem> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, Problem> {
        self.array().map(i32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Problem> {
        self.array().map(u64::from_le_bytes)
    }

    /// A string: its length, then its bytes. They may not be UTF-8.
    pub(super) fn string(&mut self) -> Result<Range<usize>, Problem> {
        let length = self.count(1, "a string", "byte")?;
        self.take(length)
    }

    /// What was read, up to this byte.
    pub(super) fn into_text(self, end: usize) -> Text {
        match self.text {
            Text::Own(mut own) => {
                own.truncate(end);
                own.shrink_to_fit();
                Text::Own(own)
            }
            shared => shared,
        }
    }
}

/// Reads more of the file, at least up to this byte, which it has.
fn read_to(own: &mut Vec<u8>, end: usize, reader: &dyn ReadAt) -> Result<(), Problem> {
    let start = own.len();
    if end <= start {
        return Ok(());
    }
    let most = usize::try_from(reader.len()).unwrap_or(usize::MAX);
    let next = end.max(start.saturating_mul(2)).max(FIRST).min(most);
    if own.try_reserve_exact(next.saturating_sub(start)).is_err() {
        return Err(none(next, "the header"));
    }
    own.resize(next, 0);
    let at = u64::try_from(start).unwrap_or(u64::MAX);
    let filled = own.get_mut(start..).map_or(Ok(()), |more| reader.read_exact_at(at, more));
    filled.map_err(|error| Problem::io(error).at(at))
}
