//! One list of named, typed, located entries, whatever they are stored in.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use weighbridge_lock::Lock;

use crate::container::{Container, Contents, Entries, RawEntry, locked, npz, pairs, safetensors, sharded, sniff};
use crate::dtype::DType;
use crate::error::{LoadError, Problem, ProblemKind, Problems};
use crate::kind::Kind;
use crate::limits::Limits;
use crate::reader::{Opening, ReadAt};
use crate::shape::Shape;

/// What a file, a set of shards or a list of pairs holds: names, dtypes, shapes, where each lives, metadata.
///
/// Opening reads headers only. Cloning is cheap. Names may repeat in a hostile file: the list is what the file says,
/// and a load refuses it.
///
/// ```
/// # fn main() -> Result<(), weighbridge::LoadError> {
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
    /// Each with its entries, which are numbered through.
    files: Vec<Opened>,
    /// The number of all entries.
    len: usize,
    metadata: BTreeMap<String, String>,
    /// Whether there are no bytes behind the entries.
    is_lock: bool,
    /// The entries' numbers in the order of their names, made when a name is first asked for.
    by_name: OnceLock<Vec<usize>>,
}

struct Opened {
    name: String,
    reader: Box<dyn Container>,
    /// The number of its first entry.
    first: usize,
    entries: Entries,
}

/// One tensor of a [`Checkpoint`].
#[derive(Clone, Copy)]
pub struct Entry<'c> {
    index: usize,
    /// The number of its file.
    file: usize,
    opened: &'c Opened,
}

impl Inner {
    /// Of files with the entries of each.
    fn new(label: String, files: Vec<(String, Contents)>, metadata: BTreeMap<String, String>) -> Inner {
        let mut len = 0;
        let number_through = |(name, mut contents): (String, Contents)| {
            contents.entries.shrink();
            let first = len;
            len += contents.entries.len();
            Opened { name, reader: contents.reader, first, entries: contents.entries }
        };
        let files = files.into_iter().map(number_through).collect();
        Inner { label, files, len, metadata, is_lock: false, by_name: OnceLock::new() }
    }

    /// The number of the file that has the entry of this number.
    fn file_of(&self, index: usize) -> usize {
        match self.files.len() {
            1 => 0,
            // a file without entries begins where the next one does, and is not the last that begins before
            _ => self.files.partition_point(|file| file.first <= index).saturating_sub(1),
        }
    }

    fn name(&self, index: usize) -> &str {
        let file = &self.files[self.file_of(index)];
        file.entries.name(index - file.first).unwrap_or_default()
    }
}

impl Checkpoint {
    /// A path: a file, an index, or a directory that holds one of these.
    pub(crate) fn from_path(path: &Path, opening: &Opening) -> Result<Checkpoint, LoadError> {
        let found = if path.is_dir() { in_directory(path)? } else { path.to_owned() };
        let file = opening.file(&found).map_err(|error| LoadError::io(&found, error))?;
        Checkpoint::from_reader(found.display().to_string(), Some(&found), file, opening)
    }

    /// Anything that can be read; `path` is where it lies, which an index needs for its shards.
    pub(crate) fn from_reader(
        label: String,
        path: Option<&Path>,
        reader: Arc<dyn ReadAt>,
        opening: &Opening,
    ) -> Result<Checkpoint, LoadError> {
        let limits = &opening.limits;
        let mut kind = sniff::kind(&*reader).map_err(|error| LoadError::io(Path::new(&label), error))?;
        // a lock with a mistake in its first line is told of the mistake
        if matches!(kind, sniff::Kind::Other(_)) && path.is_some_and(sniff::is_named_lock) {
            kind = sniff::Kind::Lock;
        }
        if let (Some(path), Some(problem)) = (path, path.and_then(|path| sniff::contradiction(path, &kind))) {
            return Err(LoadError::container(path.display().to_string(), vec![problem]));
        }
        let opened = match kind {
            sniff::Kind::Safetensors => safetensors::open(reader, limits),
            sniff::Kind::Zip => npz::open(reader, limits),
            sniff::Kind::Json => return Checkpoint::from_index(label, path, &*reader, opening),
            sniff::Kind::Lock => match locked::parse(&*reader, limits) {
                Ok(lock) => return Checkpoint::from_lock(label, &lock, limits),
                Err(problems) => Err(problems),
            },
            sniff::Kind::Other(what) => Err(vec![Problem::new(ProblemKind::Format, format!("this is {what}"))]),
        };
        match opened {
            Ok(contents) => Checkpoint::from_contents(label, contents).within(limits),
            Err(problems) => Err(LoadError::container(label, problems)),
        }
    }

