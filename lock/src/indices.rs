//! Sets of indices, and boxes. A pattern with several sets stands for the box that they span.

use std::collections::HashMap;
use std::ops::RangeInclusive;

/// A set of indices, as ranges that are ascending, disjoint and not adjacent.
pub(crate) type Set = Vec<RangeInclusive<usize>>;

/// Adds indices that are greater than all in the set.
pub(crate) fn push(set: &mut Set, range: RangeInclusive<usize>) {
    match set.last_mut() {
        Some(last) if last.end().checked_add(1) == Some(*range.start()) => *last = *last.start()..=*range.end(),
        _ => set.push(range),
    }
}

/// Whether it has one index.
pub(crate) fn is_one(set: &[RangeInclusive<usize>]) -> bool {
    matches!(set, [range] if range.start() == range.end())
}

/// How many indices there are, or `usize::MAX` if there are more.
pub(crate) fn count(set: &[RangeInclusive<usize>]) -> usize {
    set.iter().fold(0, |sum: usize, range| {
        let len = range.end().checked_sub(*range.start()).map_or(0, |less| less.saturating_add(1));
        sum.saturating_add(len)
    })
}

/// The next index after `index`.
pub(crate) fn after(set: &[RangeInclusive<usize>], index: usize) -> Option<usize> {
    let range = set.get(set.partition_point(|range| *range.end() <= index))?;
    Some((*range.start()).max(index + 1))
}

/// How many indices are in both.
pub(crate) fn shared(a: &[RangeInclusive<usize>], b: &[RangeInclusive<usize>]) -> usize {
    let (mut i, mut k, mut sum) = (0, 0, 0usize);
    while let (Some(x), Some(y)) = (a.get(i), b.get(k)) {
        let both = *x.start().max(y.start())..=*x.end().min(y.end());
        sum = sum.saturating_add(count(&[both]));
        if x.end() < y.end() { i += 1 } else { k += 1 }
    }
    sum
}

/// Cuts the indices into ascending runs, so that each set contains all or nothing of a run. Each run comes with the numbers of
/// the sets that contain it. Indices in no set are left out.
pub(crate) fn runs(sets: &[&[RangeInclusive<usize>]]) -> Vec<(RangeInclusive<usize>, Vec<usize>)> {
    // where sets begin and end; an end is one more than the last index, which may not fit `usize`
    let mut edges: Vec<(u128, bool, usize)> = Vec::new();
    for (number, set) in sets.iter().enumerate() {
        for range in *set {
            edges.push((*range.start() as u128, true, number));
            edges.push((*range.end() as u128 + 1, false, number));
        }
    }
    edges.sort_unstable();
    let mut found = Vec::new();
    let mut held: Vec<usize> = Vec::new();
    let mut rest = &edges[..];
    while let [(place, ..), ..] = *rest {
        let here = rest.iter().take_while(|edge| edge.0 == place).count();
        for &(_, begins, number) in &rest[..here] {
            match held.binary_search(&number) {
                Err(at) if begins => held.insert(at, number),
                Ok(at) if !begins => _ = held.remove(at),
                _ => {}
            }
        }
        rest = &rest[here..];
        if let (Some((next, ..)), false) = (rest.first(), held.is_empty()) {
            // both are an index, or one more than an index
            found.push((place as usize..=(next - 1) as usize, held.clone()));
        }
    }
    found
}

/// Folds boxes that share no point into fewer boxes with the same points. From the last axis to the first, boxes that differ only
/// on that axis become one. The result depends only on the points.
pub(crate) fn fold(boxes: &[&[Set]]) -> Vec<Vec<Set>> {
    let sets: Vec<&[RangeInclusive<usize>]> = match boxes {
        [only] => return vec![only.to_vec()],
        _ => boxes.iter().filter_map(|sides| Some(sides.first()?.as_slice())).collect(),
    };
    let mut order: Vec<(Set, Vec<Set>)> = Vec::new();
    let mut known: HashMap<Vec<Set>, usize> = HashMap::new();
    // the same boxes may be in many runs
    let mut by_boxes: HashMap<Vec<usize>, Vec<usize>> = HashMap::new();
    for (run, held) in runs(&sets) {
        let folded = by_boxes.entry(held).or_insert_with_key(|held| {
            let rest: Vec<&[Set]> = held.iter().map(|&number| &boxes[number][1..]).collect();
            let places = fold(&rest).into_iter().map(|folded| {
                *known.entry(folded).or_insert_with_key(|folded| {
                    order.push((Vec::new(), folded.clone()));
                    order.len() - 1
                })
            });
            places.collect()
        });
        for &mut at in folded {
            push(&mut order[at].0, run.clone());
        }
    }
    order.into_iter().map(|(first, rest)| [vec![first], rest].concat()).collect()
}

/// The numbers of two boxes that share a point, and that point.
pub(crate) fn overlap(boxes: &[&[Set]]) -> Option<(usize, usize, Vec<usize>)> {
    match boxes {
        [] | [_] => return None,
        [[], ..] => return Some((0, 1, Vec::new())),
        _ => {}
    }
    let sets: Vec<&[RangeInclusive<usize>]> =
        boxes.iter().filter_map(|sides| Some(sides.first()?.as_slice())).collect();
    for (run, held) in runs(&sets) {
        let rest: Vec<&[Set]> = held.iter().map(|&number| &boxes[number][1..]).collect();
        if let Some((a, b, mut point)) = overlap(&rest) {
            point.insert(0, *run.start());
            return Some((held[a], held[b], point));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_cut_where_a_set_begins_or_ends() {
        let sets: [&[RangeInclusive<usize>]; 2] = [&[0..=5, usize::MAX..=usize::MAX], &[3..=8]];
        let expected = [(0..=2, vec![0]), (3..=5, vec![0, 1]), (6..=8, vec![1]), (usize::MAX..=usize::MAX, vec![0])];
        assert_eq!(runs(&sets), expected);
    }

    #[test]
    fn what_sets_share() {
        assert_eq!(shared(&[0..=3, 7..=9], &[2..=8]), 4);
        assert_eq!(shared(&[0..=3], &[4..=8]), 0);
        assert_eq!(count(&[0..=usize::MAX]), usize::MAX);
    }

    #[test]
    fn the_next_index_is_behind_a_gap() {
        let set = [0..=1, 4..=4];
        assert_eq!([after(&set, 0), after(&set, 1), after(&set, 4)], [Some(1), Some(4), None]);
    }

    #[test]
    fn boxes_that_share_a_point_are_found() {
        let (a, b) = ([vec![0..=3], vec![0..=9]], [vec![2..=5], vec![9..=12]]);
        assert_eq!(overlap(&[&a, &b]), Some((0, 1, vec![2, 9])));
        let c = [vec![4..=5], vec![9..=12]];
        assert_eq!(overlap(&[&a, &c]), None);
    }
}
