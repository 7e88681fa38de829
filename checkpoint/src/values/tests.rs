use super::slow::Number;
use super::*;

/// Every dtype that is a number.
const NUMBERS: [DType; 17] = [
    DType::U8,
    DType::U16,
    DType::U32,
    DType::U64,
    DType::I8,
    DType::I16,
    DType::I32,
    DType::I64,
    DType::F16,
    DType::BF16,
    DType::F32,
    DType::F64,
    DType::F8_E4M3,
    DType::F8_E5M2,
    DType::F8_E4M3FNUZ,
    DType::F8_E5M2FNUZ,
    DType::F8_E8M0,
];
/// Enough numbers to fill blocks, vectors and some more.
const MANY: usize = 2 * BLOCK + 21;

fn one<A: Number, B: Number>(from: DType, a: A, to: DType) -> B {
    let mut out = vec![0; size_of::<B>()];
    cast(from, bytemuck::bytes_of(&a), to, &mut out);
    bytemuck::pod_read_unaligned(&out)
}

#[test]
fn floats_are_rounded_once() {
    // just above the middle between two numbers, by an amount that only an f64 or the last bits of an f32 can hold
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
    // the lowest bit is beyond the precision of an f64
    for (n, up) in [((1i64 << 62) + (1 << 54), 0), ((1 << 62) + (1 << 54) + 1, 1), (-(1 << 62) - (1 << 54) - 1, 1)] {
        let whole = one::<i64, u16>(DType::I64, if n < 0 { -(1 << 62) } else { 1 << 62 }, DType::BF16);
        assert_eq!(one::<i64, u16>(DType::I64, n, DType::BF16), whole + up, "{n}");
    }
    assert_eq!(one::<i64, bf16>(DType::I64, (1 << 40) + (1 << 32) + 1, DType::BF16).to_f64(), (258u64 << 32) as f64);
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

fn check(from: DType, source: &[u8]) {
    check_to(from, source, &NUMBERS);
}

/// Checks casts, at aligned and unaligned addresses, against the slow ones.
fn check_to(from: DType, source: &[u8], to: &[DType]) {
    let size = from.block().bytes;
    let count = source.len() / size;
    for &to in to.iter().filter(|&&to| to != from) {
        let to_size = to.block().bytes;
        let mut expected = vec![0; count * to_size];
        slow::cast(from, source, to, &mut expected);
        for shift in [0, 1] {
            let mut words = (vec![0u64; (source.len() + 8) / 8], vec![0u64; (expected.len() + 8) / 8]);
            let from_bytes = &mut bytemuck::cast_slice_mut(&mut words.0)[shift..shift + source.len()];
            let out = &mut bytemuck::cast_slice_mut(&mut words.1)[shift..shift + expected.len()];
            from_bytes.copy_from_slice(source);
            cast(from, from_bytes, to, out);
            let wrong = out.chunks(to_size).zip(expected.chunks(to_size)).position(|(out, expected)| out != expected);
            if let Some(i) = wrong {
                let bytes = |bytes: &[u8], size| {
                    bytes[i * size..][..size].iter().rev().map(|b| format!("{b:02x}")).collect::<String>()
                };
                panic!(
                    "{from} {} becomes {to} {}, and not {}",
                    bytes(source, size),
                    bytes(out, to_size),
                    bytes(&expected, to_size)
                );
            }
        }
    }
}

/// Bits that look random and are the same in every run.
fn random(seed: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(seed), |bits| {
        let mut bits = bits ^ (bits << 13);
        bits ^= bits >> 7;
        Some(bits ^ (bits << 17))
    })
}

#[test]
fn every_number_of_two_bytes_and_of_one() {
    let every: Vec<u16> = (0..=u16::MAX).collect();
    for from in [DType::F16, DType::BF16, DType::U16, DType::I16] {
        check(from, bytemuck::cast_slice(&every));
    }
    let every: Vec<u8> = (0..=u8::MAX).collect();
    for from in NUMBERS.into_iter().filter(|dtype| dtype.block().bytes == 1) {
        check(from, &every);
    }
}

