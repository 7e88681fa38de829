//! What can stand in a static of its own.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Meta, Type, TypePath};

use crate::model::{Field, Model, all_attributes, in_schema};

/// Whether `Self` is in what is generated, which an item in the implementation cannot name.
///
/// The compiler writes a text faster than it hands over each token, so those of the user are looked at first.
pub(crate) fn mentions_self(model: &Model<'_>, generated: &TokenStream) -> bool {
    let is_written = all_attributes(model.input).any(is_in_attribute)
        || model.groups().into_iter().flat_map(in_schema).any(is_in_type);
    is_written && is_in(generated.clone())
}

/// Whether it is there, perhaps as a part of another word.
fn is_in_attribute(attribute: &Attribute) -> bool {
    matches!(&attribute.meta, Meta::List(list) if list.tokens.to_string().contains("Self"))
}

fn is_in_type(field: &Field<'_>) -> bool {
    match field.ty() {
        Type::Path(TypePath { qself: None, path, .. }) if path.segments.iter().all(|word| word.arguments.is_none()) => {
            path.segments.iter().any(|word| word.ident == "Self")
        }
        ty => ty.to_token_stream().to_string().contains("Self"),
    }
}

fn is_in(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Group(group) => is_in(group.stream()),
        TokenTree::Ident(ident) => ident == "Self",
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
