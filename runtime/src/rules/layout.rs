//! Why a shape differs: the same elements in another order.

use super::expected::Expected;
use super::hint::Hint;
use crate::schema::{Dim, Text};

/// Layouts of a convolution's weight in published files: two of them, and the axes of the first in the order of the second.
/// The facts: PyTorch keeps [O, I, k…], MLX [O, k…, I], Flax and TensorFlow [k…, I, O].
const LAYOUTS: &[(&str, &str, &[usize])] = &[
    ("[O, I, k]", "[O, k, I]", &[0, 2, 1]),
    ("[O, I, kH, kW]", "[O, kH, kW, I]", &[0, 2, 3, 1]),
    ("[O, I, kD, kH, kW]", "[O, kD, kH, kW, I]", &[0, 2, 3, 4, 1]),
    ("[O, I, k]", "[k, I, O]", &[2, 1, 0]),
    ("[O, I, kH, kW]", "[kH, kW, I, O]", &[2, 3, 1, 0]),
    ("[O, kH, kW, I]", "[kH, kW, I, O]", &[1, 2, 3, 0]),
];

/// The most dims of these layouts.
const AXES: usize = 5;

/// One order that the file may have the dims in.
#[derive(Clone, Copy)]
struct Reordering {
    is: &'static str,
    wanted: &'static str,
    /// Dim `i` of the module is dim `axes[i]` of the file.
    axes: [usize; AXES],
}

/// Whether the two dims of a matrix are in the other order.
pub(crate) const fn is_transposed(expected: &Expected, found: &[usize]) -> bool {
    match (expected.rank(), found) {
        (Some(2), [c, d]) => match (expected.dim(0), expected.dim(1)) {
            (Dim::Is(a), Dim::Is(b)) => a == *d && b == *c,
            _ => false,
        },
        _ => false,
    }
}

/// Why a tensor has this shape and not the expected one.
pub(crate) const fn explain(expected: &Expected, found: &[usize]) -> Option<Hint> {
    let Some(rank) = expected.rank() else { return None };
    if !expected.is_fixed() {
        return None;
    }
    if rank == 2 && found.len() == 2 {
        return match is_transposed(expected, found) {
            true => Some(remedy(expected, Text::new().push("transposed; "), "transpose", None)),
            false => None,
        };
    }
    if rank == found.len() {
        match reordering(expected, found) {
            None => return None,
            Some((one, is_only_one)) => {
                let mut text = Text::new().push("a convolution in another layout");
                // if several layouts fit with these axes, none of them is named
                if is_only_one {
                    text = text.push(": ").push(one.is).push(" in the file, ").push(one.wanted).push(" in the module");
                }
                return Some(remedy(expected, text.push("; "), "permute", Some(one.axes.split_at(rank).0)));
            }
        }
    }
    if same_but_for_ones(expected, rank, found) {
        return Some(remedy(expected, Text::new().push("they differ in dims of 1 only; "), "reshape", Some(found)));
    }
    None
}

/// `if the file keeps it so, say `#[param(from = permute(0, 2, 1))]``
const fn remedy(expected: &Expected, text: Hint, word: &str, numbers: Option<&[usize]>) -> Hint {
    if !expected.is_plain() {
        return text.push("the field's `from` says how the file has it");
    }
    let mut text = text.push("if the file keeps it so, say `#[param(from = ").push(word);
    if let Some(numbers) = numbers {
        text = text.push("(").push_numbers(numbers).push(")");
    }
    text.push(")]`")
}

/// The order of the dims that explains the shape, and whether there is one name for it. Two orders that both explain
/// it explain nothing.
const fn reordering(expected: &Expected, found: &[usize]) -> Option<(Reordering, bool)> {
    let (mut first, mut count, mut i): (Option<Reordering>, _, _) = (None, 0, 0);
    while i < LAYOUTS.len() {
        let (a, b, axes) = LAYOUTS[i];
        let (mut there, mut back, mut k) = ([0; AXES], [0; AXES], 0);
        while k < axes.len() {
            there[k] = axes[k];
            back[axes[k]] = k;
            k += 1;
        }
        let both = [Reordering { is: a, wanted: b, axes: there }, Reordering { is: b, wanted: a, axes: back }];
        let mut turn = 0;
        while turn < 2 {
            let one = both[turn];
            if axes.len() == found.len() && is_permuted(expected, found, &one.axes) {
                match &first {
                    None => first = Some(one),
                    Some(first) if !equal(&first.axes, &one.axes, axes.len()) => return None,
                    Some(_) => {}
                }
                count += 1;
            }
            turn += 1;
        }
        i += 1;
    }
    match first {
        Some(one) => Some((one, count == 1)),
        None => None,
    }
}

/// Whether the file's dims in the order `axes` are the expected ones.
const fn is_permuted(expected: &Expected, found: &[usize], axes: &[usize; AXES]) -> bool {
    let mut i = 0;
    while i < found.len() {
        match expected.dim(i) {
            Dim::Is(n) if n == found[axes[i]] => {}
            _ => return false,
        }
        i += 1;
    }
    true
}

const fn equal(a: &[usize; AXES], b: &[usize; AXES], len: usize) -> bool {
    let mut i = 0;
    while i < len {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

const fn same_but_for_ones(expected: &Expected, rank: usize, found: &[usize]) -> bool {
    let (mut i, mut k) = (0, 0);
    loop {
        while i < rank && matches!(expected.dim(i), Dim::Is(1)) {
            i += 1;
        }
        while k < found.len() && found[k] == 1 {
            k += 1;
        }
        if i == rank || k == found.len() {
            return i == rank && k == found.len();
        }
        match expected.dim(i) {
            Dim::Is(n) if n == found[k] => {}
            _ => return false,
        }
        i += 1;
        k += 1;
    }
}
