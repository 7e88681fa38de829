//! Finds parameters that the file has under another name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::calls::{self, Call};
use super::fields::{FieldOnPath, fields_of};
use super::leftovers::{Leftovers, PAIRS, fixed_shape, sibling};
use super::looks;
use super::names::{self, is_embedding, is_head, split_last};
use super::pairs::{self, Pair};
use super::templates::{ANY, template};
use crate::path::{index, literal, shown};
use crate::plan::resolver::Resolver;
use crate::schema::{Layout, Node};

/// A report with this many findings is long: one hint for most of them comes first.
pub(super) const LONG: usize = 8;
/// The most fields that are looked up. A lock may have any number of names in one module.
const MOST_LOOKED_UP: usize = 1000;
/// The most remedies that one hint names.
const MOST_REMEDIES: usize = 4;

/// The last components of weights that are [in, out] where a module has [out, in].
const KERNELS: &[&str] = &["kernel", "w"];

/// What to do about a pair.
enum Remedy {
    /// Attributes on fields, each with the field that it stands on.
    Attributes(Vec<String>),
    /// A renaming, with `*` for each index, and the indices.
    Rename { from: String, to: String, at: Vec<usize> },
}

/// Finds the names that are nearly the same, or the only ones of their shape.
/// Returns whether one hint says it of most.
pub(super) fn nearest(resolver: &mut Resolver<'_>, left: &mut Leftovers<'_>) -> bool {
    let pairs = pairs::find(left);
    let mut fields: HashMap<String, Vec<FieldOnPath>> = HashMap::new();
    let mut remedies: Vec<Remedy> = Vec::with_capacity(pairs.len());
    for pair in &pairs {
        let (path, name) = (&left.missing[pair.missing].path, &left.unexpected[pair.extra].path);
        let template = template(path);
        if !fields.contains_key(&template) && fields.len() < MOST_LOOKED_UP {
            fields.insert(template.clone(), fields_of(resolver.root, path).unwrap_or_default());
        }
        let fields = fields.get(&template).map_or(&[][..], Vec::as_slice);
        let is_square = matches!(left.unexpected[pair.extra].shape[..], [rows, columns] if rows == columns);
        remedies.push(remedy(fields, path, name, pair.from.as_deref(), is_square));
    }
    // the indices at which one renaming helps
    let mut at: BTreeMap<(&str, &str), BTreeSet<Vec<usize>>> = BTreeMap::new();
    for remedy in &remedies {
        if let Remedy::Rename { from, to, at: indices } = remedy {
            at.entry((from, to)).or_default().insert(indices.clone());
        }
    }
    let loader = names::loader(resolver);
    let call = |((from, to), at): (&(&str, &str), &BTreeSet<Vec<usize>>)| Call::Rename {
        from: (*from).to_owned(),
        to: (*to).to_owned(),
        at: at.clone(),
    };
    let source = |calls: &[Call]| {
        let source = calls::source(loader, calls);
        source.map_or_else(|| "rename them with `Loader::rename`".to_owned(), |source| format!("say `{source}`"))
    };
    let all: Vec<Call> = at.iter().map(call).collect();
    if let Some(hint) = one_for_most(&remedies, left, &source(&all)) {
        resolver.out.report.hints.push(hint);
        return true;
    }
    let calls: HashMap<(&str, &str), String> =
        at.iter().map(|renamed| (*renamed.0, source(&[call(renamed)]))).collect();
    let texts = remedies.iter().map(|remedy| match remedy {
        Remedy::Attributes(all) => format!("say {}", all.join(", and ")),
        Remedy::Rename { from, to, .. } => calls.get(&(from.as_str(), to.as_str())).cloned().unwrap_or_default(),
    });
    let pairs: Vec<(Pair, String)> = pairs.into_iter().zip(texts).collect();
    for (Pair { missing, extra, .. }, remedy) in pairs {
        let (path, name) = (&left.missing[missing].path, &left.unexpected[extra].name);
        left.missing_hints[missing].push(match looks::differ(path, name) {
            Some(hint) => format!("{hint}; if it is this one, {}", looks::in_ascii(&remedy)),
            None => names::it_may_be(&shown(name), &remedy),
        });
        left.unexpected_hints[extra].push(names::did_you_mean(path));
    }
    false
}

