//! Weighbridge's rows, and the models that it loads.

use half::bf16;
use weighbridge::{AnyTensor, Cast, Loader, Module, Parameter, Tensor};

use crate::case::{self, BF16_DIMS, BLOCKS_DIMS, Case, DEQUANTISED_DIMS, F32_DIMS, MATRIX, SMALL};
use crate::measure::{Measure, Measured};
use crate::memory::touch_pages;

#[derive(Module)]
pub(crate) struct Llama<P: Parameter, const HIDDEN: usize, const INNER: usize, const VOCAB: usize> {
    #[param(rename = "model.embed_tokens.weight", shape = [VOCAB, HIDDEN])]
    embedding: P,
    #[module(rename = "model.layers", len = case::LAYERS)]
    layers: Vec<Layer<P, HIDDEN, INNER>>,
    #[param(rename = "model.norm.weight", shape = [HIDDEN])]
    norm: P,
}

#[derive(Module)]
pub(crate) struct Layer<P: Parameter, const HIDDEN: usize, const INNER: usize> {
    #[param(rename = "input_layernorm.weight", shape = [HIDDEN])]
    input_norm: P,
    #[param(rename = "self_attn.q_proj.weight", shape = [HIDDEN, HIDDEN])]
    q: P,
    #[param(rename = "self_attn.k_proj.weight", shape = [HIDDEN, HIDDEN])]
    k: P,
    #[param(rename = "self_attn.v_proj.weight", shape = [HIDDEN, HIDDEN])]
    v: P,
    #[param(rename = "self_attn.o_proj.weight", shape = [HIDDEN, HIDDEN])]
    o: P,
    #[param(rename = "post_attention_layernorm.weight", shape = [HIDDEN])]
    post_norm: P,
    #[param(rename = "mlp.gate_proj.weight", shape = [INNER, HIDDEN])]
    gate: P,
    #[param(rename = "mlp.up_proj.weight", shape = [INNER, HIDDEN])]
    up: P,
    #[param(rename = "mlp.down_proj.weight", shape = [HIDDEN, INNER])]
    down: P,
}

#[derive(Module)]
pub(crate) struct Many {
    #[module(rename = "model.layers", len = 100)]
    layers: Vec<Experts>,
}

#[derive(Module)]
pub(crate) struct Experts {
    #[module(rename = "mlp.experts", len = 1000)]
    experts: Vec<Expert>,
}

#[derive(Module)]
pub(crate) struct Expert {
    #[param(shape = [SMALL[0], SMALL[1]], rename = "down_proj.weight")]
    weight: Tensor<f32>,
}

#[derive(Module)]
pub(crate) struct Alike<const COUNT: usize, const ROWS: usize, const COLUMNS: usize> {
    #[param(shape = [ROWS, COLUMNS], len = COUNT)]
    layers: Vec<Tensor<f32>>,
}

type LlamaF32<P> = Llama<P, { F32_DIMS[0] }, { F32_DIMS[1] }, { F32_DIMS[2] }>;
type LlamaBf16<P> = Llama<P, { BF16_DIMS[0] }, { BF16_DIMS[1] }, { BF16_DIMS[2] }>;
type LlamaBlocks<P> = Llama<P, { BLOCKS_DIMS[0] }, { BLOCKS_DIMS[1] }, { BLOCKS_DIMS[2] }>;
type LlamaDequantised<P> = Llama<P, { DEQUANTISED_DIMS[0] }, { DEQUANTISED_DIMS[1] }, { DEQUANTISED_DIMS[2] }>;
type Matrices<const COUNT: usize> = Alike<COUNT, { MATRIX[0] }, { MATRIX[1] }>;

/// A parameter that shows its bytes.
pub(crate) trait Held: Parameter {
    fn bytes(&self) -> &[u8];
}

impl Held for AnyTensor {
    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }
}

macro_rules! held {
    ($($element:ty),*) => {$(
        impl Held for Tensor<$element> {
            fn bytes(&self) -> &[u8] {
                bytemuck::cast_slice(self.as_slice())
            }
        }
    )*};
}

held!(f32, bf16);

