//! Npz: a zip archive of numpy's `.npy` arrays, as numpy, JAX and MLX write it.
#![forbid(unsafe_code)]

mod archive;
mod elements;
mod header;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};
use std::sync::Arc;

use zip::read::ZipReadOptions;
use zip::{CompressionMethod, ZipArchive};

use self::archive::Position;
use self::header::Fault;
use super::gather::Gather;
use super::{Access, Container, Contents, Fill, RawEntry};
use crate::error::{Problem, ProblemKind, Problems};
use crate::limits::Limits;
use crate::path::shown;
use crate::reader::ReadAt;

const SUFFIX: &str = ".npy";

/// Reads the archive's directory and every array's header, and proves that nothing else is in the file.
pub(crate) fn open(reader: Arc<dyn ReadAt>, limits: &Limits) -> Result<Contents, Problems> {
    let mut archive = archive::open(&reader, limits).map_err(|problem| vec![problem])?;
    let directory = archive.metadata();
    let mut members = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let member = directory.entry(index).and_then(|entry| {
            let name = entry.name()?.into_owned();
            Ok(Member {
                name,
                index,
                start: entry.header_start(),
                end: 0,
                size: entry.size(),
                packed: entry.compressed_size(),
                crc: entry.crc32(),
                described: entry.flags().is_using_data_descriptor(),
            })
        });
        members.push(member.map_err(|error| {
            let message = format!("the name of member {index} cannot be read: {error}");
            vec![Problem::new(ProblemKind::Name, message)]
        })?);
    }
    let torch = |member: &&Member| member.name == "data.pkl" || member.name.ends_with("/data.pkl");
    if let Some(pickle) = members.iter().find(torch) {
        let message = "a PyTorch archive (torch.save), whose tensors are a pickle, which can run any program when it \
                       is opened; where it can be trusted, convert it with `safetensors.torch.save_file`";
        return Err(vec![Problem::new(ProblemKind::Format, message).tensor(&*pickle.name).at(pickle.start)]);
    }

    let mut gather = Gather::default();
    let distinct = !archive.has_duplicate_names();
    if !distinct {
        duplicates(&*reader, archive.central_directory_start(), &mut gather);
    }
    let numbers: HashMap<String, usize> =
        members.iter().enumerate().map(|(number, member)| (member.name.clone(), number)).collect();
    let mut entries = Vec::with_capacity(members.len());
    let mut layouts = Vec::with_capacity(members.len());
    for member in &mut members {
        match member.open(&mut archive, &numbers, distinct, limits) {
            Ok(header) => {
                entries.push(RawEntry {
                    name: member.name.strip_suffix(SUFFIX).unwrap_or(&member.name).into(),
                    dtype: header.dtype,
                    shape: header.shape.clone(),
                    bytes: header.bytes,
                    offset: member.start,
                    key: layouts.len(),
                });
                layouts.push(Layout {
                    index: member.index,
                    header: header.length,
                    fortran: header.fortran,
                    swap: header.swap,
                });
            }
            Err((kind, message)) => {
                gather.push(Problem::new(kind, message).tensor(&*member.name).at(member.start));
            }
        }
    }
    cover(&*reader, &mut members, archive.central_directory_start(), distinct, &mut gather);
    if !gather.is_empty() {
        return Err(gather.finish());
    }
    Ok(Contents { entries, metadata: BTreeMap::new(), reader: Box::new(Elements { archive, layouts }) })
}

/// One member of the archive, as its directory has it.
struct Member {
    name: String,
    index: usize,
    start: u64,
    /// Where its bytes end; 0 until its own header has been read.
    end: u64,
    size: u64,
    packed: u64,
    crc: u32,
    /// Whether a record of the sizes follows its bytes, as writers that cannot go back make it.
    described: bool,
}

