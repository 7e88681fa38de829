//! `load_weights`: its checks, what it does not check, atomicity, the forms of its argument.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use half::f16;
use wb::{AnyTensor, Checkpoint, DType, LoadError, Loader, Module, ProblemKind, Source, Tensor};
use weighbridge_tests::fixture;
use weighbridge_tests::layers::{Linear, full};
use weighbridge_tests::mlx::Quantized;

use super::{mismatch, paths, problems, unchanged};

type Sequential = (Linear<2, 2>,);

fn weight() -> Tensor<f32> {
    full([2, 2], 5.0)
}

fn bias() -> Tensor<f32> {
    full([2], 6.0)
}

#[test]
fn too_few() {
    // MLX, strict: ValueError "Missing 1 parameters: \nbias."
    let mut model = Linear::<2, 2>::zeros();
    let report = mismatch(model.load_weights([("weight", weight())]));
    assert_eq!(paths(&report.missing), ["bias"]);
    assert_eq!(model, Linear::zeros());
    // MLX, strict=False: the weight is set, and the bias kept
    let report = Loader::new().strict(false).update(&mut model, [("weight", weight())]).unwrap();
    assert_eq!((model.weight, model.bias), (weight(), Tensor::zeros([2])));
    assert_eq!(report.kept, ["bias"]);
}

#[test]
fn misspelt() {
    // MLX, strict: ValueError "Received 1 parameters not in model", and nothing of the one that is missing
    let mut model = Linear::<2, 2>::zeros();
    let pairs = || [("weihgt", weight()), ("bias", bias())];
    let report = mismatch(model.load_weights(pairs()));
    assert_eq!((paths(&report.missing), paths(&report.unexpected)), (vec!["weight"], vec!["weihgt"]));
    assert!(report.unexpected[0].hints[0].contains("`weight`"), "{:?}", report.unexpected[0].hints);
    // MLX, strict=False: silently OK. Here what was not used is in the report.
    let report = Loader::new().strict(false).update(&mut model, pairs()).unwrap();
    assert_eq!((report.ignored, report.kept), (vec!["weihgt".to_owned()], vec!["weight".to_owned()]));
}

#[test]
fn too_many() {
    // MLX: ValueError "Received 1 parameters not in model: \nbias2."
    let pairs = [("weight", weight()), ("bias", bias()), ("bias2", bias())];
    let report = mismatch(Linear::<2, 2>::from_weights(pairs));
    assert_eq!(paths(&report.unexpected), ["bias2"]);
}

#[test]
fn another_shape() {
    // MLX: ValueError "Expected shape (2,) but received shape (2, 1) for parameter bias"
    let pairs = [("weight", weight()), ("bias", full([2, 1], 1.0))];
    let report = mismatch(Linear::<2, 2>::from_weights(pairs));
    assert_eq!(paths(&report.shape), ["bias"]);
    assert_eq!(report.shape[0].expected.as_deref(), Some("[2]"));
    assert_eq!(report.shape[0].found.as_deref(), Some("[2, 1]"));
    // MLX says of (1,) for () and of (0, 4) for (0, 3) the same
    #[derive(Module)]
    #[module(crate = wb)]
    struct Odd {
        #[param(shape = [])]
        s: Tensor<f32>,
        #[param(shape = [0, 3])]
        e: Tensor<f32>,
    }
    let report = mismatch(Odd::from_weights([("s", full([1], 0.0)), ("e", Tensor::zeros([0, 4]))]));
    assert_eq!(paths(&report.shape), ["e", "s"]);
    let odd = Odd::from_weights([("s", full([], 1.0)), ("e", Tensor::zeros([0, 3]))]).unwrap();
    assert_eq!((odd.s.as_slice(), odd.e.as_slice()), (&[1.0][..], &[][..]));
}

#[test]
fn no_tensor_at_all() {
    // MLX: `bias=3` is ValueError "Expected mx.array but received <class 'int'> for parameter bias", a numpy array too,
    // and with strict=False `("weight", "hello")` puts the text into the module. Here `[("bias", 3)]` does not compile:
    // a value of a pair is `Into<AnyTensor>`, which numbers and texts are not.
    fn is_a_source<T: Into<Source>>(_: T) {}
    is_a_source([("bias", full([], 3.0))]);
}

#[test]
fn an_empty_list() {
    // MLX: strict on a module without parameters OK, on a Linear "Missing 2 parameters"; strict=False OK
    let nothing = || Vec::<(String, AnyTensor)>::new();
    <()>::from_weights(nothing()).unwrap();
    let mut model = Linear::<2, 2>::full(1.0);
    assert_eq!(paths(&mismatch(model.load_weights(nothing())).missing), ["bias", "weight"]);
    let report = Loader::new().strict(false).update(&mut model, nothing()).unwrap();
    assert_eq!((model, report.kept.len()), (Linear::full(1.0), 2));
}

