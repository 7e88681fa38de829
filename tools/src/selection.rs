//! Which tensors of a checkpoint a tool sees, and under which names.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fmt;

use weighbridge_checkpoint::{Checkpoint, CheckpointError, Entry, NamesRoom, Rename, Renames};
use weighbridge_lock::{listed_names, literal, matches, natural, nearest};

use crate::shown::shown;

/// The most modules that an error names.
const MOST_NAMED: usize = 8;

/// What the new names take.
const ROOM: NamesRoom = NamesRoom { tensor: 128, component: 0, copies: 2 };

/// Which tensors of a checkpoint a tool sees, and under which names: all of them, as they are, unless you say otherwise.
///
/// Renamings apply first. Patterns are compared with the names that come out, and `*` stands for any characters.
///
/// ```
/// use weighbridge::{Checkpoint, Renames};
/// use weighbridge_tools::Selection;
///
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/llama");
/// let selection = Selection::new().renames(Renames::new().subtree("model.layers.0")).ignore(["mlp.*"]);
/// let selected = selection.of(&Checkpoint::open(path)?)?;
/// assert!(selected.checkpoint.get("self_attn.q_proj.weight").is_some());
/// assert_eq!(selected.ignored_count, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a selection does nothing by itself; call `of`, or give it to a tool"]
pub struct Selection {
    renames: Renames,
    ignore: Vec<String>,
    only: Vec<String>,
    drop: Vec<String>,
}

/// What is left of a checkpoint.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Selected {
    /// The tensors, under their new names.
    pub checkpoint: Checkpoint,
    /// How many of them have a new name.
    pub renamed_count: usize,
    /// How many tensors [`Selection::ignore`] leaves out.
    pub ignored_count: usize,
    /// The patterns of [`Selection::ignore`] that fit no name: they may be misspelt.
    pub stale_ignores: Vec<String>,
}

impl Selection {
    /// All tensors, under their own names.
    pub fn new() -> Selection {
        Selection::default()
    }

    /// Gives tensors other names. A renaming that fits no name is an error.
    pub fn renames(mut self, renames: Renames) -> Selection {
        self.renames = renames;
        self
    }

