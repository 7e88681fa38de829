//! Patterns of names to ignore, by the modules that declare them.

use std::collections::HashMap;
use std::iter::{from_fn, successors};

use weighbridge_lock::matches;

use super::name_tree::{NamePlace, NameTree, ROOT};
use crate::path::shown;
use crate::rules::says;

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

    /// Adds the patterns of the module whose names are at this place, if the file has any.
    pub(super) fn add(&mut self, patterns: &'static [&'static str], place: Option<NamePlace>) {
        if !patterns.is_empty() {
            self.push(patterns, place);
        }
    }

    /// Whether a module has added patterns.
    pub(super) fn any_of_modules(&self) -> bool {
        !self.of_modules.is_empty()
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
        let removed = self.of_modules[count..].to_vec();
        self.drop_after(count);
        removed
    }

    /// Removes what was added since there were `count`.
    pub(super) fn drop_after(&mut self, count: usize) {
        for removed in self.of_modules[count..].iter().rev() {
            match (removed.place, removed.before) {
                (Some(place), Some(before)) => self.last.insert(place, before),
                (Some(place), None) => self.last.remove(&place),
                (None, _) => None,
            };
        }
        self.of_modules.truncate(count);
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
        self.loader_fitting(name).chain(self.of_modules_fitting(names, name).map(|fitting| fitting.pattern))
    }

    /// The loader's patterns that fit a name.
    fn loader_fitting(&self, name: &str) -> impl Iterator<Item = &'r str> {
        self.loader.iter().map(String::as_str).filter(move |pattern| matches(pattern, name))
    }

    /// The modules' patterns that fit a name.
    pub(super) fn of_modules_fitting<'n>(
        &self,
        names: &NameTree<'_>,
        name: &'n str,
    ) -> impl Iterator<Item = FittingPattern<'n>> {
        self.compared(names, name).filter(|fitting| matches(fitting.pattern, fitting.rest))
    }

    /// The pattern that hides a name: of several, the loader's first one, and else the one that was added first.
    pub(super) fn hiding<'n>(&self, names: &NameTree<'_>, name: &'n str) -> Option<Hiding<'r, 'n>> {
        if let Some(pattern) = self.loader_fitting(name).next() {
            return Some(Hiding { pattern, module: None, number: None });
        }
        let first = self.of_modules_fitting(names, name).min_by_key(|fitting| fitting.number)?;
        let above = name.len() - first.rest.len();
        Some(Hiding {
            pattern: first.pattern,
            module: Some(&name[..above.saturating_sub(1)]),
            number: Some(first.number),
        })
    }

    /// The modules' patterns that may fit a name of the file.
    fn compared<'n>(&self, names: &NameTree<'_>, name: &'n str) -> impl Iterator<Item = FittingPattern<'n>> {
        let mut next = (!self.last.is_empty()).then_some((ROOT, name));
        let above = from_fn(move || {
            let (place, rest) = next?;
            let parts = rest.split_once('.');
            next = parts.and_then(|(component, rest)| Some((names.child(place, component)?, rest)));
            Some((place, rest))
        });
        above.flat_map(move |(place, rest)| {
            let numbers = successors(self.last.get(&place), |&&number| self.of_modules[number].before.as_ref());
            numbers.flat_map(move |&module| {
                let patterns = self.of_modules[module].patterns.iter().enumerate();
                patterns.map(move |(at, &pattern)| FittingPattern { pattern, number: (module, at), rest })
            })
        })
    }
}

/// A module's pattern beside a name.
pub(super) struct FittingPattern<'n> {
    pub(super) pattern: &'static str,
    /// The number of the module, and the pattern's in it.
    number: (usize, usize),
    /// The part of the name that the pattern applies to.
    rest: &'n str,
}

