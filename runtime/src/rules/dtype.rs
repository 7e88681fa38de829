//! Why a dtype differs, and what to do.

use weighbridge_checkpoint::{DType, cast};

use super::expected::Expected;
use super::hint::Hint;
use super::instances::Instances;
use super::packed::{Layer, is_float};
use crate::schema::{Text, same};

/// Why a tensor of this dtype is not taken, and what to do. `leaf` is the last component of its name, `layer` what lies beside it, and
/// `all` those of the field.
pub(crate) const fn explain(
    expected: &Expected,
    found: DType,
    leaf: &str,
    layer: Layer<'_>,
    all: Instances,
) -> Option<Hint> {
    let (held, f) = (expected.type_dtypes(), found.name());
    // what is packed, or is to be, is not to be cast
    if layer.has_packed(leaf) || layer.is_quantised(found) || is_of_codes(expected.dtypes(), found, leaf) {
        return None;
    }
    if all.are_mixed() {
        return Some(mixed(expected, found, all));
    }
    if contains(held, found) || (held.is_empty() && !found.is_untyped()) {
        // listed in the field's `dtype`, it would be taken as it is, and not be cast
        let text = Text::new().push("the field's type holds ").push(f);
        let text = expected.push_where(text.push("; to take it as it is, name it in the field's `dtype`"));
        let (declared, mut i) = (expected.field_dtypes(), 0);
        while i < declared.len() {
            let is_held = held.is_empty() || contains(held, declared[i]);
            if is_held && cast::is_lossless(found, declared[i]) {
                let text = text.push("; or cast it to ").push(declared[i].name());
                return Some(text.push(", which loses nothing, by `Loader::new().cast(Cast::Lossless)`"));
            }
            i += 1;
        }
        return Some(text);
    }
    if matches!(found, DType::U16) && holds_float(held) {
        let text = Text::new().push("numpy has no BF16, and U16 may be its bits; if it is, write `array.view(\"V2\")`");
        let text = text.push(" with `np.savez`, and declare the field as BF16; if these are numbers, cast them ");
        return Some(text.push("by `Loader::new().cast(Cast::Any)`"));
    }
    let mut i = 0;
    while i < held.len() {
        if cast::is_lossless(found, held[i]) {
            let to = held[i].name();
            let text = Text::new();
            // the bytes of a quantised tensor are no numbers of it
            let is_byte = matches!(found, DType::U8 | DType::I8) || is_float8(found);
            let may_be_packed = is_byte && is_wide_float(held[i]);
            let text = text.push(if may_be_packed { "unless they are quantised, " } else { "" });
            let text = text.push(to).push(" holds every ").push(f);
            let text = text.push(" exactly; to cast while loading, say `Loader::new().cast(Cast::Lossless)`");
            // the loader is at hand, and the parts of another crate's type are not
            return Some(match expected.is_of_parts() {
                true => text,
                false => text.push(" or `#[param(dtype = [\"").push(f).push("\", \"").push(to).push("\"])]`"),
            });
        }
        i += 1;
    }
    i = 0;
    while i < held.len() {
        if cast::is_castable(found, held[i]) {
            if found.is_quantised() {
                let text = Text::new().push("to dequantise ").push(f).push(" to ").push(held[i].name());
                let text = text.push(", say `Loader::new().cast(Cast::Any)`");
                if expected.is_of_parts() {
                    return Some(text);
                }
                let text = match i == 0 && cast::is_exact(found, held[0]) {
                    true => {
                        text.push(" or `#[param(dtype = [\"").push(f).push("\", \"").push(held[0].name()).push("\"])]`")
                    }
                    false => text,
                };
                return Some(text.push("; to keep its blocks, declare the field as `AnyTensor`"));
            }
            let text = Text::new().push("a cast from ").push(f).push(" to ").push(held[i].name());
            let text = text.push(" can lose; ");
            let text = match expected.is_of_parts() {
                true => text,
                false => text.push("declare the field as ").push(f).push(", or "),
            };
            return Some(text.push("say `Loader::new().cast(Cast::Any)`"));
        }
        i += 1;
    }
    if matches!(found, DType::V2) && (held.is_empty() || contains(held, DType::BF16) || contains(held, DType::F32)) {
        let text =
            Text::new().push("V2 is numpy's name for bytes of a dtype that it does not know, which is mostly BF16");
        return Some(expected.push_where(text.push("; if it is, say `#[param(dtype = \"BF16\")]`")));
    }
    if found.is_untyped() {
        let text = Text::new().push(f).push(" is numpy's name for bytes of a dtype that it does not know");
        return Some(text.push("; only a field that names one dtype can say what they are"));
    }
    if matches!(found, DType::BOOL) || (matches!(found, DType::U8) && contains(held, DType::BOOL)) {
        let text = Text::new().push("no cast leads from ").push(f).push(" to ").push(held[0].name());
        let which = if matches!(found, DType::BOOL) { ", a `Tensor<bool>`" } else { ", a `Tensor<u8>`" };
        return Some(declare_as(expected, text, f, which));
    }
    if let Some(why) = cast::why_not(found)
        && let Some(field) = field_of(found)
    {
        let text = Text::new().push(why).push(", so nothing casts it to ").push(expected.type_dtypes()[0].name());
        return Some(declare_as(expected, text, field, ""));
    }
    if let [held] = held
        && let Some(why) = cast::why_not_to(*held)
    {
        let text = Text::new().push(why).push(", so nothing casts ").push(f).push(" to it");
        return Some(declare_as(expected, text, f, ""));
    }
    None
}

