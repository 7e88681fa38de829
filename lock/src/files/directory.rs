//! Which file of a directory is the checkpoint.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::below::{branch, folders_with_checkpoints};
use super::cache::hub_download;
use super::foreign::{Foreign, PICKLE};
use super::listing::{ListedFile, Listing, MOST};
use super::name::{Named, index_of, shard_path, torch_index_of};
use crate::count::counted;
use crate::folded::listed_names;
use crate::shard::{ShardName, ShardSet};
use crate::shown::shown;

/// So many names show what the others are like.
const SHOWN: usize = 4;

/// How the names of texts end, which lie beside most checkpoints.
const TEXTS: [&str; 9] = [".json", ".jsonl", ".txt", ".md", ".py", ".yaml", ".yml", ".toml", ".jinja"];

/// Why a directory does not say what its checkpoint is.
#[derive(Debug)]
pub enum NoCheckpoint {
    /// The directory could not be listed.
    Io(io::Error),
    /// It holds none, or several, or a part of one: what lies there, and what to do.
    Unclear(String),
}

/// The checkpoint of a directory: the index if it lists what lies there, else the only `.safetensors`, `.npz` or `.gguf` file, or
/// the first of a model that is split into several of the last. If there is none of these, the same of PyTorch's files.
/// Files whose names begin with a dot are not there.
///
/// `listed` reads an index, and gives the names of the files in it, or `None` if it is not an index.
///
/// # Errors
/// Why there is not exactly one, and what to do. Put the name of the directory and a colon before this text.
pub fn checkpoint_in(directory: &Path, listed: impl Fn(&Path) -> Option<Vec<String>>) -> Result<PathBuf, NoCheckpoint> {
    let listing = Listing::read(directory, MOST).map_err(NoCheckpoint::Io)?;
    let chosen = choose(&listing, &listed).and_then(|chosen| match chosen {
        Some(file) => Ok(file.path.clone()),
        None => Err(nothing(directory, &listing)),
    });
    chosen.map_err(NoCheckpoint::Unclear)
}

/// The file that is meant, or why it is unclear; `None` if there is no checkpoint.
fn choose<'l>(
    listing: &'l Listing,
    listed: &dyn Fn(&Path) -> Option<Vec<String>>,
) -> Result<Option<&'l ListedFile>, String> {
    if listing.is_cut {
        return Err(format!("it has more than {MOST} entries; give the path of a file in it"));
    }
    let named = |wanted: fn(&Named) -> bool| -> Vec<&ListedFile> {
        listing.files.iter().filter(|file| wanted(&Named::of(&file.name))).collect()
    };
    // what can be read without a pickle is read, as transformers does it
    let (mut weights, mut indices) =
        (named(|named| matches!(named, Named::Weights)), named(|named| matches!(named, Named::Index)));
    if weights.is_empty() && indices.is_empty() {
        weights = named(|named| matches!(named, Named::Torch));
        indices = named(|named| matches!(named, Named::TorchIndex));
    }
    match indices.as_slice() {
        [] => {}
        [index] => return indexed(index, &weights, listed).map(Some),
        several => {
            let each: Vec<String> = several.iter().take(SHOWN).map(|index| described(index, listed)).collect();
            return Err(format!(
                "it has {} indices: {}{}; give the path of the one that is meant",
                several.len(),
                each.join(", "),
                if several.len() > SHOWN { ", …" } else { "" },
            ));
        }
    }
    let chosen = unindexed(&weights)?;
    let control = chosen.map(|file| format!("{}.aria2", file.name)).filter(|control| listing.has_file(control));
    match control {
        Some(control) => Err(format!(
            "`{}` says that the download of the file beside it has not ended; end it, or delete the one if you know that \
             the other is whole",
            shown(&control)
        )),
        None => Ok(chosen),
    }
}

/// The index, unless a file of the same checkpoint lies there that it does not list.
fn indexed<'l>(
    index: &'l ListedFile,
    weights: &[&ListedFile],
    listed: &dyn Fn(&Path) -> Option<Vec<String>>,
) -> Result<&'l ListedFile, String> {
    let (whole, end, of) = match index_of(&index.name) {
        Some(of) => ("model.safetensors", "safetensors", Some(of)),
        None => ("pytorch_model.bin", "bin", torch_index_of(&index.name)),
    };
    let (base, variant) = of.unwrap_or_default();
    let mut singles = vec![whole.to_owned(), format!("{base}.{end}")];
    singles.extend(variant.map(|variant| format!("{base}.{variant}.{end}")));
    let mut candidates = weights.iter().filter(|file| singles.contains(&file.name)).peekable();
    if candidates.peek().is_none() {
        return Ok(index);
    }
    // an index that cannot be read, or lists nothing, is refused where it is opened
    let files = listed(&index.path).unwrap_or_default();
    match candidates.find(|file| !files.is_empty() && !files.contains(&file.name)) {
        None => Ok(index),
        Some(second) => Err(format!(
            "it has `{}`, which lists {}, {}, and `{}`, which is not in that list; give the path of the one that is meant",
            shown(&index.name),
            listed_names(files.iter().map(String::as_str), SHOWN),
            how_many(index, &files),
            shown(&second.name)
        )),
    }
}

