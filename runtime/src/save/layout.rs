//! Turns the parameters of a module into the tensors of a file: in the declared layouts, and one tensor for parameters that
//! are tied.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use weighbridge_checkpoint::{AnyTensor, DType, ListedSpec, SpecList, Tensor};
use weighbridge_lock::counted;

use super::error::SaveError;
use super::names::Names;
use crate::error::ParameterError;
use crate::listing::{Listing, Paths};
use crate::parameter::View;
use crate::plan::strided;
use crate::report::TiedNote;
use crate::schema::{Dim, Layout, SourceTensor};

/// One tensor of the file.
enum FileTensor<'v> {
    /// One parameter, as it is.
    Whole(View<'v>),
    Composed(Composed<'v>),
}

/// A tensor that is put together from parameters, or that the file lays out differently from the parameter.
struct Composed<'v> {
    dtype: DType,
    shape: Vec<usize>,
    contributions: Vec<Contribution<'v>>,
}

/// What one parameter gives to a composed tensor.
struct Contribution<'v> {
    path: Rc<str>,
    view: Rc<View<'v>>,
    source: SourceTensor,
    /// Its index among the source tensors that are stacked.
    index: usize,
}

/// The tensors of a file, by number.
pub(super) struct FileTensors<'v> {
    names: Paths,
    views: Vec<View<'v>>,
}

impl FileTensors<'_> {
    pub(super) fn get(&self, number: usize) -> (&str, &View<'_>) {
        (self.names.get(number), &self.views[number])
    }
}

impl SpecList for FileTensors<'_> {
    fn count(&self) -> usize {
        self.views.len()
    }

    fn listed(&self, number: usize) -> ListedSpec<'_> {
        let (name, view) = self.get(number);
        ListedSpec { name, dtype: view.dtype(), shape: view.shape() }
    }
}

/// The tensors, in the order in which the schema first needs them.
pub(super) fn tensors_of<'v>(
    listing: Listing<'v>,
    ties: Option<&BTreeMap<String, TiedNote>>,
    dims: &BTreeMap<String, usize>,
) -> Result<FileTensors<'v>, SaveError> {
    let left_out = left_out(&listing, ties)?;
    let mut known = Names::of(&listing, dims);
    let Listing { paths, views, mut layouts, .. } = listing;
    // mostly, a file has the parameters as they are
    if left_out.is_empty() && layouts.is_empty() {
        return Ok(FileTensors { names: paths, views });
    }
    let mut names = Paths::with_capacity(views.len());
    let mut tensors: Vec<FileTensor<'v>> = Vec::with_capacity(views.len());
    let mut composed: HashMap<String, usize> = HashMap::new();
    for (number, view) in views.into_iter().enumerate() {
        if left_out.contains(&number) {
            continue;
        }
        let path = paths.get(number);
        let Some((layout, prefix)) = layouts.remove(&number) else {
            names.push(path);
            tensors.push(FileTensor::Whole(view));
            continue;
        };
        for (name, contribution) in contributions((layout, &prefix), (path, number), view, &mut known)? {
            let place = *composed.entry(name).or_insert_with_key(|name| {
                let dtype = contribution.view.dtype();
                names.push(name);
                tensors.push(FileTensor::Composed(Composed { dtype, shape: Vec::new(), contributions: Vec::new() }));
                tensors.len() - 1
            });
            if let FileTensor::Composed(composed) = &mut tensors[place] {
                composed.add(contribution)?;
            }
        }
    }
    let view = |(number, tensor)| match tensor {
        FileTensor::Whole(view) => Ok(view),
        FileTensor::Composed(composed) => composed.view(names.get(number)),
    };
    let views = tensors.into_iter().enumerate().map(view).collect::<Result<_, _>>()?;
    Ok(FileTensors { names, views })
}

/// The numbers of the parameters that are not written, because they are tied. Fails if tied parameters have different values.
fn left_out(listing: &Listing<'_>, ties: Option<&BTreeMap<String, TiedNote>>) -> Result<HashSet<usize>, SaveError> {
    let Listing { paths, views, tied_to, tied_perhaps, .. } = listing;
    let mut left_out = HashSet::new();
    if tied_to.is_empty() {
        return Ok(left_out);
    }
    let numbers: HashMap<&str, usize> = paths.iter().enumerate().map(|(number, path)| (path, number)).collect();
    for (&number, target) in tied_to {
        let Some(&other) = numbers.get(target.as_str()) else { continue };
        let (path, own, others) = (paths.get(number), &views[number], &views[other]);
        let (perhaps, note) = (tied_perhaps.contains(&number), ties.and_then(|ties| ties.get(path)));
        // the load found the condition false
        if perhaps && ties.is_some() && note.is_none() {
            continue;
        }
        let is_same = (own.dtype(), own.shape()) == (others.dtype(), others.shape())
            && bytes(path, own)? == bytes(target, others)?;
        if !is_same && perhaps && note.is_none() {
            continue;
        }
        if !is_same {
            return Err(SaveError::Tied { path: path.to_owned(), target: target.clone() });
        }
        // without a note, the one that the others are tied to is written
        let (keeps_own, keeps_other) = match note {
            Some(note) => (note.found.contains(&note.path), note.found.contains(&note.target)),
            None => (false, true),
        };
        if keeps_own {
            left_out.remove(&number);
        } else {
            left_out.insert(number);
        }
        if !keeps_other {
            left_out.insert(other);
        }
    }
    Ok(left_out)
}

