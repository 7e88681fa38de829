//! Layers of burn-nn in a struct of both derives: a file of torch's, what torch computes with it, and a step of training.

use std::path::{Path, PathBuf};

use burn_core as burn;
use burn_core::module::{Module, Param};
use burn_core::tensor::{Device, Int, Tensor, TensorData};
use burn_nn::conv::{Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d};
use burn_nn::{
    BatchNorm, BiGru, BiLstm, Embedding, GroupNorm, Gru, LayerNorm, Linear, LinearConfig, LinearLayout, Lstm, RmsNorm,
};
use burn_optim::{GradientsParams, SgdConfig};
use safetensors::SafeTensors;
use weighbridge::{AnyTensor, LoadError, Loader, Module as _};

#[derive(Module, weighbridge::Module, Debug)]
struct Layers {
    #[weighbridge(args(in = "width", out = 4))]
    linear: Linear,
    #[weighbridge(args(in = "width", out = 4, bias = false))]
    linear_no_bias: Linear,
    #[weighbridge(args(count = 5, dim = "width"))]
    embedding: Embedding,
    #[weighbridge(args(dim = 4, eps = "eps"))]
    layer_norm: LayerNorm,
    #[weighbridge(args(dim = 4, bias = false), with(eps = 1e-2))]
    layer_norm_no_bias: LayerNorm,
    #[weighbridge(args(dim = 4), with(eps = 0.01))]
    rms_norm: RmsNorm,
    #[weighbridge(args(dim = 4, eps = "eps"))]
    batch_norm: BatchNorm,
    batch_norm_no_affine: Statistics,
    #[weighbridge(args(groups = 2, dim = 4, eps = "eps"))]
    group_norm: GroupNorm,
    #[weighbridge(args(in = 4, out = 6, kernel = 3, stride = 2, padding = "padding", dilation = 2, groups = 2))]
    conv1d: Conv1d,
    #[weighbridge(args(in = 4, out = 6, kernel = 3, stride = 2, padding = 1, bias = false))]
    conv2d: Conv2d,
    #[weighbridge(args(in = 4, out = 6, kernel = 3, stride = 2, padding = 1, output_padding = 1, groups = 2))]
    conv_transpose1d: ConvTranspose1d,
    #[weighbridge(args(in = 4, out = 6, kernel = 3, stride = 2, padding = 1, output_padding = 1))]
    conv_transpose2d: ConvTranspose2d,
    #[weighbridge(args(in = "width", hidden = 4))]
    lstm: Lstm,
    #[weighbridge(args(in = "width", hidden = 4))]
    gru: Gru,
}

/// burn has no batch norm without a weight and a bias.
#[derive(Module, weighbridge::Module, Debug)]
#[weighbridge(ignore = ["num_batches_tracked"])]
struct Statistics {
    #[weighbridge(param, shape = [4])]
    running_mean: Tensor<1>,
    #[weighbridge(param, shape = [4])]
    running_var: Tensor<1>,
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn loader() -> Loader {
    Loader::new().config(&serde_json::json!({ "width": 3, "padding": 1, "eps": 1e-2 }))
}

fn layers() -> Layers {
    loader().load(file("layers.safetensors")).unwrap().module
}

fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// A tensor of the file.
fn read(file: &SafeTensors<'_>, name: &str) -> (Vec<usize>, Vec<f32>) {
    let view = file.tensor(name).unwrap();
    let values = view.data().chunks(4).map(|x| f32::from_le_bytes(x.try_into().unwrap())).collect();
    (view.shape().to_vec(), values)
}

/// Compares what a layer computes with what torch does.
#[track_caller]
fn compare<const D: usize, const E: usize>(
    computed: &SafeTensors<'_>,
    name: &str,
    forward: impl FnOnce(Tensor<D>) -> Tensor<E>,
) {
    let (shape, values) = read(computed, &format!("{name}.in"));
    let x = Tensor::<D>::from_data(TensorData::new(values, shape), &Device::default());
    assert_like(computed, name, forward(x));
}

#[track_caller]
fn assert_like<const D: usize>(computed: &SafeTensors<'_>, name: &str, found: Tensor<D>) {
    let (shape, expected) = read(computed, &format!("{name}.out"));
    assert_eq!(found.dims().to_vec(), shape, "{name}");
    for (found, expected) in floats(found).into_iter().zip(expected) {
        assert!((found - expected).abs() < 1e-5, "{name}: {found} {expected}");
    }
}

/// Compares what each layer computes with what torch does.
#[track_caller]
fn assert_computes(layers: &Layers) {
    let bytes = std::fs::read(file("computed.safetensors")).unwrap();
    let computed = SafeTensors::deserialize(&bytes).unwrap();
    let device = Device::default();
    let ids = {
        let data = computed.tensor("embedding.in").unwrap().data().to_vec();
        let ids: Vec<i64> = data.chunks(8).map(|x| i64::from_le_bytes(x.try_into().unwrap())).collect();
        Tensor::<2, Int>::from_data(TensorData::new(ids, [1, 3]), &device)
    };
    compare::<2, 2>(&computed, "linear", |x| layers.linear.forward(x));
    compare::<2, 2>(&computed, "linear_no_bias", |x| layers.linear_no_bias.forward(x));
    assert_like(&computed, "embedding", layers.embedding.forward(ids));
    compare::<2, 2>(&computed, "layer_norm", |x| layers.layer_norm.forward(x));
    compare::<2, 2>(&computed, "layer_norm_no_bias", |x| layers.layer_norm_no_bias.forward(x));
    compare::<2, 2>(&computed, "rms_norm", |x| layers.rms_norm.forward(x));
    compare::<3, 3>(&computed, "batch_norm", |x| layers.clone().valid().batch_norm.forward(x));
    compare::<3, 3>(&computed, "group_norm", |x| layers.group_norm.forward(x));
    compare::<3, 3>(&computed, "conv1d", |x| layers.conv1d.forward(x));
    compare::<4, 4>(&computed, "conv2d", |x| layers.conv2d.forward(x));
    compare::<3, 3>(&computed, "conv_transpose1d", |x| layers.conv_transpose1d.forward(x));
    compare::<4, 4>(&computed, "conv_transpose2d", |x| layers.conv_transpose2d.forward(x));
    compare::<3, 3>(&computed, "lstm", |x| layers.lstm.forward(x, None).0);
    compare::<3, 3>(&computed, "gru", |x| layers.gru.forward(x, None));
}

#[test]
fn every_layer_computes_what_torch_does() {
    let loaded = loader().load::<Layers>(file("layers.safetensors")).unwrap();
    assert_computes(&loaded.module);
    assert_eq!(loaded.report.ignored.len(), 2);
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
        assert_eq!(read(&before, name), read(&after, name), "{name}");
    }
}

