//! Experts: one side has a list, and the other one tensor with a dim for its items.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::leftovers::{Extra, Leftovers, fixed_shape};
use super::names::split_last;
use crate::path::{index, literal, shown};
use crate::plan::outcome::Missing;
use crate::rules::says;

/// Words that do not tell one tensor of a layer from another.
const COMMON: &[&str] = &["weight", "bias"];
/// The most modules above a name that may have the one tensor.
const DEEPEST: usize = 16;

/// The names of a list's items that differ in the index alone: `experts.{}.w1.weight` below `layers.0`.
struct Items {
    /// What stands before the index, and behind it.
    list: String,
    rest: String,
    numbers: Vec<usize>,
    shape: Vec<usize>,
}

impl Items {
    /// The shape of all items in one tensor.
    fn stacked(&self) -> Vec<usize> {
        std::iter::once(self.numbers.len()).chain(self.shape.iter().copied()).collect()
    }

    /// The module that has the list.
    fn module(&self) -> &str {
        split_last(&self.list).0
    }

    /// The components of the names that tell these items from others.
    fn words(&self) -> Vec<&str> {
        self.rest.split('.').filter(|word| !COMMON.contains(word)).collect()
    }

    /// The name with `{}` for the index, relative to the module.
    fn pattern(&self) -> String {
        let list = split_last(&self.list).1;
        if self.rest.is_empty() { format!("{list}.{{}}") } else { format!("{list}.{{}}.{}", self.rest) }
    }
}

/// The index of an item, its number among the names, and its shape.
type Item = (usize, usize, Option<Vec<usize>>);

/// Groups names by their last index. A group has all indices from 0 on, and one shape.
fn items<'n>(names: impl Iterator<Item = (&'n str, Option<Vec<usize>>)>) -> Vec<Items> {
    let mut groups: HashMap<(String, String), Vec<Item>> = HashMap::new();
    for (number, (name, shape)) in names.enumerate() {
        let components: Vec<&str> = name.split('.').collect();
        let Some(at) = components.iter().rposition(|component| index(component).is_some()) else { continue };
        let key = (components[..at].join("."), components[at + 1..].join("."));
        let i = index(components[at]).unwrap_or_default();
        groups.entry(key).or_default().push((i, number, shape));
    }
    let mut all: Vec<Items> = Vec::new();
    for ((list, rest), mut group) in groups {
        group.sort_by_key(|(i, _, _)| *i);
        let shape = group.first().and_then(|(_, _, shape)| shape.clone());
        let is_whole = group.iter().enumerate().all(|(n, (i, _, one))| n == *i && *one == shape);
        if let (Some(shape), true, true) = (shape, is_whole && group.len() > 1, !list.is_empty()) {
            let numbers = group.into_iter().map(|(_, number, _)| number).collect();
            all.push(Items { list, rest, numbers, shape });
        }
    }
    all.sort_by(|a, b| (&a.list, &a.rest).cmp(&(&b.list, &b.rest)));
    all
}

/// Explains a list of which the other side has one tensor.
pub(super) fn explain(left: &mut Leftovers<'_>) {
    let expected = |missing: &Missing| fixed_shape(&missing.expected);
    let in_module = items(left.missing.iter().map(|missing| (missing.path.as_str(), expected(missing))));
    let in_file = items(left.unexpected.iter().map(|extra| (extra.path.as_str(), Some(extra.shape.clone()))));
    if !in_module.is_empty() {
        let extras =
            below(left.unexpected.iter().map(|extra: &Extra| (extra.path.as_str(), Some(extra.shape.clone()))));
        let words: BTreeSet<&str> = in_module.iter().flat_map(Items::words).collect();
        let mut unexplained: Vec<&Items> = Vec::new();
        for items in &in_module {
            let shape = items.stacked();
            let name = |e: usize| left.unexpected[e].path.as_str();
            let find = |shape: &[usize]| only(&extras, (items, shape), &words, name);
            // some libraries have the matrices [in, out]
            let turned = match shape.as_slice() {
                [count, rows, columns] if rows != columns => Some([*count, *columns, *rows]),
                _ => None,
            };
            // the name must say that it is the one, as its shape does not
            let has_name = |e: &usize| name(*e).split('.').any(|one| items.words().contains(&one));
            let turned = turned.and_then(|turned| find(&turned)).filter(has_name);
            let (e, from) = match (find(&shape), turned) {
                (Some(e), _) => (e, ""),
                (None, Some(e)) => (e, ", from = permute(0, 2, 1)"),
                (None, None) => {
                    unexplained.push(items);
                    continue;
                }
            };
            let module = items.module();
            let name = relative(&left.unexpected[e].path, module);
            let list = split_last(&items.list).1;
            let hint = format!(
                "`{}` has all items of `{}` in one tensor; declare one parameter in place of the list, with `#[param(shape = {shape:?}, rename = {}{from})]` on a field of {}",
                shown(name),
                shown(list),
                literal(name),
                place(module)
            );
            items.numbers.iter().for_each(|&m| left.missing_hints[m].push(hint.clone()));
            left.unexpected_hints[e].push(format!("the module has its items as the list `{}`", shown(list)));
        }
        fused(left, &unexplained);
    }
    if !in_file.is_empty() {
        let missing = below(left.missing.iter().map(|missing| (missing.path.as_str(), expected(missing))));
        for items in &in_file {
            let (module, shape) = (items.module(), items.stacked());
            let find = only(&missing, (items, &shape), &BTreeSet::new(), |m| left.missing[m].path.as_str());
            let Some(m) = find else { continue };
            let hint = format!(
                "the checkpoint has its items apart; join them with `#[param(shape = {shape:?}, from = stack({}))]` on a field of {}",
                literal(&items.pattern()),
                place(module)
            );
            left.missing_hints[m].push(hint);
            let whole = shown(relative(&left.missing[m].path, module)).into_owned();
            items
                .numbers
                .iter()
                .for_each(|&e| left.unexpected_hints[e].push(format!("the module has all items as `{whole}`")));
        }
    }
}

