//! The calls in generated code that make the constants of fields.

use weighbridge_checkpoint::{DType, cast};

use crate::config_field::ConfigField;
use crate::schema::{
    Alias, Attributes, DEPTH, Dim, Environment, Field, Given, Gives, Items, Layout, Leaf, Len, Node, Shapes, Spec,
    Stem, Text, Wanted, agrees, excess, refuse_zero, same, shapeless,
};
use crate::schema::{arguments, impossible};
use crate::tree::{Modules, Parameters, Tree};

/// The calls for a type with parameters, in whose constant the bounds of the implementation hold.
macro_rules! of_types {
    ($($name:ident [$($kind:ident,)?] $tree:ty: $constructor:ident($($given:ident: $of:ty),*);)*) => {$(
        /// The field of a type of this kind: see `Field`.
        #[track_caller]
        pub const fn $name<$($kind,)? T: Tree<$tree>>(name: &'static str $(, $given: &'static $of)*) -> Field {
            Field::$constructor(name, T::__NODE $(, $given)*)
        }
    )*};
}

of_types! {
    shaped [] Parameters: shaped();
    sized [] Parameters: sized();
    module [] Modules: module();
    via [K,] K: module();
    given [K,] K: given(given: Given);
    named [K,] K: named(given: [(&'static str, &'static str)], names: str);
    of_items [K,] K: of_items();
    of_items_given [K,] K: of_items_given(given: Given);
}

/// The same where the node of the type is known.
impl Field {
    /// A field with `#[param(shape = ..)]`.
    #[track_caller]
    pub const fn shaped(name: &'static str, node: &'static Node) -> Field {
        Field::of(name, node).each_there()
    }

    /// A field with `#[param]` and no shape. Its type must have one.
    #[track_caller]
    pub const fn sized(name: &'static str, node: &'static Node) -> Field {
        Field::of(name, node).each_there().with_shape()
    }

    /// A field without `#[param]` that gives nothing to the modules in it.
    #[track_caller]
    pub const fn module(name: &'static str, node: &'static Node) -> Field {
        Field::of(name, node).takes_given().each_there()
    }

    /// A field that gives something to the modules in it.
    #[track_caller]
    pub const fn given(name: &'static str, node: &'static Node, given: &'static Given) -> Field {
        Field::of(name, node).gives(Gives::Any(given)).each_there()
    }

    /// A field that gives these arguments, which are names where it stands, and nothing else.
    ///
    /// The compiler interprets this for each module that hands on what it is given. So mostly it compares the names at once, and calls nothing.
    #[track_caller]
    pub const fn named(
        name: &'static str,
        node: &'static Node,
        given: &'static [(&'static str, &'static str)],
        names: &'static str,
    ) -> Field {
        let gives = Gives::Names(given);
        if let Node::Struct { declared: Some(declared), summary, .. } = node
            && summary.levels() <= DEPTH
            && same(declared.names, names)
        {
            // it is no list and no option, and names decide nothing
            let attributes = Some(Attributes { given: gives, ..Attributes::NONE });
            return Field { name, aliases: &[], flatten: false, node, attributes, tied: None, config: None };
        }
        Field::of(name, node).gives(gives).each_there()
    }

    /// The same with `len = ..`, so that its items need not all be there.
    #[track_caller]
    pub const fn of_items_given(name: &'static str, node: &'static Node, given: &'static Given) -> Field {
        Field::of(name, node).gives(Gives::Any(given))
    }

    /// A field with `len = ..`, so that its items need not all be there.
    pub const fn of_items(name: &'static str, node: &'static Node) -> Field {
        Field::of(name, node)
    }
}

/// A field with `config`, which is in no file.
pub const fn setting(config: &'static ConfigField) -> Field {
    let nothing = Field::of("", const { &Node::apart(&[]) });
    Field { flatten: true, config: Some(config), ..nothing }
}

/// One method for each attribute. A contradiction panics here, in `const` evaluation, at the field.
impl Field {
    /// A field without attributes.
    pub(crate) const fn of(name: &'static str, node: &'static Node) -> Field {
        Field { name, aliases: &[], flatten: false, node, attributes: Some(Attributes::NONE), tied: None, config: None }
    }

    /// An element of a tuple.
    pub(crate) const fn item<K, T: Tree<K>>(name: &'static str) -> Field {
        Field { attributes: None, ..Field::of(name, T::__NODE) }
    }

    /// The same field with these attributes.
    const fn with(self, attributes: Attributes) -> Field {
        Field { attributes: Some(attributes), ..self }
    }

    const fn attributes(&self) -> Attributes {
        match self.attributes {
            Some(attributes) => attributes,
            None => Attributes::NONE,
        }
    }

    /// The same field, which gives this; panics if its type does not take it.
    #[track_caller]
    const fn gives(self, given: Gives) -> Field {
        self.with(Attributes { given, ..Attributes::NONE }).takes_given()
    }

