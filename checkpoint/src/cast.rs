//! Which dtype can hold every value of which other.

use crate::dtype::DType;

/// The values of a number type.
#[derive(Clone, Copy)]
enum Values {
    Float(Float),
    /// Value bits and whether it is signed.
    Integer(u32, bool),
}

/// The values of a float.
#[derive(Clone, Copy)]
struct Float {
    /// The bits of a significand, with the one that is not stored.
    digits: u32,
    /// The exponents of the smallest number above zero and of the largest number.
    least: i32,
    most: i32,
    has_infinity: bool,
    /// Whether it has zero and negative numbers.
    has_zero: bool,
    has_negative_zero: bool,
}

const fn float(digits: u32, least: i32, most: i32) -> Float {
    Float { digits, least, most, has_infinity: true, has_zero: true, has_negative_zero: true }
}

impl Float {
    /// The same, with the code of infinity for numbers.
    const fn finite(self) -> Float {
        Float { has_infinity: false, ..self }
    }

    /// The same, with one zero.
    const fn unsigned_zero(self) -> Float {
        Float { has_infinity: false, has_negative_zero: false, ..self }
    }

    const fn is_in(self, other: Float) -> bool {
        self.digits <= other.digits
            && self.least >= other.least
            && self.most <= other.most
            && self.has_infinity <= other.has_infinity
            && self.has_zero <= other.has_zero
            && self.has_negative_zero <= other.has_negative_zero
    }
}

const fn values(dtype: DType) -> Option<Values> {
    Some(match dtype {
        DType::U8 => Values::Integer(8, false),
        DType::U16 => Values::Integer(16, false),
        DType::U32 => Values::Integer(32, false),
        DType::U64 => Values::Integer(64, false),
        DType::I8 => Values::Integer(7, true),
        DType::I16 => Values::Integer(15, true),
        DType::I32 => Values::Integer(31, true),
        DType::I64 => Values::Integer(63, true),
        DType::F8_E5M2 => Values::Float(float(3, -16, 15)),
        DType::F8_E4M3 => Values::Float(float(4, -9, 8).finite()),
        DType::F8_E5M2FNUZ => Values::Float(float(3, -17, 15).unsigned_zero()),
        DType::F8_E4M3FNUZ => Values::Float(float(4, -10, 7).unsigned_zero()),
        DType::F8_E8M0 => Values::Float(Float { has_zero: false, ..float(1, -127, 127).unsigned_zero() }),
        DType::F16 => Values::Float(float(11, -24, 15)),
        DType::BF16 => Values::Float(float(8, -133, 127)),
        DType::F32 => Values::Float(float(24, -149, 127)),
        DType::F64 => Values::Float(float(53, -1074, 1023)),
        _ => return None,
    })
}

/// Whether this crate can cast one to the other. Numbers can be cast to numbers, and some quantised blocks to wide floats.
pub const fn is_castable(from: DType, to: DType) -> bool {
    match values(from) {
        Some(_) => values(to).is_some(),
        None => is_dequantised(from) && matches!(to, DType::F16 | DType::BF16 | DType::F32 | DType::F64),
    }
}

/// Whether a cast dequantises elements of this dtype.
pub const fn is_dequantised(dtype: DType) -> bool {
    matches!(
        dtype,
        DType::Q4_0
            | DType::Q4_1
            | DType::Q5_0
            | DType::Q5_1
            | DType::Q8_0
            | DType::Q2_K
            | DType::Q3_K
            | DType::Q4_K
            | DType::Q5_K
            | DType::Q6_K
            | DType::IQ4_NL
            | DType::IQ4_XS
            | DType::MXFP4
            | DType::TQ1_0
            | DType::TQ2_0
    )
}

/// Whether its elements are floats that can be cast to other floats.
pub const fn is_float(dtype: DType) -> bool {
    matches!(values(dtype), Some(Values::Float(_)))
}

/// Whether `to` can hold every value of `from`.
pub const fn is_lossless(from: DType, to: DType) -> bool {
    match (values(from), values(to)) {
        (Some(Values::Float(from)), Some(Values::Float(to))) => from.is_in(to),
        (Some(Values::Integer(b, signed)), Some(Values::Integer(to_b, to_signed))) => {
            b <= to_b && (to_signed || !signed)
        }
        // an integer of `b` bits needs `b` bits of significand, and an exponent that reaches 2^b
        (Some(Values::Integer(b, _)), Some(Values::Float(to))) => b <= to.digits && b as i32 <= to.most,
        _ => false,
    }
}

/// Whether `to` can hold every value of `from`. Those of a block that is dequantised are `F32`.
pub const fn is_exact(from: DType, to: DType) -> bool {
    is_lossless(from, to) || is_dequantised(from) && matches!(to, DType::F32 | DType::F64)
}

/// Why no cast leads to elements of this dtype, if none does: lower case, no final period.
pub const fn why_not_to(dtype: DType) -> Option<&'static str> {
    match dtype.is_quantised() {
        true => Some("nothing is quantised while it is read"),
        false => why_not(dtype),
    }
}

/// Why elements of this dtype are not cast, if they are not: lower case, no final period.
pub const fn why_not(dtype: DType) -> Option<&'static str> {
    match dtype {
        DType::C64 => Some("an element of C64 is two numbers"),
        DType::BOOL => Some("an element of BOOL is no number"),
        DType::V1 | DType::V2 => Some("its elements are untyped bytes"),
        _ if is_dequantised(dtype) => None,
        _ if dtype.is_quantised() => Some("its blocks are kept as they are"),
        _ if dtype.shares_bytes() => Some("its elements share bytes"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_cast_says_why() {
        for &dtype in DType::ALL {
            assert_eq!(why_not(dtype).is_some(), !is_castable(dtype, DType::F32), "{dtype}");
        }
    }

    /// Every dtype that holds all values of each float of 8 bits.
    #[test]
    fn floats_of_8_bits_widen() {
        let wider = |from: DType| -> Vec<DType> {
            DType::ALL.iter().copied().filter(|&to| to != from && is_lossless(from, to)).collect()
        };
        let all = [DType::F16, DType::BF16, DType::F32, DType::F64];
        for from in [DType::F8_E4M3, DType::F8_E5M2, DType::F8_E4M3FNUZ, DType::F8_E5M2FNUZ] {
            assert_eq!(wider(from), all, "{from}");
        }
        // the smallest number of F16 is 2^-24
        assert_eq!(wider(DType::F8_E8M0), [DType::BF16, DType::F32, DType::F64]);
        for to in [DType::F8_E4M3, DType::F8_E5M2, DType::F8_E4M3FNUZ, DType::F8_E5M2FNUZ, DType::F8_E8M0] {
            assert!(DType::ALL.iter().all(|&from| from == to || !is_lossless(from, to)), "{to}");
        }
    }
}
