//! Whether an optional parameter or module is there: it is if the lock has any tensor of it.

use super::comparison::Comparison;
use super::hidden::{Around, has_ignores};
use super::lock_tree::{Component, Items, LockTree, around_index, below};
use super::path::PathComponent;
use super::set::Set;
use crate::schema::{Alias, Field, Layout, Node, Spec, Stem};

impl Comparison {
    /// Whether the lock has any tensor of an option. Of one that is there, the walk adds the patterns itself.
    pub(super) const fn is_present(
        &mut self,
        item: &'static Node,
        spec: Spec,
        place: Option<&'static LockTree>,
    ) -> bool {
        let path = self.in_lock(&self.path);
        if let (Some(layout), Some(_)) = (spec.from, &self.scope) {
            return self.has_source(layout, place);
        }
        let Some(names) = place else { return false };
        let count = self.ignores.len;
        if has_ignores(item) {
            self.add_patterns(item, spec.found, names, &path);
        }
        let around = if self.ignores.len > 0 { Some(self.around(&path)) } else { None };
        let is_present = any_present(item, spec.found, place, around);
        if is_present {
            self.ignores.len = count;
        }
        is_present
    }
}

impl Comparison {
    /// Whether the lock has any tensor that a layout at this place names. `own` is the parameter's own place.
    pub(super) const fn has_source(&self, layout: &'static Layout, own: Option<&'static LockTree>) -> bool {
        let (path, mut sources, mut place) = (self.in_lock(&self.path), self.path, None);
        if let Some(scope) = &self.scope {
            sources.cut(scope.depth);
            place = scope.place;
        }
        let sources = self.in_lock(&sources);
        let around = if self.ignores.len > 0 { Some((self.around(&sources), self.around(&path))) } else { None };
        any_source(layout, place, own, around)
    }
}

