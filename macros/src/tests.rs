//! The expansion of each struct in `tests/expand`, as it is printed there below the struct.
//!
//! `WEIGHBRIDGE_GOLDENS=rewrite cargo test -p weighbridge-macros` writes the expansions again; read the difference.

use std::path::{Path, PathBuf};
use std::{env, fs};

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::LitStr;

use crate::expand;
use crate::symbol::{DTYPES, QUANTISED};
use crate::value::inside;

const MARK: &str = "// expands to\n";

fn goldens() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expand");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The struct in the golden, and what it expands to.
fn split(text: &str) -> (&str, &str) {
    text.split_once(MARK).unwrap_or((text, ""))
}

fn expanded(source: &str) -> String {
    let input = syn::parse_str(source).unwrap();
    prettyplease::unparse(&syn::parse2(expand::derive(&input).into_token_stream()).unwrap())
}

#[test]
fn goldens_hold() {
    let rewrite = env::var_os("WEIGHBRIDGE_GOLDENS").is_some_and(|value| value == "rewrite");
    for file in goldens() {
        let text = fs::read_to_string(&file).unwrap();
        let (source, expected) = split(&text);
        let expanded = expanded(source);
        if rewrite {
            fs::write(&file, format!("{}\n\n{MARK}{expanded}", source.trim_end())).unwrap();
        } else {
            assert_eq!(expanded, expected, "{}", file.display());
        }
    }
}

/// The other spelling of the same attributes.
fn in_weighbridge(source: &str) -> String {
    let param = source.replace("#[param(", "#[weighbridge(param, ").replace("#[param]", "#[weighbridge(param)]");
    param.replace("#[module(", "#[weighbridge(")
}

#[test]
fn goldens_expand_to_the_same_in_the_other_spelling() {
    let mut changed = 0;
    for file in goldens() {
        let text = fs::read_to_string(&file).unwrap();
        let (source, expected) = split(&text);
        if expected.contains("compile_error!") {
            continue;
        }
        let other = in_weighbridge(source);
        changed += usize::from(other != source);
        // the message of a type that cannot be a field has the spelling
        let alike = |source: &str| expanded(source).replace("Here<__wb::", "<__wb::");
        assert_eq!(alike(&other), expected, "{}", file.display());
        // this derive does not look at another's attributes
        let with_others = other.replace("#[weighbridge(", "#[module(constant)] #[param = 0] #[weighbridge(");
        assert_eq!(alike(&with_others), expected, "{}", file.display());
    }
    assert!(changed >= 8, "{changed}");
}

#[test]
fn where_param_stands_does_not_matter() {
    let first = expanded("struct A { #[weighbridge(param, shape = [N, 2], dtype = \"F32\")] a: T }");
    for other in [
        "#[weighbridge(shape = [N, 2], dtype = \"F32\", param)]",
        "#[weighbridge(shape = [N, 2], param, dtype = \"F32\",)]",
        "#[weighbridge(shape = [N, 2])] #[weighbridge(dtype = \"F32\")] #[weighbridge(param)]",
    ] {
        assert_eq!(expanded(&format!("struct A {{ {other} a: T }}")), first, "{other}");
    }
    // `Params` stands in a value, and is no misspelt `param`
    let module = expanded("struct A { #[weighbridge(skip = Cache::<Key, Params>::new())] a: T }");
    assert!(!module.contains("compile_error!"), "{module}");
}

#[test]
fn one_attribute_decides_for_the_type() {
    for source in [
        "#[weighbridge(ignore = \"a\")] struct A { #[module(constant)] a: T }",
        "struct A { #[module(constant)] a: T, #[weighbridge(skip)] b: U }",
        "enum A { B(#[module(constant)] T), C { #[weighbridge(param)] c: f32 } }",
    ] {
        let expanded = expanded(source);
        assert!(!expanded.contains("compile_error!"), "{expanded}");
    }
    let expanded = expanded("enum A { #[weighbridge(rename = \"b\")] B(#[module(constant)] T) }");
    assert_eq!(expanded.matches("compile_error!").count(), 1, "{expanded}");
}

