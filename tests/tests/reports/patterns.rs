//! Patterns and renamings that fit nothing, and the one that is meant; and `keep` as the remedy for a new head.

use wb::{LoadError, Loader, Module, Report, Rule, Tensor};
use weighbridge_tests::layers::{LayerNorm, Linear};

use crate::first::first;
use crate::planted::refused_of;
use crate::renamed::{Pairs, layers};

#[derive(Module)]
#[module(crate = wb)]
struct Classifier {
    body: Body,
    head: Linear<4, 7>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Body {
    layers: [Linear<4, 4>; 2],
    norm: LayerNorm<4>,
}

/// The file of a [`Classifier`] for so many classes.
fn file(classes: usize) -> Pairs {
    layers(
        2,
        &[
            ("body.layers.{}.weight", &[4, 4]),
            ("body.layers.{}.bias", &[4]),
            ("body.norm.weight", &[4]),
            ("body.norm.bias", &[4]),
            ("head.weight", &[classes, 4]),
            ("head.bias", &[classes]),
        ],
    )
}

fn behind(prefix: &str, pairs: Pairs) -> Pairs {
    pairs.into_iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor)).collect()
}

fn with(mut pairs: Pairs, name: &str) -> Pairs {
    pairs.push((name.to_owned(), Tensor::<f32>::zeros([3]).into()));
    pairs
}

fn classifier() -> Classifier {
    let ones = file(7).into_iter().map(|(name, tensor)| {
        let count = tensor.shape().iter().product();
        (name, Tensor::new(tensor.shape().clone(), vec![1.0f32; count]).unwrap())
    });
    Loader::new().load::<Classifier>(ones.collect::<Vec<_>>()).unwrap().module
}

