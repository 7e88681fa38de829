//! The trait that the derive implements.

use std::any::Any;
use std::path::Path;

use weighbridge_checkpoint::Source;

use crate::error::{LoadError, ParameterError};
use crate::listing::Listing;
use crate::load::{LoadOptions, SHARED};
use crate::parameter::{Parameter, View};
use crate::save::SaveError;
use crate::save::SaveOptions;
use crate::schema::Schema;
use crate::tree::{Make, Refused, Visitor, WalkMut};
use crate::unfit::IsModule;

/// A type whose parameters have paths. Derive it with `#[derive(Module)]`; [one page](crate::docs::attributes) lists the
/// attributes.
///
/// Lists, options, maps, tuples and pointers of modules are modules too. The derive is the only way to implement it.
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
/// #[derive(Module)]
/// struct Mlp {
///     layers: [Linear<10, 10>; 4],
///     head: Linear<10, 2>,
/// }
///
/// assert_eq!(Mlp::SCHEMA.parameter(9).unwrap().path(), "head.bias");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a module",
    label = "not a module",
    note = "write `#[derive(Module)]` above the type",
    note = "a generic type that derives it is a module if the types in its `<..>` are what its fields need"
)]
pub trait Module: IsModule {
    /// The paths, shapes and dtypes of the parameters, as a constant. If you use it, the compiler checks that no two
    /// parameters have the same path.
    const SCHEMA: Schema = Schema { root: Self::__NODE };

    /// Builds the module from a source, strictly: `Loader::new().load(source)`.
    ///
    /// # Errors
    /// See [`Loader::load`](crate::Loader::load).
    fn from_weights(source: impl Into<Source>) -> Result<Self, LoadError> {
        Ok(LoadOptions::default().load(source.into())?.module)
    }

    /// Replaces every parameter with the source's, strictly, or none: `Loader::new().update(self, source)`.
    ///
    /// The example of MLX's `Module.load_weights`, line by line:
    ///
    /// ```
    /// use weighbridge::{Loader, Module, Tensor};
    /// # #[derive(Module)]
    /// # struct Linear<const IN: usize, const OUT: usize> {
    /// #     #[param(shape = [OUT, IN])]
    /// #     weight: Tensor<f32>,
    /// #     #[param(shape = [OUT])]
    /// #     bias: Tensor<f32>,
    /// # }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let scratch = tempfile::tempdir()?;
    /// # for name in ["weights.npz", "weights.safetensors"] {
    /// #     Linear::<10, 10> { weight: Tensor::zeros([10, 10]), bias: Tensor::zeros([10]) }.save_weights(scratch.path().join(name))?;
    /// # }
    /// # std::env::set_current_dir(scratch.path())?;
    /// # let ones = || Tensor::new([10, 10], vec![1.0_f32; 100]).unwrap();
    /// # let (weight, bias) = (ones(), Tensor::<f32>::zeros([10]));
    ///
    /// let mut model = Linear::<10, 10>::from_weights("weights.npz")?;      // build from a file, strictly
    /// model.load_weights("weights.safetensors")?;                          // update in place, strictly
    /// model.load_weights([("weight", weight), ("bias", bias)])?;           // from pairs
    /// # let weight = ones();
    /// # let refused =
    /// model.load_weights([("weight", weight)])                             // Err: missing `bias`
    /// # ;
    /// # assert_eq!(refused.err().unwrap().report().unwrap().missing[0].path, "bias");
    /// # let weight = Tensor::<f32>::zeros([10, 10]);
    /// # ;
    /// Loader::new().strict(false).update(&mut model, [("weight", weight)])?;   // only the weight changes
    /// # assert_eq!(model.weight.as_slice()[0], 0.0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// See [`Loader::update`](crate::Loader::update). The module is then unchanged.
    fn load_weights(&mut self, source: impl Into<Source>) -> Result<&mut Self, LoadError> {
        LoadOptions::default().update(self, source.into())?;
        Ok(self)
    }

    /// Writes the parameters to a `.safetensors` or `.npz` file: `Saver::new().save(self, path)`.
    ///
    /// # Errors
    /// See [`Saver::save`](crate::Saver::save). An existing file is then unchanged.
    fn save_weights(&self, path: impl AsRef<Path>) -> Result<(), SaveError> {
        SaveOptions::default().save(self, path.as_ref())
    }

