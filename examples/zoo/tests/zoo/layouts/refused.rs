//! Mistakes that were planted in the files, and what is said of each: every layout against every other, and each kind of mistake.

use weighbridge::lock::Lock;
use weighbridge::{AnyTensor, Checkpoint, LoadError, Loader, Module, Report, Source, Tensor};
use weighbridge_zoo::quantised::{awq, bitsandbytes as bnb, compressed_tensors as ct, fp8, gptq, modelopt, torchao};

use super::{Any, Fixed, Float, Fused, Grouped, IN, Model, OUT, Sparse, file, fixture, loader};

type Pairs = Vec<(String, AnyTensor)>;

fn tensors(name: &str) -> Pairs {
    let checkpoint = Checkpoint::open(file(name)).unwrap();
    checkpoint.iter().map(|entry| (entry.name().to_owned(), checkpoint.tensor(entry.name()).unwrap())).collect()
}

fn lock(pairs: &Pairs) -> Lock {
    Lock::of(pairs.iter().map(|(name, tensor)| (name.clone(), tensor.dtype(), tensor.shape().to_vec()))).unwrap()
}

/// What a lock of these tensors says first of others.
#[track_caller]
fn lock_says(locked: &Pairs, pairs: Pairs, cause: &str) {
    let Err(LoadError::Mismatch(report)) = weighbridge::lock::check(&lock(locked), "weights.lock", pairs) else {
        panic!("{cause}")
    };
    assert!(report.hints.first().is_some_and(|hint| hint.starts_with(cause)), "`{cause}` is not first in\n{report}");
}

/// The model before it was quantised.
fn plain() -> Pairs {
    let mut all = tensors("awq");
    all.retain(|(name, _)| name.starts_with("head"));
    all.push(("proj.weight".to_owned(), Tensor::<f32>::zeros([OUT, 64]).into()));
    all
}

/// The sizes of all files.
fn sizes() -> Loader {
    Loader::new().dim("hidden_size", 64).dim("intermediate_size", OUT).dim("num_labels", 8)
}

#[track_caller]
fn refused<M: Module>(loader: &Loader, source: impl Into<weighbridge::Source>) -> Report {
    match loader.check::<M>(source) {
        Err(LoadError::Mismatch(report)) => *report,
        other => panic!("{other:?}"),
    }
}

/// A layout, a report of its model for other tensors, and its file.
struct Layout {
    by: &'static str,
    check: fn(&Loader, Source) -> Report,
    file: &'static str,
}

fn layout<L>(by: &'static str, file: &'static str) -> Layout
where
    Model<L>: Module,
{
    Layout { by, check: refused::<Model<L>>, file }
}

fn layouts() -> Vec<Layout> {
    vec![
        layout::<gptq::Linear>("by GPTQ", "gptq-4bit"),
        layout::<awq::Linear>("by AWQ", "awq"),
        layout::<bnb::Linear4bit>("by bitsandbytes to 4 bits", "bnb-nf4"),
        layout::<bnb::Linear8bit>("by bitsandbytes to 8 bits", "bnb-int8"),
        layout::<fp8::Linear>("to fp8 with `weight_scale_inv`", "fp8-blocks"),
        layout::<ct::Packed>("to packed integers of compressed-tensors", "ct-int4"),
        layout::<ct::Nvfp4>("as NVFP4 of compressed-tensors", "ct-nvfp4"),
        layout::<ct::Mxfp4>("as MXFP4 of compressed-tensors", "ct-mxfp4"),
        layout::<ct::Mxfp6>("as MXFP6 of compressed-tensors", "ct-mxfp6"),
        layout::<ct::Mxfp8>("as MXFP8", "ct-mxfp8"),
        layout::<ct::Plain>("to int8 or to fp8 with `weight_scale`", "ct-int8"),
        layout::<modelopt::Nvfp4>("by ModelOpt", "modelopt-nvfp4"),
        layout::<torchao::Linear>("by torchao", "torchao-int8"),
    ]
}

/// The first hint says it, and nothing else offers a number or a cast.
#[track_caller]
fn says(report: &Report, cause: &str) {
    let text = report.to_string();
    assert!(report.hints.first().is_some_and(|hint| hint.starts_with(cause)), "`{cause}` is not first in\n{text}");
    assert!(!text.contains("loader.dim(") && !text.contains("Cast::") && !text.contains("another size"), "{text}");
}

