//! Compares one parameter with its entry: dtype and shape.

use weighbridge_checkpoint::read::Assignment;
use weighbridge_checkpoint::{DType, cast};

use super::dims::{Place, dtype_side};
use super::name_tree::NamePlace;
use super::outcome::{Misshapen, Missing, Mistyped};
use super::policy::{Cast, Rule};
use super::resolver::{Numbered, Resolver};
use crate::report::{CastNote, Finding, FindingSide};
use crate::rules::{self, Declaration, Expected, Instances, layout, says};
use crate::schema::{Environment, Leaf, Spec, Wanted};

/// The result for one parameter.
pub(super) enum Match {
    Fits(Assignment),
    /// The file has no tensor of it. These are the ones that it lacks.
    Absent(Vec<Missing>),
    /// Something is wrong, and noted.
    Wrong,
}

impl Resolver<'_> {
    pub(super) fn parameter(&mut self, leaf: &'static Leaf, spec: Spec, place: Option<NamePlace>) {
        let wanted = Wanted { spec, leaf };
        let number = self.out.number();
        if self.out.paths.is_some() {
            let path = self.path();
            self.out.paths.get_or_insert_default().push(path);
        }
        self.out.report.parameter_count += 1;
        self.note_target(number);
        if self.keep(&wanted, place) {
            return;
        }
        let matched = match spec.from {
            None => self.whole(&Expected::of(wanted), leaf.vector, place),
            Some(layout) => self.composed(layout, &wanted, place),
        };
        let is_tied = self.note_tie(number, matches!(matched, Match::Wrong));
        let assignment = match matched {
            Match::Fits(assignment) => {
                self.out.report.fitting_count += 1;
                if leaf.dtypes.len() != 1 && spec.dtypes.len() != 1 {
                    dtype_of(&assignment).into_iter().for_each(|dtype| self.out.report.count_dtype(dtype, 1));
                }
                Some(assignment)
            }
            Match::Absent(mut missing) => {
                missing.iter_mut().for_each(|missing| missing.is_whole = true);
                if is_tied {
                    // the struct settles it after its last field
                } else if self.may_keep && self.policy.missing == Rule::Allow {
                    self.keep_value(&wanted);
                } else {
                    self.out.missing.extend(missing);
                }
                None
            }
            Match::Wrong => None,
        };
        self.out.assign(assignment);
    }

    /// Matches a parameter that is one tensor of the file, as it is.
    fn whole(&mut self, expected: &Expected, vector: bool, place: Option<NamePlace>) -> Match {
        let Some(entry) = place.and_then(|place| self.entry(place)) else {
            return Match::Absent(vec![self.missing(self.path(), *expected, false, place)]);
        };
        self.out.used.push(entry);
        let dtype = self.dtype(expected, entry, None);
        let shape = self.shape(expected, entry, None);
        match dtype {
            Some(dtype) if shape => {
                let read_as = expected.read_as(self.checkpoint.entry(entry).dtype(), dtype);
                let vector = vector && !dtype.is_quantised();
                Match::Fits(Assignment::Whole { entry, dtype, read_as, vector })
            }
            _ => Match::Wrong,
        }
    }

    /// A tensor that is missing, though patterns may hide one of its name at `place`.
    pub(super) fn missing(&self, path: String, expected: Expected, is_part: bool, place: Option<NamePlace>) -> Missing {
        let hidden = place.and_then(|place| self.hidden_entry(place));
        let optional = self.optional.map(|len| self.trail.as_str()[..len].to_owned());
        let part_of = is_part.then(|| self.path()).into_iter().collect();
        Missing {
            path,
            expected,
            number: self.out.number(),
            is_whole: false,
            part_of,
            optional,
            hidden,
            demanded: self.demanded.clone(),
        }
    }

    /// The path for a finding: the parameter's, or the name of the source tensor.
    fn path_of(&self, made_from: Option<Numbered<'_>>) -> String {
        made_from.map_or_else(|| self.path(), |nth| self.source_name(nth))
    }

    /// The dtype that the parameter gets, or a finding.
    pub(super) fn dtype(
        &mut self,
        expected: &Expected,
        entry: usize,
        made_from: Option<Numbered<'_>>,
    ) -> Option<DType> {
        let found = self.checkpoint.entry(entry).dtype();
        let held = expected.type_dtypes();
        let float = match self.float_for(expected, found) {
            Some(float) if held.is_empty() || held.contains(&float) => Some(float),
            Some(float) => {
                self.refuse_float(expected, float, entry, made_from);
                return None;
            }
            None => None,
        };
        if let Some(taken) = expected.accepts(found) {
            let taken = float.unwrap_or(taken);
            if taken != found && !found.reads_as(taken) {
                self.note_cast(made_from, found, taken);
            }
            return Some(taken);
        }
        let allowed = |to: &&DType| match self.policy.cast {
            Cast::None => false,
            Cast::Lossless => cast::is_lossless(found, **to),
            Cast::Any => cast::is_castable(found, **to),
        };
        // the dtypes of the attribute come before those of the type
        let declared: Vec<DType> =
            expected.field_dtypes().iter().copied().filter(|dtype| held.is_empty() || held.contains(dtype)).collect();
        let to = if declared.is_empty() { held } else { &declared }.iter().find(allowed);
        let to = to.map(|&to| float.unwrap_or(to));
        // the field says nothing of the file's dtype, and the loader which float it is to be
        let to = to.or(float.filter(|_| expected.field_dtypes().is_empty() && cast::is_float(found)));
        if let Some(to) = to {
            self.note_cast(made_from, found, to);
            return Some(to);
        }
        let path = self.path_of(made_from);
        let hint =
            self.with_layer(&path, |leaf, layer| rules::dtype::explain(expected, found, leaf, layer, Instances::NONE));
        let finding = Finding {
            expected: Some(dtype_side(expected)),
            found: Some(FindingSide::of_dtype(found)),
            hints: hint.iter().map(|hint| hint.as_str().to_owned()).collect(),
            ..self.located(entry)
        };
        self.out.mistyped.push(Mistyped { path: path.clone(), expected: *expected, entry });
        self.out.report.dtype.push(Finding { path, ..finding });
        None
    }

    /// The float that `Loader::dtype` asks for, if the parameter's type holds several and the elements are floats.
    fn float_for(&mut self, expected: &Expected, found: DType) -> Option<DType> {
        let float = self.policy.dtype?;
        let held = expected.type_dtypes();
        let is_open = held.is_empty() || held.iter().filter(|&&dtype| cast::is_float(dtype)).count() > 1;
        // untyped bytes are what the field says
        let is_one = is_open
            && (cast::is_float(found)
                || self.policy.cast == Cast::Any && cast::is_dequantised(found) && cast::is_castable(found, float)
                || found.is_untyped() && expected.accepts(found).is_some_and(cast::is_float));
        self.out.is_dtype_used |= is_one;
        is_one.then_some(float)
    }

    /// Notes that the parameter's type does not hold the float that `Loader::dtype` asks for.
    fn refuse_float(&mut self, expected: &Expected, float: DType, entry: usize, made_from: Option<Numbered<'_>>) {
        let path = self.path_of(made_from);
        let found = FindingSide::of_dtype(self.checkpoint.entry(entry).dtype());
        self.out.mistyped.push(Mistyped { path: path.clone(), expected: *expected, entry });
        self.out.report.dtype.push(Finding {
            path,
            expected: Some(FindingSide::of_dtype(float).and(", as `Loader::dtype` says")),
            found: Some(found),
            hints: vec![says::NOT_HELD.to_owned()],
            ..self.located(entry)
        });
    }

    fn note_cast(&mut self, made_from: Option<Numbered<'_>>, from: DType, to: DType) {
        let path = self.path_of(made_from);
        self.out.report.cast.push(CastNote { path, from, to });
    }

    /// Whether the entry has the expected shape; binds the names in it.
    pub(super) fn shape(&mut self, expected: &Expected, entry: usize, made_from: Option<Numbered<'_>>) -> bool {
        let found = self.checkpoint.entry(entry).shape();
        if let Some(declared) = expected.declared()
            && self.is_known_shape(declared, expected.environment(), found, entry)
        {
            self.note_look(expected, entry, found);
            return true;
        }
        if !expected.fits(found) {
            if self.policy.shapes == Rule::Allow && expected.is_held(found) {
                self.out.report.reshaped.push(self.path());
                return true;
            }
            // a tensor that several parameters are cut from is reported once
            if let Some(&at) = self.out.misshapen_at.get(&entry) {
                self.out.misshapen[at].expected.raise(expected);
                return false;
            }
            self.out.misshapen_at.insert(entry, self.out.misshapen.len());
            let path = self.path_of(made_from);
            self.out.misshapen.push(Misshapen { path, expected: *expected, entry, shown: None });
            return false;
        }
        self.note_look(expected, entry, found);
        let mut agree = true;
        for (i, &extent) in found.iter().enumerate() {
            if expected.rank().is_some() {
                let place = Place { entry: Some(entry), parameter: Some(self.out.number()) };
                agree &= self.agrees(expected.dim(i), expected.environment(), extent, place);
            }
        }
        if let (true, Some(declared)) = (agree, expected.declared()) {
            self.out.dims.remember_shape(declared, expected.environment(), found);
        }
        if !agree {
            self.doubt(expected, entry, self.path_of(made_from));
        }
        agree
    }

    /// Whether the shape may be what is declared here, as it was for another item of a list.
    fn is_known_shape(
        &mut self,
        declared: Declaration,
        environment: &Environment,
        found: &[usize],
        entry: usize,
    ) -> bool {
        let Some(open) = self.out.dims.known_shape(declared, environment, found) else { return false };
        let place = Place { entry: Some(entry), parameter: Some(self.out.number()) };
        let waits = |number: &usize| open & (1 << number) != 0;
        let waiting: Vec<usize> = (0..declared.dims.len()).filter(waits).collect();
        let still = |this: &mut Self, number: usize| {
            this.out.dims.waiting_alike(&declared.dims[number], environment, found[number]).is_some()
        };
        let all_wait = waiting.iter().all(|&number| still(self, number));
        if all_wait {
            for number in waiting {
                self.waits_too(declared.dims[number], environment, found[number], place);
            }
        }
        all_wait
    }

    /// Notes a tensor that fits, and whose shape does not show in which order its dims are.
    fn note_look(&mut self, expected: &Expected, entry: usize, found: &[usize]) {
        if expected.is_plain() {
            match found {
                [rows, columns] if rows == columns => self.out.squares.push(entry),
                [_, _, _, ..] if layout::is_ambiguous(found) => self.out.ambiguous.push(entry),
                _ => {}
            }
        }
    }
}

/// The dtype that a parameter gets, if its tensor is not another one's.
fn dtype_of(assignment: &Assignment) -> Option<DType> {
    match assignment {
        Assignment::Whole { dtype, .. } => Some(*dtype),
        Assignment::Composed(composed) => Some(composed.dtype),
        Assignment::Same(_) => None,
    }
}
