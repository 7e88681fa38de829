//! Types of other crates, by way of their parts.

use std::rc::Rc;

use crate::error::ParameterError;
use crate::module::Module;
use crate::parameter::View;
use crate::tree::{Builder, Changes, ModuleKind, Modules, Refused, Tree, Walk, WalkMut};

/// The parts of a type that another crate defines, so that fields of that type are modules.
///
/// `#[module(remote = ..)]` says whose parts a struct is, and this trait takes the type apart and joins it again. A field says
/// `#[module(via = ..)]`, and may be a list, an option, an array, a tuple or a map of the type, or a pointer to it. [The page on
/// attributes](crate::docs::attributes) has an example.
///
/// A value is taken apart to be saved or updated, so parts should be cheap: handles of tensors, and not copies.
///
/// ```
/// # mod other {
/// #     pub struct Scale { weight: Vec<f32>, limit: f32 }
/// #     impl Scale {
/// #         pub fn new(weight: Vec<f32>, limit: f32) -> Self { Scale { weight, limit } }
/// #         pub fn weight(&self) -> &[f32] { &self.weight }
/// #         pub fn limit(&self) -> f32 { self.limit }
/// #     }
/// # }
/// use other::Scale;       // somebody else's
/// use weighbridge::{Module, ParameterError, Remote, Tensor};
///
/// #[derive(Module)]
/// #[module(remote = Scale)]
/// struct ScaleParts {
///     #[param(shape = [2])]
///     weight: Tensor<f32>,
///     #[module(skip = 1.0)]
///     limit: f32,
/// }
///
/// impl Remote for ScaleParts {
///     fn to_parts(scale: &Scale) -> Self {
///         let weight = Tensor::new([scale.weight().len()], scale.weight().to_vec()).unwrap();
///         ScaleParts { weight, limit: scale.limit() }
///     }
///
///     fn from_parts(self) -> Result<Scale, ParameterError> {
///         Ok(Scale::new(self.weight.into_vec(), self.limit))
///     }
/// }
///
/// #[derive(Module)]
/// struct Model {
///     #[module(via = ScaleParts)]
///     scales: Vec<Scale>,
/// }
///
/// let weight = Tensor::new([2], vec![1_f32, 2.]).unwrap();
/// let mut model = Model::from_weights([("scales.0.weight", weight)])?;
/// assert_eq!(model.scales[0].weight(), [1., 2.]);
/// # Ok::<(), weighbridge::LoadError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is the parts of another type, and nothing says how they are joined",
    label = "`impl weighbridge::Remote for {Self}` is missing",
    note = "`#[module(remote = ..)]` says whose parts a type is; `Remote` takes that type apart and joins it"
)]
pub trait Remote: Parts {
    /// Takes a value apart.
    fn to_parts(foreign: &Self::Foreign) -> Self;

    /// Makes a value of its parts, after a load.
    ///
    /// # Errors
    /// If the parts do not fit each other. Then the whole load is refused.
    #[allow(clippy::wrong_self_convention)]
    fn from_parts(self) -> Result<Self::Foreign, ParameterError>;

    /// Makes the value that takes the place of an old one, after an update: `self` has the old value's parts, with the tensors
    /// that are new. Where the old value knows more than its parts do, such as an epsilon that it does not show, take it from there.
    ///
    /// # Errors
    /// If the parts do not fit each other. Then the whole update is refused, and changes nothing.
    fn replace(self, _old: &Self::Foreign) -> Result<Self::Foreign, ParameterError> {
        self.from_parts()
    }
}

/// A module that is the parts of another type. The derive implements it for a type with `#[module(remote = ..)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the parts of another type",
    label = "no `remote`",
    note = "write `#[module(remote = ..)]` above `{Self}`, with the type whose parts it is"
)]
pub trait Parts: Module + 'static {
    /// The type.
    type Foreign;
}

impl<P: Parts> ModuleKind for P {}

/// The kind of a type of another crate: its parts.
pub type Via<P> = P;

impl Builder<'_> {
    /// Builds the parts of a value, and joins them.
    pub fn remote<P: Remote>(&mut self) -> Result<P::Foreign, ParameterError> {
        let first = self.number();
        let parts = <P as Tree<Modules>>::build(self)?;
        let joined = parts.from_parts();
        joined.inspect_err(|_| self.refused = Some(Refused::Module(first..self.number())))
    }
}

impl<'a> Walk<'a> {
    /// Lists the parameters of a value's parts. The views keep the parts.
    pub fn remote<P: Remote>(&mut self, foreign: &'a P::Foreign) {
        let parts = Rc::new(P::to_parts(foreign));
        let mut walk = Walk::default();
        parts.walk(&mut walk);
        self.steps.append(&mut walk.steps);
        for (number, view) in walk.views.iter().enumerate() {
            let parts = Rc::clone(&parts);
            self.views.push(View::deferred(view.dtype(), view.shape().clone(), move || {
                let mut walk = Walk::default();
                parts.walk(&mut walk);
                walk.views[number].bytes().map(|bytes| bytes.into_owned())
            }));
        }
    }
}

impl<'a> WalkMut<'a> {
    /// Changes the parts of a value, and joins them. The new value takes the place of the old one with all other changes.
    pub fn remote<P: Remote>(&mut self, foreign: &'a mut P::Foreign) {
        let mut parts = P::to_parts(foreign);
        let first = self.visitor.number();
        let Changes { puts, sets, is_reached } = {
            let mut walk = WalkMut { visitor: &mut *self.visitor, changes: Changes::default() };
            Tree::<Modules>::walk_mut(&mut parts, &mut walk);
            walk.changes
        };
        let is_changed = is_reached || !puts.is_empty();
        puts.into_iter().for_each(|put| put());
        self.changes.sets.extend(sets);
        self.changes.is_reached |= is_reached;
        let numbers = first..self.visitor.number();
        if is_changed && self.visitor.refused().is_none() {
            match parts.replace(foreign) {
                Ok(joined) => self.changes.puts.push(Box::new(move || *foreign = joined)),
                Err(error) => *self.visitor.refused() = Some((Refused::Module(numbers), error)),
            }
        }
    }
}
