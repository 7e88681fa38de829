//! What names stand for at a place of the model: arguments of a module, or names of the load.

use super::expression::{Expression, Step};
use super::text::{Text, same};

/// The most modules with arguments in each other, counted from one that has none.
pub(crate) const DEPTH: usize = 6;

/// The most parts of the configuration in each other.
pub(super) const SCOPES: usize = 3;

/// What a type declares of names.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// The names of the arguments, with a space between them, to be compared at once.
    pub names: &'static str,
    /// The arguments that a field of this type gives.
    pub args: &'static [Argument],
    /// What names of the load are where the configuration lacks them.
    pub defaults: &'static [(&'static str, Expression)],
    /// The type of another crate that it is the parts of; empty if it is a module itself.
    pub remote: &'static str,
}

/// An argument that a type declares.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name in the type.
    pub name: &'static str,
    /// What it is where a field does not give it. It may use the arguments before it.
    pub default: Option<Expression>,
}

/// An argument that a field gives.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Its name in the field's type.
    pub name: &'static str,
    /// What it is, where the field stands; `None` if it is open for this one instance.
    pub value: Option<Expression>,
}

/// What a field gives to the modules in it, and what its presence depends on.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    /// Their arguments.
    pub args: &'static [Binding],
    /// The part of the configuration that their names are in; empty for the one that the field is in.
    pub config_scope: &'static str,
    /// Whether an `Option` is there.
    pub when: Option<Expression>,
    /// Whether the field is tied.
    pub tied_when: Option<Expression>,
}

/// What a field gives. Most give names alone, which the compiler need not look into.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gives {
    /// Arguments, each with the name that it is where the field stands, and nothing else.
    Names(&'static [(&'static str, &'static str)]),
    /// Anything.
    Any(&'static Given),
}

/// What is given for an argument.
#[derive(Clone, Copy)]
pub(super) enum Bound {
    /// It is open for this one instance.
    Open,
    /// This name, where the field stands.
    Name(&'static str),
    /// The value of this expression, where the field stands.
    Is(Expression),
}

/// What names stand for in a module. It is small, and copied wherever an expression waits for its names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Environment {
    /// The modules with arguments around a place, the outermost first. It begins anew at a module without arguments.
    frames: [Option<Frame>; DEPTH],
    len: usize,
    scope: Scope,
    /// How much of the scope the load's names have where the outermost frame stands.
    outer_scope: u8,
    /// What the innermost module declares.
    innermost: &'static Declared,
    /// Whether any module was entered. The arguments of the first are names of the load.
    is_inside: bool,
}

/// A module with arguments.
#[derive(Clone, Copy, Debug)]
struct Frame {
    declared: &'static Declared,
    gives: Gives,
    /// Tells the open arguments of one instance from those of another.
    instance: u32,
    /// How much of the scope the load's names have in it.
    scope: u8,
}

/// A part of the configuration: the keys that lead to it, which is none for the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    keys: [Option<&'static str>; SCOPES],
    len: u8,
}

/// A name of the load, or an open argument of one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    pub(crate) name: &'static str,
    pub(crate) scope: Scope,
    /// [`Symbol::OF_LOAD`] for a name of the load.
    instance: u32,
}

/// What a name stands for.
pub(crate) enum Lookup {
    Symbol(Symbol),
    /// What this name is, at this level.
    Name(&'static str, usize),
    /// The value of this expression, at this level.
    Is(Expression, usize),
}

impl Gives {
    /// Nothing.
    pub(crate) const NONE: Gives = Gives::Names(&[]);

    /// Whether an `Option` is there.
    pub(crate) const fn when(self) -> Option<&'static Expression> {
        match self {
            Gives::Any(Given { when: Some(when), .. }) => Some(when),
            _ => None,
        }
    }

