//! The Rust peers, each as its documentation says to use it.

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader};
use std::mem::ManuallyDrop;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use half::bf16;
use memmap2::Mmap;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

use crate::case::{Case, Element, Form, Model, Pick};
use crate::limits::touch_pages;
use crate::measure::{Measure, Measured};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Maps a file.
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the files are generated before the first child starts, and nothing changes them while the run lasts.
    unsafe { Mmap::map(file) }
}

/// Maps the case's files for as long as the process lives.
fn maps(case: &Case) -> io::Result<Vec<&'static [u8]>> {
    let map = |path| Ok(&**Box::leak(Box::new(map(&File::open(path)?)?)));
    case.files().into_iter().map(map).collect()
}

type Views = HashMap<String, TensorView<'static>>;

fn views(files: Vec<&'static [u8]>) -> Result<Views> {
    let mut views = HashMap::new();
    for bytes in files {
        views.extend(SafeTensors::deserialize(bytes)?.tensors());
    }
    Ok(views)
}

fn view_value(case: &Case, views: &Views, pick: &Pick) -> Result<f32> {
    Ok(case.element.read(views.get(&pick.name).ok_or("a tensor is missing")?.data(), pick.index))
}

pub(crate) fn safetensors_read(case: &Case) -> Measure {
    let (measured, views) = Measured::time(|| {
        let mut files: Vec<&'static [u8]> = Vec::new();
        for path in case.files() {
            files.push(std::fs::read(path)?.leak());
        }
        views(files)
    });
    let views = ManuallyDrop::new(views?);
    measured.values(case, |pick| view_value(case, &views, pick))
}

pub(crate) fn safetensors_views(case: &Case) -> Measure {
    let (measured, views) = Measured::time(|| views(maps(case)?));
    let views = ManuallyDrop::new(views?);
    measured.values(case, |pick| view_value(case, &views, pick))
}

pub(crate) fn safetensors_touched(case: &Case) -> Measure {
    let (measured, views) = Measured::time(|| {
        let views = views(maps(case)?)?;
        std::hint::black_box(views.values().map(|view| touch_pages(view.data())).sum::<u64>());
        Ok::<_, Box<dyn Error>>(views)
    });
    let views = ManuallyDrop::new(views?);
    measured.values(case, |pick| view_value(case, &views, pick))
}

pub(crate) fn safetensors_copied(case: &Case) -> Measure {
    let (measured, copies) = Measured::time(|| {
        let views = views(maps(case)?)?;
        Ok::<_, Box<dyn Error>>(
            views.into_iter().map(|(name, view)| (name, view.data().to_vec())).collect::<HashMap<_, _>>(),
        )
    });
    let copies = ManuallyDrop::new(copies?);
    measured.values(case, |pick| {
        Ok::<_, String>(case.element.read(copies.get(&pick.name).ok_or("a tensor is missing")?, pick.index))
    })
}

pub(crate) fn safetensors_cast(case: &Case) -> Measure {
    let (measured, casts) = Measured::time(|| {
        let cast = |view: TensorView| -> Vec<f32> {
            view.data().as_chunks().0.iter().map(|&bytes| bf16::from_le_bytes(bytes).to_f32()).collect()
        };
        let views = views(maps(case)?)?;
        Ok::<_, Box<dyn Error>>(views.into_iter().map(|(name, view)| (name, cast(view))).collect::<HashMap<_, _>>())
    });
    let casts = ManuallyDrop::new(casts?);
    measured.values(case, |pick| {
        casts.get(&pick.name).and_then(|cast| cast.get(pick.index)).copied().ok_or("a tensor is missing")
    })
}

fn candle_value(tensors: &HashMap<String, Tensor>, pick: &Pick) -> Result<f32> {
    let tensor = tensors.get(&pick.name).ok_or("a tensor is missing")?;
    Ok(tensor.flatten_all()?.get(pick.index)?.to_dtype(DType::F32)?.to_scalar()?)
}

pub(crate) fn candle_load(case: &Case) -> Measure {
    let (measured, tensors) = Measured::time(|| {
        let mut tensors = HashMap::new();
        for path in case.files() {
            tensors.extend(candle_core::safetensors::load(path, &Device::Cpu)?);
        }
        if case.model == Model::LlamaCast {
            for tensor in tensors.values_mut() {
                *tensor = tensor.to_dtype(DType::F32)?;
            }
        }
        Ok::<_, candle_core::Error>(tensors)
    });
    let tensors = ManuallyDrop::new(tensors?);
    measured.values(case, |pick| candle_value(&tensors, pick))
}

pub(crate) fn candle_builder(case: &Case) -> Measure {
    let dtype = match case.model {
        Model::LlamaBf16 => DType::BF16,
        _ => DType::F32,
    };
    // a model's code knows its names and shapes
    let wanted: Vec<_> =
        (0..case.shapes.count()).map(|tensor| (case.shapes.name(tensor), case.shapes.shape(tensor))).collect();
    let (measured, tensors) = Measured::time(|| {
        // SAFETY: the files are generated before the first child starts, and nothing changes them while the run lasts.
        let builder = unsafe { VarBuilder::from_mmaped_safetensors(&case.files(), dtype, &Device::Cpu)? };
        let get = |(name, shape): (String, Vec<usize>)| {
            let tensor = builder.get(shape, &name)?;
            Ok((name, tensor))
        };
        wanted.into_iter().map(get).collect::<candle_core::Result<HashMap<_, _>>>()
    });
    let tensors = ManuallyDrop::new(tensors?);
    measured.values(case, |pick| candle_value(&tensors, pick))
}

pub(crate) fn candle_npz(case: &Case) -> Measure {
    let (measured, tensors) = Measured::time(|| Tensor::read_npz(case.path()));
    let tensors = tensors?.into_iter().collect();
    let tensors = ManuallyDrop::new(tensors);
    measured.values(case, |pick| candle_value(&tensors, pick))
}

pub(crate) fn npyz(case: &Case) -> Measure {
    assert!(matches!(case.form, Form::Npz { .. }) && case.element != Element::Bf16);
    let (measured, arrays) = Measured::time(|| {
        let mut archive = zip::ZipArchive::new(BufReader::new(File::open(case.path())?))?;
        let mut arrays = HashMap::new();
        for member in 0..archive.len() {
            let member = archive.by_index(member)?;
            let name = member.name()?.trim_end_matches(".npy").to_string();
            arrays.insert(name, npyz::NpyFile::new(BufReader::new(member))?.into_vec::<f32>()?);
        }
        Ok::<_, Box<dyn Error>>(arrays)
    });
    let arrays = ManuallyDrop::new(arrays?);
    measured.values(case, |pick| {
        arrays.get(&pick.name).and_then(|array| array.get(pick.index)).copied().ok_or("a tensor is missing")
    })
}
