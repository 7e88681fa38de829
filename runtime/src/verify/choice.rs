//! Finds the one variant of an enum that the lock fits.

use super::claims::leaves_over;
use super::comparison::{Comparison, Ignores, REPEATED};
use super::hidden::Around;
use super::lock_tree::LockTree;
use super::rows::Row;
use crate::report::FindingKind;
use crate::rules::{Shown, says};
use crate::schema::{Spec, Text, Variant};

/// The most variants of an enum.
const VARIANTS: usize = 8;

impl Comparison {
    /// Tries every variant, in which names stand for what `spec` says. One fits if nothing is wrong with it and it takes every tensor that any variant names.
    pub(super) const fn choice(&mut self, variants: &'static [Variant], spec: Spec, place: Option<&'static LockTree>) {
        assert!(
            variants.len() <= VARIANTS,
            "an enum of more than 8 variants cannot be verified while compiling; remove `verify`"
        );
        let (mut fitting, mut fits, mut of_last) = ([false; VARIANTS], 0, None);
        // if none fits, the one with the most fitting parameters stands for the enum
        let mut nearest: Option<(usize, usize)> = None;
        // the patterns from outside, and those of the variants
        let (mut used, mut said, mut repeated) = (self.ignores, Ignores::EMPTY, self.repeated);
        let mut number = 0;
        while number < variants.len() {
            let mut trial = self.within();
            let is_fitting = trial.fits(variants, number, spec, place);
            self.take_open(&trial);
            if is_fitting {
                fitting[number] = true;
                fits += 1;
                of_last = Some((number, trial.ignores));
            }
            // if none fits, what any of them has under two names is none of the rest
            let mut k = 0;
            while let Some(other) = trial.repeated.get(k)
                && repeated.len < REPEATED
            {
                repeated.push(*other);
                k += 1;
            }
            k = 0;
            while let Some(ignore) = trial.ignores.get(k) {
                match used.get_mut(k) {
                    Some(used) => used.used |= ignore.used,
                    None => said.push(*ignore),
                }
                k += 1;
            }
            nearest = match nearest {
                Some((most, parameters))
                    if trial.fitting < most || (trial.fitting == most && trial.parameters > parameters) =>
                {
                    nearest
                }
                _ => Some((trial.fitting, trial.parameters)),
            };
            number += 1;
        }
        if let (1, Some((number, ignores))) = (fits, of_last) {
            self.node(&variants[number].node, spec, place);
            // the trial also marked the patterns that ignore names of the other variants
            self.ignores = ignores;
            return;
        }
        let expected = named(Text::new().push("one of "), variants, &[true; VARIANTS], ", ");
        let found = match fits {
            0 => Text::new().push(says::NO_VARIANT),
            _ => named(Text::new(), variants, &fitting, " and ").push(" alike"),
        };
        self.rows.push(Row::of_text(FindingKind::Variant, self.here(), expected, found, ""));
        (self.ignores, self.repeated) = (used, repeated);
        number = 0;
        while let Some(ignore) = said.get(number) {
            self.ignores.push(*ignore);
            number += 1;
        }
        if let Some((_, parameters)) = nearest {
            self.parameters += parameters;
        }
    }

    /// Compares one variant, and says whether it fits.
    const fn fits(
        &mut self,
        variants: &'static [Variant],
        number: usize,
        spec: Spec,
        place: Option<&'static LockTree>,
    ) -> bool {
        let (around, known) = (self.ignores.len, self.dims);
        self.node(&variants[number].node, spec, place);
        self.check_waiting();
        let leaves_over = leaves_over(variants, number, (spec, place), self, (around, &known));
        self.rows.is_empty() && !self.is_miscounted && !leaves_over
    }

    /// The number of the one variant that these names fit. They are at the path around them.
    pub(super) const fn chosen(
        variants: &'static [Variant],
        spec: Spec,
        place: &'static LockTree,
        around: Around<'_>,
    ) -> Option<usize> {
        let (mut found, mut number) = (None, 0);
        while number < variants.len() {
            let mut trial = Comparison::new(place, around.config, *around.path, 1);
            (trial.dims, trial.is_second) = (around.dims.known_ones(), true);
            if around.ignores.len > 0 {
                trial.ignores = *around.ignores;
            }
            if trial.fits(variants, number, spec, Some(place)) {
                if found.is_some() {
                    return None;
                }
                found = Some(number);
            }
            number += 1;
        }
        found
    }
}

/// Adds the names of the variants that are `shown`: `` `Apart`, `Fused` ``.
const fn named(text: Shown, variants: &'static [Variant], shown: &[bool; VARIANTS], between: &'static str) -> Shown {
    let (mut text, mut before, mut i) = (text, "", 0);
    while i < variants.len() {
        if shown[i] {
            text = text.push(before).push("`").push(variants[i].name).push("`");
            before = between;
        }
        i += 1;
    }
    text
}
