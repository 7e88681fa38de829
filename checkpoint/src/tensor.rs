//! The project's own tensor: a shape, a typed slice, shared storage. No arithmetic.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use half::{bf16, f16};
use weighbridge_lock::counted;

use crate::dtype::DType;
use crate::shape::Shape;
use crate::storage::{Memory, Storage, Words};
use crate::tensor_type::TensorType;

/// A complex number of two `f32`s: numpy's `complex64`, safetensors' `C64`.
#[cfg(feature = "num-complex")]
pub type Complex64 = num_complex::Complex<f32>;

/// A type that a tensor's elements can have: `bool`, `u8` to `u64`, `i8` to `i64`, [`f16`](struct@f16),
/// [`bf16`](struct@bf16), `f32`, `f64`, [`num_complex::Complex<f32>`](crate::Complex64). Sealed, because the formats
/// have no others.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an element type",
    label = "no file format has elements of this type",
    note = "elements are bool, u8, u16, u32, u64, i8, i16, i32, i64, f32, f64, half::f16, half::bf16 and weighbridge::Complex64"
)]
pub trait Element: sealed::ElementBytes {
    /// The dtype that this type holds.
    const DTYPE: DType;
}

mod sealed {
    use crate::storage::Storage;

    /// How values of a type are represented in memory.
    pub trait ElementBytes: Copy + Default + PartialEq + std::fmt::Debug + Send + Sync + 'static {
        /// The storage's bytes as values. They are aligned and, for `bool`, were checked when the tensor was made.
        #[doc(hidden)]
        fn slice(bytes: &[u8]) -> &[Self];
        #[doc(hidden)]
        fn bytes(values: &[Self]) -> &[u8];
        #[doc(hidden)]
        #[allow(private_interfaces)]
        fn vec(storage: Storage) -> Vec<Self>;
        #[doc(hidden)]
        #[allow(private_interfaces)]
        fn storage(values: Vec<Self>) -> Storage;
    }
}

macro_rules! elements {
    ($($element:ty = $dtype:ident;)*) => {$(
        impl Element for $element {
            const DTYPE: DType = DType::$dtype;
        }

        impl sealed::ElementBytes for $element {
            fn slice(bytes: &[u8]) -> &[Self] {
                bytemuck::cast_slice(bytes)
            }

            fn bytes(values: &[Self]) -> &[u8] {
                bytemuck::cast_slice(values)
            }

            #[allow(private_interfaces)]
            fn vec(storage: Storage) -> Vec<Self> {
                storage.into_vec()
            }

            #[allow(private_interfaces)]
            fn storage(values: Vec<Self>) -> Storage {
                Storage::owned(Words::from_vec(values))
            }
        }
    )*};
}

elements! {
    u8 = U8;
    u16 = U16;
    u32 = U32;
    u64 = U64;
    i8 = I8;
    i16 = I16;
    i32 = I32;
    i64 = I64;
    f16 = F16;
    bf16 = BF16;
    f32 = F32;
    f64 = F64;
}

#[cfg(feature = "num-complex")]
elements! {
    Complex64 = C64;
}

impl Element for bool {
    const DTYPE: DType = DType::BOOL;
}

impl sealed::ElementBytes for bool {
    fn slice(bytes: &[u8]) -> &[Self] {
        // Checked once more, because a byte that is neither 0 nor 1 must never become a bool, and foreign memory may
        // have changed. An empty slice is the lesser evil then.
        bytemuck::checked::try_cast_slice(bytes).unwrap_or(&[])
    }

    fn bytes(values: &[Self]) -> &[u8] {
        bytemuck::cast_slice(values)
    }

    #[allow(private_interfaces)]
    fn vec(storage: Storage) -> Vec<Self> {
        storage.into_vec::<u8>().into_iter().map(|byte| byte != 0).collect()
    }

    #[allow(private_interfaces)]
    fn storage(values: Vec<Self>) -> Storage {
        Storage::owned(Words::W1(values.into_iter().map(u8::from).collect()))
    }
}

/// Elements that make no tensor: too few or too many for the shape, more than there is memory for, or a `BOOL` that is
/// neither 0 nor 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeError {
    shape: Shape,
    why: Misfit,
}

