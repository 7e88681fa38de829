//! Which message the compiler has for a type that cannot be a field: the trait in the runtime's `unfit`, by how the type is written.
//! A type that certainly can be one has none.

use std::collections::HashSet;

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, GenericParam, PathArguments, PathSegment, Type, TypePath};

use crate::model::Model;
use crate::symbol::Spelling;

/// What the choice depends on, beside the type of the field.
pub(crate) struct Reasons {
    spelling: Spelling,
    /// The names of the type's parameters, without lifetimes.
    parameters: HashSet<String>,
    lifetimes: HashSet<String>,
}

/// A type that may be none that can be a field.
pub(crate) struct Unfit {
    /// The trait with the message.
    pub(crate) reason: String,
    /// The type that it is about, without lifetimes of the user's type.
    pub(crate) ty: TokenStream,
    /// Whether it has parameters of the user's type. No bound on such a type is checked where it is written, but a function is.
    pub(crate) is_generic: bool,
}

impl Reasons {
    pub(crate) fn of(model: &Model<'_>) -> Self {
        let mut this = Reasons { spelling: model.spelling, parameters: HashSet::new(), lifetimes: HashSet::new() };
        for parameter in &model.input.generics.params {
            match parameter {
                GenericParam::Type(ty) => this.parameters.insert(ty.ident.to_string()),
                GenericParam::Const(constant) => this.parameters.insert(constant.ident.to_string()),
                GenericParam::Lifetime(lifetime) => this.lifetimes.insert(lifetime.lifetime.ident.to_string()),
            };
        }
        this
    }

    /// Why the type may be none that can be a field. `None` if it surely can be one, or if that depends on a parameter.
    pub(crate) fn of_type(&self, ty: &Type, is_parameter: bool) -> Option<Unfit> {
        let found = Reader { is_parameter }.read(ty)?;
        let is_generic = self.is_generic(ty);
        // these no parameter can make fit
        const CERTAIN: &[&str] = &[
            "Setting",
            "Function",
            "NoText",
            "NoDtype",
            "InRc",
            "InCell",
            "Borrowed",
            "Pointed",
            "Dynamic",
            "LongTuple",
            "NoMap",
            "NoList",
            "Nothing",
        ];
        if is_generic && !CERTAIN.contains(&found) {
            return None;
        }
        // these name attributes, and have two spellings
        const SPELLED: &[&str] = &[
            "NoModule",
            "NoParameter",
            "Unmarked",
            "Number",
            "Setting",
            "Function",
            "NoText",
            "Dynamic",
            "Nothing",
            "Generic",
        ];
        let suffix = if self.spelling == Spelling::Weighbridge && SPELLED.contains(&found) { "Here" } else { "" };
        let ty =
            if self.lifetimes.is_empty() { ty.to_token_stream() } else { self.without_lifetimes(ty.to_token_stream()) };
        Some(Unfit { reason: format!("{found}{suffix}"), ty, is_generic })
    }

    /// That the type is not made of these parts. `None` if that depends on a parameter.
    pub(crate) fn of_via(&self, ty: &Type, via: &Type) -> Option<Unfit> {
        if self.is_generic(ty) || self.is_generic(via) || !self.lifetimes.is_empty() {
            return None;
        }
        Some(Unfit { reason: "NotVia".to_owned(), ty: ty.to_token_stream(), is_generic: false })
    }

    /// Whether the type has parameters of the user's type.
    fn is_generic(&self, ty: &Type) -> bool {
        let mentions = |tree: &TokenTree| self.parameters.contains(&tree.to_string());
        !self.parameters.is_empty() && flat(ty.to_token_stream()).iter().any(mentions)
    }

    /// With `'static` for each lifetime of the type.
    fn without_lifetimes(&self, tokens: TokenStream) -> TokenStream {
        let mut is_lifetime = false;
        let tokens = tokens.into_iter().map(|tree| {
            let was =
                std::mem::replace(&mut is_lifetime, matches!(&tree, TokenTree::Punct(mark) if mark.as_char() == '\''));
            match tree {
                TokenTree::Ident(ident) if was && self.lifetimes.contains(&ident.to_string()) => {
                    TokenTree::Ident(Ident::new("static", ident.span()))
                }
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), self.without_lifetimes(group.stream()));
                    inner.set_span(group.span());
                    TokenTree::Group(inner)
                }
                tree => tree,
            }
        });
        tokens.collect()
    }
}

