//! The table of layers in `docs/attributes.md` is true: each row is loaded with the arguments and the parameters that it says.

use std::collections::BTreeMap;

use weighbridge::__private::{Declared, Modules, Node, Tree};
use weighbridge::{LoadError, Loader, Module, Source, Tensor};

const PAGE: &str = include_str!("../../../docs/attributes.md");

/// What a row says.
#[derive(Debug, PartialEq)]
struct Row {
    /// Each with its default.
    arguments: BTreeMap<String, Option<String>>,
    /// Each with its shape.
    parameters: BTreeMap<String, Vec<String>>,
}

/// The rows by library and layer.
fn rows() -> BTreeMap<(String, String), Row> {
    let table = PAGE.split("| layer | of | arguments | parameters in the file |\n|---|---|---|---|\n").nth(1).unwrap();
    let mut rows: BTreeMap<(String, String), Row> = BTreeMap::new();
    for line in table.lines().take_while(|line| line.starts_with('|')) {
        let [layer, of, arguments, parameters] =
            line.trim_matches('|').split(" | ").map(str::trim).collect::<Vec<_>>().try_into().unwrap();
        for library in of.split(", ") {
            let mut all = BTreeMap::new();
            let mut own = arguments;
            // the arguments of another, and its own
            if let Some((other, rest)) = arguments.strip_prefix("as `").and_then(|rest| rest.split_once("`, and ")) {
                all.extend(rows[&(library.to_owned(), other.to_owned())].arguments.clone());
                own = rest;
            }
            all.extend(code(own).map(|argument| match argument.split_once(" = ") {
                Some((name, default)) => (name.to_owned(), Some(default.to_owned())),
                None => (argument.to_owned(), None),
            }));
            let mut words = code(parameters);
            let mut shapes = BTreeMap::new();
            while let (Some(path), Some(shape)) = (words.next(), words.next()) {
                let dims = shape.trim_matches(['[', ']']).split(", ").map(str::to_owned);
                shapes.insert(path.to_owned(), dims.collect());
            }
            let row = Row { arguments: all, parameters: shapes };
            assert!(rows.insert((library.to_owned(), layer.trim_matches('`').to_owned()), row).is_none(), "{line}");
        }
    }
    rows
}

/// What stands between pairs of backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// What a layer declares.
fn declared<L: Tree<Modules>>() -> BTreeMap<String, Option<String>> {
    let Node::Struct { declared: Some(Declared { args, .. }), .. } = L::__NODE else { panic!("no arguments") };
    let arguments = args.iter().map(|argument| {
        // as in `Expression([Number(1)])`, `Expression([Truth(true)])` and `Expression([Name("kernel")])`
        let default = argument.default.map(|default| {
            let text = format!("{default:?}");
            text.rsplit('(').next().unwrap().trim_end_matches([')', ']']).to_owned()
        });
        (argument.name.to_owned(), default)
    });
    arguments.collect()
}

/// A number for each argument; they divide where a row divides them.
fn number(argument: &str) -> usize {
    match argument {
        "in" => 6,
        "out" => 4,
        "kernel" => 3,
        "kernel_width" => 5,
        "count" => 7,
        "dim" => 8,
        "hidden" => 9,
        "groups" => 2,
        _ => 1,
    }
}

/// What a dim of a row is: a name, `a / b` or `4 * a`.
fn dim(text: &str) -> usize {
    let value = |word: &str| word.parse().unwrap_or_else(|_| number(word));
    match text.split(' ').collect::<Vec<_>>()[..] {
        [one] => value(one),
        [a, "/", b] => value(a) / value(b),
        [a, "*", b] => value(a) * value(b),
        _ => panic!("{text}"),
    }
}

