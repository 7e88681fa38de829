//! Finds two parameters with the same path, in `const` evaluation. `flatten`, generics, and names with dots can cause this.

use super::dims::Len;
use super::frame::SourceTensor;
use super::items::{are_shared, is_item_of};
use super::layout::Layout;
use super::node::{Field, Node, Spec};
use super::sources::NthSource;
use super::stem::{Alias, Stem};
use super::text::{Text, index, same, split};
use super::value::Known;
use super::wanted::Wanted;

type Path = Text<256>;

/// Two parameters that collide: they have the same path, or a map takes every name below it. A parameter may have others below its
/// own name, as `weight` has `weight.absmax`.
#[derive(Clone, Copy)]
pub(crate) struct Collision {
    path: Path,
    other: Path,
    /// The names of the two fields.
    fields: [Alias; 2],
    /// Whether both take a part of the tensor at this path.
    are_slices: bool,
    /// Whether one is an item of the list that the other is.
    is_item: bool,
}

impl Collision {
    /// The message, with the remedy.
    pub(crate) const fn message(&self) -> Text<1024> {
        let text = Text::new();
        let [first, second] = [shown(self.fields[0]), shown(self.fields[1])];
        let (first, second) = (first.as_str(), second.as_str());
        if self.are_slices {
            let text = text.push("`").push(first).push("` and `").push(second).push("` take parts of `");
            let text = text.push(self.path.as_str());
            return text.push(
                "` that overlap, or that are cut along different dims; cut it along one dim, and begin each part where the one before it ends",
            );
        }
        let text = if same(self.path.as_str(), self.other.as_str()) {
            let text = text.push("two parameters of this module have the path `").push(self.path.as_str());
            text.push("`, in the fields `").push(first).push("` and `").push(second).push("`")
        } else {
            text.push("`")
                .push(self.path.as_str())
                .push("` is a map, which takes every name below it, so `")
                .push(self.other.as_str())
                .push("` cannot be another field's (the fields are `")
                .push(first)
                .push("` and `")
                .push(second)
                .push("`)")
        };
        if self.is_item {
            return text.push("; say with `items` which items of the list each of the two holds");
        }
        text.push("; give one of the fields another name with `rename`, or do not flatten it")
    }
}

/// In place of the fields that collide, until they are known.
const NO_FIELDS: [Alias; 2] = [Alias { name: "", stem: Stem::BARE }; 2];

/// A field's name as it is declared, also if paths do not have it.
const fn own_name(field: &Field) -> Alias {
    let stem = match field.attributes {
        Some(attributes) => attributes.stem,
        None => Stem::BARE,
    };
    Alias { name: field.name, stem }
}

/// A field's name in a message: `blocks.block_{}`.
const fn shown(name: Alias) -> Path {
    name.push_to(Text::new())
}

/// The first collision among these pairs of fields of one struct. Collisions inside of a field were found when its own node was
/// made.
pub(crate) const fn collision(fields: &'static [Field], pairs: &[(usize, usize)]) -> Option<Collision> {
    let mut i = 0;
    while i < pairs.len() {
        let (one, other) = pairs[i];
        // a pair of a field and itself means all other fields
        let (mut k, end) = if one == other { (0, fields.len()) } else { (other, other + 1) };
        while k < end {
            let (first, second) = if one < k { (&fields[one], &fields[k]) } else { (&fields[k], &fields[one]) };
            let mut found = None;
            if k != one {
                found = between(first, second, ComparedNames::InAFile);
            }
            // a parameter with a layout also has a path of its own
            if k != one && found.is_none() {
                found = between(first, second, ComparedNames::Paths);
            }
            if found.is_some() {
                return found;
            }
            k += 1;
        }
        i += 1;
    }
    None
}

/// Which names are compared.
#[derive(Clone, Copy)]
enum ComparedNames {
    /// The names that tensors may have in a file.
    InAFile,
    /// The paths of the parameters.
    Paths,
}

/// Compares every name of one field with every name of another.
const fn between(a: &'static Field, b: &'static Field, names: ComparedNames) -> Option<Collision> {
    // what holds items of one list is kept apart by the order
    if are_shared(a, b) {
        return None;
    }
    let mut i = 0;
    while let Some(x) = side(a, i, names) {
        let mut j = 0;
        while let Some(y) = side(b, j, names) {
            if let Some(found) = meet(Text::new(), x, y) {
                return Some(Collision { fields: [own_name(a), own_name(b)], is_item: is_item_of(a, b), ..found });
            }
            j += 1;
        }
        i += 1;
    }
    None
}

