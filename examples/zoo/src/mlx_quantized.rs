//! The quantised layers of MLX, `nn.QuantizedLinear` and `nn.QuantizedEmbedding`, as ordinary structs: weights alone.
//!
//! `mx.quantize` packs a weight of [OUT, IN] into `weight` U32 [OUT, IN * BITS / 32], and for each group of `GROUP`
//! elements of a row it writes one number into `scales`. The modes differ in these numbers:
//!
//! | mode | `GROUP`, `BITS` | `scales` | `biases` |
//! |---|---|---|---|
//! | affine | 32, 64 or 128; 2, 3, 4, 5, 6 or 8 | the dtype that the weight had | as `scales` |
//! | mxfp4 | 32, 4 | U8 (an exponent) | none |
//! | nvfp4 | 16, 4 | U8 (an 8-bit float) | none |
//! | mxfp8 | 32, 8 | U8 (an exponent) | none |
//!
//! An affine layer of 4 bits in groups of 32 and an mxfp4 layer have the same shapes, and MLX, which looks at no dtype,
//! takes the one's scales for the other's. Here the dtype is a part of the type.
//!
//! What `mx.quantize` refuses does not compile:
//!
//! ```compile_fail
//! use weighbridge::Module;
//! use weighbridge_zoo::mlx_quantized::QuantizedLinear;
//!
//! // a row of 100 is no whole number of groups of 64
//! const PARAMETERS: Option<usize> = <QuantizedLinear<100, 64, 64, 4>>::SCHEMA.parameter_count();
//! ```

use weighbridge::{Element, Module, Tensor};

/// The committed checkpoint: `nn.quantize(model, group_size=32, bits=4)`.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Tiny {
    /// 64 tokens, 64 wide.
    pub embed: QuantizedEmbedding<64, 64, 32, 4>,
    /// With a bias and without one.
    pub layers: (QuantizedLinear<64, 64, 32, 4>, QuantizedLinear<64, 128, 32, 4>),
}

/// `nn.QuantizedLinear` in the affine mode: an element is its group's scale times the packed integer, plus its group's
/// bias. `T` is what the weight was made of before.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct QuantizedLinear<
    const IN: usize,
    const OUT: usize,
    const GROUP: usize = 64,
    const BITS: usize = 4,
    T: Element = f32,
> {
    /// The packed weight and its groups.
    #[module(flatten)]
    pub packed: Affine<OUT, IN, GROUP, BITS, T>,
    /// Added to each output; `nn.Linear(.., bias=False)` has none, and which of a model's layers have one is seldom in
    /// its configuration.
    #[param(shape = [OUT])]
    pub bias: Option<Tensor<T>>,
}

/// `nn.QuantizedEmbedding` in the affine mode: [`Affine`] as it is.
pub type QuantizedEmbedding<
    const COUNT: usize,
    const DIM: usize,
    const GROUP: usize = 64,
    const BITS: usize = 4,
    T = f32,
> = Affine<COUNT, DIM, GROUP, BITS, T>;

/// `nn.QuantizedLinear` in a mode whose scales are 8-bit floats.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct MicroscaledLinear<const IN: usize, const OUT: usize, const GROUP: usize, const BITS: usize, T: Element = f32>
{
    /// The packed weight and its groups.
    #[module(flatten)]
    pub packed: Microscaled<OUT, IN, GROUP, BITS>,
    /// Added to each output.
    #[param(shape = [OUT])]
    pub bias: Option<Tensor<T>>,
}

/// `mode="mxfp4"`: 4-bit floats, and an exponent for 32 of them.
pub type MxFp4Linear<const IN: usize, const OUT: usize, T = f32> = MicroscaledLinear<IN, OUT, 32, 4, T>;

/// `mode="nvfp4"`: 4-bit floats, and an 8-bit float for 16 of them.
pub type NvFp4Linear<const IN: usize, const OUT: usize, T = f32> = MicroscaledLinear<IN, OUT, 16, 4, T>;

/// `mode="mxfp8"`: 8-bit floats, and an exponent for 32 of them.
pub type MxFp8Linear<const IN: usize, const OUT: usize, T = f32> = MicroscaledLinear<IN, OUT, 32, 8, T>;

/// A linear layer as the file has it: quantisers leave some layers alone, and give others more bits. `BITS` are the
/// model's, and a layer may have 8 of them, or none. That the dtypes and shapes of one of these fit is checked as
/// everywhere; which one it is, a `match` tells.
#[derive(Module, Clone, Debug, PartialEq)]
pub enum AnyLinear<const IN: usize, const OUT: usize, const GROUP: usize = 64, const BITS: usize = 4, T: Element = f32>
{
    /// As it was trained.
    Float {
        /// A row for each output.
        #[param(shape = [OUT, IN])]
        weight: Tensor<T>,
        /// Added to each output.
        #[param(shape = [OUT])]
        bias: Option<Tensor<T>>,
    },
    /// With the model's bits.
    Quantized(QuantizedLinear<IN, OUT, GROUP, BITS, T>),
    /// With 8 bits.
    Finer(QuantizedLinear<IN, OUT, GROUP, 8, T>),
}

/// A matrix in the affine mode.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Affine<const ROWS: usize, const COLUMNS: usize, const GROUP: usize, const BITS: usize, T: Element> {
    /// Integers of `BITS` bits.
    #[param(shape = [ROWS, exactly(COLUMNS * BITS, 32)])]
    pub weight: Tensor<u32>,
    /// What a packed integer is multiplied by.
    #[param(shape = [ROWS, exactly(COLUMNS, GROUP)])]
    pub scales: Tensor<T>,
    /// What is added then.
    #[param(shape = [ROWS, exactly(COLUMNS, GROUP)])]
    pub biases: Tensor<T>,
}

/// A matrix in one of the other modes.
#[derive(Module, Clone, Debug, PartialEq)]
pub struct Microscaled<const ROWS: usize, const COLUMNS: usize, const GROUP: usize, const BITS: usize> {
    /// Floats of `BITS` bits.
    #[param(shape = [ROWS, exactly(COLUMNS * BITS, 32)])]
    pub weight: Tensor<u32>,
    /// What they are multiplied by.
    #[param(shape = [ROWS, exactly(COLUMNS, GROUP)])]
    pub scales: Tensor<u8>,
}

/// `whole / part`, where that leaves nothing over; otherwise the model does not compile, as `mx.quantize` refuses it.
const fn exactly(whole: usize, part: usize) -> usize {
    assert!(whole.is_multiple_of(part), "a row must be a whole number of groups, and of 32-bit words");
    whole / part
}
