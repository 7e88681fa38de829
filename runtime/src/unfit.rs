//! Why a type cannot be a field, by how it is written. The derive reads the tokens of a type and picks one of these traits as a bound. Every
//! type that may be a field implements all of them, so the choice decides nothing but the message.

use std::marker::PhantomData;

use crate::config_field::{CheckValue, ConfigField, FromConfig};
use crate::schema::Node;
use crate::tree::{Modules, Tree};

macro_rules! reasons {
    ($($(#[$attribute:meta])* $name:ident: $message:literal, $label:literal, $($note:literal),+;)*) => {$(
        $(#[$attribute])*
        #[diagnostic::on_unimplemented(message = $message, label = $label, $(note = $note),+)]
        #[allow(missing_docs)]
        pub trait $name<K> {
            fn fits() {}
        }

        #[diagnostic::do_not_recommend]
        impl<K, T: Tree<K>> $name<K> for T {}
    )*};
}

reasons! {
    /// A type that is not marked as a parameter, and that says nothing.
    NoModule: "`{Self}` is neither a module nor a parameter here", "neither `#[param(..)]` nor a module",
        "if the field holds a module, write `#[derive(Module)]` above its type",
        "if it holds a tensor, write `#[param(shape = [..])]` above it; its type must implement `weighbridge::Parameter`",
        "if it is in no file, write `#[module(skip)]` above it";
    /// The same on a type with `#[weighbridge(..)]`.
    NoModuleHere: "`{Self}` is neither a module nor a parameter here", "neither `#[weighbridge(param, ..)]` nor a module",
        "if the field holds a module, write `#[derive(Module)]` above its type",
        "if it holds a tensor, write `#[weighbridge(param, shape = [..])]` above it; its type must implement `weighbridge::Parameter`",
        "if it is in no file, write `#[weighbridge(skip)]` above it";
    /// A parameter of a type that says nothing.
    NoParameter: "`{Self}` cannot be a parameter", "not a tensor type",
        "a parameter is a `Tensor`, a scalar, an array or a `Vec` of scalars, or a `Vec`, `Option`, map or tuple of these; a type of your own implements `weighbridge::Parameter`",
        "if the field holds a module, remove `#[param(..)]`; how a file has a layer of another crate is said in its parts, with `#[module(via = ..)]`",
        "if the field is in no file, write `#[module(skip)]` in place of `#[param(..)]`";
    NoParameterHere: "`{Self}` cannot be a parameter", "not a tensor type",
        "a parameter is a `Tensor`, a scalar, an array or a `Vec` of scalars, or a `Vec`, `Option`, map or tuple of these; a type of your own implements `weighbridge::Parameter`",
        "if the field holds a module, remove `param`; how a file has a layer of another crate is said in its parts, with `#[weighbridge(via = ..)]`",
        "if the field is in no file, write `#[weighbridge(skip)]`";
    /// A tensor without `#[param]`.
    Unmarked: "`{Self}` is a parameter and not a module", "not marked as a parameter",
        "write `#[param(shape = [..])]` above the field, with `_` for a dim that may be anything";
    UnmarkedHere: "`{Self}` is a parameter and not a module", "not marked as a parameter",
        "write `#[weighbridge(param, shape = [..])]` above the field, with `_` for a dim that may be anything";
    /// A number without `#[param]`.
    Number: "`{Self}` is not a module", "not a module",
        "if the field is in the configuration, write `#[module(config)]` above it; if it is in neither, `#[module(skip)]`, or `#[module(skip = VALUE)]`",
        "if it is a tensor of the file, write `#[param]` above it, with `shape = [..]` if the type has no shape";
    NumberHere: "`{Self}` is not a module", "not a module",
        "if the field is in the configuration, write `#[weighbridge(config)]` above it; if it is in neither, `#[weighbridge(skip)]`, or `#[weighbridge(skip = VALUE)]`",
        "if it is a tensor of the file, write `#[weighbridge(param)]` above it, with `shape = [..]` if the type has no shape";
    /// A number that is no dtype, or text, or a function.
    Setting: "`{Self}` is in no file", "neither a tensor nor a module",
        "if it is in the configuration, write `#[module(config)]` above the field, and give the loader the configuration",
        "otherwise write `#[module(skip)]` above it, or `#[module(skip = VALUE)]`; no load changes it then";
    SettingHere: "`{Self}` is in no file", "neither a tensor nor a module",
        "if it is in the configuration, write `#[weighbridge(config)]` above the field, and give the loader the configuration",
        "otherwise write `#[weighbridge(skip)]` above it, or `#[weighbridge(skip = VALUE)]`; no load changes it then";
    /// A number whose size differs between machines, or that no file has.
    NoDtype: "`{Self}` cannot be a parameter", "no dtype",
        "files have `bool`, `u8` to `u64`, `i8` to `i64`, `f16`, `bf16`, `f32` and `f64`; write `u64` or `i64` in place of `usize` and `isize`, as the file has it";
    /// Text as a parameter.
    NoText: "`{Self}` cannot be a parameter", "text is not a tensor",
        "write `#[module(skip)]` in place of `#[param(..)]`; what a file has as text is in `Checkpoint::metadata`";
    NoTextHere: "`{Self}` cannot be a parameter", "text is not a tensor",
        "write `#[weighbridge(skip)]`; what a file has as text is in `Checkpoint::metadata`";
    /// A function.
    Function: "`{Self}` is in no file", "a function is no tensor",
        "write `#[module(skip = VALUE)]` above the field, in place of any `#[param(..)]`; no load changes it then";
    FunctionHere: "`{Self}` is in no file", "a function is no tensor",
        "write `#[weighbridge(skip = VALUE)]` above the field, in place of any `param`; no load changes it then";
    /// What has no elements, as a parameter.
    Nothing: "`{Self}` cannot be a parameter", "holds nothing",
        "remove `#[param(..)]`; no file has anything for such a field";
    NothingHere: "`{Self}` cannot be a parameter", "holds nothing",
        "remove `param`; no file has anything for such a field";
    /// A pointer within one thread.
    InRc: "`{Self}` cannot be a field of a module", "`Rc` is no pointer that a load makes",
        "write `Arc` or `Box` in place of `Rc`";
    /// A place that changes.
    InCell: "`{Self}` cannot be a field of a module", "a load makes no such place",
        "hold what is in it, and put the whole module into the cell or the lock";
    /// What belongs to somebody else.
    Borrowed: "`{Self}` cannot be a field of a module", "a load makes values that belong to the module",
        "hold the value itself, a `Vec` of such values, or an `Arc` of it";
    /// A pointer to what is no tensor type.
    Pointed: "`{Self}` cannot be a parameter", "`Box` and `Arc` hold a tensor type",
        "leave the pointer out, as in `Vec<f32>` for `Box<[f32]>`, or let it hold a `Tensor`: `Arc<Tensor<f32>>`";
    /// A type that is known only at run time.
    Dynamic: "`{Self}` cannot be a field of a module", "nothing is known of a `dyn` type",
        "write an enum with `#[derive(Module)]`, which has a variant for each type that this may be, or a type parameter; above such a field stands no `#[param(..)]`",
        "if the field is in no file, write `#[module(skip = VALUE)]` in place of any `#[param(..)]`";
    DynamicHere: "`{Self}` cannot be a field of a module", "nothing is known of a `dyn` type",
        "write an enum with `#[derive(Module)]`, which has a variant for each type that this may be, or a type parameter; such a field has no `param`",
        "if the field is in no file, write `#[weighbridge(skip = VALUE)]` in place of any `param`";
    /// A tuple of more than 12.
    LongTuple: "a tuple of so many cannot be a field of a module", "more than 12 elements",
        "write a tuple struct with `#[derive(Module)]`, whose fields have the same names, `0`, `1`, .., or a `Vec` if the elements are of one type";
    /// A map whose keys are no strings, or of another crate.
    NoMap: "`{Self}` cannot be a field of a module", "not a map of names",
        "write `BTreeMap<String, _>` or `HashMap<String, _>`: the keys are names of the file; where they are numbers from 0 on, write `Vec<_>`";
    /// A collection that is no `Vec`.
    NoList: "`{Self}` cannot be a field of a module", "not a list that a load makes",
        "write `Vec<_>`, or an array `[_; N]`";
    /// A layer of candle-nn, whose feature may be off.
    CandleLayer: "`{Self}` is not a module", "not a module here",
        "the feature `candle-nn` of `weighbridge` makes modules of `Linear`, `Embedding`, `LayerNorm`, `RmsNorm`, `BatchNorm` and the convolutions of candle-nn 0.11: `features = [\"candle-nn\"]`",
        "for another type, write its parts as a struct with `#[module(remote = ..)]`, and `#[module(via = ..)]` above the field; the page `attributes` has an example",
        "if it is in no file, as an activation is, write `#[module(config = \"key\")]` for one that the configuration has, or `#[module(skip = VALUE)]`";
    /// A layer of burn-nn, whose feature may be off.
    BurnLayer: "`{Self}` is not a module", "not a module here",
        "the feature `burn-nn` of `weighbridge` makes modules of `Linear`, `Embedding`, norms, convolutions, `Lstm` and `Gru` of burn-nn 0.22: `features = [\"burn-nn\"]`",
        "for another type, write its parts as a struct with `#[module(remote = ..)]`, and `#[weighbridge(via = ..)]` above the field; the page `attributes` has an example",
        "if it is in no file, as an activation is, write `#[weighbridge(config = \"key\")]` for one that the configuration has, or `#[weighbridge(skip = VALUE)]`";
    /// A field with `via`, of a type that is not made of these parts.
    NotVia: "`{Self}` is not made of the parts `{K}`", "not what `{K}` is the parts of",
        "`via` names a type with `#[module(remote = ..)]`; the field is of the type that stands there, or a list, an option or a map of it";
    /// A generic type whose arguments may be the cause.
    Generic: "`{Self}` is not a module", "not a module",
        "the type needs `#[derive(Module)]`; if it has it, one of the types in `<..>` stands for a field, and cannot be one",
        "if the field holds a tensor, write `#[param(shape = [..])]`; if it is in no file, `#[module(skip)]`";
    GenericHere: "`{Self}` is not a module", "not a module",
        "the type needs `#[derive(Module)]`; if it has it, one of the types in `<..>` stands for a field, and cannot be one",
        "if the field holds a tensor, write `#[weighbridge(param, shape = [..])]`; if it is in no file, `#[weighbridge(skip)]`";
    /// A tensor whose elements no file has.
    NoElement: "`{Self}` cannot be a parameter", "no dtype has such elements",
        "the elements of a `Tensor` are `bool`, `u8` to `u64`, `i8` to `i64`, `half::f16`, `half::bf16`, `f32`, `f64` or `weighbridge::Complex64`";
    /// A complex number.
    Complex: "`{Self}` cannot be a parameter", "not a dtype",
        "files have complex numbers of two `f32`: `num_complex::Complex<f32>`, which is `weighbridge::Complex64`, with the feature `num-complex` of `weighbridge`";
}

/// The tensors of a library, whose feature may be off.
macro_rules! libraries {
    ($($name:ident $feature:literal $off:literal $on:literal;)*) => {$(
        #[cfg(not(feature = $feature))]
        reasons! { $name: "`{Self}` cannot be a parameter", "not a tensor type here", $off; }
        #[cfg(feature = $feature)]
        reasons! { $name: "`{Self}` cannot be a parameter", "not a tensor type here", $on; }
    )*};
}

libraries! {
    Candle "candle"
        "if it is the tensor of candle, turn on the feature `candle` of `weighbridge` in your `Cargo.toml`: `features = [\"candle\"]`"
        "the feature `candle` takes `candle_core::Tensor` and `Var` of candle-core 0.11; the types of another version are other types";
    Burn "burn"
        "if it is the tensor of burn, turn on the feature `burn` of `weighbridge` in your `Cargo.toml`: `features = [\"burn\"]`"
        "the feature `burn` takes `burn::tensor::Tensor` of burn 0.22, with its elements `Float`, `Int` or `Bool`, and `burn::module::Param` of it; the types of another version are other types";
    Ndarray "ndarray"
        "if it is an array of ndarray, turn on the feature `ndarray` of `weighbridge` in your `Cargo.toml`: `features = [\"ndarray\"]`"
        "the feature `ndarray` takes `Array` and `ArcArray` of ndarray 0.17, which own their elements; the types of another version are other types";
    Nalgebra "nalgebra"
        "if it is a matrix of nalgebra, turn on the feature `nalgebra` of `weighbridge` in your `Cargo.toml`: `features = [\"nalgebra\"]`"
        "the feature `nalgebra` takes matrices of nalgebra 0.35 that own their elements; the types of another version are other types";
}

/// What `Module` needs in place of `Tree`, of which an error would list the types that implement it, those of the user too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a module",
    label = "not a module",
    note = "write `#[derive(Module)]` above the type",
    note = "a generic type that derives it is a module if the types in its `<..>` are what its fields need"
)]
pub trait IsModule: Tree<Modules> {}

