//! Files of other programs: what each is called, and what to do about it.

use std::fmt;

/// A file that is no checkpoint here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    /// What it is, with an article.
    pub(super) what: &'static str,
    /// What to do.
    pub(super) remedy: &'static str,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.remedy)
    }
}

const UNPACK: &str = "unpack it first";
const AS_ARRAYS: &str =
    "open it with the library that wrote it, and save its arrays with `safetensors.numpy.save_file`";
const EXPORTED: &str = "get the checkpoint that it was exported from";
const AGAIN: &str = "download or copy the checkpoint again";

pub(super) const PICKLE: Foreign = Foreign {
    what: "a Python pickle that `torch.save` did not write, which can run arbitrary code when it is opened",
    remedy: "if you trust it, save its arrays with `safetensors.numpy.save_file`, or its tensors with \
             `safetensors.torch.save_file`",
};
pub(super) const TORCH_SCRIPT: Foreign = Foreign {
    what: "a TorchScript program (torch.jit.save), which is code beside its tensors",
    remedy: "if you trust it, load it with `torch.jit.load`, and save its `state_dict()` with `safetensors.torch.save_file`",
};
pub(super) const SWAPPED_GGUF: Foreign = Foreign {
    what: "what a GGUF file becomes if its bytes are swapped",
    remedy: "get the file as its publisher has it",
};
const LLAMAFILE: Foreign =
    Foreign { what: "a llamafile, a program with a GGUF file in it", remedy: "get the `.gguf` of the model" };
pub(super) const GGML: Foreign =
    Foreign { what: "a GGML file, which is not read here", remedy: "get the checkpoint's safetensors" };
pub(super) const NPY: Foreign =
    Foreign { what: "a single .npy array without a name", remedy: "save it with `numpy.savez(path, name=array)`" };
pub(super) const HDF5: Foreign =
    Foreign { what: "an HDF5 file (Keras, h5py)", remedy: "save its arrays as safetensors or npz" };
pub(super) const KERAS: Foreign =
    Foreign { what: "a Keras archive", remedy: "load it with Keras, and save its weights as safetensors or npz" };
pub(super) const ONNX: Foreign = Foreign { what: "an ONNX model", remedy: EXPORTED };
pub(super) const TFLITE: Foreign = Foreign { what: "a TensorFlow Lite model", remedy: EXPORTED };
pub(super) const TENSORFLOW: Foreign = Foreign {
    what: "a part of a TensorFlow checkpoint",
    remedy: "read it with `tf.train.load_checkpoint`, and save its arrays with `safetensors.numpy.save_file`",
};
const SAVED_MODEL: Foreign = Foreign {
    what: "a TensorFlow graph",
    remedy: "load it with TensorFlow, and save its variables with `safetensors.numpy.save_file`",
};
pub(super) const MSGPACK: Foreign = Foreign {
    what: "a msgpack file (Flax)",
    remedy: "read it with `flax.serialization.msgpack_restore`, flatten it, and save the arrays with \
             `safetensors.numpy.save_file`",
};
const DISTRIBUTED: Foreign = Foreign {
    what: "a part of a distributed PyTorch checkpoint",
    remedy: "join its parts with `torch.distributed.checkpoint.format_utils.dcp_to_torch_save`, and convert what comes \
             out with `safetensors.torch.save_file`",
};
pub(super) const STATE: Foreign =
    Foreign { what: "what a training keeps besides its weights", remedy: "give the path of the weights" };
pub(super) const TORCH_TAR: Foreign = Foreign {
    what: "a tar archive of torch.save from before 0.1.10, whose pickle can run arbitrary code when it is opened",
    remedy: "if you trust it, load it with `torch.load(path, weights_only=False)`, and save it again with torch 1.6 or newer",
};
const CORE_ML: Foreign = Foreign { what: "a Core ML model", remedy: EXPORTED };
const ENGINE: Foreign = Foreign { what: "a TensorRT engine", remedy: EXPORTED };
const MATLAB: Foreign = Foreign { what: "a MATLAB file", remedy: "save its arrays as safetensors or npz" };
pub(super) const GZIP: Foreign = Foreign { what: "a gzip file", remedy: UNPACK };
pub(super) const BZIP2: Foreign = Foreign { what: "a bzip2 file", remedy: UNPACK };
pub(super) const ZSTD: Foreign = Foreign { what: "a Zstandard file", remedy: UNPACK };
pub(super) const XZ: Foreign = Foreign { what: "an xz file", remedy: UNPACK };
pub(super) const LZ4: Foreign = Foreign { what: "an LZ4 file", remedy: UNPACK };
pub(super) const SEVEN_ZIP: Foreign = Foreign { what: "a 7-Zip archive", remedy: UNPACK };
pub(super) const RAR: Foreign = Foreign { what: "a RAR archive", remedy: UNPACK };
pub(super) const ZIP: Foreign = Foreign { what: "a zip archive", remedy: UNPACK };
pub(super) const TAR: Foreign = Foreign { what: "a tar archive", remedy: UNPACK };
pub(super) const LFS: Foreign =
    Foreign { what: "a Git LFS pointer", remedy: "run `git lfs pull` to fetch the file it stands for" };
