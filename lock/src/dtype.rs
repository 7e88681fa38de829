//! The element types that a checkpoint can hold.

use std::fmt;
use std::str::FromStr;

use crate::shown::shown;

/// How elements lie in bytes: so many elements take so many bytes, and fewer fill none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// How many elements it has: 1, unless they share bytes.
    pub elements: usize,
    /// How many bytes it takes.
    pub bytes: usize,
}

macro_rules! is_of_a_row {
    () => {
        false
    };
    (row) => {
        true
    };
}

macro_rules! dtypes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $elements:literal in $bytes:literal $(of a $row:ident)?;)*) => {
        /// The type of a tensor's elements, as a file names it.
        ///
        /// The names are those of the safetensors format (`F32`, `BF16`, `BOOL`, …). `V1` and `V2` are numpy's
        /// untyped elements of one and two bytes. numpy has no name for bfloat16 and the 8-bit floats, so JAX and MLX
        /// write them as untyped, and only the schema can say what they are. `Q4_0`, `Q4_K` and the like are GGUF's
        /// quantised types, under GGUF's names: blocks of elements that share scales.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[allow(non_camel_case_types)]
        pub enum DType {
            $($(#[$doc])* $variant,)*
        }

        impl DType {
            /// Every dtype there is.
            pub const ALL: &'static [DType] = &[$(DType::$variant),*];

            /// The name in a safetensors header, for example `BF16`.
            pub const fn name(self) -> &'static str {
                match self { $(DType::$variant => $name,)* }
            }

            /// How elements lie in bytes: the fewest that fill whole ones.
            ///
            /// ```
            /// use weighbridge_lock::{Block, DType};
            ///
            /// assert_eq!(DType::F32.block(), Block { elements: 1, bytes: 4 });
            /// assert_eq!(DType::F4.block(), Block { elements: 2, bytes: 1 });
            /// assert_eq!(DType::Q4_K.block(), Block { elements: 256, bytes: 144 });
            /// ```
            pub const fn block(self) -> Block {
                match self { $(DType::$variant => Block { elements: $elements, bytes: $bytes },)* }
            }

            /// Whether it is one of GGUF's quantised types: each row of a tensor, along its last dim, is a whole number
            /// of blocks, and the elements of a block share scales.
            pub const fn is_quantised(self) -> bool {
                match self { $(DType::$variant => is_of_a_row!($($row)?),)* }
            }
        }
    };
}

