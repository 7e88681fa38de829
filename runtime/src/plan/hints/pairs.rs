//! Pairs what is missing with what is unexpected: names that are near each other, and tensors that are alone in their place.
//! Time grows with the number of names, and not with the number of pairs.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::beside::is_known;
use super::leftovers::{Leftovers, fixed_shape, group};
use super::names::{cost, differing, is_other_part, is_style, may_be, split_last};
use crate::path::{distance, index};
use crate::rules::layout;

/// Groups with more pairs than this have no near names: their members are told apart by shape, or not at all.
const MOST_PAIRS: usize = 400;
/// Names with more components than this are compared as a whole only.
const DEEPEST: usize = 32;
/// The cost of a pair that only its place and its shape suggest. Any near name is cheaper.
const ALONE: usize = 100;

/// An entry may be near so many names.
const FEW: usize = 3;

/// A missing parameter and the entry that it may be, by their numbers.
pub(super) struct Pair {
    pub(super) missing: usize,
    pub(super) extra: usize,
    /// What `from` must be, if the shape fits only then.
    pub(super) from: Option<String>,
    cost: usize,
}

/// The pairs of which each is the best one for both of its sides.
pub(super) fn find(left: &Leftovers<'_>) -> Vec<Pair> {
    // a map's key with a dot in it looks like the path of another parameter, and no renaming makes it one
    let paths: HashSet<&str> = left.missing.iter().map(|missing| missing.path.as_str()).collect();
    let mut candidates = Candidates {
        left,
        missing: (0..left.missing.len())
            .filter(|&m| left.missing_hints[m].is_empty() || left.missing[m].optional.is_some())
            .collect(),
        extras: (0..left.unexpected.len())
            .filter(|&e| left.unexpected_hints[e].is_empty() && !is_known(&left.unexpected[e].path))
            .filter(|&e| !paths.contains(left.unexpected[e].path.as_str()))
            // no attribute has such a name
            .filter(|&e| !left.unexpected[e].path.split('.').any(str::is_empty))
            .collect(),
        found: Vec::new(),
    };
    candidates.one_component_apart();
    candidates.above_and_below();
    candidates.alike_in_letters();
    candidates.alone_with_their_shape();
    if !left.too_many() {
        candidates.near_as_a_whole();
    }
    let found = best(candidates.found);
    in_order(left, found)
}

/// The pairs without those of numbered siblings that begin at another number: each would be taken for the one beside it.
fn in_order(left: &Leftovers<'_>, mut found: Vec<Pair>) -> Vec<Pair> {
    let names = |pair: &Pair| (left.missing[pair.missing].path.as_str(), left.unexpected[pair.extra].path.as_str());
    // by the name with `*` for the number: the lowest one, of what is missing and of what is unexpected
    let mut lowest: HashMap<String, [Option<usize>; 2]> = HashMap::new();
    for (ours, theirs) in found.iter().filter_map(|pair| siblings(names(pair))) {
        lowest.insert(ours.0, [None; 2]);
        lowest.insert(theirs.0, [None; 2]);
    }
    if lowest.is_empty() {
        return found;
    }
    let missing = left.missing.iter().map(|missing| (0, missing.path.as_str()));
    let unexpected = left.unexpected.iter().map(|extra| (1, extra.path.as_str()));
    for (side, name) in missing.chain(unexpected) {
        for (family, number) in families(name) {
            if let Some(known) = lowest.get_mut(&family) {
                let known = &mut known[side];
                *known = Some(known.map_or(number, |known| known.min(number)));
            }
        }
    }
    found.retain(|pair| {
        // a shape that no other has tells which one it is
        let Some((ours, theirs)) = siblings(names(pair)).filter(|_| pair.cost < ALONE) else { return true };
        let first = |family: &str, side: usize| lowest.get(family).and_then(|lowest| lowest[side]);
        ours.1 == theirs.1 && first(&ours.0, 0) == first(&theirs.0, 1)
    });
    found
}

/// A name with `*` for one of its numbers, and the number.
type Family = (String, usize);

/// The families of two names that differ in a component or more with numbers in it, by the last of these numbers.
fn siblings((path, name): (&str, &str)) -> Option<(Family, Family)> {
    let (mut ours, mut theirs): (Vec<&str>, Vec<&str>) = (path.split('.').collect(), name.split('.').collect());
    while !ours.is_empty() && !theirs.is_empty() && ours.last() == theirs.last() {
        ours.pop();
        theirs.pop();
    }
    let same = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
    let family = |components: &[&str], name: &str| {
        let before: usize = components[..same].iter().map(|component| component.len() + 1).sum();
        let end = components.join(".").len();
        let (start, stop) =
            numbers(name).take_while(|(_, stop)| *stop <= end).filter(|(start, _)| *start >= before).last()?;
        of_family(name, start, stop)
    };
    Some((family(&ours, path)?, family(&theirs, name)?))
}

/// The families of a name, by each of its numbers.
fn families(name: &str) -> impl Iterator<Item = Family> {
    numbers(name).filter_map(|(start, end)| of_family(name, start, end))
}

