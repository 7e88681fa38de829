//! Finds expressions that no file can satisfy, in `const` evaluation: of a field itself, and of the modules in it with the arguments that
//! the field gives them.

use super::constants::{Constant, Kind, Level};
use super::dims::{Dim, Items, Leaf, Len, Shapes};
use super::environment::Environment;
use super::expression::Expression;
use super::node::{Attributes, Field, Node};
use super::size::excess;
use super::summary::MOST_ELEMENTS;
use super::text::Text;
use super::value::{Known, Value};
use super::wanted::Wanted;

type Message = Text<1024>;

/// The fields that lead to a place. A text is made of them only where something is wrong: each step takes the compiler long.
#[derive(Clone, Copy)]
struct Path<'p> {
    outer: Option<&'p Path<'p>>,
    name: &'static str,
}

impl Path<'_> {
    const fn push_to(&self, text: Message) -> Message {
        match self.outer {
            Some(outer) if self.name.is_empty() => outer.push_to(text),
            Some(outer) => outer.push_to(text).push(".").push(self.name),
            None => text.push(self.name),
        }
    }
}

/// A place below a field, where constants may decide what names are.
#[derive(Clone, Copy)]
struct Place<'p> {
    attributes: &'p Attributes,
    /// Whether it is in the outermost list or option of the field.
    is_inside: bool,
    /// Whether it is in the outermost list.
    is_item: bool,
    level: &'p Level<'p>,
    path: &'p Path<'p>,
}

impl Place<'_> {
    const fn item(self) -> Self {
        Place { is_inside: true, is_item: true, ..self }
    }

    const fn inside(self) -> Self {
        Place { is_inside: true, ..self }
    }

    const fn len(&self) -> Option<Len> {
        if self.is_item { None } else { self.attributes.len }
    }

    const fn when(&self) -> Option<&'static Expression> {
        if self.is_inside { None } else { self.attributes.given.when() }
    }

    /// Why a condition is none, of which constants decide this.
    const fn refusal(&self, what: &str, when: &Expression, is: Constant) -> Option<Message> {
        match is.is {
            Kind::Truth | Kind::Open | Kind::OpenTruth => None,
            _ => condition(what, when, &self.level.environment(), self.path),
        }
    }

    const fn wanted(&self, leaf: &'static Leaf) -> Wanted {
        Wanted { spec: self.attributes.within(self.level.environment()), leaf }
    }
}

/// Why no file can fit a field, if its conditions or what it gives to the modules in it exclude all.
pub(crate) const fn problem(field: &Field, attributes: &Attributes) -> Option<Message> {
    let (level, path) = (&Level::INSIDE, &Path { outer: None, name: field.name });
    let place = Place { attributes, is_inside: false, is_item: false, level, path };
    if let Some(when) = attributes.given.tied_when()
        && let Some(text) = place.refusal("tied_when", when, place.level.value(when))
    {
        return Some(text);
    }
    below(field.node, place)
}

/// Why no file can have a dim of a field, if it is an expression that none can satisfy.
pub(crate) const fn problem_of_dim(name: &'static str, index: usize, dim: Dim) -> Option<Message> {
    number(&of_dim(index), dim, &Environment::LOAD, &Path { outer: None, name })
}

/// Why no list can have this length, if it is an expression that none can satisfy.
pub(crate) const fn problem_of_len(name: &'static str, len: Dim) -> Option<Message> {
    match len.number(&Environment::LOAD, Known::NONE) {
        Some(Value::Number(_)) => None,
        _ => number(&Text::new().push(LENGTH), len, &Environment::LOAD, &Path { outer: None, name }),
    }
}

const LENGTH: &str = "the length";

const fn of_dim(index: usize) -> Text<32> {
    Text::new().push("dim ").push_number(index)
}

