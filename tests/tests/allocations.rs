//! How often a check and a load ask for memory, which is not once for each tensor more, and how much of it they hold.

use std::fmt::Write;
use std::path::Path;

use half::bf16;
use wb::{
    AnyTensor, Cast, Checkpoint, DType, Devices, Loader, Module, Parameter, ParameterError, Saver, Shapes, Tensor, View,
};
use weighbridge_tests::counted::{Counted, allocations, held, held_now};
use weighbridge_tests::files::safetensors;

#[global_allocator]
static ALLOCATOR: Counted = Counted;

#[derive(Module)]
#[module(crate = wb)]
struct Model {
    layers: Vec<Layer>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Layer {
    experts: Vec<Expert>,
}

#[derive(Module)]
#[module(crate = wb)]
struct Expert {
    #[param(shape = ["width", 2], rename = "down_proj.weight")]
    weight: Tensor<f32>,
}

/// The same, of which a file has more.
#[derive(Module)]
#[module(crate = wb)]
struct Scaled {
    layers: Vec<ScaledLayer>,
}

#[derive(Module)]
#[module(crate = wb)]
struct ScaledLayer {
    experts: Vec<ScaledExpert>,
}

#[derive(Module)]
#[module(crate = wb, ignore = ["*.weight_scale", "*.weight_scale_inv", "*.input_scale"])]
struct ScaledExpert {
    #[param(shape = ["width", 2], rename = "down_proj.weight")]
    weight: Tensor<f32>,
}

/// Two shapes in turn, cast.
#[derive(Module)]
#[module(crate = wb)]
struct Halves {
    layers: Vec<HalfLayer>,
}

#[derive(Module)]
#[module(crate = wb)]
struct HalfLayer {
    experts: Vec<HalfExpert>,
}

#[derive(Module)]
#[module(crate = wb)]
struct HalfExpert {
    #[param(shape = ["width", 2], rename = "down_proj.weight")]
    weight: Tensor<bf16>,
    #[param(shape = [64], rename = "down_proj.bias")]
    bias: Tensor<bf16>,
}

/// The elements of a tensor.
const BYTES: usize = 32 * 2 * 4;

/// A file of this many experts, a hundred to a layer, each with these tensors.
fn file(experts: usize, tensors: &[&str]) -> Vec<u8> {
    let (mut header, mut end) = (String::from("{"), 0);
    for (i, tensor) in (0..experts).flat_map(|i| tensors.iter().map(move |tensor| (i, tensor))) {
        let (comma, layer, expert, begin) = (if end == 0 { "" } else { "," }, i / 100, i % 100, end);
        let shape = if *tensor == "bias" { "64" } else { "32,2" };
        end += BYTES;
        write!(
            header,
            r#"{comma}"layers.{layer}.experts.{expert}.down_proj.{tensor}":{{"dtype":"F32","shape":[{shape}],"data_offsets":[{begin},{end}]}}"#
        )
        .unwrap();
    }
    header.push('}');
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.resize(file.len() + end, 0);
    file
}

/// How many allocations a tensor more costs.
fn for_each_tensor<T>(run: impl Fn(&Path) -> T) -> f64 {
    for_each_expert(&["weight"], |path| allocations(|| run(path)))
}

/// What an expert more costs that has these tensors.
fn for_each_expert(tensors: &[&str], cost: impl Fn(&Path) -> usize) -> f64 {
    const EXPERTS: usize = 2000;
    let directory = tempfile::tempdir().unwrap();
    let [one, two] = [EXPERTS, 2 * EXPERTS].map(|experts| {
        let path = directory.path().join(format!("{experts}.safetensors"));
        std::fs::write(&path, file(experts, tensors)).unwrap();
        cost(&path)
    });
    two.saturating_sub(one) as f64 / EXPERTS as f64
}

#[test]
fn opening_allocates_nothing_for_a_tensor() {
    let each = for_each_tensor(|path| Checkpoint::open(path).unwrap());
    assert!(each < 0.03, "{each}");
}

#[test]
fn a_check_allocates_nothing_for_a_tensor() {
    let each = for_each_tensor(|path| {
        let report = Loader::new().check::<Model>(path).unwrap();
        assert_eq!(report.dim("width"), Some(32));
    });
    assert!(each < 0.05, "{each}");
}

#[test]
fn a_module_that_ignores_names_allocates_none_of_its_own() {
    let each = for_each_tensor(|path| {
        let report = Loader::new().check::<Scaled>(path).unwrap();
        assert_eq!(report.stale_ignores, ["*.weight_scale", "*.weight_scale_inv", "*.input_scale"]);
    });
    assert!(each < 0.05, "{each}");
    // what is ignored has a name in the report
    let check = |path: &Path| {
        let report = Loader::new().check::<Scaled>(path).unwrap();
        assert_eq!(report.ignored.len(), report.parameter_count);
    };
    let each = for_each_expert(&["weight", "weight_scale_inv"], |path| allocations(|| check(path)));
    assert!((1.0..1.05).contains(&each), "{each}");
}

#[test]
fn a_load_allocates_nothing_for_a_tensor() {
    let each = for_each_tensor(|path| Loader::new().threads(1).load::<Model>(path).unwrap());
    assert!(each < 0.15, "{each}");
}

#[test]
fn a_load_that_casts_allocates_nothing_but_the_notes_of_it() {
    let loader = Loader::new().threads(1).cast(Cast::Any);
    // for each of two tensors a path
    let each = for_each_expert(&["weight", "bias"], |path| allocations(|| loader.load::<Halves>(path).unwrap()));
    assert!((2.0..2.2).contains(&each), "{each}");
}

/// Too few elements for pages of the system, which are not counted here.
const LARGE: usize = 256 << 10;

/// What its thread holds when it is made.
struct Spy(isize);

impl Parameter for Spy {
    const DTYPES: &'static [DType] = &[DType::F32];
    const SHAPES: Shapes = Shapes::Any;
    const TAKES_VEC: bool = false;

