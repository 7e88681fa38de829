//! The walk of the schema along the tree of names.

use super::name_tree::NamePlace;
use super::resolver::{Resolver, Scope, Tie};
use super::target::Step;
use crate::path::{index, natural};
use crate::report::{AliasNote, Finding, FindingSide};
use crate::rules::says;
use crate::schema::{Field, Names, Node, Spec};

/// The names of a field that the checkpoint has, and their places.
type NamesOfField = Vec<(&'static str, NamePlace)>;

impl Resolver<'_> {
    /// Walks a node of the schema. `place` has its names, if there are any.
    pub(super) fn node(&mut self, node: &'static Node, spec: Spec, place: Option<NamePlace>) {
        match node {
            Node::Parameter(leaf) => self.parameter(leaf, spec, place),
            Node::Choice { variants, ignore } => {
                self.ignores.add(ignore, place);
                self.choice(variants, place);
            }
            Node::Struct { fields, ignore } => {
                self.ignores.add(ignore, place);
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
                    // both sides of a tie are inside the struct that declares it
                    self.settle_ties(owner, begin);
                    self.tied_to.truncate(outer);
                }
                if let (true, Some(place)) = (fields.first().is_some_and(|f| index(f.name).is_some()), place) {
                    self.loose_indices(place, fields);
                }
            }
            Node::List { item, len } => self.list(item, spec, spec.len.unwrap_or(*len), place),
            Node::Map { item } => {
                let keys = match self.next_step() {
                    Some(Step::Keys(keys)) => keys,
                    _ => {
                        let children = place.into_iter().flat_map(|place| self.names.children(place));
                        let (there, _) = self.there(item, children.collect(), true, Self::is_live);
                        let mut keys: Vec<String> = there.into_iter().map(|(key, _)| key.to_owned()).collect();
                        keys.sort_by(|a, b| natural(a, b));
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
                    _ => match (spec.from, &self.scope) {
                        (Some(layout), Some(scope)) => self.any_source(layout, scope.place, place),
                        _ => {
                            place.is_some_and(|place| self.is_there(item, place, |this| this.any_present(item, place)))
                        }
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

    fn field(&mut self, field: &'static Field, outer: Spec, place: Option<NamePlace>, owner: usize) {
        let spec = field.spec_in(outer);
        if field.flatten {
            // the names of its source tensors are relative to the struct around it
            let outer = self.scope.take();
            if field.composed().is_some() {
                self.scope = Some(Scope { place, prefix: self.trail.prefix() });
            }
            self.node(field.node, spec, place);
            self.scope = outer;
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

    fn named_field(&mut self, field: &'static Field, spec: Spec, place: Option<NamePlace>) {
        if field.composed().is_some() {
            let own = place.and_then(|place| self.names.named(place, field.name));
            let outer = self.scope.replace(Scope { place, prefix: self.trail.prefix() });
            self.enter(field.name, |this| this.node(field.node, spec, own));
            self.scope = outer;
            return;
        }
        if field.aliases.is_empty() {
            let below = place.and_then(|place| self.names.named(place, field.name));
            return self.enter(field.name, |this| this.node(field.node, spec, below));
        }
        let (found, hidden) = self.names_of(field, place);
        let first = found.first().copied();
        if !self.policy.keep.is_empty()
            && matches!(field.node.names(), Names { below: false, .. })
            && self.keeps(&self.trail.joined(field.name))
        {
            // whatever the file has for it
            let entries: Vec<usize> = found.iter().filter_map(|(_, place)| self.entry(*place)).collect();
            self.out.kept.entries.extend(entries);
            return self.enter(field.name, |this| this.node(field.node, spec, first.map(|(_, place)| place)));
        }
        if let Some((name, _)) = first.filter(|(name, _)| *name != field.name) {
            let path = self.trail.joined(field.name);
            self.out.report.aliased.push(AliasNote { path, name: self.trail.joined(name) });
        }
        if found.len() > 1 {
            let names: Vec<_> = found.iter().map(|(name, _)| format!("`{name}`")).collect();
            self.out.report.duplicate.push(Finding {
                path: self.trail.joined(field.name),
                found: Some(FindingSide::words(format!(
                    "{} are {} there",
                    names.join(" and "),
                    if found.len() == 2 { "both" } else { "all" }
                ))),
                hints: vec![says::TWO_NAMES.to_owned()],
                ..Finding::default()
            });
            for (_, place) in &found[1..] {
                // what lies below a parameter's name is not its own
                match field.node.names() {
                    Names { below: true, .. } => self.use_all(*place),
                    Names { below: false, .. } => self.out.used.extend(self.entry(*place)),
                }
            }
        }
        self.enter(field.name, |this| this.node(field.node, spec, first.map(|(_, place)| place).or(hidden)));
    }

    /// The names of a field that the checkpoint has, the field's own name first; and the first place that patterns hide.
    fn names_of(&mut self, field: &'static Field, place: Option<NamePlace>) -> (NamesOfField, Option<NamePlace>) {
        let all = std::iter::once(field.name).chain(field.aliases.iter().copied());
        let Names { here, below } = field.node.names();
        let has_any =
            |place: &NamePlace| (here && self.names.entry(*place).is_some()) || (below && self.names.count(*place) > 0);
        let all: NamesOfField =
            all.filter_map(|name| Some((name, self.names.named(place?, name).filter(has_any)?))).collect();
        // the patterns of a module under two names may leave one of them
        let by_own = all.len() > 1;
        let (found, hidden) = self.there(field.node, all, by_own, |this, place| {
            (here && this.entry(place).is_some()) || (below && this.is_any_below(place))
        });
        (found, hidden.first().map(|(_, place)| *place))
    }

    /// Whether the file has any parameter of this node.
    fn any_present(&self, node: &'static Node, place: NamePlace) -> bool {
        match node {
            Node::Parameter(_) => self.entry(place).is_some(),
            Node::Struct { fields, .. } => fields.iter().any(|field| {
                if let Some(layout) = field.composed() {
                    let own = if field.flatten { Some(place) } else { self.names.named(place, field.name) };
                    self.any_source(layout, Some(place), own)
                } else if field.flatten {
                    self.any_present(field.node, place)
                } else {
                    let mut names = std::iter::once(&field.name).chain(field.aliases);
                    names.any(|name| {
                        self.names.named(place, name).is_some_and(|below| self.any_present(field.node, below))
                    })
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
}
