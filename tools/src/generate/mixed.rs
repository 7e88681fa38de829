//! Layers that are quantised at one place of a list and left alone, or quantised otherwise, at another. They are one enum, so that the
//! modules around them are of one type.

use std::collections::{BTreeSet, HashMap};

use weighbridge_checkpoint::DType;
use weighbridge_lock::index;

use super::order::order;
use super::packing::Packing;
use super::quantised::{FLOATS, Quantised, recognise};
use super::tree::{Children, Tree, stems};
use super::types::{Name, Role, Type, TypeId, Types};

/// The most kinds at one place that become an enum. Real models have two or three.
const MOST_KINDS: usize = 16;

/// A kind of linear layer: how it is quantised, and its tensors.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    quantised: Option<Quantised>,
    tensors: Vec<(String, DType, usize)>,
}

/// The kinds of linear layers at each place, whose name has `*` for indices. Only places that have several, of which one is quantised.
#[derive(Debug, Default)]
pub(super) struct Mixed(HashMap<String, BTreeSet<Kind>>);

impl Mixed {
    pub(super) fn of(root: &Children<'_>, packings: &[Packing]) -> Mixed {
        let mut mixed = Mixed::default();
        mixed.look(root, &mut Vec::new(), packings);
        mixed.0.retain(|_, kinds| {
            (2..=MOST_KINDS).contains(&kinds.len()) && kinds.iter().any(|kind| kind.quantised.is_some())
        });
        mixed
    }

    fn look(&mut self, children: &Children<'_>, site: &mut Vec<String>, packings: &[Packing]) {
        if let Some((kind, _)) = linear(children, packings) {
            if site.iter().any(|part| part.ends_with('*')) {
                self.0.entry(site.join(".")).or_default().insert(kind);
            }
            return;
        }
        let stems = stems(children);
        for (name, child) in children.iter().filter(|(_, child)| !child.below.is_empty()) {
            let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
            site.push(match index(name) {
                Some(_) => "*".to_owned(),
                None if stem.len() < name.len() && stems.contains_key(stem) => format!("{stem}*"),
                None => name.to_owned(),
            });
            self.look(&child.below, site, packings);
            site.pop();
        }
    }

    /// The kinds at a place.
    pub(super) fn kinds(&self, site: &[String]) -> Option<&BTreeSet<Kind>> {
        if self.0.is_empty() { None } else { self.0.get(&site.join(".")) }
    }
}

/// The kind of a linear layer, and how many inputs and outputs it has.
pub(super) fn linear(children: &Children<'_>, packings: &[Packing]) -> Option<(Kind, [usize; 2])> {
    let tensor = |(name, tree): (&str, &Tree<'_>)| {
        let (dtype, shape) = tree.tensor.filter(|_| tree.below.is_empty())?;
        Some((name.to_owned(), dtype, shape.len()))
    };
    // more names than a layer has
    if children.len() > 8 {
        return None;
    }
    let mut tensors = children.iter().map(tensor).collect::<Option<Vec<_>>>()?;
    tensors.sort_by(|(a, ..), (b, ..)| order(a, b));
    let (quantised, sizes) = match recognise(children, packings) {
        Some((quantised, _)) if !quantised.is_linear() => return None,
        Some((quantised, sizes)) => (Some(quantised), sizes),
        None => (None, of_floats(children)?),
    };
    Some((Kind { quantised, tensors }, sizes.try_into().ok()?))
}

/// The inputs and outputs of a layer that was left alone.
fn of_floats(children: &Children<'_>) -> Option<Vec<usize>> {
    let mut tensors = children.iter().map(|(name, tree)| (name, tree.tensor));
    let (weight, bias) = match (tensors.next(), tensors.next(), tensors.next()) {
        (Some(("weight", weight)), None, None) => (weight?, None),
        (Some(("bias", bias)), Some(("weight", weight)), None) => (weight?, Some(bias?)),
        _ => return None,
    };
    let [out, inputs] = <[usize; 2]>::try_from(weight.1).ok()?;
    let are_floats = FLOATS.contains(&weight.0) && bias.is_none_or(|(dtype, _)| FLOATS.contains(&dtype));
    let fits = bias.is_none_or(|(_, shape)| shape == [out]) && out > 0 && inputs > 0;
    (are_floats && fits).then(|| vec![inputs, out])
}

impl Kind {
    pub(super) fn role(&self) -> Role {
        self.quantised.map_or(Role::Linear, Role::Quantised)
    }

    pub(super) fn is_quantised(&self) -> bool {
        self.quantised.is_some()
    }

    /// The type of such a layer.
    pub(super) fn id(&self, types: &mut Types) -> TypeId {
        let field = |(name, dtype, rank): &(String, DType, usize)| {
            let tensor = Type::Tensor { dtype: *dtype, zeros: vec![false; *rank], overflows: false };
            (Name::Exact(name.clone()), tensor)
        };
        let fields: Vec<_> = self.tensors.iter().map(field).collect();
        let fields = fields.into_iter().map(|(name, tensor)| (name, types.id(tensor))).collect();
        types.id(Type::Struct { fields, role: self.role(), fixed: None })
    }
}
