//! Detects the format of a file by its bytes: names and extensions are often wrong.
#![forbid(unsafe_code)]

use std::io;
use std::path::Path;

use crate::error::{Problem, ProblemKind};
use crate::reader::ReadAt;

/// The formats that can be detected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Safetensors,
    Zip,
    /// A JSON object: perhaps the index of a sharded checkpoint.
    Json,
    /// The text of a lock, which has no tensors.
    Lock,
    /// A format that is not supported: its name, and what to do.
    Other(&'static str),
}

/// How a lock of any version starts.
const LOCK: &[u8] = b"# weighbridge lock";

const UNKNOWN: &str = "neither safetensors nor npz";

/// How files start that people mistake for a checkpoint.
const MAGIC: &[(&[u8], Format)] = &[
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip),
    (
        b"version https://git-lfs",
        Format::Other("a Git LFS pointer; run `git lfs pull` to fetch the file it stands for"),
    ),
    (b"GGUF", Format::Other("a GGUF file, which is not read here; get the checkpoint's safetensors")),
    (b"\x93NUMPY", Format::Other("a single .npy array without a name; save it with `numpy.savez(path, name=array)`")),
    (b"\x89HDF\r\n\x1a\n", Format::Other("an HDF5 file (Keras, h5py); save its arrays as safetensors or npz")),
    (b"\x1f\x8b", Format::Other("a gzip file; unpack it first")),
    (LOCK, Format::Lock),
    (b"BZh", Format::Other("a bzip2 file; unpack it first")),
    (b"\x28\xb5\x2f\xfd", Format::Other("a Zstandard file; unpack it first")),
    (b"\xfd7zXZ\x00", Format::Other("an xz file; unpack it first")),
    (b"7z\xbc\xaf\x27\x1c", Format::Other("a 7-Zip archive; unpack it first")),
];

const PICKLE: &str = "a Python pickle (torch.save), which can run arbitrary code when it is opened; if you trust it, \
                      convert it with `safetensors.torch.save_file`";
const HTML: &str = "an HTML page, which a server sent instead of the file; open it to see why";
const TAR: &str = "a tar archive; unpack it first (an old torch.save file: convert it with \
                   `safetensors.torch.save_file`)";

/// Looks at the first bytes, and at the last ones if those are inconclusive.
pub(crate) fn format(reader: &dyn ReadAt) -> io::Result<Format> {
    let len = reader.len();
    if len == 0 {
        return Ok(Format::Other("an empty file; download or copy it again"));
    }
    let mut buffer = [0; 512];
    let head = usize::try_from(len).map_or(buffer.len(), |len| len.min(buffer.len()));
    let head = buffer.get_mut(..head).unwrap_or_default();
    reader.read_exact_at(0, head)?;
    let head = &*head;

    // a safetensors file may start with any bytes, even another format's magic, so look for its header first
    if safetensors(head) {
        return Ok(Format::Safetensors);
    }
    if let Some((_, format)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Ok(*format);
    }
    let words = head.trim_ascii_start();
    if words.starts_with(b"{") {
        return Ok(Format::Json);
    }
    if words.starts_with(b"<") || words.starts_with(b"\xef\xbb\xbf<") {
        return Ok(Format::Other(HTML));
    }
    if let [0x80, 2..=5, ..] = head {
        return Ok(Format::Other(PICKLE));
    }
    if head.get(257..262) == Some(b"ustar") {
        return Ok(Format::Other(TAR));
    }
    if head.iter().all(|&byte| byte == 0) {
        return Ok(Format::Other("a file of zeros, as an unfinished download leaves it; download or copy it again"));
    }
    // if its length fits the file, a header that is not a JSON object is a broken header rather than none
    if length(head).is_some_and(|length| length != 0 && len.checked_sub(8).is_some_and(|rest| length <= rest)) {
        return Ok(Format::Safetensors);
    }
    if ends_like_zip(reader)? {
        return Ok(Format::Zip);
    }
    if len <= 8 {
        return Ok(Format::Other("no more than 8 bytes long, as a truncated download is; download or copy it again"));
    }
    Ok(Format::Other(UNKNOWN))
}

fn length(head: &[u8]) -> Option<u64> {
    head.first_chunk().map(|prefix| u64::from_le_bytes(*prefix))
}

/// Whether a header starts after eight bytes that are not text. The safetensors reader refuses an absurd length.
fn safetensors(head: &[u8]) -> bool {
    let (Some(length), Some(header)) = (length(head), head.get(8..)) else { return false };
    let white = header.len().saturating_sub(header.trim_ascii_start().len());
    let brace = header.trim_ascii_start().starts_with(b"{");
    let text = head.iter().take(8).all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~'));
    // a header that is padded in front shows only white space here
    let padded = !header.is_empty() && white == header.len();
    match length {
        0 => brace,
        _ if length < 1 << 40 => brace || padded,
        _ => brace && white == 0 && !text,
    }
}

/// Whether the file ends like a zip archive without a comment: an archive with something in front of it.
fn ends_like_zip(reader: &dyn ReadAt) -> io::Result<bool> {
    let mut end = [0; 22];
    let Some(at) = reader.len().checked_sub(22) else { return Ok(false) };
    reader.read_exact_at(at, &mut end)?;
    Ok(end.starts_with(b"PK\x05\x06"))
}

/// Whether the file name is that of a lock.
pub(crate) fn is_named_lock(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("lock"))
}

/// The problem with a name that promises another format.
pub(crate) fn contradiction(path: &Path, format: &Format) -> Option<Problem> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let (promised, kept) = if name.ends_with(".index.json") {
        ("an index", matches!(format, Format::Json))
    } else if name.ends_with(".safetensors") {
        ("a safetensors file", matches!(format, Format::Safetensors))
    } else if name.ends_with(".npz") {
        ("an npz file", matches!(format, Format::Zip))
    } else if name.ends_with(".lock") {
        ("a lock", matches!(format, Format::Lock))
    } else {
        return None;
    };
    let really = match format {
        _ if kept => return None,
        Format::Safetensors => "a safetensors file; rename it to end in `.safetensors`",
        Format::Zip => {
            "a zip archive, as `.npz` files and those of `torch.save` are; rename it to end in `.npz` if it is one, and \
             convert it with `safetensors.torch.save_file` if it is PyTorch's"
        }
        Format::Json => "JSON text; an index of shards is named `*.safetensors.index.json`",
        Format::Lock => "the lock of a checkpoint; rename it to end in `.lock`",
        Format::Other(what) => what,
    };
    Some(Problem::new(ProblemKind::Format, format!("its name says that it is {promised}, but it is {really}")))
}
