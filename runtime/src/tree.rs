//! What may stand as a field of a module, and how it is built, walked and updated.

use weighbridge_checkpoint::read::Tensors;
use weighbridge_checkpoint::{AnyTensor, DType, cast};

use crate::error::ParameterError;
use crate::make::Maker;
use crate::parameter::{Parameter, View};
use crate::path::{Mark, Trail};
use crate::plan::Step;
use crate::schema::{Dim, Extents, Field, Layout, Leaf, Len, Node, Spec, Text, Variant, Wanted, agrees, excess};

/// The kind of trees that are modules, and lists, options and maps of modules.
#[derive(Debug)]
pub struct Modules;

/// The kind of trees that are parameters, and lists, options and maps of parameters.
#[derive(Debug)]
pub struct Parameters;

/// What may stand as a field: derived for modules, given for tensor types and containers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a module nor a parameter here",
    label = "neither `#[param(..)]` nor a module",
    note = "a field that holds a tensor needs `#[param(shape = [..])]`, and its type must implement `weighbridge::Parameter`",
    note = "a field that holds a module needs a type with `#[derive(Module)]`",
    note = "a field that is in no file needs `#[module(skip)]`",
    note = "on a type with `#[weighbridge(..)]`, write `#[weighbridge(param, shape = [..])]` and `#[weighbridge(skip)]` instead"
)]
pub trait Tree<K>: Sized {
    /// The fields of a struct.
    const FIELDS: &'static [Field] = &[];

    /// The variants of an enum.
    const VARIANTS: &'static [Variant] = &[];

    /// Its place in the schema.
    const NODE: &'static Node;

    /// Builds it from the tensors of a good plan.
    fn build(builder: &mut Builder<'_>) -> Result<Self, ParameterError>;

    /// Shows its parameters and its structure, in schema order.
    fn walk<'a>(&'a self, walk: &mut Walk<'a>);

    /// Gives the places of its parameters, in schema order.
    fn walk_mut<'a>(&'a mut self, walk: &mut WalkMut<'a>);

    /// Set by scalars and arrays of scalars: a sequence of them is one parameter.
    #[doc(hidden)]
    const ELEMENT: Option<&'static Leaf> = None;

    /// A sequence of elements from one tensor.
    #[doc(hidden)]
    fn elements(_tensor: AnyTensor) -> Result<Vec<Self>, ParameterError> {
        Err(ParameterError::new("this type is no element of a tensor"))
    }

    /// A view of a sequence of elements, of this shape.
    #[doc(hidden)]
    fn view_elements<'a>(_elements: &'a [Self], _outer: Vec<usize>) -> Option<View<'a>> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<P: Parameter> Tree<Parameters> for P {
    const NODE: &'static Node = &Node::Parameter(Leaf { dtypes: P::DTYPES, extents: P::EXTENTS, vector: P::TAKES_VEC });

    fn build(builder: &mut Builder<'_>) -> Result<Self, ParameterError> {
        builder.leaf(|tensor, maker| maker.parameter(tensor))
    }

    fn walk<'a>(&'a self, walk: &mut Walk<'a>) {
        walk.leaf(self.view());
    }

    fn walk_mut<'a>(&'a mut self, walk: &mut WalkMut<'a>) {
        walk.leaf(self, |tensor, maker| maker.parameter(tensor));
    }
}

/// Builds a module from its tensors, in schema order.
#[derive(Debug)]
pub struct Builder<'b> {
    tensors: Tensors<'b>,
    steps: std::slice::Iter<'b, Step>,
    maker: Maker<'b>,
    /// Which parameter refused its tensor, by its number.
    pub(crate) refused: Option<usize>,
}

impl<'b> Builder<'b> {
    pub(crate) fn new(tensors: Tensors<'b>, steps: &'b [Step], maker: Maker<'b>) -> Self {
        Builder { tensors, steps: steps.iter(), maker, refused: None }
    }

    /// A field under `#[param]`.
    pub fn parameter<T: Tree<Parameters>>(&mut self) -> Result<T, ParameterError> {
        T::build(self)
    }

    /// A field that is a module.
    pub fn module<T: Tree<Modules>>(&mut self) -> Result<T, ParameterError> {
        T::build(self)
    }

    pub(crate) fn leaf<T>(
        &mut self,
        make: impl FnOnce(Option<AnyTensor>, &mut Maker<'b>) -> Result<T, ParameterError>,
    ) -> Result<T, ParameterError> {
        let tensor = self.tensors.take(self.maker.number);
        let value = make(tensor, &mut self.maker);
        let value = value.inspect_err(|_| self.refused = Some(self.maker.number));
        self.maker.number += 1;
        value
    }

    /// Which variant of an enum the file has.
    pub fn variant(&mut self) -> Result<usize, ParameterError> {
        match self.step() {
            Some(&Step::Variant(number)) => Ok(number),
            _ => Err(ParameterError::new("the plan has no variant for this enum")),
        }
    }

    pub(crate) fn step(&mut self) -> Option<&'b Step> {
        self.steps.next()
    }
}

