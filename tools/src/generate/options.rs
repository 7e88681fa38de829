//! What is asked for besides the checkpoint.

/// What [`generate`](super::generate) is told besides the checkpoint.
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
    /// A struct called `Model`, which is not checked against anything.
    pub fn new() -> Options {
        Options::default()
    }

    /// What the struct of the whole checkpoint is called: a name in CamelCase.
    pub fn name(mut self, name: impl Into<String>) -> Options {
        self.name = name.into();
        self
    }

    /// The path of a lock or of a checkpoint, from the manifest of the crate that the code will be in: the struct is then
    /// checked against it while it compiles, by `#[module(verify = "..")]`.
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
