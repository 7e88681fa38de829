//! What the models say of files that are not theirs.

use candle_core::Device;
use weighbridge::{AnyTensor, Checkpoint, LoadError, Loader, Module, Report, Tensor};
use weighbridge_zoo::bert::{self, BertForMaskedLm};
use weighbridge_zoo::gpt2::{self, Gpt2, Gpt2Split};
use weighbridge_zoo::llama::{self, Llama, LlamaFused, TiedLlama};
use weighbridge_zoo::whisper::{self, Whisper};
use weighbridge_zoo::{mlx_cnn, resnet};

use crate::fixture;

/// The tensors of a committed checkpoint.
fn tensors(checkpoint: &str) -> Vec<(String, AnyTensor)> {
    let checkpoint = Checkpoint::open(fixture(checkpoint)).unwrap();
    checkpoint.iter().map(|entry| (entry.name().to_owned(), checkpoint.tensor(entry.name()).unwrap())).collect()
}

fn position(tensors: &[(String, AnyTensor)], name: &str) -> usize {
    tensors.iter().position(|(other, _)| other == name).unwrap()
}

#[track_caller]
fn refused<M: Module>(source: impl Into<weighbridge::Source>) -> Report {
    match Loader::new().check::<M>(source) {
        Err(LoadError::Mismatch(report)) => *report,
        Err(error) => panic!("{error}"),
        Ok(report) => panic!("not refused: {report}"),
    }
}

#[test]
fn an_untied_llama_does_not_take_the_embedding_for_its_head() {
    let report = refused::<Llama<llama::Tiny>>(fixture("llama-tied"));
    assert_eq!(report.missing.len(), 1);
    assert_eq!(report.missing[0].path, "lm_head.weight");
    assert!(report.missing[0].hints.iter().any(|hint| hint.contains("tied")), "{report}");
}

#[test]
fn a_tied_llama_takes_a_copy_of_its_embedding_and_no_other_head() {
    let mut tensors = tensors("llama-tied");
    let embedding = tensors[position(&tensors, "model.embed_tokens.weight")].1.clone();
    tensors.push(("lm_head.weight".to_owned(), embedding));
    let loaded = Loader::new().load::<TiedLlama<llama::Tiny>>(tensors).unwrap();
    assert_eq!(loaded.report.shared[0].found, ["model.embed_tokens.weight", "lm_head.weight"]);

    match Loader::new().load::<TiedLlama<llama::Tiny>>(fixture("llama-sharded")) {
        Err(LoadError::Mismatch(report)) => assert_eq!(report.tied[0].path, "lm_head.weight"),
        other => panic!("{:?}", other.err()),
    }
}

#[test]
fn a_fused_llama_speaks_of_the_names_in_the_file() {
    let mut tensors = tensors("llama-sharded");
    tensors.remove(position(&tensors, "model.layers.1.self_attn.k_proj.weight"));
    let at = position(&tensors, "model.layers.2.mlp.up_proj.weight");
    tensors[at].1 = Tensor::<f32>::zeros([32, 64]).into();
    let text = refused::<LlamaFused<llama::Tiny>>(tensors).to_string();
    for name in ["model.layers.1.self_attn.k_proj.weight", "model.layers.2.mlp.up_proj.weight"] {
        assert!(text.contains(name), "{text}");
    }
}

#[test]
fn a_head_that_is_a_copy_of_the_embedding_is_tied_to_it() {
    let mut tensors = tensors("gpt2");
    let embedding = tensors[position(&tensors, "transformer.wte.weight")].1.clone();
    tensors.push(("lm_head.weight".to_owned(), embedding));
    Gpt2::<gpt2::Tiny>::from_weights(tensors.clone()).unwrap();

    tensors.last_mut().unwrap().1 = Tensor::<f32>::zeros([128, 32]).into();
    let error = Gpt2::<gpt2::Tiny>::from_weights(tensors).err().unwrap().to_string();
    assert!(error.contains("lm_head.weight") && error.contains("transformer.wte.weight"), "{error}");
}

