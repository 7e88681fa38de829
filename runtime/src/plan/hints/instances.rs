//! Fields that stand in a file more than once, as items of lists: an attribute that one of them needs is wrong for those that fit.

use std::collections::HashMap;

use weighbridge_checkpoint::{DType, Shape};

use super::templates::Stems;
use crate::plan::outcome::Mistyped;
use crate::plan::resolver::Resolver;
use crate::rules::{Expected, Instances, dtype, says};

/// How many kinds of tensors a field is looked at with. One with more is of a file that nothing explains, and each tensor there would be
/// compared with all others.
const KINDS: usize = 64;

/// The tensors of the fields of which one does not fit.
pub(super) struct Fields {
    stems: Stems,
    /// By the name with `*` for each index: dtype, shape, and how many there are.
    all: HashMap<String, HashMap<(DType, Shape), usize>>,
}

impl Fields {
    /// Of these entries.
    pub(super) fn of(resolver: &Resolver<'_>, entries: impl Iterator<Item = usize>) -> Fields {
        let stems = Stems::of_module(resolver.root);
        let templates = entries.map(|entry| stems.template(resolver.name_of(entry)));
        let mut all: HashMap<String, HashMap<_, usize>> =
            templates.map(|template| (template, HashMap::new())).collect();
        if !all.is_empty() {
            for (name, entry) in resolver.entries() {
                if let Some(field) = all.get_mut(&stems.template(name)) {
                    *field.entry((entry.dtype(), Shape::from(entry.shape()))).or_default() += 1;
                }
            }
        }
        all.retain(|_, kinds| kinds.len() <= KINDS);
        Fields { stems, all }
    }

    /// Those that are the same field's as an entry.
    fn instances(
        &self,
        name: &str,
        is_alike: impl Fn(DType, &Shape) -> bool,
        fits: impl Fn(DType, &Shape) -> bool,
    ) -> Instances {
        let mut instances = Instances::NONE;
        for ((dtype, shape), count) in self.all.get(&self.stems.template(name)).into_iter().flatten() {
            instances.add(*count, is_alike(*dtype, shape), fits(*dtype, shape));
        }
        instances
    }

    /// Of a tensor of another shape.
    pub(super) fn of_shape(&self, resolver: &Resolver<'_>, entry: usize, expected: &Expected) -> Instances {
        let shape = resolver.checkpoint.entry(entry).shape();
        let fits = |_, other: &Shape| expected.fits(other);
        self.instances(resolver.name_of(entry), |_, other| **other == *shape, fits)
    }
}

/// Says of each tensor of another dtype whether others of its field fit.
pub(super) fn dtypes(resolver: &mut Resolver<'_>) {
    let all = std::mem::take(&mut resolver.out.mistyped);
    let fields = Fields::of(resolver, all.iter().map(|mistyped| mistyped.entry));
    let mut hints: HashMap<&str, String> = HashMap::new();
    for Mistyped { path, expected, entry } in &all {
        let found = resolver.checkpoint.entry(*entry).dtype();
        let fits = |other, _: &Shape| expected.accepts(other).is_some();
        let instances = fields.instances(resolver.name_of(*entry), |other, _| other == found, fits);
        if instances.are_mixed() {
            let hint = resolver.with_layer(path, |leaf, layer| dtype::explain(expected, found, leaf, layer, instances));
            hints.extend(hint.map(|hint| (path.as_str(), hint.as_str().to_owned())));
        }
    }
    for finding in &mut resolver.out.report.dtype {
        let is_of_file = |hint: &&mut String| hint.as_str() != says::NOT_HELD && hint.as_str() != says::ONE_DTYPE;
        if let Some(hint) = finding.hints.first_mut().filter(is_of_file)
            && let Some(mixed) = hints.get(finding.path.as_str())
        {
            *hint = mixed.clone();
        }
    }
    resolver.out.mistyped = all;
}
