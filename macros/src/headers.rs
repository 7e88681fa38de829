//! What a checkpoint holds, read while compiling: a lock, or the headers of a file or of shards.
//!
//! The loader's own readers check much more. This one wants names, dtypes and shapes. If it takes a file that the loader
//! refuses, the load still refuses it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use safetensors::tensor::Metadata;
use weighbridge_lock::{
    DType, FileKind, Lock, NoCheckpoint, broken_link, checkpoint_in, contradiction, file_kind, not_a_path, other_json,
    shard_path, shown,
};

/// The most bytes of a header, as the `safetensors` crate has it, and of an index.
const HEADER: u64 = 100_000_000;
/// The most bytes of a lock.
const LOCK: u64 = 64 << 20;

/// What a checkpoint holds, and the files that say so: if one of them changes, the crate is compiled again.
pub(crate) struct Headers {
    pub(crate) lock: Lock,
    /// Whether a lock says so, which may be older than the checkpoint.
    pub(crate) is_lock: bool,
    pub(crate) files: Vec<PathBuf>,
}

/// Name, dtype and shape.
type Entry = (String, DType, Vec<usize>);

/// Reads what lies at a path. `shown` is the path as it was written. The error says what is wrong and what to do.
pub(crate) fn read(path: &Path, shown: &str) -> Result<Headers, String> {
    let metadata = fs::metadata(path).map_err(|error| absent(path, shown, &error))?;
    let found = if metadata.is_dir() { in_directory(path, shown)? } else { path.to_owned() };
    let name = found.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let shown = shown_at(path, &found, shown);
    let wrong = |why: String| format!("{shown}: {why}");
    let unreadable = |error: io::Error| wrong(format!("it cannot be read: {error}"));
    // opening a pipe would wait for a writer
    if !fs::metadata(&found).map_err(|error| absent(&found, &shown, &error))?.is_file() {
        return Err(wrong("it is a pipe or a device; give the path of a file".to_owned()));
    }
    let mut kind = kind(&found, &name).map_err(unreadable)?;
    // so that a lock with a damaged first line is refused as a damaged lock
    if matches!(kind, FileKind::Other(_)) && name.to_ascii_lowercase().ends_with(".lock") {
        kind = FileKind::Lock;
    }
    if let Some(why) = contradiction(&name, &kind) {
        // JSON in place of weights says what went wrong
        let other = if kind == FileKind::Json { other_json_at(&found).map(FileKind::Other) } else { None };
        return Err(wrong(other.and_then(|other| contradiction(&name, &other)).unwrap_or(why)));
    }
    match kind {
        FileKind::Safetensors => {
            let tensors = safetensors(&found).map_err(wrong)?;
            let lock = lock_of(tensors).map_err(wrong)?;
            Ok(Headers { lock, is_lock: false, files: vec![found] })
        }
        FileKind::Json => index(&found).map_err(wrong),
        FileKind::Zip | FileKind::Gguf | FileKind::Torch => {
            let what = match kind {
                FileKind::Gguf => "a GGUF file",
                FileKind::Torch => "a file of PyTorch",
                _ => "an npz file",
            };
            Err(wrong(format!(
                "{what} is not read while compiling; say `weighbridge lock {shown} > {shown}.lock`, and verify that"
            )))
        }
        FileKind::Lock => {
            let text = whole(&found, LOCK).map_err(unreadable)?;
            let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
            let text = text.ok_or_else(|| wrong(NO_LOCK.to_owned()))?;
            // what is another text should not be written over
            let remedy = match text.starts_with("# weighbridge lock") {
                true => format!("; edit it, or make it anew by `weighbridge lock CHECKPOINT > {shown}`"),
                false => String::new(),
            };
            let lock = text.parse::<Lock>().map_err(|error| wrong(format!("{error}{remedy}")))?;
            Ok(Headers { lock, is_lock: true, files: vec![found] })
        }
        FileKind::Other(what) => Err(wrong(format!("this is {what}"))),
    }
}

