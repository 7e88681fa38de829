//! Finds impossible sizes in `const` evaluation: dims that come out as 0, and too many elements.

use weighbridge_checkpoint::DType;

use super::dims::Dim;
use super::text::Text;
use super::wanted::Wanted;

/// The dtype of which most elements fit into a byte.
const NARROWEST: DType = DType::IQ1_S;

/// Panics if dim `index` of a field, which comes out as 0, is none of those that are a literal. The expression is taken for a mistake.
#[track_caller]
pub(crate) const fn refuse_zero(field: &str, index: usize, literals: &[usize]) {
    let mut i = 0;
    while i < literals.len() {
        if literals[i] == index {
            return;
        }
        i += 1;
    }
    zero(Text::new().push("dim ").push_number(index), field);
}

/// The extent of a part of a field, from an expression.
#[track_caller]
pub const fn extent(field: &str, size: usize) -> usize {
    if size == 0 {
        zero(Text::new().push("a length"), field);
    }
    size
}

/// `written`, which divides these constants. As in expressions of names, the quotient is exact.
#[track_caller]
pub const fn quotient(written: &str, a: usize, b: usize) -> usize {
    if b > 0 && a.is_multiple_of(b) {
        return a / b;
    }
    let text = Text::<512>::new().push("`").push(written).push("` is ").push_number(a).push(" / ").push_number(b);
    let text = match b {
        0 => text.push(", which has no value; correct the numbers"),
        _ => {
            let text = text.push(", which is no whole number; correct the numbers, or write `{ ").push(written);
            text.push(" }` for the division of Rust, which rounds down")
        }
    };
    panic!("{}", text.as_str());
}

#[track_caller]
const fn zero(what: Text<512>, field: &str) -> ! {
    let text = what.push(" of `").push(field).push(
        "` comes out as 0; check the expression (a division in braces rounds down), or write a literal `0` if the tensor is meant to be empty",
    );
    panic!("{}", text.as_str());
}

/// The message for a parameter that is larger than memory even if its open dims are 1.
pub(crate) const fn excess(name: &str, wanted: &Wanted) -> Option<Text<512>> {
    let Some(rank) = wanted.rank() else { return None };
    // the compiler interprets each step, so avoiding a call is worth it
    let (mut elements, mut i, mut is_empty) = (1u128, 0, false);
    while i < rank {
        if let Dim::Is(size) = wanted.dim(i) {
            is_empty = is_empty || size == 0;
            if elements <= usize::MAX as u128 {
                elements *= size as u128;
            }
        }
        i += 1;
    }
    // the dtypes of the value, which may differ from the file's
    let dtypes = if wanted.leaf.dtypes.is_empty() { wanted.spec.dtypes } else { wanted.leaf.dtypes };
    let (mut fits, mut i) = (dtypes.is_empty() && fits_memory(elements, NARROWEST), 0);
    while i < dtypes.len() {
        fits = fits || fits_memory(elements, dtypes[i]);
        i += 1;
    }
    if is_empty || fits {
        return None;
    }
    let text = shape(Text::new().push("`").push(name).push("` is "), wanted, rank);
    let text = match dtypes {
        [dtype] => text.push(" of ").push(dtype.name()),
        _ => text,
    };
    Some(text.push(", which is more than memory can hold; check the expressions of its dims"))
}

/// Whether so many elements can be in memory: no allocation is larger than `isize::MAX` bytes.
const fn fits_memory(elements: u128, dtype: DType) -> bool {
    let block = dtype.block();
    elements <= usize::MAX as u128 && elements / block.elements as u128 * block.bytes as u128 <= isize::MAX as u128
}

/// `[4096, "vocab", _]`
const fn shape(text: Text<512>, wanted: &Wanted, rank: usize) -> Text<512> {
    let (mut text, mut i) = (text.push("["), 0);
    while i < rank {
        text = text.push(if i == 0 { "" } else { ", " });
        text = match wanted.dim(i) {
            Dim::Is(size) => text.push_number(size),
            Dim::Named(name) => text.push("\"").push(name).push("\""),
            dim => dim.push_to(text, &wanted.spec.environment),
        };
        i += 1;
    }
    text.push("]")
}