const fn below(node: &'static Node, place: Place<'_>) -> Option<Message> {
    match node {
        Node::Parameter(leaf) => match place.level.is_outermost() || !may_be_wrong(leaf, &place) {
            true => None,
            false => parameter(&place.wanted(leaf), place.path),
        },
        Node::Map { item } => below(item, place.item()),
        Node::List { item, len } => {
            if let (Some(items), false) = (place.attributes.items, place.is_item)
                && let Some(text) = of_items(items, &place.level.environment(), place.path)
            {
                return Some(text);
            }
            let len = match place.len() {
                Some(len) => len,
                None => *len,
            };
            let is = match &len {
                Len::Is(number) if *number == 0 => return None,
                Len::Is(_) | Len::FromFile => Constant::OPEN,
                Len::Named(name) => place.level.name(name),
                Len::Computed(expression) => place.level.value(expression),
            };
            match is.is {
                // a list may be empty
                Kind::Number if is.number == 0 => return None,
                Kind::Number | Kind::Open | Kind::OpenNumber => {}
                _ => {
                    let text = number(&Text::new().push(LENGTH), len.as_dim(), &place.level.environment(), place.path);
                    if text.is_some() {
                        return text;
                    }
                }
            }
            below(item, place.item())
        }
        Node::Optional { item } => match place.when() {
            None => below(item, place.inside()),
            Some(when) => {
                let is = place.level.value(when);
                match place.refusal("when", when, is) {
                    None if matches!(is, Constant { is: Kind::Truth, number: 0 }) => None,
                    None => below(item, place.inside()),
                    text => text,
                }
            }
        },
        Node::Struct { fields, declared: None, .. } => in_fields(fields, place),
        Node::Struct { fields, declared: Some(declared), summary, .. } => {
            // what takes nothing was checked where it is defined
            if matches!(declared.args, []) {
                return None;
            }
            let level = &Level::enter(place.level, declared, place.attributes.given);
            if !level.is_decided || summary.fits(level.largest) {
                return None;
            }
            in_fields(fields, Place { level, ..place })
        }
        Node::Choice { variants, declared, summary, .. } => {
            if matches!(declared.args, []) {
                return None;
            }
            let level = &Level::enter(place.level, declared, place.attributes.given);
            if !level.is_decided || summary.fits(level.largest) {
                return None;
            }
            let place = Place { attributes: &Attributes::NONE, is_inside: false, is_item: false, level, ..place };
            // one that fits is enough
            let (mut first, mut i) = (None, 0);
            while i < variants.len() {
                match below(&variants[i].node, place) {
                    None => return None,
                    text => first = if i == 0 { text } else { first },
                }
                i += 1;
            }
            first
        }
    }
}

/// Why the items of a list that a field holds cannot begin or end so.
const fn of_items(items: &Items, environment: &Environment, path: &Path<'_>) -> Option<Message> {
    let what = Text::new().push("`items`");
    let first = match items.first.number(environment, Known::NONE) {
        Some(Value::Wrong(_)) => number(&what, items.first, environment, path),
        _ => None,
    };
    match (first, items.end.number(environment, Known::NONE)) {
        (None, Some(Value::Wrong(_))) => number(&what, items.end, environment, path),
        (first, _) => first,
    }
}

/// Why `items` of a field cannot be, as far as its own constants say.
pub(crate) const fn problem_of_items(name: &'static str, items: &Items) -> Option<Message> {
    of_items(items, &Environment::LOAD, &Path { outer: None, name })
}

const fn in_fields(fields: &'static [Field], outer: Place<'_>) -> Option<Message> {
    let mut fields = fields;
    while let [field, rest @ ..] = fields {
        let path = &Path { outer: Some(outer.path), name: if field.flatten { "" } else { field.name } };
        let place = match &field.attributes {
            Some(attributes) => Place { attributes, is_inside: false, is_item: false, path, ..outer },
            None => Place { path, ..outer.item() },
        };
        if let (Some(_), Some(when)) = (field.tied, place.attributes.given.tied_when())
            && let Some(text) = place.refusal("tied_when", when, place.level.value(when))
        {
            return Some(text);
        }
        if let Some(text) = below(field.node, place) {
            return Some(text);
        }
        fields = rest;
    }
    None
}

