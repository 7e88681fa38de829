//! What a parameter may be: tensors of every element, arrays, vectors, scalars, types of others.

use half::{bf16, f16};
use wb::{AnyTensor, Complex64, DType, Module, Parameter, ParameterError, Shapes, Tensor, View};
use weighbridge_tests::contents;

use super::{pairs, there_and_back};

/// A struct with one scalar, array, vector and tensor of each type, and the test that loads it.
macro_rules! elements {
    ($($name:ident: $element:ty = $dtype:ident, $zero:expr, $one:expr;)*) => {$(
        #[test]
        fn $name() {
            #[derive(Clone, Debug, PartialEq, Module)]
            #[module(crate = wb)]
            struct Model {
                #[param]
                scalar: $element,
                #[param]
                array: [$element; 3],
                #[param(shape = [2, 3])]
                nested: [[$element; 3]; 2],
                #[param(shape = [_])]
                vec: Vec<$element>,
                #[param(shape = [_, 3])]
                rows: Vec<[$element; 3]>,
                #[param(shape = [2, 1])]
                tensor: Tensor<$element>,
                #[param(shape = [])]
                dimensionless: Tensor<$element>,
                #[param]
                list: Option<[$element; 1]>,
            }
            let model = |x: $element, y: $element| Model {
                scalar: x,
                array: [x, y, x],
                nested: [[x, x, y], [y, x, x]],
                vec: vec![x, y, y, x, y],
                rows: vec![[x, y, y]; 4],
                tensor: Tensor::new([2, 1], vec![x, y]).unwrap(),
                dimensionless: Tensor::new([], vec![y]).unwrap(),
                list: Some([x]),
            };
            let wanted = model($one, $zero);
            assert_eq!(there_and_back(&wanted, &mut model($zero, $zero)), wanted);
            let shapes: Vec<_> = contents(&wanted).into_iter().map(|(_, dtype, shape, _)| (dtype, shape)).collect();
            let shape = |extents: &[usize]| (DType::$dtype, extents.to_vec());
            assert_eq!(shapes[..5], [shape(&[]), shape(&[3]), shape(&[2, 3]), shape(&[5]), shape(&[4, 3])]);
            assert_eq!(shapes[5..], [shape(&[2, 1]), shape(&[]), shape(&[1])]);
        }
    )*};
}

elements! {
    of_bool: bool = BOOL, false, true;
    of_u8: u8 = U8, 0, u8::MAX;
    of_u16: u16 = U16, 0, u16::MAX - 1;
    of_u32: u32 = U32, 0, u32::MAX - 1;
    of_u64: u64 = U64, 0, u64::MAX - 1;
    of_i8: i8 = I8, 0, i8::MIN;
    of_i16: i16 = I16, 0, i16::MIN + 1;
    of_i32: i32 = I32, 0, i32::MIN + 1;
    of_i64: i64 = I64, 0, i64::MIN + 1;
    of_f16: f16 = F16, f16::ZERO, f16::from_f32_const(-0.1);
    of_bf16: bf16 = BF16, bf16::ZERO, bf16::from_f32_const(-0.1);
    of_f32: f32 = F32, 0.0, -0.1;
    of_f64: f64 = F64, 0.0, -0.1;
    of_complex64: Complex64 = C64, Complex64::new(0.0, 0.0), Complex64::new(-0.1, 0.2);
}

#[test]
fn arrays_are_in_c_order() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param]
        a: [[[u8; 2]; 3]; 2],
        #[param(shape = ["n", 2])]
        b: Vec<[u8; 2]>,
    }
    let a = Tensor::new([2, 3, 2], (0..12_u8).collect()).unwrap();
    let b = Tensor::new([3, 2], (0..6_u8).collect()).unwrap();
    let model = Model::from_weights([("a", a), ("b", b)]).unwrap();
    assert_eq!(model.a, [[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]]);
    assert_eq!(model.b, [[0, 1], [2, 3], [4, 5]]);
}

#[test]
fn empty_arrays() {
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param]
        none: [f32; 0],
        #[param(shape = [_, 2])]
        no_rows: Vec<[f32; 2]>,
        #[param(shape = [_])]
        nothing: Vec<f32>,
        #[param]
        rows_of_none: [[f32; 0]; 3],
        #[param(shape = [2, 0, 4])]
        tensor: Tensor<f32>,
    }
    let model = || Model {
        none: [],
        no_rows: vec![],
        nothing: vec![],
        rows_of_none: [[]; 3],
        tensor: Tensor::zeros([2, 0, 4]),
    };
    assert_eq!(there_and_back(&model(), &mut model()), model());
}