/// The report of an update that is refused.
fn refused_update(loader: &Loader, pairs: Pairs) -> Report {
    match loader.update(&mut classifier(), pairs) {
        Err(LoadError::Mismatch(report)) => *report,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_head_of_another_size_is_kept_by_an_update() {
    let report = refused_update(&Loader::new(), file(1000));
    let said = "2 parameters have another shape in the checkpoint; if they are to stay as they are, as in a new head, say `Loader::new().keep([\"head.*\"])`";
    assert_eq!(report.hints, [said]);
    let mut module = classifier();
    let report = Loader::new().keep(["head.*"]).update(&mut module, file(1000)).unwrap();
    assert_eq!(report.kept, ["head.weight", "head.bias"]);
    assert_eq!((module.head.bias.as_slice(), module.body.norm.bias.as_slice()), (&[1.0; 7][..], &[0.0; 4][..]));

    // with the options that the loader has
    let loader = || Loader::new().strip_prefix("model.");
    let report = refused_update(&loader(), behind("model.", file(1000)));
    assert!(first(&report).ends_with("say `loader.keep([\"head.*\"])`"), "{report}");
    loader().keep(["head.*"]).update(&mut module, behind("model.", file(1000))).unwrap();

    // a head that the file lacks
    let without: Pairs = file(7).into_iter().filter(|(name, _)| !name.starts_with("head.")).collect();
    let report = refused_update(&Loader::new(), without.clone());
    assert!(first(&report).contains("the checkpoint lacks 2 parameters; if they are to stay as they are"), "{report}");
    Loader::new().keep(["head.*"]).update(&mut module, without).unwrap();
}

#[test]
fn a_part_of_a_module_is_kept_by_its_own_path() {
    // the norm's weight fits, so that the module as a whole is not kept
    let mut wrong = file(7);
    for (name, tensor) in &mut wrong {
        if name == "body.norm.bias" {
            *tensor = Tensor::<f32>::zeros([5]).into();
        }
    }
    let report = refused_update(&Loader::new(), wrong.clone());
    assert!(first(&report).ends_with("say `Loader::new().keep([\"body.norm.bias\"])`"), "{report}");
    Loader::new().keep(["body.norm.bias"]).update(&mut classifier(), wrong).unwrap();
}

#[test]
fn nothing_is_kept_by_a_load() {
    let report = refused_of::<Classifier>(&Loader::new(), file(1000));
    assert!(!report.to_string().contains("keep"), "{report}");
    assert!(first(&report).contains("it has 1000 where the module has 7"), "{report}");
    // nor where something else explains what is missing
    let moved: Pairs =
        file(7).into_iter().map(|(name, tensor)| (name.replace("layers.0", "layers.2"), tensor)).collect();
    let report = refused_update(&Loader::new(), moved);
    assert!(!report.to_string().contains("keep"), "{report}");
    let report = refused_update(&Loader::new(), behind("model.", file(1000)));
    assert!(!report.to_string().contains("keep"), "{report}");
    // nor is a model of another size
    let other: Pairs = file(7)
        .into_iter()
        .map(|(name, tensor)| {
            let shape: Vec<usize> = tensor.shape().iter().map(|n| if *n == 4 { 8 } else { *n }).collect();
            (name, Tensor::<f32>::zeros(shape).into())
        })
        .collect();
    assert!(!refused_update(&Loader::new(), other).to_string().contains("keep"));
}

#[test]
fn a_pattern_of_keep_that_fits_nothing() {
    for (pattern, meant) in [
        ("haed.*", "head.*"),
        ("head", "head.*"),
        ("weight", "*.weight"),
        ("body.layers.0.wieght", "body.layers.0.weight"),
    ] {
        // even where the update is made, as what was to be kept is not
        let report = Loader::new().keep([pattern]).update(&mut classifier(), file(7)).unwrap();
        assert_eq!(report.hints, [format!("no parameter fits `{pattern}`; did you mean `keep([\"{meant}\"])`?")]);
        let report = Loader::new().keep([meant]).update(&mut classifier(), file(7)).unwrap();
        assert!(!report.kept.is_empty() && report.stale_keeps.is_empty(), "{report}");
    }
    let report = Loader::new().keep(["decoder.*"]).update(&mut classifier(), file(7)).unwrap();
    assert!(report.hints.is_empty(), "{report}");
}

/// The pattern fits nothing, and the one that the hint names lets the file pass.
#[track_caller]
fn follow_ignore(loader: impl Fn() -> Loader, pairs: Pairs, pattern: &str, meant: &str) {
    let report = refused_of::<Classifier>(&loader().ignore([pattern]), pairs.clone());
    let said = format!("the pattern `{pattern}` of `ignore` fits no name; did you mean `ignore([\"{meant}\"])`?");
    assert!(report.hints.contains(&said), "{said}: {report}");
    let report = loader().ignore([meant]).check::<Classifier>(pairs).unwrap_or_else(|error| panic!("{error}"));
    assert!(report.stale_ignores.is_empty() && report.hints.is_empty(), "{report}");
}

#[test]
fn a_pattern_of_ignore_that_fits_nothing() {
    let new = Loader::new;
    follow_ignore(new, with(file(7), "body.rope.inv_freq"), "*.inv_frq", "*.inv_freq");
    follow_ignore(new, with(file(7), "body.rope.inv_freq"), "inv_freq", "*.inv_freq");
    follow_ignore(new, with(file(7), "body.rope.inv_freq"), "rope", "*.rope.*");
    follow_ignore(new, with(file(7), "ema.decay"), "ema", "ema.*");
    follow_ignore(new, with(file(7), "ema.decay"), "eam.*", "ema.*");
    follow_ignore(new, with(file(7), "layers.0.extra"), "layers.0.xtra", "layers.0.extra");
    // patterns fit the names as they are after renaming
    let stripped = || Loader::new().strip_prefix("model.");
    follow_ignore(stripped, behind("model.", with(file(7), "ema.decay")), "model.ema.*", "ema.*");
    // what a parameter takes is not hidden
    let report = refused_of::<Classifier>(&new().ignore(["body.nrom.*"]), with(file(7), "other"));
    assert!(!report.to_string().contains("did you mean"), "{report}");
}

#[test]
fn a_pattern_of_a_type_that_fits_nothing() {
    #[derive(Module)]
    #[module(crate = wb, ignore = "*.inv_frq")]
    struct Misspelt {
        norm: LayerNorm<4>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Outer {
        inner: Misspelt,
    }
    let all = layers(1, &[("inner.norm.weight", &[4]), ("inner.norm.bias", &[4]), ("inner.rope.inv_freq", &[3])]);
    let report = refused_of::<Outer>(&Loader::new(), all.clone());
    let said = "the pattern `*.inv_frq` of `ignore` fits no name; did you mean `#[module(ignore = \"*.inv_freq\")]`?";
    assert_eq!(report.hints, [said], "{report}");
    #[derive(Module)]
    #[module(crate = wb)]
    #[module(ignore = "*.inv_freq")]
    struct Spelt {
        norm: LayerNorm<4>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Followed {
        inner: Spelt,
    }
    Loader::new().check::<Followed>(all).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_pattern_of_an_update_that_leaves_a_head_alone() {
    let loader = || Loader::new().missing(Rule::Allow);
    let report = refused_update(&loader().ignore(["head"]), file(1000));
    assert!(report.to_string().contains("did you mean `ignore([\"head.*\"])`?"), "{report}");
    loader().ignore(["head.*"]).update(&mut classifier(), file(1000)).unwrap();
}

#[test]
fn a_renaming_sees_the_names_as_those_before_it_left_them() {
    let names = |name: &str| format!("model.{}", name.replace("body.layers", "body.blocks"));
    let all: Pairs = file(7).into_iter().map(|(name, tensor)| (names(&name), tensor)).collect();
    let report = refused_of::<Classifier>(
        &Loader::new().strip_prefix("model.").rename("model.body.blocks", "body.layers"),
        all.clone(),
    );
    let said = "`model.body.blocks` is `body.blocks` when this renaming applies, as those before it change the names; say `rename(\"body.blocks\", \"body.layers\")`";
    assert!(report.hints.iter().any(|hint| hint == said), "{report}");
    let loader = || Loader::new().strip_prefix("model.");
    loader().rename("body.blocks", "body.layers").check::<Classifier>(all.clone()).unwrap();
    // misspelt, and after another one
    let report = refused_of::<Classifier>(&loader().rename("body.blcoks", "body.layers"), all);
    let said = "no name is `body.blcoks` or below it; did you mean `rename(\"body.blocks\", \"body.layers\")`?";
    assert!(report.hints.iter().any(|hint| hint == said), "{report}");
}

#[test]
fn a_renaming_to_what_is_there_is_not_turned_round() {
    // the file has the module's names already
    let report = refused_of::<Classifier>(&Loader::new().rename("transformer", "body"), file(1000));
    assert!(!report.to_string().contains("stands first"), "{report}");
}
