//! Weighbridge's rows, and the models that it loads.

use half::bf16;
use weighbridge::{Cast, Loader, Module, Tensor};

use crate::case::{self, BF16_DIMS, Case, F32_DIMS, MATRIX, SMALL};
use crate::measure::{Measure, Measured};
use crate::memory::PAGE;

#[derive(Module)]
pub(crate) struct Llama<T: weighbridge::Element, const HIDDEN: usize, const INNER: usize, const VOCAB: usize> {
    #[param(rename = "model.embed_tokens.weight", shape = [VOCAB, HIDDEN])]
    embedding: Tensor<T>,
    #[module(rename = "model.layers", len = case::LAYERS)]
    layers: Vec<Layer<T, HIDDEN, INNER>>,
    #[param(rename = "model.norm.weight", shape = [HIDDEN])]
    norm: Tensor<T>,
}

#[derive(Module)]
pub(crate) struct Layer<T: weighbridge::Element, const HIDDEN: usize, const INNER: usize> {
    #[param(rename = "input_layernorm.weight", shape = [HIDDEN])]
    input_norm: Tensor<T>,
    #[param(rename = "self_attn.q_proj.weight", shape = [HIDDEN, HIDDEN])]
    q: Tensor<T>,
    #[param(rename = "self_attn.k_proj.weight", shape = [HIDDEN, HIDDEN])]
    k: Tensor<T>,
    #[param(rename = "self_attn.v_proj.weight", shape = [HIDDEN, HIDDEN])]
    v: Tensor<T>,
    #[param(rename = "self_attn.o_proj.weight", shape = [HIDDEN, HIDDEN])]
    o: Tensor<T>,
    #[param(rename = "post_attention_layernorm.weight", shape = [HIDDEN])]
    post_norm: Tensor<T>,
    #[param(rename = "mlp.gate_proj.weight", shape = [INNER, HIDDEN])]
    gate: Tensor<T>,
    #[param(rename = "mlp.up_proj.weight", shape = [INNER, HIDDEN])]
    up: Tensor<T>,
    #[param(rename = "mlp.down_proj.weight", shape = [HIDDEN, INNER])]
    down: Tensor<T>,
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

type LlamaF32<T> = Llama<T, { F32_DIMS[0] }, { F32_DIMS[1] }, { F32_DIMS[2] }>;
type LlamaBf16<T> = Llama<T, { BF16_DIMS[0] }, { BF16_DIMS[1] }, { BF16_DIMS[2] }>;
type Matrices<const COUNT: usize> = Alike<COUNT, { MATRIX[0] }, { MATRIX[1] }>;

/// The tensors of a model in the order of its file.
pub(crate) trait Tensors: Module {
    type Element: weighbridge::Element + Into<f32>;
    fn each<'m>(&'m self, take: &mut dyn FnMut(&'m [Self::Element]));
}

impl<T: weighbridge::Element + Into<f32>, const H: usize, const I: usize, const V: usize> Tensors
    for Llama<T, H, I, V>
{
    type Element = T;

    fn each<'m>(&'m self, take: &mut dyn FnMut(&'m [T])) {
        take(self.embedding.as_slice());
        for layer in &self.layers {
            let Layer { input_norm, q, k, v, o, post_norm, gate, up, down } = layer;
            [input_norm, q, k, v, o, post_norm, gate, up, down].into_iter().for_each(|tensor| take(tensor.as_slice()));
        }
        take(self.norm.as_slice());
    }
}

impl Tensors for Many {
    type Element = f32;

    fn each<'m>(&'m self, take: &mut dyn FnMut(&'m [f32])) {
        self.layers.iter().flat_map(|layer| &layer.experts).for_each(|expert| take(expert.weight.as_slice()));
    }
}

impl<const N: usize, const R: usize, const C: usize> Tensors for Alike<N, R, C> {
    type Element = f32;

    fn each<'m>(&'m self, take: &mut dyn FnMut(&'m [f32])) {
        self.layers.iter().for_each(|tensor| take(tensor.as_slice()));
    }
}

/// Calls a function that is generic over the model.
macro_rules! with_model {
    ($case:expr, $function:ident($($argument:expr),*)) => {
        match $case.model {
            case::Model::LlamaF32 => $function::<LlamaF32<f32>>($($argument),*),
            case::Model::LlamaBf16 => $function::<LlamaBf16<bf16>>($($argument),*),
            case::Model::LlamaCast => $function::<LlamaBf16<f32>>($($argument),*),
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
            let mut sum = 0.0;
            let page = PAGE / size_of::<M::Element>();
            loaded.module.each(&mut |elements| sum += elements.iter().step_by(page).map(|&x| x.into()).sum::<f32>());
            std::hint::black_box(sum);
        }
        Ok::<_, weighbridge::LoadError>(loaded)
    });
    let loaded = std::mem::ManuallyDrop::new(loaded?);
    let mut tensors = Vec::new();
    loaded.module.each(&mut |elements| tensors.push(elements));
    measured.values(case, |pick| {
        let element = tensors.get(pick.tensor).and_then(|tensor| tensor.get(pick.index));
        element.map(|&element| element.into()).ok_or("the model lacks an element")
    })
}

fn check_model<M: Tensors>(case: &Case, loader: Loader) -> Measure {
    let path = case.path();
    let (measured, report) = Measured::time(|| loader.check::<M>(path.as_path()));
    let report = std::mem::ManuallyDrop::new(report?);
    measured.count(report.fitting_count)
}
