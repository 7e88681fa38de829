//! Expressions with each argument replaced by what it stands for: to compare them, and to show them.

use super::environment::{Environment, Lookup, Symbol};
use super::expression::{CALL, Expression, MOST, Step};
use super::text::Text;

/// An expression in which each argument is replaced by what it stands for.
#[derive(Clone, Copy)]
pub(crate) struct Flat {
    steps: [Option<FlatStep>; MOST],
    len: usize,
    /// Whether it has more steps than fit.
    is_cut: bool,
}

/// A step, and the scope and the instance of a name.
#[derive(Clone, Copy)]
struct FlatStep {
    step: Step,
    symbol: Symbol,
}

impl Expression {
    /// It, with each argument replaced by what it stands for.
    pub(crate) const fn flat(&self, environment: &Environment) -> Flat {
        let mut flat = Flat::EMPTY;
        flatten(self.steps(), environment, environment.level(), &mut flat);
        flat
    }

    /// Appends it as it is written in Rust, without quotes around names, and with each argument replaced: `3 * hidden`,
    /// `ceil_div(vocab, 64)`.
    pub(crate) const fn push_to<const N: usize>(&self, text: Text<N>, environment: &Environment) -> Text<N> {
        push_step(self.steps(), self.steps().len(), environment, (environment.level(), 0), text).0
    }

    /// It as text, with each argument replaced.
    pub(crate) fn shown(&self, environment: &Environment) -> String {
        self.push_to(Text::<512>::new(), environment).as_str().to_owned()
    }
}

impl std::fmt::Display for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown(&Environment::LOAD))
    }
}

/// Appends what a name stands for.
pub(super) const fn push_name<const N: usize>(name: &'static str, environment: &Environment, text: Text<N>) -> Text<N> {
    push_named(name, environment, (environment.level(), 0), text)
}

impl Flat {
    /// A number alone.
    pub(super) const fn number(number: usize) -> Flat {
        let mut flat = Flat::EMPTY;
        flat.push(Step::Number(number), Symbol::of(""));
        flat
    }

    /// A name alone.
    pub(super) const fn of_symbol(symbol: Symbol) -> Flat {
        let mut flat = Flat::EMPTY;
        flat.push(Step::Name(symbol.name), symbol);
        flat
    }

    /// What a name alone stands for.
    pub(crate) const fn of_name(name: &'static str, environment: &Environment) -> Flat {
        let mut flat = Flat::EMPTY;
        flatten_name(name, environment, environment.level(), &mut flat);
        flat
    }

    const EMPTY: Flat = Flat { steps: [None; MOST], len: 0, is_cut: false };

    /// Whether both are the same, and so have the same value.
    pub(crate) const fn is(&self, other: &Flat) -> bool {
        let mut i = 0;
        while i < self.len && i < other.len {
            if let (Some(a), Some(b)) = (&self.steps[i], &other.steps[i])
                && !(a.step.is(&b.step) && a.symbol.is(&b.symbol))
            {
                return false;
            }
            i += 1;
        }
        self.len == other.len && !self.is_cut && !other.is_cut
    }

    /// The name that a step is, unless one before it is the same.
    pub(crate) const fn first_symbol(&self, at: usize) -> Option<Symbol> {
        let Some(FlatStep { step: Step::Name(_), symbol }) = self.steps[at] else { return None };
        let mut i = 0;
        while i < at {
            if let Some(FlatStep { step: Step::Name(_), symbol: other }) = &self.steps[i]
                && other.is(&symbol)
            {
                return None;
            }
            i += 1;
        }
        Some(symbol)
    }

    /// Whether any name is in it.
    pub(crate) const fn has_symbols(&self) -> bool {
        let mut at = 0;
        while at < self.len {
            if self.first_symbol(at).is_some() {
                return true;
            }
            at += 1;
        }
        false
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The texts in it, with which names are compared.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &'static str> {
        let steps = self.steps.iter().flatten();
        steps.filter_map(|flat| if let Step::Text(text) = flat.step { Some(text) } else { None })
    }

    /// The names in it, in order, each once.
    pub(crate) fn symbols(&self) -> impl Iterator<Item = Symbol> {
        (0..self.len).filter_map(|at| self.first_symbol(at))
    }

    const fn push(&mut self, step: Step, symbol: Symbol) {
        if self.len == MOST {
            self.is_cut = true;
        } else {
            self.steps[self.len] = Some(FlatStep { step, symbol });
            self.len += 1;
        }
    }
}

const fn flatten(steps: &'static [Step], environment: &Environment, level: usize, flat: &mut Flat) {
    let mut i = 0;
    while i < steps.len() {
        match steps[i] {
            Step::Name(name) => flatten_name(name, environment, level, flat),
            step => flat.push(step, Symbol::of("")),
        }
        i += 1;
    }
}

const fn flatten_name(name: &'static str, environment: &Environment, level: usize, flat: &mut Flat) {
    match environment.lookup(name, level) {
        Lookup::Is(expression, level) => flatten(expression.steps(), environment, level, flat),
        Lookup::Symbol(symbol) => flat.push(Step::Name(symbol.name), symbol),
    }
}

const fn push_named<const N: usize>(
    name: &'static str,
    environment: &Environment,
    (level, around): (usize, u8),
    text: Text<N>,
) -> Text<N> {
    match environment.lookup(name, level) {
        Lookup::Symbol(symbol) => symbol.push_to(text),
        Lookup::Is(expression, level) => {
            push_step(expression.steps(), expression.steps().len(), environment, (level, around), text).0
        }
    }
}

/// Appends what ends before step `end`, in parentheses if it binds less than what is around it. Returns where it begins.
const fn push_step<const N: usize>(
    steps: &'static [Step],
    end: usize,
    environment: &Environment,
    (level, around): (usize, u8),
    text: Text<N>,
) -> (Text<N>, usize) {
    let at = end - 1;
    let operation = match steps[at] {
        Step::Number(number) => return (text.push_number(number), at),
        Step::Truth(true) => return (text.push("true"), at),
        Step::Truth(false) => return (text.push("false"), at),
        Step::Float(written) => return (text.push(written), at),
        Step::Text(word) => return (text.push("\"").push(word).push("\""), at),
        Step::Name(name) => return (push_named(name, environment, (level, around), text), at),
        operation => operation,
    };
    let (written, binding) = (operation.text(), operation.binding());
    if operation.takes() == 1 {
        let text = text.push(written);
        return push_step(steps, at, environment, (level, binding), text);
    }
    let middle = start_of(steps, at);
    let is_call = binding == CALL;
    let is_wrapped = is_call || binding < around;
    let text = match (is_call, is_wrapped) {
        (true, _) => text.push(written).push("("),
        (false, true) => text.push("("),
        (false, false) => text,
    };
    // what is on the right of an operator binds more than the operator itself
    let (left, right) = if is_call { (0, 0) } else { (binding, binding + 1) };
    let (text, start) = push_step(steps, middle, environment, (level, left), text);
    let text = if is_call { text.push(", ") } else { text.push(written) };
    let (text, _) = push_step(steps, at, environment, (level, right), text);
    (if is_wrapped { text.push(")") } else { text }, start)
}

/// Where the value that ends before step `end` begins.
const fn start_of(steps: &[Step], end: usize) -> usize {
    let (mut needed, mut at) = (1usize, end);
    while needed > 0 {
        at -= 1;
        needed = needed + steps[at].takes() - 1;
    }
    at
}
