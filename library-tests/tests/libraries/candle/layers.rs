//! Layers of candle-nn as fields: a file of torch's, and what torch computes with it.

use std::collections::HashMap;

use super::*;
use candle_core::Var;
use candle_nn::{
    BatchNorm, Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, Embedding, LayerNorm, Linear, Module as _, ModuleT,
    RNN, RmsNorm, SGD, VarBuilder, rnn,
};
use candle_nn::{GroupNorm, Optimizer};

#[derive(Module, Debug)]
struct Layers {
    #[module(args(in = "width", out = 4))]
    linear: Linear,
    #[module(args(in = "width", out = 4, bias = false))]
    linear_no_bias: Linear,
    #[module(args(count = 5, dim = "width"))]
    embedding: Embedding,
    #[module(args(dim = 4, eps = "eps"))]
    layer_norm: LayerNorm,
    #[module(args(dim = 4, bias = false), with(eps = 1e-2))]
    layer_norm_no_bias: LayerNorm,
    #[module(args(dim = 4), with(eps = 0.01))]
    rms_norm: RmsNorm,
    #[module(args(dim = 4, eps = "eps"))]
    batch_norm: BatchNorm,
    #[module(args(dim = 4, eps = "eps", affine = false))]
    batch_norm_no_affine: BatchNorm,
    group_norm: Tensors<4>,
    #[module(args(in = 4, out = 6, kernel = 3, stride = 2, padding = "padding", dilation = 2, groups = 2))]
    conv1d: Conv1d,
    #[module(args(in = 4, out = 6, kernel = 3, stride = 2, padding = 1, bias = false))]
    conv2d: Conv2d,
    #[module(args(in = 4, out = 6, kernel = 3, stride = 2, padding = 1, output_padding = 1, groups = 2))]
    conv_transpose1d: ConvTranspose1d,
    #[module(args(in = 4, out = 6, kernel = 3, stride = 2, padding = 1, output_padding = 1))]
    conv_transpose2d: ConvTranspose2d,
    #[module(args(gates = 4 * 4))]
    lstm: Gates,
    #[module(args(gates = 3 * 4))]
    gru: Gates,
}

/// What candle makes a group norm of.
#[derive(Module, Debug)]
struct Tensors<const N: usize> {
    #[param(shape = [N])]
    weight: Tensor,
    #[param(shape = [N])]
    bias: Tensor,
}

/// What candle makes an LSTM or a GRU of.
#[derive(Module, Debug)]
#[module(args(gates))]
struct Gates {
    #[param(shape = ["gates", 3])]
    weight_ih_l0: Tensor,
    #[param(shape = ["gates", 4])]
    weight_hh_l0: Tensor,
    #[param(shape = ["gates"])]
    bias_ih_l0: Tensor,
    #[param(shape = ["gates"])]
    bias_hh_l0: Tensor,
}

impl Gates {
    fn builder(&self) -> VarBuilder<'static> {
        let Gates { weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 } = self;
        let tensors = [
            ("weight_ih_l0", weight_ih_l0),
            ("weight_hh_l0", weight_hh_l0),
            ("bias_ih_l0", bias_ih_l0),
            ("bias_hh_l0", bias_hh_l0),
        ];
        let tensors: HashMap<_, _> = tensors.map(|(name, tensor)| (name.to_owned(), tensor.clone())).into();
        VarBuilder::from_tensors(tensors, CandleDType::F32, &Device::Cpu)
    }
}

