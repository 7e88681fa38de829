//! Quantised types of GGUF, which locks name: as they are, cast, and of another type.

use wb::{AnyTensor, DType, Module, Tensor};

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
    // blocks are not taken apart
    let text = same::<Blocks>(&quantised);
    let moved = "a block of Q8_0 is 32 elements of the last dim, which this layout moves; let it stay the last";
    assert!(text.contains(moved), "{text}");
    let text = same::<Blocks>(&floats);
    assert!(text.contains("expected Q8_0, found F32"), "{text}");
}

/// Rows of blocks in another order, parts of them, and parts of rows.
#[derive(Module)]
#[module(crate = wb, ignore = ["other.*"])]
struct Rows<T: wb::Parameter, const FROM: usize> {
    #[param(shape = [8, 64], from = reshape(2, 2, 2, 64, of = permute(0, 2, 1, 3, of = reshape(8, 64, of = "q"))))]
    turned: T,
    #[param(shape = ["rows", 32], from = slice(dim = 1, of = "kv", start = FROM, len = 32))]
    part: T,
    #[param(shape = [2, "rows", 64], from = stack("e.{}.w"))]
    stacked: T,
    #[param(shape = ["rows", 128], from = concat(dim = 1, "a": 64, "b": 64))]
    joined: T,
}

/// Rows that are shorter than a block in the end.
#[derive(Module)]
#[module(crate = wb, ignore = ["other.*"])]
struct Short {
    #[param(shape = [32, 16], from = reshape(2, 4, 64, of = permute(1, 0, 2, of = reshape(8, 64, of = "q"))))]
    rows: AnyTensor,
}

#[test]
fn blocks_stay_whole() {
    let file = |dtype: DType| -> Vec<Held> {
        let one = |name: &str, shape: &[usize]| (name.to_owned(), dtype, shape.to_vec());
        vec![
            one("q", &[8, 64]),
            one("kv", &[6, 64]),
            one("e.0.w", &[6, 64]),
            one("e.1.w", &[6, 64]),
            one("a", &[6, 64]),
            one("b", &[6, 64]),
        ]
    };
    let unexpected = |text: &str| text.lines().filter(|line| line.starts_with("dtype")).count();
    for dtype in [DType::Q8_0, DType::MXFP4, DType::F4, DType::F32] {
        let text = same::<Rows<AnyTensor, 32>>(&file(dtype));
        assert_eq!(unexpected(&text), 0, "{dtype}: {text}");
    }
    let text = same::<Rows<AnyTensor, 16>>(&file(DType::Q8_0));
    let cut = "a block of Q8_0 is 32 elements of the last dim, and this layout takes 32 of it from 16 on; take whole blocks, or \
        dequantise it, with `dtype = \"F32\"` on the field and `Loader::new().cast(Cast::Any)`";
    assert!(text.contains(cut), "{text}");
    // pairs fill a byte, wherever they begin
    assert_eq!(unexpected(&same::<Rows<AnyTensor, 16>>(&file(DType::F4))), 0);
    let text = same::<Rows<AnyTensor, 15>>(&file(DType::F4));
    assert!(text.contains("this layout takes 32 of it from 15 on; take whole blocks, or declare the shape"), "{text}");
    let text = same::<Short>(&file(DType::Q8_0));
    assert!(text.contains("this layout takes 16 of it from 0 on"), "{text}");
}
