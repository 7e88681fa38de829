//! Advice that would load wrong weights, or that cannot be followed, is not given. What is given instead is followed.

use wb::{DType, Loader, Module, Report, Tensor};
use weighbridge_tests::layers::{Embedding, Projection};

use crate::follow::{Names, assert_said, pairs, refused};

fn text_of<M: Module>(names: Names<'_>) -> String {
    refused::<M>(names).to_string()
}

#[test]
fn what_scales_stand_beside_is_not_cast() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Layer {
        proj: Projection<4, 8>,
    }
    for (dtype, scales, of, shape) in [
        (DType::I8, "proj.SCB", DType::F32, &[8][..]),
        (DType::I8, "proj.weight_scale", DType::BF16, &[8, 1]),
        (DType::F8_E4M3, "proj.weight_scale_inv", DType::F32, &[1, 1]),
        (DType::F8_E4M3, "proj.weight_scale", DType::F32, &[]),
        (DType::U8, "proj.weight.absmax", DType::F32, &[1]),
        (DType::F8_E5M2, "proj.scale_weight", DType::F32, &[]),
    ] {
        let text = text_of::<Layer>(&[("proj.weight", dtype, &[8, 4]), (scales, of, shape)]);
        assert!(!text.contains("Cast::") && !text.contains("dtype = "), "{text}");
    }
    // without scales beside it, it may be anything
    let text = text_of::<Layer>(&[("proj.weight", DType::I8, &[8, 4])]);
    assert!(text.contains("unless they are quantised, F32 holds every I8 exactly; "), "{text}");
    // a float beside scales is no quantised weight
    let text = text_of::<Layer>(&[("proj.weight", DType::BF16, &[8, 4]), ("proj.weight_scale", DType::F32, &[])]);
    assert!(text.contains("Cast::Lossless"), "{text}");
}

