//! The limits of the machine: the same bytes are moved, inflated or parsed, and nothing else is done.

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::thread;

use candle_core::quantized::gguf_file::Content;
use serde::Deserialize;
use zip::ZipArchive;

use crate::case::{Case, Form, Pick};
use crate::measure::{Measure, Measured};
use crate::memory::{self, fresh, touch_pages};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Bytes of a file: all tensors of a safetensors file, one of another, or one member of an archive with its npy header.
struct Segment {
    file: usize,
    at: u64,
    length: usize,
    /// Its size in memory, which is larger if the member is deflated.
    inflated: usize,
    crc: u32,
}

struct Layout {
    files: Vec<File>,
    segments: Vec<Segment>,
}

impl Layout {
    fn of(case: &Case) -> Result<Layout> {
        let files = case.files().iter().map(File::open).collect::<io::Result<Vec<_>>>()?;
        let mut segments = Vec::new();
        for (file, handle) in files.iter().enumerate() {
            if let Form::Npz { .. } | Form::Torch = case.form {
                let mut archive = ZipArchive::new(io::BufReader::new(handle.try_clone()?))?;
                for member in 0..archive.len() {
                    let member = archive.by_index_raw(member)?;
                    // the storages of PyTorch's archives are in the order of the tensors
                    if case.form == Form::Torch && !member.name()?.contains("/data/") {
                        continue;
                    }
                    segments.push(Segment {
                        file,
                        at: member.data_start().ok_or("a member has no data")?,
                        length: member.compressed_size() as usize,
                        inflated: member.size() as usize,
                        crc: member.crc32(),
                    });
                }
            } else if case.form == Form::Gguf {
                let content = Content::read(&mut io::BufReader::new(handle))?;
                for tensor in 0..case.shapes.count() {
                    let info = content.tensor_infos.get(&case.shapes.name(tensor)).ok_or("a tensor is missing")?;
                    let length = case.element.bytes(case.shapes.elements(tensor));
                    let at = content.tensor_data_offset + info.offset;
                    segments.push(Segment { file, at, length, inflated: length, crc: 0 });
                }
            } else {
                let header = header_length(handle)?;
                let length = handle.metadata()?.len() as usize - 8 - header;
                segments.push(Segment { file, at: 8 + header as u64, length, inflated: length, crc: 0 });
            }
        }
        Ok(Layout { files, segments })
    }

    /// Where the tensor of a pick is when all segments are in memory, one after another.
    fn position(&self, case: &Case, pick: &Pick) -> usize {
        match case.form {
            Form::Safetensors | Form::Shards(_) => case.element.bytes(pick.before),
            Form::Npz { .. } | Form::Gguf | Form::Torch => {
                let end: usize = self.segments[..=pick.tensor].iter().map(|segment| segment.inflated).sum();
                end - case.element.bytes(case.shapes.elements(pick.tensor))
            }
        }
    }

    /// The place of each segment in memory.
    fn split<'m>(&self, mut memory: &'m mut [u8]) -> Vec<(&Segment, &'m mut [u8])> {
        let split = |segment| {
            let segment: &Segment = segment;
            let (place, rest) = std::mem::take(&mut memory).split_at_mut(segment.inflated);
            memory = rest;
            (segment, place)
        };
        self.segments.iter().map(split).collect()
    }

    fn inflated(&self) -> usize {
        self.segments.iter().map(|segment| segment.inflated).sum()
    }

    /// Reads a range of the segments' bytes, as if they were one file.
    fn read(&self, range: Range<usize>, out: &mut [u8]) -> io::Result<()> {
        let mut first = 0;
        for segment in &self.segments {
            let (from, to) = (range.start.max(first), range.end.min(first + segment.length));
            if from < to {
                let out = &mut out[from - range.start..to - range.start];
                self.files[segment.file].read_exact_at(out, segment.at + (from - first) as u64)?;
            }
            first += segment.length;
        }
        Ok(())
    }

    fn values(&self, case: &Case, measured: Measured, memory: &[u8]) -> Measure {
        measured.values(case, |pick| {
            let from = self.position(case, pick);
            Ok::<_, String>(case.element.read(&memory[from..], pick.index))
        })
    }
}

fn header_length(file: &File) -> io::Result<usize> {
    let mut length = [0; 8];
    file.read_exact_at(&mut length, 0)?;
    Ok(u64::from_le_bytes(length) as usize)
}

