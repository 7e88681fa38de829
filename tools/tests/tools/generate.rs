//! Generated structs compile, load the file that they were generated from strictly, and save it again as it was.
//!
//! The code for each file is kept in `generated/`, and compiled here. `GENERATED=rewrite` writes it again. A new case begins as
//! `pub type Model = ();`, which compiles.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use safetensors::SafeTensors;
use weighbridge::lock::Lock;
use weighbridge::{Checkpoint, DType, Loader, Module, Renames, Tensor};
use weighbridge_tools::Selection;
use weighbridge_tools::generate::{GenerateError, Options, generate};

use crate::expand::{Expanded, expand};
use crate::made;

/// One test for each file: its name, the struct's name, and the path of a fixture or the tensors of the file.
macro_rules! cases {
    ($($name:ident: $root:ident = $source:expr;)*) => {$(
        mod $name {
            // generated for users, who may need all of it
            #![allow(dead_code, missing_docs, unreachable_pub)]
            include!(concat!("../generated/", stringify!($name), ".rs"));
        }

        #[test]
        fn $name() {
            let scratch = tempfile::tempdir().unwrap();
            let path = $source.path(scratch.path(), stringify!($name));
            text(stringify!($name), stringify!($root), &path);
            round_trip::<$name::$root>(&path, scratch.path());
        }
    )*};
}

pub(crate) use cases;

cases! {
    llama: Llama = "llama/model.safetensors";
    llama_sharded: Llama = "llama-sharded";
    llama_tied: Llama = "llama-tied/model.safetensors";
    gpt2: Gpt2 = "gpt2/model.safetensors";
    bert: BertForMaskedLm = "bert/model.safetensors";
    resnet: ResNet = "resnet/model.safetensors";
    whisper: Whisper = "whisper/model.safetensors";
    mlx_linear_npz: Linear = "mlx/linear.npz";
    mlx_linear: Linear = "mlx/linear.safetensors";
    mlx_mlp_npz: Mlp = "mlx/mlp.npz";
    mlx_mlp: Mlp = "mlx/mlp.safetensors";
    mlx_mlp_bf16_npz: Mlp = "mlx/mlp-bf16.npz";
    mlx_mlp_bf16: Mlp = "mlx/mlp-bf16.safetensors";
    mlx_cnn_npz: Cnn = "mlx/cnn.npz";
    mlx_cnn: Cnn = "mlx/cnn.safetensors";
    mlx_transformer: Transformer = "mlx/transformer.npz";
    mlx_quantized: Quantized = "mlx/quantized.safetensors";
    numpy_stored: Dense = "mlx/numpy-stored.npz";
    numpy_deflated: Dense = "mlx/numpy-deflated.npz";
    numpy_fortran: Dense = "mlx/numpy-fortran.npz";
    numpy_bigendian: Dense = "mlx/numpy-bigendian.npz";
    mixture: DeepSeek = made::mixture();
    odd_layer: OddLayer = made::odd_layer();
    alternating: Hybrid = made::alternating();
    names: Names = made::names();
    dtypes: Dtypes = made::dtypes();
    lists: Lists = made::lists();
    sequential: Sequential = made::sequential();
    stack: Stack = made::stack();
    towers: Clip = made::towers();
    nested: Nested = made::nested();
    extremes: Extremes = made::extremes();
    one_name: OneName = made::one_name();
    claims: Claims = made::claims();
    empty: Empty = made::Made::default();
    untyped_npz: Untyped = made::Untyped;
}

/// A file to generate from.
pub(crate) trait Given {
    fn path(self, scratch: &Path, name: &str) -> PathBuf;
}

impl Given for &str {
    fn path(self, _: &Path, _: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(self)
    }
}

impl Given for made::Made {
    fn path(self, scratch: &Path, name: &str) -> PathBuf {
        let path = scratch.join(format!("{name}.safetensors"));
        std::fs::write(&path, self.bytes()).unwrap();
        path
    }
}

impl Given for made::Untyped {
    fn path(self, scratch: &Path, name: &str) -> PathBuf {
        let path = scratch.join(format!("{name}.npz"));
        std::fs::write(&path, self.bytes()).unwrap();
        path
    }
}

fn generated(path: &Path, root: &str) -> String {
    let options = Options::new().name(root);
    generate(&Checkpoint::open(path).unwrap(), &options).unwrap()
}

