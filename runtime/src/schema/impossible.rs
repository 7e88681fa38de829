//! Finds expressions that no file can satisfy, in `const` evaluation: of a field itself, and of the modules in it with the arguments that
//! the field gives them.

use super::dims::{Dim, Items};
use super::environment::{Binding, Declared, Environment, binding};
use super::expression::Expression;
use super::node::{Field, Node, Spec};
use super::size::excess;
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

/// Why no file can fit a field, if its conditions or what it gives to the modules in it exclude all.
pub(crate) const fn problem(field: &Field) -> Option<Message> {
    let spec = field.spec_in(Spec::INSIDE);
    let path = &Path { outer: None, name: field.name };
    if let Some(when) = &spec.given.tied_when
        && let Some(text) = condition("tied_when", when, &spec.environment, path)
    {
        return Some(text);
    }
    if let (Node::Optional { .. }, Some(when)) = (field.node, spec.when)
        && let Some(text) = condition("when", when, &spec.environment, path)
    {
        return Some(text);
    }
    // what only names decide was checked where the modules are declared; to walk them takes long
    if let (Node::Optional { .. }, Some(when)) = (field.node, spec.when)
        && let Some(text) = condition("when", when, &spec.environment, path)
    {
        return Some(text);
    }
    // what names decide was checked where the modules are declared
    if are_names(field.node, spec.given.args) { None } else { below(field.node, spec, path) }
}

/// Whether every argument is a number of names, and no default is a number.
const fn are_names(node: &'static Node, given: &'static [Binding]) -> bool {
    let mut i = 0;
    while i < given.len() {
        if let Some(value) = given[i].value
            && !(value.has_name() && value.is_number())
        {
            return false;
        }
        i += 1;
    }
    have_open_defaults(node, given)
}

/// Whether no default that is used is a number without names.
const fn have_open_defaults(node: &'static Node, given: &'static [Binding]) -> bool {
    let declared = match node {
        Node::Parameter(_) => return true,
        Node::List { item, .. } | Node::Map { item } | Node::Optional { item } => {
            return have_open_defaults(item, given);
        }
        Node::Choice { declared, .. } | Node::Struct { declared: Some(declared), .. } => declared,
        Node::Struct { fields, declared: None, .. } => {
            let mut i = 0;
            while i < fields.len() {
                if !have_open_defaults(fields[i].node, given) {
                    return false;
                }
                i += 1;
            }
            return true;
        }
    };
    let mut i = 0;
    while i < declared.args.len() {
        if let Some(default) = declared.args[i].default
            && default.is_number()
            && !default.has_name()
            && binding(given, declared.args[i].name).is_none()
        {
            return false;
        }
        i += 1;
    }
    true
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

const fn below(node: &'static Node, spec: Spec, path: &Path<'_>) -> Option<Message> {
    match node {
        Node::Parameter(leaf) => {
            if spec.environment.level() == 0 {
                None
            } else {
                parameter(&Wanted { spec, leaf }, path)
            }
        }
        Node::Map { item } => below(item, spec.item(), path),
        Node::List { item, len } => {
            if let Some(items) = spec.items
                && let Some(text) = of_items(items, &spec.environment, path)
            {
                return Some(text);
            }
            let len = match spec.len {
                Some(len) => len.as_dim(),
                None => len.as_dim(),
            };
            match len.number(&spec.environment, Known::NONE) {
                // a list may be empty
                Some(Value::Number(0)) => return None,
                Some(Value::Number(_)) => {}
                _ => {
                    if let Some(text) = number(&Text::new().push(LENGTH), len, &spec.environment, path) {
                        return Some(text);
                    }
                }
            }
            below(item, spec.item(), path)
        }
        Node::Optional { item } => {
            if let Some(when) = spec.when
                && let Some(text) = condition("when", when, &spec.environment, path)
            {
                return Some(text);
            }
            match spec.says() {
                Some(false) => None,
                _ => below(item, spec.inside(), path),
            }
        }
        Node::Struct { fields, declared, .. } => {
            if let Some(first) = entered(spec, *declared) {
                in_fields(fields, first, path)
            } else {
                None
            }
        }
        Node::Choice { variants, declared, .. } => {
            let Some(inside) = entered(spec, Some(*declared)) else { return None };
            // one that fits is enough
            let (mut first, mut i) = (None, 0);
            while i < variants.len() {
                match below(&variants[i].node, Spec::NONE.around(inside), path) {
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

/// The attributes in a module; `None` if nothing is given to it, so that it was checked where it is declared.
const fn entered(spec: Spec, declared: Option<&'static Declared>) -> Option<Spec> {
    let inside = spec.enter(declared);
    if inside.environment.level() == 0 && declared.is_some() { None } else { Some(inside) }
}

const fn in_fields(fields: &'static [Field], outer: Spec, path: &Path<'_>) -> Option<Message> {
    let mut i = 0;
    while i < fields.len() {
        let field = &fields[i];
        let spec = field.spec_in(outer);
        let path = &Path { outer: Some(path), name: if field.flatten { "" } else { field.name } };
        if let (Some(_), Some(when)) = (field.tied, &spec.given.tied_when)
            && let Some(text) = condition("tied_when", when, &spec.environment, path)
        {
            return Some(text);
        }
        if let Some(text) = below(field.node, spec, path) {
            return Some(text);
        }
        i += 1;
    }
    None
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
