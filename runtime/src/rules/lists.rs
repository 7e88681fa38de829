//! How long a list is where a name says it.

use crate::schema::{Environment, Known, Len, Value};

/// The longest list of which a configuration alone says how long it is.
pub(crate) const MOST_ITEMS: usize = 10_000;

/// The length of a list of which a file has `count` items, of which the last ends at `end`. Where what is said decides that this is
/// the length, it is as good as a constant: what is absent before the last item is missing. If it is another one, it is to be
/// compared with the end, which is then given too.
pub(crate) const fn len_of_all(
    len: Len,
    environment: &Environment,
    said: Known<'_>,
    count: usize,
    end: usize,
) -> (Len, Option<usize>) {
    let said = match (len, len.as_dim().number(environment, said)) {
        (Len::Is(_), _) => return (len, None),
        (_, Some(Value::Number(number))) if number <= MOST_ITEMS => number,
        _ => return (len, None),
    };
    if count == 0 || said == end {
        (Len::Is(said), None)
    } else if said != count {
        (len, Some(end))
    } else {
        (len, None)
    }
}
