//! Walks the schema beside the tree of names.

use std::collections::HashSet;

use super::ignores::Ignores;
use super::names::{Names, Place, ROOT};
use super::outcome::{Count, Outcome};
use super::tie::Tie;
use super::{Plan, Policy, Rule, Step, Target, hints};
use crate::checkpoint::Checkpoint;
use crate::path::{Trail, index};
use crate::report::{AliasNote, Finding, FindingSide, Report};
use crate::schema::{Field, Len, Node, Spec};

/// The place of the struct whose field is made from tensors beside it.
pub(super) struct Beside {
    pub(super) place: Option<Place>,
    /// How much of the walk's path is its own, and whether a dot follows, as it does everywhere but at the root.
    pub(super) prefix: (usize, bool),
}

pub(super) struct Resolver<'r> {
    pub(super) checkpoint: &'r Checkpoint,
    pub(super) policy: &'r Policy,
    pub(super) names: Names<'r>,
    /// The structure of the value that is updated.
    structure: Option<std::vec::IntoIter<Step>>,
    /// Whether absent parameters may be left as they are: there is a value that has them.
    pub(super) may_keep: bool,
    pub(super) trail: Trail,
    /// The innermost optional part that is present, by the length of its path.
    pub(super) optional: Option<usize>,
    pub(super) beside: Option<Beside>,
    pub(super) tie: Option<Tie>,
    /// The paths that fields are tied to, of the structs that the walk is in.
    pub(super) tied_to: Vec<String>,
    pub(super) ignores: Ignores<'r>,
    pub(super) out: Outcome,
    /// The patterns that some entry fits.
    pub(super) fitting: HashSet<&'r str>,
}

impl<'r> Resolver<'r> {
    pub(super) fn new(target: &Target<'_>, checkpoint: &'r Checkpoint, policy: &'r Policy, names: Names<'r>) -> Self {
        Resolver {
            checkpoint,
            policy,
            names,
            structure: None,
            may_keep: target.structure.is_some(),
            trail: Trail::default(),
            optional: None,
            beside: None,
            tie: None,
            tied_to: Vec::new(),
            ignores: Ignores::of_loader(&policy.ignore),
            out: Outcome::default(),
            fitting: HashSet::new(),
        }
    }

    pub(super) fn run(&mut self, root: &'static Node, structure: Option<Vec<Step>>) {
        self.structure = structure.map(Vec::into_iter);
        self.out.plan.takes.reserve(self.checkpoint.len());
        self.out.used.reserve(self.checkpoint.len());
        self.node(root, Spec::NONE, Some(ROOT));
    }

    pub(super) fn finish(mut self) -> (Report, Plan) {
        self.check_names();
        let unexpected = self.unexpected();
        self.check_cuts();
        hints::explain(&mut self, &unexpected);
        let Outcome { dims, mut report, plan, .. } = self.out;
        // a pattern stands once for each module that says so, and is stale if it fits under none of them
        let mut seen = self.fitting;
        report.stale_ignores = self.ignores.all().filter(|&pattern| seen.insert(pattern)).map(str::to_owned).collect();
        report.dims = dims.0.iter().map(|(name, bound)| ((*name).to_owned(), bound.value)).collect();
        (report, plan)
    }

    /// One place of the schema beside one place of the names, if there is any.
    pub(super) fn node(&mut self, node: &'static Node, spec: Spec, place: Option<Place>) {
        match node {
            Node::Parameter(leaf) => self.parameter(leaf, spec, place),
            Node::Choice { variants, ignore } => {
                self.ignores.say(ignore, &self.names, &self.trail);
                self.choice(variants, place);
            }
            Node::Struct { fields, ignore } => {
                self.ignores.say(ignore, &self.names, &self.trail);
                let outer = self.tied_to.len();
                for path in fields.iter().filter_map(|field| field.tied) {
                    self.tied_to.push(self.trail.joined(path));
                }
                let owner = self.tied_to.len();
                let begin = (self.out.missing.len(), self.out.report.kept.len());
                for field in *fields {
                    self.field(field, spec, place, owner);
                }
                if owner > outer {
                    // both sides of a tie are in the struct that says so
                    self.settle_ties(owner, begin);
                    self.tied_to.truncate(outer);
                }
                if let (true, Some(place)) = (fields.first().is_some_and(|f| index(f.name).is_some()), place) {
                    self.loose_indices(place);
                }
            }
            Node::List { item, len } => self.list(item, spec, spec.len.unwrap_or(*len), place),
            Node::Map { item } => {
                let keys = match self.next_step() {
                    Some(Step::Keys(keys)) => keys,
                    _ => {
                        let children = place.into_iter().flat_map(|place| self.names.children(place));
                        let mut keys: Vec<String> = children.map(|(key, _)| key.to_owned()).collect();
                        keys.sort_by(|a, b| crate::path::natural(a, b));
                        keys
                    }
                };
                self.out.plan.steps.push(Step::Keys(keys.clone()));
                for key in &keys {
                    let below = place.and_then(|place| self.names.child(place, key));
                    self.enter(key, |this| this.node(item, spec.item(), below));
                }
            }
            Node::Optional { item } => {
                let present = match self.next_step() {
                    Some(Step::Present(present)) => present,
                    _ => match (spec.from, &self.beside) {
                        (Some(layout), Some(beside)) => self.any_source(layout, beside.place, place),
                        _ => place.is_some_and(|place| self.any_present(item, place)),
                    },
                };
                self.out.plan.steps.push(Step::Present(present));
                if present {
                    let outer = self.optional.replace(self.trail.as_str().len());
                    self.node(item, spec, place);
                    self.optional = outer;
                }
            }
        }
    }

