//! Layouts whose numbers are computed from names: what a load knows of them, and what a save does.

use wb::{Checkpoint, Loader, Module, Tensor};

use super::{Named, accepted, mismatch, paths, refused};

/// Three in one.
#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb, args(width))]
struct Attention {
    #[param(shape = [_, "width"], from = slice(dim = 0, len = "width", of = "c_attn.weight"))]
    q: Tensor<f32>,
    #[param(shape = [_, "width"], from = slice(dim = 0, start = "width", len = "width", of = "c_attn.weight"))]
    k: Tensor<f32>,
    #[param(shape = [_, _], from = slice(dim = 0, start = 2 * "width", len = "width", of = "c_attn.weight"))]
    v: Tensor<f32>,
}

#[derive(Clone, Debug, PartialEq, Module)]
#[module(crate = wb)]
struct Model {
    #[module(args(width = "n_embd"))]
    h: Vec<Attention>,
    #[param(shape = ["n_embd"])]
    norm: Tensor<f32>,
}

/// The numbers from 0 on.
fn counted(shape: &[usize]) -> Tensor<f32> {
    Tensor::new(shape, (0..shape.iter().product()).map(|i: usize| i as f32).collect()).unwrap()
}

/// Two layers of width 2.
fn model() -> Vec<Named> {
    let all = [("h.0.c_attn.weight", &[6, 2][..]), ("h.1.c_attn.weight", &[6, 2]), ("norm", &[2])];
    all.map(|(name, shape)| (name, counted(shape).into())).to_vec()
}

/// Bytes of a file that a module is saved as.
fn saved(save: impl FnOnce(&std::path::Path)) -> Vec<Named> {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("model.safetensors");
    save(&path);
    let checkpoint = Checkpoint::open(&path).unwrap();
    let names: Vec<&'static str> = checkpoint.iter().map(|entry| &*entry.name().to_owned().leak()).collect();
    names.into_iter().map(|name| (name, checkpoint.tensor(name).unwrap())).collect()
}

#[test]
fn a_layout_solves_no_name_and_the_remedy_says_it() {
    // the last slice alone gives no name a number
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Last {
        #[param(shape = [_, _], from = slice(dim = 0, start = 2 * "n_embd", len = "n_embd", of = "c_attn.weight"))]
        v: Tensor<f32>,
        #[param(shape = [2 * "n_embd", _], from = slice(dim = 0, of = "c_attn.weight"))]
        others: Tensor<f32>,
    }
    let pairs = || vec![("c_attn.weight", counted(&[6, 2]))];
    let report = mismatch(Loader::new().load::<Last>(pairs()));
    assert_eq!(paths(&report.dim), ["others", "v"]);
    let finding = &report.dim[1];
    assert_eq!(finding.expected.as_deref(), Some("a number for `n_embd`"));
    assert_eq!(finding.found.as_deref(), Some("nothing says what `n_embd` is"));
    assert!(finding.hints[0].ends_with("say what they are with `Loader::config_file` or `Loader::dim`"), "{report}");
    assert!(report.unexpected.is_empty() && report.missing.is_empty(), "{report}");
    let loaded = Loader::new().dim("n_embd", 2).load::<Last>(pairs()).unwrap();
    assert_eq!(loaded.module.v.as_slice(), [8.0, 9.0, 10.0, 11.0]);
    let config = std::collections::BTreeMap::from([("n_embd", 2)]);
    Loader::new().config(&config).check::<Last>(pairs()).unwrap();
    // where the file has none of it, the tensor is missing, and no name
    let report = mismatch(Loader::new().load::<Last>(Vec::<Named>::new()));
    assert_eq!((paths(&report.missing), report.dim.len()), (vec!["c_attn.weight"], 0));
}

#[test]
fn a_name_that_stands_behind_a_layout_is_known_in_it() {
    let loaded = Loader::new().load::<Model>(model()).unwrap();
    let layer = &loaded.module.h[1];
    assert_eq!((layer.k.as_slice(), layer.v.shape().to_vec()), (&[4.0, 5.0, 6.0, 7.0][..], vec![2, 2]));
    assert_eq!(loaded.report.dim("n_embd"), Some(2));
    let mut module = loaded.module.clone();
    let (_, report) = accepted(&Loader::new(), &mut module, &model());
    assert_eq!((report.parameter_count, &module), (7, &loaded.module));
    // another width in one layer
    let mut pairs = model();
    pairs[1].1 = counted(&[6, 3]).into();
    let report = refused::<Model>(&Loader::new(), &mut module, &pairs);
    assert_eq!(paths(&report.dim), ["h.1.k", "h.1.q"]);
}

