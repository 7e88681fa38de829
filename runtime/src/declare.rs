//! The calls in generated code that make the constants of fields.

use weighbridge_checkpoint::{DType, cast};

use crate::schema::{Dim, Field, Layout, Leaf, Len, Node, Shapes, Spec, Text, Wanted, agrees, excess};
use crate::tree::{Modules, Parameters, Tree};

/// A field with `#[param(shape = ..)]`.
pub const fn shaped<T: Tree<Parameters>>(name: &'static str) -> Field {
    Field::of(name, T::__NODE)
}

/// A field with `#[param]` and no shape. Its type must have one.
#[track_caller]
pub const fn sized<T: Tree<Parameters>>(name: &'static str) -> Field {
    let mut number = 0;
    while let Some(leaf) = T::__NODE.leaf(number) {
        assert!(
            leaf.shapes.is_fixed(),
            "this parameter needs a shape, because its type does not have one; write `#[param(shape = [..])]`, with `_` for a dim that may be anything"
        );
        number += 1;
    }
    Field::of(name, T::__NODE).fits_in_memory()
}

/// A field without `#[param]`.
pub const fn module<T: Tree<Modules>>(name: &'static str) -> Field {
    Field::of(name, T::__NODE)
}

/// One method for each attribute. A contradiction panics here, in `const` evaluation, at the field.
impl Field {
    /// A field without attributes.
    pub(crate) const fn of(name: &'static str, node: &'static Node) -> Field {
        Field { name, aliases: &[], flatten: false, node, spec: Some(Spec::NONE), tied: None }
    }

    /// An element of a tuple.
    pub(crate) const fn item<K, T: Tree<K>>(name: &'static str) -> Field {
        Field { spec: None, ..Field::of(name, T::__NODE) }
    }

    /// The same field with this spec.
    const fn with(self, spec: Spec) -> Field {
        Field { spec: Some(spec), ..self }
    }

    /// The same field; panics if one of its parameters is larger than memory.
    #[track_caller]
    const fn fits_in_memory(self) -> Field {
        let mut number = 0;
        while let Some(leaf) = self.node.leaf(number) {
            if let Some(text) = excess(self.name, &Wanted { spec: self.spec_in(Spec::NONE), leaf }) {
                panic!("{}", text.as_str());
            }
            number += 1;
        }
        self
    }

    /// `shape = [..]`.
    ///
    /// The compiler interprets this for each parameter of a program. Calls are the most expensive part, so there are few.
    #[track_caller]
    pub const fn shape(self, dims: &'static [Dim]) -> Field {
        let spec = match self.spec {
            Some(spec) => Spec { shape: Some(dims), ..spec },
            None => Spec { shape: Some(dims), ..Spec::NONE },
        };
        let mut number = 0;
        while let Some(leaf) = self.node.leaf(number) {
            // a type that holds any shape contradicts none
            if !matches!(leaf.shapes, Shapes::Any) {
                agrees(&leaf.shapes, dims);
            }
            if let Some(text) = excess(self.name, &Wanted { spec, leaf }) {
                panic!("{}", text.as_str());
            }
            number += 1;
        }
        Field { spec: Some(spec), ..self }
    }

    /// `dtype = ..`.
    #[track_caller]
    pub const fn dtypes(self, dtypes: &'static [DType]) -> Field {
        let mut number = 0;
        while let Some(Leaf { dtypes: held, .. }) = self.node.leaf(number) {
            let mut i = 0;
            while let ([first, rest @ ..], true) = (*held, i < dtypes.len()) {
                let mut fits = dtypes[i].reads_as(*first) || cast::is_lossless(dtypes[i], *first);
                let mut k = 0;
                while k < rest.len() {
                    fits = fits || dtypes[i].reads_as(rest[k]);
                    k += 1;
                }
                if !fits {
                    let text = Text::<256>::new().push("`dtype` names ").push(dtypes[i].name());
                    let text = text.push(", but the field's type holds ").push(first.name());
                    let text = match cast::why_not(dtypes[i]) {
                        Some(why) => text.push(", and ").push(why).push(", so nothing casts it"),
                        None => text.push(", which cannot hold every value of it"),
                    };
                    let text = text.push("; change the type, or the dtype");
                    panic!("{}", text.as_str());
                }
                i += 1;
            }
            number += 1;
        }
        self.with(Spec { dtypes, ..self.spec_in(Spec::NONE) }).fits_in_memory()
    }

    /// `from = ..`.
    #[track_caller]
    pub const fn from(self, layout: &'static Layout) -> Field {
        let spec = self.spec_in(Spec::NONE);
        let is_one = match self.node {
            Node::Parameter(_) => true,
            Node::Optional { item } => matches!(item, Node::Parameter(_)),
            _ => false,
        };
        if layout.names_its_sources() && !is_one {
            panic!(
                "`from` names the tensors of one parameter, but the field's type holds several parameters; give each its own field"
            );
        }
        let mut number = 0;
        while let Some(leaf) = self.node.leaf(number) {
            if let Some(text) = layout.misfit(&Wanted { spec, leaf }) {
                panic!("{}", text.as_str());
            }
            number += 1;
        }
        self.with(Spec { from: Some(layout), ..spec })
    }

    /// `tied = ..`.
    pub const fn tied(self, path: &'static str) -> Field {
        Field { tied: Some(path), ..self }
    }

    /// `alias = ..`.
    pub const fn alias(self, names: &'static [&'static str]) -> Field {
        Field { aliases: names, ..self }
    }

    /// `len = ..`.
    #[track_caller]
    pub const fn len(self, len: Len) -> Field {
        let mut node = self.node;
        while let Node::Optional { item } = node {
            node = item;
        }
        match node {
            Node::List { len: Len::FromFile, .. } => {}
            Node::List { .. } => {
                panic!("the length of this list is in its type; remove `len`, or use `Vec`")
            }
            _ => panic!("`len` is the number of items of a `Vec`, and this field is not a list; remove it"),
        }
        self.with(Spec { len: Some(len), ..self.spec_in(Spec::NONE) })
    }

    /// `flatten`.
    pub const fn flatten(self) -> Field {
        Field { flatten: true, ..self }
    }
}
