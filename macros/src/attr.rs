//! The attributes, read into slots. Refusals that look at one attribute are here and in what parses its value.

use proc_macro2::TokenStream;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, Ident, LitStr, MacroDelimiter, Meta, Path};

use crate::errors::Errors;
use crate::layout::{self, From};
use crate::name::Case;
use crate::nearest::{did_you_mean, listed};
use crate::slot::Slot;
use crate::symbol::{
    ALIAS, CRATE, DTYPE, FLATTEN, FROM, IGNORE, LEN, MODULE, PARAM, Place, RENAME, RENAME_ALL, SHAPE, SKIP, TIED,
    VERIFY,
};
use crate::value::{self, DTypes, Dim, Shape};
use crate::verify::Verified;

/// `#[module(..)]` on a struct or an enum.
pub(crate) struct TypeAttrs {
    pub(crate) rename_all: Slot<Case>,
    pub(crate) krate: Slot<Path>,
    pub(crate) ignore: Slot<Vec<LitStr>>,
    pub(crate) verify: Slot<Verified>,
}

/// `#[param(..)]` and `#[module(..)]` on a field.
pub(crate) struct FieldAttrs {
    /// The word of each attribute, in the order they stand.
    pub(crate) kinds: Vec<Ident>,
    pub(crate) shape: Slot<Shape>,
    pub(crate) dtype: Slot<DTypes>,
    pub(crate) from: Slot<From>,
    pub(crate) tied: Slot<LitStr>,
    pub(crate) len: Slot<Dim>,
    pub(crate) rename: Slot<LitStr>,
    pub(crate) alias: Slot<Vec<LitStr>>,
    pub(crate) flatten: Slot<()>,
    pub(crate) skip: Slot<Option<Expr>>,
}

impl TypeAttrs {
    pub(crate) fn new(errors: &Errors, attrs: &[Attribute]) -> Self {
        let mut this =
            TypeAttrs { rename_all: Slot::new(), krate: Slot::new(), ignore: Slot::new(), verify: Slot::new() };
        for attr in attrs {
            if attr.path().is_ident(PARAM) {
                errors.at(attr.path(), "`#[param(..)]` describes a field; write it above the field");
            } else if attr.path().is_ident(MODULE) {
                entries(errors, attr, Place::Type, |word, input| this.entry(errors, word, input));
            }
        }
        this
    }

    fn entry(&mut self, errors: &Errors, word: &Ident, input: ParseStream) {
        if word == RENAME_ALL {
            // #[module(rename_all = "camelCase")]
            self.rename_all.set(errors, word, case(errors, word, input));
        } else if word == CRATE {
            // #[module(crate = path)]
            self.krate.set(errors, word, value::path(errors, word, input));
        } else if word == IGNORE {
            // #[module(ignore = ["*.inv_freq"])]
            self.ignore.set(errors, word, patterns(errors, word, input));
        } else if word == VERIFY {
            // #[module(verify = "llama.weights.lock")]
            let path = value::string(errors, word, input).and_then(|path| Verified::new(errors, path));
            self.verify.set(errors, word, path);
        } else {
            unknown(errors, word, input, Place::Type);
        }
    }
}

impl FieldAttrs {
    pub(crate) fn new(errors: &Errors, attrs: &[Attribute]) -> Self {
        let mut this = FieldAttrs {
            kinds: Vec::new(),
            shape: Slot::new(),
            dtype: Slot::new(),
            from: Slot::new(),
            tied: Slot::new(),
            len: Slot::new(),
            rename: Slot::new(),
            alias: Slot::new(),
            flatten: Slot::new(),
            skip: Slot::new(),
        };
        for attr in attrs {
            let Some(kind) = attr.path().get_ident() else { continue };
            if kind == PARAM {
                this.kinds.push(kind.clone());
                entries(errors, attr, Place::Param, |word, input| this.param_entry(errors, word, input));
            } else if kind == MODULE {
                this.kinds.push(kind.clone());
                entries(errors, attr, Place::Module, |word, input| this.module_entry(errors, word, input));
            }
        }
        this
    }

    /// Whether an attribute of this kind stands on the field.
    pub(crate) fn has(&self, kind: &str) -> bool {
        self.kinds.iter().any(|word| word == kind)
    }

    fn param_entry(&mut self, errors: &Errors, word: &Ident, input: ParseStream) {
        if word == SHAPE {
            // #[param(shape = [OUT, "vocab", _])]
            self.shape.set(errors, word, value::shape(errors, word, input));
        } else if word == DTYPE {
            // #[param(dtype = "F32")]
            // #[param(dtype = ["BF16", "F16"])]
            // #[param(dtype = C::DTYPES)]
            self.dtype.set(errors, word, value::dtypes(errors, word, input));
        } else if word == FROM {
            // #[param(from = transpose)]
            // #[param(from = concat(dim = 0, "q.weight", "k.weight", "v.weight"))]
            self.from.set(errors, word, layout::layout(errors, word, input));
        } else {
            self.common_entry(errors, word, input, Place::Param);
        }
    }

    fn module_entry(&mut self, errors: &Errors, word: &Ident, input: ParseStream) {
        if word == FLATTEN {
            // #[module(flatten)]
            self.flatten.set(errors, word, bare(errors, word, input));
        } else if word == SKIP {
            // #[module(skip)]
            // #[module(skip = expr)]
            self.skip.set(errors, word, skip(errors, word, input));
        } else {
            self.common_entry(errors, word, input, Place::Module);
        }
    }

