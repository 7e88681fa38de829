//! What can be wrong with elements besides the file: no memory for them, or values that their dtype does not allow.

use weighbridge_lock::counted;

use crate::dtype::DType;
use crate::error::{Problem, ProblemKind};
use crate::storage::{OutOfMemory, Words};

pub(crate) fn zeroed(bytes: usize, dtype: DType) -> Result<Words, Problem> {
    Words::zeroed(bytes, dtype.alignment()).map_err(out_of_memory)
}

pub(super) fn out_of_memory(OutOfMemory { bytes }: OutOfMemory) -> Problem {
    Problem::new(ProblemKind::Limit, format!("there is no memory for its {}", counted(bytes, "byte")))
}

/// Refuses values that the dtype does not allow. `first` is the number of the first element in `bytes`.
pub(crate) fn check_values(dtype: DType, bytes: &[u8], first: usize) -> Result<(), Problem> {
    if dtype != DType::BOOL {
        return Ok(());
    }
    match bytes.iter().position(|&byte| byte > 1) {
        None => Ok(()),
        Some(element) => {
            let message = format!("element {} is {}, and a BOOL is 0 or 1", first + element, bytes[element]);
            Err(Problem::new(ProblemKind::Value, message))
        }
    }
}
