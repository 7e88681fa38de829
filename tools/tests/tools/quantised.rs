//! Generated structs of published quantised layouts: the shapes are computed from the sizes of the layer.

use std::path::Path;

use weighbridge::{AnyTensor, Checkpoint, Loader, Module, Tensor};
use weighbridge_tools::generate::{Options, generate};

use crate::generate::{Given, cases, kept, round_trip, rustfmt, text};
use crate::made;

cases! {
    gptq: Gptq = made::gptq();
    quantised_gptq: Gptq = "quantised/gptq-3bit.safetensors";
    quantised_awq: Awq = "quantised/awq.safetensors";
    quantised_bnb_nf4: Nf4 = "quantised/bnb-nf4.safetensors";
    quantised_bnb_int8: Int8 = "quantised/bnb-int8.safetensors";
    quantised_fp8: Fp8 = "quantised/fp8-blocks.safetensors";
    quantised_ct_int4: Packed = "quantised/ct-int4-asymmetric.safetensors";
    quantised_ct_int8: Scaled = "quantised/ct-int8.safetensors";
    quantised_ct_nvfp4: Nvfp4 = "quantised/ct-nvfp4.safetensors";
    quantised_ct_mxfp4: Mxfp4 = "quantised/ct-mxfp4.safetensors";
    quantised_ct_mxfp6: Mxfp6 = "quantised/ct-mxfp6.safetensors";
    quantised_ct_mxfp8: Mxfp8 = "quantised/ct-mxfp8.safetensors";
    quantised_one_scale: Fp8 = "quantised/fp8-tensor.safetensors";
    quantised_modelopt: ModelOpt = "quantised/modelopt-nvfp4.safetensors";
    quantised_torchao: Torchao = "quantised/torchao-intx.safetensors";
    quantised_gpt_oss: GptOss = "quantised/gpt-oss-mxfp4.safetensors";
    // more bits in smaller groups have the same shapes
    quantised_open: Open = "quantised/ct-int4.safetensors";
}

/// Modules of code that a test has its own way with.
macro_rules! compiled {
    ($($name:ident)*) => {$(
        mod $name {
            #![allow(dead_code, missing_docs, unreachable_pub)]
            include!(concat!("../generated/", stringify!($name), ".rs"));
        }
    )*};
}

compiled! { quantised_mixed quantised_mixed_configured quantised_said }

/// The code is the one that is compiled, and loads the file.
fn generated<M: Module>(name: &str, root: &str, path: &Path, config: Option<serde_json::Value>) {
    let mut options = Options::new().name(root);
    if let Some(config) = &config {
        options = options.config("config.json", config.as_object().unwrap());
    }
    let text = generate(&Checkpoint::open(path).unwrap(), &options).unwrap();
    assert_eq!(rustfmt(&text), text, "{name}");
    kept(&format!("{name}.rs"), &text);
    match config {
        None => round_trip::<M>(path, tempfile::tempdir().unwrap().path()),
        Some(config) => {
            Loader::new().config(&config).check::<M>(path).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

/// Layers that were left alone, or packed otherwise, are in the list of the others: the file says which each of them is.
#[test]
fn a_list_of_which_some_layers_are_quantised() {
    let scratch = tempfile::tempdir().unwrap();
    let path = made::mixed().path(scratch.path(), "mixed");
    generated::<quantised_mixed::Mixed>("quantised_mixed", "Mixed", &path, None);
    // a configuration of these sizes
    let config = serde_json::json!({ "vocab_size": 50, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3, "kv": 32 });
    let name = "quantised_mixed_configured";
    generated::<quantised_mixed_configured::Mixed>(name, "Mixed", &path, Some(config));
}

/// A file of so many kinds is no model's.
#[test]
fn a_list_of_which_all_layers_are_quantised_otherwise() {
    let code = |count: usize| {
        let layer = |number: usize| {
            let (bits, group) = ([2, 4, 8][number % 3], 16 << (number / 3));
            let tensor = |name: &str, tensor: AnyTensor| (format!("layers.{number}.proj.{name}"), tensor);
            [
                tensor("qweight", Tensor::<i32>::zeros([2 * group * bits / 32, 32]).into()),
                tensor("qzeros", Tensor::<i32>::zeros([2, bits]).into()),
                tensor("scales", Tensor::<f32>::zeros([2, 32]).into()),
            ]
        };
        let pairs: Vec<_> = (0..count).flat_map(layer).collect();
        generate(&Checkpoint::open(pairs).unwrap(), &Options::new()).unwrap()
    };
    let text = code(16);
    assert_eq!(text.matches("pub struct GptqLinear").count(), 16, "{text}");
    assert!(text.contains("pub enum MixedLinear"), "{text}");
    assert!(!code(17).contains("enum"));
}

/// The configuration says the bits and the groups that shapes leave open.
#[test]
fn packed_integers_of_which_the_configuration_says_the_bits() {
    let path = Given::path("quantised/ct-int4.safetensors", Path::new(""), "");
    let config: serde_json::Value =
        serde_json::from_slice(&std::fs::read(path.with_extension("json")).unwrap()).unwrap();
    generated::<quantised_said::Said>("quantised_said", "Said", &path, Some(config.clone()));
    let refused = Loader::new().dim("hidden_size", 128).check::<quantised_said::Said>(&path).unwrap_err();
    assert!(refused.to_string().contains("expected hidden_size / 8 = 16, where hidden_size = 128"), "{refused}");

    // 8 bits in groups of 16 have these shapes, too, and 2 bits have none in groups of 32
    for (bits, group, is_said) in [(8, 16, true), (2, 32, false)] {
        let mut config = config.clone();
        let weights = &mut config["quantization_config"]["config_groups"]["group_0"]["weights"];
        (weights["num_bits"], weights["group_size"]) = (bits.into(), group.into());
        let options = Options::new().config("config.json", config.as_object().unwrap());
        let text = generate(&Checkpoint::open(&path).unwrap(), &options).unwrap();
        assert_eq!(text.contains("struct PackedLinear"), is_said, "{text}");
        assert!(!is_said || text.contains("8 bits, a scale for 16 inputs"), "{text}");
    }
}