#[test]
fn a_tied_head_is_the_same_memory() {
    let whisper = whisper::Tiny::from_weights(fixture("whisper")).unwrap();
    assert!(whisper.head.shares_storage(&whisper.model.decoder.embed_tokens));
}

#[test]
fn gpt2_with_its_projections_apart_holds_parts_of_the_file() {
    let split = Gpt2Split::<gpt2::Tiny>::from_weights(fixture("gpt2")).unwrap();
    let fused = Gpt2::<gpt2::Tiny>::from_weights(fixture("gpt2")).unwrap();
    let (split, fused) = (&split.transformer.h[1], &fused.transformer.h[1]);
    let columns = fused.attn.c_attn.weight.narrow(1, 32, 32).unwrap().t().unwrap();
    assert_eq!(split.attn.k.to_vec2::<f32>().unwrap(), columns.contiguous().unwrap().to_vec2::<f32>().unwrap());
    let values = fused.attn.c_attn.bias.narrow(0, 64, 32).unwrap();
    assert_eq!(split.attn.v_bias.to_vec1::<f32>().unwrap(), values.to_vec1::<f32>().unwrap());
}

#[test]
fn bert_takes_the_names_of_the_first_checkpoints() {
    let renamed = |name: &str| match name.rsplit_once('.') {
        Some((norm, "weight")) if norm.ends_with("LayerNorm") => format!("{norm}.gamma"),
        Some((norm, "bias")) if norm.ends_with("LayerNorm") => format!("{norm}.beta"),
        _ => name.to_owned(),
    };
    let old: Vec<_> = tensors("bert").into_iter().map(|(name, tensor)| (renamed(&name), tensor)).collect();
    let loaded = Loader::new().device(Device::Cpu).load::<BertForMaskedLm<bert::Tiny>>(old).unwrap();
    assert_eq!(loaded.report.aliased.len(), 2 * (1 + 2 * 2 + 1));
}

#[test]
fn a_resnet_whose_shortcut_is_absent() {
    type Plain = resnet::ResNet<
        (resnet::Stage<(resnet::Basic<8, 8>,)>, resnet::Stage<(resnet::Basic<8, 16>, resnet::Basic<16, 16>)>),
        8,
        16,
        5,
    >;
    let report = refused::<Plain>(fixture("resnet"));
    assert_eq!((report.unexpected.len(), report.parameter_count), (6, report.fitting_count));
}

#[test]
fn whisper_says_which_of_its_family_a_file_is() {
    let report = Loader::new().check::<whisper::Tiny>(fixture("whisper")).unwrap();
    let dims = ["vocab", "mels", "source_positions", "target_positions"].map(|name| report.dim(name));
    assert_eq!(dims, [Some(128), Some(16), Some(32), Some(32)]);

    let english = Loader::new().dim("vocab", 51864).check::<whisper::Tiny>(fixture("whisper"));
    let Err(LoadError::Mismatch(report)) = english else { panic!("{english:?}") };
    assert!(!report.dim.is_empty(), "{report}");
    let report = refused::<Whisper<32, 64, 3>>(fixture("whisper"));
    assert!(report.hints.iter().any(|hint| hint.contains("2 items")), "{report}");
}

#[test]
fn kernels_with_the_channels_first_are_the_file_s_with_their_axes_moved() {
    let mlx = mlx_cnn::Cnn::from_weights(fixture("mlx/cnn.npz")).unwrap();
    let torch = mlx_cnn::TorchCnn::from_weights(fixture("mlx/cnn.npz")).unwrap();
    let (from, to) = (mlx.conv2.weight.as_slice(), torch.conv2.weight.as_slice());
    assert_eq!(&torch.conv2.weight.shape()[..], [16, 8, 3, 3]);
    for (at, number) in to.iter().enumerate() {
        let (out, channel, row, column) = (at / 72, at / 9 % 8, at / 3 % 3, at % 3);
        assert_eq!(*number, from[((out * 3 + row) * 3 + column) * 8 + channel]);
    }
}
