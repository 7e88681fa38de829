//! Checks that the path that a field is tied to exists, and that both sides are alike. This runs in `const` evaluation, where
//! the struct is defined.

use weighbridge_checkpoint::DType;

use super::dims::{DimIn, Len, all_in};
use super::node::{Field, Node, NodeInSpec, Spec};
use super::stem::Stem;
use super::text::{Text, same, split};
use super::value::Known;
use super::wanted::Wanted;

/// Why a field cannot be tied.
pub(crate) type TieProblem = Text<768>;

type Path = Text<256>;

/// Why the field with this number cannot be tied to its path, if it cannot.
pub(crate) const fn problem(fields: &'static [Field], number: usize) -> Option<TieProblem> {
    let field = &fields[number];
    let Some(path) = field.tied else { return None };
    let place = NodeInSpec { node: field.node, spec: field.spec_in(Spec::INSIDE) };
    let text = Text::new().push("`").push(field.name).push("` is tied to `").push(path).push("`, ");
    let why = match locate(fields, Spec::INSIDE, path, is_parameter(place.node)) {
        Some(Ok(target)) => match (differ(place, target, Text::new()), beside(fields, path, place, target)) {
            (Some(_), Some(path)) => {
                let what = if is_parameter(place.node) { "which is a module" } else { "which is a parameter" };
                Some(Text::new().push(what).push("; did you mean `").push(path.as_str()).push("`?"))
            }
            (why, _) => why,
        },
        Some(Err(why)) => Some(why),
        None => Some(absent(nearest(fields, path, place.node))),
    };
    match why {
        Some(why) => Some(text.push(why.as_str())),
        None => None,
    }
}

