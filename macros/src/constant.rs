//! What cannot be known while a program compiles, and stands where a constant does: the value of a field, a number that rustc cannot
//! compute from a parameter of the type, a type that contains itself, and `dyn Module`.

use std::collections::HashSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, GenericArgument, GenericParam, Ident, Member, PathArguments, Type, TypeParamBound};

use crate::dim::Dim;
use crate::elsewhere::type_source;
use crate::errors::Errors;
use crate::model::{Field, Model, Role};
use crate::symbol::{LEN, SHAPE};
use crate::value::{source, tokens};

pub(crate) fn check(errors: &Errors, model: &Model<'_>) {
    let parameters = Parameters::of(model);
    for fields in model.groups() {
        let siblings: HashSet<String> = fields
            .iter()
            .filter_map(|field| match &field.member {
                Member::Named(ident) => Some(ident.to_string()),
                Member::Unnamed(_) => None,
            })
            .filter(|name| !parameters.constants.contains(name))
            .collect();
        for field in fields {
            values(errors, field, &siblings);
            lengths(errors, model, field, &parameters);
            contains_itself(errors, model, field);
            dyn_module(errors, field);
        }
    }
}

/// The parameters of the type.
struct Parameters {
    types: HashSet<String>,
    constants: HashSet<String>,
}

impl Parameters {
    fn of(model: &Model<'_>) -> Self {
        let (mut types, mut constants) = (HashSet::new(), HashSet::new());
        for parameter in &model.input.generics.params {
            match parameter {
                GenericParam::Type(ty) => types.insert(ty.ident.to_string()),
                GenericParam::Const(constant) => constants.insert(constant.ident.to_string()),
                GenericParam::Lifetime(_) => false,
            };
        }
        if !types.is_empty() || !constants.is_empty() {
            types.insert("Self".to_owned());
        }
        Parameters { types, constants }
    }

    /// The parameter of which these tokens would have rustc compute something. It takes a constant parameter alone, and nothing else.
    fn computed(&self, tokens: &TokenStream) -> Option<String> {
        let trees: Vec<_> = tokens.clone().into_iter().collect();
        match trees.as_slice() {
            [TokenTree::Ident(ident)] if self.constants.contains(&ident.to_string()) => return None,
            [TokenTree::Group(group)] if group.delimiter() != Delimiter::Bracket => {
                return self.computed(&group.stream());
            }
            _ => {}
        }
        mentioned(tokens, &|name| self.types.contains(name) || self.constants.contains(name))
    }
}

fn mentioned(tokens: &TokenStream, is_one: &impl Fn(&str) -> bool) -> Option<String> {
    let mut before_is_path = false;
    for token in tokens.clone() {
        let found = match &token {
            TokenTree::Group(group) => mentioned(&group.stream(), is_one),
            TokenTree::Ident(ident) => Some(ident.to_string()).filter(|name| !before_is_path && is_one(name)),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        before_is_path = matches!(&token, TokenTree::Punct(punct) if ".:".contains(punct.as_char()));
    }
    None
}

/// Refuses the value of a field, its own or another's, as a dim, a length or a number of a layout.
fn values(errors: &Errors, field: &Field<'_>, siblings: &HashSet<String>) {
    let attrs = &field.attrs;
    let dims = attrs.shape.get().map_or(&[][..], |shape| &shape.dims).iter().map(|dim| (SHAPE, dim));
    for (word, dim) in dims.chain(attrs.len.get().map(|len| (LEN, len))) {
        for expr in dim.constants() {
            let Some((read, name)) = value_of_a_field(expr, siblings) else { continue };
            let what = if word == SHAPE { "a dim" } else { "a length" };
            errors.at(
                expr,
                format!(
                    "{what} is a constant, and `{read}` is a value that only a load makes; write a constant, or \
                     `\"{name}\"` in quotes for one number that each load takes from the file"
                ),
            );
        }
    }
    let numbers = field.layout().into_iter().flat_map(|layout| {
        layout.sizes().into_iter().flat_map(Dim::constants).chain(layout.axes()).collect::<Vec<_>>()
    });
    for expr in numbers {
        if let Some((read, _)) = value_of_a_field(expr, siblings) {
            errors.at(
                expr,
                format!("a number of a layout is a constant, and `{read}` is a value that only a load makes; write a constant"),
            );
        }
    }
    if let Role::Skipped(Some(expr)) = field.role()
        && let Some((read, _)) = value_of_a_field(expr, &HashSet::new())
    {
        errors.at(
            expr,
            format!("a skipped field gets its value before there is a `self`, so `{read}` cannot stand here; set it after the load"),
        );
    }
}

/// The field that an expression reads, as it is written, and its name.
fn value_of_a_field(expr: &Expr, siblings: &HashSet<String>) -> Option<(String, String)> {
    read(&tokens(expr), siblings)
}

fn read(tokens: &TokenStream, siblings: &HashSet<String>) -> Option<(String, String)> {
    let trees: Vec<_> = tokens.clone().into_iter().collect();
    let is_punct =
        |at: usize, mark: char| matches!(trees.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == mark);
    for (at, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Group(group) => {
                // in a block, a variable may have the name
                let none = HashSet::new();
                let siblings = if group.delimiter() == Delimiter::Brace { &none } else { siblings };
                if let Some(found) = read(&group.stream(), siblings) {
                    return Some(found);
                }
            }
            TokenTree::Ident(ident) if at == 0 || !(is_punct(at - 1, '.') || is_punct(at - 1, ':')) => {
                let is_path = is_punct(at + 1, ':') || is_punct(at + 1, '!');
                let is_call = matches!(trees.get(at + 1), Some(TokenTree::Group(_)));
                let is_self = ident == "self" && !is_path;
                if is_self || siblings.contains(&ident.to_string()) && !is_path && !is_call {
                    return Some(field_read(&trees[at..]));
                }
            }
            _ => {}
        }
    }
    None
}

