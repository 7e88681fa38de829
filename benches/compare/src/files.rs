//! Writes the files that are absent: by hand where the usual writers would hold all tensors in memory.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::case::{Case, Form, Shapes, shard_name};

/// If this text changes, all files are written again. Change it whenever their contents change.
const RECIPE: &str = "1";

/// Writes the files that are absent, and reads all files once, so that they are in the page cache.
pub(crate) fn prepare(case: &Case) -> io::Result<()> {
    if !there(case) {
        eprintln!("writing {}", case.path().display());
        for path in case.files() {
            fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
        }
        match case.form {
            Form::Safetensors => safetensors(case, &case.path(), 0..case.shapes.count())?,
            Form::Shards(of) => shards(case, of)?,
            Form::Npz { deflated } => npz(case, deflated)?,
        }
        fs::write(stamp(case), stamped(case)?)?;
    }
    let mut piece = vec![0; 1 << 20];
    for path in case.files() {
        let mut file = File::open(path)?;
        while file.read(&mut piece)? > 0 {}
    }
    Ok(())
}

fn stamp(case: &Case) -> PathBuf {
    case.path().with_extension("stamp")
}

/// The recipe, and the length of each file.
fn stamped(case: &Case) -> io::Result<String> {
    let mut text = RECIPE.to_string();
    for path in case.files() {
        let _ = write!(text, " {}", fs::metadata(path)?.len());
    }
    Ok(text)
}

fn there(case: &Case) -> bool {
    match (fs::read_to_string(stamp(case)), stamped(case)) {
        (Ok(before), Ok(now)) => before == now,
        _ => false,
    }
}

fn safetensors(case: &Case, path: &Path, tensors: Range<usize>) -> io::Result<()> {
    let (mut header, mut begin) = (String::from("{"), 0);
    for tensor in tensors.clone() {
        let end = begin + case.shapes.elements(tensor) * case.element.width();
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
        elements(case, tensor, &mut out)?;
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
        elements(case, tensor, &mut zip)?;
    }
    zip.finish()?.flush()
}

/// The elements of a tensor, by their numbers in the file.
fn elements(case: &Case, tensor: usize, out: &mut impl Write) -> io::Result<()> {
    let first = match case.shapes {
        Shapes::Llama(_) => (0..tensor).map(|before| case.shapes.elements(before)).sum(),
        Shapes::Experts | Shapes::Alike(..) => tensor * case.shapes.elements(tensor),
    };
    let mut bytes = Vec::new();
    for number in first..first + case.shapes.elements(tensor) {
        case.element.write(case.element.value(number), &mut bytes);
    }
    out.write_all(&bytes)
}
