//! How do I write a whole model, and load it from a sharded checkpoint?
//!
//! `cargo run --example llama`
//!
//! The model is in `examples/src/llama.rs`. It is generic over a configuration, so one struct serves every size. This program
//! loads a small model from four shards and an index, and prints it as a tree.

use weighbridge::{DType, Loader, Module, Shape};
use weighbridge_examples::llama::{Config, Llama, Tiny};

/// A directory that transformers wrote.
const SHARDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/llama-sharded");

// The schema is a constant, so you can assert facts about it while the program compiles.
const _: () = assert!(Llama::<Tiny>::SCHEMA.parameter_count().unwrap() == 3 + 9 * Tiny::LAYERS);

fn main() -> Result<(), weighbridge::LoadError> {
    let loaded = Loader::new().load::<Llama<Tiny>>(SHARDS)?;
    println!("{}\n", loaded.report);

    let mut tree = Tree::default();
    for (path, view) in loaded.module.parameters() {
        tree.insert(&path, (view.dtype(), view.shape().clone(), view.byte_len()));
    }
    println!("Llama<Tiny>{}", tree.size());
    tree.print("");
    Ok(())
}

/// A module: its children in order, or a parameter.
#[derive(Default, PartialEq)]
struct Tree {
    children: Vec<(String, Tree)>,
    parameter: Option<(DType, Shape, usize)>,
}

impl Tree {
    fn insert(&mut self, path: &str, parameter: (DType, Shape, usize)) {
        let mut place = self;
        for component in path.split('.') {
            let found = place.children.iter().position(|(name, _)| name == component);
            let child = found.unwrap_or_else(|| {
                place.children.push((component.to_owned(), Tree::default()));
                place.children.len() - 1
            });
            place = &mut place.children[child].1;
        }
        place.parameter = Some(parameter);
    }

    /// The number of parameters in it, and their size in bytes.
    fn totals(&self) -> (usize, usize) {
        let own = self.parameter.as_ref().map_or((0, 0), |(_, _, bytes)| (1, *bytes));
        self.children.iter().map(|(_, child)| child.totals()).fold(own, |a, b| (a.0 + b.0, a.1 + b.1))
    }

    fn size(&self) -> String {
        match (&self.parameter, self.totals()) {
            (Some((dtype, shape, _)), (_, bytes)) => format!(": {dtype} {shape}, {}", size(bytes)),
            (None, (1, bytes)) => format!(" (1 parameter, {})", size(bytes)),
            (None, (count, bytes)) => format!(" ({count} parameters, {})", size(bytes)),
        }
    }

    /// Prints the children. Equal items of a list are printed once.
    fn print(&self, indent: &str) {
        let mut rest = self.children.as_slice();
        while let [(name, child), ..] = rest {
            let is_item = name.parse::<usize>().is_ok();
            let same = rest.iter().take_while(|(other, tree)| {
                other == name || (is_item && other.parse::<usize>().is_ok() && tree == child)
            });
            let run = same.count();
            let (mut name, times) = match &rest[run - 1] {
                (last, _) if run > 1 => (format!("{{{name}..={last}}}"), format!(", {run} of them")),
                _ => (name.clone(), String::new()),
            };
            rest = &rest[run..];
            // a module with one child is shown on the child's line
            let mut child = child;
            while let [(only, grandchild)] = child.children.as_slice() {
                name = format!("{name}.{only}");
                child = grandchild;
            }
            let (branch, below) = if rest.is_empty() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            println!("{indent}{branch}{name}{}{times}", child.size());
            child.print(&format!("{indent}{below}"));
        }
    }
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}
