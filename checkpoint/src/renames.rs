//! Changes a file's names.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use weighbridge_lock::{shown, switch};

/// Renamings of tensors. The methods of weighbridge's `Loader` that have the same names use them too.
///
/// [`subtree`](Renames::subtree) and [`separator`](Renames::separator) apply first, wherever you call them. The others
/// apply in the order in which you add them, each to the names as the ones before it left them.
///
/// ```
/// let renames = weighbridge::Renames::new().strip_prefix("transformer.").rename("h", "model.layers");
/// assert_eq!(renames.apply("transformer.h.0.weight").as_deref(), Some("model.layers.0.weight"));
/// assert_eq!(renames.apply("head.weight").as_deref(), Some("head.weight"));
///
/// let vae = weighbridge::Renames::new().rename("conv", "convolution").separator('/').subtree("vae");
/// assert_eq!(vae.apply("vae/conv/kernel").as_deref(), Some("convolution.kernel"));
/// // it is not there
/// assert_eq!(vae.apply("unet/conv/kernel"), None);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "renamings do nothing by themselves; apply them"]
pub struct Renames(Vec<Step>);

/// One of the [`Renames`]. `Display` shows what it looks for: ``the prefix `model.` ``.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rename {
    /// Leaves only what is below a module, under names relative to it.
    Subtree(String),
    /// Puts dots in place of a character.
    Separator(char),
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
    /// Replaces what a regular expression matches.
    Regex {
        /// The regular expression.
        pattern: String,
        /// What replaces each match; `$1` or `${1}` stands for what the first group matched.
        to: String,
    },
}

/// A renaming, ready to be applied.
#[derive(Clone, Debug)]
struct Step {
    rename: Rename,
    /// What a [`Rename::Regex`] looks for.
    #[cfg(feature = "regex")]
    regex: Option<regex::Regex>,
}

impl From<Rename> for Step {
    fn from(rename: Rename) -> Step {
        Step {
            rename,
            #[cfg(feature = "regex")]
            regex: None,
        }
    }
}

impl PartialEq for Renames {
    fn eq(&self, other: &Renames) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Renames {}

impl Renames {
    /// No renamings: every name stays as it is.
    pub fn new() -> Renames {
        Renames::default()
    }

    /// Leaves only the tensors below a module of the file, under names relative to it. All others are as if they were not
    /// in the checkpoint. A second call replaces the first.
    ///
    /// The path is as the file has it. If there is a [`separator`](Renames::separator), it may stand in the path in place of
    /// dots.
    pub fn subtree(mut self, path: impl Into<String>) -> Renames {
        self.0.retain(|step| !matches!(step.rename, Rename::Subtree(_)));
        self.0.insert(0, Rename::Subtree(path.into()).into());
        self
    }

    /// Reads this character as a dot, wherever a name has it: `/` for the names of Flax and Keras. A second call replaces the
    /// first.
    pub fn separator(mut self, separator: char) -> Renames {
        self.0.retain(|step| !matches!(step.rename, Rename::Separator(_)));
        let after = self.0.iter().take_while(|step| matches!(step.rename, Rename::Subtree(_))).count();
        self.0.insert(after, Rename::Separator(separator).into());
        self
    }

    /// Removes a prefix from the names that have it.
    pub fn strip_prefix(self, prefix: impl Into<String>) -> Renames {
        self.then(Rename::StripPrefix(prefix.into()))
    }

    /// Puts a prefix before every name.
    pub fn add_prefix(self, prefix: impl Into<String>) -> Renames {
        self.then(Rename::AddPrefix(prefix.into()))
    }

    /// Renames a tensor, or everything below a module.
    pub fn rename(self, from: impl Into<String>, to: impl Into<String>) -> Renames {
        self.then(Rename::Rename { from: from.into(), to: to.into() })
    }

