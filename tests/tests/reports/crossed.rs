//! No hint offers a tensor for a parameter that it does not belong to.

use wb::{Cast, DType, Loader, Module, Report, Tensor};
use weighbridge_tests::layers::Embedding;

use crate::follow::{Names, pairs, refused};
use crate::planted::refused_of;

const F32: DType = DType::F32;

#[derive(Module)]
#[module(crate = wb)]
struct Proj {
    #[param(shape = [8, 8])]
    weight: Tensor<f32>,
    #[param(shape = [8])]
    bias: Option<Tensor<f32>>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Layers {
    layers: [Proj; 2],
    norm: Embedding<1, 8>,
}

/// Two layers with a weight of this dtype, and with this tensor beside it.
fn beside(weight: DType, leaf: &str, dtype: DType) -> Vec<(String, wb::AnyTensor)> {
    let mut all = pairs(&[("norm.weight", F32, &[1, 8])]);
    for i in 0..2 {
        let (weight_name, name) = (format!("layers.{i}.weight"), format!("layers.{i}.{leaf}"));
        all.extend(pairs(&[(&weight_name, weight, &[8, 8]), (&name, dtype, &[8])]));
    }
    all
}

/// Nothing in the report can be written into a program.
#[track_caller]
fn assert_no_remedy(report: &Report) {
    let text = report.to_string();
    for remedy in ["rename", "alias", "ignore(", "Cast::", "strip_prefix", "from = "] {
        assert!(!text.contains(remedy), "`{remedy}` is in\n{text}");
    }
}

#[test]
fn what_stands_beside_a_quantised_weight_is_no_bias() {
    for (weight, leaf) in [
        (DType::I8, "SCB"),
        (DType::I8, "scale"),
        (DType::I8, "scales"),
        (DType::I8, "weight_scale"),
        (DType::I8, "qscale"),
        (DType::I8, "weight.qscale"),
        (DType::I8, "weight.scale"),
        (DType::I8, "weight_s"),
        (DType::U8, "zero_point"),
        (DType::F8_E4M3, "weight_scale"),
        (DType::F8_E4M3, "weight_scale_inv"),
        (DType::F8_E5M2, "input_scale"),
    ] {
        for cast in [Cast::None, Cast::Lossless, Cast::Any] {
            let report = refused_of::<Layers>(&Loader::new().cast(cast), beside(weight, leaf, F32));
            assert_no_remedy(&report);
            let text = report.to_string();
            assert!(text.contains("quantised"), "{weight} {leaf} {cast:?}\n{text}");
        }
    }
}

#[test]
fn what_stands_beside_a_float_is_no_bias() {
    for leaf in ["weight_g", "running_max", "scales", "weight_u", "weight_mask", "amax", "lora_magnitude_vector", "g"] {
        let text = refused_of::<Layers>(&Loader::new(), beside(F32, leaf, F32)).to_string();
        assert!(!text.contains("rename") && !text.contains("alias"), "{text}");
    }
    // another word for it is one
    let text = refused_of::<Layers>(&Loader::new(), beside(F32, "biass", F32)).to_string();
    assert!(text.contains("rename"), "{text}");
}

#[test]
fn one_name_is_not_that_of_two_parts() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Two {
        a_norm: Option<Embedding<1, 8>>,
        b_norm: Option<Embedding<1, 8>>,
        main: Embedding<1, 8>,
    }
    let of = |name: &str| {
        let names: Names<'_> = &[(name, F32, &[1, 8]), ("main.weight", F32, &[1, 8])];
        refused::<Two>(names)
    };
    let report = of("norm.weight");
    assert!(!report.to_string().contains("rename"), "{report}");
    let report = of("a_norm2.weight");
    assert!(!report.to_string().contains(r#""b_norm""#), "{report}");
    follow_loader!(
        Two,
        of("a_norms.weight"),
        &[("a_norms.weight", F32, &[1, 8]), ("main.weight", F32, &[1, 8])],
        Loader::new().rename("a_norms", "a_norm")
    );
}

#[test]
fn another_layer_of_an_lstm_is_not_this_one() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Lstm {
        #[param(shape = [16, 4])]
        weight_ih_l0: Tensor<f32>,
        #[param(shape = [16, 4])]
        weight_hh_l0: Tensor<f32>,
        #[param(shape = [16])]
        bias_ih_l0: Tensor<f32>,
        #[param(shape = [16])]
        bias_hh_l0: Tensor<f32>,
    }
    let names: Names<'_> = names![
        "weight_ih_l1" [16, 4], "weight_hh_l1" [16, 4], "bias_ih_l1" [16], "bias_hh_l1" [16]
    ];
    assert_no_remedy(&refused::<Lstm>(names));
    let names: Names<'_> = names![
        "weight_hh_l0x" [16, 4], "weight_ih_l0" [16, 4], "bias_ih_l0" [16], "bias_hh_l0" [16]
    ];
    let text = refused::<Lstm>(names).to_string();
    assert!(text.contains(r#"alias = "weight_hh_l0x""#), "{text}");
}

#[test]
fn numbered_siblings_are_renamed_in_their_order_or_not_at_all() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Three {
        conv1: Embedding<4, 4>,
        conv2: Embedding<4, 4>,
        conv3: Embedding<4, 4>,
    }
    assert_no_remedy(&refused::<Three>(names!["conv.0.weight" [4, 4], "conv.1.weight" [4, 4], "conv.2.weight" [4, 4]]));
    assert_no_remedy(&refused::<Three>(names!["conv_0.weight" [4, 4], "conv_1.weight" [4, 4], "conv_2.weight" [4, 4]]));
    assert_no_remedy(&refused::<Three>(names!["c_0.weight" [4, 4], "c_1.weight" [4, 4], "c_2.weight" [4, 4]]));
    let names: Names<'_> = names!["conv.1.weight" [4, 4], "conv.2.weight" [4, 4], "conv.3.weight" [4, 4]];
    let report = refused::<Three>(names);
    for i in 1..=3 {
        assert!(report.to_string().contains(&format!(r#"rename("conv.{i}", "conv{i}")"#)), "{report}");
    }
    let loader = (1..=3).fold(Loader::new(), |loader, i| loader.rename(format!("conv.{i}"), format!("conv{i}")));
    loader.check::<Three>(pairs(names)).unwrap();
}

#[test]
fn what_is_packed_in_another_way_is_not_transposed() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Packed {
        #[param(shape = [2, 16])]
        qweight: Tensor<i32>,
        #[param(shape = [1, 2])]
        qzeros: Tensor<i32>,
        #[param(shape = [1, 16])]
        scales: Tensor<f32>,
    }
    let report = refused::<Packed>(&[
        ("qweight", DType::I32, &[16, 2]),
        ("qzeros", DType::I32, &[1, 2]),
        ("scales", F32, &[1, 16]),
    ]);
    assert_no_remedy(&report);
    let text = report.to_string();
    assert!(text.contains("quantised by AWQ (1 layer), and the module by GPTQ; "), "{text}");
}

#[test]
fn heads_that_lie_together_are_not_sliced() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Apart {
        q_proj: Embedding<8, 8>,
        k_proj: Embedding<8, 8>,
        v_proj: Embedding<8, 8>,
    }
    for name in ["query_key_value.weight", "wqkv.weight"] {
        let report = refused::<Apart>(&[(name, F32, &[24, 8])]);
        assert_no_remedy(&report);
        assert!(report.to_string().contains("head by head"), "{report}");
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Whole {
        query_key_value: Embedding<24, 8>,
    }
    let report = refused::<Whole>(names!["q_proj.weight" [8, 8], "k_proj.weight" [8, 8], "v_proj.weight" [8, 8]]);
    assert!(report.to_string().contains("head by head") && !report.to_string().contains("concat"), "{report}");
}

#[test]
fn two_names_that_a_separator_makes_one_are_not_told_apart_by_a_renaming() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct List {
        layers: Vec<Embedding<1, 8>>,
    }
    let names: Names<'_> = names!["layers/0/weight" [1, 8], "layers.0.weight" [1, 8]];
    let report = refused_of::<List>(&Loader::new().separator('/'), pairs(names));
    let text = report.to_string();
    assert!(text.contains("remove the separator") && !text.contains("ignore("), "{text}");
}

#[test]
fn a_part_is_not_taken_twice() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Joined {
        #[param(shape = [4, 2], from = concat(dim = 0, "q.weight", "k.weight"))]
        #[allow(dead_code)]
        qk: Tensor<f32>,
    }
    let report = refused::<Joined>(names!["q.weight" [2, 2]]);
    assert!(!report.to_string().contains("hint"), "{report}");
    let names: Names<'_> = names!["qk.weight" [4, 2]];
    let report = refused::<Joined>(names);
    follow_attributes!(report, names, Whole {
        #[param(shape = [4, 2])] + #[param(rename = "qk.weight")] qk: Tensor<f32>,
    });
}

