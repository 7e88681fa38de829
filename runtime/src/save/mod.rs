//! Saves any tree of modules.

mod error;
mod layout;

use std::collections::BTreeMap;
use std::path::Path;

use weighbridge_checkpoint::{TensorSpec, WriteError, WriteOptions, write};

pub use self::error::SaveError;
use self::layout::{bytes, tensors_of};
use crate::listing::Listing;
use crate::parameter::View;
use crate::report::TiedNote;
use crate::tree::{Modules, Tree};

/// The options of a [`Saver`](crate::Saver).
#[derive(Clone, Debug, Default)]
pub(crate) struct SaveOptions {
    pub(crate) write: WriteOptions,
    /// The names that a checkpoint had of tied parameters, by the path of the parameter that is tied.
    pub(crate) ties: BTreeMap<String, TiedNote>,
}

impl SaveOptions {
    /// Writes a module's parameters.
    pub(crate) fn save<M: Tree<Modules>>(&self, module: &M, path: &Path) -> Result<(), SaveError> {
        let Listing { parameters, bad_key, .. } = Listing::of(module);
        if let Some((parameter, reason)) = bad_key
            && let Some(parameter) = parameters.get(parameter)
        {
            return Err(WriteError::Name { name: parameter.path.clone(), reason }.into());
        }
        let parameters = tensors_of(parameters, &self.ties)?;
        let spec = |(name, view): &(String, View<'_>)| TensorSpec::new(name, view.dtype(), view.shape().clone());
        let specs: Vec<TensorSpec> = parameters.iter().map(spec).collect();
        write(path, &specs, &self.write, |number, sink| {
            let (name, view) = &parameters[number];
            sink.put(&bytes(name, view)?).map_err(SaveError::Write)
        })?;
        Ok(())
    }
}
