//! The examples do what they say, and what torch and PEFT do.

#![allow(dead_code)]

#[path = "../examples/ema.rs"]
mod ema;
#[path = "../examples/lora.rs"]
mod lora;
#[path = "../examples/new_head.rs"]
mod new_head;
#[path = "../examples/resume.rs"]
mod resume;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use candle_core::{Device, Tensor};
use weighbridge::{LoadError, Loader, Module, Report, Saver};
use weighbridge_training::{Data, Net, all, fixture, variables};

fn data() -> Data {
    Data::from_weights(fixture("data.safetensors")).unwrap()
}

fn base() -> Net {
    Net::from_weights(fixture("base.safetensors")).unwrap()
}

/// A file, as candle reads it.
fn tensors(file: impl AsRef<Path>) -> BTreeMap<String, Tensor> {
    candle_core::safetensors::load(file, &Device::Cpu).unwrap().into_iter().collect()
}

/// The bytes of each parameter.
fn bytes(module: &impl Module) -> BTreeMap<String, Vec<u8>> {
    module.parameters().into_iter().map(|(path, view)| (path, view.bytes().unwrap().into_owned())).collect()
}

/// The largest difference of two tensors.
fn apart(left: &Tensor, right: &Tensor) -> f32 {
    let apart = (left - right).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap();
    apart.to_scalar().unwrap()
}

#[track_caller]
fn report<T>(refused: Result<T, LoadError>) -> Report {
    let error = refused.err().expect("it is refused");
    error.report().unwrap_or_else(|| panic!("{error}")).clone()
}

fn paths(findings: &[weighbridge::Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.path.as_str()).collect()
}

#[test]
fn a_new_head_learns_on_a_body_that_stays() {
    let (net, [first, last]) = new_head::tuned(&data()).unwrap();
    assert!(last < first / 2.0, "from {first} to {last}");
    let (before, after) = (bytes(&base()), bytes(&net));
    let changed: Vec<&str> = after.keys().filter(|path| before[*path] != after[*path]).map(String::as_str).collect();
    assert!(changed.iter().all(|path| path.starts_with("blocks.1.") || path.starts_with("head.")), "{changed:?}");
    assert_eq!(changed.len(), 6);
    assert_eq!(after["head.weight"].len(), 3 * 16 * 4);
}

#[test]
fn a_base_of_another_body_is_refused() {
    let mut deeper = Net::new(16, 3, 3).unwrap();
    let before = bytes(&deeper);
    let refused = report(Loader::new().keep(["head.*"]).update(&mut deeper, fixture("base.safetensors")));
    let missing = ["down.bias", "down.weight", "up.bias", "up.weight"].map(|name| format!("blocks.2.{name}"));
    let mut found = paths(&refused.missing);
    found.sort_unstable();
    assert_eq!(found, missing);
    assert_eq!(bytes(&deeper), before);
    let mut wider = Net::new(24, 2, 3).unwrap();
    let refused = report(Loader::new().keep(["head.*"]).update(&mut wider, fixture("base.safetensors")));
    assert!(
        refused.to_string().contains("head.weight  expected hidden_size = 16 (from `embed.weight`), found 24"),
        "{refused}"
    );
}

#[test]
fn an_adapter_of_peft_computes_what_peft_computes() {
    let net = base();
    let adapter = lora::Adapter::load(Path::new(&fixture("adapter")), &net).unwrap();
    let expected = tensors(fixture("adapter.safetensors"));
    let logits = adapter.forward(&net, &expected["points"]).unwrap();
    assert!(apart(&logits, &expected["logits"]) < 1e-4);
    assert!(apart(&net.forward(&expected["points"]).unwrap(), &logits) > 0.1);

    // what is saved is the same file
    let folder = tempfile::tempdir().unwrap();
    adapter.save(folder.path()).unwrap();
    assert_eq!(bytes(&lora::Adapter::load(folder.path(), &net).unwrap()), bytes(&adapter));
    let ours = tensors(folder.path().join("adapter_model.safetensors"));
    let theirs = tensors(fixture("adapter/adapter_model.safetensors"));
    assert!(ours.keys().eq(theirs.keys()));
}