/// What a parameter contributes to each of its source tensors, with the name of the tensor.
fn contributions<'v>(
    (layout, prefix): (&'static Layout, &str),
    (path, parameter): (&str, usize),
    view: View<'v>,
    known: &mut Names<'_>,
) -> Result<Vec<(String, Contribution<'v>)>, SaveError> {
    let (view, own): (Rc<View<'v>>, Rc<str>) = (Rc::new(view), path.into());
    let mut found = Vec::new();
    for number in 0.. {
        let Some(source) = known.source(layout, (path, parameter), view.shape(), number)? else { break };
        let count = match source.stacked.map(|side| side.dim) {
            Some(Dim::Is(count)) => count,
            _ => 1,
        };
        for index in 0..count {
            let name = match source.name {
                Some(name) => format!("{prefix}{}", Layout::numbered(name, index)),
                None => own.to_string(),
            };
            found.push((name, Contribution { path: Rc::clone(&own), view: Rc::clone(&view), source, index }));
        }
    }
    Ok(found)
}

impl<'v> Composed<'v> {
    /// Adds a contribution. A tensor that parameters take slices of extends as far as the last slice.
    fn add(&mut self, contribution: Contribution<'v>) -> Result<(), SaveError> {
        let shape = match contribution.source.reshaped {
            Some(sizes) => sizes.to_vec(),
            None => {
                let sides = contribution.source.frame.sides().iter();
                sides.map(|side| if let Dim::Is(n) = side.dim { side.slice.unwrap_or(0) + n } else { 0 }).collect()
            }
        };
        if self.contributions.is_empty() {
            self.shape = shape;
        } else if contribution.view.dtype() != self.dtype || shape.len() != self.shape.len() {
            return Err(refuse(
                &contribution.path,
                "another parameter in the same tensor of the file has another dtype or rank; give both the same",
            ));
        } else {
            for (extent, other) in self.shape.iter_mut().zip(shape) {
                *extent = other.max(*extent);
            }
        }
        self.contributions.push(contribution);
        Ok(())
    }

    /// A view of the tensor as the file has it. It is put together when it is written.
    fn view(self, name: &str) -> Result<View<'v>, SaveError> {
        let Composed { dtype, shape, contributions } = self;
        let path = contributions.first().map_or(name, |one| &*one.path);
        let block = dtype.block();
        let size = dtype.byte_len(&shape);
        let mut copies = Vec::with_capacity(contributions.len());
        for one in &contributions {
            let Some(copy) = strided(&one.source, one.index, &shape, one.view.shape()) else { break };
            let blocks = copy.inverse().in_blocks(block.elements).filter(|_| size.is_some() || !dtype.shares_bytes());
            let Some(blocks) = blocks else {
                let why = format!(
                    "`{name}` cannot be written: a block of {dtype} has {}, and the layout takes it apart; declare the shape as the file has it",
                    counted(block.elements, "element"),
                );
                return Err(refuse(&one.path, &why));
            };
            copies.push(blocks);
        }
        let elements = shape.iter().try_fold(1usize, |product, &extent| product.checked_mul(extent));
        let held = copies.iter().map(|copy| copy.element_count()).sum::<usize>().saturating_mul(block.elements);
        let (Some(size), true) = (size, copies.len() == contributions.len() && elements == Some(held)) else {
            let held = format!(
                "`{name}` cannot be written: the parameters have only {held} of its elements; declare a parameter for the rest"
            );
            return Err(refuse(path, &held));
        };
        let fetch = move || {
            let bytes = AnyTensor::filled(DType::U8, [size], |out| {
                for (contribution, copy) in contributions.iter().zip(&copies) {
                    let source = contribution.view.bytes()?;
                    if !copy.copy(block.bytes, &source, 0, out) {
                        return Err(ParameterError::new("its view has fewer bytes than its shape says"));
                    }
                }
                Ok(())
            })?;
            Ok(Tensor::<u8>::try_from(bytes).map(Tensor::into_vec).unwrap_or_default())
        };
        Ok(View::deferred(dtype, Vec::clone(&shape), fetch))
    }
}

fn refuse(path: &str, why: &str) -> SaveError {
    SaveError::Parameter { path: path.to_owned(), source: ParameterError::new(why.to_owned()) }
}

/// The bytes of a parameter. Fails if their number is not that of its dtype and shape.
pub(super) fn bytes<'v>(name: &str, view: &'v View<'_>) -> Result<Cow<'v, [u8]>, SaveError> {
    let refuse = |source| SaveError::Parameter { path: name.to_owned(), source };
    let bytes = view.bytes().map_err(refuse)?;
    if view.dtype().byte_len(view.shape()) != Some(bytes.len()) {
        let (held, dtype, shape) = (counted(bytes.len(), "byte"), view.dtype(), view.shape());
        let message = format!("its view has {held}, which is not the size of {dtype} {shape}");
        return Err(refuse(ParameterError::new(message)));
    }
    Ok(bytes)
}
