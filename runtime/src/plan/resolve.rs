//! Walks the schema beside the tree of names.

use std::collections::HashSet;

use super::dims::Dims;
use super::names::{Names, Place, ROOT};
use super::{Plan, Policy, Rule, Step, Target, hints};
use crate::checkpoint::Checkpoint;
use crate::path::{Trail, index, matches};
use crate::report::{AliasNote, Finding, Report};
use crate::schema::{Field, Len, Node, Spec, Wanted};

/// What the schema wants of one parameter.
pub(super) type Wish = Wanted;

/// A parameter that no entry fits.
pub(super) struct Missing {
    pub(super) path: String,
    pub(super) wish: Wish,
    /// The optional part that is there only in half.
    pub(super) optional: Option<String>,
}

/// A parameter whose entry has another shape.
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
    pub(super) plan: Plan,
    pub(super) used: Vec<bool>,
    pub(super) dims: Dims,
    pub(super) missing: Vec<Missing>,
    pub(super) misshapen: Vec<Misshapen>,
    pub(super) unexpected: Vec<usize>,
    pub(super) counts: Vec<Count>,
    ignores: Vec<Ignore>,
    pub(super) report: Report,
}

struct Ignore {
    /// The module that says so, with a dot behind it.
    prefix: String,
    pattern: String,
    used: bool,
}

impl<'r> Resolver<'r> {
    pub(super) fn new(target: &Target<'_>, checkpoint: &'r Checkpoint, policy: &'r Policy, names: Names<'r>) -> Self {
        let ignores =
            policy.ignore.iter().map(|pattern| Ignore { prefix: String::new(), pattern: pattern.clone(), used: false });
        Resolver {
            checkpoint,
            policy,
            names,
            structure: None,
            may_keep: target.structure.is_some(),
            trail: Trail::default(),
            optional: None,
            plan: Plan { takes: Vec::with_capacity(checkpoint.len()), steps: Vec::new() },
            used: vec![false; checkpoint.len()],
            dims: Dims::default(),
            missing: Vec::new(),
            misshapen: Vec::new(),
            unexpected: Vec::new(),
            counts: Vec::new(),
            ignores: ignores.collect(),
            report: Report::default(),
        }
    }

    pub(super) fn run(&mut self, root: &'static Node, structure: Option<Vec<Step>>) {
        self.structure = structure.map(Vec::into_iter);
        self.node(root, Spec::NONE, Some(ROOT));
        self.check_names();
        self.collect_unexpected();
    }

    pub(super) fn finish(mut self) -> (Report, Plan) {
        hints::explain(&mut self);
        // a pattern stands once for each module that says so, and is stale if it fits under none of them
        let mut seen: HashSet<&str> =
            self.ignores.iter().filter(|ignore| ignore.used).map(|ignore| ignore.pattern.as_str()).collect();
        let stale = self.ignores.iter().filter(|ignore| seen.insert(&ignore.pattern));
        self.report.stale_ignores = stale.map(|ignore| ignore.pattern.clone()).collect();
        let dims = self.dims.0.iter().map(|(name, bound)| ((*name).to_owned(), bound.value));
        self.report.dims = dims.collect();
        (self.report, self.plan)
    }

