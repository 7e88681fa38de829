//! The index of a checkpoint in several safetensors files, and the proof that it describes them correctly.
#![forbid(unsafe_code)]

mod other;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde::de::{IgnoredAny, MapAccess};

use self::other::Text;
pub(crate) use self::other::other_json;
use super::entries::Entries;
use super::json::{self, Key, KeyOffsets, Seed, Visit};
use super::problems::FoundProblems;
use super::room::room;
use crate::error::{Problem, ProblemKind, Problems};
use crate::limits::Limits;
use weighbridge_lock::{counted, is_safetensors_name, is_torch_name, shard_path, shown};

/// Which file holds which tensor.
#[derive(Debug)]
pub(crate) struct Index<'t> {
    /// The files, relative to the index. Each is listed once, in the order of first mention.
    pub(crate) shards: Vec<String>,
    /// Every tensor, with the number of its file in `shards`.
    pub(crate) weight_map: Vec<(Cow<'t, str>, usize)>,
    /// What the writer says about the checkpoint; numbers as text. Not relied upon: `total_size` is often wrong.
    pub(crate) metadata: BTreeMap<String, String>,
}

impl<'t> Index<'t> {
    /// Reads `{"metadata": {…}, "weight_map": {tensor: file}}`.
    ///
    /// Other keys at the top level are ignored: programs add their own, and none changes which file holds a tensor.
    ///
    /// `of_torch` says that its shards are files of PyTorch, and not safetensors.
    pub(crate) fn parse(text: &'t [u8], limits: &Limits, of_torch: bool) -> Result<Index<'t>, Problems> {
        // each tensor has one colon, and takes this much in the lists and sets below, besides its text
        const TENSOR: usize = 160;
        let most = text.iter().filter(|&&byte| byte == b':').count();
        let bytes = most.saturating_mul(TENSOR).saturating_add(text.len());
        room(bytes, "the index").map_err(|problem| vec![problem])?;
        let mut reading = Reading {
            index: Index { shards: Vec::new(), weight_map: Vec::new(), metadata: BTreeMap::new() },
            problems: FoundProblems::default(),
            key_offsets: KeyOffsets::new(text, 0),
            numbers: HashMap::new(),
            tensors: SeenNames::default(),
            has_too_many: false,
            of_torch,
            limits,
            text,
        };
        if text.starts_with(b"\xef\xbb\xbf") {
            let message = "the text begins with a byte order mark; save it as UTF-8 without one";
            return Err(vec![Problem::new(ProblemKind::Header, message).at(0)]);
        }
        if let Err(problem) = json::read(text, 0, TopLevel(&mut reading)) {
            reading.problems.push(problem);
        }
        if reading.problems.is_empty() { Ok(reading.index) } else { Err(reading.problems.finish()) }
    }

    /// How many tensors the index gives to each shard.
    pub(crate) fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0usize; self.shards.len()];
        for (_, number) in &self.weight_map {
            if let Some(count) = counts.get_mut(*number) {
                *count = count.saturating_add(1);
            }
        }
        counts
    }

    /// Compares the index with what the shards hold, in both directions. `None` is a shard that could not be read; the
    /// caller reports it.
    ///
    /// Does not look for names that are there twice, in one shard or in two: they are refused where names are paired, once it
    /// is known which are ignored.
    pub(crate) fn prove(&self, shards: &[Option<&Entries>]) -> Problems {
        if self.lists(shards) {
            return Problems::new();
        }
        // the sets below have each name of the index and of the shards once
        const NAME: usize = 120;
        let held: usize =
            shards.iter().flatten().map(|entries| entries.len()).fold(self.weight_map.len(), usize::saturating_add);
        if let Err(problem) = room(held.saturating_mul(NAME), "the names of the index and its shards") {
            return vec![problem];
        }
        let mut problems = FoundProblems::default();
        let shard = |number: usize| self.shards.get(number).map_or("?", String::as_str);
        let held = |number: usize| shards.get(number).copied().flatten();

        let mut holders: HashMap<&str, usize> = HashMap::new();
        let mut others: HashMap<&str, Vec<usize>> = HashMap::new();
        for number in 0..self.shards.len() {
            for entry in held(number).into_iter().flat_map(Entries::iter) {
                let first = *holders.entry(entry.name).or_insert(number);
                if first != number {
                    let others = others.entry(entry.name).or_default();
                    if others.last() != Some(&number) {
                        others.push(number);
                    }
                }
            }
        }
        let holds = |name: &str, number: usize| {
            holders.get(name) == Some(&number) || others.get(name).is_some_and(|others| others.contains(&number))
        };

        let mut listed: HashSet<&str> = HashSet::with_capacity(self.weight_map.len());
        for (name, number) in &self.weight_map {
            listed.insert(name);
            if held(*number).is_none() || holds(name, *number) {
                continue;
            }
            let file = shown(shard(*number));
            let message = match holders.get(&**name) {
                Some(&other) => format!(
                    "the index says it is in `{file}`, which does not hold it; `{}` does: correct the index, or take \
                     all files from one upload",
                    shown(shard(other))
                ),
                None => format!(
                    "the index says it is in `{file}`, which does not hold it, and no other shard does; the index is \
                     older or newer than the shard: fetch both again"
                ),
            };
            problems.push(Problem::new(ProblemKind::Index, message).tensor(&**name));
        }

        for number in 0..self.shards.len() {
            let mut reported: HashSet<&str> = HashSet::new();
            for entry in held(number).into_iter().flat_map(Entries::iter) {
                let name = entry.name;
                let file = shown(shard(number));
                if !listed.contains(name) && holders.get(name) == Some(&number) && reported.insert(name) {
                    let message = format!(
                        "`{file}` holds it, but the index does not list it; add it to the index or fetch the index again"
                    );
                    problems.push(Problem::new(ProblemKind::Index, message).tensor(name).at(entry.offset));
                }
            }
        }
        problems.finish()
    }

    /// Whether the index lists exactly what the shards hold, and the tensors of each shard in the shard's order. This
    /// is true for writers that sort both.
    fn lists(&self, shards: &[Option<&Entries>]) -> bool {
        let none = Entries::default();
        let mut left: Vec<_> = shards.iter().map(|shard| shard.unwrap_or(&none).iter()).collect();
        let is_next = |(name, number): &(Cow<'_, str>, usize)| {
            left.get_mut(*number).and_then(Iterator::next).is_some_and(|entry| entry.name == name)
        };
        // names in an index are unique, so no tensor counts twice
        self.weight_map.iter().all(is_next) && left.iter().all(|left| left.len() == 0)
    }
}