#[test]
fn four_fields_expand_to_forty_lines() {
    for golden in ["four_fields.rs", "four_parameters.rs"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expand").join(golden)).unwrap();
        let lines = expanded(split(&text).0).lines().count();
        assert!(lines <= 40, "{golden}: {lines} lines");
    }
}

/// The function that makes the node of a struct, and the pairs of fields that it compares.
fn compared(fields: &str) -> String {
    let expanded: String = expanded(&format!("struct A {{ {fields} }}")).split_whitespace().collect();
    // a tie is checked around it
    let node = expanded.split_once("__wb::Node::").unwrap().1.split_once(';').unwrap().0;
    let (function, arguments) = node.split_once("(&[").unwrap();
    // the pairs stand behind the fields
    let pairs = arguments
        .rsplit_once(",&[")
        .map_or(String::new(), |(_, pairs)| format!("&[{}", pairs.trim_end_matches([',', ')'])));
    format!("{function}({pairs})")
}

#[test]
fn fields_are_compared_only_where_their_names_may_lead_to_one_path() {
    for plain in [
        "a: B, ab: B",
        "a: B, #[param(shape = [2], tied = \"a\")] c: T",
        "#[module(rename = \"a.b\")] c: B, d: B, #[module(rename = \"a.d\")] e: B",
        "a: B, #[module(skip)] b: B",
        "a: B, #[module(alias = \"d\")] c: B",
        "#[module(flatten)] a: B, #[module(skip)] b: B",
        "#[module(len = 2)] a: Vec<B>, #[param(shape = [2], dtype = \"F32\")] b: T",
        "#[param(shape = [2, 2], from = transpose)] a: T, b: B",
        "#[param(shape = [2], from = transpose(of = \"e\"))] a: T, b: B",
        "#[param(shape = [2], from = stack(\"e.{}.a\"))] a: T, #[param(shape = [2], from = stack(\"e.{}.b\"))] b: T",
    ] {
        assert_eq!(compared(plain), "apart()", "{plain}");
    }
    for (fields, pairs) in [
        ("b: B, a: B, #[module(rename = \"a.b\")] c: B", "(1,2)"),
        ("#[module(rename = \"a.b\")] c: B, x: B, #[module(alias = \"a\")] d: B", "(0,2)"),
        ("a: B, #[module(skip)] b: B, #[module(flatten)] c: B", "(1,1)"),
        ("a: B, #[param(shape = [2], from = transpose(of = \"a.b\"))] c: T", "(0,1)"),
        ("#[module(rename = \"e.7\")] a: B, #[param(shape = [2], from = stack(\"e.{}.a\"))] b: T", "(0,1)"),
        (
            "#[param(shape = [2], from = slice(dim = 0, of = \"e\"))] a: T, b: B, \
             #[param(shape = [2], from = slice(dim = 0, of = \"e\", start = 2))] c: T",
            "(0,2)",
        ),
    ] {
        assert_eq!(compared(fields), format!("compared(&[{pairs}])"), "{fields}");
    }
}

/// How many bounds a struct has whose fields have as many types.
fn bound_count(generics: &str, types: usize) -> usize {
    let fields: String = (0..types).map(|number| format!("a{number}: B{number},")).collect();
    let expanded = expanded(&format!("struct A{generics} {{ {fields} }}"));
    (0..types).filter(|number| expanded.contains(&format!("B{number}: __wb::Tree"))).count()
}

#[test]
fn every_type_of_a_field_is_a_bound() {
    assert_eq!(bound_count("", 100), 100);
    assert_eq!(bound_count("<T>", 100), 100);
}

