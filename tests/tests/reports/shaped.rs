//! Shapes, dtypes and sizes that differ, and the attribute or the call that makes them agree.

use wb::{AnyTensor, DType, Loader, Module, Tensor};
use weighbridge_tests::fixture;
use weighbridge_tests::layers::Embedding;

use crate::first::first;
use crate::follow::{Names, assert_said, pairs, refused};
use crate::planted::refused_of;

#[test]
fn some_dims_made_one() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Heads {
        #[param(shape = [4, 6, 5])]
        heads: Tensor<f32>,
        #[param(shape = [8, 12])]
        conv: Tensor<f32>,
        #[param(shape = [24])]
        line: Tensor<f32>,
        #[param(shape = [])]
        scale: Tensor<f32>,
        #[param(shape = [1])]
        one: Tensor<f32>,
        #[param(shape = [8, 3])]
        linear: Tensor<f32>,
    }
    let names: Names<'_> = names![
        "heads" [24, 5],
        "conv" [8, 3, 2, 2],
        "line" [2, 3, 4],
        "scale" [1],
        "one" [],
        "linear" [8, 3, 1],
    ];
    let report = refused::<Heads>(names);
    follow_attributes!(report, names, Followed {
        #[param(shape = [4, 6, 5])] + #[param(from = reshape(24, 5))] heads: Tensor<f32>,
        #[param(shape = [8, 12])] + #[param(from = reshape(8, 3, 2, 2))] conv: Tensor<f32>,
        #[param(shape = [24])] + #[param(from = reshape(2, 3, 4))] line: Tensor<f32>,
        #[param(shape = [])] + #[param(from = reshape(1))] scale: Tensor<f32>,
        + #[param(shape = [])] one: Tensor<f32>,
        #[param(shape = [8, 3])] + #[param(from = reshape(8, 3, 1))] linear: Tensor<f32>,
    });
}

#[test]
fn what_is_no_reshape_is_not_offered_as_one() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Other {
        #[param(shape = [4, 6])]
        matrix: Tensor<f32>,
        #[param(shape = [4, 6, 2])]
        cube: Tensor<f32>,
    }
    // several dims for several others may be in any order
    let report = refused::<Other>(names!["matrix" [8, 3], "cube" [2, 24, 1]]);
    assert!(!report.to_string().contains("reshape"), "{report}");
}

#[test]
fn a_padded_vocabulary() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Model {
        embed_tokens: Embedding<1003, 4>,
        #[param(shape = [1003, 4], rename = "lm_head.weight")]
        head: Tensor<f32>,
        #[param(shape = [1003], rename = "lm_head.bias")]
        bias: Tensor<f32>,
    }
    let names: Names<'_> = names!["embed_tokens.weight" [1024, 4], "lm_head.weight" [1024, 4], "lm_head.bias" [1024]];
    let report = refused::<Model>(names);
    assert!(
        first(&report).contains("the vocabulary has 1024 rows in the checkpoint, and 1003 in the module"),
        "{report}"
    );
    follow_attributes!(report, names, Followed {
        #[param(rename = "embed_tokens.weight")] + #[param(shape = [_, 4])] embed: Tensor<f32>,
        #[param(rename = "lm_head.weight")] #[param(shape = [_, 4])] head: Tensor<f32>,
        #[param(rename = "lm_head.bias")] + #[param(shape = [_])] bias: Tensor<f32>,
    });
    // half as many again is another vocabulary
    let report =
        refused::<Model>(names!["embed_tokens.weight" [1504, 4], "lm_head.weight" [1504, 4], "lm_head.bias" [1504]]);
    assert!(!report.to_string().contains("padding"), "{report}");
}