    /// Replaces every match of a [regular expression](https://docs.rs/regex/1/regex/#syntax) in a name. In `to`, `$1` or `${1}` stands for what the first
    /// group matched, and `$$` for a dollar sign. This takes the feature `regex`.
    ///
    /// ```
    /// let renames = weighbridge::Renames::new().rename_regex(r"^h(\d+)\.", "layers.$1.")?;
    /// assert_eq!(renames.apply("h12.weight").as_deref(), Some("layers.12.weight"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If `pattern` is no regular expression, or `to` names a group that it does not have.
    #[cfg(feature = "regex")]
    pub fn rename_regex(mut self, pattern: &str, to: impl Into<String>) -> Result<Renames, RegexError> {
        let to = to.into();
        let regex = regex_of(pattern, &to).map_err(|message| RegexError { pattern: pattern.to_owned(), message })?;
        self.0.push(Step { rename: Rename::Regex { pattern: pattern.to_owned(), to }, regex: Some(regex) });
        Ok(self)
    }

    /// These renamings, and then others: as if you added them one by one.
    ///
    /// ```
    /// let renames = weighbridge::Renames::new().strip_prefix("model.");
    /// let both = renames.append(weighbridge::Renames::new().separator('/').rename("h", "layers"));
    /// assert_eq!(both.apply("model/h/0").as_deref(), Some("layers.0"));
    /// ```
    pub fn append(self, others: Renames) -> Renames {
        others.0.into_iter().fold(self, |mut renames, step| match step.rename {
            Rename::Subtree(path) => renames.subtree(path),
            Rename::Separator(separator) => renames.separator(separator),
            _ => {
                renames.0.push(step);
                renames
            }
        })
    }

    fn then(mut self, rename: Rename) -> Renames {
        self.0.push(rename.into());
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

    /// The renamings, in the order in which they apply.
    pub fn iter(&self) -> impl Iterator<Item = &Rename> {
        self.0.iter().map(|step| &step.rename)
    }

    /// The new form of a name; `None` if it is outside of the subtree.
    pub fn apply<'n>(&self, name: &'n str) -> Option<Cow<'n, str>> {
        let mut name = Cow::Borrowed(name);
        for step in &self.0 {
            match self.step(step, name) {
                Changed::Yes(new) | Changed::No(new) => name = new,
                Changed::Outside => return None,
            }
        }
        Some(name)
    }

    /// The renamings that change none of these names, in the order in which they apply: they may be misspelt. A renaming sees
    /// the names as the ones before it changed them.
    pub fn stale<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<Rename> {
        self.apply_all(names).1
    }

    /// The new form of these names, where `None` is outside of the subtree, and the renamings that change none of them. If the
    /// subtree has no names, it is the only one of these: the others saw none.
    pub fn apply_all<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> (Vec<Option<Cow<'n, str>>>, Vec<Rename>) {
        let mut names: Vec<Option<Cow<'n, str>>> = names.into_iter().map(|name| Some(Cow::Borrowed(name))).collect();
        let mut stale = Vec::new();
        for step in &self.0 {
            let (mut fits, mut any) = (false, false);
            for name in &mut names {
                let Some(old) = name.take() else { continue };
                *name = match self.step(step, old) {
                    Changed::Yes(new) => {
                        fits = true;
                        Some(new)
                    }
                    Changed::No(old) => Some(old),
                    Changed::Outside => None,
                };
                any |= name.is_some();
            }
            if !fits {
                stale.push(step.rename.clone());
            }
            if !any && !names.is_empty() {
                break;
            }
        }
        (names, stale)
    }

