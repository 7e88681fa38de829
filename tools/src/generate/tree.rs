//! A checkpoint's names as a tree. Refuses names that no struct can have.

use std::collections::HashMap;
use std::ops::Index;

use weighbridge_checkpoint::{Checkpoint, DType, Entry};
use weighbridge_lock::index;

use super::error::GenerateError;

/// How many components a name may have. Real models have fewer than 15, and compilers recurse.
const DEPTH: usize = 64;

/// What has one name: a tensor, a module with what is below it, or both.
#[derive(Debug)]
pub(super) struct Tree<'n> {
    pub(super) tensor: Option<(DType, &'n [usize])>,
    pub(super) below: Children<'n>,
}

/// What is below a name, in the order of the bytes of the components. There may be millions, most of which are alone, so this
/// has no room left over and no copy of a name.
#[derive(Debug)]
pub(super) struct Children<'n>(Vec<(&'n str, Tree<'n>)>);

/// The names of a checkpoint, split at their dots.
pub(super) fn tree(checkpoint: &Checkpoint) -> Result<Children<'_>, GenerateError> {
    for name in checkpoint.iter().map(|entry| entry.name()) {
        if name.split('.').count() > DEPTH {
            return refuse(name, format!("its name has more than {DEPTH} components; rename it first"));
        }
        if let Some(problem) = name.split('.').find_map(unnameable) {
            return refuse(name, format!("{problem}; rename it first"));
        }
    }
    let mut entries: Vec<Entry<'_>> = checkpoint.iter().collect();
    entries.sort_by(|a, b| a.name().split('.').cmp(b.name().split('.')));
    if let Some(twice) = entries.windows(2).find(|pair| pair[0].name() == pair[1].name()) {
        let problem = "two tensors have this name, so a load refuses them; keep one of the two";
        return refuse(twice[0].name(), problem.to_owned());
    }
    let tensors: Vec<(&str, Entry<'_>)> = entries.into_iter().map(|entry| (entry.name(), entry)).collect();
    Ok(Children::of(&tensors))
}

fn refuse<T>(name: &str, problem: String) -> Result<T, GenerateError> {
    Err(GenerateError::Entry { name: name.to_owned(), problem })
}

impl<'n> Children<'n> {
    /// The children of a place. The tensors below it are sorted by the rests of their names.
    fn of(tensors: &[(&'n str, Entry<'n>)]) -> Children<'n> {
        let first = |(rest, _): &(&'n str, Entry<'n>)| rest.split('.').next().unwrap_or_default();
        let same = || tensors.chunk_by(|a, b| first(a) == first(b));
        let mut children = Vec::with_capacity(same().count());
        for same in same() {
            let component = first(&same[0]);
            let mut tensor = None;
            let mut below = Vec::with_capacity(same.len());
            for (rest, entry) in same {
                match rest.get(component.len() + 1..) {
                    Some(rest) => below.push((rest, *entry)),
                    None => tensor = Some((entry.dtype(), &entry.shape()[..])),
                }
            }
            children.push((component, Tree { tensor, below: Children::of(&below) }));
        }
        Children(children)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'n str, &Tree<'n>)> {
        self.0.iter().map(|(name, tree)| (*name, tree))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'n str> {
        self.0.iter().map(|(name, _)| *name)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'n> Index<&str> for Children<'n> {
    type Output = Tree<'n>;

    /// The child of this name, which is there.
    fn index(&self, name: &str) -> &Tree<'n> {
        let at = self.0.partition_point(|(other, _)| *other < name);
        &self.0[at].1
    }
}

/// `encoderblock_` and 7 of `encoderblock_7`.
pub(super) fn stem(name: &str) -> Option<(&str, usize)> {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    Some((stem, index(&name[stem.len()..]).filter(|_| !stem.is_empty())?))
}

/// The stems of children that are numbered from 0 on without a gap, and how many there are. One alone is no list.
pub(super) fn stems<'n>(children: &Children<'n>) -> HashMap<&'n str, usize> {
    let mut numbers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (stem, number) in children.names().filter_map(stem) {
        numbers.entry(stem).or_default().push(number);
    }
    let count = |(stem, mut numbers): (_, Vec<usize>)| {
        numbers.sort_unstable();
        (numbers.len() > 1 && numbers.iter().copied().eq(0..numbers.len())).then_some((stem, numbers.len()))
    };
    numbers.into_iter().filter_map(count).collect()
}

/// Why no field can have this component of a name.
fn unnameable(component: &str) -> Option<&'static str> {
    match component {
        "" => Some("a component of its name is empty"),
        "__metadata__" => Some("`__metadata__` is not the name of a tensor in a safetensors file"),
        _ if component.contains(['\0', '\n', '\r']) => Some("its name has a NUL or a line break"),
        _ => None,
    }
}
