//! One item of a list that differs from the others in the file: no attribute of the field is right for all of them.

use half::{bf16, f16};
use wb::{AnyTensor, Cast, Loader, Module, Report, Tensor};
use weighbridge_tests::verify;

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Layer {
    #[param(shape = [3, 2])]
    weight: Tensor<f32>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Model {
    layers: [Layer; 3],
}

fn file(odd: impl Into<AnyTensor>) -> Vec<(String, AnyTensor)> {
    let fits = || AnyTensor::from(Tensor::<f32>::zeros([3, 2]));
    [fits(), odd.into(), fits()].into_iter().enumerate().map(|(i, one)| (format!("layers.{i}.weight"), one)).collect()
}

/// The report, of which `verify!` has the same rows.
fn report<M: Module>(file: Vec<(String, AnyTensor)>) -> Report {
    let report = Loader::new().check::<M>(file.clone()).unwrap_err().report().unwrap().clone();
    assert_eq!(Some(verify::rows(&report)), verify::text::<M>(&wb::Checkpoint::open(file).unwrap()));
    report
}

#[test]
fn a_layout_that_one_item_has_is_no_attribute_of_the_field() {
    let end = "1 of 3 is so, and 2 fit as they are, so an attribute of the field is wrong for one or the other; correct it in the file";
    let transposed = report::<Model>(file(Tensor::<f32>::zeros([2, 3])));
    assert_eq!(transposed.shape[0].hints, [format!("transposed; {end}")]);
    let ones = report::<Model>(file(Tensor::<f32>::zeros([3, 2, 1])));
    assert_eq!(ones.shape[0].hints, [format!("they differ in dims of 1 only; {end}")]);
    // of all, it is
    let all: Vec<_> = (0..3).map(|i| (format!("layers.{i}.weight"), Tensor::<f32>::zeros([2, 3]).into())).collect();
    let hint = "transposed; if the file keeps it so, say `#[param(from = transpose)]`";
    assert_eq!(report::<Model>(all).shape[0].hints, [hint]);
}

#[test]
fn the_remedy_for_a_dtype_that_one_item_has_loads_all_of_them() {
    let half = || file(Tensor::<f16>::zeros([3, 2]));
    let said = |report: &Report| report.dtype[0].hints[0].clone();
    let lossless = "1 of 3 is so, and 2 fit as they are; F32 holds every F16 exactly, so cast while loading, by `Loader::new().cast(Cast::Lossless)`, or correct the file";
    assert_eq!(said(&report::<Model>(half())), lossless);
    Loader::new().cast(Cast::Lossless).load::<Model>(half()).unwrap();

    let double = || file(Tensor::<f64>::zeros([3, 2]));
    let lossy = "1 of 3 is so, and 2 fit as they are; a cast from F64 to F32 can lose; correct the file, or say `Loader::new().cast(Cast::Any)`";
    assert_eq!(said(&report::<Model>(double())), lossy);
    Loader::new().cast(Cast::Any).load::<Model>(double()).unwrap();

    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Named {
        #[param(shape = [3, 2], dtype = "F32")]
        weights: Vec<AnyTensor>,
    }
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Both {
        #[param(shape = [3, 2], dtype = ["F32", "BF16"])]
        weights: Vec<AnyTensor>,
    }
    let mixed = || -> Vec<(String, AnyTensor)> {
        vec![
            ("weights.0".to_owned(), Tensor::<f32>::zeros([3, 2]).into()),
            ("weights.1".to_owned(), Tensor::<bf16>::zeros([3, 2]).into()),
        ]
    };
    let both =
        "1 of 2 is so, and 1 fits as it is; to take both, name BF16 in the field's `dtype` too, or correct the file";
    assert_eq!(said(&report::<Named>(mixed())), both);
    Loader::new().load::<Both>(mixed()).unwrap();
    // a flag among numbers is cast by nothing
    let flag = report::<Model>(file(Tensor::<bool>::zeros([3, 2])));
    assert!(said(&flag).ends_with("; correct it in the file"), "{flag}");
}
