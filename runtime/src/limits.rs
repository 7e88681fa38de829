//! What a file may claim before it is refused: every limit, with its reason.

/// Bounds on what a container may claim. A file beyond one is refused by name; raise it where the file is trusted.
///
/// ```
/// let limits = weighbridge::Limits { header_bytes: 200_000_000, ..Default::default() };
/// let loader = weighbridge::Loader::new().limits(limits);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest JSON header of a safetensors file or an index, in bytes. The reference reader stops at
    /// 100,000,000; larger ones exist (1.29 million tensors make 132 MB), so it can be raised.
    pub header_bytes: u64,
    /// The most tensors in one checkpoint. The largest models published have some 100,000.
    pub tensors: usize,
    /// The longest name in bytes. Names of real models are below 200; a report prints them.
    pub name_bytes: usize,
    /// The most components of all names together: `a.b` has two. Comparing names with a module's takes 40 bytes of memory
    /// for each component, so a file of nothing but dots would take 40 times its header. Names of real models have at most
    /// about ten.
    pub components: usize,
    /// The most dimensions of a tensor; numpy's own limit is 64.
    pub rank: usize,
    /// The longest `.npy` header in bytes; numpy's own limit is 10,000.
    pub npy_header_bytes: usize,
    /// The most bytes that one deflated byte may become. Deflate cannot exceed 1032.
    pub inflation: u64,
    /// The most shards that an index may name. The largest models published have some 200.
    pub shards: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            header_bytes: 100_000_000,
            tensors: 2_000_000,
            name_bytes: 4096,
            components: 20_000_000,
            rank: 64,
            npy_header_bytes: 10_000,
            inflation: 1032,
            shards: 10_000,
        }
    }
}
