//! Which numbers of a type are its parameters, and their names.

use std::collections::{HashMap, HashSet};

use super::fold::Fold;
use super::layer::{Layer, layer};
use super::sizes::{Meaning, Size, Sizes};
use super::types::{Role, Type, TypeId};

/// One number of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Parameter(usize),
    Constant(Size),
}

/// The numbers of a type.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    pub(super) all: Vec<Number>,
    /// The parameters: the name of each, and the first of the numbers that it stands for.
    pub(super) parameters: Vec<(String, usize)>,
}

/// The order and the names of the parameters of layers.
pub(super) const PARAMETERS: &[&str] = &["COUNT", "IN", "OUT", "PACKED", "GROUPS", "KERNEL", "DIM", "LEN"];

/// Finds the numbers of every type, after those of the types in it.
pub(super) struct AllNumbers<'f> {
    fold: &'f Fold,
    sizes: &'f Sizes,
    known: HashMap<TypeId, Numbers>,
}

impl<'f> AllNumbers<'f> {
    pub(super) fn of(fold: &'f Fold, sizes: &'f Sizes) -> HashMap<TypeId, Numbers> {
        let mut all = AllNumbers { fold, sizes, known: HashMap::new() };
        // a type comes after the types in it
        for ty in fold.uses.keys() {
            let numbers = all.numbers(*ty);
            all.known.insert(*ty, numbers);
        }
        all.known
    }

    fn numbers(&self, ty: TypeId) -> Numbers {
        let places = &self.fold.uses[&ty].numbers;
        let count = places.first().map_or(0, Vec::len);
        let column = |at: usize| -> Vec<Size> { places.iter().map(|numbers| numbers[at]).collect() };
        let columns: Vec<Vec<Size>> = (0..count).map(column).collect();
        let mut varies: Vec<bool> = columns.iter().map(|column| column.iter().any(|size| *size != column[0])).collect();
        let names = self.names(ty);
        // layers have their usual parameters even if all of them are of one size
        let is_norm = matches!(layer(self.fold, ty), None | Some(Layer::Norm { .. } | Layer::BatchNorm));
        if !is_norm {
            for at in 0..count {
                varies[at] |= names[at].as_deref().is_some_and(|name| matches!(name, "IN" | "OUT" | "COUNT" | "DIM"));
            }
        }
        // `IN` and `OUT` are two parameters even if they are equal everywhere
        let is_layer = layer(self.fold, ty).is_some();
        let same = |a: usize, b: usize| columns[a] == columns[b] && (!is_layer || names[a] == names[b]);
        let mut named: Vec<(String, usize)> = Vec::new();
        for at in (0..count).filter(|at| varies[*at]) {
            if !named.iter().any(|(_, first)| same(*first, at)) {
                let name = (0..count).filter(|other| same(at, *other)).find_map(|other| names[other].clone());
                let name = self.meant(&columns[at]).filter(|_| !is_layer).or(name);
                named.push((name.unwrap_or_else(|| "DIM".to_owned()), at));
            }
        }
        let place = |name: &String| (PARAMETERS.iter().position(|known| known == name), name.clone());
        named.sort_by_key(|(name, first)| (place(name), *first));
        let number = |at: usize| match named.iter().position(|(_, first)| varies[at] && same(*first, at)) {
            Some(parameter) => Number::Parameter(parameter),
            None => Number::Constant(columns[at][0]),
        };
        let all = (0..count).map(number).collect();
        Numbers { all, parameters: unique(named) }
    }

    /// `HIDDEN_SIZE`, if a number is hidden sizes at all places that have a name for it.
    fn meant(&self, column: &[Size]) -> Option<String> {
        let mut meanings = column.iter().map(|size| self.sizes.meaning(*size)).filter(|meaning| meaning.site.is_none());
        let name = |meaning: &Meaning| meaning.name.as_ref().map(|name| name.trim_start_matches("MOE_").to_owned());
        let first = meanings.by_ref().find_map(name)?;
        meanings.filter_map(name).all(|name| name == first).then(|| first + "_SIZE")
    }

