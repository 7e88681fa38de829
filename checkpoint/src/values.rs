//! Casts numbers of one dtype to another.
//!
//! Every pair of dtypes is one loop over plain expressions, without a branch or a call, so that the compiler can
//! vectorise it. Only `f16` goes block by block through `f32`: `half` offers the processor's own conversions only for
//! slices.

use bytemuck::Pod;
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

use crate::cast::is_castable;
use crate::dtype::DType;

/// Casts elements as they are in a file, like weighbridge's `Cast::Any`: to the nearest float, or to an integer with
/// saturation, where a NaN becomes 0. In another float a NaN stays a NaN: it keeps its sign and the upper bits of its
/// payload and becomes quiet, as far as the format has room for them. BF16 to F32 keeps every bit.
///
/// To a float of 8 bits, a number that is too large becomes infinite, or a NaN where the format has no infinity, as in JAX and
/// PyTorch; `F8_E8M0` has the powers of two alone, so zero and negative numbers become its NaN, and the middle between two is
/// rounded up. Blocks of a quantised dtype of GGUF are dequantised, to floats of at least 16 bits, as gguf-py does it in `F32`. Returns `false` and writes nothing if either dtype is not a
/// number, or if `out` does not have exactly the length that the elements of `source` need.
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
    let fits = is_castable(from, to)
        && source.len().is_multiple_of(from.block().bytes)
        && to.size_of(from.elements_in(source.len())) == Some(out.len());
    if fits {
        cast(from, source, to, out);
    }
    fits
}

/// How many bytes of `to` have as many elements as `bytes` bytes of `from`, which are whole blocks.
pub(crate) fn cast_len(from: DType, bytes: usize, to: DType) -> usize {
    to.size_of(from.elements_in(bytes)).unwrap_or(0)
}

/// Runs code with the type of a number's dtype, and nothing for a dtype that is not a number. `F16` has its own code.
macro_rules! of_type {
    ($dtype:expr, $name:ident => $run:expr, DType::F16 => $half:expr) => {
        of_type!($dtype, $name, $run, $half, U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32, I64 i64,
            BF16 bf16, F32 f32, F64 f64)
    };
    ($dtype:expr, $name:ident, $run:expr, $half:expr, $($number:ident $type:ty),*) => {
        match $dtype {
            $(DType::$number => {
                type $name = $type;
                $run
            })*
            DType::F16 => $half,
            _ => {}
        }
    };
}

/// Casts every element as [`cast_elements`] says; to an integer as Rust's `as` does. Does nothing for dtypes that are
/// not numbers, which the plan never requests.
pub(crate) fn cast(from: DType, source: &[u8], to: DType, out: &mut [u8]) {
    if from.is_quantised() {
        return each_of_blocks(from, source, to, out);
    }
    if let Some(format) = float8::format(from) {
        return each_of_float8(format, source, to, out);
    }
    if let Some(format) = float8::format(to) {
        return each_to_float8(from, source, format, out);
    }
    macro_rules! to {
        ($from:ty) => {
            of_type!(to, To => each::<$from, To>(source, out), DType::F16 => each_to_f16::<$from>(source, out))
        };
    }
    of_type!(from, From => to!(From), DType::F16 => each_of_f16(source, to, out))
}

fn each<A: Number, B: Pod>(source: &[u8], out: &mut [u8])
where
    A::Wide: Narrow<B>,
{
    // support for unaligned elements costs nothing when they are aligned
    let elements = source.chunks_exact(size_of::<A>()).map(bytemuck::pod_read_unaligned::<A>);
    for (element, out) in elements.zip(out.chunks_exact_mut(size_of::<B>())) {
        out.copy_from_slice(bytemuck::bytes_of(&element.wide().narrow()));
    }
}

/// How many elements of two and of four bytes fit into the fastest cache together, with room to spare.
const BLOCK: usize = 1024;

fn each_of_f16(source: &[u8], to: DType, out: &mut [u8]) {
    if to == DType::F32
        && let (Ok(source), Ok(out)) = (bytemuck::try_cast_slice::<u8, f16>(source), bytemuck::try_cast_slice_mut(out))
    {
        return source.convert_to_f32_slice(out);
    }
    let (mut halves, mut floats) = ([f16::ZERO; BLOCK], [0f32; BLOCK]);
    for (source, out) in source.chunks(BLOCK * 2).zip(out.chunks_mut(BLOCK * to.block().bytes)) {
        let count = source.len() / 2;
        let (halves, floats) = (&mut halves[..count], &mut floats[..count]);
        bytemuck::cast_slice_mut(halves).copy_from_slice(source);
        halves.convert_to_f32_slice(floats);
        let floats: &[u8] = bytemuck::cast_slice(floats);
        if to == DType::F32 {
            out.copy_from_slice(floats);
        } else {
            cast(DType::F32, floats, to, out);
        }
    }
}

