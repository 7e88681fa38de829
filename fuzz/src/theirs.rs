//! What other readers say of a file that we accept: gguf-py, and the crate `pytorch-reader`.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex};

use serde_json::Value;
use tempfile::TempDir;
use weighbridge::Checkpoint;

use crate::{listing, pytorch};

/// The Python that has gguf-py, for the target `gguf`; without it nothing is compared.
const PYTHON: &str = "WEIGHBRIDGE_GGUF_PYTHON";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/exchange/gguf_files.py");

/// What gguf-py refuses, and the format allows, by words of its error.
const GGUF_PY_REFUSES: &[&str] = &[
    // a scalar of BF16, which it takes for blocks: it asks for the last of no dims
    "IndexError: tuple index out of range",
    // a key with the name of one of the three that it adds itself
    "Duplicate GGUF.",
    // a tensor without elements, one of whose other dims is larger than numpy's arrays may be
    "array is too big",
];
/// What pytorch-reader refuses or reads otherwise, and torch reads as we do, by words of its error.
const PYTORCH_READER_REFUSES: &[&str] = &[
    // complex numbers, and floats of 8 and 4 bits
    "unsupported Python type 'torch.",
];

/// A place for the file that the others open.
static PLACE: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder for a file");
    let path = folder.path().join("file");
    (folder, path)
});

/// A process that is kept open, as it takes longer to start than to answer.
struct Answers {
    child: Child,
    lines: BufReader<ChildStdout>,
}

static GGUF_PY: LazyLock<Option<Mutex<Answers>>> = LazyLock::new(|| {
    let python = std::env::var_os(PYTHON)?;
    let mut command = Command::new(python);
    command.args([SCRIPT, "answer"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("Python starts");
    let lines = BufReader::new(child.stdout.take().expect("it is piped"));
    Some(Mutex::new(Answers { child, lines }))
});

impl Answers {
    fn of(&mut self, path: &str) -> Value {
        let ask = self.child.stdin.as_mut().expect("it is piped");
        writeln!(ask, "{path}").expect("Python takes a path");
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("Python answers");
        serde_json::from_str(&line).expect("an answer in JSON")
    }
}

/// Compares a GGUF file with what gguf-py reads.
pub(crate) fn gguf(checkpoint: &Checkpoint, bytes: &[u8]) {
    let Some(answers) = &*GGUF_PY else { return };
    let Ok(ours) = listing::listing(checkpoint) else { return };
    std::fs::write(&PLACE.1, bytes).expect("a file is written");
    let path = PLACE.1.to_str().expect("a path that is text");
    let mut theirs = answers.lock().expect("nothing panics with it").of(path);
    if let Some(refused) = theirs["refused"].as_str() {
        assert!(GGUF_PY_REFUSES.iter().any(|words| refused.contains(words)), "gguf-py refuses it: {refused}");
        return;
    }
    // we make floats of fewer types
    for (name, tensor) in theirs["tensors"].as_object_mut().expect("an object") {
        if ours["tensors"][name].get("floats").is_none() {
            tensor.as_object_mut().expect("an object").remove("floats");
        }
    }
    assert_eq!(ours, theirs, "gguf-py reads something else");
}

/// Compares a file of PyTorch with what pytorch-reader reads.
pub(crate) fn torch(checkpoint: &Checkpoint, bytes: &[u8]) {
    std::fs::write(&PLACE.1, bytes).expect("a file is written");
    if let Err(said) = pytorch::compare(checkpoint, &PLACE.1) {
        assert!(PYTORCH_READER_REFUSES.iter().any(|words| said.contains(words)), "pytorch-reader: {said}");
    }
}