impl Member {
    /// Looks at the member up to the end of its `.npy` header.
    fn open(
        &mut self,
        archive: &mut ZipArchive<Position>,
        names: &HashMap<String, usize>,
        distinct: bool,
        limits: &Limits,
    ) -> Result<header::Header, Fault> {
        let broken = |error: zip::result::ZipError| {
            (ProblemKind::Header, format!("the archive's records of this member do not agree: {error}"))
        };
        let raw = archive.by_index_raw(self.index).map_err(broken)?;
        let (method, encrypted) = (raw.compression(), raw.encrypted());
        self.end = raw.data_start().and_then(|start| start.checked_add(self.packed)).unwrap_or(u64::MAX);
        drop(raw);
        self.acceptable(method, encrypted, names, limits)?;

        let options = ZipReadOptions::new().enforce_header_consistency(distinct);
        let mut file = archive.by_index_with_options(self.index, options).map_err(broken)?;
        let header = header::read(&mut file, limits)?;
        // The archive's word on the size is compared with the array's before anything is unpacked.
        let expected = header.length.checked_add(header.bytes).and_then(|bytes| u64::try_from(bytes).ok());
        let expected = expected.unwrap_or(u64::MAX);
        let promised = || format!("{} {} and its header take {expected} bytes", header.dtype, header.shape);
        if self.size < expected {
            return Err((ProblemKind::Truncated, format!("{}, but the member has {}", promised(), self.size)));
        }
        if self.size > expected {
            let message = format!("{}, but the member has {}; the rest belongs to nothing", promised(), self.size);
            return Err((ProblemKind::Unaccounted, message));
        }
        Ok(header)
    }

    fn acceptable(
        &self,
        method: CompressionMethod,
        encrypted: bool,
        names: &HashMap<String, usize>,
        limits: &Limits,
    ) -> Result<(), Fault> {
        let Some(stem) = self.name.strip_suffix(SUFFIX) else {
            // numpy looks for the name as it is, and then with the suffix.
            if names.contains_key(&format!("{}{SUFFIX}", self.name)) {
                let message = format!("stands beside `{}{SUFFIX}`; numpy reads both as one name", self.name);
                return Err((ProblemKind::Name, message));
            }
            return Err((ProblemKind::Format, "no .npy array; an .npz holds nothing else".to_owned()));
        };
        if names.contains_key(stem) && stem.ends_with(SUFFIX) {
            return Err((ProblemKind::Name, format!("stands beside `{stem}`; numpy reads both as one name")));
        }
        if self.name.contains('\0') {
            let message = "the name holds a zero byte, at which other readers cut it off";
            return Err((ProblemKind::Name, message.to_owned()));
        }
        if stem.len() > limits.name_bytes {
            let message = format!("the name is longer than {} bytes; see `Limits::name_bytes`", limits.name_bytes);
            return Err((ProblemKind::Limit, message));
        }
        if encrypted {
            return Err((ProblemKind::Format, "encrypted; unpack the archive with its password first".to_owned()));
        }
        match method {
            CompressionMethod::Stored if self.packed != self.size => {
                let message = format!("stored in {} bytes, but {} are claimed", self.packed, self.size);
                Err((ProblemKind::Header, message))
            }
            CompressionMethod::Stored => Ok(()),
            CompressionMethod::Deflated if self.size > self.packed.saturating_mul(limits.inflation) => {
                let message = format!(
                    "{} bytes are claimed to become {}, more than {} times as many; see `Limits::inflation`",
                    self.packed, self.size, limits.inflation
                );
                Err((ProblemKind::Limit, message))
            }
            CompressionMethod::Deflated => Ok(()),
            other => {
                let message = format!("compressed with {other}; stored and deflated members are read");
                Err((ProblemKind::Format, message))
            }
        }
    }

    /// The forms that the record behind its bytes may have.
    fn descriptors(&self) -> [Vec<u8>; 4] {
        let long = [self.packed.to_le_bytes(), self.size.to_le_bytes()].concat();
        let short = [self.packed, self.size].map(|size| u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes()).concat();
        let crc = self.crc.to_le_bytes();
        let mark = *b"PK\x07\x08";
        [
            [&crc[..], &short].concat(),
            [&crc[..], &long].concat(),
            [&mark[..], &crc, &short].concat(),
            [&mark[..], &crc, &long].concat(),
        ]
    }
}

