//! Named dims: each name has one number in a load.

use weighbridge_checkpoint::{DType, Shape};

use crate::report::FindingSide;
use crate::rules::Expected;
use crate::schema::{Dim, Expression, Value};

/// What follows a number that the caller gave.
pub(super) const FROM_LOADER: &str = " (from `Loader::dim`)";

/// The number of a name, and where it comes from.
#[derive(Clone, Copy)]
pub(super) struct Bound<'d> {
    pub(super) value: usize,
    by: &'d By,
}

/// Where the number of a name comes from.
#[derive(Clone)]
pub(super) enum By {
    /// `Loader::dim`.
    Loader,
    /// The configuration: where it is there, with its value.
    Config(String),
    /// The path of a parameter.
    Parameter(String),
}

/// An expression that a number of the file must be equal to, of which too few names are bound to tell.
pub(super) struct Waiting {
    pub(super) expression: Expression,
    pub(super) value: usize,
    /// The path of the parameter, or of the list, that has the number.
    pub(super) path: String,
    /// The tensor that has it.
    pub(super) entry: Option<usize>,
    /// The parameter, by its number; `None` for a list.
    pub(super) parameter: Option<usize>,
}

#[derive(Default)]
pub(super) struct Dims {
    /// The names that are bound, in the order in which they were.
    numbers: Vec<(&'static str, usize)>,
    /// Where the number of each comes from.
    by: Vec<By>,
    pub(super) waiting: Vec<Waiting>,
}

impl Dims {
    /// The names that are bound, with their numbers.
    pub(super) fn numbers(&self) -> &[(&'static str, usize)] {
        &self.numbers
    }

    /// The number of a name.
    pub(super) fn get(&self, name: &str) -> Option<Bound<'_>> {
        let at = self.numbers.iter().position(|(bound, _)| *bound == name)?;
        Some(Bound { value: self.numbers[at].1, by: &self.by[at] })
    }

    /// The same names, with nothing that waits for them.
    pub(super) fn bound(&self) -> Dims {
        Dims { numbers: self.numbers.clone(), by: self.by.clone(), waiting: Vec::new() }
    }

    /// Takes over the names of a part, which began with these ones, and what waits there.
    pub(super) fn adopt(&mut self, part: Dims) {
        (self.numbers, self.by) = (part.numbers, part.by);
        self.waiting.extend(part.waiting);
    }

    /// Binds a name that is not bound.
    pub(super) fn insert(&mut self, name: &'static str, value: usize, by: By) {
        self.numbers.push((name, value));
        self.by.push(by);
    }

    /// `3 * hidden = 192, where hidden = 64 (from `embed.weight`)`; `is` follows the expression.
    pub(super) fn shown(&self, expression: &Expression, is: &str) -> String {
        let mut text = format!("{expression}{is}");
        let mut before = ", where ";
        for (name, bound) in expression.distinct_names().filter_map(|name| Some((name, self.get(name)?))) {
            text += &format!("{before}{name} = {}", bound.origin());
            before = " and ";
        }
        text
    }

    /// The expected shape, for a finding.
    pub(super) fn shape_side(&self, expected: &Expected) -> FindingSide {
        FindingSide::typed(self.show(expected), None, self.shape(expected))
    }

    /// The expected dtype and shape, for a finding.
    pub(super) fn tensor_side(&self, expected: &Expected) -> FindingSide {
        let text = format!("{} {}", expected.dtype_names().as_str(), self.show(expected));
        FindingSide::typed(text, only_dtype(expected), self.shape(expected))
    }

    /// The expected shape, if every dim is a number or a name that is bound to one.
    fn shape(&self, expected: &Expected) -> Option<Shape> {
        let dims = (0..expected.rank()?).map(|i| match expected.dim(i) {
            Dim::Is(n) => Some(n),
            Dim::Named(name) => self.get(name).map(|bound| bound.value),
            Dim::Computed(expression) => match expression.value(&self.numbers) {
                Value::Is(n) => Some(n),
                _ => None,
            },
            Dim::Any => None,
        });
        dims.collect::<Option<Vec<usize>>>().map(Shape::from)
    }

    /// A shape as the report shows it: `[32000, 64]`, `[vocab, _]`, `[vocab = 7, 64]` once the name is bound.
    pub(super) fn show(&self, expected: &Expected) -> String {
        expected.show(&self.numbers).as_str().to_owned()
    }
}

/// The expected dtypes, for a finding.
pub(super) fn dtype_side(expected: &Expected) -> FindingSide {
    FindingSide::typed(expected.dtype_names().as_str(), only_dtype(expected), None)
}

fn only_dtype(expected: &Expected) -> Option<DType> {
    match expected.dtypes() {
        [dtype] => Some(*dtype),
        _ => None,
    }
}

impl Bound<'_> {
    /// `32000 in `embed.weight``.
    pub(super) fn origin(&self) -> String {
        match self.by {
            By::Parameter(path) => format!("{} (from `{path}`)", self.value),
            By::Config(place) => format!("{} (from {place})", self.value),
            By::Loader => format!("{}{FROM_LOADER}", self.value),
        }
    }
}