/// Generating again gives the code that was compiled, and rustfmt changes nothing in it.
pub(crate) fn text(name: &str, root: &str, path: &Path) {
    let text = generated(path, root);
    assert_eq!(expand(&text, root), declared(&lines(&Checkpoint::open(path).unwrap())), "{name}");
    assert_eq!(rustfmt(&text), text, "rustfmt formats {name} otherwise");
    kept(&format!("{name}.rs"), &text);
}

/// What code that loses nothing declares.
pub(crate) fn declared(lines: &[Line]) -> Expanded {
    let typed = |dtype| if dtype == DType::V2 { DType::BF16 } else { dtype };
    lines.iter().map(|(name, dtype, shape)| (name.clone(), (typed(*dtype), shape.clone()))).collect()
}

/// Compares the text with the one that is kept.
pub(crate) fn kept(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generated").join(name);
    if std::env::var_os("GENERATED").is_some_and(|word| word == "rewrite") {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(
        kept == text,
        "generated/{name} is out of date; run the test with GENERATED=rewrite, and read what changed"
    );
}

/// The text as rustfmt formats it by default.
pub(crate) fn rustfmt(text: &str) -> String {
    let scratch = tempfile::tempdir().unwrap();
    std::fs::write(scratch.path().join("rustfmt.toml"), "").unwrap();
    let mut command = Command::new("rustfmt");
    command.args(["--edition", "2024", "--emit", "stdout"]).current_dir(scratch.path());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("rustfmt is installed");
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn round_trip<M: Module>(path: &Path, scratch: &Path) {
    let loaded = Loader::new().load::<M>(path).unwrap_or_else(|error| panic!("{error}"));
    assert!(loaded.report.cast.is_empty() && loaded.report.ignored.is_empty(), "{}", loaded.report);
    let is_npz = path.extension().is_some_and(|extension| extension == "npz");
    let saved = scratch.join(if is_npz { "saved.npz" } else { "saved.safetensors" });
    loaded.module.save_weights(&saved).unwrap();

    refuses_others::<M>(&Checkpoint::open(path).unwrap());

    let [before, after] = [path, &saved].map(|path| Checkpoint::open(path).unwrap());
    assert_eq!(contents(&before), contents(&after));
    if is_npz {
        assert_eq!(members(path).into_keys().collect::<Vec<_>>(), members(&saved).into_keys().collect::<Vec<_>>());
        for (name, member) in members(&saved) {
            let tensor = contents(&before).remove(name.strip_suffix(".npy").unwrap()).unwrap();
            assert!(member.ends_with(&tensor.2), "{name}");
        }
    } else {
        assert_eq!(foreign(path), foreign(&saved));
    }
}

/// A file that differs in one thing is refused: a tensor is missing, is one too many, or has another shape or dtype.
fn refuses_others<M: Module>(checkpoint: &Checkpoint) {
    let tensors = lines(checkpoint);
    let check = |tensors: Vec<Line>| match Lock::of(tensors).map(|lock| Checkpoint::open(&lock)) {
        Ok(Ok(lock)) => Some(Loader::new().check::<M>(&lock).is_ok()),
        // packed elements that do not fill a byte
        _ => None,
    };
    assert_eq!(check(tensors.clone()), Some(true));
    // in larger files a sample of the tensors, since each change is a check of them all
    let step = tensors.len().div_ceil(12);
    for at in (0..tensors.len()).step_by(step.max(1)) {
        let (name, dtype, shape) = tensors[at].clone();
        let mut dropped = tensors.clone();
        dropped.remove(at);
        assert_eq!(check(dropped), Some(false), "without {name}");
        for other in others(&shape) {
            let mut changed = tensors.clone();
            changed[at].2.clone_from(&other);
            assert_ne!(check(changed), Some(true), "{name} of {other:?}");
        }
        // every load takes untyped elements for those of the dtype that is declared
        let is_same = |other: &&DType| other.reads_as(dtype) || dtype.reads_as(**other);
        for &other in DType::ALL.iter().filter(|other| !is_same(other)).skip(at % 5).step_by(5) {
            let mut changed = tensors.clone();
            changed[at].1 = other;
            assert_ne!(check(changed), Some(true), "{name} of {other}");
        }
        for other in beside(&name).into_iter().filter(|other| tensors.iter().all(|(name, ..)| name != other)) {
            let mut more = tensors.clone();
            more.push((other.clone(), dtype, shape.clone()));
            assert_eq!(check(more), Some(false), "with {other}");
        }
    }
}

pub(crate) type Line = (String, DType, Vec<usize>);

fn lines(checkpoint: &Checkpoint) -> Vec<Line> {
    checkpoint.iter().map(|entry| (entry.name().to_owned(), entry.dtype(), entry.shape().to_vec())).collect()
}

/// Shapes that differ in one dim, or in the number of dims.
fn others(shape: &[usize]) -> Vec<Vec<usize>> {
    let mut others = vec![[shape, &[1]].concat(), [&[1], shape].concat()];
    for dim in 0..shape.len() {
        let mut other = shape.to_vec();
        other[dim] += 1;
        others.push(other.clone());
        if shape[dim] > 0 {
            other[dim] -= 2.min(shape[dim]);
            others.push(other.clone());
            other[dim] = shape[dim] - 1;
            others.push(other.clone());
        }
        other.remove(dim);
        others.push(other);
    }
    others.retain(|other| other != shape);
    others
}

/// Names beside this one: at every level, below it, and in the next item of each list.
fn beside(name: &str) -> Vec<String> {
    let parts: Vec<&str> = name.split('.').collect();
    let mut others = vec![format!("{name}.one_too_many")];
    for level in 0..parts.len() {
        others.push([&parts[..level], &["one_too_many"]].concat().join("."));
        if let Ok(index) = parts[level].parse::<usize>() {
            for next in [index.checked_add(1), index.checked_sub(1), Some(13)].into_iter().flatten() {
                let mut next_to = parts.clone();
                let next = next.to_string();
                next_to[level] = &next;
                others.push(next_to.join("."));
            }
        }
    }
    others
}

type Contents = BTreeMap<String, (String, Vec<usize>, Vec<u8>)>;

fn contents(checkpoint: &Checkpoint) -> Contents {
    let tensor = |name: &str| checkpoint.tensor(name).unwrap();
    let of = |entry: weighbridge::Entry<'_>| {
        let bytes = tensor(entry.name()).as_bytes().to_vec();
        (entry.name().to_owned(), (entry.dtype().to_string(), entry.shape().to_vec(), bytes))
    };
    checkpoint.iter().map(of).collect()
}

/// What the reference implementation of the format reads, in one file or in all shards of a directory.
fn foreign(path: &Path) -> Contents {
    let files: Vec<PathBuf> = match path.is_dir() {
        true => std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect(),
        false => vec![path.to_owned()],
    };
    let mut contents = Contents::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "safetensors")) {
        let bytes = std::fs::read(file).unwrap();
        for (name, view) in SafeTensors::deserialize(&bytes).unwrap().tensors() {
            let tensor = (view.dtype().to_string(), view.shape().to_vec(), view.data().to_vec());
            contents.insert(name, tensor);
        }
    }
    contents
}

