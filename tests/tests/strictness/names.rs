//! Renaming, ignoring, duplicates, aliases.

use wb::{Loader, Module, Rule, Tensor};
use weighbridge_tests::llama::{Llama, Model, Tiny};
use weighbridge_tests::{contents, fixture};

use super::{Pair, accepted, mismatch, pair, paths, refused, vector};

fn two(a: &'static str, b: &'static str) -> [super::Named; 2] {
    [(a, vector(&[5.0, 6.0])), (b, vector(&[7.0, 8.0]))]
}

/// Asserts that the loader makes the two names `a` and `b`.
#[track_caller]
fn becomes(loader: Loader, a: &'static str, b: &'static str) {
    let (module, _) = accepted(&loader, &mut pair(), &two(a, b));
    assert_eq!((module.a.as_slice(), module.b.as_slice()), (&[5.0, 6.0][..], &[7.0, 8.0][..]));
}

#[test]
fn renaming() {
    becomes(Loader::new().strip_prefix("model."), "model.a", "model.b");
    // only from the names that have it
    becomes(Loader::new().strip_prefix("model."), "model.a", "b");
    becomes(Loader::new().strip_prefix("x_"), "x_a", "x_b");
    becomes(Loader::new().rename("first", "a").rename("second", "b"), "first", "second");
    becomes(Loader::new().rename("encoder.weight", "a"), "encoder.weight", "b");
    // whole components only: `en` is no part of `encoder`
    let report = refused(&Loader::new().rename("first", "a").rename("sec", "b"), &mut pair(), &two("first", "second"));
    assert_eq!((paths(&report.missing), paths(&report.unexpected)), (vec!["b"], vec!["second"]));

    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Nested {
        inner: Pair,
    }
    let mut nested = Nested { inner: pair() };
    accepted(&Loader::new().add_prefix("inner."), &mut nested, &two("a", "b"));
    accepted(&Loader::new().rename("outer", "inner"), &mut nested, &two("outer.a", "outer.b"));
    accepted(&Loader::new().rename("x.y", "inner"), &mut nested, &two("x.y.a", "x.y.b"));
}

#[test]
fn renaming_in_order() {
    becomes(Loader::new().strip_prefix("model.").rename("first", "a"), "model.first", "b");
    becomes(Loader::new().add_prefix("x.").rename("x.first", "a").rename("x.second", "b"), "first", "second");
    // asked for the other way round, the first finds nothing to do; a finding names what is in the file
    let loader = Loader::new().rename("first", "a").strip_prefix("model.");
    let report = refused(&loader, &mut pair(), &two("model.first", "b"));
    assert_eq!((paths(&report.missing), paths(&report.unexpected)), (vec!["a"], vec!["model.first"]));
}

#[test]
fn renaming_real_files() {
    let file = fixture("llama-tied/model.safetensors");
    let loaded = Loader::new().strip_prefix("model.").load::<Model<Tiny, f32>>(&file).unwrap();
    let whole = Loader::new().load::<weighbridge_tests::llama::LlamaTied<Tiny>>(&file).unwrap();
    assert_eq!(loaded.module, whole.module.model);
}

#[test]
fn a_collision_after_renaming() {
    // both are named, and neither is taken, strict or not
    let pairs = [("model.a", vector(&[5.0, 6.0])), ("a", vector(&[1.0, 1.0])), ("b", vector(&[7.0, 8.0]))];
    for strict in [true, false] {
        let report = refused(&Loader::new().strict(strict).strip_prefix("model."), &mut pair(), &pairs);
        assert_eq!(paths(&report.duplicate), ["a"]);
        let found = report.duplicate[0].found.as_deref().unwrap();
        assert!(found.contains("`model.a`") && found.contains("`a`"), "{found}");
    }
    // without the renaming the names are two
    let (_, report) = accepted(&Loader::new().unexpected(Rule::Allow), &mut pair(), &pairs);
    assert_eq!(report.ignored, ["model.a"]);
}

#[test]
fn one_name_twice() {
    // among the names of the model, and among those that it does not have
    let pairs = [&two("a", "b")[..], &two("a", "c"), &two("c", "d")].concat();
    for strict in [true, false] {
        let report = refused(&Loader::new().strict(strict), &mut pair(), &pairs);
        assert_eq!(paths(&report.duplicate), ["a", "c"]);
    }
    // what is ignored is not there, however often
    let pairs = [&two("a", "b")[..], &two("c", "d"), &two("c", "d")].concat();
    assert_eq!(paths(&refused(&Loader::new(), &mut pair(), &pairs).duplicate), ["c", "d"]);
    let (_, report) = accepted(&Loader::new().ignore(["c", "d"]), &mut pair(), &pairs);
    assert_eq!(report.ignored, ["c", "d", "c", "d"]);
}

