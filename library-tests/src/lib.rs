//! What the tests of several libraries use.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use safetensors::SafeTensors;
use weighbridge::{LoadError, Module, ReadAt, Report, Source, Tensor};

/// A committed checkpoint.
pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures")).join(name)
}

/// The report of a refusal.
#[track_caller]
pub fn mismatch<T: std::fmt::Debug>(result: Result<T, LoadError>) -> Report {
    match result.unwrap_err() {
        LoadError::Mismatch(report) => *report,
        other => panic!("{other:?}"),
    }
}

/// Elements 0, 1, 2, … in this shape.
pub fn range(shape: &[usize]) -> Tensor<f32> {
    let count: usize = shape.iter().product();
    Tensor::new(shape, (0..count).map(|i| i as f32).collect()).unwrap()
}

/// Every parameter of the module is in the safetensors file with this dtype, shape and bytes, and nothing else is.
#[track_caller]
pub fn assert_is_the_file(module: &impl Module, file: &[u8]) {
    let file = SafeTensors::deserialize(file).unwrap();
    let parameters = module.parameters();
    assert_eq!(parameters.len(), file.len());
    for (path, view) in parameters {
        let tensor = file.tensor(&path).unwrap();
        assert_eq!((view.dtype().name(), &view.shape()[..]), (&*tensor.dtype().to_string(), tensor.shape()), "{path}");
        assert_eq!(view.bytes().unwrap(), tensor.data(), "{path}");
    }
}

/// A safetensors file in memory that notes what is read of it.
#[derive(Debug)]
pub struct Noted {
    bytes: Vec<u8>,
    reads: Mutex<Vec<Read>>,
}

/// One read: from which byte to which, and to which address.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// The first byte.
    pub start: u64,
    /// Behind the last byte.
    pub end: u64,
    /// Where they went.
    pub to: usize,
}

impl Noted {
    /// Nothing is read yet.
    pub fn new(bytes: Vec<u8>) -> Arc<Noted> {
        Arc::new(Noted { bytes, reads: Mutex::default() })
    }

    /// What a load takes.
    pub fn source(self: &Arc<Self>) -> Source {
        Source::reader("noted", Arc::clone(self) as Arc<dyn ReadAt>)
    }

    /// Every read so far.
    pub fn reads(&self) -> Vec<Read> {
        self.reads.lock().unwrap().clone()
    }

    /// Where the first tensor begins.
    pub fn data(&self) -> u64 {
        8 + u64::from_le_bytes(*self.bytes.first_chunk().unwrap())
    }

    /// Whether something was read, and not a byte of a tensor.
    pub fn read_headers_only(&self) -> bool {
        let reads = self.reads();
        !reads.is_empty() && reads.iter().all(|read| read.end <= self.data())
    }
}

impl ReadAt for Noted {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let read = Read { start: offset, end: offset + buffer.len() as u64, to: buffer.as_ptr() as usize };
        self.reads.lock().unwrap().push(read);
        self.bytes[..].read_exact_at(offset, buffer)
    }
}
