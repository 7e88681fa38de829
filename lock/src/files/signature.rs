//! What a file is by its bytes: names and extensions are often wrong.

use std::io;

use super::foreign::{self, Foreign};
use super::name::{is_index_name, is_safetensors_name};
use super::text;

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A safetensors file.
    Safetensors,
    /// A zip archive, as an npz file is one.
    Zip,
    /// A GGUF file.
    Gguf,
    /// What `torch.save` writes: an archive with a pickle in it, or pickles and what they describe.
    Torch,
    /// JSON: perhaps the index of a sharded checkpoint.
    Json,
    /// The text of a lock, which has no tensors.
    Lock,
    /// Not a checkpoint: what it is, and what to do.
    Other(String),
}

impl From<Foreign> for FileKind {
    fn from(foreign: Foreign) -> FileKind {
        FileKind::Other(foreign.to_string())
    }
}

/// How a lock of any version starts.
const LOCK: &[u8] = b"# weighbridge lock";

/// How files start that people mistake for a checkpoint.
const MAGIC: &[(&[u8], Foreign)] = &[
    (b"version https://git-lfs", foreign::LFS),
    (b"FUGG", foreign::SWAPPED_GGUF),
    (b"tjgg", foreign::GGML),
    (b"fmgg", foreign::GGML),
    (b"lmgg", foreign::GGML),
    (b"\x93NUMPY", foreign::NPY),
    (b"\x89HDF\r\n\x1a\n", foreign::HDF5),
    (b"\x1f\x8b", foreign::GZIP),
    (b"BZh", foreign::BZIP2),
    (b"\x28\xb5\x2f\xfd", foreign::ZSTD),
    (b"\xfd7zXZ\x00", foreign::XZ),
    (b"\x04\x22\x4d\x18", foreign::LZ4),
    (b"\x02\x21\x4c\x18", foreign::LZ4),
    (b"7z\xbc\xaf\x27\x1c", foreign::SEVEN_ZIP),
    (b"Rar!\x1a\x07", foreign::RAR),
    (b"PAR1", foreign::PARQUET),
    (b"ARROW1", foreign::ARROW),
    (b"FEA1", foreign::ARROW),
    (b"SQLite format 3\0", foreign::SQLITE),
    (b"%PDF-", foreign::PDF),
    (b"\x89PNG\r\n\x1a\n", foreign::IMAGE),
    (b"\xff\xd8\xff", foreign::IMAGE),
    (b"GIF8", foreign::IMAGE),
    (b"\x7fELF", foreign::PROGRAM),
    (b"\x00\x05\x16\x07", foreign::APPLE_DOUBLE),
    (b"\xff\xfe", foreign::UTF_16),
    (b"\xfe\xff", foreign::UTF_16),
];

