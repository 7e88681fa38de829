//! The expansion of each struct in `tests/expand`, as it is printed there below the struct.
//!
//! `WEIGHBRIDGE_GOLDENS=rewrite cargo test -p weighbridge-macros` writes the expansions again; read the difference.

use std::path::{Path, PathBuf};
use std::{env, fs};

use quote::ToTokens;

use crate::expand;
use crate::symbol::DTYPES;

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
        assert_eq!(expanded(&other), expected, "{}", file.display());
        // this derive does not look at another's attributes
        let with_others = other.replace("#[weighbridge(", "#[module(constant)] #[param = 0] #[weighbridge(");
        assert_eq!(expanded(&with_others), expected, "{}", file.display());
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
    let node = expanded.split_once("=&__wb::Node::").unwrap().1.split_once(';').unwrap().0;
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
        ("a: B, #[param(shape = [2], tied = \"a\")] c: T", ""),
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
fn a_struct_of_many_types_has_bounds_only_if_it_needs_them() {
    assert_eq!(bound_count("", 64), 64);
    assert_eq!(bound_count("", 65), 0);
    assert_eq!(bound_count("<T>", 65), 65);
}

#[test]
fn dtypes_are_those_of_the_runtime() {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lock/src/dtype.rs");
    // A packaged crate has no neighbour to compare with.
    let Ok(text) = fs::read_to_string(runtime) else { return };
    let lines = text.lines().filter_map(|line| line.trim().split_once(" = \"")?.1.split_once("\", "));
    let names: Vec<_> = lines.filter(|(_, rest)| rest.ends_with(';')).map(|(name, _)| name).collect();
    assert_eq!(names, DTYPES);
}

#[test]
fn a_field_default_is_refused() {
    let expanded = expanded("struct A { #[param] a: [f32; 2] = [0.0; 2] }");
    assert!(expanded.contains("a field's default value would be ignored"), "{expanded}");
}
