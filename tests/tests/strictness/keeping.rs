//! Parameters that an update leaves as they are, whatever the file has for them.

use std::collections::BTreeMap;

use wb::{LoadError, Loader, Module, Rule, Source, Tensor};
use weighbridge_tests::contents;

use super::{Named, Pair, mismatch, pair, paths, vector};

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Model {
    body: Pair,
    #[param(shape = ["classes"], alias = "old_head")]
    head: Tensor<f32>,
}

fn model() -> Model {
    Model { body: pair(), head: Tensor::new([3], vec![1.0, 2.0, 3.0]).unwrap() }
}

fn body() -> Vec<Named> {
    vec![("body.a", vector(&[5.0, 6.0])), ("body.b", vector(&[7.0, 8.0]))]
}

#[test]
fn what_is_kept_stays_whatever_the_file_has_for_it() {
    let whatever: [&[Named]; 6] = [
        // of another shape, of another dtype, absent, as it should be, under an alias, under both names
        &[("head", vector(&[0.0; 1000]))],
        &[("head", Tensor::<i64>::zeros([3]).into())],
        &[],
        &[("head", vector(&[9.0; 3]))],
        &[("old_head", vector(&[9.0; 2]))],
        &[("head", vector(&[9.0; 3])), ("old_head", vector(&[9.0; 2]))],
    ];
    for head in whatever {
        let mut updated = model();
        let report = Loader::new().keep(["head*"]).update(&mut updated, &*[&body()[..], head].concat()).unwrap();
        assert_eq!((&updated.head, updated.body.b.as_slice()), (&model().head, &[7.0, 8.0][..]));
        assert_eq!((&report.kept[..], report.fitting_count), (&["head".to_owned()][..], 2));
        // what the file has for it is noted, and binds no dim: the value that is kept does
        assert!(report.ignored.iter().eq(head.iter().map(|(name, _)| name)), "{:?}", report.ignored);
        assert_eq!((report.dim("classes"), report.dims.len(), report.unexpected.len()), (Some(3), 1, 0), "{report:?}");
        assert!(report.stale_keeps.is_empty() && report.aliased.is_empty(), "{report:?}");
        assert!(
            report.to_string().starts_with("a list of pairs matches Model: 2 of 3 parameters fit, 1 kept as it was"),
            "{report}"
        );
    }
}

#[test]
fn all_others_stay_strict() {
    let loader = Loader::new().keep(["head", "tail.*"]);
    let before = contents(&model());
    for wrong in [
        vec![("body.a", vector(&[5.0, 6.0]))],
        vec![("body.a", vector(&[5.0, 6.0])), ("body.b", vector(&[7.0]))],
        [&body()[..], &[("head.more", vector(&[1.0]))]].concat(),
        [&body()[..], &[("extra", vector(&[1.0]))]].concat(),
    ] {
        let mut updated = model();
        let report = mismatch(loader.update(&mut updated, &*wrong));
        assert_eq!((report.findings().count(), &report.kept[..]), (1, &["head".to_owned()][..]), "{report}");
        assert!(contents(&updated) == before);
    }
    // a pattern that fits no parameter is noted, and no other
    let report = loader.update(&mut model(), &*body()).unwrap();
    assert_eq!(report.stale_keeps, ["tail.*"]);
    let text = report.to_string();
    assert_eq!(text.lines().last(), Some("keep        `tail.*` fits no parameter; remove it if it is out of date"));
    // patterns are over the paths of the module, and not over the names of the file, and are whole
    for pattern in ["old_head", "hea", "model.head"] {
        let file = [&body()[..], &[("old_head", vector(&[1.0; 3]))]].concat();
        let report = Loader::new().keep([pattern]).update(&mut model(), &*file).unwrap();
        assert_eq!((report.stale_keeps, report.kept.len()), (vec![pattern.to_owned()], 0));
    }
    // with other switches
    let report =
        Loader::new().keep(["body.a"]).missing(Rule::Allow).update(&mut model(), [("body.a", vector(&[1.0]))]).unwrap();
    assert_eq!(report.kept, ["body.a", "body.b", "head"]);
    // ignored and kept: the call that the hint of an ignored parameter names
    let file = [&body()[..], &[("head", vector(&[1.0; 3]))]].concat();
    let loader = Loader::new().ignore(["h*d"]);
    let report = mismatch(loader.update(&mut model(), &*file));
    assert!(report.missing[0].hints[0].contains("say `loader.keep([\"h*d\"])`"), "{report}");
    let report = loader.keep(["h*d"]).update(&mut model(), &*file).unwrap();
    assert_eq!((report.kept, report.ignored), (vec!["head".to_owned()], vec!["head".to_owned()]));
}