#[test]
fn ignoring() {
    let pairs = [&two("a", "b")[..], &two("rope.inv_freq", "x.rope.inv_freq")].concat();
    assert_eq!(paths(&refused(&Loader::new(), &mut pair(), &pairs).unexpected), ["rope.inv_freq", "x.rope.inv_freq"]);
    let loader = Loader::new().ignore(["*rope.inv_freq", "*.num_batches_tracked"]);
    let (_, report) = accepted(&loader, &mut pair(), &pairs);
    assert_eq!(report.ignored, ["rope.inv_freq", "x.rope.inv_freq"]);
    assert_eq!(report.stale_ignores, ["*.num_batches_tracked"]);
    // a pattern is a whole name
    let report = refused(
        &Loader::new().ignore(["rope"]).ignore(["*.inv_freq"]),
        &mut pair(),
        &[&pairs[..], &two("rope2", "c")].concat(),
    );
    assert_eq!(paths(&report.unexpected), ["c", "rope2"]);
    assert_eq!(report.stale_ignores, ["rope"]);
    // patterns are over the names after renaming
    let loader = Loader::new().strip_prefix("rope.").ignore(["inv_freq", "x.rope.*"]);
    assert_eq!(accepted(&loader, &mut pair(), &pairs).1.ignored, ["inv_freq", "x.rope.inv_freq"]);
}

#[test]
fn ignored_by_a_type() {
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb, ignore = ["inv_freq", "*.cache"])]
    struct Attention {
        #[param(shape = [2])]
        a: Tensor<f32>,
    }
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Model {
        layers: Vec<Attention>,
        #[param(shape = [2])]
        b: Tensor<f32>,
    }
    let attention = Attention { a: Tensor::zeros([2]) };
    let mut model = Model { layers: vec![attention.clone(), attention], b: Tensor::zeros([2]) };
    let good = [
        &two("layers.0.a", "layers.1.a")[..],
        &two("b", "layers.0.inv_freq"),
        &two("layers.1.x.cache", "layers.1.inv_freq"),
    ]
    .concat();
    let (_, report) = accepted(&Loader::new(), &mut model, &good);
    assert_eq!(report.ignored, ["layers.0.inv_freq", "layers.1.x.cache", "layers.1.inv_freq"]);
    assert!(report.stale_ignores.is_empty());
    // the patterns are the module's own: neither the root's, nor those of what is below it
    let bad = [&good[..], &two("inv_freq", "layers.0.y.inv_freq"), &two("cache", "layers.0.cache")].concat();
    assert_eq!(
        paths(&refused(&Loader::new(), &mut model, &bad).unexpected),
        ["cache", "inv_freq", "layers.0.cache", "layers.0.y.inv_freq"]
    );
    // a list that went stale
    let (_, report) = accepted(&Loader::new(), &mut model, &good[..4]);
    assert_eq!(report.stale_ignores, ["*.cache"]);
}

#[test]
fn each_of_many_modules_ignores_its_own() {
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb, ignore = ["*.scale", "steps", "*.cache"])]
    struct Expert {
        #[param(shape = [2])]
        a: Tensor<f32>,
    }
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb, ignore = ["*.mask", "*.cache"])]
    struct Layer {
        experts: Vec<Expert>,
    }
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb, ignore = ["stale.*", "*.scale.*"])]
    struct Model {
        layers: Vec<Layer>,
        // says what is below it, under whichever of its names it is there
        #[module(alias = "old.norm")]
        norm: Expert,
        // nothing of it is in the file
        none: Option<Layer>,
    }
    let expert = Expert { a: Tensor::zeros([2]) };
    let layers = vec![Layer { experts: vec![expert.clone(); 40] }; 20];
    let mut model = Model { layers, norm: expert, none: None };
    let (mut good, mut ignored) = (vec![("old.norm.a", vector(&[0.0, 0.0]))], Vec::new());
    for (layer, expert) in (0..20).flat_map(|layer| (0..40).map(move |expert| (layer, expert))) {
        let name = |below: &str| &*format!("layers.{layer}.experts.{expert}.{below}").leak();
        good.push((name("a"), vector(&[0.0, 0.0])));
        ignored.extend(["x.scale", "steps", "x.mask", "y.scale.x"].map(name));
    }
    // what it ignores under the name that the file has it by, and under the one that then has nothing
    ignored.extend(["old.norm.steps", "old.norm.x.scale", "norm.steps"]);
    good.extend(ignored.iter().map(|&name| (name, vector(&[1.0]))));
    let (_, report) = accepted(&Loader::new().ignore(["*.none", "steps"]), &mut model, &good);
    assert_eq!((report.ignored.len(), report.ignored), (3203, ignored.iter().map(|&name| name.to_owned()).collect()));
    // one that fits anywhere is not stale anywhere, whoever says it
    assert_eq!(report.stale_ignores, ["*.none", "stale.*", "*.cache"]);

    let other = [
        "experts.0.steps",
        "layers.1.experts.2.x.steps",
        "layers.1.experts.40.steps",
        "layers.1.scale",
        "layers.20.steps",
        "steps",
    ];
    good.extend(other.map(|name| (name, vector(&[1.0]))));
    // an update knows no item beyond those that the module has
    let report = mismatch(Loader::new().update(&mut model, &*good));
    assert_eq!(paths(&report.unexpected), other);
}

