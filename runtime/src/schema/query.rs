//! Questions to a schema. Most can be asked in `const` evaluation.

use core::fmt;
use std::collections::BTreeSet;

use weighbridge_checkpoint::DType;

use super::dims::{Dim, DimIn};
use super::environment::Environment;
use super::names::dim_names;
use super::node::{Node, Schema, Spec};
use super::text::{Text, split};
use super::total::{Count, bytes, elements, length, total};
use super::value::Known;
use super::wanted::Wanted;

/// The longest path in bytes. `const` evaluation cannot allocate, so there is a limit.
const PATH: usize = 256;

/// One parameter of a [`Schema`].
///
/// ```
/// use weighbridge::{DimSchema, Module, ParameterSchema, Tensor};
///
/// #[derive(Module)]
/// struct Embedding {
///     #[param(shape = ["vocab", 64])]
///     weight: Tensor<f32>,
/// }
///
/// const FIRST: ParameterSchema = Embedding::SCHEMA.parameter(0).unwrap();
/// assert_eq!(FIRST.path(), "weight");
/// assert_eq!((FIRST.dim(0), FIRST.dim(1)), (DimSchema::Named("vocab"), DimSchema::Is(64)));
/// ```
#[derive(Clone, Copy)]
pub struct ParameterSchema {
    path: Text<PATH>,
    wanted: Wanted,
}

impl ParameterSchema {
    /// The path, such as `layers.0.weight`.
    pub const fn path(&self) -> &str {
        self.path.as_str()
    }

    /// The number of dims; `None` if it may be any.
    pub const fn rank(&self) -> Option<usize> {
        self.wanted.rank()
    }

    /// Dim `index`, outermost first.
    ///
    /// # Panics
    /// If the parameter has fewer dims.
    pub const fn dim(&self, index: usize) -> DimSchema {
        let environment = self.wanted.spec.environment;
        match self.wanted.dim(index) {
            Dim::Is(number) => DimSchema::Is(number),
            Dim::Any => DimSchema::Any,
            Dim::Named(name) => match environment.symbol(name) {
                Some(symbol) if symbol.is_bare() => DimSchema::Named(symbol.name),
                _ => DimSchema::Computed(Formula { dim: Dim::Named(name), environment }),
            },
            dim @ Dim::Computed(_) => DimSchema::Computed(Formula { dim, environment }),
            dim @ Dim::AtLeast(_) => DimSchema::AtLeast(Formula { dim, environment }),
        }
    }

    /// The number of elements, where the schema fixes it.
    pub const fn element_count(&self) -> Option<usize> {
        elements(&self.wanted, Known::NONE)
    }

    /// The dtypes that are accepted; empty for any.
    pub const fn dtypes(&self) -> &'static [DType] {
        self.wanted.dtypes()
    }

    /// The size of the value in bytes, where the schema fixes it. It depends on the dtype that the field's type holds.
    pub const fn byte_len(&self) -> Option<usize> {
        bytes(&self.wanted, Known::NONE)
    }
}

/// One dim of a [`ParameterSchema`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
// there is no Box in `const` evaluation
#[allow(clippy::large_enum_variant)]
pub enum DimSchema {
    /// Exactly this number.
    Is(usize),
    /// Any number, but the same wherever this name stands in the model.
    Named(&'static str),
    /// What is computed from names.
    Computed(Formula),
    /// At least what is computed.
    AtLeast(Formula),
    /// Any number.
    Any,
}

/// What is computed from names of the load, as `3 * hidden` is.
#[derive(Clone, Copy)]
pub struct Formula {
    dim: Dim,
    environment: Environment,
}

impl PartialEq for Formula {
    fn eq(&self, other: &Formula) -> bool {
        DimIn(self.dim, &self.environment).is(&DimIn(other.dim, &other.environment))
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.dim.shown(&self.environment))
    }
}

impl fmt::Debug for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Debug for ParameterSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} [", self.path(), self.dtypes())?;
        for i in 0..self.rank().unwrap_or(0) {
            let comma = if i == 0 { "" } else { ", " };
            match self.dim(i) {
                DimSchema::Is(n) => write!(f, "{comma}{n}")?,
                DimSchema::Named(name) => write!(f, "{comma}{name:?}")?,
                DimSchema::Computed(formula) | DimSchema::AtLeast(formula) => write!(f, "{comma}{formula}")?,
                DimSchema::Any => write!(f, "{comma}_")?,
            }
        }
        f.write_str("]")
    }
}