dtypes! {
    /// One byte, 0 or 1.
    BOOL = "BOOL", 1 in 1;
    /// 4-bit float, two to a byte (OCP MX).
    F4 = "F4", 2 in 1;
    /// 6-bit float, 2 exponent bits (OCP MX).
    F6_E2M3 = "F6_E2M3", 4 in 3;
    /// 6-bit float, 3 exponent bits (OCP MX).
    F6_E3M2 = "F6_E3M2", 4 in 3;
    /// Unsigned 8-bit integer.
    U8 = "U8", 1 in 1;
    /// Signed 8-bit integer.
    I8 = "I8", 1 in 1;
    /// 8-bit float, 5 exponent bits.
    F8_E5M2 = "F8_E5M2", 1 in 1;
    /// 8-bit float, 4 exponent bits.
    F8_E4M3 = "F8_E4M3", 1 in 1;
    /// 8-bit exponent, a scale (OCP MX).
    F8_E8M0 = "F8_E8M0", 1 in 1;
    /// 8-bit float, 4 exponent bits, no negative zero.
    F8_E4M3FNUZ = "F8_E4M3FNUZ", 1 in 1;
    /// 8-bit float, 5 exponent bits, no negative zero.
    F8_E5M2FNUZ = "F8_E5M2FNUZ", 1 in 1;
    /// Signed 16-bit integer.
    I16 = "I16", 1 in 2;
    /// Unsigned 16-bit integer.
    U16 = "U16", 1 in 2;
    /// IEEE half precision.
    F16 = "F16", 1 in 2;
    /// bfloat16: the upper half of an `F32`.
    BF16 = "BF16", 1 in 2;
    /// Signed 32-bit integer.
    I32 = "I32", 1 in 4;
    /// Unsigned 32-bit integer.
    U32 = "U32", 1 in 4;
    /// IEEE single precision.
    F32 = "F32", 1 in 4;
    /// Two `F32`, real and imaginary.
    C64 = "C64", 1 in 8;
    /// IEEE double precision.
    F64 = "F64", 1 in 8;
    /// Signed 64-bit integer.
    I64 = "I64", 1 in 8;
    /// Unsigned 64-bit integer.
    U64 = "U64", 1 in 8;
    /// One untyped byte, in `.npz` only.
    V1 = "V1", 1 in 1;
    /// Two untyped bytes, in `.npz` only: bfloat16 when the schema says so.
    V2 = "V2", 1 in 2;
    /// GGUF, 32 elements: 4-bit integers with a scale.
    Q4_0 = "Q4_0", 32 in 18 of a row;
    /// GGUF, 32 elements: 4-bit integers with a scale and a least number.
    Q4_1 = "Q4_1", 32 in 20 of a row;
    /// GGUF, 32 elements: 5-bit integers with a scale.
    Q5_0 = "Q5_0", 32 in 22 of a row;
    /// GGUF, 32 elements: 5-bit integers with a scale and a least number.
    Q5_1 = "Q5_1", 32 in 24 of a row;
    /// GGUF, 32 elements: 8-bit integers with a scale.
    Q8_0 = "Q8_0", 32 in 34 of a row;
    /// GGUF, 32 elements: 8-bit integers with a scale and their sum.
    Q8_1 = "Q8_1", 32 in 40 of a row;
    /// GGUF, 256 elements: 2-bit integers, with scales for parts of the block.
    Q2_K = "Q2_K", 256 in 84 of a row;
    /// GGUF, 256 elements: 3-bit integers, with scales for parts of the block.
    Q3_K = "Q3_K", 256 in 110 of a row;
    /// GGUF, 256 elements: 4-bit integers, with scales for parts of the block.
    Q4_K = "Q4_K", 256 in 144 of a row;
    /// GGUF, 256 elements: 5-bit integers, with scales for parts of the block.
    Q5_K = "Q5_K", 256 in 176 of a row;
    /// GGUF, 256 elements: 6-bit integers, with scales for parts of the block.
    Q6_K = "Q6_K", 256 in 210 of a row;
    /// GGUF, 256 elements: 8-bit integers, with scales for parts of the block.
    Q8_K = "Q8_K", 256 in 292 of a row;
    /// GGUF, 256 elements: codes of about 2 bits that look numbers up in a table.
    IQ2_XXS = "IQ2_XXS", 256 in 66 of a row;
    /// GGUF, 256 elements: codes of about 2 bits that look numbers up in a table.
    IQ2_XS = "IQ2_XS", 256 in 74 of a row;
    /// GGUF, 256 elements: codes of about 3 bits that look numbers up in a table.
    IQ3_XXS = "IQ3_XXS", 256 in 98 of a row;
    /// GGUF, 256 elements: codes of about 1 bits that look numbers up in a table.
    IQ1_S = "IQ1_S", 256 in 50 of a row;
    /// GGUF, 32 elements: codes of about 4 bits that look numbers up in a table.
    IQ4_NL = "IQ4_NL", 32 in 18 of a row;
    /// GGUF, 256 elements: codes of about 3 bits that look numbers up in a table.
    IQ3_S = "IQ3_S", 256 in 110 of a row;
    /// GGUF, 256 elements: codes of about 2 bits that look numbers up in a table.
    IQ2_S = "IQ2_S", 256 in 82 of a row;
    /// GGUF, 256 elements: codes of about 4 bits that look numbers up in a table.
    IQ4_XS = "IQ4_XS", 256 in 136 of a row;
    /// GGUF, 256 elements: codes of about 1 bits that look numbers up in a table.
    IQ1_M = "IQ1_M", 256 in 56 of a row;
    /// GGUF, 256 elements: -1, 0 and 1.
    TQ1_0 = "TQ1_0", 256 in 54 of a row;
    /// GGUF, 256 elements: -1, 0 and 1.
    TQ2_0 = "TQ2_0", 256 in 66 of a row;
    /// GGUF, 32 elements: 4-bit floats with an 8-bit exponent for all (OCP MX).
    MXFP4 = "MXFP4", 32 in 17 of a row;
    /// GGUF, 64 elements: 4-bit floats with an 8-bit float for each 16.
    NVFP4 = "NVFP4", 64 in 36 of a row;
    /// GGUF, 128 elements: signs with a scale.
    Q1_0 = "Q1_0", 128 in 18 of a row;
}

impl DType {
    /// The size of `elements` elements in bytes; `None` if it overflows, or if they do not fill their last block.
    pub const fn size_of(self, elements: usize) -> Option<usize> {
        let block = self.block();
        if !elements.is_multiple_of(block.elements) {
            return None;
        }
        (elements / block.elements).checked_mul(block.bytes)
    }

