//! Modules that take arguments: one type in many sizes, without constants.

use wb::{AnyTensor, Checkpoint, DimSchema, Loader, Module, Tensor};

use super::{Named, accepted, paths, refused};

const WIDTH: usize = 6;

/// As many models have it.
#[derive(Clone, Debug, Module)]
#[module(crate = wb, args(in, out, bias = false))]
struct Linear {
    #[param(shape = ["out", "in"])]
    weight: Tensor<f32>,
    #[param(shape = ["out"], when = "bias")]
    bias: Option<Tensor<f32>>,
}

#[derive(Clone, Debug, Module)]
#[module(crate = wb, args(dim))]
struct Norm {
    #[param(shape = ["dim"])]
    weight: Tensor<f32>,
}

#[derive(Clone, Debug, Module)]
#[module(crate = wb)]
struct Attention {
    #[module(args(in = "hidden", out = "heads" * "head_dim", bias = "attention_bias"))]
    q: Linear,
    #[module(args(in = "hidden", out = "kv" * "head_dim", bias = "attention_bias"))]
    k: Linear,
    #[module(args(in = "heads" * "head_dim", out = "hidden"))]
    o: Linear,
    #[module(args(dim = "head_dim"))]
    norm: Norm,
}

#[derive(Clone, Debug, Module)]
#[module(crate = wb)]
struct Model {
    #[param(shape = ["vocab", "hidden"])]
    embed: Tensor<f32>,
    layers: Vec<Attention>,
    #[module(args(in = "hidden", out = 3 * WIDTH, bias = true))]
    head: Linear,
}

fn zeros(name: &'static str, shape: &[usize]) -> Named {
    (name, Tensor::<f32>::zeros(shape).into())
}

/// Of 4 heads and 2 for keys, of 3 numbers each, and 5 hidden.
fn model() -> Vec<Named> {
    vec![
        zeros("embed", &[7, 5]),
        zeros("layers.0.q.weight", &[12, 5]),
        zeros("layers.0.q.bias", &[12]),
        zeros("layers.0.k.weight", &[6, 5]),
        zeros("layers.0.k.bias", &[6]),
        zeros("layers.0.o.weight", &[5, 12]),
        zeros("layers.0.norm.weight", &[3]),
        zeros("head.weight", &[18, 5]),
        zeros("head.bias", &[18]),
    ]
}

fn load(pairs: &[Named]) -> Result<wb::Loaded<Model>, wb::LoadError> {
    Loader::new().load::<Model>(pairs.to_vec())
}

#[test]
fn one_type_has_many_sizes() {
    let loaded = load(&model()).unwrap();
    let report = loaded.report;
    assert_eq!(
        (report.dim("hidden"), report.dim("head_dim"), report.dim("heads"), report.dim("kv")),
        (Some(5), Some(3), Some(4), Some(2))
    );
    // arguments are names of their module and not of the load
    assert_eq!((report.dim("in"), report.dim("out"), report.dim("dim")), (None, None, None));
    assert!(loaded.module.head.bias.is_some() && loaded.module.layers[0].o.bias.is_none());
}

#[test]
fn a_wrong_size_is_told_in_names_of_the_load() {
    let mut pairs = model();
    pairs[5] = zeros("layers.0.o.weight", &[5, 13]);
    let report = load(&pairs).unwrap_err().report().unwrap().clone();
    assert_eq!(paths(&report.dim), ["layers.0.o.weight"]);
    let expected = report.dim[0].expected.as_deref().unwrap();
    assert!(expected.starts_with("heads * head_dim = 12, where heads = 4 (from `layers.0.q."), "{expected}");
    assert!(expected.ends_with(" and head_dim = 3 (from `layers.0.norm.weight`)"), "{expected}");
    // a number of a constant is a shape
    let mut pairs = model();
    pairs[8] = zeros("head.bias", &[17]);
    let report = load(&pairs).unwrap_err().report().unwrap().clone();
    assert_eq!(paths(&report.shape), ["head.bias"]);
    assert_eq!(report.shape[0].expected.as_deref(), Some("[18]"));
}

