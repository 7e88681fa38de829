//! Modules of one structure become one type. A type is a structure with the numbers taken out; the numbers of every
//! place that has it are kept beside it, and those that differ become its parameters.

use std::collections::{BTreeMap, HashMap, HashSet};

use weighbridge::DType;
use weighbridge_lock::index;

use super::error::GenerateError;
use super::order::order;
use super::sizes::{Size, Sizes, is_embedding};
use super::tree::Tree;

/// The fields of all structs together. Real models have fewer than 500; more is a list whose names are no numbers.
const FIELDS: usize = 5_000;

/// A type with more numbers that differ is written once for each place instead.
const PARAMETERS: usize = 4;

/// The most items of a tuple: what the trait is implemented for, and in a list what clippy finds readable.
const TUPLE: usize = 12;
const TUPLE_IN_LIST: usize = 7;

/// The most kinds of items in a list that is written as one of an enum.
const KINDS: usize = 6;

/// A type, as an index into [`Fold::types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TypeId(pub(super) usize);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Type {
    /// Its extents are numbers of the place, but for those that are 0: no parameter stands for them.
    Tensor {
        dtype: DType,
        zeros: Vec<bool>,
    },
    /// Items that are all alike; the length is the first number of the place.
    List(TypeId),
    /// Unlike items, with gaps.
    Tuple(Vec<Option<TypeId>>),
    Struct {
        fields: Vec<(String, TypeId)>,
        role: Role,
        fixed: Option<Vec<Size>>,
    },
    /// The kinds of items that a list has.
    Enum {
        variants: Vec<TypeId>,
        fixed: Option<Vec<Size>>,
    },
}

/// What a structure alone does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Role {
    Plain,
    /// A matrix that is looked up in, and not multiplied with.
    Embedding,
    /// The checkpoint itself, and whether it is a list.
    Root {
        list: bool,
    },
}

/// Where a type is used, and with which numbers.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// Each once.
    pub(super) numbers: Vec<Vec<Size>>,
    /// The names of the places, with `*` for indices; each once, in the order of the walk.
    pub(super) sites: Vec<String>,
    seen_numbers: HashSet<Vec<Size>>,
    seen_sites: HashSet<String>,
}

/// What was found at a place.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Found {
    /// The type with its numbers fixed where there are too many.
    ty: TypeId,
    /// The same as if none were fixed.
    plain: TypeId,
    numbers: Vec<Size>,
}

/// What children become whose names may all be numbers.
enum Listed {
    /// They are not.
    No,
    List(Found),
    Fields(Vec<(String, Found)>),
}

/// All types of a checkpoint.
#[derive(Default)]
pub(super) struct Fold {
    pub(super) types: Vec<Type>,
    ids: HashMap<Type, TypeId>,
    pub(super) uses: BTreeMap<TypeId, Uses>,
    /// Plain types that have too many parameters.
    fixed: HashSet<TypeId>,
    pub(super) root: Option<TypeId>,
    fields: usize,
    /// Weights of convolutions whose channels that come in are the second extent, and the last one.
    channels: [usize; 2],
}

impl Fold {
    /// Folds a whole checkpoint.
    pub(super) fn of(root: &BTreeMap<String, Tree>, sizes: &mut Sizes) -> Result<Fold, GenerateError> {
        let mut fold = Fold::default();
        loop {
            fold.uses.clear();
            fold.fields = 0;
            let found = fold.root(root, sizes)?;
            fold.root = Some(found.ty);
            // a type that is fixed changes those around it, which may then have fewer parameters or more uses
            let before = fold.fixed.len();
            fold.fix();
            if fold.fixed.len() == before {
                return Ok(fold);
            }
        }
    }

    /// Notes the types that have too many parameters: of those within each other the innermost.
    fn fix(&mut self) {
        let too_many = |(ty, uses): (&TypeId, &Uses)| (parameters(&uses.numbers) > PARAMETERS).then_some(*ty);
        let many: HashSet<TypeId> = self.uses.iter().filter_map(too_many).filter(|ty| !self.is_fixed(*ty)).collect();
        let mut known = HashMap::new();
        for ty in &many {
            if !self.parts(*ty).into_iter().any(|part| self.has_one_of(&many, part, &mut known)) {
                let plain = self.plain(*ty);
                self.fixed.insert(plain);
            }
        }
    }

