//! What `verify!` adds to `cargo check`: a workspace of small crates, each checked with the line and without it.
//!
//! `cargo bench -p weighbridge-benches --bench verify`, or `.. --bench verify -- experts arguments` for some of the crates

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use weighbridge::DType;
use weighbridge::lock::Lock;
use weighbridge_benches::crates::{cargo, median, weighbridge, workspace};

/// How often each crate is checked. The crates take turns, so that what else the machine does meets all of them alike.
const RUNS: usize = 5;

/// A crate that is checked.
struct Case {
    /// The crate.
    name: &'static str,
    /// As the table has it.
    shown: &'static str,
    /// The source without `verify!`.
    model: String,
    /// The checkpoint beside the crate's manifest.
    file: &'static str,
    /// Whether the checkpoint fits.
    fits: bool,
}

type Tensors = Vec<(String, DType, Vec<usize>)>;

fn main() {
    // cargo runs the benchmark in the tests of all targets too, and nothing is to be timed there
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let root = std::env::temp_dir().join("weighbridge-bench-verify");
    let only: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let mut cases = cases(&root);
    cases.retain(|case| only.is_empty() || only.iter().any(|name| name == case.name));
    let names = cases.iter().flat_map(|case| [case.name.to_owned(), format!("{}-verified", case.name)]);
    workspace(&root, &names.map(|name| (name, weighbridge())).collect::<Vec<_>>());
    for (number, case) in cases.iter().enumerate() {
        // the dependencies too, the first time
        check(&root, case, number, false);
        check(&root, case, number, true);
    }
    let mut times = vec![(Vec::new(), Vec::new()); cases.len()];
    for run in 1..=RUNS {
        for (case, (with, without)) in cases.iter().zip(&mut times) {
            without.push(check(&root, case, run, false));
            with.push(check(&root, case, run, true));
        }
    }
    println!("| `cargo check` of | without, ms | with `verify!`, ms | added, ms |\n|---|--:|--:|--:|");
    for (case, (mut with, mut without)) in cases.iter().zip(times) {
        let (with, without) = (median(&mut with), median(&mut without));
        println!("| {} | {without:.0} | {with:.0} | {:.0} |", case.shown, with - without);
    }
}

/// The processor time that `cargo check` takes after a change of the source.
fn check(root: &Path, case: &Case, run: usize, verified: bool) -> Duration {
    let name = if verified { format!("{}-verified", case.name) } else { case.name.to_owned() };
    let line = format!("weighbridge::verify!(Model, \"../{}\");", case.file);
    let source =
        format!("{}{}\npub const RUN: usize = {run};\n", case.model, if verified { line.as_str() } else { "" });
    fs::write(root.join(&name).join("src/lib.rs"), source).expect("the temporary directory can be written");
    let (output, took) = cargo(root, &["check"], &name);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.success(), case.fits || !verified, "{name}: {errors}");
    assert_eq!(errors.contains("does not match Model"), !case.fits && verified, "{name}: {errors}");
    // what else the machine does counts less in the time of processors
    took.cpu.unwrap_or(took.wall)
}

fn cases(root: &Path) -> Vec<Case> {
    fs::create_dir_all(root).expect("the temporary directory can be written");
    let lock = |file: &'static str, tensors: Tensors| {
        let lock = Lock::of(tensors).expect("the names differ");
        fs::write(root.join(file), lock.to_string()).expect("the temporary directory can be written");
        file
    };
    let case = |name, shown, model: &str, file, fits| Case { name, shown, model: model.to_owned(), file, fits };
    let (experts, layers, distinct) = (experts_model(), LAYERS.to_owned(), distinct_model());
    let all = experts_tensors();
    let mut wrong = all.clone();
    wrong[7].1 = DType::I32;
    wrong[20_000].2 = vec![3, 3];
    wrong.remove(30_000);
    let mut renamed = distinct_tensors();
    for (name, ..) in &mut renamed {
        *name = name.replace("conv", "cnov");
    }
    safetensors(&root.join("experts.safetensors"), &all);
    safetensors(&root.join("large.safetensors"), &vec![("weight".to_owned(), DType::F32, vec![1 << 14, 1 << 14])]);
    let alone = "use weighbridge::{Module, Tensor};\n#[derive(Module)]\npub struct Model { #[param(shape = [_, _])] pub weight: Tensor<f32> }\n";
    vec![
        case("ten", "10 layers of 9 tensors, one line for each", &layers, lock("ten.lock", layers_tensors(10)), true),
        case("thousand", "1,000 of these layers", &layers, lock("thousand.lock", layers_tensors(1000)), true),
        case("experts", "61 × 256 × 3 tensors, a lock of 3 lines", &experts, lock("experts.lock", all), true),
        case("arguments", "the same, with dims of arguments", COMPUTED, "experts.lock", true),
        case("header", "the same, a `.safetensors` file with all names", &experts, "experts.safetensors", true),
        case("wrong", "the same, a lock with three mistakes", &experts, lock("wrong.lock", wrong), false),
        case("distinct", "500 tensors, a line for each", &distinct, lock("distinct.lock", distinct_tensors()), true),
        case("renamed", "the same, 200 names misspelt", &distinct, lock("renamed.lock", renamed), false),
        case("alike", "500 tensors in a list of 100, no two items alike", UNLIKE, lock("unlike.lock", unlike()), true),
        case("large", "one tensor, a `.safetensors` file of 1 GiB", alone, "large.safetensors", true),
    ]
}

