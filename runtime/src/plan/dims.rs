//! Named dims: each name has one number in a load.

use std::collections::VecDeque;

use weighbridge_checkpoint::{DType, Shape};

use crate::report::FindingSide;
use crate::rules::{Declaration, Expected};
use crate::schema::{Dim, Environment, Expression, Flat, Known, Setting, Symbol, Value};

/// What follows a number that the caller gave.
pub(super) const FROM_LOADER: &str = " (from `Loader::dim`)";

/// Where the number of a name comes from.
#[derive(Clone)]
pub(super) enum Origin {
    /// The path of the parameter, or of the list, that has it.
    Parameter(String),
    /// `Loader::dim`.
    Loader,
    /// The configuration: where it is there, with its value.
    Config(String),
    /// The default of a type, as it is written.
    Default(String),
}

/// A dim that a number of the file must be equal to, of which too few names are bound to tell.
pub(super) struct Waiting {
    pub(super) dim: Dim,
    /// What the names in it stand for.
    pub(super) environment: Environment,
    pub(super) value: usize,
    /// Where the file has the number. There is one at least.
    pub(super) places: Vec<WaitingPlace>,
}

impl Waiting {
    /// The first path that has the number.
    pub(super) fn path(&self) -> &str {
        self.places.first().map_or("", |place| &place.path)
    }
}

/// What has a number of the file.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The tensor, if it is one alone.
    pub(super) entry: Option<usize>,
    /// The parameter, by its number; `None` for a list.
    pub(super) parameter: Option<usize>,
}

impl Place {
    /// A list, whose length it is.
    pub(super) const LIST: Place = Place { entry: None, parameter: None };

    pub(super) fn is_list(&self) -> bool {
        self.entry.is_none() && self.parameter.is_none()
    }
}

/// A place at which the file has a number.
pub(super) struct WaitingPlace {
    /// The path of the parameter, or of the list, that has the number.
    pub(super) path: String,
    pub(super) place: Place,
    /// Whether it is not the file that has the number, but the module's own value, which is kept.
    pub(super) is_kept: bool,
}

/// A declared shape at a place of the schema, and a shape of the file that it may be.
struct KnownShape {
    declared: Declaration,
    environment: Environment,
    shape: Vec<usize>,
    /// The dims that wait for a name, each by its bit.
    open: u64,
}

/// The most known shapes: as many as a layer has.
const SHAPES: usize = 16;

/// What a type says a name of the load is where the caller says nothing.
#[derive(Clone)]
pub(super) struct DefaultOf {
    pub(super) symbol: Symbol,
    pub(super) expression: Expression,
    pub(super) environment: Environment,
    /// The path of the module that says so.
    pub(super) path: String,
    /// Whether its value is being found.
    pub(super) is_looked_at: bool,
    /// Whether a finding says that another type says something else.
    pub(super) is_told: bool,
}

/// A condition that nobody has decided, and what the file has where it stands.
pub(super) struct OpenCondition {
    pub(super) when: &'static Expression,
    /// What the names in it stand for.
    pub(super) environment: Environment,
    pub(super) places: Vec<ConditionPlace>,
}

/// A place at which a condition stands.
pub(super) struct ConditionPlace {
    pub(super) path: String,
    /// Whether the file has there what the condition is about.
    pub(super) is_present: bool,
}

#[derive(Default)]
pub(super) struct Dims<'r> {
    /// The names that are bound, in the order in which they were.
    settings: Vec<(Symbol, Setting<'r>)>,
    /// Where each comes from.
    by: Vec<Origin>,
    pub(super) waiting: Vec<Waiting>,
    /// The last declared shapes that were compared, of which a list has the same for each item.
    shapes: VecDeque<KnownShape>,
    pub(super) defaults: Vec<DefaultOf>,
    pub(super) conditions: Vec<OpenCondition>,
    /// The numbers of values that an update keeps.
    pub(super) kept: Vec<Waiting>,
}

