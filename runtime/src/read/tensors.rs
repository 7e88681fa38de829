//! The elements of a plan in memory.

use std::collections::HashSet;
use std::sync::Arc;

use crate::checkpoint::Checkpoint;
use crate::error::{LoadError, Problem, ProblemKind};
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
    /// The kinds of tensors that are cast or put together.
    made: HashSet<Arc<Kind>>,
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
    /// No tensor yet, of a plan for this checkpoint.
    pub(crate) fn none(checkpoint: &'t Checkpoint, takes: &'t [Option<Take>]) -> Result<Tensors<'t>, LoadError> {
        if takes.len() >= NONE as usize {
            let message = format!("{} tensors are wanted of it, and fewer than {NONE} can be numbered", takes.len());
            let problem = Problem::new(ProblemKind::Limit, message);
            return Err(LoadError::container(checkpoint.label().to_owned(), vec![problem]));
        }
        let nowhere = Place { shelf: NONE, take: 0, start: 0 };
        let (shelves, made) = (Vec::new(), HashSet::new());
        Ok(Tensors { checkpoint, takes, places: vec![nowhere; takes.len()], shelves, made })
    }

    /// Shelves from which everything was given out make room for others.
    pub(super) fn begin(&mut self) -> (&'t Checkpoint, &'t [Option<Take>]) {
        if self.shelves.iter().all(|shelf| shelf.left == 0) {
            self.shelves.clear();
        }
        (self.checkpoint, self.takes)
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
        for shelf in self.shelves.iter_mut().filter(|shelf| shelf.left > 0 && shelf.memory.is_none()) {
            match memory.next() {
                Some(memory) => shelf.memory = Some(Arc::new(memory)),
                None => unreachable!("every shelf that is to be filled has its memory"),
            }
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
    fn has(&self, number: usize) -> bool {
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
    pub(crate) fn held(&self) -> Held {
        let mut held = Held::default();
        for &place in self.places.iter().filter(|place| place.shelf != NONE) {
            let memory = self.shelves[place.shelf as usize].memory.as_ref();
            let bytes = self.known(place).map_or_else(|made| made.bytes, |kind| kind.bytes);
            held += Held::one(memory.is_some_and(|memory| memory.is_foreign()), bytes);
        }
        held
    }

    fn set(&mut self, number: usize, place: Place) {
        self.places[number] = place;
        self.shelves[place.shelf as usize].left += 1;
    }

    fn tensor(&mut self, place: Place, memory: Arc<Memory>) -> AnyTensor {
        let kind = self.kind(place);
        let storage = Storage::within(memory, place.start, kind.bytes);
        AnyTensor::of_kind(kind, storage)
    }

    fn kind(&mut self, place: Place) -> Arc<Kind> {
        self.known(place).map(Arc::clone).unwrap_or_else(|kind| match self.made.get(&kind) {
            Some(made) => Arc::clone(made),
            None => {
                let made = Arc::new(kind);
                self.made.insert(Arc::clone(&made));
                made
            }
        })
    }

    /// The kind of the entry that is all of a tensor and not cast; or another.
    fn known(&self, place: Place) -> Result<&'t Arc<Kind>, Kind> {
        match &self.takes[place.take as usize] {
            Some(Take::Whole { entry, dtype, .. }) => {
                let kind = self.checkpoint.entry(*entry).kind();
                if kind.dtype == *dtype { Ok(kind) } else { Err(Kind::of(*dtype, kind.shape.clone())) }
            }
            Some(Take::Composed(composed)) => Err(Kind::of(composed.dtype, composed.shape.clone())),
            Some(Take::Same(_)) | None => unreachable!("only what has elements of its own is put anywhere"),
        }
    }
}
