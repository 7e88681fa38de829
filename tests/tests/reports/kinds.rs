//! What a checkpoint is stands first in the report, where names and dtypes show it plainly.

use wb::{AnyTensor, DType, Loader, Module, Report, Tensor};
use weighbridge_tests::layers::{Embedding, LayerNorm, Linear};

use crate::first::first;
use crate::follow::{Names, pairs, refused};
use crate::planted::refused_of;

/// A float model of two layers.
#[derive(Module)]
#[module(crate = wb)]
struct Model {
    embed: Embedding<6, 64>,
    layers: [Layer; 2],
}

#[derive(Module)]
#[module(crate = wb)]
struct Layer {
    norm: LayerNorm<64>,
    #[param(shape = [32, 64], rename = "proj.weight")]
    proj: Tensor<f32>,
}

/// The file of a [`Model`], with these tensors in place of each `proj.weight`.
fn file(parts: Names<'_>) -> Vec<(String, AnyTensor)> {
    let mut names: Vec<(String, DType, Vec<usize>)> = vec![("embed.weight".into(), DType::F32, vec![6, 64])];
    for i in 0..2 {
        for norm in ["weight", "bias"] {
            names.push((format!("layers.{i}.norm.{norm}"), DType::F32, vec![64]));
        }
        names.extend(parts.iter().map(|(name, dtype, shape)| (format!("layers.{i}.{name}"), *dtype, shape.to_vec())));
    }
    let names: Vec<(&str, DType, &[usize])> =
        names.iter().map(|(name, dtype, shape)| (name.as_str(), *dtype, shape.as_slice())).collect();
    pairs(&names)
}

/// The first line of the report says it, and nothing in it offers a cast or an alias.
#[track_caller]
fn assert_is(parts: Names<'_>, said: &str) -> Report {
    let report = refused_of::<Model>(&Loader::new(), file(parts));
    let text = report.to_string();
    assert!(first(&report).starts_with("hint ") && first(&report).contains(said), "`{said}` is not first in\n{text}");
    assert!(!text.contains("Cast::") && !text.contains("alias"), "{text}");
    report
}

const U8: DType = DType::U8;
const I8: DType = DType::I8;
const I32: DType = DType::I32;
const F16: DType = DType::F16;
const F32: DType = DType::F32;
const FP8: DType = DType::F8_E4M3;

#[test]
fn how_it_is_quantised() {
    let report = assert_is(
        &[
            ("proj.qweight", I32, &[8, 32]),
            ("proj.qzeros", I32, &[2, 4]),
            ("proj.scales", F16, &[2, 32]),
            ("proj.g_idx", I32, &[64]),
        ],
        "the checkpoint is quantised by GPTQ (2 layers with `qweight`, `qzeros` and `scales`, 4-bit in groups of 32), and the module is not; ",
    );
    assert!(first(&report).contains("`weighbridge generate` writes a struct for the file"), "{report}");
    assert_is(
        &[("proj.qweight", I32, &[64, 4]), ("proj.qzeros", I32, &[2, 4]), ("proj.scales", F16, &[2, 32])],
        "quantised by AWQ (2 layers with `qweight`, `qzeros` and `scales`, 4-bit in groups of 32)",
    );
    assert_is(
        &[
            ("proj.weight", U8, &[1024, 1]),
            ("proj.weight.absmax", U8, &[32]),
            ("proj.weight.quant_map", F32, &[16]),
            ("proj.weight.quant_state.bitsandbytes__nf4", U8, &[90]),
        ],
        "quantised by bitsandbytes, to 4 bits of the kind nf4 (2 layers",
    );
    assert_is(
        &[("proj.weight", I8, &[32, 64]), ("proj.SCB", F32, &[32]), ("proj.weight_format", U8, &[])],
        "quantised by bitsandbytes, to 8 bits (2 layers with `SCB`)",
    );
    assert_is(
        &[("proj.weight", FP8, &[32, 64]), ("proj.weight_scale_inv", F32, &[1, 1])],
        "quantised to fp8, in blocks (2 layers with `weight_scale_inv`)",
    );
    assert_is(
        &[("proj.weight", FP8, &[32, 64]), ("proj.weight_scale", F32, &[]), ("proj.input_scale", F32, &[])],
        "quantised to fp8 (2 layers with `weight_scale`)",
    );
    assert_is(&[("proj.weight", I8, &[32, 64]), ("proj.weight_scale", F32, &[32, 1])], "quantised to int8 (2 layers");
    assert_is(
        &[
            ("proj.weight_packed", I32, &[32, 8]),
            ("proj.weight_scale", F16, &[32, 2]),
            ("proj.weight_shape", DType::I64, &[2]),
        ],
        "quantised in the layout of compressed-tensors (2 layers with `weight_packed` and `weight_scale`)",
    );
    assert_is(
        &[("proj_blocks", U8, &[32, 2, 16]), ("proj_scales", U8, &[32, 2])],
        "quantised as MXFP4 (2 layers with `_blocks` and `_scales`)",
    );
    assert_is(
        &[("proj.weight", DType::U32, &[32, 8]), ("proj.scales", F16, &[32, 1]), ("proj.biases", F16, &[32, 1])],
        "quantised (2 tensors with `.scales`, 4-bit in groups of 64)",
    );
}

