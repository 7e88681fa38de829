//! Checks entries that parameters take slices of: no part is taken twice, and none is left over.

use std::collections::BTreeMap;

use super::outcome::Cut;
use super::resolver::Resolver;
use crate::report::{Finding, FindingSide};
use crate::rules::says;

impl Resolver<'_> {
    /// Checks every entry that is cut.
    pub(super) fn check_cuts(&mut self) {
        let mut entries: BTreeMap<usize, Vec<Cut>> = BTreeMap::new();
        for cut in std::mem::take(&mut self.out.cuts) {
            entries.entry(cut.entry).or_default().push(cut);
        }
        for (entry, mut cuts) in entries {
            cuts.sort_by_key(|cut| (cut.part.from, cut.part.to));
            let kept = cuts.iter().filter(|cut| cut.is_kept);
            match kept.clone().count() {
                // nobody takes any of it, and all of it is noted as ignored
                count if count == cuts.len() => continue,
                _ => {
                    let name = self.name_of(entry);
                    let parts = kept.map(|cut| [name, cut.part.show(cut.part.from, cut.part.to).as_str()].concat());
                    self.out.report.ignored.extend(parts);
                }
            }
            match gaps(&cuts) {
                Ok(gaps) => gaps.into_iter().for_each(|gap| self.left_over(entry, &cuts[0], gap)),
                Err((other, why)) => {
                    let finding = Finding {
                        path: self.name_of(entry).to_owned(),
                        found: Some(FindingSide::words(format!(
                            "`{}` and `{}` {why}",
                            cuts[other - 1].path,
                            cuts[other].path
                        ))),
                        hints: vec![says::CUT.to_owned()],
                        ..self.located(entry)
                    };
                    self.out.report.duplicate.push(finding);
                }
            }
        }
    }

    /// Reports a part of an entry that no parameter takes, unless it is ignored.
    fn left_over(&mut self, entry: usize, cut: &Cut, (from, to): (usize, usize)) {
        let part = cut.part.show(from, to);
        let part = part.as_str();
        if self.is_ignored(entry, part) {
            return;
        }
        let found = self.checkpoint.entry(entry);
        let finding = Finding {
            path: found.name().to_owned(),
            found: Some(
                FindingSide::of_tensor(found.dtype(), found.shape())
                    .and(&format!(", of which no parameter takes {part}")),
            ),
            ..self.located(entry)
        };
        self.out.report.unexpected.push(finding);
    }
}

/// What ascending parts leave over of their entry, or the number of the first part that contradicts the one before it.
fn gaps(cuts: &[Cut]) -> Result<Vec<(usize, usize)>, (usize, &'static str)> {
    let (mut end, mut gaps) = (0, Vec::new());
    for (number, cut) in cuts.iter().enumerate() {
        if let Some(why) = cut.part.clash(&cuts[0].part, end) {
            return Err((number, why));
        }
        if cut.part.from > end {
            gaps.push((end, cut.part.from));
        }
        end = end.max(cut.part.to);
    }
    let extent = cuts.first().map_or(0, |cut| cut.part.extent);
    if end < extent {
        gaps.push((end, extent));
    }
    Ok(gaps)
}

/// How many indices are taken of the dim that is cut, by entry.
pub(super) fn taken(cuts: &[Cut]) -> BTreeMap<usize, usize> {
    let mut taken = BTreeMap::new();
    for cut in cuts {
        *taken.entry(cut.entry).or_insert(0usize) += cut.part.len();
    }
    taken
}
