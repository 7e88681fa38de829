//! How a file's names become others.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use weighbridge_lock::shown;

/// Renamings of tensors, applied in the order in which they were asked for. weighbridge's
/// `Loader::rename` and its like use the same ones.
///
/// ```
/// let renames = weighbridge::Renames::new().strip_prefix("transformer.").rename("h", "model.layers");
/// assert_eq!(renames.apply("transformer.h.0.weight"), "model.layers.0.weight");
/// assert_eq!(renames.apply("head.weight"), "head.weight");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "renamings do nothing by themselves; apply them"]
pub struct Renames(Vec<Rename>);

/// One of the [`Renames`]. `Display` gives what it looks for: ``the prefix `model.` ``.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rename {
    /// Takes a prefix off the names that have it.
    StripPrefix(String),
    /// Puts a prefix before every name.
    AddPrefix(String),
    /// Renames a tensor, or everything below a module.
    Rename {
        /// A whole name, or its leading components.
        from: String,
        /// What stands in their place.
        to: String,
    },
}

impl Renames {
    /// None: every name stays as it is.
    pub fn new() -> Renames {
        Renames::default()
    }

    /// Takes a prefix off the names that have it.
    pub fn strip_prefix(mut self, prefix: impl Into<String>) -> Renames {
        self.0.push(Rename::StripPrefix(prefix.into()));
        self
    }

    /// Puts a prefix before every name.
    pub fn add_prefix(mut self, prefix: impl Into<String>) -> Renames {
        self.0.push(Rename::AddPrefix(prefix.into()));
        self
    }

    /// Renames a tensor, or everything below a module.
    pub fn rename(mut self, from: impl Into<String>, to: impl Into<String>) -> Renames {
        self.0.push(Rename::Rename { from: from.into(), to: to.into() });
        self
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether every name stays as it is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a name becomes.
    pub fn apply<'n>(&self, name: &'n str) -> Cow<'n, str> {
        self.0.iter().fold(Cow::Borrowed(name), |name, rename| rename.apply(&name).map_or(name, Cow::Owned))
    }

    /// The renamings that change none of these names, as they were given: they may be misspelt. A renaming sees the names
    /// that the ones before it produced.
    pub fn stale<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<Rename> {
        self.apply_all(names).1
    }

    /// What these names become, and the renamings that change none of them.
    pub fn apply_all<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> (Vec<Cow<'n, str>>, Vec<Rename>) {
        let mut names: Vec<Cow<'n, str>> = names.into_iter().map(Cow::Borrowed).collect();
        let mut stale = Vec::new();
        for rename in &self.0 {
            let mut fits = false;
            for name in &mut names {
                if let Some(renamed) = rename.apply(name) {
                    (*name, fits) = (Cow::Owned(renamed), true);
                }
            }
            if !fits {
                stale.push(rename.clone());
            }
        }
        (names, stale)
    }
}

impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rename::StripPrefix(prefix) => write!(f, "the prefix `{}`", shown(prefix)),
            Rename::AddPrefix(prefix) => write!(f, "the new prefix `{}`", shown(prefix)),
            Rename::Rename { from, .. } => write!(f, "`{}`", shown(from)),
        }
    }
}

impl Rename {
    /// The new name of a name that it fits.
    fn apply(&self, name: &str) -> Option<String> {
        match self {
            Rename::StripPrefix(prefix) => name.strip_prefix(prefix.as_str()).map(str::to_owned),
            Rename::AddPrefix(prefix) => Some(format!("{prefix}{name}")),
            Rename::Rename { from, to } => match name.strip_prefix(from.as_str())? {
                "" => Some(to.clone()),
                rest => rest.starts_with('.').then(|| format!("{to}{rest}")),
            },
        }
    }
}
