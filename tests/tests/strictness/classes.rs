//! Missing, unexpected, shape, dtype: each strict, with `strict(false)`, and with its own switch.

use half::{bf16, f16};
use wb::{AnyTensor, Cast, DType, Element, Loader, Module, Parameter, Rule, Tensor};

use super::{Named, Pair, accepted, mismatch, pair, paths, refused, vector};

fn not_strict() -> Loader {
    Loader::new().strict(false)
}

#[test]
fn missing() {
    let pairs = [("a", vector(&[5.0, 6.0]))];
    assert_eq!(paths(&refused(&Loader::new(), &mut pair(), &pairs).missing), ["b"]);
    for loader in [not_strict(), Loader::new().missing(Rule::Allow)] {
        // a new module has nothing to keep
        for refused in [loader.load::<Pair>(&pairs[..]).map(|_| ()), loader.check::<Pair>(&pairs[..]).map(|_| ())] {
            assert_eq!(paths(&mismatch(refused).missing), ["b"]);
        }
        let mut module = pair();
        let report = loader.update(&mut module, &pairs[..]).unwrap();
        assert_eq!((report.ok, report.kept, report.fitting_count), (true, vec!["b".to_owned()], 1));
        assert_eq!((module.a.as_slice(), module.b.as_slice()), (&[5.0, 6.0][..], &[3.0, 4.0][..]));
    }
    for loader in [not_strict().missing(Rule::Refuse), not_strict().strict(true)] {
        refused(&loader, &mut pair(), &pairs);
    }
}

#[test]
fn missing_from_a_module_that_may_lack_it() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [2])]
        a: Tensor<f32>,
        #[param(shape = [2])]
        b: Option<Tensor<f32>>,
        #[module(skip)]
        calls: u32,
    }
    let model = Loader::new().load::<Model>([("a", vector(&[5.0, 6.0]))]).unwrap().module;
    assert!(model.b.is_none() && model.calls == 0);
}

#[test]
fn unexpected() {
    let pairs = [("a", vector(&[5.0, 6.0])), ("b", vector(&[7.0, 8.0])), ("c", vector(&[9.0]))];
    let report = refused(&Loader::new(), &mut pair(), &pairs);
    assert_eq!(paths(&report.unexpected), ["c"]);
    assert_eq!(report.unexpected[0].found.as_deref(), Some("F32 [1]"));
    for loader in [not_strict(), Loader::new().unexpected(Rule::Allow)] {
        let (module, report) = accepted(&loader, &mut pair(), &pairs);
        assert_eq!((module.b.as_slice(), report.ignored), (&[7.0, 8.0][..], vec!["c".to_owned()]));
    }
    refused(&not_strict().unexpected(Rule::Refuse), &mut pair(), &pairs);
}

#[test]
fn shape() {
    let pairs = [("a", vector(&[5.0, 6.0, 7.0])), ("b", vector(&[7.0, 8.0]))];
    let report = refused(&Loader::new(), &mut pair(), &pairs);
    assert_eq!(paths(&report.shape), ["a"]);
    assert_eq!((report.shape[0].expected.as_deref(), report.shape[0].found.as_deref()), (Some("[2]"), Some("[3]")));
    for loader in [not_strict(), Loader::new().shapes(Rule::Allow)] {
        let (module, report) = accepted(&loader, &mut pair(), &pairs);
        assert_eq!((module.a.as_slice(), report.reshaped), (&[5.0, 6.0, 7.0][..], vec!["a".to_owned()]));
    }
    refused(&not_strict().shapes(Rule::Refuse), &mut pair(), &pairs);
}

#[test]
fn a_shape_that_the_type_cannot_hold() {
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Fixed {
        #[param]
        scalar: f32,
        #[param]
        array: [f32; 2],
        #[param(shape = [2, 2])]
        rows: Vec<[f32; 2]>,
    }
    let mut module = Fixed { scalar: 1.0, array: [2.0; 2], rows: vec![[3.0; 2]; 2] };
    let pairs =
        [("scalar", vector(&[1.0])), ("array", vector(&[1.0; 3])), ("rows", Tensor::<f32>::zeros([2, 3]).into())];
    for loader in [Loader::new(), not_strict()] {
        assert_eq!(paths(&refused(&loader, &mut module, &pairs).shape), ["array", "rows", "scalar"]);
    }
    // more rows than the attribute says: the type holds them
    let pairs =
        [("scalar", Tensor::<f32>::zeros([]).into()), pairs_array(), ("rows", Tensor::<f32>::zeros([3, 2]).into())];
    assert_eq!(paths(&refused(&Loader::new(), &mut module, &pairs).shape), ["rows"]);
    assert_eq!(accepted(&not_strict(), &mut module, &pairs).0.rows, [[0.0; 2]; 3]);
}

fn pairs_array() -> Named {
    ("array", vector(&[1.0; 2]))
}