#[test]
fn how_it_is_quantised_by_programs_that_few_use() {
    // HQQ keeps what describes the packing as tensors, too
    assert_is(
        &[
            ("proj.W_q", U8, &[16, 64]),
            ("proj.scale", F16, &[32, 1]),
            ("proj.zero", F16, &[32, 1]),
            ("proj.nbits", I32, &[1]),
            ("proj.group_size", I32, &[1]),
            ("proj.packing", U8, &[7]),
        ],
        "quantised by HQQ (2 layers with `W_q`, `scale` and `zero`)",
    );
    assert_is(
        &[("proj._weight_qdata", FP8, &[32, 64]), ("proj._weight_scale", F32, &[32, 1])],
        "quantised by torchao (2 layers with `_weight_qdata` and `_weight_scale`)",
    );
    assert_is(
        &[("proj.weight._data", I8, &[32, 64]), ("proj.weight._scale", F16, &[32, 1]), ("proj.input_scale", F32, &[])],
        "quantised by quanto (2 layers with `weight._data` and `weight._scale`)",
    );
    assert_is(
        &[
            ("proj.codes", DType::I16, &[32, 8, 1]),
            ("proj.codebooks", F16, &[1, 256, 1, 8]),
            ("proj.scales", F16, &[32, 1, 1, 1]),
        ],
        "quantised by AQLM (2 layers with `codes`, `codebooks` and `scales`)",
    );
    assert_is(
        &[
            ("proj.weight", U8, &[32, 32]),
            ("proj.weight_scale", FP8, &[32, 4]),
            ("proj.weight_scale_2", F32, &[]),
            ("proj.input_scale", F32, &[]),
        ],
        "quantised by ModelOpt, as NVFP4 (2 layers with `weight_scale` and `weight_scale_2`)",
    );
    // several programs have these names, so none is named
    assert_is(
        &[("proj.weight", I8, &[64, 32]), ("proj.weight_scales", F16, &[32])],
        "quantised to int8 (2 layers with `weight_scales`)",
    );
    assert_is(
        &[("proj.weight", FP8, &[32, 64]), ("proj.scale_weight", F32, &[]), ("proj.scale_input", F32, &[])],
        "quantised to fp8 (2 layers with `scale_weight`)",
    );
    assert_is(
        &[
            ("proj.weight_packed", U8, &[32, 32]),
            ("proj.weight_scale", FP8, &[32, 4]),
            ("proj.weight_global_scale", F32, &[1]),
        ],
        "quantised in the layout of compressed-tensors, as NVFP4 (2 layers",
    );
    // experts of DeepSeek and of Qwen, in one tensor
    assert_is(
        &[("experts.gate_up_proj", FP8, &[2, 32, 64]), ("experts.gate_up_proj_scale_inv", F32, &[2, 1, 1])],
        "quantised to fp8, in blocks (2 layers with `gate_up_proj_scale_inv`)",
    );
}

