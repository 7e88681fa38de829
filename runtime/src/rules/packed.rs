//! Quantised layers, whose weights are packed.
//!
//! The facts (MLX): a weight of [.., in] becomes `weight` U32 [.., in * bits / 32], `scales` [.., in / group] and, in
//! the affine mode, `biases` of the same shape. The scales of the other modes are U8: mxfp4 has 4 bits and groups of 32,
//! nvfp4 4 and 16, mxfp8 8 and 32. So in these the bits that share a scale tell the mode.

use weighbridge_checkpoint::DType;

use super::expected::Expected;
use super::hint::Hint;
use crate::schema::{Dim, Text, same};

/// The group sizes and the widths that exist.
pub(crate) const GROUPS: &[usize] = &[16, 32, 64, 128];
/// See above.
pub(crate) const BITS: &[usize] = &[2, 3, 4, 5, 6, 8];
/// The same, where the scales are U8.
const U8_GROUPS: &[usize] = &[16, 32];
const U8_BITS: &[usize] = &[4, 8];

/// What a file has beside a tensor, as far as it tells whether their layer is quantised.
#[derive(Clone, Copy)]
pub(crate) struct Layer<'l> {
    /// The dtype of `weight`.
    pub(crate) weight: Option<DType>,
    /// The dtype and the shape of `scales`.
    pub(crate) scales: Option<(DType, &'l [usize])>,
    /// Whether there is a tensor that only a quantised one has beside it, or below it.
    pub(crate) is_scaled: bool,
}

/// What the names of scales add to that of the tensor that they scale.
const SCALES: &[&str] = &[
    "_scale",
    "_scale_inv",
    "_scales",
    "_scale_2",
    "_global_scale",
    "_zero_point",
    ".absmax",
    ".quant_map",
    "._scale",
    ".scale",
    ".scales",
    ".qscale",
    ".zero_point",
    "_qscale",
    "_zeros",
    "_zp",
    "_absmax",
    "_s",
    "_scb",
];
/// The names of scales that do not begin with the name of what they scale, which is `weight`.
const SCALES_OF_WEIGHT: &[&str] =
    &["SCB", "scales", "scale_weight", "qzeros", "scale", "zero_point", "qscale", "scaler", "absmax", "input_scale"];

/// Name `number` of those that scales may have, relative to the module that has `leaf`.
pub(crate) const fn scales_of(leaf: &str, number: usize) -> Option<Text<256>> {
    if number < SCALES.len() {
        return Some(Text::new().push(leaf).push(SCALES[number]));
    }
    let number = number - SCALES.len();
    if same(leaf, "weight") && number < SCALES_OF_WEIGHT.len() {
        return Some(Text::new().push(SCALES_OF_WEIGHT[number]));
    }
    None
}

impl Layer<'_> {
    pub(crate) const NONE: Layer<'static> = Layer { weight: None, scales: None, is_scaled: false };

    /// Whether elements of this dtype are multiplied by scales, so that no cast gives the numbers that they stand for.
    pub(crate) const fn is_quantised(&self, found: DType) -> bool {
        self.is_scaled && !matches!(found, DType::F64) && !is_float(found)
    }

    /// Whether a tensor of this name belongs to a quantised layer.
    pub(crate) const fn has_packed(&self, leaf: &str) -> bool {
        let is_part = same(leaf, "weight") || same(leaf, "scales") || same(leaf, "biases");
        is_part && self.scales.is_some() && matches!(self.weight, Some(weight) if is_packed(weight))
    }
}

/// Whether a matrix of this dtype may hold several elements in each integer.
pub(crate) const fn may_be_packed(dtype: DType) -> bool {
    matches!(dtype, DType::I8 | DType::U8 | DType::I16 | DType::U16 | DType::I32 | DType::U32)
}

/// Whether a weight of this dtype is packed, if it has scales.
pub(crate) const fn is_packed(dtype: DType) -> bool {
    matches!(dtype, DType::U32)
}

/// Whether a weight of this dtype is as it was before it was quantised.
pub(crate) const fn is_float(dtype: DType) -> bool {
    matches!(dtype, DType::F32 | DType::F16 | DType::BF16)
}

/// The last extent that is expected, where every one is a number.
pub(crate) const fn columns(expected: &Expected) -> Option<usize> {
    match expected.rank() {
        Some(rank) if rank > 0 && expected.is_fixed() => match expected.dim(rank - 1) {
            Dim::Is(n) => Some(n),
            _ => None,
        },
        _ => None,
    }
}

/// The bits of each of so many columns, if they are among `widths` and fill the words.
pub(crate) const fn width(words: usize, columns: usize, widths: &[usize]) -> Option<usize> {
    match words.checked_mul(32) {
        Some(all) if columns > 0 && all % columns == 0 && contains(widths, all / columns) => Some(all / columns),
        _ => None,
    }
}

/// A packed weight of another bit width than the module's, which the scales beside it tell.
pub(crate) const fn explain(expected: &Expected, leaf: &str, found: &[usize], layer: Layer<'_>) -> Option<Hint> {
    if !same(leaf, "weight") || !layer.has_packed(leaf) || !matches!(expected.dtypes(), [DType::U32]) {
        return None;
    }
    let (Some((wanted, words)), Some((dtype, scales))) = (last_of(expected, found), layer.scales) else { return None };
    let Some(&groups) = scales.last() else { return None };
    let (sizes, widths) = if matches!(dtype, DType::U8) { (U8_GROUPS, U8_BITS) } else { (GROUPS, BITS) };
    let (mut each, mut count, mut one, mut i): (Hint, _, _, _) = (Text::new(), 0, (0, 0), 0);
    // the number of columns is not in the file: a group size that makes both widths ones that exist gives it
    while i < sizes.len() {
        if let Some(columns) = groups.checked_mul(sizes[i])
            && let (Some(is), Some(should)) = (width(words, columns, widths), width(wanted, columns, widths))
        {
            each = each.push(if count == 0 { "" } else { ", or " }).push_number(is);
            each = each.push(" bits where the module expects ").push_number(should);
            each = each.push(" (if groups have ").push_number(sizes[i]).push(")");
            (count, one) = (count + 1, (is, should));
        }
        i += 1;
    }
    match count {
        0 => None,
        1 => {
            let text = Text::new().push("packed with ").push_number(one.0).push(" bits, and the module expects ");
            Some(text.push_number(one.1))
        }
        _ => Some(Text::new().push("packed with another width: ").push_text(&each)),
    }
}

/// The last extents that are expected and found, where all others are the same.
pub(crate) const fn last_of(expected: &Expected, found: &[usize]) -> Option<(usize, usize)> {
    let (Some(wanted), Some((&last, rows)), Some(rank)) = (columns(expected), found.split_last(), expected.rank())
    else {
        return None;
    };
    let mut i = 0;
    while i < rows.len() && rank == found.len() {
        match expected.dim(i) {
            Dim::Is(n) if n == rows[i] => i += 1,
            _ => return None,
        }
    }
    if rank == found.len() { Some((wanted, last)) } else { None }
}

pub(crate) const fn contains(numbers: &[usize], number: usize) -> bool {
    let mut i = 0;
    while i < numbers.len() {
        if numbers[i] == number {
            return true;
        }
        i += 1;
    }
    false
}
