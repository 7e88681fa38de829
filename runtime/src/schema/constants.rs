//! What arguments are as far as constants decide, for checks in `const` evaluation. Where an [`Environment`] follows a name through all
//! modules around it, this takes few steps, as each of them takes the compiler long.

use super::environment::{Argument, Bound, Declared, Environment, Gives};
use super::expression::{Expression, STACK, Step};
use super::node::Spec;
use super::text::same;

/// The most arguments of one type whose constants are known here. The others are unclear.
const MOST: usize = 12;

/// What an expression is, as far as constants decide. A struct and not an enum with data, which takes the compiler's interpreter longer.
#[derive(Clone, Copy)]
pub(super) struct Constant {
    pub(super) is: Kind,
    /// The number; of what is true or false, 1 or 0.
    pub(super) number: usize,
}

/// What is known of a [`Constant`].
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Number,
    Truth,
    /// A name alone, which may be anything.
    Open,
    OpenNumber,
    OpenTruth,
    /// Perhaps nothing that an expression can be: an exact evaluation says.
    Unclear,
}

/// A module with arguments, in those around it.
pub(super) struct Level<'f> {
    outer: Option<&'f Level<'f>>,
    declared: &'static Declared,
    gives: Gives,
    values: [Constant; MOST],
    /// Whether a constant decides what an argument is.
    pub(super) is_decided: bool,
    /// The largest number that a constant decides; `usize::MAX` if one is 0, or may be something else than a number.
    pub(super) largest: usize,
}

impl Constant {
    pub(super) const OPEN: Constant = Constant { is: Kind::Open, number: 0 };

    const UNCLEAR: Constant = Constant { is: Kind::Unclear, number: 0 };

    const fn of(is: Kind) -> Constant {
        Constant { is, number: 0 }
    }

    const fn number(number: usize) -> Constant {
        Constant { is: Kind::Number, number }
    }

    const fn truth(is: bool) -> Constant {
        Constant { is: Kind::Truth, number: is as usize }
    }
}

impl<'f> Level<'f> {
    /// Around the fields of a type, whose own arguments are names like all others.
    pub(super) const INSIDE: Level<'static> = Level {
        outer: None,
        declared: Declared::NONE,
        gives: Gives::NONE,
        values: [Constant::UNCLEAR; MOST],
        is_decided: false,
        largest: 1,
    };

    /// That of a module of this type, with what its field gives.
    pub(super) const fn enter(outer: &'f Level<'f>, declared: &'static Declared, gives: Gives) -> Level<'f> {
        let values = [Constant::UNCLEAR; MOST];
        let mut level = Level { outer: Some(outer), declared, gives, values, is_decided: false, largest: 1 };
        let (mut args, mut i) = (declared.args, 0);
        while let [argument, rest @ ..] = args {
            if i == MOST {
                (level.is_decided, level.largest) = (true, usize::MAX);
                break;
            }
            let (value, is_given) = match given_for(argument, gives, i) {
                Some(Bound::Name(name)) => (outer.name(name), true),
                Some(Bound::Is(value)) => (outer.value(&value), true),
                Some(Bound::Open) => (Constant::OPEN, true),
                None => match &argument.default {
                    Some(default) => (level.value(default), false),
                    None => (Constant::OPEN, true),
                },
            };
            // what only names decide was checked where the type is defined, and so was a default that is true or false
            level.is_decided = level.is_decided
                || match value.is {
                    Kind::Open | Kind::OpenNumber => false,
                    Kind::Number => true,
                    Kind::Truth | Kind::OpenTruth | Kind::Unclear => is_given,
                };
            level.largest = match value.is {
                Kind::Open | Kind::OpenNumber => level.largest,
                Kind::Number if value.number > level.largest => value.number,
                Kind::Number if value.number > 0 => level.largest,
                _ => usize::MAX,
            };
            level.values[i] = value;
            (args, i) = (rest, i + 1);
        }
        level
    }

    /// Whether it is that of a type by itself.
    pub(super) const fn is_outermost(&self) -> bool {
        self.outer.is_none()
    }

    /// What names stand for in it.
    pub(super) const fn environment(&self) -> Environment {
        match self.outer {
            Some(outer) => outer.environment().enter(self.declared, self.gives, u32::MAX),
            None => Spec::INSIDE.environment,
        }
    }

    /// What a name is.
    pub(super) const fn name(&self, name: &str) -> Constant {
        let (mut args, mut i) = (self.declared.args, 0);
        while let [first, rest @ ..] = args {
            if same(first.name, name) {
                return if i < MOST { self.values[i] } else { Constant::UNCLEAR };
            }
            (args, i) = (rest, i + 1);
        }
        Constant::OPEN
    }

    /// What an expression is.
    pub(super) const fn value(&self, expression: &Expression) -> Constant {
        // most often it is one name or one number
        if let [only] = expression.steps() {
            return self.operand(only);
        }
        let (mut steps, mut stack, mut len) = (expression.steps(), [Constant::UNCLEAR; STACK], 0);
        while let [step, rest @ ..] = steps {
            let takes = step.takes();
            let next = match takes {
                0 => self.operand(step),
                1 => not(stack[len - 1]),
                _ => apply(step, stack[len - 2], stack[len - 1]),
            };
            if let Kind::Unclear = next.is {
                return Constant::UNCLEAR;
            }
            len -= takes;
            stack[len] = next;
            len += 1;
            steps = rest;
        }
        stack[0]
    }

    const fn operand(&self, step: &Step) -> Constant {
        match step {
            Step::Name(name) => self.name(name),
            Step::Number(number) => Constant::number(*number),
            Step::Truth(is) => Constant::truth(*is),
            _ => Constant::UNCLEAR,
        }
    }
}

