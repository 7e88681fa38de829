//! What a checkpoint is, where names and dtypes show it plainly: quantised weights, an adapter, the state of an optimizer.
//! The facts: GPTQ and AWQ keep `qweight`, `qzeros` and `scales`, bitsandbytes keeps `weight.absmax` or `SCB`, fp8 a
//! `weight_scale_inv` or `weight_scale`, compressed-tensors a `weight_packed`, MXFP4 `_blocks` and `_scales`.

use std::collections::{HashMap, HashSet};

use weighbridge_checkpoint::{DType, Entry};
use weighbridge_lock::counted;

use super::beside;
use super::leftovers::{Extra, Leftovers, sibling};
use super::names::split_last;
use super::{published, templates};
use crate::path::{index, literal, shown};
use crate::plan::outcome::Missing;
use crate::plan::resolver::Resolver;
use crate::rules::packed::is_float;

/// What to do about a quantised file.
const QUANTISED: &str = "load the original checkpoint, or hold these tensors as they are: `weighbridge generate` writes a struct for the file";
/// What to do about an adapter.
const ADAPTER: &str = "merge it into its base model first, and load the model that comes out";

/// The unexpected tensors, by the last component of their names.
struct Signs<'l> {
    by_leaf: HashMap<&'l str, Vec<&'l Extra>>,
    all: &'l [Extra],
    /// The components of the names that the module reads.
    of_module: HashSet<String>,
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
        let of_module = module.iter().flat_map(|path| path.split('.')).map(str::to_owned).collect();
        Signs { by_leaf, all: &left.unexpected, of_module }
    }

    fn named(&self, leaf: &str) -> &[&'l Extra] {
        self.by_leaf.get(leaf).map_or(&[], Vec::as_slice)
    }

    fn has(&self, leaf: &str) -> bool {
        self.by_leaf.contains_key(leaf)
    }

    /// The tensors of which a component fits, unless the module has such ones itself.
    fn with_component(&self, fits: impl Fn(&str) -> bool) -> Vec<&'l Extra> {
        if self.of_module.iter().any(|one| fits(one)) {
            return Vec::new();
        }
        self.all.iter().filter(|extra| extra.path.split('.').any(&fits)).collect()
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
    let hint = quantised(resolver, left, &signs).or_else(|| adapter(resolver, &signs)).or_else(|| unnamed(left));
    let is_explained = hint.is_some();
    resolver.out.report.hints.extend(hint);
    is_explained
}

/// `the checkpoint is quantised by GPTQ (12 layers with `qweight` and `scales`)`.
fn quantised(resolver: &Resolver<'_>, left: &Leftovers<'_>, signs: &Signs<'_>) -> Option<String> {
    let (by, count, what) = scheme(resolver, left, signs)?;
    let is = published::module_is(resolver).unwrap_or_else(|| "is not".to_owned());
    Some(format!(
        "the checkpoint is quantised {by} ({} with {what}), and the module {is}; {QUANTISED}",
        counted(count, "layer")
    ))
}