/// Appends what to do about a dtype that nothing casts. The types of the parts of another crate's type are given.
const fn declare_as(expected: &Expected, text: Hint, field: &str, which: &str) -> Hint {
    match expected.is_of_parts() {
        true => text.push("; `").push(expected.environment().remote()).push("` does not hold it, so convert the file"),
        false => text.push("; declare the field as ").push(field).push(which),
    }
}

/// Whether a weight is to be integers or floats of 8 bits in place of floats, or what lies beside such a one is of another dtype.
const fn is_of_codes(expected: &[DType], found: DType, leaf: &str) -> bool {
    let mut i = 0;
    while i < expected.len() {
        if is_wide_float(expected[i]) {
            return is_beside_codes(leaf) && !is_wide_float(found);
        }
        i += 1;
    }
    !expected.is_empty() && (is_beside_codes(leaf) || (same(leaf, "weight") && is_wide_float(found)))
}

const fn is_beside_codes(leaf: &str) -> bool {
    same(leaf, "weight_packed") || same(leaf, "weight_scale") || same(leaf, "weight_scale_inv")
}

/// What to do where others of the field have a dtype that fits.
const fn mixed(expected: &Expected, found: DType, all: Instances) -> Hint {
    let (held, text) = (expected.type_dtypes(), all.push_to(Text::new()));
    if (contains(held, found) || (held.is_empty() && !found.is_untyped())) && !expected.is_of_parts() {
        let text = text.push("; to take both, name ").push(found.name());
        return text.push(" in the field's `dtype` too, or correct the file");
    }
    let (mut i, mut castable) = (0, None);
    // the bytes of a quantised tensor are no numbers of it
    let is_byte = matches!(found, DType::U8 | DType::I8) || is_float8(found);
    while i < held.len() && !(is_byte && is_wide_float(held[i])) {
        if cast::is_lossless(found, held[i]) {
            let text = text.push("; ").push(held[i].name()).push(" holds every ").push(found.name());
            return text
                .push(" exactly, so cast while loading, by `Loader::new().cast(Cast::Lossless)`, or correct the file");
        }
        if castable.is_none() && cast::is_castable(found, held[i]) {
            castable = Some(held[i]);
        }
        i += 1;
    }
    match castable {
        Some(held) => {
            let text = text.push("; a cast from ").push(found.name()).push(" to ").push(held.name());
            text.push(" can lose; correct the file, or say `Loader::new().cast(Cast::Any)`")
        }
        None => all.push_remedy(Text::new()),
    }
}

const fn holds_float(held: &[DType]) -> bool {
    let mut i = 0;
    while i < held.len() {
        if is_float(held[i]) {
            return true;
        }
        i += 1;
    }
    false
}

const fn is_wide_float(dtype: DType) -> bool {
    is_float(dtype) || matches!(dtype, DType::F64)
}

/// Whether this is a float of 8 bits.
const fn is_float8(dtype: DType) -> bool {
    dtype.alignment() == 1 && DType::V1.reads_as(dtype) && !dtype.is_untyped()
}

/// The type of a field that holds a dtype which is not cast.
const fn field_of(dtype: DType) -> Option<&'static str> {
    match dtype {
        DType::C64 => Some("`Tensor<Complex64>`"),
        _ if dtype.shares_bytes() => Some("`AnyTensor`, which holds them as they are"),
        _ => None,
    }
}

pub(super) const fn contains(dtypes: &[DType], dtype: DType) -> bool {
    let mut i = 0;
    while i < dtypes.len() {
        if dtypes[i] as u8 == dtype as u8 {
            return true;
        }
        i += 1;
    }
    false
}
