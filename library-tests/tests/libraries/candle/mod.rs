//! candle: real files into `candle_core::Tensor`, against the safetensors crate's reading of the same bytes, and beside
//! candle's own loaders.

mod both_traits;
mod layers;
mod own;
mod quantised;
mod remedies;
mod training;

use candle_core::{CpuStorage, DType as CandleDType, Device, Storage, Tensor};
use half::bf16;
use safetensors::SafeTensors;
use weighbridge::{AnyTensor, Cast, DType, Devices, LoadError, Loader, Module, Parameter, Report, Rule, SaveError};
use weighbridge_library_tests::{Noted, fixture};

#[derive(Module)]
struct Llama {
    model: Model,
    #[param(rename = "lm_head.weight", shape = ["vocab", 32], dtype = "BF16")]
    lm_head: Tensor,
}

#[derive(Module)]
struct Model {
    #[param(rename = "embed_tokens.weight", shape = ["vocab", 32], dtype = "BF16")]
    embed_tokens: Tensor,
    #[module(len = 3)]
    layers: Vec<Layer>,
    #[param(rename = "norm.weight", shape = [32], dtype = "BF16")]
    norm: Tensor,
}

#[derive(Module)]
struct Layer {
    #[param(rename = "input_layernorm.weight", shape = [32])]
    input_layernorm: Tensor,
    #[param(rename = "self_attn.q_proj.weight", shape = [32, 32])]
    q: Tensor,
    #[param(rename = "self_attn.k_proj.weight", shape = [16, 32])]
    k: Tensor,
    #[param(rename = "self_attn.v_proj.weight", shape = [16, 32])]
    v: Tensor,
    #[param(rename = "self_attn.o_proj.weight", shape = [32, 32])]
    o: Tensor,
    #[param(rename = "post_attention_layernorm.weight", shape = [32])]
    post_attention_layernorm: Tensor,
    #[param(rename = "mlp.gate_proj.weight", shape = [64, 32])]
    gate: Tensor,
    #[param(rename = "mlp.up_proj.weight", shape = [64, 32])]
    up: Tensor,
    #[param(rename = "mlp.down_proj.weight", shape = [32, 64])]
    down: Tensor,
}

#[derive(Module, Debug)]
struct Linear {
    #[param(shape = [10, 10])]
    weight: Tensor,
    #[param(shape = [10])]
    bias: Tensor,
}

#[derive(Module, Debug)]
struct One {
    #[param(shape = [])]
    x: Tensor,
}

fn any(dtype: DType, shape: &[usize], bytes: &[u8]) -> AnyTensor {
    AnyTensor::new(dtype, shape, bytes).unwrap()
}

fn f32s(shape: &[usize]) -> AnyTensor {
    weighbridge::Tensor::new(shape, (0..shape.iter().product()).map(|i: usize| i as f32).collect()).unwrap().into()
}

/// A tensor of any shape, by way of a loader.
fn one(tensor: AnyTensor) -> Result<Tensor, LoadError> {
    Loader::new().shapes(Rule::Allow).load::<One>([("x", tensor)]).map(|loaded| loaded.module.x)
}

#[track_caller]
fn report<T>(refused: Result<T, LoadError>) -> Report {
    refused.err().expect("it was accepted").report().expect("no report").clone()
}

/// Where a tensor on the CPU has its elements.
fn address(tensor: &Tensor) -> usize {
    let (storage, _) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(CpuStorage::F32(elements)) => elements.as_ptr() as usize,
        Storage::Cpu(CpuStorage::BF16(elements)) => elements.as_ptr() as usize,
        _ => panic!("not on the CPU, or of another dtype"),
    }
}