/// What to do about a missing parameter that an entry with another name may be. `fields` are those on the way to the
/// parameter, if they are known.
fn remedy(fields: &[FieldOnPath], path: &str, name: &str, from: Option<&str>, is_square: bool) -> Remedy {
    if let Some(own) = fields.last().filter(|own| own.has_name()) {
        if split_last(name).0 == path {
            let last = split_last(name).1;
            let renamed = format!("{}.{last}", own.field.name);
            return Remedy::Attributes(vec![format!("`#[param(rename = {})]`", literal(&renamed))]);
        }
        if let (Some(from), Some((component, _, theirs))) = (from, names::differing(path, name)) {
            let renamed = literal(&own.renamed(component, theirs));
            let attribute = format!("`#[param(rename = {renamed}, from = {from})]`");
            return Remedy::Attributes(vec![format!("{attribute} on the field for `{}`", own.field.name)]);
        }
    }
    if let Some(mut all) = aliases(fields, path, name) {
        if let (Some(other), Some(last)) = (square_kernel(fields, path, name, is_square), all.last_mut()) {
            last.push_str(&format!(", or {other} if it is [in, out], which a square does not show"));
        }
        return Remedy::Attributes(all);
    }
    // what both end with stays as it is
    let (mut theirs, mut ours): (Vec<&str>, Vec<&str>) = (name.split('.').collect(), path.split('.').collect());
    while theirs.len() > 1 && ours.len() > 1 && theirs.last() == ours.last() {
        theirs.pop();
        ours.pop();
    }
    let (theirs, ours) = (theirs.join("."), ours.join("."));
    let numbers = |text: &str| text.split('.').filter_map(index).collect::<Vec<usize>>();
    match numbers(&theirs) {
        at if at == numbers(&ours) => Remedy::Rename { from: template(&theirs), to: template(&ours), at },
        // the items that both are below have one renaming
        _ => {
            let same = theirs.split('.').zip(ours.split('.')).take_while(|(a, b)| a == b).count();
            let split = |text: &str| {
                let components: Vec<&str> = text.split('.').collect();
                let (above, below) = components.split_at(same);
                [&[template(&above.join("."))][..], &below.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>()]
                    .concat()
                    .join(".")
            };
            let at = numbers(&theirs.split('.').take(same).collect::<Vec<_>>().join("."));
            match same {
                0 => Remedy::Rename { from: theirs, to: ours, at: Vec::new() },
                _ => Remedy::Rename { from: split(&theirs), to: split(&ours), at },
            }
        }
    }
}

/// The attribute for a kernel that may be transposed: Flax and Keras keep it as [in, out].
fn square_kernel(fields: &[FieldOnPath], path: &str, name: &str, is_square: bool) -> Option<String> {
    let (component, _, theirs) = names::differing(path, name).filter(|(_, _, theirs)| KERNELS.contains(theirs))?;
    let own = FieldOnPath::with_component(fields, component).filter(|_| is_square)?;
    let renamed = literal(&own.renamed(component, theirs));
    Some(format!("`#[param(rename = {renamed}, from = transpose)]`"))
}

/// The aliases with which the fields of a path read a name of the same depth, if each part that differs is a field's.
fn aliases(fields: &[FieldOnPath], path: &str, name: &str) -> Option<Vec<String>> {
    if path.split('.').count() != name.split('.').count() {
        return None;
    }
    // a field may have several of the components
    let mut renamed: Vec<(FieldOnPath, String)> = Vec::new();
    let differ = path.split('.').zip(name.split('.')).enumerate().filter(|(_, (ours, theirs))| ours != theirs);
    for (component, (_, theirs)) in differ {
        let field = FieldOnPath::with_component(fields, component).filter(FieldOnPath::has_name)?;
        // an item's own component is no name of the field
        if field.field.name.is_empty() {
            return None;
        }
        match renamed.last_mut() {
            Some((known, text)) if known.depth == field.depth => {
                let mut parts: Vec<&str> = text.split('.').collect();
                parts[component - field.depth] = theirs;
                *text = parts.join(".");
            }
            _ => renamed.push((field, field.renamed(component, theirs))),
        }
    }
    let attributes: Vec<String> = renamed.iter().map(|(field, name)| field.with_alias(name)).collect();
    (!attributes.is_empty()).then_some(attributes)
}

