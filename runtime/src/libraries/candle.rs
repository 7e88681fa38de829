//! Parameters of candle: `candle_core::Tensor` and `Var`, 0.11, with the feature `candle`.
//!
//! ```
//! use candle_core::{Device, Tensor};
//! use weighbridge::{Loader, Module};
//!
//! #[derive(Module)]
//! struct Linear<const IN: usize, const OUT: usize> {
//!     #[param(shape = [OUT, IN], dtype = ["F32", "BF16"])]
//!     weight: Tensor,
//!     #[param(shape = [OUT])]
//!     bias: Option<Tensor>,
//! }
//!
//! # let scratch = tempfile::tempdir()?;
//! # let path = scratch.path().join("linear.safetensors");
//! # weighbridge::Module::save_weights(&Linear::<3, 2> {
//! #     weight: Tensor::new(&[[1_f32, 2., 3.], [4., 5., 6.]], &Device::Cpu)?,
//! #     bias: None,
//! # }, &path)?;
//! # let path = path.as_path();
//! let loaded = Loader::new().device(Device::Cpu).load::<Linear<3, 2>>(path)?;
//! let linear = loaded.module;
//! let x = Tensor::new(&[[1_f32, 0., 0.]], &Device::Cpu)?;
//! assert_eq!(x.matmul(&linear.weight.t()?)?.to_vec2::<f32>()?, [[1., 4.]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it holds
//!
//! Any rank, and these dtypes: `F32`, `BF16`, `F16`, `F64`, `I64`, `I32`, `I16`, `U32`, `U8`, `F8_E4M3`. The tensor has the dtype of
//! the file; `#[param(dtype = ..)]` declares which ones are right. A load refuses a dtype that candle has no elements for (`BOOL`,
//! `I8`, `U16`, `U64`, …). If you allow a cast, it goes to the first dtype in this list that it may be cast to. candle's `DType`
//! also has `F4`, `F6_E2M3`, `F6_E3M2` and `F8_E8M0`, but candle computes nothing with them. They are refused too; hold them in an
//! [`AnyTensor`]. Quantised types of GGUF are parameters of [other types](super::candle_quantised). Untyped elements of an `.npz` have the dtype that the field names, as in `dtype = "BF16"`, and are refused if it
//! names none.
//!
//! # Where it is made
//!
//! On the `candle_core::Device` that you gave to [`Loader::device`](crate::Loader::device), or else on `Device::Cpu`.
//!
//! # Training
//!
//! To candle's backpropagation, a `Tensor` that was loaded is a constant, and a `Var` is a variable:
//!
//! ```
//! use candle_core::{Device, Tensor, Var};
//! use weighbridge::{Loader, Module};
//!
//! #[derive(Module)]
//! struct Linear {
//!     #[param(shape = ["out", "in"], dtype = "F32")]
//!     weight: Var,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let weight = weighbridge::Tensor::new([1, 2], vec![1_f32, 2.])?;
//! let mut linear = Linear::from_weights([("weight", weight)])?;
//! let mut vars = Vec::new();
//! linear.for_each_parameter_mut(|_, var: &mut Var| vars.push(var.clone()))?;      // for an optimizer
//!
//! // an update sets the same variables, and the optimizer goes on with them
//! let weight = weighbridge::Tensor::new([1, 2], vec![3_f32, 4.])?;
//! linear.load_weights([("weight", weight)])?;
//! assert_eq!(vars[0].to_vec2::<f32>()?, [[3., 4.]]);
//! let grads = linear.weight.sqr()?.sum_all()?.backward()?;
//! assert_eq!(grads.get(&vars[0]).unwrap().to_vec2::<f32>()?, [[6., 8.]]);
//! # Ok(())
//! # }
//! ```
//!
//! An update makes all new values first. Then it sets each variable in place, as `Var::set` does, so that handles elsewhere see the new
//! values. It is refused, and changes nothing, if a variable has another dtype or shape than its new value, or is not contiguous. The
//! variable stays on its device. If you give the loader another one, the update is refused too. A `Tensor` that is a variable, as in a
//! model whose `VarBuilder` is of a `VarMap`, is updated like a `Var`.
//!
//! Variables that are tied are one `Var`.
//!
//! # When bytes are copied
//!
//! | | |
//! |---|---|
//! | from a file to `Device::Cpu` | never: the tensor takes over the memory that the file was read into (`Tensor::from_vec`). `F8_E4M3` is copied once |
//! | from pairs, or from a file in memory | once, because the memory stays yours |
//! | to another device | once, by candle |
//! | for tied parameters | once for all of them: they are clones of one tensor and share its storage |
//! | an update of a variable | once, from the new value into the variable |
//! | saving | once, because candle lends its memory only under a lock. A tensor that is not contiguous is made so first, and one on another device is fetched; one tensor at a time |

use candle_core::{CpuStorage, DType as CandleDType, Device, Error, Storage, Tensor, Var, WithDType};

use weighbridge_checkpoint::{AnyTensor, DType, Element};

