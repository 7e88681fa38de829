//! Allocates memory for the tensors of a request, and makes the jobs that fill it.

use super::checksum::ChecksumOfParts;
use super::cut::{self, PART};
use super::job::{Block, BlockPart, InPlace, Job, Origin, Request, Run, Segment, Work};
use super::problems::{check_values, out_of_memory};
use super::tensors::Tensors;
use crate::assignment::Composed;
use crate::checkpoint::{Checkpoint, Entry};
use crate::container::Access;
use crate::dtype::DType;
use crate::error::CheckpointError;
use crate::storage::{Memory, Storage, Words};
use crate::values;

/// A tensor of at most this many bytes in the file shares memory with its neighbours: an allocation and a read of its
/// own would cost more than its bytes.
const SMALL: usize = 64 << 10;
/// The most bytes of a file whose tensors share memory. That memory is freed when the last of them is dropped.
const SHARED: usize = 1 << 20;

/// The memory of a request, and the work on it.
pub(super) struct Blocks<'b, 't> {
    request: Request<'b>,
    tensors: &'b mut Tensors<'t>,
    blocks: Vec<Block<'b>>,
    /// The memory of each block.
    memory: Vec<Words>,
    in_place: Vec<InPlace<'b>>,
}

impl<'b, 't: 'b> Blocks<'b, 't> {
    /// Allocates memory for the tensors with these numbers, which have their own elements. Nothing is read.
    pub(super) fn of(tensors: &'b mut Tensors<'t>, numbers: &'b [usize]) -> Result<Blocks<'b, 't>, CheckpointError> {
        let (checkpoint, assignments) = tensors.begin();
        let request = Request { checkpoint, assignments, numbers };
        let mut blocks = Blocks { request, tensors, blocks: Vec::new(), memory: Vec::new(), in_place: Vec::new() };
        for (at, &number) in numbers.iter().enumerate() {
            match request.origin(number) {
                Origin::Entry { entry, dtype, vector } => blocks.entry(at, entry, dtype, vector)?,
                Origin::Composed(composed) => blocks.composed(number, composed),
            }
        }
        let memory = blocks.blocks.iter().map(|block| allocate(block, checkpoint));
        blocks.memory = memory.collect::<Result<_, _>>()?;
        // only after allocation, because having memory for a tensor bounds the number of its segments
        blocks.cut();
        Ok(blocks)
    }

    fn cut(&mut self) {
        let checkpoint = self.request.checkpoint;
        for block in self.blocks.iter_mut().filter(|block| block.bytes > PART) {
            if let Work::Composed(composed, segments) = &mut block.work
                && let Some(several) = cut::segments(checkpoint, composed, block.bytes)
            {
                *segments = several;
            }
        }
    }

    /// Adds a tensor that is all of an entry. It is at position `at` of the request.
    fn entry(&mut self, at: usize, entry: Entry<'b>, to: DType, vector: bool) -> Result<(), CheckpointError> {
        let number = self.request.numbers[at];
        let (container, raw) = entry.container();
        let is_cast = !entry.dtype().reads_as(to);
        // a vector cannot take over foreign memory, so it gets a copy, and the threads share that work
        let fits = |storage: &Storage| storage.is_aligned(to.alignment()) && !(vector && storage.is_foreign());
        if let Some(storage) = container.share(raw).filter(|storage| !is_cast && fits(storage)) {
            check_values(to, storage.as_bytes(), 0).map_err(|problem| entry.refuse(problem))?;
            let checksum = container.checksum(raw).map(|checksum| (storage.clone(), checksum));
            self.tensors.put_in_place(number, storage);
            self.in_place.push(InPlace { entry, checksum, blocks_before: self.blocks.len() });
            return Ok(());
        }
        if self.has(&entry, to, vector) {
            self.tensors.put(number, 0);
            self.in_place.push(InPlace { entry, checksum: None, blocks_before: self.blocks.len() });
            return Ok(());
        }
        let elements = raw.tensor_type.shape.element_count().unwrap_or(0);
        let bytes = if is_cast { to.size_of(elements).unwrap_or(usize::MAX) } else { raw.tensor_type.byte_len };
        match container.access(raw) {
            Access::Whole { lead } => {
                let lead = if is_cast { 0 } else { lead };
                let filled = lead.saturating_add(bytes);
                self.push(Work::Whole(entry), to, filled, vector);
                self.tensors.put(number, lead);
            }
            Access::Parts => {
                let checksum = container.checksum(raw);
                let checksum =
                    checksum.map(|checksum| ChecksumOfParts::new(checksum, part_count(raw.tensor_type.byte_len)));
                let is_alone = vector || checksum.is_some();
                let start = self.extend_run(at, &entry, to, bytes, is_alone).unwrap_or_else(|| {
                    let (request, range, bytes_in_file) = (self.request, at..at + 1, raw.tensor_type.byte_len);
                    let run = Run { first: entry, request, range, bytes: bytes_in_file, checksum };
                    self.push(Work::Run(run), to, bytes, vector);
                    0
                });
                self.tensors.put(number, start);
            }
        }
        Ok(())
    }

    /// Whether the last buffer has the elements of an entry already, as those of another tensor at the same place of the file:
    /// files of PyTorch have storages that several tensors share.
    fn has(&self, entry: &Entry<'b>, to: DType, vector: bool) -> bool {
        let Some(Block { work: Work::Run(run), to: has, vector: is_vector, buffer, .. }) = self.blocks.last() else {
            return false;
        };
        let is_alike = *has == to && !vector && !is_vector && self.tensors.is_last(*buffer);
        is_alike && !run.is_several() && run.first.is_at(entry)
    }

    /// Appends an entry to the run before it, if it follows that run in the file. Returns where its elements start.
    fn extend_run(&mut self, at: usize, entry: &Entry<'b>, to: DType, bytes: usize, is_alone: bool) -> Option<usize> {
        let block = self.blocks.last_mut()?;
        let Work::Run(run) = &mut block.work else { return None };
        // A tensor that becomes a vector has its own memory. An empty tensor used in place may come between two tensors
        // of a run; the run ends there, because a tensor always goes into the last buffer.
        if is_alone || block.vector || block.to != to || run.range.end != at || !follows(run, entry) {
            return None;
        }
        run.bytes += entry.byte_len();
        run.range.end += 1;
        let start = block.bytes;
        block.bytes += bytes;
        Some(start)
    }

    fn composed(&mut self, number: usize, composed: &'b Composed) {
        let bytes = composed.dtype.byte_len(&composed.shape).unwrap_or(usize::MAX);
        let segment = Segment { transfers: cut::transfers(self.request.checkpoint, composed), bytes };
        let work = Work::Composed(composed, vec![segment]);
        self.push(work, composed.dtype, bytes, composed.vector);
        self.tensors.put(number, 0);
    }

    /// Adds a block with a buffer of its own.
    fn push(&mut self, work: Work<'b>, to: DType, bytes: usize, vector: bool) {
        let buffer = self.tensors.add_buffer(None);
        self.blocks.push(Block { work, to, bytes, vector, buffer });
    }

    /// All jobs, in the order of the request.
    pub(super) fn jobs(&mut self) -> Vec<Job<'_>> {
        let mut jobs = Vec::with_capacity(self.blocks.len() + self.in_place.len());
        let mut in_place = self.in_place.iter().peekable();
        for (number, (block, words)) in self.blocks.iter().zip(&mut self.memory).enumerate() {
            while let Some(entry) = in_place.next_if(|entry| entry.blocks_before <= number) {
                jobs.push(Job::Verify(entry));
            }
            let out = &mut words.as_bytes_mut()[..block.bytes];
            match &block.work {
                Work::Run(run) => cut_run(run, block, out, &mut jobs),
                Work::Composed(_, segments) => {
                    let mut rest = out;
                    for (number, segment) in segments.iter().enumerate() {
                        let (out, later) = rest.split_at_mut(segment.bytes);
                        rest = later;
                        jobs.push(Job::Fill(BlockPart { block, out, source: 0..0, number }));
                    }
                }
                Work::Whole(_) => jobs.push(Job::Fill(BlockPart { block, out, source: 0..0, number: 0 })),
            }
        }
        jobs.extend(in_place.map(Job::Verify));
        jobs
    }

    /// Hands the memory to the tensors once all jobs are done.
    pub(super) fn finish(self) {
        for (block, words) in self.blocks.iter().zip(self.memory) {
            self.tensors.filled(block.buffer, Memory::Owned(words));
        }
    }
}

