//! Loading a file whose layout is not the model's: beside the same file loaded as it lies, and a plain copy of its bytes,
//! all on one thread; and on two.
//!
//! `cargo bench -p weighbridge-benches --bench transpose`

use std::path::{Path, PathBuf};

use divan::Bencher;
use weighbridge::{Element, Loader, Module, Tensor};

fn main() {
    divan::main();
}

/// A file of one tensor, and the module that has its elements in other places.
trait Case {
    const NAME: &'static str;
    /// The tensor in the file, as it lies there.
    type Whole: Module;
    type Moved: Module;

    fn whole() -> Self::Whole;
}

/// A tensor in which no two neighbours are equal.
fn tensor<T: Element>(shape: impl AsRef<[usize]>, element: impl Fn(usize) -> T) -> Tensor<T> {
    let elements = shape.as_ref().iter().product();
    Tensor::new(shape.as_ref(), (0..elements).map(element).collect()).expect("there is an element for each")
}

/// The file of a case, made when it is first asked for.
fn file<C: Case>() -> PathBuf {
    let path = std::env::temp_dir().join(format!("weighbridge-bench-{}.safetensors", C::NAME));
    if Loader::new().check::<C::Whole>(path.as_path()).is_err() {
        C::whole().save_weights(&path).expect("the temporary directory has room");
    }
    path
}

fn load<M: Module>(path: &Path, threads: usize) -> M {
    Loader::new().threads(threads).load(path).expect("the file is right").module
}

/// 256 MiB in one matrix.
struct TransposeF32;
/// 128 MiB in one matrix of elements of two bytes.
struct TransposeU16;
/// The kernels of a convolution, 36 MiB: from the order of torch to the order of MLX.
struct Permute;
/// Query, key and value side by side in one matrix, 192 MiB, as GPT-2 keeps them.
struct Split;
/// The same, and each transposed.
struct SplitAndTranspose;

macro_rules! cases {
    ($($case:ident $name:literal: $whole:ident $shape:tt as $element:ty => $moved:ident;)*) => {$(
        impl Case for $case {
            const NAME: &'static str = $name;
            type Whole = $whole;
            type Moved = $moved;

            fn whole() -> $whole {
                $whole { weight: tensor($shape, |i| i as $element) }
            }
        }
    )*};
}

cases! {
    TransposeF32 "transpose-f32": Matrix [8192, 8192] as f32 => Transposed;
    TransposeU16 "transpose-u16": MatrixU16 [4096, 16384] as u16 => TransposedU16;
    Permute "permute": Kernels [1024, 1024, 3, 3] as f32 => Permuted;
    Split "split": Fused [HIDDEN, 3 * HIDDEN] as f32 => Parts;
    SplitAndTranspose "split": Fused [HIDDEN, 3 * HIDDEN] as f32 => TransposedParts;
}

const HIDDEN: usize = 4096;

#[derive(Module)]
struct Matrix {
    #[param(shape = [8192, 8192])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Transposed {
    #[param(shape = [8192, 8192], from = transpose)]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct MatrixU16 {
    #[param(shape = [4096, 16384])]
    weight: Tensor<u16>,
}

#[derive(Module)]
struct TransposedU16 {
    #[param(shape = [16384, 4096], from = transpose)]
    weight: Tensor<u16>,
}

#[derive(Module)]
struct Kernels {
    #[param(shape = [1024, 1024, 3, 3])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Permuted {
    #[param(shape = [1024, 3, 3, 1024], from = permute(0, 2, 3, 1))]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Fused {
    #[param(shape = [HIDDEN, 3 * HIDDEN])]
    weight: Tensor<f32>,
}

#[derive(Module)]
struct Parts {
    #[param(shape = [HIDDEN, HIDDEN], from = slice(dim = 1, of = "weight"))]
    query: Tensor<f32>,
    #[param(shape = [HIDDEN, HIDDEN], from = slice(dim = 1, of = "weight", start = HIDDEN))]
    key: Tensor<f32>,
    #[param(shape = [HIDDEN, HIDDEN], from = slice(dim = 1, of = "weight", start = 2 * HIDDEN))]
    value: Tensor<f32>,
}

#[derive(Module)]
struct TransposedParts {
    #[param(shape = [HIDDEN, HIDDEN], from = transpose(of = slice(dim = 1, of = "weight")))]
    query: Tensor<f32>,
    #[param(shape = [HIDDEN, HIDDEN], from = transpose(of = slice(dim = 1, of = "weight", start = HIDDEN)))]
    key: Tensor<f32>,
    #[param(shape = [HIDDEN, HIDDEN], from = transpose(of = slice(dim = 1, of = "weight", start = 2 * HIDDEN)))]
    value: Tensor<f32>,
}

/// Reads the file into fresh memory, and nothing else.
#[divan::bench(types = [TransposeF32, TransposeU16, Permute, Split], sample_count = 9, sample_size = 1)]
fn plain_copy_of_the_file<C: Case>(bencher: Bencher) {
    let path = file::<C>();
    bencher.bench(|| std::fs::read(&path).expect("the file was just made"));
}

#[divan::bench(types = [TransposeF32, TransposeU16, Permute, Split], sample_count = 9, sample_size = 1)]
fn as_it_lies<C: Case>(bencher: Bencher) {
    let path = file::<C>();
    bencher.bench(|| load::<C::Whole>(&path, 1));
}

#[divan::bench(types = [TransposeF32, TransposeU16, Permute, Split, SplitAndTranspose], sample_count = 9, sample_size = 1)]
fn moved<C: Case>(bencher: Bencher) {
    let path = file::<C>();
    bencher.bench(|| load::<C::Moved>(&path, 1));
}

#[divan::bench(types = [TransposeF32, TransposeU16, Permute, Split, SplitAndTranspose], sample_count = 9, sample_size = 1)]
fn moved_on_two_threads<C: Case>(bencher: Bencher) {
    let path = file::<C>();
    bencher.bench(|| load::<C::Moved>(&path, 2));
}
