//! What deriving `Module` costs the compiler, beside the same structs that derive `serde::Deserialize`: a tree of 200 structs with 8
//! fields each, and one struct with 100, 300 and 1,000 fields: parameters, modules of one type, and modules of as many types.
//!
//! `cargo bench -p weighbridge-benches --bench compile`

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use weighbridge_benches::crates::{Took, cargo_and_memory, compiler, median, weighbridge, workspace, write};

/// How often each crate is compiled. The crates take turns, so that other work on the machine slows them all alike.
const RUNS: usize = 5;

const STRUCTS: usize = 200;

const FIELDS: usize = 8;

/// The numbers of fields of one struct.
const WIDE: [usize; 3] = [100, 300, 1000];

const COMMANDS: [(&str, &[&str]); 3] = [
    ("`cargo check`", &["check"]),
    ("`cargo build`", &["build"]),
    ("`cargo build --release`", &["build", "--release"]),
];

/// Who derives.
#[derive(Clone, Copy)]
enum Peer {
    Weighbridge,
    Serde,
}

/// What a crate has.
#[derive(Clone, Copy)]
enum Part {
    /// No struct: what cargo and the dependencies take by themselves.
    Nothing,
    /// The tree of structs, which nothing loads.
    Derives,
    /// The tree, and a function that loads its root.
    Load,
    /// A struct with this many parameters, and a function that loads it.
    Parameters(usize),
    /// A struct with this many modules of one type, and a function that loads it.
    Modules(usize),
    /// A struct with this many modules, each of a type of its own, and a function that loads it.
    Types(usize),
}

const PEERS: [Peer; 2] = [Peer::Weighbridge, Peer::Serde];

fn parts() -> Vec<Part> {
    let wide =
        WIDE.into_iter().flat_map(|fields| [Part::Parameters(fields), Part::Modules(fields), Part::Types(fields)]);
    [Part::Nothing, Part::Derives, Part::Load].into_iter().chain(wide).collect()
}

