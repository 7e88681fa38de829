//! Floats of 8 bits, which are cast like other numbers, and what is never cast.

use half::{bf16, f16};
use wb::{AnyTensor, Cast, Complex64, DType, Loader, Module, Tensor};
use weighbridge_tests::files::{f32s, npy, npz, safetensors};

use super::mismatch;

const FLOATS: [DType; 5] = [DType::F8_E4M3, DType::F8_E5M2, DType::F8_E4M3FNUZ, DType::F8_E5M2FNUZ, DType::F8_E8M0];

fn file(dtype: DType, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    safetensors(&[("a", dtype, shape, bytes)])
}

/// The codes of 1, 2 and 4.
fn codes(dtype: DType) -> [u8; 3] {
    let mut codes = [0; 3];
    assert!(wb::cast_elements(DType::F32, &f32s(&[1.0, 2.0, 4.0]), dtype, &mut codes));
    codes
}

#[derive(Module)]
#[module(crate = wb)]
struct One<T: wb::Element> {
    #[param(shape = [3])]
    a: Tensor<T>,
}

/// The elements of `1 2 4` in this dtype, after a load into another; `None` if that is refused.
fn widened<T: wb::Element>(cast: Cast, from: DType) -> Option<Vec<T>> {
    let source = file(from, &[3], &codes(from));
    match Loader::new().cast(cast).load::<One<T>>(source) {
        Ok(loaded) => {
            assert_eq!((loaded.report.cast[0].from, loaded.report.cast[0].to), (from, T::DTYPE));
            Some(loaded.module.a.as_slice().to_vec())
        }
        Err(error) => {
            assert_eq!(error.report().unwrap().dtype.len(), 1, "{error}");
            None
        }
    }
}

#[test]
fn floats_of_8_bits_widen_without_loss() {
    for from in FLOATS {
        let numbers = [1.0f32, 2.0, 4.0];
        assert_eq!(widened::<f32>(Cast::None, from), None);
        assert_eq!(widened::<f32>(Cast::Lossless, from).unwrap(), numbers);
        assert_eq!(widened::<f64>(Cast::Lossless, from).unwrap(), numbers.map(f64::from));
        assert_eq!(widened::<bf16>(Cast::Lossless, from).unwrap(), numbers.map(bf16::from_f32));
        // the smallest numbers of F8_E8M0 are beyond those of F16
        let halves = widened::<f16>(Cast::Lossless, from);
        assert_eq!(halves.is_some(), from != DType::F8_E8M0, "{from}");
        assert_eq!(widened::<f16>(Cast::Any, from).unwrap(), numbers.map(f16::from_f32));
        assert_eq!(widened::<i16>(Cast::Lossless, from), None);
        assert_eq!(widened::<i16>(Cast::Any, from).unwrap(), [1, 2, 4]);
    }
}

#[derive(Module)]
#[module(crate = wb)]
struct Declared {
    #[param(shape = [3], dtype = ["F32", "F8_E4M3", "F8_E5M2"])]
    a: Tensor<f32>,
}

#[test]
fn a_field_names_floats_of_8_bits() {
    for from in [DType::F8_E4M3, DType::F8_E5M2] {
        let module = Declared::from_weights(file(from, &[3], &codes(from))).unwrap();
        assert_eq!(module.a.as_slice(), [1.0, 2.0, 4.0]);
    }
    let report = mismatch(Declared::from_weights(file(DType::F8_E4M3FNUZ, &[3], &codes(DType::F8_E4M3FNUZ))));
    assert_eq!(report.dtype.len(), 1);
}

#[derive(Module)]
#[module(crate = wb)]
struct Packed {
    #[param(shape = [3], dtype = "F8_E4M3")]
    a: AnyTensor,
}

#[test]
fn any_number_is_narrowed_on_request() {
    let numbers = [1.06f32, -464.0, 465.0];
    let source = file(DType::F32, &[3], &f32s(&numbers));
    let report = mismatch(Loader::new().cast(Cast::Lossless).load::<Packed>(&source));
    assert_eq!(report.dtype[0].hints.len(), 1);
    let loaded = Loader::new().cast(Cast::Any).load::<Packed>(&source).unwrap();
    assert_eq!((loaded.module.a.dtype(), loaded.module.a.as_bytes()), (DType::F8_E4M3, &[0x38, 0xfe, 0x7f][..]));
    assert_eq!(loaded.report.cast.len(), 1);
}

