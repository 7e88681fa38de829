//! Parameters of each tensor library.

mod burn;
mod candle;
mod generated;
mod layers_table;
mod nalgebra;
mod ndarray;
