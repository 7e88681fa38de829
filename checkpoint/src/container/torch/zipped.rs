//! A file of PyTorch that is a zip archive, as it has been since 1.6.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use weighbridge_lock::{counted, shown};
use zip::CompressionMethod;

use super::described::contents;
use super::elements::Stored;
use super::globals::TorchType;
use super::input::Input;
use super::machine;
use super::value::{Arena, Value};
use crate::container::archive::{Archive, Member};
use crate::container::checksum::damaged;
use crate::container::contents::Contents;
use crate::container::problems::FoundProblems;
use crate::error::{Problem, ProblemKind, Problems};
use crate::limits::Limits;
use crate::opening::Skip;
use crate::reader::ReadAt;

const PICKLE: &str = "data.pkl";
/// Members that say how the others are stored. Each is a word or a number.
const NOTES: [&str; 5] = ["version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id"];
/// The longest of them.
const NOTE: u64 = 1 << 10;
/// The newest version of an archive that is known.
const NEWEST: u32 = 10;

/// Whether a member with this name is the pickle of an archive.
fn is_pickle(name: &str) -> bool {
    name.strip_suffix(PICKLE).is_some_and(|root| root.is_empty() || root.ends_with('/'))
}

/// A member that holds something, and where its bytes are.
#[derive(Clone, Copy)]
struct Place {
    data: u64,
    size: u64,
    crc: u32,
}

/// What the members of an archive are.
#[derive(Default)]
struct Parts<'a> {
    pickle: Option<Place>,
    notes: Vec<(&'a str, Place)>,
    /// The storages, by their keys.
    storages: HashMap<&'a str, Place>,
}

/// Reads the pickle of an archive, and proves that the file contains what it describes and nothing else.
pub(crate) fn open(
    reader: Arc<dyn ReadAt>,
    archive: &Archive,
    mut members: Vec<Member<'_>>,
    limits: &Limits,
    skip: &Skip,
) -> Result<Contents, Problems> {
    let mut problems = FoundProblems::default();
    let roots: Vec<&str> =
        members.iter().filter(|member| is_pickle(&member.name)).map(|member| root(&member.name)).collect();
    let Some(root) = roots.first().map(|root| (*root).to_owned()) else {
        return Err(vec![Problem::new(ProblemKind::Format, "the archive has no `data.pkl`; it is no file of PyTorch")]);
    };
    if let Some(script) = members.iter().find(|member| is_script(member.name.strip_prefix(&root).unwrap_or_default())) {
        let message = "this is a TorchScript program (torch.jit.save), which is code beside its tensors; if you trust it, load \
                       it with `torch.jit.load`, and save its `state_dict()` with `safetensors.torch.save_file`";
        return Err(vec![Problem::new(ProblemKind::Format, message).tensor(&*script.name).at(script.start)]);
    }
    let mut locator = archive.locator(&mut problems);
    let mut places = Vec::with_capacity(members.len());
    for member in &mut members {
        let located = locator.locate(member).and_then(|located| {
            acceptable(member)?;
            locator.compare(member, located)?;
            Ok(Place { data: located.data, size: member.size, crc: member.crc })
        });
        match located {
            Ok(place) => places.push((member.name.clone(), place)),
            Err(problem) => problems.push(problem.tensor(&*member.name).at(member.start)),
        }
    }
    if problems.is_empty() && !limits.unset_checksums && have_no_sums(&places) {
        let message = "the archive has no checksums, as `torch.serialization.set_crc32_options(False)` leaves them out, so \
                       that nothing would show that it is damaged; save it again with them, or allow it with \
                       `Limits::unset_checksums(true)` if the file is trusted";
        problems.push(Problem::new(ProblemKind::Limit, message));
    }
    archive.prove(&mut members, &mut problems);
    if !problems.is_empty() {
        return Err(problems.finish());
    }

    let is_unset = have_no_sums(&places);
    let sum = |crc: u32| (!is_unset).then_some(crc);
    let mut parts = Parts::default();
    for (name, place) in &places {
        if let Err(problem) = parts.add(name, &root, *place) {
            problems.push(problem.tensor(&**name).at(place.data));
        }
    }
    for (name, place) in &parts.notes {
        if let Err(problem) = note(&*reader, name, *place, sum(place.crc)) {
            problems.push(problem.tensor(format!("{root}{name}")).at(place.data));
        }
    }
    let Some(pickle) = parts.pickle.filter(|_| problems.is_empty()) else { return Err(problems.finish()) };
    let mut arena = Arena::default();
    let named = |problem: Problem| vec![problem.tensor(format!("{root}{PICKLE}"))];
    let value = read(&*reader, pickle, sum(pickle.crc), &mut arena, limits).map_err(named)?;
    let stored = parts.stored(&arena, &root, &sum)?;
    contents(reader, (&arena, value), stored, pickle.size, limits, skip)
}

