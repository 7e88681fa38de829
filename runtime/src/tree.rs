//! The types that the fields of a module can have, and how they are built, walked and updated.

use weighbridge_checkpoint::AnyTensor;
use weighbridge_checkpoint::read::Tensors;

use crate::error::ParameterError;
use crate::make::Maker;
use crate::parameter::{Parameter, View};
use crate::path::{Mark, Trail};
use crate::plan::Step;
use crate::schema::{Field, Layout, Leaf, Node, Shapes, Variant};

/// The kind of trees that are modules, and lists, options and maps of modules.
#[derive(Debug)]
pub struct Modules;

/// The kind of trees that are parameters, and lists, options and maps of parameters.
#[derive(Debug)]
pub struct Parameters;

/// A type that a field can have. The derive implements it for modules, and the crate for tensors and containers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a module nor a parameter here",
    label = "neither `#[param(..)]` nor a module",
    note = "a field that holds a tensor needs `#[param(shape = [..])]`, and its type must implement `weighbridge::Parameter`",
    note = "a field that holds a module needs a type with `#[derive(Module)]`",
    note = "a field that is in no file needs `#[module(skip)]`",
    note = "on a type with `#[weighbridge(..)]`, write `#[weighbridge(param, shape = [..])]` and `#[weighbridge(skip)]` instead"
)]
pub trait Tree<K>: Sized {
    /// The fields of a struct. `Self::` finds constants and variants of your type first, so the underscores keep this name
    /// apart.
    const __FIELDS: &'static [Field] = &[];

    /// The variants of an enum.
    const __VARIANTS: &'static [Variant] = &[];

    /// Its place in the schema.
    const NODE: &'static Node;

    /// Builds it from the tensors of a good plan.
    fn build(builder: &mut Builder<'_>) -> Result<Self, ParameterError>;

    /// Lists its parameters and its structure, in schema order.
    fn walk<'a>(&'a self, walk: &mut Walk<'a>);

    /// Collects the places of its parameters, in schema order.
    fn walk_mut<'a>(&'a mut self, walk: &mut WalkMut<'a>);

    /// `Some` for scalars and arrays of scalars: a sequence of them is one parameter.
    #[doc(hidden)]
    const ELEMENT: Option<&'static Leaf> = None;

    /// The elements of one tensor.
    #[doc(hidden)]
    fn elements(_tensor: AnyTensor) -> Result<Vec<Self>, ParameterError> {
        Err(ParameterError::new("this type is not an element of a tensor"))
    }

    /// A view of a sequence of elements, of this shape.
    #[doc(hidden)]
    fn view_elements<'a>(_elements: &'a [Self], _outer: Vec<usize>) -> Option<View<'a>> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<P: Parameter> Tree<Parameters> for P {
    const NODE: &'static Node = &Node::Parameter(Leaf { dtypes: P::DTYPES, shapes: P::SHAPES, vector: P::TAKES_VEC });

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

    /// Builds a field with `#[param]`.
    pub fn parameter<T: Tree<Parameters>>(&mut self) -> Result<T, ParameterError> {
        T::build(self)
    }

    /// Builds a field that is a module.
    pub fn module<T: Tree<Modules>>(&mut self) -> Result<T, ParameterError> {
        T::build(self)
    }

