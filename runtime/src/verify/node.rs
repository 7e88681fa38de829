//! Walks the schema beside the folded names of a lock, as the plan walks it beside the names of a file.

use super::comparison::{Comparison, Ignore, Scope, Tie};
use super::lock_tree::{Component, LockTree, below};
use super::path::PathComponent;
use super::present::{any_present, any_source};
use super::rows::Row;
use super::set::Set;
use crate::report::FindingKind;
use crate::rules::says;
use crate::schema::{Field, Names, Node, Spec, Text, index};

impl Comparison {
    /// Compares a node of the schema with the place of the lock that has its names, if there is one.
    pub(super) const fn node(&mut self, node: &'static Node, spec: Spec, place: Option<&'static LockTree>) {
        match node {
            Node::Parameter(leaf) => self.parameter(leaf, spec, place),
            Node::Struct { fields, ignore } => {
                self.ignore(ignore);
                self.fields(fields, spec, place);
            }
            Node::Choice { variants, ignore } => {
                self.ignore(ignore);
                self.choice(variants, place);
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
                let present = match (spec.from, &self.scope) {
                    (Some(layout), Some(scope)) => any_source(layout, scope.place, place),
                    _ => any_present(item, place),
                };
                if present {
                    self.node(item, spec, place);
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
            match child.component {
                Component::Name(name) => {
                    self.path.push(PathComponent::Name(name));
                    self.node(item, spec.item(), Some(&child.names));
                    self.path.cut(self.path.len() - 1);
                }
                Component::Indices(runs) => {
                    let mut next = 0;
                    while let Some(set) = Set::next(runs, &mut next, 0, usize::MAX) {
                        self.items(item, spec, set, Some(&child.names));
                    }
                }
            }
            i += 1;
        }
    }

    const fn ignore(&mut self, patterns: &'static [&'static str]) {
        let mut i = 0;
        while i < patterns.len() {
            self.ignores.push(Ignore { prefix: self.path, pattern: patterns[i], used: false });
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
        while i < fields.len() {
            self.field(&fields[i], outer, place);
            i += 1;
        }
        if self.tied_to.len > ties {
            // both sides of a tie lie in the struct that declares it
            self.settle_ties(tied);
            self.tied_to.len = ties;
            self.tied.len = if ties == 0 { tied } else { self.tied.len };
        }
        if !fields.is_empty() && index(fields[0].name).is_some() {
            self.loose_indices(place, fields);
        }
    }

    const fn field(&mut self, field: &'static Field, outer: Spec, place: Option<&'static LockTree>) {
        let Some(path) = field.tied else { return self.untied(field, outer, place) };
        let around = self.tie;
        let depth = self.path.joined(field.name).len();
        self.tie = Some(Tie { target: self.path.joined(path), depth });
        self.untied(field, outer, place);
        self.tie = around;
    }

    const fn untied(&mut self, field: &'static Field, outer: Spec, place: Option<&'static LockTree>) {
        let spec = field.spec_in(outer);
        let (scope, len) = (self.scope, self.path.len());
        if field.composed().is_some() {
            self.scope = Some(Scope { place, depth: len });
        } else if field.flatten {
            self.scope = None;
        }
        if field.flatten {
            self.node(field.node, spec, place);
        } else {
            let found = if field.aliases.is_empty() || field.composed().is_some() {
                self.path.push_found(field.name, place)
            } else {
                let found = self.named(field, place);
                self.path.push_name(field.name);
                found
            };
            self.node(field.node, spec, found);
            self.path.cut(len);
        }
        self.scope = scope;
    }

    /// The place of a field with aliases, under any of its names. Two of them are a duplicate.
    const fn named(&mut self, field: &'static Field, place: Option<&'static LockTree>) -> Option<&'static LockTree> {
        let Names { here, below: others } = field.node.names();
        let (mut first, mut count, mut text, mut i) = (None, 0, Text::new(), 0);
        while i <= field.aliases.len() {
            let name = if i == 0 { field.name } else { field.aliases[i - 1] };
            let found = below(place, name);
            if let Some(names) = found
                && ((here && names.tensor.is_some()) || (others && !names.below.is_empty()))
            {
                text = text.push(if count == 0 { "`" } else { " and `" }).push(name).push("`");
                first = if count == 0 { found } else { first };
                count += 1;
            }
            i += 1;
        }
        if count > 1 {
            let text = text.push(if count == 2 { " are both there" } else { " are all there" });
            self.rows.push(Row::found(FindingKind::Duplicate, self.path.joined(field.name), text, says::TWO_NAMES));
        }
        first
    }
}
