//! The globals that a pickle may name: those of which tensors are made, and nothing that does anything.

use crate::dtype::DType;

/// A global of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Global {
    OrderedDict,
    Counter,
    Parameter,
    Tensor,
    Size,
    Device,
    Layout,
    Encode,
    ByteArray,
    Set,
    Complex,
    QScheme,
    Type(TorchType),
    Storage(Option<TorchType>),
    RebuildTensor(Form),
    RebuildParameter {
        has_state: bool,
    },
    RebuildFromType,
    RebuildDeviceTensor,
    /// What makes a tensor of another kind than those that are read.
    Rebuild(super::other::Other),
}

/// How a tensor is described: what follows its storage, offset, size and stride.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// Nothing.
    First,
    /// Whether it requires a gradient, its hooks, and perhaps bits that change what it means.
    Second,
    /// The same, with its dtype before the bits.
    Third,
}

/// The number of a dtype in [`TYPES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TorchType(u8);

/// The dtypes of PyTorch: the name, what it is here, and how many bytes an element takes.
const TYPES: &[(&str, Option<DType>, u64)] = &[
    ("float32", Some(DType::F32), 4),
    ("float64", Some(DType::F64), 8),
    ("float16", Some(DType::F16), 2),
    ("bfloat16", Some(DType::BF16), 2),
    ("int64", Some(DType::I64), 8),
    ("int32", Some(DType::I32), 4),
    ("int16", Some(DType::I16), 2),
    ("int8", Some(DType::I8), 1),
    ("uint8", Some(DType::U8), 1),
    ("bool", Some(DType::BOOL), 1),
    ("complex64", Some(DType::C64), 8),
    ("uint16", Some(DType::U16), 2),
    ("uint32", Some(DType::U32), 4),
    ("uint64", Some(DType::U64), 8),
    ("float8_e4m3fn", Some(DType::F8_E4M3), 1),
    ("float8_e5m2", Some(DType::F8_E5M2), 1),
    ("float8_e4m3fnuz", Some(DType::F8_E4M3FNUZ), 1),
    ("float8_e5m2fnuz", Some(DType::F8_E5M2FNUZ), 1),
    ("float8_e8m0fnu", Some(DType::F8_E8M0), 1),
    ("float4_e2m1fn_x2", Some(DType::F4), 1),
    ("complex128", None, 16),
    ("complex32", None, 4),
    ("qint8", None, 1),
    ("quint8", None, 1),
    ("qint32", None, 4),
    ("quint4x2", None, 1),
    ("quint2x4", None, 1),
    ("bits1x8", None, 1),
    ("bits2x4", None, 1),
    ("bits4x2", None, 1),
    ("bits8", None, 1),
    ("bits16", None, 2),
    ("int1", None, 1),
    ("int2", None, 1),
    ("int3", None, 1),
    ("int4", None, 1),
    ("int5", None, 1),
    ("int6", None, 1),
    ("int7", None, 1),
    ("uint1", None, 1),
    ("uint2", None, 1),
    ("uint3", None, 1),
    ("uint4", None, 1),
    ("uint5", None, 1),
    ("uint6", None, 1),
    ("uint7", None, 1),
];

/// The classes of storages, and the dtype of the elements of each.
const STORAGES: &[(&str, &str)] = &[
    ("FloatStorage", "float32"),
    ("DoubleStorage", "float64"),
    ("HalfStorage", "float16"),
    ("BFloat16Storage", "bfloat16"),
    ("LongStorage", "int64"),
    ("IntStorage", "int32"),
    ("ShortStorage", "int16"),
    ("CharStorage", "int8"),
    ("ByteStorage", "uint8"),
    ("BoolStorage", "bool"),
    ("ComplexFloatStorage", "complex64"),
    ("ComplexDoubleStorage", "complex128"),
    ("QInt8Storage", "qint8"),
    ("QUInt8Storage", "quint8"),
    ("QInt32Storage", "qint32"),
    ("QUInt4x2Storage", "quint4x2"),
    ("QUInt2x4Storage", "quint2x4"),
];

const SCHEMES: &[&str] = &[
    "per_tensor_affine",
    "per_tensor_symmetric",
    "per_channel_affine",
    "per_channel_symmetric",
    "per_channel_affine_float_qparams",
];

