//! What compile errors say to write, written and loaded. The mistakes are in `ui-tests/`.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use wb::{AnyTensor, Loader, Module, Tensor};

trait Config {
    const N: usize;
}

struct Two;

impl Config for Two {
    const N: usize = 2;
}

#[derive(Debug, Default, PartialEq)]
enum Activation {
    #[default]
    Relu,
    Gelu,
}

#[derive(Module)]
#[module(crate = wb)]
struct Norm {
    #[param(shape = [2])]
    weight: Tensor<f32>,
}

/// `C::N` in a type, `Rc`, `Vec<Vec<f32>>`, a number with a shape, `Vec<Option<_>>`, `usize`, a setting, a function, and a length of what may be absent.
#[derive(Module)]
#[module(crate = wb)]
struct Followed<C: Config> {
    #[param(shape = [C::N])]
    scale: Vec<f32>,
    #[module(len = C::N)]
    layers: Vec<Norm>,
    #[param(shape = [2])]
    shared: Arc<Tensor<f32>>,
    #[param(shape = [2, 3])]
    table: Tensor<f32>,
    #[param(shape = [_])]
    rows: Vec<Vec<f32>>,
    #[param]
    grid: [[f32; 3]; 2],
    #[module(len = 3)]
    holes: Vec<Option<Norm>>,
    adapters: BTreeMap<String, Norm>,
    #[param]
    step: i64,
    #[module(skip = 1e-5)]
    epsilon: f64,
    #[module(skip)]
    activation: Activation,
    #[module(skip = f32::abs)]
    function: fn(f32) -> f32,
    #[module(skip = vec![0.5; C::N * 2])]
    cache: Vec<f32>,
    #[module(skip)]
    next: Option<Box<Followed<C>>>,
    config: PhantomData<C>,
}

#[test]
fn fields_that_were_refused_in_another_form_load() {
    let zeros = |shape: &[usize]| AnyTensor::from(Tensor::<f32>::zeros(shape));
    let model = Followed::<Two>::from_weights([
        ("scale", zeros(&[2])),
        ("layers.0.weight", zeros(&[2])),
        ("layers.1.weight", zeros(&[2])),
        ("shared", zeros(&[2])),
        ("table", zeros(&[2, 3])),
        ("rows.0", zeros(&[4])),
        ("rows.1", zeros(&[5])),
        ("grid", zeros(&[2, 3])),
        ("holes.1.weight", zeros(&[2])),
        ("adapters.a.weight", zeros(&[2])),
        ("step", AnyTensor::from(Tensor::new([], vec![7_i64]).unwrap())),
    ])
    .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((model.scale.len(), model.layers.len(), model.rows[1].len(), model.step), (2, 2, 5, 7));
    assert_eq!(model.holes.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, false]);
    assert!(model.next.is_none() && model.adapters.contains_key("a"));
    assert_eq!((model.epsilon, model.activation, model.cache), (1e-5, Activation::Relu, vec![0.5; 4]));
    assert_ne!(Activation::Gelu, Activation::Relu);
    assert_eq!((model.function)(-2.0), 2.0);
    assert_eq!((model.shared.shape().len(), model.table.shape().len(), model.grid[1].len()), (1, 2, 3));
}

/// Thirteen in place of a tuple.
#[derive(Module)]
#[module(crate = wb)]
struct Many(Norm, Norm, Norm, Norm, Norm, Norm, Norm, Norm, Norm, Norm, Norm, Norm, #[param(shape = [1])] Tensor<f32>);

#[test]
fn a_tuple_struct_may_have_more_than_a_tuple() {
    assert_eq!(Many::SCHEMA.parameter(12).unwrap().path(), "12");
}

/// Of each variant, one name is no other's.
#[derive(Module)]
#[module(crate = wb)]
enum Told {
    Rms {
        #[param(shape = [2], rename = "scale")]
        weight: Tensor<f32>,
    },
    Layer {
        #[param(shape = [_])]
        weight: Tensor<f32>,
        #[param(shape = [_])]
        bias: Option<Tensor<f32>>,
    },
}

/// The path of a tie as the message has it, below, above and renamed.
#[derive(Module)]
#[module(crate = wb)]
struct Tied {
    body: Body,
    #[param(shape = [2], tied = "body.embed.weight")]
    head: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Body {
    #[param(shape = [2], rename = "embed.weight")]
    embed: Tensor<f32>,
    #[param(shape = [2], tied = "embed.weight")]
    out: Tensor<f32>,
}

#[test]
fn variants_and_ties_that_were_refused_load() {
    let two = Tensor::<f32>::zeros([2]);
    assert!(matches!(Told::from_weights([("scale", two.clone())]).unwrap(), Told::Rms { .. }));
    assert!(matches!(Told::from_weights([("weight", two.clone())]).unwrap(), Told::Layer { bias: None, .. }));
    let Told::Rms { weight } = Told::from_weights([("scale", two.clone())]).unwrap() else { unreachable!() };
    assert_eq!(weight, two);
    let loaded = Loader::new().load::<Tied>([("body.embed.weight", two)]).unwrap();
    assert!(loaded.module.head.shares_storage(&loaded.module.body.embed));
    assert!(loaded.module.body.out.shares_storage(&loaded.module.body.embed));
}
