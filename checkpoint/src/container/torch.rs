//! What `torch.save` writes, as a zip archive and in the form of before 1.6: a pickle that describes tensors, and the bytes
//! of their storages.
//!
//! A pickle is a program, and readers that run it run whatever its author wants. The machine here builds data from a short
//! list of names, and refuses the file that names anything else.
#![forbid(unsafe_code)]

mod call;
mod described;
mod elements;
mod globals;
mod input;
mod legacy;
mod machine;
mod names;
mod other;
mod value;
mod view;
mod zipped;

use std::sync::Arc;

pub(super) use self::zipped::open as open_archive;
use super::archive::Archive;
use super::contents::Contents;
use crate::error::{Problem, Problems};
use crate::limits::Limits;
use crate::opening::Skip;
use crate::reader::ReadAt;

/// Opens a file of PyTorch in any of its forms.
pub(crate) fn open(reader: Arc<dyn ReadAt>, limits: &Limits, skip: &Skip) -> Result<Contents, Problems> {
    let mut magic = [0; 2];
    reader.read_exact_at(0, &mut magic).map_err(|error| vec![Problem::io(error)])?;
    if magic != *b"PK" {
        return legacy::open(reader, limits, skip);
    }
    let archive = Archive::open(&reader, limits).map_err(|problem| vec![problem])?;
    let members = archive.members()?;
    zipped::open(reader, &archive, members, limits, skip)
}
