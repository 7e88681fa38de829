//! The size and the lock of a type under a configuration, without a file.

use serde_json::json;
use wb::{LoadError, Loader, Module, Tensor};

#[derive(Module)]
#[module(crate = wb, args(in, out, bias = false))]
struct Linear {
    #[param(shape = ["out", "in"])]
    weight: Tensor<f32>,
    #[param(shape = ["out"], when = "bias")]
    bias: Option<Tensor<f32>>,
}

#[derive(Module)]
#[module(crate = wb, defaults(head_dim = "hidden" / "heads", bias = false))]
struct Layer {
    #[module(args(in = "hidden", out = "heads" * "head_dim", bias = "bias" || "kind" == "qwen"))]
    q: Linear,
    #[param(shape = ["hidden", 2], from = transpose)]
    turned: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Model {
    #[param(shape = ["vocab", "hidden"])]
    embed: Tensor<f32>,
    #[module(len = "depth")]
    layers: Vec<Layer>,
    #[param(shape = ["vocab", "hidden"], tied = "embed", tied_when = "is_tied")]
    head: Tensor<f32>,
    #[module(config_scope = "vision", when = "has_vision")]
    vision: Option<Tower>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Tower {
    #[module(args(in = "hidden", out = 3, bias = true))]
    up: Linear,
}

#[test]
fn a_configuration_says_what_a_model_holds() {
    for (kind, is_tied, has_vision, head_dim) in [
        ("llama", true, false, None),
        ("qwen", false, true, None),
        ("llama", false, false, Some(5)),
        ("qwen", true, true, Some(5)),
    ] {
        let config = json!({
            "vocab": 7, "hidden": 6, "heads": 2, "depth": 3, "kind": kind, "is_tied": is_tied, "has_vision": has_vision,
            "head_dim": head_dim, "vision": { "hidden": 4 },
        });
        let schema = Model::SCHEMA.with(&config).unwrap();
        let lock = schema.lock().unwrap();
        // it is the lock of what a load takes
        let report = Loader::new().config(&config).check::<Model>(&lock).unwrap();
        assert_eq!(schema.parameter_count(), Some(report.parameter_count));
        let rows = 2 * head_dim.unwrap_or(3);
        let layer = rows * 6 + if kind == "qwen" { rows } else { 0 } + 12;
        let elements = 7 * 6 * if is_tied { 1 } else { 2 } + 3 * layer + if has_vision { 3 * 4 + 3 } else { 0 };
        assert_eq!((schema.element_count(), schema.byte_len()), (Some(elements), Some(4 * elements)));
        assert!(schema.open_names().is_empty());
    }
}

#[test]
fn what_is_open_still_is_named() {
    let schema = Model::SCHEMA.with(&json!({ "vocab": 7, "hidden": 6, "depth": "three", "has_vision": true })).unwrap();
    assert_eq!((schema.parameter_count(), schema.element_count(), schema.byte_len()), (None, None, None));
    assert!(schema.open_names().into_iter().eq(["head_dim", "heads", "is_tied", "kind", "vision.hidden"]));
    let open = schema.lock().unwrap_err();
    let expected = "\
the module leaves something open that a file decides; make the lock from a file, with `weighbridge lock FILE`, or give a configuration that has `head_dim`, `heads`, `is_tied`, `kind`, `vision.hidden`, with `SCHEMA.with(&config)`
  layers: their number is `depth` (depth is no number)
  vision.up.weight: the file says dim 1, `vision.hidden`";
    assert_eq!(open.to_string(), expected);
    let open = wb::lock::<Linear>().unwrap_err();
    assert_eq!(open.names, ["bias", "in", "out"]);
    assert_eq!(open.open[2].why, "the file says whether it is there, `bias`");
    assert!(matches!(Linear::SCHEMA.with("no map"), Err(LoadError::Config { .. })));
}

#[test]
fn numbers_of_layouts_are_those_of_the_configuration() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Fused {
        #[param(shape = ["hidden", "hidden"], from = slice(dim = 0, of = "qkv", start = 0, len = "hidden"))]
        q: Tensor<f32>,
        #[param(shape = [2 * "hidden", "hidden"], from = slice(dim = 0, of = "qkv", start = "hidden", len = 2 * "hidden"))]
        kv: Tensor<f32>,
    }
    let schema = Fused::SCHEMA.with(&json!({ "hidden": 4 })).unwrap();
    assert_eq!(schema.element_count(), Some(48));
    assert_eq!(schema.lock().unwrap().to_string(), "# weighbridge lock 1\nqkv  F32 [12, 4]\n");
}
