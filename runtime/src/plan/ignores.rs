//! Patterns of names to ignore, by the modules that declare them.

use std::collections::HashMap;
use std::iter::{from_fn, successors};

use weighbridge_lock::matches;

use super::name_tree::{NamePlace, NameTree, ROOT};
use crate::path::Trail;

/// There may be any number of modules and of unexpected names. So a name is compared only with the patterns of the modules
/// above it, of which there is one for each dot.
#[derive(Default)]
pub(super) struct Ignores<'r> {
    /// The loader's patterns, over whole names.
    loader: &'r [String],
    /// The patterns of the modules, in the order of the walk.
    of_modules: Vec<ModulePatterns>,
    /// The last patterns that apply below each place, by their number in `of_modules`.
    last: HashMap<NamePlace, usize>,
}

/// The patterns of one module.
#[derive(Clone, Copy)]
pub(super) struct ModulePatterns {
    /// They apply to what follows the module's own name and a dot.
    patterns: &'static [&'static str],
    /// The place of the names that begin with the module's, if there are any.
    place: Option<NamePlace>,
    /// The patterns before these that apply to the same names.
    before: Option<usize>,
}

impl<'r> Ignores<'r> {
    pub(super) fn of_loader(patterns: &'r [String]) -> Ignores<'r> {
        Ignores { loader: patterns, ..Ignores::default() }
    }

    /// Adds the patterns of the module at the end of the trail. Looks up its place, because the walk may have come here by
    /// an alias.
    pub(super) fn add(&mut self, patterns: &'static [&'static str], names: &NameTree<'_>, trail: &Trail) {
        if !patterns.is_empty() {
            let is_root = trail.prefix() == (0, false);
            let place = if is_root { Some(ROOT) } else { names.named(ROOT, trail.as_str()) };
            self.push(patterns, place);
        }
    }

    fn push(&mut self, patterns: &'static [&'static str], place: Option<NamePlace>) {
        let before = place.and_then(|place| self.last.insert(place, self.of_modules.len()));
        self.of_modules.push(ModulePatterns { patterns, place, before });
    }

    /// How many modules have added patterns so far.
    pub(super) fn count(&self) -> usize {
        self.of_modules.len()
    }

    /// Removes what was added since there were `count`, and returns it.
    pub(super) fn remove_after(&mut self, count: usize) -> Vec<ModulePatterns> {
        for removed in self.of_modules[count..].iter().rev() {
            match (removed.place, removed.before) {
                (Some(place), Some(before)) => self.last.insert(place, before),
                (Some(place), None) => self.last.remove(&place),
                (None, _) => None,
            };
        }
        self.of_modules.split_off(count)
    }

    /// Adds again what was removed.
    pub(super) fn add_again(&mut self, part: &[ModulePatterns]) {
        part.iter().for_each(|module| self.push(module.patterns, module.place));
    }

    /// Every pattern, as often as it was added: first the loader's, then those of the modules, in the order of the walk.
    pub(super) fn all(&self) -> impl Iterator<Item = &'r str> {
        let of_modules = self.of_modules.iter().flat_map(|module| module.patterns.iter().copied());
        self.loader.iter().map(String::as_str).chain(of_modules)
    }

    /// The patterns that fit a name, as it is after the loader's renaming.
    pub(super) fn fitting(&self, names: &NameTree<'_>, name: &str) -> impl Iterator<Item = &'r str> {
        let compared = self.compared(names, name);
        compared.filter(|(pattern, rest)| matches(pattern, rest)).map(|(pattern, _)| pattern)
    }

    /// The patterns that may fit a name of the file, each with the part of the name that it applies to.
    fn compared<'n>(&self, names: &NameTree<'_>, name: &'n str) -> impl Iterator<Item = (&'r str, &'n str)> {
        let mut next = (!self.last.is_empty()).then_some((ROOT, name));
        let above = from_fn(move || {
            let (place, rest) = next?;
            let parts = rest.split_once('.');
            next = parts.and_then(|(component, rest)| Some((names.child(place, component)?, rest)));
            Some((place, rest))
        });
        let of_modules = above.flat_map(move |(place, rest)| {
            let numbers = successors(self.last.get(&place), |&&number| self.of_modules[number].before.as_ref());
            numbers
                .flat_map(move |&number| self.of_modules[number].patterns.iter().map(move |&pattern| (pattern, rest)))
        });
        self.loader.iter().map(move |pattern| (pattern.as_str(), name)).chain(of_modules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A trail through these components.
    fn trail(components: &[&str]) -> Trail {
        let mut trail = Trail::default();
        for component in components {
            let _ = trail.enter(component);
        }
        trail
    }

    #[test]
    fn a_name_is_compared_with_what_the_modules_above_it_say() {
        const MODULES: usize = 1000;
        let all: Vec<String> = (0..MODULES).map(|i| format!("list.{i}.x.scale")).collect();
        let names = NameTree::new(all.iter().map(|name| Some(name.as_str())));
        let loader = ["a".to_owned()];
        let mut ignores = Ignores::of_loader(&loader);
        for i in 0..MODULES {
            ignores.add(&["*.scale", "b"], &names, &trail(&["list", &i.to_string()]));
            ignores.add(&[], &names, &trail(&[]));
            // none of these is in the file
            ignores.add(&["*"], &names, &trail(&["other", &i.to_string()]));
        }
        let compared: usize = all.iter().map(|name| ignores.compared(&names, name).count()).sum();
        assert_eq!((compared, ignores.all().count()), (3 * MODULES, 1 + 3 * MODULES));
        assert!(all.iter().all(|name| ignores.fitting(&names, name).eq(["*.scale"])));
    }

    #[test]
    fn what_is_removed_applies_no_more() {
        let names = NameTree::new(["a.x", "a.y"].map(Some).into_iter());
        let mut ignores = Ignores::default();
        ignores.add(&["x"], &names, &trail(&["a"]));
        let count = ignores.count();
        ignores.add(&["y"], &names, &trail(&["a"]));
        ignores.add(&["*.y"], &names, &trail(&[]));
        ignores.add(&["z"], &names, &trail(&["absent"]));
        let fits = |ignores: &Ignores<'_>| ["a.x", "a.y"].map(|name| ignores.fitting(&names, name).count());
        assert_eq!((fits(&ignores), ignores.all().count()), ([1, 2], 4));
        let part = ignores.remove_after(count);
        assert_eq!((fits(&ignores), ignores.all().collect::<Vec<_>>()), ([1, 0], vec!["x"]));
        ignores.add_again(&part);
        assert_eq!((fits(&ignores), ignores.all().count()), ([1, 2], 4));
    }

    #[test]
    fn a_place_may_have_several_modules_and_an_empty_name() {
        let names = NameTree::new(["a.b", ".b", "b", "a..b"].map(Some).into_iter());
        let mut ignores = Ignores::default();
        for (components, patterns) in [
            (&[][..], &["b", "a.*"][..]),
            (&["a"], &["b"]),
            (&["a"], &["*", "c"]),
            (&[""], &["*b"]),
            (&["a", ""], &["b"]),
        ] {
            ignores.add(patterns, &names, &trail(components));
        }
        let fitting = |name| {
            let mut fitting: Vec<&str> = ignores.fitting(&names, name).collect();
            fitting.sort_unstable();
            fitting
        };
        assert_eq!(fitting("a.b"), ["*", "a.*", "b"]);
        assert_eq!(fitting(".b"), ["*b"]);
        assert_eq!(fitting("b"), ["b"]);
        assert_eq!(fitting("a..b"), ["*", "a.*", "b"]);
    }
}
