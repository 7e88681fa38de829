//! Lists of another length, or that begin at 1; names that are left out; and hints for any number of names.

use wb::{Loader, Module, Tensor};
use weighbridge_tests::layers::{Embedding, Projection};

use crate::first::first;
use crate::follow::{Names, assert_said, refused};
use crate::planted::refused_of;
use crate::renamed::{BODY, Block, Body, Pairs, layers};

#[test]
fn lists_that_are_numbered_from_1() {
    let all = layers(5, BODY).into_iter().map(|(name, tensor)| {
        let name =
            (0..5).rev().fold(name, |name, i| name.replace(&format!("layers.{i}."), &format!("layers.{}.", i + 1)));
        (name, tensor)
    });
    let all: Pairs = all.collect();
    assert!(all.iter().any(|(name, _)| name == "layers.5.attn.bias"));
    let report = refused_of::<Body>(&Loader::new(), all.clone());
    let written = "(1..=5).fold(Loader::new(), |loader, i| loader.rename(format!(\"layers.{i}\"), format!(\"layers.{}\", i - 1)))";
    assert!(first(&report).contains(&format!("`{written}`")), "{report}");
    let renumbered =
        (1..=5).fold(Loader::new(), |loader, i| loader.rename(format!("layers.{i}"), format!("layers.{}", i - 1)));
    renumbered.check::<Body>(all.clone()).unwrap_or_else(|error| panic!("{error}"));
    // an item keeps its weights
    let mut marked = all.clone();
    for (name, tensor) in &mut marked {
        if name == "layers.3.attn.bias" {
            *tensor = Tensor::new([4], vec![3.0f32; 4]).unwrap().into();
        }
    }
    assert_eq!(renumbered.load::<Body>(marked).unwrap().module.layers[2].attn.bias.as_slice(), [3.0; 4]);

    // a list whose length the file decides
    #[derive(Module)]
    #[module(crate = wb)]
    struct Open {
        layers: Vec<Embedding<2, 2>>,
    }
    let all: Pairs = layers(2, &[("layers.{}.weight", &[2, 2])]);
    let all: Pairs =
        all.into_iter().map(|(name, tensor)| (name.replace(".1.", ".2.").replace(".0.", ".1."), tensor)).collect();
    let report = refused_of::<Open>(&Loader::new(), all.clone());
    assert!(first(&report).contains("`layers` begins at 1 in the checkpoint; if no item is absent"), "{report}");
    assert_said(&report, "Loader::new().rename(\"layers.1\", \"layers.0\").rename(\"layers.2\", \"layers.1\")");
    let loader = Loader::new().rename("layers.1", "layers.0").rename("layers.2", "layers.1");
    loader.check::<Open>(all).unwrap();
    // an item that is absent among others is not made up for
    let gap: Names<'_> = names!["layers.0.weight" [2, 2], "layers.2.weight" [2, 2]];
    assert!(!refused::<Open>(gap).to_string().contains("rename"), "{}", refused::<Open>(gap));
}

#[test]
fn lists_of_another_length_in_every_layer_are_one_hint() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Moe {
        layers: [Experts; 9],
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Experts {
        experts: [Embedding<2, 2>; 2],
    }
    let mut all = Pairs::new();
    for i in 0..9 {
        for k in 0..4 {
            all.push((format!("layers.{i}.experts.{k}.weight"), Tensor::<f32>::zeros([2, 2]).into()));
        }
    }
    let report = refused_of::<Moe>(&Loader::new(), all);
    let said = "`layers.{0..=8}.experts` have 4 items in the checkpoint, and 2 in the module; declare 4, or load a checkpoint with 2";
    assert_eq!(report.hints, [said]);
}

