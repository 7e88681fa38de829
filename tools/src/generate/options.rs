//! What is asked for besides the checkpoint.

/// What [`generate`](super::generate) is told besides the checkpoint.
///
/// ```
/// use weighbridge_tools::generate::Options;
///
/// let mut options = Options::default();
/// options.name = "Llama".to_owned();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// What the struct of the whole checkpoint is called: a name in CamelCase. `Model` by default.
    pub name: String,
    /// The path of a lock or of a checkpoint, from the manifest of the crate that the code will be in: the struct is then
    /// checked against it while it compiles, by `#[module(verify = "..")]`. `None` by default.
    pub verify: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options { name: "Model".to_owned(), verify: None }
    }
}