/// Tells which names the directory lists twice. The `zip` crate keeps the last of them, so the records are read anew.
fn duplicates(reader: &dyn ReadAt, directory: u64, gather: &mut Gather) {
    let mut first: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut at = directory;
    let mut record = [0; 46];
    while reader.read_exact_at(at, &mut record).is_ok() && record.starts_with(b"PK\x01\x02") {
        let [.., name_0, name_1, extra_0, extra_1, note_0, note_1, _, _, _, _, _, _, _, _, o0, o1, o2, o3] = record;
        let name_len = u16::from_le_bytes([name_0, name_1]);
        let rest = [name_len, u16::from_le_bytes([extra_0, extra_1]), u16::from_le_bytes([note_0, note_1])];
        let offset = u32::from_le_bytes([o0, o1, o2, o3]);
        let mut name = vec![0; usize::from(name_len)];
        if reader.read_exact_at(at.saturating_add(46), &mut name).is_err() {
            break;
        }
        if let Some(before) = first.get(&name) {
            let message = format!("in the archive twice, at the bytes {before} and {offset}; keep one");
            let short = String::from_utf8_lossy(&name);
            gather.push(Problem::new(ProblemKind::Duplicate, message).tensor(short).at(u64::from(offset)));
        }
        first.entry(name).or_insert(offset);
        at = rest.iter().fold(at.saturating_add(46), |at, &more| at.saturating_add(u64::from(more)));
    }
}

/// Proves that the members lie one after another from the start of the file to the directory. `distinct` says that
/// all of them are known, so that gaps can be told.
fn cover(reader: &dyn ReadAt, members: &mut [Member], directory: u64, distinct: bool, gather: &mut Gather) {
    members.sort_by_key(|member| (member.start, member.end));
    let mut reached = 0u64;
    let mut furthest: Option<&Member> = None;
    for member in &*members {
        if member.end == 0 {
            // Its own header could not be read, and that has been said.
            return;
        }
        if member.start < reached {
            let with = furthest.map_or("", |furthest| &furthest.name);
            let message = format!("shares bytes of the archive with `{}`", shown(with));
            gather.push(Problem::new(ProblemKind::Overlap, message).tensor(&*member.name).at(member.start));
        } else if distinct {
            gap(reader, furthest, reached, member.start, gather);
        }
        if member.end > directory {
            let message = "reaches into the archive's directory; the file is damaged or cut";
            gather.push(Problem::new(ProblemKind::Overlap, message).tensor(&*member.name).at(member.start));
        }
        if member.end > reached {
            reached = member.end;
            furthest = Some(member);
        }
    }
    if distinct && reached <= directory {
        gap(reader, furthest, reached, directory, gather);
    }
}

/// Refuses what lies between two members, if it is not the record of the first one's sizes.
fn gap(reader: &dyn ReadAt, before: Option<&Member>, from: u64, to: u64, gather: &mut Gather) {
    let Some(length) = to.checked_sub(from).filter(|&length| length > 0) else { return };
    let record = before.filter(|member| member.described && length <= 24).is_some_and(|member| {
        let mut found = vec![0; usize::try_from(length).unwrap_or(0)];
        reader.read_exact_at(from, &mut found).is_ok() && member.descriptors().contains(&found)
    });
    if !record {
        let place = before.map_or_else(
            || "in front of the archive's first member".to_owned(),
            |member| format!("after the member `{}`", shown(&member.name)),
        );
        let message = format!("{length} bytes {place} belong to none; the file may be two in one");
        gather.push(Problem::new(ProblemKind::Unaccounted, message).at(from));
    }
}

