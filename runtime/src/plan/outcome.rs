//! What the walk of the schema has found: the plan so far, and everything that is wrong.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use weighbridge_checkpoint::read::Assignment;

use super::dims::Dims;
use super::name_tree::NamePlace;
use super::target::Plan;
use crate::config_field::ConfigField;
use crate::report::{FindingSide, Report};
use crate::rules::Expected;
use crate::rules::cut::TakenPart;
use crate::schema::{Dim, Environment, Stem, Symbol};

/// A tensor that the file lacks.
pub(super) struct Missing {
    /// Its name in a file.
    pub(super) path: String,
    pub(super) expected: Expected,
    /// The number of the parameter.
    pub(super) number: usize,
    /// Whether the file has nothing of the parameter.
    pub(super) is_whole: bool,
    /// The parameters that are made from it, if it is not a parameter itself.
    pub(super) part_of: Vec<String>,
    /// The path of the optional part that the file has only some of.
    pub(super) optional: Option<String>,
    /// The entry of its name, if a pattern hides it.
    pub(super) hidden: Option<usize>,
    /// What says that it is there, if it is in an option.
    pub(super) demanded: Option<Demand>,
}

/// What says that an option is there.
#[derive(Clone)]
pub(super) enum Demand {
    /// A condition, with what decides it.
    Said(Rc<str>),
    /// An argument of the module, which is true.
    Argument(&'static str),
}

/// A tensor of another shape.
pub(super) struct Misshapen {
    pub(super) path: String,
    pub(super) expected: Expected,
    pub(super) entry: usize,
    /// How a finding shows it, if not by what is expected.
    pub(super) shown: Option<FindingSide>,
}

/// A tensor of another dtype.
pub(super) struct Mistyped {
    pub(super) path: String,
    pub(super) expected: Expected,
    pub(super) entry: usize,
}

/// A parameter whose dims contradict what the caller says of their names.
pub(super) struct Doubtful {
    /// Its own path, which its findings have.
    pub(super) parameter: String,
    /// The path of the tensor.
    pub(super) path: String,
    pub(super) expected: Expected,
    pub(super) entry: usize,
}

/// A list whose length is known, and which has another length in the file.
pub(super) struct ListLength {
    /// The path above its items' own components.
    pub(super) path: String,
    pub(super) stem: &'static Stem,
    pub(super) wanted: usize,
    /// The indices that the file has, ascending.
    pub(super) found: Vec<usize>,
    /// Whether patterns hide items of the module.
    pub(super) has_hidden: bool,
    pub(super) of: LengthOf,
}

impl ListLength {
    /// The path, with `{}` for the index if something stands around it.
    pub(super) fn name(&self) -> String {
        match (self.stem.is_bare(), self.path.as_str()) {
            (true, path) => path.to_owned(),
            (false, "") => self.stem.pattern(),
            (false, path) => format!("{path}.{}", self.stem.pattern()),
        }
    }
}

/// What says how long a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LengthOf {
    Type,
    /// The value that is updated.
    Value,
    File,
}

/// A part of an entry that a parameter takes.
pub(super) struct Cut {
    pub(super) entry: usize,
    /// The parameter.
    pub(super) path: String,
    pub(super) part: TakenPart,
    /// Whether the parameter is kept, and the part left alone.
    pub(super) is_kept: bool,
}

/// A parameter that is tied to another, so that the file may lack it.
pub(super) struct TiedParameter {
    pub(super) number: usize,
    pub(super) path: String,
    /// The path of the other.
    pub(super) target: String,
    /// The struct that declares the tie; see `Tie::owner`.
    pub(super) owner: usize,
    /// Whether the file has a tensor for it that does not fit.
    pub(super) is_wrong: bool,
    /// What the configuration would have to say if they are not tied.
    pub(super) remedies: Vec<Remedy>,
    /// What to do if they differ, where nobody has decided whether they are tied.
    pub(super) untie: Option<String>,
}

