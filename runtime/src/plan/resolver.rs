//! The state of the walk over the schema. The other files implement its steps.

use std::collections::HashSet;
use std::rc::Rc;

use weighbridge_checkpoint::{Checkpoint, Entry, Shape};

use super::entry_names::EntryNames;
use super::ignores::Ignores;
use super::name_tree::{NamePlace, NameTree, ROOT};
use super::outcome::{Demand, Outcome, Remedy, Share};
use super::policy::{Policy, Rule};
use super::target::{Step, Structure};
use crate::path::Trail;
use crate::report::Finding;
use crate::rules::packed::{Layer, scales_of};
use crate::schema::{Node, SourceTensor, Symbol};

/// The struct that the names in a layout are relative to.
pub(super) struct Scope {
    pub(super) place: Option<NamePlace>,
    /// The length of its path, and whether a dot follows it. None follows at the root.
    pub(super) prefix: (usize, bool),
}

pub(super) struct Resolver<'r> {
    pub(super) checkpoint: &'r Checkpoint,
    pub(super) policy: &'r Policy,
    /// The names of the entries, by number.
    pub(super) entry_names: &'r EntryNames<'r>,
    pub(super) names: NameTree<'r>,
    /// Which entries the loader's patterns hide, by number; empty without patterns.
    pub(super) hidden: Vec<bool>,
    /// The schema's root, for hints that say which field to change.
    pub(super) root: &'static Node,
    /// The structure of the value that is updated, as the walk consumes it.
    structure: Option<std::vec::IntoIter<Step>>,
    /// Whether there is a value whose parameters can be kept.
    pub(super) may_keep: bool,
    /// The shapes that its parameters have, by number, if they may be kept.
    pub(super) shapes: Rc<[Shape]>,
    pub(super) trail: Trail,
    /// The innermost optional part that is present, by the length of its path.
    pub(super) optional: Option<usize>,
    pub(super) scope: Option<Scope>,
    pub(super) tie: Option<Tie>,
    /// The paths that ties lead to, in the structs that the walk is in.
    pub(super) tied_to: Vec<String>,
    pub(super) ignores: Ignores<'r>,
    pub(super) out: Outcome<'r>,
    /// How many modules were given an open argument.
    pub(super) instances: u32,
    /// The names that layouts are computed from and that nothing has said yet.
    pub(super) open: Vec<Symbol>,
    /// Whether it is the second walk, which knows the names that the first one has found.
    pub(super) is_second: bool,
    /// What is known of the list that the walk comes to, if fields share it.
    pub(super) share: Option<Share>,
    /// The index behind the last item of the list that the walk comes from; `None` if that is open.
    pub(super) list_end: Option<usize>,
    /// What says that the innermost option is there.
    pub(super) demanded: Option<Demand>,
    /// The names with which the checkpoint agrees somewhere, if that is asked for.
    pub(super) confirmed: Option<Vec<Symbol>>,
    /// The patterns that some entry fits.
    pub(super) fitting: HashSet<&'r str>,
}

/// The tie of the field that the walk is in.
pub(super) struct Tie {
    /// The path that it is tied to.
    pub(super) target: String,
    /// The length of its own path.
    pub(super) depth: usize,
    /// Identifies the struct that declares the tie: the length of `tied_to` inside it.
    pub(super) owner: usize,
    /// What the configuration would have to say if they are not tied.
    pub(super) remedies: Vec<Remedy>,
    /// What to do if they differ, where nobody has decided whether they are tied.
    pub(super) untie: Option<String>,
}

/// A tensor of a source, by its index.
pub(super) type Numbered<'s> = (&'s SourceTensor, usize);

impl<'r> Resolver<'r> {
    pub(super) fn new(
        checkpoint: &'r Checkpoint,
        policy: &'r Policy,
        (entry_names, names): (&'r EntryNames<'r>, NameTree<'r>),
        root: &'static Node,
        structure: Option<Structure>,
    ) -> Self {
        let (structure, shapes) = match structure {
            Some(Structure { steps, shapes }) => (Some(steps), shapes),
            None => (None, Rc::default()),
        };
        let mut out = Outcome::default();
        out.plan.assignments.reserve(checkpoint.len());
        out.used.reserve(checkpoint.len());
        Resolver {
            checkpoint,
            policy,
            entry_names,
            names,
            hidden: entry_names.hidden(&policy.ignore),
            root,
            may_keep: structure.is_some(),
            shapes,
            structure: structure.map(Vec::into_iter),
            trail: Trail::default(),
            optional: None,
            scope: None,
            tie: None,
            tied_to: Vec::new(),
            ignores: Ignores::of_loader(&policy.ignore),
            out,
            instances: 0,
            open: Vec::new(),
            is_second: false,
            share: None,
            list_end: None,
            demanded: None,
            confirmed: None,
            fitting: HashSet::new(),
        }
    }

    /// One for a second walk, which knows the names that this one has found and nothing else.
    pub(super) fn second(self, structure: Option<Structure>) -> Self {
        let Resolver { checkpoint, policy, entry_names, names, root, .. } = self;
        let mut second = Resolver::new(checkpoint, policy, (entry_names, names), root, structure);
        second.out.dims.take_names(self.out.dims);
        second.out.paths = self.out.paths.map(|_| Vec::new());
        second.out.report.stale_renames = self.out.report.stale_renames;
        second.is_second = true;
        second
    }

    /// The structure of the value that is updated, before the walk.
    pub(super) fn structure(&self) -> Option<Structure> {
        let steps = self.structure.as_ref()?.as_slice().to_vec();
        Some(Structure { steps, shapes: Rc::clone(&self.shapes) })
    }

    pub(super) fn next_step(&mut self) -> Option<Step> {
        self.structure.as_mut()?.next()
    }

    /// Marks everything at and below a place as used, because a finding covers it.
    pub(super) fn use_all(&mut self, place: NamePlace) {
        let mut places = vec![place];
        while let Some(place) = places.pop() {
            if let Some(entry) = self.entry(place) {
                self.out.used.push(entry);
            }
            places.extend(self.names.children(place).map(|(_, child)| child));
        }
    }

    pub(super) fn path(&self) -> String {
        self.trail.as_str().to_owned()
    }

    pub(super) fn enter(&mut self, component: &str, then: impl FnOnce(&mut Self)) {
        let outer = self.trail.enter(component);
        then(self);
        self.trail.leave(outer);
    }

    /// The entry that has this name after renaming.
    pub(super) fn entry_at(&self, name: &str) -> Option<Entry<'r>> {
        let entry = self.names.named(ROOT, name).and_then(|place| self.entry(place))?;
        Some(self.checkpoint.entry(entry))
    }

