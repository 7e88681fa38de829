//! Modules of one structure become one type.
//!
//! A place is a module or a tensor of the checkpoint. Its type is its structure without the numbers: dims and lengths. The
//! numbers of all places that have the type are kept beside it, and those that differ become its parameters. A type that
//! would have too many parameters is fixed: its numbers become a part of it, so that each place has a type of its own.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use weighbridge_checkpoint::DType;
use weighbridge_lock::index;

use super::error::GenerateError;
use super::mixed::{Kind, Mixed, linear};
use super::order::order;
use super::packing::Packing;
use super::quantised::recognise;
use super::role::role;
use super::sizes::{Size, Sizes};
use super::tree::{Children, Tree, stem, stems};
use super::types::{Name, Role, Type, TypeId, Types};

/// How many fields all structs together may have. Real models have fewer than 500. With more, the file is not a model's, or
/// has a list whose items are not numbered.
const FIELDS: usize = 5_000;

/// How many parameters a type may have.
const PARAMETERS: usize = 4;

/// How many items a tuple may have: the derive's traits are implemented for 12, and clippy calls a longer one in a list complex.
const TUPLE: usize = 12;
const TUPLE_IN_LIST: usize = 7;

/// How many numbers a layer may have.
const OF_LAYER: usize = 16;

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
    /// Their values, if a place has no more than a layer has.
    pub(super) values: Vec<Vec<usize>>,
    /// The names of the places, with `*` for indices; each once, in the order of the walk.
    pub(super) sites: Vec<String>,
    seen_numbers: HashSet<Vec<Size>>,
    seen_sites: HashSet<String>,
}

