//! Matrices of `nalgebra`: transposed into its order and back, shaped by their types, with nothing copied where the docs
//! say so.

use std::borrow::Cow;

use half::bf16;
use nalgebra::{
    Const, DMatrix, DVector, Dyn, Matrix2x3, Matrix2xX, MatrixXx3, OMatrix, RowDVector, RowSVector, SMatrix, SVector,
    Scalar, Vector3,
};
use safetensors::SafeTensors;
use weighbridge::{AnyTensor, Complex64, Devices, Element, Loader, Module, Parameter, Rule, Tensor};
use weighbridge_library_tests::{Noted, assert_is_the_file, fixture, mismatch, range};

#[derive(Debug, Module)]
struct Gpt2 {
    transformer: Transformer,
}

#[derive(Debug, Module)]
struct Transformer {
    #[param(rename = "wte.weight", shape = ["vocab", _])]
    tokens: OMatrix<f32, Dyn, Const<32>>,
    #[param(rename = "wpe.weight", shape = [_, "positions"])]
    positions: OMatrix<f32, Const<32>, Dyn>,
    h: [Block; 2],
    ln_f: Norm,
}

#[derive(Debug, Module)]
struct Block {
    ln_1: Norm,
    #[module(rename = "attn.c_attn")]
    qkv: Linear<32, 96>,
    #[module(rename = "attn.c_proj")]
    out: Linear<32, 32>,
    ln_2: Norm,
    #[module(rename = "mlp.c_fc")]
    up: Linear<32, 128>,
    #[module(rename = "mlp.c_proj")]
    down: Large<128, 32>,
}

#[derive(Debug, Module)]
struct Norm {
    #[param]
    weight: SVector<f32, 32>,
    #[param(shape = [32])]
    bias: DVector<f32>,
}

/// As GPT-2 keeps it: [in, out]. In a box, as all of a model would be on the stack otherwise.
#[derive(Clone, Debug, PartialEq, Module)]
struct Linear<const IN: usize, const OUT: usize> {
    #[param]
    weight: Box<SMatrix<f32, IN, OUT>>,
    #[param]
    bias: SVector<f32, OUT>,
}

#[derive(Debug, Module)]
struct Large<const IN: usize, const OUT: usize> {
    #[param(shape = [IN, OUT])]
    weight: DMatrix<f32>,
    #[param]
    bias: SVector<f32, OUT>,
}

// the shape is the type's, and known while compiling
const _: () = assert!(Linear::<3, 4>::SCHEMA.byte_len().unwrap() == 4 * (3 * 4 + 4));

/// One parameter, named `matrix`, whose type says its shape.
#[derive(Debug, Module)]
struct One<M: Parameter> {
    #[param]
    matrix: M,
}

fn made<M: Parameter>(tensor: impl Into<AnyTensor>) -> M {
    M::from_tensor(tensor.into(), &Devices::default()).unwrap()
}

#[test]
fn a_gpt2_is_loaded_and_saved_again() {
    let path = fixture("gpt2/model.safetensors");
    let file = std::fs::read(&path).unwrap();
    let loaded = Loader::new().load::<Gpt2>(&path).unwrap();
    assert_eq!((loaded.report.dim("vocab"), loaded.report.dim("positions")), (Some(128), Some(32)));
    let model = loaded.module;
    assert_is_the_file(&model, &file);

    // by row and column, and not only as bytes
    let tensors = SafeTensors::deserialize(&file).unwrap();
    let data = |name: &str| -> Vec<f32> {
        let bytes = tensors.tensor(name).unwrap().data();
        bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
    };
    let (tokens, qkv, down) = (
        data("transformer.wte.weight"),
        data("transformer.h.1.attn.c_attn.weight"),
        data("transformer.h.1.mlp.c_proj.weight"),
    );
    let block = &model.transformer.h[1];
    for row in 0..32 {
        assert!((0..32).all(|column| model.transformer.tokens[(row, column)] == tokens[row * 32 + column]));
        assert!((0..96).all(|column| block.qkv.weight[(row, column)] == qkv[row * 96 + column]));
        assert!((0..32).all(|column| block.down.weight[(row, column)] == down[row * 32 + column]));
    }

    let scratch = tempfile::tempdir().unwrap();
    for name in ["again.safetensors", "again.npz"] {
        let again = scratch.path().join(name);
        model.save_weights(&again).unwrap();
        assert_is_the_file(&Gpt2::from_weights(&again).unwrap(), &file);
    }
    assert_is_the_file(&model, &std::fs::read(scratch.path().join("again.safetensors")).unwrap());
}

