//! A directory next to the target, in which files are written before they are moved into place.
//!
//! It is called `.weighbridge-save-PROCESS-NUMBER`. While the save runs, it holds a lock on a file in there, which the
//! system releases however the process ends. So the next save into the same directory knows what a killed one has left.

use std::fs::{self, File, Metadata, Permissions, TryLockError};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::error::WriteError;
use super::job::WriteJob;
use crate::file::kind;

/// How its name begins.
const NAME: &str = ".weighbridge-save-";
/// The file in it that is locked.
const HELD: &str = "held";
/// The file in it that lists what is being moved into place, if that is several files.
const PLACING: &str = "placing";

/// Dropping it removes it with everything in it, whether the save succeeded or not.
pub(super) struct StagingDirectory {
    path: PathBuf,
    held: Option<File>,
}

impl StagingDirectory {
    /// Creates it within the target's directory, so that moving a file into place copies nothing. Removes first what
    /// saves have left there that were killed.
    pub(super) fn within(directory: &Path) -> io::Result<StagingDirectory> {
        remove_leftovers(directory);
        loop {
            // a directory and not a temporary file, so that the file gets the permissions of the user's other files
            let path = next_name(directory);
            match fs::create_dir(&path) {
                Ok(()) => {}
                // of a process with the same number on another machine
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            }
            match hold(&path) {
                Lock::Held(file) => return Ok(StagingDirectory { path, held: Some(file) }),
                Lock::Impossible => return Ok(StagingDirectory { path, held: None }),
                // another save took it for a leftover, because it was not locked yet
                Lock::Taken => {}
            }
        }
    }

    /// Writes one file and syncs it. The file gets the permissions of the one that it will replace.
    pub(super) fn file<'j, E: From<WriteError>>(
        &self,
        name: &str,
        replaced: Option<&Metadata>,
        job: &mut WriteJob<'j, E>,
        write: impl FnOnce(&mut WriteJob<'j, E>, &mut BufWriter<File>) -> Result<(), E>,
    ) -> Result<PathBuf, E> {
        let written = self.path.join(name);
        let mut file = BufWriter::new(File::create(&written).map_err(job.io())?);
        write(job, &mut file)?;
        let file = file.into_inner().map_err(|error| job.io()(error.into_error()))?;
        if let Some(existing) = replaced {
            file.set_permissions(kept(existing)).map_err(job.io())?;
        }
        file.sync_all().map_err(job.io())?;
        Ok(written)
    }

    /// Moves files to these places, where nothing is, in this order. If one cannot be moved, those before it are
    /// removed; if the process is killed, the next save removes them, because this directory lists them.
    pub(super) fn place(&self, files: &[(PathBuf, PathBuf)]) -> io::Result<()> {
        let listed: Vec<Placed> = files.iter().map(|(from, _)| Placed::of(from)).collect::<Result<_, _>>()?;
        let list = File::create(self.path.join(PLACING))?;
        serde_json::to_writer(&list, &listed)?;
        list.sync_all()?;
        for (number, (from, to)) in files.iter().enumerate() {
            if let Err(error) = fs::rename(from, to) {
                files[..number].iter().for_each(|(_, placed)| drop(fs::remove_file(placed)));
                return Err(error);
            }
        }
        Ok(())
    }
}

impl Drop for StagingDirectory {
    fn drop(&mut self) {
        // some systems do not remove what is open
        drop(self.held.take());
        // an error here would hide why the save failed, and the next save tries again
        drop(fs::remove_dir_all(&self.path));
    }
}

/// A name that no other save of this process has.
fn next_name(directory: &Path) -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    directory.join(format!("{NAME}{}-{number}", std::process::id()))
}

enum Lock {
    Held(File),
    /// By another save.
    Taken,
    /// The file system has no locks, so nobody takes anything for a leftover there.
    Impossible,
}

/// Locks the file in a staging directory that stands for its save.
fn hold(stage: &Path) -> Lock {
    let path = stage.join(HELD);
    // what is not a plain file, this crate has not made
    if fs::symlink_metadata(&path).is_ok_and(|other| !other.is_file()) {
        return Lock::Impossible;
    }
    let file = match File::options().create(true).truncate(false).write(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Lock::Taken,
        Err(_) => return Lock::Impossible,
    };
    match file.try_lock() {
        // it may have been removed before it was locked
        Ok(()) if path.exists() => Lock::Held(file),
        Ok(()) | Err(TryLockError::WouldBlock) => Lock::Taken,
        Err(TryLockError::Error(_)) => Lock::Impossible,
    }
}

/// Removes the staging directories of saves that do not run any more. Errors are left to the next save: leftovers are in
/// nobody's way.
fn remove_leftovers(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let is_stage = entry.file_name().to_str().is_some_and(|name| name.starts_with(NAME));
        if !is_stage || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let stage = entry.path();
        if let Lock::Held(file) = hold(&stage) {
            // under another name, a save that has just made it and comes too late to lock it does not find it
            let renamed = next_name(directory);
            let stage = if fs::rename(&stage, &renamed).is_ok() { renamed } else { stage };
            take_back(directory, &stage);
            drop(fs::remove_dir_all(&stage));
            drop(file);
        }
    }
}

