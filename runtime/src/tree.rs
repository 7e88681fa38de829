//! The types that the fields of a module can have, and how they are built, walked and updated.

use serde_json::Value;
use weighbridge_checkpoint::AnyTensor;
use weighbridge_checkpoint::read::Tensors;

use crate::config::Config;
use crate::config_field::{ConfigField, ConfigValue, FromConfig};
use crate::error::ParameterError;
use crate::make::Maker;
use crate::parameter::{Parameter, View};
use crate::plan::Step;
use crate::schema::{Leaf, Node, Shapes};

/// The kind of trees that are modules, and lists, options and maps of modules.
#[derive(Debug)]
pub struct Modules;

/// The kind of trees that are parameters, and lists, options and maps of parameters.
#[derive(Debug)]
pub struct Parameters;

/// A type that a field can have. The derive implements it for modules, and the crate for tensors and containers.
///
/// Generated code calls a field's functions directly: a function between the two would be compiled again for each type of a field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a module nor a parameter here",
    label = "neither `#[param(..)]` nor a module",
    note = "a field that holds a tensor needs `#[param(shape = [..])]`, and its type must implement `weighbridge::Parameter`",
    note = "a field that holds a module needs a type with `#[derive(Module)]`",
    note = "a field that is in no file needs `#[module(skip)]`",
    note = "on a type with `#[weighbridge(..)]`, write `#[weighbridge(param, shape = [..])]` and `#[weighbridge(skip)]` instead"
)]
pub trait Tree<K>: Sized {
    /// Its place in the schema. The underscores keep the name apart from those of your own traits: in its implementation, `Self::` finds the
    /// constants of this trait too.
    const __NODE: &'static Node;

    /// Builds it from the tensors of a good plan.
    fn build(builder: &mut Builder<'_>) -> Result<Self, ParameterError>;

    /// Lists its parameters and its structure, in schema order.
    fn walk<'a>(&'a self, walk: &mut Walk<'a>);

    /// Collects the places of its parameters, in schema order.
    fn walk_mut<'a>(&'a mut self, walk: &mut WalkMut<'a>);

    /// `Some` for scalars and arrays of scalars: a sequence of them is one parameter.
    #[doc(hidden)]
    const __ELEMENT: Option<&'static Leaf> = None;

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
    const __NODE: &'static Node = &Node::Parameter(Leaf { dtypes: P::DTYPES, shapes: P::SHAPES, vector: P::TAKES_VEC });

    fn build(builder: &mut Builder<'_>) -> Result<Self, ParameterError> {
        builder.leaf(|tensor, maker| maker.parameter(tensor))
    }

    fn walk<'a>(&'a self, walk: &mut Walk<'a>) {
        walk.views.push(self.view());
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
    config: Option<&'b Config>,
    config_values: std::slice::Iter<'b, ConfigValue>,
    /// Which parameter refused its tensor, by its number.
    pub(crate) refused: Option<usize>,
}

impl<'b> Builder<'b> {
    pub(crate) fn new(
        tensors: Tensors<'b>,
        steps: &'b [Step],
        maker: Maker<'b>,
        (config, values): (Option<&'b Config>, &'b [ConfigValue]),
    ) -> Self {
        Builder { tensors, steps: steps.iter(), maker, config, config_values: values.iter(), refused: None }
    }

    /// Makes a field that is in the configuration.
    pub fn setting<T: FromConfig>(&mut self) -> Result<T, ParameterError> {
        let number;
        let value = match self.config_values.next() {
            Some(ConfigValue::Key(key)) if key == ConfigField::WHOLE => self.config.map(|config| &config.root),
            Some(ConfigValue::Key(key)) => self.config.and_then(|config| config.value(key)),
            Some(ConfigValue::Number(found)) => {
                number = Value::from(*found);
                Some(&number)
            }
            Some(ConfigValue::Absent) | None => None,
        };
        T::from_config(value.unwrap_or(&Value::Null)).map_err(ParameterError::new)
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

/// The walk of a module's value. It lists the parameters, and the parts of the structure that the schema leaves open.
#[derive(Debug, Default)]
pub struct Walk<'a> {
    pub(crate) views: Vec<View<'a>>,
    pub(crate) steps: Vec<Step>,
}

impl Walk<'_> {
    /// Enters the variant of an enum. The fields that follow are the variant's.
    pub fn variant(&mut self, number: usize) {
        self.steps.push(Step::Variant(number));
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
