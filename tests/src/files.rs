//! Files made by hand, because no writer would make them so.

use wb::DType;

/// A safetensors file: these tensors one after another, the header padded as the reference writer does it.
pub fn safetensors(tensors: &[(&str, DType, &[usize], &[u8])]) -> Vec<u8> {
    let mut header = described(tensors);
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    raw_safetensors(&header, &elements(tensors))
}

/// The same without padding, as MLX writes it: the elements may start at any byte.
pub fn unaligned_safetensors(tensors: &[(&str, DType, &[usize], &[u8])]) -> Vec<u8> {
    raw_safetensors(&described(tensors), &elements(tensors))
}

/// A safetensors file of this header and these bytes.
pub fn raw_safetensors(header: &str, elements: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), elements].concat()
}

fn described(tensors: &[(&str, DType, &[usize], &[u8])]) -> String {
    let mut start = 0;
    let described: Vec<_> = tensors
        .iter()
        .map(|(name, dtype, shape, bytes)| {
            let end = start + bytes.len();
            let text = format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{start},{end}]}}"#);
            start = end;
            text
        })
        .collect();
    format!("{{{}}}", described.join(","))
}

fn elements(tensors: &[(&str, DType, &[usize], &[u8])]) -> Vec<u8> {
    tensors.iter().flat_map(|(.., bytes)| bytes.iter().copied()).collect()
}

/// A `.npy` array; `shape` as Python writes it.
pub fn npy(descr: &str, fortran: bool, shape: &str, elements: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let dictionary = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
    let length = (dictionary.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], dictionary.as_bytes(), elements].concat()
}

/// An archive of these members, stored one after another without alignment.
pub fn npz(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in members {
        let start = file.len() as u32;
        let size = (bytes.len() as u32).to_le_bytes();
        let name_len = (name.len() as u16).to_le_bytes();
        let crc = crc32fast::hash(bytes).to_le_bytes();
        // version, flags, method, time and date, checksum, both sizes, length of the name, no extra field
        let common = [&[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0], &crc[..], &size, &size, &name_len, &[0, 0]].concat();
        file.extend([b"PK\x03\x04", &common[..], name.as_bytes(), bytes].concat());
        let rest = [&[0; 10][..], &start.to_le_bytes()].concat();
        directory.extend([b"PK\x01\x02\x14\x00", &common[..], &rest, name.as_bytes()].concat());
    }
    let count = (members.len() as u16).to_le_bytes();
    let (at, size) = ((file.len() as u32).to_le_bytes(), (directory.len() as u32).to_le_bytes());
    let end = [b"PK\x05\x06\0\0\0\0", &count[..], &count, &size, &at, &[0, 0]].concat();
    [file, directory, end].concat()
}

/// The bytes of these numbers.
pub fn f32s(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}
