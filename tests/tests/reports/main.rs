//! Mistakes planted in real checkpoints, and what the report says of each. The texts are the product: read a changed
//! snapshot as the user who meets it.

#[macro_use]
mod follow;

mod absent;
mod advice;
mod bounds;
mod causes;
mod counted;
mod crossed;
mod first;
mod instances;
mod kinds;
mod patterns;
mod planted;
mod remedies;
mod renamed;
mod shaped;

use planted::{Planted, refused};
use wb::{AnyTensor, Cast, DType, LoadError, Loader, Module, Tensor};
use weighbridge_tests::bert::BertForMaskedLm;
use weighbridge_tests::fixture;
use weighbridge_tests::gpt2::Gpt2;
use weighbridge_tests::llama::{Config, Llama, LlamaTied, Tiny};
use weighbridge_tests::mlx::{Cnn, Mlp, Quantized};
use weighbridge_tests::whisper::Whisper;

/// Checks the planted checkpoint strictly and compares the report with its snapshot.
macro_rules! report {
    ($model:ty, $planted:expr) => {
        report!($model, $planted, Loader::new())
    };
    ($model:ty, $planted:expr, $loader:expr) => {{
        let report = refused::<$model>(&$loader, $planted);
        insta::assert_snapshot!(report.to_string());
        report
    }};
}

fn llama() -> Planted {
    Planted::of("llama-sharded")
}

type TinyLlama = Llama<Tiny>;

#[test]
fn one_missing() {
    let report = report!(TinyLlama, llama().remove("model.layers.1.mlp.up_proj.weight"));
    assert_eq!((report.parameter_count, report.fitting_count), (30, 29));
}

#[test]
fn one_missing_in_every_layer() {
    report!(TinyLlama, llama().remove_where(|name| name.ends_with("input_layernorm.weight")));
}

#[test]
fn unexpected_buffers() {
    let mut planted = llama();
    for layer in 0..3 {
        planted = planted.zeros(&format!("model.layers.{layer}.self_attn.rotary_emb.inv_freq"), [4]);
    }
    report!(TinyLlama, planted);
}

#[test]
fn a_misspelt_name() {
    report!(TinyLlama, llama().rename("model.norm.weight", "model.norm.weihgt"));
}

#[test]
fn another_word_for_a_module() {
    report!(TinyLlama, llama().rename_part(".self_attn.", ".attn."));
}

#[test]
fn a_renamed_head() {
    report!(TinyLlama, llama().rename("lm_head.weight", "output.weight"));
}

#[test]
fn transposed_in_every_layer() {
    report!(TinyLlama, llama().reshape_where(|name| name.contains("up_proj"), [32, 64]));
}

#[test]
fn transposed_in_one_layer_and_wrong_in_another() {
    let planted = llama()
        .reshape_where(|name| name == "model.layers.0.mlp.up_proj.weight", [32, 64])
        .reshape_where(|name| name == "model.layers.2.mlp.up_proj.weight", [128, 16]);
    report!(TinyLlama, planted);
}

#[test]
fn a_dtype_that_fits_without_loss() {
    report!(TinyLlama, Planted::of("llama"));
}

#[test]
fn a_dtype_that_does_not() {
    report!(Llama<Tiny, half::bf16>, llama(), Loader::new().cast(Cast::Lossless));
}

#[test]
fn integers_for_floats() {
    report!(Mlp, Planted::of("mlx/mlp.safetensors").set("norm.weight", Tensor::<i64>::zeros([16])));
}

#[test]
fn a_prefix_in_the_file() {
    report!(TinyLlama, llama().rename_all(|name| format!("module.{name}")));
}

#[test]
fn a_prefix_in_the_module() {
    report!(LlamaTied<Tiny>, Planted::of("llama-tied").rename_all(|name| name.replacen("model.", "", 1)));
}

#[test]
fn gamma_and_beta() {
    let planted = Planted::of("bert")
        .rename_part("LayerNorm.weight", "LayerNorm.gamma")
        .rename_part("LayerNorm.bias", "LayerNorm.beta");
    report!(BertForMaskedLm, planted);
}

#[test]
fn tied_and_absent() {
    report!(TinyLlama, Planted::of("llama-tied"));
}

