//! Finds calls of the loader that turn the names of the file into those of the module. Names suggest them, and a plan with
//! each of them shows whether it brings you further.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use weighbridge_checkpoint::{Rename, Renames};

use super::calls::{self, Call};
use super::kinds::is_no_weight;
use super::leftovers::Leftovers;
use super::names;
use super::templates::{self, ANY, Stems, before, suffixes};
use super::words;
use crate::path::{literal, shown};
use crate::plan::policy::Policy;
use crate::plan::resolver::Resolver;
use crate::plan::score::Score;

/// The most changes that one hint makes, one after the other.
const MOST_STEPS: usize = 4;
/// The most candidates that are tried for one change.
const MOST_TRIED: usize = 12;
/// How many names all plans together may have that try something. One plan is tried at least for each step.
const MOST_NAMES: usize = 1_000_000;
/// The most module paths that are compared with one name of the file.
const MOST_ALIKE: usize = 8;
/// How many names are searched for a separator.
const SAMPLES: usize = 256;

/// A change of names that may bring the file nearer to the module.
#[derive(Clone, Default, PartialEq, Eq)]
struct Candidate {
    /// What is wrong with the names.
    why: String,
    calls: Vec<Call>,
    /// What to do, if not these calls: they may be too many to write out.
    in_words: String,
    /// Whether the names may be those of something else.
    is_guess: bool,
}

/// Plans again under another policy.
pub(super) type Retry<'r> = &'r dyn Fn(&Policy) -> Score;

/// What the hint says.
#[derive(Clone, Copy)]
pub(super) struct Renamed {
    /// Whether it leaves only a part of the file.
    pub(super) is_part: bool,
}

/// Adds the hint with the calls, if there are any that help.
pub(super) fn explain(
    resolver: &mut Resolver<'_>,
    left: &Leftovers<'_>,
    (first, is_known): (Score, bool),
    retry: Retry<'_>,
) -> Option<Renamed> {
    let module = templates::of_module(resolver.root);
    let stems = Stems::of_module(resolver.root);
    let missing = stems.templates(left.missing.iter().map(|missing| missing.path.as_str()));
    let mut search = Search { resolver, module, stems, missing, retry, names_left: MOST_NAMES, is_known };
    let (mut score, mut whys, mut all) = (first, Vec::new(), Vec::new());
    let (mut in_words, mut is_better, mut is_guess) = (None, false, false);
    for _ in 0..MOST_STEPS {
        if score.is_perfect() {
            break;
        }
        let Some((reached, candidate)) = search.next(&all, &score) else { break };
        let longer = [all.as_slice(), &candidate.calls].concat();
        is_better |= reached.is_better_than(&score) || is_first_step(&candidate);
        if calls::source(names::loader(resolver), &longer).is_none() || candidate.calls.is_empty() {
            if whys.is_empty() {
                whys.push(candidate.why);
                in_words = Some(candidate.in_words);
            }
            break;
        }
        (score, all) = (reached, longer);
        is_guess |= candidate.is_guess;
        whys.push(candidate.why);
    }
    // a few names that fit behind a prefix are those of another model, too
    let is_prefix = |call: &Call| matches!(call, Call::Add(_));
    let is_by_chance = !all.is_empty() && all.iter().all(is_prefix) && !score.has_found_half_of(&first);
    if whys.is_empty() || !is_better || is_by_chance {
        return None;
    }
    let is_part = in_words.is_none() && all.iter().any(|call| matches!(call, Call::Subtree(_)));
    let remedy = match in_words {
        Some(words) => words,
        None => {
            calls::source(names::loader(resolver), &all).map(|source| format!("say `{source}`")).unwrap_or_default()
        }
    };
    let if_so = if is_guess { "if they are the same, " } else { "" };
    resolver.out.report.hints.push(format!("{}; {if_so}{remedy}", whys.join(", and ")));
    Some(Renamed { is_part })
}

