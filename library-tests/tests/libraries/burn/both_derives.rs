//! Structs that derive burn's `Module` too. `docs/attributes.md` shows the first one.

use burn_core as burn;
use safetensors::SafeTensors;
use weighbridge::{AnyTensor, DType, Devices, Loader, Parameter, ParameterError, Rule, Shapes, View};
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

/// A tensor that burn trains: to burn, a `Tensor` alone is a constant.
#[derive(Module, Debug)]
struct Trained<const D: usize> {
    param: burn::module::Param<Tensor<D>>,
}

impl<const D: usize> Parameter for Trained<D> {
    const DTYPES: &'static [DType] = <Tensor<D> as Parameter>::DTYPES;
    const SHAPES: Shapes = <Tensor<D> as Parameter>::SHAPES;

    fn from_tensor(tensor: AnyTensor, devices: &Devices) -> Result<Self, ParameterError> {
        let tensor = <Tensor<D> as Parameter>::from_tensor(tensor, devices)?;
        Ok(Trained { param: burn::module::Param::from_tensor(tensor) })
    }

    fn view(&self) -> View<'_> {
        let tensor = self.param.val();
        let (dtype, shape) = (tensor.view().dtype(), tensor.view().shape().to_vec());
        View::deferred(dtype, shape, move || tensor.view().bytes().map(Into::into))
    }
}

#[derive(Module, weighbridge::Module, Debug)]
struct Trainable {
    #[weighbridge(param, shape = [10, 10])]
    weight: Trained<2>,
    #[weighbridge(param, shape = [10])]
    bias: Trained<1>,
}

#[test]
fn parameters_that_burn_trains() {
    let path = fixture("mlx/linear.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let linear = Trainable::from_weights(&path).unwrap();
    assert_eq!(linear.num_params(), 110);
    assert_eq!(floats(linear.weight.param.val()), in_file(&file, "weight"));

    let scratch = tempfile::tempdir().unwrap();
    let again = scratch.path().join("again.safetensors");
    linear.no_grad().save_weights(&again).unwrap();
    let saved = Trainable::from_weights(&again).unwrap();
    assert_eq!(floats(saved.bias.param.val()), in_file(&file, "bias"));
}
