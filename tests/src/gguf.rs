//! GGUF files made by hand, because no writer would make them so.

/// What a header says, right or wrong.
#[derive(Clone, Debug)]
pub struct Header {
    /// The four bytes that it begins with.
    pub magic: [u8; 4],
    /// The version.
    pub version: u32,
    /// How many tensors it claims, if that is not how many there are.
    pub tensor_count: Option<u64>,
    /// How many keys it claims, if that is not how many there are.
    pub key_count: Option<u64>,
    /// Keys, each with its value: see [`key`].
    pub keys: Vec<Vec<u8>>,
    /// Tensors: see [`tensor`].
    pub tensors: Vec<Vec<u8>>,
    /// To how many bytes the header is padded.
    pub alignment: usize,
}

impl Default for Header {
    fn default() -> Header {
        Header {
            magic: *b"GGUF",
            version: 3,
            tensor_count: None,
            key_count: None,
            keys: Vec::new(),
            tensors: Vec::new(),
            alignment: 32,
        }
    }
}

impl Header {
    /// The header, without padding.
    pub fn bytes(&self) -> Vec<u8> {
        let count = |claimed: Option<u64>, all: &[Vec<u8>]| claimed.unwrap_or(all.len() as u64).to_le_bytes();
        let (tensors, keys) = (count(self.tensor_count, &self.tensors), count(self.key_count, &self.keys));
        [&self.magic[..], &self.version.to_le_bytes(), &tensors, &keys, &self.keys.concat(), &self.tensors.concat()]
            .concat()
    }

    /// A file of this header, padded, and these bytes.
    pub fn with(&self, elements: &[u8]) -> Vec<u8> {
        let mut file = self.bytes();
        file.resize(file.len().next_multiple_of(self.alignment), 0);
        file.extend(elements);
        file
    }
}

/// A string: its length and its bytes.
pub fn string(text: impl AsRef<[u8]>) -> Vec<u8> {
    let text = text.as_ref();
    [&(text.len() as u64).to_le_bytes(), text].concat()
}

/// A key, the number of a type, and the bytes of a value.
pub fn key(name: impl AsRef<[u8]>, kind: u32, value: &[u8]) -> Vec<u8> {
    [&string(name)[..], &kind.to_le_bytes(), value].concat()
}

/// The value of an array: the number of a type, how many items it claims, and their bytes.
pub fn array(kind: u32, count: u64, items: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &count.to_le_bytes(), items].concat()
}

/// A tensor: name, dims with the fastest first, the number of a type, offset.
pub fn tensor(name: impl AsRef<[u8]>, dims: &[u64], kind: i32, offset: u64) -> Vec<u8> {
    let rank = (dims.len() as u32).to_le_bytes();
    let dims: Vec<u8> = dims.iter().flat_map(|dim| dim.to_le_bytes()).collect();
    [&string(name)[..], &rank, &dims, &kind.to_le_bytes(), &offset.to_le_bytes()].concat()
}

/// A file of these tensors of bytes (`I8`), each with a shape, and these keys.
pub fn gguf(keys: &[Vec<u8>], tensors: &[(&str, &[u64], &[u8])]) -> Vec<u8> {
    let (mut described, mut elements) = (Vec::new(), Vec::new());
    for (name, dims, bytes) in tensors {
        described.push(tensor(name, dims, 24, elements.len() as u64));
        elements.extend(*bytes);
        elements.resize(elements.len().next_multiple_of(32), 0);
    }
    Header { keys: keys.to_vec(), tensors: described, ..Header::default() }.with(&elements)
}
