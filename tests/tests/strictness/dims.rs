//! Named dims and lengths: one number for each load.

use wb::{Loader, Module, Tensor};

use super::{accepted, paths, refused};

#[derive(Clone, Debug, Module)]
#[module(crate = wb)]
struct Model {
    #[param(shape = ["vocab", "hidden"])]
    embed: Tensor<f32>,
    #[module(len = "layers")]
    layers: Vec<Layer>,
    #[param(shape = ["vocab", "hidden"])]
    head: Tensor<f32>,
}

#[derive(Clone, Debug, Module)]
#[module(crate = wb)]
struct Layer {
    #[param(shape = ["hidden", _, 2])]
    weight: Tensor<f32>,
}

fn model() -> Model {
    Model {
        embed: Tensor::zeros([1, 1]),
        layers: vec![Layer { weight: Tensor::zeros([1, 1, 1]) }; 2],
        head: Tensor::zeros([1, 1]),
    }
}

fn pairs(embed: [usize; 2], layers: [[usize; 3]; 2], head: [usize; 2]) -> [super::Named; 4] {
    [
        ("embed", Tensor::<f32>::zeros(embed).into()),
        ("layers.0.weight", Tensor::<f32>::zeros(layers[0]).into()),
        ("layers.1.weight", Tensor::<f32>::zeros(layers[1]).into()),
        ("head", Tensor::<f32>::zeros(head).into()),
    ]
}

#[test]
fn bound_once() {
    let (_, report) = accepted(&Loader::new(), &mut model(), &pairs([7, 3], [[3, 1, 2], [3, 9, 2]], [7, 3]));
    assert_eq!((report.dim("vocab"), report.dim("hidden"), report.dim("layers")), (Some(7), Some(3), Some(2)));
    assert_eq!(report.dim("heads"), None);
}

#[test]
fn conflicts_name_both() {
    let conflicting = pairs([7, 3], [[3, 1, 2], [4, 1, 2]], [8, 3]);
    for strict in [true, false] {
        let report = refused(&Loader::new().strict(strict), &mut model(), &conflicting);
        assert_eq!(paths(&report.dim), ["head", "layers.1.weight"]);
        assert_eq!(report.dim[0].expected.as_deref(), Some("vocab = 7 (from `embed`)"));
        assert_eq!(report.dim[0].found.as_deref(), Some("8"));
        assert!(report.dim[1].expected.as_deref().unwrap().starts_with("hidden = 3 (from `embed`"));
    }
}

#[test]
fn fixed_before() {
    let good = pairs([7, 3], [[3, 1, 2], [3, 1, 2]], [7, 3]);
    accepted(&Loader::new().dim("vocab", 7).dim("layers", 2), &mut model(), &good);
    let report = refused(&Loader::new().dim("vocab", 32000), &mut model(), &good);
    assert_eq!(paths(&report.dim), ["embed", "head"]);
    assert!(report.dim[0].expected.as_deref().unwrap().contains("32000"), "{:?}", report.dim[0]);
    assert!(report.dim[0].expected.as_deref().unwrap().contains("Loader::dim"), "{:?}", report.dim[0]);
}

#[test]
fn a_fixed_length() {
    let good = pairs([7, 3], [[3, 1, 2], [3, 1, 2]], [7, 3]);
    let report = refused(&Loader::new().dim("layers", 3), &mut model(), &good);
    assert_eq!(paths(&report.dim), ["layers"]);
    assert_eq!(report.dim[0].expected.as_deref(), Some("layers = 3 (from `Loader::dim`)"));
    assert_eq!(report.dim[0].found.as_deref(), Some("2"));
}

#[test]
fn lengths_of_one_name() {
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Twins {
        #[param(shape = [1], len = "n")]
        a: Vec<Tensor<f32>>,
        #[param(shape = [1], len = "n")]
        b: Vec<Tensor<f32>>,
        #[param(shape = ["n"])]
        c: Tensor<f32>,
    }
    let one = || Tensor::<f32>::zeros([1]);
    let mut twins = Twins { a: vec![one(); 2], b: vec![one(); 2], c: one() };
    let list = |c: usize| {
        [
            ("a.0", one().into()),
            ("a.1", one().into()),
            ("b.0", one().into()),
            ("b.1", one().into()),
            ("c", Tensor::<f32>::zeros([c]).into()),
        ]
    };
    let (_, report) = accepted(&Loader::new(), &mut twins, &list(2));
    assert_eq!(report.dim("n"), Some(2));
    assert_eq!(paths(&refused(&Loader::new(), &mut twins, &list(3)).dim), ["c"]);
    let shorter: Vec<_> = list(2).into_iter().filter(|(name, _)| *name != "b.1").collect();
    let refused = Loader::new().load::<Twins>(&shorter[..]).unwrap_err();
    assert_eq!(paths(&refused.report().unwrap().dim), ["b"]);
}