impl<'r> Dims<'r> {
    /// The names that are bound, with what they are.
    pub(super) fn known(&self) -> Known<'_> {
        Known::of(&self.settings)
    }

    /// The numbers of the names of the load.
    pub(super) fn numbers(&self) -> impl Iterator<Item = (String, usize)> {
        self.settings.iter().filter(|(symbol, _)| symbol.is_of_load()).filter_map(|(symbol, setting)| match setting {
            Setting::Number(number) => Some((symbol.to_string(), *number)),
            _ => None,
        })
    }

    /// The number of a name.
    pub(super) fn number(&self, symbol: &Symbol) -> Option<usize> {
        match self.known().get(symbol)? {
            Setting::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Whether a shape may be what is declared here, as it was before: the dims that wait for a name, each by its bit.
    pub(super) fn known_shape(&self, declared: Declaration, environment: &Environment, shape: &[usize]) -> Option<u64> {
        let is_it = |known: &&KnownShape| {
            known.declared.is_same(&declared) && known.shape == shape && known.environment.is_same(environment)
        };
        self.shapes.iter().find(is_it).map(|known| known.open)
    }

    /// Remembers a shape that may be what is declared here, if it is more than constants.
    pub(super) fn remember_shape(&mut self, declared: Declaration, environment: &Environment, shape: &[usize]) {
        if declared.dims.len() > u64::BITS as usize || declared.dims.iter().all(|dim| matches!(dim, Dim::Is(_))) {
            return;
        }
        if declared.dims.iter().any(|dim| matches!(dim, Dim::AtLeast(_))) {
            return;
        }
        let mut open = 0;
        for (number, (dim, extent)) in declared.dims.iter().zip(shape).enumerate() {
            match dim.number(environment, self.known()) {
                None => {}
                Some(Value::Number(known)) if known == *extent => {}
                Some(Value::Linear(_) | Value::Open) => open |= 1 << number,
                Some(_) => return,
            }
        }
        if self.shapes.len() == SHAPES {
            self.shapes.pop_front();
        }
        self.shapes.push_back(KnownShape { declared, environment: *environment, shape: shape.to_vec(), open });
    }

    /// What waits for the same number, written at the same place of the schema.
    pub(super) fn waiting_alike(&mut self, dim: &Dim, environment: &Environment, value: usize) -> Option<&mut Waiting> {
        let is_it =
            |one: &&mut Waiting| one.value == value && one.dim.is_same(dim) && one.environment.is_same(environment);
        self.waiting.iter_mut().rev().take(SHAPES).find(is_it)
    }

    /// Notes a condition that nobody has decided at one place.
    pub(super) fn note_condition(&mut self, when: &'static Expression, environment: &Environment, at: ConditionPlace) {
        let is_it = |one: &&mut OpenCondition| {
            std::ptr::eq(one.when.steps(), when.steps()) && one.environment.is_same(environment)
        };
        // a list has the same ones in each item
        match self.conditions.iter_mut().rev().take(SHAPES).find(is_it) {
            Some(alike) => alike.places.push(at),
            None => self.conditions.push(OpenCondition { when, environment: *environment, places: vec![at] }),
        }
    }

    /// The names that are bound, but for one.
    pub(super) fn without(&self, symbol: &Symbol) -> Vec<(Symbol, Setting<'r>)> {
        self.settings.iter().filter(|(bound, _)| !bound.is(symbol)).copied().collect()
    }

    /// What a name is by default: `4 (by default hidden_size / heads)`.
    pub(super) fn default_origin(&self, symbol: &Symbol) -> Option<String> {
        let at = self.settings.iter().position(|(bound, _)| bound.is(symbol))?;
        matches!(self.by[at], Origin::Default(_)).then(|| self.origin(symbol)).flatten()
    }

    /// Whether the configuration, or what it lacks, decides a name.
    pub(super) fn is_configured(&self, symbol: &Symbol) -> bool {
        let at = self.settings.iter().position(|(bound, _)| bound.is(symbol));
        at.is_some_and(|at| self.by[at].is_of_config())
    }

    /// Whether the caller has set a name, or a default that follows from that.
    pub(super) fn is_said(&self, symbol: &Symbol) -> bool {
        let at = self.settings.iter().position(|(bound, _)| bound.is(symbol));
        at.is_some_and(|at| !matches!(self.by[at], Origin::Parameter(_)))
    }

    /// The names whose numbers the checkpoint has decided.
    pub(super) fn found(&self) -> impl Iterator<Item = Symbol> {
        let all = self.settings.iter().zip(&self.by);
        all.filter(|(_, by)| matches!(by, Origin::Parameter(_))).map(|((symbol, _), _)| *symbol)
    }

    /// The names that the caller has set, with what they are.
    pub(super) fn said(&self) -> Vec<(Symbol, Setting<'r>)> {
        let all = self.settings.iter().zip(&self.by);
        all.filter(|(_, by)| !matches!(by, Origin::Parameter(_))).map(|(bound, _)| *bound).collect()
    }

    /// What a name is, and where that comes from: `64 (from `embed.weight`)`.
    fn origin(&self, symbol: &Symbol) -> Option<String> {
        let at = self.settings.iter().position(|(bound, _)| bound.is(symbol))?;
        let is = self.settings[at].1;
        Some(match &self.by[at] {
            Origin::Parameter(path) => format!("{is} (from `{path}`)"),
            Origin::Config(origin) => format!("{is} (from {origin})"),
            Origin::Loader => format!("{is}{FROM_LOADER}"),
            Origin::Default(written) => format!("{is} (by default {written})"),
        })
    }

    /// Binds the names that are bound in these, which another walk has found.
    pub(super) fn take_names(&mut self, other: Dims<'r>) {
        (self.settings, self.by) = (other.settings, other.by);
    }

    /// The same names, with nothing that waits for them.
    pub(super) fn bound(&self) -> Dims<'r> {
        let (settings, by, defaults) = (self.settings.clone(), self.by.clone(), self.defaults.clone());
        Dims { settings, by, defaults, ..Dims::default() }
    }

    /// Takes over the names of a part, which began with these ones, and what waits there.
    pub(super) fn adopt(&mut self, part: Dims<'r>) {
        (self.settings, self.by, self.defaults) = (part.settings, part.by, part.defaults);
        self.waiting.extend(part.waiting);
        self.conditions.extend(part.conditions);
        self.kept.extend(part.kept);
    }

    /// Binds a name that is not bound.
    pub(super) fn insert(&mut self, symbol: Symbol, setting: Setting<'r>, by: Origin) {
        self.settings.push((symbol, setting));
        self.by.push(by);
    }

    /// `3 * hidden = 192, where hidden = 64 (from `embed.weight`)`; `is` follows the expression. Of a name alone
    /// `hidden = 64 (from `embed.weight`)`.
    pub(super) fn shown(&self, dim: &Dim, environment: &Environment, is: &str) -> String {
        if let Dim::Named(name) = dim
            && let Some(symbol) = environment.symbol(name)
            && let (true, Some(origin)) = (is.starts_with(" = "), self.origin(&symbol))
        {
            return format!("{symbol} = {origin}");
        }
        let text = format!("{}{is}", dim.shown(environment));
        self.with_origins(text, dim.flat(environment).as_ref())
    }

    /// Adds where what is in an expression comes from: `, where hidden = 64 (from `embed.weight`)`.
    pub(super) fn with_origins(&self, text: String, flat: Option<&Flat>) -> String {
        self.with_origins_of(text, flat.into_iter().flat_map(Flat::symbols))
    }

    /// The same of these names, each once.
    pub(super) fn with_origins_of(&self, mut text: String, symbols: impl IntoIterator<Item = Symbol>) -> String {
        let (mut before, mut told) = (", where ", Vec::new());
        for symbol in symbols {
            if told.iter().any(|other: &Symbol| other.is(&symbol)) {
                continue;
            }
            told.push(symbol);
            if let Some(origin) = self.origin(&symbol) {
                text += &format!("{before}{symbol} = {origin}");
                before = " and ";
            }
        }
        text
    }

    /// The expected shape, for a finding.
    pub(super) fn shape_side(&self, expected: &Expected) -> FindingSide {
        FindingSide::typed(self.show(expected), None, self.shape(expected))
    }

    /// The expected dtype and shape, for a finding.
    pub(super) fn tensor_side(&self, expected: &Expected) -> FindingSide {
        let text = format!("{} {}", expected.dtype_names().as_str(), self.show(expected));
        FindingSide::typed(text, only_dtype(expected), self.shape(expected))
    }

    /// The expected shape, if every dim is a number or a name that is bound to one.
    fn shape(&self, expected: &Expected) -> Option<Shape> {
        let dims =
            (0..expected.rank()?).map(|i| match expected.dim(i).number(expected.environment(), self.known())? {
                Value::Number(number) => Some(number),
                _ => None,
            });
        dims.collect::<Option<Vec<usize>>>().map(Shape::from)
    }

    /// A shape as the report shows it: `[32000, 64]`, `[vocab, _]`, `[vocab = 7, 64]` once the name is bound.
    pub(super) fn show(&self, expected: &Expected) -> String {
        expected.show(self.known()).as_str().to_owned()
    }
}

/// The expected dtypes, for a finding.
pub(super) fn dtype_side(expected: &Expected) -> FindingSide {
    FindingSide::typed(expected.dtype_names().as_str(), only_dtype(expected), None)
}

fn only_dtype(expected: &Expected) -> Option<DType> {
    match expected.dtypes() {
        [dtype] => Some(*dtype),
        _ => None,
    }
}
