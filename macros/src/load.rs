//! The functions: construction from a load, and walks over the fields.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Index;

use crate::bounds::{ends, kind};
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
///     __wb::Ok(Self { weight: __wb::ok!(__wb::Tree::<__wb::Parameters>::build(__b)), cache: .., .. })
/// }
/// ```
///
/// What is `inline` is compiled where it is called, and so not at all where nothing loads the type: of the three functions this is the
/// one that costs.
///
/// Of an enum, whose last variant needs no number:
///
/// ```text
/// __wb::Ok(match __wb::ok!(__b.variant()) {
///     0 => Self::Fused { 0: __wb::ok!(__wb::Tree::<__wb::Modules>::build(__b)) },
///     _ => Self::Apart { q: .., .. },
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
            quote!(match __wb::ok!(__b.variant()) { #(#arms)* })
        }
    };
    quote! {
        #[inline]
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> {
            __wb::Ok(#value)
        }
    }
}

/// `Self { weight: .., cache: .. }`, or where there are many fields:
///
/// ```text
/// {
///     let __f = (__wb::ok!(__b.group(|__b| __wb::Ok((__wb::ok!(<Tensor<f32> as __wb::Tree<__wb::Parameters>>::build(__b)), ..)))), ..);
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
            Role::Config(_) => {
                let ty = field.ty();
                Some(quote!(__wb::ok!(__b.setting::<#ty>())))
            }
            Role::Skipped(Some(expr)) => Some(tokens(expr)),
            Role::Skipped(None) => {
                let ty = field.ty();
                Some(quote_spanned!(ends(ty).1=> <#ty as __wb::DefaultValue>::default()))
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

/// Fields that are in the configuration come behind those in a file, as in the schema, and so those are a group.
fn is_grouped(fields: &[Field<'_>]) -> bool {
    let count = in_schema(fields).count();
    count > GROUP || count > 0 && fields.iter().any(|field| matches!(field.role(), Role::Config(_)))
}

/// `__wb::ok!(__wb::Tree::<__wb::Parameters>::build(__b))`
fn call(field: &Field<'_>) -> TokenStream {
    let kind = kind(field);
    quote!(__wb::ok!(__wb::Tree::<__wb::#kind>::build(__b)))
}

/// `__wb::ok!(<Tensor<f32> as __wb::Tree<__wb::Parameters>>::build(__b))`: the types of a group would be known late, and the compiler looks again and
/// again at what it does not know.
fn typed_call(field: &Field<'_>) -> TokenStream {
    let (ty, kind) = (field.ty(), kind(field));
    quote!(__wb::ok!(<#ty as __wb::Tree<__wb::#kind>>::build(__b)))
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
        calls = calls.chunks(GROUP).map(|calls| quote!(__wb::ok!(__b.group(|__b| __wb::Ok((#(#calls,)*)))))).collect();
        size *= GROUP;
    }
}

/// ```text
/// fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) {
///     __wb::Tree::<__wb::Parameters>::walk(&self.weight, __w);
///     __wb::Tree::<__wb::Modules>::walk(&self.norm, __w);
/// }
/// fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) {
///     __wb::Tree::<__wb::Parameters>::walk_mut(&mut self.weight, __w);
///     __wb::Tree::<__wb::Modules>::walk_mut(&mut self.norm, __w);
/// }
/// ```
///
/// Of an enum, where the variant is told to `walk` alone, as an update leaves it as it is:
///
/// ```text
/// match self {
///     Self::Fused { 0: __0 } => {
///         __w.variant(0);
///         __wb::Tree::<__wb::Modules>::walk(__0, __w);
///     }
///     ..
/// }
/// ```
pub(crate) fn walks(model: &Model<'_>) -> TokenStream {
    let (walk, walk_mut) = (quote!(walk), quote!(walk_mut));
    let (shared, mutable) = match &model.body {
        Body::Struct(fields) => {
            (steps_of_self(fields, &walk, &quote!(&)), steps_of_self(fields, &walk_mut, &quote!(&mut)))
        }
        Body::Enum(variants) => (arms(variants, &walk, true), arms(variants, &walk_mut, false)),
    };
    quote! {
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) { #shared }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) { #mutable }
    }
}

/// `__wb::Tree::<__wb::Parameters>::walk(&self.weight, __w); ..`
fn steps_of_self(fields: &[Field<'_>], function: &TokenStream, borrow: &TokenStream) -> TokenStream {
    let steps = in_schema(fields).map(|field| {
        let member = &field.member;
        step(field, function, &quote!(#borrow self.#member))
    });
    quote!(#(#steps)*)
}

/// `match self { Self::Apart { q: __0, cache: _ } => { __w.variant(1); __wb::Tree::<__wb::Parameters>::walk(__0, __w); } .. }`
fn arms(variants: &[Variant<'_>], function: &TokenStream, tell: bool) -> TokenStream {
    let arms = variants.iter().enumerate().map(|(number, Variant { ident, fields })| {
        let number = Index::from(number);
        let tell = tell.then(|| quote!(__w.variant(#number);));
        let (mut bindings, mut steps) = (Vec::new(), Vec::new());
        for field in fields {
            let member = &field.member;
            if field.is_in_schema() {
                let name = binding(steps.len());
                steps.push(step(field, function, &quote!(#name)));
                bindings.push(quote!(#member: #name));
            } else {
                bindings.push(quote!(#member: _));
            }
        }
        quote!(Self::#ident { #(#bindings),* } => { #tell #(#steps)* })
    });
    quote!(match self { #(#arms)* })
}

/// The trees of the type that this is the parts of: `__wb::Tree<LayerNormParts> for candle_nn::LayerNorm`.
///
/// ```text
/// fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> { __b.remote::<LayerNormParts>() }
/// fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) { __w.remote::<LayerNormParts>(self) }
/// fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) { __w.remote::<LayerNormParts>(self) }
/// ```
pub(crate) fn remote(parts: &TokenStream) -> TokenStream {
    quote! {
        const __NODE: &'static __wb::Node = <#parts as __wb::Tree<__wb::Modules>>::__NODE;
        fn build(__b: &mut __wb::Builder<'_>) -> __wb::Result<Self> { __b.remote::<#parts>() }
        fn walk<'__a>(&'__a self, __w: &mut __wb::Walk<'__a>) { __w.remote::<#parts>(self) }
        fn walk_mut<'__a>(&'__a mut self, __w: &mut __wb::WalkMut<'__a>) { __w.remote::<#parts>(self) }
    }
}

/// `__wb::Tree::<__wb::Parameters>::walk(&self.weight, __w);`
fn step(field: &Field<'_>, function: &TokenStream, place: &TokenStream) -> TokenStream {
    let kind = kind(field);
    quote!(__wb::Tree::<__wb::#kind>::#function(#place, __w);)
}
