//! The keys of a header, each with its value.

use std::ops::Range;
use std::str;

use super::feed::Feed;
use crate::container::metadata::{Kind, Metadata, MetadataValue, Pair, decode};
use crate::container::problems::FoundProblems;
use crate::container::room::room;
use crate::error::{Problem, ProblemKind};
use weighbridge_lock::shown;

/// A key, its type and a value of one byte: nothing is shorter.
pub(super) const LEAST: u64 = 13;

/// Reads so many pairs of key and value. The keys that are there twice, and values that the format does not allow, are
/// problems; the error is one that hides where the next pair begins.
pub(super) fn read(feed: &mut Feed<'_>, count: usize, problems: &mut FoundProblems) -> Result<Listed, Problem> {
    room(count.saturating_mul(size_of::<Pair>().saturating_add(size_of::<usize>())), "the metadata")?;
    let mut pairs = Vec::with_capacity(count);
    for _ in 0..count {
        let at = feed.position();
        let key = feed.string()?;
        let named = match str::from_utf8(feed.get(key.clone())) {
            Ok("") => Err("a key of the metadata is empty; fetch the file again".to_owned()),
            Ok(text) if text.contains('\0') => {
                let key = short(text.as_bytes());
                Err(format!("the key `{key}` has a NUL in it, where readers in C cut it off; rename it"))
            }
            Ok(_) => Ok(()),
            Err(_) => Err("a key of the metadata is not UTF-8; fetch the file again".to_owned()),
        };
        if let Err(message) = named {
            problems.push(Problem::new(ProblemKind::Header, message).at(at));
        }
        let of_key = |feed: &Feed<'_>, problem: Problem| {
            let message = format!("the key `{}`: {}", short(feed.get(key.clone())), problem.message);
            Problem { message, ..problem }
        };
        let (kind, value) = match value(feed) {
            Ok((kind, value, None)) => (kind, value),
            Ok((kind, value, Some(problem))) => {
                problems.push(of_key(feed, problem));
                (kind, value)
            }
            Err(problem) => return Err(of_key(feed, problem)),
        };
        pairs.push(Pair { key, kind, value });
    }
    Ok(Listed(pairs))
}

/// The pairs of a header that is still being read.
pub(super) struct Listed(Vec<Pair>);

impl Listed {
    /// The value of this key, in a header that was read so far.
    pub(super) fn get<'f>(&self, feed: &'f Feed<'_>, key: &str) -> Option<MetadataValue<'f>> {
        let pair = self.0.iter().find(|pair| feed.get(pair.key.clone()) == key.as_bytes())?;
        decode(pair.kind, &mut feed.get(pair.value.clone()))
    }

    /// The metadata, and a problem for each key that is there twice.
    pub(super) fn finish(self, feed: Feed<'_>, problems: &mut FoundProblems) -> Metadata {
        let pairs = self.0;
        let end = pairs.iter().map(|pair| pair.value.end).max().unwrap_or(0);
        let text = feed.into_text(end);
        let key = |number: usize| pairs.get(number).map_or(&[][..], |pair: &Pair| text.get(pair.key.clone()));
        let mut sorted: Vec<usize> = (0..pairs.len()).collect();
        // sorting what stands in order already takes no time, nor memory
        sorted.sort_unstable_by(|&one, &other| key(one).cmp(key(other)).then(one.cmp(&other)));
        for twice in sorted.windows(2) {
            if let [first, second] = *twice
                && key(first) == key(second)
            {
                let name = short(key(second));
                let message = format!("the key `{name}` of the metadata is there twice; keep one of them");
                let at = pairs.get(second).and_then(|pair| u64::try_from(pair.key.start).ok()).unwrap_or(0);
                problems.push(Problem::new(ProblemKind::Duplicate, message).at(at));
            }
        }
        Metadata::new(text, pairs, sorted)
    }
}

/// Takes a value: its type, where it is, and what is wrong with it, if it can be read all the same.
fn value(feed: &mut Feed<'_>) -> Result<(Kind, Range<usize>, Option<Problem>), Problem> {
    let outer = kind(feed)?;
    if outer != Kind::Array {
        let (range, problem) = plain(feed, outer)?;
        return Ok((outer, range, problem));
    }
    let (start, at) = (feed.at(), feed.position());
    let of = kind(feed)?;
    if of == Kind::Array {
        let message = "it is an array of arrays, which no program reads; write one array";
        return Err(Problem::new(ProblemKind::Header, message).at(at));
    }
    let least = of.least();
    let count = feed.count(u64::try_from(least).unwrap_or(u64::MAX), "an array", "item")?;
    let mut found = None;
    match of {
        Kind::String => {
            for _ in 0..count {
                let (_, problem) = plain(feed, of)?;
                found = found.or(problem);
            }
        }
        _ => {
            let range = feed.take(count.saturating_mul(least))?;
            if of == Kind::Bool {
                found = truths(feed.get(range)).err();
            }
        }
    }
    Ok((Kind::Array, start..feed.at(), found))
}

/// Takes a value that is no array.
fn plain(feed: &mut Feed<'_>, kind: Kind) -> Result<(Range<usize>, Option<Problem>), Problem> {
    let (start, at) = (feed.at(), feed.position());
    let problem = match kind {
        Kind::String => {
            let range = feed.string()?;
            let is_text = str::from_utf8(feed.get(range)).is_ok();
            let message = "a string of it is not UTF-8; fetch the file again";
            (!is_text).then(|| Problem::new(ProblemKind::Header, message).at(at))
        }
        kind => {
            let range = feed.take(kind.least())?;
            if kind == Kind::Bool { truths(feed.get(range)).err().map(|problem| problem.at(at)) } else { None }
        }
    };
    Ok((start..feed.at(), problem))
}

fn truths(bytes: &[u8]) -> Result<(), Problem> {
    match bytes.iter().find(|&&byte| byte > 1) {
        None => Ok(()),
        Some(byte) => {
            let message = format!("a boolean of it is {byte}, and it must be 0 or 1; fetch the file again");
            Err(Problem::new(ProblemKind::Value, message))
        }
    }
}

/// Takes the number of a type.
fn kind(feed: &mut Feed<'_>) -> Result<Kind, Problem> {
    let (at, number) = (feed.position(), feed.u32()?);
    Kind::of(number).ok_or_else(|| {
        let message = format!("its value has the type {number}, which the format does not have; fetch the file again");
        Problem::new(ProblemKind::Header, message).at(at)
    })
}

/// A key as messages show it, of whatever bytes and length.
fn short(key: &[u8]) -> String {
    const MOST: usize = 80;
    let text = String::from_utf8_lossy(key.get(..MOST).unwrap_or(key)).into_owned();
    shown(&text).into_owned()
}
