//! What hostile files make a process hold, beside their size.

use std::fmt::Write;
use std::fs;

use wb::{Checkpoint, CheckpointError, LoadError, Loader, Module, Tensor};
use weighbridge_tests::counted::{Counted, held};
use weighbridge_tests::files::raw_safetensors;

#[global_allocator]
static ALLOCATOR: Counted = Counted;

#[derive(Debug, Module)]
#[module(crate = wb)]
struct One {
    #[param(shape = [2])]
    w: Tensor<f32>,
}

/// A file of empty tensors.
fn file(names: impl Iterator<Item = String>) -> Vec<u8> {
    let mut header = String::from("{");
    for name in names {
        let comma = if header.len() == 1 { "" } else { "," };
        write!(header, r#"{comma}"{name}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#).unwrap();
    }
    raw_safetensors(&(header + "}"), &[])
}

#[test]
fn links_to_one_shard_cost_one_shard() {
    const LINKS: usize = 100;
    let directory = tempfile::tempdir().unwrap();
    let shard = file((0..20_000).map(|i| i.to_string()));
    fs::write(directory.path().join("0.safetensors"), &shard).unwrap();
    let mut index = String::from(r#"{"weight_map":{"x0":"0.safetensors""#);
    for link in 1..LINKS {
        fs::hard_link(directory.path().join("0.safetensors"), directory.path().join(format!("{link}.safetensors")))
            .unwrap();
        write!(index, r#","x{link}":"{link}.safetensors""#).unwrap();
    }
    let index = index + "}}";
    fs::write(directory.path().join("model.safetensors.index.json"), &index).unwrap();
    let most = held(|| {
        let Err(CheckpointError::Container { problems, .. }) = Checkpoint::open(directory.path()) else { panic!() };
        assert!(problems.len() > 1);
    });
    let bytes = shard.len() + index.len();
    assert!(most < 2 * bytes, "{most} bytes for files of {bytes}");
}

#[test]
fn names_of_many_components_take_what_the_limits_say() {
    // each name branches off at its first component
    const NAMES: usize = 200;
    const COMPONENTS: usize = 2000;
    let bytes = file((0..NAMES).map(|i| format!("{i}{}", ".a".repeat(COMPONENTS))));
    let checkpoint = Checkpoint::open(bytes).unwrap();
    let components = NAMES * (COMPONENTS + 1);
    let most = held(|| {
        let Err(LoadError::Mismatch(report)) = Loader::new().check::<One>(&checkpoint) else { panic!() };
        assert_eq!(report.unexpected.len(), NAMES);
        assert!(report.to_string().len() < 100_000);
    });
    // the tree of names, and each name a few times in the report: two bytes for a component
    assert!((30..55).contains(&(most / components)), "{} bytes for a component", most / components);
    let most = held(|| checkpoint.lock().unwrap().to_string());
    assert!(most / components < 110, "{} bytes for a component of a lock", most / components);
}

#[test]
fn a_check_against_a_lock_that_does_not_fold_takes_what_its_page_says() {
    const NAMES: usize = 5000;
    let bytes = file((0..NAMES).map(|i| format!("n{}x.a{i}b.w{i}t", i * 7919 % NAMES)));
    let checkpoint = Checkpoint::open(bytes).unwrap();
    let lock = checkpoint.lock().unwrap();
    let most = held(|| {
        wb::lock::check(&lock, "own.lock", &checkpoint).unwrap();
    });
    assert!(most / NAMES < 1200, "{} bytes for a name of three components", most / NAMES);
}
