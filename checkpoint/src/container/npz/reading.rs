//! Reads elements of an open archive.

use std::io::Read;
use std::sync::Arc;

use super::elements;
use super::header::{self, Fault};
use super::layout::Layout;
use super::member::{Bytes, Span};
#[cfg(feature = "libdeflate")]
use super::whole;
use crate::container::checksum::Checksum;
use crate::container::contents::{Access, Container, Fill};
use crate::container::entries::RawEntry;
use crate::container::unpacking::Unpacking;
use crate::dtype::DType;
use crate::error::{Problem, ProblemKind};
use crate::reader::ReadAt;
use crate::storage::{Memory, Storage};

/// The most bytes of a column-major array that are held while it is read in order. Each window of this size reads the
/// member again.
const WINDOW: usize = 128 << 20;

pub(super) struct Elements {
    reader: Arc<dyn ReadAt>,
    memory: Option<Arc<Memory>>,
    layouts: Vec<Layout>,
}

impl Elements {
    pub(super) fn new(reader: Arc<dyn ReadAt>, layouts: Vec<Layout>) -> Elements {
        Elements { memory: reader.memory().map(|memory| Arc::new(Memory::Foreign(memory))), reader, layouts }
    }

    fn layout(&self, entry: RawEntry<'_>) -> Result<&Layout, Problem> {
        let layout = self.layouts.get(entry.key);
        layout.ok_or_else(|| problem(entry, (ProblemKind::Header, "not a member of this archive".to_owned())))
    }

    /// Opens a member behind its `.npy` header.
    fn member<T>(
        &self,
        entry: RawEntry<'_>,
        with: impl FnOnce(&Layout, &mut dyn Read) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let layout = self.layout(entry)?;
        let end = layout.data.saturating_add(layout.packed);
        let span = Span { reader: &*self.reader, at: layout.data, end };
        let size = u64::try_from(layout.header.saturating_add(entry.tensor_type.byte_len)).unwrap_or(u64::MAX);
        let mut member = match layout.deflated {
            true => Bytes::deflated(span, size, layout.crc),
            false => Bytes::stored(span, size, layout.crc),
        };
        let mut header = vec![0; layout.header];
        member.read_exact(&mut header).map_err(|error| problem(entry, header::damaged(&error)))?;
        if crc32fast::hash(&header) != layout.header_sum {
            let message = "the .npy header is not the one that was there when the archive was opened";
            return Err(problem(entry, (ProblemKind::Corrupt, message.to_owned())));
        }
        with(layout, &mut member)
    }

    /// Fills `out` with the bytes from `start` on of a column-major array. Reads the whole member and skips what
    /// belongs elsewhere.
    fn window(&self, entry: RawEntry<'_>, start: usize, out: &mut [u8]) -> Result<(), Problem> {
        self.member(entry, |layout, member| {
            elements::fill_fortran_part(member, &entry.tensor_type.shape, entry.tensor_type.byte_len, start, out)
                .map_err(|error| problem(entry, header::damaged(&error)))?;
            elements::swap(out, layout.swap);
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
                    window.resize(WINDOW.min(entry.tensor_type.byte_len.saturating_sub(start)), 0);
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

fn problem(entry: RawEntry<'_>, (kind, message): Fault) -> Problem {
    Problem::new(kind, message).tensor(entry.name).at(entry.offset)
}

/// How many bytes in front of a member's elements libdeflate needs to unpack it in one call.
#[cfg(feature = "libdeflate")]
fn lead(layout: &Layout) -> usize {
    whole::lead(layout)
}

#[cfg(not(feature = "libdeflate"))]
fn lead(_layout: &Layout) -> usize {
    0
}

impl Container for Elements {
    fn access(&self, entry: RawEntry<'_>) -> Access {
        match self.layouts.get(entry.key) {
            Some(layout) if layout.as_in_memory() => Access::Parts,
            Some(layout) => Access::Whole { lead: lead(layout) },
            None => Access::Whole { lead: 0 },
        }
    }

    fn checksum(&self, entry: RawEntry<'_>) -> Option<Checksum> {
        let layout = self.layouts.get(entry.key).filter(|layout| layout.as_in_memory())?;
        let length = u64::try_from(layout.header).ok()?;
        Some(Checksum::new(layout.header_sum, length, layout.crc))
    }

    fn share(&self, entry: RawEntry<'_>) -> Option<Storage> {
        let layout = self.layouts.get(entry.key).filter(|layout| layout.as_in_memory())?;
        let start = usize::try_from(layout.elements()).ok()?;
        // a BOOL is copied: values that were checked must not change afterwards
        let memory = self.memory.as_ref().filter(|_| entry.tensor_type.dtype != DType::BOOL)?;
        Storage::part(memory, start, entry.tensor_type.byte_len)
    }

    #[cfg_attr(not(feature = "libdeflate"), allow(unused_variables))]
    fn read(&self, entry: RawEntry<'_>, out: &mut [u8], unpacking: &mut Unpacking) -> Result<(), Problem> {
        let layout = self.layout(entry)?;
        let lead = out.len().saturating_sub(entry.tensor_type.byte_len);
        #[cfg(feature = "libdeflate")]
        if lead > 0 && whole::unpack(unpacking, &*self.reader, layout, out).is_some() {
            elements::swap(out.get_mut(lead..).unwrap_or_default(), layout.swap);
            return Ok(());
        }
        let out = out.get_mut(lead..).unwrap_or_default();
        if layout.fortran {
            return self.window(entry, 0, out);
        }
        self.member(entry, |layout, member| {
            elements::fill(member, out).map_err(|error| problem(entry, header::damaged(&error)))?;
            elements::swap(out, layout.swap);
            Ok(())
        })
    }

    fn read_part(&self, entry: RawEntry<'_>, start: usize, out: &mut [u8]) -> Result<(), Problem> {
        let start = u64::try_from(start).unwrap_or(u64::MAX);
        let at = self.layout(entry)?.elements().saturating_add(start);
        self.reader.read_exact_at(at, out).map_err(|error| problem(entry, header::damaged(&error)))
    }

    fn in_order(&self, entry: RawEntry<'_>, with: &mut dyn FnMut(&mut Fill<'_>)) -> Result<(), Problem> {
        if self.layout(entry)?.fortran {
            self.in_windows(entry, with);
            return Ok(());
        }
        self.member(entry, |layout, member| {
            let mut rest = entry.tensor_type.byte_len;
            with(&mut |out| {
                rest = rest.saturating_sub(out.len());
                let read = member.read_exact(out).and_then(|()| match rest {
                    0 => elements::finish(member),
                    _ => Ok(()),
                });
                read.map_err(|error| problem(entry, header::damaged(&error)))?;
                elements::swap(out, layout.swap);
                Ok(())
            });
            Ok(())
        })
    }
}