/// The same weights in another file, each times a number.
fn scaled(by: f32) -> Vec<(String, AnyTensor)> {
    let bytes = std::fs::read(file("layers.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let scaled = file.names().into_iter().filter(|name| !name.ends_with("num_batches_tracked")).map(|name| {
        let (shape, values) = read(&file, name);
        let values = values.into_iter().map(|x| x * by).collect();
        (name.to_owned(), weighbridge::Tensor::<f32>::new(shape, values).unwrap().into())
    });
    scaled.collect()
}

/// The ids of all parameters that burn sees.
fn ids(layers: &Layers) -> Vec<String> {
    struct Ids(Vec<String>);
    impl burn::module::ModuleVisitor for Ids {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.push(param.id.to_string());
        }
    }
    let mut ids = Ids(Vec::new());
    layers.linear.visit(&mut ids);
    layers.layer_norm.visit(&mut ids);
    layers.conv2d.visit(&mut ids);
    layers.lstm.visit(&mut ids);
    layers.gru.visit(&mut ids);
    ids.0
}

#[test]
fn it_is_trained_updated_and_trained_again() {
    let device = Device::default().autodiff();
    let mut model = loader().device(device.clone()).load::<Layers>(file("layers.safetensors")).unwrap().module;
    let mut optimizer = SgdConfig::new().init();
    let x = Tensor::<3>::ones([1, 2, 3], &device);
    let loss = |model: &Layers| {
        let y = model.linear.forward(x.clone()).square().mean();
        y + model.lstm.forward(x.clone(), None).0.square().mean() + model.gru.forward(x.clone(), None).square().mean()
    };
    let value = |loss: Tensor<1>| floats(loss.inner())[0];
    let mut step = |model: Layers| {
        let before = loss(&model);
        let grads = GradientsParams::from_grads(before.backward(), &model);
        // linear, and the gates of the others
        assert_eq!(grads.len(), 2 + 4 * 4 + 3 * 4);
        let stepped = optimizer.step(0.05, model, grads);
        assert!(value(loss(&stepped)) < value(before));
        stepped
    };
    model = step(model);
    let before = ids(&model);
    assert_eq!(before.len(), 2 + 2 + 1 + 16 + 12);
    // as it was before the step
    model.load_weights(file("layers.safetensors")).unwrap();
    assert_eq!(ids(&model), before);
    assert_computes(&model.valid());
    step(model);
}

#[test]
fn an_update_keeps_what_is_in_no_file() {
    let mut layers = layers();
    layers.lstm.clip = Some(0.25);
    layers.load_weights(scaled(2.0)).unwrap();
    assert_eq!(layers.lstm.clip, Some(0.25));
    layers.lstm.clip = None;
    layers.load_weights(file("layers.safetensors")).unwrap();
    assert_computes(&layers);

    // a linear that burn stores the other way round
    let device = Device::default();
    layers.linear = LinearConfig::new(3, 4).with_layout(LinearLayout::Col).init(&device);
    layers.load_weights(file("layers.safetensors")).unwrap();
    assert_computes(&layers);

    let kept = layers.clone();
    layers.lstm.forget_gate = None;
    let refused = layers.load_weights(scaled(2.0)).map(drop).unwrap_err();
    let LoadError::Parameter { path, source } = refused else { panic!("{refused}") };
    assert_eq!(path, "lstm");
    assert!(source.to_string().starts_with("the forget gate is coupled"), "{source}");
    layers.lstm = kept.lstm;
    assert_computes(&layers);

    // saved, it is a layer of PyTorch that computes the same
    layers.lstm.input_forget = true;
    layers.lstm.forget_gate = None;
    let x = || Tensor::<3>::ones([1, 5, 3], &device) * 0.7;
    let expected = floats(layers.lstm.forward(x(), None).0);
    let scratch = tempfile::tempdir().unwrap();
    layers.save_weights(scratch.path().join("coupled.safetensors")).unwrap();
    let saved = loader().load::<Layers>(scratch.path().join("coupled.safetensors")).unwrap().module;
    let found = floats(saved.lstm.forward(x(), None).0);
    assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?} {expected:?}");
}

