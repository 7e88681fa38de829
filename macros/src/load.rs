//! The functions: construction from a load, and walks over the fields.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Index;

use crate::bounds::ends;
use crate::model::{Body, Field, Model, Role, Variant, in_schema};
use crate::value::tokens;

/// The variables of the functions: `__b`, `__w`, `__f` where fields are grouped, and `__0`, `__1`, … in the patterns of an enum.
pub(crate) fn variables(model: &Model<'_>) -> Vec<Ident> {
    let fields = match &model.body {
        Body::Struct(_) => 0,
        Body::Enum(variants) => variants.iter().map(|variant| in_schema(&variant.fields).count()).max().unwrap_or(0),
    };
    let groups = model.groups().into_iter().any(is_grouped).then_some("f");
    let named = ["b", "w"].into_iter().chain(groups).map(|name| format_ident!("__{name}"));
    named.chain((0..fields).map(binding)).collect()
}

/// `__0`: a field in the schema, by its number, in the pattern of a variant.
fn binding(number: usize) -> Ident {
    format_ident!("__{number}")
}

/// How many values are made one after the other before they are grouped. Where one fails, those before it are dropped, and the compiler
/// takes more than twice as long for twice as many of them.
const GROUP: usize = 16;

/// ```text
/// #[inline]
/// fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
///     __wb::Ok(Self { weight: __b.parameter()?, norm: __b.module()?, cache: .. })
/// }
/// ```
///
/// What is `inline` is compiled where it is called, and so not at all where nothing loads the type: of the three functions this is the
/// one that costs.
///
/// Of an enum, whose last variant needs no number:
///
/// ```text
/// __wb::Ok(match __b.variant()? {
///     0 => Self::Fused { 0: __b.module()? },
///     _ => Self::Apart { q: __b.parameter()?, .. },
/// })
/// ```
///
/// Fields are built in the order of the schema.
pub(crate) fn build(model: &Model<'_>) -> TokenStream {
    let value = match &model.body {
        Body::Struct(fields) => value(&quote!(Self), fields),
        Body::Enum(variants) => {
            let arms = variants.iter().enumerate().map(|(index, Variant { ident, fields })| {
                let index = Index::from(index);
                let pattern = if index.index as usize + 1 == variants.len() { quote!(_) } else { quote!(#index) };
                let value = value(&quote!(Self::#ident), fields);
                quote!(#pattern => #value,)
            });
            quote!(match __b.variant()? { #(#arms)* })
        }
    };
    quote! {
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(#value)
        }
    }
}

/// `Self { weight: __b.parameter()?, cache: .. }`, or where there are many fields:
///
/// ```text
/// {
///     let __f = (__b.group(|__b| __wb::Ok((__b.parameter::<Tensor<f32>>()?, __b.module::<Norm>()?, ..)))?, ..);
///     Self { weight: __f.0.0, norm: __f.0.1, .., cache: .. }
/// }
/// ```
fn value(constructor: &TokenStream, fields: &[Field<'_>]) -> TokenStream {
    let (groups, values) = if is_grouped(fields) {
        grouped(in_schema(fields).map(typed_call).collect())
    } else {
        (None, in_schema(fields).map(call).collect())
    };
    let mut held = values.into_iter();
    let values = fields.iter().map(|field| {
        let member = &field.member;
        let value = match field.role() {
            Role::Parameter { .. } | Role::Module => held.next(),
            Role::Skipped(Some(expr)) => Some(tokens(expr)),
            Role::Skipped(None) => {
                let ty = field.ty();
                Some(quote_spanned!(ends(ty).1=> <#ty as ::core::default::Default>::default()))
            }
        };
        quote!(#member: #value)
    });
    let value = quote!(#constructor { #(#values),* });
    match groups {
        Some(groups) => quote!({ let __f = #groups; #value }),
        None => value,
    }
}

fn is_grouped(fields: &[Field<'_>]) -> bool {
    in_schema(fields).count() > GROUP
}

/// `__b.parameter()?`
fn call(field: &Field<'_>) -> TokenStream {
    match field.role() {
        Role::Parameter { .. } => quote!(__b.parameter()?),
        Role::Module | Role::Skipped(_) => quote!(__b.module()?),
    }
}

/// `__b.parameter::<Tensor<f32>>()?`: the types of a group would be known late, and the compiler looks again and again at what it does not know.
fn typed_call(field: &Field<'_>) -> TokenStream {
    let ty = field.ty();
    match field.role() {
        Role::Parameter { .. } => quote!(__b.parameter::<#ty>()?),
        Role::Module | Role::Skipped(_) => quote!(__b.module::<#ty>()?),
    }
}

/// `(__b.group(..)?, ..)`, and where each value is in it: `__f.0.0`, `__f.0.1`, ..
fn grouped(mut calls: Vec<TokenStream>) -> (Option<TokenStream>, Vec<TokenStream>) {
    let (mut places, mut size) = (vec![TokenStream::new(); calls.len()], 1);
    loop {
        for (number, place) in places.iter_mut().enumerate() {
            let index = Index::from(number / size % GROUP);
            *place = quote!(.#index #place);
        }
        if calls.len() <= GROUP {
            return (Some(quote!((#(#calls,)*))), places.iter().map(|place| quote!(__f #place)).collect());
        }
        calls = calls.chunks(GROUP).map(|calls| quote!(__b.group(|__b| __wb::Ok((#(#calls,)*)))?)).collect();
        size *= GROUP;
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
                let name = binding(steps.len());
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