/// The names so far. Most indices are sorted, and nothing is hashed while names ascend.
#[derive(Default)]
struct SeenNames<'de> {
    ascending: Vec<Cow<'de, str>>,
    /// All names, once one was out of order.
    any: HashSet<Cow<'de, str>>,
}

impl<'de> SeenNames<'de> {
    fn len(&self) -> usize {
        self.ascending.len().saturating_add(self.any.len())
    }

    /// Adds a name. Returns whether it is new.
    fn add(&mut self, name: Cow<'de, str>) -> bool {
        if self.any.is_empty() && self.ascending.last().is_none_or(|last| *last < name) {
            self.ascending.push(name);
            return true;
        }
        self.any.extend(self.ascending.drain(..));
        self.any.insert(name)
    }
}

/// State of reading an index.
struct Reading<'l, 'de> {
    index: Index<'de>,
    problems: FoundProblems,
    key_offsets: KeyOffsets,
    /// The number of each file.
    numbers: HashMap<Cow<'de, str>, usize>,
    tensors: SeenNames<'de>,
    /// Whether there are more shards than the limit.
    has_too_many: bool,
    /// Whether the shards are files of PyTorch.
    of_torch: bool,
    limits: &'l Limits,
    text: &'de [u8],
}

impl Reading<'_, '_> {
    fn push(&mut self, mut problem: Problem, tensor: Option<&str>, at: Option<u64>) {
        problem.tensor =
            tensor.map(|name| if name.len() > 200 { name.chars().take(80).collect() } else { name.into() });
        problem.offset = at;
        self.problems.push(problem);
    }
}

struct TopLevel<'r, 'l, 'de>(&'r mut Reading<'l, 'de>);

