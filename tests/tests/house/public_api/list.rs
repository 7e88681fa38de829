//! The list: each public item with what it says of itself, then what is implemented for it.

use std::collections::BTreeMap;

use quote::ToTokens;
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, TraitItem, Type, Visibility};

use super::crates::{Crates, Definition, Module, uses};

/// Attributes that a user sees the effect of.
const SEEN: [&str; 5] = ["derive", "must_use", "non_exhaustive", "track_caller", "doc"];

/// What is public: the path that a user writes, and where it is defined.
struct Public<'c> {
    crates: &'c Crates,
    paths: BTreeMap<Definition, String>,
    outside: Vec<String>,
}

/// The list of a crate. Implementations are looked for in the crates `from`.
pub(crate) fn of(crates: &Crates, name: &str, from: &[&str]) -> String {
    let mut public = Public { crates, paths: BTreeMap::new(), outside: Vec::new() };
    public.module(&[name.to_owned()], name);
    let mut sections: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (definition, path) in &public.paths {
        let (name, module) = definition.split_last().unwrap();
        let items = crates.module(module).unwrap().items.iter();
        let named = items.filter(|item| super::crates::name_of(item).is_some_and(|own| own == *name));
        sections.entry(path.clone()).or_default().extend(named.map(item));
    }
    for &from in from {
        public.impls(&[from.to_owned()], &crates.0[from], &mut sections);
    }
    let crate_name = name.replace('_', "-");
    let mut text = format!(
        "# What a user of the crate `{crate_name}` can name. A test compares it, and says how to write it anew.\n",
    );
    for outside in &public.outside {
        text.push_str(&format!("\n{outside}\n"));
    }
    for (path, lines) in sections {
        text.push_str(&format!("\n# {path}\n{}\n", lines.join("\n")));
    }
    text
}