    /// The parameters with their paths, in schema order.
    ///
    /// ```
    /// # use weighbridge::{Module, Tensor};
    /// # #[derive(Module)]
    /// # struct Norm {
    /// #     #[param(shape = [4])]
    /// #     weight: Tensor<f32>,
    /// # }
    /// let norms = [Norm { weight: Tensor::zeros([4]) }, Norm { weight: Tensor::zeros([4]) }];
    /// for (path, view) in norms.parameters() {
    ///     println!("{path} {} {}", view.dtype(), view.shape());
    /// }
    /// # assert_eq!(norms.parameters()[1].0, "1.weight");
    /// ```
    fn parameters(&self) -> Vec<(String, View<'_>)> {
        let Listing { paths, views, .. } = Listing::of(self);
        paths.iter().map(str::to_owned).zip(views).collect()
    }

    /// Gives each parameter whose type is `P` to a function, with its path, in schema order.
    ///
    /// `P` is the type of one tensor: it reaches the items of lists, options and maps. The function may change the values. For
    /// an optimizer of candle, it collects the handles: `|_, var: &mut Var| vars.push(var.clone())`.
    ///
    /// ```
    /// # use weighbridge::{Module, Tensor};
    /// # #[derive(Module)]
    /// # struct Norm {
    /// #     #[param(shape = [4])]
    /// #     weight: Tensor<f32>,
    /// #     #[param(shape = [4])]
    /// #     bias: Option<Tensor<f32>>,
    /// # }
    /// let mut norm = Norm { weight: Tensor::zeros([4]), bias: Some(Tensor::zeros([4])) };
    /// norm.for_each_parameter_mut(|path, tensor: &mut Tensor<f32>| {
    ///     if path.ends_with("weight") {
    ///         *tensor = Tensor::new([4], vec![1.0; 4]).unwrap();
    ///     }
    /// })?;
    /// assert_eq!(norm.weight.as_slice(), [1.0; 4]);
    /// # Ok::<(), weighbridge::LoadError>(())
    /// ```
    ///
    /// # Errors
    /// [`LoadError::Parameter`] for a module in an `Arc` that others hold too. The function was then called for the parameters
    /// before it.
    fn for_each_parameter_mut<P: Parameter>(&mut self, mut f: impl FnMut(&str, &mut P)) -> Result<(), LoadError> {
        let paths = self.parameter_paths();
        let mut f = |path: &str, place: &mut dyn Any| place.downcast_mut().map(|place| f(path, place)).is_some();
        let mut each = Each { paths: &paths, number: 0, f: &mut f, refused: None };
        WalkMut::over(self, &mut each)
            .map_err(|(refused, source)| LoadError::Parameter { path: refused.path(&paths), source })
    }

    /// The paths of the parameters that this value has, in schema order.
    fn parameter_paths(&self) -> Vec<String> {
        self.parameters().into_iter().map(|(path, _)| path).collect()
    }
}

#[diagnostic::do_not_recommend]
impl<M: IsModule> Module for M {}

/// The walk of [`Module::for_each_parameter_mut`].
struct Each<'e> {
    paths: &'e [String],
    /// The number of the current parameter.
    number: usize,
    /// Calls the function, if the place has its type.
    f: &'e mut dyn FnMut(&str, &mut dyn Any) -> bool,
    refused: Option<(Refused, ParameterError)>,
}

impl Visitor for Each<'_> {
    fn reach(&mut self, place: &mut dyn Any) -> bool {
        self.refused.is_none() && (self.f)(&self.paths[self.number], place)
    }

    fn number(&self) -> usize {
        self.number
    }

    fn stage(&mut self, _: &mut Make<'_>) {
        self.number += 1;
    }

    fn shared(&mut self, count: usize) {
        if count > 0 && self.refused.is_none() {
            self.refused = Some((Refused::Parameter(self.number), ParameterError::new(SHARED)));
        }
        self.number += count;
    }

    fn refused(&mut self) -> &mut Option<(Refused, ParameterError)> {
        &mut self.refused
    }
}
