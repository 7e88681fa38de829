//! Remedies work as they are written: the attribute or the call that a hint names is compiled here, compared with the text of
//! the hint, and the same file then loads.

use wb::{AnyTensor, DType, Loader, Module, Rule, Tensor};
use weighbridge_tests::layers::Embedding;

use crate::first::first;
use crate::follow::{Names, assert_said, pairs, refused};
use crate::planted::refused_of;

#[test]
fn another_size() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Sized<const HIDDEN: usize, const HEAD: usize> {
        #[param(shape = [HIDDEN, HEAD])]
        up: Tensor<f32>,
        #[param(shape = [HIDDEN])]
        norm: Tensor<f32>,
        #[param(shape = [7])]
        fits: Tensor<f32>,
    }
    let names: Names<'_> = names!["up" [32, 16], "norm" [32], "fits" [7]];
    let report = refused::<Sized<48, 24>>(names);
    assert!(first(&report).contains("it has 32 where the module has 48, and 16 where the module has 24; "), "{report}");
    Loader::new().check::<Sized<32, 16>>(pairs(names)).unwrap();
    // 48 is not one number in the file
    let report = refused::<Sized<48, 24>>(names!["up" [32, 16], "norm" [31], "fits" [7]]);
    assert!(report.hints.is_empty(), "{report}");
}

#[test]
fn a_name_that_is_near() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Dotted {
        #[param(shape = [4], rename = "model.norm.weight")]
        norm: Tensor<f32>,
        #[module(alias = "old")]
        head: Embedding<3, 2>,
        #[param(shape = [5])]
        bias: Option<Tensor<f32>>,
    }
    let names: Names<'_> = names!["model.norm.weihgt" [4], "heads.weight" [3, 2]];
    let report = refused::<Dotted>(names);
    // an alias is a whole name of its field, and stands beside those that there are
    assert_said(&report, "#[module(alias = [\"old\", \"heads\"])]");
    follow_attributes!(report, names, Followed {
        #[param(shape = [4], rename = "model.norm.weight")] + #[param(alias = "model.norm.weihgt")] norm: Tensor<f32>,
        + #[module(alias = ["old", "heads"])] head: Embedding<3, 2>,
    });
}

#[test]
fn a_tensor_for_its_module() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Begun {
        #[param(shape = [4], rename = "ln.1")]
        norm: Tensor<f32>,
        head: Embedding<3, 2>,
    }
    let names: Names<'_> = names!["ln.1.weight" [4], "head" [3, 2]];
    let report = refused::<Begun>(names);
    follow_attributes!(report, names, Followed {
        #[param(shape = [4])] + #[param(rename = "ln.1.weight")] norm: Tensor<f32>,
        #[param(shape = [3, 2], rename = "head")] head: Tensor<f32>,
    });
    assert_said(&report, "Loader::new().rename(\"head\", \"head.weight\")");
    let loader = Loader::new().rename("ln.1.weight", "ln.1").rename("head", "head.weight");
    loader.check::<Begun>(pairs(names)).unwrap();
}

#[test]
fn one_tensor_for_several_parameters() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Apart {
        #[param(shape = [4, 6], rename = "q_proj.weight")]
        q: Tensor<f32>,
        #[param(shape = [2, 6], rename = "k_proj.weight")]
        k: Tensor<f32>,
        #[param(shape = [2, 6], rename = "v_proj.weight")]
        v: Tensor<f32>,
    }
    let names: Names<'_> = names!["qkv.weight" [6, 8]];
    let report = refused::<Apart>(names);
    follow_attributes!(report, names, Followed {
        + #[param(shape = [4, 6], from = transpose(of = slice(dim = 1, of = "qkv.weight", start = 0)))] q: Tensor<f32>,
        + #[param(shape = [2, 6], from = transpose(of = slice(dim = 1, of = "qkv.weight", start = 4)))] k: Tensor<f32>,
        + #[param(shape = [2, 6], from = transpose(of = slice(dim = 1, of = "qkv.weight", start = 6)))] v: Tensor<f32>,
    });
}

