//! Turns the parameters of a module into the tensors of a file: in the declared layouts, and one tensor for parameters that
//! are tied.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use weighbridge_checkpoint::{AnyTensor, DType, Tensor};
use weighbridge_lock::counted;

use super::error::SaveError;
use crate::error::ParameterError;
use crate::listing::WalkedParameter;
use crate::parameter::View;
use crate::plan::strided;
use crate::report::TiedNote;
use crate::schema::{Dim, Layout, NthSource, SourceTensor};

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

/// The tensors by name, in the order in which the schema first needs them.
pub(super) fn tensors_of<'v>(
    parameters: Vec<WalkedParameter<'v>>,
    ties: &BTreeMap<String, TiedNote>,
) -> Result<Vec<(String, View<'v>)>, SaveError> {
    let left_out = left_out(&parameters, ties)?;
    let mut tensors: Vec<(String, FileTensor<'v>)> = Vec::with_capacity(parameters.len());
    let mut composed: HashMap<String, usize> = HashMap::new();
    for (number, WalkedParameter { path, view, layout, .. }) in parameters.into_iter().enumerate() {
        if left_out.get(number).is_some_and(|&left_out| left_out) {
            continue;
        }
        match layout {
            None => tensors.push((path, FileTensor::Whole(view))),
            Some((layout, prefix)) => {
                for (name, contribution) in contributions(layout, &prefix, path, view)? {
                    let place = *composed.entry(name.clone()).or_insert_with(|| {
                        let dtype = contribution.view.dtype();
                        let empty = Composed { dtype, shape: Vec::new(), contributions: Vec::new() };
                        tensors.push((name, FileTensor::Composed(empty)));
                        tensors.len() - 1
                    });
                    if let (_, FileTensor::Composed(composed)) = &mut tensors[place] {
                        composed.add(contribution)?;
                    }
                }
            }
        }
    }
    tensors
        .into_iter()
        .map(|(name, tensor)| match tensor {
            FileTensor::Whole(view) => Ok((name, view)),
            FileTensor::Composed(composed) => composed.view(&name).map(|view| (name, view)),
        })
        .collect()
}

/// Which parameters are not written, because they are tied. Fails if tied parameters have different values.
fn left_out(parameters: &[WalkedParameter<'_>], ties: &BTreeMap<String, TiedNote>) -> Result<Vec<bool>, SaveError> {
    let mut left_out = Vec::new();
    if parameters.iter().all(|parameter| parameter.tied_to.is_none()) {
        return Ok(left_out);
    }
    left_out.resize(parameters.len(), false);
    let numbers: HashMap<&str, usize> =
        parameters.iter().enumerate().map(|(number, parameter)| (parameter.path.as_str(), number)).collect();
    for (number, parameter) in parameters.iter().enumerate() {
        let Some(target) = &parameter.tied_to else { continue };
        let Some(&other) = numbers.get(target.as_str()) else { continue };
        let (own, others) = (&parameter.view, &parameters[other].view);
        let is_same = (own.dtype(), own.shape()) == (others.dtype(), others.shape())
            && bytes(&parameter.path, own)? == bytes(target, others)?;
        if !is_same {
            return Err(SaveError::Tied { path: parameter.path.clone(), target: target.clone() });
        }
        match ties.get(&parameter.path) {
            Some(note) => {
                left_out[number] = !note.found.contains(&note.path);
                left_out[other] |= !note.found.contains(&note.target);
            }
            None => left_out[number] = true,
        }
    }
    Ok(left_out)
}

/// What a parameter contributes to each of its source tensors, with the name of the tensor.
fn contributions<'v>(
    layout: &'static Layout,
    prefix: &str,
    path: String,
    view: View<'v>,
) -> Result<Vec<(String, Contribution<'v>)>, SaveError> {
    let (view, own): (Rc<View<'v>>, Rc<str>) = (Rc::new(view), path.into());
    let mut found = Vec::new();
    for number in 0.. {
        let source = match layout.source_of(view.shape(), number) {
            NthSource::Found(source) => source,
            NthSource::Skip(_) => break,
            NthSource::Misfit(text) => return Err(refuse(&own, text.as_str())),
        };
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
            Some(dims) => dims.to_vec(),
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
        let copies: Option<Vec<_>> = contributions
            .iter()
            .map(|one| Some(strided(&one.source, one.index, &shape, one.view.shape())?.inverse()))
            .collect();
        let elements = shape.iter().try_fold(1usize, |product, &extent| product.checked_mul(extent));
        let held: usize = copies.iter().flatten().map(|copy| copy.element_count()).sum();
        let size = elements.and_then(|elements| dtype.size_of(elements));
        let (Some(copies), Some(size), true) = (copies, size, elements == Some(held) && dtype.bits() >= 8) else {
            let path = contributions.first().map_or(name, |one| &*one.path);
            let held = format!(
                "`{name}` cannot be written: the parameters have only {held} of its elements; declare a parameter for the rest"
            );
            return Err(refuse(path, &held));
        };
        let fetch = move || {
            let bytes = AnyTensor::filled(DType::U8, [size], |out| {
                for (contribution, copy) in contributions.iter().zip(&copies) {
                    let source = contribution.view.bytes()?;
                    if !copy.copy(dtype.bits() / 8, &source, 0, out) {
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
    if view.shape().element_count().and_then(|elements| view.dtype().size_of(elements)) != Some(bytes.len()) {
        let (held, dtype, shape) = (counted(bytes.len(), "byte"), view.dtype(), view.shape());
        let message = format!("its view has {held}, which is not the size of {dtype} {shape}");
        return Err(refuse(ParameterError::new(message)));
    }
    Ok(bytes)
}