#[test]
fn experts_in_one_tensor() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Moe {
        experts: [Expert; 3],
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Expert {
        #[param(shape = [6, 4], rename = "gate_proj.weight")]
        gate: Tensor<f32>,
        #[param(shape = [6, 4], rename = "up_proj.weight")]
        up: Tensor<f32>,
        #[param(shape = [4, 6], rename = "down_proj.weight")]
        down: Tensor<f32>,
    }
    let names: Names<'_> = names![
        "experts.gate_proj" [3, 6, 4],
        "experts.up_proj" [3, 6, 4],
        "experts.down_proj" [3, 4, 6],
    ];
    let report = refused::<Moe>(names);
    follow_attributes!(report, names, Stacked {
        + #[param(shape = [3, 6, 4], rename = "experts.gate_proj")] gate: Tensor<f32>,
        + #[param(shape = [3, 6, 4], rename = "experts.up_proj")] up: Tensor<f32>,
        + #[param(shape = [3, 4, 6], rename = "experts.down_proj")] down: Tensor<f32>,
    });

    // and the other way round
    #[derive(Module)]
    #[module(crate = wb)]
    struct Whole {
        #[param(shape = [3, 4, 6], rename = "mlp.down")]
        down: Tensor<f32>,
    }
    let names: Names<'_> =
        names!["mlp.experts.0.w2.weight" [4, 6], "mlp.experts.1.w2.weight" [4, 6], "mlp.experts.2.w2.weight" [4, 6]];
    let report = refused::<Whole>(names);
    assert_said(&report, "#[param(shape = [3, 4, 6], from = stack(\"experts.{}.w2.weight\"))]");
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        mlp: FollowedMlp,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct FollowedMlp {
        #[param(shape = [3, 4, 6], from = stack("experts.{}.w2.weight"))]
        down: Tensor<f32>,
    }
    Loader::new().check::<Followed>(pairs(names)).unwrap();
}

#[test]
fn convolutions_with_equal_sides_are_in_doubt() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Convs {
        #[param(shape = [8, 3, 5, 5])]
        first: Tensor<f32>,
        #[param(shape = [8, 3, 3, 3])]
        second: Tensor<f32>,
        #[param(shape = [8, 1, 1, 1])]
        scale: Tensor<f32>,
    }
    let report = refused::<Convs>(names!["first" [8, 5, 5, 3], "second" [8, 3, 3, 3], "scale" [8, 1, 1, 1]]);
    let said = "1 convolution fits in either layout (`second`); if you declare the others permuted, check it too";
    assert_eq!(report.hints, [said]);
}

#[test]
fn a_convolution_whose_equal_dims_hide_its_layout() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Conv {
        #[param(shape = [8, 8, 3, 3])]
        weight: Tensor<f32>,
    }
    let report = refused::<Conv>(names!["weight" [3, 3, 8, 8]]);
    for order in ["2, 3, 1, 0", "3, 2, 0, 1"] {
        assert_said(&report, &format!("#[param(from = permute({order}))]"));
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        #[param(shape = [8, 8, 3, 3], from = permute(3, 2, 0, 1))]
        weight: Tensor<f32>,
    }
    Loader::new().check::<Followed>(pairs(names!["weight" [3, 3, 8, 8]])).unwrap();
}

#[test]
fn bytes_of_a_dtype_that_numpy_does_not_know() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Wide {
        #[param(shape = [16], rename = "norm.weight")]
        norm: Tensor<f32>,
    }
    let loader = || Loader::new().ignore(["layers.*"]);
    let error = loader().check::<Wide>(fixture("mlx/mlp-bf16.npz")).unwrap_err();
    assert_said(error.report().unwrap(), "#[param(dtype = \"BF16\")]");
    // the bytes are read as BF16, and cast to what the field's type holds
    #[derive(Module)]
    #[module(crate = wb)]
    struct Named {
        #[param(shape = [16], rename = "norm.weight", dtype = ["BF16", "F32"])]
        norm: Tensor<f32>,
    }
    let named = loader().load::<Named>(fixture("mlx/mlp-bf16.npz")).unwrap();
    #[derive(Module)]
    #[module(crate = wb)]
    struct FollowedWide {
        #[param(shape = [16], rename = "norm.weight")]
        norm: Tensor<half::bf16>,
    }
    // a field that holds any dtype
    #[derive(Module)]
    #[module(crate = wb)]
    struct Any {
        #[param(shape = [16], rename = "norm.weight", dtype = ["F16", "F32"])]
        norm: AnyTensor,
    }
    let error = loader().check::<Any>(fixture("mlx/mlp-bf16.npz")).unwrap_err();
    assert_said(error.report().unwrap(), "#[param(dtype = \"BF16\")]");
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        #[param(shape = [16], rename = "norm.weight")]
        #[param(dtype = "BF16")]
        norm: AnyTensor,
    }
    assert_eq!(loader().load::<Followed>(fixture("mlx/mlp-bf16.npz")).unwrap().module.norm.dtype(), DType::BF16);
    let wide = loader().load::<FollowedWide>(fixture("mlx/mlp-bf16.npz")).unwrap();
    let halves: Vec<f32> = wide.module.norm.as_slice().iter().map(|x| x.to_f32()).collect();
    assert_eq!(named.module.norm.as_slice(), halves);
}