fn of_family(name: &str, start: usize, end: usize) -> Option<Family> {
    Some((format!("{}*{}", &name[..start], &name[end..]), name[start..end].parse().ok()?))
}

/// Where the numbers of a name begin and end.
fn numbers(name: &str) -> impl Iterator<Item = (usize, usize)> {
    let is_digit = |i: usize| name.as_bytes().get(i).is_some_and(u8::is_ascii_digit);
    let starts = (0..name.len()).filter(move |&i| is_digit(i) && (i == 0 || !is_digit(i - 1)));
    starts.map(move |start| (start, (start..).find(|&i| !is_digit(i)).unwrap_or(start)))
}

/// Of each side, the pair with the lowest cost, if there is only one of it.
fn best(mut found: Vec<Pair>) -> Vec<Pair> {
    found.sort_by_key(|pair| (pair.missing, pair.extra, pair.cost));
    found.dedup_by_key(|pair| (pair.missing, pair.extra));
    let found = best_by(found, |pair| pair.missing, 1);
    // an entry is near a few names at most, or it is a sign of none
    let mut found = best_by(found, |pair| pair.extra, FEW);
    found.sort_by_key(|pair| pair.missing);
    found
}

/// The best pairs of each side, if there are at most so many that are equally good.
fn best_by(mut found: Vec<Pair>, side: impl Fn(&Pair) -> usize, most: usize) -> Vec<Pair> {
    found.sort_by_key(|pair| (side(pair), pair.cost));
    let mut best: Vec<Pair> = Vec::with_capacity(found.len());
    let mut found = found.into_iter().peekable();
    while let Some(first) = found.next() {
        let (of, cost, mut alike) = (side(&first), first.cost, vec![first]);
        while let Some(next) = found.next_if(|next| side(next) == of) {
            if next.cost == cost {
                alike.push(next);
            }
        }
        if alike.len() <= if cost < ALONE { most } else { 1 } {
            best.append(&mut alike);
        }
    }
    best
}

struct Candidates<'c> {
    left: &'c Leftovers<'c>,
    /// What needs an explanation, and what may be one.
    missing: Vec<usize>,
    extras: Vec<usize>,
    found: Vec<Pair>,
}

