//! Parameters that contradict what the caller says of names. If the checkpoint agrees with that elsewhere, or if no other number of a
//! name explains it, the shape is wrong and not the name: then it is told as a shape, with the causes that a shape has.

use super::outcome::{Doubtful, Misshapen};
use super::resolver::Resolver;
use crate::rules::Expected;
use crate::schema::{Dim, Environment, Flat, Known, Symbol, Value};

impl Resolver<'_> {
    /// Notes that the checkpoint agrees with what the caller says of the names in a dim.
    pub(super) fn confirm(&mut self, dim: &Dim, environment: &Environment) {
        let Some(confirmed) = &mut self.confirmed else { return };
        for symbol in symbols(dim, environment) {
            if self.out.dims.is_said(&symbol) && !confirmed.iter().any(|other| other.is(&symbol)) {
                confirmed.push(symbol);
            }
        }
    }

    /// Notes a parameter whose dims differ, if what the caller says decides them all.
    pub(super) fn doubt(&mut self, expected: &Expected, entry: usize, path: String) {
        if !self.policy.says_names() {
            return;
        }
        let found = self.checkpoint.entry(entry).shape();
        let environment = expected.environment();
        let is_said = |(dim, found): (Dim, &usize)| match dim.number(environment, self.out.dims.known()) {
            Some(Value::Number(number)) if number == *found => true,
            Some(Value::Number(_)) => symbols(&dim, environment).all(|symbol| self.out.dims.is_said(&symbol)),
            None => true,
            _ => false,
        };
        if expected.rank().is_some() && found.iter().enumerate().all(|(i, found)| is_said((expected.dim(i), found))) {
            self.out.doubtful.push(Doubtful { parameter: self.path(), path, expected: *expected, entry });
        }
    }

    /// Tells each such parameter as a shape, unless a name that nothing confirms explains it.
    pub(super) fn tell_shapes(&mut self, confirmed: &[Symbol]) {
        for Doubtful { parameter, path, expected, entry } in std::mem::take(&mut self.out.doubtful) {
            if self.is_explained(&expected, entry, confirmed) {
                continue;
            }
            self.out.report.dim.retain(|finding| finding.path != parameter);
            if self.out.misshapen_at.contains_key(&entry) {
                continue;
            }
            self.out.misshapen_at.insert(entry, self.out.misshapen.len());
            let shown = Some(self.out.dims.shape_side(&expected));
            let expected = expected.evaluated(self.out.dims.known());
            self.out.misshapen.push(Misshapen { path, expected, entry, shown });
        }
    }

    /// Whether another number of one name makes all dims fit, and nothing in the checkpoint is for the number that it has.
    fn is_explained(&self, expected: &Expected, entry: usize, confirmed: &[Symbol]) -> bool {
        let (found, environment) = (self.checkpoint.entry(entry).shape(), expected.environment());
        let dims = || found.iter().enumerate().map(|(i, &found)| (expected.dim(i), found));
        let names: Vec<Symbol> = dims().flat_map(|(dim, _)| symbols(&dim, environment).collect::<Vec<_>>()).collect();
        names.into_iter().filter(|name| !confirmed.iter().any(|other| other.is(name))).any(|name| {
            let without = self.out.dims.without(&name);
            let mut number = None;
            dims().all(|(dim, found)| match dim.number(environment, Known::of(&without)) {
                Some(Value::Number(is)) => is == found,
                Some(Value::Linear(line)) => match line.solve(found) {
                    Ok(solved) => *number.get_or_insert(solved) == solved,
                    Err(_) => false,
                },
                None => true,
                _ => false,
            })
        })
    }
}

fn symbols(dim: &Dim, environment: &Environment) -> impl Iterator<Item = Symbol> {
    let flat = dim.flat(environment);
    flat.iter().flat_map(Flat::symbols).collect::<Vec<_>>().into_iter()
}
