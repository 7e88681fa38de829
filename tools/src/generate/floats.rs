//! The dtype of the floats: one alias at the top of the code, so that you change it in one place.

use std::cell::Cell;
use std::collections::BTreeMap;

use weighbridge_checkpoint::{Checkpoint, DType};

use super::library::{element, is_float, typed};

/// The names of the alias: as an element type, and as the dtypes of a field. The others are for a struct of that name.
const NAMES: [[&str; 2]; 2] = [["Float", "FLOAT"], ["Scalar", "SCALAR"]];

/// The float dtype with the most elements.
pub(super) struct Floats {
    most: Option<DType>,
    are_all: bool,
    names: [&'static str; 2],
    used: [Cell<bool>; 2],
}

impl Floats {
    /// `root` is the name of the outermost struct.
    pub(super) fn of(checkpoint: &Checkpoint, root: &str) -> Floats {
        let mut counts: BTreeMap<DType, (usize, usize)> = BTreeMap::new();
        for entry in checkpoint.iter().filter(|entry| is_float(entry.dtype())) {
            let (elements, tensors) = counts.entry(typed(entry.dtype())).or_default();
            *elements = elements.saturating_add(entry.shape().element_count().unwrap_or(0));
            *tensors += 1;
        }
        let most = counts.iter().max_by_key(|(_, count)| **count).map(|(dtype, _)| *dtype);
        let names = if NAMES[0].contains(&root) { NAMES[1] } else { NAMES[0] };
        Floats { most, are_all: counts.len() == 1, names, used: Default::default() }
    }

    /// The names that nothing else may have.
    pub(super) fn names(&self) -> [&'static str; 2] {
        self.names
    }

    /// What the code calls the element type, if it is that of the most floats.
    pub(super) fn element(&self, dtype: DType) -> Option<&'static str> {
        self.name(dtype, 0)
    }

    /// What the code has for a `dtype`, if it is that of the most floats.
    pub(super) fn dtype(&self, dtype: DType) -> Option<String> {
        self.name(dtype, 1).map(str::to_owned)
    }

    fn name(&self, dtype: DType, which: usize) -> Option<&'static str> {
        let is_most = self.most == Some(typed(dtype));
        is_most.then(|| {
            self.used[which].set(true);
            self.names[which]
        })
    }

    /// The definitions of those names that the code uses.
    pub(super) fn aliases(&self) -> Vec<String> {
        let Some(most) = self.most else { return Vec::new() };
        let doc = if self.are_all { "/// The dtype of the floats." } else { "/// The dtype of most of the floats." };
        let [element_name, dtype_name] = self.names;
        let element = element(most).filter(|_| self.used[0].get());
        let element = element.map(|(element, _)| format!("{doc}\npub type {element_name} = {element};\n"));
        let dtype = self.used[1].get().then(|| {
            let name = format!("DType::{most:?}");
            format!("{doc}\npub const {dtype_name}: &[DType] = &[{name}];\n")
        });
        element.into_iter().chain(dtype).collect()
    }

    /// What these definitions import.
    pub(super) fn imports(&self) -> Vec<(&'static str, &'static str)> {
        let element = self.most.and_then(element).filter(|_| self.used[0].get());
        let element = element.and_then(|(element, from)| Some((from?, element)));
        let dtype = self.used[1].get().then_some(("weighbridge", "DType"));
        element.into_iter().chain(dtype).collect()
    }
}
