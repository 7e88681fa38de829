//! Fields that share a list: each holds some of its items.

use wb::{Loader, Module, Tensor};

use super::{Named, accepted, mismatch, paths, refused, vector};

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Dense {
    #[param(shape = ["hidden"])]
    up: Tensor<f32>,
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Sparse {
    #[param(shape = ["hidden"])]
    gate: Tensor<f32>,
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Tail {
    #[param(shape = ["hidden"])]
    proj: Tensor<f32>,
}

/// As DeepSeek's: the first layers are dense, and behind the last one stand those that predict more tokens.
#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Model {
    #[module(rename = "layers", items = .."dense")]
    first: Vec<Dense>,
    #[module(rename = "layers", items = "dense".."count")]
    rest: Vec<Sparse>,
    #[module(rename = "layers", items = "count".."count" + "extra")]
    tail: Vec<Tail>,
}

/// A checkpoint with so many layers of each kind.
fn layers(counts: [usize; 3]) -> Vec<Named> {
    let names = ["up", "gate", "proj"].into_iter().zip(counts).flat_map(|(name, count)| vec![name; count]);
    let named = |(i, name): (usize, &str)| (&*format!("layers.{i}.{name}").leak(), vector(&[i as f32, 1.0]));
    names.enumerate().map(named).collect()
}

fn loader([dense, rest, extra]: [usize; 3]) -> Loader {
    Loader::new().dim("dense", dense).dim("count", dense + rest).dim("extra", extra)
}

#[test]
fn each_field_has_its_own_items_on_load_update_and_save() {
    for counts in [[1, 2, 1], [0, 3, 0], [2, 0, 1], [3, 0, 0], [0, 0, 2], [1, 1, 0]] {
        let loader = loader(counts);
        let mut module = loader.load::<Model>(layers(counts)).unwrap().module;
        let (loaded, _) = accepted(&loader, &mut module, &layers(counts));
        let Model { first, rest, tail } = &loaded;
        assert_eq!([first.len(), rest.len(), tail.len()], counts);
        let all = first.iter().map(|one| &one.up).chain(rest.iter().map(|one| &one.gate));
        let all = all.chain(tail.iter().map(|one| &one.proj)).map(|tensor| tensor.as_slice()[0] as usize);
        assert!(all.eq(0..counts.iter().sum()));
        // an update and a save need no names: the value says how many there are
        Loader::new().update(&mut module, layers(counts)).unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("model.safetensors");
        loaded.save_weights(&path).unwrap();
        assert_eq!(loader.load::<Model>(&path).unwrap().module, loaded);
        let mut stream = Vec::new();
        let streamed = loader.stream::<Model, wb::LoadError>(&path, |parameter| {
            stream.push(parameter.path.to_owned());
            Ok(())
        });
        streamed.unwrap();
        assert_eq!(stream, layers(counts).iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>());
    }
}

#[test]
fn nothing_is_solved_and_the_remedy_says_it() {
    let report = mismatch(Loader::new().load::<Model>(layers([1, 2, 1])));
    assert_eq!(paths(&report.dim), ["layers"], "{report}");
    assert_eq!(report.dim[0].expected.as_deref(), Some("a number for `dense`"));
    assert_eq!(report.dim[0].found.as_deref(), Some("nothing says what `dense` is"));
    assert!(report.dim[0].hints[0].ends_with("say what they are with `Loader::config_file` or `Loader::dim`"));
    // one finding, and nothing that follows from it
    assert_eq!(report.findings().count(), 1, "{report}");
    let report = mismatch(Loader::new().dim("dense", 1).dim("count", 3).load::<Model>(layers([1, 2, 1])));
    assert_eq!(
        report.dim[0].expected.as_deref(),
        Some("a number for `count + extra`, where count = 3 (from `Loader::dim`)")
    );
    assert_eq!(report.findings().count(), 1, "{report}");
    Loader::new().dim("dense", 1).dim("count", 3).dim("extra", 1).load::<Model>(layers([1, 2, 1])).unwrap();
    // a name that is not there is told, as all others are
    assert!(Loader::new().dim("dens", 1).load::<Model>(layers([1, 2, 1])).is_err());
}

/// A field for each of two lists whose items lie beside the other fields.
#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Fixed {
    #[module(rename = "block_0")]
    alone: Dense,
    #[module(rename = "block_{}", items = 1..COUNT)]
    pair: [Sparse; 2],
    #[module(rename = "block_{}", items = COUNT..)]
    rest: Vec<Tail>,
}

const COUNT: usize = 3;

fn blocks(names: &[&str]) -> Vec<Named> {
    let named = |(i, name): (usize, &&str)| (&*format!("block_{i}.{name}").leak(), vector(&[i as f32, 1.0]));
    names.iter().enumerate().map(named).collect()
}

