//! Replaces the npz reader in a build without the feature: such files are refused.

use std::sync::Arc;

use super::contents::Contents;
use crate::error::{Problem, ProblemKind, Problems};
use crate::limits::Limits;
use crate::opening::Skip;
use crate::reader::ReadAt;

pub(crate) fn open(_reader: Arc<dyn ReadAt>, _limits: &Limits, _skip: &Skip) -> Result<Contents, Problems> {
    let message = "this is a zip archive, as `.npz` files are, and this build of `weighbridge` does not read them; turn on its \
                   feature `npz`";
    Err(vec![Problem::new(ProblemKind::Format, message)])
}
