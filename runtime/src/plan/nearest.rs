//! The module of the file that a path was probably meant to be.

use std::collections::BTreeSet;

use crate::path::distance;

/// The most modules that are looked at.
const MOST: usize = 100_000;
/// More modules than this are compared as they are, and not by their edits, which takes longer.
const MOST_COMPARED: usize = 20_000;

/// The names, and the modules above them.
pub(super) fn with_modules<'n>(names: impl Iterator<Item = &'n str>, with_names: bool) -> BTreeSet<String> {
    let mut modules = BTreeSet::new();
    for name in names {
        let mut above = if with_names { Some(name) } else { module_of(name) };
        while let Some(module) = above.filter(|_| modules.len() < MOST) {
            if !modules.insert(module.to_owned()) {
                break;
            }
            above = module_of(module);
        }
    }
    modules
}

fn module_of(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(module, _)| module)
}

/// The module that may be meant: the one of nearly this path, or the only one that ends in it or has it in its name. Between
/// several that are as near, nothing decides.
pub(super) fn nearest<'m>(path: &str, modules: &'m BTreeSet<String>) -> Option<&'m str> {
    let most = (path.len() / 3).clamp(1, 4);
    let compared = modules.iter().take(MOST_COMPARED);
    let near = compared.filter_map(|module| Some((distance(path, module, most)?, module.as_str())));
    let (mut best, mut is_draw) = (None::<(usize, &str)>, false);
    for (distance, module) in near {
        match best {
            Some((least, _)) if least < distance => {}
            Some((least, _)) if least == distance => is_draw = true,
            _ => (best, is_draw) = (Some((distance, module)), false),
        }
    }
    if let Some((_, module)) = best {
        return (!is_draw).then_some(module);
    }
    let is_it = |module: &&String| {
        let ends = module.strip_suffix(path).is_some_and(|above| above.ends_with('.'));
        // `first_stage` for `first_stage_model`
        ends || (!module.contains('.') && path.len() > 2 && module.contains(path))
    };
    let mut same = modules.iter().filter(is_it);
    same.next().filter(|_| same.next().is_none()).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_module_is_meant_or_none() {
        let names = ["first_stage_model.a", "unet.down.a", "unet.up.a", "b"];
        let modules = with_modules(names.into_iter(), false);
        assert_eq!(modules.iter().collect::<Vec<_>>(), ["first_stage_model", "unet", "unet.down", "unet.up"]);
        assert_eq!(nearest("unte", &modules), Some("unet"));
        assert_eq!(nearest("down", &modules), Some("unet.down"));
        assert_eq!(nearest("first_stage", &modules), Some("first_stage_model"));
        assert_eq!(nearest("vae", &modules), None);
        // as near to one as to the other
        assert_eq!(nearest("layes", &with_modules(["layer.a", "layers.a"].into_iter(), false)), None);
        assert_eq!(nearest("bb", &with_modules(names.into_iter(), true)), Some("b"));
    }
}