/// Why elements do not make a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Misfit {
    /// There are too few or too many of these, or more than memory has if nothing is wanted.
    Count { noun: &'static str, wanted: Option<usize>, found: usize },
    /// There is no memory for them.
    Memory,
    /// A byte of a BOOL is neither 0 nor 1.
    Bool,
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ShapeError { shape, why } = self;
        match *why {
            Misfit::Count { noun, wanted: Some(wanted), found } => {
                write!(f, "shape {shape} takes {}, not {found}", counted(wanted, noun))
            }
            Misfit::Count { noun, wanted: None, .. } => write!(f, "shape {shape} has more {noun}s than memory"),
            Misfit::Memory => write!(f, "there is no memory for shape {shape}"),
            Misfit::Bool => write!(f, "shape {shape} has a byte that is neither 0 nor 1, and a BOOL is one of them"),
        }
    }
}

impl std::error::Error for ShapeError {}

/// A tensor with an element type known at compile time: a shape and its elements in C order. Clones share the elements.
///
/// ```
/// use weighbridge::Tensor;
///
/// let tensor = Tensor::new([2, 3], vec![0.0_f32, 1.0, 2.0, 3.0, 4.0, 5.0])?;
/// assert_eq!(&tensor.shape()[..], [2, 3]);
/// assert_eq!(tensor.as_slice()[4], 4.0);
/// # Ok::<(), weighbridge::ShapeError>(())
/// ```
#[derive(Clone)]
pub struct Tensor<T> {
    any: AnyTensor,
    element: PhantomData<T>,
}

impl<T: Element> Tensor<T> {
    /// A tensor of these elements, in C order. Takes over the vector's memory, without a copy.
    ///
    /// # Errors
    /// If the vector's length does not match the shape.
    pub fn new(shape: impl Into<Shape>, elements: Vec<T>) -> Result<Self, ShapeError> {
        let shape = shape.into();
        let wanted = shape.element_count();
        if wanted != Some(elements.len()) {
            let why = Misfit::Count { noun: "element", wanted, found: elements.len() };
            return Err(ShapeError { shape, why });
        }
        Ok(Tensor::of(AnyTensor::from_parts(T::DTYPE, shape, T::storage(elements))))
    }

    /// A tensor of zeros.
    ///
    /// # Panics
    /// If the shape has more elements than fit into memory, as `vec!` does.
    #[track_caller]
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        let elements = shape.element_count().expect("the shape has more elements than memory");
        let storage = T::storage(vec![T::default(); elements]);
        Tensor::of(AnyTensor::from_parts(T::DTYPE, shape, storage))
    }

    /// `any` must have this dtype and be aligned.
    fn of(any: AnyTensor) -> Self {
        Tensor { any, element: PhantomData }
    }

    /// The shape, outermost dim first.
    pub fn shape(&self) -> &Shape {
        self.any.shape()
    }

    /// The elements in C order. For `bool` this checks every byte.
    pub fn as_slice(&self) -> &[T] {
        T::slice(self.any.as_bytes())
    }

    /// The elements in C order. Copies them if they are shared, or if a load put them into pages of the system (2 MiB
    /// and more).
    pub fn into_vec(self) -> Vec<T> {
        T::vec(self.any.into_storage())
    }

    /// Whether the two use the same memory.
    pub fn shares_storage(&self, other: &Tensor<T>) -> bool {
        std::ptr::eq(self.any.as_bytes(), other.any.as_bytes())
    }
}

impl<T: Element> fmt::Debug for Tensor<T> {
    /// Shows dtype, shape and the first elements.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 8;
        let elements = self.as_slice();
        write!(f, "{} {} ", T::DTYPE, self.shape())?;
        let mut list = f.debug_list();
        list.entries(elements.iter().take(SHOWN));
        if elements.len() > SHOWN { list.finish_non_exhaustive() } else { list.finish() }
    }
}

impl<T: Element> PartialEq for Tensor<T> {
    /// The same shape and equal elements. As with the elements themselves, a NaN does not equal itself.
    fn eq(&self, other: &Self) -> bool {
        self.shape() == other.shape() && self.as_slice() == other.as_slice()
    }
}

/// A tensor with a dtype known at run time. Clones share the elements.
///
/// ```
/// use weighbridge::{AnyTensor, DType, Tensor};
///
/// let any = AnyTensor::from(Tensor::<i64>::zeros([3]));
/// assert_eq!(any.dtype(), DType::I64);
/// let typed: Tensor<i64> = any.try_into().unwrap();
/// assert_eq!(typed.as_slice(), [0, 0, 0]);
/// ```
#[derive(Clone)]
pub struct AnyTensor {
    tensor_type: Arc<TensorType>,
    memory: Arc<Memory>,
    /// The position of its first byte in the memory.
    start: usize,
}

