//! Writes the types of a fold as Rust code.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use weighbridge_checkpoint::{Checkpoint, DType};
use weighbridge_lock::{counted, literal};

use super::constants::{Constants, Used, number};
use super::floats::Floats;
use super::fold::Fold;
use super::ident::Fields;
use super::keys::Keys;
use super::layer::{doc, layer};
use super::layout::{Written, attribute, field, head};
use super::library::{Held, Wanted, element, reserved, typed};
use super::naming::TypeNames;
use super::numbers::{AllNumbers, Number, Numbers};
use super::options::Options;
use super::quantised::note;
use super::sizes::{Size, Sizes};
use super::types::{Name, Role, Type, TypeId};
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
    floats: Floats,
    /// By the module that has them.
    imports: RefCell<BTreeMap<&'static str, BTreeSet<&'static str>>>,
    /// Whether numbers have the names of keys, and modules take arguments in place of const parameters.
    is_named: bool,
}

/// The whole file.
pub(super) fn text(checkpoint: &Checkpoint, options: &Options, fold: &Fold, sizes: &Sizes) -> String {
    let order = in_order(fold);
    let floats = Floats::of(checkpoint, &options.name);
    let reserved = [reserved(options.library).as_slice(), &floats.names()].concat();
    let mut writer = Writer {
        options,
        fold,
        sizes,
        numbers: AllNumbers::of(fold, sizes),
        names: TypeNames::of(fold, &order, &options.name, &reserved),
        constants: Constants::default(),
        used: RefCell::default(),
        floats,
        imports: RefCell::new([("weighbridge", ["Module"].into())].into()),
        is_named: false,
    };
    writer.is_named =
        writer.keys().is_some_and(|keys| !keys.is_empty()) && order.iter().all(|ty| writer.takes_arguments(*ty));
    writer.used.take();
    let parameters = writer.numbers.values().flat_map(|numbers| &numbers.parameters).map(|(name, _)| name.as_str());
    // if a type and a constant had one name, an argument would be the type
    let types = writer.names.types.values().map(String::as_str);
    let taken: HashSet<String> = parameters.chain(types).chain(writer.floats.names()).map(str::to_owned).collect();
    // the first time, only count how often each number is written
    order.iter().for_each(|ty| drop(writer.definition(*ty)));
    let constants = Constants::of(&writer.used.borrow(), sizes, taken, writer.keys());
    writer.constants = constants;
    let definitions: Vec<String> = order.iter().map(|ty| writer.definition(*ty)).collect();

    let aliases = writer.floats.aliases();
    writer.import(&writer.floats.imports());
    let config = options.config.as_ref().filter(|_| writer.is_named).map(|(label, _)| label.as_str());
    let mut out = comment(checkpoint, &options.selection.calls(), config);
    for (from, names) in writer.imports.borrow().iter() {
        let names: Vec<&str> = names.iter().copied().collect();
        match names.as_slice() {
            [name] => _ = writeln!(out, "use {from}::{name};"),
            names => _ = writeln!(out, "use {from}::{{{}}};", names.join(", ")),
        }
    }
    for alias in aliases {
        out.push('\n');
        out.push_str(&alias);
    }
    if !writer.constants.listed.is_empty() {
        out.push('\n');
    }
    for (name, value) in &writer.constants.listed {
        _ = writeln!(out, "pub const {name}: usize = {};{}", number(*value), writer.keys_beside(name));
    }
    for definition in definitions {
        out.push('\n');
        out.push_str(&definition);
    }
    out
}

/// The comment at the top of the file. `calls` are those of a loader that sees the file as the code does.
fn comment(checkpoint: &Checkpoint, calls: &str, config: Option<&str>) -> String {
    let name = file_name(checkpoint.label());
    let tensors = counted(checkpoint.len(), "tensor");
    let mut out = format!("// Loads `{}` strictly: {tensors}.\n", name);
    out.push_str("// Generated from the names, dtypes and shapes in it, and meant to be edited.\n");
    if checkpoint.iter().any(|entry| entry.dtype() == DType::V2) {
        out.push_str("// The file's untyped elements of two bytes (V2) are taken to be bfloat16.\n");
    }
    if !calls.is_empty() {
        _ = writeln!(out, "// The file has other names, or more of them: load it with `Loader::new(){calls}`.");
    }
    if let Some(config) = config {
        let path = literal(config);
        _ = writeln!(
            out,
            "// Dims in quotes are keys of its configuration: `Loader::new().config_file({path})` compares them too."
        );
    }
    out.push('\n');
    out
}

