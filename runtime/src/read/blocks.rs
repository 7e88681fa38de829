//! Memory for the tensors of a plan, and the jobs that fill it.
//!
//! A block is memory that is filled from one place: a large tensor, many small ones that lie one after another in the
//! file, or a tensor that is put together. Each job has a part of a block that no other job has.

use std::ops::Range;

use super::jobs::{Job, Part};
use super::sum::Sum;
use super::tensors::Tensors;
use super::{check_values, out_of_memory};
use crate::checkpoint::{Checkpoint, Entry};
use crate::container::{Access, Checksum};
use crate::dtype::DType;
use crate::error::LoadError;
use crate::plan::{Composed, Piece, Take};
use crate::storage::{Memory, Storage, Words};
use crate::strided::Strided;

/// Tensors of at most this many bytes in the file share memory with their neighbours: an allocation and a read for
/// each would cost more than their bytes.
const SMALL: usize = 64 << 10;
/// The most bytes of a file whose tensors share memory. It is given back when the last of them is dropped.
const SHARED: usize = 1 << 20;
/// The part of a large tensor, in bytes of the file, that a thread reads at a time.
const PART: usize = 8 << 20;
/// The most patches that one tensor is cut into.
const PATCHES: usize = 1 << 16;

/// Where the elements of the tensors are to be.
pub(super) struct Blocks<'b, 't> {
    asked: Asked<'b>,
    tensors: &'b mut Tensors<'t>,
    blocks: Vec<Block<'b>>,
    /// Of each block.
    memory: Vec<Words>,
    /// What is used where it lies.
    there: Vec<There<'b>>,
}

/// Tensors that are asked for, by their numbers.
#[derive(Clone, Copy)]
pub(super) struct Asked<'b> {
    checkpoint: &'b Checkpoint,
    takes: &'b [Option<Take>],
    numbers: &'b [usize],
}

/// An entry that is used where it lies.
struct There<'c> {
    entry: Entry<'c>,
    /// The checksum that is to be looked at.
    sum: Option<(Storage, Checksum)>,
    /// How many blocks were begun before it.
    blocks: usize,
}

/// Memory that is filled from one place.
pub(super) struct Block<'c> {
    pub(super) work: Work<'c>,
    pub(super) to: DType,
    /// The bytes that are filled.
    bytes: usize,
    /// Whether a vector takes the memory over.
    vector: bool,
}

pub(super) enum Work<'c> {
    Run(Run<'c>),
    /// An entry that can only be read as a whole; its elements are the last bytes.
    Whole(Entry<'c>),
    /// A tensor that is put together, and the stretches of its memory, one behind the other.
    Composed(&'c Composed, Vec<Stretch<'c>>),
}

/// A part of a tensor that is put together, for one thread.
pub(super) struct Stretch<'c> {
    pub(super) patches: Vec<Patch<'c>>,
    bytes: usize,
}

/// What one entry gives to a stretch.
pub(super) struct Patch<'c> {
    pub(super) entry: Entry<'c>,
    pub(super) strided: Strided,
}

/// Bytes of one dtype that lie one after another in a file: those of a tensor of any size, or of several small ones.
pub(super) struct Run<'c> {
    pub(super) first: Entry<'c>,
    asked: Asked<'c>,
    /// Which of the tensors that are asked for.
    range: Range<usize>,
    /// How many bytes of the file.
    pub(super) bytes: usize,
    pub(super) sum: Option<Sum>,
}

impl<'b> Asked<'b> {
    /// The entry that is all of a tensor, the dtype that it gets, and whether it becomes a vector; or how it is put together.
    fn whole(&self, number: usize) -> Result<(Entry<'b>, DType, bool), &'b Composed> {
        match &self.takes[number] {
            Some(Take::Whole { entry, dtype, vector }) => Ok((self.checkpoint.entry(*entry), *dtype, *vector)),
            Some(Take::Composed(composed)) => match all_of(self.checkpoint, composed) {
                Some(entry) => Ok((entry, composed.dtype, composed.vector)),
                None => Err(composed),
            },
            Some(Take::Same(_)) | None => unreachable!("what has no elements of its own is not fetched"),
        }
    }
}

impl<'b, 't: 'b> Blocks<'b, 't> {
    /// Makes the memory for the tensors of these numbers, which have elements of their own; nothing is read.
    pub(super) fn of(tensors: &'b mut Tensors<'t>, numbers: &'b [usize]) -> Result<Blocks<'b, 't>, LoadError> {
        let (checkpoint, takes) = tensors.begin();
        let asked = Asked { checkpoint, takes, numbers };
        let mut blocks = Blocks { asked, tensors, blocks: Vec::new(), memory: Vec::new(), there: Vec::new() };
        for (at, &number) in numbers.iter().enumerate() {
            match asked.whole(number) {
                Ok(whole) => blocks.entry(at, whole)?,
                Err(composed) => blocks.composed(number, composed),
            }
        }
        let memory = blocks.blocks.iter().map(|block| block.allocate(checkpoint));
        blocks.memory = memory.collect::<Result<_, _>>()?;
        blocks.cut();
        Ok(blocks)
    }

