//! Casts element by element, through a type that holds every number: slow and obviously correct.

use bytemuck::Pod;
use half::{bf16, f16};

use crate::dtype::DType;

pub(super) fn cast(from: DType, source: &[u8], to: DType, out: &mut [u8]) {
    if (from, to) == (DType::BF16, DType::F32) {
        // every bit is kept, even of a NaN
        let lower_half_is_zero = source.chunks_exact(2).map(|bf16| [0, 0, bf16[0], bf16[1]]);
        return lower_half_is_zero.zip(out.chunks_exact_mut(4)).for_each(|(f32, out)| out.copy_from_slice(&f32));
    }
    if eight::is_one(from) || eight::is_one(to) {
        let (size, to_size) = (from.block().bytes, to.block().bytes);
        for (element, out) in source.chunks_exact(size).zip(out.chunks_exact_mut(to_size)) {
            let mut wide = Wide::Float(0.0);
            if eight::is_one(from) {
                wide = Wide::Float(eight::widened(from, element[0]));
            } else {
                of_type!(from, From => wide = bytemuck::pod_read_unaligned::<From>(element).wide(),
                    DType::F16 => wide = bytemuck::pod_read_unaligned::<f16>(element).wide());
            }
            if eight::is_one(to) {
                out[0] = eight::nearest(to, wide);
            } else {
                of_type!(to, To => out.copy_from_slice(bytemuck::bytes_of(&To::from_wide(wide))),
                    DType::F16 => out.copy_from_slice(bytemuck::bytes_of(&f16::from_wide(wide))));
            }
        }
        return;
    }
    macro_rules! to {
        ($from:ty) => {
            of_type!(to, To => each::<$from, To>(source, out), DType::F16 => each::<$from, f16>(source, out))
        };
    }
    of_type!(from, From => to!(From), DType::F16 => to!(f16))
}

fn each<A: Number, B: Number>(source: &[u8], out: &mut [u8]) {
    let elements = source.chunks_exact(size_of::<A>()).map(bytemuck::pod_read_unaligned::<A>);
    for (element, out) in elements.zip(out.chunks_exact_mut(size_of::<B>())) {
        out.copy_from_slice(bytemuck::bytes_of(&B::from_wide(element.wide())));
    }
}

/// Any number, without loss.
#[derive(Clone, Copy)]
pub(super) enum Wide {
    Integer(i128),
    Float(f64),
}

pub(super) trait Number: Pod {
    fn wide(self) -> Wide;
    fn from_wide(wide: Wide) -> Self;
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl Number for $integer {
            fn wide(self) -> Wide {
                Wide::Integer(self.into())
            }

            fn from_wide(wide: Wide) -> Self {
                match wide {
                    Wide::Integer(n) => n.clamp(<$integer>::MIN.into(), <$integer>::MAX.into()) as $integer,
                    Wide::Float(x) => x as $integer,
                }
            }
        }
    )*};
}

integers!(u8, u16, u32, u64, i8, i16, i32, i64);

macro_rules! floats {
    ($($float:ty: $from_f64:expr, $from_integer:expr;)*) => {$(
        impl Number for $float {
            fn wide(self) -> Wide {
                Wide::Float(self.into())
            }

            fn from_wide(wide: Wide) -> Self {
                match wide {
                    Wide::Integer(n) => $from_integer(n),
                    Wide::Float(x) => $from_f64(x),
                }
            }
        }
    )*};
}

floats! {
    f16: |x| f16::from_f32(odd(x)), |n| f16::from_f32(odd_of_integer(n));
    bf16: |x| bf16::from_f32(odd(x)), |n| bf16::from_f32(odd_of_integer(n));
    f64: |x: f64| x, |n| n as f64;
}

/// An `f32` that rounds to a less precise float exactly as `x` does. `half` truncates an `f64` before it rounds, or
/// rounds twice. Here, a value between two `f32`s becomes the one whose last bit is set, which is never a tie.
fn odd(x: f64) -> f32 {
    let nearest = x as f32;
    if f64::from(nearest) == x || x.is_nan() {
        return nearest;
    }
    let down = if f64::from(nearest).abs() > x.abs() { nearest.to_bits() - 1 } else { nearest.to_bits() };
    f32::from_bits(down | 1)
}

/// The same for an integer that an `f64` may not hold exactly.
fn odd_of_integer(n: i128) -> f32 {
    let nearest = n as f32;
    if nearest as i128 == n {
        return nearest;
    }
    let down = if (nearest as i128).abs() > n.abs() { nearest.to_bits() - 1 } else { nearest.to_bits() };
    f32::from_bits(down | 1)
}