    fn step<'n>(&self, step: &Step, name: Cow<'n, str>) -> Changed<'n> {
        let new = match &step.rename {
            Rename::Subtree(path) => {
                return match (name, self.separates()) {
                    (Cow::Borrowed(name), separator) => {
                        below(name, path, separator).map_or(Changed::Outside, |rest| Changed::Yes(Cow::Borrowed(rest)))
                    }
                    (Cow::Owned(name), separator) => below(&name, path, separator)
                        .map_or(Changed::Outside, |rest| Changed::Yes(Cow::Owned(rest.to_owned()))),
                };
            }
            Rename::Separator(separator) => {
                (*separator != '.' && name.contains(*separator)).then(|| name.replace(*separator, "."))
            }
            Rename::StripPrefix(prefix) => name.strip_prefix(prefix.as_str()).map(str::to_owned),
            Rename::AddPrefix(prefix) => Some(format!("{prefix}{name}")),
            Rename::Rename { from, to } => name.strip_prefix(from.as_str()).and_then(|rest| match rest {
                "" => Some(to.clone()),
                rest => rest.starts_with('.').then(|| format!("{to}{rest}")),
            }),
            Rename::Regex { to, .. } => step.replaced(&name, to),
        };
        new.map_or_else(|| Changed::No(name), |new| Changed::Yes(Cow::Owned(new)))
    }

    /// The form of a name that the first of the other renamings sees: after the subtree and the separator.
    #[doc(hidden)]
    pub fn begin<'n>(&self, name: &'n str) -> Cow<'n, str> {
        let is_first = |step: &&Step| matches!(step.rename, Rename::Subtree(_) | Rename::Separator(_));
        let first = Renames(self.0.iter().filter(is_first).cloned().collect());
        first.apply(name).unwrap_or(Cow::Borrowed(name))
    }

    /// The renamings that apply before one of them.
    #[doc(hidden)]
    pub fn before(&self, rename: &Rename) -> Renames {
        Renames(self.0.iter().take_while(|step| step.rename != *rename).cloned().collect())
    }

    /// A name or a path of the file, with dots in place of the separator.
    #[doc(hidden)]
    pub fn separated<'n>(&self, name: &'n str) -> Cow<'n, str> {
        match self.separates() {
            Some(separator) if name.contains(separator) => Cow::Owned(name.replace(separator, ".")),
            _ => Cow::Borrowed(name),
        }
    }

    fn separates(&self) -> Option<char> {
        self.iter().find_map(|rename| if let Rename::Separator(separator) = rename { Some(*separator) } else { None })
    }
}

/// What a renaming makes of a name.
enum Changed<'n> {
    Yes(Cow<'n, str>),
    No(Cow<'n, str>),
    /// The name is outside of the subtree.
    Outside,
}

/// The rest of a name that is below the module at `path`.
fn below<'n>(name: &'n str, path: &str, separator: Option<char>) -> Option<&'n str> {
    let dotted = |c: char| if Some(c) == separator { '.' } else { c };
    let path = path.strip_suffix(|last| dotted(last) == '.').unwrap_or(path);
    if path.is_empty() {
        return Some(name);
    }
    let mut rest = name.chars();
    for one in path.chars() {
        if dotted(rest.next()?) != dotted(one) {
            return None;
        }
    }
    (dotted(rest.next()?) == '.').then_some(rest.as_str())
}

impl Step {
    #[cfg(feature = "regex")]
    fn replaced(&self, name: &str, to: &str) -> Option<String> {
        match self.regex.as_ref()?.replace_all(name, to) {
            Cow::Owned(new) => Some(new),
            Cow::Borrowed(_) => None,
        }
    }

    #[cfg(not(feature = "regex"))]
    fn replaced(&self, _: &str, _: &str) -> Option<String> {
        None
    }
}

/// Why a regular expression cannot rename tensors.
#[cfg(feature = "regex")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegexError {
    /// The regular expression, as you gave it.
    pub pattern: String,
    /// What is wrong with it, or with what replaces its matches, and what to do.
    pub message: String,
}

#[cfg(feature = "regex")]
impl fmt::Display for RegexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`rename_regex` cannot use the pattern `{}`: {}", shown(&self.pattern), self.message)
    }
}

