//! Arrays of `ndarray`: loaded, updated, saved and looked at, with nothing copied where the docs say so.

use std::borrow::Cow;
use std::io::Cursor;

use half::bf16;
use ndarray::{
    ArcArray, ArcArray1, Array, Array0, Array1, Array2, Array3, Array4, ArrayD, ArrayView, ArrayView0, ArrayView1,
    ArrayView2, ArrayViewD, Dimension, ErrorKind, Ix2, IxDyn, array, s,
};
use ndarray_npy::{NpzReader, NpzWriter};
use safetensors::SafeTensors;
use weighbridge::{AnyTensor, Complex64, Devices, Element, LoadError, Loader, Module, Parameter, Rule, Tensor};
use weighbridge_library_tests::{Noted, assert_is_the_file, fixture, mismatch, range};

#[derive(Debug, Module)]
struct ResNet {
    resnet: Backbone,
    classifier: ((), Linear<f32, 16, 5>),
}

#[derive(Debug, Module)]
struct Backbone {
    #[module(rename = "embedder.embedder")]
    embedder: ConvNorm<3, 8, 7>,
    #[module(rename = "encoder.stages")]
    stages: (Stage<[Block<8, 8>; 1]>, Stage<(Block<8, 16>, Block<16, 16>)>),
}

#[derive(Debug, Module)]
struct Stage<L> {
    layers: L,
}

#[derive(Debug, Module)]
struct Block<const IN: usize, const OUT: usize> {
    layer: (ConvNorm<IN, OUT, 3>, ConvNorm<OUT, OUT, 3>),
    shortcut: Option<ConvNorm<IN, OUT, 1>>,
}

#[derive(Debug, Module)]
struct ConvNorm<const IN: usize, const OUT: usize, const KERNEL: usize> {
    #[param(rename = "convolution.weight", shape = [OUT, IN, KERNEL, KERNEL])]
    convolution: Array4<f32>,
    normalization: BatchNorm<OUT>,
}

#[derive(Debug, Module)]
struct BatchNorm<const DIM: usize> {
    #[param(shape = [DIM])]
    weight: Array1<f32>,
    #[param(shape = [DIM])]
    bias: ArcArray1<f32>,
    #[param(shape = [DIM])]
    running_mean: ArrayD<f32>,
    #[param(shape = [DIM])]
    running_var: Array1<f32>,
    #[param]
    num_batches_tracked: Array0<i64>,
}

#[derive(Clone, Debug, PartialEq, Module)]
struct Linear<T: Element, const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    weight: Array2<T>,
    #[param(shape = [OUT])]
    bias: Array1<T>,
}

#[derive(Debug, Module)]
struct Mlp<T: Element> {
    layers: (Linear<T, 8, 16>, Linear<T, 16, 16>, Linear<T, 16, 4>),
    #[param(rename = "norm.weight", shape = [16])]
    norm: ArcArray1<T>,
}

/// One parameter, named `array`.
#[derive(Debug, Module)]
struct One<A: Parameter> {
    #[param(shape = [_, _])]
    array: A,
}

fn le(bytes: &[u8]) -> f32 {
    f32::from_le_bytes(bytes.try_into().unwrap())
}

#[test]
fn a_resnet_is_loaded_and_saved_again() {
    let path = fixture("resnet/model.safetensors");
    let file = std::fs::read(&path).unwrap();
    let model = ResNet::from_weights(&path).unwrap();
    assert_is_the_file(&model, &file);

    // by index, as the axes have it, and not only as bytes
    let name = "resnet.encoder.stages.1.layers.0.layer.0.convolution.weight";
    let tensors = SafeTensors::deserialize(&file).unwrap();
    let data: Vec<f32> = tensors.tensor(name).unwrap().data().chunks_exact(4).map(le).collect();
    let weight = &model.resnet.stages.1.layers.0.layer.0.convolution;
    assert_eq!(weight.dim(), (16, 8, 3, 3));
    for ((o, i, y, x), &value) in weight.indexed_iter() {
        assert_eq!(value, data[((o * 8 + i) * 3 + y) * 3 + x]);
    }
    assert!(model.resnet.stages.1.layers.0.shortcut.is_some() && model.resnet.stages.1.layers.1.shortcut.is_none());

    let scratch = tempfile::tempdir().unwrap();
    let (again, npz) = (scratch.path().join("again.safetensors"), scratch.path().join("again.npz"));
    model.save_weights(&again).unwrap();
    assert_is_the_file(&model, &std::fs::read(&again).unwrap());
    assert_is_the_file(&ResNet::from_weights(&again).unwrap(), &file);
    model.save_weights(&npz).unwrap();
    assert_is_the_file(&ResNet::from_weights(&npz).unwrap(), &file);
}