    /// Cuts large tensors that are put together, so that threads share them.
    fn cut(&mut self) {
        let checkpoint = self.asked.checkpoint;
        for block in self.blocks.iter_mut().filter(|block| block.bytes > PART) {
            if let Work::Composed(composed, stretches) = &mut block.work
                && let Some(cut) = apart(checkpoint, composed).or_else(|| by_rows(checkpoint, composed, block.bytes))
            {
                *stretches = cut;
            }
        }
    }

    /// An entry that is all of a tensor, the one that is asked for at `at`.
    fn entry(&mut self, at: usize, (entry, to, vector): (Entry<'b>, DType, bool)) -> Result<(), LoadError> {
        let number = self.asked.numbers[at];
        let (container, raw) = entry.container();
        let is_cast = !raw.kind.dtype.reads_as(to);
        // a vector cannot take a part of somebody's memory over, and is filled here, by all threads
        let fits = |storage: &Storage| storage.is_aligned(to.alignment()) && !(vector && storage.is_foreign());
        let there = container.share(raw).filter(|storage| !is_cast && fits(storage));
        if let Some(storage) = there {
            check_values(to, storage.as_bytes(), 0).map_err(|problem| entry.refuse(problem))?;
            let sum = container.checksum(raw).map(|checksum| (storage.clone(), checksum));
            self.tensors.put_there(number, storage);
            self.there.push(There { entry, sum, blocks: self.blocks.len() });
            return Ok(());
        }
        let elements = raw.kind.shape.elements().unwrap_or(0);
        let bytes = if is_cast { to.size_of(elements).unwrap_or(usize::MAX) } else { raw.kind.bytes };
        match container.access(raw) {
            Access::Whole { lead } => {
                let lead = if is_cast { 0 } else { lead };
                let filled = lead.saturating_add(bytes);
                self.push(Block { work: Work::Whole(entry), to, bytes: filled, vector });
                self.tensors.put(number, lead);
            }
            Access::Parts => {
                let sum = container.checksum(raw).map(|checksum| Sum::new(checksum, parts(raw.kind.bytes)));
                let start = self.goes_on(at, &entry, to, bytes, vector || sum.is_some()).unwrap_or_else(|| {
                    let run = Run { first: entry, asked: self.asked, range: at..at + 1, bytes: raw.kind.bytes, sum };
                    self.push(Block { work: Work::Run(run), to, bytes, vector });
                    0
                });
                self.tensors.put(number, start);
            }
        }
        Ok(())
    }

    /// Adds an entry to the run before it, where that goes on with it. Gives the place of its elements.
    fn goes_on(&mut self, at: usize, entry: &Entry<'b>, to: DType, bytes: usize, is_alone: bool) -> Option<usize> {
        let block = self.blocks.last_mut()?;
        let Work::Run(run) = &mut block.work else { return None };
        // What becomes a vector has memory of its own. An empty tensor may be used where it lies between two of a run, which
        // ends there: a tensor is put on the last shelf.
        if is_alone || block.vector || block.to != to || run.range.end != at || !run.goes_on_with(entry) {
            return None;
        }
        run.bytes += entry.bytes();
        run.range.end += 1;
        let start = block.bytes;
        block.bytes += bytes;
        Some(start)
    }

    fn composed(&mut self, number: usize, composed: &'b Composed) {
        let elements = composed.shape.elements().unwrap_or(0);
        let bytes = composed.dtype.size_of(elements).unwrap_or(usize::MAX);
        // it is cut when there is memory for it, which bounds the number of its parts
        let stretch = Stretch { patches: patches(self.asked.checkpoint, composed), bytes };
        let work = Work::Composed(composed, vec![stretch]);
        self.push(Block { work, to: composed.dtype, bytes, vector: composed.vector });
        self.tensors.put(number, 0);
    }

    fn push(&mut self, block: Block<'b>) {
        self.blocks.push(block);
        self.tensors.shelf(None);
    }

    /// What is to be done, in the order in which it was asked for.
    pub(super) fn jobs(&mut self) -> Vec<Job<'_>> {
        let mut jobs = Vec::with_capacity(self.blocks.len() + self.there.len());
        let mut there = self.there.iter().peekable();
        let mut add_there = |jobs: &mut Vec<_>, blocks| {
            while let Some(There { entry, sum, .. }) = there.next_if(|there| there.blocks <= blocks) {
                jobs.push(Job::There(entry, sum.as_ref()));
            }
        };
        for (number, (block, words)) in self.blocks.iter().zip(&mut self.memory).enumerate() {
            add_there(&mut jobs, number);
            let out = &mut words.as_bytes_mut()[..block.bytes];
            match &block.work {
                Work::Run(run) => run.parts(block, out, &mut jobs),
                Work::Composed(_, stretches) => {
                    let mut rest = out;
                    for (number, stretch) in stretches.iter().enumerate() {
                        let (out, later) = rest.split_at_mut(stretch.bytes);
                        rest = later;
                        jobs.push(Job::Fill(Part { block, out, source: 0..0, number }));
                    }
                }
                Work::Whole(_) => jobs.push(Job::Fill(Part { block, out, source: 0..0, number: 0 })),
            }
        }
        add_there(&mut jobs, usize::MAX);
        jobs
    }

