//! What a caller can load from.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use weighbridge_lock::{Lock, counted, shown};

use crate::checkpoint::{Checkpoint, Parts};
use crate::container::pairs::Pair;
use crate::error::CheckpointError;
use crate::limits::Limits;
use crate::opening::OpenOptions;
use crate::reader::{InMemory, ReadAt};
use crate::tensor::AnyTensor;

/// Anything that weights can be loaded from: a path, bytes, pairs of name and tensor, an open [`Checkpoint`], or a
/// reader of your own. Functions take `impl Into<Source>`.
///
/// - A **path** (`&str`, `String`, `&Path`, `PathBuf`, `OsString`, and references to them): a `.safetensors`, `.npz`
///   or `.gguf` file, a file of PyTorch, an index of shards, or a directory that holds one of these. The content decides the format;
///   a name that contradicts it is an error. `hf://org/name@revision/path` is the file or folder that the Hub's cache on this machine
///   has.
/// - **Several files** ([`Source::files`]): one checkpoint, such as a base and its adapter.
/// - **Bytes** (`&[u8]`, `Vec<u8>`, `Arc<[u8]>`): a file in memory. Tensors share the memory if their alignment allows
///   it. Borrowed bytes are copied once, first.
/// - **Pairs** (arrays, slices, `Vec`s and maps of name and [`Tensor`](crate::Tensor) or [`AnyTensor`], by value or by
///   reference; [`Source::pairs`] takes any iterator). Tensors share their memory.
/// - A **[`Checkpoint`]**, by value or by reference.
/// - A **[lock](weighbridge_lock::Lock)**, by value or by reference, or the path of one: only for checks, because it
///   has no weights.
#[must_use = "a source does nothing by itself; open it, or load from it"]
pub struct Source(SourceKind);

enum SourceKind {
    Path(PathBuf),
    Files(Vec<Source>),
    Reader(String, Arc<dyn ReadAt>),
    Pairs(Vec<Pair>),
    Checkpoint(Checkpoint),
    Lock(String, Lock),
}

impl Source {
    /// A reader of your own. Messages use `label` to name it.
    pub fn reader(label: impl Into<String>, reader: Arc<dyn ReadAt>) -> Source {
        Source(SourceKind::Reader(label.into(), reader))
    }

    /// A file in memory. Messages use `label` to name it. Tensors share the memory if their alignment allows it.
    pub fn bytes(label: impl Into<String>, bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Source {
        Source::reader(label, Arc::new(InMemory(Arc::new(bytes))))
    }

    /// Pairs of name and tensor from anything that yields them.
    pub fn pairs<K: Into<String>, V: Into<AnyTensor>>(pairs: impl IntoIterator<Item = (K, V)>) -> Source {
        let pair = |(name, tensor): (K, V)| {
            let (dtype, shape, storage) = tensor.into().into_parts();
            Pair { name: name.into(), dtype, shape, storage }
        };
        Source(SourceKind::Pairs(pairs.into_iter().map(pair).collect()))
    }

    /// Several files as one checkpoint: a base and its adapter, or shards without their index. Each may be anything that
    /// weights can be loaded from, safetensors beside npz and a directory beside a file. A load refuses a name that two of them
    /// have, unless it ignores that name.
    ///
    /// Metadata that two of them contradict is left out.
    ///
    /// ```
    /// use weighbridge::{Checkpoint, Source};
    ///
    /// # let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures");
    /// let base = format!("{fixtures}/mlx/linear.safetensors");
    /// let more = format!("{fixtures}/llama-sharded");
    /// assert_eq!(Checkpoint::open(Source::files([base, more]))?.len(), 32);
    /// # Ok::<(), weighbridge::CheckpointError>(())
    /// ```
    pub fn files<S: Into<Source>>(files: impl IntoIterator<Item = S>) -> Source {
        Source(SourceKind::Files(files.into_iter().map(Into::into).collect()))
    }

    /// A lock, for checks. Messages use `label` to name it.
    pub fn lock(label: impl Into<String>, lock: &Lock) -> Source {
        Source(SourceKind::Lock(label.into(), lock.clone()))
    }

    /// Opens the source. Reads only headers.
    ///
    /// # Errors
    /// As [`Checkpoint::open`].
    pub fn open(self, options: &OpenOptions) -> Result<Checkpoint, CheckpointError> {
        match self.0 {
            SourceKind::Path(path) => Checkpoint::from_path(&path, options),
            SourceKind::Files(files) => {
                let options = options.one_of_several();
                let mut parts = Parts::new(&options.limits);
                for file in files {
                    parts.add(file.open(&options))?;
                    if options.together.as_ref().is_some_and(|together| together.is_beyond(&options.limits)) {
                        break;
                    }
                }
                parts.join()
            }
            SourceKind::Reader(label, reader) => Checkpoint::from_reader(label, None, reader, options),
            SourceKind::Pairs(pairs) => Ok(Checkpoint::from_pairs(pairs)),
            SourceKind::Checkpoint(checkpoint) => Ok(checkpoint),
            SourceKind::Lock(label, lock) => Checkpoint::from_lock(label, &lock, &options.limits),
        }
    }
}

impl Checkpoint {
    /// Opens a source. Reads only headers.
    ///
    /// # Errors
    /// [`CheckpointError::Io`] if it cannot be read; [`CheckpointError::Container`], with everything that is wrong with
    /// the file, if it is refused.
    pub fn open(source: impl Into<Source>) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::open_within(source, &Limits::default())
    }

