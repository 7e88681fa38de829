//! The type, as checks and code generation see it.

use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Expr, Fields, Ident, LitStr, Member, Path, Type, parse_quote};

use crate::argument::{Declared, Default};
use crate::attr::{self, FieldAttrs, TypeAttrs};
use crate::dim::{Dim, Shape};
use crate::dtype::DTypes;
use crate::errors::Errors;
use crate::expression;
use crate::layout::Layout;
use crate::name::{self, GivenName, Name};
use crate::symbol::Spelling;
use crate::verify::Verified;

/// A type that derives `Module`.
pub(crate) struct Model<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) spelling: Spelling,
    /// `::weighbridge`, or what `crate = path` says.
    pub(crate) krate: Path,
    pub(crate) ignore: Vec<LitStr>,
    /// What it declares of names.
    pub(crate) args: Vec<Declared>,
    pub(crate) defaults: Vec<Default>,
    /// What `verify` names.
    pub(crate) verify: Option<Verified>,
    /// The type that it is the parts of.
    pub(crate) remote: Option<Type>,
    pub(crate) body: Body<'a>,
}

pub(crate) enum Body<'a> {
    Struct(Vec<Field<'a>>),
    Enum(Vec<Variant<'a>>),
}

/// One variant of an enum.
pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) fields: Vec<Field<'a>>,
}

/// One field of a struct or of a variant.
pub(crate) struct Field<'a> {
    pub(crate) syntax: &'a syn::Field,
    /// `weight`, or `0` in a tuple struct.
    pub(crate) member: Member,
    pub(crate) name: Name,
    pub(crate) attrs: FieldAttrs,
    /// Whether it is the only field of a variant, so that its path is the enum's own.
    pub(crate) transparent: bool,
}

/// What a field is.
pub(crate) enum Role<'a> {
    Parameter {
        shape: Option<(&'a Ident, &'a Shape)>,
        dtypes: Option<(&'a Ident, &'a DTypes)>,
    },
    Module,
    /// In no file. Its value is the expression, or else `Default`.
    Skipped(Option<&'a Expr>),
    /// In no file. Its value is what the configuration has under this key.
    Config(String),
}

impl<'a> Model<'a> {
    pub(crate) fn new(errors: &Errors, input: &'a DeriveInput) -> Self {
        let spelling = attr::spelling(all_attributes(input));
        let mut attrs = TypeAttrs::new(errors, spelling, &input.attrs);
        let body = match &input.data {
            Data::Struct(data) => Body::Struct(fields(errors, &attrs, &data.fields)),
            Data::Enum(data) => {
                if data.variants.is_empty() {
                    let message = "an enum without variants cannot be loaded; write a variant for each form that a file \
                                   may have, or a unit struct";
                    errors.at(&input.ident, message);
                }
                Body::Enum(data.variants.iter().map(|variant| Variant::new(errors, &attrs, variant)).collect())
            }
            Data::Union(data) => {
                errors
                    .at(data.union_token, "a union cannot be a module, because its fields share memory; use a struct");
                for field in &data.fields.named {
                    attr::refuse(errors, spelling, &field.attrs, "a field of a union");
                }
                Body::Struct(Vec::new())
            }
        };
        Model {
            input,
            spelling,
            krate: attrs.krate.get().cloned().unwrap_or_else(|| parse_quote!(::weighbridge)),
            ignore: attrs.ignore.get().cloned().unwrap_or_default(),
            args: attrs.args.take().unwrap_or_default(),
            defaults: attrs.defaults.take().unwrap_or_default(),
            verify: attrs.verified(errors),
            remote: attrs.remote.take(),
            body,
        }
    }

    /// The names in the defaults of its arguments and of names of the load.
    pub(crate) fn names_of_defaults(&self) -> impl Iterator<Item = &LitStr> {
        let args = self.args.iter().filter_map(|argument| argument.value.as_deref());
        args.chain(self.defaults.iter().map(|default| &*default.value)).flat_map(expression::names)
    }

    /// The fields of the struct, or of each variant.
    pub(crate) fn groups(&self) -> Vec<&[Field<'a>]> {
        match &self.body {
            Body::Struct(fields) => vec![fields],
            Body::Enum(variants) => variants.iter().map(|variant| variant.fields.as_slice()).collect(),
        }
    }
}

/// The attributes of the type, its variants and its fields.
pub(crate) fn all_attributes(input: &DeriveInput) -> impl Iterator<Item = &Attribute> {
    let (variants, fields): (Vec<&syn::Variant>, Vec<&syn::Field>) = match &input.data {
        Data::Struct(data) => (Vec::new(), data.fields.iter().collect()),
        Data::Enum(data) => {
            (data.variants.iter().collect(), data.variants.iter().flat_map(|variant| &variant.fields).collect())
        }
        Data::Union(data) => (Vec::new(), data.fields.named.iter().collect()),
    };
    let variants = variants.into_iter().flat_map(|variant| &variant.attrs);
    input.attrs.iter().chain(variants).chain(fields.into_iter().flat_map(|field| &field.attrs))
}

/// The fields that are in the schema, in its order.
pub(crate) fn in_schema<'f, 'a>(fields: &'f [Field<'a>]) -> impl Iterator<Item = &'f Field<'a>> {
    fields.iter().filter(|field| field.is_in_schema())
}