#[test]
fn fused_in_the_file() {
    let mut planted = llama();
    for layer in 0..3 {
        let attention = format!("model.layers.{layer}.self_attn");
        for part in ["q", "k", "v"] {
            planted = planted.remove(&format!("{attention}.{part}_proj.weight"));
        }
        planted = planted.zeros(&format!("{attention}.qkv_proj.weight"), [64, 32]);
    }
    report!(TinyLlama, planted);
}

#[test]
fn apart_in_the_file() {
    let mut planted = Planted::of("gpt2");
    for layer in 0..2 {
        let attention = format!("transformer.h.{layer}.attn");
        planted = planted.remove(&format!("{attention}.c_attn.weight")).remove(&format!("{attention}.c_attn.bias"));
        for part in ["q", "k", "v"] {
            planted = planted
                .zeros(&format!("{attention}.{part}_proj.weight"), [32, 32])
                .zeros(&format!("{attention}.{part}_proj.bias"), [32]);
        }
    }
    report!(Gpt2, planted);
}

#[test]
fn one_layer_too_few() {
    report!(TinyLlama, llama().remove_where(|name| name.starts_with("model.layers.2.")));
}

#[test]
fn one_layer_too_many() {
    report!(TinyLlama, llama().copy_part("model.layers.2.", "model.layers.3."));
}

#[test]
fn a_layer_is_left_out() {
    report!(Whisper, Planted::of("whisper").rename_part("encoder.layers.1.", "encoder.layers.2."));
}

#[test]
fn the_other_library_s_convolutions() {
    let planted = Planted::of("mlx/cnn.safetensors")
        .reshape_where(|name| name == "conv2.weight", [16, 8, 3, 3])
        .reshape_where(|name| name == "conv1.weight", [8, 3, 3, 3]);
    report!(Cnn, planted);
}

/// The same layers as [`Quantized`], before they are.
#[derive(Module)]
#[module(crate = wb)]
struct Unquantized {
    embed: weighbridge_tests::layers::Embedding<64, 64>,
    layers: (weighbridge_tests::layers::Linear<64, 64>, weighbridge_tests::layers::Projection<64, 128>),
}

#[test]
fn a_quantised_file_for_a_float_module() {
    report!(Unquantized, Planted::of("mlx/quantized.safetensors"));
}

#[test]
fn a_float_file_for_a_quantised_module() {
    let planted = Planted::of("mlx/quantized.safetensors")
        .remove_where(|name| name.ends_with(".scales") || name.ends_with(".biases"))
        .set("embed.weight", Tensor::<f32>::zeros([64, 64]))
        .set("layers.0.weight", Tensor::<f32>::zeros([64, 64]))
        .set("layers.1.weight", Tensor::<f32>::zeros([128, 64]));
    report!(Quantized<4, 32>, planted);
}

#[test]
fn another_bit_width() {
    report!(Quantized<8, 32>, Planted::of("mlx/quantized.safetensors"));
}

#[test]
fn the_same_name_twice() {
    report!(Mlp, Planted::of("mlx/mlp.npz").again("norm.weight"));
}

#[test]
fn two_names_become_one() {
    let planted = Planted::of("mlx/mlp.npz").zeros("model.norm.weight", [16]);
    report!(Mlp, planted, Loader::new().strip_prefix("model."));
}

#[test]
fn a_name_above_another() {
    report!(Mlp, Planted::of("mlx/mlp.npz").zeros("norm.weight.scale", [1]));
}

#[test]
fn indices_that_python_reads() {
    let planted =
        Planted::of("mlx/mlp.npz").rename_part("layers.0.", "layers.00.").rename("layers.1.bias", "layers.+1.bias");
    report!(Mlp, planted);
}

/// Llama, of which the file says how large it is.
#[derive(Module)]
#[module(crate = wb)]
struct Open {
    #[param(rename = "model.embed_tokens.weight", shape = ["vocab", "hidden"])]
    embedding: Tensor<f32>,
    #[param(rename = "model.norm.weight", shape = ["hidden"])]
    norm: Tensor<f32>,
    #[param(rename = "lm_head.weight", shape = ["vocab", "hidden"])]
    head: Tensor<f32>,
}

