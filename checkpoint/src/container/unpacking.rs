//! What a thread keeps from one compressed entry to the next.

#[cfg(feature = "libdeflate")]
use weighbridge_memory::Inflater;

/// What unpacking an entry needs besides the memory it fills. A thread reuses it for one entry after another.
#[derive(Default)]
pub(crate) struct Unpacking {
    /// Created when the first member needs it.
    #[cfg(feature = "libdeflate")]
    pub(super) inflater: Option<Inflater>,
    /// The bytes of a member as they are in the file.
    #[cfg(feature = "libdeflate")]
    pub(super) packed: Vec<u8>,
}
