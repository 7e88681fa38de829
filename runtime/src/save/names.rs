//! What the names in layouts are in a value: its shapes say it, and the report of a load does.

use std::collections::BTreeMap;

use super::error::SaveError;
use crate::error::ParameterError;
use crate::listing::Listing;
use crate::plan::Step;
use crate::schema::{
    Declared, Dim, Ends, Environment, Expression, Flat, Known, Layout, Node, NthSource, Setting, SourceTensor, Spec,
    Symbol, Value,
};

/// The names that are known in a value, and what names stand for at its parameters with layouts.
#[derive(Default)]
pub(super) struct Names<'g> {
    settings: Vec<(Symbol, Setting<'static>)>,
    /// By the number of the parameter.
    environments: BTreeMap<usize, Environment>,
    /// What the report of a load says.
    given: Option<&'g BTreeMap<String, usize>>,
    waiting: Vec<(Dim, Environment, usize)>,
    defaults: Vec<(Symbol, Expression, Environment)>,
    instances: u32,
    /// The number of the next parameter.
    number: usize,
    /// The index of the first item of the list that the walk comes to.
    first: usize,
    /// One more than the index of the last item of the list that it comes from.
    end: usize,
}

impl<'g> Names<'g> {
    /// Those of a listed value. Most have no name in a layout, so that none are looked for.
    pub(super) fn of(listing: &Listing<'_>, given: &'g BTreeMap<String, usize>) -> Names<'g> {
        let mut names = Names { given: Some(given), ..Names::default() };
        if listing.layouts.values().any(|(layout, _)| layout.has_names()) {
            names.node(listing.root, Spec::NONE, listing, &mut listing.steps.iter());
            names.solve();
        }
        names
    }

    /// Source tensor `number` of a parameter of this shape; `None` behind the last one.
    pub(super) fn source(
        &mut self,
        layout: &'static Layout,
        (path, parameter): (&str, usize),
        shape: &[usize],
        number: usize,
    ) -> Result<Option<SourceTensor>, SaveError> {
        let refuse = |why: String| SaveError::Parameter { path: path.to_owned(), source: ParameterError::new(why) };
        let environment = self.environments.get(&parameter).copied().unwrap_or(Environment::LOAD);
        loop {
            let known = Known::of(&self.settings);
            let dim = match layout.source_of(shape, (&environment, known), number) {
                NthSource::Skip(_) => return Ok(None),
                NthSource::Misfit(text) => return Err(refuse(text.as_str().to_owned())),
                NthSource::Found(source) => match source.open {
                    None => return Ok(Some(source)),
                    Some(dim) => dim,
                },
            };
            let flat = dim.flat(&environment);
            let open: Vec<Symbol> =
                flat.iter().flat_map(Flat::symbols).filter(|symbol| known.get(symbol).is_none()).collect();
            let all: Vec<Option<usize>> = open.iter().map(|symbol| self.given(symbol)).collect();
            let given = open.iter().zip(all).filter_map(|(symbol, number)| Some((*symbol, Setting::Number(number?))));
            let count = self.settings.len();
            self.settings.extend(given);
            if self.settings.len() == count {
                let (dim, names) = (dim.shown(&environment), open.iter().map(|symbol| format!("`{symbol}`")));
                let names = names.collect::<Vec<_>>().join(" and ");
                return Err(refuse(format!(
                    "its layout needs a number for `{dim}`, and no shape of the module says what {names} is; save it with \
                     `Loaded::save_weights`, or give `Saver::dims_of` the report of the load"
                )));
            }
        }
    }

    fn given(&self, symbol: &Symbol) -> Option<usize> {
        self.given?.get(&symbol.to_string()).copied()
    }

    /// Walks a schema beside the steps and the parameters of a value.
    fn node<'s>(
        &mut self,
        node: &'static Node,
        spec: Spec,
        listing: &Listing<'_>,
        steps: &mut impl Iterator<Item = &'s Step>,
    ) {
        match node {
            Node::Parameter(_) => {
                let Some(view) = listing.views.get(self.number) else { return };
                for (dim, extent) in spec.shape.into_iter().flatten().zip(view.shape()) {
                    self.bind(*dim, &spec.environment, *extent);
                }
                if listing.layouts.contains_key(&self.number) {
                    self.environments.insert(self.number, spec.environment);
                }
                self.number += 1;
            }
            Node::Struct { fields, declared, .. } => {
                let inside = self.inside(spec, *declared);
                let mut ends = Ends::default();
                for (number, field) in fields.iter().enumerate() {
                    if field.shared().is_some() {
                        self.first = ends.start(fields, number).unwrap_or_default();
                        self.node(field.node, field.spec_in(inside), listing, steps);
                        ends.push(number, Some(self.end));
                    } else {
                        self.node(field.node, field.spec_in(inside), listing, steps);
                    }
                }
            }
            Node::List { item, len } => {
                let first = std::mem::take(&mut self.first);
                let Some(&Step::Len(count)) = steps.next() else { return };
                let end = first.saturating_add(count);
                match spec.items {
                    None => self.bind(spec.len.unwrap_or(*len).as_dim(), &spec.environment, count),
                    Some(items) => {
                        self.bind(items.first, &spec.environment, first);
                        self.bind(items.end, &spec.environment, end);
                    }
                }
                (0..count).for_each(|_| self.node(item, spec.item(), listing, steps));
                self.end = end;
            }
            Node::Map { item } => {
                let Some(Step::Keys(keys)) = steps.next() else { return };
                keys.iter().for_each(|_| self.node(item, spec.item(), listing, steps));
            }
            Node::Optional { item } => {
                if let Some(Step::Present(true)) = steps.next() {
                    self.node(item, spec.inside(), listing, steps);
                }
            }
            Node::Choice { variants, declared, .. } => {
                let Some(&Step::Variant(number)) = steps.next() else { return };
                let inside = Spec::NONE.around(self.inside(spec, Some(*declared)));
                self.node(&variants[number].node, inside, listing, steps);
            }
        }
    }

    fn inside(&mut self, spec: Spec, declared: Option<&'static Declared>) -> Spec {
        self.instances += u32::from(spec.given.has_open());
        let inside = spec.enter_instance(declared, self.instances);
        for (name, expression) in declared.map_or(&[][..], |declared| declared.defaults) {
            self.defaults.push((inside.environment.of_load(name), *expression, inside.environment));
        }
        inside
    }

    fn bind(&mut self, dim: Dim, environment: &Environment, value: usize) {
        match dim.number(environment, Known::of(&self.settings)) {
            Some(Value::Linear(line)) if self.given(&line.symbol).is_some() || matches!(dim, Dim::Named(_)) => {
                if let Some(number) = self.given(&line.symbol).or_else(|| line.solve(value).ok()) {
                    self.settings.push((line.symbol, Setting::Number(number)));
                }
            }
            Some(Value::Linear(_) | Value::Open) => self.waiting.push((dim, *environment, value)),
            _ => {}
        }
    }

    /// Gives names their numbers as a load does: from equations with one open name, and then from defaults.
    fn solve(&mut self) {
        loop {
            let known = Known::of(&self.settings);
            let solved = self.waiting.iter().find_map(|(dim, environment, value)| {
                let Some(Value::Linear(line)) = dim.number(environment, known) else { return None };
                Some((line.symbol, line.solve(*value).ok()?))
            });
            let by_default = || {
                self.defaults.iter().find_map(|(symbol, expression, environment)| {
                    let Value::Number(number) = expression.number(environment, known) else { return None };
                    known.get(symbol).is_none().then_some((*symbol, number))
                })
            };
            let Some((symbol, number)) = solved.or_else(by_default) else { return };
            self.settings.push((symbol, Setting::Number(number)));
        }
    }
}