const LAYERS: &str = "
use weighbridge::{Module, Tensor};
#[derive(Module)]
pub struct Model {
    #[param(rename = \"model.embed_tokens.weight\", shape = [\"vocab\", \"hidden\"])] pub embedding: Tensor<f32>,
    #[module(rename = \"model.layers\")] pub layers: Vec<Layer>,
    #[param(rename = \"model.norm.weight\", shape = [\"hidden\"])] pub norm: Tensor<f32>,
}
#[derive(Module)]
pub struct Layer {
    #[param(rename = \"self_attn.q_proj.weight\", shape = [\"hidden\", \"hidden\"])] pub q: Tensor<f32>,
    #[param(rename = \"self_attn.k_proj.weight\", shape = [_, \"hidden\"])] pub k: Tensor<f32>,
    #[param(rename = \"self_attn.v_proj.weight\", shape = [_, \"hidden\"])] pub v: Tensor<f32>,
    #[param(rename = \"self_attn.o_proj.weight\", shape = [\"hidden\", \"hidden\"])] pub o: Tensor<f32>,
    #[param(rename = \"mlp.gate_proj.weight\", shape = [\"inner\", \"hidden\"])] pub gate: Tensor<f32>,
    #[param(rename = \"mlp.up_proj.weight\", shape = [\"inner\", \"hidden\"])] pub up: Tensor<f32>,
    #[param(rename = \"mlp.down_proj.weight\", shape = [\"hidden\", \"inner\"])] pub down: Tensor<f32>,
    #[param(rename = \"input_layernorm.weight\", shape = [\"hidden\"])] pub before: Tensor<f32>,
    #[param(rename = \"post_attention_layernorm.weight\", shape = [\"hidden\"])] pub behind: Tensor<f32>,
}
";

fn layers_tensors(layers: usize) -> Tensors {
    let mut tensors = vec![
        ("model.embed_tokens.weight".to_owned(), DType::F32, vec![32_000, 64]),
        ("model.norm.weight".to_owned(), DType::F32, vec![64]),
    ];
    for layer in 0..layers {
        let mut tensor = |name: &str, shape: &[usize]| {
            tensors.push((format!("model.layers.{layer}.{name}.weight"), DType::F32, shape.to_vec()));
        };
        tensor("self_attn.q_proj", &[64, 64]);
        tensor("self_attn.k_proj", &[16, 64]);
        tensor("self_attn.v_proj", &[16, 64]);
        tensor("self_attn.o_proj", &[64, 64]);
        tensor("mlp.gate_proj", &[256, 64]);
        tensor("mlp.up_proj", &[256, 64]);
        tensor("mlp.down_proj", &[64, 256]);
        tensor("input_layernorm", &[64]);
        tensor("post_attention_layernorm", &[64]);
    }
    tensors
}

