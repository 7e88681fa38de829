//! What the models compute, beside what transformers computes from the same files (f32, eager attention).

use std::collections::HashMap;

use candle_core::{Device, Result, Tensor};
use half::bf16;
use weighbridge::Module;
use weighbridge_zoo::bert::BertForMaskedLm;
use weighbridge_zoo::gemma2::Gemma2;
use weighbridge_zoo::gpt2::{Gpt2, Gpt2Split};
use weighbridge_zoo::llama::{Llama, LlamaFused};
use weighbridge_zoo::mixtral::Mixtral;
use weighbridge_zoo::t5::T5;
use weighbridge_zoo::whisper::Whisper;

use crate::{fixture, loader};

/// The inputs of a reference by their names.
type Inputs = HashMap<String, Tensor>;

/// Loads a checkpoint with its configuration, computes, and compares.
#[track_caller]
fn computes<M: Module>(checkpoint: &str, reference: &str, forward: impl Fn(&M, &Inputs) -> Result<Tensor>) {
    let model: M = loader(checkpoint).load(fixture(checkpoint)).unwrap_or_else(|error| panic!("{error}")).module;
    let mut inputs = candle_core::safetensors::load(fixture(reference), &Device::Cpu).unwrap();
    let expected = inputs.remove("logits").unwrap();
    let logits = forward(&model, &inputs).unwrap();
    assert_eq!(logits.dims(), expected.dims());
    let largest = |tensor: &Tensor| tensor.abs()?.max_all()?.to_scalar::<f32>();
    let (error, scale) = (largest(&(logits - &expected).unwrap()).unwrap(), largest(&expected).unwrap());
    println!("{checkpoint}: {error:e} of {scale}");
    assert!(error < TOLERANCE * scale.max(1.0), "{checkpoint}: {error:e} of {scale}");
}

/// A few units in the last place of the sums.
const TOLERANCE: f32 = 3e-6;

/// The checkpoints that are described by `fixtures/README.md` first.
fn old<M: Module>(checkpoint: &str, forward: impl Fn(&M, &Tensor) -> Result<Tensor>) {
    computes(checkpoint, &format!("logits/{checkpoint}.safetensors"), |model, i| forward(model, &i["input_ids"]));
}

/// The sizes of a model of `fixtures/configured`.
fn sizes<M: Module>(name: &str, sizes: &[&str], forward: impl Fn(&M, &Inputs) -> Result<Tensor>) {
    for size in sizes {
        computes(&format!("configured/{name}/{size}"), &format!("configured/{name}/{size}.safetensors"), &forward);
    }
}

#[test]
fn llama() {
    old("llama-sharded", <Llama>::forward);
    sizes("llama", &["small", "large"], |model: &Llama, i| model.forward(&i["input_ids"]));
}

#[test]
fn llama_with_a_tied_head() {
    old("llama-tied", <Llama>::forward);
}

#[test]
fn llama_with_fused_projections() {
    old("llama-sharded", LlamaFused::forward);
    old("llama-tied", LlamaFused::forward);
    sizes("llama", &["small"], |model: &LlamaFused, i| model.forward(&i["input_ids"]));
}

#[test]
fn qwen2() {
    sizes("qwen2", &["small", "large"], |model: &Llama, i| model.forward(&i["input_ids"]));
}

#[test]
fn qwen3() {
    sizes("qwen3", &["small", "large"], |model: &Llama, i| model.forward(&i["input_ids"]));
}

#[test]
fn gemma2() {
    sizes("gemma2", &["small", "large"], |model: &Gemma2, i| model.forward(&i["input_ids"]));
}

#[test]
fn mixtral() {
    sizes("mixtral", &["small", "large"], |model: &Mixtral, i| model.forward(&i["input_ids"]));
}

#[test]
fn gpt2() {
    old("gpt2", <Gpt2>::forward);
}

#[test]
fn gpt2_with_its_projections_apart() {
    old("gpt2", Gpt2Split::forward);
}

#[test]
fn bert() {
    old("bert", BertForMaskedLm::forward);
    sizes("bert", &["small", "large"], |model: &BertForMaskedLm, i| model.forward(&i["input_ids"]));
}

#[test]
fn t5() {
    let forward = |model: &T5, i: &Inputs| model.forward(&i["input_ids"], &i["decoder_input_ids"]);
    sizes("t5", &["small", "large", "gated"], forward);
}

#[test]
fn whisper() {
    let forward = |model: &Whisper, i: &Inputs| model.forward(&i["input_features"], &i["decoder_input_ids"]);
    sizes("whisper", &["small", "large"], forward);
}

/// The checkpoint of another dtype is the same type: it is computed in that dtype.
#[test]
fn llama_in_bf16() {
    let llama: Llama = loader("llama").load(fixture("llama")).unwrap().module;
    let tokens = Tensor::new(&[[1_u32, 2, 3]], &Device::Cpu).unwrap();
    let logits = llama.forward(&tokens).unwrap();
    assert_eq!(logits.dtype(), candle_core::DType::BF16);
    let logits = logits.flatten_all().unwrap().to_vec1::<bf16>().unwrap();
    assert!(logits.iter().all(|logit| logit.is_finite()) && logits.iter().any(|logit| *logit != bf16::ZERO));
}
