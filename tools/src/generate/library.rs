//! The types that fields have: of a tensor library, or Weighbridge's own.

use weighbridge_checkpoint::DType;

use super::ident::TAKEN_TYPES;
use super::layout::Written;

/// A tensor library whose types the fields can have. Your crate needs it, and `weighbridge` with the feature of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Library {
    /// `candle_core::Tensor`, and `candle_core::quantized::QTensor` for GGUF's quantised types.
    Candle,
    /// `burn::tensor::Tensor`.
    Burn,
    /// `ndarray::Array1` to `Array6`, and `ArrayD`.
    Ndarray,
}

/// Names that no struct can have, because the code uses them for something else.
pub(super) fn reserved(library: Option<Library>) -> Vec<&'static str> {
    let of_library: &[&str] = match library {
        None => &[],
        Some(Library::Candle) => &["Arc", "QTensor"],
        Some(Library::Burn) => &["Bool", "Int"],
        Some(Library::Ndarray) => &ARRAYS,
    };
    [TAKEN_TYPES, of_library].concat()
}

const ARRAYS: [&str; 8] = ["Array0", "Array1", "Array2", "Array3", "Array4", "Array5", "Array6", "ArrayD"];

/// A tensor of the file, for which a type is wanted.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) dtype: DType,
    pub(super) rank: usize,
    /// Whether it has no elements, and dims that no library can multiply.
    pub(super) overflows: bool,
    /// Whether it is a field by itself, and not the item of a list.
    pub(super) is_field: bool,
}

/// The type of a field that holds one tensor.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// The element itself, without a shape.
    Scalar,
    /// Weighbridge's tensor of an element type.
    Tensor,
    /// Weighbridge's tensor of any dtype.
    Any,
    Candle,
    /// candle's tensor of blocks.
    CandleBlocks,
    /// burn's tensor of this kind; none for floats.
    Burn(Option<&'static str>),
    /// The array of a rank.
    Array(&'static str),
}

impl Held {
    pub(super) fn of(library: Option<Library>, wanted: Wanted) -> Held {
        let Wanted { dtype, rank, overflows, is_field } = wanted;
        let has_element = element(dtype).is_some();
        let is_scalar = rank == 0 && is_field && has_element;
        match library {
            None if is_scalar => Held::Scalar,
            None if has_element => Held::Tensor,
            Some(_) if overflows => Held::Any,
            Some(Library::Candle) if in_candle(dtype) => Held::Candle,
            Some(Library::Candle) if is_block_of_candle(dtype) => Held::CandleBlocks,
            // burn has no tensors of rank 0
            Some(Library::Burn) if is_scalar => Held::Scalar,
            Some(Library::Burn) if rank > 0 => in_burn(dtype).map_or(Held::Any, Held::Burn),
            Some(Library::Ndarray) if has_element => Held::Array(ARRAYS[rank.min(7)]),
            _ => Held::Any,
        }
    }

    /// Whether the type says nothing of the dtype, or not enough.
    pub(super) fn needs_dtype(self) -> bool {
        match self {
            Held::Scalar | Held::Tensor | Held::Array(_) => false,
            // booleans have one dtype
            Held::Burn(kind) => kind != Some("Bool"),
            Held::Any | Held::Candle | Held::CandleBlocks => true,
        }
    }

    pub(super) fn needs_shape(self) -> bool {
        !matches!(self, Held::Scalar | Held::Array("Array0"))
    }

    /// The type in code, in which the element type is called `element`.
    pub(super) fn written(self, element: &str, rank: usize) -> Written {
        let name = |name: &str| Written::Name(name.to_owned());
        let of = |tensor: &str, arguments: Vec<Written>| Written::Generic(tensor.to_owned(), arguments);
        match self {
            Held::Scalar => name(element),
            Held::Tensor => of("Tensor", vec![name(element)]),
            Held::Any => name("AnyTensor"),
            Held::Candle => name("Tensor"),
            // the structs are `Clone`, and a `QTensor` is not
            Held::CandleBlocks => of("Arc", vec![name("QTensor")]),
            Held::Burn(kind) => {
                let rank = name(&rank.to_string());
                of("Tensor", [rank].into_iter().chain(kind.map(name)).collect())
            }
            Held::Array(array) => of(array, vec![name(element)]),
        }
    }

    /// What the code imports for the type, each with the module that has it.
    pub(super) fn imports(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Held::Scalar => Vec::new(),
            Held::Tensor => vec![("weighbridge", "Tensor")],
            Held::Any => vec![("weighbridge", "AnyTensor")],
            Held::Candle => vec![("candle_core", "Tensor")],
            Held::CandleBlocks => vec![("std::sync", "Arc"), ("candle_core::quantized", "QTensor")],
            Held::Burn(kind) => ["Tensor"].into_iter().chain(kind).map(|name| ("burn::tensor", name)).collect(),
            Held::Array(array) => vec![("ndarray", array)],
        }
    }

    /// Whether the element type stands in the type.
    pub(super) fn has_element(self) -> bool {
        matches!(self, Held::Scalar | Held::Tensor | Held::Array(_))
    }
}

