//! Real checkpoints with mistakes planted in them.

use wb::{AnyTensor, Checkpoint, LoadError, Loader, Module, Report, Shape, Source, Tensor};
use weighbridge_tests::{fixture, verify};

/// The tensors of a checkpoint, to be changed.
pub struct Planted(Vec<(String, AnyTensor)>);

impl Planted {
    /// The tensors of a committed checkpoint.
    pub fn of(file: &str) -> Planted {
        let checkpoint = Checkpoint::open(fixture(file)).unwrap();
        let tensor = |name: &str| (name.to_owned(), checkpoint.tensor(name).unwrap());
        Planted(checkpoint.iter().map(|entry| tensor(entry.name())).collect())
    }

    pub fn source(self) -> Source {
        Source::from(self.0)
    }

    pub fn remove(self, name: &str) -> Planted {
        let before = self.0.len();
        let after = self.remove_where(|one| one == name);
        assert_eq!(after.0.len() + 1, before, "{name}");
        after
    }

    pub fn remove_where(mut self, is: impl Fn(&str) -> bool) -> Planted {
        self.0.retain(|(name, _)| !is(name));
        self
    }

    pub fn rename_all(self, rename: impl Fn(&str) -> String) -> Planted {
        Planted(self.0.into_iter().map(|(name, tensor)| (rename(&name), tensor)).collect())
    }

    pub fn rename(self, from: &str, to: &str) -> Planted {
        self.rename_all(|name| if name == from { to.to_owned() } else { name.to_owned() })
    }

    pub fn rename_part(self, from: &str, to: &str) -> Planted {
        self.rename_all(|name| name.replace(from, to))
    }

    /// Everything whose name begins with `from` a second time, under `to`.
    pub fn copy_part(mut self, from: &str, to: &str) -> Planted {
        let copies =
            |(name, tensor): &(String, AnyTensor)| Some((format!("{to}{}", name.strip_prefix(from)?), tensor.clone()));
        let copies: Vec<_> = self.0.iter().filter_map(copies).collect();
        self.0.extend(copies);
        self
    }

    /// The same bytes with another shape.
    pub fn reshape_where<const RANK: usize>(self, is: impl Fn(&str) -> bool, shape: [usize; RANK]) -> Planted {
        let reshape = |(name, tensor): (String, AnyTensor)| {
            let reshaped = is(&name).then(|| AnyTensor::new(tensor.dtype(), shape, tensor.as_bytes()).unwrap());
            (name, reshaped.unwrap_or(tensor))
        };
        Planted(self.0.into_iter().map(reshape).collect())
    }

    /// A tensor of that name, in place of the one there is.
    pub fn set(self, name: &str, tensor: impl Into<AnyTensor>) -> Planted {
        let mut planted = self.remove(name);
        planted.0.push((name.to_owned(), tensor.into()));
        planted
    }

    /// A new tensor of zeros.
    pub fn zeros(mut self, name: &str, shape: impl Into<Shape>) -> Planted {
        self.0.push((name.to_owned(), Tensor::<f32>::zeros(shape).into()));
        self
    }

    /// The tensor of that name a second time.
    pub fn again(mut self, name: &str) -> Planted {
        let found = self.0.iter().find(|(one, _)| one == name).cloned();
        self.0.extend(found);
        self
    }

    pub fn reversed(mut self) -> Planted {
        self.0.reverse();
        self
    }
}

/// The report of a load that must be refused. A check while compiling has the same rows of the same names.
pub fn refused<M: Module>(loader: &Loader, planted: Planted) -> Report {
    refused_of::<M>(loader, planted.0)
}

/// The same of any pairs.
pub fn refused_of<M: Module>(loader: &Loader, pairs: Vec<(String, AnyTensor)>) -> Report {
    let checkpoint = Checkpoint::open(pairs).unwrap();
    let report = match loader.check::<M>(&checkpoint) {
        Err(LoadError::Mismatch(report)) => *report,
        Err(other) => panic!("refused for another reason: {other}"),
        Ok(report) => panic!("let through: {report}"),
    };
    // what a loader lets through is none of its business, and no lock has a name twice
    if format!("{loader:?}") == format!("{:?}", Loader::new())
        && let Ok(lock) = checkpoint.lock()
    {
        let names = Checkpoint::open(Source::lock("a list of pairs", &lock)).unwrap();
        let refused = loader.check::<M>(&names).unwrap_err();
        let rows = verify::rows(refused.report().expect("the names can be read"));
        assert_eq!(verify::text::<M>(&names).expect("refused while compiling too"), rows);
    }
    report
}
