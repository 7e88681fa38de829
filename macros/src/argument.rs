//! Arguments: those that a type declares, those that a field gives, and defaults of names. Conditions, too.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::{Expr, ExprLit, Ident, Lit, LitFloat, LitStr, Token, parenthesized, token};

use crate::errors::Errors;
use crate::expression::{self, CONDITION_IS, Step, is_name};
use crate::nearest::listed;
use crate::value::{NumberKind, equals, expr, separated, source, string, until_comma, whole};

/// `bias = false`: a name, and what it is.
pub(crate) struct Named<V> {
    pub(crate) name: LitStr,
    pub(crate) value: V,
}

/// An argument that a type declares, with its default.
pub(crate) type Declared = Named<Option<Vec<Step>>>;

/// An argument that a field gives; `None` for `_`.
pub(crate) type Given = Named<Option<Vec<Step>>>;

/// The default of a name of the load.
pub(crate) type Default = Named<Vec<Step>>;

const ARGUMENT: NumberKind =
    kind("an argument", ", a name in quotes, `true`, `false` or `_`", "write `_` alone where it is open");

const DEFAULT: NumberKind = kind("a default", BESIDE_NUMBERS, "write the name alone where there is no default");

const DEFAULT_OF_LOAD: NumberKind = kind("a default", BESIDE_NUMBERS, "leave the name out where there is no default");

const CONDITION: NumberKind = kind(CONDITION_IS, BESIDE_NUMBERS, "leave it out where nothing decides");

/// What a value may be beside a number.
const BESIDE_NUMBERS: &str = ", a name in quotes, `true` or `false`";

const fn kind(what: &'static str, alternatives: &'static str, instead: &'static str) -> NumberKind {
    NumberKind { what, alternatives, instead, prefix: "" }
}

