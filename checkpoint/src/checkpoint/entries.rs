//! An open checkpoint: its entries and how to query them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use weighbridge_lock::Lock;

use crate::container::{Access, Container, Contents, Entries, Metadata, NamesRoom, RawEntry, Skipped, locked, room};
use crate::dtype::DType;
use crate::error::{CheckpointError, Problem, ProblemKind};
use crate::shape::Shape;
use crate::tensor_type::TensorType;

/// What a file, a set of shards or a list of pairs holds: names, dtypes, shapes, where each lives, metadata.
///
/// Opening reads headers only. Cloning is cheap. Names may repeat, in a hostile file and in two files: the list shows what the
/// files say, and a load refuses it unless it ignores the name.
///
/// ```
/// # fn main() -> Result<(), weighbridge::CheckpointError> {
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx/linear.safetensors");
/// let checkpoint = weighbridge::Checkpoint::open(path)?;
/// for entry in checkpoint.iter() {
///     println!("{:<30} {:>5} {}", entry.name(), entry.dtype(), entry.shape());
/// }
/// # assert_eq!(checkpoint.len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Checkpoint {
    inner: Arc<Inner>,
}

struct Inner {
    label: String,
    /// Entries are numbered across all files, in this order.
    files: Vec<CheckpointFile>,
    /// The number of entries in all files.
    len: usize,
    metadata: BTreeMap<String, String>,
    typed: Metadata,
    /// A lock's entries have no bytes.
    is_lock: bool,
    /// The numbers of the entries, sorted by name. Built when a name is first looked up.
    by_name: OnceLock<Vec<usize>>,
}

/// What a file says about itself, as texts and with types.
pub(super) type AllMetadata = (BTreeMap<String, String>, Metadata);

/// One of the files of a checkpoint.
struct CheckpointFile {
    name: String,
    /// The number of its first entry.
    first: usize,
    /// Shared with the checkpoint that the file was opened as, if it is one of several.
    opened: Arc<OpenedFile>,
}

/// What a file holds, wherever it stands in a checkpoint.
struct OpenedFile {
    entries: Entries,
    reader: Arc<dyn Container>,
    skipped: Skipped,
}

/// One tensor of a [`Checkpoint`].
#[derive(Clone, Copy)]
pub struct Entry<'c> {
    index: usize,
    /// The number of its file.
    file: usize,
    of: &'c CheckpointFile,
    /// What its untyped elements are.
    read_as: Option<DType>,
}

impl Inner {
    /// The number of the file that has entry `index`.
    fn file_of(&self, index: usize) -> usize {
        match self.files.len() {
            1 => 0,
            // an empty file starts at the same number as the next file, so the last file that starts there is the right
            // one
            _ => self.files.partition_point(|file| file.first <= index).saturating_sub(1),
        }
    }

    fn name(&self, index: usize) -> &str {
        let file = &self.files[self.file_of(index)];
        file.opened.entries.name(index - file.first).unwrap_or_default()
    }
}

impl Checkpoint {
    /// A checkpoint of one file, which provides the label and the metadata.
    pub(super) fn of_file(label: String, mut contents: Contents) -> Checkpoint {
        let metadata = std::mem::take(&mut contents.metadata);
        let typed = std::mem::take(&mut contents.typed);
        Checkpoint::new(label.clone(), vec![(label, contents)], (metadata, typed), false)
    }

    /// A checkpoint of shards, each with its name. The shards' own metadata is dropped.
    pub(super) fn of_shards(label: String, shards: Vec<(String, Contents)>, metadata: AllMetadata) -> Checkpoint {
        Checkpoint::new(label, shards, metadata, false)
    }

    /// The entries of a lock, which have no bytes.
    pub(super) fn of_lock(label: String, contents: Contents) -> Checkpoint {
        Checkpoint::new(label.clone(), vec![(label, contents)], AllMetadata::default(), true)
    }

    fn new(label: String, files: Vec<(String, Contents)>, metadata: AllMetadata, is_lock: bool) -> Checkpoint {
        let opened = |(name, mut contents): (String, Contents)| {
            contents.entries.shrink();
            (
                name,
                Arc::new(OpenedFile {
                    entries: contents.entries,
                    reader: contents.reader.into(),
                    skipped: contents.skipped,
                }),
            )
        };
        Checkpoint::numbered(label, files.into_iter().map(opened), metadata, is_lock)
    }

