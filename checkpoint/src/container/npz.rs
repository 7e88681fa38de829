//! Npz: a zip archive of numpy `.npy` arrays, as numpy, JAX and MLX write it.
#![forbid(unsafe_code)]

mod archive;
mod elements;
mod header;
mod member;
mod reading;
mod record;
mod stored;
#[cfg(feature = "libdeflate")]
mod whole;
mod window;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use flate2::Decompress;
use zip::read::ZipReadOptions;
use zip::{CompressionMethod, ZipArchive};

use self::archive::Position;
use self::header::{NpyHeader, NpyHeaders};
use self::member::{Inflate, ReadAhead};
use self::reading::NpzElements;
use self::record::{Record, Records};
use self::stored::StoredArray;
use self::window::Window;
use super::contents::{Contents, Skipped};
use super::entries::Entries;
use super::problems::FoundProblems;
use crate::error::{Problem, ProblemKind, Problems};
use crate::limits::Limits;
use crate::opening::Skip;
use crate::reader::ReadAt;
use weighbridge_lock::{counted, shown};

const SUFFIX: &str = ".npy";
/// How much is read at once for one member's headers: little, so as not to read its array too.
const HEADERS: usize = 256;
/// Headers of members that start at most this far apart are read at once, together with the arrays between them: that
/// is cheaper than several reads.
const NEAR: u64 = 4 << 10;
/// The most that one read for headers takes.
const WINDOW: usize = 256 << 10;

/// Reads the archive's directory and every array header, and proves that the file contains nothing else.
pub(crate) fn open(reader: Arc<dyn ReadAt>, limits: &Limits, skip: &Skip) -> Result<Contents, Problems> {
    let archive = archive::open(&reader, limits).map_err(|problem| vec![problem])?;
    let mut members = members(&archive)?;
    let torch = |member: &&Member<'_>| member.name == "data.pkl" || member.name.ends_with("/data.pkl");
    if let Some(pickle) = members.iter().find(torch) {
        let message = "a PyTorch archive (torch.save), whose tensors are a pickle, which can run arbitrary code when it \
                       is opened; if you trust it, convert it with `safetensors.torch.save_file`";
        return Err(vec![Problem::new(ProblemKind::Format, message).tensor(&*pickle.name).at(pickle.start)]);
    }

    let mut problems = FoundProblems::default();
    let distinct = !archive.has_duplicate_names();
    let directory = archive.central_directory_start();
    let mut records = Records::new(&reader, directory);
    if !distinct {
        duplicates(&mut records, &mut problems);
    }
    let mut opening = Opening {
        archive: archive.clone(),
        window: Window::new(Arc::clone(&reader)),
        headers: NpyHeaders::default(),
        inflate: Some(Decompress::new(false)),
        names: MemberNames { archive: &archive, set: OnceCell::new() },
        distinct,
        limits,
    };
    let mut entries = Entries::with_capacity(members.len());
    let mut arrays = Vec::with_capacity(members.len());
    let mut skipped = Skipped { is_undecided: matches!(skip, Skip::Undecided), ..Skipped::default() };
    for member in &mut members {
        // if a name occurs twice, the crate keeps only one of the records
        let record = if distinct { records.next().filter(|record| record.name == member.raw) } else { None };
        let name = member.name.strip_suffix(SUFFIX).unwrap_or(&member.name).to_owned();
        match opening.open(member, record) {
            Ok((data, NpyHeader { array, length, sum })) => {
                let name = &name;
                entries.push(name, array.dtype, &array.shape, array.bytes, member.start);
                arrays.push(StoredArray {
                    data,
                    packed: member.packed,
                    deflated: member.method == CompressionMethod::Deflated,
                    crc: member.crc,
                    header: length,
                    header_sum: sum,
                    fortran: array.fortran,
                    swap: array.swap,
                });
            }
            Err(problem) if is_no_array(&problem) && skip.leaves_out(&name) => {
                skipped.members.push(problem.tensor(name).at(member.start));
            }
            Err(mut problem) => {
                if is_no_array(&problem) {
                    let (name, or) = (shown(&name), if problem.message.contains("; ") { ", or" } else { ";" });
                    problem.message.push_str(&format!(
                        "{or} leave it out: ignore the name `{name}`, with `Loader::ignore` or `--ignore` of the command"
                    ));
                }
                problems.push(problem.tensor(&*member.name).at(member.start));
            }
        }
    }
    cover(&*reader, &mut members, directory, distinct, &mut problems);
    if let Some(problem) = entries.refused() {
        problems.push(problem);
    }
    if !problems.is_empty() {
        return Err(problems.finish());
    }
    Ok(Contents { skipped, ..Contents::new(entries, NpzElements::new(reader, arrays)) })
}

/// Whether a member is whole, but no array of numbers: nothing of it is needed to read the others.
fn is_no_array(problem: &Problem) -> bool {
    matches!(problem.kind, ProblemKind::DType | ProblemKind::Format)
}

