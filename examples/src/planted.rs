//! Mistakes to plant in a copy of a real checkpoint, and what a load says about them.

use safetensors::tensor::{Dtype, TensorView, serialize};
use weighbridge::{AnyTensor, Checkpoint, DType, Entry, LoadError, Loader, Source};

use super::llama::{Llama, Tiny};

/// A model in f32, in four shards.
pub const SHARDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/llama-sharded");

/// A copy of a checkpoint's tensors, to change and write again.
pub struct Tensors(Vec<(String, AnyTensor)>);

/// One mistake.
pub struct Mistake {
    /// What is wrong, in words.
    pub title: &'static str,
    /// Changes the copy.
    pub plant: fn(&mut Tensors),
}

/// One mistake each, and several at once at the end.
pub const MISTAKES: &[Mistake] = &[
    Mistake {
        title: "a tensor has another library's name",
        plant: |copy| copy.rename("lm_head.weight", "output.weight"),
    },
    Mistake {
        title: "every name has lost its prefix",
        plant: |copy| copy.rename_all(|name| name.replacen("model.", "", 1)),
    },
    Mistake {
        title: "the feed-forward weights of every layer are transposed",
        plant: |copy| copy.each(".mlp.", |tensor| transposed(&tensor)),
    },
    Mistake {
        title: "queries, keys and values are one tensor in every layer",
        plant: |copy| (0..3).for_each(|layer| copy.fuse(layer)),
    },
    Mistake {
        title: "the norms are bf16",
        plant: |copy| {
            copy.each("norm", |tensor| bytes(DType::BF16, tensor.shape(), &vec![0; tensor.as_bytes().len() / 2]))
        },
    },
    Mistake { title: "layer 1 is absent", plant: |copy| copy.0.retain(|(name, _)| !name.contains(".layers.1.")) },
    Mistake {
        title: "the vocabulary was padded in one of two tensors",
        plant: |copy| copy.each("lm_head", |_| bytes(DType::F32, &[130, 32], &vec![0; 130 * 32 * 4])),
    },
    Mistake {
        title: "an index has a leading zero",
        plant: |copy| copy.rename_all(|name| name.replace(".layers.2.", ".layers.02.")),
    },
    Mistake {
        title: "several at once",
        plant: |copy| {
            copy.rename("lm_head.weight", "output.weight");
            copy.each(".mlp.up_proj.", |tensor| transposed(&tensor));
            copy.0.retain(|(name, _)| name != "model.layers.1.self_attn.o_proj.weight");
            copy.each("model.norm.", |tensor| bytes(DType::F32, &[64], &vec![0; 2 * tensor.as_bytes().len()]));
        },
    },
];

impl Mistake {
    /// What a strict load says about a checkpoint with this mistake.
    pub fn report(&self) -> Result<String, LoadError> {
        let mut copy = Tensors::of(SHARDS)?;
        (self.plant)(&mut copy);
        let error = Loader::new().load::<Llama<Tiny>>(Source::bytes("llama.safetensors", copy.write())).err();
        Ok(error.map_or_else(|| "it was not refused".to_owned(), |error| error.to_string()))
    }
}

/// What a load says about files that are no checkpoint at all.
pub fn damaged_files() -> Result<Vec<(&'static str, LoadError)>, LoadError> {
    let whole = Tensors::of(SHARDS)?.write();
    let cut = whole[..whole.len() - 1000].to_vec();
    let page = b"<!DOCTYPE html><html><title>401 Unauthorized</title></html>".to_vec();
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 152000\n".to_vec();
    let files = [("a download that broke off", cut), ("an error page", page), ("a pointer of Git LFS", pointer)];
    let refused = files.into_iter().filter_map(|(title, bytes)| {
        Some((title, Loader::new().load::<Llama<Tiny>>(Source::bytes("llama.safetensors", bytes)).err()?))
    });
    Ok(refused.collect())
}

impl Tensors {
    /// Reads all tensors of a checkpoint, without a struct.
    pub fn of(path: &str) -> Result<Tensors, LoadError> {
        let checkpoint = Checkpoint::open(path)?;
        let copy = |entry: Entry<'_>| Ok((entry.name().to_owned(), checkpoint.tensor(entry.name())?));
        checkpoint.iter().map(copy).collect::<Result<_, _>>().map(Tensors)
    }

    fn rename(&mut self, from: &str, to: &str) {
        self.rename_all(|name| if name == from { to.to_owned() } else { name.to_owned() });
    }

    fn rename_all(&mut self, new: impl Fn(&str) -> String) {
        self.0.iter_mut().for_each(|(name, _)| *name = new(name));
    }

    /// Changes the tensors whose names contain `part`.
    fn each(&mut self, part: &str, change: impl Fn(AnyTensor) -> AnyTensor) {
        for (name, tensor) in &mut self.0 {
            if name.contains(part) {
                *tensor = change(tensor.clone());
            }
        }
    }

    fn fuse(&mut self, layer: usize) {
        let place = format!("model.layers.{layer}.self_attn.");
        let mut rows = Vec::new();
        self.0.retain(|(name, tensor)| {
            let part = name.strip_prefix(&place).is_some_and(|rest| !rest.starts_with('o'));
            if part {
                rows.extend_from_slice(tensor.as_bytes());
            }
            !part
        });
        let fused = bytes(DType::F32, &[rows.len() / (32 * 4), 32], &rows);
        self.0.push((format!("{place}qkv_proj.weight"), fused));
    }

    /// The tensors as a safetensors file.
    fn write(&self) -> Vec<u8> {
        let views = self.0.iter().map(|(name, tensor)| {
            let dtype = if tensor.dtype() == DType::BF16 { Dtype::BF16 } else { Dtype::F32 };
            let view = TensorView::new(dtype, tensor.shape().to_vec(), tensor.as_bytes());
            (name.as_str(), view.expect("the shape is the bytes'"))
        });
        serialize(views, None).expect("no name is there twice")
    }
}

fn bytes(dtype: DType, shape: &[usize], bytes: &[u8]) -> AnyTensor {
    AnyTensor::new(dtype, shape, bytes).expect("the shape is the bytes'")
}

/// An f32 matrix with its rows as columns.
fn transposed(tensor: &AnyTensor) -> AnyTensor {
    let (rows, columns) = (tensor.shape()[0], tensor.shape()[1]);
    let elements: Vec<&[u8]> = tensor.as_bytes().chunks_exact(4).collect();
    let turned: Vec<&[u8]> =
        (0..columns).flat_map(|c| (0..rows).map(move |r| r * columns + c)).map(|i| elements[i]).collect();
    bytes(DType::F32, &[columns, rows], &turned.concat())
}
