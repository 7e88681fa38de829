//! What `torch.save` writes, in all of its forms, against what torch holds.
#![cfg(feature = "torch")]

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use sha2::{Digest, Sha256};
use wb::{Checkpoint, CheckpointError, DType, LoadError, Loader, Module, OpenOptions, Source, Tensor};
use weighbridge_tests::fixture;

#[path = "../../exchange/pytorch.rs"]
mod pytorch;

/// Dtype, shape and SHA-256 of the elements.
type Print = (String, Vec<usize>, String);

fn print(dtype: DType, shape: &[usize], bytes: &[u8]) -> Print {
    let digest = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    (dtype.to_string(), shape.to_vec(), digest)
}

/// What torch holds, by file and name.
fn digests() -> BTreeMap<String, BTreeMap<String, Print>> {
    let text = fs::read_to_string(fixture("torch/digests.json")).unwrap();
    let files: BTreeMap<String, BTreeMap<String, Value>> = serde_json::from_str(&text).unwrap();
    let print = |tensor: Value| {
        let shape = tensor["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
        let [dtype, digest] = ["dtype", "sha256"].map(|key| tensor[key].as_str().unwrap().to_owned());
        (dtype, shape, digest)
    };
    let tensors = |tensors: BTreeMap<String, Value>| tensors.into_iter().map(|(name, t)| (name, print(t))).collect();
    files.into_iter().map(|(file, named)| (file, tensors(named))).collect()
}

/// Lets everything through that is let through only by name.
fn open(source: impl Into<Source>, options: OpenOptions) -> Result<Checkpoint, CheckpointError> {
    let limits = wb::Limits::new().unset_checksums(true);
    source.into().open(&options.limits(limits).skip(|_| true))
}

fn prints(checkpoint: &Checkpoint) -> BTreeMap<String, Print> {
    let print = |name: &str| {
        let tensor = checkpoint.tensor(name).unwrap();
        print(tensor.dtype(), tensor.shape(), tensor.as_bytes())
    };
    checkpoint.iter().map(|entry| (entry.name().to_owned(), print(entry.name()))).collect()
}

/// The same, a few elements at a time.
fn prints_in_pieces(checkpoint: &Checkpoint) -> BTreeMap<String, Print> {
    let one = |entry: wb::Entry<'_>| {
        let mut bytes = Vec::new();
        let read = entry.pieces(7, |pieces| {
            while let Some(piece) = pieces.next()? {
                bytes.extend_from_slice(piece);
            }
            Ok::<_, CheckpointError>(())
        });
        read.unwrap();
        print(entry.dtype(), entry.shape(), &bytes)
    };
    checkpoint.iter().map(|entry| (entry.name().to_owned(), one(entry))).collect()
}

#[test]
fn every_tensor_has_the_bytes_that_torch_has() {
    let all = digests();
    assert!(all.len() >= 10, "{}", all.len());
    for (file, expected) in all {
        let path = fixture(&file);
        for source in [Source::from(&path), Source::from(fs::read(&path).unwrap())] {
            let checkpoint = open(source, OpenOptions::new()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(prints(&checkpoint), expected, "{file}");
            assert_eq!(prints_in_pieces(&checkpoint), expected, "{file}");
        }
        // whatever the name is
        let scratch = tempfile::tempdir().unwrap();
        let other = scratch.path().join("weights");
        fs::copy(&path, &other).unwrap();
        assert_eq!(prints(&open(&other, OpenOptions::new()).unwrap()), expected, "{file}");
    }
}

#[test]
fn another_reader_reads_the_same() {
    let mut compared = 0;
    for (file, expected) in digests() {
        let opened = open(fixture(&file), OpenOptions::new()).unwrap();
        match pytorch::compare(&opened, &fixture(&file)) {
            Ok(count) => {
                assert_eq!(count, expected.len(), "{file}");
                compared += 1;
            }
            // what it has no dtype for, and what it does not call
            Err(said) => {
                let known = ["dtypes", "fours", "others", "devices"];
                assert!(
                    said.starts_with("refused: ") && known.iter().any(|name| file.contains(name)),
                    "{file}: {said}"
                );
            }
        }
    }
    assert!(compared >= 11, "{compared}");
}

/// `views.pt`, of which some tensors share a storage.
#[derive(Debug, PartialEq, Module)]
#[module(crate = wb, ignore = ["whole", "slice", "step", "column", "inner", "scalar", "one", "empty", "half", "flags"])]
struct Views {
    #[param(shape = [2, 3, 4, 5])]
    grid: Tensor<f32>,
    #[param(shape = [2, 5, 4, 3])]
    transposed: Tensor<f32>,
    #[param(shape = [2, 3, 4, 5], from = permute(2, 1, 3, 0))]
    permuted: Tensor<f32>,
    #[param(shape = [2, 3, 4, 5])]
    channels_last: Tensor<f32>,
    embed: Embed,
    head: Head,
}

#[derive(Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Embed {
    #[param(shape = [6, 4])]
    weight: Tensor<f32>,
}

