//! Names that differ, and the call or the attribute that makes them agree.

use wb::{AnyTensor, DType, Loader, Module, Tensor};
use weighbridge_tests::layers::{Embedding, LayerNorm, Linear};

use crate::first::first;
use crate::follow::{Names, assert_said, pairs, refused};
use crate::planted::refused_of;

pub type Pairs = Vec<(String, AnyTensor)>;

/// Zeros of these names, in which `{}` stands for each index.
pub fn layers(count: usize, names: &[(&str, &[usize])]) -> Pairs {
    let mut all = Pairs::new();
    for (name, shape) in names {
        let indices = if name.contains("{}") { 0..count } else { 0..1 };
        let named = |i: usize| (name.replace("{}", &i.to_string()), Tensor::<f32>::zeros(shape.to_vec()).into());
        all.extend(indices.map(named));
    }
    all
}

/// The report begins with this call, and the loader that it makes takes the file.
#[track_caller]
fn follow<M: Module>(pairs: Pairs, written: &str, loader: Loader) {
    let report = refused_of::<M>(&Loader::new(), pairs.clone());
    assert!(first(&report).contains(&format!("`{written}`")), "`{written}` is not first in\n{report}");
    let report = loader.check::<M>(pairs).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.to_string().lines().count(), 1, "{report}");
}

/// The same, of a call that is compiled here.
macro_rules! follow {
    ($module:ty, $pairs:expr, $loader:expr) => {
        let written: String = stringify!($loader).split_whitespace().collect();
        let report = refused_of::<$module>(&Loader::new(), $pairs.clone());
        let text: String = first(&report).split_whitespace().collect();
        assert!(text.contains(&format!("`{written}`")), "`{written}` is not first in\n{report}");
        let report = $loader.check::<$module>($pairs).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.to_string().lines().count(), 1, "{report}");
    };
}

#[derive(Module)]
#[module(crate = wb)]
pub struct Block {
    norm: LayerNorm<4>,
    pub attn: Linear<4, 4>,
}

#[derive(Module)]
#[module(crate = wb)]
pub struct Body {
    embed: Embedding<6, 4>,
    pub layers: [Block; 5],
}

/// The names of a [`Body`], each behind a prefix.
pub const BODY: &[(&str, &[usize])] = &[
    ("embed.weight", &[6, 4]),
    ("layers.{}.norm.weight", &[4]),
    ("layers.{}.norm.bias", &[4]),
    ("layers.{}.attn.weight", &[4, 4]),
    ("layers.{}.attn.bias", &[4]),
];

fn body(rename: impl Fn(&str) -> String) -> Pairs {
    layers(5, BODY).into_iter().map(|(name, tensor)| (rename(&name), tensor)).collect()
}

#[test]
fn a_prefix_on_some_only() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Vision {
        model: Body,
        visual: Embedding<3, 3>,
        lm_head: Embedding<6, 4>,
    }
    let mut all = body(|name| format!("model.language_model.{name}"));
    all.extend(layers(1, &[("model.visual.weight", &[3, 3]), ("lm_head.weight", &[6, 4])]));
    follow!(Vision, all, Loader::new().rename("model.language_model", "model").rename("model.visual", "visual"));
}

#[test]
fn a_prefix_of_several_words() {
    follow!(Body, body(|name| format!("base_model.model.{name}")), Loader::new().strip_prefix("base_model.model."));
}

#[test]
fn one_model_of_several() {
    let mut all = body(|name| format!("first_stage_model.{name}"));
    all.extend(layers(
        40,
        &[
            ("model.diffusion_model.blocks.{}.weight", &[7]),
            ("cond_stage_model.layers.{}.other", &[4]),
            ("betas", &[9]),
        ],
    ));
    follow!(Body, all, Loader::new().subtree("first_stage_model"));
}

#[test]
fn a_module_around_each_layer() {
    for infix in ["_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "base_layer", "module"] {
        let all = body(|name| name.replace(".attn.", &format!(".attn.{infix}.")));
        let written = format!(
            "(0..=4).fold(Loader::new(), |loader, i| loader.rename(format!(\"layers.{{i}}.attn.{infix}\"), format!(\"layers.{{i}}.attn\")))"
        );
        let loader = (0..=4).fold(Loader::new(), |loader, i| {
            loader.rename(format!("layers.{i}.attn.{infix}"), format!("layers.{i}.attn"))
        });
        follow::<Body>(all, &written, loader);
    }
    // a list of any length, of which nothing is missing
    #[derive(Module)]
    #[module(crate = wb)]
    struct Open {
        embed: Embedding<6, 4>,
        layers: Vec<Block>,
    }
    follow!(
        Open,
        body(|name| name.replace("layers.", "layers.module.")),
        Loader::new().rename("layers.module", "layers")
    );
}

