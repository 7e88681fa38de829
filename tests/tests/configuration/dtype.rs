//! `Loader::dtype`: the float of the parameters whose type holds several.

use half::{bf16, f16};
use wb::{AnyTensor, Cast, DType, LoadError, Loader, Module, Report, Tensor};

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Model {
    #[param(shape = [2])]
    open: AnyTensor,
    #[param(shape = [2])]
    half: AnyTensor,
    #[param(shape = [2])]
    whole: AnyTensor,
    #[param(shape = [2])]
    fixed: Tensor<bf16>,
    /// What the checkpoint may have, and not what the parameter is.
    #[param(shape = [2], dtype = ["BF16", "F16"])]
    named: AnyTensor,
    #[param(shape = [2, 2], from = concat(dim = 0, "a", "b"))]
    fused: AnyTensor,
}

fn file() -> Vec<(&'static str, AnyTensor)> {
    let values = |values: [f32; 2]| Tensor::new([2], values.map(bf16::from_f32).to_vec()).unwrap();
    vec![
        ("open", values([1.5, -2.0]).into()),
        ("half", Tensor::<f16>::zeros([2]).into()),
        ("whole", Tensor::<i64>::zeros([2]).into()),
        ("fixed", values([1.0, 2.0]).into()),
        ("named", values([3.0, 4.0]).into()),
        ("a", Tensor::<bf16>::zeros([1, 2]).into()),
        ("b", Tensor::<f16>::zeros([1, 2]).into()),
    ]
}

fn cast(report: &Report) -> Vec<(&str, DType, DType)> {
    report.cast.iter().map(|note| (note.path.as_str(), note.from, note.to)).collect()
}

#[test]
fn types_of_several_floats_get_this_one() {
    let loader = Loader::new().dtype(DType::F32);
    let loaded = loader.load::<Model>(file()).unwrap();
    let Model { open, half, whole, fixed, named, fused } = &loaded.module;
    let dtypes = [open, half, named, fused].map(AnyTensor::dtype);
    assert_eq!((dtypes, whole.dtype()), ([DType::F32; 4], DType::I64));
    assert_eq!(Tensor::<f32>::try_from(open.clone()).unwrap().as_slice(), [1.5, -2.0]);
    assert_eq!(fixed.as_slice()[1], bf16::from_f32(2.0));
    let expected = [
        ("open", DType::BF16, DType::F32),
        ("half", DType::F16, DType::F32),
        ("named", DType::BF16, DType::F32),
        ("a", DType::BF16, DType::F32),
        ("b", DType::F16, DType::F32),
    ];
    assert_eq!(cast(&loaded.report), expected);
    assert_eq!(loaded.report.stale_dtype, None);
}

#[test]
fn updates_and_streams_do_the_same() {
    let file: Vec<_> = file()
        .into_iter()
        .map(|(name, tensor)| if name == "b" { ("b", Tensor::<bf16>::zeros([1, 2]).into()) } else { (name, tensor) })
        .collect();
    let mut model = Loader::new().load::<Model>(file.clone()).unwrap().module;
    assert_eq!(model.open.dtype(), DType::BF16);
    let loader = Loader::new().dtype(DType::F64);
    loader.update(&mut model, file.clone()).unwrap();
    assert_eq!((model.open.dtype(), model.fused.dtype(), model.fixed.as_slice().len()), (DType::F64, DType::F64, 2));
    let mut dtypes = Vec::new();
    let report = loader.stream::<Model, LoadError>(file, |parameter| {
        dtypes.push((parameter.path.to_owned(), parameter.tensor.dtype()));
        Ok(())
    });
    assert_eq!(cast(&report.unwrap()).len(), 5);
    assert_eq!(dtypes.iter().filter(|(_, dtype)| *dtype == DType::F64).count(), 4);
}

