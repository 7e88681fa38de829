//! The remedies of a report as switches of the command. The report has them as calls of a loader, in Rust.

use std::borrow::Cow;
use std::collections::BTreeSet;

use syn::Expr;
use weighbridge_checkpoint::{Rename, Renames};
use weighbridge_lock::{cause_and_remedy, index, parts, switch};

use crate::calls::{Calls, METHODS, loader_call};

/// Longer remedies are left out.
const MOST_SWITCHES: usize = 8;
/// More renamings that differ in indices only become one regular expression.
const FEW: usize = 2;
/// More names are not renamed to see whether a regular expression does the same, for all renamings together.
const MOST_NAMES: usize = 10_000_000;

/// Finds remedies for a checkpoint.
pub(crate) struct Remedies<'c> {
    /// The names, as the switches that were given change them.
    names: Vec<Cow<'c, str>>,
}

impl<'c> Remedies<'c> {
    pub(crate) fn of(names: Vec<Cow<'c, str>>) -> Remedies<'c> {
        Remedies { names }
    }

    /// The hint with switches in place of calls; without its remedy, or not at all, if no switches do the same.
    pub(crate) fn in_switches(&self, hint: &str) -> Option<String> {
        let (cause, remedy) = cause_and_remedy(hint);
        let cause = self.text(cause)?;
        let remedy = remedy.and_then(|remedy| self.text(remedy));
        Some(remedy.map_or(cause.clone(), |remedy| format!("{cause}; {remedy}")))
    }

    fn text(&self, text: &str) -> Option<String> {
        let mut said: Vec<Cow<'_, str>> = Vec::new();
        for (is_code, part) in parts(text) {
            let Some(call) = is_code.then(|| loader_call(part)).flatten() else {
                said.push(Cow::Borrowed(part));
                continue;
            };
            // a switch is added to a command
            if let Some(before) = said.last_mut()
                && let Some(start) = before.strip_suffix("say ")
            {
                *before = Cow::Owned(format!("{start}add "));
            }
            said.push(Cow::Owned(self.switches(&call)?));
        }
        Some(said.join("`"))
    }

    /// The switches that do what a call does.
    fn switches(&self, call: &Expr) -> Option<String> {
        if let Expr::Path(path) = call {
            let method = path.path.segments.last()?.ident.to_string();
            return METHODS.contains(&method.as_str()).then(|| format!("--{}", method.replace('_', "-")));
        }
        let Calls { renames, ignores, .. } = Calls::of(call)?;
        let (mut switches, mut before): (Vec<String>, Renames) = Default::default();
        for run in renames.chunk_by(|one, next| template(one).is_some_and(|own| template(next) == Some(own))) {
            let after = run.iter().cloned().fold(before.clone(), Renames::append);
            match self.as_one(run, &before, &after) {
                Some(regex) => switches.push(regex),
                None => switches.extend(run.iter().map(|one| one.iter().next()?.switch()).collect::<Option<Vec<_>>>()?),
            }
            before = after;
        }
        switches.extend(ignores.iter().map(|pattern| switch("ignore", pattern)));
        (!switches.is_empty() && switches.len() <= MOST_SWITCHES).then(|| switches.join(" "))
    }

    /// One regular expression in place of many renamings, if it changes the names as they do, after those before them.
    fn as_one(&self, run: &[Renames], before: &Renames, after: &Renames) -> Option<String> {
        if run.len() <= FEW || self.names.len().saturating_mul(after.len()) > MOST_NAMES {
            return None;
        }
        let (from, to) = template(run.first()?)?;
        let indices: Vec<Vec<usize>> = run.iter().filter_map(|one| Some(numbers(names_of(one)?.0))).collect();
        let any = vec![r"\d+".to_owned(); indices.first()?.len()];
        // each index at its place, as it is in the file
        let these = (0..any.len()).map(|place| {
            let at: BTreeSet<usize> = indices.iter().filter_map(|indices| indices.get(place).copied()).collect();
            at.iter().map(usize::to_string).collect::<Vec<_>>().join("|")
        });
        let expected = self.renamed(after);
        [any.clone(), these.collect()].into_iter().find_map(|numbers| {
            let (mut number, mut group) = (numbers.iter(), 0);
            let pattern = filled(&from, r"\.", escaped, || format!("({})", number.next().map_or("", String::as_str)));
            let to = filled(
                &to,
                ".",
                |name| name.replace('$', "$$"),
                || {
                    group += 1;
                    format!("${group}")
                },
            );
            let regex = Renames::new()
                .rename_regex(&format!(r"^{pattern}(\.|$)"), format!("{to}${}", numbers.len() + 1))
                .ok()?;
            let is_same = self.renamed(&before.clone().append(regex.clone())) == expected;
            regex.iter().next()?.switch().filter(|_| is_same)
        })
    }

    fn renamed(&self, renames: &Renames) -> Vec<Option<Cow<'_, str>>> {
        renames.apply_all(self.names.iter().map(AsRef::as_ref)).0
    }
}

/// The two names of a renaming.
fn names_of(one: &Renames) -> Option<(&str, &str)> {
    match one.iter().next() {
        Some(Rename::Rename { from, to }) => Some((from, to)),
        _ => None,
    }
}

/// The components of a name, with `None` for each index.
type Template<'n> = Vec<Option<&'n str>>;

/// The templates of the two names, if both have the same indices.
fn template(one: &Renames) -> Option<(Template<'_>, Template<'_>)> {
    let (from, to) = names_of(one)?;
    let stars = |name| str::split(name, '.').map(|one| index(one).is_none().then_some(one)).collect();
    let indices = numbers(from);
    (!indices.is_empty() && indices == numbers(to)).then(|| (stars(from), stars(to)))
}

fn numbers(name: &str) -> Vec<usize> {
    name.split('.').filter_map(index).collect()
}

/// A template with something in place of each index.
fn filled(
    template: &Template<'_>,
    dot: &str,
    name: impl Fn(&str) -> String,
    mut index: impl FnMut() -> String,
) -> String {
    template.iter().map(|one| one.map_or_else(&mut index, &name)).collect::<Vec<_>>().join(dot)
}

/// A text as a regular expression that matches it.
fn escaped(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || c == '_' || !c.is_ascii();
    text.chars().flat_map(|c| if is_plain(c) { vec![c] } else { vec!['\\', c] }).collect()
}
