//! `tied = ".."`: two paths, one tensor.

use std::sync::Arc;

use wb::{AnyTensor, Cast, Checkpoint, LoadError, Loader, Module, Report, SaveError, Saver, Tensor};

#[derive(Clone, Debug, Module)]
#[module(crate = wb)]
struct Embedding {
    #[param(shape = [4, 3])]
    weight: Tensor<f32>,
}

#[derive(Clone, Debug, Module)]
#[module(crate = wb)]
struct Model {
    embed_tokens: Embedding,
}

#[derive(Clone, Debug, Module)]
#[module(crate = wb)]
struct Llama {
    #[param(shape = [4, 3], rename = "lm_head.weight", tied = "model.embed_tokens.weight")]
    lm_head: Tensor<f32>,
    model: Model,
}

const EMBED: &str = "model.embed_tokens.weight";
const HEAD: &str = "lm_head.weight";

fn tensor(last: f32) -> Tensor<f32> {
    let mut elements: Vec<f32> = (0..12).map(|i| i as f32).collect();
    elements[11] = last;
    Tensor::new([4, 3], elements).unwrap()
}

fn refused<T>(result: Result<T, LoadError>) -> Report {
    match result {
        Err(LoadError::Mismatch(report)) => *report,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was taken"),
    }
}

#[test]
fn one_name_is_enough_whichever_it_is() {
    for name in [EMBED, HEAD] {
        let loaded = Loader::new().load::<Llama>([(name, tensor(1.0))]).unwrap();
        let Llama { lm_head, model } = loaded.module;
        assert!(lm_head.shares_storage(&model.embed_tokens.weight));
        assert_eq!(lm_head, tensor(1.0));
        let note = &loaded.report.shared[0];
        assert_eq!((&*note.path, &*note.target, note.found.as_slice()), (HEAD, EMBED, &[name.to_owned()][..]));
        assert_eq!((loaded.report.fitting_count, loaded.report.parameter_count), (2, 2));
    }
}

#[test]
fn two_equal_copies_become_one() {
    let loaded = Loader::new().load::<Llama>([(EMBED, tensor(1.0)), (HEAD, tensor(1.0))]).unwrap();
    assert!(loaded.module.lm_head.shares_storage(&loaded.module.model.embed_tokens.weight));
    assert_eq!(loaded.report.shared[0].found, [EMBED, HEAD]);
    assert_eq!(loaded.report.to_string(), "a list of pairs matches Llama: all 2 parameters fit, 1 tied");
}

#[test]
fn copies_that_differ_in_one_element_are_refused() {
    let pairs = [(EMBED, tensor(1.0)), (HEAD, tensor(2.0))];
    let report = refused(Loader::new().load::<Llama>(pairs.clone()));
    assert_eq!(
        report.to_string(),
        "a list of pairs does not match Llama: 1 tied tensor that differs\n\n\
         tied        lm_head.weight  expected the elements of `model.embed_tokens.weight`, found others, from element 11 on\n              \
           the module holds them as one tensor; if they are two, remove `tied`, and if not, leave one out with `Loader::ignore`"
    );
    // and an update changes nothing
    let mut model = Llama::from_weights([(EMBED, tensor(5.0))]).unwrap();
    refused(Loader::new().update(&mut model, pairs));
    assert_eq!((model.lm_head.as_slice()[11], model.model.embed_tokens.weight.as_slice()[11]), (5.0, 5.0));
}

#[test]
fn a_negative_zero_is_another_zero() {
    let pairs = [(EMBED, tensor(0.0)), (HEAD, tensor(-0.0))];
    assert_eq!(refused(Loader::new().load::<Llama>(pairs)).tied.len(), 1);
}

#[test]
fn neither_is_one_missing_parameter() {
    let report = refused(Loader::new().load::<Llama>(Vec::<(String, AnyTensor)>::new()));
    let missing: Vec<_> = report.missing.iter().map(|missing| missing.path.as_str()).collect();
    assert_eq!(missing, [EMBED]);
}

