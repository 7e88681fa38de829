//! Addresses of the Hub, and the command that downloads what they name.

use super::name::Named;
use crate::shell::shell_word;
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
    /// Reads `datasets/org/name@revision/folder/file`, most of which may be absent.
    pub(super) fn parse(address: &'a str) -> Option<Hub<'a>> {
        Hub::read(address, false)
    }

    /// Reads the same as a browser shows it, with `/resolve/revision`.
    pub(super) fn parse_page(address: &'a str) -> Option<Hub<'a>> {
        Hub::read(address, true)
    }

    fn read(address: &'a str, is_page: bool) -> Option<Hub<'a>> {
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
        let is_file = |part: &str| Named::of(part).is_checkpoint() || part.ends_with(".json");
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
        if is_page && parts.next_if(|part| matches!(*part, "resolve" | "blob" | "tree" | "raw")).is_some() {
            revision = parts.next().map(str::to_owned);
        }
        revision = revision.filter(|revision| revision != "main");
        Some(Hub { kind, repository, revision, path: parts.collect() })
    }

    /// The folder that the cache has for the repository.
    pub(super) fn folder(&self) -> String {
        let kind = self.kind.unwrap_or("model");
        format!("{kind}s--{}", self.repository.replace('/', "--"))
    }

    /// The repository of the same kind that the cache has in a folder of this name.
    pub(super) fn repository_in(&self, folder: &str) -> Option<String> {
        let name = folder.strip_prefix(self.kind.unwrap_or("model"))?.strip_prefix("s--")?;
        Some(name.replacen("--", "/", 1))
    }

    /// The address of a repository of the same kind: `hf://datasets/org/name`.
    pub(super) fn address_of(&self, repository: &str) -> String {
        let kind = self.kind.map_or_else(String::new, |kind| format!("{kind}s/"));
        format!("hf://{kind}{}", shown(repository))
    }

    pub(super) fn repository(&self) -> &str {
        &self.repository
    }

    /// `main`, unless the address says another one.
    pub(super) fn revision(&self) -> &str {
        self.revision.as_deref().unwrap_or("main")
    }

    pub(super) fn path(&self) -> String {
        self.path.join("/")
    }

    /// How to get it, and what to give then.
    pub(super) fn remedy(&self) -> String {
        let path = self.path();
        let (what, then) = match path.is_empty() {
            true => ("them", "that directory".to_owned()),
            false => (self.what(), format!("`DIRECTORY/{}`", shown(&path))),
        };
        format!("download {what} with `{} --local-dir DIRECTORY`, and give {then}", shown(&self.command()))
    }

    /// How to get it into the cache.
    pub(super) fn fetch(&self) -> String {
        format!("download {} with `{}`", self.what(), shown(&self.command()))
    }

    /// Whether it is a file: that has an ending.
    fn is_file(&self) -> bool {
        self.path.last().is_some_and(|last| last.contains('.'))
    }

    fn what(&self) -> &'static str {
        if self.is_file() { "it" } else { "them" }
    }

    /// The command that downloads it.
    fn command(&self) -> String {
        let mut command = format!("hf download {}", shell_word(&self.repository));
        let path = self.path();
        if self.is_file() {
            command += &format!(" {}", shell_word(&path));
        } else if !path.is_empty() {
            command += &format!(" --include {}", shell_word(&format!("{path}/*")));
        }
        if let Some(kind) = self.kind {
            command += &format!(" --repo-type {kind}");
        }
        if let Some(revision) = &self.revision {
            command += &format!(" --revision {}", shell_word(revision));
        }
        command
    }
}
