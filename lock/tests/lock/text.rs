//! The text: columns, quotes, comments and where they go.

use weighbridge_lock::{DType, Lock};

use crate::{lock, names, read, text};

#[test]
fn columns_are_aligned() {
    let lock = lock([
        ("model.embed.weight".to_owned(), DType::BF16, vec![128256, 4096]),
        ("scale".to_owned(), DType::F8_E4M3, vec![]),
        ("empty".to_owned(), DType::U8, vec![0, 3]),
    ]);
    let expected = "\
# weighbridge lock 1
empty               U8      [0, 3]
model.embed.weight  BF16    [128256, 4096]
scale               F8_E4M3 []
";
    assert_eq!(lock.to_string(), expected);
}

#[test]
fn a_very_long_name_does_not_move_the_others() {
    let long = "a".repeat(200);
    let lock = names([long.clone(), "b".into()]);
    assert_eq!(lock.to_string(), text(&format!("{long}  F32 [2]\nb  F32 [2]\n")));
}

#[test]
fn odd_names_are_quoted() {
    let cases = [
        ("odd name.w", r#""odd name".w"#),
        ("{0..=3}", r#""{0".""."=3}""#),
        ("{0}.a", r#""{0}".a"#),
        ("", r#""""#),
        ("a..b", r#"a."".b"#),
        ("a\"b\\c", r#""a\"b\\c""#),
        ("#a", r##""#a""##),
        ("tab\there", r#""tab\u{9}here""#),
        ("right\u{202e}left", r#""right\u{202e}left""#),
        ("größe.🦀", "größe.🦀"),
        ("00.a[1]=,", "00.a[1]=,"),
    ];
    for (name, written) in cases {
        let lock = names([name.to_owned()]);
        assert_eq!(lock.to_string(), text(&format!("{written}  F32 [2]\n")), "{name:?}");
        assert_eq!(lock.to_string().parse::<Lock>().unwrap().tensors().next().unwrap().0, name);
    }
}

#[test]
fn an_empty_lock_is_its_first_line() {
    assert_eq!(Lock::default().to_string(), text(""));
    assert_eq!(text("").parse(), Ok(Lock::default()));
    assert!(Lock::default().is_empty());
}

const COMMENTED: &str = "\
# Llama 3, as published
# kept by hand

# the embedding
embed             F32 [8, 4]

# layers
# all alike
layers.{0..=3}.a  F32 [4]     # no bias
layers.{0..=3}.b  F32 [2]

# the end
norm              F32 [4]     # last
# that is all
";

fn commented() -> Lock {
    read(COMMENTED)
}

/// The lock of the same model with this many layers.
fn layers(count: usize) -> Lock {
    let whole = [("embed", vec![8, 4]), ("norm", vec![4])].map(|(name, shape)| (name.to_owned(), shape));
    let layers = (0..count)
        .flat_map(|i| [("a", vec![4]), ("b", vec![2])].map(|(name, shape)| (format!("layers.{i}.{name}"), shape)));
    lock(whole.into_iter().chain(layers).map(|(name, shape)| (name, DType::F32, shape)))
}

#[test]
fn comments_and_blank_lines_stay() {
    let canonical = COMMENTED.replace("]     #", "]  #");
    assert_eq!(commented().to_string(), text(&canonical));
    assert_eq!(commented().to_string().parse(), Ok(commented()));
}

#[test]
fn a_lock_without_a_change_keeps_its_comments() {
    assert_eq!(layers(4).with_comments_of(&commented()), commented());
}

#[test]
fn comments_stay_with_a_list_that_grew() {
    let expected = commented().to_string().replace("{0..=3}", "{0..=5}");
    assert_eq!(layers(6).with_comments_of(&commented()).to_string(), expected);
}

#[test]
fn comments_of_what_has_gone_stand_above_what_was_next() {
    let expected = "\
# Llama 3, as published
# kept by hand

# the embedding
embed  F32 [8, 4]

# layers
# all alike
# no bias

# the end
norm   F32 [4]  # last
# that is all
";
    assert_eq!(layers(0).with_comments_of(&commented()).to_string(), text(expected));
}

#[test]
fn comments_of_the_last_lines_go_to_the_end() {
    let left = lock([("embed".to_owned(), DType::F32, vec![8, 4])]).with_comments_of(&commented()).to_string();
    let end = left.split("embed  F32 [8, 4]\n").nth(1).unwrap();
    assert_eq!(end, "\n# layers\n# all alike\n# no bias\n\n# the end\n# last\n# that is all\n");
}

#[test]
fn a_line_that_is_split_keeps_its_comment_with_most_of_it() {
    let old = read("l.{0..=9}.w F32 [2] # all\n");
    let new = lock((0..10).map(|i| (format!("l.{i}.w"), DType::F32, vec![if i < 3 { 3 } else { 2 }])));
    assert_eq!(new.with_comments_of(&old).to_string(), text("l.{0..=2}.w  F32 [3]\nl.{3..=9}.w  F32 [2]  # all\n"));
}

#[test]
fn lines_that_become_one_keep_the_comments_of_both() {
    let merged = read("# one\nl.1.w F32 [2] # b\n# zero\nl.0.w F32 [2] # a\n");
    assert_eq!(merged.to_string(), text("# one\n# zero\n# a\nl.{0..=1}.w  F32 [2]  # b\n"));
}

#[test]
fn no_comment_is_ever_lost() {
    let old = commented();
    let comments = |text: &str| {
        let mut all: Vec<String> =
            text.lines().skip(1).filter_map(|line| Some(line[line.find('#')?..].to_owned())).collect();
        all.sort();
        all
    };
    for new in [layers(0), layers(1), layers(9), names(["x".into()]), Lock::default()] {
        let updated = new.with_comments_of(&old);
        assert_eq!(comments(&updated.to_string()), comments(&old.to_string()), "{updated}");
        assert_eq!(updated.lines(), new.lines());
        assert_eq!(updated.to_string().parse(), Ok(updated));
    }
}

#[test]
fn a_block_below_the_first_line_is_the_heads_only_if_a_blank_line_ends_it() {
    let (head, of_a) = (read("# x\n\na F32 [2]\n"), read("# x\na F32 [2]\n"));
    let before = names(["0".into(), "a".into()]);
    assert_eq!(before.with_comments_of(&head).to_string(), text("# x\n\n0  F32 [2]\na  F32 [2]\n"));
    assert_eq!(before.with_comments_of(&of_a).to_string(), text("0  F32 [2]\n# x\na  F32 [2]\n"));
}
