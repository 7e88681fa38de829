//! Quantised parameters of candle: `candle_core::quantized::QTensor` and `QMatMul`, 0.11, with the feature `candle`.
//!
//! ```
//! use candle_core::quantized::{QMatMul, QTensor};
//! use candle_core::{Device, Module as _, Tensor};
//! use weighbridge::{Loader, Module};
//!
//! /// A part of a Llama, in the names of GGUF.
//! #[derive(Module)]
//! #[module(ignore = ["blk.*", "output_norm.weight"])]
//! struct Ends {
//!     #[param(rename = "token_embd.weight", shape = ["llama.vocab_size", "llama.embedding_length"])]
//!     embedding: QTensor,
//!     #[param(rename = "output.weight", shape = ["llama.vocab_size", "llama.embedding_length"])]
//!     head: QMatMul,
//! }
//!
//! let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/gguf/llama-q8_0.gguf");
//! let ends = Loader::new().config_file(file).load::<Ends>(file)?.module;
//! let x = ends.embedding.embedding(&Tensor::new(&[[1_u32, 2]], &Device::Cpu)?)?;
//! assert_eq!(ends.head.forward(&x)?.dims(), [1, 2, 128]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What they hold
//!
//! Blocks of `Q4_0`, `Q4_1`, `Q5_0`, `Q5_1`, `Q8_0`, `Q2_K`, `Q3_K`, `Q4_K`, `Q5_K`, `Q6_K` and `Q8_K`, of any rank but 0, as the file has
//! them. A `QTensor` also holds `F32`, `F16` and `BF16`. A `QMatMul` holds `F32` beside blocks: of halves, candle makes `F32`. So say that
//! it is to, with `Cast::Lossless` or `dtype = ["F16", "F32"]` on the field.
//!
//! candle has no blocks of the other types of GGUF, and its `Q8_1` has another size: declare an [`AnyTensor`]. Nothing is quantised in a
//! load. `#[param(dtype = ..)]` declares which types are right; if you leave it out, all of the above are.
//!
//! If you set candle's own variables of the environment, `CANDLE_DEQUANTIZE_ALL` or `CANDLE_DEQUANTIZE_ALL_F16`, a `QMatMul` has
//! floats in place of blocks.
//!
//! # Where they are made
//!
//! On the `candle_core::Device` that you gave to [`Loader::device`](crate::Loader::device), or else on `Device::Cpu`.
//!
//! # When bytes are copied
//!
//! | | |
//! |---|---|
//! | blocks to `Device::Cpu` | once, by candle, which has no way to take memory over. A [mapped](crate::Loader::mapped) load copies them straight out of the file; an owned one has each tensor twice for that moment |
//! | floats from a file to `Device::Cpu` | never: candle takes over the memory that the file was read into |
//! | to another device | once, by candle |
//! | for tied parameters | `QMatMul` and `Arc<QTensor>`: once for all of them, which share it. A bare `QTensor` cannot be shared, and each has its own |
//! | saving | never on the CPU; from another device once |
//!
//! An update puts the new value into the place of the old one, so handles to the old one keep it. A save writes floats; no format that
//! is written here has blocks, and it is refused for them.

use std::borrow::Cow;

use candle_core::quantized::{GgmlDType, QMatMul, QStorage, QTensor};
use candle_core::{Device, Tensor};

use weighbridge_checkpoint::{AnyTensor, DType, Element};

use super::candle::{cannot_multiply, first_line, refused};
use crate::devices::Devices;
use crate::error::ParameterError;
use crate::parameter::{Parameter, View, wrong_dtype};
use crate::schema::Shapes;

/// Every dtype of blocks whose bytes are alike in candle and in GGUF, with candle's name.
macro_rules! blocks {
    ($($dtype:ident $ggml:ident),*) => {
        const QTENSOR: &[DType] = &[DType::F32, DType::F16, DType::BF16, $(DType::$dtype),*];
        const QMATMUL: &[DType] = &[DType::F32, $(DType::$dtype),*];

        fn to_candle(dtype: DType) -> Option<GgmlDType> {
            Some(match dtype {
                DType::F32 => GgmlDType::F32,
                DType::F16 => GgmlDType::F16,
                DType::BF16 => GgmlDType::BF16,
                $(DType::$dtype => GgmlDType::$ggml,)*
                _ => return None,
            })
        }
    };
}