    pub(crate) fn from_pairs(tensors: Vec<pairs::Pair>) -> Checkpoint {
        Checkpoint::from_contents("a list of pairs".to_owned(), pairs::contents(tensors))
    }

    /// The entries of a lock, which have no bytes.
    pub(crate) fn from_lock(label: String, lock: &Lock, limits: &Limits) -> Result<Checkpoint, LoadError> {
        match locked::contents(lock, limits) {
            Ok(contents) => Checkpoint::of(label, contents, true).within(limits),
            Err(problems) => Err(LoadError::container(label, problems)),
        }
    }

    fn from_contents(label: String, contents: Contents) -> Checkpoint {
        Checkpoint::of(label, contents, false)
    }

    fn of(label: String, contents: Contents, is_lock: bool) -> Checkpoint {
        let mut contents = contents;
        let metadata = std::mem::take(&mut contents.metadata);
        let inner = Inner::new(label.clone(), vec![(label, contents)], metadata);
        Checkpoint { inner: Arc::new(Inner { is_lock, ..inner }) }
    }

    fn from_index(
        label: String,
        path: Option<&Path>,
        reader: &dyn ReadAt,
        opening: &Opening,
    ) -> Result<Checkpoint, LoadError> {
        let limits = &opening.limits;
        let refuse = |problems: Problems| LoadError::container(label.clone(), problems);
        let Some(path) = path else {
            let message = "this is JSON; an index of shards must be given by its path, because it names other files";
            return Err(refuse(vec![Problem::new(ProblemKind::Format, message)]));
        };
        if reader.len() > limits.header_bytes {
            let message = format!(
                "the index has {} bytes, and the limit is {}; raise `Limits::header_bytes` if it is trusted",
                reader.len(),
                limits.header_bytes
            );
            return Err(refuse(vec![Problem::new(ProblemKind::Limit, message)]));
        }
        let mut text = vec![0; usize::try_from(reader.len()).unwrap_or(0)];
        reader.read_exact_at(0, &mut text).map_err(|error| LoadError::io(path, error))?;
        let index = sharded::Index::parse(&text, limits).map_err(&refuse)?;

        let directory = path.parent().unwrap_or(Path::new(""));
        let (mut problems, mut shards) = (Vec::new(), Vec::new());
        for name in &index.shards {
            match open_shard(&directory.join(name), opening) {
                Ok(contents) => shards.push(Some(contents)),
                Err(found) => {
                    problems.extend(found.into_iter().map(|problem| in_shard(name, problem)));
                    shards.push(None);
                }
            }
        }
        let listed: Vec<Option<&Entries>> =
            shards.iter().map(|shard| shard.as_ref().map(|contents| &contents.entries)).collect();
        problems.extend(index.prove(&listed));
        if !problems.is_empty() {
            return Err(refuse(problems));
        }

        let mut metadata = index.metadata;
        // these count the shards, and would be untrue of anything that is saved from them
        metadata.retain(|key, _| !key.starts_with("total_"));
        let mut files = Vec::with_capacity(index.shards.len());
        for (name, mut contents) in index.shards.into_iter().zip(shards.into_iter().flatten()) {
            metadata.append(&mut contents.metadata);
            files.push((name, contents));
        }
        Checkpoint { inner: Arc::new(Inner::new(label, files, metadata)) }.within(limits)
    }

    /// Refuses names whose components, together, are too many: each is a place in a tree.
    fn within(self, limits: &Limits) -> Result<Checkpoint, LoadError> {
        let names = || (0..self.len()).map(|index| self.inner.name(index));
        // no name has more components than bytes and one: of most files not one name is looked at
        let most: usize = names().map(|name| name.len() + 1).sum();
        if most <= limits.components {
            return Ok(self);
        }
        let components: usize = names().map(|name| name.bytes().filter(|&byte| byte == b'.').count() + 1).sum();
        if components <= limits.components {
            return Ok(self);
        }
        let message = format!(
            "the names have {components} components in all, more than {}; raise `Limits::components` if the file is trusted",
            limits.components
        );
        let problem = Problem::new(ProblemKind::Limit, message);
        Err(LoadError::container(self.label().to_owned(), vec![problem]))
    }

