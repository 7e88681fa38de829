//! What a checkpoint is, where names and dtypes show it plainly: quantised weights, an adapter, the state of an optimizer.
//! The facts: GPTQ and AWQ keep `qweight`, `qzeros` and `scales`, bitsandbytes keeps `weight.absmax` or `SCB`, fp8 a
//! `weight_scale_inv` or `weight_scale`, compressed-tensors a `weight_packed`, MXFP4 `_blocks` and `_scales`.

use std::collections::{HashMap, HashSet};

use weighbridge_checkpoint::DType;
use weighbridge_lock::counted;

use super::leftovers::{Extra, Leftovers, sibling};
use super::names::split_last;
use super::templates;
use crate::path::{index, literal, shown};
use crate::plan::resolver::Resolver;

/// What to do about a quantised file.
const QUANTISED: &str = "load the original checkpoint, or hold these tensors as they are: `weighbridge generate` writes a struct for the file";
/// What to do about an adapter.
const ADAPTER: &str = "merge it into its base model first, and load the model that comes out";

/// The unexpected tensors, by the last component of their names.
struct Signs<'l> {
    by_leaf: HashMap<&'l str, Vec<&'l Extra>>,
    all: &'l [Extra],
}

impl<'l> Signs<'l> {
    /// What the module has in other places is no sign of another kind.
    fn of(resolver: &Resolver<'_>, left: &'l Leftovers<'_>) -> Signs<'l> {
        let module = templates::of_module(resolver.root);
        let known: HashSet<&str> = module.iter().map(|path| split_last(path).1).collect();
        let mut by_leaf: HashMap<&str, Vec<&Extra>> = HashMap::new();
        for extra in &left.unexpected {
            let leaf = split_last(&extra.path).1;
            if !known.contains(leaf) {
                by_leaf.entry(leaf).or_default().push(extra);
            }
        }
        Signs { by_leaf, all: &left.unexpected }
    }

    fn named(&self, leaf: &str) -> &[&'l Extra] {
        self.by_leaf.get(leaf).map_or(&[], Vec::as_slice)
    }

    fn has(&self, leaf: &str) -> bool {
        self.by_leaf.contains_key(leaf)
    }

    /// The tensors whose last component fits.
    fn where_leaf(&self, fits: impl Fn(&str) -> bool) -> Vec<&'l Extra> {
        let leaves = self.by_leaf.iter().filter(|(leaf, _)| fits(leaf));
        leaves.flat_map(|(_, extras)| extras.iter().copied()).collect()
    }
}

/// Adds one hint for the whole report if the names say what the checkpoint is; returns whether they do.
pub(super) fn explain(resolver: &mut Resolver<'_>, left: &Leftovers<'_>) -> bool {
    let signs = Signs::of(resolver, left);
    let hint = quantised(resolver, left, &signs)
        .or_else(|| adapter(&signs))
        .or_else(|| optimizer(&signs))
        .or_else(|| unnamed(left));
    let is_explained = hint.is_some();
    resolver.out.report.hints.extend(hint);
    is_explained
}

/// `the checkpoint is quantised by GPTQ (12 layers with `qweight` and `scales`)`.
fn quantised(resolver: &Resolver<'_>, left: &Leftovers<'_>, signs: &Signs<'_>) -> Option<String> {
    let (by, count, what) = scheme(resolver, left, signs)?;
    Some(format!(
        "the checkpoint is quantised {by} ({} with {what}), and the module is not; {QUANTISED}",
        counted(count, "layer")
    ))
}

