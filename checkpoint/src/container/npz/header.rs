//! The `.npy` header: a Python dictionary with dtype, order and shape.
//!
//! `npyz` can read it, but accepts some headers that contradict themselves and panics on others. So a strict parser
//! reads the text first, and both must agree. A text that equals, word for word, what numpy or MLX would write for the
//! parsed values has only one reading, so `npyz` is skipped.

use std::io::{self, Read};

use crate::container::archive::is_of_system;
use crate::dtype::DType;
use crate::error::{Problem, ProblemKind};
use crate::limits::Limits;
use crate::shape::Shape;
use weighbridge_lock::{counted, shown};

/// The contents of a header, in this crate's types.
#[derive(Clone, Debug)]
pub(super) struct Array {
    pub(super) dtype: DType,
    pub(super) shape: Shape,
    pub(super) bytes: usize,
    /// Column-major, and not just in name: at least two dims differ from 1.
    pub(super) fortran: bool,
    /// The width of the numbers whose bytes must be swapped; 1 if none do.
    pub(super) swap: usize,
}

/// A parsed header.
pub(super) struct NpyHeader {
    pub(super) array: Array,
    /// The length of the header with its magic.
    pub(super) length: usize,
    /// The CRC-32 of the header.
    pub(super) sum: u32,
}

fn header(message: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Header, message)
}

/// How many different headers are cached, and the greatest length of one.
const KEPT: usize = 32;
const KEPT_BYTES: usize = 1024;

/// Reads the headers of one member after another. The arrays of a model have few distinct headers, so parsed headers
/// are cached.
#[derive(Default)]
pub(super) struct NpyHeaders {
    text: Vec<u8>,
    kept: Vec<(Vec<u8>, Array)>,
}

impl NpyHeaders {
    /// Reads a header from the start of a member.
    pub(super) fn read(&mut self, member: &mut dyn Read, limits: &Limits) -> Result<NpyHeader, Problem> {
        let (length, sum) = self.fill(member, limits)?;
        let array = match self.kept.iter().find(|(text, _)| *text == self.text) {
            Some((_, array)) => array.clone(),
            None => {
                let array = array(&self.text, limits)?;
                if self.kept.len() < KEPT && self.text.len() <= KEPT_BYTES {
                    self.kept.push((self.text.clone(), array.clone()));
                }
                array
            }
        };
        Ok(NpyHeader { array, length, sum })
    }

    /// Reads the text of a header. Returns the length and the CRC-32 of the whole header.
    fn fill(&mut self, member: &mut dyn Read, limits: &Limits) -> Result<(usize, u32), Problem> {
        let mut sum = crc32fast::Hasher::new();
        let mut fill = |buffer: &mut [u8]| {
            member.read_exact(buffer).map_err(unread)?;
            sum.update(buffer);
            Ok(())
        };
        let mut start = [0; 8];
        fill(&mut start)?;
        let [magic @ .., major, minor] = start;
        if magic != *b"\x93NUMPY" {
            return Err(Problem::new(ProblemKind::Format, "not a .npy array: it does not begin with the magic of one"));
        }
        let (length, prefix) = match (major, minor) {
            (1, 0) => {
                let mut length = [0; 2];
                fill(&mut length)?;
                (usize::from(u16::from_le_bytes(length)), 10usize)
            }
            (2 | 3, 0) => {
                let mut length = [0; 4];
                fill(&mut length)?;
                (usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX), 12)
            }
            _ => return Err(header(format!("version {major}.{minor} of .npy is not known; 1.0, 2.0 and 3.0 are"))),
        };
        if length > limits.npy_header_byte_len {
            let found = format!("the .npy header claims {}", counted(length, "byte"));
            return Err(Problem::limit(found, "npy_header_byte_len", limits.npy_header_byte_len));
        }
        self.text.resize(length, 0);
        fill(&mut self.text)?;
        Ok((prefix.saturating_add(length), sum.finalize()))
    }
}

