//! The cases. The contents of each generated file follow from arithmetic, so a child process needs no list of them.

use std::io::{self, Write};
use std::path::PathBuf;

pub(crate) use crate::element::Element;

pub(crate) const LAYERS: usize = 22;
pub(crate) const F32_DIMS: [usize; 3] = [960, 2560, 26112];
pub(crate) const BF16_DIMS: [usize; 3] = [1344, 3584, 44544];
/// Rows of whole blocks: 1 GiB of `Q8_0`, and as many elements as 1 GiB of f32 has.
pub(crate) const BLOCKS_DIMS: [usize; 3] = [1792, 5120, 68352];
pub(crate) const DEQUANTISED_DIMS: [usize; 3] = [1024, 2560, 3072];
pub(crate) const STORED: usize = 64;
pub(crate) const DEFLATED: usize = 32;
pub(crate) const MEMBERS: usize = 10_000;
pub(crate) const MATRIX: [usize; 2] = [1024, 2048];
pub(crate) const SMALL: [usize; 2] = [8, 8];

/// One file or set of shards, and the type to load it as.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    file: &'static str,
    pub(crate) form: Form,
    pub(crate) shapes: Shapes,
    pub(crate) element: Element,
    pub(crate) model: Model,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Form {
    Safetensors,
    Shards(usize),
    Npz {
        deflated: bool,
    },
    Gguf,
    /// A zip archive of PyTorch.
    Torch,
}

/// The names and shapes, in the order of the file.
#[derive(Clone, Copy)]
pub(crate) enum Shapes {
    /// An embedding, layers of nine tensors, a norm: hidden size, size between, vocabulary.
    Llama([usize; 3]),
    /// A hundred layers of a thousand small experts.
    Experts,
    /// This many matrices of one shape.
    Alike(usize, [usize; 2]),
}

/// The type that Weighbridge loads the case as.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Model {
    LlamaF32,
    LlamaBf16,
    LlamaCast,
    LlamaBlocks,
    LlamaDequantised,
    Experts,
    Stored,
    Deflated,
    Members,
}

/// An element whose value is compared after a load.
pub(crate) struct Pick {
    pub(crate) tensor: usize,
    pub(crate) name: String,
    pub(crate) index: usize,
    /// How many elements the tensors before it have.
    pub(crate) before: usize,
}

pub(crate) const CASES: [Case; 14] = [
    Case {
        name: "f32",
        title: "1 GiB of f32 in 200 tensors",
        file: "llama-f32.safetensors",
        form: Form::Safetensors,
        shapes: Shapes::Llama(F32_DIMS),
        element: Element::F32,
        model: Model::LlamaF32,
    },
    Case {
        name: "bf16",
        title: "1 GiB of bf16 in 200 tensors, as it is",
        file: "llama-bf16.safetensors",
        form: Form::Safetensors,
        shapes: Shapes::Llama(BF16_DIMS),
        element: Element::Bf16,
        model: Model::LlamaBf16,
    },
    Case {
        name: "cast",
        title: "1 GiB of bf16 in 200 tensors, cast to 2 GiB of f32",
        file: "llama-bf16.safetensors",
        form: Form::Safetensors,
        shapes: Shapes::Llama(BF16_DIMS),
        element: Element::Bf16,
        model: Model::LlamaCast,
    },
    Case {
        name: "shards",
        title: "1 GiB of f32 in 200 tensors, in 4 shards",
        file: "llama-f32-shards",
        form: Form::Shards(4),
        shapes: Shapes::Llama(F32_DIMS),
        element: Element::F32,
        model: Model::LlamaF32,
    },
    Case {
        name: "many",
        title: "100,000 tensors of [8, 8]",
        file: "experts.safetensors",
        form: Form::Safetensors,
        shapes: Shapes::Experts,
        element: Element::F32,
        model: Model::Experts,
    },
    Case {
        name: "stored",
        title: "npz of 512 MiB in 64 stored members",
        file: "stored.npz",
        form: Form::Npz { deflated: false },
        shapes: Shapes::Alike(STORED, MATRIX),
        element: Element::F32,
        model: Model::Stored,
    },
    Case {
        name: "deflated",
        title: "npz of 256 MiB in 32 deflated members",
        file: "deflated.npz",
        form: Form::Npz { deflated: true },
        shapes: Shapes::Alike(DEFLATED, MATRIX),
        element: Element::F32OfBf16,
        model: Model::Deflated,
    },
    Case {
        name: "members",
        title: "npz of 10,000 stored members of [8, 8]",
        file: "members.npz",
        form: Form::Npz { deflated: false },
        shapes: Shapes::Alike(MEMBERS, SMALL),
        element: Element::F32,
        model: Model::Members,
    },
    Case {
        name: "gguf",
        title: "GGUF of 1 GiB of Q8_0 in 200 tensors, as it is",
        file: "llama-q8_0-large.gguf",
        form: Form::Gguf,
        shapes: Shapes::Llama(BLOCKS_DIMS),
        element: Element::Q8_0,
        model: Model::LlamaBlocks,
    },
    Case {
        name: "q8_0",
        title: "GGUF of 272 MiB of Q8_0 in 200 tensors, dequantised to 1 GiB of f32",
        file: "llama-q8_0.gguf",
        form: Form::Gguf,
        shapes: Shapes::Llama(DEQUANTISED_DIMS),
        element: Element::Q8_0,
        model: Model::LlamaDequantised,
    },
    Case {
        name: "q4_k",
        title: "GGUF of 144 MiB of Q4_K in 200 tensors, dequantised to 1 GiB of f32",
        file: "llama-q4_k.gguf",
        form: Form::Gguf,
        shapes: Shapes::Llama(DEQUANTISED_DIMS),
        element: Element::Q4K,
        model: Model::LlamaDequantised,
    },
    Case {
        name: "bin",
        title: "PyTorch's archive of 1 GiB of f32 in 200 tensors",
        file: "llama-f32.bin",
        form: Form::Torch,
        shapes: Shapes::Llama(F32_DIMS),
        element: Element::F32,
        model: Model::LlamaF32,
    },
    Case {
        name: "gguf-header",
        title: "GGUF of 10,000 tensors of [8, 8]",
        file: "members.gguf",
        form: Form::Gguf,
        shapes: Shapes::Alike(MEMBERS, SMALL),
        element: Element::F32,
        model: Model::Members,
    },
    Case {
        name: "bin-header",
        title: "PyTorch's archive of 10,000 tensors of [8, 8]",
        file: "members.bin",
        form: Form::Torch,
        shapes: Shapes::Alike(MEMBERS, SMALL),
        element: Element::F32,
        model: Model::Members,
    },
];

