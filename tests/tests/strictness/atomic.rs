//! All or nothing: whatever fails, and however late.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use safetensors::tensor::{Dtype, TensorView};
use wb::{AnyTensor, Checkpoint, LoadError, Loader, Module, Parameter, ParameterError, ProblemKind, Tensor};
use weighbridge_tests::contents;
use weighbridge_tests::files::{f32s, npy, npz};

use super::vector;

const SHARDS: usize = 10;

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Model {
    layers: [Layer; SHARDS],
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Layer {
    #[param(shape = [64])]
    weight: Tensor<f32>,
    #[param(shape = [4])]
    mask: Tensor<bool>,
}

fn model() -> Model {
    Model { layers: [(); SHARDS].map(|()| Layer { weight: Tensor::zeros([64]), mask: Tensor::zeros([4]) }) }
}

fn shard(number: usize) -> String {
    format!("model-{:05}-of-{SHARDS:05}.safetensors", number + 1)
}

/// Ten shards, a layer each, and their index. `mask` are the elements of a layer's mask.
fn sharded(directory: &Path, mask: impl Fn(usize) -> [u8; 4]) -> PathBuf {
    let mut weight_map = serde_json::Map::new();
    for number in 0..SHARDS {
        let (weight, mask) = (f32s(&[number as f32 + 1.0; 64]), mask(number));
        let names = ["weight", "mask"].map(|name| format!("layers.{number}.{name}"));
        weight_map.extend(names.clone().map(|name| (name, shard(number).into())));
        let [weight_name, mask_name] = names;
        let tensors = HashMap::from([
            (weight_name, TensorView::new(Dtype::F32, vec![64], &weight).unwrap()),
            (mask_name, TensorView::new(Dtype::BOOL, vec![4], &mask).unwrap()),
        ]);
        safetensors::serialize_to_file(tensors, None, &directory.join(shard(number))).unwrap();
    }
    let index = directory.join("model.safetensors.index.json");
    std::fs::write(&index, serde_json::json!({"metadata": {}, "weight_map": weight_map}).to_string()).unwrap();
    index
}

/// Asserts that the update fails and leaves every byte as it was. The error.
#[track_caller]
fn fails<M: Module>(loader: &Loader, module: &mut M, source: impl Into<wb::Source>) -> LoadError {
    let before = contents(module);
    let error = loader.update(module, source).expect_err("it was accepted");
    assert!(contents(module) == before, "the module was changed: {error}");
    error
}

/// The file, the tensor and the kind of the only problem.
#[track_caller]
fn problem(error: LoadError) -> (String, String, ProblemKind) {
    let LoadError::Container { file, problems } = error else { panic!("{error:?}") };
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    (file, problem.tensor.clone().unwrap(), problem.kind)
}

#[test]
fn ten_good_shards() {
    let scratch = tempfile::tempdir().unwrap();
    let index = sharded(scratch.path(), |_| [0, 1, 1, 0]);
    let mut updated = model();
    updated.load_weights(&index).unwrap();
    assert_eq!(updated, Model::from_weights(scratch.path()).unwrap());
    assert_eq!(
        (updated.layers[9].weight.as_slice()[0], updated.layers[9].mask.as_slice()),
        (10.0, &[false, true, true, false][..])
    );
}

#[test]
fn the_tenth_shard_has_a_bool_that_is_none() {
    let scratch = tempfile::tempdir().unwrap();
    let index = sharded(scratch.path(), |number| [0, 1, if number == 9 { 2 } else { 1 }, 0]);
    // the headers are good, so that only reading shows it
    Loader::new().check::<Model>(&index).unwrap();
    for threads in 1..=4 {
        let loader = Loader::new().threads(threads);
        let wanted = (shard(9), "layers.9.mask".to_owned(), ProblemKind::Value);
        assert_eq!(problem(fails(&loader, &mut model(), &index)), wanted);
        assert_eq!(problem(loader.load::<Model>(&index).unwrap_err()), wanted);
        // nor with leave for everything that can be left
        assert_eq!(problem(fails(&loader.strict(false), &mut model(), &index)), wanted);
    }
}

#[test]
fn the_tenth_shard_is_cut_after_it_was_opened() {
    let scratch = tempfile::tempdir().unwrap();
    let index = sharded(scratch.path(), |_| [1; 4]);
    let checkpoint = Checkpoint::open(index).unwrap();
    let last = std::fs::File::options().write(true).open(scratch.path().join(shard(9))).unwrap();
    last.set_len(last.metadata().unwrap().len() - 5).unwrap();
    for threads in [1, 2] {
        let (file, _, kind) = problem(fails(&Loader::new().threads(threads), &mut model(), &checkpoint));
        assert_eq!((file, kind), (shard(9), ProblemKind::Truncated));
    }
}

#[test]
fn the_first_error_of_the_file_whichever_thread_is_faster() {
    let scratch = tempfile::tempdir().unwrap();
    let index = sharded(scratch.path(), |number| if [3, 5, 9].contains(&number) { [7; 4] } else { [1; 4] });
    let errors: Vec<_> =
        (1..=8).map(|threads| fails(&Loader::new().threads(threads), &mut model(), &index).to_string()).collect();
    assert!(errors[0].contains("layers.3.mask"), "{}", errors[0]);
    assert!(errors.iter().all(|error| *error == errors[0]), "{errors:?}");
}

#[test]
fn the_tenth_array_does_not_fit_its_checksum() {
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Arrays {
        #[param(shape = [2])]
        arrays: [Tensor<f32>; SHARDS],
    }
    let names: Vec<_> = (0..SHARDS).map(|number| format!("arrays.{number}.npy")).collect();
    let members: Vec<_> = names.iter().map(|name| (&**name, npy("<f4", false, "(2,)", &f32s(&[1.5, 2.5])))).collect();
    let mut file = npz(&members);
    let mut arrays = Arrays { arrays: [(); SHARDS].map(|()| Tensor::zeros([2])) };
    arrays.clone().load_weights(&file).unwrap();
    // one bit of the last element
    let at = file.windows(8).rposition(|bytes| bytes == f32s(&[1.5, 2.5])).unwrap();
    file[at + 6] ^= 1;
    Loader::new().check::<Arrays>(&file).unwrap();
    for threads in [1, 2] {
        let (_, tensor, kind) = problem(fails(&Loader::new().threads(threads), &mut arrays, &file));
        assert_eq!((&*tensor, kind), ("arrays.9", ProblemKind::Corrupt));
    }
}

/// A tensor on a device that has no room for the third.
#[derive(Debug)]
struct OnDevice(Tensor<f32>);

impl Parameter for OnDevice {
    const DTYPES: &'static [wb::DType] = &[wb::DType::F32];

    fn from_tensor(tensor: AnyTensor, _: &wb::Devices) -> Result<Self, ParameterError> {
        match Tensor::try_from(tensor) {
            Ok(tensor) if tensor != full() => Ok(OnDevice(tensor)),
            _ => Err(ParameterError::new("the device is out of memory")),
        }
    }

    fn view(&self) -> wb::View<'_> {
        self.0.view()
    }
}

