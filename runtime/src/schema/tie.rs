//! Checks that the path that a field is tied to exists, and that both sides are alike. This runs in `const` evaluation, where
//! the struct is defined.

use weighbridge_checkpoint::DType;

use super::dims::{Dim, Len};
use super::node::{Field, Node, Spec};
use super::text::{Text, index, same, split};
use super::wanted::Wanted;

/// Why a field cannot be tied.
pub(crate) type TieProblem = Text<768>;

/// A place in the schema, with the attributes that apply to it.
#[derive(Clone, Copy)]
struct NodeInSpec {
    node: &'static Node,
    spec: Spec,
}

/// The first of the fields that is tied to something that does not exist, or that differs from it.
pub(crate) const fn problem(fields: &'static [Field]) -> Option<TieProblem> {
    let mut i = 0;
    while i < fields.len() {
        if let Some(path) = fields[i].tied {
            let place = NodeInSpec { node: fields[i].node, spec: fields[i].spec_in(Spec::NONE) };
            let found = match locate(fields, Spec::NONE, path, is_parameter(place.node)) {
                Some(Ok(target)) => differ(place, target, Text::new()),
                Some(Err(why)) => Some(why),
                None => Some(
                    Text::new().push("but this module has no such path; check the spelling, and begin at this module"),
                ),
            };
            if let Some(why) = found {
                let text = Text::new().push("`").push(fields[i].name).push("` is tied to `").push(path).push("`, ");
                return Some(text.push(why.as_str()));
            }
        }
        i += 1;
    }
    None
}

/// Whether a node is one tensor, and so may have the name of a module beside it.
const fn is_parameter(node: &Node) -> bool {
    matches!(node, Node::Parameter(_))
}

/// Whether a field could be tied to a path of its struct.
pub(crate) fn may_be_tied(fields: &'static [Field], field: &Field, path: &str) -> bool {
    let place = NodeInSpec { node: field.node, spec: field.spec_in(Spec::NONE) };
    match locate(fields, Spec::NONE, path, is_parameter(field.node)) {
        Some(Ok(target)) => field.tied.is_none() && differ(place, target, Text::new()).is_none(),
        _ => false,
    }
}

/// The parameter at a path of a struct, if another can be tied to it.
pub(crate) fn target(fields: &'static [Field], path: &str) -> Option<Wanted> {
    match locate(fields, Spec::NONE, path, true)? {
        Ok(NodeInSpec { node: Node::Parameter(leaf), spec }) => Some(Wanted { spec, leaf }),
        _ => None,
    }
}

/// What is at a path, or why nothing can be tied to it; `None` if there is nothing. Of a parameter and a module at this path, it is the
/// one that is wanted.
const fn locate(
    fields: &'static [Field],
    outer: Spec,
    path: &str,
    wants_parameter: bool,
) -> Option<Result<NodeInSpec, TieProblem>> {
    let (mut other, mut i) = (None, 0);
    while i < fields.len() {
        let field = &fields[i];
        let (mut name, mut rest, mut is_here) = (field.name, path, true);
        if field.flatten {
            name = "";
        }
        while !name.is_empty() && is_here {
            let ((first, others), (wanted, below)) = (split(name), split(rest));
            is_here = !rest.is_empty() && same(first, wanted);
            name = others;
            rest = below;
        }
        if is_here {
            let found = descend(NodeInSpec { node: field.node, spec: field.spec_in(outer) }, rest, wants_parameter);
            match found {
                Some(Ok(place)) if other.is_none() && is_parameter(place.node) != wants_parameter => other = found,
                Some(Ok(_)) if field.tied.is_some() => {
                    return Some(Err(Text::new().push("which is tied itself; tie both to the same parameter")));
                }
                // another field may have the path
                None => {}
                found => return found,
            }
        }
        i += 1;
    }
    other
}

/// What is at `rest` below a place; `None` if there is nothing.
const fn descend(place: NodeInSpec, rest: &str, wants_parameter: bool) -> Option<Result<NodeInSpec, TieProblem>> {
    if rest.is_empty() {
        return Some(Ok(place));
    }
    match place.node {
        Node::Struct { fields, .. } => locate(fields, place.spec, rest, wants_parameter),
        Node::List { item, len } => {
            let (first, below) = split(rest);
            let len = match place.spec.len {
                Some(len) => len,
                None => *len,
            };
            match (index(first), len) {
                (Some(i), Len::Is(len)) if i < len => {
                    descend(NodeInSpec { node: item, spec: place.spec.item() }, below, wants_parameter)
                }
                (Some(_), Len::Named(_) | Len::FromFile) => {
                    Some(Err(sometimes("in a list whose length the file decides")))
                }
                _ => None,
            }
        }
        Node::Map { .. } => Some(Err(sometimes("in a map"))),
        Node::Optional { .. } => Some(Err(sometimes("in an `Option`"))),
        Node::Choice { .. } => Some(Err(sometimes("in an enum"))),
        Node::Parameter(_) => None,
    }
}

