//! One parameter beside its entry: dtype, shape, named dimensions.

use super::dims::Bound;
use super::hints;
use super::names::Place;
use super::resolve::{Misshapen, Missing, Resolver, Wish};
use super::{Cast, Rule, Take};
use crate::dtype::DType;
use crate::report::{CastNote, Finding};
use crate::schema::{Dim, Leaf, Spec, cast};

impl Resolver<'_> {
    pub(super) fn parameter(&mut self, leaf: &'static Leaf, spec: Spec, place: Option<Place>) {
        let wish = Wish { spec, leaf };
        self.report.parameters += 1;
        let Some(entry) = place.and_then(|place| self.names.entry(place)) else {
            if self.may_keep && self.policy.missing == Rule::Allow {
                self.report.kept.push(self.path());
                self.plan.takes.push(None);
            } else {
                let optional = self.optional.map(|len| self.trail.as_str()[..len].to_owned());
                self.missing.push(Missing { path: self.path(), wish, optional });
            }
            return;
        };
        self.used[entry] = true;
        let dtype = self.dtype(&wish, entry);
        let shape = self.shape(&wish, entry);
        if let (Some(dtype), true) = (dtype, shape) {
            self.report.fitting += 1;
            self.plan.takes.push(Some(Take { entry, dtype }));
        }
    }

    /// The dtype that the parameter gets, or a finding.
    fn dtype(&mut self, wish: &Wish, entry: usize) -> Option<DType> {
        let found = self.checkpoint.entry(entry).dtype();
        let held = wish.leaf.dtypes;
        if let Some(taken) = accepted(wish, found) {
            if taken != found && !found.reads_as(taken) {
                self.note_cast(found, taken);
            }
            return Some(taken);
        }
        let allowed = |to: &&DType| match self.policy.cast {
            Cast::None => false,
            Cast::Lossless => cast::is_lossless(found, **to),
            Cast::Any => cast::is_castable(found, **to),
        };
        if let Some(&to) = held.iter().find(allowed) {
            self.note_cast(found, to);
            return Some(to);
        }
        let finding = Finding {
            path: self.path(),
            expected: Some(wish.dtype_names()),
            found: Some(found.to_string()),
            hints: hints::for_dtype(wish, found),
            ..self.located(entry)
        };
        self.report.dtype.push(finding);
        None
    }

    fn note_cast(&mut self, from: DType, to: DType) {
        self.report.cast.push(CastNote { path: self.path(), from: from.to_string(), to: to.to_string() });
    }

    fn shape(&mut self, wish: &Wish, entry: usize) -> bool {
        let found = self.checkpoint.entry(entry).shape();
        if !wish.fits(found) {
            if self.policy.shapes == Rule::Allow && wish.leaf.extents.holds(found) {
                self.report.reshaped.push(self.path());
                return true;
            }
            self.misshapen.push(Misshapen { path: self.path(), wish: *wish, entry });
            return false;
        }
        let mut agree = true;
        for (i, &extent) in found.iter().enumerate() {
            if let Some(Dim::Named(name)) = wish.rank().map(|_| wish.dim(i)) {
                agree &= self.bind(name, extent, Some(entry));
            }
        }
        agree
    }

    fn fixed(&self, name: &str) -> Option<usize> {
        self.policy.dims.get(name).copied()
    }

    /// Binds a name to a number, or reports the conflict.
    pub(super) fn bind(&mut self, name: &'static str, value: usize, entry: Option<usize>) -> bool {
        if let Some(fixed) = self.fixed(name) {
            self.dims.0.entry(name).or_insert(Bound { value: fixed, by: None });
        }
        let path = self.path();
        let Err(bound) = self.dims.bind(name, value, &path) else { return true };
        let finding = Finding {
            expected: Some(format!("{name} = {}", bound.origin())),
            found: Some(value.to_string()),
            hints: vec![format!(
                "`{name}` is one number wherever the model names it; if these may differ, give them two names"
            )],
            ..entry.map(|entry| self.located(entry)).unwrap_or_default()
        };
        self.report.dim.push(Finding { path, ..finding });
        false
    }
}

/// The dtype that a parameter takes from an entry of dtype `found` without the loader's leave.
fn accepted(wish: &Wish, found: DType) -> Option<DType> {
    let (said, held) = (wish.spec.dtypes, wish.leaf.dtypes);
    let reads = |dtypes: &[DType]| dtypes.iter().copied().find(|&dtype| found.reads_as(dtype));
    if said.is_empty() {
        return if held.is_empty() { Some(found) } else { reads(held) };
    }
    let said = reads(said)?;
    // the field says by name that it takes this dtype: what its type does not hold exactly is cast, without loss
    if held.is_empty() { Some(said) } else { reads(held).or(held.first().copied()) }
}