#[test]
fn a_condition_that_is_said_decides() {
    // `o` has no bias, and `head` has one
    let mut pairs = model();
    pairs.push(zeros("layers.0.o.bias", &[5]));
    let report = load(&pairs).unwrap_err().report().unwrap().clone();
    assert_eq!(paths(&report.config), ["layers.0.o.bias"]);
    assert_eq!(report.config[0].expected.as_deref(), Some("nothing"));
    let mut pairs = model();
    pairs.pop();
    let report = load(&pairs).unwrap_err().report().unwrap().clone();
    assert_eq!(paths(&report.missing), ["head.bias"]);
}

#[test]
fn an_open_condition_is_the_same_everywhere() {
    let mut pairs = model();
    pairs.remove(4);
    let report = load(&pairs).unwrap_err().report().unwrap().clone();
    assert_eq!(paths(&report.config), ["layers.0.q.bias"]);
    let finding = &report.config[0];
    assert_eq!(finding.expected.as_deref(), Some("the same wherever a part is there by `attention_bias`"));
    assert_eq!(finding.found.as_deref(), Some("`layers.0.q.bias` is there, and `layers.0.k.bias` is not"));
    // without both, it is false
    pairs.remove(2);
    load(&pairs).unwrap();
}

#[test]
fn conditions_are_compared_without_what_is_decided() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Mixed {
        #[param(shape = [2], when = "kind" == "old" || "bias")]
        q: Option<Tensor<f32>>,
        #[param(shape = [2], when = !("kind" == "old") && "bias")]
        o: Option<Tensor<f32>>,
    }
    let pairs = || vec![zeros("q", &[2])];
    // where the kind is not known, the two are two conditions
    Loader::new().check::<Mixed>(pairs()).unwrap();
    Loader::new().config(&serde_json::json!({ "kind": "old" })).check::<Mixed>(pairs()).unwrap();
    let refused = Loader::new().config(&serde_json::json!({ "kind": "new" })).check::<Mixed>(pairs()).unwrap_err();
    let report = refused.report().unwrap();
    assert_eq!(paths(&report.config), ["q"]);
    assert_eq!(report.config[0].expected.as_deref(), Some("the same wherever a part is there by `bias`"));
}

#[test]
fn a_type_alone_has_its_arguments_as_names_of_the_load() {
    let pairs = [zeros("weight", &[4, 3])];
    let loaded = Loader::new().load::<Linear>(pairs.clone()).unwrap();
    assert_eq!((loaded.report.dim("in"), loaded.report.dim("out")), (Some(3), Some(4)));
    let refused = Loader::new().dim("in", 5).load::<Linear>(pairs).unwrap_err();
    assert_eq!(paths(&refused.report().unwrap().dim), ["weight"]);
}

/// Arguments go through lists, options, arrays, tuples, maps and flattened modules, and on into modules of modules.
#[derive(Clone, Debug, Module)]
#[module(crate = wb)]
struct Holder {
    #[module(args(in = "a", out = "b"))]
    list: Vec<Linear>,
    #[module(args(in = "a", out = 2 * "b"), when = "b" == 2)]
    option: Option<Linear>,
    #[module(args(in = "a", out = 3 * "b"))]
    array: [Linear; 2],
    #[module(args(in = "a", out = 4 * "b", dim = "c"))]
    tuple: (Linear, Norm),
    #[module(args(in = "a", out = 5 * "b"))]
    map: std::collections::BTreeMap<String, Linear>,
    #[module(flatten, args(width = 6 * "b"))]
    flat: Flat,
    #[module(args(in = _, out = "b"))]
    open: Vec<Linear>,
    #[module(args(width = "c"))]
    either: Either,
}

#[derive(Clone, Debug, Module)]
#[module(crate = wb, args(width))]
struct Flat {
    #[module(args(in = "a", out = "width" + 1))]
    inner: Linear,
}

#[derive(Clone, Debug, Module)]
#[module(crate = wb, args(width))]
enum Either {
    Wide {
        #[module(args(dim = 4 * "width"))]
        wide: Norm,
    },
    Narrow {
        #[module(args(dim = "width"))]
        narrow: Norm,
    },
}

