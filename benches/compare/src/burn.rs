//! burn-store into derived modules.

use std::mem::ManuallyDrop;

use burn_core as burn;
use burn_core::module::{Module, Param, ParamId};
use burn_store::{FloatCastAdapter, ModuleSnapshot, SafetensorsStore};
use burn_tensor::{DType, Device, Tensor};

use crate::case::{BF16_DIMS, Case, F32_DIMS, LAYERS, Model, SMALL};
use crate::measure::{Measure, Measured};

#[derive(Module, Debug)]
struct Weight<const D: usize> {
    weight: Param<Tensor<D>>,
}

#[derive(Module, Debug)]
struct Attention {
    q_proj: Weight<2>,
    k_proj: Weight<2>,
    v_proj: Weight<2>,
    o_proj: Weight<2>,
}

#[derive(Module, Debug)]
struct Mlp {
    gate_proj: Weight<2>,
    up_proj: Weight<2>,
    down_proj: Weight<2>,
}

#[derive(Module, Debug)]
struct Layer {
    input_layernorm: Weight<1>,
    self_attn: Attention,
    post_attention_layernorm: Weight<1>,
    mlp: Mlp,
}

#[derive(Module, Debug)]
struct Decoder {
    embed_tokens: Weight<2>,
    layers: Vec<Layer>,
    norm: Weight<1>,
}

#[derive(Module, Debug)]
struct Llama {
    model: Decoder,
}

#[derive(Module, Debug)]
struct Expert {
    down_proj: Weight<2>,
}

#[derive(Module, Debug)]
struct Experts {
    experts: Vec<Expert>,
}

#[derive(Module, Debug)]
struct Sparse {
    mlp: Experts,
}

#[derive(Module, Debug)]
struct Stack {
    layers: Vec<Sparse>,
}

#[derive(Module, Debug)]
struct Many {
    model: Stack,
}

/// As burn's own layers do it: nothing is allocated until the value is used or loaded.
fn zeros<const D: usize>(shape: [usize; D], device: &Device) -> Weight<D> {
    let zeros = move |device: &Device, _| Tensor::zeros(shape, device);
    Weight { weight: Param::uninitialized(ParamId::new(), zeros, device.clone(), true, shape.into()) }
}

fn llama([hidden, inner, vocab]: [usize; 3], device: &Device) -> Llama {
    let square = || zeros([hidden, hidden], device);
    let layer = |_| Layer {
        input_layernorm: zeros([hidden], device),
        self_attn: Attention { q_proj: square(), k_proj: square(), v_proj: square(), o_proj: square() },
        post_attention_layernorm: zeros([hidden], device),
        mlp: Mlp {
            gate_proj: zeros([inner, hidden], device),
            up_proj: zeros([inner, hidden], device),
            down_proj: zeros([hidden, inner], device),
        },
    };
    Llama {
        model: Decoder {
            embed_tokens: zeros([vocab, hidden], device),
            layers: (0..LAYERS).map(layer).collect(),
            norm: zeros([hidden], device),
        },
    }
}

fn many(device: &Device) -> Many {
    let expert = |_| Expert { down_proj: zeros(SMALL, device) };
    let layer = |_| Sparse { mlp: Experts { experts: (0..1000).map(expert).collect() } };
    Many { model: Stack { layers: (0..100).map(layer).collect() } }
}

/// The module is built before the time runs.
pub(crate) fn load(case: &Case) -> Measure {
    let device = Device::flex();
    match case.model {
        Model::Experts => load_into(case, many(&device), |many, tensor| {
            floats(&many.model.layers[tensor / 1000].mlp.experts[tensor % 1000].down_proj)
        }),
        Model::LlamaBf16 | Model::LlamaCast => load_into(case, llama(BF16_DIMS, &device), picked),
        _ => load_into(case, llama(F32_DIMS, &device), picked),
    }
}

/// The elements of the tensors that have the picks.
fn picked(llama: &Llama, tensor: usize) -> Vec<f32> {
    match tensor {
        0 => floats(&llama.model.embed_tokens),
        last if last == 9 * LAYERS + 1 => floats(&llama.model.norm),
        middle => floats(&llama.model.layers[(middle - 1) / 9].self_attn.q_proj),
    }
}

fn floats<const D: usize>(weight: &Weight<D>) -> Vec<f32> {
    weight.weight.val().into_data().convert::<f32>().try_into_vec().unwrap_or_default()
}

fn load_into<M: Module + ModuleSnapshot>(
    case: &Case,
    mut module: M,
    elements: impl Fn(&M, usize) -> Vec<f32>,
) -> Measure {
    let files = case.files();
    let mut stores = Vec::with_capacity(files.len());
    let (measured, loaded) = Measured::time(|| {
        for path in &files {
            let mut store = SafetensorsStore::from_file(path).allow_partial(files.len() > 1);
            if case.model == Model::LlamaCast {
                // otherwise the module's parameters would become bf16
                store = store.with_from_adapter(FloatCastAdapter::to(DType::F32));
            }
            let applied = module.load_from(&mut store)?;
            stores.push((store, applied));
        }
        Ok::<_, burn_store::SafetensorsStoreError>(())
    });
    let (module, _stores) = (ManuallyDrop::new(module), ManuallyDrop::new(stores));
    loaded?;
    measured.values(case, |pick| {
        elements(&module, pick.tensor).get(pick.index).copied().ok_or("the module lacks an element")
    })
}
