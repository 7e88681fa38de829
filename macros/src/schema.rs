//! The constant: one level of the schema's tree.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Expr, Ident, Index, Type, TypePath, token};

use crate::argument::Named;
use crate::attr::FieldAttrs;
use crate::bounds::{ends, kind};
use crate::collision;
use crate::dim::{Dim, Shape};
use crate::division::number;
use crate::dtype::DTypes;
use crate::expression::Step;
use crate::layout::{From, Layout, Slice};
use crate::model::{Body, Field, Model, Role, Variant, in_schema};
use crate::name::GivenName;
use crate::shared::mentions_self;
use crate::value::{literal, tokens};
use crate::verify;

/// ```text
/// const __NODE: &'static __wb::Node = {
///     use __wb::NotHeld as _;
///     static __N: __wb::Node = __wb::Node::apart(&[
///         __wb::Field::shaped("weight", __wb::Held::<Tensor<f32>, __wb::Parameters>::NODE).shape(&[..]),
///         __wb::Field::module("norm", __wb::Held::<Norm, __wb::Modules>::NODE),
///     ]).ignore(&["*.inv_freq"]);
///     &__N
/// };
/// ```
///
/// Of an enum, with parameters:
///
/// ```text
/// const __NODE: &'static __wb::Node = &__wb::Node::choice(&[__wb::Variant::of("Fused", __wb::Node::apart(&[..])), ..]);
/// ```
///
/// The compiler evaluates a constant once for each implementation in whose bounds it names it, and a static once. Without the bounds,
/// a type that cannot be a field would be an error here too: see `Held`. A static knows no parameters of the type.
///
/// In the value of a constant or a static, the compiler makes what is borrowed `'static`, calls of functions included. So one constant without a
/// name of its own is enough. What it cannot do so stands in an inline constant: see [`in_constant`].
///
/// Where names alone do not exclude that two paths collide, `compared` stands in place of `apart`, with the numbers of the fields, and
/// panics if they do. Its span is the name of the struct or of the variant. The compiler evaluates it for a type without type and const
/// parameters where the type is defined, and otherwise where a program that uses it is built.
pub(crate) fn node(model: &Model<'_>) -> TokenStream {
    let is_concrete = model.input.generics.params.is_empty();
    let shared = is_concrete.then(|| value(model, true)).filter(|value| !mentions_self(model, value));
    if let Some(value) = shared {
        return quote! {
            const __NODE: &'static __wb::Node = {
                use __wb::NotHeld as _;
                static __N: __wb::Node = #value;
                &__N
            };
        };
    }
    let (at, value) = (model.input.ident.span(), value(model, false));
    let node = quote_spanned!(at=> &#value);
    let Some(verified) = model.verify.as_ref().filter(|_| !is_concrete) else {
        return quote!(const __NODE: &'static __wb::Node = #node;);
    };
    let (ident, (_, arguments, _)) = (&model.input.ident, model.input.generics.split_for_impl());
    let node = verified.node(&node, &verify::name_of(quote!(#ident #arguments)), at);
    // the compiler's interpreter warns of work that it takes for endless
    quote!(#[allow(long_running_const_eval)] const __NODE: &'static __wb::Node = #node;)
}

/// `__wb::Node::apart(&[..]).ignore(&["*.inv_freq"])`. It is shared if it stands in a static.
fn value(model: &Model<'_>, is_shared: bool) -> TokenStream {
    let at = model.input.ident.span();
    let node = match &model.body {
        Body::Struct(body) => fields(body, at, is_shared),
        Body::Enum(variants) => {
            let variants = variants.iter().map(|variant| self::variant(variant, is_shared));
            quote_spanned!(at=> __wb::Node::choice(&[#(#variants),*]))
        }
    };
    let ignore = &model.ignore;
    let ignore = (!ignore.is_empty()).then(|| quote_spanned!(at=> .ignore(&[#(#ignore),*])));
    let declared = declared(model, at);
    quote_spanned!(at=> #node #ignore #declared)
}

/// `.declare(&__wb::Declared { names: "in out", args: &[__wb::Argument { name: "in", default: __wb::None }, ..], defaults: &[..], remote: "" })`
fn declared(model: &Model<'_>, at: Span) -> Option<TokenStream> {
    if model.args.is_empty() && model.defaults.is_empty() && model.remote.is_none() {
        return None;
    }
    let names = joined(&model.args);
    let args = model.args.iter().map(|Named { name, value }| {
        let default = optional(value.as_deref());
        quote!(__wb::Argument { name: #name, default: #default })
    });
    let defaults = model.defaults.iter().map(|Named { name, value }| {
        let value = expression(value);
        quote!((#name, #value))
    });
    let all = model.args.iter().filter_map(|argument| argument.value.as_ref());
    let all = all.chain(model.defaults.iter().map(|default| &default.value));
    let remote = model.remote.as_ref().map_or_else(String::new, named);
    let declared = quote!(__wb::Declared {
        names: #names,
        args: &[#(#args),*],
        defaults: &[#(#defaults),*],
        remote: #remote,
    });
    let declared = borrowed(declared, all);
    Some(quote_spanned!(at=> .declare(#declared)))
}

/// A type without its arguments: `candle_nn::Linear`.
fn named(ty: &Type) -> String {
    let Type::Path(TypePath { path, .. }) = ty else { return ty.to_token_stream().to_string() };
    path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect::<Vec<_>>().join("::")
}

/// `width inner`
fn joined<V>(args: &[Named<V>]) -> String {
    args.iter().map(|argument| argument.name.value()).collect::<Vec<_>>().join(" ")
}

/// `&[("in", "width"), ..], "in out"`, if a field gives arguments, and each of them is a name.
fn given_names(attrs: &FieldAttrs) -> Option<TokenStream> {
    let FieldAttrs { args, with, when, tied_when, config_scope, .. } = attrs;
    if [with.word(), when.word(), tied_when.word(), config_scope.word()].into_iter().flatten().next().is_some() {
        return None;
    }
    let args = args.get()?;
    let pairs = args.iter().map(|Named { name, value }| match value.as_deref()? {
        [Step::Name(value)] => Some(quote!((#name, #value))),
        _ => None,
    });
    let (pairs, names) = (pairs.collect::<Option<Vec<_>>>()?, joined(args));
    Some(quote!(&[#(#pairs),*], #names))
}

/// `&__wb::Given { args: &[__wb::Binding { name: "in", value: __wb::Some(..) }, ..], config_scope: "", when: __wb::None, .. }`
fn given(field: &Field<'_>) -> TokenStream {
    let attrs = &field.attrs;
    let FieldAttrs { args, with, when, tied_when, config_scope, .. } = attrs;
    let args = args.get().into_iter().chain(with.get()).flatten().map(|Named { name, value }| {
        let value = optional(value.as_deref());
        quote!(__wb::Binding { name: #name, value: #value })
    });
    let scope = config_scope.get().map_or_else(|| quote!(""), ToTokens::to_token_stream);
    let (when, tied_when) = (optional(when.get().map(Vec::as_slice)), optional(tied_when.get().map(Vec::as_slice)));
    let all = attrs.args.get().into_iter().chain(attrs.with.get()).flatten();
    let all = all.filter_map(|argument| argument.value.as_ref()).chain(attrs.when.get()).chain(attrs.tied_when.get());
    let given = quote!(__wb::Given {
        args: &[#(#args),*],
        config_scope: #scope,
        when: #when,
        tied_when: #tied_when,
    });
    borrowed(given, all)
}

/// `&value`, or `const { &value }` where a constant in these steps may be more than the compiler makes `'static` by itself.
fn borrowed<'s>(value: TokenStream, steps: impl IntoIterator<Item = &'s Vec<Step>>) -> TokenStream {
    let mut constants = steps.into_iter().flatten().filter_map(Step::constant);
    if constants.all(is_promoted) { quote!(&#value) } else { quote!(const { &#value }) }
}

/// `__wb::Some(__wb::Expression::of(&[..]))`
fn optional(steps: Option<&[Step]>) -> TokenStream {
    match steps.map(expression) {
        Some(expression) => quote!(__wb::Some(#expression)),
        None => quote!(__wb::None),
    }
}

/// `__wb::Expression::of(&[__wb::Step::Number(3), __wb::Step::Name("hidden"), __wb::Step::Multiply])`
fn expression(steps: &[Step]) -> TokenStream {
    quote!(__wb::Expression::of(&[#(#steps),*]))
}

/// `__wb::Node::apart(&[__wb::shaped::<Tensor<f32>>("q").shape(..), ..])`: of a struct or a variant, whose name is at `at`.
fn fields(fields: &[Field<'_>], at: Span, is_shared: bool) -> TokenStream {
    let declared =
        in_schema(fields).map(|field| self::field(field, is_shared)).chain(fields.iter().filter_map(setting));
    let declared = quote_spanned!(at=> &[#(#declared),*]);
    let node = match pairs(fields) {
        None => quote_spanned!(at=> __wb::Node::apart(#declared)),
        Some(pairs) => quote_spanned!(at=> __wb::Node::compared(#declared, #pairs)),
    };
    let tied = in_schema(fields).enumerate().filter_map(|(number, field)| Some((number, field.attrs.tied.get()?)));
    let node = tied.fold(node, |node, (number, path)| at_field("tied", path.span(), number, &node));
    let shared = in_schema(fields).enumerate();
    let shared = shared.filter_map(|(number, field)| Some((number, field.attrs.items.word()?.span())));
    shared.fold(node, |node, (number, at)| at_field("shared", at, number, &node))
}

/// `__wb::tied(1, node)`: a check of the field with this number, whose error is there.
fn at_field(check: &str, at: Span, number: usize, node: &TokenStream) -> TokenStream {
    let (check, number) = (Ident::new(check, at), Index::from(number));
    let mut tokens = quote_spanned!(at=> __wb::#check);
    token::Paren(at).surround(&mut tokens, |tokens| tokens.extend(quote!(#number, #node)));
    tokens
}

/// `&[(0, 2)]`: the numbers of the fields whose paths may collide; `None` if there are none.
fn pairs(fields: &[Field<'_>]) -> Option<TokenStream> {
    let pairs = collision::candidates(fields);
    let pairs = (!pairs.is_empty()).then_some(pairs)?.into_iter().map(|(one, other)| {
        let (one, other) = (Index::from(one), Index::from(other));
        quote!((#one, #other))
    });
    Some(quote!(&[#(#pairs),*]))
}

/// `__wb::Variant::of("Apart", __wb::Node::apart(..))`
fn variant(variant: &Variant<'_>, is_shared: bool) -> TokenStream {
    let name = variant.ident.unraw().to_string();
    let node = fields(&variant.fields, variant.ident.span(), is_shared);
    quote!(__wb::Variant::of(#name, #node))
}

/// `__wb::shaped::<Tensor<f32>>("weight").shape(..).dtypes(..).from(..).tied(..).flatten().len(..).items(..).stem(..).alias(..)`
///
/// An error in a chain of calls spans from its receiver to the end of the call that panics. So the receiver has the span of the first word
/// that a call is about, or else of the type, and each call ends where the value of its word does.
fn field(field: &Field<'_>, is_shared: bool) -> TokenStream {
    let ty = field.ty();
    let name = field.name.path();
    let attrs = &field.attrs;
    let words = [attrs.shape.word(), attrs.dtype.word(), attrs.from.word(), attrs.tied.word(), attrs.items.word()];
    let items = field.name.of_items().and(attrs.rename.word());
    let words = words.into_iter().chain([field.given(), attrs.len.word(), attrs.flatten.word(), items]);
    let word = words.flatten().next();
    let (first, last) = word.map_or_else(|| ends(ty), |word| (word.span(), word.span()));
    // with a length, an item may be absent
    let is_counted = field.len().is_some_and(|len| !matches!(len, Dim::Any));
    let kind = kind(field);
    let of = |constructor| {
        let (first, last, constructor, given) = match field.given() {
            Some(word) => {
                let (constructor, given) = match given_names(attrs).filter(|_| !is_counted) {
                    Some(given) => ("named", given),
                    None if is_counted => ("of_items_given", given(field)),
                    None => ("given", given(field)),
                };
                (word.span(), word.span(), constructor, Some(given))
            }
            None if is_counted => (first, last, "of_items", None),
            None if field.via().is_some() && !is_shared => (first, last, "via", None),
            None => (first, last, constructor, None),
        };
        let (runtime, given) = (Ident::new("__wb", first), given.into_iter());
        let constructor_of = Ident::new(constructor, last);
        if is_shared {
            let node = quote_spanned!(ends(ty).1=> __wb::Held::<#ty, __wb::#kind>::NODE);
            return quote_spanned!(last=> #runtime::Field::#constructor_of(#name, #node #(, #given)*));
        }
        let kind = (!["shaped", "sized", "module"].contains(&constructor)).then(|| quote!(__wb::#kind,));
        quote_spanned!(last=> #runtime::#constructor_of::<#kind #ty>(#name #(, #given)*))
    };
    let mut tokens = match field.role() {
        Role::Parameter { shape: Some((word, shape)), dtypes } => {
            let of = of("shaped");
            let shape = self::shape(word, shape);
            let dtypes = dtypes.map(self::dtypes);
            quote!(#of #shape #dtypes)
        }
        Role::Parameter { shape: None, dtypes } => {
            let of = of("sized");
            let sized = (is_counted || field.given().is_some()).then(|| quote_spanned!(last=> .with_shape()));
            let dtypes = dtypes.map(self::dtypes);
            quote!(#of #sized #dtypes)
        }
        Role::Module | Role::Skipped(_) | Role::Config(_) => of("module"),
    };
    if let (Some(word), Some(from)) = (attrs.from.word(), attrs.from.get()) {
        tokens.extend(self::from(name, word, from));
    }
    if let (Some(word), Some(path)) = (attrs.tied.word(), attrs.tied.get()) {
        tokens.extend(call(word, "tied", path.span(), &quote!(#path)));
    }
    if let Some(word) = attrs.flatten.word() {
        tokens.extend(call(word, "flatten", word.span(), &TokenStream::new()));
    } else if field.transparent {
        tokens.extend(quote_spanned!(last=> .flatten()));
    }
    if let (Some(word), Some(len)) = (attrs.len.word(), field.len()) {
        tokens.extend(self::len(word, len));
    }
    if let (Some(word), Some(items)) = (attrs.items.word(), attrs.items.get()) {
        let dim = |dim: Option<&Dim>, other: TokenStream| dim.map_or(other, |dim| of_dim(dim, number));
        let (first, end) = (dim(items.first.as_ref(), quote!(__wb::Is(0))), dim(items.end.as_ref(), quote!(__wb::Any)));
        let value = quote_spanned!(word.span()=> &__wb::Items { first: #first, end: #end });
        let value = in_constant(value, items.first.iter().chain(&items.end), word.span());
        tokens.extend(call(word, "items", items.last, &value));
    }
    if let (Some(word), Some(name)) = (items, field.name.of_items()) {
        let stem = stem(name);
        tokens.extend(call(word, "stem", name.span(), &quote!(#stem)));
    }
    if let (Some(word), [_, ..]) = (attrs.alias.word(), field.aliases()) {
        let aliases = field.aliases().iter().map(|alias| {
            let (name, stem) = (&alias.path, stem(alias));
            quote!(__wb::Alias { name: #name, stem: #stem })
        });
        let end = field.aliases().last().map_or(word.span(), GivenName::span);
        tokens.extend(call(word, "alias", end, &quote!(&[#(#aliases),*])));
    }
    tokens
}

/// `__wb::setting(const { &__wb::ConfigField::of::<f64>("eps", "rms_norm_eps", ..) })`: behind the fields that are in a file, whose numbers
/// stay what they are.
fn setting(field: &Field<'_>) -> Option<TokenStream> {
    let Role::Config(key) = field.role() else { return None };
    let (ty, name) = (field.ty(), field.plain());
    Some(
        quote!(__wb::setting(const { &__wb::ConfigField::of::<#ty>(#name, #key, __wb::Held::<#ty, __wb::ConfigField>::CHECK) })),
    )
}

/// `&__wb::Stem { before: "block_", behind: "" }`
fn stem(name: &GivenName) -> TokenStream {
    match &name.stem {
        Some((before, behind)) => quote!(&__wb::Stem { before: #before, behind: #behind }),
        None => quote!(__wb::Stem::BARE),
    }
}

/// `.shape(&[__wb::Is(OUT), __wb::Is(4), __wb::Named("vocab"), __wb::Any])`
///
/// It refuses what comes out as 0. A literal is what the user means: `.shape_with_zeros(&[__wb::Is(0), __wb::Is(OUT)], &[0])`.
fn shape(word: &Ident, shape: &Shape) -> TokenStream {
    let dims = shape.dims.iter().map(|dim| of_dim(dim, number));
    let dims = quote_spanned!(word.span()=> &[#(#dims),*]);
    let dims = in_constant(dims, &shape.dims, word.span());
    let is_zero = |dim: &Dim| matches!(dim, Dim::Is(expr) if literal(expr) == Some(0));
    let zeros: Vec<_> = (0..shape.dims.len()).filter(|&dim| is_zero(&shape.dims[dim])).map(Index::from).collect();
    let end = shape.bracket.span.close();
    match zeros.is_empty() {
        true => call(word, "shape", end, &dims),
        false => call(word, "shape_with_zeros", end, &quote!(#dims, &[#(#zeros),*])),
    }
}

/// `__wb::Is(OUT)`, `__wb::Named("vocab")`, `__wb::Any`
fn of_dim(dim: &Dim, number: impl Fn(&Expr) -> TokenStream) -> TokenStream {
    match dim {
        Dim::Is(expr) => {
            let expr = number(expr);
            quote!(__wb::Is(#expr))
        }
        Dim::Named(name) => quote!(__wb::Named(#name)),
        Dim::Computed(steps) => {
            let expression = expression(steps);
            quote!(__wb::Computed(#expression))
        }
        Dim::AtLeast(steps) => {
            let expression = expression(steps);
            quote!(__wb::AtLeast(#expression))
        }
        Dim::Any => quote!(__wb::Any),
    }
}

/// `.dtypes(&[__wb::DType::BF16, __wb::DType::F16])`, `.dtypes(C::DTYPES)`
fn dtypes((word, dtypes): (&Ident, &DTypes)) -> TokenStream {
    match dtypes {
        DTypes::Named(names) => {
            let end = names.last().map_or(word.span(), Ident::span);
            call(word, "dtypes", end, &quote!(&[#(__wb::DType::#names),*]))
        }
        DTypes::Constant(path) => call(word, "dtypes", ends(path).1, &path.to_token_stream()),
    }
}

/// `.from(const { &__wb::Layout::Transpose { of: &__wb::Layout::Own } })`
fn from(field: &str, word: &Ident, from: &From) -> TokenStream {
    let layout = layout(field, &from.layout);
    let layout = quote_spanned!(word.span()=> const { &#layout });
    call(word, "from", from.end, &layout)
}

/// `__wb::Layout::Permute { axes: &[0, 2, 3, 1], of: &__wb::Layout::Named { name: "conv.weight" } }`
fn layout(field: &str, layout: &Layout) -> TokenStream {
    let numbers = |numbers: &[Expr]| {
        let numbers = numbers.iter().map(tokens);
        quote!(&[#(#numbers),*])
    };
    match layout {
        Layout::Own => quote!(__wb::Layout::Own),
        Layout::Named(name) => quote!(__wb::Layout::Named { name: #name }),
        Layout::Transpose { of } => {
            let of = self::layout(field, of);
            quote!(__wb::Layout::Transpose { of: &#of })
        }
        Layout::Permute { axes, of } => {
            let (axes, of) = (numbers(axes), self::layout(field, of));
            quote!(__wb::Layout::Permute { axes: #axes, of: &#of })
        }
        Layout::Reshape { dims, of } => {
            let (dims, of) = (dims.iter().map(|dim| of_dim(dim, number)), self::layout(field, of));
            quote!(__wb::Layout::Reshape { dims: &[#(#dims),*], of: &#of })
        }
        Layout::Concat { dim, parts } => {
            let dim = tokens(dim);
            let parts = parts.iter().map(|part| {
                let (of, extent) = (self::layout(field, &part.of), extent(field, part.extent.as_ref()));
                quote!(__wb::Part { of: &#of, extent: #extent })
            });
            quote!(__wb::Layout::Concat { dim: #dim, parts: &[#(#parts),*] })
        }
        Layout::Stack { dim, of } => {
            let (dim, of) = (dim.as_ref().map_or_else(|| quote!(0), tokens), self::layout(field, of));
            quote!(__wb::Layout::Stack { dim: #dim, of: &#of })
        }
        Layout::Slice(slice) => {
            let Slice { dim, start, len, of } = &**slice;
            let start = start.as_ref().map_or_else(|| quote!(__wb::Is(0)), |start| of_dim(start, number));
            let (dim, len, of) = (tokens(dim), extent(field, len.as_ref()), self::layout(field, of));
            quote!(__wb::Layout::Slice { dim: #dim, start: #start, len: #len, of: &#of })
        }
    }
}

/// `__wb::Is(__wb::extent("q", C::KV))`, `__wb::Is(4)`, `__wb::Named("n_embd")`
fn extent(field: &str, dim: Option<&Dim>) -> TokenStream {
    let number = |number: &Expr| match literal(number) {
        Some(_) => tokens(number),
        None => checked(field, number),
    };
    dim.map_or_else(|| quote!(__wb::Any), |dim| of_dim(dim, number))
}

/// `__wb::extent("q", C::KV)`: a call that checks a number, and has its span.
fn checked(field: &str, number: &Expr) -> TokenStream {
    let (first, last) = ends(number);
    let runtime = Ident::new("__wb", first);
    let mut tokens = quote_spanned!(last=> #runtime::extent);
    let number = self::number(number);
    token::Paren(last).surround(&mut tokens, |tokens| tokens.extend(quote!(#field, #number)));
    tokens
}

/// `.len(__wb::Len::Is(C::LAYERS))`
fn len(word: &Ident, len: &Dim) -> TokenStream {
    let (len, end) = match len {
        Dim::Is(expr) => {
            let number = number(expr);
            (in_constant(quote!(__wb::Len::Is(#number)), [len], word.span()), ends(expr).1)
        }
        Dim::Named(name) => (quote!(__wb::Len::Named(#name)), name.span()),
        Dim::Computed(steps) => {
            let expression = expression(steps);
            let computed = quote!(__wb::Len::Computed(#expression));
            (in_constant(computed, [len], word.span()), word.span())
        }
        // a length is no entry of a shape
        Dim::AtLeast(_) | Dim::Any => (quote!(__wb::Len::FromFile), word.span()),
    };
    call(word, "len", end, &len)
}

/// The value, or `const { value }` where a dim in it may be more than the compiler makes `'static` by itself: one that
/// divides, for instance. In what is made so, a sum that overflows would wrap, and be refused with the wrong number.
fn in_constant<'d>(value: TokenStream, dims: impl IntoIterator<Item = &'d Dim>, at: Span) -> TokenStream {
    let is_promoted =
        |dim: &Dim| !matches!(dim, Dim::Computed(_) | Dim::AtLeast(_)) && dim.constants().into_iter().all(is_promoted);
    if dims.into_iter().all(is_promoted) { value } else { quote_spanned!(at=> const { #value }) }
}

/// Whether an expression is a literal or a name.
fn is_promoted(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) | Expr::Path(_) => true,
        Expr::Group(group) => is_promoted(&group.expr),
        Expr::Paren(paren) => is_promoted(&paren.expr),
        _ => false,
    }
}

/// `.method(argument)`, whose span is the user's tokens from `word` to `end`.
fn call(word: &Ident, method: &str, end: Span, argument: &TokenStream) -> TokenStream {
    let method = Ident::new(method, word.span());
    let mut tokens = quote!(.#method);
    token::Paren(end).surround(&mut tokens, |tokens| tokens.extend(argument.clone()));
    tokens
}
