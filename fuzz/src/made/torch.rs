//! Files of PyTorch.

use super::Choices;

/// Classes of storages, and the bytes of an element.
const STORAGES: &[(&str, usize)] = &[
    ("FloatStorage", 4),
    ("DoubleStorage", 8),
    ("HalfStorage", 2),
    ("BFloat16Storage", 2),
    ("LongStorage", 8),
    ("IntStorage", 4),
    ("ShortStorage", 2),
    ("CharStorage", 1),
    ("ByteStorage", 1),
    ("BoolStorage", 1),
];
/// What has no class of its own: the storage is bytes, and the tensor says the dtype.
const UNTYPED: &[(&str, usize)] = &[("uint16", 2), ("uint32", 4), ("uint64", 8)];

/// A storage: its class, the dtype if the class is that of bytes, the elements that it is said to have, and what it has.
pub(crate) struct Storage {
    class: (&'static str, &'static str),
    of: Option<&'static str>,
    /// How many elements a view of it counts.
    held: usize,
    pub(crate) count: i64,
    pub(crate) bytes: Vec<u8>,
}

fn text(pickle: &mut Vec<u8>, text: &str) {
    pickle.push(b'X');
    pickle.extend((text.len() as u32).to_le_bytes());
    pickle.extend(text.as_bytes());
}

fn int(pickle: &mut Vec<u8>, number: usize) {
    match u8::try_from(number) {
        Ok(byte) => pickle.extend([b'K', byte]),
        Err(_) => {
            pickle.push(b'J');
            pickle.extend((number as i32).to_le_bytes());
        }
    }
}

fn ints(pickle: &mut Vec<u8>, numbers: &[usize]) {
    pickle.push(b'(');
    numbers.iter().for_each(|number| int(pickle, *number));
    pickle.push(b't');
}

fn storage(choices: &mut Choices<'_>, held: usize) -> Storage {
    let (class, of, width) = match choices.below(4) {
        0 => {
            let (of, width) = choices.one(UNTYPED);
            (("torch.storage", "UntypedStorage"), Some(of), width)
        }
        _ => {
            let (class, width) = choices.one(STORAGES);
            (("torch", class), None, width)
        }
    };
    let mut bytes = choices.bytes(held * width);
    if class.1 == "BoolStorage" {
        bytes.iter_mut().for_each(|byte| *byte &= 1);
    }
    let count = if of.is_some() { bytes.len() } else { held };
    Storage { class, of, held, count: count as i64, bytes }
}

/// The size and strides of a view, and how many elements it reaches.
fn view(choices: &mut Choices<'_>) -> (Vec<usize>, Vec<usize>, usize) {
    let rank = choices.below(4);
    let size: Vec<usize> = (0..rank).map(|_| [1, 2, 3, 0, 4][choices.below(5)]).collect();
    let mut strides = vec![1; rank];
    let mut next = 1;
    // dims in some order, with gaps at times
    let first = choices.below(rank.max(1));
    for at in (0..rank).map(|at| (at + first) % rank).rev() {
        strides[at] = next * [1, 1, 1, 2][choices.below(4)];
        next = strides[at] * size[at].max(1);
    }
    let reach = size.iter().zip(&strides).map(|(size, stride)| size.saturating_sub(1) * stride).sum::<usize>() + 1;
    (size, strides, reach)
}

fn tensor(choices: &mut Choices<'_>, pickle: &mut Vec<u8>, storages: &mut Vec<Storage>) {
    let (size, strides, reach) = view(choices);
    // one that is there and has room, or a new one, as none is without a tensor
    let number = match storages.iter().position(|storage| storage.held >= reach) {
        Some(number) if choices.below(2) == 1 => number,
        _ if storages.len() < 10 => {
            let more = choices.below(3);
            storages.push(storage(choices, reach + more));
            storages.len() - 1
        }
        _ => 0,
    };
    let storage = &storages[number];
    let offset = choices.below((storage.held + 1).saturating_sub(reach).max(1));
    let wrapped = choices.below(4);
    match wrapped {
        1 => pickle.extend(b"ctorch._utils\n_rebuild_parameter\n("),
        2 => pickle.extend(b"ctorch._tensor\n_rebuild_from_type_v2\n("),
        _ => {}
    }
    let name: &[u8] = if storage.of.is_some() { b"_rebuild_tensor_v3\n" } else { b"_rebuild_tensor_v2\n" };
    pickle.extend([b"ctorch._utils\n", name].concat());
    // a call that another makes has its arguments beside it
    if wrapped == 2 {
        pickle.extend(b"ctorch.nn.parameter\nParameter\n");
    }
    pickle.push(b'(');
    pickle.push(b'(');
    text(pickle, "storage");
    pickle.extend(format!("c{}\n{}\n", storage.class.0, storage.class.1).as_bytes());
    text(pickle, &number.to_string());
    text(pickle, choices.one(&["cpu", "cuda:0"]));
    int(pickle, storage.count as usize);
    pickle.extend(b"tQ");
    int(pickle, offset);
    ints(pickle, &size);
    ints(pickle, &strides);
    pickle.extend(b"\x89ccollections\nOrderedDict\n)R");
    if let Some(of) = storage.of {
        pickle.extend(format!("ctorch\n{of}\n").as_bytes());
    }
    pickle.push(b't');
    match wrapped {
        1 => pickle.extend(b"R\x88ccollections\nOrderedDict\n)RtR"),
        2 => pickle.extend(b"}tR"),
        _ => pickle.push(b'R'),
    }
}

/// A pickle of names and tensors, some below others, and the storages.
pub(crate) fn pickle(choices: &mut Choices<'_>) -> (Vec<u8>, Vec<Storage>) {
    let mut storages = Vec::new();
    let mut pickle = match choices.below(2) {
        0 => b"\x80\x02}(".to_vec(),
        _ => b"\x80\x02ccollections\nOrderedDict\n)R(".to_vec(),
    };
    let mut below = 0;
    for number in 0..choices.below(6) {
        text(&mut pickle, &choices.name(number));
        match choices.below(6) {
            0 => {
                pickle.extend(b"}(");
                below += 1;
                text(&mut pickle, "inner");
                tensor(choices, &mut pickle, &mut storages);
            }
            1 => {
                pickle.extend(b"](");
                (0..=choices.below(3)).for_each(|_| tensor(choices, &mut pickle, &mut storages));
                pickle.push(b'e');
            }
            2 => {
                pickle.extend(b"}(K\x07");
                tensor(choices, &mut pickle, &mut storages);
                pickle.push(b'u');
            }
            _ => tensor(choices, &mut pickle, &mut storages),
        }
        if below > 0 && choices.below(2) == 1 {
            pickle.push(b'u');
            below -= 1;
        }
    }
    pickle.extend(vec![b'u'; below + 1]);
    pickle.push(b'.');
    choices.edit(&mut pickle);
    (pickle, storages)
}
