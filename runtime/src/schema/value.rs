//! The values of expressions.

use core::fmt;

use super::environment::{Environment, Lookup, Symbol};
use super::expression::{Expression, STACK, Step};
use super::line::{Changed, Fault, Line, numbers};
use super::text::{Text, same};

/// What a name is: in the configuration, or as the tensors say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting<'n> {
    /// A number that is not negative.
    Number(usize),
    /// True or false.
    Truth(bool),
    /// A text.
    Text(&'n str),
    /// Something that no expression works with, as it is written.
    Other(&'n str),
}

/// The names that are known.
#[derive(Clone, Copy)]
pub(crate) struct Known<'n>(&'n [(Symbol, Setting<'n>)]);

/// What an expression comes out as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'n> {
    Number(usize),
    Truth(bool),
    Text(&'n str),
    /// One name is not known, and the value is a linear function of it.
    Linear(Line),
    /// Names are not known.
    Open,
    /// Nothing, whatever names that are not known may be.
    Wrong(Fault),
}

/// A value on the stack of an evaluation.
#[derive(Clone, Copy)]
enum Partial<'n> {
    Number(i128),
    Truth(bool),
    Text(&'n str),
    Other,
    Linear(Line),
    /// A number that is not known.
    Open,
    /// True or false, which is not known.
    OpenTruth,
}

/// A value, and the name that it is of, for a fault.
#[derive(Clone, Copy)]
struct Operand<'n> {
    value: Partial<'n>,
    name: &'static str,
}

impl fmt::Display for Setting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.push_to(Text::<128>::new()).as_str())
    }
}

impl Setting<'_> {
    /// Appends it as it is written in the configuration.
    pub(crate) const fn push_to<const N: usize>(&self, text: Text<N>) -> Text<N> {
        match *self {
            Setting::Number(number) => text.push_number(number),
            Setting::Truth(true) => text.push("true"),
            Setting::Truth(false) => text.push("false"),
            Setting::Text(word) => text.push("\"").push(word).push("\""),
            Setting::Other(written) => text.push(written),
        }
    }
}

impl<'n> Known<'n> {
    pub(crate) const NONE: Known<'static> = Known(&[]);

    pub(crate) const fn of(settings: &'n [(Symbol, Setting<'n>)]) -> Known<'n> {
        Known(settings)
    }

    pub(crate) const fn get(&self, symbol: &Symbol) -> Option<Setting<'n>> {
        let mut i = 0;
        while i < self.0.len() {
            if self.0[i].0.is(symbol) {
                return Some(self.0[i].1);
            }
            i += 1;
        }
        None
    }
}

impl Value<'_> {
    /// What a name is that has this value, if that is a number or a condition.
    pub(crate) const fn setting(&self) -> Option<Setting<'static>> {
        match *self {
            Value::Number(number) => Some(Setting::Number(number)),
            Value::Truth(is) => Some(Setting::Truth(is)),
            _ => None,
        }
    }
}

/// The value of a name.
pub(crate) fn value_of<'n>(name: &'static str, environment: &Environment, known: Known<'n>) -> Value<'n> {
    match operand(&Step::Name(name), environment, environment.level(), known) {
        Err(fault) => Value::Wrong(fault),
        Ok(operand) => outcome(operand),
    }
}

impl Expression {
    /// Its value.
    pub(crate) const fn value<'n>(&self, environment: &Environment, known: Known<'n>) -> Value<'n> {
        match evaluate(self.steps(), environment, environment.level(), known) {
            Err(fault) => Value::Wrong(fault),
            Ok(operand) => outcome(operand),
        }
    }

    /// Its value where a number is needed.
    pub(crate) const fn number<'n>(&self, environment: &Environment, known: Known<'n>) -> Value<'n> {
        match evaluate(self.steps(), environment, environment.level(), known) {
            Err(fault) => Value::Wrong(fault),
            Ok(operand) => match operand.value {
                Partial::Truth(_) | Partial::OpenTruth | Partial::Text(_) => {
                    Value::Wrong(Fault::NoNumber(self.only_name(environment)))
                }
                _ => outcome(operand),
            },
        }
    }

    /// Its value where a condition is needed: [`Value::Truth`], [`Value::Open`] or [`Value::Wrong`].
    pub(crate) const fn truth<'n>(&self, environment: &Environment, known: Known<'n>) -> Value<'n> {
        match evaluate(self.steps(), environment, environment.level(), known) {
            Err(fault) => Value::Wrong(fault),
            Ok(operand) => match truth(&operand) {
                Ok(Some(is)) => Value::Truth(is),
                Ok(None) => Value::Open,
                Err(_) => Value::Wrong(Fault::NoTruth(self.only_name(environment))),
            },
        }
    }

    /// The name of the load that it is, or nothing.
    const fn only_name(&self, environment: &Environment) -> &'static str {
        match self.steps() {
            [Step::Name(name)] => match environment.symbol(name) {
                Some(symbol) => symbol.name,
                None => "",
            },
            _ => "",
        }
    }
}

