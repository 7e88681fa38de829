//! Parameters of each tensor library.

mod burn;
mod candle;
mod nalgebra;
mod ndarray;
