//! The constant: one level of the schema's tree.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Ident, LitStr, token};

use crate::bounds::ends;
use crate::model::{Field, Model, Role};
use crate::value::{Dim, Shape, tokens};

/// ```text
/// const FIELDS: &'static [__wb::Field] = &[
///     __wb::parameter::<Tensor<f32>>("weight").shape(const { &[..] }),
///     __wb::module::<Norm>("norm"),
/// ];
/// const NODE: &'static __wb::Node = &__wb::Node::of(Self::FIELDS).ignore(&["*.inv_freq"]);
/// ```
///
/// `of` panics if two fields meet at one path, so it lies on the struct's name. The compiler evaluates it for a type
/// without type and const parameters where the type is defined, and otherwise where a program that uses it is built.
pub(crate) fn node(model: &Model<'_>) -> TokenStream {
    let mut fields = model.in_schema().map(field).peekable();
    let fields = fields.peek().is_some().then(|| quote!(const FIELDS: &'static [__wb::Field] = &[#(#fields),*];));
    let ignore = &model.ignore;
    let at = model.input.ident.span();
    let ignore = (!ignore.is_empty()).then(|| quote_spanned!(at=> .ignore(&[#(#ignore),*])));
    let node = quote_spanned!(at=> &__wb::Node::of(Self::FIELDS) #ignore);
    quote!(#fields const NODE: &'static __wb::Node = #node;)
}

/// `__wb::parameter::<Tensor<f32>>("weight").shape(..).dtypes(..).alias(..)`
///
/// An error in a chain of calls spans from its receiver to the end of the call that panics. So the receiver lies on the
/// first word that a call is about, or else on the type, and each call ends with the value of its word.
fn field(field: &Field<'_>) -> TokenStream {
    let ty = field.ty();
    let name = field.name.value();
    let attrs = &field.attrs;
    let words = [attrs.shape.word(), attrs.dtype.word(), attrs.len.word(), attrs.flatten.word()];
    let word = words.into_iter().flatten().next();
    let (first, last) = word.map_or_else(|| ends(ty), |word| (word.span(), word.span()));
    let of = |constructor| {
        let constructor = Ident::new(constructor, last);
        let runtime = Ident::new("__wb", first);
        quote_spanned!(last=> #runtime::#constructor::<#ty>(#name))
    };
    let mut tokens = match field.role() {
        Role::Parameter { shape: Some((word, shape)), dtypes } => {
            let of = of("parameter");
            let shape = self::shape(word, shape);
            let dtypes = self::dtypes(field, dtypes);
            quote!(#of #shape #dtypes)
        }
        Role::Parameter { shape: None, dtypes } => {
            let of = of("sized");
            let dtypes = self::dtypes(field, dtypes);
            quote!(#of #dtypes)
        }
        Role::Module { .. } | Role::Skipped(_) => of("module"),
    };
    if let Some(word) = attrs.flatten.word() {
        tokens.extend(call(word, "flatten", word.span(), &TokenStream::new()));
    }
    if let (Some(word), Some(len)) = (attrs.len.word(), field.len()) {
        tokens.extend(self::len(word, len));
    }
    let aliases: &[LitStr] = field.aliases();
    if !aliases.is_empty() {
        tokens.extend(quote!(.alias(&[#(#aliases),*])));
    }
    tokens
}

/// `.shape(const { &[__wb::Is(OUT), __wb::Named("vocab"), __wb::Any] })`
///
/// The inline constant is needed: an argument that divides, or calls a function, is not promoted to `'static`.
fn shape(word: &Ident, shape: &Shape) -> TokenStream {
    let dims = shape.dims.iter().map(|dim| match dim {
        Dim::Is(expr) => {
            let expr = tokens(expr);
            quote!(__wb::Is(#expr))
        }
        Dim::Named(name) => quote!(__wb::Named(#name)),
        Dim::Any => quote!(__wb::Any),
    });
    let dims = quote_spanned!(word.span()=> const { &[#(#dims),*] });
    call(word, "shape", shape.bracket.span.close(), &dims)
}

/// `.dtypes(&[__wb::DType::BF16, __wb::DType::F16])`
fn dtypes(field: &Field<'_>, dtypes: &[Ident]) -> TokenStream {
    match (field.attrs.dtype.word(), dtypes.last()) {
        (Some(word), Some(last)) => call(word, "dtypes", last.span(), &quote!(&[#(__wb::DType::#dtypes),*])),
        _ => TokenStream::new(),
    }
}

/// `.len(__wb::Len::Is(C::LAYERS))`
fn len(word: &Ident, len: &Dim) -> TokenStream {
    let (len, end) = match len {
        Dim::Is(expr) => {
            let tokens = tokens(expr);
            (quote!(__wb::Len::Is(#tokens)), ends(expr).1)
        }
        Dim::Named(name) => (quote!(__wb::Len::Named(#name)), name.span()),
        Dim::Any => (quote!(__wb::Len::FromFile), word.span()),
    };
    call(word, "len", end, &len)
}

/// `.method(argument)`, which lies over the user's tokens from `word` to `end`.
fn call(word: &Ident, method: &str, end: Span, argument: &TokenStream) -> TokenStream {
    let method = Ident::new(method, word.span());
    let mut tokens = quote!(.#method);
    token::Paren(end).surround(&mut tokens, |tokens| tokens.extend(argument.clone()));
    tokens
}