    /// What the numbers of a type would be called.
    fn names(&self, ty: TypeId) -> Vec<Option<String>> {
        let mut names = Vec::new();
        match self.fold.types.get(ty) {
            Type::Tensor { zeros, .. } => names.resize(zeros.iter().filter(|zero| !**zero).count(), None),
            Type::List(item) => {
                names.push(Some("LEN".to_owned()));
                names.extend(self.below(*item));
            }
            _ if layer(self.fold, ty).is_some() => names = self.names_of_layer(ty),
            _ => names = self.fold.types.parts(ty).into_iter().flat_map(|part| self.below(part)).collect(),
        }
        names
    }

    fn below(&self, ty: TypeId) -> Vec<Option<String>> {
        let Some(known) = self.known.get(&ty) else { return self.names(ty) };
        let name = |slot: &Number| match slot {
            Number::Parameter(number) => Some(known.parameters[*number].0.clone()),
            Number::Constant(_) => None,
        };
        known.all.iter().map(name).collect()
    }

    fn names_of_layer(&self, ty: TypeId) -> Vec<Option<String>> {
        if let Type::Enum(_) = self.fold.types.get(ty) {
            return ["IN", "OUT"].map(|name| Some(name.to_owned())).to_vec();
        }
        let Type::Struct { fields, role, .. } = self.fold.types.get(ty) else { return Vec::new() };
        if let Role::Quantised(quantised) = role {
            return quantised.sizes().iter().map(|name| Some((*name).to_owned())).collect();
        }
        let layer = layer(self.fold, ty);
        let mut names = Vec::new();
        for (field, tensor) in fields {
            let rank = self.fold.types.count(*tensor);
            let of_weight: &[&str] = match layer {
                Some(Layer::Linear { transposed: false, .. }) => &["OUT", "IN"],
                Some(Layer::Linear { transposed: true, .. }) => &["IN", "OUT"],
                Some(Layer::Embedding) => &["COUNT", "DIM"],
                Some(Layer::Norm { .. } | Layer::BatchNorm) => &["DIM"],
                Some(Layer::Conv { transposed: true, .. }) => &["IN", "OUT", "KERNEL", "KERNEL", "KERNEL"],
                Some(Layer::Conv { last: false, .. }) => &["OUT", "IN", "KERNEL", "KERNEL", "KERNEL"],
                Some(Layer::Conv { dims: 2, .. }) => &["OUT", "KERNEL", "KERNEL", "IN"],
                Some(Layer::Conv { .. }) => &["OUT", "KERNEL", "KERNEL", "KERNEL", "IN"],
                Some(Layer::Quantized) if *role == Role::Embedding => &["COUNT", "PACKED"],
                Some(Layer::Quantized) => &["OUT", "PACKED"],
                None | Some(Layer::Published(_) | Layer::Mixed) => &[],
            };
            let words: &[&str] = match (field.text(), layer) {
                ("weight", _) => of_weight,
                ("scales" | "biases", _) if *role == Role::Embedding => &["COUNT", "GROUPS"],
                ("scales" | "biases", _) => &["OUT", "GROUPS"],
                ("bias", Some(Layer::Norm { .. } | Layer::BatchNorm)) | ("running_mean" | "running_var", _) => &["DIM"],
                ("bias", _) => &["OUT"],
                _ => &[],
            };
            names.extend((0..rank).map(|at| words.get(at).map(|word| (*word).to_owned())));
        }
        names
    }
}

/// Names that are each there once: `IN`, `IN_B`, `IN_C`.
fn unique(names: Vec<(String, usize)>) -> Vec<(String, usize)> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut out = Vec::new();
    for (name, first) in names {
        let mut letters = 'B'..='Z';
        let mut next =
            || letters.next().map_or_else(|| format!("{}_{first}", stem(&name)), |c| format!("{}_{c}", stem(&name)));
        let mut unique = stem(&name).to_owned();
        while !taken.insert(unique.clone()) {
            unique = next();
        }
        out.push((unique, first));
    }
    out
}

/// `IN` for `IN_B`.
fn stem(name: &str) -> &str {
    match name.as_bytes() {
        [.., b'_', b'A'..=b'Z'] => &name[..name.len() - 2],
        _ => name,
    }
}
