//! Rules about names that hold whatever the schema is.

use std::collections::HashSet;

use weighbridge_checkpoint::Entry;

use super::name_tree::NamePlace;
use super::resolver::Resolver;
use crate::path::{literal, shown};
use crate::report::{Finding, FindingSide};
use crate::rules::says;
use crate::schema::{Field, Stem, split};

impl Resolver<'_> {
    /// Reports components that are not indices here, but that Python's `int()` would read as one. What a field is named is meant so.
    pub(super) fn loose_indices(&mut self, place: NamePlace, stem: &Stem, fields: &[Field]) {
        let loose: Vec<_> = self.names.children(place).filter(|(component, _)| stem.is_loose(component)).collect();
        if loose.is_empty() {
            return;
        }
        let named: HashSet<&str> = fields.iter().map(|field| split(field.name).0).collect();
        let loose = loose.into_iter().filter(|(component, below)| !named.contains(component) && self.is_live(*below));
        for (component, below) in loose.collect::<Vec<_>>() {
            let entry = self.any_entry(below);
            self.out.report.name.push(Finding {
                path: self.trail.joined(component),
                found: Some(FindingSide::words(format!("`{}`, {}", shown(component), says::IS_LOOSE))),
                hints: vec![says::LOOSE_INDEX.to_owned()],
                ..entry.map(|entry| self.located(entry)).unwrap_or_default()
            });
            self.use_all(below);
        }
    }

    /// Reports names that are there twice.
    pub(super) fn check_names(&mut self) {
        let begin = |name: &str| self.policy.renames.begin(name).to_string();
        for &(first, again) in &self.names.repeated {
            if self.is_hidden(first) || again >= self.checkpoint.len() {
                continue;
            }
            let [a, b] = [first, again].map(|entry| self.checkpoint.entry(entry));
            let hint = match (a.name() == b.name(), a.file() == b.file()) {
                (true, true) if a.offset() == b.offset() && a.offset() > 0 => {
                    "this file is given twice; give each file once".to_owned()
                }
                (true, true) => "readers differ in which one they take; keep one of them".to_owned(),
                (true, false) => "two files hold it; remove it from one of them, or ignore it".to_owned(),
                (false, _) if begin(a.name()) == begin(b.name()) => {
                    "the separator gives both this name before any other renaming, and no pattern tells them apart; remove the separator, and rename what needs it".to_owned()
                }
                (false, _) => format!(
                    "the renaming gives both this name; to leave the second out, begin with `Loader::new().rename({}, \"unused\").ignore([\"*unused\"])`",
                    literal(&begin(b.name()))
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
