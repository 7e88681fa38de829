//! Where the checkpoint contradicts what the configuration says, and what the configuration would have to say there.

use serde_json::Value as Json;

use super::dims::Origin;
use super::outcome::{Contradiction, Remedy};
use super::resolver::Resolver;
use crate::report::{Finding, FindingSide};
use crate::schema::{Dim, Environment, Expression, Known, Setting, Symbol, Value};

/// The powers of two that are tried for a name that is rounded.
const MOST_DOUBLED: u32 = 17;
/// The most items that one finding says are missing.
const MOST_LACKED: usize = 1000;

impl Resolver<'_> {
    /// Notes that a dim has another number in the checkpoint, with what each name of the configuration in it would have to be.
    /// Of a list, the number is that of its items.
    pub(super) fn contradicts_dim(
        &mut self,
        (path, is_list): (&str, bool),
        dim: &Dim,
        environment: &Environment,
        number: usize,
    ) {
        if self.policy.config.is_some() {
            let remedies = self.remedies_of_dim(dim, environment, number);
            let said = match dim.number(environment, self.out.dims.known()) {
                Some(Value::Number(said)) if is_list => said.min(number.saturating_add(MOST_LACKED)),
                _ => 0,
            };
            let lacks = (number..said).map(|index| item_of(path, index)).collect();
            self.out.contradictions.push(Contradiction { path: path.to_owned(), remedies, lacks });
        }
    }

    /// What each name of the configuration in a dim would have to be, for the dim to be this number.
    pub(super) fn remedies_of_dim(&self, dim: &Dim, environment: &Environment, number: usize) -> Vec<Remedy> {
        let Some(flat) = dim.flat(environment) else { return Vec::new() };
        let blamed = flat.symbols().filter(|symbol| self.out.dims.is_configured(symbol));
        let remedies = |symbol: Symbol| {
            let (key, default) = (symbol.to_string(), self.out.dims.default_origin(&symbol));
            let remedy = move |value| Remedy { key: key.clone(), value: Json::from(value), default: default.clone() };
            self.solved(dim, environment, symbol, number).into_iter().map(remedy)
        };
        blamed.flat_map(remedies).collect()
    }

    /// The same of the names that `Loader::dim` has set.
    pub(super) fn said_of_dim(&self, dim: &Dim, environment: &Environment, number: usize) -> Vec<(String, usize)> {
        let Some(flat) = dim.flat(environment) else { return Vec::new() };
        let said = flat.symbols().filter(|symbol| self.policy.dims.contains_key(&symbol.to_string()));
        let solved = |symbol: Symbol| {
            let values = self.solved(dim, environment, symbol, number).into_iter();
            values.map(move |value| (symbol.to_string(), value))
        };
        said.flat_map(solved).collect()
    }

    /// What a name would have to be, for a dim to be this number. Of one that is rounded, several fit: those that are powers of two are
    /// what people choose.
    fn solved(&self, dim: &Dim, environment: &Environment, symbol: Symbol, number: usize) -> Vec<usize> {
        let mut known = self.out.dims.without(&symbol);
        match dim.number(environment, Known::of(&known)) {
            Some(Value::Linear(line)) => line.solve(number).ok().into_iter().collect(),
            Some(Value::Open) => {
                known.push((symbol, Setting::Number(0)));
                let last = known.len() - 1;
                let mut fits = |value: &usize| {
                    known[last].1 = Setting::Number(*value);
                    dim.number(environment, Known::of(&known)) == Some(Value::Number(number))
                };
                (0..MOST_DOUBLED).map(|power| 1 << power).filter(|value| fits(value)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Notes that the checkpoint has what a condition says is not there, or the other way round.
    pub(super) fn contradicts_condition(&mut self, when: &Expression, environment: &Environment) {
        if self.policy.config.is_some() {
            let (path, remedies) = (self.path(), self.remedies_of(when, environment));
            self.out.contradictions.push(Contradiction { path, remedies, lacks: Vec::new() });
        }
    }

    /// What each name of the configuration in a condition could be instead.
    pub(super) fn remedies_of(&self, when: &Expression, environment: &Environment) -> Vec<Remedy> {
        let (flat, mut remedies) = (when.flat(environment), Vec::new());
        let to = |key: &str, value: Json| Remedy { key: key.to_owned(), value, default: None };
        for symbol in flat.symbols().filter(|symbol| self.out.dims.is_configured(symbol)) {
            let key = symbol.to_string();
            match self.out.dims.known().get(&symbol) {
                Some(Setting::Truth(is)) => remedies.push(to(&key, Json::from(!is))),
                // what it is compared with somewhere in the condition
                Some(Setting::Text(text)) if flat.texts().next().is_some() => {
                    let others = flat.texts().filter(|other| *other != text);
                    remedies.extend(others.map(|other| to(&key, other.into())));
                }
                Some(_) => remedies.extend([false, true].map(|is| to(&key, Json::from(is)))),
                None => {}
            }
        }
        remedies
    }

    /// The finding that the first of the settings is wrong, but for what shows it.
    pub(super) fn wrong_setting(&self, remedies: &[Remedy]) -> Option<Finding> {
        let (config, Remedy { key, value, .. }) = (self.policy.config.as_ref()?, remedies.first()?);
        Some(Finding {
            path: key.clone(),
            expected: Some(FindingSide::words(value.to_string())),
            found: Some(FindingSide::words(config.shown(key))),
            file: Some(config.origin.clone()),
            ..Finding::default()
        })
    }
}

/// The path of an item of a list, which has `{}` for the index if something stands around it.
fn item_of(list: &str, index: usize) -> String {
    match (list, list.contains("{}")) {
        ("", _) => index.to_string(),
        (_, true) => list.replacen("{}", &index.to_string(), 1),
        (_, false) => format!("{list}.{index}"),
    }
}

impl Origin {
    /// Whether it is the configuration that decides, or what it lacks.
    pub(super) fn is_of_config(&self) -> bool {
        matches!(self, Origin::Config(_) | Origin::Default(_))
    }
}
