//! Variables: loaded, trained, saved, and updated under an optimizer that holds them.

use super::*;
use candle_core::Var;
use candle_nn::{AdamW, Optimizer, ParamsAdamW, SGD, VarBuilder, VarMap};
use std::sync::Arc;

#[derive(Module, Debug)]
struct Trained {
    #[param(shape = ["out", "in"])]
    weight: Var,
    #[param(shape = ["out"])]
    bias: Var,
}

impl Trained {
    /// The mean of the squares of what it makes of ones.
    fn loss(&self) -> Tensor {
        let x = Tensor::ones((1, self.weight.dims()[1]), CandleDType::F32, &Device::Cpu).unwrap();
        let y = x.matmul(&self.weight.t().unwrap()).unwrap().broadcast_add(&self.bias).unwrap();
        y.sqr().unwrap().mean_all().unwrap()
    }
}

fn loaded() -> Trained {
    Trained::from_weights(fixture("mlx/linear.safetensors")).unwrap()
}

fn vars(module: &mut impl Module) -> Vec<Var> {
    let mut vars = Vec::new();
    module.for_each_parameter_mut(|_, var: &mut Var| vars.push(var.clone())).unwrap();
    vars
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn in_file(name: &str) -> Vec<f32> {
    values(&candle_core::safetensors::load(fixture("mlx/linear.safetensors"), &Device::Cpu).unwrap()[name])
}

#[test]
fn a_load_makes_variables_of_the_memory_that_was_read_into() {
    let file = Noted::new(std::fs::read(fixture("mlx/linear.safetensors")).unwrap());
    let trained = Trained::from_weights(file.source()).unwrap();
    assert!(trained.weight.is_variable() && trained.bias.is_variable());
    assert_eq!((values(&trained.weight), values(&trained.bias)), (in_file("weight"), in_file("bias")));
    assert!(file.reads().iter().any(|read| read.start >= file.data() && read.to == address(&trained.weight)));
    let grads = trained.loss().backward().unwrap();
    assert!(grads.get(&trained.weight).is_some() && grads.get(&trained.bias).is_some());
    for dtype in <Var as Parameter>::DTYPES {
        let elements = any(*dtype, &[4], &[0; 32][..dtype.size_of(4).unwrap()]);
        assert!(Var::from_tensor(&Tensor::from_tensor(elements.clone(), &Devices::default()).unwrap()).is_ok());
        assert!(<Var as Parameter>::from_tensor(elements, &Devices::default()).unwrap().is_variable());
    }
}

#[test]
fn an_update_sets_the_variables_that_an_optimizer_holds() {
    let mut trained = loaded();
    let (before, held) = ([trained.weight.id(), trained.bias.id()], vars(&mut trained));
    let mut optimizer = AdamW::new(held.clone(), ParamsAdamW { lr: 0.1, ..Default::default() }).unwrap();
    optimizer.backward_step(&trained.loss()).unwrap();
    assert_ne!(values(&trained.weight), in_file("weight"));

    trained.load_weights([("weight", f32s(&[10, 10])), ("bias", f32s(&[10]))]).unwrap();
    assert_eq!([trained.weight.id(), trained.bias.id()], before);
    assert_eq!((values(&held[0])[99], values(&held[1])[9]), (99.0, 9.0));

    // the gradients are those of the new values, and the optimizer steps the module's own variables
    let loss = trained.loss();
    let grads = loss.backward().unwrap();
    let of_bias = values(grads.get(&trained.bias).unwrap());
    // d/db of mean((w·1 + b)²): the last row of the weight is 90 + .. + 99
    assert!((of_bias[9] - 2.0 * (945.0 + 9.0) / 10.0).abs() < 1e-3, "{of_bias:?}");
    optimizer.step(&grads).unwrap();
    assert!(values(&trained.bias)[9] < 9.0);
    let less = trained.loss().to_scalar::<f32>().unwrap();
    assert!(less < loss.to_scalar::<f32>().unwrap());
}

#[test]
fn a_trained_model_is_saved_as_it_is() {
    let mut trained = loaded();
    SGD::new(vars(&mut trained), 0.5).unwrap().backward_step(&trained.loss()).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("trained.safetensors");
    trained.save_weights(&path).unwrap();
    let saved = candle_core::safetensors::load(&path, &Device::Cpu).unwrap();
    assert_eq!(values(&saved["weight"]), values(&trained.weight));
    assert_ne!(values(&saved["weight"]), in_file("weight"));
    // and updated from the very file
    trained.load_weights(&path).unwrap();
    assert_eq!(values(&saved["bias"]), values(&trained.bias));
}

#[track_caller]
fn refused(trained: &mut Trained, loader: &Loader, weights: [(&'static str, AnyTensor); 2]) -> String {
    let error = loader.update(trained, weights).unwrap_err();
    let LoadError::Parameter { path, source } = error else { panic!("{error}") };
    assert_eq!(path, "bias");
    assert_eq!(values(&trained.weight), in_file("weight"));
    source.to_string()
}

#[test]
fn an_update_that_fails_at_its_last_variable_has_set_none() {
    let mut trained = loaded();
    let weights = || [("weight", f32s(&[10, 10])), ("bias", f32s(&[10]))];

    trained.bias = Var::zeros(10, CandleDType::BF16, &Device::Cpu).unwrap();
    assert_eq!(
        refused(&mut trained, &Loader::new(), weights()),
        "the variable is BF16 [10], and its new value F32 [10]; a variable keeps its dtype and shape, so load a new module, \
         or say on the field which dtype it has and allow the cast (`Loader::cast`)"
    );
    trained.bias = Var::zeros(11, CandleDType::F32, &Device::Cpu).unwrap();
    assert!(refused(&mut trained, &Loader::new(), weights()).starts_with("the variable is F32 [11], and its new"));

    trained.bias = Var::zeros(10, CandleDType::F32, &Device::Cpu).unwrap();
    let elsewhere = Device::Cuda(candle_core::CudaDevice);
    let error = Loader::new().device(elsewhere).update(&mut trained, weights()).unwrap_err();
    assert!(matches!(error, LoadError::Parameter { path, .. } if path == "weight"));
    assert_eq!(values(&trained.weight), in_file("weight"));

    Loader::new().device(Device::Cpu).update(&mut trained, weights()).unwrap();
    assert_eq!(values(&trained.bias), values(&Tensor::from_tensor(f32s(&[10]), &Devices::default()).unwrap()));
}

/// The remedy of the message before.
#[test]
fn a_cast_to_the_dtype_of_the_variable() {
    #[derive(Module)]
    struct Half {
        #[param(shape = [10], dtype = "BF16")]
        bias: Var,
    }
    let mut half = Half { bias: Var::zeros(10, CandleDType::BF16, &Device::Cpu).unwrap() };
    let id = half.bias.id();
    Loader::new().cast(Cast::Any).update(&mut half, [("bias", f32s(&[10]))]).unwrap();
    assert_eq!((half.bias.id(), half.bias.to_vec1::<bf16>().unwrap()[9].to_f32()), (id, 9.0));
}

#[test]
fn a_variable_that_is_kept_keeps_its_value() {
    let mut trained = loaded();
    let weights = [("weight", f32s(&[10, 10])), ("bias", f32s(&[10]))];
    Loader::new().keep(["bias"]).unexpected(Rule::Allow).update(&mut trained, weights).unwrap();
    assert_eq!((values(&trained.weight)[99], values(&trained.bias)), (99.0, in_file("bias")));
}

#[test]
fn tied_variables_are_one_and_stay_one() {
    #[derive(Module)]
    struct Tied {
        #[param(rename = "model.embed_tokens.weight", shape = [128, 32])]
        embed_tokens: Var,
        #[param(rename = "lm_head.weight", shape = [128, 32], tied = "model.embed_tokens.weight")]
        lm_head: Var,
    }
    let loader = Loader::new().unexpected(Rule::Allow);
    let mut tied = loader.load::<Tied>(fixture("llama-tied")).unwrap().module;
    let id = tied.embed_tokens.id();
    assert_eq!(tied.lm_head.id(), id);
    tied.load_weights([("lm_head.weight", f32s(&[128, 32]))]).unwrap();
    assert_eq!([tied.embed_tokens.id(), tied.lm_head.id()], [id, id]);
    assert_eq!(values(&tied.embed_tokens)[4095], 4095.0);
    let loss = (tied.embed_tokens.sum_all().unwrap() + tied.lm_head.sum_all().unwrap()).unwrap();
    assert_eq!(values(loss.backward().unwrap().get(&tied.lm_head).unwrap())[0], 2.0);
}

/// As a model of `VarBuilder` has them.
#[test]
fn a_tensor_that_is_a_variable_is_set_too() {
    let map = VarMap::new();
    let builder = VarBuilder::from_varmap(&map, CandleDType::F32, &Device::Cpu);
    let ones = candle_nn::Init::Const(1.0);
    let weight = builder.get_with_hints((10, 10), "weight", ones).unwrap();
    let mut linear = Linear { weight, bias: builder.get_with_hints(10, "bias", ones).unwrap() };
    linear.load_weights(fixture("mlx/linear.safetensors")).unwrap();
    let held = map.data().lock().unwrap()["weight"].clone();
    assert_eq!(values(&held), in_file("weight"));
    assert!(linear.weight.sqr().unwrap().sum_all().unwrap().backward().unwrap().get(&held).is_some());
}

#[test]
fn every_parameter_of_one_type_is_reached() {
    #[derive(Module)]
    struct Model {
        layers: Vec<Trained>,
        #[param(shape = [10])]
        scales: Option<Tensor>,
        #[param(shape = [10])]
        boxed: Box<Var>,
        shared: Arc<Trained>,
    }
    let scales = Some(Tensor::ones(10, CandleDType::F32, &Device::Cpu).unwrap());
    let boxed = Box::new(Var::zeros(10, CandleDType::F32, &Device::Cpu).unwrap());
    let mut model = Model { layers: vec![loaded(), loaded()], scales, boxed, shared: Arc::new(loaded()) };
    let mut paths = Vec::new();
    model.for_each_parameter_mut(|path, _: &mut Var| paths.push(path.to_owned())).unwrap();
    let expected =
        ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "shared.weight", "shared.bias"];
    assert_eq!(paths, expected);
    // what it changes is changed
    model.for_each_parameter_mut(|_, tensor: &mut Tensor| *tensor = tensor.affine(3.0, 0.0).unwrap()).unwrap();
    assert_eq!(values(model.scales.as_ref().unwrap()), [3.0; 10]);

    let other = Arc::clone(&model.shared);
    let error = model.for_each_parameter_mut(|_, _: &mut Var| ()).unwrap_err();
    assert!(matches!(error, LoadError::Parameter { path, .. } if path == "shared.weight"));
    drop(other);
}