#[test]
fn each_copy_is_checked_for_itself() {
    let wrong = Tensor::<f32>::zeros([3, 4]);
    let report = refused(Loader::new().load::<Llama>([(EMBED, tensor(1.0)), (HEAD, wrong.clone())]));
    assert_eq!((report.shape.len(), &*report.shape[0].path), (1, HEAD));
    let report = refused(Loader::new().load::<Llama>([(HEAD, wrong)]));
    assert_eq!(report.shape[0].path, HEAD);
    // the other one does not stand for a copy that is wrong
    let report = refused(Loader::new().load::<Llama>([(EMBED, Tensor::<f32>::zeros([3, 4])), (HEAD, tensor(1.0))]));
    assert_eq!((report.shape.len(), &*report.shape[0].path, report.fitting_count), (1, EMBED, 1));
}

#[test]
fn headers_that_differ_are_refused_before_a_byte_is_read() {
    let half = Tensor::<half::bf16>::zeros([4, 3]);
    let pairs = vec![(EMBED, AnyTensor::from(Tensor::<f32>::zeros([4, 3]))), (HEAD, half.into())];
    let report = refused(Loader::new().cast(Cast::Lossless).check::<Llama>(pairs));
    assert_eq!(report.tied[0].expected.as_deref(), Some("F32 [4, 3], as `model.embed_tokens.weight` is"));
    assert_eq!(report.tied[0].found.as_deref(), Some("BF16 [4, 3]"));
}

#[test]
fn an_update_keeps_them_one() {
    let mut model = Llama::from_weights([(EMBED, tensor(1.0))]).unwrap();
    for name in [HEAD, EMBED] {
        model.load_weights([(name, tensor(9.0))]).unwrap();
        assert!(model.lm_head.shares_storage(&model.model.embed_tokens.weight));
        assert_eq!(model.lm_head.as_slice()[11], 9.0);
    }
    let report = Loader::new().strict(false).update(&mut model, Vec::<(String, AnyTensor)>::new()).unwrap();
    assert_eq!(report.kept, [EMBED, HEAD]);
    let report = Loader::new().strict(false).update(&mut model, [(HEAD, tensor(3.0))]).unwrap();
    assert!(report.kept.is_empty(), "{report}");
    assert_eq!((model.lm_head.as_slice()[11], model.model.embed_tokens.weight.as_slice()[11]), (3.0, 3.0));
    let report = refused(Loader::new().update(&mut model, Vec::<(String, AnyTensor)>::new()));
    assert_eq!((report.missing.len(), report.kept.len()), (1, 0));
}

