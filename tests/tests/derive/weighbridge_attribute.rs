//! `#[weighbridge(..)]`, for types whose `#[module]` and `#[param]` belong to another derive.

use wb::{DType, Loader, Module, Tensor};
use weighbridge_tests::layers::full;

use super::{Norm, norm, there_and_back};

#[derive(Debug, PartialEq, Module)]
#[weighbridge(crate = wb, rename_all = "camelCase")]
#[weighbridge(ignore = ["*.inv_freq"])]
struct Model {
    #[weighbridge(param, shape = ["vocab", 2], dtype = ["F32", "BF16"], alias = "wte")]
    token_table: Tensor<f32>,
    #[weighbridge(shape = ["vocab", 2], dtype = ["F32", "BF16"], tied = "tokenTable", param)]
    head: Tensor<f32>,
    #[weighbridge(param)]
    #[weighbridge(rename = "proj.weight", shape = [2, 2], from = transpose)]
    projection: Tensor<f32>,
    #[weighbridge(param)]
    scale: [f32; 2],
    #[weighbridge(len = 2)]
    layers: Vec<Norm>,
    #[weighbridge(flatten)]
    last: Norm,
    #[module(constant)]
    middle: Norm,
    #[param = "of another derive"]
    #[weighbridge(skip = 1e-5)]
    epsilon: f32,
    choice: Choice,
}

#[derive(Debug, PartialEq, Module)]
#[weighbridge(crate = wb)]
enum Choice {
    Pair(#[weighbridge(param, shape = [4])] Tensor<f32>, #[weighbridge(rename = "norm")] Norm, #[module(skip)] ()),
    One {
        #[weighbridge(param, rename = "only")]
        number: f32,
    },
}

fn model(value: f32, choice: Choice) -> Model {
    let table = full([3, 2], value);
    Model {
        head: table.clone(),
        token_table: table,
        projection: full([2, 2], value),
        scale: [value; 2],
        layers: vec![norm(value), norm(value)],
        last: norm(value),
        middle: norm(value),
        epsilon: 1e-5,
        choice,
    }
}

#[test]
fn every_word_means_the_same() {
    let pair = |value| Choice::Pair(full([4], value), norm(value), ());
    let paths = [
        "tokenTable",
        "head",
        "proj.weight",
        "scale",
        "layers.0.weight",
        "layers.1.weight",
        "weight",
        "middle.weight",
        "choice.0",
        "choice.norm.weight",
    ];
    assert_eq!(model(0.0, pair(0.0)).parameter_paths(), paths);
    assert_eq!(there_and_back(&model(1.0, pair(1.0)), &mut model(0.0, pair(0.0))), model(1.0, pair(1.0)));
    let one = |number| Choice::One { number };
    assert_eq!(there_and_back(&model(1.0, one(1.0)), &mut model(0.0, one(0.0))), model(1.0, one(1.0)));

    let schema = Model::SCHEMA;
    let table = schema.parameter(0).unwrap();
    assert_eq!(table.dtypes(), [DType::F32, DType::BF16]);
    let two = ["scale", "layers.0.weight", "layers.1.weight", "weight", "middle.weight"];
    let mut pairs: Vec<_> = two.map(|name| (name, Tensor::<f32>::zeros([2]))).into();
    pairs.extend([
        ("wte", Tensor::zeros([3, 2])),
        ("proj.weight", Tensor::new([2, 2], vec![1.0, 2.0, 3.0, 4.0]).unwrap()),
    ]);
    pairs.extend([("choice.only", Tensor::new([], vec![7.0]).unwrap()), ("rope.inv_freq", Tensor::zeros([4]))]);
    let loaded = Loader::new().load::<Model>(pairs).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(loaded.module.projection.as_slice(), [1.0, 3.0, 2.0, 4.0]);
    assert_eq!((loaded.module.choice, loaded.module.epsilon), (one(7.0), 1e-5));
    assert_eq!((loaded.report.dim("vocab"), &loaded.report.ignored), (Some(3), &vec!["rope.inv_freq".to_owned()]));
}

/// Of a type with `#[weighbridge]`, `#[module]` says nothing, however it reads.
#[test]
fn attributes_of_the_other_derive_are_not_read() {
    #[derive(Module)]
    #[module(rename_all = "UPPERCASE")]
    #[weighbridge(crate = wb)]
    struct Both {
        #[module(rename = "elsewhere")]
        norm: Norm,
    }
    assert_eq!(Both::SCHEMA.parameter(0).unwrap().path(), "norm.weight");
}
