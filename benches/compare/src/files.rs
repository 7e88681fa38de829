//! Writes the files that are absent: by hand where the usual writers would hold all tensors in memory.

use std::error::Error;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::case::{Case, Form, shard_name};
use crate::run::Python;
use crate::written;

/// If this text changes, all files are written again. Change it whenever their contents change.
const RECIPE: &str = "1";

/// Writes the files that are absent, and reads all files once, so that they are in the page cache.
pub(crate) fn prepare(case: &Case, python: Option<&Python>) -> Result<(), Box<dyn Error>> {
    let program = written::program(case.form, python);
    if !there(case, program.map(|(_, library)| library)) {
        eprintln!("writing {}", case.path().display());
        for path in case.files() {
            fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
        }
        match (case.form, program) {
            (Form::Safetensors, _) => safetensors(case, &case.path(), 0..case.shapes.count())?,
            (Form::Shards(of), _) => shards(case, of)?,
            (Form::Npz { deflated }, _) => npz(case, deflated)?,
            (Form::Gguf | Form::Torch, Some((python, library))) => written::by_program(case, python, library)?,
            (Form::Gguf, None) => written::gguf(case)?,
            (Form::Torch, None) => written::torch(case)?,
        }
        fs::write(stamp(case), stamped(case, program.map(|(_, library)| library))?)?;
    }
    let mut piece = vec![0; 1 << 20];
    for path in case.files() {
        let mut file = File::open(path)?;
        while file.read(&mut piece)? > 0 {}
    }
    Ok(())
}

/// Files of several formats have one stem, so the whole name is in that of the stamp.
fn stamp(case: &Case) -> PathBuf {
    let mut name = case.path().into_os_string();
    name.push(".stamp");
    name.into()
}

/// The recipe, the length of each file, and the program that wrote them.
fn stamped(case: &Case, program: Option<&str>) -> io::Result<String> {
    let mut text = RECIPE.to_string();
    for path in case.files() {
        let _ = write!(text, " {}", fs::metadata(path)?.len());
    }
    if let Some(program) = program {
        let _ = write!(text, " by {program}");
    }
    Ok(text)
}

/// Whether the files are there. A file that a program wrote will do without that program too.
fn there(case: &Case, program: Option<&str>) -> bool {
    match (fs::read_to_string(stamp(case)), stamped(case, program)) {
        (Ok(before), Ok(now)) => before == now || before.starts_with(&format!("{now} by ")),
        _ => false,
    }
}

fn safetensors(case: &Case, path: &Path, tensors: Range<usize>) -> io::Result<()> {
    let (mut header, mut begin) = (String::from("{"), 0);
    for tensor in tensors.clone() {
        let end = begin + case.element.bytes(case.shapes.elements(tensor));
        let _ = write!(
            header,
            "{}\"{}\":{{\"dtype\":\"{}\",\"shape\":{:?},\"data_offsets\":[{begin},{end}]}}",
            if begin == 0 { "" } else { "," },
            case.shapes.name(tensor),
            case.element.dtype(),
            case.shapes.shape(tensor),
        );
        begin = end;
    }
    header.push('}');
    while !header.len().is_multiple_of(8) {
        header.push(' ');
    }
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for tensor in tensors {
        case.write(tensor, &mut out)?;
    }
    out.flush()
}

fn shards(case: &Case, of: usize) -> io::Result<()> {
    let all: usize = (0..case.shapes.count()).map(|tensor| case.shapes.elements(tensor)).sum();
    let (mut index, mut tensor, mut before) = (String::from("{\"weight_map\":{"), 0, 0);
    for shard in 0..of {
        let first = tensor;
        while tensor < case.shapes.count() && before < all / of * (shard + 1) {
            let comma = if tensor == 0 { "" } else { "," };
            let _ = write!(index, "{comma}\"{}\":\"{}\"", case.shapes.name(tensor), shard_name(shard, of));
            before += case.shapes.elements(tensor);
            tensor += 1;
        }
        safetensors(case, &case.path().join(shard_name(shard, of)), first..tensor)?;
    }
    index.push_str("}}");
    fs::write(case.path().join("model.safetensors.index.json"), index)
}

fn npz(case: &Case, deflated: bool) -> io::Result<()> {
    let method = if deflated { CompressionMethod::Deflated } else { CompressionMethod::Stored };
    let options = SimpleFileOptions::default().compression_method(method);
    let mut zip = ZipWriter::new(BufWriter::new(File::create(case.path())?));
    for tensor in 0..case.shapes.count() {
        zip.start_file(format!("{}.npy", case.shapes.name(tensor)), options)?;
        let shape: Vec<_> = case.shapes.shape(tensor).iter().map(usize::to_string).collect();
        let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", shape.join(", "));
        while !(10 + header.len() + 1).is_multiple_of(64) {
            header.push(' ');
        }
        header.push('\n');
        zip.write_all(b"\x93NUMPY\x01\x00")?;
        zip.write_all(&(header.len() as u16).to_le_bytes())?;
        zip.write_all(header.as_bytes())?;
        case.write(tensor, &mut zip)?;
    }
    zip.finish()?.flush()
}
