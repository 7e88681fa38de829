//! The Rust peers, each used as its documentation says.

use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader};
use std::mem::ManuallyDrop;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::pickle::PthTensors;
use candle_core::quantized::QTensor;
use candle_core::quantized::gguf_file::Content;
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use half::bf16;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

use crate::case::{Case, Element, Form, Model, Pick};
use crate::measure::{Measure, Measured};
use crate::memory::{self, touch_pages};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Maps the case's files for as long as the process lives.
fn maps(case: &Case) -> io::Result<Vec<&'static [u8]>> {
    let map = |path| Ok(&**Box::leak(Box::new(memory::map(&File::open(path)?)?)));
    case.files().into_iter().map(map).collect()
}

type Views = Vec<(&'static str, TensorView<'static>)>;

/// A list of all views. It borrows names from the parsed headers, which live as long as the process, so no name is copied.
fn views(files: Vec<&'static [u8]>) -> Result<Views> {
    let mut views = Vec::new();
    for bytes in files {
        let parsed: &'static SafeTensors = Box::leak(Box::new(SafeTensors::deserialize(bytes)?));
        views.reserve(parsed.len());
        views.extend(parsed.iter());
    }
    Ok(views)
}

/// The tensor of a pick. The search is not timed, so a loader that returns a list does not pay for a map.
fn named<'l, N: AsRef<str>, T>(list: &'l [(N, T)], pick: &Pick) -> Result<&'l T> {
    let found = list.iter().find(|(name, _)| name.as_ref() == pick.name);
    Ok(&found.ok_or("a tensor is missing")?.1)
}

fn view_value(case: &Case, views: &Views, pick: &Pick) -> Result<f32> {
    Ok(case.element.read(named(views, pick)?.data(), pick.index))
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
        std::hint::black_box(views.iter().map(|(_, view)| touch_pages(view.data())).sum::<u64>());
        Ok::<_, Box<dyn Error>>(views)
    });
    let views = ManuallyDrop::new(views?);
    measured.values(case, |pick| view_value(case, &views, pick))
}

pub(crate) fn safetensors_copied(case: &Case) -> Measure {
    let (measured, loaded) = Measured::time(|| {
        let views = views(maps(case)?)?;
        let copies: Vec<_> = views.iter().map(|(name, view)| (*name, view.data().to_vec())).collect();
        Ok::<_, Box<dyn Error>>((views, copies))
    });
    let loaded = ManuallyDrop::new(loaded?);
    let (_, copies) = &*loaded;
    measured.values(case, |pick| named(copies, pick).map(|copy| case.element.read(copy, pick.index)))
}

pub(crate) fn safetensors_cast(case: &Case) -> Measure {
    let (measured, loaded) = Measured::time(|| {
        let cast = |view: &TensorView| -> Vec<f32> {
            view.data().as_chunks().0.iter().map(|&bytes| bf16::from_le_bytes(bytes).to_f32()).collect()
        };
        let views = views(maps(case)?)?;
        let casts: Vec<_> = views.iter().map(|(name, view)| (*name, cast(view))).collect();
        Ok::<_, Box<dyn Error>>((views, casts))
    });
    let loaded = ManuallyDrop::new(loaded?);
    let (_, casts) = &*loaded;
    measured.values(case, |pick| element(named(casts, pick)?, pick))
}

fn element(tensor: &[f32], pick: &Pick) -> Result<f32> {
    Ok(*tensor.get(pick.index).ok_or("a tensor is too short")?)
}

fn candle_value(tensor: &Tensor, pick: &Pick) -> Result<f32> {
    Ok(tensor.flatten_all()?.get(pick.index)?.to_dtype(DType::F32)?.to_scalar()?)
}

pub(crate) fn candle_load(case: &Case) -> Measure {
    let (measured, files) = Measured::time(|| {
        let mut files = Vec::new();
        for path in case.files() {
            files.push(candle_core::safetensors::load(path, &Device::Cpu)?);
        }
        if case.model == Model::LlamaCast {
            // each tensor is dropped after its cast, as in a program without memory for both
            for tensor in files.iter_mut().flat_map(HashMap::values_mut) {
                *tensor = tensor.to_dtype(DType::F32)?;
            }
        }
        Ok::<_, candle_core::Error>(files)
    });
    let files = ManuallyDrop::new(files?);
    measured.values(case, |pick| {
        let tensor = files.iter().find_map(|tensors| tensors.get(&pick.name));
        candle_value(tensor.ok_or("a tensor is missing")?, pick)
    })
}

pub(crate) fn candle_builder(case: &Case) -> Measure {
    let dtype = match case.model {
        Model::LlamaBf16 => DType::BF16,
        _ => DType::F32,
    };
    // the code of a model knows its names and shapes
    let mut wanted: Vec<_> =
        (0..case.shapes.count()).map(|tensor| (case.shapes.name(tensor), case.shapes.shape(tensor))).collect();
    let (measured, loaded) = Measured::time(|| {
        // SAFETY: the files are generated before the first child starts, and nothing changes them while the run lasts.
        let builder = unsafe { VarBuilder::from_mmaped_safetensors(&case.files(), dtype, &Device::Cpu)? };
        let mut tensors = Vec::with_capacity(wanted.len());
        for (name, shape) in &mut wanted {
            tensors.push(builder.get(std::mem::take(shape), name)?);
        }
        // the builder holds the mapped files
        Ok::<_, candle_core::Error>((builder, tensors))
    });
    let loaded = ManuallyDrop::new(loaded?);
    let (_, tensors) = &*loaded;
    measured.values(case, |pick| candle_value(tensors.get(pick.tensor).ok_or("a tensor is missing")?, pick))
}