/// How the file is quantised, how many layers are, and what shows it.
fn scheme(resolver: &Resolver<'_>, left: &Leftovers<'_>, signs: &Signs<'_>) -> Option<(String, usize, String)> {
    let beside = |extra: &Extra, leaf: &str| resolver.entry_at(&sibling(split_last(&extra.path).0, leaf));
    let has = |extra: &Extra, leaves: &[&str]| leaves.iter().all(|leaf| beside(extra, leaf).is_some());
    // the tensors of this name that have all of these beside them
    let with = |leaf: &str, leaves: &[&str]| -> Vec<&Extra> {
        signs.named(leaf).iter().copied().filter(|extra| has(extra, leaves)).collect()
    };
    let of = |by: &str, layers: &[&Extra], what: &str| Some((by.to_owned(), layers.len(), what.to_owned()));
    let packed = with("qweight", &["qzeros", "scales"]);
    if let Some(first) = packed.first() {
        let (by, layout) = gptq_or_awq(left, signs, first);
        return of(&format!("by {by}"), &packed, &format!("`qweight`, `qzeros` and `scales`{layout}"));
    }
    let states = signs.where_leaf(|leaf| leaf.starts_with("bitsandbytes__"));
    if let Some(first) = states.first() {
        let kind = split_last(&first.path).1.trim_start_matches("bitsandbytes__");
        let by = format!("by bitsandbytes, to 4 bits of the kind {}", shown(kind));
        return of(&by, &states, "`weight.quant_state`");
    }
    let scaled = with("absmax", &["quant_map"]);
    if !scaled.is_empty() {
        return of("by bitsandbytes, to 4 bits", &scaled, "`weight.absmax`");
    }
    let scaled: Vec<&Extra> = with("SCB", &["weight"]);
    if !scaled.is_empty() {
        return of("by bitsandbytes, to 8 bits", &scaled, "`SCB`");
    }
    let packed = with("weight_packed", &["weight_scale"]);
    if let Some(first) = packed.first() {
        let by = match first.dtype {
            _ if has(first, &["weight_global_scale"]) => "in the layout of compressed-tensors, as NVFP4",
            DType::U8 if is_mxfp6(first, beside(first, "weight_scale")) => {
                "in the layout of compressed-tensors, as MXFP6"
            }
            DType::U8 => "in the layout of compressed-tensors, as MXFP4",
            _ => "in the layout of compressed-tensors",
        };
        return of(by, &packed, "`weight_packed` and `weight_scale`");
    }
    let blocks: Vec<&Extra> = signs
        .where_leaf(|leaf| leaf.ends_with("_blocks"))
        .into_iter()
        .filter(|blocks| {
            let scales = split_last(&blocks.path).1.replace("_blocks", "_scales");
            blocks.dtype == DType::U8 && has(blocks, &[&scales])
        })
        .collect();
    if !blocks.is_empty() {
        return of("as MXFP4", &blocks, "`_blocks` and `_scales`");
    }
    let is_fp8 = |dtype: DType| dtype.name().starts_with("F8");
    // what the scales of this ending are the scales of
    let scaled_by = |end: &str| -> Vec<&Extra> {
        let of_floats = |extra: &&Extra| {
            let scaled = split_last(&extra.path).1.strip_suffix(end).and_then(|weight| beside(extra, weight));
            scaled.is_some_and(|entry| is_fp8(entry.dtype()) || entry.dtype() == DType::I8)
        };
        signs.where_leaf(|leaf| leaf.ends_with(end)).into_iter().filter(of_floats).collect()
    };
    let inverse = scaled_by("_scale_inv");
    if let Some(first) = inverse.first() {
        let leaf = split_last(&first.path).1;
        let is_one = inverse.iter().all(|extra| split_last(&extra.path).1 == leaf);
        let what = if is_one { format!("`{}`", shown(leaf)) } else { "`_scale_inv`".to_owned() };
        let weight = leaf.strip_suffix("_scale_inv").and_then(|weight| beside(first, weight));
        let by = match first.shape.is_empty() {
            _ if weight.is_some_and(|weight| weight.dtype() == DType::I8) => "to fp4, two in an I8",
            true => "to fp8",
            false => "to fp8, in blocks",
        };
        return of(by, &inverse, &what);
    }
    let twice = with("weight_scale_2", &["weight", "weight_scale"]);
    if let Some(first) = twice.first() {
        let is_nvfp4 = beside(first, "weight").is_some_and(|weight| weight.dtype() == DType::U8);
        let by = if is_nvfp4 { "by ModelOpt, as NVFP4" } else { "by ModelOpt" };
        return of(by, &twice, "`weight_scale` and `weight_scale_2`");
    }
    for scale in ["weight_scale", "weight_scales", "scale_weight"] {
        let scaled = with(scale, &["weight"]);
        let Some(weight) = scaled.first().and_then(|first| beside(first, "weight")) else { continue };
        let by = match weight.dtype() {
            DType::I8 => "to int8",
            DType::U8 => "to 8 bits or less",
            dtype if is_fp8(dtype) && scaled[0].dtype == DType::U8 => "as MXFP8",
            dtype if is_fp8(dtype) => "to fp8",
            _ => continue,
        };
        return of(by, &scaled, &format!("`{scale}`"));
    }
    let layers = with("W_q", &["scale", "zero"]);
    if !layers.is_empty() {
        return of("by HQQ", &layers, "`W_q`, `scale` and `zero`");
    }
    let layers = with("_weight_qdata", &["_weight_scale"]);
    if !layers.is_empty() {
        return of("by torchao", &layers, "`_weight_qdata` and `_weight_scale`");
    }
    let layers = with("_data", &["_scale"]);
    if layers.iter().any(|data| split_last(split_last(&data.path).0).1 == "weight") {
        return of("by quanto", &layers, "`weight._data` and `weight._scale`");
    }
    let mut layers = with("codes", &["codebooks", "scales"]);
    layers.retain(|codes| matches!(codes.dtype, DType::I8 | DType::I16 | DType::U8 | DType::I32));
    if !layers.is_empty() {
        return of("by AQLM", &layers, "`codes`, `codebooks` and `scales`");
    }
    // by the dtype, if nothing tells more: what the module wants as floats, with a scale beside it
    let is_of_floats = |path: &str| {
        let mistyped = resolver.out.mistyped.iter().filter(|mistyped| mistyped.path == *path);
        mistyped.flat_map(|mistyped| mistyped.expected.dtypes()).any(|dtype| is_float(*dtype))
    };
    let scaled = signs.all.iter().filter_map(|extra| Some((extra, beside::quantised(resolver, &extra.path)?)));
    let mut scaled = scaled.filter(|(_, (path, _))| is_of_floats(path));
    let (first, (_, dtype)) = scaled.next()?;
    let leaf = split_last(&first.path).1;
    let count = 1 + scaled.filter(|(extra, _)| split_last(&extra.path).1 == leaf).count();
    let by = match dtype {
        DType::I8 => "to int8",
        dtype if is_fp8(dtype) => "to fp8",
        _ => "to integers",
    };
    Some((by.to_owned(), count, format!("`{}`", shown(leaf))))
}

