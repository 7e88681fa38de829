//! Breaks lines as rustfmt does.

/// The default width of rustfmt.
const WIDTH: usize = 100;

/// The width that rustfmt gives to the items of a tuple.
const TUPLE: usize = 60;

/// A type as it is written.
pub(super) enum Written {
    Name(String),
    Generic(String, Vec<Written>),
    /// `[item; length]`
    Array(Box<Written>, String),
    Tuple(Vec<Written>),
}

impl Written {
    fn line(&self) -> String {
        let joined = |items: &[Written]| items.iter().map(Written::line).collect::<Vec<_>>().join(", ");
        match self {
            Written::Name(name) => name.clone(),
            Written::Generic(name, arguments) if arguments.is_empty() => name.clone(),
            Written::Generic(name, arguments) => format!("{name}<{}>", joined(arguments)),
            Written::Array(item, length) => format!("[{}; {length}]", item.line()),
            Written::Tuple(items) => format!("({})", joined(items)),
        }
    }

    /// Whether it fits on a line that has `column` characters already and gets one more.
    fn fits(&self, column: usize) -> bool {
        column + self.line().len() < WIDTH && !self.is_broken()
    }

    /// Whether a tuple in it is broken however much room there is.
    fn is_broken(&self) -> bool {
        match self {
            Written::Name(_) => false,
            Written::Generic(_, arguments) => arguments.iter().any(Written::is_broken),
            Written::Array(item, _) => item.is_broken(),
            Written::Tuple(items) => self.line().len() > TUPLE + 2 || items.iter().any(Written::is_broken),
        }
    }

    /// The lines after `column` characters of a line that is indented by `indent`.
    fn lines(&self, indent: usize, column: usize) -> String {
        if self.fits(column) {
            return self.line();
        }
        match self {
            Written::Tuple(items) => list("(", items, ")", indent),
            Written::Array(item, length) => format!("[{}; {length}]", item.lines(indent, column + 1)),
            Written::Generic(name, arguments) => match arguments.as_slice() {
                [] => self.line(),
                [only @ Written::Tuple(_)] => format!("{name}<{}>", only.lines(indent, column + name.len() + 1)),
                several => list(&format!("{name}<"), several, ">", indent),
            },
            Written::Name(name) => name.clone(),
        }
    }

    /// Whether it begins on the first line even if it is broken.
    fn hugs(&self) -> bool {
        match self {
            Written::Tuple(_) => true,
            Written::Array(item, _) => item.hugs(),
            Written::Generic(_, arguments) => self.is_broken() && arguments.len() == 1,
            Written::Name(_) => false,
        }
    }
}

fn list(open: &str, items: &[Written], close: &str, indent: usize) -> String {
    let inner = indent + 4;
    let mut out = format!("{open}\n");
    for item in items {
        out.push_str(&format!("{:inner$}{},\n", "", item.lines(inner, inner)));
    }
    out.push_str(&format!("{:indent$}{close}", ""));
    out
}

/// `pub name: Type,`
pub(super) fn field(name: &str, ty: &Written) -> String {
    let start = format!("    pub {name}:");
    if ty.fits(start.len() + 1) || ty.hugs() {
        format!("{start} {},\n", ty.lines(4, start.len() + 1))
    } else {
        format!("{start}\n        {},\n", ty.lines(8, 8))
    }
}

/// `pub struct Name<const A: usize> {`, or an enum's
pub(super) fn head(kind: &str, name: &str, parameters: &[String]) -> String {
    if parameters.is_empty() {
        return format!("pub {kind} {name} {{\n");
    }
    let parameters: Vec<String> = parameters.iter().map(|name| format!("const {name}: usize")).collect();
    let line = format!("pub {kind} {name}<{}>", parameters.join(", "));
    match line.len() {
        ..=98 => line + " {\n",
        99..=WIDTH => line + "\n{\n",
        _ => format!("pub {kind} {name}<\n    {},\n> {{\n", parameters.join(",\n    ")),
    }
}

/// `#[word(..)]`. If it is too long, rustfmt breaks it only if it holds nothing but literals.
pub(super) fn attribute(indent: usize, word: &str, arguments: &[(&str, String)]) -> String {
    let joined: Vec<String> = arguments
        .iter()
        .map(|(key, value)| if value.is_empty() { (*key).to_owned() } else { format!("{key} = {value}") })
        .collect();
    if joined.is_empty() {
        return format!("{:indent$}#[{word}]\n", "");
    }
    let line = format!("{:indent$}#[{word}({})]", "", joined.join(", "));
    let is_literal = |value: &String| value.starts_with('"') || value.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    if line.chars().count() <= WIDTH || !arguments.iter().all(|(_, value)| is_literal(value)) {
        return line + "\n";
    }
    let mut out = format!("{:indent$}#[{word}(\n", "");
    let inner = indent + 4;
    for (i, argument) in joined.iter().enumerate() {
        let comma = if i + 1 < joined.len() { "," } else { "" };
        out.push_str(&format!("{:inner$}{argument}{comma}\n", ""));
    }
    out + &format!("{:indent$})]\n", "")
}