/// Floats where rounding changes from one half to the next: each half, the middle between two, and their immediate
/// neighbours.
#[test]
fn floats_beside_halves_and_between_them() {
    let edges = (0..=u16::MAX).flat_map(|half| {
        let (bf16, f16) = (u32::from(half) << 16, f16::from_bits(half).to_f32().to_bits());
        [bf16, bf16 | 0x8000, f16, f16 | 0x1000]
    });
    // between two subnormal f16 values another bit marks the middle
    let edges: Vec<u32> = edges.chain((0..0x0800).map(|n| (n as f32 * 2f32.powi(-25)).to_bits())).collect();
    let singles: Vec<u32> = edges.iter().flat_map(|&bits| [bits.wrapping_sub(1), bits, bits.wrapping_add(1)]).collect();
    check_to(DType::F32, bytemuck::cast_slice(&singles), &[DType::F16, DType::BF16]);
    let doubles = edges.iter().flat_map(|&bits| {
        let bits = f64::from(f32::from_bits(bits)).to_bits();
        [bits.wrapping_sub(1), bits, bits.wrapping_add(1), bits | 1 << 28]
    });
    let doubles: Vec<u64> = doubles.collect();
    check_to(DType::F64, bytemuck::cast_slice(&doubles), &[DType::F16, DType::BF16, DType::F32]);
}

#[test]
fn random_numbers_of_every_kind_and_number() {
    for (seed, from) in (1..).zip(NUMBERS) {
        let size = from.block().bytes;
        // small ones too, because most large ones saturate
        let numbers: Vec<u8> = random(seed)
            .take(1 << 16)
            .flat_map(|bits| {
                (bits >> (64 - 8 * size) >> ((bits % 4) as usize * 2 * size)).to_le_bytes().into_iter().take(size)
            })
            .collect();
        check(from, &numbers);
        for count in (0..40).chain([BLOCK - 1, BLOCK, BLOCK + 1, MANY]) {
            check(from, &numbers[..count * size]);
        }
    }
}

#[test]
fn edges_of_integers_and_floats() {
    let edges: Vec<u64> = (0..64)
        .flat_map(|bit| [(1u64 << bit) - 1, 1 << bit, (1 << bit) + 1, 3 << bit >> 1])
        .flat_map(|n| [n, n | n >> 8, n | n >> 8 | 1, (n | n >> 8).wrapping_sub(1)])
        .flat_map(|n| [n, n.wrapping_neg(), !n])
        .collect();
    check(DType::U64, bytemuck::cast_slice(&edges));
    check(DType::I64, bytemuck::cast_slice(&edges));
    let low: Vec<u32> = edges.iter().map(|&n| n as u32).collect();
    check(DType::U32, bytemuck::cast_slice(&low));
    check(DType::I32, bytemuck::cast_slice(&low));
    let doubles: Vec<f64> =
        edges.iter().flat_map(|&n| [n as f64, n as i64 as f64, n as f64 + 0.5, f64::from_bits(n)]).collect();
    check(DType::F64, bytemuck::cast_slice(&doubles));
    let singles: Vec<f32> = edges.iter().flat_map(|&n| [n as f32, n as i64 as f32, n as f32 + 0.5]).collect();
    check(DType::F32, bytemuck::cast_slice(&singles));
}

#[test]
fn bf16_to_f32_keeps_every_bit() {
    // like torch and MLX, which shift: a signalling NaN stays as it was
    assert_eq!(one::<u16, u32>(DType::BF16, 0xff81, DType::F32), 0xff81_0000);
}