#[test]
fn the_file_of_another_layout() {
    let experts = || {
        let fp8 = Layout { by: "to fp8 with `weight_scale_inv`", check: refused::<Fused>, file: "fp8-experts" };
        [fp8, Layout { by: "as MXFP4 of gpt-oss", check: refused::<Sparse>, file: "gpt-oss-mxfp4" }]
    };
    let all = || layouts().into_iter().chain(experts());
    for module in all() {
        // experts have the scales of linear layers
        for file in all().filter(|file| file.by != module.by) {
            let is = if file.file == "ct-int8" { "to int8" } else { file.by };
            let is_quantised = format!("the checkpoint is quantised {is} (1 layer)");
            let report = (module.check)(&sizes(), tensors(file.file).into());
            says(&report, &format!("{is_quantised}, and the module {}; ", module.by));
            // as a test of a verified type has it
            let locked = (module.check)(&sizes(), lock(&tensors(file.file)).into());
            assert_eq!((&locked.hints, locked.findings().count()), (&report.hints, report.findings().count()));
            // and `weighbridge check`
            let by = if module.file == "ct-int8" { "to int8" } else { module.by };
            lock_says(&tensors(module.file), tensors(file.file), &format!("{is_quantised}, and the lock {by}"));
        }
    }
    // either of what the module takes is not another
    let report = refused::<Model<ct::Plain>>(&sizes(), tensors("ct-fp8-blocks"));
    assert!(report.hints.is_empty() && report.variant[0].path == "proj", "{report}");
}

#[test]
fn a_float_file() {
    for module in layouts() {
        let report = (module.check)(&sizes(), plain().into());
        let is_not = "and the checkpoint is not (1 weight is a float";
        says(&report, &format!("the module is quantised {}, {is_not}", module.by));
        let by = if module.file == "ct-int8" { "to int8" } else { module.by };
        lock_says(&tensors(module.file), plain(), &format!("the lock is quantised {by}, {is_not}"));
    }
    let mut experts = plain();
    for (name, shape) in [("gate_up_proj", [2, 64, 64]), ("down_proj", [2, 64, 32])] {
        experts.push((format!("proj.{name}"), Tensor::<f32>::zeros(shape).into()));
    }
    let report = refused::<Sparse>(&sizes(), experts.clone());
    says(&report, "the module is quantised as MXFP4 of gpt-oss, and the checkpoint is not (2 weights are floats");
    let report = refused::<Fused>(&sizes(), experts);
    let by = "to fp8 with `weight_scale_inv`";
    says(&report, &format!("the module is quantised {by}, and the checkpoint is not (2 weights are floats"));
}

#[test]
fn a_quantised_file_for_floats() {
    let said = [
        ("gptq-4bit", "by GPTQ (1 layer with `qweight`, `qzeros` and `scales`, 4-bit in groups of 32)"),
        ("awq", "by AWQ (1 layer with `qweight`, `qzeros` and `scales`, 4-bit in groups of 32)"),
        ("bnb-nf4", "by bitsandbytes, to 4 bits of the kind nf4 ("),
        ("bnb-fp4", "by bitsandbytes, to 4 bits of the kind fp4 ("),
        ("bnb-int8", "by bitsandbytes, to 8 bits ("),
        ("fp8-blocks", "to fp8, in blocks ("),
        ("fp8-blocks-e8m0", "to fp8, in blocks ("),
        ("fp8-tensor", "to fp8 ("),
        ("fp8-experts", "to fp8, in blocks ("),
        ("ct-int4", "in the layout of compressed-tensors ("),
        ("ct-int8", "to int8 ("),
        ("ct-fp8-channel", "to fp8 ("),
        ("ct-nvfp4", "in the layout of compressed-tensors, as NVFP4 ("),
        ("ct-mxfp4", "in the layout of compressed-tensors, as MXFP4 ("),
        ("ct-mxfp6", "in the layout of compressed-tensors, as MXFP6 ("),
        ("ct-mxfp8", "as MXFP8 ("),
        ("modelopt-nvfp4", "by ModelOpt, as NVFP4 ("),
        ("gpt-oss-mxfp4", "as MXFP4 ("),
        ("torchao-int8", "by torchao ("),
    ];
    for (name, by) in said {
        let report = refused::<Model<Float>>(&sizes(), tensors(name));
        says(&report, &format!("the checkpoint is quantised {by}"));
        // shapes of a module give bits and groups, and those of a lock do, too
        lock_says(&plain(), tensors(name), &format!("the checkpoint is quantised {by}"));
        assert!(report.hints[0].contains("and the module is not; "), "{report}");
    }
}

