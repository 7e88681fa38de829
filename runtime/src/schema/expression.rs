//! Expressions over numbers and names: data in the schema, which gets its value while a checkpoint is compared.

use core::fmt;

use super::text::{Text, same};

/// The most steps of one expression.
const MOST: usize = 64;

/// A dim or a length that is computed, as `3 * "hidden"` is: its steps, each after those that it works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Expression(&'static [Step]);

/// One step of an [`Expression`]: a value, or an operation on the two last values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// This number.
    Number(usize),
    /// The number of a named dim.
    Name(&'static str),
    /// The sum.
    Add,
    /// The difference.
    Subtract,
    /// The product.
    Multiply,
    /// The quotient, which must be a whole number.
    Divide,
    /// The quotient, rounded up.
    CeilDivide,
    /// The first value, rounded up to a multiple of the second.
    RoundUp,
}

/// What an expression comes out as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// This number.
    Is(usize),
    /// One name is not known, and the value is a linear function of it.
    Linear(Line),
    /// Names are not known.
    Open,
    /// No number, whatever names that are not known may be.
    Wrong(Fault),
}

/// `(slope · name + offset) / over`, where `slope` and `over` are not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    slope: i128,
    offset: i128,
    over: i128,
}

/// Why an expression has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    TooLarge,
    Negative,
    ByZero,
    /// The quotient of these is no whole number.
    Inexact(i128, i128),
}

/// A value on the stack of an evaluation.
#[derive(Clone, Copy)]
enum Partial {
    Is(i128),
    Linear(Line),
    Open,
}

impl Expression {
    /// An expression of these steps, which the derive has put in order.
    #[doc(hidden)]
    #[track_caller]
    pub const fn of(steps: &'static [Step]) -> Expression {
        assert!(steps.len() <= MOST, "this expression has more than 64 numbers and operations; write a simpler one");
        Expression(steps)
    }

    /// Its steps, each after those that it works on.
    pub(crate) const fn steps(&self) -> &'static [Step] {
        self.0
    }

    /// Whether both are written alike.
    pub(crate) const fn is(&self, other: &Expression) -> bool {
        let (a, b, mut i) = (self.0, other.0, 0);
        while i < a.len() && i < b.len() {
            let is_alike = match (a[i], b[i]) {
                (Step::Number(a), Step::Number(b)) => a == b,
                (Step::Name(a), Step::Name(b)) => same(a, b),
                (Step::Number(_) | Step::Name(_), _) | (_, Step::Number(_) | Step::Name(_)) => false,
                (a, b) => same(a.text(), b.text()),
            };
            if !is_alike {
                return false;
            }
            i += 1;
        }
        a.len() == b.len()
    }

    /// The names in it, in order, each as often as it stands there.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        (0..self.0.len()).filter_map(|at| self.name_at(at))
    }

    /// The names in it, in order, each once.
    pub(crate) fn distinct_names(&self) -> impl Iterator<Item = &'static str> {
        (0..self.0.len()).filter(|&at| self.is_first(at)).filter_map(|at| self.name_at(at))
    }

    /// The name that a step is.
    pub(crate) const fn name_at(&self, at: usize) -> Option<&'static str> {
        if let Step::Name(name) = self.0[at] { Some(name) } else { None }
    }

    /// Whether no step before this one is the same name.
    pub(crate) const fn is_first(&self, at: usize) -> bool {
        let Some(name) = self.name_at(at) else { return false };
        let mut i = 0;
        while i < at {
            if let Some(other) = self.name_at(i)
                && same(other, name)
            {
                return false;
            }
            i += 1;
        }
        true
    }

    /// Its value where names have these numbers.
    pub(crate) const fn value(&self, numbers: &[(&'static str, usize)]) -> Value {
        let (mut stack, mut len, mut i) = ([Partial::Open; MOST], 0, 0);
        while i < self.0.len() {
            let next = match self.0[i] {
                Step::Number(number) => Partial::Is(number as i128),
                Step::Name(name) => match number_of(numbers, name) {
                    Some(number) => Partial::Is(number as i128),
                    None => Partial::Linear(Line { name, slope: 1, offset: 0, over: 1 }),
                },
                operation => {
                    len -= 2;
                    match apply(operation, stack[len], stack[len + 1]) {
                        Ok(partial) => partial,
                        Err(fault) => return Value::Wrong(fault),
                    }
                }
            };
            stack[len] = next;
            len += 1;
            i += 1;
        }
        match stack[0] {
            Partial::Is(number) if number < 0 => Value::Wrong(Fault::Negative),
            Partial::Is(number) if number > usize::MAX as i128 => Value::Wrong(Fault::TooLarge),
            Partial::Is(number) => Value::Is(number as usize),
            Partial::Linear(line) => Value::Linear(line),
            Partial::Open => Value::Open,
        }
    }

    /// Appends it as it is written in Rust: `3 * hidden`, `ceil_div(vocab, 64)`.
    pub(crate) const fn push_to<const N: usize>(&self, text: Text<N>) -> Text<N> {
        self.push_step(self.0.len(), 0, text).0
    }

    /// Appends what ends before step `end`, in parentheses if it binds less than `around`. Returns where it begins.
    const fn push_step<const N: usize>(&self, end: usize, around: u8, text: Text<N>) -> (Text<N>, usize) {
        let at = end - 1;
        let (operator, binding) = match self.0[at] {
            Step::Number(number) => return (text.push_number(number), at),
            Step::Name(name) => return (text.push(name), at),
            operation => (operation.text(), operation.binding()),
        };
        let middle = self.start_of(at);
        let is_call = binding == CALL;
        let is_wrapped = is_call || binding < around;
        let text = match (is_call, is_wrapped) {
            (true, _) => text.push(operator).push("("),
            (false, true) => text.push("("),
            (false, false) => text,
        };
        // what is on the right of an operator binds more than the operator itself
        let (left, right) = if is_call { (0, 0) } else { (binding, binding + 1) };
        let (text, start) = self.push_step(middle, left, text);
        let text = if is_call { text.push(", ") } else { text.push(operator) };
        let (text, _) = self.push_step(at, right, text);
        (if is_wrapped { text.push(")") } else { text }, start)
    }

    /// Where the value that ends before step `end` begins.
    const fn start_of(&self, end: usize) -> usize {
        let (mut needed, mut at) = (1usize, end);
        while needed > 0 {
            at -= 1;
            match self.0[at] {
                Step::Number(_) | Step::Name(_) => needed -= 1,
                _ => needed += 1,
            }
        }
        at
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.push_to(Text::<512>::new()).as_str())
    }
}