#[derive(Clone, Debug, Module)]
#[module(crate = wb)]
struct Norm {
    #[param(shape = [2], alias = ["gamma", "scale"])]
    weight: Tensor<f32>,
    #[module(alias = "old")]
    inner: Option<Pair>,
}

#[test]
fn aliases() {
    for name in ["weight", "gamma", "scale"] {
        let mut norm = Norm { weight: Tensor::zeros([2]), inner: None };
        let (norm, report) = accepted(&Loader::new(), &mut norm, &[(name, vector(&[5.0, 6.0]))]);
        assert_eq!(norm.weight.as_slice(), [5.0, 6.0]);
        let aliased: Vec<_> = report.aliased.iter().map(|note| (&*note.path, &*note.name)).collect();
        assert_eq!(aliased, if name == "weight" { vec![] } else { vec![("weight", name)] });
        // it is saved under its own name
        assert_eq!(norm.parameter_paths(), ["weight"]);
    }
    // of a module
    let pairs = [&two("old.a", "old.b")[..], &[("gamma", vector(&[5.0, 6.0]))]].concat();
    let norm = Norm::from_weights(&pairs[..]).unwrap();
    assert_eq!(norm.inner.unwrap().b.as_slice(), [7.0, 8.0]);
}

/// One model as it was published over the years: with and without `model.`, and with the names that TensorFlow gave to
/// what a norm has.
#[derive(Debug, Module)]
#[module(crate = wb, rename_all = "camelCase")]
struct Published {
    #[module(rename = "model.norm", alias = ["norm", "transformer.LayerNorm"])]
    layer_norm: PublishedNorm,
    #[param(shape = [2], alias = "wte")]
    token_table: Tensor<f32>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct PublishedNorm {
    #[param(shape = [2], alias = "gamma")]
    weight: Tensor<f32>,
    #[param(shape = [2], alias = "beta")]
    bias: Tensor<f32>,
}

#[test]
fn several_published_spellings_load_into_one_struct() {
    let spellings = [
        ["model.norm.weight", "model.norm.bias", "tokenTable"],
        ["norm.weight", "norm.bias", "tokenTable"],
        ["transformer.LayerNorm.gamma", "transformer.LayerNorm.beta", "wte"],
        ["model.norm.gamma", "model.norm.bias", "wte"],
    ];
    for names in spellings {
        let pairs = [(names[0], vector(&[1.0, 2.0])), (names[1], vector(&[3.0, 4.0])), (names[2], vector(&[5.0, 6.0]))];
        let loaded = Loader::new().load::<Published>(pairs).unwrap();
        assert_eq!(loaded.module.layer_norm.weight.as_slice(), [1.0, 2.0]);
        assert_eq!(loaded.module.layer_norm.bias.as_slice(), [3.0, 4.0]);
        assert_eq!(loaded.module.parameter_paths(), ["model.norm.weight", "model.norm.bias", "tokenTable"]);
    }
    // of two spellings in one file, both are named
    let pairs = [("norm.weight", vector(&[1.0, 2.0])), ("model.norm.weight", vector(&[1.0, 2.0]))];
    let report = mismatch(Loader::new().load::<Published>(pairs));
    assert_eq!(report.duplicate[0].found.as_deref(), Some("`model.norm` and `norm` are both there"));
}

#[test]
fn two_names_of_one_parameter() {
    let mut norm = Norm { weight: Tensor::zeros([2]), inner: None };
    for strict in [true, false] {
        let report = refused(&Loader::new().strict(strict), &mut norm, &two("gamma", "scale"));
        assert_eq!((paths(&report.duplicate), report.unexpected.len()), (vec!["weight"], 0));
        let found = report.duplicate[0].found.as_deref().unwrap();
        assert!(found.contains("`gamma`") && found.contains("`scale`"), "{found}");
        let modules =
            [&two("old.a", "old.b")[..], &two("inner.a", "inner.b"), &[("weight", vector(&[1.0; 2]))]].concat();
        let report = mismatch(Loader::new().strict(strict).load::<Norm>(&modules[..]));
        assert_eq!(paths(&report.duplicate), ["inner"]);
    }
}

#[test]
fn hints_name_what_would_help() {
    let file = fixture("llama-sharded");
    // the model is below its own name, beside a head
    let report = mismatch(Model::<Tiny, f32>::from_weights(&file));
    assert!(report.to_string().contains("say `Loader::new().subtree(\"model\")`"), "{report}");
    let loaded = Loader::new().subtree("model").load::<Model<Tiny, f32>>(&file).unwrap();
    assert_eq!(contents(&loaded.module), contents(&Llama::<Tiny>::from_weights(&file).unwrap().model));
}
