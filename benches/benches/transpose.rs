//! Loading a file whose layout is not the model's: beside the same file loaded as it lies, and a plain copy of its bytes,
//! all on one thread.
//!
//! `cargo bench -p weighbridge-benches --bench transpose`

use std::path::{Path, PathBuf};

use divan::Bencher;
use weighbridge::{Element, Loader, Module, Tensor};

fn main() {
    divan::main();
}

/// Reads the file into fresh memory, and nothing else.
fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("the file was just made")
}

fn load<M: Module>(path: &Path) -> M {
    Loader::new().threads(1).load(path).expect("the file is right").module
}

/// The file of a model, made when it is first asked for.
fn file<M: Module>(name: &str, model: impl Fn() -> M) -> PathBuf {
    let path = std::env::temp_dir().join(format!("weighbridge-bench-{name}.safetensors"));
    if Loader::new().check::<M>(path.as_path()).is_err() {
        model().save_weights(&path).expect("the temporary directory has room");
    }
    path
}

/// A tensor in which no two neighbours are equal.
fn tensor<T: Element>(shape: impl AsRef<[usize]>, element: impl Fn(usize) -> T) -> Tensor<T> {
    let elements = shape.as_ref().iter().product();
    Tensor::new(shape.as_ref(), (0..elements).map(element).collect()).expect("there is an element for each")
}

/// 256 MiB in one matrix.
#[divan::bench_group(sample_count = 9, sample_size = 1)]
mod transpose_f32 {
    use super::*;

    #[derive(Module)]
    struct Whole {
        #[param(shape = [8192, 8192])]
        weight: Tensor<f32>,
    }

    #[derive(Module)]
    struct Transposed {
        #[param(shape = [8192, 8192], from = transpose)]
        weight: Tensor<f32>,
    }

    fn path() -> PathBuf {
        file("transpose-f32", || Whole { weight: tensor([8192, 8192], |i| i as f32) })
    }

    #[divan::bench]
    fn plain_copy_of_the_file(bencher: Bencher) {
        let path = path();
        bencher.bench(|| read(&path));
    }

    #[divan::bench]
    fn as_it_lies(bencher: Bencher) {
        let path = path();
        bencher.bench(|| load::<Whole>(&path));
    }

    #[divan::bench]
    fn transposed(bencher: Bencher) {
        let path = path();
        bencher.bench(|| load::<Transposed>(&path));
    }
}

/// 128 MiB in one matrix of elements of two bytes.
#[divan::bench_group(sample_count = 9, sample_size = 1)]
mod transpose_u16 {
    use super::*;

    #[derive(Module)]
    struct Whole {
        #[param(shape = [4096, 16384])]
        weight: Tensor<u16>,
    }

    #[derive(Module)]
    struct Transposed {
        #[param(shape = [16384, 4096], from = transpose)]
        weight: Tensor<u16>,
    }

    fn path() -> PathBuf {
        file("transpose-u16", || Whole { weight: tensor([4096, 16384], |i| i as u16) })
    }

    #[divan::bench]
    fn plain_copy_of_the_file(bencher: Bencher) {
        let path = path();
        bencher.bench(|| read(&path));
    }

    #[divan::bench]
    fn as_it_lies(bencher: Bencher) {
        let path = path();
        bencher.bench(|| load::<Whole>(&path));
    }

    #[divan::bench]
    fn transposed(bencher: Bencher) {
        let path = path();
        bencher.bench(|| load::<Transposed>(&path));
    }
}

/// The kernels of a convolution, 36 MiB: from the order of torch to the order of MLX.
#[divan::bench_group(sample_count = 25, sample_size = 1)]
mod permute_convolution {
    use super::*;

    #[derive(Module)]
    struct Whole {
        #[param(shape = [1024, 1024, 3, 3])]
        weight: Tensor<f32>,
    }

    #[derive(Module)]
    struct Permuted {
        #[param(shape = [1024, 3, 3, 1024], from = permute(0, 2, 3, 1))]
        weight: Tensor<f32>,
    }

    fn path() -> PathBuf {
        file("permute", || Whole { weight: tensor([1024, 1024, 3, 3], |i| i as f32) })
    }

    #[divan::bench]
    fn plain_copy_of_the_file(bencher: Bencher) {
        let path = path();
        bencher.bench(|| read(&path));
    }

    #[divan::bench]
    fn as_it_lies(bencher: Bencher) {
        let path = path();
        bencher.bench(|| load::<Whole>(&path));
    }

    #[divan::bench]
    fn permuted(bencher: Bencher) {
        let path = path();
        bencher.bench(|| load::<Permuted>(&path));
    }
}

/// Query, key and value side by side in one matrix, 192 MiB, as GPT-2 keeps them.
#[divan::bench_group(sample_count = 9, sample_size = 1)]
mod split_columns {
    use super::*;

    const HIDDEN: usize = 4096;

    #[derive(Module)]
    struct Whole {
        #[param(shape = [HIDDEN, 3 * HIDDEN])]
        weight: Tensor<f32>,
    }

    #[derive(Module)]
    struct Split {
        #[param(shape = [HIDDEN, HIDDEN], from = slice(dim = 1, of = "weight"))]
        query: Tensor<f32>,
        #[param(shape = [HIDDEN, HIDDEN], from = slice(dim = 1, of = "weight", start = HIDDEN))]
        key: Tensor<f32>,
        #[param(shape = [HIDDEN, HIDDEN], from = slice(dim = 1, of = "weight", start = 2 * HIDDEN))]
        value: Tensor<f32>,
    }

    #[derive(Module)]
    struct SplitAndTransposed {
        #[param(shape = [HIDDEN, HIDDEN], from = transpose(of = slice(dim = 1, of = "weight")))]
        query: Tensor<f32>,
        #[param(shape = [HIDDEN, HIDDEN], from = transpose(of = slice(dim = 1, of = "weight", start = HIDDEN)))]
        key: Tensor<f32>,
        #[param(shape = [HIDDEN, HIDDEN], from = transpose(of = slice(dim = 1, of = "weight", start = 2 * HIDDEN)))]
        value: Tensor<f32>,
    }

    fn path() -> PathBuf {
        file("split", || Whole { weight: tensor([HIDDEN, 3 * HIDDEN], |i| i as f32) })
    }

    #[divan::bench]
    fn plain_copy_of_the_file(bencher: Bencher) {
        let path = path();
        bencher.bench(|| read(&path));
    }

    #[divan::bench]
    fn as_it_lies(bencher: Bencher) {
        let path = path();
        bencher.bench(|| load::<Whole>(&path));
    }

    #[divan::bench]
    fn split(bencher: Bencher) {
        let path = path();
        bencher.bench(|| load::<Split>(&path));
    }

    #[divan::bench]
    fn split_and_transposed(bencher: Bencher) {
        let path = path();
        bencher.bench(|| load::<SplitAndTransposed>(&path));
    }
}
