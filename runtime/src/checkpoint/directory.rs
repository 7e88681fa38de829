//! Which file of a directory is the checkpoint.

use std::path::{Path, PathBuf};

use crate::error::{LoadError, Problem, ProblemKind};

/// The path of the one checkpoint in a directory: an index or a single file.
pub(super) fn find(directory: &Path) -> Result<PathBuf, LoadError> {
    let listing = std::fs::read_dir(directory).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut files: Vec<PathBuf> = listing.map_err(|error| LoadError::io(directory, error))?;
    files.sort();
    let ending =
        |end: &str| -> Vec<&PathBuf> { files.iter().filter(|file| file.to_string_lossy().ends_with(end)).collect() };
    let indices = ending(".safetensors.index.json");
    let singles = [ending(".safetensors"), ending(".npz")].concat();
    let message = match (indices.as_slice(), singles.as_slice()) {
        ([index], shards) => {
            // no index names this file, so it is a second checkpoint
            let whole = directory.join("model.safetensors");
            if !shards.contains(&&whole) {
                return Ok((*index).clone());
            }
            "it holds an index and `model.safetensors`; give the path of the one that is meant".to_owned()
        }
        ([], [single]) => return Ok((*single).clone()),
        ([], []) => "it holds no `.safetensors` file, no `.npz` file and no `*.safetensors.index.json`".to_owned(),
        ([], several) => format!(
            "it holds {} checkpoints and no index ({}); give the path of one of them",
            several.len(),
            names(several)
        ),
        (several, _) => format!("it holds {} indices ({}); give the path of one", several.len(), names(several)),
    };
    Err(LoadError::container(directory.display().to_string(), vec![Problem::new(ProblemKind::Format, message)]))
}

fn names(files: &[&PathBuf]) -> String {
    const SHOWN: usize = 4;
    let mut names: Vec<_> = files
        .iter()
        .take(SHOWN)
        .filter_map(|file| Some(format!("`{}`", file.file_name()?.to_string_lossy())))
        .collect();
    if files.len() > SHOWN {
        names.push("…".to_owned());
    }
    names.join(", ")
}