#[test]
fn an_adapter_learns_beside_a_base_that_stays() {
    let (net, data) = (base(), data());
    let new = lora::Adapter::new(&net, 4).unwrap();
    assert_eq!(apart(&new.forward(&net, &data.points).unwrap(), &net.forward(&data.points).unwrap()), 0.0);
    let (adapter, [first, last]) = lora::trained(&net, &data).unwrap();
    assert!(last < first / 4.0, "from {first} to {last}");
    assert_eq!(bytes(&net), bytes(&base()));
    assert!(apart(&adapter.forward(&net, &data.points).unwrap(), &net.forward(&data.points).unwrap()) > 0.1);
}

/// A copy of PEFT's adapter, with another text in its configuration, and another name for one target.
fn changed(config: [&str; 2], names: [&str; 2]) -> Result<lora::Adapter, LoadError> {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(fixture("adapter/adapter_config.json")).unwrap();
    assert!(text.contains(config[0]));
    fs::write(folder.path().join("adapter_config.json"), text.replace(config[0], config[1])).unwrap();
    let weights = tensors(fixture("adapter/adapter_model.safetensors"));
    let renamed = weights.into_iter().map(|(name, tensor)| (name.replace(names[0], names[1]), tensor));
    let renamed: HashMap<String, Tensor> = renamed.collect();
    candle_core::safetensors::save(&renamed, folder.path().join("adapter_model.safetensors")).unwrap();
    lora::Adapter::load(folder.path(), &base())
}

#[test]
fn an_adapter_of_other_targets_is_refused_by_name() {
    // by what its configuration says
    let refused = report(changed(["\"up\"", "\"gate\""], ["", ""])).to_string();
    assert!(refused.contains("unknown variant `gate`, expected `down` or `up`"), "{refused}");
    // what changes the numbers and no shape
    let refused = report(changed(["\"alpha_pattern\": {}", "\"alpha_pattern\": {\"up\": 16}"], ["", ""])).to_string();
    assert!(refused.contains("unknown field `up`"), "{refused}");
    // by its tensors
    let refused = report(changed(["", ""], ["blocks.1.up", "blocks.1.gate"]));
    let of = |target: &str| ["A", "B"].map(|x| format!("base_model.model.blocks.1.{target}.lora_{x}.weight"));
    assert_eq!(paths(&refused.missing), of("up"));
    assert_eq!(paths(&refused.unexpected), of("gate"));
    // by another rank
    let refused = report(changed(["\"r\": 4", "\"r\": 8"], ["", ""])).to_string();
    assert!(refused.contains("\nconfig      r  expected 4, found 8 in "), "{refused}");
    // for a base of another depth
    let deeper = Net::new(16, 3, 4).unwrap();
    let refused = report(lora::Adapter::load(Path::new(&fixture("adapter")), &deeper));
    assert!(paths(&refused.missing).iter().all(|path| path.starts_with("base_model.model.blocks.2.")), "{refused}");
}

#[test]
fn a_training_goes_on_as_torch_s_does() {
    let data = data();
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("training.safetensors");
    let mut from_base = resume::Training::begin(&fixture("base.safetensors")).unwrap();
    from_base.run(&data, 20, &file).unwrap();
    let mut from_torch = resume::Training::from_weights(fixture("step-10.safetensors")).unwrap();
    from_torch.run(&data, 20, &file).unwrap();
    let expected = tensors(fixture("step-20.safetensors"));
    for training in [&mut from_base, &mut from_torch] {
        let variables = variables(training, all).unwrap();
        assert_eq!(variables.len() + 1, expected.len());
        for (path, var) in variables {
            let off = apart(&var, &expected[&path]);
            assert!(off < 1e-4, "{path}: {off}");
        }
    }
}