#[test]
fn a_file_becomes_tensors_of_candle() {
    let bytes = std::fs::read(fixture("llama/model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let llama = Llama::from_weights(fixture("llama")).unwrap();
    let expected = |name: &str, tensor: &Tensor| {
        let view = file.tensor(name).unwrap();
        let values: Vec<bf16> = view.data().chunks(2).map(|pair| bf16::from_le_bytes([pair[0], pair[1]])).collect();
        assert_eq!(tensor.dims(), view.shape(), "{name}");
        assert_eq!(tensor.flatten_all().unwrap().to_vec1::<bf16>().unwrap(), values, "{name}");
    };
    expected("lm_head.weight", &llama.lm_head);
    expected("model.embed_tokens.weight", &llama.model.embed_tokens);
    expected("model.norm.weight", &llama.model.norm);
    for (number, layer) in llama.model.layers.iter().enumerate() {
        let tensors = [
            ("input_layernorm", &layer.input_layernorm),
            ("self_attn.q_proj", &layer.q),
            ("self_attn.k_proj", &layer.k),
            ("self_attn.v_proj", &layer.v),
            ("self_attn.o_proj", &layer.o),
            ("post_attention_layernorm", &layer.post_attention_layernorm),
            ("mlp.gate_proj", &layer.gate),
            ("mlp.up_proj", &layer.up),
            ("mlp.down_proj", &layer.down),
        ];
        for (name, tensor) in tensors {
            expected(&format!("model.layers.{number}.{name}.weight"), tensor);
        }
    }
}

#[test]
fn saving_writes_the_same_tensors() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("again.safetensors");
    Loader::new().load::<Llama>(fixture("llama")).unwrap().save_weights(&path).unwrap();
    let [before, after] = [fixture("llama/model.safetensors"), path].map(|path| std::fs::read(path).unwrap());
    let tensors = |bytes| {
        let mut tensors = SafeTensors::deserialize(bytes).unwrap().tensors();
        tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
        tensors
    };
    assert_eq!(tensors(&before), tensors(&after));
    assert_eq!(tensors(&before).len(), 30);
}

#[test]
fn an_npz_of_mlx() {
    let linear = Linear::from_weights(fixture("mlx/linear.npz")).unwrap();
    let bytes = std::fs::read(fixture("mlx/linear.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let values: Vec<f32> =
        file.tensor("weight").unwrap().data().chunks(4).map(|x| f32::from_le_bytes(x.try_into().unwrap())).collect();
    assert_eq!(linear.weight.flatten_all().unwrap().to_vec1::<f32>().unwrap(), values);
    assert_eq!(linear.bias.dims(), [10]);
}

#[test]
fn an_update_replaces_all_or_nothing() {
    let mut linear = Linear::from_weights(fixture("mlx/linear.safetensors")).unwrap();
    let values = |linear: &Linear| linear.weight.to_vec2::<f32>().unwrap();
    let before = values(&linear);
    let refused = report(linear.load_weights([("weight", f32s(&[10, 10]))]).map(|_| ()));
    assert_eq!(refused.missing[0].path, "bias");
    assert_eq!(values(&linear), before);
    linear.load_weights([("weight", f32s(&[10, 10])), ("bias", f32s(&[10]))]).unwrap();
    assert_eq!(linear.weight.to_vec2::<f32>().unwrap()[9][8], 98.0);
    assert_eq!(linear.bias.to_vec1::<f32>().unwrap()[3], 3.0);
}

#[test]
fn scalars_and_empty_tensors() {
    #[derive(Module)]
    struct Normalization {
        #[param(shape = [])]
        num_batches_tracked: Tensor,
        #[param(shape = [8])]
        running_var: Tensor,
    }
    let loader = Loader::new().strip_prefix("resnet.embedder.embedder.normalization.").unexpected(Rule::Allow);
    let scalar = loader.load::<Normalization>(fixture("resnet")).unwrap().module;
    assert_eq!((scalar.num_batches_tracked.rank(), scalar.num_batches_tracked.dtype()), (0, CandleDType::I64));
    assert_eq!(scalar.num_batches_tracked.to_scalar::<i64>().unwrap(), 0);
    assert_eq!(scalar.running_var.dims(), [8]);

    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("x.safetensors");
    for shape in [&[][..], &[0], &[3, 0, 2], &[1, 1, 1, 1, 1, 1, 2]] {
        let x = one(f32s(shape)).unwrap();
        assert_eq!((x.dims(), x.elem_count()), (shape, shape.iter().product()));
        One { x }.save_weights(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(file.tensor("x").unwrap().shape(), shape);
        assert_eq!(file.tensor("x").unwrap().data(), f32s(shape).as_bytes());
    }
}

#[test]
fn extents_that_candle_would_multiply_beyond_memory() {
    let refused = one(any(DType::F32, &[0, 1 << 40, 1 << 40], &[])).unwrap_err();
    let LoadError::Parameter { path, source } = refused else { panic!("{refused}") };
    assert_eq!(path, "x");
    assert_eq!(
        source.to_string(),
        "candle cannot hold the empty shape [0, 1099511627776, 1099511627776], whose other dims overflow; \
         take an `AnyTensor`"
    );
}

#[test]
fn every_dtype_that_candle_computes_with() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("x.safetensors");
    let bytes: Vec<u8> = (0..48).map(|i| i * 5 + 1).collect();
    for (dtype, held) in [
        (DType::F32, CandleDType::F32),
        (DType::BF16, CandleDType::BF16),
        (DType::F16, CandleDType::F16),
        (DType::F64, CandleDType::F64),
        (DType::I64, CandleDType::I64),
        (DType::I32, CandleDType::I32),
        (DType::I16, CandleDType::I16),
        (DType::U32, CandleDType::U32),
        (DType::U8, CandleDType::U8),
        (DType::F8_E4M3, CandleDType::F8E4M3),
    ] {
        assert!(Tensor::DTYPES.contains(&dtype));
        let tensor = any(dtype, &[2, dtype.elements_in(24)], &bytes);
        let x = one(tensor.clone()).unwrap();
        assert_eq!(x.dtype(), held);
        // candle's own writer agrees on what the tensor holds
        let by_candle = scratch.path().join("by_candle.safetensors");
        x.save_safetensors("x", &by_candle).unwrap();
        One { x }.save_weights(&path).unwrap();
        for path in [&path, &by_candle] {
            assert_eq!(weighbridge::Checkpoint::open(path).unwrap().tensor("x").unwrap(), tensor);
        }
    }
    assert_eq!(Tensor::DTYPES.len(), 10);
}

#[test]
fn other_dtypes_are_refused_or_cast_where_that_was_asked_for() {
    for &dtype in DType::ALL.iter().filter(|dtype| !Tensor::DTYPES.contains(dtype) && !dtype.reads_as(DType::BF16)) {
        if dtype.reads_as(DType::F8_E4M3) {
            continue;
        }
        let row = 4.max(dtype.block().elements);
        let refused = report(one(any(dtype, &[row], &[0; 292][..dtype.size_of(row).unwrap()])));
        assert_eq!(refused.dtype[0].found.as_deref(), Some(dtype.name()));
    }
    // several of candle's dtypes have all values of an I8: the first one is taken
    let loaded = Loader::new().cast(Cast::Lossless).load::<One>([("x", any(DType::I8, &[], &[255]))]).unwrap();
    assert_eq!(loaded.module.x.to_scalar::<f32>().unwrap(), -1.0);
    assert_eq!(loaded.report.cast[0].to, DType::F32);
}

#[test]
fn what_does_not_fit_is_refused_before_a_tensor_is_read() {
    #[derive(Module)]
    struct Wrong {
        #[param(rename = "lm_head.weight", shape = [128, 32, 1])]
        lm_head: Tensor,
        #[param(rename = "model.norm.weight", shape = [32], dtype = "F32")]
        norm: Tensor,
    }
    let file = Noted::new(std::fs::read(fixture("llama/model.safetensors")).unwrap());
    let loader = Loader::new().unexpected(Rule::Allow);
    let wrong = report(loader.load::<Wrong>(file.source()).map(|loaded| [loaded.module.lm_head, loaded.module.norm]));
    assert_eq!((&*wrong.shape[0].path, &*wrong.dtype[0].path), ("lm_head.weight", "model.norm.weight"));
    assert_eq!(wrong.dtype[0].expected.as_deref(), Some("F32"));
    assert!(file.read_headers_only(), "{:?}", file.reads());
    // so that the assertion before means something
    Llama::from_weights(file.source()).unwrap();
    assert!(file.reads().iter().any(|read| read.end > file.data()));
}

#[test]
fn the_memory_that_was_read_into_is_the_tensor_s() {
    let file = Noted::new(std::fs::read(fixture("llama/model.safetensors")).unwrap());
    let llama = Llama::from_weights(file.source()).unwrap();
    let layers = llama.model.layers.iter().flat_map(|layer| [&layer.q, &layer.k, &layer.up, &layer.down]);
    for tensor in [&llama.lm_head, &llama.model.embed_tokens, &llama.model.norm].into_iter().chain(layers) {
        assert!(file.reads().iter().any(|read| read.start >= file.data() && read.to == address(tensor)));
    }
}

#[test]
fn a_tensor_that_nobody_else_holds_is_taken_over_and_another_is_copied() {
    let elements = vec![1.5_f32; 6];
    let was = elements.as_ptr() as usize;
    let tensor = weighbridge::Tensor::new([2, 3], elements).unwrap();
    let copied = Tensor::from_tensor(AnyTensor::from(&tensor), &Devices::default()).unwrap();
    assert_ne!(address(&copied), was);
    let taken = Tensor::from_tensor(tensor.into(), &Devices::default()).unwrap();
    assert_eq!(address(&taken), was);
    assert_eq!(taken.to_vec2::<f32>().unwrap(), copied.to_vec2::<f32>().unwrap());
}

#[test]
fn a_shared_parameter_is_the_same_storage() {
    let tensor = Tensor::from_tensor(f32s(&[4]), &Devices::default()).unwrap();
    let tied = tensor.share().unwrap();
    assert_eq!((address(&tied), tied.id()), (address(&tensor), tensor.id()));
}

#[test]
fn a_view_is_in_c_order_whatever_the_layout() {
    let whole = Tensor::from_tensor(f32s(&[3, 4]), &Devices::default()).unwrap();
    let part = whole.narrow(0, 1, 2).unwrap();
    let turned = part.t().unwrap();
    let spread = whole.narrow(1, 3, 1).unwrap().broadcast_as((3, 2)).unwrap();
    let floats = |tensor: &Tensor| -> (Vec<usize>, Vec<f32>) {
        let view = tensor.view();
        let values = view.bytes().unwrap().chunks(4).map(|x| f32::from_le_bytes(x.try_into().unwrap())).collect();
        (view.shape().to_vec(), values)
    };
    assert_eq!(floats(&part), (vec![2, 4], vec![4., 5., 6., 7., 8., 9., 10., 11.]));
    assert_eq!(floats(&turned), (vec![4, 2], vec![4., 8., 5., 9., 6., 10., 7., 11.]));
    assert_eq!(floats(&spread), (vec![3, 2], vec![3., 3., 7., 7., 11., 11.]));
}

#[test]
fn a_dtype_that_candle_does_not_compute_with_cannot_be_saved() {
    let scratch = tempfile::tempdir().unwrap();
    for (held, dtype) in [(CandleDType::F8E8M0, DType::F8_E8M0), (CandleDType::F4, DType::F4)] {
        // not contiguous, so that candle would have to move elements of F4
        let bytes = [0; 4];
        let x = Tensor::from_raw_buffer(&bytes[..dtype.size_of(4).unwrap()], held, &[2, 2], &Device::Cpu).unwrap();
        let x = x.t().unwrap();
        assert_eq!(x.view().dtype(), dtype);
        let refused = One { x }.save_weights(scratch.path().join("x.safetensors")).unwrap_err();
        let SaveError::Parameter { source, .. } = refused else { panic!("{refused}") };
        let name = held.as_str();
        assert_eq!(
            source.to_string(),
            format!(
                "candle could not give the tensor's bytes: it does not compute with {name}; keep it in an `AnyTensor`"
            )
        );
    }
}

/// Without a graphics card there is one device that works, and one that refuses everything it is given.
#[test]
fn tensors_are_made_on_the_given_device() {
    let mut linear = Linear::from_weights(fixture("mlx/linear.safetensors")).unwrap();
    assert!(linear.weight.device().is_cpu());
    let before = linear.weight.id();

    let loader = Loader::new().device(Device::Cpu).device(Device::Cuda(candle_core::CudaDevice));
    let refused = loader.update(&mut linear, fixture("mlx/linear.safetensors")).unwrap_err();
    let LoadError::Parameter { path, source } = refused else { panic!("{refused}") };
    assert_eq!(path, "weight");
    assert_eq!(
        source.to_string(),
        "candle could not make the tensor on Cuda(CudaDevice): the candle crate has not been built with cuda support; \
         give the loader a device that can hold it"
    );
    assert_eq!(linear.weight.id(), before);

    let loaded = Loader::new().device(Device::Cpu).load::<Linear>(fixture("mlx/linear.safetensors")).unwrap();
    assert!(loaded.module.bias.device().is_cpu());
}

#[test]
fn tied_parameters_are_one_storage() {
    #[derive(Module)]
    struct Tied {
        #[param(rename = "model.embed_tokens.weight", shape = [128, 32])]
        embed_tokens: Tensor,
        #[param(rename = "lm_head.weight", shape = [128, 32], tied = "model.embed_tokens.weight")]
        lm_head: Tensor,
    }
    let loader = Loader::new().unexpected(Rule::Allow);
    let tied = loader.load::<Tied>(fixture("llama-tied")).unwrap().module;
    assert_eq!(address(&tied.lm_head), address(&tied.embed_tokens));
    assert_eq!(tied.lm_head.id(), tied.embed_tokens.id());
}

/// numpy has no name for bfloat16, and candle's type holds several dtypes: only the field can say what the bytes are.
#[test]
fn untyped_bytes_are_what_the_field_names() {
    #[derive(Module)]
    struct Named {
        #[param(rename = "norm.weight", shape = [_], dtype = "BF16")]
        weight: Tensor,
    }
    #[derive(Module, Debug)]
    struct Unnamed {
        #[param(rename = "norm.weight", shape = [_])]
        weight: Tensor,
    }
    let loader = Loader::new().unexpected(Rule::Allow);
    let named = loader.load::<Named>(fixture("mlx/mlp-bf16.npz")).unwrap().module;
    assert_eq!(named.weight.dtype(), CandleDType::BF16);
    let unnamed = loader.load::<Unnamed>(fixture("mlx/mlp-bf16.npz")).unwrap_err();
    assert_eq!(unnamed.report().unwrap().dtype[0].found.as_deref(), Some("V2"));
}