    /// Gives the memory to the tensors, when everything was done.
    pub(super) fn finish(self) {
        self.tensors.filled(self.memory.into_iter().map(Memory::Owned));
    }
}

/// The entry that a tensor is all of, in its own order and under another shape.
fn all_of<'c>(checkpoint: &'c Checkpoint, composed: &Composed) -> Option<Entry<'c>> {
    let [Piece { entry, strided }] = composed.pieces.as_slice() else { return None };
    let (entry, elements) = (checkpoint.entry(*entry), composed.shape.elements());
    (strided.is_copy() == elements && entry.shape().elements() == elements).then_some(entry)
}

/// What the entries of a tensor that is put together give to it.
fn patches<'c>(checkpoint: &'c Checkpoint, composed: &Composed) -> Vec<Patch<'c>> {
    let patch = |piece: &Piece| Patch { entry: checkpoint.entry(piece.entry), strided: piece.strided.clone() };
    composed.pieces.iter().map(patch).collect()
}

/// Whether any part of an entry can be read, and nothing else of it need be.
fn in_parts(entry: &Entry<'_>) -> bool {
    let (container, raw) = entry.container();
    container.access(raw) == Access::Parts && container.checksum(raw).is_none()
}

/// The stretches of a tensor that is put together if each has one patch: its memory is cut between patches, and within those
/// that can be read in parts, so that several threads share them.
fn apart<'c>(checkpoint: &'c Checkpoint, composed: &Composed) -> Option<Vec<Stretch<'c>>> {
    let size = composed.dtype.bits() / 8;
    let mut pieces: Vec<&Piece> = composed.pieces.iter().filter(|piece| !piece.strided.is_empty()).collect();
    pieces.sort_by_key(|piece| piece.strided.target_span().start);
    let (mut stretches, mut end) = (Vec::with_capacity(pieces.len()), 0);
    for piece in pieces {
        let entry = checkpoint.entry(piece.entry);
        let most = if in_parts(&entry) { PART / size.max(1) } else { usize::MAX };
        for part in piece.strided.disjoint_pieces(most) {
            let part = part?;
            let target = part.target_span();
            if target.start != end || stretches.len() == PATCHES {
                return None;
            }
            end = target.end;
            let patch = Patch { entry, strided: part.shifted(target.start) };
            stretches.push(Stretch { patches: vec![patch], bytes: target.len() * size });
        }
    }
    (Some(end) == composed.shape.elements()).then_some(stretches)
}

