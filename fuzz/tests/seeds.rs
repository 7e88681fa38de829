//! Every target takes its seeds, and seeds and dictionaries belong to a target.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use weighbridge_fuzz::TARGETS;

fn listed(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut all: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

fn stems(folder: &str) -> BTreeSet<String> {
    listed(folder).iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn every_target_takes_its_seeds() {
    for (name, run) in TARGETS {
        let seeds = listed(&format!("seeds/{name}"));
        assert!(seeds.len() >= 2, "{name} has {} seeds", seeds.len());
        for seed in seeds {
            println!("{}", seed.display());
            run(&std::fs::read(seed).unwrap());
        }
    }
}

#[test]
fn every_target_has_a_program_seeds_and_a_dictionary() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    for folder in ["targets", "seeds", "dictionaries"] {
        assert_eq!(stems(folder), targets, "{folder}");
    }
}
