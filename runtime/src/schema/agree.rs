//! Whether the shape in a field's attributes and the shape of its type agree, found in `const` evaluation.

use weighbridge_checkpoint::DType;

use super::dims::{Dim, Shapes};
use super::node::{Field, Node};
use super::text::Text;
use crate::report::plural;

type Message = Text<512>;

/// Panics if `shape` contradicts the field's type.
#[track_caller]
pub(crate) const fn agrees(field: &Field, held: &Shapes, dtypes: &[DType], dims: &[Dim]) {
    match held.rank() {
        Some(rank) if rank == dims.len() => {}
        Some(_) if list_of_vectors(field.node) => {
            let text = list(field.name).push(", and `shape` has ").push_number(dims.len());
            let text = text.push(plural(dims.len(), " dim", " dims"));
            let text = text.push("; write `shape = [_]` for such a list, or make the type `Tensor<");
            panic!("{}", text.push(scalar(dtypes)).push(">` for one tensor").as_str());
        }
        Some(0) => {
            let text = Message::new().push("`").push(field.name).push("` is one number, which has no dims");
            let text = text.push("; remove `shape`, or make the type `");
            panic!("{}", array(text, scalar(dtypes), dims).push("`").as_str());
        }
        Some(rank) => {
            let what = Text::new().push(plural(dims.len(), " dim", " dims"));
            contradiction(field.name, dims.len(), what, rank)
        }
        None if dims.is_empty() && !held.holds(&[]) => {
            let text = Message::new()
                .push("`shape` of `")
                .push(field.name)
                .push("` has no dims, and its type has at least one");
            panic!("{}", text.push("; write the dims, or make it a tensor that may be one number").as_str());
        }
        None => {}
    }
    let mut i = 0;
    while i < dims.len() {
        match (dims[i], held.dim(i)) {
            (Dim::Is(said), Dim::Is(is)) if said != is => {
                contradiction(field.name, said, Text::new().push(" for dim ").push_number(i), is)
            }
            _ => {}
        }
        i += 1;
    }
}

/// Panics with both numbers.
#[track_caller]
const fn contradiction(field: &str, said: usize, what: Text<32>, is: usize) -> ! {
    let text = Message::new()
        .push("`shape` of `")
        .push(field)
        .push("` says ")
        .push_number(said)
        .push(what.as_str())
        .push(", but the field's type says ")
        .push_number(is)
        .push("; write the dims of the type, or leave `shape` out if the type has them all");
    panic!("{}", text.as_str());
}

/// Why a field without `shape` needs one.
pub(crate) const fn shapeless(field: &Field, dtypes: &[DType]) -> Message {
    if list_of_vectors(field.node) {
        let text = list(field.name).push("; write `shape = [_]` for such a list, or make the type `Tensor<");
        return text.push(scalar(dtypes)).push(">`, with a `shape`, for one tensor");
    }
    Text::new().push("`").push(field.name).push(
        "` needs a shape, because its type does not have one; write `shape = [..]` in its attribute, with `_` for a dim that may be anything",
    )
}

/// Whether a type is a list of lists of scalars: `Vec<Vec<f32>>` has no one shape.
const fn list_of_vectors(node: &Node) -> bool {
    match node {
        Node::Optional { item } => list_of_vectors(item),
        Node::List { item: Node::Parameter(leaf), .. } => {
            matches!(leaf.shapes, Shapes::Array(None, rest) if rest.rank().is_some())
        }
        Node::List { item, .. } => list_of_vectors(item),
        _ => false,
    }
}

const fn list(field: &str) -> Message {
    let text =
        Message::new().push("a list of `Vec`s has no one shape, so `").push(field).push("` is a list of tensors, `");
    text.push(field).push(".0`, `").push(field).push(".1`, ..")
}

/// The first dtype as a type of Rust.
const fn scalar(dtypes: &[DType]) -> &'static str {
    match dtypes {
        [DType::BOOL, ..] => "bool",
        [DType::U8, ..] => "u8",
        [DType::U16, ..] => "u16",
        [DType::U32, ..] => "u32",
        [DType::U64, ..] => "u64",
        [DType::I8, ..] => "i8",
        [DType::I16, ..] => "i16",
        [DType::I32, ..] => "i32",
        [DType::I64, ..] => "i64",
        [DType::F16, ..] => "f16",
        [DType::BF16, ..] => "bf16",
        [DType::F64, ..] => "f64",
        [DType::C64, ..] => "Complex64",
        _ => "f32",
    }
}

/// `[[f32; 3]; 2]` for `[2, 3]`, and `Tensor<f32>` where a dim is no number.
const fn array(text: Message, scalar: &str, dims: &[Dim]) -> Message {
    let (mut array, mut i) = (text, 0);
    while i < dims.len() {
        if !matches!(dims[i], Dim::Is(_)) || dims.len() > 4 {
            return text.push("Tensor<").push(scalar).push(">");
        }
        array = array.push("[");
        i += 1;
    }
    array = array.push(scalar);
    while i > 0 {
        i -= 1;
        if let Dim::Is(size) = dims[i] {
            array = array.push("; ").push_number(size).push("]");
        }
    }
    array
}
