//! The rows: which loader loads which cases, what it does to the bytes, and which row of ours it is compared with.

use crate::case::Case;
use crate::measure::Measure;
use crate::{burn, limits, ours, peers};

pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) cases: &'static [&'static str],
    /// The row of ours that does the most similar work.
    pub(crate) beside: &'static str,
    pub(crate) does: &'static str,
    pub(crate) run: Run,
}

pub(crate) enum Run {
    Here(fn(&Case) -> Measure),
    /// A loader of `peers.py`, by the row's name, that needs this library.
    Python(&'static str),
}

pub(crate) const OWNED: &str = "Weighbridge owned";
pub(crate) const ONE_THREAD: &str = "Weighbridge owned, 1 thread";
pub(crate) const MAPPED: &str = "Weighbridge mapped";
pub(crate) const TOUCHED: &str = "Weighbridge mapped, touched";
pub(crate) const CHECK: &str = "Weighbridge check";

const ALL: &[&str] = &[
    "f32",
    "bf16",
    "cast",
    "shards",
    "many",
    "stored",
    "deflated",
    "members",
    "gguf",
    "q8_0",
    "q4_k",
    "bin",
    "gguf-header",
    "bin-header",
];
const SAFETENSORS_AND_NPZ: &[&str] = &["f32", "bf16", "cast", "shards", "many", "stored", "deflated", "members"];
const AS_IT_IS: &[&str] = &["f32", "bf16", "shards", "many"];
const SAFETENSORS: &[&str] = &["f32", "bf16", "cast", "shards", "many"];
const NPZ: &[&str] = &["stored", "deflated", "members"];
const READ: &[&str] = &["f32", "bf16", "shards", "many", "stored", "members", "gguf", "bin"];
const LARGE: &[&str] = &["f32", "bf16", "shards"];
const CAST: &[&str] = &["cast"];
const WRITTEN: &[&str] = &["cast", "q8_0", "q4_k"];
const GGUF: &[&str] = &["gguf", "gguf-header"];
const DEQUANTISED: &[&str] = &["q8_0", "q4_k"];
const BIN: &[&str] = &["bin"];
const TORCH: &[&str] = &["bin", "bin-header"];
const MANY: &[&str] = &["many"];
const SUMMED: &[&str] = &["stored", "members", "bin"];
const DEFLATED: &[&str] = &["deflated"];

const fn here(
    name: &'static str,
    cases: &'static [&'static str],
    beside: &'static str,
    run: fn(&Case) -> Measure,
    does: &'static str,
) -> Row {
    Row { name, cases, beside, does, run: Run::Here(run) }
}

const fn python(
    library: &'static str,
    name: &'static str,
    cases: &'static [&'static str],
    beside: &'static str,
    does: &'static str,
) -> Row {
    Row { name, cases, beside, does, run: Run::Python(library) }
}