/// The binding of what is written as a call.
const CALL: u8 = 3;

impl Step {
    /// How it is written.
    const fn text(&self) -> &'static str {
        match self {
            Step::Number(_) | Step::Name(_) => "",
            Step::Add => " + ",
            Step::Subtract => " - ",
            Step::Multiply => " * ",
            Step::Divide => " / ",
            Step::CeilDivide => "ceil_div",
            Step::RoundUp => "round_up",
        }
    }

    /// How much it binds: more than what may stand in parentheses beside it.
    const fn binding(&self) -> u8 {
        match self {
            Step::Add | Step::Subtract => 1,
            Step::Multiply | Step::Divide => 2,
            _ => CALL,
        }
    }
}

impl Line {
    /// The number of the name where the line has this value.
    pub(crate) const fn solve(&self, value: usize) -> Result<usize, Fault> {
        let Some(scaled) = (value as i128).checked_mul(self.over) else { return Err(Fault::TooLarge) };
        let Some(rest) = scaled.checked_sub(self.offset) else { return Err(Fault::TooLarge) };
        let (rest, slope) = if self.slope < 0 { (-rest, -self.slope) } else { (rest, self.slope) };
        if rest < 0 {
            return Err(Fault::Negative);
        }
        if rest % slope != 0 {
            return Err(Fault::Inexact(rest, slope));
        }
        if rest / slope > usize::MAX as i128 { Err(Fault::TooLarge) } else { Ok((rest / slope) as usize) }
    }
}

impl Fault {
    /// What is wrong, in parentheses behind the expression.
    pub(crate) const fn push_to<const N: usize>(&self, text: Text<N>) -> Text<N> {
        match self {
            Fault::TooLarge => text.push(" (larger than memory)"),
            Fault::Negative => text.push(" (less than 0)"),
            Fault::ByZero => text.push(" (a division by 0)"),
            Fault::Inexact(a, b) if *a <= usize::MAX as i128 && *b <= usize::MAX as i128 => {
                let text = text.push(" (").push_number(*a as usize).push(" / ").push_number(*b as usize);
                text.push(" is no whole number)")
            }
            Fault::Inexact(..) => text.push(" (no whole number)"),
        }
    }
}

