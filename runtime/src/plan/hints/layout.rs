//! The same numbers in another order.

use super::super::wish::Wish;
use super::fixed_shape;

/// Layouts of a convolution's weight that published files have, with the axes of the first in the order of the second.
/// The facts: PyTorch keeps [O, I, k…], MLX [O, k…, I], Flax and TensorFlow [k…, I, O].
const LAYOUTS: &[(&str, &str, &[usize])] = &[
    ("[O, I, k]", "[O, k, I]", &[0, 2, 1]),
    ("[O, I, kH, kW]", "[O, kH, kW, I]", &[0, 2, 3, 1]),
    ("[O, I, kD, kH, kW]", "[O, kD, kH, kW, I]", &[0, 2, 3, 4, 1]),
    ("[O, I, k]", "[k, I, O]", &[2, 1, 0]),
    ("[O, I, kH, kW]", "[kH, kW, I, O]", &[2, 3, 1, 0]),
    ("[O, kH, kW, I]", "[kH, kW, I, O]", &[1, 2, 3, 0]),
];

/// How the hint about a matrix with its dimensions in the other order begins.
pub(super) const TRANSPOSED: &str = "transposed; ";

pub(super) fn explain(wish: &Wish, found: &[usize]) -> Option<String> {
    let expected = fixed_shape(wish)?;
    let may_be_declared = wish.is_plain();
    if let ([a, b], [c, d]) = (expected.as_slice(), found) {
        return (a == d && b == c).then(|| match may_be_declared {
            true => format!("{TRANSPOSED}if the file keeps it so, say `#[param(from = transpose)]`"),
            false => format!("{TRANSPOSED}the field's `from` says how the file has it"),
        });
    }
    if expected.len() == found.len() {
        let mut names = LAYOUTS.iter().flat_map(|(a, b, axes)| {
            // dimension `i` of the module is dimension `axes[i]` of the file
            let forward = is_permuted(found, &expected, axes).then(|| (a, b, axes.to_vec()));
            let backward = is_permuted(&expected, found, axes).then(|| (b, a, inverse(axes)));
            [forward, backward].into_iter().flatten()
        });
        // two layouts that both explain it explain nothing
        return match (names.next(), names.next()) {
            (Some((is, wanted, axes)), None) => {
                let axes: Vec<String> = axes.iter().map(usize::to_string).collect();
                let remedy = match may_be_declared {
                    true => format!("if the file keeps it so, say `#[param(from = permute({}))]`", axes.join(", ")),
                    false => "the field's `from` says how the file has it".to_owned(),
                };
                Some(format!("a convolution in another layout: {is} in the file, {wanted} in the module; {remedy}"))
            }
            _ => None,
        };
    }
    let without_ones = |shape: &[usize]| shape.iter().copied().filter(|&n| n != 1).collect::<Vec<_>>();
    (without_ones(&expected) == without_ones(found)).then(|| match may_be_declared {
        true => {
            let dims: Vec<String> = found.iter().map(usize::to_string).collect();
            format!(
                "they differ in dimensions of 1 only; if the file keeps it so, say `#[param(from = reshape({}))]`",
                dims.join(", ")
            )
        }
        false => "they differ in dimensions of 1 only; the field's `from` says how the file has it".to_owned(),
    })
}

/// Whether `to` is `from` with its axes in the order `axes`.
fn is_permuted(from: &[usize], to: &[usize], axes: &[usize]) -> bool {
    from.len() == axes.len() && to.len() == axes.len() && axes.iter().zip(to).all(|(&axis, &n)| from[axis] == n)
}

fn inverse(axes: &[usize]) -> Vec<usize> {
    let mut inverse = vec![0; axes.len()];
    for (i, &axis) in axes.iter().enumerate() {
        inverse[axis] = i;
    }
    inverse
}