#[test]
fn a_training_that_is_resumed_is_the_one_that_was_not_interrupted() {
    let data = data();
    let scratch = tempfile::tempdir().unwrap();
    let [stopped, whole] = ["stopped.safetensors", "whole.safetensors"].map(|name| scratch.path().join(name));
    let begin = || resume::Training::begin(&fixture("base.safetensors")).unwrap();

    // the file has step 20, though the training went on to 25 while it was written
    begin().run(&data, 25, &stopped).unwrap();
    begin().run(&data, 20, &whole).unwrap();
    assert!(fs::read(&stopped).unwrap() == fs::read(&whole).unwrap());

    resume::Training::from_weights(&stopped).unwrap().run(&data, 40, &stopped).unwrap();
    let mut uninterrupted = begin();
    uninterrupted.run(&data, 40, &whole).unwrap();
    assert!(fs::read(&stopped).unwrap() == fs::read(&whole).unwrap());
    // and for those who use it
    let net = Loader::new().subtree("model").load::<Net>(&stopped).unwrap().module;
    assert_eq!(bytes(&net), bytes(&uninterrupted.model));
    assert_ne!(bytes(&net), bytes(&base()));
}

#[test]
fn a_snapshot_has_the_values_of_its_moment() {
    let mut net = base();
    let variables = variables(&mut net, all).unwrap();
    let snapshot = Saver::new().snapshot(&net).unwrap();
    for var in variables.values() {
        var.set(&var.zeros_like().unwrap()).unwrap();
    }
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("snapshot.safetensors");
    std::thread::spawn(move || snapshot.save(file)).join().unwrap().unwrap();
    assert_eq!(bytes(&Net::from_weights(scratch.path().join("snapshot.safetensors")).unwrap()), bytes(&base()));
    assert_ne!(bytes(&net), bytes(&base()));
}

#[test]
fn a_save_that_fails_ends_the_training() {
    let scratch = tempfile::tempdir().unwrap();
    let mut training = resume::Training::begin(&fixture("base.safetensors")).unwrap();
    let error = training.run(&data(), 35, &scratch.path().join("gone/training.safetensors")).unwrap_err();
    assert!(error.to_string().contains("gone"), "{error}");
    // at the next save, not at the end
    assert_eq!(bytes(&training)["step"], 20_i64.to_le_bytes());
}

#[test]
fn moments_that_do_not_fit_are_refused() {
    let all = tensors(fixture("step-10.safetensors"));
    let pairs = |edit: fn(&mut BTreeMap<String, Tensor>)| {
        let mut all = all.clone();
        edit(&mut all);
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("training.safetensors");
        let all: HashMap<String, Tensor> = all.into_iter().collect();
        candle_core::safetensors::save(&all, &file).unwrap();
        resume::Training::from_weights(&file)
    };
    let refused = report(pairs(|all| all.retain(|name, _| name != "exp_avg_sq.head.bias")));
    assert_eq!(paths(&refused.missing), ["exp_avg_sq.head.bias"]);
    let refused = report(pairs(|all| all.retain(|name, _| !name.starts_with("exp_avg.blocks.1."))));
    let shorter = "exp_avg.blocks  expected num_layers = 2 (from `model.blocks`), found 1";
    assert!(refused.to_string().contains(shorter), "{refused}");
}

#[test]
fn an_average_follows_with_variables_of_its_own() {
    let averaged = ema::trained(&data(), 20).unwrap();
    let (model, average, before) = (bytes(&averaged.model), bytes(&averaged.ema), bytes(&base()));
    assert!(model.iter().all(|(path, bytes)| bytes != &average[path] && bytes != &before[path]));

    let mut averaged = ema::Averaged::new(base()).unwrap();
    let [model, average] = [variables(&mut averaged.model, all).unwrap(), variables(&mut averaged.ema, all).unwrap()];
    let [model, average] = [&model["head.bias"], &average["head.bias"]];
    model.set(&model.ones_like().unwrap()).unwrap();
    average.set(&(average.ones_like().unwrap() * 3.0).unwrap()).unwrap();
    averaged.follow(0.75).unwrap();
    assert_eq!(average.to_vec1::<f32>().unwrap(), [2.5; 4]);

    // saved and loaded: both, or the average alone
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("averaged.safetensors");
    Saver::new().save(&averaged, &file).unwrap();
    assert_eq!(bytes(&ema::Averaged::from_weights(&file).unwrap()), bytes(&averaged));
    let alone = Loader::new().subtree("ema").load::<Net>(&file).unwrap().module;
    assert_eq!(bytes(&alone), bytes(&averaged.ema));
}