/// What is given for an argument with this number. Most often both stand in the same order.
pub(super) const fn given_for(argument: &Argument, gives: Gives, number: usize) -> Option<Bound> {
    if number < gives.len() && same(gives.name(number), argument.name) {
        return Some(gives.nth(number));
    }
    gives.get(argument.name)
}

const fn not(a: Constant) -> Constant {
    match a.is {
        Kind::Truth => Constant::truth(a.number == 0),
        Kind::Open | Kind::OpenTruth => Constant::of(Kind::OpenTruth),
        _ => Constant::UNCLEAR,
    }
}

const fn apply(operation: &Step, a: Constant, b: Constant) -> Constant {
    match operation {
        Step::And | Step::Or => {
            let decides = matches!(operation, Step::Or) as usize;
            match (a.is, b.is) {
                (Kind::Truth | Kind::Open | Kind::OpenTruth, Kind::Truth) if b.number == decides => b,
                (Kind::Truth, Kind::Truth | Kind::Open | Kind::OpenTruth) if a.number == decides => a,
                (Kind::Truth, Kind::Truth) => a,
                (Kind::Truth | Kind::Open | Kind::OpenTruth, Kind::Truth | Kind::Open | Kind::OpenTruth) => {
                    Constant::of(Kind::OpenTruth)
                }
                _ => Constant::UNCLEAR,
            }
        }
        Step::Equal | Step::Unequal => match (a.is, b.is) {
            (Kind::Number, Kind::Number) | (Kind::Truth, Kind::Truth) => {
                Constant::truth((a.number == b.number) == matches!(operation, Step::Equal))
            }
            (Kind::Unclear, _) | (_, Kind::Unclear) => Constant::UNCLEAR,
            _ => Constant::of(Kind::OpenTruth),
        },
        _ => match (a.is, b.is) {
            (Kind::Number, Kind::Number) => compute(operation, a.number, b.number),
            // a name may be gone
            (Kind::Number, _) if a.number == 0 => Constant::UNCLEAR,
            (_, Kind::Number) if b.number == 0 => Constant::UNCLEAR,
            (Kind::Number | Kind::Open | Kind::OpenNumber, Kind::Number | Kind::Open | Kind::OpenNumber) => {
                Constant::of(Kind::OpenNumber)
            }
            _ => Constant::UNCLEAR,
        },
    }
}

