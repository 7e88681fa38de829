//! The lines of a report's text. Each is one line whatever a name in it has, and all of them together have a bound.

use std::fmt::{self, Write};

use weighbridge_lock::line;

/// The most lines of the text.
const MOST_LINES: usize = 500;
/// The most bytes of the text, without the codes of colours.
const MOST_BYTES: usize = 64 << 10;

/// The column at which paths start.
pub(crate) const INDENT: usize = 12;

/// A colour or weight on a terminal: the number in its escape code.
#[derive(Clone, Copy)]
pub(super) struct Style(pub(super) &'static str);

/// One line: a label in the first column, and a text.
#[derive(Clone)]
pub(super) struct Line {
    label: (&'static str, Option<Style>),
    /// The spaces before the text.
    indent: usize,
    text: (String, Option<Style>),
}

impl Line {
    pub(super) fn new(label: &'static str, style: Option<Style>, text: &str) -> Line {
        Line {
            label: (label, style),
            indent: INDENT.saturating_sub(label.len()),
            text: (line(text).into_owned(), None),
        }
    }

    /// A line without a label that begins in the first column.
    pub(super) fn whole(style: Style, text: &str) -> Line {
        Line { indent: 0, ..Line::new("", None, text).styled(style) }
    }

    /// A line below another one, to which it belongs.
    pub(super) fn below(style: Style, text: &str) -> Line {
        Line { indent: INDENT + 2, ..Line::new("", None, text).styled(style) }
    }

    pub(super) fn styled(mut self, style: Style) -> Line {
        self.text.1 = Some(style);
        self
    }

    fn byte_len(&self) -> usize {
        self.label.0.len() + self.indent + self.text.0.len() + 1
    }
}

/// How much there is room for.
#[derive(Clone, Copy)]
pub(super) struct Room {
    lines: usize,
    bytes: usize,
}

impl Room {
    /// What is left of it below a line; `None` if the line does not fit.
    pub(super) fn below(self, line: &Line) -> Option<Room> {
        let (lines, bytes) = (self.lines.checked_sub(1)?, self.bytes.checked_sub(line.byte_len())?);
        Some(Room { lines, bytes })
    }

    /// One of `parts` equal parts.
    fn part(self, parts: usize) -> Room {
        Room { lines: self.lines / parts.max(1), bytes: self.bytes / parts.max(1) }
    }
}

/// Kept for the lines that say how much is left out, and where everything is.
const KEPT: Room = Room { lines: 4, bytes: 1024 };

/// Where the lines go.
pub(super) struct Page<'o> {
    out: &'o mut dyn Write,
    with_colour: bool,
    room: Room,
    is_empty: bool,
    /// Whether anything is left out.
    pub(super) is_cut: bool,
}

impl<'o> Page<'o> {
    pub(super) fn new(out: &'o mut dyn Write, with_colour: bool) -> Page<'o> {
        Page { out, with_colour, room: Room { lines: MOST_LINES, bytes: MOST_BYTES }, is_empty: true, is_cut: false }
    }

    /// One of `parts` equal parts of the room that is left, without what is kept.
    pub(super) fn share(&self, parts: usize) -> Room {
        let Room { lines, bytes } = self.room;
        Room { lines: lines.saturating_sub(KEPT.lines), bytes: bytes.saturating_sub(KEPT.bytes) }.part(parts)
    }

    pub(super) fn write(&mut self, line: &Line) -> fmt::Result {
        self.room = self.room.below(line).unwrap_or(Room { lines: 0, bytes: 0 });
        if !std::mem::take(&mut self.is_empty) {
            self.out.write_char('\n')?;
        }
        self.paint(line.label.0, line.label.1)?;
        write!(self.out, "{:1$}", "", if line.text.0.is_empty() { 0 } else { line.indent })?;
        self.paint(&line.text.0, line.text.1)
    }

    /// Writes these lines until there is no room in `room`, in which one more line is kept for how many are left out, and at
    /// most `most` of them. Returns the room that is left.
    pub(super) fn write_some(
        &mut self,
        lines: impl ExactSizeIterator<Item = Line>,
        most: usize,
        room: Room,
    ) -> Result<Room, fmt::Error> {
        let (count, mut room) = (lines.len(), room);
        for (number, line) in lines.enumerate() {
            let rest = Line::below(Style("2"), &format!("… and {} more", count - number));
            match room.below(&line).filter(|left| number < most && (number + 1 == count || left.below(&rest).is_some()))
            {
                Some(left) => {
                    self.write(&line)?;
                    room = left;
                }
                None => {
                    self.is_cut = true;
                    self.write(&rest)?;
                    return Ok(room.below(&rest).unwrap_or(Room { lines: 0, bytes: 0 }));
                }
            }
        }
        Ok(room)
    }

    fn paint(&mut self, text: &str, style: Option<Style>) -> fmt::Result {
        match style.filter(|_| self.with_colour && !text.is_empty()) {
            Some(style) => write!(self.out, "\x1b[{}m{text}\x1b[0m", style.0),
            None => self.out.write_str(text),
        }
    }
}