#[derive(Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Head {
    #[param(shape = [6, 4])]
    weight: Tensor<f32>,
    #[param(shape = [6, 4], from = transpose)]
    transposed: Tensor<f32>,
}

#[test]
fn views_load_whichever_way() {
    let path = fixture("torch/views.pt");
    let views = Views::from_weights(&path).unwrap();
    assert_eq!(views.grid.as_slice()[..3], [0., 1., 2.]);
    assert_eq!(views.transposed.as_slice()[..4], [0., 20., 40., 5.]);
    // what is permuted twice is as it was
    assert_eq!(views.permuted, views.grid);
    assert_eq!(views.head.transposed, views.head.weight);
    // SAFETY: nothing writes to a committed file while tests run
    let mapped = unsafe { Loader::new().mapped() }.load::<Views>(&path).unwrap().module;
    assert_eq!(mapped, views);
    let in_file = fs::read(&path).unwrap();
    assert_eq!(Loader::new().load::<Views>(in_file).unwrap().module, views);
    let mut again = Views::from_weights(fixture("torch/views.pt")).unwrap();
    again.load_weights(&path).unwrap();
    assert_eq!(again, views);
    let old = Views::from_weights(fixture("torch/views-legacy.pt")).unwrap();
    assert_eq!(old.transposed, views.transposed);
    let mut count = 0;
    Loader::new()
        .stream::<Views, LoadError>(&path, |_| {
            count += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(count, 7);
}

/// The same storage under two names, and one as the other.
#[derive(Debug, PartialEq, Module)]
#[module(crate = wb, ignore = ["whole", "grid", "*transposed", "permuted", "channels_last", "slice", "step", "column", "inner",
    "scalar", "one", "empty", "half", "flags"])]
struct Tied {
    embed: Embed,
    #[module(tied = "embed")]
    head: Embed,
}

#[test]
fn a_storage_that_tensors_share_is_read_once() {
    for file in ["torch/views.pt", "torch/views-legacy.pt"] {
        let place = |tensor: &Tensor<f32>| tensor.as_slice().as_ptr();
        // as the file has it, though the struct does not say so
        let views = Views::from_weights(fixture(file)).unwrap();
        assert_eq!(place(&views.embed.weight), place(&views.head.weight));
        assert_ne!(place(&views.embed.weight), place(&views.head.transposed));
        let seen = std::sync::Arc::new(std::sync::Mutex::new((0, 0)));
        let note = std::sync::Arc::clone(&seen);
        let loader = Loader::new().progress(move |progress: wb::Progress| {
            *note.lock().unwrap() = (progress.bytes_read, progress.bytes_total);
            std::ops::ControlFlow::Continue(())
        });
        loader.load::<Views>(fixture(file)).unwrap();
        let (done, total) = *seen.lock().unwrap();
        assert!(done == total && total > 0, "{done} of {total}");
        // and as the struct says it
        let tied = Loader::new().load::<Tied>(fixture(file)).unwrap();
        assert_eq!(place(&tied.module.embed.weight), place(&tied.module.head.weight));
        assert_eq!(tied.report.shared.len(), 1);
        let mut count = 0;
        let streamed = Loader::new().stream::<Tied, LoadError>(fixture(file), |_| {
            count += 1;
            Ok(())
        });
        streamed.unwrap();
        assert!(count >= 1);
    }
}

/// What a training keeps, of which a model takes its part.
#[derive(Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Layers {
    #[param(shape = [3, 4], rename = "0.weight")]
    weight: Tensor<f32>,
    #[param(shape = [3], rename = "0.bias")]
    bias: Tensor<f32>,
}