/// The value of a name where a number is needed.
pub(super) const fn number_of<'n>(name: &'static str, environment: &Environment, known: Known<'n>) -> Value<'n> {
    let operand = match operand(&Step::Name(name), environment, environment.level(), known) {
        Ok(operand) => operand,
        Err(fault) => return Value::Wrong(fault),
    };
    match operand.value {
        Partial::Truth(_) | Partial::OpenTruth | Partial::Text(_) => Value::Wrong(Fault::NoNumber(operand.name)),
        _ => outcome(operand),
    }
}

const fn outcome<'n>(operand: Operand<'n>) -> Value<'n> {
    match operand.value {
        Partial::Number(number) if number < 0 => Value::Wrong(Fault::Negative),
        Partial::Number(number) if number > usize::MAX as i128 => Value::Wrong(Fault::TooLarge),
        Partial::Number(number) => Value::Number(number as usize),
        Partial::Truth(is) => Value::Truth(is),
        Partial::Text(text) => Value::Text(text),
        Partial::Other => Value::Wrong(Fault::NoNumber(operand.name)),
        Partial::Linear(line) => Value::Linear(line),
        Partial::Open | Partial::OpenTruth => Value::Open,
    }
}

const fn evaluate<'n>(
    steps: &'static [Step],
    environment: &Environment,
    level: usize,
    known: Known<'n>,
) -> Result<Operand<'n>, Fault> {
    // most often it is one name or one number
    if let [only] = steps {
        return operand(only, environment, level, known);
    }
    let (mut stack, mut len, mut i) = ([Operand { value: Partial::Open, name: "" }; STACK], 0, 0);
    while i < steps.len() {
        let takes = steps[i].takes();
        let next = match takes {
            0 => operand(&steps[i], environment, level, known),
            1 => match truth(&stack[len - 1]) {
                Ok(Some(is)) => unnamed(Partial::Truth(!is)),
                Ok(None) => unnamed(Partial::OpenTruth),
                Err(fault) => Err(fault),
            },
            _ => apply(&steps[i], &stack[len - 2], &stack[len - 1]),
        };
        len -= takes;
        match next {
            Ok(next) => stack[len] = next,
            Err(fault) => return Err(fault),
        }
        len += 1;
        i += 1;
    }
    Ok(stack[0])
}

const fn unnamed<'n>(value: Partial<'n>) -> Result<Operand<'n>, Fault> {
    Ok(Operand { value, name: "" })
}

/// The value of a step that works on none.
const fn operand<'n>(
    step: &Step,
    environment: &Environment,
    level: usize,
    known: Known<'n>,
) -> Result<Operand<'n>, Fault> {
    match *step {
        Step::Truth(is) => unnamed(Partial::Truth(is)),
        Step::Text(text) => unnamed(Partial::Text(text)),
        Step::Float(_) => unnamed(Partial::Other),
        Step::Name(name) => match environment.lookup(name, level) {
            Lookup::Name(name, level) => operand(&Step::Name(name), environment, level, known),
            Lookup::Is(expression, level) => evaluate(expression.steps(), environment, level, known),
            Lookup::Symbol(symbol) => {
                let value = match known.get(&symbol) {
                    Some(Setting::Number(number)) => Partial::Number(number as i128),
                    Some(Setting::Truth(is)) => Partial::Truth(is),
                    Some(Setting::Text(text)) => Partial::Text(text),
                    Some(Setting::Other(_)) => Partial::Other,
                    None => Partial::Linear(Line::of(symbol)),
                };
                Ok(Operand { value, name: symbol.name })
            }
        },
        Step::Number(number) => unnamed(Partial::Number(number as i128)),
        // the others work on values
        _ => unnamed(Partial::Open),
    }
}

const fn truth(operand: &Operand<'_>) -> Result<Option<bool>, Fault> {
    match operand.value {
        Partial::Truth(is) => Ok(Some(is)),
        Partial::OpenTruth => Ok(None),
        Partial::Linear(line) if line.is_name() => Ok(None),
        _ => Err(Fault::NoTruth(operand.name)),
    }
}