#[test]
fn several_tensors_for_one_parameter() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Fused {
        #[param(shape = [3, 8], rename = "c_attn.weight")]
        qkv: Tensor<f32>,
    }
    let names: Names<'_> = names!["q_proj.weight" [3, 4], "k_proj.weight" [3, 2], "v_proj.weight" [3, 2]];
    let report = refused::<Fused>(names);
    follow_attributes!(report, names, Followed {
        + #[param(shape = [3, 8], from = concat(dim = 1, "q_proj.weight": 4, "k_proj.weight": 2, "v_proj.weight": 2))]
        qkv: Tensor<f32>,
    });
}

#[test]
fn another_layout() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Laid {
        #[param(shape = [4, 6])]
        plain: Tensor<f32>,
        #[param(shape = [16, 8, 3, 5])]
        conv: Tensor<f32>,
        #[param(shape = [6])]
        line: Tensor<f32>,
    }
    let names: Names<'_> = names!["plain" [6, 4], "conv" [16, 3, 5, 8], "line" [1, 6, 1]];
    let report = refused::<Laid>(names);
    follow_attributes!(report, names, Followed {
        #[param(shape = [4, 6])] + #[param(from = transpose)] plain: Tensor<f32>,
        #[param(shape = [16, 8, 3, 5])] + #[param(from = permute(0, 3, 1, 2))] conv: Tensor<f32>,
        #[param(shape = [6])] + #[param(from = reshape(1, 6, 1))] line: Tensor<f32>,
    });
}

#[test]
fn a_dtype_by_attribute() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Norm {
        #[param(shape = [4])]
        weight: Tensor<f32>,
    }
    let names: Names<'_> = &[("weight", DType::BF16, &[4])];
    let report = refused::<Norm>(names);
    assert_said(&report, "#[param(dtype = [\"BF16\", \"F32\"])]");
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        #[param(shape = [4])]
        #[param(dtype = ["BF16", "F32"])]
        weight: Tensor<f32>,
    }
    assert_eq!(Loader::new().check::<Followed>(pairs(names)).unwrap().cast.len(), 1);
}

#[test]
fn a_head_that_is_tied() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Inner {
        embed_tokens: Embedding<8, 2>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Outer {
        model: Inner,
        lm_head: Embedding<8, 2>,
        #[param(shape = [3])]
        other: Tensor<f32>,
    }
    let names: Names<'_> = names!["model.embed_tokens.weight" [8, 2], "other" [3]];
    let report = refused::<Outer>(names);
    assert_said(&report, "#[module(tied = \"model.embed_tokens\")]");
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        model: Inner,
        #[module(tied = "model.embed_tokens")]
        lm_head: Embedding<8, 2>,
        #[param(shape = [3])]
        other: Tensor<f32>,
    }
    assert_eq!(Loader::new().check::<Followed>(pairs(names)).unwrap().shared.len(), 1);

    // both in one module that is not the root: the path is relative to it
    #[derive(Module)]
    #[module(crate = wb)]
    struct Whole {
        model: Flat,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Flat {
        #[param(shape = [8, 2], rename = "wte.weight")]
        embedding: Tensor<f32>,
        #[param(shape = [8, 2], rename = "lm_head.weight")]
        head: Tensor<f32>,
    }
    let report = refused::<Whole>(names!["model.wte.weight" [8, 2]]);
    assert_said(&report, "#[param(tied = \"wte.weight\")]");
    #[derive(Module)]
    #[module(crate = wb)]
    struct FollowedWhole {
        model: FollowedFlat,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct FollowedFlat {
        #[param(shape = [8, 2], rename = "wte.weight")]
        embedding: Tensor<f32>,
        #[param(shape = [8, 2], rename = "lm_head.weight")]
        #[param(tied = "wte.weight")]
        head: Tensor<f32>,
    }
    Loader::new().check::<FollowedWhole>(pairs(names!["model.wte.weight" [8, 2]])).unwrap();
}

#[test]
fn a_head_that_is_there_once_more() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Inner {
        #[param(shape = [8, 2], rename = "wte.weight")]
        embedding: Tensor<f32>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Outer {
        model: Inner,
    }
    let names: Names<'_> = names!["model.wte.weight" [8, 2], "lm_head.weight" [8, 2]];
    let report = refused::<Outer>(names);
    assert_said(&report, "#[param(shape = [8, 2], rename = \"lm_head.weight\", tied = \"model.wte.weight\")]");
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        model: Inner,
        #[param(shape = [8, 2], rename = "lm_head.weight", tied = "model.wte.weight")]
        head: Tensor<f32>,
    }
    assert_eq!(Loader::new().check::<Followed>(pairs(names)).unwrap().shared.len(), 1);
}

