//! One half of the exchange with Python; the other is `tests/exchange/exchange.py`, and `.ci/run` runs both.
//!
//! `exchange write DIR` saves every model below, and says in `DIR/manifest.json` what each file holds.
//! `exchange read DIR` loads what Python wrote strictly, and compares it with Python's `DIR/manifest.json`.
//!
//! `exchange list DIR..` lists what is in all GGUF files of these folders, for `tests/exchange/gguf_files.py`.
//!
//! `exchange pytorch DIR` compares all `.pt` and `.pth` below that folder with what the crate `pytorch-reader` reads in them, and with the
//! `.safetensors` beside each.
//!
//! `exchange write DIR` also writes the Python that hints have, to `DIR/hints.json`. Python runs it, and `exchange follow DIR` loads what
//! comes out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wb::{AnyTensor, Checkpoint, Complex64, DType, DimSchema as Dim, Element, Loader, Module, Saver, Tensor};

#[path = "../exchange/listing.rs"]
mod listing;
#[path = "../exchange/pytorch.rs"]
mod pytorch;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[derive(Module)]
#[module(crate = wb)]
struct Linear<const IN: usize, const OUT: usize, T: Element = f32> {
    #[param(shape = [OUT, IN])]
    weight: Tensor<T>,
    #[param(shape = [OUT])]
    bias: Tensor<T>,
}

/// `nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))`
#[derive(Module)]
#[module(crate = wb)]
struct Mlp {
    layers: (Linear<8, 16>, (), Linear<16, 4>),
}

#[derive(Module)]
#[module(crate = wb)]
struct Norm<const N: usize> {
    #[param(shape = [N])]
    weight: Tensor<f32>,
    #[param(shape = [N])]
    bias: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Attention<const N: usize> {
    #[param(shape = [N, N], rename = "query_proj.weight")]
    query: Tensor<f32>,
    #[param(shape = [N, N], rename = "key_proj.weight")]
    key: Tensor<f32>,
    #[param(shape = [N, N], rename = "value_proj.weight")]
    value: Tensor<f32>,
    #[param(shape = [N, N], rename = "out_proj.weight")]
    out: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct EncoderLayer {
    attention: Attention<16>,
    ln1: Norm<16>,
    ln2: Norm<16>,
    linear1: Linear<16, 64>,
    linear2: Linear<64, 16>,
}

/// `nn.TransformerEncoder(2, 16, 2)`
#[derive(Module)]
#[module(crate = wb)]
struct Transformer {
    layers: [EncoderLayer; 2],
    ln: Norm<16>,
}

/// `nn.Conv2d(2, 3, 5)`, `nn.BatchNorm(3)`
#[derive(Module)]
#[module(crate = wb)]
struct Cnn {
    #[param(shape = [3, 5, 5, 2], rename = "conv.weight")]
    weight: Tensor<f32>,
    #[param(shape = [3], rename = "conv.bias")]
    bias: Tensor<f32>,
    bn: BatchNorm,
}

#[derive(Module)]
#[module(crate = wb)]
struct BatchNorm {
    #[module(flatten)]
    affine: Norm<3>,
    #[param]
    running_mean: [f32; 3],
    #[param]
    running_var: [f32; 3],
}

/// `nn.QuantizedLinear(64, 32, group_size=32, bits=4)`
#[derive(Module)]
#[module(crate = wb)]
struct Quantised {
    #[param(shape = [32, 8])]
    weight: Tensor<u32>,
    #[param(shape = [32, 2])]
    scales: Tensor<f32>,
    #[param(shape = [32, 2])]
    biases: Tensor<f32>,
    #[param(shape = [32])]
    bias: Tensor<f32>,
}

/// Every dtype that MLX writes to both formats.
#[derive(Module)]
#[module(crate = wb)]
struct Dtypes {
    #[param(shape = [3, 5])]
    bool: Tensor<bool>,
    #[param(shape = [3, 5])]
    u8: Tensor<u8>,
    #[param(shape = [3, 5])]
    u16: Tensor<u16>,
    #[param(shape = [3, 5])]
    u32: Tensor<u32>,
    #[param(shape = [3, 5])]
    u64: Tensor<u64>,
    #[param(shape = [3, 5])]
    i8: Tensor<i8>,
    #[param(shape = [3, 5])]
    i16: Tensor<i16>,
    #[param(shape = [3, 5])]
    i32: Tensor<i32>,
    #[param(shape = [3, 5])]
    i64: Tensor<i64>,
    #[param(shape = [3, 5])]
    f16: Tensor<f16>,
    #[param(shape = [3, 5])]
    bf16: Tensor<bf16>,
    #[param(shape = [3, 5])]
    f32: Tensor<f32>,
    #[param(shape = [3, 5])]
    c64: Tensor<Complex64>,
}

/// MLX refuses F64 in safetensors.
#[derive(Module)]
#[module(crate = wb)]
struct Double {
    #[param(shape = [3, 5])]
    weight: Tensor<f64>,
    #[param]
    step: i64,
}

/// MLX has none of these as they are.
#[derive(Module)]
#[module(crate = wb)]
struct Eighths {
    #[param(shape = [4, 2], dtype = "F8_E4M3")]
    e4m3: AnyTensor,
    #[param(shape = [4, 2], dtype = "F8_E5M2")]
    e5m2: AnyTensor,
    #[param(shape = [4, 2], dtype = "F8_E8M0")]
    e8m0: AnyTensor,
}

#[derive(Module)]
#[module(crate = wb)]
struct Shapes {
    #[param]
    scalar: f32,
    #[param(shape = [0])]
    empty: Tensor<f32>,
    #[param(shape = [2, 0, 4])]
    hollow: Tensor<f32>,
    #[param(shape = [1, 2, 1, 3, 1, 2])]
    deep: Tensor<f32>,
}

/// What a file holds: for each name dtype, shape and digest.
type Tensors = BTreeMap<String, Value>;

fn tensors(module: &impl Module) -> Outcome<Tensors> {
    let describe = |(path, view): (String, wb::View<'_>)| {
        let digest: String = Sha256::digest(view.bytes()?).iter().map(|byte| format!("{byte:02x}")).collect();
        let described = json!({ "dtype": view.dtype().name(), "shape": view.shape().to_vec(), "sha256": digest });
        Ok((path, described))
    };
    module.parameters().into_iter().map(describe).collect()
}

/// A module whose parameters are bytes without a pattern, not-a-numbers among them.
fn made_up<M: Module>() -> Outcome<M> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 56) as u8
    };
    let mut pairs = Vec::new();
    for parameter in M::SCHEMA.parameters() {
        let dims = (0..parameter.rank().unwrap_or(0)).map(|i| match parameter.dim(i) {
            Dim::Is(n) => Ok(n),
            open => Err(format!("{} has the open dimension {open:?}", parameter.path())),
        });
        let shape = dims.collect::<Result<Vec<_>, _>>()?;
        let dtype = parameter.dtypes()[0];
        let bytes = dtype.size_of(shape.iter().product()).ok_or("a shape that overflows")?;
        let bytes: Vec<u8> = (0..bytes).map(|_| if dtype == DType::BOOL { random() & 1 } else { random() }).collect();
        pairs.push((parameter.path().to_owned(), AnyTensor::new(dtype, shape, &bytes)?));
    }
    Ok(M::from_weights(pairs)?)
}

