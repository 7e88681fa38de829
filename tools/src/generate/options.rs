//! The options of `generate`.

use weighbridge_checkpoint::Renames;

use super::library::Library;

/// Options of [`generate`](super::generate).
///
/// ```
/// use weighbridge_tools::generate::Options;
///
/// let options = Options::new().name("Llama").verify("llama.lock");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "options do nothing by themselves; give them to `generate`"]
pub struct Options {
    pub(super) name: String,
    pub(super) verify: Option<String>,
    pub(super) library: Option<Library>,
    pub(super) renames: Renames,
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

    /// Generates for the names that these renamings make, as a [`Loader`](https://docs.rs/weighbridge) with the same ones
    /// sees them. The code says which ones a load needs, and so does a lock that [`verify`](Options::verify) names.
    pub fn renames(mut self, renames: Renames) -> Options {
        self.renames = renames;
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Options { name: "Model".to_owned(), verify: None, library: None, renames: Renames::new() }
    }
}
