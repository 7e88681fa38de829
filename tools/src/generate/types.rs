//! A type is the structure of a module without its numbers.

use std::collections::HashMap;

use weighbridge_checkpoint::DType;

use super::quantised::Quantised;
use super::sizes::Size;

/// A type, as an index into [`Types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TypeId(usize);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Type {
    /// Its dims are numbers of the place, except those that are 0, which are part of the type.
    Tensor {
        dtype: DType,
        zeros: Vec<bool>,
        /// Whether its dims that are not 0 multiply to more than any array has elements. It has none then.
        overflows: bool,
    },
    /// Equal items. The length is the first number of the place.
    List(TypeId),
    /// Different items, with gaps.
    Tuple(Vec<Option<TypeId>>),
    /// One of several kinds of linear layers. Its numbers are the inputs and the outputs.
    Enum(Vec<TypeId>),
    Struct {
        fields: Vec<(Name, TypeId)>,
        role: Role,
        fixed: Option<Vec<Size>>,
    },
}

/// What the file calls a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Name {
    Exact(String),
    /// A list whose items are `encoderblock_0`, `encoderblock_1`, …: what stands before the number.
    Numbered(String),
}

impl Name {
    pub(super) fn text(&self) -> &str {
        let (Name::Exact(text) | Name::Numbered(text)) = self;
        text
    }
}

/// What a module is to its model, as far as its own name tells. Modules of one structure and different roles have different
/// types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Role {
    Plain,
    /// A table from which vectors are looked up.
    Embedding,
    Linear,
    Norm,
    Conv,
    /// A layer in a published quantised layout: its numbers are the sizes of the layer, and its shapes are computed from them.
    Quantised(Quantised),
    /// The whole checkpoint, and whether it is a list.
    Root {
        list: bool,
    },
}

/// All types, each once.
#[derive(Default)]
pub(super) struct Types {
    all: Vec<Type>,
    ids: HashMap<Type, TypeId>,
}

impl Types {
    pub(super) fn get(&self, ty: TypeId) -> &Type {
        &self.all[ty.0]
    }

    /// The number of a type, which is added if it is new.
    pub(super) fn id(&mut self, ty: Type) -> TypeId {
        let next = TypeId(self.all.len());
        let all = &mut self.all;
        *self.ids.entry(ty).or_insert_with_key(|ty| {
            all.push(ty.clone());
            next
        })
    }

    /// The types that a type is made of.
    pub(super) fn parts(&self, ty: TypeId) -> Vec<TypeId> {
        match self.get(ty) {
            Type::Tensor { .. } => Vec::new(),
            Type::List(item) => vec![*item],
            Type::Tuple(items) => items.iter().flatten().copied().collect(),
            Type::Enum(variants) => variants.clone(),
            Type::Struct { fields, .. } => fields.iter().map(|(_, ty)| *ty).collect(),
        }
    }

    /// Whether a field of this type is a parameter, or a list of parameters.
    pub(super) fn is_parameter(&self, ty: TypeId) -> bool {
        match self.get(ty) {
            Type::Tensor { .. } => true,
            Type::List(item) => self.is_parameter(*item),
            _ => false,
        }
    }

    /// How many numbers a place of this type has.
    pub(super) fn count(&self, ty: TypeId) -> usize {
        match self.get(ty) {
            Type::Tensor { zeros, .. } => zeros.iter().filter(|zero| !**zero).count(),
            Type::List(item) => 1 + self.count(*item),
            Type::Enum(_) => 2,
            Type::Struct { role: Role::Quantised(quantised), .. } => quantised.sizes().len(),
            _ => self.parts(ty).into_iter().map(|part| self.count(part)).sum(),
        }
    }

    /// Whether a type has its numbers fixed, and so no parameters.
    pub(super) fn is_fixed(&self, ty: TypeId) -> bool {
        matches!(self.get(ty), Type::Struct { fixed: Some(_), .. })
    }

    /// The same type with nothing fixed, in it and in the types in it.
    pub(super) fn plain(&mut self, ty: TypeId) -> TypeId {
        let plain = match self.get(ty).clone() {
            // layers have no more parameters than any type may have
            Type::Tensor { .. } | Type::Enum(_) => return ty,
            Type::List(item) => Type::List(self.plain(item)),
            Type::Tuple(items) => {
                Type::Tuple(items.into_iter().map(|item| item.map(|item| self.plain(item))).collect())
            }
            Type::Struct { fields, role, .. } => {
                let fields = fields.into_iter().map(|(name, ty)| (name, self.plain(ty))).collect();
                Type::Struct { fields, role, fixed: None }
            }
        };
        self.id(plain)
    }
}