#[test]
fn other_bits_and_groups() {
    const BITS: &str = "it was packed with another number of bits, so change the module's";
    const GROUPS: &str = "it was quantised with another group size, so change the module's";
    #[track_caller]
    fn wrong<L>(file: &str, path: &str, hint: &str)
    where
        Fixed<L>: Module,
    {
        let report = refused::<Fixed<L>>(&Loader::new(), tensors(file));
        let finding = report.shape.iter().find(|finding| finding.path == path);
        let hints = finding.map(|finding| finding.hints.as_slice()).unwrap_or_default();
        assert!(matches!(hints, [only] if only.ends_with(hint)), "{report}");
        assert!(report.hints.is_empty(), "{report}");
    }
    wrong::<gptq::Fixed<IN, OUT, 8, 32>>("gptq-4bit", "proj.qweight", BITS);
    wrong::<gptq::Fixed<IN, OUT, 4, 64>>("gptq-4bit", "proj.scales", GROUPS);
    wrong::<gptq::Fixed<IN, OUT, 4, 16>>("gptq-4bit", "proj.qzeros", GROUPS);
    wrong::<Grouped<awq::Linear, IN, OUT, 8, 32>>("awq", "proj.qweight", BITS);
    wrong::<Grouped<awq::Linear, IN, OUT, 4, 16>>("awq", "proj.scales", GROUPS);
    wrong::<Grouped<ct::Packed, IN, OUT, 8, 32>>("ct-int4", "proj.weight_packed", BITS);
    wrong::<Grouped<ct::Packed, IN, OUT, 4, 64>>("ct-int4-asymmetric", "proj.weight_scale", GROUPS);
    wrong::<Grouped<ct::Packed, IN, OUT, 4, 64>>("ct-int4-asymmetric", "proj.weight_zero_point", GROUPS);

    // by names, the row has the number that is wrong
    let loader = sizes().dim("quantization_config.bits", 8).dim("quantization_config.group_size", 32);
    let text = refused::<Model<gptq::Linear>>(&loader, tensors("gptq-4bit")).to_string();
    assert!(text.contains("and quantization_config.bits = 8 (from `Loader::dim`), found 8"), "{text}");
    assert!(!text.contains("loader.dim("), "{text}");
    let loader = sizes().dim("quantization_config.bits", 4).dim("quantization_config.group_size", 64);
    let report = refused::<Model<gptq::Linear>>(&loader, tensors("gptq-4bit"));
    assert_eq!(report.shape.len(), 2, "{report}");
    assert!(report.shape.iter().all(|finding| finding.hints.iter().any(|hint| hint.ends_with(GROUPS))), "{report}");
    assert!(report.to_string().contains("ceil_div(hidden_size, quantization_config.group_size) = 1"), "{report}");
}

#[test]
fn inputs_taken_for_outputs() {
    let swapped = Loader::new().dim("hidden_size", OUT).dim("intermediate_size", IN).dim("num_labels", 8);
    for Layout { check, file, .. } in layouts() {
        let report = check(&swapped, tensors(file).into());
        let of_layer = report.shape.iter().chain(&report.dim).any(|finding| finding.path.starts_with("proj."));
        // the 4 bits of bitsandbytes are one row, so that no tensor of the layer shows it
        assert_eq!(of_layer, file != "bnb-nf4", "{report}");
        assert!(report.missing.is_empty() && report.unexpected.is_empty(), "{report}");
    }
}