    /// Whether the field is tied.
    pub(crate) const fn tied_when(self) -> Option<&'static Expression> {
        match self {
            Gives::Any(Given { tied_when: Some(when), .. }) => Some(when),
            _ => None,
        }
    }

    /// The part of the configuration that names are in.
    pub(super) const fn config_scope(self) -> &'static str {
        match self {
            Gives::Names(_) => "",
            Gives::Any(given) => given.config_scope,
        }
    }

    /// How many arguments it gives.
    pub(super) const fn len(self) -> usize {
        match self {
            Gives::Names(args) => args.len(),
            Gives::Any(given) => given.args.len(),
        }
    }

    /// The name of the argument with this number.
    pub(super) const fn name(self, number: usize) -> &'static str {
        match self {
            Gives::Names(args) => args[number].0,
            Gives::Any(given) => given.args[number].name,
        }
    }

    /// What it gives for the argument with this number.
    pub(super) const fn nth(self, number: usize) -> Bound {
        match self {
            Gives::Names(args) => Bound::Name(args[number].1),
            Gives::Any(given) => given.args[number].bound(),
        }
    }

    /// What it gives for the argument of this name.
    pub(super) const fn get(self, name: &str) -> Option<Bound> {
        match self {
            Gives::Names(mut rest) => {
                while let [(first, value), others @ ..] = rest {
                    if same(first, name) {
                        return Some(Bound::Name(value));
                    }
                    rest = others;
                }
            }
            Gives::Any(Given { args, .. }) => {
                let mut rest = *args;
                while let [first, others @ ..] = rest {
                    if same(first.name, name) {
                        return Some(first.bound());
                    }
                    rest = others;
                }
            }
        }
        None
    }

    /// Whether an argument is open for this one instance.
    pub(crate) const fn has_open(self) -> bool {
        let Gives::Any(Given { args, .. }) = self else { return false };
        let mut rest = *args;
        while let [first, others @ ..] = rest {
            if first.value.is_none() {
                return true;
            }
            rest = others;
        }
        false
    }

    /// Whether both are of one field.
    fn are_same(self, other: Gives) -> bool {
        match (self, other) {
            (Gives::Names(a), Gives::Names(b)) => std::ptr::eq(a, b),
            (Gives::Any(a), Gives::Any(b)) => std::ptr::eq(a, b),
            _ => false,
        }
    }
}

impl Binding {
    const fn bound(&self) -> Bound {
        match self.value {
            Some(value) => Bound::Is(value),
            None => Bound::Open,
        }
    }
}

impl Declared {
    /// No names.
    pub const NONE: &'static Declared = &Declared { names: "", args: &[], defaults: &[], remote: "" };
}

impl Scope {
    pub(crate) const WHOLE: Scope = Scope { keys: [None; SCOPES], len: 0 };

    /// The part at this key. It may be several, with dots between them.
    const fn at(mut self, key: &'static str) -> Scope {
        if !key.is_empty() && (self.len as usize) < SCOPES {
            self.keys[self.len as usize] = Some(key);
            self.len += 1;
        }
        self
    }

    /// The outer part with so many keys.
    const fn cut(mut self, len: u8) -> Scope {
        while self.len > len {
            self.len -= 1;
            self.keys[self.len as usize] = None;
        }
        self
    }

    const fn is(&self, other: &Scope) -> bool {
        let mut i = 0;
        while self.len == other.len
            && let (Some(key), Some(other)) = (self.key(i), other.key(i))
        {
            if !same(key, other) {
                return false;
            }
            i += 1;
        }
        self.len == other.len
    }

    /// One of the keys, the outermost first.
    const fn key(&self, number: usize) -> Option<&'static str> {
        if number < SCOPES { self.keys[number] } else { None }
    }
}

impl Symbol {
    const OF_LOAD: u32 = 0;

    /// A name of the load, in the whole configuration.
    pub(crate) const fn of(name: &'static str) -> Symbol {
        Symbol { name, scope: Scope::WHOLE, instance: Symbol::OF_LOAD }
    }

    pub(crate) const fn is(&self, other: &Symbol) -> bool {
        self.instance == other.instance && same(self.name, other.name) && self.scope.is(&other.scope)
    }

    /// Whether its name alone tells it from all others.
    pub(crate) const fn is_bare(&self) -> bool {
        self.is_of_load() && self.scope.len == 0
    }

    /// Whether it is a name of the load, which the configuration may have.
    pub(crate) const fn is_of_load(&self) -> bool {
        self.instance == Symbol::OF_LOAD
    }

    /// Appends its name as the configuration has it: `text_config.hidden_size`.
    pub(crate) const fn push_to<const N: usize>(&self, text: Text<N>) -> Text<N> {
        let (mut text, mut i) = (text, 0);
        while let (true, Some(key)) = (self.is_of_load(), self.scope.key(i)) {
            text = text.push(key).push(".");
            i += 1;
        }
        text.push(self.name)
    }
}

impl std::fmt::Display for Symbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.push_to(Text::<512>::new()).as_str())
    }
}

impl Environment {
    /// Where all names are the load's.
    pub(crate) const LOAD: Environment = Environment {
        frames: [None; DEPTH],
        len: 0,
        scope: Scope::WHOLE,
        outer_scope: 0,
        innermost: Declared::NONE,
        is_inside: false,
    };