/// What is in front of `data.pkl` in its name.
fn root(name: &str) -> &str {
    name.strip_suffix(PICKLE).unwrap_or_default()
}

/// Whether a member makes an archive one of TorchScript.
fn is_script(name: &str) -> bool {
    name == "constants.pkl" || name.starts_with("code/")
}

/// Whether no member has a checksum. That of a single one can be 0.
fn have_no_sums<N>(places: &[(N, Place)]) -> bool {
    let mut full = places.iter().filter(|(_, place)| place.size > 0).peekable();
    full.peek().is_some() && full.all(|(_, place)| place.crc == 0)
}

fn acceptable(member: &Member<'_>) -> Result<(), Problem> {
    if member.encrypted {
        return Err(Problem::new(ProblemKind::Format, "encrypted; unpack the archive with its password first"));
    }
    if member.method != CompressionMethod::Stored {
        let message = format!(
            "compressed with {}, which `torch.save` does not do; unpack the archive, and pack it again without compression \
             (`zip -0 -r`)",
            member.method
        );
        return Err(Problem::new(ProblemKind::Format, message));
    }
    if member.packed != member.size {
        let stored = counted(member.packed, "byte");
        let message = format!("stored in {stored}, but the archive says that it has {}", member.size);
        return Err(Problem::new(ProblemKind::Header, message));
    }
    Ok(())
}

impl<'a> Parts<'a> {
    /// Adds a member, which must be one of those that `torch.save` writes.
    fn add(&mut self, name: &'a str, root: &str, place: Place) -> Result<(), Problem> {
        let unknown = |what: &str| {
            let message = format!("{what}; `torch.save` writes no such member: remove it, or save the file again");
            Err(Problem::new(ProblemKind::Unaccounted, message))
        };
        let Some(inner) = name.strip_prefix(root) else {
            return unknown(&format!("a member outside of the folder `{}` of the pickle", shown(root)));
        };
        if inner == PICKLE {
            self.pickle = Some(place);
        } else if NOTES.contains(&inner) {
            self.notes.push((inner, place));
        } else if let Some(key) = inner.strip_prefix("data/").filter(|key| !key.is_empty() && !key.contains('/')) {
            self.storages.insert(key, place);
        } else if inner.ends_with(PICKLE) {
            return unknown("a second pickle");
        } else {
            return unknown("a member that belongs to no tensor");
        }
        Ok(())
    }