/// How the file is quantised, how many layers are, and what shows it.
fn scheme(resolver: &Resolver<'_>, left: &Leftovers<'_>, signs: &Signs<'_>) -> Option<(String, usize, String)> {
    let of = |by: &str, count: usize, what: &str| Some((by.to_owned(), count, what.to_owned()));
    let packed = signs.named("qweight");
    if let (Some(first), true, true) = (packed.first(), signs.has("qzeros"), signs.has("scales")) {
        let (by, layout) = gptq_or_awq(left, signs, first);
        return of(&format!("by {by}"), packed.len(), &format!("`qweight`, `qzeros` and `scales`{layout}"));
    }
    let states = signs.where_leaf(|leaf| leaf.starts_with("bitsandbytes__"));
    if let Some(first) = states.first() {
        let kind = split_last(&first.path).1.trim_start_matches("bitsandbytes__");
        let by = format!("by bitsandbytes, to 4 bits of the kind {}", shown(kind));
        return of(&by, states.len(), "`weight.quant_state`");
    }
    if signs.has("absmax") && signs.has("quant_map") {
        return of("by bitsandbytes, to 4 bits", signs.named("absmax").len(), "`weight.absmax`");
    }
    if signs.has("SCB") {
        return of("by bitsandbytes, to 8 bits", signs.named("SCB").len(), "`SCB`");
    }
    if signs.has("weight_packed") {
        let is_nvfp4 = signs.has("weight_global_scale");
        let by = if is_nvfp4 {
            "in the layout of compressed-tensors, as NVFP4"
        } else {
            "in the layout of compressed-tensors"
        };
        return of(by, signs.named("weight_packed").len(), "`weight_packed` and `weight_scale`");
    }
    let blocks = signs.where_leaf(|leaf| leaf.ends_with("_blocks"));
    let has_scales = |blocks: &&Extra| {
        let (parent, leaf) = split_last(&blocks.path);
        let scales = sibling(parent, &leaf.replace("_blocks", "_scales"));
        blocks.dtype == DType::U8 && resolver.entry_at(&scales).is_some()
    };
    if blocks.iter().any(has_scales) {
        return of("as MXFP4", blocks.len(), "`_blocks` and `_scales`");
    }
    let inverse = signs.where_leaf(|leaf| leaf.ends_with("_scale_inv"));
    if !inverse.is_empty() {
        return of("to fp8, in blocks", inverse.len(), "`weight_scale_inv`");
    }
    if signs.has("weight_scale_2") {
        return of("by ModelOpt, as NVFP4", signs.named("weight_scale_2").len(), "`weight_scale` and `weight_scale_2`");
    }
    if let Some(first) = signs.named("weight_scale").first() {
        let weight = resolver.entry_at(&sibling(split_last(&first.path).0, "weight"));
        let by = match weight.map(|entry| entry.dtype()) {
            Some(DType::I8) => "to int8",
            Some(DType::U8) => "to 8 bits or less",
            Some(dtype) if dtype.name().starts_with("F8") => "to fp8",
            _ => return None,
        };
        return of(by, signs.named("weight_scale").len(), "`weight_scale`");
    }
    if signs.has("scale_weight") {
        return of("to fp8", signs.named("scale_weight").len(), "`scale_weight`");
    }
    if signs.has("weight_scales") {
        return of("by EETQ, to 8 bits", signs.named("weight_scales").len(), "`weight_scales`");
    }
    if signs.has("W_q") {
        return of("by HQQ", signs.named("W_q").len(), "`W_q`");
    }
    if signs.has("_weight_qdata") || signs.where_leaf(|leaf| leaf.ends_with("_weight_qdata")).len() > 1 {
        let count = signs.where_leaf(|leaf| leaf.ends_with("_weight_qdata")).len();
        return of("by torchao", count, "`_weight_qdata`");
    }
    if signs.has("_data") && signs.has("_scale") {
        return of("by quanto", signs.named("_data").len(), "`weight._data` and `weight._scale`");
    }
    if signs.has("codebooks") && signs.has("codes") {
        return of("by AQLM", signs.named("codes").len(), "`codes` and `codebooks`");
    }
    None
}

/// The two have the same names. Their shapes tell them apart: GPTQ packs rows, AWQ packs columns. If the module has the
/// weight, its shape gives bits and groups.
fn gptq_or_awq(left: &Leftovers<'_>, signs: &Signs<'_>, first: &Extra) -> (&'static str, String) {
    let parent = split_last(&first.path).0;
    let scales = signs.named("scales").iter().find(|scales| split_last(&scales.path).0 == parent);
    let Some(([rows, columns], [groups, out])) = scales.and_then(|scales| {
        Some((
            <[usize; 2]>::try_from(first.shape.as_slice()).ok()?,
            <[usize; 2]>::try_from(scales.shape.as_slice()).ok()?,
        ))
    }) else {
        return ("GPTQ or AWQ", String::new());
    };
    let by = if signs.has("g_idx") || columns == out { "GPTQ" } else { "AWQ" };
    let path = sibling(parent, "weight");
    let wanted = left.missing.iter().find(|missing| missing.path == path);
    let wanted = wanted.and_then(|missing| super::leftovers::fixed_shape(&missing.expected));
    let Some([_, width]) = wanted.as_deref() else { return (by, String::new()) };
    let bits = if by == "GPTQ" {
        rows.saturating_mul(32).checked_div(*width)
    } else {
        columns.saturating_mul(32).checked_div(out)
    };
    match (bits, width.checked_div(groups)) {
        (Some(bits @ 1..=8), Some(group)) if width.is_multiple_of(groups) => {
            (by, format!(", {bits}-bit in groups of {group}"))
        }
        _ => (by, String::new()),
    }
}