#[test]
fn dtypes_are_those_of_the_runtime() {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lock/src/dtype.rs");
    // A packaged crate has no neighbour to compare with.
    let Ok(text) = fs::read_to_string(runtime) else { return };
    let lines = text.lines().filter_map(|line| line.trim().split_once(" = \"")?.1.split_once("\", "));
    let of =
        |end: &str| lines.clone().filter(|(_, rest)| rest.ends_with(end)).map(|(name, _)| name).collect::<Vec<_>>();
    let quantised = of(" of a row;");
    let names: Vec<_> = of(";").into_iter().filter(|name| !quantised.contains(name)).collect();
    assert_eq!((names.as_slice(), quantised.as_slice()), (DTYPES, QUANTISED));
}

#[test]
fn a_field_default_is_refused() {
    let expanded = expanded("struct A { #[param] a: [f32; 2] = [0.0; 2] }");
    assert!(expanded.contains("a field's default value would be ignored"), "{expanded}");
}

/// The messages of the errors in an expansion.
fn messages(source: &str) -> Vec<String> {
    let input = syn::parse_str(source).unwrap();
    let trees: Vec<_> = expand::derive(&input).into_iter().collect();
    let errors = trees.windows(3).filter(|trees| trees[0].to_string() == "compile_error");
    let text = |tree: &TokenTree| syn::parse2::<LitStr>(inside(&tree.to_token_stream()).unwrap()).unwrap().value();
    errors.map(|trees| text(&trees[2])).collect()
}

/// What stands in backticks, the last of it first.
fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect::<Vec<_>>().into_iter().rev().collect()
}

#[test]
fn a_remedy_is_what_to_write() {
    for (mistake, remedy, followed) in [
        // words of others
        ("#[param(shape = [4], optional)] a: T", "Option<T>", "#[param(shape = [4])] a: Option<T>"),
        ("#[param(required = false)] a: f32", "Option<f32>", "#[param] a: Option<f32>"),
        ("#[param(required)] a: Option<f32>", "f32", "#[param] a: f32"),
        ("#[param(default = 1.5)] a: f32", "#[module(skip = 1.5)]", "#[module(skip = 1.5)] a: f32"),
        ("#[module(default)] a: f32", "skip", "#[module(skip)] a: f32"),
        ("#[param(skip)] a: f32", "#[module(skip)]", "#[module(skip)] a: f32"),
        ("#[param(ignore)] a: f32", "#[module(skip)]", "#[module(skip)] a: f32"),
        ("#[weighbridge(param, ignore)] a: f32", "#[weighbridge(skip)]", "#[weighbridge(skip)] a: f32"),
        ("#[module(with = \"x\")] a: f32", "weighbridge::Parameter", "#[param(shape = [4])] a: Own"),
        ("#[param(name = \"b.c\")] a: f32", "rename = \"b.c\"", "#[param(rename = \"b.c\")] a: f32"),
        ("#[module(prefix = \"\")] a: B", "flatten", "#[module(flatten)] a: B"),
        (
            "#[param(shape = [2, 3], transpose)] a: T",
            "from = transpose",
            "#[param(shape = [2, 3], from = transpose)] a: T",
        ),
        ("#[param(dims(2, 3))] a: T", "shape = [2, 3]", "#[param(shape = [2, 3])] a: T"),
        ("#[module(shape = [2])] a: T", "#[param(shape = [2])]", "#[param(shape = [2])] a: T"),
        ("#[module(count = 3)] a: Vec<B>", "len = 3", "#[module(len = 3)] a: Vec<B>"),
        // quotes
        ("#[param(shape = \"[2, 3]\")] a: T", "shape = [2, 3]", "#[param(shape = [2, 3])] a: T"),
        ("#[param(shape = [\"2, 3\"])] a: T", "2, 3", "#[param(shape = [2, 3])] a: T"),
        ("#[param(shape = [\"N * 2\"])] a: T", "N * 2", "#[param(shape = [N * 2])] a: T"),
        ("#[param(shape = [\"-1\"])] a: T", "_", "#[param(shape = [_])] a: T"),
        ("#[module(len = \"3\")] a: Vec<B>", "len = 3", "#[module(len = 3)] a: Vec<B>"),
        (
            "#[param(dtype = \"F32 or F16\")] a: T",
            "dtype = [\"F32\", \"F16\"]",
            "#[param(dtype = [\"F32\", \"F16\"])] a: T",
        ),
        ("#[param(from = \"T\")] a: T", "from = transpose", "#[param(from = transpose)] a: T"),
        ("#[param(from = \"permute(1, 0)\")] a: T", "from = permute(1, 0)", "#[param(from = permute(1, 0))] a: T"),
        // values
        ("#[param(shape = [self.n])] a: T", "\"n\"", "#[param(shape = [\"n\"])] a: T"),
        ("#[module(skip)] n: usize, #[param(shape = [n])] a: T", "\"n\"", "#[param(shape = [\"n\"])] a: T"),
        ("a: Vec<Option<Box<A>>>", "#[module(skip)]", "#[module(skip)] a: Vec<Option<Box<A>>>"),
    ] {
        let found = messages(&format!("struct A {{ {mistake} }}"));
        assert_eq!(found.len(), 1, "{mistake}: {found:?}");
        assert!(quoted(&found[0]).contains(&remedy), "{mistake}: {}", found[0]);
        assert_eq!(messages(&format!("struct A {{ {followed} }}")), [""; 0], "{followed}");
    }
}