#[test]
fn what_is_no_sign_of_anything() {
    let said_nothing = |parts: Names<'_>| {
        let report = refused_of::<Model>(&Loader::new(), file(parts));
        let text = report.to_string();
        assert!(!text.contains("quantised by") && !text.contains("quantised to"), "{text}");
        assert!(!text.contains("is a LoRA") && !text.contains("optimizer"), "{text}");
    };
    // one of the names alone
    said_nothing(&[("proj.weight", F32, &[32, 64]), ("proj.scales", F32, &[32])]);
    said_nothing(&[("proj.qweight", F32, &[32, 64])]);
    said_nothing(&[("proj.weight", F32, &[32, 64]), ("proj.codebooks", F32, &[4, 8])]);
    said_nothing(&[
        ("proj.weight", F32, &[32, 64]),
        ("proj.codes", F32, &[4, 8]),
        ("proj.codebooks", F32, &[4]),
        ("proj.scales", F32, &[4]),
    ]);
    // scales of floats
    said_nothing(&[("proj.weight", F32, &[32, 64]), ("proj.logit_scale_inv", F32, &[])]);
    said_nothing(&[("proj.weight", F32, &[32, 64]), ("proj.weight_scale", F32, &[])]);
    said_nothing(&[("proj.weight", F32, &[32, 64]), ("proj.scale_weight", F32, &[])]);
    said_nothing(&[("proj.weight", F32, &[32, 64]), ("attn_blocks", F32, &[3]), ("attn_scales", F32, &[3])]);
    // integers without scales
    said_nothing(&[("proj.weight", I8, &[32, 64])]);
    // the mean of a variational encoder is no moment
    said_nothing(&[("mu.weight", F32, &[4, 64]), ("mu.bias", F32, &[4]), ("logvar.weight", F32, &[4, 64])]);

    #[derive(Module)]
    #[module(crate = wb)]
    struct Codes {
        #[param(shape = [32], rename = "q.scales")]
        scales: Tensor<f32>,
        #[param(shape = [32, 8], rename = "q.qweight")]
        qweight: Tensor<f32>,
        #[param(shape = [6, 4], rename = "embed.weight")]
        embed: Tensor<f32>,
    }
    // an embedding of bytes beside parameters of such names
    let report = refused_of::<Codes>(
        &Loader::new(),
        pairs(&[("q.scales", F32, &[32]), ("q.qweight", F32, &[32, 9]), ("embed.weight", I8, &[6, 4])]),
    );
    assert!(!report.to_string().contains("the module is not") && report.hints.is_empty(), "{report}");
}

#[test]
fn a_struct_that_holds_a_quantised_file_as_it_is() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Held {
        embed: Embedding<6, 64>,
        layers: [HeldLayer; 2],
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct HeldLayer {
        norm: LayerNorm<64>,
        #[param(shape = [32, 64], dtype = "I8", rename = "proj.weight")]
        weight: AnyTensor,
        #[param(shape = [32], rename = "proj.SCB")]
        scales: Tensor<f32>,
    }
    let parts: Names<'_> = &[("proj.weight", I8, &[32, 64]), ("proj.SCB", F32, &[32])];
    Loader::new().check::<Held>(file(parts)).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn what_is_an_adapter() {
    let adapter = |names: &[&str]| {
        let mut all: Vec<(String, AnyTensor)> = Vec::new();
        for i in 0..2 {
            for name in names {
                all.push((name.replace("{}", &i.to_string()), Tensor::<f32>::zeros([4, 64]).into()));
            }
        }
        all
    };
    let peft = ["base_model.model.layers.{}.proj.lora_A.weight", "base_model.model.layers.{}.proj.lora_B.weight"];
    let kohya = [
        "lora_unet_layers_{}_proj.lora_down.weight",
        "lora_unet_layers_{}_proj.lora_up.weight",
        "lora_unet_layers_{}_proj.alpha",
    ];
    let diffusers = ["layers.{}.proj.lora.down.weight", "layers.{}.proj.lora.up.weight"];
    // LoHa and LoKr
    let loha = ["hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b", "alpha"]
        .map(|part| format!("lora_unet_layers_{{}}_proj.{part}"));
    let lokr = ["lokr_w1", "lokr_w2_a", "lokr_w2_b", "alpha", "dora_scale"]
        .map(|part| format!("lycoris_layers_{{}}_proj.{part}"));
    let [loha, lokr] = [&loha, &lokr].map(|names| names.each_ref().map(String::as_str));
    let lora = "LoRA";
    for (what, names) in [(lora, &peft[..]), (lora, &kohya), (lora, &diffusers), ("LyCORIS", &loha), ("LyCORIS", &lokr)]
    {
        let report = refused_of::<Model>(&Loader::new(), adapter(names));
        assert!(first(&report).contains(&format!("the checkpoint is a {what} adapter, and not a model")), "{report}");
        assert!(first(&report).contains("; merge it into its base model first"), "{report}");
        assert!(!report.to_string().contains("rename") && !report.to_string().contains("alias"), "{report}");
    }
    // adapters beside the weights that they change
    let mut both = file(&[("proj.base_layer.weight", F32, &[32, 64])]);
    both.extend(adapter(&["layers.{}.proj.lora_A.default.weight", "layers.{}.proj.lora_B.default.weight"]));
    let report = refused_of::<Model>(&Loader::new(), both);
    assert!(first(&report).contains("the checkpoint has a LoRA adapter in it"), "{report}");
    // the weights have the module's names
    let mut both = file(&[("proj.weight", F32, &[32, 64])]);
    both.extend(adapter(&["layers.{}.proj.lora_A.weight", "layers.{}.proj.lora_B.weight"]));
    let report = refused_of::<Model>(&Loader::new(), both);
    assert!(first(&report).contains("the checkpoint has a LoRA adapter in it"), "{report}");
    // a module that has adapters itself reads them
    #[derive(Module)]
    #[module(crate = wb)]
    struct Adapted {
        #[param(shape = [4, 64], rename = "proj.lora_A.weight")]
        down: Tensor<f32>,
        #[param(shape = [32, 4], rename = "proj.lora_B.weight")]
        up: Tensor<f32>,
    }
    let names: Names<'_> = names![
        "base_model.model.proj.lora_A.weight" [4, 64],
        "base_model.model.proj.lora_B.weight" [32, 4],
    ];
    let report = refused::<Adapted>(names);
    follow_loader!(Adapted, report, names, Loader::new().strip_prefix("base_model.model."));
    assert!(!report.to_string().contains("adapter"), "{report}");
}

