//! What stands beside a weight and is no parameter that a module may have under another name: scales and zero points, factors,
//! buffers and averages. No hint offers one of them for a weight or a bias.

use weighbridge_checkpoint::DType;

use super::leftovers::{sibling, split_last};
use crate::plan::resolver::Resolver;
use crate::rules::packed;

/// The last components of buffers that modules compute, or that count what happened in training.
pub(super) const BUFFERS: &[&str] = &[
    "num_batches_tracked",
    "inv_freq",
    "original_inv_freq",
    "position_ids",
    "token_type_ids",
    "masked_bias",
    "cos_cached",
    "sin_cached",
    "freqs_cis",
    "relative_position_index",
    "relative_coords_table",
    "attn_mask",
    "causal_mask",
];
/// The first components of averages of the weights, which stand beside those that were trained.
pub(super) const AVERAGES: &[&str] = &["ema", "model_ema", "ema_model", "ema_state_dict", "swa_model"];
/// The end of the names of averages that stand beside each weight.
pub(super) const AVERAGED: &str = "_ema";
/// Words of such names. What has a number behind it is the same word.
const WORDS: &[&str] = &[
    "scale",
    "scales",
    "qscale",
    "qscales",
    "scaler",
    "zero",
    "zeros",
    "qzeros",
    "zp",
    "absmax",
    "amax",
    "amin",
    "scb",
    "qweight",
    "qdata",
    "packed",
    "codes",
    "codebook",
    "codebooks",
    "quant",
    "qmap",
    "magnitude",
    "running",
    "moving",
    "perm",
    "invperm",
    "idx",
    "ema",
    "hessian",
    "stride",
    "group",
    "groups",
];
/// The ends of the names of factors, behind that of the weight.
const FACTORS: &[&str] = &["_g", "_v", "_u", "_s", "_orig", "_mask", "_ema", "_min", "_max"];
/// Names with such a word that are those of parameters.
const PARAMETERS: &[&str] = &["layer_scale", "logit_scale", "skip_scale", "res_scale"];

/// Whether a name is a buffer's, or an average's.
pub(super) fn is_known(name: &str) -> bool {
    let (leaf, first) = (split_last(name).1, name.split('.').next());
    BUFFERS.contains(&leaf) || leaf.ends_with(AVERAGED) || first.is_some_and(|first| AVERAGES.contains(&first))
}

/// Whether the last component of a name says so.
pub(super) fn is_beside(name: &str) -> bool {
    let leaf = split_last(name).1;
    if PARAMETERS.iter().any(|parameter| leaf.starts_with(parameter)) {
        return false;
    }
    let of_weight = ["weight", "bias"].iter().any(|of| leaf.strip_prefix(of).is_some_and(|end| FACTORS.contains(&end)));
    let word = |word: &str| {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase();
        WORDS.contains(&word.as_str())
    };
    of_weight || is_known(name) || leaf.split('_').any(word)
}

/// The tensor that this one, which no parameter takes, is a scale or a factor of: its name and its dtype, if it holds no floats
/// that stand for themselves.
pub(super) fn quantised(resolver: &Resolver<'_>, name: &str) -> Option<(String, DType)> {
    if !is_beside(name) || is_known(name) {
        return None;
    }
    let (parent, leaf) = split_last(name);
    let begin = leaf.split_once('_').map(|(begin, _)| sibling(parent, begin));
    let of = [Some(parent.to_owned()), begin, Some(sibling(parent, "weight"))];
    of.into_iter().flatten().filter(|of| of != name).find_map(|of| {
        let dtype = resolver.entry_at(&of)?.dtype();
        let is_code = packed::may_be_packed(dtype) || dtype.name().starts_with("F8");
        is_code.then_some((of, dtype))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_none_of_them() {
        for name in ["a.SCB", "a.weight_scale_2", "a.weight_g", "bias_mask", "a.running_max", "a.g_idx", "x.inv_freq"] {
            assert!(is_beside(name), "{name}");
        }
        for name in ["a.weight", "weight_ih_l0", "mask_token", "logit_scale", "layer_scale_1", "a.bias", "gamma", "a.v"]
        {
            assert!(!is_beside(name), "{name}");
        }
    }
}
