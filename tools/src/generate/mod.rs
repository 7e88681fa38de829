//! Rust structs for a checkpoint.

mod constants;
mod error;
mod fold;
mod ident;
mod layout;
mod naming;
mod numbers;
mod options;
mod order;
mod sizes;
mod text;
mod tree;
mod types;

use weighbridge_checkpoint::Checkpoint;

pub use self::error::GenerateError;
pub use self::options::Options;

/// Writes Rust structs that load this very checkpoint strictly, and save it again: the same names, dtypes, shapes and bytes.
///
/// The text is formatted as `rustfmt` does it, is the same on every run, and is meant to be edited. It needs the crates
/// `weighbridge` and, for half-precision floats, `half`.
///
/// - **Modules of one structure are one struct**, whatever they are called: the same names, ranks and dtypes below them. The
///   numbers that differ are const parameters: `Linear<HIDDEN, INTERMEDIATE>`. With more than four of them, each place has a
///   struct of its own.
/// - **Lists** of like items are a `Vec` with its length (`#[module(len = LAYERS)] layers: Vec<Layer>`), as an array of
///   large structs would be built on the stack; inside another list they are arrays. Of unlike items, short lists are
///   tuples, in which `()` stands for a gap, and long lists of few kinds have items of an enum. Other lists are structs.
/// - **Names** that are no identifiers, or not in snake case, are renamed: `self_` under `rename = "self"`. Keywords are raw:
///   `r#type`.
/// - **Numbers** that models have a word for are constants (`HIDDEN`, `VOCAB`, `LAYERS`), and so are those that stand in
///   several shapes (`DIM_64`).
/// - **Dtypes** without an element type, such as `F8_E4M3`, are an `AnyTensor` of that dtype alone. `V2`, which is how numpy
///   files hold bfloat16, is `bf16`.
/// - **Fields** are ordered as models compute where their names say it, and by name elsewhere.
///
/// # Errors
/// If a tensor's name cannot be a field's: it is there twice, a part of it is empty, it is a module too. If the struct's name
/// is no identifier. If there are more than 5,000 fields.
///
/// ```
/// use weighbridge::{Checkpoint, Tensor};
/// use weighbridge_tools::generate::{Options, generate};
///
/// let zeros = |shape: &[usize]| Tensor::<f32>::zeros(shape);
/// let file = [("layers.0.weight", zeros(&[2, 2])), ("layers.1.weight", zeros(&[2, 2])), ("head.weight", zeros(&[3, 2]))];
/// let code = generate(&Checkpoint::open(file)?, &Options::default())?;
/// assert!(code.contains("    #[module(len = LAYERS)]\n    pub layers: Vec<Linear<2, 2>>,\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn generate(checkpoint: &Checkpoint, options: &Options) -> Result<String, GenerateError> {
    if !ident::is_type(&options.name) {
        return Err(GenerateError::Name { name: options.name.clone() });
    }
    let root = tree::tree(checkpoint)?;
    let mut sizes = sizes::Sizes::of(&root);
    let fold = fold::Fold::of(&root, &mut sizes)?;
    Ok(text::text(checkpoint, options, &fold, &sizes))
}
