//! What one child process measures, and how its parent reads it.

use std::error::Error;
use std::io::{Write, stdin, stdout};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::case::{Case, Pick};

pub(crate) type Measure = Result<Measured, Box<dyn Error>>;

/// One line of JSON.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) ms: f64,
    /// Resident memory before the load, at the peak, and at the end the part that no file backs, in KiB.
    pub(crate) before: u64,
    pub(crate) peak: u64,
    pub(crate) anonymous: u64,
    /// The values that the load found at the picks, as the bits of f32.
    #[serde(default)]
    pub(crate) values: Vec<u32>,
    /// If there are no values, how many tensors the load saw.
    #[serde(default)]
    pub(crate) count: Option<usize>,
}

impl Measured {
    /// Times the load alone. Does not drop what it returns; check that with one of the methods below.
    pub(crate) fn time<T>(load: impl FnOnce() -> T) -> (Measured, T) {
        ready();
        // reset the peak, if the system allows it
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        let before = status("VmRSS:");
        let start = Instant::now();
        let loaded = load();
        let ms = start.elapsed().as_secs_f64() * 1000.0;
        let (peak, anonymous) = (status("VmHWM:"), status("RssAnon:"));
        (Measured { ms, before, peak, anonymous, ..Measured::default() }, loaded)
    }

    /// With the loaded values at the case's picks.
    pub(crate) fn values<E: Into<Box<dyn Error>>>(
        mut self,
        case: &Case,
        value: impl Fn(&Pick) -> Result<f32, E>,
    ) -> Measure {
        for pick in case.picks() {
            self.values.push(value(&pick).map_err(Into::into)?.to_bits());
        }
        Ok(self)
    }

    pub(crate) fn count(mut self, count: usize) -> Measure {
        self.count = Some(count);
        Ok(self)
    }

    /// Whether the load found what was written.
    pub(crate) fn verify(&self, case: &Case) -> Result<(), String> {
        if self.count == Some(case.shapes.count()) {
            return Ok(());
        }
        let expected = case.picks().map(|pick| case.expected(&pick).to_bits());
        match self.values == expected {
            true => Ok(()),
            false => Err(format!("{:x?} and count {:?} are not {expected:x?}", self.values, self.count)),
        }
    }
}

/// Reports that the load is ready, and waits until the parent starts it. Without a parent it starts at once.
fn ready() {
    println!("ready");
    // without a parent, there is nothing to wait for
    let _ = stdout().flush();
    let _ = stdin().read_line(&mut String::new());
}

/// A figure of this process in KiB.
fn status(key: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::CASES;

    /// The values of a correct load, as the parent reads them from the child's line.
    fn right(case: &Case) -> Measured {
        let measured = Measured::default().values(case, |pick| Ok::<_, String>(case.expected(pick))).unwrap();
        serde_json::from_str(&serde_json::to_string(&measured).unwrap()).unwrap()
    }

    #[test]
    fn a_load_that_found_something_else_is_refused() {
        for case in &CASES {
            right(case).verify(case).unwrap();
            let zeros = Measured { values: vec![0; 3], ..Measured::default() };
            zeros.verify(case).unwrap_err();
            for pick in 0..3 {
                let mut wrong = right(case);
                wrong.values[pick] ^= 1 << 16;
                wrong.verify(case).unwrap_err();
            }
        }
    }

    #[test]
    fn what_loads_no_values_has_to_see_every_tensor() {
        for case in &CASES {
            let seen = |count| Measured::default().count(count).unwrap().verify(case);
            seen(case.shapes.count()).unwrap();
            seen(case.shapes.count() - 1).unwrap_err();
            Measured::default().verify(case).unwrap_err();
        }
    }
}