#[test]
fn rows_and_columns_stay_what_they_are() {
    let expected = Matrix2x3::new(0.0, 1.0, 2.0, 3.0, 4.0, 5.0);
    let tensor = range(&[2, 3]);
    assert_eq!(made::<Matrix2x3<f32>>(&tensor), expected);
    assert_eq!(made::<Matrix2xX<f32>>(&tensor), expected);
    assert_eq!(made::<MatrixXx3<f32>>(&tensor), expected);
    assert_eq!(made::<DMatrix<f32>>(&tensor), expected);
    // in the order of columns, which is what is transposed
    assert_eq!(made::<DMatrix<f32>>(&tensor).as_slice(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
}

/// A matrix of this element, larger than what is transposed at once, is right and gives the same bytes back.
fn assert_transposed<T: Element + Scalar>(value: impl Fn(usize) -> T) {
    const ROWS: usize = 37;
    const COLUMNS: usize = 150;
    let tensor = Tensor::new([ROWS, COLUMNS], (0..ROWS * COLUMNS).map(&value).collect()).unwrap();
    let matrix = made::<DMatrix<T>>(&tensor);
    let fixed = made::<SMatrix<T, ROWS, COLUMNS>>(&tensor);
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let expected = value(row * COLUMNS + column);
            assert_eq!((matrix[(row, column)], fixed[(row, column)]), (expected, expected), "{}", T::DTYPE);
        }
    }
    let bytes = AnyTensor::from(tensor);
    for view in [Parameter::view(&matrix), Parameter::view(&fixed)] {
        assert_eq!((view.dtype(), view.shape(), view.byte_len()), (T::DTYPE, bytes.shape(), bytes.as_bytes().len()));
        assert_eq!(view.bytes().unwrap(), bytes.as_bytes());
    }
}

#[test]
fn every_element_is_transposed() {
    assert_transposed(|i| i % 3 == 1);
    assert_transposed(|i| i as u8);
    assert_transposed(|i| i as i16);
    assert_transposed(|i| bf16::from_f32((i % 256) as f32));
    assert_transposed(|i| i as u32);
    assert_transposed(|i| i as f32);
    assert_transposed(|i| i as f64);
    assert_transposed(|i| i as u64);
    assert_transposed(|i| Complex64::new(i as f32, -(i as f32)));
}

