//! Checks that a field gives the arguments that its type declares. This runs in `const` evaluation, where the field is declared.

use super::constants::given_for;
use super::environment::{Argument, DEPTH, Declared, Given, Gives, SCOPES, argument};
use super::node::{Attributes, Node};
use super::text::{Text, same};
use super::tie::distance;

type Message = Text<1024>;

/// The most types of one field that declare arguments, which only a tuple has several of.
const MOST: usize = 12;

/// The types of one field that declare names.
struct Types {
    all: [&'static Declared; MOST],
    len: usize,
}

/// Why a field cannot give this, if it cannot.
pub(crate) const fn refusal(name: &str, node: &'static Node, given: Gives) -> Option<Message> {
    let fits = match only(node) {
        Some(declared) => is_all(declared.args, given),
        None => false,
    };
    if !fits {
        let mut types = Types { all: [Declared::NONE; MOST], len: 0 };
        collect(node, &mut types);
        let text = mismatch(name, &types, given);
        if text.is_some() {
            return text;
        }
    }
    let with_more = match given {
        Gives::Names([]) => return None,
        Gives::Names(_) => None,
        Gives::Any(given) => Some(given),
    };
    if let (Some(Given { when: Some(_), .. }), false) = (with_more, matches!(node, Node::Optional { .. })) {
        let text = Text::new().push("`when` says whether an `Option` is there, and the type of `").push(name);
        return Some(text.push("` is none; make it an `Option`, or remove `when`"));
    }
    let is_scope = matches!(with_more, Some(Given { config_scope, .. }) if !config_scope.is_empty());
    if (given.len() > 0 && node.levels() > DEPTH) || (is_scope && scopes(node, 0) >= SCOPES) {
        let text = Text::new().push("the modules in `").push(name);
        return Some(text.push("` hand arguments, or parts of the configuration, through more than 6 types in each other; let those between use names of the load"));
    }
    None
}

/// What the type of a field declares; `None` if it holds several.
const fn only(node: &'static Node) -> Option<&'static Declared> {
    let mut node = node;
    loop {
        node = match node {
            Node::List { item, .. } | Node::Map { item } | Node::Optional { item } => item,
            Node::Struct { declared: Some(declared), .. } | Node::Choice { declared, .. } => return Some(declared),
            Node::Parameter(_) => return Some(Declared::NONE),
            Node::Struct { .. } => return None,
        };
    }
}

/// Whether this is given for all that is declared, and nothing else.
const fn is_all(args: &'static [Argument], given: Gives) -> bool {
    if let ([], Gives::Names([])) = (args, given) {
        return true;
    }
    let (mut args, mut i, mut used) = (args, 0, 0);
    while let [argument, rest @ ..] = args {
        match (given_for(argument, given, i), &argument.default) {
            (Some(_), _) => used += 1,
            (None, None) => return false,
            (None, Some(_)) => {}
        }
        (args, i) = (rest, i + 1);
    }
    used == given.len()
}

/// What is given and not declared, or the other way round.
const fn mismatch(name: &str, types: &Types, given: Gives) -> Option<Message> {
    let mut i = 0;
    while i < given.len() {
        if !types.declare(given.name(i)) {
            return Some(unknown(name, given.name(i), types));
        }
        i += 1;
    }
    i = 0;
    while i < types.len {
        let args = types.all[i].args;
        if lacks(args, given) {
            return Some(lacking(name, args, given));
        }
        i += 1;
    }
    None
}

/// The types whose names a field gives: those that no other type is around.
const fn collect(node: &'static Node, types: &mut Types) {
    match node {
        Node::Parameter(_) => {}
        Node::List { item, .. } | Node::Map { item } | Node::Optional { item } => collect(item, types),
        Node::Struct { declared: Some(declared), .. } | Node::Choice { declared, .. } => {
            if types.len < MOST {
                types.all[types.len] = declared;
                types.len += 1;
            }
        }
        Node::Struct { fields, declared: None, .. } => {
            let mut i = 0;
            while i < fields.len() {
                collect(fields[i].node, types);
                i += 1;
            }
        }
    }
}

impl Types {
    const fn declare(&self, name: &str) -> bool {
        let mut i = 0;
        while i < self.len {
            if argument(self.all[i].args, name).is_some() {
                return true;
            }
            i += 1;
        }
        false
    }
}

/// Whether an argument without a default is not given.
const fn lacks(args: &'static [Argument], given: Gives) -> bool {
    let mut i = 0;
    while i < args.len() {
        if args[i].default.is_none() && given.get(args[i].name).is_none() {
            return true;
        }
        i += 1;
    }
    false
}

const fn lacking(name: &str, args: &'static [Argument], given: Gives) -> Message {
    let (mut text, mut i, mut count) = (Text::new().push("the type of `").push(name).push("` needs "), 0, 0);
    while i < args.len() {
        if args[i].default.is_none() && given.get(args[i].name).is_none() {
            text = text.push(if count == 0 { "`" } else { " and `" }).push(args[i].name).push("`");
            count += 1;
        }
        i += 1;
    }
    (text, i) = (text.push(", which nothing gives; write `args("), 0);
    while i < args.len() {
        if args[i].default.is_none() {
            let is_first = text.as_str().as_bytes()[text.as_str().len() - 1] == b'(';
            text = text.push(if is_first { "" } else { ", " }).push(args[i].name).push(" = ..");
        }
        i += 1;
    }
    text.push(")`, with names in quotes or constants")
}

const fn unknown(name: &str, wrong: &str, types: &Types) -> Message {
    let text = Text::new().push("`args` gives `").push(wrong).push("`, which the type of `").push(name);
    let mut text = text.push("` does not declare");
    let (mut best, mut nearest) = (usize::MAX, "");
    let (mut i, mut count) = (0, 0);
    while i < types.len {
        let (args, mut k) = (types.all[i].args, 0);
        while k < args.len() {
            let far = distance(wrong, args[k].name);
            if far < best {
                (best, nearest) = (far, args[k].name);
            }
            count += 1;
            k += 1;
        }
        i += 1;
    }
    if count == 0 {
        return text
            .push("; it takes no arguments, so declare them with `#[module(args(..))]` on the type, or remove `args`");
    }
    (text, i) = (text.push("; it has "), 0);
    let mut before = "`";
    while i < types.len {
        let (args, mut k) = (types.all[i].args, 0);
        while k < args.len() {
            text = text.push(before).push(args[k].name).push("`");
            before = ", `";
            k += 1;
        }
        i += 1;
    }
    let longest = if wrong.len() > nearest.len() { wrong.len() } else { nearest.len() };
    if best * 2 <= longest && !same(wrong, nearest) {
        text = text.push("; did you mean `").push(nearest).push("`?");
    }
    text
}

/// How many parts of the configuration are in each other, in what a field holds.
const fn scopes(node: &'static Node, around: usize) -> usize {
    let fields = match node {
        Node::Parameter(_) => return around,
        Node::List { item, .. } | Node::Map { item } | Node::Optional { item } => return scopes(item, around),
        Node::Choice { variants, .. } => {
            let (mut deepest, mut i) = (around, 0);
            while i < variants.len() {
                let below = scopes(&variants[i].node, around);
                deepest = if below > deepest { below } else { deepest };
                i += 1;
            }
            return deepest;
        }
        Node::Struct { fields, .. } => *fields,
    };
    let (mut deepest, mut i) = (around, 0);
    while i < fields.len() {
        let is_scope = match fields[i].attributes {
            Some(Attributes { given, .. }) => !given.config_scope().is_empty(),
            None => false,
        };
        let below = scopes(fields[i].node, if is_scope { around + 1 } else { around });
        deepest = if below > deepest { below } else { deepest };
        i += 1;
    }
    deepest
}