#[diagnostic::do_not_recommend]
impl<M: Tree<Modules>> IsModule for M {}

/// The root of what `verify!` compares.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a module",
    label = "not a module",
    note = "write `#[derive(Module)]` above the type",
    note = "a generic type that derives it is a module if the types in its `<..>` are what its fields need"
)]
pub trait Root {
    /// The schema.
    const NODE: &'static Node;
}

#[diagnostic::do_not_recommend]
impl<M: Tree<Modules>> Root for M {
    const NODE: &'static Node = M::__NODE;
}

/// The type of a field, where the bounds of the implementation do not hold: in a static, which the compiler evaluates once and not again for
/// each implementation that names it.
///
/// `Held::<T, K>::NODE` is the type's own, or that of [`NotHeld`] where it has none, and then the bound has the error.
#[derive(Debug)]
pub struct Held<T: ?Sized, K>(PhantomData<K>, PhantomData<T>);

impl<K, T: Tree<K>> Held<T, K> {
    /// Its node.
    pub const NODE: &'static Node = T::__NODE;
}

impl<T: FromConfig> Held<T, ConfigField> {
    /// Why a value of the configuration is none of it.
    pub const CHECK: CheckValue = |value| T::from_config(value).map(drop);
}

/// In place of what a type has that cannot be a field.
pub trait NotHeld {
    /// A node of which nothing is known, and nothing refused.
    const NODE: &'static Node = Node::UNKNOWN;

    /// Nothing is wrong.
    const CHECK: CheckValue = |_| Ok(());
}

impl<K, T: ?Sized> NotHeld for Held<T, K> {}
