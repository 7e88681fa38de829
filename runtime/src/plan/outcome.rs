//! What a walk over the schema has found: the plan so far, and everything that is in its way.

use std::collections::HashMap;

use super::compose::Cut;
use super::dims::Dims;
use super::wish::Wish;
use super::{Plan, Take};
use crate::report::Report;

/// A tensor that is not there.
pub(super) struct Missing {
    /// The name that it has in a file.
    pub(super) path: String,
    pub(super) wish: Wish,
    /// The parameter, by its number.
    pub(super) number: usize,
    /// Whether nothing of the parameter is there.
    pub(super) is_whole: bool,
    /// The parameters that are made from it, if it is none itself.
    pub(super) part_of: Vec<String>,
    /// The optional part that is there only in half.
    pub(super) optional: Option<String>,
}

/// A tensor of another shape.
pub(super) struct Misshapen {
    pub(super) path: String,
    pub(super) wish: Wish,
    pub(super) entry: usize,
}

/// A list of fixed length beside what the file has.
pub(super) struct Count {
    pub(super) path: String,
    pub(super) wanted: usize,
    /// The indices that the file has, ascending.
    pub(super) found: Vec<usize>,
}

/// A parameter that may be absent, because it is another.
pub(super) struct Tied {
    pub(super) number: usize,
    pub(super) path: String,
    /// The path of the other.
    pub(super) target: String,
    /// The struct that says so.
    pub(super) owner: usize,
    /// Something is wrong with what is there of it.
    pub(super) is_wrong: bool,
}

#[derive(Default)]
pub(super) struct Outcome {
    /// The number of the first parameter in `plan.takes`.
    base: usize,
    pub(super) plan: Plan,
    /// The entries that are some parameter's, or a finding's.
    pub(super) used: Vec<usize>,
    pub(super) dims: Dims,
    pub(super) missing: Vec<Missing>,
    pub(super) misshapen: Vec<Misshapen>,
    pub(super) counts: Vec<Count>,
    pub(super) cuts: Vec<Cut>,
    pub(super) ties: Vec<Tied>,
    /// The numbers of the parameters that others may be tied to.
    pub(super) targets: HashMap<String, usize>,
    /// The paths of all parameters, if they are wanted.
    pub(super) paths: Option<Vec<String>>,
    /// Where in `misshapen` an entry is.
    pub(super) misshapen_at: HashMap<usize, usize>,
    /// How many matrices fit whose shape would fit transposed as well.
    pub(super) squares: usize,
    pub(super) report: Report,
}

impl Outcome {
    /// One that goes on where `outer` is, with the dimensions that are bound there.
    pub(super) fn within(outer: &Outcome) -> Outcome {
        let paths = outer.paths.is_some().then(Vec::new);
        Outcome { base: outer.number(), dims: outer.dims.clone(), paths, ..Outcome::default() }
    }

    /// The number of the next parameter.
    pub(super) fn number(&self) -> usize {
        self.base + self.plan.takes.len()
    }

    pub(super) fn take(&mut self, take: Option<Take>) {
        self.plan.takes.push(take);
    }

    /// What the plan has for a parameter.
    pub(super) fn take_of(&mut self, number: usize) -> Option<&mut Option<Take>> {
        self.plan.takes.get_mut(number.checked_sub(self.base)?)
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_good(&self) -> bool {
        let findings = self.report.findings().count();
        findings + self.missing.len() + self.misshapen.len() + self.counts.len() == 0
    }

    /// All of it is a part of this one: what was tried is meant.
    pub(super) fn append(&mut self, mut inner: Outcome) {
        self.plan.takes.append(&mut inner.plan.takes);
        self.plan.steps.append(&mut inner.plan.steps);
        self.plan.ties.append(&mut inner.plan.ties);
        self.used.append(&mut inner.used);
        self.dims = inner.dims;
        self.missing.append(&mut inner.missing);
        let before = self.misshapen.len();
        self.misshapen.append(&mut inner.misshapen);
        self.misshapen_at.extend(inner.misshapen_at.into_iter().map(|(entry, at)| (entry, before + at)));
        self.counts.append(&mut inner.counts);
        self.cuts.append(&mut inner.cuts);
        // what a variant's structs tie is settled in them; a map, a list and an enum are no targets
        self.squares += inner.squares;
        if let (Some(paths), Some(mut inner)) = (&mut self.paths, inner.paths) {
            paths.append(&mut inner);
        }
        self.report.absorb(inner.report);
    }
}