fn flat(tokens: TokenStream) -> Vec<TokenTree> {
    let inner = |tree| match tree {
        TokenTree::Group(group) => flat(group.stream()),
        tree => vec![tree],
    };
    tokens.into_iter().flat_map(inner).collect()
}

struct Reader {
    is_parameter: bool,
}

impl Reader {
    fn read(&self, ty: &Type) -> Option<&'static str> {
        match ty {
            Type::Group(group) => self.read(&group.elem),
            Type::Paren(paren) => self.read(&paren.elem),
            Type::Array(array) => self.read(&array.elem),
            Type::Tuple(tuple) if tuple.elems.len() > 12 => Some("LongTuple"),
            Type::Tuple(tuple) if tuple.elems.is_empty() => self.is_parameter.then_some("Nothing"),
            Type::Tuple(tuple) => tuple.elems.iter().find_map(|ty| self.read(ty)),
            Type::Never(_) | Type::Infer(_) => None,
            Type::Reference(reference) if is_named(&reference.elem, "str") => self.read(&reference.elem),
            Type::Reference(reference) if matches!(*reference.elem, Type::TraitObject(_)) => Some("Dynamic"),
            Type::Reference(_) | Type::Slice(_) | Type::Ptr(_) => Some("Borrowed"),
            Type::TraitObject(_) => Some("Dynamic"),
            Type::FnPtr(_) => Some("Function"),
            Type::Path(path) => self.path(path),
            _ => Some(if self.is_parameter { "NoParameter" } else { "NoModule" }),
        }
    }

    fn path(&self, path: &TypePath) -> Option<&'static str> {
        let (first, last) = (path.path.segments.first()?, path.path.segments.last()?);
        let arguments = types(last);
        let name = last.ident.to_string();
        if self.is_parameter
            && path.path.segments.len() > 1
            && let Some(library) = library(&first.ident.to_string())
        {
            return Some(library);
        }
        if !self.is_parameter
            && let Some(layers) = layers(path)
        {
            return Some(layers);
        }
        match name.as_str() {
            "Vec" | "Option" => self.read(arguments.first()?),
            "BTreeMap" | "HashMap" => match arguments.as_slice() {
                [key, ..] if !is_named(key, "String") => Some("NoMap"),
                [_, value, ..] => self.read(value),
                _ => None,
            },
            "IndexMap" | "FxHashMap" | "AHashMap" | "DashMap" => Some("NoMap"),
            "HashSet" | "BTreeSet" | "VecDeque" | "LinkedList" | "BinaryHeap" | "SmallVec" | "ArrayVec"
            | "IndexSet" => Some("NoList"),
            "Box" | "Arc" => self.pointer(arguments.first()?),
            "Rc" => match arguments.first().map(|inner| self.read(inner)) {
                Some(Some(inner @ ("InCell" | "Dynamic"))) => Some(inner),
                _ => Some("InRc"),
            },
            "Cell" | "RefCell" | "Mutex" | "RwLock" | "OnceCell" | "OnceLock" | "LazyCell" | "LazyLock" => {
                Some("InCell")
            }
            "Cow" | "Weak" => Some("Borrowed"),
            "PhantomData" => self.is_parameter.then_some("Nothing"),
            "String" | "str" | "PathBuf" | "OsString" | "char" => {
                Some(if self.is_parameter { "NoText" } else { "Setting" })
            }
            "usize" | "isize" | "u128" | "i128" | "f128" => Some(if self.is_parameter { "NoDtype" } else { "Setting" }),
            name if is_scalar(name) => (!self.is_parameter).then_some("Number"),
            "AnyTensor" => (!self.is_parameter).then_some("Unmarked"),
            "Tensor" => self.tensor(last),
            "Param" if self.is_parameter && !arguments.is_empty() => Some("Burn"),
            "Complex" | "Complex32" | "Complex64" => Some(if self.is_parameter { "Complex" } else { "Number" }),
            name if is_of_ndarray(name) => Some(if self.is_parameter { "Ndarray" } else { "Unmarked" }),
            name if is_of_nalgebra(name) => Some(if self.is_parameter { "Nalgebra" } else { "Unmarked" }),
            _ if self.is_parameter => Some("NoParameter"),
            _ if !arguments.is_empty() => Some("Generic"),
            _ => Some("NoModule"),
        }
    }

    fn pointer(&self, inner: &Type) -> Option<&'static str> {
        match inner {
            Type::TraitObject(_) => Some("Dynamic"),
            Type::Slice(_) | Type::Array(_) | Type::Tuple(_) if self.is_parameter => Some("Pointed"),
            Type::Slice(_) => Some("NoList"),
            Type::Path(path) if self.is_parameter => {
                let name = path.path.segments.last()?.ident.to_string();
                let is_held = ["Vec", "Option", "BTreeMap", "HashMap"].contains(&&*name) || is_scalar(&name);
                if is_held { Some("Pointed") } else { self.read(inner) }
            }
            _ => self.read(inner),
        }
    }

    /// `Tensor<f32>` is this crate's, `Tensor<2>` burn's, and `Tensor` candle's.
    fn tensor(&self, segment: &PathSegment) -> Option<&'static str> {
        if !self.is_parameter {
            return Some("Unmarked");
        }
        let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Some("Candle") };
        match arguments.args.first() {
            Some(GenericArgument::Type(Type::Path(element))) if arguments.args.len() == 1 => {
                let name = element.path.segments.last()?.ident.to_string();
                let is_element = is_scalar(&name) || ["Complex", "Complex64"].contains(&&*name);
                (!is_element).then_some("NoElement")
            }
            Some(GenericArgument::Type(_)) if arguments.args.len() == 1 => Some("NoElement"),
            _ => Some("Burn"),
        }
    }
}

