//! Rules about names that hold whatever the schema is.

use weighbridge_checkpoint::Entry;

use super::name_tree::NamePlace;
use super::resolver::Resolver;
use crate::path::{is_loose_index, literal, natural, shown};
use crate::report::{Finding, FindingSide};
use crate::rules::says;

impl Resolver<'_> {
    /// Reports components that are not indices here, but that Python's `int()` would read as one.
    pub(super) fn loose_indices(&mut self, place: NamePlace) {
        let loose: Vec<_> = self.names.children(place).filter(|(component, _)| is_loose_index(component)).collect();
        for (component, below) in loose {
            let entry = self.names.any_entry(below);
            self.out.report.name.push(Finding {
                path: self.trail.joined(component),
                found: Some(FindingSide::words(format!("`{}`, {}", shown(component), says::IS_LOOSE))),
                hints: vec![says::LOOSE_INDEX.to_owned()],
                ..entry.map(|entry| self.located(entry)).unwrap_or_default()
            });
            self.use_all(below);
        }
    }

    /// Reports names that are there twice, and names that are a prefix of others.
    pub(super) fn check_names(&mut self) {
        for &(first, again) in &self.names.repeated {
            let [a, b] = [first, again].map(|entry| self.checkpoint.entry(entry));
            let hint = match (a.name() == b.name(), a.file() == b.file()) {
                (true, true) => "readers differ in which one they take; keep one of them".to_owned(),
                (true, false) => "two shards hold it; remove it from one of them".to_owned(),
                (false, _) => format!(
                    "the loader's renaming gives both this name; to leave the second out, begin with `Loader::new().rename({}, \"unused\").ignore([\"*unused\"])`",
                    literal(&self.policy.renames.begin(b.name()))
                ),
            };
            self.out.used.push(again);
            let finding = Finding {
                path: self.name_of(first).to_owned(),
                found: Some(FindingSide::words(both(&a, &b))),
                hints: vec![hint],
                ..self.located(again)
            };
            self.out.report.duplicate.push(finding);
        }
        let prefixes: Vec<NamePlace> = self.names.prefixes().collect();
        for place in prefixes {
            let path = self.names.path(place);
            let below = self.names.children(place).map(|(component, _)| component).min_by(|a, b| natural(a, b));
            let finding = Finding {
                found: Some(FindingSide::words(format!(
                    "a tensor, and a module that has `{}`",
                    shown(below.unwrap_or_default())
                ))),
                hints: vec![says::ABOVE_OTHERS.to_owned()],
                ..self.names.entry(place).map(|entry| self.located(entry)).unwrap_or_default()
            };
            self.out.report.name.push(Finding { path, ..finding });
        }
    }
}

/// Where the entries of a duplicate are.
fn both(a: &Entry<'_>, b: &Entry<'_>) -> String {
    match (a.name() == b.name(), a.file() == b.file()) {
        (true, true) => match (a.offset(), b.offset()) {
            // tensors in memory have no offset
            (0, 0) => format!("twice in {}", shown(a.file())),
            (first, second) => format!("at byte {first} and at byte {second} of {}", shown(a.file())),
        },
        (true, false) => format!("{} and {}", place(a), place(b)),
        (false, _) => format!("`{}` {} and `{}` {}", shown(a.name()), place(a), shown(b.name()), place(b)),
    }
}

/// Where an entry is.
fn place(entry: &Entry<'_>) -> String {
    match entry.offset() {
        0 => format!("in {}", shown(entry.file())),
        offset => format!("at byte {offset} of {}", shown(entry.file())),
    }
}
