//! Mistakes that concern two things: words that exclude each other, and fields with the same path.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Ident, LitStr, Member};

use crate::argument;
use crate::dim::{AT_LEAST, Dim};
use crate::errors::Errors;
use crate::layout::SourceTensor;
use crate::model::{Field, Model, in_schema};
use crate::name::{GivenName, Name};
use crate::symbol::{CONFIG, FLATTEN, FROM, SKIP, TIED};

pub(crate) fn check(errors: &Errors, model: &Model<'_>) {
    names_of_generated_code(errors, model);
    for fields in model.groups() {
        for field in fields {
            one_kind(errors, field);
            excluded(errors, field);
            given_twice(errors, field);
            least_with_layout(errors, field);
            tied_to_itself(errors, field);
            tied_by_name_of_field(errors, field, fields);
        }
        same_path(errors, fields);
        argument::misspelt(errors, &model.args, fields.iter().flat_map(Field::names));
    }
    argument::misspelt(errors, &model.args, model.names_of_defaults());
    argument::defaults_of_arguments(errors, &model.args, &model.defaults);
}

/// Refuses names of generated code in the type's own types and expressions: there, they would mean something else. Items beside the type may
/// have any name, and so may its fields, its variants and what else it has.
fn names_of_generated_code(errors: &Errors, model: &Model<'_>) {
    let input = model.input;
    let mut tokens = TokenStream::new();
    input.ident.to_tokens(&mut tokens);
    input.generics.to_tokens(&mut tokens);
    input.generics.where_clause.to_tokens(&mut tokens);
    input.attrs.iter().for_each(|attr| attr.to_tokens(&mut tokens));
    for field in model.groups().into_iter().flatten() {
        field.ty().to_tokens(&mut tokens);
        field.syntax.attrs.iter().for_each(|attr| attr.to_tokens(&mut tokens));
    }
    refuse_names(errors, tokens);
}

fn refuse_names(errors: &Errors, tokens: TokenStream) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => refuse_names(errors, group.stream()),
            TokenTree::Ident(ident) if is_of_generated_code(&ident.to_string()) => {
                errors.at(
                    &ident,
                    format!("generated code has something of its own that is named `{ident}`; give this another name"),
                );
            }
            _ => {}
        }
    }
}

/// The names in the block that the derive writes: the runtime's, the variables, a lifetime, and what `verify` adds.
fn is_of_generated_code(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("__") else { return false };
    let is_number = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    is_number || ["wb", "b", "f", "w", "a", "files", "LOCK", "Fields"].contains(&rest)
}

/// Refuses a dim that may be larger in a layout, whose parts would not be told then.
fn least_with_layout(errors: &Errors, field: &Field<'_>) {
    let dims = field.attrs.shape.get().map_or(&[][..], |shape| &shape.dims);
    if dims.iter().any(|dim| matches!(dim, Dim::AtLeast(_)))
        && let (Some(_), Some(word)) = (field.layout(), field.attrs.shape.word())
    {
        errors.at(
            word,
            format!("`{AT_LEAST}` is for a tensor that the file has as it is, and `from` makes another of it; write the dim of the file, or `_`"),
        );
    }
}

/// `#[param(..)]` and `#[module(..)]` on one field.
fn one_kind(errors: &Errors, field: &Field<'_>) {
    if let (Some(_), Some(module)) = (field.attrs.param.word(), &field.attrs.module) {
        let message = match field.attrs.skip.word() {
            _ if field.attrs.config.word().is_some() => {
                "a field from the configuration is in no file, so it cannot be a parameter; remove `#[param]` or `config`"
            }
            Some(_) => "a skipped field is in no file, so it cannot be a parameter; remove `#[param]` or `skip`",
            None => "a field is a parameter or a module, not both; remove `#[param]` or `#[module]`",
        };
        errors.at(module, message);
    }
}