#[cfg(feature = "regex")]
impl std::error::Error for RegexError {}

/// Compiles a pattern, and checks that it has the groups that `to` names.
#[cfg(feature = "regex")]
fn regex_of(pattern: &str, to: &str) -> Result<regex::Regex, String> {
    let regex = regex::Regex::new(pattern).map_err(|error| {
        let text = error.to_string();
        // the text shows the pattern on several lines, and ends in what is wrong with it
        let why = text.rsplit_once("error: ").map_or(text.as_str(), |(_, why)| why).trim();
        format!("{}; write a backslash before a character that stands for itself", shown(why))
    })?;
    let named = |group: &str| regex.capture_names().flatten().any(|name| name == group);
    for group in groups(to) {
        let is_there = group.parse().map_or_else(|_| named(group), |number: usize| number < regex.captures_len());
        if is_there {
            continue;
        }
        let digits = group.len() - group.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = group.split_at(digits);
        let remedy = match (number, rest) {
            ("", _) | (_, "") => "write `$$` for a dollar sign".to_owned(),
            (number, rest) => format!("write `${{{number}}}{rest}`"),
        };
        return Err(format!("`{}` names the group `{}`, which it does not have; {remedy}", shown(to), shown(group)));
    }
    Ok(regex)
}

/// The groups that a replacement names, as the crate `regex` reads it.
#[cfg(feature = "regex")]
fn groups(to: &str) -> Vec<&str> {
    let (mut groups, mut rest) = (Vec::new(), to);
    while let Some((_, after)) = rest.split_once('$') {
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
        } else if let Some((group, after)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            groups.push(group);
            rest = after;
        } else {
            let end = rest.bytes().position(|c| !c.is_ascii_alphanumeric() && c != b'_').unwrap_or(rest.len());
            let (group, after) = rest.split_at(end);
            groups.extend((!group.is_empty()).then_some(group));
            rest = after;
        }
    }
    groups
}

impl Rename {
    /// The switch of the command that says the same, as a shell takes it; `None` if no switch can: `=` separates the two names.
    #[doc(hidden)]
    pub fn switch(&self) -> Option<String> {
        Some(match self {
            Rename::Subtree(path) => switch("subtree", path),
            Rename::Separator(separator) => switch("separator", separator.encode_utf8(&mut [0; 4])),
            Rename::StripPrefix(prefix) => switch("strip-prefix", prefix),
            Rename::AddPrefix(prefix) => switch("add-prefix", prefix),
            Rename::Rename { from, to } if !from.is_empty() && !to.is_empty() && !from.contains('=') => {
                switch("rename", &format!("{from}={to}"))
            }
            Rename::Regex { pattern, to } if !pattern.is_empty() && !to.contains('=') => {
                switch("rename-regex", &format!("{pattern}={to}"))
            }
            Rename::Rename { .. } | Rename::Regex { .. } => return None,
        })
    }
}

impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rename::Subtree(path) => write!(f, "the subtree `{}`", shown(path)),
            Rename::Separator(separator) => {
                write!(f, "the separator `{}`", shown(separator.encode_utf8(&mut [0; 4])))
            }
            Rename::StripPrefix(prefix) => write!(f, "the prefix `{}`", shown(prefix)),
            Rename::AddPrefix(prefix) => write!(f, "the new prefix `{}`", shown(prefix)),
            Rename::Rename { from, .. } => write!(f, "`{}`", shown(from)),
            Rename::Regex { pattern, .. } => write!(f, "the regular expression `{}`", shown(pattern)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtree_and_a_separator_apply_first() {
        let renames = Renames::new().rename("conv", "c").separator('/').strip_prefix("x.").subtree("vae");
        let [Rename::Subtree(_), Rename::Separator('/'), Rename::Rename { .. }, Rename::StripPrefix(_)] =
            renames.iter().collect::<Vec<_>>()[..]
        else {
            panic!("{renames:?}")
        };
        assert_eq!(renames.apply("vae/conv/kernel").as_deref(), Some("c.kernel"));
        assert_eq!(renames.apply("vae.conv.kernel").as_deref(), Some("c.kernel"));
        // a whole component, and something below it
        for outside in ["vae2/conv", "vae", "unet.vae.conv", ""] {
            assert_eq!(renames.apply(outside), None, "{outside}");
        }
        // of two, the last
        assert_eq!(renames.clone().subtree("unet").separator('|').apply("unet|conv").as_deref(), Some("c"));
        assert_eq!(Renames::new().subtree("a").subtree("b").len(), 1);
    }

    #[test]
    fn a_subtree_is_written_with_dots_or_as_the_file_has_it() {
        for path in ["a.b", "a.b.", "a/b", "a/b/", "a/b."] {
            let renames = Renames::new().subtree(path).separator('/');
            assert_eq!(renames.apply("a/b/c/d").as_deref(), Some("c.d"), "{path}");
        }
        assert_eq!(Renames::new().subtree("a/b").apply("a/b/c"), None);
        assert_eq!(Renames::new().subtree("").apply("a.b").as_deref(), Some("a.b"));
    }

    #[test]
    fn of_a_subtree_without_names_the_others_are_not_called_stale() {
        let renames = Renames::new().subtree("absent").separator('/').strip_prefix("x.");
        assert_eq!(renames.stale(["a.b", "c"]), [Rename::Subtree("absent".into())]);
        assert_eq!(renames.stale([]).len(), 3);
        let renames = Renames::new().subtree("a").separator('/').strip_prefix("x.");
        let (names, stale) = renames.apply_all(["a.x.b", "c"]);
        assert_eq!((names, stale), (vec![Some("b".into()), None], vec![Rename::Separator('/')]));
    }

    #[cfg(feature = "regex")]
    #[test]
    fn a_regular_expression_replaces_each_match() {
        let renames = Renames::new().rename_regex(r"block_(\d+)_", "blocks.$1.").unwrap();
        assert_eq!(renames.apply("block_3_block_14_weight").as_deref(), Some("blocks.3.blocks.14.weight"));
        assert_eq!(renames.stale(["block", "x"]).len(), 1);
        let named = Renames::new().rename_regex("(?<layer>[0-9]+)", "${layer}_$$").unwrap();
        assert_eq!(named.apply("a.7").as_deref(), Some("a.7_$"));
        let json = serde_json::to_value(&renames.stale(["x"])[0]).unwrap();
        assert_eq!(json, serde_json::json!({ "regex": { "pattern": r"block_(\d+)_", "to": "blocks.$1." } }));
    }

    #[cfg(feature = "regex")]
    #[test]
    fn a_wrong_regular_expression_is_an_error_that_says_how_to_write_it() {
        let refuse = |pattern: &str, to: &str| Renames::new().rename_regex(pattern, to).unwrap_err().to_string();
        let text = refuse("layer(", "x");
        assert!(text.starts_with("`rename_regex` cannot use the pattern `layer(`: unclosed group;"), "{text}");
        let text = refuse(r"h(\d+)", "layers.$1_x");
        assert!(
            text.ends_with("`layers.$1_x` names the group `1_x`, which it does not have; write `${1}_x`"),
            "{text}"
        );
        assert!(Renames::new().rename_regex(r"h(\d+)", "layers.${1}_x").is_ok());
        for to in ["$2", "${2}", "$name", "${a b}"] {
            assert!(refuse(r"h(\d+)", to).ends_with("; write `$$` for a dollar sign"), "{to}");
        }
        // what is no group for the crate is text
        assert!(Renames::new().rename_regex("a", "$ ${ $$1 $").is_ok());
        // too large, and not only badly written
        assert!(refuse(r"\w{1000}{1000}", "").contains("1000"));
    }
}
