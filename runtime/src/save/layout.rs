//! The tensors of a file from the parameters of a module: each laid out as the file has it, and of tied ones one.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::{SaveError, bytes};
use crate::dtype::DType;
use crate::error::ParameterError;
use crate::parameter::View;
use crate::plan::strided;
use crate::report::TiedNote;
use crate::schema::{Dim, Layout, Nth, Source};
use crate::storage::Words;
use crate::tree::Shown;

/// One tensor of the file.
enum Tensor<'v> {
    /// As the parameter is.
    Whole(View<'v>),
    Composed(Composed<'v>),
}

/// A tensor that several parameters are parts of, or one that lies otherwise in the file.
struct Composed<'v> {
    dtype: DType,
    shape: Vec<usize>,
    parts: Vec<Part<'v>>,
}

struct Part<'v> {
    path: Rc<str>,
    view: Rc<View<'v>>,
    source: Source,
    index: usize,
}

/// The tensors by name, in the order in which the schema first needs them.
pub(super) fn in_file<'v>(
    parameters: Vec<Shown<'v>>,
    ties: &BTreeMap<String, TiedNote>,
) -> Result<Vec<(String, View<'v>)>, SaveError> {
    let left_out = left_out(&parameters, ties)?;
    let mut tensors: Vec<(String, Tensor<'v>)> = Vec::with_capacity(parameters.len());
    let mut composed: HashMap<String, usize> = HashMap::new();
    for (number, Shown { path, view, layout, .. }) in parameters.into_iter().enumerate() {
        if left_out.get(number).is_some_and(|&left_out| left_out) {
            continue;
        }
        match layout {
            None => tensors.push((path, Tensor::Whole(view))),
            Some((layout, beside)) => {
                for (name, part) in parts(layout, &beside, path, view)? {
                    let place = *composed.entry(name.clone()).or_insert_with(|| {
                        let empty = Composed { dtype: part.view.dtype(), shape: Vec::new(), parts: Vec::new() };
                        tensors.push((name, Tensor::Composed(empty)));
                        tensors.len() - 1
                    });
                    if let (_, Tensor::Composed(composed)) = &mut tensors[place] {
                        composed.add(part)?;
                    }
                }
            }
        }
    }
    tensors
        .into_iter()
        .map(|(name, tensor)| match tensor {
            Tensor::Whole(view) => Ok((name, view)),
            Tensor::Composed(composed) => composed.view(&name).map(|view| (name, view)),
        })
        .collect()
}

/// Which parameters are not written, because they are others; they must be equal to those.
fn left_out(parameters: &[Shown<'_>], ties: &BTreeMap<String, TiedNote>) -> Result<Vec<bool>, SaveError> {
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

/// What a parameter is in the file: a part of each of its sources, with the source's name.
fn parts<'v>(
    layout: &'static Layout,
    beside: &str,
    path: String,
    view: View<'v>,
) -> Result<Vec<(String, Part<'v>)>, SaveError> {
    let (view, own): (Rc<View<'v>>, Rc<str>) = (Rc::new(view), path.into());
    let mut parts = Vec::new();
    for number in 0.. {
        let source = match layout.source_of(view.shape(), number) {
            Nth::Found(source) => source,
            Nth::Skip(_) => break,
            Nth::Misfit(text) => return Err(refuse(&own, text.as_str())),
        };
        let count = match source.stacked.map(|side| side.dim) {
            Some(Dim::Is(count)) => count,
            _ => 1,
        };
        for index in 0..count {
            let name = match source.name {
                Some(name) => format!("{beside}{}", Layout::numbered(name, index)),
                None => own.to_string(),
            };
            parts.push((name, Part { path: Rc::clone(&own), view: Rc::clone(&view), source, index }));
        }
    }
    Ok(parts)
}

impl<'v> Composed<'v> {
    /// One part more. What is cut reaches as far as its last part.
    fn add(&mut self, part: Part<'v>) -> Result<(), SaveError> {
        let shape = match part.source.reshaped {
            Some(dims) => dims.to_vec(),
            None => {
                let sides = part.source.frame.sides().iter();
                sides.map(|side| if let Dim::Is(n) = side.dim { side.slice.unwrap_or(0) + n } else { 0 }).collect()
            }
        };
        if self.parts.is_empty() {
            self.shape = shape;
        } else if part.view.dtype() != self.dtype || shape.len() != self.shape.len() {
            return Err(refuse(
                &part.path,
                "its tensor in the file is another parameter's too, which has another dtype or rank",
            ));
        } else {
            for (extent, other) in self.shape.iter_mut().zip(shape) {
                *extent = other.max(*extent);
            }
        }
        self.parts.push(part);
        Ok(())
    }

    /// The tensor as the file has it, put together when it is written.
    fn view(self, name: &str) -> Result<View<'v>, SaveError> {
        let Composed { dtype, shape, parts } = self;
        let copies: Vec<_> =
            parts.iter().map(|part| strided(&part.source, part.index, &shape, part.view.shape()).inverse()).collect();
        let elements = shape.iter().try_fold(1usize, |product, &extent| product.checked_mul(extent));
        let held: usize = copies.iter().map(|copy| copy.elements()).sum();
        let size = elements.and_then(|elements| dtype.size_of(elements));
        let (Some(size), true) = (size, elements == Some(held) && dtype.bits() >= 8) else {
            let path = parts.first().map_or(name, |part| &*part.path);
            let held = format!("`{name}` cannot be written: the parameters hold {held} of its elements, and not all");
            return Err(refuse(path, &held));
        };
        let fetch = move || {
            let none = |_| ParameterError::new(format!("there is no memory for its {size} bytes"));
            let mut words = Words::zeroed(size, 1).map_err(none)?;
            let out = &mut words.as_bytes_mut()[..size];
            for (part, copy) in parts.iter().zip(&copies) {
                let source = part.view.bytes()?;
                if !copy.copy(dtype.bits() / 8, &source, 0, out) {
                    return Err(ParameterError::new("its view has fewer bytes than its shape says"));
                }
            }
            Ok(words.into_vec(0..size))
        };
        Ok(View::deferred(dtype, Vec::clone(&shape), fetch))
    }
}

fn refuse(path: &str, why: &str) -> SaveError {
    SaveError::Parameter { path: path.to_owned(), source: ParameterError::new(why.to_owned()) }
}
