//! What `verify` opens is what a load opens, by the same rules.

use std::fs;
use std::path::Path;

use super::read;

/// A safetensors file of one tensor of one byte.
fn one(name: &str) -> Vec<u8> {
    let header = format!(r#"{{"{name}":{{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}}"#);
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[7]].concat()
}

/// Reads a directory of these files, and gives the names of its tensors or what is said, with `DIR` for its path.
fn read_directory(files: &[(&str, &[u8])], below: &str) -> Result<Vec<String>, String> {
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let shown = Path::new("DIR").join(below);
    let read = read(&directory.path().join(below), shown.to_str().unwrap());
    Ok(read?.lock.tensors().map(|(name, ..)| name).collect())
}

const INDEX: &str = "model.safetensors.index.json";
const WHOLE: &str = "model.safetensors";

#[test]
fn directories_are_opened_as_a_load_opens_them() {
    let index = br#"{"weight_map":{"a":"model.safetensors"}}"#;
    let [a, b] = ["a", "b"].map(one);
    for (files, names) in [
        // as mlx-lm writes it, and with what macOS leaves beside files
        (&[(INDEX, &index[..]), (WHOLE, &a), ("._model.safetensors", b"\0\x05\x16\x07")][..], &["a"][..]),
        (&[("model.safetensors.index.fp16.json", index), (WHOLE, &a), ("other.safetensors", &b)], &["a"]),
        (&[("model-00001-of-00001.safetensors", &b)], &["b"]),
        (&[("model.SAFETENSORS", &b), ("config.json", b"{}")], &["b"]),
    ] {
        assert_eq!(read_directory(files, "").unwrap(), names);
    }
    let shards = br#"{"weight_map":{"a":"1.safetensors"}}"#;
    for (files, words) in [
        (
            &[(INDEX, &shards[..]), ("1.safetensors", &a), (WHOLE, &b)][..],
            "`model.safetensors`, which is not in that list; ",
        ),
        (
            &[("model-00001-of-00004.safetensors", &a)],
            "download `model-{00002..=00004}-of-00004.safetensors` and `model",
        ),
        (&[("model.pkl", b"\x80\x02")], "but `model.pkl`, by name a Python pickle"),
        (&[("unet/model.safetensors", &a)], "give the path of a folder below that has one: `unet`"),
        (
            &[(WHOLE, br#"{"error":"Entry not found"}"#)],
            "but it is the answer of a server, which says `Entry not found`; ",
        ),
        (&[(INDEX, br#"{"model_type":"a"}"#)], "not an index of shards but the configuration of a model; "),
        (&[(INDEX, br#"{"weight_map":{}}"#), ("1.safetensors", &a)], "`weight_map` is empty"),
        (&[(INDEX, b"\xef\xbb\xbf{}")], "the text begins with a byte order mark"),
        (
            &[(INDEX, br#"{"weight_map":{"a":"./1.safetensors"}}"#), ("1.safetensors", &a)],
            "names nothing; write `1.safetensors`",
        ),
        (
            &[(INDEX, shards), ("1.safetensors", b"version https://git-lfs.github.com/spec/v1\n")],
            "is a Git LFS pointer; ",
        ),
    ] {
        let said = read_directory(files, "").unwrap_err();
        assert!(said.starts_with("DIR") && said.contains(words), "{said}");
    }
}

#[test]
fn a_file_is_what_its_bytes_say() {
    for (name, bytes, words) in [
        (
            "a.safetensors",
            &b"Entry not found"[..],
            "its name says that it is a safetensors file, but it is a text `Entry not found`",
        ),
        ("a.gguf", b"GGUF\x03\0\0\0\x01\0\0\0\0\0\0\0", "a GGUF file is not read while compiling; "),
        (
            "a.lock",
            b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            "its name says that it is a lock, but it is a zip archive",
        ),
        ("a.bin", b"\x80\x02}q\x00(X\x06\x00", "this is a Python pickle that `torch.save` did not write"),
    ] {
        let said = read_directory(&[(name, bytes)], name).unwrap_err();
        assert!(said.starts_with(&format!("DIR/{name}: {words}")), "{said}");
    }
    // whatever it is called
    assert_eq!(read_directory(&[("a.bin", &one("a"))], "a.bin").unwrap(), ["a"]);
    assert_eq!(read_directory(&[("a.txt", b"# weighbridge lock 1\na F32 [2]\n")], "a.txt").unwrap(), ["a"]);
}

#[test]
fn what_is_no_path_says_so() {
    for (path, words) in
        [("https://example.org/a.safetensors", "this is an address"), ("~/a.npz", "`~` is replaced by a shell")]
    {
        let said = read(&Path::new("/no-such").join(path), path).err().unwrap();
        assert!(said.starts_with(&format!("`{path}`: {words}")), "{said}");
    }
}
