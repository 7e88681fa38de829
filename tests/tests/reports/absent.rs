//! Names that nothing misses, because options, lists of any length and variants of enums may be absent; and items that have other
//! names than the module reads, or other numbers.

use wb::{Loader, Module, Tensor};
use weighbridge_tests::layers::LayerNorm;

use crate::first::first;
use crate::follow::assert_said;
use crate::planted::refused_of;
use crate::renamed::{Pairs, layers};

#[derive(Module)]
#[module(crate = wb)]
struct Dense {
    #[param(shape = [4, 4])]
    kernel: Tensor<f32>,
    #[param(shape = [4])]
    bias: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
enum Mix {
    Scale {
        #[param(shape = [4])]
        scale: Tensor<f32>,
        #[param(shape = [4])]
        shift: Tensor<f32>,
    },
    Project {
        #[param(shape = [4, 4])]
        proj: Tensor<f32>,
    },
}

#[derive(Module)]
#[module(crate = wb)]
struct Open {
    blocks: Vec<Mix>,
    norm: Option<LayerNorm<4>>,
    #[module(rename = "stage_{}")]
    stages: Vec<Dense>,
}

const OPEN: &[(&str, &[usize])] = &[
    ("blocks.0.scale", &[4]),
    ("blocks.0.shift", &[4]),
    ("blocks.1.proj", &[4, 4]),
    ("norm.weight", &[4]),
    ("norm.bias", &[4]),
    ("stage_{}.kernel", &[4, 4]),
    ("stage_{}.bias", &[4]),
];

fn open(rename: impl Fn(&str) -> String) -> Pairs {
    layers(3, OPEN).into_iter().map(|(name, tensor)| (rename(&name), tensor)).collect()
}

/// The same names, with the number of each item one higher.
fn from_1(pairs: Pairs, before: &str) -> Pairs {
    let next = |name: String| {
        (0..3).rev().fold(name, |name, i| name.replace(&format!("{before}{i}"), &format!("{before}{}", i + 1)))
    };
    pairs.into_iter().map(|(name, tensor)| (next(name), tensor)).collect()
}

#[test]
fn everything_that_may_be_absent_is_behind_a_prefix() {
    follow_call!(Open, open(|name| format!("module.model.{name}")), Loader::new().strip_prefix("module.model."));
    follow_call!(Open, open(|name| name.replace('.', "/")), Loader::new().separator('/'));
}

#[test]
fn a_part_that_may_be_absent_has_another_name() {
    follow_call!(Open, open(|name| name.replace("norm.", "ln_f.")), Loader::new().rename("ln_f", "norm"));
    follow_call!(
        Open,
        open(|name| name.replace("norm.weight", "norm.gamma").replace("norm.bias", "norm.beta")),
        Loader::new().rename("norm.beta", "norm.bias").rename("norm.gamma", "norm.weight")
    );
    // what may be anything is not left out without a word of the part
    let all = open(|name| name.replace("norm.weight", "a.one").replace("norm.bias", "b.two.three"));
    let report = refused_of::<Open>(&Loader::new(), all);
    assert!(
        first(&report).contains("the module's `norm` is absent, and these names may be its own; if not, say"),
        "{report}"
    );
}

#[test]
fn a_parameter_of_a_variant_has_another_name() {
    follow_call!(
        Open,
        open(|name| name.replace("shift", "shfit")),
        Loader::new().rename("blocks.0.shfit", "blocks.0.shift")
    );
    follow_call!(
        Open,
        open(|name| name.replace("proj", "linear")),
        Loader::new().rename("blocks.1.linear", "blocks.1.proj")
    );
    let report = refused_of::<Open>(&Loader::new(), open(|name| name.replace("proj", "linear")));
    assert!(first(&report).contains("; if they are the same, say "), "{report}");
}

#[test]
fn items_with_a_stem_are_numbered_from_1() {
    follow_call!(
        Open,
        from_1(open(str::to_owned), "stage_"),
        Loader::new().rename("stage_1", "stage_0").rename("stage_2", "stage_1").rename("stage_3", "stage_2")
    );
    #[derive(Module)]
    #[module(crate = wb)]
    struct Closed {
        encoder: Stages,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Stages {
        #[module(rename = "h.stage_{}_x")]
        stages: [LayerNorm<4>; 6],
    }
    let all = |from: usize| -> Pairs {
        let names =
            (from..from + 6).flat_map(|i| ["weight", "bias"].map(|leaf| format!("encoder.h.stage_{i}_x.{leaf}")));
        names.map(|name| (name, Tensor::<f32>::zeros([4]).into())).collect()
    };
    follow_call!(
        Closed,
        all(1),
        (1..=6).fold(Loader::new(), |loader, i| loader
            .rename(format!("encoder.h.stage_{i}_x"), format!("encoder.h.stage_{}_x", i - 1)))
    );
    // a module around each of them
    follow_call!(
        Closed,
        all(0).into_iter().map(|(name, tensor)| (name.replace("_x.", "_x.module."), tensor)).collect::<Pairs>(),
        (0..=5).fold(Loader::new(), |loader, i| loader
            .rename(format!("encoder.h.stage_{i}_x.module"), format!("encoder.h.stage_{i}_x")))
    );
}

#[test]
fn items_have_another_stem() {
    for (stem, attribute) in [("stages_", "stages_{}"), ("stage.", "stage"), ("h.", "h")] {
        let report = refused_of::<Open>(&Loader::new(), open(|name| name.replace("stage_", stem)));
        let said = format!("say `#[module(rename = \"{attribute}\")]` on the field for `stage_{{}}`");
        assert!(first(&report).ends_with(&said), "{said}: {report}");
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        blocks: Vec<Mix>,
        norm: Option<LayerNorm<4>>,
        #[module(rename = "stages_{}")]
        stages: Vec<Dense>,
        #[module(rename = "stage")]
        bare: Vec<Dense>,
    }
    for stem in ["stages_", "stage."] {
        Loader::new()
            .check::<Followed>(open(|name| name.replace("stage_", stem)))
            .unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn items_have_another_stem_and_begin_at_1() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Model {
        enc: Layers,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Layers {
        layers: [Dense; 3],
    }
    let all = layers(3, &[("enc.layer_{}.kernel", &[4, 4]), ("enc.layer_{}.bias", &[4])]);
    // an item is not taken for the next one
    follow_call!(
        Model,
        from_1(all, "layer_"),
        (1..=3)
            .fold(Loader::new(), |loader, i| loader.rename(format!("enc.layer_{i}"), format!("enc.layers.{}", i - 1)))
    );
}

#[test]
fn a_tuple_is_numbered_as_torch_numbers_its_layers() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Net {
        layers: [Mlp; 2],
        head: (Dense, Dense, Dense),
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Mlp {
        mlp: (Dense, Dense),
    }
    // what has no parameters is counted, too
    let mut all = Pairs::new();
    for name in ["layers.0.mlp.0", "layers.0.mlp.2", "layers.1.mlp.0", "layers.1.mlp.2", "head.0", "head.1", "head.2"] {
        all.push((format!("{name}.kernel"), Tensor::<f32>::zeros([4, 4]).into()));
        all.push((format!("{name}.bias"), Tensor::<f32>::zeros([4]).into()));
    }
    follow_call!(
        Net,
        all,
        Loader::new().rename("layers.0.mlp.2", "layers.0.mlp.1").rename("layers.1.mlp.2", "layers.1.mlp.1")
    );
}

#[test]
fn variables_of_tensorflow_end_in_the_number_of_an_output() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Net {
        body: Body,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Body {
        layers: [Dense; 4],
        norm: LayerNorm<4>,
    }
    let names: &[(&str, &[usize])] = &[
        ("body.layers.{}.kernel", &[4, 4]),
        ("body.layers.{}.bias", &[4]),
        ("body.norm.weight", &[4]),
        ("body.norm.bias", &[4]),
    ];
    let all = |rename: &dyn Fn(String) -> String| -> Pairs {
        layers(4, names).into_iter().map(|(name, tensor)| (rename(name), tensor)).collect()
    };
    follow_call!(Net, all(&|name| format!("{name}:0")), Loader::new().rename_regex(":0$", ""));
    follow_call!(
        Net,
        all(&|name| format!("model/{}:0", name.replace('.', "/"))),
        Loader::new().separator('/').rename_regex(":0$", "").strip_prefix("model.")
    );
    // where words differ as well, the next report says so
    #[derive(Module)]
    #[module(crate = wb)]
    struct Words {
        body: Linears,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Linears {
        layers: [weighbridge_tests::layers::Projection<4, 4>; 2],
    }
    let all = layers(2, &[("body/layers/{}/kernel:0", &[4, 4])]);
    let report = refused_of::<Words>(&Loader::new(), all.clone());
    assert_said(&report, "Loader::new().separator('/').rename_regex(\":0$\", \"\")");
    let report = refused_of::<Words>(&Loader::new().separator('/').rename_regex(":0$", ""), all);
    assert!(report.to_string().contains("alias = \"kernel\""), "{report}");
}

#[derive(Module)]
#[module(crate = wb)]
struct Body {
    layers: [Block; 2],
    norm: Option<LayerNorm<4>>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Block {
    norm1: LayerNorm<4>,
    norm2: LayerNorm<4>,
}

const BODY: &[(&str, &[usize])] = &[
    ("layers.{}.norm1.weight", &[4]),
    ("layers.{}.norm1.bias", &[4]),
    ("layers.{}.norm2.weight", &[4]),
    ("layers.{}.norm2.bias", &[4]),
    ("norm.weight", &[4]),
    ("norm.bias", &[4]),
];

fn body(rename: impl Fn(&str) -> String) -> Pairs {
    layers(2, BODY).into_iter().map(|(name, tensor)| (rename(&name), tensor)).collect()
}

#[test]
fn two_of_one_shape_are_told_by_their_numbers() {
    let all = body(|name| name.replace("norm1", "ln_1").replace("norm2", "ln_2"));
    let report = refused_of::<Body>(&Loader::new(), all.clone());
    let said = "say `#[module(alias = \"ln_1\")]` on the field for `norm1`, and `#[module(alias = \"ln_2\")]` on the field for `norm2`";
    assert!(first(&report).ends_with(said), "{report}");
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        layers: [FollowedBlock; 2],
        norm: Option<LayerNorm<4>>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct FollowedBlock {
        #[module(alias = "ln_1")]
        norm1: LayerNorm<4>,
        #[module(alias = "ln_2")]
        norm2: LayerNorm<4>,
    }
    Loader::new().check::<Followed>(all).unwrap_or_else(|error| panic!("{error}"));
    // without numbers, nothing tells which is which
    let all = body(|name| name.replace("norm1", "input_norm").replace("norm2", "post_norm"));
    assert!(!refused_of::<Body>(&Loader::new(), all).to_string().contains("alias"));
}

#[test]
fn what_is_missing_comes_before_what_may_be_absent() {
    // a rename of the optional part alone would hide what helps everywhere
    let report = refused_of::<Body>(&Loader::new(), body(|name| name.replace("weight", "w").replace("bias", "b")));
    assert!(first(&report).contains("names near those of 8 missing parameters"), "{report}");
}

#[test]
fn a_separator_that_no_name_has() {
    let all = body(|name| name.replace('.', "|"));
    let report = refused_of::<Body>(&Loader::new().separator('/'), all.clone());
    assert!(first(&report).ends_with("say `loader.separator('|')`"), "{report}");
    Loader::new().separator('/').separator('|').check::<Body>(all).unwrap();
}
