//! What a type expects of a checkpoint: a tree of constants, made by the derive. Nothing here knows of bytes.

use weighbridge_checkpoint::DType;

mod agree;
pub(crate) mod check;
mod frame;
mod layout;
mod query;
mod size;
mod text;
mod tie;

pub(crate) use agree::agrees;
pub(crate) use frame::{Frame, RANK, Side, Source};
pub(crate) use layout::Nth;
pub use layout::{Layout, Part};
pub use query::ParameterSchema;
pub(crate) use query::{index, same, split};
pub(crate) use size::excess;
pub use size::{dim, extent};
pub(crate) use text::Text;

/// The parameters of a module, as a constant of its type: [`Module::SCHEMA`](crate::Module::SCHEMA).
///
/// ```
/// use weighbridge::{Module, Tensor};
///
/// #[derive(Module)]
/// struct Linear<const IN: usize, const OUT: usize> {
///     #[param(shape = [OUT, IN])]
///     weight: Tensor<f32>,
///     #[param(shape = [OUT])]
///     bias: Tensor<f32>,
/// }
///
/// const COUNT: Option<usize> = <[Linear<10, 5>; 3]>::SCHEMA.parameter_count();
/// const BYTES: Option<usize> = Linear::<10, 5>::SCHEMA.byte_len();
/// assert_eq!(COUNT, Some(6));
/// assert_eq!(BYTES, Some((5 * 10 + 5) * 4));
/// ```
#[derive(Clone, Copy)]
pub struct Schema {
    pub(crate) root: &'static Node,
}

/// One place of the tree: a parameter, or what holds some.
#[derive(Debug)]
pub enum Node {
    /// A tensor.
    Parameter(Leaf),
    /// Named children, and names of the file to ignore, relative to this place.
    Struct {
        /// In the order of declaration.
        fields: &'static [Field],
        /// Patterns over names below this place.
        ignore: &'static [&'static str],
    },
    /// Children named `0`, `1`, ….
    List {
        /// What each child is.
        item: &'static Node,
        /// How many there are, as far as the type says.
        len: Len,
    },
    /// Children whose keys only the file, or the value, knows.
    Map {
        /// What each child is.
        item: &'static Node,
    },
    /// All of it or none of it.
    Optional {
        /// What it is if it is there.
        item: &'static Node,
    },
    /// The variant that the file fits.
    Choice {
        /// In the order of declaration.
        variants: &'static [Variant],
        /// Patterns over names below this place.
        ignore: &'static [&'static str],
    },
}

/// One of the things that a [`Node::Choice`] may be.
#[derive(Debug)]
pub struct Variant {
    pub(crate) name: &'static str,
    pub(crate) node: Node,
}

impl Variant {
    /// A variant of an enum, with the node of its fields.
    pub const fn of(name: &'static str, node: Node) -> Variant {
        Variant { name, node }
    }
}

/// What the type of a parameter says of it. Attributes of its field may say more.
#[derive(Debug)]
pub struct Leaf {
    /// The dtypes that the type holds exactly; empty for any.
    pub dtypes: &'static [DType],
    /// The shapes that the type can hold.
    pub extents: Extents,
    /// Whether a value takes over its tensor's memory as a vector.
    pub vector: bool,
}

/// The shapes that a type can hold.
///
/// ```
/// use weighbridge::Extents;
///
/// // [f32; 3] holds exactly the shape [3]; Vec<[f32; 3]> holds [n, 3] for any n
/// let array = Extents::Array(Some(3), &Extents::Scalar);
/// let rows = Extents::Array(None, &Extents::Array(Some(3), &Extents::Scalar));
/// assert!(array.holds(&[3]) && !array.holds(&[4]) && rows.holds(&[7, 3]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extents {
    /// Every shape: a tensor that carries its shape with it.
    Any,
    /// Every shape of this many dimensions.
    Rank(usize),
    /// `[]`: one element.
    Scalar,
    /// This many (`None`: any number) of what follows.
    Array(Option<usize>, &'static Extents),
}

/// One extent of a parameter, as `shape = [..]` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dim {
    /// Exactly this.
    Is(usize),
    /// Any number, but the same wherever this name stands in the model.
    Named(&'static str),
    /// Anything.
    Any,
}

/// How many children a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Len {
    /// Exactly this many.
    Is(usize),
    /// Any number, but the same wherever this name stands in the model.
    Named(&'static str),
    /// As many as the file has.
    FromFile,
}

/// One child of a [`Node::Struct`].
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) flatten: bool,
    pub(crate) node: &'static Node,
    /// Attributes of this field; `None` for the elements of a tuple, which inherit those of the field that holds it.
    pub(crate) spec: Option<Spec>,
    /// Path of the parameter or module it is tied to, relative to the struct.
    pub(crate) tied: Option<&'static str>,
}

impl Field {
    /// The attributes of the field, in a holder whose attributes are `outer`.
    pub(crate) const fn spec_in(&self, outer: Spec) -> Spec {
        match self.spec {
            Some(spec) => spec,
            None => outer.item(),
        }
    }

    /// How the file lays it out, if the layout names its tensors, so that none has the field's own name.
    pub(crate) const fn composed(&self) -> Option<&'static Layout> {
        match self.spec {
            Some(Spec { from: Some(layout), .. }) if layout.names_its_sources() => Some(layout),
            _ => None,
        }
    }
}

