//! The Hub's cache on this machine: which file or folder of it an address means. Nothing is fetched.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::hub::Hub;
use super::listing::Listing;
use super::name::shard_path;
use crate::folded::listed_names;
use crate::nearest::nearest;
use crate::shown::shown;

/// So many entries of a folder are compared with what is not in it.
const MOST: usize = 4096;
/// So many names show what the others are like.
const SHOWN: usize = 4;
/// The length of the name of a commit.
const COMMIT: usize = 40;

/// Where the Hub's cache has what `hf://org/name@revision/path` names: a file, or the folder of a snapshot. `None` if the path is no
/// such address.
///
/// # Errors
/// Why the cache does not have it, and what to do. Put the address before this text.
pub fn hub_path(address: &Path) -> Option<Result<PathBuf, String>> {
    let address = address.to_str()?;
    let (scheme, rest) = address.split_once("://")?;
    scheme.eq_ignore_ascii_case("hf").then(|| find(&root()?, rest))
}

/// The folder of the cache, where `huggingface_hub` looks for it.
fn root() -> Result<PathBuf, String> {
    let said = |name: &str, below: &[&str]| {
        let value = env::var_os(name).filter(|value| !value.is_empty())?;
        Some(below.iter().fold(at_home(value), |path, part| path.join(part)))
    };
    said("HF_HUB_CACHE", &[])
        .or_else(|| said("HUGGINGFACE_HUB_CACHE", &[]))
        .or_else(|| said("HF_HOME", &["hub"]))
        .or_else(|| said("XDG_CACHE_HOME", &["huggingface", "hub"]))
        .or_else(|| Some(home()?.join(".cache/huggingface/hub")))
        .ok_or_else(|| "nobody says where the Hub's cache is; set `HF_HUB_CACHE` to its folder".to_owned())
}

fn home() -> Option<PathBuf> {
    env::home_dir().filter(|home| !home.as_os_str().is_empty())
}