impl<'de> Visit<'de> for TopLevel<'_, '_, 'de> {
    type Out = ();

    fn wrong(self, found: &'static str) {
        let message = format!("the index is {found}; it must be an object");
        self.0.push(Problem::new(ProblemKind::Header, message), None, Some(0));
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let reading = self.0;
        let mut keys: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some(key) = object.next_key_seed(Seed(Key))? {
            let at = reading.key_offsets.of(&key);
            match &*key {
                "weight_map" => object.next_value_seed(Seed(WeightMap { reading, at }))?,
                "metadata" => object.next_value_seed(Seed(Metadata { reading, at }))?,
                _ => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
            if keys.contains(&key) {
                let message = format!("`{}` is given twice; keep one", shown(&key));
                reading.push(Problem::new(ProblemKind::Duplicate, message), None, at);
            }
            keys.insert(key);
        }
        if !keys.contains("weight_map") {
            let but = other_json(reading.text).map_or("; fetch it again".to_owned(), |what| format!(" but {what}"));
            let message = format!("there is no `weight_map`, so this is not an index of shards{but}");
            reading.push(Problem::new(ProblemKind::Header, message), None, Some(0));
        }
        Ok(())
    }
}

struct WeightMap<'r, 'l, 'de> {
    reading: &'r mut Reading<'l, 'de>,
    at: Option<u64>,
}

impl<'de> Visit<'de> for WeightMap<'_, '_, 'de> {
    type Out = ();

    fn wrong(self, found: &'static str) {
        let message = format!("`weight_map` is {found}; it must be an object of tensor names and file names");
        self.reading.push(Problem::new(ProblemKind::Header, message), None, self.at);
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let reading = self.reading;
        let mut is_empty = true;
        while let Some(name) = object.next_key_seed(Seed(Key))? {
            is_empty = false;
            let at = reading.key_offsets.of(&name);
            if reading.tensors.len() >= reading.limits.tensor_count {
                let problem = Problem::limit("there are more tensors", "tensor_count", reading.limits.tensor_count);
                reading.push(problem, Some(&name), at);
                object.next_value::<IgnoredAny>()?;
                while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(());
            }
            if name.len() > reading.limits.name_byte_len {
                let found = format!("the name has {}", counted(name.len(), "byte"));
                let problem = Problem::limit(found, "name_byte_len", reading.limits.name_byte_len);
                reading.push(problem, Some(&name), at);
            }
            match object.next_value_seed(Seed(Text))? {
                Ok(file) => {
                    if let Some(number) = reading.shard(&name, file) {
                        reading.index.weight_map.push((name.clone(), number));
                    }
                }
                Err(found) => {
                    let message = format!("its file is {found}; it must be the name of a file");
                    reading.push(Problem::new(ProblemKind::Header, message), Some(&name), at);
                }
            }
            if !reading.tensors.add(name.clone()) {
                let message = "listed twice in the index; keep one".to_owned();
                reading.push(Problem::new(ProblemKind::Duplicate, message), Some(&name), at);
            }
        }
        if is_empty {
            let message = "`weight_map` is empty, so the index lists no tensors; fetch the index again, or give the path of \
                           the file that is meant";
            reading.push(Problem::new(ProblemKind::Header, message), None, self.at);
        }
        Ok(())
    }
}

impl<'de> Reading<'_, 'de> {
    /// The number of a file. A bad file name is reported only once, with the first tensor that uses it.
    fn shard(&mut self, tensor: &str, file: Cow<'de, str>) -> Option<usize> {
        // a shard holds many tensors, which are often listed together
        if let Some((_, last)) = self.index.weight_map.last()
            && self.index.shards.get(*last).is_some_and(|shard| *shard == file)
        {
            return Some(*last);
        }
        if let Some(&number) = self.numbers.get(&file) {
            return Some(number);
        }
        let number = self.index.shards.len();
        if number >= self.limits.shard_count {
            if !std::mem::replace(&mut self.has_too_many, true) {
                let problem = Problem::limit("there are more shards", "shard_count", number);
                self.push(problem, Some(tensor), self.key_offsets.of(&file));
            }
            return None;
        }
        let at = self.key_offsets.of(&file);
        if let Err(why) = shard_path(&file) {
            let message = format!("the index says it is in `{}`, {why}", shown(&file));
            self.push(Problem::new(ProblemKind::Name, message), Some(tensor), at);
        } else if self.of_torch && !is_torch_name(&file) {
            let message = "the index names this file, which is not a `.bin` file, as its shards are; fetch the index that \
                           belongs to the file";
            self.push(Problem::new(ProblemKind::Index, message), Some(&file), at);
        } else if !self.of_torch && !is_safetensors_name(&file) {
            let message = "the index names this file, which is not a `.safetensors` file; the shards of such an index are \
                           nothing else: get the checkpoint's safetensors, or its `*.bin.index.json`";
            self.push(Problem::new(ProblemKind::Index, message), Some(&file), at);
        }
        self.index.shards.push(file.clone().into_owned());
        self.numbers.insert(file, number);
        Some(number)
    }
}

