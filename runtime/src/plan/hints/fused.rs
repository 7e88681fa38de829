//! Finds one tensor for several parameters, or several tensors for one parameter.

use super::leftovers::{Leftovers, fixed_shape, group};
use super::names::{PARTS, split_last};
use crate::path::{literal, shown};
use crate::rules::says;

/// Names of fused tensors in which the parts of each head lie together, so that no slice is one part of all heads.
const BY_HEAD: &[&str] = &["query_key_value", "wqkv", "linear_qkv"];
/// The last components of tensors that may be fused.
const KINDS: &[&str] = &["weight", "bias"];

/// The shapes of the parts, in order.
struct PartShapes(Vec<Vec<usize>>);

/// How the parts lie in the fused tensor.
#[derive(Clone, Copy)]
struct Fused {
    /// The dim along which they follow one another.
    dim: usize,
    order: Order,
}

/// The order of dims in the fused tensor, compared with its parts.
#[derive(Clone, Copy)]
enum Order {
    Same { or_turned: bool },
    Turned,
}

/// Whether a tensor of this name usually has its parts head by head.
fn is_by_head(path: &str) -> bool {
    path.split('.').any(|component| BY_HEAD.contains(&component))
}

/// How the parts lie in such a tensor.
const HEAD_BY_HEAD: &str = "in most models head by head, so that no slice is one of them";
/// What to do about it, if the module has the parts.
const APART: &str =
    "declare it as one parameter and take it apart by heads in your own code, or load a checkpoint that has the parts";
/// What to do about it, if the module has it as one.
const JOINED: &str = "declare the parts, and join them by heads in your own code";

impl PartShapes {
    /// How the parts lie in a tensor of this shape, if they make it up.
    fn in_one(&self, whole: &[usize]) -> Option<Fused> {
        let turned = self.turned().and_then(|turned| turned.dim_of(whole));
        match (self.dim_of(whole), turned) {
            (Some(dim), turned) => Some(Fused { dim, order: Order::Same { or_turned: turned == Some(dim) } }),
            (None, Some(dim)) => Some(Fused { dim, order: Order::Turned }),
            (None, None) => None,
        }
    }

    /// The parts transposed, if they are matrices.
    fn turned(&self) -> Option<PartShapes> {
        let turn = |part: &Vec<usize>| if let [a, b] = part[..] { Some(vec![b, a]) } else { None };
        self.0.iter().map(turn).collect::<Option<_>>().map(PartShapes)
    }

    /// The dim along which the parts, one after another, make up the whole.
    fn dim_of(&self, whole: &[usize]) -> Option<usize> {
        (0..whole.len()).find(|&dim| {
            let joins = |part: &Vec<usize>| {
                part.len() == whole.len() && (0..whole.len()).all(|i| i == dim || part[i] == whole[i])
            };
            self.0.iter().all(joins) && self.along(dim, self.0.len()) == whole[dim]
        })
    }

    /// The extent of the first `count` parts along a dim.
    fn along(&self, dim: usize, count: usize) -> usize {
        self.0[..count].iter().map(|part| part[dim]).fold(0, usize::saturating_add)
    }

    /// The hint for part `number`, which is missing. `whole` is the name of the fused tensor, `of` the name relative to the
    /// module, which is `place`.
    fn slice(&self, number: usize, fused: Fused, names: &[&str], (whole, of): (&str, &str), place: &str) -> String {
        let dim = fused.dim;
        let (is_turned, own) = match fused.order {
            Order::Turned => (true, 1 - dim),
            Order::Same { .. } => (false, dim),
        };
        let slice = format!("slice(dim = {dim}, of = {}, start = {})", literal(of), self.along(own, number));
        let from = if is_turned { format!("transpose(of = {slice})") } else { slice };
        let or = match fused.order {
            Order::Same { or_turned: true } => {
                ", or with `transpose(of = ..)` around the slice: a square does not show its order"
            }
            _ => "",
        };
        let (parts, shape) = (listed(names), &self.0[number]);
        format!(
            "`{whole}` looks like {parts} in one tensor; take this part with `#[param(shape = {shape:?}, from = {from})]` on a field of {place}{or}"
        )
    }

    /// The hint for the fused tensor, which is missing while the file has the parts.
    fn concat(&self, dim: usize, names: &[&str], kind: &str, shape: &[usize], place: &str) -> String {
        let source = |(name, part): (&&str, &Vec<usize>)| format!("\"{name}.{kind}\": {}", part[dim]);
        let sources: Vec<String> = names.iter().zip(&self.0).map(source).collect();
        format!(
            "the checkpoint has {} apart; join them with `#[param(shape = {shape:?}, from = concat(dim = {dim}, {}))]` on a field of {place}",
            listed(names),
            sources.join(", ")
        )
    }
}

/// `` `q_proj`, `k_proj`, `v_proj` ``
fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// What is missing and unexpected below one module.
struct ModuleLeftovers<'h> {
    /// The module.
    place: &'h str,
    missing: &'h [usize],
    extras: &'h [usize],
}