#[test]
fn the_bits_of_a_float_as_integers() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Norm {
        #[param(shape = [4])]
        weight: Tensor<half::bf16>,
    }
    let report = refused::<Norm>(&[("weight", DType::U16, &[4])]);
    assert!(report.dtype[0].hints[0].contains("U16 may be its bits; if it is, write `array.view(\"V2\")`"), "{report}");
}

#[test]
fn booleans_as_bytes() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Mask {
        #[param(shape = [4])]
        mask: Tensor<bool>,
        #[param(shape = [4])]
        bytes: Tensor<u8>,
        #[param(shape = [4])]
        floats: Tensor<f32>,
    }
    let names: Names<'_> = &[("mask", DType::U8, &[4]), ("bytes", DType::BOOL, &[4]), ("floats", DType::BOOL, &[4])];
    let report = refused::<Mask>(names);
    let hints: Vec<&str> = report.dtype.iter().map(|finding| finding.hints[0].as_str()).collect();
    assert_eq!(
        hints,
        [
            "no cast leads from BOOL to U8; declare the field as BOOL, a `Tensor<bool>`",
            "no cast leads from BOOL to F32; declare the field as BOOL, a `Tensor<bool>`",
            "no cast leads from U8 to BOOL; declare the field as U8, a `Tensor<u8>`",
        ]
    );
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        #[param(shape = [4])]
        mask: Tensor<u8>,
        #[param(shape = [4])]
        bytes: Tensor<bool>,
        #[param(shape = [4])]
        floats: Tensor<bool>,
    }
    Loader::new().check::<Followed>(pairs(names)).unwrap();
}

#[test]
fn a_number_that_the_caller_gave() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Open {
        #[param(shape = ["vocab", "hidden"])]
        embedding: Tensor<f32>,
        layers: [Layer; 3],
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Layer {
        #[param(shape = ["hidden"])]
        norm: Tensor<f32>,
    }
    let names: Names<'_> = names!["embedding" [7, 4], "layers.0.norm" [4], "layers.1.norm" [4], "layers.2.norm" [4]];
    let loader = || Loader::new().dim("hidden", 5);
    let report = refused_of::<Open>(&loader(), pairs(names));
    let said = "the 5 that the loader was given may be wrong; give it the checkpoint's number, with `loader.dim(\"hidden\", 4)`";
    assert!(report.dim.iter().all(|finding| finding.hints == [said]), "{report}");
    // the layers are one row
    assert_eq!(report.to_string().lines().filter(|line| line.starts_with("dim ")).count(), 2, "{report}");
    loader().dim("hidden", 4).check::<Open>(pairs(names)).unwrap();
    // no one number fits
    let names: Names<'_> = names!["embedding" [7, 4], "layers.0.norm" [3], "layers.1.norm" [4], "layers.2.norm" [4]];
    let report = refused_of::<Open>(&loader(), pairs(names));
    assert!(!report.to_string().contains("loader.dim"), "{report}");
}

#[derive(Module)]
#[module(crate = wb)]
struct Moe {
    layers: [MoeLayer; 2],
}

#[derive(Module)]
#[module(crate = wb)]
struct MoeLayer {
    experts: [MoeExpert; 3],
}

#[derive(Module)]
#[module(crate = wb)]
struct MoeExpert {
    #[param(shape = [6, 8], rename = "w1.weight")]
    up: Tensor<f32>,
    #[param(shape = [8, 6], rename = "w2.weight")]
    down: Tensor<f32>,
    #[param(shape = [6, 8], rename = "w3.weight")]
    gate: Tensor<f32>,
}

