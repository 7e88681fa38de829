//! What explains most of a long report stands first in it, with a remedy that works as it is written.

use wb::{AnyTensor, Cast, Loader, Module, Report, Tensor};
use weighbridge_tests::layers::{Embedding, LayerNorm, Linear};

use crate::planted::refused_of;

/// The line that stands first, below the summary.
pub fn first(report: &Report) -> String {
    report.to_string().lines().nth(1).unwrap_or_default().to_owned()
}

/// Source text without white space, which `stringify!` puts elsewhere than people do.
pub fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[derive(Module)]
#[module(crate = wb)]
struct Block {
    attn: Linear<4, 4>,
    norm: LayerNorm<4>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Model {
    embed: Embedding<6, 4>,
    blocks: [Block; 5],
}

/// The file of a [`Model`], each name changed.
fn model(rename: impl Fn(&str) -> String) -> Vec<(String, AnyTensor)> {
    let mut all = vec![("embed.weight".to_owned(), vec![6, 4])];
    for i in 0..5 {
        for (name, shape) in
            [("attn.weight", &[4, 4][..]), ("attn.bias", &[4]), ("norm.weight", &[4]), ("norm.bias", &[4])]
        {
            all.push((format!("blocks.{i}.{name}"), shape.to_vec()));
        }
    }
    all.into_iter().map(|(name, shape)| (rename(&name), AnyTensor::from(Tensor::<f32>::zeros(shape)))).collect()
}

#[track_caller]
fn follow(pairs: Vec<(String, AnyTensor)>, written: &str, loader: Loader) {
    let report = refused_of::<Model>(&Loader::new(), pairs.clone());
    assert!(first(&report).starts_with("hint "), "{report}");
    assert!(
        squeezed(&first(&report)).contains(&squeezed(&format!("`{written}`"))),
        "`{written}` is not first in\n{report}"
    );
    loader.check::<Model>(pairs).unwrap_or_else(|error| panic!("{error}"));
}

macro_rules! follow {
    ($pairs:expr, $loader:expr) => {
        follow($pairs, stringify!($loader), $loader)
    };
}

#[test]
fn a_prefix_too_much() {
    follow!(model(|name| format!("module.{name}")), Loader::new().strip_prefix("module."));
    // a quote and a backslash are escaped
    follow!(model(|name| format!("a\"\\b.{name}")), Loader::new().strip_prefix("a\"\\b."));
}

#[test]
fn a_prefix_missing() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Behind {
        model: Model,
    }
    let report = refused_of::<Behind>(&Loader::new(), model(str::to_owned));
    assert!(first(&report).contains("say `Loader::new().add_prefix(\"model.\")`"), "{report}");
    Loader::new().add_prefix("model.").check::<Behind>(model(str::to_owned)).unwrap();
}

#[test]
fn a_wrapper_in_the_middle() {
    follow!(
        model(|name| name.replace(".attn.", "._orig_mod.attn.").replace(".norm.", "._orig_mod.norm.")),
        (0..=4).fold(Loader::new(), |loader, i| loader.rename(format!("blocks.{i}._orig_mod"), format!("blocks.{i}")))
    );
    // around the whole and around each block
    follow!(
        model(|name| format!(
            "module.{}",
            name.replace("blocks.1.", "blocks.1.module.").replace("blocks.3.", "blocks.3.module.")
        )),
        Loader::new()
            .strip_prefix("module.")
            .rename("blocks.1.module", "blocks.1")
            .rename("blocks.3.module", "blocks.3")
    );
    // a loader that renames already
    let pairs = model(|name| name.replace("blocks.", "layers.module."));
    let loader = Loader::new().rename("layers", "blocks");
    let report = refused_of::<Model>(&loader, pairs.clone());
    assert!(first(&report).ends_with("say `loader.rename(\"blocks.module\", \"blocks\")`"), "{report}");
    loader.rename("blocks.module", "blocks").check::<Model>(pairs).unwrap();
}

#[test]
fn a_wrapper_in_many_places() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Experts {
        layers: [[Embedding<2, 2>; 3]; 3],
    }
    let mut all = Vec::new();
    for i in 0..3 {
        for k in 0..3 {
            all.push((format!("layers.{i}.{k}.inner.weight"), Tensor::<f32>::zeros([2, 2]).into()));
        }
    }
    let report = refused_of::<Experts>(&Loader::new(), all.clone());
    let followed = (0..=2).fold(Loader::new(), |loader, i| {
        (0..=2).fold(loader, |loader, k| loader.rename(format!("layers.{i}.{k}.inner"), format!("layers.{i}.{k}")))
    });
    let written = r#"(0..=2).fold(Loader::new(), |loader, i| (0..=2).fold(loader, |loader, k| loader.rename(format!("layers.{i}.{k}.inner"), format!("layers.{i}.{k}"))))"#;
    assert!(first(&report).ends_with(&format!("say `{written}`")), "{report}");
    followed.check::<Experts>(all).unwrap();
}

#[test]
fn other_names_in_every_layer() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Norms {
        norms: [LayerNorm<4>; 5],
    }
    let mut all = Vec::new();
    for i in 0..5 {
        for name in ["gamma", "beta"] {
            all.push((format!("norms.{i}.{name}"), AnyTensor::from(Tensor::<f32>::zeros([4]))));
        }
    }
    let report = refused_of::<Norms>(&Loader::new(), all.clone());
    assert_eq!(
        first(&report),
        "hint        the checkpoint has names near those of 10 missing parameters; if they are the same tensors, \
         say `#[param(alias = \"gamma\")]` on the field for `weight`, and `#[param(alias = \"beta\")]` on the field for `bias`"
    );
    assert!(report.missing.iter().all(|finding| finding.hints.is_empty()), "{report}");

    #[derive(Module)]
    #[module(crate = wb)]
    struct Norm {
        #[param(shape = [4])]
        #[param(alias = "gamma")]
        weight: Tensor<f32>,
        #[param(shape = [4])]
        #[param(alias = "beta")]
        bias: Tensor<f32>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        norms: [Norm; 5],
    }
    Loader::new().check::<Followed>(all).unwrap();
}

#[test]
fn another_dtype_everywhere() {
    let half = |(name, tensor): (String, AnyTensor)| {
        (name, AnyTensor::from(Tensor::<half::bf16>::zeros(tensor.shape().clone())))
    };
    let pairs: Vec<_> = model(str::to_owned).into_iter().map(half).collect();
    follow!(pairs.clone(), Loader::new().cast(Cast::Lossless));
    // and it is not there a second time
    let text = refused_of::<Model>(&Loader::new(), pairs).to_string();
    assert_eq!(text.matches("Cast::Lossless").count(), 1, "{text}");
}

#[test]
fn everything_transposed() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Layer {
        #[param(shape = [3, 2])]
        weight: Tensor<f32>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Layers {
        layers: [Layer; 9],
    }
    let all: Vec<_> = (0..9).map(|i| (format!("layers.{i}.weight"), Tensor::<f32>::zeros([2, 3]).into())).collect();
    let report = refused_of::<Layers>(&Loader::new(), all.clone());
    assert_eq!(first(&report), "hint        transposed; if the file keeps it so, say `#[param(from = transpose)]`");

    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        layers: [FollowedLayer; 9],
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct FollowedLayer {
        #[param(shape = [3, 2])]
        #[param(from = transpose)]
        weight: Tensor<f32>,
    }
    Loader::new().check::<Followed>(all).unwrap();
}