#[test]
fn constants_arrays_and_single_items_share_a_list() {
    let all = ["up", "gate", "gate", "proj", "proj"];
    let mut module = Loader::new().load::<Fixed>(blocks(&all)).unwrap().module;
    for count in [3, 4, 5] {
        let pairs = blocks(&all[..count]);
        let loaded = Loader::new().load::<Fixed>(pairs.clone()).unwrap().module;
        assert_eq!((loaded.rest.len(), loaded.pair[1].gate.as_slice()[0]), (count - 3, 2.0));
        assert_eq!(Loader::new().update(&mut module, pairs).is_ok(), count == 5);
    }
    let report = mismatch(Loader::new().load::<Fixed>(blocks(&all[..2])));
    assert_eq!(paths(&report.missing), ["block_2.gate"], "{report}");
    let report = refused(&Loader::new(), &mut module, &blocks(&["up", "gate", "up", "proj", "proj"]));
    assert_eq!((paths(&report.missing), paths(&report.unexpected)), (vec!["block_2.gate"], vec!["block_2.up"]));
    // a gap is the list's
    let mut gap = blocks(&["up", "gate", "gate", "proj", "proj", "proj"]);
    gap.remove(4);
    let report = mismatch(Loader::new().load::<Fixed>(gap));
    let found = report.name[0].found.as_deref();
    assert_eq!(found, Some("5 of them, the last is 5, the first absent one is 4"), "{report}");
    assert_eq!(report.findings().count(), 1, "{report}");
}

#[test]
fn the_schema_knows_which_items_a_field_holds() {
    const SCHEMA: wb::Schema = <Model as Module>::SCHEMA;
    assert!(SCHEMA.dim_names().into_iter().eq(["count", "dense", "extra", "hidden"]));
    let schema =
        SCHEMA.with(&std::collections::BTreeMap::from([("dense", 1), ("count", 3), ("extra", 1), ("hidden", 2)]));
    let schema = schema.unwrap();
    assert_eq!((schema.parameter_count(), schema.element_count()), (Some(4), Some(8)));
    let lock = schema.lock().unwrap();
    let text = lock.to_string();
    let names: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ["layers.0.up", "layers.{1..=2}.gate", "layers.3.proj"]);
    let open = wb::lock::lock::<Model>().unwrap_err();
    let whys: Vec<&str> = open.open.iter().map(|part| part.why.as_str()).collect();
    assert_eq!(whys[1], "the file says how many there are, `dense..count`", "{open}");
    // constants say it all
    const FIXED: wb::Schema = <Fixed as Module>::SCHEMA;
    assert_eq!(FIXED.get("block_2.gate").map(|parameter| parameter.path().to_owned()).as_deref(), Some("block_2.gate"));
    assert!(FIXED.get("block_3.gate").is_none() && FIXED.get("block_0.gate").is_none());
    assert!(FIXED.parameters().map(|one| one.path().to_owned()).eq(["block_0.up", "block_1.gate", "block_2.gate"]));
}

/// Where one field ends and the next begins, names say apart.
#[derive(Clone, Debug, Module)]
#[module(crate = wb)]
struct Apart {
    #[module(rename = "layers", items = .."end")]
    first: Vec<Dense>,
    #[module(rename = "layers", items = "begin"..)]
    rest: Vec<Sparse>,
}

#[test]
fn fields_that_leave_a_gap_or_overlap_are_told() {
    let pairs = layers([2, 2, 0]);
    Loader::new().dim("end", 2).dim("begin", 2).load::<Apart>(&pairs).unwrap();
    for begin in [1, 3] {
        let report = mismatch(Loader::new().dim("end", 2).dim("begin", begin).load::<Apart>(&pairs));
        let finding = &report.dim[0];
        let expected = format!("items from begin = {begin} (from `Loader::dim`)");
        assert_eq!((finding.path.as_str(), finding.expected.as_deref()), ("layers", Some(expected.as_str())));
        assert_eq!(finding.found.as_deref(), Some("the items before them end at 2"));
        assert_eq!(report.findings().count(), 1, "{report}");
    }
    let report =
        mismatch(Loader::new().dim("dense", 2).dim("count", 1).dim("extra", 1).load::<Model>(layers([2, 1, 1])));
    assert_eq!(report.dim[0].expected.as_deref(), Some("items up to count = 1 (from `Loader::dim`)"), "{report}");
}

#[test]
fn a_number_of_the_loader_that_divides_a_list_elsewhere_is_named() {
    for (name, wrong, right) in [("dense", 1, 2), ("dense", 3, 2), ("count", 3, 4), ("count", 5, 4)] {
        let loader = || loader([2, 2, 1]).dim(name, wrong);
        let report = mismatch(loader().load::<Model>(layers([2, 2, 1])));
        let hint = format!(
            "`Loader::dim` says that `{name}` is {wrong}, and the checkpoint has items as for {right}; say `loader.dim(\"{name}\", {right})`"
        );
        assert_eq!(report.hints, [hint], "{report}");
        loader().dim(name, right).load::<Model>(layers([2, 2, 1])).unwrap();
    }
}