fn holder() -> Vec<Named> {
    vec![
        zeros("list.0.weight", &[2, 5]),
        zeros("list.1.weight", &[2, 5]),
        zeros("option.weight", &[4, 5]),
        zeros("array.0.weight", &[6, 5]),
        zeros("array.1.weight", &[6, 5]),
        zeros("tuple.0.weight", &[8, 5]),
        zeros("tuple.1.weight", &[3]),
        zeros("map.x.weight", &[10, 5]),
        zeros("inner.weight", &[13, 5]),
        zeros("open.0.weight", &[2, 11]),
        zeros("open.1.weight", &[2, 12]),
        zeros("either.wide.weight", &[12]),
    ]
}

#[test]
fn arguments_go_where_the_module_is() {
    let loader = Loader::new();
    let loaded = loader.load::<Holder>(holder()).unwrap();
    assert!(matches!(loaded.module.either, Either::Wide { .. }));
    assert_eq!((loaded.report.dim("a"), loaded.report.dim("b"), loaded.report.dim("c")), (Some(5), Some(2), Some(3)));
    for (number, (name, tensor)) in holder().into_iter().enumerate() {
        let mut shape: Vec<usize> = tensor.shape().to_vec();
        shape[0] += 1;
        let mut pairs = holder();
        pairs[number] = zeros(name, &shape);
        let report = Loader::new().dim("a", 5).dim("b", 2).dim("c", 3).check::<Holder>(pairs).unwrap_err();
        let report = report.report().unwrap().clone();
        let found: Vec<String> = report.findings().map(|(_, finding)| finding.path.clone()).collect();
        let at = if name.starts_with("either") { "either" } else { name };
        assert_eq!(found, [at], "{report}");
    }
}

#[test]
fn an_open_argument_is_one_number_in_its_module() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Pair {
        #[module(args(in = "in", out = _, bias = true))]
        first: Linear,
        #[module(args(in = "in", out = _, bias = true))]
        second: Linear,
    }
    let pairs = |bias: usize| {
        vec![
            zeros("first.weight", &[4, 2]),
            zeros("first.bias", &[bias]),
            zeros("second.weight", &[5, 2]),
            zeros("second.bias", &[5]),
        ]
    };
    let report = Loader::new().load::<Pair>(pairs(4)).unwrap().report;
    assert_eq!(report.dims.into_iter().collect::<Vec<_>>(), [("in".to_owned(), 2)]);
    let refused = Loader::new().check::<Pair>(pairs(3)).unwrap_err();
    let report = refused.report().unwrap();
    assert_eq!(paths(&report.dim), ["first.bias"]);
    assert_eq!(report.dim[0].expected.as_deref(), Some("out = 4 (from `first.weight`)"));
}

#[test]
fn defaults_stand_in_for_what_nothing_says() {
    #[derive(Debug, Module)]
    #[module(crate = wb, defaults(head_dim = "hidden" / "heads"))]
    struct Head {
        #[param(shape = ["heads" * "head_dim", "hidden"])]
        q: Tensor<f32>,
    }
    let pairs = |rows: usize| vec![zeros("q", &[rows, 12])];
    let loader = || Loader::new().dim("heads", 4).dim("hidden", 12);
    assert_eq!(loader().load::<Head>(pairs(12)).unwrap().report.dim("head_dim"), Some(3));
    let refused = loader().check::<Head>(pairs(16)).unwrap_err();
    let expected = refused.report().unwrap().dim[0].expected.clone().unwrap();
    assert_eq!(
        expected.to_string(),
        "heads * head_dim = 12, where heads = 4 (from `Loader::dim`) and head_dim = 3 (by default hidden / heads)"
    );
    // what is said comes first
    assert_eq!(loader().dim("head_dim", 4).load::<Head>(pairs(16)).unwrap().report.dim("head_dim"), Some(4));
    // a default without a value leaves the name to the file
    let report = Loader::new().dim("heads", 5).dim("hidden", 12).load::<Head>(pairs(10)).unwrap().report;
    assert_eq!(report.dim("head_dim"), Some(2));
}

#[test]
fn two_defaults_of_one_name_are_told() {
    #[derive(Debug, Module)]
    #[module(crate = wb, defaults(width = 4 * "hidden"))]
    struct Outer {
        #[param(shape = ["width", "hidden"])]
        up: Tensor<f32>,
        inner: Inner,
    }
    #[derive(Debug, Module)]
    #[module(crate = wb, defaults(width = 2 * "hidden"))]
    struct Inner {
        #[param(shape = ["width"])]
        bias: Tensor<f32>,
    }
    let refused = Loader::new().check::<Outer>(vec![zeros("up", &[8, 2]), zeros("inner.bias", &[8])]).unwrap_err();
    let report = refused.report().unwrap();
    assert_eq!(paths(&report.dim), ["inner"]);
    assert_eq!(report.dim[0].expected.as_deref(), Some("width = 4 * hidden, as the module says"));
    assert_eq!(report.dim[0].found.as_deref(), Some("2 * hidden, as `inner` says"));
}

