//! GGUF files.

use super::Choices;

/// The number of a type, the elements of a block, and its bytes.
const TYPES: &[(i32, usize, usize)] = &[
    (0, 1, 4),
    (1, 1, 2),
    (2, 32, 18),
    (3, 32, 20),
    (6, 32, 22),
    (7, 32, 24),
    (8, 32, 34),
    (9, 32, 40),
    (10, 256, 84),
    (11, 256, 110),
    (12, 256, 144),
    (13, 256, 176),
    (14, 256, 210),
    (15, 256, 292),
    (16, 256, 66),
    (17, 256, 74),
    (18, 256, 98),
    (19, 256, 50),
    (20, 32, 18),
    (21, 256, 110),
    (22, 256, 82),
    (23, 256, 136),
    (24, 1, 1),
    (25, 1, 2),
    (26, 1, 4),
    (27, 1, 8),
    (28, 1, 8),
    (29, 256, 56),
    (30, 1, 2),
    (34, 256, 54),
    (35, 256, 66),
    (39, 32, 17),
    (40, 64, 36),
    (41, 128, 18),
];

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

/// A value of the type with this number, which is no array.
fn value(choices: &mut Choices<'_>, kind: u32) -> Vec<u8> {
    match kind {
        0 | 1 => choices.bytes(1),
        2 | 3 => choices.bytes(2),
        7 => vec![choices.byte() & 1],
        8 => string(choices.one(&["", "llama", "ä€😀", "\"\\\n", "\u{202e}", "a longer text with spaces"])),
        10..=12 => choices.bytes(8),
        _ => choices.bytes(4),
    }
}

/// A file with a few keys and tensors.
pub(crate) fn file(choices: &mut Choices<'_>) -> Vec<u8> {
    let (mut keys, mut tensors, mut elements) = (Vec::new(), Vec::new(), Vec::new());
    let alignment = match choices.below(3) {
        0 => 8usize << choices.below(6),
        _ => 32,
    };
    if alignment != 32 {
        keys.push([&string("general.alignment")[..], &4u32.to_le_bytes(), &(alignment as u32).to_le_bytes()].concat());
    }
    for number in 0..choices.below(6) {
        let kind = choices.below(13) as u32;
        let said = match kind {
            9 => {
                let (inner, count) = (choices.one(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12]), choices.below(5));
                let items: Vec<u8> = (0..count).flat_map(|_| value(choices, inner)).collect();
                [&inner.to_le_bytes()[..], &(count as u64).to_le_bytes(), &items].concat()
            }
            _ => value(choices, kind),
        };
        keys.push([&string(&choices.name(number))[..], &kind.to_le_bytes(), &said].concat());
    }
    for number in 0..choices.below(5) {
        let (kind, block, bytes) = choices.one(TYPES);
        let mut dims: Vec<usize> = (0..choices.below(5)).map(|_| choices.below(4)).collect();
        if let Some(first) = dims.first_mut() {
            *first *= block;
        }
        elements.resize(elements.len().next_multiple_of(alignment), 0);
        let offset = (elements.len() as u64).to_le_bytes();
        elements.extend(choices.bytes(dims.iter().product::<usize>() / block * bytes));
        let (rank, dims) = (dims.len() as u32, dims.iter().flat_map(|dim| (*dim as u64).to_le_bytes()));
        let dims: Vec<u8> = dims.collect();
        let name = string(&choices.name(number));
        tensors.push([&name[..], &rank.to_le_bytes(), &dims, &kind.to_le_bytes(), &offset].concat());
    }
    if choices.below(2) == 0 {
        elements.resize(elements.len().next_multiple_of(alignment), 0);
    }
    let version = [3u32, 2][choices.below(2)];
    let [tensor_count, key_count] = [&tensors, &keys].map(|all| (all.len() as u64).to_le_bytes());
    let head = [b"GGUF", &version.to_le_bytes()[..], &tensor_count, &key_count];
    let mut file = [&head.concat()[..], &keys.concat(), &tensors.concat()].concat();
    file.resize(file.len().next_multiple_of(alignment), 0);
    file.extend(elements);
    choices.edit(&mut file);
    file
}
