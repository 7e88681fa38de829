//! The switches for names, which all commands have.

use std::borrow::Cow;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use weighbridge_checkpoint::{Checkpoint, Rename, Renames};
use weighbridge_lock::switch;
use weighbridge_tools::Selection;

/// Which tensors of a checkpoint a command sees, and under which names.
pub(crate) struct Names {
    renames: Renames,
    ignore: Vec<String>,
}

/// The switches as clap knows them. `Names` has their order too.
#[derive(Args)]
#[command(next_help_heading = "Names")]
struct Switches {
    /// See only what is below this module, under names relative to it, as if the file had nothing else
    #[arg(long, value_name = "PATH", value_parser = NonEmptyStringValueParser::new())]
    subtree: Option<String>,
    /// Read this character in names as a dot: / for files of Flax and Keras
    #[arg(long, value_name = "CHARACTER", value_parser = separator)]
    separator: Option<char>,
    /// Remove this prefix, such as `model.` with its dot, from the names that have it
    #[arg(long, value_name = "PREFIX", value_parser = NonEmptyStringValueParser::new())]
    strip_prefix: Vec<String>,
    /// Put this prefix, such as `model.` with its dot, before every name
    #[arg(long, value_name = "PREFIX", value_parser = NonEmptyStringValueParser::new())]
    add_prefix: Vec<String>,
    /// Rename a tensor, or everything below a module
    #[arg(long, value_name = "FROM=TO", value_parser = renaming)]
    rename: Vec<(String, String)>,
    /// Replace every match of a regular expression; $1 in TO is what the first group matched
    #[arg(long, value_name = "REGEX=TO", value_parser = replacement)]
    rename_regex: Vec<Renames>,
    /// See nothing of the tensors whose names this fits, after renaming; * stands for any characters
    #[arg(long, value_name = "PATTERN", value_parser = NonEmptyStringValueParser::new())]
    ignore: Vec<String>,
}

impl Args for Names {
    fn augment_args(command: Command) -> Command {
        Switches::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Switches::augment_args_for_update(command)
    }
}

impl FromArgMatches for Names {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Names, clap::Error> {
        let switches = Switches::from_arg_matches(matches)?;
        let mut renames = Renames::new();
        if let Some(path) = switches.subtree {
            renames = renames.subtree(path);
        }
        if let Some(separator) = switches.separator {
            renames = renames.separator(separator);
        }
        // the others apply in the order in which they were typed
        let mut typed: Vec<(usize, Renames)> = Vec::new();
        let mut add = |switch: &str, values: Vec<Renames>| {
            typed.extend(matches.indices_of(switch).into_iter().flatten().zip(values));
        };
        let one = Renames::new;
        add("strip_prefix", switches.strip_prefix.into_iter().map(|prefix| one().strip_prefix(prefix)).collect());
        add("add_prefix", switches.add_prefix.into_iter().map(|prefix| one().add_prefix(prefix)).collect());
        add("rename", switches.rename.into_iter().map(|(from, to)| one().rename(from, to)).collect());
        add("rename_regex", switches.rename_regex);
        typed.sort_by_key(|(position, _)| *position);
        let renames = typed.into_iter().fold(renames, |renames, (_, one)| renames.append(one));
        Ok(Names { renames, ignore: switches.ignore })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Names::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Names {
    /// The switches again, as a shell takes them, each with a space before it.
    pub(crate) fn words(&self) -> String {
        let ignores = self.ignore.iter().map(|pattern| switch("ignore", pattern));
        self.renames.iter().filter_map(Rename::switch).chain(ignores).map(|one| format!(" {one}")).collect()
    }

    /// The renamings, and the patterns of what is ignored.
    pub(crate) fn parts(&self) -> (Renames, &[String]) {
        (self.renames.clone(), &self.ignore)
    }

    /// The names of a checkpoint, as the switches change them.
    pub(crate) fn changed<'c>(&self, checkpoint: &'c Checkpoint) -> Vec<Cow<'c, str>> {
        checkpoint.iter().filter_map(|entry| self.renames.apply(entry.name())).collect()
    }

    /// Only what they ask to ignore.
    pub(crate) fn ignoring(&self) -> Selection {
        Selection::new().ignore(&self.ignore)
    }

    /// What the switches ask for.
    pub(crate) fn selection(&self) -> Selection {
        Selection::new().renames(self.renames.clone()).ignore(&self.ignore)
    }
}

fn separator(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(one), None) => Ok(one),
        _ => Err("expected one character, such as `/`".to_owned()),
    }
}

fn renaming(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((from, to)) if !from.is_empty() && !to.is_empty() => Ok((from.to_owned(), to.to_owned())),
        _ => Err("expected two names, such as `lm_head=output`; remove a prefix with `--strip-prefix`".to_owned()),
    }
}

/// The last `=` separates, as regular expressions have one more often than names.
fn replacement(text: &str) -> Result<Renames, String> {
    let Some((pattern, to)) = text.rsplit_once('=').filter(|(pattern, _)| !pattern.is_empty()) else {
        return Err(r"expected a regular expression and a replacement, such as `^h(\d+)\.=layers.$1.`".to_owned());
    };
    Renames::new().rename_regex(pattern, to).map_err(|error| error.message)
}

#[cfg(test)]
mod tests {
    use super::{Renames, renaming, replacement};

    #[test]
    fn a_renaming_has_two_names() {
        assert_eq!(renaming("a.b=c"), Ok(("a.b".to_owned(), "c".to_owned())));
        // the first `=` separates, as names may contain one
        assert_eq!(renaming("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        for wrong in ["a", "=a", "a=", "="] {
            assert!(renaming(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_replacement_may_be_empty() {
        assert_eq!(replacement("a=b="), Renames::new().rename_regex("a=b", "").map_err(|error| error.message));
        assert!(replacement("=a").is_err() && replacement("a").is_err());
        assert!(replacement("(=a").unwrap_err().contains("unclosed group"));
    }
}