/// One hint for a long report in which a few remedies help most of what is missing. `renamed` is the one for all that are renamed.
fn one_for_most(remedies: &[Remedy], left: &Leftovers<'_>, renamed: &str) -> Option<String> {
    if remedies.len() < LONG || remedies.len() * 5 < left.missing.len() * 4 {
        return None;
    }
    let (mut attributes, mut renames): (Vec<(&str, usize)>, usize) = (Vec::new(), 0);
    for remedy in remedies {
        let Remedy::Attributes(all) = remedy else {
            renames += 1;
            continue;
        };
        for attribute in all {
            match attributes.iter_mut().find(|(known, _)| known == attribute) {
                Some((_, count)) => *count += 1,
                None => attributes.push((attribute, 1)),
            }
        }
        if attributes.len() > MOST_REMEDIES {
            return None;
        }
    }
    let helps_many = renames != 1 && attributes.iter().all(|(_, count)| *count > 1);
    let said: Vec<&str> = attributes.iter().map(|(attribute, _)| *attribute).collect();
    let said = (!said.is_empty()).then(|| format!("say {}", said.join(", and ")));
    let all: Vec<String> = said.into_iter().chain((renames > 0).then(|| renamed.to_owned())).collect();
    helps_many.then(|| names::they_may_be(remedies.len(), &all.join(", and ")))
}

/// The templates of the source tensors of a parameter.
fn sources_of(root: &'static Node, path: &str) -> Vec<String> {
    let Some(own) = fields_of(root, path).and_then(|fields| fields.last().copied()) else { return Vec::new() };
    let Some(layout) = own.field.composed() else { return Vec::new() };
    let above: Vec<&str> = path.split('.').take(own.depth).collect();
    let names = (0..).map_while(|number| layout.nth_name(number).ok()).flatten();
    names.map(|name| template(&sibling(&above.join("."), name)).replace(Layout::INDEX, ANY)).collect()
}

/// Finds source tensors that are misspelt in `from`, where another parameter takes the tensor that is meant.
pub(super) fn misspelt_sources(resolver: &Resolver<'_>, left: &mut Leftovers<'_>) {
    let sources = left.missing.iter().filter(|missing| !missing.part_of.is_empty()).count();
    if sources.saturating_mul(resolver.checkpoint.len()) > PAIRS {
        return;
    }
    for (missing, hints) in left.missing.iter().zip(&mut left.missing_hints) {
        if missing.part_of.is_empty() {
            continue;
        }
        let all = resolver.entries().map(|(name, _)| name);
        let mut near =
            all.filter(|name| names::is_misspelt(&missing.path, name) && !names::is_other_part(&missing.path, name));
        let (Some(name), None) = (near.next(), near.next()) else { continue };
        // another part of the same parameter is not this one
        let sources = missing.part_of.iter().flat_map(|whole| sources_of(resolver.root, whole));
        if sources.collect::<BTreeSet<String>>().contains(&template(name)) {
            continue;
        }
        hints.push(match missing.part_of.iter().find(|whole| *whole == name || *whole == split_last(name).0) {
            Some(whole) if whole == name => format!("the checkpoint has `{}` as one tensor; leave `from` out", shown(name)),
            Some(whole) => {
                let field = fields_of(resolver.root, whole).and_then(|fields| fields.last().copied());
                let Some(field) = field.filter(|field| !field.is_of_parts) else { continue };
                let renamed = literal(&format!("{}.{}", field.field.name, split_last(name).1));
                format!("the checkpoint has `{}`; if it is all of it, say `#[param(rename = {renamed})]` and leave `from` out", shown(name))
            }
            None => names::say_so_in_from(&shown(name)),
        });
    }
}

/// Finds an output layer that shares its weight with the embedding, and that only the module or only the file has.
pub(super) fn tied(resolver: &Resolver<'_>, left: &mut Leftovers<'_>) {
    // a model has one output layer, so if there are more, they are something else
    let heads = left.missing.iter().filter(|missing| is_head(&missing.path)).count()
        + left.unexpected.iter().filter(|extra| is_head(&extra.path)).count();
    if heads > 2 {
        return;
    }
    let embedding = |fits: &dyn Fn(&[usize]) -> bool| {
        let mut entries = resolver.entries().filter(|(name, entry)| is_embedding(name) && fits(entry.shape()));
        match (entries.next(), entries.next()) {
            (Some((name, _)), None) => Some(name.to_owned()),
            _ => None,
        }
    };
    for (missing, hints) in left.missing.iter().zip(&mut left.missing_hints) {
        if is_head(&missing.path)
            && let Some(name) = embedding(&|shape| missing.expected.fits(shape))
        {
            let shape = fixed_shape(&missing.expected).unwrap_or_default();
            hints.extend(names::may_be_tied(resolver.root, &missing.path, &name, &shape));
        }
    }
    for (extra, hints) in left.unexpected.iter().zip(&mut left.unexpected_hints) {
        if hints.is_empty()
            && is_head(&extra.path)
            && let Some(name) = embedding(&|shape| shape == extra.shape)
        {
            hints.extend(names::may_be_once_more(resolver.root, &extra.path, &name, &extra.shape));
        }
    }
}
