//! Generics and where-clauses of the generated impls.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericParam, Generics};

use crate::model::{Field, Model, Role, in_schema};

/// The spans of the first and the last token. An error at code that is generated between the two covers all of them. Both must be
/// the user's own: the compiler does not join them with spans of an expansion.
pub(crate) fn ends(tokens: &impl ToTokens) -> (Span, Span) {
    let mut trees = tokens.to_token_stream().into_iter();
    let first = trees.next().map_or_else(Span::call_site, |tree| tree.span());
    (first, trees.last().map_or(first, |tree| tree.span()))
}

/// The most bounds of a type that does not need them. For each field, the compiler looks through all bounds, several times.
const MOST: usize = 64;

/// `Tensor<f32>: __wb::Tree<__wb::Parameters>, Norm: __wb::Tree<__wb::Modules>,`
///
/// One for each distinct type, also for types without generics: a type that is neither is then one error, at the type, and the
/// generated bodies add none. A struct without generics that has more than [`MOST`] types has no bounds, and a type that is neither is an
/// error in each body.
pub(crate) fn fields(model: &Model<'_>) -> TokenStream {
    let mut seen = HashSet::new();
    let mut bounds = TokenStream::new();
    for field in model.groups().into_iter().flat_map(in_schema) {
        let (ty, kind) = (field.ty(), kind(field));
        let (_, at) = ends(ty);
        let bound = quote_spanned!(at=> #ty: __wb::Tree<__wb::#kind>,);
        if seen.insert(bound.to_string()) {
            bounds.extend(bound);
        }
    }
    let is_needed = !model.input.generics.params.is_empty() || seen.len() <= MOST;
    if is_needed { bounds } else { TokenStream::new() }
}

/// The kind of tree that the field's type must implement.
pub(crate) fn kind(field: &Field<'_>) -> TokenStream {
    match field.role() {
        Role::Parameter { .. } => quote!(Parameters),
        Role::Module | Role::Skipped(_) => quote!(Modules),
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

/// `where User: Bound, Tensor<f32>: __wb::Tree<__wb::Parameters>,`
pub(crate) fn where_clause(model: &Model<'_>) -> TokenStream {
    let user = model.input.generics.where_clause.as_ref().map(|clause| &clause.predicates);
    let user = user.map(|predicates| predicates.iter()).into_iter().flatten();
    let fields = fields(model);
    let all = quote!(#(#user,)* #fields);
    if all.is_empty() { all } else { quote!(where #all) }
}