/// An index, and how many of its files are there.
fn described(index: &ListedFile, listed: &dyn Fn(&Path) -> Option<Vec<String>>) -> String {
    let name = shown(&index.name);
    match listed(&index.path) {
        None => format!("`{name}` (which cannot be read as one)"),
        Some(files) => {
            format!("`{name}` (lists {}, {})", counted(files.len(), "file"), how_many(index, &files))
        }
    }
}

/// How many of the files that an index lists are there.
fn how_many(index: &ListedFile, files: &[String]) -> String {
    let is_there = |file: &&String| shard_path(file).is_ok() && index.path.with_file_name(file).exists();
    match files.iter().filter(is_there).count() {
        0 => "of which none is there".to_owned(),
        1 if files.len() > 1 => "of which 1 is there".to_owned(),
        1 => "which is there".to_owned(),
        count if count == files.len() => "all of which are there".to_owned(),
        count => format!("of which {count} are there"),
    }
}

/// The only file, if it is not one of a set.
fn unindexed<'l>(weights: &[&'l ListedFile]) -> Result<Option<&'l ListedFile>, String> {
    let mut sets: BTreeMap<(&str, &str), ShardSet<'_>> = BTreeMap::new();
    let mut singles: Vec<&'l ListedFile> = Vec::new();
    for file in weights {
        match ShardName::of(&file.name).filter(|shard| shard.count > 1) {
            Some(shard) => sets.entry(shard.set()).or_insert_with(|| ShardSet::new(shard)).insert(shard.number),
            None => singles.push(file),
        }
    }
    let sets: Vec<ShardSet<'_>> = sets.into_values().collect();
    match (sets.as_slice(), singles.as_slice()) {
        ([], []) => Ok(None),
        ([], [single]) => Ok(Some(single)),
        ([set], []) if is_split(set) && set.is_whole() => {
            let is_first = |file: &&ListedFile| ShardName::of(&file.name).is_some_and(|shard| shard.number == 1);
            Ok(weights.iter().copied().find(is_first))
        }
        ([set], []) => Err(parts(set)),
        _ => {
            let mut names: Vec<String> = singles.iter().map(|file| format!("`{}`", shown(&file.name))).collect();
            names.extend(sets.iter().map(|set| match set.is_whole() {
                true => format!("`{}`", shown(&set.names())),
                false => format!("`{}` without `{}`", shown(&set.names()), shown(&set.absent_names())),
            }));
            names.sort();
            let count = names.len();
            let more = if names.len() > SHOWN { ", …" } else { "" };
            names.truncate(SHOWN);
            let are_parts = singles.is_empty() && !sets.iter().any(ShardSet::is_whole);
            let of = if are_parts { "parts of " } else { "" };
            Err(format!(
                "it has {of}{count} checkpoints and no index ({}{more}); give the path of the one that is meant \
                 (in Rust, `Source::files` loads several as one)",
                names.join(", ")
            ))
        }
    }
}

/// Whether the files of a set say themselves that they are one checkpoint.
fn is_split(set: &ShardSet<'_>) -> bool {
    set.name.whole().1.eq_ignore_ascii_case(".gguf")
}

/// Shards without their index.
fn parts(set: &ShardSet<'_>) -> String {
    let (base, end) = set.name.whole();
    let base = base.strip_suffix(".safetensors").unwrap_or(base);
    // npz has no index
    let index = match end.eq_ignore_ascii_case(".npz") {
        true => None,
        false if end.eq_ignore_ascii_case(".bin") => Some(format!("`{}.bin.index.json`", shown(base))),
        false => Some(format!("`{}.safetensors.index.json`", shown(base))),
    };
    let names = format!("`{}`", shown(&set.names()));
    if is_split(set) {
        let (count, absent) = (set.name.count, set.absent_names());
        return format!("it has {names} of a checkpoint in {count} files; download `{}` too", shown(&absent));
    }
    match (set.is_whole(), index) {
        (true, Some(index)) => format!(
            "it has the {} files of a checkpoint, {names}, and no index that says what is in which; download {index} too, \
             or load the files as one checkpoint with `Source::files`",
            set.len()
        ),
        (true, None) => format!(
            "it has the {} files of a checkpoint, {names}; load them as one checkpoint with `Source::files`",
            set.len()
        ),
        (false, index) => format!(
            "it has {names} of a checkpoint in {} files, and no index; download `{}`{} too, or give the path of a file to \
             open it alone",
            set.name.count,
            shown(&set.absent_names()),
            index.map_or_else(String::new, |index| format!(" and {index}")),
        ),
    }
}