/// `flatten` and `skip` take the field's name away, so words about that name cannot stand beside them. `tied` takes the
/// layout of another parameter, and names in `from` replace the field's own.
fn excluded(errors: &Errors, field: &Field<'_>) {
    let attrs = &field.attrs;
    let naming = [attrs.rename.word(), attrs.alias.word(), attrs.len.word(), attrs.items.word(), attrs.tied.word()];
    if let (None, Some(word)) = (attrs.tied.word(), attrs.tied_when.word()) {
        errors.at(
            word,
            "`tied_when` says when the field is tied, and `tied` says to what; write `tied = \"..\"` beside it",
        );
    }
    let refuse = |word: Option<&Ident>, message: &str| {
        if let Some(word) = word {
            errors.at(word, format!("`{word}` cannot stand beside {message}; remove one of them"));
        }
    };
    if let (Some(word), Some(None), Member::Unnamed(_)) = (attrs.config.word(), attrs.config.get(), &field.member) {
        errors.at(word, "this field has no name that could be a key of the configuration; write `config = \"key\"`");
    }
    if attrs.config.word().is_some() && has_reference(field.ty().to_token_stream()) {
        let message = "a field from the configuration owns what it holds; write `String` in place of `&str`, and `Vec` in place of a slice";
        errors.at(field.ty(), message);
    }
    if attrs.config.word().is_some() {
        for word in [attrs.skip.word(), attrs.flatten.word(), attrs.via.word(), field.given()].into_iter().chain(naming)
        {
            refuse(word, &format!("`{CONFIG}`, because a field from the configuration is in no file"));
        }
    } else if attrs.skip.word().is_some() {
        for word in [attrs.flatten.word(), attrs.via.word(), field.given()].into_iter().chain(naming) {
            refuse(word, &format!("`{SKIP}`, because a skipped field is in no file"));
        }
    } else if attrs.flatten.word().is_some() {
        for word in naming {
            refuse(word, &format!("`{FLATTEN}`, because a flattened module has no name of its own"));
        }
    } else if let (true, Some(word)) = (field.transparent, attrs.tied.word()) {
        let message = "`tied` cannot stand on the only field of a variant, because its path is the enum's own; write it on \
                       the field that holds the enum";
        errors.at(word, message);
    }
    if attrs.items.word().is_some() {
        refuse(attrs.len.word(), "`items`, which says how many items the field holds");
        refuse(attrs.tied.word(), "`items`, because its items share their list with other fields");
    }
    if field.name.of_items().is_some() {
        refuse(attrs.tied.word(), "a `rename` with `{}`, because its items have no path in common");
    }
    if attrs.tied.word().is_some() {
        refuse(attrs.from.word(), &format!("`{TIED}`, because the layout is that of the parameter it is tied to"));
    }
    if named_sources(field).next().is_some() {
        for word in [attrs.rename.word(), attrs.alias.word()] {
            refuse(word, &format!("a `{FROM}` that names its sources, because those are the names in the file"));
        }
    }
}

/// An argument that both `args` and `with` give.
fn given_twice(errors: &Errors, field: &Field<'_>) {
    let args = field.attrs.args.get().into_iter().flatten();
    for with in field.attrs.with.get().into_iter().flatten() {
        let name = with.name.value();
        if args.clone().any(|argument| argument.name.value() == name) {
            errors.at(&with.name, format!("`args` gives `{name}` too; keep one of the two"));
        }
    }
}

fn has_reference(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => has_reference(group.stream()),
        TokenTree::Punct(mark) => mark.as_char() == '&',
        _ => false,
    })
}

/// `tied` with the field's own path, or a path inside the field.
fn tied_to_itself(errors: &Errors, field: &Field<'_>) {
    let Some(path) = field.attrs.tied.get().filter(|_| field.has_name()) else { return };
    let tied = path.value();
    let own = [field.name.value()].into_iter().chain(field.aliases().iter().map(GivenName::value));
    for own in own {
        if tied == own {
            errors.at(path, "`tied` names the field itself; write the path of the other parameter");
        } else if tied.strip_prefix(own).is_some_and(|rest| rest.starts_with('.')) {
            errors.at(path, "`tied` names a path inside the field itself; write a path outside of it");
        }
    }
}

/// `tied` with the identifier of a field that has another name in a file.
fn tied_by_name_of_field(errors: &Errors, field: &Field<'_>, fields: &[Field<'_>]) {
    let Some(path) = field.attrs.tied.get() else { return };
    let tied = path.value();
    let (first, rest) = tied.split_once('.').unwrap_or((&tied, ""));
    let is_name = |field: &Field<'_>| {
        let name = field.name.value();
        !field.has_name() || name == first || name.starts_with(&format!("{first}."))
    };
    if in_schema(fields).any(is_name) {
        return;
    }
    // the items of a list with names of their own have no path in common
    let named = |field: &&Field<'_>| {
        matches!(&field.member, syn::Member::Named(ident) if ident == first) && field.name.of_items().is_none()
    };
    if let Some(meant) = fields.iter().find(named) {
        let name = meant.name.value();
        let right = if rest.is_empty() { name.to_owned() } else { format!("{name}.{rest}") };
        errors.at(path, format!("the field `{first}` is named `{name}` in a file, and `tied` has the names of the file; write `tied = \"{right}\"`"));
    }
}