/// One parameter of a value.
#[derive(Debug)]
pub(crate) struct Shown<'a> {
    pub(crate) path: String,
    pub(crate) view: View<'a>,
    /// How a file lays it out, and the path of the module that its names begin at, with a dot behind it.
    pub(crate) layout: Option<(&'static Layout, String)>,
    /// The path of the parameter that it is tied to.
    pub(crate) tied_to: Option<String>,
}

/// Walks a module's value: its parameters with their paths, and what is not in its schema about its structure.
#[derive(Debug, Default)]
pub struct Walk<'a> {
    pub(crate) leaves: Vec<Shown<'a>>,
    pub(crate) steps: Vec<Step>,
    /// The number of the first parameter below a map's key that no file can hold, and why not.
    pub(crate) bad_key: Option<(usize, &'static str)>,
    trail: Trail,
    said: Said,
    fields: &'static [Field],
    variants: &'static [Variant],
}

/// What is said of what the walk is at.
#[derive(Debug, Default)]
struct Said {
    /// How the file lays it out, and the path of the module that its names begin at, with a dot.
    layout: Option<(&'static Layout, String)>,
    /// It is tied to this path, from the length of its own on.
    tie: Option<(String, usize)>,
}

/// What a walk comes back to when it leaves a field.
struct Outer {
    trail: Option<Mark>,
    said: Option<Said>,
    fields: &'static [Field],
    variants: &'static [Variant],
}

impl<'a> Walk<'a> {
    /// Walks a module from its root.
    pub(crate) fn of<M: Tree<Modules>>(module: &'a M) -> Walk<'a> {
        let mut walk = Walk::default();
        walk.tree(module);
        walk
    }

    /// The variant that an enum's value is: the fields that follow are its.
    pub fn variant(&mut self, number: usize) {
        self.steps.push(Step::Variant(number));
        self.fields = self.variants[number].node.fields();
    }

    /// A field under `#[param]`: the one of that number among the schema's.
    pub fn parameter<T: Tree<Parameters>>(&mut self, index: usize, field: &'a T) {
        self.field(index, field);
    }

    /// A field that is a module.
    pub fn module<T: Tree<Modules>>(&mut self, index: usize, field: &'a T) {
        self.field(index, field);
    }

    pub(crate) fn field<K, T: Tree<K>>(&mut self, index: usize, field: &'a T) {
        let outer = self.enter(index, T::NODE);
        field.walk(self);
        self.leave(outer);
    }

    // What enters and leaves has no type parameters: it would be compiled once for each type of a field.
    fn enter(&mut self, index: usize, node: &'static Node) -> Outer {
        let declared = &self.fields[index];
        // what is said of a field goes down to its parameters; of a tuple's items its holder speaks
        let said = declared.spec.map(|spec| {
            let tie = declared.tied.map(|path| (self.trail.joined(path), self.trail.joined(declared.name).len()));
            let layout = spec.from.map(|layout| (layout, self.trail.joined("")));
            let tie = tie.or_else(|| self.said.tie.clone());
            std::mem::replace(&mut self.said, Said { layout, tie })
        });
        let trail = (!declared.flatten).then(|| self.trail.enter(declared.name));
        let (fields, variants) = self.stand_at(node);
        Outer { trail, said, fields, variants }
    }

    fn leave(&mut self, outer: Outer) {
        (self.fields, self.variants) = (outer.fields, outer.variants);
        if let Some(trail) = outer.trail {
            self.trail.leave(trail);
        }
        if let Some(said) = outer.said {
            self.said = said;
        }
    }

    /// The fields and variants that follow are those of `node`; gives those that they follow.
    fn stand_at(&mut self, node: &'static Node) -> (&'static [Field], &'static [Variant]) {
        (std::mem::replace(&mut self.fields, node.fields()), std::mem::replace(&mut self.variants, node.variants()))
    }

    /// The tree at this very path.
    pub(crate) fn tree<K, T: Tree<K>>(&mut self, tree: &'a T) {
        let outer = self.stand_at(T::NODE);
        tree.walk(self);
        (self.fields, self.variants) = outer;
    }

    pub(crate) fn child<K, T: Tree<K>>(&mut self, name: &str, tree: &'a T) {
        let outer = self.trail.enter(name);
        self.tree(tree);
        self.trail.leave(outer);
    }

    /// What a map has under a key, which is one component of a path.
    pub(crate) fn key<K, T: Tree<K>>(&mut self, key: &str, tree: &'a T) {
        let reason = match key {
            "" => Some("the key of a map in it is empty, which no part of a name may be"),
            key if key.contains('.') => {
                Some("the key of a map in it has a dot, which makes it two parts of a name when it is loaded")
            }
            _ => None,
        };
        self.bad_key = self.bad_key.or(reason.map(|reason| (self.leaves.len(), reason)));
        self.child(key, tree);
    }

    pub(crate) fn leaf(&mut self, view: View<'a>) {
        let path = self.trail.as_str().to_owned();
        let tied_to = self.said.tie.as_ref().map(|(target, depth)| format!("{target}{}", &path[*depth..]));
        self.leaves.push(Shown { path, view, layout: self.said.layout.clone(), tied_to });
    }
}

/// Collects the places of a module's parameters, in schema order.
#[derive(Default)]
pub struct WalkMut<'a> {
    pub(crate) slots: Vec<Slot<'a>>,
}

/// One parameter's place: what is to be put there is made first, and put there when all are made.
pub(crate) enum Slot<'a> {
    Place(Stage<'a>),
    /// Behind a pointer that others hold too.
    Shared,
}

/// Makes the new value; the result puts it in its place.
pub(crate) type Stage<'a> = Box<dyn FnOnce(Option<AnyTensor>, &mut Maker<'_>) -> Result<Put<'a>, ParameterError> + 'a>;

