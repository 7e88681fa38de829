//! The options of `generate`.

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
}

impl Default for Options {
    fn default() -> Self {
        Options { name: "Model".to_owned(), verify: None }
    }
}
