//! Parameters of burn: `burn::tensor::Tensor<D>`, `Tensor<D, Int>` and `Tensor<D, Bool>`, and `burn::module::Param` of each, 0.22, with
//! the feature `burn`. They are the types of the crates `burn-tensor` and `burn-core`, which `burn` exports too. burn 0.22 needs rustc 1.95.
//!
//! ```no_run
//! use burn_tensor::{Device, Int, Tensor};
//! use weighbridge::{Loader, Module};
//!
//! #[derive(Module)]
//! struct Embedding<const VOCAB: usize, const HIDDEN: usize> {
//!     #[param(shape = [VOCAB, HIDDEN], dtype = ["F32", "BF16"])]
//!     weight: Tensor<2>,
//!     #[param(shape = ["positions"])]
//!     position_ids: Tensor<1, Int>,
//! }
//!
//! let loaded = Loader::new().device(Device::default()).load::<Embedding<128, 32>>("embedding.safetensors")?;
//! let hidden = loaded.module.weight.select(0, loaded.module.position_ids);
//! # Ok::<(), weighbridge::LoadError>(())
//! ```
//!
//! # What they hold
//!
//! | type | dtypes |
//! |---|---|
//! | `Tensor<D>` | `F32`, `BF16`, `F16`, `F64` |
//! | `Tensor<D, Int>` | `I64`, `I32`, `I16`, `I8`, `U64`, `U32`, `U16`, `U8` |
//! | `Tensor<D, Bool>` | `BOOL` |
//!
//! In burn, dtypes are values, and the tensor has the dtype of the file. `#[param(dtype = ..)]` declares which ones are right. An
//! operation on tensors of two dtypes panics, so if you write a model for `F32`, declare `dtype = "F32"` on its parameters. A load
//! then refuses another dtype, or casts it while reading if you allow that. How `Bool` tensors are stored depends on the device.
//!
//! If the device does not compute in a dtype, the load is refused, because burn would compute garbage.
//!
//! The type has a rank, and a `shape` of another rank does not compile:
//!
//! ```compile_fail
//! # use burn_tensor::Tensor;
//! # use weighbridge::Module;
//! #[derive(Module)]
//! struct Norm {
//!     #[param(shape = [8, 1])]
//!     weight: Tensor<1>,
//! }
//! ```
//!
//! burn has no tensors of rank 0. For a scalar in a file, such as a batch norm's counter, use a field of its own type: `i64`.
//!
//! ```compile_fail
//! # use burn_tensor::{Int, Tensor};
//! # use weighbridge::Module;
//! #[derive(Module)]
//! struct BatchNorm {
//!     #[param(shape = [])]
//!     num_batches_tracked: Tensor<0, Int>,
//! }
//! ```
//!
//! # Where it is made
//!
//! On the `burn::tensor::Device` that you gave to [`Loader::device`](crate::Loader::device), or else on `Device::default()`. burn
//! chooses the default among the backends that it was built with, and panics if there is none. On a device with autodiff,
//! a `Tensor` is not tracked until you call `require_grad`.
//!
//! # Training
//!
//! To burn, a field of type `Tensor` is a constant, and a `Param<Tensor<D>>` is what it trains. A load makes it as
//! `Param::from_tensor` does: it has a new id, and is trained on a device with autodiff.
//!
//! An update keeps the id of a `Param`, by which an optimizer of burn knows it, its device, what its mappers do, and whether it is trained,
//! as burn's own loading does. It is refused if you give the loader another device, or if the `Param` has a LoRA adapter: call `materialize`
//! first. A save writes what burn's own saving would.
//!
//! `Param`s that are tied are clones of one: they have one id and one storage. burn's optimizers step such a pair once for each
//! of its places, with the gradient of one of them, so tie after training, or compute with one of the two fields only.
//!
//! # When bytes are copied
//!
//! | | |
//! |---|---|
//! | from a file to burn | never: burn's `TensorData` takes over the memory that the file was read into. A `BOOL` is copied |
//! | from pairs, or from a file in memory | once, because the memory stays yours |
//! | from `TensorData` to the device | depends on the backend: `Flex` keeps the memory, others copy it to the device |
//! | for tied parameters | once for all of them: they are clones of one tensor and share its storage |
//! | saving | at least once, depending on how the backend reads values back; one tensor at a time |

use burn_core::module::{Param, ParamId};
use burn_tensor::kind::{Basic, Bool, Float, Int};
use burn_tensor::{BoolStore, Bytes, DType as BurnDType, Device, Tensor, TensorData};

use weighbridge_checkpoint::{AnyTensor, DType, Element};

use crate::devices::Devices;
use crate::error::ParameterError;
use crate::parameter::{Parameter, Update, View, wrong_dtype};
use crate::schema::Shapes;

