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