/// Reads into fresh memory. Each thread reads its own part.
pub(crate) fn read<const THREADS: usize, const HUGE: bool>(case: &Case) -> Measure {
    let layout = Layout::of(case)?;
    let total = layout.inflated();
    let (measured, memory) = Measured::time(|| {
        let mut memory = fresh(total, HUGE)?;
        // whole pages of 2 MiB for each thread, so that no two fault in the same page
        let part = total.div_ceil(THREADS).next_multiple_of(2 << 20);
        parallel(memory.chunks_mut(part).enumerate().collect(), |(thread, out)| {
            let from = thread * part;
            layout.read(from..from + out.len(), out)
        })?;
        Ok::<_, io::Error>(memory)
    });
    let memory = ManuallyDrop::new(memory?);
    layout.values(case, measured, &memory)
}

/// Reads the members of an archive into fresh memory and takes the CRC-32 of each.
pub(crate) fn read_with_crc<const THREADS: usize>(case: &Case) -> Measure {
    let layout = Layout::of(case)?;
    let (measured, memory) = Measured::time(|| {
        let mut memory = fresh(layout.inflated(), true)?;
        over_segments(&layout, &mut memory, THREADS, |segment, out| {
            layout.files[segment.file].read_exact_at(out, segment.at)?;
            same_crc(libdeflater::crc32(out), segment.crc)
        })?;
        Ok::<_, io::Error>(memory)
    });
    let memory = ManuallyDrop::new(memory?);
    layout.values(case, measured, &memory)
}

/// The CRC-32 of the members, which are in memory already.
pub(crate) fn crc(case: &Case) -> Measure {
    let layout = Layout::of(case)?;
    let mut memory = fresh(layout.inflated(), true)?;
    layout.read(0..layout.inflated(), &mut memory)?;
    let (measured, checked) = Measured::time(|| {
        over_segments(&layout, &mut memory, 1, |segment, bytes| same_crc(libdeflater::crc32(bytes), segment.crc))
    });
    checked?;
    measured.count(layout.segments.len())
}

/// Inflates the members, which are in memory already, with libdeflate, and takes the CRC-32 of each.
pub(crate) fn libdeflate<const THREADS: usize>(case: &Case) -> Measure {
    inflate(case, THREADS, |deflated, out| {
        let length = libdeflater::Decompressor::new().deflate_decompress(deflated, out).map_err(io::Error::other)?;
        if length != out.len() {
            return Err(io::Error::other("the member is shorter than it says"));
        }
        Ok(libdeflater::crc32(out))
    })
}

/// The same with zlib-rs.
pub(crate) fn zlib_rs(case: &Case) -> Measure {
    inflate(case, 1, |deflated, out| {
        let mut stream = flate2::Decompress::new(false);
        let state = stream.decompress(deflated, out, flate2::FlushDecompress::Finish)?;
        if state != flate2::Status::StreamEnd {
            return Err(io::Error::other("the member does not end"));
        }
        Ok(crc32fast::hash(out))
    })
}

fn inflate(case: &Case, threads: usize, one: impl Fn(&[u8], &mut [u8]) -> io::Result<u32> + Sync) -> Measure {
    let layout = Layout::of(case)?;
    let mut deflated = HashMap::new();
    for segment in &layout.segments {
        let mut bytes = vec![0; segment.length];
        layout.files[segment.file].read_exact_at(&mut bytes, segment.at)?;
        deflated.insert(segment.at, bytes);
    }
    let (measured, memory) = Measured::time(|| {
        let mut memory = fresh(layout.inflated(), true)?;
        over_segments(&layout, &mut memory, threads, |segment, out| {
            same_crc(one(&deflated[&segment.at], out)?, segment.crc)
        })?;
        Ok::<_, io::Error>(memory)
    });
    let memory = ManuallyDrop::new(memory?);
    layout.values(case, measured, &memory)
}

fn same_crc(found: u32, expected: u32) -> io::Result<()> {
    if found == expected { Ok(()) } else { Err(io::Error::other("a member has another CRC-32")) }
}

fn over_segments(
    layout: &Layout,
    memory: &mut [u8],
    threads: usize,
    one: impl Fn(&Segment, &mut [u8]) -> io::Result<()> + Sync,
) -> io::Result<()> {
    let mut places = layout.split(memory);
    let part = places.len().div_ceil(threads);
    let parts: Vec<_> = places.chunks_mut(part).collect();
    parallel(parts, |part| part.iter_mut().try_for_each(|(segment, place)| one(segment, place)))
}

