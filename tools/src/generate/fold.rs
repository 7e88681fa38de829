//! Modules of one structure become one type.
//!
//! A place is a module or a tensor of the checkpoint. Its type is its structure without the numbers: dims and lengths. The
//! numbers of all places that have the type are kept beside it, and those that differ become its parameters. A type that
//! would have too many parameters is fixed: its numbers become a part of it, so that each place has a type of its own.

use std::collections::{BTreeMap, HashMap, HashSet};

use weighbridge_lock::index;

use super::error::GenerateError;
use super::order::order;
use super::sizes::{Size, Sizes, is_embedding};
use super::tree::Tree;
use super::types::{Role, Type, TypeId, Types};

/// How many fields all structs together may have. Real models have fewer than 500. With more, the file is not a model's, or
/// has a list whose items are not numbered.
const FIELDS: usize = 5_000;

/// How many parameters a type may have.
const PARAMETERS: usize = 4;

/// How many items a tuple may have: the derive's traits are implemented for 12, and clippy calls a longer one in a list complex.
const TUPLE: usize = 12;
const TUPLE_IN_LIST: usize = 7;

/// How many variants an enum may have that is the item of a list.
const VARIANTS: usize = 6;

/// All types of a checkpoint, and where each is used.
#[derive(Default)]
pub(super) struct Fold {
    pub(super) types: Types,
    pub(super) uses: BTreeMap<TypeId, Uses>,
    pub(super) root: Option<TypeId>,
    /// How many weights of convolutions have the input channels as their second dim, and as their last.
    channels: [usize; 2],
}

/// Where a type is used, and with which numbers.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// The numbers of the places, each list of them once.
    pub(super) numbers: Vec<Vec<Size>>,
    /// The names of the places, with `*` for indices; each once, in the order of the walk.
    pub(super) sites: Vec<String>,
    seen_numbers: HashSet<Vec<Size>>,
    seen_sites: HashSet<String>,
}

impl Fold {
    /// Folds a whole checkpoint.
    pub(super) fn of(root: &BTreeMap<String, Tree>, sizes: &mut Sizes) -> Result<Fold, GenerateError> {
        let mut fold = Fold::default();
        let mut fixed = HashSet::new();
        loop {
            fold.uses.clear();
            let mut pass = Pass { fold: &mut fold, sizes, fixed: &fixed, site: Vec::new(), field_count: 0 };
            let root = pass.root(root)?;
            fold.root = Some(root.ty);
            // fixing a type changes the types around it, which may then have fewer parameters or more uses
            let before = fixed.len();
            for ty in fold.innermost_with_too_many_parameters() {
                fixed.insert(fold.types.plain(ty));
            }
            if fixed.len() == before {
                return Ok(fold);
            }
        }
    }

    /// The types with too many parameters that have no other such type in them.
    fn innermost_with_too_many_parameters(&self) -> Vec<TypeId> {
        let has_too_many = |(ty, uses): (&TypeId, &Uses)| {
            (parameters(&uses.numbers) > PARAMETERS && !self.types.is_fixed(*ty)).then_some(*ty)
        };
        let wanted: HashSet<TypeId> = self.uses.iter().filter_map(has_too_many).collect();
        let mut known = HashMap::new();
        let mut has_one_inside =
            |ty: TypeId| self.types.parts(ty).into_iter().any(|part| self.has_one_of(&wanted, part, &mut known));
        wanted.iter().copied().filter(|ty| !has_one_inside(*ty)).collect()
    }

    /// Whether a type is one of these, or has one of them in it.
    fn has_one_of(&self, wanted: &HashSet<TypeId>, ty: TypeId, known: &mut HashMap<TypeId, bool>) -> bool {
        if let Some(known) = known.get(&ty) {
            return *known;
        }
        let has =
            wanted.contains(&ty) || self.types.parts(ty).into_iter().any(|part| self.has_one_of(wanted, part, known));
        known.insert(ty, has);
        has
    }

    /// Whether the weights of convolutions have their input channels last, as MLX and TensorFlow write them.
    pub(super) fn channels_last(&self) -> bool {
        self.channels[1] > 0 && self.channels[0] == 0
    }

    /// Notes a use of a type. Returns whether it is the first.
    fn note_use(&mut self, found: &Found, site: &[String]) -> bool {
        let is_first = !self.uses.contains_key(&found.ty);
        let uses = self.uses.entry(found.ty).or_default();
        if uses.seen_numbers.insert(found.numbers.clone()) {
            uses.numbers.push(found.numbers.clone());
        }
        let site = site.join(".");
        if uses.seen_sites.insert(site.clone()) {
            uses.sites.push(site);
        }
        is_first
    }

    /// Counts a weight that may be a convolution's by where its input channels are. A kernel is as wide as it is high.
    fn note_channels(&mut self, shape: &[usize]) {
        if let [_, first, middle @ .., last] = shape {
            let is_square = |kernel: &[usize]| kernel.windows(2).all(|pair| pair[0] == pair[1]);
            let has_kernel = !middle.is_empty() && first != last;
            self.channels[0] += usize::from(has_kernel && is_square(&shape[2..]));
            self.channels[1] += usize::from(has_kernel && is_square(&shape[1..shape.len() - 1]));
        }
    }
}

