//! What a file holds, once its pickle and its storages are known.

use std::sync::Arc;

use super::elements::{Stored, TorchElements, View};
use super::names::{self, Named};
use super::value::{Arena, Value};
use super::view;
use crate::container::contents::{Contents, Skipped};
use crate::container::entries::Entries;
use crate::container::problems::FoundProblems;
use crate::container::room::Growing;
use crate::error::{Problem, Problems};
use crate::limits::Limits;
use crate::opening::Skip;
use crate::reader::ReadAt;

/// What the lists take for each name, besides it.
const EACH: usize = 200;

/// What a file holds: the tensors of its pickle, each proved to be within its storage. `stored` says where the storages
/// are, in the order of the arena; `taken` is the length of the pickle.
pub(super) fn contents(
    reader: Arc<dyn ReadAt>,
    (arena, root): (&Arena, Value),
    stored: Vec<Stored>,
    taken: u64,
    limits: &Limits,
    skip: &Skip,
) -> Result<Contents, Problems> {
    let (mut entries, mut views, mut problems) = (Entries::default(), Vec::new(), FoundProblems::default());
    let (mut skipped, mut growing) = (Skipped::new(skip), Growing::default());
    let walked = names::walk(arena, root, taken, limits, |name, named| {
        if entries.len() >= limits.tensor_count {
            return Err(Problem::limit("there are more tensors", "tensor_count", limits.tensor_count));
        }
        growing.add(EACH.saturating_add(name.len()), "the names")?;
        let proved = match named {
            Named::Other(value) => Err(names::no_tensor(value)),
            Named::Tensor(number) => match arena.tensor(number) {
                Some(tensor) => view::prove(arena, tensor, limits).map(|proved| (proved, tensor.storage)),
                None => return Ok(()),
            },
        };
        match proved {
            Ok((proved, storage)) => {
                let storage = usize::try_from(storage).unwrap_or(usize::MAX);
                let at = stored.get(storage).map_or(0, |stored| stored.start).saturating_add(proved.start);
                entries.push(name, proved.dtype, &proved.shape, proved.byte_len, at);
                views.push(View { storage, start: proved.start, strided: proved.strided.map(Box::new) });
            }
            Err(problem) => {
                if let Err(problem) = skipped.leave_out(skip, name, problem) {
                    problems.push(problem.tensor(name));
                }
            }
        }
        Ok(())
    });
    // what has no end, or no names, is all that is to say of a file
    walked.map_err(|problem| vec![problem])?;
    if let Some(problem) = entries.refused() {
        problems.push(problem);
    }
    if !problems.is_empty() {
        return Err(problems.finish());
    }
    Ok(Contents { skipped, ..Contents::new(entries, TorchElements::new(reader, stored, views)) })
}