/// The bytes of a model's tensors, in the order of its file.
pub(crate) trait Tensors: Module {
    fn each<'m>(&'m self, take: &mut dyn FnMut(&'m [u8]));
}

impl<P: Held, const H: usize, const I: usize, const V: usize> Tensors for Llama<P, H, I, V> {
    fn each<'m>(&'m self, take: &mut dyn FnMut(&'m [u8])) {
        take(self.embedding.bytes());
        for layer in &self.layers {
            let Layer { input_norm, q, k, v, o, post_norm, gate, up, down } = layer;
            [input_norm, q, k, v, o, post_norm, gate, up, down].into_iter().for_each(|tensor| take(tensor.bytes()));
        }
        take(self.norm.bytes());
    }
}

impl Tensors for Many {
    fn each<'m>(&'m self, take: &mut dyn FnMut(&'m [u8])) {
        self.layers.iter().flat_map(|layer| &layer.experts).for_each(|expert| take(expert.weight.bytes()));
    }
}

impl<const N: usize, const R: usize, const C: usize> Tensors for Alike<N, R, C> {
    fn each<'m>(&'m self, take: &mut dyn FnMut(&'m [u8])) {
        self.layers.iter().for_each(|tensor| take(tensor.bytes()));
    }
}

/// Calls a function that is generic over the model.
macro_rules! with_model {
    ($case:expr, $function:ident($($argument:expr),*)) => {
        match $case.model {
            case::Model::LlamaF32 => $function::<LlamaF32<Tensor<f32>>>($($argument),*),
            case::Model::LlamaBf16 => $function::<LlamaBf16<Tensor<bf16>>>($($argument),*),
            case::Model::LlamaCast => $function::<LlamaBf16<Tensor<f32>>>($($argument),*),
            case::Model::LlamaBlocks => $function::<LlamaBlocks<AnyTensor>>($($argument),*),
            case::Model::LlamaDequantised => $function::<LlamaDequantised<Tensor<f32>>>($($argument),*),
            case::Model::Experts => $function::<Many>($($argument),*),
            case::Model::Stored => $function::<Matrices<{ case::STORED }>>($($argument),*),
            case::Model::Deflated => $function::<Matrices<{ case::DEFLATED }>>($($argument),*),
            case::Model::Members => $function::<Alike<{ case::MEMBERS }, { SMALL[0] }, { SMALL[1] }>>($($argument),*),
        }
    };
}

/// The loader as a user would configure it: `cast` only if the case is a cast.
fn loader(case: &Case) -> Loader {
    match case.model {
        case::Model::LlamaCast => Loader::new().cast(Cast::Lossless),
        case::Model::LlamaDequantised => Loader::new().cast(Cast::Any),
        _ => Loader::new(),
    }
}

pub(crate) fn owned(case: &Case) -> Measure {
    with_model!(case, load(case, loader(case), false))
}

pub(crate) fn owned_one_thread(case: &Case) -> Measure {
    with_model!(case, load(case, loader(case).threads(1), false))
}

pub(crate) fn mapped(case: &Case) -> Measure {
    with_model!(case, load(case, mapped_loader(case), false))
}

pub(crate) fn mapped_touched(case: &Case) -> Measure {
    with_model!(case, load(case, mapped_loader(case), true))
}

fn mapped_loader(case: &Case) -> Loader {
    // SAFETY: the files are generated before the first child starts, and nothing changes them while the run lasts.
    unsafe { loader(case).mapped() }
}

pub(crate) fn check(case: &Case) -> Measure {
    with_model!(case, check_model(case, loader(case)))
}

fn load<M: Tensors>(case: &Case, loader: Loader, touched: bool) -> Measure {
    let path = case.path();
    let (measured, loaded) = Measured::time(|| {
        let loaded = loader.load::<M>(path.as_path())?;
        if touched {
            let mut sum = 0;
            loaded.module.each(&mut |bytes| sum += touch_pages(bytes));
            std::hint::black_box(sum);
        }
        Ok::<_, weighbridge::LoadError>(loaded)
    });
    let loaded = std::mem::ManuallyDrop::new(loaded?);
    let mut tensors = Vec::new();
    loaded.module.each(&mut |bytes| tensors.push(bytes));
    measured.values(case, |pick| {
        let bytes = tensors.get(pick.tensor).ok_or("the model lacks a tensor")?;
        Ok::<_, String>(case.loaded().read(bytes, pick.index))
    })
}

fn check_model<M: Tensors>(case: &Case, loader: Loader) -> Measure {
    let path = case.path();
    let (measured, report) = Measured::time(|| loader.check::<M>(path.as_path()));
    let report = std::mem::ManuallyDrop::new(report?);
    measured.count(report.fitting_count)
}