const LAYER: [&str; 9] = [
    "input_layernorm",
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.o_proj",
    "post_attention_layernorm",
    "mlp.gate_proj",
    "mlp.up_proj",
    "mlp.down_proj",
];

impl Shapes {
    pub(crate) fn count(self) -> usize {
        match self {
            Shapes::Llama(_) => LAYERS * LAYER.len() + 2,
            Shapes::Experts => 100 * 1000,
            Shapes::Alike(count, _) => count,
        }
    }

    pub(crate) fn name(self, tensor: usize) -> String {
        match self {
            Shapes::Llama(_) if tensor == 0 => "model.embed_tokens.weight".into(),
            Shapes::Llama(_) if tensor == self.count() - 1 => "model.norm.weight".into(),
            Shapes::Llama(_) => {
                let (layer, part) = ((tensor - 1) / LAYER.len(), (tensor - 1) % LAYER.len());
                format!("model.layers.{layer}.{}.weight", LAYER[part])
            }
            Shapes::Experts => {
                format!("model.layers.{}.mlp.experts.{}.down_proj.weight", tensor / 1000, tensor % 1000)
            }
            Shapes::Alike(..) => format!("layers.{tensor}"),
        }
    }

    pub(crate) fn shape(self, tensor: usize) -> Vec<usize> {
        match self {
            Shapes::Llama([hidden, _, vocab]) if tensor == 0 => vec![vocab, hidden],
            Shapes::Llama([hidden, ..]) if tensor == self.count() - 1 => vec![hidden],
            Shapes::Llama([hidden, inner, _]) => match (tensor - 1) % LAYER.len() {
                0 | 5 => vec![hidden],
                6 | 7 => vec![inner, hidden],
                8 => vec![hidden, inner],
                _ => vec![hidden, hidden],
            },
            Shapes::Experts => SMALL.to_vec(),
            Shapes::Alike(_, shape) => shape.to_vec(),
        }
    }

    pub(crate) fn elements(self, tensor: usize) -> usize {
        self.shape(tensor).iter().product()
    }
}

impl Case {
    pub(crate) fn named(name: &str) -> Option<&'static Case> {
        CASES.iter().find(|case| case.name == name)
    }

    /// The file, or the directory of the shards.
    pub(crate) fn path(&self) -> PathBuf {
        std::env::temp_dir().join("weighbridge-compare").join(self.file)
    }

    /// The files that hold tensors, in order.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        match self.form {
            Form::Shards(of) => (0..of).map(|shard| self.path().join(shard_name(shard, of))).collect(),
            _ => vec![self.path()],
        }
    }

    /// The elements of the loaded tensors.
    pub(crate) fn loaded(&self) -> Element {
        if self.is_cast() { Element::F32 } else { self.element }
    }

    pub(crate) fn is_cast(&self) -> bool {
        matches!(self.model, Model::LlamaCast | Model::LlamaDequantised)
    }

    /// The size of the loaded tensors in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.loaded().bytes((0..self.shapes.count()).map(|tensor| self.shapes.elements(tensor)).sum())
    }

    /// Writes the elements of a tensor, which follow from their numbers in the file.
    pub(crate) fn write(&self, tensor: usize, out: &mut impl Write) -> io::Result<()> {
        let first = match self.shapes {
            Shapes::Llama(_) => (0..tensor).map(|before| self.shapes.elements(before)).sum(),
            Shapes::Experts | Shapes::Alike(..) => tensor * self.shapes.elements(tensor),
        };
        let mut bytes = Vec::new();
        self.element.write(first, self.shapes.elements(tensor), &mut bytes);
        out.write_all(&bytes)
    }

    /// Three elements: near the start of the first tensor, in the middle of the middle one, and the last of the last.
    pub(crate) fn picks(&self) -> [Pick; 3] {
        let count = self.shapes.count();
        let (middle, last) = (count / 2 + 1, count - 1);
        let (half, end) = (self.shapes.elements(middle) / 2, self.shapes.elements(last) - 1);
        [(0, 1), (middle, half), (last, end)].map(|(tensor, index)| Pick {
            tensor,
            name: self.shapes.name(tensor),
            index,
            before: (0..tensor).map(|before| self.shapes.elements(before)).sum(),
        })
    }

    /// The element that the file has there.
    pub(crate) fn expected(&self, pick: &Pick) -> f32 {
        self.element.value(pick.before + pick.index)
    }
}

pub(crate) fn shard_name(shard: usize, of: usize) -> String {
    format!("model-{:05}-of-{of:05}.safetensors", shard + 1)
}
