//! Fields from the configuration whose key is an argument of their type, and `with`.

use serde_json::{Value, json};
use wb::{LoadError, Loader, Module, Report, Tensor};

#[derive(Debug, Module)]
#[module(crate = wb, args(dim, eps, mode = "kind", stride = 2, is_causal = false, width = 2 * "dim"))]
struct Layer {
    #[param(shape = ["dim"])]
    weight: Tensor<f32>,
    #[module(config)]
    eps: f64,
    #[module(config)]
    mode: String,
    #[module(config = "stride")]
    step: usize,
    #[module(config)]
    is_causal: bool,
    #[module(config)]
    width: usize,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Model {
    #[module(args(dim = "hidden", eps = "norm_eps"))]
    of_config: Layer,
    #[module(args(dim = "hidden", stride = "hidden" - 1, is_causal = true), with(eps = 1e-5, mode = "same"))]
    of_constants: Vec<Layer>,
    #[module(args(dim = 4, stride = STRIDE, width = "rows"), with(eps = -2, mode = "own"))]
    of_the_file: Layer,
    #[param(shape = ["rows"])]
    rows: Tensor<f32>,
}

const STRIDE: usize = 5;

fn file() -> Vec<(&'static str, Tensor<f32>)> {
    let layers = ["of_config.weight", "of_constants.0.weight", "of_the_file.weight"];
    layers.into_iter().map(|name| (name, Tensor::zeros([4]))).chain([("rows", Tensor::zeros([7]))]).collect()
}

fn load(config: Value) -> Result<Model, LoadError> {
    Loader::new().config(&config).load(file()).map(|loaded| loaded.module)
}

#[track_caller]
fn refused(config: Value) -> Report {
    match load(config).unwrap_err() {
        LoadError::Mismatch(report) => *report,
        other => panic!("{other}"),
    }
}

#[test]
fn an_argument_is_a_key_a_computed_number_or_a_value() {
    let config = json!({ "hidden": 4, "norm_eps": 1e-6, "kind": "valid" });
    let Model { of_config, of_constants, of_the_file, .. } = load(config).unwrap();
    let shown =
        |Layer { eps, mode, step, is_causal, width, .. }: &Layer| format!("{eps:e} {mode} {step} {is_causal} {width}");
    assert_eq!(shown(&of_config), "1e-6 valid 2 false 8");
    assert_eq!(shown(&of_constants[0]), "1e-5 same 3 true 8");
    assert_eq!(shown(&of_the_file), "-2e0 own 5 false 7");
}

#[test]
fn a_key_that_an_argument_names_is_told_by_its_own_name() {
    let report = refused(json!({ "hidden": 4, "norm_epsilon": 1e-6, "kind": 3 }));
    let told: Vec<(&str, Option<String>)> =
        report.config.iter().map(|found| (&*found.path, found.hints.first().cloned())).collect();
    assert_eq!(told.len(), 2, "{report}");
    assert_eq!(told[0].0, "kind");
    let did_you_mean = "the configuration has no such key; did you mean `norm_epsilon`?";
    assert_eq!(told[1], ("norm_eps", Some(did_you_mean.to_owned())));
}

#[test]
fn a_computed_argument_that_is_no_number_of_its_field_is_refused() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Small {
        #[module(args(stride = "hidden" / 3))]
        layer: Strided,
    }
    #[derive(Debug, Module)]
    #[module(crate = wb, args(stride))]
    struct Strided {
        #[module(config)]
        stride: u8,
        #[param(shape = [1])]
        weight: Tensor<f32>,
    }
    let load = |hidden: usize| {
        let weight = [("layer.weight", Tensor::<f32>::zeros([1]))];
        match Loader::new().config(&json!({ "hidden": hidden })).load::<Small>(weight) {
            Ok(loaded) => Ok(loaded.module.layer.stride),
            Err(error) => Err(error.report().unwrap().config[0].hints[0].clone()),
        }
    };
    assert_eq!(load(6), Ok(2));
    assert!(load(7).unwrap_err().starts_with("its argument cannot be computed"), "{:?}", load(7));
    assert!(load(3000).unwrap_err().ends_with("; correct the argument, or the type of the field"));
    // nobody says what `hidden` is
    let weight = [("layer.weight", Tensor::<f32>::zeros([1]))];
    let refused = Loader::new().config(&json!({})).load::<Small>(weight.clone()).unwrap_err();
    assert!(refused.report().unwrap().config[0].hints[0].starts_with("nobody says"), "{refused}");
    // the remedy
    assert_eq!(Loader::new().dim("hidden", 9).load::<Small>(weight).unwrap().module.layer.stride, 3);
}

#[test]
fn an_update_leaves_them_as_they_are() {
    let mut model = load(json!({ "hidden": 4, "norm_eps": 1e-6, "kind": "valid" })).unwrap();
    model.load_weights(file()).unwrap();
    assert_eq!((model.of_config.eps, model.of_constants[0].step), (1e-6, 3));
}