#[test]
fn buffers_and_averages_are_left_out() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Model {
        embed: Embedding<6, 4>,
        norms: [Norm; 2],
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Norm {
        #[param(shape = [4])]
        weight: Tensor<f32>,
        #[param(shape = [4])]
        running_mean: Tensor<f32>,
    }
    let mut all = layers(
        2,
        &[
            ("norms.{}.weight", &[4]),
            ("norms.{}.running_mean", &[4]),
            ("norms.{}.num_batches_tracked", &[]),
            ("text.{}.position_ids", &[1, 7]),
            ("rope.{}.a.inv_freq", &[2]),
            ("h.{}.masked_bias", &[]),
            ("model_ema.{}.weight", &[4]),
            ("model_ema.decay", &[]),
            ("norms.{}.weight_ema", &[4]),
        ],
    );
    // something else is wrong too
    let report = refused_of::<Model>(&Loader::new(), all.clone());
    assert_said(
        &report,
        r#"Loader::new().ignore(["*.inv_freq", "*.masked_bias", "*.num_batches_tracked", "*.position_ids", "*_ema", "model_ema.*"])"#,
    );
    let ignoring = || {
        let buffers = ["*.inv_freq", "*.masked_bias", "*.num_batches_tracked", "*.position_ids"];
        Loader::new().ignore(buffers).ignore(["*_ema", "model_ema.*"])
    };
    let report = refused_of::<Model>(&ignoring(), all.clone());
    assert_eq!((report.missing.len(), report.unexpected.len()), (1, 0), "{report}");
    // nothing else is
    all.extend(layers(1, &[("embed.weight", &[6, 4])]));
    let report = refused_of::<Model>(&Loader::new(), all.clone());
    assert_said(
        &report,
        r#"Loader::new().ignore(["*.inv_freq", "*.masked_bias", "*.num_batches_tracked", "*.position_ids", "*_ema", "model_ema.*"])"#,
    );
    assert_eq!(ignoring().check::<Model>(all.clone()).unwrap().ignored.len(), all.len() - 5);
}

#[test]
fn a_pattern_does_not_hide_what_the_module_has() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Rope {
        #[param(shape = [2], rename = "own.inv_freq")]
        own: Tensor<f32>,
        #[param(shape = [3])]
        other: Tensor<f32>,
    }
    let report = refused::<Rope>(names!["own.inv_freq"[2], "a.inv_freq"[2]]);
    assert!(!report.to_string().contains("*.inv_freq"), "{report}");
}

#[test]
fn one_entry_is_offered_once() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Many {
        a: [Projection<4, 4>; 50],
    }
    let report = refused::<Many>(names!["b.weight" [4, 4]]);
    assert!(report.missing.iter().all(|missing| missing.hints.is_empty()), "{report}");
}
#[test]
fn no_hint_takes_time_by_the_square() {
    let lock = |prefix: &str| {
        let line = |i: usize| format!("{prefix}{i}x.weight F32 [{}]\n", i % 7 + 1);
        let lines: String = (0..20_000).map(line).collect();
        format!("# weighbridge lock 1\n{lines}").parse::<wb::lock::Lock>().unwrap()
    };
    // each compared with each would take minutes
    let error = wb::lock::check(&lock("a"), "a", wb::Source::lock("b", &lock("b"))).unwrap_err();
    let report = error.report().unwrap();
    assert_eq!((report.missing.len(), report.unexpected.len()), (20_000, 20_000));
}

#[test]
fn items_with_names_of_their_own() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Encoder {
        blocks: Vec<Block>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Vit {
        encoder: Encoder,
    }
    let all = layers(
        3,
        &[
            ("encoder.encoderblock_{}.norm.weight", &[4]),
            ("encoder.encoderblock_{}.norm.bias", &[4]),
            ("encoder.encoderblock_{}.attn.weight", &[4, 4]),
            ("encoder.encoderblock_{}.attn.bias", &[4]),
        ],
    );
    let report = refused_of::<Vit>(&Loader::new(), all.clone());
    assert_said(&report, "#[module(rename = \"encoderblock_{}\")]");
    #[derive(Module)]
    #[module(crate = wb)]
    struct FollowedEncoder {
        #[module(rename = "encoderblock_{}")]
        blocks: Vec<Block>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        encoder: FollowedEncoder,
    }
    Loader::new().check::<Followed>(all).unwrap_or_else(|error| panic!("{error}"));
}
