//! What lies in a directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::name::Named;

/// The most entries that are looked at.
pub(super) const MOST: usize = 100_000;

/// The files and folders of a directory, each sorted. Those whose names begin with a dot are not there: they belong to
/// the system, or to programs that keep notes.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) files: Vec<ListedFile>,
    pub(super) folders: Vec<String>,
    /// Whether there are more entries than [`MOST`].
    pub(super) is_cut: bool,
}

/// A file in a directory. A link that leads nowhere is one too.
#[derive(Debug)]
pub(super) struct ListedFile {
    pub(super) name: String,
    pub(super) path: PathBuf,
}

impl Listing {
    /// Lists at most `most` entries.
    pub(super) fn read(directory: &Path, most: usize) -> io::Result<Listing> {
        let mut listing = Listing::default();
        for (number, entry) in fs::read_dir(directory)?.enumerate() {
            let entry = entry?;
            if number >= most {
                listing.is_cut = true;
                break;
            }
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            let is_folder = match entry.file_type() {
                Ok(kind) if kind.is_symlink() => fs::metadata(entry.path()).is_ok_and(|found| found.is_dir()),
                Ok(kind) => kind.is_dir(),
                Err(_) => false,
            };
            match is_folder {
                true => listing.folders.push(name),
                false => listing.files.push(ListedFile { name, path: entry.path() }),
            }
        }
        listing.files.sort_by(|a, b| a.name.cmp(&b.name));
        listing.folders.sort();
        Ok(listing)
    }

    /// Whether a file is a checkpoint, a part of one, or an index of one, by its name.
    pub(super) fn has_checkpoint(&self) -> bool {
        self.files.iter().any(|file| Named::of(&file.name).is_checkpoint())
    }

    pub(super) fn has_file(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.name == name)
    }

    pub(super) fn has_folder(&self, name: &str) -> bool {
        self.folders.iter().any(|folder| folder == name)
    }
}

/// The names of the checkpoints in a directory, and of the parts of one, by their names.
pub fn weights_in(directory: &Path) -> Vec<String> {
    let directory = if directory == Path::new("") { Path::new(".") } else { directory };
    let listing = Listing::read(directory, MOST).unwrap_or_default();
    let files = listing.files.into_iter().map(|file| file.name);
    files.filter(|name| matches!(Named::of(name), Named::Weights | Named::Torch)).collect()
}
