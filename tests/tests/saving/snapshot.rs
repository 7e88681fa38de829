//! Snapshots: what a save would have written, while the module goes on.

use std::fs;

use wb::{Loader, Module, SaveError, Saver, Tensor};
use weighbridge_tests::fixture;
use weighbridge_tests::gpt2::Gpt2;
use weighbridge_tests::llama::{Llama, LlamaTied, Tiny};

/// What a save writes, and what a snapshot writes.
fn both<M: Module>(saver: &Saver, module: &M) -> [Vec<u8>; 2] {
    let scratch = tempfile::tempdir().unwrap();
    let [saved, snapshot] = ["saved.safetensors", "snapshot.safetensors"].map(|name| scratch.path().join(name));
    saver.save(module, &saved).unwrap();
    saver.snapshot(module).unwrap().save(&snapshot).unwrap();
    [saved, snapshot].map(|path| fs::read(path).unwrap())
}

#[test]
fn a_snapshot_writes_what_a_save_would() {
    let loaded = Loader::new().load::<LlamaTied<Tiny>>(fixture("llama-tied")).unwrap();
    let saver = Saver::new().metadata("step", "7").ties_of(&loaded.report);
    let [saved, snapshot] = both(&saver, &loaded.module);
    assert!(saved == snapshot && saved.windows(4).any(|bytes| bytes == b"step"));
    // tensors that the file has in another layout, and several parameters in one of them
    let [saved, snapshot] = both(&Saver::new(), &Gpt2::from_weights(fixture("gpt2")).unwrap());
    assert!(saved == snapshot);
    let scratch = tempfile::tempdir().unwrap();
    let shards = Saver::new().max_shard_size(30_000).snapshot(&loaded.module).unwrap();
    shards.save(scratch.path()).unwrap();
    assert!(scratch.path().join("model.safetensors.index.json").exists());
    LlamaTied::<Tiny>::from_weights(scratch.path()).unwrap();
}

#[derive(Module, Debug)]
#[module(crate = wb)]
struct Pair {
    #[param(shape = [2])]
    one: Tensor<f32>,
    #[param(shape = [2], tied = "one")]
    two: Tensor<f32>,
}

fn pair(one: f32, two: f32) -> Pair {
    let tensor = |value| Tensor::new([2], vec![value; 2]).unwrap();
    Pair { one: tensor(one), two: tensor(two) }
}

#[test]
fn a_snapshot_stays_as_it_is_and_takes_a_module_back() {
    let mut module = pair(1.0, 1.0);
    let snapshot = Saver::new().snapshot(&module).unwrap();
    assert_eq!(format!("{snapshot:?}"), "a snapshot of 1 tensor");
    module = pair(2.0, 2.0);
    module.load_weights(&snapshot).unwrap();
    assert_eq!((module.one.as_slice(), module.two.as_slice()), (&[1.0_f32; 2][..], &[1.0_f32; 2][..]));
    assert!(module.one.shares_storage(&module.two));
    // a load of one is as strict as that of the file
    let refused = Llama::<Tiny>::from_weights(snapshot).err().unwrap();
    assert_eq!(refused.report().unwrap().unexpected[0].path, "one");
}

#[test]
fn what_cannot_be_saved_is_refused_when_the_snapshot_is_made_or_written() {
    let error = Saver::new().snapshot(&pair(1.0, 2.0)).unwrap_err();
    assert!(matches!(error, SaveError::Tied { path, .. } if path == "two"));

    let snapshot = Saver::new().snapshot(&pair(1.0, 1.0)).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let gone = scratch.path().join("gone/model.safetensors");
    let saving = std::thread::spawn(move || snapshot.save(gone));
    let error = saving.join().unwrap().unwrap_err();
    assert!(error.to_string().contains("gone"), "{error}");
}
