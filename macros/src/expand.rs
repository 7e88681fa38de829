//! The pipeline of `#[derive(Module)]`: model, check, gate, expand, or else the stub.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{DeriveInput, Type};

use crate::bounds::{self, Bounds, ends};
use crate::check::check;
use crate::errors::Errors;
use crate::model::Model;
use crate::verify::Verified;
use crate::{constant, load, schema, stub};

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let errors = Errors::new();
    let model = Model::new(&errors, input);
    check(&errors, &model);
    constant::check(&errors, &model);
    match errors.finish() {
        Ok(()) => expand(&model),
        Err(errors) => {
            let user_where = model.input.generics.where_clause.as_ref();
            let stub = implementation(&model, None, &quote!(#user_where), &stub::members(), |_| stub::members());
            quote!(#errors #stub)
        }
    }
}

fn expand(model: &Model<'_>) -> TokenStream {
    let (node, build, walks) = (schema::node(model), load::build(model), load::walks(model));
    let Bounds { of_the_impl, beside_it } = bounds::of(model);
    implementation(model, beside_it, &of_the_impl, &quote!(#node #build #walks), load::remote)
}

/// ```text
/// const _: () = {
///     use ::weighbridge::__private::{self as __wb, local as __b, local as __w};
///     trait __Fields where .. {}
///     #[automatically_derived]
///     impl<const IN: usize> __wb::Tree<__wb::Modules> for Linear<{ IN }> where .. { .. }
/// };
/// ```
///
/// `local` is a function. Imported under the name of each variable of the generated code, it hides what the user's code has of that
/// name: beside a `const __b`, a pattern `__b` would be compared with the constant, while one that names a function is a variable.
///
/// The lints that are allowed: a field's bound is `trivial_bounds` where its type is concrete; the user may have marked
/// a field `deprecated`, which is for others to heed; a dimension in braces may need none, and the
/// parentheses around a macro's fragment may not be needed either: `unused_braces` and `unused_parens` are about what
/// people write.
fn implementation(
    model: &Model<'_>,
    fields: Option<TokenStream>,
    where_clause: &TokenStream,
    members: &TokenStream,
    members_of_remote: fn(&TokenStream) -> TokenStream,
) -> TokenStream {
    let (ident, krate) = (&model.input.ident, &model.krate);
    let (generics, _, _) = model.input.generics.split_for_impl();
    let (arguments, variables) = (bounds::arguments(&model.input.generics), load::variables(model));
    let verified = model.verify.as_ref();
    let constants = verified.map(Verified::constants);
    // an item of its own is evaluated by a check; with parameters it is evaluated where the type is used
    let concrete = verified.filter(|_| model.input.generics.params.is_empty());
    let remote = model.remote.as_ref().map(|foreign| remote(model, foreign, members_of_remote));
    let (beside, inside) = concrete.map(|verified| verified.items(krate, ident, false, ident.span())).unzip();
    quote! {
        #beside
        const _: () = {
            use #krate::__private::{self as __wb, #(local as #variables),*};
            #constants
            #inside
            #fields
            #[automatically_derived]
            #[allow(trivial_bounds, deprecated, unused_braces, unused_parens)]
            impl #generics __wb::Tree<__wb::Modules> for #ident #arguments #where_clause {
                #members
            }
            #remote
        };
    }
}

/// ```text
/// impl __wb::Parts for LayerNormParts where .. { type Foreign = candle_nn::LayerNorm; }
/// impl __wb::Tree<LayerNormParts> for candle_nn::LayerNorm where LayerNormParts: __wb::IsRemote<Foreign = candle_nn::LayerNorm> { .. }
/// ```
///
/// The parts are the kind of the tree, so that the foreign type has one even where neither the type nor the trait is the user's.
fn remote(model: &Model<'_>, foreign: &Type, members: fn(&TokenStream) -> TokenStream) -> TokenStream {
    let (ident, arguments) = (&model.input.ident, bounds::arguments(&model.input.generics));
    let (generics, _, _) = model.input.generics.split_for_impl();
    let user = model.input.generics.where_clause.as_ref().map(|clause| clause.predicates.iter());
    let user: Vec<_> = user.into_iter().flatten().collect();
    let parts = quote!(#ident #arguments);
    let members = members(&parts);
    let at = ends(foreign).1;
    let is_parts = quote_spanned!(at=> #parts: __wb::IsRemote<Foreign = #foreign>);
    quote! {
        #[automatically_derived]
        impl #generics __wb::Parts for #parts where #(#user,)* #parts: __wb::IsModule {
            type Foreign = #foreign;
        }
        #[automatically_derived]
        #[allow(trivial_bounds)]
        impl #generics __wb::Tree<#parts> for #foreign where #(#user,)* #is_parts {
            #members
        }
    }
}