/// The source tensors that the layout names, and whether each is sliced.
pub(crate) fn named_sources<'f>(field: &'f Field<'_>) -> impl Iterator<Item = (&'f LitStr, bool)> {
    let sources = field.layout().map(|layout| layout.sources()).unwrap_or_default();
    sources.into_iter().filter_map(|SourceTensor { name, sliced }| Some((name?, sliced)))
}

/// One name that a field reads from the file.
struct NameRead<'a> {
    span: Span,
    field: &'a Field<'a>,
    by: Reader,
}

#[derive(Clone, Copy, PartialEq)]
enum Reader {
    /// The field itself, under its own name or an alias.
    Field,
    /// Its layout, which reads all of the tensor.
    Layout,
    /// Its layout, which reads a slice of the tensor.
    Slice,
}

/// Whether one is a parameter and the other a module, which may have one name: a file may have `weight` and `weight.absmax`. Only
/// the types know whether the parameter is a map, so the runtime compares the two.
fn are_told_apart(a: &Field<'_>, b: &Field<'_>) -> bool {
    a.attrs.param.word().is_some() != b.attrs.param.word().is_some()
}

/// Two fields with one path, refused at the second. What `flatten` brings up only the types know, and whether slices
/// overlap only their values: the runtime checks both.
fn same_path<'a>(errors: &Errors, fields: &'a [Field<'a>]) {
    let mut seen: HashMap<String, NameRead<'a>> = HashMap::new();
    for (path, next) in fields.iter().flat_map(names) {
        let first = match seen.entry(path) {
            Entry::Vacant(entry) => {
                entry.insert(next);
                continue;
            }
            Entry::Occupied(entry) => entry,
        };
        let (path, first) = (first.key(), first.get());
        let both = [first.by, next.by];
        let aliased = std::ptr::eq(first.field, next.field) && named_sources(next.field).next().is_none();
        let are_shared = first.field.attrs.items.word().is_some() && next.field.attrs.items.word().is_some();
        if are_shared && both == [Reader::Field; 2] {
            continue;
        }
        let is_shared = first.field.attrs.items.word().or(next.field.attrs.items.word()).is_some();
        let message = if aliased {
            format!("`{path}` is already the name of this field; remove the alias")
        } else if both == [Reader::Slice; 2] || (both == [Reader::Field; 2] && are_told_apart(first.field, next.field))
        {
            continue;
        } else if both.iter().any(|by| *by != Reader::Field) {
            let first = first.field.shown();
            format!("`{path}` is already read by {first}; take a `slice` of it in each of the two")
        } else {
            let (first, remedy) = (
                first.field.shown(),
                match is_shared {
                    true => "say with `items` which items of the list each of the two holds",
                    false => "`rename` one of the two",
                },
            );
            format!("the path `{path}` is already taken by {first}; {remedy}")
        };
        errors.at_span(next.span, message);
    }
}

/// The names that a field reads: those of its source tensors, or else its own and its aliases.
fn names<'a>(field: &'a Field<'a>) -> Vec<(String, NameRead<'a>)> {
    let named = |(name, sliced): (&LitStr, bool)| {
        let by = if sliced { Reader::Slice } else { Reader::Layout };
        (name.value(), NameRead { span: name.span(), field, by })
    };
    let sources: Vec<_> = named_sources(field).map(named).collect();
    if !sources.is_empty() || !field.has_name() {
        return sources;
    }
    let sliced = field.layout().is_some_and(|layout| layout.sources().iter().any(|source| source.sliced));
    let by = if sliced { Reader::Slice } else { Reader::Field };
    let own = match &field.name {
        Name::Renamed(name) => (name.value().to_owned(), name.span()),
        Name::Field(name) => (name.clone(), field.span()),
    };
    let aliases = field.aliases().iter().map(|alias| (alias.value().to_owned(), alias.span()));
    [own].into_iter().chain(aliases).map(|(path, span)| (path, NameRead { span, field, by })).collect()
}