/// Explains items of which one tensor has several parameters each: `gate_up_proj` of all experts.
fn fused(left: &mut Leftovers<'_>, unexplained: &[&Items]) {
    let mut lists: BTreeMap<&str, Vec<&Items>> = BTreeMap::new();
    unexplained.iter().for_each(|items| lists.entry(items.list.as_str()).or_default().push(items));
    for (list, parts) in lists.into_iter().filter(|(_, parts)| parts.len() > 1) {
        let (count, module) = (parts[0].numbers.len(), parts[0].module());
        let elements: usize = parts.iter().map(|items| items.stacked().iter().product::<usize>()).sum();
        let is_it = |extra: &Extra| {
            extra.path.strip_prefix(list).is_some_and(|rest| rest.starts_with('.'))
                && extra.shape.len() == 3
                && extra.shape[0] == count
                && extra.shape.iter().product::<usize>() == elements
        };
        let mut found = left.unexpected.iter().enumerate().filter(|(_, extra)| is_it(extra));
        let (Some((e, extra)), None) = (found.next(), found.next()) else { continue };
        let name = relative(&extra.path, module);
        let of: Vec<String> = parts.iter().map(|items| format!("`{}`", shown(&items.rest))).collect();
        let (list, of) = (shown(split_last(list).1).into_owned(), of.join(" and "));
        let hint = format!(
            "`{}` has {of} of all items of `{list}` in one tensor; declare one parameter in their place, with `#[param(shape = {:?}, rename = {})]` on a field of {}",
            shown(name),
            extra.shape,
            literal(name),
            place(module)
        );
        parts.iter().flat_map(|items| &items.numbers).for_each(|&m| left.missing_hints[m].push(hint.clone()));
        left.unexpected_hints[e].push(format!("the module has {of} apart, in each item of the list `{list}`"));
    }
}

/// The numbers of tensors by a module above them, and by their shape.
type Below = HashMap<(String, Vec<usize>), Vec<usize>>;

fn below<'n>(names: impl Iterator<Item = (&'n str, Option<Vec<usize>>)>) -> Below {
    let mut below = Below::new();
    for (number, (name, shape)) in names.enumerate() {
        let Some(shape) = shape.filter(|shape| shape.len() > 1) else { continue };
        let mut above = name;
        for _ in 0..DEEPEST {
            above = split_last(above).0;
            below.entry((above.to_owned(), shape.clone())).or_default().push(number);
            if above.is_empty() {
                break;
            }
        }
    }
    below
}

/// The one tensor of this shape below the module that has the list. If there are several, or if it has the name of other items,
/// the only one whose name has a component of the items'.
fn only<'n>(
    below: &Below,
    (items, shape): (&Items, &[usize]),
    others: &BTreeSet<&str>,
    name: impl Fn(usize) -> &'n str,
) -> Option<usize> {
    let all = below.get(&(items.module().to_owned(), shape.to_vec()))?;
    let words = items.words();
    let has = |one: usize, words: &dyn Fn(&str) -> bool| name(one).split('.').any(words);
    let mut alike = all.iter().copied().filter(|&one| has(one, &|word| words.contains(&word)));
    match (alike.next(), alike.next(), all.as_slice()) {
        (Some(one), None, _) => Some(one),
        (None, _, [one]) if !has(*one, &|word| others.contains(word)) => Some(*one),
        _ => None,
    }
}

/// A path as a module above it sees it.
fn relative<'p>(path: &'p str, module: &str) -> &'p str {
    if module.is_empty() { path } else { path.get(module.len() + 1..).unwrap_or(path) }
}

fn place(module: &str) -> String {
    if module.is_empty() { says::THE_MODULE.to_owned() } else { format!("`{}`", shown(module)) }
}
