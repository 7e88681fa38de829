//! Npz: a zip archive of numpy `.npy` arrays, as numpy, JAX and MLX write it.
#![forbid(unsafe_code)]

mod elements;
mod header;
mod member;
mod reading;
mod stored;
#[cfg(feature = "libdeflate")]
mod whole;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::sync::Arc;

use flate2::Decompress;
use zip::CompressionMethod;

use self::header::{NpyHeader, NpyHeaders};
use self::member::{Inflate, ReadAhead};
use self::reading::NpzElements;
use self::stored::StoredArray;
use super::archive::{Archive, Locator, Member};
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

/// Reads every array header of an archive, and proves that the file contains nothing else.
pub(super) fn open(
    reader: Arc<dyn ReadAt>,
    archive: &Archive,
    mut members: Vec<Member<'_>>,
    limits: &Limits,
    skip: &Skip,
) -> Result<Contents, Problems> {
    let mut problems = FoundProblems::default();
    let mut opening = Opening {
        locator: archive.locator(&mut problems),
        headers: NpyHeaders::default(),
        inflate: Some(Decompress::new(false)),
        names: MemberNames { archive, set: OnceCell::new() },
        limits,
    };
    let mut entries = Entries::with_capacity(members.len());
    let mut arrays = Vec::with_capacity(members.len());
    let mut skipped = Skipped::new(skip);
    for member in &mut members {
        let name = member.name.strip_suffix(SUFFIX).unwrap_or(&member.name).to_owned();
        match opening.open(member) {
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
            Err(problem) => {
                if let Err(problem) = skipped.leave_out(skip, &name, problem.at(member.start)) {
                    problems.push(problem.tensor(&*member.name));
                }
            }
        }
    }
    archive.prove(&mut members, &mut problems);
    if let Some(problem) = entries.refused() {
        problems.push(problem);
    }
    if !problems.is_empty() {
        return Err(problems.finish());
    }
    Ok(Contents { skipped, ..Contents::new(entries, NpzElements::new(reader, arrays)) })
}

/// The names of an archive. The set is built only when a name is looked up, which is rare.
struct MemberNames<'a> {
    archive: &'a Archive,
    set: OnceCell<HashSet<Cow<'a, str>>>,
}

impl MemberNames<'_> {
    fn contain(&self, name: &str) -> bool {
        self.set.get_or_init(|| self.archive.names().collect()).contains(name)
    }
}

/// State that opening one member leaves for the next.
struct Opening<'a> {
    locator: Locator,
    headers: NpyHeaders,
    /// Used for one deflated member after another.
    inflate: Option<Decompress>,
    names: MemberNames<'a>,
    limits: &'a Limits,
}

impl Opening<'_> {
    /// Reads a member up to the end of its `.npy` header. Returns where its bytes start, and the header.
    fn open(&mut self, member: &mut Member<'_>) -> Result<(u64, NpyHeader), Problem> {
        let located = self.locator.locate(member)?;
        self.acceptable(member)?;
        self.locator.compare(member, located)?;

        let data = located.data;
        let mut bytes = ReadAhead { window: self.locator.window(), at: data, end: member.end, ahead: HEADERS };
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
