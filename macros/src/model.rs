//! The struct as the checks and the generated code see it.

use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Expr, Fields, Ident, LitStr, Member, Path, Type, parse_quote};

use crate::attr::{self, FieldAttrs, TypeAttrs};
use crate::errors::Errors;
use crate::name::{self, Name};
use crate::symbol::PARAM;
use crate::value::{Dim, Shape};

/// A type that derives `Module`.
pub(crate) struct Model<'a> {
    pub(crate) input: &'a DeriveInput,
    /// `::weighbridge`, or what `crate = path` says.
    pub(crate) krate: Path,
    pub(crate) ignore: Vec<LitStr>,
    pub(crate) fields: Vec<Field<'a>>,
}

/// One field of the struct.
pub(crate) struct Field<'a> {
    pub(crate) syntax: &'a syn::Field,
    /// `weight`, or `0` in a tuple struct.
    pub(crate) member: Member,
    pub(crate) name: Name,
    pub(crate) attrs: FieldAttrs,
}

/// What a field is.
pub(crate) enum Role<'a> {
    Parameter {
        shape: Option<(&'a Ident, &'a Shape)>,
        dtypes: &'a [Ident],
    },
    Module {
        flatten: bool,
    },
    /// In no file: the expression, or else `Default`.
    Skipped(Option<&'a Expr>),
}

impl<'a> Model<'a> {
    pub(crate) fn new(errors: &Errors, input: &'a DeriveInput) -> Self {
        let attrs = TypeAttrs::new(errors, &input.attrs);
        let fields = match &input.data {
            Data::Struct(data) => fields(errors, &attrs, &data.fields),
            Data::Enum(data) => {
                let message = "an enum is not supported yet; derive `Module` for a struct, with an `Option` field for \
                               what may be absent";
                errors.at(data.enum_token, message);
                for variant in &data.variants {
                    attr::refuse(errors, &variant.attrs, "a variant of an enum");
                    for field in &variant.fields {
                        attr::refuse(errors, &field.attrs, "a field of an enum");
                    }
                }
                Vec::new()
            }
            Data::Union(data) => {
                errors.at(data.union_token, "a union is no module, as its fields share their bytes; use a struct");
                for field in &data.fields.named {
                    attr::refuse(errors, &field.attrs, "a field of a union");
                }
                Vec::new()
            }
        };
        Model {
            input,
            krate: attrs.krate.get().cloned().unwrap_or_else(|| parse_quote!(::weighbridge)),
            ignore: attrs.ignore.get().cloned().unwrap_or_default(),
            fields,
        }
    }

    /// The fields that the schema holds, in its order.
    pub(crate) fn in_schema(&self) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(|field| !matches!(field.role(), Role::Skipped(_)))
    }
}

fn fields<'a>(errors: &Errors, attrs: &TypeAttrs, fields: &'a Fields) -> Vec<Field<'a>> {
    fields
        .iter()
        .zip(fields.members())
        .map(|(syntax, member)| {
            if let Err(error) = syntax.modifiers.require_empty() {
                errors.at_span(error.span(), error);
            }
            if let Some((equals, default)) = &syntax.default {
                let message = "a field's default value would be ignored; write `#[module(skip = ..)]` for a field that \
                               is in no file";
                errors.at(quote::quote!(#equals #default), message);
            }
            Field::new(errors, attrs, syntax, member)
        })
        .collect()
}

impl<'a> Field<'a> {
    fn new(errors: &Errors, ty: &TypeAttrs, syntax: &'a syn::Field, member: Member) -> Self {
        let attrs = FieldAttrs::new(errors, &syntax.attrs);
        let name = match (&member, attrs.rename.get()) {
            (_, Some(name)) => Name::Renamed(name.clone()),
            (Member::Unnamed(index), None) => Name::Field(index.index.to_string()),
            (Member::Named(ident), None) => {
                // `r#type` is `type` in a file.
                let plain = syn::ext::IdentExt::unraw(ident).to_string();
                Name::Field(ty.rename_all.get().map_or(plain.clone(), |case| case.apply(&plain)))
            }
        };
        let field = Field { syntax, member, name, attrs };
        field.refuse_bad_name(errors);
        field
    }

    /// A name from `rename` is refused where it is read; this is for names from the field, which `rename_all` can empty.
    fn refuse_bad_name(&self, errors: &Errors) {
        let Name::Field(name) = &self.name else { return };
        if matches!(self.role(), Role::Skipped(_) | Role::Module { flatten: true }) {
            return;
        }
        if let Some(reason) = name::refusal(name) {
            errors.at(&self.member, format!("this field names no parameter: {reason}"));
        }
    }

    pub(crate) fn role(&self) -> Role<'_> {
        if self.attrs.has(PARAM) {
            Role::Parameter {
                shape: self.attrs.shape.word().zip(self.attrs.shape.get()),
                dtypes: self.attrs.dtype.get().map_or(&[], Vec::as_slice),
            }
        } else if let Some(skip) = self.attrs.skip.get() {
            Role::Skipped(skip.as_ref())
        } else {
            Role::Module { flatten: self.attrs.flatten.get().is_some() }
        }
    }

    pub(crate) fn ty(&self) -> &'a Type {
        &self.syntax.ty
    }

    pub(crate) fn len(&self) -> Option<&Dim> {
        self.attrs.len.get()
    }

    pub(crate) fn aliases(&self) -> &[LitStr] {
        self.attrs.alias.get().map_or(&[], Vec::as_slice)
    }

    /// The field in a message: `` `weight` ``, or `` field 0 `` of a tuple struct.
    pub(crate) fn shown(&self) -> String {
        match &self.member {
            Member::Named(ident) => format!("field `{ident}`"),
            Member::Unnamed(index) => format!("field {}", index.index),
        }
    }

    /// Where an error about the field as a whole points.
    pub(crate) fn span(&self) -> proc_macro2::Span {
        match &self.member {
            Member::Named(ident) => ident.span(),
            Member::Unnamed(_) => self.syntax.ty.span(),
        }
    }
}
