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
    for names in [&peft[..], &kohya, &diffusers] {
        let report = refused_of::<Model>(&Loader::new(), adapter(names));
        assert!(first(&report).contains("the checkpoint is a LoRA adapter, and not a model"), "{report}");
        assert!(first(&report).contains("; merge it into its base model first"), "{report}");
    }
    // adapters beside the weights that they change
    let mut both = file(&[("proj.base_layer.weight", F32, &[32, 64])]);
    both.extend(adapter(&["layers.{}.proj.lora_A.default.weight", "layers.{}.proj.lora_B.default.weight"]));
    let report = refused_of::<Model>(&Loader::new(), both);
    assert!(first(&report).contains("the checkpoint has a LoRA adapter in it"), "{report}");
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
    assert!(first(&report).contains("the module is quantised, and the checkpoint is not"), "{report}");
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
    let said = r#"numpy has named these arrays itself; save them with their names, as in `np.savez(path, **{"fc.weight": .., "fc.bias": ..})`"#;
    assert!(first(&report).ends_with(said), "{report}");
}