fn experts_model() -> String {
    "
use weighbridge::{Module, Tensor};
#[derive(Module)]
pub struct Model { #[module(rename = \"model.layers\", len = 61)] pub layers: Vec<Layer> }
#[derive(Module)]
pub struct Layer { #[module(rename = \"mlp.experts\", len = 256)] pub experts: Vec<Expert> }
#[derive(Module)]
pub struct Expert {
    #[param(rename = \"gate_proj.weight\", shape = [2, 4])] pub gate: Tensor<f32>,
    #[param(rename = \"up_proj.weight\", shape = [2, 4])] pub up: Tensor<f32>,
    #[param(rename = \"down_proj.weight\", shape = [4, 2])] pub down: Tensor<f32>,
}
"
    .to_owned()
}

/// The experts, of modules that take arguments.
const COMPUTED: &str = "
use weighbridge::{Module, Tensor};
#[derive(Module)]
pub struct Model { #[module(rename = \"model.layers\", len = \"layers\")] pub layers: Vec<Layer> }
#[derive(Module)]
pub struct Layer {
    #[module(rename = \"mlp.experts\", len = 4 * \"groups\", args(hidden = \"hidden\", inner = \"hidden\" / 2))]
    pub experts: Vec<Expert>,
}
#[derive(Module)]
#[module(args(hidden, inner))]
pub struct Expert {
    #[module(args(in = \"hidden\", out = \"inner\"))] pub gate_proj: Linear,
    #[module(args(in = \"hidden\", out = \"inner\"))] pub up_proj: Linear,
    #[module(args(in = \"inner\", out = \"hidden\"))] pub down_proj: Linear,
}
#[derive(Module)]
#[module(args(in, out, bias = false))]
pub struct Linear {
    #[param(shape = [\"out\", \"in\"])] pub weight: Tensor<f32>,
    #[param(shape = [\"out\"], when = \"bias\")] pub bias: Option<Tensor<f32>>,
}
";

fn experts_tensors() -> Tensors {
    let experts = (0..61).flat_map(|layer| (0..256).map(move |expert| (layer, expert)));
    let tensors = experts.flat_map(|(layer, expert)| {
        [("gate_proj", [2, 4]), ("up_proj", [2, 4]), ("down_proj", [4, 2])].map(|(name, shape)| {
            (format!("model.layers.{layer}.mlp.experts.{expert}.{name}.weight"), DType::F32, shape.to_vec())
        })
    });
    tensors.collect()
}

/// What a block of [`distinct_model`] has, with the number of dims of each.
const BLOCK: [(&str, usize); 5] =
    [("conv1.weight", 4), ("norm1.weight", 1), ("norm1.bias", 1), ("conv2.weight", 4), ("norm2.weight", 1)];

/// A hundred fields of names that have no index, and so have nothing that folds.
fn distinct_model() -> String {
    let mut source = String::from("use weighbridge::{Module, Tensor};\n#[derive(Module)]\npub struct Model {\n");
    for block in 0..100 {
        writeln!(source, "    pub block{block}: Block,").expect("a string takes text");
    }
    source.push_str("}\n#[derive(Module)]\npub struct Block {\n");
    for (number, (name, rank)) in BLOCK.into_iter().enumerate() {
        let shape = vec!["_"; rank].join(", ");
        writeln!(source, "    #[param(rename = \"{name}\", shape = [{shape}])] pub tensor{number}: Tensor<f32>,")
            .expect("a string takes text");
    }
    source.push_str("}\n");
    source
}

fn distinct_tensors() -> Tensors {
    let blocks = (0..100).flat_map(|block| {
        BLOCK.map(|(name, rank)| (format!("block{block}.{name}"), DType::F32, vec![8 + block; rank]))
    });
    blocks.collect()
}

const UNLIKE: &str = "
use weighbridge::{Module, Tensor};
#[derive(Module)]
pub struct Model { pub blocks: Vec<Block> }
#[derive(Module)]
pub struct Block {
    #[param(rename = \"conv1.weight\", shape = [_, _, _, _])] pub tensor0: Tensor<f32>,
    #[param(rename = \"norm1.weight\", shape = [_])] pub tensor1: Tensor<f32>,
    #[param(rename = \"norm1.bias\", shape = [_])] pub tensor2: Tensor<f32>,
    #[param(rename = \"conv2.weight\", shape = [_, _, _, _])] pub tensor3: Tensor<f32>,
    #[param(rename = \"norm2.weight\", shape = [_])] pub tensor4: Tensor<f32>,
}
";

fn unlike() -> Tensors {
    let blocks = (0..100).flat_map(|block| {
        BLOCK.map(|(name, rank)| (format!("blocks.{block}.{name}"), DType::F32, vec![8 + block; rank]))
    });
    blocks.collect()
}

/// Writes a file of these tensors, whose elements are zeros that the file system need not store.
fn safetensors(path: &PathBuf, tensors: &Tensors) {
    let (mut header, mut end) = (String::from("{"), 0);
    for (name, dtype, shape) in tensors {
        let (comma, begin) = (if end == 0 { "" } else { "," }, end);
        end += shape.iter().product::<usize>() * 4;
        write!(
            header,
            "{comma}\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape:?},\"data_offsets\":[{begin},{end}]}}"
        )
        .expect("a string takes text");
    }
    header.push('}');
    let length = header.len() as u64;
    fs::write(path, [&length.to_le_bytes(), header.as_bytes()].concat())
        .expect("the temporary directory can be written");
    File::options()
        .write(true)
        .open(path)
        .and_then(|file| file.set_len(8 + length + end as u64))
        .expect("the temporary directory can be written");
}
