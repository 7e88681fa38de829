//! Loads parameters one after another, for work on each by itself.

use std::collections::HashMap;

use weighbridge_checkpoint::read::{Assignment, Meter, Tensors};
use weighbridge_checkpoint::{AnyTensor, Checkpoint, Source};

use crate::equal;
use crate::error::LoadError;
use crate::loader::Loader;
use crate::module::Module;
use crate::report::{MemoryUse, Report};

/// How many bytes are in memory at once. Enough to occupy several threads, and to read small tensors together.
const WINDOW: u64 = 64 << 20;

/// A parameter that [`Loader::stream`] gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Streamed<'s> {
    /// Its path in the module.
    pub path: &'s str,
    /// Its elements, with the dtype and the shape that the module wants.
    pub tensor: AnyTensor,
    /// The path of the parameter that it is tied to, which came before it with the same memory.
    pub tied_to: Option<&'s str>,
}

impl Loader {
    /// Gives each parameter of a module to a callback, once, in the order of the file, and builds no module. So you can
    /// quantise, convert or send to a device a model that is larger than memory. A tied parameter comes right after the
    /// one that it is tied to.
    ///
    /// Memory holds at most 64 MiB of parameters, or the largest of them if that is more, and whatever the callback keeps
    /// and [each thread needs](crate::docs::loading). Everything that headers can show is checked before the first call,
    /// and so is whether tied tensors are equal, two at a time.
    ///
    /// ```
    /// # use weighbridge::{LoadError, Loader, Module, Tensor};
    /// # #[derive(Module)]
    /// # struct Linear {
    /// #     #[param(shape = [10, 10])]
    /// #     weight: Tensor<f32>,
    /// #     #[param(shape = [10])]
    /// #     bias: Tensor<f32>,
    /// # }
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx/linear.safetensors");
    /// let mut largest = std::collections::BTreeMap::new();
    /// Loader::new().stream::<Linear, LoadError>(path, |parameter| {
    ///     if let Ok(tensor) = Tensor::<f32>::try_from(parameter.tensor) {
    ///         largest.insert(parameter.path.to_owned(), tensor.as_slice().iter().fold(0.0, |max: f32, x| max.max(x.abs())));
    ///     }
    ///     Ok(())
    /// })?;
    /// assert_eq!(largest.len(), 2);
    /// # Ok::<(), LoadError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Loader::load`], and whatever the callback returns, which ends the stream. Damaged bytes end it too, after you
    /// got the parameters before them.
    pub fn stream<M: Module, E: From<LoadError>>(
        &self,
        source: impl Into<Source>,
        mut with: impl FnMut(Streamed<'_>) -> Result<(), E>,
    ) -> Result<Report, E> {
        let mut options = self.options.configured()?.into_owned();
        // nothing is built
        options.policy.ignore_config_fields = true;
        options.has_nothing_to_keep()?;
        let checkpoint = options.open::<M>(source.into())?.weights().map_err(LoadError::from)?;
        let (mut report, plan) = options.plan::<M>(&checkpoint, None)?;
        equal::compare(&mut report, &checkpoint, &plan, options.reading.threads)?;
        let paths = options.paths::<M>(&checkpoint);

        let target: HashMap<usize, usize> = plan.ties.iter().copied().collect();
        let mut tied: HashMap<usize, Vec<usize>> = HashMap::new();
        for &(number, other) in &plan.ties {
            tied.entry(other).or_default().push(number);
        }
        let mut tensors = Tensors::of(&checkpoint, &plan.assignments).map_err(LoadError::from)?;
        let mut wanted = tensors.in_order();
        wanted.retain(|number| !target.contains_key(number));
        let meter = Meter::new(options.reading.progress.as_ref(), tensors.file_byte_len(&wanted));

        // a stream makes no parameter, so no device is used
        report.stale_devices = options.devices.unused();
        report.memory_use = options.opening.map.map(|_| MemoryUse::default());
        let mut rest = wanted.as_slice();
        while !rest.is_empty() {
            let (window, later) = rest.split_at(window(&checkpoint, &plan.assignments, rest));
            tensors.fetch(window, options.reading.threads, &meter).map_err(LoadError::from)?;
            for &number in window {
                let Some(tensor) = tensors.take(number) else { unreachable!("what was asked for was fetched") };
                if let Some(held) = &mut report.memory_use {
                    *held += MemoryUse::one(tensor.is_in_place(), tensor.as_bytes().len());
                }
                // cloned only if others are tied to it, so that the callback can otherwise take over the memory without a copy
                let others = tied.get(&number).map(|others| (others, tensor.clone()));
                with(Streamed { path: &paths[number], tensor, tied_to: None })?;
                if let Some((others, tensor)) = others {
                    for &other in others {
                        with(Streamed { path: &paths[other], tensor: tensor.clone(), tied_to: Some(&paths[number]) })?;
                    }
                }
            }
            rest = later;
        }
        Ok(report)
    }
}

/// The size of a parameter in memory, in bytes.
fn held(checkpoint: &Checkpoint, assignment: &Assignment) -> u64 {
    let (dtype, shape) = match assignment {
        Assignment::Whole { entry, dtype, .. } => (dtype, checkpoint.entry(*entry).shape()),
        Assignment::Composed(composed) => (&composed.dtype, &composed.shape),
        Assignment::Same(_) => return 0,
    };
    dtype.byte_len(shape).unwrap_or(usize::MAX) as u64
}

/// How many of these parameters to read at once: at least one.
fn window(checkpoint: &Checkpoint, assignments: &[Option<Assignment>], numbers: &[usize]) -> usize {
    let mut sum = 0u64;
    let fits = numbers.iter().take_while(|&&number| {
        sum = sum.saturating_add(assignments[number].as_ref().map_or(0, |assignment| held(checkpoint, assignment)));
        sum <= WINDOW
    });
    fits.count().max(1)
}
