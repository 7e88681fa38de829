//! What a file is by its name.

use super::foreign::{self, Foreign};
use crate::shard::ShardName;
use crate::shown::shown;

const SAFETENSORS: &str = ".safetensors";

/// What a file in a directory is by its name.
pub(super) enum Named {
    /// An index of shards.
    Index,
    /// A checkpoint, or a part of one.
    Weights,
    /// An index of files of PyTorch.
    TorchIndex,
    /// A checkpoint of PyTorch, or a part of one.
    Torch,
    /// A download that has not ended.
    Unfinished,
    /// A file of another program.
    Foreign(Foreign),
    /// Anything else.
    Other,
}

impl Named {
    /// Whether it is a checkpoint, a part of one, or an index of one.
    pub(super) fn is_checkpoint(&self) -> bool {
        matches!(self, Named::Index | Named::Weights | Named::TorchIndex | Named::Torch)
    }

    pub(super) fn of(name: &str) -> Named {
        let lower = name.to_ascii_lowercase();
        if index_of(&lower).is_some() {
            Named::Index
        } else if torch_index_of(&lower).is_some() {
            Named::TorchIndex
        } else if is_safetensors_name(&lower) || [".npz", ".gguf"].iter().any(|end| lower.ends_with(end)) {
            Named::Weights
        } else if is_unfinished(&lower) {
            Named::Unfinished
        } else if is_torch_name(&lower) {
            match STATES.iter().any(|state| lower.starts_with(state)) {
                true => Named::Foreign(foreign::STATE),
                false => Named::Torch,
            }
        } else {
            foreign::by_name(&lower).map_or(Named::Other, Named::Foreign)
        }
    }
}

/// How the names of files of PyTorch end.
const TORCH: &[&str] = &[".bin", ".pt", ".pth", ".ckpt", ".th"];
/// How the names of files begin that hold what a training needs besides its weights.
const STATES: &[&str] =
    &["optimizer", "scheduler", "training_args", "rng_state", "random_states", "scaler", "trainer_state"];

/// Whether a file name is that of an index of shards: `model.safetensors.index.json`, or a variant such as
/// `model.safetensors.index.fp16.json`; or of PyTorch's `pytorch_model.bin.index.json`.
pub fn is_index_name(name: &str) -> bool {
    index_of(name).is_some() || torch_index_of(name).is_some()
}

/// Whether a file name is that of an index of files of PyTorch.
pub fn is_torch_index_name(name: &str) -> bool {
    torch_index_of(name).is_some()
}

/// Whether a file name is one that PyTorch's files have. Those of other programs can have it too.
pub fn is_torch_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    TORCH.iter().any(|end| lower.ends_with(end))
}

/// The checkpoint that an index is of, and its variant: `model` and `fp16`.
pub(super) fn index_of(name: &str) -> Option<(&str, Option<&str>)> {
    index_after(name, ".safetensors.index")
}

/// The same of an index of files of PyTorch.
pub(super) fn torch_index_of(name: &str) -> Option<(&str, Option<&str>)> {
    index_after(name, ".bin.index")
}

fn index_after<'n>(name: &'n str, middle: &str) -> Option<(&'n str, Option<&'n str>)> {
    let lower = name.to_ascii_lowercase();
    let at = lower.rfind(middle)?;
    let rest = lower.get(at.checked_add(middle.len())?..)?.strip_suffix(".json")?;
    let variant = match rest {
        "" => None,
        _ => Some(rest.strip_prefix('.').filter(|variant| !variant.is_empty() && !variant.contains('.'))?),
    };
    // the variant as the name has it
    let variant = variant.and_then(|variant| {
        let end = name.len().checked_sub(".json".len())?;
        name.get(end.checked_sub(variant.len())?..end)
    });
    Some((name.get(..at)?, variant))
}

/// Whether a file name is that of a safetensors file, or of a shard such as `model.safetensors-00001-of-00002`.
pub fn is_safetensors_name(name: &str) -> bool {
    let ends = |name: &str| {
        name.get(name.len().saturating_sub(SAFETENSORS.len())..)
            .is_some_and(|end| end.eq_ignore_ascii_case(SAFETENSORS))
    };
    ends(name) || ShardName::of(name).is_some_and(|shard| ends(shard.whole().0) && shard.whole().1.is_empty())
}

/// Whether a name, in lower case, is that of a download that has not ended.
fn is_unfinished(lower: &str) -> bool {
    const ENDS: &[&str] =
        &[".incomplete", ".part", ".partial", ".crdownload", ".download", ".aria2", ".tmp", ".temp", ".!qb"];
    ENDS.iter().any(|end| lower.ends_with(end))
}

/// Checks that the name of a shard stays below the index's folder, by the rules of every operating system. Links are
/// followed: a download cache consists of links that lead out of their folder.
///
/// # Errors
/// What the name is, and what to do.
pub fn shard_path(name: &str) -> Result<(), String> {
    let first = name.split('/').next().unwrap_or_default();
    let wrong = |what: &str| Err(what.to_owned());
    if name.is_empty() {
        return wrong("an empty name; write the name of the shard's file");
    }
    if name.chars().any(char::is_control) {
        return wrong("a name with a control character; rename the file");
    }
    if name.contains("://") {
        return wrong("an address; download the shard, and write the name of the file");
    }
    if name.contains('\\') {
        return wrong("a name with a backslash; write `/` between folders");
    }
    if name.starts_with('/') || first.contains(':') {
        return wrong("an absolute path; a shard must lie below the index's folder");
    }
    if name.split('/').any(|part| part == "..") {
        return wrong("a path out of the index's folder; a shard must lie below it");
    }
    if name.split('/').any(|part| part.is_empty() || part == ".") {
        let plain: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        return match plain.is_empty() {
            true => wrong("a folder; write the name of the shard's file"),
            false => Err(format!("a path with a part that names nothing; write `{}`", shown(&plain.join("/")))),
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_and_their_variants() {
        assert_eq!(index_of("model.safetensors.index.json"), Some(("model", None)));
        assert_eq!(index_of("a.b.safetensors.index.FP16.json"), Some(("a.b", Some("FP16"))));
        assert_eq!(index_of(".safetensors.index.json"), Some(("", None)));
        assert_eq!(torch_index_of("pytorch_model.bin.index.fp16.json"), Some(("pytorch_model", Some("fp16"))));
        assert_eq!(index_of("model.bin.index.json"), None);
        for name in [
            "model.bin.index",
            "model.safetensors.index",
            "model.safetensors.index..json",
            "safetensors.index.json",
            "model.safetensors.indexes.json",
        ] {
            assert!(!is_index_name(name), "{name}");
        }
    }

    #[test]
    fn shards_without_an_extension_are_safetensors_too() {
        for name in ["a.safetensors", "a.SafeTensors", "model.safetensors-00001-of-00002"] {
            assert!(is_safetensors_name(name), "{name}");
        }
        for name in ["a.safetensors.part", "safetensors", "model.safetensors-00001-of-00002.bin", "ä"] {
            assert!(!is_safetensors_name(name), "{name}");
        }
    }
}