impl Fold {
    /// Folds a whole checkpoint.
    pub(super) fn of(root: &Children<'_>, sizes: &mut Sizes, packings: &[Packing]) -> Result<Fold, GenerateError> {
        let mut fold = Fold::default();
        let mixed = Mixed::of(root, packings);
        let mut fixed = HashSet::new();
        loop {
            fold.uses.clear();
            let quantised = (&mixed, packings);
            let mut pass = Pass { fold: &mut fold, sizes, fixed: &fixed, quantised, site: Vec::new(), field_count: 0 };
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
    fn note_use(&mut self, found: &Found, site: &[String], sizes: &Sizes) -> bool {
        let is_first = !self.uses.contains_key(&found.ty);
        let uses = self.uses.entry(found.ty).or_default();
        if uses.seen_numbers.insert(found.numbers.clone()) {
            if found.numbers.len() <= OF_LAYER {
                uses.values.push(found.numbers.iter().map(|size| sizes.meaning(*size).value).collect());
            }
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
    Fields(Fields),
}

type Fields = Vec<(Name, Found)>;

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
    /// Where layers are of several kinds, and what the configuration says of packed integers.
    quantised: (&'p Mixed, &'p [Packing]),
    /// The components of the place's name, with `*` for indices.
    site: Vec<String>,
    /// How many fields there are so far.
    field_count: usize,
}

impl Pass<'_> {
    fn root(&mut self, children: &Children<'_>) -> Result<Found, GenerateError> {
        let is_list_of_modules =
            |pass: &Self, ty| matches!(pass.fold.types.get(ty), Type::List(_)) && !pass.fold.types.is_parameter(ty);
        let (fields, role) = match self.list(children)? {
            Listed::List(list) if is_list_of_modules(self, list.ty) => {
                (vec![(Name::Exact(String::new()), list)], Role::Root { list: true })
            }
            Listed::Fields(fields) => (fields, Role::Root { list: false }),
            _ => (self.fields(children)?, Role::Root { list: false }),
        };
        self.structure(fields, role)
    }

    /// A module, which has the name of a tensor if that is so.
    fn module(&mut self, children: &Children<'_>, beside_tensor: bool) -> Result<Found, GenerateError> {
        let fields = match self.list(children)? {
            // two parameters cannot have one name
            Listed::List(list) if !(beside_tensor && self.fold.types.is_parameter(list.ty)) => return Ok(list),
            Listed::Fields(fields) => fields,
            _ => self.fields(children)?,
        };
        let (mixed, packings) = self.quantised;
        if let (Some(kinds), Some((kind, sizes))) = (mixed.kinds(&self.site), linear(children, packings)) {
            return self.mixed(kinds, &kind, fields, sizes);
        }
        if let Some((quantised, sizes)) = recognise(children, packings) {
            let numbers = self.sizes_of(quantised.is_linear(), &sizes);
            return self.place(fields, Role::Quantised(quantised), numbers);
        }
        let role = role(own_name(&self.site), children);
        self.structure(fields, role)
    }

    fn fields(&mut self, children: &Children<'_>) -> Result<Fields, GenerateError> {
        if children.len() > FIELDS {
            return Err(too_many(children.len()));
        }
        let mut names: Vec<&str> = children.names().collect();
        names.sort_by(|a, b| order(a, b));
        let stems = stems(children);
        let mut fields = Vec::new();
        for name in names {
            match stem(name).filter(|(stem, _)| stems.contains_key(stem)) {
                // all items of the list stand where the first one does
                Some((stem, 0)) => fields.extend(self.numbered(stem, stems[stem], children)?),
                Some(_) => {}
                None => {
                    self.site.push(if index(name).is_some() { "*".to_owned() } else { name.to_owned() });
                    let both = self.both(&children[name])?;
                    self.site.pop();
                    fields.extend(both.into_iter().map(|found| (Name::Exact(name.to_owned()), found)));
                }
            }
        }
        Ok(fields)
    }

    /// The children `encoderblock_0`, `encoderblock_1`, … up to a number: one list if they are equal.
    fn numbered(&mut self, stem: &str, count: usize, children: &Children<'_>) -> Result<Fields, GenerateError> {
        self.site.push(format!("{stem}*"));
        let mut items = Vec::new();
        for number in 0..count {
            let name = format!("{stem}{number}");
            let both = self.both(&children[name.as_str()])?;
            items.extend(both.into_iter().map(|found| (Name::Exact(name.clone()), found)));
        }
        let are_equal = items.len() == count && items.iter().all(|(_, found)| *found == items[0].1);
        if are_equal {
            let list = self.list_of(&items[0].1, count);
            items = vec![(Name::Numbered(stem.to_owned()), list)];
        }
        self.site.pop();
        Ok(items)
    }

    /// The tensor and the module that have one name. Nearly always there is one of them.
    fn both(&mut self, tree: &Tree<'_>) -> Result<Vec<Found>, GenerateError> {
        let mut both: Vec<Found> = tree.tensor.iter().map(|(dtype, shape)| self.tensor(*dtype, shape)).collect();
        if !tree.below.is_empty() {
            both.push(self.module(&tree.below, tree.tensor.is_some())?);
        }
        Ok(both)
    }

    fn tensor(&mut self, dtype: DType, shape: &[usize]) -> Found {
        self.fold.note_channels(shape);
        let zeros = shape.iter().map(|dim| *dim == 0).collect();
        let mut dims = shape.iter().filter(|dim| **dim > 0);
        let overflows = dims.try_fold(1_isize, |count, &dim| count.checked_mul(dim.try_into().ok()?)).is_none();
        let ty = self.fold.types.id(Type::Tensor { dtype, zeros, overflows });
        let site: Vec<&str> = self.site.iter().map(String::as_str).collect();
        let dims = (0..shape.len()).filter(|dim| shape[*dim] != 0);
        let numbers = dims.map(|dim| self.sizes.dim(&site, dim, shape)).collect();
        Found { ty, plain: ty, numbers }
    }

    /// The sizes of a quantised layer, which mean what those of its weight would.
    fn sizes_of(&mut self, is_linear: bool, sizes: &[usize]) -> Vec<Size> {
        let site: Vec<&str> = self.site.iter().map(String::as_str).chain(["weight"]).collect();
        match *sizes {
            [inputs, out] if is_linear => [1, 0].map(|dim| self.sizes.dim(&site, dim, &[out, inputs])).to_vec(),
            _ => sizes.iter().map(|size| self.sizes.dim(&site, 0, &[*size])).collect(),
        }
    }

    /// A layer of one of several kinds.
    fn mixed(
        &mut self,
        kinds: &BTreeSet<Kind>,
        kind: &Kind,
        fields: Fields,
        sizes: [usize; 2],
    ) -> Result<Found, GenerateError> {
        let numbers = self.sizes_of(true, &sizes);
        if kind.is_quantised() {
            self.place(fields, kind.role(), numbers.clone())?;
        } else {
            self.structure(fields, kind.role())?;
        }
        let types = &mut self.fold.types;
        let variants = kinds.iter().map(|kind| kind.id(types)).collect();
        let ty = types.id(Type::Enum(variants));
        let found = Found { ty, plain: ty, numbers };
        self.fold.note_use(&found, &self.site, self.sizes);
        Ok(found)
    }

    fn structure(&mut self, fields: Fields, role: Role) -> Result<Found, GenerateError> {
        let numbers: Vec<Size> = fields.iter().flat_map(|(_, found)| found.numbers.iter().copied()).collect();
        self.place(fields, role, numbers)
    }

    fn place(&mut self, fields: Fields, role: Role, numbers: Vec<Size>) -> Result<Found, GenerateError> {
        let plain = fields.iter().map(|(name, found)| (name.clone(), found.plain)).collect();
        let actual = fields.iter().map(|(name, found)| (name.clone(), found.ty)).collect();
        let plain = self.fold.types.id(Type::Struct { fields: plain, role, fixed: None });
        let fixed = self.fixed.contains(&plain).then(|| numbers.clone());
        let ty = self.fold.types.id(Type::Struct { fields: actual, role, fixed });
        let found = Found { ty, plain, numbers };
        if self.fold.note_use(&found, &self.site, self.sizes) {
            self.field_count += fields.len();
            if self.field_count > FIELDS {
                return Err(too_many(self.field_count));
            }
        }
        Ok(found)
    }

    /// Turns children whose names are all numbers into a list or a tuple, or into fields where that reads better. An index
    /// keeps the type that it has in the file: no other file fits.
    fn list(&mut self, children: &Children<'_>) -> Result<Listed, GenerateError> {
        let is_both = |child: &Tree<'_>| child.tensor.is_some() && !child.below.is_empty();
        let numbered: Option<BTreeMap<usize, &Tree<'_>>> =
            children.iter().map(|(name, child)| Some((index(name).filter(|_| !is_both(child))?, child))).collect();
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
        if let ([item], true) = (items.distinct.as_slice(), is_contiguous) {
            return Ok(Listed::List(self.list_of(item, items.numbers.len())));
        }
        let is_field = |item: &Found| {
            self.fold.types.is_parameter(item.ty) || matches!(self.fold.types.get(item.ty), Type::Tuple(_))
        };
        if last >= most || items.distinct.iter().any(is_field) {
            return Ok(Listed::Fields(items.into_fields()));
        }
        Ok(Listed::List(self.tuple(&items, last)))
    }

    /// Walks the numbered children of a module.
    fn items(&mut self, numbered: &BTreeMap<usize, &Tree<'_>>) -> Result<Items, GenerateError> {
        let mut items = Items { distinct: Vec::new(), numbers: Vec::new() };
        let mut known: HashMap<Found, usize> = HashMap::new();
        for (number, child) in numbered {
            for found in self.both(child)? {
                let item = *known.entry(found).or_insert_with_key(|found| {
                    items.distinct.push(found.clone());
                    items.distinct.len() - 1
                });
                items.numbers.push((*number, item));
            }
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
}

impl Items {
    fn by_number(&self) -> impl Iterator<Item = (usize, &Found)> {
        self.numbers.iter().map(|(number, item)| (*number, &self.distinct[*item]))
    }

    fn into_fields(self) -> Fields {
        self.by_number().map(|(number, found)| (Name::Exact(number.to_string()), found.clone())).collect()
    }
}

/// What the file calls the module at a place, or the list that it is an item of.
fn own_name(site: &[String]) -> &str {
    site.iter().rev().find(|part| *part != "*").map_or("", String::as_str)
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