impl Candidates<'_> {
    fn path(&self, m: usize) -> &str {
        &self.left.missing[m].path
    }

    fn name(&self, e: usize) -> &str {
        &self.left.unexpected[e].path
    }

    /// Adds a pair if the shape fits, or if a layout makes it fit.
    fn add(&mut self, m: usize, e: usize, cost: usize) {
        let (missing, extra) = (&self.left.missing[m], &self.left.unexpected[e]);
        if is_other_part(&missing.path, &extra.path) {
            return;
        }
        let from = if missing.expected.fits(&extra.shape) {
            None
        } else if is_style(split_last(&missing.path).1, split_last(&extra.path).1)
            && let Some(from) = layout::from(&missing.expected, &extra.shape)
        {
            Some(from.as_str().to_owned())
        } else {
            return;
        };
        self.found.push(Pair { missing: m, extra: e, from, cost });
    }

    /// Names that differ in one component, which is no index.
    fn one_component_apart(&mut self) {
        let (missing, extras) = (self.keys(&self.missing, |m| self.path(m)), self.keys(&self.extras, |e| self.name(e)));
        let (mut m, mut e) = (0, 0);
        while m < missing.len() && e < extras.len() {
            let (key, other) = (missing[m].0, extras[e].0);
            if key != other {
                if key < other {
                    m += 1
                } else {
                    e += 1
                }
                continue;
            }
            let ends = |all: &[(u64, usize)], from: usize| all[from..].iter().take_while(|one| one.0 == key).count();
            let (here, there) = (&missing[m..m + ends(&missing, m)], &extras[e..e + ends(&extras, e)]);
            self.in_one_place(here, there);
            (m, e) = (m + here.len(), e + there.len());
        }
    }

    /// For each component of each name that is no index: a number for the rest of the name.
    fn keys<'n>(&self, of: &[usize], text: impl Fn(usize) -> &'n str) -> Vec<(u64, usize)> {
        let mut keys = Vec::new();
        for &one in of {
            let components: Vec<&str> = text(one).split('.').collect();
            if components.len() > DEEPEST {
                continue;
            }
            for left_out in (0..components.len()).filter(|&i| index(components[i]).is_none()) {
                let mut hasher = DefaultHasher::new();
                (components.len(), left_out).hash(&mut hasher);
                components
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| *i != left_out)
                    .for_each(|(_, one)| one.hash(&mut hasher));
                keys.push((hasher.finish(), one));
            }
        }
        keys.sort_unstable();
        keys
    }

    /// Pairs what differs in one component: by its spelling, or by a shape that no other has.
    fn in_one_place(&mut self, missing: &[(u64, usize)], extras: &[(u64, usize)]) {
        if missing.len().saturating_mul(extras.len()) <= MOST_PAIRS {
            for &(_, m) in missing {
                for &(_, e) in extras {
                    if let Some(cost) = cost(self.path(m), self.name(e)) {
                        self.add(m, e, cost);
                    }
                }
            }
        }
        let mut by_shape: HashMap<Vec<usize>, [Vec<usize>; 2]> = HashMap::new();
        for &(_, m) in missing {
            if let Some(shape) = fixed_shape(&self.left.missing[m].expected) {
                by_shape.entry(shape).or_default()[0].push(m);
            }
        }
        for &(_, e) in extras {
            if let Some([_, extras]) = by_shape.get_mut(&self.left.unexpected[e].shape) {
                extras.push(e);
            }
        }
        for [missing, extras] in by_shape.into_values() {
            if let ([m], [e]) = (missing.as_slice(), extras.as_slice()) {
                self.add_alone(*m, *e, ALONE);
            } else if missing.len().saturating_mul(extras.len()) <= MOST_PAIRS {
                self.with_their_numbers(&missing, &extras);
            }
        }
    }

    fn add_alone(&mut self, m: usize, e: usize, cost: usize) {
        let expected = &self.left.missing[m].expected;
        if expected.accepts(self.left.unexpected[e].dtype).is_some() {
            self.add(m, e, cost);
        }
    }

    /// Pairs what has one shape by the numbers in the words that differ: `ln_1` and `ln_2` for `norm1` and `norm2`.
    fn with_their_numbers(&mut self, missing: &[usize], extras: &[usize]) {
        let numbers = |m: usize, e: usize| {
            let (_, ours, theirs) = differing(self.path(m), self.name(e))?;
            let [ours, theirs] =
                [ours, theirs].map(|text| text.chars().filter(char::is_ascii_digit).collect::<String>());
            (!ours.is_empty() && ours == theirs).then_some(())
        };
        let alike: Vec<(usize, usize)> = missing
            .iter()
            .flat_map(|&m| extras.iter().map(move |&e| (m, e)))
            .filter(|&(m, e)| numbers(m, e).is_some())
            .collect();
        let is_only =
            |of: usize, side: fn(&(usize, usize)) -> usize| alike.iter().filter(|pair| side(pair) == of).count() == 1;
        for &(m, e) in &alike {
            if is_only(m, |pair| pair.0) && is_only(e, |pair| pair.1) {
                self.add_alone(m, e, ALONE - 1);
            }
        }
    }

    /// A module for its tensor, and a tensor for its module.
    fn above_and_below(&mut self) {
        let paths: HashMap<String, usize> = self.missing.iter().map(|&m| (self.path(m).to_owned(), m)).collect();
        for e in self.extras.clone() {
            let name = self.name(e).to_owned();
            if let Some(&m) = paths.get(&format!("{name}.weight")) {
                self.add(m, e, 1);
            }
            let (parent, leaf) = split_last(&name);
            if let Some(&m) = paths.get(parent) {
                self.add(m, e, if leaf == "weight" { 1 } else { 2 });
            }
        }
    }

    /// Names of the same letters: `selfAttn.qProj` for `self_attn.q_proj`, `ln_1` for `ln.1`.
    fn alike_in_letters(&mut self) {
        let letters = |name: &str| -> String {
            let kept = name.chars().filter(|c| c.is_alphanumeric());
            kept.flat_map(char::to_lowercase).collect()
        };
        let mut alike: HashMap<String, [Vec<usize>; 2]> = HashMap::new();
        for &m in &self.missing {
            alike.entry(letters(self.path(m))).or_default()[0].push(m);
        }
        for &e in &self.extras {
            if let Some([_, extras]) = alike.get_mut(&letters(self.name(e))) {
                extras.push(e);
            }
        }
        for [missing, extras] in alike.into_values() {
            if let ([m], [e]) = (missing.as_slice(), extras.as_slice()) {
                self.add(*m, *e, 1);
            }
        }
    }

    /// The only ones of a shape on both sides, if they end alike.
    fn alone_with_their_shape(&mut self) {
        let missing = group(self.left.missing, |missing| fixed_shape(&missing.expected));
        let unexpected = group(&self.left.unexpected, |extra| Some(extra.shape.clone()));
        for m in self.missing.clone() {
            let shape = fixed_shape(&self.left.missing[m].expected).filter(|shape| shape.len() > 1);
            let Some(shape) = shape else { continue };
            if let (Some([_]), Some([e])) =
                (missing.get(&shape).map(Vec::as_slice), unexpected.get(&shape).map(Vec::as_slice))
                && self.left.unexpected_hints[*e].is_empty()
                && may_be(self.path(m), self.name(*e))
            {
                self.add(m, *e, ALONE);
            }
        }
    }

    /// Names of another depth that differ in a few characters.
    fn near_as_a_whole(&mut self) {
        let depth = |name: &str| name.split('.').count();
        for m in self.missing.clone() {
            for e in self.extras.clone() {
                let (path, name) = (self.path(m), self.name(e));
                if depth(path) != depth(name)
                    && let Some(cost) = distance(path, name, 2)
                {
                    self.add(m, e, cost);
                }
            }
        }
    }
}