    /// The name of an entry after renaming.
    pub(super) fn name_of(&self, entry: usize) -> &'r str {
        self.entry_names.get(entry).unwrap_or_default()
    }

    /// The entries that are there, each with its name after renaming.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'r str, Entry<'r>)> {
        let named = self.entry_names.iter().enumerate();
        let named = named.filter(|(entry, _)| !self.is_hidden(*entry));
        named.filter_map(|(entry, name)| Some((name?, self.checkpoint.entry(entry))))
    }

    /// A finding that has only the place in the file.
    pub(super) fn located(&self, entry: usize) -> Finding {
        let entry = self.checkpoint.entry(entry);
        let file = (self.checkpoint.file_count() > 1).then(|| entry.file().to_owned());
        Finding { file, offset: Some(entry.offset()), ..Finding::default() }
    }

    /// Calls `ask` with the last component of a path, and with what the file has beside it.
    pub(super) fn with_layer<T>(&self, path: &str, ask: impl FnOnce(&str, Layer<'_>) -> T) -> T {
        let (parent, leaf) =
            path.rsplit_once('.').map_or((Some(ROOT), path), |(parent, leaf)| (self.names.named(ROOT, parent), leaf));
        let Some(parent) = parent else { return ask(leaf, Layer::NONE) };
        let beside = |name: &str| {
            let entry = self.names.named(parent, name).and_then(|place| self.names.entry(place))?;
            // a member that is no array has a name and nothing else
            (entry < self.checkpoint.len()).then(|| self.checkpoint.entry(entry))
        };
        let weight = beside("weight").map(|entry| entry.dtype());
        let scales = beside("scales").map(|entry| (entry.dtype(), entry.shape()));
        let mut names = (0..).map_while(|number| scales_of(leaf, number));
        let is_scaled = names.any(|name| beside(name.as_str()).is_some());
        let scales = scales.as_ref().map(|(dtype, shape)| (*dtype, &shape[..]));
        ask(leaf, Layer { weight, scales, is_scaled })
    }

    /// Checks what needs the whole walk.
    pub(super) fn check(&mut self) {
        self.check_names();
        self.check_expressions();
        self.check_conditions();
        self.check_boundaries();
    }

    /// The entries that belong to no parameter and that nothing ignores.
    pub(super) fn unexpected(&mut self) -> Vec<usize> {
        let mut used = vec![false; self.checkpoint.len()];
        self.out.used.iter().for_each(|&entry| used[entry] = true);
        let unused = (0..used.len()).filter(|&entry| !used[entry] && self.entry_names.get(entry).is_some());
        let unused: Vec<usize> = unused.collect();
        let kept: HashSet<usize> = std::mem::take(&mut self.out.kept.entries).into_iter().collect();
        let mut left = Vec::new();
        for entry in unused {
            if kept.contains(&entry) {
                self.out.report.ignored.push(self.name_of(entry).to_owned());
            } else if !self.is_ignored(entry, "") {
                left.push(entry);
            }
        }
        left
    }

    /// Notes the members of the archive that are no arrays and that a pattern ignores. The numbers of the others.
    pub(super) fn no_arrays(&mut self) -> Vec<usize> {
        let all = 0..self.entry_names.no_arrays.len();
        let left: Vec<usize> =
            all.filter(|other| self.entry_names.get(self.checkpoint.len() + other).is_some()).collect();
        left.into_iter().filter(|other| !self.is_ignored_by_pattern(self.checkpoint.len() + other, "")).collect()
    }

    /// Whether an entry, or a part of it, is ignored; notes it if so.
    pub(super) fn is_ignored(&mut self, entry: usize, part: &str) -> bool {
        let is_allowed = self.policy.unexpected == Rule::Allow;
        let is_ignored = self.is_ignored_by_pattern(entry, part);
        if is_allowed && !is_ignored {
            self.out.report.ignored.push([self.name_of(entry), part].concat());
        }
        is_allowed || is_ignored
    }

    fn is_ignored_by_pattern(&mut self, entry: usize, part: &str) -> bool {
        let name = self.name_of(entry);
        let mut is_ignored = false;
        for pattern in self.ignores.fitting(&self.names, name) {
            self.fitting.insert(pattern);
            is_ignored = true;
        }
        if is_ignored {
            self.out.report.ignored.push([name, part].concat());
        }
        is_ignored
    }
}