pub(crate) fn candle_npz(case: &Case) -> Measure {
    let (measured, tensors) = Measured::time(|| Tensor::read_npz(case.path()));
    let tensors = ManuallyDrop::new(tensors?);
    measured.values(case, |pick| candle_value(named(&tensors, pick)?, pick))
}

pub(crate) fn npyz(case: &Case) -> Measure {
    assert!(matches!(case.form, Form::Npz { .. }) && case.element != Element::Bf16);
    let (measured, loaded) = Measured::time(|| {
        let mut archive = zip::ZipArchive::new(BufReader::new(File::open(case.path())?))?;
        let mut arrays = Vec::with_capacity(archive.len());
        for member in 0..archive.len() {
            let member = archive.by_index(member)?;
            let name = member.name()?.trim_end_matches(".npy").to_string();
            arrays.push((name, npyz::NpyFile::new(BufReader::new(member))?.into_vec::<f32>()?));
        }
        Ok::<_, Box<dyn Error>>((archive, arrays))
    });
    let loaded = ManuallyDrop::new(loaded?);
    let (_, arrays) = &*loaded;
    measured.values(case, |pick| element(named(arrays, pick)?, pick))
}

/// The header, from a buffered reader, and the file for the tensors.
fn candle_content(case: &Case) -> Result<(Content, File)> {
    let file = File::open(case.path())?;
    let content = Content::read(&mut BufReader::new(&file))?;
    Ok((content, file))
}

fn names(case: &Case) -> Vec<String> {
    (0..case.shapes.count()).map(|tensor| case.shapes.name(tensor)).collect()
}

pub(crate) fn candle_gguf_header(case: &Case) -> Measure {
    let (measured, content) = Measured::time(|| candle_content(case));
    let content = ManuallyDrop::new(content?);
    measured.count(content.0.tensor_infos.len())
}

pub(crate) fn candle_gguf(case: &Case) -> Measure {
    let names = names(case);
    let (measured, tensors) = Measured::time(|| {
        let (content, mut file) = candle_content(case)?;
        let read = |name| content.tensor(&mut file, name, &Device::Cpu);
        let tensors = names.iter().map(String::as_str).map(read).collect::<candle_core::Result<Vec<_>>>()?;
        Ok::<_, Box<dyn Error>>((content, tensors))
    });
    let tensors = ManuallyDrop::new(tensors?);
    measured.values(case, |pick| {
        let tensor = tensors.1.get(pick.tensor).ok_or("a tensor is missing")?;
        Ok::<_, Box<dyn Error>>(case.element.read(&tensor.data()?, pick.index))
    })
}

/// candle dequantises a tensor on one thread, so each of several threads has tensors of its own.
fn dequantised<T: Sync>(
    threads: usize,
    tensors: &[T],
    one: impl Fn(&T) -> candle_core::Result<Tensor> + Sync,
) -> candle_core::Result<Vec<Tensor>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&number| number < tensors.len());
        std::iter::from_fn(take).map(|number| Ok((number, one(&tensors[number])?))).collect()
    };
    let parts: Vec<candle_core::Result<Vec<_>>> = std::thread::scope(|scope| {
        let started: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        let others = started.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        std::iter::once(own).chain(others).collect()
    });
    let mut all = Vec::with_capacity(tensors.len());
    for part in parts {
        all.extend(part?);
    }
    all.sort_unstable_by_key(|(number, _)| *number);
    Ok(all.into_iter().map(|(_, tensor)| tensor).collect())
}

fn dequantised_values(case: &Case, measured: Measured, tensors: &[Tensor]) -> Measure {
    measured.values(case, |pick| candle_value(tensors.get(pick.tensor).ok_or("a tensor is missing")?, pick))
}

pub(crate) fn candle_dequantize<const THREADS: usize>(case: &Case) -> Measure {
    let names = names(case);
    let (measured, loaded) = Measured::time(|| {
        let (content, _) = candle_content(case)?;
        let tensors = dequantised(THREADS, &names, |name| {
            let mut file = File::open(case.path())?;
            content.tensor(&mut file, name, &Device::Cpu)?.dequantize(&Device::Cpu)
        })?;
        Ok::<_, Box<dyn Error>>((content, tensors))
    });
    let loaded = ManuallyDrop::new(loaded?);
    dequantised_values(case, measured, &loaded.1)
}

/// The blocks are in memory before the time runs.
pub(crate) fn candle_dequantize_alone<const THREADS: usize>(case: &Case) -> Measure {
    let (content, mut file) = candle_content(case)?;
    let read = |name: String| content.tensor(&mut file, &name, &Device::Cpu);
    let blocks = names(case).into_iter().map(read).collect::<candle_core::Result<Vec<QTensor>>>()?;
    let (measured, tensors) =
        Measured::time(|| dequantised(THREADS, &blocks, |blocks| blocks.dequantize(&Device::Cpu)));
    let tensors = ManuallyDrop::new(tensors?);
    dequantised_values(case, measured, &tensors)
}

pub(crate) fn candle_pickle(case: &Case) -> Measure {
    let (measured, tensors) = Measured::time(|| candle_core::pickle::read_all(case.path()));
    let tensors = ManuallyDrop::new(tensors?);
    measured.values(case, |pick| candle_value(named(&tensors, pick)?, pick))
}

pub(crate) fn candle_pickle_header(case: &Case) -> Measure {
    let (measured, tensors) = Measured::time(|| PthTensors::new(case.path(), None));
    let tensors = ManuallyDrop::new(tensors?);
    measured.count(tensors.tensor_infos().len())
}