/// The members of an archive, as the zip crate reads them.
fn members(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let count = archive.len();
    let read = |number| {
        let mut member = archive.by_index(number).unwrap();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        (member.name().unwrap().into_owned(), bytes)
    };
    (0..count).map(read).collect()
}

#[test]
fn every_fixture_is_a_case() {
    let cases = include_str!("generate.rs");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let mlx = std::fs::read_dir(fixtures.join("mlx")).unwrap().map(|entry| entry.unwrap().path());
    let mlx = mlx.filter(|path| path.extension().is_some_and(|extension| extension != "json"));
    for path in mlx.filter(|path| !path.ends_with("numpy-object.npz")) {
        let name = format!("mlx/{}", path.file_name().unwrap().to_string_lossy());
        assert!(cases.contains(&format!("= \"{name}\";")), "{name} is no case");
    }
    assert!(Checkpoint::open(fixtures.join("mlx/numpy-object.npz")).is_err());
    for entry in std::fs::read_dir(&fixtures).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_string_lossy().into_owned();
        let is_model = entry.join("config.json").exists();
        assert!(!is_model || cases.contains(&format!("= \"{name}")), "{name} is no case");
    }
}

fn refusal(names: &[&str]) -> GenerateError {
    let file: Vec<(&str, Tensor<f32>)> = names.iter().map(|name| (*name, Tensor::zeros([2]))).collect();
    generate(&Checkpoint::open(file).unwrap(), &Options::default()).unwrap_err()
}

