//! Names, dtypes and shapes of any kind, from any bytes.

use weighbridge::{AnyTensor, DType};

/// The most tensors of an input.
const MOST: usize = 64;

/// The dtypes that an input can pick, by number.
const DTYPES: [DType; 12] = [
    DType::F32,
    DType::BF16,
    DType::F16,
    DType::F64,
    DType::I64,
    DType::I8,
    DType::U8,
    DType::BOOL,
    DType::F8_E4M3,
    DType::F4,
    DType::C64,
    DType::V2,
];

/// Tensors that an input describes, one in each line: a name, a byte that picks the dtype, and a byte for each dim. A tab stands
/// between the name and the bytes, and at the end of a line without one there is a scalar. Elements are zeros.
pub(crate) fn pairs(bytes: &[u8]) -> Vec<(String, AnyTensor)> {
    let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).take(MOST);
    let pair = |line: &[u8]| {
        let end = line.iter().rposition(|&byte| byte == b'\t').unwrap_or(line.len());
        let name = String::from_utf8_lossy(&line[..end]).into_owned();
        let rest = line.get(end + 1..).unwrap_or_default();
        let dtype = DTYPES[rest.first().map_or(0, |&byte| usize::from(byte)) % DTYPES.len()];
        let shape: Vec<usize> = rest.iter().skip(1).take(4).map(|&byte| usize::from(byte % 16)).collect();
        let elements: usize = shape.iter().product();
        let bytes = vec![0; dtype.size_of(elements)?];
        Some((name, AnyTensor::new(dtype, shape, &bytes).ok()?))
    };
    lines.filter_map(pair).collect()
}
