//! Named dimensions: one number for each name and load.

use std::collections::BTreeMap;

use super::wish::Wish;

/// A name's number, and who said it.
#[derive(Clone)]
pub(super) struct Bound {
    pub(super) value: usize,
    /// The path that bound it; `None` for `Loader::dim`.
    pub(super) by: Option<String>,
}

#[derive(Clone, Default)]
pub(super) struct Dims(pub(super) BTreeMap<&'static str, Bound>);

impl Dims {
    /// Binds a name, or says what it is bound to already if that is another number.
    pub(super) fn bind(&mut self, name: &'static str, value: usize, path: &str) -> Result<(), &Bound> {
        let bound = self.0.entry(name).or_insert_with(|| Bound { value, by: Some(path.to_owned()) });
        if bound.value == value { Ok(()) } else { Err(bound) }
    }

    /// A shape as the report shows it: `[32000, 64]`, `[vocab, _]`, `[vocab = 7, 64]` once the name is bound.
    pub(super) fn show(&self, wish: &Wish) -> String {
        let bound: Vec<(&'static str, usize)> = self.0.iter().map(|(name, bound)| (*name, bound.value)).collect();
        wish.show(&bound).as_str().to_owned()
    }
}

impl Bound {
    /// `32000 in `embed.weight``.
    pub(super) fn origin(&self) -> String {
        match &self.by {
            Some(path) => format!("{} (from `{path}`)", self.value),
            None => format!("{} (from `Loader::dim`)", self.value),
        }
    }
}
