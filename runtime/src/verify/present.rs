//! Whether an optional parameter or module is there: it is if the lock has any tensor of it.

use super::lock_tree::{Component, LockTree, around_index, below};
use crate::schema::{Field, Layout, Node};

/// Whether the lock has any tensor of a node.
pub(super) const fn any_present(node: &'static Node, place: Option<&'static LockTree>) -> bool {
    let Some(names) = place else { return false };
    match node {
        Node::Parameter(_) => names.tensor.is_some(),
        Node::Optional { item } => any_present(item, place),
        Node::Struct { fields, .. } => {
            let mut i = 0;
            while i < fields.len() {
                if field_present(&fields[i], names) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Node::List { item, .. } | Node::Map { item } => {
            let mut i = 0;
            while i < names.below.len() {
                let counts =
                    matches!(node, Node::Map { .. }) || matches!(names.below[i].component, Component::Indices(_));
                if counts && any_present(item, Some(&names.below[i].names)) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Node::Choice { variants, .. } => {
            let mut i = 0;
            while i < variants.len() {
                if any_present(&variants[i].node, place) {
                    return true;
                }
                i += 1;
            }
            false
        }
    }
}

const fn field_present(field: &'static Field, names: &'static LockTree) -> bool {
    let own = if field.flatten { Some(names) } else { names.at(field.name) };
    if let Some(layout) = field.composed() {
        return any_source(layout, Some(names), own);
    }
    if any_present(field.node, own) {
        return true;
    }
    let mut i = 0;
    while !field.flatten && i < field.aliases.len() {
        if any_present(field.node, names.at(field.aliases[i])) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether the lock has any of a parameter's sources.
pub(super) const fn any_source(
    layout: &'static Layout,
    sources_in: Option<&'static LockTree>,
    own: Option<&'static LockTree>,
) -> bool {
    let mut number = 0;
    while let Ok(name) = layout.nth_name(number) {
        number += 1;
        let found = match name {
            None => is_there(own),
            Some(name) => match around_index(name) {
                None => is_there(below(sources_in, name)),
                Some((before, rest)) => any_item(below(sources_in, before), rest),
            },
        };
        if found {
            return true;
        }
    }
    false
}

const fn is_there(place: Option<&'static LockTree>) -> bool {
    matches!(place, Some(LockTree { tensor: Some(_), .. }))
}

const fn any_item(list: Option<&'static LockTree>, rest: &str) -> bool {
    let mut i = 0;
    while let Some(list) = list
        && i < list.below.len()
    {
        if matches!(list.below[i].component, Component::Indices(_)) && is_there(list.below[i].names.at(rest)) {
            return true;
        }
        i += 1;
    }
    false
}