/// The last component of a path.
fn file_name(label: &str) -> Cow<'_, str> {
    let name = Path::new(label).file_name().map_or(label.into(), |name| name.to_string_lossy());
    Cow::Owned(quiet(&name))
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
        if let Type::Struct { .. } | Type::Enum(_) = fold.types.get(ty) {
            if layer(fold, ty).is_some() { layers.push(ty) } else { order.push(ty) }
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
        let (fields, role) = match self.fold.types.get(ty) {
            Type::Struct { fields, role, .. } => (fields, role),
            Type::Enum(variants) => return out + &self.variants(name, &parameters, variants),
            _ => return out,
        };
        if fields.is_empty() {
            _ = writeln!(out, "pub struct {name};");
            return out;
        }
        if self.is_named && !parameters.is_empty() {
            let names: Vec<String> = parameters.iter().map(|name| name.to_lowercase()).collect();
            out.push_str(&attribute(0, "module", &[(&format!("args({})", names.join(", ")), String::new())]));
        }
        out.push_str(&head("struct", name, if self.is_named { &[] } else { &parameters }));
        self.fields(&mut out, ty, fields, numbers, *role);
        out.push_str("}\n");
        out
    }

    /// An enum of linear layers, each of which takes the enum's parameters.
    fn variants(&self, name: &str, parameters: &[String], variants: &[TypeId]) -> String {
        let mut out = String::new();
        if self.is_named {
            out.push_str(&attribute(0, "module", &[("args(in, out)", String::new())]));
        }
        out.push_str(&head("enum", name, if self.is_named { &[] } else { parameters }));
        for ty in variants {
            let layer = &self.names.types[ty];
            let short = match layer.strip_prefix("Linear") {
                Some(rest) => format!("Float{rest}"),
                None => layer.replacen("Linear", "", 1),
            };
            out.push_str(&match self.is_named {
                true => format!("    {short}(#[module(args(in = \"in\", out = \"out\"))] {layer}),\n"),
                false => format!("    {short}({layer}<{}>),\n", parameters.join(", ")),
            });
        }
        out + "}\n"
    }

    fn fields(&self, out: &mut String, ty: TypeId, fields: &[(Name, TypeId)], numbers: &Numbers, role: Role) {
        let flatten = matches!(role, Role::Root { list: true });
        let shape = |name: &Name| match role {
            Role::Quantised(quantised) => {
                let sizes: Vec<String> = (0..numbers.all.len()).map(|at| self.number(numbers, at, true)).collect();
                quantised.shape(name.text(), &sizes)
            }
            _ => None,
        };
        let site = self.fold.uses[&ty].sites.first().map(String::as_str).unwrap_or_default();
        let list = site.rsplit('.').find(|part| *part != "*").unwrap_or_default();
        let mut identifiers = Fields::of(fields.iter().map(|(name, _)| name));
        let (mut at, mut before) = (0, None);
        for (name, ty) in fields {
            if flatten {
                out.push_str(&attribute(4, "module", &[("flatten", String::new())]));
                out.push_str(&field("layers", &self.written(*ty, numbers, at)));
            } else {
                let (identifier, rename) = match name {
                    Name::Numbered(stem) => (identifiers.of_list(stem), Some(braced(stem) + "{}")),
                    Name::Exact(part) if before == Some(name) => (identifiers.of_parts(part, list), Some(braced(part))),
                    Name::Exact(name) => {
                        let (identifier, is_renamed) = identifiers.identifier(name, list);
                        (identifier, is_renamed.then(|| braced(name)))
                    }
                };
                self.field(out, (&identifier, rename, shape(name)), *ty, numbers, at);
            }
            at += self.fold.types.count(*ty);
            before = Some(name);
        }
    }

    fn field(
        &self,
        out: &mut String,
        (identifier, rename, shape): (&str, Option<String>, Option<String>),
        ty: TypeId,
        numbers: &Numbers,
        at: usize,
    ) {
        let mut arguments: Vec<(&str, String)> = rename.map(|name| ("rename", literal(&name))).into_iter().collect();
        let written = match self.fold.types.get(ty) {
            Type::Tensor { dtype, zeros, overflows } => {
                self.tensor(self.held(*dtype, zeros.len(), *overflows, true), *dtype, zeros.len())
            }
            Type::List(item) => {
                arguments.push(("len", self.number(numbers, at, false)));
                Written::Generic("Vec".to_owned(), vec![self.written(*item, numbers, at + 1)])
            }
            _ => self.written(ty, numbers, at),
        };
        if !self.fold.types.is_parameter(ty) {
            let given = if self.is_named { self.arguments_of(ty, numbers, at).pop() } else { None };
            let given =
                given.map(|given| given.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>());
            let given = given.map(|given| format!("args({})", given.join(", ")));
            arguments.extend(given.as_deref().map(|given| (given, String::new())));
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
        if let Type::Tensor { dtype, zeros, overflows } = self.fold.types.get(tensor) {
            let held = self.held(*dtype, zeros.len(), *overflows, tensor == ty);
            if held.needs_shape() {
                let mut next = first..;
                let mut number = || next.next().map_or_else(String::new, |at| self.number(numbers, at, true));
                let dim = |zero: &bool| if *zero { "0".to_owned() } else { number() };
                let dims = zeros.iter().map(dim);
                arguments
                    .push(("shape", shape.unwrap_or_else(|| format!("[{}]", dims.collect::<Vec<_>>().join(", ")))));
            }
            if held.needs_dtype() {
                arguments.push(("dtype", self.floats.dtype(*dtype).unwrap_or_else(|| literal(typed(*dtype).name()))));
            }
        }
        out.push_str(&attribute(4, "param", &arguments));
        out.push_str(&field(identifier, &written));
    }

    fn held(&self, dtype: DType, rank: usize, overflows: bool, is_field: bool) -> Held {
        Held::of(self.options.library, Wanted { dtype, rank, overflows, is_field })
    }

    fn tensor(&self, held: Held, dtype: DType, rank: usize) -> Written {
        self.import(&held.imports());
        let mut name = "";
        if let (true, Some((element, from))) = (held.has_element(), element(dtype)) {
            name = self.floats.element(dtype).unwrap_or_else(|| {
                self.import(&from.map(|from| (from, element)).into_iter().collect::<Vec<_>>());
                element
            });
        }
        held.written(name, rank)
    }

    fn import(&self, names: &[(&'static str, &'static str)]) {
        for (from, name) in names {
            self.imports.borrow_mut().entry(from).or_default().insert(name);
        }
    }

    /// The type of a place whose numbers begin at `at` among the numbers of the type around it.
    fn written(&self, ty: TypeId, numbers: &Numbers, at: usize) -> Written {
        match self.fold.types.get(ty) {
            Type::Tensor { dtype, zeros, overflows } => {
                self.tensor(self.held(*dtype, zeros.len(), *overflows, false), *dtype, zeros.len())
            }
            Type::List(item) => {
                let length = self.length(numbers, at);
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
            Type::Struct { .. } | Type::Enum(_) => {
                let own = &self.numbers[&ty].parameters;
                if self.is_named {
                    return Written::Generic(self.names.types[&ty].clone(), Vec::new());
                }
                let arguments = own.iter().map(|(_, first)| Written::Name(self.number(numbers, at + first, false)));
                Written::Generic(self.names.types[&ty].clone(), arguments.collect())
            }
        }
    }

    fn keys(&self) -> Option<&Keys> {
        self.options.config.as_ref().map(|(_, keys)| keys)
    }

    /// The keys that have a constant's number, as a comment.
    fn keys_beside(&self, constant: &str) -> String {
        let size = self.constants.names.iter().find(|(_, name)| *name == constant).map(|(size, _)| *size);
        let keys = self.keys().zip(size).map_or(&[][..], |(keys, size)| keys.of_number(self.sizes.meaning(size)));
        let Some((label, _)) = self.options.config.as_ref().filter(|_| !keys.is_empty()) else { return String::new() };
        let more = if keys.len() > SHOWN { ", …" } else { "" };
        let keys: Vec<String> = keys.iter().take(SHOWN).map(|key| literal(key)).collect();
        format!(" // {}{more} in {}", keys.join(" or "), file_name(label))
    }

    /// Whether the modules in a type can take arguments: those in each field get the same ones, and no length of an array is one.
    fn takes_arguments(&self, ty: TypeId) -> bool {
        let Type::Struct { fields, .. } = self.fold.types.get(ty) else { return true };
        let numbers = &self.numbers[&ty];
        let mut at = 0;
        fields.iter().all(|(_, field)| {
            let begin = at;
            at += self.fold.types.count(*field);
            let mut given = self.arguments_of(*field, numbers, begin);
            given.dedup();
            given.len() < 2 && self.has_fixed_arrays(*field, numbers, begin, true)
        })
    }

    /// Whether the lists in a field that become arrays have a constant length.
    fn has_fixed_arrays(&self, ty: TypeId, numbers: &Numbers, at: usize, is_field: bool) -> bool {
        match self.fold.types.get(ty) {
            Type::List(item) => {
                let is_fixed = is_field || matches!(numbers.all[at], Number::Constant(_));
                is_fixed && self.has_fixed_arrays(*item, numbers, at + 1, false)
            }
            Type::Tuple(items) => {
                let mut at = at;
                items.iter().flatten().all(|item| {
                    let begin = at;
                    at += self.fold.types.count(*item);
                    self.has_fixed_arrays(*item, numbers, begin, false)
                })
            }
            Type::Tensor { .. } | Type::Enum(_) | Type::Struct { .. } => true,
        }
    }

    /// The arguments of each module in a field that has any: the name of each, and what it is.
    fn arguments_of(&self, ty: TypeId, numbers: &Numbers, at: usize) -> Vec<Vec<(String, String)>> {
        match self.fold.types.get(ty) {
            Type::Tensor { .. } => Vec::new(),
            Type::List(item) => self.arguments_of(*item, numbers, at + 1),
            Type::Tuple(items) => {
                let mut at = at;
                let of_item = |item: &TypeId| {
                    let begin = at;
                    at += self.fold.types.count(*item);
                    self.arguments_of(*item, numbers, begin)
                };
                items.iter().flatten().flat_map(of_item).collect()
            }
            Type::Struct { .. } | Type::Enum(_) => {
                let own = &self.numbers[&ty].parameters;
                let given =
                    own.iter().map(|(name, first)| (name.to_lowercase(), self.number(numbers, at + first, false)));
                let given: Vec<_> = given.collect();
                if given.is_empty() { Vec::new() } else { vec![given] }
            }
        }
    }

    /// The length of an array, which is a constant.
    fn length(&self, numbers: &Numbers, at: usize) -> String {
        match numbers.all[at] {
            Number::Constant(size) if self.is_named => self.constant(size, false),
            _ => self.number(numbers, at, false),
        }
    }

    fn constant(&self, size: Size, in_shape: bool) -> String {
        self.used.borrow_mut().note(size, in_shape);
        self.constants.text(size, self.sizes)
    }

    fn number(&self, numbers: &Numbers, at: usize, in_shape: bool) -> String {
        match numbers.all[at] {
            Number::Parameter(number) if self.is_named => literal(&numbers.parameters[number].0.to_lowercase()),
            Number::Parameter(number) => numbers.parameters[number].0.clone(),
            Number::Constant(size) => {
                let key = self.keys().filter(|_| self.is_named).and_then(|keys| keys.only(self.sizes.meaning(size)));
                if let Some(key) = key {
                    return literal(key);
                }
                self.constant(size, in_shape)
            }
        }
    }

    fn doc(&self, ty: TypeId) -> String {
        if self.fold.root == Some(ty) {
            return "The whole checkpoint.".to_owned();
        }
        if let Some(layer) = layer(self.fold, ty) {
            return doc(layer);
        }
        let sites = &self.fold.uses[&ty].sites;
        let shown: Vec<String> = sites.iter().take(SHOWN).map(|site| format!("`{}`", quiet(site))).collect();
        let more = match sites.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let note = match self.fold.types.get(ty) {
            Type::Struct { fields, .. } => note(fields.iter().map(|(name, _)| name.text())),
            _ => "",
        };
        format!("At {}{more}.{note}", shown.join(", "))
    }
}

/// A name as `rename` has it: a brace of the name is written twice, because `{}` is the index of an item.
fn braced(name: &str) -> String {
    name.replace('{', "{{").replace('}', "}}")
}
