//! Files of the system: opened without waiting, kept open while there are few, and refused if they change.

use std::borrow::Cow;
use std::fs::{self, File, FileType, Metadata};
use std::io;
use std::path::{self, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use weighbridge_lock::hub_path;

use crate::reader::ReadAt;

/// How many of several files stay open. The rest is opened again when it is read: a process may often have 1024 files
/// open, and a checkpoint has up to 10,000 shards.
const STAY_OPEN: usize = 16;

/// The path of a file or a folder: what the Hub's cache has, if it is an address of the Hub.
pub(crate) fn located(path: &Path) -> io::Result<Cow<'_, Path>> {
    match hub_path(path) {
        None => Ok(Cow::Borrowed(path)),
        Some(found) => found.map(Cow::Owned).map_err(|why| io::Error::new(io::ErrorKind::NotFound, why)),
    }
}

/// Opens a regular file.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    // a device may do something when it is opened, so look first
    regular(&fs::metadata(path)?)?;
    open_at_once(path)
}

/// Opens a regular file, and waits for nobody if something else took its place.
fn open_at_once(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_NOCTTY);
    let file = options.open(path)?;
    regular(&file.metadata()?)?;
    Ok(file)
}

/// Refuses what cannot be read by position.
fn regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory; give the path of a file"));
    }
    if !metadata.is_file() {
        let what = kind(metadata.file_type());
        let message =
            format!("it is {what}, which cannot be read by position; copy it to a file, or give its bytes in Rust");
        return Err(io::Error::new(io::ErrorKind::Unsupported, message));
    }
    Ok(())
}

/// What is neither a file nor a directory.
#[cfg(unix)]
pub(crate) fn kind(file: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if file.is_fifo() {
        "a pipe"
    } else if file.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
pub(crate) fn kind(_file: FileType) -> &'static str {
    "a pipe or a device"
}

/// What tells a file from one that was written later, in its place or over it.
#[derive(Clone, Copy, Debug)]
struct Stamp {
    len: u64,
    modified: Option<SystemTime>,
    system: SystemStamp,
}

/// What the system tells besides.
#[cfg(unix)]
#[derive(Clone, Copy, Debug)]
struct SystemStamp {
    /// Its device and its number there.
    identity: (u64, u64),
    /// When it was written, renamed, or given another mode or another time of writing, in seconds and nanoseconds. Nobody can
    /// set this back.
    changed: (i64, i64),
    /// How many names it has.
    links: u64,
}

#[cfg(unix)]
impl SystemStamp {
    fn of(metadata: &Metadata) -> SystemStamp {
        use std::os::unix::fs::MetadataExt;
        SystemStamp {
            identity: (metadata.dev(), metadata.ino()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            links: metadata.nlink(),
        }
    }

    /// Whether both can be of the same bytes. A name more or less is a change too, such as when another file is renamed to the
    /// name of this one, and its time says nothing then.
    fn agrees(&self, now: &SystemStamp) -> bool {
        self.identity == now.identity && (self.changed == now.changed || self.links != now.links)
    }
}

#[cfg(not(unix))]
#[derive(Clone, Copy, Debug)]
struct SystemStamp;

#[cfg(not(unix))]
impl SystemStamp {
    fn of(_metadata: &Metadata) -> SystemStamp {
        SystemStamp
    }

    fn agrees(&self, _now: &SystemStamp) -> bool {
        true
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        Stamp { len: metadata.len(), modified: metadata.modified().ok(), system: SystemStamp::of(metadata) }
    }