#[test]
fn more_layers_than_the_model() {
    // MLX, strict=False: layer 0 is loaded, layer 1 dropped, the length stays (once an IndexError)
    let pairs = || {
        let layer = |i| [(format!("{i}.weight"), weight()), (format!("{i}.bias"), bias())];
        [layer(0), layer(1)].concat()
    };
    let mut model: Sequential = (Linear::zeros(),);
    let report = Loader::new().strict(false).update(&mut model, pairs()).unwrap();
    assert_eq!(model.0.weight, weight());
    assert_eq!(report.ignored, ["1.weight", "1.bias"]);
    // the same for a list whose length only the value knows
    let mut list = vec![Linear::<2, 2>::zeros()];
    Loader::new().strict(false).update(&mut list, pairs()).unwrap();
    assert_eq!((list.len(), &list[0].bias), (1, &bias()));
    assert_eq!(paths(&mismatch(list.load_weights(pairs())).unexpected), ["1.bias", "1.weight"]);
}

#[test]
fn chained() {
    // MLX: load_weights returns the module
    let mut model = Linear::<2, 2>::zeros();
    let pairs = [("weight", weight()), ("bias", bias())];
    assert_eq!(model.load_weights(pairs).unwrap().parameter_paths(), ["weight", "bias"]);
}

#[test]
fn every_class_at_once() {
    // MLX: extras only; then missing only; then the first shape in the model's order
    let pairs = [("a.weight", full([3, 2], 0.0)), ("a.bias", full([3], 0.0)), ("zz", bias()), ("aa.b", bias())];
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Two {
        b: Linear<2, 2>,
        a: Linear<2, 2>,
    }
    let report = mismatch(Two::from_weights(pairs));
    assert_eq!(paths(&report.unexpected), ["aa.b", "zz"]);
    assert_eq!(paths(&report.missing), ["b.bias", "b.weight"]);
    assert_eq!(paths(&report.shape), ["a.bias", "a.weight"]);
}

#[test]
fn dtypes_are_looked_at() {
    // MLX: a float16 weight and an int32 bias are taken for float32, strict or not, and the parameters become those
    let pairs =
        || [("weight", AnyTensor::from(Tensor::<f16>::zeros([2, 2]))), ("bias", Tensor::<i32>::zeros([2]).into())];
    let mut model = Linear::<2, 2>::zeros();
    for strict in [true, false] {
        let error = unchanged(&mut model, |model| Loader::new().strict(strict).update(model, pairs()));
        let report = mismatch::<()>(Err(error));
        assert_eq!(paths(&report.dtype), ["bias", "weight"]);
        assert_eq!(report.dtype[0].expected.as_deref(), Some("F32"));
        assert_eq!(report.dtype[0].found.as_deref(), Some("I32"));
    }
}

#[test]
fn not_strict_is_not_blind() {
    // MLX, strict=False: ones((3,)) replaces a (2, 2) weight. So it does here, because a `Tensor` can hold it; but the
    // report says so, and a field whose type has a shape refuses it.
    let mut model = Linear::<2, 2>::zeros();
    let report = Loader::new().strict(false).update(&mut model, [("weight", full([3], 1.0))]).unwrap();
    assert_eq!((model.weight.shape().to_vec(), report.reshaped), (vec![3], vec!["weight".to_owned()]));

    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Fixed {
        #[param]
        weight: [[f32; 2]; 2],
    }
    let mut fixed = Fixed { weight: [[1.0; 2]; 2] };
    let report = mismatch(Loader::new().strict(false).update(&mut fixed, [("weight", full([3], 1.0))]));
    assert_eq!(paths(&report.shape), ["weight"]);
    assert_eq!(fixed.weight, [[1.0; 2]; 2]);
}

#[test]
fn what_is_no_parameter_is_not_written() {
    // MLX, strict=False: ("_w", …) overwrites the private array `_w`. Strict keeps module.state["hello"] too.
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Stateful {
        #[param(shape = [2])]
        w: Tensor<f32>,
        #[module(skip)]
        _w: Option<Tensor<f32>>,
        #[module(skip)]
        hello: String,
    }
    let mut model = Stateful { w: Tensor::zeros([2]), _w: Some(full([2], 1.0)), hello: "world".to_owned() };
    let report = Loader::new().strict(false).update(&mut model, [("_w", bias()), ("w", bias())]).unwrap();
    assert_eq!((model.w, model._w, &*model.hello), (bias(), Some(full([2], 1.0)), "world"));
    assert_eq!(report.ignored, ["_w"]);
}

