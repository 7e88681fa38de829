//! Why a shape differs: the same elements in another order.

use weighbridge_checkpoint::DType;

use super::expected::Expected;
use super::hint::Hint;
use super::instances::Instances;
use super::packed::may_be_packed;
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

/// Why a tensor has this shape and not the expected one. `all` are those of the field.
pub(crate) const fn explain(expected: &Expected, found: &[usize], dtype: DType, all: Instances) -> Option<Hint> {
    let Some(rank) = expected.rank() else { return None };
    if !expected.is_fixed() {
        return None;
    }
    if rank == 2 && found.len() == 2 {
        // what is packed into integers has other bits in them when it is transposed
        return match is_transposed(expected, found) && !may_be_packed(dtype) {
            true => Some(remedy(expected, Text::new().push("transposed; "), "transpose", None, all)),
            false => None,
        };
    }
    if let Some((one, is_only_one)) = reordering(expected, found) {
        let mut text = Text::new().push("a convolution in another layout");
        // if several layouts fit with these axes, none of them is named
        if is_only_one {
            text = text.push(": ").push(one.is).push(" in the file, ").push(one.wanted).push(" in the module");
        }
        return Some(remedy(expected, text.push("; "), "permute", Some(one.axes.split_at(rank).0), all));
    }
    if let Some([one, other]) = either_order(expected, found) {
        let text = Text::new().push("a convolution in another layout, and its equal dims do not show which; ");
        if all.are_mixed() {
            return Some(all.push_remedy(text));
        }
        let text = text.push("if the file keeps it so, say ");
        let text = text.push("`#[param(from = permute(").push_numbers(one.axes.split_at(rank).0);
        let text = text.push("))]` or `#[param(from = permute(").push_numbers(other.axes.split_at(rank).0);
        return Some(expected.push_where(text.push("))]`, as the program that wrote it has it")));
    }
    if found.is_empty() && same_but_for_ones(expected, rank, found) {
        let text = Text::new().push("the file has it without dims; ");
        return Some(match all.are_mixed() {
            true => all.push_remedy(text),
            false => expected.push_where(text.push("declare it so, with `#[param(shape = [])]`")),
        });
    }
    if same_but_for_ones(expected, rank, found) {
        return Some(remedy(
            expected,
            Text::new().push("they differ in dims of 1 only; "),
            "reshape",
            Some(found),
            all,
        ));
    }
    if is_flattened(expected, rank, found) {
        let text = Text::new().push("the same elements with some dims made one; ");
        return Some(remedy(expected, text, "reshape", Some(found), all));
    }
    None
}

/// Whether the dims of one side are products of consecutive dims of the other. The elements then have one order, if nothing was
/// moved.
const fn is_flattened(expected: &Expected, rank: usize, found: &[usize]) -> bool {
    let (mut i, mut k) = (0, 0);
    while i < rank && k < found.len() {
        let (first, second) = (i, k);
        let (mut wanted, mut is) = (extent(expected, i), found[k]);
        while wanted != is {
            if wanted == 0 || is == 0 {
                return false;
            } else if wanted < is {
                i += 1;
                if i == rank {
                    return false;
                }
                wanted = wanted.saturating_mul(extent(expected, i));
            } else {
                k += 1;
                if k == found.len() {
                    return false;
                }
                is = is.saturating_mul(found[k]);
            }
        }
        // several dims for several others may be in any order
        if (i > first && k > second) || wanted == usize::MAX {
            return false;
        }
        (i, k) = (i + 1, k + 1);
    }
    while i < rank && extent(expected, i) == 1 {
        i += 1;
    }
    while k < found.len() && found[k] == 1 {
        k += 1;
    }
    i == rank && k == found.len() && rank > 0 && !found.is_empty()
}

const fn extent(expected: &Expected, dim: usize) -> usize {
    match expected.dim(dim) {
        Dim::Is(n) => n,
        _ => 0,
    }
}

/// Whether a convolution of this shape has the same shape in another layout, in which its elements have another order.
pub(crate) const fn is_ambiguous(found: &[usize]) -> bool {
    let mut i = 0;
    while i < LAYOUTS.len() {
        let (axes, mut k, mut is_same) = (LAYOUTS[i].2, 0, LAYOUTS[i].2.len() == found.len());
        // what has more than one index keeps its order: then nothing moves
        let (mut last, mut moves) = (0, false);
        while is_same && k < found.len() {
            is_same = found[axes[k]] == found[k];
            if found[axes[k]] > 1 {
                moves |= axes[k] < last;
                last = axes[k];
            }
            k += 1;
        }
        if is_same && moves {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether it has the elements of a convolution in another layout.
pub(crate) const fn is_reordered(expected: &Expected, found: &[usize]) -> bool {
    expected.is_fixed() && reordering(expected, found).is_some()
}

/// What `from` must be, so that a matrix or a convolution of this shape is the expected one.
pub(crate) const fn from(expected: &Expected, found: &[usize]) -> Option<Text<64>> {
    if !expected.is_plain() || !expected.is_fixed() {
        return None;
    }
    if is_transposed(expected, found) {
        return Some(Text::new().push("transpose"));
    }
    match reordering(expected, found) {
        Some((one, _)) => Some(Text::new().push("permute(").push_numbers(one.axes.split_at(found.len()).0).push(")")),
        None => None,
    }
}

/// `if the file keeps it so, say `#[param(from = permute(0, 2, 1))]``
const fn remedy(expected: &Expected, text: Hint, word: &str, numbers: Option<&[usize]>, all: Instances) -> Hint {
    if all.are_mixed() {
        return all.push_remedy(text);
    }
    if !expected.is_plain() {
        return text.push("the field's `from` says how the file has it");
    }
    let mut text = text.push("if the file keeps it so, say `#[param(from = ").push(word);
    if let Some(numbers) = numbers {
        text = text.push("(").push_numbers(numbers).push(")");
    }
    expected.push_where(text.push(")]`"))
}

/// The order of the dims that explains the shape, and whether there is one name for it. Two orders that both explain
/// it explain nothing.
const fn reordering(expected: &Expected, found: &[usize]) -> Option<(Reordering, bool)> {
    match orders(expected, found) {
        ([Some(one), None], count) => Some((one, count == 1)),
        _ => None,
    }
}

/// The two orders of the dims that explain the shape of a convolution, if there are exactly two.
const fn either_order(expected: &Expected, found: &[usize]) -> Option<[Reordering; 2]> {
    match orders(expected, found) {
        ([Some(one), Some(other)], _) if expected.is_plain() => Some([one, other]),
        _ => None,
    }
}

/// The first two orders of the dims that explain the shape, and how many pairs of layouts have one.
const fn orders(expected: &Expected, found: &[usize]) -> ([Option<Reordering>; 2], usize) {
    let (mut orders, mut count, mut i): ([Option<Reordering>; 2], _, _) = ([None; 2], 0, 0);
    match expected.rank() {
        Some(rank) if rank == found.len() => {}
        _ => return (orders, count),
    }
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
                match &orders {
                    [None, _] => orders[0] = Some(one),
                    [Some(first), None] if !equal(&first.axes, &one.axes, axes.len()) => orders[1] = Some(one),
                    _ => {}
                }
                count += 1;
            }
            turn += 1;
        }
        i += 1;
    }
    (orders, count)
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
