//! The parts of a message: what is wrong, then, after a semicolon, what to do. What stands between backticks is code or a name.

/// What is wrong, and what to do, if the message says so. A semicolon in a name separates nothing.
///
/// ```
/// use weighbridge_lock::cause_and_remedy;
///
/// assert_eq!(cause_and_remedy("`a; b` is absent; add it"), ("`a; b` is absent", Some("add it")));
/// assert_eq!(cause_and_remedy("`a; b` is absent"), ("`a; b` is absent", None));
/// ```
pub fn cause_and_remedy(message: &str) -> (&str, Option<&str>) {
    let mut at = 0;
    for (is_code, part) in parts(message) {
        if let (false, Some(end)) = (is_code, part.find("; ")) {
            let (cause, remedy) = message.split_at(at + end);
            return (cause, Some(&remedy[2..]));
        }
        // a backtick follows
        at += part.len() + 1;
    }
    (message, None)
}

/// What stands between backticks (`true`), and what does not.
///
/// ```
/// let parts: Vec<_> = weighbridge_lock::parts("say `load`").collect();
/// assert_eq!(parts, [(false, "say "), (true, "load"), (false, "")]);
/// ```
pub fn parts(message: &str) -> impl Iterator<Item = (bool, &str)> {
    message.split('`').enumerate().map(|(number, part)| (number % 2 == 1, part))
}
