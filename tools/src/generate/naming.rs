//! Names types: by the usual name of the layer, or else by what the file calls the module.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::fold::Fold;
use super::ident::{camel, is_taken_type, singular};
use super::numbers::{Layer, layer};
use super::types::{Role, Type, TypeId};

/// The names of all structs and enums, and of the variants of enums.
#[derive(Default)]
pub(super) struct TypeNames {
    pub(super) types: HashMap<TypeId, String>,
    pub(super) variants: HashMap<TypeId, Vec<String>>,
    /// In lower case, so that no two names differ in case only.
    taken: HashSet<String>,
}

/// How deep two structures are compared to name what differs.
const DEPTH: usize = 3;

impl TypeNames {
    /// Names the types of a fold, in the order in which they are written.
    pub(super) fn of(fold: &Fold, order: &[TypeId], root: &str) -> TypeNames {
        let mut names = TypeNames::default();
        names.taken.insert(root.to_ascii_lowercase());
        names.types.extend(fold.root.map(|ty| (ty, root.to_owned())));
        let is_enum = |ty: &TypeId| matches!(fold.types.get(*ty), Type::Enum { .. });
        for ty in order.iter().filter(|ty| is_enum(ty)) {
            names.one_of(fold, *ty);
        }
        let mut groups: BTreeMap<usize, (String, Vec<TypeId>)> = BTreeMap::new();
        let mut by_base: HashMap<String, usize> = HashMap::new();
        for ty in order {
            if names.types.contains_key(ty) {
                continue;
            }
            let base = base(fold, *ty);
            let next = groups.len();
            let group = *by_base.entry(base.clone()).or_insert(next);
            groups.entry(group).or_insert_with(|| (base, Vec::new())).1.push(*ty);
        }
        for (base, group) in groups.into_values() {
            names.group(fold, &base, &group);
        }
        names
    }

    fn take(&mut self, ty: TypeId, wished: String) {
        let mut unique = wished.clone();
        let mut number = 2;
        while is_taken_type(&unique) || !self.taken.insert(unique.to_ascii_lowercase()) {
            unique = format!("{wished}{number}");
            number += 1;
        }
        self.types.insert(ty, unique);
    }

    /// Names an enum after an item of its list, and each variant after what only it has.
    fn one_of(&mut self, fold: &Fold, ty: TypeId) {
        let base = base(fold, ty);
        let Type::Enum { variants, .. } = fold.types.get(ty) else { return };
        let unlike = unlike(fold, variants);
        let has_moe = unlike.iter().flatten().any(|word| word == "Moe");
        let mut taken = HashSet::new();
        let mut words = Vec::new();
        for (number, word) in unlike.into_iter().enumerate() {
            let word = match word {
                Some(word) if !has_moe || word == "Moe" => word,
                _ if has_moe && variants.len() == 2 => "Dense".to_owned(),
                Some(word) => word,
                None if variants.len() == 2 && variants[0] != variants[1] => "Plain".to_owned(),
                None => format!("Kind{}", number + 1),
            };
            words.push(if taken.insert(word.clone()) { word } else { format!("Kind{}", number + 1) });
        }
        self.take(ty, base.clone());
        for (variant, word) in variants.iter().zip(&words) {
            if !self.types.contains_key(variant) {
                self.take(*variant, format!("{word}{base}"));
            }
        }
        self.variants.insert(ty, words);
    }

    /// Names types that would all have one name.
    fn group(&mut self, fold: &Fold, base: &str, group: &[TypeId]) {
        if let [ty] = group {
            let under_root = fold.uses[ty].sites.iter().all(|site| !site.contains('.'));
            let wished = match self.taken.contains(&base.to_ascii_lowercase()) {
                true if layer(fold, *ty).is_some() => format!("{base}Layer"),
                true if under_root && !base.ends_with("Model") => format!("{base}Model"),
                true if under_root => format!("Inner{base}"),
                true => parent(fold, *ty).unwrap_or_default() + base,
                false => base.to_owned(),
            };
            return self.take(*ty, wished);
        }
        let is_layer = group.iter().any(|ty| layer(fold, *ty).is_some());
        let parents: Vec<Option<String>> = group.iter().map(|ty| parent(fold, *ty)).collect();
        let apart = parents.iter().collect::<HashSet<_>>().len() == group.len();
        let unlike = if is_layer { vec![None; group.len()] } else { unlike(fold, group) };
        for ((ty, parent), word) in group.iter().zip(parents).zip(unlike) {
            let wished = match (parent, word) {
                (Some(parent), _) if apart && !is_layer => parent + base,
                (_, Some(word)) if !base.contains(&word) => format!("{base}With{word}"),
                _ => base.to_owned(),
            };
            self.take(*ty, wished);
        }
    }
}