struct Metadata<'r, 'l, 'de> {
    reading: &'r mut Reading<'l, 'de>,
    at: Option<u64>,
}

impl<'de> Visit<'de> for Metadata<'_, '_, 'de> {
    type Out = ();

    fn wrong(self, found: &'static str) {
        let message = format!("`metadata` is {found}; it must be an object");
        self.reading.push(Problem::new(ProblemKind::Header, message), None, self.at);
    }

    fn null(self) {}

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut keys: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some(key) = object.next_key_seed(Seed(Key))? {
            if let Some(value) = object.next_value_seed(Seed(MetadataValue))? {
                self.reading.index.metadata.insert(key.clone().into_owned(), value);
            }
            if keys.contains(&key) {
                let message = format!("`{}` is given twice in `metadata`; keep one", shown(&key));
                self.reading.push(
                    Problem::new(ProblemKind::Duplicate, message),
                    None,
                    self.reading.key_offsets.of(&key),
                );
            }
            keys.insert(key);
        }
        Ok(())
    }
}

/// A value as text. Lists and objects, which some writers add, are dropped.
struct MetadataValue;

impl<'de> Visit<'de> for MetadataValue {
    type Out = Option<String>;

    fn wrong(self, _found: &'static str) -> Option<String> {
        None
    }

    fn text(self, text: Cow<'de, str>) -> Option<String> {
        Some(text.into_owned())
    }

    fn unsigned(self, number: u64) -> Option<String> {
        Some(number.to_string())
    }

    fn signed(self, number: i64) -> Option<String> {
        Some(number.to_string())
    }

    fn float(self, number: f64) -> Option<String> {
        Some(number.to_string())
    }

    fn boolean(self, truth: bool) -> Option<String> {
        Some(truth.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtype::DType;

    fn entries(names: &[&str]) -> Entries {
        let mut entries = Entries::default();
        names.iter().for_each(|name| entries.push(name, DType::U8, &[], 1, 0));
        entries
    }

    /// How many problems an index with these tensors and files has, and whether the fast comparison succeeds.
    fn proved(weight_map: &[(&str, usize)], shards: [&[&str]; 2]) -> (usize, bool) {
        let listed: Vec<String> =
            weight_map.iter().map(|(name, shard)| format!(r#""{name}":"{shard}.safetensors""#)).collect();
        let text = format!(r#"{{"weight_map":{{{}}}}}"#, listed.join(","));
        let index = Index::parse(text.as_bytes(), &Limits::default(), false).unwrap();
        assert_eq!(index.shards, ["0.safetensors", "1.safetensors"]);
        let [a, b] = shards.map(entries);
        let shards = [Some(&a), Some(&b)];
        (index.prove(&shards).len(), index.lists(&shards))
    }

    #[test]
    fn an_index_is_proved_in_any_order() {
        let index = [("a", 0), ("b", 1), ("c", 0), ("d", 1)];
        assert_eq!(proved(&index, [&["a", "c"], &["b", "d"]]), (0, true));
        assert_eq!(proved(&index, [&["c", "a"], &["b", "d"]]), (0, false));
        // one missing, one extra, one in another shard, one twice in a shard and one in both shards, which are
        // not the index's concern
        assert_eq!(proved(&index, [&["a", "c"], &["b"]]), (1, false));
        assert_eq!(proved(&index, [&["a", "c"], &["b", "d", "e"]]), (1, false));
        assert_eq!(proved(&index, [&["a"], &["b", "c", "d"]]), (1, false));
        assert_eq!(proved(&index, [&["a", "c", "c"], &["b", "d"]]), (0, false));
        assert_eq!(proved(&index, [&["a", "c", "d"], &["b", "d"]]), (0, false));
    }

    #[test]
    fn a_name_is_new_once() {
        for names in [["a", "b", "c", "b", "d"], ["c", "b", "d", "a", "b"], ["a", "a", "b", "c", "d"]] {
            let mut seen = SeenNames::default();
            let new = names.iter().filter(|name| seen.add(Cow::Borrowed(name))).count();
            assert_eq!((new, seen.len()), (4, 4), "{names:?}");
        }
    }
}
