//! The elements of the files: what each is follows from its number.

use half::{bf16, f16};

/// The elements of the file.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Element {
    F32,
    Bf16,
    /// f32 with zeros in the lower 16 bits, which deflate shortens: weights that were trained in bf16 and saved as f32.
    F32OfBf16,
    /// Blocks of 32, each with a scale.
    Q8_0,
    /// Blocks of 256 in groups of 32, each with a scale and a least number.
    Q4K,
}

/// What a step of a `Q8_0` is, and one of the scale of a `Q4_K`. Powers of two, so that no product is rounded.
const STEP: f32 = 1.0 / 2048.0;
const FINE: f32 = 1.0 / 8192.0;

impl Element {
    /// How many elements a block has, and how many bytes.
    pub(crate) fn block(self) -> (usize, usize) {
        match self {
            Element::F32 | Element::F32OfBf16 => (1, 4),
            Element::Bf16 => (1, 2),
            Element::Q8_0 => (32, 34),
            Element::Q4K => (256, 144),
        }
    }

    /// The bytes of so many elements, which are whole blocks.
    pub(crate) fn bytes(self, count: usize) -> usize {
        let (elements, bytes) = self.block();
        count / elements * bytes
    }

    pub(crate) fn dtype(self) -> &'static str {
        match self {
            Element::F32 | Element::F32OfBf16 => "F32",
            Element::Bf16 => "BF16",
            Element::Q8_0 => "Q8_0",
            Element::Q4K => "Q4_K",
        }
    }

    /// The element with this number in the file. Elements are as large as weights, and have nearly a normal distribution.
    pub(crate) fn value(self, number: usize) -> f32 {
        let mut bits = (number as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let lanes = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
        let value = (lanes as i32 - 2 * 0xffff) as f32 * (0.02 / 37837.0);
        // the sum with zero has no negative zero
        let rounded = |step: f32, least: f32, most: f32| (value / step).round().clamp(least, most) * step + 0.0;
        match self {
            Element::F32 => value,
            Element::Bf16 => bf16::from_f32(value).to_f32(),
            Element::F32OfBf16 => f32::from_bits(value.to_bits() & 0xffff_0000),
            Element::Q8_0 => rounded(STEP, -127.0, 127.0),
            Element::Q4K => rounded(step(number / 32 % 8), -8.0, 7.0),
        }
    }

    /// Appends the elements from this number on. Blocks begin at multiples of their length.
    pub(crate) fn write(self, first: usize, count: usize, out: &mut Vec<u8>) {
        let (elements, _) = self.block();
        for number in (first..first + count).step_by(elements) {
            match self {
                Element::Bf16 => out.extend(bf16::from_f32(self.value(number)).to_le_bytes()),
                Element::F32 | Element::F32OfBf16 => out.extend(self.value(number).to_le_bytes()),
                Element::Q8_0 => {
                    out.extend(f16::from_f32(STEP).to_le_bytes());
                    out.extend((number..number + 32).map(|number| (self.value(number) / STEP) as i8 as u8));
                }
                Element::Q4K => {
                    out.extend(f16::from_f32(FINE).to_le_bytes());
                    out.extend(f16::from_f32(8.0 * FINE).to_le_bytes());
                    out.extend(SCALES);
                    let code = |number: usize| (self.value(number) / step(number / 32 % 8) + 8.0) as u8;
                    for pair in (number..number + 256).step_by(64) {
                        out.extend((pair..pair + 32).map(|number| code(number) | code(number + 32) << 4));
                    }
                }
            }
        }
    }

    /// An element out of a tensor's bytes.
    pub(crate) fn read(self, bytes: &[u8], index: usize) -> f32 {
        let (elements, length) = self.block();
        let (block, within) = (&bytes[index / elements * length..][..length], index % elements);
        match self {
            Element::F32 | Element::F32OfBf16 => f32::from_le_bytes([block[0], block[1], block[2], block[3]]),
            Element::Bf16 => bf16::from_le_bytes([block[0], block[1]]).to_f32(),
            Element::Q8_0 => f16::from_le_bytes([block[0], block[1]]).to_f32() * f32::from(block[2 + within] as i8),
            Element::Q4K => {
                let group = within / 32;
                let code = block[16 + 32 * (group / 2) + within % 32] >> (4 * (group % 2)) & 15;
                step(group) * (f32::from(code) - 8.0)
            }
        }
    }
}

/// What a step is in a group of a `Q4_K`: its least number is 8 of them below zero.
fn step(group: usize) -> f32 {
    FINE * (32 + group) as f32
}

/// The scales and the least numbers of the groups, which are 32 to 39, in six bits each: those of the last four groups have their
/// upper two bits with the first four.
const SCALES: [u8; 12] = [0xa0, 0xa1, 0xa2, 0xa3, 0xa0, 0xa1, 0xa2, 0xa3, 0x44, 0x55, 0x66, 0x77];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for element in [Element::F32, Element::Bf16, Element::F32OfBf16, Element::Q8_0, Element::Q4K] {
            let mut bytes = Vec::new();
            element.write(512, 1024, &mut bytes);
            assert_eq!(bytes.len(), element.bytes(1024));
            for index in 0..1024 {
                assert_eq!(element.read(&bytes, index).to_bits(), element.value(512 + index).to_bits());
            }
        }
    }
}