/// The number of a named dim, if it is bound to one.
pub(crate) const fn number_of(numbers: &[(&'static str, usize)], name: &str) -> Option<usize> {
    let mut i = 0;
    while i < numbers.len() {
        if same(numbers[i].0, name) {
            return Some(numbers[i].1);
        }
        i += 1;
    }
    None
}

const fn apply(operation: Step, a: Partial, b: Partial) -> Result<Partial, Fault> {
    match (a, b) {
        (Partial::Is(a), Partial::Is(b)) => match numbers(operation, a, b) {
            Ok(number) => Ok(Partial::Is(number)),
            Err(fault) => Err(fault),
        },
        (_, Partial::Is(0)) if operation.divides() => Err(Fault::ByZero),
        (Partial::Linear(line), Partial::Is(number)) => Ok(linear(operation, line, number)),
        (Partial::Is(number), Partial::Linear(line)) => Ok(match operation {
            Step::Add | Step::Multiply => linear(operation, line, number),
            Step::Subtract => match (line.slope.checked_neg(), line.offset.checked_neg()) {
                (Some(slope), Some(offset)) => sum(Line { slope, offset, ..line }, number, 1),
                _ => Partial::Open,
            },
            _ => Partial::Open,
        }),
        _ => Ok(Partial::Open),
    }
}

impl Step {
    const fn divides(&self) -> bool {
        matches!(self, Step::Divide | Step::CeilDivide | Step::RoundUp)
    }
}

const fn numbers(operation: Step, a: i128, b: i128) -> Result<i128, Fault> {
    if operation.divides() && b == 0 {
        return Err(Fault::ByZero);
    }
    if operation.divides() && (a < 0 || b < 0) {
        return Err(Fault::Negative);
    }
    let result = match operation {
        Step::Add => a.checked_add(b),
        Step::Subtract => a.checked_sub(b),
        Step::Multiply => a.checked_mul(b),
        Step::Divide if a % b != 0 => return Err(Fault::Inexact(a, b)),
        Step::Divide => a.checked_div(b),
        Step::CeilDivide => Some(a / b + if a % b == 0 { 0 } else { 1 }),
        Step::RoundUp => (a / b + if a % b == 0 { 0 } else { 1 }).checked_mul(b),
        Step::Number(_) | Step::Name(_) => None,
    };
    match result {
        Some(number) => Ok(number),
        None => Err(Fault::TooLarge),
    }
}

const fn linear(operation: Step, line: Line, number: i128) -> Partial {
    match operation {
        Step::Add => sum(line, number, 1),
        Step::Subtract => sum(line, number, -1),
        Step::Multiply if number == 0 => Partial::Is(0),
        Step::Multiply => match (line.slope.checked_mul(number), line.offset.checked_mul(number)) {
            (Some(slope), Some(offset)) => Partial::Linear(Line { slope, offset, ..line }),
            _ => Partial::Open,
        },
        Step::Divide if number > 0 => match line.over.checked_mul(number) {
            Some(over) => Partial::Linear(Line { over, ..line }),
            None => Partial::Open,
        },
        _ => Partial::Open,
    }
}

/// `line + sign · number`
const fn sum(line: Line, number: i128, sign: i128) -> Partial {
    let Some(scaled) = number.checked_mul(line.over) else { return Partial::Open };
    match line.offset.checked_add(sign * scaled) {
        Some(offset) => Partial::Linear(Line { offset, ..line }),
        None => Partial::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::Step::{Add, CeilDivide, Divide, Multiply, Name, Number, RoundUp, Subtract};
    use super::*;

    fn value(steps: &'static [Step], numbers: &[(&'static str, usize)]) -> Value {
        Expression::of(steps).value(numbers)
    }

    /// The number of the one name that is not known, where the expression has this value.
    fn solved(steps: &'static [Step], numbers: &[(&'static str, usize)], at: usize) -> Option<Result<usize, Fault>> {
        match value(steps, numbers) {
            Value::Linear(line) => Some(line.solve(at)),
            _ => None,
        }
    }

    #[test]
    fn numbers_are_exact_and_never_overflow_unseen() {
        assert_eq!(value(&[Number(7), Number(2), Subtract, Number(3), Multiply], &[]), Value::Is(15));
        assert_eq!(value(&[Number(2), Number(7), Subtract], &[]), Value::Wrong(Fault::Negative));
        // what is between may be negative, and larger than memory
        assert_eq!(value(&[Number(2), Number(7), Subtract, Number(6), Add], &[]), Value::Is(1));
        let twice = &[Number(usize::MAX), Number(2), Multiply, Number(2), Divide];
        assert_eq!(value(twice, &[]), Value::Is(usize::MAX));
        assert_eq!(value(&twice[..3], &[]), Value::Wrong(Fault::TooLarge));
        let square = &[Number(usize::MAX), Number(usize::MAX), Multiply, Number(1), Divide];
        assert_eq!(value(square, &[]), Value::Wrong(Fault::TooLarge));
        assert_eq!(value(&[Number(7), Number(2), Divide], &[]), Value::Wrong(Fault::Inexact(7, 2)));
        assert_eq!(value(&[Number(7), Number(0), Divide], &[]), Value::Wrong(Fault::ByZero));
        assert_eq!(value(&[Number(7), Number(0), CeilDivide], &[]), Value::Wrong(Fault::ByZero));
        assert_eq!(value(&[Number(7), Number(2), CeilDivide], &[]), Value::Is(4));
        assert_eq!(value(&[Number(8), Number(2), CeilDivide], &[]), Value::Is(4));
        assert_eq!(value(&[Number(7), Number(4), RoundUp], &[]), Value::Is(8));
        assert_eq!(value(&[Number(0), Number(4), RoundUp], &[]), Value::Is(0));
        assert_eq!(value(&[Number(7), Number(0), RoundUp], &[]), Value::Wrong(Fault::ByZero));
    }

    #[test]
    fn one_unknown_name_is_solved_where_it_is_linear() {
        let three = &[Number(3), Name("hidden"), Multiply];
        assert_eq!(solved(three, &[], 96), Some(Ok(32)));
        assert_eq!(solved(three, &[], 97), Some(Err(Fault::Inexact(97, 3))));
        assert_eq!(value(three, &[("hidden", 5)]), Value::Is(15));
        // (heads + 2 kv) · head_dim
        let fused = &[Name("heads"), Number(2), Name("kv"), Multiply, Add, Name("head_dim"), Multiply];
        assert_eq!(solved(fused, &[("heads", 8), ("head_dim", 4)], 48), Some(Ok(2)));
        assert_eq!(solved(fused, &[("heads", 8), ("head_dim", 4)], 28), Some(Err(Fault::Negative)));
        assert_eq!(value(fused, &[("heads", 8)]), Value::Open);
        assert_eq!(value(fused, &[("heads", 8), ("head_dim", 4), ("kv", 2)]), Value::Is(48));
        assert_eq!(solved(&[Number(10), Name("n"), Subtract], &[], 4), Some(Ok(6)));
        assert_eq!(
            solved(&[Name("n"), Number(2), Divide, Number(3), Multiply, Number(1), Subtract], &[], 11),
            Some(Ok(8))
        );
        // not linear, or gone
        assert_eq!(value(&[Name("n"), Name("n"), Multiply], &[]), Value::Open);
        assert_eq!(value(&[Name("n"), Number(4), CeilDivide], &[]), Value::Open);
        assert_eq!(value(&[Name("n"), Number(0), Multiply], &[]), Value::Is(0));
        assert_eq!(value(&[Name("n"), Number(0), Divide], &[]), Value::Wrong(Fault::ByZero));
    }

    #[test]
    fn text_has_the_parentheses_that_it_needs() {
        let text = |steps: &'static [Step]| Expression::of(steps).push_to(Text::<200>::new()).as_str().to_owned();
        assert_eq!(text(&[Number(3), Name("hidden"), Multiply]), "3 * hidden");
        let fused = &[Name("heads"), Number(2), Name("kv"), Multiply, Add, Name("head_dim"), Multiply];
        assert_eq!(text(fused), "(heads + 2 * kv) * head_dim");
        assert_eq!(text(&[Name("a"), Name("b"), Name("c"), Subtract, Subtract]), "a - (b - c)");
        assert_eq!(text(&[Name("a"), Name("b"), Subtract, Name("c"), Subtract]), "a - b - c");
        assert_eq!(
            text(&[Name("a"), Number(1), Add, Number(64), CeilDivide, Number(2), Multiply]),
            "ceil_div(a + 1, 64) * 2"
        );
        assert_eq!(text(&[Name("a"), Name("b"), Number(4), RoundUp, Divide]), "a / round_up(b, 4)");
    }
}
