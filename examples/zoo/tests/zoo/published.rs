//! The types at the sizes of models that everybody knows: as many numbers as their publishers say.

use serde_json::{Value, json};
use weighbridge::{DType, Module};
use weighbridge_zoo::bert::BertForMaskedLm;
use weighbridge_zoo::gemma2::Gemma2;
use weighbridge_zoo::gpt2::Gpt2;
use weighbridge_zoo::llama::Llama;
use weighbridge_zoo::mixtral::Mixtral;
use weighbridge_zoo::resnet::{Basic, Bottleneck, BottleneckDown, Down, ResNet, Stage};
use weighbridge_zoo::whisper::Whisper;

/// The numbers of all parameters but the counters and statistics of training.
fn numbers<M: Module>() -> usize {
    let trained = |path: &str| !path.ends_with("num_batches_tracked") && !path.contains(".running_");
    let parameters = M::SCHEMA.parameters().filter(|parameter| trained(parameter.path()));
    parameters.map(|parameter| parameter.element_count().unwrap()).sum()
}

/// The numbers of a model of this configuration. What is tied counts once.
#[track_caller]
fn configured<M: Module>(config: Value) -> usize {
    let schema = M::SCHEMA.with(&config).unwrap();
    schema.element_count().unwrap_or_else(|| panic!("open: {:?}", schema.open_names()))
}

#[test]
fn llama() {
    let large = json!({
        "model_type": "llama", "vocab_size": 128_256, "hidden_size": 4096, "intermediate_size": 14_336,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
        "attention_bias": false, "mlp_bias": false, "tie_word_embeddings": false,
    });
    assert_eq!(configured::<Llama>(large), 8_030_261_248);
    let small = json!({
        "model_type": "llama", "vocab_size": 128_256, "hidden_size": 2048, "intermediate_size": 8192,
        "num_hidden_layers": 16, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64,
        "attention_bias": false, "mlp_bias": false, "tie_word_embeddings": true,
    });
    assert_eq!(configured::<Llama>(small), 1_235_814_400);
}

/// Neither has a key for biases of the feed-forward network, and Qwen2 has none for those of the attention: none has any.
#[test]
fn qwen() {
    let qwen2 = json!({
        "model_type": "qwen2", "vocab_size": 151_936, "hidden_size": 896, "intermediate_size": 4864,
        "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2,
        "attention_bias": false, "mlp_bias": false, "tie_word_embeddings": true,
    });
    assert_eq!(configured::<Llama>(qwen2), 494_032_768);
    let qwen3 = json!({
        "model_type": "qwen3", "vocab_size": 151_936, "hidden_size": 1024, "intermediate_size": 3072,
        "num_hidden_layers": 28, "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128,
        "attention_bias": false, "mlp_bias": false, "tie_word_embeddings": true,
    });
    assert_eq!(configured::<Llama>(qwen3), 596_049_920);
}

#[test]
fn gemma2() {
    let config = json!({
        "vocab_size": 256_000, "hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 26,
        "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256,
        "attention_bias": false, "tie_word_embeddings": true,
    });
    assert_eq!(configured::<Gemma2>(config), 2_614_341_888);
}

#[test]
fn mixtral() {
    let config = json!({
        "vocab_size": 32_000, "hidden_size": 4096, "intermediate_size": 14_336, "num_hidden_layers": 32,
        "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": null, "num_local_experts": 8,
        "tie_word_embeddings": false,
    });
    assert_eq!(configured::<Mixtral>(config), 46_702_792_704);
}

#[test]
fn gpt2() {
    let config = json!({ "vocab_size": 50_257, "n_positions": 1024, "n_embd": 768, "n_inner": null, "n_layer": 12 });
    assert_eq!(configured::<Gpt2>(config), 124_439_808);
}

#[test]
fn bert() {
    let config = json!({
        "vocab_size": 30_522, "max_position_embeddings": 512, "type_vocab_size": 2, "hidden_size": 768,
        "intermediate_size": 3072, "num_hidden_layers": 12, "tie_word_embeddings": true,
    });
    assert_eq!(configured::<BertForMaskedLm>(config), 109_514_298);
}

#[test]
fn whisper() {
    let config = json!({
        "vocab_size": 51_865, "d_model": 384, "num_mel_bins": 80, "max_source_positions": 1500, "max_target_positions": 448,
        "encoder_layers": 4, "encoder_ffn_dim": 1536, "decoder_layers": 4, "decoder_ffn_dim": 1536,
    });
    assert_eq!(configured::<Whisper>(config), 37_760_640);
}

type ResNet18 = ResNet<
    (
        Stage<(Basic<64, 64>, Basic<64, 64>)>,
        Stage<(Down<64, 128>, Basic<128, 128>)>,
        Stage<(Down<128, 256>, Basic<256, 256>)>,
        Stage<(Down<256, 512>, Basic<512, 512>)>,
    ),
    64,
    512,
    1000,
>;

// the size is known while compiling: the trained numbers, mean and variance of 4800 channels, and 20 counters
const _: () = assert!(ResNet18::SCHEMA.byte_len().unwrap() == 4 * (11_689_512 + 2 * 4800) + 8 * 20);

/// A layer behind the first one of a stage.
type Deep<const NARROW: usize, const OUT: usize> = Bottleneck<OUT, NARROW, OUT>;

type ResNet50 = ResNet<
    (
        Stage<(BottleneckDown<64, 64, 256>, Deep<64, 256>, Deep<64, 256>)>,
        Stage<(BottleneckDown<256, 128, 512>, Deep<128, 512>, Deep<128, 512>, Deep<128, 512>)>,
        Stage<(
            BottleneckDown<512, 256, 1024>,
            Deep<256, 1024>,
            Deep<256, 1024>,
            Deep<256, 1024>,
            Deep<256, 1024>,
            Deep<256, 1024>,
        )>,
        Stage<(BottleneckDown<1024, 512, 2048>, Deep<512, 2048>, Deep<512, 2048>)>,
    ),
    64,
    2048,
    1000,
>;

#[test]
fn resnet() {
    assert_eq!(numbers::<ResNet18>(), 11_689_512);
    assert_eq!(numbers::<ResNet50>(), 25_557_032);
    let counter = ResNet50::SCHEMA.get("resnet.embedder.embedder.normalization.num_batches_tracked").unwrap();
    assert_eq!((counter.rank(), counter.dtypes()), (Some(0), &[DType::I64][..]));
}