const fn compute(operation: &Step, a: usize, b: usize) -> Constant {
    let result = match operation {
        Step::Add => a.checked_add(b),
        Step::Subtract => a.checked_sub(b),
        Step::Multiply => a.checked_mul(b),
        Step::Divide if b > 0 && a.is_multiple_of(b) => Some(a / b),
        Step::CeilDivide if b > 0 => Some(a.div_ceil(b)),
        Step::RoundUp if b > 0 => a.checked_next_multiple_of(b),
        _ => None,
    };
    match result {
        Some(number) => Constant::number(number),
        None => Constant::UNCLEAR,
    }
}

#[cfg(test)]
mod tests {
    use super::Step::*;
    use super::*;
    use crate::schema::environment::{Binding, Given};
    use crate::schema::value::{Known, Value};

    const OPERATIONS: [Step; 10] = [Add, Subtract, Multiply, Divide, CeilDivide, RoundUp, Equal, Unequal, And, Or];

    /// A type with arguments, and a field that gives a number, something true, and a name.
    const DECLARED: &Declared = &Declared {
        names: "width bias open twice",
        args: &[
            Argument { name: "width", default: None },
            Argument { name: "bias", default: None },
            Argument { name: "open", default: None },
            Argument { name: "twice", default: Some(Expression::of(&[Number(2), Name("width"), Multiply])) },
        ],
        defaults: &[],
        remote: "",
    };

    const GIVEN: &Given = &Given {
        args: &[
            Binding { name: "bias", value: Some(Expression::of(&[Truth(true)])) },
            Binding { name: "width", value: Some(Expression::of(&[Number(6)])) },
            Binding { name: "open", value: Some(Expression::of(&[Name("hidden")])) },
        ],
        config_scope: "",
        when: None,
        tied_when: None,
    };

    /// What is known from constants is what an exact evaluation says, and what is not refused here is not refused there.
    fn agree(steps: Vec<Step>) -> Kind {
        let steps: &'static [Step] = Box::leak(steps.into_boxed_slice());
        let level = Level::enter(&Level::INSIDE, DECLARED, Gives::Any(GIVEN));
        let (expression, environment) = (Expression::of(steps), level.environment());
        let is = level.value(&expression);
        let (number, truth) =
            (expression.number(&environment, Known::NONE), expression.truth(&environment, Known::NONE));
        match is.is {
            Kind::Number => assert_eq!(number, Value::Number(is.number), "{expression}"),
            Kind::Truth => assert_eq!(truth, Value::Truth(is.number == 1), "{expression}"),
            Kind::Open => {
                assert!(matches!(number, Value::Linear(_)) && matches!(truth, Value::Open), "{expression}");
            }
            Kind::OpenNumber => {
                assert!(matches!(number, Value::Linear(_) | Value::Open | Value::Number(_)), "{expression}")
            }
            Kind::OpenTruth => assert!(matches!(truth, Value::Open | Value::Truth(_)), "{expression}"),
            Kind::Unclear => {}
        }
        is.is
    }

    #[test]
    fn constants_are_what_an_exact_evaluation_says() {
        let values = [Number(0), Number(4), Name("width"), Name("twice"), Name("bias"), Name("open"), Truth(false)];
        let mut clear = 0;
        for a in values {
            agree(vec![a]);
            agree(vec![a, Not]);
            for (b, first) in values.iter().flat_map(|b| OPERATIONS.map(|operation| (*b, operation))) {
                agree(vec![a, b, first]);
                for (c, second) in values.iter().flat_map(|c| OPERATIONS.map(|operation| (*c, operation))) {
                    clear += usize::from(!matches!(agree(vec![a, b, first, c, second]), Kind::Unclear));
                    agree(vec![c, a, b, first, second]);
                }
            }
        }
        // most are of numbers and truths together, which no expression is
        assert!(clear > 4000, "{clear}");
    }
}