fn write<M: Module>(model: &str, directory: &Path, manifest: &mut BTreeMap<String, Value>) -> Outcome<()> {
    let module: M = made_up()?;
    for format in ["safetensors", "npz"] {
        let file = format!("{model}.{format}");
        let saver = if format == "npz" { Saver::new() } else { Saver::new().metadata("format", "mlx") };
        saver.save(&module, directory.join(&file))?;
        manifest.insert(file, json!({ "model": model, "tensors": tensors(&module)? }));
    }
    Ok(())
}

fn read<M: Module>(path: &Path) -> Outcome<Tensors> {
    tensors(&Loader::new().load::<M>(path)?.module)
}

/// A weight whose dtype numpy does not have.
#[derive(Module)]
#[module(crate = wb)]
struct Bits {
    #[param(shape = [2, 3])]
    weight: Tensor<bf16>,
}

/// The arrays that numpy has named itself, and those that it saves by the names of a hint.
type Unnamed = Linear<3, 2>;

/// The first Python expression in the hints of a load that is refused.
fn python<M: Module>(pairs: Vec<(&str, AnyTensor)>) -> Outcome<String> {
    let Err(error) = Loader::new().check::<M>(pairs) else { return Err("let through".into()) };
    let text = error.to_string();
    let mut codes = text.split('`').skip(1).step_by(2);
    let code = codes.find(|code| code.starts_with("np.") || code.starts_with("array."));
    Ok(code.ok_or_else(|| format!("no Python in\n{text}"))?.to_owned())
}

/// The Python that hints have, with the arrays that it is run with.
fn hints() -> Outcome<Value> {
    let unnamed = vec![("arr_0", Tensor::<f32>::zeros([2, 3]).into()), ("arr_1", Tensor::<f32>::zeros([2]).into())];
    let bits = vec![("weight", Tensor::<u16>::zeros([2, 3]).into())];
    Ok(json!({
        "named": { "python": python::<Unnamed>(unnamed)?, "shapes": { "weight": [2, 3], "bias": [2] } },
        "bits": { "python": python::<Bits>(bits)? },
    }))
}

/// Loads what Python has made of the hints.
fn follow(directory: &Path) -> Outcome<()> {
    let named = Loader::new().load::<Unnamed>(directory.join("named.npz"))?.module;
    // Python counts the elements of each array
    if named.weight.as_slice() != [0.0, 1.0, 2.0, 3.0, 4.0, 5.0] || named.bias.as_slice() != [0.0, 1.0] {
        return Err(format!("named.npz has other arrays: {:?} {:?}", named.weight, named.bias).into());
    }
    let bits = Loader::new().load::<Bits>(directory.join("bits.npz"))?.module;
    let found: Vec<u16> = bits.weight.as_slice().iter().map(|number| number.to_bits()).collect();
    if found != [0, 1, 2, 3, 4, 5] {
        return Err(format!("bits.npz has other bits: {found:?}").into());
    }
    Ok(())
}