    /// Whether a file with these stamps has the same bytes still.
    fn agrees(&self, now: &Stamp) -> bool {
        self.len == now.len && self.modified == now.modified && self.system.agrees(&now.system)
    }
}

/// A file as it was when it was opened.
pub(crate) struct OpenFile {
    stamp: Stamp,
    handle: Handle,
}

enum Handle {
    /// Stays open.
    Own(File),
    /// One of several, by its number among them.
    Among { files: Arc<OpenFiles>, number: usize, path: PathBuf },
}

/// Several files, of which a few are open.
#[derive(Default)]
pub(crate) struct OpenFiles {
    /// How many there are.
    count: AtomicUsize,
    /// Those that are open now, by number; the last one was used last.
    open: Mutex<Vec<(usize, Arc<File>)>>,
}

impl OpenFiles {
    /// The open file with this number. If it has to be opened, it must be the one with this stamp.
    fn get(&self, number: usize, path: &Path, stamp: Option<Stamp>) -> io::Result<Arc<File>> {
        let mut files = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = files.iter().position(|(open, _)| *open == number) {
            let known = files.remove(place);
            let file = Arc::clone(&known.1);
            files.push(known);
            return Ok(file);
        }
        if files.len() >= STAY_OPEN {
            files.remove(0);
        }
        let file = match open(path) {
            Err(error) if is_too_many(&error) && !files.is_empty() => {
                files.clear();
                open(path)
            }
            opened => opened,
        };
        let file = Arc::new(file.map_err(|error| if is_too_many(&error) { too_many(error.kind()) } else { error })?);
        if let Some(stamp) = stamp {
            compare(stamp, Stamp::of(&file.metadata()?))?;
        }
        files.push((number, Arc::clone(&file)));
        Ok(file)
    }

