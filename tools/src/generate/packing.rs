//! What a configuration says of packed integers.

use serde_json::{Map, Value};

/// What a configuration says of packed integers whose shapes leave it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packing {
    pub(super) bits: usize,
    /// How many inputs share a scale; 0 where all of a row do.
    pub(super) group: usize,
}

impl Packing {
    /// Those of each group of layers, as compressed-tensors writes them.
    pub(super) fn all_of(config: &Map<String, Value>) -> Vec<Packing> {
        let groups = config.get("quantization_config").and_then(|quantised| quantised.get("config_groups"));
        let of = |group: &Value| {
            let weights = group.get("weights")?;
            let number = |key: &str| weights.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
            let bits = number("num_bits").filter(|bits| (1..=8).contains(bits))?;
            Some(Packing { bits, group: number("group_size").unwrap_or(0) })
        };
        groups.and_then(Value::as_object).into_iter().flat_map(|groups| groups.values()).filter_map(of).collect()
    }
}
