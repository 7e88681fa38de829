//! Safetensors: eight bytes of length, a JSON header of that length, then the elements. The header accounts for every
//! byte of them.
#![forbid(unsafe_code)]

#[cfg(any(test, fuzzing))]
mod agreement;
mod fast;
mod header;
mod most;

#[cfg(fuzzing)]
pub(crate) use agreement::fast_takes;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::header::PREFIX;
use self::most::Most;
use super::contents::Contents;
use super::entries::{Entries, RawEntry};
use super::plain::PlainElements;
use super::problems::FoundProblems;
use super::room::{room, zeroed};
use crate::error::{Problem, ProblemKind, Problems};
use crate::limits::Limits;
use crate::reader::ReadAt;
use crate::storage::SharedBytes;
use weighbridge_lock::{counted, shown};

/// What to do about bytes that the header leaves out.
const PERHAPS_HIDDEN: &str = "the file may hide something, so fetch it again or write it anew";

/// Reads the header and proves that its tensors cover the rest of the file, each byte once.
///
/// White space before and after the header is accepted: writers use it to align the elements to a page.
pub(crate) fn open(reader: Arc<dyn ReadAt>, limits: &Limits) -> Result<Contents, Problems> {
    open_listed(reader, limits, None)
}

/// Opens a shard, to which its index gives this many tensors.
pub(crate) fn open_listed(
    reader: Arc<dyn ReadAt>,
    limits: &Limits,
    listed: Option<usize>,
) -> Result<Contents, Problems> {
    let memory = reader.memory();
    let length = header_length(&*reader, limits).map_err(|problem| vec![problem])?;
    let copied;
    let text = match memory.as_ref().and_then(|memory| header_in(memory, length)) {
        Some(text) => text,
        None => {
            let mut text = zeroed(length, "the header").map_err(|problem| vec![problem.at(0)])?;
            reader.read_exact_at(PREFIX, &mut text).map_err(|error| vec![Problem::io(error).at(PREFIX)])?;
            copied = text;
            &copied
        }
    };
    let mut problems = FoundProblems::default();
    let (mut entries, metadata) = described(text, reader.len(), limits, listed, &mut problems);
    if let Some(problem) = entries.refused() {
        return Err(vec![problem]);
    }
    if !problems.is_empty() {
        return Err(problems.finish());
    }
    Ok(Contents { metadata, ..Contents::new(entries, PlainElements::new(reader)) })
}

/// The contents of the header. Reports every mistake in it, and in how its tensors cover a file of `len` bytes.
fn described(
    text: &[u8],
    len: u64,
    limits: &Limits,
    listed: Option<usize>,
    problems: &mut FoundProblems,
) -> (Entries, BTreeMap<String, String>) {
    let start = PREFIX.saturating_add(u64::try_from(text.len()).unwrap_or(u64::MAX));
    let most = Most { limits, listed };
    let (entries, metadata, complete) = match fast::read(text, start, most) {
        Some(plain) => (plain.entries, plain.metadata, true),
        // it has a mistake, or an unusual form
        None => match header::read(text, PREFIX, most, problems) {
            Ok(header) => (header.entries, header.metadata, header.unplaced == 0),
            Err(problem) => {
                problems.push(problem);
                return Default::default();
            }
        },
    };
    if entries.is_whole() {
        cover(&entries, start, len, complete, problems);
    }
    (entries, metadata)
}

/// The header's length, checked against the limit and the file before anything is allocated for it.
fn header_length(reader: &dyn ReadAt, limits: &Limits) -> Result<usize, Problem> {
    let mut prefix = [0; 8];
    let rest = reader.len().checked_sub(PREFIX).ok_or_else(|| {
        let message =
            "the file ends inside the 8 bytes of the header's length; it is truncated: download or copy it again";
        Problem::new(ProblemKind::Truncated, message).at(reader.len())
    })?;
    reader.read_exact_at(0, &mut prefix).map_err(|error| Problem::io(error).at(0))?;
    let length = u64::from_le_bytes(prefix);
    let claimed = format!("the header claims {}", counted(length, "byte"));
    let limit = limits.header_byte_len;
    if length > rest {
        // a length that is also beyond the limit is no length, most likely
        let (kind, message) = if length > limit {
            let limit =
                format!("and `Limits::header_byte_len` is {limit}; it is damaged, truncated, or not safetensors");
            (ProblemKind::Limit, format!("{claimed}, the rest of the file has {rest}, {limit}"))
        } else {
            let message = format!(
                "{claimed}, and the rest of the file has {rest}; it is damaged or truncated: download or copy it again"
            );
            (ProblemKind::Truncated, message)
        };
        return Err(Problem::new(kind, message).at(0));
    }
    if length > limit {
        return Err(Problem::limit(claimed, "header_byte_len", limit).at(0));
    }
    usize::try_from(length).map_err(|_| Problem::new(ProblemKind::Limit, "the header does not fit in memory").at(0))
}

