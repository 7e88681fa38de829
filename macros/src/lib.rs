//! The derive macro of the crate `weighbridge`, which re-exports it: depend on that crate, not on this one.
//!
//! The files read downwards: words, the error collector, the attribute slot, values, layouts, attributes, the model
//! of the type, the checks between attributes, and then what is generated. `expand::derive` is the whole pipeline.

// In the order of the pipeline, each kept from being sorted by a blank line: a file imports only from those above it.
mod symbol;

mod nearest;

mod errors;

mod slot;

mod name;

mod value;

mod expression;

mod argument;

mod dim;

mod dtype;

mod layout;

mod transform;

mod headers;

mod explain;

mod configured;

mod verify;

mod elsewhere;

mod unknown;

mod attr;

mod model;

mod constant;

mod check;

mod collision;

mod unfit;

mod bounds;

mod division;

mod shared;

mod schema;

mod load;

mod stub;

mod expand;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Makes a struct or an enum a module: its parameter paths, shapes and dtypes become a constant of the type, and a checkpoint
/// loads into it only as a whole.
///
/// ```ignore
/// use weighbridge::{Module, Tensor};
///
/// #[derive(Module)]
/// struct Linear<const IN: usize, const OUT: usize> {
///     #[param(shape = [OUT, IN])]
///     weight: Tensor<f32>,
///     #[param(shape = [OUT])]
///     bias: Tensor<f32>,
/// }
/// ```
///
/// A field with `#[param(..)]` is a parameter, any other field is a module. Of an enum, a file has the parameters of
/// one variant. A type that also derives another crate's `Module` writes `#[weighbridge(..)]` instead, so that `#[module(..)]`
/// is the other crate's alone. The page `weighbridge::docs::attributes` has every attribute with an example.
#[proc_macro_derive(Module, attributes(param, module, weighbridge))]
pub fn derive_module(input: TokenStream) -> TokenStream {
    match syn::parse(input) {
        Ok(input) => expand::derive(&input).into(),
        Err(error) => error.into_compile_error().into(),
    }
}

/// What `weighbridge::verify!` calls, with the path of its crate: `$crate; Type, "path"`.
#[doc(hidden)]
#[proc_macro]
pub fn verify(input: TokenStream) -> TokenStream {
    verify::verify(input.into()).into()
}
