//! Lists in variants, and tensors that are cut.

use wb::{DType, Module, Tensor};

use crate::{Held, same};

#[derive(Module)]
#[module(crate = wb)]
enum Kind {
    Two {
        #[param(shape = [4])]
        items: [Tensor<f32>; 2],
    },
    One {
        #[param(shape = [4])]
        item: Tensor<f32>,
    },
}

fn held(tensors: &[(&str, &[usize])]) -> Vec<Held> {
    tensors.iter().map(|(name, shape)| ((*name).to_owned(), DType::F32, shape.to_vec())).collect()
}

#[test]
fn a_list_in_a_variant_has_the_right_length() {
    let items = ["items.0", "items.1", "items.2"].map(|name| (name, &[4][..]));
    assert_eq!(same::<Kind>(&held(&items[..2])), "");
    // no other variant names the third item, so only the length refuses it
    for number in [1, 3] {
        let text = same::<Kind>(&held(&items[..number]));
        assert!(text.contains("1 undecided variant"), "{number} items: {text}");
    }
}

#[derive(Module)]
#[module(crate = wb)]
struct Cut {
    #[param(shape = [2, 4], from = slice(dim = 0, of = "qkv"))]
    q: Tensor<f32>,
    #[param(shape = [3, 4], from = slice(dim = 0, of = "qkv", start = 3))]
    v: Tensor<f32>,
}

#[test]
fn no_part_of_a_tensor_is_left_over() {
    let text = same::<Cut>(&held(&[("qkv", &[8, 4])]));
    for part in ["[2..3, ..]", "[6..8, ..]"] {
        assert!(text.contains(&format!("F32 [8, 4], of which no parameter takes {part}")), "{text}");
    }
    let text = same::<Cut>(&held(&[("qkv", &[5, 4])]));
    assert!(text.contains("expected [at least 6, 4], found [5, 4]"), "{text}");
}
