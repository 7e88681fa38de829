//! Addresses of the Hub, and the command that downloads what they name.

use super::name::Named;
use crate::shown::shown;

/// What an address of the Hub names.
pub(super) struct Hub<'a> {
    /// `dataset` or `space`; a model has no word.
    kind: Option<&'static str>,
    repository: String,
    revision: Option<String>,
    /// A file or a folder of the repository, or nothing for all of it.
    path: Vec<&'a str>,
}

impl<'a> Hub<'a> {
    /// Reads `datasets/org/name@revision/folder/file`, most of which may be absent, and the same as a browser shows it, with
    /// `/resolve/revision`.
    pub(super) fn parse(address: &'a str) -> Option<Hub<'a>> {
        let address = address.split(['?', '#']).next().unwrap_or_default();
        let mut parts = address.split('/').filter(|part| !part.is_empty()).peekable();
        let kind = match parts.peek() {
            Some(&"datasets") => Some("dataset"),
            Some(&"spaces") => Some("space"),
            _ => None,
        };
        if kind.is_some() || parts.peek() == Some(&"models") {
            parts.next();
        }
        let is_file = |part: &str| matches!(Named::of(part), Named::Index | Named::Weights);
        let first = parts.next()?;
        // a few old models have no organisation
        let last = parts.next_if(|part| !first.contains('@') && !is_file(part));
        let (name, mut revision) = match last.unwrap_or(first).split_once('@') {
            Some((name, revision)) => (name, Some(revision.replace("%2F", "/"))),
            None => (last.unwrap_or(first), None),
        };
        let repository = if last.is_some() { format!("{first}/{name}") } else { name.to_owned() };
        if let Some(revision) = revision.as_mut().filter(|revision| *revision == "refs") {
            // such as `refs/pr/1`
            for part in parts.by_ref().take(2) {
                revision.push('/');
                revision.push_str(part);
            }
        }
        if parts.next_if(|part| matches!(*part, "resolve" | "blob" | "tree" | "raw")).is_some() {
            revision = parts.next().map(str::to_owned);
        }
        revision = revision.filter(|revision| revision != "main");
        Some(Hub { kind, repository, revision, path: parts.collect() })
    }

    /// How to get it, and what to give then.
    pub(super) fn remedy(&self) -> String {
        let mut command = format!("hf download {}", self.repository);
        let path = self.path.join("/");
        // a file has an ending
        let is_file = self.path.last().is_some_and(|last| last.contains('.'));
        if is_file {
            command += &format!(" {path}");
        } else if !path.is_empty() {
            command += &format!(" --include \"{path}/*\"");
        }
        if let Some(kind) = self.kind {
            command += &format!(" --repo-type {kind}");
        }
        if let Some(revision) = &self.revision {
            command += &format!(" --revision {revision}");
        }
        let (what, then) = match path.is_empty() {
            true => ("them", "that directory".to_owned()),
            false => (if is_file { "it" } else { "them" }, format!("`DIRECTORY/{}`", shown(&path))),
        };
        format!("download {what} with `{} --local-dir DIRECTORY`, and give {then}", shown(&command))
    }
}
