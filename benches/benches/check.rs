//! Checking 100,000 tensors: open, parse, every strictness rule, plan; beside `serde_json` alone on the same text.
//!
//! `cargo bench -p weighbridge-benches --bench check`

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::fs::File;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;
use weighbridge::{Checkpoint, Loader};
use weighbridge_benches::{Many, ManyComputed, ManyConstant, header, many};

/// The header as typed structs, as a reader without any strictness has it.
#[derive(Deserialize)]
#[allow(dead_code)]
struct Typed {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

type Typeds = HashMap<String, Typed>;

/// The same with the dtype as an enum, as the `safetensors` crate has it.
#[derive(Deserialize)]
#[allow(dead_code)]
struct TypedEnum {
    dtype: safetensors::Dtype,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Index {
    weight_map: HashMap<String, String>,
}

/// What is measured, by its name. The result is dropped in the time that is taken.
type Row<'r> = (&'static str, Box<dyn Fn() + 'r>);

fn main() {
    let path = many();
    let text = header(&path);
    let bytes = std::fs::read(&path).expect("the file was just made");
    table(
        "100,000 tensors",
        41,
        &[
            ("serde_json, typed", Box::new(|| done(serde_json::from_slice::<Typeds>(&text).expect("right")))),
            (
                "serde_json, typed, dtype as an enum",
                Box::new(|| done(serde_json::from_slice::<HashMap<String, TypedEnum>>(&text).expect("right"))),
            ),
            (
                "safetensors, parse and validate",
                Box::new(|| done(safetensors::SafeTensors::read_metadata(&bytes).expect("right"))),
            ),
            ("Weighbridge, open", Box::new(|| done(Checkpoint::open(&path).expect("the file is right")))),
            ("Weighbridge, check", Box::new(|| done(Loader::new().check::<Many>(&path).expect("the file fits")))),
        ],
    );
    drop(bytes);
    let config = serde_json::json!({ "hidden": 8, "heads": 4, "layers": 100, "groups": 100 });
    table(
        "the same, of one linear layer for each expert",
        41,
        &[
            ("dims of constants", Box::new(|| done(Loader::new().check::<ManyConstant>(&path).expect("it fits")))),
            (
                "dims of arguments, from the file",
                Box::new(|| done(Loader::new().check::<ManyComputed>(&path).expect("it fits"))),
            ),
            (
                "dims of arguments, from a configuration",
                Box::new(|| done(Loader::new().config(&config).check::<ManyComputed>(&path).expect("it fits"))),
            ),
        ],
    );
    sharded("100,000 tensors in 4 shards", &path, 4, 41);
    sharded("100,000 tensors in 10,000 shards", &path, 10_000, 5);
}

/// The tensors of a file again in shards, which are made for the measurement and hold no elements but zeros.
fn sharded(title: &str, whole: &Path, shards: usize, rounds: usize) {
    let whole = Checkpoint::open(whole).expect("the file was just made");
    let directory = tempfile::tempdir().expect("the temporary directory can be written");
    let entries: Vec<_> = whole.iter().collect();
    let (mut headers, mut weight_map) = (Vec::new(), BTreeMap::new());
    for (number, entries) in entries.chunks(entries.len().div_ceil(shards)).enumerate() {
        let (file, mut header, mut end) = (format!("{number:05}.safetensors"), String::from("{"), 0);
        let mut entries = entries.to_vec();
        // as writers do it
        entries.sort_by_key(|entry| entry.name());
        for entry in entries {
            let (comma, begin) = (if end == 0 { "" } else { "," }, end);
            end += entry.byte_len();
            let (name, dtype, shape) = (entry.name(), entry.dtype(), entry.shape());
            let written = write!(
                header,
                r#"{comma}"{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}"#
            );
            written.expect("a string can be written");
            weight_map.insert(name, file.clone());
        }
        header.push('}');
        let mut out = File::create(directory.path().join(&file)).expect("the directory can be written");
        out.write_all(&(header.len() as u64).to_le_bytes()).expect("there is room");
        out.write_all(header.as_bytes()).expect("there is room");
        out.set_len((8 + header.len() + end) as u64).expect("there is room");
        headers.push(header);
    }
    let index = serde_json::json!({ "metadata": {}, "weight_map": weight_map }).to_string();
    std::fs::write(directory.path().join("model.safetensors.index.json"), &index).expect("there is room");
    table(
        title,
        rounds,
        &[
            (
                "serde_json, typed: the index and all headers",
                Box::new(|| {
                    let index: Index = serde_json::from_str(&index).expect("right");
                    let headers = headers.iter().map(|header| serde_json::from_str(header).expect("right"));
                    done((index, headers.collect::<Vec<Typeds>>()));
                }),
            ),
            ("Weighbridge, open", Box::new(|| done(Checkpoint::open(directory.path()).expect("the files are right")))),
            (
                "Weighbridge, check",
                Box::new(|| done(Loader::new().check::<Many>(directory.path()).expect("the files fit"))),
            ),
        ],
    );
}

/// Drops a result that the compiler must not leave out.
fn done<T>(result: T) {
    drop(black_box(result));
}

/// Runs the rows in turns and prints the median of each, beside that of the first.
fn table(title: &str, rounds: usize, rows: &[Row<'_>]) {
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); rows.len()];
    for _ in 0..rounds {
        for ((_, run), times) in rows.iter().zip(&mut times) {
            let start = Instant::now();
            run();
            times.push(start.elapsed());
        }
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1e3
    };
    let medians: Vec<f64> = times.iter_mut().map(median).collect();
    println!("{title}, medians of {rounds} runs in turns");
    for ((name, _), ms) in rows.iter().zip(&medians) {
        println!("  {name:<44} {ms:>8.1} ms  {:>5.2} x", ms / medians[0]);
    }
}
