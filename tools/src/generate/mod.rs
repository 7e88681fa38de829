//! Generates Rust structs that load a checkpoint.

mod constants;
mod error;
mod floats;
mod fold;
mod ident;
mod keys;
mod layer;
mod layout;
mod library;
mod mixed;
mod naming;
mod numbers;
mod options;
mod order;
mod packing;
mod quantised;
mod role;
mod sizes;
mod text;
mod tree;
mod types;
mod words;

use weighbridge_checkpoint::{Checkpoint, NamesRoom};

pub use self::error::GenerateError;
pub use self::library::Library;
pub use self::options::Options;

/// What the tree of the names and the types of the fields take.
const ROOM: NamesRoom = NamesRoom { tensor: 512, component: 320, copies: 4 };

/// Generates the code of Rust structs that load this checkpoint strictly and save it again, with the same names, dtypes, shapes
/// and bytes.
///
/// The code is formatted as by `rustfmt`, is the same on every run, and is meant to be edited. It needs the crate
/// `weighbridge` and, for half-precision floats, `half`.
///
/// The code says all that the file's header does: a load into it refuses every file that differs in a name, a dtype or a shape. A
/// struct or a dim has a name of the trade (`Linear`, `HIDDEN`) only where names and shapes leave no doubt.
///
/// - **Modules of one structure are one struct**: they have the same names, ranks and dtypes below them. Dims and lengths that
///   differ are const parameters: `Linear<HIDDEN, INTERMEDIATE>`. If there were more than four, each module gets a struct of
///   its own.
/// - **Lists** of equal items are a `Vec` with a fixed length (`#[module(len = LAYERS)] layers: Vec<Layer>`), because an array
///   of large structs would be built on the stack. Inside another list they are arrays. A short list of different items is a
///   tuple, in which `()` stands for a gap. Other lists are structs with a field for each item, so that each index keeps its
///   type.
/// - **Names** that are not identifiers in snake case get a `rename`: `self_` has `rename = "self"`. Keywords are raw: `r#type`.
///   A module that has the name of a tensor is `weight_parts`, for `weight`.
/// - **A layer that is quantised at some places of a list only** is an enum, `MixedLinear`, so that the list still is one. The file
///   decides for each layer then.
/// - **Constants** stand for dims and lengths that models have a word for (`HIDDEN`, `VOCAB`, `LAYERS`), and for those that
///   are in several shapes (`DIM_64`).
/// - **The dtype** of most floats has an alias at the top, `Float`, so that you change it in one place. Dtypes without a Rust type,
///   such as `F8_E4M3`, become an `AnyTensor` with that dtype. `V2`, which is bfloat16 in numpy files, becomes `bf16`.
/// - **Fields** are in the order in which models compute, as far as their names show it, and otherwise by name.
///
/// With [`Options::library`], tensors are of that library, where it has the dtype and the rank; others stay Weighbridge's.
///
/// # Errors
/// If no field can have a tensor's name: the file has it twice, a component of it is empty or `__metadata__`, it has a NUL or a
/// line break, or it has more than 64 components. If the struct's name is not an identifier. If there are more than 5,000 fields.
/// If there is no memory for the names.
///
/// ```
/// use weighbridge::{Checkpoint, Tensor};
/// use weighbridge_tools::generate::{Options, generate};
///
/// let zeros = |shape: &[usize]| Tensor::<f32>::zeros(shape);
/// let file = [("layers.0.weight", zeros(&[2, 2])), ("layers.1.weight", zeros(&[2, 2])), ("head.weight", zeros(&[3, 2]))];
/// let code = generate(&Checkpoint::open(file)?, &Options::default())?;
/// assert!(code.contains("    #[module(len = LAYERS)]\n    pub layers: Vec<Layer>,\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn generate(checkpoint: &Checkpoint, options: &Options) -> Result<String, GenerateError> {
    if !ident::is_type(&options.name, &library::reserved(options.library)) {
        return Err(GenerateError::Name { name: options.name.clone() });
    }
    checkpoint.room_for("the structs", ROOM).map_err(|error| GenerateError::NoMemory { message: error.to_string() })?;
    let root = tree::tree(checkpoint)?;
    let packings = options.packings();
    let mut sizes = sizes::Sizes::of(&root, packings);
    let fold = fold::Fold::of(&root, &mut sizes, packings)?;
    Ok(text::text(checkpoint, options, &fold, &sizes))
}