/// Parses the text of a header.
fn array(text: &[u8], limits: &Limits) -> Result<Array, Problem> {
    // Latin-1 and UTF-8 differ only in field names of structured arrays, which are not supported
    let text = str::from_utf8(text).ok().filter(|text| text.is_ascii());
    let text = text.ok_or_else(|| {
        Problem::new(ProblemKind::DType, "the .npy header is not plain text; structured arrays are not read")
    })?;

    let dictionary = Dictionary::read(text)?;
    let (dtype, swap) = element(dictionary.descr)?;
    let shape = shape(&dictionary, dtype, limits)?;
    if plain(text, &dictionary).is_none() {
        agrees_with_npyz(text, &dictionary)?;
    }
    let bytes = dtype.byte_len(&shape);
    let bytes = bytes.ok_or_else(|| Problem::new(ProblemKind::Shape, format!("the shape {shape} overflows")))?;
    // numpy and MLX set either flag on one-dimensional arrays, whose two orders are the same
    let fortran = dictionary.fortran && shape.iter().filter(|&&dim| dim != 1).count() > 1;
    Ok(Array { dtype, shape, bytes, fortran, swap })
}

/// An error in a member's header: bad bytes, unless the system reported an error.
pub(super) fn unread(error: io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            Problem::new(ProblemKind::Format, "not a .npy array: it ends inside the header of one")
        }
        _ => damaged(error),
    }
}

/// An error in a member's elements, whose number is known from the archive.
pub(super) fn damaged(error: io::Error) -> Problem {
    if is_of_system(&error) {
        return Problem::io(error);
    }
    Problem::new(ProblemKind::Corrupt, format!("the member's bytes are damaged: {error}; fetch the file again"))
}

fn shape(dictionary: &Dictionary<'_>, dtype: DType, limits: &Limits) -> Result<Shape, Problem> {
    let rank = dictionary.shape.len();
    if rank > limits.rank {
        return Err(Problem::limit(format_args!("the shape has {}", counted(rank, "dim")), "rank", limits.rank));
    }
    // as in safetensors, dims of 0 are skipped: the order of dims must not decide whether a shape is valid
    let overflows = dictionary
        .shape
        .iter()
        .filter(|&&dim| dim != 0)
        .try_fold(dtype.block().bytes, |product, &dim| product.checked_mul(usize::try_from(dim).ok()?));
    let dims: Option<Vec<usize>> = dictionary.shape.iter().map(|&dim| usize::try_from(dim).ok()).collect();
    match (overflows, dims) {
        (Some(_), Some(dims)) => Ok(Shape::from(dims)),
        _ => {
            let message = format!("the shape {:?} of {dtype} has more bytes than fit in memory", dictionary.shape);
            Err(Problem::new(ProblemKind::Shape, message))
        }
    }
}

/// The dtype for numpy's `descr`, and the width of the numbers whose bytes must be swapped.
fn element(descr: &str) -> Result<(DType, usize), Problem> {
    let refuse = |what: String| Err(Problem::new(ProblemKind::DType, what));
    let (order, rest) = match descr.chars().next() {
        Some(order @ ('<' | '>' | '=' | '|')) => (Some(order), descr.get(1..).unwrap_or_default()),
        _ => (None, descr),
    };
    let dtype = match rest {
        "?" | "b1" => DType::BOOL,
        "i1" => DType::I8,
        "i2" => DType::I16,
        "i4" => DType::I32,
        "i8" => DType::I64,
        "u1" => DType::U8,
        "u2" => DType::U16,
        "u4" => DType::U32,
        "u8" => DType::U64,
        // ml_dtypes' name for float8_e5m2, its only type with a letter of its own
        "f1" => DType::F8_E5M2,
        "f2" => DType::F16,
        "f4" => DType::F32,
        "f8" => DType::F64,
        "c8" => DType::C64,
        "V1" => DType::V1,
        "V2" => DType::V2,
        _ => {
            let short: String = descr.chars().take(40).collect();
            let short = shown(&short);
            return match rest.chars().next() {
                Some('O') => refuse(format!(
                    "an array of Python objects (`{short}`), stored as a pickle, which can run arbitrary code when it \
                     is read; save it with a numeric dtype"
                )),
                Some('S' | 'a' | 'U') => refuse(format!("an array of strings (`{short}`), which is not a tensor")),
                Some('M' | 'm') => refuse(format!("an array of dates or times (`{short}`), which is not a tensor")),
                Some('V') => refuse(format!("raw bytes (`{short}`) of a width that no element type has")),
                Some('c') => refuse(format!("complex numbers (`{short}`) wider than complex64; save it as complex64")),
                Some('f') => {
                    refuse(format!("a long float (`{short}`), which only some machines have; save it as float64"))
                }
                _ => refuse(format!("unknown dtype `{short}`")),
            };
        }
    };
    let width = match dtype {
        // two numbers of four bytes
        DType::C64 => 4,
        _ => dtype.alignment(),
    };
    match order {
        _ if width == 1 => Ok((dtype, 1)),
        // untyped bytes cannot be swapped: only the writer knows what `>V2` was
        _ if dtype == DType::V2 && order != Some('>') => Ok((dtype, 1)),
        Some('<') => Ok((dtype, 1)),
        Some('>') if dtype != DType::V2 => Ok((dtype, width)),
        // numpy never writes these and reads them in native byte order: the file would mean different things on
        // different machines
        _ => refuse(format!("`{}` does not say which byte order its numbers have; write `<` or `>`", descr)),
    }
}

