//! The values after the `=` of an attribute word. A parser reports what is wrong and returns `None`.

use std::fmt::Display;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{End, Parse, ParseBuffer, ParseStream};
use syn::{Expr, ExprLit, ExprPath, Ident, Lit, LitStr, Path, Token, UnOp, bracketed, token};

use crate::errors::Errors;
use crate::name;
use crate::nearest::{did_you_mean, listed};
use crate::symbol::{CRATE, DTYPES};

/// One dimension of a shape.
pub(crate) enum Dim {
    /// `OUT`, `C::HIDDEN / C::HEADS`: a `usize` constant
    Is(Expr),
    /// `"vocab"`: one number in each load
    Named(LitStr),
    /// `_`: any size
    Any,
}

/// What an expression gives the number of: for messages.
pub(crate) struct Number {
    /// Such as `a dimension`.
    pub(crate) what: &'static str,
    /// What may stand in its place, if anything.
    pub(crate) others: &'static str,
    /// What to write where a negative number stands.
    pub(crate) negative: &'static str,
}

const DIMENSION: Number = dim_of("a dimension");

const LENGTH: Number = dim_of("a length");

const fn dim_of(what: &'static str) -> Number {
    Number { what, others: ", a name in quotes, or `_`", negative: "write `_` where it may be anything" }
}

/// `[OUT, "vocab", _]`, with the tokens that gave it.
pub(crate) struct Shape {
    pub(crate) dims: Vec<Dim>,
    pub(crate) bracket: token::Bracket,
}

/// The tokens up to the next comma.
pub(crate) fn until_comma(input: ParseStream) -> TokenStream {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        tokens.extend(input.parse::<TokenTree>());
    }
    tokens
}