const fn apply<'n>(operation: &Step, a: &Operand<'n>, b: &Operand<'n>) -> Result<Operand<'n>, Fault> {
    match operation {
        Step::And | Step::Or => {
            let (a, b) = match (truth(a), truth(b)) {
                (Ok(a), Ok(b)) => (a, b),
                (Err(fault), _) | (_, Err(fault)) => return Err(fault),
            };
            // one that decides makes the other needless
            let decides = matches!(operation, Step::Or);
            unnamed(match (a, b) {
                (Some(a), _) if a == decides => Partial::Truth(decides),
                (_, Some(b)) if b == decides => Partial::Truth(decides),
                (Some(_), Some(_)) => Partial::Truth(!decides),
                _ => Partial::OpenTruth,
            })
        }
        Step::Equal | Step::Unequal => unnamed(match equal(&a.value, &b.value) {
            Some(is) => Partial::Truth(is == matches!(operation, Step::Equal)),
            None => Partial::OpenTruth,
        }),
        _ => {
            if let Some(fault) = no_number(a) {
                return Err(fault);
            }
            if let Some(fault) = no_number(b) {
                return Err(fault);
            }
            match compute(operation, &a.value, &b.value) {
                Ok(value) => unnamed(value),
                Err(fault) => Err(fault),
            }
        }
    }
}

const fn no_number(operand: &Operand<'_>) -> Option<Fault> {
    match operand.value {
        Partial::Truth(_) | Partial::OpenTruth | Partial::Text(_) | Partial::Other => {
            Some(Fault::NoNumber(operand.name))
        }
        _ => None,
    }
}

const fn equal(a: &Partial<'_>, b: &Partial<'_>) -> Option<bool> {
    match (a, b) {
        (Partial::Number(a), Partial::Number(b)) => Some(*a == *b),
        (Partial::Truth(a), Partial::Truth(b)) => Some(*a == *b),
        (Partial::Text(a), Partial::Text(b)) => Some(same(a, b)),
        (Partial::Linear(_) | Partial::Open | Partial::OpenTruth, _)
        | (_, Partial::Linear(_) | Partial::Open | Partial::OpenTruth) => None,
        _ => Some(false),
    }
}

const fn compute<'n>(operation: &Step, a: &Partial<'n>, b: &Partial<'n>) -> Result<Partial<'n>, Fault> {
    let changed = match (*a, *b) {
        (Partial::Number(a), Partial::Number(b)) => {
            return match numbers(operation, a, b) {
                Ok(number) => Ok(Partial::Number(number)),
                Err(fault) => Err(fault),
            };
        }
        (_, Partial::Number(0)) if operation.divides() => return Err(Fault::ByZero),
        (Partial::Linear(line), Partial::Number(number)) => line.then(operation, number),
        (Partial::Number(number), Partial::Linear(line)) => line.behind(operation, number),
        _ => Changed::Open,
    };
    Ok(match changed {
        Changed::Line(line) => Partial::Linear(line),
        Changed::Number(number) => Partial::Number(number),
        Changed::Open => Partial::Open,
    })
}

#[cfg(test)]
mod tests {
    use super::Step::{
        Add, And, CeilDivide, Divide, Equal, Multiply, Name, Not, Number, Or, RoundUp, Subtract, Truth, Unequal,
    };
    use super::*;