/// An adapter: a difference to a model, and no model.
fn adapter(signs: &Signs<'_>) -> Option<String> {
    let is_lora = |name: &str| {
        name.split('.').any(|component| {
            component.starts_with("lora_") && !component.starts_with("lora_unet") && !component.starts_with("lora_te")
                || component == "lora"
        })
    };
    let lora: Vec<&Extra> = signs.all.iter().filter(|extra| is_lora(&extra.path)).collect();
    let (down, hada) = (
        signs.where_leaf(|leaf| leaf == "alpha"),
        signs.where_leaf(|leaf| leaf.starts_with("hada_w") || leaf.starts_with("lokr_w")),
    );
    let (what, count) = if !lora.is_empty() {
        ("a LoRA adapter", lora.len())
    } else if !hada.is_empty() {
        ("a LyCORIS adapter", hada.len() + down.len())
    } else {
        return None;
    };
    let first = lora.first().or(hada.first())?;
    let how = if lora.iter().any(|extra| extra.path.contains("lora_A")) {
        format!("{ADAPTER} (peft: `merge_and_unload()`)")
    } else {
        ADAPTER.to_owned()
    };
    // what is no part of the adapter is its base, or belongs to it as a scale does
    let others = signs.all.len().saturating_sub(count + if lora.is_empty() { 0 } else { down.len() });
    Some(match others {
        0 => format!("the checkpoint is {what}, and not a model (`{}`); {how}", shown(&first.name)),
        _ => format!(
            "the checkpoint has {what} in it (`{}`), which is not merged into its weights; {how}",
            shown(&first.name)
        ),
    })
}

/// What optimizers keep for each parameter.
const MOMENTS: &[&str] =
    &["exp_avg", "exp_avg_sq", "exp_avg_sq_row", "exp_avg_sq_col", "max_exp_avg_sq", "momentum_buffer", "square_avg"];

/// The state of an optimizer, and no weights.
fn optimizer(signs: &Signs<'_>) -> Option<String> {
    let moments = signs.where_leaf(|leaf| MOMENTS.contains(&leaf));
    let (v, is_mlx) = (signs.named("v"), signs.has("learning_rate") && signs.has("step") && signs.has("m"));
    let of_optax = |word: &str| signs.all.iter().filter(|extra| extra.path.split('.').any(|one| one == word)).count();
    let (mu, nu) = (of_optax("mu"), of_optax("nu"));
    let count = match (is_mlx, mu == nu && mu > 0) {
        (true, _) => v.len() + signs.named("m").len(),
        (_, true) => mu + nu,
        _ => moments.len(),
    };
    // not where the model's weights stand beside it
    if count == 0 || count * 2 < signs.all.len() {
        return None;
    }
    let first = moments.first().or(v.first()).copied().or(signs.all.first())?;
    Some(format!(
        "the checkpoint is the state of an optimizer, and not a model (`{}`); load the file that the model was saved to",
        shown(&first.name)
    ))
}

/// Arrays that numpy has numbered, as `np.savez` was not told their names.
fn unnamed(left: &Leftovers<'_>) -> Option<String> {
    let is_numbered = |extra: &Extra| extra.path.strip_prefix("arr_").is_some_and(|number| index(number).is_some());
    let missing = left.missing.first()?;
    if left.unexpected.is_empty() || !left.unexpected.iter().all(is_numbered) {
        return None;
    }
    let name = |path: &str| format!("{}: ..", literal(path));
    let second = left.missing.get(1).map_or_else(String::new, |missing| format!(", {}", name(&missing.path)));
    Some(format!(
        "numpy has named these arrays itself; save them with their names, as in `np.savez(path, **{{{}{second}}})`",
        name(&missing.path)
    ))
}

