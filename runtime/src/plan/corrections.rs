//! Which settings of a configuration are wrong: the load is planned again with another value of each that is in a contradiction,
//! and the value that leaves the least wrong is what the checkpoint has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use weighbridge_lock::listed_names;

use super::outcome::{Contradiction, Remedy};
use super::policy::Policy;
use super::resolver::Resolver;
use super::score::Score;
use crate::config::Config;
use crate::report::{Finding, FindingSide};
use crate::rules::says;

/// How often a load is planned again, at most.
const MOST_WALKS: usize = 64;
/// The most values that are tried before one is chosen: those that most contradictions ask for.
const MOST_TRIED: usize = 12;
/// The most paths, or values, in a message.
const SHOWN: usize = 4;

/// What is wrong under a configuration.
pub(super) struct Tried {
    score: Score,
    contradictions: Vec<Contradiction>,
}

/// A setting that is wrong.
struct Correction {
    key: String,
    /// What fits.
    value: Value,
    /// Other values that fit as well.
    alike: Vec<Value>,
    /// What it is by default, if it is absent.
    default: Option<String>,
    /// What contradicts the value that is there.
    paths: Vec<String>,
    /// The items that lists lack, if the setting is right.
    lacks: Vec<String>,
    /// Other settings that could be the wrong one, with what would fit: the checkpoint does not tell them apart.
    others: Vec<(String, Value)>,
}

/// A configuration in which what is wrong is corrected.
pub(super) struct Corrected {
    pub(super) policy: Policy,
    corrections: Vec<Correction>,
}

impl Tried {
    /// Of a walk that has ended.
    pub(super) fn of(mut resolver: Resolver<'_>) -> Tried {
        resolver.check();
        let contradictions = std::mem::take(&mut resolver.out.contradictions);
        let unexpected = resolver.unexpected().len();
        resolver.check_cuts();
        Tried { score: Score::so_far(&resolver, unexpected), contradictions }
    }

    fn paths(&self) -> BTreeSet<&str> {
        self.contradictions.iter().map(|one| one.path.as_str()).collect()
    }

    /// The items that the checkpoint lacks if a setting is right which nothing but lists contradict.
    fn lacks(&self, key: &str, paths: &[String]) -> Vec<String> {
        let about = |one: &&Contradiction| paths.contains(&one.path) && one.remedies.iter().any(|it| it.key == key);
        let about = || self.contradictions.iter().filter(about);
        match about().all(|one| !one.lacks.is_empty()) {
            true => about().flat_map(|one| one.lacks.iter().cloned()).collect(),
            false => Vec::new(),
        }
    }

    /// What contradictions ask for, what most ask for first.
    fn remedies(&self) -> Vec<Remedy> {
        let mut counts: BTreeMap<(&str, String), (usize, &Remedy)> = BTreeMap::new();
        for remedy in self.contradictions.iter().flat_map(|one| &one.remedies) {
            counts.entry((&remedy.key, remedy.value.to_string())).or_insert((0, remedy)).0 += 1;
        }
        let mut all: Vec<(usize, &Remedy)> = counts.into_values().collect();
        all.sort_by_key(|(count, _)| usize::MAX - count);
        all.into_iter().take(MOST_TRIED).map(|(_, remedy)| remedy.clone()).collect()
    }
}

/// Corrects the configuration of a policy as far as the checkpoint says how. `plan` plans under another policy. `None` if
/// there is nothing to correct.
pub(super) fn correct(policy: &Policy, plan: &dyn Fn(&Policy) -> Option<Tried>) -> Option<Corrected> {
    policy.config.as_ref()?;
    let (mut now, mut walks) = (plan(policy)?, 1);
    let mut corrected = Corrected { policy: policy.clone(), corrections: Vec::new() };
    loop {
        let before = now.paths();
        let mut best: Option<(Correction, Policy, Tried)> = None;
        for Remedy { key, value, default } in now.remedies() {
            walks += 1;
            let Some(other) = corrected.with(&key, &value).filter(|_| walks <= MOST_WALKS) else { continue };
            let Some(tried) = plan(&other) else { continue };
            let after = tried.paths();
            // a number that fits here and not there is none that the checkpoint has
            let (breaks, is_flag) = (!after.is_subset(&before), !value.is_number());
            let is_better = tried.score.findings() < now.score.findings()
                && (!breaks || is_flag && tried.score.findings() <= now.score.findings() / 2);
            if !is_better {
                continue;
            }
            match &mut best {
                Some((first, _, by_first)) if by_first.score.rank() == tried.score.rank() => {
                    if by_first.paths() == after {
                        match first.key == key {
                            // one of several flags or texts is as good as another only by chance
                            true if is_flag => {}
                            true => first.alike.push(value),
                            false => first.others.push((key, value)),
                        }
                    }
                }
                Some((_, _, by_first)) if by_first.score.rank() < tried.score.rank() => {}
                _ => {
                    let paths: Vec<String> = before.difference(&after).map(|path| (*path).to_owned()).collect();
                    let lacks = now.lacks(&key, &paths);
                    let (alike, others) = (Vec::new(), Vec::new());
                    best = Some((Correction { key, value, alike, default, paths, lacks, others }, other, tried));
                }
            }
        }
        let Some((correction, policy, tried)) = best else { break };
        corrected.corrections.push(correction);
        (corrected.policy, now) = (policy, tried);
    }
    (!corrected.corrections.is_empty()).then_some(corrected)
}

impl Corrected {
    /// The policy with another value at a key.
    fn with(&self, key: &str, value: &Value) -> Option<Policy> {
        let config = self.policy.config.as_ref()?.with(key, value.clone())?;
        Some(Policy { config: Some(Arc::new(config)), ..self.policy.clone() })
    }

    /// One finding for each setting that is wrong. `config` is as it was given.
    pub(super) fn findings(self, config: &Config) -> Vec<Finding> {
        let finding = |Correction { key, value, alike, default, paths, lacks, others }: Correction| {
            let mut values: Vec<Value> = [value].into_iter().chain(alike).collect();
            values.sort_by_key(|value| value.as_u64());
            let more = if values.len() > SHOWN { " or more" } else { "" };
            let value = values.iter().take(SHOWN).map(Value::to_string).collect::<Vec<_>>().join(" or ") + more;
            let found = match (config.value(&key), default) {
                (Some(_), _) => config.shown(&key),
                (None, Some(default)) => format!("nothing, and so {default}"),
                (None, None) => "nothing".to_owned(),
            };
            let fit = if paths.len() == 1 { "fits" } else { "fit" };
            let paths = listed_names(paths.iter().map(String::as_str), SHOWN);
            let mut hints = vec![format!("{paths} {fit} with {value}; {}", says::CONFIG_OR_FILE)];
            if !lacks.is_empty() {
                let them = if lacks.len() == 1 { "it" } else { "them" };
                let lacks = listed_names(lacks.iter().map(String::as_str), SHOWN);
                hints.push(format!(
                    "or the setting is right, and the checkpoint lacks {lacks}; look for the part of the checkpoint that has {them}"
                ));
            }
            if !others.is_empty() {
                let others: Vec<String> = others.iter().map(|(key, value)| format!("`{key}` with {value}")).collect();
                hints.push(format!("{} would fit as well; {}", others.join(" or "), says::ONE_OF_SEVERAL));
            }
            Finding {
                path: key,
                expected: Some(FindingSide::words(value)),
                found: Some(FindingSide::words(found)),
                file: Some(config.origin.clone()),
                hints,
                ..Finding::default()
            }
        };
        self.corrections.into_iter().map(finding).collect()
    }
}
