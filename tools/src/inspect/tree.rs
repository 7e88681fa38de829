//! The folded tree. Modules with the same contents are one node, and so is a chain of modules with one child each.

use weighbridge_lock::{Component, Lock, Pattern, Tree};

use super::inspection::{ListedTensor, TensorType, Total, TreeNode, share};

/// Names are not split below this depth, as a hostile name may have any number of dots.
const DEEPEST: usize = 24;

/// The tree of tensors, which are in natural order. If several have one name, the tree has the first.
pub(super) fn nodes(tensors: &[ListedTensor], bytes: u64) -> Vec<TreeNode> {
    let distinct = tensors.chunk_by(|a, b| a.name == b.name).map(|same| &same[0]);
    let lock = Lock::of(distinct.map(|one| (one.name.clone(), one.tensor_type.dtype, one.tensor_type.shape.clone())));
    // the names are distinct, so there is a lock
    let tree = lock.unwrap_or_default().tree();
    tree.children.into_iter().map(|(component, tree)| node(component, tree, 1, 1, bytes)).collect()
}

fn node(component: Component, mut tree: Tree, parents: u64, depth: usize, bytes: u64) -> TreeNode {
    let mut name = vec![component];
    while tree.tensor.is_none() && tree.children.len() == 1 {
        let Some((component, only)) = tree.children.pop() else { break };
        name.push(component);
        tree = only;
    }
    let copies = name.iter().fold(parents, |copies, component| copies.saturating_mul(component.count() as u64));
    let children: Vec<TreeNode> = if depth < DEEPEST {
        let below = tree.children.into_iter();
        below.map(|(component, tree)| node(component, tree, copies, depth + 1, bytes)).collect()
    } else {
        unsplit(tree.children, copies, bytes)
    };
    with_total(name, copies, tree.tensor.map(|(dtype, shape)| TensorType { dtype, shape }), children, bytes)
}

/// The tensors below a node, one node for each.
fn unsplit(children: Vec<(Component, Tree)>, parents: u64, bytes: u64) -> Vec<TreeNode> {
    let mut nodes = Vec::new();
    let mut rest: Vec<(Vec<Component>, Tree)> =
        children.into_iter().rev().map(|(component, tree)| (vec![component], tree)).collect();
    while let Some((name, tree)) = rest.pop() {
        for (component, below) in tree.children.into_iter().rev() {
            rest.push(([name.as_slice(), &[component]].concat(), below));
        }
        if let Some((dtype, shape)) = tree.tensor {
            let copies = name.iter().fold(parents, |copies, component| copies.saturating_mul(component.count() as u64));
            nodes.push(with_total(name, copies, Some(TensorType { dtype, shape }), Vec::new(), bytes));
        }
    }
    nodes
}

fn with_total(
    name: Vec<Component>,
    copy_count: u64,
    tensor: Option<TensorType>,
    children: Vec<TreeNode>,
    bytes: u64,
) -> TreeNode {
    let mut total = tensor.as_ref().map_or(Total::default(), |tensor| tensor.total(copy_count));
    for child in &children {
        total.add(child.total);
    }
    let name = Pattern { components: name }.to_string();
    TreeNode { name, copy_count, tensor, total, share: share(total.byte_len, bytes), children }
}