/// The signs of a family of models: parts of names, all of which its files have.
const FAMILIES: &[(&str, &[&str])] = &[
    ("BERT", &["attention.self.query.", "attention.output.LayerNorm."]),
    ("DistilBERT", &["attention.q_lin.", "sa_layer_norm."]),
    ("ALBERT", &["albert_layer_groups.", "full_layer_layer_norm."]),
    ("GPT-2", &["attn.c_attn.", "mlp.c_fc."]),
    ("GPT-NeoX", &["attention.query_key_value.", "dense_h_to_4h."]),
    ("Falcon", &["self_attention.query_key_value.", "dense_h_to_4h."]),
    ("BLOOM", &["word_embeddings_layernorm.", "self_attention.query_key_value."]),
    ("Phi", &["self_attn.dense.", "mlp.fc1."]),
    ("Llama and its like", &["self_attn.q_proj.", "mlp.gate_proj.", "input_layernorm."]),
    ("T5", &["SelfAttention.q.", "DenseReluDense."]),
    ("Mamba", &["mixer.A_log", "mixer.conv1d."]),
    ("Whisper", &["encoder_attn.k_proj.", "encoder.conv1."]),
    ("BART", &["encoder_attn.q_proj.", "layernorm_embedding."]),
    ("CLIP", &["text_model.encoder.layers.", "vision_model.encoder.layers."]),
    ("ViT", &["attention.attention.query.", "patch_embeddings.projection."]),
    ("timm's ViT", &["attn.qkv.", "patch_embed.proj."]),
    ("ResNet", &["layer1.0.conv1.", "layer4.0.bn1."]),
    ("wav2vec 2.0", &["feature_extractor.conv_layers.", "pos_conv_embed."]),
    ("a UNet of Stable Diffusion", &["down_blocks.0.resnets.0.", "mid_block.attentions.0."]),
    ("a VAE of Stable Diffusion", &["quant_conv.", "decoder.conv_in."]),
];

/// The family whose signs are in the names.
fn family<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Option<&'static str> {
    let has = |sign: &&str| names.clone().any(|name| name.contains(*sign));
    FAMILIES.iter().find(|(_, signs)| signs.iter().all(&has)).map(|(family, _)| *family)
}

/// How many findings of each kind tell that the model is another one.
const MANY: usize = 4;
/// The most names that are searched for signs.
const SEARCHED: usize = 5000;

/// The hint for a file that has nothing of the module, and where nothing else explains most of what is missing.
pub(super) fn another_model(resolver: &Resolver<'_>, left: &Leftovers<'_>) -> Option<String> {
    let (missing, unexpected) = (left.missing.len(), left.unexpected.len());
    let fitting = resolver.out.report.fitting_count;
    let explained = left.missing_hints.iter().filter(|hints| !hints.is_empty()).count();
    if explained * 5 > missing
        || missing < MANY
        || unexpected < MANY
        || fitting * 10 > resolver.out.report.parameter_count
    {
        return None;
    }
    let file = family(left.unexpected.iter().take(SEARCHED).map(|extra| extra.path.as_str()));
    let module = family(left.missing.iter().take(SEARCHED).map(|missing| missing.path.as_str()));
    let are = match (file, module) {
        (Some(file), Some(module)) if file != module => {
            format!("they are those of {file}, and the module's are those of {module}")
        }
        (Some(file), None) => format!("they are those of {file}"),
        (None, Some(module)) => format!("the module's are those of {module}"),
        _ if share_words(left) => return None,
        _ => {
            return Some(format!(
                "the checkpoint's names have nothing in common with the module's, and may be those of another model; {OTHER}"
            ));
        }
    };
    Some(format!("the checkpoint's names are not the module's: {are}; {OTHER}"))
}

/// What to do about a file of another model.
const OTHER: &str = "load a checkpoint of this model, or let `weighbridge generate` write a struct for this one";

/// Words that say nothing of a model.
const COMMON: &[&str] = &["weight", "bias"];

/// Whether the two have words in common.
fn share_words(left: &Leftovers<'_>) -> bool {
    let words = |path: &str| {
        let words = path.split('.').filter(|word| index(word).is_none() && !COMMON.contains(word));
        words.map(str::to_owned).collect::<Vec<String>>()
    };
    let module: HashSet<String> = left.missing.iter().take(SEARCHED).flat_map(|missing| words(&missing.path)).collect();
    left.unexpected.iter().take(SEARCHED).any(|extra| words(&extra.path).iter().any(|word| module.contains(word)))
}
