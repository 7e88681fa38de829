//! Walks the schema beside the tree of names.

use super::dims::{Bound, Dims};
use super::names::{Names, Place, ROOT};
use super::{Cast, Plan, Policy, Rule, Step, Take, Target, hints};
use crate::checkpoint::{Checkpoint, Entry};
use crate::dtype::DType;
use crate::path::{index, is_loose_index, matches, shown};
use crate::report::{AliasNote, CastNote, Finding, Report};
use crate::schema::{Dim, Field, Leaf, Len, Node, Spec, Wanted, cast};

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
    policy: &'r Policy,
    pub(super) names: Names<'r>,
    /// The structure of the value that is updated.
    structure: Option<std::vec::IntoIter<Step>>,
    /// Whether absent parameters may be left as they are: there is a value that has them.
    may_keep: bool,
    path: String,
    /// The innermost optional part that is present, by the length of its path.
    optional: Option<usize>,
    plan: Plan,
    used: Vec<bool>,
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
            path: String::new(),
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
        for ignore in &self.ignores {
            let known = self.report.stale_ignores.contains(&ignore.pattern);
            let used = self.ignores.iter().any(|other| other.used && other.pattern == ignore.pattern);
            if !used && !known {
                self.report.stale_ignores.push(ignore.pattern.clone());
            }
        }
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
                    let prefix = if self.path.is_empty() { String::new() } else { format!("{}.", self.path) };
                    self.ignores.push(Ignore { prefix, pattern: (*pattern).to_owned(), used: false });
                }
                for field in *fields {
                    self.field(field, place);
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
                    let outer = self.optional.replace(self.path.len());
                    self.node(item, spec, place);
                    self.optional = outer;
                }
            }
        }
    }

    fn next_step(&mut self) -> Option<Step> {
        self.structure.as_mut()?.next()
    }

    fn field(&mut self, field: &'static Field, place: Option<Place>) {
        if field.flatten {
            return self.node(field.node, field.spec, place);
        }
        if field.aliases.is_empty() {
            let below = place.and_then(|place| self.names.below(place, field.name));
            return self.enter(field.name, |this| this.node(field.node, field.spec, below));
        }
        let found = self.names_of(field, place);
        let first = found.first().copied();
        if let Some((name, _)) = first.filter(|(name, _)| *name != field.name) {
            let path = self.joined(field.name);
            self.report.aliased.push(AliasNote { path, name: self.joined(name) });
        }
        if found.len() > 1 {
            let names: Vec<_> = found.iter().map(|(name, _)| format!("`{}`", self.joined(name))).collect();
            self.report.duplicate.push(Finding {
                path: self.joined(field.name),
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
        self.enter(field.name, |this| this.node(field.node, field.spec, first.map(|(_, place)| place)));
    }

    /// The names of a field that the checkpoint has, its own first.
    fn names_of(&self, field: &'static Field, place: Option<Place>) -> Vec<(&'static str, Place)> {
        let all = std::iter::once(field.name).chain(field.aliases.iter().copied());
        all.filter_map(|name| Some((name, self.names.below(place?, name)?))).collect()
    }

    /// Everything below a place belongs to a finding that is reported already.
    fn use_all(&mut self, place: Place) {
        let mut places = vec![place];
        while let Some(place) = places.pop() {
            if let Some(entry) = self.names.entry(place) {
                self.used[entry] = true;
            }
            places.extend(self.names.children(place).map(|(_, child)| child));
        }
    }

    fn joined(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn enter(&mut self, component: &str, then: impl FnOnce(&mut Self)) {
        let outer = self.path.len();
        if outer > 0 {
            self.path.push('.');
        }
        self.path.push_str(component);
        then(self);
        self.path.truncate(outer);
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
        if let Some(place) = place {
            self.loose_indices(place);
        }
        match wanted {
            Some(wanted) if wanted != found => {
                let found = items.iter().map(|(index, _)| *index).collect();
                self.counts.push(Count { path: self.path.clone(), wanted, found });
            }
            None if has_gap => {
                let indices: Vec<usize> = items.iter().map(|(index, _)| *index).collect();
                let absent: Vec<usize> = gaps(&indices).collect();
                self.report.name.push(Finding {
                    path: self.path.clone(),
                    expected: Some("items 0, 1, 2, … without a gap".to_owned()),
                    found: Some(format!("{} of them, the last is {}", indices.len(), found - 1)),
                    hints: vec![match absent.as_slice() {
                        [one] => format!("`{}` is absent", self.joined(&one.to_string())),
                        several => format!("the first absent one is `{}`", self.joined(&several[0].to_string())),
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

    /// Components that Python's `int()` would read as an index and that are none.
    fn loose_indices(&mut self, place: Place) {
        let loose: Vec<_> = self.names.children(place).filter(|(component, _)| is_loose_index(component)).collect();
        for (component, below) in loose {
            let entry = self.names.any_entry(below);
            self.report.name.push(Finding {
                path: self.joined(component),
                found: Some(format!("`{}`, which is not an index as it is written", shown(component))),
                hints: vec![
                    "indices are 0, 1, 2, … without a sign, spaces or leading zeros; rename it in the file".to_owned(),
                ],
                ..entry.map(|entry| self.located(entry)).unwrap_or_default()
            });
            self.use_all(below);
        }
    }

    fn parameter(&mut self, leaf: &'static Leaf, spec: Spec, place: Option<Place>) {
        let wish = Wish { spec, leaf };
        self.report.parameters += 1;
        let Some(entry) = place.and_then(|place| self.names.entry(place)) else {
            if self.may_keep && self.policy.missing == Rule::Allow {
                self.report.kept.push(self.path.clone());
                self.plan.takes.push(None);
            } else {
                let optional = self.optional.map(|len| self.path[..len].to_owned());
                self.missing.push(Missing { path: self.path.clone(), wish, optional });
            }
            return;
        };
        self.used[entry] = true;
        let dtype = self.dtype(&wish, entry);
        let shape = self.shape(&wish, entry);
        if let (Some(dtype), true) = (dtype, shape) {
            self.report.fitting += 1;
            self.plan.takes.push(Some(Take { entry, dtype }));
        }
    }

    /// The dtype that the parameter gets, or a finding.
    fn dtype(&mut self, wish: &Wish, entry: usize) -> Option<DType> {
        let found = self.checkpoint.entry(entry).dtype();
        let held = wish.leaf.dtypes;
        if let Some(taken) = accepted(wish, found) {
            if taken != found && !found.reads_as(taken) {
                self.note_cast(found, taken);
            }
            return Some(taken);
        }
        let allowed = |to: &&DType| match self.policy.cast {
            Cast::None => false,
            Cast::Lossless => cast::is_lossless(found, **to),
            Cast::Any => cast::is_castable(found, **to),
        };
        if let Some(&to) = held.iter().find(allowed) {
            self.note_cast(found, to);
            return Some(to);
        }
        let finding = Finding {
            path: self.path.clone(),
            expected: Some(one_of(wish.dtypes())),
            found: Some(found.to_string()),
            hints: hints::for_dtype(wish, found),
            ..self.located(entry)
        };
        self.report.dtype.push(finding);
        None
    }

    fn note_cast(&mut self, from: DType, to: DType) {
        self.report.cast.push(CastNote { path: self.path.clone(), from: from.to_string(), to: to.to_string() });
    }

    fn shape(&mut self, wish: &Wish, entry: usize) -> bool {
        let found = self.checkpoint.entry(entry).shape();
        let fits = wish.leaf.extents.holds(found)
            && wish.rank().is_none_or(|rank| rank == found.len())
            && (0..found.len()).all(|i| match wish.rank().map(|_| wish.dim(i)) {
                Some(Dim::Is(n)) => n == found[i],
                _ => true,
            });
        if !fits {
            if self.policy.shapes == Rule::Allow && wish.leaf.extents.holds(found) {
                self.report.reshaped.push(self.path.clone());
                return true;
            }
            self.misshapen.push(Misshapen { path: self.path.clone(), wish: *wish, entry });
            return false;
        }
        let mut agree = true;
        for (i, &extent) in found.iter().enumerate() {
            if let Some(Dim::Named(name)) = wish.rank().map(|_| wish.dim(i)) {
                agree &= self.bind(name, extent, Some(entry));
            }
        }
        agree
    }

    fn fixed(&self, name: &str) -> Option<usize> {
        self.policy.dims.get(name).copied()
    }

    /// Binds a name to a number, or reports the conflict.
    fn bind(&mut self, name: &'static str, value: usize, entry: Option<usize>) -> bool {
        if let Some(fixed) = self.fixed(name) {
            self.dims.0.entry(name).or_insert(Bound { value: fixed, by: None });
        }
        let path = self.path.clone();
        let Err(bound) = self.dims.bind(name, value, &path) else { return true };
        let finding = Finding {
            expected: Some(format!("{name} = {}", bound.origin())),
            found: Some(value.to_string()),
            hints: vec![format!(
                "`{name}` is one number wherever the model names it; if these may differ, give them two names"
            )],
            ..entry.map(|entry| self.located(entry)).unwrap_or_default()
        };
        self.report.dim.push(Finding { path, ..finding });
        false
    }

    /// A finding with nothing but the place in the file.
    pub(super) fn located(&self, entry: usize) -> Finding {
        let entry = self.checkpoint.entry(entry);
        let file = (self.checkpoint.files() > 1).then(|| entry.file().to_owned());
        Finding { file, offset: Some(entry.offset()), ..Finding::default() }
    }

    /// Rules about names alone: none twice, none above another.
    fn check_names(&mut self) {
        for &(first, again) in &self.names.repeated {
            let [a, b] = [first, again].map(|entry| self.checkpoint.entry(entry));
            let hint = match (a.name() == b.name(), a.file() == b.file()) {
                (true, true) => "it is there twice, and readers differ in which one they take; keep one of them",
                (true, false) => "two shards hold it; remove it from one of them",
                (false, _) => "they become one name by the loader's renaming; rename one of them to something else",
            };
            self.used[again] = true;
            let finding = Finding {
                path: self.policy.rename(a.name()).into_owned(),
                found: Some(format!("{} and {}", seat(&a), seat(&b))),
                hints: vec![hint.to_owned()],
                ..self.located(again)
            };
            self.report.duplicate.push(finding);
        }
        let prefixes: Vec<Place> = self.names.prefixes().collect();
        for place in prefixes {
            let path = self.names.path(place);
            let below = self.names.children(place).next().map(|(component, _)| format!("{path}.{component}"));
            let finding = Finding {
                found: Some(format!(
                    "a tensor, and a module of others such as `{}`",
                    shown(&below.unwrap_or_default())
                )),
                hints: vec!["a name is a tensor's or a module's; rename one of them in the file".to_owned()],
                ..self.names.entry(place).map(|entry| self.located(entry)).unwrap_or_default()
            };
            self.report.name.push(Finding { path, ..finding });
        }
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

/// The dtype that a parameter takes from an entry of dtype `found` without the loader's leave.
fn accepted(wish: &Wish, found: DType) -> Option<DType> {
    let (said, held) = (wish.spec.dtypes, wish.leaf.dtypes);
    let reads = |dtypes: &[DType]| dtypes.iter().copied().find(|&dtype| found.reads_as(dtype));
    if said.is_empty() {
        return if held.is_empty() { Some(found) } else { reads(held) };
    }
    let said = reads(said)?;
    // the field says by name that it takes this dtype: what its type does not hold exactly is cast, without loss
    if held.is_empty() { Some(said) } else { reads(held).or(held.first().copied()) }
}

/// Where an entry is, for a finding about two of them.
fn seat(entry: &Entry<'_>) -> String {
    match entry.offset() {
        // a tensor in memory, which lies in no file
        0 => format!("`{}` in {}", shown(entry.name()), shown(entry.file())),
        offset => format!("`{}` at byte {offset} of {}", shown(entry.name()), shown(entry.file())),
    }
}

fn one_of(dtypes: &[DType]) -> String {
    let names: Vec<_> = dtypes.iter().map(|dtype| dtype.name()).collect();
    names.join(" or ")
}

/// The indices that ascending ones leave out, lazily: the last may be any number.
fn gaps(indices: &[usize]) -> impl Iterator<Item = usize> + '_ {
    let before = std::iter::once(None).chain(indices.iter().copied().map(Some));
    before.zip(indices).flat_map(|(before, &next)| before.map_or(0, |i| i + 1)..next).take(2)
}
