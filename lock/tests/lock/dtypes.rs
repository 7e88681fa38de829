//! Dtypes: how elements lie in bytes, and their names in a lock.

use weighbridge_lock::{Block, DType, Lock};

/// GGUF's types: name, elements and bytes of a block, as gguf-py 0.19.0 lists them (`GGML_QUANT_SIZES`).
const OF_GGUF: &str = "F32 1 4; F16 1 2; Q4_0 32 18; Q4_1 32 20; Q5_0 32 22; Q5_1 32 24; Q8_0 32 34; Q8_1 32 40; Q2_K 256 84; \
    Q3_K 256 110; Q4_K 256 144; Q5_K 256 176; Q6_K 256 210; Q8_K 256 292; IQ2_XXS 256 66; IQ2_XS 256 74; IQ3_XXS 256 98; \
    IQ1_S 256 50; IQ4_NL 32 18; IQ3_S 256 110; IQ2_S 256 82; IQ4_XS 256 136; I8 1 1; I16 1 2; I32 1 4; I64 1 8; F64 1 8; \
    IQ1_M 256 56; BF16 1 2; TQ1_0 256 54; TQ2_0 256 66; MXFP4 32 17; NVFP4 64 36; Q1_0 128 18";

#[test]
fn blocks_are_those_of_gguf_py() {
    let mut quantised = 0;
    for line in OF_GGUF.split("; ") {
        let words: Vec<&str> = line.split_whitespace().collect();
        let dtype: DType = words[0].parse().unwrap();
        let block = Block { elements: words[1].parse().unwrap(), bytes: words[2].parse().unwrap() };
        assert_eq!((dtype.block(), dtype.is_quantised()), (block, block.elements > 1), "{dtype}");
        quantised += usize::from(dtype.is_quantised());
    }
    assert_eq!(DType::ALL.iter().filter(|dtype| dtype.is_quantised()).count(), quantised);
}

#[test]
fn a_row_of_a_quantised_tensor_is_whole_blocks() {
    for &dtype in DType::ALL.iter().filter(|dtype| dtype.is_quantised()) {
        let Block { elements, bytes } = dtype.block();
        assert_eq!(dtype.byte_len(&[3, 2 * elements]), Some(6 * bytes));
        assert_eq!(dtype.elements_in(6 * bytes), 6 * elements);
        // as many elements, but no whole row
        assert_eq!(dtype.byte_len(&[elements, 3]), None);
        assert_eq!((dtype.byte_len(&[]), dtype.byte_len(&[elements / 2, 2])), (None, None));
        assert_eq!((dtype.byte_len(&[0, elements]), dtype.byte_len(&[3, 0])), (Some(0), Some(0)));
        assert_eq!(dtype.byte_len(&[usize::MAX / 2, elements]), None);
    }
    // packed elements of safetensors fill the bytes of the tensor, and not those of a row
    assert_eq!((DType::F4.byte_len(&[2, 3]), DType::F4.byte_len(&[3, 3])), (Some(3), None));
    assert_eq!((DType::F6_E2M3.byte_len(&[2, 2]), DType::F6_E2M3.byte_len(&[2])), (Some(3), None));
    assert_eq!((DType::F32.byte_len(&[]), DType::F32.byte_len(&[usize::MAX, usize::MAX, 0])), (Some(4), Some(0)));
}

#[test]
fn a_lock_names_every_dtype_exactly() {
    let row = |dtype: DType| vec![2, dtype.block().elements];
    let tensors = DType::ALL.iter().map(|&dtype| (format!("x.{dtype}"), dtype, row(dtype)));
    let lock = Lock::of(tensors).unwrap();
    let text = lock.to_string();
    assert!(text.contains("x.Q4_K         Q4_K        [2, 256]\n"), "{text}");
    assert_eq!(text.parse(), Ok(lock));
}
