//! Structs that derive burn's `Module` too. `docs/attributes.md` shows the first one.

use burn_core as burn;
use burn_core::module::Param;
use burn_core::tensor::Device;
use safetensors::SafeTensors;
use weighbridge::{AnyTensor, LoadError, Loader, Rule};
use weighbridge_library_tests::{fixture, mismatch};

use burn::module::Module;
use burn::tensor::Tensor;
use weighbridge::Module as _;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Activation {
    Relu,
}

#[derive(Module, weighbridge::Module, Debug)]
struct Layer {
    #[weighbridge(rename = "fc")]
    linear: Linear,
    #[module(skip)]
    #[weighbridge(skip = Activation::Relu)]
    activation: Activation,
}

#[derive(Module, weighbridge::Module, Debug)]
struct Linear {
    #[weighbridge(param, shape = [5, 16], dtype = "F32")]
    weight: Tensor<2>,
    #[weighbridge(param, shape = [5], dtype = "F32")]
    bias: Tensor<1>,
}

impl Layer {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let x = x.matmul(self.linear.weight.clone().transpose()) + self.linear.bias.clone().unsqueeze();
        match self.activation {
            Activation::Relu => burn::tensor::activation::relu(x),
        }
    }
}

/// The elements of a tensor in the file.
fn in_file(file: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let bytes = file.tensor(name).unwrap().data();
    bytes.chunks(4).map(|x| f32::from_le_bytes(x.try_into().unwrap())).collect()
}

fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

