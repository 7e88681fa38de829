//! Why nothing is at a path.

use std::env;
use std::fs;
use std::path::{Component, Path};

use super::foreign::TENSORFLOW;
use super::hub::Hub;
use super::listing::Listing;
use super::name::Named;
use crate::folded::listed_names;
use crate::nearest::nearest;
use crate::shown::shown;

/// So many entries of a folder are compared with a name that is not in it.
const MOST: usize = 1000;
/// So many names show what the others are like.
const SHOWN: usize = 4;

/// Why nothing is at a path, and what to do. Put the path before this text.
pub fn why_absent(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.is_empty() {
        return "the path is empty; give the path of a checkpoint".to_owned();
    }
    if let Some(why) = not_a_path(&text).or_else(|| broken_link(path)) {
        return why;
    }
    let mut above = path.ancestors().skip(1).map(|above| if above == Path::new("") { Path::new(".") } else { above });
    let Some(existing) = above.find(|above| fs::symlink_metadata(above).is_ok()) else {
        return "no part of this path is there; check it".to_owned();
    };
    if let Some(why) = broken_link(existing) {
        return format!("`{}` is on the way: {why}", shown(&existing.to_string_lossy()));
    }
    if !existing.is_dir() {
        return format!("`{}` is a file and not a folder; give its path", shown(&existing.to_string_lossy()));
    }
    let below = path.strip_prefix(existing).unwrap_or(path);
    let mut names = below.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    let Some(name) = names.next() else { return "there is no such folder; check the path".to_owned() };
    let is_file = names.next().is_none();
    let listing = Listing::read(existing, MOST).unwrap_or_default();
    let files = listing.files.iter().map(|file| file.name.as_str());
    let known = files.filter(|_| is_file).chain(listing.folders.iter().map(String::as_str));
    let what = match is_file {
        true => "there is no such file".to_owned(),
        false => format!("there is no folder `{}`", shown(&name)),
    };
    let at = |name: &str| {
        let path = if existing == Path::new(".") { name.into() } else { existing.join(name) };
        shown(&path.to_string_lossy()).into_owned()
    };
    let file_names = || listing.files.iter().map(|file| file.name.as_str()).filter(|_| is_file);
    let ends = |file: &&str| file.strip_prefix(&*name).is_some_and(|end| end.starts_with('.'));
    if file_names().filter(ends).any(|file| file.ends_with(".index") && !matches!(Named::of(file), Named::Index)) {
        return format!("{what}; it is the prefix of the files of a TensorFlow checkpoint: {}", TENSORFLOW.remedy);
    }
    // the name without its ending
    if let Some(near) = file_names().filter(ends).find(|file| matches!(Named::of(file), Named::Index | Named::Weights))
    {
        return format!("{what}; did you mean `{}`?", at(near));
    }
    if let Some(near) = nearest(&name, known) {
        return format!("{what}; did you mean `{}`?", at(near));
    }
    if is_file && name.ends_with(".lock") {
        return format!("{what}; make a lock by `weighbridge lock CHECKPOINT > {}`", shown(&text));
    }
    if let Some(hub) = Hub::parse(&text).filter(|_| is_hub_name(path)) {
        return format!("{what}; if this is the name of a model on the Hub, {}", hub.remedy());
    }
    let is_checkpoint = |name: &&str| Named::of(name).is_checkpoint();
    let checkpoints: Vec<&str> = listing.files.iter().map(|file| file.name.as_str()).filter(is_checkpoint).collect();
    match is_file && !checkpoints.is_empty() {
        true => format!("{what}; its folder has {}", listed_names(checkpoints, SHOWN)),
        false => format!("{what}; check the path"),
    }
}

/// Why a text is no path at all: it is an address, or something that a shell would have replaced.
pub fn not_a_path(text: &str) -> Option<String> {
    let is_stream = (text == "-").then(|| "standard input is not read; give the path of a file".to_owned());
    is_stream.or_else(|| address(text)).or_else(|| unexpanded(text))
}

/// An address of a network, which is not opened here.
fn address(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(":/")?;
    let is_scheme =
        scheme.len() > 1 && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let rest = rest.trim_start_matches('/');
    Some(match scheme.to_ascii_lowercase().as_str() {
        _ if !is_scheme => return None,
        "file" => format!("this is an address; give the path without it: `/{}`", shown(rest)),
        scheme => {
            let hub = match (scheme, rest.split_once('/')) {
                ("hf", _) => Hub::parse(rest),
                ("https" | "http", Some(("huggingface.co" | "hf.co", rest))) => Hub::parse_page(rest),
                _ => None,
            };
            let remedy = hub.map_or("download it, and give the path of the file".to_owned(), |hub| hub.remedy());
            format!("this is an address, and only files are opened; {remedy}")
        }
    })
}

/// What a shell would have replaced.
fn unexpanded(text: &str) -> Option<String> {
    if let Some(rest) = text.strip_prefix('~') {
        let home = env::home_dir().filter(|home| !home.as_os_str().is_empty());
        return Some(match (rest.strip_prefix('/').or_else(|| rest.is_empty().then_some("")), home) {
            (Some(rest), Some(home)) => {
                let path = home.join(rest);
                format!("`~` is replaced by a shell, and not here; give `{}`", shown(&path.to_string_lossy()))
            }
            _ => "`~` is replaced by a shell, and not here; give the whole path".to_owned(),
        });
    }
    if text.starts_with('$') || text.starts_with('%') {
        return Some("variables are replaced by a shell, and not here; give the whole path".to_owned());
    }
    text.contains('*').then(|| {
        "`*` is replaced by a shell, and not here; give the path of a folder, or several paths to `Source::files`"
            .to_owned()
    })
}

/// Why nothing is at a path that is a link.
pub fn broken_link(path: &Path) -> Option<String> {
    if fs::metadata(path).is_ok() {
        return None;
    }
    let target = fs::read_link(path).ok()?;
    let mut unfinished = path.parent().unwrap_or(Path::new("")).join(&target).into_os_string();
    unfinished.push(".incomplete");
    let is_unfinished = fs::metadata(unfinished).is_ok();
    let is_blob = target.parent().and_then(Path::file_name).is_some_and(|folder| folder == "blobs");
    let target = shown(&target.to_string_lossy()).into_owned();
    Some(match is_blob {
        true if is_unfinished => format!(
            "it is a link into a Hub cache, to `{target}`, whose download has not ended: wait until it has, or start it again"
        ),
        true => {
            format!("it is a link into a Hub cache, to `{target}`, which is not there; download the checkpoint again")
        }
        false => format!("it is a link to `{target}`, which is not there; download that file, or mend the link"),
    })
}

/// Whether a path reads like the name of a model on the Hub: `org/name`, neither of which is there.
fn is_hub_name(path: &Path) -> bool {
    let mut parts = path.components();
    let (Some(Component::Normal(org)), Some(Component::Normal(name)), None) =
        (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let name = name.to_string_lossy();
    !Path::new(org).exists() && !name.starts_with('.') && matches!(Named::of(&name), Named::Other)
}
