//! Files that lie where a checkpoint should, told by their first bytes: what each is, and what to do.

use wb::{Checkpoint, CheckpointError, Problem, ProblemKind};
use weighbridge_tests::files::npz;

/// What is said of a file, by its bytes alone.
#[track_caller]
fn said(bytes: &[u8]) -> String {
    match Checkpoint::open(bytes) {
        Err(CheckpointError::Container { problems, .. }) => {
            let [Problem { kind: ProblemKind::Format, message, .. }] = &problems[..] else { panic!("{problems:#?}") };
            message.clone()
        }
        other => panic!("{other:?}"),
    }
}

/// Some bytes that say nothing, after those that do.
fn padded(start: &[u8]) -> Vec<u8> {
    let rest = (0..400_u32).map(|i| (i * 7 + 129) as u8 | 0x80);
    start.iter().copied().chain(rest).collect()
}

#[test]
fn signatures_of_other_programs() {
    let mut tar = vec![b'a'; 600];
    tar[257..262].copy_from_slice(b"ustar");
    // what CVE-2025-32434 went through: it is never unpacked
    let mut torch = tar.clone();
    torch[..7].copy_from_slice(b"pickle\0");
    let mut table = padded(b"\0");
    table.extend(0xdb47_7524_8b80_fb57_u64.to_le_bytes());
    for (bytes, words) in [
        (padded(b"FUGG\x03\0\0\0"), "what a GGUF file becomes if its bytes are swapped"),
        (padded(b"tjgg\x03\0\0\0"), "a GGML file"),
        (padded(b"\x80\x02}q\0"), "a Python pickle that `torch.save` did not write, which can run arbitrary code"),
        (padded(b"\x08\x07\x12\x07pytorch\x1a"), "an ONNX model; get the checkpoint that it was exported from"),
        (padded(b"\x1c\0\0\0TFL3"), "a TensorFlow Lite model"),
        (table, "a part of a TensorFlow checkpoint; read it with `tf.train.load_checkpoint`"),
        (padded(b"\x81\xa6params\x82"), "a msgpack file (Flax); read it with `flax.serialization.msgpack_restore`"),
        (padded(b"\xde\x00\x20\xa5block"), "a msgpack file (Flax)"),
        (padded(b"\x89HDF\r\n\x1a\n"), "an HDF5 file (Keras, h5py); save its arrays as safetensors or npz"),
        (
            padded(b"\x93NUMPY\x01\0"),
            "a single .npy array without a name; save it with `numpy.savez(path, name=array)`",
        ),
        (padded(b"\x1f\x8b\x08\0"), "a gzip file; unpack it first"),
        (padded(b"\x04\x22\x4d\x18"), "an LZ4 file; unpack it first"),
        (padded(b"\x28\xb5\x2f\xfd"), "a Zstandard file; unpack it first"),
        (padded(b"BZh9"), "a bzip2 file; unpack it first"),
        (padded(b"\xfd7zXZ\0"), "an xz file; unpack it first"),
        (padded(b"7z\xbc\xaf\x27\x1c"), "a 7-Zip archive; unpack it first"),
        (padded(b"Rar!\x1a\x07\x01\0"), "a RAR archive; unpack it first"),
        (tar, "a tar archive; unpack it first"),
        (
            torch,
            "a tar archive of torch.save from before 0.1.10, whose pickle can run arbitrary code when it is opened; if",
        ),
        (padded(b"PAR1"), "a Parquet file"),
        (padded(b"ARROW1\0\0"), "an Arrow file"),
        (padded(b"SQLite format 3\0"), "an SQLite database"),
        (padded(b"%PDF-1.7"), "a PDF document"),
        (padded(b"\x89PNG\r\n\x1a\n"), "an image"),
        (padded(b"\x7fELF"), "a program"),
        (padded(b"\0\x05\x16\x07\0\x02\0\0"), "what macOS keeps beside a file"),
        (
            padded(b"\xff\xfe#\0 \0"),
            "a text in UTF-16, as older versions of PowerShell write it by `>`; save it as UTF-8",
        ),
        (npz(&[("metadata.json", vec![b'{'])]), "a Keras archive"),
        (npz(&[("model.safetensors", vec![0; 8])]), "a zip archive; unpack it first"),
        (vec![0; 5000], "a file of zeros, as an unfinished download leaves it; download or copy the checkpoint again"),
        (vec![], "an empty file; download or copy the checkpoint again"),
        (b"404".to_vec(), "no more than 8 bytes long (`404`), as a truncated download is"),
        (
            padded(b"\x93\x94\x95\x96"),
            "neither safetensors nor npz nor GGUF, and nothing else that is known here; check what wrote it",
        ),
    ] {
        let text = said(&bytes);
        assert!(text.starts_with(&format!("this is {words}")), "{text}");
        assert!(text.contains("; "), "it says what to do: {text}");
    }
}

