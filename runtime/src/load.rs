//! Loads, updates and checks any tree of modules.

use std::any::Any;
use std::borrow::Cow;

#[cfg(feature = "regex")]
use weighbridge_checkpoint::RegexError;
use weighbridge_checkpoint::read::{ReadOptions, Tensors, read};
use weighbridge_checkpoint::{Checkpoint, OpenOptions, Source, cast};

use crate::config::{Config, ConfigSource};
use crate::devices::Devices;
use crate::equal;
use crate::error::{LoadError, ParameterError};
use crate::listing::Listing;
use crate::make::{Maker, Ties};
use crate::path::{literal, short_name};
use crate::plan::{Plan, Policy, Rule, Structure, Target, paths, plan};
use crate::report::{MemoryUse, Report};
use crate::schema::{Schema, Setting};
use crate::tree::{Builder, Make, Modules, Refused, Tree, Visitor, WalkMut};

/// The options of a [`Loader`](crate::Loader).
#[derive(Clone, Default)]
pub(crate) struct LoadOptions {
    pub(crate) policy: Policy,
    pub(crate) opening: OpenOptions,
    pub(crate) reading: ReadOptions,
    pub(crate) devices: Devices,
    /// The configurations that the caller gave, of which there may be one.
    pub(crate) configs: Vec<ConfigSource>,
    /// The first option that no load can follow.
    #[cfg(feature = "regex")]
    pub(crate) mistake: Option<RegexError>,
}

/// A module that was loaded, and the report of the load.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Loaded<M> {
    /// The module.
    pub module: M,
    /// What was let through, and the values of the named dims.
    pub report: Report,
    /// The checkpoint that it came from, with its metadata.
    pub checkpoint: Checkpoint,
}

impl LoadOptions {
    /// Builds a module.
    pub(crate) fn load<M: Tree<Modules>>(&self, source: Source) -> Result<Loaded<M>, LoadError> {
        let this = self.configured()?;
        this.has_nothing_to_keep()?;
        let checkpoint = this.open::<M>(source)?.weights()?;
        let (mut report, plan) = this.plan::<M>(&checkpoint, None)?;
        // a new module has no values to keep, so every parameter has a tensor
        let (tensors, ties) = this.fetch(&mut report, &checkpoint, &plan)?;
        let devices = this.devices.clone();
        let settings = (this.policy.config.as_deref(), plan.config_values.as_slice());
        let mut builder = Builder::new(tensors, &plan.steps, Maker::new(&devices, &ties), settings);
        let module = M::build(&mut builder).map_err(|source| {
            let path = builder.refused.map(|refused| refused.path(&this.paths::<M>(&checkpoint)));
            let path = path.unwrap_or_default();
            LoadError::Parameter { path, source }
        })?;
        report.stale_devices = devices.unused();
        Ok(Loaded { module, report, checkpoint })
    }

    /// Replaces the parameters of a module, or none of them.
    pub(crate) fn update<M: Tree<Modules>>(&self, module: &mut M, source: Source) -> Result<Report, LoadError> {
        let this = self.configured()?;
        let checkpoint = this.open::<M>(source)?.weights()?;
        let Listing { paths, steps, views, .. } = Listing::of(module);
        let paths: Vec<String> = paths.iter().map(str::to_owned).collect();
        let keeps = !this.policy.keep.is_empty() || this.policy.missing == Rule::Allow;
        let shapes = views.iter().filter(|_| keeps).map(|view| view.shape().clone()).collect();
        drop(views);
        let (mut report, plan) = this.plan::<M>(&checkpoint, Some(Structure { steps, shapes }))?;
        let (tensors, ties) = this.fetch(&mut report, &checkpoint, &plan)?;
        let devices = this.devices.clone();
        let mut staging = Staging { tensors, maker: Maker::new(&devices, &ties), refused: None };
        WalkMut::over(module, &mut staging)
            .map_err(|(refused, source)| LoadError::Parameter { path: refused.path(&paths), source })?;
        report.stale_devices = devices.unused();
        Ok(report)
    }

    /// Checks a source against a module's type. Reads headers only.
    pub(crate) fn check<M: Tree<Modules>>(&self, source: Source) -> Result<Report, LoadError> {
        let name = short_name(std::any::type_name::<M>());
        self.check_schema(self.target::<M>(&name, None), source)
    }

    /// Refuses patterns of parameters to keep, where there is no module that has their values.
    pub(crate) fn has_nothing_to_keep(&self) -> Result<(), LoadError> {
        match self.policy.keep.as_slice() {
            [] => Ok(()),
            patterns => Err(LoadError::Keep { patterns: patterns.to_vec() }),
        }
    }

    /// Checks a source against any schema. Reads headers only.
    pub(crate) fn check_schema(&self, target: Target<'_>, source: Source) -> Result<Report, LoadError> {
        let this = self.configured()?;
        this.has_nothing_to_keep()?;
        let checkpoint = this.open_for(target.schema, target.name, source)?;
        plan(target, &checkpoint, &this.policy).map(|(report, _)| report)
    }

