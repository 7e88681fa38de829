//! What a build without a feature says of files that need it: `.ci/run` runs this with and without `npz`.

use wb::{LoadError, Module, ProblemKind, SaveError, WriteError};
use weighbridge_tests::fixture;
use weighbridge_tests::layers::Linear;

#[test]
fn an_npz_is_loaded_or_refused_with_the_feature_that_it_needs() {
    let path = fixture("mlx/linear.npz");
    // by its name and as bytes
    for loaded in [Linear::<10, 10>::from_weights(&path), Linear::from_weights(std::fs::read(&path).unwrap())] {
        if cfg!(feature = "npz") {
            loaded.unwrap();
            continue;
        }
        let Err(LoadError::Container { problems, .. }) = loaded else { panic!("an npz file was read") };
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        assert_eq!(problem.kind, ProblemKind::Format);
        assert!(problem.message.ends_with("turn on its feature `npz`"), "{problem}");
    }
}

#[test]
fn an_npz_is_saved_or_refused_with_the_feature_that_it_needs() {
    let scratch = tempfile::tempdir().unwrap();
    let linear = Linear::<10, 10>::from_weights(fixture("mlx/linear.safetensors")).unwrap();
    let saved = linear.save_weights(scratch.path().join("linear.npz"));
    if cfg!(feature = "npz") {
        saved.unwrap();
        return;
    }
    let error = saved.unwrap_err();
    assert!(matches!(error, SaveError::Write(WriteError::Feature { feature: "npz" })), "{error}");
    assert!(error.to_string().contains("turn on its feature `npz`"), "{error}");
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
}

#[test]
fn safetensors_need_no_feature() {
    let scratch = tempfile::tempdir().unwrap();
    let linear = Linear::<10, 10>::from_weights(fixture("mlx/linear.safetensors")).unwrap();
    let path = scratch.path().join("linear.safetensors");
    linear.save_weights(&path).unwrap();
    assert_eq!(Linear::from_weights(&path).unwrap(), linear);
    // nothing is left beside the file
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 1);
}