/// The parameter in a module that was named, or the module of a parameter that was named, if a place is tied to the one but is like the
/// other.
const fn beside(fields: &'static [Field], path: &str, place: NodeInSpec, target: NodeInSpec) -> Option<Path> {
    match (place.node, target.node) {
        (Node::Parameter(_), Node::Struct { fields: inner, declared, .. }) => {
            let (outer, mut i) = (target.spec.enter(*declared), 0);
            while i < inner.len() {
                let field = &inner[i];
                let other = NodeInSpec { node: field.node, spec: field.spec_in(outer) };
                if !field.flatten && is_parameter(field.node) && differ(place, other, Text::new()).is_none() {
                    return Some(Path::new().push(path).push_component(field.name));
                }
                i += 1;
            }
            None
        }
        (Node::Struct { .. }, Node::Parameter(_)) => {
            let mut end = path.len();
            while end > 0 && path.as_bytes()[end - 1] != b'.' {
                end -= 1;
            }
            let above = path.split_at(if end > 0 { end - 1 } else { 0 }).0;
            match locate(fields, Spec::INSIDE, above, false) {
                Some(Ok(other)) if end > 0 && differ(place, other, Text::new()).is_none() => {
                    Some(Path::new().push(above))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

const fn absent(nearest: Option<Path>) -> TieProblem {
    let text = Text::new().push("which this module does not have; ");
    match nearest {
        Some(path) => text.push("did you mean `").push(path.as_str()).push("`?"),
        None => text.push("the path begins at the type that has the field, and has the names of the checkpoint"),
    }
}

/// Whether a node is one tensor, and so may have the name of a module beside it.
const fn is_parameter(node: &Node) -> bool {
    matches!(node, Node::Parameter(_))
}

/// Whether a field could be tied to a path of its struct.
pub(crate) fn may_be_tied(fields: &'static [Field], field: &Field, path: &str) -> bool {
    let place = NodeInSpec { node: field.node, spec: field.spec_in(Spec::INSIDE) };
    match locate(fields, Spec::INSIDE, path, is_parameter(field.node)) {
        Some(Ok(target)) => field.tied.is_none() && differ(place, target, Text::new()).is_none(),
        _ => false,
    }
}

/// The parameter at a path of a struct, if another can be tied to it.
pub(crate) fn target(fields: &'static [Field], path: &str) -> Option<Wanted> {
    match locate(fields, Spec::INSIDE, path, true)? {
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
        Node::Struct { fields, declared, .. } => locate(fields, place.spec.enter(*declared), rest, wants_parameter),
        Node::List { item, len } => {
            let (first, below) = split(rest);
            let len = match place.spec.len {
                Some(len) => len,
                None => *len,
            };
            let (environment, known) = (&place.spec.environment, Known::NONE);
            let (begin, len) = match (place.spec.items, len) {
                (None, len) => (Some(0), len),
                (Some(items), len @ Len::Is(_)) => (items.first(environment, known), len),
                (Some(items), _) => match items.count(environment, known) {
                    Some(count) => (items.first(environment, known), Len::Is(count)),
                    None => (items.first(environment, known), Len::FromFile),
                },
            };
            let index = match (place.spec.stem.index(first), begin) {
                // another field has it
                (Some(index), Some(begin)) if index < begin => None,
                (Some(index), Some(begin)) => Some(index - begin),
                (index, _) => index,
            };
            match (index, len) {
                (Some(i), Len::Is(len)) if i < len => {
                    descend(NodeInSpec { node: item, spec: place.spec.item() }, below, wants_parameter)
                }
                (Some(_), Len::Named(_) | Len::Computed(_) | Len::FromFile) => {
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
    let (a, b) = (a.known(), b.known());
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
        (Node::Struct { fields, declared, .. }, Node::Struct { fields: others, declared: other_declared, .. }) => {
            let (outer, other_outer, mut i) = (a.spec.enter(*declared), b.spec.enter(*other_declared), 0);
            while i < fields.len() {
                let field = &fields[i];
                let place = NodeInSpec { node: field.node, spec: field.spec_in(outer) };
                let is_absent = matches!((place.node, place.spec.says()), (Node::Optional { .. }, Some(false)));
                let found = if is_absent {
                    None
                } else if field.tied.is_some() {
                    Some(Text::new().push("but it has ties of its own; tie its fields one by one"))
                } else if place.spec.items.is_some() {
                    Some(Text::new().push("but several of its fields share a list; tie its fields one by one"))
                } else if !place.spec.stem.is_bare() {
                    match twin(others, other_outer, field.name, place.spec.stem) {
                        Some(other) => differ(place, other, below),
                        None => {
                            let below = below.push_component(field.name).push_component(place.spec.stem.before);
                            let text = Text::new().push("which has no `").push(below.as_str()).push("{}");
                            let text = text.push(place.spec.stem.behind);
                            Some(text.push("`; tie the fields that both have"))
                        }
                    }
                } else if field.flatten {
                    differ(place, b, below)
                } else {
                    let below = below.push_component(field.name);
                    match locate(others, other_outer, field.name, is_parameter(place.node)) {
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

impl NodeInSpec {
    /// What is in an option that is there.
    const fn known(self) -> NodeInSpec {
        match (self.node, self.spec.says()) {
            (Node::Optional { item }, Some(true)) => NodeInSpec { node: item, spec: self.spec.inside() },
            _ => self,
        }
    }
}

/// The list whose items have the same names as those of a field.
const fn twin(fields: &'static [Field], outer: Spec, name: &str, stem: &Stem) -> Option<NodeInSpec> {
    let mut i = 0;
    while i < fields.len() {
        let (field, spec) = (&fields[i], fields[i].spec_in(outer));
        let found = match field.node {
            Node::List { .. } if same(field.name, name) && spec.stem.is(stem) => {
                Some(NodeInSpec { node: field.node, spec })
            }
            Node::Struct { fields, declared, .. } if field.flatten => twin(fields, spec.enter(*declared), name, stem),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        i += 1;
    }
    None
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
                let (x, y) = (DimIn(a.dim(i), &a.spec.environment), DimIn(b.dim(i), &b.spec.environment));
                if !x.is(&y) {
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

/// The path of a place that exists, for one that does not: misspelt, or begun above or below this module.
const fn nearest(fields: &'static [Field], path: &str, node: &'static Node) -> Option<Path> {
    let misspelt = spelled(Path::new(), fields, path);
    if misspelt.is_some() {
        return misspelt;
    }
    let (_, mut rest) = split(path);
    while !rest.is_empty() {
        if is_there(fields, rest, node) {
            return Some(Text::new().push(rest));
        }
        rest = split(rest).1;
    }
    below(Path::new(), fields, path, node)
}

const fn is_there(fields: &'static [Field], path: &str, node: &'static Node) -> bool {
    matches!(locate(fields, Spec::INSIDE, path, is_parameter(node)), Some(Ok(_)))
}

/// The path with each name put right.
const fn spelled(path: Path, fields: &'static [Field], rest: &str) -> Option<Path> {
    // how far the nearest is, its number, and what its name leaves of the path
    let (mut best, mut i) = ((usize::MAX, 0, ""), 0);
    while i < fields.len() {
        // such a field has no name here: one that is flattened, or that is in the configuration
        if fields[i].flatten || fields[i].name.is_empty() {
            i += 1;
            continue;
        }
        let (name, left) = (fields[i].name, after(rest, fields[i].name));
        let written = rest.split_at(rest.len() - left.len() - if left.is_empty() { 0 } else { 1 }).0;
        let distance = distance(written, name);
        let longest = if written.len() > name.len() { written.len() } else { name.len() };
        if fields[i].tied.is_none() && distance * 3 <= longest && distance < best.0 {
            best = (distance, i, left);
        }
        i += 1;
    }
    if best.0 < usize::MAX {
        let (_, number, left) = best;
        let field = &fields[number];
        let place = NodeInSpec { node: field.node, spec: field.spec_in(Spec::INSIDE) };
        return spelled_below(path.push_component(field.name), place, left);
    }
    let mut i = 0;
    while i < fields.len() {
        if let (true, Node::Struct { fields: inner, .. }) = (fields[i].flatten, fields[i].node) {
            let found = spelled(path, inner, rest);
            if found.is_some() {
                return found;
            }
        }
        i += 1;
    }
    None
}

const fn spelled_below(path: Path, place: NodeInSpec, rest: &str) -> Option<Path> {
    if rest.is_empty() {
        return Some(path);
    }
    match place.node {
        Node::Struct { fields, .. } => spelled(path, fields, rest),
        Node::List { item, len } => {
            let (first, rest) = split(rest);
            let inner = NodeInSpec { node: item, spec: place.spec.item() };
            match (place.spec.stem.index(first), length(place.spec, *len)) {
                _ if place.spec.items.is_some() => None,
                (Some(i), Len::Is(len)) if i < len => spelled_below(path.push_component(first), inner, rest),
                // beyond the end of the list, and Python's `-1`
                (_, Len::Is(len)) if len > 0 => {
                    let path = place.spec.stem.push_to(path.push_component(""), len - 1);
                    spelled_below(path, inner, rest)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The first module that has the whole path.
const fn below(path: Path, fields: &'static [Field], wanted: &str, node: &'static Node) -> Option<Path> {
    let mut deeper = None;
    let mut i = 0;
    while i < fields.len() {
        if let (Node::Struct { fields: inner, .. }, None) = (fields[i].node, fields[i].tied) {
            let path = if fields[i].flatten { path } else { path.push_component(fields[i].name) };
            if is_there(inner, wanted, node) {
                return Some(path.push_component(wanted));
            }
            if deeper.is_none() {
                deeper = below(path, inner, wanted, node);
            }
        }
        i += 1;
    }
    deeper
}

/// What is left of a path behind as many components as a name has.
const fn after<'p>(path: &'p str, name: &str) -> &'p str {
    let (mut path, mut name) = (path, name);
    while !name.is_empty() {
        path = split(path).1;
        name = split(name).1;
    }
    path
}

/// How many letters differ: insertions, deletions and replacements.
pub(super) const fn distance(a: &str, b: &str) -> usize {
    const MOST: usize = 64;
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() > MOST || b.len() > MOST || a.len() > 2 * b.len() + 1 || b.len() > 2 * a.len() + 1 {
        return usize::MAX / 4;
    }
    let (mut row, mut i) = ([0; MOST + 1], 0);
    while i <= b.len() {
        row[i] = i;
        i += 1;
    }
    let mut i = 0;
    while i < a.len() {
        let (mut diagonal, mut j) = (row[0], 0);
        row[0] = i + 1;
        while j < b.len() {
            let replaced = diagonal + if a[i] == b[j] { 0 } else { 1 };
            let longer = (if row[j] < row[j + 1] { row[j] } else { row[j + 1] }) + 1;
            diagonal = row[j + 1];
            row[j + 1] = if replaced < longer { replaced } else { longer };
            j += 1;
        }
        i += 1;
    }
    row[b.len()]
}