/// Removes the files that a killed save had moved into place, unless they are all of them: a part of a set is of no use,
/// and no save replaces it.
fn take_back(directory: &Path, stage: &Path) {
    let Ok(list) = fs::read(stage.join(PLACING)) else { return };
    let Ok(listed) = serde_json::from_slice::<Vec<Placed>>(&list) else { return };
    let is_waiting = |file: &&Placed| stage.join(&file.name).exists();
    if !listed.iter().any(|file| is_waiting(&file)) {
        return;
    }
    for file in listed.iter().filter(|file| !is_waiting(file)) {
        let path = directory.join(&file.name);
        // what somebody has put in its place since is not the save's
        if Path::new(&file.name).file_name() == Some(file.name.as_ref())
            && Placed::of(&path).is_ok_and(|now| now == *file)
        {
            drop(fs::remove_file(path));
        }
    }
}

/// A file that is moved into place, by what a move does not change.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Placed {
    name: String,
    len: u64,
    /// In nanoseconds since 1970.
    modified: u64,
}

impl Placed {
    fn of(path: &Path) -> io::Result<Placed> {
        let metadata = fs::symlink_metadata(path)?;
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let modified = modified.map_or(0, |time| time.as_nanos() as u64);
        Ok(Placed { name, len: metadata.len(), modified })
    }
}

/// The permissions that a file takes over from the one that it replaces: who may read and write it. What else there may
/// be, such as running as its owner, does not pass to other contents.
#[cfg(unix)]
fn kept(replaced: &Metadata) -> Permissions {
    use std::os::unix::fs::PermissionsExt;
    Permissions::from_mode(replaced.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn kept(replaced: &Metadata) -> Permissions {
    replaced.permissions()
}

/// Writes one file in the stage and moves it to the job's path, replacing any existing file.
pub(super) fn replace<'j, E: From<WriteError>>(
    job: &mut WriteJob<'j, E>,
    write: impl FnOnce(&mut WriteJob<'j, E>, &mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), E> {
    let path = job.path;
    // checked before anything is read: a file replaces only a file
    let replaced = fs::metadata(path).ok();
    if let Some(other) = replaced.as_ref().filter(|existing| !existing.is_file()) {
        if other.is_dir() {
            return Err(job.io()(io::ErrorKind::IsADirectory.into()));
        }
        let message = format!("it is {}, which a save would replace; give the path of a file", kind(other.file_type()));
        return Err(job.io()(io::Error::new(io::ErrorKind::AlreadyExists, message)));
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stage = StagingDirectory::within(directory).map_err(job.io())?;
    let written = stage.file("weights", replaced.as_ref(), job, write)?;
    fs::rename(written, path).map_err(job.io())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a save that was killed after it had moved this many of three files.
    fn killed(directory: &Path, moved: usize) -> PathBuf {
        let stage = StagingDirectory::within(directory).unwrap();
        let files = ["1", "2", "3"].map(|name| (stage.path.join(name), directory.join(name)));
        files.iter().for_each(|(from, _)| fs::write(from, "shard").unwrap());
        stage.place(&files).unwrap();
        for (from, to) in &files[moved..] {
            fs::rename(to, from).unwrap();
        }
        // what it holds goes, as with the process, and its directory stays
        let mut stage = std::mem::ManuallyDrop::new(stage);
        drop(stage.held.take());
        std::mem::take(&mut stage.path)
    }

    fn names(directory: &Path) -> Vec<String> {
        let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn a_part_of_a_set_is_taken_back_and_a_whole_one_stays() {
        for (moved, expected) in [(0, &[][..]), (1, &[]), (2, &[]), (3, &["1", "2", "3"])] {
            let scratch = tempfile::tempdir().unwrap();
            let left = killed(scratch.path(), moved);
            assert!(left.exists());
            remove_leftovers(scratch.path());
            assert_eq!(names(scratch.path()), expected, "{moved} moved");
        }
    }

    #[test]
    fn what_others_put_there_stays() {
        let scratch = tempfile::tempdir().unwrap();
        killed(scratch.path(), 2);
        fs::write(scratch.path().join("2"), "another").unwrap();
        let running = StagingDirectory::within(scratch.path()).unwrap();
        fs::create_dir(scratch.path().join(".weighbridge-else")).unwrap();
        fs::write(scratch.path().join(format!("{NAME}file")), "").unwrap();
        remove_leftovers(scratch.path());
        let own = running.path.file_name().unwrap().to_str().unwrap();
        let mut expected = [".weighbridge-else", own, ".weighbridge-save-file", "2"];
        expected.sort_unstable();
        assert_eq!(names(scratch.path()), expected);
    }
}