#[test]
fn a_module_is_generic_over_the_element() {
    let file = std::fs::read(fixture("mlx/mlp-bf16.safetensors")).unwrap();
    // untyped two bytes in an npz are BF16 where the type says so
    for name in ["mlx/mlp-bf16.npz", "mlx/mlp-bf16.safetensors"] {
        assert_is_the_file(&Mlp::<bf16>::from_weights(fixture(name)).unwrap(), &file);
    }
    assert_eq!(mismatch(Mlp::<f32>::from_weights(fixture("mlx/mlp-bf16.safetensors"))).dtype.len(), 7);
}

#[test]
fn an_update_changes_all_or_nothing() {
    let mut linear = Linear::<f32, 10, 10>::from_weights(fixture("mlx/numpy-fortran.npz")).unwrap();
    let before = linear.clone();
    let (weight, bias) = (range(&[10, 10]), range(&[10]));

    let report = mismatch(linear.load_weights([("weight", &weight), ("bias", &range(&[10, 1]))]).map(drop));
    assert_eq!(report.shape[0].path, "bias");
    assert_eq!(linear, before);

    linear.load_weights([("weight", &weight), ("bias", &bias)]).unwrap();
    assert_eq!(linear.weight[[3, 7]], 37.0);
    assert_eq!(linear.bias[9], 9.0);

    Loader::new().strict(false).update(&mut linear, [("bias", Tensor::<f32>::zeros([10]))]).unwrap();
    assert_eq!((linear.weight[[3, 7]], linear.bias[9]), (37.0, 0.0));
}

#[test]
fn every_layout_is_saved_in_the_order_of_its_axes() {
    let original = Array::from_shape_fn((4, 6), |(i, j)| (i * 6 + j) as f32);
    let layouts = [
        original.clone().reversed_axes(),
        original.clone().slice_move(s![.., ..;-1]),
        original.clone().slice_move(s![1..4;2, 1..]),
        original.clone().slice_move(s![2..3, ..]),
        original.clone().slice_move(s![.., 3..3]),
    ];
    let scratch = tempfile::tempdir().unwrap();
    for extension in ["safetensors", "npz"] {
        for array in &layouts {
            let path = scratch.path().join(format!("array.{extension}"));
            One { array: array.clone() }.save_weights(&path).unwrap();
            assert_eq!(One::<Array2<f32>>::from_weights(&path).unwrap().array, array);
            One { array: array.to_shared() }.save_weights(&path).unwrap();
            assert_eq!(One::<ArcArray<f32, Ix2>>::from_weights(&path).unwrap().array, array);
        }
    }

    // of a square matrix, too, whose shape does not show that it was transposed
    let mut linear = Linear::<f32, 10, 10>::from_weights(fixture("mlx/linear.npz")).unwrap();
    let before = linear.weight.clone();
    linear.weight.swap_axes(0, 1);
    let path = scratch.path().join("linear.safetensors");
    linear.save_weights(&path).unwrap();
    assert_eq!(Linear::<f32, 10, 10>::from_weights(&path).unwrap().weight, before.t());
}

#[test]
fn only_what_is_in_another_order_is_copied_to_be_saved() {
    let array = Array::from_shape_fn((4, 6), |(i, j)| (i * 6 + j) as f32);
    let rows = array.clone().slice_move(s![1..3, ..]);
    for array in [&array, &rows] {
        let view = Parameter::view(array);
        let Cow::Borrowed(bytes) = view.bytes().unwrap() else { panic!("copied") };
        assert_eq!((bytes.as_ptr(), bytes.len()), (array.as_ptr().cast(), array.len() * 4));
    }
    let columns = array.reversed_axes();
    let view = Parameter::view(&columns);
    assert_eq!((view.byte_len(), &view.shape()[..]), (96, &[6, 4][..]));
    assert!(matches!(view.bytes().unwrap(), Cow::Owned(bytes) if le(&bytes[4..8]) == 6.0));
}

/// An array takes over an owned tensor's memory, and has its own copy of a shared one's.
fn assert_takes_over<T: Element>(value: T) {
    let tensor = || AnyTensor::from(Tensor::new([2, 3], vec![value; 6]).unwrap());
    let own = tensor();
    let place = own.as_bytes().as_ptr();
    let array = Array2::<T>::from_tensor(own, &Devices::default()).unwrap();
    assert_eq!(array.as_ptr().cast(), place, "{}", T::DTYPE);
    assert_eq!(array, Array::from_elem((2, 3), value));

    let own = tensor();
    let place = own.as_bytes().as_ptr();
    let array = ArcArray::<T, IxDyn>::from_tensor(own, &Devices::default()).unwrap();
    assert_eq!(array.as_ptr().cast(), place, "{}", T::DTYPE);

    let shared = tensor();
    let array = Array2::<T>::from_tensor(shared.clone(), &Devices::default()).unwrap();
    assert_ne!(array.as_ptr().cast(), shared.as_bytes().as_ptr());
}