    /// The same field; panics if what it gives is not what its type takes.
    #[track_caller]
    const fn takes_given(self) -> Field {
        if self.node.is_unknown() {
            return self;
        }
        let attributes = &self.attributes();
        if let Some(text) = arguments::refusal(self.name, self.node, attributes.given) {
            panic!("{}", text.as_str());
        }
        if let Some(text) = impossible::problem(&self, attributes) {
            panic!("{}", text.as_str());
        }
        self
    }

    /// The same field; panics if it is a list that a file decides the length of, and whose items may be absent, or an option of an option.
    #[track_caller]
    pub const fn each_there(self) -> Field {
        self.optional_once();
        if has(self.node, Nested::Holes) {
            let text = Text::<512>::new()
                .push("in a `Vec` of `Option`s, nothing in a file tells a `None` from the end of the list; ");
            let text = text
                .push("make `")
                .push(self.name)
                .push("` a `Vec` of what the `Option` holds, a map, an array, or give it a `len`");
            panic!("{}", text.as_str());
        }
        self
    }

    /// Panics if an option holds an option.
    #[track_caller]
    const fn optional_once(&self) {
        if has(self.node, Nested::Options) {
            let text =
                Text::<512>::new().push("nothing in a file tells `Some(None)` from `None`; make `").push(self.name);
            panic!("{}", text.push("` one `Option` and not two").as_str());
        }
    }

    /// The same field; panics if its type does not have a shape.
    #[track_caller]
    pub const fn with_shape(self) -> Field {
        let mut number = 0;
        while let Some(leaf) = self.node.leaf(number) {
            if !leaf.shapes.is_fixed() {
                panic!("{}", shapeless(&self, leaf.dtypes).as_str());
            }
            number += 1;
        }
        self.fits_in_memory()
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
        self.shape_with_zeros(dims, &[])
    }

    /// `shape = [0, ..]`, with the numbers of the dims that are a literal 0.
    #[track_caller]
    pub const fn shape_with_zeros(self, dims: &'static [Dim], zeros: &[usize]) -> Field {
        let mut i = 0;
        while i < dims.len() {
            if matches!(dims[i], Dim::Is(0)) {
                refuse_zero(self.name, i, zeros);
            }
            if matches!(dims[i], Dim::Computed(_))
                && let Some(text) = impossible::problem_of_dim(self.name, i, dims[i])
            {
                panic!("{}", text.as_str());
            }
            i += 1;
        }
        let attributes = match self.attributes {
            Some(attributes) => Attributes { shape: Some(dims), ..attributes },
            None => Attributes { shape: Some(dims), ..Attributes::NONE },
        };
        let mut number = 0;
        while let Some(leaf) = self.node.leaf(number) {
            // a type that holds any shape contradicts none
            if !matches!(leaf.shapes, Shapes::Any) {
                agrees(&self, &leaf.shapes, leaf.dtypes, dims);
            }
            if let Some(text) = excess(self.name, &Wanted { spec: attributes.within(Environment::LOAD), leaf }) {
                panic!("{}", text.as_str());
            }
            number += 1;
        }
        self.with(attributes)
    }

    /// `dtype = ..`.
    #[track_caller]
    pub const fn dtypes(self, dtypes: &'static [DType]) -> Field {
        let mut number = 0;
        while let Some(Leaf { dtypes: held, .. }) = self.node.leaf(number) {
            let mut i = 0;
            while let ([first, rest @ ..], true) = (*held, i < dtypes.len()) {
                let mut fits = dtypes[i].reads_as(*first) || cast::is_exact(dtypes[i], *first);
                let mut k = 0;
                while k < rest.len() {
                    fits = fits || dtypes[i].reads_as(rest[k]);
                    k += 1;
                }
                if !fits {
                    let text = Text::<512>::new().push("`dtype` of `").push(self.name).push("` names ");
                    let text = text.push(dtypes[i].name()).push(", but the field's type holds ").push(first.name());
                    let text = match cast::why_not(dtypes[i]) {
                        Some(why) => text.push(", and ").push(why).push(", so nothing casts it"),
                        None => text.push(", which cannot hold every value of it"),
                    };
                    let text = match cast::is_castable(dtypes[i], *first) && cast::is_dequantised(dtypes[i]) {
                        true => text.push(
                            "; leave it out and dequantise with `Loader::new().cast(Cast::Any)`, or change the type",
                        ),
                        false => text.push("; change the type, or the dtype"),
                    };
                    panic!("{}", text.as_str());
                }
                i += 1;
            }
            number += 1;
        }
        self.with(Attributes { dtypes, ..self.attributes() }).fits_in_memory()
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
        if layout.names_its_sources() && !is_one && !self.node.is_unknown() {
            let text =
                Text::<512>::new().push("`from` names the tensors of one parameter, but the type of `").push(self.name);
            panic!("{}", text.push("` holds several parameters; give each its own field").as_str());
        }
        let mut number = 0;
        while let Some(leaf) = self.node.leaf(number) {
            if let Some(misfit) = layout.misfit(&Wanted { spec, leaf }) {
                let text = Text::<768>::new().push("`").push(self.name).push("`: ").push(misfit.as_str());
                panic!("{}", text.as_str());
            }
            number += 1;
        }
        self.with(Attributes { from: Some(layout), ..self.attributes() })
    }

