//! Checking 100,000 tensors: open, parse, every strictness rule, plan; beside `serde_json` alone on the same header.
//!
//! `cargo bench -p weighbridge-benches --bench check`

use std::collections::HashMap;

use divan::Bencher;
use serde::Deserialize;
use weighbridge::{Checkpoint, Loader};
use weighbridge_benches::{Many, header, many};

fn main() {
    divan::main();
}

/// The header as typed structs, as a reader without any strictness has it.
#[derive(Deserialize)]
#[allow(dead_code)]
struct Typed {
    dtype: safetensors::Dtype,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

#[divan::bench(sample_count = 25, sample_size = 1)]
fn serde_json_typed(bencher: Bencher) {
    let header = header(&many());
    bencher.bench(|| serde_json::from_slice::<HashMap<String, Typed>>(&header).expect("the header is right"));
}

#[divan::bench(sample_count = 25, sample_size = 1)]
fn safetensors_crate(bencher: Bencher) {
    let bytes = std::fs::read(many()).expect("the file was just made");
    bencher.bench(|| safetensors::SafeTensors::read_metadata(&bytes).expect("the header is right"));
}

#[divan::bench(sample_count = 25, sample_size = 1)]
fn weighbridge_open(bencher: Bencher) {
    let path = many();
    bencher.bench(|| Checkpoint::open(path.as_path()).expect("the file is right"));
}

#[divan::bench(sample_count = 25, sample_size = 1)]
fn weighbridge_check(bencher: Bencher) {
    let path = many();
    bencher.bench(|| Loader::new().check::<Many>(path.as_path()).expect("the file fits"));
}
