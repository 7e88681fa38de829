//! What a zip archive is, by its members, and what a build without a format says of it.
#![forbid(unsafe_code)]

use std::sync::Arc;

#[cfg(any(feature = "npz", feature = "torch"))]
use super::archive::Archive;
#[cfg(not(all(feature = "npz", feature = "torch")))]
#[cfg(any(feature = "npz", feature = "torch"))]
use super::archive::Member;
use super::contents::Contents;
#[cfg(feature = "npz")]
use super::npz;
#[cfg(feature = "torch")]
use super::torch;
use crate::error::Problems;
#[cfg(not(all(feature = "npz", feature = "torch")))]
use crate::error::{Problem, ProblemKind};
use crate::limits::Limits;
use crate::opening::Skip;
use crate::reader::ReadAt;

/// Opens a zip archive, of arrays or of PyTorch.
#[cfg(any(feature = "npz", feature = "torch"))]
pub(crate) fn open(reader: Arc<dyn ReadAt>, limits: &Limits, skip: &Skip) -> Result<Contents, Problems> {
    let archive = Archive::open(&reader, limits).map_err(|problem| vec![problem])?;
    let members = archive.members()?;
    match members.iter().any(|member| is_pickle(&member.name)) {
        true => of_torch(reader, &archive, members, limits, skip),
        false => of_arrays(reader, &archive, members, limits, skip),
    }
}

#[cfg(not(any(feature = "npz", feature = "torch")))]
pub(crate) fn open(_reader: Arc<dyn ReadAt>, _limits: &Limits, _skip: &Skip) -> Result<Contents, Problems> {
    Err(without("a zip archive, as `.npz` files and those of PyTorch are", "npz` or `torch"))
}

/// Opens a file of PyTorch.
#[cfg(feature = "torch")]
pub(crate) fn open_torch(reader: Arc<dyn ReadAt>, limits: &Limits, skip: &Skip) -> Result<Contents, Problems> {
    torch::open(reader, limits, skip)
}

#[cfg(not(feature = "torch"))]
pub(crate) fn open_torch(_reader: Arc<dyn ReadAt>, _limits: &Limits, _skip: &Skip) -> Result<Contents, Problems> {
    Err(without("a file of PyTorch (torch.save)", "torch"))
}

/// Whether a member with this name is the pickle of an archive of PyTorch.
#[cfg(any(feature = "npz", feature = "torch"))]
fn is_pickle(name: &str) -> bool {
    name == "data.pkl" || name.ends_with("/data.pkl")
}

#[cfg(feature = "npz")]
use npz::open as of_arrays;

#[cfg(all(feature = "torch", not(feature = "npz")))]
fn of_arrays(
    _reader: Arc<dyn ReadAt>,
    _archive: &Archive,
    _members: Vec<Member<'_>>,
    _limits: &Limits,
    _skip: &Skip,
) -> Result<Contents, Problems> {
    Err(without("a zip archive, as `.npz` files are", "npz"))
}

#[cfg(feature = "torch")]
use torch::open_archive as of_torch;

#[cfg(all(feature = "npz", not(feature = "torch")))]
fn of_torch(
    _reader: Arc<dyn ReadAt>,
    _archive: &Archive,
    _members: Vec<Member<'_>>,
    _limits: &Limits,
    _skip: &Skip,
) -> Result<Contents, Problems> {
    Err(without("a file of PyTorch (torch.save)", "torch"))
}

#[cfg(not(all(feature = "npz", feature = "torch")))]
fn without(what: &str, feature: &str) -> Problems {
    let message =
        format!("this is {what}, and this build of `weighbridge` does not read them; turn on its feature `{feature}`");
    vec![Problem::new(ProblemKind::Format, message)]
}
