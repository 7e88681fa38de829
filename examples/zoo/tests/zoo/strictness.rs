//! What the models say of files that are not theirs.

use weighbridge::{AnyTensor, Checkpoint, LoadError, Loader, Module, Report, Tensor};
use weighbridge_zoo::bert::BertForMaskedLm;
use weighbridge_zoo::gpt2::{Gpt2, Gpt2Split};
use weighbridge_zoo::llama::{Llama, LlamaFused};
use weighbridge_zoo::whisper::Whisper;
use weighbridge_zoo::{mlx_cnn, resnet};

use crate::{fixture, loader};

/// The tensors of a committed checkpoint.
fn tensors(checkpoint: &str) -> Vec<(String, AnyTensor)> {
    let checkpoint = Checkpoint::open(fixture(checkpoint)).unwrap();
    checkpoint.iter().map(|entry| (entry.name().to_owned(), checkpoint.tensor(entry.name()).unwrap())).collect()
}

fn position(tensors: &[(String, AnyTensor)], name: &str) -> usize {
    tensors.iter().position(|(other, _)| other == name).unwrap()
}

#[track_caller]
fn refused<M: Module>(loader: Loader, source: impl Into<weighbridge::Source>) -> Report {
    match loader.check::<M>(source) {
        Err(LoadError::Mismatch(report)) => *report,
        Err(error) => panic!("{error}"),
        Ok(report) => panic!("not refused: {report}"),
    }
}

#[test]
fn an_untied_llama_does_not_take_the_embedding_for_its_head() {
    let report = refused::<Llama>(loader("llama-sharded"), fixture("llama-tied"));
    assert!(report.to_string().contains("config      tie_word_embeddings  expected true, found false"), "{report}");
}

#[test]
fn a_tied_llama_takes_a_copy_of_its_embedding_and_no_other_head() {
    let mut tensors = tensors("llama-tied");
    let embedding = tensors[position(&tensors, "model.embed_tokens.weight")].1.clone();
    tensors.push(("lm_head.weight".to_owned(), embedding));
    let loaded = loader("llama-tied").load::<Llama>(tensors).unwrap();
    assert_eq!(loaded.report.shared[0].found, ["model.embed_tokens.weight", "lm_head.weight"]);

    match loader("llama-tied").load::<Llama>(fixture("llama-sharded")) {
        Err(LoadError::Mismatch(report)) => {
            let text = report.to_string();
            assert!(text.contains("config      tie_word_embeddings  expected false, found true"), "{text}");
        }
        other => panic!("{:?}", other.err()),
    }
}

#[test]
fn a_fused_llama_speaks_of_the_names_in_the_file() {
    let mut tensors = tensors("llama-sharded");
    tensors.remove(position(&tensors, "model.layers.1.self_attn.k_proj.weight"));
    let at = position(&tensors, "model.layers.2.mlp.up_proj.weight");
    tensors[at].1 = Tensor::<f32>::zeros([32, 64]).into();
    let text = refused::<LlamaFused>(loader("llama-sharded"), tensors).to_string();
    for name in ["model.layers.1.self_attn.k_proj.weight", "model.layers.2.mlp.up_proj.weight"] {
        assert!(text.contains(name), "{text}");
    }
}

#[test]
fn a_head_that_is_a_copy_of_the_embedding_is_tied_to_it() {
    let mut tensors = tensors("gpt2");
    let embedding = tensors[position(&tensors, "transformer.wte.weight")].1.clone();
    tensors.push(("lm_head.weight".to_owned(), embedding));
    loader("gpt2").load::<Gpt2>(tensors.clone()).unwrap();

    tensors.last_mut().unwrap().1 = Tensor::<f32>::zeros([128, 32]).into();
    let error = loader("gpt2").load::<Gpt2>(tensors).err().unwrap().to_string();
    assert!(error.contains("lm_head.weight") && error.contains("transformer.wte.weight"), "{error}");
}

#[test]
fn a_tied_head_is_the_same_memory() {
    let whisper = loader("whisper").load::<Whisper>(fixture("whisper")).unwrap().module;
    assert_eq!(whisper.proj_out.weight().id(), whisper.model.decoder.embed_tokens.embeddings().id());
}

#[test]
fn gpt2_with_its_projections_apart_holds_parts_of_the_file() {
    let split = loader("gpt2").load::<Gpt2Split>(fixture("gpt2")).unwrap().module;
    let fused = loader("gpt2").load::<Gpt2>(fixture("gpt2")).unwrap().module;
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
    let loaded = loader("bert").load::<BertForMaskedLm>(old).unwrap();
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
    let report = refused::<Plain>(Loader::new(), fixture("resnet"));
    assert_eq!((report.unexpected.len(), report.parameter_count), (6, report.fitting_count));
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
