//! burn: real files into `burn::tensor::Tensor`, against the safetensors crate's reading of the same bytes, and beside burn's own
//! store.

mod both_derives;
mod from_burn_store;
mod layers;
mod own;
mod training;

use burn_tensor::kind::{Bool, Int};
use burn_tensor::{DType as BurnDType, Device, Tensor, TensorData};
use half::bf16;
use safetensors::SafeTensors;
use weighbridge::{
    AnyTensor, Cast, DType, Devices, LoadError, Loader, Module, Parameter, ParameterError, Report, Rule, SaveError,
    View,
};
use weighbridge_library_tests::{Noted, fixture};

#[derive(Module)]
struct Cnn {
    conv1: Conv<8, 3, 3>,
    bn1: BatchNorm,
    #[param(rename = "conv2.weight", shape = [16, 3, 3, 8], dtype = "F32")]
    conv2: Tensor<4>,
    fc: Linear<16, 5>,
}

#[derive(Module)]
struct Conv<const OUT: usize, const KERNEL: usize, const IN: usize> {
    #[param(shape = [OUT, KERNEL, KERNEL, IN])]
    weight: Tensor<4>,
    #[param(shape = [OUT])]
    bias: Tensor<1>,
}

#[derive(Module)]
struct BatchNorm {
    #[param(shape = ["features"])]
    weight: Tensor<1>,
    #[param(shape = ["features"])]
    bias: Tensor<1>,
    #[param(shape = ["features"])]
    running_mean: Tensor<1>,
    #[param(shape = ["features"])]
    running_var: Tensor<1>,
}

#[derive(Module, Debug)]
struct Linear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    weight: Tensor<2>,
    #[param(shape = [OUT])]
    bias: Tensor<1>,
}

/// Any shape that the type can hold.
#[derive(Module, Debug)]
struct One<P: Parameter> {
    #[param(shape = [_, _])]
    x: P,
}

fn any(dtype: DType, shape: &[usize], bytes: &[u8]) -> AnyTensor {
    AnyTensor::new(dtype, shape, bytes).unwrap()
}

fn f32s(shape: &[usize]) -> AnyTensor {
    weighbridge::Tensor::new(shape, (0..shape.iter().product()).map(|i: usize| i as f32).collect()).unwrap().into()
}

fn one<P: Parameter>(tensor: AnyTensor) -> Result<P, LoadError> {
    One::from_weights([("x", tensor)]).map(|one| one.x)
}

#[track_caller]
fn report<T>(refused: Result<T, LoadError>) -> Report {
    refused.err().expect("it was accepted").report().expect("no report").clone()
}

#[track_caller]
fn refused_value<T>(refused: Result<T, LoadError>) -> (String, ParameterError) {
    match refused.err().expect("it was accepted") {
        LoadError::Parameter { path, source } => (path, source),
        other => panic!("{other}"),
    }
}

fn floats(data: TensorData) -> Vec<f32> {
    data.try_to_vec::<f32>().unwrap()
}

/// Where the elements are, on a device that gives its memory away with its last tensor.
fn address(tensor: Tensor<2>) -> usize {
    tensor.into_data().as_bytes().as_ptr() as usize
}

/// A device of another backend than the default one's.
fn other_device() -> Device {
    #[allow(deprecated)]
    Device::ndarray()
}

