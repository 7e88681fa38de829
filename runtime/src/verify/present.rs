//! Whether anything of a part is there, which decides whether an optional one is.

use super::names::{Component, Names, below};
use crate::schema::{Field, Layout, Node};

/// Whether any tensor of this part is there.
pub(super) const fn any_present(node: &'static Node, place: Option<&'static Names>) -> bool {
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

const fn field_present(field: &'static Field, names: &'static Names) -> bool {
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

/// Whether any source is there.
pub(super) const fn any_source(
    layout: &'static Layout,
    beside: Option<&'static Names>,
    own: Option<&'static Names>,
) -> bool {
    let mut number = 0;
    while let Ok(name) = layout.nth_name(number) {
        number += 1;
        let found = match name {
            None => is_there(own),
            Some(name) => match super::compose::around_index(name) {
                None => is_there(below(beside, name)),
                Some((before, rest)) => any_item(below(beside, before), rest),
            },
        };
        if found {
            return true;
        }
    }
    false
}

const fn is_there(place: Option<&'static Names>) -> bool {
    matches!(place, Some(Names { tensor: Some(_), .. }))
}

const fn any_item(list: Option<&'static Names>, rest: &str) -> bool {
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

/// How many items of a list have a tensor under a name.
pub(super) const fn count_with(list: &'static Names, rest: &str) -> usize {
    let (mut count, mut i) = (0, 0);
    while i < list.below.len() {
        if let Component::Indices(runs) = list.below[i].component
            && list.below[i].names.at(rest).is_some()
        {
            let mut k = 0;
            while k < runs.len() {
                count = (runs[k].1 - runs[k].0).saturating_add(1).saturating_add(count);
                k += 1;
            }
        }
        i += 1;
    }
    count
}