    /// The same options, with the configuration that the plan asks, if there is one.
    pub(crate) fn configured(&self) -> Result<Cow<'_, LoadOptions>, LoadError> {
        let Some(config) = ConfigSource::only(&self.configs, &self.opening.limits)? else {
            return Ok(Cow::Borrowed(self));
        };
        let mut this = self.clone();
        this.policy.config = Some(config);
        Ok(Cow::Owned(this))
    }

    /// Opens a source for a module.
    pub(crate) fn open<M: Tree<Modules>>(&self, source: Source) -> Result<Checkpoint, LoadError> {
        let schema: Schema = const { Schema { root: M::__NODE } };
        self.open_for(schema, &short_name(std::any::type_name::<M>()), source)
    }

    /// Opens a source. Fails first if an option is wrong, or names a dim that the module does not have.
    fn open_for(&self, schema: Schema, module: &str, source: Source) -> Result<Checkpoint, LoadError> {
        #[cfg(feature = "regex")]
        if let Some(RegexError { pattern, message, .. }) = self.mistake.clone() {
            return Err(LoadError::Regex { pattern, message });
        }
        if let Some(dtype) = self.policy.dtype.filter(|&dtype| !cast::is_float(dtype)) {
            return Err(LoadError::NoFloat { dtype });
        }
        if !self.policy.dims.is_empty() {
            let known = schema.dim_names();
            let is_unknown = |name: &&String| !known.contains(name.as_str());
            let unknown: Vec<String> = self.policy.dims.keys().filter(is_unknown).cloned().collect();
            if !unknown.is_empty() {
                let module = module.to_owned();
                let known = known.into_iter().collect();
                return Err(LoadError::UnknownDim { module, unknown, known });
            }
        }
        if let Some(message) = self.policy.config.as_ref().and_then(|config| self.contradiction(config)) {
            return Err(LoadError::Config { message });
        }
        // which members of an archive are left out is known once the patterns of all types are
        Ok(source.open(&self.opening.clone().undecided())?)
    }

    /// A dim that the caller gives, and of which the configuration says something else.
    fn contradiction(&self, config: &Config) -> Option<String> {
        let mut dims = self.policy.dims.iter();
        let other =
            |(name, number): &(&String, &usize)| config.get(name).is_some_and(|is| is != Setting::Number(**number));
        let (name, number) = dims.find(other)?;
        let call = format!("`Loader::dim({}, {number})`", literal(name));
        Some(format!(
            "{call} contradicts the configuration, which has {}; remove the call, or correct the configuration",
            config.origin(name)
        ))
    }

    pub(crate) fn plan<M: Tree<Modules>>(
        &self,
        checkpoint: &Checkpoint,
        structure: Option<Structure>,
    ) -> Result<(Report, Plan), LoadError> {
        let name = short_name(std::any::type_name::<M>());
        plan(self.target::<M>(&name, structure), checkpoint, &self.policy)
    }

    /// Reads the tensors of a plan, and checks that tied tensors are equal.
    fn fetch<'t>(
        &self,
        report: &mut Report,
        checkpoint: &'t Checkpoint,
        plan: &'t Plan,
    ) -> Result<(Tensors<'t>, Ties), LoadError> {
        let mut tensors = read(checkpoint, &plan.assignments, &self.reading)?;
        equal::merge(report, checkpoint, plan, &mut tensors, self.reading.threads)?;
        let ties = Ties::of(&plan.ties, &mut tensors);
        report.memory_use = self.opening.map.map(|_| held(&tensors));
        Ok((tensors, ties))
    }

    /// The paths of a new module's parameters, by number.
    pub(crate) fn paths<M: Tree<Modules>>(&self, checkpoint: &Checkpoint) -> Vec<String> {
        paths(self.target::<M>("", None), checkpoint, &self.policy)
    }

    fn target<'t, M: Tree<Modules>>(&self, name: &'t str, structure: Option<Structure>) -> Target<'t> {
        let schema: Schema = const { Schema { root: M::__NODE } };
        Target { schema, name, structure }
    }
}

/// The walk of an update: makes the new values beside the old ones.
struct Staging<'s> {
    tensors: Tensors<'s>,
    maker: Maker<'s>,
    /// The first refusal, which ends the update.
    refused: Option<(Refused, ParameterError)>,
}

impl Visitor for Staging<'_> {
    fn stage(&mut self, make: &mut Make<'_>) {
        if self.refused.is_none() {
            let tensor = self.tensors.take(self.maker.number);
            // without a tensor, the parameter keeps its value
            if (tensor.is_some() || self.maker.is_tied())
                && let Err(error) = make(tensor, &mut self.maker)
            {
                self.refused = Some((Refused::Parameter(self.maker.number), error));
            }
        }
        self.maker.number += 1;
    }

    fn reach(&mut self, _: &mut dyn Any) -> bool {
        false
    }

    fn number(&self) -> usize {
        self.maker.number
    }

    fn refused(&mut self) -> &mut Option<(Refused, ParameterError)> {
        &mut self.refused
    }

    fn shared(&mut self, count: usize) {
        for _ in 0..count {
            self.stage(&mut |_, _| Err(ParameterError::new(SHARED)));
        }
    }
}

/// Why a parameter cannot be changed.
pub(crate) const SHARED: &str = "its module is in an `Arc` that others hold too, so that it cannot be changed; drop the other handles, or load a new module";

/// Where the elements of all tensors are.
fn held(tensors: &Tensors<'_>) -> MemoryUse {
    let mut held = MemoryUse::default();
    for (is_in_place, bytes) in tensors.memory() {
        held += MemoryUse::one(is_in_place, bytes);
    }
    held
}
