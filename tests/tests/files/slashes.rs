//! Files whose names have slashes, and layers named `encoderblock_0`: Flax and Keras.

use wb::{AnyTensor, Checkpoint, LoadError, Loader, Module, Saver, Tensor};

#[derive(Module)]
#[module(crate = wb)]
struct Vit {
    #[param(shape = [1, 1, 8])]
    cls: Tensor<f32>,
    embedding: Dense<3, 8>,
    #[module(rename = "Transformer")]
    transformer: Transformer,
}

#[derive(Module)]
#[module(crate = wb)]
struct Transformer {
    #[param(shape = [1, 5, 8], rename = "posembed_input.pos_embedding")]
    positions: Tensor<f32>,
    #[module(rename = "encoderblock_{}", len = 12)]
    blocks: Vec<Block>,
    encoder_norm: Norm,
}

#[derive(Module)]
#[module(crate = wb)]
struct Block {
    #[module(rename = "MultiHeadDotProductAttention_1")]
    attention: Attention,
    #[module(rename = "MlpBlock_3")]
    mlp: Mlp,
    #[module(rename = "LayerNorm_0")]
    norm: Norm,
}

#[derive(Module)]
#[module(crate = wb)]
struct Attention {
    query: Heads,
    key: Heads,
}

#[derive(Module)]
#[module(crate = wb)]
struct Heads {
    #[param(shape = [8, 2, 4])]
    kernel: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Mlp {
    #[module(rename = "Dense_0")]
    up: Dense<8, 16>,
    #[module(rename = "Dense_1")]
    down: Dense<16, 8>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Dense<const IN: usize, const OUT: usize> {
    #[param(shape = [IN, OUT])]
    kernel: Tensor<f32>,
    #[param(shape = [OUT])]
    bias: Tensor<f32>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Norm {
    #[param(shape = [8])]
    scale: Tensor<f32>,
}

type Named = (String, AnyTensor);

fn named(name: impl Into<String>, shape: &[usize]) -> Named {
    (name.into(), Tensor::<f32>::zeros(shape).into())
}

/// The tensors of a Vision Transformer as Flax names them.
fn vit() -> Vec<Named> {
    let mut all = vec![
        named("cls", &[1, 1, 8]),
        named("embedding/kernel", &[3, 8]),
        named("embedding/bias", &[8]),
        named("Transformer/posembed_input/pos_embedding", &[1, 5, 8]),
        named("Transformer/encoder_norm/scale", &[8]),
    ];
    for i in 0..12 {
        let block = |name: &str, shape: &[usize]| named(format!("Transformer/encoderblock_{i}/{name}"), shape);
        all.extend([
            block("LayerNorm_0/scale", &[8]),
            block("MlpBlock_3/Dense_0/kernel", &[8, 16]),
            block("MlpBlock_3/Dense_0/bias", &[16]),
            block("MlpBlock_3/Dense_1/kernel", &[16, 8]),
            block("MlpBlock_3/Dense_1/bias", &[8]),
            block("MultiHeadDotProductAttention_1/query/kernel", &[8, 2, 4]),
            block("MultiHeadDotProductAttention_1/key/kernel", &[8, 2, 4]),
        ]);
    }
    all
}

#[test]
fn a_flax_vit_loads_into_nested_structs_with_a_list() {
    let loader = Loader::new().separator('/');
    let loaded = loader.load::<Vit>(vit()).unwrap();
    assert_eq!((loaded.module.transformer.blocks.len(), loaded.report.parameter_count), (12, 5 + 12 * 7));
    // what is wrong with all layers is one row
    let mut others = vit();
    others.retain(|(name, _)| !name.ends_with("Dense_0/bias") && !name.ends_with("key/kernel"));
    others.extend((0..12).map(|i| named(format!("Transformer/encoderblock_{i}/extra"), &[1])));
    let text = loader.load::<Vit>(others).err().unwrap().to_string();
    assert!(text.contains("\nmissing     Transformer.encoderblock_{0..=11}.MlpBlock_3.Dense_0.bias "), "{text}");
    assert!(text.contains("\nunexpected  Transformer/encoderblock_{0..=11}/extra  F32 [1]"), "{text}");
    // one layer fewer
    let mut others = vit();
    others.retain(|(name, _)| !name.contains("encoderblock_11/"));
    let text = loader.load::<Vit>(others).err().unwrap().to_string();
    assert!(
        text.contains("`Transformer.encoderblock_{}` has 11 items in the checkpoint, and 12 in the module"),
        "{text}"
    );
    assert!(text.contains("\nmissing     Transformer.encoderblock_11.LayerNorm_0.scale"), "{text}");
}

/// The names as the struct has them.
fn dotted(all: Vec<Named>) -> Checkpoint {
    Checkpoint::open(all.into_iter().map(|(name, tensor)| (name.replace('/', "."), tensor)).collect::<Vec<_>>())
        .unwrap()
}

wb::verify!(Vit, "tests/files/vit.lock");
wb::verify!(Keras, "tests/files/keras.lock");

#[test]
fn the_lock_of_a_flax_vit_is_folded_and_fits() {
    let text = include_str!("vit.lock");
    let checkpoint = dotted(vit());
    assert_eq!(checkpoint.lock().unwrap().to_string(), text);
    assert_eq!(wb::lock::<Vit>().unwrap().to_string(), text);
    let lock: wb::lock::Lock = text.parse().unwrap();
    wb::lock::check(&lock, "vit.lock", &checkpoint).unwrap();
    Loader::new().check::<Vit>(&lock).unwrap();
    // a file that lost one tensor fits no more
    for lost in 0..vit().len() {
        let mut others = vit();
        let (name, _) = others.remove(lost);
        let text = wb::lock::check(&lock, "vit.lock", dotted(others)).unwrap_err().to_string();
        assert!(text.contains(&format!("\nmissing     {}", name.replace('/', "."))), "{text}");
    }
    // as the file has them, the names have one component, which folds too
    let flat = Checkpoint::open(vit()).unwrap().lock().unwrap();
    let lines: Vec<String> = flat.lines().iter().map(|line| line.pattern.to_string()).collect();
    assert!(lines.contains(&"Transformer/encoderblock_{0..=11}/MlpBlock_3/Dense_1/bias".to_owned()), "{flat}");
    assert_eq!((flat.lines().len(), flat.len()), (5 + 7, 5 + 12 * 7));
}

#[test]
fn a_mistake_is_told_alike_while_compiling_and_by_the_load() {
    let changes: [fn(&mut Vec<Named>); 5] = [
        |all| all.retain(|(name, _)| !name.ends_with("Dense_1/bias")),
        |all| all.retain(|(name, _)| !name.contains("encoderblock_11/")),
        |all| all.retain(|(name, _)| !name.contains("encoderblock_4/Mlp")),
        |all| all.extend((0..12).map(|i| named(format!("Transformer/encoderblock_{i}/LayerNorm_2/scale"), &[8]))),
        |all| {
            all.iter_mut()
                .filter(|(name, _)| name.ends_with("LayerNorm_0/scale"))
                .for_each(|one| *one = named(one.0.clone(), &[9]))
        },
    ];
    for change in changes {
        let mut all = vit();
        change(&mut all);
        let lock = dotted(all).lock().unwrap();
        let names = Checkpoint::open(wb::Source::lock("vit.lock", &lock)).unwrap();
        let report = Loader::new().check::<Vit>(&names).unwrap_err();
        let rows = weighbridge_tests::verify::rows(report.report().unwrap());
        assert_eq!(weighbridge_tests::verify::text::<Vit>(&names), Some(rows.clone()));
        assert!(rows.contains("Transformer.encoderblock_"), "{rows}");
    }
}

#[derive(Module)]
#[module(crate = wb)]
struct Keras {
    model: Layers,
}

#[derive(Module)]
#[module(crate = wb)]
struct Layers {
    #[module(rename = "layer_{}", len = "layers")]
    layers: Vec<Layer>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Layer {
    dense: KerasDense,
}

#[derive(Module)]
#[module(crate = wb)]
struct KerasDense {
    #[param(shape = ["width", "width"], rename = "kernel:0")]
    kernel: Tensor<f32>,
    #[param(shape = ["width"], rename = "bias:0")]
    bias: Tensor<f32>,
}

#[test]
fn a_keras_file_too() -> Result<(), LoadError> {
    let file = || {
        let layer = |i: usize| {
            let named = |name: &str, shape: &[usize]| named(format!("model/layer_{i}/dense/{name}:0"), shape);
            [named("kernel", &[4, 4]), named("bias", &[4])]
        };
        (0..11).flat_map(layer).collect::<Vec<_>>()
    };
    let loaded = Loader::new().separator('/').load::<Keras>(file())?;
    assert_eq!((loaded.report.dim("layers"), loaded.report.dim("width")), (Some(11), Some(4)));
    // saved under the struct's own names, it loads as it is
    let scratch = tempfile::tempdir().unwrap();
    for name in ["keras.npz", "keras.safetensors"] {
        let path = scratch.path().join(name);
        Saver::new().save(&loaded.module, &path).unwrap();
        Keras::from_weights(&path)?;
        assert!(Checkpoint::open(&path)?.iter().any(|entry| entry.name() == "model.layer_10.dense.bias:0"));
    }
    Ok(())
}
