//! Names of files that are one of a set: `model-00001-of-00004.safetensors`.
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use std::ops::RangeInclusive;

use crate::indices::push;

/// A name with a number and a count in it, however they are joined: `-00001-of-00004`, `_1_of_2`, `.00-of-08`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShardName<'n> {
    /// What stands before the number.
    before: &'n str,
    pub(crate) number: usize,
    /// The digits of the number, leading zeros included.
    width: usize,
    /// What stands behind the number: `-of-00004.safetensors`.
    behind: &'n str,
    /// How many files the set has.
    pub(crate) count: usize,
    /// What stands behind the count: `.safetensors`.
    rest: &'n str,
}

fn is_joint(c: char) -> bool {
    matches!(c, '-' | '_' | '.')
}

impl<'n> ShardName<'n> {
    pub(crate) fn of(name: &'n str) -> Option<ShardName<'n>> {
        let is_digit = |c: char| c.is_ascii_digit();
        let lower = name.to_ascii_lowercase();
        lower.rmatch_indices("of").find_map(|(at, of)| {
            let left = name.get(..at)?.strip_suffix(is_joint)?;
            let right = name.get(at.checked_add(of.len())?..)?.strip_prefix(is_joint)?;
            let before = left.trim_end_matches(is_digit);
            let number = left.get(before.len()..)?;
            let rest = right.trim_start_matches(is_digit);
            let count = right.strip_suffix(rest)?;
            // more digits than nine number no files
            let parse = |digits: &str| (digits.len() <= 9).then(|| digits.parse().ok()).flatten();
            let (parsed, count) = (parse(number)?, parse(count)?);
            Some(ShardName {
                before,
                number: parsed,
                width: number.len(),
                behind: name.get(left.len()..)?,
                count,
                rest,
            })
        })
    }

    /// What the names of one set have in common.
    pub(crate) fn set(&self) -> (&'n str, &'n str) {
        (self.before, self.behind)
    }

    /// What stands before the number, without the character that joins them, and what stands behind the count:
    /// `model` and `.safetensors`.
    pub(crate) fn whole(&self) -> (&'n str, &'n str) {
        (self.before.strip_suffix(is_joint).unwrap_or(self.before), self.rest)
    }

    /// The names with these numbers: `model-{00002..=00004}-of-00004.safetensors`.
    pub(crate) fn with(&self, numbers: &[RangeInclusive<usize>]) -> String {
        /// So many ranges show what the rest is like.
        const SHOWN: usize = 8;
        let width = self.width;
        let range = |range: &RangeInclusive<usize>| match range.start() == range.end() {
            true => format!("{:0width$}", range.start()),
            false => format!("{:0width$}..={:0width$}", range.start(), range.end()),
        };
        let mut ranges: Vec<String> = numbers.iter().take(SHOWN).map(range).collect();
        if numbers.len() > SHOWN {
            ranges.push("…".to_owned());
        }
        let ranges = ranges.join(", ");
        match numbers {
            [one] if one.start() == one.end() => format!("{}{ranges}{}", self.before, self.behind),
            _ => format!("{}{{{ranges}}}{}", self.before, self.behind),
        }
    }
}

/// The files of one set that are there.
pub(crate) struct ShardSet<'n> {
    /// One of them.
    pub(crate) name: ShardName<'n>,
    /// Their numbers, ascending, each once.
    numbers: Vec<usize>,
}

impl<'n> ShardSet<'n> {
    pub(crate) fn new(name: ShardName<'n>) -> ShardSet<'n> {
        ShardSet { name, numbers: vec![name.number] }
    }

    pub(crate) fn insert(&mut self, number: usize) {
        if let Err(place) = self.numbers.binary_search(&number) {
            self.numbers.insert(place, number);
        }
    }

    /// How many files of the set are there.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The numbers that a whole set has. Most count from 1, some from 0.
    fn whole(&self) -> RangeInclusive<usize> {
        let is_from_zero = self.numbers.first() == Some(&0);
        match (is_from_zero, self.name.count.checked_sub(1)) {
            (true, Some(last)) => 0..=last,
            _ => 1..=self.name.count,
        }
    }

    /// The numbers that are not there.
    fn absent(&self) -> Vec<RangeInclusive<usize>> {
        let whole = self.whole();
        let (mut absent, mut next) = (Vec::new(), *whole.start());
        for &number in &self.numbers {
            if number > next && next <= *whole.end() {
                absent.push(next..=number.saturating_sub(1).min(*whole.end()));
            }
            next = next.max(number.saturating_add(1));
        }
        if next <= *whole.end() {
            absent.push(next..=*whole.end());
        }
        absent
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.absent().is_empty()
    }

    /// The names of the files that are not there.
    pub(crate) fn absent_names(&self) -> String {
        self.name.with(&self.absent())
    }

    /// The names of the files that are there.
    pub(crate) fn names(&self) -> String {
        let mut ranges = Vec::new();
        self.numbers.iter().for_each(|&number| push(&mut ranges, number..=number));
        self.name.with(&ranges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_however_they_are_joined() {
        for (name, number, count, whole) in [
            ("model-00001-of-00004.safetensors", 1, 4, ("model", ".safetensors")),
            ("model_00001-of-00002.safetensors", 1, 2, ("model", ".safetensors")),
            ("model.safetensors-00002-of-00002", 2, 2, ("model.safetensors", "")),
            ("consolidated.00-of-08.safetensors", 0, 8, ("consolidated", ".safetensors")),
            ("a.fp16-1-OF-3.safetensors", 1, 3, ("a.fp16", ".safetensors")),
            ("profile_1_of_2_final.npz", 1, 2, ("profile", "_final.npz")),
            ("of-1-of-2", 1, 2, ("of", "")),
        ] {
            let shard = ShardName::of(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!((shard.number, shard.count, shard.whole()), (number, count, whole), "{name}");
            assert_eq!(shard.with(&[number..=number]), name);
        }
        for name in
            ["model.safetensors", "best-of-5.safetensors", "1of2.npz", "model-9999999999-of-2.npz", "-of-", "of"]
        {
            assert!(ShardName::of(name).is_none(), "{name}");
        }
    }

    #[test]
    fn what_is_absent_is_counted_from_0_or_1() {
        let absent = |numbers: &[usize], name: &str| {
            let mut set = ShardSet::new(ShardName::of(name).unwrap());
            numbers.iter().for_each(|&number| set.insert(number));
            (set.is_whole(), set.absent_names())
        };
        let name = "m-00003-of-00006.npz";
        assert_eq!(absent(&[3, 5], name), (false, "m-{00001..=00002, 00004, 00006}-of-00006.npz".to_owned()));
        assert!(absent(&[1, 2, 4, 5, 6], name).0);
        assert!(absent(&[0, 1, 2, 4, 5], name).0);
        assert_eq!(absent(&[0, 9], name), (false, "m-{00001..=00002, 00004..=00005}-of-00006.npz".to_owned()));
        assert_eq!(absent(&[1], "m-1-of-2.npz"), (false, "m-2-of-2.npz".to_owned()));
        assert_eq!(
            absent(&[], "m-00001-of-999999999.npz"),
            (false, "m-{00002..=999999999}-of-999999999.npz".to_owned())
        );
    }
}