fn allocate(block: &Block<'_>, checkpoint: &Checkpoint) -> Result<Words, CheckpointError> {
    let first = match &block.work {
        Work::Run(run) => Some(&run.first),
        Work::Whole(entry) => Some(entry),
        Work::Composed(_, segments) => {
            segments.first().and_then(|segment| segment.transfers.first()).map(|transfer| &transfer.entry)
        }
    };
    let make = if block.vector { Words::zeroed } else { Words::pages };
    make(block.bytes, block.to.alignment()).map_err(|none| match first {
        Some(entry) => entry.refuse(out_of_memory(none)),
        None => CheckpointError::container(checkpoint.label().to_owned(), vec![out_of_memory(none)]),
    })
}

/// Whether an entry is small and follows the small entries of a run in the file.
fn follows<'c>(run: &Run<'c>, entry: &Entry<'c>) -> bool {
    let first = &run.first;
    let (file, offset) = first.position();
    // tensors in memory all have offset 0, so one would seem to follow a run without bytes
    run.bytes > 0
        && run.checksum.is_none()
        && first.byte_len().max(entry.byte_len()) <= SMALL
        && run.bytes + entry.byte_len() <= SHARED
        && first.dtype() == entry.dtype()
        && entry.position() == (file, offset.saturating_add(run.bytes as u64))
}

/// How many parts an entry of this many bytes is read in.
fn part_count(bytes: usize) -> usize {
    bytes.div_ceil(PART).max(1)
}

/// Cuts the memory of a run into parts of about the same size. A run of several tensors is small and stays whole.
fn cut_run<'j>(run: &'j Run<'j>, block: &'j Block<'j>, mut out: &'j mut [u8], jobs: &mut Vec<Job<'j>>) {
    let count = part_count(run.bytes);
    let (from, to) = (run.first.dtype(), block.to);
    // whole blocks of elements and whole cache lines
    let size = run.bytes.div_ceil(count).next_multiple_of(64 * from.block().bytes);
    let filled = |bytes: usize| if from.reads_as(to) { bytes } else { values::cast_len(from, bytes, to) };
    for number in 0..count {
        let source = (number * size).min(run.bytes)..((number + 1) * size).min(run.bytes);
        let (here, later) = std::mem::take(&mut out).split_at_mut(filled(source.len()));
        out = later;
        jobs.push(Job::Fill(BlockPart { block, out: here, source, number }));
    }
}
