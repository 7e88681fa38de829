//! What a report advises for the parameters of a layer of candle-nn, where you cannot write an attribute: each remedy is followed.

use super::*;
use candle_nn::{Conv1d, Embedding, LayerNorm, Linear, Module as _};
use weighbridge::{ParameterError, Remote, Source};
use weighbridge_library_tests::{mismatch, range};

#[derive(Module, Debug)]
struct Model {
    #[module(args(in = 3, out = 2))]
    up: Linear,
}

/// The hints of a refusal, with those of its findings.
#[track_caller]
fn hints<M: Module + std::fmt::Debug>(weights: impl Into<Source>) -> Vec<String> {
    let report = mismatch(M::from_weights(weights));
    let own = report.findings().flat_map(|(_, finding)| finding.hints.clone());
    report.hints.iter().cloned().chain(own).collect()
}

const IN_PARTS: &str = "if they are not yours, write your own and name them above the field with `#[module(via = ..)]`, as the page `attributes` shows";

#[test]
fn a_transposed_weight_is_declared_in_parts_of_your_own() {
    let weights = || [("up.weight", range(&[3, 2])), ("up.bias", range(&[2]))];
    let hint = format!(
        "transposed; if the file keeps it so, say `#[param(from = transpose)]` in the parts of `Linear`; {IN_PARTS}"
    );
    assert_eq!(hints::<Model>(weights()), [hint]);

    #[derive(Module)]
    #[module(remote = Linear, args(in, out))]
    struct Transposed {
        #[param(shape = ["out", "in"], from = transpose)]
        weight: Tensor,
        #[param(shape = ["out"])]
        bias: Tensor,
    }
    impl Remote for Transposed {
        fn to_parts(linear: &Linear) -> Self {
            let bias = linear.bias().expect("a bias is among the parts").clone();
            Transposed { weight: linear.weight().clone(), bias }
        }

        fn from_parts(self) -> Result<Linear, ParameterError> {
            Ok(Linear::new(self.weight, Some(self.bias)))
        }
    }
    #[derive(Module, Debug)]
    struct Followed {
        #[module(via = Transposed, args(in = 3, out = 2))]
        up: Linear,
    }
    let model = Followed::from_weights(weights()).unwrap();
    let x = Tensor::new(&[[1f32, 10., 100.]], &Device::Cpu).unwrap();
    // the file has [in, out], with the elements 0, 1, 2, ..
    assert_eq!(model.up.forward(&x).unwrap().to_vec2::<f32>().unwrap(), [[420., 532.]]);
    // your own parts are told in the same words
    let turned = hints::<Followed>([("up.weight", range(&[2, 3])), ("up.bias", range(&[2]))]);
    assert_eq!(turned, ["the field's `from` says how the file has it"].map(|hint| format!("transposed; {hint}")));

    #[derive(Module, Debug)]
    struct Convolution {
        #[module(args(in = 3, out = 2, kernel = 5, bias = false))]
        conv: Conv1d,
    }
    let [hint] = &hints::<Convolution>([("conv.weight", range(&[2, 5, 3]))])[..] else { panic!() };
    let end = format!("say `#[param(from = permute(0, 2, 1))]` in the parts of `Conv1d`; {IN_PARTS}");
    assert!(hint.ends_with(&end), "{hint}");
}

/// A name, a size and a bias are said where the layer stands, or to the loader.
#[test]
fn names_sizes_and_biases_are_said_outside_of_the_layer() {
    #[derive(Module, Debug)]
    struct Norm {
        #[module(args(dim = 4, bias = false), with(eps = 1e-5))]
        norm: LayerNorm,
    }
    let weights = || [("norm.gamma", range(&[4]))];
    let renamed = "the checkpoint has `norm.gamma`; if it is this one, say `Loader::new().rename(\"norm.gamma\", \"norm.weight\")`";
    assert_eq!(hints::<Norm>(weights()), [renamed, "did you mean `norm.weight`?"]);
    Loader::new().rename("norm.gamma", "norm.weight").load::<Norm>(weights()).unwrap();

    #[derive(Module, Debug)]
    struct Embed {
        #[module(args(count = 100, dim = 4))]
        embed: Embedding,
    }
    #[derive(Module, Debug)]
    struct OpenEmbed {
        #[module(args(count = _, dim = 4))]
        embed: Embedding,
    }
    let weights = || [("embed.weight", range(&[104, 4]))];
    let [padded] = &hints::<Embed>(weights())[..] else { panic!() };
    assert!(padded.ends_with("leave the dim open, with `args(count = _)`, or change the number"), "{padded}");
    OpenEmbed::from_weights(weights()).unwrap();

    #[derive(Module, Debug)]
    struct NoBias {
        #[module(args(in = 3, out = 2, bias = false))]
        up: Linear,
    }
    let (weight, bias) = (|| ("up.weight", range(&[2, 3])), ("up.bias", range(&[2])));
    let absent = "it must be there, as the argument `bias` is true; if the model has none, say `args(bias = false)`";
    assert_eq!(hints::<Model>([weight()]), [absent]);
    NoBias::from_weights([weight()]).unwrap();
    let there =
        "arguments of the module alone decide this; change them in `args(..)`, or load a checkpoint of this model";
    assert_eq!(hints::<NoBias>([weight(), bias.clone()]), [there]);
    Model::from_weights([weight(), bias]).unwrap();
    // nothing of the layer is there, and so its bias is not to blame
    assert_eq!(hints::<Model>([("down.weight", range(&[9]))]).iter().filter(|hint| hint.contains("args")).count(), 0);
}

/// What would take another field is not advised: the fields of the layer are given.
#[test]
fn nothing_asks_for_another_field_of_the_layer() {
    let bytes = |dtype, byte_len| AnyTensor::new(dtype, [2, 3], &vec![0; byte_len]).unwrap();
    let weights = |weight| [("up.weight", weight), ("up.bias", AnyTensor::from(range(&[2])))];
    let flags = hints::<Model>(weights(bytes(DType::BOOL, 6)));
    assert!(flags[0].ends_with("; `Linear` does not hold it, so convert the file"), "{flags:?}");
    let small = hints::<Model>(weights(bytes(DType::F8_E5M2, 6)));
    assert!(small[0].ends_with("say `Loader::new().cast(Cast::Lossless)`"), "{small:?}");
    Loader::new().cast(Cast::Lossless).load::<Model>(weights(bytes(DType::F8_E5M2, 6))).unwrap();

    #[derive(Module, Debug)]
    #[module(ignore = ["up.bias"])]
    struct Hidden {
        #[module(args(in = 3, out = 2))]
        up: Linear,
    }
    let hidden = hints::<Hidden>(weights(range(&[2, 3]).into()));
    assert!(hidden[0].ends_with(" hides it; remove the pattern"), "{hidden:?}");

    #[derive(Module, Debug)]
    struct Convolution {
        #[module(args(in = 3, out = 2, kernel = 5, bias = false))]
        conv: Conv1d,
    }
    let factors = [("conv.weight_g", range(&[2, 1, 1])), ("conv.weight_v", range(&[2, 3, 5]))];
    let factors = hints::<Convolution>(factors);
    assert!(factors[0].ends_with("fold it with `torch.nn.utils.remove_weight_norm` before you save"), "{factors:?}");
}
