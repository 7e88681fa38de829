//! An option that fits nothing is told: a dim that the module lacks is an error, and what else was of no use is noted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wb::{
    AnyTensor, Checkpoint, DType, Devices, LoadError, Loader, Module, Parameter, ParameterError, ReadAt, Rename,
    Source, Tensor, View,
};

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Norm {
    #[param(shape = ["hidden"])]
    weight: Tensor<f32>,
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
enum Head {
    Tied {},
    Own(#[param(rename = "head", shape = ["vocab", 2])] Tensor<f32>),
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Model {
    #[module(len = "layers")]
    norms: Vec<Norm>,
    #[module(flatten)]
    embedding: Embedding,
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Embedding {
    #[param(shape = ["width", 2], from = transpose)]
    table: Tensor<f32>,
}

fn tensors() -> Vec<(&'static str, Tensor<f32>)> {
    vec![
        ("norms.0.weight", Tensor::zeros([3])),
        ("norms.1.weight", Tensor::zeros([3])),
        ("table", Tensor::zeros([2, 5])),
    ]
}

/// Counts the reads of a file.
struct Counted(Vec<u8>, AtomicUsize);

impl ReadAt for Counted {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0[..].read_exact_at(offset, buffer)
    }
}

#[test]
fn a_schema_lists_the_names_of_its_dims_and_lengths() {
    assert!(Model::SCHEMA.dim_names().into_iter().eq(["hidden", "layers", "width"]));
    assert!(<Option<Head>>::SCHEMA.dim_names().into_iter().eq(["vocab"]));
    assert!(<(Box<Norm>, [Norm; 2])>::SCHEMA.dim_names().into_iter().eq(["hidden"]));
}

#[test]
fn a_dim_that_the_module_lacks_is_an_error_before_anything_is_read() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("norm.safetensors");
    Norm { weight: Tensor::zeros([3]) }.save_weights(&path).unwrap();
    let file = Arc::new(Counted(std::fs::read(&path).unwrap(), AtomicUsize::new(0)));
    let source = || Source::reader("norm", file.clone());
    let loader = Loader::new().dim("hiden", 3);

    let mut norm = Norm { weight: Tensor::zeros([3]) };
    let errors = [
        loader.load::<Norm>(source()).unwrap_err(),
        loader.check::<Norm>(source()).unwrap_err(),
        loader.update(&mut norm, source()).unwrap_err(),
        loader.stream::<Norm, LoadError>(source(), |_| unreachable!()).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.to_string(), "Norm has no dim `hiden`; did you mean `hidden`?");
    }
    assert_eq!(file.1.load(Ordering::Relaxed), 0, "the file was read");
    Loader::new().dim("hidden", 3).load::<Norm>(source()).unwrap();
    assert!(file.1.load(Ordering::Relaxed) > 0);
}

#[test]
fn every_dim_that_the_module_lacks_is_told() {
    let error = Loader::new().dim("layer", 2).dim("x", 1).dim("width", 5).check::<Model>(tensors()).unwrap_err();
    let text = "Model has no dim `layer`; did you mean `layers`?\n\
                Model has no dim `x`; its named dims are `hidden`, `layers`, `width`";
    assert_eq!(error.to_string(), text);
    let LoadError::UnknownDim { module, unknown, known } = error else { panic!("{error}") };
    assert_eq!((module.as_str(), unknown.len(), known.len()), ("Model", 2, 3));

    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Fixed {
        #[param(shape = [2])]
        weight: Tensor<f32>,
    }
    let zeros = [("weight", Tensor::<f32>::zeros([2]))];
    let error = Loader::new().dim("n", 2).load::<Fixed>(zeros).unwrap_err();
    assert_eq!(error.to_string(), "Fixed has no dim `n`; none of its dims has a name, so remove it from the loader");
    let error = Loader::new().dim("something", 2).load::<Norm>(tensors()).unwrap_err();
    assert_eq!(error.to_string(), "Norm has no dim `something`; its only named dim is `hidden`");
}

#[test]
fn a_renaming_that_changes_no_name_is_noted() {
    let loader = Loader::new().strip_prefix("model.").rename("norm", "norms").rename("embed", "table");
    let mut renamed = tensors();
    renamed[2].0 = "embed";
    let report = loader.check::<Model>(renamed).unwrap();
    let rename = |from: &str, to: &str| Rename::Rename { from: from.into(), to: to.into() };
    assert_eq!(report.stale_renames, [Rename::StripPrefix("model.".into()), rename("norm", "norms")]);
    assert_eq!(
        report.to_string().lines().skip(1).collect::<Vec<_>>(),
        [
            "rename      the prefix `model.` fits no name in the checkpoint; remove it if it is out of date",
            "rename      `norm` fits no name in the checkpoint; remove it if it is out of date",
        ]
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["stale_renames"][0], serde_json::json!({ "strip_prefix": "model." }));
    assert_eq!(serde_json::from_value::<wb::Report>(json).unwrap(), report);

    // a load, a stream and an update note it too, and so does a report that refuses
    let loader = Loader::new().strip_prefix("model.");
    assert_eq!(loader.load::<Model>(tensors()).unwrap().report.stale_renames.len(), 1);
    assert_eq!(loader.stream::<Model, LoadError>(tensors(), |_| Ok(())).unwrap().stale_renames.len(), 1);
    let refused = loader.check::<Norm>(tensors()).unwrap_err();
    assert_eq!(refused.report().unwrap().stale_renames.len(), 1);
    // one that is of use is not
    let used = Loader::new().add_prefix("norms.0.").rename("norms.0", "norms");
    assert!(
        used.check::<Vec<Norm>>([("0.weight", Tensor::<f32>::zeros([3]))])
            .is_err_and(|error| { error.report().unwrap().stale_renames.is_empty() })
    );
}

#[derive(Clone, Debug, PartialEq)]
struct Gpu(usize);

#[derive(Debug)]
struct Unused;

#[derive(Debug)]
struct OnGpu(Option<Gpu>, Tensor<f32>);

impl Parameter for OnGpu {
    const DTYPES: &'static [DType] = &[DType::F32];

    fn from_tensor(tensor: AnyTensor, devices: &Devices) -> Result<Self, ParameterError> {
        Ok(OnGpu(devices.get().cloned(), Tensor::from_tensor(tensor, devices)?))
    }

    fn view(&self) -> View<'_> {
        self.1.view()
    }
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct OnDevice {
    #[param(shape = [2])]
    weight: OnGpu,
}

#[test]
fn a_device_that_no_parameter_asks_for_is_noted() {
    let pairs = || [("weight", Tensor::<f32>::zeros([2]))];
    let loader = Loader::new().device(Gpu(1)).device(Unused);
    let mut loaded = loader.load::<OnDevice>(pairs()).unwrap();
    assert_eq!(loaded.module.weight.0, Some(Gpu(1)));
    let [unused] = loaded.report.stale_devices.as_slice() else { panic!("{:?}", loaded.report) };
    assert!(unused.ends_with("Unused"), "{unused}");
    let text = format!("\ndevice      no parameter was made on the `{unused}`; remove it if it is out of date");
    assert!(loaded.report.to_string().ends_with(&text), "{}", loaded.report);
    assert_eq!(loader.update(&mut loaded.module, pairs()).unwrap().stale_devices, std::slice::from_ref(unused));
    // what one load used says nothing of the next
    assert_eq!(loader.load::<Norm>(pairs()).unwrap().report.stale_devices.len(), 2);
    assert_eq!(loader.stream::<OnDevice, LoadError>(pairs(), |_| Ok(())).unwrap().stale_devices.len(), 2);
    // a check makes no parameters
    assert!(loader.check::<OnDevice>(pairs()).unwrap().stale_devices.is_empty());
    assert!(Loader::new().device(Gpu(0)).load::<OnDevice>(pairs()).unwrap().report.stale_devices.is_empty());
}

#[test]
fn what_a_report_says_of_other_parameters_does_not_hinder_a_save() {
    let loaded = Loader::new().load::<Model>(tensors()).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("norm.safetensors");
    wb::Saver::new().ties_of(&loaded.report).save(&loaded.module.norms[0], &path).unwrap();
    assert_eq!(Checkpoint::open(&path).unwrap().len(), 1);
}
