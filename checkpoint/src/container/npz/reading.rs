//! Reads elements of an open archive.

use std::io::{self, Read};
use std::sync::Arc;

use super::elements;
use super::header::damaged;
use super::member::{FilePart, MemberReader};
use super::stored::StoredArray;
#[cfg(feature = "libdeflate")]
use super::whole;
use crate::container::checksum::Checksum;
use crate::container::contents::{Access, Container, Fill};
use crate::container::entries::RawEntry;
use crate::container::room::none;
use crate::container::unpacking::Unpacking;
use crate::dtype::DType;
use crate::error::{Problem, ProblemKind};
use crate::reader::ReadAt;
use crate::storage::{Memory, Storage};

/// The most bytes of a column-major array that are held while it is read in order. Each window of this size reads the
/// member again.
const WINDOW: usize = 128 << 20;

pub(super) struct NpzElements {
    reader: Arc<dyn ReadAt>,
    memory: Option<Arc<Memory>>,
    arrays: Vec<StoredArray>,
}

impl NpzElements {
    pub(super) fn new(reader: Arc<dyn ReadAt>, arrays: Vec<StoredArray>) -> NpzElements {
        NpzElements { memory: reader.memory().map(|memory| Arc::new(Memory::Foreign(memory))), reader, arrays }
    }

    fn array(&self, entry: RawEntry<'_>) -> Result<&StoredArray, Problem> {
        let array = self.arrays.get(entry.key);
        array.ok_or_else(|| located(entry, Problem::new(ProblemKind::Header, "not a member of this archive")))
    }

    /// Opens a member behind its `.npy` header.
    fn member<T>(
        &self,
        entry: RawEntry<'_>,
        with: impl FnOnce(&StoredArray, &mut dyn Read) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let array = self.array(entry)?;
        let end = array.data.saturating_add(array.packed);
        let span = FilePart { reader: &*self.reader, at: array.data, end };
        let size = u64::try_from(array.header.saturating_add(entry.tensor_type.byte_len)).unwrap_or(u64::MAX);
        let mut member = match array.deflated {
            true => MemberReader::deflated(span, size, array.crc),
            false => MemberReader::stored(span, size, array.crc),
        };
        let mut header = vec![0; array.header];
        member.read_exact(&mut header).map_err(|error| located(entry, damaged(error)))?;
        if crc32fast::hash(&header) != array.header_sum {
            let message = "the .npy header is not the one that was there when the archive was opened";
            return Err(located(entry, Problem::new(ProblemKind::Corrupt, message)));
        }
        with(array, &mut member)
    }

    /// Fills `out` with the bytes from `start` on of a column-major array. Reads the whole member and skips what
    /// belongs elsewhere.
    fn window(&self, entry: RawEntry<'_>, start: usize, out: &mut [u8]) -> Result<(), Problem> {
        self.member(entry, |array, member| {
            elements::fill_fortran_part(member, &entry.tensor_type.shape, entry.tensor_type.byte_len, start, out)
                .map_err(|error| located(entry, damaged(error)))?;
            elements::swap(out, array.swap);
            Ok(())
        })
    }

    /// Delivers a column-major array in row-major order, one window at a time.
    fn in_windows(&self, entry: RawEntry<'_>, with: &mut dyn FnMut(&mut Fill<'_>)) {
        let mut window: Vec<u8> = Vec::new();
        let (mut next, mut start) = (0usize, 0usize);
        with(&mut |mut out| {
            while !out.is_empty() {
                if next == window.len() {
                    let length = WINDOW.min(entry.tensor_type.byte_len.saturating_sub(start));
                    if window.try_reserve_exact(length.saturating_sub(window.len())).is_err() {
                        return Err(located(entry, none(length, "a part of it")));
                    }
                    window.resize(length, 0);
                    self.window(entry, start, &mut window)?;
                    start = start.saturating_add(window.len());
                    next = 0;
                }
                let rest = window.get(next..).unwrap_or_default();
                let count = rest.len().min(out.len());
                let Some((from, (to, later))) = rest.get(..count).zip(out.split_at_mut_checked(count)) else { break };
                if count == 0 {
                    break;
                }
                to.copy_from_slice(from);
                next = next.saturating_add(count);
                out = later;
            }
            Ok(())
        });
    }
}

