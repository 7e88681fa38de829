//! The bytes of a pickle, in order.

use crc32fast::Hasher;
use weighbridge_lock::counted;

use crate::container::room::none;
use crate::error::{Problem, ProblemKind};
use crate::limits::Limits;
use crate::reader::ReadAt;

/// How much is read at once.
const AHEAD: usize = 64 << 10;
/// The longest module or name of a global.
const LINE: usize = 1 << 10;

/// A part of a file that is read in order. Nothing is allocated before the bytes for it are known to be there.
pub(super) struct Input<'r> {
    reader: &'r dyn ReadAt,
    /// Where the part starts, where the next byte is, and where the part ends.
    start: u64,
    at: u64,
    end: u64,
    /// What was read ahead, and where the next byte is in it.
    buffer: Vec<u8>,
    next: usize,
    sum: Hasher,
    /// The most bytes that may be taken.
    most: u64,
}

impl<'r> Input<'r> {
    pub(super) fn new(reader: &'r dyn ReadAt, start: u64, end: u64, limits: &Limits) -> Input<'r> {
        let most = limits.header_byte_len;
        Input { reader, start, at: start, end, buffer: Vec::new(), next: 0, sum: Hasher::new(), most }
    }

    /// Where the next byte is in the file.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// How many bytes were taken.
    pub(super) fn taken(&self) -> u64 {
        self.at.saturating_sub(self.start)
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> u64 {
        self.end.saturating_sub(self.at)
    }

    /// The CRC-32 of the whole part. Reads what is left of it.
    pub(super) fn sum(mut self) -> Result<u32, Problem> {
        while self.left() > 0 {
            let length = usize::try_from(self.left()).unwrap_or(usize::MAX).min(AHEAD);
            self.take_any(length)?;
        }
        // each byte was summed when it was read
        Ok(self.sum.finalize())
    }

    pub(super) fn byte(&mut self) -> Result<u8, Problem> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        Ok(self.take(N)?.first_chunk().copied().unwrap_or([0; N]))
    }

    /// The next bytes.
    pub(super) fn take(&mut self, length: usize) -> Result<&[u8], Problem> {
        let length_here = u64::try_from(length).unwrap_or(u64::MAX);
        let taken = self.taken().saturating_add(length_here);
        if taken > self.most && length_here <= self.left() {
            let found = format!("the pickle has {} or more", counted(taken, "byte"));
            return Err(Problem::limit(found, "header_byte_len", self.most));
        }
        self.take_any(length)
    }

    /// The text up to the end of a line.
    pub(super) fn line(&mut self) -> Result<String, Problem> {
        let mut line = Vec::new();
        loop {
            match self.byte()? {
                b'\n' => break,
                _ if line.len() >= LINE => {
                    let message = format!("a name in the pickle has more than {LINE} bytes; the file is damaged");
                    return Err(Problem::new(ProblemKind::Header, message));
                }
                byte => line.push(byte),
            }
        }
        String::from_utf8(line)
            .map_err(|_| Problem::new(ProblemKind::Header, "a name in the pickle is not UTF-8; the file is damaged"))
    }

    fn take_any(&mut self, length: usize) -> Result<&[u8], Problem> {
        let wanted = u64::try_from(length).unwrap_or(u64::MAX);
        if wanted > self.left() {
            let left = counted(self.left(), "byte");
            let message = format!(
                "the pickle asks for {}, and {left} are left; the file is damaged, or a download did not finish",
                counted(wanted, "byte")
            );
            return Err(Problem::new(ProblemKind::Truncated, message));
        }
        let known = self.buffer.len().saturating_sub(self.next);
        if known < length {
            self.buffer.drain(..self.next);
            self.next = 0;
            let more = usize::try_from(self.left()).unwrap_or(usize::MAX).saturating_sub(known);
            let more = more.min(length.saturating_sub(known).max(AHEAD));
            let filled = known.saturating_add(more);
            if self.buffer.try_reserve_exact(more).is_err() {
                return Err(none(filled, "a part of the pickle"));
            }
            self.buffer.resize(filled, 0);
            let from = self.at.saturating_add(u64::try_from(known).unwrap_or(u64::MAX));
            let rest = self.buffer.get_mut(known..).unwrap_or_default();
            self.reader.read_exact_at(from, rest).map_err(Problem::io)?;
            self.sum.update(rest);
        }
        let end = self.next.saturating_add(length);
        let bytes = self.buffer.get(self.next..end).unwrap_or_default();
        self.at = self.at.saturating_add(wanted);
        self.next = end;
        Ok(bytes)
    }
}

/// A problem with the pickle itself.
pub(super) fn broken(message: impl Into<String>) -> Problem {
    let message = format!("{}; the file is damaged, or no program of PyTorch wrote it", message.into());
    Problem::new(ProblemKind::Header, message)
}