impl Public<'_> {
    /// What a module shows under this path.
    fn module(&mut self, module: &[String], path: &str) {
        let Some(here) = self.crates.module(module) else { panic!("no module {module:?}") };
        for item in &here.items {
            if !is_public(item) {
                continue;
            }
            match item {
                Item::Use(item) => {
                    for (from, name) in uses(&item.tree) {
                        match self.crates.resolved(module, &from) {
                            Some(definition) => self.insert(definition, format!("{path}::{name}")),
                            None => self.outside.push(format!("pub use {}; // {path}::{name}", from.join("::"))),
                        }
                    }
                }
                Item::Mod(item) => {
                    let name = item.ident.to_string();
                    self.module(&[module, std::slice::from_ref(&name)].concat(), &format!("{path}::{name}"));
                }
                _ => {
                    if let Some(name) = super::crates::name_of(item) {
                        self.insert([module, std::slice::from_ref(&name)].concat(), format!("{path}::{name}"));
                    }
                }
            }
        }
    }

    /// The shortest of several paths counts.
    fn insert(&mut self, definition: Definition, path: String) {
        let known = self.paths.entry(definition).or_insert_with(|| path.clone());
        if path.len() < known.len() {
            *known = path;
        }
    }

    /// The implementations in a module, and below it, each in the section of its type, or else of its trait.
    fn impls(&self, path: &[String], module: &Module, sections: &mut BTreeMap<String, Vec<String>>) {
        for item in &module.items {
            let section = match item {
                Item::Impl(item) => self.of_impl(path, item),
                Item::Macro(item) if self.writes_public(module, item) => {
                    let name = item.mac.path.to_token_stream().to_string();
                    Some((format!("macros of {}", path.join("::")), format!("{name}! {{ {} }}", tokens(item))))
                }
                _ => None,
            };
            if let Some((section, text)) = section {
                sections.entry(section).or_default().push(text);
            }
        }
        for (name, child) in &module.children {
            self.impls(&[path, std::slice::from_ref(name)].concat(), child, sections);
        }
    }

    /// Whether a macro of the module writes implementations for, or of, what is public.
    fn writes_public(&self, module: &Module, item: &syn::ItemMacro) -> bool {
        let is_defined =
            |other: &&syn::ItemMacro| other.ident.as_ref().is_some_and(|name| item.mac.path.is_ident(name));
        let macros =
            module.items.iter().filter_map(|item| if let Item::Macro(item) = item { Some(item) } else { None });
        let Some(body) = macros.filter(|_| item.ident.is_none()).find(is_defined) else { return false };
        let body = body.mac.tokens.to_string();
        let words: Vec<&str> = body.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let is_public =
            |word: &&str| self.paths.keys().any(|definition| definition.last().is_some_and(|own| own == word));
        words.contains(&"impl") && words.contains(&"for") && words.iter().any(is_public)
    }

    fn of_impl(&self, module: &[String], item: &ItemImpl) -> Option<(String, String)> {
        let public = |path: &syn::Path| {
            let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.paths.get(&self.crates.resolved(module, &names)?)
        };
        let path = base(&item.self_ty);
        let of_type = path.and_then(public);
        let names = path.map(|path| path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>());
        if of_type.is_none() && names.is_some_and(|names| self.crates.resolved(module, &names).is_some()) {
            // a private type's
            return None;
        }
        let of_trait = item.trait_.as_ref().and_then(|(path, _)| public(path));
        // `From<Shape> for Vec<usize>` is about the shape
        let of_argument = || item.trait_.as_ref().and_then(|(path, _)| arguments(path).find_map(public));
        let section = of_type.or(of_trait).or_else(of_argument)?.clone();
        let mut head = item.clone();
        head.attrs.clear();
        head.items.clear();
        let head = formatted(Item::Impl(head)).trim_end().trim_end_matches("{}").trim_end().to_owned();
        if item.trait_.is_some() {
            return Some((section, head));
        }
        let mut lines = vec![head];
        for member in &item.items {
            let line = match member {
                ImplItem::Fn(member) if is_seen(&member.vis, &member.attrs) => {
                    let mut member = member.clone();
                    member.attrs.retain(is_effective);
                    member.block = syn::parse_quote!({});
                    member.to_token_stream()
                }
                ImplItem::Const(member) if is_seen(&member.vis, &member.attrs) => {
                    let mut member = member.clone();
                    member.attrs.clear();
                    member.to_token_stream()
                }
                _ => continue,
            };
            let text = formatted(syn::parse_quote!(impl X { #line }));
            let text = text.trim_start_matches("impl X {\n").trim_end().trim_end_matches('}').trim_end();
            lines.push(text.trim_end_matches(" {}").to_owned());
        }
        (lines.len() > 1).then(|| (section, lines.join("\n")))
    }
}

/// The paths of the types that a trait is given.
fn arguments(path: &syn::Path) -> impl Iterator<Item = &syn::Path> {
    let lists = path.segments.iter().filter_map(|segment| match &segment.arguments {
        syn::PathArguments::AngleBracketed(list) => Some(&list.args),
        _ => None,
    });
    let types = lists.flatten().filter_map(|argument| match argument {
        syn::GenericArgument::Type(of) => Some(of),
        _ => None,
    });
    types.filter_map(base)
}

/// The path of a type, behind references.
fn base(of: &Type) -> Option<&syn::Path> {
    match of {
        Type::Path(path) => Some(&path.path),
        Type::Reference(reference) => base(&reference.elem),
        _ => None,
    }
}

fn is_public(item: &Item) -> bool {
    let (visibility, attributes) = match item {
        Item::Struct(item) => (&item.vis, &item.attrs),
        Item::Enum(item) => (&item.vis, &item.attrs),
        Item::Trait(item) => (&item.vis, &item.attrs),
        Item::Type(item) => (&item.vis, &item.attrs),
        Item::Fn(item) => (&item.vis, &item.attrs),
        Item::Const(item) => (&item.vis, &item.attrs),
        Item::Static(item) => (&item.vis, &item.attrs),
        Item::Mod(item) => (&item.vis, &item.attrs),
        Item::Use(item) => (&item.vis, &item.attrs),
        Item::Macro(item) => {
            return item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"));
        }
        _ => return false,
    };
    is_seen(visibility, attributes)
}

fn is_seen(visibility: &Visibility, attributes: &[Attribute]) -> bool {
    matches!(visibility, Visibility::Public(_)) && !attributes.iter().any(is_hidden)
}

fn is_hidden(attribute: &Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    list.path.is_ident("doc") && list.tokens.to_string() == "hidden"
}

/// Whether an attribute is more than words.
fn is_effective(attribute: &Attribute) -> bool {
    let is = |name: &&str| attribute.path().is_ident(name);
    SEEN.iter().any(is) && (!attribute.path().is_ident("doc") || is_hidden(attribute))
}

/// An item without what a user does not see of it.
fn item(item: &Item) -> String {
    let mut item = item.clone();
    match &mut item {
        Item::Struct(item) => {
            item.attrs.retain(is_effective);
            let private = fields(&mut item.fields);
            if private {
                let name = &item.ident;
                let (head, generics) = (&item.attrs, &item.generics);
                let shown = item.fields.iter();
                let vis = &item.vis;
                return formatted(syn::parse_quote!(#(#head)* #vis struct #name #generics { #(#shown,)* private: () }))
                    .replace("private: (),", "// and private fields")
                    .trim_end()
                    .to_owned();
            }
        }
        Item::Enum(item) => {
            item.attrs.retain(is_effective);
            for variant in &mut item.variants {
                variant.attrs.retain(is_effective);
                variant.fields.iter_mut().for_each(|field| field.attrs.clear());
            }
        }
        Item::Trait(item) => {
            item.attrs.retain(is_effective);
            item.items.retain(|member| !hidden_member(member));
            for member in &mut item.items {
                match member {
                    TraitItem::Fn(member) => {
                        member.attrs.retain(is_effective);
                        if member.default.is_some() {
                            member.default = Some(syn::parse_quote!({}));
                        }
                    }
                    TraitItem::Const(member) => member.attrs.clear(),
                    TraitItem::Type(member) => member.attrs.clear(),
                    _ => {}
                }
            }
        }
        Item::Fn(item) => {
            item.attrs.retain(is_effective);
            item.block = syn::parse_quote!({});
        }
        Item::Macro(item) => return format!("macro_rules! {}", item.ident.as_ref().unwrap()),
        Item::Mod(item) => return format!("pub mod {}", item.ident),
        Item::Type(item) => item.attrs.clear(),
        Item::Const(item) => item.attrs.clear(),
        _ => {}
    }
    formatted(item).trim_end().trim_end_matches(" {}").to_owned()
}

fn hidden_member(member: &TraitItem) -> bool {
    match member {
        TraitItem::Fn(member) => member.attrs.iter().any(is_hidden),
        TraitItem::Const(member) => member.attrs.iter().any(is_hidden),
        TraitItem::Type(member) => member.attrs.iter().any(is_hidden),
        _ => false,
    }
}

/// Takes the private fields away; whether there were any.
fn fields(fields: &mut Fields) -> bool {
    let count = fields.len();
    if let Fields::Named(named) = fields {
        named.named = named.named.iter().filter(|field| is_seen(&field.vis, &field.attrs)).cloned().collect();
    }
    if let Fields::Unnamed(unnamed) = fields
        && !unnamed.unnamed.iter().all(|field| is_seen(&field.vis, &field.attrs))
    {
        *fields = Fields::Unit;
    }
    fields.iter_mut().for_each(|field| field.attrs.clear());
    fields.len() < count
}

fn formatted(item: Item) -> String {
    prettyplease::unparse(&syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item] })
}

/// What a macro is called with, without the documentation in it.
fn tokens(item: &syn::ItemMacro) -> String {
    let text = item.mac.tokens.to_string();
    let mut kept = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("# [doc") {
        kept.push_str(&rest[..at]);
        let end = rest[at..].find("\"]").map_or(rest.len(), |end| at + end + 2);
        rest = &rest[end..];
    }
    kept.push_str(rest);
    kept.lines().filter(|line| !line.trim_start().starts_with("///")).collect::<Vec<_>>().join(" ").replace("  ", " ")
}

/// The words of the attributes, as the derive has them.
pub(crate) fn words(symbols: &Module) -> String {
    let mut words: Vec<String> = Vec::new();
    for item in &symbols.items {
        if let Item::Const(item) = item
            && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(word), .. }) = &*item.expr
        {
            words.push(word.value());
        }
    }
    assert!(words.len() > 10, "{words:?}");
    format!("{}\n", words.join(" "))
}