impl AnyTensor {
    /// Whether its elements are used in place: in a mapped file, or in bytes that you gave.
    pub fn is_in_place(&self) -> bool {
        self.memory.is_foreign()
    }

    /// A tensor of these bytes: elements in C order, little endian. Copies the bytes.
    ///
    /// # Errors
    /// If the number of bytes does not match dtype and shape, or a `BOOL` is neither 0 nor 1.
    pub fn new(dtype: DType, shape: impl Into<Shape>, bytes: &[u8]) -> Result<Self, ShapeError> {
        let shape = shape.into();
        let wanted = dtype.byte_len(&shape);
        if wanted != Some(bytes.len()) {
            let why = Misfit::Count { noun: "byte", wanted, found: bytes.len() };
            return Err(ShapeError { shape, why });
        }
        AnyTensor::filled(dtype, shape, |out| {
            out.copy_from_slice(bytes);
            Ok(())
        })
    }

    /// A tensor whose bytes `fill` writes over zeros: elements in C order, little endian.
    ///
    /// # Errors
    /// If there is no memory for dtype and shape, or a `BOOL` is neither 0 nor 1; and whatever `fill` returns.
    pub fn filled<E: From<ShapeError>>(
        dtype: DType,
        shape: impl Into<Shape>,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let shape = shape.into();
        let wanted = dtype.byte_len(&shape);
        let words = wanted.and_then(|bytes| Words::zeroed(bytes, dtype.alignment()).ok());
        let (Some(bytes), Some(mut words)) = (wanted, words) else {
            return Err(ShapeError { shape, why: Misfit::Memory }.into());
        };
        let out = &mut words.as_bytes_mut()[..bytes];
        fill(out)?;
        if dtype == DType::BOOL && out.iter().any(|&byte| byte > 1) {
            return Err(ShapeError { shape, why: Misfit::Bool }.into());
        }
        Ok(AnyTensor::from_parts(dtype, shape, Storage::owned(words)))
    }

    /// The bytes must match dtype and shape, be aligned, and be valid values.
    pub(crate) fn from_parts(dtype: DType, shape: Shape, storage: Storage) -> Self {
        let tensor_type = TensorType { dtype, shape, byte_len: storage.as_bytes().len() };
        AnyTensor::of_type(Arc::new(tensor_type), storage)
    }

    /// The bytes must be as many as the type has, aligned for its dtype, and valid values.
    pub(crate) fn of_type(tensor_type: Arc<TensorType>, storage: Storage) -> Self {
        let (memory, start) = storage.into_place();
        AnyTensor { tensor_type, memory, start }
    }

    pub(crate) fn into_parts(self) -> (DType, Shape, Storage) {
        (self.tensor_type.dtype, self.tensor_type.shape.clone(), self.into_storage())
    }

    fn into_storage(self) -> Storage {
        Storage::within(self.memory, self.start, self.tensor_type.byte_len)
    }

    /// The dtype of the elements.
    pub fn dtype(&self) -> DType {
        self.tensor_type.dtype
    }

    /// The shape, outermost dim first.
    pub fn shape(&self) -> &Shape {
        &self.tensor_type.shape
    }

    /// The elements' bytes: C order, little endian.
    pub fn as_bytes(&self) -> &[u8] {
        &self.memory.as_bytes()[self.start..self.start + self.tensor_type.byte_len]
    }
}

impl fmt::Debug for AnyTensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.dtype(), self.shape())
    }
}

impl PartialEq for AnyTensor {
    /// The same dtype, shape and bytes.
    fn eq(&self, other: &Self) -> bool {
        self.tensor_type == other.tensor_type && self.as_bytes() == other.as_bytes()
    }
}

impl<T: Element> From<Tensor<T>> for AnyTensor {
    fn from(tensor: Tensor<T>) -> AnyTensor {
        tensor.any
    }
}

impl<T: Element> From<&Tensor<T>> for AnyTensor {
    fn from(tensor: &Tensor<T>) -> AnyTensor {
        tensor.any.clone()
    }
}

impl From<&AnyTensor> for AnyTensor {
    fn from(tensor: &AnyTensor) -> AnyTensor {
        tensor.clone()
    }
}

impl<T: Element> TryFrom<AnyTensor> for Tensor<T> {
    /// The tensor itself, returned because it has another dtype.
    type Error = AnyTensor;

    fn try_from(any: AnyTensor) -> Result<Self, AnyTensor> {
        if any.dtype() == T::DTYPE { Ok(Tensor::of(any)) } else { Err(any) }
    }
}
