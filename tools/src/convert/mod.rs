//! From one format to another: `.safetensors`, `.npz`, shards; other dtypes, other names.

mod error;
mod summary;

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use weighbridge_checkpoint::{
    Checkpoint, DType, Entry, Pieces, Renames, Sink, TensorSpec, WriteOptions, cast_elements, write,
};

pub use self::error::ConvertError;
pub use self::summary::{CastTensor, Converted, Overflow, Typed};
use crate::progress::{Meter, OnProgress};

/// The most bytes of a tensor that are held at once.
const PIECE: usize = 1 << 20;
/// What a tensor may be cast to.
const FLOATS: [DType; 4] = [DType::F16, DType::BF16, DType::F32, DType::F64];

/// What is changed on the way. By default nothing but the format.
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing by themselves; give them to `convert`"]
pub struct Options {
    cast: Option<DType>,
    untyped: Vec<DType>,
    renames: Renames,
    max_shard_size: Option<u64>,
}

impl Options {
    /// Nothing is changed but the format.
    pub fn new() -> Options {
        Options::default()
    }

    /// Casts tensors of `F16`, `BF16`, `F32` and `F64` to one of these, rounding to the nearest. Others are left alone:
    /// integers, booleans, packed and 8-bit types.
    pub fn cast(mut self, dtype: DType) -> Options {
        self.cast = Some(dtype);
        self
    }

    /// Says what the untyped elements of an `.npz` are, which numpy writes where it has no name: `V2` can be `BF16`,
    /// `V1` one of the 8-bit floats. Without it they can only be written to `.npz` again. Of a file that has none it says
    /// nothing.
    pub fn untyped(mut self, dtype: DType) -> Options {
        self.untyped.push(dtype);
        self
    }

    /// Gives tensors other names.
    pub fn renames(mut self, renames: Renames) -> Options {
        self.renames = renames;
        self
    }

    /// Writes shards of at most so many bytes of tensors, as [`WriteOptions::max_shard_size`] does.
    pub fn max_shard_size(mut self, bytes: u64) -> Options {
        self.max_shard_size = Some(bytes);
        self
    }

    /// What an entry's elements are, as far as it is known.
    fn dtype_of(&self, entry: &Entry<'_>) -> DType {
        let said = self.untyped.iter().copied().find(|dtype| untyped(*dtype) == Some(entry.dtype()));
        said.unwrap_or(entry.dtype())
    }

    /// What an entry's elements become.
    fn target(&self, dtype: DType) -> DType {
        self.cast.filter(|_| FLOATS.contains(&dtype)).unwrap_or(dtype)
    }

    fn check(&self) -> Result<(), ConvertError> {
        for (number, &dtype) in self.untyped.iter().enumerate() {
            let Some(bytes) = untyped(dtype) else { return Err(ConvertError::NotUntyped { dtype }) };
            let another = |other: &&DType| **other != dtype && untyped(**other) == Some(bytes);
            if let Some(&one) = self.untyped[..number].iter().find(another) {
                return Err(ConvertError::TwoTypes { one, other: dtype });
            }
        }
        match self.cast {
            Some(dtype) if !FLOATS.contains(&dtype) => Err(ConvertError::Cast { dtype }),
            _ => Ok(()),
        }
    }
}

/// Writes all tensors of a checkpoint to `out`, whose name says in which format: it ends in `.safetensors` or `.npz`, or,
/// with [`Options::max_shard_size`], is a directory. Metadata is kept where the format has a place for it.
///
/// No more than a few MiB of a tensor are held at once, so that a file larger than memory can be converted; only of an
/// `.npz` array in column-major order it is 128 MiB.
///
/// ```
/// use std::ops::ControlFlow;
/// use weighbridge::{Checkpoint, DType};
/// use weighbridge_tools::convert::{Options, convert};
///
/// # let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx/mlp.npz");
/// # let scratch = tempfile::tempdir()?;
/// # let out = scratch.path().join("half.safetensors");
/// let checkpoint = Checkpoint::open(file)?;
/// let options = Options::new().cast(DType::BF16);
/// let done = convert(&checkpoint, &out, &options, &mut |_| ControlFlow::Continue(()))?;
/// assert_eq!(done.cast.len(), checkpoint.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the checkpoint cannot be read, two tensors would have one name, a renaming fits no name, the format cannot hold a
/// name or a dtype, or `out` cannot be written. What was at `out` is then as it was.
pub fn convert(
    checkpoint: &Checkpoint,
    out: &Path,
    options: &Options,
    progress: &mut OnProgress<'_>,
) -> Result<Converted, ConvertError> {
    options.check()?;
    if checkpoint.is_lock() {
        return Err(ConvertError::NoWeights { label: checkpoint.label().to_owned() });
    }
    own_shard(checkpoint, out)?;
    let is_npz = out.extension().is_some_and(|extension| extension == "npz");
    let entries: Vec<Entry<'_>> = checkpoint.iter().collect();
    let names = names(&entries, &options.renames)?;
    let mut done = Converted::default();
    let mut specs = Vec::with_capacity(entries.len());
    for (entry, name) in entries.iter().zip(&names) {
        let from = options.dtype_of(entry);
        if from.is_untyped() && !is_npz {
            return Err(ConvertError::Untyped { name: entry.name().to_owned(), dtype: from });
        }
        let dtype = options.target(from);
        done.note(name, entry, from, dtype, options.cast);
        if is_npz && untyped(dtype).is_some() {
            done.untyped.push(Typed { name: name.to_string(), dtype: dtype.name() });
        }
        specs.push(TensorSpec::new(name.as_ref(), dtype, entry.shape()));
    }

    let mut target = WriteOptions { max_shard_size: options.max_shard_size, ..WriteOptions::default() };
    if is_npz {
        done.dropped_metadata = checkpoint.metadata().keys().cloned().collect();
    } else {
        target.metadata.clone_from(checkpoint.metadata());
    }
    let total = entries.iter().map(|entry| entry.byte_len() as u64).fold(0, u64::saturating_add);
    // a shorter life of the reference for `Meter`, which wants one for both
    let mut tell = |at| progress(at);
    let mut meter = Meter::new(total, &mut tell);
    let files = write(out, &specs, &target, |number, sink| {
        let (entry, spec) = (&entries[number], &specs[number]);
        let from = options.dtype_of(entry);
        let mut overflowed = 0;
        entry.pieces(PIECE * 8 / from.bits(), |pieces| {
            overflowed = transfer(pieces, from, spec.dtype, sink, &mut meter)?;
            Ok::<_, ConvertError>(())
        })?;
        if overflowed > 0 {
            done.overflowed.push(Overflow { name: spec.name.clone(), elements: overflowed });
        }
        Ok::<_, ConvertError>(())
    })?;
    done.files = files.iter().map(|file| file.display().to_string()).collect();
    done.tensors = specs.len();
    done.bytes = specs.iter().filter_map(size).fold(0, u64::saturating_add);
    Ok(done)
}

