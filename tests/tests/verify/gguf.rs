//! Quantised types of GGUF, which locks name: as they are, cast, and of another type.

use wb::{AnyTensor, Module, Tensor};

use crate::{Held, held, same};

#[derive(Module)]
#[module(crate = wb, ignore = ["blk.*", "output_norm.weight"])]
struct Head<T: wb::Parameter> {
    #[param(rename = "token_embd.weight", shape = ["vocab", "width"])]
    embedding: T,
    #[param(rename = "output.weight", shape = ["vocab", "width"])]
    head: T,
}

/// Blocks of one type.
#[derive(Module)]
#[module(crate = wb, ignore = ["blk.*", "output_norm.weight"])]
struct Blocks {
    #[param(rename = "token_embd.weight", shape = [128, 32], dtype = "Q8_0")]
    embedding: AnyTensor,
    #[param(rename = "output.weight", from = transpose, shape = [32, 128], dtype = ["Q8_0", "F32"])]
    head: AnyTensor,
}

/// The tensors of the fixture, and those of one that was quantised otherwise.
fn files() -> [Vec<Held>; 2] {
    ["gguf/llama.gguf", "gguf/llama-q8_0.gguf"].map(held)
}

#[test]
fn types_are_compared_while_compiling_as_by_a_load() {
    let [floats, quantised] = files();
    assert_eq!(same::<Head<AnyTensor>>(&floats), "");
    assert_eq!(same::<Head<AnyTensor>>(&quantised), "");
    assert_eq!(same::<Head<Tensor<f32>>>(&floats), "");
    let text = same::<Head<Tensor<f32>>>(&quantised);
    assert!(text.contains("to dequantise Q8_0 to F32, say `Loader::new().cast(Cast::Any)`"), "{text}");
    let text = same::<Head<Tensor<i32>>>(&quantised);
    assert!(text.contains("expected I32, found Q8_0"), "{text}");
    // blocks are not moved element by element
    let text = same::<Blocks>(&quantised);
    assert!(text.contains("elements that share bytes are not moved one by one"), "{text}");
    let text = same::<Blocks>(&floats);
    assert!(text.contains("expected Q8_0, found F32"), "{text}");
}
