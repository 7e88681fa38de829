use std::borrow::Cow;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::rc::{Rc, Weak};

use weighbridge::{Element, Module, Tensor};

#[derive(Module)]
struct Borrows<'a> {
    #[param(shape = [4])]
    bias: Cow<'a, [f32]>,
}

#[derive(Module)]
struct Generic<T: Element> {
    #[param(shape = [4])]
    shared: Rc<Tensor<T>>,
    maps: HashMap<u32, Weak<T>>,
    #[param]
    of: PhantomData<T>,
    activation: fn(T) -> T,
}

fn main() {}