    /// Where it came from: a path, or what was given instead.
    pub fn label(&self) -> &str {
        &self.inner.label
    }

    /// The number of tensors.
    pub fn len(&self) -> usize {
        self.inner.len
    }

    /// Whether there is no tensor.
    pub fn is_empty(&self) -> bool {
        self.inner.len == 0
    }

    /// The number of files: 1, or the number of shards.
    pub fn files(&self) -> usize {
        self.inner.files.len()
    }

    /// The tensors, in the order in which the file lists them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        (0..self.len()).map(|index| self.entry(index))
    }

    /// The tensor of that name; the first one if a hostile file has several.
    pub fn get(&self, name: &str) -> Option<Entry<'_>> {
        self.named(name).next()
    }

    /// The tensors of that name, of which an honest file has at most one.
    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = Entry<'_>> {
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

    /// Whether this is a [lock](mod@crate::lock), which says what a file holds and has no weights.
    pub fn is_lock(&self) -> bool {
        self.inner.is_lock
    }

    /// Refuses a lock where weights are wanted.
    pub(crate) fn weights(self) -> Result<Checkpoint, LoadError> {
        if !self.is_lock() {
            return Ok(self);
        }
        let problem = Problem::new(ProblemKind::Format, locked::NO_WEIGHTS);
        Err(LoadError::container(self.label().to_owned(), vec![problem]))
    }

    /// What the checkpoint holds, without the weights: names, dtypes and shapes as the file has them.
    ///
    /// ```
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/mlx/linear.safetensors");
    /// let lock = weighbridge::Checkpoint::open(path)?.lock()?;
    /// assert_eq!(lock.to_string(), "# weighbridge lock 1\nbias    F32 [10]\nweight  F32 [10, 10]\n");
    /// # Ok::<(), weighbridge::LoadError>(())
    /// ```
    ///
    /// # Errors
    /// [`LoadError::Container`] if two tensors have one name.
    pub fn lock(&self) -> Result<Lock, LoadError> {
        let tensors = self.iter().map(|entry| (entry.name().to_owned(), entry.dtype(), entry.shape().to_vec()));
        Lock::of(tensors).map_err(|twice| {
            let message = "two tensors have this name, and readers differ in which one they take; keep one of them";
            let problem = Problem::new(ProblemKind::Duplicate, message).tensor(twice.0);
            LoadError::container(self.label().to_owned(), vec![problem])
        })
    }

    /// What the writer said about the whole, such as `format: pt`.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.inner.metadata
    }

    pub(crate) fn entry(&self, index: usize) -> Entry<'_> {
        let file = self.inner.file_of(index);
        let opened = &self.inner.files[file];
        Entry { index, file, opened }
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoint").field("label", &self.label()).field("tensors", &self.len()).finish()
    }
}

impl<'c> Entry<'c> {
    /// The name in the file. It comes from there: escape it where it is shown.
    pub fn name(&self) -> &'c str {
        self.raw().name
    }

    /// The elements' dtype.
    pub fn dtype(&self) -> DType {
        self.kind().dtype
    }

    /// The shape, outermost extent first.
    pub fn shape(&self) -> &'c Shape {
        &self.kind().shape
    }

    /// The size of the elements in bytes.
    pub fn bytes(&self) -> usize {
        self.kind().bytes
    }

    /// The file that holds it: the checkpoint's label, or a shard's name.
    pub fn file(&self) -> &'c str {
        &self.opened.name
    }

    /// The first byte of the tensor (safetensors) or of its member (npz) in its file; 0 for a tensor in memory.
    pub fn offset(&self) -> u64 {
        self.opened.entries.offset(self.key()).unwrap_or(0)
    }

    /// Its number in the checkpoint.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// In which order reading is sequential.
    pub(crate) fn position(&self) -> (usize, u64) {
        (self.file, self.offset())
    }

    pub(crate) fn container(&self) -> (&'c dyn Container, RawEntry<'c>) {
        (&*self.opened.reader, self.raw())
    }

    /// What it has in common with others.
    pub(crate) fn kind(&self) -> &'c Arc<Kind> {
        self.raw().kind
    }

    /// Its number in its file.
    fn key(&self) -> usize {
        self.index - self.opened.first
    }

    fn raw(&self) -> RawEntry<'c> {
        match self.opened.entries.get(self.key()) {
            Some(raw) => raw,
            None => unreachable!("an entry is one of its file's"),
        }
    }

    /// A problem with this entry, as an error that names its file.
    pub(crate) fn refuse(&self, mut problem: Problem) -> LoadError {
        problem.tensor.get_or_insert_with(|| self.name().to_owned());
        problem.offset.get_or_insert(self.offset());
        LoadError::container(self.file().to_owned(), vec![problem])
    }
}