#[test]
fn memory_is_taken_over() {
    assert_takes_over(true);
    assert_takes_over(1_u8);
    assert_takes_over(2_i16);
    assert_takes_over(bf16::ONE);
    assert_takes_over(3.0_f32);
    assert_takes_over(4.0_f64);
    assert_takes_over(5_u64);
    assert_takes_over(Complex64::new(6.0, 7.0));
}

#[test]
fn handles_share_until_one_is_changed() {
    let mut array = ArcArray::<f32, Ix2>::from_tensor(range(&[2, 2]).into(), &Devices::default()).unwrap();
    let tied = array.share().unwrap();
    assert_eq!(array.as_ptr(), tied.as_ptr());
    array[[0, 0]] = 9.0;
    assert_ne!(array.as_ptr(), tied.as_ptr());
    assert_eq!((array[[0, 0]], tied[[0, 0]]), (9.0, 0.0));
    assert!(Array2::<f32>::zeros((2, 2)).share().is_none(), "an `Array` owns its elements alone");
}

#[test]
fn tied_handles_are_one_memory() {
    #[derive(Debug, Module)]
    struct Tied {
        #[param(shape = [2, 3])]
        embed: ArcArray<f32, Ix2>,
        #[param(shape = [2, 3], tied = "embed")]
        head: ArcArray<f32, Ix2>,
        #[param(shape = [2, 3], tied = "embed")]
        own: Array2<f32>,
    }
    let mut tied = Tied::from_weights([("embed", range(&[2, 3]))]).unwrap();
    assert_eq!(tied.embed.as_ptr(), tied.head.as_ptr());
    assert_ne!(tied.embed.as_ptr(), tied.own.as_ptr());
    assert_eq!(tied.embed, tied.own);
    tied.load_weights([("embed", Tensor::<f32>::zeros([2, 3]))]).unwrap();
    assert_eq!(tied.embed.as_ptr(), tied.head.as_ptr());
    assert_eq!((tied.head.sum(), tied.own.sum()), (0.0, 0.0));
}

#[test]
fn a_tensor_is_looked_at_in_place() {
    fn assert_in_place<D: Dimension>(tensor: &Tensor<f32>, view: ArrayView<'_, f32, D>) {
        assert_eq!((view.as_ptr(), view.shape()), (tensor.as_slice().as_ptr(), &tensor.shape()[..]));
    }
    let (scalar, vector, matrix) = (range(&[]), range(&[6]), range(&[2, 3]));
    assert_in_place(&scalar, ArrayView0::try_from(&scalar).unwrap());
    assert_in_place(&vector, ArrayView1::try_from(&vector).unwrap());
    assert_in_place(&matrix, ArrayView2::try_from(&matrix).unwrap());
    assert_in_place(&matrix, ArrayViewD::try_from(&matrix).unwrap());
    let view: ArrayView2<'_, f32> = (&matrix).try_into().unwrap();
    assert_eq!(view, array![[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]);
    let flags = Tensor::new([2], vec![true, false]).unwrap();
    assert_eq!(ArrayView1::try_from(&flags).unwrap(), array![true, false]);

    let refused = ArrayView1::try_from(&matrix).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::IncompatibleShape);
}

#[test]
fn empty_arrays_and_shapes_that_none_can_have() {
    #[derive(Debug, Module)]
    struct Empty {
        #[param(shape = [0, 3])]
        fixed: Array2<f32>,
        #[param(shape = [2, 0, "n"])]
        any: ArrayD<u8>,
        #[param]
        scalar: Array0<bool>,
        #[param(shape = [])]
        dynamic: ArcArray<f32, IxDyn>,
    }
    let pairs = [
        ("fixed", AnyTensor::from(Tensor::<f32>::zeros([0, 3]))),
        ("any", Tensor::<u8>::zeros([2, 0, 5]).into()),
        ("scalar", Tensor::new([], vec![true]).unwrap().into()),
        ("dynamic", Tensor::new([], vec![2.5_f32]).unwrap().into()),
    ];
    let empty = Empty::from_weights(pairs).unwrap();
    assert_eq!((empty.fixed.dim(), empty.any.shape()), ((0, 3), &[2, 0, 5][..]));
    assert_eq!((empty.scalar[()], empty.dynamic[[]]), (true, 2.5));
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("empty.safetensors");
    empty.save_weights(&path).unwrap();
    assert_is_the_file(&Empty::from_weights(&path).unwrap(), &std::fs::read(&path).unwrap());

    // `ndarray` multiplies the extents that are not 0
    let huge = Tensor::<f32>::new([0, usize::MAX, 2], vec![]).unwrap();
    assert!(ArrayViewD::try_from(&huge).is_err());
    #[derive(Debug, Module)]
    struct Huge {
        #[param(shape = [0, _, _])]
        huge: Array3<f32>,
    }
    let LoadError::Parameter { path, source } = Huge::from_weights([("huge", huge)]).unwrap_err() else { panic!() };
    assert_eq!(path, "huge");
    assert_eq!(
        source.to_string(),
        "no array can have the shape [0, 18446744073709551615, 2] (ShapeError/Overflow: arithmetic overflow); \
         hold it in a `weighbridge::Tensor`"
    );
}

