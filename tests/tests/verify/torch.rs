//! The lock of a file of PyTorch, compared while compiling: views count with their own shapes, and shared storages as tensors.
#![cfg(feature = "torch")]

use wb::{Checkpoint, Loader, Module, Tensor};
use weighbridge_tests::fixture;

use crate::{held, same};

#[derive(Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Weight<const ROWS: usize> {
    #[param(shape = [ROWS, 4])]
    weight: Tensor<f32>,
}

/// `views.pt`; the head's weight is the embedding's, and its `transposed` too.
#[derive(Debug, PartialEq, Module)]
#[module(crate = wb, ignore = ["whole", "grid", "permuted", "slice", "step", "column", "inner", "one", "empty", "flags",
    "head.transposed"])]
struct Views<const ROWS: usize> {
    #[param(shape = [5, 4, 3, 2], from = permute(1, 2, 3, 0))]
    transposed: Tensor<f32>,
    #[param(shape = [2, 3, 4, 5])]
    channels_last: Tensor<f32>,
    #[param]
    scalar: f32,
    #[param(shape = [4, "columns"], dtype = "F16")]
    half: wb::AnyTensor,
    embed: Weight<ROWS>,
    #[module(tied = "embed")]
    head: Weight<ROWS>,
}

wb::verify!(Views<6>, "tests/verify/views.lock");

#[test]
fn a_type_that_fits_the_lock_loads_the_file() {
    for file in ["torch/views.pt", "torch/views-legacy.pt", "torch/zip64.pt"] {
        // what is compared above is what `weighbridge lock` writes now
        let checkpoint = Checkpoint::open(fixture(file)).unwrap();
        assert_eq!(checkpoint.lock().unwrap().to_string(), include_str!("views.lock"), "{file}");
        assert_eq!(same::<Views<6>>(&held(file)), "");
        let loaded = Loader::new().load::<Views<6>>(&checkpoint).unwrap().module;
        assert_eq!(loaded.scalar, 41.0);
        // the same rows as a load of the file itself
        let refused = Loader::new().check::<Views<7>>(&checkpoint).unwrap_err();
        let of_file = refused.report().unwrap();
        assert_eq!((of_file.shape.len(), of_file.fitting_count), (2, 4));
        // behind the first line, which names the file
        let rows = |report: &str| report.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(rows(&same::<Views<7>>(&held(file))), rows(&of_file.to_string()), "{file}");
    }
}
