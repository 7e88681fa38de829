//! Loading the tensors of 1 GiB, and of 100,000 tensors: Weighbridge, the bare `safetensors` crate over the same file,
//! and a plain copy of the same bytes, which is what nothing can be faster than on one thread.
//!
//! `cargo bench -p weighbridge-benches --bench load`

use std::path::Path;

use divan::Bencher;
use safetensors::SafeTensors;
use weighbridge::{Loader, Module};
use weighbridge_benches::{Large, Many, large, many};

fn main() {
    divan::main();
}

/// Reads the file into fresh memory, and nothing else.
fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("the file was just made")
}

/// What a user of the bare crate does: read, list, copy each tensor out.
fn bare(path: &Path) -> Vec<Vec<u8>> {
    let bytes = read(path);
    let tensors = SafeTensors::deserialize(&bytes).expect("the file is right");
    tensors.iter().map(|(_, view)| view.data().to_vec()).collect()
}

fn load<M: Module>(path: &Path, threads: usize) -> M {
    Loader::new().threads(threads).load(path).expect("the file is right").module
}

#[divan::bench_group(sample_count = 7, sample_size = 1)]
mod gib_1 {
    use super::*;

    #[divan::bench]
    fn plain_copy_of_the_file(bencher: Bencher) {
        let path = large();
        bencher.bench(|| read(&path));
    }

    #[divan::bench]
    fn plain_copy_of_memory(bencher: Bencher) {
        let bytes = read(&large());
        bencher.bench(|| bytes.clone());
    }

    #[divan::bench]
    fn safetensors_crate_copied(bencher: Bencher) {
        let path = large();
        bencher.bench(|| bare(&path));
    }

    #[divan::bench(args = [1, 2])]
    fn weighbridge(bencher: Bencher, threads: usize) {
        let path = large();
        bencher.bench(|| load::<Large>(&path, threads));
    }
}

#[divan::bench_group(sample_count = 15, sample_size = 1)]
mod tensors_100_000 {
    use super::*;

    #[divan::bench]
    fn plain_copy_of_the_file(bencher: Bencher) {
        let path = many();
        bencher.bench(|| read(&path));
    }

    #[divan::bench]
    fn safetensors_crate_copied(bencher: Bencher) {
        let path = many();
        bencher.bench(|| bare(&path));
    }

    #[divan::bench(args = [1, 2])]
    fn weighbridge(bencher: Bencher, threads: usize) {
        let path = many();
        bencher.bench(|| load::<Many>(&path, threads));
    }
}