#[test]
fn what_does_not_fit_is_refused_before_a_byte_is_read() {
    #[derive(Debug, Module)]
    #[module(ignore = ["bn1.*", "fc.bias", "conv1.bias"])]
    struct Wrong {
        #[param(rename = "conv1.weight", shape = [_, _, _])]
        rank: Array3<f32>,
        #[param(rename = "conv2.weight", shape = [16, 3, 3, 8])]
        dtype: Array4<f64>,
        #[param(rename = "fc.weight", shape = [16, 5])]
        transposed: Array2<f32>,
    }
    let bytes = std::fs::read(fixture("mlx/cnn.safetensors")).unwrap();
    let file = Noted::new(bytes);

    let report = mismatch(Loader::new().load::<Wrong>(file.source()));
    let found = |findings: &[weighbridge::Finding]| -> Vec<_> {
        findings.iter().map(|finding| (finding.path.clone(), finding.found.as_deref().unwrap().to_owned())).collect()
    };
    let shapes = [("conv1.weight", "[8, 3, 3, 3]"), ("fc.weight", "[5, 16]")];
    assert_eq!(found(&report.shape), shapes.map(|(path, shape)| (path.to_owned(), shape.to_owned())));
    assert_eq!(found(&report.dtype), [("conv2.weight".to_owned(), "F32".to_owned())]);

    // where other shapes are let through, those that the type cannot hold are not
    let report = mismatch(Loader::new().shapes(Rule::Allow).load::<Wrong>(file.source()));
    assert_eq!(found(&report.shape), [("conv1.weight".to_owned(), "[8, 3, 3, 3]".to_owned())]);
    assert!(file.read_headers_only(), "{:?}", file.reads());
}

#[test]
fn a_byte_that_is_no_bool_is_refused() {
    let header = r#"{"array":{"dtype":"BOOL","shape":[1,2],"data_offsets":[0,2]}}"#;
    let file = |bytes: [u8; 2]| [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &bytes].concat();
    assert_eq!(One::<Array2<bool>>::from_weights(file([1, 0])).unwrap().array, array![[true, false]]);
    let refused = One::<Array2<bool>>::from_weights(file([1, 2])).unwrap_err();
    assert!(refused.to_string().contains("element 1 is 2, and a BOOL is 0 or 1"), "{refused}");
}

#[test]
fn what_the_reader_of_npz_for_ndarray_lets_through() {
    #[derive(Debug, Module)]
    struct Layer {
        #[param(shape = [5, 16])]
        weight: Array2<f32>,
        #[param(shape = [5])]
        bias: Array1<f32>,
        #[param(shape = [5])]
        scale: Array1<f32>,
    }
    let mut npz = NpzWriter::new(Cursor::new(Vec::new()));
    npz.add_array("weight", &Array2::<f32>::zeros((16, 5))).unwrap();
    npz.add_array("bias", &Array1::<f32>::zeros(5)).unwrap();
    npz.add_array("lora.weight", &Array2::<f32>::zeros((4, 4))).unwrap();
    let file = npz.finish().unwrap().into_inner();

    // ndarray-npy reads what it is asked for: the transposed matrix is a matrix, the third array is nobody's, and the one
    // that is missing is noticed when the others have been read
    let mut peer = NpzReader::new(Cursor::new(&file)).unwrap();
    let weight: Array2<f32> = peer.by_name("weight").unwrap();
    let bias: Array1<f32> = peer.by_name("bias").unwrap();
    assert_eq!((weight.dim(), bias.dim()), ((16, 5), 5));
    let scale: Result<Array1<f32>, _> = peer.by_name("scale");
    assert_eq!(scale.unwrap_err().to_string(), "zip file error: specified file not found in archive");

    // the same file, and all three in one report
    let report = mismatch(Layer::from_weights(&file));
    assert_eq!(report.missing[0].path, "scale");
    assert_eq!(report.unexpected[0].path, "lora.weight");
    assert_eq!((&*report.shape[0].path, report.shape[0].found.as_deref()), ("weight", Some("[16, 5]")));
    assert_eq!(report.missing.len() + report.unexpected.len() + report.shape.len(), 3);
}
