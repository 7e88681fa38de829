//! Named dims: each name has one number in a load.

use std::collections::BTreeMap;

use weighbridge_checkpoint::{DType, Shape};

use crate::report::FindingSide;
use crate::rules::Expected;
use crate::schema::Dim;

/// What follows a number that the caller gave.
pub(super) const FROM_LOADER: &str = " (from `Loader::dim`)";

/// The number of a name, and where it comes from.
#[derive(Clone)]
pub(super) struct Bound {
    pub(super) value: usize,
    /// The path of the parameter that has it; `None` if it comes from `Loader::dim`.
    pub(super) by: Option<String>,
}

#[derive(Clone, Default)]
pub(super) struct Dims(pub(super) BTreeMap<&'static str, Bound>);

impl Dims {
    /// Binds a name. If it is bound to another number, returns that.
    pub(super) fn bind(&mut self, name: &'static str, value: usize, path: &str) -> Result<(), &Bound> {
        let bound = self.0.entry(name).or_insert_with(|| Bound { value, by: Some(path.to_owned()) });
        if bound.value == value { Ok(()) } else { Err(bound) }
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
            Dim::Named(name) => self.0.get(name).map(|bound| bound.value),
            Dim::Any => None,
        });
        dims.collect::<Option<Vec<usize>>>().map(Shape::from)
    }

    /// A shape as the report shows it: `[32000, 64]`, `[vocab, _]`, `[vocab = 7, 64]` once the name is bound.
    pub(super) fn show(&self, expected: &Expected) -> String {
        let bound: Vec<(&'static str, usize)> = self.0.iter().map(|(name, bound)| (*name, bound.value)).collect();
        expected.show(&bound).as_str().to_owned()
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

impl Bound {
    /// `32000 in `embed.weight``.
    pub(super) fn origin(&self) -> String {
        match &self.by {
            Some(path) => format!("{} (from `{path}`)", self.value),
            None => format!("{}{FROM_LOADER}", self.value),
        }
    }
}
