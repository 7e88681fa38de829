//! What is refused, what is let through and by which switch: every row of the table of strictness, on load and on
//! update, and every option of a `Loader`.

mod arguments;
mod atomic;
mod casts;
mod classes;
mod computed;
mod dims;
mod given;
mod ignored;
mod items;
mod keeping;
mod names;
mod parts;
mod reading;
mod stale;
mod structure;

use wb::{AnyTensor, Finding, LoadError, Loader, Module, Report, Tensor};
use weighbridge_tests::contents;

/// Two vectors of two.
#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Pair {
    #[param(shape = [2])]
    a: Tensor<f32>,
    #[param(shape = [2])]
    b: Tensor<f32>,
}

/// A pair of name and tensor.
type Named = (&'static str, AnyTensor);

fn vector(elements: &[f32]) -> AnyTensor {
    Tensor::new([elements.len()], elements.to_vec()).unwrap().into()
}

fn pair() -> Pair {
    Pair { a: Tensor::new([2], vec![1.0, 2.0]).unwrap(), b: Tensor::new([2], vec![3.0, 4.0]).unwrap() }
}

fn paths(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| &*finding.path).collect()
}

#[track_caller]
fn mismatch<T>(refused: Result<T, LoadError>) -> Report {
    match refused.err().expect("it was accepted") {
        LoadError::Mismatch(report) => {
            assert!(!report.ok);
            *report
        }
        other => panic!("no mismatch: {other:?}"),
    }
}

/// Asserts that a load, a check and an update refuse the pairs, all with the same findings, and that the update
/// changes nothing. The findings.
#[track_caller]
fn refused<M: Module>(loader: &Loader, module: &mut M, pairs: &[Named]) -> Report {
    let before = contents(module);
    let updated = mismatch(loader.update(module, pairs));
    assert!(contents(module) == before, "an update that failed changed the module");
    let loaded = mismatch(loader.load::<M>(pairs));
    let checked = mismatch(loader.check::<M>(pairs));
    assert_eq!(loaded, checked);
    assert_eq!(findings(&loaded), findings(&updated));
    loaded
}

/// Asserts that a load, a check and an update accept the pairs with the same report. The module that was loaded.
#[track_caller]
fn accepted<M: Module>(loader: &Loader, module: &mut M, pairs: &[Named]) -> (M, Report) {
    let loaded = loader.load::<M>(pairs).unwrap_or_else(|error| panic!("{error}"));
    let checked = loader.check::<M>(pairs).unwrap();
    let updated = loader.update(module, pairs).unwrap_or_else(|error| panic!("{error}"));
    assert!(loaded.report.ok);
    assert_eq!((&loaded.report, &loaded.report), (&checked, &updated));
    assert!(contents(module) == contents(&loaded.module), "the update and the load differ");
    (loaded.module, checked)
}

fn findings(report: &Report) -> [&[Finding]; 7] {
    [&report.missing, &report.unexpected, &report.shape, &report.dtype, &report.duplicate, &report.name, &report.dim]
}
