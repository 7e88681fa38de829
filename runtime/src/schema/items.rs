//! Fields that hold some items of a list. Those that share one stand in order, and together they hold all of it.

use super::dims::{Dim, DimIn, Items, Len};
use super::environment::Environment;
use super::node::{Attributes, Field, Node};
use super::stem::Alias;
use super::text::{Text, same};
use super::value::Known;

/// What holds the items before those of a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// No field.
    Nothing,
    /// A field that is one item.
    One(usize),
    /// The field with this number.
    Field(usize),
}

type Message = Text<1024>;

/// The items that an array holds, if its type says how many there are.
const fn held(field: &Field) -> Option<usize> {
    match field.node {
        Node::List { len: Len::Is(len), .. } => Some(*len),
        _ => None,
    }
}

impl Field {
    /// Which items of a list it holds, if not all.
    pub(crate) const fn shared(&self) -> Option<&'static Items> {
        match self.attributes {
            Some(Attributes { items, .. }) => items,
            None => None,
        }
    }

    /// Whether another field holds items of the list that this one holds items of.
    const fn shares_with(&self, other: &Field) -> Option<Before> {
        let (Some(list), Some(name)) = (self.nth_name(0), other.nth_name(0)) else { return None };
        match other.shared() {
            Some(_) if list.is(&name) => Some(Before::Field(0)),
            None if !other.flatten && other.composed().is_none() => match item_of(&list, name.name) {
                Some(index) if name.stem.is_bare() => Some(Before::One(index)),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Whether two fields hold items of one list, so that their order keeps them apart.
pub(super) const fn are_shared(a: &Field, b: &Field) -> bool {
    (a.shared().is_some() && a.shares_with(b).is_some()) || (b.shared().is_some() && b.shares_with(a).is_some())
}

/// Whether one of two fields is a list, and the other has the name of one of its items.
pub(super) const fn is_item_of(a: &Field, b: &Field) -> bool {
    let (Some(name), Some(other)) = (a.nth_name(0), b.nth_name(0)) else { return false };
    let is_list = matches!(a.node, Node::List { .. });
    (is_list && item_of(&name, other.name).is_some())
        || (matches!(b.node, Node::List { .. }) && item_of(&other, name.name).is_some())
}

/// The index of the item of a list that a name is.
const fn item_of(list: &Alias, name: &str) -> Option<usize> {
    let (bytes, mut at) = (name.as_bytes(), name.len());
    while at > 0 && bytes[at - 1] != b'.' {
        at -= 1;
    }
    let (above, last) = name.split_at(at);
    let above = if above.is_empty() { above } else { above.split_at(at - 1).0 };
    if same(above, list.name) { list.stem.index(last) } else { None }
}

/// What holds the items before those of the field with this number.
pub(crate) const fn before(fields: &'static [Field], number: usize) -> Before {
    let mut i = number;
    while i > 0 {
        i -= 1;
        match fields[number].shares_with(&fields[i]) {
            Some(Before::Field(_)) => return Before::Field(i),
            Some(one) => return one,
            None => {}
        }
    }
    Before::Nothing
}

/// Whether the field with this number begins at what the one before it ends at, as both are written.
pub(crate) const fn is_joined(fields: &'static [Field], number: usize) -> bool {
    let Before::Field(other) = before(fields, number) else { return false };
    match (fields[other].shared(), fields[number].shared(), held(&fields[other])) {
        (Some(before), Some(items), None) => {
            DimIn(before.end, &Environment::LOAD).is(&DimIn(items.first, &Environment::LOAD))
        }
        _ => false,
    }
}

/// Whether no field holds items behind those of the field with this number.
pub(crate) const fn is_last(fields: &'static [Field], number: usize) -> bool {
    let mut i = number + 1;
    while i < fields.len() {
        if fields[number].shares_with(&fields[i]).is_some() {
            return false;
        }
        i += 1;
    }
    true
}

/// The items that the field with this number takes of what a file has, from the first of them to the end. Each field begins where the one
/// before it ends; one whose end is open takes what is there.
pub(crate) const fn taken(
    fields: &'static [Field],
    number: usize,
    environment: &Environment,
    known: Known<'_>,
) -> (usize, usize) {
    let first = match before(fields, number) {
        Before::Nothing => 0,
        Before::One(index) => index.saturating_add(1),
        Before::Field(other) => taken(fields, other, environment, known).1,
    };
    let Some(items) = fields[number].shared() else { return (0, usize::MAX) };
    if let Some(held) = held(&fields[number]) {
        return (first, first.saturating_add(held));
    }
    let end = match items.end(environment, Known::NONE) {
        None if is_last(fields, number) => None,
        None => items.end(environment, known),
        end => end,
    };
    match end {
        Some(end) if end < first => (first, first),
        Some(end) => (first, end),
        None => (first, usize::MAX),
    }
}

/// Where the fields of a struct end that share lists, while a walk goes over them.
#[derive(Debug, Default)]
pub(crate) struct Ends(Vec<(usize, Option<usize>)>);

impl Ends {
    /// Where the items of a field begin; `None` if that is open.
    pub(crate) fn start(&self, fields: &'static [Field], number: usize) -> Option<usize> {
        match before(fields, number) {
            Before::Nothing => Some(0),
            Before::One(index) => index.checked_add(1),
            Before::Field(other) => self.0.iter().find(|(field, _)| *field == other).and_then(|(_, end)| *end),
        }
    }

    /// Notes where the items of a field end.
    pub(crate) fn push(&mut self, number: usize, end: Option<usize>) {
        self.0.push((number, end));
    }
}

/// Where the items of a field end, as far as constants say.
#[derive(Clone, Copy)]
enum End {
    /// Before this index.
    At(usize),
    /// Where names say.
    Open,
    /// Where the list ends.
    OfList,
}

/// Why the field with this number cannot share its list with others, if it cannot: they leave a gap, overlap, or stand in another order.
/// Where names decide, a load says so.
pub(super) const fn problem(fields: &'static [Field], number: usize) -> Option<Message> {
    let list = &fields[number];
    // single items before the first field with `items` are its own matter
    let (mut is_own, mut end, mut i) = (is_first(fields, number), End::At(0), 0);
    while i < fields.len() {
        let field = &fields[i];
        let Some(shared) = list.shares_with(field) else {
            i += 1;
            continue;
        };
        let (begins, next) = match shared {
            Before::One(index) => (Some(index), End::At(index.saturating_add(1))),
            _ => {
                is_own = i == number;
                match span(field) {
                    Ok(span) => span,
                    Err(text) if is_own => return Some(text),
                    Err(_) => return None,
                }
            }
        };
        if is_own && let Some(text) = between(end, begins, list, field) {
            return Some(text);
        }
        end = next;
        i += 1;
    }
    None
}

/// Whether no earlier field with `items` has the same list.
const fn is_first(fields: &'static [Field], number: usize) -> bool {
    let mut i = 0;
    while i < number {
        if matches!(fields[number].shares_with(&fields[i]), Some(Before::Field(_))) {
            return false;
        }
        i += 1;
    }
    true
}

/// Why a field cannot begin here, behind what ends there.
const fn between(end: End, begins: Option<usize>, list: &Field, field: &Field) -> Option<Message> {
    match (end, begins) {
        (End::OfList, _) => {
            let text = Text::new().push("the field before it holds all the rest of `");
            let text = push_name(text, list).push("`, so this holds nothing of it");
            Some(text.push("; say where the items of that field end, as in `items = 1..\"n\"`"))
        }
        (End::At(end), Some(begins)) if begins < end => {
            let text = at(begins, list, field).push(", which the field before it holds too");
            Some(text.push("; the fields of a list stand in order, so begin at ").push_number(end))
        }
        (End::At(end), Some(begins)) if begins > end => {
            let text = at(begins, list, field).push(", and no field before it holds item ").push_number(end);
            let text =
                text.push("; the fields of a list stand in order and hold all of it, so begin at ").push_number(end);
            Some(text.push(", or put the field that holds the item before this one"))
        }
        (End::Open, Some(begins)) if field.shared().is_none() => {
            let text = at(begins, list, field).push(", and names say where the items before it end");
            Some(text.push("; make it a list with `items` that begin at the same name"))
        }
        _ => None,
    }
}

/// Where the items of a field with `items` begin and end.
// there is no Box in `const` evaluation
#[allow(clippy::result_large_err)]
const fn span(field: &'static Field) -> Result<(Option<usize>, End), Message> {
    let Some(items) = field.shared() else { return Ok((None, End::OfList)) };
    let environment = &Environment::LOAD;
    let first = items.first(environment, Known::NONE);
    let end = match (items.end, items.end(environment, Known::NONE)) {
        (Dim::Any, _) => End::OfList,
        (_, Some(end)) => End::At(end),
        (_, None) => End::Open,
    };
    if let (Some(first), End::At(end)) = (first, end)
        && end < first
    {
        let text = Text::new().push("`items` begins at ").push_number(first).push(" and ends at ").push_number(end);
        return Err(text.push("; write the smaller number first"));
    }
    match (held(field), first, end) {
        (Some(held), Some(first), End::At(end)) if end - first != held => {
            let text =
                Text::new().push("`items` names ").push_number(end - first).push(" of the list, and the type holds ");
            Err(text.push_number(held).push("; change one of the two, or make it a `Vec`"))
        }
        (Some(held), Some(first), _) => Ok((Some(first), End::At(first.saturating_add(held)))),
        (Some(_), None, End::OfList) => Ok((None, End::Open)),
        _ => Ok((first, end)),
    }
}

const fn push_name(text: Message, list: &Field) -> Message {
    match list.nth_name(0) {
        Some(name) => name.push_to(text),
        None => text,
    }
}

/// What a field begins at: `` `items` begins at 3 ``, `` `layers.3` is item 3 of `layers` ``
const fn at(index: usize, list: &Field, field: &Field) -> Message {
    if field.shared().is_some() {
        return Text::new().push("`items` begins at ").push_number(index);
    }
    let text = Text::new().push("`").push(field.name).push("` is item ").push_number(index).push(" of `");
    push_name(text, list).push("`")
}
