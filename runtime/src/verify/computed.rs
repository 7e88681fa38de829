//! Layouts whose numbers are computed from names, as the plan computes them.

use super::comparison::Comparison;
use super::lock_tree::LockTree;
use super::rows::Row;
use crate::report::FindingKind;
use crate::rules::{Shown, says};
use crate::schema::{Dim, Environment, Layout, Misfit, NthSource, Symbol, Text, Wanted, reason};

/// What the numbers of a layout come out as.
pub(super) enum Evaluated {
    /// All of them are known; or some are not, and the lock has none of its tensors.
    Known,
    /// It does not fit, or names are open that may be known behind the end of the walk. This is noted.
    Refused,
}

impl Comparison {
    /// Gives the names in a layout what is known of them.
    pub(super) const fn evaluate(
        &mut self,
        layout: &'static Layout,
        wanted: &Wanted,
        own: Option<&'static LockTree>,
    ) -> Evaluated {
        loop {
            let (mut open, mut number) = (None, 0);
            loop {
                match layout.source(wanted, self.dims.known(), number) {
                    NthSource::Found(source) => open = if open.is_none() { source.open } else { open },
                    NthSource::Skip(_) => break,
                    NthSource::Misfit(misfit) => {
                        self.refuse_layout(layout, wanted, &misfit);
                        return Evaluated::Refused;
                    }
                }
                number += 1;
            }
            let Some(dim) = open else { return Evaluated::Known };
            let before = self.dims.count();
            self.fix_all(dim.flat(&wanted.spec.environment));
            if self.dims.count() > before {
                continue;
            }
            if !self.has_source(layout, own) {
                return Evaluated::Known;
            }
            self.note_open(&dim, &wanted.spec.environment, says::SAY_NAMES);
            return Evaluated::Refused;
        }
    }

    /// Notes that a number cannot be computed, of a layout or of `items`. In the first walk, names may be known behind its end.
    pub(super) const fn note_open(&mut self, dim: &Dim, environment: &Environment, remedy: &'static str) {
        let Some(flat) = dim.flat(environment) else { return };
        let [begin, end] = says::NOTHING_SAYS;
        let (mut found, mut before, mut at) = (Shown::new().push(begin), "`", 0);
        while at < flat.len() {
            if let Some(symbol) = flat.first_symbol(at)
                && self.dims.known().get(&symbol).is_none()
            {
                if !self.is_second && !self.is_open(&symbol) {
                    self.open.push(symbol);
                }
                found = symbol.push_to(found.push(before)).push("`");
                before = " and `";
            }
            at += 1;
        }
        if self.is_second {
            let expected = dim.push_to(Shown::new().push(says::A_NUMBER_FOR), environment).push("`");
            let expected = self.dims.push_origins(expected, Some(flat));
            self.rows.push(Row::of_text(FindingKind::Dim, self.path, expected, found.push(end), remedy));
        }
    }

    /// Adds the names that layouts in a part wait for.
    pub(super) const fn take_open(&mut self, part: &Comparison) {
        let mut i = 0;
        while let Some(symbol) = part.open.get(i) {
            if !self.is_open(symbol) {
                self.open.push(*symbol);
            }
            i += 1;
        }
    }

    /// Whether a layout waits for a name.
    pub(super) const fn is_open(&self, symbol: &Symbol) -> bool {
        let mut i = 0;
        while let Some(open) = self.open.get(i) {
            if open.is(symbol) {
                return true;
            }
            i += 1;
        }
        false
    }

    /// Notes that a layout does not fit, with the numbers that its names have.
    const fn refuse_layout(&mut self, layout: &'static Layout, wanted: &Wanted, misfit: &Misfit) {
        let (mut found, mut before, mut number) = (Text::new().push(reason(misfit)), ", where ", 0);
        while let Ok(dim) = layout.nth_size(number) {
            number += 1;
            let Some(flat) = dim.flat(&wanted.spec.environment) else { continue };
            let mut at = 0;
            while at < flat.len() {
                if let Some(symbol) = flat.first_symbol(at)
                    && !layout.has_symbol_before(number - 1, &wanted.spec.environment, &symbol)
                    && let Some(with) = self.dims.push_origin(found.push(before), &symbol)
                {
                    (found, before) = (with, " and ");
                }
                at += 1;
            }
        }
        self.rows.push(Row::found(FindingKind::Dim, self.path, found, says::CHECK_EXPRESSION));
    }
}