/// One member of the archive, as listed in its directory.
struct Member<'a> {
    name: Cow<'a, str>,
    /// The name, as raw bytes of the file.
    raw: &'a [u8],
    index: usize,
    start: u64,
    /// Where its bytes end; 0 until its own header is read.
    end: u64,
    size: u64,
    packed: u64,
    crc: u32,
    method: CompressionMethod,
    encrypted: bool,
    /// Whether a record of its sizes follows its bytes, as in archives that were streamed.
    described: bool,
    /// How much to read at once from its start: up to the headers of the next members that start near it.
    ahead: usize,
}

fn members(archive: &ZipArchive<Position>) -> Result<Vec<Member<'_>>, Problems> {
    let directory = archive.metadata();
    let mut members = Vec::with_capacity(archive.len());
    for (index, raw) in archive.file_names_raw().enumerate() {
        let named = archive.name_for_index(index).unwrap_or(Err(zip::result::ZipError::FileNotFound));
        let member = named.and_then(|name| {
            let entry = directory.entry(index)?;
            Ok(Member {
                name,
                raw,
                index,
                start: entry.header_start(),
                end: 0,
                size: entry.size(),
                packed: entry.compressed_size(),
                crc: entry.crc32(),
                method: entry.compression(),
                encrypted: entry.encrypted(),
                described: entry.flags().is_using_data_descriptor(),
                ahead: HEADERS,
            })
        });
        members.push(member.map_err(|error| {
            let message = format!("the name of member {index} cannot be read: {error}");
            vec![Problem::new(ProblemKind::Name, message)]
        })?);
    }
    let mut behind: Option<(u64, usize)> = None;
    for member in members.iter_mut().rev() {
        if let Some((start, ahead)) = behind
            && let Some(distance) = start.checked_sub(member.start)
            && distance <= NEAR
        {
            let distance = usize::try_from(distance).unwrap_or(usize::MAX);
            member.ahead = distance.saturating_add(ahead).min(WINDOW);
        }
        behind = Some((member.start, member.ahead));
    }
    Ok(members)
}

/// The names of an archive. The set is built only when a name is looked up, which is rare.
struct MemberNames<'a> {
    archive: &'a ZipArchive<Position>,
    set: OnceCell<HashSet<Cow<'a, str>>>,
}

impl MemberNames<'_> {
    fn contain(&self, name: &str) -> bool {
        self.set.get_or_init(|| self.archive.file_names().flatten().collect()).contains(name)
    }
}

/// State that opening one member leaves for the next.
struct Opening<'a> {
    archive: ZipArchive<Position>,
    window: Window,
    headers: NpyHeaders,
    /// Used for one deflated member after another.
    inflate: Option<Decompress>,
    names: MemberNames<'a>,
    /// Whether every name occurs only once, so that all members are known.
    distinct: bool,
    limits: &'a Limits,
}

