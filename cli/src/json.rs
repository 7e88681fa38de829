//! JSON for programs and people: indented, with lists of numbers, such as shapes, on one line.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use weighbridge_lock::visible_json;

/// The text of a value, without a newline at its end.
pub(crate) fn text(value: &impl Serialize) -> serde_json::Result<String> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Lines::default()))?;
    // names are data and stand here whole, but not raw: the document may be read on a terminal
    let text = String::from_utf8(text).map_err(serde::ser::Error::custom)?;
    Ok(visible_json(&text).into_owned())
}

#[derive(Default)]
struct Lines {
    /// For each list and object that is open, whether its values are on lines of their own.
    open: Vec<bool>,
    /// If a value of a list is next, whether it is the first. Where it goes depends on what it is.
    next: Option<bool>,
}

impl Lines {
    fn line<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        out.write_all(b"\n")?;
        self.open.iter().try_for_each(|_| out.write_all(b"  "))
    }

    /// Moves to where the next value of a list goes.
    fn place<W: ?Sized + Write>(&mut self, out: &mut W, number: bool) -> io::Result<()> {
        match (self.next.take(), number) {
            (None, _) | (Some(true), true) => Ok(()),
            (Some(false), true) => out.write_all(b", "),
            (Some(first), false) => {
                self.open.last_mut().into_iter().for_each(|lines| *lines = true);
                self.separate(out, first)
            }
        }
    }

    fn separate<W: ?Sized + Write>(&self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        self.line(out)
    }

    fn close<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        if self.open.pop() == Some(true) {
            self.line(out)?;
        }
        out.write_all(bracket)
    }
}

macro_rules! placed {
    ($number:literal: $($name:ident($($value:ident: $type:ty)?),)*) => {$(
        fn $name<W: ?Sized + Write>(&mut self, out: &mut W $(, $value: $type)?) -> io::Result<()> {
            self.place(out, $number)?;
            CompactFormatter.$name(out $(, $value)?)
        }
    )*};
}

impl Formatter for Lines {
    placed!(true: write_u8(n: u8), write_u16(n: u16), write_u32(n: u32), write_u64(n: u64), write_u128(n: u128),);
    placed!(true: write_i8(n: i8), write_i16(n: i16), write_i32(n: i32), write_i64(n: i64), write_i128(n: i128),);
    placed!(true: write_f32(n: f32), write_f64(n: f64), write_number_str(n: &str),);
    placed!(false: write_null(), write_bool(is: bool), begin_string(), write_raw_fragment(text: &str),);

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.place(out, false)?;
        self.open.push(false);
        out.write_all(b"[")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, _: &mut W, first: bool) -> io::Result<()> {
        self.next = Some(first);
        Ok(())
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.place(out, false)?;
        self.open.push(false);
        out.write_all(b"{")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.open.last_mut().into_iter().for_each(|lines| *lines = true);
        self.separate(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::text;

    #[test]
    fn lists_of_numbers_stand_on_one_line() {
        let value = json!({ "shape": [2, -3, 0.5], "none": [], "nothing": {}, "of": [{ "at": [1] }, "b", null, [[]]] });
        let text = text(&value).unwrap();
        let lines = [
            "{",
            r#"  "none": [],"#,
            r#"  "nothing": {},"#,
            r#"  "of": ["#,
            "    {",
            r#"      "at": [1]"#,
            "    },",
            r#"    "b","#,
            "    null,",
            "    [",
            "      []",
            "    ]",
            "  ],",
            r#"  "shape": [2, -3, 0.5]"#,
            "}",
        ];
        assert_eq!(text, lines.join("\n"));
    }

    #[test]
    fn it_is_json_whatever_it_holds() {
        for value in [
            json!([1, "a", 2, [3, { "b": [4, true, 5] }], 6]),
            json!({ "a\n\"": { "b": {} }, "c": [[1, 2], [3]], "d": [null, 1, [], 2] }),
            json!([]),
            json!("\u{1b}\u{7f}\u{9b}\u{2028}\u{202e}\u{e0001}"),
            json!(u64::MAX),
            json!(-1.5e300),
        ] {
            let text = text(&value).unwrap();
            let read: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
            assert_eq!(read, value);
        }
    }
}