#[test]
fn a_tensor_that_is_missing() {
    let lacking = |file: &str, name: &str| {
        let mut pairs = tensors(file);
        pairs.retain(|(other, _)| other != name);
        pairs
    };
    for (file, check, name) in [
        ("gptq-4bit", refused::<Model<gptq::Linear>> as fn(&Loader, Pairs) -> Report, "proj.scales"),
        ("gptq-4bit", refused::<Model<gptq::Linear>>, "proj.qweight"),
        ("awq", refused::<Model<awq::Linear>>, "proj.qzeros"),
        ("bnb-int8", refused::<Model<bnb::Linear8bit>>, "proj.SCB"),
        ("fp8-blocks", refused::<Model<fp8::Linear>>, "proj.weight_scale_inv"),
        ("ct-int4", refused::<Model<ct::Packed>>, "proj.weight_shape"),
        ("ct-nvfp4", refused::<Model<ct::Nvfp4>>, "proj.weight_global_scale"),
        ("modelopt-nvfp4", refused::<Model<modelopt::Nvfp4>>, "proj.weight_scale_2"),
        ("torchao-fp8", refused::<Model<torchao::Linear>>, "proj._weight_scale"),
    ] {
        let report = check(&loader(file), lacking(file, name));
        let missing: Vec<&str> = report.missing.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!((missing, report.findings().count()), (vec![name], 1), "{report}");
        assert!(report.hints.is_empty(), "{report}");
    }
    let report = refused::<Model<bnb::Linear4bit>>(&loader("bnb-nf4"), lacking("bnb-nf4", "proj.weight.absmax"));
    assert!(report.to_string().contains("`Twice`: `proj.weight.absmax` is missing"), "{report}");
}

#[test]
fn a_layer_that_was_left_alone() {
    // a struct that says which are quantised refuses it
    let mut pairs = tensors("gptq-4bit");
    pairs.retain(|(name, _)| !name.starts_with("proj."));
    pairs.push(("proj.weight".to_owned(), Tensor::<f32>::zeros([OUT, IN]).into()));
    let report = refused::<Model<gptq::Linear>>(&loader("gptq-4bit"), pairs.clone());
    says(
        &report,
        "the module is quantised by GPTQ, and the checkpoint is not (1 weight is a float without `.qweight`)",
    );
    // where the file says it, it fits, and another layout does not
    loader("gptq-4bit").check::<Any<gptq::Linear>>(pairs).unwrap_or_else(|error| panic!("{error}"));
    let report = refused::<Any<awq::Linear>>(&loader("gptq-4bit"), tensors("gptq-4bit"));
    says(&report, "the checkpoint is quantised by GPTQ (1 layer), and the module by AWQ; ");
    assert_eq!(report.variant[0].path, "proj");
}

#[test]
fn one_group_for_a_row() {
    // -1 is no number that a dim can have
    let error = loader("gptq-3bit").check::<Model<gptq::Linear>>(tensors("gptq-3bit")).unwrap_err().to_string();
    println!("{error}");
    assert!(error.contains("quantization_config.group_size"), "{error}");
}

/// What the configuration says of the same tensors.
#[test]
fn another_format_and_order_by_the_configuration() {
    fn said<M: Module>(name: &str, key: &str, value: serde_json::Value, pairs: Pairs) -> String {
        let text = std::fs::read_to_string(fixture(&format!("quantised/{name}.json"))).unwrap();
        let mut config: serde_json::Value = serde_json::from_str(&text).unwrap();
        let pointer = format!("/quantization_config/{}", key.replace('.', "/"));
        *config.pointer_mut(&pointer).unwrap() = value;
        refused::<M>(&Loader::new().config(&config), pairs).to_string()
    }
    type Gptq = Model<gptq::Linear>;

    let text = said::<Gptq>("gptq-4bit", "checkpoint_format", "marlin".into(), tensors("gptq-4bit"));
    assert!(text.contains("1 wrong setting"), "{text}");
    assert!(
        text.contains("quantization_config.checkpoint_format  expected Option<Format> for `proj.format`"),
        "{text}"
    );
    assert!(text.contains("unknown variant `marlin`, expected `gptq` or `gptq_v2`"), "{text}");
    // nothing else says it, and a struct can
    let text = refused::<Gptq>(&sizes().dim("quantization_config.bits", 4), tensors("gptq-4bit")).to_string();
    assert!(text.contains("quantization_config.checkpoint_format") && text.contains("no configuration"), "{text}");
    Loader::new().check::<Fixed<gptq::Fixed<IN, OUT, 4, 32>>>(tensors("gptq-4bit")).unwrap();

    let without = |file: &str, name: &str| {
        let mut pairs = tensors(file);
        pairs.retain(|(other, _)| other != name);
        pairs
    };
    let unordered = without("gptq-order", "proj.g_idx");
    loader("gptq-4bit").check::<Gptq>(unordered.clone()).unwrap_or_else(|error| panic!("{error}"));
    let text = said::<Gptq>("gptq-order", "desc_act", true.into(), unordered);
    assert!(text.contains("quantization_config.desc_act") && text.contains("proj.g_idx"), "{text}");

    let key = "config_groups.group_0.weights.actorder";
    let unordered = without("ct-int4-order", "proj.weight_g_idx");
    let text = said::<Model<ct::Packed>>("ct-int4-order", key, "group".into(), unordered.clone());
    assert!(text.contains(key) && text.contains("proj.weight_g_idx"), "{text}");
    loader("ct-int4").check::<Model<ct::Packed>>(unordered).unwrap_or_else(|error| panic!("{error}"));
}