#[test]
fn numbers_that_rustc_cannot_compute_in_a_type() {
    for (mistake, remedy, followed) in [
        ("#[param] a: [f32; C::N]", ["#[param(shape = [C::N])]", "Vec<f32>"], "#[param(shape = [C::N])] a: Vec<f32>"),
        ("a: [B; N * 2]", ["#[module(len = N * 2)]", "Vec<B>"], "#[module(len = N * 2)] a: Vec<B>"),
        (
            "#[param(shape = [2])] a: [T; { C::N }]",
            ["len = { C::N }", "Vec<T>"],
            "#[param(shape = [2], len = { C::N })] a: Vec<T>",
        ),
        (
            "#[module(skip = { [0; C::N].to_vec() })] a: V",
            ["vec![0; C::N]", "Vec"],
            "#[module(skip = vec![0; C::N])] a: Vec<i32>",
        ),
    ] {
        let with = |fields: &str| messages(&format!("struct A<C: Config, const N: usize> {{ {fields} }}"));
        let found = with(mistake);
        assert_eq!(found.len(), 1, "{mistake}: {found:?}");
        assert!(remedy.iter().all(|remedy| quoted(&found[0]).contains(remedy)), "{mistake}: {}", found[0]);
        assert_eq!(with(followed), [""; 0], "{followed}");
    }
    // what rustc takes
    let plain =
        "#[param] a: [[f32; N]; { N }], b: B<{ N }, N>, c: [B; 4 * K], d: [B; size()], #[module(skip = [0.0; N])] e: E";
    assert_eq!(messages(&format!("struct A<C: Config, const N: usize> {{ {plain} }}")), [""; 0]);
}

#[test]
fn a_constant_may_have_the_name_of_a_field_where_it_is_no_value() {
    for plain in [
        "#[param(shape = [n])] a: T, n: B",
        "#[param(shape = [K.hidden, self::K, n::K, f(n), { let a = 2; a }])] a: T",
        "#[param(shape = [C::a, K.a])] a: T",
    ] {
        let generics = if plain.contains("n: B") { "<const n: usize>" } else { "" };
        assert_eq!(messages(&format!("struct A{generics} {{ {plain} }}")), [""; 0], "{plain}");
    }
    // a type may be named like another that it holds
    for plain in ["a: nn::A", "a: PhantomData<A>", "a: Layer<A>", "#[module(skip)] a: Option<Box<A>>"] {
        assert_eq!(messages(&format!("struct A {{ {plain} }}")), [""; 0], "{plain}");
    }
}