#[test]
fn no_call_has_a_range_in_a_name() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Block {
        to_q: Embedding<8, 8>,
        to_out: (Embedding<8, 8>, ()),
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Blocks {
        blocks: [Block; 2],
        norm: Embedding<1, 8>,
    }
    let names: Names<'_> = names![
        "norm.weight" [1, 8],
        "blocks.0.to_q.weight" [8, 8], "blocks.1.to_q.weight" [8, 8],
        "blocks.0.to_out.weight" [8, 8], "blocks.1.to_out.weight" [8, 8],
    ];
    let report = refused::<Blocks>(names);
    follow_loader!(
        Blocks,
        report,
        names,
        Loader::new().rename("blocks.0.to_out", "blocks.0.to_out.0").rename("blocks.1.to_out", "blocks.1.to_out.0")
    );
    assert!(!report.to_string().contains("rename(\"blocks.{"), "{report}");
}

#[test]
fn a_bracket_is_no_separator() {
    for names in [["layer[0].w", "layer[1].w"], ["x$", "y$"], ["a`w", "b`w"]] {
        let names: Vec<(&str, DType, &[usize])> = names.iter().map(|name| (*name, F32, &[8, 8][..])).collect();
        let text = refused::<Proj>(&names).to_string();
        assert!(!text.contains("separator"), "{text}");
    }
}

