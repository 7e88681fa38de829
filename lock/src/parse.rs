//! Reads the text of a lock, strictly.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::comments::{Comments, LineComments};
use crate::component::{Builder, Component, Piece, is_plain};
use crate::dtype::{DType, UnknownDType};
use crate::indices::{Set, overlap};
use crate::line::Line;
use crate::lock::{FIRST, Groups, Lock, folded};
use crate::order::{index, is_canonical};
use crate::pattern::{DEEPEST, Pattern, split};
use crate::shown::{LONGEST_NAME, cut, is_hidden, shown};

/// The most bytes of a text. Locks of real models have a few kilobytes.
const MOST_TEXT: usize = 64 << 20;
/// The most tensors of a lock. A range takes a few bytes of text, but its names are visited one by one.
const MOST_TENSORS: usize = 10_000_000;

/// The most dims of a shape. numpy allows 64.
const MOST_DIMS: usize = 1024;

/// Why a text is not a lock, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseError {
    /// The line, from 1 on.
    pub line: usize,
    /// The column in characters, from 1 on.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ParseError {}

impl FromStr for Lock {
    type Err = ParseError;

    /// Lines may be in any order and need not be folded, so that you can resolve a merge by hand.
    fn from_str(text: &str) -> Result<Lock, ParseError> {
        if text.len() > MOST_TEXT {
            let message = format!("this has {} bytes, and a lock has at most {MOST_TEXT}; fold its lines", text.len());
            return Err(ParseError { line: 1, column: 1, message });
        }
        let mut rest = text.lines();
        first_line(rest.next().unwrap_or_default())?;
        let mut lines: Vec<Line> = Vec::new();
        // the line number in the text of each line of the lock
        let mut numbers: Vec<usize> = Vec::new();
        let mut comments = Comments::default();
        let mut above: Vec<String> = Vec::new();
        let mut is_head = true;
        let mut tensors = 0usize;
        for (number, text) in (2..).zip(rest) {
            let scan = Scan { text, at: 0, line: number };
            let content = text.trim_matches(' ');
            if content.is_empty() {
                if is_head && !above.is_empty() {
                    comments.head = std::mem::take(&mut above);
                } else {
                    above.push(String::new());
                }
                is_head = false;
            } else if content.starts_with('#') {
                above.push(scan.comment(text.len() - text.trim_start_matches(' ').len())?);
            } else {
                is_head = false;
                let (line, behind) = scan.entry().map_err(|error| scan.conflict().unwrap_or(error))?;
                tensors = tensors.saturating_add(line.pattern.count());
                if tensors > MOST_TENSORS {
                    let message = format!(
                        "up to here the lock has {tensors} tensors, and the limit is {MOST_TENSORS}; check the ranges"
                    );
                    return Err(ParseError { line: number, column: 1, message });
                }
                let own = LineComments { above: std::mem::take(&mut above), behind };
                if own != LineComments::default() {
                    comments.lines.insert(lines.len(), own);
                }
                lines.push(line);
                numbers.push(number);
            }
        }
        while above.last().is_some_and(String::is_empty) {
            above.pop();
        }
        match is_head {
            true => comments.head = above,
            false => comments.tail = above,
        }
        distinct(&lines, &numbers)?;
        // comments know their lines by number
        if comments.lines.is_empty() {
            return Ok(Lock { lines: folded(lines), comments });
        }
        let folded = folded(lines.clone());
        let comments = if folded == lines { comments } else { comments.moved(&lines, &folded) };
        Ok(Lock { lines: folded, comments })
    }
}

/// Whether people write this hidden character: tabs and wide spaces, what joins letters, and what varies them.
fn is_writing(c: char) -> bool {
    matches!(c, '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{200c}'..='\u{200d}' | '\u{202f}' | '\u{3000}' | '\u{fe00}'..='\u{fe0f}')
}