    fn from_tensor(tensor: AnyTensor, _: &Devices) -> Result<Self, ParameterError> {
        assert_eq!(tensor.as_bytes().len(), 4 * LARGE);
        Ok(Spy(held_now()))
    }

    fn view(&self) -> View<'_> {
        unreachable!("it is not saved")
    }

    fn share(&self) -> Option<Self> {
        Some(Spy(self.0))
    }
}

#[derive(Module)]
#[module(crate = wb)]
struct Tied {
    #[param(shape = [LARGE])]
    embedding: Spy,
    #[param(shape = [LARGE], tied = "embedding")]
    head: Spy,
}

/// Of two that are tied, the second copy goes when they were compared.
#[test]
fn a_load_lets_go_of_the_second_copy() {
    let (bytes, directory) = (vec![0; 4 * LARGE], tempfile::tempdir().unwrap());
    let path = directory.path().join("tied.safetensors");
    let tensor = |name| (name, DType::F32, &[LARGE][..], &bytes[..]);
    std::fs::write(&path, safetensors(&[tensor("embedding"), tensor("head")])).unwrap();
    let before = held_now();
    let tied = Loader::new().threads(1).load::<Tied>(&path).unwrap().module;
    let held = (tied.embedding.0 - before) as usize;
    assert!((4 * LARGE..5 * LARGE).contains(&held), "{held} bytes for one of {}", 4 * LARGE);
}

#[test]
fn a_load_holds_little_beside_the_elements_of_small_tensors() {
    let load = |path: &Path| held(|| Loader::new().threads(1).load::<Model>(path).unwrap());
    let each = for_each_expert(&["weight"], load);
    // a place in the file, in the plan and in memory, and the `Tensor` itself
    let least = (BYTES + "layers.10.experts.10.down_proj.weight".len()) as f64;
    assert!((least + 60.0..least + 90.0).contains(&each), "{each}, of which {least} are elements and names");
}

/// The parameters of a module whose elements are nothing.
#[derive(Module)]
#[module(crate = wb)]
struct Tiny {
    #[param(shape = [0], len = TINY)]
    w: Vec<Tensor<u8>>,
}

/// A little more than a power of two: lists that grow hold the most then.
const TINY: usize = (1 << 16) + 10;

#[test]
fn a_save_holds_at_most_three_times_its_header() {
    let module = Tiny { w: (0..TINY).map(|_| Tensor::zeros([0])).collect() };
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("tiny.safetensors");
    let most = held(|| module.save_weights(&path).unwrap());
    // there are no elements
    let header = std::fs::metadata(&path).unwrap().len() as usize;
    assert_eq!(Checkpoint::open(&path).unwrap().len(), TINY);
    assert!((header / 2..3 * header).contains(&most), "{most} bytes for a header of {header}");
    let again = held(|| Saver::new().max_shard_size(0).save(&module, scratch.path().join("shards")).unwrap());
    assert!(again < 4 * header, "{again} bytes for an index and a header of {header}");
    // the headers of the members, and the directory
    let path = scratch.path().join("tiny.npz");
    let most = held(|| module.save_weights(&path).unwrap());
    let headers = std::fs::metadata(&path).unwrap().len() as usize;
    assert!((headers / 10..3 * headers).contains(&most), "{most} bytes for headers of {headers}");
}

/// The most bytes of memory for each byte of a pickle, as docs/design.md says it.
#[cfg(feature = "torch")]
const FOR_A_BYTE: usize = 128;