/// Modules whose functions reach into the system. No honest checkpoint names one.
const SYSTEM: &[&str] = &[
    "os",
    "posix",
    "nt",
    "sys",
    "subprocess",
    "builtins",
    "__builtin__",
    "runpy",
    "socket",
    "shutil",
    "importlib",
    "pty",
    "ctypes",
    "commands",
    "code",
    "webbrowser",
    "urllib",
    "requests",
    "pickle",
    "operator",
    "functools",
    "threading",
    "multiprocessing",
];

impl TorchType {
    pub(super) fn named(name: &str) -> Option<TorchType> {
        let number = TYPES.iter().position(|(known, ..)| *known == name)?;
        u8::try_from(number).ok().map(TorchType)
    }

    fn row(self) -> (&'static str, Option<DType>, u64) {
        TYPES.get(usize::from(self.0)).copied().unwrap_or(("an unknown dtype", None, 1))
    }

    pub(super) fn name(self) -> &'static str {
        self.row().0
    }

    pub(super) fn dtype(self) -> Option<DType> {
        self.row().1
    }

    /// How many bytes an element takes.
    pub(super) fn width(self) -> u64 {
        self.row().2
    }
}

impl Global {
    /// The global of this module and name, if it is on the list.
    pub(super) fn named(module: &str, name: &str) -> Option<Global> {
        use super::other::Other;
        Some(match (module, name) {
            ("collections", "OrderedDict") => Global::OrderedDict,
            ("collections", "Counter") => Global::Counter,
            ("torch.nn.parameter", "Parameter") => Global::Parameter,
            ("torch", "Tensor") => Global::Tensor,
            ("torch", "Size") => Global::Size,
            ("torch", "device") => Global::Device,
            ("torch.serialization", "_get_layout") => Global::Layout,
            ("_codecs", "encode") => Global::Encode,
            ("builtins" | "__builtin__", "bytearray") => Global::ByteArray,
            ("builtins" | "__builtin__", "set") => Global::Set,
            ("builtins" | "__builtin__", "complex") => Global::Complex,
            ("torch._utils", "_rebuild_tensor") => Global::RebuildTensor(Form::First),
            ("torch._utils", "_rebuild_tensor_v2") => Global::RebuildTensor(Form::Second),
            ("torch._utils", "_rebuild_tensor_v3") => Global::RebuildTensor(Form::Third),
            ("torch._utils", "_rebuild_parameter") => Global::RebuildParameter { has_state: false },
            ("torch._utils", "_rebuild_parameter_with_state") => Global::RebuildParameter { has_state: true },
            ("torch._tensor", "_rebuild_from_type_v2") => Global::RebuildFromType,
            ("torch._utils", "_rebuild_device_tensor_from_cpu_tensor") => Global::RebuildDeviceTensor,
            ("torch._utils", "_rebuild_device_tensor_from_numpy") => Global::Rebuild(Other::Numpy),
            ("torch._utils", "_rebuild_qtensor") => Global::Rebuild(Other::Quantised),
            ("torch._utils", "_rebuild_sparse_tensor") => Global::Rebuild(Other::Sparse),
            ("torch._utils", "_rebuild_meta_tensor_no_storage") => Global::Rebuild(Other::Meta),
            ("torch._utils", "_rebuild_wrapper_subclass") => Global::Rebuild(Other::Subclass),
            ("torch" | "torch.storage", "UntypedStorage") | ("torch.storage", "_UntypedStorage") => {
                Global::Storage(None)
            }
            ("torch", name) if SCHEMES.contains(&name) => Global::QScheme,
            ("torch", name) => match STORAGES.iter().find(|(class, _)| *class == name) {
                Some((_, of)) => Global::Storage(Some(TorchType::named(of)?)),
                None => Global::Type(TorchType::named(name)?),
            },
            _ => return None,
        })
    }

    /// What it is as a value, with an article.
    pub(super) fn what(self) -> &'static str {
        match self {
            Global::Type(_) => "a dtype",
            Global::QScheme => "a scheme of quantisation",
            _ => "a class or a function",
        }
    }
}

/// What to do about a global that is not on the list.
pub(super) fn remedy(module: &str) -> &'static str {
    let top = module.split('.').next().unwrap_or_default();
    match SYSTEM.contains(&top) {
        true => {
            "no weights need it, so do not open the file with anything that would: get the checkpoint from its author"
        }
        false => {
            "if you trust the file, load it with `torch.load(path, weights_only=False)`, and save only its state dict, with \
             `safetensors.torch.save_file`"
        }
    }
}