#[test]
fn a_name_beside_a_number_of_the_type() {
    #[derive(Clone, Debug, Module)]
    #[module(crate = wb)]
    struct Fixed {
        #[param(shape = ["n"])]
        a: [f32; 3],
        #[param(shape = ["n"])]
        b: Tensor<f32>,
    }
    let mut fixed = Fixed { a: [0.0; 3], b: Tensor::zeros([1]) };
    let list = |b: usize| [("a", Tensor::<f32>::zeros([3]).into()), ("b", Tensor::<f32>::zeros([b]).into())];
    assert_eq!(accepted(&Loader::new(), &mut fixed, &list(3)).1.dim("n"), Some(3));
    assert_eq!(paths(&refused(&Loader::new(), &mut fixed, &list(4)).dim), ["b"]);
}

#[test]
fn a_constant_length() {
    trait Config {
        const LAYERS: usize;
    }
    #[derive(Debug)]
    struct Two;
    impl Config for Two {
        const LAYERS: usize = 2;
    }
    #[derive(Debug, Module)]
    #[module(crate = wb)]
    struct Stack<C: Config> {
        #[param(shape = [1], len = C::LAYERS)]
        layers: Vec<Tensor<f32>>,
        config: std::marker::PhantomData<C>,
    }
    let list = |n: usize| (0..n).map(|i| (format!("layers.{i}"), Tensor::<f32>::zeros([1]))).collect::<Vec<_>>();
    assert_eq!(Stack::<Two>::from_weights(list(2)).unwrap().layers.len(), 2);
    let refused = |n| Stack::<Two>::from_weights(list(n)).unwrap_err();
    assert_eq!(paths(&refused(1).report().unwrap().missing), ["layers.1"]);
    assert_eq!(paths(&refused(3).report().unwrap().unexpected), ["layers.2"]);

    // a value that its own type does not describe is not updated as if it were one
    let mut short = Stack::<Two> { layers: vec![Tensor::zeros([1])], config: std::marker::PhantomData };
    let error = short.load_weights(list(1)).unwrap_err();
    assert_eq!(paths(&error.report().unwrap().dim), ["layers"]);
}

#[derive(Clone, Debug, Module)]
#[module(crate = wb)]
struct Fused {
    #[param(shape = [3 * "hidden", "hidden"])]
    qkv: Tensor<f32>,
    #[param(len = "layers" / 2, shape = ["hidden" - 1])]
    scales: Vec<Tensor<f32>>,
}

#[test]
fn computed_of_names() {
    let pairs = |rows: usize, scale: usize| -> [super::Named; 3] {
        [
            ("qkv", Tensor::<f32>::zeros([rows, 4]).into()),
            ("scales.0", Tensor::<f32>::zeros([3]).into()),
            ("scales.1", Tensor::<f32>::zeros([scale]).into()),
        ]
    };
    let mut model = Fused { qkv: Tensor::zeros([3, 1]), scales: vec![Tensor::zeros([0]); 2] };
    let (_, report) = accepted(&Loader::new(), &mut model, &pairs(12, 3));
    assert_eq!((report.dim("hidden"), report.dim("layers")), (Some(4), Some(4)));
    let report = refused(&Loader::new(), &mut model, &pairs(13, 2));
    assert_eq!(paths(&report.dim), ["qkv", "scales.1"]);
    assert_eq!(report.dim[0].expected.as_deref(), Some("3 * hidden = 12, where hidden = 4 (from `qkv`)"));
    assert_eq!(report.fitting_count, 1, "{report}");
    let report = refused(&Loader::new().dim("layers", 6), &mut model, &pairs(12, 3));
    assert_eq!(report.dim[0].expected.as_deref(), Some("layers / 2 = 3, where layers = 6 (from `Loader::dim`)"));
}