use crate::devices::Devices;
use crate::error::ParameterError;
use crate::parameter::{Parameter, Update, View, wrong_dtype};

impl Parameter for Tensor {
    const DTYPES: &'static [DType] = &[
        DType::F32,
        DType::BF16,
        DType::F16,
        DType::F64,
        DType::I64,
        DType::I32,
        DType::I16,
        DType::U32,
        DType::U8,
        DType::F8_E4M3,
    ];

    fn from_tensor(tensor: AnyTensor, devices: &Devices) -> Result<Self, ParameterError> {
        make(tensor, devices)
    }

    fn view(&self) -> View<'_> {
        // for a dtype that is not known here, `F32` is a placeholder: fetching the bytes is an error
        View::deferred(dtype(self.dtype()).unwrap_or(DType::F32), self.dims(), || {
            bytes(self).map_err(|error| {
                ParameterError::new(format!("candle could not give the tensor's bytes: {}", first_line(&error)))
            })
        })
    }

    fn update(&self, new: Self, devices: &Devices) -> Result<Update<Self>, ParameterError> {
        if !self.is_variable() {
            return Ok(Update::Replace(new));
        }
        // of a tensor that is a variable, this is another handle
        let var = Var::from_tensor(self).map_err(|error| ParameterError::new(first_line(&error)))?;
        set(var, &new, devices).map(Update::Set)
    }

    fn share(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Parameter for Var {
    const DTYPES: &'static [DType] = <Tensor as Parameter>::DTYPES;

    fn from_tensor(tensor: AnyTensor, devices: &Devices) -> Result<Self, ParameterError> {
        make(tensor, devices)
    }

    fn view(&self) -> View<'_> {
        self.as_tensor().view()
    }

    fn update(&self, new: Self, devices: &Devices) -> Result<Update<Self>, ParameterError> {
        set(self.clone(), &new, devices).map(Update::Set)
    }

    fn share(&self) -> Option<Self> {
        Some(self.clone())
    }
}

/// Gives a variable the elements of a tensor, once that is called. What can fail, fails here.
fn set(var: Var, new: &Tensor, devices: &Devices) -> Result<Box<dyn FnOnce()>, ParameterError> {
    if (var.dtype(), var.dims()) != (new.dtype(), new.dims()) {
        let shown = |tensor: &Tensor| format!("{} {:?}", tensor.dtype().as_str().to_uppercase(), tensor.dims());
        return Err(ParameterError::new(format!(
            "the variable is {}, and its new value {}; a variable keeps its dtype and shape, so load a new module, or say \
             on the field which dtype it has and allow the cast (`Loader::cast`)",
            shown(&var),
            shown(new)
        )));
    }
    if !var.is_contiguous() {
        return Err(ParameterError::new(
            "the variable is not contiguous, and candle cannot set it; make it of a contiguous tensor",
        ));
    }
    let device = var.device().clone();
    if let Some(other) = devices.get::<Device>()
        && !device.same_device(other)
    {
        return Err(ParameterError::new(format!(
            "the variable is on {device:?}, and the loader's device is {other:?}; a variable stays where it is, so give \
             the loader no device, or load a new module"
        )));
    }
    let new = new.to_device(&device).map_err(|error| refused(&device, &error))?;
    Ok(Box::new(move || {
        if let Err(error) = var.set(&new) {
            // both are there, and alike: only a device that has failed can come here
            panic!("candle could not set a variable on {device:?}: {}", first_line(&error));
        }
    }))
}

/// A tensor or a variable.
trait Made: Sized {
    fn from_vec<T: WithDType>(elements: Vec<T>, shape: Vec<usize>, device: &Device) -> candle_core::Result<Self>;

    fn from_tensor(tensor: Tensor) -> candle_core::Result<Self>;
}

impl Made for Tensor {
    fn from_vec<T: WithDType>(elements: Vec<T>, shape: Vec<usize>, device: &Device) -> candle_core::Result<Self> {
        Tensor::from_vec(elements, shape, device)
    }

    fn from_tensor(tensor: Tensor) -> candle_core::Result<Self> {
        Ok(tensor)
    }
}

impl Made for Var {
    fn from_vec<T: WithDType>(elements: Vec<T>, shape: Vec<usize>, device: &Device) -> candle_core::Result<Self> {
        Var::from_vec(elements, shape, device)
    }

    fn from_tensor(tensor: Tensor) -> candle_core::Result<Self> {
        Var::from_tensor(&tensor)
    }
}

