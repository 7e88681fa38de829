//! A subtree that the checkpoint does not have.

use std::borrow::Cow;

use weighbridge_checkpoint::Rename;

use super::nearest::{nearest, with_modules};
use super::resolver::Resolver;
use crate::path::{literal, natural, shown};
use crate::report::{Finding, FindingSide};

/// The most modules that the hint names.
const MOST_NAMED: usize = 8;

impl Resolver<'_> {
    /// Reports a subtree that has no names: nothing of the checkpoint is there, so that all other findings follow from it.
    pub(super) fn check_subtree(&mut self) {
        let subtree = |rename: &Rename| if let Rename::Subtree(path) = rename { Some(path.clone()) } else { None };
        // a checkpoint without tensors has no subtree at all
        let Some(path) = self.out.report.stale_renames.iter().find_map(subtree).filter(|_| !self.checkpoint.is_empty())
        else {
            return;
        };
        let names: Vec<Cow<'_, str>> =
            self.checkpoint.iter().map(|entry| self.policy.renames.separated(entry.name())).collect();
        let modules = with_modules(names.iter().map(AsRef::as_ref), false);
        let path = self.policy.renames.separated(&path).into_owned();
        let path = path.trim_end_matches('.');
        let is_tensor = names.iter().any(|name| name == path);
        let remedy = match (is_tensor, path.rsplit_once('.')) {
            (true, Some((module, _))) => Some(format!("it is a tensor; say `subtree({})`", literal(module))),
            (true, None) => Some("it is a tensor, so leave out `subtree`".to_owned()),
            (false, _) => nearest(path, &modules).map(|near| format!("did you mean `subtree({})`?", literal(near))),
        };
        let remedy = remedy.unwrap_or_else(|| match modules.len() {
            0 => "no name has a module, so leave out `subtree`".to_owned(),
            count => {
                let mut named: Vec<&String> = modules.iter().filter(|module| !module.contains('.')).collect();
                named.sort_by(|a, b| natural(a, b));
                let left = named.len().saturating_sub(MOST_NAMED);
                named.truncate(MOST_NAMED);
                let named: Vec<String> = named.into_iter().map(|module| format!("`{}`", shown(module))).collect();
                let more = if left > 0 { format!(" and {left} more") } else { String::new() };
                let are = if count == 1 { "its only module is" } else { "its modules are" };
                format!("{are} {}{more}", named.join(", "))
            }
        });
        let hint = format!("the checkpoint has no name below `{}`; {remedy}", shown(path));
        self.out.report.hints.insert(0, hint.clone());
        self.out.report.name.push(Finding {
            path: path.to_owned(),
            found: Some(FindingSide::words("a subtree without a name")),
            hints: vec![hint],
            ..Finding::default()
        });
    }
}
