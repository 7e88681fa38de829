//! Generics and where-clauses of the generated impls.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericParam, Generics};

use crate::model::{Field, Model, Role, in_schema};
use crate::unfit::{Reasons, Unfit};

/// The spans of the first and the last token. An error at code that is generated between the two covers all of them. Both must be
/// the user's own: the compiler does not join them with spans of an expansion.
pub(crate) fn ends(tokens: &impl ToTokens) -> (Span, Span) {
    let mut trees = tokens.to_token_stream().into_iter();
    let first = trees.next().map_or_else(Span::call_site, |tree| tree.span());
    (first, trees.last().map_or(first, |tree| tree.span()))
}

/// The bounds of the fields.
pub(crate) struct Bounds {
    /// `where User: Bound, Tensor<f32>: __wb::Tree<__wb::Parameters>, for<'__a> Norm: __wb::Tree<__wb::Modules>,`
    pub(crate) of_the_impl: TokenStream,
    /// `trait __Fields where Norm: __wb::NoModule<__wb::Modules>, {}`, and for a type with parameters
    /// `fn __Fields<T>() { <Rc<T> as __wb::InRc<__wb::Parameters>>::fits(); }`
    pub(crate) beside_it: Option<TokenStream>,
}

/// One bound for each distinct type, also for types without generics: a type that cannot be a field is then one error, at the type, and the
/// generated bodies add none.
///
/// What may not be a field has a trait for the message beside the implementation, where the compiler checks it once. With `for<'__a>`, it does
/// not check the bound of `Tree`, whose error would come first, and would list types of the user that implement it.
pub(crate) fn of(model: &Model<'_>) -> Bounds {
    let mut seen = HashSet::new();
    let (mut bounds, mut messages, mut generic_messages) = (TokenStream::new(), TokenStream::new(), TokenStream::new());
    let reasons = Reasons::of(model);
    for field in model.groups().into_iter().flat_map(in_schema) {
        let (ty, kind) = (field.ty(), kind(field));
        let (_, at) = ends(ty);
        if !seen.insert(quote!(#ty: #kind).to_string()) {
            continue;
        }
        let is_parameter = matches!(field.role(), Role::Parameter { .. });
        let unfit = match field.via() {
            Some(via) => reasons.of_via(ty, via),
            None => reasons.of_type(ty, is_parameter),
        };
        let unchecked = unfit.map(|Unfit { reason, ty, is_generic }| {
            let reason = Ident::new(&reason, at);
            match is_generic {
                false => messages.extend(quote_spanned!(at=> #ty: __wb::#reason<__wb::#kind>,)),
                true => generic_messages.extend(quote_spanned!(at=> <#ty as __wb::#reason<__wb::#kind>>::fits();)),
            }
            quote!(for<'__a>)
        });
        bounds.extend(quote_spanned!(at=> #unchecked #ty: __wb::Tree<__wb::#kind>,));
    }
    for field in model.groups().into_iter().flatten().filter(|field| matches!(field.role(), Role::Config(_))) {
        let ty = field.ty();
        if seen.insert(quote!(#ty: Config).to_string()) {
            bounds.extend(quote_spanned!(ends(ty).1=> #ty: __wb::FromConfig,));
        }
    }
    let user = model.input.generics.where_clause.as_ref().map(|clause| &clause.predicates);
    let user = user.map(|predicates| predicates.iter()).into_iter().flatten();
    let of_the_impl = quote!(#(#user,)* #bounds);
    let concrete = (!messages.is_empty()).then(|| quote!(#[allow(trivial_bounds)] trait __Fields where #messages {}));
    let generic = (!generic_messages.is_empty()).then(|| {
        let (generics, _, user) = model.input.generics.split_for_impl();
        quote!(#[allow(dead_code, non_snake_case, trivial_bounds)] fn __Fields #generics() #user { #generic_messages })
    });
    Bounds {
        of_the_impl: if of_the_impl.is_empty() { of_the_impl } else { quote!(where #of_the_impl) },
        beside_it: (concrete.is_some() || generic.is_some()).then(|| quote!(#concrete #generic)),
    }
}

/// The kind of tree that the field's type must implement, in the runtime's `__private`.
pub(crate) fn kind(field: &Field<'_>) -> TokenStream {
    if let Some(via) = field.via() {
        return quote!(Via<#via>);
    }
    match field.role() {
        Role::Parameter { .. } => quote!(Parameters),
        Role::Module | Role::Skipped(_) | Role::Config(_) => quote!(Modules),
    }
}

/// `<'a, T, { N }>`
///
/// A const parameter stands in braces: a bare `N` would be a type of that name, if there is one in scope.
pub(crate) fn arguments(generics: &Generics) -> Option<TokenStream> {
    let arguments = generics.params.iter().map(|parameter| match parameter {
        GenericParam::Lifetime(lifetime) => lifetime.lifetime.to_token_stream(),
        GenericParam::Type(ty) => ty.ident.to_token_stream(),
        GenericParam::Const(constant) => {
            let ident = &constant.ident;
            quote!({ #ident })
        }
    });
    (!generics.params.is_empty()).then(|| quote!(<#(#arguments),*>))
}