fn in_candle(dtype: DType) -> bool {
    use DType::{BF16, F8_E4M3, F16, F32, F64, I16, I32, I64, U8, U32, V2};
    matches!(dtype, F32 | BF16 | V2 | F16 | F64 | I64 | I32 | I16 | U32 | U8 | F8_E4M3)
}

/// Whether candle has blocks of this dtype, whose bytes are GGUF's.
fn is_block_of_candle(dtype: DType) -> bool {
    use DType::{Q2_K, Q3_K, Q4_0, Q4_1, Q4_K, Q5_0, Q5_1, Q5_K, Q6_K, Q8_0, Q8_K};
    matches!(dtype, Q4_0 | Q4_1 | Q5_0 | Q5_1 | Q8_0 | Q2_K | Q3_K | Q4_K | Q5_K | Q6_K | Q8_K)
}

/// The kind of burn's tensors of a dtype; `Some(None)` for floats.
fn in_burn(dtype: DType) -> Option<Option<&'static str>> {
    use DType::{BF16, BOOL, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64, V2};
    match dtype {
        F32 | BF16 | V2 | F16 | F64 => Some(None),
        I64 | I32 | I16 | I8 | U64 | U32 | U16 | U8 => Some(Some("Int")),
        BOOL => Some(Some("Bool")),
        _ => None,
    }
}

/// The Rust type of a dtype's elements and the crate that has it, or `None` if there is none.
pub(super) fn element(dtype: DType) -> Option<(&'static str, Option<&'static str>)> {
    Some(match dtype {
        DType::BOOL => ("bool", None),
        DType::U8 => ("u8", None),
        DType::U16 => ("u16", None),
        DType::U32 => ("u32", None),
        DType::U64 => ("u64", None),
        DType::I8 => ("i8", None),
        DType::I16 => ("i16", None),
        DType::I32 => ("i32", None),
        DType::I64 => ("i64", None),
        DType::F32 => ("f32", None),
        DType::F64 => ("f64", None),
        DType::F16 => ("f16", Some("half")),
        DType::BF16 | DType::V2 => ("bf16", Some("half")),
        DType::C64 => ("Complex64", Some("weighbridge")),
        _ => return None,
    })
}

/// The dtype as a file has it that is loaded into these types: untyped elements of two bytes are taken to be bfloat16.
pub(super) fn typed(dtype: DType) -> DType {
    if dtype == DType::V2 { DType::BF16 } else { dtype }
}

/// Whether elements of a dtype are floats: those that people load in another precision.
pub(super) fn is_float(dtype: DType) -> bool {
    let name = typed(dtype).name();
    name.starts_with('F') || name.starts_with("BF")
}
