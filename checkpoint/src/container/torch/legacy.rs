//! A file of PyTorch from before 1.6: five pickles, and then the storages, one after another.

use std::collections::HashMap;
use std::sync::Arc;

use weighbridge_lock::counted;

use super::described::contents;
use super::elements::Stored;
use super::globals::TorchType;
use super::input::{Input, broken};
use super::machine;
use super::value::{Arena, Value};
use crate::container::archive::Window;
use crate::container::contents::Contents;
use crate::container::problems::FoundProblems;
use crate::error::{Problem, ProblemKind, Problems};
use crate::limits::Limits;
use crate::opening::Skip;
use crate::reader::ReadAt;

/// The pickle of the number that such a file starts with, and that of the version.
const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
const VERSION: &[u8] = b"\x80\x02M\xe9\x03.";
/// How much is read at once for the length in front of a storage.
const AHEAD: usize = 256;

/// Reads the pickles of a file, and proves that it contains the storages that they describe and nothing else.
pub(super) fn open(reader: Arc<dyn ReadAt>, limits: &Limits, skip: &Skip) -> Result<Contents, Problems> {
    let refuse = |problem: Problem| vec![problem];
    let mut input = Input::new(&*reader, 0, reader.len(), limits);
    begin(&mut input).map_err(refuse)?;
    let (from, mut arena) = (input.taken(), Arena::default());
    let root = machine::run(&mut input, &mut arena).map_err(refuse)?;
    let (taken, at) = (input.taken().saturating_sub(from), input.at());
    let mut listed = Arena::default();
    let keys = machine::run(&mut input, &mut listed).and_then(|keys| texts(&listed, keys));
    let keys = keys.map_err(|problem| refuse(if problem.offset.is_none() { problem.at(at) } else { problem }))?;
    let end = input.at();
    let stored = storages(&reader, end, &arena, &keys)?;
    contents(reader, (&arena, root), stored, taken, limits, skip)
}

/// Reads what is in front of the tensors: the numbers that every file begins with, and what wrote it.
fn begin(input: &mut Input<'_>) -> Result<(), Problem> {
    for expected in [MAGIC, VERSION] {
        let at = input.at();
        // the protocol of the pickles, which the machine looks at
        let length = u64::try_from(expected.len()).unwrap_or(u64::MAX).min(input.left());
        let found = input.take(usize::try_from(length).unwrap_or(0))?;
        if found != expected {
            let message = match found {
                [0x80, protocol, ..] if *protocol > 2 => format!(
                    "the pickles have the protocol {protocol}, and those of `torch.save` have 2; if you trust the file, load \
                     it with `torch.load(path, weights_only=False)`, and save it again without `pickle_protocol`"
                ),
                _ => "the file begins like one of PyTorch from before 1.6, and goes on in another way; it is damaged"
                    .to_owned(),
            };
            return Err(Problem::new(ProblemKind::Header, message).at(at));
        }
    }
    let (at, mut arena) = (input.at(), Arena::default());
    let system = machine::run(input, &mut arena)?;
    let Value::Dict(system) = system else {
        let message = format!("{} in place of what wrote the file; it is damaged", system.what());
        return Err(Problem::new(ProblemKind::Header, message).at(at));
    };
    let is_little = arena.items(system).as_chunks::<2>().0.iter().find_map(|[key, value]| match key {
        Value::Text(key) if arena.text(*key) == "little_endian" => Some(*value),
        _ => None,
    });
    match is_little {
        Some(Value::Bool(true)) => Ok(()),
        Some(Value::Bool(false)) => {
            let message = "written on a big-endian machine, whose numbers are not read here; load the file with torch, and \
                           save it again on a machine of today";
            Err(Problem::new(ProblemKind::Format, message).at(at))
        }
        _ => {
            let message = "the file does not say how its numbers are ordered; it is damaged";
            Err(Problem::new(ProblemKind::Header, message).at(at))
        }
    }
}