/// Steps over the `=`, or says how the word is written.
pub(crate) fn equals(errors: &Errors, word: &Ident, input: ParseStream, written: &str) -> Option<()> {
    // `= =` and the like are left to the value's parser.
    if input.peek(Token![=]) && input.parse::<Token![=]>().is_ok() {
        if input.is_empty() || input.peek(Token![,]) {
            errors.at(word, format!("`{word} =` lacks its value; write `{written}`"));
            return None;
        }
        return Some(());
    }
    let rest = until_comma(input);
    errors.at(quote!(#word #rest), format!("`{word}` is written with `=`; write `{written}`"));
    None
}

/// A whole value: what `parse` takes must end at a comma or at the end. Otherwise its tokens.
fn whole<T>(input: ParseStream, parse: impl FnOnce(ParseStream) -> syn::Result<T>) -> Result<T, TokenStream> {
    let ahead = input.fork();
    match parse(&ahead) {
        Ok(value) if ahead.is_empty() || ahead.peek(Token![,]) => {
            input.advance_to(&ahead);
            Ok(value)
        }
        _ => Err(until_comma(input)),
    }
}

/// An expression. One in braces is taken as it is, so what syn's small grammar lacks can be written in braces.
fn expr(input: ParseStream) -> syn::Result<Expr> {
    if input.peek(token::Brace) {
        let block: TokenTree = input.parse()?;
        return Ok(Expr::Verbatim(block.into()));
    }
    input.parse()
}

/// `expr`
pub(crate) fn expression(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Expr> {
    whole(input, expr)
        .map_err(|tokens| {
            let message = format!(
                "`{}` is not an expression that `{word}` can read; write a long one in braces",
                source(&tokens)
            );
            errors.at(tokens, message);
        })
        .ok()
}

/// `[expr, "name", _]`
pub(crate) fn shape(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Shape> {
    const WRITTEN: &str = "shape = [..]";
    equals(errors, word, input, WRITTEN)?;
    if !input.peek(token::Bracket) {
        let tokens = until_comma(input);
        let inner = source(&tokens);
        let inner = inner.trim_start_matches('(').trim_end_matches(')');
        errors.at(tokens, format!("`shape` is a list of dimensions in brackets; write `shape = [{inner}]`"));
        return None;
    }
    let (bracket, dims) = list(errors, input, |errors, input| dim(errors, input, &DIMENSION))?;
    Some(Shape { dims, bracket })
}

/// `expr`, `"name"` or `_`: the length of a list
pub(crate) fn len(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Dim> {
    equals(errors, word, input, "len = N")?;
    dim(errors, input, &LENGTH)
}

/// `expr`, `"name"` or `_`
fn dim(errors: &Errors, input: ParseStream, number: &Number) -> Option<Dim> {
    if input.peek(token::Bracket) && (input.peek2(Token![,]) || input.peek2(End)) {
        let tokens = until_comma(input);
        let what = number.what;
        let message = format!("{what} is one number, found the list `{}`; write one number", source(&tokens));
        errors.at(tokens, message);
        return None;
    }
    let any_or_expr = |input: ParseStream| match input.parse::<Option<Token![_]>>()? {
        Some(_) => Ok(None),
        None => expr(input).map(Some),
    };
    match whole(input, any_or_expr) {
        Ok(None) => Some(Dim::Any),
        Ok(Some(expr)) => match without_groups(&expr) {
            Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) if name.value().trim().is_empty() => {
                errors.at(name, format!("the name of {} is empty; write `_` where it may be anything", number.what));
                None
            }
            Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => Some(Dim::Named(name.clone())),
            _ => count(errors, expr, number).map(Dim::Is),
        },
        Err(tokens) => no_number(errors, tokens, number),
    }
}

/// `expr`: a number, for which no name can stand
pub(crate) fn number(errors: &Errors, input: ParseStream, number: &Number) -> Option<Expr> {
    match whole(input, expr) {
        Ok(expr) => count(errors, expr, number),
        Err(tokens) => no_number(errors, tokens, number),
    }
}

fn no_number<T>(errors: &Errors, tokens: TokenStream, Number { what, others, .. }: &Number) -> Option<T> {
    let found = source(&tokens);
    errors.at(tokens, format!("`{found}` is not {what}; expected a `usize` expression (a long one in braces){others}"));
    None
}

/// Refuses literals that are no `usize`: the compiler's own words for them would speak of generated code.
fn count(errors: &Errors, expr: Expr, Number { what, others, negative }: &Number) -> Option<Expr> {
    let bare = without_groups(&expr);
    let written = source(bare);
    let message = match bare {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => match (number.suffix(), number.base10_parse::<u64>()) {
            ("" | "usize", Ok(_)) => return Some(expr),
            ("" | "usize", Err(_)) => format!("`{written}` is too large for {what}, which is a `usize`"),
            _ => format!("{what} is a `usize`, found `{written}`; write `{}`", number.base10_digits()),
        },
        Expr::Lit(ExprLit { lit: Lit::Float(_), .. }) => {
            format!("{what} is a `usize`, found `{written}`; write a whole number")
        }
        Expr::Lit(_) => format!("{what} is a `usize` expression{others}, found `{written}`"),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) && matches!(*unary.expr, Expr::Lit(_)) => {
            format!("{what} is not negative, found `{written}`; {negative}")
        }
        _ => return Some(expr),
    };
    errors.at(bare, message);
    None
}

/// The number, where an expression is a literal.
pub(crate) fn literal(expr: &Expr) -> Option<usize> {
    match without_groups(expr) {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        _ => None,
    }
}

/// An expression from a macro's `$e:expr` comes in an invisible group.
fn without_groups(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Group(group) => &group.expr,
            Expr::Paren(paren) => &paren.expr,
            _ => return expr,
        };
    }
}

/// An expression's tokens, as generated code can hold them. A fragment of the user's own macro (`$n` in `$n * 2`) comes
/// in an invisible group, which rustc passes over in what a derive writes: there it gets parentheses.
pub(crate) fn tokens(expr: &Expr) -> TokenStream {
    visible(expr.to_token_stream())
}

fn visible(tokens: TokenStream) -> TokenStream {
    let token = |token| match token {
        TokenTree::Group(group) => {
            let inner = visible(group.stream());
            let delimiter = match group.delimiter() {
                Delimiter::None if inner.clone().into_iter().nth(1).is_some() => Delimiter::Parenthesis,
                delimiter => delimiter,
            };
            let mut visible = Group::new(delimiter, inner);
            visible.set_span(group.span());
            TokenTree::Group(visible)
        }
        other => other,
    };
    tokens.into_iter().map(token).collect()
}

/// The dtypes that a field accepts.
pub(crate) enum DTypes {
    /// `"F32"`, `["BF16", "F16"]`: variants of the runtime's `DType`
    Named(Vec<Ident>),
    /// `C::DTYPES`: a `&'static [DType]`
    Constant(ExprPath),
}

/// `"F32"`, `["BF16", "F16"]` or `C::DTYPES`
pub(crate) fn dtypes(errors: &Errors, word: &Ident, input: ParseStream) -> Option<DTypes> {
    if input.peek(Token![=]) && (input.peek2(Ident) || input.peek2(Token![::]) || input.peek2(Token![<])) {
        return constant(errors, word, input).map(DTypes::Constant);
    }
    let names = strings(errors, word, input, "dtype = \"F32\"")?;
    let known = names.iter().map(|name| {
        let value = name.value();
        if DTYPES.contains(&value.as_str()) {
            return Some(Ident::new(&value, name.span()));
        }
        let hint = did_you_mean(&value, DTYPES);
        errors.at(name, format!("unknown dtype `{value}`, expected one of {}{hint}", listed(DTYPES)));
        None
    });
    // Not straight into an `Option`: that would stop at the first unknown one.
    let known: Vec<_> = known.collect();
    known.into_iter().collect::<Option<_>>().map(DTypes::Named)
}

/// `C::DTYPES`
fn constant(errors: &Errors, word: &Ident, input: ParseStream) -> Option<ExprPath> {
    equals(errors, word, input, "dtype = \"F32\"")?;
    // a constant is not written in small letters: `f32` is a type
    let is_type =
        |path: &ExprPath| path.path.get_ident().is_some_and(|name| !name.to_string().contains(char::is_uppercase));
    let found = match whole(input, <ExprPath as Parse>::parse) {
        Ok(path) if !is_type(&path) => return Some(path),
        Ok(path) => path.into_token_stream(),
        Err(tokens) => tokens,
    };
    let message = format!(
        "`{word}` is a name in quotes, a list of them, or a constant `&'static [DType]`, found `{}`; write `dtype = \"F32\"`",
        source(&found)
    );
    errors.at(found, message);
    None
}

/// `"name"` that a file can hold
pub(crate) fn name(errors: &Errors, word: &Ident, input: ParseStream) -> Option<LitStr> {
    let name = string(errors, word, input)?;
    checked(errors, word, name)
}

/// `"name"` or `["name", ..]` that a file can hold
pub(crate) fn names(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Vec<LitStr>> {
    let names = strings(errors, word, input, &format!("{word} = \"..\""))?;
    let checked: Vec<_> = names.into_iter().map(|name| checked(errors, word, name)).collect();
    checked.into_iter().collect()
}

/// The name, or the reason why a file holds no such parameter.
pub(crate) fn checked(errors: &Errors, word: impl Display, name: LitStr) -> Option<LitStr> {
    match name::refusal(&name.value()) {
        Some(reason) => {
            errors.at(&name, format!("`{word}` names no parameter: {reason}"));
            None
        }
        None => Some(name),
    }
}

/// `= "string"`
pub(crate) fn string(errors: &Errors, word: &Ident, input: ParseStream) -> Option<LitStr> {
    let written = format!("{word} = \"..\"");
    equals(errors, word, input, &written)?;
    whole(input, <LitStr as Parse>::parse)
        .map_err(|tokens| {
            let found = source(&tokens);
            errors.at(tokens, format!("`{word}` is a string, found `{found}`; write `{written}`"));
        })
        .ok()
}

/// `= "string"` or `= ["string", ..]`, of which no two are the same
pub(crate) fn strings(errors: &Errors, word: &Ident, input: ParseStream, written: &str) -> Option<Vec<LitStr>> {
    if !input.peek2(token::Bracket) {
        return string(errors, word, input).map(|string| vec![string]);
    }
    equals(errors, word, input, written)?;
    let (bracket, strings) = list(errors, input, |errors, input| {
        whole(input, <LitStr as Parse>::parse)
            .map_err(|tokens| {
                let found = source(&tokens);
                errors.at(tokens, format!("`{word}` is a list of strings, found `{found}`; write it in quotes"));
            })
            .ok()
    })?;
    if strings.is_empty() {
        errors.at_span(bracket.span.join(), format!("`{word}` lists nothing; leave it out, or write `{written}`"));
        return None;
    }
    let mut seen: Vec<String> = Vec::new();
    for string in &strings {
        let value = string.value();
        if seen.contains(&value) {
            errors.at(string, format!("`{word}` lists `{value}` twice; keep one"));
            return None;
        }
        seen.push(value);
    }
    Some(strings)
}

/// `= path`
pub(crate) fn path(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Path> {
    equals(errors, word, input, &format!("{CRATE} = path"))?;
    whole(input, Path::parse_mod_style)
        .map_err(|tokens| {
            let found = source(&tokens);
            let path = found.trim_matches('"');
            errors.at(tokens, format!("`{word}` is a path without quotes, found `{found}`; write `{word} = {path}`"));
        })
        .ok()
}

/// A list in brackets; every element is parsed, also after one that is refused.
fn list<T>(
    errors: &Errors,
    input: ParseStream,
    element: impl Fn(&Errors, ParseStream) -> Option<T>,
) -> Option<(token::Bracket, Vec<T>)> {
    // The callers have seen the bracket.
    let (bracket, content) = brackets(input).ok()?;
    Some((bracket, separated(errors, &content, element)?))
}

/// Elements that are separated by commas, and end at a comma or at the end.
pub(crate) fn separated<T>(
    errors: &Errors,
    content: ParseStream,
    mut element: impl FnMut(&Errors, ParseStream) -> Option<T>,
) -> Option<Vec<T>> {
    let mut elements = Some(Vec::new());
    while !content.is_empty() {
        if content.peek(Token![,]) {
            errors.at_span(content.span(), "nothing stands before this comma; remove it");
            elements = None;
        } else {
            match (element(errors, content), &mut elements) {
                (Some(element), Some(elements)) => elements.push(element),
                _ => elements = None,
            }
        }
        let _ = content.parse::<Option<Token![,]>>();
    }
    elements
}

fn brackets<'a>(input: ParseStream<'a>) -> syn::Result<(token::Bracket, ParseBuffer<'a>)> {
    let content;
    let bracket = bracketed!(content in input);
    Ok((bracket, content))
}

/// The word that an entry begins with; keywords too, as `crate` is one.
pub(crate) fn word(input: ParseStream) -> syn::Result<Ident> {
    input.call(Ident::parse_any)
}

/// Tokens as a user would type them, more or less: for messages.
pub(crate) fn source(tokens: impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    text.replace(" :: ", "::").replace(" ,", ",").replace("- ", "-").replace("( ", "(").replace(" )", ")")
}