/// The attributes of a field that apply to its parameters, through lists and options.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spec {
    pub(crate) shape: Option<&'static [Dim]>,
    /// The dtypes that the field accepts; empty for those of the type.
    pub(crate) dtypes: &'static [DType],
    /// For the outermost list.
    pub(crate) len: Option<Len>,
    /// How the file lays it out, if that differs.
    pub(crate) from: Option<&'static Layout>,
}

impl Spec {
    pub(crate) const NONE: Spec = Spec { shape: None, dtypes: &[], len: None, from: None };

    /// The attributes for the items of a list.
    pub(crate) const fn item(self) -> Spec {
        Spec { len: None, ..self }
    }
}

impl Node {
    /// A struct's node. Panics, in `const` evaluation, if two of its parameters have the same path, or a field is tied to
    /// something that does not exist.
    ///
    /// `pairs` are the numbers of the fields whose names may lead to one path, as the derive has found. A number paired with itself is
    /// that of a field without a name, which is compared with all others.
    #[track_caller]
    pub const fn compared(fields: &'static [Field], pairs: &[(usize, usize)]) -> Node {
        if let Some(collision) = check::collision(fields, pairs) {
            panic!("{}", collision.message().as_str());
        }
        if let Some(text) = tie::problem(fields) {
            panic!("{}", text.as_str());
        }
        Node::Struct { fields, ignore: &[] }
    }

    /// The node of a struct without pairs and without ties.
    pub const fn apart(fields: &'static [Field]) -> Node {
        Node::Struct { fields, ignore: &[] }
    }

    /// An enum's node.
    pub const fn choice(variants: &'static [Variant]) -> Node {
        Node::Choice { variants, ignore: &[] }
    }

    /// The same, with names to ignore.
    pub const fn ignore(&self, patterns: &'static [&'static str]) -> Node {
        match self {
            Node::Choice { variants, .. } => Node::Choice { variants, ignore: patterns },
            _ => Node::Struct { fields: self.fields(), ignore: patterns },
        }
    }

    pub(crate) const fn fields(&self) -> &'static [Field] {
        match self {
            Node::Struct { fields, .. } => fields,
            _ => &[],
        }
    }

    pub(crate) const fn variants(&self) -> &'static [Variant] {
        match self {
            Node::Choice { variants, .. } => variants,
            _ => &[],
        }
    }

    /// The types of the parameters that a field under `#[param]` holds: one, or one for each element of a tuple.
    pub(crate) const fn leaf(&self, number: usize) -> Option<&Leaf> {
        match self {
            Node::Parameter(leaf) if number == 0 => Some(leaf),
            Node::Parameter(_) => None,
            Node::List { item, .. } | Node::Map { item } | Node::Optional { item } => item.leaf(number),
            Node::Struct { fields, .. } if number < fields.len() => match fields[number].spec {
                None => fields[number].node.leaf(0),
                Some(_) => None,
            },
            Node::Struct { .. } | Node::Choice { .. } => None,
        }
    }
}

impl Extents {
    /// Whether a tensor of this shape fits.
    pub const fn holds(&self, shape: &[usize]) -> bool {
        let (mut extents, mut rest) = (self, shape);
        loop {
            match (extents, rest) {
                (Extents::Any, _) => return true,
                (Extents::Rank(rank), _) => return *rank == rest.len(),
                (Extents::Scalar, _) => return rest.is_empty(),
                (Extents::Array(len, item), [first, tail @ ..]) => {
                    match len {
                        Some(len) if *len != *first => return false,
                        _ => {}
                    }
                    (extents, rest) = (*item, tail);
                }
                (Extents::Array(..), []) => return false,
            }
        }
    }

    /// The number of dimensions, where the type fixes it.
    pub const fn rank(&self) -> Option<usize> {
        match self {
            Extents::Any => None,
            Extents::Rank(rank) => Some(*rank),
            Extents::Scalar => Some(0),
            Extents::Array(_, item) => match item.rank() {
                Some(rank) => Some(rank + 1),
                None => None,
            },
        }
    }

    /// What the type says of dimension `index`.
    pub(crate) const fn dim(&self, index: usize) -> Dim {
        match self {
            Extents::Array(Some(len), _) if index == 0 => Dim::Is(*len),
            Extents::Array(_, item) if index > 0 => item.dim(index - 1),
            _ => Dim::Any,
        }
    }

    /// Whether the type alone fixes every dimension.
    pub(crate) const fn is_fixed(&self) -> bool {
        match self {
            Extents::Scalar => true,
            Extents::Array(Some(_), item) => item.is_fixed(),
            _ => false,
        }
    }
}

/// The shape that a parameter must have, from its field's attributes and its type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) spec: Spec,
    pub(crate) leaf: &'static Leaf,
}

impl Wanted {
    /// The number of dimensions, if it is known.
    pub(crate) const fn rank(&self) -> Option<usize> {
        match self.spec.shape {
            Some(dims) => Some(dims.len()),
            None => self.leaf.extents.rank(),
        }
    }

    pub(crate) const fn dim(&self, index: usize) -> Dim {
        match self.spec.shape {
            Some(dims) => match dims[index] {
                Dim::Any => self.leaf.extents.dim(index),
                // a name is kept: it binds, even if the type fixes the number
                dim => dim,
            },
            None => self.leaf.extents.dim(index),
        }
    }

    /// The dtypes that the file may have without a cast; empty for any.
    pub(crate) const fn dtypes(&self) -> &'static [DType] {
        if self.spec.dtypes.is_empty() { self.leaf.dtypes } else { self.spec.dtypes }
    }
}
