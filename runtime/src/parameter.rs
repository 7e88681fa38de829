//! The trait for tensor types, and a view of a parameter's value.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use weighbridge_checkpoint::{AnyTensor, DType, Element, Shape, Tensor};

use crate::devices::Devices;
use crate::error::ParameterError;
use crate::schema::Shapes;

/// A tensor type, which a field with `#[param]` can have.
///
/// Implement it to load into your own type. The type declares what it can hold, so that a load refuses other files before it
/// reads a byte, and `from_tensor` only gets tensors that it can hold.
///
/// ```
/// use weighbridge::{AnyTensor, DType, Devices, Shapes, Module, Parameter, ParameterError, Tensor, View};
///
/// /// A matrix by rows.
/// struct Matrix {
///     columns: usize,
///     values: Vec<f32>,
/// }
///
/// impl Parameter for Matrix {
///     const DTYPES: &'static [DType] = &[DType::F32];
///     const SHAPES: Shapes = Shapes::Rank(2);
///
///     fn from_tensor(tensor: AnyTensor, _: &Devices) -> Result<Self, ParameterError> {
///         let columns = tensor.shape()[1];
///         // the tensor has one of DTYPES and a shape of SHAPES: the plan saw to it
///         let tensor = Tensor::<f32>::try_from(tensor).map_err(|_| ParameterError::new("not F32"))?;
///         Ok(Matrix { columns, values: tensor.into_vec() })
///     }
///
///     fn view(&self) -> View<'_> {
///         let rows = self.values.len().checked_div(self.columns).unwrap_or(0);
///         View::of([rows, self.columns], &self.values)
///     }
/// }
///
/// #[derive(Module)]
/// struct Linear {
///     #[param(shape = [2, 3])]
///     weight: Matrix,
/// }
///
/// let linear = Linear::from_weights([("weight", Tensor::<f32>::zeros([2, 3]))])?;
/// assert_eq!(linear.weight.columns, 3);
/// # Ok::<(), weighbridge::LoadError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tensor type",
    note = "implement `weighbridge::Parameter` for it to load into it"
)]
pub trait Parameter: Sized + 'static {
    /// The dtypes that the type holds exactly; empty for any. A cast goes to the first of them that the loader allows.
    const DTYPES: &'static [DType];

    /// The shapes that the type can hold.
    const SHAPES: Shapes = Shapes::Any;

    /// Whether `from_tensor` takes over the memory of a tensor with [`Tensor::into_vec`]. If not, large tensors are read into
    /// pages of the system. They are faster to fill, but a vector cannot take them over.
    const TAKES_VEC: bool = true;

    /// Makes the value from a tensor with one of `DTYPES` and a shape in `SHAPES`, on the loader's device of its library.
    ///
    /// # Errors
    /// If something fails that could not be known before, for example a device has no memory. Then the whole load is refused.
    fn from_tensor(tensor: AnyTensor, devices: &Devices) -> Result<Self, ParameterError>;

    /// The value's dtype, shape and bytes, for saving.
    fn view(&self) -> View<'_>;

    /// What an update does with the new value of this parameter. The default puts it into the place of the old one.
    ///
    /// A type of which others hold handles, as an optimizer does of a variable, checks here that the old value can take the
    /// elements of the new one, and returns how. A type with more than a tensor in it, such as an identity, carries that over.
    ///
    /// # Errors
    /// If the old value cannot take the new one. Then the whole update is refused, and changes nothing.
    fn update(&self, new: Self, _devices: &Devices) -> Result<Update<Self>, ParameterError> {
        Ok(Update::Replace(new))
    }

    /// Another handle to the same storage, for a parameter that is tied to this one. The default is `None`, for types that
    /// own their elements: the tied parameter is then made from the tensor again.
    fn share(&self) -> Option<Self> {
        None
    }
}

/// What an update does with a parameter, once the new values of all parameters are made: see [`Parameter::update`].
pub enum Update<P> {
    /// It puts this value into the place of the old one.
    Replace(P),
    /// The old value stays, and this gives it new elements. It cannot fail.
    Set(Box<dyn FnOnce()>),
}

impl<P> Update<P> {
    /// The same, in a pointer.
    fn map<T>(self, pointer: fn(P) -> T) -> Update<T> {
        match self {
            Update::Replace(value) => Update::Replace(pointer(value)),
            Update::Set(set) => Update::Set(set),
        }
    }
}

impl<P> fmt::Debug for Update<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Update::Replace(_) => "Replace",
            Update::Set(_) => "Set",
        })
    }
}