/// Why a path cannot be opened.
fn absent(path: &Path, shown: &str, error: &io::Error) -> String {
    if let Some(why) = not_a_path(shown).or_else(|| broken_link(path)) {
        return format!("`{shown}`: {why}");
    }
    match (error.kind(), shown.ends_with(".lock")) {
        (io::ErrorKind::NotFound, true) => format!(
            "`{shown}` is not there; the path begins beside the crate's Cargo.toml, and `weighbridge lock CHECKPOINT > {shown}` \
             makes a lock"
        ),
        (io::ErrorKind::NotFound, false) => format!(
            "`{shown}` is not there; the path begins beside the crate's Cargo.toml, and a lock can stand in place of a checkpoint \
             that not everyone has (`weighbridge lock CHECKPOINT > model.weights.lock`)"
        ),
        _ => format!("`{shown}` cannot be read: {error}"),
    }
}

/// What a file is, by its bytes.
fn kind(path: &Path, name: &str) -> io::Result<FileKind> {
    let mut file = File::open(path)?;
    let len = file.metadata()?.len();
    file_kind(len, Some(name), &mut |offset, buffer| {
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(buffer)
    })
}

const NO_LOCK: &str = "it is not a text of the size that a lock has; make a lock of the checkpoint by \
                       `weighbridge lock CHECKPOINT > model.weights.lock`";

/// The path as it was written, with what was found in it if it is a directory.
fn shown_at(path: &Path, found: &Path, shown: &str) -> String {
    match found.strip_prefix(path) {
        Ok(below) if below != Path::new("") => format!("{shown}/{}", below.display()),
        _ => shown.to_owned(),
    }
}

/// The one checkpoint in a directory.
fn in_directory(directory: &Path, shown: &str) -> Result<PathBuf, String> {
    let listed = |path: &Path| -> Option<Vec<String>> {
        let shards: BTreeSet<String> = weight_map(path).ok()?.into_values().collect();
        Some(shards.into_iter().collect())
    };
    checkpoint_in(directory, listed).map_err(|why| match why {
        NoCheckpoint::Io(error) => format!("`{shown}` cannot be read: {error}"),
        NoCheckpoint::Unclear(why) => format!("{shown}: {why}"),
    })
}

/// The tensors that an index lists, and the files that it says hold them.
fn weight_map(path: &Path) -> Result<BTreeMap<String, String>, String> {
    #[derive(serde::Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let text = whole(path, HEADER).map_err(|error| format!("it cannot be read: {error}"))?;
    let Some(text) = text else { return Err(format!("it has more than {HEADER} bytes, which no index has")) };
    if text.starts_with(b"\xef\xbb\xbf") {
        return Err("the text begins with a byte order mark; save it as UTF-8 without one".to_owned());
    }
    let Index { weight_map } = serde_json::from_slice(&text).map_err(|error| match other_json_in(&text) {
        Some(what) => format!("there is no `weight_map`, so this is not an index of shards but {what}"),
        None => format!(
            "it is no index of shards ({error}); give a `*.safetensors.index.json`, a `.safetensors` file or a lock"
        ),
    })?;
    match weight_map.is_empty() {
        true => Err("its `weight_map` is empty, so it lists no tensors; fetch the index again".to_owned()),
        false => Ok(weight_map),
    }
}

/// What a file of JSON is that is no index, if it is short enough to say so.
fn other_json_at(path: &Path) -> Option<String> {
    other_json_in(&whole(path, 1 << 20).ok()??)
}

/// What a JSON object without a `weight_map` is, and what to do.
fn other_json_in(text: &[u8]) -> Option<String> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(text).ok()?;
    if object.contains_key("weight_map") {
        return None;
    }
    let answer = ["error", "message", "detail"].into_iter().find_map(|key| {
        let value = object.get(key)?;
        value.as_str().or_else(|| value.get("message")?.as_str())
    });
    Some(other_json(&object.keys().map(String::as_str).collect::<Vec<_>>(), answer))
}