/// A node, and the rest of the name that leads to it.
#[derive(Clone, Copy)]
struct NamedNode {
    name: &'static str,
    node: &'static Node,
    spec: Spec,
    /// The number of the source tensor, if the parameter has a layout.
    source: usize,
    /// Whether the name is in a layout. A `{}` in it stands for any index; in any other it is what it says.
    is_source: bool,
    names: ComparedNames,
}

/// A field under one of its names: its own (0), an alias (1, …), or a name in its layout.
const fn side(field: &'static Field, which: usize, names: ComparedNames) -> Option<NamedNode> {
    let composed = match names {
        ComparedNames::InAFile => field.composed(),
        ComparedNames::Paths if which > 0 => return None,
        ComparedNames::Paths => None,
    };
    let spec = field.spec_in(Spec::NONE);
    let name = match (composed, field.nth_name(which)) {
        (Some(layout), _) => match layout.nth_name(which) {
            Ok(Some(name)) => name,
            Ok(None) => field.name,
            Err(_) => return None,
        },
        (None, None) => return None,
        (None, Some(_)) if field.flatten && which == 0 => "",
        (None, Some(Alias { name, stem })) => {
            return Some(NamedNode {
                name,
                node: field.node,
                spec: Spec { stem, ..spec },
                source: 0,
                is_source: false,
                names,
            });
        }
    };
    let is_source = composed.is_some();
    let source = if is_source { which } else { 0 };
    Some(NamedNode { name, node: field.node, spec, source, is_source, names })
}

/// Whether two names begin with the same component, or one with an index and the other with what stands for any index.
const fn begin_alike(a: NamedNode, b: NamedNode) -> bool {
    let (first, other) = (split(a.name).0, split(b.name).0);
    same(first, other) || (is_any_index(a) && index(other).is_some()) || (is_any_index(b) && index(first).is_some())
}

/// Whether a name begins with what stands for any index.
const fn is_any_index(node: NamedNode) -> bool {
    node.is_source && same(split(node.name).0, Layout::INDEX)
}

const fn meet(path: Path, a: NamedNode, b: NamedNode) -> Option<Collision> {
    match (a.name.is_empty(), b.name.is_empty()) {
        (false, false) => {
            if !begin_alike(a, b) {
                return None;
            }
            let ((first, a_rest), (_, b_rest)) = (split(a.name), split(b.name));
            meet(path.push_component(first), NamedNode { name: a_rest, ..a }, NamedNode { name: b_rest, ..b })
        }
        (true, _) => below(path, a, b),
        (false, true) => below(path, b, a),
    }
}

/// Compares `a`, which is at this path, with `b`, which is here or below.
const fn below(path: Path, a: NamedNode, b: NamedNode) -> Option<Collision> {
    match a.node {
        Node::Optional { item } => below(path, NamedNode { node: item, ..a }, b),
        Node::Struct { fields, .. } => {
            let mut i = 0;
            while i < fields.len() {
                let mut which = 0;
                while let Some(field) = side(&fields[i], which, a.names) {
                    let found = meet(path, field, b);
                    if found.is_some() {
                        return found;
                    }
                    which += 1;
                }
                i += 1;
            }
            None
        }
        Node::Parameter(_) => match (b.name.is_empty(), b.node) {
            (true, Node::Parameter(_)) if are_apart(a, b) => None,
            (true, Node::Parameter(_)) => {
                let are_slices = slice(a).is_some() && slice(b).is_some();
                Some(Collision { path, other: path, fields: NO_FIELDS, are_slices, is_item: false })
            }
            (true, Node::Optional { .. } | Node::Struct { .. } | Node::Choice { .. }) => below(path, b, a),
            // its names lie below, and so do those of lists and maps
            _ => None,
        },
        // a map takes every name below it
        Node::Map { .. } => match (b.name.is_empty(), b.node) {
            (true, Node::Parameter(_)) => None,
            (true, Node::Optional { .. } | Node::Struct { .. } | Node::Choice { .. }) => below(path, b, a),
            _ => match first_parameter(path, b) {
                Some(other) => Some(Collision { path, other, fields: NO_FIELDS, are_slices: false, is_item: false }),
                None => None,
            },
        },
        Node::Choice { variants, .. } => {
            let mut i = 0;
            while i < variants.len() {
                let found = below(path, NamedNode { node: &variants[i].node, ..a }, b);
                if found.is_some() {
                    return found;
                }
                i += 1;
            }
            None
        }
        Node::List { item, len } => {
            let len = match a.spec.len {
                Some(len) => len,
                None => *len,
            };
            let inner = NamedNode { name: "", node: item, spec: a.spec.item(), ..a };
            if b.name.is_empty() {
                return match b.node {
                    // both lists have an item 0, if they have any
                    Node::List { item: other, .. } => match len {
                        Len::Is(0) => None,
                        _ if !a.spec.stem.is(b.spec.stem)
                            || are_behind(a.spec, b.spec)
                            || are_behind(b.spec, a.spec) =>
                        {
                            None
                        }
                        _ => {
                            let other = NamedNode { name: "", node: other, spec: b.spec.item(), ..b };
                            meet(a.spec.stem.push_to(path.push_component(""), 0), inner, other)
                        }
                    },
                    Node::Parameter(_) => None,
                    _ => below(path, b, a),
                };
            }
            let (first, rest) = split(b.name);
            let number = match is_any_index(b) {
                true if a.spec.stem.is_bare() => Some(0),
                true => None,
                false => a.spec.stem.index(first),
            };
            match (number, len) {
                (None, _) => None,
                (Some(i), _) if !may_hold(a.spec, i) => None,
                (Some(i), Len::Is(len)) if a.spec.items.is_none() && i >= len => None,
                (Some(_), _) => meet(path.push_component(first), inner, NamedNode { name: rest, ..b }),
            }
        }
    }
}