/// What must be known to read a member's elements.
struct Layout {
    index: usize,
    /// The length of the `.npy` header.
    header: usize,
    fortran: bool,
    swap: usize,
}

/// Elements are never shared with the file's memory: their checksum is to be looked at, and writers do not align them.
struct Elements {
    archive: ZipArchive<Position>,
    layouts: Vec<Layout>,
}

impl Elements {
    /// Opens a member behind its `.npy` header.
    fn member<T>(
        &self,
        entry: &RawEntry,
        with: impl FnOnce(&Layout, &mut dyn Read) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let layout = self.layouts.get(entry.key);
        let layout = layout.ok_or_else(|| say(entry, (ProblemKind::Header, "no member of this archive".to_owned())))?;
        // A clone shares the directory; only the position is its own.
        let mut archive = self.archive.clone();
        let mut member = archive
            .by_index(layout.index)
            .map_err(|error| say(entry, (ProblemKind::Corrupt, format!("the member cannot be read: {error}"))))?;
        skip(&mut member, layout.header).map_err(|error| say(entry, header::damaged(&error)))?;
        with(layout, &mut member)
    }

    /// Fills `out` with the elements' bytes from `start` on, where they stand in column-major order: the member is
    /// read as a whole, and what belongs elsewhere is passed over.
    fn window(&self, entry: &RawEntry, start: usize, out: &mut [u8]) -> Result<(), Problem> {
        self.member(entry, |layout, member| {
            elements::fill_fortran(member, &entry.shape, entry.bytes, start, out)
                .map_err(|error| say(entry, header::damaged(&error)))?;
            elements::swap(out, layout.swap);
            Ok(())
        })
    }
}

fn say(entry: &RawEntry, (kind, message): Fault) -> Problem {
    Problem::new(kind, message).tensor(&*entry.name).at(entry.offset)
}

impl Container for Elements {
    fn access(&self, _entry: &RawEntry) -> Access {
        Access::Whole { lead: 0 }
    }

    fn read(&self, entry: &RawEntry, out: &mut [u8]) -> Result<(), Problem> {
        if self.layouts.get(entry.key).is_some_and(|layout| layout.fortran) {
            return self.window(entry, 0, out);
        }
        self.member(entry, |layout, member| {
            elements::fill(member, out).map_err(|error| say(entry, header::damaged(&error)))?;
            elements::swap(out, layout.swap);
            Ok(())
        })
    }

    fn in_order(&self, entry: &RawEntry, with: &mut dyn FnMut(&mut Fill<'_>)) -> Result<(), Problem> {
        if self.layouts.get(entry.key).is_some_and(|layout| layout.fortran) {
            self.in_windows(entry, with);
            return Ok(());
        }
        self.member(entry, |layout, member| {
            let mut rest = entry.bytes;
            with(&mut |out| {
                rest = rest.saturating_sub(out.len());
                let read = member.read_exact(out).and_then(|()| match rest {
                    0 => elements::finish(member),
                    _ => Ok(()),
                });
                read.map_err(|error| say(entry, header::damaged(&error)))?;
                elements::swap(out, layout.swap);
                Ok(())
            });
            Ok(())
        })
    }
}

/// The most of a column-major array that is held at once while it is read in order, in bytes. The member is read anew for
/// each part of this size.
const WINDOW: usize = 128 << 20;

impl Elements {
    /// An array in column-major order, in the order of its rows: one window of it after another.
    fn in_windows(&self, entry: &RawEntry, with: &mut dyn FnMut(&mut Fill<'_>)) {
        let mut window: Vec<u8> = Vec::new();
        let (mut next, mut start) = (0usize, 0usize);
        with(&mut |mut out| {
            while !out.is_empty() {
                if next == window.len() {
                    window.resize(WINDOW.min(entry.bytes.saturating_sub(start)), 0);
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

fn skip(member: &mut dyn Read, bytes: usize) -> io::Result<()> {
    let mut header = vec![0; bytes];
    member.read_exact(&mut header)
}
