//! Changes a file's names.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use weighbridge_lock::shown;

/// Renamings of tensors, applied in the order in which you added them. weighbridge's `Loader::rename` and related
/// methods use them too.
///
/// ```
/// let renames = weighbridge::Renames::new().strip_prefix("transformer.").rename("h", "model.layers");
/// assert_eq!(renames.apply("transformer.h.0.weight"), "model.layers.0.weight");
/// assert_eq!(renames.apply("head.weight"), "head.weight");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "renamings do nothing by themselves; apply them"]
pub struct Renames(Vec<Rename>);

/// One of the [`Renames`]. `Display` shows what it looks for: ``the prefix `model.` ``.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rename {
    /// Removes a prefix from the names that have it.
    StripPrefix(String),
    /// Puts a prefix before every name.
    AddPrefix(String),
    /// Renames a tensor, or everything below a module.
    Rename {
        /// A whole name, or its leading components.
        from: String,
        /// What replaces it.
        to: String,
    },
}

impl Renames {
    /// No renamings: every name stays as it is.
    pub fn new() -> Renames {
        Renames::default()
    }

    /// Removes a prefix from the names that have it.
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

    /// The number of renamings.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether every name stays as it is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The new form of a name.
    pub fn apply<'n>(&self, name: &'n str) -> Cow<'n, str> {
        self.0.iter().fold(Cow::Borrowed(name), |name, rename| rename.apply(&name).map_or(name, Cow::Owned))
    }

    /// The renamings that change none of these names, in the order given: they may be misspelt. A renaming sees the
    /// names as the ones before it changed them.
    pub fn stale<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<Rename> {
        self.apply_all(names).1
    }

    /// The new form of these names, and the renamings that change none of them.
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

impl Extend<Rename> for Renames {
    fn extend<I: IntoIterator<Item = Rename>>(&mut self, renames: I) {
        self.0.extend(renames);
    }
}

impl FromIterator<Rename> for Renames {
    fn from_iter<I: IntoIterator<Item = Rename>>(renames: I) -> Renames {
        Renames(renames.into_iter().collect())
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
    /// The new name, if this renaming applies to it.
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