/// What lies there instead of a checkpoint.
fn nothing(directory: &Path, listing: &Listing) -> String {
    const NONE: &str = "it has no `.safetensors`, `.npz` or `.gguf` file, no file of PyTorch, and no index of shards";
    if listing.files.is_empty() && listing.folders.is_empty() {
        return "it is empty; download a checkpoint, and give the path of its folder".to_owned();
    }
    let below = folders_with_checkpoints(directory, listing);
    let folders: Vec<String> = below
        .iter()
        .take(SHOWN)
        .map(|folder| match branch(directory, folder) {
            Some(branch) => format!("`{}` (`{branch}`)", shown(folder)),
            None => format!("`{}`", shown(folder)),
        })
        .collect();
    let folders = folders.join(", ") + if below.len() > SHOWN { ", …" } else { "" };
    let is_model = |folder: &String| folder.starts_with("models--");
    let is_cache = listing.has_folder("snapshots") && (listing.has_folder("refs") || listing.has_folder("blobs"));
    let kind = if is_cache {
        Some("it is a model in a Hub cache")
    } else if listing.folders.iter().any(is_model) {
        Some("it is a Hub cache")
    } else if listing.has_file("model_index.json") {
        Some("it is a diffusers pipeline")
    } else {
        None
    };
    match (kind, below.is_empty()) {
        (Some(kind), false) => {
            return format!("{kind}, with checkpoints in {folders}; give the path of one of these folders");
        }
        (Some(kind), true) => {
            return format!(
                "{kind}, and no folder of it has a `.safetensors`, `.npz`, `.gguf` or `.bin` file; download these files too"
            );
        }
        (None, _) => {}
    }
    let mut foreign: Vec<(Foreign, Vec<&str>)> = Vec::new();
    let mut unfinished = None;
    for file in &listing.files {
        match Named::of(&file.name) {
            Named::Unfinished => unfinished = unfinished.or(Some(&file.name)),
            Named::Foreign(kind) => match foreign.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, names)) => names.push(&file.name),
                None => foreign.push((kind, vec![&file.name])),
            },
            _ => {}
        }
    }
    if let Some(unfinished) = unfinished {
        return format!(
            "{NONE}; `{}` is a download that has not ended: wait until it has, or start it again",
            shown(unfinished)
        );
    }
    let below = match below.is_empty() {
        true => String::new(),
        false => format!(", or give the path of a folder below that has one: {folders}"),
    };
    // a pickle can be converted here and now
    foreign.sort_by_key(|(kind, _)| *kind != PICKLE);
    let named = |(kind, names): &(Foreign, Vec<&str>)| {
        format!("{}, by name {}", listed_names(names.iter().copied(), SHOWN), kind.what)
    };
    match foreign.as_slice() {
        [(Foreign { remedy, .. }, _), ..] => {
            let named: Vec<String> = foreign.iter().take(SHOWN).map(named).collect();
            format!("{NONE}, but {}; {remedy}{below}", named.join(", and "))
        }
        [] if !below.is_empty() => format!("{NONE}; give the path of a folder below that has one: {folders}"),
        [] => {
            // the bytes decide what a file is, and not its name
            let is_text = |name: &&str| TEXTS.iter().any(|end| name.to_ascii_lowercase().ends_with(end));
            let others: Vec<&str> =
                listing.files.iter().map(|file| file.name.as_str()).filter(|name| !is_text(name)).collect();
            match others.as_slice() {
                [] => match hub_download(directory) {
                    Some(remedy) => format!("{NONE}; {remedy}"),
                    None => format!("{NONE}; give the path of a checkpoint"),
                },
                [only] => format!("{NONE}, but `{}`; if it is a checkpoint, give its path", shown(only)),
                _ => format!("{NONE}, but {}; if one is a checkpoint, give its path", listed_names(others, SHOWN)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_of_too_many_files_is_refused() {
        let file = ListedFile { name: "model.safetensors".to_owned(), path: PathBuf::new() };
        let mut listing = Listing { files: vec![file], ..Listing::default() };
        assert!(choose(&listing, &|_| None).unwrap().is_some());
        listing.is_cut = true;
        let why = choose(&listing, &|_| None).unwrap_err();
        assert_eq!(why, "it has more than 100000 entries; give the path of a file in it");
    }
}