impl Schema {
    /// The number of parameters, which are tensors; tied ones count too. `None` if the file decides it (an open `Vec`, a map,
    /// an `Option`, an enum), or if it is beyond `usize`. For the size of a model see [`Schema::element_count`].
    pub const fn parameter_count(self) -> Option<usize> {
        total(self.root, Spec::NONE, Known::NONE, Count::Parameters)
    }

    /// The number of elements of all parameters, such as the 7 billion of a "7B" model. Tied parameters count once. `None` if
    /// the file decides it (an open list, an `Option`, an enum, a dim that is not a number), or if it is beyond `usize`.
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
    /// const ELEMENTS: usize = Linear::<10, 5>::SCHEMA.element_count().unwrap();
    /// let gradient = [0.0_f32; ELEMENTS];
    /// assert_eq!(gradient.len(), 5 * 10 + 5);
    /// ```
    pub const fn element_count(self) -> Option<usize> {
        total(self.root, Spec::NONE, Known::NONE, Count::Elements)
    }

    /// The size of all parameters in bytes. Tied parameters count once. `None` if the file decides it (an open list, an
    /// `Option`, an enum, a dim that is not a number, a parameter of any dtype), or if it is beyond `usize`.
    pub const fn byte_len(self) -> Option<usize> {
        total(self.root, Spec::NONE, Known::NONE, Count::Bytes)
    }

    /// Parameter `index` in schema order: fields in the order of declaration, items of a list one after the other. Where only
    /// a file decides, an `Option` counts as present, an enum as its first variant, an open list or a map as empty.
    pub const fn parameter(self, index: usize) -> Option<ParameterSchema> {
        match nth(self.root, Spec::NONE, index, Text::new()) {
            NthParameter::Found(found) => Some(found),
            NthParameter::Skip(_) => None,
        }
    }

    /// The parameter at this path.
    ///
    /// ```
    /// use weighbridge::{DimSchema, Module, Tensor};
    ///
    /// #[derive(Module)]
    /// struct Norm {
    ///     #[param(shape = [64])]
    ///     weight: Tensor<f32>,
    /// }
    ///
    /// const HIDDEN: DimSchema = <[Norm; 2]>::SCHEMA.get("1.weight").unwrap().dim(0);
    /// assert_eq!(HIDDEN, DimSchema::Is(64));
    /// ```
    pub const fn get(self, path: &str) -> Option<ParameterSchema> {
        find(self.root, Spec::NONE, path, Text::new())
    }

    /// The names of dims and lengths, each once, in alphabetical order. [`Loader::dim`](crate::Loader::dim) can set these.
    ///
    /// ```
    /// use weighbridge::{Module, Tensor};
    ///
    /// #[derive(Module)]
    /// struct Norm {
    ///     #[param(shape = ["hidden"])]
    ///     weight: Tensor<f32>,
    /// }
    ///
    /// #[derive(Module)]
    /// struct Norms {
    ///     #[module(len = "layers")]
    ///     norms: Vec<Norm>,
    /// }
    ///
    /// assert!(Norms::SCHEMA.dim_names().into_iter().eq(["hidden", "layers"]));
    /// ```
    pub fn dim_names(self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        dim_names(self.root, &mut |symbol| _ = names.insert(symbol.to_string()));
        names
    }

    /// Every parameter in schema order, with the same rule as [`Schema::parameter`].
    pub fn parameters(self) -> impl Iterator<Item = ParameterSchema> {
        (0..).map_while(move |index| self.parameter(index))
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.parameters()).finish()
    }
}

// there is no Box in `const` evaluation
#[allow(clippy::large_enum_variant)]
enum NthParameter {
    Found(ParameterSchema),
    /// It is not here; skip this many more parameters.
    Skip(usize),
}