/// A place at which the checkpoint contradicts the configuration.
pub(super) struct Contradiction {
    pub(super) path: String,
    /// What the configuration would have to say there.
    pub(super) remedies: Vec<Remedy>,
    /// Of a list that is shorter than the configuration says: the items that the checkpoint lacks then.
    pub(super) lacks: Vec<String>,
}

/// What is known of a field that shares a list before the walk comes to the list.
#[derive(Clone, Copy)]
pub(super) struct Share {
    /// The index of its first item; `None` if nothing says where the field before it ends.
    pub(super) first: Option<usize>,
    /// Whether it begins at what the field before it ends at, as both are written.
    pub(super) is_joined: bool,
    /// Whether no field holds items behind it.
    pub(super) is_last: bool,
}

/// Where two fields meet that share a list, if names say where.
pub(super) struct Boundary {
    /// The path of the list.
    pub(super) path: String,
    /// Where the first of the two ends, as it is written, and as it is.
    pub(super) end: Dim,
    pub(super) environment: Environment,
    pub(super) at: usize,
    /// Where it begins.
    pub(super) from: usize,
    /// The place of the list, if the file has it, and what stands around the indices.
    pub(super) list: Option<(NamePlace, &'static Stem)>,
    /// Whether something is wrong in one of the two.
    pub(super) is_wrong: bool,
}

/// What a key of the configuration would have to be.
#[derive(Clone)]
pub(super) struct Remedy {
    pub(super) key: String,
    pub(super) value: serde_json::Value,
    /// What it is by default, if the configuration lacks it: `4 (by default hidden_size / heads)`.
    pub(super) default: Option<String>,
}

/// A field that is in the configuration, at one place of the module.
pub(super) struct ConfigUse {
    pub(super) field: &'static ConfigField,
    /// Its path in the module.
    pub(super) path: String,
    /// Where it is in the whole configuration.
    pub(super) key: String,
    /// The name that it is.
    pub(super) symbol: Symbol,
    /// What names stand for there, if the key is an argument that is more than a name.
    pub(super) argument: Option<Environment>,
    /// Whether the key is an argument, which a field gives.
    pub(super) is_given: bool,
}

/// What the value of a name may be.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Sort {
    Number,
    Flag,
    /// A number, a flag or a text.
    Any,
}

/// What the patterns of `Loader::keep` fit.
#[derive(Default)]
pub(super) struct Kept {
    /// The parameters, by number.
    pub(super) numbers: HashSet<usize>,
    /// The patterns that fit one, by their place in the policy.
    pub(super) fitting: HashSet<usize>,
    /// The entries that the file has for them.
    pub(super) entries: Vec<usize>,
}

#[derive(Default)]
pub(super) struct Outcome<'r> {
    /// The number of the first parameter in `plan.assignments`.
    base: usize,
    pub(super) plan: Plan,
    /// The entries that belong to a parameter or to a finding.
    pub(super) used: Vec<usize>,
    pub(super) dims: Dims<'r>,
    pub(super) missing: Vec<Missing>,
    pub(super) misshapen: Vec<Misshapen>,
    pub(super) doubtful: Vec<Doubtful>,
    /// The tensors of another dtype, and what was expected of each.
    pub(super) mistyped: Vec<Mistyped>,
    pub(super) lengths: Vec<ListLength>,
    /// Tuples of which the file numbers the elements otherwise.
    pub(super) tuples: Vec<ListLength>,
    /// Lists of which the file lacks an item before others.
    pub(super) gaps: Vec<ListLength>,
    pub(super) cuts: Vec<Cut>,
    pub(super) ties: Vec<TiedParameter>,
    /// The parameters that others are tied to: their numbers, by path.
    pub(super) targets: HashMap<String, usize>,
    /// The paths of all parameters, if the walk was asked for them.
    pub(super) paths: Option<Vec<String>>,
    /// The index in `misshapen`, by entry.
    pub(super) misshapen_at: HashMap<usize, usize>,
    /// The entries that fit and are square matrices, whose shape does not show whether they are transposed.
    pub(super) squares: Vec<usize>,
    /// The entries that fit and are convolutions, whose shape does not show which layout they have.
    pub(super) ambiguous: Vec<usize>,
    pub(super) kept: Kept,
    /// The fields that are in the configuration.
    pub(super) config_fields: Vec<ConfigUse>,
    /// Whether `Loader::dtype` applies to any parameter.
    pub(super) is_dtype_used: bool,
    /// Where the checkpoint contradicts the configuration.
    pub(super) contradictions: Vec<Contradiction>,
    /// Names of `Loader::dim` that may be wrong, and what each would have to be.
    pub(super) said_wrong: Vec<(String, usize)>,
    /// Names that are open where they are needed, and what their values may be.
    pub(super) unsaid: Vec<(Symbol, Sort)>,
    /// Where fields meet that share a list, until the walk has ended.
    pub(super) boundaries: Vec<Boundary>,
    pub(super) report: Report,
}

