//! The devices that a load was given.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The devices that you gave to [`Loader::device`](crate::Loader::device), on which tensors are made. Each is known by its
/// type, and a [`Parameter`](crate::Parameter) asks for the device type of its own library.
///
/// ```
/// use weighbridge::{AnyTensor, DType, Devices, Loader, Module, Parameter, ParameterError, Tensor, View};
///
/// #[derive(Clone, PartialEq, Debug)]
/// struct Gpu(usize);
///
/// struct OnGpu(Gpu, Tensor<f32>);
///
/// impl Parameter for OnGpu {
///     const DTYPES: &'static [DType] = &[DType::F32];
///
///     fn from_tensor(tensor: AnyTensor, devices: &Devices) -> Result<Self, ParameterError> {
///         let gpu = devices.get().cloned().unwrap_or(Gpu(0));
///         Ok(OnGpu(gpu, Tensor::from_tensor(tensor, devices)?))
///     }
///
///     fn view(&self) -> View<'_> {
///         self.1.view()
///     }
/// }
///
/// #[derive(Module)]
/// struct Norm {
///     #[param(shape = [4])]
///     weight: OnGpu,
/// }
///
/// let loaded = Loader::new().device(Gpu(1)).load::<Norm>([("weight", Tensor::<f32>::zeros([4]))])?;
/// assert_eq!(loaded.module.weight.0, Gpu(1));
/// # Ok::<(), weighbridge::LoadError>(())
/// ```
#[derive(Clone, Default)]
pub struct Devices(HashMap<TypeId, Device>);

struct Device {
    type_name: &'static str,
    device: Arc<dyn Any + Send + Sync>,
    /// Whether a parameter has asked for it.
    is_used: AtomicBool,
}

impl Clone for Device {
    /// The same device for another load, in which no parameter has asked for it yet.
    fn clone(&self) -> Device {
        Device { type_name: self.type_name, device: self.device.clone(), is_used: AtomicBool::new(false) }
    }
}

impl Devices {
    /// The device of this type, if the loader has one.
    pub fn get<D: 'static>(&self) -> Option<&D> {
        let Device { device, is_used, .. } = self.0.get(&TypeId::of::<D>())?;
        is_used.store(true, Ordering::Relaxed);
        device.downcast_ref()
    }

    /// Adds a device. It replaces an earlier one of the same type.
    pub(crate) fn insert<D: Send + Sync + 'static>(&mut self, device: D) {
        let device = Device { type_name: type_name::<D>(), device: Arc::new(device), is_used: AtomicBool::new(false) };
        self.0.insert(TypeId::of::<D>(), device);
    }

    /// The types of the devices that no parameter has asked for.
    pub(crate) fn unused(&self) -> Vec<String> {
        let unused = self.0.values().filter(|device| !device.is_used.load(Ordering::Relaxed));
        let mut names: Vec<String> = unused.map(|device| device.type_name.to_owned()).collect();
        names.sort_unstable();
        names
    }
}

impl fmt::Debug for Devices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.values().map(|device| device.type_name)).finish()
    }
}
