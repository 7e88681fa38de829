//! Finds the one variant of an enum that fits the file.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};

use weighbridge_lock::counted;

use super::cuts::taken;
use super::ignores::ModulePatterns;
use super::name_tree::NamePlace;
use super::outcome::{Boundary, Missing, Outcome};
use super::resolver::Resolver;
use super::target::Step;
use crate::path::shown;
use crate::report::{Finding, FindingSide};
use crate::rules::says;
use crate::schema::{Spec, Variant};

/// The most mistakes of one variant that are shown.
const SHOWN: usize = 3;
/// The hint for each of the variants, if several fit.
const ALIKE: &str = "every one of its parameters is there, and no name tells it from the others; give the variants different names, or load the variant itself";

/// What the walk of a variant found.
struct Trial<'r> {
    out: Outcome<'r>,
    patterns: Vec<ModulePatterns>,
    /// The patterns that some entry fits.
    fitting: HashSet<&'r str>,
    /// Entries that another variant takes, or takes more of, and that no pattern ignores.
    left_over: Vec<usize>,
    /// What hides each of the missing tensors, in their order.
    hiding: Vec<Option<String>>,
}

impl<'r> Resolver<'r> {
    /// Tries every variant, in which names stand for what `spec` says. A variant fits if nothing is wrong with it and it takes every entry that any variant takes.
    pub(super) fn choice(&mut self, variants: &'static [Variant], spec: Spec, place: Option<NamePlace>) {
        // an update keeps the variant that the value has
        if let Some(Step::Variant(number)) = self.next_step() {
            self.out.plan.steps.push(Step::Variant(number));
            return self.node(&variants[number].node, spec, place);
        }
        let mut trials: Vec<Trial<'r>> = variants.iter().map(|variant| self.trial(variant, spec, place)).collect();
        let named: BTreeSet<usize> = trials.iter().flat_map(|trial| trial.out.used.iter().copied()).collect();
        for number in 0..trials.len() {
            self.leave_over(&mut trials, number, &named);
        }
        let mut fits: Vec<usize> =
            (0..trials.len()).filter(|&i| trials[i].out.is_good() && trials[i].left_over.is_empty()).collect();
        if fits.len() > 1 {
            // several fit a lenient loader: prefer the one that would fit a strict one
            let strict = |i: &usize| trials[*i].out.report.cast.is_empty() && trials[*i].out.report.reshaped.is_empty();
            let as_they_are: Vec<usize> = fits.iter().copied().filter(strict).collect();
            if let [_] = as_they_are.as_slice() {
                fits = as_they_are;
            }
        }
        if let [one] = fits.as_slice() {
            self.out.plan.steps.push(Step::Variant(*one));
            let Trial { out, patterns, fitting, .. } = trials.swap_remove(*one);
            self.ignores.add_again(&patterns);
            self.fitting.extend(fitting);
            return self.out.append(out);
        }

        let name = |i: usize| format!("`{}`", variants[i].name);
        let all: Vec<String> = (0..variants.len()).map(name).collect();
        let found = match fits.as_slice() {
            [] => says::NO_VARIANT.to_owned(),
            several => format!("{} alike", several.iter().copied().map(name).collect::<Vec<_>>().join(" and ")),
        };
        let why = |i: usize| match fits.contains(&i) {
            true => format!("{}: {ALIKE}", all[i]),
            false => format!("{}: {}", all[i], self.mistakes(&trials[i])),
        };
        let hints = (0..variants.len()).map(why).collect();
        self.out.report.variant.push(Finding {
            path: if self.path().is_empty() { says::THE_MODULE.to_owned() } else { self.path() },
            expected: Some(FindingSide::words(format!("one of {}", all.join(", ")))),
            found: Some(FindingSide::words(found)),
            hints,
            ..Finding::default()
        });
        // count the parameters of the nearest variant, none of which fits
        let nearest = |out: &&Outcome<'_>| (out.report.fitting_count, Reverse(out.report.parameter_count));
        if let Some(nearest) = trials.iter().map(|trial| &trial.out).max_by_key(nearest) {
            self.out.report.parameter_count += nearest.report.parameter_count;
            self.out.plan.assignments.extend(nearest.plan.assignments.iter().map(|_| None));
        }
        self.out.used.extend(named);
        for trial in trials {
            self.ignores.add_again(&trial.patterns);
            self.fitting.extend(trial.fitting);
            // one of them may fit under another configuration
            self.out.contradictions.extend(trial.out.contradictions);
            self.out.boundaries.extend(trial.out.boundaries.into_iter().map(Boundary::of_refused));
        }
    }

