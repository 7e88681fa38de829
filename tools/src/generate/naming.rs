//! Names types: by the usual name of the layer, or else by what the file calls the module.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::fold::Fold;
use super::ident::{camel, singular};
use super::layer::{Layer, layer, norm_name};
use super::numbers::PARAMETERS;
use super::types::{Name, Role, Type, TypeId};
use super::words::unnumbered;

/// The names of all structs.
#[derive(Default)]
pub(super) struct TypeNames {
    pub(super) types: HashMap<TypeId, String>,
    /// In lower case, so that no two names differ in case only.
    taken: HashSet<String>,
}

/// The name of a module with experts.
const MIXTURE: &str = "Moe";

/// How many fields at most name their struct, and from how many names on nobody would take one of them for all.
const OF_FIELDS: usize = 3;
const OF_NAMES: usize = 8;

/// How deep two structures are compared to name what differs.
const DEPTH: usize = 3;

impl TypeNames {
    /// Names the types of a fold, in the order in which they are written.
    pub(super) fn of(fold: &Fold, order: &[TypeId], root: &str, reserved: &[&str]) -> TypeNames {
        let mut names = TypeNames::default();
        let reserved = reserved.iter().chain(PARAMETERS).map(|name| name.to_ascii_lowercase());
        names.taken.extend(reserved.chain([root.to_ascii_lowercase()]));
        names.types.extend(fold.root.map(|ty| (ty, root.to_owned())));
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
        while !self.taken.insert(unique.to_ascii_lowercase()) {
            unique = format!("{wished}{number}");
            number += 1;
        }
        self.types.insert(ty, unique);
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
        let mut unlike = if is_layer { vec![None; group.len()] } else { unlike(fold, group) };
        // what has experts is a mixture, and the others need no word for having none
        if unlike.iter().flatten().any(|word| word == MIXTURE) {
            unlike.iter_mut().for_each(|word| *word = word.take().filter(|word| word == MIXTURE));
        }
        for ((ty, parent), word) in group.iter().zip(parents).zip(unlike) {
            let wished = match (parent, word) {
                (Some(parent), _) if apart && !is_layer => parent + base,
                (_, Some(word)) if word == MIXTURE => word + base,
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
    if let Some(layer) = layer(fold, ty) {
        let name = layer_name(fold, ty, layer);
        // beside layers with a bias, the name says that it has none
        let is_alike = |other: &TypeId| {
            self::layer(fold, *other)
                .is_some_and(|layer| has_bias(fold, *other) && layer_name(fold, *other, layer) == name)
        };
        let is_unbiased = !has_bias(fold, ty) && fold.uses.keys().any(is_alike);
        return if is_unbiased { name + "NoBias" } else { name };
    }
    let experts = |(name, ty): &(Name, TypeId)| name.text() == "experts" && !fold.types.is_parameter(*ty);
    if matches!(fold.types.get(ty), Type::Struct { fields, .. } if fields.iter().any(experts)) {
        return MIXTURE.to_owned();
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
    let unlike = of_layers(fold, ty).or_else(|| of_fields(fold, ty, counts.len()));
    match unlike {
        Some(name) if 2 * most <= sites.len() && counts.len() > 1 => name,
        _ => counts.into_iter().find(|(_, count)| *count == most).map_or_else(|| "Part".to_owned(), |(name, _)| name),
    }
}

/// What models call a layer.
fn layer_name(fold: &Fold, ty: TypeId, layer: Layer) -> String {
    match layer {
        Layer::Linear { .. } => "Linear".to_owned(),
        Layer::Embedding => "Embedding".to_owned(),
        Layer::Norm { bias } => norm_name(fold, ty, bias).to_owned(),
        Layer::BatchNorm => "BatchNorm".to_owned(),
        Layer::Conv { dims, transposed: false, .. } => format!("Conv{dims}d"),
        Layer::Conv { dims, .. } => format!("ConvTranspose{dims}d"),
        Layer::Published(quantised) => quantised.name().to_owned(),
        Layer::Mixed => "MixedLinear".to_owned(),
        Layer::Quantized if is_lookup(fold, ty) => "QuantizedEmbedding".to_owned(),
        Layer::Quantized => "QuantizedLinear".to_owned(),
    }
}

fn has_bias(fold: &Fold, ty: TypeId) -> bool {
    matches!(fold.types.get(ty), Type::Struct { fields, .. } if fields.iter().any(|(name, _)| name.text() == "bias"))
}

fn is_lookup(fold: &Fold, ty: TypeId) -> bool {
    matches!(fold.types.get(ty), Type::Struct { role: Role::Embedding, .. })
}

/// What the file calls a module. An item of a list has the singular of the list's name.
fn own_name(site: &str) -> String {
    let parts: Vec<&str> = site.split('.').collect();
    let item = parts.last().is_some_and(|part| part.ends_with('*'));
    let mut named = parts.iter().rev().filter(|part| **part != "*");
    let own = unnumbered(named.next().copied().unwrap_or("layers"));
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
            Layer::Linear { .. } | Layer::Quantized | Layer::Mixed => Some("Linear"),
            Layer::Published(quantised) => quantised.is_linear().then_some("Linear"),
            Layer::Embedding => Some("Embedding"),
            Layer::Norm { .. } | Layer::BatchNorm => Some("Norm"),
            Layer::Conv { .. } => Some("Conv"),
        })
        .collect();
    let words = words.filter(|words| (2..=3).contains(&words.len()))?;
    let unlike = words.iter().collect::<HashSet<_>>().len() == words.len();
    unlike.then(|| words.concat())
}

/// The name of a module that has no one name in the file, by its fields: `WeightScale`.
fn of_fields(fold: &Fold, ty: TypeId, name_count: usize) -> Option<String> {
    let Type::Struct { fields, .. } = fold.types.get(ty) else { return None };
    let are_tensors = fields.iter().all(|(_, ty)| fold.types.is_parameter(*ty));
    let is_named = fields.len() <= OF_FIELDS && (are_tensors || name_count > OF_NAMES);
    is_named.then(|| fields.iter().map(|(name, _)| camel(name.text())).collect())
}

/// What the file calls the module around a type's places, if it is the same for all of them.
fn parent(fold: &Fold, ty: TypeId) -> Option<String> {
    let around = |site: &String| {
        let outer = site.split('.').filter(|part| *part != "*").rev().nth(1)?;
        let item = site.split('.').rev().nth(1) == Some("*");
        let outer = unnumbered(outer);
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
            if experts { Some(MIXTURE.to_owned()) } else { own.first().map(|name| camel(name)) }
        })
    };
    (0..types.len()).map(only_here).collect()
}

fn names_at(fold: &Fold, ty: TypeId, depth: usize) -> Vec<String> {
    match fold.types.get(ty) {
        Type::Struct { fields, .. } if depth == 0 => fields.iter().map(|(name, _)| name.text().to_owned()).collect(),
        Type::Struct { fields, .. } => fields.iter().flat_map(|(_, ty)| names_at(fold, *ty, depth - 1)).collect(),
        _ => fold.types.parts(ty).into_iter().flat_map(|part| names_at(fold, part, depth)).collect(),
    }
}
