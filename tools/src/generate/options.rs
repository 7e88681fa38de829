//! The options of `generate`.

use super::library::Library;
use crate::selection::Selection;

/// Options of [`generate`](super::generate).
///
/// ```
/// use weighbridge_tools::generate::Options;
///
/// let options = Options::new().name("Llama").verify("llama.lock");
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing by themselves; give them to `generate`"]
pub struct Options {
    pub(super) name: String,
    pub(super) verify: Option<String>,
    pub(super) library: Option<Library>,
    pub(super) selection: Selection,
}

impl Options {
    /// Names the outermost struct `Model`, and checks it against nothing.
    pub fn new() -> Options {
        Options::default()
    }

    /// Names the outermost struct, in CamelCase.
    pub fn name(mut self, name: impl Into<String>) -> Options {
        self.name = name.into();
        self
    }

    /// Has the compiler check the struct against a lock or a checkpoint, by `#[module(verify = "..")]`. The path is relative to
    /// the `Cargo.toml` of the crate that the code will be in.
    pub fn verify(mut self, path: impl Into<String>) -> Options {
        self.verify = Some(path.into());
        self
    }

    /// Gives the fields types of this library, and not Weighbridge's own tensors.
    pub fn library(mut self, library: Library) -> Options {
        self.library = Some(library);
        self
    }

    /// Has the code say which calls of a loader see the file as this selection leaves it. The checkpoint that you give to
    /// [`generate`](super::generate) is the selected one: [`Selection::of`].
    pub fn selected_by(mut self, selection: Selection) -> Options {
        self.selection = selection;
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Options { name: "Model".to_owned(), verify: None, library: None, selection: Selection::new() }
    }
}