#[test]
fn parts_of_the_configuration_have_names_of_their_own() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Both {
        #[module(config_scope = "text_config")]
        text: Tower,
        #[module(config_scope = "vision_config")]
        vision: Tower,
    }
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Tower {
        #[module(args(in = "hidden", out = 2 * "hidden"))]
        up: Linear,
    }
    let pairs = vec![zeros("text.up.weight", &[8, 4]), zeros("vision.up.weight", &[6, 3])];
    let report = Loader::new().load::<Both>(pairs.clone()).unwrap().report;
    assert_eq!((report.dim("text_config.hidden"), report.dim("vision_config.hidden")), (Some(4), Some(3)));
    let refused = Loader::new().dim("vision_config.hidden", 4).check::<Both>(pairs).unwrap_err();
    let report = refused.report().unwrap();
    assert_eq!(paths(&report.dim), ["vision.up.weight", "vision.up.weight"]);
    assert!(report.dim.iter().any(|finding| finding.expected.as_deref()
        == Some("2 * vision_config.hidden = 8, where vision_config.hidden = 4 (from `Loader::dim`)")));
    assert!(Both::SCHEMA.dim_names().into_iter().eq(["text_config.hidden", "vision_config.hidden"]));
}

#[test]
fn the_schema_knows_what_constants_say() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Fixed {
        #[module(args(dim = 3 * WIDTH))]
        norm: Norm,
        #[module(args(dim = "hidden" + 1))]
        other: Norm,
    }
    assert_eq!(Fixed::SCHEMA.parameter(0).unwrap().dim(0), DimSchema::Is(18));
    assert_eq!(format!("{:?}", Fixed::SCHEMA.get("other.weight").unwrap().dim(0)), "Computed(hidden + 1)");
    assert_eq!(Fixed::SCHEMA.parameter_count(), Some(2));
    assert_eq!(<[Fixed; 1]>::SCHEMA.element_count(), None);
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Norms {
        #[module(args(dim = 3 * WIDTH))]
        norms: [Norm; 4],
    }
    const BYTES: Option<usize> = Norms::SCHEMA.byte_len();
    assert_eq!(BYTES, Some(4 * 18 * 4));
}

#[test]
fn a_tie_compares_what_arguments_stand_for() {
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Tied {
        #[module(args(in = "hidden", out = "vocab"))]
        embed: Linear,
        #[module(args(in = "hidden", out = "vocab"), tied = "embed", tied_when = "tie")]
        head: Linear,
    }
    let one = [zeros("embed.weight", &[4, 3])];
    let loaded = Loader::new().load::<Tied>(one.clone()).unwrap();
    assert_eq!(loaded.report.shared.len(), 1);
    let mut both = vec![zeros("embed.weight", &[4, 3])];
    both.push(zeros("head.weight", &[4, 3]));
    accepted(&Loader::new(), &mut loaded.module.clone(), &both);
    refused(
        &Loader::new(),
        &mut loaded.module.clone(),
        &[zeros("head.weight", &[4, 2]), zeros("embed.weight", &[4, 3])],
    );
}