/// `self.config.hidden`, and `hidden`
fn field_read(trees: &[TokenTree]) -> (String, String) {
    let mut path = vec![trees[0].to_string()];
    for pair in trees[1..].chunks(2) {
        match pair {
            [TokenTree::Punct(dot), next @ (TokenTree::Ident(_) | TokenTree::Literal(_))] if dot.as_char() == '.' => {
                path.push(next.to_string());
            }
            _ => break,
        }
    }
    let name = path.iter().rev().find(|part| *part != "self" && !part.starts_with(|c: char| c.is_ascii_digit()));
    (path.join("."), name.cloned().unwrap_or_else(|| "size".to_owned()))
}

/// Explains what rustc refuses with `generic parameters may not be used in const operations`, which no message of its own can replace.
fn lengths(errors: &Errors, model: &Model<'_>, field: &Field<'_>, parameters: &Parameters) {
    let is_parameter = matches!(field.role(), Role::Parameter { .. });
    find_lengths(&field.ty().to_token_stream(), true, &mut |length, item| {
        let Some(parameter) = parameters.computed(length) else { return };
        let written = source(length);
        let why = format!(
            "rustc cannot compute `{written}` in a type, because `{parameter}` is a parameter (its own error is about the same)"
        );
        let spelling = model.spelling;
        let remedy = match item {
            // an argument: `Linear<{ C::HIDDEN }>`
            None => format!(
                "give the type that stands here the parameter itself, and use `{written}` in its `shape` or `len`, or make the number \
                 a const parameter"
            ),
            Some(item) if is_parameter && is_scalar(&item) => {
                format!("make the type `Vec<{item}>`, with {}", spelling.param(&format!("shape = [{written}]")))
            }
            Some(item) if is_parameter => {
                format!("make the type `Vec<{item}>`, with `len = {written}` beside its `shape`")
            }
            Some(item) => {
                format!("make the type `Vec<{item}>`, with {}", spelling.module(&format!("len = {written}")))
            }
        };
        errors.at(length, format!("{why}; {remedy}"));
    });
    if let Role::Skipped(Some(expr)) = field.role() {
        find_lengths(&expr.to_token_stream(), false, &mut |length, item| {
            if let (Some(parameter), Some(item)) = (parameters.computed(length), item) {
                let written = source(length);
                errors.at(
                    length,
                    format!(
                        "rustc cannot compute `{written}` as the length of an array, because `{parameter}` is a parameter (its own error is \
                         about the same); make the field a `Vec`, and write `vec![{item}; {written}]`"
                    ),
                );
            }
        });
    }
}