macro_rules! kinds {
    ($($kind:ident: $param:expr, $($dtype:ident),*;)*) => {$(
        impl<const D: usize> Parameter for Tensor<D, $kind> {
            const DTYPES: &'static [DType] = &[$(DType::$dtype),*];
            const SHAPES: Shapes = {
                assert!(D > 0, "burn has no tensors of rank 0; a scalar is a field of its own type, such as `i64`");
                Shapes::Rank(D)
            };

            fn from_tensor(tensor: AnyTensor, devices: &Devices) -> Result<Self, ParameterError> {
                if !Self::DTYPES.contains(&tensor.dtype()) {
                    return Err(wrong_dtype(tensor.dtype(), Self::DTYPES[0]));
                }
                make(tensor, devices)
            }

            fn view(&self) -> View<'_> {
                // no dtype of a file stands for quantised values, so `F32` is a placeholder: fetching the bytes is an error
                View::deferred(dtype(self.dtype()).unwrap_or(DType::F32), self.shape().as_slice(), || bytes(self))
            }

            fn share(&self) -> Option<Self> {
                Some(self.clone())
            }
        }

        impl<const D: usize> Parameter for Param<Tensor<D, $kind>> {
            const DTYPES: &'static [DType] = <Tensor<D, $kind>>::DTYPES;
            const SHAPES: Shapes = <Tensor<D, $kind>>::SHAPES;

            fn from_tensor(tensor: AnyTensor, devices: &Devices) -> Result<Self, ParameterError> {
                <Tensor<D, $kind> as Parameter>::from_tensor(tensor, devices).map($param)
            }

            fn view(&self) -> View<'_> {
                let tensor = self.transform_for_save().val();
                let shape = tensor.shape().to_vec();
                View::deferred(dtype(tensor.dtype()).unwrap_or(DType::F32), shape, move || bytes(&tensor))
            }

            fn update(&self, new: Self, devices: &Devices) -> Result<Update<Self>, ParameterError> {
                let device = self.lazy_device();
                if let Some(other) = devices.get::<Device>().filter(|other| **other != device) {
                    return Err(ParameterError::new(format!(
                        "the parameter is on {device:?}, and the loader's device is {other:?}; a parameter stays where it \
                         is, so give the loader no device, or load a new module"
                    )));
                }
                if self.adapter().is_some() {
                    return Err(ParameterError::new(
                        "the parameter has a LoRA adapter, which an update would drop; call `materialize` on the module",
                    ));
                }
                let new = with_context_of(&device, new.val())?;
                Ok(Update::Replace(self.clone().transform_for_load(new, self.id)))
            }

            fn share(&self) -> Option<Self> {
                Some(self.clone())
            }
        }
    )*};
}

kinds! {
    Float: Param::from_tensor, F32, BF16, F16, F64;
    Int: |tensor| Param::initialized(ParamId::new(), tensor), I64, I32, I16, I8, U64, U32, U16, U8;
    Bool: |tensor| Param::initialized(ParamId::new(), tensor), BOOL;
}

fn make<const D: usize, K: Basic>(tensor: AnyTensor, devices: &Devices) -> Result<Tensor<D, K>, ParameterError> {
    let (dtype, shape) = (tensor.dtype(), tensor.shape().to_vec());
    let data = data(tensor)?;
    let held = data.dtype();
    let default;
    let device = match devices.get::<Device>() {
        Some(device) => device,
        None => {
            default = Device::default();
            &default
        }
    };
    // checked first, because burn would panic or compute garbage; a device may store booleans as it likes
    if dtype != DType::BOOL && !device.supports_dtype(held) {
        return Err(ParameterError::new(format!(
            "{device:?} does not compute in {dtype}; give the loader another device, or say on the field which dtype it \
             takes and allow the cast (`Loader::cast`)"
        )));
    }
    if shape.len() != D {
        return Err(ParameterError::new(format!("the tensor is of rank {}, and the type of rank {D}", shape.len())));
    }
    // name the dtype, because burn would otherwise cast to the device's default
    let made = Tensor::from_data(data, (device, held));
    if dtype != DType::BOOL && made.dtype() != held {
        return Err(ParameterError::new(format!(
            "{device:?} made {} of a tensor of {dtype}; give the loader another device",
            made.dtype().name()
        )));
    }
    Ok(made)
}

/// The tensor on a device with autodiff, if the device has it: moving a tensor leaves it as it is.
fn with_context_of<const D: usize, K: Basic>(
    device: &Device,
    tensor: Tensor<D, K>,
) -> Result<Tensor<D, K>, ParameterError> {
    if !device.is_autodiff() || tensor.device().is_autodiff() {
        return Ok(tensor);
    }
    let data = tensor.try_to_data().map_err(|error| ParameterError::new(one_line(&error)))?;
    let held = data.dtype();
    Ok(Tensor::from_data(data, (device, held)))
}

