//! The element types that a checkpoint can hold.

use std::fmt;
use std::str::FromStr;

use crate::shown::shown;

macro_rules! dtypes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $bits:literal;)*) => {
        /// The type of a tensor's elements, as a file names it.
        ///
        /// The names are those of the safetensors format (`F32`, `BF16`, `BOOL`, …). `V1` and `V2` are numpy's
        /// untyped elements of one and two bytes. numpy has no name for bfloat16 and the 8-bit floats, so JAX and MLX
        /// write them as untyped, and only the schema can say what they are.
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

            /// The size of one element in bits. Less than 8 for the packed `F4` and `F6` types.
            pub const fn bits(self) -> usize {
                match self { $(DType::$variant => $bits,)* }
            }
        }
    };
}

dtypes! {
    /// One byte, 0 or 1.
    BOOL = "BOOL", 8;
    /// 4-bit float, two to a byte (OCP MX).
    F4 = "F4", 4;
    /// 6-bit float, 2 exponent bits (OCP MX).
    F6_E2M3 = "F6_E2M3", 6;
    /// 6-bit float, 3 exponent bits (OCP MX).
    F6_E3M2 = "F6_E3M2", 6;
    /// Unsigned 8-bit integer.
    U8 = "U8", 8;
    /// Signed 8-bit integer.
    I8 = "I8", 8;
    /// 8-bit float, 5 exponent bits.
    F8_E5M2 = "F8_E5M2", 8;
    /// 8-bit float, 4 exponent bits.
    F8_E4M3 = "F8_E4M3", 8;
    /// 8-bit exponent, a scale (OCP MX).
    F8_E8M0 = "F8_E8M0", 8;
    /// 8-bit float, 4 exponent bits, no negative zero.
    F8_E4M3FNUZ = "F8_E4M3FNUZ", 8;
    /// 8-bit float, 5 exponent bits, no negative zero.
    F8_E5M2FNUZ = "F8_E5M2FNUZ", 8;
    /// Signed 16-bit integer.
    I16 = "I16", 16;
    /// Unsigned 16-bit integer.
    U16 = "U16", 16;
    /// IEEE half precision.
    F16 = "F16", 16;
    /// bfloat16: the upper half of an `F32`.
    BF16 = "BF16", 16;
    /// Signed 32-bit integer.
    I32 = "I32", 32;
    /// Unsigned 32-bit integer.
    U32 = "U32", 32;
    /// IEEE single precision.
    F32 = "F32", 32;
    /// Two `F32`, real and imaginary.
    C64 = "C64", 64;
    /// IEEE double precision.
    F64 = "F64", 64;
    /// Signed 64-bit integer.
    I64 = "I64", 64;
    /// Unsigned 64-bit integer.
    U64 = "U64", 64;
    /// One untyped byte, in `.npz` only.
    V1 = "V1", 8;
    /// Two untyped bytes, in `.npz` only: bfloat16 when the schema says so.
    V2 = "V2", 16;
}

impl DType {
    /// The size of a tensor of `elements` elements in bytes; `None` if it overflows or does not fill its last byte.
    pub const fn size_of(self, elements: usize) -> Option<usize> {
        match elements.checked_mul(self.bits()) {
            Some(bits) if bits.is_multiple_of(8) => Some(bits / 8),
            _ => None,
        }
    }

    /// The alignment of one element in memory, in bytes: 1, 2, 4 or 8.
    pub const fn alignment(self) -> usize {
        match self {
            DType::C64 => 4,
            _ => match self.bits() {
                16 => 2,
                32 => 4,
                64 => 8,
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
                let mut names = DType::ALL.iter().map(|dtype| dtype.name());
                f.write_str(names.next().unwrap_or_default())?;
                names.try_for_each(|name| write!(f, ", {name}"))
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