    pub(super) fn next_step(&mut self) -> Option<Step> {
        self.structure.as_mut()?.next()
    }

    fn field(&mut self, field: &'static Field, outer: Spec, place: Option<Place>, owner: usize) {
        let spec = field.spec_in(outer);
        if field.flatten {
            // the names of its sources begin where it does
            let outer = self.beside.take();
            if field.composed().is_some() {
                self.beside = Some(Beside { place, prefix: self.trail.prefix() });
            }
            self.node(field.node, spec, place);
            self.beside = outer;
            return;
        }
        if let Some(path) = field.tied {
            let tie = Tie { target: self.trail.joined(path), depth: self.trail.joined(field.name).len(), owner };
            let outer = self.tie.replace(tie);
            self.named_field(field, spec, place);
            self.tie = outer;
        } else {
            self.named_field(field, spec, place);
        }
    }

    fn named_field(&mut self, field: &'static Field, spec: Spec, place: Option<Place>) {
        if field.composed().is_some() {
            let own = place.and_then(|place| self.names.named(place, field.name));
            let outer = self.beside.replace(Beside { place, prefix: self.trail.prefix() });
            self.enter(field.name, |this| this.node(field.node, spec, own));
            self.beside = outer;
            return;
        }
        if field.aliases.is_empty() {
            let below = place.and_then(|place| self.names.named(place, field.name));
            return self.enter(field.name, |this| this.node(field.node, spec, below));
        }
        let found = self.names_of(field, place);
        let first = found.first().copied();
        if let Some((name, _)) = first.filter(|(name, _)| *name != field.name) {
            let path = self.trail.joined(field.name);
            self.out.report.aliased.push(AliasNote { path, name: self.trail.joined(name) });
        }
        if found.len() > 1 {
            let names: Vec<_> = found.iter().map(|(name, _)| format!("`{}`", self.trail.joined(name))).collect();
            self.out.report.duplicate.push(Finding {
                path: self.trail.joined(field.name),
                found: Some(FindingSide::words(format!(
                    "{} are {} there",
                    names.join(" and "),
                    if found.len() == 2 { "both" } else { "all" }
                ))),
                hints: vec!["they are names of one parameter; keep one of them in the file".to_owned()],
                ..Finding::default()
            });
            for (_, place) in &found[1..] {
                self.use_all(*place);
            }
        }
        self.enter(field.name, |this| this.node(field.node, spec, first.map(|(_, place)| place)));
    }

    /// The names of a field that the checkpoint has, its own first.
    fn names_of(&self, field: &'static Field, place: Option<Place>) -> Vec<(&'static str, Place)> {
        let all = std::iter::once(field.name).chain(field.aliases.iter().copied());
        all.filter_map(|name| Some((name, self.names.named(place?, name)?))).collect()
    }

    /// Everything below a place belongs to a finding that is reported already.
    pub(super) fn use_all(&mut self, place: Place) {
        let mut places = vec![place];
        while let Some(place) = places.pop() {
            if let Some(entry) = self.names.entry(place) {
                self.out.used.push(entry);
            }
            places.extend(self.names.children(place).map(|(_, child)| child));
        }
    }

    pub(super) fn path(&self) -> String {
        self.trail.as_str().to_owned()
    }

    fn enter(&mut self, component: &str, then: impl FnOnce(&mut Self)) {
        let outer = self.trail.enter(component);
        then(self);
        self.trail.leave(outer);
    }

    /// Whether the file has any parameter of this part.
    fn any_present(&self, node: &'static Node, place: Place) -> bool {
        match node {
            Node::Parameter(_) => self.names.entry(place).is_some(),
            Node::Struct { fields, .. } => fields.iter().any(|field| {
                if let Some(layout) = field.composed() {
                    let own = if field.flatten { Some(place) } else { self.names.named(place, field.name) };
                    self.any_source(layout, Some(place), own)
                } else if field.flatten {
                    self.any_present(field.node, place)
                } else {
                    self.names_of(field, Some(place)).into_iter().any(|(_, below)| self.any_present(field.node, below))
                }
            }),
            Node::List { item, .. } => self
                .names
                .children(place)
                .any(|(component, below)| index(component).is_some() && self.any_present(item, below)),
            Node::Map { item } => self.names.children(place).any(|(_, below)| self.any_present(item, below)),
            Node::Optional { item } => self.any_present(item, place),
            Node::Choice { variants, .. } => variants.iter().any(|variant| self.any_present(&variant.node, place)),
        }
    }

