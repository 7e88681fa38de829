//! What a checkpoint holds, read while compiling: a lock, or the headers of a file or of shards.
//!
//! The loader's own readers check much more. This one wants names, dtypes and shapes. If it takes a file that the loader
//! refuses, the load still refuses it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use safetensors::tensor::Metadata;
use weighbridge_lock::{DType, Lock, checkpoint_among, shown};

/// The most bytes of a header, as the `safetensors` crate has it, and of an index.
const HEADER: u64 = 100_000_000;
/// The most bytes of a lock.
const LOCK: u64 = 64 << 20;

/// What a checkpoint holds, and the files that say so: if one of them changes, the crate is compiled again.
pub(crate) struct Headers {
    pub(crate) lock: Lock,
    pub(crate) files: Vec<PathBuf>,
}

/// Name, dtype and shape.
type Entry = (String, DType, Vec<usize>);

/// Reads what lies at a path. `shown` is the path as it was written. The error says what is wrong and what to do.
pub(crate) fn read(path: &Path, shown: &str) -> Result<Headers, String> {
    let absent = |error: io::Error| match (error.kind(), shown.ends_with(".lock")) {
        (io::ErrorKind::NotFound, true) => format!(
            "`{shown}` is not there; the path begins beside the crate's Cargo.toml, and `weighbridge lock CHECKPOINT > {shown}` \
             makes a lock"
        ),
        (io::ErrorKind::NotFound, false) => format!(
            "`{shown}` is not there; the path begins beside the crate's Cargo.toml, and a lock can stand in place of a checkpoint \
             that not everyone has (`weighbridge lock CHECKPOINT > model.weights.lock`)"
        ),
        _ => format!("`{shown}` cannot be read: {error}"),
    };
    let found = if fs::metadata(path).map_err(absent)?.is_dir() { in_directory(path, shown)? } else { path.to_owned() };
    let name = found.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let shown = shown_at(path, &found, shown);
    let wrong = |why: String| format!("{shown}: {why}");
    if name.ends_with(".safetensors") {
        let tensors = safetensors(&found).map_err(wrong)?;
        let lock = lock_of(tensors).map_err(wrong)?;
        Ok(Headers { lock, files: vec![found] })
    } else if name.ends_with(".json") {
        index(&found).map_err(wrong)
    } else if name.ends_with(".npz") {
        Err(wrong(format!(
            "an npz file is not read while compiling; say `weighbridge lock {shown} > {shown}.lock`, and verify that"
        )))
    } else {
        let text = match whole(&found, LOCK).map_err(|error| wrong(format!("it cannot be read: {error}")))? {
            Some(bytes) => String::from_utf8(bytes).map_err(|_| wrong(NO_LOCK.to_owned()))?,
            None => return Err(wrong(NO_LOCK.to_owned())),
        };
        // what is another text should not be written over
        let remedy = match text.starts_with("# weighbridge lock") {
            true => format!("; edit it, or make it anew by `weighbridge lock CHECKPOINT > {shown}`"),
            false => String::new(),
        };
        let lock = text.parse::<Lock>().map_err(|error| wrong(format!("{error}{remedy}")))?;
        Ok(Headers { lock, files: vec![found] })
    }
}

const NO_LOCK: &str = "it is neither a lock, which is text, nor does its name end in `.safetensors` or `.index.json`; \
                       make a lock of the checkpoint by `weighbridge lock CHECKPOINT > model.weights.lock`";

/// The path as it was written, with what was found in it if it is a directory.
fn shown_at(path: &Path, found: &Path, shown: &str) -> String {
    match found.strip_prefix(path) {
        Ok(below) if below != Path::new("") => format!("{shown}/{}", below.display()),
        _ => shown.to_owned(),
    }
}

/// The one checkpoint in a directory.
fn in_directory(directory: &Path, shown: &str) -> Result<PathBuf, String> {
    let listing = fs::read_dir(directory).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let files: Vec<PathBuf> = listing.map_err(|error| format!("`{shown}` cannot be read: {error}"))?;
    checkpoint_among(&files).map(Path::to_owned).map_err(|why| format!("{shown}: {why}"))
}

/// An index and the headers of its shards, which must agree.
fn index(path: &Path) -> Result<Headers, String> {
    #[derive(serde::Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let text = whole(path, HEADER).map_err(|error| format!("it cannot be read: {error}"))?;
    let Some(text) = text else { return Err(format!("it has more than {HEADER} bytes, which no index has")) };
    let Index { weight_map } = serde_json::from_slice(&text).map_err(|error| {
        format!(
            "it is no index of shards ({error}); give a `*.safetensors.index.json`, a `.safetensors` file or a lock"
        )
    })?;
    let (mut files, mut tensors) = (vec![path.to_owned()], Vec::new());
    let mut listed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, shard) in &weight_map {
        listed.entry(shard).or_default().insert(name);
    }
    for (shard, names) in listed {
        if Path::new(shard).components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
            return Err(format!("the shard `{}` does not lie beside the index", shown(shard)));
        }
        let file = path.with_file_name(shard);
        if !file.exists() {
            return Err(format!(
                "the index names the shard `{}`, and it is not there; download it, or verify a lock, which needs no shards",
                shown(shard)
            ));
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
    Ok(Headers { lock: lock_of(tensors)?, files })
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
    if start == *b"version " {
        return Err("it is a Git LFS pointer; run `git lfs pull` to fetch the file it stands for".to_owned());
    }
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