struct Search<'s, 'r> {
    resolver: &'s Resolver<'r>,
    /// What the module reads.
    module: BTreeSet<String>,
    stems: Stems,
    /// What the file lacks, in some layers or in all of them.
    missing: BTreeMap<String, usize>,
    retry: Retry<'s>,
    names_left: usize,
    /// Whether it is known what the file is, and that it is not the module's.
    is_known: bool,
}

impl Search<'_, '_> {
    /// The best change after those that there are, and what it leads to.
    fn next(&mut self, so_far: &[Call], score: &Score) -> Option<(Score, Candidate)> {
        let renames = calls::renames(&self.resolver.policy.renames, so_far)?;
        let names: Vec<Cow<'_, str>> =
            self.resolver.checkpoint.iter().filter_map(|entry| renames.apply(entry.name())).collect();
        let mut best: Option<(Score, Candidate)> = None;
        let mut same: Vec<String> = Vec::new();
        let mut first_step: Option<(Score, Candidate)> = None;
        for (tried, candidate) in self.candidates(&names, &renames).into_iter().take(MOST_TRIED).enumerate() {
            let cost = names.len() * (1 + calls::count(&candidate.calls) / 16);
            if tried > 0 && self.names_left < cost {
                break;
            }
            self.names_left = self.names_left.saturating_sub(cost);
            let Some(renames) = calls::renames(&renames, &candidate.calls) else { continue };
            let reached = (self.retry)(&Policy { renames, ..self.resolver.policy.clone() });
            if is_first_step(&candidate) && first_step.as_ref().is_none_or(|(best, _)| reached.rank() < best.rank()) {
                first_step = Some((reached, candidate.clone()));
            }
            if !reached.is_better_than(score) {
                continue;
            }
            match best.as_ref().map(|(best, _)| reached.rank().cmp(&best.rank())) {
                Some(Ordering::Greater) => {}
                Some(Ordering::Equal) => same.extend(subtree(&candidate)),
                Some(Ordering::Less) | None => {
                    same = subtree(&candidate).into_iter().collect();
                    best = Some((reached, candidate));
                }
            }
        }
        let Some((reached, candidate)) = best else {
            // the components that it makes may have other names still
            return first_step.filter(|(reached, _)| reached.rank() <= score.rank());
        };
        Some((reached, if same.len() > 1 { self.one_of(same, candidate) } else { candidate }))
    }

    /// The choice between subtrees that are equally good.
    fn one_of(&self, mut paths: Vec<String>, candidate: Candidate) -> Candidate {
        paths.sort();
        let names: Vec<String> = paths.iter().map(|path| format!("`{}`", shown(path))).collect();
        let why = format!("the checkpoint has the module's names below {}", names.join(" and below "));
        // averages of the weights stand beside those that were trained
        let mut trained = paths.iter().filter(|path| !path.contains("ema"));
        if let (Some(path), None) = (trained.next(), trained.next()) {
            return Candidate { why, calls: vec![Call::Subtree(path.clone())], ..candidate };
        }
        let loader = names::loader(self.resolver);
        let calls: Vec<String> = paths.iter().map(|path| format!("`{loader}.subtree({})`", literal(path))).collect();
        Candidate { why, in_words: format!("choose one, with {}", calls.join(" or ")), ..Candidate::default() }
    }

