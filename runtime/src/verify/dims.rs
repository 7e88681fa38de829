//! The data of names: what they are, and what waits for them.

use super::bounded::Bounded;
use super::path::Path;
use crate::rules::Shown;
use crate::schema::{Dim, Environment, Expression, Flat, Known, Setting, Symbol};

/// The most names that are known.
const MOST: usize = 48;

/// Where a name is known from.
#[derive(Clone, Copy)]
pub(super) enum Origin {
    /// A parameter, or a list.
    Parameter,
    /// The configuration.
    Config,
    /// The default of a type.
    Default,
}

/// A dim that a number of the lock must be equal to, of which too few names are known to tell.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    pub(super) dim: Dim,
    /// What the names in it stand for.
    pub(super) environment: Environment,
    pub(super) value: usize,
    /// The path of the parameter, or of the list, that has the number.
    pub(super) path: Path,
    /// The parameter, by its number; `usize::MAX` for a list.
    pub(super) parameter: usize,
}

/// What a type says a name of the load is where nothing else says so.
#[derive(Clone, Copy)]
pub(super) struct DefaultOf {
    pub(super) symbol: Symbol,
    pub(super) expression: Expression,
    pub(super) environment: Environment,
    /// The path of the module that says so.
    pub(super) path: Path,
    /// Whether its value is being found.
    pub(super) is_looked_at: bool,
    /// Whether a row says that another type says something else.
    pub(super) is_told: bool,
}

/// A condition that nothing has decided, and what the lock has at one place.
#[derive(Clone, Copy)]
pub(super) struct OpenCondition {
    pub(super) when: Expression,
    /// What the names in it stand for.
    pub(super) environment: Environment,
    /// As it is written, without what is decided once the walk has ended.
    pub(super) written: Shown,
    pub(super) path: Path,
    pub(super) is_present: bool,
    pub(super) is_told: bool,
}

/// Where a name is known from, and the path or the expression of that.
#[derive(Clone, Copy)]
struct By {
    origin: Origin,
    text: Shown,
}

#[derive(Clone, Copy)]
pub(super) struct Dims {
    /// The names that are known, in the order in which they were.
    settings: [(Symbol, Setting<'static>); MOST],
    by: Bounded<By, MOST>,
    pub(super) waiting: Bounded<Waiting, 128>,
    pub(super) defaults: Bounded<DefaultOf, 16>,
    pub(super) conditions: Bounded<OpenCondition, 64>,
    /// How many modules were given an open argument.
    pub(super) instances: u32,
    /// The parameters that fit but for what waits, by number, and for how many each stands.
    fitting: Bounded<(usize, usize), 128>,
}

impl Dims {
    pub(super) const EMPTY: Dims = Dims {
        settings: [(Symbol::of(""), Setting::Number(0)); MOST],
        by: Bounded::EMPTY,
        waiting: Bounded::EMPTY,
        defaults: Bounded::EMPTY,
        conditions: Bounded::EMPTY,
        instances: 0,
        fitting: Bounded::EMPTY,
    };

    /// The same names, with nothing that waits for them.
    pub(super) const fn known_ones(&self) -> Dims {
        let Dims { settings, by, defaults, instances, .. } = *self;
        Dims { settings, by, defaults, instances, ..Dims::EMPTY }
    }

    /// How many names are known.
    pub(super) const fn count(&self) -> usize {
        self.by.len
    }

    /// The names that are known and nothing else, for another walk.
    pub(super) const fn names_only(&self) -> Dims {
        Dims { settings: self.settings, by: self.by, ..Dims::EMPTY }
    }

    /// The names that are known, with what they are.
    pub(super) const fn known(&self) -> Known<'_> {
        Known::of(self.settings.split_at(self.by.len).0)
    }

    /// The names that are known from something else than tensors, and how many there are.
    pub(super) const fn said(&self) -> ([(Symbol, Setting<'static>); MOST], usize) {
        let (mut said, mut count, mut i) = (Dims::EMPTY.settings, 0, 0);
        while let Some(by) = self.by.get(i) {
            if !matches!(by.origin, Origin::Parameter) {
                said[count] = self.settings[i];
                count += 1;
            }
            i += 1;
        }
        (said, count)
    }

    /// Binds a name that is not known. `text` is the path of the parameter, or the default as it is written.
    pub(super) const fn insert(&mut self, symbol: Symbol, setting: Setting<'static>, origin: Origin, text: Shown) {
        self.by.push(By { origin, text });
        self.settings[self.by.len - 1] = (symbol, setting);
    }

    /// Whether an expression waits for a name.
    pub(super) const fn waits_for(&self, symbol: &Symbol) -> bool {
        let mut i = 0;
        while let Some(one) = self.waiting.get(i) {
            if let Some(flat) = one.dim.flat(&one.environment) {
                let mut at = 0;
                while at < flat.len() {
                    if let Some(other) = flat.first_symbol(at)
                        && other.is(symbol)
                    {
                        return true;
                    }
                    at += 1;
                }
            }
            i += 1;
        }
        false
    }

    /// Notes that a parameter fits, which stands for `times`, but for the expressions that wait.
    pub(super) const fn fits(&mut self, parameter: usize, times: usize) {
        let mut i = 0;
        while let Some(one) = self.waiting.get(i) {
            if one.parameter == parameter {
                self.fitting.push((parameter, times));
                return;
            }
            i += 1;
        }
    }

    /// Takes back that a parameter fits, and says how many it stands for.
    pub(super) const fn fits_not(&mut self, parameter: usize) -> usize {
        let mut i = 0;
        while let Some((number, times)) = self.fitting.get_mut(i) {
            if *number == parameter {
                return core::mem::replace(times, 0);
            }
            i += 1;
        }
        0
    }

    /// `3 * hidden = 192, where hidden = 64 (from `embed.weight`)`; `is` follows the expression. Of a name alone
    /// `hidden = 64 (from `embed.weight`)`.
    pub(super) const fn shown(&self, dim: &Dim, environment: &Environment, is: Shown) -> Shown {
        if let Dim::Named(name) = dim
            && let Some(symbol) = environment.symbol(name)
            && let Some(text) = self.push_origin(Shown::new(), &symbol)
        {
            return text;
        }
        let text = dim.push_to(Shown::new(), environment).push_text(&is);
        self.push_origins(text, dim.flat(environment))
    }

    /// Adds `hidden = 64 (from `embed.weight`)`; `None` if the name is not known.
    pub(super) const fn push_origin(&self, text: Shown, symbol: &Symbol) -> Option<Shown> {
        let mut i = 0;
        while let Some(by) = self.by.get(i) {
            let (own, setting) = &self.settings[i];
            if own.is(symbol) {
                let text = setting.push_to(symbol.push_to(text).push(" = "));
                return Some(match by.origin {
                    Origin::Parameter => text.push(" (from `").push_text(&by.text).push("`)"),
                    Origin::Config => text.push(" (from ").push_text(&by.text).push(")"),
                    Origin::Default => text.push(" (by default ").push_text(&by.text).push(")"),
                });
            }
            i += 1;
        }
        None
    }

    /// Adds where what is in an expression comes from: `, where hidden = 64 (from `embed.weight`)`.
    pub(super) const fn push_origins(&self, text: Shown, flat: Option<Flat>) -> Shown {
        let Some(flat) = flat else { return text };
        let (mut text, mut before, mut at) = (text, ", where ", 0);
        while at < flat.len() {
            if let Some(symbol) = flat.first_symbol(at)
                && let Some(with) = self.push_origin(text.push(before), &symbol)
            {
                (text, before) = (with, " and ");
            }
            at += 1;
        }
        text
    }
}
