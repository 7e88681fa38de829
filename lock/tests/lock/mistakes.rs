//! Every mistake in a text is an error at its own line and column, with what to do.

use proptest::prelude::*;
use weighbridge_lock::Lock;

use crate::{names, text};

/// What is wrong with these lines below the first one.
fn mistake(lines: &str) -> String {
    match text(lines).parse::<Lock>() {
        Ok(lock) => panic!("{lines:?} is a lock:\n{lock}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_first_line() {
    let mistake = |text: &str| text.parse::<Lock>().unwrap_err().to_string();
    let no_lock = "1:1: this is not a lock: its first line is not `# weighbridge lock 1`; make one with `weighbridge lock FILE > model.lock`";
    for text in [
        "",
        "\n",
        "model.weight F32 [2]\n",
        "# weighbridge lock",
        "# weighbridge lock x",
        "# Weighbridge lock 1",
        "# weighbridge lock 1 ",
        " # weighbridge lock 1",
    ] {
        assert_eq!(mistake(text), no_lock, "{text:?}");
    }
    assert_eq!(
        mistake("# weighbridge lock 2\n"),
        "1:20: this is a lock of version 2, and this weighbridge reads version 1; update weighbridge"
    );
    assert_eq!(
        mistake("\u{feff}# weighbridge lock 1\n"),
        "1:1: the text begins with a byte order mark; save it without"
    );
}

#[test]
fn each_mistake_has_its_place() {
    let all_dtypes = "BOOL, F4, F6_E2M3, F6_E3M2, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ, I16, U16, F16, BF16, I32, U32, F32, C64, F64, I64, U64, V1, V2, or a quantised type of GGUF, such as Q4_K";
    let cases = [
        // the line
        (" a F32 [2]", "2:1: a line begins with a name; remove the white space before it"),
        ("\ta F32 [2]", "2:1: a line begins with a name; remove the white space before it"),
        ("a\tF32 [2]", "2:2: there is a tab; write spaces"),
        ("a F32\t[2]", "2:6: expected a space and a shape behind the dtype, found a tab"),
        ("a", "2:2: expected spaces and a dtype behind the name, found the end of the line"),
        ("a ", "2:3: expected a dtype, found the end of the line"),
        ("a [2]", "2:3: expected a dtype, found `[`"),
        ("a F32", "2:6: expected a space and a shape behind the dtype, found the end of the line"),
        ("a F32[2]", "2:6: expected a space and a shape behind the dtype, found `[`"),
        ("a F32 ", "2:7: expected a shape, such as `[2, 3]` or `[]`, found the end of the line"),
        ("a F32 [2] b", "2:11: expected the end of the line, or ` # a comment`, behind the shape, found `b`"),
        ("a F32 [2]# b", "2:10: expected the end of the line, or ` # a comment`, behind the shape, found `#`"),
        ("# \u{1b}[2J", "2:3: a comment has the character \\u{1b}, which cannot be seen; remove it"),
        ("a F32 [2] # \u{7}", "2:13: a comment has the character \\u{7}, which cannot be seen; remove it"),
        ("<<<<<<< HEAD", "2:1: `<<<<<<<` marks a conflict of a merge; keep the lines that are right, in any order"),
        // dtypes
        ("a f32 [2]", "2:3: unknown dtype `f32`; write `F32`"),
        ("a bfloat16 [2]", "2:3: unknown dtype `bfloat16`; write `BF16`"),
        ("ä.b F99 [2]", &format!("2:5: unknown dtype `F99`; write one of {all_dtypes}")),
        // shapes
        ("a F32 2", "2:7: expected a shape, such as `[2, 3]` or `[]`, found `2`"),
        ("a F32 [2", "2:9: expected `,` or `]`, found the end of the line"),
        ("a F32 [2 3]", "2:9: expected `,` or `]`, found ` `"),
        ("a F32 [2,]", "2:10: expected a dim, found `]`"),
        ("a F32 [-1]", "2:8: expected a dim, found `-`"),
        ("a F32 [2, 03]", "2:11: a number has no leading zeros; remove them"),
        ("a F32 [2, 99999999999999999999]", &format!("2:11: this number is larger than {}", usize::MAX)),
        (&format!("a F32 [{}1]", "1, ".repeat(1024)), "2:3080: a shape has at most 1024 dims; look at its brackets"),
        // names
        ("a..b F32 [2]", "2:3: a component of the name is empty; write `\"\"` if it is"),
        (".a F32 [2]", "2:1: a component of the name is empty; write `\"\"` if it is"),
        ("a. F32 [2]", "2:3: a component of the name is empty; write `\"\"` if it is"),
        ("a} F32 [2]", "2:2: a component with `}` is written in quotes"),
        ("a{0..=1}} F32 [2]", "2:9: a component with `}` is written in quotes"),
        ("a\"b F32 [2]", "2:2: a component with `\"` is written in quotes"),
        ("a#b F32 [2]", "2:2: a component with `#` is written in quotes"),
        ("a\\b F32 [2]", "2:2: a component with `\\` is written in quotes"),
        ("a\u{202e}b F32 [2]", "2:2: the character \\u{202e} cannot be seen; write it in quotes, as `\\u{202e}`"),
        ("\"a\u{a0}b\" F32 [2]", "2:3: the character \\u{a0} cannot be seen; write `\\u{a0}`"),
        ("x.\"a b F32 [2]", "2:3: the quotes are not closed in this line"),
        ("\"a.b\" F32 [2]", "2:3: a dot ends a component; close the quotes before it"),
        ("\"a\\u{2e}b\" F32 [2]", "2:3: a dot ends a component; close the quotes before it"),
        (
            "\"a\\nb\" F32 [2]",
            "2:3: unknown escape; there are `\\\"`, `\\\\` and `\\u{..}` with the number of a character",
        ),
        (
            "\"\\u{d800}\" F32 [2]",
            "2:2: unknown escape; there are `\\\"`, `\\\\` and `\\u{..}` with the number of a character",
        ),
        ("\"a\"b F32 [2]", "2:4: expected a dot or a space behind the component, found `b`"),
        // indices
        ("l.{} F32 [2]", "2:4: expected an index, found `}`"),
        ("l.{a} F32 [2]", "2:4: expected an index, found `a`"),
        ("l.{3} F32 [2]", "2:3: one index stands without braces; write `3`"),
        ("l.{3..=3} F32 [2]", "2:4: a range of one index; write `3`"),
        ("l.{3..=1} F32 [2]", "2:4: this range ends before it begins; write `1..=3`"),
        ("l.{0..3} F32 [2]", "2:7: a range includes its last index; write `..=`"),
        ("l.{0..=3 F32 [2]", "2:9: expected `,`, `..=` or `}`, found ` `"),
        ("l.{0..=03} F32 [2]", "2:8: a number has no leading zeros; remove them"),
        ("l.{0..=99999999999999999999} F32 [2]", &format!("2:8: this number is larger than {}", usize::MAX)),
        ("l.{0..=2, 3..=4} F32 [2]", "2:11: this continues the range before it; write `0..=4`"),
        ("l.{0..=2, 2..=4} F32 [2]", "2:11: 2 does not come after 2; write each index once, in ascending order"),
        ("l.{5, 1} F32 [2]", "2:7: 1 does not come after 5; write each index once, in ascending order"),
        (
            "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.{0..=1} F32 [2]",
            "2:49: only the first 24 components of a name may stand for several; write a line for each",
        ),
        // numbers in components
        ("b_{3} F32 [2]", "2:3: one index stands without braces; write `3`"),
        ("b_{0..=1 F32 [2]", "2:9: expected `,`, `..=` or `}`, found ` `"),
        ("b_{} F32 [2]", "2:4: expected an index, found `}`"),
        ("b1{0..=1} F32 [2]", "2:3: braces stand for a whole number; put the digits before them into it"),
        ("\"b 0\"{0..=1} F32 [2]", "2:6: braces stand for a whole number; put the digits before them into it"),
        ("b{0..=1}0 F32 [2]", "2:9: braces stand for a whole number; put the digits behind them into it"),
        ("b{0..=1}\"0 c\" F32 [2]", "2:9: braces stand for a whole number; put the digits behind them into it"),
        ("b{0..=1}{0..=1} F32 [2]", "2:9: two numbers stand side by side; write text between them, or a line for each"),
        ("b{0..=1}\"c\"d F32 [2]", "2:12: expected a dot or a space behind the component, found `d`"),
        ("b{0..=1}c\"d\" F32 [2]", "2:10: a component with `\"` is written in quotes"),
        (
            &format!("{}b{{0..=1}} F32 [2]", "a0_".repeat(24)),
            "2:1: only the first 24 numbers of a name may stand for several; write a line for each",
        ),
        ("b_{0..=3}.w F32 [2]\nb_2.w F32 [3]", "3:1: `b_2.w` is in line 2 already; remove one of the two"),
        (
            "b_{0..=3}_c_{1..=2} F32 [2]\nb_3_c_{2..=4} F32 [2]",
            "3:1: `b_3_c_2` is in line 2 already; remove one of the two",
        ),
        // names that are given twice, and too many
        ("a F32 [2]\n\nb F32 [2]\na F16 [2]", "5:1: `a` is in line 2 already; remove one of the two"),
        ("l.{0..=3}.w F32 [2]\nl.{2..=5}.w F32 [3]", "3:1: `l.2.w` is in line 2 already; remove one of the two"),
        ("l.{0..=3}.e.{0..=9} F32 [2]\nl.3.e.9 F32 [2]", "3:1: `l.3.e.9` is in line 2 already; remove one of the two"),
        ("\"a\" F32 [2]\na F32 [2]", "3:1: `a` is in line 2 already; remove one of the two"),
        (
            "a F32 [2]\nl.{0..=9999999} F32 [2]",
            "3:1: up to here the lock has 10000001 tensors, and the limit is 10000000; check the ranges",
        ),
        (
            "l.{0..=18446744073709551615}.{0..=18446744073709551615} F32 [2]",
            "2:1: up to here the lock has 18446744073709551615 tensors, and the limit is 10000000; check the ranges",
        ),
    ];
    for (lines, expected) in cases {
        assert_eq!(mistake(lines), expected, "{lines:?}");
    }
}

#[test]
fn a_text_has_a_limit() {
    let large = text(&format!("#{}", "x".repeat(64 << 20)));
    let expected = "1:1: this has 67108886 bytes, and a lock has at most 67108864; fold its lines";
    assert_eq!(large.parse::<Lock>().unwrap_err().to_string(), expected);
}

#[test]
fn lines_in_any_order_and_not_folded_are_no_mistake() {
    let merged = text("l.2.w F32 [2]\nl.{0..=1}.w   F32   [2]  \n\na F32 [2]\r\n");
    let lock: Lock = merged.parse().unwrap();
    assert_eq!(lock.lines(), names(["l.0.w", "l.1.w", "l.2.w", "a"].map(str::to_owned)).lines());
    assert_eq!(lock.to_string(), text("\na            F32 [2]\nl.{0..=2}.w  F32 [2]\n"));
}

#[test]
fn a_tensor_with_tensors_below_it_can_be_said() {
    // a file may be so, though no model can: the check of the file says it
    let lock: Lock = text("a F32 [2]\na.b F32 [2]\n").parse().unwrap();
    assert_eq!(lock.len(), 2);
}

/// Lines of which characters are replaced, removed or doubled.
fn damaged() -> impl Strategy<Value = String> {
    let whole =
        "# head\n\nl.{0..=2, 4}.w F32 [2, 3] # c\n\n\"a b\\u{9}\".{0..=1}.x.{3..=9} BF16 []\n# d\nl.3.w F16 [0]\n";
    let edit = (any::<prop::sample::Index>(), prop::option::of("[ \t\n.{}=,\\[\\]\"\\\\#0-9aFü\u{202e}]{0,3}"));
    prop::collection::vec(edit, 1..4).prop_map(move |edits| {
        let mut characters: Vec<char> = whole.chars().collect();
        for (place, by) in edits {
            let place = place.index(characters.len());
            let by = by.unwrap_or_else(|| characters[place..].iter().take(5).collect());
            characters.splice(place..=place, by.chars());
        }
        text(&characters.into_iter().collect::<String>())
    })
}

#[test]
fn what_comes_to_stand_first_is_the_head() {
    // the line with a comment and a blank line above it is put before the other
    let text = "# weighbridge lock 1\n# of b\nb.{0..=2, 4}.w F32 [2]\n# of a\n\na.{0..=1}.x F32 []\nb.3.w F16 [0]\n";
    let lock: Lock = text.parse().unwrap();
    assert_eq!(lock.to_string().parse::<Lock>().as_ref(), Ok(&lock), "{lock}");
    assert!(lock.to_string().starts_with("# weighbridge lock 1\n# of a\n\na."), "{lock}");
    assert_eq!(lock.with_comments_of(&lock), lock);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn any_text_is_a_lock_or_has_a_mistake_at_a_place_in_it(text in damaged()) {
        match text.parse::<Lock>() {
            Ok(lock) => {
                prop_assert_eq!(lock.to_string().parse::<Lock>(), Ok(lock.clone()), "{}", lock);
                prop_assert_eq!(lock.with_comments_of(&lock), lock);
            }
            Err(error) => {
                let line = text.lines().nth(error.line - 1);
                prop_assert!(line.is_some_and(|line| error.column <= line.chars().count() + 1), "{error} of {text}");
            }
        }
    }
}