    /// A checkpoint of all files of these, in order.
    pub(super) fn of_parts(label: String, parts: &[Checkpoint], metadata: AllMetadata) -> Checkpoint {
        let files = parts.iter().flat_map(|part| {
            // a shard's name is relative to its index
            let name = |file: &CheckpointFile| match part.file_count() {
                1 => file.name.clone(),
                _ => Path::new(part.label()).with_file_name(&file.name).display().to_string(),
            };
            part.inner.files.iter().map(move |file| (name(file), Arc::clone(&file.opened)))
        });
        Checkpoint::numbered(label, files, metadata, false)
    }

    /// Numbers the entries of the files, in order.
    fn numbered(
        label: String,
        files: impl Iterator<Item = (String, Arc<OpenedFile>)>,
        (metadata, typed): AllMetadata,
        is_lock: bool,
    ) -> Checkpoint {
        let mut len = 0;
        let number_entries = |(name, opened): (String, Arc<OpenedFile>)| {
            let first = len;
            len += opened.entries.len();
            CheckpointFile { name, first, opened }
        };
        let files = files.map(number_entries).collect();
        Checkpoint { inner: Arc::new(Inner { label, files, len, metadata, typed, is_lock, by_name: OnceLock::new() }) }
    }

    /// The same tensors under other names, without those that get none. Files, metadata and the label stay, and nothing is
    /// read.
    ///
    /// ```
    /// use weighbridge::{Checkpoint, Renames};
    ///
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx/linear.safetensors");
    /// let renames = Renames::new().rename("weight", "kernel");
    /// let checkpoint = Checkpoint::open(path)?.select(|entry| Some(renames.apply(entry.name())?.into_owned()))?;
    /// assert!(checkpoint.get("kernel").is_some() && checkpoint.get("weight").is_none());
    /// # Ok::<(), weighbridge::CheckpointError>(())
    /// ```
    ///
    /// # Errors
    /// [`CheckpointError::Container`] if there is no memory for the names.
    pub fn select(&self, mut name: impl FnMut(Entry<'_>) -> Option<String>) -> Result<Checkpoint, CheckpointError> {
        let Inner { label, files, metadata, typed, is_lock, .. } = &*self.inner;
        let mut index = 0;
        let select = |(file, of): (usize, &CheckpointFile)| {
            let opened = &of.opened;
            let mut entries = opened.entries.selected(|_| {
                index += 1;
                name(Entry { index: index - 1, file, of, read_as: None })
            })?;
            entries.shrink();
            let (reader, skipped) = (Arc::clone(&opened.reader), opened.skipped.clone());
            Ok((of.name.clone(), Arc::new(OpenedFile { entries, reader, skipped })))
        };
        let files: Result<Vec<_>, Problem> = files.iter().enumerate().map(select).collect();
        let files = files.map_err(|problem| CheckpointError::container(label.clone(), vec![problem]))?;
        Ok(Checkpoint::numbered(label.clone(), files.into_iter(), (metadata.clone(), typed.clone()), *is_lock))
    }

    /// Where it came from: a path, or the label of whatever was given instead.
    pub fn label(&self) -> &str {
        &self.inner.label
    }

    /// The number of tensors.
    pub fn len(&self) -> usize {
        self.inner.len
    }

    /// Whether it has no tensors.
    pub fn is_empty(&self) -> bool {
        self.inner.len == 0
    }

    /// The number of files: 1, or the number of shards.
    pub fn file_count(&self) -> usize {
        self.inner.files.len()
    }

    /// The tensors, in the order in which the file lists them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        (0..self.len()).map(|index| self.entry(index))
    }

