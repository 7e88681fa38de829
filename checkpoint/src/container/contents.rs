//! What each format turns a file into: its entries, and a way to read their elements.

use std::collections::BTreeMap;
use std::io;

#[cfg(any(feature = "npz", feature = "torch"))]
use weighbridge_lock::shown;

use super::checksum::Checksum;
use super::entries::{Entries, RawEntry};
use super::metadata::Metadata;
use super::unpacking::Unpacking;
#[cfg(any(feature = "npz", feature = "torch"))]
use crate::error::ProblemKind;
use crate::error::{Problem, Problems};
#[cfg(any(feature = "npz", feature = "torch"))]
use crate::opening::Skip;
use crate::storage::Storage;

/// What one container holds.
pub(crate) struct Contents {
    pub(crate) entries: Entries,
    /// What the writer said about the whole file, such as `format: pt`. Safetensors and GGUF have metadata.
    pub(crate) metadata: BTreeMap<String, String>,
    /// The same with its types, which only GGUF has.
    pub(crate) typed: Metadata,
    pub(crate) reader: Box<dyn Container>,
    pub(crate) skipped: Skipped,
}

impl Contents {
    /// Of a file that says nothing besides its entries.
    pub(crate) fn new(entries: Entries, reader: impl Container + 'static) -> Contents {
        Contents {
            entries,
            metadata: BTreeMap::new(),
            typed: Metadata::default(),
            reader: Box::new(reader),
            skipped: Skipped::default(),
        }
    }
}

/// Members of an archive that are no arrays, and were left out.
#[derive(Clone, Default)]
pub(crate) struct Skipped {
    pub(crate) members: Problems,
    /// Whether a load is to refuse those that no pattern fits.
    pub(crate) is_undecided: bool,
}

#[cfg(any(feature = "npz", feature = "torch"))]
impl Skipped {
    /// None so far.
    pub(super) fn new(skip: &Skip) -> Skipped {
        Skipped { is_undecided: matches!(skip, Skip::Undecided), ..Skipped::default() }
    }

    /// Leaves out what has this name. Returns the problem if that is not what the caller allows, with what to do, or if
    /// it says more than that this is no array.
    pub(super) fn leave_out(&mut self, skip: &Skip, name: &str, mut problem: Problem) -> Result<(), Problem> {
        if !matches!(problem.kind, ProblemKind::DType | ProblemKind::Format) {
            return Err(problem);
        }
        if skip.leaves_out(name) {
            self.members.push(problem.tensor(name));
            return Ok(());
        }
        let (name, or) = (shown(name), if problem.message.contains("; ") { ", or" } else { ";" });
        problem.message.push_str(&format!(
            "{or} leave it out: ignore the name `{name}`, with `Loader::ignore` or `--ignore` of the command"
        ));
        Err(problem)
    }
}

/// How the elements of an entry can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Any part on its own, and several at once: [`Container::read_part`].
    Parts,
    /// Only all of them, because the bytes before them must be unpacked first. [`Container::read`] needs a buffer with
    /// `lead` more bytes in front of the elements, as scratch space. `lead` keeps the elements aligned if the buffer
    /// is.
    Whole { lead: usize },
}

/// The elements of a container's entries.
pub(crate) trait Container: Send + Sync {
    fn access(&self, entry: RawEntry<'_>) -> Access;

    /// Only for an entry with [`Access::Parts`].
    fn checksum(&self, _entry: RawEntry<'_>) -> Option<Checksum> {
        None
    }

    /// Returns the elements in place, aligned or not, if they are already in memory. A tensor can share them. Their
    /// checksum has not been compared yet.
    fn share(&self, _entry: RawEntry<'_>) -> Option<Storage> {
        None
    }

    /// Fills the end of `out` with all elements, in C order and little endian, and compares the checksum. `out` is as
    /// long as the entry plus the `lead` of [`Access::Whole`].
    fn read(&self, entry: RawEntry<'_>, _out: &mut [u8], _unpacking: &mut Unpacking) -> Result<(), Problem> {
        unreachable!("`{}` can be read in parts", entry.name)
    }

    /// Fills `out` with the entry's bytes from `start` on. If `out` is longer, the bytes behind the entry in the file
    /// follow: that reads adjacent entries without a checksum in one go. Only for an entry with [`Access::Parts`].
    fn read_part(&self, entry: RawEntry<'_>, _start: usize, _out: &mut [u8]) -> Result<(), Problem> {
        unreachable!("`{}` can be read as a whole only", entry.name)
    }

    /// Checks that the file is still the one that was opened, once entries were read.
    fn unchanged(&self) -> io::Result<()> {
        Ok(())
    }

    /// Reads an entry from first byte to last without holding all of it: `with` gets a function that fills a buffer
    /// with the next bytes. A buffer must end between two numbers. The call that fills the last byte has compared the
    /// checksum. Of an entry without bytes, none are requested.
    fn in_order(&self, entry: RawEntry<'_>, with: &mut dyn FnMut(&mut Fill<'_>)) -> Result<(), Problem> {
        let mut start = 0usize;
        with(&mut |out| {
            self.read_part(entry, start, out)?;
            start = start.saturating_add(out.len());
            Ok(())
        });
        Ok(())
    }
}

/// Fills a buffer with the next bytes of an entry.
pub(crate) type Fill<'f> = dyn FnMut(&mut [u8]) -> Result<(), Problem> + 'f;
