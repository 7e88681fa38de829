//! Ways to hold weights: owned, mapped, streamed; and how threads share the work.

mod first;
mod mapped;
mod moved;
mod parts;
mod streamed;
mod taken;

use std::sync::OnceLock;

use wb::{DType, Module, Tensor};
use weighbridge_tests::files::safetensors;

/// One parameter that is read in several parts, between small ones.
#[derive(Debug, Module)]
#[module(crate = wb)]
struct Mixed {
    #[param(shape = [100])]
    first: Tensor<f32>,
    #[param(shape = [LARGE])]
    large: Tensor<f32>,
    #[param(shape = [3], len = SMALL)]
    small: Vec<Tensor<f32>>,
}

const LARGE: usize = 4_200_001;
const SMALL: usize = 1000;

/// The elements of a parameter, all different, and those of no two alike.
fn elements(count: usize, seed: u32) -> Vec<u8> {
    (0..count as u32).flat_map(|i| (i.wrapping_mul(0x9e37_79b1) ^ seed).to_le_bytes()).collect()
}

/// The file of [`Mixed`], its tensors in the order of their declaration.
fn mixed() -> Vec<u8> {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    MADE.get_or_init(make).clone()
}

fn make() -> Vec<u8> {
    let names: Vec<String> = (0..SMALL).map(|i| format!("small.{i}")).collect();
    let (first, large) = (elements(100, 1), elements(LARGE, 2));
    let small: Vec<Vec<u8>> = (0..SMALL as u32).map(|i| elements(3, i + 3)).collect();
    let mut tensors: Vec<(&str, DType, &[usize], &[u8])> =
        vec![("first", DType::F32, &[100], &first), ("large", DType::F32, &[LARGE], &large)];
    tensors.extend(names.iter().zip(&small).map(|(name, bytes)| (&**name, DType::F32, &[3][..], &bytes[..])));
    safetensors(&tensors)
}

/// The bits of every parameter of [`Mixed`], which may be NaN.
fn bits(mixed: &Mixed) -> Vec<u32> {
    let all = [&mixed.first, &mixed.large].into_iter().chain(&mixed.small);
    all.flat_map(|tensor| tensor.as_slice().iter().map(|x| x.to_bits())).collect()
}
