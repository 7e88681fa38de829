//! What the blocks of GGUF's quantised types stand for.
//!
//! Each formula is the one of gguf-py, in the same order and in `f32`, so that every bit agrees with it. A block is an array
//! whose length the compiler knows, and each loop over it is plain, so that it can be vectorised.

use half::f16;

use crate::dtype::DType;

/// Writes the numbers of these blocks. Does nothing for a dtype that [`is_castable`](crate::cast::is_castable) does not name.
pub(super) fn blocks(dtype: DType, source: &[u8], out: &mut [f32]) {
    match dtype {
        DType::Q4_0 => each(source, out, q4_0),
        DType::Q4_1 => each(source, out, q4_1),
        DType::Q5_0 => each(source, out, q5_0),
        DType::Q5_1 => each(source, out, q5_1),
        DType::Q8_0 => each(source, out, q8_0),
        DType::Q2_K => each(source, out, q2_k),
        DType::Q3_K => each(source, out, q3_k),
        DType::Q4_K => each(source, out, q4_k),
        DType::Q5_K => each(source, out, q5_k),
        DType::Q6_K => each(source, out, q6_k),
        DType::IQ4_NL => each(source, out, iq4_nl),
        DType::IQ4_XS => each(source, out, iq4_xs),
        DType::MXFP4 => each(source, out, mxfp4),
        DType::TQ1_0 => each(source, out, tq1_0),
        DType::TQ2_0 => each(source, out, tq2_0),
        _ => {}
    }
}

fn each<const B: usize, const E: usize>(source: &[u8], out: &mut [f32], one: impl Fn(&[u8; B], &mut [f32; E])) {
    let (blocks, numbers) = (source.as_chunks().0, out.as_chunks_mut().0);
    blocks.iter().zip(numbers).for_each(|(block, out)| one(block, out));
}

