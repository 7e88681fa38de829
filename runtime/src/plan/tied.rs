//! Parameters that are tied to others, and so may be absent.

use std::collections::{HashMap, HashSet};
use std::mem::take;

use weighbridge_checkpoint::read::Assignment;

use super::outcome::{Contradiction, Remedy, TiedParameter};
use super::policy::Rule;
use super::resolver::Resolver;
use crate::report::{Finding, FindingSide, TiedNote};
use crate::rules::says;

impl Resolver<'_> {
    /// Notes that the parameter at this place is tied, if it is.
    pub(super) fn note_tie(&mut self, number: usize, is_wrong: bool) -> bool {
        let Some(tie) = &self.tie else { return false };
        let path = self.trail.as_str();
        let target = format!("{}{}", tie.target, &path[tie.depth..]);
        let (path, owner, remedies, untie) = (path.to_owned(), tie.owner, tie.remedies.clone(), tie.untie.clone());
        self.out.ties.push(TiedParameter { number, path, target, owner, is_wrong, remedies, untie });
        true
    }

    /// Remembers the parameter at this place if another is tied to it.
    pub(super) fn note_target(&mut self, number: usize) {
        let path = self.trail.as_str();
        let is_below = |prefix: &String| {
            path.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if self.tied_to.iter().any(is_below) {
            self.out.targets.insert(path.to_owned(), number);
        }
    }

    /// Settles the ties that a struct declares: one tensor for both is enough, and two must be the same. `begin` has the
    /// lengths of `missing` and `kept` when the walk entered the struct.
    pub(super) fn settle_ties(&mut self, owner: usize, begin: (usize, usize)) {
        let (settled, left) = take(&mut self.out.ties).into_iter().partition(|tied| tied.owner == owner);
        self.out.ties = left;
        let mut settled: Vec<TiedParameter> = settled;
        // the compiler has checked that the target exists
        settled.retain(|tied| self.out.targets.contains_key(&tied.target));
        let settled = self.settle_kept_ties(settled);
        // the names that the file has for each group
        let mut found: HashMap<String, Vec<String>> = HashMap::new();
        for TiedParameter { number, path, target, .. } in &settled {
            let other = self.out.targets[target];
            let own = self.taken(*number).map(|_| path.clone());
            let names = found.entry(target.clone());
            let names = names.or_insert_with(|| self.taken(other).map(|_| target.clone()).into_iter().collect());
            names.extend(own);
        }
        let mut filled: HashSet<usize> = HashSet::new();
        let mut names: HashSet<&str> = HashSet::new();
        for TiedParameter { number, target, .. } in &settled {
            let other = self.out.targets[target];
            if let (Some(own), None) = (self.taken(*number), self.taken(other))
                && self.is_absent(other, target, begin)
            {
                // the first one that the file has becomes the target's tensor
                filled.insert(other);
                names.insert(target);
                self.out.report.fitting_count += 1;
                self.put(other, own);
                self.put(*number, Assignment::Same(other));
            }
        }
        if !filled.is_empty() {
            let missing = self.out.missing.split_off(begin.0);
            self.out.missing.extend(missing.into_iter().filter(|missing| !filled.contains(&missing.number)));
            let kept = self.out.report.kept.split_off(begin.1);
            self.out.report.kept.extend(kept.into_iter().filter(|kept| !names.contains(kept.as_str())));
        }
        for TiedParameter { number, path, target, is_wrong, remedies, untie, .. } in settled {
            let other = self.out.targets[&target];
            match (self.taken(number), self.taken(other)) {
                (Some(Assignment::Same(_)), _) => {}
                (Some(own), Some(others)) => {
                    self.compare((&path, &remedies, untie.as_deref()), &target, &own, &others);
                    if let Some(finding) = self.wrong_setting(&remedies) {
                        self.out.plan.tied_by.insert(number, finding);
                    } else if let Some(untie) = untie {
                        self.out.plan.open_ties.insert(number, untie);
                    }
                }
                (None, Some(_)) if !is_wrong => {
                    self.out.report.fitting_count += 1;
                    self.put(number, Assignment::Same(other));
                }
                (None, None) if self.may_keep && self.policy.missing == Rule::Allow => {
                    self.out.report.kept.push(path);
                    continue;
                }
                // one of the two is missing or does not fit, and that is reported
                _ => continue,
            }
            self.out.plan.ties.push((number, other));
            let found = found.get(&target).cloned().unwrap_or_default();
            self.out.report.shared.push(TiedNote { path, target, found });
        }
    }

    fn taken(&mut self, number: usize) -> Option<Assignment> {
        self.out.assignment_of(number)?.clone()
    }

    fn put(&mut self, number: usize, take: Assignment) {
        if let Some(place) = self.out.assignment_of(number) {
            *place = Some(take);
        }
    }

    /// Whether a parameter has no tensor because the file has none.
    fn is_absent(&self, number: usize, path: &String, begin: (usize, usize)) -> bool {
        self.out.missing[begin.0..].iter().any(|missing| missing.number == number && missing.is_whole)
            || self.out.report.kept[begin.1..].contains(path)
    }

    /// Reports two tied tensors whose dtypes or shapes differ.
    fn compare(
        &mut self,
        (path, remedies, untie): (&str, &[Remedy], Option<&str>),
        target: &str,
        own: &Assignment,
        others: &Assignment,
    ) {
        let (Assignment::Whole { entry, .. }, Assignment::Whole { entry: other, .. }) = (own, others) else { return };
        let [own, other] = [*entry, *other].map(|entry| self.checkpoint.entry(entry));
        if (own.dtype(), own.shape()) == (other.dtype(), other.shape()) {
            return;
        }
        if !remedies.is_empty() {
            let (path, remedies) = (path.to_owned(), remedies.to_vec());
            self.out.contradictions.push(Contradiction { path, remedies, lacks: Vec::new() });
        }
        let finding = Finding {
            expected: Some(FindingSide::of_tensor(other.dtype(), other.shape()).and(&format!(", as `{target}` is"))),
            found: Some(FindingSide::of_tensor(own.dtype(), own.shape())),
            hints: untied(untie),
            ..self.located(*entry)
        };
        self.out.report.tied.push(Finding { path: path.to_owned(), ..finding });
    }
}

/// What to do about tied tensors that differ. `untie` says it where nobody has decided whether they are tied.
pub(crate) fn untied(untie: Option<&str>) -> Vec<String> {
    match untie {
        Some(untie) => vec![says::OPEN_TIE.to_owned(), untie.to_owned()],
        None => vec![says::UNTIED.to_owned()],
    }
}