    fn has_one_of(&self, wanted: &HashSet<TypeId>, ty: TypeId, known: &mut HashMap<TypeId, bool>) -> bool {
        if let Some(known) = known.get(&ty) {
            return *known;
        }
        let has = wanted.contains(&ty) || self.parts(ty).into_iter().any(|part| self.has_one_of(wanted, part, known));
        known.insert(ty, has);
        has
    }

    /// The types that a type is made of.
    pub(super) fn parts(&self, ty: TypeId) -> Vec<TypeId> {
        match self.get(ty) {
            Type::Tensor { .. } => Vec::new(),
            Type::List(item) => vec![*item],
            Type::Tuple(items) => items.iter().flatten().copied().collect(),
            Type::Struct { fields, .. } => fields.iter().map(|(_, ty)| *ty).collect(),
            Type::Enum { variants, .. } => variants.clone(),
        }
    }

    fn is_fixed(&self, ty: TypeId) -> bool {
        matches!(&self.types[ty.0], Type::Struct { fixed: Some(_), .. } | Type::Enum { fixed: Some(_), .. })
    }

    fn plain(&mut self, ty: TypeId) -> TypeId {
        let plain = match self.types[ty.0].clone() {
            Type::Tensor { .. } => return ty,
            Type::List(item) => Type::List(self.plain(item)),
            Type::Tuple(items) => {
                Type::Tuple(items.into_iter().map(|item| item.map(|item| self.plain(item))).collect())
            }
            Type::Struct { fields, role, .. } => {
                let fields = fields.into_iter().map(|(name, ty)| (name, self.plain(ty))).collect();
                Type::Struct { fields, role, fixed: None }
            }
            Type::Enum { variants, .. } => {
                Type::Enum { variants: variants.into_iter().map(|ty| self.plain(ty)).collect(), fixed: None }
            }
        };
        self.id(plain)
    }

    fn id(&mut self, ty: Type) -> TypeId {
        let next = TypeId(self.types.len());
        let types = &mut self.types;
        *self.ids.entry(ty).or_insert_with_key(|ty| {
            types.push(ty.clone());
            next
        })
    }

    pub(super) fn get(&self, ty: TypeId) -> &Type {
        &self.types[ty.0]
    }

    /// Whether convolutions have the channels that come in last, as MLX and TensorFlow write them.
    pub(super) fn channels_last(&self) -> bool {
        self.channels[1] > 0 && self.channels[0] == 0
    }

    /// Whether a field of this type is a parameter, or a list of parameters.
    pub(super) fn is_parameter(&self, ty: TypeId) -> bool {
        match self.get(ty) {
            Type::Tensor { .. } => true,
            Type::List(item) => self.is_parameter(*item),
            _ => false,
        }
    }

    /// How many numbers a place of this type has.
    pub(super) fn count(&self, ty: TypeId) -> usize {
        match self.get(ty) {
            Type::Tensor { zeros, .. } => zeros.iter().filter(|zero| !**zero).count(),
            Type::List(item) => 1 + self.count(*item),
            _ => self.parts(ty).into_iter().map(|part| self.count(part)).sum(),
        }
    }

    fn root(&mut self, children: &BTreeMap<String, Tree>, sizes: &mut Sizes) -> Result<Found, GenerateError> {
        let site = &mut Vec::new();
        let alike = |fold: &Fold, ty| matches!(fold.get(ty), Type::List(_)) && !fold.is_parameter(ty);
        let (fields, role) = match self.list(children, site, sizes)? {
            Listed::List(list) if alike(self, list.ty) => (vec![(String::new(), list)], Role::Root { list: true }),
            Listed::Fields(fields) => (fields, Role::Root { list: false }),
            _ => (self.fields(children, site, sizes)?, Role::Root { list: false }),
        };
        self.structure(fields, role, site)
    }