#[test]
fn an_empty_matrix_without_columns() {
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [_, 0])]
        rows: Vec<[f32; 0]>,
    }
    // three rows of nothing: what there is of them is their number
    let model = Model { rows: vec![[]; 3] };
    assert_eq!(contents(&model)[0].2, [3, 0]);
    let loaded = Model::from_weights(pairs(&model)).unwrap();
    assert_eq!(loaded, model);
}

#[test]
fn any_tensor_keeps_the_dtype_of_the_file() {
    #[derive(Clone, Debug, PartialEq, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [2])]
        any: AnyTensor,
    }
    let any = |dtype: DType, byte: u8| Model {
        any: AnyTensor::new(dtype, [2], &vec![byte; dtype.block().bytes * 2]).unwrap(),
    };
    for dtype in [DType::BOOL, DType::U16, DType::C64, DType::BF16, DType::I64] {
        let mut other = any(DType::F32, 0);
        other.load_weights(pairs(&any(dtype, 1))).unwrap();
        assert_eq!(other, any(dtype, 1));
    }
    assert_eq!(there_and_back(&any(DType::F64, 3), &mut any(DType::U8, 0)), any(DType::F64, 3));
}

/// A matrix by columns, of another crate.
#[derive(Clone, Debug, PartialEq)]
struct Columns {
    rows: usize,
    columns: Vec<Vec<f32>>,
}

impl Parameter for Columns {
    const DTYPES: &'static [DType] = &[DType::F32];
    const SHAPES: Shapes = Shapes::Rank(2);

    fn from_tensor(tensor: AnyTensor, _: &wb::Devices) -> Result<Self, ParameterError> {
        let tensor = Tensor::<f32>::try_from(tensor).map_err(|_| ParameterError::new("not F32"))?;
        let [rows, count] = tensor.shape()[..] else { return Err(ParameterError::new("no matrix")) };
        let column = |c| (0..rows).map(|r| tensor.as_slice()[r * count + c]).collect();
        Ok(Columns { rows, columns: (0..count).map(column).collect() })
    }

    fn view(&self) -> View<'_> {
        let elements: Vec<u8> =
            (0..self.rows).flat_map(|r| self.columns.iter().flat_map(move |column| column[r].to_le_bytes())).collect();
        View::new(DType::F32, [self.rows, self.columns.len()], elements)
    }
}

/// A vector that is fetched when it is asked for.
#[derive(Clone, Debug, PartialEq)]
struct Remote(Vec<f64>);

impl Parameter for Remote {
    const DTYPES: &'static [DType] = &[DType::F64];

    fn from_tensor(tensor: AnyTensor, _: &wb::Devices) -> Result<Self, ParameterError> {
        Ok(Remote(Tensor::try_from(tensor).map_err(|_| ParameterError::new("not F64"))?.into_vec()))
    }

    fn view(&self) -> View<'_> {
        let fetch = || Ok(self.0.iter().flat_map(|element| element.to_le_bytes()).collect());
        View::deferred(DType::F64, [self.0.len()], fetch)
    }
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Foreign {
    #[param(shape = [2, 3])]
    matrix: Columns,
    #[param(shape = ["n", _])]
    list: Vec<Columns>,
    #[param(shape = [2])]
    remote: Option<Box<Remote>>,
}

#[test]
fn tensor_types_of_others() {
    let matrix = |x| Columns { rows: 2, columns: vec![vec![x, 2.0], vec![3.0, 4.0], vec![5.0, 6.0]] };
    let foreign = |x| Foreign {
        matrix: matrix(x),
        list: vec![matrix(x); 2],
        remote: Some(Box::new(Remote(vec![x.into(), 1.0]))),
    };
    assert_eq!(there_and_back(&foreign(1.0), &mut foreign(0.0)), foreign(1.0));
    let view = foreign(1.0);
    let bytes = view.matrix.view();
    assert_eq!(bytes.bytes().unwrap()[..], weighbridge_tests::files::f32s(&[1.0, 3.0, 5.0, 2.0, 4.0, 6.0]));
    // what the type cannot hold is refused before it is asked
    let error = wb::Loader::new().strict(false).load::<Foreign>([("matrix", Tensor::<f32>::zeros([6]))]).unwrap_err();
    assert_eq!(error.report().unwrap().shape[0].path, "matrix");
}
