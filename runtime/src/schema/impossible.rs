//! Finds expressions that no file can satisfy, in `const` evaluation: of a field itself, and of the modules in it with the arguments that
//! the field gives them.

use super::dims::Dim;
use super::environment::{Declared, Environment};
use super::expression::Expression;
use super::node::{Field, Node, Spec};
use super::size::excess;
use super::text::Text;
use super::value::{Known, Value};
use super::wanted::Wanted;

type Message = Text<1024>;

type Path = Text<256>;

/// Why no file can fit a field, if its conditions or what it gives to the modules in it exclude all.
pub(crate) const fn problem(field: &Field) -> Option<Message> {
    let spec = field.spec_in(Spec::INSIDE);
    let path = Path::new().push(field.name);
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
    if are_open(&spec) { None } else { below(field.node, spec, path) }
}

/// Whether every argument of a field waits for a name.
const fn are_open(spec: &Spec) -> bool {
    let (args, mut i) = (spec.given.args, 0);
    while i < args.len() {
        if let Some(value) = args[i].value
            && !matches!(value.value(&spec.environment, Known::NONE), Value::Linear(_) | Value::Open)
        {
            return false;
        }
        i += 1;
    }
    true
}

/// Why no file can have a dim of a field, if it is an expression that none can satisfy.
pub(crate) const fn problem_of_dim(name: &str, index: usize, dim: Dim) -> Option<Message> {
    number(&of_dim(index), dim, &Environment::LOAD, Path::new().push(name))
}

/// Why no list can have this length, if it is an expression that none can satisfy.
pub(crate) const fn problem_of_len(name: &str, len: Dim) -> Option<Message> {
    match len.number(&Environment::LOAD, Known::NONE) {
        Some(Value::Number(_)) => None,
        _ => number(&Text::new().push(LENGTH), len, &Environment::LOAD, Path::new().push(name)),
    }
}

const LENGTH: &str = "the length";

const fn of_dim(index: usize) -> Text<32> {
    Text::new().push("dim ").push_number(index)
}

const fn below(node: &'static Node, spec: Spec, path: Path) -> Option<Message> {
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

/// The attributes in a module; `None` if nothing is given to it, so that it was checked where it is declared.
const fn entered(spec: Spec, declared: Option<&'static Declared>) -> Option<Spec> {
    let inside = spec.enter(declared);
    if inside.environment.level() == 0 && declared.is_some() { None } else { Some(inside) }
}

const fn in_fields(fields: &'static [Field], outer: Spec, path: Path) -> Option<Message> {
    let mut i = 0;
    while i < fields.len() {
        let field = &fields[i];
        let (spec, path) = (field.spec_in(outer), if field.flatten { path } else { path.push_component(field.name) });
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

const fn parameter(wanted: &Wanted, path: Path) -> Option<Message> {
    let Some(dims) = wanted.spec.shape else { return None };
    let mut i = 0;
    while i < dims.len() {
        // what is a number without arguments was checked where it is declared
        if !matches!(dims[i], Dim::Is(_) | Dim::Any) {
            if let Some(text) = number(&of_dim(i), least_of(dims[i]), &wanted.spec.environment, path) {
                return Some(text);
            }
            if let (Dim::Is(is), Dim::Is(held)) = (wanted.dim(i), wanted.leaf.shapes.dim(i))
                && is != held
            {
                let text = shown(begin(&of_dim(i), path), dims[i], &wanted.spec.environment);
                let text = text.push("`, and its type holds ").push_number(held);
                return Some(text.push("; give another argument, or change the type"));
            }
        }
        i += 1;
    }
    let text = match (excess(path.as_str(), wanted), wanted.spec.from) {
        (Some(text), _) => return Some(Text::new().push(text.as_str())),
        (None, Some(layout)) => layout.misfit(wanted),
        (None, None) => None,
    };
    match text {
        Some(text) => Some(Text::new().push("`").push(path.as_str()).push("`: ").push(text.as_str())),
        None => None,
    }
}

/// Why an expression has no value, or is 0 without being the number.
const fn number(what: &Text<32>, dim: Dim, environment: &Environment, path: Path) -> Option<Message> {
    let is = match dim.number(environment, Known::NONE) {
        Some(Value::Wrong(fault)) => fault.push_to(Text::<128>::new().push("`")),
        Some(Value::Number(0)) => match dim.flat(environment) {
            Some(flat) if flat.len() > 1 => Text::new().push("` = 0"),
            _ => return None,
        },
        _ => return None,
    };
    Some(shown(begin(what, path), dim, environment).push(is.as_str()).push(REMEDY))
}

/// Why a condition is none.
const fn condition(what: &str, when: &Expression, environment: &Environment, path: Path) -> Option<Message> {
    let Value::Wrong(fault) = when.truth(environment, Known::NONE) else { return None };
    let text = when.push_to(begin(&Text::new().push("`").push(what).push("`"), path), environment);
    Some(fault.push_to(text.push("`")).push(REMEDY))
}

const REMEDY: &str = "; correct the expression, or the arguments in it";

const fn begin(what: &Text<32>, path: Path) -> Message {
    let text = Message::new().push("no file can satisfy ").push(what.as_str());
    text.push(" of `").push(path.as_str()).push("`, which is `")
}

const fn shown(text: Message, dim: Dim, environment: &Environment) -> Message {
    dim.push_to(text, environment)
}
