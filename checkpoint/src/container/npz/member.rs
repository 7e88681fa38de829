//! Reads one member in order, unpacks it, and compares its checksum at the end.

use std::io::{self, Read};

use crc32fast::Hasher;
use flate2::{Decompress, FlushDecompress, Status};

use crate::container::archive::Window;
use crate::container::checksum::differ;
use crate::reader::ReadAt;

/// How much of a compressed member is read at a time.
const CHUNK: usize = 64 << 10;

/// A member, from first byte to last. A read that returns 0 has checked that no bytes are left over and that the
/// checksum matches.
pub(super) struct MemberReader<'r> {
    body: MemberBody<'r>,
    /// The number of bytes still to come.
    left: u64,
    sum: Hasher,
    expected: u32,
}

enum MemberBody<'r> {
    Stored(FilePart<'r>),
    Deflated(Box<Inflate<FilePart<'r>>>),
}

impl<'r> MemberReader<'r> {
    pub(super) fn stored(span: FilePart<'r>, size: u64, expected: u32) -> MemberReader<'r> {
        MemberReader { body: MemberBody::Stored(span), left: size, sum: Hasher::new(), expected }
    }

    pub(super) fn deflated(span: FilePart<'r>, size: u64, expected: u32) -> MemberReader<'r> {
        let packed = usize::try_from(span.end.saturating_sub(span.at)).unwrap_or(usize::MAX);
        let inflate = Inflate::new(span, Decompress::new(false), packed.min(CHUNK));
        MemberReader { body: MemberBody::Deflated(Box::new(inflate)), left: size, sum: Hasher::new(), expected }
    }
}

impl Read for MemberReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            let more = match &mut self.body {
                MemberBody::Stored(span) => span.read(&mut [0])?,
                MemberBody::Deflated(inflate) => inflate.finish()?,
            };
            let found = self.sum.clone().finalize();
            return match more {
                0 if found == self.expected => Ok(0),
                0 => Err(damaged(&differ(found, self.expected))),
                _ => Err(damaged("there are more than the archive lists")),
            };
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        let out = out.get_mut(..most).unwrap_or_default();
        let read = match &mut self.body {
            MemberBody::Stored(span) => span.read(out)?,
            MemberBody::Deflated(inflate) => inflate.read(out)?,
        };
        self.left = self.left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
        self.sum.update(out.get(..read).unwrap_or_default());
        Ok(read)
    }
}

fn damaged(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// A part of a file, read in order.
pub(super) struct FilePart<'r> {
    pub(super) reader: &'r dyn ReadAt,
    pub(super) at: u64,
    pub(super) end: u64,
}

impl Read for FilePart<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = rest.min(out.len());
        let out = out.get_mut(..most).unwrap_or_default();
        if out.is_empty() {
            return Ok(0);
        }
        self.reader.read_exact_at(self.at, out)?;
        self.at = self.at.saturating_add(u64::try_from(out.len()).unwrap_or(u64::MAX));
        Ok(out.len())
    }
}

/// A part of a file of which only the beginning is needed.
pub(super) struct ReadAhead<'w> {
    pub(super) window: &'w mut Window,
    pub(super) at: u64,
    pub(super) end: u64,
    /// How much is read at a time.
    pub(super) ahead: usize,
}

impl Read for ReadAhead<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = rest.min(out.len());
        let mut bytes = self.window.bytes(self.at, most.min(1), self.ahead)?;
        let read = bytes.read(out.get_mut(..most).unwrap_or_default())?;
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}

/// Unpacks a deflated stream bit by bit.
pub(super) struct Inflate<R> {
    packed: R,
    state: Decompress,
    chunk: Vec<u8>,
    /// Where the part of the chunk starts that is not unpacked yet.
    next: usize,
    end: usize,
    ended: bool,
}

impl<R: Read> Inflate<R> {
    /// `state` is new or was used for another stream. `ahead` bytes are read at a time.
    pub(super) fn new(packed: R, mut state: Decompress, ahead: usize) -> Inflate<R> {
        state.reset(false);
        Inflate { packed, state, chunk: vec![0; ahead], next: 0, end: 0, ended: false }
    }

    pub(super) fn into_state(self) -> Decompress {
        self.state
    }

    /// Checks the end: the stream must mark its end, and nothing may follow. Returns the number of excess bytes.
    fn finish(&mut self) -> io::Result<usize> {
        let more = self.read(&mut [0])?;
        if more == 0 && !self.ended {
            return Err(damaged("their deflated stream has no end"));
        }
        if more == 0 && (self.next < self.end || self.packed.read(&mut [0])? > 0) {
            return Err(damaged("there is something after the end of their deflated stream"));
        }
        Ok(more)
    }
}

impl<R: Read> Read for Inflate<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !out.is_empty() {
            if self.next == self.end {
                self.next = 0;
                self.end = self.packed.read(&mut self.chunk)?;
            }
            let chunk = self.chunk.get(self.next..self.end).unwrap_or_default();
            let (before, unpacked) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(chunk, out, FlushDecompress::None);
            let status = status.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            let used = self.state.total_in().saturating_sub(before);
            self.next = self.next.saturating_add(usize::try_from(used).unwrap_or(usize::MAX));
            self.ended = status == Status::StreamEnd;
            let unpacked = self.state.total_out().saturating_sub(unpacked);
            if unpacked > 0 || used == 0 {
                return Ok(usize::try_from(unpacked).unwrap_or(usize::MAX));
            }
        }
        Ok(0)
    }
}
