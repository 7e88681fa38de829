//! Which dtype can hold every value of which other.

use crate::dtype::DType;

/// The precision of a number type.
#[derive(Clone, Copy)]
enum Precision {
    /// Significand and exponent bits.
    Float(u32, u32),
    /// Value bits and whether it is signed.
    Integer(u32, bool),
}

const fn precision(dtype: DType) -> Option<Precision> {
    Some(match dtype {
        DType::U8 => Precision::Integer(8, false),
        DType::U16 => Precision::Integer(16, false),
        DType::U32 => Precision::Integer(32, false),
        DType::U64 => Precision::Integer(64, false),
        DType::I8 => Precision::Integer(7, true),
        DType::I16 => Precision::Integer(15, true),
        DType::I32 => Precision::Integer(31, true),
        DType::I64 => Precision::Integer(63, true),
        DType::F16 => Precision::Float(11, 5),
        DType::BF16 => Precision::Float(8, 8),
        DType::F32 => Precision::Float(24, 8),
        DType::F64 => Precision::Float(53, 11),
        _ => return None,
    })
}

/// Whether this crate can cast one to the other. Only numbers can be cast.
pub const fn is_castable(from: DType, to: DType) -> bool {
    precision(from).is_some() && precision(to).is_some()
}

/// Whether `to` can hold every value of `from`.
pub const fn is_lossless(from: DType, to: DType) -> bool {
    match (precision(from), precision(to)) {
        (Some(Precision::Float(s, e)), Some(Precision::Float(to_s, to_e))) => s <= to_s && e <= to_e,
        (Some(Precision::Integer(b, signed)), Some(Precision::Integer(to_b, to_signed))) => {
            b <= to_b && (to_signed || !signed)
        }
        // an integer of `b` bits needs `b` bits of significand, and an exponent that reaches 2^b
        (Some(Precision::Integer(b, _)), Some(Precision::Float(s, e))) => b <= s && b < 1 << (e - 1),
        _ => false,
    }
}