/// Makes burn's data from the tensor, which gives up its memory and keeps its dtype.
fn data(tensor: AnyTensor) -> Result<TensorData, ParameterError> {
    // burn multiplies the dims without a check, and those of an empty tensor may overflow
    let mut dims = tensor.shape().iter().filter(|&&dim| dim > 0);
    if dims.try_fold(1_isize, |n, &dim| n.checked_mul(dim.try_into().ok()?)).is_none() {
        return Err(ParameterError::new(format!(
            "burn cannot hold the empty shape {}, whose other dims overflow; take an `AnyTensor`",
            tensor.shape()
        )));
    }
    let shape = tensor.shape().to_vec();
    let (bytes, held) = match tensor.dtype() {
        DType::F32 => (taken::<f32>(tensor)?, BurnDType::F32),
        DType::BF16 => (taken::<half::bf16>(tensor)?, BurnDType::BF16),
        DType::F16 => (taken::<half::f16>(tensor)?, BurnDType::F16),
        DType::F64 => (taken::<f64>(tensor)?, BurnDType::F64),
        DType::I64 => (taken::<i64>(tensor)?, BurnDType::I64),
        DType::I32 => (taken::<i32>(tensor)?, BurnDType::I32),
        DType::I16 => (taken::<i16>(tensor)?, BurnDType::I16),
        DType::I8 => (taken::<i8>(tensor)?, BurnDType::I8),
        DType::U64 => (taken::<u64>(tensor)?, BurnDType::U64),
        DType::U32 => (taken::<u32>(tensor)?, BurnDType::U32),
        DType::U16 => (taken::<u16>(tensor)?, BurnDType::U16),
        DType::U8 => (taken::<u8>(tensor)?, BurnDType::U8),
        DType::BOOL => (taken::<bool>(tensor)?, BurnDType::Bool(BoolStore::Native)),
        other => return Err(wrong_dtype(other, DType::F32)),
    };
    TensorData::try_from_bytes(bytes, shape, held)
        .map_err(|error| ParameterError::new(format!("burn could not take the tensor: {}", one_line(&error))))
}

/// The tensor's memory, which burn takes over.
fn taken<T: Element + bytemuck::NoUninit>(tensor: AnyTensor) -> Result<Bytes, ParameterError> {
    let typed = weighbridge_checkpoint::Tensor::<T>::try_from(tensor)
        .map_err(|tensor| wrong_dtype(tensor.dtype(), T::DTYPE))?;
    Ok(Bytes::from_elems(typed.into_vec()))
}

fn dtype(held: BurnDType) -> Option<DType> {
    Some(match held {
        BurnDType::F64 => DType::F64,
        // `Flex32` computes with less precision, and is stored as `F32`
        BurnDType::F32 | BurnDType::Flex32 => DType::F32,
        BurnDType::F16 => DType::F16,
        BurnDType::BF16 => DType::BF16,
        BurnDType::I64 => DType::I64,
        BurnDType::I32 => DType::I32,
        BurnDType::I16 => DType::I16,
        BurnDType::I8 => DType::I8,
        BurnDType::U64 => DType::U64,
        BurnDType::U32 => DType::U32,
        BurnDType::U16 => DType::U16,
        BurnDType::U8 => DType::U8,
        BurnDType::Bool(_) => DType::BOOL,
        BurnDType::QFloat(_) => return None,
    })
}

/// The elements' bytes in C order.
fn bytes<const D: usize, K: Basic>(tensor: &Tensor<D, K>) -> Result<Vec<u8>, ParameterError> {
    let refused = |why: String| ParameterError::new(format!("burn could not give the tensor's values: {why}"));
    if dtype(tensor.dtype()).is_none() {
        return Err(refused("they are quantised; call `dequantize` before saving".to_owned()));
    }
    let data = tensor.try_to_data().map_err(|error| refused(one_line(&error)))?;
    if dtype(data.dtype()) != dtype(tensor.dtype()) {
        return Err(refused(format!(
            "they are {} on the device and came as {}",
            tensor.dtype().name(),
            data.dtype().name()
        )));
    }
    if data.dtype().is_bool() {
        // the width of booleans depends on the device
        let data = data.try_cast(BurnDType::Bool(BoolStore::Native)).map_err(|error| refused(one_line(&error)))?;
        let values = data.as_slice::<bool>().map_err(|error| refused(one_line(&error)))?;
        return Ok(values.iter().map(|&value| u8::from(value)).collect());
    }
    Ok(data.into_bytes().try_into_vec().unwrap_or_else(|bytes| bytes.to_vec()))
}

/// An error of burn without its line breaks.
fn one_line(error: &impl std::fmt::Display) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}