impl Opening<'_> {
    /// Reads a member up to the end of its `.npy` header. Returns where its bytes start, and the header.
    fn open(&mut self, member: &mut Member<'_>, record: Option<Record<'_>>) -> Result<(u64, NpyHeader), Problem> {
        let broken = |error| archive::broken("the archive's records of this member do not agree", error);
        let usual = record.and_then(|record| self.data_start(member, &record));
        let data = match usual {
            Some(data) => data,
            None => self.archive.by_index_raw(member.index).map_err(broken)?.data_start().unwrap_or(u64::MAX),
        };
        member.end = data.saturating_add(member.packed);
        self.acceptable(member)?;
        if usual.is_none() {
            let options = ZipReadOptions::new().enforce_header_consistency(self.distinct);
            self.archive.by_index_with_options(member.index, options).map_err(broken)?;
        }

        let mut bytes = ReadAhead { window: &mut self.window, at: data, end: member.end, ahead: HEADERS };
        let header = if member.method == CompressionMethod::Deflated {
            let state = self.inflate.take().unwrap_or_else(|| Decompress::new(false));
            let mut inflate = Inflate::new(bytes, state, HEADERS);
            let header = self.headers.read(&mut inflate, self.limits);
            self.inflate = Some(inflate.into_state());
            header?
        } else {
            self.headers.read(&mut bytes, self.limits)?
        };
        // the size listed in the archive must match the array before anything is unpacked
        let expected = header.length.checked_add(header.array.bytes).and_then(|bytes| u64::try_from(bytes).ok());
        let expected = expected.unwrap_or(u64::MAX);
        let promised = || format!("{} {} and its header take {expected} bytes", header.array.dtype, header.array.shape);
        if member.size < expected {
            return Err(Problem::new(
                ProblemKind::Truncated,
                format!("{}, but the member has {}", promised(), member.size),
            ));
        }
        if member.size > expected {
            let message = format!("{}, but the member has {}; the rest belongs to no array", promised(), member.size);
            return Err(Problem::new(ProblemKind::Unaccounted, message));
        }
        Ok((data, header))
    }

    /// Where the member's bytes start, if the record in front of them has a usual form and matches the directory.
    fn data_start(&mut self, member: &Member<'_>, record: &Record<'_>) -> Option<u64> {
        let length = Record::local_length(self.window.bytes(member.start, Record::LOCAL, member.ahead).ok()?)?;
        let local = self.window.bytes(member.start, length, member.ahead).ok()?.get(..length)?;
        let repeated = record.is_repeated_by(local, member.size, member.packed);
        repeated.then(|| member.start.checked_add(u64::try_from(length).ok()?))?
    }

    fn acceptable(&self, member: &Member<'_>) -> Result<(), Problem> {
        let Opening { names, limits, .. } = self;
        let Some(stem) = member.name.strip_suffix(SUFFIX) else {
            // numpy looks up the name as given first, then with the suffix
            if names.contain(&format!("{}{SUFFIX}", member.name)) {
                let message =
                    format!("is there as well as `{}{SUFFIX}`; numpy reads both as one name", shown(&member.name));
                return Err(Problem::new(ProblemKind::Name, message));
            }
            return Err(Problem::new(ProblemKind::Format, "not a .npy array; an .npz holds nothing else"));
        };
        if stem.ends_with(SUFFIX) && names.contain(stem) {
            return Err(Problem::new(
                ProblemKind::Name,
                format!("is there as well as `{}`; numpy reads both as one name", shown(stem)),
            ));
        }
        if member.name.contains('\0') {
            let message = "the name contains a zero byte, where other readers cut it off";
            return Err(Problem::new(ProblemKind::Name, message));
        }
        if stem.len() > limits.name_byte_len {
            let found = format!("the name has {}", counted(stem.len(), "byte"));
            return Err(Problem::limit(found, "name_byte_len", limits.name_byte_len));
        }
        if member.encrypted {
            return Err(Problem::new(ProblemKind::Format, "encrypted; unpack the archive with its password first"));
        }
        match member.method {
            CompressionMethod::Stored if member.packed != member.size => {
                let stored = counted(member.packed, "byte");
                let message = format!("stored in {stored}, but the archive says that it has {}", member.size);
                Err(Problem::new(ProblemKind::Header, message))
            }
            CompressionMethod::Stored => Ok(()),
            CompressionMethod::Deflated if member.size > member.packed.saturating_mul(limits.inflation) => {
                let size = counted(member.size, "byte");
                let found = format!("the archive says that it deflated {size} to {}", member.packed);
                Err(Problem::limit(found, "inflation", format_args!("{} for each", limits.inflation)))
            }
            CompressionMethod::Deflated => Ok(()),
            other => {
                let message = format!("compressed with {other}; stored and deflated members are read");
                Err(Problem::new(ProblemKind::Format, message))
            }
        }
    }
}

impl Member<'_> {
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

/// Finds names that the directory lists twice. The `zip` crate keeps only the last record of a name, so this reads the
/// records again.
fn duplicates(records: &mut Records, problems: &mut FoundProblems) {
    let mut first: HashMap<Vec<u8>, u32> = HashMap::new();
    while let Some(record) = records.next() {
        let offset = record.offset();
        if let Some(before) = first.get(record.name) {
            let message = format!("in the archive twice, at the bytes {before} and {offset}; keep one");
            let short = String::from_utf8_lossy(record.name);
            problems.push(Problem::new(ProblemKind::Duplicate, message).tensor(short).at(u64::from(offset)));
        }
        first.entry(record.name.to_vec()).or_insert(offset);
    }
}

/// Proves that the members follow one another from the start of the file to the directory. Looks for gaps only if names
/// are `distinct`, because only then are all members known.
fn cover(
    reader: &dyn ReadAt,
    members: &mut [Member<'_>],
    directory: u64,
    distinct: bool,
    problems: &mut FoundProblems,
) {
    members.sort_by_key(|member| (member.start, member.end));
    let mut reached = 0u64;
    let mut furthest: Option<&Member<'_>> = None;
    for member in &*members {
        if member.end == 0 {
            // its own header could not be read, and that is reported already
            return;
        }
        if member.start < reached {
            let with = furthest.map_or("", |furthest| &*furthest.name);
            let message = format!("shares bytes of the archive with `{}`", shown(with));
            problems.push(Problem::new(ProblemKind::Overlap, message).tensor(&*member.name).at(member.start));
        } else if distinct {
            gap(reader, furthest, reached, member.start, problems);
        }
        if member.end > directory {
            let message = "reaches into the archive's directory; the file is damaged or truncated";
            problems.push(Problem::new(ProblemKind::Overlap, message).tensor(&*member.name).at(member.start));
        }
        if member.end > reached {
            reached = member.end;
            furthest = Some(member);
        }
    }
    if distinct && reached <= directory {
        gap(reader, furthest, reached, directory, problems);
    }
}

/// Refuses bytes between two members, unless they are the record of the first member's sizes.
fn gap(reader: &dyn ReadAt, before: Option<&Member<'_>>, from: u64, to: u64, problems: &mut FoundProblems) {
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
        let length = counted(length, "byte");
        let message = format!("no member accounts for {length} {place}; it looks like two concatenated files");
        problems.push(Problem::new(ProblemKind::Unaccounted, message).at(from));
    }
}
