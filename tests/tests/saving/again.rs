//! Layouts, ties and enums in lists, maps and options: what is saved is what was loaded.

use std::collections::{BTreeMap, HashMap};

use wb::{AnyTensor, Checkpoint, Loader, Module, Tensor};
use weighbridge_tests::contents;

fn count(name: &str, shape: &[usize], first: f32) -> (String, AnyTensor) {
    let n = shape.iter().product::<usize>();
    (name.to_owned(), Tensor::new(shape, (0..n).map(|i| first + i as f32).collect::<Vec<f32>>()).unwrap().into())
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Attn {
    #[param(shape = [2, 3], from = transpose(of = slice(dim = 1, of = "qk")))]
    q: Tensor<f32>,
    #[param(shape = [2, 3], from = transpose(of = slice(dim = 1, of = "qk", start = 2)))]
    k: Tensor<f32>,
    #[param(shape = ["e", 2], from = stack("e.{}.w"))]
    e: Option<Tensor<f32>>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
enum Layer {
    None,
    Attn(Attn),
    Own(#[param(shape = [4, 2], from = transpose)] Tensor<f32>),
    Cat {
        #[param(shape = [4, 2], from = concat(dim = 0, "x", reshape(2, 1, 2, of = "y")))]
        w: Option<Tensor<f32>>,
        #[param(shape = [_, 2], from = transpose)]
        list: [Tensor<f32>; 2],
    },
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct All {
    layers: Vec<Layer>,
    map: BTreeMap<String, Attn>,
    hash: HashMap<String, Layer>,
    #[module(tied = "shared")]
    tied: Small,
    shared: Small,
    maybe: Option<Box<Layer>>,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Small {
    #[param(shape = [2, 2], from = permute(1, 0))]
    w: [Tensor<f32>; 2],
    #[param]
    s: [f32; 2],
}

fn source() -> Vec<(String, AnyTensor)> {
    vec![
        count("layers.0.qk", &[3, 4], 0.0),
        count("layers.0.e.0.w", &[2], 50.0),
        count("layers.0.e.1.w", &[2], 60.0),
        count("layers.1", &[2, 4], 100.0),
        count("layers.2.x", &[2, 2], 200.0),
        count("layers.2.y", &[2, 1, 2], 300.0),
        count("layers.2.list.0", &[2, 5], 400.0),
        count("layers.2.list.1", &[2, 1], 500.0),
        count("map.a.qk", &[3, 4], 600.0),
        count("map.b.qk", &[3, 4], 700.0),
        count("hash.z", &[2, 4], 800.0),
        count("hash.y.qk", &[3, 4], 900.0),
        count("tied.w.0", &[2, 2], 1000.0),
        count("shared.w.1", &[2, 2], 1100.0),
        count("tied.s", &[2], 1200.0),
        count("shared.s", &[2], 1200.0),
        count("maybe.qk", &[3, 4], 1300.0),
    ]
}

#[test]
fn what_is_saved_is_loaded_again() {
    let loaded = Loader::new().load::<All>(source());
    let loaded = loaded.unwrap_or_else(|error| panic!("{error:?}"));
    let scratch = tempfile::tempdir().unwrap();
    for name in ["all.safetensors", "all.npz"] {
        let path = scratch.path().join(name);
        loaded.save_weights(&path).unwrap();
        let again = Checkpoint::open(&path).unwrap();
        assert_eq!(again.len(), source().len());
        for (name, tensor) in source() {
            assert_eq!(again.tensor(&name).unwrap(), tensor, "{name}");
        }
        loaded.module.save_weights(&path).unwrap();
        let module = All::from_weights(&path).unwrap();
        assert_eq!(contents(&module), contents(&loaded.module));
    }
}
