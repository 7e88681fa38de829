//! Which dtype can hold every value of which other.

use crate::dtype::DType;

/// The precision of a number type.
#[derive(Clone, Copy)]
enum Number {
    /// Significand and exponent bits.
    Float(u32, u32),
    /// Value bits and whether it is signed.
    Integer(u32, bool),
}

const fn number(dtype: DType) -> Option<Number> {
    Some(match dtype {
        DType::U8 => Number::Integer(8, false),
        DType::U16 => Number::Integer(16, false),
        DType::U32 => Number::Integer(32, false),
        DType::U64 => Number::Integer(64, false),
        DType::I8 => Number::Integer(7, true),
        DType::I16 => Number::Integer(15, true),
        DType::I32 => Number::Integer(31, true),
        DType::I64 => Number::Integer(63, true),
        DType::F16 => Number::Float(11, 5),
        DType::BF16 => Number::Float(8, 8),
        DType::F32 => Number::Float(24, 8),
        DType::F64 => Number::Float(53, 11),
        _ => return None,
    })
}

/// Whether this crate can cast one to the other. Only numbers can be cast.
pub const fn is_castable(from: DType, to: DType) -> bool {
    number(from).is_some() && number(to).is_some()
}

/// Whether `to` can hold every value of `from`.
pub const fn is_lossless(from: DType, to: DType) -> bool {
    match (number(from), number(to)) {
        (Some(Number::Float(s, e)), Some(Number::Float(to_s, to_e))) => s <= to_s && e <= to_e,
        (Some(Number::Integer(b, signed)), Some(Number::Integer(to_b, to_signed))) => {
            b <= to_b && (to_signed || !signed)
        }
        // an integer of `b` bits needs `b` bits of significand, and an exponent that reaches 2^b
        (Some(Number::Integer(b, _)), Some(Number::Float(s, e))) => b <= s && b < 1 << (e - 1),
        _ => false,
    }
}