/// A problem with this member.
fn located(entry: RawEntry<'_>, problem: Problem) -> Problem {
    problem.tensor(entry.name).at(entry.offset)
}

/// How many bytes in front of a member's elements libdeflate needs to unpack it in one call.
#[cfg(feature = "libdeflate")]
fn lead(array: &StoredArray) -> usize {
    whole::lead(array)
}

#[cfg(not(feature = "libdeflate"))]
fn lead(_array: &StoredArray) -> usize {
    0
}

impl Container for NpzElements {
    fn access(&self, entry: RawEntry<'_>) -> Access {
        match self.arrays.get(entry.key) {
            Some(array) if array.as_in_memory() => Access::Parts,
            Some(array) => Access::Whole { lead: lead(array) },
            None => Access::Whole { lead: 0 },
        }
    }

    fn checksum(&self, entry: RawEntry<'_>) -> Option<Checksum> {
        let array = self.arrays.get(entry.key).filter(|array| array.as_in_memory())?;
        let length = u64::try_from(array.header).ok()?;
        Some(Checksum::new(array.header_sum, length, array.crc))
    }

    fn share(&self, entry: RawEntry<'_>) -> Option<Storage> {
        let array = self.arrays.get(entry.key).filter(|array| array.as_in_memory())?;
        let start = usize::try_from(array.elements()).ok()?;
        // a BOOL is copied: values that were checked must not change afterwards
        let memory = self.memory.as_ref().filter(|_| entry.tensor_type.dtype != DType::BOOL)?;
        Storage::part(memory, start, entry.tensor_type.byte_len)
    }

    #[cfg_attr(not(feature = "libdeflate"), allow(unused_variables))]
    fn read(&self, entry: RawEntry<'_>, out: &mut [u8], unpacking: &mut Unpacking) -> Result<(), Problem> {
        let array = self.array(entry)?;
        let lead = out.len().saturating_sub(entry.tensor_type.byte_len);
        #[cfg(feature = "libdeflate")]
        if lead > 0 && whole::unpack(unpacking, &*self.reader, array, out).is_some() {
            elements::swap(out.get_mut(lead..).unwrap_or_default(), array.swap);
            return Ok(());
        }
        let out = out.get_mut(lead..).unwrap_or_default();
        if array.fortran {
            return self.window(entry, 0, out);
        }
        self.member(entry, |array, member| {
            elements::fill(member, out).map_err(|error| located(entry, damaged(error)))?;
            elements::swap(out, array.swap);
            Ok(())
        })
    }

    fn unchanged(&self) -> io::Result<()> {
        self.reader.unchanged()
    }

    fn read_part(&self, entry: RawEntry<'_>, start: usize, out: &mut [u8]) -> Result<(), Problem> {
        let start = u64::try_from(start).unwrap_or(u64::MAX);
        let at = self.array(entry)?.elements().saturating_add(start);
        self.reader.read_exact_at(at, out).map_err(|error| located(entry, damaged(error)))
    }

    fn in_order(&self, entry: RawEntry<'_>, with: &mut dyn FnMut(&mut Fill<'_>)) -> Result<(), Problem> {
        if self.array(entry)?.fortran {
            self.in_windows(entry, with);
            return Ok(());
        }
        self.member(entry, |array, member| {
            let mut rest = entry.tensor_type.byte_len;
            with(&mut |out| {
                rest = rest.saturating_sub(out.len());
                let read = member.read_exact(out).and_then(|()| match rest {
                    0 => elements::finish(member),
                    _ => Ok(()),
                });
                read.map_err(|error| located(entry, damaged(error)))?;
                elements::swap(out, array.swap);
                Ok(())
            });
            Ok(())
        })
    }
}
