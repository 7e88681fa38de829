//! Layouts whose numbers are computed from names. They are evaluated, and never solved.

use super::name_tree::NamePlace;
use super::outcome::Sort;
use super::resolver::Resolver;
use crate::report::{Finding, FindingSide};
use crate::rules::says;
use crate::schema::{Dim, Environment, Flat, Layout, Misfit, NthSource, SourceTensor, Symbol, Wanted, reason};

impl Resolver<'_> {
    /// The source tensors of a parameter. `None` if they cannot be told, which is noted: names that are open now may be known
    /// after the walk, which is then done again. They are also told if the file has none of them.
    pub(super) fn sources(
        &mut self,
        layout: &'static Layout,
        wanted: &Wanted,
        own: Option<NamePlace>,
    ) -> Option<Vec<SourceTensor>> {
        let (sources, open) = match self.evaluated(layout, wanted) {
            Ok(evaluated) => evaluated,
            Err(misfit) => {
                self.refuse_layout(layout, wanted, &misfit);
                return None;
            }
        };
        match open {
            Some(dim) if self.any_source(layout, self.scope.as_ref().and_then(|scope| scope.place), own) => {
                self.note_open(&dim, &wanted.spec.environment, says::SAY_NAMES);
                None
            }
            _ => Some(sources),
        }
    }

    /// The source tensors, and the first expression that is open.
    pub(super) fn evaluated(
        &mut self,
        layout: &'static Layout,
        wanted: &Wanted,
    ) -> Result<(Vec<SourceTensor>, Option<Dim>), Box<Misfit>> {
        loop {
            let (mut sources, known) = (Vec::new(), self.out.dims.known());
            loop {
                match layout.source(wanted, known, sources.len()) {
                    NthSource::Found(source) => sources.push(source),
                    NthSource::Skip(_) => break,
                    NthSource::Misfit(misfit) => return Err(Box::new(misfit)),
                }
            }
            let Some(open) = sources.iter().find_map(|source| source.open) else { return Ok((sources, None)) };
            // most often, the caller says what its names are
            let flat = open.flat(&wanted.spec.environment);
            let is_known = |this: &Self| {
                let all = flat.iter().flat_map(Flat::symbols);
                all.filter(|symbol| this.out.dims.known().get(symbol).is_some()).count()
            };
            let before = is_known(self);
            self.fix_all(flat.as_ref());
            if is_known(self) == before {
                return Ok((sources, Some(open)));
            }
        }
    }

    /// Notes that a number cannot be computed, of a layout or of `items`. In the first walk, names may be known behind its end.
    pub(super) fn note_open(&mut self, dim: &Dim, environment: &Environment, remedy: &str) {
        let flat = dim.flat(environment);
        let known = self.out.dims.known();
        let open: Vec<Symbol> =
            flat.iter().flat_map(Flat::symbols).filter(|symbol| known.get(symbol).is_none()).collect();
        if !self.is_second {
            return self.open.extend(open);
        }
        self.note_unsaid(open.iter().copied(), Sort::Number);
        let (mut names, mut before) = (String::new(), "");
        for symbol in open {
            names += &format!("{before}`{symbol}`");
            before = " and ";
        }
        let expected = format!("{}{}`", says::A_NUMBER_FOR, dim.shown(environment));
        let [begin, end] = says::NOTHING_SAYS;
        self.out.report.dim.push(Finding {
            path: self.path(),
            expected: Some(FindingSide::words(self.out.dims.with_origins(expected, flat.as_ref()))),
            found: Some(FindingSide::words(format!("{begin}{names}{end}"))),
            hints: vec![remedy.to_owned()],
            ..Finding::default()
        });
    }

    /// Notes that a layout does not fit, with the numbers that its names have.
    fn refuse_layout(&mut self, layout: &'static Layout, wanted: &Wanted, misfit: &Misfit) {
        let mut symbols: Vec<Symbol> = Vec::new();
        for dim in (0..).map_while(|number| layout.nth_size(number).ok()) {
            symbols.extend(dim.flat(&wanted.spec.environment).iter().flat_map(Flat::symbols));
        }
        let found = self.out.dims.with_origins_of(reason(misfit).to_owned(), symbols);
        self.out.report.dim.push(Finding {
            path: self.path(),
            found: Some(FindingSide::words(found)),
            hints: vec![says::CHECK_EXPRESSION.to_owned()],
            ..Finding::default()
        });
    }
}
