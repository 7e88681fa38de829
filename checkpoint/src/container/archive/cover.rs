//! The proof that an archive's members are all that its file holds.

use std::collections::HashMap;

use weighbridge_lock::{counted, shown};

use super::members::Member;
use super::record::Records;
use crate::container::problems::FoundProblems;
use crate::error::{Problem, ProblemKind};
use crate::reader::ReadAt;

/// Finds names that the directory lists twice. The `zip` crate keeps only the last record of a name, so this reads the
/// records again.
pub(super) fn duplicates(records: &mut Records, problems: &mut FoundProblems) {
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
pub(super) fn cover(
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
