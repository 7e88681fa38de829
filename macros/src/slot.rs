//! A slot: one attribute word that may be given once.

use syn::Ident;

use crate::errors::Errors;

/// Holds the word as the user typed it, so that later checks can point at it, and its value.
pub(crate) struct Slot<T> {
    given: Option<Given<T>>,
}

struct Given<T> {
    word: Ident,
    /// `None` if it was refused. The word still counts as given: a second one is a duplicate.
    value: Option<T>,
}

impl<T> Slot<T> {
    pub(crate) fn new() -> Self {
        Slot { given: None }
    }

    pub(crate) fn set(&mut self, errors: &Errors, word: &Ident, value: Option<T>) {
        if self.given.is_some() {
            errors.at(word, format!("duplicate `{word}`; give it once"));
        } else {
            self.given = Some(Given { word: word.clone(), value });
        }
    }

    pub(crate) fn word(&self) -> Option<&Ident> {
        self.given.as_ref().map(|given| &given.word)
    }

    /// The value, which the slot gives away.
    pub(crate) fn take(&mut self) -> Option<T> {
        self.given.as_mut().and_then(|given| given.value.take())
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.given.as_ref().and_then(|given| given.value.as_ref())
    }
}