/// The name of a type if no other had that name.
fn base(fold: &Fold, ty: TypeId) -> String {
    let sites = &fold.uses[&ty].sites;
    let any =
        |words: &[&str]| sites.iter().any(|site| words.iter().any(|word| site.to_ascii_lowercase().contains(word)));
    match layer(fold, ty) {
        Some(layer @ (Layer::Linear { .. } | Layer::Conv { .. } | Layer::Quantized)) => {
            let name = match layer {
                Layer::Conv { dims, .. } => format!("Conv{dims}d"),
                Layer::Quantized if is_lookup(fold, ty) => "QuantizedEmbedding".to_owned(),
                Layer::Quantized => "QuantizedLinear".to_owned(),
                _ => "Linear".to_owned(),
            };
            // beside layers with a bias, the name says that it has none
            let kind = std::mem::discriminant(&layer);
            let alike = |other: &TypeId| {
                let other_layer = self::layer(fold, *other).map(|layer| std::mem::discriminant(&layer));
                other_layer == Some(kind) && is_lookup(fold, *other) == is_lookup(fold, ty)
            };
            let beside = |other: &TypeId| has_bias(fold, *other) && alike(other);
            let unbiased = !has_bias(fold, ty) && fold.uses.keys().any(beside);
            return if unbiased { name + "NoBias" } else { name };
        }
        Some(Layer::Embedding) => return "Embedding".to_owned(),
        Some(Layer::Norm { bias: false }) => return "Norm".to_owned(),
        Some(Layer::Norm { bias: true }) => return if any(&["group"]) { "GroupNorm" } else { "LayerNorm" }.to_owned(),
        Some(Layer::BatchNorm) => return "BatchNorm".to_owned(),
        None => {}
    }
    let experts = |(name, ty): &(String, TypeId)| name == "experts" && !fold.types.is_parameter(*ty);
    if matches!(fold.types.get(ty), Type::Struct { fields, .. } if fields.iter().any(experts)) {
        return "Moe".to_owned();
    }
    let mut counts: Vec<(String, usize)> = Vec::new();
    for site in sites {
        let name = own_name(site);
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let attention = |name: &str| name.ends_with("Attn") || name.ends_with("Attention");
    if counts.len() > 1 && counts.iter().all(|(name, _)| attention(name)) {
        return "Attention".to_owned();
    }
    match of_layers(fold, ty) {
        Some(name) if 2 * most <= sites.len() => name,
        _ => counts.into_iter().find(|(_, count)| *count == most).map_or_else(|| "Part".to_owned(), |(name, _)| name),
    }
}

fn has_bias(fold: &Fold, ty: TypeId) -> bool {
    matches!(fold.types.get(ty), Type::Struct { fields, .. } if fields.iter().any(|(name, _)| name == "bias"))
}

fn is_lookup(fold: &Fold, ty: TypeId) -> bool {
    matches!(fold.types.get(ty), Type::Struct { role: Role::Embedding, .. })
}

/// What the file calls a module. An item of a list has the singular of the list's name.
fn own_name(site: &str) -> String {
    let parts: Vec<&str> = site.split('.').collect();
    let item = parts.last() == Some(&"*");
    let mut named = parts.iter().rev().filter(|part| **part != "*");
    let own = named.next().copied().unwrap_or("layers");
    match named.next() {
        // `Self` cannot be a name, and `attention.self` is usually called self-attention
        Some(parent) if own == "self" => camel(own) + &camel(parent),
        _ => camel(&if item { singular(own) } else { own.to_owned() }),
    }
}

/// The name of a module of two or three different layers: `ConvNorm`.
fn of_layers(fold: &Fold, ty: TypeId) -> Option<String> {
    let words: Option<Vec<&str>> = fold
        .types
        .parts(ty)
        .into_iter()
        .map(|part| match layer(fold, part)? {
            Layer::Linear { .. } | Layer::Quantized => Some("Linear"),
            Layer::Embedding => Some("Embedding"),
            Layer::Norm { .. } | Layer::BatchNorm => Some("Norm"),
            Layer::Conv { .. } => Some("Conv"),
        })
        .collect();
    let words = words.filter(|words| (2..=3).contains(&words.len()))?;
    let unlike = words.iter().collect::<HashSet<_>>().len() == words.len();
    unlike.then(|| words.concat())
}

/// What the file calls the module around a type's places, if it is the same for all of them.
fn parent(fold: &Fold, ty: TypeId) -> Option<String> {
    let around = |site: &String| {
        let outer = site.split('.').filter(|part| *part != "*").rev().nth(1)?;
        let item = site.split('.').rev().nth(1) == Some("*");
        Some(camel(&if item { singular(outer) } else { outer.to_owned() }))
    };
    let sites = &fold.uses[&ty].sites;
    let first = around(sites.first()?)?;
    sites.iter().all(|site| around(site).as_ref() == Some(&first)).then_some(first)
}

/// For each structure, a name in it that none of the others has.
fn unlike(fold: &Fold, types: &[TypeId]) -> Vec<Option<String>> {
    let names: Vec<Vec<Vec<String>>> =
        types.iter().map(|ty| (0..DEPTH).map(|depth| names_at(fold, *ty, depth)).collect()).collect();
    let only_here = |number: usize| {
        (0..DEPTH).find_map(|depth| {
            let elsewhere =
                |name: &String| names.iter().enumerate().any(|(i, other)| i != number && other[depth].contains(name));
            let is_word = |name: &String| !name.starts_with(|c: char| c.is_ascii_digit());
            let own: Vec<&String> =
                names[number][depth].iter().filter(|name| is_word(name) && !elsewhere(name)).collect();
            let experts = own.iter().any(|name| *name == "experts");
            if experts { Some("Moe".to_owned()) } else { own.first().map(|name| camel(name)) }
        })
    };
    (0..types.len()).map(only_here).collect()
}

fn names_at(fold: &Fold, ty: TypeId, depth: usize) -> Vec<String> {
    match fold.types.get(ty) {
        Type::Struct { fields, .. } if depth == 0 => fields.iter().map(|(name, _)| name.clone()).collect(),
        Type::Struct { fields, .. } => fields.iter().flat_map(|(_, ty)| names_at(fold, *ty, depth - 1)).collect(),
        _ => fold.types.parts(ty).into_iter().flat_map(|part| names_at(fold, part, depth)).collect(),
    }
}
