//! Parts of checkpoints: names change, and the elements are those of the tensors.

use weighbridge::{Checkpoint, Renames, Source, Tensor};
use weighbridge_tools::{Selection, SelectionError};

use crate::fixture;

/// Asserts that what is selected of a checkpoint, twice, has the elements of the tensors it was selected from.
fn assert_selects(checkpoint: &Checkpoint) {
    let odd = checkpoint.select(|entry| (entry.index() % 2 == 1).then(|| format!("odd.{}", entry.name()))).unwrap();
    assert_eq!(odd.len(), checkpoint.len() / 2);
    let every_fourth =
        odd.select(|entry| (entry.index() % 2 == 1).then(|| entry.name().replace("odd.", "fourth."))).unwrap();
    assert!(every_fourth.len() == checkpoint.len() / 4 && !every_fourth.is_empty());
    for entry in every_fourth.iter() {
        let old = entry.name().strip_prefix("fourth.").unwrap();
        let original = checkpoint.get(old).unwrap();
        assert_eq!((entry.file(), entry.offset()), (original.file(), original.offset()));
        let (tensor, original) = (every_fourth.tensor(entry.name()).unwrap(), checkpoint.tensor(old).unwrap());
        assert_eq!((tensor.shape(), tensor.as_bytes()), (original.shape(), original.as_bytes()), "{old}");
        assert!(every_fourth.get(old).is_none());
    }
}

#[test]
fn selected_tensors_are_those_of_the_checkpoint() {
    for name in ["llama-sharded", "gpt2", "mlx/mlp.npz", "whisper"] {
        assert_selects(&Checkpoint::open(fixture(name)).unwrap());
    }
    let pairs: Vec<_> = (0..8u8).map(|i| (format!("t{i}"), Tensor::new([1], vec![i]).unwrap())).collect();
    assert_selects(&Source::from(pairs).open(&Default::default()).unwrap());
}

#[test]
fn what_is_left_is_counted() {
    let checkpoint = Checkpoint::open(fixture("llama")).unwrap();
    let selection = Selection::new().renames(Renames::new().strip_prefix("model.")).ignore(["*.mlp.*", "*.bias"]);
    let selected = selection.only(["layers"]).drop(["layers.1"]).of(&checkpoint).unwrap();
    assert_eq!((selected.checkpoint.len(), selected.renamed_count, selected.ignored_count), (12, 12, 9));
    assert_eq!(selected.stale_ignores, ["*.bias"]);
    // what a file has twice is for the tools to refuse
    let twice = checkpoint.select(|_| Some("a".to_owned())).unwrap();
    assert_eq!(Selection::new().of(&twice).unwrap().checkpoint.len(), 30);
    let one = Selection::new().renames(Renames::new().rename("lm_head", "model.embed_tokens")).of(&checkpoint);
    assert!(matches!(one, Err(SelectionError::Collision { .. })), "{one:?}");
}
