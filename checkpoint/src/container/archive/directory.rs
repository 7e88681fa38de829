//! The zip archive around the arrays: where it starts and ends, and that the file contains nothing else.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use weighbridge_lock::counted;
use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config};
use zip::result::ZipError;

use super::window::Window;
use crate::container::room::room;
use crate::error::{Problem, ProblemKind};
use crate::limits::Limits;
use crate::reader::ReadAt;

/// How much is read at once while the archive is opened: about one member's headers, so as not to read its array too.
pub(super) const AHEAD: usize = 256;
/// The same for the directory, which is read completely.
const DIRECTORY_AHEAD: usize = 64 << 10;

const END: u64 = 22;
const LOCATOR: u64 = 20;

/// A file as the `zip` crate needs it: `Read` and `Seek`. It reads ahead a little.
#[derive(Clone)]
pub(super) struct Position {
    window: Window,
    at: u64,
    directory: u64,
}

impl Read for Position {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ahead = if self.at < self.directory { AHEAD } else { DIRECTORY_AHEAD };
        let read = self.window.bytes(self.at, out.len().min(1), ahead)?.read(out)?;
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}

impl Seek for Position {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.window.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a position outside of the file"))?;
        Ok(self.at)
    }
}

/// Opens the archive after checking its end. An archive that does not start and end with the file makes two files in
/// one, and different programs would read different ones.
pub(super) fn open(reader: &Arc<dyn ReadAt>, limits: &Limits) -> Result<ZipArchive<Position>, Problem> {
    let directory = directory(&**reader)?;
    if directory.count > u64::try_from(limits.tensor_count).unwrap_or(u64::MAX) {
        let found = format!("the archive claims {}", counted(directory.count, "member"));
        return Err(Problem::limit(found, "tensor_count", limits.tensor_count).at(directory.end));
    }
    // a record of the directory takes at least 46 bytes
    if directory.end.saturating_sub(directory.start) / 46 < directory.count {
        let claimed = counted(directory.count, "member");
        let message = format!("the archive claims {claimed}, but its directory is too short");
        return Err(Problem::new(ProblemKind::Header, message).at(directory.start));
    }
    // what a member takes in the crate's directory and in the lists of this one, besides its name
    const MEMBER: usize = 1024;
    let listed = usize::try_from(directory.count).unwrap_or(usize::MAX).saturating_mul(MEMBER);
    let bytes = usize::try_from(directory.end.saturating_sub(directory.start)).unwrap_or(usize::MAX);
    let bytes = listed.saturating_add(bytes.saturating_mul(4));
    room(bytes, "the archive's directory").map_err(|problem| problem.at(directory.start))?;
    let position = Position { window: Window::new(Arc::clone(reader)), at: 0, directory: directory.start };
    let archive = ZipArchive::with_config(Config { archive_offset: ArchiveOffset::Known(0) }, position);
    let archive =
        archive.map_err(|error| broken("the archive's directory cannot be read", error).at(directory.start))?;
    if archive.central_directory_start() != directory.start || archive.offset() != 0 {
        let message = "the archive has two directories; it is ambiguous which applies: save the file again";
        return Err(Problem::new(ProblemKind::Unaccounted, message).at(directory.start));
    }
    Ok(archive)
}

/// What the `zip` crate found: an error of the system, or records that are wrong as `what` says.
pub(super) fn broken(what: &str, error: ZipError) -> Problem {
    match error {
        ZipError::Io(error) if is_of_system(&error) => Problem::io(error),
        error => Problem::new(ProblemKind::Header, format!("{what}: {error}")),
    }
}

/// Whether an error comes from whoever reads the file, and not from what is in it.
pub(crate) fn is_of_system(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    !matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
}

/// Where the archive's directory is, and how many members it lists.
struct Directory {
    start: u64,
    end: u64,
    count: u64,
}

