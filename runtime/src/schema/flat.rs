//! Expressions with each argument replaced by what it stands for: to compare them, and to show them.

use super::environment::{Environment, Lookup, Symbol};
use super::expression::{CALL, Expression, MOST, Step};
use super::text::{Text, same};
use super::value::{Known, Setting};

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
        self.flat(environment).push_to(text)
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
    Flat::of_name(name, environment).push_to(text)
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

    /// Whether a name is in it.
    pub(crate) const fn has(&self, symbol: &Symbol) -> bool {
        let mut at = 0;
        while at < self.len {
            if let Some(FlatStep { step: Step::Name(_), symbol: other }) = &self.steps[at]
                && other.is(symbol)
            {
                return true;
            }
            at += 1;
        }
        false
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

    /// Whether all names in it are true or false.
    pub(crate) fn is_of_flags(&self) -> bool {
        let mut steps = self.steps.iter().take(self.len).flatten();
        steps.all(|flat| matches!(flat.step, Step::Name(_) | Step::Truth(_) | Step::Not | Step::And | Step::Or))
    }

    /// Of a name alone, and of one after `!`: what makes it untrue.
    pub(crate) fn untrue(&self) -> Option<bool> {
        let steps = [self.steps[0], self.steps[1]].map(|flat| flat.map(|flat| flat.step));
        match (self.len, steps) {
            (1, [Some(Step::Name(_)), _]) => Some(false),
            (2, [Some(Step::Name(_)), Some(Step::Not)]) => Some(true),
            _ => None,
        }
    }

    /// The names in it, in order, each once.
    pub(crate) fn symbols(&self) -> impl Iterator<Item = Symbol> {
        (0..self.len).filter_map(|at| self.first_symbol(at))
    }

    /// Appends it as it is written in Rust, without quotes around names.
    pub(crate) const fn push_to<const N: usize>(&self, text: Text<N>) -> Text<N> {
        match self.is_cut {
            true => text.push("(an expression of more than 64 numbers and operations)"),
            false => push_step(self, self.len, 0, text).0,
        }
    }

    /// A condition without what is decided already: where `kind` is known to be `"a"`, `kind == "b" || bias` is `bias`.
    pub(crate) const fn reduced(&self, known: Known<'_>) -> Flat {
        let (mut out, mut starts, mut len, mut i) = (Flat::EMPTY, [0; MOST], 0, 0);
        while i < self.len
            && let Some(FlatStep { step, symbol }) = self.steps[i]
        {
            match step {
                Step::Not => match out.truth_at(starts[len - 1], out.len) {
                    Some(is) => out.replace(starts[len - 1], Step::Truth(!is)),
                    None => out.push(step, symbol),
                },
                Step::And | Step::Or => {
                    let (a, b) = (starts[len - 2], starts[len - 1]);
                    let decides = matches!(step, Step::Or);
                    match (out.truth_at(a, b), out.truth_at(b, out.len)) {
                        (Some(is), _) | (_, Some(is)) if is == decides => out.replace(a, Step::Truth(is)),
                        (Some(_), _) => out.drop_before(a, b),
                        (_, Some(_)) => out.len = b,
                        _ => out.push(step, symbol),
                    }
                    len -= 1;
                }
                Step::Equal | Step::Unequal => {
                    let (a, b) = (starts[len - 2], starts[len - 1]);
                    match out.are_equal(a, b, known) {
                        Some(is) => out.replace(a, Step::Truth(is == matches!(step, Step::Equal))),
                        None => out.push(step, symbol),
                    }
                    len -= 1;
                }
                _ => {
                    len -= step.takes();
                    if step.takes() == 0 {
                        starts[len] = out.len;
                    }
                    match (step, known.get(&symbol)) {
                        (Step::Name(_), Some(Setting::Truth(is))) => out.push(Step::Truth(is), Symbol::of("")),
                        (Step::Name(_), Some(Setting::Number(number))) => {
                            out.push(Step::Number(number), Symbol::of(""));
                        }
                        _ => out.push(step, symbol),
                    }
                    len += 1;
                }
            }
            i += 1;
        }
        out.is_cut = self.is_cut;
        out
    }

    /// What these steps are, if they are one, and it is true or false.
    const fn truth_at(&self, start: usize, end: usize) -> Option<bool> {
        match self.steps[start] {
            Some(FlatStep { step: Step::Truth(is), .. }) if end == start + 1 => Some(is),
            _ => None,
        }
    }

    /// Whether a value and the last one are the same, if both are known.
    const fn are_equal(&self, a: usize, b: usize, known: Known<'_>) -> Option<bool> {
        if b != a + 1 || self.len != b + 1 {
            return None;
        }
        let (Some(x), Some(y)) = (&self.steps[a], &self.steps[b]) else { return None };
        match (x.step, y.step) {
            (Step::Number(a), Step::Number(b)) => Some(a == b),
            (Step::Truth(a), Step::Truth(b)) => Some(a == b),
            (Step::Name(_), Step::Text(text)) => match known.get(&x.symbol) {
                Some(Setting::Text(is)) => Some(same(is, text)),
                Some(_) => Some(false),
                None => None,
            },
            _ => None,
        }
    }

    /// Puts one step in place of all from `start` on.
    const fn replace(&mut self, start: usize, step: Step) {
        self.len = start;
        self.push(step, Symbol::of(""));
    }

    /// Takes out what stands from `start` to `end`.
    const fn drop_before(&mut self, start: usize, end: usize) {
        let mut i = end;
        while i < self.len {
            self.steps[start + i - end] = self.steps[i];
            i += 1;
        }
        self.len -= end - start;
    }

    /// Where the value that ends before step `end` begins.
    const fn start_of(&self, end: usize) -> usize {
        let (mut needed, mut at) = (1usize, end);
        while needed > 0 && at > 0 {
            at -= 1;
            if let Some(FlatStep { step, .. }) = &self.steps[at] {
                needed = needed + step.takes() - 1;
            }
        }
        at
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
        Lookup::Name(name, level) => flatten_name(name, environment, level, flat),
        Lookup::Is(expression, level) => flatten(expression.steps(), environment, level, flat),
        Lookup::Symbol(symbol) => flat.push(Step::Name(symbol.name), symbol),
    }
}

