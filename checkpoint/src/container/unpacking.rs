//! What a thread keeps from one packed entry to the next.

#[cfg(feature = "libdeflate")]
use weighbridge_memory::Inflater;

/// What unpacking an entry needs besides the memory that it fills. A thread uses it for one entry after another.
#[derive(Default)]
pub(crate) struct Unpacking {
    /// Made when the first member needs it.
    #[cfg(feature = "libdeflate")]
    pub(super) inflater: Option<Inflater>,
    /// The bytes of a member as the file has them.
    #[cfg(feature = "libdeflate")]
    pub(super) packed: Vec<u8>,
}