/// The files below a folder.
fn below(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => all.extend(below(&path)?),
            false => all.push(path),
        }
    }
    Ok(all)
}

/// What is in every GGUF file, by its path; of a split set by that of its first.
fn list(folders: &[String]) -> Outcome<Value> {
    let mut lists = serde_json::Map::new();
    for folder in folders {
        for path in below(Path::new(folder))? {
            let path = path.to_str().ok_or("a path that is no text")?;
            let part = path.rsplit_once("-of-").and_then(|(front, _)| front.rsplit_once('-'));
            if path.ends_with(".gguf") && part.is_none_or(|(_, number)| number == "00001") {
                lists.insert(path.to_owned(), listing::listing(&Checkpoint::open(path)?)?);
            }
        }
    }
    Ok(lists.into())
}

/// Compares files of PyTorch with what another crate reads, and with what they were converted to.
fn published(folder: &Path) -> Outcome<()> {
    let (mut files, mut tensors) = (0, 0);
    for path in below(folder)? {
        if path.extension().is_none_or(|extension| extension != "pt" && extension != "pth") {
            continue;
        }
        let opened = Checkpoint::open(&path)?;
        let converted = Checkpoint::open(path.with_extension("safetensors"))?;
        let count = pytorch::compare(&opened, &path).map_err(|error| format!("{}: {error}", path.display()))?;
        if converted.len() != count {
            return Err(format!("{} has {count} tensors, and becomes {}", path.display(), converted.len()).into());
        }
        for entry in converted.iter() {
            if opened.tensor(entry.name())? != converted.tensor(entry.name())? {
                return Err(format!("`{}` of {} becomes another tensor", entry.name(), path.display()).into());
            }
        }
        (files, tensors) = (files + 1, tensors + count);
    }
    if files == 0 {
        return Err("there are no files of PyTorch".into());
    }
    println!("compared {files} files of packages with what pytorch-reader reads: {tensors} tensors, each the same");
    Ok(())
}

/// What can be done with a model whose type only its name tells.
struct Model {
    name: &'static str,
    write: fn(&str, &Path, &mut BTreeMap<String, Value>) -> Outcome<()>,
    read: fn(&Path) -> Outcome<Tensors>,
}

const fn model<M: Module>(name: &'static str) -> Model {
    Model { name, write: write::<M>, read: read::<M> }
}

const MODELS: &[Model] = &[
    model::<Linear<10, 10>>("linear"),
    model::<Linear<7, 5, bf16>>("linear-bf16"),
    model::<Linear<7, 5, f16>>("linear-f16"),
    model::<Mlp>("mlp"),
    model::<Transformer>("transformer"),
    model::<Cnn>("cnn"),
    model::<Quantised>("quantised"),
    model::<Dtypes>("dtypes"),
    model::<Double>("double"),
    model::<Eighths>("eighths"),
    model::<Shapes>("shapes"),
];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(("list", folders)) = arguments.split_first().map(|(verb, rest)| (verb.as_str(), rest)) {
        println!("{}", list(folders)?);
        return Ok(());
    }
    let [verb, directory] = arguments.as_slice() else {
        return Err("usage: exchange write|read|follow|pytorch DIR, or exchange list DIR..".into());
    };
    let directory = Path::new(directory);
    let manifest = directory.join("manifest.json");
    match verb.as_str() {
        "write" => {
            let mut files = BTreeMap::new();
            for model in MODELS {
                (model.write)(model.name, directory, &mut files)?;
            }
            fs::write(manifest, serde_json::to_string_pretty(&files)?)?;
            fs::write(directory.join("hints.json"), serde_json::to_string_pretty(&hints()?)?)?;
            println!("wrote {} files", files.len());
        }
        "pytorch" => published(directory)?,
        "follow" => {
            follow(directory)?;
            println!("loaded what Python made of the hints");
        }
        "read" => {
            let files: BTreeMap<String, Value> = serde_json::from_slice(&fs::read(manifest)?)?;
            for (file, said) in &files {
                let model = MODELS.iter().find(|model| said["model"] == model.name).ok_or("an unknown model")?;
                let read = (model.read)(&directory.join(file)).map_err(|error| format!("{file}: {error}"))?;
                let (read, written) = (serde_json::to_value(read)?, &said["tensors"]);
                if read != *written {
                    return Err(format!("{file} differs:\nread    {read}\nwritten {written}").into());
                }
            }
            println!("read {} files, each tensor as it was written", files.len());
        }
        _ => return Err(format!("unknown verb `{verb}`; say `write`, `read`, `follow`, `pytorch` or `list`").into()),
    }
    Ok(())
}
