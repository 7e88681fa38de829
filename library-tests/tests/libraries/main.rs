//! Parameters of each tensor library.

mod burn;
mod candle;
mod generated;
mod nalgebra;
mod ndarray;
