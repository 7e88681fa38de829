//! The files that the benchmarks load, made when they are first asked for, and the models that load them.

pub mod crates;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use weighbridge::{Module, Tensor};

/// 200 matrices of f32, 1 GiB in all: the size at which only the memory counts.
#[derive(Module)]
pub struct Large {
    #[param(shape = [1024, 1310], len = LARGE_TENSORS)]
    pub layers: Vec<Tensor<f32>>,
}

/// 100,000 matrices of 8 by 8: the number at which only the header counts.
#[derive(Module)]
pub struct Many {
    #[module(rename = "model.layers", len = 100)]
    pub layers: Vec<Layer>,
}

#[derive(Module)]
pub struct Layer {
    #[module(rename = "mlp.experts", len = 1000)]
    pub experts: Vec<Expert>,
}

#[derive(Module)]
pub struct Expert {
    #[param(shape = [8, 8], rename = "down_proj.weight")]
    pub weight: Tensor<f32>,
}

/// The same, of modules that take arguments: every dim is an expression of names.
#[derive(Module)]
pub struct ManyComputed {
    #[module(rename = "model.layers", len = "layers")]
    pub layers: Vec<ComputedLayer>,
}

#[derive(Module)]
pub struct ComputedLayer {
    #[module(rename = "mlp.experts", len = 10 * "groups", args(hidden = "hidden", inner = 2 * "heads"))]
    pub experts: Vec<ComputedExpert>,
}

#[derive(Module)]
#[module(args(hidden, inner))]
pub struct ComputedExpert {
    #[module(args(in = "inner", out = "hidden"))]
    pub down_proj: ComputedLinear,
}

#[derive(Module)]
#[module(args(in, out, bias = false))]
pub struct ComputedLinear {
    #[param(shape = ["out", "in"])]
    pub weight: Tensor<f32>,
    #[param(shape = ["out"], when = "bias")]
    pub bias: Option<Tensor<f32>>,
}

/// The same again, with constants in place of arguments.
#[derive(Module)]
pub struct ManyConstant {
    #[module(rename = "model.layers", len = 100)]
    pub layers: Vec<ConstantLayer>,
}

#[derive(Module)]
pub struct ConstantLayer {
    #[module(rename = "mlp.experts", len = 1000)]
    pub experts: Vec<ConstantExpert>,
}

#[derive(Module)]
pub struct ConstantExpert {
    pub down_proj: ConstantLinear<8, 8>,
}

#[derive(Module)]
pub struct ConstantLinear<const IN: usize, const OUT: usize> {
    #[param(shape = [OUT, IN])]
    pub weight: Tensor<f32>,
    #[param(shape = [OUT])]
    pub bias: Option<Tensor<f32>>,
}

const LARGE_TENSORS: usize = 200;

/// The 1 GiB file.
pub fn large() -> PathBuf {
    let names = (0..LARGE_TENSORS).map(|i| format!("layers.{i}"));
    generate("weighbridge-bench-large.safetensors", names, [1024, 1310])
}

/// The file of 100,000 tensors.
pub fn many() -> PathBuf {
    let names = (0..100).flat_map(|layer| {
        (0..1000).map(move |expert| format!("model.layers.{layer}.mlp.experts.{expert}.down_proj.weight"))
    });
    generate("weighbridge-bench-many.safetensors", names, [8, 8])
}

/// Writes a file of f32 tensors of one shape, unless it is there. The header is written by hand, because the writers of
/// the field hold all tensors in memory.
fn generate(file: &str, names: impl Iterator<Item = String>, shape: [usize; 2]) -> PathBuf {
    let path = std::env::temp_dir().join(file);
    let (rows, columns) = (shape[0], shape[1]);
    let bytes = rows * columns * 4;
    let (mut header, mut count) = (String::from("{"), 0);
    for name in names {
        let (comma, begin) = (if count == 0 { "" } else { "," }, count * bytes);
        header.push_str(&format!(
            "{comma}\"{name}\":{{\"dtype\":\"F32\",\"shape\":[{rows},{columns}],\"data_offsets\":[{begin},{}]}}",
            begin + bytes
        ));
        count += 1;
    }
    header.push('}');
    while !header.len().is_multiple_of(8) {
        header.push(' ');
    }
    let length = (8 + header.len() + count * bytes) as u64;
    if std::fs::metadata(&path).is_ok_and(|existing| existing.len() == length) {
        return path;
    }
    let mut out = BufWriter::new(File::create(&path).expect("the temporary directory can be written"));
    let write = |out: &mut BufWriter<File>, bytes: &[u8]| out.write_all(bytes).expect("there is room for the file");
    write(&mut out, &(header.len() as u64).to_le_bytes());
    write(&mut out, header.as_bytes());
    let tensor: Vec<u8> = (0..rows * columns).flat_map(|i| (i as f32).to_le_bytes()).collect();
    for _ in 0..count {
        write(&mut out, &tensor);
    }
    path
}

/// The header of a safetensors file.
pub fn header(path: &std::path::Path) -> Vec<u8> {
    use std::io::Read;
    let mut file = File::open(path).expect("the file was just made");
    let mut length = [0; 8];
    file.read_exact(&mut length).expect("the file has a header");
    let mut header = vec![0; u64::from_le_bytes(length) as usize];
    file.read_exact(&mut header).expect("the file has a header");
    header
}
