//! Two parameters of one path, found in `const` evaluation: through `flatten`, through generics, through names with
//! dots in them.

use super::frame::Source;
use super::layout::{Layout, Nth};
use super::query::{index, same, split};
use super::{Field, Len, Node, Spec, Text, Wanted};

type Path = Text<256>;

/// Two parameters of which one is in the other's way: they have one path, or the one lies below the other.
#[derive(Clone, Copy)]
pub(crate) struct Collision {
    path: Path,
    other: Path,
    /// The names of the two fields that have them.
    fields: [&'static str; 2],
    /// Both take a part of the tensor at this path.
    are_slices: bool,
}

impl Collision {
    /// What is wrong and what to do about it.
    pub(crate) const fn message(&self) -> Text<1024> {
        let text = Text::new();
        let [first, second] = self.fields;
        if self.are_slices {
            let text = text.push("`").push(first).push("` and `").push(second).push("` take parts of `");
            let text = text.push(self.path.as_str());
            return text.push(
                "` that overlap, or that are cut along different dimensions; cut it along one, and let each part begin where the one before it ends",
            );
        }
        let text = if same(self.path.as_str(), self.other.as_str()) {
            let text = text.push("two parameters of this module have the path `").push(self.path.as_str());
            text.push("`, in the fields `").push(first).push("` and `").push(second).push("`")
        } else {
            text.push("`")
                .push(self.path.as_str())
                .push("` is a parameter, or a map, so that `")
                .push(self.other.as_str())
                .push("` cannot lie below it (the fields are `")
                .push(first)
                .push("` and `")
                .push(second)
                .push("`)")
        };
        text.push("; give one of the fields another name with `rename`, or do not flatten it")
    }
}

/// The first collision among the fields of one struct. Their own structs were looked at when those nodes were made.
pub(crate) const fn collision(fields: &'static [Field]) -> Option<Collision> {
    let (mut marks, mut i) = ([0; MARKED], 0);
    while i < fields.len() && i < MARKED {
        marks[i] = mark(&fields[i]);
        i += 1;
    }
    i = 0;
    while i < fields.len() {
        let mut j = i + 1;
        while j < fields.len() {
            if j < MARKED && marks[i] != marks[j] && marks[i] != 0 && marks[j] != 0 {
                j += 1;
                continue;
            }
            let found = between(&fields[i], &fields[j], Names::InAFile);
            if found.is_some() {
                return found;
            }
            // what is made from other tensors has a path of its own too
            let found = between(&fields[i], &fields[j], Names::Paths);
            if found.is_some() {
                return found;
            }
            j += 1;
        }
        i += 1;
    }
    None
}

/// Fields that are told apart by a number before their names are compared; further ones are compared at once.
const MARKED: usize = 256;

/// A number of the first component of a field that has one name, its own; 0 if there is more to compare. The interpreter of
/// the compiler takes seconds to compare the names of 100 fields, each with each.
const fn mark(field: &'static Field) -> u64 {
    let name = field.name.as_bytes();
    if field.flatten || !field.aliases.is_empty() || field.composed().is_some() || name.is_empty() || name[0] == b'{' {
        return 0;
    }
    let (mut mark, mut i) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while i < name.len() && name[i] != b'.' {
        mark = (mark ^ name[i] as u64).wrapping_mul(0x100_0000_01b3);
        i += 1;
    }
    mark | 1
}

/// Which names are compared.
#[derive(Clone, Copy)]
enum Names {
    /// Those that tensors may have in a file.
    InAFile,
    /// The parameters' own.
    Paths,
}

/// Every name of the one with every name of the other.
const fn between(a: &'static Field, b: &'static Field, names: Names) -> Option<Collision> {
    let mut i = 0;
    while let Some(x) = side(a, i, names) {
        let mut j = 0;
        while let Some(y) = side(b, j, names) {
            if let Some(found) = meet(Text::new(), x, y) {
                return Some(Collision { fields: [a.name, b.name], ..found });
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
    /// Which of the tensors that a parameter is made from.
    source: usize,
    names: Names,
}

/// A field under its name (0) or one of its aliases (1, …), or under each name that its layout has.
const fn side(field: &'static Field, which: usize, names: Names) -> Option<Side> {
    let composed = match names {
        Names::InAFile => field.composed(),
        Names::Paths if which > 0 => return None,
        Names::Paths => None,
    };
    let name = match composed {
        Some(layout) => match layout.nth_name(which) {
            Ok(Some(name)) => name,
            Ok(None) => field.name,
            Err(_) => return None,
        },
        None if field.flatten && which == 0 => "",
        None if field.flatten || which > field.aliases.len() => return None,
        None if which == 0 => field.name,
        None => field.aliases[which - 1],
    };
    let source = if composed.is_some() { which } else { 0 };
    Some(Side { name, node: field.node, spec: field.spec_in(Spec::NONE), source, names })
}

/// The index that counts the tensors of one name, or an index that it may be.
const fn matches(a: &str, b: &str) -> bool {
    same(a, b) || (same(a, Layout::INDEX) && index(b).is_some()) || (same(b, Layout::INDEX) && index(a).is_some())
}

const fn meet(path: Path, a: Side, b: Side) -> Option<Collision> {
    match (a.name.is_empty(), b.name.is_empty()) {
        (false, false) => {
            let ((first, a_rest), (other, b_rest)) = (split(a.name), split(b.name));
            if !matches(first, other) {
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
        // a parameter, or a map, which takes every name: whatever `b` has here or below is in its way
        Node::Parameter(_) | Node::Map { .. } => match first_parameter(path, b) {
            Some(_) if are_apart(a, b) => None,
            Some(other) => {
                Some(Collision { path, other, fields: [""; 2], are_slices: slice(a).is_some() && slice(b).is_some() })
            }
            None => None,
        },
        Node::Choice { variants, .. } => {
            let mut i = 0;
            while i < variants.len() {
                let found = below(path, Side { node: &variants[i].node, ..a }, b);
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
            let inner = Side { name: "", node: item, spec: a.spec.item(), ..a };
            if b.name.is_empty() {
                return match b.node {
                    // both lists have an item 0, or none
                    Node::List { item: other, .. } => match len {
                        Len::Is(0) => None,
                        _ => {
                            let other = Side { name: "", node: other, spec: b.spec.item(), ..b };
                            meet(path.push_component("0"), inner, other)
                        }
                    },
                    _ => below(path, b, a),
                };
            }
            let (first, rest) = split(b.name);
            let number = if same(first, Layout::INDEX) { Some(0) } else { index(first) };
            match (number, len) {
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
        Node::Optional { item } => first_parameter(path, Side { name: "", node: item, ..side }),
        Node::List { item, .. } => first_parameter(path.push_component("0"), Side { name: "", node: item, ..side }),
        Node::Choice { variants, .. } => {
            let mut i = 0;
            while i < variants.len() {
                let found = first_parameter(path, Side { name: "", node: &variants[i].node, ..side });
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

/// Whether both take parts of one tensor, and not the same ones.
const fn are_apart(a: Side, b: Side) -> bool {
    let (Some(x), Some(y)) = (slice(a), slice(b)) else { return false };
    let (Some(i), Some(j)) = (x.frame.sliced(), y.frame.sliced()) else { return false };
    if i != j || x.frame.rank() != y.frame.rank() {
        return false;
    }
    let (x, y) = (x.frame.side(i).taken(), y.frame.side(j).taken());
    x.1 <= y.0 || y.1 <= x.0
}

/// The part of a tensor that a parameter takes, which stands at this very path.
const fn slice(side: Side) -> Option<Source> {
    let node = match side.node {
        Node::Optional { item } => item,
        node => node,
    };
    match (node, side.spec.from, side.name.is_empty()) {
        (Node::Parameter(leaf), Some(layout), true) if matches!(side.names, Names::InAFile) => {
            match layout.source(&Wanted { spec: side.spec, leaf }, side.source) {
                Nth::Found(source) if source.frame.sliced().is_some() => Some(source),
                _ => None,
            }
        }
        _ => None,
    }
}