#[test]
fn what_is_no_number_stays_one_and_is_quiet() {
    // the sign, the quiet bit, and as much of the payload as fits
    assert_eq!(one::<u16, u64>(DType::BF16, 0xff81, DType::F64), 0xfff8_2000_0000_0000);
    assert_eq!(one::<u16, u32>(DType::F16, 0xfc01, DType::F32), 0xffc0_2000);
    assert_eq!(one::<u32, u16>(DType::F32, 0xff81_ffff, DType::BF16), 0xffc1);
    assert_eq!(one::<u32, u16>(DType::F32, 0x7f80_0001, DType::BF16), 0x7fc0);
    assert_eq!(one::<u32, u16>(DType::F32, 0x7f80_2001, DType::F16), 0x7e01);
    assert_eq!(one::<u64, u16>(DType::F64, 0xfff0_0000_0000_0001, DType::BF16), 0xffc0);
    assert_eq!(one::<u64, u16>(DType::F64, 0x7ff0_0000_0000_0001, DType::F16), 0x7e00);
}

/// What ml_dtypes, on which JAX and numpy rely, says of every code, and of numbers at the edges between them.
#[test]
fn floats_of_8_bits_are_those_of_ml_dtypes() {
    let mut count = 0;
    for line in include_str!("float8.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let (way, dtype) = (words.next().unwrap(), words.next().unwrap().parse::<DType>().unwrap());
        let bits = |hex: &str| u32::from_str_radix(hex, 16).unwrap();
        for (code, word) in words.enumerate() {
            count += 1;
            if way == "wide" {
                let x = one::<u8, f32>(dtype, code as u8, DType::F32);
                assert!(
                    if word == "nan" { x.is_nan() } else { x.to_bits() == bits(word) },
                    "{dtype} {code:x} is {x}, not {word}"
                );
            } else {
                let (number, expected) = word.split_once('=').unwrap();
                let code = one::<u32, u8>(DType::F32, bits(number), dtype);
                let is_nan = one::<u8, f32>(dtype, code, DType::F32).is_nan();
                let as_expected = if expected == "nan" { is_nan } else { u32::from(code) == bits(expected) };
                assert!(as_expected, "F32 {number} becomes {dtype} {code:x}, not {expected}");
            }
        }
    }
    assert!(count > 2000, "{count}");
}

/// Every float of 8 bits comes back from each dtype that holds it.
#[test]
fn floats_of_8_bits_widen_and_come_back() {
    let every: Vec<u8> = (0..=u8::MAX).collect();
    for from in NUMBERS.into_iter().filter(|dtype| dtype.name().starts_with("F8_")) {
        for to in NUMBERS.into_iter().filter(|&to| to != from && crate::cast::is_lossless(from, to)) {
            let (mut wide, mut back) = (vec![0; 256 * to.block().bytes], vec![0; 256]);
            cast(from, &every, to, &mut wide);
            cast(to, &wide, from, &mut back);
            for (code, back) in every.iter().zip(&back) {
                let number = one::<u8, f32>(from, *code, DType::F32);
                assert!(code == back || number.is_nan(), "{from} {code:x} by {to} is {back:x}");
            }
        }
    }
}

/// Numbers where rounding changes from one float of 8 bits to the next, and their immediate neighbours, as `F32` and `F64`.
#[test]
fn numbers_between_floats_of_8_bits() {
    for to in NUMBERS.into_iter().filter(|dtype| dtype.name().starts_with("F8_")) {
        let value = |code: u8| one::<u8, f64>(to, code, DType::F64);
        let edges = (0..=u8::MAX).flat_map(|code| {
            let (own, next) = (value(code), value(code.wrapping_add(1)));
            [own, f64::midpoint(own, next), 2.0 * own, 1.5 * own, own / 2.0]
        });
        let edges: Vec<f64> = edges.filter(|x| x.is_finite()).collect();
        let doubles = edges.iter().flat_map(|x| [x.to_bits().wrapping_sub(1), x.to_bits(), x.to_bits() + 1]);
        check_to(DType::F64, bytemuck::cast_slice(&doubles.collect::<Vec<_>>()), &[to]);
        let singles = edges.iter().map(|x| (*x as f32).to_bits()).flat_map(|x| [x.wrapping_sub(1), x, x + 1]);
        check_to(DType::F32, bytemuck::cast_slice(&singles.collect::<Vec<_>>()), &[to]);
    }
}
