//! The order of fields: as a model computes if their names show it, otherwise in natural order.

use std::cmp::Ordering;

/// What models call their modules and parameters, in the order of use. Other names stand where `..` is, in natural order.
const ORDER: &[&str] = &[
    "embed_tokens wte word_embeddings tok_embeddings token_embedding token_embeddings shared embed embedding",
    "conv1 bn1 conv2 bn2 conv3 bn3",
    "wpe embed_positions position_embeddings position_embedding token_type_embeddings",
    "embeddings embedder patch_embed stem",
    "input_layernorm attention_norm ln_1 ln1 norm1",
    "self self_attn self_attention attn attention",
    "c_attn qkv qkv_proj query_key_value in_proj in_proj_weight",
    "q q_proj query query_proj wq",
    "k k_proj key key_proj wk",
    "v v_proj value value_proj wv",
    "q_norm",
    "k_norm",
    "o o_proj out_proj output_proj wo",
    "self_attn_layer_norm",
    "post_attention_layernorm ffn_norm ln_2 ln2 norm2",
    "encoder_attn cross_attention cross_attn",
    "encoder_attn_layer_norm ln3 norm3",
    "convolution conv",
    "..",
    "gate router",
    "w1 gate_proj",
    "w3 up_proj",
    "w2 down_proj",
    "fc1 linear1 c_fc lin1",
    "fc2 linear2 lin2",
    "c_proj dense",
    "mlp feed_forward ffn block_sparse_moe intermediate",
    "output",
    "shared_expert shared_experts",
    "experts",
    "encoder",
    "decoder",
    "layers layer h blocks stages",
    "norm ln ln_f final_norm layer_norm layernorm LayerNorm normalization final_layer_norm",
    "pooler pooling",
    "shortcut downsample",
    "cls classifier score head lm_head fc",
    "weight",
    "scales",
    "biases",
    "bias",
    "running_mean",
    "running_var",
    "num_batches_tracked",
];

fn rank(name: &str) -> usize {
    let place = |wanted: &str| ORDER.iter().flat_map(|row| row.split(' ')).position(|known| known == wanted);
    place(name).or_else(|| place("..")).unwrap_or(0)
}

/// Orders the children of one module.
pub(super) fn order(a: &str, b: &str) -> Ordering {
    rank(a).cmp(&rank(b)).then_with(|| by_trailing_number(a, b))
}

/// `conv9` before `conv10`: a number at the end by its value, the rest as text.
fn by_trailing_number(a: &str, b: &str) -> Ordering {
    digits_last(a).cmp(&digits_last(b)).then_with(|| a.cmp(b))
}

/// `conv10` as `conv` and 10. Longer numbers than `u64` are ordered as letters.
fn digits_last(name: &str) -> (&str, u64) {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    match name[stem.len()..].parse() {
        Ok(number) => (stem, number),
        Err(_) => (name, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_models_compute() {
        let sorted = |names: &[&'static str]| {
            let mut names = names.to_vec();
            names.sort_by(|a, b| order(a, b));
            names
        };
        assert_eq!(sorted(&["norm", "layers", "embed_tokens"]), ["embed_tokens", "layers", "norm"]);
        assert_eq!(sorted(&["lm_head", "model"]), ["model", "lm_head"]);
        assert_eq!(sorted(&["bias", "weight"]), ["weight", "bias"]);
        assert_eq!(sorted(&["block10", "block9", "10", "9"]), ["9", "10", "block9", "block10"]);
        assert_eq!(sorted(&["down_proj", "gate_proj", "up_proj"]), ["gate_proj", "up_proj", "down_proj"]);
    }
}