#[test]
fn untyped_bytes_are_what_the_field_says_and_widen() {
    let array = npy("|V1", false, "(3,)", &codes(DType::F8_E4M3));
    #[derive(Module)]
    #[module(crate = wb)]
    struct Narrow {
        #[param(shape = [3], dtype = "F8_E4M3")]
        a: Tensor<f32>,
    }
    let module = Narrow::from_weights(npz(&[("a.npy", array)])).unwrap();
    assert_eq!(module.a.as_slice(), [1.0, 2.0, 4.0]);

    #[derive(Module)]
    #[module(crate = wb)]
    struct Brain {
        #[param(shape = [3], dtype = ["BF16", "F32"])]
        a: Tensor<f32>,
    }
    let brains: Vec<u8> = [1.0f32, 2.0, 4.0].iter().flat_map(|x| bf16::from_f32(*x).to_le_bytes()).collect();
    let module = Brain::from_weights(npz(&[("a.npy", npy("<V2", false, "(3,)", &brains))])).unwrap();
    assert_eq!(module.a.as_slice(), [1.0, 2.0, 4.0]);
}

/// The only hint of the only finding.
#[track_caller]
fn hint<M: Module>(source: Vec<u8>) -> String {
    for cast in [Cast::None, Cast::Lossless, Cast::Any] {
        let report = mismatch(Loader::new().cast(cast).check::<M>(&source));
        let [finding] = report.dtype.as_slice() else { panic!("{report}") };
        let [hint] = finding.hints.as_slice() else { panic!("{report}") };
        if cast == Cast::Any {
            return hint.clone();
        }
    }
    unreachable!()
}

#[test]
fn what_is_never_cast_says_why() {
    let complex = file(DType::C64, &[3], &[0; 24]);
    assert_eq!(
        hint::<One<f32>>(complex.clone()),
        "an element of C64 is two numbers, so nothing casts it to F32; declare the field as `Tensor<Complex64>`"
    );
    assert_eq!(One::<Complex64>::from_weights(complex).unwrap().a.as_slice().len(), 3);
    assert_eq!(
        hint::<One<Complex64>>(file(DType::F32, &[3], &[0; 12])),
        "an element of C64 is two numbers, so nothing casts F32 to it; declare the field as F32"
    );
    assert_eq!(
        hint::<One<f32>>(file(DType::BOOL, &[3], &[0; 3])),
        "no cast leads from BOOL to F32; declare the field as BOOL, a `Tensor<bool>`"
    );

    #[derive(Module)]
    #[module(crate = wb)]
    struct Small<T: wb::Parameter> {
        #[param(shape = [8])]
        a: T,
    }
    for dtype in [DType::F4, DType::F6_E2M3, DType::F6_E3M2] {
        let source = file(dtype, &[8], &vec![0; dtype.size_of(8).unwrap()]);
        let expected = "its elements share bytes, so nothing casts it to F32; declare the field as `AnyTensor`, which holds them as they are";
        assert_eq!(hint::<Small<Tensor<f32>>>(source.clone()), expected);
        assert_eq!(Small::<AnyTensor>::from_weights(source).unwrap().a.dtype(), dtype);
    }
}

#[test]
fn scales_are_told_of_before_a_cast() {
    let report = mismatch(One::<f32>::from_weights(file(DType::F8_E4M3, &[3], &[0; 3])));
    let hint = &report.dtype[0].hints[0];
    assert!(hint.starts_with("unless they are quantised, F32 holds every F8_E4M3 exactly; "), "{hint}");
    assert!(
        hint.ends_with("say `Loader::new().cast(Cast::Lossless)` or `#[param(dtype = [\"F8_E4M3\", \"F32\"])]`"),
        "{hint}"
    );
}

#[test]
fn untyped_bytes_widen_in_layouts_and_ties() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Tied {
        #[param(shape = [3], dtype = "F8_E5M2", from = reshape(1, 3))]
        a: Tensor<f32>,
        #[param(shape = [3], dtype = "F8_E5M2", tied = "a")]
        b: Tensor<f32>,
        #[param(shape = [6], dtype = "F8_E5M2", from = concat(dim = 0, "c": 3, "d": 3))]
        both: Tensor<f64>,
    }
    let array = |shape, last: u8| {
        let mut codes = codes(DType::F8_E5M2);
        codes[2] += last;
        npy("|V1", false, shape, &codes)
    };
    let file = |b| {
        npz(&[
            ("a.npy", array("(1, 3)", 0)),
            ("b.npy", array("(3,)", b)),
            ("c.npy", array("(3,)", 0)),
            ("d.npy", array("(3,)", 0)),
        ])
    };
    let module = Tied::from_weights(file(0)).unwrap();
    assert_eq!((module.a.as_slice(), module.b.as_slice()), (&[1.0, 2.0, 4.0][..], &[1.0, 2.0, 4.0][..]));
    assert_eq!(module.both.as_slice(), [1.0, 2.0, 4.0, 1.0, 2.0, 4.0]);
    assert_eq!(mismatch(Tied::from_weights(file(1))).tied.len(), 1);
}
