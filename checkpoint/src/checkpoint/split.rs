//! Opening a GGUF file, and the others of its model if it is one of several.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::entries::Checkpoint;
use super::shards::in_shard;
use crate::container::gguf::{self, Split, is_of_split};
use crate::container::{Contents, FoundProblems, sniff};
use crate::error::{CheckpointError, Problem, ProblemKind, Problems};
use crate::limits::Limits;
use crate::opening::OpenOptions;
use crate::reader::ReadAt;
use crate::together::Together;
use weighbridge_lock::{FileKind, shown};

/// Opens a file, and all others of its model.
pub(super) fn open(
    label: &str,
    path: Option<&Path>,
    reader: Arc<dyn ReadAt>,
    options: &OpenOptions,
) -> Result<Checkpoint, CheckpointError> {
    let refuse = |problems: Problems| CheckpointError::container(label.to_owned(), problems);
    let together = options.together.clone().unwrap_or_default();
    let contents = open_one(reader, &together, &options.limits).map_err(refuse)?;
    let split = Split::of(&contents.typed).map_err(|problem| refuse(vec![problem]))?;
    let named = path.and_then(Path::file_name).and_then(|name| Named::of(name.to_str()?));
    let (split, named, path) = match (split, named, path) {
        (None | Some(Split { count: 1, .. }), None | Some(Named { count: 1, .. }), _) => {
            let files = vec![(label.to_owned(), Some(contents))];
            return joined(label, split, files);
        }
        (Some(split), Some(named), Some(path)) if (split.number, split.count) == (named.number, named.count) => {
            (split, named, path)
        }
        (split, named, path) => return Err(refuse(vec![misnamed(split, named, path)])),
    };
    if split.count > options.limits.shard_count {
        let found = format!("the model is in {} files", split.count);
        return Err(refuse(vec![Problem::limit(found, "shard_count", options.limits.shard_count)]));
    }
    let mut opened = Some(contents);
    let (mut files, mut problems) = (Vec::with_capacity(split.count), FoundProblems::default());
    for number in 1..=split.count {
        let name = named.with(number);
        let contents = match opened.take_if(|_| number == split.number) {
            Some(contents) => Ok(contents),
            None => open_other(&path.with_file_name(&name), &together, options),
        };
        let contents =
            contents.map_err(|found| problems.extend(found.into_iter().map(|one| in_shard(&name, one)))).ok();
        files.push((name, contents));
        if together.is_beyond(&options.limits) {
            break;
        }
    }
    match problems.is_empty() {
        true => joined(label, Some(split), files),
        false => Err(refuse(problems.finish())),
    }
}

/// The files as one checkpoint, once all of them are there and agree.
fn joined(
    label: &str,
    split: Option<Split>,
    files: Vec<(String, Option<Contents>)>,
) -> Result<Checkpoint, CheckpointError> {
    let mut problems = FoundProblems::default();
    if let Some(split) = split {
        split.prove(&files, &mut problems);
    }
    if !problems.is_empty() {
        return Err(CheckpointError::container(label.to_owned(), problems.finish()));
    }
    let (mut metadata, mut typed) = (BTreeMap::new(), None);
    let mut all = Vec::with_capacity(files.len());
    for (name, contents) in files {
        let Some(mut contents) = contents else { continue };
        // the first file says most, and none may say otherwise
        for (key, value) in std::mem::take(&mut contents.metadata) {
            if split.is_none() || !is_of_split(&key) {
                metadata.entry(key).or_insert(value);
            }
        }
        let types = std::mem::take(&mut contents.typed);
        typed.get_or_insert(types);
        all.push((name, contents));
    }
    Ok(Checkpoint::of_shards(label.to_owned(), all, (metadata, typed.unwrap_or_default())))
}

fn open_one(reader: Arc<dyn ReadAt>, together: &Together, limits: &Limits) -> Result<Contents, Problems> {
    let (contents, header) = gguf::open(reader, limits)?;
    together.add(header, limits).map_err(|problem| vec![problem])?;
    Ok(contents)
}

/// Opens another file of the model.
fn open_other(path: &Path, together: &Together, options: &OpenOptions) -> Result<Contents, Problems> {
    let file = options.file_among(&together.files, path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            let message = "the model has this file too, and it is not there; download it";
            vec![Problem::new(ProblemKind::Index, message)]
        }
        _ => vec![Problem::io(error)],
    })?;
    match sniff::kind(&*file, Some(path)).map_err(|error| vec![Problem::io(error)])? {
        FileKind::Gguf => open_one(file, together, &options.limits),
        _ => {
            let message = "it is no GGUF file, as its name says; fetch it again";
            Err(vec![Problem::new(ProblemKind::Format, message)])
        }
    }
}

/// The problem with a file whose name does not say what its metadata says.
fn misnamed(split: Option<Split>, named: Option<Named<'_>>, path: Option<&Path>) -> Problem {
    let message = match (split, named) {
        (None, Some(Named { number, count, .. })) => format!(
            "its name says that it is file {number} of {count}, and it has no `split.count`; rename it if it is a whole model, else \
             fetch it again"
        ),
        (Some(Split { number, count, .. }), _) if path.is_none() => {
            format!(
                "this is file {number} of {count} of a model; give it by its path, so that the others are found beside it"
            )
        }
        (Some(Split { number, count, .. }), named) => {
            let base = named.map_or("MODEL", |named| named.base);
            format!(
                "its `split.no` and `split.count` say that it is file {number} of {count} of a model, and its name does not; name \
                 it `{}-{number:05}-of-{count:05}.gguf`, and the others likewise",
                shown(base)
            )
        }
        (None, None) => "its name is not that of a GGUF file; rename it".to_owned(),
    };
    Problem::new(ProblemKind::Index, message)
}

/// The name of a file that is one of several: `model-00001-of-00003.gguf`.
#[derive(Clone, Copy)]
struct Named<'n> {
    base: &'n str,
    number: usize,
    count: usize,
    ending: &'n str,
}

impl<'n> Named<'n> {
    fn of(name: &'n str) -> Option<Named<'n>> {
        const ENDING: usize = ".gguf".len();
        let (rest, ending) = name.split_at_checked(name.len().checked_sub(ENDING)?)?;
        let (rest, count) = rest.rsplit_once("-of-").filter(|_| ending.eq_ignore_ascii_case(".gguf"))?;
        let (base, number) = rest.rsplit_once('-')?;
        let digits = |digits: &str| (digits.len() == 5).then(|| digits.parse().ok()).flatten();
        Some(Named { base, number: digits(number)?, count: digits(count)?, ending })
    }

    /// The name with another number.
    fn with(self, number: usize) -> String {
        let Named { base, count, ending, .. } = self;
        format!("{base}-{number:05}-of-{count:05}{ending}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_of_one_model() {
        let named = Named::of("a-b-00002-of-00010.gguf").unwrap();
        assert_eq!((named.base, named.number, named.count), ("a-b", 2, 10));
        assert_eq!(
            (named.with(2), named.with(10)),
            ("a-b-00002-of-00010.gguf".into(), "a-b-00010-of-00010.gguf".into())
        );
        for name in ["a.gguf", "a-1-of-2.gguf", "a-00001-of-00002.npz", "-of-.gguf", "ä", "a-0000x-of-00002.gguf"] {
            assert!(Named::of(name).is_none(), "{name}");
        }
    }
}
