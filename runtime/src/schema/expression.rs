//! Expressions over numbers, words and names: data in the schema, which gets its value while a checkpoint is compared.

use super::text::same;

/// The most steps of one expression, also after each argument in it is replaced by what it stands for.
pub(super) const MOST: usize = 64;

/// The most values that an expression waits with.
pub(super) const STACK: usize = 16;

/// What is computed, as `3 * "hidden"` and `"bias" || "model_type" == "qwen2"` are: its steps, each after those that it works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Expression(&'static [Step]);

/// One step of an [`Expression`]: a value, or an operation on the values before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// This number.
    Number(usize),
    /// True or false.
    Truth(bool),
    /// This text, such as `qwen2`.
    Text(&'static str),
    /// A number with a fraction, as it is written, which nothing is computed from.
    Float(&'static str),
    /// What a name stands for: a named dim, a key of the configuration, or an argument of the module.
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
    /// Whether both are the same.
    Equal,
    /// Whether they differ.
    Unequal,
    /// Whether the value is false.
    Not,
    /// Whether both are true.
    And,
    /// Whether one of them is true.
    Or,
}

impl Expression {
    /// An expression of these steps, which the derive has put in order.
    #[doc(hidden)]
    #[track_caller]
    pub const fn of(steps: &'static [Step]) -> Expression {
        let (mut i, mut waiting) = (0, 0);
        while i < steps.len() {
            waiting = waiting + 1 - steps[i].takes();
            assert!(
                waiting <= STACK && steps.len() <= MOST,
                "this expression has too many numbers and operations; write a simpler one"
            );
            i += 1;
        }
        Expression(steps)
    }

    /// Its steps, each after those that it works on.
    pub(crate) const fn steps(&self) -> &'static [Step] {
        self.0
    }
}

/// The binding of what is written as a call.
pub(super) const CALL: u8 = 7;

impl Step {
    pub(super) const fn is(&self, other: &Step) -> bool {
        match (*self, *other) {
            (Step::Number(a), Step::Number(b)) => a == b,
            (Step::Truth(a), Step::Truth(b)) => a == b,
            (Step::Text(a), Step::Text(b)) | (Step::Name(a), Step::Name(b)) | (Step::Float(a), Step::Float(b)) => {
                same(a, b)
            }
            (a, b) => a.takes() > 0 && b.takes() > 0 && same(a.text(), b.text()),
        }
    }

    /// How many values it works on.
    pub(super) const fn takes(&self) -> usize {
        match self {
            Step::Number(_) | Step::Truth(_) | Step::Text(_) | Step::Float(_) | Step::Name(_) => 0,
            Step::Not => 1,
            _ => 2,
        }
    }

    /// How it is written.
    pub(super) const fn text(&self) -> &'static str {
        match self {
            Step::Number(_) | Step::Truth(_) | Step::Text(_) | Step::Float(_) | Step::Name(_) => "",
            Step::Add => " + ",
            Step::Subtract => " - ",
            Step::Multiply => " * ",
            Step::Divide => " / ",
            Step::CeilDivide => "ceil_div",
            Step::RoundUp => "round_up",
            Step::Equal => " == ",
            Step::Unequal => " != ",
            Step::Not => "!",
            Step::And => " && ",
            Step::Or => " || ",
        }
    }

    /// How much it binds: more than what may stand in parentheses beside it.
    pub(super) const fn binding(&self) -> u8 {
        match self {
            Step::Or => 1,
            Step::And => 2,
            Step::Equal | Step::Unequal => 3,
            Step::Add | Step::Subtract => 4,
            Step::Multiply | Step::Divide => 5,
            Step::Not => 6,
            _ => CALL,
        }
    }
}