fn full() -> Tensor<f32> {
    Tensor::new([2], vec![9.0, 9.0]).unwrap()
}

#[test]
fn a_type_that_refuses_its_tensor() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Three {
        #[param(shape = [2])]
        layers: [OnDevice; 3],
    }
    let mut three = Three { layers: [(); 3].map(|()| OnDevice(Tensor::zeros([2]))) };
    let pairs = [("layers.0", vector(&[1.0, 2.0])), ("layers.1", vector(&[1.0, 2.0])), ("layers.2", full().into())];
    for error in [fails(&Loader::new(), &mut three, &pairs[..]), Three::from_weights(&pairs[..]).unwrap_err()] {
        let LoadError::Parameter { path, source } = error else { panic!("{error:?}") };
        assert_eq!((&*path, &*source.to_string()), ("layers.2", "the device is out of memory"));
    }
    // the path is the module's, whatever the file calls it
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Aliased {
        #[module(alias = "old")]
        new: Gamma,
    }
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Gamma {
        #[param(shape = [2], alias = "gamma")]
        _weight: OnDevice,
    }
    let error = Loader::new().strip_prefix("model.").load::<Aliased>([("model.old.gamma", full())]).unwrap_err();
    assert!(matches!(&error, LoadError::Parameter { path, .. } if path == "new._weight"), "{error:?}");
}

#[test]
fn a_module_that_others_hold_too() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Holder {
        #[param(shape = [2])]
        first: Tensor<f32>,
        shared: Arc<super::Pair>,
    }
    let mut holder = Holder { first: Tensor::zeros([2]), shared: Arc::new(super::pair()) };
    let pairs = [("first", vector(&[1.0, 2.0])), ("shared.a", vector(&[1.0, 2.0])), ("shared.b", vector(&[1.0, 2.0]))];
    let other = Arc::clone(&holder.shared);
    let error = fails(&Loader::new(), &mut holder, &pairs[..]);
    assert!(matches!(&error, LoadError::Parameter { path, .. } if path == "shared.a"), "{error:?}");
    drop(other);
    holder.load_weights(&pairs[..]).unwrap();
    assert_eq!(holder.shared.b.as_slice(), [1.0, 2.0]);
}

#[test]
fn cancelled() {
    let scratch = tempfile::tempdir().unwrap();
    let index = sharded(scratch.path(), |_| [1; 4]);
    for threads in [1, 2] {
        for after in [0, 1, 19] {
            let calls = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&calls);
            let loader =
                Loader::new().threads(threads).progress(move |_| match counted.fetch_add(1, Ordering::Relaxed) {
                    call if call >= after => ControlFlow::Break(()),
                    _ => ControlFlow::Continue(()),
                });
            assert!(matches!(fails(&loader, &mut model(), &index), LoadError::Cancelled));
            assert!(calls.load(Ordering::Relaxed) > after);
            assert!(matches!(loader.load::<Model>(&index), Err(LoadError::Cancelled)));
        }
    }
}