fn each_to_f16<A: Number>(source: &[u8], out: &mut [u8])
where
    A::Wide: ToHalf,
{
    let (mut floats, mut halves) = ([0f32; BLOCK], [f16::ZERO; BLOCK]);
    for (source, out) in source.chunks(BLOCK * size_of::<A>()).zip(out.chunks_mut(BLOCK * 2)) {
        let count = out.len() / 2;
        let (floats, halves) = (&mut floats[..count], &mut halves[..count]);
        each_as_half::<A>(source, floats);
        halves.convert_from_f32_slice(floats);
        out.copy_from_slice(bytemuck::cast_slice(halves));
    }
}

fn each_of_blocks(from: DType, source: &[u8], to: DType, out: &mut [u8]) {
    if to == DType::F32
        && let Ok(out) = bytemuck::try_cast_slice_mut(out)
    {
        return dequantise::blocks(from, source, out);
    }
    let (mut floats, size) = ([0f32; BLOCK], to.block().bytes);
    let bytes = cast_len(DType::F32, BLOCK * 4, from);
    for (source, out) in source.chunks(bytes).zip(out.chunks_mut(BLOCK * size)) {
        let floats = &mut floats[..out.len() / size];
        dequantise::blocks(from, source, floats);
        match to {
            DType::F32 => out.copy_from_slice(bytemuck::cast_slice(floats)),
            to => cast(DType::F32, bytemuck::cast_slice(floats), to, out),
        }
    }
}

fn each_of_float8(format: float8::Format, source: &[u8], to: DType, out: &mut [u8]) {
    let (table, mut floats) = (format.table, [0f32; BLOCK]);
    for (source, out) in source.chunks(BLOCK).zip(out.chunks_mut(BLOCK * to.block().bytes)) {
        let floats = &mut floats[..source.len()];
        for (code, float) in source.iter().zip(floats.iter_mut()) {
            *float = table[usize::from(*code)];
        }
        match to {
            DType::F32 => out.copy_from_slice(bytemuck::cast_slice(floats)),
            to => cast(DType::F32, bytemuck::cast_slice(floats), to, out),
        }
    }
}

fn each_to_float8(from: DType, source: &[u8], format: float8::Format, out: &mut [u8]) {
    let mut floats = [0f32; BLOCK];
    for (source, out) in source.chunks(BLOCK * from.block().bytes).zip(out.chunks_mut(BLOCK)) {
        let floats = &mut floats[..out.len()];
        of_type!(from, From => each_as_half::<From>(source, floats), DType::F16 => {
            cast(DType::F16, source, DType::F32, bytemuck::cast_slice_mut(floats))
        });
        if from == DType::F64 {
            // a number that is too small for an `F32` is not zero, which `F8_E8M0` lacks
            let numbers = source.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes));
            for (float, x) in floats.iter_mut().zip(numbers).filter(|(float, x)| **float == 0.0 && *x != 0.0) {
                *float = f32::from_bits(1).copysign(x as f32);
            }
        }
        for (float, code) in floats.iter().zip(out) {
            *code = format.narrowed(*float);
        }
    }
}

/// Each number as an `f32` that rounds as the number itself does, to a half and to a float of 8 bits.
fn each_as_half<A: Number>(source: &[u8], floats: &mut [f32])
where
    A::Wide: ToHalf,
{
    let elements = source.chunks_exact(size_of::<A>()).map(bytemuck::pod_read_unaligned::<A>);
    for (element, float) in elements.zip(floats) {
        *float = element.wide().to_half();
    }
}

/// A number that converts to `Wide` without loss.
trait Number: Pod {
    type Wide;

    fn wide(self) -> Self::Wide;
}

/// Rounds or saturates to the other type.
trait Narrow<To> {
    fn narrow(self) -> To;
}

/// Converts to an `f32` that rounds to the same half as the number itself.
trait ToHalf {
    fn to_half(self) -> f32;
}

macro_rules! wide {
    ($($number:ty => $wide:ty: $of:expr;)*) => {$(
        impl Number for $number {
            type Wide = $wide;

            #[inline(always)]
            fn wide(self) -> $wide {
                $of(self)
            }
        }
    )*};
}