/// The type and the numbers of one place.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Found {
    ty: TypeId,
    /// The type with nothing fixed.
    plain: TypeId,
    numbers: Vec<Size>,
}

/// What a module becomes, depending on whether its children are numbered.
enum Listed {
    /// They are not numbered, or make no list.
    No,
    List(Found),
    /// They are numbered, but become fields.
    Fields(Vec<(String, Found)>),
}

/// The numbered children of a module: each distinct item once, and which of these each number has.
struct Items {
    distinct: Vec<Found>,
    numbers: Vec<(usize, usize)>,
}

/// One pass over the checkpoint, in which the types of `fixed` are fixed.
struct Pass<'p> {
    fold: &'p mut Fold,
    sizes: &'p mut Sizes,
    /// Types that have too many parameters, with nothing fixed.
    fixed: &'p HashSet<TypeId>,
    /// The components of the place's name, with `*` for indices.
    site: Vec<String>,
    /// How many fields there are so far.
    field_count: usize,
}

impl Pass<'_> {
    fn root(&mut self, children: &BTreeMap<String, Tree>) -> Result<Found, GenerateError> {
        let is_list_of_modules =
            |pass: &Self, ty| matches!(pass.fold.types.get(ty), Type::List(_)) && !pass.fold.types.is_parameter(ty);
        let (fields, role) = match self.list(children)? {
            Listed::List(list) if is_list_of_modules(self, list.ty) => {
                (vec![(String::new(), list)], Role::Root { list: true })
            }
            Listed::Fields(fields) => (fields, Role::Root { list: false }),
            _ => (self.fields(children)?, Role::Root { list: false }),
        };
        self.structure(fields, role)
    }

    fn module(&mut self, children: &BTreeMap<String, Tree>) -> Result<Found, GenerateError> {
        let fields = match self.list(children)? {
            Listed::List(list) => return Ok(list),
            Listed::Fields(fields) => fields,
            Listed::No => self.fields(children)?,
        };
        let module = self.site.iter().rev().find(|part| *part != "*");
        let is_table = module.is_some_and(|module| is_embedding(module)) && children.contains_key("weight");
        self.structure(fields, if is_table { Role::Embedding } else { Role::Plain })
    }

    fn fields(&mut self, children: &BTreeMap<String, Tree>) -> Result<Vec<(String, Found)>, GenerateError> {
        if children.len() > FIELDS {
            return Err(too_many(children.len()));
        }
        let mut names: Vec<&String> = children.keys().collect();
        names.sort_by(|a, b| order(a, b));
        let mut fields = Vec::new();
        for name in names {
            self.site.push(if index(name).is_some() { "*".to_owned() } else { name.clone() });
            let found = self.place(&children[name])?;
            self.site.pop();
            fields.push((name.clone(), found));
        }
        Ok(fields)
    }

    fn place(&mut self, tree: &Tree) -> Result<Found, GenerateError> {
        match tree {
            Tree::Module(children) => self.module(children),
            Tree::Tensor(dtype, shape) => {
                self.fold.note_channels(shape);
                let zeros = shape.iter().map(|dim| *dim == 0).collect();
                let ty = self.fold.types.id(Type::Tensor { dtype: *dtype, zeros });
                let site: Vec<&str> = self.site.iter().map(String::as_str).collect();
                let dims = (0..shape.len()).filter(|dim| shape[*dim] != 0);
                let numbers = dims.map(|dim| self.sizes.dim(&site, dim, shape)).collect();
                Ok(Found { ty, plain: ty, numbers })
            }
        }
    }

    fn structure(&mut self, fields: Vec<(String, Found)>, role: Role) -> Result<Found, GenerateError> {
        let plain = fields.iter().map(|(name, found)| (name.clone(), found.plain)).collect();
        let actual = fields.iter().map(|(name, found)| (name.clone(), found.ty)).collect();
        let numbers: Vec<Size> = fields.iter().flat_map(|(_, found)| found.numbers.iter().copied()).collect();
        let plain = self.fold.types.id(Type::Struct { fields: plain, role, fixed: None });
        let fixed = self.fixed.contains(&plain).then(|| numbers.clone());
        let ty = self.fold.types.id(Type::Struct { fields: actual, role, fixed });
        let found = Found { ty, plain, numbers };
        if self.fold.note_use(&found, &self.site) {
            self.field_count += fields.len();
            if self.field_count > FIELDS {
                return Err(too_many(self.field_count));
            }
        }
        Ok(found)
    }

    /// Turns children whose names are all numbers into a list or a tuple, or into fields where that reads better.
    fn list(&mut self, children: &BTreeMap<String, Tree>) -> Result<Listed, GenerateError> {
        let numbered: Option<BTreeMap<usize, &Tree>> =
            children.iter().map(|(name, child)| Some((index(name)?, child))).collect();
        let Some(numbered) = numbered.filter(|numbered| !numbered.is_empty()) else { return Ok(Listed::No) };
        let is_contiguous = numbered.keys().copied().eq(0..numbered.len());
        let last = numbered.keys().next_back().copied().unwrap_or(0);
        let most = if self.site.last().is_some_and(|part| part == "*") { TUPLE_IN_LIST } else { TUPLE };
        if !is_contiguous && last >= most {
            return Ok(Listed::No);
        }
        self.site.push("*".to_owned());
        let items = self.items(&numbered)?;
        self.site.pop();
        let Items { distinct, numbers } = &items;
        if let ([item], true) = (distinct.as_slice(), is_contiguous) {
            return Ok(Listed::List(self.list_of(item, numbers.len())));
        }
        if distinct.iter().any(|item| self.fold.types.is_parameter(item.ty)) {
            return Ok(Listed::Fields(items.as_fields()));
        }
        let are_structs = distinct.iter().all(|item| matches!(self.fold.types.get(item.ty), Type::Struct { .. }));
        if is_contiguous && are_structs && distinct.len() <= VARIANTS && distinct.len() * 3 <= numbers.len() {
            let item = self.one_of(distinct);
            return Ok(Listed::List(self.list_of(&item, numbers.len())));
        }
        let has_tuples = distinct.iter().any(|item| matches!(self.fold.types.get(item.ty), Type::Tuple(_)));
        if last >= most || has_tuples {
            return Ok(Listed::Fields(items.as_fields()));
        }
        Ok(Listed::List(self.tuple(&items, last)))
    }

    /// Walks the numbered children of a module.
    fn items(&mut self, numbered: &BTreeMap<usize, &Tree>) -> Result<Items, GenerateError> {
        let mut items = Items { distinct: Vec::new(), numbers: Vec::new() };
        let mut known: HashMap<Found, usize> = HashMap::new();
        for (number, child) in numbered {
            let found = self.place(child)?;
            let item = *known.entry(found).or_insert_with_key(|found| {
                items.distinct.push(found.clone());
                items.distinct.len() - 1
            });
            items.numbers.push((*number, item));
        }
        Ok(items)
    }

    /// A list of equal items.
    fn list_of(&mut self, item: &Found, len: usize) -> Found {
        let site: Vec<&str> = self.site.iter().map(String::as_str).collect();
        let mut numbers = vec![self.sizes.length(&site, len)];
        numbers.extend(&item.numbers);
        let types = &mut self.fold.types;
        Found { ty: types.id(Type::List(item.ty)), plain: types.id(Type::List(item.plain)), numbers }
    }

    /// A tuple of the items up to the number `last`, with `()` for a number that no item has.
    fn tuple(&mut self, items: &Items, last: usize) -> Found {
        let by_number: BTreeMap<usize, &Found> = items.by_number().collect();
        let tuple = |part: fn(&Found) -> TypeId| {
            Type::Tuple((0..=last).map(|number| by_number.get(&number).map(|found| part(found))).collect())
        };
        let numbers = by_number.values().flat_map(|found| found.numbers.iter().copied()).collect();
        let types = &mut self.fold.types;
        Found { ty: types.id(tuple(|found| found.ty)), plain: types.id(tuple(|found| found.plain)), numbers }
    }

    /// An enum of these items of the list at this place.
    fn one_of(&mut self, items: &[Found]) -> Found {
        let numbers: Vec<Size> = items.iter().flat_map(|found| found.numbers.iter().copied()).collect();
        let variants = |part: fn(&Found) -> TypeId| items.iter().map(part).collect();
        let plain = self.fold.types.id(Type::Enum { variants: variants(|found| found.plain), fixed: None });
        let fixed = self.fixed.contains(&plain).then(|| numbers.clone());
        let ty = self.fold.types.id(Type::Enum { variants: variants(|found| found.ty), fixed });
        let found = Found { ty, plain, numbers };
        self.fold.note_use(&found, &[self.site.as_slice(), &["*".to_owned()]].concat());
        found
    }
}

impl Items {
    fn by_number(&self) -> impl Iterator<Item = (usize, &Found)> {
        self.numbers.iter().map(|(number, item)| (*number, &self.distinct[*item]))
    }

    fn as_fields(&self) -> Vec<(String, Found)> {
        self.by_number().map(|(number, found)| (number.to_string(), found.clone())).collect()
    }
}

fn too_many(field_count: usize) -> GenerateError {
    GenerateError::TooMany { field_count, limit: FIELDS }
}

/// How many of the numbers differ between places. Numbers that are equal at each place count once.
fn parameters(places: &[Vec<Size>]) -> usize {
    let Some(first) = places.first().filter(|_| places.len() > 1) else { return 0 };
    let column = |at: usize| -> Vec<Size> { places.iter().map(|numbers| numbers[at]).collect() };
    let differing = (0..first.len()).map(column).filter(|column| column.iter().any(|size| *size != column[0]));
    differing.collect::<HashSet<_>>().len()
}