#[test]
fn a_new_module_has_nothing_to_keep() {
    let loader = Loader::new().keep(["head", "a\"b"]);
    let absent = || Source::from("no/such/file.safetensors");
    let errors = [
        loader.load::<Model>(absent()).unwrap_err(),
        loader.check::<Model>(absent()).unwrap_err(),
        loader.stream::<Model, LoadError>(absent(), |_| unreachable!()).unwrap_err(),
    ];
    for error in errors {
        let LoadError::Keep { patterns } = &error else { panic!("{error}") };
        assert_eq!(patterns, &["head", "a\"b"]);
        let text = r#"`keep(["head", "a\"b"])` leaves parameters of a module as they are, and here there is no module yet; use `Loader::update`, or remove it"#;
        assert_eq!(error.to_string(), text);
    }
    loader.update(&mut model(), &*body()).unwrap();
}

#[test]
fn kept_parts_of_lists_maps_and_options() {
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Parts {
        layers: Vec<Pair>,
        map: BTreeMap<String, Pair>,
        some: Option<Pair>,
        none: Option<Pair>,
    }
    let parts =
        Parts { layers: vec![pair(); 2], map: [("k".to_owned(), pair())].into(), some: Some(pair()), none: None };
    let all = ["layers.0.a", "layers.0.b", "layers.1.a", "layers.1.b", "map.k.a", "map.k.b", "some.a", "some.b"];
    let file: Vec<Named> = all.iter().map(|name| (*name, vector(&[5.0, 6.0]))).collect();
    let keep = ["layers.1.*", "map.k.b", "some.*", "none.*"];
    let mut updated = parts.clone();
    let report = Loader::new().keep(keep).update(&mut updated, &*file).unwrap();
    assert_eq!(report.kept, ["layers.1.a", "layers.1.b", "map.k.b", "some.a", "some.b"]);
    assert_eq!((report.ignored.len(), report.stale_keeps), (5, vec!["none.*".to_owned()]));
    assert_eq!((&updated.layers[1], &updated.some, &updated.map["k"].b), (&parts.layers[1], &parts.some, &pair().b));
    assert_eq!((updated.layers[0].a.as_slice(), updated.map["k"].a.as_slice()), (&[5.0, 6.0][..], &[5.0, 6.0][..]));
    // a file that ends before them; one that has more than the module is refused
    let report = Loader::new().keep(["layers.1.*", "map.*", "some.*"]).update(&mut updated, &file[..2]).unwrap();
    assert!(report.kept.len() == 6 && report.ignored.is_empty());
    let more = [&file[..], &[("layers.2.a", vector(&[1.0])), ("none.a", vector(&[1.0]))]].concat();
    let report = mismatch(Loader::new().keep(["layers.*", "none.*"]).update(&mut updated, &*more));
    assert_eq!(paths(&report.unexpected), ["layers.2.a", "none.a"]);
}

#[test]
fn of_a_fused_tensor_the_rest_is_read() {
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Fused {
        #[param(shape = [2], from = slice(dim = 0, of = "qk"))]
        q: Tensor<f32>,
        #[param(shape = [2], from = slice(dim = 0, of = "qk", start = 2))]
        k: Tensor<f32>,
        #[param(shape = [4], from = concat(dim = 0, "c": 2, "d": 2))]
        joined: Tensor<f32>,
    }
    let fused = Fused { q: Tensor::zeros([2]), k: Tensor::zeros([2]), joined: Tensor::zeros([4]) };
    let file = |qk: &[f32]| [("qk", vector(qk)), ("c", vector(&[1.0, 2.0])), ("d", vector(&[3.0, 4.0]))];
    let mut updated = fused.clone();
    let report = Loader::new().keep(["q"]).update(&mut updated, file(&[1.0, 2.0, 3.0, 4.0])).unwrap();
    assert_eq!((updated.q.as_slice(), updated.k.as_slice()), (&[0.0, 0.0][..], &[3.0, 4.0][..]));
    assert_eq!((report.kept, report.ignored), (vec!["q".to_owned()], vec!["qk[0..2]".to_owned()]));
    // what no parameter takes is unexpected, as ever, unless all that would take any of it are kept
    let long = file(&[1.0; 6]);
    assert_eq!(paths(&mismatch(Loader::new().keep(["q"]).update(&mut updated, long.clone())).unexpected), ["qk"]);
    let mut updated = fused.clone();
    let report = Loader::new().keep(["q", "k", "joined"]).update(&mut updated, long).unwrap();
    assert_eq!((updated, report.ignored), (fused.clone(), ["qk", "c", "d"].map(str::to_owned).to_vec()));
    // a source that is missing, too
    let report = Loader::new().keep(["joined"]).update(&mut fused.clone(), &file(&[1.0; 4])[..2]).unwrap();
    assert_eq!((report.kept, report.ignored), (vec!["joined".to_owned()], vec!["c".to_owned()]));
}