/// The three entries of the dictionary. Each must occur once, and nothing else may.
struct Dictionary<'t> {
    descr: &'t str,
    fortran: bool,
    shape: Vec<u64>,
}

impl<'t> Dictionary<'t> {
    fn read(text: &'t str) -> Result<Dictionary<'t>, Problem> {
        let mut unparsed = Unparsed { rest: text };
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        unparsed.expect('{')?;
        while !unparsed.take('}') {
            let key = unparsed.string()?;
            unparsed.expect(':')?;
            let twice = match key {
                "descr" => descr.replace(unparsed.descr()?).is_some(),
                "fortran_order" => fortran.replace(unparsed.boolean()?).is_some(),
                "shape" => shape.replace(unparsed.tuple()?).is_some(),
                _ => return Err(header(format!("the .npy header has an unknown key `{}`", shown(key)))),
            };
            if twice {
                return Err(header(format!("the .npy header has the key `{key}` twice")));
            }
            if !unparsed.take(',') {
                unparsed.expect('}')?;
                break;
            }
        }
        if !unparsed.rest.trim_ascii().is_empty() {
            return Err(header("the .npy header goes on after its dictionary"));
        }
        let absent = |key: &str| header(format!("the .npy header has no `{key}`"));
        Ok(Dictionary {
            descr: descr.ok_or_else(|| absent("descr"))?,
            fortran: fortran.ok_or_else(|| absent("fortran_order"))?,
            shape: shape.ok_or_else(|| absent("shape"))?,
        })
    }
}

/// The unparsed rest of a header.
struct Unparsed<'t> {
    rest: &'t str,
}

impl<'t> Unparsed<'t> {
    fn take(&mut self, sign: char) -> bool {
        let rest = self.rest.trim_ascii_start();
        match rest.strip_prefix(sign) {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }

    fn unexpected<T>(&self, wanted: &str) -> Result<T, Problem> {
        let found: String = self.rest.trim_ascii_start().chars().take(12).collect();
        Err(header(format!("the .npy header has `{}` where {wanted} is expected", shown(&found))))
    }

    fn expect(&mut self, sign: char) -> Result<(), Problem> {
        if self.take(sign) { Ok(()) } else { self.unexpected(&format!("`{sign}`")) }
    }

    /// A string without escapes: numpy uses none here.
    fn string(&mut self) -> Result<&'t str, Problem> {
        let quote = if self.take('\'') {
            '\''
        } else if self.take('"') {
            '"'
        } else {
            return self.unexpected("a string");
        };
        match self.rest.split_once(quote) {
            Some((inside, after)) if !inside.contains('\\') => {
                self.rest = after;
                Ok(inside)
            }
            _ => self.unexpected("a plain string"),
        }
    }

    fn descr(&mut self) -> Result<&'t str, Problem> {
        let rest = self.rest.trim_ascii_start();
        if rest.starts_with(['[', '(']) {
            let pickled = if rest.contains("'|O'") || rest.contains("'O'") { " and a pickle" } else { "" };
            let message = format!("a structured array{pickled}: save each of its fields as an array of its own");
            return Err(Problem::new(ProblemKind::DType, message));
        }
        self.string()
    }

    fn boolean(&mut self) -> Result<bool, Problem> {
        let rest = self.rest.trim_ascii_start();
        for (word, truth) in [("True", true), ("False", false)] {
            if let Some(after) = rest.strip_prefix(word) {
                self.rest = after;
                return Ok(truth);
            }
        }
        self.unexpected("`True` or `False`")
    }

    /// A tuple of integers: `()`, `(3,)`, `(2, 3)`, with or without spaces and a trailing comma.
    fn tuple(&mut self) -> Result<Vec<u64>, Problem> {
        self.expect('(')?;
        let mut dims = Vec::new();
        while !self.take(')') {
            dims.push(self.integer()?);
            if !self.take(',') {
                if dims.len() == 1 {
                    // in Python `(3)` is the number 3
                    return self.unexpected("`,`");
                }
                self.expect(')')?;
                break;
            }
        }
        Ok(dims)
    }

    fn integer(&mut self) -> Result<u64, Problem> {
        let rest = self.rest.trim_ascii_start();
        let shape = |message: &str| Err(Problem::new(ProblemKind::Shape, message));
        if rest.starts_with('-') {
            return shape("a dim is negative");
        }
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = rest.strip_suffix(after).unwrap_or_default();
        if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
            return self.unexpected("a dim");
        }
        if after.starts_with('L') {
            return shape("a dim is a long integer of Python 2; save the array again with a current numpy");
        }
        self.rest = after;
        match digits.parse() {
            Ok(dim) => Ok(dim),
            Err(_) => shape("a dim does not fit 64 bits"),
        }
    }
}

