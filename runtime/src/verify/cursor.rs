//! The places of the schema that a name of the lock may lead to.

use super::bounded::Bounded;
use super::comparison::Comparison;
use super::hidden::{Around, count_with};
use super::lock_tree::{LockTree, around_index, below};
use super::present::any_present;
use crate::schema::{
    Dim, Field, Layout, Len, Node, NthSource, Side, SourceTensor, Spec, Stem, Wanted, index, looks_like_an_item, same,
    split, taken,
};

/// A place of the schema that a name may lead to.
#[derive(Clone, Copy)]
pub(super) struct Cursor {
    /// The components between here and the node.
    rest: &'static str,
    /// How many tensors a stack has, if `rest` counts them.
    limit: usize,
    /// `None` for a tensor that a parameter is made from.
    node: Option<&'static Node>,
    spec: Spec,
    /// The items of a list that it may lead to: the first index, and the one behind the last.
    items: (usize, usize),
    /// The variant that it belongs to, if the variants of an enum are tried; else 0.
    variant: usize,
}

/// All items of a list.
const ALL: (usize, usize) = (0, usize::MAX);

pub(super) type Cursors = Bounded<Cursor, 64>;

impl Cursor {
    pub(super) const fn at(node: &'static Node, spec: Spec, variant: usize) -> Cursor {
        Cursor { rest: "", limit: 0, node: Some(node), spec, items: ALL, variant }
    }

    /// The cursor at a node inside this one.
    const fn inside(self, node: &'static Node, spec: Spec) -> Cursor {
        Cursor { rest: "", limit: 0, node: Some(node), spec, items: ALL, ..self }
    }
}

/// Adds the cursors one component further down. It has a number if it is an index. The place is at the path around it.
pub(super) const fn advance_all(
    cursors: &Cursors,
    place: &'static LockTree,
    around: Around<'_>,
    component: (&str, Option<usize>),
    out: &mut Cursors,
) {
    let mut i = 0;
    while let Some(cursor) = cursors.get(i) {
        advance(*cursor, place, around, component, out);
        i += 1;
    }
}

/// Where the numbers end that all cursors treat alike, from a number with these texts around it on.
pub(super) const fn end_of(
    cursors: &Cursors,
    place: &'static LockTree,
    around: Around<'_>,
    at: (&Stem, usize),
) -> usize {
    let (mut end, mut i) = (usize::MAX, 0);
    while let Some(cursor) = cursors.get(i) {
        let other = alike(*cursor, place, around, at);
        end = if other < end { other } else { end };
        i += 1;
    }
    end
}

/// The same of one cursor.
const fn alike(cursor: Cursor, place: &'static LockTree, around: Around<'_>, (stem, at): (&Stem, usize)) -> usize {
    if !cursor.rest.is_empty() {
        return match stem.index(split(cursor.rest).0) {
            Some(one) if one == at => at.saturating_add(1),
            Some(one) if one > at => one,
            None if stem.is_bare() && same(split(cursor.rest).0, Layout::INDEX) && at < cursor.limit => cursor.limit,
            _ => usize::MAX,
        };
    }
    let Some(node) = cursor.node else { return usize::MAX };
    match node {
        Node::List { len, .. } if cursor.spec.found.is(stem) => match cursor.span(*len) {
            (first, _) if at < first => first,
            (_, end) if at < end => end,
            _ => usize::MAX,
        },
        Node::List { .. } => usize::MAX,
        Node::Optional { item } => alike(cursor.inside(item, cursor.spec), place, around, (stem, at)),
        Node::Choice { .. } | Node::Struct { .. } => {
            let mut end = Opened::End { stem, at, end: usize::MAX };
            open(cursor, (place, around), Below::Numbered(stem), &mut end);
            match end {
                Opened::End { end, .. } => end,
                Opened::Kept(_) => usize::MAX,
            }
        }
        Node::Parameter(_) | Node::Map { .. } => usize::MAX,
    }
}

impl Cursor {
    /// The items of a list that it may lead to: the first index, and the one behind the last.
    const fn span(&self, len: Len) -> (usize, usize) {
        if self.spec.items.is_some() {
            return self.items;
        }
        let len = match self.spec.len {
            Some(len) => len,
            None => len,
        };
        match len.constant(&self.spec.environment) {
            Len::Is(len) => (0, len),
            _ => ALL,
        }
    }
}

/// What becomes of the cursors of a struct's fields, of which there may be more than there is room for.
enum Opened<'a> {
    Kept(&'a mut Cursors),
    /// They are only asked where the numbers end that they treat alike, from `at` on.
    End {
        stem: &'a Stem,
        at: usize,
        end: usize,
    },
}