#[test]
fn what_is_the_state_of_an_optimizer() {
    for [a, b, c] in [
        ["state.0.exp_avg", "state.0.exp_avg_sq", "state.0.step"],
        ["embed.weight.m", "embed.weight.v", "learning_rate"],
    ] {
        let mut all: Vec<(String, AnyTensor)> =
            [a, b, c].map(|name| (name.to_owned(), Tensor::<f32>::zeros([4]).into())).into();
        all.push(("step".to_owned(), Tensor::<f32>::zeros([1]).into()));
        let report = refused_of::<Model>(&Loader::new(), all);
        assert!(first(&report).contains("the checkpoint is the state of an optimizer, and not a model"), "{report}");
    }
}

#[test]
fn moments_are_not_taken_for_weights() {
    // optax has both moments under the names of the weights
    let optax = |prefix: &str| {
        let all = file(&[("proj.weight", F32, &[32, 64])]);
        all.into_iter().map(move |(name, tensor)| (format!("{prefix}{name}"), tensor)).collect::<Vec<_>>()
    };
    let moments = [optax("opt_state.0.mu."), optax("opt_state.0.nu.")].concat();
    let report = refused_of::<Model>(&Loader::new(), moments.clone());
    assert!(first(&report).contains("the checkpoint is the state of an optimizer, and not a model"), "{report}");
    assert!(!report.to_string().contains("subtree"), "{report}");
    let bare = [optax("0.mu."), optax("0.nu.")].concat();
    assert!(!refused_of::<Model>(&Loader::new(), bare).to_string().contains("subtree"));
    // the weights beside them are found, even if they are the smaller part
    let all = [moments, optax("params.")].concat();
    let report = refused_of::<Model>(&Loader::new(), all.clone());
    assert!(first(&report).ends_with("say `Loader::new().subtree(\"params\")`"), "{report}");
    assert!(!report.to_string().contains("and not a model"), "{report}");
    Loader::new().subtree("params").check::<Model>(all).unwrap_or_else(|error| panic!("{error}"));
    // torch's Adam has three tensors for each parameter
    let mut all = optax("model.");
    for i in 0..all.len() {
        for part in ["exp_avg", "exp_avg_sq", "step"] {
            all.push((format!("optimizer.state.{i}.{part}"), Tensor::<f32>::zeros([4]).into()));
        }
    }
    let report = refused_of::<Model>(&Loader::new(), all.clone());
    assert!(first(&report).ends_with("say `Loader::new().subtree(\"model\")`"), "{report}");
    // the model at the top fits, and the rest is left out
    let all: Vec<_> =
        all.into_iter().map(|(name, tensor)| (name.trim_start_matches("model.").to_owned(), tensor)).collect();
    let report = refused_of::<Model>(&Loader::new(), all.clone());
    let patterns = ["optimizer.state.*.exp_avg", "optimizer.state.*.exp_avg_sq", "optimizer.state.*.step"];
    assert!(first(&report).ends_with(&format!("say `Loader::new().ignore({patterns:?})`")), "{report}");
    Loader::new().ignore(patterns).check::<Model>(all).unwrap();
}

