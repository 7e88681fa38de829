//! Words that other crates have for what this derive calls by another word, or needs no word for.

use proc_macro2::{TokenStream, TokenTree};
use syn::{GenericArgument, PathArguments, Type};

use crate::symbol::{
    ALIAS, CONCAT, CRATE, DTYPE, FLATTEN, FROM, IGNORE, LEN, PERMUTE, RENAME, RENAME_ALL, RESHAPE, SHAPE, SKIP, SLICE,
    STACK, Spelling, TIED, TRANSPOSE, Target, VERIFY,
};
use crate::value::{self, source};

/// An unknown word, and what is around it.
pub(crate) struct Foreign<'a> {
    pub(crate) word: &'a str,
    /// What stands behind the word, up to the comma.
    pub(crate) rest: &'a TokenStream,
    pub(crate) target: Target,
    pub(crate) spelling: Spelling,
    /// The type of the field.
    pub(crate) ty: Option<&'a Type>,
}

/// What people mean by a word.
#[derive(Clone, Copy)]
enum Meaning {
    Optional,
    Required,
    Default,
    Skip,
    /// The name that a file has for the field.
    Name,
    /// What stands in front of the names of a module.
    Prefix,
    /// A layout of `from`, by its word.
    Layout(&'static str),
    /// The same as another word, which takes the value as it is.
    Word(&'static str),
    /// A function that makes the value.
    Function,
    /// What a load does in any case, or what needs no word.
    Needless(&'static str),
}

const MEANINGS: &[(&[&str], Meaning)] = &[
    (&["optional", "option", "nullable", "maybe", "allow_missing", "missing_ok", "ignore_missing"], Meaning::Optional),
    (&["required", "mandatory", "must_exist", "not_null", "nonnull"], Meaning::Required),
    (&["default", "default_value", "init", "initializer", "initialiser", "fill", "zeros", "ones"], Meaning::Default),
    (&["skip_deserializing", "skip_serializing", "skip_loading", "skip_load", "skip_serializing_if"], Meaning::Skip),
    (&["skipped", "ignored", "exclude", "no_load", "transient", "ephemeral", "non_persistent", IGNORE], Meaning::Skip),
    (&["name", "path", "key", "field", "tensor", "tensor_name", "param_name", "weight_name"], Meaning::Name),
    (&["rename_to", "named", "serde"], Meaning::Name),
    (&["prefix", "pp", "push_prefix", "scope", "root"], Meaning::Prefix),
    (&[TRANSPOSE, "transposed", "t", "T", "mt", "swapaxes"], Meaning::Layout(TRANSPOSE)),
    (&[PERMUTE, "permuted", "permutation", "axes"], Meaning::Layout(PERMUTE)),
    (&[RESHAPE, "reshaped", "view", "unflatten"], Meaning::Layout(RESHAPE)),
    (&[CONCAT, "cat", "concatenate", "fused", "merge"], Meaning::Layout(CONCAT)),
    (&[STACK, "stacked"], Meaning::Layout(STACK)),
    (&[SLICE, "split", "chunk", "narrow"], Meaning::Layout(SLICE)),
    (&["layout", "order", "transform"], Meaning::Word(FROM)),
    (&["dims", "dim", "size", "sizes", "dimensions"], Meaning::Word(SHAPE)),
    (&["type", "ty", "data_type", "precision", "element"], Meaning::Word(DTYPE)),
    (&["alternative", "alternatives", "other_names", "also", "synonym", "synonyms", "fallback"], Meaning::Word(ALIAS)),
    (&["tie", "tie_to", "tied_to", "tied_with", "tie_weights", "weight_tying"], Meaning::Word(TIED)),
    (&["share", "shared", "shared_with", "share_with", "same_as"], Meaning::Word(TIED)),
    (&["length", "count", "n", "num", "number", "repeat", "layers", "num_layers", "times"], Meaning::Word(LEN)),
    (&["inline", "inlined", "nested", "flat", "transparent", "no_prefix"], Meaning::Word(FLATTEN)),
    (&["lock", "checkpoint", "file", "against"], Meaning::Word(VERIFY)),
    (&["rename_all_fields", "case", "naming", "rename_fields"], Meaning::Word(RENAME_ALL)),
    (&["krate", "crate_path", "crate_name", "wb"], Meaning::Word(CRATE)),
    (&["with", "serialize_with", "deserialize_with", "try_from", "into", "parse_with", "map"], Meaning::Function),
    (
        &["strict", "deny_unknown_fields"],
        Meaning::Needless("a load refuses every name that the type does not have, unless its options allow it"),
    ),
    (&["bound", "bounds"], Meaning::Needless("the bounds follow from the types of the fields")),
    (
        &["tag", "untagged", "content", "other"],
        Meaning::Needless("no file has the names of variants, and the one that fits the file is loaded"),
    ),
    (&["buffer", "register_buffer", "persistent"], Meaning::Needless("a buffer of the file is a parameter too")),
    (
        &["requires_grad", "trainable", "frozen", "no_grad", "train"],
        Meaning::Needless("a load fills tensors, and nothing of training is in the file"),
    ),
    (&["device"], Meaning::Needless("`Loader::device` takes the device")),
];

impl Foreign<'_> {
    /// What to write instead, if the word means something elsewhere.
    pub(crate) fn remedy(&self) -> Option<String> {
        // with patterns it is the word that describes a type
        if self.word == IGNORE && !self.rest.is_empty() {
            return None;
        }
        let (_, meaning) = MEANINGS.iter().find(|(words, _)| words.contains(&self.word))?;
        let is_on_a_field = self.target != Target::Type;
        match meaning {
            Meaning::Optional if self.says("false") => self.required(),
            Meaning::Required if self.says("false") => self.optional(),
            Meaning::Optional => self.optional(),
            Meaning::Required => self.required(),
            Meaning::Default if is_on_a_field => Some(self.default()),
            Meaning::Skip if is_on_a_field => Some(self.skip(SKIP)),
            Meaning::Name if is_on_a_field => {
                let name = self.value().unwrap_or_else(|| "\"..\"".to_owned());
                Some(written(&format!("{RENAME} = {name}")))
            }
            Meaning::Prefix if is_on_a_field => Some(match self.value() {
                Some(name) if name == "\"\"" && self.target == Target::Module => written(FLATTEN),
                name => {
                    let name = name.unwrap_or_else(|| "\"..\"".to_owned());
                    written(&format!("{RENAME} = {name}"))
                }
            }),
            Meaning::Prefix => {
                Some("; names on a type begin at the type, and `Loader::strip_prefix` takes a prefix off".to_owned())
            }
            Meaning::Layout(layout) if self.target == Target::Param => {
                Some(written(&match (*layout, self.arguments()) {
                    (TRANSPOSE, _) => format!("{FROM} = {TRANSPOSE}"),
                    (layout, Some(arguments)) => format!("{FROM} = {layout}({arguments})"),
                    (layout, None) => format!("{FROM} = {layout}(..)"),
                }))
            }
            Meaning::Word(word) if self.target.has(word) => Some(written(&self.assigned(word))),
            Meaning::Function if is_on_a_field => Some(
                "; implement `weighbridge::Parameter` for a type of your own, and make it the type of the field"
                    .to_owned(),
            ),
            Meaning::Needless(why) => Some(format!("; {why}, so remove it")),
            _ => None,
        }
    }

    /// `shape = [4, 4]` for `dims(4, 4)`
    fn assigned(&self, word: &str) -> String {
        match (word, self.value(), self.arguments()) {
            (FLATTEN, ..) => FLATTEN.to_owned(),
            (SHAPE, Some(value), None) if !value.starts_with('[') => format!("{SHAPE} = [{value}]"),
            (SHAPE, _, Some(dims)) => format!("{SHAPE} = [{dims}]"),
            (_, Some(value), _) => format!("{word} = {value}"),
            (SHAPE, ..) => format!("{SHAPE} = [..]"),
            (LEN | CRATE, ..) => format!("{word} = .."),
            (_, None, _) => format!("{word} = \"..\""),
        }
    }

    fn optional(&self) -> Option<String> {
        let ty = self.ty?;
        Some(match in_option(ty) {
            Some(_) => "; the type of the field is an `Option`, which says so, so remove it".to_owned(),
            None => format!("; make the type of the field `Option<{}>`", type_source(ty)),
        })
    }

    fn required(&self) -> Option<String> {
        let ty = self.ty?;
        Some(match in_option(ty) {
            Some(inner) => format!("; make the type of the field `{inner}`, as an `Option` need not be in the file"),
            None => "; a field whose type is no `Option` is required, so remove it".to_owned(),
        })
    }

    fn default(&self) -> String {
        let skip = self.value().map_or_else(|| SKIP.to_owned(), |value| format!("{SKIP} = {value}"));
        let skip = format!("{} for a field that is in no file", self.skip(&skip));
        match self.ty.filter(|_| self.target == Target::Param) {
            Some(ty) if in_option(ty).is_none() => {
                format!("{skip}, or make the type `Option<{}>` if a file may lack it", type_source(ty))
            }
            Some(_) => format!("{skip}, or remove it, as the `Option` is `None` if the file lacks it"),
            None => skip,
        }
    }

    /// A field that is in no file.
    fn skip(&self, skip: &str) -> String {
        match (self.target, self.spelling) {
            (Target::Param, Spelling::ParamAndModule) => {
                format!("; write {} in place of `#[param(..)]`", self.spelling.module(skip))
            }
            (Target::Param, Spelling::Weighbridge) => {
                format!("; write {} without `param`", self.spelling.module(skip))
            }
            _ => format!("; write `{skip}`"),
        }
    }

    /// Whether the word stands as `word = text`.
    fn says(&self, text: &str) -> bool {
        self.value().is_some_and(|value| value == text)
    }

    /// What stands behind `=`, or alone in parentheses.
    fn value(&self) -> Option<String> {
        let mut tokens = self.rest.clone().into_iter();
        match tokens.next()? {
            TokenTree::Punct(equals) if equals.as_char() == '=' => {
                let value = source(tokens.collect::<TokenStream>());
                (!value.is_empty() && value != "true").then_some(value)
            }
            _ => self.arguments(),
        }
    }

    /// What stands in parentheses, or in the brackets of a value.
    fn arguments(&self) -> Option<String> {
        let mut tokens = self.rest.clone().into_iter().peekable();
        tokens.next_if(|token| matches!(token, TokenTree::Punct(equals) if equals.as_char() == '='));
        let inside = value::inside(&tokens.collect())?;
        (!inside.is_empty()).then(|| source(inside))
    }
}

fn written(text: &str) -> String {
    format!("; write `{text}`")
}

/// The type in an `Option`.
fn in_option(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(inner) => Some(type_source(inner)),
            _ => None,
        },
        _ => None,
    }
}

/// `Option<Tensor<f32>>`, as people write it.
pub(crate) fn type_source(ty: &Type) -> String {
    let text = source(ty);
    let replaced = [(" < ", "<"), (" <", "<"), ("< ", "<"), (" >", ">"), ("& ", "&"), (" ;", ";")];
    replaced.iter().fold(text, |text, (from, to)| text.replace(from, to))
}