#[test]
fn a_number_beyond_the_file_is_told_and_costs_nothing() {
    for end in [1 << 40, usize::MAX] {
        let report = mismatch(Loader::new().dim("end", end).dim("begin", end).load::<Apart>(layers([2, 0, 0])));
        let expected = format!("end = {end} (from `Loader::dim`)");
        assert_eq!(report.dim[0].expected.as_deref(), Some(expected.as_str()), "{report}");
        assert_eq!(report.dim[0].found.as_deref(), Some("2"));
        let report = mismatch(Loader::new().dim("end", end).dim("begin", end).load::<Apart>(Vec::<Named>::new()));
        assert_eq!(report.dim[0].found.as_deref(), Some("0"), "{report}");
    }
}

/// Parameters as items, of a struct that lies in another, with arguments, another name, and one item that is tied.
#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb, args(dense, width = "hidden"))]
struct Scales {
    #[param(rename = "encoderblock_{}", alias = "block.{}", shape = ["width"], items = .."dense" + 1)]
    first: Vec<Tensor<f32>>,
    #[param(rename = "encoderblock_{}", alias = "block.{}", shape = [2 * "width"], items = "dense" + 1..)]
    rest: Vec<Tensor<f32>>,
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Outer {
    #[module(flatten, args(dense = 1))]
    scales: Scales,
    #[module(rename = "pair", items = ..1)]
    alone: [Dense; 1],
    #[module(rename = "pair", items = 1..2)]
    other: [Sparse; 1],
    #[param(shape = ["hidden"], tied = "pair.1.gate")]
    head: Tensor<f32>,
}

#[test]
fn items_of_flattened_modules_with_arguments_and_other_names() {
    let file = |item: &dyn Fn(usize) -> String| -> Vec<Named> {
        let items = (0..4).map(|i| (item(i), vec![i as f32; if i < 2 { 2 } else { 4 }]));
        let pair = [("pair.0.up", 2), ("pair.1.gate", 2)].map(|(name, len)| (name.to_owned(), vec![7.0; len]));
        items.chain(pair).map(|(name, numbers)| (&*name.leak(), vector(&numbers))).collect()
    };
    for item in [|i: usize| format!("encoderblock_{i}"), |i| format!("block.{i}")] {
        let pairs = file(&item);
        let mut module = Loader::new().load::<Outer>(&pairs).unwrap().module;
        assert_eq!((module.scales.first.len(), module.scales.rest.len()), (2, 2));
        assert_eq!(module.head, module.other[0].gate);
        accepted(&Loader::new(), &mut module, &pairs);
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("model.safetensors");
        module.save_weights(&path).unwrap();
        let names = wb::Checkpoint::open(&path).unwrap();
        let names: Vec<&str> = names.iter().map(|entry| entry.name()).filter(|name| name.starts_with('e')).collect();
        assert_eq!(names, ["encoderblock_0", "encoderblock_1", "encoderblock_2", "encoderblock_3"]);
        // an item of the wrong field
        let mut wrong = pairs.clone();
        wrong[1].1 = vector(&[0.0; 4]);
        let report = refused(&Loader::new(), &mut module, &wrong);
        assert_eq!(paths(&report.dim), ["encoderblock_1"], "{report}");
    }
}

/// A layout whose numbers only the ends of fields say.
#[derive(Clone, Debug, Module)]
#[module(crate = wb)]
struct Counted {
    #[module(items = .."count")]
    layers: Vec<Dense>,
    #[param(shape = [_, 2], from = slice(dim = 0, len = "count", of = "all"))]
    each: Tensor<f32>,
    #[param(shape = ["rest", 2], from = slice(dim = 0, start = "count", of = "all"))]
    others: Tensor<f32>,
}

#[test]
fn a_save_knows_the_names_that_items_say() {
    let mut pairs = layers([2, 0, 0]);
    pairs.push(("all", Tensor::new([5, 2], (0..10).map(|i| i as f32).collect()).unwrap().into()));
    let loaded = Loader::new().dim("count", 2).dim("rest", 3).load::<Counted>(&pairs).unwrap().module;
    assert_eq!(loaded.others.as_slice()[0], 4.0);
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("model.safetensors");
    loaded.save_weights(&path).unwrap();
    let again = Loader::new().dim("count", 2).dim("rest", 3).load::<Counted>(&path).unwrap().module;
    assert_eq!((again.each, again.others), (loaded.each, loaded.others));
}
