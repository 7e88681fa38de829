//! Values that no tensor is made of.

/// A value of which nothing is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Other {
    LargeInt,
    Bytes,
    Set,
    Complex,
    Counter,
    Device,
    Layout,
    Quantised,
    Sparse,
    Meta,
    Subclass,
    Numpy,
    Converted,
    Taken,
}

impl Other {
    /// What it is, with an article; and what to do, if it is a tensor that is not read here.
    pub(super) fn what(self) -> &'static str {
        match self {
            Other::LargeInt => "a large number",
            Other::Bytes => "bytes",
            Other::Set => "a set",
            Other::Complex => "a complex number",
            Other::Counter => "a counter",
            Other::Device => "a device",
            Other::Layout => "a layout",
            Other::Quantised => "a quantised tensor (`_rebuild_qtensor`); save what `dequantize()` gives",
            Other::Sparse => "a sparse tensor (`_rebuild_sparse_tensor`); save what `to_dense()` gives",
            Other::Meta => "a tensor on the device `meta`, which has no elements; save the model with its weights",
            Other::Subclass => {
                "a tensor subclass without a storage (`_rebuild_wrapper_subclass`); save it as a plain tensor"
            }
            Other::Numpy => "a tensor of another device, stored as a numpy array; save what `cpu()` gives",
            Other::Converted => "a tensor of another device, stored in another dtype; save what `cpu()` gives",
            Other::Taken => "a list that became a dictionary",
        }
    }
}