/// Whether an exact look at a parameter may find that no file can have it.
const fn may_be_wrong(leaf: &'static Leaf, place: &Place<'_>) -> bool {
    let Some(dims) = place.attributes.shape else { return false };
    let (mut elements, mut is_decided, mut dims) = (1u128, false, dims);
    while let [dim, rest @ ..] = dims {
        let is = match dim {
            Dim::Any => Constant::OPEN,
            Dim::Is(number) => {
                elements = if elements > MOST_ELEMENTS { elements } else { elements * *number as u128 };
                Constant::OPEN
            }
            Dim::Named(name) => place.level.name(name),
            Dim::Computed(expression) | Dim::AtLeast(expression) => place.level.value(expression),
        };
        match is.is {
            Kind::Open | Kind::OpenNumber => {}
            // a 0 may be a mistake
            Kind::Number if is.number > 0 => {
                elements = if elements > MOST_ELEMENTS { elements } else { elements * is.number as u128 };
                is_decided = true;
            }
            _ => return true,
        }
        dims = rest;
    }
    is_decided
        && (elements > MOST_ELEMENTS
            || place.attributes.from.is_some()
            || !matches!(leaf.shapes, Shapes::Any | Shapes::Rank(_)))
}

/// What a dim is at least, where it may be more.
const fn least_of(dim: Dim) -> Dim {
    match dim {
        Dim::AtLeast(expression) => Dim::Computed(expression),
        dim => dim,
    }
}

const fn parameter(wanted: &Wanted, path: &Path<'_>) -> Option<Message> {
    let Some(dims) = wanted.spec.shape else { return None };
    let (environment, mut is_decided, mut i) = (&wanted.spec.environment, false, 0);
    while i < dims.len() {
        // what is a number without arguments was checked where it is declared
        let dim = least_of(dims[i]);
        match (dims[i], dim.number(environment, Known::NONE)) {
            (Dim::Is(_) | Dim::Any, _) | (_, None | Some(Value::Linear(_) | Value::Open)) => {}
            (Dim::AtLeast(_), Some(Value::Number(_))) => {}
            (_, Some(Value::Number(is))) if is > 0 => {
                is_decided = true;
                if let Dim::Is(held) = wanted.leaf.shapes.dim(i)
                    && is != held
                {
                    let text = dim.push_to(begin(&of_dim(i), path), environment);
                    let text = text.push("`, and its type holds ").push_number(held);
                    return Some(text.push("; give another argument, or change the type"));
                }
            }
            _ => {
                if let Some(text) = number(&of_dim(i), dim, environment, path) {
                    return Some(text);
                }
            }
        }
        i += 1;
    }
    if !is_decided {
        return None;
    }
    let text = match wanted.spec.from {
        Some(layout) => layout.misfit(wanted),
        None => None,
    };
    if let Some(text) = text {
        let path = path.push_to(Message::new().push("`"));
        return Some(path.push("`: ").push(text.as_str()));
    }
    match excess("", wanted) {
        // with its path, as it is told rarely
        Some(_) => match excess(path.push_to(Message::new()).as_str(), wanted) {
            Some(text) => Some(Text::new().push(text.as_str())),
            None => None,
        },
        None => None,
    }
}

/// Why an expression has no value, or is 0 without being the number.
const fn number(what: &Text<32>, dim: Dim, environment: &Environment, path: &Path<'_>) -> Option<Message> {
    let is = match dim.number(environment, Known::NONE) {
        Some(Value::Wrong(fault)) => fault.push_to(Text::<128>::new().push("`")),
        Some(Value::Number(0)) => match dim.flat(environment) {
            Some(flat) if flat.len() > 1 => Text::new().push("` = 0"),
            _ => return None,
        },
        _ => return None,
    };
    Some(dim.push_to(begin(what, path), environment).push(is.as_str()).push(REMEDY))
}

/// Why a condition is none.
const fn condition(what: &str, when: &Expression, environment: &Environment, path: &Path<'_>) -> Option<Message> {
    let Value::Wrong(fault) = when.truth(environment, Known::NONE) else { return None };
    let text = when.push_to(begin(&Text::new().push("`").push(what).push("`"), path), environment);
    Some(fault.push_to(text.push("`")).push(REMEDY))
}

const REMEDY: &str = "; correct the expression, or the arguments in it";

const fn begin(what: &Text<32>, path: &Path<'_>) -> Message {
    let text = Message::new().push("no file can satisfy ").push(what.as_str());
    path.push_to(text.push(" of `")).push("`, which is `")
}
