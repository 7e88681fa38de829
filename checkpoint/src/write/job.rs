//! The file being written, and the sink that takes its elements.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use super::error::WriteError;
use super::spec::{ListedSpec, SpecList};

/// Takes the elements of one tensor.
pub struct Sink<'w> {
    out: &'w mut dyn Write,
    path: &'w Path,
    tensor: ListedSpec<'w>,
    given: usize,
}

impl Sink<'_> {
    /// The next elements: C order, little endian, packed as in a file.
    ///
    /// # Errors
    /// If there are more bytes than the tensor has, or they cannot be written.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.given = self.given.saturating_add(bytes.len());
        if self.given > self.tensor.byte_len() {
            return Err(self.refuse());
        }
        self.out.write_all(bytes).map_err(|error| WriteError::io(self.path, error))
    }

    fn refuse(&self) -> WriteError {
        let expected = self.tensor.byte_len();
        WriteError::Elements { name: self.tensor.name.to_owned(), expected, found: self.given }
    }
}

/// One save: its target, its tensors, and the source of their elements.
pub(super) struct WriteJob<'j, E> {
    /// The path that the caller gave, for messages.
    pub(super) path: &'j Path,
    pub(super) tensors: &'j dyn SpecList,
    pub(super) fill: &'j mut PutElements<'j, E>,
}

/// Puts the elements of the tensor with this number into the sink.
pub(super) type PutElements<'f, E> = dyn FnMut(usize, &mut Sink<'_>) -> Result<(), E> + 'f;

impl<E: From<WriteError>> WriteJob<'_, E> {
    /// Writes the elements of one tensor.
    pub(super) fn elements(&mut self, number: usize, out: &mut dyn Write) -> Result<(), E> {
        let mut sink = Sink { out, path: self.path, tensor: self.tensors.listed(number), given: 0 };
        (self.fill)(number, &mut sink)?;
        if sink.given < sink.tensor.byte_len() {
            return Err(sink.refuse().into());
        }
        Ok(())
    }

    /// Turns a system error into an error of this save.
    pub(super) fn io(&self) -> impl Fn(io::Error) -> E + use<'_, E> {
        |error| WriteError::io(self.path, error).into()
    }
}

impl fmt::Debug for Sink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink").field("tensor", &self.tensor).field("given", &self.given).finish_non_exhaustive()
    }
}
