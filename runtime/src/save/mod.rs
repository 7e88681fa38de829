//! Saves any tree of modules.

mod error;
mod layout;

use std::collections::BTreeMap;
use std::path::Path;

use weighbridge_checkpoint::{WriteError, WriteOptions, write_listed};

pub use self::error::SaveError;
use self::layout::{bytes, tensors_of};
use crate::listing::Listing;
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
        let listing = Listing::of(module);
        if let Some((number, reason)) = listing.bad_key
            && number < listing.paths.len()
        {
            return Err(WriteError::Name { name: listing.paths.get(number).to_owned(), reason }.into());
        }
        let tensors = tensors_of(listing, &self.ties)?;
        write_listed(path, &tensors, &self.write, |number, sink| {
            let (name, view) = tensors.get(number);
            sink.put(&bytes(name, view)?).map_err(SaveError::Write)
        })?;
        Ok(())
    }
}