    fn module(
        &mut self,
        children: &BTreeMap<String, Tree>,
        site: &mut Vec<String>,
        sizes: &mut Sizes,
    ) -> Result<Found, GenerateError> {
        let fields = match self.list(children, site, sizes)? {
            Listed::List(list) => return Ok(list),
            Listed::Fields(fields) => fields,
            Listed::No => self.fields(children, site, sizes)?,
        };
        let module = site.iter().rev().find(|part| *part != "*");
        let lookup = module.is_some_and(|module| is_embedding(module)) && children.contains_key("weight");
        self.structure(fields, if lookup { Role::Embedding } else { Role::Plain }, site)
    }

    fn fields(
        &mut self,
        children: &BTreeMap<String, Tree>,
        site: &mut Vec<String>,
        sizes: &mut Sizes,
    ) -> Result<Vec<(String, Found)>, GenerateError> {
        if children.len() > FIELDS {
            return Err(self.too_many(children.len()));
        }
        let mut names: Vec<&String> = children.keys().collect();
        names.sort_by(|a, b| order(a, b));
        let mut fields = Vec::new();
        for name in names {
            site.push(if index(name).is_some() { "*".to_owned() } else { name.clone() });
            let found = self.place(&children[name], site, sizes)?;
            site.pop();
            fields.push((name.clone(), found));
        }
        Ok(fields)
    }

    fn place(&mut self, tree: &Tree, site: &mut Vec<String>, sizes: &mut Sizes) -> Result<Found, GenerateError> {
        match tree {
            Tree::Module(children) => self.module(children, site, sizes),
            Tree::Tensor(dtype, shape) => {
                if let [_, first, middle @ .., last] = shape.as_slice() {
                    // a kernel is as wide as it is high
                    let square = |kernel: &[usize]| kernel.windows(2).all(|pair| pair[0] == pair[1]);
                    let spatial = !middle.is_empty() && first != last;
                    self.channels[0] += usize::from(spatial && square(&shape[2..]));
                    self.channels[1] += usize::from(spatial && square(&shape[1..shape.len() - 1]));
                }
                let ty = self.id(Type::Tensor { dtype: *dtype, zeros: shape.iter().map(|dim| *dim == 0).collect() });
                let parts: Vec<&str> = site.iter().map(String::as_str).collect();
                let dims = (0..shape.len()).filter(|dim| shape[*dim] != 0);
                let numbers = dims.map(|dim| sizes.extent(&parts, dim, shape)).collect();
                Ok(Found { ty, plain: ty, numbers })
            }
        }
    }

    fn structure(&mut self, fields: Vec<(String, Found)>, role: Role, site: &[String]) -> Result<Found, GenerateError> {
        let plain = fields.iter().map(|(name, found)| (name.clone(), found.plain)).collect();
        let actual = fields.iter().map(|(name, found)| (name.clone(), found.ty)).collect();
        let numbers: Vec<Size> = fields.iter().flat_map(|(_, found)| found.numbers.iter().copied()).collect();
        let plain = self.id(Type::Struct { fields: plain, role, fixed: None });
        let fixed = self.fixed.contains(&plain).then(|| numbers.clone());
        let ty = self.id(Type::Struct { fields: actual, role, fixed });
        let found = Found { ty, plain, numbers };
        if self.used(&found, site) {
            self.fields += fields.len();
            if self.fields > FIELDS {
                return Err(self.too_many(self.fields));
            }
        }
        Ok(found)
    }

    /// Notes a use of a type; whether it is its first.
    fn used(&mut self, found: &Found, site: &[String]) -> bool {
        let first = !self.uses.contains_key(&found.ty);
        let uses = self.uses.entry(found.ty).or_default();
        if uses.seen_numbers.insert(found.numbers.clone()) {
            uses.numbers.push(found.numbers.clone());
        }
        let site = site.join(".");
        if uses.seen_sites.insert(site.clone()) {
            uses.sites.push(site);
        }
        first
    }

    fn too_many(&self, found: usize) -> GenerateError {
        GenerateError::TooMany { found, limit: FIELDS }
    }