#[test]
fn lists_of_another_length() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Layers<const N: usize> {
        layers: [Embedding<2, 2>; N],
    }
    let names: Names<'_> = names!["layers.0.weight" [2, 2], "layers.1.weight" [2, 2]];
    let report = refused::<Layers<3>>(names);
    assert!(
        first(&report)
            .ends_with("2 items in the checkpoint, and 3 in the module; declare 2, or load a checkpoint with 3"),
        "{report}"
    );
    Loader::new().check::<Layers<2>>(pairs(names)).unwrap();

    let names: Names<'_> = names!["layers.0.weight" [2, 2], "layers.3.weight" [2, 2]];
    let report = refused::<Layers<2>>(names);
    follow_loader!(Layers<2>, report, names, Loader::new().rename("layers.3", "layers.1"));
}

#[test]
fn two_names_that_become_one() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Norm {
        #[param(shape = [4])]
        weight: Tensor<f32>,
    }
    let names: Names<'_> = names!["weight"[4], "model.weight"[4]];
    let report = refused_of::<Norm>(&Loader::new().strip_prefix("model."), pairs(names));
    // the parameter has a tensor, but it is not decided which
    assert_eq!(report.to_string().lines().next().unwrap(), "a list of pairs does not match Norm: 1 duplicate");
    assert_said(&report, "Loader::new().rename(\"model.weight\", \"unused\").ignore([\"*unused\"])");
    let loader = Loader::new().rename("model.weight", "unused").ignore(["*unused"]).strip_prefix("model.");
    let report = loader.check::<Norm>(pairs(names)).unwrap();
    assert_eq!(report.ignored, ["unused"]);
}

#[test]
fn names_to_ignore() {
    let mut names = vec![("embed.weight", DType::F32, &[3, 2][..]), ("rope.0.inv_freq", DType::F32, &[4])];
    names.push(("rope.1.inv_freq", DType::F32, &[4]));
    names.push(("step", DType::I64, &[]));
    #[derive(Module)]
    #[module(crate = wb)]
    struct Model {
        embed: Embedding<3, 2>,
    }
    let accepts = |loader: Loader, names: Names<'_>, ignored: usize| {
        assert_eq!(loader.check::<Model>(pairs(names)).unwrap().ignored.len(), ignored);
    };
    assert_said(&refused::<Model>(&names), "Loader::new().ignore([\"rope.*.inv_freq\", \"step\"])");
    accepts(Loader::new().ignore(["rope.*.inv_freq", "step"]), &names, 3);

    names.extend([("a", DType::F32, &[4][..]), ("b", DType::F32, &[4])]);
    assert_said(&refused::<Model>(&names), "Loader::new().unexpected(Rule::Allow)");
    accepts(Loader::new().unexpected(Rule::Allow), &names, 5);

    // while something is missing, only what is known to be no weight
    let report = refused::<Model>(&names[1..4]);
    let hint = "2 names are buffers, and no weights of the module; leave them out with `Loader::new().ignore([\"*.inv_freq\"])`";
    assert_eq!(report.hints, [hint]);
}

#[test]
fn a_dtype_that_the_field_does_not_name() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Norm {
        #[param(shape = [4], dtype = "BF16")]
        weight: AnyTensor,
    }
    let report = refused::<Norm>(names!["weight"[4]]);
    let hint = "the field's type holds F32; to take it as it is, name it in the field's `dtype`";
    assert_eq!(report.dtype[0].hints, [hint]);
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        #[param(shape = [4], dtype = ["BF16", "F32"])]
        weight: AnyTensor,
    }
    Loader::new().check::<Followed>(pairs(names!["weight"[4]])).unwrap();
}