#[test]
fn it_allows_casts_between_floats_and_no_other() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct One {
        #[param(shape = [2])]
        own: Tensor<f32>,
    }
    // the type holds one float, so the cast is not asked for
    let halves = [("own", Tensor::<bf16>::zeros([2]))];
    let refused = Loader::new().dtype(DType::F32).check::<One>(halves.clone()).unwrap_err();
    assert_eq!(refused.report().unwrap().dtype.len(), 1);
    let report = Loader::new().dtype(DType::F32).cast(Cast::Lossless).check::<One>(halves).unwrap();
    assert_eq!((report.stale_dtype, report.cast.len()), (Some(DType::F32), 1));
    assert!(report.to_string().contains("no parameter has floats and a type that holds several"), "{report}");

    // what the field does not name is no matter of the loader's dtype
    let file: Vec<_> = file()
        .into_iter()
        .map(
            |(name, tensor)| if name == "named" { ("named", Tensor::<f32>::zeros([2]).into()) } else { (name, tensor) },
        )
        .collect();
    let refused = Loader::new().dtype(DType::F32).check::<Model>(file).unwrap_err();
    assert_eq!(refused.report().unwrap().dtype[0].path, "named");
}

#[test]
fn a_dtype_that_is_no_float_is_refused() {
    for dtype in [DType::I64, DType::BOOL, DType::C64, DType::F4, DType::V2] {
        let error = Loader::new().dtype(dtype).check::<Model>(file()).unwrap_err();
        assert!(matches!(error, LoadError::NoFloat { .. }), "{error}");
        assert!(error.to_string().contains(dtype.name()), "{error}");
    }
}

/// Where the type says one dtype, or the field, nothing is open.
#[test]
fn a_load_that_fits_says_which_dtypes_open_parameters_have() {
    let line = |report: &Report| report.to_string().lines().next().unwrap().to_owned();
    let one = |report: &Report, dtype| {
        report.dtypes.iter().find(|one| one.dtype == dtype).map_or(0, |one| one.parameter_count)
    };
    let mut file = file();
    file.pop();
    file.push(("b", Tensor::<bf16>::zeros([1, 2]).into()));
    let loaded = Loader::new().load::<Model>(file.clone()).unwrap();
    assert_eq!(
        line(&loaded.report),
        "a list of pairs matches Model: all 6 parameters fit, 3 of BF16, 1 of F16, 1 of I64"
    );
    assert_eq!([DType::BF16, DType::F16, DType::F32].map(|dtype| one(&loaded.report, dtype)), [3, 1, 0]);
    let loaded = Loader::new().dtype(DType::F32).load::<Model>(file.clone()).unwrap();
    assert_eq!(line(&loaded.report), "a list of pairs matches Model: all 6 parameters fit, 4 of F32, 1 of I64, 5 cast");
    assert_eq!(Loader::new().dtype(DType::F32).check::<Model>(file).unwrap().dtypes, loaded.report.dtypes);

    // one walk of an enum counts, of all that are tried
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    enum Either {
        Wide {
            #[param(shape = [3])]
            x: AnyTensor,
            #[param(shape = [3])]
            y: AnyTensor,
        },
        Narrow {
            #[param(shape = [2])]
            x: AnyTensor,
        },
    }
    let report = Loader::new().check::<Either>([("x", Tensor::<f32>::zeros([2]))]).unwrap();
    assert_eq!(line(&report), "a list of pairs matches Either: its 1 parameter fits, 1 of F32");
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Many {
        #[param(shape = [_])]
        xs: Vec<AnyTensor>,
    }
    let dtypes = [DType::U8, DType::I8, DType::I16, DType::U16, DType::F32, DType::F64];
    let xs = dtypes.iter().enumerate().map(|(i, dtype)| {
        (format!("xs.{i}"), AnyTensor::new(*dtype, [2], &vec![0; dtype.size_of(2).unwrap()]).unwrap())
    });
    let report = Loader::new().check::<Many>(xs.collect::<Vec<_>>()).unwrap();
    assert!(line(&report).ends_with(", others of 2 more dtypes"), "{report}");
}