    /// `tied = ..`.
    pub const fn tied(self, path: &'static str) -> Field {
        Field { tied: Some(path), ..self }
    }

    /// `alias = ..`.
    #[track_caller]
    pub const fn alias(self, names: &'static [Alias]) -> Field {
        let mut i = 0;
        while i < names.len() {
            if !names[i].stem.is_bare() || names[i].name.is_empty() {
                self.is_list();
            }
            i += 1;
        }
        Field { aliases: names, ..self }
    }

    /// A `rename` with `{}`. Without components before the items' own, they lie at the struct's place.
    #[track_caller]
    pub const fn stem(self, stem: &'static Stem) -> Field {
        self.is_list();
        let flatten = self.flatten || self.name.is_empty();
        Field { flatten, attributes: Some(Attributes { stem, ..self.attributes() }), ..self }
    }

    /// Panics if the field is no list, whose items `{}` numbers.
    #[track_caller]
    const fn is_list(&self) {
        let mut node = self.node;
        while let Node::Optional { item } = node {
            node = item;
        }
        if !matches!(node, Node::List { .. }) && !node.is_unknown() {
            panic!(
                "`{{}}` is the index of a list's items, and this field is no list; remove it, or use a `Vec` or an array"
            );
        }
    }

    /// `len = ..`.
    #[track_caller]
    pub const fn len(self, len: Len) -> Field {
        self.optional_once();
        let mut node = self.node;
        while let Node::Optional { item } = node {
            node = item;
        }
        let why = match node {
            Node::List { len: Len::FromFile, .. } => "",
            node if node.is_unknown() => "",
            Node::List { .. } => "` has its length in its type; remove `len`, or make it a `Vec`",
            Node::Parameter(Leaf { shapes: Shapes::Array(..), .. }) => {
                "` is one tensor and not a list; remove `len`, and write its dims in `shape`"
            }
            _ => "` is not a list, and `len` is the number of items of a `Vec`; remove it",
        };
        if !why.is_empty() {
            panic!("{}", Text::<512>::new().push("`").push(self.name).push(why).as_str());
        }
        if let (Len::Computed(_), Some(text)) = (len, impossible::problem_of_len(self.name, len.as_dim())) {
            panic!("{}", text.as_str());
        }
        self.with(Attributes { len: Some(len), ..self.attributes() }).takes_given()
    }

    /// `items = ..`.
    #[track_caller]
    pub const fn items(self, items: &'static Items) -> Field {
        if !matches!(self.node, Node::List { .. }) && !self.node.is_unknown() {
            let text = Text::<512>::new().push("`items` says which items of a list a field holds, and the type of `");
            let text = text.push(self.name).push("` is ");
            let text = match self.node {
                Node::Optional { item: Node::List { .. } } => {
                    text.push("an `Option`; make it a `Vec`, which may be empty")
                }
                _ => text.push("no list; make it a `Vec` or an array, or name one item with `rename = \"..0\"`"),
            };
            panic!("{}", text.as_str());
        }
        if let Some(text) = impossible::problem_of_items(self.name, items) {
            panic!("{}", text.as_str());
        }
        self.with(Attributes { items: Some(items), ..self.attributes() }).takes_given()
    }

    /// `flatten`.
    pub const fn flatten(self) -> Field {
        Field { flatten: true, ..self }
    }
}

/// What a field cannot be made of.
#[derive(Clone, Copy)]
enum Nested {
    /// Options in a list that the file decides the length of.
    Holes,
    /// An option in an option.
    Options,
}

/// Whether a field has this somewhere, without a struct or an enum between.
const fn has(node: &Node, what: Nested) -> bool {
    match (node, what) {
        (Node::List { item: Node::Optional { .. }, len: Len::FromFile }, Nested::Holes)
        | (Node::Optional { item: Node::Optional { .. } }, Nested::Options) => true,
        (Node::Parameter(_) | Node::Choice { .. }, _) => false,
        (Node::List { item, .. } | Node::Map { item } | Node::Optional { item }, _) => has(item, what),
        (Node::Struct { fields, .. }, _) => {
            let mut i = 0;
            // the elements of a tuple have no attributes of their own
            while i < fields.len() && fields[i].attributes.is_none() {
                if has(fields[i].node, what) {
                    return true;
                }
                i += 1;
            }
            false
        }
    }
}