/// Whether the lock has any tensor of a node. `around` says what hides tensors, if anything does.
pub(super) const fn any_present(
    node: &'static Node,
    stem: &Stem,
    place: Option<&'static LockTree>,
    around: Option<Around<'_>>,
) -> bool {
    let Some(names) = place else { return false };
    match node {
        Node::Parameter(_) => is_there(place, around),
        Node::Optional { item } => any_present(item, stem, place, around),
        Node::Struct { fields, .. } => {
            let mut i = 0;
            while i < fields.len() {
                if field_present(&fields[i], names, around) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Node::List { item, .. } | Node::Map { item } => {
            let mut i = 0;
            while i < names.below.len() {
                let child = &names.below[i];
                i += 1;
                let found = match (&child.component, node, around) {
                    (Component::Name(_), Node::Map { .. }, None) => {
                        any_present(item, Stem::BARE, Some(&child.names), None)
                    }
                    (Component::Name(name), Node::Map { .. }, Some(around)) => {
                        let mut path = *around.path;
                        path.push(PathComponent::Name(name));
                        any_present(item, Stem::BARE, Some(&child.names), Some(Around { path: &path, ..around }))
                    }
                    (Component::Numbered(own, runs), Node::Map { .. }, around) => {
                        any_item_present(item, own, &child.names, Items::Runs(runs), around)
                    }
                    (component, _, around) => any_item_present(item, stem, &child.names, component.items(stem), around),
                };
                if found {
                    return true;
                }
            }
            false
        }
        Node::Choice { variants, .. } => {
            let mut i = 0;
            while i < variants.len() {
                if any_present(&variants[i].node, Stem::BARE, place, around) {
                    return true;
                }
                i += 1;
            }
            false
        }
    }
}

/// Whether any of the items with these indices is there.
const fn any_item_present(
    item: &'static Node,
    stem: &Stem,
    names: &'static LockTree,
    items: Items,
    list: Option<Around<'_>>,
) -> bool {
    let Some(list) = list else {
        return !items.runs().is_empty() && any_present(item, Stem::BARE, Some(names), None);
    };
    let mut next = 0;
    while let Some(mut rest) = Set::next(items.runs(), &mut next, 0, usize::MAX) {
        while let Some(set) = list.ignores.next_alike(list.path, stem, &mut rest) {
            let mut path = *list.path;
            path.push(PathComponent::Set(*stem, set));
            if any_present(item, Stem::BARE, Some(names), Some(Around { path: &path, ..list })) {
                return true;
            }
        }
    }
    false
}

const fn field_present(field: &'static Field, names: &'static LockTree, around: Option<Around<'_>>) -> bool {
    if let (true, Some(layout)) = (field.flatten, field.composed()) {
        return any_source(layout, Some(names), Some(names), pair(around));
    }
    if let Some(layout) = field.composed() {
        let own = names.at(field.name);
        let Some(around) = around else { return any_source(layout, Some(names), own, None) };
        let path = around.path.joined(field.name);
        return any_source(layout, Some(names), own, Some((around, Around { path: &path, ..around })));
    }
    let mut i = 0;
    while let Some(name) = field.nth_name(i) {
        let found = match field.flatten && name.name.is_empty() {
            true => any_present(field.node, name.stem, Some(names), around),
            false => named_present(field.node, names, name, around),
        };
        if found {
            return true;
        }
        i += 1;
    }
    false
}

const fn pair(around: Option<Around<'_>>) -> Option<(Around<'_>, Around<'_>)> {
    match around {
        Some(around) => Some((around, around)),
        None => None,
    }
}

const fn named_present(
    node: &'static Node,
    names: &'static LockTree,
    Alias { name, stem }: Alias,
    around: Option<Around<'_>>,
) -> bool {
    let Some(around) = around else { return any_present(node, stem, names.at(name), None) };
    let path = around.path.joined(name);
    any_present(node, stem, names.at(name), Some(Around { path: &path, ..around }))
}

/// Whether the lock has any of a parameter's sources. Their names begin at the first of the two places around them; the
/// parameter's own is the second.
const fn any_source(
    layout: &'static Layout,
    sources_in: Option<&'static LockTree>,
    own: Option<&'static LockTree>,
    around: Option<(Around<'_>, Around<'_>)>,
) -> bool {
    let mut number = 0;
    while let Ok(name) = layout.nth_name(number) {
        number += 1;
        let found = match (name, around) {
            (None, None) => is_there(own, None),
            (None, Some((_, own_around))) => is_there(own, Some(own_around)),
            (Some(name), _) => match around_index(name) {
                None => named_source(sources_in, name, around),
                Some((before, rest)) => any_item(below(sources_in, before), before, rest, around),
            },
        };
        if found {
            return true;
        }
    }
    false
}

const fn named_source(
    sources_in: Option<&'static LockTree>,
    name: &'static str,
    around: Option<(Around<'_>, Around<'_>)>,
) -> bool {
    let place = below(sources_in, name);
    let Some((around, _)) = around else { return is_there(place, None) };
    let path = if name.is_empty() { *around.path } else { around.path.joined(name) };
    is_there(place, Some(Around { path: &path, ..around }))
}

/// Whether the lock has a tensor at a place that is not hidden.
const fn is_there(place: Option<&'static LockTree>, around: Option<Around<'_>>) -> bool {
    match (place, around) {
        (Some(LockTree { tensor: Some(_), .. }), Some(around)) => !around.ignores.hide(around.path),
        (Some(LockTree { tensor: Some(_), .. }), None) => true,
        _ => false,
    }
}

const fn any_item(
    list: Option<&'static LockTree>,
    before: &'static str,
    rest: &'static str,
    around: Option<(Around<'_>, Around<'_>)>,
) -> bool {
    let mut i = 0;
    while let Some(list) = list
        && i < list.below.len()
    {
        let child = &list.below[i];
        i += 1;
        let Items::Runs(runs) = child.component.items(Stem::BARE) else { continue };
        let Some(names) = child.names.at(rest) else { continue };
        let found = match around {
            None => is_there(Some(names), None),
            Some((around, _)) => {
                let path = if before.is_empty() { *around.path } else { around.path.joined(before) };
                any_of_stack(names, rest, runs, Around { path: &path, ..around })
            }
        };
        if found {
            return true;
        }
    }
    false
}

/// Whether any of the tensors of a stack with these indices is not hidden. `list` is around the list.
const fn any_of_stack(names: &'static LockTree, rest: &'static str, runs: &[(usize, usize)], list: Around<'_>) -> bool {
    let mut next = 0;
    while let Some(mut left) = Set::next(runs, &mut next, 0, usize::MAX) {
        while let Some(set) = list.ignores.next_alike(list.path, Stem::BARE, &mut left) {
            let mut one = *list.path;
            one.push(PathComponent::Set(*Stem::BARE, set));
            if !rest.is_empty() {
                one.push_name(rest);
            }
            if is_there(Some(names), Some(Around { path: &one, ..list })) {
                return true;
            }
        }
    }
    false
}