const fn sometimes(place: &str) -> TieProblem {
    Text::new()
        .push("which is ")
        .push(place)
        .push(" and so not in every file; tie it to a parameter that always exists")
}

/// How two places differ; `None` if one can replace the other.
const fn differ(a: NodeInSpec, b: NodeInSpec, below: Text<256>) -> Option<TieProblem> {
    match (a.node, b.node) {
        (Node::Parameter(x), Node::Parameter(y)) => {
            let (x, y) = (Wanted { spec: a.spec, leaf: x }, Wanted { spec: b.spec, leaf: y });
            if !same_shape(&x, &y) {
                return Some(another("shape", below));
            }
            if same_dtypes(&x, &y) { None } else { Some(another("dtype", below)) }
        }
        (Node::List { item, len }, Node::List { item: other, len: other_len }) => {
            match (length(a.spec, *len), length(b.spec, *other_len)) {
                (Len::Is(x), Len::Is(y)) if x == y => {
                    let (a, b) = (
                        NodeInSpec { node: item, spec: a.spec.item() },
                        NodeInSpec { node: other, spec: b.spec.item() },
                    );
                    differ(a, b, below)
                }
                _ => Some(another("length", below)),
            }
        }
        (Node::Struct { fields, .. }, Node::Struct { fields: others, .. }) => {
            let mut i = 0;
            while i < fields.len() {
                let field = &fields[i];
                let place = NodeInSpec { node: field.node, spec: field.spec_in(a.spec) };
                let found = if field.tied.is_some() {
                    Some(Text::new().push("but it has ties of its own; tie its fields one by one"))
                } else if field.flatten {
                    differ(place, b, below)
                } else {
                    let below = below.push_component(field.name);
                    match locate(others, b.spec, field.name, is_parameter(place.node)) {
                        Some(Ok(other)) => differ(place, other, below),
                        Some(Err(why)) => Some(why),
                        None => Some(
                            Text::new()
                                .push("which has no `")
                                .push(below.as_str())
                                .push("`; tie the fields that both have"),
                        ),
                    }
                };
                if found.is_some() {
                    return found;
                }
                i += 1;
            }
            None
        }
        (Node::Optional { .. } | Node::Map { .. } | Node::Choice { .. }, _) => Some(
            Text::new().push("but it is an `Option`, a map or an enum itself; make it the type that it is tied to"),
        ),
        (_, Node::Optional { .. } | Node::Map { .. } | Node::Choice { .. }) => {
            Some(sometimes("an `Option`, a map or an enum"))
        }
        _ => Some(Text::new().push("which is something else; tie a parameter to a parameter, a module to a module")),
    }
}

const fn another(what: &str, below: Text<256>) -> TieProblem {
    let text = Text::new().push("which has a different ").push(what);
    let text = if below.as_str().is_empty() { text } else { text.push(" in `").push(below.as_str()).push("`") };
    text.push("; tied parameters are one tensor, so declare both alike")
}

const fn length(spec: Spec, len: Len) -> Len {
    match spec.len {
        Some(len) => len,
        None => len,
    }
}

const fn same_shape(a: &Wanted, b: &Wanted) -> bool {
    match (a.rank(), b.rank()) {
        (Some(rank), Some(other)) if rank == other => {
            let mut i = 0;
            while i < rank {
                let same = match (a.dim(i), b.dim(i)) {
                    (Dim::Is(x), Dim::Is(y)) => x == y,
                    (Dim::Named(x), Dim::Named(y)) => same(x, y),
                    (Dim::Any, Dim::Any) => true,
                    _ => false,
                };
                if !same {
                    return false;
                }
                i += 1;
            }
            true
        }
        (None, None) => true,
        _ => false,
    }
}

const fn same_dtypes(a: &Wanted, b: &Wanted) -> bool {
    all_in(a.dtypes(), b.dtypes()) && all_in(b.dtypes(), a.dtypes()) && same_set(a.leaf.dtypes, b.leaf.dtypes)
}

/// The same dtypes, or any for both.
const fn same_set(a: &[DType], b: &[DType]) -> bool {
    a.is_empty() == b.is_empty() && all_in(a, b) && all_in(b, a)
}

const fn all_in(some: &[DType], others: &[DType]) -> bool {
    let mut i = 0;
    while i < some.len() {
        let (mut k, mut found) = (0, false);
        while k < others.len() {
            found = found || some[i] as u8 == others[k] as u8;
            k += 1;
        }
        if !found {
            return false;
        }
        i += 1;
    }
    true
}