    /// The tensor of this name; the first one if a hostile file has several.
    pub fn get(&self, name: &str) -> Option<Entry<'_>> {
        self.named(name).next()
    }

    /// All tensors of this name. Honest files have at most one.
    pub fn named(&self, name: &str) -> impl Iterator<Item = Entry<'_>> {
        let inner = &self.inner;
        let name_of = |index: usize| inner.name(index);
        let by_name = inner.by_name.get_or_init(|| {
            let mut order: Vec<usize> = (0..inner.len).collect();
            order.sort_by(|&a, &b| name_of(a).cmp(name_of(b)));
            order
        });
        let start = by_name.partition_point(|&index| name_of(index) < name);
        let same = by_name[start..].iter().take_while(|&&index| name_of(index) == name);
        let indices: Vec<usize> = same.copied().collect();
        indices.into_iter().map(|index| self.entry(index))
    }

    /// Whether this is a [lock](weighbridge_lock::Lock), which lists what a file holds but has no weights.
    pub fn is_lock(&self) -> bool {
        self.inner.is_lock
    }

    /// Returns the checkpoint unless it is a lock, which has no weights.
    ///
    /// # Errors
    /// [`CheckpointError::Container`] if it is a lock.
    pub fn weights(self) -> Result<Checkpoint, CheckpointError> {
        if !self.is_lock() {
            return Ok(self);
        }
        let problem = Problem::new(ProblemKind::Format, locked::NO_WEIGHTS);
        Err(CheckpointError::container(self.label().to_owned(), vec![problem]))
    }

    /// What the checkpoint holds, without the weights: names, dtypes and shapes as they are in the file.
    ///
    /// ```
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx/linear.safetensors");
    /// let lock = weighbridge::Checkpoint::open(path)?.lock()?;
    /// assert_eq!(lock.to_string(), "# weighbridge lock 1\nbias    F32 [10]\nweight  F32 [10, 10]\n");
    /// # Ok::<(), weighbridge::CheckpointError>(())
    /// ```
    ///
    /// # Errors
    /// [`CheckpointError::Container`] if two tensors have the same name, or there is no memory for it.
    pub fn lock(&self) -> Result<Lock, CheckpointError> {
        self.room_for("its lock", NamesRoom { tensor: 320, component: 100, copies: 1 })?;
        let tensors = self.iter().map(|entry| (entry.name().to_owned(), entry.dtype(), entry.shape().to_vec()));
        Lock::of(tensors).map_err(|twice| {
            let message = "two tensors have this name, and readers differ in which one they take; keep one of them";
            let problem = Problem::new(ProblemKind::Duplicate, message).tensor(twice.0);
            CheckpointError::container(self.label().to_owned(), vec![problem])
        })
    }

    /// The members of an `.npz` that are no arrays of numbers and were left out, each with its name and what it is. Only
    /// [`OpenOptions::skip`](crate::OpenOptions::skip) and a load that ignores names leave out any.
    pub fn skipped(&self) -> impl Iterator<Item = &Problem> {
        self.inner.files.iter().flat_map(|file| &file.opened.skipped.members)
    }

    /// Those of [`skipped`](Self::skipped) that a load still has to refuse, if no pattern fits them.
    #[doc(hidden)]
    pub fn undecided(&self) -> impl Iterator<Item = &Problem> {
        let undecided = self.inner.files.iter().filter(|file| file.opened.skipped.is_undecided);
        undecided.flat_map(|file| &file.opened.skipped.members)
    }

    /// What the writer said about the whole file, such as `format: pt`.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.inner.metadata
    }

    /// The same with its types, if a GGUF file said it. [`metadata`](Self::metadata) has its numbers and truths as texts, and
    /// not its arrays. Of a model in several files, what the first of them says.
    pub fn typed_metadata(&self) -> &Metadata {
        &self.inner.typed
    }

    /// Refuses work on the names that there is no memory for. Whoever does it then finds room.
    ///
    /// # Errors
    /// [`CheckpointError::Container`] if there is no memory.
    #[doc(hidden)]
    pub fn room_for(&self, what: &str, need: NamesRoom) -> Result<(), CheckpointError> {
        let files = if need.copies == 0 { &[] } else { self.inner.files.as_slice() };
        let dims = files.iter().map(|file| file.opened.entries.dim_count()).fold(0, usize::saturating_add);
        let names = self.name_bytes().saturating_add(dims.saturating_mul(size_of::<usize>()));
        room(need.bytes(self.len(), self.component_count(), names), what)
            .map_err(|problem| CheckpointError::container(self.label().to_owned(), vec![problem]))
    }

    /// The length of all names together.
    pub(super) fn name_bytes(&self) -> usize {
        self.inner.files.iter().map(|file| file.opened.entries.name_bytes()).sum()
    }

    /// How many components all names have together.
    pub(super) fn component_count(&self) -> usize {
        self.inner.files.iter().map(|file| file.opened.entries.component_count()).sum()
    }

    /// The entry with this number, in the order of [`iter`](Self::iter).
    ///
    /// # Panics
    /// If there is no entry with this number.
    pub fn entry(&self, index: usize) -> Entry<'_> {
        let file = self.inner.file_of(index);
        Entry { index, file, of: &self.inner.files[file], read_as: None }
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoint").field("label", &self.label()).field("tensors", &self.len()).finish()
    }
}

