//! What the models compute, beside what transformers computes from the same files (f32, eager attention).

use candle_core::{Device, Result, Tensor};
use half::bf16;
use weighbridge::{Loader, Module};
use weighbridge_zoo::bert::{self, BertForMaskedLm};
use weighbridge_zoo::gpt2::{self, Gpt2, Gpt2Split};
use weighbridge_zoo::llama::{self, Llama, LlamaFused, TiedLlama, TiedLlamaFused};

use crate::fixture;

/// The files of `fixtures/logits`, which are loaded as strictly as the models.
#[derive(Module)]
struct Reference {
    #[param(shape = [2, 12], dtype = "I64")]
    input_ids: Tensor,
    #[param(shape = [2, 12, 128], dtype = "F32")]
    logits: Tensor,
}

/// The largest difference to what transformers computes, relative to the largest logit.
fn error<M: Module>(checkpoint: &str, forward: impl Fn(&M, &Tensor) -> Result<Tensor>) -> f32 {
    let load = |error| panic!("{error}");
    let model = Loader::new().device(Device::Cpu).load::<M>(fixture(checkpoint)).unwrap_or_else(load).module;
    let reference = Reference::from_weights(fixture(&format!("logits/{checkpoint}.safetensors"))).unwrap();
    let logits = forward(&model, &reference.input_ids).unwrap();
    assert_eq!(logits.dims(), reference.logits.dims());
    let largest = |tensor: &Tensor| tensor.abs()?.max_all()?.to_scalar::<f32>();
    let difference = (logits - &reference.logits).unwrap();
    let error = largest(&difference).unwrap() / largest(&reference.logits).unwrap();
    println!("{checkpoint}: {error:e}");
    error
}

/// A few units in the last place of the sums. It is as tight because the weights are small and random: another gelu alters
/// the logits by two parts in a million.
const TOLERANCE: f32 = 1e-6;

#[test]
fn llama() {
    assert!(error("llama-sharded", Llama::<llama::Tiny>::forward) < TOLERANCE);
}

#[test]
fn llama_with_a_tied_head() {
    assert!(error("llama-tied", TiedLlama::<llama::Tiny>::forward) < TOLERANCE);
}

#[test]
fn llama_with_fused_projections() {
    assert!(error("llama-sharded", LlamaFused::<llama::Tiny>::forward) < TOLERANCE);
    assert!(error("llama-tied", TiedLlamaFused::<llama::Tiny>::forward) < TOLERANCE);
}

#[test]
fn gpt2() {
    assert!(error("gpt2", Gpt2::<gpt2::Tiny>::forward) < TOLERANCE);
}

#[test]
fn gpt2_with_its_projections_apart() {
    assert!(error("gpt2", Gpt2Split::<gpt2::Tiny>::forward) < TOLERANCE);
}

#[test]
fn bert() {
    assert!(error("bert", BertForMaskedLm::<bert::Tiny>::forward) < TOLERANCE);
}

/// The checkpoint of another dtype is the same type: it is computed in that dtype.
#[test]
fn llama_in_bf16() {
    let llama = Llama::<llama::Tiny>::from_weights(fixture("llama")).unwrap();
    let tokens = Tensor::new(&[[1_u32, 2, 3]], &Device::Cpu).unwrap();
    let logits = llama.forward(&tokens).unwrap();
    assert_eq!(logits.dtype(), candle_core::DType::BF16);
    let logits = logits.flatten_all().unwrap().to_vec1::<bf16>().unwrap();
    assert!(logits.iter().all(|logit| logit.is_finite()) && logits.iter().any(|logit| *logit != bf16::ZERO));
}