/// Runs each job on a thread of its own, and a single job on this thread.
fn parallel<J: Send>(jobs: Vec<J>, run: impl Fn(J) -> io::Result<()> + Sync) -> io::Result<()> {
    if jobs.len() == 1 {
        return jobs.into_iter().try_for_each(run);
    }
    thread::scope(|scope| {
        let run = &run;
        let threads: Vec<_> = jobs.into_iter().map(|job| scope.spawn(move || run(job))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or(Err(io::Error::other("a thread panicked"))))
    })
}

/// Writes as many bytes as the loaded tensors have, and reads nothing.
pub(crate) fn write<const THREADS: usize>(case: &Case) -> Measure {
    let total = case.bytes();
    let (measured, memory) = Measured::time(|| {
        let mut memory = fresh(total, true)?;
        let part = total.div_ceil(THREADS).next_multiple_of(2 << 20);
        parallel(memory.chunks_mut(part).collect(), |out| {
            out.fill(0x3d);
            Ok(())
        })?;
        Ok::<_, io::Error>(memory)
    });
    let memory = ManuallyDrop::new(memory?);
    assert!(memory.last() == Some(&0x3d));
    measured.count(case.shapes.count())
}

/// Reads the files into buffers that stay in the caches, and writes as many bytes as the loaded tensors have: a cast without
/// the cast.
pub(crate) fn read_and_write<const THREADS: usize>(case: &Case) -> Measure {
    const PIECE: usize = 512 << 10;
    let layout = Layout::of(case)?;
    let (total, inflated) = (case.bytes(), layout.inflated());
    // the place in the file that is as far as one in memory
    let place = |at: usize| (at as u128 * inflated as u128 / total as u128) as usize;
    let (measured, memory) = Measured::time(|| {
        let mut memory = fresh(total, true)?;
        let part = total.div_ceil(THREADS).next_multiple_of(2 << 20);
        parallel(memory.chunks_mut(part).enumerate().collect(), |(thread, out)| {
            let (mut buffer, mut at) = (vec![0; PIECE], thread * part);
            for out in out.chunks_mut(PIECE) {
                let from = place(at);
                at += out.len();
                let buffer = &mut buffer[..place(at) - from];
                layout.read(from..from + buffer.len(), buffer)?;
                out.fill(buffer[0]);
            }
            Ok(())
        })?;
        Ok::<_, io::Error>(memory)
    });
    let memory = ManuallyDrop::new(memory?);
    std::hint::black_box(memory.last());
    measured.count(case.shapes.count())
}

/// Maps the files and reads one byte of each page.
pub(crate) fn touch<const THREADS: usize>(case: &Case) -> Measure {
    let layout = Layout::of(case)?;
    let (measured, maps) = Measured::time(|| {
        let maps = layout.files.iter().map(memory::map).collect::<io::Result<Vec<_>>>()?;
        for map in &maps {
            let part = map.len().div_ceil(THREADS);
            parallel(map.chunks(part).collect(), |part| {
                std::hint::black_box(touch_pages(part));
                Ok(())
            })?;
        }
        Ok::<_, io::Error>(maps)
    });
    let maps = ManuallyDrop::new(maps?);
    measured.count(if maps.iter().all(|map| !map.is_empty()) { case.shapes.count() } else { 0 })
}

/// The header as typed structs, without any check.
#[derive(Deserialize)]
#[allow(dead_code)] // parsed and never read
struct Typed {
    dtype: safetensors::Dtype,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

/// Reads the header and parses it into a map of typed structs.
pub(crate) fn serde_header(case: &Case) -> Measure {
    let (measured, parsed) = Measured::time(|| {
        let header = header(case)?;
        let parsed = serde_json::from_slice::<HashMap<String, Typed>>(&header[8..])?;
        Ok::<_, Box<dyn Error>>((parsed, header))
    });
    let parsed = ManuallyDrop::new(parsed?);
    measured.count(parsed.0.len())
}

/// The same as the `safetensors` crate does it, with its checks. It checks the length of the file too, so the file is mapped.
pub(crate) fn safetensors_header(case: &Case) -> Measure {
    let (measured, parsed) = Measured::time(|| {
        let map = memory::map(&File::open(&case.files()[0])?)?;
        let (_, metadata) = safetensors::SafeTensors::read_metadata(&map)?;
        Ok::<_, Box<dyn Error>>((metadata, map))
    });
    let parsed = ManuallyDrop::new(parsed?);
    measured.count(parsed.0.tensors().len())
}

/// The header with the length before it.
fn header(case: &Case) -> io::Result<Vec<u8>> {
    let mut file = File::open(&case.files()[0])?;
    let mut header = vec![0; 8 + header_length(&file)?];
    file.read_exact(&mut header)?;
    Ok(header)
}
