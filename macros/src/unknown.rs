//! Words that do not stand where they are: they belong elsewhere, mean something elsewhere, or are spelled wrongly.

use proc_macro2::TokenStream;
use syn::parse::ParseStream;
use syn::{Ident, Type};

use crate::elsewhere::Foreign;
use crate::errors::Errors;
use crate::nearest::{did_you_mean, listed};
use crate::symbol::{MODULE, PARAM, SKIP, Spelling, Target};
use crate::value;

/// What an attribute describes, and how its type spells attributes.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) spelling: Spelling,
    pub(crate) target: Target,
    /// The type of the field.
    pub(crate) ty: Option<&'a Type>,
}

impl Context<'_> {
    /// The words that may stand here. In `#[weighbridge(..)]` without `param`, those that need it too.
    pub(crate) fn accepted(self) -> Vec<&'static str> {
        let mut words = self.target.words().to_vec();
        if self.spelling == Spelling::Weighbridge && self.target != Target::Type {
            words.insert(0, PARAM);
            if self.target == Target::Module {
                let further: Vec<_> = Target::Param.words().iter().filter(|word| !words.contains(word)).collect();
                words.splice(1..1, further.into_iter().copied());
            }
        }
        words
    }
}

pub(crate) fn not_a_word(errors: &Errors, found: TokenStream, input: ParseStream, context: Context<'_>) {
    if found.is_empty() {
        errors.at_span(input.span(), "there is nothing before this comma; remove it");
    } else {
        let words = listed(&context.accepted());
        errors.at(&found, format!("`{}` is not an attribute, expected one of {words}", value::source(&found)));
    }
}

/// A word that does not stand here: it belongs elsewhere, or is spelled wrongly.
pub(crate) fn unknown(errors: &Errors, context: Context<'_>, word: &Ident, input: ParseStream) {
    let rest = value::until_comma(input);
    let Context { spelling, target, ty } = context;
    let (text, shown) = (word.to_string(), target.shown(spelling));
    let right: Vec<_> = Target::ALL.iter().filter(|target| target.has(&text)).collect();
    let remedy = Foreign { word: &text, rest: &rest, target, spelling, ty }.remedy();
    let message = if let Some(remedy) = remedy {
        format!("{shown} has no `{text}`{remedy}")
    } else if !right.is_empty() {
        misplaced(context, &text, &rest, &right)
    } else if spelling == Spelling::Weighbridge && text == PARAM {
        format!("`{PARAM}` describes a field; write `#[weighbridge({PARAM}, ..)]` above the field")
    } else if spelling == Spelling::Weighbridge && text == MODULE {
        format!("`{MODULE}` is not needed, because a field without `{PARAM}` is a module; remove it")
    } else {
        let words = context.accepted();
        let mut hint = did_you_mean(&text, &words);
        if hint.is_empty() && spelling == Spelling::ParamAndModule && target != Target::Param {
            hint = "; if it belongs to another derive, write `#[weighbridge(..)]` for this one".to_owned();
        }
        format!("unknown attribute `{text}` in {shown}, expected one of {}{hint}", listed(&words))
    };
    errors.at(word, message);
}

/// A word that describes something else: where it belongs.
fn misplaced(
    Context { spelling, target, .. }: Context<'_>,
    text: &str,
    rest: &TokenStream,
    right: &[&Target],
) -> String {
    let written = format!("{text}{}", value::source(rest).replacen('=', " =", 1));
    match (spelling, target, right) {
        (Spelling::Weighbridge, Target::Param, [Target::Module]) => {
            format!("`{text}` cannot stand beside `{PARAM}`, which makes the field a parameter; remove one of them")
        }
        (Spelling::Weighbridge, Target::Param, _) => format!("`{text}` describes the type; write it above the type"),
        (Spelling::Weighbridge, Target::Module, [Target::Param]) => {
            format!("`{text}` describes a parameter, and this field is a module; remove it, or write `{PARAM}` instead")
        }
        (Spelling::ParamAndModule, Target::Param, [Target::Module]) if text == SKIP => format!(
            "a skipped field is in no file, and so it is no parameter; write {} in place of `#[param(..)]`",
            spelling.module(&written)
        ),
        (Spelling::ParamAndModule, Target::Param, [Target::Module]) => {
            format!("a parameter has no paths below it, so `{text}` is for modules; remove it")
        }
        (Spelling::ParamAndModule, Target::Module, [Target::Param]) => format!(
            "`{text}` describes a parameter, and this field is a module; write {} in place of `#[module(..)]` if the \
             field holds a tensor; of a layer of another crate, say it in its parts, which `via` names; otherwise remove it",
            spelling.param(&written)
        ),
        _ => {
            let (shown, right) = (target.shown(spelling), right.iter().map(|target| target.shown(spelling)));
            format!("`{text}` does not belong in {shown}; write it in {}", right.collect::<Vec<_>>().join(" or in "))
        }
    }
}