/// Calls `found` with every length of an array, and its item, and in a type with every argument in braces.
fn find_lengths(tokens: &TokenStream, is_type: bool, found: &mut impl FnMut(&TokenStream, Option<String>)) {
    let mut is_macro = false;
    for token in tokens.clone() {
        if let TokenTree::Group(group) = &token {
            let inside: Vec<_> = group.stream().into_iter().collect();
            let semicolon =
                inside.iter().position(|tree| matches!(tree, TokenTree::Punct(mark) if mark.as_char() == ';'));
            match (group.delimiter(), semicolon) {
                (Delimiter::Bracket, Some(at)) if !is_macro => {
                    let (item, length) = inside.split_at(at);
                    let item: TokenStream = item.iter().cloned().collect();
                    let length: TokenStream = length[1..].iter().cloned().collect();
                    find_lengths(&item, is_type, found);
                    let item = syn::parse2::<Type>(item.clone()).map_or_else(|_| source(&item), |ty| type_source(&ty));
                    found(&length, Some(item));
                }
                (Delimiter::Brace, _) if is_type => found(&group.stream(), None),
                _ => find_lengths(&group.stream(), is_type, found),
            }
        }
        is_macro = matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '!');
    }
}

fn is_scalar(item: &str) -> bool {
    let item = item.trim_start_matches('[').split(';').next().unwrap_or(item).trim();
    ["bool", "f16", "bf16", "f32", "f64"].contains(&item)
        || ["u", "i"]
            .iter()
            .any(|sign| item.strip_prefix(sign).is_some_and(|bits| ["8", "16", "32", "64"].contains(&bits)))
}

/// Refuses a field that holds the type itself. Its schema would have no end.
fn contains_itself(errors: &Errors, model: &Model<'_>, field: &Field<'_>) {
    if !field.is_in_schema() {
        return;
    }
    if let Some(inner) = own_type(field.ty(), &model.input.ident) {
        let ident = &model.input.ident;
        errors.at(
            inner,
            format!(
                "`{ident}` contains itself, so its parameters would have no end; give each level a type of its own, hold all levels in \
                 one `Vec` of another type, or write {} if the field is in no file",
                model.spelling.module("skip")
            ),
        );
    }
}

/// Refuses `dyn Module`, of which rustc says only that there can be none.
fn dyn_module(errors: &Errors, field: &Field<'_>) {
    let is_module = |bound: &TypeParamBound| matches!(bound, TypeParamBound::Trait(bound) if bound.path.segments.last().is_some_and(|last| last.ident == "Module"));
    let is_dyn = |ty: &Type| matches!(ty, Type::TraitObject(object) if object.bounds.iter().any(is_module));
    if let Some(object) = held(field.ty(), &is_dyn).filter(|_| field.is_in_schema()) {
        errors.at(
            object,
            "nothing is known of a `dyn Module` while compiling (rustc's own error is about the same); write an enum with \
             `#[derive(Module)]`, which has a variant for each type that this may be, or a type parameter",
        );
    }
}

/// The type itself, where a field holds it.
fn own_type<'t>(ty: &'t Type, own: &Ident) -> Option<&'t Type> {
    held(ty, &|ty| match ty {
        Type::Path(path) if path.qself.is_none() && path.path.leading_colon.is_none() => {
            let segments: Vec<_> = path.path.segments.iter().map(|segment| &segment.ident).collect();
            match segments.as_slice() {
                [alone] => *alone == own || *alone == "Self",
                [module, name] => *module == "self" && *name == own,
                _ => false,
            }
        }
        _ => false,
    })
}

/// The first type that a field holds and that is one of these.
fn held<'t>(ty: &'t Type, is_one: &impl Fn(&Type) -> bool) -> Option<&'t Type> {
    if is_one(ty) {
        return Some(ty);
    }
    match ty {
        Type::Array(array) => held(&array.elem, is_one),
        Type::Group(group) => held(&group.elem, is_one),
        Type::Paren(paren) => held(&paren.elem, is_one),
        Type::Reference(reference) => held(&reference.elem, is_one),
        Type::Slice(slice) => held(&slice.elem, is_one),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(|ty| held(ty, is_one)),
        Type::Path(path) if path.qself.is_none() => {
            let last = path.path.segments.last()?;
            let holders = ["Vec", "Option", "Box", "Arc", "Rc", "BTreeMap", "HashMap"];
            match &last.arguments {
                PathArguments::AngleBracketed(arguments) if holders.iter().any(|holder| last.ident == holder) => {
                    arguments.args.iter().find_map(|argument| match argument {
                        GenericArgument::Type(ty) => held(ty, is_one),
                        _ => None,
                    })
                }
                _ => None,
            }
        }
        _ => None,
    }
}