#[test]
fn names_that_no_struct_can_have() {
    for (names, message) in [
        (&["a", "a"][..], "`a`: two tensors have this name, so a load refuses them; keep one of the two"),
        (&["a..b"], "`a..b`: a component of its name is empty; rename it first"),
        (&[""], "``: a component of its name is empty; rename it first"),
        (&["a.\n"], "`a.\\u{a}`: its name has a NUL or a line break; rename it first"),
        (
            &["__metadata__"],
            "`__metadata__`: `__metadata__` is not the name of a tensor in a safetensors file; rename it first",
        ),
    ] {
        assert_eq!(refusal(names).to_string(), message);
    }
    let deep = vec!["a"; 65].join(".");
    let message = refusal(&[&deep]).to_string();
    assert!(message.ends_with("its name has more than 64 components; rename it first"), "{message}");
}

#[test]
fn a_name_that_is_no_type() {
    let file = Checkpoint::open([("a", Tensor::<f32>::zeros([2]))]).unwrap();
    for name in ["", "my model", "Vec", "self", "3d", "f32", "gen", "weighbridge", "r#type", "IN", "DIM_16"] {
        let options = Options::new().name(name);
        let error = generate(&file, &options).unwrap_err();
        let expected = format!("`{name}` cannot be the name of a struct; give an identifier such as `Llama`");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn no_constant_has_the_name_of_the_struct() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/llama/model.safetensors");
    let code = generated(&path, "HIDDEN");
    // in `Linear<HIDDEN, VOCAB>` it would be the struct
    assert!(code.contains("pub struct HIDDEN {") && code.contains("Linear<HIDDEN_2, VOCAB>"), "{code}");
    assert!(!code.contains("const HIDDEN:"), "{code}");
}

#[test]
fn more_fields_than_a_model_has() {
    let names: Vec<String> = (0..100_000).map(|number| format!("tensor{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(refusal(&names), GenerateError::TooMany { field_count: 100_000, limit: 5_000 });

    let names: Vec<String> = (0..20_000).map(|number| format!("a.m{}.t{number}", number / 100)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert!(matches!(refusal(&names), GenerateError::TooMany { limit: 5_000, .. }));
}

#[test]
fn numbers_within_numbers_are_looked_at_once() {
    // lists of different items in such lists, as deep as a name may be
    let names: Vec<String> = (1..62).map(|depth| "0.".repeat(depth) + "1").chain([("0.".repeat(62) + "0")]).collect();
    let file: Vec<(&str, Tensor<f32>)> =
        names.iter().map(|name| (name.as_str(), Tensor::zeros([name.len()]))).collect();
    let code = generate(&Checkpoint::open(file).unwrap(), &Options::default()).unwrap();
    assert_eq!(code.matches("pub struct ").count(), 62);
}

/// Compiled, and so checked against the lock of the file.
mod verified {
    #![allow(dead_code, missing_docs, unreachable_pub)]
    include!("../generated/verified.rs");
}

#[test]
fn the_struct_is_verified_where_that_is_asked_for() {
    let options = Options::new().name("DeepSeek").verify("tests/generated/verified.lock");
    let scratch = tempfile::tempdir().unwrap();
    let path = made::mixture().path(scratch.path(), "verified");
    let checkpoint = Checkpoint::open(&path).unwrap();
    let code = generate(&checkpoint, &options).unwrap();
    let tensors = checkpoint.iter().map(|entry| (entry.name().to_owned(), entry.dtype(), entry.shape().to_vec()));
    kept("verified.lock", &Lock::of(tensors).unwrap().to_string());
    kept("verified.rs", &code);
    assert!(code.contains("#[derive(Clone, Debug, Module)]\n#[module(verify = \"tests/generated/verified.lock\")]\n"));
    round_trip::<verified::DeepSeek>(&path, scratch.path());
}

/// Compiled, and so checked against a lock with more layers than the compiler looks at together.
mod uneven {
    #![allow(dead_code, missing_docs, unreachable_pub)]
    include!("../generated/uneven.rs");
}

#[test]
fn a_layer_without_a_bias_is_not_taken_for_one_with_it() {
    let options = Options::new().name("Uneven").verify("tests/generated/uneven.lock");
    let scratch = tempfile::tempdir().unwrap();
    let path = made::uneven().path(scratch.path(), "uneven");
    let checkpoint = Checkpoint::open(&path).unwrap();
    kept("uneven.lock", &Lock::of(lines(&checkpoint)).unwrap().to_string());
    kept("uneven.rs", &generate(&checkpoint, &options).unwrap());
    round_trip::<uneven::Uneven>(&path, scratch.path());
    for layer in 0..80 {
        let mut tensors = lines(&checkpoint);
        let bias = format!("layers.{layer}.q_proj.bias");
        match tensors.iter().position(|(name, ..)| *name == bias) {
            Some(at) => _ = tensors.remove(at),
            None => tensors.push((bias, DType::F32, vec![4])),
        }
        let other = Checkpoint::open(Lock::of(tensors).unwrap()).unwrap();
        assert!(Loader::new().check::<uneven::Uneven>(&other).is_err(), "layer {layer}");
    }
}

mod flax {
    #![allow(dead_code, missing_docs, unreachable_pub)]
    include!("../generated/flax.rs");
}

#[test]
fn names_with_another_separator_nest_and_numbered_ones_are_lists() {
    let scratch = tempfile::tempdir().unwrap();
    let path = made::flax().path(scratch.path(), "flax");
    let checkpoint = Checkpoint::open(&path).unwrap();
    let selection = Selection::new().renames(Renames::new().separator('/'));
    let selected = selection.of(&checkpoint).unwrap().checkpoint;
    let code = generate(&selected, &Options::new().name("Vit").selected_by(selection)).unwrap();
    assert!(
        code.contains("// The file has other names, or more of them: load it with `Loader::new().separator('/')`.\n"),
        "{code}"
    );
    assert!(code.contains(
        "    #[module(rename = \"encoderblock_{}\", len = BLOCKS)]\n    pub encoderblock: Vec<Encoderblock>,"
    ));
    assert_eq!(rustfmt(&code), code);
    kept("flax.rs", &code);
    let mut dotted = lines(&checkpoint);
    dotted.iter_mut().for_each(|(name, ..)| *name = name.replace('/', "."));
    assert_eq!(expand(&code, "Vit"), declared(&dotted));

    let loaded = Loader::new().separator('/').load::<flax::Vit>(&path).unwrap();
    let parameters = loaded.module.parameters();
    assert_eq!(parameters.len(), checkpoint.len());
    for (path, view) in parameters {
        let entry = checkpoint.iter().find(|entry| entry.name().replace('/', ".") == path).unwrap();
        assert_eq!(view.bytes().unwrap(), checkpoint.tensor(entry.name()).unwrap().as_bytes(), "{path}");
    }
    refuses_others::<flax::Vit>(&selected);
}

#[test]
fn the_layers_of_keras_nest() {
    let names = ["dense", "dense_1", "batch_normalization"]
        .iter()
        .flat_map(|layer| (0..2).map(move |number| format!("layers/{layer}/vars/{number}")));
    let file: Vec<(String, Tensor<f32>)> = names.map(|name| (name, Tensor::zeros([4]))).collect();
    let selection = Selection::new().renames(Renames::new().separator('/').subtree("layers")).ignore(["*.vars.7"]);
    let selected = selection.of(&Checkpoint::open(file).unwrap()).unwrap().checkpoint;
    let code = generate(&selected, &Options::new().selected_by(selection)).unwrap();
    const CALLS: &str = r#"Loader::new().subtree("layers").separator('/').ignore(["*.vars.7"])"#;
    assert!(code.contains(&format!("load it with `{CALLS}`")), "{code}");
    assert!(code.contains("    #[param(len = 2, shape = [4])]\n    pub vars: Vec<Tensor<Float>>,\n"), "{code}");
    assert!(code.contains("    pub dense_1: "), "{code}");
}

/// A flat adapter, whose modules have their whole path in one component.
#[test]
fn hundreds_of_modules_of_one_structure_are_one_struct() {
    let mut tensors = Vec::new();
    for number in 0..722 {
        let at = format!(
            "lora_unet_input_blocks_{}_1_transformer_blocks_{}_attn{}_to_k",
            number / 50,
            number / 2,
            number % 2
        );
        let width = 320 << (number % 3);
        tensors.push((format!("{at}.alpha"), DType::F16, Vec::new()));
        tensors.push((format!("{at}.lora_down.weight"), DType::F16, vec![16, width]));
        tensors.push((format!("{at}.lora_up.weight"), DType::F16, vec![width, 16]));
    }
    let code = generate(&Checkpoint::open(Lock::of(tensors.clone()).unwrap()).unwrap(), &Options::new()).unwrap();
    assert_eq!(expand(&code, "Model"), declared(&tensors));
    assert_eq!(code.matches("pub struct ").count(), 3, "{code}");
    // no module is called what another one is
    assert!(code.contains("pub struct AlphaLoraDownLoraUp<"), "{code}");
}