    /// One place of the schema beside one place of the names, if there is any.
    fn node(&mut self, node: &'static Node, spec: Spec, place: Option<Place>) {
        match node {
            Node::Parameter(leaf) => self.parameter(leaf, spec, place),
            Node::Struct { fields, ignore } => {
                for pattern in *ignore {
                    let prefix = self.trail.joined("");
                    self.ignores.push(Ignore { prefix, pattern: (*pattern).to_owned(), used: false });
                }
                for field in *fields {
                    self.field(field, spec, place);
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
                for key in &keys {
                    let below = place.and_then(|place| self.names.child(place, key));
                    self.enter(key, |this| this.node(item, spec.item(), below));
                }
                self.plan.steps.push(Step::Keys(keys));
            }
            Node::Optional { item } => {
                let present = match self.next_step() {
                    Some(Step::Present(present)) => present,
                    _ => place.is_some_and(|place| self.any_present(item, place)),
                };
                self.plan.steps.push(Step::Present(present));
                if present {
                    let outer = self.optional.replace(self.trail.as_str().len());
                    self.node(item, spec, place);
                    self.optional = outer;
                }
            }
        }
    }

    fn next_step(&mut self) -> Option<Step> {
        self.structure.as_mut()?.next()
    }

    fn field(&mut self, field: &'static Field, outer: Spec, place: Option<Place>) {
        let spec = field.spec_in(outer);
        if field.flatten {
            return self.node(field.node, spec, place);
        }
        if field.aliases.is_empty() {
            let below = place.and_then(|place| self.names.below(place, field.name));
            return self.enter(field.name, |this| this.node(field.node, spec, below));
        }
        let found = self.names_of(field, place);
        let first = found.first().copied();
        if let Some((name, _)) = first.filter(|(name, _)| *name != field.name) {
            let path = self.trail.joined(field.name);
            self.report.aliased.push(AliasNote { path, name: self.trail.joined(name) });
        }
        if found.len() > 1 {
            let names: Vec<_> = found.iter().map(|(name, _)| format!("`{}`", self.trail.joined(name))).collect();
            self.report.duplicate.push(Finding {
                path: self.trail.joined(field.name),
                found: Some(format!(
                    "{} are {} there",
                    names.join(" and "),
                    if found.len() == 2 { "both" } else { "all" }
                )),
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
        all.filter_map(|name| Some((name, self.names.below(place?, name)?))).collect()
    }

    /// Everything below a place belongs to a finding that is reported already.
    pub(super) fn use_all(&mut self, place: Place) {
        let mut places = vec![place];
        while let Some(place) = places.pop() {
            if let Some(entry) = self.names.entry(place) {
                self.used[entry] = true;
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
                if field.flatten {
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
        }
    }

    fn list(&mut self, item: &'static Node, spec: Spec, len: Len, place: Option<Place>) {
        let children = place.into_iter().flat_map(|place| self.names.children(place));
        let mut items: Vec<(usize, Place)> = children.filter_map(|(name, below)| Some((index(name)?, below))).collect();
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
            self.report.dim.push(Finding {
                path: self.path(),
                expected: Some(format!("{len} items, as the type says")),
                found: Some(format!("{has} in the module that is to be updated")),
                hints: vec!["an update keeps a list's length; load a new module".to_owned()],
                ..Finding::default()
            });
        }
        if let Some(place) = place {
            self.loose_indices(place);
        }
        match wanted {
            Some(wanted) if wanted != found => {
                let found = items.iter().map(|(index, _)| *index).collect();
                self.counts.push(Count { path: self.path(), wanted, found });
            }
            None if has_gap => {
                let indices: Vec<usize> = items.iter().map(|(index, _)| *index).collect();
                let absent: Vec<usize> = gaps(&indices).collect();
                self.report.name.push(Finding {
                    path: self.path(),
                    expected: Some("items 0, 1, 2, … without a gap".to_owned()),
                    found: Some(format!("{} of them, the last is {}", indices.len(), found - 1)),
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
        self.plan.steps.push(Step::Len(count));
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
        let file = (self.checkpoint.files() > 1).then(|| entry.file().to_owned());
        Finding { file, offset: Some(entry.offset()), ..Finding::default() }
    }

    fn collect_unexpected(&mut self) {
        for entry in 0..self.used.len() {
            if self.used[entry] {
                continue;
            }
            let name = self.policy.rename(self.checkpoint.entry(entry).name());
            let mut ignored = false;
            for ignore in &mut self.ignores {
                if name.strip_prefix(&ignore.prefix).is_some_and(|rest| matches(&ignore.pattern, rest)) {
                    ignore.used = true;
                    ignored = true;
                }
            }
            if ignored || self.policy.unexpected == Rule::Allow {
                self.report.ignored.push(name.into_owned());
            } else {
                self.unexpected.push(entry);
            }
        }
    }
}

/// The indices that ascending ones leave out, lazily: the last may be any number.
fn gaps(indices: &[usize]) -> impl Iterator<Item = usize> + '_ {
    let before = std::iter::once(None).chain(indices.iter().copied().map(Some));
    before.zip(indices).flat_map(|(before, &next)| before.map_or(0, |i| i + 1)..next).take(2)
}
