//! The options of `generate`.

use serde_json::{Map, Value};

use super::keys::Keys;
use super::library::Library;
use super::packing::Packing;
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
    /// The file of the configuration, and its keys.
    pub(super) config: Option<(String, Keys)>,
    /// What the configuration says of packed integers.
    packings: Vec<Packing>,
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

    /// Has dims and lengths the names of keys of the model's configuration, which the file `label` holds: a number that only one key
    /// has is called by it, so that one struct is for all sizes of the model. If several keys have it, it is a constant, with the
    /// keys beside it. It says the bits and the groups of packed integers, too, where shapes leave them open.
    pub fn config(mut self, label: impl Into<String>, config: &Map<String, Value>) -> Options {
        self.config = Some((label.into(), Keys::of(config)));
        self.packings = Packing::all_of(config);
        self
    }

    pub(super) fn packings(&self) -> &[Packing] {
        &self.packings
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
        Options {
            name: "Model".to_owned(),
            verify: None,
            library: None,
            selection: Selection::new(),
            config: None,
            packings: Vec::new(),
        }
    }
}