/// Loads the parameters of the row, with and without those that a flag takes away, and refuses others.
#[track_caller]
fn loads<M: Module>(layer: &str, row: &Row) {
    let load = |flag: bool, tensors: &BTreeMap<&String, Vec<usize>>| {
        let settings = row.arguments.keys().map(|name| match name.as_str() {
            "bias" | "affine" => (name.clone(), serde_json::json!(flag)),
            "eps" => (name.clone(), serde_json::json!(1e-5)),
            _ => (name.clone(), serde_json::json!(number(name))),
        });
        let config: serde_json::Map<_, _> = settings.collect();
        let pairs: Vec<_> =
            tensors.iter().map(|(path, shape)| (path.to_string(), Tensor::<f32>::zeros(shape.clone()))).collect();
        Loader::new().config(&config).check::<M>(Source::from(pairs))
    };
    let shape = |dims: &Vec<String>| dims.iter().map(|text| dim(text)).collect::<Vec<_>>();
    let all: BTreeMap<_, _> = row.parameters.iter().map(|(path, dims)| (path, shape(dims))).collect();
    load(true, &all).unwrap_or_else(|error| panic!("{layer}: {error}"));
    for (path, dims) in &all {
        let mut wrong = all.clone();
        wrong.insert(path, dims.iter().map(|dim| dim + 1).collect());
        assert!(matches!(load(true, &wrong), Err(LoadError::Mismatch(_))), "{layer}: {path}");
    }
    let has_flag = row.arguments.contains_key("bias") || row.arguments.contains_key("affine");
    let without = |path: &str| match row.arguments.contains_key("affine") {
        true => path != "weight" && path != "bias",
        false => !path.starts_with("bias"),
    };
    let few = all.into_iter().filter(|(path, _)| !has_flag || without(path)).collect();
    load(false, &few).unwrap_or_else(|error| panic!("{layer}: {error}"));
}

/// Compares layers of a library, each with every argument as a name of the load, with their rows.
macro_rules! compare {
    ($rows:ident, $library:ident: $($layer:ident ($($args:tt)*);)*) => {
        $({
            #[derive(Module)]
            struct Wrapped {
                #[module(flatten, args($($args)*))]
                #[allow(dead_code)]
                layer: $library::$layer,
            }
            let key = (stringify!($library).to_owned(), stringify!($layer).to_owned());
            let row = $rows.remove(&key).unwrap_or_else(|| panic!("docs/attributes.md has no row of {key:?}"));
            assert_eq!(row.arguments, declared::<$library::$layer>(), "{key:?}");
            loads::<Wrapped>(stringify!($layer), &row);
        })*
    };
}

mod candle {
    pub use candle_nn::*;
}

mod burn {
    pub use burn_nn::conv::*;
    pub use burn_nn::*;
}

#[test]
fn each_row_is_true() {
    let mut rows = rows();
    compare! { rows, candle:
        Linear(in = "in", out = "out", bias = "bias");
        Embedding(count = "count", dim = "dim");
        LayerNorm(dim = "dim", eps = "eps", bias = "bias");
        RmsNorm(dim = "dim", eps = "eps");
        BatchNorm(dim = "dim", eps = "eps", affine = "affine");
        Conv1d(in = "in", out = "out", kernel = "kernel", groups = "groups", bias = "bias");
        Conv2d(in = "in", out = "out", kernel = "kernel", kernel_width = "kernel_width", groups = "groups", bias = "bias");
        ConvTranspose1d(in = "in", out = "out", kernel = "kernel", groups = "groups", bias = "bias");
        ConvTranspose2d(in = "in", out = "out", kernel = "kernel", kernel_width = "kernel_width", bias = "bias");
    }
    compare! { rows, burn:
        Linear(in = "in", out = "out", bias = "bias");
        Embedding(count = "count", dim = "dim");
        LayerNorm(dim = "dim", eps = "eps", bias = "bias");
        RmsNorm(dim = "dim", eps = "eps");
        BatchNorm(dim = "dim", eps = "eps");
        GroupNorm(groups = "groups", dim = "dim", eps = "eps", affine = "affine");
        Conv1d(in = "in", out = "out", kernel = "kernel", groups = "groups", bias = "bias");
        Conv2d(in = "in", out = "out", kernel = "kernel", kernel_width = "kernel_width", groups = "groups", bias = "bias");
        ConvTranspose1d(in = "in", out = "out", kernel = "kernel", groups = "groups", bias = "bias");
        ConvTranspose2d(
            in = "in", out = "out", kernel = "kernel", kernel_width = "kernel_width", groups = "groups", bias = "bias"
        );
        Lstm(in = "in", hidden = "hidden", bias = "bias");
        Gru(in = "in", hidden = "hidden", bias = "bias");
        BiLstm(in = "in", hidden = "hidden", bias = "bias");
        BiGru(in = "in", hidden = "hidden", bias = "bias");
    }
    assert!(rows.is_empty(), "rows of layers that are compared with nothing: {rows:?}");
}