    fn common_entry(&mut self, errors: &Errors, word: &Ident, input: ParseStream, place: Place) {
        if word == RENAME {
            // #[param(rename = "self")]
            self.rename.set(errors, word, value::name(errors, word, input));
        } else if word == ALIAS {
            // #[param(alias = "gamma")]
            // #[param(alias = ["gamma", "scale"])]
            self.alias.set(errors, word, value::names(errors, word, input));
        } else if word == TIED {
            // #[param(tied = "model.embed_tokens.weight")]
            // #[module(tied = "encoder")]
            self.tied.set(errors, word, tied(errors, word, input));
        } else if word == LEN {
            // #[module(len = C::LAYERS)]
            // #[module(len = "layers")]
            self.len.set(errors, word, value::len(errors, word, input));
        } else {
            unknown(errors, word, input, place);
        }
    }
}

/// Refuses attributes where none may stand: on an enum's variants, and on a union's fields.
pub(crate) fn refuse(errors: &Errors, attrs: &[Attribute], what: &str) {
    for attr in attrs {
        if attr.path().is_ident(PARAM) || attr.path().is_ident(MODULE) {
            let word = attr.path().get_ident();
            let word = word.map_or_else(String::new, Ident::to_string);
            errors.at(
                attr.path(),
                format!("`#[{word}(..)]` describes a field of a struct or an enum, not {what}; remove it"),
            );
        }
    }
}

/// Calls `entry` for each comma-separated entry of `#[param(..)]` or `#[module(..)]`, also after one that is refused.
fn entries(errors: &Errors, attr: &Attribute, place: Place, mut entry: impl FnMut(&Ident, ParseStream)) {
    let list = match &attr.meta {
        // #[param]
        Meta::Path(_) => return,
        // #[param(..)]
        Meta::List(list) if matches!(list.delimiter, MacroDelimiter::Paren(_)) => list,
        // #[param = ..], #[param[..]]
        meta => {
            let name = attr.path().get_ident().map_or_else(String::new, Ident::to_string);
            let words = listed(place.accepted());
            errors
                .at(meta, format!("`{name}` is written with parentheses, `#[{name}(..)]`; accepted in them: {words}"));
            return;
        }
    };
    let parsed = list.parse_args_with(|input: ParseStream| {
        while !input.is_empty() {
            match value::word(input) {
                Ok(word) => {
                    entry(&word, input);
                    let rest = value::until_comma(input);
                    if !rest.is_empty() {
                        let found = value::source(&rest);
                        errors
                            .at(rest, format!("unexpected `{found}` after `{word}`; separate attributes with commas"));
                    }
                }
                Err(_) => {
                    let found = value::until_comma(input);
                    not_a_word(errors, found, input, place);
                }
            }
            if !input.is_empty() {
                input.parse::<syn::Token![,]>()?;
            }
        }
        Ok(())
    });
    if let Err(error) = parsed {
        errors.at_span(error.span(), error);
    }
}

fn not_a_word(errors: &Errors, found: TokenStream, input: ParseStream, place: Place) {
    if found.is_empty() {
        errors.at_span(input.span(), "nothing stands before this comma; remove it");
    } else {
        let words = listed(place.accepted());
        let message = format!("`{}` is no attribute, expected one of {words}", value::source(&found));
        errors.at(found, message);
    }
}

/// A word that does not stand here: it belongs elsewhere, or is spelled wrongly.
fn unknown(errors: &Errors, word: &Ident, input: ParseStream, place: Place) {
    value::until_comma(input);
    let text = word.to_string();
    let right: Vec<_> = Place::ALL.iter().filter(|place| place.knows(&text)).map(Place::to_string).collect();
    if right.is_empty() {
        let words = place.accepted();
        let hint = did_you_mean(&text, words);
        errors.at(word, format!("unknown attribute `{text}` in {place}, expected one of {}{hint}", listed(words)));
    } else {
        errors.at(word, format!("`{text}` does not belong in {place}; write it in {}", right.join(" or in ")));
    }
}

/// Nothing may follow the word.
fn bare(errors: &Errors, word: &Ident, input: ParseStream) -> Option<()> {
    let rest = value::until_comma(input);
    if rest.is_empty() {
        return Some(());
    }
    errors.at(rest, format!("`{word}` takes no value; write `{word}`"));
    None
}

/// Nothing, or `= expr`.
fn skip(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Option<Expr>> {
    if input.is_empty() || input.peek(syn::Token![,]) {
        return Some(None);
    }
    value::equals(errors, word, input, "skip = expr")?;
    value::expression(errors, word, input).map(Some)
}

/// `= "path"`
fn tied(errors: &Errors, word: &Ident, input: ParseStream) -> Option<LitStr> {
    let path = value::string(errors, word, input)?;
    if path.value().is_empty() {
        errors.at(&path, "`tied` is empty; write the path of the parameter that this one is tied to");
        return None;
    }
    value::checked(errors, word, path)
}

/// `= "camelCase"`
fn case(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Case> {
    let name = value::string(errors, word, input)?;
    let case = Case::new(&name.value());
    if case.is_none() {
        let hint = did_you_mean(&name.value(), Case::NAMES);
        let accepted = listed(Case::NAMES);
        errors.at(&name, format!("unknown case `{}`, expected one of {accepted}{hint}", name.value()));
    }
    case
}

/// `= ["*.inv_freq", ..]`
fn patterns(errors: &Errors, word: &Ident, input: ParseStream) -> Option<Vec<LitStr>> {
    let patterns = value::strings(errors, word, input, "ignore = [\"..\"]")?;
    if let Some(empty) = patterns.iter().find(|pattern| pattern.value().is_empty()) {
        errors.at(empty, "`ignore` has an empty pattern, which matches no name; remove it");
        return None;
    }
    Some(patterns)
}