/// A save writes what the load found: one tensor where the condition is true, and two where it is false, equal or not.
#[test]
fn a_tie_with_a_condition_is_saved_as_it_was_loaded() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = ["vocab", "hidden"])]
        embed: Tensor<f32>,
        #[param(shape = ["vocab", "hidden"], tied = "embed", tied_when = "tie")]
        head: Tensor<f32>,
    }
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("model.safetensors");
    let names = || {
        let saved = Checkpoint::open(&path).unwrap();
        saved.iter().map(|entry| entry.name().to_owned()).collect::<Vec<_>>()
    };
    let embed = ("embed", zeros("embed", &[4, 3]).1);
    let load = |tie: bool, head: Option<f32>| {
        let head = head.map(|value| ("head", Tensor::new([4, 3], vec![value; 12]).unwrap().into()));
        let pairs: Vec<(&str, AnyTensor)> = [embed.clone()].into_iter().chain(head).collect();
        Loader::new().config(&serde_json::json!({ "tie": tie })).load::<Model>(pairs).unwrap()
    };
    for (tie, head, saved, of_the_module) in [
        (true, None, &["embed"][..], &["embed"][..]),
        (true, Some(0.0), &["embed", "head"], &["embed"]),
        (false, Some(1.0), &["embed", "head"], &["embed", "head"]),
        // nothing of the module says that two equal tensors are two
        (false, Some(0.0), &["embed", "head"], &["embed"]),
    ] {
        let loaded = load(tie, head);
        loaded.save_weights(&path).unwrap();
        assert_eq!(names(), saved, "{tie} {head:?}");
        loaded.module.save_weights(&path).unwrap();
        assert_eq!(names(), of_the_module, "{tie} {head:?}");
    }
}

#[test]
fn a_default_can_be_true_or_false() {
    #[derive(Debug, Module)]
    #[module(crate = wb, defaults(attention_bias = false, qk_norm = !"attention_bias"))]
    struct Attention {
        #[module(args(in = 2, out = 2, bias = "attention_bias"))]
        q: Linear,
        #[module(args(dim = 2), when = "qk_norm")]
        norm: Option<Norm>,
    }
    let weight = || zeros("q.weight", &[2, 2]);
    Loader::new().check::<Attention>(vec![weight(), zeros("norm.weight", &[2])]).unwrap();
    let refused = Loader::new().check::<Attention>(vec![weight(), zeros("q.bias", &[2])]).unwrap_err();
    let report = refused.report().unwrap();
    assert_eq!((paths(&report.config), paths(&report.missing)), (vec!["q.bias"], vec!["norm.weight"]));
    let expected = report.config[0].expected.as_deref().unwrap();
    assert_eq!(expected, "nothing, as `attention_bias` is false, where attention_bias = false (by default false)");
    // what the configuration says comes first
    let config = serde_json::json!({ "attention_bias": true });
    Loader::new().config(&config).check::<Attention>(vec![weight(), zeros("q.bias", &[2])]).unwrap();
}

/// A value that is updated keeps its structure: a condition that says otherwise refuses the update, and changes nothing.
#[test]
fn an_update_of_a_value_that_a_condition_contradicts_is_refused() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Layers {
        #[module(args(in = 2, out = 2, bias = "bias"))]
        layers: Vec<Linear>,
    }
    let file = |has_bias: bool| {
        let mut pairs = vec![zeros("layers.0.weight", &[2, 2]), zeros("layers.1.weight", &[2, 2])];
        if has_bias {
            pairs.extend([zeros("layers.0.bias", &[2]), zeros("layers.1.bias", &[2])]);
        }
        pairs
    };
    for (value_has, file_has, is) in
        [(true, true, false), (true, false, false), (false, true, true), (false, false, true)]
    {
        let mut module = Loader::new().load::<Layers>(file(value_has)).unwrap().module;
        let loader = Loader::new().config(&serde_json::json!({ "bias": is }));
        let refused = loader.update(&mut module, file(file_has)).unwrap_err();
        assert!(refused.report().is_some(), "{value_has} {file_has} {is}: {refused}");
        assert!(module.layers.iter().all(|layer| layer.bias.is_some() == value_has));
    }
    for has in [true, false] {
        let mut module = Loader::new().load::<Layers>(file(has)).unwrap().module;
        Loader::new().config(&serde_json::json!({ "bias": has })).update(&mut module, file(has)).unwrap();
    }
}

#[test]
fn a_shape_that_another_field_declares_too_is_still_held_by_the_type() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Alike {
        #[param(shape = ["a", "b"])]
        any: Tensor<f32>,
        #[param(shape = ["a", "b"])]
        held: [[f32; 3]; 2],
    }
    let pairs = |a: usize| vec![zeros("any", &[a, 3]), zeros("held", &[a, 3])];
    Loader::new().load::<Alike>(pairs(2)).unwrap();
    let refused = Loader::new().load::<Alike>(pairs(4)).unwrap_err();
    assert_eq!(paths(&refused.report().unwrap().shape), ["held"]);
}