#[test]
fn dtype() {
    let ints: AnyTensor = Tensor::new([2], vec![5_i32, 6]).unwrap().into();
    let pairs = [("a", ints), ("b", vector(&[7.0, 8.0]))];
    for loader in [Loader::new(), not_strict(), Loader::new().cast(Cast::None), Loader::new().cast(Cast::Lossless)] {
        let report = refused(&loader, &mut pair(), &pairs);
        assert_eq!(paths(&report.dtype), ["a"]);
        assert_eq!((report.dtype[0].expected.as_deref(), report.dtype[0].found.as_deref()), (Some("F32"), Some("I32")));
    }
    let (module, report) = accepted(&Loader::new().cast(Cast::Any), &mut pair(), &pairs);
    assert_eq!(module.a.as_slice(), [5.0, 6.0]);
    assert_eq!((&*report.cast[0].path, report.cast[0].from, report.cast[0].to), ("a", DType::I32, DType::F32));
    assert_eq!(report.cast.len(), 1);
}

/// The elements of one tensor after a cast on load, if it is allowed.
fn cast<A: Element, B: Element>(rule: Cast, elements: &[A]) -> Option<Vec<B>> {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct One<T: Element> {
        #[param(shape = [_])]
        a: Tensor<T>,
    }
    let pairs = [("a", Tensor::new([elements.len()], elements.to_vec()).unwrap())];
    match Loader::new().cast(rule).load::<One<B>>(pairs) {
        Ok(loaded) => {
            assert_eq!(loaded.report.cast.len(), usize::from(A::DTYPE != B::DTYPE));
            Some(loaded.module.a.into_vec())
        }
        Err(error) => {
            assert_eq!(paths(&mismatch::<()>(Err(error)).dtype), ["a"]);
            None
        }
    }
}

#[test]
fn dtypes_may_be_a_constant_of_the_configuration() {
    trait Config {
        const DTYPES: &'static [DType];
    }
    #[derive(Debug)]
    struct Halves;
    impl Config for Halves {
        const DTYPES: &'static [DType] = &[DType::F16, DType::BF16];
    }
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Norm<C: Config> {
        #[param(shape = [2], dtype = C::DTYPES)]
        weight: AnyTensor,
        config: std::marker::PhantomData<C>,
    }
    assert_eq!(Norm::<Halves>::SCHEMA.parameter(0).unwrap().dtypes(), Halves::DTYPES);
    assert!(Norm::<Halves>::from_weights([("weight", Tensor::<f16>::zeros([2]))]).is_ok());
    let float = Norm::<Halves>::from_weights([("weight", Tensor::<f32>::zeros([2]))]).unwrap_err();
    assert_eq!(float.report().unwrap().dtype[0].expected.as_deref(), Some("F16 or BF16"));
}

#[test]
fn a_field_that_names_one_dtype_of_its_type_has_a_size() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Any {
        #[param(shape = [2], dtype = "F16")]
        a: AnyTensor,
        #[param(shape = [2], dtype = ["F16", "F32"])]
        b: AnyTensor,
    }
    let bytes = |number| Any::SCHEMA.parameter(number).unwrap().byte_len();
    assert_eq!((bytes(0), bytes(1)), (Some(4), None));
}

#[test]
fn casts_without_a_loss() {
    let halves = [f16::from_f32(0.1), f16::MAX, f16::MIN_POSITIVE_SUBNORMAL];
    assert_eq!(cast::<_, f32>(Cast::Lossless, &halves).unwrap(), halves.map(f32::from));
    let brains = [bf16::from_f32(0.1), bf16::MAX, bf16::NEG_INFINITY];
    assert_eq!(cast::<_, f32>(Cast::Lossless, &brains).unwrap(), brains.map(f32::from));
    assert_eq!(
        cast::<_, f64>(Cast::Lossless, &[f32::MIN_POSITIVE, 0.1]).unwrap(),
        [f64::from(f32::MIN_POSITIVE), f64::from(0.1_f32)]
    );
    assert_eq!(cast::<u8, i32>(Cast::Lossless, &[0, 255]).unwrap(), [0, 255]);
    assert_eq!(cast::<i16, f32>(Cast::Lossless, &[i16::MIN, i16::MAX]).unwrap(), [-32768.0, 32767.0]);
    assert_eq!(cast::<u8, bf16>(Cast::Lossless, &[255]).unwrap(), [bf16::from_f32(255.0)]);
    // each of these has a value that the other lacks
    assert_eq!(cast::<f16, bf16>(Cast::Lossless, &[f16::ONE]), None);
    assert_eq!(cast::<bf16, f16>(Cast::Lossless, &[bf16::ONE]), None);
    assert_eq!(cast::<f32, bf16>(Cast::Lossless, &[1.0]), None);
    assert_eq!(cast::<i32, f32>(Cast::Lossless, &[1]), None);
    assert_eq!(cast::<i8, u8>(Cast::Lossless, &[1]), None);
    assert_eq!(cast::<u8, i8>(Cast::Lossless, &[1]), None);
    assert_eq!(cast::<u16, f16>(Cast::Lossless, &[1]), None);
    // and none of them without the loader's leave
    assert_eq!(cast::<bf16, f32>(Cast::None, &brains), None);
}

