//! The header's words: metadata, and the description of one tensor.

use super::*;

#[track_caller]
fn refused_description(description: &str, kind: ProblemKind) -> String {
    let header = format!(r#"{{"a":{description}}}"#);
    refused(file(&header, &[0; 8]), kind, Some("a"), NAMED)
}

#[test]
fn metadata_twice() {
    // peer: an error without a place
    let header = r#"{"__metadata__":{"a":"b"}, "__metadata__":{}}"#;
    refused(file(header, &[]), ProblemKind::Duplicate, Some("__metadata__"), place(header, r#""__metadata__":{}"#));
}

#[test]
fn one_key_of_the_metadata_twice() {
    // peer: OK, one is lost
    let header = r#"{"__metadata__":{"format":"pt", "\u0066ormat":"mlx", "x":"1", "x":"2"}}"#;
    let file = file(header, &[]);
    assert!(peer_accepts(&file));
    let problems = problems(file);
    assert_eq!(problems.iter().map(|problem| problem.kind).collect::<Vec<_>>(), [ProblemKind::Duplicate; 2]);
    assert_eq!(problems[1].offset, Some(place(header, r#""x":"2""#)));
    assert!(problems[0].message.contains("`format`"), "{problems:?}");
}

#[test]
fn metadata_of_another_kind() {
    // peer: an error without a place
    let header = r#"{"__metadata__":{"epoch":3}}"#;
    refused(file(header, &[]), ProblemKind::Header, Some("__metadata__"), place(header, r#""epoch""#));
    let header = r#"{"__metadata__":[]}"#;
    refused(file(header, &[]), ProblemKind::Header, Some("__metadata__"), 9);
    let header = r#"{"__metadata__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#;
    assert_eq!(problems(file(header, &[0])).len(), 3, "a tensor cannot have this name: two values, one byte");
}

#[test]
fn metadata_of_null_is_accepted() {
    // peer: OK. MLX writes it where it has nothing to say.
    let file = file(r#"{"__metadata__":null}"#, &[]);
    assert!(peer_accepts(&file));
    assert!(Checkpoint::open(file).unwrap().metadata().is_empty());
}

#[test]
fn one_field_of_a_description_twice() {
    // peer: an error that does not name the tensor
    let text =
        refused_description(r#"{"dtype":"F32","shape":[2],"data_offsets":[0,8],"shape":[2]}"#, ProblemKind::Duplicate);
    assert!(text.contains("`shape`"), "{text}");
}

#[test]
fn an_unknown_field_of_a_description() {
    // peer: OK, so a file that means its strides is read wrong
    let description = r#"{"dtype":"F32","shape":[2],"data_offsets":[0,8],"strides":[2]}"#;
    assert!(peer_accepts(&file(&format!(r#"{{"a":{description}}}"#), &[0; 8])));
    let text = refused_description(description, ProblemKind::Header);
    assert!(text.contains("`strides`"), "{text}");
}

#[test]
fn a_description_that_is_an_array() {
    // peer: OK
    let description = r#"["F32",[2],[0,8]]"#;
    assert!(peer_accepts(&file(&format!(r#"{{"a":{description}}}"#), &[0; 8])));
    refused_description(description, ProblemKind::Header);
    refused_description("7", ProblemKind::Header);
}

#[test]
fn a_description_with_a_field_missing() {
    // peer: an error that does not name the tensor
    for (field, rest) in [
        ("`dtype`", r#"{"shape":[2],"data_offsets":[0,8]}"#),
        ("`shape`", r#"{"dtype":"F32","data_offsets":[0,8]}"#),
        ("`data_offsets`", r#"{"dtype":"F32","shape":[2]}"#),
    ] {
        let text = refused_description(rest, ProblemKind::Header);
        assert!(text.contains(field), "{text}");
    }
}

#[test]
fn a_dtype_that_is_none() {
    // peer: `{"F32":null}` OK, the others an error that does not name the tensor
    let with = |dtype: &str| format!(r#"{{"dtype":{dtype},"shape":[2],"data_offsets":[0,8]}}"#);
    assert!(peer_accepts(&file(&format!(r#"{{"a":{}}}"#, with(r#"{"F32":null}"#)), &[0; 8])));
    refused_description(&with(r#"{"F32":null}"#), ProblemKind::DType);
    refused_description(&with("5"), ProblemKind::DType);
    refused_description(&with(r#""C128""#), ProblemKind::DType);
    let text = refused_description(&with(r#""f32""#), ProblemKind::DType);
    assert!(text.contains("`F32`"), "{text}");
    // names that only numpy's untyped bytes have here
    refused_description(&with(r#""V2""#), ProblemKind::DType);
}

#[test]
fn offsets_that_are_no_pair_of_unsigned_integers() {
    // peer: errors that do not name the tensor
    let hostile =
        ["[0,8,8]", "[0]", "[]", "[0,8.0]", "[-2,6]", "[-0,8]", "[0,\"8\"]", "8", "{}", "[0,18446744073709551616]"];
    for offsets in hostile {
        let description = format!(r#"{{"dtype":"F32","shape":[2],"data_offsets":{offsets}}}"#);
        refused_description(&description, ProblemKind::Header);
    }
}

#[test]
fn extents_that_are_no_unsigned_integers() {
    // peer: errors that do not name the tensor. MLX takes [-2,-1] as it is.
    for shape in ["[2.0]", "[-2,-1]", "[true]", "2", "null", "[[2]]", "[18446744073709551616]"] {
        let description = format!(r#"{{"dtype":"F32","shape":{shape},"data_offsets":[0,8]}}"#);
        refused_description(&description, ProblemKind::Shape);
    }
}

#[test]
fn a_range_that_ends_before_it_begins() {
    // peer: InvalidOffset
    refused_description(r#"{"dtype":"F32","shape":[2],"data_offsets":[8,0]}"#, ProblemKind::Header);
}

#[test]
fn a_range_of_another_length_than_the_shape() {
    // peer: TensorInvalidInfo, without a name
    let text = refused_description(r#"{"dtype":"F32","shape":[3],"data_offsets":[0,8]}"#, ProblemKind::Shape);
    assert!(text.contains("12") && text.contains('8'), "{text}");
}

#[test]
fn a_shape_that_overflows() {
    // peer: ValidationOverflow, without a name; MLX reads (0, 0, 4)
    for shape in ["[4294967296,4294967296,4]", "[18446744073709551615]", "[2305843009213693952]"] {
        let description = format!(r#"{{"dtype":"F64","shape":{shape},"data_offsets":[0,8]}}"#);
        refused_description(&description, ProblemKind::Shape);
    }
}

#[test]
fn a_shape_that_overflows_but_for_a_zero() {
    // peer: OK with the 0 in front, ValidationOverflow with the 0 behind. Here it does not hang on the order.
    let with = |shape: &str| format!(r#"{{"a":{{"dtype":"U8","shape":{shape},"data_offsets":[0,0]}}}}"#);
    let (front, behind) =
        ("[0,18446744073709551615,18446744073709551615]", "[18446744073709551615,18446744073709551615,0]");
    assert!(peer_accepts(&file(&with(front), &[])));
    assert!(!peer_accepts(&file(&with(behind), &[])));
    refused(file(&with(front), &[]), ProblemKind::Shape, Some("a"), NAMED);
    refused(file(&with(behind), &[]), ProblemKind::Shape, Some("a"), NAMED);
}

#[test]
fn packed_elements_that_do_not_fill_a_byte() {
    // peer: MisalignedSlice, without a name
    let header = r#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}"#;
    refused(file(header, &[0]), ProblemKind::Shape, Some("a"), NAMED);
    let header = r#"{"a":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]}}"#;
    assert_eq!(Checkpoint::open(file(header, &[0; 3])).unwrap().iter().next().unwrap().byte_len(), 3);
}

#[test]
fn more_dimensions_than_the_limit() {
    // peer: OK
    let shape = vec!["1"; 65].join(",");
    let text = refused_description(
        &format!(r#"{{"dtype":"F64","shape":[{shape}],"data_offsets":[0,8]}}"#),
        ProblemKind::Limit,
    );
    assert!(text.contains("65"), "{text}");
}

#[test]
fn a_name_longer_than_the_limit() {
    // peer: OK
    let name = "n".repeat(5000);
    let header = format!(r#"{{"{name}":{{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}}"#);
    let [problem] = &problems(file(&header, &[0]))[..] else { panic!() };
    assert_eq!((problem.kind, problem.offset), (ProblemKind::Limit, Some(NAMED)));
    assert!(problem.to_string().len() < 300, "the name is not repeated in full");
}