impl<'r> Outcome<'r> {
    /// An empty outcome that continues the numbers of `outer`, with the dims that are bound there. What waits there still does.
    pub(super) fn within(outer: &Outcome<'r>) -> Outcome<'r> {
        let paths = outer.paths.is_some().then(Vec::new);
        Outcome { base: outer.number(), dims: outer.dims.bound(), paths, ..Outcome::default() }
    }

    /// The number of the next parameter.
    pub(super) fn number(&self) -> usize {
        self.base + self.plan.assignments.len()
    }

    pub(super) fn assign(&mut self, assignment: Option<Assignment>) {
        self.plan.assignments.push(assignment);
    }

    /// What the plan has for a parameter.
    pub(super) fn assignment_of(&mut self, number: usize) -> Option<&mut Option<Assignment>> {
        self.plan.assignments.get_mut(number.checked_sub(self.base)?)
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_good(&self) -> bool {
        let findings = self.report.findings().count();
        findings + self.missing.len() + self.misshapen.len() + self.lengths.len() == 0
    }

    /// Adds an outcome that was tried, and is the right one.
    pub(super) fn append(&mut self, mut inner: Outcome<'r>) {
        self.plan.assignments.append(&mut inner.plan.assignments);
        self.plan.steps.append(&mut inner.plan.steps);
        self.plan.ties.append(&mut inner.plan.ties);
        self.plan.tied_by.append(&mut inner.plan.tied_by);
        self.plan.open_ties.append(&mut inner.plan.open_ties);
        self.used.append(&mut inner.used);
        self.dims.adopt(inner.dims);
        self.missing.append(&mut inner.missing);
        let before = self.misshapen.len();
        self.misshapen.append(&mut inner.misshapen);
        self.misshapen_at.extend(inner.misshapen_at.into_iter().map(|(entry, at)| (entry, before + at)));
        self.doubtful.append(&mut inner.doubtful);
        self.mistyped.append(&mut inner.mistyped);
        self.lengths.append(&mut inner.lengths);
        self.gaps.append(&mut inner.gaps);
        self.tuples.append(&mut inner.tuples);
        self.cuts.append(&mut inner.cuts);
        // ties inside of a variant are settled already, and none leads into an enum from outside
        self.squares.append(&mut inner.squares);
        self.ambiguous.append(&mut inner.ambiguous);
        self.config_fields.append(&mut inner.config_fields);
        self.is_dtype_used |= inner.is_dtype_used;
        self.contradictions.append(&mut inner.contradictions);
        self.said_wrong.append(&mut inner.said_wrong);
        self.unsaid.append(&mut inner.unsaid);
        self.boundaries.append(&mut inner.boundaries);
        if let (Some(paths), Some(mut inner)) = (&mut self.paths, inner.paths) {
            paths.append(&mut inner);
        }
        self.report.absorb(inner.report);
    }
}
