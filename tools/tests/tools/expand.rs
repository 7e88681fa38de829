//! Reads generated code as its derive does, and lists every parameter that it declares. Nothing may be left open: a length, a
//! dim, a dtype, an `Option`, a map or an enum is an error.

use std::collections::{BTreeMap, HashMap};

use syn::punctuated::Punctuated;
use syn::{
    Attribute, BinOp, Expr, ExprLit, Field, Fields, GenericArgument, GenericParam, Item, ItemStruct, Lit, Meta, Path,
};
use syn::{PathArguments, Token, Type};
use weighbridge::DType;

/// Dtypes and shapes of the parameters, by path.
pub(crate) type Expanded = BTreeMap<String, (DType, Vec<usize>)>;

/// The values of const parameters and constants that are in scope.
type Values = HashMap<String, usize>;

struct Code {
    structs: HashMap<String, ItemStruct>,
    constants: Values,
    /// What `type` gives an element type, and what `const` gives a list of dtypes.
    elements: HashMap<String, String>,
    dtypes: HashMap<String, DType>,
    found: Expanded,
}

/// Every parameter of `root`, as the code declares it.
pub(crate) fn expand(code: &str, root: &str) -> Expanded {
    let file = syn::parse_file(code).unwrap_or_else(|error| panic!("{error} in\n{code}"));
    let mut all = Code {
        structs: HashMap::new(),
        constants: HashMap::new(),
        elements: HashMap::new(),
        dtypes: HashMap::new(),
        found: Expanded::new(),
    };
    let mut taken = Vec::new();
    for item in file.items {
        match item {
            Item::Use(_) => {}
            Item::Type(alias) => {
                taken.push(alias.ident.to_string());
                all.elements.insert(alias.ident.to_string(), last(&path(&alias.ty)));
            }
            Item::Const(constant) => {
                taken.push(constant.ident.to_string());
                match *constant.expr {
                    Expr::Reference(list) => {
                        let Expr::Array(list) = *list.expr else { panic!("{}", constant.ident) };
                        let [Expr::Path(dtype)] = list.elems.iter().collect::<Vec<_>>()[..] else { panic!() };
                        let dtype = last(&dtype.path).parse().unwrap();
                        all.dtypes.insert(constant.ident.to_string(), dtype);
                    }
                    number => _ = all.constants.insert(constant.ident.to_string(), all.number(&number, &Values::new())),
                }
            }
            Item::Struct(item) => {
                taken.push(item.ident.to_string());
                all.structs.insert(item.ident.to_string(), item);
            }
            _ => panic!("an item that `generate` does not write in\n{code}"),
        }
    }
    // names of types and of constants differ in more than case, and none means two things
    let names: Vec<String> = taken.iter().map(|name| name.to_lowercase()).collect();
    for (number, name) in taken.iter().enumerate() {
        assert!(!taken[..number].contains(name), "{name} is there twice in\n{code}");
    }
    let structs = all.structs.keys().map(|name| name.to_lowercase());
    assert!(structs.into_iter().all(|name| names.iter().filter(|other| **other == name).count() <= 2), "{code}");
    all.structure(root, &Values::new(), "");
    all.found
}

impl Code {
    fn structure(&mut self, name: &str, values: &Values, place: &str) {
        let item = self.structs.get(name).unwrap_or_else(|| panic!("no struct is {name}")).clone();
        let Fields::Named(fields) = &item.fields else { return };
        let mut identifiers = Vec::new();
        for field in &fields.named {
            let identifier = field.ident.as_ref().unwrap().to_string();
            assert!(!identifiers.contains(&identifier), "{name} has two fields {identifier}");
            identifiers.push(identifier);
            self.field(field, values, place);
        }
    }

    fn field(&mut self, field: &Field, values: &Values, place: &str) {
        let words = Words::of(&field.attrs);
        let identifier = field.ident.as_ref().unwrap().to_string();
        let (name, is_stem) = match words.text("rename") {
            Some(name) => unbraced(&name),
            None => (identifier.trim_start_matches("r#").to_owned(), false),
        };
        let place = if words.has("flatten") { place.to_owned() } else { below(place, &name) };
        match (words.get("len"), &field.ty) {
            (Some(len), Type::Path(list)) if last(&list.path) == "Vec" => {
                for number in 0..self.number(len, values) {
                    let item = if is_stem { format!("{place}{number}") } else { below(&place, &number.to_string()) };
                    self.below(&argument(&field.ty), &words, values, &item);
                }
            }
            (None, ty) if !is_stem => self.below(ty, &words, values, &place),
            _ => panic!("a length without a list, or a list without a length: {identifier}"),
        }
    }

