//! The elements of a plan in memory.

use std::sync::Arc;

use crate::checkpoint::Checkpoint;
use crate::kind::Kind;
use crate::plan::Take;
use crate::report::Held;
use crate::storage::{Memory, Storage};
use crate::tensor::AnyTensor;

/// The tensors of a plan by their parameters' numbers. Each is made when it is asked for: of a hundred thousand small
/// ones, a list beside the module would take as much memory as the module's own.
#[derive(Debug)]
pub(crate) struct Tensors<'t> {
    checkpoint: &'t Checkpoint,
    takes: &'t [Option<Take>],
    /// Of each parameter.
    places: Vec<Place>,
    shelves: Vec<Shelf>,
    /// The kind that was made last.
    made: Option<Arc<Kind>>,
}

/// Where the elements of a tensor are. The numbers are half as wide as they could be: of parameters there are not as many.
#[derive(Clone, Copy, Debug)]
struct Place {
    shelf: u32,
    /// The parameter whose take says what the elements are: its own, or the one that it is the same as.
    take: u32,
    /// The first byte.
    start: usize,
}

/// Stands for no shelf.
const NONE: u32 = u32::MAX;

/// Memory that tensors have parts of.
#[derive(Debug)]
struct Shelf {
    /// `None` while it is filled, and when the last tensor was given out.
    memory: Option<Arc<Memory>>,
    /// How many tensors are to be given out.
    left: u32,
}

impl<'t> Tensors<'t> {
    /// No tensor yet. `None` if there are more parameters than can be numbered.
    pub(super) fn none(checkpoint: &'t Checkpoint, takes: &'t [Option<Take>]) -> Option<Tensors<'t>> {
        u32::try_from(takes.len()).ok().filter(|&count| count < NONE)?;
        let nowhere = Place { shelf: NONE, take: 0, start: 0 };
        Some(Tensors { checkpoint, takes, places: vec![nowhere; takes.len()], shelves: Vec::new(), made: None })
    }

    /// Adds a shelf for memory that is there, or that is still to be filled.
    pub(super) fn shelf(&mut self, memory: Option<Arc<Memory>>) {
        self.shelves.push(Shelf { memory, left: 0 });
    }

    /// Puts a tensor on the last shelf.
    pub(super) fn put(&mut self, number: usize, start: usize) {
        // no shelf is without a tensor, and `none` counted these
        let place = Place { shelf: self.shelves.len() as u32 - 1, take: number as u32, start };
        self.set(number, place);
    }

    /// Puts a tensor that is in memory already on a shelf of its memory.
    pub(super) fn put_there(&mut self, number: usize, storage: Storage) {
        let (memory, start) = storage.into_place();
        let last = self.shelves.last().and_then(|shelf| shelf.memory.as_ref());
        if !last.is_some_and(|last| Arc::ptr_eq(last, &memory)) {
            self.shelf(Some(memory));
        }
        self.put(number, start);
    }

    /// The memory of the shelves that were filled, in their order.
    pub(super) fn filled(&mut self, mut memory: impl Iterator<Item = Memory>) {
        for shelf in self.shelves.iter_mut().filter(|shelf| shelf.memory.is_none()) {
            shelf.memory = memory.next().map(Arc::new);
        }
    }

    /// Gives a tensor out. Whoever gets the last one of a memory has that alone, so that it can be taken over.
    pub(crate) fn take(&mut self, number: usize) -> Option<AnyTensor> {
        let place = *self.places.get(number)?;
        let shelf = self.shelves.get(place.shelf as usize)?;
        let memory = shelf.memory.as_ref().filter(|_| shelf.left > 1).map(Arc::clone);
        let memory = self.clear(number).or(memory)?;
        Some(self.tensor(place, memory))
    }

    /// A tensor that stays where it is.
    pub(crate) fn get(&mut self, number: usize) -> Option<AnyTensor> {
        let place = *self.places.get(number)?;
        let memory = self.shelves.get(place.shelf as usize)?.memory.as_ref().map(Arc::clone)?;
        Some(self.tensor(place, memory))
    }

    /// Whether a parameter has a tensor.
    pub(crate) fn has(&self, number: usize) -> bool {
        self.places.get(number).is_some_and(|place| place.shelf != NONE)
    }

    /// A parameter's tensor is from now on another's.
    pub(crate) fn share(&mut self, number: usize, other: usize) {
        if number != other && self.has(other) {
            self.clear(number);
            self.set(number, self.places[other]);
        }
    }

    /// Lets go of a parameter's tensor; gives back the memory that no other is in.
    pub(crate) fn clear(&mut self, number: usize) -> Option<Arc<Memory>> {
        let shelf = self.places.get_mut(number).map(|place| std::mem::replace(&mut place.shelf, NONE))?;
        let shelf = self.shelves.get_mut(shelf as usize)?;
        shelf.left -= 1;
        if shelf.left == 0 { shelf.memory.take() } else { None }
    }

    /// Where all elements are.
    pub(crate) fn held(&mut self) -> Held {
        let mut held = Held::default();
        for tensor in (0..self.places.len()).filter_map(|number| self.get(number)) {
            held += tensor.held();
        }
        held
    }

    fn set(&mut self, number: usize, place: Place) {
        self.places[number] = place;
        self.shelves[place.shelf as usize].left += 1;
    }

    fn tensor(&mut self, place: Place, memory: Arc<Memory>) -> AnyTensor {
        let kind = self.kind(place);
        AnyTensor::of_kind(kind, memory, place.start)
    }

    /// The entry's own kind where it is not cast, and else the one that was made last, where that is the same.
    fn kind(&mut self, place: Place) -> Arc<Kind> {
        let (dtype, shape) = match &self.takes[place.take as usize] {
            Some(Take::Whole { entry, dtype, .. }) => {
                let kind = self.checkpoint.entry(*entry).kind();
                if kind.dtype == *dtype {
                    return Arc::clone(kind);
                }
                (*dtype, &kind.shape)
            }
            Some(Take::Composed(composed)) => (composed.dtype, &composed.shape),
            Some(Take::Same(_)) | None => unreachable!("only what has elements of its own is put anywhere"),
        };
        match &self.made {
            Some(kind) if kind.dtype == dtype && kind.shape == *shape => Arc::clone(kind),
            _ => Arc::clone(self.made.insert(Arc::new(Kind::of(dtype, shape.clone())))),
        }
    }
}
