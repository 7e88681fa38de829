//! Reads the elements of tensors out of their storages.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::container::checksum::Checksum;
use crate::container::contents::{Access, Container, Fill};
use crate::container::entries::RawEntry;
use crate::container::room::none;
use crate::container::unpacking::Unpacking;
use crate::dtype::DType;
use crate::error::{Problem, ProblemKind};
use crate::reader::ReadAt;
use crate::storage::{Memory, Storage};
use crate::strided::Strided;

/// How many bytes are read at once for a checksum, and of elements that change places.
const PART: usize = 1 << 18;
const MOVED: usize = 4 << 20;
/// The most bytes of a view that are held while it is read in order.
const WINDOW: usize = 128 << 20;

/// Where a storage is in the file.
pub(super) struct Stored {
    pub(super) start: u64,
    pub(super) len: u64,
    /// The CRC-32 of its bytes, if the file has one, and whether they were compared with it.
    pub(super) sum: Option<(u32, Mutex<bool>)>,
}

/// Where a tensor is in its storage.
pub(super) struct View {
    pub(super) storage: usize,
    /// Where its first element is, in bytes.
    pub(super) start: u64,
    /// From the storage into the order of the shape, in elements; `None` if the storage has them in that order.
    pub(super) strided: Option<Box<Strided>>,
}

pub(super) struct TorchElements {
    reader: Arc<dyn ReadAt>,
    memory: Option<Arc<Memory>>,
    storages: Vec<Stored>,
    views: Vec<View>,
}

impl TorchElements {
    pub(super) fn new(reader: Arc<dyn ReadAt>, storages: Vec<Stored>, views: Vec<View>) -> TorchElements {
        let memory = reader.memory().map(|memory| Arc::new(Memory::Foreign(memory)));
        TorchElements { reader, memory, storages, views }
    }

    fn of(&self, entry: RawEntry<'_>) -> Option<(&View, &Stored)> {
        let view = self.views.get(entry.key)?;
        Some((view, self.storages.get(view.storage)?))
    }

    fn known(&self, entry: RawEntry<'_>) -> Result<(&View, &Stored), Problem> {
        self.of(entry).ok_or_else(|| Problem::new(ProblemKind::Header, "not a tensor of this file"))
    }

    /// Where the first element is in the file.
    fn start(view: &View, stored: &Stored) -> u64 {
        stored.start.saturating_add(view.start)
    }

    fn read_at(&self, at: u64, out: &mut [u8]) -> Result<(), Problem> {
        self.reader.read_exact_at(at, out).map_err(Problem::io)
    }

    /// Compares the bytes of a whole storage with their checksum, once: of a part of them it says nothing.
    fn compare(&self, stored: &Stored) -> Result<(), Problem> {
        let Some((expected, is_compared)) = &stored.sum else { return Ok(()) };
        let mut is_compared = is_compared.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_compared {
            return Ok(());
        }
        let checksum = Checksum::new(0, 0, *expected);
        let mut sum = checksum.begin();
        let most = usize::try_from(stored.len).unwrap_or(usize::MAX).min(PART);
        let (mut buffer, mut at) = (vec![0; most], 0u64);
        while at < stored.len {
            let left = usize::try_from(stored.len.saturating_sub(at)).unwrap_or(usize::MAX);
            buffer.truncate(left.min(PART));
            self.read_at(stored.start.saturating_add(at), &mut buffer)?;
            sum.update(&buffer);
            at = at.saturating_add(u64::try_from(buffer.len()).unwrap_or(u64::MAX));
        }
        checksum.compare([&sum])?;
        *is_compared = true;
        Ok(())
    }

    /// Fills `out` with the elements that a copy takes from a view, each at its place. `width` is that of an element.
    fn fill(
        &self,
        view: &View,
        stored: &Stored,
        strided: &Strided,
        width: usize,
        out: &mut [u8],
    ) -> Result<(), Problem> {
        let unfit = || Problem::new(ProblemKind::Shape, "its elements do not fill its shape");
        let start = TorchElements::start(view, stored);
        let mut buffer = Vec::new();
        for piece in strided.pieces(MOVED.checked_div(width).unwrap_or(1)) {
            let span = piece.span();
            buffer.resize(span.len().saturating_mul(width), 0);
            let at = u64::try_from(span.start.saturating_mul(width)).unwrap_or(u64::MAX);
            self.read_at(start.saturating_add(at), &mut buffer)?;
            if !piece.copy(width, &buffer, span.start, out) {
                return Err(unfit());
            }
        }
        Ok(())
    }

