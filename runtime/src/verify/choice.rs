//! The one variant of an enum that the lock fits.

use super::claims::leaves_over;
use super::comparison::{Comparison, Ignores};
use super::lock_tree::LockTree;
use super::path::{Path, PathComponent, Shown};
use super::rows::Row;
use crate::report::FindingKind;
use crate::rules::says;
use crate::schema::{Spec, Text, Variant};

/// The most variants of an enum. There is no allocation in `const` evaluation.
const VARIANTS: usize = 8;

impl Comparison {
    /// Every variant is tried. One fits if nothing is wrong with it, and if it takes every tensor that any variant names.
    pub(super) const fn choice(&mut self, variants: &'static [Variant], place: Option<&'static LockTree>) {
        assert!(
            variants.len() <= VARIANTS,
            "an enum of more than 8 variants cannot be verified while compiling; remove `verify`"
        );
        let (mut fitting, mut fits, mut of_last) = ([false; VARIANTS], 0, None);
        // of those that do not fit, the one that most parameters fit stands for the enum
        let mut nearest: Option<(usize, usize)> = None;
        // those from outside, and what the variants say
        let (mut used, mut said) = (self.ignores, Ignores::EMPTY);
        let mut number = 0;
        while number < variants.len() {
            let (trial, is_good) = self.trial(variants, number, place);
            if is_good {
                fitting[number] = true;
                fits += 1;
                of_last = Some((number, trial.ignores));
            }
            let mut k = 0;
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
            self.node(&variants[number].node, Spec::NONE, place);
            // the same patterns, and those that left names of the other variants alone
            self.ignores = ignores;
            return;
        }
        let mut path = self.path;
        if path.is_empty() {
            path.push(PathComponent::Name(says::THE_MODULE));
        }
        let expected = named(Text::new().push("one of "), variants, None, ", ");
        let found = match fits {
            0 => Text::new().push(says::NO_VARIANT),
            _ => named(Text::new(), variants, Some(&fitting), " and ").push(" alike"),
        };
        self.rows.push(Row::of_text(FindingKind::Variant, path, expected, found, ""));
        self.ignores = used;
        number = 0;
        while let Some(ignore) = said.get(number) {
            self.ignores.push(*ignore);
            number += 1;
        }
        if let Some((_, parameters)) = nearest {
            self.parameters += parameters;
        }
    }

    /// What a variant comes to, and whether it fits.
    const fn trial(
        &self,
        variants: &'static [Variant],
        number: usize,
        place: Option<&'static LockTree>,
    ) -> (Comparison, bool) {
        let mut trial = self.within();
        trial.node(&variants[number].node, Spec::NONE, place);
        let leaves_over = leaves_over(variants, number, place, &self.path, &mut trial);
        let is_good = trial.rows.is_empty() && !trial.is_miscounted && !leaves_over;
        (trial, is_good)
    }

    /// The number of the variant that these names fit.
    pub(super) const fn chosen(variants: &'static [Variant], place: &'static LockTree) -> Option<usize> {
        let (outer, mut found, mut number) = (Comparison::new(place, Path::EMPTY, 1), None, 0);
        while number < variants.len() {
            if outer.trial(variants, number, Some(place)).1 {
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

/// `` `Apart`, `Fused` ``, or those of them that fit.
const fn named(
    text: Shown,
    variants: &'static [Variant],
    fitting: Option<&[bool; VARIANTS]>,
    between: &'static str,
) -> Shown {
    let (mut text, mut is_first, mut i) = (text, true, 0);
    while i < variants.len() {
        let is_one = match fitting {
            Some(fitting) => fitting[i],
            None => true,
        };
        if is_one {
            text = text.push(if is_first { "`" } else { between }).push(if is_first { "" } else { "`" });
            text = text.push(variants[i].name).push("`");
            is_first = false;
        }
        i += 1;
    }
    text
}