impl<'a> Variant<'a> {
    fn new(errors: &Errors, attrs: &TypeAttrs, syntax: &'a syn::Variant) -> Self {
        attr::refuse(errors, attrs.spelling, &syntax.attrs, "a variant itself");
        let mut fields = fields(errors, attrs, &syntax.fields);
        let mut held: Vec<_> = fields.iter_mut().filter(|field| field.is_in_schema()).collect();
        if let [only] = held.as_mut_slice() {
            let renamed = only.attrs.rename.word().or(only.attrs.alias.word()).is_some();
            only.transparent = matches!(only.member, Member::Unnamed(_)) && !renamed;
        }
        Variant { ident: &syntax.ident, fields }
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
                let message = format!(
                    "a field's default value would be ignored; write {} for a field that is in no file",
                    attrs.spelling.module("skip = ..")
                );
                errors.at(quote::quote!(#equals #default), message);
            }
            Field::new(errors, attrs, syntax, member)
        })
        .collect()
}

impl<'a> Field<'a> {
    fn new(errors: &Errors, ty: &TypeAttrs, syntax: &'a syn::Field, member: Member) -> Self {
        let attrs = FieldAttrs::new(errors, ty.spelling, &syntax.attrs, &syntax.ty);
        let name = match (&member, attrs.rename.get()) {
            (_, Some(name)) => Name::Renamed(name.clone()),
            (Member::Unnamed(index), None) => Name::Field(index.index.to_string()),
            (Member::Named(ident), None) => {
                // `r#type` is `type` in a file.
                let plain = syn::ext::IdentExt::unraw(ident).to_string();
                Name::Field(ty.rename_all.get().map_or(plain.clone(), |case| case.apply(&plain)))
            }
        };
        let field = Field { syntax, member, name, attrs, transparent: false };
        field.refuse_bad_name(errors);
        field
    }

    /// Refuses a name that `rename_all` leaves empty. A name from `rename` is checked where it is parsed.
    fn refuse_bad_name(&self, errors: &Errors) {
        let Name::Field(name) = &self.name else { return };
        if !self.has_name() {
            return;
        }
        if let Some(reason) = name::refusal(name) {
            errors.at(&self.member, format!("this field's name is invalid: {reason}"));
        }
    }

    pub(crate) fn role(&self) -> Role<'_> {
        if self.attrs.param.word().is_some() {
            Role::Parameter {
                shape: self.attrs.shape.word().zip(self.attrs.shape.get()),
                dtypes: self.attrs.dtype.word().zip(self.attrs.dtype.get()),
            }
        } else if let Some(skip) = self.attrs.skip.get() {
            Role::Skipped(skip.as_ref())
        } else if let Some(key) = self.attrs.config.get() {
            Role::Config(key.as_ref().map_or_else(|| self.plain(), LitStr::value))
        } else {
            Role::Module
        }
    }

    /// The field as it is named in Rust, without `r#`.
    pub(crate) fn plain(&self) -> String {
        match &self.member {
            Member::Named(ident) => syn::ext::IdentExt::unraw(ident).to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }

    pub(crate) fn is_in_schema(&self) -> bool {
        !matches!(self.role(), Role::Skipped(_) | Role::Config(_))
    }

    /// Whether its name is part of paths.
    pub(crate) fn has_name(&self) -> bool {
        self.is_in_schema() && !self.transparent && self.attrs.flatten.get().is_none()
    }

    /// The layout in the file, if `from` says one.
    pub(crate) fn layout(&self) -> Option<&Layout> {
        self.attrs.from.get().map(|from| &from.layout)
    }

    pub(crate) fn ty(&self) -> &'a Type {
        &self.syntax.ty
    }

    /// The parts that its type is made of.
    pub(crate) fn via(&self) -> Option<&Type> {
        self.attrs.via.get()
    }

    pub(crate) fn len(&self) -> Option<&Dim> {
        self.attrs.len.get()
    }

    /// The first word of what it gives to the modules in it, and of what its presence depends on.
    pub(crate) fn given(&self) -> Option<&Ident> {
        let FieldAttrs { args, with, when, tied_when, config_scope, .. } = &self.attrs;
        [args.word(), with.word(), when.word(), tied_when.word(), config_scope.word()].into_iter().flatten().next()
    }

    /// The names in its shape, its length, its `items`, its layout, its arguments and its conditions.
    pub(crate) fn names(&self) -> Vec<&LitStr> {
        let FieldAttrs { shape, len, items, args, when, tied_when, .. } = &self.attrs;
        let dims = shape.get().into_iter().flat_map(|shape| &shape.dims).chain(len.get());
        let dims = dims.chain(items.get().into_iter().flat_map(|items| items.first.iter().chain(&items.end)));
        let dims = dims.chain(self.layout().into_iter().flat_map(Layout::sizes));
        let given = args.get().into_iter().flatten().filter_map(|argument| argument.value.as_ref());
        let steps = given.chain(when.get()).chain(tied_when.get());
        dims.flat_map(Dim::names).chain(steps.flat_map(|steps| expression::names(steps))).collect()
    }

    pub(crate) fn aliases(&self) -> &[GivenName] {
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
