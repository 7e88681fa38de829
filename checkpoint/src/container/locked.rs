//! A lock in place of a checkpoint: names, dtypes and shapes, and no bytes.
#![forbid(unsafe_code)]

use weighbridge_lock::{Lock, counted};

use super::contents::{Access, Container, Contents, Fill};
use super::entries::{Entries, RawEntry};
use super::room::{room, zeroed};
use super::unpacking::Unpacking;
use crate::error::{Problem, ProblemKind, Problems};
use crate::limits::Limits;
use crate::reader::ReadAt;
use crate::shape::Shape;

/// The message for a load of a lock.
pub(crate) const NO_WEIGHTS: &str = "this is a lock, which has no weights; load the file that it was made of";

/// Parses a file as a lock.
pub(crate) fn parse(reader: &dyn ReadAt, limits: &Limits) -> Result<Lock, Problems> {
    let refuse = |problem: Problem| vec![problem];
    if reader.len() > limits.header_byte_len {
        let found = format!("the lock has {}", counted(reader.len(), "byte"));
        return Err(refuse(Problem::limit(found, "header_byte_len", limits.header_byte_len)));
    }
    let mut text = zeroed(usize::try_from(reader.len()).unwrap_or(0), "the lock").map_err(refuse)?;
    reader.read_exact_at(0, &mut text).map_err(|error| refuse(Problem::io(error)))?;
    let text = String::from_utf8(text).map_err(|error| {
        let at = u64::try_from(error.utf8_error().valid_up_to()).unwrap_or(u64::MAX);
        refuse(Problem::new(ProblemKind::Header, "the text is not UTF-8; make the lock again").at(at))
    })?;
    // what the lists that reading it makes take for each line and for each part of one
    const LINE: usize = 400;
    const PART: usize = 200;
    let count = |bytes: &[u8]| text.bytes().filter(|byte| bytes.contains(byte)).count();
    let (lines, parts) = (count(b"\n").saturating_mul(LINE), count(b".,{").saturating_mul(PART));
    room(text.len().saturating_add(lines).saturating_add(parts), "the lock").map_err(refuse)?;
    text.parse().map_err(|error: weighbridge_lock::ParseError| {
        refuse(Problem::new(ProblemKind::Header, format!("{}:{}: {}", error.line, error.column, error.message)))
    })
}

/// Its tensors, in natural order of their names.
pub(crate) fn contents(lock: &Lock, limits: &Limits) -> Result<Contents, Problems> {
    if lock.len() > limits.tensor_count {
        let found = format!("the lock stands for {}", counted(lock.len(), "tensor"));
        return Err(vec![Problem::limit(found, "tensor_count", limits.tensor_count)]);
    }
    let (mut entries, mut problems) = (Entries::with_capacity(lock.len()), Vec::new());
    for (name, dtype, shape) in lock.tensors() {
        let shape = Shape::from(shape);
        let excess = if name.len() > limits.name_byte_len {
            let found = format!("the name has {}", counted(name.len(), "byte"));
            Some(Problem::limit(found, "name_byte_len", limits.name_byte_len))
        } else if shape.len() > limits.rank {
            let found = format!("the shape has {}", counted(shape.len(), "dim"));
            Some(Problem::limit(found, "rank", limits.rank))
        } else {
            None
        };
        if let Some(problem) = excess {
            problems.push(problem.tensor(name.chars().take(80).collect::<String>()));
            continue;
        }
        match dtype.byte_len(&shape) {
            Some(bytes) => entries.push(&name, dtype, &shape, bytes, 0),
            None => {
                let message = format!(
                    "{dtype} {shape} is more bytes than there can be, or does not fill its last byte or block; make the lock again"
                );
                problems.push(Problem::new(ProblemKind::Shape, message).tensor(name));
            }
        }
    }
    problems.extend(entries.refused());
    match problems.is_empty() {
        true => Ok(Contents::new(entries, NoElements)),
        false => Err(problems),
    }
}

struct NoElements;

impl Container for NoElements {
    fn access(&self, _entry: RawEntry<'_>) -> Access {
        Access::Whole { lead: 0 }
    }

    fn read(&self, entry: RawEntry<'_>, _out: &mut [u8], _unpacking: &mut Unpacking) -> Result<(), Problem> {
        Err(Problem::new(ProblemKind::Format, NO_WEIGHTS).tensor(entry.name))
    }

    fn in_order(&self, _entry: RawEntry<'_>, _with: &mut dyn FnMut(&mut Fill<'_>)) -> Result<(), Problem> {
        Err(Problem::new(ProblemKind::Format, NO_WEIGHTS))
    }
}