pub(crate) static ROWS: &[Row] = &[
    here(
        OWNED,
        ALL,
        OWNED,
        ours::owned,
        "read by position into its own memory, inflated or cast on the way; default threads",
    ),
    here(ONE_THREAD, ALL, OWNED, ours::owned_one_thread, "the same on one thread"),
    here(MAPPED, ALL, MAPPED, ours::mapped, "mapped; copied only what is cast, deflated or not aligned"),
    here(TOUCHED, AS_IT_IS, TOUCHED, ours::mapped_touched, "mapped; one element of each page of each tensor read"),
    here(CHECK, ALL, CHECK, ours::check, "header or directory read, all rules, plan; no tensor read"),
    here(
        "safetensors: read, views",
        AS_IT_IS,
        OWNED,
        peers::safetensors_read,
        "whole file read into one buffer; header parsed; a list of views",
    ),
    here(
        "safetensors: mapped views",
        AS_IT_IS,
        MAPPED,
        peers::safetensors_views,
        "mapped; header parsed; a list of views; no tensor read",
    ),
    here(
        "safetensors: mapped views, touched",
        AS_IT_IS,
        TOUCHED,
        peers::safetensors_touched,
        "mapped; one byte of each page of each tensor read",
    ),
    here("safetensors: mapped, copied", AS_IT_IS, OWNED, peers::safetensors_copied, "mapped; each tensor copied out"),
    here("safetensors: mapped, cast", CAST, OWNED, peers::safetensors_cast, "mapped; each element made f32 by `half`"),
    here("candle load", SAFETENSORS, OWNED, peers::candle_load, "whole file read; each tensor copied out (and cast)"),
    here(
        "candle VarBuilder",
        SAFETENSORS,
        OWNED,
        peers::candle_builder,
        "mapped; each tensor asked for by name and shape, copied out (and cast)",
    ),
    here("candle read_npz", NPZ, OWNED, peers::candle_npz, "each member copied or inflated; no CRC"),
    here("npyz + zip", NPZ, OWNED, peers::npyz, "each member read or inflated by elements, buffered"),
    here(
        "burn-store",
        SAFETENSORS,
        OWNED,
        burn::load,
        "mapped; each tensor copied (and cast) into a module that was made before",
    ),
    python("mlx", "MLX load", SAFETENSORS_AND_NPZ, OWNED, "read into its own memory, evaluated (and cast)"),
    python(
        "mlx",
        "MLX load_weights",
        SAFETENSORS_AND_NPZ,
        OWNED,
        "the same, into a module that was made before, strictly",
    ),
    python(
        "torch",
        "torch load_state_dict",
        SAFETENSORS,
        OWNED,
        "mapped, copied (and cast) into a module that was made before, strictly",
    ),
    python(
        "torch",
        "torch load_state_dict, assign",
        AS_IT_IS,
        TOUCHED,
        "mapped, put into a module that was made before, strictly; one byte of each page read",
    ),
    python("torch", "safetensors.torch load_file", AS_IT_IS, MAPPED, "mapped; no tensor read"),
    python("torch", "safetensors.torch load_file, clone", AS_IT_IS, OWNED, "mapped; each tensor copied out"),
    python("numpy", "numpy.load", NPZ, OWNED, "each member copied or inflated, with CRC"),
    here(
        "candle gguf_file",
        GGUF,
        OWNED,
        peers::candle_gguf,
        "header buffered; each tensor asked for by name, read and copied",
    ),
    here("candle gguf_file, header", &["gguf-header"], CHECK, peers::candle_gguf_header, "header read, buffered"),
    here(
        "candle dequantize, 1 thread",
        DEQUANTISED,
        ONE_THREAD,
        peers::candle_dequantize::<1>,
        "each tensor read, copied and dequantised",
    ),
    here(
        "candle dequantize, 2 threads",
        DEQUANTISED,
        OWNED,
        peers::candle_dequantize::<2>,
        "the same, each thread with tensors of its own",
    ),
    here(
        "candle dequantize of memory, 1 thread",
        DEQUANTISED,
        ONE_THREAD,
        peers::candle_dequantize_alone::<1>,
        "each tensor dequantised; blocks were read before",
    ),
    here(
        "candle dequantize of memory, 2 threads",
        DEQUANTISED,
        OWNED,
        peers::candle_dequantize_alone::<2>,
        "the same, each thread with tensors of its own",
    ),
    here(
        "candle pickle",
        BIN,
        OWNED,
        peers::candle_pickle,
        "each storage copied, buffered; archive opened for each; no CRC",
    ),
    here(
        "candle pickle, header",
        &["bin-header"],
        CHECK,
        peers::candle_pickle_header,
        "directory and pickle read; no storage looked at",
    ),
    python("gguf", "gguf-py GGUFReader", GGUF, CHECK, "mapped; header parsed; a list of views"),
    python(
        "gguf",
        "gguf-py dequantize",
        DEQUANTISED,
        ONE_THREAD,
        "mapped; each tensor dequantised by numpy, on one thread",
    ),
    python("torch", "torch load", TORCH, OWNED, "each storage copied, on one thread; `weights_only`, no CRC"),
    python(
        "torch",
        "torch load, mapped",
        TORCH,
        CHECK,
        "mapped; directory and pickle read; `weights_only`; no tensor read",
    ),
    here(
        "limit: 2 threads read, huge pages",
        READ,
        OWNED,
        limits::read::<2, true>,
        "read by position into one fresh buffer of 2 MiB pages",
    ),
    here("limit: 1 thread reads, huge pages", READ, OWNED, limits::read::<1, true>, "the same on one thread"),
    here("limit: 1 thread reads, 4 KiB pages", READ, OWNED, limits::read::<1, false>, "the same into 4 KiB pages"),
    here("limit: 2 threads touch", LARGE, TOUCHED, limits::touch::<2>, "mapped; one byte of each page read"),
    here("limit: 1 thread touches", LARGE, TOUCHED, limits::touch::<1>, "the same on one thread"),
    here(
        "limit: 2 threads write",
        WRITTEN,
        OWNED,
        limits::write::<2>,
        "the output's bytes written into fresh 2 MiB pages; nothing read",
    ),
    here("limit: 1 thread writes", WRITTEN, OWNED, limits::write::<1>, "the same on one thread"),
    here(
        "limit: 2 threads read, write",
        WRITTEN,
        OWNED,
        limits::read_and_write::<2>,
        "the file read into a buffer that stays in the caches, and the output's bytes written; no cast",
    ),
    here(
        "limit: serde_json",
        MANY,
        CHECK,
        limits::serde_header,
        "header read and parsed into typed structs in a `HashMap`, whose hashing is included; no rule",
    ),
    here(
        "limit: safetensors header",
        MANY,
        CHECK,
        limits::safetensors_header,
        "header mapped, parsed and validated by the crate",
    ),
    here(
        "limit: 2 threads read, CRC-32",
        SUMMED,
        OWNED,
        limits::read_with_crc::<2>,
        "each member read into fresh 2 MiB pages, its CRC-32 taken",
    ),
    here("limit: CRC-32", SUMMED, OWNED, limits::crc, "CRC-32 of members in memory, one thread; nothing moved"),
    here(
        "limit: libdeflate, 2 threads",
        DEFLATED,
        OWNED,
        limits::libdeflate::<2>,
        "members in memory inflated into fresh 2 MiB pages, with CRC",
    ),
    here("limit: libdeflate, 1 thread", DEFLATED, OWNED, limits::libdeflate::<1>, "the same on one thread"),
    here("limit: zlib-rs, 1 thread", DEFLATED, OWNED, limits::zlib_rs, "the same with zlib-rs"),
];

impl Row {
    pub(crate) fn named(name: &str) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.name == name)
    }
}
