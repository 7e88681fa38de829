//! What the fuzzer runs: one module for each target, with a function `run` that takes any bytes and panics if a promise is
//! broken. `targets/` has the programs. `tests/seeds.rs` runs the seeds through the same functions, without a fuzzer.

// the comparison of the two readers of headers exists only for the fuzzer
#[cfg(not(fuzzing))]
compile_error!("compile this with `--cfg fuzzing`: run cargo in this folder, or use `cargo fuzz`");

// under the name that the files shared with the tests have for it
extern crate weighbridge as wb;

pub mod differential;
pub mod gguf;
pub mod headers;
pub mod index;
pub mod lock;
pub mod npz;
pub mod report;
pub mod safetensors;
pub mod save;
pub mod torch;

mod made;
mod model;
mod opened;
mod pairs;
mod theirs;

// the same comparisons as those of `.ci/run` with whole files
#[path = "../../tests/exchange/listing.rs"]
mod listing;
#[path = "../../tests/exchange/pytorch.rs"]
mod pytorch;

/// A target's name, which is also the name of its seeds and of its dictionary, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 10] = [
    ("safetensors", safetensors::run),
    ("npz", npz::run),
    ("gguf", gguf::run),
    ("index", index::run),
    ("lock", lock::run),
    ("differential", differential::run),
    ("save", save::run),
    ("headers", headers::run),
    ("report", report::run),
    ("torch", torch::run),
];