    /// The value, where names have these numbers.
    fn value(steps: &'static [Step], numbers: &[(&'static str, usize)]) -> Value<'static> {
        let settings: Vec<_> =
            numbers.iter().map(|(name, number)| (Symbol::of(name), Setting::Number(*number))).collect();
        match Expression::of(steps).value(&Environment::LOAD, Known::of(&settings)) {
            Value::Number(number) => Value::Number(number),
            Value::Linear(line) => Value::Linear(line),
            Value::Open => Value::Open,
            Value::Wrong(fault) => Value::Wrong(fault),
            other => panic!("{other:?}"),
        }
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
        assert_eq!(value(&[Number(7), Number(2), Subtract, Number(3), Multiply], &[]), Value::Number(15));
        assert_eq!(value(&[Number(2), Number(7), Subtract], &[]), Value::Wrong(Fault::Negative));
        // what is between may be negative, and larger than memory
        assert_eq!(value(&[Number(2), Number(7), Subtract, Number(6), Add], &[]), Value::Number(1));
        let twice = &[Number(usize::MAX), Number(2), Multiply, Number(2), Divide];
        assert_eq!(value(twice, &[]), Value::Number(usize::MAX));
        assert_eq!(value(&twice[..3], &[]), Value::Wrong(Fault::TooLarge));
        let square = &[Number(usize::MAX), Number(usize::MAX), Multiply, Number(1), Divide];
        assert_eq!(value(square, &[]), Value::Wrong(Fault::TooLarge));
        assert_eq!(value(&[Number(7), Number(2), Divide], &[]), Value::Wrong(Fault::Inexact(7, 2)));
        assert_eq!(value(&[Number(7), Number(0), Divide], &[]), Value::Wrong(Fault::ByZero));
        assert_eq!(value(&[Number(7), Number(0), CeilDivide], &[]), Value::Wrong(Fault::ByZero));
        assert_eq!(value(&[Number(7), Number(2), CeilDivide], &[]), Value::Number(4));
        assert_eq!(value(&[Number(8), Number(2), CeilDivide], &[]), Value::Number(4));
        assert_eq!(value(&[Number(7), Number(4), RoundUp], &[]), Value::Number(8));
        assert_eq!(value(&[Number(0), Number(4), RoundUp], &[]), Value::Number(0));
        assert_eq!(value(&[Number(7), Number(0), RoundUp], &[]), Value::Wrong(Fault::ByZero));
    }

    #[test]
    fn one_unknown_name_is_solved_where_it_is_linear() {
        let three = &[Number(3), Name("hidden"), Multiply];
        assert_eq!(solved(three, &[], 96), Some(Ok(32)));
        assert_eq!(solved(three, &[], 97), Some(Err(Fault::Inexact(97, 3))));
        assert_eq!(value(three, &[("hidden", 5)]), Value::Number(15));
        // (heads + 2 kv) · head_dim
        let fused = &[Name("heads"), Number(2), Name("kv"), Multiply, Add, Name("head_dim"), Multiply];
        assert_eq!(solved(fused, &[("heads", 8), ("head_dim", 4)], 48), Some(Ok(2)));
        assert_eq!(solved(fused, &[("heads", 8), ("head_dim", 4)], 28), Some(Err(Fault::Negative)));
        assert_eq!(value(fused, &[("heads", 8)]), Value::Open);
        assert_eq!(value(fused, &[("heads", 8), ("head_dim", 4), ("kv", 2)]), Value::Number(48));
        assert_eq!(solved(&[Number(10), Name("n"), Subtract], &[], 4), Some(Ok(6)));
        assert_eq!(
            solved(&[Name("n"), Number(2), Divide, Number(3), Multiply, Number(1), Subtract], &[], 11),
            Some(Ok(8))
        );
        // not linear, or gone
        assert_eq!(value(&[Name("n"), Name("n"), Multiply], &[]), Value::Open);
        assert_eq!(value(&[Name("n"), Number(4), CeilDivide], &[]), Value::Open);
        assert_eq!(value(&[Name("n"), Number(0), Multiply], &[]), Value::Number(0));
        assert_eq!(value(&[Name("n"), Number(0), Divide], &[]), Value::Wrong(Fault::ByZero));
    }

    #[test]
    fn text_has_the_parentheses_that_it_needs() {
        let text = |steps: &'static [Step]| Expression::of(steps).to_string();
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

    #[test]
    fn conditions_are_decided_as_soon_as_one_side_decides() {
        let known = [
            (Symbol::of("model_type"), Setting::Text("qwen2")),
            (Symbol::of("layers"), Setting::Number(2)),
            (Symbol::of("tie"), Setting::Truth(false)),
            (Symbol::of("eps"), Setting::Other("a number with a decimal point")),
        ];
        let truth = |steps: &'static [Step]| match Expression::of(steps).truth(&Environment::LOAD, Known::of(&known)) {
            Value::Truth(is) => Ok(Some(is)),
            Value::Open => Ok(None),
            Value::Wrong(fault) => Err(fault),
            other => panic!("{other:?}"),
        };
        assert_eq!(truth(&[Name("model_type"), Step::Text("qwen2"), Equal, Name("bias"), Or]), Ok(Some(true)));
        assert_eq!(truth(&[Name("model_type"), Step::Text("qwen3"), Equal, Name("bias"), Or]), Ok(None));
        assert_eq!(truth(&[Name("bias"), Name("tie"), And]), Ok(Some(false)));
        assert_eq!(truth(&[Name("tie"), Not]), Ok(Some(true)));
        assert_eq!(truth(&[Name("layers"), Number(2), Unequal]), Ok(Some(false)));
        assert_eq!(truth(&[Name("layers"), Number(1), Add, Number(3), Equal]), Ok(Some(true)));
        assert_eq!(truth(&[Name("layers"), Step::Text("2"), Equal]), Ok(Some(false)));
        assert_eq!(truth(&[Truth(true)]), Ok(Some(true)));
        assert_eq!(truth(&[Name("layers")]), Err(Fault::NoTruth("layers")));
        assert_eq!(truth(&[Name("eps"), Name("tie"), Or]), Err(Fault::NoTruth("eps")));
        assert_eq!(truth(&[Name("eps"), Number(1), Add, Number(3), Equal]), Err(Fault::NoNumber("eps")));
        let written = Expression::of(&[Name("model_type"), Step::Text("qwen2"), Equal, Name("bias"), Not, Or]);
        assert_eq!(written.to_string(), r#"model_type == "qwen2" || !bias"#);
    }
}