#[test]
fn a_file_becomes_tensors_of_burn() {
    let bytes = std::fs::read(fixture("mlx/cnn.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let cnn = Cnn::from_weights(fixture("mlx/cnn.safetensors")).unwrap();
    let tensors: [(&str, TensorData); 9] = [
        ("conv1.weight", cnn.conv1.weight.to_data()),
        ("conv1.bias", cnn.conv1.bias.to_data()),
        ("bn1.weight", cnn.bn1.weight.to_data()),
        ("bn1.bias", cnn.bn1.bias.to_data()),
        ("bn1.running_mean", cnn.bn1.running_mean.to_data()),
        ("bn1.running_var", cnn.bn1.running_var.to_data()),
        ("conv2.weight", cnn.conv2.to_data()),
        ("fc.weight", cnn.fc.weight.to_data()),
        ("fc.bias", cnn.fc.bias.to_data()),
    ];
    assert_eq!(file.names().len(), tensors.len());
    for (name, data) in tensors {
        let expected = file.tensor(name).unwrap();
        let values: Vec<_> = expected.data().chunks(4).map(|x| f32::from_le_bytes(x.try_into().unwrap())).collect();
        assert_eq!((data.shape().as_slice(), data.dtype()), (expected.shape(), BurnDType::F32), "{name}");
        assert_eq!(floats(data), values, "{name}");
    }
}

#[test]
fn saving_writes_the_same_tensors() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("again.safetensors");
    Cnn::from_weights(fixture("mlx/cnn.npz")).unwrap().save_weights(&path).unwrap();
    let [before, after] = [fixture("mlx/cnn.safetensors"), path].map(|path| std::fs::read(path).unwrap());
    let tensors = |bytes| {
        let mut tensors = SafeTensors::deserialize(bytes).unwrap().tensors();
        tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
        tensors
    };
    assert_eq!(tensors(&before), tensors(&after));
    assert_eq!(tensors(&before).len(), 9);
}

#[test]
fn integers_keep_the_width_of_the_file() {
    #[derive(Module)]
    struct Quantized {
        #[param(shape = [64, 8], dtype = "U32")]
        weight: Tensor<2, Int>,
        #[param(shape = [64, 2])]
        scales: Tensor<2>,
        #[param(shape = [64, 2])]
        biases: Tensor<2>,
    }
    let loader = Loader::new().strip_prefix("embed.").unexpected(Rule::Allow);
    let embed = loader.load::<Quantized>(fixture("mlx/quantized.safetensors")).unwrap().module;
    let bytes = std::fs::read(fixture("mlx/quantized.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(embed.weight.dtype(), BurnDType::U32);
    assert_eq!(embed.weight.to_data().as_bytes(), file.tensor("embed.weight").unwrap().data());
    assert_eq!((embed.scales.dims(), embed.biases.dims()), ([64, 2], [64, 2]));
}

#[test]
fn every_dtype_is_kept_and_comes_back() {
    fn check<P: Parameter>(held_as: fn(&P) -> BurnDType, dtypes: &[(DType, BurnDType)]) {
        let bytes: Vec<u8> = (0..48).map(|i| i * 5 + 1).collect();
        for &(dtype, held) in dtypes {
            assert!(P::DTYPES.contains(&dtype));
            let tensor = any(dtype, &[2, dtype.elements_in(24)], &bytes);
            let x: P = one(tensor.clone()).unwrap();
            assert_eq!(held_as(&x), held);
            assert_eq!(any(x.view().dtype(), x.view().shape(), &x.view().bytes().unwrap()), tensor);
        }
        assert_eq!(P::DTYPES.len(), dtypes.len());
    }
    let floats = [
        (DType::F32, BurnDType::F32),
        (DType::BF16, BurnDType::BF16),
        (DType::F16, BurnDType::F16),
        (DType::F64, BurnDType::F64),
    ];
    check::<Tensor<2>>(|x| x.dtype(), &floats);
    let signed = [
        (DType::I64, BurnDType::I64),
        (DType::I32, BurnDType::I32),
        (DType::I16, BurnDType::I16),
        (DType::I8, BurnDType::I8),
    ];
    let unsigned = [
        (DType::U64, BurnDType::U64),
        (DType::U32, BurnDType::U32),
        (DType::U16, BurnDType::U16),
        (DType::U8, BurnDType::U8),
    ];
    check::<Tensor<2, Int>>(|x| x.dtype(), &[signed, unsigned].concat());
}

#[test]
fn booleans() {
    let tensor = any(DType::BOOL, &[2, 3], &[1, 0, 0, 1, 1, 0]);
    for device in [Device::flex(), other_device()] {
        let loaded = Loader::new().device(device).load::<One<Tensor<2, Bool>>>([("x", &tensor)]).unwrap();
        let x = loaded.module.x;
        assert_eq!(x.to_data().try_to_vec::<bool>().unwrap(), [true, false, false, true, true, false]);
        assert_eq!((x.view().dtype(), x.view().bytes().unwrap().to_vec()), (DType::BOOL, tensor.as_bytes().to_vec()));
    }
}

#[test]
fn an_update_replaces_all_or_nothing() {
    let mut linear = Linear::<10, 10>::from_weights(fixture("mlx/linear.safetensors")).unwrap();
    let before = linear.weight.to_data();
    let refused = report(linear.load_weights([("weight", f32s(&[10, 10]))]).map(|_| ()));
    assert_eq!(refused.missing[0].path, "bias");
    assert_eq!(linear.weight.to_data(), before);
    linear.load_weights([("weight", f32s(&[10, 10])), ("bias", f32s(&[10]))]).unwrap();
    assert_eq!(floats(linear.weight.to_data())[98], 98.0);
    assert_eq!(floats(linear.bias.to_data())[3], 3.0);
}

#[test]
fn empty_tensors_and_a_scalar_beside_them() {
    #[derive(Module)]
    struct Normalization {
        #[param]
        num_batches_tracked: i64,
        #[param(shape = [8])]
        running_var: Tensor<1>,
    }
    let loader = Loader::new().strip_prefix("resnet.embedder.embedder.normalization.").unexpected(Rule::Allow);
    let normalization = loader.load::<Normalization>(fixture("resnet")).unwrap().module;
    assert_eq!(normalization.num_batches_tracked, 0);
    assert_eq!(normalization.running_var.dims(), [8]);

    for shape in [[0, 0], [3, 0], [0, 3]] {
        let x: Tensor<2> = one(f32s(&shape)).unwrap();
        assert_eq!(x.dims(), shape);
        assert_eq!((x.view().shape().to_vec(), x.view().bytes().unwrap().len()), (shape.to_vec(), 0));
    }
    for shape in [[0, 1 << 40, 1 << 40], [1 << 40, 1 << 23, 0]] {
        let refused = Tensor::<3>::from_tensor(any(DType::F32, &shape, &[]), &Devices::default()).unwrap_err();
        let message =
            format!("burn cannot hold the empty shape {shape:?}, whose other dims overflow; take an `AnyTensor`");
        assert_eq!(refused.to_string(), message);
    }
}

#[test]
fn what_does_not_fit_is_refused_before_a_tensor_is_read() {
    #[derive(Module, Debug)]
    struct Wrong {
        #[param(rename = "lm_head.weight", shape = [128, 32, 1])]
        lm_head: Tensor<3>,
        #[param(rename = "model.norm.weight", shape = [32], dtype = "F32")]
        norm: Tensor<1>,
        #[param(rename = "model.embed_tokens.weight", shape = [128, 32])]
        embed_tokens: Tensor<2, Int>,
    }
    let file = Noted::new(std::fs::read(fixture("llama/model.safetensors")).unwrap());
    // burn's types hold one rank, so that no switch lets another one through
    let loader = Loader::new().unexpected(Rule::Allow).shapes(Rule::Allow);
    let wrong = report(loader.load::<Wrong>(file.source()));
    assert_eq!(wrong.shape[0].path, "lm_head.weight");
    let dtypes: Vec<_> = wrong.dtype.iter().map(|wrong| (&*wrong.path, wrong.found.as_deref())).collect();
    assert_eq!(dtypes, [("model.embed_tokens.weight", Some("BF16")), ("model.norm.weight", Some("BF16"))]);
    assert!(file.read_headers_only(), "{:?}", file.reads());
}

#[test]
fn a_cast_that_was_asked_for() {
    #[derive(Module)]
    struct Norm {
        #[param(rename = "model.norm.weight", shape = [32], dtype = "F32")]
        norm: Tensor<1>,
    }
    let loader = Loader::new().unexpected(Rule::Allow).cast(Cast::Lossless);
    let loaded = loader.load::<Norm>(fixture("llama")).unwrap();
    assert_eq!(loaded.module.norm.dtype(), BurnDType::F32);
    assert_eq!(loaded.report.cast[0].to, DType::F32);
    let bytes = std::fs::read(fixture("llama/model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let norm = file.tensor("model.norm.weight").unwrap();
    let values: Vec<f32> = norm.data().chunks(2).map(|x| bf16::from_le_bytes([x[0], x[1]]).to_f32()).collect();
    assert_eq!(floats(loaded.module.norm.to_data()), values);
}

#[test]
fn the_memory_that_was_read_into_is_burn_s() {
    let file = Noted::new(std::fs::read(fixture("mlx/linear.safetensors")).unwrap());
    let linear = Linear::<10, 10>::from_weights(file.source()).unwrap();
    let address = address(linear.weight);
    assert!(file.reads().iter().any(|read| read.end > file.data() && read.to == address));
}

#[test]
fn a_tensor_that_nobody_else_holds_is_taken_over_and_a_shared_one_is_the_same_storage() {
    let elements = vec![1.5_f32; 6];
    let was = elements.as_ptr() as usize;
    let tensor = weighbridge::Tensor::new([2, 3], elements).unwrap();
    let copied = Tensor::<2>::from_tensor(AnyTensor::from(&tensor), &Devices::default()).unwrap();
    assert_ne!(address(copied), was);
    let taken = Tensor::<2>::from_tensor(tensor.into(), &Devices::default()).unwrap();
    let tied = taken.share().unwrap();
    drop(taken);
    // a copy would be elsewhere
    assert_eq!(address(tied), was);
}

#[test]
fn a_view_is_in_c_order_whatever_the_layout() {
    let whole = Tensor::<2>::from_tensor(f32s(&[3, 4]), &Devices::default()).unwrap();
    let part = whole.slice([1..3, 0..4]);
    let floats = |view: View<'_>| -> (Vec<usize>, Vec<f32>) {
        let values = view.bytes().unwrap().chunks(4).map(|x| f32::from_le_bytes(x.try_into().unwrap())).collect();
        (view.shape().to_vec(), values)
    };
    assert_eq!(floats(part.view()), (vec![2, 4], vec![4., 5., 6., 7., 8., 9., 10., 11.]));
    assert_eq!(floats(part.transpose().view()), (vec![4, 2], vec![4., 8., 5., 9., 6., 10., 7., 11.]));
}

#[test]
fn quantised_values_cannot_be_saved() {
    let scratch = tempfile::tempdir().unwrap();
    let scheme = Device::flex().settings().quantization.scheme;
    let x = Tensor::<2>::from_tensor(f32s(&[4, 32]), &Devices::default()).unwrap().quantize_dynamic(&scheme);
    let refused = One { x }.save_weights(scratch.path().join("x.safetensors")).unwrap_err();
    let SaveError::Parameter { source, .. } = refused else { panic!("{refused}") };
    assert_eq!(
        source.to_string(),
        "burn could not give the tensor's values: they are quantised; call `dequantize` before saving"
    );
}

#[test]
fn tensors_are_made_on_the_given_device() {
    let path = fixture("mlx/linear.safetensors");
    let by_default = Linear::<10, 10>::from_weights(&path).unwrap();
    assert_eq!(by_default.weight.device(), Device::default());
    assert_ne!(by_default.weight.device(), other_device());
    let loaded = Loader::new().device(other_device()).load::<Linear<10, 10>>(&path).unwrap();
    assert_eq!([loaded.module.weight.device(), loaded.module.bias.device()], [other_device(), other_device()]);
    assert_eq!(loaded.module.weight.to_data(), by_default.weight.to_data());
}

#[test]
fn a_device_that_does_not_compute_in_a_dtype_refuses_it() {
    let halves = || [("x", any(DType::BF16, &[1, 2], &[0; 4]))];
    let mut one = One { x: Tensor::<2>::from_tensor(f32s(&[1, 2]), &Devices::default()).unwrap() };
    let (path, source) = refused_value(Loader::new().device(other_device()).update(&mut one, halves()));
    assert_eq!(path, "x");
    assert_eq!(
        source.to_string(),
        "Device<NdArray(Cpu)> does not compute in BF16; give the loader another device, or say on the field which \
         dtype it takes and allow the cast (`Loader::cast`)"
    );
    assert_eq!((one.x.dtype(), floats(one.x.to_data())), (BurnDType::F32, vec![0.0, 1.0]));
    Loader::new().device(Device::flex()).update(&mut one, halves()).unwrap();
    assert_eq!(one.x.dtype(), BurnDType::BF16);
}

#[test]
fn tied_parameters_are_one_storage() {
    #[derive(Module)]
    struct Tied {
        #[param(rename = "model.embed_tokens.weight", shape = [128, 32])]
        embed_tokens: Tensor<2>,
        #[param(rename = "lm_head.weight", shape = [128, 32], tied = "model.embed_tokens.weight")]
        lm_head: Tensor<2>,
    }
    // the last tensor of a storage gives the vector away that it was made of; the others a copy, which burn aligns for any type
    let alone = |tensor: Tensor<2>| tensor.into_data().bytes().align() == align_of::<f32>();
    let tied = Loader::new().unexpected(Rule::Allow).load::<Tied>(fixture("llama-tied")).unwrap().module;
    assert!(!alone(tied.embed_tokens));
    assert!(alone(tied.lm_head));
}