#[test]
fn one_column_is_a_vector_and_one_row_is_a_matrix() {
    #[derive(Debug, Module)]
    struct Lines {
        #[param]
        vector: SVector<f32, 3>,
        #[param]
        row: RowSVector<f32, 3>,
        #[param]
        one: SMatrix<f32, 1, 1>,
        #[param(shape = ["n"])]
        long: DVector<f32>,
        #[param(shape = [1, "n"])]
        long_row: RowDVector<f32>,
        #[param(shape = [3, 1])]
        column: DMatrix<f32>,
    }
    let shapes: [(&str, &[usize]); 6] =
        [("vector", &[3]), ("row", &[1, 3]), ("one", &[1]), ("long", &[7]), ("long_row", &[1, 7]), ("column", &[3, 1])];
    let lines = Lines::from_weights(shapes.map(|(name, shape)| (name, range(shape)))).unwrap();
    assert_eq!(lines.vector, Vector3::new(0.0, 1.0, 2.0));
    assert_eq!(lines.row, lines.vector.transpose());
    assert_eq!(lines.column, lines.vector);
    assert_eq!((lines.long[6], lines.long_row[6], lines.one[0]), (6.0, 6.0, 0.0));
    for ((name, shape), (path, view)) in shapes.into_iter().zip(lines.parameters()) {
        assert_eq!((name, shape), (&*path, &view.shape()[..]));
    }

    let report = mismatch(One::<SVector<f32, 3>>::from_weights([("matrix", range(&[3, 1]))]));
    let shape = &report.shape[0];
    assert_eq!((shape.expected.as_deref(), shape.found.as_deref()), (Some("[3]"), Some("[3, 1]")));
    assert!(One::<SMatrix<f32, 1, 1>>::from_weights([("matrix", range(&[]))]).is_err(), "a scalar is no vector");
}

#[test]
fn only_what_has_rows_and_columns_is_copied() {
    // taken over from a tensor that nobody shares, and shown in its place
    let tensor = AnyTensor::from(range(&[6]));
    let place = tensor.as_bytes().as_ptr();
    let vector: DVector<f32> = made(tensor);
    assert_eq!(vector.as_ptr().cast(), place);
    let tensor = AnyTensor::from(range(&[1, 6]));
    let place = tensor.as_bytes().as_ptr();
    let row: RowDVector<f32> = made(tensor);
    assert_eq!(row.as_ptr().cast(), place);

    fn assert_borrowed(view: weighbridge::View<'_>, place: *const f32) {
        let Cow::Borrowed(bytes) = view.bytes().unwrap() else { panic!("copied") };
        assert_eq!((bytes.as_ptr(), bytes.len()), (place.cast(), 24));
    }
    assert_borrowed(Parameter::view(&vector), vector.as_ptr());
    assert_borrowed(Parameter::view(&row), row.as_ptr());
    let vector: SVector<f32, 6> = made(range(&[6]));
    assert_borrowed(Parameter::view(&vector), vector.as_ptr());
    let matrix: SMatrix<f32, 2, 3> = made(range(&[2, 3]));
    assert!(matches!(Parameter::view(&matrix).bytes().unwrap(), Cow::Owned(_)));

    let shared = AnyTensor::from(range(&[6]));
    let own: DVector<f32> = made(&shared);
    assert_ne!(own.as_ptr().cast(), shared.as_bytes().as_ptr());
    assert!(own.share().is_none() && matrix.share().is_none(), "a matrix owns its elements");
}

#[test]
fn an_update_changes_all_or_nothing() {
    let mut linear = Linear::<10, 10>::from_weights(fixture("mlx/linear.npz")).unwrap();
    assert_eq!(linear, Linear::from_weights(fixture("mlx/linear.safetensors")).unwrap());
    let before = linear.clone();
    let weight = range(&[10, 10]);

    let report = mismatch(linear.load_weights([("weight", &weight), ("bias", &range(&[10, 1]))]).map(drop));
    assert_eq!(report.shape[0].path, "bias");
    assert_eq!(linear, before);

    linear.load_weights([("weight", &weight), ("bias", &range(&[10]))]).unwrap();
    assert_eq!((linear.weight[(3, 7)], linear.bias[9]), (37.0, 9.0));

    // a matrix that was transposed is another one, though its shape is the same
    linear.weight.transpose_mut();
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("linear.npz");
    linear.save_weights(&path).unwrap();
    assert_eq!(Linear::<10, 10>::from_weights(&path).unwrap().weight[(7, 3)], 37.0);
}