#[test]
fn a_kept_slice_leaves_its_part_alone() {
    let loaded = Loader::new().load::<Model>(model()).unwrap();
    let mut module = loaded.module.clone();
    let mut pairs = model();
    pairs[0].1 = Tensor::<f32>::zeros([6, 2]).into();
    let report = Loader::new().keep(["h.0.k"]).update(&mut module, pairs).unwrap();
    assert_eq!(report.kept, ["h.0.k"]);
    assert_eq!(
        (module.h[0].k.as_slice()[0], module.h[0].q.as_slice()[3], module.h[1].q.as_slice()[3]),
        (4.0, 0.0, 3.0)
    );
}

#[test]
fn a_save_writes_the_sources_as_they_were() {
    let loaded = Loader::new().load::<Model>(model()).unwrap();
    // the shapes of the module say how wide it is
    assert_eq!(saved(|path| loaded.module.save_weights(path).unwrap()), model());
    assert_eq!(saved(|path| loaded.save_weights(path).unwrap()), model());
}

#[test]
fn a_save_that_lacks_a_name_says_who_knows_it() {
    /// The rest of a tensor behind what `skipped` counts.
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Rest {
        #[param(shape = [_], from = slice(dim = 0, start = "skipped", len = 2, of = "all"))]
        rest: Tensor<f32>,
        #[param(shape = [_], from = slice(dim = 0, len = "skipped", of = "all"))]
        first: Tensor<f32>,
    }
    let pairs: Vec<Named> = vec![("all", counted(&[5]).into())];
    let loaded = Loader::new().dim("skipped", 3).load::<Rest>(pairs.clone()).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("model.safetensors");
    let error = loaded.module.save_weights(&path).unwrap_err();
    let error = std::error::Error::source(&error).unwrap().to_string();
    assert!(error.contains("its layout needs a number for `skipped`, and no shape of the module says what `skipped` is; save it with `Loaded::save_weights`, or give `Saver::dims_of` the report of the load"), "{error}");
    assert!(!path.exists());
    assert_eq!(saved(|path| loaded.save_weights(path).unwrap()), pairs);
    assert_eq!(saved(|path| wb::Saver::new().dims_of(&loaded.report).save(&loaded.module, path).unwrap()), pairs);
}

#[test]
fn a_layout_that_does_not_come_out_is_told_with_its_names() {
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Joined {
        #[param(shape = [8], from = concat(dim = 0, "a": "n", "b": "n"))]
        both: Tensor<f32>,
        #[param(shape = [1], from = slice(dim = 0, start = "n" - 4, of = "c"))]
        last: Tensor<f32>,
        #[param(shape = ["n", 2], from = reshape("n" + 3, of = "d"))]
        seen: Tensor<f32>,
    }
    let pairs = || {
        let all = [("a", 4), ("b", 4), ("c", 1), ("d", 7)];
        all.map(|(name, extent)| (name, counted(&[extent]))).to_vec()
    };
    let report = mismatch(Loader::new().dim("n", 3).load::<Joined>(pairs()));
    let told = |at: usize| (report.dim[at].path.as_str(), report.dim[at].found.as_deref().unwrap());
    let from = "where n = 3 (from `Loader::dim`)";
    assert_eq!(told(0), ("both", &*format!("`concat` has 2 parts that add up to 6, but the parameter has 8, {from}")));
    assert_eq!(told(1), ("last", &*format!("`n - 4` has no value (less than 0), {from}")));
    // six is what three times two are
    assert_eq!((report.dim.len(), paths(&report.shape)), (2, vec!["d"]));
    let report = mismatch(Loader::new().dim("n", 4).load::<Joined>(pairs()));
    let found = "`reshape` of [7] does not give [4, 2], which has a different number of elements, where n = 4 (from `Loader::dim`)";
    assert_eq!((report.dim.len(), report.dim[0].found.as_deref()), (1, Some(found)));
    assert!(report.missing.is_empty() && report.unexpected.is_empty());
}

#[test]
fn a_wrong_width_in_the_configuration_is_one_finding() {
    let config = std::collections::BTreeMap::from([("n_embd", 3)]);
    let report = mismatch(Loader::new().config(&config).load::<Model>(model()));
    assert_eq!(report.config.len(), 1, "{report}");
    assert_eq!((report.dim.len(), report.shape.len(), report.unexpected.len()), (0, 0, 0), "{report}");
}