#[test]
fn another_place_in_the_model() {
    follow!(Body, body(|name| name.replace("layers.", "encoder.h.")), Loader::new().rename("encoder.h", "layers"));
}

#[test]
fn another_separator() {
    follow!(Body, body(|name| name.replace('.', "/")), Loader::new().separator('/'));
    follow!(
        Body,
        body(|name| format!("params/{}", name.replace('.', "/"))),
        Loader::new().separator('/').strip_prefix("params.")
    );
    let mut all = body(|name| format!("params/{}", name.replace('.', "/")));
    all.extend(layers(20, &[("opt_state/{}/mu", &[3])]));
    follow!(Body, all, Loader::new().separator('/').subtree("params"));
    follow!(Body, body(|name| name.replace('.', ":")), Loader::new().separator(':'));
}

#[test]
fn a_kernel_of_flax_is_transposed() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Dense {
        #[param(shape = [5, 3])]
        weight: Tensor<f32>,
        #[param(shape = [5])]
        bias: Tensor<f32>,
    }
    let names: Names<'_> = names!["kernel" [3, 5], "bias" [5]];
    let report = refused::<Dense>(names);
    follow_attributes!(report, names, Followed {
        #[param(shape = [5, 3])] + #[param(rename = "kernel", from = transpose)] weight: Tensor<f32>,
        #[param(shape = [5])] bias: Tensor<f32>,
    });
    #[derive(Module)]
    #[module(crate = wb)]
    struct Conv {
        #[param(shape = [8, 4, 3, 3])]
        weight: Tensor<f32>,
    }
    let names: Names<'_> = names!["kernel" [3, 3, 4, 8]];
    let report = refused::<Conv>(names);
    follow_attributes!(report, names, FollowedConv {
        #[param(shape = [8, 4, 3, 3])] + #[param(rename = "kernel", from = permute(3, 2, 0, 1))] weight: Tensor<f32>,
    });
    // a square may lie either way
    #[derive(Module)]
    #[module(crate = wb)]
    struct Square {
        #[param(shape = [4, 4])]
        weight: Tensor<f32>,
    }
    let report = refused::<Square>(names!["kernel" [4, 4]]);
    assert!(report.to_string().contains("from = transpose"), "{report}");
}

#[test]
fn a_norm_that_only_its_place_and_its_shape_identify() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Layer {
        #[param(shape = [4])]
        input_layernorm: Tensor<f32>,
        #[param(shape = [4, 4])]
        proj: Tensor<f32>,
    }
    let names: Names<'_> = names!["ln_one" [4], "proj" [4, 4]];
    let report = refused::<Layer>(names);
    follow_attributes!(report, names, Followed {
        #[param(shape = [4])] + #[param(alias = "ln_one")] input_layernorm: Tensor<f32>,
        #[param(shape = [4, 4])] proj: Tensor<f32>,
    });
    // two of one shape are not told apart
    #[derive(Module)]
    #[module(crate = wb)]
    struct Two {
        #[param(shape = [4])]
        input_layernorm: Tensor<f32>,
        #[param(shape = [4])]
        post_attention: Tensor<f32>,
    }
    let report = refused::<Two>(names!["ln_one"[4], "rms_two"[4]]);
    assert!(!report.to_string().contains("alias"), "{report}");
    // nor is another dtype one
    let report = refused::<Layer>(&[("ln_one", DType::I64, &[4]), ("proj", DType::F32, &[4, 4])]);
    assert!(!report.to_string().contains("alias"), "{report}");
}

#[test]
fn another_word_in_every_one_of_many_layers() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Deep {
        layers: [Block; 400],
    }
    let all = layers(
        400,
        &[
            ("layers.{}.ln_pre.weight", &[4]),
            ("layers.{}.ln_pre.bias", &[4]),
            ("layers.{}.attn.weight", &[4, 4]),
            ("layers.{}.attn.bias", &[4]),
        ],
    );
    let report = refused_of::<Deep>(&Loader::new(), all.clone());
    assert!(first(&report).ends_with("say `#[module(alias = \"ln_pre\")]` on the field for `norm`"), "{report}");
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        layers: [FollowedBlock; 400],
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct FollowedBlock {
        #[module(alias = "ln_pre")]
        norm: LayerNorm<4>,
        attn: Linear<4, 4>,
    }
    Loader::new().check::<Followed>(all).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn words_written_otherwise() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Attention {
        q_proj: Embedding<2, 4>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Model {
        self_attn: Attention,
    }
    let names: Names<'_> = names!["selfAttn.qProj.weight" [2, 4]];
    let report = refused::<Model>(names);
    assert_said(&report, "#[module(alias = \"selfAttn\")]");
    assert_said(&report, "#[module(alias = \"qProj\")]");
    #[derive(Module)]
    #[module(crate = wb)]
    struct FollowedAttention {
        #[module(alias = "qProj")]
        q_proj: Embedding<2, 4>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        #[module(alias = "selfAttn")]
        self_attn: FollowedAttention,
    }
    Loader::new().check::<Followed>(pairs(names)).unwrap();
}