fn make<M: Made>(tensor: AnyTensor, devices: &Devices) -> Result<M, ParameterError> {
    let device = devices.get::<Device>().unwrap_or(&Device::Cpu);
    if let Some(why) = cannot_multiply(&tensor) {
        return Err(why);
    }
    match tensor.dtype() {
        DType::F32 => taken::<M, f32>(tensor, device),
        DType::BF16 => taken::<M, half::bf16>(tensor, device),
        DType::F16 => taken::<M, half::f16>(tensor, device),
        DType::F64 => taken::<M, f64>(tensor, device),
        DType::I64 => taken::<M, i64>(tensor, device),
        DType::I32 => taken::<M, i32>(tensor, device),
        DType::I16 => taken::<M, i16>(tensor, device),
        DType::U32 => taken::<M, u32>(tensor, device),
        DType::U8 => taken::<M, u8>(tensor, device),
        DType::F8_E4M3 => Tensor::from_raw_buffer(tensor.as_bytes(), CandleDType::F8E4M3, tensor.shape(), device)
            .and_then(M::from_tensor)
            .map_err(|error| refused(device, &error)),
        other => Err(wrong_dtype(other, DType::F32)),
    }
}

/// Why candle cannot hold the shape: it multiplies the dims without a check, and those of an empty tensor may overflow.
pub(super) fn cannot_multiply(tensor: &AnyTensor) -> Option<ParameterError> {
    let mut dims = tensor.shape().iter().filter(|&&dim| dim > 0);
    let overflows = dims.try_fold(1_usize, |n, &dim| n.checked_mul(dim)).is_none();
    overflows.then(|| {
        ParameterError::new(format!(
            "candle cannot hold the empty shape {}, whose other dims overflow; take an `AnyTensor`",
            tensor.shape()
        ))
    })
}

/// Makes a tensor of candle, which takes over the memory.
fn taken<M: Made, T: Element + WithDType>(tensor: AnyTensor, device: &Device) -> Result<M, ParameterError> {
    let tensor = weighbridge_checkpoint::Tensor::<T>::try_from(tensor)
        .map_err(|tensor| wrong_dtype(tensor.dtype(), <T as Element>::DTYPE))?;
    let shape = tensor.shape().to_vec();
    M::from_vec(tensor.into_vec(), shape, device).map_err(|error| refused(device, &error))
}

pub(super) fn refused(device: &Device, error: &Error) -> ParameterError {
    ParameterError::new(format!(
        "candle could not make the tensor on {device:?}: {}; give the loader a device that can hold it",
        first_line(error)
    ))
}

/// The error without the backtrace that candle adds to its text.
pub(super) fn first_line(error: &Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

fn dtype(held: CandleDType) -> Option<DType> {
    Some(match held {
        CandleDType::U8 => DType::U8,
        CandleDType::U32 => DType::U32,
        CandleDType::I16 => DType::I16,
        CandleDType::I32 => DType::I32,
        CandleDType::I64 => DType::I64,
        CandleDType::BF16 => DType::BF16,
        CandleDType::F16 => DType::F16,
        CandleDType::F32 => DType::F32,
        CandleDType::F64 => DType::F64,
        CandleDType::F8E4M3 => DType::F8_E4M3,
        CandleDType::F6E2M3 => DType::F6_E2M3,
        CandleDType::F6E3M2 => DType::F6_E3M2,
        CandleDType::F4 => DType::F4,
        CandleDType::F8E8M0 => DType::F8_E8M0,
        _ => return None,
    })
}

/// The elements' bytes in C order, wherever and however the tensor holds them.
fn bytes(tensor: &Tensor) -> candle_core::Result<Vec<u8>> {
    fn cast<T: bytemuck::NoUninit>(part: &[T]) -> Vec<u8> {
        bytemuck::cast_slice(part).to_vec()
    }
    let held = tensor.dtype();
    let unknown = || Error::Msg(format!("it does not compute with {}; keep it in an `AnyTensor`", held.as_str()));
    // checked first, because candle does not know the size of an element of these dtypes
    if !dtype(held).is_some_and(|dtype| <Tensor as Parameter>::DTYPES.contains(&dtype)) {
        return Err(unknown());
    }
    let tensor = tensor.contiguous()?.to_device(&Device::Cpu)?;
    let (storage, layout) = tensor.storage_and_layout();
    let (Storage::Cpu(storage), Some((start, end))) = (&*storage, layout.contiguous_offsets()) else {
        return Err(Error::Msg("it did not come to the CPU".to_owned()));
    };
    let part = start..end;
    let bytes = match storage {
        CpuStorage::U8(all) => all.get(part).map(cast),
        CpuStorage::U32(all) => all.get(part).map(cast),
        CpuStorage::I16(all) => all.get(part).map(cast),
        CpuStorage::I32(all) => all.get(part).map(cast),
        CpuStorage::I64(all) => all.get(part).map(cast),
        CpuStorage::BF16(all) => all.get(part).map(cast),
        CpuStorage::F16(all) => all.get(part).map(cast),
        CpuStorage::F32(all) => all.get(part).map(cast),
        CpuStorage::F64(all) => all.get(part).map(cast),
        CpuStorage::F8E4M3(all) => all.get(part).map(|part| part.iter().map(|value| value.to_bits()).collect()),
        CpuStorage::F6E2M3(_) | CpuStorage::F6E3M2(_) | CpuStorage::F4(_) | CpuStorage::F8E8M0(_) => {
            return Err(unknown());
        }
    };
    bytes.ok_or_else(|| Error::Msg("its storage is shorter than its shape says".to_owned()))
}
