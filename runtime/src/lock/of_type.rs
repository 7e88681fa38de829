//! The lock of a type: the tensors that a save of it writes.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::ops::Range;

use weighbridge_checkpoint::DType;
use weighbridge_lock::{Lock, listed_names};

use crate::module::Module;
use crate::path::Trail;
use crate::path::short_name;
use crate::schema::names::dim_names;
use crate::schema::total::is_tied;
use crate::schema::{
    Dim, Field, Items, Known, Layout, Leaf, Node, NthSource, Schema, SourceTensor, Spec, Value, Wanted,
};

/// The lock of a type, from its schema alone: the names, dtypes and shapes that [`save_weights`](Module::save_weights) writes to
/// a `.safetensors` file. Parameters that are tied are one tensor.
///
/// # Errors
/// [`OpenSchema`], with every part of the type that only a file decides. Of a type with names, a configuration may decide these:
/// [`Schema::with`].
pub fn lock<M: Module>() -> Result<Lock, OpenSchema> {
    of_names(const { M::SCHEMA }, short_name(std::any::type_name::<M>()), Known::NONE)
}

/// The lock of a type, where names are known.
pub(super) fn of_names(schema: Schema, module: String, known: Known<'_>) -> Result<Lock, OpenSchema> {
    let mut walk = LockWalk {
        known,
        trail: Trail::default(),
        shown: Trail::default(),
        is_repeated: false,
        open: Vec::new(),
        tensors: Vec::new(),
        shared: HashMap::new(),
    };
    walk.node(schema.root, Spec::NONE, "");
    let LockWalk { mut open, tensors, .. } = walk;
    let mut listed = Vec::with_capacity(tensors.len());
    for LockTensor { name, path, dtype, shape, held } in tensors {
        if shape.iter().try_fold(1usize, |product, &extent| product.checked_mul(extent)) != Some(held) {
            let why = format!("it takes a part of `{name}`, of which the file may have more");
            open.push(OpenPart { path, why });
        }
        listed.push((name, dtype, shape));
    }
    if !open.is_empty() {
        let mut names = BTreeSet::new();
        dim_names(schema.root, &mut |symbol| {
            if known.get(&symbol).is_none() {
                names.insert(symbol.to_string());
            }
        });
        return Err(OpenSchema { module, open, names: names.into_iter().collect() });
    }
    Lock::of(listed).map_err(|twice| {
        let why = "two parameters have this name".to_owned();
        OpenSchema { module, open: vec![OpenPart { path: twice.0, why }], names: Vec::new() }
    })
}

/// The error if a type leaves something open that a file decides, so that it has no lock of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenSchema {
    /// The type.
    pub module: String,
    /// Everything that is open, in the order of the schema; never empty.
    pub open: Vec<OpenPart>,
    /// The names that nothing has said, in alphabetical order. A configuration can: [`Schema::with`].
    pub names: Vec<String>,
}

/// One thing about a type that a file decides.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenPart {
    /// The path, with a range for the indices of a list: `layers.{0..=31}.weight`.
    pub path: String,
    /// What is open there.
    pub why: String,
}

/// The most open parts that the text shows.
const SHOWN: usize = 24;

/// The most names in it.
const NAMES: usize = 6;

impl fmt::Display for OpenSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} leaves something open that a file decides; make the lock from a file, with `weighbridge lock FILE`",
            self.module
        )?;
        if !self.names.is_empty() {
            let names = listed_names(self.names.iter().map(String::as_str), NAMES);
            write!(f, ", or give a configuration that has {names}, with `SCHEMA.with(&config)`")?;
        }
        for OpenPart { path, why } in self.open.iter().take(SHOWN) {
            write!(f, "\n  {}: {why}", if path.is_empty() { "the whole" } else { path })?;
        }
        match self.open.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl std::error::Error for OpenSchema {}

/// One tensor of the file.
struct LockTensor {
    name: String,
    /// The path of the first parameter in it, as it is shown.
    path: String,
    dtype: DType,
    shape: Vec<usize>,
    /// How many of its elements belong to parameters.
    held: usize,
}

struct LockWalk<'k> {
    known: Known<'k>,
    trail: Trail,
    /// The same path, with a range for the indices of a list.
    shown: Trail,
    /// Whether the walk is in an item that is not the first of its list. The same parts are open there.
    is_repeated: bool,
    open: Vec<OpenPart>,
    tensors: Vec<LockTensor>,
    /// The tensors that may consist of several parameters, by name.
    shared: HashMap<String, usize>,
}

