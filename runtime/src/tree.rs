//! The types that the fields of a module can have, and how they are built, walked and updated.

use std::any::Any;
use std::fmt;
use std::ops::Range;

use serde_json::Value;
use weighbridge_checkpoint::AnyTensor;
use weighbridge_checkpoint::read::Tensors;

use crate::config::Config;
use crate::config_field::{ConfigField, ConfigValue, FromConfig};
use crate::devices::Devices;
use crate::error::ParameterError;
use crate::make::Maker;
use crate::parameter::{Parameter, Update, View};
use crate::plan::Step;
use crate::schema::{Leaf, Node, Shapes};

/// The kind of trees that are modules, and lists, options and maps of modules.
#[derive(Debug)]
pub struct Modules;

/// The kind of trees that are parameters, and lists, options and maps of parameters.
#[derive(Debug)]
pub struct Parameters;

/// A kind of trees that are modules: [`Modules`], and the parts of a type of another crate.
pub trait ModuleKind {}

impl ModuleKind for Modules {}

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

    /// Visits its parameters to change them, in schema order.
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
        walk.parameter(self);
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
    /// What refused its tensors.
    pub(crate) refused: Option<Refused>,
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
        let value = match self.config_values.next() {
            Some(ConfigValue::Key(key)) if key == ConfigField::WHOLE => self.config.map(|config| &config.root),
            Some(ConfigValue::Key(key)) => self.config.and_then(|config| config.value(key)),
            Some(ConfigValue::Value(value)) => Some(value),
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

    /// The number of the next parameter.
    pub(crate) fn number(&self) -> usize {
        self.maker.number
    }

    pub(crate) fn leaf<T>(
        &mut self,
        make: impl FnOnce(Option<AnyTensor>, &mut Maker<'b>) -> Result<T, ParameterError>,
    ) -> Result<T, ParameterError> {
        let tensor = self.tensors.take(self.maker.number);
        let value = make(tensor, &mut self.maker);
        let value = value.inspect_err(|_| self.refused = Some(Refused::Parameter(self.maker.number)));
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

/// What refused its tensors, by the numbers of parameters in schema order.
#[derive(Clone, Debug)]
pub(crate) enum Refused {
    Parameter(usize),
    /// A module whose parts were not joined, with those that it has.
    Module(Range<usize>),
}

impl Refused {
    /// Its path, among the paths of all parameters.
    pub(crate) fn path(&self, paths: &[String]) -> String {
        match self {
            Refused::Parameter(number) => paths.get(*number).cloned().unwrap_or_default(),
            Refused::Module(numbers) => module_of(paths.get(numbers.clone()).unwrap_or_default()).to_owned(),
        }
    }
}

/// The path of the innermost module that holds all of these parameters.
fn module_of(paths: &[String]) -> &str {
    let holder = |path: &'_ str| path.rfind('.').unwrap_or(0);
    let Some((first, rest)) = paths.split_first() else { return "" };
    let mut module = &first[..holder(first)];
    while !module.is_empty() && !rest.iter().all(|path| is_in(path, module)) {
        module = &module[..holder(module)];
    }
    module
}

fn is_in(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.starts_with('.'))
}

/// The walk that changes a value. It visits the parameters in schema order, and collects what an update changes.
pub struct WalkMut<'a> {
    pub(crate) visitor: &'a mut (dyn Visitor + 'a),
    pub(crate) changes: Changes<'a>,
}

/// What an update changes, once all new values are made. None of it can fail.
#[derive(Default)]
pub(crate) struct Changes<'a> {
    /// New values for their places.
    pub(crate) puts: Vec<Box<dyn FnOnce() + 'a>>,
    /// New elements for values that stay.
    pub(crate) sets: Vec<Box<dyn FnOnce()>>,
    /// Whether a parameter was given to somebody who may have changed it.
    pub(crate) is_reached: bool,
}

/// What a [`WalkMut`] is for.
pub(crate) trait Visitor {
    /// Makes the new value of the next parameter, unless it keeps its own.
    fn stage(&mut self, make: &mut Make<'_>);

    /// Gives the next parameter itself to somebody who wants parameters of its type; returns whether there is one.
    fn reach(&mut self, place: &mut dyn Any) -> bool;

    /// The number of the next parameter.
    fn number(&self) -> usize;

    /// Passes parameters that have other owners.
    fn shared(&mut self, count: usize);

    /// What was refused first, and why. No change is made then.
    fn refused(&mut self) -> &mut Option<(Refused, ParameterError)>;
}

/// Makes a new value.
pub(crate) type Make<'f> = dyn FnMut(Option<AnyTensor>, &mut Maker<'_>) -> Result<(), ParameterError> + 'f;

impl<'a> WalkMut<'a> {
    /// Walks over a module, and makes the changes, or none of them.
    pub(crate) fn over<M: Tree<Modules>>(
        module: &'a mut M,
        visitor: &'a mut (dyn Visitor + 'a),
    ) -> Result<(), (Refused, ParameterError)> {
        let mut walk = WalkMut { visitor, changes: Changes::default() };
        module.walk_mut(&mut walk);
        match walk.visitor.refused().take() {
            Some(refused) => Err(refused),
            None => {
                // from here on nothing can fail
                walk.changes.make();
                Ok(())
            }
        }
    }

    fn parameter<P: Parameter>(&mut self, place: &'a mut P) {
        self.changes.is_reached |= self.visitor.reach(place);
        self.stage(place, |tensor, maker| maker.parameter(tensor), P::update);
    }

    pub(crate) fn leaf<T>(
        &mut self,
        place: &'a mut T,
        make: fn(Option<AnyTensor>, &mut Maker<'_>) -> Result<T, ParameterError>,
    ) {
        self.stage(place, make, |_, new, _| Ok(Update::Replace(new)));
    }

    fn stage<T>(
        &mut self,
        place: &'a mut T,
        make: fn(Option<AnyTensor>, &mut Maker<'_>) -> Result<T, ParameterError>,
        update: fn(&T, T, &Devices) -> Result<Update<T>, ParameterError>,
    ) {
        let mut change = None;
        self.visitor.stage(&mut |tensor, maker| {
            let new = make(tensor, maker)?;
            change = Some(update(place, new, maker.devices)?);
            Ok(())
        });
        match change {
            Some(Update::Replace(new)) => self.changes.puts.push(Box::new(move || *place = new)),
            Some(Update::Set(set)) => self.changes.sets.push(set),
            None => {}
        }
    }
}

impl Changes<'_> {
    fn make(self) {
        self.puts.into_iter().for_each(|put| put());
        self.sets.into_iter().for_each(|set| set());
    }
}

impl fmt::Debug for WalkMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} changes", self.changes.puts.len() + self.changes.sets.len())
    }
}

/// The leaf of a sequence of such values.
pub(crate) const fn sequence(leaf: &'static Leaf, len: Option<usize>) -> Leaf {
    Leaf { dtypes: leaf.dtypes, shapes: Shapes::Array(len, &leaf.shapes), vector: true }
}
