//! Replaces the npz writer in a build without the feature: such files are refused.

use std::fs::File;
use std::io::BufWriter;

use super::error::WriteError;
use super::job::WriteJob;
use super::spec::SpecList;

pub(super) fn check(_tensors: &dyn SpecList) -> Result<(), WriteError> {
    Err(WriteError::Feature { feature: "npz" })
}

pub(super) fn write<E>(_job: &mut WriteJob<'_, E>, _file: &mut BufWriter<File>) -> Result<(), E> {
    unreachable!("`check` refuses")
}
