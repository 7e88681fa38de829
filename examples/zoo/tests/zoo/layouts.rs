//! Published quantised layouts: a file of each program loads strictly, means what the program says, and is refused with a cause
//! where it is another's.

mod meaning;
mod refused;

use std::path::PathBuf;

use weighbridge::{Loaded, Loader, Module};
use weighbridge_zoo::quantised::{
    Float, Grouped, Mixed, Sized, awq, bitsandbytes, compressed_tensors as ct, fp8, gpt_oss, gptq, modelopt, torchao,
};

use crate::fixture;

/// The size of each file's layer.
const IN: usize = 64;
const OUT: usize = 32;

/// A quantised layer of the configuration's size, and one that is left as it was.
#[derive(Module, Clone, Debug, PartialEq)]
struct Model<L> {
    #[module(args(in = "hidden_size", out = "intermediate_size"))]
    proj: L,
    #[module(args(in = "intermediate_size", out = "num_labels"))]
    head: Float,
}

/// The same of a fixed size.
#[derive(Module, Clone, Debug, PartialEq)]
struct Fixed<L> {
    proj: L,
    #[module(args(in = OUT, out = 8))]
    head: Float,
}

/// The same where the file says which layers are quantised.
#[derive(Module, Clone, Debug, PartialEq)]
struct Any<L> {
    #[module(args(in = "hidden_size", out = "intermediate_size"))]
    proj: Mixed<L>,
    #[module(args(in = "intermediate_size", out = "num_labels"))]
    head: Mixed<L>,
}

/// Two experts in place of the layer.
#[derive(Module, Clone, Debug, PartialEq)]
struct Fused {
    #[module(args(experts = 2, hidden = "hidden_size", inner = "intermediate_size"))]
    proj: fp8::Experts,
    #[module(args(in = "intermediate_size", out = "num_labels"))]
    head: Float,
}

/// The same of gpt-oss.
#[derive(Module, Clone, Debug, PartialEq)]
struct Sparse {
    #[module(args(experts = 2))]
    proj: gpt_oss::Experts,
    #[module(args(in = "intermediate_size", out = "num_labels"))]
    head: Float,
}

fn file(name: &str) -> PathBuf {
    fixture(&format!("quantised/{name}.safetensors"))
}

/// With the file's configuration.
fn loader(name: &str) -> Loader {
    Loader::new().config_file(fixture(&format!("quantised/{name}.json")))
}

#[track_caller]
fn load<M: Module>(name: &str) -> Loaded<M> {
    loader(name).load(file(name)).unwrap_or_else(|error| panic!("{error}"))
}

/// The layer of a file, which is the same by its configuration, by constants, and where it need not be quantised.
#[track_caller]
fn layer<L, F>(name: &str, of: fn(F) -> L) -> L
where
    Model<L>: Module,
    Fixed<F>: Module,
    Any<L>: Module,
    L: PartialEq + std::fmt::Debug,
{
    let by_config = load::<Model<L>>(name).module.proj;
    let fixed = of(Fixed::<F>::from_weights(file(name)).unwrap_or_else(|error| panic!("{error}")).proj);
    assert_eq!(by_config, fixed);
    let any = load::<Any<L>>(name).module;
    assert!(matches!(any.head, Mixed::Float(_)), "{name}");
    match any.proj {
        Mixed::Quantised(layer) => assert_eq!(layer, fixed),
        Mixed::Float(_) => panic!("{name}"),
    }
    by_config
}

/// Of a layout that needs no number beside its sizes.
#[track_caller]
fn sized<L>(name: &str) -> L
where
    Model<L>: Module,
    Fixed<Sized<L, IN, OUT>>: Module,
    Any<L>: Module,
    L: PartialEq + std::fmt::Debug,
{
    layer(name, |fixed: Sized<L, IN, OUT>| fixed.layer)
}

/// Of a layout of bits and groups.
#[track_caller]
fn grouped<const BITS: usize, const GROUP: usize, L>(name: &str) -> L
where
    Model<L>: Module,
    Fixed<Grouped<L, IN, OUT, BITS, GROUP>>: Module,
    Any<L>: Module,
    L: PartialEq + std::fmt::Debug,
{
    layer(name, |fixed: Grouped<L, IN, OUT, BITS, GROUP>| fixed.layer)
}

#[test]
fn each_saves_what_it_loaded() {
    fn saved<M: Module>(name: &str) {
        let loaded = load::<M>(name);
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("model.safetensors");
        loaded.save_weights(&path).unwrap();
        let [theirs, ours] = [file(name), path].map(|path| {
            let checkpoint = weighbridge::Checkpoint::open(path).unwrap();
            let names =
                checkpoint.iter().map(|entry| entry.name().to_owned()).collect::<std::collections::BTreeSet<_>>();
            names.into_iter().map(|name| (checkpoint.tensor(&name).unwrap(), name)).collect::<Vec<_>>()
        });
        assert!(theirs == ours, "{name}");
    }
    saved::<Model<gptq::Linear>>("gptq-4bit");
    saved::<Model<gptq::Linear>>("gptq-order");
    saved::<Model<awq::Linear>>("awq");
    saved::<Model<bitsandbytes::Linear4bit>>("bnb-nf4");
    saved::<Model<bitsandbytes::Linear8bit>>("bnb-int8");
    saved::<Model<fp8::Linear>>("fp8-blocks-e8m0");
    saved::<Model<fp8::PerTensor>>("fp8-tensor");
    saved::<Fused>("fp8-experts");
    saved::<Model<ct::Packed>>("ct-int4-asymmetric");
    saved::<Model<ct::Packed>>("ct-int4-order");
    saved::<Model<ct::Plain>>("ct-fp8-tensor");
    saved::<Model<ct::Nvfp4>>("ct-nvfp4");
    saved::<Model<modelopt::Nvfp4>>("modelopt-nvfp4");
    saved::<Sparse>("gpt-oss-mxfp4");
    saved::<Model<torchao::Linear>>("torchao-int8");
}