/// A path in which `~` may stand for the home folder, as Python's programs read it.
fn at_home(value: OsString) -> PathBuf {
    let path = PathBuf::from(value);
    match (path.strip_prefix("~"), home()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}

/// What an address without its scheme names in the cache.
fn find(root: &Path, address: &str) -> Result<PathBuf, String> {
    let Some(hub) = Hub::parse(address) else {
        return Err("it names no repository; write `hf://organisation/name`".to_owned());
    };
    let is_plain = |name: &str| shard_path(name).is_ok();
    if !is_plain(hub.repository()) {
        return Err(format!(
            "`{}` is no name of a repository; write `hf://organisation/name`",
            shown(hub.repository())
        ));
    }
    if !is_plain(hub.revision()) {
        return Err(format!(
            "`{}` is no revision; write the name of a branch or a tag, or a commit, as in `{}@main`",
            shown(hub.revision()),
            hub.address_of(hub.repository())
        ));
    }
    let repository = root.join(hub.folder());
    if !repository.is_dir() {
        return Err(unknown(root, &hub));
    }
    let snapshot = snapshot(&repository, &hub)?;
    let path = hub.path();
    if path.is_empty() {
        return Ok(snapshot);
    }
    if !is_plain(&path) {
        return Err(format!("`{}` is no name of a file in a snapshot; write it as the Hub shows it", shown(&path)));
    }
    let found = snapshot.join(&path);
    // a link that leads nowhere is told where it is opened
    match fs::symlink_metadata(&found) {
        Ok(_) => Ok(found),
        Err(_) => Err(without(&found, &path, &hub)),
    }
}

/// Why the cache does not have a repository.
fn unknown(root: &Path, hub: &Hub<'_>) -> String {
    let what = format!("the Hub's cache, `{}`, does not have it", shown(&root.to_string_lossy()));
    let folders = Listing::read(root, MOST).unwrap_or_default().folders;
    let names: Vec<String> = folders.iter().filter_map(|folder| hub.repository_in(folder)).collect();
    match nearest(hub.repository(), names.iter().map(String::as_str)) {
        Some(near) => format!("{what}; did you mean `{}`, or do you want to {}?", hub.address_of(near), hub.fetch()),
        None => format!("{what}; {}, or set `HF_HUB_CACHE` to the folder of another cache", hub.fetch()),
    }
}

/// The folder of the commit that a revision stands for.
fn snapshot(repository: &Path, hub: &Hub<'_>) -> Result<PathBuf, String> {
    let snapshots = repository.join("snapshots");
    let revision = hub.revision();
    let commit = match is_commit(revision) {
        true => Some(revision.to_owned()),
        false => named_commit(&repository.join("refs").join(revision), hub)?,
    };
    let found = commit.map(|commit| snapshots.join(commit));
    if let Some(found) = found.filter(|found| found.is_dir()) {
        return Ok(found);
    }
    let commits = Listing::read(&snapshots, MOST).unwrap_or_default().folders;
    let remedy = hub.fetch();
    Err(match commits.as_slice() {
        [] => format!("the Hub's cache has no file of it; {remedy}"),
        _ => format!(
            "the Hub's cache has no `{}` of it, but {} {}; write `{}@COMMIT`, or {remedy}",
            shown(revision),
            if commits.len() == 1 { "the commit" } else { "the commits" },
            listed_names(commits.iter().map(String::as_str), SHOWN),
            hub.address_of(hub.repository()),
        ),
    })
}

/// Whether a revision is the name of a commit.
fn is_commit(revision: &str) -> bool {
    revision.len() == COMMIT && revision.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The commit that a branch or a tag stood for when it was downloaded, if the cache knows it.
fn named_commit(path: &Path, hub: &Hub<'_>) -> Result<Option<String>, String> {
    let Ok(file) = File::open(path) else { return Ok(None) };
    let mut text = String::new();
    // a directory is a part of longer names: `refs/pr`
    if path.is_dir() || file.take(256).read_to_string(&mut text).is_err() {
        text.clear();
    }
    match text.trim() {
        commit if is_commit(commit) => Ok(Some(commit.to_owned())),
        _ => Err(format!(
            "`{}` holds no commit, so `{}` stands for nothing; {}",
            shown(&path.to_string_lossy()),
            shown(hub.revision()),
            hub.fetch()
        )),
    }
}

/// Why a snapshot does not have a file.
fn without(found: &Path, path: &str, hub: &Hub<'_>) -> String {
    let what = format!("the snapshot in the Hub's cache does not have `{}`", shown(path));
    let listing = found.parent().and_then(|folder| Listing::read(folder, MOST).ok()).unwrap_or_default();
    let names: Vec<&str> =
        listing.files.iter().map(|file| file.name.as_str()).chain(listing.folders.iter().map(String::as_str)).collect();
    let name = path.rsplit('/').next().unwrap_or_default();
    match nearest(name, names.iter().copied()) {
        Some(near) => format!("{what}, but `{}`; correct the address, or {}", shown(near), hub.fetch()),
        None if names.is_empty() => format!("{what}; {}", hub.fetch()),
        None => format!("{what}, but {}; {}", listed_names(names, SHOWN), hub.fetch()),
    }
}

/// How to download a file that a snapshot of the Hub's cache lacks, or all of it: `None` if the path is in no snapshot.
pub fn hub_download(path: &Path) -> Option<String> {
    let mut parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let (kind, repository) = parts.find_map(|part| {
        let (kinds, repository) = part.split_once("--")?;
        matches!(kinds, "models" | "datasets" | "spaces").then_some((kinds, repository))
    })?;
    let commit = (parts.next()? == "snapshots").then(|| parts.next()).flatten().filter(|commit| is_commit(commit))?;
    let file: Vec<&str> = parts.collect();
    let address = format!("{kind}/{}@{commit}/{}", repository.replacen("--", "/", 1), file.join("/"));
    Some(Hub::parse(&address)?.fetch())
}

#[cfg(test)]
mod tests;
