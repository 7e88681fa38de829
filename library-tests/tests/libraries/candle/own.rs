//! What candle's own ways to load let through, and what the same files meet here.

use super::*;
use candle_nn::{VarBuilder, VarMap};
use safetensors::tensor::{Dtype, TensorView};

/// A file of these tensors of one element, as the safetensors crate writes it.
fn file(tensors: &[(&str, Dtype, &[u8])]) -> Vec<u8> {
    let views = tensors.iter().map(|&(name, dtype, bytes)| (name, TensorView::new(dtype, vec![1], bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

#[test]
fn var_builder_takes_what_it_is_asked_for_and_casts_it() {
    let file = file(&[
        ("weight", Dtype::F64, &1e300_f64.to_le_bytes()),
        ("wieght", Dtype::F32, &[0; 4]),
        ("scale", Dtype::U16, &[1, 0]),
    ]);
    let theirs = VarBuilder::from_slice_safetensors(&file, CandleDType::F32, &Device::Cpu).unwrap();
    // an F64 becomes an F32 that is not its value, `wieght` is never seen, and nothing is said
    assert_eq!(theirs.get(1, "weight").unwrap().to_vec1::<f32>().unwrap(), [f32::INFINITY]);
    let loaded = candle_core::safetensors::load_buffer(&file, &Device::Cpu).unwrap();
    assert_eq!(loaded["scale"].dtype(), CandleDType::U32);

    #[derive(Module, Debug)]
    struct Scaled {
        #[param(shape = [1], dtype = "F32")]
        weight: Tensor,
        #[param(shape = [1])]
        scale: Tensor,
    }
    let ours = report(Scaled::from_weights(&file));
    let of = |findings: &[weighbridge::Finding]| findings.iter().map(|found| found.path.clone()).collect::<Vec<_>>();
    assert_eq!((of(&ours.dtype), of(&ours.unexpected)), (vec!["scale".into(), "weight".into()], vec!["wieght".into()]));
}

#[test]
fn var_map_is_left_half_loaded() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("half.safetensors");
    let names: Vec<String> = (0..16).map(|number| format!("w{number}")).collect();
    let ones = 1_f32.to_le_bytes();
    let tensors: Vec<_> = names.iter().map(|name| (&**name, Dtype::F32, &ones[..])).collect();
    std::fs::write(&path, file(&tensors)).unwrap();

    // the variables are visited in the order of a hash map, so one of two maps changes something before it fails
    let left = |absent: &str| {
        let mut map = VarMap::new();
        let zeros = |name: &str| map.get(1, name, candle_nn::Init::Const(0.0), CandleDType::F32, &Device::Cpu).unwrap();
        names.iter().map(|name| &**name).chain([absent]).for_each(|name| drop(zeros(name)));
        map.load(&path).unwrap_err();
        map.all_vars().iter().filter(|var| var.to_vec1::<f32>().unwrap() == [1.0]).count()
    };
    assert!((0..64).any(|number| left(&format!("absent{number}")) > 0));

    #[derive(Module)]
    struct Map {
        #[param(shape = [1])]
        w: [Tensor; 16],
        #[param(shape = [1])]
        absent: Tensor,
    }
    let zeros = || Tensor::zeros(1, CandleDType::F32, &Device::Cpu).unwrap();
    let mut map = Map { w: std::array::from_fn(|_| zeros()), absent: zeros() };
    let loader = (0..16).fold(Loader::new(), |loader, n| loader.rename(format!("w{n}"), format!("w.{n}")));
    let ours = report(loader.update(&mut map, &path));
    assert_eq!(ours.missing.iter().map(|missing| &*missing.path).collect::<Vec<_>>(), ["absent"]);
    assert!(map.w.iter().all(|w| w.to_vec1::<f32>().unwrap() == [0.0]));
}

#[test]
fn a_wrong_shape_is_found_when_the_tensor_is_asked_for() {
    let bytes = std::fs::read(fixture("mlx/linear.safetensors")).unwrap();
    let theirs = VarBuilder::from_slice_safetensors(&bytes, CandleDType::F32, &Device::Cpu).unwrap();
    let weight = theirs.get((10, 11), "weight").unwrap_err().to_string();
    assert!(weight.contains("shape mismatch for weight"), "{weight}");
    // the other mistake waits until the first one is mended
    let bias = theirs.get(11, "bias").unwrap_err().to_string();
    assert!(bias.contains("shape mismatch for bias"), "{bias}");

    #[derive(Module, Debug)]
    struct Wide {
        #[param(shape = [10, 11])]
        weight: Tensor,
        #[param(shape = [11])]
        bias: Tensor,
    }
    let ours = report(Wide::from_weights(&bytes));
    assert_eq!(ours.shape.len(), 2);
}
