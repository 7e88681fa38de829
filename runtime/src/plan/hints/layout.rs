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
        let mut ways: Vec<(&str, &str, Vec<usize>)> = Vec::new();
        for (a, b, axes) in LAYOUTS {
            // dimension `i` of the module is dimension `axes[i]` of the file
            if is_permuted(found, &expected, axes) {
                ways.push((a, b, axes.to_vec()));
            }
            if is_permuted(&expected, found, axes) {
                ways.push((b, a, inverse(axes)));
            }
        }
        let (_, _, axes) = ways.first()?;
        // two orders that both explain it explain nothing
        if ways.iter().any(|(_, _, other)| other != axes) {
            return None;
        }
        let which = match ways.as_slice() {
            [(is, wanted, _)] => format!(": {is} in the file, {wanted} in the module"),
            // the same order leads there and back
            _ => String::new(),
        };
        let axes: Vec<String> = axes.iter().map(usize::to_string).collect();
        let remedy = match may_be_declared {
            true => format!("if the file keeps it so, say `#[param(from = permute({}))]`", axes.join(", ")),
            false => "the field's `from` says how the file has it".to_owned(),
        };
        return Some(format!("a convolution in another layout{which}; {remedy}"));
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