    /// Where the storages of a pickle are, in its order. Each has a member of its length, and each member a storage.
    fn stored(&self, arena: &Arena, root: &str, sum: &dyn Fn(u32) -> Option<u32>) -> Result<Vec<Stored>, Problems> {
        let (mut problems, mut stored) = (FoundProblems::default(), Vec::with_capacity(arena.storages.len()));
        let mut unused = self.storages.clone();
        for storage in &arena.storages {
            let key = arena.text(storage.key);
            let name = || format!("{root}data/{key}").chars().take(200).collect::<String>();
            let Some(place) = self.storages.get(key) else {
                let message = "the pickle has a storage of which the archive has no member; the file is damaged, or is a part \
                               of one";
                problems.push(Problem::new(ProblemKind::Truncated, message).tensor(name()));
                continue;
            };
            unused.remove(key);
            let width = storage.of.map_or(1, TorchType::width);
            if storage.count.checked_mul(width) != Some(place.size) {
                let message = format!(
                    "the pickle says that it is {} of {}, and the member has {}; the file is damaged",
                    counted(storage.count, "element"),
                    storage.of.map_or("one byte", TorchType::name),
                    counted(place.size, "byte")
                );
                problems.push(Problem::new(ProblemKind::Truncated, message).tensor(name()).at(place.data));
            }
            let sum = sum(place.crc).map(|crc| (crc, Mutex::new(false)));
            stored.push(Stored { start: place.data, len: place.size, sum });
        }
        let mut unused: Vec<_> = unused.into_iter().collect();
        unused.sort_by_key(|(_, place)| place.data);
        for (key, place) in unused {
            let message =
                "the pickle names no such storage, so that these bytes belong to no tensor; save the file again";
            let problem = Problem::new(ProblemKind::Unaccounted, message).tensor(format!("{root}data/{key}"));
            problems.push(problem.at(place.data));
        }
        if problems.is_empty() { Ok(stored) } else { Err(problems.finish()) }
    }
}

/// Checks a member that is a word or a number.
fn note(reader: &dyn ReadAt, name: &str, place: Place, sum: Option<u32>) -> Result<(), Problem> {
    if place.size > NOTE {
        let message =
            format!("it has {}, and PyTorch writes a word there; the file is damaged", counted(place.size, "byte"));
        return Err(Problem::new(ProblemKind::Unaccounted, message));
    }
    let mut text = vec![0; usize::try_from(place.size).unwrap_or(0)];
    reader.read_exact_at(place.data, &mut text).map_err(Problem::io)?;
    if let Some(expected) = sum {
        compare(crc32fast::hash(&text), expected)?;
    }
    let text = String::from_utf8_lossy(&text);
    let word = text.trim_ascii();
    match name {
        "byteorder" if word == "big" => {
            let message = "written on a big-endian machine, whose numbers are not read here; load the file with torch, and \
                           save it again on a machine of today";
            Err(Problem::new(ProblemKind::Format, message))
        }
        "byteorder" if word != "little" => {
            let message = format!("the order of bytes is `{}`, which is not known; the file is damaged", shown(word));
            Err(Problem::new(ProblemKind::Header, message))
        }
        "version" if !word.parse::<u32>().is_ok_and(|version| (1..=NEWEST).contains(&version)) => {
            let message = format!(
                "the version of the archive is `{}`, and those up to {NEWEST} are known; save it with an older torch",
                shown(word)
            );
            Err(Problem::new(ProblemKind::Format, message))
        }
        _ => Ok(()),
    }
}

/// Reads the pickle. If it is damaged, that is what is wrong with it, whatever the machine made of it.
fn read(
    reader: &dyn ReadAt,
    place: Place,
    sum: Option<u32>,
    arena: &mut Arena,
    limits: &Limits,
) -> Result<Value, Problem> {
    let mut input = Input::new(reader, place.data, place.data.saturating_add(place.size), limits);
    if place.size > limits.header_byte_len {
        let found = format!("the pickle has {}", counted(place.size, "byte"));
        return Err(Problem::limit(found, "header_byte_len", limits.header_byte_len).at(place.data));
    }
    let value = machine::run(&mut input, arena).and_then(|value| match input.left() {
        0 => Ok(value),
        more => {
            let message = format!("{} after the end of the pickle; they belong to nothing", counted(more, "byte"));
            Err(Problem::new(ProblemKind::Unaccounted, message).at(input.at()))
        }
    });
    if let Some(expected) = sum {
        compare(input.sum()?, expected).map_err(|problem| problem.at(place.data))?;
    }
    value
}

fn compare(found: u32, expected: u32) -> Result<(), Problem> {
    if found == expected { Ok(()) } else { Err(damaged(found, expected)) }
}
