//! The collector of errors: every mistake is shown, not only the first.

use std::cell::RefCell;
use std::fmt::Display;
use std::thread;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The errors found so far. Panics if it is dropped without [`finish`](Errors::finish), so none can be lost.
pub(crate) struct Errors {
    /// `None` once checked.
    found: RefCell<Option<Vec<syn::Error>>>,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Errors { found: RefCell::new(Some(Vec::new())) }
    }

    /// An error at all of `tokens`, which must not be empty.
    pub(crate) fn at(&self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// An error at one span, for a place without tokens.
    pub(crate) fn at_span(&self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    fn push(&self, error: syn::Error) {
        self.found.borrow_mut().as_mut().expect("errors are open until `finish`").push(error);
    }

    /// The gate: nothing is generated before it. `Err` holds one `compile_error!` for each error.
    pub(crate) fn finish(self) -> Result<(), TokenStream> {
        let found = self.found.borrow_mut().take().expect("errors are open until `finish`");
        if found.is_empty() { Ok(()) } else { Err(found.iter().map(syn::Error::to_compile_error).collect()) }
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        if !thread::panicking() && self.found.borrow().is_some() {
            panic!("errors were dropped unchecked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Errors;

    #[test]
    #[should_panic(expected = "errors were dropped unchecked")]
    fn dropped_unchecked() {
        drop(Errors::new());
    }
}
