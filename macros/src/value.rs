//! The values after the `=` of an attribute word. A parser reports what is wrong, and then returns `None`.

use std::fmt::Display;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseBuffer, ParseStream};
use syn::{Expr, ExprLit, Ident, Lit, LitStr, Path, Token, Type, UnOp, bracketed, token};

use crate::errors::Errors;
use crate::name::{self, GivenName};
use crate::nearest::dtype_meant;
use crate::symbol::{CRATE, DTYPE};

/// How messages speak of a number that an attribute takes.
pub(crate) struct NumberKind {
    /// Such as `a dim`.
    pub(crate) what: &'static str,
    /// What may be written in its place, if anything.
    pub(crate) alternatives: &'static str,
    /// What to write instead of something that is not such a number.
    pub(crate) instead: &'static str,
    /// What stands in front of the number where it is the value of a word.
    pub(crate) prefix: &'static str,
}

/// The tokens up to the next comma.
pub(crate) fn until_comma(input: ParseStream) -> TokenStream {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        tokens.extend(input.parse::<TokenTree>());
    }
    tokens
}

/// Steps over the tokens up to the next comma that is not part of an expression, as the one in `A::<B, C>` is.
pub(crate) fn step_over(input: ParseStream) {
    input.parse::<Option<Token![=]>>().ok();
    let ahead = input.fork();
    if ahead.parse::<Expr>().is_ok() {
        input.advance_to(&ahead);
    }
    until_comma(input);
}

/// Steps over the `=`, or says how to write the word.
pub(crate) fn equals(errors: &Errors, word: &Ident, input: ParseStream, example: &str) -> Option<()> {
    // `= =` and the like are left to the value's parser.
    if input.peek(Token![=]) && input.parse::<Token![=]>().is_ok() {
        if input.is_empty() || input.peek(Token![,]) {
            errors.at(word, format!("`{word} =` lacks its value; write `{example}`"));
            return None;
        }
        return Some(());
    }
    let rest = until_comma(input);
    // `rename("weight")`, `shape([OUT, IN])`
    let value = inside(&rest).map(source).filter(|value| value.starts_with(['"', '[']));
    let right = value.map_or_else(|| example.to_owned(), |value| format!("{word} = {value}"));
    errors.at(quote!(#word #rest), format!("`{word}` needs `=`; write `{right}`"));
    None
}

/// The contents, if the tokens are one pair of brackets or parentheses.
pub(crate) fn inside(tokens: &TokenStream) -> Option<TokenStream> {
    let mut tokens = tokens.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(group)), None) => Some(group.stream()),
        _ => None,
    }
}

/// A whole value: what `parse` reads must end at a comma or at the end. If it does not, the value's tokens.
pub(crate) fn whole<T>(
    input: ParseStream,
    parse: impl FnOnce(ParseStream) -> syn::Result<T>,
) -> Result<T, TokenStream> {
    let ahead = input.fork();
    match parse(&ahead) {
        Ok(value) if ahead.is_empty() || ahead.peek(Token![,]) => {
            input.advance_to(&ahead);
            Ok(value)
        }
        _ => Err(until_comma(input)),
    }
}

/// An expression. One in braces is not parsed, so that users can write what syn's small grammar lacks.
pub(crate) fn expr(input: ParseStream) -> syn::Result<Expr> {
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
            let message =
                format!("`{}` is not an expression that `{word}` can read; put a long one in braces", source(&tokens));
            errors.at(tokens, message);
        })
        .ok()
}

/// `expr`: a number, in whose place there cannot be a name
pub(crate) fn number(errors: &Errors, input: ParseStream, number: &NumberKind) -> Option<Expr> {
    match whole(input, expr) {
        Ok(expr) => count(errors, expr, number),
        Err(tokens) => no_number(errors, tokens, number),
    }
}

pub(crate) fn no_number<T>(
    errors: &Errors,
    tokens: TokenStream,
    NumberKind { what, alternatives, .. }: &NumberKind,
) -> Option<T> {
    let found = source(&tokens);
    errors.at(
        tokens,
        format!("`{found}` is not {what}; expected a `usize` expression (a long one in braces){alternatives}"),
    );
    None
}

/// Refuses literals that are not a `usize`: the compiler's own message would be about generated code.
pub(crate) fn count(
    errors: &Errors,
    expr: Expr,
    NumberKind { what, alternatives, instead, .. }: &NumberKind,
) -> Option<Expr> {
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
        Expr::Lit(_) => format!("{what} is a `usize` expression{alternatives}, found `{written}`"),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) && matches!(*unary.expr, Expr::Lit(_)) => {
            format!("{what} is not negative, found `{written}`; {instead}")
        }
        Expr::Path(path) if path.path.is_ident("None") => {
            format!("{what} is a `usize`, found `{written}`; {instead}")
        }
        _ => return Some(expr),
    };
    errors.at(bare, message);
    None
}

/// The number, if an expression is a literal.
pub(crate) fn literal(expr: &Expr) -> Option<usize> {
    match without_groups(expr) {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        _ => None,
    }
}

/// An expression from a macro's `$e:expr` comes in an invisible group.
pub(crate) fn without_groups(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Group(group) => &group.expr,
            Expr::Paren(paren) => &paren.expr,
            _ => return expr,
        };
    }
}

/// An expression's tokens for generated code. A fragment of the user's own macro (`$n` in `$n * 2`) comes in an invisible
/// group, which rustc ignores in the output of a derive, so it gets parentheses.
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