#[test]
fn texts_are_quoted() {
    let page = "<!DOCTYPE html>\n<html><head>\n<title>Sign in \u{1b}to\n Example</title></head><body></body></html>";
    let refusal = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    let long = "word ".repeat(2000);
    for (text, words) in [
        ("Entry not found", "a text `Entry not found`, and no checkpoint; it may be the answer of a server"),
        ("Invalid \u{202e}credentials\n\n\tin header", "a text `Invalid \\u{202e}credentials in header`, and"),
        (&long, "a text that begins with `word word "),
        ("\u{feff}Entry not found", "a text `Entry not found`"),
        (" \n \t        ", "a text of white space; "),
        (
            page,
            "an HTML page (`Sign in \\u{1b}to Example`), which a server sent instead of the file; open it to see why",
        ),
        (refusal, "an XML text (`AccessDenied: Access Denied`); it may be the answer of a server"),
        (
            "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n",
            "a Git LFS pointer; run `git lfs pull`",
        ),
    ] {
        let said = said(text.as_bytes());
        assert!(said.starts_with(&format!("this is {words}")), "{said}");
        assert!(said.len() < 400, "{said}");
    }
}

#[test]
fn a_name_speaks_where_the_bytes_do_not() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model.onnx");
    std::fs::write(&path, padded(b"\x93\x94\x95\x96")).unwrap();
    let error = Checkpoint::open(&path).unwrap_err().to_string();
    assert!(
        error.ends_with("this is by its name an ONNX model; get the checkpoint that it was exported from"),
        "{error}"
    );
    // bytes come before names: a real file is opened, whatever it is called
    let bytes = weighbridge_tests::files::safetensors(&[("a", wb::DType::U8, &[1], &[1])]);
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(Checkpoint::open(&path).unwrap().len(), 1);
    // and a name that promises a checkpoint is told what the file is
    let path = directory.path().join("model.safetensors");
    std::fs::write(&path, npz(&[("archive/data.pkl", vec![0x80, 2])])).unwrap();
    let error = Checkpoint::open(&path).unwrap_err().to_string();
    assert!(
        error.contains("its name says that it is a safetensors file, but it is a file of PyTorch; rename"),
        "{error}"
    );
}

#[test]
fn json_in_place_of_weights_is_quoted() {
    let directory = tempfile::tempdir().unwrap();
    for (name, json, words) in [
        (
            "a.safetensors",
            r#"{"error":"Repository not found"}"#,
            "the answer of a server, which says `Repository not found`; download",
        ),
        (
            "a.npz",
            r#"{"error":{"code":404,"message":"No such object"}}"#,
            "the answer of a server, which says `No such object`; ",
        ),
        (
            "b.safetensors",
            r#"{"architectures":["A"],"hidden_size":4}"#,
            "the configuration of a model; give the path of the weights",
        ),
        ("c.safetensors", r#"{"weight_map":{"a":"a.safetensors"}}"#, "JSON text; an index of shards is named"),
        ("d.safetensors", "[1, 2]", "JSON text; an index of shards is named"),
    ] {
        let path = directory.path().join(name);
        std::fs::write(&path, json).unwrap();
        let error = Checkpoint::open(&path).unwrap_err().to_string();
        assert!(error.contains(&format!("file, but it is {words}")), "{error}");
    }
}

#[test]
fn a_byte_order_mark_is_told() {
    let lock = "\u{feff}# weighbridge lock 1\na F32 [2]\n";
    let error = Checkpoint::open(lock.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("the text begins with a byte order mark; save it without"), "{error}");
}