const fn nth(node: &'static Node, spec: Spec, index: usize, path: Text<PATH>) -> NthParameter {
    match node {
        Node::Parameter(leaf) => {
            assert!(!path.is_full(), "a path of this module is longer than 256 bytes");
            if index == 0 {
                NthParameter::Found(ParameterSchema { path, wanted: Wanted { spec, leaf } })
            } else {
                NthParameter::Skip(index - 1)
            }
        }
        Node::Struct { fields, declared, .. } => {
            let (spec, mut left, mut i) = (spec.enter(*declared), index, 0);
            while i < fields.len() {
                let field = &fields[i];
                let below = if field.flatten { path } else { path.push_component(field.name) };
                match nth(field.node, field.spec_in(spec), left, below) {
                    NthParameter::Skip(rest) => left = rest,
                    found => return found,
                }
                i += 1;
            }
            NthParameter::Skip(left)
        }
        Node::List { item, .. } => {
            let (Some(len), Some(first)) = (length(node, spec, Known::NONE), first(spec)) else {
                return NthParameter::Skip(index);
            };
            let mut left = index;
            let mut i = 0;
            // skip whole items at once, so that the last of a thousand layers is found as fast as the first
            if let Some(each) = total(item, spec.item(), Known::NONE, Count::Parameters) {
                if each == 0 || left / each >= len {
                    return NthParameter::Skip(left - if each == 0 { 0 } else { each * len });
                }
                i = left / each;
                left %= each;
            }
            while i < len {
                match nth(item, spec.item(), left, spec.stem.push_to(path.push_component(""), first + i)) {
                    NthParameter::Skip(rest) => left = rest,
                    found => return found,
                }
                i += 1;
            }
            NthParameter::Skip(left)
        }
        Node::Map { .. } => NthParameter::Skip(index),
        Node::Optional { .. } if matches!(spec.says(), Some(false)) => NthParameter::Skip(index),
        Node::Optional { item } => nth(item, spec.inside(), index, path),
        Node::Choice { variants, declared, .. } => match variants {
            [] => NthParameter::Skip(index),
            [first, ..] => nth(&first.node, spec.enter(Some(*declared)), index, path),
        },
    }
}

/// The parameter at `rest` below a node, in one step for each component.
const fn find(node: &'static Node, spec: Spec, rest: &str, path: Text<PATH>) -> Option<ParameterSchema> {
    match node {
        Node::Parameter(leaf) => {
            if rest.is_empty() {
                Some(ParameterSchema { path, wanted: Wanted { spec, leaf } })
            } else {
                None
            }
        }
        Node::Struct { fields, declared, .. } => {
            let (spec, mut i) = (spec.enter(*declared), 0);
            while i < fields.len() {
                let field = &fields[i];
                let found = if field.flatten {
                    find(field.node, field.spec_in(spec), rest, path)
                } else {
                    match after(rest, field.name) {
                        Some(below) => find(field.node, field.spec_in(spec), below, path.push_component(field.name)),
                        None => None,
                    }
                };
                if found.is_some() {
                    return found;
                }
                i += 1;
            }
            None
        }
        Node::List { item, .. } => {
            let (component, below) = split(rest);
            match (spec.stem.index(component), first(spec), length(node, spec, Known::NONE)) {
                (Some(i), Some(first), Some(len)) if i >= first && i - first < len => {
                    find(item, spec.item(), below, path.push_component(component))
                }
                _ => None,
            }
        }
        Node::Map { .. } => None,
        Node::Optional { .. } if matches!(spec.says(), Some(false)) => None,
        Node::Optional { item } => find(item, spec.inside(), rest, path),
        Node::Choice { variants, declared, .. } => {
            let (spec, mut i) = (spec.enter(Some(*declared)), 0);
            while i < variants.len() {
                let found = find(&variants[i].node, spec, rest, path);
                if found.is_some() {
                    return found;
                }
                i += 1;
            }
            None
        }
    }
}

/// The index of the first item that a field holds, where the schema fixes it.
const fn first(spec: Spec) -> Option<usize> {
    match spec.items {
        None => Some(0),
        Some(items) => items.first(&spec.environment, Known::NONE),
    }
}

/// The rest of a path that begins with this name.
const fn after<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let (bytes, prefix) = (path.as_bytes(), name.as_bytes());
    let ends = bytes.len() == prefix.len();
    if bytes.len() < prefix.len() || !(ends || bytes[prefix.len()] == b'.') {
        return None;
    }
    let mut i = 0;
    while i < prefix.len() {
        if bytes[i] != prefix[i] {
            return None;
        }
        i += 1;
    }
    Some(path.split_at(if ends { prefix.len() } else { prefix.len() + 1 }).1)
}