#[test]
fn the_elements_of_a_tuple_have_no_attributes() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Pair {
        parts: (Embedding<2, 4>, Embedding<3, 4>),
    }
    let names: Names<'_> = names!["parts.0.weight" [2, 4], "parts.second.weight" [3, 4]];
    let report = refused::<Pair>(names);
    follow_loader!(Pair, report, names, Loader::new().rename("parts.second", "parts.1"));
}

#[test]
fn renamings_that_fit_nothing_name_the_nearest() {
    let all = || body(|name| format!("transformer.{name}"));
    let said = |loader: Loader, said: &str| {
        let report = refused_of::<Body>(&loader, all());
        assert!(report.hints.iter().any(|hint| hint == said), "{said} is not in\n{report}");
    };
    said(
        Loader::new().strip_prefix("transfomer."),
        "no name begins with `transfomer.`; did you mean `strip_prefix(\"transformer.\")`?",
    );
    said(
        Loader::new().rename("transformer.layer", "layers"),
        "no name is `transformer.layer` or below it; did you mean `rename(\"transformer.layers\", \"layers\")`?",
    );
}

#[test]
fn a_renaming_the_other_way_round() {
    let all = body(|name| name.replace("layers.", "h."));
    let report = refused_of::<Body>(&Loader::new().rename("layers", "h"), all.clone());
    let said = "no name is `layers` or below it, and some are below `h`; the file's name stands first, as in `rename(\"h\", \"layers\")`";
    assert!(report.hints.iter().any(|hint| hint == said), "{report}");
    Loader::new().rename("h", "layers").check::<Body>(all).unwrap();
}

#[test]
fn a_module_around_some_layers_of_many() {
    // no loop has these indices
    let all = layers(20, &[("layers.{}.weight", &[2, 2])]).into_iter().map(|(name, tensor)| {
        let number: usize = name.split('.').nth(1).unwrap().parse().unwrap();
        let name = if number % 3 == 1 { name.replace(".weight", "._orig_mod.weight") } else { name };
        (name, tensor)
    });
    let all: Pairs = all.collect();
    #[derive(Module)]
    #[module(crate = wb)]
    struct Many {
        layers: [Embedding<2, 2>; 20],
    }
    let report = refused_of::<Many>(&Loader::new(), all.clone());
    let written = r#"Loader::new().rename_regex("(^|\\.)(?:_orig_mod\\.)+", "$1")"#;
    assert!(first(&report).contains(&format!("say `{written}`")), "{report}");
    let loader = Loader::new().rename_regex("(^|\\.)(?:_orig_mod\\.)+", "$1");
    loader.check::<Many>(all).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn names_that_look_alike() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [4], rename = "norm.weight")]
        norm: Tensor<f32>,
    }
    for (name, said, alias) in [
        (
            "n\u{43e}rm.weight",
            r"`n\u{43e}rm.weight`, with U+043E as character 2 where the module has `o` (U+006F)",
            r"n\u{43e}rm.weight",
        ),
        ("norm.weight ", r"`norm.weight\u{20}`, with U+0020 as character 12", "norm.weight "),
        ("norm.weight\u{a0}", r"`norm.weight\u{a0}`, with U+00A0 as character 12", r"norm.weight\u{a0}"),
        ("norm\u{200b}.weight", r"`norm\u{200b}.weight`, with U+200B as character 5", r"norm\u{200b}.weight"),
        (
            "Norm.weight",
            "`Norm.weight`, with `N` (U+004E) as character 1 where the module has `n` (U+006E)",
            "Norm.weight",
        ),
    ] {
        let report = refused_of::<Model>(&Loader::new(), vec![(name.to_owned(), Tensor::<f32>::zeros([4]).into())]);
        let text = report.to_string();
        assert!(text.contains(said), "{text}");
        assert!(text.contains(&format!("alias = \"{alias}\"")), "{text}");
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        #[param(shape = [4], rename = "norm.weight")]
        #[param(alias = "n\u{43e}rm.weight")]
        norm: Tensor<f32>,
    }
    Loader::new().check::<Followed>([("n\u{43e}rm.weight", Tensor::<f32>::zeros([4]))]).unwrap();
    #[derive(Module)]
    #[module(crate = wb)]
    struct Digits {
        #[param(shape = [4], rename = "fcl.weight")]
        fcl: Tensor<f32>,
    }
    let report = refused::<Digits>(names!["fc1.weight"[4]]);
    assert!(
        report.to_string().contains("with `1` (U+0031) as character 3 where the module has `l` (U+006C)"),
        "{report}"
    );
}
