//! The one variant of an enum that the file fits.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::Step;
use super::names::Place;
use super::outcome::Outcome;
use super::resolve::Resolver;
use crate::path::shown;
use crate::report::Finding;
use crate::schema::{Spec, Variant};

/// The most mistakes of one variant that are shown.
const SHOWN: usize = 3;

impl Resolver<'_> {
    /// Every variant is tried. One fits if nothing is wrong with it, and if it takes every entry that any variant names:
    /// what another one names must not be left over.
    pub(super) fn choice(&mut self, variants: &'static [Variant], place: Option<Place>) {
        // an update keeps the variant that the value has
        if let Some(Step::Variant(number)) = self.next_step() {
            self.out.plan.steps.push(Step::Variant(number));
            return self.node(&variants[number].node, Spec::NONE, place);
        }
        let mut trials: Vec<Outcome> = variants.iter().map(|variant| self.trial(variant, place)).collect();
        let named: HashSet<usize> = trials.iter().flat_map(|trial| trial.used.iter().copied()).collect();
        let left_over = |trial: &Outcome| {
            let used: HashSet<usize> = trial.used.iter().copied().collect();
            let mut left: Vec<usize> = named.difference(&used).copied().collect();
            left.sort_unstable();
            left
        };
        let fits: Vec<usize> =
            (0..trials.len()).filter(|&i| trials[i].is_good() && left_over(&trials[i]).is_empty()).collect();
        if let [one] = fits.as_slice() {
            self.out.plan.steps.push(Step::Variant(*one));
            return self.out.append(trials.swap_remove(*one));
        }

        let name = |i: usize| format!("`{}`", variants[i].name);
        let all: Vec<String> = (0..variants.len()).map(name).collect();
        let found = match fits.as_slice() {
            [] => "none that fits".to_owned(),
            several => format!("{} alike", several.iter().copied().map(name).collect::<Vec<_>>().join(" and ")),
        };
        let why = |i: usize| {
            let mistakes = match fits.is_empty() {
                true => self.mistakes(&trials[i], &left_over(&trials[i])),
                false if fits.contains(&i) => "every one of its parameters is there, and no name tells it from the others; give the variants different names, or load the variant itself".to_owned(),
                false => self.mistakes(&trials[i], &left_over(&trials[i])),
            };
            format!("{}: {mistakes}", all[i])
        };
        let hints = (0..variants.len()).map(why).collect();
        self.out.report.variant.push(Finding {
            path: if self.path().is_empty() { "the module".to_owned() } else { self.path() },
            expected: Some(format!("one of {}", all.join(", "))),
            found: Some(found),
            hints,
            ..Finding::default()
        });
        // the nearest one stands for it in what is counted
        if let Some(nearest) =
            trials.iter().max_by_key(|trial| (trial.report.fitting, Reverse(trial.report.parameters)))
        {
            self.out.report.parameters += nearest.report.parameters;
            self.out.report.fitting += nearest.report.fitting;
            self.out.plan.takes.extend(nearest.plan.takes.iter().map(|_| None));
        }
        self.out.used.extend(named);
    }

    /// A walk of which nothing stays but what it found.
    fn trial(&mut self, variant: &'static Variant, place: Option<Place>) -> Outcome {
        let inner = Outcome::within(&self.out);
        let outer = std::mem::replace(&mut self.out, inner);
        self.node(&variant.node, Spec::NONE, place);
        std::mem::replace(&mut self.out, outer)
    }

    /// Why a variant does not fit, in a line.
    fn mistakes(&self, trial: &Outcome, left_over: &[usize]) -> String {
        let mut mistakes: Vec<String> = Vec::new();
        for missing in &trial.missing {
            mistakes.push(format!("`{}` is missing", missing.path));
        }
        for misshapen in &trial.misshapen {
            let found = self.checkpoint.entry(misshapen.entry).shape();
            mistakes.push(format!("`{}` is {found}, and not {}", misshapen.path, trial.dims.show(&misshapen.wish)));
        }
        for (_, findings) in trial.report.classes() {
            for finding in findings {
                let (expected, found) = (finding.expected.as_deref(), finding.found.as_deref());
                mistakes.push(match (expected, found) {
                    (Some(expected), Some(found)) => format!("`{}` is {found}, and not {expected}", finding.path),
                    (_, found) => format!("`{}`: {}", finding.path, found.unwrap_or("contradicts itself")),
                });
            }
        }
        for count in &trial.counts {
            mistakes.push(format!("`{}` has {} items, and not {}", count.path, count.found.len(), count.wanted));
        }
        for &entry in left_over {
            mistakes.push(format!("`{}` is left over", shown(self.checkpoint.entry(entry).name())));
        }
        if mistakes.len() > SHOWN {
            let more = mistakes.len() - SHOWN;
            mistakes.truncate(SHOWN);
            mistakes.push(format!("and {more} more"));
        }
        mistakes.join(", ")
    }
}
