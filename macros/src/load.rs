//! The functions: construction from a load, and walks over the fields.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Index, Member};

use crate::bounds::ends;
use crate::model::{Field, Model, Role};
use crate::value::tokens;

/// ```text
/// fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
///     ::core::result::Result::Ok(Self { weight: __b.parameter()?, norm: __b.module()?, cache: .. })
/// }
/// ```
///
/// Fields are built in the order of the schema.
pub(crate) fn build(model: &Model<'_>) -> TokenStream {
    let fields = model.fields.iter().map(|field| {
        let member = &field.member;
        let value = match field.role() {
            Role::Parameter { .. } => quote!(__b.parameter()?),
            Role::Module { .. } => quote!(__b.module()?),
            Role::Skipped(Some(expr)) => tokens(expr),
            Role::Skipped(None) => {
                let ty = field.ty();
                quote_spanned!(ends(ty).1=> <#ty as ::core::default::Default>::default())
            }
        };
        quote!(#member: #value)
    });
    quote! {
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            ::core::result::Result::Ok(Self { #(#fields),* })
        }
    }
}

/// ```text
/// fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
///     __w.parameter(0, &self.weight);
///     __w.module(1, &self.norm);
/// }
/// fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
///     __w.parameter(0, &mut self.weight);
///     __w.module(1, &mut self.norm);
/// }
/// ```
pub(crate) fn walks(model: &Model<'_>) -> TokenStream {
    let shared = model.in_schema().enumerate().map(|(index, field)| step(index, field, &quote!(&)));
    let mutable = model.in_schema().enumerate().map(|(index, field)| step(index, field, &quote!(&mut)));
    quote! {
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) { #(#shared)* }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) { #(#mutable)* }
    }
}

/// `__w.parameter(0, &self.weight);`
fn step(index: usize, field: &Field<'_>, borrow: &TokenStream) -> TokenStream {
    let index = Index::from(index);
    let member: &Member = &field.member;
    match field.role() {
        Role::Parameter { .. } => quote!(__w.parameter(#index, #borrow self.#member);),
        Role::Module { .. } => quote!(__w.module(#index, #borrow self.#member);),
        Role::Skipped(_) => TokenStream::new(),
    }
}