    /// Finds the entries that a variant leaves over, or takes less of than another variant does.
    fn leave_over(&mut self, trials: &mut [Trial<'r>], number: usize, named: &BTreeSet<usize>) {
        let Trial { out, patterns, .. } = &trials[number];
        let used: HashSet<usize> = out.used.iter().copied().collect();
        let count = self.ignores.count();
        self.ignores.add_again(patterns);
        let (mut left, mut fitting) = (Vec::new(), HashSet::new());
        for &entry in named.iter().filter(|entry| !used.contains(entry)) {
            let mut patterns = self.ignores.fitting(&self.names, self.name_of(entry)).peekable();
            if patterns.peek().is_none() {
                left.push(entry);
            }
            fitting.extend(patterns);
        }
        self.ignores.remove_after(count);
        if !out.cuts.is_empty() {
            let own = taken(&out.cuts);
            let others = trials.iter().map(|trial| &trial.out);
            for other in others.filter(|other| other.used.iter().any(|entry| own.contains_key(entry))) {
                let others = taken(&other.cuts);
                let takes_less = |(entry, count): (&usize, &usize)| {
                    let all = other.used.contains(entry) && !others.contains_key(entry);
                    (all || others.get(entry).is_some_and(|other| other > count)).then_some(*entry)
                };
                left.extend(own.iter().filter_map(takes_less));
            }
            left.sort_unstable();
            left.dedup();
        }
        let trial = &mut trials[number];
        trial.left_over = left;
        trial.fitting.extend(fitting);
    }

    /// Walks a variant without changing anything else.
    fn trial(&mut self, variant: &'static Variant, spec: Spec, place: Option<NamePlace>) -> Trial<'r> {
        let inner = Outcome::within(&self.out);
        let outer = std::mem::replace(&mut self.out, inner);
        let (count, fitting) = (self.ignores.count(), std::mem::take(&mut self.fitting));
        self.node(&variant.node, spec, place);
        self.check_waiting();
        // while the patterns of the variant's own modules are known
        let hiding = |missing: &Missing| Some(self.hiding(missing.hidden?)?.named());
        let hiding = self.out.missing.iter().map(hiding).collect();
        Trial {
            out: std::mem::replace(&mut self.out, outer),
            hiding,
            patterns: self.ignores.remove_after(count),
            fitting: std::mem::replace(&mut self.fitting, fitting),
            left_over: Vec::new(),
        }
    }

    /// Why a variant does not fit, in one line.
    fn mistakes(&self, Trial { out: trial, left_over, hiding, .. }: &Trial<'_>) -> String {
        let mut mistakes: Vec<String> = Vec::new();
        for (missing, hiding) in trial.missing.iter().zip(hiding) {
            let why = hiding.as_ref().map_or_else(String::new, |hiding| format!(" ({hiding} hides it)"));
            mistakes.push(format!("`{}` is missing{why}", missing.path));
        }
        for misshapen in &trial.misshapen {
            let found = self.checkpoint.entry(misshapen.entry).shape();
            mistakes.push(format!("`{}` is {found}, and not {}", misshapen.path, trial.dims.show(&misshapen.expected)));
        }
        for (_, finding) in trial.report.findings() {
            let (expected, found) = (finding.expected.as_deref(), finding.found.as_deref());
            mistakes.push(match (expected, found) {
                (Some(expected), Some(found)) => format!("`{}` is {found}, and not {expected}", finding.path),
                (_, found) => format!("`{}`: {}", finding.path, found.unwrap_or("contradicts itself")),
            });
        }
        for count in &trial.lengths {
            let (items, wanted) = (count.found.len(), count.wanted);
            mistakes.push(format!("`{}` has {}, and not {wanted}", count.name(), counted(items, "item")));
        }
        for &entry in left_over {
            let part = if trial.used.contains(&entry) { "a part of " } else { "" };
            mistakes.push(format!("{part}`{}` is left over", shown(self.checkpoint.entry(entry).name())));
        }
        if mistakes.len() > SHOWN {
            let more = mistakes.len() - SHOWN;
            mistakes.truncate(SHOWN);
            mistakes.push(format!("and {more} more"));
        }
        mistakes.join(", ")
    }
}
