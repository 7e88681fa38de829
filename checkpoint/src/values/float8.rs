//! Floats of 8 bits. Each widens to an `F32` by a table of all 256 of them, and an `F32` narrows to one by arithmetic.
//!
//! They behave as in JAX and PyTorch: a number is rounded to the nearest, and of two that are as near, to the even one. One that is
//! too large becomes infinite, or a NaN where the format has no infinity.

use crate::dtype::DType;

/// How the bits of a format stand for numbers: a sign, an exponent and a significand.
#[derive(Clone, Copy)]
pub(super) struct Format {
    /// The bits of the significand that are stored.
    significand: u32,
    bias: u32,
    special: Special,
    /// Every code as an `F32`, which holds each exactly.
    pub(super) table: &'static [f32; 256],
}

/// Which codes stand for no number.
#[derive(Clone, Copy)]
enum Special {
    /// As in IEEE formats: the largest exponent is for infinities and NaN.
    Ieee,
    /// NaN only, in the last code of either sign.
    LastIsNan,
    /// NaN only, in the code that would be negative zero.
    NegativeZeroIsNan,
    /// An exponent alone, without a sign, a zero and an infinity. NaN is the last code.
    ExponentOnly,
}

/// The format of a dtype, if it is a float of 8 bits.
pub(super) const fn format(dtype: DType) -> Option<Format> {
    Some(match dtype {
        DType::F8_E5M2 => E5M2,
        DType::F8_E4M3 => E4M3,
        DType::F8_E5M2FNUZ => E5M2FNUZ,
        DType::F8_E4M3FNUZ => E4M3FNUZ,
        DType::F8_E8M0 => E8M0,
        _ => return None,
    })
}

macro_rules! formats {
    ($($name:ident = $significand:literal, $bias:literal, $special:ident;)*) => {$(
        const $name: Format = Format {
            significand: $significand,
            bias: $bias,
            special: Special::$special,
            table: {
                static TABLE: [f32; 256] = table($significand, $bias, Special::$special);
                &TABLE
            },
        };
    )*};
}

formats! {
    E5M2 = 2, 15, Ieee;
    E4M3 = 3, 7, LastIsNan;
    E5M2FNUZ = 2, 16, NegativeZeroIsNan;
    E4M3FNUZ = 3, 8, NegativeZeroIsNan;
    E8M0 = 0, 127, ExponentOnly;
}

const QUIET_NAN: u32 = f32::NAN.to_bits();
const INFINITY: u32 = f32::INFINITY.to_bits();
/// The smallest `F32` that is not subnormal: 2^-126.
const LEAST_NORMAL: u32 = 1 << 23;

const fn table(significand: u32, bias: u32, special: Special) -> [f32; 256] {
    let (mut table, mut code) = ([0.0; 256], 0);
    while code < 256 {
        table[code] = widened(significand, bias, special, code as u32);
        code += 1;
    }
    table
}

const fn widened(significand: u32, bias: u32, special: Special, code: u32) -> f32 {
    let (sign, rest) = (code >> 7 << 31, code & 0x7f);
    let (exponent, fraction) = (rest >> significand, rest & ((1 << significand) - 1));
    let magnitude = match special {
        Special::ExponentOnly => {
            return match code {
                255 => f32::NAN,
                // 2^-127 is subnormal in an `F32`
                0 => f32::from_bits(LEAST_NORMAL / 2),
                exponent => f32::from_bits(exponent << 23),
            };
        }
        Special::Ieee if exponent == 0x7f >> significand => match fraction {
            0 => INFINITY,
            payload => QUIET_NAN | payload << (23 - significand),
        },
        Special::LastIsNan if rest == 0x7f => QUIET_NAN,
        Special::NegativeZeroIsNan if code == 0x80 => return f32::NAN,
        // a power of two times a small integer: exact
        _ if exponent == 0 => (fraction as f32 * power_of_two(1 - bias as i32 - significand as i32)).to_bits(),
        _ => (exponent + 127 - bias) << 23 | fraction << (23 - significand),
    };
    f32::from_bits(sign | magnitude)
}

impl Format {
    /// The code of a number: the nearest.
    #[inline(always)]
    pub(super) fn narrowed(self, x: f32) -> u8 {
        let Format { significand, bias, special, .. } = self;
        let (bits, magnitude) = (x.to_bits(), x.to_bits() & 0x7fff_ffff);
        let sign = (bits >> 31 << 7) as u8;
        if let Special::ExponentOnly = special {
            return match magnitude {
                _ if magnitude > INFINITY || magnitude == 0 || sign > 0 => 0xff,
                // 2^-127 is the smallest. Between it and 2^-126, the middle goes up, as everywhere
                _ if magnitude < LEAST_NORMAL => (magnitude >= LEAST_NORMAL / 4 * 3) as u8,
                // half of an exponent and more is rounded up, and infinity is no number of this format
                _ => ((magnitude + LEAST_NORMAL / 2) >> 23).min(0xff) as u8,
            };
        }
        let shift = 23 - significand;
        let code = if magnitude < (128 - bias) << 23 {
            // below the smallest normal number: adding a number whose last bit is the last bit of the result rounds
            let rounder = power_of_two(23 + 1 - bias as i32 - significand as i32);
            (f32::from_bits(magnitude) + rounder).to_bits() - rounder.to_bits()
        } else {
            let half = (1 << (shift - 1)) - 1 + (magnitude >> shift & 1);
            ((magnitude + half) >> shift) - ((127 - bias) << significand)
        };
        let is_nan = magnitude > INFINITY;
        match special {
            Special::Ieee => {
                let infinity = 0x7f >> significand << significand;
                // a NaN keeps its sign and the upper bits of its payload, and becomes quiet
                let nan = (magnitude >> shift) & 0x7f | 1 << (significand - 1) | infinity;
                sign | (if is_nan { nan & 0x7f } else { code.min(infinity) }) as u8
            }
            Special::LastIsNan => sign | (if is_nan { 0x7f } else { code.min(0x7f) }) as u8,
            Special::NegativeZeroIsNan if is_nan || code > 0x7f => 0x80,
            Special::NegativeZeroIsNan if code == 0 => 0,
            _ => sign | code as u8,
        }
    }
}

/// 2 to the power of `exponent`, which is that of a normal `F32`.
const fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits(((exponent + 127) as u32) << 23)
}
