//! Walks the schema beside the folded names of a lock, as the plan walks it beside the names of a file.

use super::comparison::{AliasPath, Comparison, REPEATED, Repeated, Scope, Tie};
use super::hidden::has_ignores;
use super::lock_tree::{Component, LockTree, below};
use super::path::PathComponent;
use super::rows::Row;
use super::set::Set;
use crate::report::FindingKind;
use crate::rules::says;
use crate::schema::{Alias, Attributes, Field, Names, Node, Spec, Stem, Text, index, looks_like_an_item};

impl Comparison {
    /// Compares a node of the schema with the place of the lock that has its names, if there is one.
    pub(super) const fn node(&mut self, node: &'static Node, spec: Spec, place: Option<&'static LockTree>) {
        match node {
            Node::Parameter(leaf) => self.parameter(leaf, spec, place),
            Node::Struct { fields, ignore, declared, .. } => {
                if !ignore.is_empty() {
                    self.ignore(ignore, &self.in_lock(&self.path));
                }
                let spec = self.inside(spec, *declared);
                self.fields(fields, spec, place);
            }
            Node::Choice { variants, ignore, declared, .. } => {
                if !ignore.is_empty() {
                    self.ignore(ignore, &self.in_lock(&self.path));
                }
                let spec = Spec::NONE.around(self.inside(spec, Some(*declared)));
                self.choice(variants, spec, place);
            }
            Node::List { item, len } => {
                let len = match spec.len {
                    Some(len) => len,
                    None => *len,
                };
                self.list(item, spec, len, place);
            }
            Node::Map { item } => self.map(item, spec, place),
            Node::Optional { item } => {
                let in_lock = self.is_present(item, spec, place);
                if self.is_demanded(&spec, in_lock) {
                    let around = self.is_optional;
                    self.is_optional = true;
                    self.node(item, spec.inside(), place);
                    self.is_optional = around;
                }
            }
        }
    }

    const fn map(&mut self, item: &'static Node, spec: Spec, place: Option<&'static LockTree>) {
        let mut i = 0;
        while let Some(names) = place
            && i < names.below.len()
        {
            let child = &names.below[i];
            match &child.component {
                Component::Name(name) => {
                    self.path.push(PathComponent::Name(name));
                    if self.is_part(item, &child.names, &self.in_lock(&self.path)) {
                        self.node(item, spec.item(), Some(&child.names));
                    }
                    self.path.cut(self.path.len() - 1);
                }
                Component::Numbered(stem, runs) => {
                    let (spec, mut next) = (Spec { stem, found: stem, ..spec }, 0);
                    while let Some(set) = Set::next(runs, &mut next, 0, usize::MAX) {
                        self.items(item, spec, set, Some(&child.names), true);
                    }
                }
            }
            i += 1;
        }
    }

    const fn fields(&mut self, fields: &'static [Field], outer: Spec, place: Option<&'static LockTree>) {
        let (ties, tied) = (self.tied_to.len, self.tied.len);
        let mut i = 0;
        while i < fields.len() {
            if let Some(path) = fields[i].tied {
                self.tied_to.push(self.path.joined(path));
            }
            i += 1;
        }
        i = 0;
        let ends = self.ends.len;
        while i < fields.len() {
            match fields[i].shared() {
                None => self.field(&fields[i], outer, place),
                Some(_) => self.shared_field(fields, i, outer, place, ends),
            }
            i += 1;
        }
        self.ends.len = ends;
        if self.tied_to.len > ties {
            // both sides of a tie lie in the struct that declares it
            self.settle_ties(tied);
            self.tied_to.len = ties;
            self.tied.len = if ties == 0 { tied } else { self.tied.len };
        }
        if !fields.is_empty() && index(fields[0].name).is_some() {
            self.loose_indices(place, Stem::BARE, fields);
        }
    }

    pub(super) const fn field(&mut self, field: &'static Field, outer: Spec, place: Option<&'static LockTree>) {
        let Some(path) = field.tied else { return self.untied(field, outer, place) };
        let mut is_open = false;
        if let Some(Attributes { given, .. }) = &field.attributes
            && let Some(when) = given.tied_when()
        {
            match self.condition(when, &outer.environment) {
                Some(false) => return self.untied(field, outer, place),
                Some(true) => {}
                None => is_open = true,
            }
        }
        let around = self.tie;
        let depth = self.path.joined(field.name).len();
        self.tie = Some(Tie { target: self.path.joined(path), depth, is_open });
        self.untied(field, outer, place);
        self.tie = around;
    }

