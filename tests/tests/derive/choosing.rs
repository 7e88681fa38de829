//! Which variant of an enum is meant, where more than names and strict rules decide it.

use wb::{AnyTensor, Cast, DType, Devices, LoadError, Loader, Module, Parameter, ParameterError, Report, Tensor, View};

fn zeros(names: &[(&str, &[usize])]) -> Vec<(String, AnyTensor)> {
    names.iter().map(|(name, shape)| ((*name).to_owned(), Tensor::<f32>::zeros(*shape).into())).collect()
}

fn refused<T>(result: Result<T, LoadError>) -> Report {
    match result {
        Err(LoadError::Mismatch(report)) => *report,
        Err(other) => panic!("another error: {other:?}"),
        Ok(_) => panic!("it was taken"),
    }
}

struct Refusing;

impl Parameter for Refusing {
    const DTYPES: &'static [DType] = &[DType::F32];
    fn from_tensor(_: AnyTensor, _: &Devices) -> Result<Self, ParameterError> {
        Err(ParameterError::new("no"))
    }
    fn view(&self) -> View<'_> {
        View::of([0], &[] as &[f32])
    }
}

#[derive(Module)]
#[module(crate = wb)]
enum Either {
    A {
        #[param(shape = [2])]
        a: Refusing,
    },
    B {
        #[param(shape = [2])]
        b: Refusing,
    },
}

#[test]
fn a_refusal_names_the_parameter_of_the_variant() {
    match Either::from_weights(zeros(&[("a", &[2])])).err() {
        Some(LoadError::Parameter { path, .. }) => assert_eq!(path, "a"),
        other => panic!("{other:?}"),
    }
}

#[derive(Debug, Module)]
#[module(crate = wb)]
enum ByShape {
    Wide {
        #[param(shape = [2, 3])]
        weight: Tensor<f32>,
    },
    Tall {
        #[param(shape = [4, 5])]
        weight: Tensor<f32>,
    },
}

#[test]
fn what_a_strict_load_takes_a_lenient_one_takes() {
    assert!(matches!(ByShape::from_weights(zeros(&[("weight", &[2, 3])])).unwrap(), ByShape::Wide { .. }));
    let lenient = Loader::new().strict(false).load::<ByShape>(zeros(&[("weight", &[2, 3])]));
    let lenient = lenient.unwrap_or_else(|error| panic!("{}", error.report().unwrap()));
    assert!(matches!(lenient.module, ByShape::Wide { .. }));
}

#[derive(Debug, Module)]
#[module(crate = wb)]
enum ByDType {
    Half(#[param(shape = [4])] Tensor<half::bf16>),
    Full(#[param(shape = [4])] Tensor<f32>),
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct HasByDType {
    weight: ByDType,
}

#[test]
fn what_needs_no_cast_wins_over_what_needs_one() {
    let pairs = || vec![("weight".to_owned(), AnyTensor::from(Tensor::<half::bf16>::zeros([4])))];
    assert!(matches!(HasByDType::from_weights(pairs()).unwrap().weight, ByDType::Half(_)));
    let cast = Loader::new().cast(Cast::Lossless).load::<HasByDType>(pairs());
    let cast = cast.unwrap_or_else(|error| panic!("{}", error.report().unwrap()));
    assert!(matches!(cast.module.weight, ByDType::Half(_)));
}

#[derive(Debug, Module)]
#[module(crate = wb)]
enum Parts {
    Two {
        #[param(shape = [4], from = slice(dim = 0, of = "qkv"))]
        q: Tensor<f32>,
        #[param(shape = [4], from = slice(dim = 0, of = "qkv", start = 4))]
        k: Tensor<f32>,
    },
    Three {
        #[param(shape = [4], from = slice(dim = 0, of = "qkv"))]
        q: Tensor<f32>,
        #[param(shape = [4], from = slice(dim = 0, of = "qkv", start = 4))]
        k: Tensor<f32>,
        #[param(shape = [4], from = slice(dim = 0, of = "qkv", start = 8))]
        v: Tensor<f32>,
    },
}

#[test]
fn a_part_that_is_left_over_is_left_over() {
    assert!(matches!(Parts::from_weights(zeros(&[("qkv", &[8])])).unwrap(), Parts::Two { .. }));
    let three = Parts::from_weights(zeros(&[("qkv", &[12])]));
    let three = three.unwrap_or_else(|error| panic!("{}", error.report().unwrap()));
    assert!(matches!(three, Parts::Three { .. }));
}

#[derive(Debug, Module)]
#[module(crate = wb, ignore = ["inv_freq"])]
struct Rope {
    #[param(shape = [2])]
    w: Tensor<f32>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
enum Ropes {
    Rope(Rope),
    Other(W4),
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct W4 {
    #[param(shape = [4])]
    w: Tensor<f32>,
}

#[test]
fn what_a_variant_ignores_is_not_unexpected() {
    let report = refused(Loader::new().check::<Ropes>(zeros(&[("w", &[3]), ("inv_freq", &[2])])));
    assert!(report.unexpected.is_empty(), "{report}");
}

#[derive(Debug, Module)]
#[module(crate = wb)]
enum Projections {
    Apart {
        #[param(shape = [2])]
        q: Tensor<f32>,
        #[param(shape = [2])]
        k: Tensor<f32>,
    },
    Fused {
        #[param(shape = [4])]
        qk: Tensor<f32>,
    },
}

#[test]
fn a_name_that_is_ignored_is_not_left_over() {
    let pairs = || zeros(&[("q", &[2]), ("k", &[2]), ("qk", &[4])]);
    let loaded = Loader::new().ignore(["qk"]).load::<Projections>(pairs());
    let loaded = loaded.unwrap_or_else(|error| panic!("{}", error.report().unwrap()));
    assert!(matches!(loaded.module, Projections::Apart { .. }));
    assert_eq!(loaded.report.ignored, ["qk"]);
}

/// The enum in a variant of another, below a module that leaves a name alone.
#[derive(Debug, Module)]
#[module(crate = wb, ignore = ["attn.qk"])]
struct Around {
    attn: Nested,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
enum Nested {
    Projections(Projections),
    Other(W4),
}

#[test]
fn what_is_ignored_around_an_enum_is_so_in_one_in_its_variant() {
    let pairs = || zeros(&[("attn.q", &[2]), ("attn.k", &[2]), ("attn.qk", &[4]), ("attn.w", &[4])]);
    let loaded = Loader::new().ignore(["*.w", "*.v"]).load::<Around>(pairs());
    let loaded = loaded.unwrap_or_else(|error| panic!("{}", error.report().unwrap()));
    assert!(matches!(loaded.module.attn, Nested::Projections(Projections::Apart { .. })));
    assert_eq!(loaded.report.ignored, ["attn.qk", "attn.w"]);
    assert_eq!(loaded.report.stale_ignores, ["*.v"]);
    // a variant that is not taken leaves nothing alone
    let report = refused(Loader::new().check::<Ropes>(zeros(&[("w", &[4]), ("inv_freq", &[2])])));
    assert_eq!((report.unexpected[0].path.as_str(), report.stale_ignores.len()), ("inv_freq", 0));
}