#[test]
fn matrices_without_elements() {
    #[derive(Debug, Module)]
    struct Empty {
        #[param]
        fixed: SMatrix<f32, 0, 3>,
        #[param]
        vector: SVector<bool, 0>,
        #[param(shape = [_, 0])]
        any: DMatrix<f64>,
        #[param(shape = [_, _])]
        wide: OMatrix<u8, Const<0>, Dyn>,
    }
    let pairs = [
        ("fixed", AnyTensor::from(Tensor::<f32>::zeros([0, 3]))),
        ("vector", Tensor::<bool>::zeros([0]).into()),
        ("any", Tensor::<f64>::zeros([5, 0]).into()),
        ("wide", Tensor::<u8>::zeros([0, 7]).into()),
    ];
    let empty = Empty::from_weights(pairs).unwrap();
    assert_eq!((empty.fixed.shape(), empty.any.shape(), empty.wide.shape()), ((0, 3), (5, 0), (0, 7)));
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("empty.safetensors");
    empty.save_weights(&path).unwrap();
    assert_is_the_file(&Empty::from_weights(&path).unwrap(), &std::fs::read(&path).unwrap());

    // no column is visited
    let endless: DMatrix<f32> = made(Tensor::<f32>::new([0, usize::MAX], vec![]).unwrap());
    assert_eq!((endless.shape(), Parameter::view(&endless).byte_len()), ((0, usize::MAX), 0));
}

#[test]
fn what_does_not_fit_is_refused_before_a_byte_is_read() {
    #[derive(Debug, Module)]
    #[module(ignore = ["bn1.*", "fc.bias", "conv1.bias"])]
    struct Wrong {
        #[param(rename = "conv1.weight", shape = [_, _])]
        rank: DMatrix<f32>,
        #[param(rename = "conv2.weight", shape = [_, _], dtype = "BF16")]
        dtype: DMatrix<f32>,
        #[param(rename = "fc.weight")]
        transposed: SMatrix<f32, 16, 5>,
    }
    let bytes = std::fs::read(fixture("mlx/cnn.safetensors")).unwrap();
    let file = Noted::new(bytes);

    let paths = |findings: &[weighbridge::Finding]| findings.iter().map(|f| f.path.clone()).collect::<Vec<_>>();
    for rule in [Rule::Refuse, Rule::Allow] {
        // a shape that the type cannot hold is let through by no rule
        let report = mismatch(Loader::new().shapes(rule).load::<Wrong>(file.source()));
        assert_eq!(paths(&report.shape), ["conv1.weight", "conv2.weight", "fc.weight"]);
        assert_eq!(paths(&report.dtype), ["conv2.weight"]);
        assert_eq!(report.shape[2].expected.as_deref(), Some("[16, 5]"));
    }
    assert!(file.read_headers_only(), "{:?}", file.reads());

    // by hand, where no plan has looked before
    let refused = Matrix2x3::<f32>::from_tensor(range(&[3, 2]).into(), &Devices::default()).unwrap_err();
    assert_eq!(refused.to_string(), "the tensor is [3, 2], which this matrix type cannot be; take a `DMatrix`");
    assert!(DMatrix::<f32>::from_tensor(range(&[3, 2, 1]).into(), &Devices::default()).is_err());
    assert!(DMatrix::<f64>::from_tensor(range(&[3, 2]).into(), &Devices::default()).is_err());
}

#[test]
fn a_byte_that_is_no_bool_is_refused() {
    let header = r#"{"matrix":{"dtype":"BOOL","shape":[2,2],"data_offsets":[0,4]}}"#;
    let file = |bytes: [u8; 4]| [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &bytes].concat();
    let one = One::<SMatrix<bool, 2, 2>>::from_weights(file([1, 0, 1, 1])).unwrap();
    assert_eq!(one.matrix, SMatrix::<bool, 2, 2>::new(true, false, true, true));
    let refused = One::<SMatrix<bool, 2, 2>>::from_weights(file([1, 0, 2, 1])).unwrap_err();
    assert!(refused.to_string().contains("element 2 is 2, and a BOOL is 0 or 1"), "{refused}");
}
