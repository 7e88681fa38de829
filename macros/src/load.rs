//! The functions: construction from a load, and walks over the fields.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Index;

use crate::bounds::ends;
use crate::model::{Body, Field, Model, Role, Variant, in_schema};
use crate::value::tokens;

/// ```text
/// #[inline]
/// fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
///     ::core::result::Result::Ok(Self { weight: __b.parameter()?, norm: __b.module()?, cache: .. })
/// }
/// ```
///
/// What is `inline` is compiled where it is called, and so not at all where nothing loads the type: of the three functions this is the
/// one that costs, as it drops what was built before a field that fails.
///
/// Of an enum, whose last variant needs no number:
///
/// ```text
/// ::core::result::Result::Ok(match __b.variant()? {
///     0 => Self::Fused { 0: __b.module()? },
///     _ => Self::Apart { q: __b.parameter()?, .. },
/// })
/// ```
///
/// Fields are built in the order of the schema.
pub(crate) fn build(model: &Model<'_>) -> TokenStream {
    let value = match &model.body {
        Body::Struct(fields) => {
            let values = fields.iter().map(value);
            quote!(Self { #(#values),* })
        }
        Body::Enum(variants) => {
            let arms = variants.iter().enumerate().map(|(index, Variant { ident, fields })| {
                let index = Index::from(index);
                let pattern = if index.index as usize + 1 == variants.len() { quote!(_) } else { quote!(#index) };
                let values = fields.iter().map(value);
                quote!(#pattern => Self::#ident { #(#values),* },)
            });
            quote!(match __b.variant()? { #(#arms)* })
        }
    };
    quote! {
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            ::core::result::Result::Ok(#value)
        }
    }
}

/// `weight: __b.parameter()?`
fn value(field: &Field<'_>) -> TokenStream {
    let member = &field.member;
    let value = match field.role() {
        Role::Parameter { .. } => quote!(__b.parameter()?),
        Role::Module => quote!(__b.module()?),
        Role::Skipped(Some(expr)) => tokens(expr),
        Role::Skipped(None) => {
            let ty = field.ty();
            quote_spanned!(ends(ty).1=> <#ty as ::core::default::Default>::default())
        }
    };
    quote!(#member: #value)
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
///
/// Of an enum, where the variant is told to `walk` alone, as an update leaves it as it is:
///
/// ```text
/// match self {
///     Self::Fused { 0: __0 } => {
///         __w.variant(0);
///         __w.module(0, __0);
///     }
///     ..
/// }
/// ```
pub(crate) fn walks(model: &Model<'_>) -> TokenStream {
    let (shared, mutable) = match &model.body {
        Body::Struct(fields) => (steps_of_self(fields, &quote!(&)), steps_of_self(fields, &quote!(&mut))),
        Body::Enum(variants) => (arms(variants, true), arms(variants, false)),
    };
    quote! {
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) { #shared }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) { #mutable }
    }
}

/// `__w.parameter(0, &self.weight); __w.module(1, &self.norm);`
fn steps_of_self(fields: &[Field<'_>], borrow: &TokenStream) -> TokenStream {
    let steps = in_schema(fields).enumerate().map(|(index, field)| {
        let member = &field.member;
        step(index, field, &quote!(#borrow self.#member))
    });
    quote!(#(#steps)*)
}

/// `match self { Self::Apart { q: __0, cache: _ } => { __w.variant(1); __w.parameter(0, __0); } .. }`
fn arms(variants: &[Variant<'_>], tell: bool) -> TokenStream {
    let arms = variants.iter().enumerate().map(|(number, Variant { ident, fields })| {
        let number = Index::from(number);
        let tell = tell.then(|| quote!(__w.variant(#number);));
        let (mut bindings, mut steps) = (Vec::new(), Vec::new());
        for field in fields {
            let member = &field.member;
            if field.is_in_schema() {
                let name = format_ident!("__{}", steps.len());
                steps.push(step(steps.len(), field, &quote!(#name)));
                bindings.push(quote!(#member: #name));
            } else {
                bindings.push(quote!(#member: _));
            }
        }
        quote!(Self::#ident { #(#bindings),* } => { #tell #(#steps)* })
    });
    quote!(match self { #(#arms)* })
}

/// `__w.parameter(0, &self.weight);`
fn step(index: usize, field: &Field<'_>, place: &TokenStream) -> TokenStream {
    let index = Index::from(index);
    match field.role() {
        Role::Parameter { .. } => quote!(__w.parameter(#index, #place);),
        Role::Module => quote!(__w.module(#index, #place);),
        Role::Skipped(_) => TokenStream::new(),
    }
}