/// Whether the text is, word for word, what numpy or MLX would write for the parsed values.
fn plain(text: &str, dictionary: &Dictionary<'_>) -> Option<()> {
    let rest =
        text.strip_prefix("{'descr': '")?.strip_prefix(dictionary.descr)?.strip_prefix("', 'fortran_order': ")?;
    let rest = rest.strip_prefix(if dictionary.fortran { "True" } else { "False" })?;
    let mut rest = rest.strip_prefix(", 'shape': (")?;
    for (place, dim) in dictionary.shape.iter().enumerate() {
        if place > 0 {
            rest = rest.strip_prefix(", ")?;
        }
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.strip_suffix(after)?.parse() != Ok(*dim) {
            return None;
        }
        rest = after;
    }
    let rest = match dictionary.shape.as_slice() {
        [] => rest.strip_prefix("), }")?,
        [_] if rest.starts_with(",)") => rest.strip_prefix(",), }")?,
        [_, _, ..] if rest.starts_with("), ") => rest.strip_prefix("), }")?,
        _ => rest.strip_prefix(", )}")?,
    };
    rest.strip_suffix('\n')?.trim_start_matches(' ').is_empty().then_some(())
}

/// Makes npyz read the same header. It knows fewer spellings of dtypes, so it is given one that it knows.
fn agrees_with_npyz(text: &str, dictionary: &Dictionary<'_>) -> Result<(), Problem> {
    let mut bytes = b"\x93NUMPY\x02\x00".to_vec();
    let text = match text.split_once(dictionary.descr) {
        Some((before, after)) => format!("{before}|V1{after}"),
        None => text.to_owned(),
    };
    bytes.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend(text.bytes());
    let read = npyz::NpyHeader::from_reader(bytes.as_slice())
        .map_err(|_| header("the .npy header is not a Python dictionary that npyz can read"))?;
    if read.shape() != dictionary.shape.as_slice() || (read.order() == npyz::Order::Fortran) != dictionary.fortran {
        return Err(header("the .npy header is ambiguous: it can be read in two ways"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_plain(text: &str) -> bool {
        let dictionary = Dictionary::read(text).unwrap();
        // where npyz is skipped, it would have agreed
        let plain = plain(text, &dictionary).is_some();
        assert!(!plain || agrees_with_npyz(text, &dictionary).is_ok(), "{text}");
        plain
    }

    #[test]
    fn what_numpy_and_mlx_write_is_plain() {
        for shape in ["()", "(0,)", "(7,)", "(10, 20)", "(3, 0, 18446744073709551615)"] {
            for order in ["True", "False"] {
                assert!(is_plain(&format!("{{'descr': '<f4', 'fortran_order': {order}, 'shape': {shape}, }}    \n")));
            }
        }
        for shape in ["(7, )", "(10, 20, )"] {
            assert!(is_plain(&format!("{{'descr': '<V2', 'fortran_order': False, 'shape': {shape}}}\n")));
        }
    }

    #[test]
    fn anything_else_is_not_plain() {
        for text in [
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\t\n",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3,), }\n",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,3), }\n",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}\n",
            "{'descr': \"<f4\", 'fortran_order': False, 'shape': (2, 3), }\n",
            "{'descr': '<f4','fortran_order': False, 'shape': (2, 3), }\n",
            "{'fortran_order': False, 'descr': '<f4', 'shape': (2, 3), }\n",
            "{'descr': '<f4', 'shape': (2, 3), 'fortran_order': False, }\n",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }
}