/// `"name"` that a file can hold
pub(crate) fn name(errors: &Errors, word: &Ident, input: ParseStream) -> Option<GivenName> {
    let name = string(errors, word, input)?;
    given(errors, word, name)
}

/// `"name"` or `["name", ..]` that a file can hold
pub(crate) fn names(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Vec<GivenName>> {
    let names = strings(errors, word, input, &format!("{word} = \"..\""))?;
    let given: Vec<_> = names.into_iter().map(|name| given(errors, word, name)).collect();
    given.into_iter().collect()
}

/// The name that a literal gives, if a file can have it.
fn given(errors: &Errors, word: &Ident, name: LitStr) -> Option<GivenName> {
    let given = GivenName::new(name.clone());
    given.map_err(|reason| errors.at(&name, format!("invalid name in `{word}`: {reason}"))).ok()
}

/// The name, if a file can have it.
pub(crate) fn checked(errors: &Errors, word: impl Display, name: LitStr) -> Option<LitStr> {
    match name::refusal(&name.value()) {
        Some(reason) => {
            errors.at(&name, format!("invalid name in `{word}`: {reason}"));
            None
        }
        None => Some(name),
    }
}

/// `= "string"`
pub(crate) fn string(errors: &Errors, word: &Ident, input: ParseStream) -> Option<LitStr> {
    equals(errors, word, input, &format!("{word} = \"..\""))?;
    whole(input, <LitStr as Parse>::parse)
        .map_err(|tokens| {
            let right = quoted(word, &tokens).unwrap_or_else(|| "\"..\"".to_owned());
            let found = source(&tokens);
            errors.at(tokens, format!("`{word}` is a string, found `{found}`; write `{word} = {right}`"));
        })
        .ok()
}

/// `"q_proj.weight"` for a name without quotes, and `"F32"` for what means a dtype.
pub(crate) fn quoted(word: &Ident, tokens: &TokenStream) -> Option<String> {
    let text = source(tokens);
    let text = text.trim_matches('\'');
    if word == DTYPE {
        let last = text.rsplit("::").next()?;
        return dtype_meant(last).map(|name| format!("{name:?}"));
    }
    let is_name = |c: char| c.is_alphanumeric() || "_-.*".contains(c);
    (!text.is_empty() && text.chars().all(is_name)).then(|| format!("{text:?}"))
}

/// `= "string"` or `= ["string", ..]`, of which no two are the same
pub(crate) fn strings(errors: &Errors, word: &Ident, input: ParseStream, example: &str) -> Option<Vec<LitStr>> {
    if input.peek(Token![=]) && input.peek2(token::Paren) {
        input.parse::<Token![=]>().ok()?;
        let tokens = until_comma(input);
        let inside = inside(&tokens).map_or_else(|| "..".to_owned(), source);
        errors.at(tokens, format!("`{word}` lists several in brackets; write `{word} = [{inside}]`"));
        return None;
    }
    if !input.peek2(token::Bracket) {
        return string(errors, word, input).map(|string| vec![string]);
    }
    equals(errors, word, input, example)?;
    let (bracket, strings) = list(errors, input, |errors, input| {
        whole(input, <LitStr as Parse>::parse)
            .map_err(|tokens| {
                let right =
                    quoted(word, &tokens).map_or_else(|| "it in quotes".to_owned(), |right| format!("`{right}`"));
                let found = source(&tokens);
                errors.at(tokens, format!("`{word}` is a list of strings, found `{found}`; write {right}"));
            })
            .ok()
    })?;
    if strings.is_empty() {
        errors.at_span(bracket.span.join(), format!("`{word}` lists nothing; leave it out, or write `{example}`"));
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

/// `= type`
pub(crate) fn ty(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Type> {
    equals(errors, word, input, &format!("{word} = Type"))?;
    whole(input, Type::parse)
        .map_err(|tokens| {
            let found = source(&tokens);
            let ty = found.trim_matches('"');
            errors.at(tokens, format!("`{word}` is a type without quotes, found `{found}`; write `{word} = {ty}`"));
        })
        .ok()
}

/// A list in brackets. Parsing goes on after an element that is refused.
pub(crate) fn list<T>(
    errors: &Errors,
    input: ParseStream,
    element: impl Fn(&Errors, ParseStream) -> Option<T>,
) -> Option<(token::Bracket, Vec<T>)> {
    // The callers have seen the bracket.
    let (bracket, content) = brackets(input).ok()?;
    Some((bracket, separated(errors, &content, element)?))
}

/// Elements with commas between them.
pub(crate) fn separated<T>(
    errors: &Errors,
    content: ParseStream,
    mut element: impl FnMut(&Errors, ParseStream) -> Option<T>,
) -> Option<Vec<T>> {
    let mut elements = Some(Vec::new());
    while !content.is_empty() {
        if content.peek(Token![,]) {
            errors.at_span(content.span(), "there is nothing before this comma; remove it");
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

/// The word that an entry begins with. It can be a keyword: `crate`.
pub(crate) fn word(input: ParseStream) -> syn::Result<Ident> {
    input.call(Ident::parse_any)
}

/// Tokens about as a user types them, for messages.
pub(crate) fn source(tokens: impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    let replaced = [(" :: ", "::"), (" . ", "."), (" ,", ","), ("- ", "-"), ("( ", "("), (" )", ")")];
    replaced.iter().fold(text, |text, (from, to)| text.replace(from, to))
}