    /// What a type, which is not open, has below a place.
    fn below(&mut self, ty: &Type, words: &Words, values: &Values, place: &str) {
        match ty {
            Type::Array(array) => {
                for number in 0..self.number(&array.len, values) {
                    self.below(&array.elem, words, values, &below(place, &number.to_string()));
                }
            }
            Type::Tuple(tuple) => {
                for (number, item) in tuple.elems.iter().enumerate() {
                    self.below(item, words, values, &below(place, &number.to_string()));
                }
            }
            Type::Path(_) if words.is_parameter => self.parameter(ty, words, values, place),
            Type::Path(module) => {
                let name = last(&module.path);
                let item = self.structs.get(&name).unwrap_or_else(|| panic!("`{name}` at `{place}` is no struct"));
                let parameters: Vec<String> = item
                    .generics
                    .params
                    .iter()
                    .map(|param| match param {
                        GenericParam::Const(param) => param.ident.to_string(),
                        _ => panic!("{name} has parameters that are no numbers"),
                    })
                    .collect();
                let arguments = arguments(&module.path);
                assert_eq!(arguments.len(), parameters.len(), "{name}");
                let own = parameters.into_iter().zip(arguments.iter().map(|argument| self.argument(argument, values)));
                let own = own.collect();
                self.structure(&name, &own, place);
            }
            _ => panic!("a type that `generate` does not write at `{place}`"),
        }
    }

    fn parameter(&mut self, ty: &Type, words: &Words, values: &Values, place: &str) {
        let tensor = path(ty);
        let name = last(&tensor);
        let shape = words.get("shape").map(|shape| match shape {
            Expr::Array(dims) => dims.elems.iter().map(|dim| self.number(dim, values)).collect::<Vec<_>>(),
            _ => panic!("the shape of `{place}`"),
        });
        let given = words.get("dtype").map(|dtype| match dtype {
            Expr::Path(constant) => self.dtypes[&last(&constant.path)],
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value().parse().unwrap(),
            _ => panic!("the dtype of `{place}`"),
        });
        let arguments = arguments(&tensor);
        let rank = shape.as_ref().map_or(0, Vec::len);
        let of_element = |argument: Option<&GenericArgument>| match argument {
            Some(GenericArgument::Type(element)) => self.element(&last(&path(element))),
            _ => None,
        };
        let own = match name.as_str() {
            "AnyTensor" => None,
            "Tensor" => match arguments.first() {
                // candle's
                None => None,
                Some(GenericArgument::Const(Expr::Lit(ExprLit { lit: Lit::Int(of), .. }))) => {
                    assert_eq!(of.base10_parse::<usize>().unwrap(), rank, "`{place}`");
                    let is_bool =
                        matches!(arguments.get(1), Some(GenericArgument::Type(kind)) if last(&path(kind)) == "Bool");
                    is_bool.then_some(DType::BOOL)
                }
                element => Some(of_element(element).unwrap_or_else(|| panic!("the element of `{place}`"))),
            },
            "ArrayD" => of_element(arguments.first()),
            array if array.strip_prefix("Array").is_some_and(|of| of.parse() == Ok(rank)) => {
                of_element(arguments.first())
            }
            scalar => {
                assert!(shape.is_none() && given.is_none(), "`{place}`");
                self.element(scalar)
            }
        };
        let dtype = match (own, given) {
            (Some(dtype), None) | (None, Some(dtype)) => dtype,
            both => panic!("the dtype of `{place}` is open: {both:?}"),
        };
        let is_new = self.found.insert(place.to_owned(), (dtype, shape.unwrap_or_default())).is_none();
        assert!(is_new, "`{place}` is declared twice");
    }