/// Whether floats have 6 bits: 24 bytes with an exponent.
fn is_mxfp6(packed: &Extra, scales: Option<Entry<'_>>) -> bool {
    let groups = scales.and_then(|scales| scales.shape().last()?.checked_mul(24));
    groups.is_some_and(|bytes| packed.shape.last() == Some(&bytes))
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

/// Whether a component says that a name is a part of a LoRA adapter. kohya begins the names of layers with `lora_unet` or `lora_te`.
fn is_of_lora(component: &str) -> bool {
    let is_layer = component.starts_with("lora_unet") || component.starts_with("lora_te");
    component == "lora" || (component.starts_with("lora_") && !is_layer)
}

/// The same of the adapters of LyCORIS.
fn is_of_lycoris(component: &str) -> bool {
    ["hada_w", "hada_t", "lokr_w", "lokr_t"].iter().any(|begin| component.starts_with(begin))
}

/// An adapter: a difference to a model, and no model.
fn adapter(resolver: &Resolver<'_>, signs: &Signs<'_>) -> Option<String> {
    let of = |is_part: fn(&str) -> bool| signs.with_component(is_part);
    let lora = of(is_of_lora);
    let (what, parts) = match lora.is_empty() {
        false => ("a LoRA adapter", lora),
        true => ("a LyCORIS adapter", of(is_of_lycoris)),
    };
    let first = parts.first()?;
    let how = if parts.iter().any(|extra| extra.path.contains("lora_A")) {
        format!("{ADAPTER} (peft: `merge_and_unload()`)")
    } else {
        ADAPTER.to_owned()
    };
    // what is no part of the adapter is its base, or belongs to it as a scale does
    let scales = signs.where_leaf(|leaf| matches!(leaf, "alpha" | "dora_scale")).len();
    let is_alone = signs.all.len() <= parts.len() + scales && resolver.out.report.fitting_count == 0;
    Some(match is_alone {
        true => format!("the checkpoint is {what}, and not a model (`{}`); {how}", shown(&first.name)),
        false => format!(
            "the checkpoint has {what} in it (`{}`), which is not merged into its weights; {how}",
            shown(&first.name)
        ),
    })
}

/// What optimizers keep for each parameter.
const MOMENTS: &[&str] =
    &["exp_avg", "exp_avg_sq", "exp_avg_sq_row", "exp_avg_sq_col", "max_exp_avg_sq", "momentum_buffer", "square_avg"];
/// The two moments of optax, which has both for each parameter. One alone may be anything.
const PAIR: [&str; 2] = ["mu", "nu"];
/// Where training states keep what is an optimizer's.
const OPTIMIZERS: &[&str] = &["optimizer", "optimizers", "optimizer_state", "optimizer_states", "opt_state", "optim"];

/// Whether there are as many names with the one moment of optax as with the other.
fn has_pair<'n>(names: impl Iterator<Item = &'n str>) -> bool {
    let mut counts = [0, 0];
    for component in names.flat_map(|name| name.split('.')) {
        if let Some(which) = PAIR.iter().position(|word| *word == component) {
            counts[which] += 1;
        }
    }
    counts[0] > 0 && counts[0] == counts[1]
}