/// The stretches of a tensor that is put together if each has some of its rows, and what every entry gives to these: as many
/// as are worth it, unless they read much more of the file, one by one, than is read for the tensor at once.
fn by_rows<'c>(checkpoint: &'c Checkpoint, composed: &Composed, bytes: usize) -> Option<Vec<Stretch<'c>>> {
    let whole = patches(checkpoint, composed);
    if !whole.iter().all(|patch| in_parts(&patch.entry)) {
        return None;
    }
    let outer = composed.shape.iter().position(|&extent| extent > 1)?;
    let (rows, row) = (composed.shape[outer], composed.shape[outer + 1..].iter().product::<usize>());
    let size = bytes / rows;
    let of_rows = |rows: Range<usize>| {
        let some = |patch: &Patch<'c>| {
            let strided = patch.strided.rows(row, rows.clone())?;
            Some(Patch { entry: patch.entry, strided })
        };
        let mut patches = whole.iter().map(some).collect::<Option<Vec<_>>>()?;
        patches.retain(|patch| !patch.strided.is_empty());
        Some(Stretch { patches, bytes: rows.len() * size })
    };
    let mut count = bytes.div_ceil(PART).min(rows).min(PATCHES / whole.len().max(1));
    while count > 1 {
        let most = rows.div_ceil(count);
        let stretches = (0..rows).step_by(most).map(|first| of_rows(first..rows.min(first + most)));
        let stretches: Vec<Stretch<'c>> = stretches.collect::<Option<_>>()?;
        let all = || stretches.iter().flat_map(|stretch| &stretch.patches);
        let elements: usize = all().map(|patch| patch.strided.elements()).sum();
        if elements != rows * row {
            return None;
        }
        if read_for(all()) / 9 <= read_for(&whole) / 8 {
            return Some(stretches);
        }
        count = count * 3 / 4;
    }
    None
}

/// How many bytes of the file are read for these.
fn read_for<'p, 'c: 'p>(patches: impl IntoIterator<Item = &'p Patch<'c>>) -> usize {
    let one = |Patch { entry, strided }: &Patch<'_>| {
        let size = entry.dtype().bits() / 8;
        strided.read(size).saturating_mul(size)
    };
    patches.into_iter().map(one).fold(0, usize::saturating_add)
}

impl Block<'_> {
    fn allocate(&self, checkpoint: &Checkpoint) -> Result<Words, LoadError> {
        let first = match &self.work {
            Work::Run(run) => Some(&run.first),
            Work::Whole(entry) => Some(entry),
            Work::Composed(_, stretches) => {
                stretches.first().and_then(|one| one.patches.first()).map(|patch| &patch.entry)
            }
        };
        let make = if self.vector { Words::zeroed } else { Words::pages };
        make(self.bytes, self.to.alignment()).map_err(|none| match first {
            Some(entry) => entry.refuse(out_of_memory(none)),
            None => LoadError::container(checkpoint.label().to_owned(), vec![out_of_memory(none)]),
        })
    }
}

/// How many parts an entry is read in.
fn parts(bytes: usize) -> usize {
    bytes.div_ceil(PART).max(1)
}

impl<'c> Run<'c> {
    /// Whether it has several tensors, which are small then.
    pub(super) fn is_several(&self) -> bool {
        self.range.len() > 1
    }

    /// Its tensors' entries, in the order of the file.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'c>> {
        let asked = self.asked;
        asked.numbers[self.range.clone()]
            .iter()
            .filter_map(move |&number| asked.whole(number).ok())
            .map(|(entry, ..)| entry)
    }

    /// Whether an entry is small, and the next in the file after small ones of its dtype.
    fn goes_on_with(&self, entry: &Entry<'c>) -> bool {
        let first = &self.first;
        let (file, offset) = first.position();
        // tensors in memory have no place in a file, and the same offset
        self.bytes > 0
            && self.sum.is_none()
            && first.bytes().max(entry.bytes()) <= SMALL
            && self.bytes + entry.bytes() <= SHARED
            && first.dtype() == entry.dtype()
            && entry.position() == (file, offset.saturating_add(self.bytes as u64))
    }

    /// Cuts the memory of a run into parts of about the same size. Several tensors are one part.
    fn parts<'j>(&'j self, block: &'j Block<'j>, mut out: &'j mut [u8], jobs: &mut Vec<Job<'j>>) {
        let count = parts(self.bytes);
        // whole elements, and whole lines of the caches
        let size = self.bytes.div_ceil(count).next_multiple_of(64);
        let (from, to) = (self.first.dtype(), block.to);
        let filled = |bytes: usize| if from.reads_as(to) { bytes } else { bytes / (from.bits() / 8) * (to.bits() / 8) };
        for number in 0..count {
            let source = (number * size).min(self.bytes)..((number + 1) * size).min(self.bytes);
            let (here, later) = std::mem::take(&mut out).split_at_mut(filled(source.len()));
            out = later;
            jobs.push(Job::Fill(Part { block, out: here, source, number }));
        }
    }
}