#[test]
fn tied_parameters_are_kept_together() {
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Tied {
        #[param(shape = [2])]
        embedding: Tensor<f32>,
        #[param(shape = [2], tied = "embedding")]
        head: Tensor<f32>,
    }
    let tied = || {
        let embedding = Tensor::new([2], vec![1.0, 2.0]).unwrap();
        Tied { head: embedding.clone(), embedding }
    };
    let file = [("embedding", vector(&[5.0, 6.0]))];
    for (kept, found) in [
        ("head", "kept, while `embedding`, which it is tied to, is not"),
        ("embedding", "not kept, while `embedding`, which it is tied to, is"),
    ] {
        let mut updated = tied();
        let report = mismatch(Loader::new().keep([kept]).update(&mut updated, file.clone()));
        assert_eq!((paths(&report.tied), report.findings().count()), (vec!["head"], 1));
        assert_eq!(report.tied[0].found.as_deref(), Some(found));
        let hint = "the module holds them as one tensor; say `loader.keep([\"head\", \"embedding\"])` for both, or keep neither";
        assert_eq!(report.tied[0].hints, [hint]);
        assert!(contents(&updated) == contents(&tied()));
    }
    // both, with the tensors of the file that differ; and neither
    let mut updated = tied();
    let differ = [("embedding", vector(&[5.0, 6.0])), ("head", vector(&[7.0, 8.0]))];
    let report = Loader::new().keep(["head", "embedding"]).update(&mut updated, differ).unwrap();
    assert!(report.kept.len() == 2 && report.ignored.len() == 2 && report.shared.is_empty(), "{report:?}");
    assert!(contents(&updated) == contents(&tied()));
    Loader::new().update(&mut updated, file).unwrap();
    assert_eq!(updated.head.as_slice(), [5.0, 6.0]);
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Headed {
    #[param(shape = ["classes", "hidden"])]
    head: Tensor<f32>,
    #[param(shape = [2 * "hidden"])]
    wide: Option<Tensor<f32>>,
    #[param(shape = ["hidden"])]
    body: Tensor<f32>,
}

fn headed(hidden: usize) -> Headed {
    let wide = Some(Tensor::zeros([2 * hidden]));
    Headed { head: Tensor::zeros([3, hidden]), wide, body: Tensor::zeros([hidden]) }
}

/// Names have one number in a load, and a value that is kept has numbers too.
#[test]
fn a_value_that_is_kept_has_the_numbers_of_the_load() {
    let file: [Named; 3] = [("head", vector(&[0.0; 9])), ("wide", vector(&[0.0; 12])), ("body", vector(&[0.0; 6]))];
    let loader = Loader::new().keep(["head", "wide"]);
    let report = loader.update(&mut headed(6), &file).unwrap();
    assert_eq!((report.dim("hidden"), report.dim("classes")), (Some(6), Some(3)));

    let mut narrow = headed(4);
    let report = mismatch(loader.update(&mut narrow, &file));
    assert_eq!(paths(&report.dim), ["head", "wide"]);
    let text = report.to_string();
    for line in [
        "dim         head  expected hidden = 6 (from `body`), found 4\n",
        "dim         wide  expected 2 * hidden = 12, where hidden = 6 (from `body`), found 8\n",
        "the module keeps this parameter, and its value is of another size; make it of this one, or do not keep it",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert_eq!(narrow, headed(4));
    // the remedies
    narrow.head = Tensor::zeros([3, 6]);
    narrow.wide = Some(Tensor::zeros([12]));
    loader.update(&mut narrow, &file).unwrap();
    assert_eq!(narrow, headed(6));
    let whole: [Named; 3] = [("head", Tensor::<f32>::zeros([2, 6]).into()), file[1].clone(), file[2].clone()];
    Loader::new().update(&mut headed(4), &whole).unwrap();

    // what the caller says holds for it too, and so it is where the file may lack a parameter
    let report = mismatch(loader.clone().dim("classes", 5).update(&mut headed(6), &file));
    assert!(report.to_string().contains("head  expected classes = 5 (from `Loader::dim`), found 3"), "{report}");
    let lenient = Loader::new().missing(Rule::Allow);
    lenient.update(&mut headed(6), &file[2..]).unwrap();
    assert_eq!(paths(&mismatch(lenient.update(&mut headed(4), &file[2..])).dim), ["head", "wide"]);
}
