//! Opening an index and the shards that it names.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::entries::Checkpoint;
use crate::container::{Contents, Entries, FoundProblems, Metadata, safetensors, sharded, sniff, zeroed, zipped};
use crate::error::{CheckpointError, Problem, ProblemKind, Problems};
use crate::limits::Limits;
use crate::opening::OpenOptions;
use crate::reader::ReadAt;
use crate::together::Together;
use weighbridge_lock::{FileKind, counted, hub_download, is_torch_index_name, listed_names, shown, weights_in};

/// Opens the index that `reader` holds and every shard that it names.
pub(super) fn open(
    label: &str,
    path: Option<&Path>,
    reader: &dyn ReadAt,
    options: &OpenOptions,
) -> Result<Checkpoint, CheckpointError> {
    let limits = &options.limits;
    let refuse = |problems: Problems| CheckpointError::container(label.to_owned(), problems);
    let text = text(reader, limits).map_err(|problem| refuse(vec![problem]))?;
    let of_torch = path.is_some_and(is_of_torch);
    let index = sharded::Index::parse(&text, limits, of_torch).map_err(&refuse)?;
    let Some(path) = path else {
        let message = "this is an index of shards; give it by its path, because it names other files";
        return Err(refuse(vec![Problem::new(ProblemKind::Format, message)]));
    };

    let directory = path.parent().unwrap_or(Path::new(""));
    let (mut problems, mut shards) = (FoundProblems::default(), Vec::new());
    let mut is_absent = false;
    let together = options.together.clone().unwrap_or_default();
    for (name, listed) in index.shards.iter().zip(index.counts()) {
        let path = directory.join(name);
        let file = options.file_among(&together.files, &path);
        let expected = Expected { of_torch, count: listed };
        match open_shard(&path, file, expected, &together, options) {
            Ok(contents) => shards.push(Some(contents)),
            Err(found) => {
                is_absent |= !path.exists();
                problems.extend(found.into_iter().map(|problem| in_shard(name, problem)));
                shards.push(None);
            }
        }
        if together.is_beyond(limits) {
            return Err(refuse(problems.finish()));
        }
    }
    if is_absent {
        problems.extend(unlisted(directory, &index));
    }
    let listed: Vec<Option<&Entries>> =
        shards.iter().map(|shard| shard.as_ref().map(|contents| &contents.entries)).collect();
    problems.extend(index.prove(&listed));
    if !problems.is_empty() {
        return Err(refuse(problems.finish()));
    }

    let mut metadata = index.metadata;
    // `total_size` and `total_parameters` would be wrong in anything saved from these shards
    metadata.retain(|key, _| !key.starts_with("total_"));
    let mut files = Vec::with_capacity(index.shards.len());
    for (name, mut contents) in index.shards.into_iter().zip(shards.into_iter().flatten()) {
        metadata.append(&mut contents.metadata);
        files.push((name, contents));
    }
    Ok(Checkpoint::of_shards(label.to_owned(), files, (metadata, Metadata::default())))
}

/// What lies beside an index whose shards are absent: perhaps the shards of another upload.
fn unlisted(directory: &Path, index: &sharded::Index<'_>) -> Option<Problem> {
    let listed: HashSet<&String> = index.shards.iter().collect();
    let unlisted: Vec<String> = weights_in(directory).into_iter().filter(|name| !listed.contains(name)).collect();
    let message = format!(
        "beside the index lie {}, which it does not list; if they are this checkpoint, fetch the index that belongs to them",
        listed_names(unlisted.iter().map(String::as_str), 4)
    );
    (!unlisted.is_empty()).then(|| Problem::new(ProblemKind::Index, message))
}

/// The files that an index lists, or `None` if it cannot be read as one.
pub(super) fn listed(index: &Path, options: &OpenOptions) -> Option<Vec<String>> {
    let text = text(&*options.file(index).ok()?, &options.limits).ok()?;
    Some(sharded::Index::parse(&text, &options.limits, is_of_torch(index)).ok()?.shards)
}

/// What JSON is that is no index, if it is short enough to say so.
pub(super) fn other_json(reader: &dyn ReadAt) -> Option<String> {
    const MOST: u64 = 1 << 20;
    let text = text(reader, &Limits::new().header_byte_len(MOST)).ok()?;
    sharded::other_json(&text)
}

/// The text of an index.
fn text(reader: &dyn ReadAt, limits: &Limits) -> Result<Vec<u8>, Problem> {
    if reader.len() > limits.header_byte_len {
        let found = format!("the index has {}", counted(reader.len(), "byte"));
        return Err(Problem::limit(found, "header_byte_len", limits.header_byte_len));
    }
    let mut text = zeroed(usize::try_from(reader.len()).unwrap_or(0), "the index")?;
    reader.read_exact_at(0, &mut text).map_err(Problem::io)?;
    Ok(text)
}

/// Whether the shards of an index are files of PyTorch, by its name.
fn is_of_torch(index: &Path) -> bool {
    index.file_name().is_some_and(|name| is_torch_index_name(&name.to_string_lossy()))
}

/// What an index says of a shard.
#[derive(Clone, Copy)]
struct Expected {
    /// Whether it is a file of PyTorch, and not safetensors.
    of_torch: bool,
    /// How many tensors it has.
    count: usize,
}

/// Opens a shard that has as many tensors as are listed.
fn open_shard(
    path: &Path,
    file: io::Result<Arc<dyn ReadAt>>,
    expected: Expected,
    together: &Together,
    options: &OpenOptions,
) -> Result<Contents, Problems> {
    let limits = &options.limits;
    let file = file.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            let is_link = path.symlink_metadata().is_ok();
            let what = if is_link { "it is a link to a file that is not there" } else { "it is not there" };
            let remedy = hub_download(path).unwrap_or_else(|| "download it, or the whole checkpoint again".to_owned());
            let message = format!("the index names this shard, and {what}; {remedy}");
            vec![Problem::new(ProblemKind::Index, message)]
        }
        _ => vec![Problem::io(error)],
    })?;
    let wrong = |what: &str| Err(vec![Problem::new(ProblemKind::Format, format!("this shard is {what}"))]);
    let what = match sniff::kind(&*file, Some(path)).map_err(|error| vec![Problem::io(error)])? {
        FileKind::Safetensors if !expected.of_torch => {
            together.add_header(&*file, limits).map_err(|problem| vec![problem])?;
            return safetensors::open_listed(file, limits, Some(expected.count));
        }
        FileKind::Torch if expected.of_torch => return zipped::open_torch(file, limits, &options.skip),
        FileKind::Other(what) => return wrong(&what),
        FileKind::Safetensors => "safetensors",
        FileKind::Torch => "a file of PyTorch",
        FileKind::Zip => "a zip archive",
        FileKind::Gguf => "a GGUF file",
        FileKind::Json => "JSON",
        FileKind::Lock => "a lock",
    };
    let instead = if expected.of_torch { "a file of PyTorch" } else { "safetensors" };
    wrong(&format!("{what}, not {instead}; fetch the shard again"))
}

/// Turns a shard's problem into one of the whole checkpoint that names the shard.
pub(super) fn in_shard(shard: &str, problem: Problem) -> Problem {
    match problem.tensor {
        None => problem.tensor(shard),
        Some(_) => Problem { message: format!("{} (in `{}`)", problem.message, shown(shard)), ..problem },
    }
}
