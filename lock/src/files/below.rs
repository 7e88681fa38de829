//! The folders below a directory that hold a checkpoint.

use std::fs;
use std::path::Path;

use super::listing::Listing;

/// A Hub cache holds a checkpoint four levels below its folder: `hub/models--org--name/snapshots/revision`.
const DEEPEST: usize = 4;
/// How many folders are opened, and how many entries of each are looked at.
const MOST_FOLDERS: usize = 512;
const MOST_ENTRIES: usize = 4096;

/// The folders that hold a checkpoint, relative to the directory, if all are at one level: the first one that has any.
pub(super) fn folders_with_checkpoints(directory: &Path, listing: &Listing) -> Vec<String> {
    let mut level: Vec<String> = listing.folders.clone();
    let mut left = MOST_FOLDERS;
    for _ in 0..DEEPEST {
        let (mut found, mut next) = (Vec::new(), Vec::new());
        for folder in level {
            let Some(rest) = left.checked_sub(1) else { break };
            left = rest;
            let Ok(below) = Listing::read(&directory.join(&folder), MOST_ENTRIES) else { continue };
            next.extend(below.folders.iter().map(|name| format!("{folder}/{name}")));
            if below.has_checkpoint() {
                found.push(folder);
            }
        }
        if !found.is_empty() {
            return found;
        }
        level = next;
    }
    Vec::new()
}

/// The branch of a Hub cache that stands for a snapshot, such as `main`.
pub(super) fn branch(directory: &Path, folder: &str) -> Option<&'static str> {
    let (above, revision) = folder.rsplit_once('/').unwrap_or(("", folder));
    let model = directory.join(above.strip_suffix("snapshots")?);
    let main = model.join("refs/main");
    let is_short = fs::metadata(&main).is_ok_and(|found| found.is_file() && found.len() <= 256);
    (is_short && fs::read_to_string(&main).is_ok_and(|text| text.trim() == revision)).then_some("main")
}