    fn element(&self, name: &str) -> Option<DType> {
        let name = self.elements.get(name).map_or(name, String::as_str);
        Some(match name {
            "bool" => DType::BOOL,
            "Complex64" => DType::C64,
            other => other.to_uppercase().parse().ok()?,
        })
    }

    fn argument(&self, argument: &GenericArgument, values: &Values) -> usize {
        match argument {
            GenericArgument::Const(number) => self.number(number, values),
            GenericArgument::Type(Type::Path(name)) => self.named(&last(&name.path), values),
            _ => panic!("an argument that is no number"),
        }
    }

    fn number(&self, expr: &Expr, values: &Values) -> usize {
        match expr {
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().unwrap(),
            Expr::Path(name) => self.named(&last(&name.path), values),
            Expr::Binary(both) => {
                let (left, right) = (self.number(&both.left, values), self.number(&both.right, values));
                match both.op {
                    BinOp::Mul(_) => left * right,
                    // what is computed leaves nothing over
                    BinOp::Div(_) => Some(left / right).filter(|all| all * right == left).unwrap(),
                    _ => panic!("an operator that `generate` does not write"),
                }
            }
            Expr::MethodCall(call) if call.method == "div_ceil" => {
                self.number(&call.receiver, values).div_ceil(self.number(&call.args[0], values))
            }
            _ => panic!("an expression that is no number"),
        }
    }

    fn named(&self, name: &str, values: &Values) -> usize {
        assert!(!self.structs.contains_key(name), "{name} is a struct, and no number");
        let value = values.get(name).or_else(|| self.constants.get(name));
        *value.unwrap_or_else(|| panic!("{name} is no number"))
    }
}

/// The words of a field's `#[param(..)]` or `#[module(..)]`.
struct Words {
    is_parameter: bool,
    words: Vec<(String, Option<Expr>)>,
}

impl Words {
    fn of(attributes: &[Attribute]) -> Words {
        let mut all = Words { is_parameter: false, words: Vec::new() };
        for attribute in attributes.iter().filter(|attribute| !attribute.path().is_ident("doc")) {
            all.is_parameter = attribute.path().is_ident("param");
            assert!(all.is_parameter || attribute.path().is_ident("module"));
            if let Meta::List(_) = &attribute.meta {
                let metas = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap();
                for meta in metas {
                    let name = last(meta.path());
                    let known = ["rename", "shape", "dtype", "len", "flatten"];
                    assert!(known.contains(&name.as_str()), "{name} is not what `generate` writes");
                    all.words.push((name, meta.require_name_value().ok().map(|meta| meta.value.clone())));
                }
            }
        }
        all
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|(known, _)| known == word)
    }

    fn get(&self, word: &str) -> Option<&Expr> {
        self.words.iter().find(|(known, _)| known == word).and_then(|(_, value)| value.as_ref())
    }

    fn text(&self, word: &str) -> Option<String> {
        match self.get(word)? {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => panic!("`{word}` is no text"),
        }
    }
}

/// The name that a `rename` gives, and whether it is that of a list's items, without their index.
fn unbraced(written: &str) -> (String, bool) {
    let (stem, is_stem) = match written.strip_suffix("{}") {
        Some(stem) if !stem.ends_with('{') || stem.ends_with("{{") => (stem, true),
        _ => (written, false),
    };
    let name = stem.replace("{{", "{").replace("}}", "}");
    assert_eq!(name.replace('{', "{{").replace('}', "}}"), stem, "`{written}` has a brace that is neither");
    (name, is_stem)
}

fn below(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

fn path(ty: &Type) -> Path {
    match ty {
        Type::Path(path) => path.path.clone(),
        _ => panic!("a type without a name"),
    }
}

fn last(path: &Path) -> String {
    path.segments.last().unwrap().ident.to_string()
}

fn arguments(path: &Path) -> Vec<GenericArgument> {
    match &path.segments.last().unwrap().arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().cloned().collect(),
        _ => Vec::new(),
    }
}

/// `T` of `Vec<T>`.
fn argument(ty: &Type) -> Type {
    match arguments(&path(ty)).as_slice() {
        [GenericArgument::Type(item)] => item.clone(),
        _ => panic!("a list of what?"),
    }
}
