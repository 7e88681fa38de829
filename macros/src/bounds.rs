//! Generics and where-clauses of the generated impls.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericParam, Generics};

use crate::model::{Field, Model, Role, in_schema};
use crate::unfit::Reasons;

/// The spans of the first and the last token. An error at code that is generated between the two covers all of them. Both must be
/// the user's own: the compiler does not join them with spans of an expansion.
pub(crate) fn ends(tokens: &impl ToTokens) -> (Span, Span) {
    let mut trees = tokens.to_token_stream().into_iter();
    let first = trees.next().map_or_else(Span::call_site, |tree| tree.span());
    (first, trees.last().map_or(first, |tree| tree.span()))
}

/// The most bounds of a type that does not need them. For each field, the compiler looks through all bounds, several times.
const MOST: usize = 64;

/// The bounds of the fields.
pub(crate) struct Bounds {
    /// `where User: Bound, Tensor<f32>: __wb::Tree<__wb::Parameters>, for<'__a> Norm: __wb::Tree<__wb::Modules>,`
    pub(crate) of_the_impl: TokenStream,
    /// `trait __Fields where Norm: __wb::NoModule<__wb::Modules>, {}`
    pub(crate) beside_it: Option<TokenStream>,
}

/// One bound for each distinct type, also for types without generics: a type that cannot be a field is then one error, at the type, and the
/// generated bodies add none. A struct without generics that has more than [`MOST`] types has no bounds, and a type that is no module is an
/// error in each body.
///
/// What may not be a field has a trait for the message beside the implementation, where the compiler checks it once. With `for<'__a>`, it does
/// not check the bound of `Tree`, whose error would come first, and would list types of the user that implement it.
pub(crate) fn of(model: &Model<'_>) -> Bounds {
    let mut seen = HashSet::new();
    let (mut bounds, mut messages) = (Vec::new(), Vec::new());
    let reasons = Reasons::of(model);
    for field in model.groups().into_iter().flat_map(in_schema) {
        let (ty, kind) = (field.ty(), kind(field));
        let (_, at) = ends(ty);
        let is_parameter = matches!(field.role(), Role::Parameter { .. });
        if !seen.insert(quote!(#ty: #kind).to_string()) {
            continue;
        }
        let reason = reasons.reason(ty, is_parameter);
        let is_likely = matches!(reason.as_deref(), None | Some("NoModule" | "NoModuleHere"));
        let unchecked = reason.map(|reason| {
            let reason = Ident::new(&reason, at);
            messages.push((is_likely, quote_spanned!(at=> #ty: __wb::#reason<__wb::#kind>,)));
            quote!(for<'__a>)
        });
        bounds.push((is_likely, quote_spanned!(at=> #unchecked #ty: __wb::Tree<__wb::#kind>,)));
    }
    let is_needed = !model.input.generics.params.is_empty() || bounds.len() <= MOST;
    let needed = |bounds: Vec<(bool, TokenStream)>| -> TokenStream {
        bounds.into_iter().filter(|(is_likely, _)| is_needed || !is_likely).map(|(_, bound)| bound).collect()
    };
    let user = model.input.generics.where_clause.as_ref().map(|clause| &clause.predicates);
    let user = user.map(|predicates| predicates.iter()).into_iter().flatten();
    let (bounds, messages) = (needed(bounds), needed(messages));
    let of_the_impl = quote!(#(#user,)* #bounds);
    Bounds {
        of_the_impl: if of_the_impl.is_empty() { of_the_impl } else { quote!(where #of_the_impl) },
        beside_it: (!messages.is_empty()).then(|| quote!(#[allow(trivial_bounds)] trait __Fields where #messages {})),
    }
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
