//! Numbers of one dtype from numbers of another.

use half::{bf16, f16};

use crate::dtype::DType;
use crate::schema::cast::is_castable;

/// Casts elements as they lie in a file, as [`Cast::Any`](crate::Cast::Any) does: to the nearest float, saturating to an
/// integer. `false`, and nothing is written, if one of the two is no number, or if `out` has not just the bytes that the
/// elements of `source` take.
///
/// ```
/// use weighbridge::{DType, cast_elements};
///
/// let mut out = [0; 2];
/// assert!(cast_elements(DType::F32, &1.5f32.to_le_bytes(), DType::BF16, &mut out));
/// assert_eq!(half::bf16::from_le_bytes(out).to_f32(), 1.5);
/// ```
#[must_use]
pub fn cast_elements(from: DType, source: &[u8], to: DType, out: &mut [u8]) -> bool {
    let (size, to_size) = (from.bits() / 8, to.bits() / 8);
    let fits = is_castable(from, to)
        && source.len().is_multiple_of(size)
        && (source.len() / size).checked_mul(to_size) == Some(out.len());
    if fits {
        cast(from, source, to, out);
    }
    fits
}

/// Casts every element: to the nearest float, and saturating to an integer, as Rust's `as` does. Bytes that are not
/// numbers are left alone, which the plan never asks for.
pub(crate) fn cast(from: DType, source: &[u8], to: DType, out: &mut [u8]) {
    macro_rules! to {
        ($from:ty) => {
            match to {
                DType::U8 => each::<$from, u8>(source, out),
                DType::U16 => each::<$from, u16>(source, out),
                DType::U32 => each::<$from, u32>(source, out),
                DType::U64 => each::<$from, u64>(source, out),
                DType::I8 => each::<$from, i8>(source, out),
                DType::I16 => each::<$from, i16>(source, out),
                DType::I32 => each::<$from, i32>(source, out),
                DType::I64 => each::<$from, i64>(source, out),
                DType::F16 => each::<$from, f16>(source, out),
                DType::BF16 => each::<$from, bf16>(source, out),
                DType::F32 => each::<$from, f32>(source, out),
                DType::F64 => each::<$from, f64>(source, out),
                _ => {}
            }
        };
    }
    match from {
        DType::U8 => to!(u8),
        DType::U16 => to!(u16),
        DType::U32 => to!(u32),
        DType::U64 => to!(u64),
        DType::I8 => to!(i8),
        DType::I16 => to!(i16),
        DType::I32 => to!(i32),
        DType::I64 => to!(i64),
        DType::F16 => to!(f16),
        DType::BF16 => to!(bf16),
        DType::F32 => to!(f32),
        DType::F64 => to!(f64),
        _ => {}
    }
}

fn each<A: Number, B: Number>(source: &[u8], out: &mut [u8]) {
    let elements = source.chunks_exact(size_of::<A>()).map(bytemuck::pod_read_unaligned::<A>);
    for (element, out) in elements.zip(out.chunks_exact_mut(size_of::<B>())) {
        out.copy_from_slice(bytemuck::bytes_of(&B::from_wide(element.wide())));
    }
}

/// Any number, without a loss.
#[derive(Clone, Copy)]
enum Wide {
    Integer(i128),
    Float(f64),
}

trait Number: bytemuck::Pod {
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
    ($($float:ty: $from_f64:expr;)*) => {$(
        impl Number for $float {
            fn wide(self) -> Wide {
                Wide::Float(self.into())
            }

            fn from_wide(wide: Wide) -> Self {
                match wide {
                    Wide::Integer(n) => $from_f64(n as f64),
                    Wide::Float(x) => $from_f64(x),
                }
            }
        }
    )*};
}

floats! {
    f16: |x| f16::from_f32(odd(x));
    bf16: |x| bf16::from_f32(odd(x));
    f64: |x: f64| x;
}

/// An `f32` that rounds as `x` does to a float of less precision. `half` cuts an `f64` off before it rounds it, or rounds
/// it twice; here what lies between two `f32` becomes the one whose last bit is set, which is never a tie.
fn odd(x: f64) -> f32 {
    let nearest = x as f32;
    if f64::from(nearest) == x || x.is_nan() {
        return nearest;
    }
    let down = if f64::from(nearest).abs() > x.abs() { nearest.to_bits() - 1 } else { nearest.to_bits() };
    f32::from_bits(down | 1)
}

impl Number for f32 {
    fn wide(self) -> Wide {
        Wide::Float(self.into())
    }

    fn from_wide(wide: Wide) -> Self {
        match wide {
            // by way of f64 a large integer would be rounded twice
            Wide::Integer(n) => n as f32,
            Wide::Float(x) => x as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one<A: Number, B: Number>(from: DType, a: A, to: DType) -> B {
        let mut out = vec![0; size_of::<B>()];
        cast(from, bytemuck::bytes_of(&a), to, &mut out);
        bytemuck::pod_read_unaligned(&out)
    }

    #[test]
    fn floats_are_rounded_once() {
        // just above the middle between two numbers, by what only an f64 or the last bits of an f32 hold
        for bits in [0x3f80_8001u32, 0x3f80_8000, 0x3f81_8000, 0x3f80_7fff, 0x7f7f_ffff, 1, 0x0000_8001, 0xff80_0000] {
            let x = f32::from_bits(bits);
            assert_eq!(one::<f32, bf16>(DType::F32, x, DType::BF16).to_bits(), bf16::from_f32(x).to_bits(), "{bits:x}");
            assert_eq!(one::<f32, f16>(DType::F32, x, DType::F16).to_bits(), f16::from_f32(x).to_bits(), "{bits:x}");
        }
        for (x, up, to) in
            [(1.0 + 2f64.powi(-8), 2f64.powi(-40), DType::BF16), (1.0 + 2f64.powi(-11), 2f64.powi(-40), DType::F16)]
        {
            let bits = |x: f64| one::<f64, u16>(DType::F64, x, to);
            assert_eq!([bits(x - up), bits(x), bits(x + up)].map(|b| b - bits(1.0)), [0, 0, 1], "{to}");
            assert_eq!(bits(-x - up), bits(-1.0) + 1);
        }
        assert!(one::<f64, bf16>(DType::F64, f64::NAN, DType::BF16).is_nan());
        assert_eq!(one::<f64, bf16>(DType::F64, f64::MAX, DType::BF16), bf16::INFINITY);
        assert_eq!(
            one::<i64, bf16>(DType::I64, (1 << 40) + (1 << 32) + 1, DType::BF16).to_f64(),
            (258u64 << 32) as f64
        );
    }

    #[test]
    fn floats_round_and_integers_saturate() {
        assert_eq!(one::<bf16, f32>(DType::BF16, bf16::from_f32(1.5), DType::F32), 1.5);
        assert_eq!(one::<f64, f16>(DType::F64, 1e9, DType::F16), f16::INFINITY);
        assert_eq!(one::<i64, u8>(DType::I64, -3, DType::U8), 0);
        assert_eq!(one::<u64, i8>(DType::U64, u64::MAX, DType::I8), 127);
        assert_eq!(one::<f32, i32>(DType::F32, f32::NAN, DType::I32), 0);
        assert_eq!(one::<u64, f32>(DType::U64, (1 << 24) + 1, DType::F32), 16_777_216.0);
    }
}