#[test]
fn groups_that_do_not_divide_the_channels_are_refused() {
    #[derive(weighbridge::Module, Debug)]
    struct Norm {
        #[module(args(groups = "groups", dim = 4, affine = false), with(eps = 1e-5))]
        norm: GroupNorm,
        #[param]
        one: f32,
    }
    let load = |groups: usize| {
        let one = weighbridge::Tensor::new([], vec![1_f32]).unwrap();
        Loader::new().config(&serde_json::json!({ "groups": groups })).load::<Norm>([("one", one)])
    };
    assert_eq!(load(2).unwrap().module.norm.num_groups, 2);
    for groups in [0, 3] {
        let LoadError::Parameter { source, .. } = load(groups).unwrap_err() else { panic!("{groups}") };
        assert_eq!(source.to_string(), format!("4 channels do not come in {groups} groups; correct `groups`"));
    }
}

/// Layers in both directions, and kernels that are not square.
#[derive(Module, weighbridge::Module, Debug)]
struct More {
    #[weighbridge(args(in = "width", hidden = 4))]
    bilstm: BiLstm,
    #[weighbridge(args(in = "width", hidden = 4, bias = false))]
    bigru: BiGru,
    #[weighbridge(args(
        in = 4,
        out = 6,
        kernel = 3,
        kernel_width = 2,
        stride = 2,
        stride_width = 1,
        padding = "padding",
        padding_width = 0,
        dilation = 1,
        dilation_width = 2,
        groups = 2
    ))]
    conv2d: Conv2d,
    #[weighbridge(args(
        in = 4,
        out = 6,
        kernel = 3,
        kernel_width = 2,
        stride = 1,
        stride_width = 2,
        padding = 0,
        padding_width = "padding",
        output_padding = 0,
        output_padding_width = 1,
        groups = 2
    ))]
    conv_transpose2d: ConvTranspose2d,
    #[weighbridge(args(in = 4, out = 6, kernel = 1, kernel_width = 3, stride = 2))]
    kernel: Conv2d,
    #[weighbridge(args(in = 4, out = 6, kernel = 1, kernel_width = 3, stride = 2, padding = 1, output_padding = 1))]
    kernel_transpose: ConvTranspose2d,
}

#[track_caller]
fn assert_more_computes(more: &More) {
    let bytes = std::fs::read(file("more_computed.safetensors")).unwrap();
    let computed = SafeTensors::deserialize(&bytes).unwrap();
    compare::<3, 3>(&computed, "bilstm", |x| more.bilstm.forward(x, None).0);
    compare::<3, 3>(&computed, "bigru", |x| more.bigru.forward(x, None).0);
    compare::<4, 4>(&computed, "conv2d", |x| more.conv2d.forward(x));
    compare::<4, 4>(&computed, "conv_transpose2d", |x| more.conv_transpose2d.forward(x));
    compare::<4, 4>(&computed, "kernel", |x| more.kernel.forward(x));
    compare::<4, 4>(&computed, "kernel_transpose", |x| more.kernel_transpose.forward(x));
}

#[test]
fn both_directions_and_kernels_that_are_not_square_compute_what_torch_does() {
    let mut more: More = loader().load(file("more.safetensors")).unwrap().module;
    assert_more_computes(&more);

    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("again.safetensors");
    more.save_weights(&path).unwrap();
    let [before, after] = [file("more.safetensors"), path].map(|path| std::fs::read(path).unwrap());
    let (before, after) = (SafeTensors::deserialize(&before).unwrap(), SafeTensors::deserialize(&after).unwrap());
    assert_eq!(before.len(), after.len());
    for name in after.names() {
        assert_eq!(read(&before, name), read(&after, name), "{name}");
    }

    // an update changes each direction, and keeps what is in no file
    let zeros = before.names().into_iter().map(|name| {
        let (shape, values) = read(&before, name);
        (name.to_owned(), weighbridge::Tensor::<f32>::new(shape, vec![0.0; values.len()]).unwrap())
    });
    more.load_weights(zeros.collect::<Vec<_>>()).unwrap();
    let x = Tensor::<3>::ones([1, 2, 3], &Device::default());
    assert!(floats(more.bilstm.forward(x, None).0).iter().all(|x| *x == 0.0));
    more.load_weights(file("more.safetensors")).unwrap();
    assert_more_computes(&more);
}