    /// Opens a source within your own limits.
    ///
    /// # Errors
    /// As [`Checkpoint::open`].
    pub fn open_within(source: impl Into<Source>, limits: &Limits) -> Result<Checkpoint, CheckpointError> {
        source.into().open(&OpenOptions::new().limits(limits.clone()))
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            SourceKind::Path(path) => f.write_str(&shown(&path.to_string_lossy())),
            SourceKind::Reader(label, _) | SourceKind::Lock(label, _) => f.write_str(&shown(label)),
            SourceKind::Files(files) => f.debug_list().entries(files).finish(),
            SourceKind::Pairs(pairs) => f.write_str(&counted(pairs.len(), "pair")),
            SourceKind::Checkpoint(checkpoint) => fmt::Debug::fmt(checkpoint, f),
        }
    }
}

macro_rules! paths {
    ($($path:ty),*) => {$(
        impl From<$path> for Source {
            fn from(path: $path) -> Source {
                Source(SourceKind::Path(path.into()))
            }
        }
    )*};
}

paths!(&str, &&str, String, &String, &OsStr, OsString, &OsString);
paths!(&Path, &&Path, PathBuf, &PathBuf, Box<Path>, Cow<'_, Path>);

/// The label of bytes that were given without one.
const BYTES: &str = "bytes in memory";

impl From<Vec<u8>> for Source {
    fn from(vec: Vec<u8>) -> Source {
        Source::bytes(BYTES, vec)
    }
}

impl From<&[u8]> for Source {
    fn from(slice: &[u8]) -> Source {
        Source::bytes(BYTES, slice.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Source {
    fn from(array: &[u8; N]) -> Source {
        Source::from(array.as_slice())
    }
}

impl From<&Vec<u8>> for Source {
    fn from(vec: &Vec<u8>) -> Source {
        Source::from(vec.as_slice())
    }
}

impl From<Arc<[u8]>> for Source {
    fn from(shared: Arc<[u8]>) -> Source {
        Source::bytes(BYTES, shared)
    }
}

impl From<Checkpoint> for Source {
    fn from(checkpoint: Checkpoint) -> Source {
        Source(SourceKind::Checkpoint(checkpoint))
    }
}

impl From<&Checkpoint> for Source {
    fn from(checkpoint: &Checkpoint) -> Source {
        Source(SourceKind::Checkpoint(checkpoint.clone()))
    }
}

impl From<&Lock> for Source {
    fn from(lock: &Lock) -> Source {
        Source::lock("a lock", lock)
    }
}

impl From<Lock> for Source {
    fn from(lock: Lock) -> Source {
        Source::from(&lock)
    }
}

impl<K: Into<String>, V: Into<AnyTensor>, const N: usize> From<[(K, V); N]> for Source {
    fn from(pairs: [(K, V); N]) -> Source {
        Source::pairs(pairs)
    }
}

impl<K: Into<String>, V: Into<AnyTensor>> From<Vec<(K, V)>> for Source {
    fn from(pairs: Vec<(K, V)>) -> Source {
        Source::pairs(pairs)
    }
}

impl<K: Into<String> + Clone, V: Into<AnyTensor> + Clone> From<&[(K, V)]> for Source {
    fn from(pairs: &[(K, V)]) -> Source {
        Source::pairs(pairs.iter().cloned())
    }
}

impl<K: Into<String> + Clone, V: Into<AnyTensor> + Clone, const N: usize> From<&[(K, V); N]> for Source {
    fn from(pairs: &[(K, V); N]) -> Source {
        Source::from(pairs.as_slice())
    }
}

impl<K: Into<String> + Clone, V: Into<AnyTensor> + Clone> From<&Vec<(K, V)>> for Source {
    fn from(pairs: &Vec<(K, V)>) -> Source {
        Source::from(pairs.as_slice())
    }
}

impl<K: Into<String> + Clone, V: Into<AnyTensor> + Clone, S> From<&HashMap<K, V, S>> for Source {
    fn from(pairs: &HashMap<K, V, S>) -> Source {
        Source::pairs(pairs.iter().map(|(name, tensor)| (name.clone(), tensor.clone())))
    }
}

impl<K: Into<String> + Clone, V: Into<AnyTensor> + Clone> From<&BTreeMap<K, V>> for Source {
    fn from(pairs: &BTreeMap<K, V>) -> Source {
        Source::pairs(pairs.iter().map(|(name, tensor)| (name.clone(), tensor.clone())))
    }
}

impl<K: Into<String>, V: Into<AnyTensor>, S> From<HashMap<K, V, S>> for Source {
    fn from(pairs: HashMap<K, V, S>) -> Source {
        Source::pairs(pairs)
    }
}

impl<K: Into<String>, V: Into<AnyTensor>> From<BTreeMap<K, V>> for Source {
    fn from(pairs: BTreeMap<K, V>) -> Source {
        Source::pairs(pairs)
    }
}