wide! {
    u8 => i64: i64::from;
    u16 => i64: i64::from;
    u32 => i64: i64::from;
    u64 => u64: u64::from;
    i8 => i64: i64::from;
    i16 => i64: i64::from;
    i32 => i64: i64::from;
    i64 => i64: i64::from;
    bf16 => f32: f32_of_bf16;
    f32 => f32: f32::from;
    f64 => f64: f64::from;
}

macro_rules! narrow {
    ($($wide:ty => $to:ty: $as:expr;)*) => {$(
        impl Narrow<$to> for $wide {
            #[inline(always)]
            fn narrow(self) -> $to {
                $as(self)
            }
        }
    )*};
}

macro_rules! integers {
    ($($integer:ty),*) => {
        narrow! {$(
            i64 => $integer: |n: i64| n.clamp(<$integer>::MIN.into(), <$integer>::MAX.into()) as $integer;
            u64 => $integer: |n: u64| n.min(<$integer>::MAX as u64) as $integer;
            f32 => $integer: |x| x as $integer;
            f64 => $integer: |x| x as $integer;
        )*}
    };
}

integers!(u8, u16, u32, i8, i16, i32, i64);

narrow! {
    i64 => u64: |n: i64| n.max(0) as u64;
    u64 => u64: u64::from;
    f32 => u64: |x| x as u64;
    f64 => u64: |x| x as u64;

    // a large integer would be rounded twice if it went through f64
    i64 => f32: |n| n as f32;
    u64 => f32: |n| n as f32;
    f32 => f32: f32::from;
    f64 => f32: |x| x as f32;

    i64 => f64: |n| n as f64;
    u64 => f64: |n| n as f64;
    f32 => f64: f64::from;
    f64 => f64: f64::from;
}

impl<Wide: ToHalf> Narrow<bf16> for Wide {
    #[inline(always)]
    fn narrow(self) -> bf16 {
        bf16_of_f32(self.to_half())
    }
}

/// An integer that an `f64` holds exactly and that rounds to the same half as `n`. If `n` has too many bits, the lowest
/// 11 only say whether any of them was set; that is far below the precision of a half.
macro_rules! in_f64 {
    ($n:expr, $size:expr) => {{
        let n = $n;
        let (upper, lower) = (n & !0x7ff, n & 0x7ff);
        if $size >> 53 == 0 { n } else { upper | (if lower == 0 { 0 } else { 0x800 }) }
    }};
}

macro_rules! to_half {
    ($($wide:ty: $of:expr;)*) => {$(
        impl ToHalf for $wide {
            #[inline(always)]
            fn to_half(self) -> f32 {
                $of(self)
            }
        }
    )*};
}

to_half! {
    i64: |n: i64| odd(in_f64!(n, n.unsigned_abs()) as f64);
    u64: |n: u64| odd(in_f64!(n, n) as f64);
    f32: f32::from;
    f64: odd;
}

/// The leading bits of a significand decide how a float rounds to a half, if the last of them says whether any bit
/// behind them is set. With only these bits left, the number is an exact `f32`, unless it is so small that it becomes
/// 0. Going through the nearest `f32` would round twice.
#[inline(always)]
fn odd(x: f64) -> f32 {
    /// All but the first 13 of 52 bits. An `f16` needs 10, one to round by, and the one that summarises the rest. Even
    /// where a `bf16` is subnormal, an `f32` has room for all 13.
    const BEHIND: u64 = (1 << 39) - 1;
    let bits = x.to_bits();
    f64::from_bits((bits | ((bits & BEHIND) + BEHIND)) & !BEHIND) as f32
}

const SIGN: u32 = 1 << 31;
const INFINITY: u32 = f32::INFINITY.to_bits();
/// The bit that makes a NaN quiet.
const QUIET: u32 = 1 << 22;

/// A `bf16` is the upper half of an `f32`. Making a NaN quiet would take longer than everything else, and lose a bit.
#[inline(always)]
fn f32_of_bf16(x: bf16) -> f32 {
    f32::from_bits(u32::from(x.to_bits()) << 16)
}

#[inline(always)]
fn bf16_of_f32(x: f32) -> bf16 {
    let bits = x.to_bits();
    // add half of the last place, or a little less if the result is even; a carry goes to the exponent, up to infinity
    let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1));
    let bits = if bits & !SIGN > INFINITY { bits | QUIET } else { rounded };
    bf16::from_bits((bits >> 16) as u16)
}

mod dequantise;
mod float8;
#[cfg(test)]
mod slow;
#[cfg(test)]
mod tests;