/// Looks at the first bytes of a file of `len` bytes, and at the last ones if those are inconclusive. `read` fills a
/// buffer from an offset on.
///
/// # Errors
/// Those of `read`.
pub fn file_kind(
    len: u64,
    name: Option<&str>,
    read: &mut dyn FnMut(u64, &mut [u8]) -> io::Result<()>,
) -> io::Result<FileKind> {
    if len == 0 {
        return Ok(foreign::EMPTY.into());
    }
    let mut buffer = [0; 512];
    let head = usize::try_from(len).map_or(buffer.len(), |len| len.min(buffer.len()));
    let head = buffer.get_mut(..head).unwrap_or_default();
    read(0, head)?;
    let head = &*head;

    // a safetensors file may start with any bytes, even another format's magic, so look for its header first
    if safetensors(head) {
        return Ok(FileKind::Safetensors);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        let kind = archive(head, name);
        return Ok(match kind == FileKind::Torch && text::ends_with_code(len, read)? {
            true => foreign::TORCH_SCRIPT.into(),
            false => kind,
        });
    }
    if head.starts_with(b"GGUF") {
        return Ok(FileKind::Gguf);
    }
    if let Some((_, foreign)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Ok((*foreign).into());
    }
    let words = head.strip_prefix(text::BOM).unwrap_or(head);
    if words.starts_with(LOCK) {
        return Ok(FileKind::Lock);
    }
    match words.trim_ascii_start() {
        [b'[', rest @ ..] if text::is_toml(rest) => {}
        [b'{' | b'[', ..] => return Ok(FileKind::Json),
        [b'<', ..] => return Ok(FileKind::Other(text::markup(len, read)?)),
        _ => {}
    }
    if torch(head) {
        return Ok(FileKind::Torch);
    }
    if let Some(foreign) = binary(head) {
        return Ok(foreign.into());
    }
    if head.iter().all(|&byte| byte == 0) {
        return Ok(foreign::ZEROS.into());
    }
    // if its length fits the file, a header that is not a JSON object is a broken header rather than none
    if length(head).is_some_and(|length| length != 0 && len.checked_sub(8).is_some_and(|rest| length <= rest)) {
        return Ok(FileKind::Safetensors);
    }
    let mut end = [0; 22];
    if let Some(at) = len.checked_sub(22) {
        read(at, &mut end)?;
    }
    // an archive with something in front of it, without a comment
    if end.starts_with(b"PK\x05\x06") {
        return Ok(FileKind::Zip);
    }
    // the table that a TensorFlow checkpoint's index is
    if end.ends_with(b"\x57\xfb\x80\x8b\x24\x75\x47\xdb") {
        return Ok(foreign::TENSORFLOW.into());
    }
    if len <= 8 {
        return Ok(FileKind::Other(text::short(head)));
    }
    if let Some(text) = text::plain(head, len) {
        return Ok(FileKind::Other(text));
    }
    Ok(match name.and_then(|name| foreign::by_name(&name.to_ascii_lowercase())) {
        Some(foreign) => FileKind::Other(format!("by its name {foreign}")),
        None => foreign::UNKNOWN.into(),
    })
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

/// Which zip archive it is, by its first member.
fn archive(head: &[u8], name: Option<&str>) -> FileKind {
    let len = head.get(26..28).and_then(<[u8]>::first_chunk).map_or(0, |len| usize::from(u16::from_le_bytes(*len)));
    let first = head.get(30..).and_then(|rest| rest.get(..len)).map(String::from_utf8_lossy).unwrap_or_default();
    let is_npz = name.is_some_and(|name| name.to_ascii_lowercase().ends_with(".npz"));
    if first == "data.pkl" || first.ends_with("/data.pkl") {
        FileKind::Torch
    } else if !is_npz && matches!(&*first, "metadata.json" | "config.json" | "model.weights.h5") {
        foreign::KERAS.into()
    } else if is_safetensors_name(&first) || is_index_name(&first) {
        foreign::ZIP.into()
    } else {
        FileKind::Zip
    }
}

/// Whether these are the pickles of `torch.save` from before 1.6: the first is a number that no other file begins with.
fn torch(head: &[u8]) -> bool {
    const NUMBER: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
    let begin = head.get(..32).unwrap_or(head);
    head.first() == Some(&0x80) && begin.windows(NUMBER.len()).any(|window| window == NUMBER)
}

/// Formats whose first bytes are a pattern and not a constant.
fn binary(head: &[u8]) -> Option<Foreign> {
    let is_text = |bytes: Option<&[u8]>| bytes.is_some_and(|bytes| bytes.iter().all(u8::is_ascii_graphic));
    let key = |at: usize, len: u8| {
        let end = at.checked_add(usize::from(len))?;
        head.get(at..end)
    };
    match head {
        [0x80, 2..=5, ..] => Some(foreign::PICKLE),
        // a map whose first key is a short text
        [0x81..=0x8f, len @ 0xa1..=0xbf, ..] if is_text(key(2, len & 0x1f)) => Some(foreign::MSGPACK),
        [0xde, _, _, len @ 0xa1..=0xbf, ..] if is_text(key(4, len & 0x1f)) => Some(foreign::MSGPACK),
        // a version, and the name of what wrote it
        [0x08, 1..=30, 0x12, len @ 2..=64, ..] if is_text(key(4, *len)) => Some(foreign::ONNX),
        _ if head.get(4..8) == Some(b"TFL3") => Some(foreign::TFLITE),
        _ if head.get(257..262) == Some(b"ustar") => {
            const FIRST: [&[u8]; 4] = [b"sys_info\0", b"pickle\0", b"storages\0", b"tensors\0"];
            let is_torch = FIRST.iter().any(|name| head.starts_with(name));
            Some(if is_torch { foreign::TORCH_TAR } else { foreign::TAR })
        }
        _ => None,
    }
}

/// The problem with a name that promises another format.
pub fn contradiction(name: &str, kind: &FileKind) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let (promised, kept) = if lower.ends_with(".index.json") || is_index_name(name) {
        ("an index", matches!(kind, FileKind::Json))
    } else if is_safetensors_name(name) {
        ("a safetensors file", matches!(kind, FileKind::Safetensors))
    } else if lower.ends_with(".npz") {
        ("an npz file", matches!(kind, FileKind::Zip))
    } else if lower.ends_with(".gguf") {
        ("a GGUF file", matches!(kind, FileKind::Gguf))
    } else if lower.ends_with(".lock") {
        ("a lock", matches!(kind, FileKind::Lock))
    } else {
        return None;
    };
    let really = match kind {
        _ if kept => return None,
        FileKind::Safetensors => "a safetensors file; rename it to end in `.safetensors`",
        FileKind::Zip => {
            "a zip archive, as `.npz` files and those of `torch.save` are; rename it to end in `.npz`, or in `.pt` if it is \
             PyTorch's"
        }
        FileKind::Gguf => "a GGUF file; rename it to end in `.gguf`",
        FileKind::Torch => "a file of PyTorch; rename it to end in `.pt`",
        FileKind::Json => "JSON text; an index of shards is named `*.safetensors.index.json`",
        FileKind::Lock => "the lock of a checkpoint; rename it to end in `.lock`",
        FileKind::Other(what) => what,
    };
    Some(format!("its name says that it is {promised}, but it is {really}"))
}
