//! Whose the memory of a tensor is: that of a type which takes vectors, of the last handle, of an empty tensor between others.

use std::sync::Arc;

use wb::{AnyTensor, DType, Devices, Loader, Module, Parameter, ParameterError, ReadAt, Shapes, Source, Tensor, View};
use weighbridge_tests::files::{f32s, raw_safetensors, safetensors};

/// A vector, and whether it has the memory that was filled.
struct Own(Vec<f32>, bool);

impl Parameter for Own {
    const DTYPES: &'static [DType] = &[DType::F32];
    const SHAPES: Shapes = Shapes::Any;

    fn from_tensor(tensor: AnyTensor, _: &Devices) -> Result<Self, ParameterError> {
        let tensor = Tensor::<f32>::try_from(tensor).map_err(|_| ParameterError::new("no F32"))?;
        let filled = tensor.as_slice().as_ptr();
        let vec = tensor.into_vec();
        let is_taken = std::ptr::eq(filled, vec.as_ptr());
        Ok(Own(vec, is_taken))
    }

    fn view(&self) -> View<'_> {
        View::of([self.0.len()], &self.0)
    }
}

#[derive(Module)]
#[module(crate = wb)]
struct Vectors {
    #[param(shape = ["n"])]
    a: Own,
    #[param(shape = ["n"])]
    b: Own,
    #[param(shape = ["n"], tied = "a")]
    c: Own,
}

/// A reader, whose bytes are in nobody's memory.
struct File(Vec<u8>);

impl ReadAt for File {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        ReadAt::read_exact_at(&self.0[..], offset, buffer)
    }
}

#[test]
fn a_type_that_takes_vectors_gets_the_memory_that_was_filled() {
    let (ones, twos) = (f32s(&[1.0; 3]), f32s(&[2.0; 3]));
    let [a, b, c] =
        [("a", &ones), ("b", &twos), ("c", &ones)].map(|(name, bytes)| (name, DType::F32, &[3][..], &bytes[..]));
    for tensors in [&[a, b, c][..], &[c, b], &[a, b], &[b, c, a]] {
        let source = || Source::reader("file", Arc::new(File(safetensors(tensors))));
        let mut model = Loader::new().load::<Vectors>(source()).unwrap().module;
        for way in ["load", "update"] {
            let Vectors { a, b, c } = &model;
            assert_eq!((&a.0[..], &b.0[..], &c.0[..]), (&[1.0; 3][..], &[2.0; 3][..], &[1.0; 3][..]), "{way}");
            // of a tied pair, the first one has it
            assert!(a.1 && b.1, "{way} of {} tensors copies", tensors.len());
            Loader::new().update(&mut model, source()).unwrap();
        }
    }
}

#[derive(Module)]
#[module(crate = wb)]
struct Between {
    #[param(shape = [1])]
    a: Tensor<f32>,
    #[param(shape = ["none"])]
    empty: Tensor<u8>,
    #[param(shape = [1])]
    b: Tensor<f32>,
}

/// In memory that is not aligned for `f32`, the numbers are copied, and what has no elements is where it lies.
#[test]
fn an_empty_tensor_between_two_that_are_read_at_once() {
    let header = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"empty":{"dtype":"U8","shape":[0],"data_offsets":[4,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#;
    for pad in 0..8 {
        let bytes = raw_safetensors(&format!("{header}{}", " ".repeat(pad)), &f32s(&[1.0, 2.0]));
        let module = Loader::new().load::<Between>(bytes).unwrap().module;
        assert_eq!((module.a.as_slice(), module.b.as_slice()), (&[1.0][..], &[2.0][..]), "{pad}");
        assert!(module.empty.as_slice().is_empty());
    }
}
