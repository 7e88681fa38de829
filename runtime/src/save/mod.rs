//! Saves any tree of modules.

mod error;
mod layout;
mod names;
mod snapshot;

use std::collections::BTreeMap;
use std::path::Path;

use weighbridge_checkpoint::{AnyTensor, ShapeError, SpecList, WriteError, WriteOptions, write_listed};

pub use self::error::SaveError;
use self::layout::{FileTensors, bytes, tensors_of};
pub use self::snapshot::Snapshot;
use crate::listing::Listing;
use crate::report::TiedNote;
use crate::tree::{Modules, Tree};

/// The options of a [`Saver`](crate::Saver).
#[derive(Clone, Debug, Default)]
pub(crate) struct SaveOptions {
    pub(crate) write: WriteOptions,
    /// The names that a checkpoint had of tied parameters, by the path of the parameter that is tied; if a load says so.
    pub(crate) ties: Option<BTreeMap<String, TiedNote>>,
    /// The numbers of names that a load has found.
    pub(crate) dims: BTreeMap<String, usize>,
}

impl SaveOptions {
    /// Writes a module's parameters.
    pub(crate) fn save<M: Tree<Modules>>(&self, module: &M, path: &Path) -> Result<(), SaveError> {
        let tensors = self.tensors(module)?;
        write_listed(path, &tensors, &self.write, |number, sink| {
            let (name, view) = tensors.get(number);
            sink.put(&bytes(name, view)?).map_err(SaveError::Write)
        })?;
        Ok(())
    }

    /// Copies a module's parameters.
    pub(crate) fn snapshot<M: Tree<Modules>>(&self, module: &M) -> Result<Snapshot, SaveError> {
        let tensors = self.tensors(module)?;
        let copy = |number| {
            let (name, view) = tensors.get(number);
            let copied = AnyTensor::new(view.dtype(), view.shape().clone(), &bytes(name, view)?);
            let refuse = |error: ShapeError| SaveError::Parameter { path: name.to_owned(), source: error.into() };
            Ok((name.to_owned(), copied.map_err(refuse)?))
        };
        let tensors = (0..tensors.count()).map(copy).collect::<Result<_, SaveError>>()?;
        Ok(Snapshot { tensors, write: self.write.clone() })
    }

    /// The tensors of the file that a module's parameters make.
    fn tensors<'m, M: Tree<Modules>>(&self, module: &'m M) -> Result<FileTensors<'m>, SaveError> {
        let listing = Listing::of(module);
        if let Some((number, reason)) = listing.bad_key
            && number < listing.paths.len()
        {
            return Err(WriteError::Name { name: listing.paths.get(number).to_owned(), reason }.into());
        }
        tensors_of(listing, self.ties.as_ref(), &self.dims)
    }
}
