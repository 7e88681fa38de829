//! A name that is ignored is as if it were not in the checkpoint.

use std::collections::BTreeMap;

use wb::{LoadError, Loader, Module, Report, Rule, Tensor};
use weighbridge_tests::contents;

use super::{Named, Pair, accepted, mismatch, pair, paths, vector};

fn named(names: &[&'static str]) -> Vec<Named> {
    names.iter().map(|name| (*name, vector(&[5.0, 6.0]))).collect()
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Model {
    layers: Vec<Pair>,
    head: Pair,
}

fn model(layers: usize) -> Model {
    Model { layers: vec![pair(); layers], head: pair() }
}

const MODEL: [&str; 6] = ["layers.0.a", "layers.0.b", "layers.1.a", "layers.1.b", "head.a", "head.b"];

/// What hints say of missing parameters, by path.
fn hints(report: &Report) -> Vec<(&str, &str)> {
    report.missing.iter().map(|finding| (&*finding.path, finding.hints[0].as_str())).collect()
}

#[test]
fn a_parameter_whose_name_is_ignored_is_kept_by_an_update() {
    let loader = Loader::new().ignore(["head.*", "stale"]).missing(Rule::Allow);
    let mut updated = model(2);
    let report = loader.update(&mut updated, named(&MODEL)).unwrap();
    assert_eq!(updated.head, pair());
    assert_eq!(updated.layers[1].b.as_slice(), [5.0, 6.0]);
    assert_eq!(
        (report.kept, report.ignored),
        (
            vec!["head.a", "head.b"].into_iter().map(str::to_owned).collect(),
            named(&MODEL[4..]).iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>()
        )
    );
    // of a pattern that fits it is not said that it fits none
    assert_eq!(report.stale_ignores, ["stale"]);
}

#[test]
fn what_is_missing_names_the_pattern_that_hides_it() {
    let loader = Loader::new().ignore(["zz", "head.*"]);
    let before = contents(&model(2));
    let mut updated = model(2);
    let report = mismatch(loader.update(&mut updated, named(&MODEL)));
    assert!(contents(&updated) == before);
    let hint = "the pattern `head.*` of `Loader::ignore` hides it; narrow the pattern, or say `loader.keep([\"head.*\"])`, which leaves the parameter as it is";
    assert_eq!(hints(&report), [("head.a", hint), ("head.b", hint)]);
    assert_eq!((report.unexpected.len(), report.stale_ignores), (0, vec!["zz".to_owned()]));
    // a load and a check have nothing to keep
    for report in [mismatch(loader.load::<Model>(named(&MODEL))), mismatch(loader.check::<Model>(named(&MODEL)))] {
        let hint = "the pattern `head.*` of `Loader::ignore` hides it; narrow the pattern, or declare the parameter as an `Option`";
        assert_eq!(hints(&report), [("head.a", hint), ("head.b", hint)]);
    }
    let refused: LoadError =
        loader.stream::<Model, LoadError>(named(&MODEL), |_| panic!("nothing is read")).unwrap_err();
    assert_eq!(refused.report().unwrap().missing.len(), 2);
    // a pattern without a star, after a renaming, for one of many layers
    let loader = Loader::new().strip_prefix("model.").ignore(["layers.1.b"]);
    let file =
        [("model.layers.1.b", vector(&[1.0, 1.0]))].into_iter().chain(named(&MODEL[..3])).chain(named(&MODEL[4..]));
    let report = mismatch(loader.load::<Model>(file.collect::<Vec<_>>()));
    let hint = "the pattern `layers.1.b` of `Loader::ignore` hides it; remove the pattern, or declare the parameter as an `Option`";
    assert_eq!(hints(&report), [("layers.1.b", hint)]);

    // followed word for word: an `Option`
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct WithOption {
        #[param(shape = [2])]
        a: Option<Tensor<f32>>,
        #[param(shape = [2])]
        b: Tensor<f32>,
    }
    let loaded = Loader::new().ignore(["a"]).load::<WithOption>(named(&["a", "b"])).unwrap();
    assert!(loaded.module.a.is_none());
    assert_eq!(loaded.report.ignored, ["a"]);
}

#[test]
fn an_ignored_last_layer_is_no_layer() {
    let loaded = Loader::new().ignore(["layers.1.*"]).load::<Model>(named(&MODEL)).unwrap();
    assert_eq!(
        (loaded.module.layers.len(), loaded.report.ignored),
        (1, vec!["layers.1.a".into(), "layers.1.b".into()])
    );
    // all of them
    assert!(Loader::new().ignore(["layers.*"]).load::<Model>(named(&MODEL)).unwrap().module.layers.is_empty());
    // half of one is one
    let report = mismatch(Loader::new().ignore(["layers.1.a"]).load::<Model>(named(&MODEL)));
    assert_eq!(paths(&report.missing), ["layers.1.a"]);
    // a gap is a gap, and the pattern that makes it is named
    let report = mismatch(Loader::new().ignore(["x", "layers.0.*"]).load::<Model>(named(&MODEL)));
    assert_eq!((paths(&report.name), report.missing.len()), (vec!["layers"], 0));
    let found = "1 of them, the last is 1, the first absent one is 0, which `ignore` hides with `layers.0.*`";
    assert_eq!(report.name[0].found.as_deref(), Some(found));
    assert_eq!(report.name[0].hints, ["narrow the pattern, or ignore the items behind it too"]);

    // a length that the type or the value says, and one with a name
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Fixed {
        layers: [Pair; 2],
        #[module(len = "count")]
        named: Vec<Pair>,
    }
    let names =
        ["layers.0.a", "layers.0.b", "layers.1.a", "layers.1.b", "named.0.a", "named.0.b", "named.1.a", "named.1.b"];
    let loaded = Loader::new().ignore(["named.1.*"]).load::<Fixed>(named(&names)).unwrap();
    assert_eq!(loaded.report.dim("count"), Some(1));
    let report = mismatch(Loader::new().ignore(["layers.1.*"]).load::<Fixed>(named(&names)));
    assert_eq!(paths(&report.missing), ["layers.1.a", "layers.1.b"]);
    // the pattern explains it, and nobody needs to change the length
    assert!(report.hints.is_empty() && hints(&report)[0].1.contains("`layers.1.*`"), "{report}");
    let report = mismatch(Loader::new().ignore(["layers.1.*"]).update(&mut model(2), named(&MODEL)));
    assert!(report.hints.is_empty() && report.missing.len() == 2, "{report}");
    // a component that is no index, if it is ignored
    let loose = [&named(&MODEL)[..], &named(&["layers.01.a"])].concat();
    assert_eq!(paths(&mismatch(Loader::new().load::<Model>(&*loose)).name), ["layers.01"]);
    accepted(&Loader::new().ignore(["layers.01.*"]), &mut model(2), &loose);
}

#[test]
fn options_maps_and_enums_are_decided_without_ignored_names() {
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    enum Kind {
        Apart(Pair),
        Fused(#[param(rename = "ab", shape = [2])] Tensor<f32>),
    }
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Open {
        option: Option<Pair>,
        map: BTreeMap<String, Pair>,
        kind: Kind,
    }
    let names = ["option.a", "option.b", "map.x.a", "map.x.b", "map.y.a", "map.y.b", "kind.a", "kind.b", "kind.ab"];
    let loaded = Loader::new().ignore(["option.*", "map.y.*", "kind.ab"]).load::<Open>(named(&names)).unwrap();
    assert!(loaded.module.option.is_none() && matches!(loaded.module.kind, Kind::Apart(_)));
    assert!(loaded.module.map.keys().eq(["x"]));
    assert_eq!(loaded.report.ignored.len(), 5);
    let loader = Loader::new().ignore(["kind.a", "kind.b", "map.*", "option.b"]);
    let report = mismatch(loader.load::<Open>(named(&names)));
    assert_eq!((paths(&report.missing), report.variant.len()), (vec!["option.b"], 0));
    let loaded = loader.ignore(["option.a"]).load::<Open>(named(&names)).unwrap();
    assert!(loaded.module.option.is_none() && loaded.module.map.is_empty());
    assert!(matches!(loaded.module.kind, Kind::Fused(_)));
    // none is left
    let report = mismatch(Loader::new().ignore(["kind.*"]).load::<Open>(named(&names)));
    assert_eq!(paths(&report.variant), ["kind"]);
}

#[test]
fn a_variant_says_which_pattern_hides_its_parameter() {
    #[derive(Module)]
    #[module(crate = wb, ignore = ["qk"])]
    struct Fused {
        #[param(shape = [2])]
        qk: Tensor<f32>,
    }
    #[derive(Module)]
    #[module(crate = wb)]
    enum Attention {
        Apart {
            #[param(shape = [2])]
            q: Tensor<f32>,
            #[param(shape = [2])]
            k: Tensor<f32>,
        },
        Fused(Fused),
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Block {
        attention: Attention,
    }
    let why = |loader: Loader, names: &[&'static str]| {
        let report = mismatch(loader.check::<Block>(named(names)));
        report.variant[0].hints.clone()
    };
    let [apart, fused] = &why(Loader::new().ignore(["*.k"]), &["attention.q", "attention.k"])[..] else { panic!() };
    assert_eq!(apart, "`Apart`: `attention.k` is missing (the pattern `*.k` of `Loader::ignore` hides it)");
    assert_eq!(fused, "`Fused`: `attention.qk` is missing, `attention.q` is left over");
    // a pattern of the variant's own type
    let [_, fused] = &why(Loader::new(), &["attention.qk"])[..] else { panic!() };
    let hides = "(the pattern `qk` in `#[module(ignore = ..)]` on the type of `attention` hides it)";
    assert_eq!(*fused, format!("`Fused`: `attention.qk` is missing {hides}"));
}

#[test]
fn of_tied_parameters_the_one_that_is_left_is_enough() {
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Tied {
        #[param(shape = [2])]
        embedding: Tensor<f32>,
        #[param(shape = [2], tied = "embedding")]
        head: Tensor<f32>,
    }
    // they differ, and one of them is not there
    let file = [("embedding", vector(&[1.0, 2.0])), ("head", vector(&[3.0, 4.0]))];
    assert_eq!(paths(&mismatch(Loader::new().load::<Tied>(&file[..])).tied), ["head"]);
    for (ignored, left) in [("embedding", [3.0, 4.0]), ("head", [1.0, 2.0])] {
        let loaded = Loader::new().ignore([ignored]).load::<Tied>(&file[..]).unwrap();
        assert_eq!((loaded.module.embedding.as_slice(), loaded.module.head.as_slice()), (&left[..], &left[..]));
        assert_eq!(loaded.report.ignored, [ignored]);
    }
    let report = mismatch(Loader::new().ignore(["*"]).load::<Tied>(&file[..]));
    assert_eq!(paths(&report.missing), ["embedding"]);
}

#[test]
fn a_source_that_is_ignored_is_absent() {
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Composed {
        #[param(shape = [2], from = slice(dim = 0, of = "ab"))]
        a: Option<Tensor<f32>>,
        #[param(shape = [2], from = slice(dim = 0, of = "ab", start = 2))]
        b: Option<Tensor<f32>>,
        #[param(shape = [_, 2], from = stack(dim = 0, "experts.{}.w"))]
        experts: Option<Tensor<f32>>,
        #[param(shape = [4], from = concat(dim = 0, "c": 2, "d": 2))]
        joined: Tensor<f32>,
    }
    let names = ["experts.0.w", "experts.1.w", "experts.2.w", "c", "d"];
    let file = [&named(&names)[..], &[("ab", vector(&[1.0, 2.0, 3.0, 4.0]))]].concat();
    let load = |patterns: &[&str]| Loader::new().ignore(patterns.iter().copied()).load::<Composed>(&*file);
    let loaded = load(&["ab", "experts.2.*"]).unwrap().module;
    assert!(loaded.a.is_none() && loaded.b.is_none());
    assert_eq!(**loaded.experts.unwrap().shape(), [2, 2]);
    assert!(load(&["experts.*"]).unwrap().module.experts.is_none());
    let report = mismatch(load(&["d"]));
    assert_eq!(paths(&report.missing), ["d"]);
    let hints = &report.missing[0].hints;
    assert_eq!(hints[1], "the pattern `d` of `Loader::ignore` hides it; remove the pattern", "{hints:?}");
    // a gap in a stack
    let report = mismatch(load(&["experts.0.w"]));
    assert_eq!((paths(&report.missing), paths(&report.unexpected)), (vec!["experts.0.w"], vec!["experts.2.w"]));
}

#[test]
fn patterns_of_a_type_hide_names_below_the_module_wherever_it_is() {
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb, ignore = ["c", "*.old"])]
    struct Block {
        #[param(shape = [2])]
        a: Tensor<f32>,
        #[param(shape = [2])]
        c: Option<Tensor<f32>>,
    }
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb, ignore = ["layers.1.*", "x.y", "alias.a.more"])]
    struct Model {
        layers: Vec<Block>,
        #[module(alias = "alias")]
        named: Block,
        #[module(flatten)]
        flat: Block,
        map: BTreeMap<String, Block>,
        absent: Option<Block>,
    }
    let names = [
        "layers.0.a",
        "layers.0.c",
        "layers.1.a",
        "layers.2.c",
        "layers.2.x.old",
        "alias.a",
        "alias.c",
        "alias.x.old",
        "a",
        "c",
        "map.k.a",
        "map.k.c",
        "map.l.c",
        "absent.c",
        "absent.x.old",
        "x.y",
    ];
    let loaded = Loader::new().load::<Model>(named(&names)).unwrap();
    let Model { layers, named: inner, flat, map, absent } = loaded.module;
    // a layer of which every name is ignored is none, whoever ignores them
    assert_eq!((layers.len(), map.len(), absent.is_none()), (1, 1, true));
    assert!([&layers[0], &inner, &flat, &map["k"]].into_iter().all(|block| block.c.is_none()));
    assert_eq!(loaded.report.ignored.len(), names.len() - 4);
    assert_eq!(loaded.report.stale_ignores, ["alias.a.more"]);
    // what is missing names the type's pattern, and the module
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb, ignore = ["b"])]
    struct Hidden {
        #[module(flatten)]
        pair: Pair,
    }
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb, ignore = ["*s.0.a"])]
    struct Around {
        hiddens: [Hidden; 2],
    }
    let file = named(&["hiddens.0.a", "hiddens.0.b", "hiddens.1.a", "hiddens.1.b"]);
    let report = mismatch(Loader::new().load::<Around>(&*file));
    let or = "hides it; narrow the pattern, or declare the parameter as an `Option`";
    assert_eq!(
        hints(&report)[0],
        ("hiddens.0.a", &*format!("the pattern `*s.0.a` in `#[module(ignore = ..)]` on the module {or}"))
    );
    let text = report.to_string();
    let folded =
        "the pattern `b` in `#[module(ignore = ..)]` on the type of `hiddens.{0..=1}` hides it; remove the pattern";
    assert!(text.contains(folded), "{text}");
}
