//! Llama from GGUF: what it computes beside the same weights from safetensors, and beside what candle's own reader makes of the file.

use std::collections::HashMap;
use std::fs::File;

use candle_core::quantized::{QMatMul, gguf_file};
use candle_core::{D, Device, Module as _, Result, Tensor};
use weighbridge::{Cast, Loader, Module};
use weighbridge_zoo::llama::Llama;
use weighbridge_zoo::llama_gguf::LlamaGguf;

use crate::{fixture, loader};

/// The file is the configuration, too.
fn load<M: Module>(file: &str, loader: Loader) -> M {
    let configured = loader.device(Device::Cpu).config_file(fixture(file));
    configured.load(fixture(file)).unwrap_or_else(|error| panic!("{error}")).module
}

fn reference() -> (Tensor, Tensor) {
    let mut tensors =
        candle_core::safetensors::load(fixture("logits/llama-sharded.safetensors"), &Device::Cpu).unwrap();
    (tensors.remove("input_ids").unwrap(), tensors.remove("logits").unwrap())
}

/// The largest difference, as a part of the largest number.
fn difference(found: &Tensor, expected: &Tensor) -> f32 {
    assert_eq!(found.dims(), expected.dims());
    let largest = |tensor: &Tensor| tensor.abs()?.max_all()?.to_scalar::<f32>();
    largest(&(found - expected).unwrap()).unwrap() / largest(expected).unwrap().max(1.0)
}

#[test]
fn floats_are_those_of_safetensors() {
    let (tokens, expected) = reference();
    for file in ["gguf/llama.gguf", "gguf/split/llama-00001-of-00003.gguf"] {
        let (by_blocks, by_floats): (LlamaGguf, LlamaGguf<Tensor>) =
            (load(file, Loader::new()), load(file, Loader::new()));
        for logits in [by_blocks.forward(&tokens), by_floats.forward(&tokens)] {
            let difference = difference(&logits.unwrap(), &expected);
            assert!(difference < 3e-6, "{file}: {difference:e}");
        }
    }
}

/// What candle's reader makes of the file, in the names of the published model and with its rows.
fn published(file: &str) -> Result<HashMap<String, Tensor>> {
    let mut reader = File::open(fixture(file))?;
    let content = gguf_file::Content::read(&mut reader)?;
    let heads = |key: &str| content.metadata[key].to_u32().map(|heads| heads as usize);
    let (queries, keys) = (heads("llama.attention.head_count")?, heads("llama.attention.head_count_kv")?);
    let mut tensors = HashMap::new();
    for name in content.tensor_infos.keys() {
        let floats = content.tensor(&mut reader, name, &Device::Cpu)?.dequantize(&Device::Cpu)?;
        let back = |heads: usize| {
            let (rows, columns) = floats.dims2()?;
            floats.reshape((heads, rows / heads / 2, 2, columns))?.transpose(1, 2)?.reshape((rows, columns))
        };
        let floats = match name.rsplit('.').nth(1) {
            Some("attn_q") => back(queries)?,
            Some("attn_k") => back(keys)?,
            _ => floats.clone(),
        };
        let renamed = [
            ("token_embd", "model.embed_tokens"),
            ("output_norm", "model.norm"),
            ("blk.", "model.layers."),
            ("attn_norm", "input_layernorm"),
            ("ffn_norm", "post_attention_layernorm"),
            ("attn_q", "self_attn.q_proj"),
            ("attn_k", "self_attn.k_proj"),
            ("attn_v", "self_attn.v_proj"),
            ("attn_output", "self_attn.o_proj"),
            ("ffn_gate", "mlp.gate_proj"),
            ("ffn_up", "mlp.up_proj"),
            ("ffn_down", "mlp.down_proj"),
        ];
        let name = match name.as_str() {
            "output.weight" => "lm_head.weight".to_owned(),
            name => renamed.iter().fold(name.to_owned(), |name, (ours, theirs)| name.replace(ours, theirs)),
        };
        tensors.insert(name, floats);
    }
    Ok(tensors)
}

#[test]
fn blocks_are_the_numbers_that_candle_dequantises() {
    let file = "gguf/llama-q8_0.gguf";
    let (tokens, _) = reference();
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("model.safetensors");
    candle_core::safetensors::save(&published(file).unwrap(), &path).unwrap();
    let floats: Llama = loader("llama-sharded").load(&path).unwrap().module;
    let expected = floats.forward(&tokens).unwrap();

    let dequantised: LlamaGguf<Tensor> = load(file, Loader::new().cast(Cast::Any));
    let found = difference(&dequantised.forward(&tokens).unwrap(), &expected);
    assert!(found < 3e-6, "{found:e}");
    // candle rounds what it multiplies by blocks to 8 bits
    let blocks: LlamaGguf = load(file, Loader::new());
    let found = difference(&blocks.forward(&tokens).unwrap(), &expected);
    assert!(found < 0.05, "{found:e}");
}

/// Blocks that were moved give the numbers that candle's own have, in the order of the rows.
#[test]
fn rows_of_blocks_are_put_back() {
    let file = "gguf/llama-q8_0.gguf";
    let mut reader = File::open(fixture(file)).unwrap();
    let content = gguf_file::Content::read(&mut reader).unwrap();
    let model: LlamaGguf = load(file, Loader::new());
    let x = model.token_embd.embedding(&Tensor::new(&[[3_u32, 1, 4]], &Device::Cpu).unwrap()).unwrap();
    for (number, block) in model.blk.iter().enumerate() {
        for (name, ours, heads) in [("attn_q", &block.attn_q, 4), ("attn_k", &block.attn_k, 2)] {
            let theirs = content.tensor(&mut reader, &format!("blk.{number}.{name}.weight"), &Device::Cpu).unwrap();
            let theirs = QMatMul::from_qtensor(theirs).unwrap().forward(&x).unwrap();
            let back = theirs.reshape((3, heads, 4, 2)).unwrap().transpose(D::Minus1, D::Minus2).unwrap();
            let ours = ours.forward(&x).unwrap();
            assert!(matches!(block.attn_q, QMatMul::QTensor(_)));
            let numbers = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert_eq!(numbers(&ours), numbers(&back), "{name}");
            assert_ne!(numbers(&ours), numbers(&theirs), "{name}");
        }
    }
}

#[test]
fn a_head_that_is_not_there_is_the_embedding() {
    let (tokens, _) = reference();
    let whole: LlamaGguf = load("gguf/llama.gguf", Loader::new());
    let tied: LlamaGguf = load("gguf/llama.gguf", Loader::new().ignore(["output.weight"]));
    assert!(whole.output.is_some() && tied.output.is_none());
    assert!(difference(&tied.forward(&tokens).unwrap(), &whole.forward(&tokens).unwrap()) > 1e-3);
}