    /// The stamp that the file has now. It is not opened for that.
    fn stamp(&self, number: usize, path: &Path) -> io::Result<Stamp> {
        let files = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let metadata = match files.iter().find(|(open, _)| *open == number) {
            Some((_, file)) => file.metadata(),
            None => fs::metadata(path),
        };
        Ok(Stamp::of(&metadata?))
    }
}

/// Whether the process, or the system, has too many files open.
#[cfg(unix)]
fn is_too_many(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

#[cfg(not(unix))]
fn is_too_many(_error: &io::Error) -> bool {
    false
}

fn too_many(kind: io::ErrorKind) -> io::Error {
    io::Error::new(kind, "too many files are open; close some, or allow the process more (`ulimit -n`)")
}

fn compare(before: Stamp, now: Stamp) -> io::Result<()> {
    if before.agrees(&now) {
        return Ok(());
    }
    if now.len < before.len {
        return Err(cut());
    }
    let message = "the file has changed since it was opened, so old and new bytes may be mixed; load it again when \
                   nobody writes to it";
    Err(io::Error::new(io::ErrorKind::StaleNetworkFileHandle, message))
}

/// The error of a read beyond the length that the file had when it was opened.
fn cut() -> io::Error {
    let message = "the file is now shorter than when it was opened; load it when nobody writes to it";
    io::Error::new(io::ErrorKind::UnexpectedEof, message)
}

impl OpenFile {
    pub(crate) fn open(path: &Path) -> io::Result<OpenFile> {
        let file = open(path).map_err(|error| if is_too_many(&error) { too_many(error.kind()) } else { error })?;
        Ok(OpenFile { stamp: Stamp::of(&file.metadata()?), handle: Handle::Own(file) })
    }

    /// Opens one of several files. It may be closed and opened again whenever it is read.
    pub(crate) fn among(files: &Arc<OpenFiles>, path: &Path) -> io::Result<OpenFile> {
        // the working directory may change before it is opened again
        let path = path::absolute(path)?;
        let number = files.count.fetch_add(1, Ordering::Relaxed);
        let stamp = Stamp::of(&files.get(number, &path, None)?.metadata()?);
        Ok(OpenFile { stamp, handle: Handle::Among { files: Arc::clone(files), number, path } })
    }
}

impl ReadAt for OpenFile {
    fn len(&self) -> u64 {
        self.stamp.len
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        match &self.handle {
            Handle::Own(file) => read_exact_at(file, offset, buffer),
            Handle::Among { files, number, path } => {
                read_exact_at(&*files.get(*number, path, Some(self.stamp))?, offset, buffer)
            }
        }
    }

    fn unchanged(&self) -> io::Result<()> {
        let now = match &self.handle {
            Handle::Own(file) => Stamp::of(&file.metadata()?),
            Handle::Among { files, number, path } => files.stamp(*number, path)?,
        };
        compare(self.stamp, now)
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => cut(),
        _ => error,
    })
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut offset: u64, mut buffer: &mut [u8]) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    while !buffer.is_empty() {
        match file.seek_read(buffer, offset) {
            Ok(0) => return Err(cut()),
            Ok(n) => {
                offset += n as u64;
                buffer = &mut buffer[n..];
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_pipe_in_place_of_a_file_is_not_waited_for() {
        let scratch = tempfile::tempdir().unwrap();
        let pipe = scratch.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        // nobody writes to it: as if it came between the look and the opening
        let refused = open_at_once(&pipe).unwrap_err().to_string();
        assert!(refused.starts_with("it is a pipe, "), "{refused}");
    }

    #[test]
    fn few_of_many_files_are_open() {
        let scratch = tempfile::tempdir().unwrap();
        let files = Arc::new(OpenFiles::default());
        let opened: Vec<OpenFile> = (0..3 * STAY_OPEN as u8)
            .map(|number| {
                let path = scratch.path().join(number.to_string());
                fs::write(&path, [number; 4]).unwrap();
                OpenFile::among(&files, &path).unwrap()
            })
            .collect();
        let mut last = [0];
        for _ in 0..2 {
            for (number, file) in opened.iter().enumerate() {
                file.read_exact_at(3, &mut last).unwrap();
                assert_eq!((usize::from(last[0]), file.len()), (number, 4));
                file.unchanged().unwrap();
            }
        }
        assert_eq!(files.open.lock().unwrap().len(), STAY_OPEN);
        // another file in place of one that is not open, and of one that is: that one is still read
        for number in [0, opened.len() - 1] {
            fs::remove_file(scratch.path().join(number.to_string())).unwrap();
            fs::write(scratch.path().join(number.to_string()), [100; 4]).unwrap();
        }
        assert!(opened[0].read_exact_at(3, &mut last).unwrap_err().to_string().contains("has changed"));
        assert!(opened[0].unchanged().is_err());
        opened[opened.len() - 1].read_exact_at(3, &mut last).unwrap();
        assert_eq!(usize::from(last[0]), opened.len() - 1);
        opened[opened.len() - 1].unchanged().unwrap();
        // bytes behind it
        let mut longer = File::options().append(true).open(scratch.path().join("1")).unwrap();
        longer.write_all(&[1]).unwrap();
        assert!(opened[1].unchanged().unwrap_err().to_string().contains("has changed"));
    }

    #[test]
    fn a_change_shows_even_if_the_time_of_writing_is_set_back() {
        use std::os::unix::fs::PermissionsExt;

        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("weights");
        // a step of the file system's clock
        let wait = || std::thread::sleep(std::time::Duration::from_millis(30));
        let write = || {
            fs::write(&path, [1; 64]).unwrap();
            wait();
            [OpenFile::open(&path).unwrap(), OpenFile::among(&Arc::default(), &path).unwrap()]
        };
        let is_changed =
            |opened: &OpenFile| opened.unchanged().is_err_and(|error| error.to_string().contains("changed"));

        // as `cp -p` and `rsync -t --inplace` do
        let opened = write();
        let before = fs::metadata(&path).unwrap();
        let mut file = File::options().write(true).open(&path).unwrap();
        file.write_all(&[2; 32]).unwrap();
        file.set_modified(before.modified().unwrap()).unwrap();
        let now = fs::metadata(&path).unwrap();
        assert_eq!((before.modified().unwrap(), before.len()), (now.modified().unwrap(), now.len()));
        assert!(opened.iter().all(is_changed));
        // the same with another mode, which `cp -p` copies too
        let opened = write();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(opened.iter().all(is_changed));

        // a name more, no name at all, another file of its name
        let opened = write();
        fs::hard_link(&path, scratch.path().join("link")).unwrap();
        assert!(opened.iter().all(|opened| opened.unchanged().is_ok()));
        let opened = write();
        fs::remove_file(scratch.path().join("link")).unwrap();
        fs::write(scratch.path().join("other"), [3; 64]).unwrap();
        fs::rename(scratch.path().join("other"), &path).unwrap();
        assert!(opened[0].unchanged().is_ok());
    }
}