blocks! {
    Q4_0 Q4_0, Q4_1 Q4_1, Q5_0 Q5_0, Q5_1 Q5_1, Q8_0 Q8_0, Q2_K Q2K, Q3_K Q3K, Q4_K Q4K, Q5_K Q5K, Q6_K Q6K, Q8_K Q8K
}

/// At least one dim.
const ROWS: Shapes = Shapes::Array(None, &Shapes::Any);

impl Parameter for QTensor {
    const DTYPES: &'static [DType] = QTENSOR;
    const SHAPES: Shapes = ROWS;

    fn from_tensor(tensor: AnyTensor, devices: &Devices) -> Result<Self, ParameterError> {
        let device = devices.get::<Device>().unwrap_or(&Device::Cpu);
        if let Some(why) = cannot_multiply(&tensor) {
            return Err(why);
        }
        let (shape, dtype) = (tensor.shape().to_vec(), tensor.dtype());
        let Some(ggml) = to_candle(dtype) else { return Err(wrong_dtype(dtype, DType::F32)) };
        storage(tensor, ggml, device)
            .and_then(|storage| QTensor::new(storage, shape))
            .map_err(|error| refused(device, &error))
    }

    fn view(&self) -> View<'_> {
        let dims = self.shape().dims();
        let Some(dtype) = QTENSOR.iter().copied().find(|dtype| to_candle(*dtype) == Some(self.dtype())) else {
            let why = format!("candle's {:?} has no name among dtypes", self.dtype());
            return View::deferred(DType::F32, dims, move || Err(ParameterError::new(why.clone())));
        };
        if let (Device::Cpu, Ok(bytes)) = (self.device(), self.data()) {
            return View::new(dtype, dims, bytes);
        }
        View::deferred(dtype, dims, || {
            self.data().map(Cow::into_owned).map_err(|error| {
                ParameterError::new(format!("candle could not give the tensor's bytes: {}", first_line(&error)))
            })
        })
    }
}

impl Parameter for QMatMul {
    const DTYPES: &'static [DType] = QMATMUL;
    const SHAPES: Shapes = ROWS;

    fn from_tensor(tensor: AnyTensor, devices: &Devices) -> Result<Self, ParameterError> {
        if tensor.dtype() == DType::F32 {
            return Tensor::from_tensor(tensor, devices).map(QMatMul::Tensor);
        }
        let tensor = QTensor::from_tensor(tensor, devices)?;
        let device = tensor.device();
        QMatMul::from_qtensor(tensor).map_err(|error| refused(&device, &error))
    }

    fn view(&self) -> View<'_> {
        match self {
            QMatMul::QTensor(tensor) => Parameter::view(&**tensor),
            QMatMul::Tensor(tensor) | QMatMul::TensorF16(tensor) => Parameter::view(tensor),
        }
    }

    fn share(&self) -> Option<Self> {
        Some(self.clone())
    }
}

/// The memory of a tensor in candle. Floats are taken over, if they are to be on the CPU.
fn storage(tensor: AnyTensor, dtype: GgmlDType, device: &Device) -> candle_core::Result<QStorage> {
    // candle takes a slice for blocks, and one without any has no address that is aligned for them
    if tensor.as_bytes().is_empty() && matches!(device, Device::Cpu) {
        return Ok(QStorage::Cpu(dtype.cpu_zeros(0)));
    }
    match (dtype, device) {
        (GgmlDType::F32, Device::Cpu) => Ok(QStorage::Cpu(Box::new(elements::<f32>(tensor)))),
        (GgmlDType::F16, Device::Cpu) => Ok(QStorage::Cpu(Box::new(elements::<half::f16>(tensor)))),
        (GgmlDType::BF16, Device::Cpu) => Ok(QStorage::Cpu(Box::new(elements::<half::bf16>(tensor)))),
        _ => QStorage::from_data(Cow::Borrowed(tensor.as_bytes()), device, dtype),
    }
}

fn elements<T: Element>(tensor: AnyTensor) -> Vec<T> {
    let typed = weighbridge_checkpoint::Tensor::<T>::try_from(tensor);
    typed.map(weighbridge_checkpoint::Tensor::into_vec).unwrap_or_default()
}
