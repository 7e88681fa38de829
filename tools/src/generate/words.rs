//! What the words in a module's name say of it.

/// Words of a name for a table of embeddings.
const EMBEDDING: &[&str] = &["embed", "embeds", "embedding", "embeddings", "emb", "embs", "wte", "wpe"];

/// Words beside those, which make it something else.
const NO_EMBEDDING: &[&str] = &["norm", "layernorm", "proj", "projection", "patch", "linear", "dense", "conv", "bias"];

/// Words of a name for a matrix that vectors are multiplied with.
const LINEAR: &[&str] = &[
    "proj",
    "projection",
    "linear",
    "lin",
    "dense",
    "fc",
    "mlp",
    "head",
    "classifier",
    "score",
    "gate",
    "router",
    "w",
    "wi",
    "wo",
    "wq",
    "wk",
    "wv",
    "wqkv",
    "q",
    "k",
    "v",
    "o",
    "qkv",
    "kv",
    "query",
    "key",
    "value",
    "output",
    "lora",
];

/// Words of a name for a normalisation.
const NORM: &[&str] = &["ln", "bn", "gn"];

/// The words of a name in lower case, without digits: `c`, `attn` of `c_attn`; `layer`, `norm` of `LayerNorm_0`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for c in name.chars() {
        let is_letter = c.is_alphabetic();
        if (!is_letter || c.is_uppercase() && after_lower) && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (is_letter, words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        after_lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn has_one_of(name: &str, wanted: &[&str]) -> bool {
    words(name).iter().any(|word| wanted.contains(&word.as_str()))
}

pub(super) fn is_embedding(name: &str) -> bool {
    name == "shared" || has_one_of(name, EMBEDDING) && !has_one_of(name, NO_EMBEDDING)
}

pub(super) fn is_linear(name: &str) -> bool {
    has_one_of(name, LINEAR) && !has_one_of(name, &["bias", "table", "norm"])
}

pub(super) fn is_norm(name: &str) -> bool {
    name.to_ascii_lowercase().contains("norm") || has_one_of(name, NORM)
}

pub(super) fn is_conv(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    (name.contains("conv") || name.contains("patch")) && !is_transposed_conv(&name)
}

/// Whether a name says that its weight has the input channels first.
pub(super) fn is_transposed_conv(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("transpose") || name.contains("deconv") || name.contains("upconv")
}

/// What kind of normalisation a name says that it is.
pub(super) fn norm_kind(name: &str) -> Option<&'static str> {
    let small = name.to_ascii_lowercase().replace('_', "");
    [("layernorm", "ln", "LayerNorm"), ("groupnorm", "gn", "GroupNorm"), ("batchnorm", "bn", "BatchNorm")]
        .into_iter()
        .find(|(whole, word, _)| small.contains(whole) || has_one_of(name, &[word]))
        .map(|(_, _, kind)| kind)
        .or_else(|| small.contains("rmsnorm").then_some("RmsNorm"))
        .or_else(|| small.contains("instancenorm").then_some("InstanceNorm"))
}

/// A name without the number of its module: `Dense` for `Dense_0`, and for the `Dense_*` of a list.
pub(super) fn unnumbered(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((stem, number)) if !stem.is_empty() && (number == "*" || weighbridge_lock::index(number).is_some()) => {
            stem
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_names() {
        assert_eq!(words("c_attn"), ["c", "attn"]);
        assert_eq!(words("LayerNorm_0"), ["layer", "norm"]);
        assert_eq!(words("q_proj.2MLP"), ["q", "proj", "mlp"]);
        assert!(words("_0").is_empty());
    }

    #[test]
    fn what_names_say() {
        for name in ["embed_tokens", "wte", "position_embeddings", "label_emb", "tok_embeddings"] {
            assert!(is_embedding(name), "{name}");
        }
        for name in [
            "patch_embed",
            "embed_proj",
            "x_embedder",
            "embeddings_norm",
            "ensemble",
            "shared_expert_gate",
            "relative_attention_bias",
        ] {
            assert!(!is_embedding(name), "{name}");
        }
        for name in ["q_proj", "fc1", "lm_head", "w2", "c_proj", "key", "lora_A", "dense_h_to_4h"] {
            assert!(is_linear(name), "{name}");
        }
        for name in ["relative_attention_bias", "relative_position_bias_table", "codebook", "layers", "memory"] {
            assert!(!is_linear(name), "{name}");
        }
        assert_eq!(norm_kind("post_attention_layernorm"), Some("LayerNorm"));
        assert_eq!(norm_kind("ln_1"), Some("LayerNorm"));
        assert_eq!(norm_kind("group_norm"), Some("GroupNorm"));
        assert_eq!(norm_kind("gn2"), Some("GroupNorm"));
        assert_eq!(norm_kind("norm1"), None);
    }
}