fn first_line(line: &str) -> Result<(), ParseError> {
    if line == FIRST {
        return Ok(());
    }
    let version = line.strip_prefix("# weighbridge lock ").map(str::trim_end);
    let (column, message) = match version {
        Some(version) if is_canonical(version) && version != "1" => (
            20,
            format!("this is a lock of version {version}, and this weighbridge reads version 1; update weighbridge"),
        ),
        _ if line.starts_with('\u{feff}') => (1, "the text begins with a byte order mark; save it without".to_owned()),
        _ => (
            1,
            format!(
                "this is not a lock: its first line is not `{FIRST}`; make one with `weighbridge lock FILE > model.lock`"
            ),
        ),
    };
    Err(ParseError { line: 1, column, message })
}

/// Refuses a name that is in two lines.
fn distinct(lines: &[Line], numbers: &[usize]) -> Result<(), ParseError> {
    let groups = Groups::of(lines, |_, _| true);
    let twice = groups.last.iter().map(|&last| groups.numbers(last)).filter_map(|group| {
        let [first, _, ..] = group.as_slice() else { return None };
        let sets: Vec<Vec<Set>> = group.iter().map(|&number| split(&lines[number].pattern.components).1).collect();
        let boxes: Vec<&[Set]> = sets.iter().map(Vec::as_slice).collect();
        let (a, b, point) = overlap(&boxes)?;
        let sets = point.into_iter().map(|index| vec![index..=index]).collect();
        let name = Pattern::joined(&split(&lines[*first].pattern.components).0, sets);
        Some((group[a].max(group[b]), group[a].min(group[b]), name))
    });
    // the first in the text
    match twice.min_by_key(|(second, first, _)| (*second, *first)) {
        None => Ok(()),
        Some((second, first, name)) => {
            let message = format!(
                "`{}` is in line {} already; remove one of the two",
                cut(&name.to_string(), LONGEST_NAME),
                numbers[first]
            );
            Err(ParseError { line: numbers[second], column: 1, message })
        }
    }
}

/// One line of the text.
#[derive(Clone, Copy)]
struct Scan<'t> {
    text: &'t str,
    /// The position, in bytes.
    at: usize,
    line: usize,
}

