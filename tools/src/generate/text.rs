//! Writes the types of a fold as Rust code.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use weighbridge_checkpoint::{Checkpoint, DType};
use weighbridge_lock::{counted, literal};

use super::constants::{Constants, Used, number};
use super::fold::Fold;
use super::ident::Fields;
use super::layout::{Written, attribute, field, head, variant};
use super::naming::TypeNames;
use super::numbers::{AllNumbers, Layer, Number, Numbers, layer};
use super::options::Options;
use super::sizes::Sizes;
use super::types::{Role, Type, TypeId};
use crate::shown::shown;

/// How many places the documentation of a type names.
const SHOWN: usize = 3;

struct Writer<'a> {
    options: &'a Options,
    fold: &'a Fold,
    sizes: &'a Sizes,
    numbers: HashMap<TypeId, Numbers>,
    names: TypeNames,
    constants: Constants,
    used: RefCell<Used>,
    /// The imports from `half` and from `weighbridge`.
    half: RefCell<BTreeSet<&'static str>>,
    weighbridge: RefCell<BTreeSet<&'static str>>,
}

/// The whole file.
pub(super) fn text(checkpoint: &Checkpoint, options: &Options, fold: &Fold, sizes: &Sizes) -> String {
    let order = in_order(fold);
    let mut writer = Writer {
        options,
        fold,
        sizes,
        numbers: AllNumbers::of(fold, sizes),
        names: TypeNames::of(fold, &order, &options.name),
        constants: Constants::default(),
        used: RefCell::default(),
        half: RefCell::default(),
        weighbridge: RefCell::new(["Module"].into()),
    };
    let parameters = writer.numbers.values().flat_map(|numbers| &numbers.parameters).map(|(name, _)| name.clone());
    // if a type and a constant had one name, an argument would be the type
    let taken: HashSet<String> = parameters.chain([options.name.clone()]).collect();
    // the first time, only count how often each number is written
    order.iter().for_each(|ty| drop(writer.definition(*ty)));
    writer.constants = Constants::of(&writer.used.borrow(), sizes, taken);
    let definitions: Vec<String> = order.iter().map(|ty| writer.definition(*ty)).collect();

    let mut out = comment(checkpoint);
    for (from, names) in [("half", &writer.half), ("weighbridge", &writer.weighbridge)] {
        let names: Vec<&str> = names.borrow().iter().copied().collect();
        match names.as_slice() {
            [] => {}
            [name] => _ = writeln!(out, "use {from}::{name};"),
            names => _ = writeln!(out, "use {from}::{{{}}};", names.join(", ")),
        }
    }
    if !writer.constants.listed.is_empty() {
        out.push('\n');
    }
    for (name, value) in &writer.constants.listed {
        _ = writeln!(out, "pub const {name}: usize = {};", number(*value));
    }
    for definition in definitions {
        out.push('\n');
        out.push_str(&definition);
    }
    out
}

/// The comment at the top of the file.
fn comment(checkpoint: &Checkpoint) -> String {
    let label = checkpoint.label();
    let name = Path::new(label).file_name().map_or(label.into(), |name| name.to_string_lossy());
    let tensors = counted(checkpoint.len(), "tensor");
    let mut out = format!("// Loads `{}` strictly: {tensors}.\n", quiet(&name));
    out.push_str("// Generated from the names, dtypes and shapes in it, and meant to be edited.\n");
    if checkpoint.iter().any(|entry| entry.dtype() == DType::V2) {
        out.push_str("// The file's untyped elements of two bytes (V2) are taken to be bfloat16.\n");
    }
    out.push('\n');
    out
}

/// A name to stand between backticks.
fn quiet(name: &str) -> String {
    shown(name).replace('`', "'")
}