/// The strings of a list.
fn texts(arena: &Arena, list: Value) -> Result<Vec<&str>, Problem> {
    let text = |value: &Value| match value {
        Value::Text(key) => Ok(arena.text(*key)),
        other => Err(broken(format!("the list of storages has {}", other.what()))),
    };
    match list {
        Value::List(list) => arena.items(list).iter().map(text).collect(),
        other => Err(broken(format!("the list of storages is {}", other.what()))),
    }
}

/// Where the storages are, in the order of the arena. In the file they are in that of the list: of each the number of its
/// elements, and these. Together they reach from `at` to the end.
fn storages(reader: &Arc<dyn ReadAt>, at: u64, arena: &Arena, keys: &[&str]) -> Result<Vec<Stored>, Problems> {
    let mut problems = FoundProblems::default();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for (number, storage) in arena.storages.iter().enumerate() {
        numbers.insert(arena.text(storage.key), number);
    }
    let mut found: Vec<Option<Stored>> = arena.storages.iter().map(|_| None).collect();
    let (mut window, mut at) = (Window::new(Arc::clone(reader)), at);
    for key in keys {
        let name = || key.chars().take(80).collect::<String>();
        let known = numbers.get(key).and_then(|number| Some((found.get_mut(*number)?, arena.storages.get(*number)?)));
        let Some((place, storage)) = known else {
            let message = "the file lists a storage that no tensor has, and without one nothing says where the next begins; \
                           it is damaged";
            problems.push(Problem::new(ProblemKind::Unaccounted, message).tensor(name()).at(at));
            return Err(problems.finish());
        };
        if place.is_some() {
            let message = "the file lists this storage twice; it is damaged";
            problems.push(Problem::new(ProblemKind::Duplicate, message).tensor(name()).at(at));
            return Err(problems.finish());
        }
        let of = storage.of.map_or("one byte", TorchType::name);
        let len = storage.count.checked_mul(storage.of.map_or(1, TorchType::width));
        let begins = at.saturating_add(8);
        let end = len.and_then(|len| begins.checked_add(len)).filter(|end| *end <= reader.len());
        let Some(end) = end else {
            let message = format!(
                "the pickle says that it is {} of {of}, and {} are left; the file is damaged, or a download did not finish",
                counted(storage.count, "element"),
                counted(reader.len().saturating_sub(at), "byte")
            );
            problems.push(Problem::new(ProblemKind::Truncated, message).tensor(name()).at(at));
            return Err(problems.finish());
        };
        let count = match window.bytes(at, 8, AHEAD) {
            Ok(bytes) => bytes.first_chunk().map(|bytes| i64::from_le_bytes(*bytes)),
            Err(error) => {
                problems.push(Problem::io(error).at(at));
                return Err(problems.finish());
            }
        };
        if count.and_then(|count| u64::try_from(count).ok()) != Some(storage.count) {
            let message = format!(
                "the pickle says that it is {} of {of}, and the number in front of them is {}; the file is damaged",
                counted(storage.count, "element"),
                count.unwrap_or_default()
            );
            problems.push(Problem::new(ProblemKind::Truncated, message).tensor(name()).at(at));
            return Err(problems.finish());
        }
        *place = Some(Stored { start: begins, len: end.saturating_sub(begins), sum: None });
        at = end;
    }
    for (storage, place) in arena.storages.iter().zip(&found) {
        if place.is_none() {
            let message =
                "the pickle has this storage, and the file does not list it; it is damaged, or is a part of one";
            let name: String = arena.text(storage.key).chars().take(80).collect();
            problems.push(Problem::new(ProblemKind::Truncated, message).tensor(name));
        }
    }
    if let Some(more) = reader.len().checked_sub(at).filter(|more| *more > 0 && problems.is_empty()) {
        let message = format!("{} after the last storage; they belong to nothing", counted(more, "byte"));
        problems.push(Problem::new(ProblemKind::Unaccounted, message).at(at));
    }
    if problems.is_empty() { Ok(found.into_iter().flatten().collect()) } else { Err(problems.finish()) }
}