    /// Builds a few of the fields of a struct that has many.
    ///
    /// If a field fails, those before it are dropped. The time to compile that code grows faster than the number of fields,
    /// so each group is a closure of its own.
    pub fn group<T>(
        &mut self,
        build: impl FnOnce(&mut Self) -> Result<T, ParameterError>,
    ) -> Result<T, ParameterError> {
        build(self)
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
pub(crate) struct WalkedParameter<'a> {
    pub(crate) path: String,
    pub(crate) view: View<'a>,
    /// The layout in a file, and the path that the names in the layout are relative to, with a dot at its end.
    pub(crate) layout: Option<(&'static Layout, String)>,
    /// The path of the parameter that it is tied to.
    pub(crate) tied_to: Option<String>,
}

/// The walk of a module's value. It lists the parameters with their paths, and the parts of the structure that the schema
/// leaves open.
#[derive(Debug, Default)]
pub struct Walk<'a> {
    pub(crate) parameters: Vec<WalkedParameter<'a>>,
    pub(crate) steps: Vec<Step>,
    /// The first parameter below a map's key that no file can hold, by its number, and the reason.
    pub(crate) bad_key: Option<(usize, &'static str)>,
    trail: Trail,
    attrs: FieldAttrs,
    fields: &'static [Field],
    variants: &'static [Variant],
}

/// The attributes of the field that the walk is in.
#[derive(Debug, Default)]
struct FieldAttrs {
    /// The layout in a file, and the path that the names in the layout are relative to, with a dot at its end.
    layout: Option<(&'static Layout, String)>,
    /// The path it is tied to, and the length of its own path.
    tie: Option<(String, usize)>,
}

/// The state that a walk restores when it leaves a field.
struct Outer {
    trail: Option<Mark>,
    attrs: Option<FieldAttrs>,
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

    /// Enters the variant of an enum. The fields that follow are the variant's.
    pub fn variant(&mut self, number: usize) {
        self.steps.push(Step::Variant(number));
        self.fields = self.variants[number].node.fields();
    }

    /// Walks a field with `#[param]`. `index` is its position among the fields of the schema.
    pub fn parameter<T: Tree<Parameters>>(&mut self, index: usize, field: &'a T) {
        self.field(index, field);
    }

    /// Walks a field that is a module.
    pub fn module<T: Tree<Modules>>(&mut self, index: usize, field: &'a T) {
        self.field(index, field);
    }

    pub(crate) fn field<K, T: Tree<K>>(&mut self, index: usize, field: &'a T) {
        let outer = self.enter(index, T::NODE);
        field.walk(self);
        self.leave(outer);
    }

    // `enter` and `leave` have no type parameters, so they are compiled once and not for each type of a field
    fn enter(&mut self, index: usize, node: &'static Node) -> Outer {
        let declared = &self.fields[index];
        // a field's attributes apply to the parameters in it; the elements of a tuple have those of the field that holds it
        let attrs = declared.spec.map(|spec| {
            let tie = declared.tied.map(|path| (self.trail.joined(path), self.trail.joined(declared.name).len()));
            let layout = spec.from.map(|layout| (layout, self.trail.joined("")));
            let tie = tie.or_else(|| self.attrs.tie.clone());
            std::mem::replace(&mut self.attrs, FieldAttrs { layout, tie })
        });
        let trail = (!declared.flatten).then(|| self.trail.enter(declared.name));
        let (fields, variants) = self.switch_to(node);
        Outer { trail, attrs, fields, variants }
    }

    fn leave(&mut self, outer: Outer) {
        (self.fields, self.variants) = (outer.fields, outer.variants);
        if let Some(trail) = outer.trail {
            self.trail.leave(trail);
        }
        if let Some(attrs) = outer.attrs {
            self.attrs = attrs;
        }
    }

    /// Makes the fields and variants those of `node`; returns the ones before.
    fn switch_to(&mut self, node: &'static Node) -> (&'static [Field], &'static [Variant]) {
        (std::mem::replace(&mut self.fields, node.fields()), std::mem::replace(&mut self.variants, node.variants()))
    }

    /// Walks a tree at the current path.
    pub(crate) fn tree<K, T: Tree<K>>(&mut self, tree: &'a T) {
        let outer = self.switch_to(T::NODE);
        tree.walk(self);
        (self.fields, self.variants) = outer;
    }

    pub(crate) fn child<K, T: Tree<K>>(&mut self, name: &str, tree: &'a T) {
        let outer = self.trail.enter(name);
        self.tree(tree);
        self.trail.leave(outer);
    }

    /// Walks the value of a map's key, which must be one component of a path.
    pub(crate) fn key<K, T: Tree<K>>(&mut self, key: &str, tree: &'a T) {
        let reason = match key {
            "" => Some("a map in it has an empty key, and no part of a name may be empty"),
            key if key.contains('.') => {
                Some("a map in it has a key with a dot, which a load would read as two parts of a name")
            }
            _ => None,
        };
        self.bad_key = self.bad_key.or(reason.map(|reason| (self.parameters.len(), reason)));
        self.child(key, tree);
    }

    pub(crate) fn leaf(&mut self, view: View<'a>) {
        let path = self.trail.as_str().to_owned();
        let tied_to = self.attrs.tie.as_ref().map(|(target, depth)| format!("{target}{}", &path[*depth..]));
        self.parameters.push(WalkedParameter { path, view, layout: self.attrs.layout.clone(), tied_to });
    }
}

/// The walk of an update. It collects the places of a module's parameters, in schema order.
#[derive(Default)]
pub struct WalkMut<'a> {
    pub(crate) places: Vec<ParameterPlace<'a>>,
}

/// The place of one parameter. A new value is put there once all new values are made.
pub(crate) enum ParameterPlace<'a> {
    Exclusive(Stage<'a>),
    /// Behind a pointer that has other owners.
    Shared,
}

/// Makes the new value, and returns a closure that puts it in its place.
pub(crate) type Stage<'a> = Box<dyn FnOnce(Option<AnyTensor>, &mut Maker<'_>) -> Result<Put<'a>, ParameterError> + 'a>;

/// Puts a value in its place. It cannot fail.
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
        self.places.push(ParameterPlace::Exclusive(Box::new(move |tensor, maker| {
            let value = make(tensor, maker)?;
            let put: Put<'a> = Box::new(move || *place = value);
            Ok(put)
        })));
    }
}

impl std::fmt::Debug for WalkMut<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} places", self.places.len())
    }
}

/// The leaf of a sequence of such values.
pub(crate) const fn sequence(leaf: &'static Leaf, len: Option<usize>) -> Leaf {
    Leaf { dtypes: leaf.dtypes, shapes: Shapes::Array(len, &leaf.shapes), vector: true }
}