    const fn untied(&mut self, field: &'static Field, outer: Spec, place: Option<&'static LockTree>) {
        let spec = field.spec_in(outer);
        let (scope, len, alias) = (self.scope, self.path.len(), self.alias);
        if field.composed().is_some() {
            self.scope = Some(Scope { place, depth: len });
        } else if field.flatten {
            self.scope = None;
        }
        if field.aliases.is_empty() || field.composed().is_some() {
            let found = if field.flatten { place } else { self.path.push_found(field.name, place) };
            self.node(field.node, spec, found);
        } else {
            let (found, spec) = match self.named(field, place) {
                Some((name, found)) => (Some(found), spec.found_as(name)),
                None => (None, spec),
            };
            self.node(field.node, spec, found);
        }
        self.path.cut(len);
        self.alias = alias;
        self.scope = scope;
    }

    /// The name of a field with aliases that is there, and its place; goes to its path. Two of them are a duplicate.
    const fn named(
        &mut self,
        field: &'static Field,
        place: Option<&'static LockTree>,
    ) -> Option<(Alias, &'static LockTree)> {
        let (struct_path, wants, mut named, mut k) = (self.in_lock(&self.path), field.node.names(), 0, 0);
        while let Some(name) = field.nth_name(k) {
            if let Some(names) = below(place, name.name) {
                named += wants.any_in(name, names) as usize;
            }
            k += 1;
        }
        // the patterns of a module under two names may leave one of them
        let by_own = named > 1 && has_ignores(field.node);
        let (mut first, mut hidden, mut count, mut text): (Option<(usize, _)>, _, _, _) = (None, None, 0, Text::new());
        k = 0;
        while let Some(name) = field.nth_name(k) {
            if let Some(names) = below(place, name.name)
                && wants.any_in(name, names)
            {
                let path = if name.name.is_empty() { struct_path } else { struct_path.joined(name.name) };
                let is_there = match (by_own, name.is_of_items()) {
                    (true, true) => self.is_there(field.node, name.stem, wants, names, &path),
                    (true, false) => self.is_there(field.node, Stem::BARE, wants, names, &path),
                    (false, true) => self.has_items(name.stem, names, &path),
                    (false, false) => self.has(wants, names, &path),
                };
                if is_there {
                    text = name.push_to(text.push(if count == 0 { "`" } else { " and `" })).push("`");
                    first = if count == 0 { Some((k, names)) } else { first };
                    if count > 0 && (wants.below || name.is_of_items()) && self.repeated.len < REPEATED {
                        let stem = if name.is_of_items() { Some(name.stem) } else { None };
                        self.repeated.push(Repeated { path, stem, from: 0 });
                    }
                    count += 1;
                } else if hidden.is_none() {
                    hidden = Some((k, names));
                }
            }
            k += 1;
        }
        if count > 1
            && let Some(own) = field.nth_name(0)
        {
            let text = text.push(if count == 2 { " are both there" } else { " are all there" });
            self.rows.push(Row::found(FindingKind::Duplicate, self.path.of_field(own), text, says::TWO_NAMES));
        }
        if !field.flatten {
            self.path.push_name(field.name);
        }
        let found = if first.is_some() { first } else { hidden };
        let Some((k, names)) = found else { return None };
        let Some(name) = field.nth_name(k) else { return None };
        if k > 0 || self.alias.is_some() {
            let path = if name.name.is_empty() { struct_path } else { struct_path.joined(name.name) };
            self.alias = Some(AliasPath { path, depth: self.path.len() });
        }
        Some((name, names))
    }
}

impl Names {
    /// Whether a place has any name that is wanted, of a field under this name.
    pub(super) const fn any_in(&self, name: Alias, names: &'static LockTree) -> bool {
        match name.is_of_items() {
            true => any_item(names, name.stem),
            false => (self.here && names.tensor.is_some()) || (self.below && !names.below.is_empty()),
        }
    }
}

/// Whether any item of a list is there, or what looks like one.
const fn any_item(names: &'static LockTree, stem: &Stem) -> bool {
    let mut i = 0;
    while i < names.below.len() {
        let component = &names.below[i].component;
        let looks = match component {
            Component::Name(name) => looks_like_an_item(name, stem),
            Component::Numbered(..) => false,
        };
        if looks || !component.items(stem).runs().is_empty() {
            return true;
        }
        i += 1;
    }
    false
}