/// Puts a value in its place, which cannot fail.
pub(crate) type Put<'a> = Box<dyn FnOnce() + 'a>;

impl<'a> WalkMut<'a> {
    /// A field under `#[param]`.
    pub fn parameter<T: Tree<Parameters>>(&mut self, _index: usize, field: &'a mut T) {
        field.walk_mut(self);
    }

    /// A field that is a module.
    pub fn module<T: Tree<Modules>>(&mut self, _index: usize, field: &'a mut T) {
        field.walk_mut(self);
    }

    pub(crate) fn leaf<T>(
        &mut self,
        place: &'a mut T,
        make: fn(Option<AnyTensor>, &mut Maker<'_>) -> Result<T, ParameterError>,
    ) {
        self.slots.push(Slot::Place(Box::new(move |tensor, maker| {
            let value = make(tensor, maker)?;
            let put: Put<'a> = Box::new(move || *place = value);
            Ok(put)
        })));
    }
}

impl std::fmt::Debug for WalkMut<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} places", self.slots.len())
    }
}

/// A field under `#[param(shape = ..)]`.
pub const fn shaped<T: Tree<Parameters>>(name: &'static str) -> Field {
    Field::of(name, T::NODE)
}

/// A field under `#[param]` without a shape: its type must have one.
#[track_caller]
pub const fn sized<T: Tree<Parameters>>(name: &'static str) -> Field {
    let mut number = 0;
    while let Some(leaf) = T::NODE.leaf(number) {
        assert!(
            leaf.extents.is_fixed(),
            "this parameter needs a shape, because its type does not have one; say `#[param(shape = [..])]`, with `_` for an extent that may be anything"
        );
        number += 1;
    }
    Field::of(name, T::NODE).fits_in_memory()
}

/// A field without `#[param]`.
pub const fn module<T: Tree<Modules>>(name: &'static str) -> Field {
    Field::of(name, T::NODE)
}

/// What the derive writes of a field. Contradictions are found here, in `const` evaluation, at the field.
impl Field {
    /// A field of which nothing is said.
    pub(crate) const fn of(name: &'static str, node: &'static Node) -> Field {
        Field { name, aliases: &[], flatten: false, node, spec: Some(Spec::NONE), tied: None }
    }

    /// An item of a tuple.
    pub(crate) const fn item<K, T: Tree<K>>(name: &'static str) -> Field {
        Field { spec: None, ..Field::of(name, T::NODE) }
    }

    /// The same, with more said of what it holds.
    const fn with(self, spec: Spec) -> Field {
        Field { spec: Some(spec), ..self }
    }

    /// The same, or a panic: of several parameters, each must fit.
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
    /// The compiler interprets this for each parameter of a program, and a call costs it more than anything else.
    #[track_caller]
    pub const fn shape(self, dims: &'static [Dim]) -> Field {
        let spec = match self.spec {
            Some(spec) => Spec { shape: Some(dims), ..spec },
            None => Spec { shape: Some(dims), ..Spec::NONE },
        };
        let mut number = 0;
        while let Some(leaf) = self.node.leaf(number) {
            // a type that carries its shape contradicts none
            if !matches!(leaf.extents, Extents::Any) {
                agrees(&leaf.extents, dims);
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
                    let text = Text::<256>::new()
                        .push("`dtype` names ")
                        .push(dtypes[i].name())
                        .push(", and the field's type holds ")
                        .push(first.name())
                        .push(", which cannot take it without a loss; change the type, or the dtype");
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
                "`from` names its sources, which make up one parameter, and the field's type holds several; give each its own field"
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
                panic!("`len` is given for a list whose type has its length already; remove it, or use `Vec`")
            }
            _ => panic!("`len` is given for a field that is no list; it says how many items a `Vec` must have"),
        }
        self.with(Spec { len: Some(len), ..self.spec_in(Spec::NONE) })
    }

    /// `flatten`.
    pub const fn flatten(self) -> Field {
        Field { flatten: true, ..self }
    }
}

/// The extents of a sequence of this type's values.
pub(crate) const fn sequence(leaf: &'static Leaf, len: Option<usize>) -> Leaf {
    Leaf { dtypes: leaf.dtypes, extents: Extents::Array(len, &leaf.extents), vector: true }
}
