//! A zip archive, as `.npz` files and those of PyTorch are: its members, where each lies, and the proof that the file
//! contains nothing else.
#![forbid(unsafe_code)]

mod cover;
mod directory;
mod members;
mod record;
mod window;

#[cfg(feature = "npz")]
use std::borrow::Cow;
use std::sync::Arc;

use zip::ZipArchive;
use zip::read::ZipReadOptions;

#[cfg(feature = "npz")]
pub(crate) use self::directory::is_of_system;
use self::directory::{Position, broken};
pub(crate) use self::members::Member;
use self::record::{Record, Records};
pub(crate) use self::window::Window;
use super::problems::FoundProblems;
use crate::error::{Problem, Problems};
use crate::limits::Limits;
use crate::reader::ReadAt;

/// An archive whose directory was read.
pub(crate) struct Archive {
    reader: Arc<dyn ReadAt>,
    zip: ZipArchive<Position>,
    /// Whether every name occurs only once, so that all members are known.
    is_distinct: bool,
}

impl Archive {
    /// Reads the directory of an archive that starts and ends with the file.
    pub(crate) fn open(reader: &Arc<dyn ReadAt>, limits: &Limits) -> Result<Archive, Problem> {
        let zip = directory::open(reader, limits)?;
        let is_distinct = !zip.has_duplicate_names();
        Ok(Archive { reader: Arc::clone(reader), zip, is_distinct })
    }

    /// The members, in the order of the directory.
    pub(crate) fn members(&self) -> Result<Vec<Member<'_>>, Problems> {
        members::of(&self.zip)
    }

    /// The names of the members that can be read as names.
    #[cfg(feature = "npz")]
    pub(crate) fn names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.zip.file_names().flatten()
    }

    /// What finds the bytes of the members. Names that the directory lists twice are problems.
    pub(crate) fn locator(&self, problems: &mut FoundProblems) -> Locator {
        let mut records = Records::new(&self.reader, self.zip.central_directory_start());
        if !self.is_distinct {
            cover::duplicates(&mut records, problems);
        }
        let window = Window::new(Arc::clone(&self.reader));
        Locator { zip: self.zip.clone(), records, window, is_distinct: self.is_distinct }
    }

    /// Proves that the members follow one another from the start of the file to the directory. All of them were
    /// located before.
    pub(crate) fn prove(&self, members: &mut [Member<'_>], problems: &mut FoundProblems) {
        cover::cover(&*self.reader, members, self.zip.central_directory_start(), self.is_distinct, problems);
    }
}

/// Finds the bytes of one member after another, in the order of the directory.
pub(crate) struct Locator {
    zip: ZipArchive<Position>,
    records: Records,
    window: Window,
    is_distinct: bool,
}

/// Where the bytes of a member start.
#[derive(Clone, Copy)]
pub(crate) struct Located {
    pub(crate) data: u64,
    /// Whether the record in front of them was compared with the directory.
    is_compared: bool,
}

const DISAGREE: &str = "the archive's records of this member do not agree";

impl Locator {
    /// Where the bytes of the next member start. Says in the member where they end.
    pub(crate) fn locate(&mut self, member: &mut Member<'_>) -> Result<Located, Problem> {
        // if a name occurs twice, the crate keeps only one of the records
        let record =
            if self.is_distinct { self.records.next().filter(|record| record.name == member.raw) } else { None };
        let usual = record.and_then(|record| data_start(&mut self.window, member, &record));
        let data = match usual {
            Some(data) => data,
            None => {
                let raw = self.zip.by_index_raw(member.index).map_err(|error| broken(DISAGREE, error))?;
                raw.data_start().unwrap_or(u64::MAX)
            }
        };
        member.end = data.saturating_add(member.packed);
        Ok(Located { data, is_compared: usual.is_some() })
    }

    /// Compares the record in front of a member with the directory, if that was not done yet.
    pub(crate) fn compare(&mut self, member: &Member<'_>, located: Located) -> Result<(), Problem> {
        if !located.is_compared {
            let options = ZipReadOptions::new().enforce_header_consistency(self.is_distinct);
            self.zip.by_index_with_options(member.index, options).map_err(|error| broken(DISAGREE, error))?;
        }
        Ok(())
    }

    /// What reads the file ahead.
    #[cfg(feature = "npz")]
    pub(crate) fn window(&mut self) -> &mut Window {
        &mut self.window
    }
}

/// Where the member's bytes start, if the record in front of them has a usual form and matches the directory.
fn data_start(window: &mut Window, member: &Member<'_>, record: &Record<'_>) -> Option<u64> {
    let length = Record::local_length(window.bytes(member.start, Record::LOCAL, member.ahead).ok()?)?;
    let local = window.bytes(member.start, length, member.ahead).ok()?.get(..length)?;
    let repeated = record.is_repeated_by(local, member.size, member.packed);
    repeated.then(|| member.start.checked_add(u64::try_from(length).ok()?))?
}