/// What numpy has for a dtype that it has no name for.
fn untyped(dtype: DType) -> Option<DType> {
    [DType::V1, DType::V2].into_iter().find(|untyped| *untyped != dtype && untyped.reads_as(dtype))
}

fn size(spec: &TensorSpec) -> Option<u64> {
    let bytes = spec.shape.element_count().and_then(|elements| spec.dtype.size_of(elements))?;
    Some(bytes as u64)
}

/// Moves the elements of one tensor. Returns how many finite numbers became infinite.
fn transfer(
    pieces: &mut Pieces<'_>,
    from: DType,
    to: DType,
    sink: &mut Sink<'_>,
    meter: &mut Meter<'_>,
) -> Result<usize, ConvertError> {
    let mut cast = Vec::new();
    let mut overflowed = 0;
    while let Some(piece) = pieces.next()? {
        if from == to {
            sink.put(piece)?;
        } else {
            cast.resize(piece.len() / (from.bits() / 8) * (to.bits() / 8), 0);
            if !cast_elements(from, piece, to, &mut cast) {
                return Err(ConvertError::Cast { dtype: to });
            }
            overflowed += infinities(to, &cast).saturating_sub(infinities(from, piece));
            sink.put(&cast)?;
        }
        meter.add(piece.len())?;
    }
    Ok(overflowed)
}

/// How many elements are infinite.
fn infinities(dtype: DType, bytes: &[u8]) -> usize {
    fn count<const N: usize>(bytes: &[u8], is: impl Fn([u8; N]) -> bool) -> usize {
        bytes.as_chunks().0.iter().filter(|element| is(**element)).count()
    }
    match dtype {
        DType::F16 => count(bytes, |bytes| half::f16::from_le_bytes(bytes).is_infinite()),
        DType::BF16 => count(bytes, |bytes| half::bf16::from_le_bytes(bytes).is_infinite()),
        DType::F32 => count(bytes, |bytes| f32::from_le_bytes(bytes).is_infinite()),
        DType::F64 => count(bytes, |bytes| f64::from_le_bytes(bytes).is_infinite()),
        _ => 0,
    }
}

/// The new name of every entry: all of them different, and every renaming of use.
fn names<'c>(entries: &[Entry<'c>], renames: &Renames) -> Result<Vec<Cow<'c, str>>, ConvertError> {
    if let Some(stale) =
        renames.stale(entries.iter().map(Entry::name)).into_iter().next().filter(|_| !entries.is_empty())
    {
        return Err(ConvertError::StaleRename { renaming: stale });
    }
    let names: Vec<Cow<'_, str>> = entries.iter().map(|entry| renames.apply(entry.name())).collect();
    let mut first: HashMap<&str, usize> = HashMap::with_capacity(names.len());
    for (number, name) in names.iter().enumerate() {
        if let Some(other) = first.insert(name, number) {
            let [one, other] = [other, number].map(|number| entries[number].name().to_owned());
            return Err(ConvertError::Collision { name: name.to_string(), one, other });
        }
    }
    Ok(names)
}

/// Refuses to write over one of the several files that are read: the index would name a file that it does not fit.
fn own_shard(checkpoint: &Checkpoint, out: &Path) -> Result<(), ConvertError> {
    let Ok(target) = out.canonicalize() else { return Ok(()) };
    let directory = Path::new(checkpoint.label()).parent().unwrap_or(Path::new(""));
    let mut before = checkpoint.label();
    for entry in checkpoint.iter() {
        let file = entry.file();
        if file == before || file == checkpoint.label() {
            continue;
        }
        before = file;
        if directory.join(file).canonicalize().is_ok_and(|file| file == target) {
            return Err(ConvertError::OwnShard { path: out.display().to_string() });
        }
    }
    Ok(())
}