#[test]
fn what_is_beside_tensors_is_listed_and_left_alone_only_where_it_is_said() {
    for file in ["torch/training.pt", "torch/training-legacy.pt"] {
        let path = fixture(file);
        // by itself each of it is told by its name
        let Err(CheckpointError::Container { problems, .. }) = Checkpoint::open(&path) else { panic!() };
        let named: Vec<&str> = problems.iter().map(|problem| problem.tensor.as_deref().unwrap()).collect();
        let expected = [
            "optimizer.param_groups",
            "epoch",
            "loss",
            "name",
            "options.bias",
            "options.sizes",
            "options.device",
            "options.dtype",
            "options.seed",
            "nothing",
        ];
        assert_eq!(named, expected);
        let said = problems[1].to_string();
        let call = "ignore the name `epoch`, with `Loader::ignore` or `--ignore` of the command";
        assert_eq!(
            said.split(" (byte").next().unwrap(),
            format!("`epoch`: a number, and no tensor; leave it out: {call}")
        );
        // a subtree has nothing of it
        let loader = Loader::new().subtree("state_dict").ignore(["1.*"]);
        let loaded = loader.load::<Layers>(&path).unwrap().module;
        assert_eq!(loaded.weight.as_slice().len(), 12);
        // without one it is refused, and what the message says is done
        let said = Loader::new().load::<Layers>(&path).unwrap_err().to_string();
        assert!(said.contains(r#"say `Loader::new().ignore(["optimizer.param_groups", "epoch", "loss", "#), "{said}");
        // where a part of the file fits, the message says so, and that is done
        let said = Loader::new().ignore(["1.*"]).load::<Layers>(&path).unwrap_err().to_string();
        let call = r#"say `loader.subtree("state_dict")`, which is a part that fits, or `loader.ignore(["optimizer.param_groups", "#;
        assert!(said.contains(call), "{said}");
        // patterns leave it alone, and the tensors beside it
        let patterns =
            ["optimizer.*", "options.*", "averages.*", "epoch", "loss", "name", "nothing", "parameter", "buffer"];
        let ignoring = Loader::new().ignore(patterns).ignore(["1.*"]);
        assert_eq!(ignoring.strip_prefix("state_dict.").load::<Layers>(&path).unwrap().module, loaded);
    }
}

#[test]
fn tensors_that_are_not_read_are_told_with_what_to_save() {
    let path = fixture("torch/others.pt");
    let Err(CheckpointError::Container { problems, .. }) = Checkpoint::open(&path) else { panic!() };
    for (name, words) in [
        ("expanded", "an expanded view: 1000 elements of a dim are one in its storage, so"),
        ("unfolded", "two of its elements are one in its storage"),
        (
            "quantised",
            "a quantised tensor (`_rebuild_qtensor`), and no tensor that is read here; save what `dequantize()`",
        ),
        ("sparse", "a sparse tensor (`_rebuild_sparse_tensor`)"),
        ("meta", "a tensor on the device `meta`, which has no elements"),
        ("wide", "its elements are complex128, which is not read here"),
        ("storage", "a storage without a tensor"),
    ] {
        let problem = problems.iter().find(|problem| problem.tensor.as_deref() == Some(name)).unwrap();
        assert!(problem.message.contains(words), "{problem}");
        assert!(problem.message.contains(&format!("leave it out: ignore the name `{name}`")), "{problem}");
    }
    assert_eq!(problems.len(), 7);
    // tensors of other devices: one has its elements as they are, and the others something that they are made of
    let Err(CheckpointError::Container { problems: others, .. }) = Checkpoint::open(fixture("torch/devices.pt")) else {
        panic!()
    };
    let said: Vec<String> = others.iter().map(|problem| problem.to_string()).collect();
    let [converted, numpy] = said.as_slice() else { panic!("{said:?}") };
    assert!(converted.contains("`converted`: a tensor of another device, stored in another dtype"), "{converted}");
    assert!(numpy.contains("`numpy`: a tensor of another device, stored as a numpy array, and no tensor"), "{numpy}");
    // the command's switch and the loader's do what the message says
    let names: Vec<String> = problems.iter().map(|problem| problem.tensor.clone().unwrap()).collect();
    let checkpoint = Source::from(&path).open(&OpenOptions::new().skip(move |name| names.iter().any(|n| n == name)));
    assert_eq!(checkpoint.unwrap().len(), 1);
}

#[test]
fn an_archive_without_checksums_is_read_where_that_is_said() {
    let path = fixture("torch/no-sums.pt");
    let said = Checkpoint::open(&path).unwrap_err().to_string();
    assert!(
        said.contains("the archive has no checksums") && said.contains("`Limits::unset_checksums(true)`"),
        "{said}"
    );
    let allowed = Checkpoint::open_within(&path, &wb::Limits::new().unset_checksums(true)).unwrap();
    assert_eq!(allowed.tensor("weight").unwrap().shape().to_vec(), [2, 3]);
}

#[test]
fn other_protocols_and_programs_are_refused_by_name() {
    let said = |file: &str| Checkpoint::open(fixture(file)).unwrap_err().to_string();
    let protocol = said("torch/protocol-4.pt");
    assert!(protocol.contains("the opcode FRAME") && protocol.contains("save it again without `pickle_protocol`"));
    let script = said("torch/script.pt");
    assert!(script.contains("a TorchScript program") && script.contains("save its `state_dict()`"), "{script}");
}

/// Three layers in two shards.
#[derive(Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Sharded {
    layers: Vec<Layer>,
}

#[derive(Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Layer {
    #[param(shape = [4, 4])]
    weight: Tensor<f32>,
    #[param(shape = [4])]
    bias: Tensor<f32>,
}