#[test]
fn a_named_dimension_that_differs() {
    let planted = llama()
        .remove_where(|name| name.starts_with("model.layers."))
        .set("lm_head.weight", Tensor::<f32>::zeros([160, 32]));
    report!(Open, planted);
}

#[test]
fn a_named_dimension_that_was_fixed() {
    let planted = llama().remove_where(|name| name.starts_with("model.layers."));
    report!(Open, planted, Loader::new().dim("vocab", 32000).dim("hidden", 32));
}

/// An affine norm, or none.
#[derive(Module)]
#[module(crate = wb)]
struct Halves {
    layers: (
        weighbridge_tests::layers::Linear<8, 16>,
        weighbridge_tests::layers::Linear<16, 16>,
        weighbridge_tests::layers::Linear<16, 4>,
    ),
    norm: Option<weighbridge_tests::layers::LayerNorm<16>>,
}

#[test]
fn an_option_of_which_half_is_there() {
    report!(Halves, Planted::of("mlx/mlp.npz"));
}

#[derive(Module)]
#[module(crate = wb)]
struct Aliased {
    #[param(shape = [16], rename = "norm.weight", alias = "norm.gamma")]
    norm: Tensor<f32>,
    #[module(alias = "layer")]
    layers: (
        weighbridge_tests::layers::Linear<8, 16>,
        weighbridge_tests::layers::Linear<16, 16>,
        weighbridge_tests::layers::Linear<16, 4>,
    ),
}

#[test]
fn both_names_of_one_parameter() {
    report!(Aliased, Planted::of("mlx/mlp.npz").zeros("norm.gamma", [16]));
}

#[test]
fn names_that_would_drive_a_terminal() {
    let report = report!(Mlp, Planted::of("mlx/mlp.npz").zeros("a\u{1b}[2J\u{202e}b\nc", [1]));
    assert!(report.to_string().chars().all(|c| c == '\n' || !c.is_control()));
}

#[test]
fn a_pattern_that_fits_nothing() {
    let planted = Planted::of("mlx/mlp.npz").remove("norm.weight");
    report!(Mlp, planted, Loader::new().ignore(["*.inv_freq"]));
}

#[test]
fn a_pytorch_sequential_for_an_mlx_one() {
    let planted = Planted::of("mlx/mlp.npz").remove("norm.weight").rename_all(|name| name.replacen("layers.", "", 1));
    report!(Mlp, planted);
}

/// The beginning of a GPT-2, whose author took a norm for one tensor.
#[derive(Module)]
#[module(crate = wb, ignore = ["*.bias", "*.c_proj.*", "*.c_fc.*", "*.ln_2.*", "ln_f.*", "wpe.*"])]
struct Begun {
    #[param(shape = ["vocab", 32], rename = "wte.weight")]
    embedding: Tensor<f32>,
    h: Vec<BegunLayer>,
}

#[derive(Module)]
#[module(crate = wb)]
struct BegunLayer {
    #[param(shape = [32])]
    ln_1: Tensor<f32>,
    #[param(shape = [32, 96], rename = "attn.c_attn.weight")]
    qkv: Tensor<f32>,
}

#[test]
fn a_prefix_before_a_list_of_any_length() {
    // nothing of the list is missing, because the file has none of it
    let report = report!(Begun, Planted::of("gpt2"));
    assert_eq!((report.missing.len(), report.hints.len()), (1, 1));
}

#[test]
fn a_module_for_its_tensor() {
    report!(Begun, Planted::of("gpt2"), Loader::new().strip_prefix("transformer."));
}

#[test]
fn untyped_bytes_for_another_dtype() {
    report!(Mlp<half::f16>, Planted::of("mlx/mlp-bf16.npz"));
}

#[test]
fn everything_at_once() {
    let planted = llama()
        .remove("model.layers.1.mlp.down_proj.weight")
        .rename("model.norm.weight", "model.norm.weihgt")
        .reshape_where(|name| name.contains("k_proj"), [32, 16])
        .set("model.layers.0.input_layernorm.weight", Tensor::<half::bf16>::zeros([32]))
        .zeros("model.layers.01.mlp.up_proj.weight", [64, 32])
        .zeros("lm_head.weight.scale", [1])
        .again("model.embed_tokens.weight");
    let report = report!(TinyLlama, planted);
    assert!(
        [&report.missing, &report.unexpected, &report.shape, &report.dtype, &report.duplicate, &report.name]
            .iter()
            .all(|class| !class.is_empty())
    );
}