    /// The size of a tensor of this shape in bytes; `None` if it overflows, or if a block does not end where it must: at the
    /// end of a row if the dtype [is quantised](Self::is_quantised), else at the end of the tensor.
    ///
    /// ```
    /// use weighbridge_lock::DType;
    ///
    /// assert_eq!(DType::Q8_0.byte_len(&[3, 64]), Some(3 * 2 * 34));
    /// assert_eq!(DType::Q8_0.byte_len(&[64, 3]), None);
    /// assert_eq!(DType::F4.byte_len(&[2, 3]), Some(3));
    /// ```
    pub const fn byte_len(self, shape: &[usize]) -> Option<usize> {
        let (mut elements, mut is_empty, mut i) = (Some(1usize), false, 0);
        while i < shape.len() {
            is_empty |= shape[i] == 0;
            elements = match elements {
                Some(elements) => elements.checked_mul(shape[i]),
                None => None,
            };
            i += 1;
        }
        if self.is_quantised() && !self.has_whole_rows(shape) {
            return None;
        }
        match elements {
            _ if is_empty => Some(0),
            Some(elements) => self.size_of(elements),
            None => None,
        }
    }

    /// Whether the rows of a shape are whole blocks.
    const fn has_whole_rows(self, shape: &[usize]) -> bool {
        match shape.split_last() {
            Some((row, _)) => row.is_multiple_of(self.block().elements),
            None => self.block().elements == 1,
        }
    }

    /// How many elements fill this many bytes, whole blocks alone.
    pub const fn elements_in(self, bytes: usize) -> usize {
        let block = self.block();
        (bytes / block.bytes).saturating_mul(block.elements)
    }

    /// Whether elements share bytes, so that none of them can be moved alone.
    pub const fn shares_bytes(self) -> bool {
        self.block().elements > 1
    }

    /// The alignment of elements in memory, in bytes: 1, 2, 4 or 8.
    pub const fn alignment(self) -> usize {
        match self {
            DType::C64 => 4,
            _ => match self.block().bytes {
                bytes if bytes.is_multiple_of(8) => 8,
                bytes if bytes.is_multiple_of(4) => 4,
                bytes if bytes.is_multiple_of(2) => 2,
                _ => 1,
            },
        }
    }

    /// Whether elements are untyped bytes, whose dtype only a schema can say.
    pub const fn is_untyped(self) -> bool {
        matches!(self, DType::V1 | DType::V2)
    }

    /// Whether this dtype in a file can be read as `wanted` without a cast. It can if the two are equal, or if this one is
    /// untyped and `wanted` is a dtype of the same width that numpy cannot write.
    pub const fn reads_as(self, wanted: DType) -> bool {
        match (self, wanted) {
            (DType::V2, DType::BF16) => true,
            (DType::V1, DType::F8_E5M2 | DType::F8_E4M3 | DType::F8_E8M0 | DType::F8_E4M3FNUZ | DType::F8_E5M2FNUZ) => {
                true
            }
            _ => self as u8 == wanted as u8,
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is not a dtype's. `Display` says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownDType(pub String);

impl UnknownDType {
    /// The dtype that has this name elsewhere, or in other letters.
    ///
    /// ```
    /// # use weighbridge_lock::DType;
    /// assert_eq!("float16".parse::<DType>().unwrap_err().meant(), Some(DType::F16));
    /// ```
    pub fn meant(&self) -> Option<DType> {
        let near = DType::ALL.iter().find(|dtype| dtype.name().eq_ignore_ascii_case(&self.0));
        near.copied().or_else(|| other_name(&self.0))
    }
}

impl fmt::Display for UnknownDType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown dtype `{}`; ", shown(&self.0))?;
        match self.meant() {
            Some(dtype) => write!(f, "write `{dtype}`"),
            None => {
                f.write_str("write one of ")?;
                let mut plain = DType::ALL.iter().filter(|dtype| !dtype.is_quantised());
                plain.try_for_each(|dtype| write!(f, "{dtype}, "))?;
                f.write_str("or a quantised type of GGUF, such as Q4_K")
            }
        }
    }
}

impl std::error::Error for UnknownDType {}

impl FromStr for DType {
    type Err = UnknownDType;

    /// Case matters, as in the format.
    fn from_str(name: &str) -> Result<Self, UnknownDType> {
        DType::ALL.iter().copied().find(|dtype| dtype.name() == name).ok_or_else(|| UnknownDType(name.to_owned()))
    }
}

/// What other tools call a dtype.
fn other_name(name: &str) -> Option<DType> {
    Some(match name.to_ascii_lowercase().as_str() {
        "float" | "float32" | "fp32" => DType::F32,
        "double" | "float64" | "fp64" => DType::F64,
        "half" | "float16" | "fp16" => DType::F16,
        "bfloat16" => DType::BF16,
        "float8_e4m3fn" => DType::F8_E4M3,
        "float8_e5m2" => DType::F8_E5M2,
        "complex64" => DType::C64,
        "int8" => DType::I8,
        "int16" => DType::I16,
        "int32" => DType::I32,
        "int64" | "long" => DType::I64,
        "uint8" => DType::U8,
        "uint16" => DType::U16,
        "uint32" => DType::U32,
        "uint64" => DType::U64,
        _ => return None,
    })
}