/// `(in, out, bias = false)`
pub(crate) fn declared(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Vec<Declared>> {
    let written = "args(in, out, bias = false)";
    let declared = in_parentheses(errors, word, input, written, |errors, input| {
        let name = name(errors, word, input, written)?;
        let value = match input.parse::<Option<Token![=]>>() {
            Ok(Some(_)) => Some(value(errors, input, &DEFAULT)?),
            _ => None,
        };
        Some(Named { name, value })
    })?;
    twice(errors, word, &declared)?;
    // a default can use what stands before it
    for (number, Named { name, value }) in declared.iter().enumerate() {
        let later = |used: &&LitStr| declared[number..].iter().any(|other| other.name.value() == used.value());
        if let Some(used) = expression::names(value.as_deref().unwrap_or_default()).find(later) {
            let (name, used_name) = (name.value(), used.value());
            errors.at(used, format!("the default of `{name}` can use arguments before it, and `{used_name}` is not before it; change their order, or the default"));
            return None;
        }
    }
    Some(declared)
}

/// `(in = "hidden_size", out = 3 * WIDTH, bias = _)`
pub(crate) fn given(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Vec<Given>> {
    let written = "args(in = .., out = ..)";
    let given = in_parentheses(errors, word, input, written, |errors, input| {
        let name = name(errors, word, input, written)?;
        if input.parse::<Token![=]>().is_err() {
            let name = name.value();
            errors.at_span(input.span(), format!("the argument `{name}` needs its value; write `{name} = ..`, with a name in quotes, a constant, or `_`"));
            until_comma(input);
            return None;
        }
        if is_lone_string(input) {
            let value = expression::name(errors, &input.parse().ok()?, &ARGUMENT)?;
            return Some(Named { name, value: Some(vec![Step::Name(value)]) });
        }
        if let Ok(float) = input.fork().parse::<LitFloat>() {
            let name = name.value();
            errors.at(&float, format!("an argument is a whole number, found `{float}`; write `with({name} = {float})` beside `{word}`, for a setting that is no dim"));
            until_comma(input);
            return None;
        }
        let value = match input.parse::<Option<Token![_]>>() {
            Ok(Some(_)) => None,
            _ => Some(value(errors, input, &ARGUMENT)?),
        };
        Some(Named { name, value })
    })?;
    twice(errors, word, &given)?;
    Some(given)
}

/// Whether only a string stands there, as most arguments are. To parse an expression takes longer, and nothing optimises this crate where it
/// is built for a debug build.
fn is_lone_string(input: ParseStream) -> bool {
    input.cursor().literal().is_some_and(|(literal, rest)| {
        let is_last = rest.eof() || rest.punct().is_some_and(|(punct, _)| punct.as_char() == ',');
        is_last && literal.to_string().starts_with('"')
    })
}

/// `(eps = 1e-5, mode = "same")`: what is in no file, and nothing is computed from.
pub(crate) fn values(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Vec<Given>> {
    let written = "with(eps = 1e-5)";
    let given = in_parentheses(errors, word, input, written, |errors, input| {
        let name = name(errors, word, input, written)?;
        let value = match input.parse::<Token![=]>() {
            Ok(_) => literal(input),
            Err(_) => None,
        };
        if value.is_none() {
            let (name, found) = (name.value(), until_comma(input));
            let message = format!(
                "`{name}` needs a literal value, such as `1e-5`, `2`, `true` or `\"text\"`; write the value itself, or a key of the configuration as `args({name} = \"key\")`"
            );
            if found.is_empty() { errors.at_span(input.span(), message) } else { errors.at(found, message) }
        }
        Some(Named { name, value: Some(vec![value?]) })
    })?;
    twice(errors, word, &given)?;
    Some(given)
}

fn literal(input: ParseStream) -> Option<Step> {
    let ahead = input.fork();
    let is_negative = ahead.parse::<Option<Token![-]>>().ok()?.is_some();
    let step = match ahead.parse::<Lit>().ok()? {
        Lit::Float(float) => Step::Float(format!("{}{}", if is_negative { "-" } else { "" }, float.base10_digits())),
        Lit::Int(int) if is_negative => Step::Float(format!("-{}", int.base10_digits())),
        Lit::Int(int) => Step::Number(Expr::Lit(ExprLit { attrs: Vec::new(), lit: Lit::Int(int) })),
        Lit::Bool(is) if !is_negative => Step::Truth(is),
        Lit::Str(text) if !is_negative => Step::Text(text),
        _ => return None,
    };
    (ahead.is_empty() || ahead.peek(Token![,])).then(|| input.advance_to(&ahead))?;
    Some(step)
}

/// `(head_dim = "hidden_size" / "num_attention_heads")`
pub(crate) fn defaults(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Vec<Default>> {
    let written = "defaults(head_dim = \"hidden_size\" / \"heads\")";
    let defaults = in_parentheses(errors, word, input, written, |errors, input| {
        let name = name(errors, word, input, written)?;
        if input.parse::<Token![=]>().is_err() {
            let name = name.value();
            errors.at_span(input.span(), format!("the default of `{name}` needs its value; write `{name} = ..`"));
            until_comma(input);
            return None;
        }
        let value = value(errors, input, &DEFAULT_OF_LOAD)?;
        Some(Named { name, value })
    })?;
    twice(errors, word, &defaults)?;
    Some(defaults)
}

/// `= "attention_bias"`, `= "model_type" == "qwen2" || "bias"`
pub(crate) fn condition(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Vec<Step>> {
    equals(errors, word, input, &format!("{word} = \"name\""))?;
    value(errors, input, &CONDITION)
}

fn value(errors: &Errors, input: ParseStream, kind: &NumberKind) -> Option<Vec<Step>> {
    match whole(input, expr) {
        Ok(expr) => expression::value_steps(errors, &expr, kind),
        Err(tokens) => {
            let NumberKind { what, alternatives, instead, .. } = kind;
            let expected = match *what == CONDITION_IS {
                true => "a name in quotes, or `\"name\" == value`, also with `!`, `&&` and `||`".to_owned(),
                false => format!("a `usize` expression{alternatives}"),
            };
            let found = source(&tokens);
            errors.at(tokens, format!("`{found}` is not {what}; expected {expected}; {instead}"));
            None
        }
    }
}

/// `= "text_config"`: one key of the configuration, or several with dots between them.
pub(crate) fn scope(errors: &Errors, word: &Ident, input: ParseStream) -> Option<LitStr> {
    let scope = string(errors, word, input)?;
    if is_name(&scope.value()) {
        return Some(scope);
    }
    let text = scope.value();
    errors.at(
        scope,
        format!("`{text}` is not a part of a configuration; write its key, or several with dots between them"),
    );
    None
}

/// A name: a word, which may be a keyword, or a string for one with dots in it.
fn name(errors: &Errors, word: &Ident, input: ParseStream, written: &str) -> Option<LitStr> {
    if input.peek(LitStr) {
        let name = input.parse::<LitStr>().ok()?;
        if is_name(&name.value()) {
            return Some(name);
        }
        let text = name.value();
        errors.at(name, format!("`{text}` is not a name; a name is one word of letters, digits and `_`, or several with dots between them"));
        until_comma(input);
        return None;
    }
    match input.call(Ident::parse_any) {
        Ok(ident) => Some(LitStr::new(&ident.unraw().to_string(), ident.span())),
        Err(_) => {
            let found = until_comma(input);
            errors.at(&found, format!("`{}` is not a name; write `{written}` in `{word}`", source(&found)));
            None
        }
    }
}

fn in_parentheses<T>(
    errors: &Errors,
    word: &Ident,
    input: ParseStream,
    written: &str,
    entry: impl FnMut(&Errors, ParseStream) -> Option<T>,
) -> Option<Vec<T>> {
    if !input.peek(token::Paren) {
        let rest = until_comma(input);
        let at: TokenStream = [word.to_token_stream(), rest].into_iter().collect();
        errors.at(at, format!("`{word}` lists names in parentheses; write `{written}`"));
        return None;
    }
    let content = (|| {
        let content;
        parenthesized!(content in input);
        Ok::<_, syn::Error>(content)
    })();
    let entries = separated(errors, &content.ok()?, entry)?;
    if entries.is_empty() {
        errors.at(word, format!("`{word}` lists nothing; write `{written}`, or remove it"));
        return None;
    }
    Some(entries)
}

/// Refuses a name that is there twice.
fn twice<V>(errors: &Errors, word: &Ident, all: &[Named<V>]) -> Option<()> {
    for (number, Named { name, .. }) in all.iter().enumerate() {
        if all[..number].iter().any(|other| other.name.value() == name.value()) {
            errors.at(name, format!("`{word}` has `{}` twice; keep one", name.value()));
            return None;
        }
    }
    Some(())
}

/// Refuses names in a type that are one letter from one of its arguments: they would be names of the load.
pub(crate) fn misspelt<'s>(errors: &Errors, declared: &[Declared], used: impl Iterator<Item = &'s LitStr>) {
    let args: Vec<String> = declared.iter().map(|argument| argument.name.value()).collect();
    for name in used {
        let text = name.value();
        if args.contains(&text) {
            continue;
        }
        if let Some(near) = args.iter().find(|argument| is_one_letter_off(argument, &text)) {
            let all: Vec<&str> = args.iter().map(String::as_str).collect();
            errors.at(name, format!("`{text}` is not an argument of this type, which has {}; did you mean `{near}`? A name of the load must differ by more than a letter", listed(&all)));
        }
    }
}

/// Refuses a default of a name of the load that is an argument of the type, and so is no name of the load in it.
pub(crate) fn defaults_of_arguments(errors: &Errors, declared: &[Declared], defaults: &[Default]) {
    for name in defaults.iter().map(|default| &default.name) {
        let text = name.value();
        if declared.iter().any(|argument| argument.name.value() == text) {
            errors.at(name, format!("`{text}` is an argument of this type, and `defaults` is for names of the load; write its default in `args`, as `{text} = ..`"));
        }
    }
}

/// Whether a letter is other, too much, too few, or changed places, in names of at least 3 letters.
fn is_one_letter_off(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (long, short) = if a.len() > b.len() { (&a, &b) } else { (&b, &a) };
    if short.len() < 3 || long.len() - short.len() > 1 || a == b {
        return false;
    }
    let head = long.iter().zip(short).take_while(|(a, b)| a == b).count();
    let tail = |skip: usize| long[head + 1..] == short[skip..];
    if long.len() > short.len() {
        return tail(head);
    }
    let swapped = head + 1 < long.len()
        && long[head] == short[head + 1]
        && long[head + 1] == short[head]
        && long[head + 2..] == short[head + 2..];
    tail(head + 1) || swapped
}