#[test]
fn any_cast() {
    let third = 1.0_f32 / 3.0;
    assert_eq!(cast::<f32, bf16>(Cast::Any, &[third]).unwrap(), [bf16::from_f32(third)]);
    assert_eq!(cast::<f64, f32>(Cast::Any, &[1e300, 0.1]).unwrap(), [f32::INFINITY, 0.1]);
    assert_eq!(cast::<f32, u8>(Cast::Any, &[-1.0, 300.0, 7.9, f32::NAN]).unwrap(), [0, 255, 7, 0]);
    assert_eq!(cast::<i64, i8>(Cast::Any, &[i64::MIN, 5, i64::MAX]).unwrap(), [-128, 5, 127]);
    assert_eq!(cast::<u64, f32>(Cast::Any, &[u64::MAX]).unwrap(), [u64::MAX as f32]);
    // what is no number is cast to nothing
    assert_eq!(cast::<bool, u8>(Cast::Any, &[true]), None);
    assert_eq!(cast::<u8, bool>(Cast::Any, &[1]), None);
    assert_eq!(cast::<wb::Complex64, f32>(Cast::Any, &[wb::Complex64::new(1.0, 0.0)]), None);
}

#[test]
fn a_cast_in_pieces() {
    // from a file, more elements than a piece of it holds
    let elements: Vec<bf16> = (0..300_000_u32).map(|i| bf16::from_f32(i as f32)).collect();
    let bytes: Vec<u8> = elements.iter().flat_map(|element| element.to_le_bytes()).collect();
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct One {
        #[param(shape = ["n"])]
        a: Tensor<f32>,
    }
    let file = weighbridge_tests::files::safetensors(&[("a", DType::BF16, &[elements.len()], &bytes)]);
    let loaded = Loader::new().cast(Cast::Lossless).load::<One>(file).unwrap();
    assert!(loaded.module.a.as_slice().iter().zip(&elements).all(|(a, b)| *a == f32::from(*b)));
    assert_eq!(loaded.report.dim("n"), Some(300_000));
}

#[test]
fn the_dtypes_of_a_field() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [2], dtype = ["BF16", "F16"])]
        any: AnyTensor,
        #[param(shape = [2], dtype = ["F32", "BF16"])]
        wide: Tensor<f32>,
        #[param(shape = [2])]
        free: AnyTensor,
    }
    let halves = || AnyTensor::from(Tensor::new([2], vec![f16::ONE; 2]).unwrap());
    let brains = || AnyTensor::from(Tensor::new([2], vec![bf16::ONE; 2]).unwrap());
    let loaded =
        Loader::new().load::<Model>([("any", halves()), ("wide", brains()), ("free", vector(&[1.0; 2]))]).unwrap();
    let Model { any, wide, free } = loaded.module;
    assert_eq!((any.dtype(), wide.as_slice(), free.dtype()), (DType::F16, &[1.0, 1.0][..], DType::F32));
    assert_eq!(loaded.report.cast.len(), 1);
    let report = mismatch(Model::from_weights([("any", vector(&[1.0; 2])), ("wide", halves()), ("free", brains())]));
    assert_eq!(paths(&report.dtype), ["any", "wide"]);
    assert_eq!(report.dtype[0].expected.as_deref(), Some("BF16 or F16"));
}

#[test]
fn a_parameter_of_several_dtypes() {
    struct Either(AnyTensor);
    impl Parameter for Either {
        const DTYPES: &'static [DType] = &[DType::F32, DType::F16];
        fn from_tensor(tensor: AnyTensor, _: &wb::Devices) -> Result<Self, wb::ParameterError> {
            Ok(Either(tensor))
        }
        fn view(&self) -> wb::View<'_> {
            self.0.view()
        }
    }
    #[derive(Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [1])]
        a: Either,
    }
    let one = |tensor: AnyTensor| [("a", tensor)];
    for dtype in [DType::F32, DType::F16] {
        let tensor = AnyTensor::new(dtype, [1], &vec![0; dtype.block().bytes]).unwrap();
        assert_eq!(Model::from_weights(one(tensor)).unwrap().a.0.dtype(), dtype);
    }
    // where a cast is allowed, the first is cast to
    let brain = || one(Tensor::<bf16>::zeros([1]).into());
    assert_eq!(paths(&mismatch(Model::from_weights(brain())).dtype), ["a"]);
    assert_eq!(Loader::new().cast(Cast::Lossless).load::<Model>(brain()).unwrap().module.a.0.dtype(), DType::F32);
}
