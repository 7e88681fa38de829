//! Refusals that look at two things: words that exclude each other, and fields with the same path.

use syn::{Ident, LitStr};

use crate::errors::Errors;
use crate::model::{Field, Model, Role};
use crate::name::Name;
use crate::symbol::{FLATTEN, MODULE, PARAM, SKIP};

pub(crate) fn check(errors: &Errors, model: &Model<'_>) {
    for field in &model.fields {
        one_kind(errors, field);
        excluded(errors, field);
    }
    same_path(errors, model);
}

/// `#[param(..)]` and `#[module(..)]` on one field.
fn one_kind(errors: &Errors, field: &Field<'_>) {
    if let (true, true, Some(last)) = (field.attrs.has(PARAM), field.attrs.has(MODULE), field.attrs.kinds.last()) {
        let message = match field.attrs.skip.word() {
            Some(_) => "a skipped field is in no file, so it is no parameter; remove `#[param]` or `skip`",
            None => "a field is a parameter or a module, not both; remove `#[param]` or `#[module]`",
        };
        errors.at(last, message);
    }
}

/// `flatten` and `skip` leave a field without a name of its own, so nothing about that name may stand beside them.
fn excluded(errors: &Errors, field: &Field<'_>) {
    let attrs = &field.attrs;
    let naming = [attrs.rename.word(), attrs.alias.word(), attrs.len.word()];
    let refuse = |word: Option<&Ident>, message: &str| {
        if let Some(word) = word {
            errors.at(word, format!("`{word}` cannot stand beside {message}; remove one of them"));
        }
    };
    if attrs.skip.word().is_some() {
        for word in [attrs.flatten.word()].into_iter().chain(naming) {
            refuse(word, &format!("`{SKIP}`, as a skipped field is in no file"));
        }
    } else if attrs.flatten.word().is_some() {
        for word in naming {
            refuse(word, &format!("`{FLATTEN}`, as a flattened child has no name of its own"));
        }
    }
}

/// Two siblings with one path: refused at the second. What is behind `flatten` only the types know; the runtime's
/// `check` looks there.
fn same_path(errors: &Errors, model: &Model<'_>) {
    let mut taken: Vec<(String, &Field<'_>)> = Vec::new();
    for field in &model.fields {
        if matches!(field.role(), Role::Skipped(_) | Role::Module { flatten: true }) {
            continue;
        }
        let own = match &field.name {
            Name::Renamed(name) => (name.value(), name.span()),
            Name::Field(name) => (name.clone(), field.span()),
        };
        let aliases = field.aliases().iter().map(|alias: &LitStr| (alias.value(), alias.span()));
        for (path, span) in [own].into_iter().chain(aliases) {
            match taken.iter().find(|(name, _)| *name == path) {
                Some((_, first)) if std::ptr::eq(*first, field) => {
                    errors.at_span(span, format!("`{path}` is already the name of this field; remove the alias"));
                }
                Some((_, first)) => {
                    let first = first.shown();
                    errors.at_span(span, format!("the path `{path}` is taken by {first}; `rename` one of the two"));
                }
                None => taken.push((path, field)),
            }
        }
    }
}
