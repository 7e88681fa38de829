//! Weights that torch keeps as factors: weight norm, spectral norm and pruning. No renaming gives the weight, so each hint says
//! what does.

use std::collections::HashMap;

use super::fields::{FieldOnPath, fields_of};
use super::leftovers::{Leftovers, sibling};
use super::names::{self, split_last};
use crate::path::{literal, shown};
use crate::plan::resolver::Resolver;

/// A way to keep a weight as several tensors.
struct Scheme {
    /// What is added to the name of the weight's module, with `{}` for the weight.
    names: &'static [&'static str],
    /// What the weight is.
    is: &'static str,
    /// The call that makes one tensor of them, before a save.
    fold: &'static str,
}

const WEIGHT_NORM: &str = "weight-normalised: it is g·v/‖v‖";
const SPECTRAL_NORM: &str = "spectrally normalised: it is divided by its largest singular value";
const PRUNED: &str = "pruned: it is multiplied by a mask";
const PARAMETRIZE: &str = "torch.nn.utils.parametrize.remove_parametrizations";

/// The more names one has, the earlier it stands: the names of weight norm are among those of spectral norm.
const SCHEMES: &[Scheme] = &[
    Scheme { names: &["{}_orig", "{}_u", "{}_v"], is: SPECTRAL_NORM, fold: "torch.nn.utils.remove_spectral_norm" },
    Scheme { names: &["{}_orig", "{}_u"], is: SPECTRAL_NORM, fold: "torch.nn.utils.remove_spectral_norm" },
    Scheme { names: &["{}_orig", "{}_mask"], is: PRUNED, fold: "torch.nn.utils.prune.remove" },
    Scheme { names: &["{}_g", "{}_v"], is: WEIGHT_NORM, fold: "torch.nn.utils.remove_weight_norm" },
    Scheme {
        names: &["parametrizations.{}.original0", "parametrizations.{}.original1"],
        is: WEIGHT_NORM,
        fold: PARAMETRIZE,
    },
    Scheme {
        names: &["parametrizations.{}.original", "parametrizations.{}.0._u", "parametrizations.{}.0._v"],
        is: SPECTRAL_NORM,
        fold: PARAMETRIZE,
    },
    Scheme { names: &["parametrizations.{}.original"], is: "made from another tensor", fold: PARAMETRIZE },
];

/// Two names of one factor.
const SAME: &[(&str, &str)] = &[("{}_g", "parametrizations.{}.original0"), ("{}_v", "parametrizations.{}.original1")];

/// Explains weights of which one side has the factors.
pub(super) fn explain(resolver: &Resolver<'_>, left: &mut Leftovers<'_>) {
    let is_factor = |name: &str| name.ends_with("_g") || name.ends_with("_orig") || name.contains("parametrizations.");
    let mut names = left.unexpected.iter().map(|extra| extra.path.as_str());
    if !names.any(is_factor) && !left.missing.iter().any(|missing| is_factor(&missing.path)) {
        return;
    }
    let unexpected: HashMap<String, usize> =
        left.unexpected.iter().enumerate().map(|(e, extra)| (extra.path.clone(), e)).collect();
    let missing: HashMap<&str, usize> =
        left.missing.iter().enumerate().map(|(m, missing)| (missing.path.as_str(), m)).collect();
    for m in 0..left.missing.len() {
        let (parent, leaf) = split_last(&left.missing[m].path);
        let found = |scheme: &Scheme| {
            let of_name = |name: &&str| unexpected.get(&sibling(parent, &name.replace("{}", leaf))).copied();
            scheme.names.iter().map(of_name).collect::<Option<Vec<usize>>>()
        };
        if let Some((scheme, factors)) = SCHEMES.iter().find_map(|scheme| Some((scheme, found(scheme)?))) {
            let is_of_parts = left.missing[m].expected.is_of_parts();
            let hint = in_the_file(left, scheme, (leaf, is_of_parts), &factors);
            left.missing_hints[m].push(hint);
            for e in factors {
                left.unexpected_hints[e].push(format!("the module has `{}` as one tensor", shown(leaf)));
            }
        }
    }
    for e in 0..left.unexpected.len() {
        let (parent, leaf) = split_last(&left.unexpected[e].path);
        let found = |scheme: &Scheme| {
            let of_name = |name: &&str| missing.get(sibling(parent, &name.replace("{}", leaf)).as_str()).copied();
            scheme.names.iter().map(of_name).collect::<Option<Vec<usize>>>()
        };
        if let Some((scheme, factors)) = SCHEMES.iter().find_map(|scheme| Some((scheme, found(scheme)?))) {
            let leaf = shown(leaf).into_owned();
            left.unexpected_hints[e].push(format!("the module has its factors; in the module, it is {}", scheme.is));
            for m in factors {
                left.missing_hints[m].push(format!(
                    "the checkpoint has `{leaf}` as one tensor, and the module has it {}; declare `{leaf}` in place of its factors",
                    scheme.is
                ));
            }
        }
    }
    other_names(resolver, left, &unexpected);
}

/// The hint for a weight that the file has as factors. The parts of another crate's type hold the weight itself.
fn in_the_file(left: &Leftovers<'_>, scheme: &Scheme, (leaf, is_of_parts): (&str, bool), factors: &[usize]) -> String {
    if is_of_parts {
        return format!("the checkpoint has it {}; fold it with `{}` before you save", scheme.is, scheme.fold);
    }
    let field = |(name, &e): (&&str, &usize)| {
        let (name, shape) = (name.replace("{}", leaf), &left.unexpected[e].shape);
        format!("`#[param(shape = {shape:?}, rename = {})]`", literal(&name))
    };
    let fields: Vec<String> = scheme.names.iter().zip(factors).map(field).collect();
    format!(
        "the checkpoint has it {}; fold it with `{}` before you save, or hold its parts in place of `{}`, with {}",
        scheme.is,
        scheme.fold,
        shown(leaf),
        fields.join(" and ")
    )
}

/// Factors that the file has under torch's other names for them.
fn other_names(resolver: &Resolver<'_>, left: &mut Leftovers<'_>, unexpected: &HashMap<String, usize>) {
    let mut fields: HashMap<String, Option<FieldOnPath>> = HashMap::new();
    for m in 0..left.missing.len() {
        let path = left.missing[m].path.clone();
        let Some((own, other)) = SAME.iter().flat_map(|(a, b)| [(a, b), (b, a)]).find_map(|(own, other)| {
            let (before, after) = own.split_once("{}")?;
            // the factor's name is behind that of the module
            let at = if before.is_empty() { path.rfind('.').map_or(0, |dot| dot + 1) } else { path.find(before)? };
            let of = path.get(at + before.len()..)?.strip_suffix(after)?;
            let name = format!("{}{}", &path[..at], other.replace("{}", of));
            Some((other.replace("{}", of), *unexpected.get(&name)?))
        }) else {
            continue;
        };
        let field = fields
            .entry(super::templates::template(&path))
            .or_insert_with(|| fields_of(resolver.root, &path)?.last().copied());
        let (hint, e) = match field {
            Some(field) if field.has_name() => (format!("say {}", field.with_alias(&own)), other),
            _ => continue,
        };
        left.missing_hints[m].push(names::it_may_be(&shown(&left.unexpected[e].name), &hint));
        left.unexpected_hints[e].push(names::did_you_mean(&path));
    }
}