#[cfg(feature = "torch")]
#[test]
fn a_pickle_takes_memory_in_proportion() {
    use wb::{OpenOptions, Source};
    use weighbridge_tests::torch::{Pickle, archive};

    const TIMES: usize = 200_000;
    // what takes the most memory for its bytes: containers, tuples of tuples, numbers, names of nothing, kept values
    let many = |item: &[u8]| Pickle::new().raw(b"}(K\x01]K\x02(").raw(&item.repeat(TIMES)).raw(b"lu").end();
    let listed = |item: &[u8]| Pickle::new().raw(b"}K\x01](").raw(&item.repeat(TIMES)).raw(b"es").end();
    let numbered = |value: &[u8]| {
        let items = (0..TIMES as u32).flat_map(|i| [&b"J"[..], &i.to_le_bytes(), value].concat());
        Pickle::new().raw(b"}(").raw(&items.collect::<Vec<u8>>()).raw(b"u").end()
    };
    let texts: Vec<u8> =
        (0..TIMES as u32).flat_map(|i| [&b"X\x04\0\0\0"[..], format!("{i:04x}").as_bytes()].concat()).collect();
    let kept: Vec<u8> = (0..TIMES as u32).flat_map(|i| [&b"Nr"[..], &i.to_le_bytes()].concat()).collect();
    let small = (0..255u8).flat_map(|i| [b'K', i, b'N']).collect::<Vec<u8>>();
    let dicts: Vec<u8> =
        (0..1000u32).flat_map(|i| [&b"J"[..], &i.to_le_bytes(), b"}(", &small, b"u"].concat()).collect();
    for (what, pickle) in [
        ("dictionaries", listed(b"}")),
        ("lists of one", listed(b"]Na")),
        ("dictionaries of one", listed(b"}NNs")),
        ("tuples", listed(b"N\x85")),
        ("tuples in one another", listed(b")\x85\x85\x85")),
        ("strings", Pickle::new().raw(b"}K\x01](").raw(&texts).raw(b"es").end()),
        ("kept values", Pickle::new().raw(b"}K\x01](").raw(&kept).raw(b"es").end()),
        ("names", numbered(b"N")),
        ("names of dictionaries", numbered(b"}")),
        ("short names", Pickle::new().raw(b"}(").raw(&dicts).raw(b"u").end()),
        ("what is left over", many(b"N")),
    ] {
        let file = archive(&pickle, &[]);
        let options = OpenOptions::new().skip(|_| true);
        let most = held(|| Source::from(&file).open(&options));
        // the archive's own, which does not grow with it, and the copy of the bytes that are borrowed
        let most = most.saturating_sub(file.len() + (1 << 20)) / pickle.len();
        assert!(most <= FOR_A_BYTE, "{what}: {most} bytes for each byte of the pickle");
    }
}

/// Opening a GGUF file takes at most this many bytes for each byte of it, besides what its problems say.
const FOR_A_BYTE_OF_GGUF: usize = 10;

#[test]
fn a_header_of_gguf_takes_memory_in_proportion() {
    use weighbridge_tests::gguf::{Header, array, key, string, tensor};

    const TIMES: u64 = 100_000;
    let keys = |value: fn(u64) -> Vec<u8>| Header { keys: (0..TIMES).map(value).collect(), ..Header::default() };
    let tensors = |one: fn(u64) -> Vec<u8>| Header { tensors: (0..TIMES).map(one).collect(), ..Header::default() };
    let texts = array(8, TIMES, &string("").repeat(TIMES as usize));
    for (what, header) in [
        ("keys", keys(|i| key(format!("{i:x}"), 0, &[0]))),
        ("one key", keys(|_| key("a", 0, &[0]))),
        ("keys that are none", keys(|_| key(b"\xff", 7, &[2]))),
        ("texts", Header { keys: vec![key("a", 9, &texts)], ..Header::default() }),
        ("tensors", tensors(|i| tensor(format!("{i:x}"), &[0], 24, 0))),
        ("shapes", tensors(|i| tensor(format!("{i:x}"), &[i, 0], 24, 0))),
        ("one tensor", tensors(|_| tensor("a", &[0], 24, 0))),
        ("types that are none", tensors(|i| tensor(format!("{i:x}"), &[0], 99, 0))),
        ("places that are none", tensors(|i| tensor(format!("{i:x}"), &[1], 24, i * 7))),
        ("dots", tensors(|_| tensor(".".repeat(64), &[0], 24, 0))),
    ] {
        let file = header.with(&[]);
        let most = held(|| Checkpoint::open(file.clone()));
        // the file itself, and up to 4 MiB of texts of problems
        let for_a_byte = most.saturating_sub(file.len() + (6 << 20)) / file.len();
        assert!(
            for_a_byte <= FOR_A_BYTE_OF_GGUF,
            "{what}: {for_a_byte} bytes for each byte of the file, {most} in all"
        );
    }
    // what the file claims is not what it takes
    for claimed in [1 << 20, 1 << 40, u64::MAX] {
        let [few, many] = [
            Header { tensor_count: Some(claimed), ..Header::default() },
            Header { keys: vec![key("a", 9, &array(8, claimed, &[]))], ..Header::default() },
        ];
        for file in [few.with(&[]), many.with(&[]), Header { key_count: Some(claimed), ..Header::default() }.with(&[])]
        {
            let most = held(|| Checkpoint::open(file));
            assert!(most < 8 << 10, "{most}");
        }
    }
}