/// Says of a name of this file whether it is a part of an adapter or of an optimizer's state, so that no renaming makes it a
/// weight.
pub(super) fn is_no_weight<'n>(names: impl Iterator<Item = &'n str>) -> impl Fn(&str) -> bool {
    let has_pair = has_pair(names);
    move |name| {
        let is_moment = |one: &str| MOMENTS.contains(&one) || (has_pair && PAIR.contains(&one));
        name.split('.').any(|one| is_of_lora(one) || is_of_lycoris(one) || is_moment(one) || OPTIMIZERS.contains(&one))
    }
}

/// The hint for the state of an optimizer without weights.
pub(super) fn optimizer(resolver: &Resolver<'_>, left: &Leftovers<'_>) -> Option<String> {
    let signs = Signs::of(resolver, left);
    let has_pair = has_pair(signs.all.iter().map(|extra| extra.path.as_str()));
    let moments = signs.with_component(|one| MOMENTS.contains(&one) || (has_pair && PAIR.contains(&one)));
    let is_mlx = signs.has("learning_rate") && signs.has("step") && signs.has("m");
    let mlx: Vec<&Extra> = if is_mlx { [signs.named("v"), signs.named("m")].concat() } else { Vec::new() };
    let count = moments.len() + mlx.len();
    // not where the model's weights stand beside it
    if count == 0 || count * 2 < signs.all.len() || resolver.out.report.fitting_count > 0 {
        return None;
    }
    let first = moments.first().or(mlx.first())?;
    Some(format!(
        "the checkpoint is the state of an optimizer, and not a model (`{}`); load the file that the model was saved to",
        shown(&first.name)
    ))
}

/// Arrays that numpy has numbered, as `np.savez` was not told their names.
fn unnamed(left: &Leftovers<'_>) -> Option<String> {
    let is_numbered = |extra: &Extra| extra.path.strip_prefix("arr_").is_some_and(|number| index(number).is_some());
    left.missing.first()?;
    if left.unexpected.is_empty() || !left.unexpected.iter().all(is_numbered) {
        return None;
    }
    let named = |missing: &Missing| format!("{}: {}", literal(&missing.path), variable(&missing.path));
    let all: Vec<String> = left.missing.iter().take(MOST_ARRAYS).map(named).collect();
    let more = if left.missing.len() > MOST_ARRAYS { "; and so on" } else { "" };
    Some(format!(
        "numpy has named these arrays itself; save them with their names, as in `np.savez(path, **{{{}}})`{more}",
        all.join(", ")
    ))
}

/// The most arrays that one call names.
const MOST_ARRAYS: usize = 4;

/// A name for an array in Python.
fn variable(path: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name: String = path.chars().map(|c| if is_word(c) { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
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