    /// Children whose names are all numbers, as a list or a tuple, or as fields if that is better.
    fn list(
        &mut self,
        children: &BTreeMap<String, Tree>,
        site: &mut Vec<String>,
        sizes: &mut Sizes,
    ) -> Result<Listed, GenerateError> {
        let numbered: Option<BTreeMap<usize, &Tree>> =
            children.iter().map(|(name, child)| Some((index(name)?, child))).collect();
        let Some(numbered) = numbered.filter(|numbered| !numbered.is_empty()) else { return Ok(Listed::No) };
        let contiguous = numbered.keys().copied().eq(0..numbered.len());
        let last = numbered.keys().next_back().copied().unwrap_or(0);
        let most = if site.last().is_some_and(|part| part == "*") { TUPLE_IN_LIST } else { TUPLE };
        if !contiguous && last >= most {
            return Ok(Listed::No);
        }
        site.push("*".to_owned());
        let (mut kinds, mut items): (Vec<Found>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
        let mut known: HashMap<Found, usize> = HashMap::new();
        for (number, child) in &numbered {
            let found = self.place(child, site, sizes)?;
            let kind = *known.entry(found).or_insert_with_key(|found| {
                kinds.push(found.clone());
                kinds.len() - 1
            });
            items.push((*number, kind));
        }
        site.pop();
        let parts: Vec<&str> = site.iter().map(String::as_str).collect();
        let list_of = |fold: &mut Fold, sizes: &mut Sizes, item: &Found| {
            let mut numbers = vec![sizes.length(&parts, items.len())];
            numbers.extend(&item.numbers);
            Found { ty: fold.id(Type::List(item.ty)), plain: fold.id(Type::List(item.plain)), numbers }
        };
        if let ([item], true) = (kinds.as_slice(), contiguous) {
            return Ok(Listed::List(list_of(self, sizes, item)));
        }
        let fields = || items.iter().map(|(number, kind)| (number.to_string(), kinds[*kind].clone())).collect();
        if kinds.iter().any(|item| self.is_parameter(item.ty)) {
            return Ok(Listed::Fields(fields()));
        }
        let structs = kinds.iter().all(|item| matches!(self.get(item.ty), Type::Struct { .. }));
        if contiguous && structs && kinds.len() <= KINDS && kinds.len() * 3 <= items.len() {
            let item = self.one_of(&kinds, &[site.as_slice(), &["*".to_owned()]].concat());
            return Ok(Listed::List(list_of(self, sizes, &item)));
        }
        let nested = kinds.iter().any(|item| matches!(self.get(item.ty), Type::Tuple(_)));
        if last >= most || nested {
            return Ok(Listed::Fields(fields()));
        }
        let by_number: BTreeMap<usize, &Found> = items.iter().map(|(number, kind)| (*number, &kinds[*kind])).collect();
        let pick = |part: fn(&Found) -> TypeId| {
            (0..=last).map(|number| by_number.get(&number).map(|found| part(found))).collect()
        };
        let (ty, plain) = (pick(|found| found.ty), pick(|found| found.plain));
        let numbers = by_number.values().flat_map(|found| found.numbers.iter().copied()).collect();
        Ok(Listed::List(Found { ty: self.id(Type::Tuple(ty)), plain: self.id(Type::Tuple(plain)), numbers }))
    }

    fn one_of(&mut self, kinds: &[Found], site: &[String]) -> Found {
        let numbers: Vec<Size> = kinds.iter().flat_map(|found| found.numbers.iter().copied()).collect();
        let plain = Type::Enum { variants: kinds.iter().map(|found| found.plain).collect(), fixed: None };
        let plain = self.id(plain);
        let fixed = self.fixed.contains(&plain).then(|| numbers.clone());
        let ty = self.id(Type::Enum { variants: kinds.iter().map(|found| found.ty).collect(), fixed });
        let found = Found { ty, plain, numbers };
        self.used(&found, site);
        found
    }
}

/// How many of the numbers differ between places, each group of equal ones counted once.
fn parameters(places: &[Vec<Size>]) -> usize {
    let Some(first) = places.first().filter(|_| places.len() > 1) else { return 0 };
    let column = |at: usize| -> Vec<Size> { places.iter().map(|numbers| numbers[at]).collect() };
    let differing = (0..first.len()).map(column).filter(|column| column.iter().any(|size| *size != column[0]));
    differing.collect::<HashSet<_>>().len()
}
