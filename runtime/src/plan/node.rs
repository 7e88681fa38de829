//! The walk of the schema along the tree of names.

use super::conditions::Condition;
use super::name_tree::NamePlace;
use super::outcome::Demand;
use super::resolver::{Resolver, Scope, Tie};
use super::shared::Shared;
use super::target::Step;
use crate::path::{index, natural};
use crate::report::{AliasNote, Finding, FindingSide};
use crate::rules::says;
use crate::schema::{Alias, Field, Names, Node, Spec, Stem};

/// The names of a field that the checkpoint has, and their places.
type NamesOfField = Vec<(Alias, NamePlace)>;

impl Resolver<'_> {
    /// Walks a node of the schema. `place` has its names, if there are any.
    pub(super) fn node(&mut self, node: &'static Node, spec: Spec, place: Option<NamePlace>) {
        match node {
            Node::Parameter(leaf) => self.parameter(leaf, spec, place),
            Node::Choice { variants, ignore, declared, .. } => {
                self.ignores.add(ignore, place);
                let spec = Spec::NONE.around(self.inside(spec, Some(*declared)));
                self.choice(variants, spec, place);
            }
            Node::Struct { fields, ignore, declared, .. } => {
                self.ignores.add(ignore, place);
                let spec = self.inside(spec, *declared);
                let outer = self.tied_to.len();
                for path in fields.iter().filter_map(|field| field.tied) {
                    self.tied_to.push(self.trail.joined(path));
                }
                let owner = self.tied_to.len();
                let begin = (self.out.missing.len(), self.out.report.kept.len());
                let mut shared = Shared::default();
                for (number, field) in fields.iter().enumerate() {
                    match field.shared() {
                        None => self.field(field, spec, place, owner),
                        Some(_) => self.shared_field((fields, number), spec, place, owner, &mut shared),
                    }
                }
                if owner > outer {
                    // both sides of a tie are inside the struct that declares it
                    self.settle_ties(owner, begin);
                    self.tied_to.truncate(outer);
                }
                if let (true, Some(place)) = (fields.first().is_some_and(|f| index(f.name).is_some()), place) {
                    self.loose_indices(place, Stem::BARE, fields);
                    self.tuple(fields, place);
                }
            }
            Node::List { item, len } => self.list(item, spec, spec.len.unwrap_or(*len), place),
            Node::Map { item } => {
                let keys = match self.next_step() {
                    Some(Step::Keys(keys)) => keys,
                    _ => {
                        let children = place.into_iter().flat_map(|place| self.names.children(place));
                        let (there, _) = self.there(
                            item,
                            children.collect(),
                            true,
                            |_| Stem::BARE,
                            |this, _, place| this.is_live(place),
                        );
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
                let step = self.next_step();
                let present = match step {
                    Some(Step::Present(present)) => present,
                    _ => match (spec.from, &self.scope) {
                        (Some(layout), Some(scope)) => self.any_source(layout, scope.place, place),
                        _ => place.is_some_and(|place| {
                            let stem = spec.found;
                            self.is_there(item, stem, place, |this| this.any_present(item, stem, place))
                        }),
                    },
                };
                let in_value = matches!(step, Some(Step::Present(_))).then_some(present);
                let present = self.is_demanded(item, spec, place, present);
                if let (Some(false), true, Some(when)) = (in_value, present, spec.when) {
                    self.refuse_absent(when, &spec.environment);
                }
                self.out.plan.steps.push(Step::Present(present));
                if present {
                    let outer = (self.optional, self.demanded.clone());
                    match spec.when {
                        Some(when) if self.condition(when, &spec.environment) == Condition::Is(true) => {
                            let why = self.why(when, &spec.environment, true);
                            let argument = || spec.environment.argument(when).map(Demand::Argument);
                            self.demanded = why.map(|why| Demand::Said(why.into())).or_else(argument);
                        }
                        _ => self.optional = Some(self.trail.as_str().len()),
                    }
                    self.node(item, spec.inside(), place);
                    (self.optional, self.demanded) = outer;
                }
            }
        }
    }

    pub(super) fn field(&mut self, field: &'static Field, outer: Spec, place: Option<NamePlace>, owner: usize) {
        let spec = field.spec_in(outer);
        if let Some(config) = field.config {
            return self.config_field(config, &outer.environment);
        }
        if field.flatten && field.aliases.is_empty() {
            // the names of its source tensors are relative to the struct around it
            let outer = self.scope.take();
            if field.composed().is_some() {
                self.scope = Some(Scope { place, prefix: self.trail.prefix() });
            }
            self.node(field.node, spec, place);
            self.scope = outer;
            return;
        }
        let when = field.tied.and(spec.given.tied_when());
        let condition = when.map_or(Condition::Is(true), |when| self.condition(when, &outer.environment));
        if let Some(path) = field.tied
            && condition != Condition::Is(false)
        {
            let (target, depth) = (self.trail.joined(path), self.trail.joined(field.name).len());
            let remedies = when.map_or_else(Vec::new, |when| self.remedies_of(when, &outer.environment));
            let untie = when.filter(|_| condition == Condition::Open).map(|when| {
                self.note_open_condition(when, &outer.environment);
                self.untie(when, &outer.environment)
            });
            let tie = Tie { target, depth, owner, remedies, untie };
            let outer = self.tie.replace(tie);
            self.named_field(field, spec, place);
            self.tie = outer;
        } else {
            if let Some(when) = when
                && !place.is_some_and(|place| self.has_any(field, place))
            {
                // as if it were tied
                self.enter(field.name, |this| this.contradicts_condition(when, &outer.environment));
            }
            self.named_field(field, spec, place);
        }
    }

    /// Whether the file has anything under a field's own name.
    fn has_any(&self, field: &Field, place: NamePlace) -> bool {
        self.names.named(place, field.name).is_some_and(|below| self.any_entry(below).is_some())
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
        let own = Alias { name: field.name, stem: spec.stem };
        if !self.policy.keep.is_empty()
            && matches!(field.node.names(), Names { below: false, .. })
            && self.keeps(&self.trail.joined(field.name))
        {
            // whatever the file has for it
            let entries: Vec<usize> = found.iter().filter_map(|(_, place)| self.entry(*place)).collect();
            self.out.kept.entries.extend(entries);
            return self.enter(field.name, |this| this.node(field.node, spec, first.map(|(_, place)| place)));
        }
        if let Some((name, _)) = first
            && !name.is(&own)
        {
            let path = self.trail.joined(&own.shown());
            self.out.report.aliased.push(AliasNote { path, name: self.trail.joined(&name.shown()) });
        }
        if found.len() > 1 {
            let names: Vec<_> = found.iter().map(|(name, _)| format!("`{}`", name.shown())).collect();
            self.out.report.duplicate.push(Finding {
                path: self.trail.joined(&own.shown()),
                found: Some(FindingSide::words(format!(
                    "{} are {} there",
                    names.join(" and "),
                    if found.len() == 2 { "both" } else { "all" }
                ))),
                hints: vec![says::TWO_NAMES.to_owned()],
                ..Finding::default()
            });
            for &(name, place) in &found[1..] {
                self.use_named(field, name, place);
            }
        }
        let taken = first.or(hidden);
        let spec = taken.map_or(spec, |(name, _)| spec.found_as(name));
        let place = taken.map(|(_, place)| place);
        match field.flatten {
            true => self.node(field.node, spec, place),
            false => self.enter(field.name, |this| this.node(field.node, spec, place)),
        }
    }

    /// Marks the entries of a field under one of its names as used, because a finding covers them.
    fn use_named(&mut self, field: &'static Field, name: Alias, place: NamePlace) {
        match field.node.names() {
            _ if name.is_of_items() => {
                let children = self.names.children(place);
                let items: Vec<_> = children.filter(|(child, _)| name.stem.index(child).is_some()).collect();
                items.into_iter().for_each(|(_, item)| self.use_all(item));
            }
            Names { below: true, .. } => self.use_all(place),
            // what lies below a parameter's name is not its own
            Names { below: false, .. } => self.out.used.extend(self.entry(place)),
        }
    }

    /// The names of a field that the checkpoint has, the field's own name first; and the first that patterns hide.
    fn names_of(
        &mut self,
        field: &'static Field,
        place: Option<NamePlace>,
    ) -> (NamesOfField, Option<(Alias, NamePlace)>) {
        let Names { here, below } = field.node.names();
        let all = (0..).map_while(|number| field.nth_name(number));
        let all = all.filter_map(|name| Some((name, self.names.below(place?, name.name)?)));
        let has_any = |name: &Alias, place: NamePlace| match name.is_of_items() {
            false => (here && self.names.entry(place).is_some()) || (below && self.names.count(place) > 0),
            true => self.items_of(name.stem, place).next().is_some(),
        };
        let all: NamesOfField = all.filter(|(name, place)| has_any(name, *place)).collect();
        // the patterns of a module under two names may leave one of them
        let by_own = all.len() > 1;
        let (found, hidden) = self.there(
            field.node,
            all,
            by_own,
            |name| name.stem,
            |this, name, place| match name.is_of_items() {
                false => (here && this.entry(place).is_some()) || (below && this.is_any_below(place)),
                true => this.items_of(name.stem, place).any(|item| this.is_live(item)),
            },
        );
        (found, hidden.first().copied())
    }

    /// The items of a list, and what looks like one.
    fn items_of(&self, stem: &'static Stem, place: NamePlace) -> impl Iterator<Item = NamePlace> {
        let children = self.names.children(place);
        children.filter(|(child, _)| stem.index(child).is_some() || stem.is_loose(child)).map(|(_, item)| item)
    }

    /// Whether the file has any parameter of this node.
    fn any_present(&self, node: &'static Node, stem: &Stem, place: NamePlace) -> bool {
        match node {
            Node::Parameter(_) => self.entry(place).is_some(),
            Node::Struct { fields, .. } => fields.iter().any(|field| {
                if let Some(layout) = field.composed() {
                    let own = if field.flatten { Some(place) } else { self.names.named(place, field.name) };
                    return self.any_source(layout, Some(place), own);
                }
                let mut names = (0..).map_while(|number| field.nth_name(number));
                names.any(|name| {
                    let below = match field.flatten {
                        true => self.names.below(place, name.name),
                        false => self.names.named(place, name.name),
                    };
                    below.is_some_and(|below| self.any_present(field.node, name.stem, below))
                })
            }),
            Node::List { item, .. } => {
                let mut children = self.names.children(place);
                children.any(|(name, below)| stem.index(name).is_some() && self.any_present(item, Stem::BARE, below))
            }
            Node::Map { item } => {
                self.names.children(place).any(|(_, below)| self.any_present(item, Stem::BARE, below))
            }
            Node::Optional { item } => self.any_present(item, stem, place),
            Node::Choice { variants, .. } => {
                variants.iter().any(|variant| self.any_present(&variant.node, Stem::BARE, place))
            }
        }
    }
}