#[test]
fn one_name_twice() {
    // MLX: RecursionError in tree_unflatten, strict or not, because the check collapses the list and the update does not
    let mut model = Linear::<2, 2>::zeros();
    for strict in [true, false] {
        let pairs = [("weight", weight()), ("bias", bias()), ("weight", full([2, 2], 0.5))];
        let error = unchanged(&mut model, |model| Loader::new().strict(strict).update(model, pairs));
        assert_eq!(paths(&error.report().unwrap().duplicate), ["weight"]);
    }
}

#[test]
fn values_are_the_writer_s_business() {
    // MLX: NaN and infinity are not looked at; nor are they here: they are values of the dtype
    let bias = Tensor::new([2], vec![f32::NAN, f32::INFINITY]).unwrap();
    let model = Linear::<2, 2>::from_weights([("weight", weight()), ("bias", bias)]).unwrap();
    assert!(model.bias.as_slice()[0].is_nan() && model.bias.as_slice()[1].is_infinite());
}

#[test]
fn how_much_was_loaded_is_told() {
    // MLX: the return value is the module, so nobody knows
    let report = Loader::new().strict(false).update(&mut Linear::<2, 2>::zeros(), [("weight", weight())]).unwrap();
    assert_eq!((report.parameter_count, report.fitting_count, report.ok), (2, 1, true));
}

#[test]
fn a_failure_half_way_changes_nothing() {
    // MLX: a dict attribute with keys like "0" passes the strict check, then KeyError: '0' in the update, with `a`
    // overwritten and `z` not. Here such keys are keys, and what fails late fails before anything is written.
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Model {
        #[param(shape = [2])]
        a: Tensor<f32>,
        #[param(shape = [2])]
        d: BTreeMap<String, Tensor<f32>>,
        #[param(shape = [2])]
        z: Tensor<bool>,
    }
    let zero = || Tensor::<f32>::zeros([2]);
    let mut model = Model { a: zero(), d: BTreeMap::from([("0".to_owned(), zero())]), z: Tensor::zeros([2]) };
    let one = full([2], 1.0);
    let pairs = [("a", AnyTensor::from(&one)), ("d.0", (&one).into()), ("z", Tensor::<bool>::zeros([2]).into())];
    model.clone().load_weights(pairs).unwrap();

    // a bool of 2 shows only when the elements are read
    let elements = [weighbridge_tests::files::f32s(&[1.0; 4]), vec![1, 2]].concat();
    let file = weighbridge_tests::files::safetensors(&[
        ("a", DType::F32, &[2], &elements[..8]),
        ("d.0", DType::F32, &[2], &elements[8..16]),
        ("z", DType::BOOL, &[2], &elements[16..]),
    ]);
    Loader::new().check::<Model>(&file).unwrap();
    let error = unchanged(&mut model, |model| model.load_weights(file).map(|_| ()));
    let problem = &problems::<()>(Err(error))[0];
    assert_eq!((problem.kind, problem.tensor.as_deref()), (ProblemKind::Value, Some("z")));
}

#[test]
fn forms_of_the_argument() {
    // MLX: str, list or tuple of pairs, dict. A pathlib.Path is TypeError "'PosixPath' object is not iterable", a
    // generator TypeError "has no len()", bytes and file objects are errors.
    let path = fixture("mlx/linear.npz");
    let text = path.to_str().unwrap().to_owned();
    let wanted = Linear::<10, 10>::from_weights(&*text).unwrap();
    let pairs = || vec![("weight", wanted.weight.clone()), ("bias", wanted.bias.clone())];
    let sources = [
        Source::from(&text),
        text.clone().into(),
        Path::new(&text).into(),
        PathBuf::from(&text).into(),
        (&path).into(),
        std::fs::read(&path).unwrap().into(),
        std::fs::read(&path).unwrap().as_slice().into(),
        std::sync::Arc::<[u8]>::from(std::fs::read(&path).unwrap()).into(),
        Source::reader("a file object", std::sync::Arc::new(Bytes(std::fs::read(&path).unwrap()))),
        pairs().into(),
        pairs().as_slice().into(),
        [pairs().remove(0), pairs().remove(1)].into(),
        HashMap::<_, _>::from_iter(pairs()).into(),
        BTreeMap::from_iter(pairs()).into(),
        Source::pairs(pairs().into_iter().filter(|_| true)),
        Checkpoint::open(&path).unwrap().into(),
        (&Checkpoint::open(&path).unwrap()).into(),
    ];
    for source in sources {
        let name = format!("{source:?}");
        assert_eq!(Linear::from_weights(source).unwrap(), wanted, "{name}");
    }
}