pub(super) fn explain(left: &mut Leftovers<'_>) {
    let module = |path: &str| split_last(split_last(path).0).0.to_owned();
    let missing_by = group(left.missing, |missing| Some(module(&missing.path)));
    let mut extra_by = group(&left.unexpected, |extra| Some(module(&extra.path)));
    // torch's attention has `in_proj_weight` beside the modules that others have
    for (e, extra) in left.unexpected.iter().enumerate() {
        let (place, leaf) = split_last(&extra.path);
        if KINDS.iter().any(|kind| leaf.ends_with(&format!("_{kind}"))) {
            extra_by.entry(place.to_owned()).or_default().push(e);
        }
    }
    for (place, missing) in &missing_by {
        let Some(extras) = extra_by.get(place) else { continue };
        let module = ModuleLeftovers { place, missing, extras };
        for parts in PARTS {
            for kind in KINDS {
                if !module.apart_in_the_module(left, parts, kind) {
                    module.apart_in_the_file(left, parts, kind);
                }
            }
        }
    }
}

impl ModuleLeftovers<'_> {
    fn path_of(&self, part: &str, kind: &str) -> String {
        if self.place.is_empty() { format!("{part}.{kind}") } else { format!("{}.{part}.{kind}", self.place) }
    }

    /// The module, as a hint names it.
    fn module(&self) -> String {
        if self.place.is_empty() { says::THE_MODULE.to_owned() } else { format!("`{}`", shown(self.place)) }
    }

    /// A name relative to the module.
    fn below<'p>(&self, path: &'p str) -> &'p str {
        if self.place.is_empty() { path } else { path.get(self.place.len() + 1..).unwrap_or(path) }
    }

    /// Explains parts in the module that are one tensor in the file. Returns whether all of the parts are missing.
    fn apart_in_the_module(&self, left: &mut Leftovers<'_>, names: &[&str], kind: &str) -> bool {
        let named = |part: &&str| {
            let path = self.path_of(part, kind);
            self.missing.iter().copied().find(|&m| left.missing[m].path == path)
        };
        let Some(numbers) = names.iter().map(named).collect::<Option<Vec<_>>>() else { return false };
        let shapes = numbers.iter().map(|&m| fixed_shape(&left.missing[m].expected)).collect::<Option<_>>();
        let Some(parts) = shapes.map(PartShapes) else { return true };
        let whole = self.extras.iter().copied().filter(|&e| left.unexpected[e].path.ends_with(kind));
        let whole = whole.into_iter().find_map(|e| Some((e, parts.in_one(&left.unexpected[e].shape)?)));
        let Some((e, fused)) = whole else { return true };
        let (of, name) = (self.below(&left.unexpected[e].path), shown(&left.unexpected[e].name));
        if is_by_head(&left.unexpected[e].path) {
            let hint = format!("`{name}` has {} in one tensor, {HEAD_BY_HEAD}; {APART}", listed(names));
            numbers.into_iter().for_each(|m| left.missing_hints[m].push(hint.clone()));
            left.unexpected_hints[e].push(format!("it has {} in one tensor, {HEAD_BY_HEAD}", listed(names)));
            return true;
        }
        for (number, m) in numbers.into_iter().enumerate() {
            left.missing_hints[m].push(parts.slice(number, fused, names, (&name, of), &self.module()));
        }
        left.unexpected_hints[e]
            .push(format!("it looks like {} in one tensor; the module has them apart", listed(names)));
        true
    }

    /// Explains a parameter whose parts are tensors of the file.
    fn apart_in_the_file(&self, left: &mut Leftovers<'_>, names: &[&str], kind: &str) {
        let named = |part: &&str| {
            let path = self.path_of(part, kind);
            self.extras.iter().copied().find(|&e| left.unexpected[e].path == path)
        };
        let Some(numbers) = names.iter().map(named).collect::<Option<Vec<_>>>() else { return };
        let parts = PartShapes(numbers.iter().map(|&e| left.unexpected[e].shape.clone()).collect());
        let whole = self.missing.iter().copied().filter(|&m| left.missing[m].path.ends_with(kind)).find_map(|m| {
            let shape = fixed_shape(&left.missing[m].expected)?;
            Some((m, parts.dim_of(&shape)?, shape))
        });
        let Some((m, dim, shape)) = whole else { return };
        if is_by_head(&left.missing[m].path) {
            let hint = format!(
                "the checkpoint has {} apart, and most models have this one head by head; {JOINED}",
                listed(names)
            );
            left.missing_hints[m].push(hint);
            return;
        }
        left.missing_hints[m].push(parts.concat(dim, names, kind, &shape, &self.module()));
        for e in numbers {
            let whole = shown(&left.missing[m].path);
            left.unexpected_hints[e].push(format!("`{whole}` looks like {} in one tensor", listed(names)));
        }
    }
}