/// A model that is larger than its checkpoint.
struct Larger;

impl Config for Larger {
    const VOCAB: usize = 128;
    const HIDDEN: usize = 48;
    const INTERMEDIATE: usize = 64;
    const HEADS: usize = 4;
    const KV_HEADS: usize = 2;
    const LAYERS: usize = 3;
}

#[test]
fn shards_are_named_where_there_are_several() {
    let error = Loader::new().check::<Llama<Larger>>(fixture("llama-sharded")).unwrap_err();
    let LoadError::Mismatch(mut report) = error else { panic!("{error}") };
    report.checkpoint = "llama-sharded".to_owned();
    insta::assert_snapshot!(report.to_string());
}

#[test]
fn the_report_is_data() {
    let planted =
        llama().remove("lm_head.weight").reshape_where(|name| name.contains("layers.0.mlp.up_proj"), [32, 64]);
    let report = refused::<TinyLlama>(&Loader::new(), planted);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["ok"], false);
    assert_eq!(json["missing"][0]["path"], "lm_head.weight");
    assert_eq!(
        json["shape"][0]["expected"],
        serde_json::json!({ "text": "[64, 32]", "dtype": null, "shape": [64, 32] })
    );
    assert_eq!(json["shape"][0]["found"], serde_json::json!({ "text": "[32, 64]", "dtype": null, "shape": [32, 64] }));
    assert_eq!(serde_json::from_value::<wb::Report>(json).unwrap(), report);
}

#[test]
fn colours_are_asked_for() {
    let report = refused::<TinyLlama>(&Loader::new(), llama().remove("lm_head.weight"));
    assert!(!report.to_string().contains('\u{1b}'));
    let plain: String =
        report.to_ansi().split('\u{1b}').map(|piece| piece.split_once('m').map_or(piece, |(_, text)| text)).collect();
    assert!(report.to_ansi().contains('\u{1b}'));
    assert_eq!(plain.replace(' ', ""), report.to_string().replace(' ', ""));
}

/// The name of the next test, which runs itself once more with its standard error in a pipe.
const PIPED: &str = "a_pipe_is_no_terminal";

#[test]
fn a_pipe_is_no_terminal() {
    let report = refused::<TinyLlama>(&Loader::new(), llama().remove("lm_head.weight"));
    if std::env::var_os(PIPED).is_some() {
        return report.eprint();
    }
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    let output = again.args(["--exact", PIPED, "--nocapture"]).env(PIPED, "1").env_remove("NO_COLOR").output().unwrap();
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && printed.contains(&report.to_string()), "{printed}");
    assert!(!printed.contains('\u{1b}'), "{printed}");
}

#[test]
fn names_that_begin_with_a_dot() {
    // the empty part in front is shown, in one name and in a fold
    let report =
        refused::<Mlp>(&Loader::new(), Planted::of("mlx/mlp.npz").zeros(".a", [1]).zeros("b.0", [1]).zeros("b.1", [1]));
    let text = report.to_string();
    assert!(text.contains("unexpected  .a ") && text.contains("unexpected  b.{0..=1} "), "{text}");
}

#[test]
fn the_order_of_the_pairs_does_not_matter() {
    let planted = || llama().remove("lm_head.weight").zeros("b", [1]).zeros("a", [1]);
    let [forward, backward] =
        [planted(), planted().reversed()].map(|planted| refused::<TinyLlama>(&Loader::new(), planted));
    assert_eq!(forward.to_string(), backward.to_string());
}

#[test]
fn any_tensor_takes_what_there_is() {
    #[derive(Module)]
    #[module(crate = wb)]
    struct Norm {
        #[param(shape = [16], rename = "norm.weight", dtype = ["F16", "BF16"])]
        norm: AnyTensor,
    }
    let only = |name: &str| name == "norm.weight";
    let of = |file: &str| Planted::of(file).remove_where(|name| !only(name));
    let loaded = Norm::from_weights(of("mlx/mlp-bf16.npz").source()).unwrap();
    assert_eq!(loaded.norm.dtype(), DType::BF16);
    report!(Norm, of("mlx/mlp.npz"));
}
