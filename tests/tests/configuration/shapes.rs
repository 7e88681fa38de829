//! Dims whose names a configuration says are as good as constants: a tensor that is laid out otherwise is told as a shape, with its cause.

use serde_json::json;
use wb::{AnyTensor, Loader, Module, Report, Tensor};

#[derive(Module)]
#[module(crate = wb, args(in, out))]
struct Linear {
    #[param(shape = ["out", "in"])]
    weight: Tensor<f32>,
    #[param(shape = ["out"])]
    bias: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Block {
    #[module(args(in = "hidden", out = 3 * "hidden"))]
    qkv: Linear,
    #[module(args(in = "hidden", out = "hidden"))]
    square: Linear,
    #[module(args(in = "hidden", out = 4 * "hidden"))]
    up: Linear,
}

#[derive(Module)]
#[module(crate = wb)]
struct Model {
    #[param(shape = ["vocab", "hidden"])]
    embed: Tensor<f32>,
    block: Block,
}

type Named = (&'static str, AnyTensor);

fn zeros(name: &'static str, shape: &[usize]) -> Named {
    (name, Tensor::<f32>::zeros(shape).into())
}

/// As PyTorch's linear layers have it.
fn model() -> Vec<Named> {
    vec![
        zeros("embed", &[7, 2]),
        zeros("block.qkv.weight", &[6, 2]),
        zeros("block.qkv.bias", &[6]),
        zeros("block.square.weight", &[2, 2]),
        zeros("block.square.bias", &[2]),
        zeros("block.up.weight", &[8, 2]),
        zeros("block.up.bias", &[8]),
    ]
}

fn refused<M: Module>(loader: &Loader, pairs: Vec<Named>) -> Report {
    loader.check::<M>(pairs).unwrap_err().report().unwrap().clone()
}

fn loaders() -> [Loader; 2] {
    [Loader::new().config(&json!({ "vocab": 7, "hidden": 2 })), Loader::new().dim("vocab", 7).dim("hidden", 2)]
}

#[test]
fn transposed_tensors_are_shapes_with_their_cause() {
    for loader in loaders() {
        loader.check::<Model>(model()).unwrap();
        let mut pairs = model();
        pairs[1] = zeros("block.qkv.weight", &[2, 6]);
        pairs[5] = zeros("block.up.weight", &[2, 8]);
        let report = refused::<Model>(&loader, pairs);
        assert_eq!((report.dim.len(), report.shape.len(), report.fitting_count), (0, 2, 5), "{report}");
        let finding = &report.shape[0];
        assert_eq!(finding.path, "block.qkv.weight");
        assert_eq!(finding.expected.as_deref(), Some("[3 * hidden = 6, hidden = 2]"));
        assert_eq!(finding.expected.as_ref().unwrap().shape().unwrap()[..], [6, 2]);
        let text = report.to_string();
        assert!(text.contains("transposed; if the file keeps it so, say `#[param(from = transpose)]`"), "{text}");
        assert!(text.contains("1 square matrix fits, transposed or not"), "{text}");
    }
}

#[test]
fn a_number_that_the_checkpoint_has_elsewhere_is_not_blamed() {
    for loader in loaders() {
        let mut pairs = model();
        pairs[6] = zeros("block.up.bias", &[9]);
        let report = refused::<Model>(&loader, pairs);
        assert_eq!((report.dim.len(), report.config.len(), report.shape.len()), (0, 0, 1), "{report}");
        assert_eq!(report.shape[0].expected.as_deref(), Some("[4 * hidden = 8]"));
    }
}

#[test]
fn a_number_that_nothing_agrees_with_is_blamed() {
    let report = refused::<Model>(&Loader::new().dim("vocab", 8), model());
    assert_eq!((report.dim.len(), report.shape.len()), (1, 0), "{report}");
    assert_eq!(report.dim[0].expected.as_deref(), Some("vocab = 8 (from `Loader::dim`)"));
    let report = refused::<Model>(&Loader::new().config(&json!({ "vocab": 8 })), model());
    assert_eq!((report.config.len(), report.dim.len(), report.shape.len()), (1, 0, 0), "{report}");
}

#[derive(Module)]
#[module(crate = wb)]
struct Split {
    #[param(shape = ["vocab", "hidden"])]
    embed: Tensor<f32>,
    attn: Attention,
}

#[derive(Module)]
#[module(crate = wb)]
struct Attention {
    #[module(args(in = "hidden", out = "hidden"))]
    q: Linear,
    #[module(args(in = "hidden", out = "hidden"))]
    k: Linear,
    #[module(args(in = "hidden", out = "hidden"))]
    v: Linear,
}

#[test]
fn a_fused_tensor_is_found() {
    for loader in loaders() {
        let pairs = vec![zeros("embed", &[7, 2]), zeros("attn.qkv.weight", &[6, 2]), zeros("attn.qkv.bias", &[6])];
        let report = refused::<Split>(&loader, pairs);
        let text = report.to_string();
        assert!(text.contains("`attn.qkv.bias` looks like `q`, `k`, `v` in one tensor; take this part with"), "{text}");
        assert_eq!(report.missing[0].expected.as_deref(), Some("F32 [hidden = 2]"));
    }
}
