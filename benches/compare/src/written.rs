//! Files of GGUF and of PyTorch: written by the programs that define them if Python has these, else as they write them.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::process::{Command, Stdio};

use serde_json::json;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::case::{Case, Element, Form};
use crate::run::{Python, script};

/// The library of Python that writes files of this form, if it is there.
pub(crate) fn program(form: Form, python: Option<&Python>) -> Option<(&Python, &'static str)> {
    let library = match form {
        Form::Gguf => "gguf",
        Form::Torch => "torch",
        Form::Safetensors | Form::Shards(_) | Form::Npz { .. } => return None,
    };
    python.filter(|python| python.versions.contains_key(library)).map(|python| (python, library))
}

/// Has a library of Python write the file, from a file of its elements.
pub(crate) fn by_program(case: &Case, python: &Python, library: &str) -> Result<(), Box<dyn Error>> {
    let raw = case.path().with_extension("raw");
    let mut out = BufWriter::new(File::create(&raw)?);
    (0..case.shapes.count()).try_for_each(|tensor| case.write(tensor, &mut out))?;
    out.flush()?;
    let tensor = |tensor| {
        let (name, shape) = (case.shapes.name(tensor), case.shapes.shape(tensor));
        json!([name, shape, case.element.bytes(case.shapes.elements(tensor))])
    };
    let tensors: Vec<_> = (0..case.shapes.count()).map(tensor).collect();
    let spec = json!({
        "library": library, "path": case.path(), "raw": raw, "dtype": case.element.dtype(), "tensors": tensors,
    });
    let mut child = Command::new(&python.path).arg(script()).arg("write").stdin(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(spec.to_string().as_bytes())?;
    }
    let status = child.wait()?;
    fs::remove_file(raw)?;
    if status.success() { Ok(()) } else { Err(format!("{library} could not write {}", case.path().display()).into()) }
}

const ALIGNMENT: usize = 32;

/// The file as gguf-py writes it.
pub(crate) fn gguf(case: &Case) -> io::Result<()> {
    fn text(out: &mut Vec<u8>, text: &str) {
        out.extend((text.len() as u64).to_le_bytes());
        out.extend(text.as_bytes());
    }
    let mut header = b"GGUF\x03\0\0\0".to_vec();
    header.extend((case.shapes.count() as u64).to_le_bytes());
    header.extend(1u64.to_le_bytes());
    text(&mut header, "general.architecture");
    header.extend(8u32.to_le_bytes());
    text(&mut header, "llama");
    let number: u32 = match case.element {
        Element::F32 | Element::F32OfBf16 => 0,
        Element::Bf16 => 30,
        Element::Q8_0 => 8,
        Element::Q4K => 12,
    };
    let (mut offset, length) = (0, |tensor| case.element.bytes(case.shapes.elements(tensor)));
    for tensor in 0..case.shapes.count() {
        let shape = case.shapes.shape(tensor);
        text(&mut header, &case.shapes.name(tensor));
        header.extend((shape.len() as u32).to_le_bytes());
        header.extend(shape.iter().rev().flat_map(|&dim| (dim as u64).to_le_bytes()));
        header.extend(number.to_le_bytes());
        header.extend((offset as u64).to_le_bytes());
        offset += length(tensor).next_multiple_of(ALIGNMENT);
    }
    header.resize(header.len().next_multiple_of(ALIGNMENT), 0);
    let mut out = BufWriter::new(File::create(case.path())?);
    out.write_all(&header)?;
    for tensor in 0..case.shapes.count() {
        case.write(tensor, &mut out)?;
        let padding = length(tensor).next_multiple_of(ALIGNMENT) - length(tensor);
        out.write_all(&[0; ALIGNMENT][..padding])?;
    }
    out.flush()
}

/// The archive as `torch.save` writes it, but for a pickle that repeats names where torch takes them from a memo.
pub(crate) fn torch(case: &Case) -> io::Result<()> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).with_alignment(64);
    let mut zip = ZipWriter::new(BufWriter::new(File::create(case.path())?));
    let member = |name: &str, zip: &mut ZipWriter<_>| zip.start_file(format!("archive/{name}"), options);
    member("data.pkl", &mut zip)?;
    zip.write_all(&pickle(case))?;
    member("byteorder", &mut zip)?;
    zip.write_all(b"little")?;
    for tensor in 0..case.shapes.count() {
        member(&format!("data/{tensor}"), &mut zip)?;
        case.write(tensor, &mut zip)?;
    }
    member("version", &mut zip)?;
    zip.write_all(b"3\n")?;
    zip.finish()?.flush()
}

/// A dictionary of tensors, each of which is all of its storage.
fn pickle(case: &Case) -> Vec<u8> {
    fn text(out: &mut Vec<u8>, text: &str) {
        out.push(b'X');
        out.extend((text.len() as u32).to_le_bytes());
        out.extend(text.as_bytes());
    }
    fn numbers(out: &mut Vec<u8>, numbers: &[usize]) {
        out.push(b'(');
        for &each in numbers {
            number(out, each);
        }
        out.push(b't');
    }
    fn number(out: &mut Vec<u8>, number: usize) {
        out.push(b'J');
        out.extend((number as i32).to_le_bytes());
    }
    let mut out = b"\x80\x02}(".to_vec();
    for tensor in 0..case.shapes.count() {
        let shape = case.shapes.shape(tensor);
        let strides: Vec<usize> = (1..=shape.len()).map(|axis| shape[axis..].iter().product()).collect();
        text(&mut out, &case.shapes.name(tensor));
        out.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        text(&mut out, "storage");
        out.extend(b"ctorch\nFloatStorage\n");
        text(&mut out, &tensor.to_string());
        text(&mut out, "cpu");
        number(&mut out, case.shapes.elements(tensor));
        out.extend(b"tQ");
        number(&mut out, 0);
        numbers(&mut out, &shape);
        numbers(&mut out, &strides);
        out.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    }
    out.extend(b"u.");
    out
}