fn file(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn loader() -> Loader {
    #[derive(serde::Serialize)]
    struct Config {
        width: usize,
        padding: usize,
        eps: f64,
    }
    Loader::new().config(&Config { width: 3, padding: 1, eps: 1e-2 })
}

fn layers() -> Layers {
    loader().load(file("layers.safetensors")).unwrap().module
}

#[track_caller]
fn assert_close(name: &str, found: &Tensor, expected: &Tensor) {
    assert_eq!(found.dims(), expected.dims(), "{name}");
    let most = (found - expected).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
    assert!(most < 1e-5, "{name}: {most}");
}

/// Compares what each layer computes with what torch does.
#[track_caller]
fn assert_computes(layers: &Layers) {
    let computed = candle_core::safetensors::load(file("computed.safetensors"), &Device::Cpu).unwrap();
    let compare = |name: &str, forward: &dyn Fn(&Tensor) -> candle_core::Result<Tensor>| {
        assert_close(name, &forward(&computed[&format!("{name}.in")]).unwrap(), &computed[&format!("{name}.out")]);
    };
    compare("linear", &|x| layers.linear.forward(x));
    compare("linear_no_bias", &|x| layers.linear_no_bias.forward(x));
    compare("embedding", &|x| layers.embedding.forward(x));
    compare("layer_norm", &|x| layers.layer_norm.forward(x));
    compare("layer_norm_no_bias", &|x| layers.layer_norm_no_bias.forward(x));
    compare("rms_norm", &|x| layers.rms_norm.forward(x));
    compare("batch_norm", &|x| layers.batch_norm.forward_t(x, false));
    compare("batch_norm_no_affine", &|x| layers.batch_norm_no_affine.forward_t(x, false));
    compare("group_norm", &|x| {
        let Tensors { weight, bias } = &layers.group_norm;
        GroupNorm::new(weight.clone(), bias.clone(), 4, 2, 1e-2)?.forward(x)
    });
    compare("conv1d", &|x| layers.conv1d.forward(x));
    compare("conv2d", &|x| layers.conv2d.forward(x));
    compare("conv_transpose1d", &|x| layers.conv_transpose1d.forward(x));
    compare("conv_transpose2d", &|x| layers.conv_transpose2d.forward(x));
    compare("lstm", &|x| {
        let lstm = rnn::lstm(3, 4, Default::default(), layers.lstm.builder())?;
        lstm.states_to_tensor(&lstm.seq(x)?)
    });
    compare("gru", &|x| {
        let gru = rnn::gru(3, 4, Default::default(), layers.gru.builder())?;
        // candle joins the states of a GRU in one dim
        gru.states_to_tensor(&gru.seq(x)?)?.reshape((2, 5, 4))
    });
}

#[test]
fn every_layer_computes_what_torch_does() {
    let loaded = loader().load::<Layers>(file("layers.safetensors")).unwrap();
    assert_computes(&loaded.module);
    assert_eq!(loaded.report.ignored, ["batch_norm.num_batches_tracked", "batch_norm_no_affine.num_batches_tracked"]);
}

#[test]
fn kernels_that_are_not_square_compute_what_torch_does() {
    #[derive(Module)]
    #[module(ignore = ["bi*", "conv*"])]
    struct More {
        #[module(args(in = 4, out = 6, kernel = 1, kernel_width = 3, stride = 2))]
        kernel: Conv2d,
        #[module(args(in = 4, out = 6, kernel = 1, kernel_width = 3, stride = 2, padding = 1, output_padding = 1))]
        kernel_transpose: ConvTranspose2d,
    }
    let more = Loader::new().load::<More>(file("more.safetensors")).unwrap().module;
    let computed = candle_core::safetensors::load(file("more_computed.safetensors"), &Device::Cpu).unwrap();
    assert_close("kernel", &more.kernel.forward(&computed["kernel.in"]).unwrap(), &computed["kernel.out"]);
    let found = more.kernel_transpose.forward(&computed["kernel_transpose.in"]).unwrap();
    assert_close("kernel_transpose", &found, &computed["kernel_transpose.out"]);
}

#[test]
fn a_save_is_the_file_but_for_the_counters() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("again.safetensors");
    layers().save_weights(&path).unwrap();
    let [before, after] = [file("layers.safetensors"), path].map(|path| std::fs::read(path).unwrap());
    let (before, after) = (SafeTensors::deserialize(&before).unwrap(), SafeTensors::deserialize(&after).unwrap());
    assert_eq!(before.len(), after.len() + 2);
    for name in after.names() {
        let (before, after) = (before.tensor(name).unwrap(), after.tensor(name).unwrap());
        assert_eq!((before.shape(), before.data()), (after.shape(), after.data()), "{name}");
    }
}

/// The same weights in other files, each times a number.
fn scaled(by: f64) -> Vec<(String, AnyTensor)> {
    let file = candle_core::safetensors::load(file("layers.safetensors"), &Device::Cpu).unwrap();
    let file = file.into_iter().filter(|(_, tensor)| tensor.dtype() == CandleDType::F32);
    let scaled = file.map(|(name, tensor)| {
        let tensor = tensor.affine(by, 0.0).unwrap();
        let elements = tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        (name, weighbridge::Tensor::new(tensor.dims(), elements).unwrap().into())
    });
    scaled.collect()
}