#[derive(Module)]
#[module(crate = wb)]
struct Conv {
    #[param(shape = [8, 4, 3])]
    weight: Tensor<f32>,
    #[param(shape = [8])]
    bias: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Whole {
    convs: [Conv; 2],
}

/// The names of two convolutions, of which each has these tensors in place of its weight.
fn convs(parts: Names<'_>) -> Vec<(String, DType, Vec<usize>)> {
    let mut all = Vec::new();
    for i in 0..2 {
        all.push((format!("convs.{i}.bias"), DType::F32, vec![8]));
        all.extend(parts.iter().map(|(name, dtype, shape)| (format!("convs.{i}.{name}"), *dtype, shape.to_vec())));
    }
    all
}

fn borrowed(all: &[(String, DType, Vec<usize>)]) -> Vec<(&str, DType, &[usize])> {
    all.iter().map(|(name, dtype, shape)| (name.as_str(), *dtype, shape.as_slice())).collect()
}

/// The report names these attributes, and a layer that has them takes the file.
macro_rules! hold_the_parts {
    ($parts:expr, $report:ident, $layer:ident { $(#[$($said:tt)*] $field:ident),* }) => {
        let all = convs($parts);
        let $report = refused::<Whole>(&borrowed(&all));
        $(assert_said(&$report, stringify!(#[$($said)*]));)*
        #[derive(Module)]
        #[module(crate = wb)]
        struct $layer { $(#[$($said)*] $field: Tensor<f32>,)* #[param(shape = [8])] bias: Tensor<f32> }
        Loader::new().check::<[$layer; 2]>(
            pairs(&borrowed(&all)).into_iter().map(|(name, tensor)| (name.replace("convs.", ""), tensor)).collect::<Vec<_>>()
        ).unwrap_or_else(|error| panic!("{error}"));
    };
}

#[test]
fn a_weight_that_is_kept_as_factors() {
    hold_the_parts!(
        names!["weight_g" [8, 1, 1], "weight_v" [8, 4, 3]],
        report,
        Normed {
            #[param(shape = [8, 1, 1], rename = "weight_g")]
            g,
            #[param(shape = [8, 4, 3], rename = "weight_v")]
            v
        }
    );
    let text = report.to_string();
    assert!(!text.contains("alias") && text.contains("fold it with `torch.nn.utils.remove_weight_norm`"), "{text}");
    // the layers are one row
    assert_eq!(text.matches("weight-normalised").count(), 1, "{text}");

    let names: Names<'_> =
        names!["parametrizations.weight.original0" [8, 1, 1], "parametrizations.weight.original1" [8, 4, 3]];
    hold_the_parts!(
        names,
        report,
        Parametrized {
            #[param(shape = [8, 1, 1], rename = "parametrizations.weight.original0")]
            g,
            #[param(shape = [8, 4, 3], rename = "parametrizations.weight.original1")]
            v
        }
    );
    assert!(report.to_string().contains("`torch.nn.utils.parametrize.remove_parametrizations`"), "{report}");

    hold_the_parts!(
        names!["weight_orig" [8, 4, 3], "weight_u" [8], "weight_v" [12]],
        report,
        Spectral {
            #[param(shape = [8, 4, 3], rename = "weight_orig")]
            orig,
            #[param(shape = [8], rename = "weight_u")]
            u,
            #[param(shape = [12], rename = "weight_v")]
            v
        }
    );
    assert!(report.to_string().contains("spectrally normalised") && !report.to_string().contains("g·v"), "{report}");

    hold_the_parts!(
        names!["weight_orig" [8, 4, 3], "weight_mask" [8, 4, 3]],
        report,
        Pruned {
            #[param(shape = [8, 4, 3], rename = "weight_orig")]
            orig,
            #[param(shape = [8, 4, 3], rename = "weight_mask")]
            mask
        }
    );
    assert!(report.to_string().contains("pruned"), "{report}");
}

#[test]
fn factors_that_the_file_has_as_one() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Normed {
        #[param(shape = [8, 1, 1])]
        weight_g: Tensor<f32>,
        #[param(shape = [8, 4, 3])]
        weight_v: Tensor<f32>,
    }
    let report = refused::<Normed>(names!["weight" [8, 4, 3]]);
    assert!(report.missing[0].hints[0].ends_with("declare `weight` in place of its factors"), "{report}");
    assert!(!report.to_string().contains("alias"), "{report}");

    // torch has two names for each factor
    let names: Names<'_> =
        names!["parametrizations.weight.original0" [8, 1, 1], "parametrizations.weight.original1" [8, 4, 3]];
    let report = refused::<Normed>(names);
    follow_attributes!(report, names, Followed {
        #[param(shape = [8, 1, 1])] + #[param(alias = "parametrizations.weight.original0")] weight_g: Tensor<f32>,
        #[param(shape = [8, 4, 3])] + #[param(alias = "parametrizations.weight.original1")] weight_v: Tensor<f32>,
    });
}

#[test]
fn a_head_is_tied_only_where_the_compiler_takes_it() {
    let said = |report: Report| assert!(!report.to_string().contains("tied"), "{report}");
    // the embedding is another's: there is no path of it
    #[derive(Module)]
    #[module(crate = wb)]
    struct Foreign {
        #[param(shape = [8, 2], rename = "lm_head.weight")]
        head: Tensor<f32>,
        #[param(shape = [3])]
        other: Tensor<f32>,
    }
    said(refused::<Foreign>(names!["model.wte.weight" [8, 2], "other" [3]]));
    #[derive(Module)]
    #[module(crate = wb)]
    struct Plain {
        #[param(shape = [3])]
        other: Tensor<f32>,
    }
    said(refused::<Plain>(names!["model.wte.weight" [8, 2], "lm_head.weight" [8, 2], "other" [3]]));
    // an optional embedding is not in every file
    #[derive(Module)]
    #[module(crate = wb)]
    struct Sometimes {
        #[module(rename = "wte")]
        embedding: Option<Embedding<8, 2>>,
        lm_head: Embedding<8, 2>,
    }
    said(refused::<Sometimes>(names!["wte.weight" [8, 2]]));
    // nor is an item of a list whose length the file decides
    #[derive(Module)]
    #[module(crate = wb)]
    struct Listed {
        shared: Vec<Embedding<8, 2>>,
        lm_head: Embedding<8, 2>,
    }
    said(refused::<Listed>(names!["shared.0.weight" [8, 2]]));
    // a field of that name is there, so no new one can be
    #[derive(Module)]
    #[module(crate = wb)]
    struct Taken {
        wte: Embedding<8, 2>,
        lm_head: Head,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Head {
        #[param(shape = [8])]
        bias: Tensor<f32>,
    }
    said(refused::<Taken>(names!["wte.weight" [8, 2], "lm_head.weight" [8, 2], "lm_head.bias" [8]]));
}

#[test]
fn parts_of_a_layer_are_not_taken_for_each_other() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Parts {
        #[param(shape = [4, 4], rename = "k_proj.weight")]
        k: Tensor<f32>,
        #[param(shape = [4])]
        w: Tensor<f32>,
        #[param(shape = [5], rename = "norm.bias")]
        bias: Tensor<f32>,
        #[param(shape = [6], rename = "fc1.bias")]
        first: Tensor<f32>,
    }
    let text = text_of::<Parts>(names!["q_proj.weight" [4, 4], "b" [4], "norm.scale" [5], "fc3.bias" [6]]);
    assert!(!text.contains("if it is this one"), "{text}");
}

#[test]
fn no_remedy_is_to_change_the_file() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Block {
        #[param(shape = [4], rename = "ln.one.weight")]
        norm: Tensor<f32>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Blocks {
        blocks: [Block; 3],
    }
    let names: Names<'_> =
        names!["blocks.0.ln_one.weight"[4], "blocks.1.ln_one.weight"[4], "blocks.2.ln_one.weight"[4]];
    let report = refused::<Blocks>(names);
    assert!(!report.to_string().contains("in the file"), "{report}");
    follow_loader!(
        Blocks,
        report,
        names,
        Loader::new()
            .rename("blocks.0.ln_one", "blocks.0.ln.one")
            .rename("blocks.1.ln_one", "blocks.1.ln.one")
            .rename("blocks.2.ln_one", "blocks.2.ln.one")
    );
    let report = refused::<Blocks>(names!["blocks.00.ln.one.weight"[4]]);
    assert!(!report.to_string().contains("in the file"), "{report}");
}

#[test]
fn a_head_that_may_have_a_bias_is_tied_by_its_weight() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Model {
        model: Inner,
        lm_head: Projection<4, 9>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Inner {
        embed_tokens: Embedding<9, 4>,
        norm: Option<Projection<4, 4>>,
    }
    let names: Names<'_> = names!["model.embed_tokens.weight" [9, 4]];
    let report = refused::<Model>(names);
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        model: Inner,
        #[param(shape = [9, 4], rename = "lm_head.weight", tied = "model.embed_tokens.weight")]
        head: Tensor<f32>,
    }
    assert_said(&report, "#[param(shape = [9, 4], rename = \"lm_head.weight\", tied = \"model.embed_tokens.weight\")]");
    Loader::new().check::<Followed>(pairs(names)).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn what_may_be_absent_is_named_only_if_the_rest_may_be_it() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Model {
        embed: Embedding<9, 4>,
        head: Option<Projection<4, 7>>,
    }
    let report = refused::<Model>(names!["embed.weight" [9, 4], "a.b.c" [3], "rope.inv_freq" [7, 4]]);
    assert!(report.hints[0].starts_with("nothing else is wrong; "), "{report}");
    let report = refused::<Model>(names!["embed.weight" [9, 4], "a.b.c" [7, 4]]);
    assert!(report.hints[0].starts_with("the module's `head` is absent, and these names may be its own; "), "{report}");
}