/// Whether a list may hold the item with this index.
const fn may_hold(spec: Spec, index: usize) -> bool {
    let Some(items) = spec.items else { return true };
    let (environment, known) = (&spec.environment, Known::NONE);
    match (items.first(environment, known), items.end(environment, known)) {
        (Some(first), _) if index < first => false,
        (_, Some(end)) if index >= end => false,
        _ => true,
    }
}

/// Whether the items of a list are all behind those of another.
const fn are_behind(spec: Spec, other: Spec) -> bool {
    match (spec.items, other.items) {
        (Some(items), Some(before)) => {
            match (items.first(&spec.environment, Known::NONE), before.end(&other.environment, Known::NONE)) {
                (Some(first), Some(end)) => first >= end,
                _ => false,
            }
        }
        _ => false,
    }
}

/// The path of the first parameter of `side`, if it has any.
const fn first_parameter(path: Path, side: NamedNode) -> Option<Path> {
    let path = if side.name.is_empty() { path } else { path.push_component(side.name) };
    match side.node {
        Node::Parameter(_) | Node::Map { .. } => Some(path),
        Node::Optional { item } => first_parameter(path, NamedNode { name: "", node: item, ..side }),
        Node::List { item, .. } => {
            let path = side.spec.stem.push_to(path.push_component(""), 0);
            first_parameter(path, NamedNode { name: "", node: item, spec: side.spec.item(), ..side })
        }
        Node::Choice { variants, .. } => {
            let mut i = 0;
            while i < variants.len() {
                let found = first_parameter(path, NamedNode { name: "", node: &variants[i].node, ..side });
                if found.is_some() {
                    return found;
                }
                i += 1;
            }
            None
        }
        Node::Struct { fields, .. } => {
            let mut i = 0;
            while i < fields.len() {
                if let Some(field) = self::side(&fields[i], 0, side.names) {
                    let found = first_parameter(path, field);
                    if found.is_some() {
                        return found;
                    }
                }
                i += 1;
            }
            None
        }
    }
}

/// Whether both take parts of one tensor that do not overlap.
const fn are_apart(a: NamedNode, b: NamedNode) -> bool {
    let (Some(x), Some(y)) = (slice(a), slice(b)) else { return false };
    let (Some(i), Some(j)) = (x.frame.sliced(), y.frame.sliced()) else { return false };
    if i != j || x.frame.rank() != y.frame.rank() {
        return false;
    }
    // only a load knows where they begin
    if x.open.is_some() || y.open.is_some() {
        return true;
    }
    let (x, y) = (x.frame.side(i).taken(), y.frame.side(j).taken());
    x.1 <= y.0 || y.1 <= x.0
}

/// The part of a tensor that the parameter at this path takes.
const fn slice(side: NamedNode) -> Option<SourceTensor> {
    let node = match side.node {
        Node::Optional { item } => item,
        node => node,
    };
    match (node, side.spec.from, side.name.is_empty()) {
        (Node::Parameter(leaf), Some(layout), true) if matches!(side.names, ComparedNames::InAFile) => {
            match layout.source(&Wanted { spec: side.spec, leaf }, Known::NONE, side.source) {
                NthSource::Found(source) if source.frame.sliced().is_some() => Some(source),
                _ => None,
            }
        }
        _ => None,
    }
}
