//! The tree of constants.

use super::dims::{Dim, Leaf, Len};
use super::layout::Layout;
use super::stem::{Alias, Stem};
use weighbridge_checkpoint::DType;

use crate::config_field::ConfigField;

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

/// A node of the schema: a parameter, or something that holds parameters.
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
    /// Children named `0`, `1`, …, or with a [`Stem`] around the index, which is the field's.
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
    /// Something that a file has all of or nothing of.
    Optional {
        /// What it is if it is present.
        item: &'static Node,
    },
    /// One of several variants: the one that fits the file.
    Choice {
        /// In the order of declaration.
        variants: &'static [Variant],
        /// Patterns over names below this place.
        ignore: &'static [&'static str],
    },
}

impl Node {
    /// The node of a struct whose fields cannot collide and that has no ties.
    pub const fn apart(fields: &'static [Field]) -> Node {
        Node::Struct { fields, ignore: &[] }
    }

    /// The same, with names to ignore.
    ///
    /// It takes the node by value, as all that generated code calls on a value does: no trait of the user's has a method that comes first.
    pub const fn ignore(self, patterns: &'static [&'static str]) -> Node {
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

    /// The types of the parameters in a field with `#[param]`: one, or one for each element of a tuple.
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

/// Which names a node may take: a parameter its own, a module those below it. One name can be both a tensor's and a module's.
#[derive(Clone, Copy)]
pub(crate) struct Names {
    pub(crate) here: bool,
    pub(crate) below: bool,
}

impl Node {
    /// The names that it may take.
    pub(crate) const fn names(&self) -> Names {
        match self {
            Node::Parameter(_) => Names { here: true, below: false },
            Node::List { .. } | Node::Map { .. } => Names { here: false, below: true },
            Node::Optional { item } => item.names(),
            Node::Struct { fields, .. } => {
                let (mut all, mut i) = (Names { here: false, below: false }, 0);
                while i < fields.len() && !(all.here && all.below) {
                    let field = match fields[i].flatten && fields[i].composed().is_none() {
                        true => fields[i].node.names(),
                        false => Names { here: false, below: true },
                    };
                    all = all.or(field);
                    i += 1;
                }
                all
            }
            Node::Choice { variants, .. } => {
                let (mut all, mut i) = (Names { here: false, below: false }, 0);
                while i < variants.len() && !(all.here && all.below) {
                    all = all.or(variants[i].node.names());
                    i += 1;
                }
                all
            }
        }
    }
}

impl Names {
    const fn or(self, other: Names) -> Names {
        Names { here: self.here || other.here, below: self.below || other.below }
    }
}

/// A variant of a [`Node::Choice`].
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

/// One child of a [`Node::Struct`].
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name; of a list whose items have a stem, the components before theirs.
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [Alias],
    /// Whether what it holds lies at the struct's own place.
    pub(crate) flatten: bool,
    pub(crate) node: &'static Node,
    /// Attributes of this field; `None` for the elements of a tuple, which inherit those of the field that holds it.
    pub(crate) spec: Option<Spec>,
    /// Path of the parameter or module it is tied to, relative to the struct.
    pub(crate) tied: Option<&'static str>,
    /// What it is in the configuration, if it is in no file; it then holds nothing.
    pub(crate) config: Option<&'static ConfigField>,
}

impl Field {
    /// The attributes of the field, in a holder whose attributes are `outer`.
    pub(crate) const fn spec_in(&self, outer: Spec) -> Spec {
        match self.spec {
            Some(spec) => spec,
            None => outer.item(),
        }
    }

    /// Its own name (0), which is empty at the struct's own place, or an alias (1, …).
    pub(crate) const fn nth_name(&self, number: usize) -> Option<Alias> {
        if number == 0 {
            let stem = match self.spec {
                Some(spec) => spec.stem,
                None => Stem::BARE,
            };
            return Some(Alias { name: if self.flatten { "" } else { self.name }, stem });
        }
        if number <= self.aliases.len() { Some(self.aliases[number - 1]) } else { None }
    }

    /// The layout in the file, if it names its source tensors, so that none has the field's own name.
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
    /// The length of the outermost list.
    pub(crate) len: Option<Len>,
    /// What stands around the index in the paths of the outermost list's items.
    pub(crate) stem: &'static Stem,
    /// The same of their names in the file, which an alias can change.
    pub(crate) found: &'static Stem,
    /// The layout in the file, if it differs from the field's.
    pub(crate) from: Option<&'static Layout>,
}

impl Spec {
    pub(crate) const NONE: Spec =
        Spec { shape: None, dtypes: &[], len: None, stem: Stem::BARE, found: Stem::BARE, from: None };

    /// The attributes for the items of a list.
    pub(crate) const fn item(self) -> Spec {
        Spec { len: None, stem: Stem::BARE, found: Stem::BARE, ..self }
    }

    /// The same, for a field that the file has under this name.
    pub(crate) const fn found_as(self, name: Alias) -> Spec {
        Spec { found: name.stem, ..self }
    }
}

/// A place in the schema, with the attributes that apply to it.
#[derive(Clone, Copy)]
pub(super) struct NodeInSpec {
    pub(super) node: &'static Node,
    pub(super) spec: Spec,
}