#[test]
fn a_training_state_has_the_model_below_it() {
    let state = |prefix: &str| {
        let mut all: Vec<(String, AnyTensor)> = file(&[("proj.weight", F32, &[32, 64])]);
        all.iter_mut().for_each(|(name, _)| *name = format!("{prefix}{name}"));
        for name in ["optimizer.state.0.exp_avg", "optimizer.state.0.exp_avg_sq", "epoch", "scheduler.last_lr"] {
            all.push((name.to_owned(), Tensor::<f32>::zeros([4]).into()));
        }
        all
    };
    for prefix in ["model", "state_dict", "module", "net.model"] {
        let all = state(&format!("{prefix}."));
        let report = refused_of::<Model>(&Loader::new(), all.clone());
        let said = format!("say `Loader::new().subtree(\"{prefix}\")`");
        assert!(first(&report).ends_with(&said), "{said} is not first in\n{report}");
        Loader::new().subtree(prefix).check::<Model>(all).unwrap_or_else(|error| panic!("{error}"));
    }
    // the weights that were trained, and their averages
    let mut both = state("model.");
    both.extend(
        file(&[("proj.weight", F32, &[32, 64])]).into_iter().map(|(name, tensor)| (format!("ema.{name}"), tensor)),
    );
    let report = refused_of::<Model>(&Loader::new(), both);
    assert!(
        first(&report).contains("below `ema` and below `model`; say `Loader::new().subtree(\"model\")`"),
        "{report}"
    );
    let mut two = state("student.");
    two.extend(
        file(&[("proj.weight", F32, &[32, 64])]).into_iter().map(|(name, tensor)| (format!("teacher.{name}"), tensor)),
    );
    let report = refused_of::<Model>(&Loader::new(), two);
    assert!(
        first(&report)
            .contains("choose one, with `Loader::new().subtree(\"student\")` or `Loader::new().subtree(\"teacher\")`"),
        "{report}"
    );
}

#[test]
fn what_the_module_holds_itself_is_no_sign() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Held {
        layers: [Packed; 1],
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Packed {
        #[param(shape = [8, 32])]
        qweight: Tensor<i32>,
        #[param(shape = [2, 4])]
        qzeros: Tensor<i32>,
        #[param(shape = [2, 32])]
        scales: Tensor<half::f16>,
    }
    let mut all = Vec::new();
    for i in 0..2 {
        let names = [("qweight", I32, &[8, 32]), ("qzeros", I32, &[2, 4]), ("scales", F16, &[2, 32])];
        for (name, dtype, shape) in names {
            let name = format!("layers.{i}.{name}");
            all.extend(pairs(&[(name.as_str(), dtype, &shape[..])]));
        }
    }
    let report = refused_of::<Held>(&Loader::new(), all);
    assert!(!report.to_string().contains("the module is not"), "{report}");
    // and the other way round
    let report = refused::<Held>(names!["layers.0.weight" [32, 64]]);
    assert!(first(&report).contains("the module is quantised by GPTQ, and the checkpoint is not"), "{report}");
}

#[test]
fn weights_of_another_architecture() {
    let bert: Names<'_> = names![
        "bert.encoder.layer.0.attention.self.query.weight" [8, 8],
        "bert.encoder.layer.0.attention.self.query.bias" [8],
        "bert.encoder.layer.0.attention.output.LayerNorm.weight" [8],
        "bert.encoder.layer.0.attention.output.LayerNorm.bias" [8],
        "bert.embeddings.word_embeddings.weight" [9, 8],
    ];
    let report = refused::<Model>(bert);
    assert!(
        first(&report).contains("the checkpoint's names are not the module's: they are those of BERT; "),
        "{report}"
    );
    // a tensor of the same shape is another one
    #[derive(Module)]
    #[module(crate = wb)]
    struct Other {
        body: Model,
        #[param(shape = [7, 3], rename = "decoder.embed.weight")]
        embed: Tensor<f32>,
    }
    let all = [bert, names!["bert.pooler.dense.weight" [7, 3]]].concat();
    let report = refused::<Other>(&all);
    assert!(first(&report).contains("they are those of BERT; ") && !report.to_string().contains("alias"), "{report}");
    let other: Names<'_> = names!["alpha.one"[2], "alpha.two"[3], "beta.one"[4], "beta.two"[5]];
    let report = refused::<Model>(other);
    assert!(first(&report).contains("have nothing in common with the module's"), "{report}");
    // a few findings in a model that fits say nothing of the kind
    let mut all = file(&[("proj.weights", F32, &[32, 65])]);
    all.push(("gamma".into(), Tensor::<f32>::zeros([1]).into()));
    let report = refused_of::<Model>(&Loader::new(), all);
    assert!(!report.to_string().contains("nothing in common"), "{report}");
}

#[test]
fn arrays_without_names() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Fc {
        fc: Linear<3, 2>,
    }
    let report = refused::<Fc>(names!["arr_0" [2, 3], "arr_1" [2]]);
    let said = r#"numpy has named these arrays itself; save them with their names, as in `np.savez(path, **{"fc.weight": fc_weight, "fc.bias": fc_bias})`"#;
    assert!(first(&report).ends_with(said), "{report}");
}
