//! Whole numbers, and values that are linear in one name.

use super::environment::Symbol;
use super::expression::Step;
use super::text::Text;

/// `(slope · name + offset) / over`, where `slope` and `over` are not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) symbol: Symbol,
    slope: i128,
    offset: i128,
    over: i128,
}

/// What an operation makes of a line.
pub(super) enum Changed {
    Line(Line),
    /// It is this, whatever the name is.
    Number(i128),
    /// It is no line.
    Open,
}

/// Why an expression has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    TooLarge,
    Negative,
    ByZero,
    /// The quotient of these is no whole number.
    Inexact(i128, i128),
    /// A name, if it is one, is no number.
    NoNumber(&'static str),
    /// A name, if it is one, is neither true nor false.
    NoTruth(&'static str),
}

impl Line {
    /// A name alone.
    pub(super) const fn of(symbol: Symbol) -> Line {
        Line { symbol, slope: 1, offset: 0, over: 1 }
    }

    /// Whether it is the name alone, which may be no number.
    pub(super) const fn is_name(&self) -> bool {
        self.slope == 1 && self.offset == 0 && self.over == 1
    }

    /// The line and then a number.
    pub(super) const fn then(self, operation: &Step, number: i128) -> Changed {
        match operation {
            Step::Add => self.plus(number, 1),
            Step::Subtract => self.plus(number, -1),
            Step::Multiply if number == 0 => Changed::Number(0),
            Step::Multiply => match (self.slope.checked_mul(number), self.offset.checked_mul(number)) {
                (Some(slope), Some(offset)) => Changed::Line(Line { slope, offset, ..self }),
                _ => Changed::Open,
            },
            Step::Divide if number > 0 => match self.over.checked_mul(number) {
                Some(over) => Changed::Line(Line { over, ..self }),
                None => Changed::Open,
            },
            _ => Changed::Open,
        }
    }

    /// A number and then the line.
    pub(super) const fn behind(self, operation: &Step, number: i128) -> Changed {
        match operation {
            Step::Add | Step::Multiply => self.then(operation, number),
            Step::Subtract => match (self.slope.checked_neg(), self.offset.checked_neg()) {
                (Some(slope), Some(offset)) => Line { slope, offset, ..self }.plus(number, 1),
                _ => Changed::Open,
            },
            _ => Changed::Open,
        }
    }

    /// `line + sign · number`
    const fn plus(self, number: i128, sign: i128) -> Changed {
        let Some(scaled) = number.checked_mul(self.over) else { return Changed::Open };
        match self.offset.checked_add(sign * scaled) {
            Some(offset) => Changed::Line(Line { offset, ..self }),
            None => Changed::Open,
        }
    }
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
    /// The same as text.
    pub(crate) fn shown(&self) -> String {
        self.push_to(Text::<128>::new()).as_str().to_owned()
    }

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
            Fault::NoNumber(name) if name.is_empty() => text.push(" (no number)"),
            Fault::NoNumber(name) => text.push(" (").push(name).push(" is no number)"),
            Fault::NoTruth(name) if name.is_empty() => text.push(" (neither true nor false)"),
            Fault::NoTruth(name) => text.push(" (").push(name).push(" is neither true nor false)"),
        }
    }
}

impl Step {
    pub(super) const fn divides(&self) -> bool {
        matches!(self, Step::Divide | Step::CeilDivide | Step::RoundUp)
    }
}

/// The result of an operation on whole numbers.
pub(super) const fn numbers(operation: &Step, a: i128, b: i128) -> Result<i128, Fault> {
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
        _ => None,
    };
    match result {
        Some(number) => Ok(number),
        None => Err(Fault::TooLarge),
    }
}
