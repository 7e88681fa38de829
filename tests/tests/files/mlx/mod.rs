//! What MLX's `load_weights` and `save_weights` do, and what is done here. Each test says in a comment what MLX does
//! ("MLX: …", tried with 0.32.4): the behaviours that its own tests ask for are the same here, the holes are refusals.

mod formats;
mod loading;
mod naming;
mod saving;

use wb::{Finding, LoadError, Module, Problem, Report};

/// The paths of findings.
fn paths(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| &*finding.path).collect()
}

/// The report of a refusal.
#[track_caller]
fn mismatch<T>(refused: Result<T, LoadError>) -> Report {
    match refused.err().expect("it was accepted") {
        LoadError::Mismatch(report) => *report,
        other => panic!("no mismatch: {other:?}"),
    }
}

/// What is wrong with a file that is refused.
#[track_caller]
fn problems<T>(refused: Result<T, impl Into<LoadError>>) -> Vec<Problem> {
    match refused.err().expect("it was accepted").into() {
        LoadError::Container { problems, .. } => problems,
        other => panic!("no container's problem: {other:?}"),
    }
}

/// Runs a load that must fail, and asserts that the module is as it was, to the byte.
#[track_caller]
fn unchanged<M: Module, T>(model: &mut M, load: impl FnOnce(&mut M) -> Result<T, LoadError>) -> LoadError {
    let before = weighbridge_tests::contents(model);
    let error = load(model).err().expect("it was accepted");
    assert!(weighbridge_tests::contents(model) == before, "changed by a load that failed: {error}");
    error
}