impl<'t> Scan<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn error<T>(&self, at: usize, message: impl Into<String>) -> Result<T, ParseError> {
        let column = self.text[..at].chars().count() + 1;
        Err(ParseError { line: self.line, column, message: message.into() })
    }

    /// The error if `expected` does not come next.
    fn unexpected<T>(&self, expected: &str) -> Result<T, ParseError> {
        let found = match self.rest().chars().next() {
            None => "the end of the line".to_owned(),
            Some('\t') => "a tab".to_owned(),
            Some(c) => format!("`{}`", shown(c.encode_utf8(&mut [0; 4]))),
        };
        self.error(self.at, format!("expected {expected}, found {found}"))
    }

    fn eat(&mut self, token: &str) -> bool {
        let is_there = self.rest().starts_with(token);
        if is_there {
            self.at += token.len();
        }
        is_there
    }

    fn eat_while(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let len = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    fn comment(&self, at: usize) -> Result<String, ParseError> {
        let comment = self.text[at..].trim_end();
        if let Some((place, c)) = comment.char_indices().find(|(_, c)| is_hidden(*c) && !is_writing(*c)) {
            let message =
                format!("a comment has the character {}, which cannot be seen; remove it", c.escape_unicode());
            return self.error(at + place, message);
        }
        Ok(comment.to_owned())
    }

    /// The error for a marker that a merge left.
    fn conflict(&self) -> Option<ParseError> {
        let mark = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].into_iter().find(|mark| self.text.starts_with(mark))?;
        let message = format!("`{mark}` marks a conflict of a merge; keep the lines that are right, in any order");
        Some(ParseError { line: self.line, column: 1, message })
    }

    fn entry(mut self) -> Result<(Line, Option<String>), ParseError> {
        let pattern = self.pattern()?;
        if self.eat_while(|c| c == ' ').is_empty() {
            return self.unexpected("spaces and a dtype behind the name");
        }
        let dtype = self.dtype()?;
        if self.eat_while(|c| c == ' ').is_empty() {
            return self.unexpected("a space and a shape behind the dtype");
        }
        let shape = self.shape()?;
        let spaces = self.eat_while(|c| c == ' ');
        let behind = match self.rest().chars().next() {
            None => None,
            Some('#') if !spaces.is_empty() => Some(self.comment(self.at)?),
            Some(_) => return self.unexpected("the end of the line, or ` # a comment`, behind the shape"),
        };
        Ok((Line { pattern, dtype, shape }, behind))
    }

    fn pattern(&mut self) -> Result<Pattern, ParseError> {
        if self.rest().starts_with([' ', '\t']) {
            return self.error(self.at, "a line begins with a name; remove the white space before it");
        }
        let mut components = Vec::new();
        let mut numbers = 0;
        loop {
            components.push(self.component(components.len(), &mut numbers)?);
            if !self.eat(".") {
                components.shrink_to_fit();
                return Ok(Pattern { components });
            }
        }
    }

    /// `place` is how many components stand before it, and `numbers` how many numbers.
    fn component(&mut self, place: usize, numbers: &mut usize) -> Result<Component, ParseError> {
        let start = self.at;
        let component = self.pieces()?;
        match self.rest().chars().next() {
            None | Some('.' | ' ') => {}
            Some(c @ ('{' | '}' | '"' | '#' | '\\')) => {
                return self.error(self.at, format!("a component with `{c}` is written in quotes"));
            }
            Some('\t') => return self.error(self.at, "there is a tab; write spaces"),
            Some(c) if is_hidden(c) => {
                let message =
                    format!("the character {0} cannot be seen; write it in quotes, as `{0}`", c.escape_unicode());
                return self.error(self.at, message);
            }
            Some(_) => return self.unexpected("a dot or a space behind the component"),
        }
        for piece in component.pieces() {
            let (is_deep, parts) = match piece {
                Piece::Text(_) => continue,
                Piece::One(_) => (false, ""),
                Piece::Several(_) if place >= DEEPEST => (true, "components"),
                Piece::Several(_) => (*numbers >= DEEPEST, "numbers"),
            };
            if is_deep {
                let message =
                    format!("only the first {DEEPEST} {parts} of a name may stand for several; write a line for each");
                return self.error(start, message);
            }
            *numbers += 1;
        }
        Ok(component)
    }

    /// Reads `block_{0..=3}` and what else may stand between two dots: texts, and numbers in braces between them.
    fn pieces(&mut self) -> Result<Component, ParseError> {
        let (start, mut builder) = (self.at, Builder::default());
        // what stands before this place in the component
        let (mut has_text, mut ends_with_digit, mut has_numbers) = (false, false, false);
        loop {
            let at = self.at;
            match self.rest().chars().next() {
                Some('{') if has_numbers => {
                    return self
                        .error(at, "two numbers stand side by side; write text between them, or a line for each");
                }
                Some('{') if ends_with_digit => {
                    return self.error(at, "braces stand for a whole number; put the digits before them into it");
                }
                Some('{') => {
                    builder.numbers(self.indices()?);
                    (has_text, ends_with_digit, has_numbers) = (false, false, true);
                    continue;
                }
                _ if has_text => return Ok(builder.finish()),
                _ => {}
            }
            let is_quoted = self.rest().starts_with('"');
            let text = if is_quoted { self.quoted()? } else { self.eat_while(is_plain).to_owned() };
            if has_numbers && text.starts_with(|c: char| c.is_ascii_digit()) {
                return self.error(at, "braces stand for a whole number; put the digits behind them into it");
            }
            if !is_quoted && text.is_empty() {
                return match self.rest().is_empty() || self.rest().starts_with(['.', ' ']) {
                    true if at == start => self.error(start, "a component of the name is empty; write `\"\"` if it is"),
                    _ => Ok(builder.finish()),
                };
            }
            builder.text(&text);
            (has_text, ends_with_digit, has_numbers) = (true, text.ends_with(|c: char| c.is_ascii_digit()), false);
        }
    }

    /// Reads `"odd name"`. The first quote comes next.
    fn quoted(&mut self) -> Result<String, ParseError> {
        let start = self.at;
        self.at += 1;
        let mut name = String::new();
        loop {
            let at = self.at;
            let Some(c) = self.rest().chars().next() else {
                return self.error(start, "the quotes are not closed in this line");
            };
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(name),
                '\\' => name.push(self.escape(at)?),
                '.' => return self.error(at, "a dot ends a component; close the quotes before it"),
                c if is_hidden(c) => {
                    return self
                        .error(at, format!("the character {0} cannot be seen; write `{0}`", c.escape_unicode()));
                }
                c => name.push(c),
            }
        }
    }

    /// What a backslash at `start` stands for.
    fn escape(&mut self, start: usize) -> Result<char, ParseError> {
        if self.eat("\"") {
            return Ok('"');
        }
        if self.eat("\\") {
            return Ok('\\');
        }
        let code = if self.eat("u{") { self.eat_while(|c| c.is_ascii_hexdigit()) } else { "" };
        let c = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
        match c.filter(|_| self.eat("}")) {
            Some('.') => self.error(start, "a dot ends a component; close the quotes before it"),
            Some(c) => Ok(c),
            None => self
                .error(start, "unknown escape; there are `\\\"`, `\\\\` and `\\u{..}` with the number of a character"),
        }
    }

    /// Reads `{0..=2, 4}`. The brace comes next.
    fn indices(&mut self) -> Result<Set, ParseError> {
        let start = self.at;
        self.at += 1;
        let mut set: Set = Vec::new();
        loop {
            let at = self.at;
            let range = self.range()?;
            if let Some(last) = set.last() {
                let is_next = last.end().checked_add(1) == Some(*range.start());
                if is_next {
                    let (from, to) = (last.start(), range.end());
                    return self.error(at, format!("this continues the range before it; write `{from}..={to}`"));
                }
                if range.start() <= last.end() {
                    let (start, end) = (range.start(), last.end());
                    return self.error(
                        at,
                        format!("{start} does not come after {end}; write each index once, in ascending order"),
                    );
                }
            }
            set.push(range);
            if self.eat("}") {
                break;
            }
            if !self.eat(",") {
                return self.unexpected("`,`, `..=` or `}`");
            }
            self.eat_while(|c| c == ' ');
        }
        match set.as_slice() {
            [one] if one.start() == one.end() => {
                self.error(start, format!("one index stands without braces; write `{}`", one.start()))
            }
            _ => Ok(set),
        }
    }

    fn range(&mut self) -> Result<RangeInclusive<usize>, ParseError> {
        let at = self.at;
        let first = self.number("an index")?;
        if !self.eat("..") {
            return Ok(first..=first);
        }
        if !self.eat("=") {
            return self.error(self.at, "a range includes its last index; write `..=`");
        }
        let last = self.number("the last index")?;
        match first < last {
            true => Ok(first..=last),
            false if first == last => self.error(at, format!("a range of one index; write `{first}`")),
            false => self.error(at, format!("this range ends before it begins; write `{last}..={first}`")),
        }
    }

    fn number(&mut self, what: &str) -> Result<usize, ParseError> {
        let at = self.at;
        let digits = self.eat_while(|c| c.is_ascii_digit());
        match index(digits) {
            Some(number) => Ok(number),
            None if digits.is_empty() => self.unexpected(what),
            None if is_canonical(digits) => self.error(at, format!("this number is larger than {}", usize::MAX)),
            None => self.error(at, "a number has no leading zeros; remove them"),
        }
    }

    fn dtype(&mut self) -> Result<DType, ParseError> {
        let at = self.at;
        let name = self.eat_while(|c| c.is_ascii_alphanumeric() || c == '_');
        if name.is_empty() {
            return self.unexpected("a dtype");
        }
        name.parse().or_else(|unknown: UnknownDType| self.error(at, unknown.to_string()))
    }

    fn shape(&mut self) -> Result<Vec<usize>, ParseError> {
        if !self.eat("[") {
            return self.unexpected("a shape, such as `[2, 3]` or `[]`");
        }
        let mut shape = Vec::new();
        if self.eat("]") {
            return Ok(shape);
        }
        loop {
            if shape.len() == MOST_DIMS {
                return self.error(self.at, format!("a shape has at most {MOST_DIMS} dims; look at its brackets"));
            }
            shape.push(self.number("a dim")?);
            if self.eat("]") {
                return Ok(shape);
            }
            if !self.eat(",") {
                return self.unexpected("`,` or `]`");
            }
            self.eat_while(|c| c == ' ');
        }
    }
}