/// Appends what ends before step `end`, in parentheses if it binds less than what is around it. Returns where it begins.
const fn push_step<const N: usize>(flat: &Flat, end: usize, around: u8, text: Text<N>) -> (Text<N>, usize) {
    let at = end - 1;
    let Some(FlatStep { step, symbol }) = &flat.steps[at] else { return (text, at) };
    match *step {
        Step::Number(number) => return (text.push_number(number), at),
        Step::Truth(true) => return (text.push("true"), at),
        Step::Truth(false) => return (text.push("false"), at),
        Step::Float(written) => return (text.push(written), at),
        Step::Text(word) => return (text.push("\"").push(word).push("\""), at),
        Step::Name(_) => return (symbol.push_to(text), at),
        _ => {}
    }
    let (written, binding) = (step.text(), step.binding());
    if step.takes() == 1 {
        return push_step(flat, at, binding, text.push(written));
    }
    let middle = flat.start_of(at);
    let is_call = binding == CALL;
    let is_wrapped = is_call || binding < around;
    let text = match (is_call, is_wrapped) {
        (true, _) => text.push(written).push("("),
        (false, true) => text.push("("),
        (false, false) => text,
    };
    // what is on the right of an operator binds more than the operator itself
    let (left, right) = if is_call { (0, 0) } else { (binding, binding + 1) };
    let (text, start) = push_step(flat, middle, left, text);
    let text = if is_call { text.push(", ") } else { text.push(written) };
    let (text, _) = push_step(flat, at, right, text);
    (if is_wrapped { text.push(")") } else { text }, start)
}