impl LockWalk<'_> {
    fn open(&mut self, why: impl Into<String>) {
        if !self.is_repeated {
            self.open.push(OpenPart { path: self.shown.as_str().to_owned(), why: why.into() });
        }
    }

    /// A list whose length is open.
    fn open_list(&mut self, spec: Spec, why: String) {
        if spec.stem.is_bare() {
            return self.open(why);
        }
        let mark = self.shown.enter(&spec.stem.pattern());
        self.open(why);
        self.shown.leave(mark);
    }

    /// `beside` is the path that names in a layout are relative to, with a dot at its end.
    fn node(&mut self, node: &'static Node, spec: Spec, beside: &str) {
        match node {
            Node::Parameter(leaf) => self.parameter(Wanted { spec, leaf }, beside),
            Node::Struct { fields, declared, .. } => {
                let outer = spec.enter(*declared);
                fields.iter().for_each(|field| self.field(field, outer, beside));
            }
            Node::List { item, len } => {
                let len = spec.len.unwrap_or(*len).as_dim();
                if let Some(items) = spec.items {
                    return self.items(item, spec, (items, len), beside);
                }
                match len.number(&spec.environment, self.known) {
                    Some(Value::Number(len)) => self.list(item, spec, 0..len, beside),
                    Some(Value::Wrong(fault)) => {
                        let why = format!("their number is `{}`{}", len.shown(&spec.environment), fault.shown());
                        self.open_list(spec, why);
                    }
                    Some(_) => {
                        let len = len.shown(&spec.environment);
                        self.open_list(spec, format!("the file says how many there are, `{len}`"));
                    }
                    None => self.open_list(spec, "the file says how many there are".to_owned()),
                }
            }
            Node::Map { .. } => self.open("the file says which keys there are"),
            Node::Optional { item } => match (spec.says_with(self.known), spec.when) {
                (Some(true), _) => self.node(item, spec.inside(), beside),
                (Some(false), _) => {}
                (None, Some(when)) => {
                    let when = when.shown(&spec.environment);
                    self.open(format!("the file says whether it is there, `{when}`"));
                }
                (None, None) => self.open("the file says whether it is there"),
            },
            Node::Choice { .. } => self.open("the file says which variant it is"),
        }
    }

    fn field(&mut self, field: &'static Field, outer: Spec, beside: &str) {
        let spec = field.spec_in(outer);
        // the parameter that it is tied to is written instead
        if is_tied(field, &spec, self.known) {
            return;
        }
        let own;
        let beside = match field.attributes {
            Some(_) => {
                own = self.trail.joined("");
                own.as_str()
            }
            // the elements of a tuple have the attributes of the field that holds it
            None => beside,
        };
        if field.flatten {
            return self.node(field.node, spec, beside);
        }
        let marks = (self.trail.enter(field.name), self.shown.enter(field.name));
        self.node(field.node, spec, beside);
        self.trail.leave(marks.0);
        self.shown.leave(marks.1);
    }

    /// A field that holds some items of a list. Its type may say how many.
    fn items(&mut self, item: &'static Node, spec: Spec, (items, len): (&Items, Dim), beside: &str) {
        let (first, held) = (items.first(&spec.environment, self.known), len.number(&spec.environment, self.known));
        let end = match (first, held) {
            (Some(first), Some(Value::Number(held))) => first.checked_add(held),
            _ => items.end(&spec.environment, self.known),
        };
        match (first, end) {
            (Some(first), Some(end)) => self.list(item, spec, first..end, beside),
            _ => {
                let (first, end) = (items.first.shown(&spec.environment), items.end.shown(&spec.environment));
                let end = if items.end == Dim::Any { "" } else { &end };
                self.open_list(spec, format!("the file says how many there are, `{first}..{end}`"));
            }
        }
    }

    fn list(&mut self, item: &'static Node, spec: Spec, all: Range<usize>, beside: &str) {
        let outer = self.is_repeated;
        let (first, last) = (all.start, all.end.saturating_sub(1));
        let indices = if first == last { first.to_string() } else { format!("{{{first}..={last}}}") };
        let shown = self.shown.enter(&format!("{}{indices}{}", spec.stem.before, spec.stem.behind));
        let mut name = String::new();
        for index in all {
            self.is_repeated = outer || index > first;
            spec.stem.write(&mut name, index);
            let mark = self.trail.enter(&name);
            self.node(item, spec.item(), beside);
            self.trail.leave(mark);
        }
        self.shown.leave(shown);
        self.is_repeated = outer;
    }

    fn parameter(&mut self, wanted: Wanted, beside: &str) {
        let (dtype, shape) = (self.dtype(&wanted), self.shape(&wanted));
        let (Some(dtype), Some(shape)) = (dtype, shape) else { return };
        match wanted.spec.from {
            None => {
                let held = shape.iter().fold(1usize, |product, &extent| product.saturating_mul(extent));
                self.whole(dtype, shape, held);
            }
            Some(layout) => self.sources(layout, &wanted, dtype, beside),
        }
    }

    fn whole(&mut self, dtype: DType, shape: Vec<usize>, held: usize) {
        let path = self.shown.as_str().to_owned();
        self.tensors.push(LockTensor { name: self.trail.as_str().to_owned(), path, dtype, shape, held });
    }

    /// The dtype that the type holds. If it holds several, the field must name one.
    fn dtype(&mut self, wanted: &Wanted) -> Option<DType> {
        let Wanted { spec, leaf: Leaf { dtypes: held, .. } } = wanted;
        match (*held, spec.dtypes) {
            ([dtype], _) => Some(*dtype),
            (held, [dtype]) if held.is_empty() || held.contains(dtype) => Some(*dtype),
            (_, []) => {
                let names: Vec<&str> = held.iter().map(|dtype| dtype.name()).collect();
                let names = if names.is_empty() { String::new() } else { format!(": {}", names.join(" or ")) };
                self.open(format!("the file says which dtype it has{names}"));
                None
            }
            (_, said) => {
                let names: Vec<&str> = said.iter().map(|dtype| dtype.name()).collect();
                self.open(format!("the file says which dtype it has: {}", names.join(" or ")));
                None
            }
        }
    }

    fn shape(&mut self, wanted: &Wanted) -> Option<Vec<usize>> {
        let Some(rank) = wanted.rank() else {
            self.open("the file says which shape it has");
            return None;
        };
        let dims: Vec<Dim> = (0..rank).map(|index| wanted.dim(index)).collect();
        let mut shape = Vec::with_capacity(rank);
        let environment = &wanted.spec.environment;
        for (index, dim) in dims.iter().enumerate() {
            match dim.number(environment, self.known) {
                Some(Value::Number(extent)) => shape.push(extent),
                None => self.open(format!("the file says dim {index}")),
                Some(Value::Wrong(fault)) => {
                    self.open(format!("dim {index} is `{}`{}", dim.shown(environment), fault.shown()));
                }
                Some(_) => self.open(format!("the file says dim {index}, `{}`", dim.shown(environment))),
            }
        }
        (shape.len() == rank).then_some(shape)
    }

    /// Adds the source tensors of a parameter.
    fn sources(&mut self, layout: &'static Layout, wanted: &Wanted, dtype: DType, beside: &str) {
        for number in 0.. {
            let source = match layout.source(wanted, self.known, number) {
                NthSource::Found(SourceTensor { open: Some(dim), .. }) => {
                    let dim = dim.shown(&wanted.spec.environment);
                    return self.open(format!("the file says what `{dim}` is, which is in its layout"));
                }
                NthSource::Found(source) => source,
                NthSource::Skip(_) => return,
                NthSource::Misfit(text) => return self.open(text.as_str()),
            };
            let stacked = source.stacked.and_then(|side| side.dim.number(&wanted.spec.environment, self.known));
            let count = if let Some(Value::Number(count)) = stacked { count } else { 1 };
            let mut held = 1usize;
            let mut shape = Vec::with_capacity(source.frame.rank());
            for side in source.frame.sides() {
                let Some(Value::Number(extent)) = side.dim.number(&wanted.spec.environment, self.known) else {
                    return self.open("the file says how large a part of its tensor it is");
                };
                held = held.saturating_mul(extent);
                shape.push(side.slice.unwrap_or(0).saturating_add(extent));
            }
            if let Some(sizes) = source.reshaped {
                shape = sizes.to_vec();
            }
            for index in 0..count {
                let name = match source.name {
                    Some(name) => format!("{beside}{}", Layout::numbered(name, index)),
                    None => self.trail.as_str().to_owned(),
                };
                self.part(name, dtype, shape.clone(), held);
            }
        }
    }

    /// Adds a tensor, or another part of one. A tensor that is cut extends as far as its last part.
    fn part(&mut self, name: String, dtype: DType, shape: Vec<usize>, held: usize) {
        let path = self.shown.as_str().to_owned();
        let Some(&place) = self.shared.get(&name) else {
            self.shared.insert(name.clone(), self.tensors.len());
            self.tensors.push(LockTensor { name, path, dtype, shape, held });
            return;
        };
        let tensor = &mut self.tensors[place];
        if tensor.dtype != dtype || tensor.shape.len() != shape.len() {
            return self.open(format!("`{name}` is another parameter's too, which has another dtype or rank"));
        }
        tensor.held = tensor.held.saturating_add(held);
        for (extent, other) in tensor.shape.iter_mut().zip(shape) {
            *extent = other.max(*extent);
        }
    }
}