impl Opened<'_> {
    const fn push(&mut self, cursor: Cursor, (place, around): (&'static LockTree, Around<'_>)) {
        match self {
            Opened::Kept(cursors) => cursors.push(cursor),
            Opened::End { stem, at, end } => {
                let other = alike(cursor, place, around, (stem, *at));
                *end = if other < *end { other } else { *end };
            }
        }
    }
}

/// What is below a place.
#[derive(Clone, Copy)]
enum Below<'a> {
    Component(&'a str),
    /// Any number with these texts around it.
    Numbered(&'a Stem),
}

/// Opens a cursor for each field of a struct or enum that `component` may lead to.
const fn open(cursor: Cursor, place: (&'static LockTree, Around<'_>), component: Below<'_>, out: &mut Opened<'_>) {
    match cursor.node {
        Some(Node::Struct { fields, declared, .. }) => {
            let (cursor, mut i) = (Cursor { spec: cursor.spec.enter(*declared), ..cursor }, 0);
            while i < fields.len() {
                open_field((fields, i), cursor, place, component, out);
                i += 1;
            }
        }
        Some(Node::Choice { variants, declared, .. }) => {
            let spec = Spec::NONE.around(cursor.spec.enter(Some(*declared)));
            let (chosen, mut i) = (Comparison::chosen(variants, spec, place.0, place.1), 0);
            while i < variants.len() {
                let is_it = match chosen {
                    Some(chosen) => chosen == i,
                    // a finding is about the enum: none of what its variants name is unexpected
                    None => true,
                };
                if is_it {
                    open(cursor.inside(&variants[i].node, spec), place, component, out);
                }
                i += 1;
            }
        }
        _ => out.push(cursor, place),
    }
}

/// Whether a name begins with this component.
const fn leads(rest: &str, component: Below<'_>) -> bool {
    let component = match component {
        Below::Component(component) => component,
        Below::Numbered(stem) => {
            let first = split(rest).0;
            return rest.is_empty() || same(first, Layout::INDEX) || stem.index(first).is_some();
        }
    };
    let (name, component) = (rest.as_bytes(), component.as_bytes());
    if name.is_empty() || name[0] == b'{' {
        return true;
    }
    if name.len() < component.len() || (name.len() > component.len() && name[component.len()] != b'.') {
        return false;
    }
    // names of one struct differ at their ends most often
    let mut i = component.len();
    while i > 0 {
        i -= 1;
        if name[i] != component[i] {
            return false;
        }
    }
    true
}

const fn open_field(
    (fields, number): (&'static [Field], usize),
    outer: Cursor,
    place: (&'static LockTree, Around<'_>),
    component: Below<'_>,
    out: &mut Opened<'_>,
) {
    let field = &fields[number];
    let has_one_name = !field.flatten && field.aliases.is_empty() && field.composed().is_none();
    if has_one_name && !leads(field.name, component) {
        return;
    }
    let spec = field.spec_in(outer.spec);
    let own = if field.flatten { "" } else { field.name };
    if let Some(layout) = field.composed() {
        let mut number = 0;
        while let Ok(name) = layout.nth_name(number) {
            let rest = match name {
                Some(name) => name,
                None => own,
            };
            if leads(rest, component) {
                let limit = stacked(field, spec, layout, number, place);
                out.push(Cursor { rest, limit, node: None, spec, items: ALL, ..outer }, place);
            }
            number += 1;
        }
        return;
    }
    let items = match field.shared() {
        Some(_) => taken(fields, number, &spec.environment, place.1.dims.known()),
        None => ALL,
    };
    let mut i = 0;
    while let Some(name) = field.nth_name(i) {
        let rest = if i == 0 { own } else { name.name };
        let is_it = match component {
            Below::Component(component) if rest.is_empty() && !name.stem.is_bare() => {
                name.stem.strip(component).is_some()
            }
            Below::Numbered(stem) if rest.is_empty() => name.stem.is_bare() || name.stem.is(stem),
            _ => leads(rest, component),
        };
        if is_it {
            out.push(Cursor { rest, items, ..outer.inside(field.node, spec.found_as(name)) }, place);
        }
        i += 1;
    }
}

/// How many tensors source `number` has.
const fn stacked(
    field: &Field,
    spec: Spec,
    layout: &'static Layout,
    number: usize,
    (place, around): (&'static LockTree, Around<'_>),
) -> usize {
    if let Some(leaf) = field.node.leaf(0)
        && let NthSource::Found(SourceTensor { stacked: Some(Side { dim: Dim::Is(count), .. }), .. }) =
            layout.source(&Wanted { spec, leaf }, around.dims.known(), number)
    {
        return count;
    }
    // the most numerous name of the stack decides
    let (mut most, mut i) = (0, 0);
    while let Ok(name) = layout.nth_name(i) {
        i += 1;
        if let Some(name) = name
            && let Some((before, rest)) = around_index(name)
            && let Some(list) = below(Some(place), before)
        {
            let path = if before.is_empty() { *around.path } else { around.path.joined(before) };
            let count = count_with(list, rest, Around { path: &path, ..around });
            most = if count > most { count } else { most };
        }
    }
    most
}

/// The same for one cursor.
const fn advance(
    cursor: Cursor,
    place: &'static LockTree,
    around: Around<'_>,
    (component, number): (&str, Option<usize>),
    out: &mut Cursors,
) {
    if !cursor.rest.is_empty() {
        let (first, rest) = split(cursor.rest);
        let is_counted = match number {
            Some(number) => same(first, Layout::INDEX) && number < cursor.limit,
            None => false,
        };
        if same(first, component) || is_counted {
            out.push(Cursor { rest, ..cursor });
        }
        return;
    }
    match (cursor.node, number) {
        (Some(Node::List { item, len }), number) => {
            let number = match cursor.spec.found.is_bare() {
                true => number,
                false => cursor.spec.found.index(component),
            };
            match (number, cursor.span(*len)) {
                (None, _) => {}
                (Some(number), (first, end)) if number < first || (number >= end && end < usize::MAX) => {}
                _ => out.push(cursor.inside(item, cursor.spec.item())),
            }
        }
        (Some(Node::Map { item }), _) => out.push(cursor.inside(item, cursor.spec.item())),
        // of a part that is absent, no name is one that the schema has
        (Some(Node::Optional { item }), _) if any_present(item, cursor.spec.found, Some(place), Some(around)) => {
            advance(cursor.inside(item, cursor.spec), place, around, (component, number), out);
        }
        (Some(Node::Struct { .. } | Node::Choice { .. }), _) => {
            let mut inner = Cursors::EMPTY;
            open(cursor, (place, around), Below::Component(component), &mut Opened::Kept(&mut inner));
            advance_all(&inner, place, around, (component, number), out);
        }
        _ => {}
    }
}

/// Whether a cursor is at a parameter, or at what one is made from: one of this variant, or one of the others.
pub(super) const fn take_tensor(cursors: &Cursors, variant: usize, is_own: bool) -> bool {
    let mut i = 0;
    while let Some(cursor) = cursors.get(i) {
        if (cursor.variant == variant) == is_own && cursor.rest.is_empty() && is_tensor(cursor.node) {
            return true;
        }
        i += 1;
    }
    false
}

const fn is_tensor(node: Option<&'static Node>) -> bool {
    match node {
        None | Some(Node::Parameter(_)) => true,
        Some(Node::Optional { item }) => is_tensor(Some(item)),
        Some(Node::Struct { fields, .. }) => {
            let mut i = 0;
            while i < fields.len() {
                if fields[i].flatten && fields[i].composed().is_none() && is_tensor(Some(fields[i].node)) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Some(Node::Choice { variants, .. }) => {
            let mut i = 0;
            while i < variants.len() {
                if is_tensor(Some(&variants[i].node)) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Some(Node::List { .. } | Node::Map { .. }) => false,
    }
}

/// Whether this variant has a list here, of which a component looks like an item although its index is not written as one.
pub(super) const fn is_loose_item(
    cursors: &Cursors,
    variant: usize,
    place: (&'static LockTree, Around<'_>),
    component: &str,
) -> bool {
    let mut i = 0;
    while let Some(cursor) = cursors.get(i) {
        if cursor.variant == variant
            && cursor.rest.is_empty()
            && let Some(node) = cursor.node
            && wants(node, cursor.spec.found, place, component)
        {
            return true;
        }
        i += 1;
    }
    false
}

/// The stem of a list's items that lie beside the struct's other names, if that is the name under which the list is found.
const fn stem_here(field: &'static Field, place: &'static LockTree) -> Option<&'static Stem> {
    let mut i = 0;
    while let Some(name) = field.nth_name(i) {
        if name.name.is_empty() && !name.stem.is_bare() {
            return Some(name.stem);
        }
        if let Some(names) = place.at(name.name)
            && field.node.names().any_in(name, names)
        {
            return None;
        }
        i += 1;
    }
    None
}

const fn wants(node: &'static Node, stem: &Stem, place: (&'static LockTree, Around<'_>), component: &str) -> bool {
    match node {
        Node::List { .. } => looks_like_an_item(component, stem),
        // a part that is absent is not looked at
        Node::Optional { item } => {
            any_present(item, stem, Some(place.0), Some(place.1)) && wants(item, stem, place, component)
        }
        Node::Struct { fields, .. } => {
            let mut i = 0;
            while i < fields.len() {
                if let Some(stem) = stem_here(&fields[i], place.0)
                    && wants(fields[i].node, stem, place, component)
                {
                    return true;
                }
                i += 1;
            }
            !fields.is_empty() && index(fields[0].name).is_some() && looks_like_an_item(component, Stem::BARE)
        }
        _ => false,
    }
}
