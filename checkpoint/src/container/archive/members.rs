//! The members of an archive, as its directory lists them.

use std::borrow::Cow;

use zip::{CompressionMethod, ZipArchive};

use super::directory::Position;
use crate::error::{Problem, ProblemKind, Problems};

/// How much is read at once for one member's headers: little, so as not to read its array too.
const HEADERS: usize = 256;
/// Headers of members that start at most this far apart are read at once, together with the arrays between them: that
/// is cheaper than several reads.
const NEAR: u64 = 4 << 10;
/// The most that one read for headers takes.
const WINDOW: usize = 256 << 10;

/// One member of the archive, as listed in its directory.
pub(crate) struct Member<'a> {
    pub(crate) name: Cow<'a, str>,
    /// The name, as raw bytes of the file.
    pub(crate) raw: &'a [u8],
    pub(crate) index: usize,
    pub(crate) start: u64,
    /// Where its bytes end; 0 until its own header is read.
    pub(crate) end: u64,
    pub(crate) size: u64,
    pub(crate) packed: u64,
    pub(crate) crc: u32,
    pub(crate) method: CompressionMethod,
    pub(crate) encrypted: bool,
    /// Whether a record of its sizes follows its bytes, as in archives that were streamed.
    pub(crate) described: bool,
    /// How much to read at once from its start: up to the headers of the next members that start near it.
    pub(crate) ahead: usize,
}

pub(super) fn of(archive: &ZipArchive<Position>) -> Result<Vec<Member<'_>>, Problems> {
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

impl Member<'_> {
    /// The forms that the record behind its bytes may have.
    pub(super) fn descriptors(&self) -> [Vec<u8>; 4] {
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
