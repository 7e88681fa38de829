//! What a file may claim before it is refused: every limit, with its reason.

/// Bounds on what a container may claim. A refusal names the limit; raise it if you trust the file.
///
/// Each field has a method that sets it:
///
/// ```
/// let limits = weighbridge::Limits::new().header_byte_len(200_000_000);
/// assert_eq!(limits.header_byte_len, 200_000_000);
/// let loader = weighbridge::Loader::new().limits(limits);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "limits do nothing by themselves; give them to `Checkpoint::open_within`, or to a loader"]
#[non_exhaustive]
pub struct Limits {
    /// The longest JSON header of a safetensors file or an index, or the longest pickle of a file of PyTorch, in bytes, and
    /// of all shards of an index, or of all files of one [`Source`](crate::Source), together. The
    /// default is 100,000,000, where the reference reader stops too. Longer headers exist: 1.29 million tensors take
    /// 132 MB.
    pub header_byte_len: u64,
    /// The most tensors in one checkpoint: 2,000,000. The largest published models have some 100,000.
    pub tensor_count: usize,
    /// The longest name in bytes: 4096. Names in real models are below 200, and a report prints them.
    pub name_byte_len: usize,
    /// The most components in all names together: 20,000,000; `a.b` has two. Comparing names with those of a module
    /// takes up to 40 bytes of memory per component, unless names share it, and up to 60 more for a component in a
    /// place with many that are in no order. So a file of nothing but dots takes 20 times its header, and each name
    /// that a report lists is there once more. A lock that does not fold takes some 70 bytes for each component, and a
    /// check against it 400 more; `inspect` takes some 200, and 700 for each tensor. Names in real models have at most
    /// about ten.
    pub component_count: usize,
    /// The most dims of a tensor: 64, which is numpy's own limit.
    pub rank: usize,
    /// The longest `.npy` header in bytes: 10,000, which is numpy's own limit.
    pub npy_header_byte_len: usize,
    /// The most bytes that one deflated byte may expand to: 1032. Deflate cannot exceed that.
    pub inflation: u64,
    /// The most shards that an index may name: 10,000. The largest published models have some 200.
    pub shard_count: usize,
    /// The longest configuration in bytes, which `Loader::config_file` reads: 8,000,000. A
    /// `config.json` has a few KB, or 2 MB if it names 21,000 classes. In memory it may take 100 times as much.
    pub config_byte_len: u64,
    /// Whether an archive of PyTorch without checksums is read: no. `torch.serialization.set_crc32_options(False)` leaves them
    /// out, and then nothing shows that the file is damaged.
    pub unset_checksums: bool,
}

impl Limits {
    /// The default limits of a load.
    pub fn new() -> Limits {
        Limits::default()
    }

    /// Sets the longest JSON header of a safetensors file or an index, in bytes.
    pub fn header_byte_len(mut self, most: u64) -> Limits {
        self.header_byte_len = most;
        self
    }

    /// Sets the most tensors in one checkpoint.
    pub fn tensor_count(mut self, most: usize) -> Limits {
        self.tensor_count = most;
        self
    }

    /// Sets the longest name in bytes.
    pub fn name_byte_len(mut self, most: usize) -> Limits {
        self.name_byte_len = most;
        self
    }

    /// Sets the most components in all names together.
    pub fn component_count(mut self, most: usize) -> Limits {
        self.component_count = most;
        self
    }

    /// Sets the most dims of a tensor.
    pub fn rank(mut self, most: usize) -> Limits {
        self.rank = most;
        self
    }

    /// Sets the longest `.npy` header in bytes.
    pub fn npy_header_byte_len(mut self, most: usize) -> Limits {
        self.npy_header_byte_len = most;
        self
    }

    /// Sets the most bytes that one deflated byte may expand to.
    pub fn inflation(mut self, most: u64) -> Limits {
        self.inflation = most;
        self
    }

    /// Sets the most shards that an index may name.
    pub fn shard_count(mut self, most: usize) -> Limits {
        self.shard_count = most;
        self
    }

    /// Sets the longest configuration in bytes.
    pub fn config_byte_len(mut self, most: u64) -> Limits {
        self.config_byte_len = most;
        self
    }

    /// Sets whether an archive of PyTorch without checksums is read.
    pub fn unset_checksums(mut self, allowed: bool) -> Limits {
        self.unset_checksums = allowed;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            header_byte_len: 100_000_000,
            tensor_count: 2_000_000,
            name_byte_len: 4096,
            component_count: 20_000_000,
            rank: 64,
            npy_header_byte_len: 10_000,
            inflation: 1032,
            shard_count: 10_000,
            config_byte_len: 8_000_000,
            unset_checksums: false,
        }
    }
}
