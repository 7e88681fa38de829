//! Two parameters of one path, found in `const` evaluation: through `flatten`, through generics, through names with
//! dots in them.

use super::query::{index, same, split};
use super::{Field, Len, Node, Spec, Text};

type Path = Text<256>;

/// Two parameters of which one is in the other's way: they have one path, or the one lies below the other.
#[derive(Clone, Copy)]
pub(crate) struct Collision {
    path: Path,
    other: Path,
}

impl Collision {
    /// What is wrong and what to do about it.
    pub(crate) const fn message(&self) -> Text<768> {
        let text = Text::new();
        let text = if same(self.path.as_str(), self.other.as_str()) {
            text.push("two parameters of this module have the path `").push(self.path.as_str()).push("`")
        } else {
            text.push("`")
                .push(self.path.as_str())
                .push("` is a parameter, or a map, so that `")
                .push(self.other.as_str())
                .push("` cannot lie below it")
        };
        text.push("; give one of the fields another name with `rename`, or do not flatten it")
    }
}

/// The first collision among the fields of one struct. Their own structs were looked at when those nodes were made.
pub(crate) const fn collision(fields: &'static [Field]) -> Option<Collision> {
    let mut i = 0;
    while i < fields.len() {
        let mut j = i + 1;
        while j < fields.len() {
            let found = between(&fields[i], &fields[j]);
            if found.is_some() {
                return found;
            }
            j += 1;
        }
        i += 1;
    }
    None
}

/// Every name of the one with every name of the other.
const fn between(a: &'static Field, b: &'static Field) -> Option<Collision> {
    let mut i = 0;
    while i <= a.aliases.len() {
        let mut j = 0;
        while j <= b.aliases.len() {
            let found = meet(Text::new(), side(a, i), side(b, j));
            if found.is_some() {
                return found;
            }
            j += 1;
        }
        i += 1;
    }
    None
}

/// A part of the tree, below the components of a name that are still to be walked.
#[derive(Clone, Copy)]
struct Side {
    name: &'static str,
    node: &'static Node,
    spec: Spec,
}

/// A field under its name (0) or one of its aliases (1, …).
const fn side(field: &'static Field, which: usize) -> Side {
    let name = if field.flatten {
        ""
    } else if which == 0 {
        field.name
    } else {
        field.aliases[which - 1]
    };
    Side { name, node: field.node, spec: field.spec_in(Spec::NONE) }
}

const fn meet(path: Path, a: Side, b: Side) -> Option<Collision> {
    match (a.name.is_empty(), b.name.is_empty()) {
        (false, false) => {
            let ((first, a_rest), (other, b_rest)) = (split(a.name), split(b.name));
            if !same(first, other) {
                return None;
            }
            meet(path.push_component(first), Side { name: a_rest, ..a }, Side { name: b_rest, ..b })
        }
        (true, _) => below(path, a, b),
        (false, true) => below(path, b, a),
    }
}

/// `a` stands at this very path, `b` here or further down.
const fn below(path: Path, a: Side, b: Side) -> Option<Collision> {
    match a.node {
        Node::Optional { item } => below(path, Side { node: item, ..a }, b),
        Node::Struct { fields, .. } => {
            let mut i = 0;
            while i < fields.len() {
                let mut which = 0;
                while which <= fields[i].aliases.len() {
                    let found = meet(path, side(&fields[i], which), b);
                    if found.is_some() {
                        return found;
                    }
                    which += 1;
                }
                i += 1;
            }
            None
        }
        // a parameter, or a map, which takes every name: whatever `b` has here or below is in its way
        Node::Parameter(_) | Node::Map { .. } => match first_parameter(path, b) {
            Some(other) => Some(Collision { path, other }),
            None => None,
        },
        Node::List { item, len } => {
            let len = match a.spec.len {
                Some(len) => len,
                None => *len,
            };
            let inner = Side { name: "", node: item, spec: a.spec.item() };
            if b.name.is_empty() {
                return match b.node {
                    // both lists have an item 0, or none
                    Node::List { item: other, .. } => match len {
                        Len::Is(0) => None,
                        _ => {
                            let other = Side { name: "", node: other, spec: b.spec.item() };
                            meet(path.push_component("0"), inner, other)
                        }
                    },
                    _ => below(path, b, a),
                };
            }
            let (first, rest) = split(b.name);
            match (index(first), len) {
                (None, _) => None,
                (Some(i), Len::Is(len)) if i >= len => None,
                (Some(_), _) => meet(path.push_component(first), inner, Side { name: rest, ..b }),
            }
        }
    }
}

/// The path of the first parameter that `side` has, if it has any.
const fn first_parameter(path: Path, side: Side) -> Option<Path> {
    let path = if side.name.is_empty() { path } else { path.push_component(side.name) };
    match side.node {
        Node::Parameter(_) | Node::Map { .. } => Some(path),
        Node::Optional { item } => first_parameter(path, Side { name: "", node: item, spec: side.spec }),
        Node::List { item, .. } => {
            first_parameter(path.push_component("0"), Side { name: "", node: item, spec: side.spec })
        }
        Node::Struct { fields, .. } => {
            let mut i = 0;
            while i < fields.len() {
                let found = first_parameter(path, self::side(&fields[i], 0));
                if found.is_some() {
                    return found;
                }
                i += 1;
            }
            None
        }
    }
}