pub(super) const PARQUET: Foreign = Foreign { what: "a Parquet file, which is a table", remedy: AS_ARRAYS };
pub(super) const ARROW: Foreign = Foreign { what: "an Arrow file, which is a table", remedy: AS_ARRAYS };
pub(super) const SQLITE: Foreign = Foreign { what: "an SQLite database", remedy: AS_ARRAYS };
pub(super) const PDF: Foreign = Foreign { what: "a PDF document", remedy: "give the path of a checkpoint" };
pub(super) const IMAGE: Foreign = Foreign { what: "an image", remedy: "give the path of a checkpoint" };
pub(super) const PROGRAM: Foreign = Foreign { what: "a program", remedy: "give the path of a checkpoint" };
pub(super) const APPLE_DOUBLE: Foreign = Foreign {
    what: "what macOS keeps beside a file (`._` and its name), and not the file",
    remedy: "give the path of the file without `._`",
};
pub(super) const EMPTY: Foreign = Foreign { what: "an empty file", remedy: AGAIN };
pub(super) const ZEROS: Foreign =
    Foreign { what: "a file of zeros, as an unfinished download leaves it", remedy: AGAIN };
pub(super) const UTF_16: Foreign = Foreign {
    what: "a text in UTF-16, as older versions of PowerShell write it by `>`",
    remedy: "save it as UTF-8 without a byte order mark",
};
pub(super) const UNKNOWN: Foreign = Foreign {
    what: "neither safetensors nor npz nor GGUF, and nothing else that is known here",
    remedy: "check what wrote it, and download or copy it again if that was a download",
};

/// Extensions, without which a name says nothing.
const EXTENSIONS: &[(&str, Foreign)] = &[
    (".tar.gz", TAR),
    (".pt2", PICKLE),
    (".pkl", PICKLE),
    (".pickle", PICKLE),
    (".pdparams", PICKLE),
    (".joblib", PICKLE),
    (".distcp", DISTRIBUTED),
    (".llamafile", LLAMAFILE),
    (".ggml", GGML),
    (".npy", NPY),
    (".h5", HDF5),
    (".hdf5", HDF5),
    (".keras", KERAS),
    (".onnx", ONNX),
    (".onnx_data", ONNX),
    (".ort", ONNX),
    (".tflite", TFLITE),
    (".pb", SAVED_MODEL),
    (".ckpt.index", TENSORFLOW),
    (".ckpt.meta", TENSORFLOW),
    (".msgpack", MSGPACK),
    (".mlmodel", CORE_ML),
    (".mlpackage", CORE_ML),
    (".engine", ENGINE),
    (".mat", MATLAB),
    (".parquet", PARQUET),
    (".arrow", ARROW),
    (".feather", ARROW),
    (".nemo", TAR),
    (".tar", TAR),
    (".tgz", TAR),
    (".gz", GZIP),
    (".bz2", BZIP2),
    (".zst", ZSTD),
    (".xz", XZ),
    (".lz4", LZ4),
    (".7z", SEVEN_ZIP),
    (".rar", RAR),
    (".zip", ZIP),
];

/// What a name, in lower case, says that the file is.
pub(super) fn by_name(lower: &str) -> Option<Foreign> {
    let is_data = lower.rsplit_once(".data-").is_some_and(|(_, number)| number.contains("-of-"));
    if is_data {
        return Some(TENSORFLOW);
    }
    EXTENSIONS.iter().find(|(extension, _)| lower.ends_with(extension)).map(|(_, foreign)| *foreign)
}