impl Number for f32 {
    fn wide(self) -> Wide {
        Wide::Float(self.into())
    }

    fn from_wide(wide: Wide) -> Self {
        match wide {
            // a large integer would be rounded twice if it went through f64
            Wide::Integer(n) => n as f32,
            Wide::Float(x) => x as f32,
        }
    }
}

/// Floats of 8 bits, as the papers define them: every code has a value, and a number becomes the code with the nearest one.
mod eight {
    use super::{Wide, odd_of_integer};
    use crate::dtype::DType;

    pub(super) fn is_one(dtype: DType) -> bool {
        dtype.name().starts_with("F8_")
    }

    /// The bits of the stored significand, and the bias of the exponent.
    fn layout(dtype: DType) -> (i32, i32) {
        match dtype {
            DType::F8_E5M2 => (2, 15),
            DType::F8_E4M3 => (3, 7),
            DType::F8_E5M2FNUZ => (2, 16),
            DType::F8_E4M3FNUZ => (3, 8),
            other => panic!("{other}"),
        }
    }

    pub(super) fn widened(dtype: DType, code: u8) -> f64 {
        let nan = |payload: u64| f64::from_bits(f64::NAN.to_bits() | payload << 50 | u64::from(code >> 7) << 63);
        match (dtype, code, code & 0x7f) {
            (DType::F8_E8M0, 0xff, _) => return f64::NAN,
            (DType::F8_E8M0, ..) => return 2f64.powi(i32::from(code) - 127),
            (DType::F8_E4M3, _, 0x7f) => return nan(0),
            (DType::F8_E5M2, _, 0x7c) => return f64::INFINITY.copysign(if code > 0x7f { -1.0 } else { 1.0 }),
            (DType::F8_E5M2, _, payload @ 0x7d..) => return nan(u64::from(payload & 3)),
            (DType::F8_E5M2FNUZ | DType::F8_E4M3FNUZ, 0x80, _) => return f64::NAN,
            _ => {}
        }
        let (significand, bias) = layout(dtype);
        let (exponent, fraction) = (i32::from(code & 0x7f) >> significand, i32::from(code) & ((1 << significand) - 1));
        let steps = if exponent == 0 { fraction } else { (1 << significand) + fraction };
        let size = f64::from(steps) * 2f64.powi(exponent.max(1) - bias - significand);
        if code > 0x7f { -size } else { size }
    }

    pub(super) fn nearest(dtype: DType, wide: Wide) -> u8 {
        let x = match wide {
            Wide::Float(x) => x,
            Wide::Integer(n) => odd_of_integer(n).into(),
        };
        let sign = if x.is_sign_negative() { 0x80 } else { 0 };
        let (positive, over) = match dtype {
            DType::F8_E8M0 if x.is_nan() || x <= 0.0 => return 0xff,
            DType::F8_E5M2 if x.is_nan() => return sign | 0x7e | (x.to_bits() >> 50 & 1) as u8,
            DType::F8_E4M3 if x.is_nan() => return sign | 0x7f,
            _ if x.is_nan() => return 0x80,
            DType::F8_E8M0 => (0..255, 0xff),
            DType::F8_E5M2 => (0..0x7c, 0x7c),
            DType::F8_E4M3 => (0..0x7f, 0x7f),
            _ => (0..0x80, 0x80),
        };
        let last = positive.end - 1;
        let value = |code: u8| widened(dtype, code);
        // the last code is as far from infinity as it would be from one more
        let next = |code: u8| match code == last {
            true if dtype == DType::F8_E8M0 => 2.0 * value(last),
            true => 2.0 * value(last) - value(last - 1),
            false => value(code + 1),
        };
        let size = x.abs();
        let below = positive.clone().rev().find(|&code| value(code) <= size).unwrap_or(0);
        let middle = value(below) + (next(below) - value(below)) / 2.0;
        let is_up = size > middle || size == middle && (below % 2 == 1 || dtype == DType::F8_E8M0);
        let code = if size < value(below) || !is_up { below } else { below + 1 };
        match dtype {
            _ if code > last && over == 0x80 => 0x80,
            _ if code > last => sign | over,
            DType::F8_E8M0 => code,
            DType::F8_E5M2FNUZ | DType::F8_E4M3FNUZ if code == 0 => 0,
            _ => sign | code,
        }
    }
}