struct Bytes(Vec<u8>);

impl wb::ReadAt for Bytes {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        wb::ReadAt::read_exact_at(&self.0[..], offset, buffer)
    }
}

#[test]
fn files_that_are_not_there() {
    // MLX: ".npz must be a zip file", ".safetensors Failed to open file": two messages for one thing
    for name in ["nope.npz", "nope.safetensors", "nope", "nope.safetensors.index.json"] {
        match Linear::<2, 2>::from_weights(name).unwrap_err() {
            LoadError::Io { file, source } => {
                assert_eq!((&*file, source.kind()), (name, std::io::ErrorKind::NotFound));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn extensions() {
    // MLX: "[load] Unknown file format NPZ", "… bin", "Could not infer file format from extension": the name decides.
    // Here the content does.
    let scratch = tempfile::tempdir().unwrap();
    for name in ["weights.NPZ", "weights.bin", "weights", "weights.v1"] {
        let path = scratch.path().join(name);
        std::fs::copy(fixture("mlx/linear.npz"), &path).unwrap();
        Linear::<10, 10>::from_weights(&path).unwrap();
    }
    // and a name that lies is refused
    let path = scratch.path().join("weights.safetensors");
    std::fs::copy(fixture("mlx/linear.npz"), &path).unwrap();
    let problem = &problems(Linear::<10, 10>::from_weights(&path))[0];
    assert_eq!(problem.kind, ProblemKind::Format);
    assert!(problem.message.contains("zip"), "{problem}");
}

#[test]
fn other_kinds_of_files() {
    // MLX: a lone `.npy` is AttributeError "'array' object has no attribute 'items'"
    let npy = weighbridge_tests::files::npy("<f4", false, "(2,)", &[0; 8]);
    let problem = problems(Checkpoint::open(npy)).remove(0);
    assert_eq!(problem.kind, ProblemKind::Format);
    assert!(problem.message.contains(".npy"), "{problem}");
}

#[test]
fn quantised_and_not() {
    // MLX, a quantised file into a float model: strict, "not in model: biases, scales", and no word of quantisation;
    // strict=False, the packed U32 silently replaces the F32 weight
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Float {
        embed: weighbridge_tests::layers::Embedding<64, 64>,
        layers: (Linear<64, 64>, weighbridge_tests::layers::Embedding<128, 64>),
    }
    let file = fixture("mlx/quantized.safetensors");
    let report = mismatch(Float::from_weights(&file));
    assert!(report.hints.iter().any(|hint| hint.contains("quantised")), "{report}");
    let embedding = || weighbridge_tests::layers::Embedding { weight: full([64, 64], 1.0) };
    let head = weighbridge_tests::layers::Embedding { weight: full([128, 64], 1.0) };
    let mut model = Float { embed: embedding(), layers: (Linear::full(1.0), head) };
    let error = unchanged(&mut model, |model| Loader::new().strict(false).update(model, &file));
    assert_eq!(paths(&error.report().unwrap().dtype), ["embed.weight", "layers.0.weight", "layers.1.weight"]);
    // MLX, the other widths: "Expected shape (64, 16) but received shape (64, 8) for parameter layers.0.weight"
    let report = mismatch(Quantized::<8, 32>::from_weights(&file));
    assert_eq!(report.shape.len(), 3);
    let hints: Vec<_> = report.shape.iter().flat_map(|finding| &finding.hints).collect();
    assert!(hints.iter().any(|hint| hint.contains("4 bits") && hint.contains('8')), "{hints:?}");
    // MLX, a float file into a quantised model: "Missing 2 parameters"
    let float = [("embed.weight", full([64, 64], 1.0)), ("layers.0.weight", full([64, 64], 1.0))];
    let report = mismatch(Quantized::<4, 32>::from_weights(float));
    assert!(report.hints.iter().any(|hint| hint.contains("quantised")), "{report}");
}

#[test]
fn quantised_in_another_mode() {
    // MLX: an mxfp4 layer strictly accepts the scales of affine groups of 32: the shapes are the same, and the dtype,
    // U8 for F32, is all that tells them apart
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Mxfp4 {
        #[param(shape = [64, 16])]
        weight: Tensor<u32>,
        #[param(shape = [64, 4])]
        scales: Tensor<u8>,
    }
    let affine = [("weight", AnyTensor::from(Tensor::<u32>::zeros([64, 16]))), ("scales", full([64, 4], 1.0).into())];
    let report = mismatch(Mxfp4::from_weights(affine));
    assert_eq!(paths(&report.dtype), ["scales"]);
    assert_eq!((report.dtype[0].expected.as_deref(), report.dtype[0].found.as_deref()), (Some("U8"), Some("F32")));
}
