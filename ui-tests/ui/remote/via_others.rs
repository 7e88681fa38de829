use weighbridge::{Module, ParameterError, Remote};

struct Norm;
struct Other;

#[derive(Module)]
#[module(remote = Norm)]
struct NormParts;

impl Remote for NormParts {
    fn to_parts(_: &Norm) -> Self {
        NormParts
    }
    fn from_parts(self) -> Result<Norm, ParameterError> {
        Ok(Norm)
    }
}

#[derive(Module)]
struct Model {
    #[module(via = NormParts)]
    others: Vec<Other>,
}

fn main() {}