/// The types in reading order: from the root down, with well-known layers last.
fn in_order(fold: &Fold) -> Vec<TypeId> {
    let (mut order, mut layers, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    let mut next: Vec<TypeId> = fold.root.into_iter().collect();
    while let Some(ty) = next.pop() {
        if !seen.insert(ty) {
            continue;
        }
        match fold.types.get(ty) {
            Type::Struct { role, .. } => {
                let known = layer(fold, ty).is_some() && !matches!(role, Role::Root { .. });
                if known { layers.push(ty) } else { order.push(ty) }
            }
            Type::Enum { .. } => order.push(ty),
            _ => {}
        }
        next.extend(fold.types.parts(ty).into_iter().rev());
    }
    order.extend(layers);
    order
}

impl Writer<'_> {
    fn definition(&self, ty: TypeId) -> String {
        let numbers = &self.numbers[&ty];
        let mut out = format!("/// {}\n#[derive(Clone, Debug, Module)]\n", self.doc(ty));
        let is_root = self.fold.root == Some(ty);
        if let (true, Some(path)) = (is_root, &self.options.verify) {
            out.push_str(&attribute(0, "module", &[("verify", literal(path))]));
        }
        let name = &self.names.types[&ty];
        let parameters: Vec<String> = numbers.parameters.iter().map(|(name, _)| name.clone()).collect();
        match self.fold.types.get(ty) {
            Type::Struct { fields, .. } if fields.is_empty() => _ = writeln!(out, "pub struct {name};"),
            Type::Struct { fields, role, .. } => {
                out.push_str(&head("struct", name, &parameters));
                let flatten = matches!(role, Role::Root { list: true });
                self.fields(&mut out, ty, fields, numbers, flatten);
                out.push_str("}\n");
            }
            Type::Enum { variants, .. } => {
                out.push_str(&head("enum", name, &parameters));
                let mut at = 0;
                for (ty, name) in variants.iter().zip(&self.names.variants[&ty]) {
                    // an enum is as large as its largest variant, which may be far larger than the others
                    let boxed = Written::Generic("Box".to_owned(), vec![self.written(*ty, numbers, at)]);
                    out.push_str(&variant(name, &boxed));
                    at += self.fold.types.count(*ty);
                }
                out.push_str("}\n");
            }
            _ => {}
        }
        out
    }

    fn fields(&self, out: &mut String, ty: TypeId, fields: &[(String, TypeId)], numbers: &Numbers, flatten: bool) {
        let site = self.fold.uses[&ty].sites.first().map(String::as_str).unwrap_or_default();
        let list = site.rsplit('.').find(|part| *part != "*").unwrap_or_default();
        let mut identifiers = Fields::of(fields.iter().map(|(name, _)| name));
        let mut at = 0;
        for (name, ty) in fields {
            if flatten {
                out.push_str(&attribute(4, "module", &[("flatten", String::new())]));
                out.push_str(&field("layers", &self.written(*ty, numbers, at)));
            } else {
                let (identifier, renamed) = identifiers.identifier(name, list);
                let rename = renamed.then(|| ("rename", literal(name)));
                self.field(out, &identifier, rename, *ty, numbers, at);
            }
            at += self.fold.types.count(*ty);
        }
    }

    fn field(
        &self,
        out: &mut String,
        identifier: &str,
        rename: Option<(&'static str, String)>,
        ty: TypeId,
        numbers: &Numbers,
        at: usize,
    ) {
        let mut arguments: Vec<(&str, String)> = rename.into_iter().collect();
        let mut written = self.written(ty, numbers, at);
        if let (Type::List(_), Written::Array(item, len)) = (self.fold.types.get(ty), &mut written) {
            arguments.push(("len", len.clone()));
            let item = std::mem::replace(&mut **item, Written::Tuple(Vec::new()));
            written = Written::Generic("Vec".to_owned(), vec![item]);
        }
        if !self.fold.types.is_parameter(ty) {
            if !arguments.is_empty() {
                out.push_str(&attribute(4, "module", &arguments));
            }
            out.push_str(&field(identifier, &written));
            return;
        }
        let (mut tensor, mut first) = (ty, at);
        while let Type::List(item) = self.fold.types.get(tensor) {
            (tensor, first) = (*item, first + 1);
        }
        if let Type::Tensor { dtype, zeros } = self.fold.types.get(tensor) {
            let scalar = element(*dtype).filter(|_| tensor == ty && zeros.is_empty());
            if let Some((scalar, _)) = scalar {
                written = Written::Name(scalar.to_owned());
            } else {
                let mut next = first..;
                let dim = |zero: &bool| {
                    if *zero {
                        "0".to_owned()
                    } else {
                        next.next().map_or_else(String::new, |at| self.number(numbers, at, true))
                    }
                };
                let dims = zeros.iter().map(dim);
                arguments.push(("shape", format!("[{}]", dims.collect::<Vec<_>>().join(", "))));
            }
            if element(*dtype).is_none() {
                arguments.push(("dtype", literal(dtype.name())));
            } else if scalar.is_none() {
                self.weighbridge.borrow_mut().insert("Tensor");
            }
        }
        out.push_str(&attribute(4, "param", &arguments));
        out.push_str(&field(identifier, &written));
    }

    /// The type of a place whose numbers begin at `at` among the numbers of the type around it.
    fn written(&self, ty: TypeId, numbers: &Numbers, at: usize) -> Written {
        match self.fold.types.get(ty) {
            Type::Tensor { dtype, .. } => match element(*dtype) {
                Some((element, from)) => {
                    match from {
                        Some("half") => _ = self.half.borrow_mut().insert(element),
                        Some(_) => _ = self.weighbridge.borrow_mut().insert(element),
                        None => {}
                    }
                    Written::Generic("Tensor".to_owned(), vec![Written::Name(element.to_owned())])
                }
                None => {
                    self.weighbridge.borrow_mut().insert("AnyTensor");
                    Written::Name("AnyTensor".to_owned())
                }
            },
            Type::List(item) => {
                let length = self.number(numbers, at, false);
                Written::Array(Box::new(self.written(*item, numbers, at + 1)), length)
            }
            Type::Tuple(items) => {
                let mut at = at;
                let item = |item: &Option<TypeId>| {
                    let Some(ty) = *item else { return Written::Name("()".to_owned()) };
                    let written = self.written(ty, numbers, at);
                    at += self.fold.types.count(ty);
                    written
                };
                Written::Tuple(items.iter().map(item).collect())
            }
            Type::Struct { .. } | Type::Enum { .. } => {
                let own = &self.numbers[&ty].parameters;
                let arguments = own.iter().map(|(_, first)| Written::Name(self.number(numbers, at + first, false)));
                Written::Generic(self.names.types[&ty].clone(), arguments.collect())
            }
        }
    }

    fn number(&self, numbers: &Numbers, at: usize, in_shape: bool) -> String {
        match numbers.all[at] {
            Number::Parameter(number) => numbers.parameters[number].0.clone(),
            Number::Constant(size) => {
                self.used.borrow_mut().note(size, in_shape);
                self.constants.text(size, self.sizes)
            }
        }
    }

    fn doc(&self, ty: TypeId) -> String {
        if self.fold.root == Some(ty) {
            return "The whole checkpoint.".to_owned();
        }
        if let Some(layer) = layer(self.fold, ty) {
            return layer_doc(layer);
        }
        let sites = &self.fold.uses[&ty].sites;
        let shown: Vec<String> = sites.iter().take(SHOWN).map(|site| format!("`{}`", quiet(site))).collect();
        let more = match sites.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let one_of = if matches!(self.fold.types.get(ty), Type::Enum { .. }) { ": whichever the file has" } else { "" };
        format!("At {}{more}{one_of}.", shown.join(", "))
    }
}

fn layer_doc(layer: Layer) -> String {
    match layer {
        Layer::Linear { bias: false, .. } => "A linear layer without a bias; its weight is `[out, in]`.".to_owned(),
        Layer::Linear { transposed: false, .. } => "A linear layer; its weight is `[out, in]`.".to_owned(),
        Layer::Linear { transposed: true, .. } => "A linear layer; its weight is `[in, out]`.".to_owned(),
        Layer::Embedding => "A table of embeddings, one in each row.".to_owned(),
        Layer::Norm { bias: false } => "A normalisation with a scale.".to_owned(),
        Layer::Norm { bias: true } => "A normalisation with a scale and a shift.".to_owned(),
        Layer::BatchNorm => "A batch normalisation with its running statistics.".to_owned(),
        Layer::Conv { dims, last } => {
            let kernel = vec!["kernel"; dims].join(", ");
            let dims = if last { format!("out, {kernel}, in") } else { format!("out, in, {kernel}") };
            format!("A convolution; its weight is `[{dims}]`.")
        }
        Layer::Quantized => "A quantised matrix: packed integers, and a scale and a bias for each group.".to_owned(),
    }
}

/// The Rust type of a dtype's elements and the crate that has it, or `None` if there is none.
fn element(dtype: DType) -> Option<(&'static str, Option<&'static str>)> {
    Some(match dtype {
        DType::BOOL => ("bool", None),
        DType::U8 => ("u8", None),
        DType::U16 => ("u16", None),
        DType::U32 => ("u32", None),
        DType::U64 => ("u64", None),
        DType::I8 => ("i8", None),
        DType::I16 => ("i16", None),
        DType::I32 => ("i32", None),
        DType::I64 => ("i64", None),
        DType::F32 => ("f32", None),
        DType::F64 => ("f64", None),
        DType::F16 => ("f16", Some("half")),
        DType::BF16 | DType::V2 => ("bf16", Some("half")),
        DType::C64 => ("Complex64", Some("weighbridge")),
        _ => return None,
    })
}
