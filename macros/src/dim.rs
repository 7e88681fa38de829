//! Dims and lengths.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::parse::{End, ParseStream, Parser};
use syn::{Expr, ExprLit, Ident, Lit, LitStr, Token, token};

use crate::errors::Errors;
use crate::expression::{self, Step, dims_of_text};
use crate::value::{NumberKind, count, equals, expr, list, no_number, source, until_comma, whole, without_groups};

/// One dim of a shape.
pub(crate) enum Dim {
    /// `OUT`, `C::HIDDEN / C::HEADS`: a `usize` constant
    Is(Expr),
    /// `"vocab"`: one number in each load
    Named(LitStr),
    /// `3 * "hidden"`: computed from names
    Computed(Vec<Step>),
    /// `at_least("vocab_size")`: this or more
    AtLeast(Vec<Step>),
    /// `_`: any size
    Any,
}

impl Dim {
    /// The names in it.
    pub(crate) fn names(&self) -> Vec<&LitStr> {
        match self {
            Dim::Named(name) => vec![name],
            Dim::Computed(steps) | Dim::AtLeast(steps) => expression::names(steps).collect(),
            Dim::Is(_) | Dim::Any => Vec::new(),
        }
    }

    /// The constants in it.
    pub(crate) fn constants(&self) -> Vec<&Expr> {
        match self {
            Dim::Is(expr) => vec![expr],
            Dim::Computed(steps) | Dim::AtLeast(steps) => steps.iter().filter_map(Step::constant).collect(),
            Dim::Named(_) | Dim::Any => Vec::new(),
        }
    }
}

const DIM: NumberKind = dim_or_length("a dim", "");

const LENGTH: NumberKind = dim_or_length("a length", "len = ");

const INDEX: NumberKind = NumberKind {
    what: "the index of an item",
    alternatives: " or a name in quotes",
    instead: "leave it out for the first or the last",
    prefix: "",
};

const fn dim_or_length(what: &'static str, prefix: &'static str) -> NumberKind {
    let alternatives = ", a name in quotes, or `_`";
    NumberKind { what, alternatives, instead: "write `_` where it may be anything", prefix }
}

/// What stands around the least number of a dim that may be more.
pub(crate) const AT_LEAST: &str = "at_least";

/// `[OUT, "vocab", _]`, with the tokens that gave it.
pub(crate) struct Shape {
    pub(crate) dims: Vec<Dim>,
    pub(crate) bracket: token::Bracket,
}