#[test]
fn an_update_keeps_what_is_in_no_file() {
    // no configuration, and no eps
    let mut layers = layers();
    layers.load_weights(scaled(2.0)).unwrap();
    let doubled = layers.linear.weight().sum_all().unwrap().to_scalar::<f32>().unwrap();
    layers.load_weights(file("layers.safetensors")).unwrap();
    let once = layers.linear.weight().sum_all().unwrap().to_scalar::<f32>().unwrap();
    assert!((doubled - 2.0 * once).abs() < 1e-5);
    assert_computes(&layers);
}

#[test]
fn a_norm_without_its_mean_stays_one() {
    let mut layers = layers();
    layers.layer_norm_no_bias = LayerNorm::rms_norm(layers.rms_norm.weight().clone(), 0.125);
    layers.load_weights(file("layers.safetensors")).unwrap();
    let norm = &layers.layer_norm_no_bias;
    assert_eq!((norm.remove_mean(), norm.eps()), (false, 0.125));
}

#[test]
fn statistics_are_updated_in_place() {
    let mut layers = layers();
    let before = layers.batch_norm.running_mean().clone();
    layers.load_weights(scaled(3.0)).unwrap();
    assert_eq!(before.id(), layers.batch_norm.running_mean().id());
    let expected: Vec<f32> = {
        let file = candle_core::safetensors::load(file("layers.safetensors"), &Device::Cpu).unwrap();
        file["batch_norm.running_mean"].affine(3.0, 0.0).unwrap().to_vec1().unwrap()
    };
    assert_eq!(before.to_vec1::<f32>().unwrap(), expected);
}

/// Layers hold tensors, and a tensor may be a variable.
#[test]
fn layers_are_trained_saved_and_updated() {
    let mut layers = layers();
    let mut vars = Vec::new();
    layers
        .for_each_parameter_mut(|path, tensor: &mut Tensor| {
            if path.starts_with("linear.") {
                let var = Var::from_tensor(tensor).unwrap();
                *tensor = var.as_tensor().clone();
                vars.push(var);
            }
        })
        .unwrap();
    assert_eq!(vars.len(), 2);
    let mut optimizer = SGD::new(vars.clone(), 0.1).unwrap();
    let x = Tensor::ones((1, 3), CandleDType::F32, &Device::Cpu).unwrap();
    let loss = |layers: &Layers| layers.linear.forward(&x).unwrap().sqr().unwrap().mean_all().unwrap();
    let first = loss(&layers);
    optimizer.backward_step(&first).unwrap();
    assert!(loss(&layers).to_scalar::<f32>().unwrap() < first.to_scalar::<f32>().unwrap());

    layers.load_weights(scaled(2.0)).unwrap();
    assert_eq!(layers.linear.weight().id(), vars[0].id());
    let again = loss(&layers);
    let grads = again.backward().unwrap();
    assert!(vars.iter().all(|var| grads.get(var).is_some()));
    optimizer.step(&grads).unwrap();
    assert!(loss(&layers).to_scalar::<f32>().unwrap() < again.to_scalar::<f32>().unwrap());
}

#[test]
fn what_a_configuration_gets_wrong_is_told_before_a_tensor_is_read() {
    #[derive(Module, Debug)]
    struct Norms {
        #[module(args(dim = "width", eps = "norm_eps"))]
        norms: Vec<LayerNorm>,
    }
    let norm = |name: &str| (format!("norms.0.{name}"), f32s(&[4]));
    let pairs = || [norm("weight"), norm("bias")];
    let config = |text: &str| Loader::new().config(&serde_json::from_str::<serde_json::Value>(text).unwrap());
    let wrong = |text: &str| report(config(text).load::<Norms>(pairs()));

    let absent = wrong(r#"{ "width": 4 }"#);
    assert_eq!((absent.config[0].path.as_str(), absent.config.len()), ("norm_eps", 1));
    let text = wrong(r#"{ "width": 4, "norm_eps": "small" }"#);
    assert_eq!(text.config[0].path, "norm_eps");
    let wide = wrong(r#"{ "width": 5, "norm_eps": 1e-6 }"#);
    assert!(!wide.ok && wide.missing.is_empty());
    let loaded = config(r#"{ "width": 4, "norm_eps": 1e-6 }"#).load::<Norms>(pairs()).unwrap();
    assert_eq!(loaded.module.norms[0].eps(), 1e-6);
}