    /// What the names suggest, the most likely first.
    fn candidates(&self, names: &[Cow<'_, str>], renames: &Renames) -> Vec<Candidate> {
        let is_no_weight = is_no_weight(names.iter().map(AsRef::as_ref));
        let has_such = self.module.iter().any(|path| is_no_weight(path));
        let may_be_weights = names.iter().map(AsRef::as_ref).filter(|name| has_such || !is_no_weight(name));
        let file = self.stems.templates(may_be_weights);
        let mut by_suffix: HashMap<&str, Vec<&str>> = HashMap::new();
        let is_absent = |path: &&String| !file.contains_key(*path) || self.missing.contains_key(*path);
        for path in self.module.iter().filter(is_absent) {
            for suffix in suffixes(path) {
                let alike = by_suffix.entry(suffix).or_default();
                if alike.len() < MOST_ALIKE {
                    alike.push(path);
                }
            }
        }
        // what stands before the longest part that a name of the file and one of the module end with, by the number of names
        let mut votes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (name, count) in file.iter().filter(|(name, _)| !self.module.contains(*name)) {
            let Some((suffix, paths)) = suffixes(name).find_map(|suffix| Some((suffix, by_suffix.get(suffix)?))) else {
                continue;
            };
            for path in paths {
                let (is, wanted) = (before(name, suffix), before(path, suffix));
                // one common word, such as `weight`, says nothing
                let is_plain =
                    suffix.contains('.') || is.is_empty() || wanted.is_empty() || infix(is, wanted).is_some();
                if is_plain {
                    *votes.entry((is, wanted)).or_default() += count;
                }
            }
        }
        // a module with one layer's names is in many places of a file
        let places = votes.keys().filter(|(_, wanted)| wanted.is_empty()).count();
        if self.module.iter().all(|path| !path.contains('.')) && places > MOST_ALIKE {
            votes.retain(|(_, wanted), _| !wanted.is_empty());
        }
        let mut pairs: Vec<((&str, &str), usize)> = votes.into_iter().collect();
        pairs.sort_by_key(|(_, count)| usize::MAX - count);
        // a subtree has the names of the file, as they are before other renamings
        let has_subtree = renames.iter().all(|rename| matches!(rename, Rename::Separator(_)));
        let mut candidates: Vec<Candidate> = self.separators(names, renames);
        candidates.extend(self.end_of_variables(names));
        if !self.is_known {
            candidates.extend(self.in_one_word(names, &file));
        }
        for ((is, wanted), _) in pairs.into_iter().take(MOST_TRIED) {
            let below = (has_subtree && wanted.is_empty() && !is.is_empty() && !is.contains(ANY)).then(|| below(is));
            for candidate in self.changes(names, is, wanted).into_iter().chain(below) {
                if !candidates.contains(&candidate) {
                    candidates.push(candidate);
                }
            }
        }
        candidates
    }

    /// A character in place of dots, which most names have and no path of the module.
    fn separators(&self, names: &[Cow<'_, str>], renames: &Renames) -> Vec<Candidate> {
        let stale = &self.resolver.out.report.stale_renames;
        let is_used = |rename: &Rename| matches!(rename, Rename::Separator(_)) && !stale.contains(rename);
        if renames.iter().any(is_used) {
            return Vec::new();
        }
        let step = names.len().div_ceil(SAMPLES).max(1);
        let sample: Vec<&str> = names.iter().step_by(step).map(AsRef::as_ref).collect();
        let mut counts: BTreeMap<char, usize> = BTreeMap::new();
        for name in &sample {
            let name = name.strip_suffix(end_of(name)).unwrap_or(name);
            let separators: BTreeSet<char> =
                name.chars().filter(|c| c.is_ascii_punctuation() && !"._-*".contains(*c)).collect();
            separators.into_iter().for_each(|c| *counts.entry(c).or_default() += 1);
        }
        let is_common = |(c, count): &(char, usize)| {
            *count * 5 >= sample.len() * 4 && self.module.iter().all(|path| !path.contains(*c))
        };
        let common = counts.into_iter().filter(is_common);
        let candidate = |(c, _)| Candidate {
            why: match c {
                '`' => "the checkpoint's names have backticks between their components".to_owned(),
                c => format!("the checkpoint's names have `{c}` between their components"),
            },
            calls: vec![Call::Separator(c)],
            ..Candidate::default()
        };
        common.map(candidate).collect()
    }

    /// The number of an output, which TensorFlow puts behind the names of variables: `kernel:0`.
    fn end_of_variables(&self, names: &[Cow<'_, str>]) -> Option<Candidate> {
        let end = names.iter().map(|name| end_of(name)).find(|end| !end.is_empty())?;
        let count = names.iter().filter(|name| end_of(name) == end).count();
        if count * 2 < names.len() || self.module.iter().any(|path| path.ends_with(end)) {
            return None;
        }
        #[cfg(feature = "regex")]
        let calls = vec![Call::Cut(end.to_owned())];
        #[cfg(not(feature = "regex"))]
        let calls = {
            let mut at: BTreeMap<String, BTreeSet<Vec<usize>>> = BTreeMap::new();
            for name in names.iter().filter(|name| end_of(name) == end) {
                let numbers = name.split('.').filter_map(|one| Some(self.stems.index(one)?.0)).collect();
                at.entry(self.stems.template(name)).or_default().insert(numbers);
            }
            let call = |(from, at): (String, BTreeSet<Vec<usize>>)| {
                let to = from.strip_suffix(end).unwrap_or(&from).to_owned();
                Call::Rename { from, to, at }
            };
            at.into_iter().map(call).collect()
        };
        let regex = literal(&format!("{end}$"));
        Some(Candidate {
            why: format!("the checkpoint's names end in `{}`, and the module's do not", shown(end)),
            calls,
            is_guess: false,
            in_words: format!("turn on the feature `regex`, and say `rename_regex({regex}, \"\")`"),
        })
    }

    /// Names that differ in one word from those of optional parts, of lists and of variants, which nothing misses: a word that is
    /// near, or the only one in its place. All of them at once come first.
    fn in_one_word(&self, names: &[Cow<'_, str>], file: &BTreeMap<String, usize>) -> Vec<Candidate> {
        let known = words::Known { file, missing: &self.missing, module: &self.module };
        let pairs = words::pairs(self.resolver.root, &known);
        let candidate = |pairs: &[(&(String, String), &bool)]| {
            let call = |(from, to): &(String, String)| {
                let at = at(from, names.iter().map(AsRef::as_ref));
                Call::Rename { from: from.clone(), to: to.clone(), at }
            };
            let has = |((from, to), _): &(&(String, String), &bool)| {
                format!("`{}` where the module has `{}`", shown(from), shown(to))
            };
            Candidate {
                why: format!("the checkpoint has {}", pairs.iter().map(has).collect::<Vec<_>>().join(", and ")),
                calls: pairs.iter().map(|(names, _)| call(names)).collect(),
                in_words: "rename each of them with `Loader::rename`".to_owned(),
                is_guess: pairs.iter().any(|(_, is_guess)| **is_guess),
            }
        };
        // what is missing is told with attributes, which say more
        let missing: usize = self.missing.values().sum();
        let is_below = |from: &str, name: &str| {
            name.strip_prefix(from).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let has_more = |((from, _), _): &(&(String, String), &bool)| {
            file.iter().filter(|(name, _)| is_below(from, name)).map(|(_, count)| *count).sum::<usize>() > missing
        };
        let pairs: Vec<_> = pairs.iter().filter(has_more).take(MOST_ALIKE / 2).collect();
        let each = pairs.chunks(1).map(candidate).collect::<Vec<_>>();
        if pairs.len() > 1 { std::iter::once(candidate(&pairs)).chain(each).collect() } else { each }
    }

    /// The changes that put `wanted` in the place of `is`, both of them templates.
    fn changes(&self, names: &[Cow<'_, str>], is: &str, wanted: &str) -> Vec<Candidate> {
        let stars = |template: &str| template.matches(ANY).count();
        if let Some(infix) = infix(is, wanted) {
            let prefix = (wanted.is_empty()).then(|| [Some(strip(is)), self.strip_from_some(names, is)]);
            return prefix.into_iter().flatten().flatten().chain(self.without(names, infix)).collect();
        }
        match (is, wanted) {
            (is, "") if stars(is) == 0 => std::iter::once(strip(is)).chain(self.strip_from_some(names, is)).collect(),
            ("", wanted) if stars(wanted) == 0 => vec![add(wanted), self.add_to_some(names, wanted)],
            (is, wanted) if stars(is) == stars(wanted) && !is.is_empty() && !is_one_word(is, wanted) => {
                let at = at(is, names.iter().map(AsRef::as_ref));
                vec![Candidate {
                    why: format!("the checkpoint has `{}` where the module has `{}`", shown(is), shown(wanted)),
                    calls: vec![Call::Rename { from: is.to_owned(), to: wanted.to_owned(), at }],
                    in_words: "rename each of them with `Loader::rename`".to_owned(),
                    is_guess: false,
                }]
            }
            _ => Vec::new(),
        }
    }

    /// A prefix taken off the names that the module has without it, by what follows: others may need it.
    fn strip_from_some(&self, names: &[Cow<'_, str>], prefix: &str) -> Option<Candidate> {
        let rest = |name: &'_ Cow<'_, str>| name.strip_prefix(prefix)?.strip_prefix('.').map(str::to_owned);
        let rests = names.iter().filter_map(rest).filter(|rest| self.module.contains(&self.stems.template(rest)));
        let first: BTreeSet<String> = rests.filter_map(|rest| rest.split('.').next().map(str::to_owned)).collect();
        let is_plain = !first.is_empty() && first.iter().all(|name| self.stems.index(name).is_none());
        let calls = first.iter().map(|name| Call::rename(format!("{prefix}.{name}"), name)).collect();
        let in_words = "take it off each module that has it, with `Loader::rename`".to_owned();
        is_plain.then(|| Candidate { calls, in_words, ..strip(prefix) })
    }

    /// A prefix for the names that lack it, by their first components: others may fit already.
    fn add_to_some(&self, names: &[Cow<'_, str>], prefix: &str) -> Candidate {
        let lacks = |name: &&str| self.module.contains(&format!("{prefix}.{}", self.stems.template(name)));
        let first: BTreeSet<&str> =
            names.iter().map(AsRef::as_ref).filter(lacks).filter_map(|name| name.split('.').next()).collect();
        // modules, and items by their template
        let mut all: BTreeMap<(bool, String), BTreeSet<Vec<usize>>> = BTreeMap::new();
        for name in first {
            let (item, at) = match self.stems.index(name) {
                Some((i, template)) => ((true, template), vec![i]),
                None => ((false, name.to_owned()), Vec::new()),
            };
            all.entry(item).or_default().insert(at);
        }
        let call = |((_, from), at): ((bool, String), BTreeSet<Vec<usize>>)| {
            let to = format!("{prefix}.{from}");
            Call::Rename { from, to, at }
        };
        let calls = all.into_iter().map(call).collect();
        let in_words = "add it below each module that lacks it, with `Loader::rename`".to_owned();
        Candidate { calls, in_words, ..add(prefix) }
    }

    /// A component taken out of the names wherever the module lacks it. An outer place comes before those below it.
    fn without(&self, names: &[Cow<'_, str>], infix: &str) -> Option<Candidate> {
        let mut places: BTreeMap<(usize, String), BTreeSet<Vec<usize>>> = BTreeMap::new();
        for name in names {
            let rest: Vec<&str> = name.split('.').filter(|one| *one != infix).collect();
            if rest.len() == name.split('.').count() || !self.module.contains(&self.stems.template(&rest.join("."))) {
                continue;
            }
            // each is a place as it is once the outer ones are taken out
            let (mut above, mut indices): (Vec<Cow<'_, str>>, Vec<usize>) = (Vec::new(), Vec::new());
            for component in name.split('.') {
                if component == infix {
                    places.entry((above.len(), above.join("."))).or_default().insert(indices.clone());
                    continue;
                }
                match self.stems.index(component) {
                    Some((number, template)) => {
                        indices.push(number);
                        above.push(Cow::Owned(template));
                    }
                    None => above.push(Cow::Borrowed(component)),
                }
            }
        }
        let call = |((_, place), at): ((usize, String), BTreeSet<Vec<usize>>)| match place.as_str() {
            "" => Call::Strip(format!("{infix}.")),
            place => Call::Rename { from: format!("{place}.{infix}"), to: place.to_owned(), at },
        };
        let calls: Vec<Call> = places.into_iter().map(call).collect();
        #[cfg(feature = "regex")]
        let calls = match calls::source("", &calls) {
            None => vec![Call::Without(infix.to_owned())],
            Some(_) => calls,
        };
        (!calls.is_empty()).then(|| Candidate {
            why: match infix {
                "" => "the checkpoint's names have components without a text".to_owned(),
                infix => format!("the checkpoint's names have `{}` in them, and the module's do not", shown(infix)),
            },
            calls,
            in_words: "take it out below each module that has it, with `Loader::rename`".to_owned(),
            is_guess: false,
        })
    }
}

/// A colon and the digits behind it at the end of a name, or nothing.
fn end_of(name: &str) -> &str {
    let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let end = name.len() - digits;
    if digits > 0 && name[..end].ends_with(':') { &name[end - 1..] } else { "" }
}

/// Whether a change only makes names comparable.
fn is_first_step(candidate: &Candidate) -> bool {
    matches!(candidate.calls.as_slice(), [call] if call.is_first_step())
}

fn strip(prefix: &str) -> Candidate {
    let prefix = format!("{prefix}.");
    Candidate {
        why: format!("the checkpoint's names begin with `{}`, and the module's do not", shown(&prefix)),
        calls: vec![Call::Strip(prefix)],
        ..Candidate::default()
    }
}

fn below(path: &str) -> Candidate {
    Candidate {
        why: format!("the module's names are below `{}` in the checkpoint, beside others", shown(path)),
        calls: vec![Call::Subtree(path.to_owned())],
        ..Candidate::default()
    }
}

/// The path of the subtree that a change takes.
fn subtree(candidate: &Candidate) -> Option<String> {
    match candidate.calls.as_slice() {
        [Call::Subtree(path)] => Some(path.clone()),
        _ => None,
    }
}

fn add(prefix: &str) -> Candidate {
    let prefix = format!("{prefix}.");
    Candidate {
        why: format!("the module's names begin with `{}`, and the checkpoint's do not", shown(&prefix)),
        calls: vec![Call::Add(prefix)],
        ..Candidate::default()
    }
}

/// The indices that the names below a template have in it.
fn at<'n>(template: &str, names: impl Iterator<Item = &'n str>) -> BTreeSet<Vec<usize>> {
    names.filter_map(|name| templates::indices(template, name)).collect()
}

/// The component that `long` has and `short` lacks, which is no index.
fn infix<'n>(long: &'n str, short: &str) -> Option<&'n str> {
    let components = || long.split('.').filter(|_| !long.is_empty());
    let mut left = short.split('.').filter(|_| !short.is_empty()).peekable();
    let mut extra: BTreeSet<&str> = BTreeSet::new();
    for component in components() {
        if left.next_if_eq(&component).is_none() {
            extra.insert(component);
        }
    }
    match (left.next(), extra.len()) {
        (None, 1) => extra.into_iter().next().filter(|extra| !extra.contains(ANY)),
        _ => None,
    }
}

/// Whether the two differ in one word, which an attribute on the field says better.
fn is_one_word(a: &str, b: &str) -> bool {
    let differ = a.split('.').zip(b.split('.')).filter(|(a, b)| a != b).count();
    differ == 1 && a.split('.').count() == b.split('.').count()
}
