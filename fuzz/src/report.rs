//! Checks, loads and updates with any names, dtypes and shapes: a report that can be read, and a module that fits or is as it was.

use weighbridge::{Cast, LoadError, Loader, Report, Rule};

use crate::model::Model;
use crate::opened::readable;
use crate::pairs::pairs;

/// The most bytes that the text of a report may have.
const MOST: usize = 1 << 20;

/// Loads the tensors that the bytes describe, in several ways. The first byte picks the switches.
pub fn run(bytes: &[u8]) {
    let Some((&switches, bytes)) = bytes.split_first() else { return };
    let tensors = pairs(bytes);
    let is_on = |bit: u8| switches & (1 << bit) != 0;
    let rule = |bit| if is_on(bit) { Rule::Allow } else { Rule::Refuse };
    let mut loader = Loader::new().missing(rule(0)).unexpected(rule(1)).shapes(rule(2));
    if is_on(3) {
        loader = loader.cast(Cast::Any);
    }
    if is_on(4) {
        loader = loader.ignore(["layers.1*", "*.bias"]);
    }
    if is_on(5) {
        loader = loader.strip_prefix("model.").rename("attention", "attn");
    }
    if is_on(6) {
        loader = loader.dim("hidden", 2);
    }
    look(loader.check::<Model>(tensors.clone()));
    match loader.load::<Model>(tensors.clone()) {
        Ok(mut loaded) => {
            look(Ok(loaded.report.clone()));
            // the same tensors fit once more
            look(Ok(loader.update(&mut loaded.module, tensors).expect("what was loaded is an update")));
        }
        Err(error) => look(Err(error)),
    }
}

fn look(result: Result<Report, LoadError>) {
    match result {
        Ok(report) => readable(&report.to_string(), MOST),
        Err(error) => {
            readable(&error.to_string(), MOST);
            if let Some(report) = error.report() {
                assert!(!report.ok && report.findings().next().is_some(), "{report}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_fits() {
        let (_, seed) = include_bytes!("../seeds/report/fits").split_first().unwrap();
        let loaded = Loader::new().load::<Model>(pairs(seed)).unwrap();
        assert_eq!(loaded.report.fitting_count, pairs(seed).len());
    }
}