fn main() {
    compiler();
    // cargo runs the benchmark in the tests of all targets too, where nothing is to be timed
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let root = std::env::temp_dir().join("weighbridge-bench-compile");
    arguments(&std::env::temp_dir().join("weighbridge-bench-arguments"));
    if std::env::args().any(|arg| arg == "arguments") {
        return;
    }
    let parts = parts();
    let crates = parts.iter().flat_map(|part| PEERS.map(|peer| (name(peer, *part), dependencies(peer))));
    workspace(&root, &crates.collect::<Vec<_>>());

    println!(
        "| | | Weighbridge, ms | CPU, ms | MB | `serde`, ms | CPU, ms | MB | ratio | of CPU |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    );
    for (shown, command) in COMMANDS {
        let compile = |run| -> Vec<[Took; 2]> {
            parts.iter().map(|part| PEERS.map(|peer| compile(&root, command, peer, *part, run))).collect()
        };
        // the first time, the dependencies are compiled too
        compile(0);
        let runs: Vec<_> = (1..=RUNS).map(compile).collect();
        for (row, part) in parts.iter().enumerate() {
            let took = |peer: usize| runs.iter().map(move |run| &run[row][peer]);
            let wall = [0, 1].map(|peer| median(&mut took(peer).map(|took| took.wall).collect::<Vec<_>>()));
            let cpu = [0, 1].map(|peer| {
                let times: Option<Vec<Duration>> = took(peer).map(|took| took.cpu).collect();
                times.map_or(f64::NAN, |mut times| median(&mut times))
            });
            let peak = [0, 1].map(|peer| took(peer).filter_map(|took| took.peak).max().unwrap_or(0) / 1_000_000);
            println!(
                "| {shown} | {} | {:.0} | {:.0} | {} | {:.0} | {:.0} | {} | {:.2} | {:.2} |",
                title(*part),
                wall[0],
                cpu[0],
                peak[0],
                wall[1],
                cpu[1],
                peak[1],
                wall[0] / wall[1],
                cpu[0] / cpu[1]
            );
        }
    }
}

/// A model of this many types, which take their sizes as arguments or as const parameters.
const TYPES: usize = 40;

/// How the types of a model get their sizes.
#[derive(Clone, Copy, PartialEq)]
enum Sizes {
    /// As const parameters.
    Parameters,
    /// As arguments, which are numbers at the root.
    Constants,
    /// As arguments, which are names of the configuration at the root: one model for all sizes.
    Names,
}

const SIZES: [Sizes; 3] = [Sizes::Parameters, Sizes::Constants, Sizes::Names];

/// Prints what a build of a model takes whose types take arguments, beside the same with const parameters.
fn arguments(root: &Path) {
    const CRATES: [&str; 3] = ["of-parameters", "of-constants", "of-names"];
    workspace(root, &CRATES.map(|name| (name.to_owned(), weighbridge())));
    let build = |run: usize| {
        [0, 1, 2].map(|peer| {
            let source = format!("{}pub const RUN: usize = {run};\n", sized_types(SIZES[peer]));
            write(&root.join(CRATES[peer]).join("src/lib.rs"), &source);
            let (output, took) = cargo_and_memory(root, &["build"], CRATES[peer]);
            assert!(output.status.success(), "{}: {}", CRATES[peer], String::from_utf8_lossy(&output.stderr));
            took.cpu.unwrap_or(took.wall)
        })
    };
    build(0);
    let runs: Vec<_> = (1..=RUNS).map(build).collect();
    let [parameters, constants, names] =
        [0, 1, 2].map(|peer| median(&mut runs.iter().map(|run| run[peer]).collect::<Vec<_>>()));
    println!("`cargo build` of {TYPES} types with const parameters: {parameters:.0} ms");
    for (given, took) in [("numbers", constants), ("names of the configuration", names)] {
        println!("with arguments, which are {given} at the root: {took:.0} ms, {:.2}", took / parameters);
    }
}

/// Types in each other, the innermost of which are linear layers.
fn sized_types(sizes: Sizes) -> String {
    let take_arguments = sizes != Sizes::Parameters;
    let (parameters, of_layer, args, given) = match take_arguments {
        false => ("<const WIDTH: usize, const INNER: usize>", "<WIDTH, INNER>", "", ""),
        true => ("", "", "#[module(args(width, inner))]", "#[module(args(width = \"width\", inner = \"inner\"))]"),
    };
    let linear = |from: &str, to: &str| match take_arguments {
        false => format!("Linear<{from}, {to}>"),
        true => "Linear".to_owned(),
    };
    let linear_args = |from: &str, to: &str| match take_arguments {
        false => String::new(),
        true => format!("#[module(args(in = \"{}\", out = \"{}\"))]", from.to_lowercase(), to.to_lowercase()),
    };
    let mut source = String::from("use weighbridge::{LoadError, Module, Tensor};\n");
    source += match take_arguments {
        false => {
            "#[derive(Module)] pub struct Linear<const IN: usize, const OUT: usize> { #[param(shape = [OUT, IN])] pub weight: Tensor<f32>, #[param(shape = [OUT])] pub bias: Option<Tensor<f32>> }\n"
        }
        true => {
            "#[derive(Module)] #[module(args(in, out))] pub struct Linear { #[param(shape = [\"out\", \"in\"])] pub weight: Tensor<f32>, #[param(shape = [\"out\"])] pub bias: Option<Tensor<f32>> }\n"
        }
    };
    // every fifth is inside no other, since arguments go through six types at most
    for number in 0..TYPES - 2 {
        let next = (number % 5 != 4 && number + 1 < TYPES - 2).then_some(number + 1);
        let next = next.map(|next| format!("{given} pub next: Block{next}{of_layer},")).unwrap_or_default();
        let (up, down) = (linear("WIDTH", "INNER"), linear("INNER", "WIDTH"));
        let (up_args, down_args) = (linear_args("WIDTH", "INNER"), linear_args("INNER", "WIDTH"));
        writeln!(
            source,
            "#[derive(Module)] {args} pub struct Block{number}{parameters} {{ {up_args} pub up: {up}, {down_args} pub down: {down}, {next} }}"
        )
        .expect("a string takes text");
    }
    source += "#[derive(Module)] pub struct Model {\n";
    for number in (0..TYPES - 2).step_by(5) {
        let (ty, given) = match sizes {
            Sizes::Parameters => (format!("Block{number}<64, 256>"), ""),
            Sizes::Constants => (format!("Block{number}"), "#[module(args(width = 64, inner = 256))]"),
            Sizes::Names => {
                (format!("Block{number}"), "#[module(args(width = \"hidden_size\", inner = \"intermediate_size\"))]")
            }
        };
        writeln!(source, "{given} pub block{number}: {ty},").expect("a string takes text");
    }
    source + "}\npub fn load(path: &str) -> Result<Model, LoadError> { Model::from_weights(path) }\n"
}

/// What it takes to compile one crate after a change of its source.
fn compile(root: &Path, command: &[&str], peer: Peer, part: Part, run: usize) -> Took {
    let name = name(peer, part);
    let source = format!("{}pub const RUN: usize = {run};\n", source(peer, part));
    write(&root.join(&name).join("src/lib.rs"), &source);
    let (output, took) = cargo_and_memory(root, command, &name);
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    took
}

fn title(part: Part) -> String {
    match part {
        Part::Nothing => "an empty crate".to_owned(),
        Part::Derives => format!("{STRUCTS} × {FIELDS}, derives alone"),
        Part::Load => format!("{STRUCTS} × {FIELDS}, and a function that loads them"),
        Part::Parameters(fields) => format!("one struct of {fields} parameters, loaded"),
        Part::Modules(fields) => format!("one struct of {fields} modules, loaded"),
        Part::Types(fields) => format!("one struct of {fields} modules of as many types, loaded"),
    }
}

fn name(peer: Peer, part: Part) -> String {
    let peer = match peer {
        Peer::Weighbridge => "weighbridge",
        Peer::Serde => "serde",
    };
    let part = match part {
        Part::Nothing => "nothing".to_owned(),
        Part::Derives => "derives".to_owned(),
        Part::Load => "load".to_owned(),
        Part::Parameters(fields) => format!("parameters-{fields}"),
        Part::Modules(fields) => format!("modules-{fields}"),
        Part::Types(fields) => format!("types-{fields}"),
    };
    format!("of-{peer}-{part}")
}

fn dependencies(peer: Peer) -> String {
    match peer {
        Peer::Weighbridge => weighbridge(),
        Peer::Serde => "serde = { version = \"1\", features = [\"derive\"] }\nserde_json = \"1\"".to_owned(),
    }
}

fn source(peer: Peer, part: Part) -> String {
    let (head, load) = match peer {
        Peer::Weighbridge => (
            "pub use weighbridge::{LoadError, Module, Tensor};\npub const HIDDEN: usize = 64;\n",
            "pub fn load(path: &str) -> Result<Module0, LoadError> { Module0::from_weights(path) }\n",
        ),
        Peer::Serde => (
            "pub use serde::Deserialize;\n#[derive(Deserialize)]\npub struct Tensor { pub shape: Vec<usize>, pub elements: Vec<f32> }\n",
            "pub fn load(text: &str) -> serde_json::Result<Module0> { serde_json::from_str(text) }\n",
        ),
    };
    match part {
        Part::Nothing => head.to_owned(),
        Part::Derives => format!("{head}{}", tree(peer)),
        Part::Load => format!("{head}{}{load}", tree(peer)),
        Part::Parameters(fields) => format!("{head}{}{load}", parameters(peer, 0, fields)),
        Part::Modules(fields) => format!("{head}{}{}{load}", parameters(peer, 1, 3), modules(peer, fields, |_| 1)),
        Part::Types(fields) => {
            let types: String = (1..=fields).map(|number| parameters(peer, number, 3)).collect();
            format!("{head}{types}{}{load}", modules(peer, fields, |field| field + 1))
        }
    }
}

/// The shapes of a struct's tensors, which are numbers, constants and names.
const SHAPES: [&str; FIELDS] =
    ["HIDDEN, HIDDEN", "4 * HIDDEN, HIDDEN", "HIDDEN", "\"vocab\", HIDDEN", "3, 5", "_, 7", "HIDDEN", "2"];

/// `#[derive(Module)] pub struct Module0 { .. }`
fn declaration(peer: Peer, number: usize, fields: &[String]) -> String {
    let derive = match peer {
        Peer::Weighbridge => "Module",
        Peer::Serde => "Deserialize",
    };
    let mut source = format!("#[derive({derive})]\npub struct Module{number} {{\n");
    for field in fields {
        writeln!(source, "    {field},").expect("a string takes text");
    }
    source + "}\n"
}

/// `#[param(shape = [..])] pub tensor0: Tensor<f32>`
fn parameter(peer: Peer, number: usize) -> String {
    let shape = SHAPES[number % SHAPES.len()];
    match peer {
        Peer::Weighbridge => format!("#[param(shape = [{shape}])] pub tensor{number}: Tensor<f32>"),
        Peer::Serde => format!("pub tensor{number}: Tensor"),
    }
}

/// A tree: each struct has two others in it as long as there are any, and tensors besides.
fn tree(peer: Peer) -> String {
    let mut source = String::new();
    for number in 0..STRUCTS {
        let modules = (2 * number + 1..2 * number + 3).filter(|&module| module < STRUCTS);
        let tensors = (0..FIELDS - modules.clone().count()).map(|number| parameter(peer, number));
        let modules = modules.map(|module| format!("pub module{module}: Module{module}"));
        source += &declaration(peer, number, &tensors.chain(modules).collect::<Vec<_>>());
    }
    source
}

fn parameters(peer: Peer, number: usize, fields: usize) -> String {
    declaration(peer, number, &(0..fields).map(|field| parameter(peer, field)).collect::<Vec<_>>())
}

fn modules(peer: Peer, fields: usize, of: impl Fn(usize) -> usize) -> String {
    let module = |field| format!("pub module{field}: Module{}", of(field));
    declaration(peer, 0, &(0..fields).map(module).collect::<Vec<_>>())
}