/// A module that is another one, item by item.
#[derive(Debug, Module)]
#[module(crate = wb)]
struct Encoder {
    #[module(tied = "shared")]
    embed: Stack,
    shared: Stack,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Stack {
    layers: [Embedding; 2],
    #[param]
    scale: f32,
}

#[test]
fn a_module_may_be_tied_as_a_whole() {
    let scale = || AnyTensor::from(Tensor::new([], vec![2.0_f32]).unwrap());
    let pairs: Vec<(&str, AnyTensor)> = vec![
        ("shared.layers.0.weight", tensor(0.0).into()),
        ("embed.layers.1.weight", tensor(1.0).into()),
        ("embed.scale", scale()),
        ("shared.scale", scale()),
    ];
    let loaded = Loader::new().load::<Encoder>(pairs).unwrap();
    let (embed, shared) = (&loaded.module.embed, &loaded.module.shared);
    for i in 0..2 {
        assert!(embed.layers[i].weight.shares_storage(&shared.layers[i].weight));
        assert_eq!(shared.layers[i].weight.as_slice()[11], i as f32);
    }
    assert_eq!((embed.scale, shared.scale, loaded.report.shared.len()), (2.0, 2.0, 3));
}

#[derive(Module)]
#[module(crate = wb)]
struct Nested {
    towers: Vec<Llama>,
    #[param(shape = [4, 3], tied = "plain")]
    boxed: Arc<Tensor<f32>>,
    #[param(shape = [4, 3])]
    plain: Tensor<f32>,
}

#[test]
fn a_tie_begins_at_the_module_that_says_so() {
    let pairs = [
        ("towers.0.model.embed_tokens.weight", tensor(0.0)),
        ("towers.1.lm_head.weight", tensor(1.0)),
        ("plain", tensor(2.0)),
    ];
    let module = Nested::from_weights(pairs).unwrap();
    for (i, tower) in module.towers.iter().enumerate() {
        assert!(tower.lm_head.shares_storage(&tower.model.embed_tokens.weight));
        assert_eq!(tower.lm_head.as_slice()[11], i as f32);
    }
    // another type of the same shape: the elements are shared as far as it can
    assert_eq!(*module.boxed, module.plain);
}

/// A tie around a module that has one of its own, and whose other side comes last.
#[derive(Debug, Module)]
#[module(crate = wb)]
struct Around {
    #[param(shape = [4, 3], tied = "last")]
    first: Tensor<f32>,
    tower: Llama,
    #[param(shape = [4, 3])]
    last: Tensor<f32>,
}

#[test]
fn a_tie_waits_for_its_other_side() {
    for name in ["first", "last"] {
        let pairs = |a, b| [("tower.lm_head.weight", tensor(a)), (name, tensor(b))];
        let mut module = Around::from_weights(pairs(5.0, 6.0)).unwrap();
        module.load_weights(pairs(0.0, 1.0)).unwrap();
        assert!(module.first.shares_storage(&module.last));
        assert!(module.tower.lm_head.shares_storage(&module.tower.model.embed_tokens.weight));
        assert_eq!((module.last.as_slice()[11], module.tower.lm_head.as_slice()[11]), (1.0, 0.0));
    }
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct AnyRows {
    #[param(shape = [_, 3], tied = "embed")]
    head: Tensor<f32>,
    #[param(shape = [_, 3])]
    embed: Tensor<f32>,
}

#[test]
fn copies_of_two_shapes_are_refused() {
    let (five, four) = (Tensor::<f32>::zeros([5, 3]), Tensor::<f32>::zeros([4, 3]));
    let report = refused(Loader::new().check::<AnyRows>([("embed", four.clone()), ("head", five.clone())]));
    assert_eq!((report.tied.len(), report.tied[0].found.as_deref()), (1, Some("F32 [5, 3]")));
    let scratch = tempfile::tempdir().unwrap();
    let apart = AnyRows { head: five, embed: four };
    assert!(matches!(apart.save_weights(scratch.path().join("apart.safetensors")), Err(SaveError::Tied { .. })));
}

/// A path that begins with the letters of the field's own name, and is another's.
#[derive(Debug, Module)]
#[module(crate = wb)]
struct Letters {
    #[param(shape = [4, 3], tied = "embedding")]
    embed: Tensor<f32>,
    #[param(shape = [4, 3])]
    embedding: Tensor<f32>,
}

#[test]
fn a_path_is_compared_by_its_components() {
    let module = Letters::from_weights([("embed", tensor(1.0))]).unwrap();
    assert!(module.embed.shares_storage(&module.embedding));
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct AnyShape {
    #[param(shape = [_, _], tied = "embed")]
    head: Tensor<f32>,
    #[param(shape = [_, _])]
    embed: Tensor<f32>,
}

#[test]
fn saving_compares_shapes_and_not_bytes_alone() {
    let module = AnyShape { head: Tensor::zeros([2, 3]), embed: Tensor::zeros([3, 2]) };
    let scratch = tempfile::tempdir().unwrap();
    let error = module.save_weights(scratch.path().join("model.safetensors")).unwrap_err();
    assert!(matches!(&error, SaveError::Tied { path, .. } if path == "head"), "{error}");
}

/// The other side is made from tensors beside it.
#[derive(Debug, Module)]
#[module(crate = wb)]
struct Halves {
    #[param(shape = [4, 3], tied = "embed")]
    head: Tensor<f32>,
    #[param(shape = [4, 3], from = concat(dim = 0, "a", "b"))]
    embed: Tensor<f32>,
}

#[test]
fn half_of_the_other_side_is_not_replaced() {
    let half = Tensor::<f32>::zeros([2, 3]);
    let report = refused(Halves::from_weights([("head", tensor(1.0)), ("a", half.clone())]));
    assert_eq!((report.missing.len(), &*report.missing[0].path), (1, "b"));
    let module = Halves::from_weights([("a", half.clone()), ("b", half)]).unwrap();
    assert!(module.head.shares_storage(&module.embed));
}

/// Paths that go through what the schema says of a field: a flattened module, and a length.
#[derive(Debug, Module)]
#[module(crate = wb)]
struct Through {
    #[param(shape = [4, 3], tied = "embed_tokens.weight")]
    head: Tensor<f32>,
    #[module(flatten)]
    model: Model,
    #[param(shape = [4, 3], tied = "layers.1.weight")]
    last: Tensor<f32>,
    #[module(len = 2)]
    layers: Vec<Embedding>,
    #[module(tied = "pair")]
    same: Flat,
    pair: Flat,
}

#[derive(Debug, Module)]
#[module(crate = wb)]
struct Flat {
    #[module(flatten)]
    inner: Embedding,
}

#[test]
fn a_path_goes_through_flatten_and_into_a_list_of_known_length() {
    let names = ["embed_tokens.weight", "layers.0.weight", "layers.1.weight", "pair.weight"];
    let pairs: Vec<_> = names.iter().enumerate().map(|(i, name)| (*name, tensor(i as f32))).collect();
    let module = Through::from_weights(pairs).unwrap();
    assert!(module.head.shares_storage(&module.model.embed_tokens.weight));
    assert!(module.last.shares_storage(&module.layers[1].weight));
    assert!(module.same.inner.weight.shares_storage(&module.pair.inner.weight));
}

#[test]
fn a_schema_counts_their_bytes_once() {
    assert_eq!(Llama::SCHEMA.parameter_count(), Some(2));
    assert_eq!(Llama::SCHEMA.byte_len(), Some(4 * 3 * 4));
}

#[test]
fn saving_writes_one_of_them_or_what_the_file_had() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("model.safetensors");
    let names = || {
        let checkpoint = Checkpoint::open(&path).unwrap();
        checkpoint.iter().map(|entry| entry.name().to_owned()).collect::<Vec<_>>()
    };
    for found in [vec![HEAD], vec![EMBED], vec![HEAD, EMBED]] {
        let pairs: Vec<_> = found.iter().map(|name| (*name, tensor(1.0))).collect();
        let loaded = Loader::new().load::<Llama>(pairs).unwrap();
        loaded.save_weights(&path).unwrap();
        assert_eq!(names(), found);
        loaded.module.save_weights(&path).unwrap();
        assert_eq!(names(), [EMBED]);
        Saver::new().ties_of(&loaded.report).save(&loaded.module, &path).unwrap();
        assert_eq!(names(), found);
    }
}

#[test]
fn saving_leaves_out_all_of_a_tied_module() {
    let scale = AnyTensor::from(Tensor::new([], vec![2.0_f32]).unwrap());
    let pairs: Vec<(&str, AnyTensor)> = vec![
        ("shared.layers.0.weight", tensor(0.0).into()),
        ("shared.layers.1.weight", tensor(1.0).into()),
        ("shared.scale", scale),
    ];
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("model.safetensors");
    Encoder::from_weights(pairs.clone()).unwrap().save_weights(&path).unwrap();
    let checkpoint = Checkpoint::open(&path).unwrap();
    let names: Vec<_> = checkpoint.iter().map(|entry| entry.name().to_owned()).collect();
    assert_eq!(names, pairs.iter().map(|(name, _)| *name).collect::<Vec<_>>());
}

#[test]
fn saving_refuses_copies_that_have_come_apart() {
    let mut model = Llama::from_weights([(EMBED, tensor(1.0))]).unwrap();
    model.lm_head = tensor(2.0);
    let scratch = tempfile::tempdir().unwrap();
    let error = model.save_weights(scratch.path().join("model.safetensors")).unwrap_err();
    assert!(matches!(&error, SaveError::Tied { path, target } if path == HEAD && target == EMBED), "{error}");
}

#[test]
fn copies_are_compared_before_a_cast_also_where_they_are_put_together() {
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Turned {
        #[param(shape = [3, 4], from = transpose)]
        a: Tensor<f32>,
        #[param(shape = [3, 4], tied = "a")]
        b: Tensor<f32>,
    }
    // the last element stays the last
    let tensor = |shape: [usize; 2], last: f64| {
        let mut elements = vec![1.0; 12];
        elements[11] = last;
        Tensor::<f64>::new(shape, elements).unwrap()
    };
    let loader = Loader::new().cast(Cast::Any);
    let pairs = |last: f64| [("a", tensor([4, 3], 1.0)), ("b", tensor([3, 4], last))];
    let same = loader.load::<Turned>(pairs(1.0)).unwrap().module;
    assert!(same.a.shares_storage(&same.b));
    // the same f32
    let other = 1.0 + 1e-12;
    assert_eq!(refused(loader.load::<Turned>(pairs(other))).tied.len(), 1);
    let Err(LoadError::Mismatch(report)) = loader.stream::<Turned, LoadError>(pairs(other), |_| Ok(())) else {
        panic!("it was taken")
    };
    assert_eq!(report.tied[0].found.as_deref(), Some("others, from element 11 on"));
}