    fn list(&mut self, item: &'static Node, spec: Spec, len: Len, place: Option<Place>) {
        let (mut items, mut are_indices): (Vec<(usize, Place)>, bool) = (Vec::new(), true);
        if let Some(place) = place {
            items.reserve(self.names.count(place));
            for (name, below) in self.names.children(place) {
                match index(name) {
                    Some(index) => items.push((index, below)),
                    None => are_indices = false,
                }
            }
        }
        items.sort_unstable_by_key(|(index, _)| *index);
        let has_gap = items.iter().enumerate().any(|(i, (index, _))| i != *index);
        let found = items.last().map_or(0, |(last, _)| last.saturating_add(1));
        let step = match self.next_step() {
            Some(Step::Len(len)) => Some(len),
            _ => None,
        };
        // a named length is the file's; that it is the right one is the name's to say
        let wanted = match (step, len) {
            (Some(len), _) | (None, Len::Is(len)) => Some(len),
            (None, Len::Named(_) | Len::FromFile) => None,
        };
        if let (Some(has), Len::Is(len)) = (step, len)
            && has != len
        {
            self.out.report.dim.push(Finding {
                path: self.path(),
                expected: Some(FindingSide::words(format!("{len} items, as the type says"))),
                found: Some(FindingSide::words(format!("{has} in the module that is to be updated"))),
                hints: vec!["an update keeps a list's length; load a new module".to_owned()],
                ..Finding::default()
            });
        }
        if let (Some(place), false) = (place, are_indices) {
            self.loose_indices(place);
        }
        match wanted {
            Some(wanted) if wanted != found => {
                let found = items.iter().map(|(index, _)| *index).collect();
                self.out.counts.push(Count { path: self.path(), wanted, found });
            }
            None if has_gap => {
                let indices: Vec<usize> = items.iter().map(|(index, _)| *index).collect();
                let absent: Vec<usize> = gaps(&indices).collect();
                self.out.report.name.push(Finding {
                    path: self.path(),
                    expected: Some(FindingSide::words("items 0, 1, 2, … without a gap")),
                    found: Some(FindingSide::words(format!(
                        "{} of them, the last is {}",
                        indices.len(),
                        indices.last().unwrap_or(&0)
                    ))),
                    hints: vec![match absent.as_slice() {
                        [one] => format!("`{}` is absent", self.trail.joined(&one.to_string())),
                        several => format!("the first absent one is `{}`", self.trail.joined(&several[0].to_string())),
                    }],
                    ..Finding::default()
                });
            }
            _ => {}
        }
        // with a gap the items that are there are still checked, but not one is made up
        let count = wanted.unwrap_or(items.len());
        if let Len::Named(name) = len {
            self.bind(name, count, None);
        }
        self.out.plan.steps.push(Step::Len(count));
        let mut items = items.into_iter().peekable();
        let mut number = String::new();
        for i in 0..count {
            let (i, below) = match wanted {
                None => items.next().map_or((i, None), |(index, below)| (index, Some(below))),
                Some(_) => (i, items.next_if(|(index, _)| *index == i).map(|(_, below)| below)),
            };
            crate::path::write_index(&mut number, i);
            self.enter(&number, |this| this.node(item, spec.item(), below));
        }
    }

    /// A finding with nothing but the place in the file.
    pub(super) fn located(&self, entry: usize) -> Finding {
        let entry = self.checkpoint.entry(entry);
        let file = (self.checkpoint.file_count() > 1).then(|| entry.file().to_owned());
        Finding { file, offset: Some(entry.offset()), ..Finding::default() }
    }

    /// The entries that are no parameter's, and may not be there.
    fn unexpected(&mut self) -> Vec<usize> {
        let mut used = vec![false; self.checkpoint.len()];
        self.out.used.iter().for_each(|&entry| used[entry] = true);
        let unused = (0..used.len()).filter(|&entry| !used[entry]);
        unused.filter(|&entry| !self.is_ignored(entry, "")).collect()
    }

    /// Whether an entry may be left alone; notes it then, with the part of it that is meant.
    pub(super) fn is_ignored(&mut self, entry: usize, part: &str) -> bool {
        let name = self.policy.rename(self.checkpoint.entry(entry).name());
        let mut ignored = self.policy.unexpected == Rule::Allow;
        for pattern in self.ignores.fitting(&self.names, &name) {
            self.fitting.insert(pattern);
            ignored = true;
        }
        if ignored {
            self.out.report.ignored.push([&name, part].concat());
        }
        ignored
    }
}

/// The indices that ascending ones leave out, lazily: the last may be any number.
fn gaps(indices: &[usize]) -> impl Iterator<Item = usize> + '_ {
    let before = std::iter::once(None).chain(indices.iter().copied().map(Some));
    before.zip(indices).flat_map(|(before, &next)| before.map_or(0, |i| i + 1)..next).take(2)
}
