//! What deriving `Module` costs the compiler: a module of 200 structs with 8 fields each, beside the same structs that
//! derive `serde::Deserialize`.
//!
//! `cargo bench -p weighbridge-benches --bench compile`

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use weighbridge_benches::crates::{Took, cargo, median, weighbridge, workspace, write};

/// How often each crate is compiled. The crates take turns, so that what else the machine does meets all of them alike.
const RUNS: usize = 5;

const STRUCTS: usize = 200;

const FIELDS: usize = 8;

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
    /// The structs, which nothing loads.
    Derives,
    /// The structs, and a function that loads the root of them.
    Load,
}

const PEERS: [Peer; 2] = [Peer::Weighbridge, Peer::Serde];

const PARTS: [(Part, &str); 3] = [
    (Part::Nothing, "an empty crate"),
    (Part::Derives, "200 × 8, derives alone"),
    (Part::Load, "200 × 8, and a function that loads them"),
];

fn main() {
    // cargo runs the benchmark in the tests of all targets too, and nothing is to be timed there
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let root = std::env::temp_dir().join("weighbridge-bench-compile");
    let crates = PARTS.iter().flat_map(|(part, _)| PEERS.map(|peer| (name(peer, *part), dependencies(peer))));
    workspace(&root, &crates.collect::<Vec<_>>());

    println!(
        "| | | Weighbridge, ms | CPU, ms | `serde`, ms | CPU, ms | ratio | of CPU |\n|---|---|--:|--:|--:|--:|--:|--:|"
    );
    for (shown, command) in COMMANDS {
        let compile = |run| PARTS.map(|(part, _)| PEERS.map(|peer| compile(&root, command, peer, part, run)));
        // the dependencies too, the first time
        compile(0);
        let runs: Vec<_> = (1..=RUNS).map(compile).collect();
        for (row, (_, part)) in PARTS.iter().enumerate() {
            let took = |peer: usize| runs.iter().map(move |run| &run[row][peer]);
            let wall = [0, 1].map(|peer| median(&mut took(peer).map(|took| took.wall).collect::<Vec<_>>()));
            let cpu = [0, 1].map(|peer| {
                let times: Option<Vec<Duration>> = took(peer).map(|took| took.cpu).collect();
                times.map_or(f64::NAN, |mut times| median(&mut times))
            });
            println!(
                "| {shown} | {part} | {:.0} | {:.0} | {:.0} | {:.0} | {:.2} | {:.2} |",
                wall[0],
                cpu[0],
                wall[1],
                cpu[1],
                wall[0] / wall[1],
                cpu[0] / cpu[1]
            );
        }
    }
}

/// What it takes to compile one crate after a change of its source.
fn compile(root: &Path, command: &[&str], peer: Peer, part: Part, run: usize) -> Took {
    let name = name(peer, part);
    let source = format!("{}pub const RUN: usize = {run};\n", source(peer, part));
    write(&root.join(&name).join("src/lib.rs"), &source);
    let (output, took) = cargo(root, command, &name);
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    took
}

fn name(peer: Peer, part: Part) -> String {
    let peer = match peer {
        Peer::Weighbridge => "weighbridge",
        Peer::Serde => "serde",
    };
    let part = match part {
        Part::Nothing => "nothing",
        Part::Derives => "derives",
        Part::Load => "load",
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
        Part::Derives => format!("{head}{}", structs(peer)),
        Part::Load => format!("{head}{}{load}", structs(peer)),
    }
}

/// The shapes of a struct's tensors, which are numbers, constants and names.
const SHAPES: [&str; FIELDS] =
    ["HIDDEN, HIDDEN", "4 * HIDDEN, HIDDEN", "HIDDEN", "\"vocab\", HIDDEN", "3, 5", "_, 7", "HIDDEN", "2"];

/// A tree: each struct has two others in it as long as there are any, and tensors besides.
fn structs(peer: Peer) -> String {
    let mut source = String::new();
    for number in 0..STRUCTS {
        let derive = match peer {
            Peer::Weighbridge => "Module",
            Peer::Serde => "Deserialize",
        };
        writeln!(source, "#[derive({derive})]\npub struct Module{number} {{").expect("a string takes text");
        let modules = (2 * number + 1..2 * number + 3).filter(|&module| module < STRUCTS);
        let tensors = FIELDS - modules.clone().count();
        for (tensor, shape) in SHAPES.iter().enumerate().take(tensors) {
            let line = match peer {
                Peer::Weighbridge => format!("#[param(shape = [{shape}])] pub tensor{tensor}: Tensor<f32>,"),
                Peer::Serde => format!("pub tensor{tensor}: Tensor,"),
            };
            writeln!(source, "    {line}").expect("a string takes text");
        }
        for module in modules {
            writeln!(source, "    pub module{module}: Module{module},").expect("a string takes text");
        }
        source.push_str("}\n");
    }
    source
}