    /// The environment in a module of this type, with what its field gives. `instance` is not 0, and differs for each module that
    /// is given an open argument.
    pub(crate) const fn enter(&self, declared: &'static Declared, gives: Gives, instance: u32) -> Environment {
        let mut inner = *self;
        (inner.is_inside, inner.innermost) = (true, declared);
        inner.scope = self.scope.at(gives.config_scope());
        let scope = inner.scope.len;
        if declared.args.is_empty() || !self.is_inside {
            (inner.frames, inner.len, inner.outer_scope) = ([None; DEPTH], 0, scope);
        } else if self.len < DEPTH {
            inner.frames[self.len] = Some(Frame { declared, gives, instance, scope });
            inner.len += 1;
        }
        inner
    }

    /// Whether it is the same place of the schema, or another one with the same arguments from the same fields.
    pub(crate) fn is_same(&self, other: &Environment) -> bool {
        let is_same = |(a, b): (&Option<Frame>, &Option<Frame>)| match (a, b) {
            (Some(a), Some(b)) => {
                std::ptr::eq(a.declared, b.declared)
                    && a.gives.are_same(b.gives)
                    && (a.instance, a.scope) == (b.instance, b.scope)
            }
            (None, None) => true,
            _ => false,
        };
        self.len == other.len
            && self.outer_scope == other.outer_scope
            && self.frames.iter().zip(&other.frames).take(self.len).all(is_same)
            && self.scope == other.scope
    }

    /// The type of another crate that the innermost module is the parts of; empty if it is a module itself.
    pub(crate) const fn remote(&self) -> &'static str {
        self.innermost.remote
    }

    /// The argument of the innermost module that a condition is.
    pub(crate) fn argument(&self, when: &Expression) -> Option<&'static str> {
        match when.steps() {
            [Step::Name(name)] if self.len > 0 => argument(self.innermost.args, name).map(|argument| argument.name),
            _ => None,
        }
    }

    /// Whether a name is an argument of the innermost module, which its field gives.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        let innermost = self.len.checked_sub(1).and_then(|level| self.frames[level]);
        innermost.is_some_and(|frame| frame.gives.get(name).is_some())
    }

    /// The level of the innermost module.
    pub(crate) const fn level(&self) -> usize {
        self.len
    }

    /// The name of the load that a default is for.
    pub(crate) const fn of_load(&self, name: &'static str) -> Symbol {
        Symbol { name, scope: self.scope, instance: Symbol::OF_LOAD }
    }

    /// What a name stands for at a level.
    pub(crate) const fn lookup(&self, name: &'static str, level: usize) -> Lookup {
        let frame = if level == 0 { None } else { self.frames[level - 1] };
        let scope = match &frame {
            Some(frame) => frame.scope,
            None => self.outer_scope,
        };
        let load = Symbol { name, scope: self.scope.cut(scope), instance: Symbol::OF_LOAD };
        let Some(Frame { declared, gives, instance, .. }) = frame else { return Lookup::Symbol(load) };
        let Some(argument) = argument(declared.args, name) else { return Lookup::Symbol(load) };
        match (gives.get(name), argument.default) {
            (Some(Bound::Name(outer)), _) => Lookup::Name(outer, level - 1),
            (Some(Bound::Is(value)), _) => Lookup::Is(value, level - 1),
            (Some(Bound::Open), _) => Lookup::Symbol(Symbol { instance, ..load }),
            (None, Some(default)) => Lookup::Is(default, level),
            // the compiler has refused this
            (None, None) => Lookup::Symbol(load),
        }
    }

    /// The name of the load, or the open argument, that a name alone stands for; `None` if it stands for more.
    pub(crate) const fn symbol(&self, name: &'static str) -> Option<Symbol> {
        match self.stands_for(name) {
            Lookup::Symbol(symbol) => Some(symbol),
            Lookup::Name(..) | Lookup::Is(..) => None,
        }
    }

    /// What a name stands for in the end, through arguments that are names themselves.
    pub(crate) const fn stands_for(&self, name: &'static str) -> Lookup {
        let (mut name, mut level) = (name, self.len);
        loop {
            match self.lookup(name, level) {
                Lookup::Symbol(symbol) => return Lookup::Symbol(symbol),
                Lookup::Name(inner, outer) => (name, level) = (inner, outer),
                Lookup::Is(expression, outer) => match expression.steps() {
                    [Step::Name(inner)] => (name, level) = (*inner, outer),
                    _ => return Lookup::Is(expression, outer),
                },
            }
        }
    }
}

/// The argument of this name.
pub(crate) const fn argument(declared: &'static [Argument], name: &str) -> Option<&'static Argument> {
    let mut rest = declared;
    while let [first, others @ ..] = rest {
        if same(first.name, name) {
            return Some(first);
        }
        rest = others;
    }
    None
}