fn header_in(memory: &SharedBytes, length: usize) -> Option<&[u8]> {
    let start = usize::try_from(PREFIX).ok()?;
    (**memory).as_ref().get(start..start.checked_add(length)?)
}

/// Proves that the entries follow one another from `start` to the end of the file at `len`: no overlap, no gap, no end
/// beyond the file and nothing after the last entry. `complete` says that no entry was left out.
fn cover(entries: &Entries, start: u64, len: u64, complete: bool, problems: &mut FoundProblems) {
    let end_of = |entry: RawEntry<'_>| {
        entry.offset.saturating_add(u64::try_from(entry.tensor_type.byte_len).unwrap_or(u64::MAX))
    };
    let mut next = start;
    let in_order = entries.iter().all(|entry| {
        let fits = entry.offset == next;
        next = end_of(entry);
        fits
    });
    if complete && in_order && next == len {
        return;
    }

    // in order twice: the list, and what sorting it takes
    let sorting = entries.len().saturating_mul(size_of::<RawEntry<'_>>()).saturating_mul(2);
    if let Err(problem) = room(sorting, "the list of tensors") {
        return problems.push(problem);
    }
    let mut sorted: Vec<RawEntry<'_>> = entries.iter().collect();
    sorted.sort_by_key(|entry| (entry.offset, entry.tensor_type.byte_len));
    // the entry that reaches furthest so far, and the first entry at the current offset
    let mut furthest: Option<RawEntry<'_>> = None;
    let mut here: Option<RawEntry<'_>> = None;
    let mut reached = start;
    for entry in sorted {
        let same_place =
            here.filter(|here| here.offset == entry.offset && here.tensor_type.byte_len == entry.tensor_type.byte_len);
        // the same name at the same place is a duplicate, which is reported where names are paired, and not also an
        // overlap
        let repeated = same_place.is_some_and(|here| here.name == entry.name);
        if entry.offset < reached && !repeated {
            let whose = same_place.or(furthest).map_or_else(
                || "another tensor's".to_owned(),
                |other| format!("those of `{}`, {} to {}", shown(other.name), other.offset, end_of(other)),
            );
            let message = format!("its bytes {} to {} overlap {whose}", entry.offset, end_of(entry));
            problems.push(Problem::new(ProblemKind::Overlap, message).tensor(entry.name).at(entry.offset));
        } else if entry.offset > reached && complete && reached < len {
            let hole = entry.offset.min(len).saturating_sub(reached);
            let after = furthest.map_or_else(String::new, |entry| format!("after `{}` and ", shown(entry.name)));
            let hole = counted(hole, "byte");
            let message = format!("no tensor accounts for {hole} {after}before this one; {PERHAPS_HIDDEN}");
            problems.push(Problem::new(ProblemKind::Unaccounted, message).tensor(entry.name).at(reached));
        }
        if same_place.is_none() {
            here = Some(entry);
        }
        if furthest.is_none() || end_of(entry) > reached {
            furthest = Some(entry);
        }
        reached = reached.max(end_of(entry));
    }

    // a truncated file is one problem, however many tensors are affected
    let mut cut = entries.iter().filter(|&entry| end_of(entry) > len);
    if let Some(first) = cut.clone().min_by_key(|entry| entry.offset) {
        let others = match cut.by_ref().count().saturating_sub(1) {
            0 => String::new(),
            1 => ", as does 1 more".to_owned(),
            others => format!(", as do {others} more"),
        };
        let message = format!(
            "ends at byte {} of a file of {len}{others}; the file is truncated, or a download did not finish",
            end_of(first)
        );
        problems.push(Problem::new(ProblemKind::Truncated, message).tensor(first.name).at(first.offset));
    } else if reached < len && complete {
        let rest = counted(len.saturating_sub(reached), "byte");
        let message = format!("no tensor accounts for {rest} after the last one; {PERHAPS_HIDDEN}");
        problems.push(Problem::new(ProblemKind::Unaccounted, message).at(reached));
    }
}