#[test]
fn shards_load_by_their_index_and_by_their_directory() {
    let sharded = Sharded::from_weights(fixture("torch/sharded")).unwrap();
    assert_eq!(sharded.layers.len(), 3);
    let index = fixture("torch/sharded/pytorch_model.bin.index.json");
    assert_eq!(Sharded::from_weights(index).unwrap(), sharded);
    assert_eq!(Checkpoint::open(fixture("torch/sharded")).unwrap().file_count(), 2);
}

#[test]
fn a_directory_has_its_safetensors_before_its_pickles() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    fs::copy(fixture("torch/dtypes.pt"), at("pytorch_model.bin")).unwrap();
    fs::copy(fixture("torch/dtypes.pt"), at("training_args.bin")).unwrap();
    fs::copy(fixture("torch/dtypes.pt"), at("optimizer.pt")).unwrap();
    let opened = Checkpoint::open(scratch.path()).unwrap();
    assert!(opened.label().ends_with("pytorch_model.bin"), "{opened:?}");
    fs::copy(fixture("torch/dtypes.pt"), at("other.pth")).unwrap();
    let said = Checkpoint::open(scratch.path()).unwrap_err().to_string();
    assert!(said.contains("2 checkpoints and no index (`other.pth`, `pytorch_model.bin`); give the path"), "{said}");
    // as transformers does it
    fs::copy(fixture("mlx/linear.safetensors"), at("model.safetensors")).unwrap();
    assert!(Checkpoint::open(scratch.path()).unwrap().label().ends_with("model.safetensors"));
    // one of several files, without the index
    let scratch = tempfile::tempdir().unwrap();
    let shard = "pytorch_model-00001-of-00002.bin";
    fs::copy(fixture(&format!("torch/sharded/{shard}")), scratch.path().join(shard)).unwrap();
    let said = Checkpoint::open(scratch.path()).unwrap_err().to_string();
    assert!(said.contains("`pytorch_model-00002-of-00002.bin` and `pytorch_model.bin.index.json`"), "{said}");
}

#[test]
fn a_name_that_promises_another_format_is_told() {
    let scratch = tempfile::tempdir().unwrap();
    for (file, name) in [("views.pt", "a.npz"), ("views-legacy.pt", "a.safetensors")] {
        let path = scratch.path().join(name);
        fs::copy(fixture(&format!("torch/{file}")), &path).unwrap();
        let said = Checkpoint::open(&path).unwrap_err().to_string();
        assert!(said.ends_with("but it is a file of PyTorch; rename it to end in `.pt`"), "{said}");
        let renamed = path.with_extension("pt");
        fs::rename(&path, &renamed).unwrap();
        assert_eq!(Checkpoint::open(&renamed).unwrap().len(), 17);
    }
}
