//! Finds the checkpoint among the files of a directory.

use std::path::{Path, PathBuf};

use crate::shown::shown;

/// The checkpoint among the files of a directory: the index if there is one, else the only `.safetensors` or `.npz` file.
///
/// ```
/// use std::path::Path;
///
/// let files = ["config.json", "model.safetensors.index.json", "model-00001-of-00001.safetensors"].map(Into::into);
/// assert_eq!(weighbridge_lock::checkpoint_among(&files), Ok(Path::new("model.safetensors.index.json")));
/// ```
///
/// # Errors
/// Why there is not exactly one, and what to do. Put the name of the directory and a colon before this text.
pub fn checkpoint_among(files: &[PathBuf]) -> Result<&Path, String> {
    let mut files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    files.sort();
    let ending = |end: &str| -> Vec<&Path> {
        files.iter().filter(|file| file.to_string_lossy().ends_with(end)).copied().collect()
    };
    let indices = ending(".safetensors.index.json");
    let singles = [ending(".safetensors"), ending(".npz")].concat();
    // an index lists other names, so this file is a second checkpoint
    let has_whole = singles.iter().any(|file| file.file_name().is_some_and(|name| name == "model.safetensors"));
    match (indices.as_slice(), singles.as_slice()) {
        ([index], _) if !has_whole => Ok(index),
        ([], [single]) => Ok(single),
        ([], []) => {
            Err("it has no `.safetensors` file, no `.npz` file and no `*.safetensors.index.json`; give the path of \
                         a checkpoint"
                .to_owned())
        }
        ([_], _) => Err("it has an index and `model.safetensors`; give the path of the one that is meant".to_owned()),
        ([], several) => Err(format!(
            "it has {} checkpoints and no index ({}); give the path of the one that is meant",
            several.len(),
            names(several)
        )),
        (several, _) => Err(format!(
            "it has {} indices ({}); give the path of the one that is meant",
            several.len(),
            names(several)
        )),
    }
}

fn names(files: &[&Path]) -> String {
    const SHOWN: usize = 4;
    let name = |file: &&Path| format!("`{}`", shown(&file.file_name().unwrap_or_default().to_string_lossy()));
    let mut names: Vec<String> = files.iter().take(SHOWN).map(name).collect();
    if files.len() > SHOWN {
        names.push("…".to_owned());
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::checkpoint_among;

    #[track_caller]
    fn found(files: &[&str], expected: Result<&str, &str>) {
        let files: Vec<PathBuf> = files.iter().map(|file| PathBuf::from("checkpoint").join(file)).collect();
        let found = checkpoint_among(&files).map(|file| file.file_name().unwrap().to_str().unwrap());
        match (&found, expected) {
            (Err(why), Err(expected)) => assert!(why.starts_with(expected), "{why}"),
            _ => assert_eq!(found, expected.map_err(str::to_owned)),
        }
    }

    #[test]
    fn one_file_or_one_index_is_the_checkpoint() {
        found(&["config.json", "model.safetensors"], Ok("model.safetensors"));
        found(&["weights.npz"], Ok("weights.npz"));
        found(&["m-1.safetensors", "m.safetensors.index.json", "m-2.safetensors"], Ok("m.safetensors.index.json"));
    }

    #[test]
    fn none_or_several_are_refused() {
        found(&["config.json"], Err("it has no `.safetensors` file"));
        found(&["b.npz", "a.safetensors"], Err("it has 2 checkpoints and no index (`a.safetensors`, `b.npz`);"));
        found(&["model.safetensors", "model.safetensors.index.json"], Err("it has an index and `model.safetensors`;"));
        let indices = ["b.safetensors.index.json", "a.safetensors.index.json", "model.safetensors"];
        found(&indices, Err("it has 2 indices (`a.safetensors.index.json`, `b.safetensors.index.json`);"));
        let shown = "(`\\u{1b}.npz`, `0.npz`, `1.npz`, `2.npz`, …)";
        let expected = format!("it has 5 checkpoints and no index {shown}; give the path of the one that is meant");
        found(&["2.npz", "\u{1b}.npz", "1.npz", "0.npz", "ü.npz"], Err(&expected));
    }
}