    /// Delivers a view in the order of its shape, one window at a time.
    fn in_windows(
        &self,
        entry: RawEntry<'_>,
        view: &View,
        stored: &Stored,
        strided: &Strided,
        with: &mut dyn FnMut(&mut Fill<'_>),
    ) {
        let elements = strided.element_count();
        let width = entry.tensor_type.byte_len.checked_div(elements).unwrap_or(1).max(1);
        let mut windows = windows(strided, WINDOW.checked_div(width).unwrap_or(1));
        let (mut window, mut next) = (Vec::<u8>::new(), 0usize);
        with(&mut |mut out| {
            while !out.is_empty() {
                if next == window.len() {
                    let Some(part) = windows.next() else {
                        return Err(Problem::new(ProblemKind::Shape, "its elements do not fill its shape"));
                    };
                    let length = part.element_count().saturating_mul(width);
                    if window.try_reserve_exact(length.saturating_sub(window.len())).is_err() {
                        return Err(none(length, "a part of it"));
                    }
                    window.resize(length, 0);
                    self.fill(view, stored, &part, width, &mut window)?;
                    next = 0;
                }
                let rest = window.get(next..).unwrap_or_default();
                let count = rest.len().min(out.len());
                let Some((from, (to, later))) = rest.get(..count).zip(out.split_at_mut_checked(count)) else { break };
                to.copy_from_slice(from);
                next = next.saturating_add(count);
                out = later;
            }
            Ok(())
        });
    }
}

/// A copy in parts of at most `most` elements, but at least one, that follow one another in the target. Each writes into
/// a target of its own.
fn windows(strided: &Strided, most: usize) -> impl Iterator<Item = Strided> + use<> {
    // the parts of the inverse follow one another in its source, which is the target
    strided.inverse().pieces(most).map(|piece| {
        let part = piece.inverse();
        let start = part.target_span().start;
        part.shifted(start)
    })
}

impl Container for TorchElements {
    fn access(&self, entry: RawEntry<'_>) -> Access {
        match self.of(entry) {
            Some((View { strided: None, .. }, _)) => Access::Parts,
            _ => Access::Whole { lead: 0 },
        }
    }

    fn checksum(&self, entry: RawEntry<'_>) -> Option<Checksum> {
        let (view, stored) = self.of(entry)?;
        let (expected, _) = stored.sum.as_ref()?;
        is_all(entry, view, stored).then(|| Checksum::new(0, 0, *expected))
    }

    fn share(&self, entry: RawEntry<'_>) -> Option<Storage> {
        let (view, stored) = self.of(entry).filter(|(view, _)| view.strided.is_none())?;
        // a BOOL is copied: values that were checked must not change afterwards
        let memory = self.memory.as_ref().filter(|_| entry.tensor_type.dtype != DType::BOOL)?;
        // the checksum of a part is that of its storage; if that is wrong, a read says so
        if !is_all(entry, view, stored) {
            self.compare(stored).ok()?;
        }
        let start = usize::try_from(TorchElements::start(view, stored)).ok()?;
        Storage::part(memory, start, entry.tensor_type.byte_len)
    }

    fn read(&self, entry: RawEntry<'_>, out: &mut [u8], _unpacking: &mut Unpacking) -> Result<(), Problem> {
        let (view, stored) = self.known(entry)?;
        self.compare(stored)?;
        match &view.strided {
            None => self.read_at(TorchElements::start(view, stored), out),
            Some(strided) => {
                let width = entry.tensor_type.byte_len.checked_div(strided.element_count()).unwrap_or(1);
                self.fill(view, stored, strided, width, out)
            }
        }
    }

    fn read_part(&self, entry: RawEntry<'_>, start: usize, out: &mut [u8]) -> Result<(), Problem> {
        let (view, stored) = self.known(entry)?;
        if !is_all(entry, view, stored) {
            self.compare(stored)?;
        }
        let start = u64::try_from(start).unwrap_or(u64::MAX);
        self.read_at(TorchElements::start(view, stored).saturating_add(start), out)
    }

    fn unchanged(&self) -> io::Result<()> {
        self.reader.unchanged()
    }

    fn in_order(&self, entry: RawEntry<'_>, with: &mut dyn FnMut(&mut Fill<'_>)) -> Result<(), Problem> {
        let (view, stored) = self.known(entry)?;
        let checksum = self.checksum(entry);
        if checksum.is_none() {
            self.compare(stored)?;
        }
        if let Some(strided) = &view.strided {
            self.in_windows(entry, view, stored, strided, with);
            return Ok(());
        }
        let (mut sum, mut done) = (checksum.as_ref().map(Checksum::begin), 0usize);
        with(&mut |out| {
            self.read_part(entry, done, out)?;
            done = done.saturating_add(out.len());
            if let (Some(checksum), Some(sum)) = (&checksum, &mut sum) {
                sum.update(out);
                if done >= entry.tensor_type.byte_len {
                    checksum.compare([&*sum])?;
                }
            }
            Ok(())
        });
        Ok(())
    }
}

/// Whether a tensor is all of its storage, in its order.
fn is_all(entry: RawEntry<'_>, view: &View, stored: &Stored) -> bool {
    let length = u64::try_from(entry.tensor_type.byte_len).ok();
    view.strided.is_none() && view.start == 0 && length == Some(stored.len)
}