/// `[expr, "name", _]`
pub(crate) fn shape(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Shape> {
    const WRITTEN: &str = "shape = [..]";
    equals(errors, word, input, WRITTEN)?;
    if !input.peek(token::Bracket) {
        let tokens = until_comma(input);
        let dims = dims_meant(&tokens);
        errors.at(tokens, format!("`shape` is a list of dims in brackets; write `shape = [{dims}]`"));
        return None;
    }
    let (bracket, dims) = list(errors, input, entry)?;
    Some(Shape { dims, bracket })
}

/// A dim, or `at_least(dim)`
fn entry(errors: &Errors, input: ParseStream) -> Option<Dim> {
    let fork = input.fork();
    if fork.parse::<Ident>().is_ok_and(|word| word == AT_LEAST) && fork.peek(token::Paren) {
        return match whole(input, expr) {
            Ok(Expr::Call(call)) if call.args.len() == 1 => {
                expression::steps(errors, &call.args[0], &DIM).map(Dim::AtLeast)
            }
            Ok(other) => {
                errors
                    .at(&other, format!("`{}` is not a dim; write `{AT_LEAST}(..)` around all of it", source(&other)));
                None
            }
            Err(tokens) => no_number(errors, tokens, &DIM),
        };
    }
    dim(errors, input, &DIM)
}

/// The dims of a shape that is not in brackets: `(4, 4)`, `&[4, 4]`, `vec![4, 4]`, `"4, 4"`, `4`.
fn dims_meant(tokens: &TokenStream) -> String {
    if let Ok(text) = syn::parse2::<LitStr>(tokens.clone()) {
        return dims_of_text(&text.value());
    }
    let trees: Vec<_> = tokens.clone().into_iter().collect();
    let dims = match trees.as_slice() {
        [.., TokenTree::Punct(mark), TokenTree::Group(group)] if matches!(mark.as_char(), '&' | '!') => {
            source(group.stream())
        }
        [TokenTree::Group(group)] => source(group.stream()),
        _ => source(tokens),
    };
    dims.trim_end_matches(',').to_owned()
}

/// `expr`, `"name"` or `_`: the length of a list
pub(crate) fn len(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Dim> {
    equals(errors, word, input, "len = N")?;
    dim(errors, input, &LENGTH)
}

/// `1.."num_hidden_layers"`: which items of a list a field holds
pub(crate) struct Items {
    pub(crate) first: Option<Dim>,
    pub(crate) end: Option<Dim>,
    /// Where the value ends.
    pub(crate) last: Span,
}

/// `a..b`, `..b` or `a..`
pub(crate) fn items(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Items> {
    const WRITTEN: &str = "items = 1..\"n\"";
    equals(errors, word, input, WRITTEN)?;
    let tokens = until_comma(input);
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_dot = |tree: &TokenTree| matches!(tree, TokenTree::Punct(mark) if mark.as_char() == '.');
    let is_equals = |tree: &TokenTree| matches!(tree, TokenTree::Punct(mark) if mark.as_char() == '=');
    let Some(at) = trees.windows(2).position(|pair| pair.iter().all(is_dot)) else {
        let (found, last) = (source(&tokens), WRITTEN);
        let message = format!(
            "`{found}` is no range of items; write one as in `{last}`, or name one item with `rename = \"..0\"`"
        );
        errors.at(tokens, message);
        return None;
    };
    let (first, end) = (&trees[..at], &trees[at + 2..]);
    if end.first().is_some_and(|tree| is_equals(tree) || is_dot(tree)) {
        let message = "the end of `items` is one more than the last index; write `..` and not `..=`";
        errors.at(tokens, message);
        return None;
    }
    if first.is_empty() && end.is_empty() {
        errors.at(tokens, "`..` is all of the list; remove `items`");
        return None;
    }
    let side = |tokens: &[TokenTree]| match tokens {
        [] => Some(None),
        some => {
            let tokens: TokenStream = some.iter().cloned().collect();
            let parsed = |input: ParseStream| Ok(size(errors, input, &INDEX));
            parsed.parse2(tokens).ok().flatten().map(Some)
        }
    };
    let last = trees.last().map_or(word.span(), TokenTree::span);
    match (side(first), side(end)) {
        (Some(first), Some(end)) => Some(Items { first, end, last }),
        _ => None,
    }
}

/// `expr` or `"name"`: a number in a layout
pub(crate) fn size(errors: &Errors, input: ParseStream, number: &NumberKind) -> Option<Dim> {
    match whole(input, expr) {
        Ok(expr) => named(errors, expr, number),
        Err(tokens) => no_number(errors, tokens, number),
    }
}

/// `expr`, `"name"` or `_`
fn dim(errors: &Errors, input: ParseStream, number: &NumberKind) -> Option<Dim> {
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
        Ok(Some(expr)) => named(errors, expr, number),
        Err(tokens) => no_number(errors, tokens, number),
    }
}

/// A number, a name or an expression with names.
fn named(errors: &Errors, expr: Expr, number: &NumberKind) -> Option<Dim> {
    match without_groups(&expr) {
        Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => expression::name(errors, name, number).map(Dim::Named),
        bare if expression::has_name(bare) => expression::steps(errors, bare, number).map(Dim::Computed),
        _ => count(errors, expr, number).map(Dim::Is),
    }
}
