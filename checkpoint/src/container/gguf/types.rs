//! GGUF's types of tensors, by their numbers.

use crate::dtype::DType;
use crate::error::{Problem, ProblemKind};

/// The dtype of a type.
pub(super) fn dtype(number: i32) -> Result<DType, Problem> {
    Ok(match number {
        0 => DType::F32,
        1 => DType::F16,
        2 => DType::Q4_0,
        3 => DType::Q4_1,
        6 => DType::Q5_0,
        7 => DType::Q5_1,
        8 => DType::Q8_0,
        9 => DType::Q8_1,
        10 => DType::Q2_K,
        11 => DType::Q3_K,
        12 => DType::Q4_K,
        13 => DType::Q5_K,
        14 => DType::Q6_K,
        15 => DType::Q8_K,
        16 => DType::IQ2_XXS,
        17 => DType::IQ2_XS,
        18 => DType::IQ3_XXS,
        19 => DType::IQ1_S,
        20 => DType::IQ4_NL,
        21 => DType::IQ3_S,
        22 => DType::IQ2_S,
        23 => DType::IQ4_XS,
        24 => DType::I8,
        25 => DType::I16,
        26 => DType::I32,
        27 => DType::I64,
        28 => DType::F64,
        29 => DType::IQ1_M,
        30 => DType::BF16,
        34 => DType::TQ1_0,
        35 => DType::TQ2_0,
        39 => DType::MXFP4,
        40 => DType::NVFP4,
        41 => DType::Q1_0,
        _ => return Err(unknown(number)),
    })
}

/// Types that the format once had.
const REMOVED: &[(i32, &str)] = &[
    (4, "Q4_2"),
    (5, "Q4_3"),
    (31, "Q4_0_4_4"),
    (32, "Q4_0_4_8"),
    (33, "Q4_0_8_8"),
    (36, "IQ4_NL_4_4"),
    (37, "IQ4_NL_4_8"),
    (38, "IQ4_NL_8_8"),
];

fn unknown(number: i32) -> Problem {
    let message = match REMOVED.iter().find(|(removed, _)| *removed == number) {
        Some((_, name)) => format!(
            "its type is {number}, the removed type {name}, which no program reads any more; quantise the model again, or get a \
             newer file of it"
        ),
        None => format!("its type is {number}, which is not known here; if it is new, get the model in another type"),
    };
    Problem::new(ProblemKind::DType, message)
}