/// Reads the end of the archive, which must also be the end of the file.
fn directory(reader: &dyn ReadAt) -> Result<Directory, Problem> {
    let len = reader.len();
    let at = len.checked_sub(END).ok_or_else(|| cut(len))?;
    let mut end = [0; 22];
    reader.read_exact_at(at, &mut end).map_err(|error| Problem::io(error).at(at))?;
    if !end.starts_with(b"PK\x05\x06") || end.get(20..) != Some(&[0, 0]) {
        return Err(trailing(reader));
    }
    let mut found = Directory {
        start: u64::from(number::<4, _>(&end, 16, u32::from_le_bytes)),
        end: at,
        count: u64::from(number::<2, _>(&end, 10, u16::from_le_bytes)),
    };
    let size = u64::from(number::<4, _>(&end, 12, u32::from_le_bytes));
    let mut finish = found.start.checked_add(size);
    if let Some(locator_at) = at.checked_sub(LOCATOR) {
        let mut locator = [0; 20];
        reader.read_exact_at(locator_at, &mut locator).map_err(|error| Problem::io(error).at(locator_at))?;
        if locator.starts_with(b"PK\x06\x07") {
            // the 64-bit end record: first its position, then its own length, then the directory's start and count
            let record_at = number::<8, _>(&locator, 8, u64::from_le_bytes);
            let mut record = [0; 56];
            let read = reader.read_exact_at(record_at, &mut record);
            if read.is_err() || !record.starts_with(b"PK\x06\x06") {
                return Err(in_front(record_at, None));
            }
            let record_end =
                record_at.checked_add(12).and_then(|at| at.checked_add(number::<8, _>(&record, 4, u64::from_le_bytes)));
            if record_end != Some(locator_at) {
                return Err(in_front(record_at, None));
            }
            found.count = number::<8, _>(&record, 32, u64::from_le_bytes);
            found.start = number::<8, _>(&record, 48, u64::from_le_bytes);
            found.end = record_at;
            finish = found.start.checked_add(number::<8, _>(&record, 40, u64::from_le_bytes));
        }
    }
    if finish != Some(found.end) {
        return Err(in_front(found.start, finish.and_then(|finish| found.end.checked_sub(finish))));
    }
    Ok(found)
}

fn number<const N: usize, T>(record: &[u8], at: usize, read: fn([u8; N]) -> T) -> T {
    let bytes = record.get(at..).and_then(|rest| rest.first_chunk()).copied();
    read(bytes.unwrap_or([0; N]))
}

fn cut(len: u64) -> Problem {
    let message = "the archive's end is missing; the file is truncated, or a download did not finish";
    Problem::new(ProblemKind::Truncated, message).at(len)
}

fn in_front(at: u64, by: Option<u64>) -> Problem {
    let message = match by {
        Some(by) => format!("{} in front of the archive; it looks like two concatenated files", counted(by, "byte")),
        None => {
            "the archive's directory is not where its end says; it looks like two concatenated files, or is damaged"
                .to_owned()
        }
    };
    Problem::new(ProblemKind::Unaccounted, message).at(if by.is_some() { 0 } else { at })
}

/// The problem with the end of the file. A comment is refused too: no writer of arrays adds one, and an archive can
/// hide in it.
fn trailing(reader: &dyn ReadAt) -> Problem {
    let len = reader.len();
    let span = len.min(END.saturating_add(1 << 16));
    let from = len.saturating_sub(span);
    let mut tail = vec![0; usize::try_from(span).unwrap_or(0)];
    if let Err(error) = reader.read_exact_at(from, &mut tail) {
        return Problem::io(error).at(from);
    }
    match tail.windows(4).rposition(|window| window == b"PK\x05\x06") {
        Some(inside) => {
            let end = from.saturating_add(u64::try_from(inside).unwrap_or(0)).saturating_add(END);
            if end > len {
                return cut(len);
            }
            let rest = counted(len.saturating_sub(end), "byte");
            let message = format!("{rest} after the archive's end; it looks like two concatenated files");
            Problem::new(ProblemKind::Unaccounted, message).at(end)
        }
        None => cut(len),
    }
}
