//! Makes values from tensors: on the devices of the loader, and with one storage for tied parameters.

use std::any::Any;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use weighbridge_checkpoint::AnyTensor;
use weighbridge_checkpoint::read::Tensors;

use crate::devices::Devices;
use crate::error::ParameterError;
use crate::parameter::Parameter;

/// Makes the values of parameters, one after the other.
#[derive(Debug)]
pub(crate) struct Maker<'m> {
    pub(crate) devices: &'m Devices,
    ties: &'m Ties,
    /// The first value of each tied group.
    made: HashMap<usize, Made>,
    /// The number of the current parameter, in schema order.
    pub(crate) number: usize,
}

/// The group of each tied parameter, by number. A group has the number of the parameter that the others are tied to.
#[derive(Debug)]
pub(crate) struct Ties(HashMap<usize, usize>);

/// A handle to a value, and how to get its tensor for a parameter of another type.
#[derive(Debug)]
struct Made {
    handle: Box<dyn Any>,
    tensor: fn(&dyn Any) -> Result<AnyTensor, ParameterError>,
}

impl Ties {
    /// Drops the tensors of all but the first parameter of each group, so that the first one can take over the memory.
    pub(crate) fn of(ties: &[(usize, usize)], tensors: &mut Tensors<'_>) -> Ties {
        let groups: HashMap<usize, usize> =
            ties.iter().flat_map(|&(number, other)| [(number, other), (other, other)]).collect();
        let mut members: Vec<(usize, usize)> = groups.iter().map(|(&number, &group)| (group, number)).collect();
        members.sort_unstable();
        for pair in members.windows(2) {
            if pair[0].0 == pair[1].0 {
                drop(tensors.take(pair[1].1));
            }
        }
        Ties(groups)
    }
}

impl<'m> Maker<'m> {
    pub(crate) fn new(devices: &'m Devices, ties: &'m Ties) -> Self {
        Maker { devices, ties, made: HashMap::new(), number: 0 }
    }

    pub(crate) fn parameter<P: Parameter>(&mut self, tensor: Option<AnyTensor>) -> Result<P, ParameterError> {
        let Some(&group) = self.ties.0.get(&self.number) else {
            return P::from_tensor(tensor.ok_or_else(none)?, self.devices);
        };
        if let Some(shared) = self.made.get(&group).and_then(|made| made.handle.downcast_ref()).and_then(P::share) {
            return Ok(shared);
        }
        let value = P::from_tensor(self.tensor(group, tensor)?, self.devices)?;
        if let Entry::Vacant(place) = self.made.entry(group) {
            let made = match value.share() {
                Some(handle) => Made { handle: Box::new(handle), tensor: tensor_of::<P> },
                None => Made { handle: Box::new(copy(&value)?), tensor: tensor_of::<AnyTensor> },
            };
            place.insert(made);
        }
        Ok(value)
    }

    /// Whether the current parameter is in a tied group.
    pub(crate) fn is_tied(&self) -> bool {
        self.ties.0.contains_key(&self.number)
    }

    /// Makes a value that shares no storage, such as a number.
    pub(crate) fn plain<T>(
        &mut self,
        tensor: Option<AnyTensor>,
        make: fn(AnyTensor) -> Result<T, ParameterError>,
    ) -> Result<T, ParameterError> {
        let Some(&group) = self.ties.0.get(&self.number) else { return make(tensor.ok_or_else(none)?) };
        let tensor = self.tensor(group, tensor)?;
        let made = || Made { handle: Box::new(tensor.clone()), tensor: tensor_of::<AnyTensor> };
        self.made.entry(group).or_insert_with(made);
        make(tensor)
    }

    /// The tensor of a parameter in a group: its own, or that of the first value.
    fn tensor(&self, group: usize, tensor: Option<AnyTensor>) -> Result<AnyTensor, ParameterError> {
        match (tensor, self.made.get(&group)) {
            (Some(tensor), _) => Ok(tensor),
            (None, Some(made)) => (made.tensor)(&*made.handle),
            (None, None) => Err(none()),
        }
    }
}

fn tensor_of<P: Parameter>(handle: &dyn Any) -> Result<AnyTensor, ParameterError> {
    handle.downcast_ref::<P>().map_or_else(|| Err(none()), copy)
}

/// The tensor of a value. It shares memory with the crate's own tensors, and copies others.
fn copy<P: Parameter>(value: &P) -> Result<AnyTensor, ParameterError> {
    if let Some(tensor) = (value as &dyn Any).downcast_ref::<AnyTensor>() {
        return Ok(tensor.clone());
    }
    let view = value.view();
    let bytes = view.bytes()?;
    AnyTensor::new(view.dtype(), view.shape(), &bytes)
        .map_err(|error| ParameterError::with_source("its view is no tensor", error))
}

fn none() -> ParameterError {
    ParameterError::new("the plan has no tensor for it")
}