    /// Leaves out the tensors whose names a pattern fits, as `Loader::ignore` does.
    pub fn ignore<P: Into<String>>(mut self, patterns: impl IntoIterator<Item = P>) -> Selection {
        self.ignore.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Leaves only the tensors whose names a pattern fits, and those below a module whose name it fits. A pattern that fits
    /// nothing is an error.
    pub fn only<P: Into<String>>(mut self, patterns: impl IntoIterator<Item = P>) -> Selection {
        self.only.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Leaves out the tensors whose names a pattern fits, and those below a module whose name it fits. A pattern that fits
    /// nothing is an error.
    pub fn drop<P: Into<String>>(mut self, patterns: impl IntoIterator<Item = P>) -> Selection {
        self.drop.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// The calls of a loader that sees the file as this selection leaves it, in code. [`only`](Selection::only) and
    /// [`drop`](Selection::drop) have none.
    pub(crate) fn calls(&self) -> String {
        let call = |rename: &Rename| match rename {
            Rename::Subtree(path) => format!(".subtree({})", literal(path)),
            Rename::Separator(separator) => format!(".separator({separator:?})"),
            Rename::StripPrefix(prefix) => format!(".strip_prefix({})", literal(prefix)),
            Rename::AddPrefix(prefix) => format!(".add_prefix({})", literal(prefix)),
            Rename::Rename { from, to } => format!(".rename({}, {})", literal(from), literal(to)),
            Rename::Regex { pattern, to } => format!(".rename_regex({}, {})", literal(pattern), literal(to)),
            // a renaming of a newer version
            _ => String::new(),
        };
        let mut calls: String = self.renames.iter().map(call).collect();
        if !self.ignore.is_empty() {
            let patterns: Vec<_> = self.ignore.iter().map(|pattern| literal(pattern)).collect();
            calls += &format!(".ignore([{}])", patterns.join(", "));
        }
        calls
    }

    /// Whether [`ignore`](Selection::ignore) fits a name of the file, or it is outside of the subtree.
    /// [`OpenOptions::skip`](weighbridge_checkpoint::OpenOptions::skip) takes it, for what is no tensor in an `.npz` or in a file of
    /// PyTorch.
    pub fn ignores(&self, name: &str) -> bool {
        let name = self.renames.apply(name);
        name.is_none_or(|name| self.ignore.iter().any(|pattern| matches(pattern, &name)))
    }

    /// The selected tensors of a checkpoint. Reads nothing.
    ///
    /// # Errors
    /// If a renaming, or a pattern of [`only`](Selection::only) or [`drop`](Selection::drop), fits nothing, or two tensors
    /// would have one name.
    pub fn of(&self, checkpoint: &Checkpoint) -> Result<Selected, SelectionError> {
        checkpoint.room_for("the selected names", ROOM)?;
        let Selection { renames, ignore, only, drop } = self;
        let (names, stale) = renames.apply_all(checkpoint.iter().map(|entry| entry.name()));
        // a renaming cannot fit a checkpoint without tensors
        if let Some(rename) = stale.into_iter().next().filter(|_| !checkpoint.is_empty()) {
            let modules = match rename {
                Rename::Subtree(_) => modules(checkpoint),
                _ => Vec::new(),
            };
            return Err(SelectionError::StaleRename { rename, modules });
        }
        let [mut ignores, mut onlies, mut drops] =
            [Patterns::whole(ignore), Patterns::deep(only), Patterns::deep(drop)];
        // members of an archive that are no arrays have been left out before
        for name in checkpoint.skipped().filter_map(|problem| problem.tensor.as_deref()) {
            if let Some(name) = renames.apply(name) {
                ignores.fit(&name);
            }
        }
        let mut ignored_count = 0;
        let mut keeps = |name: &str| {
            let is_ignored = ignores.fit(name);
            ignored_count += usize::from(is_ignored);
            // each is asked, so that each knows whether it fits anything
            let (is_chosen, is_dropped) = (only.is_empty() || onlies.fit(name), drops.fit(name));
            !is_ignored && is_chosen && !is_dropped
        };
        let names: Vec<_> = names.into_iter().map(|name| name.filter(|name| keeps(name))).collect();
        for (option, patterns) in [("only", &onlies), ("drop", &drops)] {
            if let Some(pattern) = patterns.stale().next() {
                return Err(SelectionError::StalePattern { option, pattern: pattern.to_owned() });
            }
        }
        unique(checkpoint, &names)?;
        let renamed = |entry: Entry<'_>| names[entry.index()].as_ref().is_some_and(|name| *name != entry.name());
        Ok(Selected {
            renamed_count: checkpoint.iter().filter(|entry| renamed(*entry)).count(),
            ignored_count,
            stale_ignores: ignores.stale().map(str::to_owned).collect(),
            checkpoint: checkpoint.select(|entry| names[entry.index()].as_deref().map(str::to_owned))?,
        })
    }
}

/// Patterns, and which of them have fitted a name so far.
struct Patterns<'p>(Vec<Fit<'p>>);

struct Fit<'p> {
    pattern: &'p str,
    /// What fits all that is below a module that the pattern fits.
    below: Option<String>,
    has_fitted: bool,
}

impl<'p> Patterns<'p> {
    /// Patterns of whole names.
    fn whole(patterns: &'p [String]) -> Patterns<'p> {
        Patterns(patterns.iter().map(|pattern| Fit { pattern, below: None, has_fitted: false }).collect())
    }

    /// Patterns that also fit what is below a module.
    fn deep(patterns: &'p [String]) -> Patterns<'p> {
        let below = |pattern: &str| Some(format!("{pattern}.*"));
        Patterns(patterns.iter().map(|pattern| Fit { pattern, below: below(pattern), has_fitted: false }).collect())
    }

    /// Whether one of them fits a name. All that do are noted.
    fn fit(&mut self, name: &str) -> bool {
        let mut fits = false;
        for Fit { pattern, below, has_fitted } in &mut self.0 {
            let this = matches(pattern, name) || below.as_ref().is_some_and(|below| matches(below, name));
            *has_fitted |= this;
            fits |= this;
        }
        fits
    }

    fn stale(&self) -> impl Iterator<Item = &'p str> {
        self.0.iter().filter(|fit| !fit.has_fitted).map(|fit| fit.pattern)
    }
}

/// The outermost modules, in natural order.
fn modules(checkpoint: &Checkpoint) -> Vec<String> {
    let outermost: BTreeSet<&str> =
        checkpoint.iter().filter_map(|entry| Some(entry.name().split_once(['.', '/'])?.0)).collect();
    let mut modules: Vec<String> = outermost.into_iter().map(str::to_owned).collect();
    modules.sort_by(|a, b| natural(a, b));
    modules
}

/// Refuses two tensors of one name that did not have one name before: the file's own are for the tools to refuse.
fn unique(checkpoint: &Checkpoint, names: &[Option<Cow<'_, str>>]) -> Result<(), SelectionError> {
    let mut first: HashMap<&str, usize> = HashMap::with_capacity(names.len());
    for (number, name) in names.iter().enumerate() {
        let Some(name) = name else { continue };
        if let Some(other) = first.insert(name, number) {
            let [one, other] = [other, number].map(|number| checkpoint.entry(number).name().to_owned());
            if one != other {
                return Err(SelectionError::Collision { name: name.to_string(), one, other });
            }
        }
    }
    Ok(())
}

/// Why a checkpoint has not what a selection asks for.
#[derive(Debug)]
#[non_exhaustive]
pub enum SelectionError {
    /// There is no memory for the names.
    Checkpoint(CheckpointError),
    /// A renaming fits no name.
    StaleRename {
        /// The renaming.
        rename: Rename,
        /// The outermost modules that the checkpoint has, in natural order, if the renaming is a subtree.
        modules: Vec<String>,
    },
    /// A pattern fits no name.
    StalePattern {
        /// The option that it was given to: `only` or `drop`.
        option: &'static str,
        /// The pattern.
        pattern: String,
    },
    /// Two tensors would have one name.
    Collision {
        /// The name that both would have.
        name: String,
        /// The name that one of them has.
        one: String,
        /// The name that the other has.
        other: String,
    },
}

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SelectionError::Checkpoint(error) => error.fmt(f),
            SelectionError::StaleRename { rename: Rename::Subtree(path), modules } => {
                write!(f, "no name in the checkpoint is below `{}`; ", shown(path))?;
                let known = modules.iter().map(String::as_str);
                match (modules.len(), nearest(path, known.clone())) {
                    (0, _) => f.write_str("no name has a module, so leave out `--subtree`"),
                    (_, Some(near)) => write!(f, "did you mean `{}`?", shown(near)),
                    (1, None) => write!(f, "its only outermost module is {}", listed_names(known, MOST_NAMED)),
                    (_, None) => write!(f, "its outermost modules are {}", listed_names(known, MOST_NAMED)),
                }
            }
            SelectionError::StaleRename { rename, .. } => {
                write!(
                    f,
                    "{rename} fits no name in the checkpoint; correct it or leave it out (renamings apply in order)"
                )
            }
            SelectionError::StalePattern { option, pattern } => write!(
                f,
                "`{}` of `--{option}` fits no name in the checkpoint; correct it or leave it out (`*` stands for any \
                 characters, and names are as they are after renaming)",
                shown(pattern)
            ),
            SelectionError::Collision { name, one, other } => write!(
                f,
                "`{}` and `{}` would both be `{}`; rename one of them to something else",
                shown(one),
                shown(other),
                shown(name)
            ),
        }
    }
}

impl std::error::Error for SelectionError {}

impl From<CheckpointError> for SelectionError {
    fn from(error: CheckpointError) -> SelectionError {
        SelectionError::Checkpoint(error)
    }
}
