//! Fields that stand in a file more than once, as items of lists: an attribute that one of them needs is wrong for those that fit.

use std::collections::HashMap;

use weighbridge_checkpoint::Entry;

use super::templates::Stems;
use crate::plan::outcome::Mistyped;
use crate::plan::resolver::Resolver;
use crate::rules::{Expected, Instances, dtype, says};

/// The tensors of the fields of which one does not fit.
pub(super) struct Fields<'r> {
    stems: Stems,
    /// By the name with `*` for each index.
    all: HashMap<String, Vec<Entry<'r>>>,
}

impl<'r> Fields<'r> {
    /// Of these entries.
    pub(super) fn of(resolver: &Resolver<'r>, entries: impl Iterator<Item = usize>) -> Fields<'r> {
        let stems = Stems::of_module(resolver.root);
        let templates = entries.map(|entry| stems.template(resolver.name_of(entry)));
        let mut all: HashMap<String, Vec<Entry<'r>>> = templates.map(|template| (template, Vec::new())).collect();
        if !all.is_empty() {
            for (name, entry) in resolver.entries() {
                if let Some(field) = all.get_mut(&stems.template(name)) {
                    field.push(entry);
                }
            }
        }
        Fields { stems, all }
    }

    /// Those that are the same field's as an entry.
    pub(super) fn instances(
        &self,
        name: &str,
        is_alike: impl Fn(&Entry<'r>) -> bool,
        fits: impl Fn(&Entry<'r>) -> bool,
    ) -> Instances {
        let mut instances = Instances::NONE;
        for entry in self.all.get(&self.stems.template(name)).into_iter().flatten() {
            instances.add(1, is_alike(entry), fits(entry));
        }
        instances
    }

    /// Of a tensor of another shape.
    pub(super) fn of_shape(&self, resolver: &Resolver<'r>, entry: usize, expected: &Expected) -> Instances {
        let shape = resolver.checkpoint.entry(entry).shape();
        let fits = |other: &Entry<'r>| expected.fits(other.shape());
        self.instances(resolver.name_of(entry), |other| other.shape() == shape, fits)
    }
}

/// Says of each tensor of another dtype whether others of its field fit.
pub(super) fn dtypes(resolver: &mut Resolver<'_>) {
    let all = std::mem::take(&mut resolver.out.mistyped);
    let fields = Fields::of(resolver, all.iter().map(|mistyped| mistyped.entry));
    let mut hints: HashMap<&str, String> = HashMap::new();
    for Mistyped { path, expected, entry } in &all {
        let found = resolver.checkpoint.entry(*entry).dtype();
        let fits = |other: &Entry<'_>| expected.accepts(other.dtype()).is_some();
        let instances = fields.instances(resolver.name_of(*entry), |other| other.dtype() == found, fits);
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
