//! Numbers of one dtype from numbers of another.

use half::{bf16, f16};

use crate::dtype::DType;

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
    f16: f16::from_f64;
    bf16: bf16::from_f64;
    f64: |x: f64| x;
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
    fn floats_round_and_integers_saturate() {
        assert_eq!(one::<bf16, f32>(DType::BF16, bf16::from_f32(1.5), DType::F32), 1.5);
        assert_eq!(one::<f64, f16>(DType::F64, 1e9, DType::F16), f16::INFINITY);
        assert_eq!(one::<i64, u8>(DType::I64, -3, DType::U8), 0);
        assert_eq!(one::<u64, i8>(DType::U64, u64::MAX, DType::I8), 127);
        assert_eq!(one::<f32, i32>(DType::F32, f32::NAN, DType::I32), 0);
        assert_eq!(one::<u64, f32>(DType::U64, (1 << 24) + 1, DType::F32), 16_777_216.0);
    }
}
