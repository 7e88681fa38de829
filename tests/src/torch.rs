//! Files of PyTorch made by hand: pickles opcode by opcode, and what is around them.

use crate::files::npz;

/// A pickle that is being written.
#[derive(Clone, Debug)]
pub struct Pickle(pub Vec<u8>);

/// A tensor of `f32` in a storage of so many elements.
#[derive(Clone, Copy, Debug)]
pub struct View<'v> {
    pub key: &'v str,
    pub count: i64,
    pub offset: i64,
    pub size: &'v [i64],
    pub stride: &'v [i64],
}

impl Default for Pickle {
    fn default() -> Self {
        Pickle(b"\x80\x02".to_vec())
    }
}

impl Pickle {
    /// The opcode of the protocol, and nothing else.
    pub fn new() -> Pickle {
        Pickle::default()
    }

    /// These bytes as they are.
    pub fn raw(mut self, bytes: &[u8]) -> Pickle {
        self.0.extend(bytes);
        self
    }

    pub fn text(self, text: &str) -> Pickle {
        self.raw(&[b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat())
    }

    pub fn int(self, number: i64) -> Pickle {
        match u8::try_from(number) {
            Ok(byte) => self.raw(&[b'K', byte]),
            Err(_) => self.raw(&[b"\x8a\x08", &number.to_le_bytes()[..]].concat()),
        }
    }

    pub fn global(self, module: &str, name: &str) -> Pickle {
        self.raw(format!("c{module}\n{name}\n").as_bytes())
    }

    pub fn ints(self, numbers: &[i64]) -> Pickle {
        numbers.iter().fold(self.raw(b"("), |pickle, number| pickle.int(*number)).raw(b"t")
    }

    /// A storage of this class.
    pub fn storage(self, class: &str, key: &str, count: i64) -> Pickle {
        let (module, name) = class.rsplit_once('.').unwrap();
        self.raw(b"(").text("storage").global(module, name).text(key).text("cpu").int(count).raw(b"tQ")
    }

    /// What follows the arguments' opening: a tensor of `f32`.
    pub fn view(self, View { key, count, offset, size, stride }: View<'_>) -> Pickle {
        let pickle =
            self.global("torch._utils", "_rebuild_tensor_v2").raw(b"(").storage("torch.FloatStorage", key, count);
        pickle.int(offset).ints(size).ints(stride).raw(b"\x89}tR")
    }

    /// A tensor that is all of its storage, `"0"` of two elements.
    pub fn pair(self) -> Pickle {
        self.view(View { key: "0", count: 2, offset: 0, size: &[2], stride: &[1] })
    }

    pub fn end(self) -> Vec<u8> {
        self.raw(b".").0
    }
}

/// A dictionary of names and what `value` writes for each.
pub fn dict(names: &[&str], value: impl Fn(Pickle, &str) -> Pickle) -> Vec<u8> {
    let begun = Pickle::new().raw(b"}(");
    names.iter().fold(begun, |pickle, name| value(pickle.text(name), name)).raw(b"u").end()
}

/// The bytes of the storage of [`Pickle::pair`].
pub fn pair() -> Vec<u8> {
    crate::files::f32s(&[1., 2.])
}

/// An archive as `torch.save` lays it out, in the folder `a`.
pub fn archive(pickle: &[u8], storages: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut members = vec![("a/data.pkl".to_owned(), pickle.to_vec()), ("a/byteorder".to_owned(), b"little".to_vec())];
    members.extend(storages.iter().map(|(key, bytes)| (format!("a/data/{key}"), bytes.clone())));
    members.push(("a/version".to_owned(), b"3\n".to_vec()));
    let members: Vec<(&str, Vec<u8>)> = members.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    npz(&members)
}

/// An archive with the storage of [`Pickle::pair`].
pub fn with_pair(pickle: &[u8]) -> Vec<u8> {
    archive(pickle, &[("0", pair())])
}

/// What is in front of the tensors in a file from before 1.6.
pub const LEGACY: &[u8] =
    b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}X\r\0\0\0little_endian\x88s.";

/// A file as before 1.6: a pickle, the list of the storages' keys, and of each the number of its elements and these.
pub fn legacy(pickle: &[u8], storages: &[(&str, i64, Vec<u8>)]) -> Vec<u8> {
    let keys = storages.iter().fold(Pickle::new().raw(b"]("), |keys, (key, ..)| keys.text(key)).raw(b"e").end();
    let mut file = [LEGACY, pickle, &keys].concat();
    for (_, count, bytes) in storages {
        file.extend(count.to_le_bytes());
        file.extend(bytes);
    }
    file
}
