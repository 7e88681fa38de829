//! How well a checkpoint fits, in three numbers: what a remedy is judged by.

use super::resolver::Resolver;

#[derive(Clone, Copy, Debug)]
pub(super) struct Score {
    findings: usize,
    missing: usize,
    fitting: usize,
}

impl Score {
    /// Of a walk that there is no memory for.
    pub(super) const WORST: Score = Score { findings: usize::MAX, missing: usize::MAX, fitting: 0 };

    /// Of a walk that has ended, and of which nothing else is wanted.
    pub(super) fn of(mut resolver: Resolver<'_>) -> Score {
        resolver.check_names();
        let unexpected = resolver.unexpected().len();
        resolver.check_cuts();
        Score::so_far(&resolver, unexpected)
    }

    /// Of a walk that has ended and checked everything, before its findings are complete. It has left over so many entries.
    pub(super) fn so_far(resolver: &Resolver<'_>, unexpected: usize) -> Score {
        let out = &resolver.out;
        let missing = out.missing.len();
        let findings = out.report.findings().count() + missing + out.misshapen.len() + unexpected;
        Score { findings, missing, fitting: out.report.fitting_count }
    }

    /// Whether a remedy that leads from `before` to here brings you further: the report is shorter, and not because names
    /// are hidden alone.
    pub(super) fn is_better_than(&self, before: &Score) -> bool {
        self.findings < before.findings && (self.missing < before.missing || self.fitting > before.fitting)
    }

    /// Whether the report is shorter than `before`, and everything that fitted still does.
    pub(super) fn keeps_what_fits(&self, before: &Score) -> bool {
        self.findings < before.findings && self.fitting == before.fitting
    }

    /// Whether at least half of what `before` missed is missing no more.
    pub(super) fn has_found_half_of(&self, before: &Score) -> bool {
        self.missing <= before.missing / 2
    }

    /// Whether nothing is wrong any more.
    pub(super) fn is_perfect(&self) -> bool {
        self.findings == 0
    }

    /// The smaller, the better: to choose one of several remedies.
    pub(super) fn rank(&self) -> (usize, usize) {
        (self.findings, usize::MAX - self.fitting)
    }

    pub(super) fn findings(&self) -> usize {
        self.findings
    }
}