/// Versions of a layout that no type here is for: refused by what their tensors are.
#[test]
fn versions_that_are_not_covered() {
    let with = |file: &str, tensors_of: &[(&str, AnyTensor)]| {
        let mut pairs = tensors(file);
        pairs.retain(|(name, _)| !name.starts_with("proj."));
        pairs.extend(tensors_of.iter().map(|(name, tensor)| (format!("proj.{name}"), tensor.clone())));
        pairs
    };
    let integers = |shape: [usize; 2]| AnyTensor::from(Tensor::<i32>::zeros(shape));
    let floats = |shape: [usize; 2]| AnyTensor::from(Tensor::<half::f16>::zeros(shape));
    // AutoAWQ's gemv: rows are outputs
    let gemv = [("qweight", integers([OUT, IN / 8])), ("qzeros", integers([OUT, 8])), ("scales", floats([OUT, 64]))];
    const OTHER: &str =
        "the checkpoint is quantised by AWQ for its gemv or marlin kernel (1 layer), and the module by AWQ; ";
    let report = refused::<Model<awq::Linear>>(&loader("awq"), with("awq", &gemv));
    says(&report, OTHER);
    assert!(report.shape.len() > 1, "{report}");
    // and its marlin: tiles of 16 inputs
    let marlin = [
        ("qweight", integers([IN / 16, OUT * 2])),
        ("qzeros", integers([IN / 32, OUT / 8])),
        ("scales", floats([IN / 32, OUT])),
    ];
    let report = refused::<Model<awq::Linear>>(&loader("awq"), with("awq", &marlin));
    says(&report, OTHER);
    assert_eq!(report.shape.len(), 1, "{report}");
    // torchao's `Int4Tensor`: two in a byte, and a column of scales for each output
    let int4 = [
        ("_weight_qdata", AnyTensor::from(Tensor::<i8>::zeros([OUT, IN / 2]))),
        ("_weight_scale", AnyTensor::from(Tensor::<half::bf16>::zeros([IN / 32, OUT]))),
        ("_weight_zero_point", AnyTensor::from(Tensor::<half::bf16>::zeros([IN / 32, OUT]))),
    ];
    let report = refused::<Model<torchao::Linear>>(&loader("torchao-int8"), with("torchao-int8", &int4));
    const INT4: &str = "the checkpoint is quantised by torchao to 4 bits, two in a byte (`Int4Tensor`) (1 layer), and the module by torchao; ";
    assert!(report.hints[0].starts_with(INT4), "{report}");
    // DeepSeek V4's experts: floats of 4 bits in an I8
    let fp4 = [
        ("weight", AnyTensor::from(Tensor::<i8>::zeros([OUT, IN / 2]))),
        ("weight_scale_inv", Tensor::<f32>::zeros([OUT, IN / 32]).into()),
    ];
    let fp4 = with("fp8-blocks", &fp4);
    let report = refused::<Model<fp8::Linear>>(&loader("fp8-blocks"), fp4.clone());
    says(
        &report,
        "the checkpoint is quantised to fp4, two in an I8, with `weight_scale_inv` (1 layer), and the module to fp8 with `weight_scale_inv`; ",
    );
    let report = refused::<Model<Float>>(&loader("fp8-blocks"), fp4);
    says(
        &report,
        "the checkpoint is quantised to fp4, two in an I8 (1 layer with `weight_scale_inv`), and the module is not; ",
    );
}
