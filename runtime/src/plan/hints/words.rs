//! Names that differ in one word from those of parts that nothing misses.

use std::collections::{BTreeMap, BTreeSet};

use super::names;
use super::templates::{self, ANY};
use crate::schema::Node;

/// The most paths and names in one place.
const MOST_ALIKE: usize = 8;
/// The cost of a name that only its place suggests.
const FAR: usize = usize::MAX;

/// The templates of what the file has, of what is missing, and of what the module reads.
pub(super) struct Known<'k> {
    pub(super) file: &'k BTreeMap<String, usize>,
    pub(super) missing: &'k BTreeMap<String, usize>,
    pub(super) module: &'k BTreeSet<String>,
}

/// The names of the file that may be those of optional parts, of lists and of variants, with the module's, and whether it is a
/// guess. No name is that of two parts.
pub(super) fn pairs(root: &'static Node, known: &Known<'_>) -> BTreeMap<(String, String), bool> {
    let paths = templates::of_parameters(root);
    let absent = paths.iter().filter(|path| !known.file.contains_key(*path) && !known.missing.contains_key(*path));
    let unknown = known.file.keys().filter(|name| !known.module.contains(*name));
    // by what surrounds the word: the paths and the names
    let mut places: BTreeMap<(usize, String), [Vec<&str>; 2]> = BTreeMap::new();
    for (side, template) in absent.map(|path| (0, path)).chain(unknown.map(|name| (1, name))) {
        let components: Vec<&str> = template.split('.').collect();
        for at in (0..components.len()).filter(|&at| !components[at].contains(ANY)) {
            let around = [&components[..at], &components[at + 1..]].map(|part| part.join("."));
            places.entry((at, around.join(".?."))).or_default()[side].push(template);
        }
    }
    // whether it is a guess, and how far apart the names are
    let mut pairs: BTreeMap<(String, String), (bool, usize)> = BTreeMap::new();
    // the names that are near a path which they cannot be
    let mut nearer: Vec<(String, usize)> = Vec::new();
    for ((at, _), [paths, extras]) in places {
        if paths.is_empty() || extras.is_empty() || paths.len() * extras.len() > MOST_ALIKE * MOST_ALIKE {
            continue;
        }
        let up_to = |template: &str| template.split('.').take(at + 1).collect::<Vec<_>>().join(".");
        let is_alone = paths.len() == 1 && extras.len() == 1;
        for path in &paths {
            let near = extras.iter().filter_map(|name| Some((names::cost(path, name)?, *name)));
            let (others, near): (Vec<_>, Vec<_>) = near.partition(|(_, name)| names::is_other_part(path, name));
            nearer.extend(others.iter().map(|(cost, name)| (up_to(name), *cost)));
            let near = near.into_iter().min();
            // only the name of a module may be any word
            let is_module = at + 1 < path.split('.').count() || names::role(path).is_none();
            let guess = (is_alone && is_module).then(|| (FAR, extras[0]));
            let Some((cost, name)) = near.or(guess).filter(|(_, name)| !names::is_other_part(path, name)) else {
                continue;
            };
            let so_far = pairs.entry((up_to(name), up_to(path))).or_insert((true, cost));
            *so_far = (so_far.0 && cost == FAR, so_far.1.min(cost));
        }
    }
    // one name is not that of two
    let mut nearest: BTreeMap<(usize, &str), (usize, usize)> = BTreeMap::new();
    let sides = pairs.iter().flat_map(|((from, to), (_, cost))| [((0, from.as_str()), cost), ((1, to), cost)]);
    for (side, cost) in sides.chain(nearer.iter().map(|(name, cost)| ((0, name.as_str()), cost))) {
        let (least, count) = nearest.entry(side).or_insert((*cost, 0));
        if cost < least {
            (*least, *count) = (*cost, 0);
        }
        *count += usize::from(cost == least);
    }
    let is_the_nearest = |(from, to): &(String, String), cost: usize| {
        [(0, from.as_str()), (1, to.as_str())].iter().all(|side| nearest.get(side) == Some(&(cost, 1)))
    };
    pairs
        .iter()
        .filter(|(names, (_, cost))| is_the_nearest(names, *cost))
        .map(|(names, (is_guess, _))| (names.clone(), *is_guess))
        .collect()
}