/// Why a name is not there.
#[derive(Clone, Copy)]
pub(super) struct Hiding<'r, 'n> {
    pub(super) pattern: &'r str,
    /// The name of the module whose type has the pattern; `None` if it is the loader's.
    pub(super) module: Option<&'n str>,
    /// Which of the modules' patterns it is: the first has the lowest number.
    pub(super) number: Option<(usize, usize)>,
}

impl Hiding<'_, '_> {
    /// The pattern, and where it stands.
    pub(super) fn named(&self) -> String {
        let [before, on, _] = says::HIDES;
        let pattern = shown(self.pattern);
        match self.module {
            None => format!("{before}{pattern}` of `Loader::ignore`"),
            Some("") => format!("{before}{pattern}{on}{}", says::THE_MODULE),
            Some(module) => format!("{before}{pattern}{on}{}`{}`", says::TYPE_OF, shown(module)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of a module, of which the root has no name.
    fn place(names: &NameTree<'_>, name: Option<&str>) -> Option<NamePlace> {
        name.map_or(Some(ROOT), |name| names.named(ROOT, name))
    }

    #[test]
    fn a_name_is_compared_with_what_the_modules_above_it_say() {
        const MODULES: usize = 1000;
        let all: Vec<String> = (0..MODULES).map(|i| format!("list.{i}.x.scale")).collect();
        let names = NameTree::new(all.iter().map(|name| Some(name.as_str()))).unwrap();
        let loader = ["a".to_owned()];
        let mut ignores = Ignores::of_loader(&loader);
        for i in 0..MODULES {
            ignores.add(&["*.scale", "b"], place(&names, Some(&format!("list.{i}"))));
            ignores.add(&[], Some(ROOT));
            // none of these is in the file
            ignores.add(&["*"], place(&names, Some(&format!("other.{i}"))));
        }
        let compared: usize = all.iter().map(|name| ignores.compared(&names, name).count()).sum();
        assert_eq!((compared, ignores.all().count()), (2 * MODULES, 1 + 3 * MODULES));
        assert!(all.iter().all(|name| ignores.fitting(&names, name).eq(["*.scale"])));
    }

    #[test]
    fn what_is_removed_applies_no_more() {
        let names = NameTree::new(["a.x", "a.y"].map(Some).into_iter()).unwrap();
        let mut ignores = Ignores::default();
        ignores.add(&["x"], place(&names, Some("a")));
        let count = ignores.count();
        ignores.add(&["y"], place(&names, Some("a")));
        ignores.add(&["*.y"], Some(ROOT));
        ignores.add(&["z"], place(&names, Some("absent")));
        let fits = |ignores: &Ignores<'_>| ["a.x", "a.y"].map(|name| ignores.fitting(&names, name).count());
        assert_eq!((fits(&ignores), ignores.all().count()), ([1, 2], 4));
        let part = ignores.remove_after(count);
        assert_eq!((fits(&ignores), ignores.all().collect::<Vec<_>>()), ([1, 0], vec!["x"]));
        ignores.add_again(&part);
        assert_eq!((fits(&ignores), ignores.all().count()), ([1, 2], 4));
    }

    #[test]
    fn a_place_may_have_several_modules_and_an_empty_name() {
        let names = NameTree::new(["a.b", ".b", "b", "a..b"].map(Some).into_iter()).unwrap();
        let mut ignores = Ignores::default();
        for (name, patterns) in [
            (None, &["b", "a.*"][..]),
            (Some("a"), &["b"]),
            (Some("a"), &["*", "c"]),
            (Some(""), &["*b"]),
            (Some("a."), &["b"]),
        ] {
            ignores.add(patterns, place(&names, name));
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
        // the one that was added first, with its module
        let hiding = |name| ignores.hiding(&names, name).map(|hiding| (hiding.pattern, hiding.module));
        assert_eq!(hiding("a.b"), Some(("a.*", Some(""))));
        assert_eq!(hiding(".b"), Some(("*b", Some(""))));
        assert_eq!(hiding("a.c"), Some(("a.*", Some(""))));
    }
}
