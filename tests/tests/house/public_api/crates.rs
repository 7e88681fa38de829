//! The sources of the workspace's crates as trees of modules, and what a name in one of them stands for.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use syn::{Item, UseTree};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A module: its items, and the modules in it.
#[derive(Default)]
pub(crate) struct Module {
    pub(crate) items: Vec<Item>,
    pub(crate) children: BTreeMap<String, Module>,
}

/// Where something is defined: a crate, the modules in it, and the name.
pub(crate) type Definition = Vec<String>;

/// The crates of the workspace by the names that code has for them.
pub(crate) struct Crates(pub(crate) BTreeMap<String, Module>);

impl Crates {
    pub(crate) fn read() -> Crates {
        let mut crates = BTreeMap::new();
        for directory in fs::read_dir(ROOT).unwrap() {
            let directory = directory.unwrap().path();
            let Ok(manifest) = fs::read_to_string(directory.join("Cargo.toml")) else { continue };
            let name = manifest.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
            let root = directory.join("src/lib.rs");
            if let (Some(name), true) = (name, root.is_file()) {
                crates.insert(name.replace('-', "_"), module(&root, &directory.join("src")));
            }
        }
        Crates(crates)
    }

    /// The module of this path, which begins with its crate.
    pub(crate) fn module(&self, path: &[String]) -> Option<&Module> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.0.get(first)?, |module, name| module.children.get(name))
    }

    /// What a name in a module stands for, through as many `use` as there are. `None` if it is not of the workspace.
    pub(crate) fn definition(&self, module: &[String], name: &str) -> Option<Definition> {
        let here = self.module(module)?;
        if here.items.iter().any(|item| name_of(item).is_some_and(|own| own == name)) {
            return Some([module, &[name.to_owned()]].concat());
        }
        let written = [format!("enum {name} {{"), format!("struct {name} {{")];
        let writes = |item: &syn::ItemMacro| {
            let text = item.mac.tokens.to_string();
            written.iter().any(|start| text.contains(start))
        };
        if here.items.iter().any(|item| matches!(item, Item::Macro(item) if writes(item))) {
            return Some([module, &[name.to_owned()]].concat());
        }
        for item in &here.items {
            let Item::Use(item) = item else { continue };
            let uses = uses(&item.tree);
            if let Some((path, _)) = uses.iter().find(|(path, alias)| alias == name && path.len() > 1) {
                return self.resolved(module, path);
            }
        }
        None
    }

    /// What a path that stands in a module leads to.
    pub(crate) fn resolved(&self, module: &[String], path: &[String]) -> Option<Definition> {
        let (name, parents) = path.split_last()?;
        let mut at = match parents.first().map(String::as_str) {
            None => return self.definition(module, name),
            Some("crate") => module[..1].to_vec(),
            Some("self") => module.to_vec(),
            Some("super") => module[..module.len() - 1].to_vec(),
            Some(first) if self.0.contains_key(first) => vec![first.to_owned()],
            Some(first) => [module, &[first.to_owned()]].concat(),
        };
        for parent in &parents[1..] {
            match parent.as_str() {
                "super" => drop(at.pop()),
                name => at.push(name.to_owned()),
            }
        }
        self.definition(&at, name)
    }
}

/// A file as a module. `directory` has the files of the modules in it.
fn module(file: &Path, directory: &Path) -> Module {
    let source = fs::read_to_string(file).unwrap();
    let parsed = syn::parse_file(&source).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    of_items(parsed.items, directory)
}

fn of_items(items: Vec<Item>, directory: &Path) -> Module {
    let mut module = Module::default();
    for item in items {
        if let Item::Mod(child) = &item {
            let (name, below) = (child.ident.to_string(), directory.join(child.ident.to_string()));
            let is_test = child.attrs.iter().any(|attr| attr.path().is_ident("cfg") && shown(attr).contains("test"));
            // a file of the tests that the fuzzer takes
            let is_elsewhere = child.attrs.iter().any(|attr| attr.path().is_ident("path"));
            if is_test || is_elsewhere {
                continue;
            }
            let parsed = match &child.content {
                Some((_, items)) => of_items(items.clone(), &below),
                None if below.join("mod.rs").is_file() => self::module(&below.join("mod.rs"), &below),
                None => self::module(&below.with_extension("rs"), &below),
            };
            module.children.insert(name, parsed);
        }
        module.items.push(item);
    }
    module
}

fn shown(attribute: &syn::Attribute) -> String {
    quote::ToTokens::to_token_stream(attribute).to_string()
}

/// What a `use` brings: paths, each with the name that it has here.
pub(crate) fn uses(tree: &UseTree) -> Vec<(Vec<String>, String)> {
    match tree {
        UseTree::Path(path) => {
            let below = uses(&path.tree).into_iter();
            below.map(|(rest, name)| ([&[path.ident.to_string()], &rest[..]].concat(), name)).collect()
        }
        UseTree::Name(name) => vec![(vec![name.ident.to_string()], name.ident.to_string())],
        UseTree::Rename(rename) => vec![(vec![rename.ident.to_string()], rename.rename.to_string())],
        UseTree::Group(group) => group.items.iter().flat_map(uses).collect(),
        UseTree::Glob(_) => vec![(vec!["*".to_owned()], "*".to_owned())],
    }
}

/// The name of what an item defines.
pub(crate) fn name_of(item: &Item) -> Option<String> {
    Some(match item {
        Item::Struct(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Const(item) => item.ident.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Mod(item) => item.ident.to_string(),
        Item::Macro(item) => item.ident.as_ref()?.to_string(),
        _ => return None,
    })
}