#[test]
fn a_prefix_of_a_few_names_is_not_what_is_wrong() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Attention {
        q_proj: Embedding<8, 8>,
        k_proj: Embedding<8, 8>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Mlp {
        gate_proj: Embedding<8, 8>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Layer {
        self_attn: Attention,
        mlp: Mlp,
        input_layernorm: Embedding<1, 8>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Model {
        layers: [Layer; 2],
        norm: Embedding<1, 8>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Llama {
        model: Model,
    }
    let mut names = vec!["norm.weight".to_owned(), "patch_embed.proj.weight".to_owned()];
    for i in 0..2 {
        names.extend(["attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2"].map(|part| format!("blocks.{i}.{part}.weight")));
    }
    let shape = |name: &str| if name == "norm.weight" { &[1, 8][..] } else { &[9, 7][..] };
    let names: Vec<(&str, DType, &[usize])> = names.iter().map(|name| (name.as_str(), F32, shape(name))).collect();
    let text = refused::<Llama>(&names).to_string();
    assert!(text.lines().nth(1).is_some_and(|first| first.contains("those of timm's ViT")), "{text}");
    assert!(!text.contains("add_prefix"), "{text}");
}

#[test]
fn a_stale_renaming_does_not_suggest_itself() {
    let pairs = pairs(&[("k.layers.weight", F32, &[8, 8]), ("k.bia", F32, &[8])]);
    let loader = Loader::new().strip_prefix("k.").rename("k.layers.weight", "weigh");
    let text = refused_of::<Proj>(&loader, pairs).to_string();
    assert!(!text.contains("did you mean `rename(\"k.layers.weight\""), "{text}");
}

#[test]
fn no_attribute_has_a_name_with_an_empty_component() {
    let report = refused_of::<Proj>(&Loader::new().separator('/'), pairs(&[("weight/", F32, &[8, 8])]));
    assert!(!report.to_string().contains("rename = \""), "{report}");
    let report = refused_of::<Proj>(&Loader::new().strip_prefix("x"), pairs(&[("x", F32, &[8, 8])]));
    assert!(!report.to_string().contains("alias = \""), "{report}");
}
