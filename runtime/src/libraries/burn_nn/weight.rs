//! Parameters of burn, and how an update changes them.

use burn_core::module::Param;
use burn_tensor::Tensor;

use crate::error::ParameterError;

pub(super) type Weight<const D: usize> = Param<Tensor<D>>;

/// The parameter without its mappers, which are for burn's own files.
pub(super) fn bare<const D: usize>(param: &Weight<D>) -> Weight<D> {
    Param::initialized(param.id, param.val())
}

/// The parameter with new elements.
pub(super) fn put<const D: usize>(param: &Weight<D>, new: Tensor<D>) -> Result<Weight<D>, ParameterError> {
    if param.adapter().is_some() {
        return Err(ParameterError::new(
            "a parameter has a LoRA adapter, which an update would drop; call `materialize` on the module",
        ));
    }
    Ok(param.clone().map(|old| new.detach().set_require_grad(old.is_require_grad())))
}

/// The same of one that may be absent, as the module's structure says.
pub(super) fn put_option<const D: usize>(
    param: &Option<Weight<D>>,
    new: Option<Weight<D>>,
) -> Result<Option<Weight<D>>, ParameterError> {
    param.as_ref().zip(new).map(|(param, new)| put(param, new.val())).transpose()
}
