//! Lines as rustfmt breaks them.

/// The width that rustfmt has by default.
const WIDTH: usize = 100;

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

    /// After `column` characters on its line, before one more.
    fn lines(&self, indent: usize, column: usize) -> String {
        let line = self.line();
        if column + line.len() < WIDTH {
            return line;
        }
        match self {
            Written::Tuple(items) => list("(", items, ")", indent),
            Written::Generic(name, arguments) => match arguments.as_slice() {
                [] => line,
                [only @ Written::Tuple(items)] if column + only.line().len() > name.len() => {
                    format!("{name}<{}>", list("(", items, ")", indent))
                }
                several => list(&format!("{name}<"), several, ">", indent),
            },
            Written::Name(_) | Written::Array(..) => line,
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
    let start = format!("    pub {name}: ");
    format!("{start}{},\n", ty.lines(4, start.len()))
}

/// `Name(Type),`
pub(super) fn variant(name: &str, ty: &Written) -> String {
    let start = format!("    {name}(");
    format!("{start}{}),\n", ty.lines(4, start.len() + 1))
}

/// `pub struct Name<const A: usize> `
pub(super) fn head(kind: &str, name: &str, parameters: &[String]) -> String {
    if parameters.is_empty() {
        return format!("pub {kind} {name} ");
    }
    let parameters: Vec<String> = parameters.iter().map(|name| format!("const {name}: usize")).collect();
    let line = format!("pub {kind} {name}<{}> ", parameters.join(", "));
    // the brace is on this line too
    if line.len() < WIDTH {
        return line;
    }
    format!("pub {kind} {name}<\n    {},\n> ", parameters.join(",\n    "))
}

/// `#[word(..)]`. What holds literals alone is broken by rustfmt where it is long, and other attributes are left as they are.
pub(super) fn attribute(indent: usize, word: &str, arguments: &[(&str, String)]) -> String {
    let joined: Vec<String> = arguments
        .iter()
        .map(|(key, value)| if value.is_empty() { (*key).to_owned() } else { format!("{key} = {value}") })
        .collect();
    if joined.is_empty() {
        return format!("{:indent$}#[{word}]\n", "");
    }
    let line = format!("{:indent$}#[{word}({})]", "", joined.join(", "));
    let is_literal = |value: &String| value.starts_with('"') || value.bytes().all(|b| b.is_ascii_digit());
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