/// An index and the headers of its shards, which must agree.
fn index(path: &Path) -> Result<Headers, String> {
    let weight_map = weight_map(path)?;
    let (mut files, mut tensors) = (vec![path.to_owned()], Vec::new());
    let mut listed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, shard) in &weight_map {
        listed.entry(shard).or_default().insert(name);
    }
    for (shard, names) in listed {
        if let Err(why) = shard_path(shard) {
            return Err(format!("the index names the shard `{}`, {why}", shown(shard)));
        }
        let file = path.with_file_name(shard);
        if !file.exists() {
            return Err(format!(
                "the index names the shard `{}`, and it is not there; download it, or verify a lock, which needs no shards",
                shown(shard)
            ));
        }
        match kind(&file, shard).map_err(|error| format!("the shard `{}` cannot be read: {error}", shown(shard)))? {
            FileKind::Other(what) => return Err(format!("the shard `{}` is {what}", shown(shard))),
            FileKind::Torch => {
                let path = shown(&path.to_string_lossy()).into_owned();
                return Err(format!(
                    "the shard `{}` is a file of PyTorch, which is not read while compiling; say `weighbridge lock {path} > \
                     {path}.lock`, and verify that",
                    shown(shard)
                ));
            }
            _ => {}
        }
        let entries = safetensors(&file).map_err(|why| format!("the shard `{}`: {why}", shown(shard)))?;
        let held: BTreeSet<&str> = entries.iter().map(|(name, ..)| name.as_str()).collect();
        if let Some(name) = held.difference(&names).next() {
            return Err(format!(
                "the shard `{}` holds `{}`, which the index does not list in it; fetch both again",
                shown(shard),
                shown(name)
            ));
        }
        if let Some(absent) = names.difference(&held).next() {
            return Err(format!(
                "the index lists `{}` in `{}`, which does not hold it; fetch both again",
                shown(absent),
                shown(shard)
            ));
        }
        tensors.extend(entries);
        files.push(file);
    }
    Ok(Headers { lock: lock_of(tensors)?, is_lock: false, files })
}

/// The tensors of a safetensors file, from its header alone.
fn safetensors(path: &Path) -> Result<Vec<Entry>, String> {
    let unreadable = |error: io::Error| format!("it cannot be read: {error}");
    let damaged = |why: &str| format!("{why}; write or download the file again");
    let mut file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let mut start = Vec::new();
    file.by_ref().take(8).read_to_end(&mut start).map_err(unreadable)?;
    let Ok(start) = <[u8; 8]>::try_from(start) else {
        let bytes = if size == 1 { "byte" } else { "bytes" };
        return Err(damaged(&format!("it has {size} {bytes}, and a header begins with 8")));
    };
    let length = u64::from_le_bytes(start);
    if length > HEADER || length > size.saturating_sub(8) {
        return Err(damaged(&format!("its header would have {length} bytes, and the file has {size}")));
    }
    let mut header = Vec::new();
    file.by_ref().take(length).read_to_end(&mut header).map_err(unreadable)?;
    let metadata: Metadata = serde_json::from_slice(&header)
        .map_err(|error| damaged(&format!("its header is not that of a safetensors file ({error})")))?;
    let promised = u64::try_from(metadata.data_len()).ok().and_then(|bytes| bytes.checked_add(length + 8));
    match promised {
        Some(promised) if promised == size => {}
        Some(promised) => return Err(damaged(&format!("its header says {promised} bytes, and the file has {size}"))),
        None => return Err(damaged("its header says more bytes than a file can have")),
    }
    let tensors = metadata.tensors().into_iter().map(|(name, info)| match info.dtype.to_string().parse() {
        Ok(dtype) => Ok((name, dtype, info.shape.clone())),
        Err(error) => Err(format!("`{}`: {error}", shown(&name))),
    });
    tensors.collect()
}

fn lock_of(tensors: Vec<Entry>) -> Result<Lock, String> {
    Lock::of(tensors).map_err(|error| error.to_string())
}

/// All bytes of a file, if it has not more than `most`.
fn whole(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(u64::try_from(bytes.len()).is_ok_and(|len| len <= most).then_some(bytes))
}

#[cfg(test)]
mod tests;