impl<'c> Entry<'c> {
    /// The name in the file. It is untrusted: escape it before you show it.
    pub fn name(&self) -> &'c str {
        self.raw().name
    }

    /// The dtype of the elements.
    pub fn dtype(&self) -> DType {
        self.read_as.unwrap_or_else(|| self.tensor_type().dtype)
    }

    /// The same entry, whose untyped elements are of this dtype.
    pub(crate) fn read_as(self, dtype: Option<DType>) -> Entry<'c> {
        Entry { read_as: dtype, ..self }
    }

    /// The shape, outermost dim first.
    pub fn shape(&self) -> &'c Shape {
        &self.tensor_type().shape
    }

    /// The size of the elements in bytes.
    pub fn byte_len(&self) -> usize {
        self.tensor_type().byte_len
    }

    /// The file that holds it: the checkpoint's label, or a shard's name.
    pub fn file(&self) -> &'c str {
        &self.of.name
    }

    /// Where its file has the tensor's first byte (safetensors) or its member (npz); 0 for a tensor in memory.
    pub fn offset(&self) -> u64 {
        self.of.opened.entries.offset(self.number()).unwrap_or(0)
    }

    /// Its number in the checkpoint.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Sort by this to read sequentially.
    pub(crate) fn position(&self) -> (usize, u64) {
        (self.file, self.offset())
    }

    /// Whether it has the same bytes of the same file, in the same dtype, as tensors of PyTorch that share a storage.
    #[doc(hidden)]
    pub fn is_at(&self, other: &Entry<'_>) -> bool {
        let is_read = |entry: &Entry<'_>| {
            let (container, raw) = entry.container();
            container.access(raw) == Access::Parts && raw.offset > 0
        };
        self.position() == other.position()
            && self.byte_len() == other.byte_len()
            && self.byte_len() > 0
            && self.dtype() == other.dtype()
            && is_read(self)
            && is_read(other)
    }

    pub(crate) fn container(&self) -> (&'c dyn Container, RawEntry<'c>) {
        (&*self.of.opened.reader, self.raw())
    }

    /// The tensor type, which entries share.
    pub(crate) fn tensor_type(&self) -> &'c Arc<TensorType> {
        self.raw().tensor_type
    }

    /// Its number among the entries of its file.
    fn number(&self) -> usize {
        self.index - self.of.first
    }

    fn raw(&self) -> RawEntry<'c> {
        match self.of.opened.entries.get(self.number()) {
            Some(raw) => raw,
            None => unreachable!("an entry is one of its file's"),
        }
    }

    /// Checks that its file is still the one that was opened.
    pub(crate) fn unchanged(&self) -> Result<(), CheckpointError> {
        self.of
            .opened
            .reader
            .unchanged()
            .map_err(|error| CheckpointError::container(self.of.name.clone(), vec![Problem::io(error)]))
    }

    /// Turns a problem with this entry into an error that names its file.
    pub(crate) fn refuse(&self, mut problem: Problem) -> CheckpointError {
        problem.tensor.get_or_insert_with(|| self.name().to_owned());
        problem.offset.get_or_insert(self.offset());
        CheckpointError::container(self.file().to_owned(), vec![problem])
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} {}", self.name(), self.dtype(), self.shape())
    }
}