#[test]
fn a_module_of_both_is_loaded_and_computes() {
    let bytes = std::fs::read(fixture("mlx/cnn.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let (weight, bias) = (in_file(&file, "fc.weight"), in_file(&file, "fc.bias"));

    let loader = Loader::new().unexpected(Rule::Allow);
    let layer = loader.load::<Layer>(fixture("mlx/cnn.safetensors")).unwrap().module;
    assert_eq!(layer.activation, Activation::Relu);
    // burn's methods, of the same value
    let devices = layer.devices();
    assert_eq!(devices.len(), 1);
    let layer = layer.fork(&devices[0]);
    assert_eq!(
        (floats(layer.linear.weight.clone()), floats(layer.linear.bias.clone())),
        (weight.clone(), bias.clone())
    );

    let out = floats(layer.forward(Tensor::ones([1, 16], &devices[0])));
    for (row, out) in out.iter().enumerate() {
        let sum: f32 = weight[row * 16..][..16].iter().sum();
        assert!((out - (sum + bias[row]).max(0.0)).abs() < 1e-5, "{row}: {out}");
    }

    let refused = mismatch(Layer::from_weights(fixture("mlx/cnn.safetensors")));
    assert_eq!(refused.unexpected[0].path, "bn1.bias");
}

#[derive(Module, weighbridge::Module, Debug)]
struct Trainable {
    #[weighbridge(param, shape = [10, 10])]
    weight: Param<Tensor<2>>,
    #[weighbridge(param, shape = ["out"])]
    bias: Param<Tensor<1>>,
}

impl Trainable {
    /// The mean of the squares of what it makes of ones.
    fn loss(&self) -> Tensor<1> {
        let x = Tensor::<2>::ones([1, 10], &self.weight.device());
        let y = x.matmul(self.weight.val().transpose()) + self.bias.val().unsqueeze();
        y.square().mean()
    }
}

#[test]
fn parameters_that_burn_trains() {
    let path = fixture("mlx/linear.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let device = Device::default().autodiff();
    let mut linear = Loader::new().device(device.clone()).load::<Trainable>(&path).unwrap().module;
    assert_eq!(linear.num_params(), 110);
    assert_eq!(floats(linear.weight.val()), in_file(&file, "weight"));
    let grads = linear.loss().backward();
    assert!(linear.weight.grad(&grads).is_some());

    // an update leaves the ids, by which an optimizer knows them, and they are trained as before
    let ids = (linear.weight.id, linear.bias.id);
    let range = |shape: &[usize]| weighbridge_library_tests::range(shape);
    linear.bias = linear.bias.set_require_grad(false);
    linear.load_weights([("weight", range(&[10, 10])), ("bias", range(&[10]))]).unwrap();
    assert_eq!((linear.weight.id, linear.bias.id), ids);
    assert_eq!((linear.weight.device(), linear.bias.device()), (device.clone(), device));
    assert_eq!((linear.weight.is_require_grad(), linear.bias.is_require_grad()), (true, false));
    let grads = linear.loss().backward();
    // d/dw of mean((w·1 + b)²): the last row of the weight is 90 + .. + 99
    let of_weight = floats(Tensor::<2>::from_inner(linear.weight.grad(&grads).unwrap()));
    assert!((of_weight[99] - 2.0 * (945.0 + 9.0) / 10.0).abs() < 1e-3, "{of_weight:?}");

    let scratch = tempfile::tempdir().unwrap();
    let again = scratch.path().join("again.safetensors");
    linear.save_weights(&again).unwrap();
    let saved = std::fs::read(&again).unwrap();
    assert_eq!(in_file(&SafeTensors::deserialize(&saved).unwrap(), "weight")[99], 99.0);
}

#[test]
fn an_update_of_parameters_that_fails_changes_nothing() {
    let path = fixture("mlx/linear.safetensors");
    let mut linear = Trainable::from_weights(&path).unwrap();
    let before = (floats(linear.weight.val()), linear.weight.id);
    #[allow(deprecated)]
    let elsewhere = Device::ndarray();
    let error = Loader::new().device(elsewhere).update(&mut linear, &path).unwrap_err();
    let LoadError::Parameter { path: refused, source } = error else { panic!("{error}") };
    assert_eq!(refused, "weight");
    assert!(source.to_string().ends_with("so give the loader no device, or load a new module"), "{source}");
    assert_eq!((floats(linear.weight.val()), linear.weight.id), before);
    // the remedy
    linear.load_weights(&path).unwrap();
    assert_eq!(linear.weight.id, before.1);
}

/// What burn's own `Linear` has where its layout is that of a file: transposed as it is loaded and saved.
#[test]
fn the_mappers_of_a_parameter_are_burn_s_own() {
    let path = fixture("mlx/linear.safetensors");
    let mut linear = Trainable::from_weights(&path).unwrap();
    linear.weight = linear.weight.load_mapper(Tensor::transpose).save_mapper(Tensor::transpose);
    linear.load_weights(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let weight = in_file(&SafeTensors::deserialize(&bytes).unwrap(), "weight");
    assert_eq!(floats(linear.weight.val().transpose()), weight);
    let view = linear.parameters().remove(0).1;
    let saved: Vec<f32> = view.bytes().unwrap().chunks(4).map(|x| f32::from_le_bytes(x.try_into().unwrap())).collect();
    assert_eq!(saved, weight);
}

#[test]
fn integers_and_booleans_are_parameters_of_burn_too() {
    use burn::tensor::{Bool, Int};
    #[derive(Module, weighbridge::Module, Debug)]
    struct Masked {
        #[weighbridge(param, shape = [3])]
        ids: Param<Tensor<1, Int>>,
        #[weighbridge(param, shape = [3])]
        mask: Param<Tensor<1, Bool>>,
        #[weighbridge(param, shape = [10], tied = "other")]
        tied: Param<Tensor<1>>,
        #[weighbridge(param, shape = [10])]
        other: Param<Tensor<1>>,
    }
    let ids = weighbridge::Tensor::new([3], vec![7_i64, 8, 9]).unwrap();
    let mask = weighbridge::Tensor::new([3], vec![true, false, true]).unwrap();
    let weights = |name| {
        let [ids, mask]: [AnyTensor; 2] = [ids.clone().into(), mask.clone().into()];
        [("ids", ids), ("mask", mask), (name, weighbridge_library_tests::range(&[10]).into())]
    };
    let mut masked = Masked::from_weights(weights("tied")).unwrap();
    assert_eq!(masked.ids.val().into_data().try_to_vec::<i64>().unwrap(), [7, 8, 9]);
    assert_eq!(masked.mask.val().into_data().try_to_vec::<bool>().unwrap(), [true, false, true]);
    assert_eq!(masked.tied.id, masked.other.id);
    let id = masked.ids.id;
    masked.load_weights(weights("other")).unwrap();
    assert_eq!((masked.ids.id, masked.tied.id), (id, masked.other.id));
}