/// Zeros of these names in each of two layers.
fn in_layers(parts: Names<'_>) -> Vec<(String, AnyTensor)> {
    let name = |(name, tensor): (String, AnyTensor), i: usize| (format!("layers.{i}.{name}"), tensor);
    (0..2).flat_map(|i| pairs(parts).into_iter().map(move |pair| name(pair, i))).collect()
}

#[test]
fn experts_in_one_tensor_that_is_turned() {
    let parts: Names<'_> = names!["experts.w1" [3, 8, 6], "experts.w2" [3, 6, 8], "experts.w3" [3, 8, 6]];
    let report = refused_of::<Moe>(&Loader::new(), in_layers(parts));
    // none is taken for another whose shape it has
    assert_said(&report, "#[param(shape = [3, 6, 8], rename = \"experts.w1\", from = permute(0, 2, 1))]");
    assert_said(&report, "#[param(shape = [3, 8, 6], rename = \"experts.w2\", from = permute(0, 2, 1))]");
    #[derive(Module)]
    #[module(crate = wb)]
    struct Stacked {
        #[param(shape = [3, 6, 8], rename = "experts.w1", from = permute(0, 2, 1))]
        up: Tensor<f32>,
        #[param(shape = [3, 8, 6], rename = "experts.w2", from = permute(0, 2, 1))]
        down: Tensor<f32>,
        #[param(shape = [3, 6, 8], rename = "experts.w3", from = permute(0, 2, 1))]
        gate: Tensor<f32>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        layers: [Stacked; 2],
    }
    Loader::new().check::<Followed>(in_layers(parts)).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn two_parameters_of_all_experts_in_one_tensor() {
    let parts: Names<'_> = names!["experts.gate_up_proj" [3, 12, 8], "experts.down_proj" [3, 8, 6]];
    let report = refused_of::<Moe>(&Loader::new(), in_layers(parts));
    assert_said(&report, "#[param(shape = [3, 12, 8], rename = \"experts.gate_up_proj\")]");
    assert_said(&report, "#[param(shape = [3, 8, 6], rename = \"experts.down_proj\")]");
    assert!(report.missing.iter().all(|missing| missing.hints.len() == 1), "{report}");
    #[derive(Module)]
    #[module(crate = wb)]
    struct Fused {
        #[param(shape = [3, 12, 8], rename = "experts.gate_up_proj")]
        gate_up: Tensor<f32>,
        #[param(shape = [3, 8, 6], rename = "experts.down_proj")]
        down: Tensor<f32>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        layers: [Fused; 2],
    }
    Loader::new().check::<Followed>(in_layers(parts)).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn projections_in_one_tensor_as_torch_has_them() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Model {
        layers: [Apart; 2],
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Apart {
        #[param(shape = [4, 6], rename = "attn.q_proj.weight")]
        q: Tensor<f32>,
        #[param(shape = [4, 6], rename = "attn.k_proj.weight")]
        k: Tensor<f32>,
        #[param(shape = [4, 6], rename = "attn.v_proj.weight")]
        v: Tensor<f32>,
    }
    let parts: Names<'_> = names!["attn.in_proj_weight" [12, 6]];
    let report = refused_of::<Model>(&Loader::new(), in_layers(parts));
    assert_said(&report, "#[param(shape = [4, 6], from = slice(dim = 0, of = \"in_proj_weight\", start = 0))]");
    #[derive(Module)]
    #[module(crate = wb)]
    struct Attention {
        #[param(shape = [4, 6], from = slice(dim = 0, of = "in_proj_weight", start = 0))]
        q: Tensor<f32>,
        #[param(shape = [4, 6], from = slice(dim = 0, of = "in_proj_weight", start = 4))]
        k: Tensor<f32>,
        #[param(shape = [4, 6], from = slice(dim = 0, of = "in_proj_weight", start = 8))]
        v: Tensor<f32>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Layer {
        attn: Attention,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        layers: [Layer; 2],
    }
    Loader::new().check::<Followed>(in_layers(parts)).unwrap_or_else(|error| panic!("{error}"));
}