fn open_shard(path: &Path, opening: &Opening) -> Result<Contents, Problems> {
    let file = opening.file(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            let message = "the index names this shard, and it is not there; download it, or the whole checkpoint again";
            vec![Problem::new(ProblemKind::Index, message)]
        }
        _ => vec![Problem::io(&error)],
    })?;
    match sniff::kind(&*file).map_err(|error| vec![Problem::io(&error)])? {
        sniff::Kind::Safetensors => safetensors::open(file, &opening.limits),
        sniff::Kind::Zip => {
            Err(vec![Problem::new(ProblemKind::Format, "this shard is a zip archive, not safetensors")])
        }
        sniff::Kind::Json => Err(vec![Problem::new(ProblemKind::Format, "this shard is JSON, not safetensors")]),
        sniff::Kind::Lock => Err(vec![Problem::new(ProblemKind::Format, "this shard is a lock, not safetensors")]),
        sniff::Kind::Other(what) => Err(vec![Problem::new(ProblemKind::Format, format!("this shard is {what}"))]),
    }
}

/// A shard's problem as one of the whole: it says which shard.
fn in_shard(shard: &str, problem: Problem) -> Problem {
    match problem.tensor {
        None => problem.tensor(shard),
        Some(_) => {
            Problem { message: format!("{} (in shard `{}`)", problem.message, crate::path::shown(shard)), ..problem }
        }
    }
}

/// The one checkpoint in a directory.
fn in_directory(directory: &Path) -> Result<PathBuf, LoadError> {
    let listing = std::fs::read_dir(directory).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut files: Vec<PathBuf> = listing.map_err(|error| LoadError::io(directory, error))?;
    files.sort();
    let ending =
        |end: &str| -> Vec<&PathBuf> { files.iter().filter(|file| file.to_string_lossy().ends_with(end)).collect() };
    let indices = ending(".safetensors.index.json");
    let singles = [ending(".safetensors"), ending(".npz")].concat();
    let message = match (indices.as_slice(), singles.as_slice()) {
        ([index], shards) => {
            // an index beside a file that no index would name: which of the two is meant is the caller's to say
            let whole = directory.join("model.safetensors");
            if !shards.contains(&&whole) {
                return Ok((*index).clone());
            }
            "it holds an index and `model.safetensors`; give the path of the one that is meant".to_owned()
        }
        ([], [single]) => return Ok((*single).clone()),
        ([], []) => "it holds no `.safetensors` file, no `.npz` file and no `*.safetensors.index.json`".to_owned(),
        ([], several) => format!(
            "it holds {} checkpoints and no index ({}); give the path of one of them",
            several.len(),
            names(several)
        ),
        (several, _) => format!("it holds {} indices ({}); give the path of one", several.len(), names(several)),
    };
    Err(LoadError::container(directory.display().to_string(), vec![Problem::new(ProblemKind::Format, message)]))
}

fn names(files: &[&PathBuf]) -> String {
    const SHOWN: usize = 4;
    let mut names: Vec<_> = files
        .iter()
        .take(SHOWN)
        .filter_map(|file| Some(format!("`{}`", file.file_name()?.to_string_lossy())))
        .collect();
    if files.len() > SHOWN {
        names.push("…".to_owned());
    }
    names.join(", ")
}
