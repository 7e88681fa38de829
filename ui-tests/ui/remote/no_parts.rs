use weighbridge::{Module, ParameterError, Remote};

struct Norm;

#[derive(Module)]
struct NormParts;

impl Remote for NormParts {
    fn to_parts(_: &Norm) -> Self {
        NormParts
    }
    fn from_parts(self) -> Result<Norm, ParameterError> {
        Ok(Norm)
    }
}

fn main() {}
