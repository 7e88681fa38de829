//! `#[param(from = ..)]`: parameters that the file lays out otherwise, loaded, and saved as the file had them.

mod coverage;
mod edges;
mod moving;
mod open;
mod saving;

use wb::{AnyTensor, Tensor};

/// Elements 0, 1, 2, … in this shape.
fn counted<const RANK: usize>(shape: [usize; RANK]) -> Tensor<f32> {
    counted_from(shape, 0)
}

fn counted_from<const RANK: usize>(shape: [usize; RANK], first: usize) -> Tensor<f32> {
    let count: usize = shape.iter().product();
    Tensor::new(shape, (first..first + count).map(|i| i as f32).collect()).unwrap()
}

/// The elements of a tensor at indices that are made from the indices of the result, one after the other.
fn gathered(source: &Tensor<f32>, shape: &[usize], index: impl Fn(&[usize]) -> Vec<usize>) -> Vec<f32> {
    let mut out = Vec::new();
    let mut at = vec![0; shape.len()];
    for _ in 0..shape.iter().product::<usize>() {
        let from = index(&at);
        let flat = from.iter().zip(source.shape().iter()).fold(0, |flat, (i, n)| flat * n + i);
        out.push(source.as_slice()[flat]);
        for axis in (0..shape.len()).rev() {
            at[axis] += 1;
            if at[axis] < shape[axis] {
                break;
            }
            at[axis] = 0;
        }
    }
    out
}

fn any<const N: usize>(pairs: [(&str, &Tensor<f32>); N]) -> Vec<(String, AnyTensor)> {
    pairs.into_iter().map(|(name, tensor)| (name.to_owned(), tensor.into())).collect()
}