/// A parameter's value: dtype, shape, and bytes in C order, little endian.
pub struct View<'v> {
    dtype: DType,
    shape: Shape,
    bytes: Bytes<'v>,
}

enum Bytes<'v> {
    Here(Cow<'v, [u8]>),
    /// Fetched when they are asked for.
    Deferred(Box<dyn Fn() -> Result<Vec<u8>, ParameterError> + 'v>),
}

impl<'v> View<'v> {
    /// A view of these elements, in C order.
    pub fn of<T: Element>(shape: impl Into<Shape>, elements: &'v [T]) -> Self {
        View::new(T::DTYPE, shape, T::bytes(elements))
    }

    /// A view of these bytes.
    pub fn new(dtype: DType, shape: impl Into<Shape>, bytes: impl Into<Cow<'v, [u8]>>) -> Self {
        View { dtype, shape: shape.into(), bytes: Bytes::Here(bytes.into()) }
    }

    /// A view of bytes that are fetched when they are asked for, for example from a device.
    pub fn deferred(
        dtype: DType,
        shape: impl Into<Shape>,
        fetch: impl Fn() -> Result<Vec<u8>, ParameterError> + 'v,
    ) -> Self {
        View { dtype, shape: shape.into(), bytes: Bytes::Deferred(Box::new(fetch)) }
    }

    /// The elements' dtype.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The shape, outermost dim first.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The size of the elements in bytes; 0 if a deferred view has a shape that overflows.
    pub fn byte_len(&self) -> usize {
        match &self.bytes {
            Bytes::Here(bytes) => bytes.len(),
            Bytes::Deferred(_) => self.dtype.byte_len(&self.shape).unwrap_or(0),
        }
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.byte_len() == 0
    }

    /// The elements' bytes.
    ///
    /// # Errors
    /// If a deferred view cannot fetch them.
    pub fn bytes(&self) -> Result<Cow<'_, [u8]>, ParameterError> {
        match &self.bytes {
            Bytes::Here(bytes) => Ok(Cow::Borrowed(bytes)),
            Bytes::Deferred(fetch) => fetch().map(Cow::Owned),
        }
    }
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.dtype, self.shape)
    }
}

impl<T: Element> Parameter for Tensor<T> {
    const DTYPES: &'static [DType] = &[T::DTYPE];
    const TAKES_VEC: bool = false;

    fn from_tensor(tensor: AnyTensor, _: &Devices) -> Result<Self, ParameterError> {
        Tensor::try_from(tensor).map_err(|tensor| wrong_dtype(tensor.dtype(), T::DTYPE))
    }

    fn view(&self) -> View<'_> {
        View::of(self.shape().clone(), self.as_slice())
    }

    fn share(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Parameter for AnyTensor {
    const DTYPES: &'static [DType] = &[];
    const TAKES_VEC: bool = false;

    fn from_tensor(tensor: AnyTensor, _: &Devices) -> Result<Self, ParameterError> {
        Ok(tensor)
    }

    fn view(&self) -> View<'_> {
        View::new(self.dtype(), self.shape().clone(), self.as_bytes())
    }

    fn share(&self) -> Option<Self> {
        Some(self.clone())
    }
}

pub(crate) fn wrong_dtype(found: DType, wanted: DType) -> ParameterError {
    ParameterError::new(format!("the tensor is {found}, and the type holds {wanted}"))
}

/// A pointer to a parameter is a parameter.
macro_rules! pointers {
    ($($pointer:ident: $inner:expr, $again:expr;)*) => {$(
        impl<P: Parameter> Parameter for $pointer<P> {
            const DTYPES: &'static [DType] = P::DTYPES;
            const SHAPES: Shapes = P::SHAPES;
            const TAKES_VEC: bool = P::TAKES_VEC;

            fn from_tensor(tensor: AnyTensor, devices: &Devices) -> Result<Self, ParameterError> {
                P::from_tensor(tensor, devices).map($pointer::new)
            }

            fn view(&self) -> View<'_> {
                P::view(self)
            }

            fn update(&self, new: Self, devices: &Devices) -> Result<Update<Self>, ParameterError> {
                match $inner(new) {
                    Ok(new) => Ok(P::update(self, new, devices)?.map($pointer::new)),
                    Err(new) => Ok(Update::Replace(new)),
                }
            }

            fn share(&self) -> Option<Self> {
                P::share(self).map($pointer::new).or_else(|| $again(self))
            }
        }
    )*};
}

pointers! {
    Box: |new: Box<P>| Ok::<P, Self>(*new), |_: &Self| None;
    // what cannot share its storage is shared as it is
    Arc: Arc::try_unwrap, |this: &Self| Some(Arc::clone(this));
}