/// The half at this byte of a block.
#[inline(always)]
fn half(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

/// A part of a block.
#[inline(always)]
fn part<const N: usize>(block: &[u8], at: usize) -> &[u8; N] {
    match block[at..].first_chunk() {
        Some(part) => part,
        None => unreachable!("a part of a block is in it"),
    }
}

/// A part of the numbers.
#[inline(always)]
fn part_mut<const N: usize>(out: &mut [f32], at: usize) -> &mut [f32; N] {
    match out[at..].first_chunk_mut() {
        Some(part) => part,
        None => unreachable!("a part of a block is in it"),
    }
}

/// The lower half of each byte, then the upper half of each.
#[inline(always)]
fn nibbles<const N: usize>(codes: &[u8; N], out: &mut [f32], number: impl Fn(usize, u8) -> f32) {
    for (i, (code, out)) in codes.iter().zip(part_mut::<N>(out, 0)).enumerate() {
        *out = number(i, code & 15);
    }
    for (i, (code, out)) in codes.iter().zip(part_mut::<N>(out, N)).enumerate() {
        *out = number(N + i, code >> 4);
    }
}

fn q4_0(block: &[u8; 18], out: &mut [f32; 32]) {
    let d = half(block, 0);
    nibbles::<16>(part(block, 2), out, |_, code| d * f32::from(code as i8 - 8));
}

fn q4_1(block: &[u8; 20], out: &mut [f32; 32]) {
    let (d, m) = (half(block, 0), half(block, 2));
    nibbles::<16>(part(block, 4), out, |_, code| d * f32::from(code) + m);
}

/// The fifth bits, one for each number.
#[inline(always)]
fn fifth(block: &[u8], at: usize) -> impl Fn(usize) -> u8 {
    let bits = u32::from_le_bytes(*part(block, at));
    move |i| (bits >> i & 1) as u8 * 16
}

fn q5_0(block: &[u8; 22], out: &mut [f32; 32]) {
    let (d, high) = (half(block, 0), fifth(block, 2));
    nibbles::<16>(part(block, 6), out, |i, code| d * f32::from((code | high(i)) as i8 - 16));
}

fn q5_1(block: &[u8; 24], out: &mut [f32; 32]) {
    let (d, m, high) = (half(block, 0), half(block, 2), fifth(block, 4));
    nibbles::<16>(part(block, 8), out, |i, code| d * f32::from(code | high(i)) + m);
}

fn q8_0(block: &[u8; 34], out: &mut [f32; 32]) {
    let d = half(block, 0);
    for (code, out) in part::<32>(block, 2).iter().zip(out) {
        *out = f32::from(*code as i8) * d;
    }
}

fn q2_k(block: &[u8; 84], out: &mut [f32; 256]) {
    let (scales, d, least) = (part::<16>(block, 0), half(block, 80), half(block, 82));
    let scaled = |group: usize| (d * f32::from(scales[group] & 15), least * f32::from(scales[group] >> 4));
    for half in 0..2 {
        let codes: &[u8; 32] = part(block, 16 + 32 * half);
        for quarter in 0..4 {
            let first = 8 * half + 2 * quarter;
            let out: &mut [f32; 32] = part_mut(out, 16 * first);
            let scales = [scaled(first), scaled(first + 1)];
            for (i, (code, out)) in codes.iter().zip(out).enumerate() {
                let (dl, ml) = scales[i / 16];
                *out = dl * f32::from(code >> (2 * quarter) & 3) - ml;
            }
        }
    }
}

fn q3_k(block: &[u8; 110], out: &mut [f32; 256]) {
    let (high, packed, d) = (part::<32>(block, 0), part::<12>(block, 96), half(block, 108));
    let scale = |group: usize| {
        let low = packed[group % 8] >> (4 * (group / 8)) & 15;
        let high = packed[8 + group % 4] >> (2 * (group / 4)) & 3;
        d * f32::from((low | high << 4) as i8 - 32)
    };
    for half in 0..2 {
        let codes: &[u8; 32] = part(block, 32 + 32 * half);
        for quarter in 0..4 {
            let (first, bit) = (8 * half + 2 * quarter, 4 * half + quarter);
            let out: &mut [f32; 32] = part_mut(out, 16 * first);
            let scales = [scale(first), scale(first + 1)];
            for (i, ((code, high), out)) in codes.iter().zip(high).zip(out).enumerate() {
                // a bit that is not set takes 4 off
                let below = (!high >> bit & 1) << 2;
                *out = scales[i / 16] * f32::from((code >> (2 * quarter) & 3) as i8 - below as i8);
            }
        }
    }
}

/// The scale and the least number of a group, six bits each, as numbers.
#[inline(always)]
fn scale_and_least(scales: &[u8; 12], group: usize) -> (f32, f32) {
    let (scale, least) = match group.checked_sub(4) {
        None => (scales[group] & 63, scales[group + 4] & 63),
        Some(i) => (scales[8 + i] & 15 | scales[i] >> 2 & 48, scales[8 + i] >> 4 | scales[4 + i] >> 2 & 48),
    };
    (f32::from(scale), f32::from(least))
}

fn q4_k(block: &[u8; 144], out: &mut [f32; 256]) {
    let (d, least, scales) = (half(block, 0), half(block, 2), part(block, 4));
    for pair in 0..4 {
        let [low, high] = [2 * pair, 2 * pair + 1].map(|group| {
            let (scale, m) = scale_and_least(scales, group);
            (d * scale, least * m)
        });
        let codes: &[u8; 32] = part(block, 16 + 32 * pair);
        for (code, out) in codes.iter().zip(part_mut::<32>(out, 64 * pair)) {
            *out = low.0 * f32::from(code & 15) - low.1;
        }
        for (code, out) in codes.iter().zip(part_mut::<32>(out, 64 * pair + 32)) {
            *out = high.0 * f32::from(code >> 4) - high.1;
        }
    }
}

fn q5_k(block: &[u8; 176], out: &mut [f32; 256]) {
    let (d, least, scales, fifths) = (half(block, 0), half(block, 2), part(block, 4), part::<32>(block, 16));
    for group in 0..8 {
        let (scale, m) = scale_and_least(scales, group);
        let (scale, m, shift) = (d * scale, least * m, 4 * (group % 2));
        let codes: &[u8; 32] = part(block, 48 + 32 * (group / 2));
        for ((code, fifth), out) in codes.iter().zip(fifths).zip(part_mut::<32>(out, 32 * group)) {
            *out = scale * f32::from(code >> shift & 15 | (fifth >> group & 1) << 4) - m;
        }
    }
}

fn q6_k(block: &[u8; 210], out: &mut [f32; 256]) {
    let (scales, d) = (part::<16>(block, 192), half(block, 208));
    for group in 0..8 {
        // 32 numbers: four bits of 64 bytes, which two groups share, and two bits of 32
        let (half, within) = (group / 4, group % 4);
        let low: &[u8; 32] = part(block, 64 * half + 32 * (within % 2));
        let high: &[u8; 32] = part(block, 128 + 32 * half);
        let (low_shift, high_shift) = (4 * (within / 2), 2 * within);
        let scale = [2 * group, 2 * group + 1].map(|i| d * f32::from(scales[i] as i8));
        for (i, ((low, high), out)) in low.iter().zip(high).zip(part_mut::<32>(out, 32 * group)).enumerate() {
            let code = low >> low_shift & 15 | (high >> high_shift & 3) << 4;
            *out = scale[i / 16] * f32::from(code as i8 - 32);
        }
    }
}

/// The numbers of the codes of `IQ4_NL` and `IQ4_XS`.
const NON_LINEAR: [f32; 16] =
    [-127.0, -104.0, -83.0, -65.0, -49.0, -35.0, -22.0, -10.0, 1.0, 13.0, 25.0, 38.0, 53.0, 69.0, 89.0, 113.0];
/// Twice the numbers of the codes of `MXFP4`.
const FLOATS: [f32; 16] = [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 0.0, -1.0, -2.0, -3.0, -4.0, -6.0, -8.0, -12.0];

fn iq4_nl(block: &[u8; 18], out: &mut [f32; 32]) {
    let d = half(block, 0);
    nibbles::<16>(part(block, 2), out, |_, code| d * NON_LINEAR[usize::from(code)]);
}

fn iq4_xs(block: &[u8; 136], out: &mut [f32; 256]) {
    let (d, high, low) = (half(block, 0), u16::from_le_bytes(*part(block, 2)), part::<4>(block, 4));
    for group in 0..8 {
        let upper = (high >> (2 * group) & 3) as u8;
        let scale = (low[group / 2] >> (4 * (group % 2)) & 15) | upper << 4;
        let scale = d * f32::from(scale as i8 - 32);
        let codes: &[u8; 16] = part(block, 8 + 16 * group);
        nibbles::<16>(codes, &mut out[32 * group..], |_, code| scale * NON_LINEAR[usize::from(code)]);
    }
}

fn mxfp4(block: &[u8; 17], out: &mut [f32; 32]) {
    // half of the power of two, as the numbers are twice what they are
    let bits = match block[0] {
        exponent @ 0..2 => 0x0020_0000 << exponent,
        exponent => u32::from(exponent - 1) << 23,
    };
    let d = f32::from_bits(bits);
    nibbles::<16>(part(block, 1), out, |_, code| d * FLOATS[usize::from(code)]);
}

/// Five numbers of a byte: its upper digit to the base 3, after a multiplication by a power of 3.
#[inline(always)]
fn ternary<const N: usize>(codes: &[u8; N], powers: &[u8], d: f32, out: &mut [f32]) {
    for (row, power) in powers.iter().enumerate() {
        for (code, out) in codes.iter().zip(part_mut::<N>(out, N * row)) {
            let digit = (u16::from(code.wrapping_mul(*power)) * 3) >> 8;
            *out = d * f32::from(digit as i8 - 1);
        }
    }
}

fn tq1_0(block: &[u8; 54], out: &mut [f32; 256]) {
    let d = half(block, 52);
    ternary::<32>(part(block, 0), &[1, 3, 9, 27, 81], d, out);
    ternary::<16>(part(block, 32), &[1, 3, 9, 27, 81], d, &mut out[160..]);
    ternary::<4>(part(block, 48), &[1, 3, 9, 27], d, &mut out[240..]);
}

fn tq2_0(block: &[u8; 66], out: &mut [f32; 256]) {
    let d = half(block, 64);
    for half in 0..2 {
        let codes: &[u8; 32] = part(block, 32 * half);
        for quarter in 0..4 {
            for (code, out) in codes.iter().zip(part_mut::<32>(out, 128 * half + 32 * quarter)) {
                *out = d * f32::from((code >> (2 * quarter) & 3) as i8 - 1);
            }
        }
    }
}