/// The types among the arguments.
fn types(segment: &PathSegment) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Vec::new() };
    let arguments = arguments.args.iter();
    arguments.filter_map(|argument| if let GenericArgument::Type(ty) = argument { Some(ty) } else { None }).collect()
}

fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name))
}

fn is_scalar(name: &str) -> bool {
    ["bool", "u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64"].contains(&name)
}

/// The tensor library of a crate.
fn library(krate: &str) -> Option<&'static str> {
    match krate {
        "candle_core" | "candle" => Some("Candle"),
        "burn" | "burn_core" | "burn_tensor" => Some("Burn"),
        "ndarray" => Some("Ndarray"),
        "nalgebra" => Some("Nalgebra"),
        _ => None,
    }
}

/// The layers of a crate: `candle_nn::Linear`, `burn::nn::conv::Conv1d`.
fn layers(path: &TypePath) -> Option<&'static str> {
    let mut words = path.path.segments.iter().map(|segment| segment.ident.to_string());
    match (words.next()?.as_str(), words.next()?.as_str()) {
        ("candle_nn", _) => Some("CandleLayer"),
        ("burn_nn", _) | ("burn", "nn") => Some("BurnLayer"),
        _ => None,
    }
}

/// `Array2`, `ArrayD`, `ArcArray1`, and views.
fn is_of_ndarray(name: &str) -> bool {
    let Some(rest) = ["ArrayView", "ArcArray", "CowArray", "Array"].iter().find_map(|stem| name.strip_prefix(stem))
    else {
        return false;
    };
    ["", "D", "Base", "Mut"].contains(&rest) || rest.len() == 1 && rest.bytes().all(|digit| digit.is_ascii_digit())
}

/// `SMatrix`, `DVector`, `Matrix3`, `OMatrix`.
fn is_of_nalgebra(name: &str) -> bool {
    let name = name.strip_prefix(['S', 'D', 'O']).unwrap_or(name);
    let name = name.strip_prefix("RowD").or(name.strip_prefix("RowS")).or(name.strip_prefix("Row")).unwrap_or(name);
    let Some(rest) = name.strip_prefix("Matrix").or(name.strip_prefix("Vector")) else { return false };
    rest.chars().all(|c| c.is_ascii_digit() || c == 'x')
}
